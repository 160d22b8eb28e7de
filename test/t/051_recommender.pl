# Recommenders by name among roles, transactions and sessions: what recommend()
# reads, it reads as whoever calls, in the snapshot of the calling statement.

use strict;
use warnings;
use MediaML;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = mediaml_node('recommender', 'wal_level = replica', 'max_wal_senders = 4');

sub sql { return $node->safe_psql('postgres', shift); }

# What $query says when it fails.
sub refusal
{
	my (undef, undef, $stderr) = $node->psql('postgres', shift);

	return $stderr;
}

# Ten films, two territories: films up to 5 are in both, and licensed anywhere.
sql(q{
	CREATE ROLE analyst;
	CREATE ROLE asia;
	CREATE ROLE europe;
	CREATE ROLE owner;
	CREATE TABLE films (film_id int PRIMARY KEY, title text, territory text);
	INSERT INTO films SELECT i, 'Film ' || i, CASE WHEN i <= 5 THEN 'all' WHEN i <= 8 THEN 'asia' ELSE 'europe' END
	FROM generate_series(1, 10) AS i;
	CREATE TABLE ratings (user_id int, film_id int, territory text DEFAULT current_user);
	INSERT INTO ratings SELECT u, f, CASE WHEN f % 2 = 0 THEN 'asia' ELSE 'europe' END
	FROM generate_series(1, 40) AS u, generate_series(1, 10) AS f WHERE (u * u + f * f * f) % 7 < 4;
	DELETE FROM ratings WHERE user_id = 1;
	INSERT INTO ratings VALUES (1, 2, 'asia'), (1, 3, 'europe');
	CREATE INDEX ON ratings (user_id);
	ALTER TABLE ratings OWNER TO owner;
	SELECT mediaml.create_recommender('films', 'ratings', 'user_id', 'film_id',
		items => 'films', items_key => 'film_id', method => 'item_knn');
	GRANT USAGE ON SCHEMA mediaml TO asia, europe, owner, analyst});

# Nothing is granted to anybody.
is(sql(q{SELECT count(*) FROM pg_class, aclexplode(relacl) AS a
	WHERE oid = 'mediaml.recommenders'::regclass AND a.grantee <> relowner}), 0, 'nobody has a right on the recommenders');
like(refusal('SET ROLE asia; SELECT * FROM mediaml.recommend(1, 3)'),
	qr/permission denied for table recommenders/, 'who may not read the recommenders gets nothing');
sql('GRANT SELECT ON mediaml.recommenders, mediaml.models, mediaml.model_data, mediaml.deployments TO asia, europe, owner');
like(refusal('SET ROLE asia; SELECT * FROM mediaml.recommend(1, 3)'),
	qr/permission denied for table ratings/, 'who may not read the events gets nothing');
sql('GRANT SELECT ON ratings TO asia, europe');
like(refusal('SET ROLE asia; SELECT * FROM mediaml.recommend(1, 3)'),
	qr/permission denied for table films/, 'who may not read the items gets nothing');
sql('GRANT SELECT ON films TO asia, europe, owner');
like(refusal(q{SET ROLE asia; SELECT mediaml.create_recommender('mine', 'ratings', 'user_id', 'film_id', method => 'popularity')}),
	qr/permission denied for table recommenders/, 'reading is not making');
like(refusal(q{SET ROLE asia; SELECT mediaml.drop_recommender('films')}),
	qr/permission denied for table recommenders/, 'nor dropping');

# Row-level security: each role sees events and items of its own, in one
# session that has the plans already, and whatever was called before.
my $best = q{SELECT string_agg(item_id || ':' || coalesce(because_of_id::text, '-'), ' ' ORDER BY rank) FROM mediaml.recommend(1, 10);};
my $all = sql($best);
my $roles = q{
	ALTER TABLE ratings ENABLE ROW LEVEL SECURITY;
	ALTER TABLE films ENABLE ROW LEVEL SECURITY;
	CREATE POLICY own ON ratings USING (territory = current_user);
	CREATE POLICY own ON films USING (territory IN (current_user, 'all'))};
sql($roles);
my $answers = sql("$best SET ROLE asia; $best SET ROLE europe; $best SET ROLE asia; $best SET ROLE owner; $best RESET ROLE; $best");
my @answers = split /\n/, $answers;

is($answers[0], $all, 'a superuser sees all');
unlike($answers[1], qr/:3\b|\b(2|9|10):/, 'asia: nothing because of what only europe sees, no film that it has not');
like($answers[1], qr/\b3:/, 'asia: what only europe has seen is not seen');
unlike($answers[2], qr/:2\b|\b(3|6|7|8):/, 'europe: the other way round');
like($answers[2], qr/\b2:/, 'europe: what only asia has seen is not seen');
is($answers[3], $answers[1], 'asia again: the plan is that of the role');
like($answers[4], qr/^\S+( \S+)*$/, 'the owner of the events sees all events, and items as policies say');
is($answers[5], $all, 'and the superuser all again');
is(sql("SET ROLE asia; PREPARE p AS $best SET plan_cache_mode = force_generic_plan; EXECUTE p; SET ROLE europe; EXECUTE p; RESET ROLE; EXECUTE p"),
	join("\n", @answers[1, 2, 0]), 'a prepared statement with a generic plan, under three roles');
like(refusal("SET row_security = off; SET ROLE asia; $best"),
	qr/query would be affected by row-level security policy/, 'row_security = off is obeyed');
is(sql("SET ROLE asia; SELECT count(*) FROM mediaml.recommend(1, 10, candidates => ARRAY[6, 9, 10])"), 1,
	'candidates that the caller cannot see are not recommended');

# A view that reads as its owner gives what the owner gives.
sql(q{
	CREATE VIEW best AS SELECT * FROM mediaml.recommend(1, 10);
	GRANT SELECT ON best TO europe});
is(sql('SET ROLE europe; SELECT count(*) FROM best WHERE item_id IN (6, 7, 8)'), 0,
	'a function in a view reads as who asks');

# Functions, loops, joins, cursors.
sql(q{
	CREATE FUNCTION total() RETURNS text LANGUAGE plpgsql AS $$
	DECLARE u int; r record; n int := 0; names text := '';
	BEGIN
		FOR u IN SELECT i FROM generate_series(1, 200) AS i LOOP
			FOR r IN SELECT * FROM mediaml.recommend(u, 3) LOOP n := n + r.rank; END LOOP;
			IF u = 100 THEN PERFORM mediaml.refresh_recommender('films'); END IF;
		END LOOP;
		RETURN n || ' ' || (SELECT version FROM mediaml.recommend(1, 1));
	END $$});
my $sum = sql('SELECT sum(rank) FROM generate_series(1, 200) AS u, mediaml.recommend(u, 3)');
is(sql('SELECT total()'), "$sum 2", 'a loop sees the version that it has made');
is(sql(q{SELECT count(*) FROM (SELECT user_id, count(*) AS seen FROM ratings GROUP BY user_id) AS u
	CROSS JOIN LATERAL (SELECT count(*) AS n FROM mediaml.recommend(u.user_id, 3)) AS r WHERE n <> least(3, 10 - seen)}), 0,
	'a lateral join: three for each, where there are three');
is(sql(q{SELECT (r).item_id FROM (SELECT mediaml.recommend(1, 2) AS r) AS t}), sql('SELECT item_id FROM mediaml.recommend(1, 2)'),
	'in the list of a SELECT');
is(sql(q{BEGIN; DECLARE c CURSOR FOR SELECT item_id FROM mediaml.recommend(1, 5); FETCH c; DELETE FROM ratings; FETCH c; ROLLBACK;}),
	sql('SELECT item_id FROM mediaml.recommend(1, 2)'), 'a cursor keeps its snapshot');

# Snapshots: a refresh is seen by who begins after its commit.
my $reader = $node->background_psql('postgres');
$reader->query_safe('BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT 1');
sql(q{SELECT mediaml.refresh_recommender('films')});
is($reader->query_safe('SELECT version FROM mediaml.recommend(1, 1)'), 2, 'an old snapshot has the old version');
$reader->query_safe('COMMIT');
is($reader->query_safe('SELECT version FROM mediaml.recommend(1, 1)'), 3, 'a new one the new version');
$reader->quit;
is(sql(q{BEGIN; SELECT mediaml.drop_recommender('films'); ROLLBACK; SELECT version FROM mediaml.recommend(1, 1)}),
	"\n3", 'what is rolled back has not been');

# Events that are a view which recommends itself: calls within calls, the inner
# one after the recommender has changed, and so its plan.
sql(q{
	CREATE TABLE seen (user_id int, film_id int);
	INSERT INTO seen SELECT user_id, film_id FROM ratings;
	CREATE FUNCTION twice(int) RETURNS int LANGUAGE plpgsql AS $$
	BEGIN
		IF current_setting('my.depth', true) = '1' THEN
			PERFORM set_config('my.depth', '0', false);
			UPDATE mediaml.recommenders SET created_at = now() WHERE name = 'loop';
			RETURN $1 + 0 * (SELECT count(*) FROM mediaml.recommend(2, 3, 'loop'));
		END IF;
		RETURN $1;
	END $$;
	CREATE VIEW round AS SELECT user_id, twice(film_id) AS film_id FROM seen;
	SELECT mediaml.create_recommender('loop', 'round', 'user_id', 'film_id', method => 'item_knn')});
is(sql(q{SELECT count(*) FROM mediaml.recommend(1, 3, 'loop'); SET my.depth = 1;
	SELECT count(*) FROM mediaml.recommend(1, 3, 'loop'); SELECT count(*) FROM mediaml.recommend(1, 3, 'loop')}), "3\n3\n3",
	'a call within a call, while the recommender changes');

# An error within leaves nothing behind; nor does a cancelled call.
like(refusal(q{SELECT mediaml.recommend('x', 1)}), qr/invalid input syntax/, 'an error');
is(sql(q{
	DO $$ BEGIN
		FOR i IN 1 .. 300 LOOP
			BEGIN PERFORM mediaml.recommend('x', 1); EXCEPTION WHEN invalid_text_representation THEN NULL; END;
			BEGIN PERFORM mediaml.recommend(1, 3, candidates => ARRAY['y']); EXCEPTION WHEN datatype_mismatch THEN NULL; END;
		END LOOP;
	END $$;
	SELECT count(*) FROM mediaml.recommend(1, 3);
	SELECT sum(total_bytes) < 30000000 FROM pg_backend_memory_contexts}), "3\nt", 'six hundred errors in a transaction');
like(refusal(q{SET statement_timeout = 300; SELECT count(*) FROM generate_series(1, 10000000) AS u, mediaml.recommend(u, 1)}),
	qr/canceling statement due to statement timeout/, 'a timeout is answered');

# A recommender that somebody has written by hand must not harm who calls.
my $model = q{(SELECT model FROM mediaml.model_data WHERE name = 'films' AND version = 1)};
foreach my $case (
	[ q{'1); DROP TABLE films; --'}, qr/column "1\); DROP TABLE films; --" of relation "ratings" does not exist/ ],
	[ q{'film_id"'}, qr/column "film_id"" of relation "ratings" does not exist/ ])
{
	sql("INSERT INTO mediaml.recommenders (name, method, events, user_column, item_column)
		VALUES ('forged', 'item_knn', 'ratings', 'user_id', $case->[0]); SELECT mediaml.register('forged', $model)");
	like(refusal(q{SELECT * FROM mediaml.recommend(1, 3, 'forged')}), $case->[1], "a forged column $case->[0]");
	sql(q{DELETE FROM mediaml.recommenders WHERE name = 'forged'});
}
sql(q{
	CREATE SCHEMA trap;
	CREATE FUNCTION trap.eq(int, bigint) RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN RAISE 'trapped'; END $$;
	CREATE OPERATOR trap.= (LEFTARG = int, RIGHTARG = bigint, FUNCTION = trap.eq)});
is(sql("SET search_path = trap, pg_catalog, public; $best"), sql($best), 'an operator on the search path is not used');

# Two models of the same size, taking turns in one session.
sql(q{SELECT mediaml.create_recommender('a', 'seen', 'user_id', 'film_id', method => 'item_knn', options => '{"k": 3}');
	SELECT mediaml.create_recommender('b', 'seen', 'film_id', 'user_id', method => 'item_knn', options => '{"k": 3}')});
is(sql(q{SELECT count(*) FROM generate_series(1, 20) AS i,
	LATERAL (SELECT string_agg(item_key || score, ',' ORDER BY rank) AS x, min(recommender) AS r FROM mediaml.recommend(3, 3, CASE WHEN i % 2 = 0 THEN 'a' ELSE 'b' END)) AS s
	GROUP BY x, r}), "10\n10", 'each has its own model');

# Plans that are kept are of the row that is seen: dropped and made anew, or
# updated twice, in one transaction.
sql('CREATE TABLE none AS SELECT * FROM seen WHERE false');
is(sql(q{BEGIN;
	DO $$ BEGIN
		PERFORM mediaml.create_recommender('turn', 'seen', 'user_id', 'film_id', method => 'item_knn');
		PERFORM mediaml.drop_recommender('turn');
		PERFORM mediaml.create_recommender('turn', 'none', 'user_id', 'film_id', model => (SELECT model FROM mediaml.model_data WHERE name = 'a' AND version = 1));
	END $$;
	SELECT count(because_of_id) > 0 FROM mediaml.recommend(1, 10, 'turn');
	UPDATE mediaml.recommenders SET events = 'seen' WHERE name = 'turn';
	SELECT count(because_of_id) > 0 FROM mediaml.recommend(1, 10, 'turn');
	UPDATE mediaml.recommenders SET events = 'none' WHERE name = 'turn';
	SELECT count(because_of_id) > 0 FROM mediaml.recommend(1, 10, 'turn');
	COMMIT;
	SELECT count(because_of_id) > 0 FROM mediaml.recommend(1, 10, 'turn')}), "f\nt\nf\nf", 'events of the row that is seen');

# A table takes the name of the events, while a transaction has not looked:
# what is read is the table that the recommender was made for.
$reader = $node->background_psql('postgres');
is($reader->query_safe(q{SELECT count(because_of_id) > 0 FROM mediaml.recommend(1, 10, 'a')}), 't', 'a plan is kept');
$reader->query_safe(q{BEGIN; SELECT FROM mediaml.recommend(2, 10, 'films')});
sql('ALTER TABLE seen RENAME TO seen_before; ALTER TABLE none RENAME TO seen');
is($reader->query_safe(q{SELECT count(because_of_id) > 0 FROM mediaml.recommend(1, 10, 'a')}), 't', 'the renamed table is read');
is($reader->query_safe(q{COMMIT; SELECT count(because_of_id) > 0 FROM mediaml.recommend(1, 10, 'a')}), 't', 'and goes on being read');
$reader->quit;
sql(q{ALTER TABLE seen RENAME TO none; ALTER TABLE seen_before RENAME TO seen; SELECT mediaml.drop_recommender('turn')});

# More recommenders than plans are kept of.
is(sql(q{
	CREATE TABLE many AS SELECT mediaml.create_recommender('many' || i, 'seen', 'user_id', 'film_id', method => 'popularity') FROM generate_series(1, 250) AS i;
	SELECT count(*) FROM generate_series(1, 500) AS i, mediaml.recommend(2, 1, 'many' || i % 250 + 1);
	DELETE FROM mediaml.recommenders WHERE name LIKE 'many%';
	SELECT sum(total_bytes) < 30000000 FROM pg_backend_memory_contexts}), "500\nt", 'plans of a few only are kept');

# Where nearly all items are hidden, all are looked at, which can be cancelled.
sql(q{
	CREATE TABLE shelf AS SELECT i AS film_id FROM generate_series(1, 1000000) AS i;
	CREATE TABLE shelf_seen AS SELECT 1 AS user_id, film_id FROM shelf;
	CREATE UNIQUE INDEX ON shelf (film_id);
	SELECT mediaml.create_recommender('shelf', 'shelf_seen', 'user_id', 'film_id', items => 'shelf', items_key => 'film_id', method => 'popularity');
	DELETE FROM shelf WHERE film_id > 3});
my ($longest, $timeouts) = (0, 0);
foreach my $timeout (map { 150 * $_ } 1 .. 5)
{
	my (undef, $stdout, $stderr) = $node->psql('postgres', "SET statement_timeout = $timeout;\n\\timing on\nSELECT count(*) FROM mediaml.recommend(2, 10, 'shelf')", on_error_stop => 0);
	my ($time) = $stdout =~ /^Time: ([0-9.]+) ms/m;

	next unless $stderr =~ /canceling statement due to statement timeout/;
	$timeouts++;
	$longest = $time - $timeout if $time - $timeout > $longest;
}
cmp_ok($timeouts, '>', 0, 'hidden items: a timeout ends the statement');
cmp_ok($longest, '<', 500, 'soon');
diag(sprintf('hidden items: timeout answered within %.0f ms', $longest));
is(sql(q{SELECT string_agg(item_id::text, ' ' ORDER BY rank) FROM mediaml.recommend(2, 10, 'shelf')}), '1 2 3', 'what is not hidden is found');
sql(q{SELECT mediaml.drop_recommender('shelf'); DROP TABLE shelf, shelf_seen});

# What is dumped comes back: models, definitions, the default.
my $definition = q{SELECT name, method, events, items, version, is_default, part, md5(model) FROM mediaml.recommenders JOIN mediaml.model_data USING (name) ORDER BY name, version, part};
my $dump = PostgreSQL::Test::Utils::tempdir() . '/dump';

$node->command_ok([ 'pg_dump', '-Fc', '-f', $dump, '-d', $node->connstr('postgres') ], 'dump');
$node->safe_psql('postgres', 'CREATE DATABASE again');
$node->command_ok([ 'pg_restore', '-d', $node->connstr('again'), $dump ], 'restore');
is($node->safe_psql('again', $definition), sql($definition), 'recommenders after a restore');
is($node->safe_psql('again', $best), sql($best), 'and what they recommend');

# On a standby.
$node->backup('base');
my $standby = PostgreSQL::Test::Cluster->new('standby');
$standby->init_from_backup($node, 'base', has_streaming => 1);
$standby->start;
sql(q{SELECT mediaml.refresh_recommender('films')});
$node->wait_for_catchup($standby);
is($standby->safe_psql('postgres', 'SELECT pg_is_in_recovery()'), 't', 'a standby');
is($standby->safe_psql('postgres', $best), sql($best), 'recommends the same');
is($standby->safe_psql('postgres', 'SELECT version FROM mediaml.recommend(1, 1)'), 4, 'by the new version');
$standby->stop;

$node->stop;
done_testing();

# Models by name among roles, transactions, sessions and servers: the version
# that answers is the one of the statement's snapshot, as the caller may see it,
# whatever is cached. The SQL of docs/registry.md about privileges is run here.

use strict;
use warnings;
use MediaML;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = mediaml_node('registry', 'wal_level = replica', 'max_wal_senders = 4',
	'max_prepared_transactions = 2');

sub sql { return $node->safe_psql('postgres', shift); }

# What $query says when it fails.
sub refusal
{
	my (undef, undef, $stderr) = $node->psql('postgres', shift);

	return $stderr;
}

# Two models of one feature: up says true for 9, down false. answer() asks by a
# name, which PL/pgSQL keeps as an expression, so does each loop below.
sql(q{
	CREATE TABLE made AS
		SELECT 'up' AS what, mediaml.logistic_regression(i > 5, ARRAY[i], '{"l2": 1}') AS model FROM generate_series(1, 10) AS i
		UNION ALL SELECT 'down', mediaml.logistic_regression(i <= 5, ARRAY[i], '{"l2": 1}') FROM generate_series(1, 10) AS i;
	GRANT SELECT ON made TO PUBLIC;
	CREATE FUNCTION made(text) RETURNS bytea LANGUAGE sql STABLE RETURN (SELECT model FROM made WHERE what = $1);
	CREATE FUNCTION answer(name text DEFAULT 'm') RETURNS text LANGUAGE plpgsql AS $$
	BEGIN
		RETURN mediaml.predict_label(name, ARRAY[9]);
	EXCEPTION WHEN undefined_object OR insufficient_privilege THEN
		RETURN SQLERRM;
	END $$;
	SELECT mediaml.register('m', made('up')), mediaml.register('m', made('down'), deploy => 'never')});
my $ask = q{SELECT mediaml.predict_label('m', ARRAY[9])};

# --------------------------------------------------------------- transactions

my $one = $node->background_psql('postgres', on_error_stop => 0);
my $two = $node->background_psql('postgres');

$two->query_safe("SET plan_cache_mode = force_generic_plan; PREPARE p AS $ask");
my $all = sub { return join ' ', map { $two->query_safe($_) } 'EXECUTE p', 'SELECT answer()', $ask; };

is($all->(), 'true true true', 'a prepared statement, a function, a query');
$one->query_safe(q{BEGIN; SELECT mediaml.deploy('m', 2)});
is($one->query_safe($ask), 'false', 'a deployment is seen by who has made it');
is($all->(), 'true true true', 'and by nobody else before it is committed');
$two->query_safe('BEGIN ISOLATION LEVEL REPEATABLE READ');
is($all->(), 'true true true', 'a snapshot');
$one->query_safe('COMMIT');
is($all->(), 'true true true', 'and later in the same snapshot');
$two->query_safe('COMMIT');
is($all->(), 'false false false', 'after the commit everybody sees it: no plan has an answer folded into it');
$one->query_safe(q{BEGIN; SELECT mediaml.rollback('m')});
is($one->query_safe($ask), 'true', 'back again');
$one->query_safe('ROLLBACK');
is($one->query_safe($ask), 'false', 'a deployment does not survive a ROLLBACK');
is($all->(), 'false false false', 'nor was it seen');
$one->query_safe(q{BEGIN; SELECT mediaml.rollback('m'); PREPARE TRANSACTION 'later'});
is($all->() . ' ' . $one->query_safe($ask), 'false false false false', 'a prepared transaction is not yet');
like(refusal(q{SET lock_timeout = 300; SELECT mediaml.deploy('m', 1)}), qr/canceling statement due to lock timeout/,
	'but others wait for it');
$one->query_safe(q{COMMIT PREPARED 'later'});
is($all->(), 'true true true', 'then it is');

# Two snapshots that look alike: of the same xmin, xmax and command, as an older
# transaction is at work at both and a younger one done, and yet the one between
# has come to its end. The reader is in one statement all the time.
my $old = $node->background_psql('postgres');
my $reader = $node->background_psql('postgres');

$old->query_safe('BEGIN; SELECT pg_current_xact_id()');
$one->query_safe(q{BEGIN; SELECT mediaml.deploy('m', 2); SELECT pg_advisory_xact_lock(77)});
sql('SELECT pg_current_xact_id()');
$reader->query_until(qr/started/, q{
\echo started
DO $$
DECLARE
	labels text := '';
BEGIN
	FOR i IN 1 .. 2 LOOP
		labels := labels || mediaml.predict_label('m', ARRAY[9]) || ' ';
		IF i = 1 THEN
			PERFORM pg_advisory_xact_lock(77);
		END IF;
	END LOOP;
	PERFORM set_config('my.labels', labels, false);
END $$;
});
$node->poll_query_until('postgres', q{SELECT count(*) = 1 FROM pg_stat_activity WHERE wait_event = 'advisory'})
	or die 'the reader does not wait';
$one->query_safe('COMMIT');
is($reader->query_safe(q{SELECT current_setting('my.labels')}), 'true false ', 'a loop sees what was committed while it ran');
$old->query_safe('COMMIT');

# Sessions at once. Where one waited for the other, it goes on from there.
sql(q{CREATE TABLE log (what text, version int)});
my @register = (q{SELECT mediaml.register('race', (SELECT model FROM made WHERE what = 'up')) AS v \gset
INSERT INTO log VALUES ('register', :v);});
my @turn = (q{BEGIN;
SELECT mediaml.deploy('race', 1 + (SELECT max(version) / 2 FROM mediaml.models WHERE name = 'race')) AS v;
SELECT mediaml.register('race', (SELECT model FROM made WHERE what = 'down')) AS v;
SELECT mediaml.rollback('race') AS v;
SELECT mediaml.predict_label('race', ARRAY[9]);
COMMIT;});

sql(q{SELECT mediaml.register('race', made('up'))});
$node->pgbench('-n -c 4 -t 25', 0, [qr/processed: 100\/100/], [qr/^$/], 'four sessions register, deploy and go back at once',
	{ 'registry_register' => $register[0], 'registry_turn' => $turn[0] });
is(sql(q{SELECT count(*) = max(version) AND min(version) = 1 AND count(*) = 101 FROM mediaml.models WHERE name = 'race'}), 't',
	'versions without gaps');
is(sql(q{SELECT count(*) = max(number) AND bool_and(coalesce(below, 0) < number) FROM mediaml.deployments WHERE name = 'race'}), 't',
	'deployments without gaps');
is(sql(q{SELECT count(*) FROM log AS l JOIN mediaml.models AS m ON m.name = 'race' AND m.version = l.version WHERE m.kind IS NOT NULL
	GROUP BY l.version HAVING count(*) > 1}), '', 'each session got a number of its own');
foreach my $level ('REPEATABLE READ', 'SERIALIZABLE')
{
	foreach my $change (q{mediaml.register('race', made('up'))}, q{mediaml.deploy('race', 1)}, q{mediaml.rollback('race')})
	{
		$one->query_safe("BEGIN ISOLATION LEVEL $level; SELECT 1");
		sql(q{SELECT mediaml.register('race', made('up'))});
		scalar $one->query("SELECT $change");
		like($one->{stderr}, qr/model "race" was changed by another session after this transaction had begun.*\n?.*Try the transaction again/s,
			"$level: $change too late is a failure of serialization");
		$one->{stderr} = '';
		$one->query_safe('ROLLBACK');
	}
}
is($one->query_safe(q{SELECT mediaml.register('race', made('up')) > 100}), 't', 'and works when tried again');
$_->quit foreach $one, $two, $old, $reader;

# The extension itself comes and goes in a session.
is(sql(qq{BEGIN; DROP EXTENSION mediaml; CREATE EXTENSION mediaml; SELECT answer();
	SELECT mediaml.register('m', made('down')); SELECT answer(); $ask; ROLLBACK; SELECT answer(); $ask}),
	"there is no deployed model \"m\"\n1\nfalse\nfalse\nfalse\nfalse", 'DROP and CREATE EXTENSION in a session');

# -------------------------------------------------------------------- workers

sql(q{
	SELECT mediaml.deploy('m', 1);
	CREATE TABLE big AS SELECT i % 10 AS x FROM generate_series(1, 300000) AS i;
	ANALYZE big});
my $parallel = q{SET parallel_setup_cost = 0; SET parallel_tuple_cost = 0; SET min_parallel_table_scan_size = 0; SET max_parallel_workers_per_gather = 2};
my $scan = q{SELECT count(*) FROM big WHERE mediaml.predict_label('m', ARRAY[x]) = 'true'};

like(sql("$parallel; EXPLAIN $scan"), qr/Workers Planned: 2.*Parallel Seq Scan/s, 'a scan with a name runs in workers');
is(sql("$parallel; $scan"), 120000, 'and answers right');
is(sql(qq{$parallel; BEGIN; SELECT mediaml.deploy('m', 2); $scan; ROLLBACK}), "2\n180000", 'also from within a transaction that has deployed');
like(refusal(qq{$parallel; SELECT count(*) FROM big WHERE mediaml.predict_label('no' || x, ARRAY[x]) = 'true'}),
	qr/there is no deployed model "no\d"/, 'an error comes from a worker');

# ----------------------------------------------------------------- privileges

# The indented blocks of a section of the docs.
sub documented
{
	my $docs = slurp_file("$ENV{TESTDIR}/docs/registry.md");
	my ($section) = $docs =~ /^##+ \Q$_[0]\E\n(.*?)(?=^##|\z)/ms;

	return join "\n", $section =~ /^    (.*)$/mg;
}

sql(q{
	CREATE ROLE stranger;
	CREATE ROLE anna;
	CREATE ROLE berta;
	GRANT USAGE ON SCHEMA mediaml TO stranger;
	CREATE TABLE seen AS SELECT u, (u * u + k) % 9 AS i FROM generate_series(1, 20) AS u, generate_series(1, 4) AS k;
	GRANT SELECT ON seen TO PUBLIC;
	SELECT mediaml.register('churn', mediaml.logistic_regression(i > 5, ARRAY[i, i % 3], '{"l2": 1}')) FROM generate_series(1, 10) AS i});
my @tables = map { "mediaml.$_" } qw(models model_data deployments metrics runs deployed_models model_versions model_metrics model_runs drift_checks drift_alerts);

foreach my $table (@tables)
{
	like(refusal("SET ROLE stranger; SELECT * FROM $table"), qr/permission denied/, "nobody may read $table at first");
}
like(refusal("SET ROLE stranger; $ask"), qr/permission denied for table (models|model_data|deployments)/, 'nor predict');

sql(documented('Privileges'));
sql('GRANT model_user TO anna; GRANT model_trainer TO berta');
is(sql("SET ROLE anna; $ask"), 'true', 'who may predict predicts');
sql("SET ROLE anna; SELECT * FROM $_") foreach @tables;
my %needs = (
	q{SELECT mediaml.register('m', made('down'), deploy => 'never')} => [ 'models', 'model_trainer' ],
	q{SELECT mediaml.register('m', made('down'), '{"auc": 1}', deploy => 'never')} => [ 'models', 'model_trainer' ],
	q{SELECT mediaml.deploy('m', 2)} => [ 'deployments', 'model_deployer' ],
	q{SELECT mediaml.rollback('race')} => [ 'deployments', 'model_deployer' ],
	q{SELECT mediaml.drop_model('m', 2)} => [ 'models', 'model_deployer' ],
	q{SELECT mediaml.drop_model('race')} => [ 'deployments', 'model_deployer' ],
	q{SELECT mediaml.create_recommender('films', 'seen', 'u', 'i', method => 'item_knn');
	  SELECT mediaml.refresh_recommender('films'); SELECT mediaml.set_default_recommender('films');
	  SELECT count(*) FROM mediaml.recommend(1, 3, 'films'); SELECT mediaml.drop_recommender('films')} => [ 'models|recommenders', 'recommender_maker' ]);

foreach my $query (sort keys %needs)
{
	my ($table, $level) = @{ $needs{$query} };

	foreach my $role ('model_user', 'model_trainer', 'model_deployer', 'recommender_maker')
	{
		# recommender_maker is all of them
		if ($role eq $level || $role eq 'recommender_maker') { is(refusal("SET ROLE $role; BEGIN; $query; ROLLBACK"), '', "$role: $query"); }
		else { like(refusal("SET ROLE $role; $query"), qr/permission denied for table ($table)/, "$role may not: $query"); }
	}
}
like(refusal(q{SET ROLE model_trainer; SELECT mediaml.register('m', made('down'))}), qr/permission denied for table deployments/,
	'who may train does not deploy by registering');
is(sql(q{SELECT count(*) FROM mediaml.models WHERE name = 'm'}), 2, 'and nothing remains of it');
foreach my $table (map { "mediaml.$_" } qw(models model_data deployments metrics runs))
{
	like(refusal("SET ROLE $_; UPDATE $table SET name = name"), qr/permission denied/, "$_ may not update $table")
		foreach 'model_trainer', 'model_deployer';
}

foreach my $row (q{model_data (name, version, part, model) SELECT 'm', 1, 'content', made('down')},
	q{metrics (name, version, split, metric, value) SELECT 'm', 1, 'test', 'roc_auc', 1})
{
	like(refusal("SET ROLE model_trainer; INSERT INTO mediaml.$row"), qr/version 1 of model "m" is none that you have made/, "who may train adds nothing to versions of others: $row");
}
like(refusal(q{SET ROLE model_deployer; INSERT INTO mediaml.deployments (name, number, version, action, deployed_by) SELECT 'm', 99, 1, 'deploy', rolname FROM pg_roles WHERE rolname = 'berta'}),
	qr/deployed_by must be you or a role that you are a member of, not "berta"/, 'nobody deploys in the name of another role');
like(refusal(q{SET ROLE model_trainer; INSERT INTO mediaml.runs (run, name, action, outcome, run_by) SELECT 99, 'm', 'train', 'done', 'anna'}),
	qr/run_by must be you or a role that you are a member of, not "anna"/, 'nor notes a run');
sql(q{INSERT INTO mediaml.drift_checks (name, version, checked_at, feature, n) VALUES ('race', 1, now(), 'x', 1)});

# Two sessions make the first recommender: the second waits, and is not the default.
my $maker = $node->background_psql('postgres');
$one->query_safe(q{BEGIN; SELECT mediaml.create_recommender('one', 'seen', 'u', 'i', method => 'popularity')});
$maker->query_until(qr/begins/, q{\echo begins
SELECT mediaml.create_recommender('two', 'seen', 'u', 'i', method => 'popularity');
});
$node->poll_query_until('postgres', q{SELECT count(*) = 1 FROM pg_locks WHERE NOT granted});
$one->query_safe('COMMIT');
like($maker->query_safe('SELECT string_agg(name || is_default, $$ $$ ORDER BY name) FROM mediaml.recommenders'), qr/^onetrue twofalse$/m, 'two sessions make the first recommender');
$one->query_safe(q{BEGIN; SELECT mediaml.set_default_recommender('two')});
$maker->query_until(qr/begins/, q{\echo begins
SELECT mediaml.set_default_recommender('one');
});
$node->poll_query_until('postgres', q{SELECT count(*) = 1 FROM pg_locks WHERE NOT granted});
$one->query_safe('COMMIT');
like($maker->query_safe('SELECT name FROM mediaml.recommenders WHERE is_default'), qr/^one$/m, 'the last one who names a default has it');
$maker->query_safe($_) foreach q{SELECT mediaml.drop_recommender('one')}, q{SELECT mediaml.drop_recommender('two')};
$maker->quit;

# What was seen before is no right to see it now: in the same session, in a
# prepared statement, in a loop, with the parsed model in the cache.
sub seen_and_lost
{
	my ($name, $take, $give) = @_;
	my $say = q{SELECT answer(); SELECT string_agg(answer(), ' ') FROM generate_series(1, 2)};

	# EXECUTE fails, which psql shall survive
	my (undef, $stdout, $stderr) = $node->psql('postgres', qq{
\\set ON_ERROR_STOP 0
SET plan_cache_mode = force_generic_plan;
PREPARE p AS $ask;
SET ROLE anna; EXECUTE p; SELECT answer(); RESET ROLE;
$take; SET ROLE anna; EXECUTE p; SELECT answer(); $ask; RESET ROLE;
EXECUTE p; SELECT answer();
$give; SET ROLE anna; EXECUTE p; SELECT answer();}, on_error_stop => 0);

	my $error = qr/(permission denied for table models|there is no deployed model "m")/;
	like($stdout, qr/^true\ntrue\n$error\ntrue\ntrue\ntrue\ntrue$/, "$name: function and queries");
	is(scalar(() = $stderr =~ /ERROR:  $error/g), 2, "$name: prepared statement and query");
	$stdout = sql(qq{
		DO \$\$
		DECLARE
			seen text := '';
		BEGIN
			FOR i IN 1 .. 6 LOOP
				IF i = 3 THEN $take; ELSIF i = 5 THEN $give; END IF;
				SET LOCAL ROLE anna;
				BEGIN
					seen := seen || mediaml.predict_label('m', ARRAY[9]) || ' ';
				EXCEPTION WHEN OTHERS THEN
					seen := seen || SQLSTATE || ' ';
				END;
				RESET ROLE;
			END LOOP;
			PERFORM set_config('my.seen', seen, false);
		END \$\$;
		SELECT current_setting('my.seen')});
	like($stdout, qr/^true true (42501 42501|42704 42704) true true $/, "$name: a loop");
}

seen_and_lost('REVOKE', 'REVOKE SELECT ON mediaml.models FROM model_user', 'GRANT SELECT ON mediaml.models TO model_user');
seen_and_lost('REVOKE of the role', 'REVOKE model_user FROM anna', 'GRANT model_user TO anna');

# Model by model, as documented.
sql(documented('Model by model'));
sql(q{INSERT INTO model_access VALUES ('m', 'anna'), ('m', 'berta'), ('churn', 'model_user'), ('new', 'berta'), ('films', 'anna'), ('films', 'recommender_maker')});
is(sql("SET ROLE anna; $ask; SELECT answer('race'); SELECT answer('churn'); RESET ROLE; SELECT answer('race') <> ''; SET ROLE model_user; SELECT answer()"),
	qq{true\nthere is no deployed model "race"\nthere is no deployed model "churn"\nt\nthere is no deployed model "m"}, 'each role has its models');
is(sql("SET ROLE anna; SELECT count(DISTINCT name) FROM $_"), $_ =~ /runs|metrics|drift/ ? 0 : 1, "$_ shows what models shows") foreach @tables;
seen_and_lost('a row that a policy reads', q{DELETE FROM model_access WHERE model = 'm' AND role = 'anna'}, q{INSERT INTO model_access VALUES ('m', 'anna')});
seen_and_lost('another policy', q{ALTER POLICY by_access ON mediaml.models USING (false)},
	q{ALTER POLICY by_access ON mediaml.models USING (EXISTS (SELECT FROM model_access AS a WHERE a.model = models.name AND a.role = current_user))});
is(sql(qq{PREPARE p AS $ask; EXECUTE p; SET ROLE anna; EXECUTE p; SELECT answer('race'); RESET ROLE; SELECT answer('race') <> ''; EXECUTE p}),
	qq{true\ntrue\nthere is no deployed model "race"\nt\ntrue}, 'roles take turns in one session');
is(sql(qq{$parallel; GRANT SELECT ON big TO anna; SET ROLE anna; $scan}), 120000, 'in workers too');
like(refusal(qq{$parallel; SET ROLE anna; SELECT count(*) FROM big WHERE mediaml.predict_label('race', ARRAY[x]) = 'true'}),
	qr/there is no deployed model "race"/, 'where the policy holds as well');
like(refusal("SET ROLE anna; SELECT mediaml.$_"), qr/there is no deployed model "race"/, "hidden from $_")
	foreach q{similar_items('race', 3)}, q{recommend_from('race', ARRAY[3])}, q{recommend_from('race', ARRAY[3], 2, candidates => ARRAY[4])}, q{score('race', ARRAY[3], 4)},
	q{network_summary('race')}, q{network_query('race', 'SELECT 1, ARRAY[1]')}, q{network_outputs('race', '{}')},
	q{transform('race', ROW(1))}, q{clean('race', ROW(1))}, q{feature_names('race')};
like(refusal("SET row_security = off; SET ROLE anna; $ask"), qr/query would be affected by row-level security policy/, 'row_security = off is obeyed');
is(sql(q{SET ROLE berta; SELECT mediaml.register('new', made('up'), '{"auc": 1}', 'never');
	SELECT count(*) FROM mediaml.model_versions; SELECT count(*) FROM mediaml.model_metrics}), "1\n3\n1", 'a trainer adds versions of models that he sees');
like(refusal(q{SET ROLE berta; SELECT mediaml.register('race', made('up'), deploy => 'never')}),
	qr/model "race" has versions or deployments that are hidden from you|violates row-level security policy/, 'and none of others');
is(sql(q{GRANT model_deployer TO berta; SET ROLE berta; SELECT mediaml.deploy('new', 1); SELECT answer('new'); SELECT mediaml.drop_model('new');
	RESET ROLE; SELECT count(*) FROM mediaml.deployments WHERE name = 'new'; SELECT count(*) FROM mediaml.metrics WHERE name = 'new'}), "1\ntrue\n\n0\n0",
	'deploying and dropping under policies, all of it');
sql(q{REVOKE model_deployer FROM berta});
is(sql(q{SET ROLE recommender_maker; SELECT mediaml.create_recommender('films', 'seen', 'u', 'i', method => 'item_knn'); SELECT mediaml.refresh_recommender('films');
	SET ROLE anna; SELECT version FROM mediaml.recommend(1, 1); SELECT count(*) > 0 FROM mediaml.similar_items('films', 3); SELECT mediaml.score('films', ARRAY[3], 4) > 0;
	SET ROLE recommender_maker; SELECT mediaml.drop_recommender('films'); RESET ROLE;
	SELECT count(*) FROM mediaml.deployments WHERE name = 'films'; SELECT count(*) FROM mediaml.models WHERE name = 'films'}), "1\n2\n2\nt\nt\n\n0\n0",
	'a recommender is made, used, dropped under policies');

# A policy that hides the deployed version hides the model.
sql(q{
	SELECT mediaml.deploy('m', 2);
	CREATE POLICY early ON mediaml.models AS RESTRICTIVE USING (version < 2 OR name <> 'm')});
is(sql('SET ROLE anna; SELECT answer(); SELECT count(*) FROM mediaml.deployed_models; SELECT version, deployed FROM mediaml.model_versions'),
	qq{there is no deployed model "m"\n0\n1|f}, 'no older version answers in its place');
sql(q{DROP POLICY early ON mediaml.models; SELECT mediaml.deploy('m', 1)});

# Views and functions.
sql(q{
	CREATE VIEW plain AS SELECT mediaml.predict_label('m', ARRAY[9]) AS label;
	CREATE VIEW invoker WITH (security_invoker = true) AS SELECT mediaml.predict_label('m', ARRAY[9]) AS label;
	CREATE FUNCTION as_owner(text) RETURNS text LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
	BEGIN RETURN mediaml.predict_label($1, ARRAY[9]); END $$;
	GRANT SELECT ON plain, invoker TO PUBLIC});
is(sql("SET ROLE anna; SELECT label FROM $_"), 'true', "who may predict does so by a view: $_") foreach 'plain', 'invoker';
like(refusal("SET ROLE stranger; SELECT label FROM $_"), qr/permission denied for table models/, "a view gives no right: $_") foreach 'plain', 'invoker';
is(sql(q{SET ROLE anna; SELECT i, as_owner('race') <> '', answer('race'), as_owner('m'), answer() FROM generate_series(1, 2) AS i}),
	join("\n", map { qq{$_|t|there is no deployed model "race"|true|true} } 1, 2), 'SECURITY DEFINER and its caller take turns');
sql(documented('Predicting without a right on the model'));
is(sql('SET ROLE stranger; SELECT churn_risk(9, 1) > 0.5, churn_risk(1, 1) > 0.5'), 't|f', 'a function of its own lets a role predict, and no more');
like(refusal('SET ROLE stranger; SELECT * FROM mediaml.model_data'), qr/permission denied/, 'no more');

# Tenants by a setting, which changes without a trace in any table.
sql(q{
	CREATE ROLE app;
	GRANT model_user TO app;
	CREATE FUNCTION tenant() RETURNS text STABLE LANGUAGE plpgsql AS $$ BEGIN RETURN current_setting('app.tenant', true); END $$;
	CREATE POLICY by_tenant ON mediaml.models TO app USING (name = 'rank' AND version = CASE tenant() WHEN 'asia' THEN 1 WHEN 'europe' THEN 2 END);
	SELECT mediaml.register('rank', made('up')), mediaml.register('rank', made('down'))});
foreach my $volatility ('VOLATILE', 'STABLE')
{
	sql(qq{
		CREATE OR REPLACE FUNCTION tenants() RETURNS text LANGUAGE plpgsql $volatility AS \$\$
		DECLARE
			tenant text;
			seen text := '';
		BEGIN
			FOREACH tenant IN ARRAY '{europe,asia,europe,mars,europe}'::text[] LOOP
				PERFORM set_config('app.tenant', tenant, true);
				BEGIN
					seen := seen || mediaml.predict_label('rank', ARRAY[9]) || ' ';
				EXCEPTION WHEN undefined_object THEN
					seen := seen || '- ';
				END;
			END LOOP;
			RETURN seen;
		END \$\$});
	is(sql('SET ROLE app; SELECT tenants()'), 'false - false - false ', "tenants take turns in a loop, $volatility");
}
is(sql(q{SET ROLE app; SET app.tenant = europe; SELECT answer('rank'); SET app.tenant = asia; SELECT answer('rank'); SET app.tenant = europe; SELECT answer('rank')}),
	qq{false\nthere is no deployed model "rank"\nfalse}, 'and from statement to statement');
is(sql(qq{$parallel; GRANT SELECT ON big TO app; SET ROLE app; SET app.tenant = europe; SELECT count(*) FROM big WHERE mediaml.predict_label('rank', ARRAY[x]) = 'true'}),
	180000, 'a setting reaches workers');

# A cursor keeps its snapshot, not the rights of who opened it.
like(refusal(q{BEGIN; DECLARE c CURSOR FOR SELECT mediaml.predict_label('race', ARRAY[9]) FROM generate_series(1, 3); FETCH c; SET LOCAL ROLE anna; FETCH c}),
	qr/there is no deployed model "race"/, 'another role fetches on as itself');

# A schema that somebody has made before the extension is not made use of.
sql('CREATE DATABASE early; GRANT CREATE ON DATABASE early TO stranger');
$node->safe_psql('early', 'SET ROLE stranger; CREATE SCHEMA mediaml');
my (undef, undef, $refused) = $node->psql('early', 'CREATE EXTENSION mediaml');
like($refused, qr/schema "mediaml" is not empty, or is not a superuser's/, q{not somebody else's});
(undef, undef, $refused) = $node->psql('early', q{ALTER SCHEMA mediaml OWNER TO CURRENT_USER;
	CREATE OPERATOR mediaml.|| (FUNCTION = float8mul, LEFTARG = float8, RIGHTARG = float8); CREATE EXTENSION mediaml});
like($refused, qr/schema "mediaml" is not empty, or is not a superuser's/, 'not one that is not empty');
is($node->psql('early', 'DROP OPERATOR mediaml.|| (float8, float8); CREATE EXTENSION mediaml'), 0, 'but an empty one');

# -------------------------------------------------------- a dump comes back

# pg_dump leaves out policies on tables of extensions, and that they are enabled:
# the docs say to run their statements again.
my $content = join '; ', (map { "SELECT * FROM mediaml.$_ ORDER BY 1, 2, 3" } qw(models deployments runs)),
	'SELECT name, version, part, sha256(model) FROM mediaml.model_data ORDER BY 1, 2, 3', 'SELECT * FROM mediaml.metrics ORDER BY 1, 2, 3, 4, 5', 'SELECT * FROM mediaml.drift_checks ORDER BY 1, 2, 3, 4',
	q{SELECT relname, relacl FROM pg_class WHERE relnamespace = 'mediaml'::regnamespace ORDER BY 1}, $ask;
my $guarded = q{SELECT relname, relrowsecurity FROM pg_class WHERE relnamespace = 'mediaml'::regnamespace ORDER BY 1;
	SELECT polname, polrelid::regclass, pg_get_expr(polqual, polrelid) FROM pg_policy ORDER BY 2, 1;
	SET ROLE anna; SELECT answer(), answer('race')};
my $policies = join ';', grep { /^\s*(ALTER TABLE|CREATE POLICY)/ } split /;/, documented('Model by model');
my $dump = PostgreSQL::Test::Utils::tempdir() . '/dump';

sql(q{
	DROP POLICY by_tenant ON mediaml.models;
	INSERT INTO mediaml.runs (name, action, outcome) SELECT 'm', 'train', 'done' FROM generate_series(1, 5);
	SELECT mediaml.register('m', made('up'), '{"auc": 0.75, "none": "NaN"}', 'never')});
$node->command_ok([ 'pg_dump', '-Fc', '-f', $dump, '-d', $node->connstr('postgres') ], 'dump');
sql('CREATE DATABASE again');
$node->command_ok([ 'pg_restore', '--exit-on-error', '-d', $node->connstr('again'), $dump ], 'restore');
is($node->safe_psql('again', $content), sql($content), 'models, data, metrics, deployments, runs, privileges and answers after a restore');
sql('CREATE DATABASE jobs');
$node->command_ok([ 'pg_restore', '--exit-on-error', '-j', 3, '-d', $node->connstr('jobs'), $dump ], 'restore by several jobs, in any order');
is($node->safe_psql('jobs', $content), sql($content), 'all is there as well');
is($node->safe_psql('jobs', q{SELECT mediaml.drop_model('m'); SELECT count(*) FROM mediaml.model_data WHERE name = 'm'; SELECT count(*) FROM mediaml.metrics WHERE name = 'm'}),
	"\n0\n0", 'and goes with its model');
is($node->safe_psql('again', 'SELECT count(*) FROM pg_policy'), 0, 'policies are not restored, as documented');
$node->safe_psql('again', $policies);
is($node->safe_psql('again', $guarded), sql($guarded), 'and are there again once their statements have been run');
is($node->safe_psql('again', q{INSERT INTO mediaml.runs (name, action) VALUES ('m', 'train') RETURNING run}), 6, 'runs are numbered on');
is($node->safe_psql('again', q{SELECT mediaml.register('m', made('up'))}), 4, 'and versions');
my (undef, undef, $stderr) = $node->psql('again', "SET ROLE stranger; $ask");
like($stderr, qr/permission denied for table/, 'who had no right has none');

# ---------------------------------------------------------------- a standby

$node->backup('base');
my $standby = PostgreSQL::Test::Cluster->new('standby');
$standby->init_from_backup($node, 'base', has_streaming => 1);
$standby->start;
$two = $standby->background_psql('postgres');
$two->query_safe("PREPARE p AS $ask");
is($two->query_safe('EXECUTE p') . $two->query_safe('SELECT answer()') . $two->query_safe('SELECT pg_is_in_recovery()'), 'truetruet',
	'a standby predicts by name');
sql(q{SELECT mediaml.deploy('m', 2)});
$node->wait_for_catchup($standby);
is($two->query_safe('EXECUTE p') . $two->query_safe('SELECT answer()'), 'falsefalse', 'by the new version, in the same session');
is($standby->safe_psql('postgres', "$parallel; $scan"), 180000, 'in workers');
is($standby->safe_psql('postgres', q{SET ROLE anna; SELECT answer(), answer('race')}), qq{false|there is no deployed model "race"}, 'under policies');
foreach my $change (q{mediaml.register('m', made('up'))}, q{mediaml.deploy('m', 1)}, q{mediaml.rollback('m')}, q{mediaml.drop_model('m')})
{
	$standby->psql('postgres', "SELECT $change", stderr => \$stderr);
	like($stderr, qr/cannot execute (INSERT|DELETE) in a read-only transaction/, "$change is refused there");
}
$two->quit;
$standby->stop;

$node->stop;
done_testing();

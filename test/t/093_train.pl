# train() and refresh() among roles and sessions: whose rights a stored statement
# has, by which names it finds its tables, and who waits for whom.

use strict;
use warnings;
use MediaML;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = mediaml_node('train');

sub sql { return $node->safe_psql('postgres', shift); }

# What $query says when it fails.
sub refusal
{
	my (undef, undef, $stderr) = $node->psql('postgres', shift);

	return $stderr;
}

# Anna may train and deploy, and has a schema of her own, with a function that she changes later.
sql(q{
	CREATE ROLE anna; CREATE ROLE ben; CREATE ROLE bystander;
	GRANT USAGE ON SCHEMA mediaml TO anna, ben, bystander;
	GRANT SELECT ON ALL TABLES IN SCHEMA mediaml TO anna, ben;
	GRANT INSERT ON mediaml.models, mediaml.model_data, mediaml.metrics, mediaml.runs, mediaml.deployments TO anna;
	GRANT DELETE ON mediaml.models TO anna;
	CREATE SCHEMA annas AUTHORIZATION anna;
	CREATE TABLE public.viewers AS SELECT 'not these' AS wrong;
	SET ROLE anna;
	CREATE TABLE annas.viewers AS
		SELECT id, (id * 7 % 50)::float8 AS hours, id * 7 % 50 + id * 13 % 31 < 35 AS left_us FROM generate_series(1, 500) AS id;
	CREATE FUNCTION annas.watch(float8) RETURNS float8 LANGUAGE plpgsql STABLE AS 'BEGIN RETURN $1; END'});
my $train = q{SELECT DISTINCT version, deployed FROM mediaml.train('churn', 'logistic_regression',
	'SELECT id, watch(hours) AS hours, left_us FROM viewers', target => 'left_us', id => 'id'%s)};
my $as_anna = 'SET ROLE anna; SET search_path = annas; SET client_min_messages = warning; ';

is(sql($as_anna . sprintf($train, '')), '1|t', 'names are found by the search_path of who trains');
like(refusal('SET ROLE ben; SET client_min_messages = warning; ' . sprintf($train, '')), qr/(does not exist|permission denied)/, 'and of nobody else');
like(refusal("SET ROLE ben; SELECT mediaml.train('mine', 'kmeans', 'SELECT 1.5::float8 + g AS x FROM generate_series(1, 100) AS g', options => '{\"k\": 2}')"),
	qr/permission denied for table models/, 'reading is not training');
like(refusal("SET ROLE ben; SELECT count(*) FROM mediaml.refresh('churn')"), qr/must be a member of role "anna"/, 'nor refreshing');
is(sql("SET client_min_messages = warning; SELECT DISTINCT version, deployed FROM mediaml.refresh('churn')"), '2|t', 'a superuser refreshes by the search_path that was stored');
is(sql('SELECT DISTINCT created_by FROM mediaml.models'), 'anna', 'as the role that made it');

# Rights of who refreshes are not lent to what is refreshed.
sql(q{CREATE TABLE secrets AS SELECT 1 AS secret;
	CREATE OR REPLACE FUNCTION annas.watch(float8) RETURNS float8 LANGUAGE plpgsql STABLE AS
		'BEGIN RAISE ''i am %, of %'', current_user, session_user; END'});
sql('SET client_min_messages = error; CALL mediaml.refresh_all()');
is(sql(q{SELECT message FROM mediaml.runs WHERE outcome = 'failed' ORDER BY run DESC LIMIT 1}), 'i am anna, of postgres', 'a stored statement runs as its role');
foreach my $attack (
	[ q{PERFORM secret FROM public.secrets}, qr/permission denied for table secrets/ ],
	[ q{SET ROLE postgres}, qr/(SET is not allowed in a non-volatile function|cannot set parameter "role" within security-restricted operation)/ ],
	[ q{PERFORM set_config('role', 'postgres', false)}, qr/cannot set parameter "role" within security-restricted operation/ ],
	[ q{PERFORM set_config('session_authorization', 'postgres', false)}, qr/cannot set parameter "session_authorization" within security-restricted operation/ ],
	[ q{DELETE FROM annas.viewers}, qr/(not allowed in a non-volatile function|read-only)/ ])
{
	sql("SET ROLE anna; CREATE OR REPLACE FUNCTION annas.watch(float8) RETURNS float8 LANGUAGE plpgsql STABLE AS \$\$BEGIN $attack->[0]; RETURN \$1; END\$\$");
	sql('SET client_min_messages = error; CALL mediaml.refresh_all()');
	like(sql(q{SELECT message FROM mediaml.runs WHERE outcome = 'failed' ORDER BY run DESC LIMIT 1}), $attack->[1], "within: $attack->[0]");
}
sql(q{CREATE OR REPLACE FUNCTION annas.watch(float8) RETURNS float8 LANGUAGE plpgsql STABLE AS $$BEGIN PERFORM set_config('search_path', 'annas', false); RETURN $1; END$$});
is(sql(q{SET client_min_messages = warning; SELECT count(*) > 0 FROM mediaml.refresh('churn'); SHOW search_path}), qq{t\n"\$user", public}, 'a setting that the statement changes is put back');
like(refusal(q{SET ROLE anna; INSERT INTO mediaml.models (name, version, kind, algorithm, query, digest, created_by)
	VALUES ('trap', 1, 'pipeline', 'logistic_regression', 'SELECT annas.watch(1)', '', 'postgres')}), qr/created_by must be you/, 'nobody makes a model in the name of another role');

# Who may refresh, and not drop, has refreshed.
sql(q{CREATE ROLE clerk NOINHERIT; GRANT anna TO clerk; GRANT USAGE ON SCHEMA mediaml TO clerk; GRANT SELECT ON mediaml.models, mediaml.deployments TO clerk; GRANT INSERT ON mediaml.runs TO clerk;
	SET ROLE anna; CREATE OR REPLACE FUNCTION annas.watch(float8) RETURNS float8 LANGUAGE plpgsql STABLE AS 'BEGIN RETURN $1; END'});
my $versions = sql('SELECT count(*) FROM mediaml.models');
sql(q{SET ROLE clerk; SET client_min_messages = error; CALL mediaml.refresh_all(keep => 1)});
is(sql('SELECT count(*) FROM mediaml.models') - $versions, 1, 'who may not prune has refreshed still');
is(sql(q{SELECT run_by, name, message FROM mediaml.runs WHERE action = 'prune' AND outcome = 'failed'}), 'clerk|churn|permission denied for table models', 'and it is noted');

# Two sessions train one name: the second one waits, or is told at once.
my $first = $node->background_psql('postgres');
$first->query_safe($as_anna . 'BEGIN');
$first->query_safe(sprintf($train, ''));
like(refusal($as_anna . sprintf($train, ', wait => false')), qr/model "churn" is being trained or deployed by another session/, 'refused, as asked');
like(refusal("SET lock_timeout = 200; $as_anna" . sprintf($train, '')), qr/canceling statement due to lock timeout/, 'waits, as asked');
my $before = sql(q{SELECT max(version) FROM mediaml.models});
$first->query_safe('ROLLBACK');
$first->quit;
is(sql(q{SELECT max(version) FROM mediaml.models}), $before, 'and a rollback leaves nothing');
is(sql($as_anna . sprintf($train, ', wait => false, deploy => \'never\'')), ($before + 1) . '|f', 'the next one trains');

# Who waits in refresh() for another role's training refreshes as that role then, not as
# the one whose version was the latest before; nor is a statement another role's otherwise.
sql(q{GRANT INSERT ON mediaml.models, mediaml.model_data, mediaml.metrics, mediaml.runs, mediaml.deployments TO ben; GRANT USAGE ON SCHEMA annas TO ben;
	GRANT SELECT ON annas.viewers TO ben;
	SET client_min_messages = error; SET search_path = annas;
	CREATE FUNCTION public.who() RETURNS text LANGUAGE plpgsql AS 'BEGIN INSERT INTO public.ran VALUES (current_user) ON CONFLICT DO NOTHING; RETURN ''x''; END';
	CREATE TABLE public.ran (who name PRIMARY KEY); GRANT ALL ON public.ran TO PUBLIC;
	SELECT * FROM mediaml.train('ours', 'logistic_regression', 'viewers', target => 'left_us', id => 'id')});
my $ben = $node->background_psql('postgres');
$ben->query_safe(q{SET ROLE ben; SET search_path = annas; SET client_min_messages = error; BEGIN; SELECT mediaml.model_lock('ours')});
my $waits = $node->background_psql('postgres');
$waits->query_until(qr/begins/, q{SET client_min_messages = error;
\echo begins
SELECT count(*) > 0 FROM mediaml.refresh('ours', deploy => 'never');
});
$node->poll_query_until('postgres', q{SELECT count(*) = 1 FROM pg_locks WHERE locktype = 'advisory' AND NOT granted});
$ben->query_safe(q{SELECT count(*) FROM mediaml.train('ours', 'logistic_regression', 'SELECT *, public.who() AS who FROM viewers',
	target => 'left_us', id => 'id', deploy => 'always')});
$ben->query_safe('COMMIT');
$waits->query_safe('SELECT 1');
is(sql('SELECT string_agg(who, $$ $$) FROM public.ran'), 'ben', 'a statement runs as its role, though it came while refresh waited');
is(sql(q{SELECT string_agg(created_by, ' ' ORDER BY version) FROM mediaml.models WHERE name = 'ours'}), 'postgres ben ben', 'and so its version is of that role');
like(refusal(q{SELECT mediaml.refresh_run('ours', NULL, NULL, 'never', true)}), qr/version 2 of model "ours" was made by role "ben", not by "postgres"/,
	'nobody runs the statement of another role as himself');
$_->quit foreach $ben, $waits;

# A version that is not deployed does not say what is trained anew, nor is one that was not deployed trained twice a day.
sql(q{SET ROLE ben; SET search_path = annas; SET client_min_messages = error;
	SELECT * FROM mediaml.train('churn', 'logistic_regression', 'SELECT id, hours AS trial, left_us FROM viewers', target => 'left_us', id => 'id', deploy => 'never')});
is(sql(q{SET client_min_messages = error; SELECT DISTINCT deployed FROM mediaml.refresh('churn', deploy => 'never');
	SELECT created_by, query ~ 'trial' FROM mediaml.models WHERE name = 'churn' ORDER BY version DESC LIMIT 1}), "f\nanna|f", 'what is deployed is refreshed, no trial');
is(sql(q{SELECT count(*) FROM mediaml.refresh('churn', max_age => '1 day')}), 0, 'and no oftener than asked for');
sql(q{SELECT * FROM mediaml.train('all', 'kmeans', 'SELECT g / 2.0 AS x FROM generate_series(1, 100) AS g', split => 'none', options => '{"k": 2}', deploy => 'always')});
is(sql(q{SET client_min_messages = error; SELECT deployed FROM mediaml.refresh('all', deploy => 'never'); SELECT deployed FROM mediaml.refresh('all')}), "f\nt",
	'never is never, though nothing is held out');

done_testing();

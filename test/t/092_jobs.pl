# Jobs by pg_cron, as docs/jobs.md has them, whose statements are run here: refresh
# all models, recommend to everybody, raise alerts; as a role of their own.
#
# Before version 1.5 pg_cron counts in minutes. So each job is put forward by
# '@reboot', which runs it at the next start of the server, by the same code.

use strict;
use warnings;
use MediaML;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = mediaml_node('jobs', 'max_worker_processes = 16');
my $docs = slurp_file('docs/jobs.md');
my $never = '0 0 30 2 *';    # the thirtieth of February

sub sql { return $node->safe_psql('postgres', shift); }
sub sql_as { return $node->safe_psql('postgres', $_[1], extra_params => [ '-U', $_[0] ]); }

# The indented blocks of a section of the docs.
sub documented
{
	my ($section) = $docs =~ /^## \Q$_[0]\E\n(.*?)(?=^## |\z)/ms;

	return join "\n", $section =~ /^    (.*)$/mg;
}

# Give jobs of nightly's another schedule.
sub schedule
{
	my ($schedule, $which) = @_;

	return sql_as('nightly', "SELECT cron.schedule(jobname, '$schedule', command) FROM cron.job WHERE $which");
}

# Run a job in a server that starts anew.
my $runs;
sub start_job
{
	my ($job) = @_;

	$runs = "FROM cron.job_run_details WHERE jobid = (SELECT jobid FROM cron.job WHERE jobname = '$job') AND runid > "
	  . sql('SELECT coalesce(max(runid), 0) FROM cron.job_run_details');
	schedule('@reboot', "jobname = '$job'");
	$node->restart;
	schedule($never, "jobname = '$job'");
	return;
}

# How it ended.
sub end_of_job
{
	$node->poll_query_until('postgres', "SELECT count(*) = 1 $runs AND status IN ('succeeded', 'failed')") or die 'the job does not end';
	return sql("SELECT status, split_part(return_message, E'\\n', 1) $runs");
}

sub job
{
	start_job(shift);
	return end_of_job();
}

plan skip_all => 'postgresql-15-cron is absent'
  if sql(q{SELECT count(*) FROM pg_available_extensions WHERE name = 'pg_cron'}) eq '0';

$node->append_conf('postgresql.conf', "shared_preload_libraries = 'pg_cron'
	cron.database_name = 'postgres'
	cron.use_background_workers = on");
$node->restart;

# Analysts, who make models, and what they make them of.
sql(q{
	CREATE EXTENSION pg_cron;
	CREATE ROLE recommender_maker;
	GRANT USAGE ON SCHEMA mediaml TO recommender_maker;
	GRANT SELECT ON ALL TABLES IN SCHEMA mediaml TO recommender_maker;
	GRANT INSERT ON mediaml.models, mediaml.model_data, mediaml.metrics, mediaml.runs, mediaml.drift_checks, mediaml.deployments TO recommender_maker;
	GRANT DELETE ON mediaml.models, mediaml.deployments TO recommender_maker;
	GRANT INSERT, UPDATE, DELETE ON mediaml.recommenders TO recommender_maker;
	CREATE ROLE anna LOGIN IN ROLE recommender_maker;
	CREATE ROLE ben LOGIN IN ROLE recommender_maker;
	CREATE ROLE carol LOGIN IN ROLE recommender_maker;
	CREATE TABLE viewers AS
		SELECT id, (id * 7 % 50)::float8 AS hours, (ARRAY['basic', 'family', 'premium'])[1 + id % 3] AS plan,
			   id * 7 % 50 + id * 13 % 31 < 35 AS left_us
		FROM generate_series(1, 1000) AS id;
	CREATE TABLE gone AS SELECT * FROM viewers;
	CREATE TABLE seen AS SELECT id / 20 AS user_id, id * id % 37 AS film_id FROM generate_series(1, 1000) AS id;
	CREATE INDEX ON seen (user_id);
	GRANT SELECT ON viewers TO anna, carol;
	GRANT SELECT ON gone, seen TO ben});

my $train = q{SELECT count(*) FROM mediaml.train('%s', 'logistic_regression', '%s', target => 'left_us', id => 'id')};

sql_as('anna', sprintf($train, 'churn', 'viewers'));
sql_as('ben', sprintf($train, 'broken', 'gone'));
sql_as('carol', sprintf($train, 'private', 'viewers'));
sql_as('ben', q{SELECT mediaml.create_recommender('films', 'seen', 'user_id', 'film_id', method => 'item_knn')});
sql('DROP TABLE gone');

# The docs, as nightly from the roles on.
sql(documented('Roles'));
sql('GRANT CREATE ON SCHEMA public TO nightly');
sql_as('nightly', documented($_)) foreach 'Refresh', 'Recommend to everybody', 'Alerts';
is(sql('SELECT jobname, schedule, username, active FROM cron.job ORDER BY jobid'),
	join("\n", map { "$_|nightly|t" } 'refresh|0 2 * * *', 'tonight|0 4 * * *', 'alerts|*/10 * * * *', 'tidy|30 5 * * 0'),
	'jobs are those of who scheduled them');
schedule($never, 'true');    # at two in the morning tests are run too

# Refresh.
is(job('refresh'), 'succeeded|CALL', 'refresh: a model that fails is no failure of the job');
is(sql(q{SELECT name, version, created_by FROM mediaml.models ORDER BY name, version}),
	join("\n", 'broken|1|ben', 'churn|1|anna', 'churn|2|anna', 'films|1|ben', 'films|2|ben', 'private|1|carol'),
	'refresh: the others go on, in the name of who made them');
is(sql(q{SELECT name, outcome, run_by, message ~ 'gone|carol' FROM mediaml.runs
		WHERE run > (SELECT max(run) FROM mediaml.runs WHERE name = 'private' AND action = 'train') ORDER BY name}),
	join("\n", 'broken|failed|nightly|t', 'churn|done|anna|f', 'films|done|ben|f', 'private|failed|nightly|t'),
	'refresh: what has become of each is noted');

# Recommend to everybody: stopped in the midst, after the DELETE.
my $rows = 'SELECT count(*), min(version), max(version) FROM tonight';

is(job('tonight'), 'succeeded|CALL', 'tonight');
my $first = sql($rows);
like($first, qr/^[1-9][0-9]+\|2\|2$/, 'tonight: by the version that answers');
sql_as('ben', q{SELECT mediaml.refresh_recommender('films')});
sql(q{
	CREATE TABLE go_on ();
	GRANT SELECT ON go_on TO nightly;
	CREATE FUNCTION wait() RETURNS trigger LANGUAGE plpgsql AS $$
	BEGIN
		PERFORM pg_advisory_xact_lock(42);
		WHILE NOT EXISTS (SELECT FROM go_on) LOOP PERFORM pg_sleep(0.02); END LOOP;
		RETURN NULL;
	END $$;
	CREATE TRIGGER wait AFTER DELETE ON tonight EXECUTE FUNCTION wait()});
start_job('tonight');
$node->poll_query_until('postgres', q{SELECT count(*) = 1 FROM pg_locks WHERE locktype = 'advisory' AND granted AND objid = 42})
  or die 'the job does not begin';
is(sql($rows), $first, 'tonight: all is there while it is made anew');
sql('INSERT INTO go_on DEFAULT VALUES');
is(end_of_job(), 'succeeded|CALL', 'tonight: again');
(my $second = $first) =~ s/2\|2$/3|3/;
is(sql($rows), $second, 'tonight: then all is new');
sql('DROP TRIGGER wait ON tonight; DELETE FROM seen');
is(job('tonight'), 'failed|ERROR: there is nothing to recommend', 'tonight: nothing to recommend');
is(sql($rows), $second, 'tonight: then yesterday\'s stay');

# Drift: hours are not what they were.
sql(q{GRANT SELECT ON viewers TO nightly;
	UPDATE viewers SET hours = hours + 40});
sql_as('nightly', documented('Drift'));
is(job('drift'), 'succeeded|SELECT 1', 'drift');
isnt(sql(q{SELECT count(*) FROM mediaml.runs WHERE action = 'drift' AND run_by = 'nightly'}), 0, 'drift: it is noted');

# Alerts, each once.
my $alerts = q{SELECT what, regexp_replace(split_part(message, E'\n', 1), 'psi [0-9.]+', 'psi 12.00') FROM alerts ORDER BY what, id};
my $expected = join "\n", 'drift|churn: hours is not what it was, psi 12.00', 'job|tonight: ERROR: there is nothing to recommend', 'model|broken: relation "gone" does not exist',
  'model|private: must be a member of role "carol" to refresh model "private"';

is(job('alerts'), 'succeeded|CALL', 'alerts');
is(sql($alerts), $expected, 'alerts: of jobs and of models');
sql(q{
	ALTER TABLE mediaml.models DISABLE TRIGGER immutable;
	UPDATE mediaml.models SET created_at = now() - interval '3 days' WHERE name = 'broken'});
job('alerts');
$expected =~ s/^model/late|broken: not trained for two days\nmodel/m;
is(sql($alerts), $expected, 'alerts: and of what nobody trains, each once');

# The same through connections, with no password: the system's user is mapped.
$node->append_conf('postgresql.conf', "cron.use_background_workers = off\ncron.host = '" . $node->host . "'");
unlink $node->data_dir . '/pg_hba.conf';
$node->append_conf('pg_hba.conf', "local postgres nightly peer map=cron\nlocal all all trust");
$node->append_conf('pg_ident.conf', 'cron ' . getpwuid($<) . ' nightly');
sql("UPDATE cron.job SET nodename = '" . $node->host . "'");
is(job('refresh'), 'succeeded|CALL', 'a connection in place of a worker');
is(sql(q{SELECT max(version) FROM mediaml.models WHERE name = 'churn'}), 3, 'and a version more');

diag(sql('TABLE cron.job_run_details')); diag(slurp_file($node->logfile) =~ /(.*ident.*|.*authent.*|.*connection.*|.*FATAL.*)\n/g);
done_testing();

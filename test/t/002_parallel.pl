# A model has the same bytes however it is trained: workers, spilled rows, kinds
# of shared memory, places in a query; and a worker that dies ends the query.

use strict;
use warnings;
use MediaML;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = mediaml_node('parallel', 'max_worker_processes = 12',
	'max_parallel_workers = 8', 'max_parallel_maintenance_workers = 2',
	'log_min_messages = debug1');

# 200,000 rows of 8 columns take 10 MB packed: enough for two workers
$node->safe_psql('postgres', q{
	CREATE TABLE big AS
		SELECT i, ARRAY[i % 10, i % 7, i::bigint * 7919 % 1009, i::bigint * 104729 % 10007 / 10.0, sqrt(i), i % 2,
						1700000000 + i, (i * 31 % 100)^3 / 1e4]::float8[] AS x
		FROM generate_series(1, 200000) i;
	ANALYZE big});

my $train = q{mediaml.kmeans(x, 9, '{"max_iter": 12, "seed": 4}')};
my $same = $node->safe_psql('postgres',
	"SET max_parallel_maintenance_workers = 0; SELECT md5($train) FROM big");

# how many workers the server has started since the last call
my $log_seen = -s $node->logfile;
sub workers_started
{
	my $log = slurp_file($node->logfile, $log_seen);

	$log_seen = -s $node->logfile;
	return scalar(() = $log =~ /starting background worker process "parallel worker/g);
}

# $name: the query $query, after $set, answers the same model
sub same_model
{
	my ($name, $set, $query) = @_;

	$query //= "SELECT md5($train) FROM big";
	is($node->safe_psql('postgres', "$set; $query"), $same, $name);
}

like($same, qr/^[0-9a-f]{32}$/, 'a model is trained without workers');
workers_started();
same_model('the same with one worker', 'SET max_parallel_maintenance_workers = 1');
is(workers_started(), 1, 'one was started');
same_model('the same with two', 'SET max_parallel_maintenance_workers = 2');
is(workers_started(), 2, 'two were started');
same_model('the same with eight allowed, of which it takes two', 'SET max_parallel_maintenance_workers = 8');
same_model('the same with none to be had', 'SET max_parallel_workers = 0');
workers_started();
same_model('the same from a temporary file', 'SET mediaml.max_memory = 2500');
is(workers_started(), 0, 'without workers');
same_model('the same where the scan is parallel', q{SET parallel_setup_cost = 0; SET parallel_tuple_cost = 0;
	SET min_parallel_table_scan_size = 0; SET synchronize_seqscans = off},
	"SELECT md5($train) FROM (SELECT x FROM big ORDER BY i) s");
my $forced = $node->pg_version >= 16 ? 'debug_parallel_query' : 'force_parallel_mode';
same_model('the same with every plan forced to be parallel', "SET $forced = on");
same_model('the same with a forced plan that says nothing', "SET $forced = regress");
same_model('the same in a read-only transaction', 'BEGIN READ ONLY');
same_model('the same in a serializable one', 'BEGIN ISOLATION LEVEL SERIALIZABLE');
same_model('the same where the transaction has written', 'BEGIN; CREATE TABLE gone (); INSERT INTO big VALUES (0, NULL); DELETE FROM big WHERE i = 0');
same_model('the same in a subtransaction', 'BEGIN; SAVEPOINT s');
same_model('the same from INSERT', 'CREATE TEMP TABLE kept (m bytea)',
	"INSERT INTO kept SELECT $train FROM big; SELECT md5(m) FROM kept");
same_model('the same from CREATE TABLE AS', '', "CREATE TEMP TABLE kept AS SELECT $train AS m FROM big; SELECT md5(m) FROM kept");
same_model('the same from a cursor', 'BEGIN', "DECLARE c CURSOR FOR SELECT md5($train) FROM big; FETCH c; ROLLBACK");
same_model('the same from PL/pgSQL',
	"CREATE FUNCTION pg_temp.f() RETURNS text LANGUAGE plpgsql AS \$\$ BEGIN RETURN md5($train) FROM big; END \$\$", 'SELECT pg_temp.f()');
same_model('the same after an error in a block of PL/pgSQL',
	"CREATE FUNCTION pg_temp.f() RETURNS text LANGUAGE plpgsql AS \$\$ BEGIN
		BEGIN
			PERFORM mediaml.kmeans(ARRAY[i % 3], 9) FROM big;
		EXCEPTION WHEN data_exception THEN
			RETURN md5($train) FROM big;
		END;
	END \$\$", 'SELECT pg_temp.f()');
same_model('the same beside another aggregate and state', '',
	"SELECT md5($train) FROM (SELECT mediaml.kmeans(x, 3), $train AS m FROM big) s, LATERAL (SELECT m) k"
	=~ s/md5\(\Q$train\E\)/md5(s.m)/r);
$node->safe_psql('postgres', 'CREATE ROLE anybody; GRANT USAGE ON SCHEMA mediaml TO anybody; GRANT SELECT ON big TO anybody');
same_model('the same for a role without rights', 'SET ROLE anybody');
is($node->safe_psql('postgres', "SELECT count(DISTINCT m) FROM (SELECT $train AS m FROM big, generate_series(1, 3) g GROUP BY g) s"),
	1, 'the same in three groups');

# an error in a worker, and a worker that is told to go, reach the leader
my ($status, $stdout, $stderr) = $node->psql('postgres', q{
	SET statement_timeout = '60s';
	SELECT mediaml.kmeans(ARRAY[i % 7, i % 5, i % 3, 0, 0, 0, 0, 0], 106) FROM big});
like($stderr, qr/k is 106, but the number of distinct rows is 105/, 'an error while workers wait');

my $long = q{SELECT mediaml.kmeans(x, 2000, '{"max_iter": 100000, "tol": 0, "init": "random", "n_init": 1}') FROM big};
my $timer = IPC::Run::timeout($PostgreSQL::Test::Utils::timeout_default);
my ($in, $out, $err) = ('', '', '');
my $psql = IPC::Run::start([ 'psql', '-XAtq', '-d', $node->connstr('postgres'), '-c', $long ],
	'<', \$in, '>', \$out, '2>', \$err, $timer);
ok($node->poll_query_until('postgres', q{SELECT count(*) = 2 FROM pg_stat_activity WHERE backend_type = 'parallel worker'}),
	'two workers help with a long run');
$node->safe_psql('postgres', q{SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE backend_type = 'parallel worker' LIMIT 1});
$psql->finish;
like($err, qr/terminating|lost connection to parallel worker/, 'the end of a worker is the end of the query');
ok($node->poll_query_until('postgres', q{SELECT count(*) = 0 FROM pg_stat_activity WHERE backend_type = 'parallel worker'}),
	'no worker is left');
same_model('the same after that', '');

# other kinds of shared memory
foreach my $type (qw(mmap sysv))
{
	$node->append_conf('postgresql.conf', "dynamic_shared_memory_type = $type\n");
	$node->restart;
	workers_started();
	same_model("the same with shared memory by $type", '');
	is(workers_started(), 2, 'and two workers');
}

unlike(slurp_file($node->logfile), qr/WARNING|PANIC|terminated by signal/, 'no warning in the log');
$node->stop;
done_testing();

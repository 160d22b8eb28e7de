# What training holds is given back, however it ends: no warning of leaks, no
# temporary file, no shared memory; and all states together keep to
# mediaml.max_memory.

use strict;
use warnings;
use MediaML;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(sleep);

# shared memory as files of this cluster alone, so that they can be counted
my $node = mediaml_node('memory', 'max_parallel_maintenance_workers = 1',
	'max_worker_processes = 12', 'dynamic_shared_memory_type = mmap');

$node->safe_psql('postgres', q{
	CREATE TABLE big AS
		SELECT i, i % 3 AS g, ARRAY[i % 10, i % 7, i::bigint * 7919 % 1009, i::bigint * 104729 % 10007, i % 2, i % 11, i % 13, i % 17]::float8[] AS x
		FROM generate_series(1, 200000) i;
	CREATE TABLE small AS SELECT g, i, ARRAY[i, g, i % 3]::float8[] AS x FROM generate_series(1, 1000) g, generate_series(1, 20) i;
	ANALYZE});

my $options = q{'{"max_iter": 3}'};
my $dir = $node->data_dir;
my $log_seen = -s $node->logfile;

# files of shared memory: the server's own few, and ours
sub shared_files
{
	return scalar(grep { -f } glob("$dir/pg_dynshmem/*"));
}
my $shared_at_rest = shared_files();

# Names of temporary files that are there.
sub temporary_files
{
	return map { "file $_" } grep { -f } glob("$dir/base/pgsql_tmp/*");
}

# Runs $script in one session, which must answer like $want, and looks for what
# it left behind.
sub leaves_nothing
{
	my ($name, $script, $want) = @_;
	my ($status, $stdout, $stderr) = $node->psql('postgres', $script, on_error_stop => 0);

	like("$stdout\n$stderr", $want, $name);
	my $log = slurp_file($node->logfile, $log_seen);
	$log_seen = -s $node->logfile;
	my @left = map { /(WARNING:.*|PANIC:.*|LOG:.*terminated by signal.*)/ ? $1 : () } split /\n/, $log;
	foreach (1 .. 300)		# psql is gone before its server process is
	{
		last if shared_files() == $shared_at_rest && !temporary_files();
		sleep(0.1);
	}
	push @left, 'shared memory' if shared_files() != $shared_at_rest;
	push @left, temporary_files();
	is("@left", '', "$name: nothing is left");
}

foreach my $where ('in shared memory', 'in a temporary file')
{
	my $set = $where =~ /file/ ? q{SET mediaml.max_memory = '3MB';} : '';
	my $kmeans = "mediaml.kmeans(x, 5, $options)";

	leaves_nothing("success, $where", "$set SELECT length($kmeans) FROM big", qr/^\d+$/m);
	leaves_nothing("LIMIT, $where", "$set SELECT g, length($kmeans) FROM big GROUP BY g LIMIT 1", qr/^\d\|\d+$/m);
	leaves_nothing("ROLLUP, $where", "$set SELECT g, length($kmeans) FROM big GROUP BY ROLLUP (g)", qr/^\|\d+$/m);
	leaves_nothing("two at once, $where", "$set SELECT length($kmeans), length(mediaml.kmeans(x[1:2], 3)) FROM big", qr/^\d+\|\d+$/m);
	leaves_nothing("rescan, $where", "$set SELECT s, length(m) FROM generate_series(1, 3) s, LATERAL (SELECT $kmeans AS m FROM big WHERE i > s) k", qr/^3\|\d+$/m);
	leaves_nothing("a subquery for each row, $where",
		"$set SELECT count(length((SELECT $kmeans FROM big WHERE i % 3 = s))) FROM generate_series(0, 2) s", qr/^3$/m);
	leaves_nothing("a hashed aggregate scanned again, $where",
		"$set SET enable_sort = off; SET enable_material = off; SET enable_memoize = off; SET enable_hashjoin = off; SET enable_mergejoin = off;
		SELECT count(*), count(DISTINCT m) FROM generate_series(0, 2) s LEFT JOIN (SELECT g, $kmeans AS m FROM big GROUP BY g) k ON g >= s",
		qr/^6\|3$/m);
	leaves_nothing("error among the rows, $where",
		"$set SELECT mediaml.kmeans(CASE i WHEN 190000 THEN '{1}' ELSE x END, 5) FROM big", qr/differ in length/);
	leaves_nothing("error in training, $where",
		"$set SELECT mediaml.kmeans(x, 3, '{\"init\": \"none\"}') FROM big", qr/option "init" must be/);
	leaves_nothing("an error caught, $where", "$set DO \$\$ BEGIN
		FOR n IN 1..3 LOOP
			BEGIN
				PERFORM mediaml.kmeans(ARRAY[i % 3, i % 2, 0, 0, 0, 0, 0, 0], 7) FROM big;
			EXCEPTION WHEN data_exception THEN
				RAISE NOTICE 'caught %', SQLERRM;
			END;
			PERFORM $kmeans FROM big;
		END LOOP;
	END \$\$", qr/caught k is 7, but the number of distinct rows is 6/);
	leaves_nothing("timeout while gathering, $where",
		"$set SET statement_timeout = 60; SELECT $kmeans FROM big, generate_series(1, 100)", qr/statement timeout/);
	leaves_nothing("timeout in training, $where",
		"$set SET statement_timeout = 400; SELECT mediaml.kmeans(x, 500, '{\"max_iter\": 100000, \"tol\": 0}') FROM big", qr/statement timeout/);
	leaves_nothing("a cursor closed early, $where",
		"$set BEGIN; DECLARE c CURSOR FOR SELECT g, length($kmeans) FROM big GROUP BY g; FETCH 1 FROM c; CLOSE c; COMMIT; SELECT 'closed'", qr/closed/);
	leaves_nothing("a cursor left open, $where",
		"$set BEGIN; DECLARE c CURSOR FOR SELECT g, length($kmeans) FROM big GROUP BY g; FETCH 1 FROM c; COMMIT; SELECT 'closed'", qr/closed/);
	leaves_nothing("a cursor held, $where",
		"$set BEGIN; DECLARE c CURSOR WITH HOLD FOR SELECT g, length($kmeans) FROM big GROUP BY g; COMMIT; FETCH ALL FROM c", qr/^2\|\d+$/m);
	leaves_nothing("a savepoint rolled back, $where",
		"$set BEGIN; SAVEPOINT s; DECLARE c CURSOR FOR SELECT g, length($kmeans) FROM big GROUP BY g; FETCH 1 FROM c; ROLLBACK TO s; SELECT length($kmeans) FROM big; COMMIT", qr/^\d+$/m);
	leaves_nothing("the end of the session, $where",
		"$set BEGIN; DECLARE c CURSOR FOR SELECT g, length($kmeans) FROM big GROUP BY g; FETCH 1 FROM c", qr/^\d\|\d+$/m);
}

# many groups, all of whose states live at once, share the limit
leaves_nothing('a thousand groups hashed',
	q{SET mediaml.max_memory = '16MB'; SET enable_sort = off; SET work_mem = '1GB';
	SELECT count(m), count(DISTINCT m) FROM (SELECT g, mediaml.kmeans(x, 3) AS m FROM small GROUP BY g) s}, qr/^1000\|1000$/m);
leaves_nothing('a thousand groups sorted',
	q{SET mediaml.max_memory = '1MB'; SET enable_hashagg = off;
	SELECT count(m), count(DISTINCT m) FROM (SELECT g, mediaml.kmeans(x, 3) AS m FROM small GROUP BY g) s}, qr/^1000\|1000$/m);
leaves_nothing('a thousand groups hashed in too little memory',
	q{SET mediaml.max_memory = '1MB'; SET enable_sort = off; SET work_mem = '1GB';
	SELECT count(m) FROM (SELECT g, mediaml.kmeans(array_fill(i, ARRAY[30]), 3) AS m FROM small GROUP BY g) s},
	qr/gathering rows needs \d+ kB of memory, but only \d+ kB of 1024 kB are left/);
leaves_nothing('groups of which the largest are spilled',
	q{SET mediaml.max_memory = '4MB'; SET enable_sort = off; SET work_mem = '1GB';
	SELECT count(DISTINCT m), count(*) FROM (SELECT i % 2 AS g, mediaml.kmeans(x, 3, '{"max_iter": 2}') AS m FROM big GROUP BY 1) s}, qr/^2\|2$/m);

SKIP:
{
	skip 'no /proc', 1 unless -r '/proc/self/status';
	my $grown = $node->safe_psql('postgres', q{
		SET mediaml.max_memory = '16MB'; SET enable_sort = off; SET work_mem = '1GB';
		CREATE FUNCTION pg_temp.peak() RETURNS int LANGUAGE sql AS $$ SELECT substring(pg_read_file('/proc/self/status') FROM 'RssAnon:\s+(\d+)')::int $$;
		CREATE TEMP TABLE peak AS SELECT pg_temp.peak() AS kb;
		SELECT max(rss) - (SELECT kb FROM peak) FROM (
			SELECT pg_temp.peak() AS rss FROM (SELECT g, mediaml.kmeans(x, 3) FROM small GROUP BY g OFFSET 0) s) t});
	cmp_ok($grown, '<', 40 * 1024, 'a thousand groups stay small');
	diag("a thousand groups took $grown kB");
}

# one training inside another: the inner one spills the outer
my $nested = q{
	SET mediaml.max_memory = '3MB';
	CREATE FUNCTION pg_temp.inner_one(i int) RETURNS int LANGUAGE plpgsql AS $$
	DECLARE n int;
	BEGIN
		IF i % 60000 = 0 THEN
			SELECT length(mediaml.kmeans(x, 4, '{"max_iter": 2}')) INTO n FROM (SELECT x FROM big LIMIT 50000) s;
		END IF;
		RETURN coalesce(n, 0);
	END $$;};
my $outer = $node->safe_psql('postgres', "SELECT md5(mediaml.kmeans(x, 5, $options)) FROM big");
leaves_nothing('one inside another', "$nested SELECT md5(mediaml.kmeans(x, 5, $options)) FROM big WHERE pg_temp.inner_one(i) >= 0", qr/^$outer$/m);

# the inner one fails while it spills the outer, and the error is caught
my $caught = q{
	SET mediaml.max_memory = '3MB';
	CREATE FUNCTION pg_temp.full_disk(i int) RETURNS bool LANGUAGE plpgsql AS $$
	BEGIN
		IF i % 70000 = 0 THEN
			PERFORM set_config('temp_file_limit', '100kB', true);
			BEGIN
				PERFORM mediaml.kmeans(x, 4) FROM (SELECT x FROM big LIMIT 50000) s;
			EXCEPTION WHEN configuration_limit_exceeded THEN
				RAISE NOTICE 'caught';
			END;
			PERFORM set_config('temp_file_limit', '-1', true);
		END IF;
		RETURN true;
	END $$;};
leaves_nothing('a full disk noticed inside', "$caught SELECT md5(mediaml.kmeans(x, 5, $options)) FROM (SELECT x, i FROM big WHERE i <= 30000 OR i > 69000) s WHERE pg_temp.full_disk(i)", qr/caught/);
my $part = $node->safe_psql('postgres', "SELECT md5(mediaml.kmeans(x, 5, $options)) FROM (SELECT x, i FROM big WHERE i <= 30000 OR i > 69000) s");
leaves_nothing('the outer one goes on', "$caught SELECT md5(mediaml.kmeans(x, 5, $options)) FROM (SELECT x, i FROM big WHERE i <= 30000 OR i > 69000) s WHERE pg_temp.full_disk(i)", qr/^$part$/m);
leaves_nothing('a full disk ends a query', q{SET temp_file_limit = '100kB'; SET mediaml.max_memory = '3MB';
	SELECT mediaml.kmeans(x, 5) FROM big}, qr/temporary file size exceeds/);

# predictions by turns from two models do not pile up
leaves_nothing('two models by turns', q{
	CREATE TEMP TABLE two AS SELECT mediaml.kmeans(ARRAY[i, i * g], 2, '{"names": ["i", "g"]}') AS m FROM generate_series(1, 9) i, generate_series(1, 2) g GROUP BY g;
	CREATE FUNCTION pg_temp.used() RETURNS bigint LANGUAGE sql AS $$ SELECT sum(used_bytes)::bigint FROM pg_backend_memory_contexts $$;
	SELECT max(used) - min(used) < 1000000 FROM (
		SELECT CASE WHEN n % 20000 = 0 THEN pg_temp.used() END AS used, mediaml.cluster_row(m, r) FROM generate_series(1, 60000) n, two, LATERAL (SELECT n AS i, 1 AS g) r OFFSET 0) s
	WHERE used IS NOT NULL}, qr/^t$/m);

$node->stop;
done_testing();

# Training answers cancel and statement_timeout soon, at any moment.
#
# Machines that run tests are busy: the limit here is half a second, the aim a
# tenth; the longest time is shown.

use strict;
use warnings;
use MediaML;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(sleep);

my $limit = 500;
my $node = mediaml_node('cancel', 'max_parallel_maintenance_workers = 1', 'max_worker_processes = 12');

$node->safe_psql('postgres', q{
	CREATE TABLE big AS
		SELECT ARRAY[i % 10, i % 7, i % 1009, i % 13, i::bigint * 7919 % 1009, i * 31 % 997, i % 2, i % 3,
					 sqrt(i), i % 17, i * 7 % 19, i % 23, i % 29, i % 31, i % 37, i % 41]::float4[] AS x
		FROM generate_series(1, 500000) i});

my %runs = (
	'a plain run' => q{kmeans(x, 16, '{"max_iter": 100000, "tol": 0, "n_init": 100}') FROM big},
	'rows in a temporary file' => q{kmeans(x, 16, '{"max_iter": 100000, "tol": 0, "n_init": 100}') FROM big},
	'thousands of clusters' => q{kmeans(x, 8000, '{"max_iter": 1000, "tol": 0, "init": "random"}') FROM big},
	'first centroids' => q{kmeans(x, 4000, '{"max_iter": 1, "n_init": 100}') FROM big},
	'many columns' => q{kmeans(array_fill(i::bigint * 7919 % 1009, ARRAY[2000]), 50, '{"max_iter": 1000, "tol": 0}') FROM generate_series(1, 20000) i},
);

# statement_timeout at moments spread over the run: psql says how long it took
foreach my $name (sort keys %runs)
{
	my $script = "\\timing on\n";
	my $longest = 0;
	my $answers = 0;

	$script .= "SET mediaml.max_memory = '4MB';\n" if $name =~ /file/;
	$script .= "SET statement_timeout = " . 61 * $_ . ";\nSELECT length(m) FROM (SELECT mediaml.$runs{$name}) s (m);\n" foreach 1 .. 10;
	my ($status, $stdout, $stderr) = $node->psql('postgres', $script, on_error_stop => 0);

	# Time: of each SET, then of each SELECT
	my @times = $stdout =~ /^Time: ([0-9.]+) ms/mg;
	shift @times if $name =~ /file/;
	foreach my $i (1 .. 10)
	{
		my $late = ($times[ 2 * $i - 1 ] // 1e9) - 61 * $i;

		$longest = $late if $late > $longest;
	}
	$answers = () = $stderr =~ /canceling statement due to statement timeout/g;
	is($answers, 10, "$name: every timeout ends the statement");
	cmp_ok($longest, '<', $limit, "$name: soon");
	diag(sprintf('%s: timeout answered within %.0f ms', $name, $longest));
}

# pg_cancel_backend from another session; a comment tells the runs apart
$node->safe_psql('postgres', 'CREATE TABLE answered (i int, at timestamptz)');
my $script = '';
$script .= "SELECT /* run $_. */ length(m) FROM (SELECT mediaml.$runs{'a plain run'}) s (m);\n"
  . "INSERT INTO answered VALUES ($_, clock_timestamp());\n"
  foreach 1 .. 10;
my $file = PostgreSQL::Test::Utils::tempdir() . '/runs.sql';
append_to_file($file, $script);
my ($out, $err) = ('', '');
my $psql = IPC::Run::start([ 'psql', '-XAtq', '-d', $node->connstr('postgres'), '-f', $file ],
	'>', \$out, '2>', \$err, IPC::Run::timeout($PostgreSQL::Test::Utils::timeout_default));
my $longest = 0;
foreach my $i (1 .. 10)
{
	my $run = "FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid() AND query LIKE '%/* run $i. */%'";

	$node->poll_query_until('postgres', "SELECT count(*) = 1 $run");
	sleep(0.15 * $i * rand());
	my $asked = $node->safe_psql('postgres', "SELECT extract(epoch FROM clock_timestamp()), pg_cancel_backend(pid) $run");
	$node->poll_query_until('postgres', "SELECT count(*) = $i FROM answered");
	my $answered = $node->safe_psql('postgres', "SELECT extract(epoch FROM at) FROM answered WHERE i = $i");
	my $late = 1000 * ($answered - (split /\|/, $asked)[0]);

	$longest = $late if $late > $longest;
}
$psql->finish;
is(scalar(() = $err =~ /canceling statement due to user request/g), 10, 'every cancel ends the statement');
cmp_ok($longest, '<', $limit, 'soon');
diag(sprintf('cancel answered within %.0f ms', $longest));

ok($node->poll_query_until('postgres', q{SELECT count(*) = 0 FROM pg_stat_activity WHERE backend_type = 'parallel worker'}),
	'no worker is left');
unlike(slurp_file($node->logfile), qr/WARNING|PANIC|terminated by signal/, 'no warning in the log');
is(join(' ', grep { -f } glob($node->data_dir . '/base/pgsql_tmp/*')), '', 'no temporary file is left');
$node->stop;
done_testing();

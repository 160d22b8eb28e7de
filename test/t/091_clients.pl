# Drivers: what each of them sends must find its function, and what it gets must
# be whole. The programs are those of test/clients; all print the same lines.

use strict;
use warnings;
use IPC::Run qw(run timeout);
use MediaML;
use PostgreSQL::Test::Utils;
use Test::More;

my $folder = 'test/clients';
my $python = '/usr/bin/python3';    # Debian's, which has Debian's packages
my $jdbc = '/usr/share/java/postgresql.jar';
my $npm = "$PostgreSQL::Test::Utils::tmp_check/npm";

my $node = mediaml_node('clients');

sub sql { return $node->safe_psql('postgres', shift); }

sql(q{
	CREATE TABLE viewers AS
		SELECT id, (id * 7 % 50)::float8 AS hours, (ARRAY['basic', 'family', 'premium'])[1 + id % 3] AS plan,
			   id * 7 % 50 + id * 13 % 31 < 35 AS left_us
		FROM generate_series(1, 1000) AS id;
	CREATE TABLE seen AS SELECT id / 20 AS user_id, id * id % 37 AS film_id FROM generate_series(1, 1000) AS id;
	CREATE INDEX ON seen (user_id);
	SELECT mediaml.register('plain', (SELECT mediaml.logistic_regression(left_us, ARRAY[hours, id % 3]) FROM viewers));
	SELECT mediaml.create_recommender('films', 'seen', 'user_id', 'film_id', method => 'item_knn');
	CREATE TABLE heard AS SELECT md5(user_id::text)::uuid AS listener, md5((1000 + film_id)::text)::uuid AS song FROM seen;
	SELECT mediaml.create_recommender('songs', 'heard', 'listener', 'song', method => 'item_knn')});

# JDBC knows no Unix sockets: the server listens on the loopback interface too,
# where it asks for a password that is made here.
my $password = sql('SELECT gen_random_uuid()');
sql("CREATE ROLE java SUPERUSER LOGIN PASSWORD '$password'");
unlink $node->data_dir . '/pg_hba.conf';
$node->append_conf('pg_hba.conf', "local all all trust\nhost all java 127.0.0.1/32 scram-sha-256");
$node->append_conf('postgresql.conf', "listen_addresses = '127.0.0.1'");
$node->restart;

@ENV{qw(PGHOST PGPORT PGDATABASE PGUSER)} = ($node->host, $node->port, 'postgres', sql('SELECT current_user'));
my $url = 'jdbc:postgresql://127.0.0.1:' . $node->port . '/postgres?user=java';
my $odbc = "Driver={PostgreSQL Unicode};Servername=$ENV{PGHOST};Port=$ENV{PGPORT};"
  . "Database=$ENV{PGDATABASE};Username=$ENV{PGUSER}";

# The answers, by literals that have their types. Of recommend_all the last row tells.
sub items { return sql("SELECT string_agg(item_id::text, ' ' ORDER BY rank) FROM mediaml.recommend(7::bigint, 3::bigint$_[0])"); }

my @expected = (
	train => '1 deployed',
	row => sub { sql("SELECT round(mediaml.predict_proba_row('$_[0]'::text, v)::numeric, 4) FROM (SELECT 21.5::float8 AS hours, 'family'::text AS plan) AS v") },
	reason => sub { sql("SELECT concat_ws(' ', e.feature, e.value) FROM viewers AS v, mediaml.explain('$_[0]'::text, v, 1::bigint) AS e WHERE v.id = 5") },
	array => sql(q{SELECT mediaml.predict_label('plain'::text, '{21.5,1}'::float8[])}),
	classes => sql(q{SELECT string_agg(round(p::numeric, 4)::text, ' ') FROM unnest(mediaml.predict_proba_all('plain'::text, '{21.5,1}'::float8[])) AS p}),
	films => items(''),
	candidates => items(q{, candidates => '{3,4,11,28,34}'::bigint[]}),
	excluded => items(q{, exclude => '{33,3}'::bigint[]}),
	similar => sql(q{SELECT string_agg(item_id::text, ' ' ORDER BY rank) FROM mediaml.similar_items('films'::text, 11::bigint, 3::bigint)}),
	songs => sql(q{SELECT string_agg(item_key, ' ' ORDER BY rank) FROM mediaml.recommend('8f14e45f-ceea-167a-5a36-dedd4bea2543'::uuid, 2::bigint, 'songs'::text)}),
	everybody => sql(q{SELECT concat_ws(' ', user_id, rank, item_id) FROM mediaml.recommend_all(k => 5::bigint) ORDER BY user_id DESC, rank DESC LIMIT 1}),
	model => '1 ' . sql(q{SELECT length(model) FROM mediaml.model_data WHERE name = 'plain'}),
	bytes => sql(q{SELECT mediaml.predict_label(model, '{21.5,1}'::float8[]) FROM mediaml.model_data WHERE name = 'plain'}));

# What $command prints, by step; $in is what it reads.
sub lines_of
{
	my ($command, $in) = @_;
	my ($out, $err);
	my $good = run $command, '<', \($in // ''), '>', \$out, '2>', \$err, timeout(120);

	diag("$command->[0]: $out$err") unless $good;
	return $out =~ /^(\w+): (.*?)\s*$/mg;
}

# The program of $client, which calls its model $client too, gave $lines.
sub compare
{
	my ($client, %got) = @_;

	for (my $i = 0; $i < @expected; $i += 2)
	{
		my ($step, $answer) = @expected[ $i, $i + 1 ];

		is($got{$step}, ref $answer ? $answer->($client) : $answer, "$client: $step");
	}
	is(sql(qq{SELECT bool_and(c.model = m.model) FROM mediaml.model_data AS c, mediaml.model_data AS m
			WHERE c.name = '$client copy' AND m.name = 'plain'}), 't', "$client: the model is the same, byte by byte");
}

# Skip the rest of the block unless $command succeeds.
sub need
{
	my ($what, @command) = @_;
	my $good = eval { run \@command, '<', '/dev/null', '>', '/dev/null', '2>', '/dev/null', timeout(120) };

	skip "$what is absent", 1 unless $good;
}

# A call, its arguments, and the types that drivers send them with; '' is none. More are in test/sql/calls.sql.
my @calls = (
	[ 'mediaml.predict_label($1, $2)', q{'plain', '{21,1}'}, '', 'text, float8[]', 'varchar, float8[]', 'text, float4[]', 'text, numeric[]', 'varchar, int[]', 'text, bigint[]' ],
	[ 'mediaml.predict_label($1, ARRAY[$2, 1])', q{'plain', 21}, 'text, float8', 'varchar, int', 'text, numeric' ],
	[ 'mediaml.predict_proba($1, $2, $3)', q{'plain', '{21,1}', 'true'}, '', 'text, float8[], text', 'varchar, int[], varchar' ],
	[ q{mediaml.model_info($1) ->> 'kind'}, q{'plain'}, '', 'text', 'varchar' ],
	[ '(mediaml.recommend($1, $2)).item_id', '7, 3', '', 'int, int', 'bigint, bigint', 'int, bigint', 'bigint, int', 'smallint, smallint', 'text, int', 'varchar, bigint' ],
	[ '(mediaml.recommend($1, $2, $3)).item_id', q{7, 3, 'films'}, '', 'bigint, int, text', 'varchar, int, varchar' ],
	[ '(mediaml.recommend($1, $2, candidates => $3)).item_id', q{7, 3, '{3,4,11}'}, '',
		map({ "bigint, bigint, $_" } 'smallint[]', 'int[]', 'bigint[]', 'text[]', 'varchar[]'), 'text, int, int[]' ],
	[ '(mediaml.recommend($1, $2, exclude => $3)).item_id', q{7, 3, '{33,3}'}, '', map { "bigint, int, $_" } 'smallint[]', 'int[]', 'bigint[]', 'text[]', 'varchar[]', 'varchar' ],
	[ '(mediaml.recommend_all($1, $2)).item_id', q{'films', 3}, '', 'text, int', 'varchar, bigint' ],
	[ '(mediaml.recommend_all($1, $2, users => $3)).item_id', q{'films', 3, '{7}'}, '', 'text, int, int[]', 'varchar, bigint, bigint[]', 'text, int, text[]' ],
	[ '(mediaml.audience($1, $2, $3)).user_id', q{'films', 11, 3}, '', 'text, int, int', 'varchar, bigint, bigint', 'text, text, int' ],
	[ '(mediaml.recommend($1, $2, $3)).item_key', q{'8f14e45f-ceea-167a-5a36-dedd4bea2543', 3, 'songs'}, '', 'uuid, int, text', 'text, bigint, varchar' ],
	[ '(mediaml.similar_items($1, $2, $3)).item_id', q{'films', 11, 3}, '', 'text, int, int', 'varchar, bigint, bigint', 'varchar, varchar, int' ],
	[ 'mediaml.deploy($1, $2)', q{'plain', 1}, '', 'text, int', 'varchar, smallint', 'varchar, bigint' ]);

foreach (@calls)
{
	my ($call, $arguments, @types) = @$_;
	my @runs = map { "PREPARE p$_" . ($types[$_] && "($types[$_])") . " AS SELECT $call; EXECUTE p$_($arguments);\n" } 0 .. $#types;
	my @answers = split /^--\n/m, sql(join "\\echo --\n", @runs) . "\n";

	isnt($answers[0], '', "$call: an answer");
	is($answers[$_], $answers[0], "$call: " . ($types[$_] || 'no types')) foreach 1 .. $#types;
}

compare('psql', lines_of([ 'psql', '-XAtq', '-F', ' ', '-v', 'ON_ERROR_STOP=1', '-v', 'name=psql', '-f', "$folder/psql.sql" ]));

SKIP:
{
	need('python3-psycopg2', $python, '-c', 'import psycopg2');
	compare('psycopg2', lines_of([ $python, "$folder/with_psycopg2.py", 'psycopg2' ]));
}

SKIP:
{
	need('python3-pyodbc', $python, '-c', 'import pyodbc');
	need('odbc-postgresql', 'grep', '-q', '^\[PostgreSQL Unicode\]', '/etc/odbcinst.ini');
	compare('odbc', lines_of([ $python, "$folder/with_odbc.py", 'odbc' ]));
}

# isql binds no parameters: the model goes in as text.
SKIP:
{
	my @isql = ('isql', '-b', '-v', '-x0x20', '-L1000000', '-k', $odbc);

	need('unixodbc', 'isql', '--version');
	need('odbc-postgresql', 'grep', '-q', '^\[PostgreSQL Unicode\]', '/etc/odbcinst.ini');

	my %got = lines_of(\@isql, slurp_file("$folder/isql.sql"));
	my %model = lines_of(\@isql, "SELECT 'hex:', model FROM mediaml.model_data WHERE name = 'plain'\n");

	compare('isql', %got, lines_of(\@isql,
			"SELECT 'model:', mediaml.register('isql copy', '\\x$model{hex}'), length('\\x$model{hex}'::bytea)\n"
		  . "SELECT 'bytes:', mediaml.predict_label('\\x$model{hex}'::bytea, '{21.5,1}')\n"));
}

SKIP:
{
	local $ENV{PGPASSWORD} = $password;

	need('libpostgresql-jdbc-java', 'test', '-r', $jdbc);
	need('a Java compiler', 'javac', '-version');
	compare('jdbc', lines_of([ 'java', '-cp', $jdbc, "$folder/WithJdbc.java", $url, 'jdbc' ]));
}

# npm's package goes to a folder of this run, where it is not there already.
SKIP:
{
	local $ENV{NODE_PATH} = join ':', grep { defined } $ENV{NODE_PATH}, "$npm/node_modules";

	need('nodejs', 'node', '--version');
	unless (run [ 'node', '-e', 'require("pg")' ], '>', '/dev/null', '2>', '/dev/null')
	{
		need('npm', 'npm', '--version');
		need('package pg of npm', 'npm', 'install', '--prefix', $npm, '--cache', "$npm/cache", '--no-audit', '--no-fund',
			'--ignore-scripts', '--silent', '--fetch-retries=1', 'pg@8.23.1');
	}
	compare('node', lines_of([ 'node', "$folder/with_node.js", 'node' ]));
}

done_testing();

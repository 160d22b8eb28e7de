# Networks with answers of another runtime, through SQL; many sessions' worth of
# memory; cancelling a run.

use strict;
use warnings;
use MediaML;
use Test::More;

my $node = mediaml_node('nn');

# $query answers $expected; functions are found without the schema mediaml.
sub answers
{
	my ($query, $expected, $name) = @_;

	is($node->safe_psql('postgres', "SET search_path = mediaml, public; $query"), $expected, $name);
}

# The numbers of a tensor in a file of the ONNX backend tests: float32, as raw
# data or as a packed list.
sub read_tensor
{
	my ($file) = @_;
	open(my $f, '<:raw', $file) or die "$file: $!";
	local $/;
	my $bytes = <$f>;
	my ($at, $raw) = (0, '');
	my $varint = sub {
		my ($value, $shift) = (0, 0);
		while (1)
		{
			my $byte = ord(substr($bytes, $at++, 1));
			$value |= ($byte & 127) << $shift;
			return $value if $byte < 128;
			$shift += 7;
		}
	};

	while ($at < length($bytes))
	{
		my $key = $varint->();
		if (($key & 7) == 0) { $varint->(); next; }
		die "wire type" unless ($key & 7) == 2;
		my $length = $varint->();
		$raw = substr($bytes, $at, $length) if ($key >> 3) == 9 || ($key >> 3) == 4;
		$at += $length;
	}
	return unpack('f<*', $raw);
}

# Networks in shared data, within rtol 1e-3 and atol 1e-4 of their answers.
SKIP:
{
	shared_file('data/onnx/models/mnist-8/model.onnx');
	$node->safe_psql('postgres', 'CREATE TABLE nets (name text PRIMARY KEY, model bytea)');
	foreach my $name (qw(mission_cnn_trained10k mnist-8 mnist-opt-wonnx super-resolution-10))
	{
		my $folder = shared_file("data/onnx/models/$name");
		$node->safe_psql('postgres',
			"INSERT INTO nets SELECT '$name', mediaml.onnx_import(pg_read_binary_file('$folder/model.onnx'))");
		my @sets = glob("$folder/*data_set_*");
		ok(@sets > 0, "$name has data");
		foreach my $set (@sets)
		{
			my $x = join(',', map { sprintf('%.9g', $_) } read_tensor("$set/input_0.pb"));
			my $y = join(',', map { sprintf('%.9g', $_) } read_tensor("$set/output_0.pb"));
			answers(
				"SELECT count(*) FILTER (WHERE abs(a - e) <= 1e-4 + 1e-3 * abs(e)) = count(*), count(e) = count(a)
				FROM nets, unnest(network_output(model, '{$x}'::float4[]), '{$y}'::float4[]) AS u(a, e)
				WHERE name = '$name'", 't|t', "$name answers " . ($set =~ s{.*/}{}r));
		}
	}
	answers("SELECT predict_label(model, '{" . join(',', (0) x 784) . "}') IS NOT NULL FROM nets WHERE name = 'mnist-8'",
		't', 'logits are scores of classes');

	# a run is cancelled within a moment
	my ($out, $err) = ('', '');
	$node->psql('postgres', "SET statement_timeout = '100ms';
		SELECT sum((mediaml.network_output(model, array_fill(0.5::float4, ARRAY[50176])))[1])
		FROM nets, generate_series(1, 1000) WHERE name = 'super-resolution-10'", stdout => \$out, stderr => \$err);
	like($err, qr/canceling statement due to statement timeout/, 'a run is cancelled');
	answers("SELECT array_length(network_output(model, array_fill(0.5::float4, ARRAY[50176])), 1) FROM nets WHERE name = 'super-resolution-10'",
		'451584', 'and another works');
}

# Models that come and go leave no memory behind.
my $mlp = $node->safe_psql('postgres', <<'END');
\set file `cat test/data/nn_models.sql | grep "'mlp'" | sed "s/.*'\\(.x[0-9a-f]*\\)'.*/\\1/"`
SELECT encode(mediaml.onnx_import(:'file'), 'hex');
END
my $memory = $node->safe_psql('postgres', <<"END");
SET mediaml.model_cache_size = 0;
CREATE FUNCTION pg_temp.use(n int) RETURNS bigint LANGUAGE plpgsql AS '
BEGIN
	FOR i IN 1 .. n
	LOOP
		EXECUTE ''SELECT mediaml.network_output(\$1, ARRAY[1, 2])'' USING decode(''$mlp'', ''hex'');
	END LOOP;
	RETURN (SELECT sum(total_bytes) FROM pg_backend_memory_contexts WHERE name LIKE ''mediaml%'');
END';
SELECT coalesce(pg_temp.use(10), 0) = coalesce(pg_temp.use(1000), 0);
END
is($memory, 't', 'a thousand models later nothing is left');

# Nor do runs whose shapes only numbers tell, whether these are too large or not.
$memory = $node->safe_psql('postgres', <<'END');
\set file `cat test/data/nn_models.sql | grep "'large'" | sed "s/.*'\(.x[0-9a-f]*\)'.*/\1/"`
CREATE TABLE late AS SELECT mediaml.onnx_import(:'file') AS model;
SET mediaml.model_cache_size = 0;
CREATE FUNCTION pg_temp.use(n int) RETURNS bigint LANGUAGE plpgsql AS '
DECLARE
	refused int := 0;
BEGIN
	FOR i IN 1 .. n
	LOOP
		BEGIN
			PERFORM mediaml.network_output(model, ARRAY[1000, i % 2 * 1e9 + 10]) FROM late;
		EXCEPTION WHEN program_limit_exceeded THEN
			refused := refused + 1;
		END;
	END LOOP;
	ASSERT refused = n / 2, refused;
	RETURN (SELECT sum(total_bytes) FROM pg_backend_memory_contexts WHERE name LIKE ''mediaml%'');
END';
SELECT coalesce(pg_temp.use(10), 0) = coalesce(pg_temp.use(300), 0);
END
is($memory, 't', 'runs that are refused leave nothing');

$node->stop;
done_testing();

# Calibration beside scikit-learn, a database that is not UTF-8, a timeout, and
# nesting that does not end.

use strict;
use warnings;
use MediaML;
use Digest::SHA qw(sha256);
use PostgreSQL::Test::Utils;
use Test::More;

my $node = mediaml_node('compose', 'log_statement = none');

# rows, and where calibrators are asked: with ties, without, and at the ends
my %rows = (
	'many ties' => 'SELECT i * 31 % 53 + i * 7919 % 101 > 80 AS y, i * 7919 % 101 / 100.0 AS p FROM generate_series(1, 5000) i',
	'no ties' => 'SELECT (i * 104729 % 1000003) % 97 * 1000 < i * 7919 % 100003 AS y, i * 7919 % 100003 / 100003.0 AS p FROM generate_series(1, 20000) i',
	'few rows' => 'SELECT i IN (3, 4, 7, 8) AS y, i / 9.0 AS p FROM generate_series(1, 8) i',
	'sure ones' => 'SELECT i % 10 = 0 OR i > 150 AS y, CASE WHEN i % 3 = 0 THEN (i > 140)::int ELSE i / 200.0 END AS p FROM generate_series(0, 200) i');

my $script = q{
import sys
import numpy as np
from scipy.optimize import minimize
from scipy.special import expit, logit
from sklearn.calibration import _sigmoid_calibration
from sklearn.isotonic import IsotonicRegression

rows, said = open(sys.argv[1]).read().splitlines()
y, p = np.array([r.split() for r in rows.split('|')], dtype=float).T
at, platt, isotonic = np.array([r.split() for r in said.split('|')], dtype=float).T
eps = np.finfo(float).eps
f = logit(np.clip(p, eps, 1 - eps))
g = logit(np.clip(at, eps, 1 - eps))

# Newton on the objective of _sigmoid_calibration, which itself stops at a gradient of
# 1e-5, or, where rows are surely wrong and its objective overflows, long before
n1 = y.sum()
n0 = len(y) - n1
t = np.where(y > 0, (n1 + 1) / (n1 + 2), 1 / (n0 + 2))
a, b = _sigmoid_calibration(f, y)
rough = expit(-(a * g + b))
q = expit(-(a * f + b))
arrived = max(abs(np.sum((t - q) * f)), abs(np.sum(t - q))) < 1e-3
for step in range(20):
    q = expit(-(a * f + b))
    w = q * (1 - q)
    h = np.array([[np.sum(w * f * f), np.sum(w * f)], [np.sum(w * f), np.sum(w)]])
    a, b = np.array([a, b]) - np.linalg.solve(h, [np.sum((t - q) * f), np.sum(t - q)])
exact = expit(-(a * g + b))
steps = IsotonicRegression(out_of_bounds='clip').fit(p, y).predict(at)
print(np.abs(platt - rough).max() < 1e-4 or not arrived, np.abs(platt - exact).max() < 1e-9, np.abs(isotonic - steps).max() < 1e-9,
      arrived, np.abs(platt - rough).max(), np.abs(platt - exact).max(), np.abs(isotonic - steps).max())
};

SKIP:
{
	skip 'no scikit-learn', scalar(keys %rows)
		unless system_log('/usr/bin/python3', '-c', 'import sklearn') == 0;

	foreach my $name (sort keys %rows)
	{
		my $file = PostgreSQL::Test::Utils::tempdir() . '/rows';

		append_to_file($file, $node->safe_psql('postgres', qq{SELECT string_agg(y::int || ' ' || p::float8, '|') FROM ($rows{$name}) t}) . "\n");
		append_to_file($file, $node->safe_psql('postgres', qq{
			SELECT string_agg(x || ' ' || mediaml.calibrate(platt, x) || ' ' || mediaml.calibrate(isotonic, x), '|')
			FROM (SELECT mediaml.calibrator(y, p) AS platt, mediaml.calibrator(y, p, 'isotonic') AS isotonic FROM ($rows{$name}) t) m,
				(SELECT i / 1000.0::float8 AS x FROM generate_series(0, 1000) i) t}) . "\n");
		my ($stdout, $stderr) = run_command([ '/usr/bin/python3', '-c', $script, $file ]);

		like($stdout, qr/^True True True/, "scikit-learn's calibration, $name: $stdout") or diag($stderr);
	}
}

# Many rows answer a timeout.
my (undef, undef, $stderr) = $node->psql('postgres', q{
	SET statement_timeout = '500ms';
	SELECT mediaml.calibrator(i % 3 = 0, i / 5e6) FROM generate_series(1, 5000000) i});
like($stderr, qr/canceling statement due to statement timeout/, 'a timeout is answered');

# A model of one section that holds a model whole: see src/core/envelope.h.
sub put_into
{
	my ($kind, $section, $model) = @_;
	my $data = pack('V', (length($model) + 4) << 2) . $model;
	my $bytes = "mediaml\n" . pack('V V Q< a24 x32 x12', 1, 1, 188 + length($data), $kind) .
		pack('a16 V V Q< Q< Q< Q< Q<', $section, 1, 0, length($data), 1, 188, length($data), 0) . "\0" x 32 . $data;

	substr($bytes, 48, 32) = sha256($bytes);
	return $bytes;
}

# Put into itself a thousand times it is refused before the stack is full.
my $model = pack('H*', $node->safe_psql('postgres',
	q{SELECT encode(mediaml.calibrator(i % 3 > 0, i % 7 / 7.0), 'hex') FROM generate_series(1, 30) i}));
$model = put_into('calibrated', 'model', $model) foreach 1 .. 1000;
(undef, undef, $stderr) = $node->psql('postgres', q{SELECT mediaml.model_info('\x} . unpack('H*', $model) . q{'::bytea)});
like($stderr, qr/invalid model\nDETAIL:  The first model within it is none that can be calibrated/, 'nesting ends');

# A database that is not UTF-8: the values of a column are compared as they are shown.
$node->safe_psql('postgres',
	q{CREATE DATABASE latin ENCODING 'LATIN1' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0});
is($node->safe_psql('latin', q{CREATE EXTENSION mediaml;
	SET client_encoding = 'UTF8';
	CREATE TABLE t AS SELECT mediaml.grouped('größe', ARRAY['käse', 'brot', NULL], array_agg(m ORDER BY k)) AS m
	FROM (SELECT k, mediaml.kmeans(ARRAY[i], 2, jsonb_build_object('names', '["x"]'::jsonb, 'init', CASE k WHEN 1 THEN '[[1], [9]]' ELSE '[[9], [1]]' END::jsonb)) AS m
		FROM generate_series(1, 9) i, generate_series(1, 3) k GROUP BY k) s;
	SELECT string_agg(mediaml.cluster_row(m, r)::text, '' ORDER BY "größe"), (SELECT mediaml.model_info(m) -> 'groups' ? 'käse' FROM t)
	FROM t, (SELECT g AS "größe", 1 AS x FROM unnest(ARRAY['brot', 'käse', 'x']) g) r}),
	'101|t', 'keys in LATIN1');

$node->stop;
done_testing();

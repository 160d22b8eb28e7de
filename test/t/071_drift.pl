# drift beside numpy and scipy: the index over ten bins, the statistic of
# Kolmogorov and Smirnov and its p; and of more rows than are held exactly.

use strict;
use warnings;
use MediaML;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = mediaml_node('drift');

# Rows of training, the first 4,000 of them, and of today: a column that stays,
# one that moves a little, one with many equal values, one with gaps, words.
$node->safe_psql('postgres', q{
	SET client_min_messages = warning;
	SELECT setseed(0.5);
	CREATE TABLE rows AS
	SELECT i, random() AS same, -ln(1 - random()) * CASE WHEN i <= 4000 THEN 1 ELSE 1.15 END AS moved,
		floor(random() * 4) + (i > 4000 AND random() < 0.1)::int AS few,
		CASE WHEN random() > CASE WHEN i <= 4000 THEN 0.1 ELSE 0.2 END THEN (random() * 1000)::int END AS gaps,
		'w' || floor(30 * random() ^ CASE WHEN i <= 4000 THEN 2 ELSE 1.8 END)::int AS word
	FROM generate_series(1, 6500) AS i;
	CREATE TABLE models AS SELECT mediaml.preprocessor(r, '{"columns": {"few": {"encode": "number"}}}') AS p
	FROM (SELECT same, moved, few, gaps, word FROM rows WHERE i <= 4000) AS r});

SKIP:
{
	skip 'no scipy', 1 unless system_log('/usr/bin/python3', '-c', 'import scipy.stats') == 0;

	my $csv = PostgreSQL::Test::Utils::tempdir() . '/rows.csv';
	my $ours = $node->safe_psql('postgres', q{
		SELECT jsonb_object_agg(feature, to_jsonb(d))
		FROM models, mediaml.drift_of(p, 'SELECT * FROM rows WHERE i > 4000') AS d});

	append_to_file($csv, $node->safe_psql('postgres', q{COPY (SELECT * FROM rows ORDER BY i) TO STDOUT CSV}));
	my $script = q{
import csv, json, sys
import numpy as np
from scipy import special, stats

ours = json.loads(sys.argv[2])
rows = list(csv.reader(open(sys.argv[1])))
wrong = []

def check(name, mine, wanted):
    if not abs(mine - wanted) <= 1e-9 * max(1, abs(wanted)):
        wrong.append('%s %s not %s' % (name, mine, wanted))

def psi(then, now):
    then, now = np.maximum(then, 1e-4), np.maximum(now, 1e-4)
    return ((now - then) * np.log(now / then)).sum()

p = {}
for column, name in enumerate(['same', 'moved', 'few', 'gaps'], 1):
    n, m = 4000, len(rows) - 4000
    then = np.array([float(r[column]) for r in rows[:4000] if r[column] != ''])
    now = np.array([float(r[column]) for r in rows[4000:] if r[column] != ''])
    cuts = np.quantile(then, np.arange(1, 10) / 10, method='inverted_cdf')
    bins = [np.bincount(np.searchsorted(cuts, x), minlength=10) for x in (then, now)]
    check(name + ' psi', ours[name]['psi'],
          psi(np.append(bins[0], n - len(then)) / n, np.append(bins[1], m - len(now)) / m))
    points = np.quantile(then, np.arange(1, 20) / 20, method='inverted_cdf')
    cdf = lambda x: np.searchsorted(np.sort(x), points, side='right') / len(x)
    ks = np.abs(cdf(then) - cdf(now)).max()
    check(name + ' ks', ours[name]['ks'], ks)
    whole = stats.ks_2samp(then, now).statistic
    if not whole - 0.05 <= ks <= whole + 1e-12:
        wrong.append('%s: ks of all points is %s' % (name, whole))
    p[name] = special.kolmogorov(ks * np.sqrt(len(then) * len(now) / (len(then) + len(now))))
least = 0
for i, name in enumerate(sorted(p, key=p.get)):
    least = max(least, min(1, (len(p) - i) * p[name]))
    check(name + ' p', ours[name]['p'], least)

words = sorted(set(r[5] for r in rows))
counts = np.array([[sum(r[5] == w for r in part) for w in words] for part in (rows[:4000], rows[4000:])])
top = np.argsort(-counts[0], kind='stable')
shares = [np.append(c[top[:20]], [c[top[20:]].sum(), 0]) / c.sum() for c in counts]
check('word psi', ours['word']['psi'], psi(*shares))
print('; '.join(wrong) if wrong else 'equal', len(p), {k: '%.3g' % v for k, v in p.items()})
};
	my ($stdout, $stderr) = run_command([ '/usr/bin/python3', '-c', $script, $csv, $ours ]);

	like($stdout, qr/^equal 4/, "as numpy and scipy have it: $stdout") or diag($stderr);
}

# More rows than are held exactly: quantiles are off by half a percent at most.
is( $node->safe_psql('postgres', q{
		SET client_min_messages = warning;
		CREATE TABLE many AS SELECT random() AS u, -ln(1 - random()) AS e FROM generate_series(1, 300000);
		SELECT count(*), bool_and(psi < 0.001 AND ks < 0.01)
		FROM (SELECT mediaml.preprocessor(m) AS p FROM many AS m) AS t, mediaml.drift_of(p, 'many')}),
	'2|t', '300,000 rows beside themselves');
is( $node->safe_psql('postgres', q{
		SET client_min_messages = warning;
		SELECT bool_and(abs(ks - 0.1) < 0.006) FROM (SELECT mediaml.preprocessor(m) AS p FROM many AS m) AS t,
			mediaml.drift_of(p, 'SELECT u * 0.9 AS u, CASE WHEN u < 0.9 THEN e END AS e FROM many WHERE u > 0') WHERE feature = 'u'}),
	't', '300,000 rows that have moved');

$node->stop;
done_testing();

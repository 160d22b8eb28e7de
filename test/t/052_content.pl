# content beside scikit-learn's TfidfVectorizer: the cosines of all pairs of
# some hundred documents.

use strict;
use warnings;
use MediaML;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = mediaml_node('content');

SKIP:
{
	skip 'no scikit-learn', 2
		unless system_log('/usr/bin/python3', '-c', 'import sklearn') == 0;

	# words of a few syllables, the frequent ones often
	$node->safe_psql('postgres', q{
		CREATE TABLE document AS
		SELECT i, string_agg('w' || (i * 7919 + n * n * 31) % (3 + (i * n) % 97), ' ' ORDER BY n) AS about
		FROM generate_series(1, 300) AS i, generate_series(1, 60) AS n WHERE n <= i % 61 GROUP BY i});
	foreach my $options ([ '{}', '' ], [ '{"min_count": 20, "max_share": 0.5}', 'min_df=20, max_df=0.5,' ])
	{
		my $csv = PostgreSQL::Test::Utils::tempdir() . '/scores.csv';

		append_to_file($csv, $node->safe_psql('postgres', qq{
			SELECT string_agg(about, '|' ORDER BY i) FROM document}) . "\n");
		append_to_file($csv, $node->safe_psql('postgres', qq{
			SELECT string_agg(d.i || ' ' || item_id || ' ' || score, '|')
			FROM (SELECT mediaml.content(i, about, '$options->[0]') AS m FROM document OFFSET 0) AS t,
				document AS d, mediaml.recommend_from(m, ARRAY[d.i], 1000, exclude_seen => false)
			WHERE source = 'history'}) . "\n");
		my $script = qq{
import sys
import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer

documents, scores = open(sys.argv[1]).read().splitlines()
documents = documents.split('|')
x = TfidfVectorizer($options->[1] sublinear_tf=True, norm='l2').fit_transform(documents)
ids = [int(i) for i in sys.argv[2].split()]
ours = np.zeros((len(ids), len(ids)))
for line in scores.split('|'):
    i, j, score = line.split()
    ours[ids.index(int(i)), ids.index(int(j))] = float(score)
wanted = (x @ x.T).toarray()
assert np.count_nonzero(wanted) > 10000
print('%.0e' % np.abs(ours - wanted).max(), np.abs(ours - wanted).max() < 1e-6)
};
		my $ids = $node->safe_psql('postgres', q{SELECT string_agg(i::text, ' ' ORDER BY i) FROM document});
		my ($stdout, $stderr) = run_command([ '/usr/bin/python3', '-c', $script, $csv, $ids ]);

		like($stdout, qr/True/, "cosines of scikit-learn, options $options->[0]: $stdout") or diag($stderr);
	}
}

# A long text answers a timeout, whichever way its terms are found.
foreach my $text (q{repeat('many words ', 9000000)}, q{repeat('東京物語', 9000000)})
{
	my (undef, undef, $stderr) = $node->psql('postgres', "SET statement_timeout = '400ms'; SELECT mediaml.content(1, $text)");

	like($stderr, qr/canceling statement due to statement timeout/, 'a timeout is answered');
}

# A database that is not UTF-8.
$node->safe_psql('postgres',
	q{CREATE DATABASE latin ENCODING 'LATIN1' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0});
is($node->safe_psql('latin', q{CREATE EXTENSION mediaml;
	SET client_encoding = 'UTF8';
	SELECT item_key, round(score::numeric, 4) FROM (SELECT mediaml.content(i, d) AS m
		FROM (VALUES ('a', 'Amélie Poulain'), ('b', 'amélie'), ('c', 'Ärger')) AS t (i, d)) AS t,
		mediaml.recommend_from(m, ARRAY['a'], 1)}),
	'b|0.7324', 'texts in LATIN1, where the C locale parts words at é');

$node->stop;
done_testing();

# Models that somebody has written to do harm: an error or an answer, and the
# server lives.  One kind of model a row of @kinds.

use strict;
use warnings;
use MediaML;
use PostgreSQL::Test::Utils;
use Test::More;

# raw rows, and one that preprocessors and pipelines are asked about
my $raw = q{(SELECT NULLIF(i % 5, 2) / 2.0 AS a, 'k' || i % 3 AS b, date '2000-01-01' + 37 * i AS c, ARRAY['x', 'y' || i % 2] AS d,
	i % 4 AS e, i % 2 = 0 AS f, i AS n, i % 3 = 0 AS y FROM generate_series(1, 30) i) t};
my $asked = q{(SELECT 1.5 AS a, $$k1$$ AS b, date $$2001-02-03$$ AS c, ARRAY[$$y1$$, $$z$$] AS d, NULL::int AS e, true AS f) t};

# kind, a query that trains a small one, what is asked of it
my @kinds = (
	[ 'kmeans', q{SELECT mediaml.kmeans(ARRAY[i % 2, i % 3], 2, '{"names": ["a", "b"]}') FROM generate_series(1, 12) i},
		'mediaml.model_info($1)', 'mediaml.cluster($1, ARRAY[1, 2])', 'mediaml.kmeans_distance($1, ARRAY[1, 2])',
		'mediaml.cluster_row($1, r)', 'mediaml.predict($1, ARRAY[1, 2])', '(SELECT count(c) FROM mediaml.centroids($1) c)' ],
	[ 'logistic', q{SELECT mediaml.logistic_regression(i % 3 > 0, ARRAY[i % 2, i % 5], '{"names": ["a", "b"], "l2": 1}') FROM generate_series(1, 12) i},
		'mediaml.model_info($1)', 'mediaml.predict_label($1, ARRAY[1, 2])', 'mediaml.predict_proba($1, ARRAY[1, 2])',
		'mediaml.predict_proba_all($1, ARRAY[1, 2])', 'mediaml.predict_row($1, r)', '(SELECT count(c) FROM mediaml.coefficients($1) c)' ],
	[ 'logistic of three classes', q{SELECT mediaml.logistic_regression('c' || i % 3, ARRAY[i % 2, i % 5], '{"l2": 1}') FROM generate_series(1, 30) i},
		'mediaml.model_info($1)', 'mediaml.predict_label($1, ARRAY[1, 2])', 'mediaml.predict_proba($1, ARRAY[1, 2], $$c1$$)',
		'mediaml.predict_proba_all($1, ARRAY[1, 2])', '(SELECT count(c) FROM mediaml.coefficients($1) c)' ],
	[ 'popularity', q{SELECT mediaml.popularity(i % 7, i % 5, 1) FROM generate_series(1, 40) i},
		'mediaml.model_info($1)', '(SELECT count(r) FROM mediaml.recommend_from($1, ARRAY[1, 3]::bigint[]) r)' ],
	[ 'popularity of texts', q{SELECT mediaml.popularity(i % 7, 'k' || i % 5, 1) FROM generate_series(1, 40) i},
		'mediaml.model_info($1)', '(SELECT count(r) FROM mediaml.recommend_from($1, ARRAY[$$k1$$, $$k3$$]) r)' ],
	[ 'item_knn', q{SELECT mediaml.item_knn(i % 7, i % 5, 1) FROM generate_series(1, 40) i},
		'mediaml.model_info($1)', '(SELECT count(r) FROM mediaml.recommend_from($1, ARRAY[1, 3]::bigint[]) r)' ],
	[ 'ease', q{SELECT mediaml.ease(i % 7, i % 5, 1) FROM generate_series(1, 40) i},
		'mediaml.model_info($1)', '(SELECT count(r) FROM mediaml.recommend_from($1, ARRAY[1, 3]::bigint[]) r)' ],
	[ 'ease of few neighbours', q{SELECT mediaml.ease(i % 7, 'k' || i % 5, 1, '{"neighbours": 2}') FROM generate_series(1, 40) i},
		'mediaml.model_info($1)', '(SELECT count(r) FROM mediaml.recommend_from($1, ARRAY[$$k1$$, $$k3$$]) r)' ],
	[ 'item_knn of texts', q{SELECT mediaml.item_knn(i % 7, 'k' || i % 5, 1) FROM generate_series(1, 40) i},
		'mediaml.model_info($1)', '(SELECT count(r) FROM mediaml.recommend_from($1, ARRAY[$$k1$$, $$k3$$]) r)' ],
	[ 'content', q{SELECT mediaml.content(i % 5, 'w' || i % 3 || ' v' || i % 4) FROM generate_series(1, 8) i},
		'mediaml.model_info($1)', '(SELECT count(r) FROM mediaml.recommend_from($1, ARRAY[1, 3]::bigint[]) r)' ],
	[ 'als', q{SELECT mediaml.als(i % 7, i % 5, 1, '{"factors": 2}') FROM generate_series(1, 40) i},
		'mediaml.model_info($1)', '(SELECT count(r) FROM mediaml.recommend_from($1, ARRAY[1, 3]::bigint[]) r)' ],
	[ 'rating_als', q{SELECT mediaml.rating_als(i % 7, i % 5, i % 3, '{"factors": 2}') FROM generate_series(1, 40) i},
		'mediaml.model_info($1)', '(SELECT count(r) FROM mediaml.recommend_from($1, ARRAY[1, 3]::bigint[], weights => ARRAY[1, 2]) r)' ],
	[ 'hybrid', q{SELECT mediaml.hybrid(ARRAY[(SELECT mediaml.item_knn(i % 3, i % 4, 1) FROM generate_series(1, 9) i),
			(SELECT mediaml.content(i, 'w' || i % 2) FROM generate_series(2, 5) i)], '{1,2}')},
		'mediaml.model_info($1)', '(SELECT count(r) FROM mediaml.recommend_from($1, ARRAY[1, 3]::bigint[]) r)',
		'(SELECT count(r) FROM mediaml.similar_items($1, 3) r)' ],
	[ 'preprocessor', qq{SELECT mediaml.preprocessor(t, '{"target": "y", "id": "n", "columns": {"a": {"indicator": true, "clip": {"iqr": 3}},
			"b": {"encode": "target"}, "e": {"encode": "ordinal", "missing_values": [1]}}}') FROM $raw},
		'mediaml.model_info($1)', 'mediaml.feature_names($1)', "(SELECT mediaml.transform(\$1, t) FROM $asked)",
		"(SELECT mediaml.clean(\$1, t)::text FROM $asked)" ],
	[ 'preprocessor of texts', qq{SELECT mediaml.preprocessor(t, '{"features": ["b", "d", "e"], "columns": {"b": {"map": {"k1": 1, "k2": 2}},
			"d": {"min_count": 20}, "e": {"encode": "hash", "buckets": 3}}}') FROM $raw},
		'mediaml.model_info($1)', "(SELECT mediaml.transform(\$1, t) FROM $asked)", "(SELECT mediaml.clean(\$1, t)::text FROM $asked)" ],
	[ 'pipeline', qq{SELECT mediaml.pipeline(p, (SELECT mediaml.kmeans(mediaml.transform(p, t), 2) FROM $raw))
			FROM (SELECT mediaml.preprocessor(t, '{"features": ["a", "b"]}') AS p FROM $raw) s},
		'mediaml.model_info($1)', 'mediaml.feature_names($1)', "(SELECT mediaml.cluster_row(\$1, t) FROM $asked)",
		'(SELECT count(c) FROM mediaml.centroids($1) c)' ],
	[ 'pipeline of logistic', qq{SELECT mediaml.pipeline(p, (SELECT mediaml.logistic_regression(y, mediaml.transform(p, t), '{"l2": 1}') FROM $raw))
			FROM (SELECT mediaml.preprocessor(t, '{"features": ["c", "e"]}') AS p FROM $raw) s},
		'mediaml.model_info($1)', "(SELECT mediaml.predict_proba_row(\$1, t) FROM $asked)",
		'(SELECT count(c) FROM mediaml.coefficients($1) c)' ],
	[ 'calibrator', q{SELECT mediaml.calibrator(i % 3 > 0, i % 7 / 7.0) FROM generate_series(1, 30) i},
		'mediaml.model_info($1)', 'mediaml.calibrate($1, 0.3)' ],
	[ 'calibrator by steps', q{SELECT mediaml.calibrator(i % 3 > 0, i % 7 / 7.0, 'isotonic') FROM generate_series(1, 30) i},
		'mediaml.model_info($1)', 'mediaml.calibrate($1, 0.3)' ],
	[ 'calibrated', q{SELECT mediaml.calibrated(
			(SELECT mediaml.logistic_regression(i % 3 > 0, ARRAY[i % 2, i % 5], '{"names": ["a", "b"], "l2": 1}') FROM generate_series(1, 12) i),
			(SELECT mediaml.calibrator(i % 3 > 0, i % 7 / 7.0) FROM generate_series(1, 30) i))},
		'mediaml.model_info($1)', 'mediaml.predict_proba($1, ARRAY[1, 2])', 'mediaml.predict_row($1, r)',
		'(SELECT count(c) FROM mediaml.coefficients($1) c)' ],
	[ 'grouped', q{SELECT mediaml.grouped('b', ARRAY['2', NULL], array_agg(m)) FROM (SELECT mediaml.logistic_regression(i % 3 > 0,
			ARRAY[i % 2, i % 5], '{"names": ["a", "b"], "l2": 1}') AS m FROM generate_series(1, 12) i, generate_series(1, 2) k GROUP BY k) s},
		'mediaml.model_info($1)', 'mediaml.predict_proba_row($1, r)', 'mediaml.group_model($1, $$2$$)' ],
	[ 'all within each other', qq{SELECT mediaml.grouped('b', ARRAY['k1'], ARRAY[mediaml.calibrated(mediaml.pipeline(p,
			(SELECT mediaml.logistic_regression(y, mediaml.transform(p, t), '{"l2": 1}') FROM $raw)),
			(SELECT mediaml.calibrator(i % 3 > 0, i % 7 / 7.0) FROM generate_series(1, 30) i))])
			FROM (SELECT mediaml.preprocessor(t, '{"features": ["c"]}') AS p FROM $raw) s},
		'mediaml.model_info($1)', "(SELECT mediaml.predict_proba_row(\$1, t) FROM $asked)" ],
);

my $node = mediaml_node('hostile', 'log_min_messages = fatal');

$node->safe_psql('postgres', q{
	CREATE TABLE good (m bytea);
	CREATE TABLE parts (start int, length int);
	-- the digests of a model and of those within it, as if nobody had changed it
	CREATE FUNCTION reseal(m bytea) RETURNS bytea LANGUAGE plpgsql AS $$
	DECLARE
		part record;
		bytes bytea;
	BEGIN
		FOR part IN SELECT start, length FROM parts ORDER BY start DESC LOOP
			bytes := substr(m, part.start, part.length);
			bytes := overlay(bytes PLACING decode(repeat('00', 32), 'hex') FROM 49);
			m := overlay(m PLACING overlay(bytes PLACING sha256(bytes) FROM 49) FROM part.start);
		END LOOP;
		RETURN m;
	END $$;
	-- what a question about a broken model ends in
	CREATE FUNCTION outcome(question text, m bytea) RETURNS text LANGUAGE plpgsql AS $$
	BEGIN
		EXECUTE 'SELECT ' || question || ' FROM (SELECT 1.5 AS a, 2 AS b) r' USING m;
		RETURN 'answer';
	EXCEPTION WHEN OTHERS THEN
		RETURN SQLSTATE;
	END $$});

# $query answers $want
sub answers
{
	my ($name, $query, $want) = @_;
	my ($status, $stdout, $stderr) = $node->psql('postgres', $query);

	$status == 0 ? like($stdout, $want, $name) : fail("$name: status $status: $stderr");
	$node->poll_query_until('postgres', 'SELECT true');
}

# Where the model in good begins, and those within it, with their lengths.
sub find_parts
{
	my $model = pack('H*', $node->safe_psql('postgres', q{SELECT encode(m, 'hex') FROM good}));
	my @parts;

	push @parts, sprintf('(%d, %d)', pos($model) - 7, unpack('Q<', substr($model, pos($model) + 8, 8))) while $model =~ /mediaml\n/g;
	$node->safe_psql('postgres', 'TRUNCATE parts; INSERT INTO parts VALUES ' . join(', ', @parts));
	return scalar(@parts);
}

foreach my $row (@kinds)
{
	my ($kind, $train, @questions) = @$row;

	$node->safe_psql('postgres', "TRUNCATE good; INSERT INTO good $train");
	is(find_parts(), $kind =~ /^all/ ? 6 : $kind =~ /^(pipeline|hybrid|calibrated|grouped)/ ? 3 : 1, "$kind: models");
	answers("$kind: sound", "SELECT DISTINCT outcome(q, m) FROM good, unnest(ARRAY[" . join(', ', map { "\$q\$$_\$q\$" } @questions) . "]) q", qr/^answer$/);

	# a writer who cannot compute the digest
	answers("$kind: each bit turned", "SELECT DISTINCT outcome(\$q\$$questions[0]\$q\$, set_bit(m, i, 1 - get_bit(m, i)))
		FROM good, generate_series(0, 8 * length(m) - 1) i ORDER BY 1", qr/^(0A000\n)?XX001$/);
	answers("$kind: cut at each byte", "SELECT DISTINCT outcome(\$q\$$questions[0]\$q\$, substr(m, 1, i))
		FROM good, generate_series(0, length(m) - 1) i ORDER BY 1", qr/^XX001$/);
	answers("$kind: a byte at each place left out", "SELECT DISTINCT outcome(\$q\$$questions[0]\$q\$, substr(m, 1, i) || substr(m, i + 2))
		FROM good, generate_series(0, length(m) - 2) i ORDER BY 1", qr/^XX001$/);

	# one who can: anything but harm, asked in one session that must live
	foreach my $question (@questions)
	{
		answers("$kind: each byte changed and sealed, $question",
			"SELECT pg_backend_pid() AS pid \\gset
			SELECT CASE WHEN bool_and(said ~ '^(answer|XX001|0A000|22...|42703|42704|42804)\$') THEN 'fine' ELSE string_agg(DISTINCT said, ' ') END
			FROM good, generate_series(0, length(m) - 1) i, unnest(ARRAY[0, 1, 127, 128, 255]) v,
				LATERAL (SELECT outcome(\$q\$$question\$q\$, reseal(set_byte(m, i, v))) AS said) s;
			SELECT :pid = pg_backend_pid()", qr/^fine\nt$/);
	}
}

unlike(slurp_file($node->logfile), qr/PANIC|terminated by signal/, 'no crash in the log');
$node->stop;
done_testing();

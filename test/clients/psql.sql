-- mediaml from psql: psql -XAtq -v ON_ERROR_STOP=1 -v name=churn -f psql.sql
--
-- Before version 16 psql binds no parameters. It pastes variables: as literals
-- by :'name', as they are by :viewer; and PREPARE makes statements with parameters.

\echo -n 'train: '
SELECT DISTINCT version, CASE WHEN deployed THEN 'deployed' ELSE 'not deployed' END
FROM mediaml.train(:'name', 'logistic_regression', 'SELECT id, hours, plan, left_us FROM viewers',
                   target => 'left_us', id => 'id');

\echo -n 'row: '
PREPARE chance AS
	SELECT round(mediaml.predict_proba_row($1, v)::numeric, 4)
	FROM (SELECT $2::float8 AS hours, $3::text AS plan) AS v;
EXECUTE chance(:'name', 21.5, 'family');

\echo -n 'reason: '
PREPARE why AS
	SELECT e.feature, e.value FROM viewers AS v, mediaml.explain($1, v, $2) AS e WHERE v.id = 5;
EXECUTE why(:'name', 1);

\echo -n 'array: '
PREPARE label AS SELECT mediaml.predict_label($1, $2);
EXECUTE label('plain', ARRAY[21.5, 1]);

\echo -n 'classes: '
SELECT string_agg(round(p::numeric, 4)::text, ' ') FROM unnest(mediaml.predict_proba_all('plain', '{21.5,1}')) AS p;

\set viewer 7
\echo -n 'films: '
SELECT string_agg(item_id::text, ' ' ORDER BY rank) FROM mediaml.recommend(:viewer, 3);

\echo -n 'candidates: '
PREPARE among AS
	SELECT string_agg(item_id::text, ' ' ORDER BY rank) FROM mediaml.recommend($1, $2, candidates => $3);
EXECUTE among(:viewer, 3, '{3,4,11,28,34}');

\echo -n 'excluded: '
PREPARE others AS
	SELECT string_agg(item_id::text, ' ' ORDER BY rank) FROM mediaml.recommend($1, $2, exclude => $3);
EXECUTE others(:viewer, 3, '{33,3}');

\echo -n 'similar: '
PREPARE like_it AS SELECT string_agg(item_id::text, ' ' ORDER BY rank) FROM mediaml.similar_items($1, $2, $3);
EXECUTE like_it('films', 11, 3);

\set listener 8f14e45f-ceea-167a-5a36-dedd4bea2543
\echo -n 'songs: '
SELECT string_agg(item_key, ' ' ORDER BY rank) FROM mediaml.recommend(:'listener', 2, 'songs');

-- Rows come a hundred at a time.
\set FETCH_COUNT 100
SELECT user_id, rank, item_id FROM mediaml.recommend_all(k => 5) \g | sed -n '$s/.*/everybody: &/p'
\unset FETCH_COUNT

-- A model is a text of hexadecimal digits in a variable.
\echo -n 'model: '
SELECT model FROM mediaml.model_data WHERE name = 'plain' AND version = 1 \gset
SELECT mediaml.register(:'name' || ' copy', :'model'), length(:'model'::bytea);

\echo -n 'bytes: '
SELECT mediaml.predict_label(:'model'::bytea, ARRAY[21.5, 1]);

-- mediaml through ODBC by hand: isql -b -v -x0x20 -k "Driver={PostgreSQL Unicode};Servername=..." < isql.sql
-- A statement a line of at most 8,000 characters, and no empty line, which would end it. isql binds no parameters.
SELECT DISTINCT 'train:', version, CASE WHEN deployed THEN 'deployed' ELSE 'not deployed' END FROM mediaml.train('isql', 'logistic_regression', 'SELECT id, hours, plan, left_us FROM viewers', target => 'left_us', id => 'id')
PREPARE chance AS SELECT 'row:', round(mediaml.predict_proba_row($1, v)::numeric, 4) FROM (SELECT $2::float8 AS hours, $3::text AS plan) AS v
EXECUTE chance('isql', 21.5, 'family')
SELECT 'reason:', e.feature, e.value FROM viewers AS v, mediaml.explain('isql', v, 1) AS e WHERE v.id = 5
PREPARE label AS SELECT 'array:', mediaml.predict_label($1, $2)
EXECUTE label('plain', '{21.5,1}')
SELECT 'classes:', string_agg(round(p::numeric, 4)::text, ' ') FROM unnest(mediaml.predict_proba_all('plain', ARRAY[21.5, 1])) AS p
SELECT 'films:', string_agg(item_id::text, ' ' ORDER BY rank) FROM mediaml.recommend(7, 3)
SELECT 'candidates:', string_agg(item_id::text, ' ' ORDER BY rank) FROM mediaml.recommend(7, 3, candidates => '{3,4,11,28,34}')
SELECT 'excluded:', string_agg(item_id::text, ' ' ORDER BY rank) FROM mediaml.recommend(7, 3, exclude => ARRAY[33, 3])
SELECT 'similar:', string_agg(item_id::text, ' ' ORDER BY rank) FROM mediaml.similar_items('films', 11, 3)
SELECT 'songs:', string_agg(item_key, ' ' ORDER BY rank) FROM mediaml.recommend('8f14e45f-ceea-167a-5a36-dedd4bea2543', 2, 'songs')
SELECT 'everybody:', user_id, rank, item_id FROM mediaml.recommend_all(k => 5) ORDER BY user_id DESC, rank DESC LIMIT 1

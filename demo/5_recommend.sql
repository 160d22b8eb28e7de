\echo '## 5. Ten films for one viewer, and what that is worth for everybody\n'

\echo '-- What recommenders learn from: ratings of films that have five or more.'
CREATE VIEW watched AS
SELECT user_id, film_id, rating, rated_at
FROM ratings
WHERE film_id IN (SELECT film_id FROM ratings GROUP BY film_id HAVING count(*) >= 5);

\echo '-- Four methods, each by one call; the best of them will answer where none is named.'
SELECT method, mediaml.create_recommender(method, 'watched', 'user_id', 'film_id', method => method,
                                          items => 'films', items_key => 'film_id') AS version
FROM unnest('{popularity,item_knn,ease,als}'::text[]) AS method;

SELECT name, pg_size_pretty(length(model)::bigint) AS size, (mediaml.model_info(model) ->> 'items')::int AS films,
       (mediaml.model_info(model) ->> 'interactions')::int AS ratings
FROM mediaml.model_data
ORDER BY name;

\echo '-- One rating in five is hidden, the rest trained on, and ten films recommended to everybody of the'
\echo '-- whole catalogue: how many of the hidden ones come back, with 95 % intervals over viewers.'
CREATE TABLE worth AS
SELECT name AS method, e.*
FROM mediaml.recommenders CROSS JOIN LATERAL mediaml.evaluate_recommender(name, k => 10, split => 'hash') AS e;

SELECT method, metric,
       concat(round(value::numeric, 3), ' (' || round(ci_low::numeric, 3) || ' to ' || round(ci_high::numeric, 3) || ')') AS worth
FROM worth
WHERE metric IN ('precision', 'recall', 'ndcg', 'coverage', 'novelty')
ORDER BY max(value) FILTER (WHERE metric = 'ndcg') OVER (PARTITION BY method) DESC,
         array_position('{precision,recall,ndcg,coverage,novelty}', metric)
\crosstabview method metric worth

SELECT mediaml.set_default_recommender(method)
FROM worth WHERE metric = 'ndcg' ORDER BY value DESC LIMIT 1;

\echo '-- One viewer: the films rated highest.'
SELECT rating, title, year, array_to_string(genres, ', ') AS genres
FROM ratings JOIN films USING (film_id)
WHERE user_id = :viewer
ORDER BY rating DESC, rated_at DESC
LIMIT 8;

\echo '-- Ten films that this viewer has not rated, each with its reason.'
SELECT rank, f.title, f.year, array_to_string(f.genres, ', ') AS genres, b.title AS because_you_watched
FROM mediaml.recommend(:viewer, 10) AS r
JOIN films AS f ON f.film_id = r.item_id
LEFT JOIN films AS b ON b.film_id = r.because_of_id
ORDER BY rank;

\echo '-- Any SQL is a filter: comedies of the seventies. And a film watched this second counts.'
SELECT rank, title, year, source
FROM mediaml.recommend(:viewer, 5, candidates => ARRAY(
    SELECT film_id FROM films WHERE 'Comedy' = ANY (genres) AND year BETWEEN 1970 AND 1979)) AS r
JOIN films ON film_id = item_id
ORDER BY rank;

BEGIN;
INSERT INTO ratings (user_id, film_id, rating, rated_at)
SELECT 0, film_id, 5, now() FROM films WHERE title IN ('Toy Story', 'Finding Nemo');

SELECT rank, f.title, b.title AS because_you_watched, r.recommender
FROM mediaml.recommend(0, 5) AS r
JOIN films AS f ON f.film_id = r.item_id
LEFT JOIN films AS b ON b.film_id = r.because_of_id
ORDER BY rank;
ROLLBACK;

\echo '## 5. Ten films for one viewer, and what that is worth for everybody\n'

\echo '-- Who watches one film also watches another: every film with five ratings or more and its 200 nearest.'
CREATE VIEW catalogue AS
SELECT film_id
FROM ratings
GROUP BY film_id
HAVING count(*) >= 5;

CREATE TABLE recommender AS
SELECT mediaml.item_knn(user_id, film_id, 1.0, '{"k": 200, "shrink": 20}' ORDER BY user_id, film_id) AS model
FROM ratings JOIN catalogue USING (film_id);

SELECT pg_size_pretty(length(model)::bigint) AS size, mediaml.model_info(model) AS info
FROM recommender;

\echo '-- One viewer: the films rated highest.'
SELECT rating, title, year, array_to_string(genres, ', ') AS genres
FROM ratings JOIN films USING (film_id)
WHERE user_id = :viewer
ORDER BY rating DESC, rated_at DESC
LIMIT 8;

\echo '-- Ten films that this viewer has not rated, each with its reason.'
SELECT rank, title, year, array_to_string(genres, ', ') AS genres, because_you_watched
FROM recommender
CROSS JOIN LATERAL mediaml.recommend_from(
    model, ARRAY(SELECT film_id FROM ratings WHERE user_id = :viewer), k => 10) AS r
JOIN films ON films.film_id = item_id
LEFT JOIN LATERAL (SELECT title FROM films WHERE film_id = because_of_id) AS b (because_you_watched) ON true
ORDER BY rank;

\echo '-- For everybody: hide one rating in five, train on the rest, recommend ten, count what was hidden.'
CREATE TABLE pairs AS
SELECT user_id, film_id,
       ('x' || substr(md5(user_id || ':' || film_id), 1, 8))::bit(32)::bigint % 5 = 0 AS hidden
FROM ratings JOIN catalogue USING (film_id);

CREATE TABLE rivals AS
SELECT 'popularity' AS recommender,
       mediaml.popularity(user_id, film_id, 1.0 ORDER BY user_id, film_id) AS model
FROM pairs WHERE NOT hidden
UNION ALL
SELECT 'item_knn',
       mediaml.item_knn(user_id, film_id, 1.0, '{"k": 200, "shrink": 20}' ORDER BY user_id, film_id)
FROM pairs WHERE NOT hidden;

WITH viewers AS (
    SELECT user_id,
           array_agg(film_id) FILTER (WHERE NOT hidden) AS history,
           array_agg(film_id) FILTER (WHERE hidden) AS hidden
    FROM pairs
    GROUP BY user_id
), worth AS (
    SELECT recommender, mediaml.precision_at_k(recommended, hidden, 10) AS precision_at_10
    FROM rivals
    CROSS JOIN viewers
    CROSS JOIN LATERAL (SELECT array_agg(item_id ORDER BY rank) AS recommended
                        FROM mediaml.recommend_from(model, history, k => 10)) AS r
    WHERE hidden IS NOT NULL
)
SELECT recommender,
       count(*) AS viewers,
       round(avg(precision_at_10)::numeric, 4) AS precision_at_10,
       round(100 * avg((precision_at_10 > 0)::int), 1) AS "% with a hit"
FROM worth
GROUP BY recommender
ORDER BY precision_at_10 DESC;

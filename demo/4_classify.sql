\echo '## 4. Will this viewer rate this film 4 or more? Logistic regression\n'

\echo 'One viewer in five is held out whole. What a viewer rated first, one half, is known; the later half is'
\echo 'to be predicted. Of a film is known what training viewers said in their first halves. So nothing leaks.'

\echo '-- Cut the ratings: held-out viewers by the hash that train() goes by, halves by time.'
CREATE TABLE cut AS
SELECT user_id, film_id, rating,
       mediaml.hash_share(user_id::text, 0) < 0.2 AS held_out,
       ntile(2) OVER (PARTITION BY user_id ORDER BY rated_at, film_id) = 1 AS known
FROM ratings;

\echo '-- What is known of a viewer, of the viewer''s taste in each genre, and of a film.'
\echo '-- Small numbers are not trusted: five average ratings are added to each.'
CREATE TABLE viewer_facts AS
SELECT user_id, avg(rating) AS mean, stddev(rating ORDER BY film_id) AS spread
FROM cut
WHERE known
GROUP BY user_id;

CREATE TABLE viewer_taste AS
SELECT user_id, genre, sum(rating - mean ORDER BY film_id) / (count(*) + 5) AS taste
FROM cut
JOIN viewer_facts USING (user_id)
JOIN films USING (film_id)
CROSS JOIN unnest(genres) AS genre
WHERE known
GROUP BY user_id, genre;

ALTER TABLE viewer_taste ADD PRIMARY KEY (user_id, genre);

CREATE TABLE film_facts AS
WITH training AS (
    SELECT * FROM cut WHERE known AND NOT held_out
)
SELECT f.film_id, year, genres,
       count(rating) AS ratings,
       (coalesce(sum(rating), 0) + 5 * (SELECT avg(rating) FROM training)) / (count(rating) + 5) AS mean
FROM films AS f LEFT JOIN training USING (film_id)
GROUP BY f.film_id;

ANALYZE cut, viewer_facts, viewer_taste, film_facts;

\echo '-- One row a rating of the later half: raw columns, missing values and a list of genres among them.'
CREATE TABLE examples AS
SELECT user_id, film_id, held_out, rating >= 4 AS liked,
       v.mean AS viewer_mean, v.spread AS viewer_spread, f.mean AS film_mean, f.ratings AS film_ratings,
       year, taste, genres
FROM cut
JOIN viewer_facts AS v USING (user_id)
JOIN film_facts AS f USING (film_id)
CROSS JOIN LATERAL (SELECT sum(taste ORDER BY genre) / cardinality(f.genres) AS taste
                    FROM viewer_taste AS t
                    WHERE t.user_id = cut.user_id AND t.genre = ANY (f.genres)) AS t
WHERE NOT known;

SELECT CASE WHEN held_out THEN 'held out' ELSE 'training' END AS viewers_are,
       count(DISTINCT user_id) AS viewers,
       count(*) AS ratings,
       round(avg(liked::int), 3) AS share_liked
FROM examples
GROUP BY held_out
ORDER BY held_out;

\echo '-- What the columns need is learned from the training viewers only.'
CREATE TABLE liking AS
SELECT mediaml.preprocessor(e, '{"target": "liked", "id": ["user_id", "film_id"], "exclude": ["held_out"],
                                 "default": {"scale": "none"},
                                 "columns": {"taste": {"fill": 0}, "film_ratings": {"scale": "log1p"}}}'
                            ORDER BY user_id, film_id) AS preparation,
       NULL::bytea AS model
FROM examples AS e
WHERE NOT held_out;

UPDATE liking
SET model = mediaml.pipeline(preparation, (
        SELECT mediaml.logistic_regression(liked, mediaml.transform(preparation, e) ORDER BY user_id, film_id)
        FROM examples AS e
        WHERE NOT held_out));

\echo '-- What matters? The strongest first. (Ratings of one viewer hang together, so the errors are a little'
\echo '-- smaller than they should be.)'
SELECT term,
       round(estimate::numeric, 3) AS estimate,
       round(std_error::numeric, 3) AS std_error,
       round(z::numeric, 1) AS z,
       round(p::numeric, 4) AS p,
       round(odds_ratio::numeric, 2) AS odds_ratio,
       format('%s to %s', round(ci_low::numeric, 2), round(ci_high::numeric, 2)) AS ci
FROM liking, mediaml.coefficients(model)
ORDER BY abs(z) DESC;

\echo '-- How did the fit go?'
SELECT key, value
FROM liking
CROSS JOIN LATERAL (SELECT mediaml.model_info(model) -> 'estimator' AS fit) AS i
CROSS JOIN jsonb_each_text(fit)
WHERE jsonb_typeof(fit -> key) NOT IN ('array', 'object');

\echo '-- What is it worth on viewers it has never seen? Beside it, the same share said of everybody.'
CREATE TABLE predictions AS
SELECT user_id, film_id, liked,
       mediaml.predict_proba_row(model, e) AS probability,
       (SELECT avg(liked::int) FROM examples WHERE NOT held_out)::float8 AS baseline
FROM examples AS e, liking
WHERE held_out;

SELECT who,
       round(mediaml.log_loss(liked, p)::numeric, 4) AS log_loss,
       round(mediaml.roc_auc(liked, p)::numeric, 4) AS auc,
       round(mediaml.accuracy(liked, p >= 0.5)::numeric, 4) AS accuracy
FROM predictions
CROSS JOIN LATERAL (VALUES ('baseline', baseline), ('logistic regression', probability)) AS m (who, p)
GROUP BY who
ORDER BY who;

\echo '-- When it says 70 %, is it 70 %?'
SELECT format('%s to %s %%', 10 * (bin - 1), 10 * bin) AS said,
       count(*) AS ratings,
       round(100 * avg(probability)::numeric, 1) AS mean_said,
       round(100 * avg(liked::int), 1) AS liked
FROM predictions
CROSS JOIN LATERAL width_bucket(probability, 0, 1, 10) AS bin
GROUP BY bin
ORDER BY bin;

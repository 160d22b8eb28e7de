\echo '## 3. Group the audience: k-means\n'

\echo '-- Training is an aggregate, and the model is a value. With the preprocessor it becomes a pipeline,'
\echo '-- which takes raw rows.'
CREATE TABLE audience AS
SELECT mediaml.pipeline(viewer, mediaml.kmeans(mediaml.transform(viewer, v), 6,
                                               '{"n_init": 50, "seed": 1}' ORDER BY user_id)) AS model
FROM preparation CROSS JOIN viewers AS v
GROUP BY viewer;

ALTER TABLE viewers ADD cluster integer;

UPDATE viewers
SET cluster = mediaml.cluster_row(model, viewers)
FROM audience;

\echo '-- What sets each group apart: its centroid above the mean, in standard deviations.'
\echo '-- It is named by its first two genres.'
CREATE TABLE groups AS
SELECT cluster, size, share,
       string_agg(feature, ' & ' ORDER BY value DESC) FILTER (WHERE genre_place <= 2) AS name,
       string_agg(format('%s +%s', feature, round(value::numeric, 1)), ', ' ORDER BY value DESC)
           FILTER (WHERE place <= 5 AND value > 0.25) AS above_the_mean
FROM (SELECT c.*,
             row_number() OVER (PARTITION BY cluster ORDER BY value DESC) AS place,
             CASE WHEN genre IS NOT NULL
                  THEN row_number() OVER (PARTITION BY cluster, genre IS NULL ORDER BY value DESC)
             END AS genre_place
      FROM audience
      CROSS JOIN mediaml.centroids(model) AS c
      LEFT JOIN genres ON genre = feature) AS c
GROUP BY cluster, size, share;

SELECT cluster, name, size AS viewers, round(100 * share::numeric) AS "%", above_the_mean
FROM groups
ORDER BY size DESC;

\echo '-- What each group watches: the share of each genre, in per cent. A pipeline knows its raw units.'
SELECT feature AS genre, watchers, round(100 * share::numeric) AS share
FROM (SELECT feature, name AS watchers, size, raw_value AS share
      FROM audience CROSS JOIN mediaml.centroids(model) JOIN groups USING (cluster, size)
      UNION ALL
      SELECT DISTINCT feature, 'Everybody', 0, raw_overall_mean
      FROM audience CROSS JOIN mediaml.centroids(model)) AS c
JOIN genres ON genre = feature
ORDER BY films DESC, size = 0, size DESC
\crosstabview genre watchers share

\echo '-- The films that set a group apart: seen by far more of its viewers than of the others.'
WITH seen AS (
    SELECT film_id, cluster, count(*) AS inside,
           sum(count(*)) OVER (PARTITION BY film_id) AS anywhere
    FROM ratings JOIN viewers USING (user_id)
    GROUP BY film_id, cluster
), apart AS (
    SELECT name, size, film_id, row_number() OVER (PARTITION BY name ORDER BY
               inside / size::float8 - (anywhere - inside) / (everybody - size)::float8 DESC) AS place
    FROM seen
    JOIN groups USING (cluster)
    CROSS JOIN (SELECT count(*) AS everybody FROM viewers) AS v
)
SELECT name, string_agg(split_part(title, ' (', 1), ', ' ORDER BY place) AS films
FROM apart JOIN films USING (film_id)
WHERE place <= 4
GROUP BY name, size
ORDER BY size DESC;

-- Trains by one call each what steps 3 and 4 did by hand, keeps it by name, and
-- writes a page of what was learned: HTML and SVG made by SQL, in report/.

\echo '## 7. The same by one call, by name, and a page of it\n'

\echo '-- What makes a viewer like a film: the examples of step 4, as a view.'
CREATE VIEW likings AS
SELECT user_id, held_out, liked, viewer_mean, viewer_spread, film_mean, ln(1 + film_ratings) AS film_ratings, year,
       coalesce(taste, 0) AS taste, genres
FROM examples;

\echo '-- One call prepares the columns, fits, judges on viewers held out whole, keeps a version and deploys it.'
\echo '-- Not refitted on all rows afterwards, so what answers is the very model that was judged.'
SELECT metric, round(value::numeric, 4) AS value, round(ci_low::numeric, 4) AS ci_low, round(ci_high::numeric, 4) AS ci_high,
       round(baseline::numeric, 4) AS baseline, deployed
FROM mediaml.train('likes', 'logistic_regression', 'likings', target => 'liked', split_column => 'user_id',
                   exclude => '{held_out}', options => '{"refit": false}');

\echo '-- The groups of step 3 in the same way.'
SELECT metric, round(value::numeric, 4) AS value, round(ci_low::numeric, 4) AS ci_low, round(ci_high::numeric, 4) AS ci_high,
       deployed
FROM mediaml.train('audience', 'kmeans', 'SELECT * FROM viewers ORDER BY user_id', id => 'user_id', exclude => '{cluster}',
                   options => '{"k": 6, "seed": 1, "n_init": 50,
                                "preprocessor": {"default": {"clip": {"quantiles": [0.02, 0.98]}}}}');

\echo '-- What the model says, by its name, of the viewers that it has never seen.'
CREATE SCHEMA report;

CREATE TABLE report.judged AS
SELECT liked, mediaml.predict_proba_row('likes', l) AS probability,
       mediaml.predict_label_row('likes', l) = 'true' AS predicted
FROM likings AS l
WHERE held_out;

\echo '-- Are they the rows that train() held out? And is the model that of step 4, made by hand?'
SELECT m.n AS ratings, count(*) = m.n AS same_rows,
       abs(mediaml.roc_auc(liked, probability) - m.value) < 1e-9 AS same_auc,
       abs((SELECT mediaml.roc_auc(liked, probability) FROM predictions) - m.value) < 1e-6 AS as_by_hand
FROM report.judged
CROSS JOIN mediaml.model_metrics AS m
WHERE name = 'likes' AND split = 'test' AND metric = 'roc_auc'
GROUP BY m.n, m.value;

\echo '-- The page: shapes are functions, sections are views, and XML of SQL escapes what it is given.'
CREATE TABLE report.viewer AS SELECT :viewer::bigint AS user_id;

\set QUIET on
\set ECHO none
\timing off
\ir report/shapes.sql
\ir report/sections.sql
\ir report/page.sql
\pset format unaligned
\pset tuples_only on
\o :page
SELECT html FROM report.page;
\o
\pset tuples_only off
\pset format aligned
\timing on
\set ECHO queries
\set QUIET off

SELECT count(*) AS sections, pg_size_pretty(length(html)::bigint) AS size
FROM report.page, regexp_matches(html, '<section', 'g')
GROUP BY html;

-- The sections of the page, a view each, by mediaml's functions and views.

-- ---- What the model is worth ----------------------------------------------

CREATE VIEW report.metrics AS
SELECT report.table('On ratings of viewers that the model has never seen, with 95 % intervals over viewers',
                    '{metric,#value,#95 % interval,#baseline,what it is}',
                    jsonb_agg(jsonb_build_array(t.metric, report.num(t.value, 3), report.interval(t.ci_low, t.ci_high, 3),
                                                report.num(b.value, 3), meaning) ORDER BY place)) AS html
FROM mediaml.model_metrics AS t
JOIN mediaml.deployed_models AS d ON (d.name, d.version) = (t.name, t.version)
LEFT JOIN mediaml.model_metrics AS b ON (b.name, b.version, b."group", b.metric, b.split) =
                                        (t.name, t.version, t."group", t.metric, 'baseline')
JOIN (VALUES (1, 'log_loss', 'what chances cost that did not come true: less is better'),
             (2, 'roc_auc', 'how often a liked film is placed above one that was not'),
             (3, 'accuracy', 'share of ratings called right'),
             (4, 'average_precision', 'precision at each liked film, from the surest on'),
             (5, 'brier', 'squared error of the chance: less is better'),
             (6, 'precision', 'of those called liked, how many were'),
             (7, 'recall', 'of those liked, how many were called so'),
             (8, 'f1', 'precision and recall in one')) AS m (place, metric, meaning) ON m.metric = t.metric
WHERE t.name = 'likes' AND t.split = 'test' AND t."group" = 'all';

CREATE VIEW report.roc AS
WITH curve AS (
    SELECT p.*
    FROM (SELECT mediaml.roc_curve(liked, probability, 200) AS points FROM report.judged) AS c
    CROSS JOIN LATERAL unnest(points) AS p
), drawn AS (
    SELECT string_agg(report.share_point(false_positive_rate, true_positive_rate), ' ' ORDER BY threshold DESC) AS points
    FROM curve
), called AS (
    SELECT (avg(predicted::int) FILTER (WHERE NOT liked))::float8 AS x, (avg(predicted::int) FILTER (WHERE liked))::float8 AS y
    FROM report.judged
)
SELECT report.figure('roc', 'ROC curve',
           format('Of the liked films %s are found where %s of the others are called liked too; the area below it is %s.',
                  report.percent(y), report.percent(x), report.num(auc, 3)), 300, 294,
           xmlconcat(
               report.share_axes('called liked, of those that were not', 'called liked, of those that were'),
               xmlelement(NAME polygon, xmlattributes('area' AS class,
                   concat_ws(' ', report.share_point(0, 0), points, report.share_point(1, 0)) AS points)),
               xmlelement(NAME polyline, xmlattributes('curve' AS class, points AS points)),
               report.dot(report.share_x(x), report.share_y(y), 5, 'mark', 'where the chance is one half'),
               report.label(report.share_x(0.95), report.share_y(0.12), 'AUC ' || report.num(auc, 3), 'end large'),
               report.label(report.share_x(0.95), report.share_y(0.05), 'chance alone: 0.500', 'end small')),
           'The dot is where one half divides liked from not: the confusion matrix.') AS html
FROM drawn, called, (SELECT mediaml.roc_auc(liked, probability) AS auc FROM report.judged) AS a;

CREATE VIEW report.calibration AS
WITH bins AS (
    SELECT b.*
    FROM (SELECT mediaml.calibration(liked, probability) AS bins FROM report.judged) AS c
    CROSS JOIN LATERAL unnest(bins) AS b
)
SELECT report.figure('calibration', 'Calibration',
           string_agg(format('where it says %s it is %s', report.percent(probability), report.percent(share)), ', ' ORDER BY bin),
           300, 294,
           xmlconcat(
               report.share_axes('chance that the model says', 'share that was liked'),
               xmlelement(NAME polyline, xmlattributes('curve' AS class,
                   string_agg(report.share_point(probability, share), ' ' ORDER BY bin) AS points)),
               xmlagg(report.dot(report.share_x(probability), report.share_y(share), 2 + 6 * sqrt(n / largest::float8), 'mark',
                                 format('said %s, liked %s, of %s ratings', report.percent(probability, 1),
                                        report.percent(share, 1), report.num(n))) ORDER BY bin)),
           'A dot is a tenth of the scale, its area how many ratings are there. On the diagonal, 70 % is 70 %.') AS html
FROM (SELECT *, max(n) OVER () AS largest FROM bins) AS b;

CREATE VIEW report.confusion AS
WITH pairs AS (
    SELECT a.name AS actual, p.name AS predicted, coalesce(n, 0) AS n,
           coalesce(n, 0) / sum(n) OVER (PARTITION BY a.name) AS share
    FROM (SELECT mediaml.confusion(liked, predicted) AS matrix FROM report.judged) AS m
    CROSS JOIN (VALUES ('true', 'liked'), ('false', 'not liked')) AS a (class, name)
    CROSS JOIN (VALUES ('true', 'liked'), ('false', 'not liked')) AS p (class, name)
    LEFT JOIN LATERAL unnest(matrix) AS c ON (c.actual, c.predicted) = (a.class, p.class)
)
SELECT xmlelement(NAME figure,
           xmlelement(NAME figcaption, 'Confusion matrix'),
           xmlelement(NAME table, xmlattributes('heat' AS class),
               xmlelement(NAME caption, 'A row is what the viewer did, a column what the model called it'),
               xmlelement(NAME thead, xmlelement(NAME tr, xmlelement(NAME td, 'was'),
                   (SELECT xmlagg(xmlelement(NAME th, xmlattributes('col' AS scope), 'called ' || predicted) ORDER BY predicted)
                    FROM (SELECT DISTINCT predicted FROM pairs) AS c))),
               xmlelement(NAME tbody, xmlagg(line ORDER BY actual))),
           xmlelement(NAME p, xmlattributes('note' AS class), 'Shares are of a row.')) AS html
FROM (SELECT actual, xmlelement(NAME tr, xmlelement(NAME th, xmlattributes('row' AS scope), actual),
                 xmlagg(xmlelement(NAME td, xmlattributes(format('--share: %s', round(share, 3)) AS style),
                                   xmlelement(NAME strong, report.num(n)), ' ',
                                   xmlelement(NAME small, report.percent(share::float8))) ORDER BY predicted)) AS line
      FROM pairs
      GROUP BY actual) AS lines;

-- ---- What matters ---------------------------------------------------------

-- The surest: at most twelve whose intervals leave 0 out.
CREATE VIEW report.strongest AS
SELECT coalesce(words, replace(term, 'genres=', 'genre: ')) AS term, estimate, ci_low, ci_high, odds_ratio,
       row_number() OVER (ORDER BY abs(z) DESC) AS place
FROM mediaml.coefficients('likes')
LEFT JOIN (VALUES ('viewer_mean', 'viewer’s mean rating'), ('viewer_spread', 'spread of viewer’s ratings'),
                  ('film_mean', 'film’s mean rating'), ('film_ratings', 'ln(film’s ratings)'),
                  ('year', 'film’s year'), ('taste', 'viewer’s taste in its genres')) AS w (term, words) USING (term)
WHERE term <> '(intercept)' AND ci_low * ci_high > 0
ORDER BY place
LIMIT 12;

-- A bar is the estimate, a whisker its interval.
CREATE VIEW report.coefficients AS
WITH scale AS (
    SELECT 164 / (most - least) AS unit, 174 - 164 * least / (most - least) AS zero
    FROM (SELECT least(0, min(ci_low)) AS least, greatest(0, max(ci_high)) AS most FROM report.strongest) AS s
)
SELECT report.figure('coefficients', 'The surest coefficients',
           string_agg(format('%s: %s', term, report.signed(estimate, 2)), ', ' ORDER BY place),
           380, 22 + 24 * count(*)::integer,
           xmlconcat(
               report.label(164, 12, 'column', 'end small'), report.label(zero, 12, 'log odds', 'middle small'),
               report.label(378, 12, 'odds ×', 'end small'),
               xmlagg(xmlconcat(
                   report.label(164, y + 4, term, 'end'),
                   report.bar(zero + least(0, estimate) * unit, y - 7, abs(estimate) * unit, 14,
                              CASE WHEN estimate < 0 THEN 'less' ELSE 'more' END),
                   report.line(zero + ci_low * unit, y, zero + ci_high * unit, y, 'whisker'),
                   report.label(378, y + 4, report.num(odds_ratio, 2), 'end')) ORDER BY place),
               report.line(zero, 20, zero, 18 + 24 * count(*), 'axis')),
           'To the right a film is more likely to be liked. Numbers count in standard deviations, genres as yes or no.') AS html
FROM (SELECT *, 24 * place + 8 AS y FROM report.strongest, scale) AS drawn
GROUP BY zero;

CREATE VIEW report.coefficients_table AS
SELECT report.table('The same in numbers', '{column,#log odds,#95 % interval}',
                    jsonb_agg(jsonb_build_array(term, report.signed(estimate, 2), report.interval(ci_low, ci_high, 2))
                              ORDER BY place)) AS html
FROM report.strongest;

-- ---- The audience ---------------------------------------------------------

-- Each group by name: its first two genres; of all columns the four highest and
-- the two lowest set it apart.
CREATE VIEW report.groups AS
SELECT cluster, size, share, feature, value, raw_value,
       string_agg(feature, ' & ') FILTER (WHERE genre_place <= 2) OVER (PARTITION BY cluster ORDER BY value DESC
           ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING) AS name,
       row_number() OVER (PARTITION BY cluster ORDER BY value DESC) AS highest,
       row_number() OVER (PARTITION BY cluster ORDER BY value) AS lowest,
       min(value) OVER () AS least, max(value) OVER () AS most
FROM (SELECT c.*, CASE WHEN genre IS NOT NULL
                       THEN row_number() OVER (PARTITION BY cluster, genre IS NULL ORDER BY value DESC) END AS genre_place
      FROM mediaml.centroids('audience') AS c
      LEFT JOIN genres ON genre = feature) AS c;

CREATE VIEW report.audience AS
SELECT xmlagg(html ORDER BY size DESC, cluster) AS html
FROM (SELECT cluster, size, report.figure('group-' || cluster, name,
                 format('%s viewers, %s of all. %s', report.num(size), report.percent(share),
                        string_agg(format('%s %s', feature, report.signed(value, 1)), ', ' ORDER BY value DESC)), 300, 178,
                 xmlconcat(
                     report.bar(0, 0, 300, 7, 'rest'), report.bar(0, 0, 300 * share, 7, 'more'),
                     report.label(0, 24, format('%s viewers, %s of all', report.num(size), report.percent(share))),
                     xmlagg(xmlconcat(
                         report.label(122, y + 4, feature, 'end'),
                         report.bar(zero + least(0, value) * unit, y - 6, abs(value) * unit, 12,
                                    CASE WHEN value < 0 THEN 'less' ELSE 'more' END),
                         report.label(299, y + 4, report.signed(value, 1), 'end')) ORDER BY y),
                     report.line(zero, 36, zero, 174, 'axis'))) AS html
      FROM (SELECT *, 26 + 22 * row_number() OVER (PARTITION BY cluster ORDER BY value DESC) AS y,
                   132 / (most - least) AS unit, 131 - 132 * least / (most - least) AS zero
            FROM report.groups
            WHERE highest <= 4 OR lowest <= 2) AS g
      GROUP BY cluster, size, share, name, zero) AS figures;

-- ---- Recommenders ---------------------------------------------------------

-- Methods from the best on, a picture a metric, each on a scale of its own.
CREATE VIEW report.methods AS
WITH placed AS (
    SELECT w.*, 22 * dense_rank() OVER (ORDER BY ndcg DESC, method) AS y,
           ceil(10 * max(ci_high) OVER (PARTITION BY metric)) / 10 AS full_scale
    FROM worth AS w
    JOIN (SELECT method, value AS ndcg FROM worth WHERE metric = 'ndcg') AS n USING (method)
), drawn AS (
    SELECT metric, report.figure('methods-' || metric, metric || ' at 10',
               string_agg(format('%s %s (%s)', method, report.num(value, 3), told), '; ' ORDER BY y), 300, 130,
               xmlconcat(
                   (SELECT xmlagg(xmlconcat(report.line(80 + 170 * t, 10, 80 + 170 * t, 100, 'grid'),
                                            report.label(80 + 170 * t, 118, report.num(t * full_scale, 2), 'middle small')))
                    FROM unnest('{0,0.5,1}'::float8[]) AS t),
                   xmlagg(xmlconcat(
                       report.label(74, y + 4, method, 'end'),
                       report.line(80 + 170 * ci_low / full_scale, y, 80 + 170 * ci_high / full_scale, y, 'whisker'),
                       report.dot(80 + 170 * value / full_scale, y, 4.5, 'mark', told),
                       report.label(299, y + 4, report.num(value, 3), 'end')) ORDER BY y))) AS html
    FROM placed
    CROSS JOIN LATERAL report.interval(ci_low, ci_high, 3) AS told
    WHERE ci_low IS NOT NULL AND metric IN ('ndcg', 'precision', 'recall')
    GROUP BY metric, full_scale
)
SELECT xmlagg(html ORDER BY array_position('{ndcg,precision,recall}', metric)) AS html
FROM drawn;

CREATE VIEW report.methods_table AS
SELECT report.table('What ten films each are worth: mean, and 95 % interval over viewers',
                    '{method,#ndcg,#precision,#recall,#coverage,#novelty in bits}', jsonb_agg(jsonb_build_array(
                        method, ndcg, "precision", recall, coverage, novelty) ORDER BY ndcg DESC)) AS html
FROM (SELECT method,
             max(told) FILTER (WHERE metric = 'ndcg') AS ndcg,
             max(told) FILTER (WHERE metric = 'precision') AS "precision",
             max(told) FILTER (WHERE metric = 'recall') AS recall,
             max(told) FILTER (WHERE metric = 'coverage') AS coverage,
             max(told) FILTER (WHERE metric = 'novelty') AS novelty
      FROM (SELECT method, metric, report.num(value, 3) || CASE WHEN ci_low IS NULL THEN ''
                   ELSE ' (' || report.interval(ci_low, ci_high, 3) || ')' END AS told
            FROM worth) AS w
      GROUP BY method) AS w;

CREATE VIEW report.favourites AS
SELECT report.table('What the viewer rated highest', '{film,#year,genres,#rating}', jsonb_agg(jsonb_build_array(
           title, year, array_to_string(genres, ', '), report.num(rating, 1)) ORDER BY rating DESC, rated_at DESC)) AS html
FROM (SELECT *
      FROM ratings JOIN films USING (film_id) JOIN report.viewer USING (user_id)
      ORDER BY rating DESC, rated_at DESC
      LIMIT 8) AS f;

CREATE VIEW report.recommendations AS
SELECT report.table('Ten films that the viewer has not rated', '{film,because of,#year,genres}', jsonb_agg(jsonb_build_array(
           rank || '. ' || f.title, coalesce(b.title, 'what everybody watches'), f.year, array_to_string(f.genres, ', '))
           ORDER BY rank)) AS html
FROM report.viewer AS v
CROSS JOIN LATERAL mediaml.recommend(v.user_id, 10) AS r
JOIN films AS f ON f.film_id = r.item_id
LEFT JOIN films AS b ON b.film_id = r.because_of_id;

-- ---- Versions and runs ----------------------------------------------------

CREATE VIEW report.versions AS
SELECT report.table('Versions', '{model,#version,algorithm,#rows,deployed,made by,digest}', jsonb_agg(jsonb_build_array(
           name, version, algorithm, report.num(rows), CASE WHEN deployed THEN 'yes' ELSE 'no' END, created_by,
           left(digest, 12)) ORDER BY created_at, name, version)) AS html
FROM mediaml.model_versions;

CREATE VIEW report.runs AS
SELECT report.table('Runs', '{model,#version,action,#seconds,outcome,message,run by}', jsonb_agg(jsonb_build_array(
           name, version, action, report.num(seconds, 1), outcome, message, run_by) ORDER BY run)) AS html
FROM mediaml.model_runs;

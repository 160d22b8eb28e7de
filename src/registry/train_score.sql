-- What a model is worth on the rows that were held out, beside a baseline and the
-- version that is deployed.

-- Which metrics are better when they are lower.
CREATE FUNCTION mediaml.lower_is_better(metric text)
    RETURNS boolean LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN metric IN ('log_loss', 'brier', 'rmse', 'mae', 'mape', 'davies_bouldin');
COMMENT ON FUNCTION mediaml.lower_is_better(text) IS 'is less of a metric better?';

-- What a classifier says of each row that was held out: its label, and what it gives
-- to the class y that the row is of (p) and to the positive one of two (score); what
-- the shares of the classes give to y (prior), and the most frequent class (major);
-- and what the deployed version says, where there is one.  A cluster is of rows that
-- belong together, those of a viewer where viewers were split; NULL is a row by itself.
CREATE FUNCTION mediaml.training_classified(
    plan mediaml.training, model bytea, old bytea,
    OUT grp text, OUT cluster text, OUT y text, OUT label text, OUT prior float8, OUT p float8, OUT major text,
    OUT score float8, OUT old_label text, OUT old_p float8, OUT old_score float8)
    RETURNS SETOF record LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $body$
BEGIN
    PERFORM set_config('search_path', plan.path, true);
    RETURN QUERY EXECUTE pg_catalog.format($query$
        WITH rows AS MATERIALIZED (%s),
        priors AS (SELECT r.y::text AS y, count(*)::float8 / (sum(count(*)) OVER ())::float8 AS p
                   FROM rows AS r WHERE NOT r.held GROUP BY r.y),
        major AS (SELECT b.y FROM priors AS b ORDER BY b.p DESC, b.y LIMIT 1)
        SELECT CASE WHEN $8 THEN r.grp END, coalesce(CASE WHEN %L THEN r.place END, r.id), r.y::text, z.label, coalesce(b.p, 0),
               CASE WHEN r.y::text <> ALL ($3) THEN 0 WHEN r.y::text = $5 THEN z.score WHEN $5 IS NOT NULL THEN 1::float8 - z.score
                    ELSE mediaml.predict_proba_row($1, r.t, r.y::text) END,
               m.y, z.score, z.old_label,
               CASE WHEN $2 IS NULL THEN NULL WHEN r.y::text = ANY ($4)
                   THEN mediaml.predict_proba_row($2, r.t, r.y::text) ELSE 0 END,
               CASE WHEN $2 IS NOT NULL AND $5 = ANY ($4) AND $6
                   THEN mediaml.predict_proba_row($2, r.t, $5) ELSE 0 END
        FROM rows AS r CROSS JOIN major AS m LEFT JOIN priors AS b ON b.y = r.y::text
        CROSS JOIN LATERAL (
            SELECT mediaml.predict_label_row($1, r.t) AS label,
                   CASE WHEN $5 IS NOT NULL THEN mediaml.predict_proba_row($1, r.t, $5) END AS score,
                   CASE WHEN $2 IS NOT NULL AND $7 THEN mediaml.predict_label_row($2, r.t) END AS old_label OFFSET 0) AS z
        WHERE r.held$query$,
        plan.rows, plan.split = 'group')
        USING model, old, mediaml.model_classes(model), mediaml.model_classes(old), mediaml.model_positive(model),
              plan.metric IN ('roc_auc', 'average_precision'), plan.metric IN ('accuracy', 'precision', 'recall', 'f1'),
              plan.group_by IS NOT NULL;
END
$body$;
COMMENT ON FUNCTION mediaml.training_classified(mediaml.training, bytea, bytea) IS
    'what a classifier says of the rows that were held out';

-- By group each row is measured by the model of its group, the key of which is member.
-- i is the same for a row whatever the model.
CREATE FUNCTION mediaml.training_clustered(
    plan mediaml.training, model bytea,
    OUT i bigint, OUT grp text, OUT cluster text, OUT member text, OUT d float8, OUT whole float8)
    RETURNS SETOF record LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $body$
DECLARE
    chosen_by CONSTANT text := mediaml.model_info(model) ->> 'column';
    others CONSTANT bytea := CASE WHEN chosen_by IS NULL THEN model ELSE mediaml.group_model(model, NULL) END;
BEGIN
    PERFORM set_config('search_path', plan.path, true);
    RETURN QUERY EXECUTE pg_catalog.format($query$
        SELECT r.i, r.grp, coalesce(CASE WHEN %L THEN r.place END, r.id), r.member,
               mediaml.kmeans_distance(r.model, r.x) ^ 2::float8,
               (SELECT sum((x.value - x.mean) ^ 2::float8) FROM unnest(r.x, r.mean) AS x(value, mean))
        FROM (SELECT h.*, m.key AS member, coalesce(m.model, $3) AS model, coalesce(m.mean, $4) AS mean,
                     mediaml.transform(coalesce(m.model, $3), h.t) AS x
              FROM (SELECT s.t, s.grp, s.id, s.place, %s AS key, row_number() OVER (ORDER BY s.key, s.id, s.t::text) AS i
                    FROM (%s) AS s WHERE s.held) AS h
              LEFT JOIN (SELECT o.*, mediaml.training_middle(o.model) AS mean
                         FROM (SELECT k.key, mediaml.group_model($1, k.key) AS model FROM unnest($2) AS k(key) OFFSET 0) AS o
                         OFFSET 0) AS m ON m.key = h.key) AS r$query$,
        plan.split = 'group',
        CASE WHEN chosen_by = plan.group_by THEN 's.grp' ELSE pg_catalog.format('pg_catalog.to_jsonb(s.t) ->> %L::text', chosen_by) END, plan.rows)
        USING model, mediaml.model_groups(model), others, mediaml.training_middle(others);
END
$body$;
COMMENT ON FUNCTION mediaml.training_clustered(mediaml.training, bytea) IS
    'how near the rows that were held out are to centroids, and to the mean of all';

-- How far apart the clusters of the rows that were held out lie: of so many of them, by
-- their hash, as make ten million numbers.
CREATE FUNCTION mediaml.training_separation(plan mediaml.training, model bytea)
    RETURNS SETOF mediaml.score LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $body$
BEGIN
    PERFORM set_config('search_path', plan.path, true);
    RETURN QUERY EXECUTE pg_catalog.format($query$
        SELECT 'all', m.metric, m.value, NULL::float8, NULL::float8, w.n, NULL::float8
        FROM (SELECT count(*) AS n, mediaml.silhouette_centroid(r.x, r.c) AS silhouette_centroid,
                     mediaml.davies_bouldin(r.x, r.c) AS davies_bouldin
              FROM (SELECT f.x, mediaml.cluster($1, f.x) AS c
                    FROM (SELECT mediaml.transform($1, h.t) AS x
                          FROM (SELECT s.t FROM (%s) AS s WHERE s.held ORDER BY s.key LIMIT $2) AS h OFFSET 0) AS f OFFSET 0) AS r) AS w
        CROSS JOIN LATERAL (VALUES ('silhouette_centroid', w.silhouette_centroid),
                                   ('davies_bouldin', w.davies_bouldin)) AS m(metric, value)$query$,
        plan.rows)
        USING model, (SELECT 10000000 / greatest(count(*), 100)
                      FROM mediaml.centroids(model) AS c WHERE c.cluster = 0);
END
$body$;
COMMENT ON FUNCTION mediaml.training_separation(mediaml.training, bytea) IS
    'how far apart the clusters of rows that were held out lie';

-- Lists of ten for each user of whom something was held out, by the model, by
-- popularity and by the deployed version, from what was not held out.
CREATE FUNCTION mediaml.training_listed(
    plan mediaml.training, model bytea, old bytea,
    OUT cluster text, OUT wanted text[], OUT listed text[], OUT popular text[], OUT old_listed text[])
    RETURNS SETOF record LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $body$
BEGIN
    PERFORM set_config('search_path', plan.path, true);
    RETURN QUERY EXECUTE pg_catalog.format($query$
        WITH rows AS MATERIALIZED (%s),
        popular AS MATERIALIZED (
            SELECT mediaml.popularity(r.user_id, r.item_id, r.weight) AS model FROM rows AS r WHERE NOT r.held),
        pairs AS (SELECT r.user_id, r.item_id, sum(r.weight) FILTER (WHERE NOT r.held) AS weight, bool_and(r.held) AS held
                  FROM rows AS r GROUP BY r.user_id, r.item_id),
        viewers AS (
            SELECT p.user_id::text AS viewer, array_agg(p.item_id ORDER BY p.item_id) FILTER (WHERE NOT p.held) AS seen,
                   array_agg(p.weight ORDER BY p.item_id) FILTER (WHERE NOT p.held) AS weights,
                   array_agg(p.item_id::text) FILTER (WHERE p.held) AS wanted
            FROM pairs AS p GROUP BY p.user_id HAVING bool_or(p.held))
        SELECT v.viewer, v.wanted,
               ARRAY(SELECT i.item_key FROM mediaml.recommend_from($1, v.seen, 10, weights => v.weights) AS i ORDER BY i.rank),
               ARRAY(SELECT i.item_key FROM mediaml.recommend_from(b.model, v.seen, 10, weights => v.weights) AS i ORDER BY i.rank),
               CASE WHEN $2 IS NOT NULL THEN
                   ARRAY(SELECT i.item_key FROM mediaml.recommend_from($2, v.seen, 10, weights => v.weights) AS i ORDER BY i.rank) END
        FROM viewers AS v CROSS JOIN popular AS b$query$,
        plan.rows)
        USING model, old;
END
$body$;
COMMENT ON FUNCTION mediaml.training_listed(mediaml.training, bytea, bytea) IS
    'what a recommender lists for users of whom something was held out';

-- What each row, or each user, adds to metrics that are means, where there are no classes.
CREATE FUNCTION mediaml.training_losses(
    plan mediaml.training, model bytea, old bytea,
    OUT grp text, OUT cluster text, OUT metric text, OUT value float8, OUT baseline float8, OUT old_value float8)
    RETURNS SETOF record LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    CASE plan.task
    WHEN 'clustering' THEN
        RETURN QUERY
            WITH a AS (SELECT t.grp, t.cluster, t.d / nullif(avg(t.whole) OVER (PARTITION BY t.member), 0) AS d, t.i
                       FROM mediaml.training_clustered(plan, model) AS t),
                 b AS (SELECT t.d / nullif(avg(t.whole) OVER (PARTITION BY t.member), 0) AS d, t.i
                       FROM mediaml.training_clustered(plan, old) AS t WHERE old IS NOT NULL)
            SELECT a.grp, a.cluster, 'explained', 1 - a.d, 0::float8, 1 - b.d FROM a LEFT JOIN b USING (i);
    WHEN 'recommendation' THEN
        RETURN QUERY SELECT NULL::text, t.cluster, l.metric, l.value, l.baseline, l.old_value
            FROM mediaml.training_listed(plan, model, old) AS t CROSS JOIN LATERAL (VALUES
                ('ndcg', mediaml.ndcg_at_k(t.listed, t.wanted, 10), mediaml.ndcg_at_k(t.popular, t.wanted, 10),
                 mediaml.ndcg_at_k(t.old_listed, t.wanted, 10)),
                ('recall', mediaml.recall_at_k(t.listed, t.wanted, 10), mediaml.recall_at_k(t.popular, t.wanted, 10),
                 mediaml.recall_at_k(t.old_listed, t.wanted, 10)),
                ('precision', mediaml.precision_at_k(t.listed, t.wanted, 10), mediaml.precision_at_k(t.popular, t.wanted, 10),
                 mediaml.precision_at_k(t.old_listed, t.wanted, 10)),
                ('hit_rate', mediaml.hit_rate_at_k(t.listed, t.wanted, 10), mediaml.hit_rate_at_k(t.popular, t.wanted, 10),
                 mediaml.hit_rate_at_k(t.old_listed, t.wanted, 10))) AS l(metric, value, baseline, old_value);
    ELSE
        RETURN;
    END CASE;
END
$$;
COMMENT ON FUNCTION mediaml.training_losses(mediaml.training, bytea, bytea) IS
    'what each row that was held out adds to each metric that is a mean';

-- All scores; the metric that compares versions comes also as its gain over the
-- deployed one, above 0 where the new one is better.  Of fewer than ten clusters there
-- is no interval: it would be far too narrow.  What is held out is predicted once.  With
-- methods of calibration there are also the calibrators that all these rows teach, and
-- those of groups with a model of their own and enough rows: fewer say less of a group
-- than all rows do, least of all by isotonic.  The metrics of each method are of each
-- half of the rows by what the other half teaches.
CREATE FUNCTION mediaml.training_scores(
    plan mediaml.training, model bytea, old bytea, intervals boolean, methods text[],
    OUT scores mediaml.score[], OUT calibrators mediaml.taught[])
    RETURNS record LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    positive CONSTANT text := CASE plan.task WHEN 'classification' THEN mediaml.model_positive(model) END;
    compared CONSTANT boolean := plan.metric IN ('roc_auc', 'average_precision', 'precision', 'recall', 'f1');
    fewest CONSTANT bigint := coalesce((plan.options ->> 'min_group_rows')::bigint, 50);
    modelled CONSTANT text[] := CASE WHEN methods IS NOT NULL THEN mediaml.model_groups(model) END;
    options CONSTANT jsonb := CASE WHEN intervals THEN '{}' ELSE '{"resamples": 1}' END;
BEGIN
    IF plan.task = 'classification' AND positive IS NULL AND plan.metric NOT IN ('log_loss', 'accuracy') THEN
        PERFORM mediaml.training_refuse(format('metric %L is of two classes, and the target has %s', plan.metric,
            cardinality(mediaml.model_classes(model))), 'Compare versions by log_loss or accuracy.');
    END IF;
    WITH tested AS MATERIALIZED (
        SELECT t.*, t.y = positive AS yes, t.label = positive AS label_yes, t.old_label = positive AS old_yes,
               row_number() OVER () AS i, mediaml.hash_share('half of ' || coalesce(t.cluster, row_number() OVER ()::text), 0) < 0.5 AS half
        FROM mediaml.training_classified(plan, model, old) AS t WHERE plan.task = 'classification'),
    own AS MATERIALIZED (
        SELECT m.method, t.grp FROM unnest(methods) AS m(method) CROSS JOIN tested AS t WHERE t.grp = ANY (modelled)
        GROUP BY m.method, t.grp
        HAVING count(*) >= fewest * CASE m.method WHEN 'platt' THEN 2 ELSE 20 END AND count(DISTINCT (t.half, t.yes)) = 4),
    taught AS MATERIALIZED (    -- the group NULL: by all rows; half NULL: by both halves
        SELECT r.method, r.grp, r.half, mediaml.calibrator(r.yes, r.score, r.method) AS c
        FROM (SELECT m.method, NULL AS grp, t.yes, t.score, t.half FROM unnest(methods) AS m(method) CROSS JOIN tested AS t
              UNION ALL
              SELECT o.method, o.grp, t.yes, t.score, t.half FROM own AS o JOIN tested AS t ON t.grp = o.grp) AS r
        GROUP BY GROUPING SETS ((r.method, r.grp, r.half), (r.method, r.grp))),
    calibrated AS MATERIALIZED (
        SELECT t.*, '_' || h.method AS by, mediaml.calibrate(coalesce(o.c, h.c), t.score) AS chance
        FROM tested AS t JOIN taught AS h ON h.grp IS NULL AND h.half <> t.half
        LEFT JOIN taught AS o ON o.method = h.method AND o.half = h.half AND o.grp = t.grp),
    losses AS (
        SELECT t.grp, t.cluster, t.i, l.metric, l.value, l.baseline, l.old_value
        FROM tested AS t CROSS JOIN LATERAL (VALUES
            ('log_loss', -ln(greatest(t.p, 1e-15)), -ln(greatest(t.prior, 1e-15)), -ln(greatest(t.old_p, 1e-15))),
            ('accuracy', (t.label = t.y)::int, (t.major = t.y)::int, (t.old_label = t.y)::int),
            ('brier', greatest(1 - t.p, 1e-150) ^ 2, (1 - t.prior) ^ 2, greatest(1 - t.old_p, 1e-150) ^ 2)) AS l(metric, value, baseline, old_value)
        WHERE l.metric <> 'brier' OR positive IS NOT NULL
        UNION ALL
        SELECT c.grp, c.cluster, c.i, l.metric || c.by, l.value, NULL, NULL
        FROM calibrated AS c CROSS JOIN LATERAL (VALUES
            ('log_loss', -ln(greatest(CASE WHEN c.yes THEN c.chance ELSE 1 - c.chance END, 1e-15))),
            ('accuracy', ((c.chance >= 0.5) = c.yes)::int),
            ('brier', greatest(abs(c.chance - c.yes::int), 1e-150) ^ 2)) AS l(metric, value)
        UNION ALL
        SELECT o.grp, o.cluster, row_number() OVER (), o.metric, o.value, o.baseline, o.old_value
        FROM mediaml.training_losses(plan, model, old) AS o),
    parts AS (
        SELECT part, l.metric, avg(l.value) AS value, avg(l.baseline) AS baseline, count(*)::float8 AS n,
               avg(CASE WHEN mediaml.lower_is_better(l.metric) THEN l.old_value - l.value
                        ELSE l.value - l.old_value END) AS gain
        FROM losses AS l CROSS JOIN LATERAL mediaml.training_parts(plan, l.grp) AS part
        GROUP BY part, l.metric, l.cluster, CASE WHEN l.cluster IS NULL THEN l.i END),
    enough AS (
        SELECT p.part FROM parts AS p GROUP BY p.part HAVING count(*) >= 10 * count(DISTINCT p.metric)),
    means AS (
        SELECT p.part, p.metric, sum(p.value * p.n) / sum(p.n) AS value, sum(p.n)::bigint AS n,
               mediaml.bootstrap_weighted_mean(p.value, p.n) FILTER (WHERE intervals) AS e,
               sum(p.baseline * p.n) / sum(p.n) AS baseline,
               mediaml.bootstrap_weighted_mean(p.gain, p.n) FILTER (WHERE p.metric = plan.metric AND old IS NOT NULL) AS gain
        FROM parts AS p GROUP BY p.part, p.metric),
    ranked AS (
        SELECT part, '' AS by, avg(t.yes::int)::float8 AS share,
               mediaml.bootstrap_scores(t.yes, t.score, t.label_yes, t.cluster, options) AS e,
               mediaml.bootstrap_scores_gain(t.yes, t.score, t.label_yes, t.old_score, coalesce(t.old_yes, false), t.cluster)
                   FILTER (WHERE old IS NOT NULL AND compared) AS gain
        FROM tested AS t CROSS JOIN LATERAL mediaml.training_parts(plan, t.grp) AS part
        WHERE positive IS NOT NULL GROUP BY part
        UNION ALL
        SELECT part, c.by, NULL, mediaml.bootstrap_scores(c.yes, c.chance, c.chance >= 0.5, c.cluster, options), NULL
        FROM calibrated AS c CROSS JOIN LATERAL mediaml.training_parts(plan, c.grp) AS part GROUP BY part, c.by),
    worth(part, metric, value, ci_low, ci_high, n, baseline) AS (
        SELECT m.part, m.metric, m.value, (m.e).ci_low, (m.e).ci_high, m.n, m.baseline FROM means AS m
        UNION ALL
        SELECT m.part, m.metric || '_gain', (m.gain).value, (m.gain).ci_low, (m.gain).ci_high, m.n, NULL
        FROM means AS m WHERE (m.gain).n IS NOT NULL
        UNION ALL
        SELECT r.part, e.metric || r.by, e.value, CASE WHEN intervals THEN e.ci_low END, CASE WHEN intervals THEN e.ci_high END, e.n,
               CASE e.metric WHEN 'roc_auc' THEN 0.5 WHEN 'average_precision' THEN r.share END
        FROM ranked AS r CROSS JOIN LATERAL unnest(r.e) AS e WHERE r.by = '' OR e.metric IN ('precision', 'recall', 'f1')
        UNION ALL
        SELECT r.part, e.metric || '_gain', e.value, e.ci_low, e.ci_high, e.n, NULL
        FROM ranked AS r CROSS JOIN LATERAL unnest(r.gain) AS e WHERE e.metric = plan.metric
        UNION ALL
        SELECT a.* FROM mediaml.training_separation(plan, model) AS a WHERE plan.task = 'clustering' AND plan.group_by IS NULL
        UNION ALL
        SELECT part, 'f1_macro', mediaml.f1(t.y, t.label, 'macro'), NULL, NULL, count(*), mediaml.f1(t.y, t.major, 'macro')
        FROM tested AS t CROSS JOIN LATERAL mediaml.training_parts(plan, t.grp) AS part WHERE positive IS NULL GROUP BY part)
    SELECT ARRAY(SELECT ROW(w.part, w.metric, w.value, CASE WHEN e.part IS NOT NULL THEN w.ci_low END,
                            CASE WHEN e.part IS NOT NULL THEN w.ci_high END, w.n, w.baseline)::mediaml.score
                 FROM worth AS w LEFT JOIN enough AS e USING (part)),
           ARRAY(SELECT ROW(h.method, h.grp, h.c)::mediaml.taught FROM taught AS h WHERE h.half IS NULL)
        INTO scores, calibrators;
END
$$;
COMMENT ON FUNCTION mediaml.training_scores(mediaml.training, bytea, bytea, boolean, text[]) IS
    'what a model is worth on the rows that were held out';

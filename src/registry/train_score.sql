-- What a model is worth on the rows that were held out, beside a baseline and the
-- version that is deployed.

-- Which metrics are better when they are lower.
CREATE FUNCTION mediaml.lower_is_better(metric text)
    RETURNS boolean LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
    SELECT metric IN ('log_loss', 'brier', 'rmse', 'mae', 'mape', 'davies_bouldin')
$$;
COMMENT ON FUNCTION mediaml.lower_is_better(text) IS 'is less of a metric better?';

-- What each held-out row adds to each metric that is a mean: of the model, of the
-- baseline, and of the deployed version where there is one.  A cluster is of rows
-- that belong together: those of a viewer, where viewers were split.
CREATE FUNCTION mediaml.training_classified(
    plan mediaml.training, model bytea, old bytea,
    OUT grp text, OUT cluster text, OUT y text, OUT label text, OUT prior float8, OUT p float8, OUT old_p float8,
    OUT major text, OUT score float8)
    RETURNS SETOF record LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $body$
BEGIN
    PERFORM set_config('search_path', plan.path, true);
    RETURN QUERY EXECUTE pg_catalog.format($query$
        WITH rows AS MATERIALIZED (%s),
        priors AS (SELECT r.y::text AS y, (count(*) / sum(count(*)) OVER ())::float8 AS p
                   FROM rows AS r WHERE NOT r.held GROUP BY r.y),
        major AS (SELECT b.y FROM priors AS b ORDER BY b.p DESC, b.y LIMIT 1)
        SELECT r.grp, coalesce(CASE WHEN %L THEN r.place END, r.id, row_number() OVER ()::text),
               r.y::text, mediaml.predict_label_row($1, r.t), coalesce(b.p, 0),
               CASE WHEN r.y::text <> ALL ($3) THEN 0 WHEN r.y::text = $5 THEN z.score WHEN $5 IS NOT NULL THEN 1 - z.score
                    ELSE mediaml.predict_proba_row($1, r.t, r.y::text) END,
               CASE WHEN $2 IS NULL THEN NULL WHEN r.y::text = ANY ($4)
                   THEN mediaml.predict_proba_row($2, r.t, r.y::text) ELSE 0 END,
               m.y, z.score
        FROM rows AS r CROSS JOIN major AS m LEFT JOIN priors AS b ON b.y = r.y::text
        CROSS JOIN LATERAL (
            SELECT CASE WHEN $5 IS NOT NULL THEN mediaml.predict_proba_row($1, r.t, $5) END AS score OFFSET 0) AS z
        WHERE r.held$query$,
        plan.rows, plan.split = 'group')
        USING model, old, mediaml.model_classes(model), mediaml.model_classes(old), mediaml.model_positive(model);
END
$body$;
COMMENT ON FUNCTION mediaml.training_classified(mediaml.training, bytea, bytea) IS
    'what a classifier says of the rows that were held out';

CREATE FUNCTION mediaml.training_clustered(
    plan mediaml.training, model bytea,
    OUT grp text, OUT cluster text, OUT d float8, OUT whole float8)
    RETURNS SETOF record LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $body$
BEGIN
    PERFORM set_config('search_path', plan.path, true);
    RETURN QUERY EXECUTE pg_catalog.format($query$
        SELECT r.grp, coalesce(CASE WHEN %L THEN r.place END, r.id, row_number() OVER ()::text),
               mediaml.kmeans_distance($1, r.x) ^ 2,
               (SELECT sum((x.value - x.mean) ^ 2) FROM unnest(r.x, $2) AS x(value, mean))
        FROM (SELECT s.grp, s.id, s.place, mediaml.transform($1, s.t) AS x FROM (%s) AS s WHERE s.held) AS r$query$,
        plan.split = 'group', plan.rows)
        USING model, ARRAY(SELECT c.overall_mean FROM mediaml.centroids(model) AS c WHERE c.cluster = 0);
END
$body$;
COMMENT ON FUNCTION mediaml.training_clustered(mediaml.training, bytea) IS
    'how near the rows that were held out are to centroids, and to the mean of all';

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

-- What each row, or each user, adds to metrics that are means.
CREATE FUNCTION mediaml.training_losses(
    plan mediaml.training, model bytea, old bytea,
    OUT grp text, OUT cluster text, OUT metric text, OUT value float8, OUT baseline float8, OUT old_value float8)
    RETURNS SETOF record LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    CASE plan.task
    WHEN 'classification' THEN
        RETURN QUERY SELECT t.grp, t.cluster, l.metric, l.value::float8, l.baseline::float8, l.old_value::float8
            FROM mediaml.training_classified(plan, model, old) AS t CROSS JOIN LATERAL (VALUES
                ('log_loss', -ln(greatest(t.p, 1e-15)), -ln(greatest(t.prior, 1e-15)), -ln(greatest(t.old_p, 1e-15))),
                ('accuracy', (t.label = t.y)::int, (t.major = t.y)::int, NULL)) AS l(metric, value, baseline, old_value);
    WHEN 'clustering' THEN
        RETURN QUERY
            WITH a AS (SELECT t.grp, t.cluster, t.d / nullif(avg(t.whole) OVER (), 0) AS d, row_number() OVER () AS i
                       FROM mediaml.training_clustered(plan, model) AS t),
                 b AS (SELECT t.d / nullif(avg(t.whole) OVER (), 0) AS d, row_number() OVER () AS i
                       FROM mediaml.training_clustered(plan, old) AS t WHERE old IS NOT NULL)
            SELECT a.grp, a.cluster, 'explained', 1 - a.d, 0::float8, 1 - b.d FROM a LEFT JOIN b USING (i);
    ELSE
        RETURN QUERY SELECT ''::text, t.cluster, l.metric, l.value, l.baseline, l.old_value
            FROM mediaml.training_listed(plan, model, old) AS t CROSS JOIN LATERAL (VALUES
                ('ndcg', mediaml.ndcg_at_k(t.listed, t.wanted, 10), mediaml.ndcg_at_k(t.popular, t.wanted, 10),
                 mediaml.ndcg_at_k(t.old_listed, t.wanted, 10)),
                ('recall', mediaml.recall_at_k(t.listed, t.wanted, 10), mediaml.recall_at_k(t.popular, t.wanted, 10), NULL),
                ('precision', mediaml.precision_at_k(t.listed, t.wanted, 10), mediaml.precision_at_k(t.popular, t.wanted, 10), NULL),
                ('hit_rate', mediaml.hit_rate_at_k(t.listed, t.wanted, 10), mediaml.hit_rate_at_k(t.popular, t.wanted, 10), NULL)
            ) AS l(metric, value, baseline, old_value);
    END CASE;
END
$$;
COMMENT ON FUNCTION mediaml.training_losses(mediaml.training, bytea, bytea) IS
    'what each row that was held out adds to each metric that is a mean';

-- Metrics of two classes that are no means; baselines are those of a coin, of brier
-- the shares among rows of training.
CREATE FUNCTION mediaml.training_ranked(plan mediaml.training, model bytea)
    RETURNS SETOF mediaml.score LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    WITH tested AS MATERIALIZED (
        SELECT t.grp, t.y = c.positive AS y, t.label = c.positive AS label, t.score AS p, t.prior
        FROM mediaml.training_classified(plan, model, NULL) AS t
        CROSS JOIN (SELECT mediaml.model_positive(model) AS positive) AS c),
    parts AS (
        SELECT g.part, t.y, t.label, t.p, t.prior FROM tested AS t CROSS JOIN LATERAL
            (SELECT 'all' UNION ALL SELECT t.grp WHERE (plan).group_by IS NOT NULL AND t.grp IS NOT NULL) AS g(part)),
    worth AS (
        SELECT p.part, count(*) AS n, avg(p.y::int)::float8 AS share, mediaml.roc_auc(p.y, p.p) AS roc_auc,
               mediaml.average_precision(p.y, p.p) AS average_precision, mediaml.brier(p.y, p.p) AS brier, avg((1 - p.prior) ^ 2) AS brier_of_shares,
               mediaml.precision(p.y, p.label) AS precision, mediaml.recall(p.y, p.label) AS recall,
               mediaml.f1(p.y, p.label) AS f1
        FROM parts AS p GROUP BY p.part)
    SELECT w.part, m.metric, m.value, NULL::float8, NULL::float8, w.n, m.baseline
    FROM worth AS w CROSS JOIN LATERAL (VALUES
        ('roc_auc', w.roc_auc, 0.5), ('average_precision', w.average_precision, w.share),
        ('brier', w.brier, w.brier_of_shares), ('precision', w.precision, NULL), ('recall', w.recall, NULL),
        ('f1', w.f1, NULL)) AS m(metric, value, baseline)
$$;
COMMENT ON FUNCTION mediaml.training_ranked(mediaml.training, bytea) IS
    'what a classifier of two classes is worth by metrics that are no means';

-- All scores; the metric that compares versions comes also as its gain over the
-- deployed one, above 0 where the new one is better.  Of fewer than ten clusters
-- there is no interval: it would be far too narrow.
CREATE FUNCTION mediaml.training_scores(plan mediaml.training, model bytea, old bytea, intervals boolean DEFAULT true)
    RETURNS SETOF mediaml.score LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RETURN QUERY
        WITH parts AS (
            SELECT g.part, t.cluster, t.metric, avg(t.value) AS value, avg(t.baseline) AS baseline,
                   avg(CASE WHEN mediaml.lower_is_better(t.metric) THEN t.old_value - t.value
                            ELSE t.value - t.old_value END) AS gain, count(*)::float8 AS n
            FROM mediaml.training_losses(plan, model, old) AS t CROSS JOIN LATERAL
                (SELECT 'all' UNION ALL SELECT t.grp WHERE plan.group_by IS NOT NULL AND t.grp IS NOT NULL) AS g(part)
            GROUP BY g.part, t.cluster, t.metric),
        means AS (
            SELECT p.part, p.metric, sum(p.value * p.n) / sum(p.n) AS value, sum(p.n)::bigint AS n, count(*) >= 10 AS enough,
                   mediaml.bootstrap_weighted_mean(p.value, p.n) FILTER (WHERE intervals) AS e,
                   sum(p.baseline * p.n) / sum(p.n) AS baseline, mediaml.bootstrap_weighted_mean(p.gain, p.n) AS gain
            FROM parts AS p GROUP BY p.part, p.metric)
        SELECT m.part, m.metric, m.value, CASE WHEN m.enough THEN (m.e).ci_low END, CASE WHEN m.enough THEN (m.e).ci_high END,
               m.n, m.baseline FROM means AS m
        UNION ALL
        SELECT m.part, m.metric || '_gain', (m.gain).value, CASE WHEN m.enough THEN (m.gain).ci_low END,
               CASE WHEN m.enough THEN (m.gain).ci_high END, m.n, NULL
        FROM means AS m WHERE m.metric = plan.metric AND old IS NOT NULL;
    IF plan.task = 'classification' AND mediaml.model_positive(model) IS NOT NULL THEN
        RETURN QUERY SELECT * FROM mediaml.training_ranked(plan, model);
    END IF;
END
$$;
COMMENT ON FUNCTION mediaml.training_scores(mediaml.training, bytea, bytea, boolean) IS
    'what a model is worth on the rows that were held out';

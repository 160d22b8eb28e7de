-- How good a recommender is, on events that it has not seen.

-- Which events are hidden, as a condition on e: of each pair of user and item
-- one in five by a hash, always the same ones; or the latest fifth by time.
CREATE FUNCTION mediaml.recommender_hidden(recommender mediaml.recommenders, split text, events text)
    RETURNS text LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    cut float8;
BEGIN
    IF split = 'hash' THEN
        RETURN '(''x'' || substr(md5(e.user_id::text || '':'' || e.item_id::text), 1, 8))::bit(32)::bigint % 5 = 0';
    END IF;
    IF split <> 'time' THEN
        RAISE EXCEPTION USING
            ERRCODE = 'invalid_parameter_value',
            MESSAGE = format('unknown split "%s"', split),
            HINT = 'It is time or hash.';
    END IF;
    IF recommender.time_column IS NULL THEN
        RAISE EXCEPTION USING
            ERRCODE = 'invalid_parameter_value',
            MESSAGE = format('recommender "%s" has no time column to split by', recommender.name),
            HINT = 'Split by hash.';
    END IF;
    EXECUTE format('SELECT percentile_disc(0.8) WITHIN GROUP (ORDER BY e.seconds) FROM (%s) AS e', events)
        INTO cut;
    RETURN format('e.seconds > %L::float8', coalesce(cut, 0));
END
$$;
COMMENT ON FUNCTION mediaml.recommender_hidden(mediaml.recommenders, text, text) IS
    'which events evaluate_recommender hides';

CREATE FUNCTION mediaml.evaluate_recommender(
    name text, k bigint DEFAULT 10, split text DEFAULT NULL, by text DEFAULT NULL,
    OUT "group" text, OUT metric text, OUT value float8, OUT ci_low float8, OUT ci_high float8,
    OUT users bigint)
    RETURNS SETOF record LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $body$
#variable_conflict use_column
DECLARE
    r mediaml.recommenders;
    events text;
    hidden text;
    model bytea;
BEGIN
    SELECT * INTO r FROM mediaml.recommenders AS s WHERE s.name = evaluate_recommender.name;
    IF NOT FOUND THEN
        PERFORM mediaml.recommender_missing(evaluate_recommender.name);
    END IF;
    IF k IS NULL OR k < 1 THEN
        PERFORM mediaml.training_refuse(format('k must be at least 1, not %s', coalesce(k::text, 'null')));
    END IF;
    IF r.method = 'given' THEN
        RAISE EXCEPTION USING
            ERRCODE = 'invalid_parameter_value',
            MESSAGE = format('recommender "%s" has a model that was given', r.name),
            DETAIL = 'It may have been trained on the events that it would be asked for.',
            HINT = 'Create it by its method, or compare what it recommends by ndcg_at_k() and its kin.';
    END IF;
    IF by <> 'history' AND NOT EXISTS (SELECT FROM pg_attribute AS a
            WHERE a.attrelid = r.events AND a.attname = by AND a.attnum > 0 AND NOT a.attisdropped) THEN
        RAISE EXCEPTION USING
            ERRCODE = 'undefined_column',
            MESSAGE = format('%s has no column "%s"', r.events, by),
            HINT = 'by is a column of the events, or "history": how many items a user has seen.';
    END IF;
    events := mediaml.recommender_query(r, false);
    hidden := mediaml.recommender_hidden(r, coalesce(split, CASE WHEN r.time_column IS NULL THEN 'hash' ELSE 'time' END),
                                         events);
    model := mediaml.recommender_train(r, format('SELECT * FROM (%s) AS e WHERE NOT (%s)', events, hidden));
    RETURN QUERY EXECUTE format($query$
        WITH pairs AS MATERIALIZED (
            SELECT e.user_id, e.item_id, sum(e.weight) FILTER (WHERE NOT (%2$s)) AS weight, bool_and(%2$s) AS hidden
            FROM (%1$s) AS e
            WHERE e.user_id IS NOT NULL AND e.item_id IS NOT NULL AND e.weight IS NOT NULL
            GROUP BY e.user_id, e.item_id),
        viewers AS (
            SELECT user_id,
                   array_agg(item_id ORDER BY item_id) FILTER (WHERE NOT hidden) AS seen,
                   array_agg(weight ORDER BY item_id) FILTER (WHERE NOT hidden) AS weights,
                   array_agg(item_id::text) FILTER (WHERE hidden) AS wanted
            FROM pairs GROUP BY user_id HAVING bool_or(hidden)),
        lists AS MATERIALIZED (
            SELECT v.user_id, %3$s AS part, v.wanted,
                   ARRAY(SELECT i.item_key
                         FROM mediaml.recommend_from($1, v.seen, $2, weights => v.weights) AS i
                         ORDER BY i.rank) AS listed
            FROM viewers AS v %4$s),
        parts AS (
            SELECT l.*, g.part AS of
            FROM lists AS l CROSS JOIN LATERAL (SELECT 'all' UNION SELECT l.part WHERE l.part IS NOT NULL) AS g(part)),
        worth AS (
            SELECT p.of, m.place, m.metric, m.value
            FROM parts AS p CROSS JOIN LATERAL (VALUES
                (1, 'precision', mediaml.precision_at_k(p.listed, p.wanted, $2)),
                (2, 'recall', mediaml.recall_at_k(p.listed, p.wanted, $2)),
                (3, 'ndcg', mediaml.ndcg_at_k(p.listed, p.wanted, $2)),
                (4, 'average_precision', mediaml.average_precision_at_k(p.listed, p.wanted, $2)),
                (5, 'hit_rate', mediaml.hit_rate_at_k(p.listed, p.wanted, $2)),
                (6, 'reciprocal_rank', mediaml.reciprocal_rank(p.listed, p.wanted, $2))
            ) AS m(place, metric, value)),
        known AS (
            SELECT item_id::text AS item, count(*) AS viewers FROM pairs WHERE NOT hidden GROUP BY item_id),
        everybody AS (
            SELECT count(DISTINCT user_id) AS users, count(DISTINCT item_id) AS items FROM pairs WHERE NOT hidden),
        answer AS (
            SELECT of, place, metric, mediaml.bootstrap_mean(value ORDER BY value) AS b
            FROM worth GROUP BY of, place, metric
            UNION ALL
            SELECT p.of, 7, 'coverage',
                   ROW(mediaml.catalogue_coverage(i.item, any_of.items), NULL, NULL, count(DISTINCT p.user_id))::mediaml.estimate
            FROM parts AS p CROSS JOIN everybody AS any_of CROSS JOIN LATERAL unnest(p.listed) AS i(item)
            GROUP BY p.of
            UNION ALL
            SELECT p.of, 8, 'novelty',
                   ROW(mediaml.novelty(coalesce(f.viewers, 0), any_of.users), NULL, NULL, count(DISTINCT p.user_id))::mediaml.estimate
            FROM parts AS p CROSS JOIN everybody AS any_of CROSS JOIN LATERAL unnest(p.listed) AS i(item)
            LEFT JOIN known AS f ON f.item = i.item
            GROUP BY p.of)
        SELECT of, metric, (b).value, (b).ci_low, (b).ci_high, (b).n
        FROM answer ORDER BY of <> 'all', of, place$query$,
        events, hidden,
        CASE WHEN by IS NULL THEN 'NULL::text'
             WHEN by = 'history' THEN $$CASE WHEN v.seen IS NULL THEN 'nothing seen'
                 WHEN cardinality(v.seen) < 5 THEN '1 to 4 seen' WHEN cardinality(v.seen) < 20 THEN '5 to 19 seen'
                 WHEN cardinality(v.seen) < 100 THEN '20 to 99 seen' ELSE '100 or more seen' END$$
             ELSE 'q.part' END,
        CASE WHEN by IS NULL OR by = 'history' THEN ''
             ELSE format('LEFT JOIN (SELECT e.%I::text AS user_id, min(e.%I::text) AS part FROM %s AS e GROUP BY 1) AS q '
                         'ON q.user_id = v.user_id::text', r.user_column, by, r.events) END)
        USING model, k;
END
$body$;
COMMENT ON FUNCTION mediaml.evaluate_recommender(text, bigint, text, text) IS
    'train a recommender again on a part of its events, and say how well it finds the rest, with intervals';

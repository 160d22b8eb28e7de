-- What is to be trained: checked once, and written down as queries.

-- Algorithms that train() knows, in one place. fit is the call of an aggregate:
-- y is the target and x the features of a row.
CREATE FUNCTION mediaml.algorithms(OUT algorithm text, OUT task text, OUT fit text, OUT metric text)
    RETURNS SETOF record LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
    VALUES
        ('logistic_regression', 'classification', 'mediaml.logistic_regression(y, x, options)', 'log_loss'),
        ('kmeans', 'clustering', 'mediaml.kmeans(x, (options ->> ''k''::text)::bigint, options - ''k''::text)', 'explained'),
        ('popularity', 'recommendation', 'mediaml.popularity(user_id, item_id, weight, options)', 'ndcg'),
        ('item_knn', 'recommendation', 'mediaml.item_knn(user_id, item_id, weight, options)', 'ndcg'),
        ('ease', 'recommendation', 'mediaml.ease(user_id, item_id, weight, options)', 'ndcg'),
        ('als', 'recommendation', 'mediaml.als(user_id, item_id, weight, options)', 'ndcg'),
        ('rating_als', 'recommendation', 'mediaml.rating_als(user_id, item_id, weight, options)', 'ndcg');
END;
COMMENT ON FUNCTION mediaml.algorithms() IS
    'what train() can train: by which call, and which metric compares versions';

CREATE FUNCTION mediaml.training_query(query text, OUT query text, OUT columns name[], OUT types regtype[])
    AS 'MODULE_PATHNAME', 'mml_training_query'
    LANGUAGE C VOLATILE STRICT PARALLEL UNSAFE;
COMMENT ON FUNCTION mediaml.training_query(text) IS
    'demand that a text is one SELECT that only reads, or names a relation; its columns';

CREATE FUNCTION mediaml.training_refuse(message text, hint text DEFAULT NULL)
    RETURNS void LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF hint IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value', MESSAGE = message;
    END IF;
    RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value', MESSAGE = message, HINT = hint;
END
$$;
COMMENT ON FUNCTION mediaml.training_refuse(text, text) IS 'complain of an argument of train()';

-- The metric that compares versions: the one that is wanted, or that of the algorithm.
CREATE FUNCTION mediaml.training_metric(task text, by_default text, wanted text)
    RETURNS text LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    metrics CONSTANT text[] := CASE task
        WHEN 'classification' THEN '{log_loss,accuracy,brier,roc_auc,average_precision,f1,precision,recall}'
        WHEN 'clustering' THEN '{explained}'
        ELSE '{ndcg,recall,precision,hit_rate}' END;
BEGIN
    IF wanted <> ALL (metrics) THEN
        PERFORM mediaml.training_refuse(format('unknown metric %L', wanted),
            format('Versions are compared by %s.', array_to_string(metrics, ', ')));
    END IF;
    RETURN coalesce(wanted, by_default);
END
$$;
COMMENT ON FUNCTION mediaml.training_metric(text, text, text) IS 'the metric by which train() compares versions';

-- A column of the query, quoted, as a text; an error where there is none.
CREATE FUNCTION mediaml.training_column(columns name[], wanted name, argument text)
    RETURNS text LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF wanted IS NULL THEN
        PERFORM mediaml.training_refuse(format('%s must not contain nulls', argument));
    ELSIF wanted <> ALL (columns) THEN
        PERFORM mediaml.training_refuse(
            format('%s names column "%s", which the query does not return', argument, wanted),
            format('Its columns are %s.', (SELECT string_agg(quote_ident(c), ', ') FROM unnest(columns) AS c)));
    ELSIF cardinality(array_positions(columns, wanted)) > 1 THEN
        PERFORM mediaml.training_refuse(
            format('%s names column "%s", which the query returns more than once', argument, wanted));
    END IF;
    RETURN format('q.%I', wanted);
END
$$;
COMMENT ON FUNCTION mediaml.training_column(name[], name, text) IS 'a column that an argument of train() names';

-- Which rows of r, which have y, key (from 0 up to 1, by a hash) and place (a time),
-- are held out: a share of them, or of so many folds one (from 0).  Rows of one key
-- are on one side, so that it is the same rows in every pass.  It is read under
-- the caller's search_path: operands have the very types of an operator of
-- pg_catalog, or one of another schema could fit better.
CREATE FUNCTION mediaml.training_held(split text, test_size float8, fold integer DEFAULT NULL, folds integer DEFAULT NULL)
    RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
    SELECT CASE
        WHEN split = 'none' THEN 'false'
        WHEN split = 'time' AND folds IS NULL THEN format(
            'coalesce(place > (SELECT percentile_disc(%L::float8) WITHIN GROUP (ORDER BY place) FROM r), false)', 1 - test_size)
        WHEN split = 'time' THEN format(    -- each fold is judged by what was before it; what comes behind it is in neither
            'CASE WHEN place > (SELECT percentile_disc(%2$L::float8) WITHIN GROUP (ORDER BY place) FROM r) THEN NULL '
            'ELSE coalesce(place > (SELECT percentile_disc(%1$L::float8) WITHIN GROUP (ORDER BY place) FROM r), false) END',
            (fold + 1) / (folds + 1)::float8, (fold + 2) / (folds + 1)::float8)
        WHEN split = 'stratified' AND folds IS NULL THEN format(
            'rank() OVER (PARTITION BY y ORDER BY key) <= round(%L::float8 * (count(*) OVER (PARTITION BY y))::float8)::bigint', test_size)
        WHEN split = 'stratified' THEN format(
            '(rank() OVER (PARTITION BY y ORDER BY key) - 1) * %s / count(*) OVER (PARTITION BY y) = %s', folds, fold)
        WHEN folds IS NULL THEN format('key < %L::float8', test_size)
        ELSE format('mod(floor(key * 16777216::float8)::bigint, %s::bigint) = %s::bigint', folds, fold)    -- whatever share of keys is held out
    END
$$;
COMMENT ON FUNCTION mediaml.training_held(text, float8, integer, integer) IS
    'which rows train() and cross_validate() hold out, as an expression';

-- The plan with its query of rows, for a share held out or a fold.
CREATE FUNCTION mediaml.training_with(plan mediaml.training, fold integer DEFAULT NULL, folds integer DEFAULT NULL)
    RETURNS mediaml.training LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    plan.rows := format('%s SELECT %s, %s AS held FROM r', plan.source, plan.columns,
                        mediaml.training_held(plan.split, plan.test_size, fold, folds));
    RETURN plan;
END
$$;
COMMENT ON FUNCTION mediaml.training_with(mediaml.training, integer, integer) IS
    'a plan with the query of its rows';

-- The plan of the rows that train() does not hold out: options that these rows choose
-- can be judged by the others.
CREATE FUNCTION mediaml.training_choosing(plan mediaml.training)
    RETURNS mediaml.training LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    plan.source := format('WITH r AS (SELECT w.* FROM (%s SELECT r.*, %s AS apart FROM r) AS w WHERE NOT w.apart)',
                          plan.source, mediaml.training_held(plan.split, plan.test_size));
    RETURN mediaml.training_with(plan);
END
$$;
COMMENT ON FUNCTION mediaml.training_choosing(mediaml.training) IS
    'a plan without the rows that it holds out';

-- The key of a row: of what tells it apart, a number from 0 up to 1 that never changes.
-- All in it is strict and immutable, so that the planner writes it into the query.
CREATE FUNCTION mediaml.hash_share(key text, seed bigint)
    RETURNS float8 LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN ('x' || pg_catalog.substr(pg_catalog.md5(seed::text || ':' || key), 1, 8))::bit(32)::bigint::float8 / 4294967296::float8;
COMMENT ON FUNCTION mediaml.hash_share(text, bigint) IS
    'a number from 0 up to 1 by a hash of a text, always the same';

-- Checks the arguments of train(), and writes its queries.
CREATE FUNCTION mediaml.training_plan(
    path text, name text, algorithm text, query text, target name, id name, exclude name[], options jsonb,
    split text, split_column name, test_size float8, group_by name)
    RETURNS mediaml.training LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_variable
DECLARE
    plan mediaml.training;
    columns name[];
    types regtype[];
    kind text;
    y text := 'NULL::text';
    place text := 'NULL::float8';
    row_key text;
    grp text;
BEGIN
    SELECT a.algorithm, a.task, a.fit, a.metric INTO plan.algorithm, plan.task, plan.fit, plan.metric
        FROM mediaml.algorithms() AS a WHERE a.algorithm = training_plan.algorithm;
    IF plan.algorithm IS NULL THEN
        PERFORM mediaml.training_refuse(
            format('unknown algorithm %s', coalesce(quote_literal(algorithm), 'null')),
            format('Algorithms are %s.', (SELECT string_agg(a.algorithm, ', ') FROM mediaml.algorithms() AS a)));
    ELSIF query IS NULL THEN
        PERFORM mediaml.training_refuse('query must not be null');
    ELSIF jsonb_typeof(options) <> 'object' THEN
        PERFORM mediaml.training_refuse(format('options must be an object, not %s', jsonb_typeof(options)));
    ELSIF test_size IS NULL OR NOT (test_size > 0 AND test_size < 1) THEN
        PERFORM mediaml.training_refuse(
            format('test_size must be above 0 and below 1, not %s', coalesce(test_size::text, 'null')),
            'To hold out nothing say split => ''none''.');
    ELSIF (target IS NULL) <> (plan.task = 'clustering') THEN
        PERFORM mediaml.training_refuse(CASE WHEN target IS NULL
            THEN format('%s needs a target', algorithm)
            ELSE format('%s has no target', algorithm) END);
    ELSIF algorithm = 'kmeans' AND (options ? 'k') IS NOT TRUE THEN
        PERFORM mediaml.training_refuse('kmeans needs the option k, the number of clusters', 'For instance options => ''{"k": 5}''.');
    END IF;
    PERFORM set_config('search_path', path, true);
    SELECT q.query, q.columns, q.types INTO query, columns, types FROM mediaml.training_query(query) AS q;
    PERFORM pg_catalog.set_config('search_path', 'pg_catalog, pg_temp', true);
    plan.path := path;
    plan.name := mediaml.model_name(name);
    plan.returns := columns;
    plan.target := target;
    plan.id := id;
    plan.exclude := exclude;
    plan.options := coalesce(options, '{}');
    plan.metric := mediaml.training_metric(plan.task, plan.metric, options ->> 'metric');
    plan.split_column := split_column;
    plan.test_size := test_size;
    plan.group_by := group_by;
    IF plan.task = 'recommendation' AND group_by IS NOT NULL THEN
        PERFORM mediaml.training_refuse(format('%s cannot be trained by groups here', algorithm),
            'Train by GROUP BY, and register() each model.');
    ELSIF group_by = target THEN
        PERFORM mediaml.training_refuse(format('group_by names the target "%s"', target),
            'All rows of a group would be of one class.');
    END IF;
    IF target IS NOT NULL THEN
        y := mediaml.training_column(columns, target, 'target');
        kind := types[array_position(columns, target)]::text;
        y := y || CASE WHEN kind = 'boolean' THEN '' WHEN kind IN ('smallint', 'integer', 'bigint') THEN '::bigint'
                       ELSE '::text' END;
    END IF;
    row_key := CASE WHEN id IS NULL THEN '(q.*)::text'
                    ELSE format('coalesce(%s::text, (q.*)::text)', mediaml.training_column(columns, id, 'id')) END;
    PERFORM mediaml.training_column(columns, e, 'exclude') FROM unnest(exclude) AS e;
    IF split_column IS NOT NULL THEN
        place := mediaml.training_column(columns, split_column, 'split_column');
        kind := types[array_position(columns, split_column)]::text;
    END IF;
    grp := CASE WHEN group_by IS NULL THEN '''''::text'
                ELSE format('mediaml.group_key(%s)', mediaml.training_column(columns, group_by, 'group_by')) END;
    plan.split := mediaml.training_split(plan, split, kind);
    IF plan.split = 'group' THEN
        row_key := format('coalesce(%s::text, %s)', place, row_key);
    END IF;
    IF plan.task = 'recommendation' THEN
        plan.source := mediaml.training_events(plan, query, columns, y, place);
        plan.columns := 'user_id, item_id, weight';
        RETURN mediaml.training_with(plan);
    END IF;
    plan.source := format(      -- q.* as q could be a column
        'WITH r AS (SELECT (q.*)::record AS t, %s AS y, mediaml.hash_share(%s, %L) AS key, %s AS place, %s AS grp, %s AS id'
        ' FROM (%s' || E'\n' || ') AS q%s)',
        y, row_key, coalesce((plan.options ->> 'split_seed')::bigint, 0), place, grp,
        CASE WHEN id IS NULL THEN 'NULL::text' ELSE format('q.%I::text', id) END, query,
        CASE WHEN target IS NULL THEN '' ELSE format(' WHERE q.%I IS NOT NULL', target) END);
    plan.columns := 't, y, key, grp, id, place::text AS place';
    RETURN mediaml.training_with(plan);
END
$$;
COMMENT ON FUNCTION mediaml.training_plan(
    text, text, text, text, name, name, name[], jsonb, text, name, float8, name) IS
    'check what train() is asked for, and write its queries';

-- The query of events: users, items and weights.
CREATE FUNCTION mediaml.training_events(
    plan mediaml.training, query text, columns name[], item text, place text)
    RETURNS text LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    weight CONSTANT name := coalesce(plan.options ->> 'weight', CASE WHEN 'weight' = ANY (columns) THEN 'weight' END);
BEGIN
    IF plan.id IS NULL THEN
        PERFORM mediaml.training_refuse(format('%s needs id, the column of users', plan.algorithm));
    END IF;
    RETURN format(
        'WITH r AS (SELECT q.%1$I AS user_id, %2$s AS item_id, %3$s AS weight, %4$s AS place,'
        ' mediaml.hash_share(pg_catalog.concat(q.%1$I, '':'', %2$s), %5$L) AS key FROM (%6$s' || E'\n' || ') AS q'
        ' WHERE q.%1$I IS NOT NULL AND %2$s IS NOT NULL AND %3$s IS NOT NULL)',
        plan.id, item,
        CASE WHEN weight IS NULL THEN '1::float8'
             ELSE mediaml.training_column(columns, weight, 'weight') || '::float8' END,
        place, coalesce((plan.options ->> 'split_seed')::bigint, 0), query);
END
$$;
COMMENT ON FUNCTION mediaml.training_events(mediaml.training, text, name[], text, text) IS
    'the query of the events that train() trains a recommender on';

-- How rows are split, by default by what there is.
CREATE FUNCTION mediaml.training_split(plan mediaml.training, split text, place_type text)
    RETURNS text LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    is_time CONSTANT boolean := place_type IN ('date', 'timestamp without time zone', 'timestamp with time zone');
BEGIN
    split := coalesce(split, CASE
        WHEN is_time THEN 'time'
        WHEN plan.split_column IS NOT NULL THEN 'group'
        WHEN plan.task = 'classification' THEN 'stratified'
        ELSE 'hash' END);
    IF split NOT IN ('time', 'group', 'hash', 'stratified', 'none') THEN
        PERFORM mediaml.training_refuse(format('unknown split %L', split),
            'It is time, group, hash, stratified or none.');
    ELSIF split IN ('time', 'group') AND plan.split_column IS NULL THEN
        PERFORM mediaml.training_refuse(format('split %L needs split_column', split));
    ELSIF split IN ('hash', 'stratified', 'none') AND plan.split_column IS NOT NULL THEN
        PERFORM mediaml.training_refuse(format('split %L takes no split_column', split));
    ELSIF split = 'stratified' AND plan.task <> 'classification' THEN
        PERFORM mediaml.training_refuse(format('split "stratified" needs classes, which %s has none of', plan.algorithm));
    ELSIF split = 'group' AND plan.task = 'recommendation' THEN
        PERFORM mediaml.training_refuse('a recommender cannot be judged on users of whom nothing is known',
            'Split by time or by hash.');
    END IF;
    RETURN split;
END
$$;
COMMENT ON FUNCTION mediaml.training_split(mediaml.training, text, text) IS 'how train() splits rows';

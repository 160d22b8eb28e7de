-- Options compared on rows that each model has not seen.

CREATE FUNCTION mediaml.training_validated(
    path text, algorithm text, query text, target name, id name,
    exclude name[], options jsonb, split text,
    split_column name, folds bigint, choosing boolean,
    OUT fold integer, OUT metric text, OUT value float8, OUT baseline float8, OUT n bigint)
    RETURNS SETOF record LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
    SET datestyle = 'ISO' SET intervalstyle = postgres SET extra_float_digits = 1 SET bytea_output = hex AS $$
#variable_conflict use_variable
DECLARE
    plan mediaml.training;
BEGIN
    IF folds IS NULL OR folds NOT BETWEEN 2 AND 100 THEN
        PERFORM mediaml.training_refuse(
            format('folds must be from 2 to 100, not %s', coalesce(folds::text, 'null')));
    ELSIF split = 'none' THEN
        PERFORM mediaml.training_refuse('cross-validation needs rows that are held out');
    END IF;
    plan := mediaml.training_plan(path, '-', algorithm, query, target, id, exclude, options, split, split_column, 0.2, NULL);
    IF choosing THEN
        plan := mediaml.training_choosing(plan);
    END IF;
    RETURN QUERY SELECT f.fold, f.metric, f.value, f.baseline, f.n FROM mediaml.training_folds(plan, folds::integer) AS f;
END
$$;
COMMENT ON FUNCTION mediaml.training_validated(
    text, text, text, name, name, name[], jsonb, text, name, bigint, boolean) IS
    'cross_validate(), its query under a search_path; when options are chosen, of rows that train() does not hold out';

CREATE FUNCTION mediaml.cross_validate(
    algorithm text, query text, target name DEFAULT NULL, id name DEFAULT NULL,
    exclude name[] DEFAULT NULL, options jsonb DEFAULT NULL, split text DEFAULT NULL,
    split_column name DEFAULT NULL, folds bigint DEFAULT 5,
    OUT fold integer, OUT metric text, OUT value float8, OUT baseline float8, OUT n bigint)
    RETURNS SETOF record LANGUAGE sql
BEGIN ATOMIC
    SELECT * FROM mediaml.training_validated(pg_catalog.current_setting('search_path'), $1, $2, $3, $4, $5, $6, $7, $8, $9, false);
END;
COMMENT ON FUNCTION mediaml.cross_validate(
    text, text, name, name, name[], jsonb, text, name, bigint) IS
    'what an algorithm is worth on each of several parts of a query, trained on the others; fold NULL is the mean';

-- In one snapshot.
CREATE FUNCTION mediaml.training_folds(
    plan mediaml.training, folds integer,
    OUT fold integer, OUT metric text, OUT value float8, OUT baseline float8, OUT n bigint)
    RETURNS SETOF record LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp SET jit = off AS $$
#variable_conflict use_variable
DECLARE
    part mediaml.training;
    scores mediaml.score[];
    folded integer[];
    these mediaml.score[];
    model bytea;
BEGIN
    FOR i IN 0 .. folds - 1 LOOP
        part := mediaml.training_with(plan, i, folds);
        model := CASE WHEN i = 0 THEN mediaml.training_fit(part, 'NOT s.held')
                      ELSE mediaml.training_fit_quietly(part, 'NOT s.held') END;
        these := (mediaml.training_scores(part, model, NULL, false, NULL)).scores;
        scores := scores || these;
        folded := folded || pg_catalog.array_fill(i + 1, ARRAY[pg_catalog.cardinality(these)]);
    END LOOP;
    RETURN QUERY
        SELECT s.fold, s.metric, s.value, s.baseline, s.n
        FROM ROWS FROM (pg_catalog.unnest(folded), pg_catalog.unnest(scores))
            AS s(fold, part, metric, value, ci_low, ci_high, n, baseline)
        UNION ALL
        SELECT NULL, s.metric, pg_catalog.avg(s.value), pg_catalog.avg(s.baseline), pg_catalog.sum(s.n)::bigint
        FROM pg_catalog.unnest(scores) AS s GROUP BY s.metric;
END
$$;
COMMENT ON FUNCTION mediaml.training_folds(mediaml.training, integer) IS
    'fit and judge each fold of cross_validate()';

-- Every combination of the values that a grid lists, or so many of them drawn.
CREATE FUNCTION mediaml.grid_options(grid jsonb, tries bigint DEFAULT NULL, seed bigint DEFAULT 0)
    RETURNS SETOF jsonb LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    made jsonb[] := ARRAY['{}'::jsonb];
    option record;
BEGIN
    IF jsonb_typeof(grid) IS DISTINCT FROM 'object' OR grid = '{}' THEN
        PERFORM mediaml.training_refuse('grid must be an object of arrays',
            'For instance {"l2": [0, 0.1, 1, 10]}.');
    END IF;
    IF tries < 1 THEN
        PERFORM mediaml.training_refuse(format('tries must be at least 1, not %s', tries));
    END IF;
    FOR option IN SELECT e.key, e.value FROM jsonb_each(grid) AS e LOOP
        IF jsonb_typeof(option.value) <> 'array' OR option.value = '[]' THEN
            PERFORM mediaml.training_refuse(format('option "%s" of grid must be an array of values', option.key));
        ELSIF cardinality(made)::bigint * jsonb_array_length(option.value) > 10000 THEN
            PERFORM mediaml.training_refuse('grid has more than 10000 combinations');
        END IF;
        made := ARRAY(SELECT m || jsonb_build_object(option.key, v)
                      FROM unnest(made) WITH ORDINALITY AS m(m, i),
                           (SELECT e.v, min(e.j) AS j FROM jsonb_array_elements(option.value) WITH ORDINALITY AS e(v, j)
                            GROUP BY e.v) AS v
                      ORDER BY i, j);
    END LOOP;
    RETURN QUERY SELECT m FROM unnest(made) AS m
        ORDER BY CASE WHEN tries IS NOT NULL THEN mediaml.hash_share(m::text, seed) END LIMIT tries;
END
$$;
COMMENT ON FUNCTION mediaml.grid_options(jsonb, bigint, bigint) IS
    'the combinations of options that search() tries';

CREATE TYPE mediaml.trial AS (options jsonb, metric text, value float8, chosen boolean, version integer);
COMMENT ON TYPE mediaml.trial IS 'options that search() has tried, and what they are worth; the version that was trained with the best';

-- Without notices: the training with the best options, which comes last, has its own.
CREATE FUNCTION mediaml.training_worth(
    path text, algorithm text, query text, target name, id name,
    exclude name[], options jsonb, split text,
    split_column name, folds bigint, measure text)
    RETURNS float8 LANGUAGE sql SET search_path = pg_catalog, pg_temp SET client_min_messages = warning AS $$
    SELECT c.value FROM mediaml.training_validated($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, true) AS c
    WHERE c.fold IS NULL AND c.metric = $11
$$;
COMMENT ON FUNCTION mediaml.training_worth(
    text, text, text, name, name, name[], jsonb, text, name, bigint, text) IS
    'what options are worth to search(): the mean of a metric over the folds';

CREATE FUNCTION mediaml.training_searched(
    path text, name text, algorithm text, query text, grid jsonb, target name, id name,
    exclude name[], options jsonb, split text,
    split_column name, folds bigint, tries bigint, seed bigint,
    deploy text)
    RETURNS SETOF mediaml.trial LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_variable
DECLARE
    measure CONSTANT text := (SELECT coalesce(options ->> 'metric', a.metric)
                              FROM mediaml.algorithms() AS a WHERE a.algorithm = training_searched.algorithm);
    tried CONSTANT jsonb[] := ARRAY(SELECT mediaml.grid_options(grid, tries, seed));
    worth float8[];
    best integer;
    made integer;
BEGIN
    options := coalesce(options, '{}');
    IF grid ? 'metric' THEN
        PERFORM mediaml.training_refuse('grid must not have "metric", which tells the best options',
            'Say options => ''{"metric": …}''.');
    END IF;
    FOR i IN 1 .. cardinality(tried) LOOP
        worth[i] := mediaml.training_worth(path, algorithm, query, target, id, exclude,
                                           options || tried[i], split, split_column, folds, measure);
    END LOOP;
    SELECT w.i INTO best FROM unnest(worth) WITH ORDINALITY AS w(value, i)
        ORDER BY CASE WHEN mediaml.lower_is_better(measure) THEN w.value ELSE -w.value END, w.i LIMIT 1;
    SELECT t.version INTO made FROM mediaml.training_whole(path, name, algorithm, query, target, id, exclude,
        options || tried[best], split, split_column, 0.2, NULL, deploy, true) AS t LIMIT 1;
    RETURN QUERY SELECT w.options, measure, w.value, w.i = best, CASE WHEN w.i = best THEN made END
        FROM ROWS FROM (unnest(tried), unnest(worth)) WITH ORDINALITY AS w(options, value, i)
        ORDER BY w.i;
END
$$;
COMMENT ON FUNCTION mediaml.training_searched(
    text, text, text, text, jsonb, name, name, name[], jsonb, text, name, bigint, bigint, bigint, text) IS
    'search(), its query under a search_path';

CREATE FUNCTION mediaml.search(
    name text, algorithm text, query text, grid jsonb, target name DEFAULT NULL, id name DEFAULT NULL,
    exclude name[] DEFAULT NULL, options jsonb DEFAULT NULL, split text DEFAULT NULL,
    split_column name DEFAULT NULL, folds bigint DEFAULT 5, tries bigint DEFAULT NULL, seed bigint DEFAULT 0,
    deploy text DEFAULT 'if_better')
    RETURNS SETOF mediaml.trial LANGUAGE sql
BEGIN ATOMIC
    SELECT * FROM mediaml.training_searched(pg_catalog.current_setting('search_path'),
        $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14);
END;
COMMENT ON FUNCTION mediaml.search(
    text, text, text, jsonb, name, name, name[], jsonb, text, name, bigint, bigint, bigint, text) IS
    'compare options by cross-validation, all of a grid or some drawn at random, and train with the best';

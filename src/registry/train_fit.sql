-- Fitting what train() was asked for.  These functions are stable: all that they
-- read is of one snapshot, so what is held out is the same rows in every pass.

-- Options of the algorithm alone.
CREATE FUNCTION mediaml.training_options(plan mediaml.training)
    RETURNS jsonb LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
    SELECT (plan).options - '{preprocessor,calibration,metric,refit,split_seed,min_group_rows,weight}'::text[]
$$;
COMMENT ON FUNCTION mediaml.training_options(mediaml.training) IS
    'options of train() that are those of its algorithm';

-- Options of the preprocessor: what tells rows apart, or splits them, is no feature,
-- beside what the options themselves say is none.
CREATE FUNCTION mediaml.training_preparation(plan mediaml.training)
    RETURNS jsonb LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT o.asked || jsonb_strip_nulls(jsonb_build_object(
               'target', (plan).target,
               'id', (SELECT jsonb_agg(DISTINCT e) FROM jsonb_array_elements(
                          coalesce(o.asked -> 'id', '[]') || to_jsonb(array_remove(ARRAY[(plan).id], NULL))) AS e),
               'exclude', (SELECT jsonb_agg(DISTINCT e) FROM jsonb_array_elements(
                          coalesce(o.asked -> 'exclude', '[]') || to_jsonb(array_remove(
                              (plan).exclude || (plan).split_column || (plan).group_by, NULL))) AS e
                           WHERE e IS DISTINCT FROM to_jsonb((plan).target) AND e IS DISTINCT FROM to_jsonb((plan).id))))
    FROM (SELECT coalesce((plan).options -> 'preprocessor', '{}') AS asked) AS o
$$;
COMMENT ON FUNCTION mediaml.training_preparation(mediaml.training) IS
    'options of the preprocessor that train() fits';

-- One pipeline a group: of all rows together, or a model by group.  Rows of groups
-- too small for one of their own are in the model of all only.
CREATE FUNCTION mediaml.training_pipelines(
    plan mediaml.training, condition text, grouped boolean, OUT groups text[], OUT models bytea[])
    RETURNS record LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_variable
DECLARE
    grp CONSTANT text := CASE WHEN grouped THEN 's.grp' ELSE '''''::text' END;
    preprocessors bytea[];
BEGIN
    PERFORM set_config('search_path', plan.path, true);
    EXECUTE pg_catalog.format(
        'SELECT array_agg(z.g ORDER BY z.g), array_agg(z.p ORDER BY z.g) FROM ('
        'SELECT %1$s AS g, mediaml.preprocessor(s.t, $1) AS p FROM (%2$s) AS s'
        ' WHERE %3$s AND %1$s IS NOT NULL GROUP BY 1 HAVING NOT $2 OR count(*) >= $3 AND (%4$s)) AS z WHERE z.p IS NOT NULL',
        grp, plan.rows, condition,
        CASE plan.task WHEN 'classification' THEN 'count(DISTINCT s.y) > 1' ELSE 'true' END)
        INTO groups, preprocessors
        USING mediaml.training_preparation(plan)    -- in a group a column may equal the target by chance
                  || CASE WHEN grouped AND plan.target IS NOT NULL THEN '{"leaks": "leave"}' ELSE '{}' END::jsonb, grouped,
              coalesce((plan.options ->> 'min_group_rows'::text)::bigint, 50);
    IF groups IS NULL AND NOT grouped THEN
        PERFORM mediaml.training_refuse('there is nothing to learn from',
            'The query returns no rows with a target, or none of its columns can be a feature.');
    END IF;
    IF grouped AND plan.task = 'clustering' THEN
        SELECT c.groups, c.preprocessors INTO groups, preprocessors
            FROM mediaml.training_clusterable(plan, condition, groups, preprocessors) AS c;
    END IF;
    -- no WITH before the query: its name would hide a table of that name from it
    EXECUTE pg_catalog.format(
        'WITH e AS ('
        'SELECT g, %1$s AS e FROM (SELECT p.g, s.y, mediaml.transform(p.p, s.t) AS x, p.o AS options FROM (%2$s) AS s'
        ' JOIN unnest($2, $3, $1) AS p(g, p, o) ON p.g = %3$s WHERE %4$s) AS f GROUP BY g)'
        ' SELECT array_agg(e.g ORDER BY e.g), array_agg(mediaml.pipeline(p.p, e.e) ORDER BY e.g)'
        ' FROM e JOIN unnest($2, $3) AS p(g, p) ON p.g = e.g',
        plan.fit, plan.rows, grp, condition)
        INTO groups, models
        USING ARRAY(SELECT jsonb_build_object('names', mediaml.feature_names(p)) || mediaml.training_options(plan)
                    FROM pg_catalog.unnest(preprocessors) AS p), groups, preprocessors;
END
$$;
COMMENT ON FUNCTION mediaml.training_pipelines(mediaml.training, text, boolean) IS
    'fit a preprocessor and an estimator on the rows of a condition, a pair a group';

-- The model of the rows of a condition.
CREATE FUNCTION mediaml.training_fit(plan mediaml.training, condition text)
    RETURNS bytea LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    model bytea;
    groups text[];
    models bytea[];
BEGIN
    IF condition = 'true' THEN      -- spares the sort that tells which rows are held out
        plan.split := 'none';
        plan := mediaml.training_with(plan);
    END IF;
    IF plan.task = 'recommendation' THEN
        PERFORM set_config('search_path', plan.path, true);
        EXECUTE pg_catalog.format('SELECT %s FROM (SELECT s.*, $1 AS options FROM (%s) AS s WHERE %s) AS f', plan.fit, plan.rows, condition)
            INTO model USING mediaml.training_options(plan);
        IF model IS NULL THEN
            PERFORM mediaml.training_refuse('there is nothing to learn from');
        END IF;
        RETURN model;
    END IF;
    model := (mediaml.training_pipelines(plan, condition, false)).models[1];
    IF plan.group_by IS NULL THEN
        RETURN model;
    END IF;
    SELECT p.groups, p.models INTO groups, models FROM mediaml.training_pipelines(plan, condition, true) AS p;
    RETURN mediaml.grouped(plan.group_by::text, groups || NULL::text, models || model);
END
$$;
COMMENT ON FUNCTION mediaml.training_fit(mediaml.training, text) IS
    'fit what train() is asked for on the rows of a condition';

-- The same without notices: what they say was said of the first fit.
CREATE FUNCTION mediaml.training_fit_quietly(plan mediaml.training, condition text)
    RETURNS bytea LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp SET client_min_messages = warning AS $$
BEGIN
    RETURN mediaml.training_fit(plan, condition);
END
$$;
COMMENT ON FUNCTION mediaml.training_fit_quietly(mediaml.training, text) IS
    'fit what train() is asked for, without notices';

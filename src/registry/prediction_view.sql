-- Views that show what a model predicts for each row of a relation.

-- The columns of predictions that fit a model, an expression: name, and call for a row q.
CREATE FUNCTION mediaml.prediction_columns(info jsonb, model text, OUT name text, OUT call text)
    RETURNS SETOF record LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_variable
DECLARE
    within CONSTANT jsonb := mediaml.model_inside(info);
    estimator CONSTANT jsonb := CASE WHEN info ? 'classes' THEN info ELSE coalesce(within -> 'estimator', within) END;
BEGIN
    RETURN QUERY
        SELECT c.name, format('mediaml.%s(%s, q.*%s)', c.function, model, c.class)
        FROM (VALUES
            ('classes', 'label', 'predict_label_row', ''),
            ('classes', 'probability', 'predict_proba_row',
             CASE WHEN jsonb_array_length(estimator -> 'classes') > 2    -- of many, that of the label
                  THEN format(', mediaml.predict_label_row(%s, q.*)', model) ELSE '' END),
            ('clusters', 'cluster', 'cluster_row', ''),
            ('clusters', 'distance', 'kmeans_distance_row', ''),
            ('number', 'prediction', 'predict_row', '')) AS c(answer, name, function, class)
        WHERE c.answer = CASE WHEN estimator ? 'classes' THEN 'classes'
                              WHEN estimator ->> 'kind' = 'kmeans' THEN 'clusters' ELSE 'number' END;
END
$$;
COMMENT ON FUNCTION mediaml.prediction_columns(jsonb, text) IS
    'the columns of predictions that fit a model, as calls for a row q';

-- Whole rows of these types would be read for nothing: no model has a use for them.
CREATE FUNCTION mediaml.prediction_reads(type oid)
    RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
    SELECT coalesce(nullif(t.typbasetype, 0), t.oid) <> ALL ('{bytea,json,jsonb,xml,tsvector}'::regtype[])
    FROM pg_type AS t WHERE t.oid = $1
$$;
COMMENT ON FUNCTION mediaml.prediction_reads(oid) IS
    'can a model read columns of a type, or are they only large?';

-- path is the search_path that the view is created by.
CREATE FUNCTION mediaml.prediction_view(path text, view text, model text, relation regclass)
    RETURNS regclass LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_variable
DECLARE
    info CONSTANT jsonb := mediaml.model_info(model);
    columns text;
    given text;
    predictions text;
    clash text;
    target text;
BEGIN
    IF view IS NULL OR model IS NULL OR relation IS NULL THEN
        PERFORM mediaml.training_refuse('view, model and relation must not be null');
    END IF;
    target := (SELECT pg_catalog.string_agg(pg_catalog.quote_ident(i), '.' ORDER BY n)
               FROM pg_catalog.unnest(pg_catalog.parse_ident(view)) WITH ORDINALITY AS p(i, n));
    SELECT pg_catalog.string_agg(pg_catalog.format('r.%I', a.attname), ', ' ORDER BY a.attnum),
           pg_catalog.string_agg(pg_catalog.format('r.%I', a.attname), ', ' ORDER BY a.attnum)
               FILTER (WHERE mediaml.prediction_reads(a.atttypid))
        INTO columns, given
        FROM pg_catalog.pg_attribute AS a WHERE a.attrelid = relation AND a.attnum > 0 AND NOT a.attisdropped;
    IF given IS NULL THEN
        PERFORM mediaml.training_refuse(pg_catalog.format('%s has no columns that a model can read', relation));
    END IF;
    SELECT pg_catalog.string_agg(pg_catalog.format('%s AS %I', p.call, p.name), ', '), pg_catalog.min(a.attname::text)
        INTO predictions, clash
        FROM mediaml.prediction_columns(info, pg_catalog.format('%L::text', model)) AS p
        LEFT JOIN pg_catalog.pg_attribute AS a ON a.attrelid = relation AND a.attname = p.name AND NOT a.attisdropped;
    IF clash IS NOT NULL THEN
        PERFORM mediaml.training_refuse(
            pg_catalog.format('%s has a column "%s", which a prediction would be called too', relation, clash),
            'Rename it, or give a view that calls it otherwise.');
    END IF;
    PERFORM mediaml.prediction_try(relation, given, predictions);
    PERFORM mediaml.prediction_try(relation, given,    -- of a model by group it has asked that of NULL only
            (SELECT pg_catalog.string_agg(p.call, ', ')
             FROM mediaml.prediction_columns(info, pg_catalog.format('mediaml.group_model(%L::text, %L)', model, k)) AS p))
        FROM pg_catalog.jsonb_object_keys(info -> 'groups') AS k;
    given := format('CREATE VIEW %s WITH (security_invoker = true) AS SELECT %s, %s FROM %s AS r CROSS JOIN LATERAL (SELECT %s) AS q',
                    target, columns, predictions,
                    (SELECT pg_catalog.format('%I.%I', n.nspname, c.relname)    -- as it is found by another search_path
                     FROM pg_catalog.pg_class AS c JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
                     WHERE c.oid = relation),
                    given);
    PERFORM set_config('search_path', path, true);
    EXECUTE given;
    EXECUTE pg_catalog.format('COMMENT ON VIEW %s IS %L', target,
        pg_catalog.format('the rows of %s, and what the version of model "%s" that is deployed predicts for each', relation, model));
    RETURN target::regclass;
END
$$;
COMMENT ON FUNCTION mediaml.prediction_view(text, text, text, regclass) IS
    'create_prediction_view() under a search_path';

CREATE FUNCTION mediaml.create_prediction_view(view text, model text, relation regclass)
    RETURNS regclass LANGUAGE sql
    RETURN mediaml.prediction_view(pg_catalog.current_setting('search_path'), $1, $2, $3);
COMMENT ON FUNCTION mediaml.create_prediction_view(text, text, regclass) IS
    'create a view of the rows of a relation with what a registered model predicts for each: of the version deployed when it is read';

-- Let the model match its columns with those of the relation, by a row of NULLs:
-- that these are not answered says nothing.
CREATE FUNCTION mediaml.prediction_try(relation regclass, given text, predictions text)
    RETURNS void LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    EXECUTE format('SELECT %s FROM (SELECT %s FROM (VALUES (1)) AS v LEFT JOIN %s AS r ON false OFFSET 0) AS q',
                   predictions, given, relation);
EXCEPTION WHEN null_value_not_allowed THEN
    NULL;
END
$$;
COMMENT ON FUNCTION mediaml.prediction_try(regclass, text, text) IS
    'complain where a model cannot predict the rows of a relation';

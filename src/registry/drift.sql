-- Are rows of today still like those of training?

-- The model whose rows of training others are compared with: of one by group that of
-- the key NULL, which train() trains on all rows.
CREATE FUNCTION mediaml.drift_model(model bytea)
    RETURNS bytea LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    info CONSTANT jsonb := mediaml.model_info(model);
BEGIN
    IF info ->> 'kind' IS DISTINCT FROM 'grouped' THEN
        RETURN model;
    ELSIF NOT info ? 'others' THEN
        PERFORM mediaml.training_refuse(
            'the model has no model of the key NULL, which would tell what the rows of all groups were like',
            format('Compare the rows of each value of column "%s" by drift_of(group_model(model, value), query).', info ->> 'column'));
    END IF;
    RETURN mediaml.group_model(model, NULL);
END
$$;
COMMENT ON FUNCTION mediaml.drift_model(bytea) IS
    'the model that drift compares rows by: of one by group that of all other values';

-- path is the search_path that the query is read by.
CREATE FUNCTION mediaml.drift_measured(
    path text, model bytea, query text,
    OUT feature text, OUT psi float8, OUT ks float8, OUT p float8,
    OUT missing_then float8, OUT missing_now float8, OUT unseen float8, OUT n bigint)
    RETURNS SETOF record LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_variable
DECLARE
    reader CONSTANT bytea := mediaml.drift_model(model);
    wanted CONSTANT text[] := mediaml.model_reads(reader);
    lacking text;
    columns name[];
    counts bigint[];
BEGIN
    IF model IS NULL OR query IS NULL THEN
        PERFORM mediaml.training_refuse(CASE WHEN model IS NULL THEN 'model' ELSE 'query' END || ' must not be null');
    ELSIF wanted IS NULL THEN
        PERFORM mediaml.training_refuse(
            pg_catalog.format('a model of kind "%s" has no preprocessor, so it cannot be told what its rows were like',
                              mediaml.model_info(reader) ->> 'kind'),
            'Give a preprocessor, or a model made by pipeline() or train().');
    END IF;
    PERFORM set_config('search_path', path, true);
    SELECT q.query, q.columns INTO query, columns FROM mediaml.training_query(query) AS q;
    SELECT pg_catalog.string_agg(pg_catalog.quote_ident(c), ', ') INTO lacking
        FROM pg_catalog.unnest(wanted) AS c WHERE c <> ALL (columns::text[]);
    IF lacking IS NOT NULL THEN
        PERFORM mediaml.training_refuse('the query lacks columns that the model reads',
                                        pg_catalog.format('Let it return %s too.', lacking));
    END IF;
    -- only those columns: a whole row would be read with all that it has
    EXECUTE pg_catalog.format('SELECT mediaml.drift_counts($1, s.*) FROM (SELECT %s FROM (%s' || E'\n' || ') AS q) AS s',
        (SELECT pg_catalog.string_agg(mediaml.training_column(columns, c, 'the model'), ', ')
         FROM pg_catalog.unnest(wanted) AS c), query)
        INTO counts USING reader;
    IF counts IS NULL THEN
        PERFORM mediaml.training_refuse('the query returns no rows');
    END IF;
    RETURN QUERY SELECT d.* FROM mediaml.drift_compare(reader, counts) AS d ORDER BY d.psi DESC NULLS LAST, d.feature;
END
$$;
COMMENT ON FUNCTION mediaml.drift_measured(text, bytea, text) IS
    'drift_of(), its query under a search_path';

CREATE FUNCTION mediaml.drift_of(
    model bytea, query text,
    OUT feature text, OUT psi float8, OUT ks float8, OUT p float8,
    OUT missing_then float8, OUT missing_now float8, OUT unseen float8, OUT n bigint)
    RETURNS SETOF record LANGUAGE sql STABLE
BEGIN ATOMIC
    SELECT * FROM mediaml.drift_measured(pg_catalog.current_setting('search_path'), $1, $2);
END;
COMMENT ON FUNCTION mediaml.drift_of(bytea, text) IS
    'how far the rows of a query are from those that the preprocessor of a model learned from, a row a column';

CREATE FUNCTION mediaml.drift_kept(
    path text, model text, query text, record boolean,
    OUT feature text, OUT psi float8, OUT ks float8, OUT p float8,
    OUT missing_then float8, OUT missing_now float8, OUT unseen float8, OUT n bigint)
    RETURNS SETOF record LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_variable
DECLARE
    started CONSTANT timestamptz := clock_timestamp();
    deployed record;
    worst record;
BEGIN
    SELECT m.version, x.model INTO deployed FROM mediaml.deployed_models AS m
        JOIN mediaml.model_data AS x ON x.name = m.name AND x.version = m.version AND x.part = 'model'
        WHERE m.name = drift_kept.model;
    IF deployed.model IS NULL THEN
        PERFORM mediaml.model_missing(model);
    END IF;
    IF record IS NOT TRUE THEN
        RETURN QUERY SELECT d.* FROM mediaml.drift_measured(path, deployed.model, query) AS d;
        RETURN;
    END IF;
    INSERT INTO mediaml.drift_checks (name, version, checked_at, feature, psi, ks, p, missing_then, missing_now, unseen, n)
        SELECT model, deployed.version, started, d.feature, d.psi, d.ks, d.p, d.missing_then, d.missing_now, d.unseen, d.n
        FROM mediaml.drift_measured(path, deployed.model, query) AS d;
    SELECT c.feature, c.psi INTO worst FROM mediaml.drift_checks AS c
        WHERE c.name = drift_kept.model AND c.version = deployed.version AND c.checked_at = started
        ORDER BY c.psi DESC NULLS LAST, c.feature LIMIT 1;
    INSERT INTO mediaml.runs (name, action, version, started, finished, outcome, message)
        VALUES (model, 'drift', deployed.version, started, clock_timestamp(), 'done',
                format('worst is %s, psi %s', worst.feature,
                                  coalesce(round(worst.psi::numeric, 3)::text, 'unknown')));
    RETURN QUERY
        SELECT c.feature, c.psi, c.ks, c.p, c.missing_then, c.missing_now, c.unseen, c.n
        FROM mediaml.drift_checks AS c
        WHERE c.name = drift_kept.model AND c.version = deployed.version AND c.checked_at = started
        ORDER BY c.psi DESC NULLS LAST, c.feature;
END
$$;
COMMENT ON FUNCTION mediaml.drift_kept(text, text, text, boolean) IS
    'drift(), its query under a search_path';

CREATE FUNCTION mediaml.drift(
    model text, query text, record boolean DEFAULT true,
    OUT feature text, OUT psi float8, OUT ks float8, OUT p float8,
    OUT missing_then float8, OUT missing_now float8, OUT unseen float8, OUT n bigint)
    RETURNS SETOF record LANGUAGE sql
BEGIN ATOMIC
    SELECT * FROM mediaml.drift_kept(pg_catalog.current_setting('search_path'), $1, $2, $3);
END;
COMMENT ON FUNCTION mediaml.drift(text, text, boolean) IS
    'how far the rows of a query are from those that a registered model was trained on, a row a column; kept in drift_checks';

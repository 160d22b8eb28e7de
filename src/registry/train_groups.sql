-- Training by groups: parts that scores are of, and models of groups.

-- The parts of held-out rows that a row of a group is in: all, and its group where
-- there are groups.  A group that is called all is told apart by quotes.
CREATE FUNCTION mediaml.training_parts(plan mediaml.training, grp text, OUT part text)
    RETURNS SETOF text LANGUAGE sql IMMUTABLE PARALLEL SAFE ROWS 2
BEGIN ATOMIC
    SELECT 'all' UNION ALL
    SELECT CASE $2 WHEN 'all' THEN '"all"' ELSE $2 END WHERE ($1).group_by IS NOT NULL AND $2 IS NOT NULL;
END;
COMMENT ON FUNCTION mediaml.training_parts(mediaml.training, text) IS
    'what train() scores a held-out row under: all, and its group';

-- The values that a model has a model of their own for; none where it is not by group.
CREATE FUNCTION mediaml.model_groups(model bytea)
    RETURNS text[] LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
    SELECT ARRAY(SELECT jsonb_object_keys(coalesce(i -> 'groups', '{}'))) FROM mediaml.model_info(model) AS i
$$;
COMMENT ON FUNCTION mediaml.model_groups(bytea) IS 'the values that a model by group has models for';

-- The model that answers with calibrated probabilities: by group each with the
-- calibrator of its group, or else with the one of all rows.
CREATE FUNCTION mediaml.training_calibrated(
    plan mediaml.training, model bytea, calibrators mediaml.taught[])
    RETURNS bytea LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
    SELECT CASE WHEN cardinality(calibrators) = 0 THEN model
                WHEN (plan).group_by IS NULL THEN mediaml.calibrated(model, a.calibrator)
                ELSE (SELECT mediaml.grouped((plan).group_by::text, array_agg(k.key),
                                             array_agg(mediaml.calibrated(mediaml.group_model(model, k.key), coalesce(c.calibrator, a.calibrator))))
                      FROM unnest(mediaml.model_groups(model) || NULL::text) AS k(key)
                      LEFT JOIN unnest(calibrators) AS c ON c."group" = k.key) END
    FROM (SELECT c.calibrator FROM unnest(calibrators) AS c WHERE c."group" IS NULL
          UNION ALL SELECT NULL WHERE cardinality(calibrators) = 0) AS a
$$;
COMMENT ON FUNCTION mediaml.training_calibrated(mediaml.training, bytea, mediaml.taught[]) IS
    'a model that train() has fitted, its probabilities calibrated';

-- The mean row of those that a clustering was trained on, as features.
CREATE FUNCTION mediaml.training_middle(model bytea)
    RETURNS float8[] LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
    SELECT ARRAY(SELECT c.overall_mean FROM mediaml.centroids(model) AS c WHERE c.cluster = 0)
$$;
COMMENT ON FUNCTION mediaml.training_middle(bytea) IS 'the mean of the rows that a clustering was trained on';

-- Those preprocessors of groups that make as many different rows as there are to be clusters.
CREATE FUNCTION mediaml.training_clusterable(
    plan mediaml.training, condition text, INOUT groups text[], INOUT preprocessors bytea[])
    RETURNS record LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM set_config('search_path', plan.path, true);
    EXECUTE pg_catalog.format(
        'SELECT pg_catalog.array_agg(p.g ORDER BY p.g), pg_catalog.array_agg(p.p ORDER BY p.g) FROM ('
        'SELECT p.g FROM (%s) AS s JOIN unnest($1, $2) AS p(g, p) ON p.g = s.grp'
        ' WHERE %s GROUP BY p.g HAVING pg_catalog.count(DISTINCT mediaml.transform(p.p, s.t)) >= $3) AS f'
        ' JOIN unnest($1, $2) AS p(g, p) USING (g)',
        plan.rows, condition)
        INTO groups, preprocessors
        USING groups, preprocessors, (plan.options ->> 'k')::bigint;
END
$$;
COMMENT ON FUNCTION mediaml.training_clusterable(mediaml.training, text, text[], bytea[]) IS
    'the groups that can be clustered, with their preprocessors';

-- What is common to all kinds of models.

-- The schema is there already where somebody has made it before, or a dump has; what
-- is in it could be taken for what the functions below call.
DO $$
BEGIN
    IF EXISTS (SELECT FROM pg_catalog.pg_namespace AS n JOIN pg_catalog.pg_roles AS r ON r.oid OPERATOR(pg_catalog.=) n.nspowner
               WHERE n.nspname OPERATOR(pg_catalog.=) 'mediaml' AND (NOT r.rolsuper
                   OR EXISTS (SELECT FROM pg_catalog.pg_proc AS o WHERE o.pronamespace OPERATOR(pg_catalog.=) n.oid)
                   OR EXISTS (SELECT FROM pg_catalog.pg_operator AS o WHERE o.oprnamespace OPERATOR(pg_catalog.=) n.oid)
                   OR EXISTS (SELECT FROM pg_catalog.pg_class AS o WHERE o.relnamespace OPERATOR(pg_catalog.=) n.oid)
                   OR EXISTS (SELECT FROM pg_catalog.pg_type AS o WHERE o.typnamespace OPERATOR(pg_catalog.=) n.oid))) THEN
        RAISE EXCEPTION USING
            ERRCODE = 'object_not_in_prerequisite_state',
            MESSAGE = 'schema "mediaml" is not empty, or is not a superuser''s',
            HINT = 'Drop it or rename it: CREATE EXTENSION makes it.';
    END IF;
END
$$;

COMMENT ON SCHEMA mediaml IS
    'machine learning for media companies: extension mediaml';

-- Functions only compute from what they are given; none reads a table.
GRANT USAGE ON SCHEMA mediaml TO PUBLIC;

CREATE FUNCTION mediaml.build_info(
    OUT version text, OUT postgresql text, OUT openblas text,
    OUT openblas_kernel text, OUT openblas_threads text, OUT kernels text)
    AS 'MODULE_PATHNAME', 'mml_build_info'
    LANGUAGE C STABLE PARALLEL SAFE;
COMMENT ON FUNCTION mediaml.build_info() IS
    'what this library was built for, and which kernels it runs';

CREATE FUNCTION mediaml.model_info(model bytea) RETURNS jsonb
    AS 'MODULE_PATHNAME', 'mml_model_info'
    LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100;
COMMENT ON FUNCTION mediaml.model_info(bytea) IS
    'what a model says of itself: kind, features, how training went';

CREATE FUNCTION mediaml.coefficients(
    model bytea,
    OUT class text, OUT term text, OUT estimate float8, OUT std_error float8,
    OUT z float8, OUT p float8, OUT odds_ratio float8,
    OUT ci_low float8, OUT ci_high float8, OUT raw_estimate float8)
    RETURNS SETOF record
    AS 'MODULE_PATHNAME', 'mml_coefficients'
    LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100 ROWS 20;
COMMENT ON FUNCTION mediaml.coefficients(bytea) IS
    'the coefficients of a linear model, a row each; of a pipeline also for columns in their raw unit';

CREATE FUNCTION mediaml.predict(model bytea, x float8[]) RETURNS float8
    AS 'MODULE_PATHNAME', 'mml_predict'
    LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100;
COMMENT ON FUNCTION mediaml.predict(bytea, float8[]) IS
    'what a model predicts for an array of features, as a number';

CREATE FUNCTION mediaml.predict_row(model bytea, t record) RETURNS float8
    AS 'MODULE_PATHNAME', 'mml_predict_row'
    LANGUAGE C STABLE STRICT PARALLEL SAFE COST 100;
COMMENT ON FUNCTION mediaml.predict_row(bytea, record) IS
    'what a model predicts for a row, its columns matched by name, as a number';

CREATE FUNCTION mediaml.predict_label(model bytea, x float8[]) RETURNS text
    AS 'MODULE_PATHNAME', 'mml_predict_label'
    LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100;
COMMENT ON FUNCTION mediaml.predict_label(bytea, float8[]) IS
    'the class that a model predicts for an array of features';

CREATE FUNCTION mediaml.predict_label_row(model bytea, t record) RETURNS text
    AS 'MODULE_PATHNAME', 'mml_predict_label_row'
    LANGUAGE C STABLE STRICT PARALLEL SAFE COST 100;
COMMENT ON FUNCTION mediaml.predict_label_row(bytea, record) IS
    'the class that a model predicts for a row, its columns matched by name';

CREATE FUNCTION mediaml.predict_proba(model bytea, x float8[], class text DEFAULT NULL)
    RETURNS float8
    AS 'MODULE_PATHNAME', 'mml_predict_proba'
    LANGUAGE C IMMUTABLE PARALLEL SAFE COST 100;
COMMENT ON FUNCTION mediaml.predict_proba(bytea, float8[], text) IS
    'the probability of a class, by default of the positive one of two';

CREATE FUNCTION mediaml.predict_proba_row(model bytea, t record, class text DEFAULT NULL)
    RETURNS float8
    AS 'MODULE_PATHNAME', 'mml_predict_proba_row'
    LANGUAGE C STABLE PARALLEL SAFE COST 100;
COMMENT ON FUNCTION mediaml.predict_proba_row(bytea, record, text) IS
    'the probability of a class for a row, its columns matched by name';

CREATE FUNCTION mediaml.predict_proba_all(model bytea, x float8[]) RETURNS float8[]
    AS 'MODULE_PATHNAME', 'mml_predict_proba_all'
    LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100;
COMMENT ON FUNCTION mediaml.predict_proba_all(bytea, float8[]) IS
    'the probabilities of all classes, in the order that model_info lists them';

CREATE FUNCTION mediaml.cluster(model bytea, x float8[]) RETURNS integer
    AS 'MODULE_PATHNAME', 'mml_cluster'
    LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100;
COMMENT ON FUNCTION mediaml.cluster(bytea, float8[]) IS
    'the cluster that an array of features belongs to, a number from 0';

CREATE FUNCTION mediaml.cluster_row(model bytea, t record) RETURNS integer
    AS 'MODULE_PATHNAME', 'mml_cluster_row'
    LANGUAGE C STABLE STRICT PARALLEL SAFE COST 100;
COMMENT ON FUNCTION mediaml.cluster_row(bytea, record) IS
    'the cluster that a row belongs to, its columns matched by name, a number from 0';

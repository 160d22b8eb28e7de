-- Pipelines: a preprocessor and an estimator in one model.

CREATE FUNCTION mediaml.pipeline(preprocessor bytea, estimator bytea) RETURNS bytea
    AS 'MODULE_PATHNAME', 'mml_clean_pipeline'
    LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1000;
COMMENT ON FUNCTION mediaml.pipeline(bytea, bytea) IS
    'a preprocessor and an estimator in one model, which takes raw rows';

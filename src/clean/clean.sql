-- Preprocessors: what a table teaches of how its rows become features, or clean rows.

CREATE FUNCTION mediaml.preprocessor_step(state mediaml.state, t record) RETURNS mediaml.state
    AS 'MODULE_PATHNAME', 'mml_clean_preprocessor_step'
    LANGUAGE C STABLE PARALLEL SAFE;
COMMENT ON FUNCTION mediaml.preprocessor_step(mediaml.state, record) IS
    'transition function of preprocessor';

CREATE FUNCTION mediaml.preprocessor_step(state mediaml.state, t record, options jsonb) RETURNS mediaml.state
    AS 'MODULE_PATHNAME', 'mml_clean_preprocessor_step'
    LANGUAGE C STABLE PARALLEL SAFE;
COMMENT ON FUNCTION mediaml.preprocessor_step(mediaml.state, record, jsonb) IS
    'transition function of preprocessor with options';

CREATE FUNCTION mediaml.preprocessor_combine(state mediaml.state, other mediaml.state) RETURNS mediaml.state
    AS 'MODULE_PATHNAME', 'mml_clean_preprocessor_combine'
    LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION mediaml.preprocessor_combine(mediaml.state, mediaml.state) IS
    'combine function of preprocessor';

CREATE FUNCTION mediaml.preprocessor_final(state mediaml.state) RETURNS bytea
    AS 'MODULE_PATHNAME', 'mml_clean_preprocessor_final'
    LANGUAGE C STABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION mediaml.preprocessor_final(mediaml.state) IS
    'final function of preprocessor';

CREATE AGGREGATE mediaml.preprocessor(t record) (
    SFUNC = mediaml.preprocessor_step,
    STYPE = mediaml.state,
    SSPACE = 8388608,
    COMBINEFUNC = mediaml.preprocessor_combine,
    FINALFUNC = mediaml.preprocessor_final,
    FINALFUNC_MODIFY = READ_ONLY,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE mediaml.preprocessor(record) IS
    'learn from rows how their columns become features';

CREATE AGGREGATE mediaml.preprocessor(t record, options jsonb) (
    SFUNC = mediaml.preprocessor_step,
    STYPE = mediaml.state,
    SSPACE = 8388608,
    COMBINEFUNC = mediaml.preprocessor_combine,
    FINALFUNC = mediaml.preprocessor_final,
    FINALFUNC_MODIFY = READ_ONLY,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE mediaml.preprocessor(record, jsonb) IS
    'learn from rows how their columns become features, with options target, id, exclude, features, default, columns';

CREATE FUNCTION mediaml.transform(preprocessor bytea, t record) RETURNS float8[]
    AS 'MODULE_PATHNAME', 'mml_clean_transform'
    LANGUAGE C STABLE STRICT PARALLEL SAFE COST 100;
COMMENT ON FUNCTION mediaml.transform(bytea, record) IS
    'the features that a preprocessor makes of a row';

CREATE FUNCTION mediaml.feature_names(preprocessor bytea) RETURNS text[]
    AS 'MODULE_PATHNAME', 'mml_clean_feature_names'
    LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100;
COMMENT ON FUNCTION mediaml.feature_names(bytea) IS
    'the names of the features that transform() makes, in their order';

CREATE FUNCTION mediaml.clean(preprocessor bytea, t anyelement) RETURNS anyelement
    AS 'MODULE_PATHNAME', 'mml_clean_clean'
    LANGUAGE C STABLE STRICT PARALLEL SAFE COST 100;
COMMENT ON FUNCTION mediaml.clean(bytea, anyelement) IS
    'a row of the same type with what is missing filled, outliers clipped and values mapped, as a preprocessor has learned';

CREATE FUNCTION mediaml.complete(t record, columns text[] DEFAULT NULL) RETURNS boolean
    AS 'MODULE_PATHNAME', 'mml_clean_complete'
    LANGUAGE C STABLE PARALLEL SAFE COST 10;
COMMENT ON FUNCTION mediaml.complete(record, text[]) IS
    'whether a row has no NULL, NaN or blank text, in all or in the named columns';

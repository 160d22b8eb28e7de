-- Recommenders by factors: alternating least squares.

CREATE FUNCTION mediaml.als_accum(internal, anyelement, bigint, float8)
    RETURNS internal
    AS 'MODULE_PATHNAME', 'mml_als_accum'
    LANGUAGE C PARALLEL UNSAFE;
COMMENT ON FUNCTION mediaml.als_accum(internal, anyelement, bigint, float8) IS
    'transition function of als';

CREATE FUNCTION mediaml.als_accum(internal, anyelement, bigint, float8, jsonb)
    RETURNS internal
    AS 'MODULE_PATHNAME', 'mml_als_accum'
    LANGUAGE C PARALLEL UNSAFE;
COMMENT ON FUNCTION mediaml.als_accum(internal, anyelement, bigint, float8, jsonb) IS
    'transition function of als with options';

CREATE FUNCTION mediaml.als_accum(internal, anyelement, text, float8)
    RETURNS internal
    AS 'MODULE_PATHNAME', 'mml_als_accum'
    LANGUAGE C PARALLEL UNSAFE;
COMMENT ON FUNCTION mediaml.als_accum(internal, anyelement, text, float8) IS
    'transition function of als';

CREATE FUNCTION mediaml.als_accum(internal, anyelement, text, float8, jsonb)
    RETURNS internal
    AS 'MODULE_PATHNAME', 'mml_als_accum'
    LANGUAGE C PARALLEL UNSAFE;
COMMENT ON FUNCTION mediaml.als_accum(internal, anyelement, text, float8, jsonb) IS
    'transition function of als with options';

CREATE FUNCTION mediaml.als_final(internal)
    RETURNS bytea
    AS 'MODULE_PATHNAME', 'mml_als_final'
    LANGUAGE C PARALLEL UNSAFE;
COMMENT ON FUNCTION mediaml.als_final(internal) IS
    'final function of als';

CREATE AGGREGATE mediaml.als(user_id anyelement, item_id bigint, weight float8) (
    SFUNC = mediaml.als_accum,
    STYPE = internal,
    SSPACE = 8388608,
    FINALFUNC = mediaml.als_final,
    FINALFUNC_MODIFY = READ_WRITE,
    PARALLEL = UNSAFE
);
COMMENT ON AGGREGATE mediaml.als(anyelement, bigint, float8) IS
    'train a recommender by factors of what is seen, by alternating least squares';

CREATE AGGREGATE mediaml.als(user_id anyelement, item_id bigint, weight float8, options jsonb) (
    SFUNC = mediaml.als_accum,
    STYPE = internal,
    SSPACE = 8388608,
    FINALFUNC = mediaml.als_final,
    FINALFUNC_MODIFY = READ_WRITE,
    PARALLEL = UNSAFE
);
COMMENT ON AGGREGATE mediaml.als(anyelement, bigint, float8, jsonb) IS
    'train a recommender by factors of what is seen, by alternating least squares, with options';

CREATE AGGREGATE mediaml.als(user_id anyelement, item_id text, weight float8) (
    SFUNC = mediaml.als_accum,
    STYPE = internal,
    SSPACE = 8388608,
    FINALFUNC = mediaml.als_final,
    FINALFUNC_MODIFY = READ_WRITE,
    PARALLEL = UNSAFE
);
COMMENT ON AGGREGATE mediaml.als(anyelement, text, float8) IS
    'train a recommender by factors of what is seen, by alternating least squares';

CREATE AGGREGATE mediaml.als(user_id anyelement, item_id text, weight float8, options jsonb) (
    SFUNC = mediaml.als_accum,
    STYPE = internal,
    SSPACE = 8388608,
    FINALFUNC = mediaml.als_final,
    FINALFUNC_MODIFY = READ_WRITE,
    PARALLEL = UNSAFE
);
COMMENT ON AGGREGATE mediaml.als(anyelement, text, float8, jsonb) IS
    'train a recommender by factors of what is seen, by alternating least squares, with options';

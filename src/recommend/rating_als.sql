-- Recommenders that predict ratings: biases and factors.

CREATE FUNCTION mediaml.rating_als_accum(internal, anyelement, bigint, float8)
    RETURNS internal
    AS 'MODULE_PATHNAME', 'mml_rating_als_accum'
    LANGUAGE C PARALLEL UNSAFE;
COMMENT ON FUNCTION mediaml.rating_als_accum(internal, anyelement, bigint, float8) IS
    'transition function of rating_als';

CREATE FUNCTION mediaml.rating_als_accum(internal, anyelement, bigint, float8, jsonb)
    RETURNS internal
    AS 'MODULE_PATHNAME', 'mml_rating_als_accum'
    LANGUAGE C PARALLEL UNSAFE;
COMMENT ON FUNCTION mediaml.rating_als_accum(internal, anyelement, bigint, float8, jsonb) IS
    'transition function of rating_als with options';

CREATE FUNCTION mediaml.rating_als_accum(internal, anyelement, text, float8)
    RETURNS internal
    AS 'MODULE_PATHNAME', 'mml_rating_als_accum'
    LANGUAGE C PARALLEL UNSAFE;
COMMENT ON FUNCTION mediaml.rating_als_accum(internal, anyelement, text, float8) IS
    'transition function of rating_als';

CREATE FUNCTION mediaml.rating_als_accum(internal, anyelement, text, float8, jsonb)
    RETURNS internal
    AS 'MODULE_PATHNAME', 'mml_rating_als_accum'
    LANGUAGE C PARALLEL UNSAFE;
COMMENT ON FUNCTION mediaml.rating_als_accum(internal, anyelement, text, float8, jsonb) IS
    'transition function of rating_als with options';

CREATE FUNCTION mediaml.rating_als_final(internal)
    RETURNS bytea
    AS 'MODULE_PATHNAME', 'mml_rating_als_final'
    LANGUAGE C PARALLEL UNSAFE;
COMMENT ON FUNCTION mediaml.rating_als_final(internal) IS
    'final function of rating_als';

CREATE AGGREGATE mediaml.rating_als(user_id anyelement, item_id bigint, rating float8) (
    SFUNC = mediaml.rating_als_accum,
    STYPE = internal,
    SSPACE = 8388608,
    FINALFUNC = mediaml.rating_als_final,
    FINALFUNC_MODIFY = READ_WRITE,
    PARALLEL = UNSAFE
);
COMMENT ON AGGREGATE mediaml.rating_als(anyelement, bigint, float8) IS
    'train a recommender that predicts ratings, by biases and factors';

CREATE AGGREGATE mediaml.rating_als(user_id anyelement, item_id bigint, rating float8, options jsonb) (
    SFUNC = mediaml.rating_als_accum,
    STYPE = internal,
    SSPACE = 8388608,
    FINALFUNC = mediaml.rating_als_final,
    FINALFUNC_MODIFY = READ_WRITE,
    PARALLEL = UNSAFE
);
COMMENT ON AGGREGATE mediaml.rating_als(anyelement, bigint, float8, jsonb) IS
    'train a recommender that predicts ratings, by biases and factors, with options';

CREATE AGGREGATE mediaml.rating_als(user_id anyelement, item_id text, rating float8) (
    SFUNC = mediaml.rating_als_accum,
    STYPE = internal,
    SSPACE = 8388608,
    FINALFUNC = mediaml.rating_als_final,
    FINALFUNC_MODIFY = READ_WRITE,
    PARALLEL = UNSAFE
);
COMMENT ON AGGREGATE mediaml.rating_als(anyelement, text, float8) IS
    'train a recommender that predicts ratings, by biases and factors';

CREATE AGGREGATE mediaml.rating_als(user_id anyelement, item_id text, rating float8, options jsonb) (
    SFUNC = mediaml.rating_als_accum,
    STYPE = internal,
    SSPACE = 8388608,
    FINALFUNC = mediaml.rating_als_final,
    FINALFUNC_MODIFY = READ_WRITE,
    PARALLEL = UNSAFE
);
COMMENT ON AGGREGATE mediaml.rating_als(anyelement, text, float8, jsonb) IS
    'train a recommender that predicts ratings, by biases and factors, with options';

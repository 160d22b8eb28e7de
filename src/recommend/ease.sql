-- ease: each item as a linear function of all others.

CREATE FUNCTION mediaml.ease_accum(internal, anyelement, bigint, float8)
    RETURNS internal
    AS 'MODULE_PATHNAME', 'mml_ease_accum'
    LANGUAGE C PARALLEL UNSAFE;
COMMENT ON FUNCTION mediaml.ease_accum(internal, anyelement, bigint, float8) IS
    'transition function of ease';

CREATE FUNCTION mediaml.ease_accum(internal, anyelement, bigint, float8, jsonb)
    RETURNS internal
    AS 'MODULE_PATHNAME', 'mml_ease_accum'
    LANGUAGE C PARALLEL UNSAFE;
COMMENT ON FUNCTION mediaml.ease_accum(internal, anyelement, bigint, float8, jsonb) IS
    'transition function of ease with options';

CREATE FUNCTION mediaml.ease_accum(internal, anyelement, text, float8)
    RETURNS internal
    AS 'MODULE_PATHNAME', 'mml_ease_accum'
    LANGUAGE C PARALLEL UNSAFE;
COMMENT ON FUNCTION mediaml.ease_accum(internal, anyelement, text, float8) IS
    'transition function of ease';

CREATE FUNCTION mediaml.ease_accum(internal, anyelement, text, float8, jsonb)
    RETURNS internal
    AS 'MODULE_PATHNAME', 'mml_ease_accum'
    LANGUAGE C PARALLEL UNSAFE;
COMMENT ON FUNCTION mediaml.ease_accum(internal, anyelement, text, float8, jsonb) IS
    'transition function of ease with options';

CREATE FUNCTION mediaml.ease_final(internal)
    RETURNS bytea
    AS 'MODULE_PATHNAME', 'mml_ease_final'
    LANGUAGE C PARALLEL UNSAFE;
COMMENT ON FUNCTION mediaml.ease_final(internal) IS
    'final function of ease';

CREATE AGGREGATE mediaml.ease(user_id anyelement, item_id bigint, weight float8) (
    SFUNC = mediaml.ease_accum,
    STYPE = internal,
    SSPACE = 8388608,
    FINALFUNC = mediaml.ease_final,
    FINALFUNC_MODIFY = READ_WRITE,
    PARALLEL = UNSAFE
);
COMMENT ON AGGREGATE mediaml.ease(anyelement, bigint, float8) IS
    'train a recommender by ridge regression between items';

CREATE AGGREGATE mediaml.ease(user_id anyelement, item_id bigint, weight float8, options jsonb) (
    SFUNC = mediaml.ease_accum,
    STYPE = internal,
    SSPACE = 8388608,
    FINALFUNC = mediaml.ease_final,
    FINALFUNC_MODIFY = READ_WRITE,
    PARALLEL = UNSAFE
);
COMMENT ON AGGREGATE mediaml.ease(anyelement, bigint, float8, jsonb) IS
    'train a recommender by ridge regression between items, with options l2, neighbours, auto';

CREATE AGGREGATE mediaml.ease(user_id anyelement, item_id text, weight float8) (
    SFUNC = mediaml.ease_accum,
    STYPE = internal,
    SSPACE = 8388608,
    FINALFUNC = mediaml.ease_final,
    FINALFUNC_MODIFY = READ_WRITE,
    PARALLEL = UNSAFE
);
COMMENT ON AGGREGATE mediaml.ease(anyelement, text, float8) IS
    'train a recommender by ridge regression between items';

CREATE AGGREGATE mediaml.ease(user_id anyelement, item_id text, weight float8, options jsonb) (
    SFUNC = mediaml.ease_accum,
    STYPE = internal,
    SSPACE = 8388608,
    FINALFUNC = mediaml.ease_final,
    FINALFUNC_MODIFY = READ_WRITE,
    PARALLEL = UNSAFE
);
COMMENT ON AGGREGATE mediaml.ease(anyelement, text, float8, jsonb) IS
    'train a recommender by ridge regression between items, with options l2, neighbours, auto';

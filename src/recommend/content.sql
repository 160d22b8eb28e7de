-- Recommend by what is written about items.

CREATE FUNCTION mediaml.content_accum(internal, bigint, text)
    RETURNS internal
    AS 'MODULE_PATHNAME', 'mml_content_accum'
    LANGUAGE C PARALLEL UNSAFE;
COMMENT ON FUNCTION mediaml.content_accum(internal, bigint, text) IS
    'transition function of content';

CREATE FUNCTION mediaml.content_accum(internal, bigint, text, jsonb)
    RETURNS internal
    AS 'MODULE_PATHNAME', 'mml_content_accum'
    LANGUAGE C PARALLEL UNSAFE;
COMMENT ON FUNCTION mediaml.content_accum(internal, bigint, text, jsonb) IS
    'transition function of content with options';

CREATE FUNCTION mediaml.content_accum(internal, text, text)
    RETURNS internal
    AS 'MODULE_PATHNAME', 'mml_content_accum'
    LANGUAGE C PARALLEL UNSAFE;
COMMENT ON FUNCTION mediaml.content_accum(internal, text, text) IS
    'transition function of content';

CREATE FUNCTION mediaml.content_accum(internal, text, text, jsonb)
    RETURNS internal
    AS 'MODULE_PATHNAME', 'mml_content_accum'
    LANGUAGE C PARALLEL UNSAFE;
COMMENT ON FUNCTION mediaml.content_accum(internal, text, text, jsonb) IS
    'transition function of content with options';

CREATE FUNCTION mediaml.content_final(internal)
    RETURNS bytea
    AS 'MODULE_PATHNAME', 'mml_content_final'
    LANGUAGE C PARALLEL UNSAFE;
COMMENT ON FUNCTION mediaml.content_final(internal) IS
    'final function of content';

CREATE AGGREGATE mediaml.content(item_id bigint, document text) (
    SFUNC = mediaml.content_accum,
    STYPE = internal,
    SSPACE = 8388608,
    FINALFUNC = mediaml.content_final,
    FINALFUNC_MODIFY = READ_WRITE,
    PARALLEL = UNSAFE
);
COMMENT ON AGGREGATE mediaml.content(bigint, text) IS
    'train a recommender of items that are written about in the same words';

CREATE AGGREGATE mediaml.content(item_id bigint, document text, options jsonb) (
    SFUNC = mediaml.content_accum,
    STYPE = internal,
    SSPACE = 8388608,
    FINALFUNC = mediaml.content_final,
    FINALFUNC_MODIFY = READ_WRITE,
    PARALLEL = UNSAFE
);
COMMENT ON AGGREGATE mediaml.content(bigint, text, jsonb) IS
    'train a recommender of items that are written about in the same words, with options min_count, max_share, config';

CREATE AGGREGATE mediaml.content(item_id text, document text) (
    SFUNC = mediaml.content_accum,
    STYPE = internal,
    SSPACE = 8388608,
    FINALFUNC = mediaml.content_final,
    FINALFUNC_MODIFY = READ_WRITE,
    PARALLEL = UNSAFE
);
COMMENT ON AGGREGATE mediaml.content(text, text) IS
    'train a recommender of items that are written about in the same words';

CREATE AGGREGATE mediaml.content(item_id text, document text, options jsonb) (
    SFUNC = mediaml.content_accum,
    STYPE = internal,
    SSPACE = 8388608,
    FINALFUNC = mediaml.content_final,
    FINALFUNC_MODIFY = READ_WRITE,
    PARALLEL = UNSAFE
);
COMMENT ON AGGREGATE mediaml.content(text, text, jsonb) IS
    'train a recommender of items that are written about in the same words, with options min_count, max_share, config';

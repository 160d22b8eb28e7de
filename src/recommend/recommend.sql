-- Recommenders: training aggregates, and the best items for a history.

CREATE FUNCTION mediaml.popularity_accum(internal, anyelement, bigint, float8)
    RETURNS internal
    AS 'MODULE_PATHNAME', 'mml_popularity_accum'
    LANGUAGE C PARALLEL UNSAFE;
COMMENT ON FUNCTION mediaml.popularity_accum(internal, anyelement, bigint, float8) IS
    'transition function of popularity';

CREATE FUNCTION mediaml.popularity_accum(internal, anyelement, bigint, float8, jsonb)
    RETURNS internal
    AS 'MODULE_PATHNAME', 'mml_popularity_accum'
    LANGUAGE C PARALLEL UNSAFE;
COMMENT ON FUNCTION mediaml.popularity_accum(internal, anyelement, bigint, float8, jsonb) IS
    'transition function of popularity with options';

CREATE FUNCTION mediaml.popularity_accum(internal, anyelement, text, float8)
    RETURNS internal
    AS 'MODULE_PATHNAME', 'mml_popularity_accum'
    LANGUAGE C PARALLEL UNSAFE;
COMMENT ON FUNCTION mediaml.popularity_accum(internal, anyelement, text, float8) IS
    'transition function of popularity';

CREATE FUNCTION mediaml.popularity_accum(internal, anyelement, text, float8, jsonb)
    RETURNS internal
    AS 'MODULE_PATHNAME', 'mml_popularity_accum'
    LANGUAGE C PARALLEL UNSAFE;
COMMENT ON FUNCTION mediaml.popularity_accum(internal, anyelement, text, float8, jsonb) IS
    'transition function of popularity with options';

CREATE FUNCTION mediaml.popularity_final(internal)
    RETURNS bytea
    AS 'MODULE_PATHNAME', 'mml_popularity_final'
    LANGUAGE C PARALLEL UNSAFE;
COMMENT ON FUNCTION mediaml.popularity_final(internal) IS
    'final function of popularity';

CREATE AGGREGATE mediaml.popularity(user_id anyelement, item_id bigint, weight float8) (
    SFUNC = mediaml.popularity_accum,
    STYPE = internal,
    SSPACE = 8388608,
    FINALFUNC = mediaml.popularity_final,
    FINALFUNC_MODIFY = READ_WRITE,
    PARALLEL = UNSAFE
);
COMMENT ON AGGREGATE mediaml.popularity(anyelement, bigint, float8) IS
    'train a recommender of the items with the most weight';

CREATE AGGREGATE mediaml.popularity(user_id anyelement, item_id bigint, weight float8, options jsonb) (
    SFUNC = mediaml.popularity_accum,
    STYPE = internal,
    SSPACE = 8388608,
    FINALFUNC = mediaml.popularity_final,
    FINALFUNC_MODIFY = READ_WRITE,
    PARALLEL = UNSAFE
);
COMMENT ON AGGREGATE mediaml.popularity(anyelement, bigint, float8, jsonb) IS
    'train a recommender of the items with the most weight; without a time it has no options';

CREATE AGGREGATE mediaml.popularity(user_id anyelement, item_id text, weight float8) (
    SFUNC = mediaml.popularity_accum,
    STYPE = internal,
    SSPACE = 8388608,
    FINALFUNC = mediaml.popularity_final,
    FINALFUNC_MODIFY = READ_WRITE,
    PARALLEL = UNSAFE
);
COMMENT ON AGGREGATE mediaml.popularity(anyelement, text, float8) IS
    'train a recommender of the items with the most weight';

CREATE AGGREGATE mediaml.popularity(user_id anyelement, item_id text, weight float8, options jsonb) (
    SFUNC = mediaml.popularity_accum,
    STYPE = internal,
    SSPACE = 8388608,
    FINALFUNC = mediaml.popularity_final,
    FINALFUNC_MODIFY = READ_WRITE,
    PARALLEL = UNSAFE
);
COMMENT ON AGGREGATE mediaml.popularity(anyelement, text, float8, jsonb) IS
    'train a recommender of the items with the most weight; without a time it has no options';

CREATE FUNCTION mediaml.popularity_accum(internal, anyelement, bigint, float8, timestamptz, jsonb)
    RETURNS internal
    AS 'MODULE_PATHNAME', 'mml_popularity_timed_accum'
    LANGUAGE C PARALLEL UNSAFE;
COMMENT ON FUNCTION mediaml.popularity_accum(internal, anyelement, bigint, float8, timestamptz, jsonb) IS
    'transition function of popularity of rows with a time';

CREATE AGGREGATE mediaml.popularity(user_id anyelement, item_id bigint, weight float8, "time" timestamptz, options jsonb) (
    SFUNC = mediaml.popularity_accum,
    STYPE = internal,
    SSPACE = 8388608,
    FINALFUNC = mediaml.popularity_final,
    FINALFUNC_MODIFY = READ_WRITE,
    PARALLEL = UNSAFE
);
COMMENT ON AGGREGATE mediaml.popularity(anyelement, bigint, float8, timestamptz, jsonb) IS
    'train a recommender of the items with the most weight of late, with the option half_life';

CREATE FUNCTION mediaml.popularity_accum(internal, anyelement, text, float8, timestamptz, jsonb)
    RETURNS internal
    AS 'MODULE_PATHNAME', 'mml_popularity_timed_accum'
    LANGUAGE C PARALLEL UNSAFE;
COMMENT ON FUNCTION mediaml.popularity_accum(internal, anyelement, text, float8, timestamptz, jsonb) IS
    'transition function of popularity of rows with a time';

CREATE AGGREGATE mediaml.popularity(user_id anyelement, item_id text, weight float8, "time" timestamptz, options jsonb) (
    SFUNC = mediaml.popularity_accum,
    STYPE = internal,
    SSPACE = 8388608,
    FINALFUNC = mediaml.popularity_final,
    FINALFUNC_MODIFY = READ_WRITE,
    PARALLEL = UNSAFE
);
COMMENT ON AGGREGATE mediaml.popularity(anyelement, text, float8, timestamptz, jsonb) IS
    'train a recommender of the items with the most weight of late, with the option half_life';

CREATE FUNCTION mediaml.item_knn_accum(internal, anyelement, bigint, float8)
    RETURNS internal
    AS 'MODULE_PATHNAME', 'mml_item_knn_accum'
    LANGUAGE C PARALLEL UNSAFE;
COMMENT ON FUNCTION mediaml.item_knn_accum(internal, anyelement, bigint, float8) IS
    'transition function of item_knn';

CREATE FUNCTION mediaml.item_knn_accum(internal, anyelement, bigint, float8, jsonb)
    RETURNS internal
    AS 'MODULE_PATHNAME', 'mml_item_knn_accum'
    LANGUAGE C PARALLEL UNSAFE;
COMMENT ON FUNCTION mediaml.item_knn_accum(internal, anyelement, bigint, float8, jsonb) IS
    'transition function of item_knn with options';

CREATE FUNCTION mediaml.item_knn_accum(internal, anyelement, text, float8)
    RETURNS internal
    AS 'MODULE_PATHNAME', 'mml_item_knn_accum'
    LANGUAGE C PARALLEL UNSAFE;
COMMENT ON FUNCTION mediaml.item_knn_accum(internal, anyelement, text, float8) IS
    'transition function of item_knn';

CREATE FUNCTION mediaml.item_knn_accum(internal, anyelement, text, float8, jsonb)
    RETURNS internal
    AS 'MODULE_PATHNAME', 'mml_item_knn_accum'
    LANGUAGE C PARALLEL UNSAFE;
COMMENT ON FUNCTION mediaml.item_knn_accum(internal, anyelement, text, float8, jsonb) IS
    'transition function of item_knn with options';

CREATE FUNCTION mediaml.item_knn_final(internal)
    RETURNS bytea
    AS 'MODULE_PATHNAME', 'mml_item_knn_final'
    LANGUAGE C PARALLEL UNSAFE;
COMMENT ON FUNCTION mediaml.item_knn_final(internal) IS
    'final function of item_knn';

CREATE AGGREGATE mediaml.item_knn(user_id anyelement, item_id bigint, weight float8) (
    SFUNC = mediaml.item_knn_accum,
    STYPE = internal,
    SSPACE = 8388608,
    FINALFUNC = mediaml.item_knn_final,
    FINALFUNC_MODIFY = READ_WRITE,
    PARALLEL = UNSAFE
);
COMMENT ON AGGREGATE mediaml.item_knn(anyelement, bigint, float8) IS
    'train a recommender of items that are seen by the same users';

CREATE AGGREGATE mediaml.item_knn(user_id anyelement, item_id bigint, weight float8, options jsonb) (
    SFUNC = mediaml.item_knn_accum,
    STYPE = internal,
    SSPACE = 8388608,
    FINALFUNC = mediaml.item_knn_final,
    FINALFUNC_MODIFY = READ_WRITE,
    PARALLEL = UNSAFE
);
COMMENT ON AGGREGATE mediaml.item_knn(anyelement, bigint, float8, jsonb) IS
    'train a recommender of items that are seen by the same users, with options k, shrink, weighting, k1, b';

CREATE AGGREGATE mediaml.item_knn(user_id anyelement, item_id text, weight float8) (
    SFUNC = mediaml.item_knn_accum,
    STYPE = internal,
    SSPACE = 8388608,
    FINALFUNC = mediaml.item_knn_final,
    FINALFUNC_MODIFY = READ_WRITE,
    PARALLEL = UNSAFE
);
COMMENT ON AGGREGATE mediaml.item_knn(anyelement, text, float8) IS
    'train a recommender of items that are seen by the same users';

CREATE AGGREGATE mediaml.item_knn(user_id anyelement, item_id text, weight float8, options jsonb) (
    SFUNC = mediaml.item_knn_accum,
    STYPE = internal,
    SSPACE = 8388608,
    FINALFUNC = mediaml.item_knn_final,
    FINALFUNC_MODIFY = READ_WRITE,
    PARALLEL = UNSAFE
);
COMMENT ON AGGREGATE mediaml.item_knn(anyelement, text, float8, jsonb) IS
    'train a recommender of items that are seen by the same users, with options k, shrink, weighting, k1, b';

CREATE FUNCTION mediaml.recommend_from(
    model bytea, history anycompatiblearray, k bigint DEFAULT 10,
    exclude_seen boolean DEFAULT true, exclude "any" DEFAULT NULL,
    weights float8[] DEFAULT NULL,
    OUT rank integer, OUT item_id bigint, OUT item_key text, OUT score float8,
    OUT source text, OUT because_of_id bigint, OUT because_of_key text,
    OUT propensity float8)
    RETURNS SETOF record
    AS 'MODULE_PATHNAME', 'mml_recommend_from'
    LANGUAGE C IMMUTABLE PARALLEL SAFE COST 5000 ROWS 10;
COMMENT ON FUNCTION mediaml.recommend_from(
    bytea, anycompatiblearray, bigint, boolean, "any", float8[]) IS
    'the k best of all items of a model for a history of items, each with its reason';

CREATE FUNCTION mediaml.recommend_from(
    model bytea, history anycompatiblearray, k bigint,
    candidates anycompatiblearray, exclude_seen boolean DEFAULT true,
    exclude "any" DEFAULT NULL, weights float8[] DEFAULT NULL,
    OUT rank integer, OUT item_id bigint, OUT item_key text, OUT score float8,
    OUT source text, OUT because_of_id bigint, OUT because_of_key text,
    OUT propensity float8)
    RETURNS SETOF record
    AS 'MODULE_PATHNAME', 'mml_recommend_from_candidates'
    LANGUAGE C IMMUTABLE PARALLEL SAFE COST 5000 ROWS 10;
COMMENT ON FUNCTION mediaml.recommend_from(
    bytea, anycompatiblearray, bigint, anycompatiblearray, boolean, "any", float8[]) IS
    'the k best of a list of candidates for a history of items, each with its reason';

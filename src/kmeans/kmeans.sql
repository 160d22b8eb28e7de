-- k-means clustering.

CREATE FUNCTION mediaml.kmeans_accum(internal, anyarray, bigint)
    RETURNS internal
    AS 'MODULE_PATHNAME', 'mml_kmeans_accum'
    LANGUAGE C PARALLEL UNSAFE;
COMMENT ON FUNCTION mediaml.kmeans_accum(internal, anyarray, bigint) IS
    'transition function of kmeans';

CREATE FUNCTION mediaml.kmeans_accum(internal, anyarray, bigint, jsonb)
    RETURNS internal
    AS 'MODULE_PATHNAME', 'mml_kmeans_accum'
    LANGUAGE C PARALLEL UNSAFE;
COMMENT ON FUNCTION mediaml.kmeans_accum(internal, anyarray, bigint, jsonb) IS
    'transition function of kmeans with options';

CREATE FUNCTION mediaml.kmeans_final(internal)
    RETURNS bytea
    AS 'MODULE_PATHNAME', 'mml_kmeans_final'
    LANGUAGE C PARALLEL UNSAFE;
COMMENT ON FUNCTION mediaml.kmeans_final(internal) IS
    'final function of kmeans';

CREATE AGGREGATE mediaml.kmeans(features anyarray, k bigint) (
    SFUNC = mediaml.kmeans_accum,
    STYPE = internal,
    SSPACE = 8388608,
    FINALFUNC = mediaml.kmeans_final,
    FINALFUNC_MODIFY = READ_WRITE,
    PARALLEL = UNSAFE
);
COMMENT ON AGGREGATE mediaml.kmeans(anyarray, bigint) IS
    'train a k-means model on arrays of features';

CREATE AGGREGATE mediaml.kmeans(features anyarray, k bigint, options jsonb) (
    SFUNC = mediaml.kmeans_accum,
    STYPE = internal,
    SSPACE = 8388608,
    FINALFUNC = mediaml.kmeans_final,
    FINALFUNC_MODIFY = READ_WRITE,
    PARALLEL = UNSAFE
);
COMMENT ON AGGREGATE mediaml.kmeans(anyarray, bigint, jsonb) IS
    'train a k-means model with options init, max_iter, n_init, names, seed, tol';

CREATE FUNCTION mediaml.kmeans_distance(model bytea, x float8[]) RETURNS float8
    AS 'MODULE_PATHNAME', 'mml_kmeans_distance_sql'
    LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100;
COMMENT ON FUNCTION mediaml.kmeans_distance(bytea, float8[]) IS
    'the distance of an array of features to the centroid of its cluster';

CREATE FUNCTION mediaml.kmeans_distance_row(model bytea, t record) RETURNS float8
    AS 'MODULE_PATHNAME', 'mml_kmeans_distance_row'
    LANGUAGE C STABLE STRICT PARALLEL SAFE COST 100;
COMMENT ON FUNCTION mediaml.kmeans_distance_row(bytea, record) IS
    'the distance of a row, its columns matched by name, to the centroid of its cluster';

CREATE FUNCTION mediaml.centroids(
    model bytea,
    OUT cluster integer, OUT size bigint, OUT share float8,
    OUT feature text, OUT value float8, OUT overall_mean float8,
    OUT raw_value float8, OUT raw_overall_mean float8)
    RETURNS SETOF record
    AS 'MODULE_PATHNAME', 'mml_centroids'
    LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100 ROWS 100;
COMMENT ON FUNCTION mediaml.centroids(bytea) IS
    'the centroids of a k-means model, a row a cluster and feature; of a pipeline also in the raw unit of its column';

-- How well apart groups of rows lie.

CREATE FUNCTION mediaml.clusters_step(state mediaml.state, features double precision[], cluster integer)
	RETURNS mediaml.state
	AS 'MODULE_PATHNAME', 'mml_metrics_clusters_step'
	LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION mediaml.clusters_step(mediaml.state, double precision[], integer) IS 'transition function of silhouette, silhouette_centroid and davies_bouldin';

CREATE FUNCTION mediaml.clusters_combine(state mediaml.state, other mediaml.state) RETURNS mediaml.state
	AS 'MODULE_PATHNAME', 'mml_metrics_clusters_combine'
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION mediaml.clusters_combine(mediaml.state, mediaml.state) IS 'combine function of silhouette, silhouette_centroid and davies_bouldin';

CREATE FUNCTION mediaml.silhouette_final(state mediaml.state) RETURNS double precision
	AS 'MODULE_PATHNAME', 'mml_metrics_silhouette_final'
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION mediaml.silhouette_final(mediaml.state) IS 'final function of silhouette';

CREATE AGGREGATE mediaml.silhouette(features double precision[], cluster integer) (
	SFUNC = mediaml.clusters_step,
	STYPE = mediaml.state,
	SSPACE = 65536,
	COMBINEFUNC = mediaml.clusters_combine,
	FINALFUNC = mediaml.silhouette_final,
	FINALFUNC_MODIFY = READ_ONLY,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE mediaml.silhouette(double precision[], integer) IS 'mean over rows of how much nearer their own cluster is than the next, by all distances';

CREATE FUNCTION mediaml.silhouette_centroid_final(state mediaml.state) RETURNS double precision
	AS 'MODULE_PATHNAME', 'mml_metrics_silhouette_centroid_final'
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION mediaml.silhouette_centroid_final(mediaml.state) IS 'final function of silhouette_centroid';

CREATE AGGREGATE mediaml.silhouette_centroid(features double precision[], cluster integer) (
	SFUNC = mediaml.clusters_step,
	STYPE = mediaml.state,
	SSPACE = 65536,
	COMBINEFUNC = mediaml.clusters_combine,
	FINALFUNC = mediaml.silhouette_centroid_final,
	FINALFUNC_MODIFY = READ_ONLY,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE mediaml.silhouette_centroid(double precision[], integer) IS 'the same by distances to centroids: the simplified silhouette';

CREATE FUNCTION mediaml.davies_bouldin_final(state mediaml.state) RETURNS double precision
	AS 'MODULE_PATHNAME', 'mml_metrics_davies_bouldin_final'
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION mediaml.davies_bouldin_final(mediaml.state) IS 'final function of davies_bouldin';

CREATE AGGREGATE mediaml.davies_bouldin(features double precision[], cluster integer) (
	SFUNC = mediaml.clusters_step,
	STYPE = mediaml.state,
	SSPACE = 65536,
	COMBINEFUNC = mediaml.clusters_combine,
	FINALFUNC = mediaml.davies_bouldin_final,
	FINALFUNC_MODIFY = READ_ONLY,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE mediaml.davies_bouldin(double precision[], integer) IS 'mean over clusters of how much they overlap with the nearest: less is better';

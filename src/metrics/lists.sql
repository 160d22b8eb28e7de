-- What recommended lists are worth together, and means with their intervals.

CREATE FUNCTION mediaml.catalogue_coverage_step(state mediaml.state, item_id bigint, catalogue_size bigint) RETURNS mediaml.state
	AS 'MODULE_PATHNAME', 'mml_metrics_coverage_bigint'
	LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION mediaml.catalogue_coverage_step(mediaml.state, bigint, bigint) IS 'transition function of catalogue_coverage';

CREATE FUNCTION mediaml.catalogue_coverage_step(state mediaml.state, item_id text, catalogue_size bigint) RETURNS mediaml.state
	AS 'MODULE_PATHNAME', 'mml_metrics_coverage_text'
	LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION mediaml.catalogue_coverage_step(mediaml.state, text, bigint) IS 'transition function of catalogue_coverage';

CREATE FUNCTION mediaml.catalogue_coverage_combine(state mediaml.state, other mediaml.state) RETURNS mediaml.state
	AS 'MODULE_PATHNAME', 'mml_metrics_coverage_combine'
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION mediaml.catalogue_coverage_combine(mediaml.state, mediaml.state) IS 'combine function of catalogue_coverage';

CREATE FUNCTION mediaml.catalogue_coverage_final(state mediaml.state) RETURNS double precision
	AS 'MODULE_PATHNAME', 'mml_metrics_coverage_final'
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION mediaml.catalogue_coverage_final(mediaml.state) IS 'final function of catalogue_coverage';

CREATE AGGREGATE mediaml.catalogue_coverage(item_id bigint, catalogue_size bigint) (
	SFUNC = mediaml.catalogue_coverage_step,
	STYPE = mediaml.state,
	SSPACE = 65536,
	COMBINEFUNC = mediaml.catalogue_coverage_combine,
	FINALFUNC = mediaml.catalogue_coverage_final,
	FINALFUNC_MODIFY = READ_ONLY,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE mediaml.catalogue_coverage(bigint, bigint) IS 'different items among those recommended, over the size of the catalogue';

CREATE AGGREGATE mediaml.catalogue_coverage(item_id text, catalogue_size bigint) (
	SFUNC = mediaml.catalogue_coverage_step,
	STYPE = mediaml.state,
	SSPACE = 65536,
	COMBINEFUNC = mediaml.catalogue_coverage_combine,
	FINALFUNC = mediaml.catalogue_coverage_final,
	FINALFUNC_MODIFY = READ_ONLY,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE mediaml.catalogue_coverage(text, bigint) IS 'different items among those recommended, over the size of the catalogue';

CREATE FUNCTION mediaml.novelty_step(state mediaml.state, viewers bigint, all_viewers bigint) RETURNS mediaml.state
	AS 'MODULE_PATHNAME', 'mml_metrics_novelty_step'
	LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION mediaml.novelty_step(mediaml.state, bigint, bigint) IS 'transition function of novelty';

CREATE FUNCTION mediaml.novelty_combine(state mediaml.state, other mediaml.state) RETURNS mediaml.state
	AS 'MODULE_PATHNAME', 'mml_metrics_novelty_combine'
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION mediaml.novelty_combine(mediaml.state, mediaml.state) IS 'combine function of novelty';

CREATE FUNCTION mediaml.novelty_final(state mediaml.state) RETURNS double precision
	AS 'MODULE_PATHNAME', 'mml_metrics_novelty_final'
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION mediaml.novelty_final(mediaml.state) IS 'final function of novelty';

CREATE AGGREGATE mediaml.novelty(viewers bigint, all_viewers bigint) (
	SFUNC = mediaml.novelty_step,
	STYPE = mediaml.state,
	SSPACE = 64,
	COMBINEFUNC = mediaml.novelty_combine,
	FINALFUNC = mediaml.novelty_final,
	FINALFUNC_MODIFY = READ_ONLY,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE mediaml.novelty(bigint, bigint) IS 'mean of log2(all viewers / viewers) of what was recommended: how little known it is, in bits';

CREATE FUNCTION mediaml.diversity_step(state mediaml.state, features double precision[]) RETURNS mediaml.state
	AS 'MODULE_PATHNAME', 'mml_metrics_diversity_step'
	LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION mediaml.diversity_step(mediaml.state, double precision[]) IS 'transition function of diversity';

CREATE FUNCTION mediaml.diversity_combine(state mediaml.state, other mediaml.state) RETURNS mediaml.state
	AS 'MODULE_PATHNAME', 'mml_metrics_diversity_combine'
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION mediaml.diversity_combine(mediaml.state, mediaml.state) IS 'combine function of diversity';

CREATE FUNCTION mediaml.diversity_final(state mediaml.state) RETURNS double precision
	AS 'MODULE_PATHNAME', 'mml_metrics_diversity_final'
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION mediaml.diversity_final(mediaml.state) IS 'final function of diversity';

CREATE AGGREGATE mediaml.diversity(features double precision[]) (
	SFUNC = mediaml.diversity_step,
	STYPE = mediaml.state,
	SSPACE = 4096,
	COMBINEFUNC = mediaml.diversity_combine,
	FINALFUNC = mediaml.diversity_final,
	FINALFUNC_MODIFY = READ_ONLY,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE mediaml.diversity(double precision[]) IS 'mean over pairs of a list of 1 less the cosine of their features';

CREATE TYPE mediaml.estimate AS (
	value double precision,
	ci_low double precision,
	ci_high double precision,
	n bigint
);
COMMENT ON TYPE mediaml.estimate IS 'a number, the interval in which it is believed to lie, and of how many rows it is';

CREATE FUNCTION mediaml.bootstrap_mean_step(state mediaml.state, value double precision) RETURNS mediaml.state
	AS 'MODULE_PATHNAME', 'mml_metrics_bootstrap_step'
	LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION mediaml.bootstrap_mean_step(mediaml.state, double precision) IS 'transition function of bootstrap_mean';

CREATE FUNCTION mediaml.bootstrap_mean_step(state mediaml.state, value double precision, options jsonb) RETURNS mediaml.state
	AS 'MODULE_PATHNAME', 'mml_metrics_bootstrap_step'
	LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION mediaml.bootstrap_mean_step(mediaml.state, double precision, jsonb) IS 'transition function of bootstrap_mean';

CREATE FUNCTION mediaml.bootstrap_mean_combine(state mediaml.state, other mediaml.state) RETURNS mediaml.state
	AS 'MODULE_PATHNAME', 'mml_metrics_bootstrap_combine'
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION mediaml.bootstrap_mean_combine(mediaml.state, mediaml.state) IS 'combine function of bootstrap_mean';

CREATE FUNCTION mediaml.bootstrap_mean_final(state mediaml.state) RETURNS mediaml.estimate
	AS 'MODULE_PATHNAME', 'mml_metrics_bootstrap_final'
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION mediaml.bootstrap_mean_final(mediaml.state) IS 'final function of bootstrap_mean';

CREATE AGGREGATE mediaml.bootstrap_mean(value double precision) (
	SFUNC = mediaml.bootstrap_mean_step,
	STYPE = mediaml.state,
	SSPACE = 65536,
	COMBINEFUNC = mediaml.bootstrap_mean_combine,
	FINALFUNC = mediaml.bootstrap_mean_final,
	FINALFUNC_MODIFY = READ_ONLY,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE mediaml.bootstrap_mean(double precision) IS 'the mean with its bootstrap interval';

CREATE AGGREGATE mediaml.bootstrap_mean(value double precision, options jsonb) (
	SFUNC = mediaml.bootstrap_mean_step,
	STYPE = mediaml.state,
	SSPACE = 65536,
	COMBINEFUNC = mediaml.bootstrap_mean_combine,
	FINALFUNC = mediaml.bootstrap_mean_final,
	FINALFUNC_MODIFY = READ_ONLY,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE mediaml.bootstrap_mean(double precision, jsonb) IS 'the mean with its bootstrap interval, with options level, resamples, seed';

CREATE FUNCTION mediaml.bootstrap_weighted_mean_step(state mediaml.state, value double precision, weight double precision)
	RETURNS mediaml.state
	AS 'MODULE_PATHNAME', 'mml_metrics_weighted_step'
	LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION mediaml.bootstrap_weighted_mean_step(mediaml.state, double precision, double precision) IS 'transition function of bootstrap_weighted_mean';

CREATE FUNCTION mediaml.bootstrap_weighted_mean_step(state mediaml.state, value double precision, weight double precision, options jsonb)
	RETURNS mediaml.state
	AS 'MODULE_PATHNAME', 'mml_metrics_weighted_step'
	LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION mediaml.bootstrap_weighted_mean_step(mediaml.state, double precision, double precision, jsonb) IS 'transition function of bootstrap_weighted_mean';

CREATE FUNCTION mediaml.bootstrap_weighted_mean_combine(state mediaml.state, other mediaml.state)
	RETURNS mediaml.state
	AS 'MODULE_PATHNAME', 'mml_metrics_weighted_combine'
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION mediaml.bootstrap_weighted_mean_combine(mediaml.state, mediaml.state) IS 'combine function of bootstrap_weighted_mean';

CREATE FUNCTION mediaml.bootstrap_weighted_mean_final(state mediaml.state) RETURNS mediaml.estimate
	AS 'MODULE_PATHNAME', 'mml_metrics_weighted_final'
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION mediaml.bootstrap_weighted_mean_final(mediaml.state) IS 'final function of bootstrap_weighted_mean';

CREATE AGGREGATE mediaml.bootstrap_weighted_mean(value double precision, weight double precision) (
	SFUNC = mediaml.bootstrap_weighted_mean_step,
	STYPE = mediaml.state,
	SSPACE = 65536,
	COMBINEFUNC = mediaml.bootstrap_weighted_mean_combine,
	FINALFUNC = mediaml.bootstrap_weighted_mean_final,
	FINALFUNC_MODIFY = READ_ONLY,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE mediaml.bootstrap_weighted_mean(double precision, double precision) IS 'the weighted mean with the interval of drawing rows with their weights';

CREATE AGGREGATE mediaml.bootstrap_weighted_mean(value double precision, weight double precision, options jsonb) (
	SFUNC = mediaml.bootstrap_weighted_mean_step,
	STYPE = mediaml.state,
	SSPACE = 65536,
	COMBINEFUNC = mediaml.bootstrap_weighted_mean_combine,
	FINALFUNC = mediaml.bootstrap_weighted_mean_final,
	FINALFUNC_MODIFY = READ_ONLY,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE mediaml.bootstrap_weighted_mean(double precision, double precision, jsonb) IS 'the weighted mean with the interval of drawing rows with their weights, with options level, resamples, seed';

-- Metrics of two classes that are no means, with their intervals.

CREATE TYPE mediaml.metric_estimate AS (
	metric text,
	value double precision,
	ci_low double precision,
	ci_high double precision,
	n bigint,
	resamples bigint
);
COMMENT ON TYPE mediaml.metric_estimate IS 'a metric, the interval in which it is believed to lie, of how many rows it is, and of how many resamples the interval';

CREATE FUNCTION mediaml.bootstrap_scores_step(
	state mediaml.state, actual boolean, score double precision, predicted boolean, cluster text)
	RETURNS mediaml.state
	AS 'MODULE_PATHNAME', 'mml_metrics_bootstrap_scores_step'
	LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION mediaml.bootstrap_scores_step(mediaml.state, boolean, double precision, boolean, text) IS 'transition function of bootstrap_scores';

CREATE FUNCTION mediaml.bootstrap_scores_step(
	state mediaml.state, actual boolean, score double precision, predicted boolean, cluster text, options jsonb)
	RETURNS mediaml.state
	AS 'MODULE_PATHNAME', 'mml_metrics_bootstrap_scores_step'
	LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION mediaml.bootstrap_scores_step(mediaml.state, boolean, double precision, boolean, text, jsonb) IS 'transition function of bootstrap_scores with options';

CREATE FUNCTION mediaml.bootstrap_scores_combine(state mediaml.state, other mediaml.state)
	RETURNS mediaml.state
	AS 'MODULE_PATHNAME', 'mml_metrics_bootstrap_scores_combine'
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION mediaml.bootstrap_scores_combine(mediaml.state, mediaml.state) IS 'combine function of bootstrap_scores';

CREATE FUNCTION mediaml.bootstrap_scores_final(state mediaml.state) RETURNS mediaml.metric_estimate[]
	AS 'MODULE_PATHNAME', 'mml_metrics_bootstrap_scores_final'
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION mediaml.bootstrap_scores_final(mediaml.state) IS 'final function of bootstrap_scores';

CREATE AGGREGATE mediaml.bootstrap_scores(
	actual boolean, score double precision, predicted boolean, cluster text) (
	SFUNC = mediaml.bootstrap_scores_step,
	STYPE = mediaml.state,
	SSPACE = 65536,
	COMBINEFUNC = mediaml.bootstrap_scores_combine,
	FINALFUNC = mediaml.bootstrap_scores_final,
	FINALFUNC_MODIFY = READ_ONLY,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE mediaml.bootstrap_scores(boolean, double precision, boolean, text) IS 'roc_auc, average_precision, precision, recall and f1 with the interval of drawing clusters of rows';

CREATE AGGREGATE mediaml.bootstrap_scores(
	actual boolean, score double precision, predicted boolean, cluster text, options jsonb) (
	SFUNC = mediaml.bootstrap_scores_step,
	STYPE = mediaml.state,
	SSPACE = 65536,
	COMBINEFUNC = mediaml.bootstrap_scores_combine,
	FINALFUNC = mediaml.bootstrap_scores_final,
	FINALFUNC_MODIFY = READ_ONLY,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE mediaml.bootstrap_scores(boolean, double precision, boolean, text, jsonb) IS 'roc_auc, average_precision, precision, recall and f1 with the interval of drawing clusters of rows, with options level, resamples, seed';

CREATE FUNCTION mediaml.bootstrap_scores_gain_step(
	state mediaml.state, actual boolean, score double precision, predicted boolean, old_score double precision, old_predicted boolean, cluster text)
	RETURNS mediaml.state
	AS 'MODULE_PATHNAME', 'mml_metrics_bootstrap_gain_step'
	LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION mediaml.bootstrap_scores_gain_step(mediaml.state, boolean, double precision, boolean, double precision, boolean, text) IS 'transition function of bootstrap_scores_gain';

CREATE FUNCTION mediaml.bootstrap_scores_gain_step(
	state mediaml.state, actual boolean, score double precision, predicted boolean, old_score double precision, old_predicted boolean, cluster text, options jsonb)
	RETURNS mediaml.state
	AS 'MODULE_PATHNAME', 'mml_metrics_bootstrap_gain_step'
	LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION mediaml.bootstrap_scores_gain_step(mediaml.state, boolean, double precision, boolean, double precision, boolean, text, jsonb) IS 'transition function of bootstrap_scores_gain with options';

CREATE FUNCTION mediaml.bootstrap_scores_gain_combine(state mediaml.state, other mediaml.state)
	RETURNS mediaml.state
	AS 'MODULE_PATHNAME', 'mml_metrics_bootstrap_gain_combine'
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION mediaml.bootstrap_scores_gain_combine(mediaml.state, mediaml.state) IS 'combine function of bootstrap_scores_gain';

CREATE FUNCTION mediaml.bootstrap_scores_gain_final(state mediaml.state) RETURNS mediaml.metric_estimate[]
	AS 'MODULE_PATHNAME', 'mml_metrics_bootstrap_gain_final'
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION mediaml.bootstrap_scores_gain_final(mediaml.state) IS 'final function of bootstrap_scores_gain';

CREATE AGGREGATE mediaml.bootstrap_scores_gain(
	actual boolean, score double precision, predicted boolean, old_score double precision, old_predicted boolean, cluster text) (
	SFUNC = mediaml.bootstrap_scores_gain_step,
	STYPE = mediaml.state,
	SSPACE = 65536,
	COMBINEFUNC = mediaml.bootstrap_scores_gain_combine,
	FINALFUNC = mediaml.bootstrap_scores_gain_final,
	FINALFUNC_MODIFY = READ_ONLY,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE mediaml.bootstrap_scores_gain(boolean, double precision, boolean, double precision, boolean, text) IS 'by how much a model is better than an older one by each metric of bootstrap_scores, with the interval of the same resamples';

CREATE AGGREGATE mediaml.bootstrap_scores_gain(
	actual boolean, score double precision, predicted boolean, old_score double precision, old_predicted boolean, cluster text, options jsonb) (
	SFUNC = mediaml.bootstrap_scores_gain_step,
	STYPE = mediaml.state,
	SSPACE = 65536,
	COMBINEFUNC = mediaml.bootstrap_scores_gain_combine,
	FINALFUNC = mediaml.bootstrap_scores_gain_final,
	FINALFUNC_MODIFY = READ_ONLY,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE mediaml.bootstrap_scores_gain(boolean, double precision, boolean, double precision, boolean, text, jsonb) IS 'by how much a model is better than an older one by each metric of bootstrap_scores, with options level, resamples, seed';

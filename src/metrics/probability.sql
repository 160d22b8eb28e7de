-- Probabilities of many classes, and Brier scores.

CREATE FUNCTION mediaml.log_loss_step(state mediaml.state, actual text, classes text[], probabilities double precision[])
	RETURNS mediaml.state
	AS 'MODULE_PATHNAME', 'mml_metrics_log_loss_of_step'
	LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION mediaml.log_loss_step(mediaml.state, text, text[], double precision[]) IS 'transition function of log_loss of many classes';

CREATE AGGREGATE mediaml.log_loss(actual text, classes text[], probabilities double precision[]) (
	SFUNC = mediaml.log_loss_step,
	STYPE = mediaml.state,
	SSPACE = 64,
	COMBINEFUNC = mediaml.log_loss_combine,
	FINALFUNC = mediaml.log_loss_final,
	FINALFUNC_MODIFY = READ_ONLY,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE mediaml.log_loss(text, text[], double precision[]) IS 'mean of -log of the probability that was given to the class that happened';

CREATE FUNCTION mediaml.brier_step(state mediaml.state, actual boolean, probability double precision)
	RETURNS mediaml.state
	AS 'MODULE_PATHNAME', 'mml_metrics_brier_step'
	LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION mediaml.brier_step(mediaml.state, boolean, double precision) IS 'transition function of brier';

CREATE FUNCTION mediaml.brier_step(state mediaml.state, actual text, classes text[], probabilities double precision[])
	RETURNS mediaml.state
	AS 'MODULE_PATHNAME', 'mml_metrics_brier_of_step'
	LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION mediaml.brier_step(mediaml.state, text, text[], double precision[]) IS 'transition function of brier of many classes';

CREATE FUNCTION mediaml.brier_combine(state mediaml.state, other mediaml.state) RETURNS mediaml.state
	AS 'MODULE_PATHNAME', 'mml_metrics_brier_combine'
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION mediaml.brier_combine(mediaml.state, mediaml.state) IS 'combine function of brier';

CREATE FUNCTION mediaml.brier_final(state mediaml.state) RETURNS double precision
	AS 'MODULE_PATHNAME', 'mml_metrics_brier_final'
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION mediaml.brier_final(mediaml.state) IS 'final function of brier';

CREATE AGGREGATE mediaml.brier(actual boolean, probability double precision) (
	SFUNC = mediaml.brier_step,
	STYPE = mediaml.state,
	SSPACE = 64,
	COMBINEFUNC = mediaml.brier_combine,
	FINALFUNC = mediaml.brier_final,
	FINALFUNC_MODIFY = READ_ONLY,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE mediaml.brier(boolean, double precision) IS 'mean squared difference of the probability from what happened';

CREATE AGGREGATE mediaml.brier(actual text, classes text[], probabilities double precision[]) (
	SFUNC = mediaml.brier_step,
	STYPE = mediaml.state,
	SSPACE = 64,
	COMBINEFUNC = mediaml.brier_combine,
	FINALFUNC = mediaml.brier_final,
	FINALFUNC_MODIFY = READ_ONLY,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE mediaml.brier(text, text[], double precision[]) IS 'mean of squared differences of all probabilities from what happened';

-- accuracy

CREATE FUNCTION mediaml.accuracy_step(state mediaml.state, actual boolean, predicted boolean) RETURNS mediaml.state
	AS 'MODULE_PATHNAME', 'mml_metrics_accuracy_boolean'
	LANGUAGE C IMMUTABLE PARALLEL SAFE;

CREATE FUNCTION mediaml.accuracy_step(state mediaml.state, actual bigint, predicted bigint) RETURNS mediaml.state
	AS 'MODULE_PATHNAME', 'mml_metrics_accuracy_bigint'
	LANGUAGE C IMMUTABLE PARALLEL SAFE;

CREATE FUNCTION mediaml.accuracy_step(state mediaml.state, actual text, predicted text) RETURNS mediaml.state
	AS 'MODULE_PATHNAME', 'mml_metrics_accuracy_text'
	LANGUAGE C IMMUTABLE PARALLEL SAFE;

CREATE FUNCTION mediaml.accuracy_combine(state mediaml.state, other mediaml.state) RETURNS mediaml.state
	AS 'MODULE_PATHNAME', 'mml_metrics_accuracy_combine'
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;

CREATE FUNCTION mediaml.accuracy_final(state mediaml.state) RETURNS double precision
	AS 'MODULE_PATHNAME', 'mml_metrics_accuracy_final'
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;

CREATE AGGREGATE mediaml.accuracy(actual boolean, predicted boolean) (
	SFUNC = mediaml.accuracy_step,
	STYPE = mediaml.state,
	SSPACE = 64,
	COMBINEFUNC = mediaml.accuracy_combine,
	FINALFUNC = mediaml.accuracy_final,
	FINALFUNC_MODIFY = READ_ONLY,
	PARALLEL = SAFE
);

CREATE AGGREGATE mediaml.accuracy(actual bigint, predicted bigint) (
	SFUNC = mediaml.accuracy_step,
	STYPE = mediaml.state,
	SSPACE = 64,
	COMBINEFUNC = mediaml.accuracy_combine,
	FINALFUNC = mediaml.accuracy_final,
	FINALFUNC_MODIFY = READ_ONLY,
	PARALLEL = SAFE
);

CREATE AGGREGATE mediaml.accuracy(actual text, predicted text) (
	SFUNC = mediaml.accuracy_step,
	STYPE = mediaml.state,
	SSPACE = 64,
	COMBINEFUNC = mediaml.accuracy_combine,
	FINALFUNC = mediaml.accuracy_final,
	FINALFUNC_MODIFY = READ_ONLY,
	PARALLEL = SAFE
);

COMMENT ON AGGREGATE mediaml.accuracy(boolean, boolean) IS 'share of rows whose prediction is what happened';
COMMENT ON AGGREGATE mediaml.accuracy(bigint, bigint) IS 'share of rows whose prediction is what happened';
COMMENT ON AGGREGATE mediaml.accuracy(text, text) IS 'share of rows whose prediction is what happened';
COMMENT ON FUNCTION mediaml.accuracy_step(mediaml.state, boolean, boolean) IS 'transition function of accuracy(boolean, boolean)';
COMMENT ON FUNCTION mediaml.accuracy_step(mediaml.state, bigint, bigint) IS 'transition function of accuracy(bigint, bigint)';
COMMENT ON FUNCTION mediaml.accuracy_step(mediaml.state, text, text) IS 'transition function of accuracy(text, text)';
COMMENT ON FUNCTION mediaml.accuracy_combine(mediaml.state, mediaml.state) IS 'combine function of accuracy';
COMMENT ON FUNCTION mediaml.accuracy_final(mediaml.state) IS 'final function of accuracy';

-- log_loss

CREATE FUNCTION mediaml.log_loss_step(state mediaml.state, actual boolean, probability double precision)
	RETURNS mediaml.state
	AS 'MODULE_PATHNAME', 'mml_metrics_log_loss_step'
	LANGUAGE C IMMUTABLE PARALLEL SAFE;

CREATE FUNCTION mediaml.log_loss_combine(state mediaml.state, other mediaml.state) RETURNS mediaml.state
	AS 'MODULE_PATHNAME', 'mml_metrics_log_loss_combine'
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;

CREATE FUNCTION mediaml.log_loss_final(state mediaml.state) RETURNS double precision
	AS 'MODULE_PATHNAME', 'mml_metrics_log_loss_final'
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;

CREATE AGGREGATE mediaml.log_loss(actual boolean, probability double precision) (
	SFUNC = mediaml.log_loss_step,
	STYPE = mediaml.state,
	SSPACE = 64,
	COMBINEFUNC = mediaml.log_loss_combine,
	FINALFUNC = mediaml.log_loss_final,
	FINALFUNC_MODIFY = READ_ONLY,
	PARALLEL = SAFE
);

COMMENT ON AGGREGATE mediaml.log_loss(boolean, double precision) IS 'mean of -log of the probability that was given to what happened';
COMMENT ON FUNCTION mediaml.log_loss_step(mediaml.state, boolean, double precision) IS 'transition function of log_loss';
COMMENT ON FUNCTION mediaml.log_loss_combine(mediaml.state, mediaml.state) IS 'combine function of log_loss';
COMMENT ON FUNCTION mediaml.log_loss_final(mediaml.state) IS 'final function of log_loss';

-- roc_auc: its state holds every row, so many groups are better sorted than
-- hashed, as its SSPACE tells the planner

CREATE FUNCTION mediaml.roc_auc_step(state mediaml.state, actual boolean, score double precision)
	RETURNS mediaml.state
	AS 'MODULE_PATHNAME', 'mml_metrics_roc_auc_step'
	LANGUAGE C IMMUTABLE PARALLEL SAFE;

CREATE FUNCTION mediaml.roc_auc_combine(state mediaml.state, other mediaml.state) RETURNS mediaml.state
	AS 'MODULE_PATHNAME', 'mml_metrics_roc_auc_combine'
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;

CREATE FUNCTION mediaml.roc_auc_final(state mediaml.state) RETURNS double precision
	AS 'MODULE_PATHNAME', 'mml_metrics_roc_auc_final'
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;

CREATE AGGREGATE mediaml.roc_auc(actual boolean, score double precision) (
	SFUNC = mediaml.roc_auc_step,
	STYPE = mediaml.state,
	SSPACE = 65536,
	COMBINEFUNC = mediaml.roc_auc_combine,
	FINALFUNC = mediaml.roc_auc_final,
	FINALFUNC_MODIFY = READ_ONLY,
	PARALLEL = SAFE
);

COMMENT ON AGGREGATE mediaml.roc_auc(boolean, double precision) IS 'share of pairs of a positive and a negative row in which the positive has the higher score';
COMMENT ON FUNCTION mediaml.roc_auc_step(mediaml.state, boolean, double precision) IS 'transition function of roc_auc';
COMMENT ON FUNCTION mediaml.roc_auc_combine(mediaml.state, mediaml.state) IS 'combine function of roc_auc';
COMMENT ON FUNCTION mediaml.roc_auc_final(mediaml.state) IS 'final function of roc_auc';

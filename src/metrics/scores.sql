-- What scores of two classes are worth, threshold by threshold.

CREATE FUNCTION mediaml.average_precision_final(state mediaml.state) RETURNS double precision
	AS 'MODULE_PATHNAME', 'mml_metrics_average_precision_final'
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION mediaml.average_precision_final(mediaml.state) IS 'final function of average_precision';

CREATE AGGREGATE mediaml.average_precision(actual boolean, score double precision) (
	SFUNC = mediaml.roc_auc_step,
	STYPE = mediaml.state,
	SSPACE = 65536,
	COMBINEFUNC = mediaml.roc_auc_combine,
	FINALFUNC = mediaml.average_precision_final,
	FINALFUNC_MODIFY = READ_ONLY,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE mediaml.average_precision(boolean, double precision) IS 'sum over thresholds of the precision times the gain in recall';

CREATE TYPE mediaml.roc_point AS (
	threshold double precision,
	false_positive_rate double precision,
	true_positive_rate double precision
);
COMMENT ON TYPE mediaml.roc_point IS 'what share of each class has at least a score';

CREATE FUNCTION mediaml.roc_curve_step(state mediaml.state, actual boolean, score double precision, points bigint)
	RETURNS mediaml.state
	AS 'MODULE_PATHNAME', 'mml_metrics_roc_curve_step'
	LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION mediaml.roc_curve_step(mediaml.state, boolean, double precision, bigint) IS 'transition function of roc_curve with a number of points';

CREATE FUNCTION mediaml.roc_curve_final(state mediaml.state) RETURNS mediaml.roc_point[]
	AS 'MODULE_PATHNAME', 'mml_metrics_roc_curve_final'
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION mediaml.roc_curve_final(mediaml.state) IS 'final function of roc_curve';

CREATE AGGREGATE mediaml.roc_curve(actual boolean, score double precision) (
	SFUNC = mediaml.roc_auc_step,
	STYPE = mediaml.state,
	SSPACE = 65536,
	COMBINEFUNC = mediaml.roc_auc_combine,
	FINALFUNC = mediaml.roc_curve_final,
	FINALFUNC_MODIFY = READ_ONLY,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE mediaml.roc_curve(boolean, double precision) IS 'the ROC curve to draw: points where it bends, at most 1000';

CREATE AGGREGATE mediaml.roc_curve(actual boolean, score double precision, points bigint) (
	SFUNC = mediaml.roc_curve_step,
	STYPE = mediaml.state,
	SSPACE = 65536,
	COMBINEFUNC = mediaml.roc_auc_combine,
	FINALFUNC = mediaml.roc_curve_final,
	FINALFUNC_MODIFY = READ_ONLY,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE mediaml.roc_curve(boolean, double precision, bigint) IS 'the ROC curve to draw: points where it bends, at most so many';

CREATE TYPE mediaml.lift_row AS (
	part integer,
	n bigint,
	least_score double precision,
	positives double precision,
	share double precision,
	captured double precision,
	lift double precision
);
COMMENT ON TYPE mediaml.lift_row IS 'one of equal parts of the rows in the order of their scores, and how much more of it is positive';

CREATE FUNCTION mediaml.lift_step(state mediaml.state, actual boolean, score double precision, parts bigint)
	RETURNS mediaml.state
	AS 'MODULE_PATHNAME', 'mml_metrics_lift_step'
	LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION mediaml.lift_step(mediaml.state, boolean, double precision, bigint) IS 'transition function of lift with a number of parts';

CREATE FUNCTION mediaml.lift_final(state mediaml.state) RETURNS mediaml.lift_row[]
	AS 'MODULE_PATHNAME', 'mml_metrics_lift_final'
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION mediaml.lift_final(mediaml.state) IS 'final function of lift';

CREATE AGGREGATE mediaml.lift(actual boolean, score double precision) (
	SFUNC = mediaml.roc_auc_step,
	STYPE = mediaml.state,
	SSPACE = 65536,
	COMBINEFUNC = mediaml.roc_auc_combine,
	FINALFUNC = mediaml.lift_final,
	FINALFUNC_MODIFY = READ_ONLY,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE mediaml.lift(boolean, double precision) IS 'tenths of the rows from the highest score down, and how much more of each is positive';

CREATE AGGREGATE mediaml.lift(actual boolean, score double precision, parts bigint) (
	SFUNC = mediaml.lift_step,
	STYPE = mediaml.state,
	SSPACE = 65536,
	COMBINEFUNC = mediaml.roc_auc_combine,
	FINALFUNC = mediaml.lift_final,
	FINALFUNC_MODIFY = READ_ONLY,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE mediaml.lift(boolean, double precision, bigint) IS 'parts of the rows from the highest score down, and how much more of each is positive';

CREATE TYPE mediaml.threshold_choice AS (
	threshold double precision,
	cost double precision,
	precision double precision,
	recall double precision,
	true_positives bigint,
	false_positives bigint,
	false_negatives bigint,
	true_negatives bigint
);
COMMENT ON TYPE mediaml.threshold_choice IS 'a threshold, what its errors cost, and its outcomes';

CREATE FUNCTION mediaml.best_threshold_step(state mediaml.state, actual boolean, score double precision, cost_false_positive double precision, cost_false_negative double precision)
	RETURNS mediaml.state
	AS 'MODULE_PATHNAME', 'mml_metrics_best_threshold_step'
	LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION mediaml.best_threshold_step(mediaml.state, boolean, double precision, double precision, double precision) IS 'transition function of best_threshold';

CREATE FUNCTION mediaml.best_threshold_final(state mediaml.state) RETURNS mediaml.threshold_choice
	AS 'MODULE_PATHNAME', 'mml_metrics_best_threshold_final'
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION mediaml.best_threshold_final(mediaml.state) IS 'final function of best_threshold';

CREATE AGGREGATE mediaml.best_threshold(actual boolean, score double precision, cost_false_positive double precision, cost_false_negative double precision) (
	SFUNC = mediaml.best_threshold_step,
	STYPE = mediaml.state,
	SSPACE = 65536,
	COMBINEFUNC = mediaml.roc_auc_combine,
	FINALFUNC = mediaml.best_threshold_final,
	FINALFUNC_MODIFY = READ_ONLY,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE mediaml.best_threshold(boolean, double precision, double precision, double precision) IS 'the least score to predict positive at which errors cost least';

CREATE TYPE mediaml.calibration_row AS (
	bin integer,
	low double precision,
	high double precision,
	n bigint,
	probability double precision,
	share double precision
);
COMMENT ON TYPE mediaml.calibration_row IS 'probabilities in (low, high]: their mean, and the share of rows in which it happened';

CREATE FUNCTION mediaml.calibration_step(state mediaml.state, actual boolean, probability double precision)
	RETURNS mediaml.state
	AS 'MODULE_PATHNAME', 'mml_metrics_calibration_step'
	LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION mediaml.calibration_step(mediaml.state, boolean, double precision) IS 'transition function of calibration';

CREATE FUNCTION mediaml.calibration_step(state mediaml.state, actual boolean, probability double precision, bins bigint)
	RETURNS mediaml.state
	AS 'MODULE_PATHNAME', 'mml_metrics_calibration_step'
	LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION mediaml.calibration_step(mediaml.state, boolean, double precision, bigint) IS 'transition function of calibration with a number of bins';

CREATE FUNCTION mediaml.calibration_combine(state mediaml.state, other mediaml.state) RETURNS mediaml.state
	AS 'MODULE_PATHNAME', 'mml_metrics_calibration_combine'
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION mediaml.calibration_combine(mediaml.state, mediaml.state) IS 'combine function of calibration';

CREATE FUNCTION mediaml.calibration_final(state mediaml.state) RETURNS mediaml.calibration_row[]
	AS 'MODULE_PATHNAME', 'mml_metrics_calibration_final'
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION mediaml.calibration_final(mediaml.state) IS 'final function of calibration';

CREATE AGGREGATE mediaml.calibration(actual boolean, probability double precision) (
	SFUNC = mediaml.calibration_step,
	STYPE = mediaml.state,
	SSPACE = 1024,
	COMBINEFUNC = mediaml.calibration_combine,
	FINALFUNC = mediaml.calibration_final,
	FINALFUNC_MODIFY = READ_ONLY,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE mediaml.calibration(boolean, double precision) IS 'how often happens what is given a probability, in ten bins of equal width';

CREATE AGGREGATE mediaml.calibration(actual boolean, probability double precision, bins bigint) (
	SFUNC = mediaml.calibration_step,
	STYPE = mediaml.state,
	SSPACE = 1024,
	COMBINEFUNC = mediaml.calibration_combine,
	FINALFUNC = mediaml.calibration_final,
	FINALFUNC_MODIFY = READ_ONLY,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE mediaml.calibration(boolean, double precision, bigint) IS 'how often happens what is given a probability, in bins of equal width';

CREATE FUNCTION mediaml.calibration_quantile_step(state mediaml.state, actual boolean, probability double precision)
	RETURNS mediaml.state
	AS 'MODULE_PATHNAME', 'mml_metrics_calibration_quantile_step'
	LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION mediaml.calibration_quantile_step(mediaml.state, boolean, double precision) IS 'transition function of calibration_quantile';

CREATE FUNCTION mediaml.calibration_quantile_step(state mediaml.state, actual boolean, probability double precision, bins bigint)
	RETURNS mediaml.state
	AS 'MODULE_PATHNAME', 'mml_metrics_calibration_quantile_step'
	LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION mediaml.calibration_quantile_step(mediaml.state, boolean, double precision, bigint) IS 'transition function of calibration_quantile with a number of bins';

CREATE FUNCTION mediaml.calibration_quantile_final(state mediaml.state) RETURNS mediaml.calibration_row[]
	AS 'MODULE_PATHNAME', 'mml_metrics_calibration_quantile_final'
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION mediaml.calibration_quantile_final(mediaml.state) IS 'final function of calibration_quantile';

CREATE AGGREGATE mediaml.calibration_quantile(actual boolean, probability double precision) (
	SFUNC = mediaml.calibration_quantile_step,
	STYPE = mediaml.state,
	SSPACE = 65536,
	COMBINEFUNC = mediaml.roc_auc_combine,
	FINALFUNC = mediaml.calibration_quantile_final,
	FINALFUNC_MODIFY = READ_ONLY,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE mediaml.calibration_quantile(boolean, double precision) IS 'how often happens what is given a probability, in ten bins of as many rows';

CREATE AGGREGATE mediaml.calibration_quantile(actual boolean, probability double precision, bins bigint) (
	SFUNC = mediaml.calibration_quantile_step,
	STYPE = mediaml.state,
	SSPACE = 65536,
	COMBINEFUNC = mediaml.roc_auc_combine,
	FINALFUNC = mediaml.calibration_quantile_final,
	FINALFUNC_MODIFY = READ_ONLY,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE mediaml.calibration_quantile(boolean, double precision, bigint) IS 'how often happens what is given a probability, in bins of as many rows';

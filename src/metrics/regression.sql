-- Errors of predicted numbers.

CREATE FUNCTION mediaml.regression_step(state mediaml.state, actual double precision, predicted double precision)
	RETURNS mediaml.state
	AS 'MODULE_PATHNAME', 'mml_metrics_regression_step'
	LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION mediaml.regression_step(mediaml.state, double precision, double precision) IS 'transition function of rmse, mae, r2 and mape';

CREATE FUNCTION mediaml.regression_combine(state mediaml.state, other mediaml.state) RETURNS mediaml.state
	AS 'MODULE_PATHNAME', 'mml_metrics_regression_combine'
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION mediaml.regression_combine(mediaml.state, mediaml.state) IS 'combine function of rmse, mae, r2 and mape';

CREATE FUNCTION mediaml.rmse_final(state mediaml.state) RETURNS double precision
	AS 'MODULE_PATHNAME', 'mml_metrics_rmse_final'
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION mediaml.rmse_final(mediaml.state) IS 'final function of rmse';

CREATE AGGREGATE mediaml.rmse(actual double precision, predicted double precision) (
	SFUNC = mediaml.regression_step,
	STYPE = mediaml.state,
	SSPACE = 192,
	COMBINEFUNC = mediaml.regression_combine,
	FINALFUNC = mediaml.rmse_final,
	FINALFUNC_MODIFY = READ_ONLY,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE mediaml.rmse(double precision, double precision) IS 'root of the mean squared error';

CREATE FUNCTION mediaml.mae_final(state mediaml.state) RETURNS double precision
	AS 'MODULE_PATHNAME', 'mml_metrics_mae_final'
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION mediaml.mae_final(mediaml.state) IS 'final function of mae';

CREATE AGGREGATE mediaml.mae(actual double precision, predicted double precision) (
	SFUNC = mediaml.regression_step,
	STYPE = mediaml.state,
	SSPACE = 192,
	COMBINEFUNC = mediaml.regression_combine,
	FINALFUNC = mediaml.mae_final,
	FINALFUNC_MODIFY = READ_ONLY,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE mediaml.mae(double precision, double precision) IS 'mean absolute error';

CREATE FUNCTION mediaml.r2_final(state mediaml.state) RETURNS double precision
	AS 'MODULE_PATHNAME', 'mml_metrics_r2_final'
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION mediaml.r2_final(mediaml.state) IS 'final function of r2';

CREATE AGGREGATE mediaml.r2(actual double precision, predicted double precision) (
	SFUNC = mediaml.regression_step,
	STYPE = mediaml.state,
	SSPACE = 192,
	COMBINEFUNC = mediaml.regression_combine,
	FINALFUNC = mediaml.r2_final,
	FINALFUNC_MODIFY = READ_ONLY,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE mediaml.r2(double precision, double precision) IS 'share of the variance that predictions explain';

CREATE FUNCTION mediaml.mape_final(state mediaml.state) RETURNS double precision
	AS 'MODULE_PATHNAME', 'mml_metrics_mape_final'
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION mediaml.mape_final(mediaml.state) IS 'final function of mape';

CREATE AGGREGATE mediaml.mape(actual double precision, predicted double precision) (
	SFUNC = mediaml.regression_step,
	STYPE = mediaml.state,
	SSPACE = 192,
	COMBINEFUNC = mediaml.regression_combine,
	FINALFUNC = mediaml.mape_final,
	FINALFUNC_MODIFY = READ_ONLY,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE mediaml.mape(double precision, double precision) IS 'mean absolute error as a share of the actual value';

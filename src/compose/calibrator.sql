-- Calibration: from probabilities that are said to those that come true. Its
-- state holds every row, so many groups are better sorted than hashed.

CREATE FUNCTION mediaml.calibrator_step(state mediaml.state, actual boolean, probability double precision)
    RETURNS mediaml.state
    AS 'MODULE_PATHNAME', 'mml_calibrator_step'
    LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION mediaml.calibrator_step(mediaml.state, boolean, double precision) IS
    'transition function of calibrator(boolean, double precision)';

CREATE FUNCTION mediaml.calibrator_step(state mediaml.state, actual boolean, probability double precision, method text)
    RETURNS mediaml.state
    AS 'MODULE_PATHNAME', 'mml_calibrator_step'
    LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION mediaml.calibrator_step(mediaml.state, boolean, double precision, text) IS
    'transition function of calibrator(boolean, double precision, text)';

CREATE FUNCTION mediaml.calibrator_combine(state mediaml.state, other mediaml.state) RETURNS mediaml.state
    AS 'MODULE_PATHNAME', 'mml_calibrator_combine'
    LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION mediaml.calibrator_combine(mediaml.state, mediaml.state) IS
    'combine function of calibrator';

CREATE FUNCTION mediaml.calibrator_final(state mediaml.state) RETURNS bytea
    AS 'MODULE_PATHNAME', 'mml_calibrator_final'
    LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION mediaml.calibrator_final(mediaml.state) IS
    'final function of calibrator';

CREATE AGGREGATE mediaml.calibrator(actual boolean, probability double precision) (
    SFUNC = mediaml.calibrator_step,
    STYPE = mediaml.state,
    SSPACE = 65536,
    COMBINEFUNC = mediaml.calibrator_combine,
    FINALFUNC = mediaml.calibrator_final,
    FINALFUNC_MODIFY = READ_ONLY,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE mediaml.calibrator(boolean, double precision) IS
    'learn by Platt''s method what probabilities that a model said come true';

CREATE AGGREGATE mediaml.calibrator(actual boolean, probability double precision, method text) (
    SFUNC = mediaml.calibrator_step,
    STYPE = mediaml.state,
    SSPACE = 65536,
    COMBINEFUNC = mediaml.calibrator_combine,
    FINALFUNC = mediaml.calibrator_final,
    FINALFUNC_MODIFY = READ_ONLY,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE mediaml.calibrator(boolean, double precision, text) IS
    'learn, by the method platt or isotonic, what probabilities that a model said come true';

CREATE FUNCTION mediaml.calibrate(calibrator bytea, probability float8) RETURNS float8
    AS 'MODULE_PATHNAME', 'mml_calibrate_sql'
    LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION mediaml.calibrate(bytea, float8) IS
    'the probability that a calibrator makes of one that a model said';

CREATE FUNCTION mediaml.calibrated(model bytea, calibrator bytea) RETURNS bytea
    AS 'MODULE_PATHNAME', 'mml_calibrated'
    LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1000;
COMMENT ON FUNCTION mediaml.calibrated(bytea, bytea) IS
    'a model of two classes whose probabilities go through a calibrator';

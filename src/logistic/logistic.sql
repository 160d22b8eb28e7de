-- Logistic regression, of two classes or of many.

CREATE FUNCTION mediaml.logistic_regression_accum(internal, boolean, anyarray)
    RETURNS internal
    AS 'MODULE_PATHNAME', 'mml_logistic_accum'
    LANGUAGE C PARALLEL UNSAFE;
COMMENT ON FUNCTION mediaml.logistic_regression_accum(internal, boolean, anyarray) IS
    'transition function of logistic_regression';

CREATE FUNCTION mediaml.logistic_regression_accum(internal, boolean, anyarray, jsonb)
    RETURNS internal
    AS 'MODULE_PATHNAME', 'mml_logistic_accum'
    LANGUAGE C PARALLEL UNSAFE;
COMMENT ON FUNCTION mediaml.logistic_regression_accum(internal, boolean, anyarray, jsonb) IS
    'transition function of logistic_regression with options';

CREATE FUNCTION mediaml.logistic_regression_accum(internal, bigint, anyarray)
    RETURNS internal
    AS 'MODULE_PATHNAME', 'mml_logistic_accum'
    LANGUAGE C PARALLEL UNSAFE;
COMMENT ON FUNCTION mediaml.logistic_regression_accum(internal, bigint, anyarray) IS
    'transition function of logistic_regression';

CREATE FUNCTION mediaml.logistic_regression_accum(internal, bigint, anyarray, jsonb)
    RETURNS internal
    AS 'MODULE_PATHNAME', 'mml_logistic_accum'
    LANGUAGE C PARALLEL UNSAFE;
COMMENT ON FUNCTION mediaml.logistic_regression_accum(internal, bigint, anyarray, jsonb) IS
    'transition function of logistic_regression with options';

CREATE FUNCTION mediaml.logistic_regression_accum(internal, text, anyarray)
    RETURNS internal
    AS 'MODULE_PATHNAME', 'mml_logistic_accum'
    LANGUAGE C PARALLEL UNSAFE;
COMMENT ON FUNCTION mediaml.logistic_regression_accum(internal, text, anyarray) IS
    'transition function of logistic_regression';

CREATE FUNCTION mediaml.logistic_regression_accum(internal, text, anyarray, jsonb)
    RETURNS internal
    AS 'MODULE_PATHNAME', 'mml_logistic_accum'
    LANGUAGE C PARALLEL UNSAFE;
COMMENT ON FUNCTION mediaml.logistic_regression_accum(internal, text, anyarray, jsonb) IS
    'transition function of logistic_regression with options';

CREATE FUNCTION mediaml.logistic_regression_final(internal)
    RETURNS bytea
    AS 'MODULE_PATHNAME', 'mml_logistic_final'
    LANGUAGE C PARALLEL UNSAFE;
COMMENT ON FUNCTION mediaml.logistic_regression_final(internal) IS
    'final function of logistic_regression';

CREATE AGGREGATE mediaml.logistic_regression(target boolean, features anyarray) (
    SFUNC = mediaml.logistic_regression_accum,
    STYPE = internal,
    SSPACE = 8388608,
    FINALFUNC = mediaml.logistic_regression_final,
    FINALFUNC_MODIFY = READ_WRITE,
    PARALLEL = UNSAFE
);
COMMENT ON AGGREGATE mediaml.logistic_regression(boolean, anyarray) IS
    'train a logistic regression of a boolean target';

CREATE AGGREGATE mediaml.logistic_regression(target boolean, features anyarray, options jsonb) (
    SFUNC = mediaml.logistic_regression_accum,
    STYPE = internal,
    SSPACE = 8388608,
    FINALFUNC = mediaml.logistic_regression_final,
    FINALFUNC_MODIFY = READ_WRITE,
    PARALLEL = UNSAFE
);
COMMENT ON AGGREGATE mediaml.logistic_regression(boolean, anyarray, jsonb) IS
    'train a logistic regression of a boolean target with options class_weight, intercept, l2, max_iter, names, reference, tol';

CREATE AGGREGATE mediaml.logistic_regression(target bigint, features anyarray) (
    SFUNC = mediaml.logistic_regression_accum,
    STYPE = internal,
    SSPACE = 8388608,
    FINALFUNC = mediaml.logistic_regression_final,
    FINALFUNC_MODIFY = READ_WRITE,
    PARALLEL = UNSAFE
);
COMMENT ON AGGREGATE mediaml.logistic_regression(bigint, anyarray) IS
    'train a logistic regression of a bigint target';

CREATE AGGREGATE mediaml.logistic_regression(target bigint, features anyarray, options jsonb) (
    SFUNC = mediaml.logistic_regression_accum,
    STYPE = internal,
    SSPACE = 8388608,
    FINALFUNC = mediaml.logistic_regression_final,
    FINALFUNC_MODIFY = READ_WRITE,
    PARALLEL = UNSAFE
);
COMMENT ON AGGREGATE mediaml.logistic_regression(bigint, anyarray, jsonb) IS
    'train a logistic regression of a bigint target with options class_weight, intercept, l2, max_iter, names, reference, tol';

CREATE AGGREGATE mediaml.logistic_regression(target text, features anyarray) (
    SFUNC = mediaml.logistic_regression_accum,
    STYPE = internal,
    SSPACE = 8388608,
    FINALFUNC = mediaml.logistic_regression_final,
    FINALFUNC_MODIFY = READ_WRITE,
    PARALLEL = UNSAFE
);
COMMENT ON AGGREGATE mediaml.logistic_regression(text, anyarray) IS
    'train a logistic regression of a text target';

CREATE AGGREGATE mediaml.logistic_regression(target text, features anyarray, options jsonb) (
    SFUNC = mediaml.logistic_regression_accum,
    STYPE = internal,
    SSPACE = 8388608,
    FINALFUNC = mediaml.logistic_regression_final,
    FINALFUNC_MODIFY = READ_WRITE,
    PARALLEL = UNSAFE
);
COMMENT ON AGGREGATE mediaml.logistic_regression(text, anyarray, jsonb) IS
    'train a logistic regression of a text target with options class_weight, intercept, l2, max_iter, names, reference, tol';

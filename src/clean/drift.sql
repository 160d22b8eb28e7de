-- How far new rows are from those that a preprocessor learned from.

CREATE FUNCTION mediaml.drift_step(counts bigint[], model bytea, t record) RETURNS bigint[]
    AS 'MODULE_PATHNAME', 'mml_drift_step'
    LANGUAGE C STABLE PARALLEL SAFE;
COMMENT ON FUNCTION mediaml.drift_step(bigint[], bytea, record) IS
    'transition function of drift_counts';

CREATE FUNCTION mediaml.drift_combine(counts bigint[], other bigint[]) RETURNS bigint[]
    AS 'MODULE_PATHNAME', 'mml_drift_combine'
    LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION mediaml.drift_combine(bigint[], bigint[]) IS
    'combine function of drift_counts';

CREATE AGGREGATE mediaml.drift_counts(model bytea, t record) (
    SFUNC = mediaml.drift_step,
    STYPE = bigint[],
    SSPACE = 1024,
    COMBINEFUNC = mediaml.drift_combine,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE mediaml.drift_counts(bytea, record) IS
    'count rows as drift_compare() compares them: in the bins of a preprocessor, or of the one in a pipeline';

CREATE FUNCTION mediaml.drift_compare(
    model bytea, counts bigint[],
    OUT feature text, OUT psi float8, OUT ks float8, OUT p float8,
    OUT missing_then float8, OUT missing_now float8, OUT unseen float8, OUT n bigint)
    RETURNS SETOF record
    AS 'MODULE_PATHNAME', 'mml_drift_compare_sql'
    LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100 ROWS 20;
COMMENT ON FUNCTION mediaml.drift_compare(bytea, bigint[]) IS
    'how far rows that drift_counts() counted are from those that a preprocessor learned from, a row a column';

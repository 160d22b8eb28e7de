-- Why a model answers as it does.

CREATE FUNCTION mediaml.explain(
    model bytea, t record, k bigint DEFAULT 5, class text DEFAULT NULL,
    OUT feature text, OUT value text, OUT contribution float8,
    OUT class text, OUT against text, OUT base float8, OUT total float8)
    RETURNS SETOF record
    AS 'MODULE_PATHNAME', 'mml_explain'
    LANGUAGE C STABLE PARALLEL SAFE COST 100 ROWS 5;
COMMENT ON FUNCTION mediaml.explain(bytea, record, bigint, text) IS
    'why a model answers as it does for a row: the columns that add most to the log-odds of a class, or to being nearer to a cluster';

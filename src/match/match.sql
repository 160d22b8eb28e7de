-- Rows by what somebody wants of them.

CREATE FUNCTION mediaml.match_score(t record, wanted jsonb) RETURNS float8
    AS 'MODULE_PATHNAME', 'mml_match_score'
    LANGUAGE C STABLE STRICT PARALLEL SAFE COST 20;
COMMENT ON FUNCTION mediaml.match_score(record, jsonb) IS
    'how well a row fits what is wanted, from 0 to 1; NULL where a hard condition does not hold';

CREATE FUNCTION mediaml.match_relaxed(t record, wanted jsonb) RETURNS text[]
    AS 'MODULE_PATHNAME', 'mml_match_relaxed'
    LANGUAGE C STABLE STRICT PARALLEL SAFE COST 20;
COMMENT ON FUNCTION mediaml.match_relaxed(record, jsonb) IS
    'the columns whose soft conditions are dropped, the lightest first, until a row fits the others';

CREATE FUNCTION mediaml.match_reasons(
    t record, wanted jsonb,
    OUT column_name text, OUT condition jsonb, OUT must boolean, OUT holds boolean,
    OUT similarity float8, OUT weight float8, OUT share float8)
    RETURNS SETOF record
    AS 'MODULE_PATHNAME', 'mml_match_reasons'
    LANGUAGE C STABLE PARALLEL SAFE COST 50 ROWS 4;
COMMENT ON FUNCTION mediaml.match_reasons(record, jsonb) IS
    'how well a row fits each condition, and what each adds to its match_score';

CREATE FUNCTION mediaml.match_rows(
    query text, wanted jsonb, k bigint DEFAULT 10,
    OUT rank integer, OUT score float8, OUT relaxed text[], OUT "row" jsonb)
    RETURNS SETOF record
    AS 'MODULE_PATHNAME', 'mml_match_rows'
    LANGUAGE C STABLE PARALLEL UNSAFE COST 100000 ROWS 10;
COMMENT ON FUNCTION mediaml.match_rows(text, jsonb, bigint) IS
    'the k rows of a query that fit best, soft conditions dropped, the lightest first, until there are k';

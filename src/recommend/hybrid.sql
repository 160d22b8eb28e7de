-- Several recommenders in one.

CREATE FUNCTION mediaml.hybrid(models bytea[], weights float8[], options jsonb DEFAULT NULL) RETURNS bytea
    AS 'MODULE_PATHNAME', 'mml_hybrid'
    LANGUAGE C IMMUTABLE PARALLEL SAFE COST 10000;
COMMENT ON FUNCTION mediaml.hybrid(bytea[], float8[], jsonb) IS
    'several recommenders in one model: the weighted sum of their standardised scores';

-- A place among the factors for items that nobody has seen.

CREATE FUNCTION mediaml.feature_map(als bytea, content bytea, options jsonb DEFAULT NULL) RETURNS bytea
    AS 'MODULE_PATHNAME', 'mml_feature_map'
    LANGUAGE C IMMUTABLE PARALLEL SAFE COST 1000000;
COMMENT ON FUNCTION mediaml.feature_map(bytea, bytea, jsonb) IS
    'a model of kind als that also has the items of a content model, their factors learnt from what is written about them';

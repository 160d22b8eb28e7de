-- A model for each value of a column.

CREATE FUNCTION mediaml.grouped(column_name text, keys text[], models bytea[]) RETURNS bytea
    AS 'MODULE_PATHNAME', 'mml_grouped'
    LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 10000;
COMMENT ON FUNCTION mediaml.grouped(text, text[], bytea[]) IS
    'a model for each value of a column in one model, which takes rows; the key NULL is for all other values';

CREATE FUNCTION mediaml.group_model(model bytea, key text) RETURNS bytea
    AS 'MODULE_PATHNAME', 'mml_group_model'
    LANGUAGE C IMMUTABLE PARALLEL SAFE COST 100;
COMMENT ON FUNCTION mediaml.group_model(bytea, text) IS
    'the model of one group of a grouped model, NULL where there is none; the key NULL is that for all other values';

CREATE FUNCTION mediaml.group_key(value anyelement) RETURNS text
    AS 'MODULE_PATHNAME', 'mml_group_key'
    LANGUAGE C STABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION mediaml.group_key(anyelement) IS
    'a value of a column as the key that a grouped model finds it by';

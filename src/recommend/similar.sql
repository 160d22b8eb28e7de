-- Items that are similar to an item, and the score of one item.

CREATE FUNCTION mediaml.similar_items(
    model bytea, item bigint, k bigint DEFAULT 10, exclude anycompatible DEFAULT NULL,
    OUT rank integer, OUT item_id bigint, OUT item_key text, OUT score float8)
    RETURNS SETOF record
    AS 'MODULE_PATHNAME', 'mml_similar_items'
    LANGUAGE C IMMUTABLE PARALLEL SAFE COST 5000 ROWS 10;
COMMENT ON FUNCTION mediaml.similar_items(
    bytea, bigint, bigint, anycompatible) IS
    'the k items that a model finds most similar to an item';

CREATE FUNCTION mediaml.similar_items(
    model bytea, item bigint, k bigint, candidates anycompatiblearray, exclude "any" DEFAULT NULL,
    OUT rank integer, OUT item_id bigint, OUT item_key text, OUT score float8)
    RETURNS SETOF record
    AS 'MODULE_PATHNAME', 'mml_similar_items_candidates'
    LANGUAGE C IMMUTABLE PARALLEL SAFE COST 5000 ROWS 10;
COMMENT ON FUNCTION mediaml.similar_items(
    bytea, bigint, bigint, anycompatiblearray, "any") IS
    'the k items of a list of candidates that a model finds most similar to an item';

CREATE FUNCTION mediaml.similar_items(
    model bytea, item text, k bigint DEFAULT 10, exclude anycompatible DEFAULT NULL,
    OUT rank integer, OUT item_id bigint, OUT item_key text, OUT score float8)
    RETURNS SETOF record
    AS 'MODULE_PATHNAME', 'mml_similar_items'
    LANGUAGE C IMMUTABLE PARALLEL SAFE COST 5000 ROWS 10;
COMMENT ON FUNCTION mediaml.similar_items(
    bytea, text, bigint, anycompatible) IS
    'the k items that a model finds most similar to an item';

CREATE FUNCTION mediaml.similar_items(
    model bytea, item text, k bigint, candidates anycompatiblearray, exclude "any" DEFAULT NULL,
    OUT rank integer, OUT item_id bigint, OUT item_key text, OUT score float8)
    RETURNS SETOF record
    AS 'MODULE_PATHNAME', 'mml_similar_items_candidates'
    LANGUAGE C IMMUTABLE PARALLEL SAFE COST 5000 ROWS 10;
COMMENT ON FUNCTION mediaml.similar_items(
    bytea, text, bigint, anycompatiblearray, "any") IS
    'the k items of a list of candidates that a model finds most similar to an item';

CREATE FUNCTION mediaml.similar_items(
    model bytea, item uuid, k bigint DEFAULT 10, exclude anycompatible DEFAULT NULL,
    OUT rank integer, OUT item_id bigint, OUT item_key text, OUT score float8)
    RETURNS SETOF record
    AS 'MODULE_PATHNAME', 'mml_similar_items'
    LANGUAGE C IMMUTABLE PARALLEL SAFE COST 5000 ROWS 10;
COMMENT ON FUNCTION mediaml.similar_items(
    bytea, uuid, bigint, anycompatible) IS
    'the k items that a model finds most similar to an item';

CREATE FUNCTION mediaml.similar_items(
    model bytea, item uuid, k bigint, candidates anycompatiblearray, exclude "any" DEFAULT NULL,
    OUT rank integer, OUT item_id bigint, OUT item_key text, OUT score float8)
    RETURNS SETOF record
    AS 'MODULE_PATHNAME', 'mml_similar_items_candidates'
    LANGUAGE C IMMUTABLE PARALLEL SAFE COST 5000 ROWS 10;
COMMENT ON FUNCTION mediaml.similar_items(
    bytea, uuid, bigint, anycompatiblearray, "any") IS
    'the k items of a list of candidates that a model finds most similar to an item';

CREATE FUNCTION mediaml.score(
    model bytea, history anycompatiblearray, item anycompatible, weights float8[] DEFAULT NULL)
    RETURNS float8
    AS 'MODULE_PATHNAME', 'mml_score'
    LANGUAGE C IMMUTABLE PARALLEL SAFE COST 1000;
COMMENT ON FUNCTION mediaml.score(bytea, anycompatiblearray, anycompatible, float8[]) IS
    'what a model says of an item from a history; NULL where it can say nothing';

-- Recommenders by name: items for a history, similar items, and the score of one.

CREATE FUNCTION mediaml.recommend_from(
    model text, history anycompatiblearray, k bigint DEFAULT 10,
    exclude_seen boolean DEFAULT true, exclude "any" DEFAULT NULL,
    weights float8[] DEFAULT NULL,
    OUT rank integer, OUT item_id bigint, OUT item_key text, OUT score float8,
    OUT source text, OUT because_of_id bigint, OUT because_of_key text,
    OUT propensity float8)
    RETURNS SETOF record
    AS 'MODULE_PATHNAME', 'mml_recommend_from'
    LANGUAGE C STABLE PARALLEL SAFE COST 5000 ROWS 10;
COMMENT ON FUNCTION mediaml.recommend_from(
    text, anycompatiblearray, bigint, boolean, "any", float8[]) IS
    'the k best of all items of a registered model for a history of items, each with its reason';

CREATE FUNCTION mediaml.recommend_from(
    model text, history anycompatiblearray, k bigint,
    candidates anycompatiblearray, exclude_seen boolean DEFAULT true,
    exclude "any" DEFAULT NULL, weights float8[] DEFAULT NULL,
    OUT rank integer, OUT item_id bigint, OUT item_key text, OUT score float8,
    OUT source text, OUT because_of_id bigint, OUT because_of_key text,
    OUT propensity float8)
    RETURNS SETOF record
    AS 'MODULE_PATHNAME', 'mml_recommend_from_candidates'
    LANGUAGE C STABLE PARALLEL SAFE COST 5000 ROWS 10;
COMMENT ON FUNCTION mediaml.recommend_from(
    text, anycompatiblearray, bigint, anycompatiblearray, boolean, "any", float8[]) IS
    'the k best of a list of candidates for a history of items by a registered model, each with its reason';

CREATE FUNCTION mediaml.similar_items(
    model text, item bigint, k bigint DEFAULT 10, exclude anycompatible DEFAULT NULL,
    OUT rank integer, OUT item_id bigint, OUT item_key text, OUT score float8)
    RETURNS SETOF record
    AS 'MODULE_PATHNAME', 'mml_similar_items'
    LANGUAGE C STABLE PARALLEL SAFE COST 5000 ROWS 10;
COMMENT ON FUNCTION mediaml.similar_items(
    text, bigint, bigint, anycompatible) IS
    'the k items that a registered model finds most similar to an item';

CREATE FUNCTION mediaml.similar_items(
    model text, item bigint, k bigint, candidates anycompatiblearray, exclude "any" DEFAULT NULL,
    OUT rank integer, OUT item_id bigint, OUT item_key text, OUT score float8)
    RETURNS SETOF record
    AS 'MODULE_PATHNAME', 'mml_similar_items_candidates'
    LANGUAGE C STABLE PARALLEL SAFE COST 5000 ROWS 10;
COMMENT ON FUNCTION mediaml.similar_items(
    text, bigint, bigint, anycompatiblearray, "any") IS
    'the k items of a list of candidates that a registered model finds most similar to an item';

CREATE FUNCTION mediaml.similar_items(
    model text, item text, k bigint DEFAULT 10, exclude anycompatible DEFAULT NULL,
    OUT rank integer, OUT item_id bigint, OUT item_key text, OUT score float8)
    RETURNS SETOF record
    AS 'MODULE_PATHNAME', 'mml_similar_items'
    LANGUAGE C STABLE PARALLEL SAFE COST 5000 ROWS 10;
COMMENT ON FUNCTION mediaml.similar_items(
    text, text, bigint, anycompatible) IS
    'the k items that a registered model finds most similar to an item';

CREATE FUNCTION mediaml.similar_items(
    model text, item text, k bigint, candidates anycompatiblearray, exclude "any" DEFAULT NULL,
    OUT rank integer, OUT item_id bigint, OUT item_key text, OUT score float8)
    RETURNS SETOF record
    AS 'MODULE_PATHNAME', 'mml_similar_items_candidates'
    LANGUAGE C STABLE PARALLEL SAFE COST 5000 ROWS 10;
COMMENT ON FUNCTION mediaml.similar_items(
    text, text, bigint, anycompatiblearray, "any") IS
    'the k items of a list of candidates that a registered model finds most similar to an item';

CREATE FUNCTION mediaml.similar_items(
    model text, item uuid, k bigint DEFAULT 10, exclude anycompatible DEFAULT NULL,
    OUT rank integer, OUT item_id bigint, OUT item_key text, OUT score float8)
    RETURNS SETOF record
    AS 'MODULE_PATHNAME', 'mml_similar_items'
    LANGUAGE C STABLE PARALLEL SAFE COST 5000 ROWS 10;
COMMENT ON FUNCTION mediaml.similar_items(
    text, uuid, bigint, anycompatible) IS
    'the k items that a registered model finds most similar to an item';

CREATE FUNCTION mediaml.similar_items(
    model text, item uuid, k bigint, candidates anycompatiblearray, exclude "any" DEFAULT NULL,
    OUT rank integer, OUT item_id bigint, OUT item_key text, OUT score float8)
    RETURNS SETOF record
    AS 'MODULE_PATHNAME', 'mml_similar_items_candidates'
    LANGUAGE C STABLE PARALLEL SAFE COST 5000 ROWS 10;
COMMENT ON FUNCTION mediaml.similar_items(
    text, uuid, bigint, anycompatiblearray, "any") IS
    'the k items of a list of candidates that a registered model finds most similar to an item';

CREATE FUNCTION mediaml.score(
    model text, history anycompatiblearray, item anycompatible, weights float8[] DEFAULT NULL)
    RETURNS float8
    AS 'MODULE_PATHNAME', 'mml_score'
    LANGUAGE C STABLE PARALLEL SAFE COST 1000;
COMMENT ON FUNCTION mediaml.score(text, anycompatiblearray, anycompatible, float8[]) IS
    'what a registered model says of an item from a history; NULL where it can say nothing';

-- Recommend to everybody.

CREATE FUNCTION mediaml.recommend_all(
    recommender text DEFAULT NULL, k bigint DEFAULT 10, exclude_seen boolean DEFAULT true,
    users anycompatible DEFAULT NULL, exclude "any" DEFAULT NULL,
    OUT user_id bigint, OUT user_key text, OUT rank integer, OUT item_id bigint,
    OUT item_key text, OUT score float8, OUT source text, OUT because_of_id bigint,
    OUT because_of_key text, OUT propensity float8, OUT recommender text, OUT version integer)
    RETURNS SETOF record
    AS 'MODULE_PATHNAME', 'mml_recommend_all'
    LANGUAGE C STABLE PARALLEL RESTRICTED COST 1000000 ROWS 100000;
COMMENT ON FUNCTION mediaml.recommend_all(text, bigint, boolean, anycompatible, "any") IS
    'the k best of all items for everybody, or for a list of users, as recommend gives them';

CREATE FUNCTION mediaml.recommend_all(
    recommender text, k bigint, candidates anycompatiblearray,
    exclude_seen boolean DEFAULT true, users "any" DEFAULT NULL, exclude "any" DEFAULT NULL,
    OUT user_id bigint, OUT user_key text, OUT rank integer, OUT item_id bigint,
    OUT item_key text, OUT score float8, OUT source text, OUT because_of_id bigint,
    OUT because_of_key text, OUT propensity float8, OUT recommender text, OUT version integer)
    RETURNS SETOF record
    AS 'MODULE_PATHNAME', 'mml_recommend_all_candidates'
    LANGUAGE C STABLE PARALLEL RESTRICTED COST 1000000 ROWS 100000;
COMMENT ON FUNCTION mediaml.recommend_all(
    text, bigint, anycompatiblearray, boolean, "any", "any") IS
    'the k best of a list of candidates for everybody, or for a list of users';

-- Recommend to a user, by a recommender's name.

CREATE FUNCTION mediaml.recommend(
    user_id bigint, k bigint DEFAULT 10, recommender text DEFAULT NULL,
    exclude_seen boolean DEFAULT true, exclude anycompatible DEFAULT NULL,
    personalised boolean DEFAULT true, diversity float8 DEFAULT 0,
    OUT rank integer, OUT item_id bigint, OUT item_key text, OUT score float8,
    OUT source text, OUT because_of_id bigint, OUT because_of_key text,
    OUT propensity float8, OUT recommender text, OUT version integer)
    RETURNS SETOF record
    AS 'MODULE_PATHNAME', 'mml_recommend_bigint'
    LANGUAGE C STABLE PARALLEL RESTRICTED COST 5000 ROWS 10;
COMMENT ON FUNCTION mediaml.recommend(
    bigint, bigint, text, boolean, anycompatible, boolean, float8) IS
    'the k best of all items for a user, each with its reason';

CREATE FUNCTION mediaml.recommend(
    user_id bigint, k bigint, candidates anycompatiblearray,
    recommender text DEFAULT NULL, exclude_seen boolean DEFAULT true,
    exclude "any" DEFAULT NULL, personalised boolean DEFAULT true,
    diversity float8 DEFAULT 0,
    OUT rank integer, OUT item_id bigint, OUT item_key text, OUT score float8,
    OUT source text, OUT because_of_id bigint, OUT because_of_key text,
    OUT propensity float8, OUT recommender text, OUT version integer)
    RETURNS SETOF record
    AS 'MODULE_PATHNAME', 'mml_recommend_bigint_candidates'
    LANGUAGE C STABLE PARALLEL RESTRICTED COST 5000 ROWS 10;
COMMENT ON FUNCTION mediaml.recommend(
    bigint, bigint, anycompatiblearray, text, boolean, "any", boolean, float8) IS
    'the k best of a list of candidates for a user, each with its reason';

CREATE FUNCTION mediaml.recommend(
    user_id text, k bigint DEFAULT 10, recommender text DEFAULT NULL,
    exclude_seen boolean DEFAULT true, exclude anycompatible DEFAULT NULL,
    personalised boolean DEFAULT true, diversity float8 DEFAULT 0,
    OUT rank integer, OUT item_id bigint, OUT item_key text, OUT score float8,
    OUT source text, OUT because_of_id bigint, OUT because_of_key text,
    OUT propensity float8, OUT recommender text, OUT version integer)
    RETURNS SETOF record
    AS 'MODULE_PATHNAME', 'mml_recommend_text'
    LANGUAGE C STABLE PARALLEL RESTRICTED COST 5000 ROWS 10;
COMMENT ON FUNCTION mediaml.recommend(
    text, bigint, text, boolean, anycompatible, boolean, float8) IS
    'the k best of all items for a user, each with its reason';

CREATE FUNCTION mediaml.recommend(
    user_id text, k bigint, candidates anycompatiblearray,
    recommender text DEFAULT NULL, exclude_seen boolean DEFAULT true,
    exclude "any" DEFAULT NULL, personalised boolean DEFAULT true,
    diversity float8 DEFAULT 0,
    OUT rank integer, OUT item_id bigint, OUT item_key text, OUT score float8,
    OUT source text, OUT because_of_id bigint, OUT because_of_key text,
    OUT propensity float8, OUT recommender text, OUT version integer)
    RETURNS SETOF record
    AS 'MODULE_PATHNAME', 'mml_recommend_text_candidates'
    LANGUAGE C STABLE PARALLEL RESTRICTED COST 5000 ROWS 10;
COMMENT ON FUNCTION mediaml.recommend(
    text, bigint, anycompatiblearray, text, boolean, "any", boolean, float8) IS
    'the k best of a list of candidates for a user, each with its reason';

CREATE FUNCTION mediaml.recommend(
    user_id uuid, k bigint DEFAULT 10, recommender text DEFAULT NULL,
    exclude_seen boolean DEFAULT true, exclude anycompatible DEFAULT NULL,
    personalised boolean DEFAULT true, diversity float8 DEFAULT 0,
    OUT rank integer, OUT item_id bigint, OUT item_key text, OUT score float8,
    OUT source text, OUT because_of_id bigint, OUT because_of_key text,
    OUT propensity float8, OUT recommender text, OUT version integer)
    RETURNS SETOF record
    AS 'MODULE_PATHNAME', 'mml_recommend_uuid'
    LANGUAGE C STABLE PARALLEL RESTRICTED COST 5000 ROWS 10;
COMMENT ON FUNCTION mediaml.recommend(
    uuid, bigint, text, boolean, anycompatible, boolean, float8) IS
    'the k best of all items for a user, each with its reason';

CREATE FUNCTION mediaml.recommend(
    user_id uuid, k bigint, candidates anycompatiblearray,
    recommender text DEFAULT NULL, exclude_seen boolean DEFAULT true,
    exclude "any" DEFAULT NULL, personalised boolean DEFAULT true,
    diversity float8 DEFAULT 0,
    OUT rank integer, OUT item_id bigint, OUT item_key text, OUT score float8,
    OUT source text, OUT because_of_id bigint, OUT because_of_key text,
    OUT propensity float8, OUT recommender text, OUT version integer)
    RETURNS SETOF record
    AS 'MODULE_PATHNAME', 'mml_recommend_uuid_candidates'
    LANGUAGE C STABLE PARALLEL RESTRICTED COST 5000 ROWS 10;
COMMENT ON FUNCTION mediaml.recommend(
    uuid, bigint, anycompatiblearray, text, boolean, "any", boolean, float8) IS
    'the k best of a list of candidates for a user, each with its reason';

CREATE FUNCTION mediaml.audience(
    recommender text, item_id bigint, k bigint DEFAULT 10,
    OUT rank integer, OUT user_id bigint, OUT user_key text, OUT score float8,
    OUT source text, OUT because_of_id bigint, OUT because_of_key text,
    OUT recommender text, OUT version integer)
    RETURNS SETOF record
    AS 'MODULE_PATHNAME', 'mml_audience_bigint'
    LANGUAGE C STABLE PARALLEL RESTRICTED COST 1000000 ROWS 10;
COMMENT ON FUNCTION mediaml.audience(text, bigint, bigint) IS
    'the k users to tell about an item that they have not seen, each with the reason';

CREATE FUNCTION mediaml.audience(
    recommender text, item_id text, k bigint DEFAULT 10,
    OUT rank integer, OUT user_id bigint, OUT user_key text, OUT score float8,
    OUT source text, OUT because_of_id bigint, OUT because_of_key text,
    OUT recommender text, OUT version integer)
    RETURNS SETOF record
    AS 'MODULE_PATHNAME', 'mml_audience_text'
    LANGUAGE C STABLE PARALLEL RESTRICTED COST 1000000 ROWS 10;
COMMENT ON FUNCTION mediaml.audience(text, text, bigint) IS
    'the k users to tell about an item that they have not seen, each with the reason';

CREATE FUNCTION mediaml.audience(
    recommender text, item_id uuid, k bigint DEFAULT 10,
    OUT rank integer, OUT user_id bigint, OUT user_key text, OUT score float8,
    OUT source text, OUT because_of_id bigint, OUT because_of_key text,
    OUT recommender text, OUT version integer)
    RETURNS SETOF record
    AS 'MODULE_PATHNAME', 'mml_audience_uuid'
    LANGUAGE C STABLE PARALLEL RESTRICTED COST 1000000 ROWS 10;
COMMENT ON FUNCTION mediaml.audience(text, uuid, bigint) IS
    'the k users to tell about an item that they have not seen, each with the reason';

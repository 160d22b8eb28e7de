-- Recommenders by name: where their events are.  Their models are versions of the same name.

CREATE TABLE mediaml.recommenders (
    name text PRIMARY KEY CHECK (octet_length(name) BETWEEN 1 AND 63),
    method text NOT NULL,
    options jsonb,
    events regclass NOT NULL,
    user_column name NOT NULL,
    item_column name NOT NULL,
    weight_column name,
    time_column name,
    items regclass,
    items_key name,
    document_columns name[],
    is_default boolean NOT NULL DEFAULT false,
    created_at timestamptz NOT NULL DEFAULT now(),
    created_by name NOT NULL DEFAULT current_user
);
COMMENT ON TABLE mediaml.recommenders IS
    'recommenders by name; whoever may write here decides what recommend() reads in the name of its callers';
CREATE UNIQUE INDEX recommenders_default ON mediaml.recommenders (is_default) WHERE is_default;
SELECT pg_catalog.pg_extension_config_dump('mediaml.recommenders', '');

CREATE FUNCTION mediaml.recommender_query(recommender mediaml.recommenders, documents boolean)
    RETURNS text
    AS 'MODULE_PATHNAME', 'mml_recommender_query'
    LANGUAGE C STABLE STRICT PARALLEL RESTRICTED;
COMMENT ON FUNCTION mediaml.recommender_query(mediaml.recommenders, boolean) IS
    'the query of the rows that a recommender is trained on: events, or documents of items';

-- The one place that knows which method is trained how.
CREATE FUNCTION mediaml.recommender_train(recommender mediaml.recommenders, events text)
    RETURNS bytea LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    options jsonb := coalesce(recommender.options, '{}') - '{seen_min_weight,half_life,content}'::text[];
    model bytea;
BEGIN
    CASE
    WHEN recommender.method IN ('popularity', 'item_knn', 'ease', 'als', 'rating_als') THEN
        EXECUTE format('SELECT mediaml.%I(e.user_id, e.item_id, e.weight, $1) FROM (%s) AS e',
                       recommender.method, events)
            INTO model USING options;
    WHEN recommender.method = 'hybrid' THEN
        EXECUTE format('SELECT mediaml.hybrid(ARRAY[e.als, d.content, e.popularity], $3, $4) FROM
                            (SELECT mediaml.als(e.user_id, e.item_id, e.weight, $1) AS als,
                                    mediaml.popularity(e.user_id, e.item_id, e.weight) AS popularity
                             FROM (%s) AS e) AS e,
                            (SELECT mediaml.content(e.item_id, e.document, $2) AS content FROM (%s) AS e) AS d
                        WHERE e.als IS NOT NULL AND d.content IS NOT NULL',
                       events, mediaml.recommender_query(recommender, true))
            INTO model
            USING options - '{weights,min_history}'::text[],
                  coalesce(recommender.options -> 'content', '{}'),
                  ARRAY(SELECT w::float8 FROM jsonb_array_elements_text(
                      coalesce(options -> 'weights', '[1, 0.3, 0.2]')) AS w),
                  jsonb_build_object('min_history', coalesce(options -> 'min_history', '[5, 0, 0]'));
    WHEN recommender.method = 'content' THEN
        EXECUTE format('SELECT mediaml.content(e.item_id, e.document, $1) FROM (%s) AS e',
                       mediaml.recommender_query(recommender, true))
            INTO model USING options;
    ELSE
        RAISE EXCEPTION USING
            ERRCODE = 'invalid_parameter_value',
            MESSAGE = format('unknown method "%s"', recommender.method),
            HINT = 'Methods are als, auto, content, ease, hybrid, item_knn, popularity and rating_als.';
    END CASE;
    IF model IS NULL THEN
        RAISE EXCEPTION USING
            ERRCODE = 'no_data_found',
            MESSAGE = format('recommender "%s" has nothing to learn from', recommender.name),
            DETAIL = format('There are no rows without nulls in %s that count.',
                            CASE recommender.method WHEN 'content' THEN recommender.items ELSE recommender.events END);
    END IF;
    RETURN model;
END
$$;
COMMENT ON FUNCTION mediaml.recommender_train(mediaml.recommenders, text) IS
    'train the model of a recommender by its method, on the events of a query';

-- NDCG@10 of a method on a fifth of the pairs, hidden by a hash, of at most a
-- thousand users; NULL where there are none.
CREATE FUNCTION mediaml.recommender_try(recommender mediaml.recommenders)
    RETURNS float8 LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET mediaml.progress = off AS $$
DECLARE
    options jsonb := coalesce(recommender.options, '{}') - '{seen_min_weight,half_life,content}'::text[];
    ndcg float8;
BEGIN
    EXECUTE format($query$
        WITH events AS MATERIALIZED (
            SELECT e.user_id, e.item_id, sum(e.weight) AS weight,
                   hashtextextended(concat_ws(':', e.user_id, e.item_id), 0) %% 5 = 0 AS hidden
            FROM (%s) AS e
            WHERE e.user_id IS NOT NULL AND e.item_id IS NOT NULL AND e.weight IS NOT NULL
            GROUP BY e.user_id, e.item_id),
        users AS (
            SELECT array_agg(item_id) FILTER (WHERE NOT hidden) AS seen,
                   array_agg(weight) FILTER (WHERE NOT hidden) AS weights,
                   array_agg(item_id::text) FILTER (WHERE hidden) AS wanted
            FROM events GROUP BY user_id HAVING count(DISTINCT hidden) = 2
            ORDER BY hashtextextended(user_id::text, 1) LIMIT 1000),
        trained AS MATERIALIZED (
            SELECT mediaml.%I(user_id, item_id, weight, $1) AS model FROM events WHERE NOT hidden)
        SELECT avg(mediaml.ndcg_at_k(ARRAY(
                   SELECT r.item_key FROM mediaml.recommend_from(model, seen, 10, weights => weights) AS r
                   ORDER BY r.rank), wanted, 10))
        FROM trained, users$query$,
        mediaml.recommender_query(recommender, false), recommender.method)
        INTO ndcg USING options;
    RETURN ndcg;
EXCEPTION
    WHEN program_limit_exceeded OR out_of_memory THEN
        RETURN NULL;            -- too large for this method
END
$$;
COMMENT ON FUNCTION mediaml.recommender_try(mediaml.recommenders) IS
    'how good a method is on events that it has not seen';

CREATE FUNCTION mediaml.recommender_choose(recommender mediaml.recommenders)
    RETURNS text LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    methods CONSTANT text[] := '{popularity,item_knn,ease,als}';
    best text;
    most float8;
    ndcg float8;
BEGIN
    IF coalesce(recommender.options, '{}') - '{seen_min_weight,half_life,content}'::text[] <> '{}' THEN
        RAISE EXCEPTION USING
            ERRCODE = 'invalid_parameter_value',
            MESSAGE = 'method "auto" has no options but seen_min_weight, half_life and content',
            HINT = 'Name the method that the options are of.';
    END IF;
    FOREACH recommender.method IN ARRAY methods LOOP
        ndcg := mediaml.recommender_try(recommender);
        IF current_setting('mediaml.progress')::boolean THEN
            RAISE NOTICE '%: NDCG@10 %', recommender.method, coalesce(round(ndcg::numeric, 4)::text, 'unknown');
        END IF;
        IF ndcg > most OR (best IS NULL AND ndcg IS NOT NULL) THEN
            best := recommender.method;
            most := ndcg;
        END IF;
    END LOOP;
    RETURN coalesce(best, 'item_knn');
END
$$;
COMMENT ON FUNCTION mediaml.recommender_choose(mediaml.recommenders) IS
    'the method that is best on events that it has not seen';

CREATE FUNCTION mediaml.create_recommender(
    name text, events regclass, user_column name, item_column name,
    weight_column name DEFAULT NULL, time_column name DEFAULT NULL,
    items regclass DEFAULT NULL, items_key name DEFAULT NULL,
    document_columns name[] DEFAULT NULL, method text DEFAULT 'auto',
    options jsonb DEFAULT NULL, model bytea DEFAULT NULL)
    RETURNS integer LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
    made mediaml.recommenders;
    models record;
BEGIN
    made.name := create_recommender.name;
    made.options := create_recommender.options;
    made.events := create_recommender.events;
    made.user_column := create_recommender.user_column;
    made.item_column := create_recommender.item_column;
    made.weight_column := create_recommender.weight_column;
    made.time_column := create_recommender.time_column;
    made.items := create_recommender.items;
    made.items_key := create_recommender.items_key;
    made.document_columns := create_recommender.document_columns;
    made.method := create_recommender.method;
    IF coalesce(octet_length(made.name), 0) NOT BETWEEN 1 AND 63 THEN
        RAISE EXCEPTION USING
            ERRCODE = 'invalid_name',
            MESSAGE = 'the name of a recommender must have 1 to 63 bytes';
    END IF;
    PERFORM mediaml.model_lock(made.name);
    IF EXISTS (SELECT FROM mediaml.recommenders AS r WHERE r.name = made.name) THEN
        RAISE EXCEPTION USING
            ERRCODE = 'duplicate_object',
            MESSAGE = format('recommender "%s" already exists', made.name),
            HINT = 'Train it anew by refresh_recommender(), or drop it first by drop_recommender().';
    END IF;
    IF EXISTS (SELECT FROM mediaml.models AS m WHERE m.name = made.name) THEN
        RAISE EXCEPTION USING
            ERRCODE = 'duplicate_object',
            MESSAGE = format('there is a model "%s" that is no recommender', made.name);
    END IF;
    SELECT * INTO models FROM mediaml.recommender_fill(made, create_recommender.model);
    made := models.filled;
    PERFORM mediaml.model_lock('');     -- no model's name: one becomes the default at a time
    INSERT INTO mediaml.recommenders (name, method, options, events, user_column, item_column,
            weight_column, time_column, items, items_key, document_columns, is_default)
        VALUES (made.name, made.method, made.options, made.events, made.user_column,
            made.item_column, made.weight_column, made.time_column, made.items, made.items_key,
            made.document_columns,
            NOT EXISTS (SELECT FROM mediaml.recommenders AS r WHERE r.is_default));
    RETURN mediaml.recommender_add(made, models.model, models.content, models.counted);
END
$$;
COMMENT ON FUNCTION mediaml.create_recommender(
    text, regclass, name, name, name, name, regclass, name, name[], text, jsonb, bytea) IS
    'train a recommender on a table of events and keep it by name; the first one is the default';

-- Rows of events, counted before training, so that none which come meanwhile are missed.
CREATE FUNCTION mediaml.recommender_count(recommender mediaml.recommenders)
    RETURNS bigint LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    documents CONSTANT boolean := recommender.method = 'content';
    counted bigint;
BEGIN
    EXECUTE format('SELECT count(*) FROM (%s) AS e%s', mediaml.recommender_query(recommender, documents),
                   CASE WHEN NOT documents THEN ' WHERE e.user_id IS NOT NULL AND e.item_id IS NOT NULL AND e.weight IS NOT NULL' END)
        INTO counted;
    RETURN counted;
END
$$;
COMMENT ON FUNCTION mediaml.recommender_count(mediaml.recommenders) IS
    'how many events, or documents of items, a recommender can learn from';

-- The models of a recommender: trained, or as given.
CREATE FUNCTION mediaml.recommender_fill(
    recommender mediaml.recommenders, given bytea,
    OUT filled mediaml.recommenders, OUT model bytea, OUT content bytea, OUT counted bigint)
    RETURNS record LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    tune boolean := false;
    info jsonb;
BEGIN
    PERFORM mediaml.recommender_query(recommender, false);     -- all that it names is there
    IF recommender.method IS NULL THEN
        RAISE EXCEPTION USING
            ERRCODE = 'null_value_not_allowed',
            MESSAGE = 'method must not be null';
    END IF;
    IF given IS NOT NULL THEN
        recommender.method := 'given';
        model := given;
        counted := mediaml.model_rows(model);
    ELSIF recommender.method = 'given' THEN
        RAISE EXCEPTION USING
            ERRCODE = 'invalid_parameter_value',
            MESSAGE = format('recommender "%s" has a model that was given', recommender.name),
            HINT = 'Give the new one: refresh_recommender(name, model => ...).';
    ELSE
        counted := mediaml.recommender_count(recommender);
        IF recommender.method = 'auto' THEN
            recommender.method := mediaml.recommender_choose(recommender);
            tune := recommender.method = 'als';
        END IF;
        IF tune THEN
            recommender.options := coalesce(recommender.options, '{}') || '{"auto": true}';
        END IF;
        model := mediaml.recommender_train(recommender,
            mediaml.recommender_query(recommender, false));
        IF tune THEN            -- what was found serves next time too
            info := mediaml.model_info(model);
            recommender.options := recommender.options - 'auto' || jsonb_build_object(
                'reg', info -> 'reg', 'unobserved_weight', info -> 'unobserved_weight');
        END IF;
    END IF;
    IF cardinality(recommender.document_columns) > 0 AND recommender.method NOT IN ('content', 'hybrid') THEN
        EXECUTE format('SELECT mediaml.content(e.item_id, e.document, $1) FROM (%s) AS e',
                       mediaml.recommender_query(recommender, true))
            INTO content USING coalesce(recommender.options -> 'content', '{}');
    END IF;
    filled := recommender;
END
$$;
COMMENT ON FUNCTION mediaml.recommender_fill(mediaml.recommenders, bytea) IS
    'make the models of a recommender';

-- Keep the models of a recommender as the next version of its name, and let it answer.
CREATE FUNCTION mediaml.recommender_add(recommender mediaml.recommenders, model bytea, content bytea, counted bigint)
    RETURNS integer LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    made CONSTANT integer := mediaml.model_add(recommender.name, model,
        algorithm => nullif(recommender.method, 'given'), arguments => recommender.options,
        "rows" => counted);
BEGIN
    IF content IS NOT NULL THEN
        INSERT INTO mediaml.model_data (name, version, part, model) VALUES (recommender.name, made, 'content', content);
    END IF;
    PERFORM mediaml.deploy(recommender.name, made);
    PERFORM FROM mediaml.recommend(NULL::bigint, 1, recommender.name);    -- it works
    RETURN made;
END
$$;
COMMENT ON FUNCTION mediaml.recommender_add(mediaml.recommenders, bytea, bytea, bigint) IS
    'keep the models of a recommender as its next version';

CREATE FUNCTION mediaml.refresh_recommender(name text, model bytea DEFAULT NULL)
    RETURNS integer LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
    made mediaml.recommenders;
    models record;
BEGIN
    PERFORM mediaml.model_lock(refresh_recommender.name);  -- before the row, as refresh() does
    SELECT * INTO made FROM mediaml.recommenders AS r
        WHERE r.name = refresh_recommender.name FOR UPDATE;
    IF NOT FOUND THEN
        PERFORM mediaml.recommender_missing(refresh_recommender.name);
    END IF;
    SELECT * INTO models FROM mediaml.recommender_fill(made, refresh_recommender.model);
    UPDATE mediaml.recommenders AS r SET method = (models.filled).method
        WHERE r.name = made.name AND r.method <> (models.filled).method;
    RETURN mediaml.recommender_add(models.filled, models.model, models.content, models.counted);
END
$$;
COMMENT ON FUNCTION mediaml.refresh_recommender(text, bytea) IS
    'train a recommender anew on the events of today, or give it another model; returns its version';

CREATE FUNCTION mediaml.recommender_missing(name text)
    RETURNS void LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF name IS NULL THEN
        RAISE EXCEPTION USING
            ERRCODE = 'null_value_not_allowed',
            MESSAGE = 'the name of a recommender must not be null';
    END IF;
    RAISE EXCEPTION USING
        ERRCODE = 'undefined_object',
        MESSAGE = format('recommender "%s" does not exist', name);
END
$$;
COMMENT ON FUNCTION mediaml.recommender_missing(text) IS
    'complain that there is no recommender of a name';

CREATE FUNCTION mediaml.drop_recommender(name text)
    RETURNS void LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
BEGIN
    PERFORM mediaml.model_lock(drop_recommender.name);
    DELETE FROM mediaml.recommenders AS r WHERE r.name = drop_recommender.name;
    IF NOT FOUND THEN
        PERFORM mediaml.recommender_missing(drop_recommender.name);
    END IF;
    DELETE FROM mediaml.deployments AS d WHERE d.name = drop_recommender.name;
    DELETE FROM mediaml.models AS m WHERE m.name = drop_recommender.name;
END
$$;
COMMENT ON FUNCTION mediaml.drop_recommender(text) IS
    'forget a recommender';

CREATE FUNCTION mediaml.set_default_recommender(name text)
    RETURNS void LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
BEGIN
    PERFORM mediaml.model_lock('');
    UPDATE mediaml.recommenders AS r SET is_default = false
        WHERE r.is_default AND r.name IS DISTINCT FROM set_default_recommender.name;
    UPDATE mediaml.recommenders AS r SET is_default = true
        WHERE r.name = set_default_recommender.name;
    IF NOT FOUND THEN
        PERFORM mediaml.recommender_missing(set_default_recommender.name);
    END IF;
END
$$;
COMMENT ON FUNCTION mediaml.set_default_recommender(text) IS
    'make a recommender the one that recommend() takes where none is named';

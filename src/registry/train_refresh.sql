-- Models that stay fresh.

CREATE FUNCTION mediaml.refresh(
    name text, max_age interval DEFAULT NULL, min_new_rows bigint DEFAULT NULL,
    deploy text DEFAULT 'unless_worse', wait boolean DEFAULT true)
    RETURNS SETOF mediaml.trained
    AS 'MODULE_PATHNAME', 'mml_refresh'
    LANGUAGE C VOLATILE PARALLEL UNSAFE COST 1000000 ROWS 10;
COMMENT ON FUNCTION mediaml.refresh(text, interval, bigint, text, boolean) IS
    'train a model anew by its own statement, as the role that made it, if it is due; no rows where it is not';

-- The version whose statement is to be trained anew: the deployed one, where it was
-- trained, as others may be trials, by anybody who may train; else the latest.
CREATE FUNCTION mediaml.refresh_source(name text)
    RETURNS mediaml.models LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT m FROM mediaml.models AS m
    WHERE m.name = $1 AND m.algorithm IS NOT NULL
    ORDER BY (m.version = (SELECT d.version FROM mediaml.deployments AS d WHERE d.name = $1
                           ORDER BY d.number DESC LIMIT 1)) IS TRUE DESC, m.version DESC LIMIT 1
$$;
COMMENT ON FUNCTION mediaml.refresh_source(text) IS 'the version of a model that says how it is trained anew';

-- What refresh() does, once it is the role that made the model.
CREATE FUNCTION mediaml.training_count(plan mediaml.training)
    RETURNS bigint LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    counted bigint;
BEGIN
    PERFORM set_config('search_path', plan.path, true);
    EXECUTE pg_catalog.format('%s SELECT count(*) FROM r', plan.source) INTO counted;
    RETURN counted;
END
$$;
COMMENT ON FUNCTION mediaml.training_count(mediaml.training) IS 'how many rows there are to train on';

CREATE FUNCTION mediaml.refresh_run(
    name text, max_age interval, min_new_rows bigint, deploy text, wait boolean)
    RETURNS SETOF mediaml.trained LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_variable
DECLARE
    last mediaml.models;
    newest mediaml.models;
    plan mediaml.training;
    fresh bigint;
BEGIN
    PERFORM mediaml.model_lock(name, wait);
    last := mediaml.refresh_source(name);
    IF last.name IS NULL THEN
        PERFORM mediaml.model_missing(name);
    ELSIF last.created_by <> current_user THEN     -- its statement would run with rights that are not its own
        RAISE EXCEPTION USING
            ERRCODE = 'insufficient_privilege',
            MESSAGE = format('version %s of model "%s" was made by role "%s", not by "%s"',
                             last.version, name, last.created_by, current_user);
    END IF;
    IF last.query IS NULL THEN
        RETURN QUERY SELECT * FROM mediaml.refresh_recommended(last, max_age, min_new_rows);
        RETURN;
    END IF;
    SELECT m.* INTO newest FROM mediaml.models AS m     -- of this statement, deployed or not
        WHERE m.name = last.name AND (m.created_by, m.algorithm, m.query, m.search_path, m.arguments)
            IS NOT DISTINCT FROM (last.created_by, last.algorithm, last.query, last.search_path, last.arguments)
        ORDER BY m.version DESC LIMIT 1;
    SELECT p.* INTO plan FROM jsonb_to_record(last.arguments) AS a(
            target name, id name, exclude name[], options jsonb, split text, split_column name,
            test_size float8, group_by name)
        CROSS JOIN LATERAL mediaml.training_plan(last.search_path, last.name, last.algorithm, last.query, a.target, a.id, a.exclude,
            a.options, a.split, a.split_column, a.test_size, a.group_by) AS p;
    IF min_new_rows IS NOT NULL THEN
        fresh := mediaml.training_count(plan) - coalesce(newest."rows", 0);
    END IF;
    IF mediaml.refresh_skipped(newest, max_age, fresh, min_new_rows) THEN
        RETURN;
    END IF;
    RETURN QUERY SELECT t.* FROM mediaml.training_whole(last.search_path, last.name, last.algorithm, last.query, plan.target, plan.id,
        plan.exclude, plan.options, last.arguments ->> 'split', plan.split_column, plan.test_size,
        plan.group_by, CASE WHEN plan.split = 'none' AND deploy <> 'never' THEN 'always' ELSE deploy END, wait) AS t;
END
$$;
COMMENT ON FUNCTION mediaml.refresh_run(text, interval, bigint, text, boolean) IS
    'train a model anew if it is due';

-- The same of a recommender, whose definition says how it is trained.
CREATE FUNCTION mediaml.refresh_recommended(last mediaml.models, max_age interval, min_new_rows bigint)
    RETURNS SETOF mediaml.trained LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    started CONSTANT timestamptz := clock_timestamp();
    recommender mediaml.recommenders;
    fresh bigint;
    made integer;
BEGIN
    SELECT r.* INTO recommender FROM mediaml.recommenders AS r WHERE r.name = last.name;
    IF NOT FOUND THEN
        PERFORM mediaml.recommender_missing(last.name);
    END IF;
    IF min_new_rows IS NOT NULL THEN
        fresh := mediaml.recommender_count(recommender) - coalesce(last."rows", 0);
    END IF;
    IF mediaml.refresh_skipped(last, max_age, fresh, min_new_rows) THEN
        RETURN;
    END IF;
    made := mediaml.refresh_recommender(last.name);
    INSERT INTO mediaml.runs (name, action, version, started, finished, outcome, message)
        VALUES (last.name, 'refresh', made, started, clock_timestamp(), 'done', 'deployed');
    RETURN NEXT ROW(last.name, made, NULL, NULL, NULL, NULL, NULL, NULL, true)::mediaml.trained;
END
$$;
COMMENT ON FUNCTION mediaml.refresh_recommended(mediaml.models, interval, bigint) IS
    'train a recommender anew if it is due';

-- Is a model not due?  Then that is noted.
CREATE FUNCTION mediaml.refresh_skipped(last mediaml.models, max_age interval, fresh bigint, min_new_rows bigint)
    RETURNS boolean LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    why text;
BEGIN
    IF clock_timestamp() - last.created_at < max_age THEN
        why := format('version %s is not older than %s', last.version, max_age);
    ELSIF fresh < min_new_rows THEN
        why := format('the query has %s rows more than version %s was trained on', fresh, last.version);
    ELSE
        RETURN false;
    END IF;
    INSERT INTO mediaml.runs (name, action, finished, outcome, message)
        VALUES (last.name, 'refresh', clock_timestamp(), 'skipped', why);
    RETURN true;
END
$$;
COMMENT ON FUNCTION mediaml.refresh_skipped(mediaml.models, interval, bigint, bigint) IS
    'is a model not due to be trained anew?';

-- Drop old versions: all but the newest, the deployed one, and the one that a rollback goes back to.
CREATE FUNCTION mediaml.prune(name text, keep bigint DEFAULT 5)
    RETURNS integer LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_variable
DECLARE
    dropped integer;
BEGIN
    IF keep IS NULL OR keep < 1 THEN
        PERFORM mediaml.training_refuse(format('keep must be at least 1, not %s', coalesce(keep::text, 'null')));
    END IF;
    PERFORM mediaml.model_lock(name);
    DELETE FROM mediaml.models AS m
        WHERE m.name = prune.name
        AND m.version <= (SELECT o.version FROM mediaml.models AS o WHERE o.name = prune.name
                          ORDER BY o.version DESC OFFSET keep LIMIT 1)
        AND m.version NOT IN (
            SELECT d.version FROM mediaml.deployments AS d
            WHERE d.name = prune.name AND d.number IN (
                SELECT t.number FROM mediaml.deployments AS t WHERE t.name = prune.name
                AND t.number = (SELECT max(l.number) FROM mediaml.deployments AS l WHERE l.name = prune.name)
                UNION ALL
                SELECT t.below FROM mediaml.deployments AS t WHERE t.name = prune.name
                AND t.number = (SELECT max(l.number) FROM mediaml.deployments AS l WHERE l.name = prune.name)));
    GET DIAGNOSTICS dropped = ROW_COUNT;
    RETURN dropped;
END
$$;
COMMENT ON FUNCTION mediaml.prune(text, bigint) IS
    'drop versions of a model but the newest ones, the deployed one and the one before it; returns how many';

-- Without a search_path of its own: such a procedure could not commit.  So all names
-- in it are qualified, types too.  Who may not drop versions has refreshed them still.
CREATE PROCEDURE mediaml.refresh_all(
    keep bigint DEFAULT 5, max_age interval DEFAULT NULL, min_new_rows bigint DEFAULT NULL,
    deploy text DEFAULT 'unless_worse')
    LANGUAGE plpgsql AS $$
#variable_conflict use_variable
DECLARE
    names CONSTANT pg_catalog.text[] := ARRAY(SELECT DISTINCT m.name FROM mediaml.models AS m
                                              WHERE m.algorithm IS NOT NULL ORDER BY m.name);
    name pg_catalog.text;
    action pg_catalog.text;
    started pg_catalog.timestamptz;
    why pg_catalog.text;
BEGIN
    IF keep IS NULL OR keep OPERATOR(pg_catalog.<) 1 THEN
        PERFORM mediaml.training_refuse(
            pg_catalog.format('keep must be at least 1, not %s', coalesce(keep::pg_catalog.text, 'null')));
    END IF;
    FOREACH name IN ARRAY names LOOP
        FOREACH action IN ARRAY '{refresh,prune}'::pg_catalog.text[] LOOP
            started := pg_catalog.clock_timestamp();
            why := NULL;
            BEGIN
                IF action OPERATOR(pg_catalog.=) 'refresh' THEN
                    PERFORM mediaml.refresh(name, max_age, min_new_rows, deploy);
                ELSE
                    PERFORM mediaml.prune(name, keep);
                END IF;
            EXCEPTION WHEN OTHERS THEN
                GET STACKED DIAGNOSTICS why = MESSAGE_TEXT;
            END;
            IF why IS NOT NULL THEN
                INSERT INTO mediaml.runs (name, action, started, finished, outcome, message)
                    VALUES (name, action, started, pg_catalog.clock_timestamp(), 'failed', why);
                RAISE WARNING 'model "%" was not %: %', name,
                    CASE WHEN action OPERATOR(pg_catalog.=) 'refresh' THEN 'refreshed' ELSE 'pruned' END, why;
            END IF;
            COMMIT;
        END LOOP;
    END LOOP;
END
$$;
COMMENT ON PROCEDURE mediaml.refresh_all(bigint, interval, bigint, text) IS
    'refresh all models that were trained by a statement, each in a transaction of its own, and drop old versions';

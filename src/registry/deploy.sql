-- Registering, deploying, going back, dropping.

-- One training or deployment of a name at a time: the others wait.
CREATE FUNCTION mediaml.model_lock(name text, wait boolean DEFAULT true)
    RETURNS void LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    key CONSTANT bigint := hashtextextended('mediaml model ' || name, 0);
BEGIN
    IF wait THEN
        PERFORM pg_advisory_xact_lock(key);
    ELSIF NOT pg_try_advisory_xact_lock(key) THEN
        RAISE EXCEPTION USING
            ERRCODE = 'lock_not_available',
            MESSAGE = format('model "%s" is being trained or deployed by another session', name);
    END IF;
END
$$;
COMMENT ON FUNCTION mediaml.model_lock(text, boolean) IS
    'wait until nobody else trains or deploys a model, or refuse to, until the end of the transaction';

-- The name, or an error.
CREATE FUNCTION mediaml.model_name(name text)
    RETURNS text LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF coalesce(octet_length(name), 0) NOT BETWEEN 1 AND 63 THEN
        RAISE EXCEPTION USING
            ERRCODE = 'invalid_name',
            MESSAGE = 'the name of a model must have 1 to 63 bytes';
    END IF;
    RETURN name;
END
$$;
COMMENT ON FUNCTION mediaml.model_name(text) IS 'demand a name that a model can have';

CREATE FUNCTION mediaml.model_missing(name text, version bigint DEFAULT NULL)
    RETURNS void LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RAISE EXCEPTION USING
        ERRCODE = 'undefined_object',
        MESSAGE = CASE WHEN version IS NULL THEN format('model "%s" does not exist', name)
                       ELSE format('model "%s" has no version %s', name, version) END,
        HINT = 'Versions are listed in mediaml.model_versions.';
END
$$;
COMMENT ON FUNCTION mediaml.model_missing(text, bigint) IS 'complain that there is no such model';

-- A row that is to be added is there already, though none of these was seen.
CREATE FUNCTION mediaml.model_conflict(name text)
    RETURNS void LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF current_setting('transaction_isolation') = 'read committed' THEN
        RAISE EXCEPTION USING
            ERRCODE = 'insufficient_privilege',
            MESSAGE = format('model "%s" has versions or deployments that are hidden from you', name),
            HINT = 'Take another name.';
    END IF;
    RAISE EXCEPTION USING
        ERRCODE = 'serialization_failure',
        MESSAGE = format('model "%s" was changed by another session after this transaction had begun', name),
        HINT = 'Try the transaction again.';
END
$$;
COMMENT ON FUNCTION mediaml.model_conflict(text) IS
    'complain that a version or deployment is there already, but not to be seen';

-- Add a version; the model must be sound.
CREATE FUNCTION mediaml.model_add(
    name text, model bytea, algorithm text DEFAULT NULL, query text DEFAULT NULL,
    search_path text DEFAULT NULL, arguments jsonb DEFAULT NULL, "rows" bigint DEFAULT NULL)
    RETURNS integer LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_variable
DECLARE
    made integer;
    kind CONSTANT text := mediaml.model_info(model) ->> 'kind';
BEGIN
    PERFORM mediaml.model_lock(mediaml.model_name(name));
    made := 1 + greatest((SELECT max(m.version) FROM mediaml.models AS m WHERE m.name = model_add.name),
                         (SELECT max(d.version) FROM mediaml.deployments AS d WHERE d.name = model_add.name), 0);
    BEGIN
        INSERT INTO mediaml.models (name, version, kind, algorithm, query, search_path, arguments, "rows", digest)
            VALUES (name, made, kind, algorithm, query, search_path, arguments, "rows", sha256(model));
    EXCEPTION
        WHEN unique_violation THEN
            PERFORM mediaml.model_conflict(name);
    END;
    INSERT INTO mediaml.model_data (name, version, model) VALUES (name, made, model);
    RETURN made;
END
$$;
COMMENT ON FUNCTION mediaml.model_add(text, bytea, text, text, text, jsonb, bigint) IS
    'keep a model as the next version of a name';

CREATE FUNCTION mediaml.register(
    name text, model bytea, metrics jsonb DEFAULT NULL, deploy text DEFAULT 'always')
    RETURNS integer LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_variable
DECLARE
    made integer;
BEGIN
    IF model IS NULL THEN
        RAISE EXCEPTION USING
            ERRCODE = 'null_value_not_allowed',
            MESSAGE = 'model must not be null';
    END IF;
    IF deploy IS NULL OR deploy NOT IN ('always', 'never') THEN
        RAISE EXCEPTION USING
            ERRCODE = 'invalid_parameter_value',
            MESSAGE = format('deploy must be always or never, not %s', coalesce(quote_literal(deploy), 'null')),
            DETAIL = 'A model that is registered was not compared on rows that it has not seen.';
    END IF;
    made := mediaml.model_add(name, model);
    IF jsonb_typeof(metrics) <> 'object' THEN
        RAISE EXCEPTION USING
            ERRCODE = 'invalid_parameter_value',
            MESSAGE = format('metrics must be an object of numbers, not %s', jsonb_typeof(metrics));
    END IF;
    INSERT INTO mediaml.metrics (name, version, "group", split, metric, value)
        SELECT name, made, 'all', 'given', e.key, e.value::float8
        FROM jsonb_each_text(coalesce(metrics, '{}')) AS e;
    IF deploy = 'always' THEN
        PERFORM mediaml.deploy(name, made);
    END IF;
    RETURN made;
END
$$;
COMMENT ON FUNCTION mediaml.register(text, bytea, jsonb, text) IS
    'keep a model that was made elsewhere as the next version of a name; returns its number';

-- Add to the stack of deployments.
CREATE FUNCTION mediaml.deployment_add(name text, version integer, action text, below integer)
    RETURNS void LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_variable
BEGIN
    INSERT INTO mediaml.deployments (name, number, version, action, below)
        SELECT name, 1 + coalesce(max(d.number), 0), version, action, below
        FROM mediaml.deployments AS d WHERE d.name = deployment_add.name;
EXCEPTION
    WHEN unique_violation THEN
        PERFORM mediaml.model_conflict(name);
END
$$;
COMMENT ON FUNCTION mediaml.deployment_add(text, integer, text, integer) IS
    'note that a version answers from now on';

CREATE FUNCTION mediaml.deploy(name text, version bigint)
    RETURNS integer LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_variable
DECLARE
    top mediaml.deployments;
BEGIN
    IF version IS NULL THEN
        RAISE EXCEPTION USING
            ERRCODE = 'null_value_not_allowed',
            MESSAGE = 'version must not be null';
    END IF;
    PERFORM mediaml.model_lock(mediaml.model_name(name));
    IF NOT EXISTS (SELECT FROM mediaml.models AS m WHERE m.name = deploy.name) THEN
        PERFORM mediaml.model_missing(name);
    ELSIF NOT EXISTS (SELECT FROM mediaml.models AS m WHERE m.name = deploy.name AND m.version = deploy.version) THEN
        PERFORM mediaml.model_missing(name, version);
    END IF;
    SELECT d.* INTO top FROM mediaml.deployments AS d WHERE d.name = deploy.name ORDER BY d.number DESC LIMIT 1;
    IF top.version IS DISTINCT FROM version THEN
        PERFORM mediaml.deployment_add(name, version::integer, 'deploy', top.number);
    END IF;
    RETURN version;
END
$$;
COMMENT ON FUNCTION mediaml.deploy(text, bigint) IS
    'let a version of a model answer, from the moment that this is committed';

CREATE FUNCTION mediaml.rollback(name text)
    RETURNS integer LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_variable
DECLARE
    top mediaml.deployments;
    earlier mediaml.deployments;
BEGIN
    PERFORM mediaml.model_lock(mediaml.model_name(name));
    SELECT d.* INTO top FROM mediaml.deployments AS d WHERE d.name = rollback.name ORDER BY d.number DESC LIMIT 1;
    IF NOT FOUND AND NOT EXISTS (SELECT FROM mediaml.models AS m WHERE m.name = rollback.name) THEN
        PERFORM mediaml.model_missing(name);
    END IF;
    earlier := top;
    LOOP                        -- down to a version that is another one, and still there
        SELECT d.* INTO earlier FROM mediaml.deployments AS d
            WHERE d.name = rollback.name AND d.number = earlier.below;
        IF NOT FOUND THEN
            RAISE EXCEPTION USING
                ERRCODE = 'object_not_in_prerequisite_state',
                MESSAGE = format('model "%s" has no earlier deployment to go back to', name);
        END IF;
        EXIT WHEN earlier.version <> top.version AND EXISTS (
            SELECT FROM mediaml.models AS m WHERE m.name = rollback.name AND m.version = earlier.version);
    END LOOP;
    PERFORM mediaml.deployment_add(name, earlier.version, 'rollback', earlier.below);
    RETURN earlier.version;
END
$$;
COMMENT ON FUNCTION mediaml.rollback(text) IS
    'let the version answer that was deployed before; returns its number';

CREATE FUNCTION mediaml.drop_model(name text, version bigint DEFAULT NULL)
    RETURNS void LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_variable
BEGIN
    PERFORM mediaml.model_lock(mediaml.model_name(name));
    IF version = (SELECT d.version FROM mediaml.deployments AS d WHERE d.name = drop_model.name
                  ORDER BY d.number DESC LIMIT 1) THEN
        RAISE EXCEPTION USING
            ERRCODE = 'object_in_use',
            MESSAGE = format('version %s of model "%s" is deployed', version, name),
            HINT = 'Deploy another version first, or drop the model with all its versions.';
    END IF;
    IF version IS NULL THEN     -- first, as policies may show them as long as there is the model
        DELETE FROM mediaml.deployments AS d WHERE d.name = drop_model.name;
    END IF;
    DELETE FROM mediaml.models AS m
        WHERE m.name = drop_model.name AND (drop_model.version IS NULL OR m.version = drop_model.version);
    IF NOT FOUND THEN
        PERFORM mediaml.model_missing(name, version);
    END IF;
END
$$;
COMMENT ON FUNCTION mediaml.drop_model(text, bigint) IS
    'forget a model, or one version of it';

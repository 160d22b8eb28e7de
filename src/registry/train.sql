-- Training by one call.

CREATE TYPE mediaml.training AS (
    name text, algorithm text, task text, fit text, metric text,
    target name, id name, exclude name[], options jsonb, split text, split_column name,
    test_size float8, group_by name, returns name[], path text, source text, columns text, "rows" text);
COMMENT ON TYPE mediaml.training IS
    'what train() is asked for, checked; rows is the query of rows, with held, from r of source; path is the search_path of its query';

CREATE TYPE mediaml.score AS (
    "group" text, metric text, value float8, ci_low float8, ci_high float8, n bigint, baseline float8);
COMMENT ON TYPE mediaml.score IS 'what a model is worth by one metric, with its interval, and what it takes no model to get';

CREATE TYPE mediaml.taught AS (method text, "group" text, calibrator bytea);
COMMENT ON TYPE mediaml.taught IS 'a calibrator of the rows held out, of a group of them or of all';

CREATE TYPE mediaml.trained AS (
    name text, version integer, "group" text, metric text, value float8,
    ci_low float8, ci_high float8, baseline float8, deployed boolean);
COMMENT ON TYPE mediaml.trained IS
    'what a version is worth on rows that were held out, and whether it is deployed, which others see at commit';

-- The scores, also where the deployed version cannot answer for these rows: it may know
-- a column by another type.
CREATE FUNCTION mediaml.training_judged(
    plan mediaml.training, model bytea, old bytea, methods text[],
    OUT scores mediaml.score[], OUT calibrators mediaml.taught[])
    RETURNS record LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF old IS NOT NULL THEN
        BEGIN
            SELECT * INTO scores, calibrators FROM mediaml.training_scores(plan, model, old, true, methods);
            RETURN;
        EXCEPTION WHEN OTHERS THEN
            RAISE NOTICE 'the deployed version of model "%" cannot be compared', plan.name USING DETAIL = SQLERRM;
        END;
    END IF;
    SELECT * INTO scores, calibrators FROM mediaml.training_scores(plan, model, NULL, true, methods);
END
$$;
COMMENT ON FUNCTION mediaml.training_judged(mediaml.training, bytea, bytea, text[]) IS
    'what a model is worth on the rows that were held out, beside the deployed version if that can be asked';

-- All of a training that reads, in one snapshot: the model of what is not held out,
-- what it is worth, and the model that is to answer.
CREATE FUNCTION mediaml.training_run(
    plan mediaml.training, old bytea,
    OUT held_out bytea, OUT model bytea, OUT scores mediaml.score[], OUT counted bigint)
    RETURNS record LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp SET jit = off AS $$
DECLARE
    refit CONSTANT boolean := coalesce((plan.options ->> 'refit')::boolean, true);
    wanted CONSTANT text := plan.options ->> 'calibration';
    methods text[];
    calibrators mediaml.taught[];
BEGIN
    counted := mediaml.training_count(plan);
    IF plan.split = 'none' THEN
        IF wanted IS NOT NULL THEN
            PERFORM mediaml.training_refuse('calibration needs rows that are held out');
        END IF;
        model := mediaml.training_fit(plan, 'true');
        RETURN;
    END IF;
    held_out := mediaml.training_fit(plan, 'NOT s.held');
    methods := mediaml.training_methods(plan, held_out);
    SELECT s.scores, s.calibrators INTO scores, calibrators
        FROM mediaml.training_judged(plan, held_out, old, methods) AS s;
    IF scores = '{}' THEN
        PERFORM mediaml.training_refuse(
            format('split %L holds nothing out that the model could be judged by', plan.split),
            CASE plan.split
                WHEN 'time' THEN format('Too many of the rows have the latest value of %I: give a finer time, or another split.', plan.split_column)
                WHEN 'stratified' THEN format('Each class of %I has too few rows: give more, or a larger test_size. '
                                              'A number, or a text that nearly every row has for itself, is no class.', plan.target)
                ELSE 'Give more rows, a larger test_size, or another split.' END);
    END IF;
    model := CASE WHEN refit THEN mediaml.training_fit_quietly(plan, 'true') ELSE held_out END;
    IF methods IS NOT NULL THEN
        SELECT c.scores, c.calibrators INTO scores, calibrators
            FROM mediaml.training_calibrate(wanted, methods, calibrators, scores) AS c;
        model := mediaml.training_calibrated(plan, model, calibrators);
    ELSIF NOT refit THEN
        held_out := NULL;
    END IF;
END
$$;
COMMENT ON FUNCTION mediaml.training_run(mediaml.training, bytea) IS
    'fit and judge what train() is asked for';

-- The deployed version as it was without the rows that are held out, if it is known.
CREATE FUNCTION mediaml.training_rival(name text, OUT version integer, OUT model bytea)
    RETURNS record LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT d.version, (SELECT x.model FROM mediaml.model_data AS x
                       WHERE x.name = d.name AND x.version = d.version AND x.part IN ('held_out', 'model')
                       ORDER BY x.part = 'model' LIMIT 1)
    FROM mediaml.deployments AS d WHERE d.name = $1 ORDER BY d.number DESC LIMIT 1
$$;
COMMENT ON FUNCTION mediaml.training_rival(text) IS
    'the version that a new one is compared with, trained on what is not held out';

-- Why the deployed version cannot be compared with a new one; NULL: it can.
CREATE FUNCTION mediaml.training_unlike(plan mediaml.training, version integer, model bytea, OUT why text, OUT detail text)
    RETURNS record LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT CASE WHEN t.task <> (plan).task THEN 'is for ' || t.task
                WHEN o.target <> (plan).target THEN 'has another target'
                WHEN l.columns IS NOT NULL THEN 'reads other columns' END,
           CASE WHEN t.task <> (plan).task THEN format('It is for %s, not for %s.', t.task, (plan).task)
                WHEN o.target <> (plan).target THEN format('Its target is %I.', o.target)
                WHEN l.columns IS NOT NULL THEN format('It reads columns that the query does not return: %s.', l.columns) END
    FROM (SELECT mediaml.model_task(model) AS task) AS t
    CROSS JOIN LATERAL (SELECT string_agg(quote_ident(c), ', ') AS columns
                        FROM unnest(mediaml.model_reads(model)) AS c WHERE c <> ALL ((plan).returns::text[])) AS l
    LEFT JOIN (SELECT m.arguments ->> 'target' AS target FROM mediaml.models AS m
               WHERE m.name = (plan).name AND m.version = $2 AND m.query IS NOT NULL) AS o ON true
$$;
COMMENT ON FUNCTION mediaml.training_unlike(mediaml.training, integer, bytea) IS
    'why the deployed version cannot be compared with a new one';

-- Has the deployed version been kept from just the rows that are held out now?  Without
-- id a hash is of the whole row, which another query makes another one; strata, and
-- the events of a recommender, are told by the target.
CREATE FUNCTION mediaml.training_comparable(name text, version integer, plan mediaml.training, query text)
    RETURNS boolean LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT coalesce(bool_and(
               (m.arguments ->> 'split_column') IS NOT DISTINCT FROM (plan).split_column::text
               AND (m.arguments ->> 'id') IS NOT DISTINCT FROM (plan).id::text
               AND (m.arguments ->> 'test_size')::float8 = (plan).test_size
               AND (m.arguments -> 'options' -> 'split_seed') IS NOT DISTINCT FROM ((plan).options -> 'split_seed')
               AND coalesce(m.arguments ->> 'split', (plan).split) = (plan).split
               AND ((plan).id IS NOT NULL OR (plan).split IN ('time', 'group') OR m.query = $4)
               AND ((m.arguments ->> 'target') IS NOT DISTINCT FROM (plan).target::text
                    OR (plan).split <> 'stratified' AND (plan).task <> 'recommendation')
               AND (NOT (m.arguments #>> '{options,refit}')::boolean
                    OR EXISTS (SELECT FROM mediaml.model_data AS x
                               WHERE x.name = m.name AND x.version = m.version AND x.part = 'held_out'))), false)
    FROM mediaml.models AS m WHERE m.name = $1 AND m.version = $2
$$;
COMMENT ON FUNCTION mediaml.training_comparable(text, integer, mediaml.training, text) IS
    'has a version seen none of the rows that are held out now, as far as is known?';

-- Is a new version to be deployed?
CREATE FUNCTION mediaml.training_deploys(deploy text, rival integer, gain mediaml.score)
    RETURNS boolean LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
    SELECT CASE deploy
        WHEN 'always' THEN true
        WHEN 'never' THEN false
        WHEN 'if_better' THEN rival IS NULL OR coalesce(nullif((gain).ci_low, 'NaN') > 0, false)
        ELSE rival IS NULL OR coalesce(nullif((gain).ci_high, 'NaN'), nullif((gain).value, 'NaN'), -1) >= 0
    END
$$;
COMMENT ON FUNCTION mediaml.training_deploys(text, integer, mediaml.score) IS
    'is a version to be deployed: by its gain over the deployed one, with the interval';

-- Keys, groups and classes are texts of values: written in one way, whatever the
-- settings of the session.  The order of day and month in the query remains.
CREATE FUNCTION mediaml.training_whole(
    path text, name text, algorithm text, query text, target name, id name,
    exclude name[], options jsonb, split text,
    split_column name, test_size float8, group_by name,
    deploy text, wait boolean)
    RETURNS SETOF mediaml.trained LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
    SET datestyle = 'ISO' SET intervalstyle = postgres SET extra_float_digits = 1 SET bytea_output = hex AS $$
#variable_conflict use_variable
DECLARE
    started CONSTANT timestamptz := clock_timestamp();
    plan mediaml.training;
    rival record;
    made record;
    gain mediaml.score;
    version integer;
    deployed boolean;
    unlike record;
BEGIN
    IF deploy IS NULL OR deploy NOT IN ('if_better', 'unless_worse', 'always', 'never') THEN
        PERFORM mediaml.training_refuse(
            format('unknown deploy %s', coalesce(quote_literal(deploy), 'null')),
            'It is if_better, unless_worse, always or never.');
    END IF;
    plan := mediaml.training_plan(path, name, algorithm, query, target, id, exclude, options,
                                  split, split_column, test_size, group_by);
    IF plan.split = 'none' AND deploy IN ('if_better', 'unless_worse') THEN
        PERFORM mediaml.training_refuse(format('deploy %L needs rows that are held out', deploy),
            'Say deploy => ''always'' or ''never'', or split.');
    END IF;
    PERFORM mediaml.model_lock(name, wait);
    SELECT r.version, r.model INTO rival FROM mediaml.training_rival(name) AS r;
    unlike := mediaml.training_unlike(plan, rival.version, rival.model);
    IF unlike.why IS NOT NULL THEN
        rival.model := NULL;
        RAISE NOTICE 'version % of model "%" cannot be compared', rival.version, name USING DETAIL = unlike.detail;
    END IF;
    SELECT r.held_out, r.model, r.scores, r.counted INTO made FROM mediaml.training_run(plan, rival.model) AS r;
    version := mediaml.model_add(name, made.model, algorithm, query, path,
        jsonb_strip_nulls(jsonb_build_object(
            'target', target, 'id', id, 'exclude', exclude, 'options', nullif(options, '{}'), 'split', split,
            'split_column', split_column, 'test_size', test_size, 'group_by', group_by)),
        made.counted);
    IF made.held_out IS NOT NULL THEN
        INSERT INTO mediaml.model_data (name, version, part, model) VALUES (name, version, 'held_out', made.held_out);
    END IF;
    INSERT INTO mediaml.metrics (name, version, "group", split, metric, value, ci_low, ci_high, n)
        SELECT name, version, s."group", 'test', s.metric, s.value, s.ci_low, s.ci_high, s.n
        FROM unnest(made.scores) AS s
        UNION ALL
        SELECT name, version, s."group", 'baseline', s.metric, s.baseline, NULL, NULL, s.n
        FROM unnest(made.scores) AS s WHERE s.baseline IS NOT NULL;
    IF rival.model IS NOT NULL AND plan.split <> 'none' AND NOT mediaml.training_comparable(name, rival.version, plan, query) THEN
        RAISE NOTICE 'version % of model "%" was trained on rows that were split in another way', rival.version, name
            USING DETAIL = 'It may have seen some of the rows on which the two are compared.';
    END IF;
    SELECT s.* INTO gain FROM unnest(made.scores) AS s
        WHERE s."group" = 'all' AND s.metric = plan.metric || '_gain';
    deployed := mediaml.training_deploys(deploy, rival.version, gain);
    IF deployed THEN
        PERFORM mediaml.deploy(name, version);
    END IF;
    INSERT INTO mediaml.runs (name, action, version, started, finished, outcome, message)
        VALUES (name, 'train', version, started, clock_timestamp(), 'done',
                CASE WHEN deployed THEN 'deployed'
                     WHEN deploy = 'never' THEN 'not deployed, as asked'
                     WHEN unlike.why IS NOT NULL THEN 'not deployed: version ' || rival.version || ' ' || unlike.why
                     ELSE 'not deployed: ' || deploy || ' does not hold against version ' || rival.version END);
    RETURN QUERY
        SELECT name, version, s."group", s.metric, s.value, s.ci_low, s.ci_high, s.baseline, deployed
        FROM unnest(coalesce(made.scores, ARRAY[NULL::mediaml.score])) AS s
        ORDER BY s."group" <> 'all', s."group", starts_with(s.metric, plan.metric) DESC, s.metric;
END
$$;
COMMENT ON FUNCTION mediaml.training_whole(
    text, text, text, text, name, name, name[], jsonb, text, name, float8, name, text, boolean) IS
    'train(), its query under a search_path';

-- Under the caller's search_path, which the query is read by; all below has its own.
CREATE FUNCTION mediaml.train(
    name text, algorithm text, query text, target name DEFAULT NULL, id name DEFAULT NULL,
    exclude name[] DEFAULT NULL, options jsonb DEFAULT NULL, split text DEFAULT NULL,
    split_column name DEFAULT NULL, test_size float8 DEFAULT 0.2, group_by name DEFAULT NULL,
    deploy text DEFAULT 'if_better', wait boolean DEFAULT true)
    RETURNS SETOF mediaml.trained LANGUAGE sql
BEGIN ATOMIC
    SELECT * FROM mediaml.training_whole(pg_catalog.current_setting('search_path'),
        $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13);
END;
COMMENT ON FUNCTION mediaml.train(
    text, text, text, name, name, name[], jsonb, text, name, float8, name, text, boolean) IS
    'train a model on a query, judge it on rows held out beside a baseline, keep it, and deploy it if it is better';

-- Probabilities that come true, learned from the rows that were held out.

-- The methods that train() is to try; NULL where it is not asked to calibrate.
CREATE FUNCTION mediaml.training_methods(plan mediaml.training, model bytea)
    RETURNS text[] LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    wanted CONSTANT text := plan.options ->> 'calibration';
BEGIN
    IF wanted IS NULL THEN
        RETURN NULL;
    ELSIF wanted NOT IN ('platt', 'isotonic', 'auto') THEN
        PERFORM mediaml.training_refuse(format('unknown calibration %L', wanted), 'It is platt, isotonic or auto.');
    ELSIF plan.task <> 'classification' OR mediaml.model_positive(model) IS NULL THEN
        PERFORM mediaml.training_refuse('only classifiers of two classes can be calibrated',
            'Train a model of a boolean target for each class.');
    END IF;
    RETURN CASE wanted WHEN 'auto' THEN ARRAY['platt', 'isotonic'] ELSE ARRAY[wanted] END;
END
$$;
COMMENT ON FUNCTION mediaml.training_methods(mediaml.training, bytea) IS
    'the methods of calibration that train() is to try';

-- The calibrators to take, and the scores with those of its method called calibrated.
-- auto takes the best of none, platt and isotonic by log loss of all rows; of none
-- there are no calibrators.
CREATE FUNCTION mediaml.training_calibrate(
    wanted text, methods text[], INOUT calibrators mediaml.taught[], INOUT scores mediaml.score[])
    RETURNS record LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    best text;
BEGIN
    SELECT t.method INTO best
        FROM unnest(methods || 'none'::text) AS t(method)
        JOIN unnest(scores) AS s ON s."group" = 'all'
            AND s.metric = 'log_loss' || CASE t.method WHEN 'none' THEN '' ELSE '_' || t.method END
        WHERE wanted IN (t.method, 'auto') ORDER BY s.value, t.method DESC LIMIT 1;
    IF best IS NULL THEN
        PERFORM mediaml.training_refuse('there are too few rows held out to calibrate by',
            'Both halves of them need some. Let test_size be larger, or take another split or split_seed.');
    END IF;
    calibrators := ARRAY(SELECT c FROM unnest(calibrators) AS c WHERE c.method = best);
    scores := ARRAY(
        SELECT s FROM unnest(scores) AS s WHERE s.metric !~ '_(platt|isotonic)$'
        UNION ALL
        SELECT ROW(u."group", u.metric || '_calibrated', s.value, s.ci_low, s.ci_high, s.n, u.value)::mediaml.score
        FROM unnest(scores) AS u JOIN unnest(scores) AS s
            ON s."group" = u."group" AND s.metric = u.metric || CASE best WHEN 'none' THEN '' ELSE '_' || best END
        WHERE u.metric IN ('log_loss', 'accuracy', 'brier', 'precision', 'recall', 'f1'));
END
$$;
COMMENT ON FUNCTION mediaml.training_calibrate(text, text[], mediaml.taught[], mediaml.score[]) IS
    'the calibrators that train() takes, and what they are worth';

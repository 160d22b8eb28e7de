-- Probabilities that come true, learned from the rows that were held out.

-- A calibrator of all of these rows, and what it is worth: learned on one half of
-- them and judged on the other, and the other way round.  auto takes the best of
-- none, platt and isotonic by log loss; of none the calibrator is NULL.
CREATE FUNCTION mediaml.training_calibrate(
    plan mediaml.training, model bytea, OUT calibrator bytea, OUT scores mediaml.score[])
    RETURNS record LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    wanted CONSTANT text := plan.options ->> 'calibration';
    positive CONSTANT text := mediaml.model_positive(model);
    best text;
BEGIN
    IF wanted NOT IN ('platt', 'isotonic', 'auto') THEN
        PERFORM mediaml.training_refuse(format('unknown calibration %L', wanted), 'It is platt, isotonic or auto.');
    ELSIF plan.task <> 'classification' OR positive IS NULL THEN
        PERFORM mediaml.training_refuse('only classifiers of two classes can be calibrated',
            'Train a model of a boolean target for each class.');
    ELSIF plan.group_by IS NOT NULL THEN
        PERFORM mediaml.training_refuse('models by group cannot be calibrated here',
            'Calibrate each by calibrated(), join them by grouped(), and register() the result.');
    END IF;
    WITH tested AS MATERIALIZED (
        SELECT t.y = positive AS y, t.score AS p, mediaml.hash_share('half of ' || t.cluster, 0) < 0.5 AS half
        FROM mediaml.training_classified(plan, model, NULL) AS t),
    halves AS MATERIALIZED (
        SELECT m.method, t.half, mediaml.calibrator(t.y, t.p, m.method) AS c
        FROM tested AS t CROSS JOIN (VALUES ('platt'), ('isotonic')) AS m(method) GROUP BY m.method, t.half),
    judged AS (
        SELECT h.method, t.y, mediaml.calibrate(h.c, t.p) AS p FROM tested AS t JOIN halves AS h ON h.half <> t.half
        UNION ALL
        SELECT 'none', t.y, t.p FROM tested AS t),
    worth AS (
        SELECT j.method, count(*) AS n,
               mediaml.bootstrap_mean(-ln(greatest(CASE WHEN j.y THEN j.p ELSE 1 - j.p END, 1e-15))) AS log_loss,
               mediaml.bootstrap_mean(greatest(abs(j.p - j.y::int), 1e-150) ^ 2) AS brier
        FROM judged AS j GROUP BY j.method),
    chosen AS (
        SELECT w.* FROM worth AS w WHERE wanted IN (w.method, 'auto')
        ORDER BY (w.log_loss).value, w.method DESC LIMIT 1)
    SELECT c.method,
           (SELECT mediaml.calibrator(t.y, t.p, nullif(c.method, 'none')) FROM tested AS t WHERE c.method <> 'none'),
           ARRAY[ROW('all', 'log_loss_calibrated', (c.log_loss).value, (c.log_loss).ci_low, (c.log_loss).ci_high, c.n,
                     (u.log_loss).value)::mediaml.score,
                 ROW('all', 'brier_calibrated', (c.brier).value, (c.brier).ci_low, (c.brier).ci_high, c.n,
                     (u.brier).value)::mediaml.score]
        INTO best, calibrator, scores
        FROM chosen AS c CROSS JOIN worth AS u WHERE u.method = 'none';
    IF best IS NULL THEN
        PERFORM mediaml.training_refuse('there are too few rows held out to calibrate by',
            'Both halves of them need some. Let test_size be larger, or take another split or split_seed.');
    END IF;
END
$$;
COMMENT ON FUNCTION mediaml.training_calibrate(mediaml.training, bytea) IS
    'learn a calibrator from the rows that were held out';

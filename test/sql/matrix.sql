-- The gathered matrix: what becomes of its memory and files.

SET mediaml.max_memory = '8MB';

-- a cursor that fails in a subtransaction keeps its memory, but not its
-- segments, which must not be spilled then
BEGIN;
DECLARE failing CURSOR FOR
    SELECT mediaml.kmeans(ARRAY[i, 2 * i, i % 7, 1 / (300000 - i)], 2)
    FROM generate_series(1, 400000) i;
SAVEPOINT before;
FETCH failing;
ROLLBACK TO before;
SELECT mediaml.model_info(mediaml.kmeans(ARRAY[i, 2 * i, i % 7, 0], 2, '{"max_iter": 1}'))
    -> 'rows' AS rows
FROM generate_series(1, 250000) i;
COMMIT;

RESET mediaml.max_memory;

-- What model_info tells of a model, whatever it holds within.

-- What speaks for a model: of one by group the model of all others, or where there is
-- none the first, of a calibrated one the model that is calibrated.
CREATE FUNCTION mediaml.model_inside(info jsonb)
    RETURNS jsonb LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
    SELECT coalesce(o -> 'model', o)
    FROM coalesce(info -> 'others', jsonb_path_query_first(info, '$.groups.*'), info) AS o
$$;
COMMENT ON FUNCTION mediaml.model_inside(jsonb) IS 'the info of the model within that speaks for a model';

CREATE FUNCTION mediaml.model_reads(model bytea)
    RETURNS text[] LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
    WITH info AS (SELECT mediaml.model_info(model) AS i),
    parts AS (
        SELECT g.value AS p FROM info CROSS JOIN LATERAL jsonb_each(i -> 'groups') AS g
        UNION ALL
        SELECT coalesce(i -> 'others', i) FROM info)
    SELECT array_agg(DISTINCT c) FROM (
        SELECT jsonb_object_keys(CASE w ->> 'kind' WHEN 'preprocessor' THEN w -> 'columns'
                                                   ELSE w #> '{preprocessor,columns}' END) AS c
        FROM parts CROSS JOIN LATERAL coalesce(p -> 'model', p) AS w
        UNION ALL
        SELECT i ->> 'column' FROM info WHERE i ->> 'kind' = 'grouped') AS u
$$;
COMMENT ON FUNCTION mediaml.model_reads(bytea) IS
    'the columns that the preprocessors of a model read, and the one that chooses among groups; NULL where there are none';

CREATE FUNCTION mediaml.model_classes(model bytea)
    RETURNS text[] LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
    SELECT ARRAY(SELECT jsonb_array_elements_text(
        coalesce(i -> 'classes', w -> 'classes', w -> 'estimator' -> 'classes', '[]')))
    FROM mediaml.model_info(model) AS i CROSS JOIN LATERAL mediaml.model_inside(i) AS w
$$;
COMMENT ON FUNCTION mediaml.model_classes(bytea) IS 'the classes of a model, in the order that model_info lists them';

CREATE FUNCTION mediaml.model_task(model bytea)
    RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
    SELECT CASE WHEN cardinality(mediaml.model_classes(model)) > 0 THEN 'classification'
                WHEN 'kmeans' IN (w ->> 'kind', w #>> '{estimator,kind}') THEN 'clustering'
                WHEN w ? 'items' THEN 'recommendation' ELSE 'another task' END
    FROM mediaml.model_inside(mediaml.model_info(model)) AS w
$$;
COMMENT ON FUNCTION mediaml.model_task(bytea) IS 'what a model is for, as algorithms() calls it';

CREATE FUNCTION mediaml.model_positive(model bytea)
    RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
    SELECT CASE WHEN cardinality(c) = 2 THEN c[2] END FROM mediaml.model_classes(model) AS c
$$;
COMMENT ON FUNCTION mediaml.model_positive(bytea) IS 'of two classes the positive one; NULL where there are not two';

CREATE FUNCTION mediaml.model_rows(model bytea)
    RETURNS bigint LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
    SELECT coalesce(w -> 'rows', w -> 'estimator' -> 'rows', w -> 'interactions')::bigint
    FROM mediaml.model_inside(mediaml.model_info(model)) AS w
$$;
COMMENT ON FUNCTION mediaml.model_rows(bytea) IS 'of how many rows a model was trained';

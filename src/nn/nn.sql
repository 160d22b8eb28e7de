-- Neural networks, from ONNX files.

CREATE FUNCTION mediaml.onnx_import(onnx bytea, options jsonb DEFAULT NULL) RETURNS bytea
    AS 'MODULE_PATHNAME', 'mml_onnx_import'
    LANGUAGE C STABLE PARALLEL SAFE COST 100000;
COMMENT ON FUNCTION mediaml.onnx_import(bytea, jsonb) IS
    'a model of the network in an ONNX file';

CREATE FUNCTION mediaml.network_output(model bytea, x anyarray, layer text DEFAULT NULL)
    RETURNS float4[]
    AS 'MODULE_PATHNAME', 'mml_network_output'
    LANGUAGE C IMMUTABLE PARALLEL SAFE COST 10000;
COMMENT ON FUNCTION mediaml.network_output(bytea, anyarray, text) IS
    'the output of a network, or of one of its layers, for an array of numbers';

CREATE FUNCTION mediaml.network_outputs(
    model bytea, inputs jsonb, OUT name text, OUT shape int[], OUT "values" float8[])
    RETURNS SETOF record
    AS 'MODULE_PATHNAME', 'mml_network_outputs'
    LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 10000 ROWS 2;
COMMENT ON FUNCTION mediaml.network_outputs(bytea, jsonb) IS
    'all outputs of a network, for any number of inputs';

CREATE FUNCTION mediaml.network_summary(
    model bytea, OUT layer int, OUT name text, OUT operator text, OUT output_shape int[],
    OUT parameters bigint, OUT multiply_adds bigint)
    RETURNS SETOF record
    AS 'MODULE_PATHNAME', 'mml_network_summary'
    LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1000 ROWS 50;
COMMENT ON FUNCTION mediaml.network_summary(bytea) IS
    'the layers of a network, a row each';

CREATE FUNCTION mediaml.predict_labels(
    model bytea, x float8[], min_proba float8 DEFAULT 0.5,
    OUT label text, OUT probability float8)
    RETURNS SETOF record
    AS 'MODULE_PATHNAME', 'mml_predict_labels'
    LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 10000 ROWS 3;
COMMENT ON FUNCTION mediaml.predict_labels(bytea, float8[], float8) IS
    'the classes that a network finds probable for an array of numbers, the most probable first';

CREATE FUNCTION mediaml.predict_batch(model bytea, xs anyarray) RETURNS float4[]
    AS 'MODULE_PATHNAME', 'mml_predict_batch'
    LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100000;
COMMENT ON FUNCTION mediaml.predict_batch(bytea, anyarray) IS
    'the outputs of a network for rows of numbers, or for an array of pixels, that run together: a row each';

CREATE FUNCTION mediaml.network_query(
    model bytea, query text, OUT id bigint, OUT key text, OUT output float4[])
    RETURNS SETOF record
    AS 'MODULE_PATHNAME', 'mml_network_query'
    LANGUAGE C VOLATILE STRICT PARALLEL UNSAFE COST 100000 ROWS 10000;
COMMENT ON FUNCTION mediaml.network_query(bytea, text) IS
    'the outputs of a network for the rows of a query (id, array or pixels), which run together';

CREATE FUNCTION mediaml.image_output(model bytea, pixels bytea, layer text DEFAULT NULL)
    RETURNS float4[]
    AS 'MODULE_PATHNAME', 'mml_image_output'
    LANGUAGE C IMMUTABLE PARALLEL SAFE COST 10000;
COMMENT ON FUNCTION mediaml.image_output(bytea, bytea, text) IS
    'the output of a network, or of one of its layers, for the pixels of an image';

CREATE FUNCTION mediaml.image_label(model bytea, pixels bytea) RETURNS text
    AS 'MODULE_PATHNAME', 'mml_image_label'
    LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 10000;
COMMENT ON FUNCTION mediaml.image_label(bytea, bytea) IS
    'the class that a network predicts for the pixels of an image';

CREATE FUNCTION mediaml.image_labels(
    model bytea, pixels bytea, min_proba float8 DEFAULT 0.5,
    OUT label text, OUT probability float8)
    RETURNS SETOF record
    AS 'MODULE_PATHNAME', 'mml_image_labels'
    LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 10000 ROWS 3;
COMMENT ON FUNCTION mediaml.image_labels(bytea, bytea, float8) IS
    'the classes that a network finds probable for the pixels of an image, the most probable first';

CREATE FUNCTION mediaml.image_proba(model bytea, pixels bytea, class text DEFAULT NULL)
    RETURNS float8
    AS 'MODULE_PATHNAME', 'mml_image_proba'
    LANGUAGE C IMMUTABLE PARALLEL SAFE COST 10000;
COMMENT ON FUNCTION mediaml.image_proba(bytea, bytea, text) IS
    'the probability of a class for the pixels of an image, by default of the second of two';

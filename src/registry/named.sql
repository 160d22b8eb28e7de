-- What takes a model takes its registered name too: the version that is deployed.

CREATE FUNCTION mediaml.model_info(model text) RETURNS jsonb
    AS 'MODULE_PATHNAME', 'mml_model_info'
    LANGUAGE C STABLE STRICT PARALLEL SAFE COST 100;
COMMENT ON FUNCTION mediaml.model_info(text) IS
    'what a registered model says of itself: kind, features, how training went';

CREATE FUNCTION mediaml.coefficients(
    model text,
    OUT class text, OUT term text, OUT estimate float8, OUT std_error float8,
    OUT z float8, OUT p float8, OUT odds_ratio float8,
    OUT ci_low float8, OUT ci_high float8, OUT raw_estimate float8)
    RETURNS SETOF record
    AS 'MODULE_PATHNAME', 'mml_coefficients'
    LANGUAGE C STABLE STRICT PARALLEL SAFE COST 100 ROWS 20;
COMMENT ON FUNCTION mediaml.coefficients(text) IS
    'the coefficients of a registered linear model, a row each';

CREATE FUNCTION mediaml.centroids(
    model text,
    OUT cluster integer, OUT size bigint, OUT share float8,
    OUT feature text, OUT value float8, OUT overall_mean float8,
    OUT raw_value float8, OUT raw_overall_mean float8)
    RETURNS SETOF record
    AS 'MODULE_PATHNAME', 'mml_centroids'
    LANGUAGE C STABLE STRICT PARALLEL SAFE COST 100 ROWS 100;
COMMENT ON FUNCTION mediaml.centroids(text) IS
    'the centroids of a registered k-means model, a row a cluster and feature';

CREATE FUNCTION mediaml.predict(model text, x float8[]) RETURNS float8
    AS 'MODULE_PATHNAME', 'mml_predict'
    LANGUAGE C STABLE STRICT PARALLEL SAFE COST 100;
COMMENT ON FUNCTION mediaml.predict(text, float8[]) IS
    'what a registered model predicts for an array of features, as a number';

CREATE FUNCTION mediaml.predict_row(model text, t record) RETURNS float8
    AS 'MODULE_PATHNAME', 'mml_predict_row'
    LANGUAGE C STABLE STRICT PARALLEL SAFE COST 100;
COMMENT ON FUNCTION mediaml.predict_row(text, record) IS
    'what a registered model predicts for a row, its columns matched by name, as a number';

CREATE FUNCTION mediaml.predict_label(model text, x float8[]) RETURNS text
    AS 'MODULE_PATHNAME', 'mml_predict_label'
    LANGUAGE C STABLE STRICT PARALLEL SAFE COST 100;
COMMENT ON FUNCTION mediaml.predict_label(text, float8[]) IS
    'the class that a registered model predicts for an array of features';

CREATE FUNCTION mediaml.predict_label_row(model text, t record) RETURNS text
    AS 'MODULE_PATHNAME', 'mml_predict_label_row'
    LANGUAGE C STABLE STRICT PARALLEL SAFE COST 100;
COMMENT ON FUNCTION mediaml.predict_label_row(text, record) IS
    'the class that a registered model predicts for a row, its columns matched by name';

CREATE FUNCTION mediaml.predict_proba(model text, x float8[], class text DEFAULT NULL)
    RETURNS float8
    AS 'MODULE_PATHNAME', 'mml_predict_proba'
    LANGUAGE C STABLE PARALLEL SAFE COST 100;
COMMENT ON FUNCTION mediaml.predict_proba(text, float8[], text) IS
    'the probability of a class by a registered model, by default of the positive one of two';

CREATE FUNCTION mediaml.predict_proba_row(model text, t record, class text DEFAULT NULL)
    RETURNS float8
    AS 'MODULE_PATHNAME', 'mml_predict_proba_row'
    LANGUAGE C STABLE PARALLEL SAFE COST 100;
COMMENT ON FUNCTION mediaml.predict_proba_row(text, record, text) IS
    'the probability of a class for a row by a registered model, its columns matched by name';

CREATE FUNCTION mediaml.predict_proba_all(model text, x float8[]) RETURNS float8[]
    AS 'MODULE_PATHNAME', 'mml_predict_proba_all'
    LANGUAGE C STABLE STRICT PARALLEL SAFE COST 100;
COMMENT ON FUNCTION mediaml.predict_proba_all(text, float8[]) IS
    'the probabilities of all classes by a registered model, in the order that model_info lists them';

CREATE FUNCTION mediaml.cluster(model text, x float8[]) RETURNS integer
    AS 'MODULE_PATHNAME', 'mml_cluster'
    LANGUAGE C STABLE STRICT PARALLEL SAFE COST 100;
COMMENT ON FUNCTION mediaml.cluster(text, float8[]) IS
    'the cluster of a registered model that an array of features belongs to, a number from 0';

CREATE FUNCTION mediaml.cluster_row(model text, t record) RETURNS integer
    AS 'MODULE_PATHNAME', 'mml_cluster_row'
    LANGUAGE C STABLE STRICT PARALLEL SAFE COST 100;
COMMENT ON FUNCTION mediaml.cluster_row(text, record) IS
    'the cluster of a registered model that a row belongs to, its columns matched by name, a number from 0';

CREATE FUNCTION mediaml.explain(
    model text, t record, k bigint DEFAULT 5, class text DEFAULT NULL,
    OUT feature text, OUT value text, OUT contribution float8,
    OUT class text, OUT against text, OUT base float8, OUT total float8)
    RETURNS SETOF record
    AS 'MODULE_PATHNAME', 'mml_explain'
    LANGUAGE C STABLE PARALLEL SAFE COST 100 ROWS 5;
COMMENT ON FUNCTION mediaml.explain(text, record, bigint, text) IS
    'why a registered model answers as it does for a row: the columns that add most to the log-odds of a class, or to being nearer to a cluster';

CREATE FUNCTION mediaml.kmeans_distance(model text, x float8[]) RETURNS float8
    AS 'MODULE_PATHNAME', 'mml_kmeans_distance_sql'
    LANGUAGE C STABLE STRICT PARALLEL SAFE COST 100;
COMMENT ON FUNCTION mediaml.kmeans_distance(text, float8[]) IS
    'the distance of an array of features to the centroid of its cluster in a registered model';

CREATE FUNCTION mediaml.kmeans_distance_row(model text, t record) RETURNS float8
    AS 'MODULE_PATHNAME', 'mml_kmeans_distance_row'
    LANGUAGE C STABLE STRICT PARALLEL SAFE COST 100;
COMMENT ON FUNCTION mediaml.kmeans_distance_row(text, record) IS
    'the distance of a row to the centroid of its cluster in a registered model, its columns matched by name';

CREATE FUNCTION mediaml.predict_labels(
    model text, x float8[], min_proba float8 DEFAULT 0.5,
    OUT label text, OUT probability float8)
    RETURNS SETOF record
    AS 'MODULE_PATHNAME', 'mml_predict_labels'
    LANGUAGE C STABLE STRICT PARALLEL SAFE COST 10000 ROWS 3;
COMMENT ON FUNCTION mediaml.predict_labels(text, float8[], float8) IS
    'the classes that a registered network finds probable enough, the most probable first';

CREATE FUNCTION mediaml.predict_batch(model text, xs anyarray) RETURNS float4[]
    AS 'MODULE_PATHNAME', 'mml_predict_batch'
    LANGUAGE C STABLE STRICT PARALLEL SAFE COST 100000;
COMMENT ON FUNCTION mediaml.predict_batch(text, anyarray) IS
    'the outputs of a registered network for many rows at once';

CREATE FUNCTION mediaml.network_output(model text, x anyarray, layer text DEFAULT NULL)
    RETURNS float4[]
    AS 'MODULE_PATHNAME', 'mml_network_output'
    LANGUAGE C STABLE PARALLEL SAFE COST 10000;
COMMENT ON FUNCTION mediaml.network_output(text, anyarray, text) IS
    'the output of a registered network, or of one of its layers';

CREATE FUNCTION mediaml.image_output(model text, pixels bytea, layer text DEFAULT NULL)
    RETURNS float4[]
    AS 'MODULE_PATHNAME', 'mml_image_output'
    LANGUAGE C STABLE PARALLEL SAFE COST 10000;
COMMENT ON FUNCTION mediaml.image_output(text, bytea, text) IS
    'the output of a registered network for pixels, or of one of its layers';

CREATE FUNCTION mediaml.image_label(model text, pixels bytea) RETURNS text
    AS 'MODULE_PATHNAME', 'mml_image_label'
    LANGUAGE C STABLE STRICT PARALLEL SAFE COST 10000;
COMMENT ON FUNCTION mediaml.image_label(text, bytea) IS
    'the class that a registered network predicts for pixels';

CREATE FUNCTION mediaml.image_labels(
    model text, pixels bytea, min_proba float8 DEFAULT 0.5,
    OUT label text, OUT probability float8)
    RETURNS SETOF record
    AS 'MODULE_PATHNAME', 'mml_image_labels'
    LANGUAGE C STABLE STRICT PARALLEL SAFE COST 10000 ROWS 3;
COMMENT ON FUNCTION mediaml.image_labels(text, bytea, float8) IS
    'the classes that a registered network finds probable enough for pixels';

CREATE FUNCTION mediaml.image_proba(model text, pixels bytea, class text DEFAULT NULL)
    RETURNS float8
    AS 'MODULE_PATHNAME', 'mml_image_proba'
    LANGUAGE C STABLE PARALLEL SAFE COST 10000;
COMMENT ON FUNCTION mediaml.image_proba(text, bytea, text) IS
    'the probability of a class for pixels by a registered network';

CREATE FUNCTION mediaml.calibrate(calibrator text, probability float8) RETURNS float8
    AS 'MODULE_PATHNAME', 'mml_calibrate_sql'
    LANGUAGE C STABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION mediaml.calibrate(text, float8) IS
    'the probability that a registered calibrator makes of one that a model said';

CREATE FUNCTION mediaml.group_model(model text, key text) RETURNS bytea
    AS 'MODULE_PATHNAME', 'mml_group_model'
    LANGUAGE C STABLE PARALLEL SAFE COST 100;
COMMENT ON FUNCTION mediaml.group_model(text, text) IS
    'the model of one group of a registered grouped model, NULL where there is none';

CREATE FUNCTION mediaml.network_outputs(
    model text, inputs jsonb, OUT name text, OUT shape int[], OUT "values" float8[])
    RETURNS SETOF record
    AS 'MODULE_PATHNAME', 'mml_network_outputs'
    LANGUAGE C STABLE STRICT PARALLEL SAFE COST 10000 ROWS 2;
COMMENT ON FUNCTION mediaml.network_outputs(text, jsonb) IS
    'all outputs of a registered network, for any number of inputs';

CREATE FUNCTION mediaml.network_summary(
    model text, OUT layer int, OUT name text, OUT operator text, OUT output_shape int[],
    OUT parameters bigint, OUT multiply_adds bigint)
    RETURNS SETOF record
    AS 'MODULE_PATHNAME', 'mml_network_summary'
    LANGUAGE C STABLE STRICT PARALLEL SAFE COST 1000 ROWS 50;
COMMENT ON FUNCTION mediaml.network_summary(text) IS
    'the layers of a registered network, a row each';

CREATE FUNCTION mediaml.network_query(
    model text, query text, OUT id bigint, OUT key text, OUT output float4[])
    RETURNS SETOF record
    AS 'MODULE_PATHNAME', 'mml_network_query'
    LANGUAGE C VOLATILE STRICT PARALLEL UNSAFE COST 100000 ROWS 10000;
COMMENT ON FUNCTION mediaml.network_query(text, text) IS
    'the outputs of a registered network for the rows of a query (id, array or pixels), which run together';

CREATE FUNCTION mediaml.transform(preprocessor text, t record) RETURNS float8[]
    AS 'MODULE_PATHNAME', 'mml_clean_transform'
    LANGUAGE C STABLE STRICT PARALLEL SAFE COST 100;
COMMENT ON FUNCTION mediaml.transform(text, record) IS
    'the features that a registered preprocessor makes of a row';

CREATE FUNCTION mediaml.feature_names(preprocessor text) RETURNS text[]
    AS 'MODULE_PATHNAME', 'mml_clean_feature_names'
    LANGUAGE C STABLE STRICT PARALLEL SAFE COST 100;
COMMENT ON FUNCTION mediaml.feature_names(text) IS
    'the names of the features that a registered model takes, in their order';

CREATE FUNCTION mediaml.clean(preprocessor text, t anyelement) RETURNS anyelement
    AS 'MODULE_PATHNAME', 'mml_clean_clean'
    LANGUAGE C STABLE STRICT PARALLEL SAFE COST 100;
COMMENT ON FUNCTION mediaml.clean(text, anyelement) IS
    'a row of the same type with what is missing filled, outliers clipped and values mapped, as a registered preprocessor has learned';

/*-------------------------------------------------------------------------
 *
 * kmeans_kind_sql.c
 *	  The kind "kmeans" of models, centroids and kmeans_distance.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>

#include "fmgr.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/builtins.h"

#include "core/array_pg.h"
#include "core/json_pg.h"
#include "core/model_pg.h"
#include "core/result_pg.h"
#include "core/row_pg.h"
#include "kmeans/kmeans.h"
#include "kmeans/kmeans_pg.h"

PG_FUNCTION_INFO_V1(mml_kmeans_distance_sql);
PG_FUNCTION_INFO_V1(mml_kmeans_distance_row);
PG_FUNCTION_INFO_V1(mml_centroids);

/* How many features a model has. */
static int
count_features(const void *model)
{
	return ((const KmeansModel *) model)->d;
}

/* Their names, if any. */
static const MmlTexts *
feature_names(const void *model)
{
	return &((const KmeansModel *) model)->names;
}

/* The cluster of a row. */
static int
nearest_cluster(const void *model, const double *x)
{
	double		square;

	return mml_kmeans_nearest(model, x, &square);
}

/* The same as a number, for predict(). */
static bool
predict_cluster(const void *model, const double *x, double *y)
{
	*y = nearest_cluster(model, x);
	return true;
}

/* Why a row belongs to its cluster, or how far it is from being of another. */
static bool
explain_cluster(const void *parsed, const double *x, MmlExplanation *e)
{
	const KmeansModel *model = parsed;

	if (e->class >= model->k)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("the model has no cluster %d", e->class),
				 errhint("Its clusters are 0 to %d.", model->k - 1)));
	return mml_kmeans_explain(model, x, e);
}

/* The distance of a row to its centroid. */
static double
distance_to_centroid(const void *model, const double *x)
{
	double		square;

	mml_kmeans_nearest(model, x, &square);
	return sqrt(square);
}

static const char *const init_names[] = {"kmeans++", "random", "given"};

/* model_info */
static void
describe(const void *parsed, StringInfo json)
{
	const KmeansModel *model = parsed;

	mml_json_add_integer(json, "k", model->k);
	mml_json_add_integer(json, "rows", model->rows);
	mml_json_add_integer(json, "rows_skipped", (int64) model->summary[KMEANS_SKIPPED]);
	mml_json_add_number(json, "inertia", model->summary[KMEANS_INERTIA]);
	mml_json_add_integer(json, "iterations", (int64) model->summary[KMEANS_ITERATIONS]);
	mml_json_add_bool(json, "converged", model->summary[KMEANS_CONVERGED] != 0);
	mml_json_add_string(json, "init", init_names[(int) model->summary[KMEANS_INIT]]);
	mml_json_add_integer(json, "max_iter", (int64) model->summary[KMEANS_MAX_ITER]);
	mml_json_add_integer(json, "n_init", (int64) model->summary[KMEANS_N_INIT]);
	mml_json_add_integer(json, "seed", (int64) model->summary[KMEANS_SEED]);
	mml_json_add_number(json, "tol", model->summary[KMEANS_TOL]);
	mml_json_add_integers(json, "sizes", model->sizes, model->k);
	mml_json_add_string(json, "kernels", mml_text_from_model(model->kernels.first));
}

const MmlKind mml_kmeans_kind = {
	.name = "kmeans",
	.use = "Use cluster(), kmeans_distance(), centroids() or predict().",
	.parsed_size = sizeof(KmeansModel),
	.parse = mml_kmeans_parse,
	.features = count_features,
	.feature_names = feature_names,
	.predict = predict_cluster,
	.cluster = nearest_cluster,
	.explain = explain_cluster,
	.info = describe
};

/* kmeans_distance(model bytea, x float8[]) -> float8 */
Datum
mml_kmeans_distance_sql(PG_FUNCTION_ARGS)
{
	const KmeansModel *model = mml_model_arg_of_kind(fcinfo, 0, &mml_kmeans_kind);
	const double *x = mml_features_vector(PG_GETARG_ARRAYTYPE_P(1), model->d, NULL);

	PG_RETURN_FLOAT8(distance_to_centroid(model, x));
}

/* kmeans_distance_row(model bytea, t record) -> float8 */
Datum
mml_kmeans_distance_row(PG_FUNCTION_ARGS)
{
	const MmlModel *model = mml_model_arg(fcinfo, 0);
	const MmlRowMap *map;

	if (model->kind->grouping == NULL)
		mml_model_arg_of_kind(fcinfo, 0, &mml_kmeans_kind);
	map = mml_row_ask(fcinfo, 1, &model);
	if (map == NULL)
		PG_RETURN_NULL();
	if (model->estimator.kind != &mml_kmeans_kind)
		mml_kind_report_unfit(model->estimator.kind, fcinfo->flinfo->fn_oid);
	PG_RETURN_FLOAT8(distance_to_centroid(model->estimator.parsed, map->x));
}

/*
 * centroids(model bytea) -> rows of (cluster, size, share, feature, value,
 * overall_mean, raw_value, raw_overall_mean)
 */
Datum
mml_centroids(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;
	const KmeansModel *model = mml_model_arg_of_kind(fcinfo, 0, &mml_kmeans_kind);
	const MmlModel *whole = mml_model_arg(fcinfo, 0);
	int			features;
	char	  **names = mml_model_features(whole, &features);

	InitMaterializedSRF(fcinfo, MAT_SRF_USE_EXPECTED_DESC);
	for (int c = 0; c < model->k; c++)
	{
		for (int j = 0; j < model->d; j++)
		{
			Datum		values[8];
			bool		nulls[8] = {false};
			double		value = model->centroids[(Size) c * (Size) model->d + (Size) j];
			double		offset;
			double		scale;

			if (!mml_model_unit(whole, j, &offset, &scale))
				offset = scale = NAN;
			values[0] = Int32GetDatum(c);
			values[1] = Int64GetDatum(model->sizes[c]);
			values[2] = Float8GetDatum((double) model->sizes[c] / (double) model->rows);
			values[3] = CStringGetTextDatum(names[j]);
			values[4] = Float8GetDatum(value);
			values[5] = Float8GetDatum(model->overall[j]);
			mml_set_number(values, nulls, 6, offset + scale * value);
			mml_set_number(values, nulls, 7, offset + scale * model->overall[j]);
			tuplestore_putvalues(rsinfo->setResult, rsinfo->setDesc, values, nulls);
		}
		CHECK_FOR_INTERRUPTS();
	}
	return (Datum) 0;
}

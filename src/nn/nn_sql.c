/*-------------------------------------------------------------------------
 *
 * nn_sql.c
 *	  Networks of one input: network_output, image_output and their kin.
 *
 * Rows come as arrays of numbers, or as pixels: a bytea of unsigned 8-bit
 * values.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <limits.h>
#include <math.h>

#include "catalog/pg_type.h"
#include "fmgr.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

#include "core/array_pg.h"
#include "core/model_pg.h"
#include "nn/nn_pg.h"

PG_FUNCTION_INFO_V1(mml_network_output);
PG_FUNCTION_INFO_V1(mml_image_output);
PG_FUNCTION_INFO_V1(mml_image_label);
PG_FUNCTION_INFO_V1(mml_image_labels);
PG_FUNCTION_INFO_V1(mml_image_proba);
PG_FUNCTION_INFO_V1(mml_predict_labels);

/* ------------------------------------------------------------------- rows */

/* Run the network on pixels. */
static const MmlTensor *
run_pixels(MmlNetworkModel *model, const bytea *pixels, int layer)
{
	MmlPlan    *plan = mml_nn_plan_row(model, layer);

	mml_nn_feed_pixels(model, plan, 0, pixels);
	mml_nn_run_or_report(plan);
	return mml_nn_plan_output(plan);
}

/* The layer that an argument names: a value, or -1 where it is NULL. */
static int
layer_arg(FunctionCallInfo fcinfo, int argno, MmlNetworkModel *model)
{
	text	   *name;
	MmlText		utf8;

	if (PG_ARGISNULL(argno))
	{
		if (model->network.graph.outputs != 1 && model->network.scored < 0)
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("the network has %d outputs", model->network.graph.outputs),
					 errhint("Name one as the layer, or use network_outputs().")));
		return -1;
	}
	name = PG_GETARG_TEXT_PP(argno);
	if (model->layer != NULL && model->layer_length == VARSIZE_ANY_EXHDR(name) &&
		memcmp(model->layer, VARDATA_ANY(name), model->layer_length) == 0)
		return model->layer_value;
	utf8 = mml_nn_text(mml_text_to_model(text_to_cstring(name)));
	model->layer_value = mml_nn_find_layer(&model->network, utf8);
	if (model->layer_value < 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("the network has no layer \"%s\"", text_to_cstring(name)),
				 errhint("network_summary() lists its layers.")));
	if (model->layer != NULL)
		pfree(model->layer);
	model->layer_length = VARSIZE_ANY_EXHDR(name);
	model->layer = MemoryContextAlloc(model->room.context, model->layer_length + 1);
	memcpy(model->layer, VARDATA_ANY(name), model->layer_length);
	return model->layer_value;
}

/* An output as an array. */
static Datum
answer_output(const MmlTensor *output)
{
	float4	   *numbers = NULL;
	ArrayType  *array = mml_nn_make_array(0, output->count, &numbers);

	if (numbers != NULL)
		mml_nn_read_f4(output, 0, output->count, numbers);
	return PointerGetDatum(array);
}

/*
 * Is an array one of so many rows that they better run in blocks, whose values
 * stay in the cache, and what is left of them by a plan of its own?  What a run
 * of all of them answers must be the same.
 */
static bool
runs_in_blocks(MmlNetworkModel *model, int layer, const MmlRows *rows)
{
	MmlNetwork *network = &model->network;

	return rows->count >= 2 * MML_ROWS_TOGETHER && mml_nn_rows_apart(network, rows->count, layer) &&
		mml_nn_rows_apart(network, Max(rows->count % MML_ROWS_TOGETHER, 1), layer) &&
		mml_nn_plan_together(network, layer) != NULL;
}

/* What the network, or a layer, makes of an array of rows. */
static Datum
answer_rows(MmlNetworkModel *model, int layer, const MmlRows *rows)
{
	Size		columns = mml_nn_plan_output(mml_nn_plan_together(&model->network, layer))->count / MML_ROWS_TOGETHER;
	float4	   *numbers = NULL;
	ArrayType  *array = mml_nn_make_array(0, rows->count * columns, &numbers);
	Size		done = mml_nn_run_blocks(model, layer, rows, MML_ROWS_TOGETHER, numbers);
	Size		rest = rows->count - done;

	if (rest > 0)
		mml_nn_read_f4(mml_nn_run_rows(model, mml_nn_demand_plan(model, mml_nn_plan_rows(&model->network, rest, layer)),
									   rows, done, rest), 0, rest * columns, numbers + done * columns);
	return PointerGetDatum(array);
}

/* network_output(model bytea, x anyarray, layer text DEFAULT NULL) -> float4[] */
Datum
mml_network_output(PG_FUNCTION_ARGS)
{
	MmlNetworkModel *model;
	MmlRows		rows = {0};
	MmlPlan    *plan;
	Size		n;
	int			layer;

	if (PG_ARGISNULL(0) || PG_ARGISNULL(1))
		PG_RETURN_NULL();
	model = mml_nn_model_arg(fcinfo);
	layer = layer_arg(fcinfo, 2, model);
	rows.array = mml_nn_open_array(PG_GETARG_ARRAYTYPE_P(1));
	n = (Size) ArrayGetNItems(ARR_NDIM(rows.array), ARR_DIMS(rows.array));
	if (model->network.features > 0 && n % model->network.features == 0)
		rows.count = n / model->network.features;
	if (runs_in_blocks(model, layer, &rows))
		return answer_rows(model, layer, &rows);
	plan = mml_nn_plan_array(model, rows.array, layer, true);
	mml_nn_feed_array(&model->network, plan, 0, rows.array, 0, mml_nn_plan_input(plan)->count);
	mml_nn_run_or_report(plan);
	return answer_output(mml_nn_plan_output(plan));
}

/* image_output(model bytea, pixels bytea, layer text DEFAULT NULL) -> float4[] */
Datum
mml_image_output(PG_FUNCTION_ARGS)
{
	MmlNetworkModel *model;

	if (PG_ARGISNULL(0) || PG_ARGISNULL(1))
		PG_RETURN_NULL();
	model = mml_nn_model_arg(fcinfo);
	return answer_output(run_pixels(model, PG_GETARG_BYTEA_PP(1), layer_arg(fcinfo, 2, model)));
}

/* ----------------------------------------------------------------- classes */

/* The label of a class. */
static char *
label_of(const MmlNetworkModel *model, int class)
{
	return mml_text_from_model(mml_texts_get(&model->labels, (Size) class));
}

/* image_label(model bytea, pixels bytea) -> text */
Datum
mml_image_label(PG_FUNCTION_ARGS)
{
	MmlNetworkModel *model = mml_nn_model_arg(fcinfo);
	const MmlTensor *output;

	mml_nn_demand_classes(model);
	output = run_pixels(model, PG_GETARG_BYTEA_PP(1), -1);
	PG_RETURN_TEXT_P(cstring_to_text(label_of(model, mml_nn_best_class(model, output, 0))));
}

/* The class that an argument names, or, where it is NULL, the positive one of two. */
static int
class_arg(FunctionCallInfo fcinfo, int argno, const MmlNetworkModel *model)
{
	const char *utf8 = model->labels.first;
	char	   *wanted;

	if (PG_ARGISNULL(argno))
	{
		if (model->labels.count == 2)
			return 1;
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("the model has %zu classes, none of which is the positive one", model->labels.count),
				 errhint("Name a class.")));
	}
	wanted = mml_text_to_model(text_to_cstring(PG_GETARG_TEXT_PP(argno)));
	for (Size i = 0; i < model->labels.count; i++, utf8 = mml_text_next(utf8))
		if (strcmp(utf8, wanted) == 0)
			return (int) i;
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("the model has no class \"%s\"", text_to_cstring(PG_GETARG_TEXT_PP(argno))),
			 errhint("model_info() lists its classes.")));
	return -1;
}

/* image_proba(model bytea, pixels bytea, class text DEFAULT NULL) -> float8 */
Datum
mml_image_proba(PG_FUNCTION_ARGS)
{
	MmlNetworkModel *model;
	int			class;

	if (PG_ARGISNULL(0) || PG_ARGISNULL(1))
		PG_RETURN_NULL();
	model = mml_nn_model_arg(fcinfo);
	mml_nn_demand_classes(model);
	class = class_arg(fcinfo, 2, model);
	mml_nn_proba(&model->network, run_pixels(model, PG_GETARG_BYTEA_PP(1), -1), 0,
				 model->network.classes, model->proba);
	PG_RETURN_FLOAT8(model->proba[class]);
}

/* The more probable first; of equal ones the class first in the list. */
static int
compare_classes(const void *a, const void *b, void *proba)
{
	int			x = *(const int *) a;
	int			y = *(const int *) b;
	double		p = ((const double *) proba)[x];
	double		q = ((const double *) proba)[y];

	return p != q ? (p < q ? 1 : -1) : (x > y) - (x < y);
}

/* Return the classes that are probable enough. */
static void
return_labels(FunctionCallInfo fcinfo, MmlNetworkModel *model, const MmlTensor *output)
{
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;
	double		least = PG_GETARG_FLOAT8(2);
	int		   *found = palloc(sizeof(int) * model->labels.count);
	int			count = 0;

	mml_nn_proba(&model->network, output, 0, model->network.classes, model->proba);
	for (Size i = 0; i < model->labels.count; i++)
		if (model->proba[i] >= least)
			found[count++] = (int) i;
	qsort_arg(found, (Size) count, sizeof(int), compare_classes, model->proba);
	InitMaterializedSRF(fcinfo, MAT_SRF_USE_EXPECTED_DESC);
	for (int i = 0; i < count; i++)
	{
		Datum		values[2];
		bool		nulls[2] = {false};

		values[0] = CStringGetTextDatum(label_of(model, found[i]));
		values[1] = Float8GetDatum(model->proba[found[i]]);
		tuplestore_putvalues(rsinfo->setResult, rsinfo->setDesc, values, nulls);
		CHECK_FOR_INTERRUPTS();
	}
}

/* image_labels(model bytea, pixels bytea, min_proba float8) -> rows of (label, probability) */
Datum
mml_image_labels(PG_FUNCTION_ARGS)
{
	MmlNetworkModel *model = mml_nn_model_arg(fcinfo);

	mml_nn_demand_classes(model);
	return_labels(fcinfo, model, run_pixels(model, PG_GETARG_BYTEA_PP(1), -1));
	return (Datum) 0;
}

/* predict_labels(model bytea, x float8[], min_proba float8) -> rows of (label, probability) */
Datum
mml_predict_labels(PG_FUNCTION_ARGS)
{
	MmlNetworkModel *model = mml_nn_model_arg(fcinfo);
	ArrayType  *array = mml_nn_open_array(PG_GETARG_ARRAYTYPE_P(1));
	MmlPlan    *plan;

	mml_nn_demand_classes(model);
	plan = mml_nn_plan_array(model, array, -1, false);
	mml_nn_feed_array(&model->network, plan, 0, array, 0, model->network.features);
	mml_nn_run_or_report(plan);
	return_labels(fcinfo, model, mml_nn_plan_output(plan));
	return (Datum) 0;
}

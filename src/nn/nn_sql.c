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
PG_FUNCTION_INFO_V1(mml_predict_batch);

#define BATCH 32				/* rows that run together */

/* ----------------------------------------------------------------- arrays */

/* An array of a type that is not read where it lies, as one of float8. */
static ArrayType *
convert_array(ArrayType *array)
{
	Oid			type = getBaseType(ARR_ELEMTYPE(array));
	int16		length;
	bool		byval;
	char		align;
	Datum	   *elements;
	int			n;

	if (!mml_is_number(type))
		ereport(ERROR,
				(errcode(ERRCODE_DATATYPE_MISMATCH),
				 errmsg("a network cannot take an array of type %s",
						format_type_be(ARR_ELEMTYPE(array))),
				 errhint("Cast the array to real[] or double precision[].")));
	get_typlenbyvalalign(type, &length, &byval, &align);
	deconstruct_array(array, ARR_ELEMTYPE(array), length, byval, align, &elements, NULL, &n);
	for (int i = 0; i < n; i++)
		elements[i] = Float8GetDatum(mml_number_of(type, elements[i]));
	return construct_md_array(elements, NULL, ARR_NDIM(array), ARR_DIMS(array), ARR_LBOUND(array),
							  FLOAT8OID, sizeof(float8), FLOAT8PASSBYVAL, TYPALIGN_DOUBLE);
}

/* An array of float4 or float8, without NULLs, all finite. */
static ArrayType *
open_array(ArrayType *array)
{
	Size		n;
	bool		finite = true;

	if (ARR_HASNULL(array) && array_contains_nulls(array))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("an array for a network must not contain nulls")));
	if (ARR_ELEMTYPE(array) != FLOAT4OID && ARR_ELEMTYPE(array) != FLOAT8OID)
		array = convert_array(array);
	n = (Size) ArrayGetNItems(ARR_NDIM(array), ARR_DIMS(array));
	if (ARR_ELEMTYPE(array) == FLOAT4OID)
		for (Size i = 0; i < n; i++)
			finite &= isfinite(((const float4 *) ARR_DATA_PTR(array))[i]) != 0;
	else
		for (Size i = 0; i < n; i++)
			finite &= isfinite(((const float8 *) ARR_DATA_PTR(array))[i]) != 0;
	if (!finite)
		ereport(ERROR,
				(errcode(ERRCODE_DATA_EXCEPTION),
				 errmsg("an array for a network must hold finite numbers only")));
	return array;
}

/* Put n numbers of an open array, from one on, into the input, from one on. */
static void
feed_array(const MmlNetwork *network, const MmlPlan *plan, Size to, ArrayType *array, Size from, Size n)
{
	if (ARR_ELEMTYPE(array) == FLOAT4OID)
		mml_nn_feed_f4(network, mml_nn_plan_input(plan), to, n,
					   (const float4 *) ARR_DATA_PTR(array) + from);
	else
		mml_nn_feed_f8(network, mml_nn_plan_input(plan), to, n,
					   (const float8 *) ARR_DATA_PTR(array) + from);
}

/* Numbers of a tensor as an array, of one dimension or of rows. */
static ArrayType *
make_array(Size rows, Size columns, float4 **numbers)
{
	Size		bytes = ARR_OVERHEAD_NONULLS(rows == 0 ? 1 : 2);
	ArrayType  *array;

	if (columns > INT_MAX || Max(rows, 1) * columns > MaxAllocSize / sizeof(float4))
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("an output of the network has more numbers than an array can hold")));
	if (columns == 0)
		return construct_empty_array(FLOAT4OID);
	bytes += Max(rows, 1) * columns * sizeof(float4);
	array = palloc0(bytes);
	SET_VARSIZE(array, bytes);
	array->ndim = rows == 0 ? 1 : 2;
	array->elemtype = FLOAT4OID;
	ARR_DIMS(array)[0] = (int) (rows == 0 ? columns : rows);
	ARR_LBOUND(array)[0] = 1;
	if (rows > 0)
	{
		ARR_DIMS(array)[1] = (int) columns;
		ARR_LBOUND(array)[1] = 1;
	}
	*numbers = (float4 *) ARR_DATA_PTR(array);
	return array;
}

/* ------------------------------------------------------------------- rows */

/* The plan, or what is wrong. */
static MmlPlan *
demand_plan(MmlNetworkModel *model, MmlPlan *plan)
{
	if (plan == NULL)
		mml_nn_report(&model->network.problem);
	return plan;
}

/* The plan for one row. */
static MmlPlan *
plan_row(MmlNetworkModel *model, int layer)
{
	mml_nn_demand_rows(model);
	return demand_plan(model, mml_nn_plan_rows(&model->network, 1, layer));
}

/*
 * The plan for one array, which may hold several rows if the caller allows.  A
 * network whose dimensions only a call knows takes them from the array, the
 * first being 1 where the array has one less.
 */
static MmlPlan *
plan_array(MmlNetworkModel *model, ArrayType *array, int layer, bool rows)
{
	MmlNetwork *network = &model->network;
	Size		n = (Size) ArrayGetNItems(ARR_NDIM(array), ARR_DIMS(array));
	MmlTensor	input;
	int			lacks;

	if (network->graph.inputs == 1 && network->features == 0)
	{
		input = network->graph.value[network->graph.input[0]].tensor;
		lacks = input.rank - ARR_NDIM(array);
		if (lacks < 0 || lacks > 1)
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("the network takes arrays of %d dimensions, not %d",
							input.rank, ARR_NDIM(array))));
		input.data = NULL;
		input.dims[0] = 1;
		for (int d = lacks; d < input.rank; d++)
			input.dims[d] = ARR_DIMS(array)[d - lacks];
		if (!mml_tensor_set(&input, input.type, input.rank, input.dims))
			elog(ERROR, "an array is too large");
		return demand_plan(model, mml_nn_get_plan(network, &input, layer));
	}
	mml_nn_demand_rows(model);
	if (n == 0 || n % network->features != 0 || (n != network->features && !(rows && network->batches)))
		ereport(ERROR,
				(errcode(ERRCODE_DATA_EXCEPTION),
				 errmsg("the network takes %zu numbers, not %zu", network->features, n)));
	return demand_plan(model, mml_nn_plan_rows(network, n / network->features, layer));
}

/* Put pixels into a row of the input. */
static void
feed_pixels(MmlNetworkModel *model, MmlPlan *plan, Size row, const bytea *pixels)
{
	Size		n = model->network.features;

	if (VARSIZE_ANY_EXHDR(pixels) != n)
		ereport(ERROR,
				(errcode(ERRCODE_DATA_EXCEPTION),
				 errmsg("the network takes %zu pixel values, not %zu", n, (Size) VARSIZE_ANY_EXHDR(pixels)),
				 errhint("Each is a byte; image_pixels() makes as many as you ask for.")));
	mml_nn_feed_u8(&model->network, mml_nn_plan_input(plan), row * n, n,
				   (const uint8 *) VARDATA_ANY(pixels));
}

/* Run the network on pixels. */
static const MmlTensor *
run_pixels(MmlNetworkModel *model, const bytea *pixels, int layer)
{
	MmlPlan    *plan = plan_row(model, layer);

	feed_pixels(model, plan, 0, pixels);
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
		if (model->network.graph.outputs != 1)
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
	ArrayType  *array = make_array(0, output->count, &numbers);

	if (numbers != NULL)
		mml_nn_read_f4(output, 0, output->count, numbers);
	return PointerGetDatum(array);
}

/* network_output(model bytea, x anyarray, layer text DEFAULT NULL) -> float4[] */
Datum
mml_network_output(PG_FUNCTION_ARGS)
{
	MmlNetworkModel *model;
	ArrayType  *array;
	MmlPlan    *plan;
	int			layer;

	if (PG_ARGISNULL(0) || PG_ARGISNULL(1))
		PG_RETURN_NULL();
	model = mml_nn_model_arg(fcinfo);
	layer = layer_arg(fcinfo, 2, model);
	array = open_array(PG_GETARG_ARRAYTYPE_P(1));
	plan = plan_array(model, array, layer, true);
	feed_array(&model->network, plan, 0, array, 0, mml_nn_plan_input(plan)->count);
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
	ArrayType  *array = open_array(PG_GETARG_ARRAYTYPE_P(1));
	MmlPlan    *plan;

	mml_nn_demand_classes(model);
	plan = plan_array(model, array, -1, false);
	feed_array(&model->network, plan, 0, array, 0, model->network.features);
	mml_nn_run_or_report(plan);
	return_labels(fcinfo, model, mml_nn_plan_output(plan));
	return (Datum) 0;
}

/* ----------------------------------------------------------------- batches */

/* Rows that are given together: numbers, or pixels. */
typedef struct Rows
{
	Size		count;
	ArrayType  *array;			/* of numbers, or NULL */
	Datum	   *pixels;			/* (count) */
} Rows;

/* Read the rows of an argument. */
static Rows
rows_arg(FunctionCallInfo fcinfo, int argno, const MmlNetworkModel *model)
{
	ArrayType  *array = PG_GETARG_ARRAYTYPE_P(argno);
	Rows		rows = {0};
	bool	   *nulls;
	int			count;
	Size		n = (Size) ArrayGetNItems(ARR_NDIM(array), ARR_DIMS(array));

	if (ARR_ELEMTYPE(array) == BYTEAOID)
	{
		deconstruct_array(array, BYTEAOID, -1, false, TYPALIGN_INT, &rows.pixels, &nulls, &count);
		rows.count = (Size) count;
		for (int i = 0; i < count; i++)
			if (nulls[i])
				ereport(ERROR,
						(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
						 errmsg("an array for a network must not contain nulls")));
		return rows;
	}
	if (n == 0)
		return rows;
	rows.array = open_array(array);
	rows.count = (Size) ARR_DIMS(array)[0];
	if (ARR_NDIM(array) < 2 || n / rows.count != model->network.features)
		ereport(ERROR,
				(errcode(ERRCODE_DATA_EXCEPTION),
				 errmsg("a batch must be an array of rows of %zu numbers", model->network.features),
				 ARR_NDIM(array) < 2 ? errdetail("It has one dimension only.") :
				 errdetail("Its rows have %zu numbers.", n / rows.count)));
	return rows;
}

/* Run some of the rows together, and read their outputs; rows of the plan that are left hold what they did. */
static void
run_rows(MmlNetworkModel *model, MmlPlan *plan, const Rows *rows, Size first, Size count, float4 *numbers)
{
	Size		n = model->network.features;

	for (Size i = 0; i < count; i++)
		if (rows->array != NULL)
			feed_array(&model->network, plan, i * n, rows->array, (first + i) * n, n);
		else
			feed_pixels(model, plan, i, DatumGetByteaPP(rows->pixels[first + i]));
	mml_nn_run_or_report(plan);
	mml_nn_read_f4(mml_nn_plan_output(plan), 0, count * model->network.classes,
				   numbers + first * model->network.classes);
}

/*
 * The plan for rows that run together, or NULL where they cannot: where a
 * shape within the network is fixed.
 */
static MmlPlan *
plan_batch(MmlNetworkModel *model)
{
	MmlPlan    *plan = NULL;
	const MmlTensor *output;

	if (!model->network.batches)
		return NULL;
	plan = mml_nn_plan_rows(&model->network, BATCH, -1);
	output = plan == NULL ? NULL : mml_nn_plan_output(plan);
	if (plan != NULL && output->rank > 0 && output->dims[0] == BATCH &&
		output->count == BATCH * model->network.classes)
		return plan;
	model->network.batches = false;
	return NULL;
}

/* predict_batch(model bytea, xs anyarray) -> float4[] */
Datum
mml_predict_batch(PG_FUNCTION_ARGS)
{
	MmlNetworkModel *model = mml_nn_model_arg(fcinfo);
	Rows		rows;
	Size		done = 0;
	float4	   *numbers = NULL;
	ArrayType  *array;
	MmlPlan    *plan;

	mml_nn_demand_rows(model);
	if (model->network.classes == 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("the network has %d outputs", model->network.graph.outputs),
				 errhint("Use network_outputs().")));
	rows = rows_arg(fcinfo, 1, model);
	if (rows.count == 0)
		PG_RETURN_ARRAYTYPE_P(construct_empty_array(FLOAT4OID));
	array = make_array(rows.count, model->network.classes, &numbers);
	while (rows.count - done >= BATCH / 4 && (plan = plan_batch(model)) != NULL)
	{
		Size		count = Min(rows.count - done, BATCH);

		run_rows(model, plan, &rows, done, count, numbers);
		done += count;
	}
	for (; done < rows.count; done++)
		run_rows(model, plan_row(model, -1), &rows, done, 1, numbers);
	PG_RETURN_ARRAYTYPE_P(array);
}

/*-------------------------------------------------------------------------
 *
 * nn_rows_pg.c
 *	  Rows for a network of one input, as arrays of numbers or as pixels.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <limits.h>
#include <math.h>

#include "catalog/pg_type.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"

#include "core/array_pg.h"
#include "nn/nn_pg.h"

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
ArrayType *
mml_nn_open_array(ArrayType *array)
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
void
mml_nn_feed_array(const MmlNetwork *network, const MmlPlan *plan, Size to, ArrayType *array, Size from, Size n)
{
	if (ARR_ELEMTYPE(array) == FLOAT4OID)
		mml_nn_feed_f4(network, mml_nn_plan_input(plan), to, n,
					   (const float4 *) ARR_DATA_PTR(array) + from);
	else
		mml_nn_feed_f8(network, mml_nn_plan_input(plan), to, n,
					   (const float8 *) ARR_DATA_PTR(array) + from);
}

/* Numbers of a tensor as an array, of one dimension or of rows. */
ArrayType *
mml_nn_make_array(Size rows, Size columns, float4 **numbers)
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
MmlPlan *
mml_nn_demand_plan(MmlNetworkModel *model, MmlPlan *plan)
{
	if (plan == NULL)
		mml_nn_report(&model->network.problem);
	return plan;
}

/* The plan for one row. */
MmlPlan *
mml_nn_plan_row(MmlNetworkModel *model, int layer)
{
	mml_nn_demand_rows(model);
	return mml_nn_demand_plan(model, mml_nn_plan_rows(&model->network, 1, layer));
}

/*
 * The plan for one array, which may hold several rows if the caller allows.  A
 * network whose dimensions only a call knows takes them from the array, the
 * first being 1 where the array has one less.
 */
MmlPlan *
mml_nn_plan_array(MmlNetworkModel *model, ArrayType *array, int layer, bool rows)
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
		return mml_nn_demand_plan(model, mml_nn_get_plan(network, &input, layer));
	}
	mml_nn_demand_rows(model);
	if (n == 0 || n % network->features != 0 || (n != network->features && !(rows && network->batches)))
		ereport(ERROR,
				(errcode(ERRCODE_DATA_EXCEPTION),
				 errmsg("the network takes %zu numbers, not %zu", network->features, n)));
	return mml_nn_demand_plan(model, mml_nn_plan_rows(network, n / network->features, layer));
}

/* Put pixels into a row of the input. */
void
mml_nn_feed_pixels(MmlNetworkModel *model, MmlPlan *plan, Size row, const bytea *pixels)
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

/*
 * Run a plan for so many rows of which some are fed; the others are given the
 * first, since what lies there may be no input at all.
 */
void
mml_nn_run_some(MmlPlan *plan, Size fed, Size rows)
{
	MmlTensor  *input = mml_nn_plan_input(plan);
	Size		bytes = input->count / rows * mml_tensor_element_size(input->type);

	for (Size i = fed; i < rows; i++)
		memcpy((char *) input->data + i * bytes, input->data, bytes);
	mml_nn_run_or_report(plan);
}

/* Run some of the rows by a plan for so many, or for more that run together; its output. */
const MmlTensor *
mml_nn_run_rows(MmlNetworkModel *model, MmlPlan *plan, const MmlRows *rows, Size first, Size count)
{
	Size		n = model->network.features;

	if (rows->array != NULL)
		mml_nn_feed_array(&model->network, plan, 0, rows->array, first * n, count * n);
	for (Size i = 0; rows->array == NULL && i < count; i++)
		mml_nn_feed_pixels(model, plan, i, DatumGetByteaPP(rows->pixels[first + i]));
	mml_nn_run_some(plan, count, mml_nn_plan_input(plan)->count / n);
	return mml_nn_plan_output(plan);
}

/*
 * Run rows together as long as so many are left, where they may; how many were
 * run.  The numbers of a row are those that the layer has for one.
 */
Size
mml_nn_run_blocks(MmlNetworkModel *model, int layer, const MmlRows *rows, Size fewest, float4 *numbers)
{
	Size		done = 0;
	MmlPlan    *plan;

	while (rows->count - done >= fewest && (plan = mml_nn_plan_together(&model->network, layer)) != NULL)
	{
		Size		count = Min(rows->count - done, MML_ROWS_TOGETHER);
		Size		columns = mml_nn_plan_output(plan)->count / MML_ROWS_TOGETHER;

		mml_nn_read_f4(mml_nn_run_rows(model, plan, rows, done, count), 0, count * columns,
					   numbers + done * columns);
		done += count;
	}
	return done;
}

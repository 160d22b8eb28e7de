/*-------------------------------------------------------------------------
 *
 * nn_batch_sql.c
 *	  Many rows through a network of one input and one output: predict_batch
 *	  over an array of them, network_query over the rows of a query.
 *
 * Rows run together, 32 at once, where none of them can see another in the
 * network; else one by one.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "fmgr.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"

#include "core/model_pg.h"
#include "nn/nn_pg.h"

PG_FUNCTION_INFO_V1(mml_predict_batch);
PG_FUNCTION_INFO_V1(mml_network_query);

/* So many rows are worth a run of MML_ROWS_TOGETHER. */
#define FEWEST (MML_ROWS_TOGETHER / 4)

/* Demand one input and one output. */
static void
demand_output(const MmlNetworkModel *model)
{
	mml_nn_demand_rows(model);
	if (model->network.scored < 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("the network has %d outputs", model->network.graph.outputs),
				 errhint("Use network_outputs().")));
}

/* ------------------------------------------------------------------ arrays */

/* Read the rows of an argument. */
static MmlRows
rows_arg(FunctionCallInfo fcinfo, int argno, const MmlNetworkModel *model)
{
	ArrayType  *array = PG_GETARG_ARRAYTYPE_P(argno);
	MmlRows		rows = {0};
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
	rows.array = mml_nn_open_array(array);
	rows.count = (Size) ARR_DIMS(array)[0];
	if (ARR_NDIM(array) < 2 || n / rows.count != model->network.features)
		ereport(ERROR,
				(errcode(ERRCODE_DATA_EXCEPTION),
				 errmsg("a batch must be an array of rows of %zu numbers", model->network.features),
				 ARR_NDIM(array) < 2 ? errdetail("It has one dimension only.") :
				 errdetail("Its rows have %zu numbers.", n / rows.count)));
	return rows;
}

/* Run rows one by one whose outputs have a size that only a run knows: all the same. */
static ArrayType *
run_late_rows(MmlNetworkModel *model, const MmlRows *rows)
{
	ArrayType  *array = NULL;
	float4	   *numbers = NULL;
	Size		columns = 0;

	for (Size i = 0; i < rows->count; i++)
	{
		const MmlTensor *output = mml_nn_run_rows(model, mml_nn_plan_row(model, -1), rows, i, 1);

		if (i == 0)
		{
			columns = output->count;
			array = mml_nn_make_array(rows->count, columns, &numbers);
		}
		if (output->count != columns)
			ereport(ERROR,
					(errcode(ERRCODE_DATA_EXCEPTION),
					 errmsg("the outputs of rows 1 and %zu have %zu and %zu numbers", i + 1, columns,
							output->count),
					 errhint("network_query() returns outputs of any size.")));
		if (columns > 0)
			mml_nn_read_f4(output, 0, columns, numbers + i * columns);
	}
	return array;
}

/* predict_batch(model bytea, xs anyarray) -> float4[] */
Datum
mml_predict_batch(PG_FUNCTION_ARGS)
{
	MmlNetworkModel *model = mml_nn_model_arg(fcinfo);
	MmlRows		rows;
	Size		columns = model->network.classes;
	float4	   *numbers = NULL;
	ArrayType  *array;

	demand_output(model);
	rows = rows_arg(fcinfo, 1, model);
	if (rows.count == 0)
		PG_RETURN_ARRAYTYPE_P(construct_empty_array(FLOAT4OID));
	if (columns == 0)
		PG_RETURN_ARRAYTYPE_P(run_late_rows(model, &rows));
	array = mml_nn_make_array(rows.count, columns, &numbers);
	for (Size i = mml_nn_run_blocks(model, -1, &rows, FEWEST, numbers); i < rows.count; i++)
		mml_nn_read_f4(mml_nn_run_rows(model, mml_nn_plan_row(model, -1), &rows, i, 1), 0, columns,
					   numbers + i * columns);
	PG_RETURN_ARRAYTYPE_P(array);
}

/* ----------------------------------------------------------------- queries */

/* A row of a query: its id, and what goes into the network. */
typedef struct QueryRow
{
	Datum		id;
	bool		id_null;
	bool		null;
	ArrayType  *array;			/* or pixels */
	bytea	   *pixels;
} QueryRow;

/* What the columns of a query are. */
typedef struct QueryColumns
{
	Oid			id;
	Oid			x;
} QueryColumns;

/* Demand a column of ids, and one of arrays or pixels. */
static QueryColumns
check_columns(TupleDesc desc)
{
	QueryColumns columns;

	if (desc->natts != 2)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("the query must have two columns, an id and an array or pixels, not %d", desc->natts)));
	columns.id = getBaseType(TupleDescAttr(desc, 0)->atttypid);
	columns.x = getBaseType(TupleDescAttr(desc, 1)->atttypid);
	if (columns.id != INT2OID && columns.id != INT4OID && columns.id != INT8OID &&
		columns.id != TEXTOID && columns.id != VARCHAROID)
		ereport(ERROR,
				(errcode(ERRCODE_DATATYPE_MISMATCH),
				 errmsg("ids must be of type bigint or text, not %s", format_type_be(columns.id))));
	if (columns.x != BYTEAOID && !OidIsValid(get_element_type(columns.x)))
		ereport(ERROR,
				(errcode(ERRCODE_DATATYPE_MISMATCH),
				 errmsg("the second column of the query must be an array or a bytea, not %s",
						format_type_be(columns.x))));
	return columns;
}

/* Read a row, in the current memory context. */
static QueryRow
read_row(const MmlNetworkModel *model, HeapTuple tuple, TupleDesc desc, QueryColumns columns)
{
	QueryRow	row = {0};
	Datum		x;

	row.id = SPI_getbinval(tuple, desc, 1, &row.id_null);
	x = SPI_getbinval(tuple, desc, 2, &row.null);
	if (row.null)
		return row;
	if (columns.x == BYTEAOID)
	{
		row.pixels = DatumGetByteaPP(x);
		return row;
	}
	row.array = mml_nn_open_array(DatumGetArrayTypeP(x));
	if ((Size) ArrayGetNItems(ARR_NDIM(row.array), ARR_DIMS(row.array)) != model->network.features)
		ereport(ERROR,
				(errcode(ERRCODE_DATA_EXCEPTION),
				 errmsg("the network takes %zu numbers, not %d", model->network.features,
						ArrayGetNItems(ARR_NDIM(row.array), ARR_DIMS(row.array)))));
	return row;
}

/* Return a row, with the output in this row of the plan. */
static void
return_row(ReturnSetInfo *rsinfo, const MmlNetworkModel *model, const QueryRow *row, Oid type,
		   const MmlPlan *plan, Size at)
{
	Datum		values[3] = {0};
	bool		nulls[3] = {true, true, true};
	bool		number = type == INT2OID || type == INT4OID || type == INT8OID;
	float4	   *numbers = NULL;
	const MmlTensor *output = mml_nn_plan_output(plan);
	Size		columns = model->network.classes > 0 ? model->network.classes : output->count;

	nulls[number ? 0 : 1] = row->id_null;
	if (number)
		values[0] = Int64GetDatum(type == INT2OID ? DatumGetInt16(row->id) :
								  type == INT4OID ? DatumGetInt32(row->id) : DatumGetInt64(row->id));
	else
		values[1] = row->id;
	if (!row->null)
	{
		values[2] = PointerGetDatum(mml_nn_make_array(0, columns, &numbers));
		nulls[2] = false;
		if (columns > 0)
			mml_nn_read_f4(output, at * columns, columns, numbers);
	}
	tuplestore_putvalues(rsinfo->setResult, rsinfo->setDesc, values, nulls);
}

/* Put what a row holds into a row of a plan. */
static void
feed_row(MmlNetworkModel *model, MmlPlan *plan, Size at, const QueryRow *row)
{
	Size		n = model->network.features;

	if (row->pixels != NULL)
		mml_nn_feed_pixels(model, plan, at, row->pixels);
	else
		mml_nn_feed_array(&model->network, plan, at * n, row->array, 0, n);
}

/* Run the rows of a block together, or one by one, and return them. */
static void
run_block(ReturnSetInfo *rsinfo, MmlNetworkModel *model, const QueryRow *rows, Size count, Oid type)
{
	MmlPlan    *together = count >= FEWEST ? mml_nn_plan_together(&model->network, -1) : NULL;
	Size		fed = 0;
	Size		at = 0;

	for (Size i = 0; together != NULL && i < count; i++)
		if (!rows[i].null)
			feed_row(model, together, fed++, &rows[i]);
	if (fed > 0)
		mml_nn_run_some(together, fed, MML_ROWS_TOGETHER);
	for (Size i = 0; i < count; i++)
	{
		MmlPlan    *plan = together != NULL ? together : mml_nn_plan_row(model, -1);

		if (together == NULL && !rows[i].null)
		{
			feed_row(model, plan, 0, &rows[i]);
			mml_nn_run_or_report(plan);
		}
		return_row(rsinfo, model, &rows[i], type, plan, at);
		at += together != NULL && !rows[i].null;
	}
}

/* network_query(model bytea, query text) -> rows of (id, key, output) */
Datum
mml_network_query(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;
	MmlNetworkModel *model = mml_nn_model_arg(fcinfo);
	char	   *query = text_to_cstring(PG_GETARG_TEXT_PP(1));
	SPIPlanPtr	prepared;
	Portal		portal;
	MemoryContext block;
	MemoryContext caller;
	QueryColumns columns;

	demand_output(model);
	InitMaterializedSRF(fcinfo, MAT_SRF_USE_EXPECTED_DESC);
	SPI_connect();
	block = AllocSetContextCreate(CurrentMemoryContext, "mediaml network rows", ALLOCSET_DEFAULT_SIZES);
	prepared = SPI_prepare(query, 0, NULL);
	if (prepared == NULL || !SPI_is_cursor_plan(prepared))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("the query must be one SELECT")));
	portal = SPI_cursor_open(NULL, prepared, NULL, NULL, true);
	columns = check_columns(portal->tupDesc);
	for (;;)
	{
		QueryRow	rows[MML_ROWS_TOGETHER];

		SPI_cursor_fetch(portal, true, MML_ROWS_TOGETHER);
		if (SPI_processed == 0)
			break;
		caller = MemoryContextSwitchTo(block);
		for (uint64 i = 0; i < SPI_processed; i++)
			rows[i] = read_row(model, SPI_tuptable->vals[i], SPI_tuptable->tupdesc, columns);
		run_block(rsinfo, model, rows, (Size) SPI_processed, columns.id);
		MemoryContextSwitchTo(caller);
		MemoryContextReset(block);
		SPI_freetuptable(SPI_tuptable);
		CHECK_FOR_INTERRUPTS();
	}
	SPI_cursor_close(portal);
	SPI_finish();
	return (Datum) 0;
}

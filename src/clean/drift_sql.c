/*-------------------------------------------------------------------------
 *
 * drift_sql.c
 *	  drift_counts, the aggregate that counts new rows, and drift_compare,
 *	  which compares the counts with what a preprocessor learned from.
 *
 * The state is an array of bigint, so that it can be stored, and those of
 * workers added; it is changed where it lies.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "fmgr.h"
#include "funcapi.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/memutils.h"

#include "clean/clean_pg.h"
#include "clean/drift.h"
#include "core/memory_pg.h"
#include "core/result_pg.h"
#include "core/row_pg.h"

PG_FUNCTION_INFO_V1(mml_drift_step);
PG_FUNCTION_INFO_V1(mml_drift_combine);
PG_FUNCTION_INFO_V1(mml_drift_compare_sql);

/* The preprocessor of a model; an error names the aggregate that was called, not its step. */
static const MmlPreprocessor *
demand_preprocessor(FunctionCallInfo fcinfo, const MmlModel *model)
{
	const MmlPreprocessor *preprocessor = mml_clean_preprocessor_of(model);

	if (preprocessor == NULL)
	{
		const Aggref *call = AggGetAggref(fcinfo);

		mml_kind_report_unfit(model->kind, call == NULL ? fcinfo->flinfo->fn_oid : call->aggfnoid);
	}
	return preprocessor;
}

/* Counts of nothing, in a memory context. */
static ArrayType *
make_counts(MemoryContext context, size_t n)
{
	Size		bytes = mml_size_add(ARR_OVERHEAD_NONULLS(1), mml_size_mul(n, sizeof(int64)));
	ArrayType  *counts;

	if (bytes > MaxAllocSize)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("%zu counts are too many for an array", n)));
	counts = MemoryContextAllocZero(context, bytes);
	SET_VARSIZE(counts, bytes);
	counts->ndim = 1;
	counts->elemtype = INT8OID;
	ARR_DIMS(counts)[0] = (int) n;
	ARR_LBOUND(counts)[0] = 1;
	return counts;
}

/* Counts in an argument, which must be n, none below 0; to be changed: a copy unless they are a state. */
static ArrayType *
counts_arg(FunctionCallInfo fcinfo, int argno, size_t n, bool change)
{
	ArrayType  *array = change && AggCheckCallContext(fcinfo, NULL) ? PG_GETARG_ARRAYTYPE_P(argno) :
		PG_GETARG_ARRAYTYPE_P_COPY(argno);
	const int64 *counts = (const int64 *) ARR_DATA_PTR(array);

	if (ARR_NDIM(array) != 1 || ARR_HASNULL(array) || ARR_ELEMTYPE(array) != INT8OID ||
		(size_t) ARR_DIMS(array)[0] != n)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("the counts are not those of this model"),
				 errhint("The model must be the same in all rows.")));
	if (!change)
		for (size_t i = 0; i < n; i++)
			if (counts[i] < 0)
				ereport(ERROR,
						(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						 errmsg("a count must not be negative")));
	return array;
}

/* drift_step(counts bigint[], model bytea, t record) -> bigint[] */
Datum
mml_drift_step(PG_FUNCTION_ARGS)
{
	MemoryContext context;
	const MmlModel *model;
	const MmlPreprocessor *preprocessor;
	ArrayType  *counts;

	if (PG_ARGISNULL(1) || PG_ARGISNULL(2))
	{
		if (PG_ARGISNULL(0))
			PG_RETURN_NULL();
		PG_RETURN_DATUM(PG_GETARG_DATUM(0));
	}
	model = mml_model_arg(fcinfo, 1);
	preprocessor = demand_preprocessor(fcinfo, model);
	if (!AggCheckCallContext(fcinfo, &context))
		context = CurrentMemoryContext;
	counts = PG_ARGISNULL(0) ? make_counts(context, mml_drift_room(preprocessor)) :
		counts_arg(fcinfo, 0, mml_drift_room(preprocessor), true);
	mml_drift_count(preprocessor, mml_row_cells(fcinfo, 2, model)->cells,
					(int64 *) ARR_DATA_PTR(counts));
	PG_RETURN_ARRAYTYPE_P(counts);
}

/* drift_combine(counts bigint[], other bigint[]) -> bigint[] */
Datum
mml_drift_combine(PG_FUNCTION_ARGS)
{
	ArrayType  *other = PG_GETARG_ARRAYTYPE_P(1);
	size_t		n = ARR_NDIM(other) == 1 ? (size_t) ARR_DIMS(other)[0] : 0;
	ArrayType  *counts = counts_arg(fcinfo, 0, n, true);
	int64	   *to = (int64 *) ARR_DATA_PTR(counts);
	const int64 *from;

	other = counts_arg(fcinfo, 1, n, false);
	from = (const int64 *) ARR_DATA_PTR(other);
	for (size_t i = 0; i < n; i++)
		to[i] += from[i];
	PG_RETURN_ARRAYTYPE_P(counts);
}

/*
 * drift_compare(model bytea, counts bigint[]) -> rows of (feature, psi, ks, p,
 * missing_then, missing_now, unseen, n)
 */
Datum
mml_drift_compare_sql(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;
	const MmlPreprocessor *model = demand_preprocessor(fcinfo, mml_model_arg(fcinfo, 0));
	ArrayType  *array = counts_arg(fcinfo, 1, mml_drift_room(model), false);
	const int64 *counts = (const int64 *) ARR_DATA_PTR(array);
	MmlDrift   *drift = palloc(sizeof(MmlDrift) * model->columns);
	const char *name = model->names.first;

	InitMaterializedSRF(fcinfo, MAT_SRF_USE_EXPECTED_DESC);
	mml_drift_compare(model, counts, drift, palloc(sizeof(size_t) * model->columns));
	for (size_t j = 0; j < model->columns; j++, name = mml_text_next(name))
	{
		Datum		values[8];
		bool		nulls[8] = {false};

		values[0] = CStringGetTextDatum(mml_text_from_model(name));
		mml_set_number(values, nulls, 1, drift[j].psi);
		mml_set_number(values, nulls, 2, drift[j].ks);
		mml_set_number(values, nulls, 3, drift[j].p);
		mml_set_number(values, nulls, 4, drift[j].missing_then);
		mml_set_number(values, nulls, 5, drift[j].missing_now);
		mml_set_number(values, nulls, 6, drift[j].unseen);
		values[7] = Int64GetDatum(counts[0]);
		tuplestore_putvalues(rsinfo->setResult, rsinfo->setDesc, values, nulls);
	}
	return (Datum) 0;
}

/*-------------------------------------------------------------------------
 *
 * recommend_sql.c
 *	  recommend_from: the best items for a history.
 *
 * Two functions, which differ in whether there is a list of candidates: it
 * has no default, and NULL is an error, so that a filter that finds nothing
 * never means everything.
 *
 * history and candidates are anycompatiblearray, which takes arrays of
 * different integer types, untyped literals and parameters, and NULL.  exclude
 * is "any": a polymorphic argument cannot have a default.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "fmgr.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/memutils.h"

#include "recommend/ids_pg.h"
#include "recommend/rank_pg.h"

#define COLUMNS 8				/* of the result */

PG_FUNCTION_INFO_V1(mml_recommend_from);
PG_FUNCTION_INFO_V1(mml_recommend_from_candidates);

/* An id as the two columns that show it. */
void
mml_id_set(Datum *values, bool *nulls, int column, const MmlId *id)
{
	nulls[column] = id->text !=NULL;
	if (id->text == NULL)
		values[column] = Int64GetDatum(id->number);
	values[column + 1] = mml_id_key(id);
}

/* The eight columns of a row. */
static void
set_row(Datum *values, bool *nulls, int rank, const MmlRecommendation *row)
{
	nulls[0] = nulls[2] = nulls[3] = nulls[4] = nulls[7] = false;
	values[0] = Int32GetDatum(rank);
	mml_id_set(values, nulls, 1, &row->id);
	values[3] = Float8GetDatum(row->score);
	values[4] = CStringGetTextDatum(row->source);
	nulls[5] = nulls[6] = true;
	if (row->explained)
	{
		nulls[6] = false;
		mml_id_set(values, nulls, 5, &row->because_of);
	}
	values[7] = Float8GetDatum(1);
}

/*
 * Append the rows of an answer.  Their eight columns begin at column first of
 * values and nulls, which have the others already.
 */
void
mml_recommendations_put(ReturnSetInfo *rsinfo, Datum *values, bool *nulls, int first,
						const MmlRecommendation *rows, Size count)
{
	MemoryContext context = AllocSetContextCreate(CurrentMemoryContext, "mediaml row",
												  ALLOCSET_SMALL_SIZES);
	MemoryContext caller = MemoryContextSwitchTo(context);

	for (Size i = 0; i < count; i++)
	{
		CHECK_FOR_INTERRUPTS();
		set_row(values + first, nulls + first, (int) i + 1, &rows[i]);
		tuplestore_putvalues(rsinfo->setResult, rsinfo->setDesc, values, nulls);
		MemoryContextReset(context);
	}
	MemoryContextSwitchTo(caller);
	MemoryContextDelete(context);
}

/* An array in an argument, or NULL. */
static ArrayType *
get_array(FunctionCallInfo fcinfo, int argno)
{
	return PG_ARGISNULL(argno) ? NULL : PG_GETARG_ARRAYTYPE_P(argno);
}

/* An argument that must not be NULL. */
Datum
mml_arg_required(FunctionCallInfo fcinfo, int argno, const char *name)
{
	if (PG_ARGISNULL(argno))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("%s must not be null", name)));
	return PG_GETARG_DATUM(argno);
}

/* Read what all calls that recommend ask for in the same words. */
void
mml_request_read(FunctionCallInfo fcinfo, const MmlRequestArguments *at,
				 MmlIdType id_type, MmlRequest *request)
{
	request->k = DatumGetInt64(mml_arg_required(fcinfo, at->k, "k"));
	if (request->k < 1)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("k must be at least 1, not " INT64_FORMAT, request->k)));
	request->exclude_seen = DatumGetBool(mml_arg_required(fcinfo, at->exclude_seen, "exclude_seen"));
	request->exclude = mml_ids_arg(fcinfo, at->exclude, "exclude", id_type);
	if (at->candidates >= 0)
	{
		if (PG_ARGISNULL(at->candidates))
			ereport(ERROR,
					(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
					 errmsg("candidates must not be null"),
					 errhint("Write candidates => ARRAY(SELECT ...), which is an empty array where array_agg() is null; for all items leave candidates out.")));
		request->candidates = get_array(fcinfo, at->candidates);
	}
}

/* Both forms. */
static Datum
recommend_from(FunctionCallInfo fcinfo, const MmlRequestArguments *at, int weights)
{
	Datum		values[COLUMNS];
	bool		nulls[COLUMNS];
	const MmlModel *model;
	const MmlCatalogue *catalogue;
	MmlRequest	request = {0};
	MmlRecommendation *rows;
	Size		count;
	MemoryContext context;
	MemoryContext caller;

	/* looking the row type up would leak 1 kB a call into the query's context */
	InitMaterializedSRF(fcinfo, MAT_SRF_USE_EXPECTED_DESC);
	if (PG_ARGISNULL(0))
		return (Datum) 0;
	model = mml_model_arg(fcinfo, 0);
	mml_recommender_of(model);
	catalogue = model->parsed;
	context = AllocSetContextCreate(CurrentMemoryContext, "mediaml recommend",
									ALLOCSET_DEFAULT_SIZES);
	caller = MemoryContextSwitchTo(context);
	mml_request_read(fcinfo, at, catalogue->id_type, &request);
	request.events = mml_events_of_arrays(get_array(fcinfo, 1), get_array(fcinfo, weights),
										  catalogue->id_type);
	rows = mml_recommend(model, &request, &count);
	mml_recommendations_put((ReturnSetInfo *) fcinfo->resultinfo, values, nulls, 0, rows, count);
	MemoryContextSwitchTo(caller);
	MemoryContextDelete(context);
	return (Datum) 0;
}

/* recommend_from(model, history, k, exclude_seen, exclude, weights) */
Datum
mml_recommend_from(PG_FUNCTION_ARGS)
{
	static const MmlRequestArguments at = {.k = 2,.candidates = -1,.exclude_seen = 3,.exclude = 4};

	return recommend_from(fcinfo, &at, 5);
}

/* recommend_from(model, history, k, candidates, exclude_seen, exclude, weights) */
Datum
mml_recommend_from_candidates(PG_FUNCTION_ARGS)
{
	static const MmlRequestArguments at = {.k = 2,.candidates = 3,.exclude_seen = 4,.exclude = 5};

	return recommend_from(fcinfo, &at, 6);
}

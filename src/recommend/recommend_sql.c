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

/* Where a form has its arguments. */
typedef struct Arguments
{
	int			candidates;		/* -1: none */
	int			exclude_seen;
	int			exclude;
	int			weights;
} Arguments;

#define COLUMNS 8				/* of the result */

PG_FUNCTION_INFO_V1(mml_recommend_from);
PG_FUNCTION_INFO_V1(mml_recommend_from_candidates);

/* An id as the two columns that show it. */
static void
set_id(Datum *values, bool *nulls, int column, const MmlId *id)
{
	nulls[column] = id->text !=NULL;
	if (id->text == NULL)
		values[column] = Int64GetDatum(id->number);
	values[column + 1] = mml_id_key(id);
}

/* A row of the result. */
static void
put_row(ReturnSetInfo *rsinfo, int rank, const MmlRecommendation *row)
{
	Datum		values[COLUMNS];
	bool		nulls[COLUMNS] = {false};

	values[0] = Int32GetDatum(rank);
	set_id(values, nulls, 1, &row->id);
	values[3] = Float8GetDatum(row->score);
	values[4] = CStringGetTextDatum(row->source);
	nulls[5] = nulls[6] = true;
	if (row->explained)
	{
		nulls[6] = false;
		set_id(values, nulls, 5, &row->because_of);
	}
	values[7] = Float8GetDatum(1);
	tuplestore_putvalues(rsinfo->setResult, rsinfo->setDesc, values, nulls);
}

/* An array in an argument, or NULL. */
static ArrayType *
get_array(FunctionCallInfo fcinfo, int argno)
{
	return PG_ARGISNULL(argno) ? NULL : PG_GETARG_ARRAYTYPE_P(argno);
}

/* Read all arguments but the model. */
static void
read_request(FunctionCallInfo fcinfo, const Arguments *at,
			 MmlIdType id_type, MmlRequest *request)
{
	request->k = PG_ARGISNULL(2) ? 0 : PG_GETARG_INT64(2);
	if (request->k < 1)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 PG_ARGISNULL(2) ? errmsg("k must not be null") :
				 errmsg("k must be at least 1, not " INT64_FORMAT, request->k)));
	if (PG_ARGISNULL(at->exclude_seen))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("exclude_seen must not be null")));
	request->exclude_seen = PG_GETARG_BOOL(at->exclude_seen);
	request->history = get_array(fcinfo, 1);
	request->weights = request->history == NULL ? NULL : get_array(fcinfo, at->weights);
	request->exclude = mml_ids_arg(fcinfo, at->exclude, "exclude", id_type);
	request->candidates = NULL;
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
recommend_from(FunctionCallInfo fcinfo, const Arguments *at)
{
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;
	const MmlModel *model;
	const MmlCatalogue *catalogue;
	MmlRequest	request;
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
	read_request(fcinfo, at, catalogue->id_type, &request);
	rows = mml_recommend(model, &request, &count);
	for (Size i = 0; i < count; i++)
	{
		CHECK_FOR_INTERRUPTS();
		put_row(rsinfo, (int) i + 1, &rows[i]);
	}
	MemoryContextSwitchTo(caller);
	MemoryContextDelete(context);
	return (Datum) 0;
}

/* recommend_from(model, history, k, exclude_seen, exclude, weights) */
Datum
mml_recommend_from(PG_FUNCTION_ARGS)
{
	static const Arguments at = {-1, 3, 4, 5};

	return recommend_from(fcinfo, &at);
}

/* recommend_from(model, history, k, candidates, exclude_seen, exclude, weights) */
Datum
mml_recommend_from_candidates(PG_FUNCTION_ARGS)
{
	static const Arguments at = {3, 4, 5, 6};

	return recommend_from(fcinfo, &at);
}

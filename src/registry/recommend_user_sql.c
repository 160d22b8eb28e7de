/*-------------------------------------------------------------------------
 *
 * recommend_user_sql.c
 *	  recommend: the best items for a user, by a recommender's name.
 *
 * Two forms, with and without a list of candidates, as of recommend_from; and
 * three types of users.  A user given as a literal without a type is text, and
 * is read as what the events have; so is a uuid.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>

#include "catalog/pg_type.h"
#include "fmgr.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/memutils.h"

#include "recommend/ids_pg.h"
#include "registry/lookup_pg.h"

#define COLUMNS 10				/* of the result */

/* Where a form has its arguments, but for the user, who is the first. */
typedef struct Arguments
{
	MmlRequestArguments request;
	int			recommender;
	int			personalised;
	int			diversity;
} Arguments;

static const Arguments of_all = {{1, -1, 3, 4}, 2, 5, 6};
static const Arguments of_candidates = {{1, 2, 4, 5}, 3, 6, 7};

PG_FUNCTION_INFO_V1(mml_recommend_bigint);
PG_FUNCTION_INFO_V1(mml_recommend_text);
PG_FUNCTION_INFO_V1(mml_recommend_bigint_candidates);
PG_FUNCTION_INFO_V1(mml_recommend_text_candidates);
PG_FUNCTION_INFO_V1(mml_recommend_uuid);
PG_FUNCTION_INFO_V1(mml_recommend_uuid_candidates);

/* Read what is asked for, and the history of the user. */
static void
read_request(FunctionCallInfo fcinfo, const Arguments *at, Oid type,
			 MmlNamed *named, MmlRequest *request)
{
	MmlUser		user = {.isnull = PG_ARGISNULL(0),.number = type == INT8OID};
	bool		personalised = DatumGetBool(mml_arg_required(fcinfo, at->personalised, "personalised"));

	mml_request_read(fcinfo, &at->request, named->item_ids, request);
	request->diversity = DatumGetFloat8(mml_arg_required(fcinfo, at->diversity, "diversity"));
	if (!(request->diversity >= 0 && request->diversity <= 1))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("diversity must be from 0 to 1, not %g", request->diversity)));
	if (request->diversity > 0 && request->k > MML_DIVERSE_MAX)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("k must be at most %d where diversity is above 0, not " INT64_FORMAT,
						MML_DIVERSE_MAX, request->k)));
	request->content = named->content;
	if (mml_named_shows(named))
	{
		request->show = mml_named_show;
		request->show_arg = named;
	}
	if (!user.isnull && user.number)
		user.id = PG_GETARG_INT64(0);
	else if (!user.isnull)
		user.key = type == UUIDOID ? mml_uuid_text(PG_GETARG_DATUM(0)) : PG_GETARG_TEXT_PP(0);
	if (personalised)
		request->events = mml_named_history(named, &user);
}

/* Append the rows of an answer. */
static void
put_rows(ReturnSetInfo *rsinfo, const MmlNamed *named, const MmlRecommendation *rows,
		 Size count)
{
	Datum		values[COLUMNS];
	bool		nulls[COLUMNS];

	nulls[8] = nulls[9] = false;
	values[8] = CStringGetTextDatum(named->name);
	values[9] = Int32GetDatum(named->version);
	mml_recommendations_put(rsinfo, values, nulls, 0, rows, count);
}

/* All forms.  Everything is read in the snapshot of the calling query. */
static Datum
recommend(FunctionCallInfo fcinfo, const Arguments *at, Oid type)
{
	MemoryContext caller = CurrentMemoryContext;
	MemoryContext context;
	MmlNamed	named;
	MmlRequest	request = {0};
	MmlRecommendation *rows;
	Size		count;

	InitMaterializedSRF(fcinfo, MAT_SRF_USE_EXPECTED_DESC);
	context = AllocSetContextCreate(caller, "mediaml recommend", ALLOCSET_DEFAULT_SIZES);
	SPI_connect();
	MemoryContextSwitchTo(context);
	mml_named_open(&named, PG_ARGISNULL(at->recommender) ? NULL :
				   PG_GETARG_TEXT_PP(at->recommender), context);
	read_request(fcinfo, at, type, &named, &request);
	rows = mml_recommend(named.model, &request, &count);
	put_rows((ReturnSetInfo *) fcinfo->resultinfo, &named, rows, count);
	SPI_finish();
	MemoryContextSwitchTo(caller);
	MemoryContextDelete(context);
	return (Datum) 0;
}

/*
 * recommend(user_id bigint, k, recommender, exclude_seen, exclude,
 * personalised, diversity)
 */
Datum
mml_recommend_bigint(PG_FUNCTION_ARGS)
{
	return recommend(fcinfo, &of_all, INT8OID);
}

/* recommend(user_id text, …) */
Datum
mml_recommend_text(PG_FUNCTION_ARGS)
{
	return recommend(fcinfo, &of_all, TEXTOID);
}

/*
 * recommend(user_id bigint, k, candidates, recommender, exclude_seen, exclude,
 * personalised, diversity)
 */
Datum
mml_recommend_bigint_candidates(PG_FUNCTION_ARGS)
{
	return recommend(fcinfo, &of_candidates, INT8OID);
}

/* recommend(user_id text, k, candidates, …) */
Datum
mml_recommend_text_candidates(PG_FUNCTION_ARGS)
{
	return recommend(fcinfo, &of_candidates, TEXTOID);
}

/* recommend(user_id uuid, …) */
Datum
mml_recommend_uuid(PG_FUNCTION_ARGS)
{
	return recommend(fcinfo, &of_all, UUIDOID);
}

/* recommend(user_id uuid, k, candidates, …) */
Datum
mml_recommend_uuid_candidates(PG_FUNCTION_ARGS)
{
	return recommend(fcinfo, &of_candidates, UUIDOID);
}

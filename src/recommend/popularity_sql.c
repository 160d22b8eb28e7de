/*-------------------------------------------------------------------------
 *
 * popularity_sql.c
 *	  popularity, the aggregate, and the kind of model that it makes: items
 *	  and the sum of the weights that each has got.
 *
 * Where rows have a time, a weight counts half for each half-life that it is
 * older than the latest row.  Times wait in an array beside the triples, since
 * which is the latest is known at the end only.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>

#include "utils/builtins.h"
#include "utils/timestamp.h"

#include "core/options_pg.h"

#include "recommend/gather_pg.h"
#include "recommend/popularity_pg.h"

/* What rows with a time have beside their triples. */
typedef struct Timed
{
	double		half_life;		/* microseconds */
	double		latest;
	double	   *times;			/* (rows) */
	Size		room;
} Timed;

PG_FUNCTION_INFO_V1(mml_popularity_accum);
PG_FUNCTION_INFO_V1(mml_popularity_timed_accum);
PG_FUNCTION_INFO_V1(mml_popularity_final);

/* What model_info says of a popularity model. */
static void
add_info(const void *model, StringInfo json)
{
	mml_catalogue_info(model, json);
}

const MmlKind mml_popularity_kind = {
	.name = "popularity",
	.use = "Use recommend_from().",
	.parsed_size = sizeof(MmlPopularity),
	.parse = mml_popularity_parse,
	.info = add_info
};

/* ---------------------------------------------------- rows without a time */

/* Without times there are no options, so any is refused. */
static void
read_options(void *options, Jsonb *given)
{
	(void) options;
	if (given != NULL && !(JB_ROOT_IS_OBJECT(given) && JB_ROOT_COUNT(given) == 0))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("popularity of rows without a time has no options"),
				 errhint("For the option \"half_life\" write popularity(user_id, item_id, weight, time, options).")));
}

static const MmlGatherJob job = {
	.kind = "popularity",
	.context_name = "mediaml popularity",
	.read_options = read_options
};

/* popularity_accum(internal, user anyelement, item, weight [, options]) */
Datum
mml_popularity_accum(PG_FUNCTION_ARGS)
{
	PG_RETURN_POINTER(mml_gather_add(fcinfo, &job));
}

/* ------------------------------------------------------- rows with a time */

/* Read an interval that is more than nothing, in microseconds. */
static double
read_half_life(char *text)
{
	Interval   *interval = DatumGetIntervalP(DirectFunctionCall3(interval_in, CStringGetDatum(text),
																 ObjectIdGetDatum(InvalidOid),
																 Int32GetDatum(-1)));
	double		length = (double) interval->time +
		(double) USECS_PER_DAY * (interval->day + (double) DAYS_PER_MONTH * interval->month);

	if (!(length > 0))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("option \"half_life\" must be more than nothing, not \"%s\"", text)));
	return length;
}

/* Read half_life. */
static void
read_timed_options(void *options, Jsonb *given)
{
	Timed	   *timed = options;
	char	   *half_life = "90 days";
	const MmlOption table[] = {
		{"half_life", MML_OPTION_TEXT, &half_life, 0, 0}
	};

	if (given != NULL)
		mml_options_read(given, table, lengthof(table));
	timed->half_life = read_half_life(half_life);
}

/* Keep the time of a row beside its triple. */
static bool
take_time(MmlGather *gather, FunctionCallInfo fcinfo)
{
	Timed	   *timed = gather->options;
	TimestampTz at;

	if (PG_ARGISNULL(4))
		return false;
	at = PG_GETARG_TIMESTAMPTZ(4);
	if (TIMESTAMP_NOT_FINITE(at))
		ereport(ERROR,
				(errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE),
				 errmsg("a time must be finite")));
	if (gather->rows == timed->room)
	{
		Size		room = Max(2 * timed->room, 32);
		double	   *times = mml_gather_alloc(gather, room, sizeof(double));

		if (timed->room > 0)
		{
			memcpy(times, timed->times, timed->room * sizeof(double));
			mml_gather_release(gather, timed->times, timed->room, sizeof(double));
		}
		timed->times = times;
		timed->room = room;
	}
	timed->latest = gather->rows == 0 ? (double) at : Max(timed->latest, (double) at);
	timed->times[gather->rows] = (double) at;
	return true;
}

static const MmlGatherJob timed_job = {
	.kind = "popularity",
	.context_name = "mediaml popularity",
	.options_size = sizeof(Timed),
	.read_options = read_timed_options,
	.take_more = take_time
};

/* popularity_accum(internal, user anyelement, item, weight, time, options) */
Datum
mml_popularity_timed_accum(PG_FUNCTION_ARGS)
{
	PG_RETURN_POINTER(mml_gather_add(fcinfo, &timed_job));
}

/* Let the weights of gathered rows decay. */
static void
decay(MmlGather *gather)
{
	Timed	   *timed = gather->options;
	const double *at = timed->times;

	for (MmlTriples *chunk = gather->first; chunk != NULL; chunk = chunk->next)
	{
		MML_CHECK();
		for (Size t = 0; t < chunk->count; t++)
			chunk->triples[t].weight *= exp2((*at++ - timed->latest) / timed->half_life);
	}
	if (timed->room > 0)
		mml_gather_release(gather, timed->times, timed->room, sizeof(double));
	timed->room = 0;
}

/* -------------------------------------------------------------------- both */

/* popularity_final(internal) -> bytea */
Datum
mml_popularity_final(PG_FUNCTION_ARGS)
{
	MmlGather  *gather = PG_ARGISNULL(0) ? NULL : (MmlGather *) PG_GETARG_POINTER(0);
	MmlWriter	writer;
	bytea	   *model;

	if (gather != NULL && gather->job == &timed_job)
		decay(gather);
	gather = mml_gather_finish(fcinfo);
	if (gather == NULL)
		PG_RETURN_NULL();
	mml_model_begin(&writer, mml_popularity_kind.name);
	mml_gather_write(gather, &writer);
	model = mml_model_finish(&writer);
	mml_gather_free(gather);
	PG_RETURN_BYTEA_P(model);
}

/*-------------------------------------------------------------------------
 *
 * audience_sql.c
 *	  audience: whom to tell about an item.
 *
 * Every user's history is read, one after the other in the order of their
 * ids, as the caller can see it, and the item scored from it; those who have
 * seen the item are left out.  Nothing is kept of a user but the k best.
 *
 * Cost: the events are read and sorted by user once, and for each user takes
 * what a profile of his history takes.
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

#include "core/compat_pg.h"
#include "core/memory_pg.h"
#include "recommend/ids_pg.h"
#include "registry/viewers_pg.h"

#define COLUMNS 9				/* of the result */

/* A user who may be among the best. */
typedef struct Viewer
{
	MmlId		id;
	double		score;
	Size		order;			/* of his id among all */
	bool		explained;
	MmlId		because_of;		/* points into the model */
} Viewer;

/* The search. */
typedef struct Search
{
	const MmlNamed *named;
	MmlId		item;			/* the id that is asked for */
	int32		number;			/* of the item in the model that knows it */
	const MmlRecommender *recommender;
	const void *model;
	const MmlCatalogue *catalogue;
	const char *source;

	Size		k;
	Viewer	   *viewers;		/* (count) the k best are among them */
	Size		count;
	Size		room;
	double		threshold;		/* a score must be above it */
	Size		users;			/* read so far */
} Search;

PG_FUNCTION_INFO_V1(mml_audience_bigint);
PG_FUNCTION_INFO_V1(mml_audience_text);
PG_FUNCTION_INFO_V1(mml_audience_uuid);

/* Order viewers, the best first, for qsort. */
static int
compare_viewers(const void *a, const void *b, void *arg)
{
	const Viewer *x = a;
	const Viewer *y = b;

	(void) arg;
	if (x->score != y->score)
		return x->score > y->score ? -1 : 1;
	return (x->order > y->order) - (x->order < y->order);
}

/* Keep the k best viewers only, the best first. */
static void
prune(Search *search)
{
	qsort_interruptible(search->viewers, search->count, sizeof(Viewer), compare_viewers, NULL);
	while (search->count > search->k)
	{
		Viewer	   *last = &search->viewers[--search->count];

		if (last->id.text !=NULL)
			pfree(unconstify(char *, last->id.text));
	}
	if (search->count == search->k)
		search->threshold = search->viewers[search->k - 1].score;
}

/* Add a viewer, in the memory context of the search. */
static void
add_viewer(Search *search, const Viewer *viewer)
{
	if (search->count == search->room)
	{
		if (search->count >= mml_size_mul(2, search->k))
			prune(search);
		else
		{
			search->room = Min(Max(1024, 2 * search->room), mml_size_mul(2, search->k));
			search->viewers = repalloc_huge(search->viewers,
											mml_size_mul(search->room, sizeof(Viewer)));
		}
	}
	if (viewer->score > search->threshold)
	{
		search->viewers[search->count] = *viewer;
		search->viewers[search->count++].id = mml_id_copy(viewer->id);
	}
}

/* The seen item that speaks most for the item. */
static void
explain(const Search *search, const void *profile, const MmlHistory *history, Viewer *viewer)
{
	double	   *contributions;
	double		most = 0;

	if (search->recommender->explain == NULL)
		return;
	contributions = palloc(mml_size_mul(history->count, sizeof(double)));
	search->recommender->explain(search->model, profile, history, 1, &search->number,
								 contributions);
	for (Size h = 0; h < history->count; h++)
		if (contributions[h] > most)
		{
			most = contributions[h];
			viewer->explained = true;
			viewer->because_of = mml_catalogue_id(search->catalogue, (Size) history->items[h]);
		}
}

/* Score the item from a user's history; outer is the context of the search. */
static void
judge(Search *search, const MmlViewer *user, MemoryContext outer)
{
	Viewer		viewer = {.id = user->id,.order = search->users++};
	MemoryContext caller;
	MmlHistory	history;
	void	   *profile;

	CHECK_FOR_INTERRUPTS();
	for (Size i = 0; i < user->events.count; i++)
		if (mml_id_compare(&user->events.ids[i], &search->item) == 0)
			return;
	history = mml_history_of_events(search->catalogue, &user->events, NULL);
	if (history.count == 0)
		return;
	profile = search->recommender->profile(search->model, &history, mml_palloc_room());
	if (profile == NULL)
		return;
	search->recommender->score(search->model, profile, 1, &search->number, 0, &viewer.score);
	if (!(viewer.score > search->threshold))
		return;
	if (!isfinite(viewer.score))
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("the weights of the history are too large")));
	explain(search, profile, &history, &viewer);
	caller = MemoryContextSwitchTo(outer);
	add_viewer(search, &viewer);
	MemoryContextSwitchTo(caller);
}

/* Judge all users, each in a memory context that is reset. */
static void
read_users(Search *search)
{
	MemoryContext outer = CurrentMemoryContext;
	MemoryContext context = AllocSetContextCreate(outer, "mediaml audience user",
												  ALLOCSET_DEFAULT_SIZES);
	MmlViewers	viewers;
	MmlViewer	user;

	mml_viewers_open(&viewers, search->named);
	MemoryContextSwitchTo(context);
	while (mml_viewers_next(&viewers, &user))
	{
		judge(search, &user, outer);
		MemoryContextReset(context);
	}
	MemoryContextSwitchTo(outer);
	mml_viewers_close(&viewers);
	prune(search);
}

/* Choose the model that knows the item; false where none does. */
static bool
choose_model(Search *search)
{
	const MmlModel *models[] = {search->named->model, search->named->content};
	static const char *const sources[] = {"history", "content"};

	for (int i = 0; i < 2 && models[i] != NULL; i++)
	{
		search->model = models[i]->parsed;
		search->catalogue = models[i]->parsed;
		search->recommender = mml_recommender_of(models[i]);
		search->source = sources[i];
		search->number = mml_catalogue_find(search->catalogue, &search->item, 0);
		if (search->number < 0)
			continue;
		if (search->recommender->profile == NULL)
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("a model of kind \"%s\" cannot tell users apart", models[i]->kind->name)));
		search->threshold = search->recommender->above;
		return true;
	}
	return false;
}

/* Append the rows of the answer. */
static void
put_rows(ReturnSetInfo *rsinfo, const Search *search)
{
	MemoryContext context = AllocSetContextCreate(CurrentMemoryContext, "mediaml row",
												  ALLOCSET_SMALL_SIZES);
	MemoryContext caller = MemoryContextSwitchTo(context);

	for (Size i = 0; i < search->count; i++)
	{
		const Viewer *viewer = &search->viewers[i];
		Datum		values[COLUMNS];
		bool		nulls[COLUMNS] = {false};

		CHECK_FOR_INTERRUPTS();
		values[0] = Int32GetDatum((int) i + 1);
		mml_id_set(values, nulls, 1, &viewer->id);
		values[3] = Float8GetDatum(viewer->score);
		values[4] = CStringGetTextDatum(search->source);
		nulls[5] = nulls[6] = true;
		if (viewer->explained)
		{
			nulls[6] = false;
			mml_id_set(values, nulls, 5, &viewer->because_of);
		}
		values[7] = CStringGetTextDatum(search->named->name);
		values[8] = Int32GetDatum(search->named->version);
		tuplestore_putvalues(rsinfo->setResult, rsinfo->setDesc, values, nulls);
		MemoryContextReset(context);
	}
	MemoryContextSwitchTo(caller);
	MemoryContextDelete(context);
}

/* The item that is asked about, in an argument of a type, as the recommender has ids. */
static MmlId
read_item(FunctionCallInfo fcinfo, Oid type, MmlIdType wanted)
{
	MmlId		id = {NULL, {0}};
	text	   *key;

	if (type == INT8OID && wanted == MML_ID_BIGINT)
	{
		id.number = PG_GETARG_INT64(1);
		return id;
	}
	if (type == INT8OID)
		key = cstring_to_text(psprintf(INT64_FORMAT, PG_GETARG_INT64(1)));
	else
		key = type == UUIDOID ? mml_uuid_text(PG_GETARG_DATUM(1)) : PG_GETARG_TEXT_PP(1);
	if (wanted == MML_ID_TEXT)
		return mml_id_of_text(key);
	id.number = DatumGetInt64(DirectFunctionCall1(int8in, CStringGetDatum(text_to_cstring(key))));
	return id;
}

/* All forms. */
static Datum
audience(FunctionCallInfo fcinfo, Oid type)
{
	MemoryContext caller = CurrentMemoryContext;
	MemoryContext context;
	MmlNamed	named;
	Search		search = {.named = &named};
	int64		k = DatumGetInt64(mml_arg_required(fcinfo, 2, "k"));

	InitMaterializedSRF(fcinfo, MAT_SRF_USE_EXPECTED_DESC);
	if (k < 1)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("k must be at least 1, not " INT64_FORMAT, k)));
	if (PG_ARGISNULL(1))
		return (Datum) 0;
	context = AllocSetContextCreate(caller, "mediaml audience", ALLOCSET_DEFAULT_SIZES);
	SPI_connect();
	mml_named_open(&named, PG_ARGISNULL(0) ? NULL : PG_GETARG_TEXT_PP(0), context);
	search.item = read_item(fcinfo, type, named.item_ids);
	if (choose_model(&search))
	{
		search.k = (Size) Min(k, INT32_MAX);
		search.viewers = palloc(sizeof(Viewer));
		read_users(&search);
		put_rows((ReturnSetInfo *) fcinfo->resultinfo, &search);
	}
	SPI_finish();
	MemoryContextSwitchTo(caller);
	MemoryContextDelete(context);
	return (Datum) 0;
}

/* audience(recommender text, item_id bigint, k bigint) */
Datum
mml_audience_bigint(PG_FUNCTION_ARGS)
{
	return audience(fcinfo, INT8OID);
}

/* audience(recommender text, item_id text, k bigint) */
Datum
mml_audience_text(PG_FUNCTION_ARGS)
{
	return audience(fcinfo, TEXTOID);
}

/* audience(recommender text, item_id uuid, k bigint) */
Datum
mml_audience_uuid(PG_FUNCTION_ARGS)
{
	return audience(fcinfo, UUIDOID);
}

/*-------------------------------------------------------------------------
 *
 * recommend_all_sql.c
 *	  recommend_all: the best items for everybody, by a recommender's name.
 *
 * Everybody gets what recommend() gives, to the last bit.  Users are read in
 * blocks, whose rankings by history are made together (rank_all.c); then each
 * is finished like one that is asked for alone.
 *
 * A block is a level of SPI: what queries leave behind goes with it.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "fmgr.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/memutils.h"

#include "core/memory_pg.h"
#include "recommend/ids_pg.h"
#include "recommend/rank_all.h"
#include "recommend/strangers_pg.h"
#include "registry/viewers_pg.h"

#define COLUMNS 12				/* of the result */
#define BLOCK MML_RANK_ALL_PROFILES
#define BLOCK_BYTES ((Size) 64 << 20)	/* enough for a block */

/* Where a form has its arguments. */
typedef struct Arguments
{
	MmlRequestArguments request;
	int			users;
} Arguments;

/* The work. */
typedef struct All
{
	ReturnSetInfo *rsinfo;
	MmlNamed	named;
	MmlRequest	request;		/* of everybody, but for the history */
	MmlRanking *choice;
	MemoryContext context;		/* of a block */
	MmlId		users[BLOCK];
	MmlRanking *rankings[BLOCK];
	Size		count;			/* in the block so far */
} All;

PG_FUNCTION_INFO_V1(mml_recommend_all);
PG_FUNCTION_INFO_V1(mml_recommend_all_candidates);

/* Add a user to the block, in the context of the block. */
static void
add_user(All *all, const MmlViewer *viewer)
{
	MmlRequest	request = all->request;

	CHECK_FOR_INTERRUPTS();
	request.events = viewer->events;
	all->users[all->count] = viewer->id;
	all->rankings[all->count++] = mml_ranking_open(all->named.model, &request, all->choice);
}

/* Is the block full?  What ranking ahead will take for all of it counts too. */
static bool
is_full(const All *all)
{
	const MmlCatalogue *catalogue = all->named.model->parsed;
	Size		k = (Size) Min((uint64) all->request.k, (uint64) catalogue->items);

	return all->count == BLOCK ||
		(all->count > 0 && MemoryContextMemAllocated(all->context, true) +
		 all->count * k * sizeof(MmlRanked) > BLOCK_BYTES);
}

/* Append the rows of one user. */
static void
put_rows(const All *all, const MmlId *user, const MmlRecommendation *rows, Size count)
{
	Datum		values[COLUMNS];
	bool		nulls[COLUMNS] = {false};

	mml_id_set(values, nulls, 0, user);
	values[10] = CStringGetTextDatum(all->named.name);
	values[11] = Int32GetDatum(all->named.version);
	mml_recommendations_put(all->rsinfo, values, nulls, 2, rows, count);
}

/* Rank for all of the block, each in a context of his own, and begin a new one. */
static void
finish_block(All *all)
{
	MemoryContext caller = MemoryContextSwitchTo(all->context);
	MemoryContext context = AllocSetContextCreate(all->context, "mediaml recommend user",
												  ALLOCSET_DEFAULT_SIZES);

	mml_rankings_ahead(all->rankings, all->count);
	MemoryContextSwitchTo(context);
	for (Size i = 0; i < all->count; i++)
	{
		MmlRecommendation *rows;
		Size		count;

		CHECK_FOR_INTERRUPTS();
		rows = mml_ranking_finish(all->rankings[i], &count);
		put_rows(all, &all->users[i], rows, count);
		MemoryContextReset(context);
	}
	MemoryContextSwitchTo(caller);
	MemoryContextReset(all->context);
	all->count = 0;
}

/* For everybody who has events. */
static void
recommend_to_all(All *all)
{
	MemoryContext caller = CurrentMemoryContext;
	MmlViewers	viewers;
	MmlViewer	viewer;
	bool		more = true;

	mml_viewers_open(&viewers, &all->named);
	while (more)
	{
		MemoryContextSwitchTo(all->context);
		while (!is_full(all) && (more = mml_viewers_next(&viewers, &viewer)))
			add_user(all, &viewer);
		MemoryContextSwitchTo(caller);
		SPI_connect();
		finish_block(all);
		SPI_finish();
	}
	mml_viewers_close(&viewers);
}

/* For a list of users, each once, in the order of their ids. */
static void
recommend_to_some(All *all, ArrayType *list)
{
	MemoryContext caller = CurrentMemoryContext;
	MmlStrangers users = {0};
	MmlIdReader reader;
	MmlId		id;
	bool		isnull;
	Size		next = 0;

	mml_ids_open(&reader, list, "users", all->named.user_ids);
	while (mml_ids_next(&reader, &id, &isnull))
	{
		CHECK_FOR_INTERRUPTS();
		if (!isnull)
			mml_strangers_add(&users, id);
	}
	mml_strangers_sort(&users);
	while (next < users.count)
	{
		SPI_connect();
		for (; next < users.count && !is_full(all); next++)
		{
			MmlViewer	viewer = {.id = users.ids[next]};
			MmlUser		user = {.number = viewer.id.text == NULL};

			MemoryContextSwitchTo(all->context);
			if (user.number)
				user.id = viewer.id.number;
			else
				user.key = DatumGetTextPP(mml_id_key(&viewer.id));
			viewer.events = mml_named_history(&all->named, &user);
			MemoryContextSwitchTo(all->context);
			add_user(all, &viewer);
		}
		finish_block(all);
		SPI_finish();
		MemoryContextSwitchTo(caller);
	}
}

/* Both forms. */
static Datum
recommend_all(FunctionCallInfo fcinfo, const Arguments *at)
{
	MemoryContext caller = CurrentMemoryContext;
	MemoryContext context;
	ArrayType  *users;
	All		   *all;

	InitMaterializedSRF(fcinfo, MAT_SRF_USE_EXPECTED_DESC);
	context = AllocSetContextCreate(caller, "mediaml recommend", ALLOCSET_DEFAULT_SIZES);
	SPI_connect();
	MemoryContextSwitchTo(context);
	all = palloc0(sizeof(All));
	all->rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;
	mml_named_open(&all->named, PG_ARGISNULL(0) ? NULL : PG_GETARG_TEXT_PP(0), context);
	MemoryContextSwitchTo(context);
	mml_request_read(fcinfo, &at->request, all->named.item_ids, &all->request);
	all->request.content = all->named.content;
	if (mml_named_shows(&all->named))
	{
		all->request.show = mml_named_show;
		all->request.show_arg = &all->named;
	}
	users = mml_ids_arg(fcinfo, at->users, "users", all->named.user_ids);
	all->choice = mml_ranking_choice(all->named.model, &all->request);
	all->context = AllocSetContextCreate(context, "mediaml recommend block",
										 ALLOCSET_DEFAULT_SIZES);
	if (users == NULL)
		recommend_to_all(all);
	else
		recommend_to_some(all, users);
	SPI_finish();
	MemoryContextSwitchTo(caller);
	MemoryContextDelete(context);
	return (Datum) 0;
}

/* recommend_all(recommender, k, exclude_seen, users, exclude) */
Datum
mml_recommend_all(PG_FUNCTION_ARGS)
{
	static const Arguments at = {{.k = 1,.candidates = -1,.exclude_seen = 2,.exclude = 4}, 3};

	return recommend_all(fcinfo, &at);
}

/* recommend_all(recommender, k, candidates, exclude_seen, users, exclude) */
Datum
mml_recommend_all_candidates(PG_FUNCTION_ARGS)
{
	static const Arguments at = {{.k = 1,.candidates = 2,.exclude_seen = 3,.exclude = 5}, 4};

	return recommend_all(fcinfo, &at);
}

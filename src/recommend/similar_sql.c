/*-------------------------------------------------------------------------
 *
 * similar_sql.c
 *	  similar_items: what a model finds most similar to an item; score: what
 *	  it says of one item from a history.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>

#include "fmgr.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "utils/memutils.h"

#include "core/compat_pg.h"
#include "core/memory_pg.h"
#include "recommend/history_pg.h"
#include "recommend/ids_pg.h"
#include "recommend/rank_pg.h"

#define COLUMNS 4				/* of similar_items */
#define POLL_EVERY 4096

PG_FUNCTION_INFO_V1(mml_similar_items);
PG_FUNCTION_INFO_V1(mml_similar_items_candidates);
PG_FUNCTION_INFO_V1(mml_score);

/* Set the flag of each item of a list that the catalogue has. */
static void
flag_items(const MmlCatalogue *catalogue, ArrayType *list, const char *what,
		   uint8 value, uint8 *flags)
{
	MmlIdReader reader;
	MmlId		id;
	bool		isnull;
	int32		last = 0;

	mml_ids_open(&reader, list, what, catalogue->id_type);
	for (int i = 0; mml_ids_next(&reader, &id, &isnull); i++)
	{
		int32		item = isnull ? -1 : mml_catalogue_find(catalogue, &id, (Size) last);

		if (i % POLL_EVERY == 0)
			MML_CHECK();
		if (item >= 0)
			flags[last = item] = value;
	}
}

/* Which items (items) may not be shown, from the arguments of similar_items. */
static uint8 *
read_barred(FunctionCallInfo fcinfo, const MmlCatalogue *catalogue,
			int candidates, int exclude)
{
	uint8	   *barred = palloc_extended(catalogue->items, MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO);
	ArrayType  *list = mml_ids_arg(fcinfo, exclude, "exclude", catalogue->id_type);

	if (candidates >= 0)
	{
		if (PG_ARGISNULL(candidates))
			ereport(ERROR,
					(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
					 errmsg("candidates must not be null"),
					 errhint("Write candidates => ARRAY(SELECT ...), which is an empty array where array_agg() is null; for all items leave candidates out.")));
		memset(barred, true, catalogue->items);
		flag_items(catalogue, PG_GETARG_ARRAYTYPE_P(candidates), "candidates", false, barred);
	}
	if (list != NULL)
		flag_items(catalogue, list, "exclude", true, barred);
	return barred;
}

/* The k items most similar to one, in the current memory context. */
static MmlRanked *
rank_similar(const MmlModel *model, int32 item, int64 k, uint8 *barred, Size *count)
{
	const MmlRecommender *recommender = mml_recommender_of(model);
	const MmlCatalogue *catalogue = model->parsed;
	Size		room = Min((Size) k, catalogue->items);
	MmlRanked  *best = palloc_extended(mml_size_mul(room, sizeof(MmlRanked)), MCXT_ALLOC_HUGE);
	void	   *profile = recommender->resemble(model->parsed, item, mml_palloc_room());

	*count = 0;
	barred[item] = true;
	if (profile != NULL)
		*count = mml_rank(recommender, model->parsed, profile, room, catalogue->items, NULL,
						  barred, palloc(sizeof(MmlRankWork)), best);
	return best;
}

/* Both forms of similar_items. */
static Datum
similar_items(FunctionCallInfo fcinfo, int candidates, int exclude)
{
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;
	const MmlModel *model;
	const MmlCatalogue *catalogue;
	MemoryContext context;
	MemoryContext caller;
	MmlRanked  *best;
	MmlId		id;
	int64		k;
	int32		item;
	Size		count = 0;

	InitMaterializedSRF(fcinfo, MAT_SRF_USE_EXPECTED_DESC);
	if (PG_ARGISNULL(0) || PG_ARGISNULL(1))
		return (Datum) 0;
	model = mml_model_arg(fcinfo, 0);
	catalogue = model->parsed;
	if (mml_recommender_of(model)->resemble == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("a model of kind \"%s\" does not know which items are similar",
						model->kind->name)));
	k = PG_ARGISNULL(2) ? 0 : PG_GETARG_INT64(2);
	if (k < 1)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 PG_ARGISNULL(2) ? errmsg("k must not be null") :
				 errmsg("k must be at least 1, not " INT64_FORMAT, k)));
	context = AllocSetContextCreate(CurrentMemoryContext, "mediaml similar items",
									ALLOCSET_DEFAULT_SIZES);
	caller = MemoryContextSwitchTo(context);
	id = mml_id_arg(fcinfo, 1, "the item", catalogue->id_type);
	item = mml_catalogue_find(catalogue, &id, 0);
	best = item < 0 ? NULL :
		rank_similar(model, item, k, read_barred(fcinfo, catalogue, candidates, exclude), &count);
	for (Size i = 0; i < count; i++)
	{
		Datum		values[COLUMNS];
		bool		nulls[COLUMNS] = {false};
		MmlId		other = mml_catalogue_id(catalogue, (Size) best[i].item);

		CHECK_FOR_INTERRUPTS();
		values[0] = Int32GetDatum((int32) i + 1);
		mml_id_set(values, nulls, 1, &other);
		values[3] = Float8GetDatum(best[i].score);
		tuplestore_putvalues(rsinfo->setResult, rsinfo->setDesc, values, nulls);
	}
	MemoryContextSwitchTo(caller);
	MemoryContextDelete(context);
	return (Datum) 0;
}

/* similar_items(model, item_id, k, exclude) */
Datum
mml_similar_items(PG_FUNCTION_ARGS)
{
	return similar_items(fcinfo, -1, 3);
}

/* similar_items(model, item_id, k, candidates, exclude) */
Datum
mml_similar_items_candidates(PG_FUNCTION_ARGS)
{
	return similar_items(fcinfo, 3, 4);
}

/* score(model, history, item, weights) -> float8 */
Datum
mml_score(PG_FUNCTION_ARGS)
{
	const MmlModel *model;
	const MmlRecommender *recommender;
	const MmlCatalogue *catalogue;
	MmlEvents	events;
	MmlHistory	history;
	MmlId		id;
	int32		item;
	void	   *profile;
	double		score;

	if (PG_ARGISNULL(0) || PG_ARGISNULL(2))
		PG_RETURN_NULL();
	model = mml_model_arg(fcinfo, 0);
	recommender = mml_recommender_of(model);
	catalogue = model->parsed;
	id = mml_id_arg(fcinfo, 2, "the item", catalogue->id_type);
	item = mml_catalogue_find(catalogue, &id, 0);
	events = mml_events_of_arrays(PG_ARGISNULL(1) ? NULL : PG_GETARG_ARRAYTYPE_P(1),
								  PG_ARGISNULL(3) ? NULL : PG_GETARG_ARRAYTYPE_P(3),
								  catalogue->id_type);
	if (item < 0)
		PG_RETURN_NULL();
	if (recommender->profile == NULL)
		PG_RETURN_FLOAT8(catalogue->popularity[item]);
	history = mml_history_of_events(catalogue, &events, NULL);
	profile = history.count == 0 ? NULL :
		recommender->profile(model->parsed, &history, mml_palloc_room());
	if (profile == NULL)
		PG_RETURN_NULL();
	recommender->score(model->parsed, profile, 1, &item, 0, &score);
	if (!isfinite(score))
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("the weights of the history are too large")));
	PG_RETURN_FLOAT8(score);
}

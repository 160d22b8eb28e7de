/*-------------------------------------------------------------------------
 *
 * rank_pg.c
 *	  Recommend; see rank_pg.h.
 *
 * The ranking is a chain, and each row says in source where it is from:
 *
 *	history		the model scores the item above 0 from the history
 *	popularity	the most popular of what remains, so that as many rows come
 *				back as were asked for, whenever there are so many items
 *
 * Ties are decided by id.  A candidate that the model has never seen has
 * popularity 0 and comes last.
 *
 * Cost: O(history * log items) to find the history, what the model's score
 * takes, and O(items), or O(candidates * log items), to rank.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>

#include "core/kernel.h"
#include "core/memory_pg.h"
#include "recommend/ids_pg.h"
#include "recommend/rank_pg.h"

#define POLL_EVERY 4096

/* A list of ids that the model does not know. */
typedef struct Strangers
{
	MmlId	   *ids;
	Size		count;
	Size		room;
} Strangers;

/* A ranking being made. */
typedef struct Ranking
{
	const void *model;
	const MmlRecommender *recommender;
	const MmlCatalogue *catalogue;
	MmlHistory	history;
	void	   *profile;		/* of the history; NULL: nothing can be said */
	uint8	   *barred;			/* (items) seen, or excluded, or ranked */
	int32	   *which;			/* (number) candidates, or NULL: all items */
	Size		number;
	Strangers	barred_strangers;
	Strangers	new_candidates;
} Ranking;

/* An item of a history, before duplicates are added up. */
typedef struct Seen
{
	int32		item;
	double		weight;
} Seen;

/* The recommender of a model's kind; an error if it has none. */
const MmlRecommender *
mml_recommender_of(const MmlModel *model)
{
	const MmlRecommender *recommender = mml_recommender_find(model->kind->name);

	if (recommender == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("a model of kind \"%s\" does not recommend", model->kind->name)));
	return recommender;
}

/* Remember an id that the model does not know. */
static void
add_stranger(Strangers *strangers, MmlId id)
{
	if (strangers->count == strangers->room)
	{
		Size		room = Max(strangers->room * 2, 64);

		strangers->ids = strangers->ids == NULL ?
			palloc(room * sizeof(MmlId)) :
			repalloc_huge(strangers->ids, room * sizeof(MmlId));
		strangers->room = room;
	}
	strangers->ids[strangers->count++] = id;
}

/* Order ids, for qsort. */
static int
compare_ids(const void *a, const void *b, void *arg)
{
	(void) arg;
	return mml_id_compare(a, b);
}

/* Sort a list of ids and drop duplicates. */
static void
sort_strangers(Strangers *strangers)
{
	Size		kept = 0;

	if (strangers->count > 1)
		qsort_interruptible(strangers->ids, strangers->count, sizeof(MmlId),
							compare_ids, NULL);
	for (Size i = 0; i < strangers->count; i++)
		if (kept == 0 || mml_id_compare(&strangers->ids[kept - 1], &strangers->ids[i]) != 0)
			strangers->ids[kept++] = strangers->ids[i];
	strangers->count = kept;
}

/* Take the ids of one sorted list out of another. */
static void
subtract_strangers(Strangers *from, const Strangers *what)
{
	Size		kept = 0;
	Size		w = 0;

	for (Size i = 0; i < from->count; i++)
	{
		while (w < what->count && mml_id_compare(&what->ids[w], &from->ids[i]) < 0)
			w++;
		if (w == what->count || mml_id_compare(&what->ids[w], &from->ids[i]) != 0)
			from->ids[kept++] = from->ids[i];
	}
	from->count = kept;
}

/* The weights of a history: as many as it has ids, finite, not negative. */
static const double *
read_weights(const MmlRequest *request)
{
	int			ids = ArrayGetNItems(ARR_NDIM(request->history),
									 ARR_DIMS(request->history));
	int			count;
	const double *weights;

	if (request->weights == NULL)
		return NULL;
	count = ArrayGetNItems(ARR_NDIM(request->weights), ARR_DIMS(request->weights));
	if (count != ids)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("history has %d ids, but there are %d weights", ids, count)));
	if (array_contains_nulls(request->weights))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("weights must not contain nulls")));
	weights = (const double *) ARR_DATA_PTR(request->weights);
	for (int i = 0; i < count; i++)
		if (!isfinite(weights[i]) || weights[i] < 0)
			ereport(ERROR,
					(errcode(ERRCODE_DATA_EXCEPTION),
					 errmsg("a weight must be a finite number that is not negative"),
					 errdetail("Weight %d is %g.", i + 1, weights[i])));
	return weights;
}

/* Order what was seen by item, for qsort. */
static int
compare_seen(const void *a, const void *b, void *arg)
{
	int32		x = ((const Seen *) a)->item;
	int32		y = ((const Seen *) b)->item;

	(void) arg;
	return (x > y) - (x < y);
}

/* Make a history of what was seen, the weights of duplicates added up. */
static void
set_history(MmlHistory *history, Seen *seen, Size count)
{
	Size		kept = 0;

	qsort_interruptible(seen, count, sizeof(Seen), compare_seen, NULL);
	history->items = palloc_extended(count * sizeof(int32) + 1, MCXT_ALLOC_HUGE);
	history->weights = palloc_extended(count * sizeof(double) + 1, MCXT_ALLOC_HUGE);
	for (Size i = 0; i < count; i++)
	{
		if (kept > 0 && history->items[kept - 1] == seen[i].item)
			history->weights[kept - 1] += seen[i].weight;
		else
		{
			history->items[kept] = seen[i].item;
			history->weights[kept++] = seen[i].weight;
		}
	}
	history->count = kept;
}

/* Read the history: what the model knows of it, and bar it where wanted. */
static void
read_history(Ranking *ranking, const MmlRequest *request)
{
	MmlIdReader reader;
	const double *weights;
	Seen	   *seen;
	Size		count = 0;
	MmlId		id;
	bool		isnull;

	if (request->history == NULL)
		return;
	mml_ids_open(&reader, request->history, "history", ranking->catalogue->id_type);
	weights = read_weights(request);
	seen = palloc_extended((Size) reader.count * sizeof(Seen) + 1, MCXT_ALLOC_HUGE);
	for (int i = 0; mml_ids_next(&reader, &id, &isnull); i++)
	{
		int32		item;

		if (i % POLL_EVERY == 0)
			MML_CHECK();
		if (isnull)
			continue;
		item = mml_catalogue_find(ranking->catalogue, &id, 0);
		if (item >= 0)
		{
			seen[count].item = item;
			seen[count++].weight = weights == NULL ? 1 : weights[i];
			ranking->barred[item] = request->exclude_seen;
		}
		else if (request->exclude_seen)
			add_stranger(&ranking->barred_strangers, id);
	}
	set_history(&ranking->history, seen, count);
}

/* Bar the excluded items. */
static void
read_exclude(Ranking *ranking, const MmlRequest *request)
{
	MmlIdReader reader;
	MmlId		id;
	bool		isnull;
	int32		last = 0;

	if (request->exclude == NULL)
		return;
	mml_ids_open(&reader, request->exclude, "exclude", ranking->catalogue->id_type);
	for (int i = 0; mml_ids_next(&reader, &id, &isnull); i++)
	{
		int32		item;

		if (i % POLL_EVERY == 0)
			MML_CHECK();
		if (isnull)
			continue;
		item = mml_catalogue_find(ranking->catalogue, &id, (Size) last);
		if (item >= 0)
			ranking->barred[last = item] = true;
		else
			add_stranger(&ranking->barred_strangers, id);
	}
}

/* Read the candidates, each once. */
static void
read_candidates(Ranking *ranking, const MmlRequest *request)
{
	MmlIdReader reader;
	MmlId		id;
	bool		isnull;
	bool	   *listed;
	int32		last = 0;

	ranking->number = ranking->catalogue->items;
	if (request->candidates == NULL)
		return;
	mml_ids_open(&reader, request->candidates, "candidates",
				 ranking->catalogue->id_type);
	listed = palloc_extended(ranking->number, MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO);
	ranking->which = palloc_extended(Min((Size) reader.count, ranking->number) *
									 sizeof(int32) + 1, MCXT_ALLOC_HUGE);
	ranking->number = 0;
	for (int i = 0; mml_ids_next(&reader, &id, &isnull); i++)
	{
		int32		item;

		if (i % POLL_EVERY == 0)
			MML_CHECK();
		if (isnull)
			continue;
		item = mml_catalogue_find(ranking->catalogue, &id, (Size) last);
		if (item < 0)
			add_stranger(&ranking->new_candidates, id);
		else if (!listed[last = item])
		{
			listed[item] = true;
			ranking->which[ranking->number++] = item;
		}
	}
}

/* The item of the history that contributes most to an item's score, or -1. */
static int32
find_reason(const Ranking *ranking, int32 item, double *contributions)
{
	const MmlHistory *history = &ranking->history;
	double		most = 0;
	int32		reason = -1;

	ranking->recommender->explain(ranking->model, ranking->profile, history, item,
								  contributions);
	for (Size h = 0; h < history->count; h++)
		if (contributions[h] > most)
		{
			most = contributions[h];
			reason = history->items[h];
		}
	return reason;
}

/* Rank by the model's score from the history. */
static Size
rank_by_history(Ranking *ranking, Size room, MmlRanked *best)
{
	const MmlRecommender *recommender = ranking->recommender;
	MmlRankWork *work;
	Size		count;

	if (recommender->profile == NULL || ranking->history.count == 0)
		return 0;
	ranking->profile = recommender->profile(ranking->model, &ranking->history,
											mml_palloc_room());
	if (ranking->profile == NULL)
		return 0;
	work = palloc(sizeof(MmlRankWork));
	count = mml_rank(recommender, ranking->model, ranking->profile, room,
					 ranking->number, ranking->which, ranking->barred, work, best);
	pfree(work);
	if (count > 0 && !isfinite(best[0].score))
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("the weights of the history are too large")));
	return count;
}

/* Say of each ranked item where it is from. */
static void
describe(const Ranking *ranking, const MmlRanked *best, Size from_history,
		 Size count, MmlRecommendation *rows)
{
	double	   *contributions = palloc_extended(ranking->history.count * sizeof(double) + 1,
												MCXT_ALLOC_HUGE);

	for (Size i = 0; i < count; i++)
	{
		int32		reason = -1;

		MML_CHECK();
		if (i < from_history)
			reason = find_reason(ranking, best[i].item, contributions);
		rows[i].id = mml_catalogue_id(ranking->catalogue, (Size) best[i].item);
		rows[i].score = best[i].score;
		rows[i].source = i < from_history ? "history" : "popularity";
		rows[i].explained = reason >= 0;
		if (reason >= 0)
			rows[i].because_of = mml_catalogue_id(ranking->catalogue, (Size) reason);
	}
}

/* Add candidates that the model has never seen, in the order of their ids. */
static Size
add_new_candidates(Ranking *ranking, Size room, MmlRecommendation *rows)
{
	Strangers  *strangers = &ranking->new_candidates;
	Size		count;

	sort_strangers(strangers);
	sort_strangers(&ranking->barred_strangers);
	subtract_strangers(strangers, &ranking->barred_strangers);
	count = Min(room, strangers->count);
	for (Size i = 0; i < count; i++)
	{
		rows[i].id = strangers->ids[i];
		rows[i].score = 0;
		rows[i].source = "popularity";
		rows[i].explained = false;
	}
	return count;
}

/*
 * Answer a request: count rows in the order of their rank, in the current
 * memory context, which gets all scratch memory too.
 */
MmlRecommendation *
mml_recommend(const MmlModel *model, const MmlRequest *request, Size *count)
{
	Ranking		ranking = {0};
	Size		room;
	Size		from_history;
	Size		known;
	MmlRanked  *best;
	MmlRecommendation *rows;

	ranking.model = model->parsed;
	ranking.recommender = mml_recommender_of(model);
	ranking.catalogue = model->parsed;
	ranking.barred = palloc_extended(ranking.catalogue->items,
									 MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO);
	read_candidates(&ranking, request);
	read_history(&ranking, request);
	read_exclude(&ranking, request);

	room = Min((Size) request->k, ranking.number + ranking.new_candidates.count);
	best = palloc_extended(mml_size_mul(room, sizeof(MmlRanked)) + 1, MCXT_ALLOC_HUGE);
	rows = palloc_extended(mml_size_mul(room, sizeof(MmlRecommendation)) + 1,
						   MCXT_ALLOC_HUGE);
	*count = 0;
	if (room == 0)
		return rows;

	known = from_history = rank_by_history(&ranking, room, best);
	for (Size i = 0; i < from_history; i++)
		ranking.barred[best[i].item] = true;
	if (known < room)
		known += mml_topk(room - known, ranking.number, ranking.which,
						  ranking.catalogue->popularity, -1, ranking.barred,
						  best + known);
	describe(&ranking, best, from_history, known, rows);
	*count = known;
	if (known < room && ranking.new_candidates.count > 0)
		*count += add_new_candidates(&ranking, room - known, rows + known);
	return rows;
}

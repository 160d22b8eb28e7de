/*-------------------------------------------------------------------------
 *
 * rank_pg.c
 *	  Recommend; see rank_pg.h.
 *
 * The ranking is a chain, and each row says in source where it is from:
 *
 *	history		the model scores the item above 0 from the history
 *	content		the model does not know the item, and a second one, of what is
 *				written about items, scores it from the history
 *	popularity	the most popular of what remains, so that as many rows come
 *				back as were asked for, whenever there are so many items
 *
 * Ties are decided by id.  An item that the model has never seen has
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
#include "recommend/diverse_pg.h"
#include "recommend/ids_pg.h"
#include "recommend/rank_pg.h"
#include "recommend/strangers_pg.h"

#define POLL_EVERY 4096

/* A model and what it makes of the history. */
typedef struct Judge
{
	const void *model;
	const MmlRecommender *recommender;
	const MmlCatalogue *catalogue;
	const char *source;			/* of rows that it scores */
	MmlHistory	history;
	bool		all_known;		/* it has all that was seen */
	void	   *profile;		/* of the history; NULL: nothing can be said */
} Judge;

/* A ranking being made. */
typedef struct Ranking
{
	Judge		judge;
	Judge		content;		/* recommender NULL: there is none */
	uint8	   *barred;			/* (items) seen, or excluded, or ranked */
	int32	   *which;			/* (number) candidates, or NULL: all items */
	Size		number;
	MmlStrangers barred_strangers;
	MmlStrangers newcomers;		/* to choose from, though the model has never
								 * seen them */
	bool		settled;		/* they are sorted, and none is barred */
} Ranking;

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

/* Let a model look at the history. */
static void
open_judge(Judge *judge, const MmlModel *model, const char *source,
		   const MmlEvents *events)
{
	judge->model = model->parsed;
	judge->recommender = mml_recommender_of(model);
	judge->catalogue = model->parsed;
	judge->source = source;
	if (judge->recommender->rated && events->count > 0 && events->weights == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("a model of kind \"%s\" needs the ratings of the history", model->kind->name),
				 errhint("Give them as weights, one for each id of the history.")));
	judge->history = mml_history_of_events(judge->catalogue, events, &judge->all_known);
	if (judge->recommender->profile != NULL && judge->history.count > 0)
		judge->profile = judge->recommender->profile(judge->model, &judge->history,
													 mml_palloc_room());
}

/* Bar what has been seen. */
static void
bar_seen(Ranking *ranking, const MmlEvents *events)
{
	const MmlHistory *history = &ranking->judge.history;

	for (Size h = 0; h < history->count; h++)
		ranking->barred[history->items[h]] = true;
	if (ranking->judge.all_known)
		return;
	for (Size i = 0; i < events->count; i++)
	{
		int32		item = mml_catalogue_find(ranking->judge.catalogue, &events->ids[i], 0);

		if (item >= 0)
			ranking->barred[item] = true;
		else
			mml_strangers_add(&ranking->barred_strangers, events->ids[i]);
	}
}

/* Bar the excluded items. */
static void
bar_excluded(Ranking *ranking, ArrayType *exclude)
{
	MmlIdReader reader;
	MmlId		id;
	bool		isnull;
	int32		last = 0;

	if (exclude == NULL)
		return;
	mml_ids_open(&reader, exclude, "exclude", ranking->judge.catalogue->id_type);
	for (int i = 0; mml_ids_next(&reader, &id, &isnull); i++)
	{
		int32		item;

		if (i % POLL_EVERY == 0)
			MML_CHECK();
		if (isnull)
			continue;
		item = mml_catalogue_find(ranking->judge.catalogue, &id, (Size) last);
		if (item >= 0)
			ranking->barred[last = item] = true;
		else
			mml_strangers_add(&ranking->barred_strangers, id);
	}
}

/* Read the candidates, each once. */
static void
read_candidates(Ranking *ranking, ArrayType *candidates)
{
	const MmlCatalogue *catalogue = ranking->judge.catalogue;
	MmlIdReader reader;
	MmlId		id;
	bool		isnull;
	bool	   *listed;
	int32		last = 0;

	mml_ids_open(&reader, candidates, "candidates", catalogue->id_type);
	listed = palloc_extended(catalogue->items, MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO);
	ranking->which = palloc_extended(Min((Size) reader.count, catalogue->items) *
									 sizeof(int32) + 1, MCXT_ALLOC_HUGE);
	for (int i = 0; mml_ids_next(&reader, &id, &isnull); i++)
	{
		int32		item;

		if (i % POLL_EVERY == 0)
			MML_CHECK();
		if (isnull)
			continue;
		item = mml_catalogue_find(catalogue, &id, (Size) last);
		if (item < 0)
			mml_strangers_add(&ranking->newcomers, id);
		else if (!listed[last = item])
		{
			listed[item] = true;
			ranking->which[ranking->number++] = item;
		}
	}
	pfree(listed);
}

/*
 * Newcomers in the order of their ids, each once and none barred.  Without a
 * list of candidates they are the items that only the content model knows.
 */
static void
settle_newcomers(Ranking *ranking)
{
	const MmlCatalogue *content = ranking->content.catalogue;
	int32		near = 0;

	if (ranking->settled)
		return;
	for (Size i = 0; ranking->which == NULL && content != NULL && i < content->items; i++)
	{
		MmlId		id = mml_catalogue_id(content, i);
		int32		item = mml_catalogue_find(ranking->judge.catalogue, &id, (Size) near);

		if (i % POLL_EVERY == 0)
			MML_CHECK();
		if (item < 0)
			mml_strangers_add(&ranking->newcomers, id);
		else
			near = item;
	}
	mml_strangers_sort(&ranking->newcomers);
	mml_strangers_sort(&ranking->barred_strangers);
	mml_strangers_subtract(&ranking->newcomers, &ranking->barred_strangers);
	ranking->settled = true;
}

/* Read a request, all but its number of rows. */
static void
open_ranking(Ranking *ranking, const MmlModel *model, const MmlRequest *request)
{
	open_judge(&ranking->judge, model, "history", &request->events);
	if (request->content != NULL)
		open_judge(&ranking->content, request->content, "content", &request->events);
	if (request->content != NULL &&
		ranking->content.catalogue->id_type != ranking->judge.catalogue->id_type)
		ereport(ERROR,
				(errcode(ERRCODE_DATATYPE_MISMATCH),
				 errmsg("the model and the content model have item ids of different types")));
	ranking->barred = palloc_extended(ranking->judge.catalogue->items,
									  MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO);
	if (request->candidates == NULL)
		ranking->number = ranking->judge.catalogue->items;
	else
		read_candidates(ranking, request->candidates);
	if (request->exclude_seen)
		bar_seen(ranking, &request->events);
	bar_excluded(ranking, request->exclude);
}

/* The k best of n items by a judge's score from the history. */
static Size
rank_by(const Judge *judge, Size k, Size n, const int32 *which,
		const uint8 *barred, MmlRanked *best)
{
	MmlRankWork *work;
	Size		count;

	if (judge->profile == NULL || k == 0)
		return 0;
	work = palloc(sizeof(MmlRankWork));
	count = mml_rank(judge->recommender, judge->model, judge->profile, k, n, which,
					 barred, work, best);
	pfree(work);
	if (count > 0 && !isfinite(best[0].score))
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("the weights of the history are too large")));
	return count;
}

/* A row of the answer, without a reason so far. */
static MmlRecommendation
make_row(const Judge *judge, MmlRanked ranked, int32 item, const char *source)
{
	MmlRecommendation row = {.item = item,.score = ranked.score,.source = source};

	row.id = mml_catalogue_id(judge->catalogue, (Size) ranked.item);
	return row;
}

/* Newcomers that the content model knows, ranked by it. */
static Size
rank_content(Ranking *ranking, Size k, MmlRanked *best, MmlRecommendation *rows)
{
	const Judge *content = &ranking->content;
	int32	   *which;
	uint8	   *barred;
	Size		known = 0;
	Size		count;
	int32		near = 0;

	if (content->profile == NULL || k == 0)
		return 0;
	settle_newcomers(ranking);
	which = palloc_extended(ranking->newcomers.count * sizeof(int32) + 1, MCXT_ALLOC_HUGE);
	barred = palloc_extended(content->catalogue->items, MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO);
	for (Size i = 0; i < ranking->newcomers.count; i++)
	{
		int32		item = mml_catalogue_find(content->catalogue,
											  &ranking->newcomers.ids[i], (Size) near);

		if (item >= 0)
			which[known++] = near = item;
	}
	count = rank_by(content, k, known, which, barred, best);
	for (Size i = 0; i < count; i++)
		rows[i] = make_row(content, best[i], -1, content->source);
	pfree(which);
	pfree(barred);
	return count;
}

/* Newcomers that are not yet among the rows (count), in the order of ids. */
static Size
add_newcomers(Ranking *ranking, Size k, const MmlRecommendation *rows, Size count,
			  MmlRecommendation *more)
{
	MmlStrangers ranked = {0};
	MmlStrangers rest = {0};

	settle_newcomers(ranking);
	for (Size i = 0; i < count; i++)
		if (rows[i].item < 0)
			mml_strangers_add(&ranked, rows[i].id);
	mml_strangers_sort(&ranked);
	for (Size i = 0; i < ranking->newcomers.count; i++)
		mml_strangers_add(&rest, ranking->newcomers.ids[i]);
	mml_strangers_subtract(&rest, &ranked);
	for (Size i = 0; i < Min(k, rest.count); i++)
	{
		MmlRecommendation row = {.id = rest.ids[i],.item = -1,.source = "popularity"};

		more[i] = row;
	}
	return Min(k, rest.count);
}

/* The whole chain: at most k rows, without reasons. */
static Size
rank_chain(Ranking *ranking, Size k, MmlRecommendation *rows)
{
	const Judge *judge = &ranking->judge;
	MmlRanked  *best = palloc_extended(mml_size_mul(k, sizeof(MmlRanked)), MCXT_ALLOC_HUGE);
	Size		scored = rank_by(judge, k, ranking->number, ranking->which,
								 ranking->barred, best);
	Size		count = scored;
	Size		popular;

	for (Size i = 0; i < scored; i++)
		rows[i] = make_row(judge, best[i], best[i].item, judge->source);
	count += rank_content(ranking, k - count, best, rows + count);
	if (count < k)
	{
		for (Size i = 0; i < scored; i++)
			ranking->barred[rows[i].item] = true;
		popular = mml_topk(k - count, ranking->number, ranking->which,
						   judge->catalogue->popularity, -1, ranking->barred, best);
		for (Size i = 0; i < scored; i++)
			ranking->barred[rows[i].item] = false;
		for (Size i = 0; i < popular; i++)
			rows[count++] = make_row(judge, best[i], best[i].item, "popularity");
	}
	if (count < k)
		count += add_newcomers(ranking, k - count, rows, count, rows + count);
	pfree(best);
	return count;
}

/* Drop rows that may not be shown. */
static Size
drop_hidden(const MmlRequest *request, MmlRecommendation *rows, Size count)
{
	bool	   *shown;
	Size		kept = 0;

	if (request->show == NULL || count == 0)
		return count;
	shown = palloc_extended(count * sizeof(bool), MCXT_ALLOC_HUGE);
	request->show(request->show_arg, rows, count, shown);
	for (Size i = 0; i < count; i++)
		if (shown[i])
			rows[kept++] = rows[i];
	pfree(shown);
	return kept;
}

/* The item of the history that contributes most to an item's score, or -1. */
static int32
find_reason(const Judge *judge, int32 item, double *contributions)
{
	const MmlHistory *history = &judge->history;
	double		most = 0;
	int32		reason = -1;

	judge->recommender->explain(judge->model, judge->profile, history, item,
								contributions);
	for (Size h = 0; h < history->count; h++)
		if (contributions[h] > most)
		{
			most = contributions[h];
			reason = history->items[h];
		}
	return reason;
}

/* Say why, in the rows that a judge has scored. */
static void
explain_rows(const Judge *judge, MmlRecommendation *rows, Size count)
{
	double	   *contributions;

	if (judge->profile == NULL || judge->recommender->explain == NULL)
		return;
	contributions = palloc_extended(judge->history.count * sizeof(double), MCXT_ALLOC_HUGE);
	for (Size i = 0; i < count; i++)
	{
		int32		item;
		int32		reason;

		MML_CHECK();
		if (strcmp(rows[i].source, judge->source) != 0)
			continue;
		item = rows[i].item >= 0 ? rows[i].item :
			mml_catalogue_find(judge->catalogue, &rows[i].id, 0);
		reason = find_reason(judge, item, contributions);
		rows[i].explained = reason >= 0;
		if (reason >= 0)
			rows[i].because_of = mml_catalogue_id(judge->catalogue, (Size) reason);
	}
	pfree(contributions);
}

/*
 * Answer a request: count rows in the order of their rank, in the current
 * memory context, which gets all scratch memory too.
 *
 * Rows that may not be shown are found only behind the ranking, so it is made
 * anew with four times as many where too few remain: a longer ranking begins
 * with the shorter one.
 */
MmlRecommendation *
mml_recommend(const MmlModel *model, const MmlRequest *request, Size *count)
{
	Ranking		ranking = {0};
	Size		all;
	Size		k;
	Size		wanted;
	MmlRecommendation *rows = NULL;

	open_ranking(&ranking, model, request);
	if (ranking.content.catalogue != NULL && request->candidates == NULL)
		all = mml_size_add(ranking.number, ranking.content.catalogue->items);
	else
		all = mml_size_add(ranking.number, ranking.newcomers.count);
	k = (Size) Min((uint64) request->k, (uint64) all);
	wanted = request->diversity > 0 ? Min(Max(100, 5 * k), all) : k;
	for (*count = 0; k > 0; wanted = Min(4 * wanted, all))
	{
		Size		ranked;

		rows = palloc_extended(mml_size_mul(wanted, sizeof(MmlRecommendation)),
							   MCXT_ALLOC_HUGE);
		ranked = rank_chain(&ranking, wanted, rows);
		*count = drop_hidden(request, rows, ranked);
		if (*count >= k || ranked < wanted || wanted == all)
			break;
		pfree(rows);
	}
	if (request->diversity > 0 && *count > 0)
		mml_diverse_choose(model, rows, *count, k, request->diversity);
	*count = Min(*count, k);
	explain_rows(&ranking.judge, rows, *count);
	explain_rows(&ranking.content, rows, *count);
	return rows;
}

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

#include "core/kernel.h"
#include "core/memory_pg.h"
#include "recommend/diverse_pg.h"
#include "recommend/ids_pg.h"
#include "recommend/judge_pg.h"
#include "recommend/rank_all.h"
#include "recommend/rank_pg.h"
#include "recommend/strangers_pg.h"

#define POLL_EVERY 4096

/* A ranking being made. */
struct MmlRanking
{
	const MmlModel *model;
	MmlRequest	request;
	MmlJudge	judge;
	MmlJudge	content;		/* recommender NULL: there is none */
	uint8	   *barred;			/* (items) seen, or excluded, or ranked */
	int32	   *which;			/* (number) candidates, or NULL: all items */
	Size		number;
	MmlStrangers barred_strangers;
	MmlStrangers newcomers;		/* to choose from, though the model has never
								 * seen them */
	bool		listed;			/* there is a list of candidates */
	bool		settled;		/* newcomers are sorted, and none is barred */
	Size		all;			/* no ranking has more rows */
	MmlRanked  *ahead;			/* (ahead_count) the best by the history, or
								 * NULL */
	Size		ahead_k;		/* so many were asked for */
	Size		ahead_count;
};

/* Bar what has been seen. */
static void
bar_seen(MmlRanking *ranking, const MmlEvents *events)
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
bar_excluded(MmlRanking *ranking, ArrayType *exclude)
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
read_candidates(MmlRanking *ranking, ArrayType *candidates)
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
settle_newcomers(MmlRanking *ranking)
{
	const MmlCatalogue *content = ranking->content.catalogue;
	int32		near = 0;

	if (ranking->settled)
		return;
	for (Size i = 0; !ranking->listed && content != NULL && i < content->items; i++)
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

/* What may be ranked, before anybody's history: candidates, and what is excluded. */
static void
open_choice(MmlRanking *ranking)
{
	const MmlRequest *request = &ranking->request;
	Size		items = ranking->judge.catalogue->items;

	ranking->barred = palloc_extended(items, MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO);
	ranking->listed = request->candidates != NULL;
	if (ranking->listed)
		read_candidates(ranking, request->candidates);
	else
		ranking->number = items;
	bar_excluded(ranking, request->exclude);
}

/* The same as of another ranking, whose candidates are all that is not barred. */
static void
copy_choice(MmlRanking *ranking, const MmlRanking *like)
{
	Size		items = ranking->judge.catalogue->items;

	ranking->barred = memcpy(palloc_extended(items, MCXT_ALLOC_HUGE), like->barred, items);
	ranking->number = like->number;
	ranking->listed = like->listed;
	mml_strangers_copy(&ranking->newcomers, &like->newcomers);
	mml_strangers_copy(&ranking->barred_strangers, &like->barred_strangers);
}

/*
 * Begin to answer a request, in the current memory context.  like, if it is not
 * NULL, is of mml_ranking_choice() for the same request without a history.
 */
MmlRanking *
mml_ranking_open(const MmlModel *model, const MmlRequest *request, const MmlRanking *like)
{
	MmlRanking *ranking = palloc0(sizeof(MmlRanking));

	ranking->model = model;
	ranking->request = *request;
	mml_judge_open(&ranking->judge, model, "history", &request->events);
	if (request->content != NULL)
		mml_judge_open(&ranking->content, request->content, "content", &request->events);
	if (request->content != NULL &&
		ranking->content.catalogue->id_type != ranking->judge.catalogue->id_type)
		ereport(ERROR,
				(errcode(ERRCODE_DATATYPE_MISMATCH),
				 errmsg("the model and the content model have item ids of different types")));
	if (like == NULL)
		open_choice(ranking);
	else
		copy_choice(ranking, like);
	if (ranking->content.catalogue != NULL && !ranking->listed)
		ranking->all = mml_size_add(ranking->number, ranking->content.catalogue->items);
	else
		ranking->all = mml_size_add(ranking->number, ranking->newcomers.count);
	if (request->exclude_seen)
		bar_seen(ranking, &request->events);
	return ranking;
}

/*
 * What all rankings of a request have in common, whoever has seen what.  Items
 * that are no candidates are barred, so that rankings can be made together.
 */
MmlRanking *
mml_ranking_choice(const MmlModel *model, const MmlRequest *request)
{
	MmlRanking *ranking = mml_ranking_open(model, request, NULL);
	Size		items = ranking->judge.catalogue->items;
	uint8	   *barred = ranking->barred;

	if (ranking->which != NULL)
	{
		ranking->barred = palloc_extended(items, MCXT_ALLOC_HUGE);
		memset(ranking->barred, true, items);
		for (Size i = 0; i < ranking->number; i++)
			ranking->barred[ranking->which[i]] = barred[ranking->which[i]];
		ranking->which = NULL;
		ranking->number = items;
	}
	return ranking;
}

/*
 * Rank by history for several at once, which are of one model and one choice,
 * before each is finished.
 */
void
mml_rankings_ahead(MmlRanking *const *rankings, Size n)
{
	MmlRankFor *all;
	MmlRankAllWork *work;
	Size		count = 0;
	Size		k;

	if (n == 0 || rankings[0]->request.diversity > 0)
		return;
	all = palloc(mml_size_mul(n, sizeof(MmlRankFor)));
	k = (Size) Min((uint64) rankings[0]->request.k, (uint64) rankings[0]->all);
	for (Size i = 0; i < n && k > 0; i++)
		if (rankings[i]->judge.profile != NULL)
		{
			rankings[i]->ahead = palloc_extended(mml_size_mul(k, sizeof(MmlRanked)), MCXT_ALLOC_HUGE);
			rankings[i]->ahead_k = k;
			all[count].profile = rankings[i]->judge.profile;
			all[count].barred = rankings[i]->barred;
			all[count++].best = rankings[i]->ahead;
		}
	work = palloc(sizeof(MmlRankAllWork));
	mml_rank_all(rankings[0]->judge.recommender, rankings[0]->judge.model, k,
				 rankings[0]->number, count, all, mml_palloc_room(), work);
	pfree(work);
	count = 0;
	for (Size i = 0; i < n; i++)
		if (rankings[i]->ahead != NULL)
			rankings[i]->ahead_count = all[count++].count;
	pfree(all);
}

/* The k best by the history, which may be known already. */
static Size
rank_history(const MmlRanking *ranking, Size k, MmlRanked *best)
{
	if (ranking->ahead == NULL || ranking->ahead_k != k)
		return mml_judge_rank(&ranking->judge, k, ranking->number, ranking->which,
							  ranking->barred, best);
	mml_judge_check(ranking->ahead, ranking->ahead_count);
	memcpy(best, ranking->ahead, ranking->ahead_count * sizeof(MmlRanked));
	return ranking->ahead_count;
}

/* Newcomers that the content model knows, ranked by it. */
static Size
rank_content(MmlRanking *ranking, Size k, MmlRanked *best, MmlRecommendation *rows)
{
	const MmlJudge *content = &ranking->content;
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
	count = mml_judge_rank(content, k, known, which, barred, best);
	for (Size i = 0; i < count; i++)
		rows[i] = mml_judge_row(content, best[i], -1, content->source);
	pfree(which);
	pfree(barred);
	return count;
}

/* Newcomers that are not yet among the rows (count), in the order of ids. */
static Size
add_newcomers(MmlRanking *ranking, Size k, const MmlRecommendation *rows, Size count,
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
rank_chain(MmlRanking *ranking, Size k, MmlRecommendation *rows)
{
	const MmlJudge *judge = &ranking->judge;
	MmlRanked  *best = palloc_extended(mml_size_mul(k, sizeof(MmlRanked)), MCXT_ALLOC_HUGE);
	Size		scored = rank_history(ranking, k, best);
	Size		count = scored;
	Size		popular;

	for (Size i = 0; i < scored; i++)
		rows[i] = mml_judge_row(judge, best[i], best[i].item, judge->source);
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
			rows[count++] = mml_judge_row(judge, best[i], best[i].item, "popularity");
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

/*
 * The rows of an answer, count of them in the order of their rank, in the
 * current memory context, which gets all scratch memory too.
 *
 * Rows that may not be shown are found only behind the ranking, so it is made
 * anew with four times as many where too few remain: a longer ranking begins
 * with the shorter one.
 */
MmlRecommendation *
mml_ranking_finish(MmlRanking *ranking, Size *count)
{
	const MmlRequest *request = &ranking->request;
	Size		all = ranking->all;
	Size		k = (Size) Min((uint64) request->k, (uint64) all);
	Size		wanted = request->diversity > 0 ? Min(Max(100, 5 * k), all) : k;
	MmlRecommendation *rows = NULL;

	for (*count = 0; k > 0; wanted = Min(4 * wanted, all))
	{
		Size		ranked;

		rows = palloc_extended(mml_size_mul(wanted, sizeof(MmlRecommendation)),
							   MCXT_ALLOC_HUGE);
		ranked = rank_chain(ranking, wanted, rows);
		*count = drop_hidden(request, rows, ranked);
		if (*count >= k || ranked < wanted || wanted == all)
			break;
		pfree(rows);
	}
	if (request->diversity > 0 && *count > 0)
		mml_diverse_choose(ranking->model, rows, *count, k, request->diversity);
	*count = Min(*count, k);
	mml_judge_explain(&ranking->judge, rows, *count);
	mml_judge_explain(&ranking->content, rows, *count);
	return rows;
}

/* Answer a request at once. */
MmlRecommendation *
mml_recommend(const MmlModel *model, const MmlRequest *request, Size *count)
{
	return mml_ranking_finish(mml_ranking_open(model, request, NULL), count);
}

/*-------------------------------------------------------------------------
 *
 * judge_pg.c
 *	  A model, and what it makes of a history; see judge_pg.h.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>

#include "core/kernel.h"
#include "core/memory_pg.h"
#include "recommend/judge_pg.h"

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
void
mml_judge_open(MmlJudge *judge, const MmlModel *model, const char *source,
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

/* Complain of scores that have passed all bounds. */
void
mml_judge_check(const MmlRanked *best, Size count)
{
	if (count > 0 && !isfinite(best[0].score))
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("the weights of the history are too large")));
}

/* The k best of n items by a judge's score from the history. */
Size
mml_judge_rank(const MmlJudge *judge, Size k, Size n, const int32 *which,
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
	mml_judge_check(best, count);
	return count;
}

/* A row of the answer, without a reason so far. */
MmlRecommendation
mml_judge_row(const MmlJudge *judge, MmlRanked ranked, int32 item, const char *source)
{
	MmlRecommendation row = {.item = item,.score = ranked.score,.source = source};

	row.id = mml_catalogue_id(judge->catalogue, (Size) ranked.item);
	return row;
}

/* The item of the history that contributes most to a score, or -1. */
static int32
find_reason(const MmlHistory *history, const double *contributions)
{
	double		most = 0;
	int32		reason = -1;

	for (Size h = 0; h < history->count; h++)
		if (contributions[h] > most)
		{
			most = contributions[h];
			reason = history->items[h];
		}
	return reason;
}

/* Say why, in a few rows that a judge has scored. */
static void
explain_some(const MmlJudge *judge, MmlRecommendation *const *rows, Size count,
			 double *contributions)
{
	int32		items[MML_EXPLAIN_MOST];

	MML_CHECK();
	for (Size i = 0; i < count; i++)
		items[i] = rows[i]->item >= 0 ? rows[i]->item :
			mml_catalogue_find(judge->catalogue, &rows[i]->id, 0);
	judge->recommender->explain(judge->model, judge->profile, &judge->history, count, items,
								contributions);
	for (Size i = 0; i < count; i++, contributions += judge->history.count)
	{
		int32		reason = find_reason(&judge->history, contributions);

		rows[i]->explained = reason >= 0;
		if (reason >= 0)
			rows[i]->because_of = mml_catalogue_id(judge->catalogue, (Size) reason);
	}
}

/* Say why, in the rows that a judge has scored. */
void
mml_judge_explain(const MmlJudge *judge, MmlRecommendation *rows, Size count)
{
	MmlRecommendation *some[MML_EXPLAIN_MOST];
	Size		taken = 0;
	double	   *contributions;

	if (judge->profile == NULL || judge->recommender->explain == NULL)
		return;
	contributions = palloc_extended(MML_EXPLAIN_MOST * judge->history.count * sizeof(double),
									MCXT_ALLOC_HUGE);
	for (Size i = 0; i < count; i++)
	{
		if (strcmp(rows[i].source, judge->source) == 0)
			some[taken++] = &rows[i];
		if (taken == MML_EXPLAIN_MOST || (i == count - 1 && taken > 0))
		{
			explain_some(judge, some, taken, contributions);
			taken = 0;
		}
	}
	pfree(contributions);
}

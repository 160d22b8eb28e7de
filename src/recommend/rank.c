/*-------------------------------------------------------------------------
 *
 * rank.c
 *	  The k best items of a profile, exactly; see recommender.h.
 *
 * Items are scored in blocks that stay in the cache, and go past the threshold
 * of the best so far.  Where a kind has bounds that are cheaper than scores,
 * only items whose bound passes the threshold are scored; the answer is the
 * same, since no score passes its bound and ties are decided by item.
 *
 *-------------------------------------------------------------------------
 */
#include "recommend/recommender.h"

/* Score those of a block whose bound passes the threshold. */
static void
rank_bounded(const MmlRecommender *recommender, const void *model,
			 const void *profile, size_t n, size_t first, const uint8_t *barred,
			 MmlRankWork *work, MmlTopk *top)
{
	double		threshold = mml_topk_threshold(top);
	size_t		chosen = 0;

	recommender->bound(model, profile, n, first, work->bounds);
	for (size_t i = 0; i < n; i++)
	{
		work->chosen[chosen] = (int32_t) (first + i);
		chosen += !((double) work->bounds[i] < threshold);
	}
	if (chosen > 0)
	{
		recommender->score(model, profile, chosen, work->chosen, 0, work->scores);
		mml_topk_add(top, chosen, work->chosen, 0, work->scores, barred);
	}
}

/*
 * Rank the k best of n items: those of which (n), each once, or 0 .. n - 1
 * where that is NULL, that are not barred and whose score lies above what the
 * kind demands.  best has room for k >= 1; returned is how many there are.
 */
size_t
mml_rank(const MmlRecommender *recommender, const void *model,
		 const void *profile, size_t k, size_t n, const int32_t *which,
		 const uint8_t *barred, MmlRankWork *work, MmlRanked *best)
{
	MmlTopk		top;

	mml_topk_begin(&top, k, recommender->above, best);
	for (size_t first = 0; first < n; first += MML_RANK_BLOCK)
	{
		size_t		count = MML_MIN(n - first, MML_RANK_BLOCK);

		MML_CHECK();
		if (which == NULL && recommender->bound != NULL && first > 0)
			rank_bounded(recommender, model, profile, count, first, barred, work, &top);
		else
		{
			const int32_t *block = which == NULL ? NULL : which + first;

			recommender->score(model, profile, count, block, first, work->scores);
			mml_topk_add(&top, count, block, first, work->scores, barred);
		}
	}
	return mml_topk_end(&top);
}

/*-------------------------------------------------------------------------
 *
 * rank.c
 *	  The k best items of a profile, exactly; see recommender.h.
 *
 * Items are scored in blocks that stay in the cache, and go past the threshold
 * of the best so far.  Where a kind has bounds that are cheaper than scores,
 * only items whose bound reaches the threshold are scored; the answer is the
 * same, since no score passes its bound and ties are decided by item.
 *
 *-------------------------------------------------------------------------
 */
#include "recommend/recommender.h"

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
	bool		sifted = which == NULL && recommender->sieve != NULL;
	MmlTopk		top;
	size_t		count;

	mml_topk_begin(&top, k, recommender->above, best);
	for (size_t first = 0; first < n; first += count)
	{
		const int32_t *block = which == NULL ? NULL : which + first;
		size_t		left;

		MML_CHECK();
		count = MML_MIN(MML_MAX(first, MML_RANK_FIRST), MML_RANK_BLOCK);
		left = count = MML_MIN(count, n - first);
		if (sifted)
		{
			left = recommender->sieve(model, profile, count, first,
									  mml_topk_threshold(&top), work->chosen);
			block = work->chosen;
		}
		if (left > 0)
		{
			recommender->score(model, profile, left, block, first, work->scores);
			mml_topk_add(&top, left, block, first, work->scores, barred);
		}
	}
	return mml_topk_end(&top);
}

/*-------------------------------------------------------------------------
 *
 * rank_all.c
 *	  The k best items of many profiles at once; see rank_all.h.
 *
 * Where a kind has bounds of many profiles at once, which are one product of
 * matrices, they are made of a block of profiles and a block of items, and
 * only items whose bound passes the threshold of a profile are scored.  So
 * the answer is that of mml_rank() for each, to the last bit: no score passes
 * its bound, and ties are decided by item.
 *
 * Cost: the product; a comparison for each profile and item; and scores of
 * about k log(items / k) items for each profile.
 *
 *-------------------------------------------------------------------------
 */
#include <float.h>
#include <math.h>

#include "recommend/rank_all.h"

/* Bounds that are compared before anything is done about any. */
#define STRIP 64

/* Does any of the bounds of a strip reach the cut, or is no number? */
MML_INLINE bool
any_reaches(const float *bounds, float cut)
{
	int			reaches = 0;

#pragma omp simd reduction(|:reaches)
	for (size_t i = 0; i < STRIP; i++)
		reaches |= !(bounds[i] < cut);
	return reaches != 0;
}

/* How many of n bounds, in whole strips, come before the first that reaches the cut. */
MML_CLONES
static size_t
skip_strips(size_t n, const float *bounds, float cut)
{
	size_t		i = 0;

	while (i + STRIP <= n && !any_reaches(bounds + i, cut))
		i += STRIP;
	return i;
}

/* What a bound must reach, at least, where a score must reach threshold. */
static float
cut_of(double threshold, double slack)
{
	double		cut = threshold - slack;

	/* float4, and the subtraction, may have rounded up */
	cut -= fabs(cut) * 0x1p-22 + 0x1p-126;
	cut = MML_MAX(MML_MIN(cut, (double) FLT_MAX), -(double) FLT_MAX);
	return nextafterf((float) cut, -INFINITY);
}

/* Score those of a block of items whose bounds (n) reach what it takes. */
static void
rank_block(const MmlRecommender *recommender, const void *model, size_t n,
		   size_t first, const float *bounds, double slack,
		   const MmlRankFor *one, MmlRankWork *work, MmlTopk *top)
{
	for (size_t i = 0; i < n;)
	{
		float		cut = cut_of(mml_topk_threshold(top), slack);
		size_t		chosen = 0;
		size_t		end;

		i += skip_strips(n - i, bounds + i, cut);
		end = MML_MIN(n, i + STRIP);
		for (; i < end; i++)
		{
			work->chosen[chosen] = (int32_t) (first + i);
			chosen += !(bounds[i] < cut);
		}
		if (chosen == 0)
			continue;
		recommender->score(model, one->profile, chosen, work->chosen, 0, work->scores);
		mml_topk_add(top, chosen, work->chosen, 0, work->scores, one->barred);
	}
}

/* Rank for a block of profiles (n), which have bounds together. */
static void
rank_profiles(const MmlRecommender *recommender, const void *model, size_t k,
			  size_t items, size_t n, MmlRankFor *all, MmlRoom *room,
			  MmlRankAllWork *work)
{
	for (size_t r = 0; r < n; r++)
	{
		work->profiles[r] = all[r].profile;
		mml_topk_begin(&work->tops[r], k, recommender->above, all[r].best);
	}
	for (size_t first = 0; first < items; first += MML_RANK_ALL_ITEMS)
	{
		size_t		count = MML_MIN(items - first, MML_RANK_ALL_ITEMS);

		recommender->bound_all(model, n, work->profiles, count, first, room,
							   work->bounds, work->slacks);
		for (size_t r = 0; r < n; r++)
			rank_block(recommender, model, count, first, work->bounds + r * count,
					   work->slacks[r], &all[r], &work->one, &work->tops[r]);
		MML_CHECK();
	}
	for (size_t r = 0; r < n; r++)
		all[r].count = mml_topk_end(&work->tops[r]);
}

/*
 * Rank the k best of all items for each of n profiles, as mml_rank() does for
 * one.  Room is for what the kind needs for a moment.
 */
void
mml_rank_all(const MmlRecommender *recommender, const void *model, size_t k,
			 size_t items, size_t n, MmlRankFor *all, MmlRoom *room,
			 MmlRankAllWork *work)
{
	for (size_t r = 0; r < n; r += MML_RANK_ALL_PROFILES)
	{
		size_t		count = MML_MIN(n - r, MML_RANK_ALL_PROFILES);

		if (recommender->bound_all != NULL)
			rank_profiles(recommender, model, k, items, count, all + r, room, work);
		else
			for (size_t i = r; i < r + count; i++)
				all[i].count = mml_rank(recommender, model, all[i].profile, k, items,
										NULL, all[i].barred, &work->one, all[i].best);
	}
}

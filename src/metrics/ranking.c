/*-------------------------------------------------------------------------
 *
 * ranking.c
 *	  What one ranked list is worth, from which of its ranks are hits.
 *
 * Relevance is binary.  Precision at k is hits over k, however short the list
 * is.  nDCG at k is the discounted cumulative gain of Järvelin and Kekäläinen,
 * "Cumulated gain-based evaluation of IR techniques", ACM TOIS 20(4), 2002,
 * with the discount 1 / log2(rank + 1) for ranks from 1, over that of an ideal
 * list, which has a hit on each of its first min(k, relevant) ranks.
 *
 * Cost: O(min(k, ranks + relevant)).
 *
 *-------------------------------------------------------------------------
 */
#include <math.h>

#include "metrics/metrics.h"

/* The gain of a hit on rank i, from 0. */
static double
gain(size_t i)
{
	return 1.0 / log2((double) i + 2.0);
}

/* Hits over k. */
double
mml_metrics_precision_at_k(const MmlRanking *ranking)
{
	size_t		hits = 0;

	for (size_t i = 0; i < ranking->ranks; i++)
		hits += ranking->hit[i];
	return (double) hits / (double) ranking->k;
}

/* Discounted gain over the ideal one; NaN where nothing is relevant. */
double
mml_metrics_ndcg_at_k(const MmlRanking *ranking)
{
	uint64_t	best = MML_MIN((uint64_t) ranking->k, ranking->relevant);
	double		actual = 0;
	double		ideal = 0;

	for (size_t i = 0; i < ranking->ranks; i++)
		if (ranking->hit[i])
			actual += gain(i);
	for (size_t i = 0; i < best; i++)
		ideal += gain(i);
	return actual / ideal;
}

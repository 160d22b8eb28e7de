/*-------------------------------------------------------------------------
 *
 * ranking.c
 *	  What one ranked list is worth, from which of its ranks are hits.
 *
 * Relevance is binary.  nDCG at k is the discounted cumulative gain of
 * Järvelin and Kekäläinen, "Cumulated gain-based evaluation of IR techniques",
 * ACM TOIS 20(4), 2002, with the discount 1 / log2(rank + 1) for ranks from 1,
 * over that of an ideal list, which has a hit on each of its first min(k,
 * relevant) ranks.  Average precision is the sum over hits of the precision
 * at their rank, over a denominator.
 *
 * Where nothing is relevant no list is better than another, and all but
 * precision over k are NaN.
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

/* How many ranks are hits. */
static double
count_hits(const MmlRanking *ranking)
{
	size_t		hits = 0;

	for (size_t i = 0; i < ranking->ranks; i++)
		hits += ranking->hit[i];
	return (double) hits;
}

/* The first hit; ranks where there is none. */
static size_t
first_hit(const MmlRanking *ranking)
{
	size_t		i = 0;

	while (i < ranking->ranks && !ranking->hit[i])
		i++;
	return i;
}

/* What is divided by. */
static double
denominator(const MmlRanking *ranking, MmlDenominator by)
{
	double		k = (double) ranking->k;
	double		relevant = (double) ranking->relevant;

	return by == MML_BY_K ? k : by == MML_BY_RELEVANT ? relevant : MML_MIN(k, relevant);
}

/* Hits over k, however short the list is, or over what is relevant. */
double
mml_metrics_hits_at_k(const MmlRanking *ranking, MmlDenominator by)
{
	return count_hits(ranking) / denominator(ranking, by);
}

/* The sum over hits of the precision at their rank, over the denominator. */
double
mml_metrics_average_precision_at_k(const MmlRanking *ranking, MmlDenominator by)
{
	double		hits = 0;
	double		sum = 0;

	for (size_t i = 0; i < ranking->ranks; i++)
		if (ranking->hit[i])
			sum += ++hits / (double) (i + 1);
	return sum / denominator(ranking, by);
}

/* Discounted gain over the ideal one. */
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

/* 1 where there is a hit, else 0. */
double
mml_metrics_hit_rate_at_k(const MmlRanking *ranking)
{
	if (ranking->relevant == 0)
		return NAN;
	return first_hit(ranking) < ranking->ranks ? 1 : 0;
}

/* 1 / rank of the first hit, 0 where there is none. */
double
mml_metrics_reciprocal_rank(const MmlRanking *ranking)
{
	size_t		first = first_hit(ranking);

	if (ranking->relevant == 0)
		return NAN;
	return first < ranking->ranks ? 1.0 / (double) (first + 1) : 0;
}

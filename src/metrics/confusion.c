/*-------------------------------------------------------------------------
 *
 * confusion.c
 *	  What is made of counted pairs of labels: averages of precision, recall
 *	  and F1 over classes, and the adjusted Rand index.
 *
 * The adjusted Rand index of two groupings is the share of pairs of rows on
 * which they agree, corrected for chance (Hubert and Arabie, "Comparing
 * partitions", Journal of Classification 2, 1985).  It is computed from whole
 * numbers, which hold squares of 2^53 rows; up to 2^31 rows the products of
 * such squares are exact too, and the result is rounded once.
 *
 *-------------------------------------------------------------------------
 */
#include <math.h>
#include <string.h>

#include "metrics/pairs.h"

typedef __int128 Whole;

/* Up to so many rows products of squares fit Whole. */
#define EXACT_ROWS ((int64_t) 1 << 31)

/* Count the rows of each class: counts (labels). */
void
mml_metrics_pairs_count(const MmlPairs *pairs, MmlClassCounts *counts)
{
	memset(counts, 0, pairs->labels * sizeof(*counts));
	for (uint32_t i = 0; i < pairs->pairs; i++)
	{
		const MmlPair *pair = &pairs->pair[i];

		counts[pair->actual].actual += pair->rows;
		counts[pair->predicted].predicted += pair->rows;
		if (pair->actual == pair->predicted)
			counts[pair->actual].right += pair->rows;
	}
}

/* The average of a measure over the classes; NaN of no rows. */
double
mml_metrics_pairs_average(const MmlPairs *pairs, MmlMeasure measure,
						  const MmlClassCounts *counts)
{
	MmlSum		sum = {0, 0};
	int64_t		right = 0;
	double		weights = 0;

	if (pairs->rows == 0)
		return NAN;
	for (uint32_t i = 0; i < pairs->labels; i++)
	{
		double		weight = pairs->average == MML_WEIGHTED ? (double) counts[i].actual : 1;

		right += counts[i].right;
		weights += weight;
		mml_metrics_sum(&sum.sum, &sum.rest, weight *
						mml_metrics_measure(measure, counts[i].right, counts[i].actual,
											counts[i].predicted));
	}
	if (pairs->average == MML_MICRO)
		return mml_metrics_measure(measure, right, pairs->rows, pairs->rows);
	return (sum.sum + sum.rest) / weights;
}

/* a b, which may be beyond Whole, as a number. */
static double
product(Whole a, Whole b)
{
	return (double) a * (double) b;
}

/* The adjusted Rand index; NaN of no rows, 1 of one. */
double
mml_metrics_adjusted_rand(const MmlPairs *pairs, const MmlClassCounts *counts)
{
	Whole		n = pairs->rows;
	Whole		both = -n;		/* ordered pairs of rows in one group of both */
	Whole		first = 0;		/* in one of the first grouping alone */
	Whole		second = 0;
	Whole		neither;

	if (n == 0)
		return NAN;
	for (uint32_t i = 0; i < pairs->pairs; i++)
		both += (Whole) pairs->pair[i].rows * pairs->pair[i].rows;
	for (uint32_t i = 0; i < pairs->labels; i++)
	{
		first += (Whole) counts[i].actual * counts[i].actual;
		second += (Whole) counts[i].predicted * counts[i].predicted;
	}
	first -= both + n;
	second -= both + n;
	neither = n * n - n - both - first - second;
	if (first == 0 && second == 0)
		return 1;
	if (n > EXACT_ROWS)
		return 2 * (product(both, neither) - product(first, second)) /
			(product(both + first, first + neither) + product(both + second, second + neither));
	return 2 * (double) (both * neither - first * second) /
		(double) ((both + first) * (first + neither) + (both + second) * (second + neither));
}

/*-------------------------------------------------------------------------
 *
 * kmeans_init.c
 *	  First centroids.
 *
 * k-means++ draws each next centroid among the rows, with probability in
 * proportion to the squared distance to the nearest centroid so far; the
 * greedy form draws 2 + ln k candidates and keeps the one that leaves the
 * least sum of these.  Arthur and Vassilvitskii, "k-means++: the advantages of
 * careful seeding", SODA 2007; the greedy form in its section 2.2 remark and
 * in scikit-learn.
 *
 * It is run on a seeded sample of rows: the sums over a sample stand for
 * those over all rows, and Lloyd's algorithm, over all rows, does the rest.
 *
 * Cost: m k (2 + ln k) d multiply-adds for a sample of m rows.
 *
 *-------------------------------------------------------------------------
 */
#include <math.h>
#include <string.h>

#include "kmeans/kmeans.h"

#define LEAST_SAMPLE 16384
#define SAMPLE_A_CLUSTER 32

/* How many of n rows to draw the first of k centroids from. */
size_t
mml_kmeans_sample_rows(size_t n, int k)
{
	size_t		wanted = MML_MAX((size_t) LEAST_SAMPLE, (size_t) k * SAMPLE_A_CLUSTER);

	return MML_MIN(n, wanted);
}

/*
 * Fetch the chosen (m) rows, ascending, as sample (m,d) row-major in packed
 * units.
 */
void
mml_kmeans_sample(MmlBlocks *blocks, size_t m, const size_t *chosen,
				  float *sample)
{
	size_t		d = (size_t) blocks->cols;
	size_t		fetched = SIZE_MAX;
	MmlBlock	block = {0};
	KmeansPanels panels = {0};

	for (size_t i = 0; i < m; i++)
	{
		size_t		number = chosen[i] / (size_t) blocks->block_rows;
		size_t		row;
		const float *high;

		if (number != fetched)
		{
			blocks->fetch(blocks, number, &block);
			panels = mml_kmeans_panels(&block, blocks->cols);
			fetched = number;
			MML_CHECK();
		}
		row = chosen[i] - block.first;
		high = panels.high + row / MML_PANEL * MML_PANEL * d + row % MML_PANEL;
		for (size_t j = 0; j < d; j++)
			sample[i * d + j] = high[j * MML_PANEL];
	}
}

/*
 * The least of nearest (m) and the squared distance of each row of the sample
 * (m,d) to center (d), to out (m); returns their sum.
 */
MML_CLONES
static double
least_distances(size_t m, size_t d, const float *restrict sample,
				const float *restrict center, const float *nearest,
				float *out)
{
	double		sum = 0;
	size_t		rows_a_poll = 1000000 / d + 1;
	size_t		left = rows_a_poll;

	for (size_t i = 0; i < m; i++, sample += d)
	{
		float		distance = 0;

		if (--left == 0)
		{
			MML_CHECK();
			left = rows_a_poll;
		}

#pragma omp simd reduction(+:distance)
		for (size_t j = 0; j < d; j++)
			distance += (sample[j] - center[j]) * (sample[j] - center[j]);
		out[i] = distance < nearest[i] ? distance : nearest[i];
		sum += (double) out[i];
	}
	return sum;
}

/* The row that a random point of the sum of nearest (m) falls on. */
static size_t
draw_row(MmlRandom *rng, size_t m, const float *nearest, double sum)
{
	double		point = mml_random_unit(rng) * sum;
	size_t		last = 0;

	for (size_t i = 0; i < m; i++)
	{
		if (nearest[i] <= 0)
			continue;
		last = i;
		point -= (double) nearest[i];
		if (point < 0)
			break;
	}
	return last;				/* rounding may leave point at 0 behind the
								 * end */
}

/* Take row i of the sample as centroid c. */
static void
take_row(size_t d, const float *sample, size_t i, double *centers, int c)
{
	for (size_t j = 0; j < d; j++)
		centers[(size_t) c * d + j] = (double) sample[i * d + j];
}

/*
 * Greedy k-means++ on sample (m,d).  nearest (m), candidate (m) and best (m)
 * are scratch.  Writes centers (k,d) and returns how many were found: fewer
 * than k where the sample has fewer distinct rows.
 */
int
mml_kmeans_plusplus(MmlRandom *rng, size_t m, int cols, int k,
					const float *sample, float *nearest, float *candidate,
					float *best, double *centers)
{
	size_t		d = (size_t) cols;
	int			trials = 2 + (int) log(k);
	size_t		row = mml_random_below(rng, m);
	double		sum;

	for (size_t i = 0; i < m; i++)
		nearest[i] = INFINITY;
	take_row(d, sample, row, centers, 0);
	sum = least_distances(m, d, sample, sample + row * d, nearest, nearest);
	for (int c = 1; c < k; c++)
	{
		double		least = INFINITY;
		size_t		chosen = 0;

		if (sum <= 0)
			return c;
		for (int t = 0; t < trials; t++)
		{
			double		left;

			row = draw_row(rng, m, nearest, sum);
			left = least_distances(m, d, sample, sample + row * d, nearest,
								   candidate);
			if (t == 0 || left < least) /* all may be infinite */
			{
				least = left;
				chosen = row;
				memcpy(best, candidate, sizeof(float) * m);
			}
			MML_CHECK();
		}
		take_row(d, sample, chosen, centers, c);
		memcpy(nearest, best, sizeof(float) * m);
		sum = least;
	}
	return k;
}

/*
 * k random rows of sample (m,d), no two of them equal.  Writes centers (k,d)
 * and returns how many were found.
 */
int
mml_kmeans_random(MmlRandom *rng, size_t m, int cols, int k,
				  const float *sample, size_t *order, double *centers)
{
	size_t		d = (size_t) cols;
	int			found = 0;

	for (size_t i = 0; i < m; i++)
		order[i] = i;
	for (size_t i = 0; i < m && found < k; i++)
	{
		size_t		other = i + mml_random_below(rng, m - i);
		size_t		row = order[other];
		bool		is_new = true;

		order[other] = order[i];
		take_row(d, sample, row, centers, found);
		for (int c = 0; c < found && is_new; c++)
			is_new = memcmp(centers + (size_t) c * d,
							centers + (size_t) found * d,
							sizeof(double) * d) != 0;
		found += is_new;
		MML_CHECK();
	}
	return found;
}

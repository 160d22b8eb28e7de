/*-------------------------------------------------------------------------
 *
 * moments.c
 *	  Mean, spread and skewness of numbers, and their range.
 *
 * Sums of x^2 and x^3 lose all their digits where the mean is far from 0, as
 * that of a year or a Unix time is.  So numbers are summed up in blocks that
 * stay in the cache, each in two passes: the mean, as a difference to the
 * first number; then powers of differences to the mean.  Blocks, and whole
 * workers, are merged by the formulas of Chan, Golub and LeVeque, "Updating
 * formulae and a pairwise algorithm for computing sample variances", 1979,
 * and for the third power of Pébay, "Formulas for robust, one-pass parallel
 * computation of covariances and arbitrary-order statistical moments", Sandia
 * SAND2008-6212, equation 2.1.
 *
 * What the mean is rounded by is kept beside it: means of blocks that are close
 * to each other differ by little more than that.  So the error is a few units
 * of the last place of the mean, of the deviation and of the sum of third
 * powers each, whatever the order of rows and however far they are from 0.
 * Where numbers are so large that a power of theirs is infinite, so is the
 * result, or NaN.
 *
 *-------------------------------------------------------------------------
 */
#include <math.h>

#include "profile/profile.h"

#define BLOCK 2048				/* numbers: 16 kB */

/* A block's first pass: what does not need the mean. */
typedef struct Range
{
	double		sum;			/* of differences to the first */
	double		min;
	double		max;
	int64_t		zeros;
	int64_t		negatives;
} Range;

/* First pass over x: (n), n > 0. */
MML_CLONES static Range
measure_range(size_t n, const double *x)
{
	double		first = x[0];
	double		sum = 0;
	double		min = first;
	double		max = first;
	int64_t		zeros = 0;
	int64_t		negatives = 0;
	Range		range;

#pragma omp simd reduction(+:sum, zeros, negatives) reduction(min:min) reduction(max:max)
	for (size_t i = 0; i < n; i++)
	{
		sum += x[i] - first;
		min = x[i] < min ? x[i] : min;
		max = x[i] > max ? x[i] : max;
		zeros += x[i] == 0;
		negatives += x[i] < 0;
	}
	range.sum = sum;
	range.min = min;
	range.max = max;
	range.zeros = zeros;
	range.negatives = negatives;
	return range;
}

/*
 * Second pass: powers of differences to the rounded mean; then what it is
 * rounded by, and the powers of differences to the mean itself.
 */
MML_CLONES static void
measure_powers(size_t n, const double *x, MmlMoments *block)
{
	double		mean = block->mean;
	double		s1 = 0;
	double		s2 = 0;
	double		s3 = 0;
	double		rest;

#pragma omp simd reduction(+:s1, s2, s3)
	for (size_t i = 0; i < n; i++)
	{
		double		d = x[i] - mean;

		s1 += d;
		s2 += d * d;
		s3 += d * d * d;
	}
	rest = s1 / (double) n;
	block->rest = isfinite(rest) ? rest : 0;
	block->m2 = isfinite(s2) && isfinite(s1) ? fmax(s2 - rest * s1, 0) : INFINITY;
	block->m3 = s3 - 3 * rest * s2 + 2 * rest * rest * s1;
}

/* The mean of numbers whose differences are too large for a double. */
static double
mean_of_large(size_t n, const double *x)
{
	double		mean = 0;

	for (size_t i = 0; i < n; i++)
		mean += x[i] / (double) n;
	return mean;
}

/* Add finite numbers x: (n). */
void
mml_profile_moments_add(MmlMoments *moments, size_t n, const double *x)
{
	for (size_t from = 0; from < n; from += BLOCK)
	{
		size_t		size = MML_MIN(n - from, BLOCK);
		Range		range = measure_range(size, x + from);
		MmlMoments	block = {.n = (int64_t) size};

		block.mean = x[from] + range.sum / (double) size;
		if (!isfinite(block.mean))
			block.mean = mean_of_large(size, x + from);
		block.min = range.min;
		block.max = range.max;
		block.zeros = range.zeros;
		block.negatives = range.negatives;
		measure_powers(size, x + from, &block);
		mml_profile_moments_merge(moments, &block);
	}
}

/* Add a finite number so many times. */
void
mml_profile_moments_add_times(MmlMoments *moments, int64_t times, double x)
{
	MmlMoments	same = {.n = times,.mean = x,.min = x,.max = x};

	same.zeros = x == 0 ? times : 0;
	same.negatives = x < 0 ? times : 0;
	mml_profile_moments_merge(moments, &same);
}

/* Add the numbers of another. */
void
mml_profile_moments_merge(MmlMoments *moments, const MmlMoments *other)
{
	double		a = (double) moments->n;
	double		b = (double) other->n;
	double		share = b / (a + b);
	double		delta = (other->mean - moments->mean) + (other->rest - moments->rest);
	double		move = moments->rest + delta * share;
	double		mean = moments->mean + move;
	double		moved = mean - moments->mean;

	if (other->n == 0)
		return;
	if (moments->n == 0)
	{
		*moments = *other;
		return;
	}
	moments->m3 += other->m3 + delta * delta * delta * a * share * ((a - b) / (a + b)) +
		3 * delta * (a * other->m2 - b * moments->m2) / (a + b);
	moments->m2 += other->m2 + delta * delta * a * share;
	if (isfinite(moved))
	{
		/* What mean + move is rounded by, exactly: Knuth's sum of two. */
		moments->rest = (moments->mean - (mean - moved)) + (move - moved);
		moments->mean = mean;
	}
	else
	{
		moments->mean = moments->mean * (1 - share) + other->mean * share;
		moments->rest = 0;
	}
	moments->min = fmin(moments->min, other->min);
	moments->max = fmax(moments->max, other->max);
	moments->n += other->n;
	moments->zeros += other->zeros;
	moments->negatives += other->negatives;
}

/* The standard deviation, of n - ddof; NaN where there are no more numbers. */
double
mml_profile_moments_sd(const MmlMoments *moments, int ddof)
{
	if (moments->n <= ddof)
		return NAN;
	return sqrt(moments->m2 / (double) (moments->n - ddof));
}

/*
 * The skewness: m3 / n over the third power of the standard deviation of n;
 * NaN where all numbers are equal.
 */
double
mml_profile_moments_skew(const MmlMoments *moments)
{
	double		sd = mml_profile_moments_sd(moments, 0);

	if (!(sd > 0))
		return NAN;
	return moments->m3 / (double) moments->n / sd / sd / sd;
}

/*-------------------------------------------------------------------------
 *
 * bootstrap.c
 *	  The mean of numbers, one a viewer as a rule, and how far it can be
 *	  believed: the percentile interval of the bootstrap.
 *
 * Method: so many times, draw as many numbers as there are, with replacement,
 * and take their mean; the interval lies between two quantiles of these means
 * (Efron, "Nonparametric standard errors and confidence intervals", Canadian
 * Journal of Statistics 9(2), 1981).  Quantiles interpolate as numpy's.  The
 * numbers are sorted first, so that their order says nothing; the generator is
 * seeded.
 *
 * Cost: resamples * count draws, about 2 ns each while numbers fit the cache.
 *
 *-------------------------------------------------------------------------
 */
#include <math.h>

#include "core/random.h"
#include "core/sort.h"
#include "metrics/metrics.h"

/* Every invariant of a state of kind bootstrap; "!" because of NaN. */
static const char *
verify_bootstrap(const MmlState *state, size_t bytes)
{
	const MmlBootstrap *bootstrap = (const MmlBootstrap *) state;

	if (bootstrap->count < 0 || bootstrap->count > MML_METRICS_MAX_ROWS ||
		mml_metrics_bootstrap_bytes(bootstrap->count) != bytes)
		return "Its number of values is not that of its length.";
	if (bootstrap->resamples < 0 || bootstrap->resamples > MML_BOOTSTRAP_MOST ||
		(bootstrap->count > 0 && bootstrap->resamples == 0))
		return "Its number of resamples is out of range.";
	if (!(bootstrap->level >= 0 && bootstrap->level < 1))
		return "Its level is out of range.";
	for (int64_t i = 0; i < bootstrap->count; i++)
		if (!isfinite(bootstrap->values[i]))
			return "A value is not finite.";
	return NULL;
}

const MmlStateKind mml_metrics_bootstrap_kind = {
	.name = "bootstrap",
	.version = 1,
	.grows = true,
	.size = sizeof(MmlBootstrap),
	.verify = verify_bootstrap
};

/* The bytes of a state of so many values, at most MML_METRICS_MAX_ROWS. */
size_t
mml_metrics_bootstrap_bytes(int64_t count)
{
	return sizeof(MmlBootstrap) + (size_t) count * sizeof(double);
}

/* Sort numbers, none of them NaN, by way of keys (n); scratch (n). */
static void
sort_numbers(size_t n, double *numbers, uint64_t *keys, uint64_t *scratch)
{
	for (size_t i = 0; i < n; i++)
		keys[i] = mml_key_of(numbers[i]);
	mml_sort_keys(n, keys, scratch);
	for (size_t i = 0; i < n; i++)
		numbers[i] = mml_number_of_key(keys[i]);
}

/* The mean of n numbers, with what rounding takes made good. */
static double
mean_of(size_t n, const double *numbers)
{
	double		sum = 0;
	double		rest = 0;

	for (size_t i = 0; i < n; i++)
		mml_metrics_sum(&sum, &rest, numbers[i] / (double) n);
	return sum + rest;
}

/* The mean of n of the numbers, drawn with replacement. */
static double
draw_mean(size_t n, const double *numbers, MmlRandom *rng)
{
	double		sum = 0;

	for (size_t i = 0; i < n; i++)
	{
		sum += numbers[mml_random_below(rng, n)] / (double) n;
		if (i % 65536 == 65535)
			MML_CHECK();
	}
	return sum;
}

/* The quantile q of n sorted numbers. */
static double
quantile(size_t n, const double *sorted, double q)
{
	double		place = q * (double) (n - 1);
	size_t		below = (size_t) place;
	size_t		above = MML_MIN(below + 1, n - 1);
	double		share = place - (double) below;

	return sorted[below] * (1 - share) + sorted[above] * share;
}

/*
 * The mean and its interval.  Scratch: numbers (count), which gets the values
 * in order, means (resamples), keys and scratch (the more of both).
 */
void
mml_metrics_bootstrap(const MmlBootstrap *state, double *numbers, double *means,
					  uint64_t *keys, uint64_t *scratch, MmlInterval *interval)
{
	size_t		n = (size_t) state->count;
	size_t		resamples = (size_t) state->resamples;
	MmlRandom	rng;

	interval->mean = interval->low = interval->high = NAN;
	if (n == 0)
		return;
	for (size_t i = 0; i < n; i++)
		numbers[i] = state->values[i];
	sort_numbers(n, numbers, keys, scratch);
	interval->mean = mean_of(n, numbers);
	mml_random_seed(&rng, state->seed);
	for (size_t r = 0; r < resamples; r++)
	{
		if (r % 256 == 0)
			MML_CHECK();
		means[r] = draw_mean(n, numbers, &rng);
	}
	sort_numbers(resamples, means, keys, scratch);
	interval->low = quantile(resamples, means, (1 - state->level) / 2);
	interval->high = quantile(resamples, means, (1 + state->level) / 2);
}

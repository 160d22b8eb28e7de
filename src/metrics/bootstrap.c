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
 * Where every number has a weight, the mean of a draw is that of the weights
 * and numbers drawn.  With the mean and the number of a viewer's events it is
 * the cluster bootstrap: viewers are drawn, and their events stay together.
 *
 * Cost: resamples * count draws, about 2 ns each while numbers fit the cache.
 *
 *-------------------------------------------------------------------------
 */
#include <math.h>

#include "core/sort.h"
#include "metrics/bootstrap.h"

/*
 * Every invariant of a state of so many numbers a row that all kinds have; "!"
 * because of NaN.
 */
const char *
mml_metrics_bootstrap_verify(const MmlState *state, size_t bytes, size_t width)
{
	const MmlBootstrap *bootstrap = (const MmlBootstrap *) state;
	size_t		numbers;

	if (bootstrap->count < 0 || bootstrap->count > MML_METRICS_MAX_ROWS ||
		mml_metrics_bootstrap_bytes(bootstrap->count, width) != bytes)
		return "Its number of values is not that of its length.";
	if (bootstrap->resamples < 0 || bootstrap->resamples > MML_BOOTSTRAP_MOST ||
		(bootstrap->count > 0 && bootstrap->resamples == 0))
		return "Its number of resamples is out of range.";
	if (!(bootstrap->level >= 0 && bootstrap->level < 1))
		return "Its level is out of range.";
	numbers = (size_t) bootstrap->count * width;
	for (size_t i = 0; i < numbers; i++)
		if (!isfinite(bootstrap->values[i]))
			return "A value is not finite.";
	return NULL;
}

/* Every invariant of a state of kind bootstrap. */
static const char *
verify_bootstrap(const MmlState *state, size_t bytes)
{
	return mml_metrics_bootstrap_verify(state, bytes, MML_BOOTSTRAP_WIDTH);
}

/* Every invariant of a state of kind bootstrap_weighted. */
static const char *
verify_weighted(const MmlState *state, size_t bytes)
{
	const MmlBootstrap *bootstrap = (const MmlBootstrap *) state;
	const char *wrong = mml_metrics_bootstrap_verify(state, bytes, MML_WEIGHTED_WIDTH);

	for (int64_t i = 0; wrong == NULL && i < bootstrap->count; i++)
		if (!(bootstrap->values[2 * i + 1] > 0))
			return "A weight is not positive.";
	return wrong;
}

const MmlStateKind mml_metrics_bootstrap_kind = {
	.name = "bootstrap",
	.version = 1,
	.grows = true,
	.size = sizeof(MmlBootstrap),
	.verify = verify_bootstrap
};

const MmlStateKind mml_metrics_weighted_kind = {
	.name = "bootstrap_weighted",
	.version = 1,
	.grows = true,
	.size = sizeof(MmlBootstrap),
	.verify = verify_weighted
};

/*
 * The bytes of a state of so many rows, at most MML_METRICS_MAX_ROWS, of width
 * numbers each.
 */
size_t
mml_metrics_bootstrap_bytes(int64_t count, size_t width)
{
	return sizeof(MmlBootstrap) + (size_t) count * width * sizeof(double);
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
 * All resamples: of each figure one number a resample, figures (so many as
 * draw() sets, resamples).
 */
void
mml_metrics_resample(const MmlBootstrap *state, MmlDraw draw, void *job, double *figures)
{
	size_t		resamples = (size_t) state->resamples;
	MmlRandom	rng;

	mml_random_seed(&rng, state->seed);
	for (size_t r = 0; r < resamples; r++)
	{
		if (r % 256 == 0)
			MML_CHECK();
		draw(job, &rng, &figures[r], resamples);
	}
}

/*
 * Set the interval of a figure between quantiles of those of its resamples in
 * which it is defined, and return how many these are: figure, keys, scratch
 * (resamples).
 */
size_t
mml_metrics_interval(const MmlBootstrap *state, double *figure, uint64_t *keys, uint64_t *scratch,
					 MmlInterval *interval)
{
	size_t		resamples = (size_t) state->resamples;
	size_t		defined = 0;

	for (size_t r = 0; r < resamples; r++)
		if (!isnan(figure[r]))
			figure[defined++] = figure[r];
	interval->low = interval->high = NAN;
	if (defined == 0)
		return 0;
	sort_numbers(defined, figure, keys, scratch);
	interval->low = quantile(defined, figure, (1 - state->level) / 2);
	interval->high = quantile(defined, figure, (1 + state->level) / 2);
	return defined;
}

/* --------------------------------------------------------------- means */

/* Numbers of which some are drawn. */
typedef struct Numbers
{
	size_t		n;
	const double *number;		/* (n) */
} Numbers;

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

/* The mean of as many numbers as there are, drawn with replacement. */
static void
draw_mean(void *job, MmlRandom *rng, double *figure, size_t stride)
{
	const Numbers *numbers = job;
	size_t		n = numbers->n;
	double		sum = 0;

	(void) stride;
	for (size_t i = 0; i < n; i++)
	{
		sum += numbers->number[mml_random_below(rng, n)] / (double) n;
		if (i % 65536 == 65535)
			MML_CHECK();
	}
	figure[0] = sum;
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
	Numbers		job = {n, numbers};

	interval->mean = interval->low = interval->high = NAN;
	if (n == 0)
		return;
	for (size_t i = 0; i < n; i++)
		numbers[i] = state->values[i];
	sort_numbers(n, numbers, keys, scratch);
	interval->mean = mean_of(n, numbers);
	mml_metrics_resample(state, draw_mean, &job, means);
	(void) mml_metrics_interval(state, means, keys, scratch, interval);
}

/* ------------------------------------------------------------ weighted */

/* Weights are at least this share of the largest, so that none vanishes. */
#define LEAST_SHARE 1e-290

/* By value, then by weight. */
static int
compare_rows(const void *a, const void *b)
{
	const MmlWeightedValue *x = a;
	const MmlWeightedValue *y = b;

	if (x->value != y->value)
		return x->value < y->value ? -1 : 1;
	return (x->weight > y->weight) - (x->weight < y->weight);
}

/*
 * Copy the rows in order, each weight as a share of the largest over the
 * number of rows, so that no sum overflows.
 */
static void
take_rows(const MmlBootstrap *state, size_t n, MmlWeightedValue *rows)
{
	double		most = 0;

	for (size_t i = 0; i < n; i++)
		most = fmax(most, state->values[2 * i + 1]);
	for (size_t i = 0; i < n; i++)
	{
		rows[i].value = state->values[2 * i];
		rows[i].weight = fmax(state->values[2 * i + 1] / most, LEAST_SHARE) / (double) n;
	}
	mml_sort(n, rows, sizeof(*rows), compare_rows);
}

/* The weighted mean of n rows. */
static double
weighted_mean(size_t n, const MmlWeightedValue *rows)
{
	MmlSum		sum = {0, 0};
	MmlSum		weights = {0, 0};

	for (size_t i = 0; i < n; i++)
	{
		mml_metrics_sum(&sum.sum, &sum.rest, rows[i].weight * rows[i].value);
		mml_metrics_sum(&weights.sum, &weights.rest, rows[i].weight);
	}
	return (sum.sum + sum.rest) / (weights.sum + weights.rest);
}

/* Rows of which some are drawn. */
typedef struct WeightedRows
{
	size_t		n;
	const MmlWeightedValue *row;	/* (n) */
} WeightedRows;

/* The weighted mean of as many rows as there are, drawn with replacement. */
static void
draw_weighted_mean(void *job, MmlRandom *rng, double *figure, size_t stride)
{
	const WeightedRows *rows = job;
	size_t		n = rows->n;
	double		sum = 0;
	double		weights = 0;

	(void) stride;
	for (size_t i = 0; i < n; i++)
	{
		const MmlWeightedValue *row = &rows->row[mml_random_below(rng, n)];

		sum += row->weight * row->value;
		weights += row->weight;
		if (i % 65536 == 65535)
			MML_CHECK();
	}
	figure[0] = sum / weights;
}

/*
 * The weighted mean and its interval: with equal weights the same draws, and
 * so the same interval, as without.  Scratch: rows (count), means, keys and
 * scratch (resamples).
 */
void
mml_metrics_bootstrap_weighted(const MmlBootstrap *state, MmlWeightedValue *rows, double *means,
							   uint64_t *keys, uint64_t *scratch, MmlInterval *interval)
{
	size_t		n = (size_t) state->count;
	WeightedRows job = {n, rows};

	interval->mean = interval->low = interval->high = NAN;
	if (n == 0)
		return;
	take_rows(state, n, rows);
	interval->mean = weighted_mean(n, rows);
	mml_metrics_resample(state, draw_weighted_mean, &job, means);
	(void) mml_metrics_interval(state, means, keys, scratch, interval);
}

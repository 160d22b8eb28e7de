/*-------------------------------------------------------------------------
 *
 * platt.c
 *	  Platt's method: the sigmoid of log-odds that fits what happened best.
 *
 * Given rows with log-odds f_i, of which N1 are positive and N0 are not, find
 * slope a and intercept b that minimise
 *
 *		sum_i  log(1 + exp(z_i)) - t_i z_i,		z_i = a f_i + b
 *
 * where the targets are not 1 and 0 but (N1 + 1) / (N1 + 2) and 1 / (N0 + 2),
 * which keeps a and b finite whatever the rows (Platt, "Probabilistic Outputs
 * for Support Vector Machines", 1999).  The objective is convex; it is
 * minimised by Newton's method with a backtracking line search (Lin, Lin and
 * Weng, "A Note on Platt's Probabilistic Outputs for Support Vector Machines",
 * Machine Learning 68, 2007), here until steps no longer matter, and over
 * (f - mean) / deviation, so that the two unknowns hardly depend on each other.
 * Platt writes A for -a and B for -b.
 *
 * Words are sorted and equal ones counted first: the result depends neither on
 * the order of rows nor on workers.
 *
 * Cost: O(rows) to sort, O(distinct) an iteration, of which ten are many.
 *
 *-------------------------------------------------------------------------
 */
#include "compose/calibrator.h"
#include "core/sort.h"

#define MOST_ITERATIONS 100
#define MOST_HALVINGS 40
#define RIDGE 1e-12				/* sigma of Lin, Lin and Weng */
#define ENOUGH_DECREASE 1e-4
#define ROUNDING 1e-14			/* of the objective, relative */
#define SMALL_STEP 1e-12

/* Interrupts are polled once in so many points. */
#define POLL (1 << 17)

/* The rows: points of equal log-odds and equal outcome. */
typedef struct Points
{
	size_t		count;
	const double *f;			/* (count) standardised log-odds */
	const int64_t *rows;		/* (count) of each; negative: did not happen */
	double		target[2];		/* of rows that did not happen, and that did */
} Points;

/* The objective, its gradient and its Hessian. */
typedef struct Slopes
{
	double		objective;
	double		a;
	double		b;
	double		aa;
	double		ab;
	double		bb;
} Slopes;

/*
 * Count equal words, which are sorted: their log-odds take the place of the
 * words, their counts that of scratch.
 */
static size_t
count_words(size_t rows, uint64_t *words, uint64_t *scratch)
{
	size_t		n = 0;

	for (size_t i = 0; i < rows;)
	{
		uint64_t	word = words[i];
		double		f = mml_logit(mml_calibrator_probability(word));
		int64_t		count = 0;

		for (; i < rows && words[i] == word; i++)
			count++;
		count = word & 1 ? count : -count;
		memcpy(&words[n], &f, sizeof(f));
		memcpy(&scratch[n], &count, sizeof(count));
		if (n++ % POLL == 0)
			MML_CHECK();
	}
	return n;
}

/* Standardise f (n): mean 0, deviation 1 over all rows; of equal ones 1 too. */
static void
standardise(size_t n, double *f, const int64_t *counts, double *mean, double *deviation)
{
	double		rows = 0;
	double		sum = 0;

	*mean = 0;
	for (size_t i = 0; i < n; i++)
	{
		double		w = fabs((double) counts[i]);

		rows += w;
		*mean += (f[i] - *mean) * (w / rows);
	}
	for (size_t i = 0; i < n; i++)
		sum += fabs((double) counts[i]) * (f[i] - *mean) * (f[i] - *mean);
	*deviation = f[0] == f[n - 1] ? 0 : sqrt(sum / rows);
	if (*deviation == 0)
	{
		*deviation = 1;
		*mean = f[0];
	}
	for (size_t i = 0; i < n; i++)
		f[i] = (f[i] - *mean) / *deviation;
}

/* The objective, its gradient and Hessian at a slope and an intercept. */
static Slopes
evaluate(const Points *points, double slope, double intercept)
{
	Slopes		s = {0};

	for (size_t i = 0; i < points->count; i++)
	{
		double		f = points->f[i];
		double		w = fabs((double) points->rows[i]);
		double		t = points->target[points->rows[i] > 0];
		double		z = slope * f + intercept;
		double		e = exp(-fabs(z));
		double		p = (z < 0 ? e : 1) / (1 + e);
		double		curve = w * (e / ((1 + e) * (1 + e)));

		s.objective += w * (log1p(e) + (z < 0 ? -t * z : (1 - t) * z));
		s.a += w * f * (p - t);
		s.b += w * (p - t);
		s.aa += f * f * curve;
		s.ab += f * curve;
		s.bb += curve;
		if (i % POLL == 0)
			MML_CHECK();
	}
	return s;
}

/*
 * Minimise the objective from where the slope is 0.
 *
 * The loop's invariant: here is what evaluate() says of the present slope and
 * intercept, and no earlier ones were better but by rounding.
 */
static void
minimise(const Points *points, double slope, double intercept, MmlSigmoid *sigmoid)
{
	Slopes		here = evaluate(points, slope, intercept);

	sigmoid->converged = false;
	for (sigmoid->iterations = 0; sigmoid->iterations < MOST_ITERATIONS && !sigmoid->converged;
		 sigmoid->iterations++)
	{
		double		aa = here.aa + RIDGE;
		double		bb = here.bb + RIDGE;
		double		det = aa * bb - here.ab * here.ab;
		double		da = -(bb * here.a - here.ab * here.b) / det;
		double		db = -(aa * here.b - here.ab * here.a) / det;
		double		down = here.a * da + here.b * db;
		double		step = 1;
		Slopes		there = evaluate(points, slope + da, intercept + db);

		sigmoid->converged = fabs(da) + fabs(db) <= SMALL_STEP * (1 + fabs(slope) + fabs(intercept));
		for (int i = 0; i < MOST_HALVINGS &&
			 !(there.objective <= here.objective * (1 + ROUNDING) + ENOUGH_DECREASE * step * down); i++)
		{
			step /= 2;
			there = evaluate(points, slope + step * da, intercept + step * db);
		}
		slope += step * da;
		intercept += step * db;
		here = there;
	}
	sigmoid->slope = slope;
	sigmoid->intercept = intercept;
}

/*
 * Fit a sigmoid to rows of words (rows), not all with the same outcome.  words
 * and scratch (rows) are used up.
 */
void
mml_platt_fit(size_t rows, uint64_t *words, uint64_t *scratch, MmlSigmoid *sigmoid)
{
	double		negatives = 0;
	double		positives = 0;
	double		mean;
	double		deviation;
	double	   *f = (double *) words;
	const int64_t *counts = (const int64_t *) scratch;
	Points		points = {.f = f,.rows = counts};

	for (size_t i = 0; i < rows; i++)
		positives += (double) (words[i] & 1);
	negatives = (double) rows - positives;
	points.target[0] = 1 / (negatives + 2);
	points.target[1] = (positives + 1) / (positives + 2);
	mml_sort_keys(rows, words, scratch);
	points.count = count_words(rows, words, scratch);
	standardise(points.count, f, counts, &mean, &deviation);
	minimise(&points, 0, log((positives + 1) / (negatives + 1)), sigmoid);
	sigmoid->slope /= deviation;
	sigmoid->intercept -= sigmoid->slope * mean;
}

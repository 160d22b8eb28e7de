/*-------------------------------------------------------------------------
 *
 * logistic_rows.c
 *	  From linear predictors to probabilities, residuals and weights.
 *
 * Two classes: with m the margin of a row, that is eta or -eta,
 *
 *		h = exp(-|eta| / 2), e = h^2, u = 1 / (1 + e)
 *		1 - P(own class) = u e		for m > 0, else u
 *		(P (1 - P))^1/2 = h u
 *		log P(own class) = min(m, 0) - log(1 + e)
 *
 * where nothing is lost by cancellation and nothing overflows.  The logarithm
 * is taken once for PRODUCT_ROWS rows, of the product of 1 + e, each of which
 * is in (1,2].
 *
 * Many classes: exponentials are relative to the greatest eta of the row, the
 * reference's 0 included.  Arrays lie class by class, so that loops run along
 * rows and become vectors.
 *
 *-------------------------------------------------------------------------
 */
#include <math.h>

#include "linalg/exp.h"
#include "logistic/logistic_pass.h"

#define PRODUCT_ROWS 512

/*
 * Rows of a greater margin than SAFE_MARGIN have no weight, and are safe where
 * a step moves them back by a small part of it.  A row that a step brings on
 * by less than LEAST_GROWTH of its margin does not need it.
 */
#define SAFE_MARGIN 20
#define SAFE_LOSS 0.1
#define LEAST_GROWTH 0.01

/* Residuals of rows that are fitted but for an exponentially small rest. */
#define SETTLED 1e-8

/*
 * Up to PRODUCT_ROWS rows of two classes: residuals weight (y - P), and the
 * roots of weight P (1 - P).  Returns their log-likelihood.
 */
MML_CLONES
static double
binary_chunk(int n, const double *restrict eta, const int32_t *restrict y,
			 double weight0, double weight1,
			 double *restrict resid, double *restrict root)
{
	double		sum = 0;
	double		product0 = 1;
	double		product1 = 1;
	double		root0 = sqrt(weight0);
	double		root1 = sqrt(weight1);

#pragma omp simd reduction(+:sum) reduction(*:product0, product1)
	for (int i = 0; i < n; i++)
	{
		double		one = y[i] + 1;
		double		sign = 2 * one - 1;
		double		margin = sign * eta[i];
		double		weight = weight0 + one * (weight1 - weight0);
		double		h = mml_exp(-0.5 * fabs(eta[i]));
		double		e = h * h;
		double		u = 1 / (1 + e);
		double		miss = mml_exp_choose(margin > 0, u * e, u);

		resid[i] = weight * sign * miss;
		root[i] = (root0 + one * (root1 - root0)) * h * u;
		sum += weight * (margin - fabs(margin));
		product1 *= 1 + one * e;
		product0 *= 1 + (1 - one) * e;
	}
	return sum / 2 - weight0 * log(product0) - weight1 * log(product1);
}

/* Any number of rows of two classes. */
double
mml_logistic_binary_rows(int n, const double *eta, const int32_t *y,
						 const double *weight, double *resid, double *root)
{
	double		loglik = 0;

	for (int i = 0; i < n; i += PRODUCT_ROWS)
		loglik += binary_chunk(MML_MIN(PRODUCT_ROWS, n - i), eta + i, y + i,
							   weight[0], weight[1], resid + i, root + i);
	return loglik;
}

/* The greatest eta of each row, not below the reference's 0. */
MML_CLONES
static void
softmax_peaks(int n, int free, int tile, const double *restrict eta,
			  double *restrict peak)
{
	for (int i = 0; i < n; i++)
		peak[i] = 0;
	for (int a = 0; a < free; a++, eta += tile)
	{
#pragma omp simd
		for (int i = 0; i < n; i++)
			peak[i] = mml_exp_choose(eta[i] > peak[i], eta[i], peak[i]);
	}
}

/* eta become exponentials relative to the peak, total their sums. */
MML_CLONES
static void
softmax_exponentials(int n, int free, int tile, double *restrict eta,
					 const double *restrict peak, double *restrict total)
{
#pragma omp simd
	for (int i = 0; i < n; i++)
		total[i] = mml_exp(-peak[i]);
	for (int a = 0; a < free; a++, eta += tile)
	{
#pragma omp simd
		for (int i = 0; i < n; i++)
		{
			eta[i] = mml_exp(eta[i] - peak[i]);
			total[i] += eta[i];
		}
	}
}

/* Exponentials become probabilities; residuals weight (y - P). */
MML_CLONES
static void
softmax_residuals(int n, int free, int tile, double *restrict eta,
				  const int32_t *restrict y, const double *restrict total,
				  const double *restrict weight, double *restrict resid)
{
	for (int a = 0; a < free; a++, eta += tile, resid += tile)
	{
#pragma omp simd
		for (int i = 0; i < n; i++)
		{
			double		own = y[i] == a ? 1 : 0;

			eta[i] /= total[i];
			resid[i] = weight[i] * (own - eta[i]);
		}
	}
}

/*
 * Rows of many classes: eta (free,tile) become probabilities.  rows (4,tile)
 * is scratch, of which the first array is left as the weight of each row.
 * Returns the log-likelihood.
 */
double
mml_logistic_softmax_rows(int n, int free, int tile, double *eta,
						  const int32_t *y, const double *weight,
						  double *resid, double *rows)
{
	double	   *row_weight = rows;
	double	   *peak = rows + tile;
	double	   *total = rows + 2 * (size_t) tile;
	double	   *own = rows + 3 * (size_t) tile;
	double		loglik = 0;

	for (int i = 0; i < n; i++)
	{
		row_weight[i] = weight[y[i] + 1];
		own[i] = y[i] < 0 ? 0 : eta[(size_t) y[i] * (size_t) tile + (size_t) i];
	}
	softmax_peaks(n, free, tile, eta, peak);
	softmax_exponentials(n, free, tile, eta, peak, total);
	softmax_residuals(n, free, tile, eta, y, total, row_weight, resid);
	for (int i = 0; i < n; i++)
		loglik += row_weight[i] * (own[i] - peak[i] - log(total[i]));
	return loglik;
}

/* Roots of weight p q, for one block of the hessian. */
MML_CLONES
void
mml_logistic_pair_roots(int n, const double *restrict weight,
						const double *restrict p, const double *restrict q,
						double *restrict root)
{
	if (p == q)
	{
#pragma omp simd
		for (int i = 0; i < n; i++)
			root[i] = sqrt(weight[i] * p[i] * fabs(1 - p[i]));
	}
	else
	{
#pragma omp simd
		for (int i = 0; i < n; i++)
			root[i] = sqrt(weight[i] * p[i] * q[i]);
	}
}

/* scaled (n,p) = z (n,p), each row times its root; scaled may be z. */
MML_CLONES
void
mml_logistic_scale_rows(int n, int p, const double *root, const double *z,
						double *scaled)
{
	for (int i = 0; i < n; i++, z += p, scaled += p)
	{
		double		r = root[i];

#pragma omp simd
		for (int j = 0; j < p; j++)
			scaled[j] = r * z[j];
	}
}

/* Leave the residuals (free,tile) of rows almost certain of their class. */
MML_CLONES
void
mml_logistic_settle_rows(int n, int free, int tile, double *resid)
{
	for (int a = 0; a < free; a++, resid += tile)
	{
#pragma omp simd
		for (int i = 0; i < n; i++)
			resid[i] = mml_exp_choose(fabs(resid[i]) < SETTLED, resid[i], 0);
	}
}

/*
 * How large the terms are that the moves of a row z (p) are summed of, over
 * all classes: moves have errors of that times a few units in the last place.
 */
MML_CLONES
static double
move_size(int p, int free, const double *restrict z,
		  const double *restrict step, const double *restrict offset)
{
	double		sum = 0;

	for (int a = 0; a < free; a++, step += p)
	{
		sum += offset[a];
#pragma omp simd reduction(+:sum)
		for (int j = 0; j < p; j++)
			sum += fabs(z[j] * step[j]);
	}
	return sum;
}

/*
 * Take margins and moves of rows into sum: z (n,p) the rows, step (free,p),
 * eta and moves (free,tile) theta z and step z.  The hessian that gave the
 * step has errors like those of rows of full weight, so that they are larger
 * where the weight of a row is small, e^-margin.
 */
void
mml_logistic_probe_rows(int n, int p, int free, int tile, const double *z,
						const double *step, const double *offset,
						const double *eta, const double *moves,
						const int32_t *y, MmlLogisticSum *sum)
{
	for (int i = 0; i < n; i++, z += p)
	{
		size_t		at = (size_t) y[i] * (size_t) tile + (size_t) i;
		double		own = y[i] < 0 ? 0 : eta[at];
		double		own_move = y[i] < 0 ? 0 : moves[at];
		double		worst = 0;

		for (int a = -1; a < free; a++)
		{
			size_t		other = (size_t) a * (size_t) tile + (size_t) i;
			double		margin = own - (a < 0 ? 0 : eta[other]);
			double		move = own_move - (a < 0 ? 0 : moves[other]);

			if (a == y[i])
				continue;
			sum->least_margin = fmin(sum->least_margin, margin);
			sum->most_growth = fmax(sum->most_growth, move / fmax(margin, 1));
			if (move > LEAST_GROWTH * margin)
				sum->most_move = fmax(sum->most_move, move);
			if (!(margin > SAFE_MARGIN && -move < SAFE_LOSS * margin))
				worst = fmin(worst, move * exp(-fmax(margin, 0)));
		}
		if (worst < 0)
			sum->least_move = fmin(sum->least_move, worst /
								   move_size(p, free, z, step, offset));
	}
}

/*-------------------------------------------------------------------------
 *
 * logistic_guess.c
 *	  Rank of the columns, and the first guess of the hessian for L-BFGS.
 *
 * Rank.  Without penalty a column that depends on earlier ones (1 - R^2 at
 * most RANK_TOL) gets no estimate: the first is kept, as R's glm does.  It is
 * found from the Gram matrix of all rows.  That pass is saved where a sample
 * shows full rank already, since more rows can only add to what a column
 * keeps.
 *
 * Guess.  Where no column has an effect yet, P being the shares of classes and
 * G the Gram matrix, the hessian is (diag(P) - P P') (x) G over the free
 * classes.  Its inverse needs G's only: let the gradient of the reference be
 * less the sum of others, so that each class has one, and solve for each
 *
 *		M_a u_a = g_a,	M_a = P_a G
 *
 * then u_a - u_reference is the step: no class is special, and columns that
 * hang together are parted.  A penalty adds l2 (1 - 11'/K) (x) scale^2: then
 * M_a is tau_a (G + penalty / s), with s the mean of P_a and tau_a such that
 * the trace is right, which holds where classes are equally frequent.  Without
 * G, which takes p^2 numbers, its diagonal has to do.
 *
 * Cost: one pass of p^2 / 2 multiply-adds a row, on a part of large data; a
 * guess K p^2.
 *
 *-------------------------------------------------------------------------
 */
#include <math.h>
#include <string.h>

#include "linalg/linalg.h"
#include "logistic/logistic_fit.h"

#define RANK_TOL 1e-11
#define SAMPLE_ROWS 50			/* at least, for each term */
#define SAMPLE_BLOCKS 4

/*
 * Factor the Gram matrix (p,p) in hess: L in its lower triangle, rows of terms
 * that are left out being those of the identity.  Returns how many are kept;
 * *least is the least share that one keeps.  The order matters only where one
 * is dropped: first LAPACK tries, which is faster.
 */
static int
factor_gram(MmlLogisticFit *fit, double *least)
{
	size_t		p = (size_t) fit->plan->terms;
	double	   *gram = fit->hess;
	int			kept;

	*least = 1;
	for (size_t j = 0; j < p; j++)
		fit->diag[j] = gram[j * (p + 1)];
	mml_linalg_mirror((int) p, gram, (int) p);
	if (mml_linalg_cholesky((int) p, gram, (int) p) == MML_OK)
	{
		for (size_t j = 0; j < p; j++)
			*least = fmin(*least, gram[j * (p + 1)] * gram[j * (p + 1)] / fit->diag[j]);
		if (*least > 2 * RANK_TOL)
			return (int) p;
	}
	for (size_t i = 0; i < p; i++)
	{
		for (size_t j = 0; j < i; j++)
			gram[i * p + j] = gram[j * p + i];
		gram[i * (p + 1)] = fit->diag[i];
	}
	kept = mml_linalg_cholesky_ordered((int) p, gram, (int) p, RANK_TOL,
									   fit->keep, least);
	for (size_t j = 0; j < p; j++)
		if (!fit->keep[j])
			gram[j * (p + 1)] = 1;
	return kept;
}

/*
 * Which columns depend on earlier ones, in the rows that a pass visits?
 * Returns whether more rows could not change that: then all are kept.  Leaves
 * the factor of the Gram matrix.
 */
bool
mml_logistic_find_rank(MmlLogisticFit *fit)
{
	int			p = fit->plan->terms;
	double		least_share;
	double		least_square = INFINITY;

	mml_logistic_gram(fit);
	for (int j = 0; j < p; j++)
		least_square = fmin(least_square, fit->hess[(size_t) j * ((size_t) p + 1)]);
	if (factor_gram(fit, &least_share) < p)
		return false;

	/* of all rows, every column has squares that sum to their number */
	return least_share * least_square > 100 * RANK_TOL * (double) fit->task->rows;
}

/* Does every stride-th block hold rows enough for the Gram matrix? */
static bool
is_sample_enough(const MmlLogisticFit *fit)
{
	const MmlBlocks *blocks = fit->team->blocks;
	size_t		sample = blocks->nblocks / MML_LOGISTIC_STRIDE;

	return sample >= SAMPLE_BLOCKS &&
		(double) sample * blocks->block_rows >= (double) SAMPLE_ROWS * fit->plan->terms;
}

/*
 * The weight that row's squares have for each class, tau (K), reference first,
 * and for two classes for both together in tau[0]; less what the penalty adds.
 */
static void
weigh_classes(MmlLogisticFit *fit, double *mean)
{
	const double *weight = mml_logistic_part(fit->job, fit->job->weight);
	const MmlLogisticTask *task = fit->task;
	double	   *tau = fit->tau;
	double		total = 0;

	for (int a = 0; a < task->classes; a++)
	{
		int			c = a == 0 ? task->reference : a - (a <= task->reference);

		tau[a] = weight[a] * fmax(task->class_rows[c], 0.5);
		total += tau[a];
	}
	if (task->classes == 2)
		tau[0] = tau[1] = tau[0] * tau[1] / total;
	for (int a = 0; a < task->classes; a++)
		tau[a] /= (double) task->rows;
	*mean = task->classes == 2 ? tau[0] :
		total / (double) task->rows / task->classes;
}

/* Add the penalty to the Gram matrix, and factor it; false where it fails. */
static bool
factor_penalised(MmlLogisticFit *fit, double mean)
{
	size_t		p = (size_t) fit->plan->terms;
	double		trace = 0;
	double		added = 0;

	for (size_t j = 0; j < p; j++)
	{
		double	   *square = fit->hess + j * (p + 1);

		trace += *square;
		added += fit->penalty[j] * fit->share;
		*square += fit->penalty[j] * fit->share / mean;
		if (!fit->keep[j])
			*square = 1;
	}
	for (int a = 0; a < fit->task->classes; a++)
		fit->tau[a] = (fit->tau[a] * trace + added) / (trace + added / mean);
	return mml_linalg_cholesky((int) p, fit->hess, (int) p) == MML_OK;
}

/* Make the guess ready, and find which columns are kept. */
void
mml_logistic_guess(MmlLogisticFit *fit)
{
	bool		full_rank = false;
	double		mean;

	weigh_classes(fit, &mean);
	fit->has_gram = fit->plan->gram;
	if (!fit->has_gram)
		return;
	if (is_sample_enough(fit))
	{
		fit->job->stride = MML_LOGISTIC_STRIDE;
		if (fit->task->l2 > 0)
			mml_logistic_gram(fit);
		else
			full_rank = mml_logistic_find_rank(fit);
		fit->job->stride = 1;
	}
	else if (fit->task->l2 > 0)
		mml_logistic_gram(fit);
	if (fit->task->l2 > 0)
		fit->has_gram = factor_penalised(fit, mean);
	else if (!full_rank)
		mml_logistic_find_rank(fit);
	for (int a = 0; a < fit->task->classes; a++)
		fit->tau[a] /= fit->has_gram ? fit->share : 1;
}

/* x (p,n) becomes G^-1 x, or what stands for it, each column by its tau. */
static void
solve_guess(const MmlLogisticFit *fit, int n, double *x)
{
	int			p = fit->plan->terms;
	double		rows = (double) fit->task->rows;

	if (fit->has_gram)
		mml_linalg_cholesky_solve(p, n, fit->hess, p, x, n);
	for (int j = 0; j < p; j++, x += n)
		for (int a = 0; a < n; a++)
			x[a] /= fit->has_gram ? fit->tau[a] : fit->tau[a] * rows + fit->penalty[j];
}

/* d = H^-1 g by the guess of H; terms that are left out get 0. */
void
mml_logistic_apply_guess(const MmlLogisticFit *fit, const double *g, double *d)
{
	size_t		p = (size_t) fit->plan->terms;
	size_t		free = (size_t) fit->plan->free;
	size_t		n = free == 1 ? 1 : free + 1;
	double	   *x = fit->columns;

	memset(x, 0, sizeof(double) * p * n);
	for (size_t a = 0; a < free; a++)
		for (size_t j = 0; j < p; j++)
		{
			double		slope = fit->keep[j] ? g[a * p + j] : 0;

			x[j * n + n - free + a] = slope;
			if (free > 1)
				x[j * n] -= slope;
		}
	solve_guess(fit, (int) n, x);
	for (size_t a = 0; a < free; a++)
		for (size_t j = 0; j < p; j++)
			d[a * p + j] = fit->keep[j] ?
				x[j * n + n - free + a] - (free > 1 ? x[j * n] : 0) : 0;
}

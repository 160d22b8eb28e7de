/*-------------------------------------------------------------------------
 *
 * logistic_lbfgs.c
 *	  L-BFGS, for fits whose hessian would be too large.
 *
 * Minimises F = -objective.  The last MML_LBFGS_MEMORY differences of
 * coefficients s and gradients y stand for the hessian (Nocedal and Wright,
 * Numerical Optimization, 2nd ed., algorithm 7.4); the first guess of it is
 * gamma D, where D is the diagonal of the hessian of the intercept-only fit
 * and gamma fits the last pair.  Columns have deviation 1 here, which makes D
 * a fair guess even where columns were of very different scale.
 *
 * The step length meets the weak Wolfe conditions, by bisection (Lewis and
 * Overton, Mathematical Programming 141, 2013, algorithm 2.6): s'y > 0 then,
 * and the guess stays positive definite.
 *
 * It ends where (g' D^-1 g)^1/2, which stands for the decrement of Newton, is
 * at most tol or LEAST_TOL, or where the objective cannot be told to change.
 *
 * Cost: one pass an iteration, 2 q multiply-adds a row, seldom two; 40 q more
 * an iteration.
 *
 *-------------------------------------------------------------------------
 */
#include <math.h>
#include <string.h>

#include "logistic/logistic_fit.h"

#define ARMIJO 1e-4
#define WOLFE 0.9
#define TRIALS 30
#define LEAST_TOL 1e-6
#define PROBE_EVERY 25			/* iterations between looks for separation */

/* The pairs, (MML_LBFGS_MEMORY,q) each, of which the last count are in use. */
typedef struct Pairs
{
	size_t		q;
	double	   *s;
	double	   *y;
	double		rho[MML_LBFGS_MEMORY];	/* 1 / s'y */
	double		gamma;			/* s'y / (y' D^-1 y) of the last pair */
	int			count;
	int			last;			/* where the last pair is */
} Pairs;

/* x'y / d */
static double
dot_scaled(size_t n, const double *x, const double *y, const double *d)
{
	double		sum = 0;

	for (size_t i = 0; i < n; i++)
		sum += x[i] * y[i] / d[i];
	return sum;
}

/* y += a x */
static void
add_times(size_t n, double a, const double *x, double *y)
{
	for (size_t i = 0; i < n; i++)
		y[i] += a * x[i];
}

/* The direction uphill: step = H^-1 grad, by the two loops. */
static void
find_direction(const Pairs *pairs, MmlLogisticFit *fit)
{
	size_t		q = pairs->q;
	double	   *d = fit->step;
	double		alpha[MML_LBFGS_MEMORY];

	memcpy(d, fit->grad, sizeof(double) * q);
	for (int k = 0; k < pairs->count; k++)
	{
		int			at = (pairs->last - k + MML_LBFGS_MEMORY) % MML_LBFGS_MEMORY;

		alpha[at] = pairs->rho[at] *
			mml_logistic_dot(q, pairs->s + (size_t) at * q, d);
		add_times(q, -alpha[at], pairs->y + (size_t) at * q, d);
	}
	for (size_t i = 0; i < q; i++)
		d[i] *= pairs->gamma / fit->diag[i];
	for (int k = pairs->count - 1; k >= 0; k--)
	{
		int			at = (pairs->last - k + MML_LBFGS_MEMORY) % MML_LBFGS_MEMORY;
		double		beta = pairs->rho[at] *
			mml_logistic_dot(q, pairs->y + (size_t) at * q, d);

		add_times(q, alpha[at] - beta, pairs->s + (size_t) at * q, d);
	}
}

/*
 * Find a length of the step that meets both conditions, and evaluate there.
 * false where none is found: theta is then back at the start.
 */
static bool
search_line(MmlLogisticFit *fit)
{
	size_t		q = (size_t) fit->plan->unknowns;
	double		before = fit->objective;
	double		slope = mml_logistic_dot(q, fit->grad, fit->step);
	double		low = 0;
	double		high = INFINITY;
	double		length = 1;

	memcpy(fit->start, fit->theta, sizeof(double) * q);
	for (int i = 0; i < TRIALS; i++)
	{
		for (size_t j = 0; j < q; j++)
			fit->theta[j] = fit->start[j] + length * fit->step[j];
		mml_logistic_evaluate(fit, MML_PASS_GRADIENT);
		if (!(fit->objective >= before + ARMIJO * length * slope))
			high = length;
		else if (mml_logistic_dot(q, fit->grad, fit->step) > WOLFE * slope)
			low = length;
		else
			return true;
		length = high < INFINITY ? (low + high) / 2 : 2 * low;
	}
	memcpy(fit->theta, fit->start, sizeof(double) * q);
	mml_logistic_evaluate(fit, MML_PASS_GRADIENT);
	return false;
}

/*
 * Remember the step just made; old_grad is the gradient at its start.  F goes
 * down where the objective goes up, so y is old less new.
 */
static void
remember(Pairs *pairs, const MmlLogisticFit *fit, const double *old_grad)
{
	size_t		q = pairs->q;
	int			at = (pairs->last + 1) % MML_LBFGS_MEMORY;
	double	   *s = pairs->s + (size_t) at * q;
	double	   *y = pairs->y + (size_t) at * q;
	double		sy;

	for (size_t i = 0; i < q; i++)
	{
		s[i] = fit->theta[i] - fit->start[i];
		y[i] = old_grad[i] - fit->grad[i];
	}
	sy = mml_logistic_dot(q, s, y);
	if (!(sy > 0))
		return;
	pairs->last = at;
	pairs->count = MML_MIN(pairs->count + 1, MML_LBFGS_MEMORY);
	pairs->rho[at] = 1 / sy;
	pairs->gamma = sy / dot_scaled(q, y, y, fit->diag);
}

/* Are all rows on their own side?  Then no maximum exists. */
static bool
is_separated(MmlLogisticFit *fit)
{
	if (fit->task->l2 > 0)
		return false;
	mml_logistic_probe(fit);
	return fit->sum.least_margin > 0;
}

/* L-BFGS from theta; memory holds (2 MML_LBFGS_MEMORY + 1, q) numbers. */
MmlStatus
mml_logistic_lbfgs(MmlLogisticFit *fit)
{
	MmlLogisticResult *result = fit->result;
	size_t		q = (size_t) fit->plan->unknowns;
	double	   *old_grad = fit->memory + 2 * MML_LBFGS_MEMORY * q;
	Pairs		pairs = {.q = q,.s = fit->memory,
	.y = fit->memory + MML_LBFGS_MEMORY * q,.gamma = 1,.last = -1};

	mml_logistic_evaluate(fit, MML_PASS_GRADIENT);
	for (int i = 0;; i++)
	{
		double		before = fit->objective;

		result->iterations = i;
		result->decrement = sqrt(dot_scaled(q, fit->grad, fit->grad, fit->diag));
		if (fit->team->progress != NULL)
			fit->team->progress(fit->team, i, fit->objective, result->decrement);
		if (result->decrement <= fmax(fit->task->tol, LEAST_TOL))
			return is_separated(fit) ? MML_SEPARATED : MML_OK;
		if (i > 0 && i % PROBE_EVERY == 0 && is_separated(fit))
			return MML_SEPARATED;
		if (i == fit->max_iter)
			return is_separated(fit) ? MML_SEPARATED : MML_NOT_CONVERGED;

		memcpy(old_grad, fit->grad, sizeof(double) * q);
		find_direction(&pairs, fit);
		if (!search_line(fit))
		{
			/* start again from D alone, or it is rounding that stops us */
			if (pairs.count > 0)
			{
				pairs.count = 0;
				pairs.gamma = 1;
				continue;
			}
			return result->decrement < 1e-3 ? MML_OK : MML_NOT_CONVERGED;
		}
		remember(&pairs, fit, old_grad);
		if (fit->objective - before <= 1e-15 * fabs(before))
			return result->decrement < 1e-3 ? MML_OK : MML_NOT_CONVERGED;
	}
}

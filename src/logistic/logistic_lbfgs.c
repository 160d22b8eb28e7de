/*-------------------------------------------------------------------------
 *
 * logistic_lbfgs.c
 *	  L-BFGS, for fits whose hessian would be too large.
 *
 * Minimises F = -objective.  The last MML_LBFGS_MEMORY differences of
 * coefficients s and gradients y stand for the hessian (Nocedal and Wright,
 * Numerical Optimization, 2nd ed., algorithm 7.4); the first guess of it is
 * D / gamma, where D is about the hessian of the intercept-only fit
 * (logistic_guess.c) and gamma fits the last pair.
 *
 * The step length meets the weak Wolfe conditions, by bisection (Lewis and
 * Overton, Mathematical Programming 141, 2013, algorithm 2.6): s'y > 0 then,
 * and the guess stays positive definite.
 *
 * It ends where (g' D^-1 g)^1/2, which stands for the decrement of Newton, is
 * at most tol or LEAST_TOL, or where the objective cannot be told to change.
 *
 * Separation.  Below REST the margins of separated rows go on growing, while
 * everything else comes to rest.  So the way from there to the end is probed:
 * if it moved some rows far on, and none back, they have no limit.
 *
 * Cost: one pass an iteration, 2 q multiply-adds a row, seldom two; 40 q more
 * and two guesses an iteration.
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
#define REST 1e-3				/* a decrement */
#define FAR 3					/* that separated rows move from there */
#define BACK_TOL 1e-3			/* see mml_logistic_probe_rows */
#define PROBE_EVERY 25			/* iterations between looks for separation */

/* The pairs, (MML_LBFGS_MEMORY,q) each, of which the last count are in use. */
typedef struct Pairs
{
	size_t		q;
	double	   *s;
	double	   *y;
	double		rho[MML_LBFGS_MEMORY];	/* 1 / s'y */
	double		gamma;			/* s'y / (y' D^-1 y) of the last pair */
	double	   *old_grad;		/* (q) where the step began */
	double	   *guess;			/* (q) D^-1 grad */
	double	   *old_guess;		/* (q) D^-1 old_grad */
	double	   *rest;			/* (q) where the fit came near its rest last */
	bool		rested;			/* it is near its rest */
	int			count;
	int			last;			/* where the last pair is */
} Pairs;

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
	mml_logistic_apply_guess(fit, d, d);
	for (size_t i = 0; i < q; i++)
		d[i] *= pairs->gamma;
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
 * Remember the step just made.  F goes down where the objective goes up, so y
 * is old less new.
 */
static void
remember(Pairs *pairs, const MmlLogisticFit *fit)
{
	size_t		q = pairs->q;
	int			at = (pairs->last + 1) % MML_LBFGS_MEMORY;
	double	   *s = pairs->s + (size_t) at * q;
	double	   *y = pairs->y + (size_t) at * q;
	double		sy;
	double		yy;

	for (size_t i = 0; i < q; i++)
	{
		s[i] = fit->theta[i] - fit->start[i];
		y[i] = pairs->old_grad[i] - fit->grad[i];
	}
	sy = mml_logistic_dot(q, s, y);
	yy = mml_logistic_dot(q, y, pairs->old_guess) -
		mml_logistic_dot(q, y, pairs->guess);
	if (!(sy > 0 && yy > 0))
		return;
	pairs->last = at;
	pairs->count = MML_MIN(pairs->count + 1, MML_LBFGS_MEMORY);
	pairs->rho[at] = 1 / sy;
	pairs->gamma = sy / yy;
}

/* Are all rows on their own side, or on their way there without end? */
static bool
is_separated(MmlLogisticFit *fit, const Pairs *pairs)
{
	if (fit->task->l2 > 0)
		return false;
	for (size_t i = 0; i < pairs->q; i++)
		fit->step[i] = pairs->rested ? fit->theta[i] - pairs->rest[i] : 0;
	mml_logistic_probe(fit);
	return fit->sum.least_margin > 0 ||
		(fit->sum.most_move > FAR && fit->sum.least_move > -BACK_TOL);
}

/* The guess of a step from here, and its decrement. */
static double
measure_decrement(MmlLogisticFit *fit, Pairs *pairs)
{
	double		decrement;

	mml_logistic_apply_guess(fit, fit->grad, pairs->guess);
	decrement = sqrt(fmax(mml_logistic_dot(pairs->q, fit->grad, pairs->guess), 0));
	if (!pairs->rested && decrement <= REST)
		memcpy(pairs->rest, fit->theta, sizeof(double) * pairs->q);
	pairs->rested = decrement <= REST;
	return decrement;
}

/*
 * Climb one step.  Returns whether there is more to climb; where the guess
 * alone finds no way up, or the objective does not change, it is rounding that
 * stops.
 */
static bool
climb(MmlLogisticFit *fit, Pairs *pairs)
{
	double		before = fit->objective;
	double	   *guess = pairs->guess;

	memcpy(pairs->old_grad, fit->grad, sizeof(double) * pairs->q);
	find_direction(pairs, fit);
	if (!search_line(fit))
	{
		bool		again = pairs->count > 0;

		pairs->count = 0;
		pairs->gamma = 1;
		return again;
	}
	pairs->guess = pairs->old_guess;
	pairs->old_guess = guess;
	fit->result->decrement = measure_decrement(fit, pairs);
	remember(pairs, fit);
	return fit->objective - before > 1e-15 * fabs(before);
}

/* L-BFGS from theta; memory holds (2 MML_LBFGS_MEMORY + 4, q) numbers. */
MmlStatus
mml_logistic_lbfgs(MmlLogisticFit *fit)
{
	MmlLogisticResult *result = fit->result;
	size_t		q = (size_t) fit->plan->unknowns;
	double	   *more = fit->memory + 2 * MML_LBFGS_MEMORY * q;
	Pairs		pairs = {.q = q,.s = fit->memory,
		.y = fit->memory + MML_LBFGS_MEMORY * q,.gamma = 1,.last = -1,
		.old_grad = more,.guess = more + q,.old_guess = more + 2 * q,
	.rest = more + 3 * q};
	double		tol = fmax(fit->task->tol, LEAST_TOL);
	bool		climbs = true;

	mml_logistic_guess(fit);
	mml_logistic_evaluate(fit, MML_PASS_GRADIENT);
	result->decrement = measure_decrement(fit, &pairs);
	for (int i = 0;; i++)
	{
		result->iterations = i;
		if (fit->team->progress != NULL)
			fit->team->progress(fit->team, i, fit->objective, result->decrement);
		if (result->decrement <= tol || !climbs || i == fit->max_iter)
			break;
		if (i > 0 && i % PROBE_EVERY == 0 && is_separated(fit, &pairs))
			return MML_SEPARATED;
		climbs = climb(fit, &pairs);
	}
	if (is_separated(fit, &pairs))
		return MML_SEPARATED;
	return result->decrement <= (climbs ? tol : REST) ? MML_OK : MML_NOT_CONVERGED;
}

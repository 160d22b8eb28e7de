/*-------------------------------------------------------------------------
 *
 * logistic_newton.c
 *	  Newton's method, rank, and separation.
 *
 * The objective is concave, so Newton's step H^-1 g points uphill, and it is
 * halved until it does go up.  The decrement (g' H^-1 g)^1/2 is the length of
 * the step in standard errors; the fit ends where it is at most tol, at
 * coefficients where g and H were both computed, so that standard errors
 * belong to the coefficients reported.  Boyd and Vandenberghe, Convex
 * Optimization, section 9.5.
 *
 * Rank.  Without penalty a column that depends on earlier ones (1 - R^2 at
 * most RANK_TOL) gets no estimate: the first is kept, as R's glm does.  It is
 * found from the Gram matrix of all rows.  That pass is saved where a sample
 * shows full rank already, since more rows can only add to what a column
 * keeps.
 *
 * Warm start.  A matrix of many blocks is first fitted on every STRIDE-th
 * block; from there fewer passes over all rows are left.
 *
 * Separation.  If a direction s exists that takes no row away from its own
 * class and some towards it, the likelihood has no maximum (Albert and
 * Anderson, Biometrika 71, 1984).  Newton's steps then tend to such a
 * direction: they move the eta of those rows by about 1 each time, and the
 * decrement falls by e^-1/2 only, while elsewhere it falls faster and faster.
 * So after some slow steps a pass probes: if all rows are on the right side
 * already, or if the step moves some rows on and none back (by more than
 * BACK_TOL of that), it is said.  A row that contradicts the direction, however
 * large a finite effect is, moves back by as much as others move on.
 *
 *-------------------------------------------------------------------------
 */
#include <math.h>
#include <string.h>

#include "linalg/linalg.h"
#include "logistic/logistic_fit.h"

#define RANK_TOL 1e-11

#define STRIDE 16
#define SAMPLE_BLOCKS 4			/* at least, for a warm start */
#define SAMPLE_ROWS 50			/* at least, for each unknown */
#define WARM_ITERATIONS 8
#define WARM_TOL 0.1			/* times the root of the number of unknowns */

#define HALVINGS 40
#define ROUNDING 1e-12			/* of the objective, that is no fall */
#define FLOOR 1e-5				/* decrements below may be rounding */

#define SLOW 0.25				/* a decrement falls slower than this */
#define SLOW_STEPS 10			/* before rows are probed */
#define MOVES 0.05				/* a step that does not shrink */
#define BACK_TOL 1e-6
#define CLEAR_MARGIN 5			/* by which all rows are on their own side */

/*
 * Keep the hessian where factoring does not touch it: its lower triangle goes
 * to the upper one and diag, terms that are left out becoming rows of the
 * identity.
 */
static void
save_hessian(MmlLogisticFit *fit)
{
	int			q = fit->plan->unknowns;

	for (int i = 0; i < q; i++)
	{
		double	   *row = fit->hess + (size_t) i * (size_t) q;

		if (!fit->keep[i % fit->plan->terms])
		{
			memset(row, 0, sizeof(double) * (size_t) i);
			for (int k = i + 1; k < q; k++)
				fit->hess[(size_t) k * (size_t) q + (size_t) i] = 0;
			row[i] = 1;
			fit->grad[i] = 0;
		}
		fit->diag[i] = row[i];
	}
	mml_linalg_mirror(q, fit->hess, q);
}

/* Bring the lower triangle back, with ridge times its largest number added. */
static void
restore_hessian(MmlLogisticFit *fit, double ridge)
{
	size_t		q = (size_t) fit->plan->unknowns;
	double		largest = 0;

	for (size_t i = 0; i < q; i++)
		largest = fmax(largest, fit->diag[i]);
	for (size_t i = 0; i < q; i++)
	{
		for (size_t j = 0; j < i; j++)
			fit->hess[i * q + j] = fit->hess[j * q + i];
		fit->hess[i * q + i] = fit->diag[i] + ridge * largest;
	}
}

/*
 * Factor the hessian and solve for the step.  One that is not positive
 * definite, as under separation when weights vanish, gets a ridge, and is not
 * sound.  Returns the decrement.
 */
static double
solve_step(MmlLogisticFit *fit)
{
	int			q = fit->plan->unknowns;
	double		ridge = 0;

	save_hessian(fit);
	while (mml_linalg_cholesky(q, fit->hess, q) != MML_OK && ridge < 1)
	{
		ridge = ridge == 0 ? 1e-13 : ridge * 100;
		restore_hessian(fit, ridge);
	}
	fit->sound = ridge == 0;
	memcpy(fit->step, fit->grad, sizeof(double) * (size_t) q);
	mml_linalg_cholesky_solve(q, 1, fit->hess, q, fit->step, 1);
	return sqrt(fmax(mml_logistic_dot((size_t) q, fit->grad, fit->step), 0));
}

/*
 * Go along the step, halving it until the objective does not fall, and
 * evaluate there.  Returns the part gone, 0 where no part helps: theta is then
 * back at the start.
 */
static double
take_step(MmlLogisticFit *fit)
{
	size_t		q = (size_t) fit->plan->unknowns;
	double		before = fit->objective;
	double		slack = ROUNDING * (fabs(before) + 1);
	double		part = 1;

	memcpy(fit->start, fit->theta, sizeof(double) * q);
	for (int i = 0; i <= HALVINGS; i++, part /= 2)
	{
		for (size_t j = 0; j < q; j++)
			fit->theta[j] = fit->start[j] + part * fit->step[j];
		mml_logistic_evaluate(fit, MML_PASS_HESSIAN);
		if (fit->objective >= before - slack)
			return part;
	}
	memcpy(fit->theta, fit->start, sizeof(double) * q);
	mml_logistic_evaluate(fit, MML_PASS_HESSIAN);
	return 0;
}

/* Does the step, or where we are, separate classes? */
static bool
is_separated(MmlLogisticFit *fit)
{
	mml_logistic_probe(fit);
	return fit->sum.least_margin > CLEAR_MARGIN ||
		(fit->sum.most_move > MOVES &&
		 fit->sum.least_move > -BACK_TOL * fit->sum.most_move);
}

/* Climb from theta on all rows, until nothing is left to gain. */
static MmlStatus
climb(MmlLogisticFit *fit)
{
	MmlLogisticResult *result = fit->result;
	double		last = INFINITY;
	double		part = 1;
	int			slow = 0;

	mml_logistic_evaluate(fit, MML_PASS_HESSIAN);
	for (int i = 0;; i++)
	{
		double		decrement = solve_step(fit);

		result->iterations = i;
		result->decrement = decrement;
		if (fit->team->progress != NULL)
			fit->team->progress(fit->team, i, fit->objective, decrement);

		slow = decrement > SLOW * last ? slow + 1 : 0;
		if (fit->task->l2 == 0 && slow > 0 &&
			(slow >= SLOW_STEPS || decrement <= fit->task->tol || !fit->sound) &&
			(is_separated(fit) || (decrement <= fit->task->tol &&
								   fit->sum.most_move > MOVES)))
			return MML_SEPARATED;
		if (decrement <= fit->task->tol ||
			(decrement < FLOOR && (part == 0 || decrement > 0.75 * last)))
			return fit->sound || fit->task->l2 > 0 ? MML_OK : MML_NOT_CONVERGED;
		if (i == fit->max_iter || part == 0 || !isfinite(decrement))
			return MML_NOT_CONVERGED;
		part = take_step(fit);
		last = decrement;
	}
}

/*
 * Which columns depend on earlier ones, in the rows that a pass visits?
 * Returns whether more rows could not change that: then all are kept.
 */
static bool
find_rank(MmlLogisticFit *fit)
{
	int			p = fit->plan->terms;
	double		least_share;
	double		least_square = INFINITY;

	mml_logistic_gram(fit);
	for (int j = 0; j < p; j++)
		least_square = fmin(least_square, fit->hess[(size_t) j * ((size_t) p + 1)]);
	if (mml_linalg_cholesky_ordered(p, fit->hess, p, RANK_TOL, fit->keep,
									&least_share) < p)
		return false;

	/* of all rows, every column has squares that sum to their number */
	return least_share * least_square > 100 * RANK_TOL * (double) fit->task->rows;
}

/* A first fit on a sample of the blocks; stays near, where that goes wrong. */
static void
warm_up(MmlLogisticFit *fit)
{
	double		enough = WARM_TOL * sqrt(fit->plan->unknowns);

	mml_logistic_evaluate(fit, MML_PASS_HESSIAN);
	for (int i = 0; i < WARM_ITERATIONS; i++)
		if (solve_step(fit) <= enough || !fit->sound || take_step(fit) == 0)
			break;
}

/* Can a warm start pay? */
static bool
is_large(const MmlLogisticFit *fit)
{
	const MmlBlocks *blocks = fit->team->blocks;
	size_t		sample = blocks->nblocks / STRIDE;

	return sample >= SAMPLE_BLOCKS &&
		(double) sample * blocks->block_rows >= (double) SAMPLE_ROWS * fit->plan->unknowns;
}

/*
 * Newton's method from theta.  On return hess has the Cholesky factor of the
 * hessian in its lower triangle, and above it and in diag the hessian itself.
 */
MmlStatus
mml_logistic_newton(MmlLogisticFit *fit)
{
	bool		want_rank = fit->task->l2 == 0;
	bool		full_rank = false;

	if (is_large(fit))
	{
		fit->job->stride = STRIDE;
		if (want_rank)
			full_rank = find_rank(fit);
		warm_up(fit);
		fit->job->stride = 1;
	}
	if (want_rank && !full_rank)
	{
		find_rank(fit);
		for (int i = 0; i < fit->plan->unknowns; i++)
			if (!fit->keep[i % fit->plan->terms])
				fit->theta[i] = 0;
	}
	return climb(fit);
}

/*-------------------------------------------------------------------------
 *
 * logistic_newton.c
 *	  Newton's method, and separation.
 *
 * The objective is concave, so Newton's step H^-1 g points uphill, and it is
 * halved until it does go up.  The decrement (g' H^-1 g)^1/2 is the length of
 * the step in standard errors; the fit ends where it is at most tol, at
 * coefficients where g and H were both computed, so that standard errors
 * belong to the coefficients reported.  Boyd and Vandenberghe, Convex
 * Optimization, section 9.5.
 *
 * Warm start.  A matrix of many blocks is first fitted on every so many-th
 * block; from there fewer passes over all rows are left.
 *
 * Separation.  If a direction s exists that takes no row away from its own
 * class and some towards it, the likelihood has no maximum (Albert and
 * Anderson, Biometrika 71, 1984).  Newton's steps then tend to such a
 * direction: they move the eta of those rows by about 1 each time, and the
 * decrement falls by e^-1/2 only, while elsewhere it falls faster and faster.
 * So after some slow steps a pass probes: if all rows are on the right side
 * already, or if the step moves some rows on and none back, it is said.  What
 * is back is told by each row's own terms, see mml_logistic_probe_rows: a row
 * far out moves by 1 when others move by 1e-9, which yet is no rounding.
 *
 * Rows far out.  Such a row, as a 999999 for "unknown", at first holds all
 * estimates of its column, and its weight falls by e a step like that of
 * separated rows; only when it is gone the others are fitted.  Slow steps are
 * therefore stretched, more and more, while the objective rises at their end.
 * Then what is left lies far from the centre of columns, which is moved.
 *
 *-------------------------------------------------------------------------
 */
#include <math.h>
#include <string.h>

#include "linalg/linalg.h"
#include "logistic/logistic_fit.h"

#define SAMPLE_BLOCKS 4			/* at least, for a warm start */
#define SAMPLE_ROWS 50			/* at least, for each unknown */
#define WARM_ITERATIONS 8
#define WARM_TOL 0.1			/* times the root of the number of unknowns */

#define HALVINGS 40
#define ROUNDING 1e-12			/* of the objective, that is no fall */
#define LEAST_RIDGE 1e-15
#define LEAST_DIAGONAL 1e-30	/* of the largest, for a ridge */
#define FAR_CENTRE 1e-8			/* of a squared mean: the variance left */
#define STRETCH_AFTER 4			/* slow steps */
#define MOST_TIMES 16			/* that a step is stretched */
#define FLOOR 1e-5				/* decrements below may be rounding */

#define SLOW 0.3				/* a decrement falls slower than this */
#define SLOW_STEPS 5			/* before rows are probed */
#define MOVES 0.05				/* a step that does not shrink */
#define BACK_TOL 1e-11			/* of a row's own scale, that is rounding */
#define NEAR_REST 1e-3			/* a decrement */
#define REST_TOL 5e-11			/* the same of smaller decrements */
#define GROWTH 0.05				/* of a margin, by a step at rest */
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

/*
 * Bring the lower triangle back, with ridge times itself added to the
 * diagonal, whatever the scale of a column is.
 */
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
		fit->hess[i * q + i] = fit->diag[i] +
			ridge * fmax(fit->diag[i], LEAST_DIAGONAL * largest);
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
		ridge = ridge == 0 ? LEAST_RIDGE : ridge * 10;
		restore_hessian(fit, ridge);
	}
	fit->sound = ridge == 0;
	memcpy(fit->step, fit->grad, sizeof(double) * (size_t) q);
	mml_linalg_cholesky_solve(q, 1, fit->hess, q, fit->step, 1);
	return sqrt(fmax(mml_logistic_dot((size_t) q, fit->grad, fit->step), 0));
}

/*
 * Bring columns to a new centre where the mean of weighted rows has moved far
 * from the old one, as it does when a row far out has lost its weight: what is
 * left would cancel in the hessian.  Returns whether any was.
 */
static bool
recentre(MmlLogisticFit *fit)
{
	double	   *centre = mml_logistic_part(fit->job, fit->job->centre);
	const double *scale = mml_logistic_part(fit->job, fit->job->scale);
	size_t		p = (size_t) fit->plan->terms;
	size_t		q = (size_t) fit->plan->unknowns;
	bool		moved = false;

	for (size_t j = 1; fit->task->intercept && j < p; j++)
	{
		double		weight = 0;
		double		sum = 0;
		double		squares = 0;
		double		mean;

		for (size_t i = 0; i < q; i += p)
		{
			weight += fit->hess[i * (q + 1)];
			sum += fit->hess[(i + j) * q + i];
			squares += fit->hess[(i + j) * (q + 1)];
		}
		mean = sum / weight;
		if (!fit->keep[j] || !isfinite(mean) ||
			!(squares / weight - mean * mean < FAR_CENTRE * mean * mean))
			continue;
		centre[j - 1] += mean / scale[j - 1];
		for (size_t i = 0; i < q; i += p)
			fit->theta[i] += fit->theta[i + j] * mean;
		moved = true;
	}
	return moved;
}

/*
 * Go along the step: so many times it, if the objective still rises there;
 * else once, and halving it until the objective does not fall.  Evaluates
 * there, and returns the times gone, 0 where no part helps: theta is then back
 * at the start.
 */
static double
take_step(MmlLogisticFit *fit, double times)
{
	size_t		q = (size_t) fit->plan->unknowns;
	double		before = fit->objective;
	double		slack = ROUNDING * (fabs(before) + 1);

	memcpy(fit->start, fit->theta, sizeof(double) * q);
	for (int i = 0; i <= HALVINGS; i++, times = times > 1 ? 1 : times / 2)
	{
		for (size_t j = 0; j < q; j++)
			fit->theta[j] = fit->start[j] + times * fit->step[j];
		mml_logistic_evaluate(fit, MML_PASS_HESSIAN);
		if (fit->objective >= before - slack &&
			(times <= 1 || mml_logistic_dot(q, fit->grad, fit->step) >= 0))
			return times;
	}
	memcpy(fit->theta, fit->start, sizeof(double) * q);
	mml_logistic_evaluate(fit, MML_PASS_HESSIAN);
	return 0;
}

/* Do classes separate, where we are or by the step?  As the probe tells. */
static bool
is_separated(const MmlLogisticFit *fit, double tol)
{
	return fit->sum.least_margin > CLEAR_MARGIN ||
		(fit->sum.most_move > MOVES && fit->sum.least_move > -tol);
}

/* The same of the step of Newton. */
static bool
step_separates(MmlLogisticFit *fit)
{
	mml_logistic_probe(fit);
	return is_separated(fit, fit->result->decrement > NEAR_REST ?
						BACK_TOL : REST_TOL);
}

/*
 * The same where the fit has come to rest after slow steps.  Rows that a
 * direction separates may be so far out by now that what moves them is lost in
 * the rounding of the gradient, and how far in that of the hessian.  So the
 * step is computed from the gradient of settled rows alone, and brought to a
 * length that makes a margin grow by the part GROWTH.
 */
static bool
rests_separated(MmlLogisticFit *fit)
{
	int			q = fit->plan->unknowns;
	double		loglik = fit->loglik;
	double		times;

	mml_logistic_evaluate(fit, MML_PASS_SETTLED);
	fit->loglik = loglik;
	for (int i = 0; i < q; i++)
		fit->step[i] = fit->keep[i % fit->plan->terms] ? fit->grad[i] : 0;
	mml_linalg_cholesky_solve(q, 1, fit->hess, q, fit->step, 1);
	mml_logistic_probe(fit);
	times = GROWTH / fit->sum.most_growth;
	if (!(times > 0 && times < INFINITY))
		return false;
	for (int i = 0; i < q; i++)
		fit->step[i] *= times;
	mml_logistic_probe(fit);
	return is_separated(fit, REST_TOL);
}

/* Climb from theta on all rows, until nothing is left to gain. */
static MmlStatus
climb(MmlLogisticFit *fit)
{
	MmlLogisticResult *result = fit->result;
	bool		may_separate = fit->task->l2 == 0;
	double		last = INFINITY;
	double		times = 1;
	int			slow = 0;
	bool		was_slow = false;

	for (int i = 0;; i++)
	{
		double		decrement;
		bool		ended;

		if (recentre(fit))
			mml_logistic_evaluate(fit, MML_PASS_HESSIAN);
		decrement = solve_step(fit);
		result->iterations = i;
		result->decrement = decrement;
		if (fit->team->progress != NULL)
			fit->team->progress(fit->team, i, fit->objective, decrement);

		slow = decrement > pow(SLOW, times) * last ? slow + 1 : 0;
		was_slow |= times > 1;
		ended = decrement <= fit->task->tol ||
			(decrement < FLOOR && (times == 0 || decrement > 0.75 * last));
		if (may_separate &&
			((slow > 0 && (slow >= SLOW_STEPS || ended || !fit->sound) &&
			  step_separates(fit)) ||
			 (ended && was_slow && rests_separated(fit))))
			return MML_SEPARATED;
		if (ended)
			return fit->sound || fit->task->l2 > 0 ? MML_OK : MML_NOT_CONVERGED;
		if (i == fit->max_iter || times == 0 || !isfinite(decrement))
			return MML_NOT_CONVERGED;

		last = decrement;
		times = take_step(fit, slow < STRETCH_AFTER ? 1 :
						  fmin(ldexp(1, slow - STRETCH_AFTER + 1), MOST_TIMES));
		if (slow >= STRETCH_AFTER && times <= 1)
			slow = 0;
	}
}

/* A first fit on a sample of the blocks; stays near, where that goes wrong. */
static void
warm_up(MmlLogisticFit *fit)
{
	double		enough = WARM_TOL * sqrt(fit->plan->unknowns);

	mml_logistic_evaluate(fit, MML_PASS_HESSIAN);
	for (int i = 0; i < WARM_ITERATIONS; i++)
		if (solve_step(fit) <= enough || !fit->sound || take_step(fit, 1) == 0)
			break;
}

/* Can a warm start pay? */
static bool
is_large(const MmlLogisticFit *fit)
{
	const MmlBlocks *blocks = fit->team->blocks;
	size_t		sample = blocks->nblocks / MML_LOGISTIC_STRIDE;

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
	bool		warm = is_large(fit);

	if (warm)
	{
		fit->job->stride = MML_LOGISTIC_STRIDE;
		if (want_rank)
			full_rank = mml_logistic_find_rank(fit);
		warm_up(fit);
		fit->job->stride = 1;
	}
	if (want_rank && !full_rank)
	{
		mml_logistic_find_rank(fit);
		for (int i = 0; i < fit->plan->unknowns; i++)
			if (!fit->keep[i % fit->plan->terms])
				fit->theta[i] = 0;
	}

	/* rows far out that the sample missed may make its fit a bad start */
	mml_logistic_evaluate(fit, MML_PASS_HESSIAN);
	if (warm && !(fit->objective >= fit->result->null_loglik))
	{
		mml_logistic_start(fit);
		mml_logistic_evaluate(fit, MML_PASS_HESSIAN);
	}
	return climb(fit);
}

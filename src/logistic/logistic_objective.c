/*-------------------------------------------------------------------------
 *
 * logistic_objective.c
 *	  The penalised log-likelihood: what lanes have found, added up.
 *
 * Lanes are added in their order, so that sums have the same bits whoever
 * visited them.  The penalty in z is
 *
 *		1/2 sum over columns j of penalty_j theta_j' Q theta_j
 *
 * with theta_j (K-1) the column's coefficients, penalty_j = l2 / sd_j^2 since
 * l2 is meant for columns as they came, and Q = 1 for two classes, else
 * Q = I - 11'/K, which takes out the mean over all K classes.  A pass over a
 * share of the rows has that share of the penalty.
 *
 *-------------------------------------------------------------------------
 */
#include <math.h>
#include <string.h>

#include "linalg/linalg.h"
#include "logistic/logistic_fit.h"

/* x'y */
MML_CLONES
double
mml_logistic_dot(size_t n, const double *restrict x, const double *restrict y)
{
	double		sum = 0;

#pragma omp simd reduction(+:sum)
	for (size_t i = 0; i < n; i++)
		sum += x[i] * y[i];
	return sum;
}

/* x += y */
MML_CLONES
static void
add(size_t n, double *restrict x, const double *restrict y)
{
#pragma omp simd
	for (size_t i = 0; i < n; i++)
		x[i] += y[i];
}

/* Q_ab, see above. */
static double
penalty_weight(const MmlLogisticFit *fit, int a, int b)
{
	double		mean = fit->plan->free == 1 ? 0 : 1.0 / fit->task->classes;

	return (a == b ? 1 : 0) - mean;
}

/* Make a pass at theta, and add up what is a number a lane. */
static void
run_pass(MmlLogisticFit *fit, MmlLogisticPass pass)
{
	MmlLogisticJob *job = fit->job;
	MmlLogisticSum *all = &fit->sum;

	job->pass = pass;
	memcpy(mml_logistic_part(job, job->theta), fit->theta,
		   sizeof(double) * (size_t) fit->plan->unknowns);
	fit->team->pass(fit->team);

	*all = (MmlLogisticSum)
	{
		.least_margin = INFINITY,.least_move = INFINITY,.most_move = -INFINITY,
			.most_growth = -INFINITY
	};
	for (int i = 0; i < fit->team->nlanes; i++)
	{
		const MmlLogisticSum *one = mml_logistic_lane_part(job, i);

		all->loglik += one->loglik;
		all->rows += one->rows;
		all->least_margin = fmin(all->least_margin, one->least_margin);
		all->least_move = fmin(all->least_move, one->least_move);
		all->most_move = fmax(all->most_move, one->most_move);
		all->most_growth = fmax(all->most_growth, one->most_growth);
	}
	fit->share = all->rows / (double) fit->task->rows;
}

/* Add lanes' pairs to hess (q,q), whose lower triangle is wanted. */
static void
add_hessians(MmlLogisticFit *fit)
{
	size_t		p = (size_t) fit->plan->terms;
	size_t		q = (size_t) fit->plan->unknowns;

	memset(fit->hess, 0, sizeof(double) * q * q);
	for (int lane = 0; lane < fit->team->nlanes; lane++)
	{
		const double *pair = mml_logistic_part(mml_logistic_lane_part(fit->job, lane),
											   fit->job->hess);

		for (size_t a = 0; a < (size_t) fit->plan->free; a++)
			for (size_t b = 0; b <= a; b++)
				for (size_t i = 0; i < p; i++, pair += p)
					add(i + 1, fit->hess + (a * p + i) * q + b * p, pair);
		MML_CHECK();
	}

	/* a pair of two classes is symmetric, and all of it is needed */
	for (size_t a = 1; a < (size_t) fit->plan->free; a++)
		for (size_t b = 0; b < a; b++)
			mml_linalg_mirror((int) p, fit->hess + a * p * q + b * p, (int) q);
}

/* Take the penalty from the objective, the gradient and the hessian. */
static void
add_penalty(MmlLogisticFit *fit, bool hessian)
{
	int			p = fit->plan->terms;
	int			free = fit->plan->free;
	size_t		q = (size_t) fit->plan->unknowns;
	double		half = 0;

	for (int j = 0; j < p; j++)
	{
		double		lambda = fit->share * fit->penalty[j];
		double		mean = 0;

		if (lambda == 0)
			continue;
		if (free > 1)
		{
			for (int a = 0; a < free; a++)
				mean += fit->theta[a * p + j];
			mean /= fit->task->classes;
		}
		for (int a = 0; a < free; a++)
		{
			size_t		at = (size_t) a * (size_t) p + (size_t) j;
			double		slope = lambda * (fit->theta[at] - mean);

			half += fit->theta[at] * slope;
			fit->grad[at] -= slope;
			for (int b = 0; hessian && b <= a; b++)
				fit->hess[at * q + (size_t) (b * p + j)] +=
					lambda * penalty_weight(fit, a, b);
		}
	}
	fit->objective -= half / 2;
}

/* Objective and gradient, and the hessian if the pass is of that kind. */
void
mml_logistic_evaluate(MmlLogisticFit *fit, MmlLogisticPass pass)
{
	size_t		q = (size_t) fit->plan->unknowns;

	run_pass(fit, pass);
	fit->loglik = fit->objective = fit->sum.loglik;
	memset(fit->grad, 0, sizeof(double) * q);
	for (int lane = 0; lane < fit->team->nlanes; lane++)
		add(q, fit->grad,
			mml_logistic_part(mml_logistic_lane_part(fit->job, lane), fit->job->grad));
	if (pass == MML_PASS_HESSIAN)
		add_hessians(fit);
	add_penalty(fit, pass == MML_PASS_HESSIAN);
}

/* The Gram matrix Z'Z (p,p), lower triangle, in the memory of hess. */
void
mml_logistic_gram(MmlLogisticFit *fit)
{
	size_t		pp = (size_t) fit->plan->terms * (size_t) fit->plan->terms;

	run_pass(fit, MML_PASS_GRAM);
	memset(fit->hess, 0, sizeof(double) * pp);
	for (int lane = 0; lane < fit->team->nlanes; lane++)
		add(pp, fit->hess,
			mml_logistic_part(mml_logistic_lane_part(fit->job, lane), fit->job->hess));
}

/*
 * Margins of rows at theta, and their moves by step.  The terms of a move are
 * sized about the mean of all rows, also where centres have been moved.
 */
void
mml_logistic_probe(MmlLogisticFit *fit)
{
	const double *centre = mml_logistic_part(fit->job, fit->job->centre);
	const double *scale = mml_logistic_part(fit->job, fit->job->scale);
	double	   *offset = mml_logistic_part(fit->job, fit->job->offset);
	const double *s = fit->step;

	for (int a = 0; a < fit->plan->free; a++)
	{
		offset[a] = 0;
		s += fit->task->intercept ? 1 : 0;
		for (int j = 0; j < fit->task->cols; j++, s++)
			if (fit->task->intercept && scale[j] > 0)
				offset[a] += fabs(*s * (centre[j] - fit->task->mean[j]) * scale[j]);
	}
	memcpy(mml_logistic_part(fit->job, fit->job->step), fit->step,
		   sizeof(double) * (size_t) fit->plan->unknowns);
	run_pass(fit, MML_PASS_PROBE);
}

/*-------------------------------------------------------------------------
 *
 * logistic.c
 *	  A fit from task to result; see logistic.h for the objective.
 *
 *		bring columns to deviation 1
 *		start at the intercepts of the fit without columns
 *		climb: Newton's method or L-BFGS
 *		bring coefficients and standard errors back to columns as they came
 *
 * With sd_j the deviation of column j, theta the coefficients of
 * z_j = (x_j - mean_j) / sd_j and C = H^-1 their covariance,
 *
 *		beta_j = theta_j / sd_j			alpha = theta_0 - sum mean_j beta_j
 *		se(beta_j) = C_jj^1/2 / sd_j	se(alpha) = (v'C v)^1/2
 *
 * where v = (1, -mean_j / sd_j ...).  With H = L L' the last is |L^-1 v|, a sum
 * of squares, which loses nothing where means are large.
 *
 * Cost: a pass (logistic_pass.c) an iteration; q^3 / 3 multiply-adds an
 * iteration, and q^3 at the end.
 *
 *-------------------------------------------------------------------------
 */
#include <float.h>
#include <limits.h>
#include <math.h>
#include <string.h>

#include "linalg/linalg.h"
#include "logistic/logistic_fit.h"

#define NEWTON_MOST 2000		/* unknowns */
#define GRAM_MOST 5000			/* terms, for L-BFGS */
#define GRAM_PAYS 400			/* terms a class, where rank is not asked for */
#define DIVERGES 1e-3			/* of the fastest term's step, or of itself */
#define DIVERGES_LBFGS 0.1		/* the first of them there */

/* A deviation from where a column is not constant, and its square fits. */
#define LEAST_DEVIATION 1e-150

/* Give the next n float8 of the work memory; NULL where it is only measured. */
static double *
take(char *work, size_t *used, size_t n, bool *fits)
{
	double	   *place = work == NULL ? NULL : (double *) (work + *used);
	size_t		bytes;

	*fits = *fits && mml_mul_size(n, sizeof(double), &bytes) &&
		mml_add_size(*used, bytes, used) && mml_add_size(*used, 63, &bytes);
	*used = mml_align64(*used);
	return place;
}

/*
 * Lay out the work memory: *bytes is what it takes, and unless work is NULL,
 * the arrays of fit point into it.  false where a size does not fit.
 */
static bool
lay_out_work(const MmlLogisticPlan *plan, void *work, MmlLogisticFit *fit,
			 size_t *bytes)
{
	size_t		p = (size_t) plan->terms;
	size_t		q = (size_t) plan->unknowns;
	bool		newton = plan->method == MML_LOGISTIC_NEWTON;
	bool		fits = true;
	size_t		used = 0;

	fit->penalty = take(work, &used, p, &fits);
	fit->keep = (bool *) take(work, &used, p, &fits);
	fit->theta = take(work, &used, q, &fits);
	fit->grad = take(work, &used, q, &fits);
	fit->step = take(work, &used, q, &fits);
	fit->start = take(work, &used, q, &fits);
	fit->diag = take(work, &used, q, &fits);
	fit->hess = take(work, &used, newton ? q * q : plan->gram ? p * p : 0, &fits);
	fit->memory = take(work, &used, newton ? 0 : (2 * MML_LBFGS_MEMORY + 4) * q, &fits);
	fit->tau = take(work, &used, newton ? 0 : (size_t) plan->free + 1, &fits);
	fit->columns = take(work, &used, newton ? 0 : q + p, &fits);
	*bytes = used;
	return fits;
}

/* Sizes of one method; false where they do not fit. */
static bool
measure(const MmlLogisticTask *task, MmlLogisticMethod method, bool gram,
		MmlLogisticPlan *plan)
{
	MmlLogisticJob job;
	MmlLogisticFit fit;

	plan->method = method;
	plan->gram = gram;
	if (!mml_logistic_layout(task, plan, &job))
		return false;
	plan->tile = job.tile;
	plan->lane_bytes = job.lane_bytes;
	return lay_out_work(plan, NULL, &fit, &plan->work_bytes);
}

/* Choose the method; see logistic.h. */
bool
mml_logistic_plan(const MmlLogisticTask *task, size_t most_bytes,
				  MmlLogisticPlan *plan)
{
	size_t		p = (size_t) task->cols + (task->intercept ? 1 : 0);
	size_t		q = p * ((size_t) task->classes - 1);
	size_t		bytes;

	if (q > INT_MAX)
		return false;
	plan->terms = (int) p;
	plan->free = task->classes - 1;
	plan->unknowns = (int) q;
	if (task->method == MML_LOGISTIC_NEWTON ||
		(task->method == MML_LOGISTIC_AUTO && q <= NEWTON_MOST &&
		 measure(task, MML_LOGISTIC_NEWTON, false, plan) &&
		 mml_add_size(plan->lane_bytes, plan->work_bytes, &bytes) &&
		 bytes <= most_bytes))
		return measure(task, MML_LOGISTIC_NEWTON, false, plan);
	if (p <= GRAM_MOST &&
		(task->l2 == 0 || p <= GRAM_PAYS * ((size_t) task->classes - 1)) &&
		measure(task, MML_LOGISTIC_LBFGS, true, plan) &&
		mml_add_size(plan->lane_bytes, plan->work_bytes, &bytes) &&
		bytes <= most_bytes)
		return true;
	return measure(task, MML_LOGISTIC_LBFGS, false, plan);
}

/* Bytes of the job with so many lanes. */
size_t
mml_logistic_job_bytes(const MmlLogisticTask *task, const MmlLogisticPlan *plan,
					   int nlanes)
{
	MmlLogisticJob job;
	size_t		bytes;

	if (!mml_logistic_layout(task, plan, &job) ||
		!mml_mul_size(job.lane_bytes, (size_t) nlanes, &bytes) ||
		!mml_add_size(bytes, job.lanes, &bytes))
		return SIZE_MAX;
	return bytes;
}

/* The weight of a class. */
static double
class_weight(const MmlLogisticTask *task, int class)
{
	return task->class_weight == NULL ? 1 : task->class_weight[class];
}

/* The class of free vector a. */
static int
free_class(const MmlLogisticTask *task, int a)
{
	return a < task->reference ? a : a + 1;
}

/*
 * Write the fixed part of the job, and the penalty: what each column is
 * centred and scaled by.  A constant column gets the scale 0, and is left out;
 * so does one whose numbers are too large to have a finite deviation.
 */
static void
scale_columns(MmlLogisticFit *fit)
{
	const MmlLogisticTask *task = fit->task;
	double	   *centre = mml_logistic_part(fit->job, fit->job->centre);
	double	   *scale = mml_logistic_part(fit->job, fit->job->scale);
	double	   *weight = mml_logistic_part(fit->job, fit->job->weight);
	int			first = task->intercept ? 1 : 0;

	fit->penalty[0] = 0;
	fit->keep[0] = true;
	for (int j = 0; j < task->cols; j++)
	{
		double		mean = task->mean[j];
		double		spread = sqrt(task->m2[j] / (double) task->rows);
		double		size = task->intercept ? spread : hypot(spread, mean);
		bool		use = size > LEAST_DEVIATION && isfinite(size) && isfinite(mean);

		centre[j] = task->intercept && use ? mean : 0;
		scale[j] = use ? 1 / size : 0;
		fit->penalty[j + first] = task->l2 * scale[j] * scale[j];
		fit->keep[j + first] = use;
	}
	weight[0] = class_weight(task, task->reference);
	for (int a = 0; a < fit->plan->free; a++)
		weight[a + 1] = class_weight(task, free_class(task, a));
}

/*
 * Start at the fit of the intercept alone, whose log-likelihood has a closed
 * form.
 */
void
mml_logistic_start(MmlLogisticFit *fit)
{
	const MmlLogisticTask *task = fit->task;
	int			p = fit->plan->terms;
	double		total = 0;
	double		loglik = 0;
	double		reference = class_weight(task, task->reference) *
		fmax(task->class_rows[task->reference], 0.5);

	for (int c = 0; c < task->classes; c++)
		total += class_weight(task, c) * task->class_rows[c];
	for (int c = 0; c < task->classes; c++)
	{
		double		rows = class_weight(task, c) * task->class_rows[c];

		if (task->intercept && rows > 0)
			loglik += rows * log(rows / total);
	}
	fit->result->null_loglik =
		task->intercept ? loglik : -total * log(task->classes);

	memset(fit->theta, 0, sizeof(double) * (size_t) fit->plan->unknowns);
	for (int a = 0; a < fit->plan->free; a++)
	{
		int			c = free_class(task, a);
		double		rows = class_weight(task, c) * fmax(task->class_rows[c], 0.5);

		if (task->intercept)
			fit->theta[a * p] = log(rows / reference);
	}
}

/*
 * Condition number of the information, scaled to unit diagonal: what is above
 * the diagonal of hess, and diag, are brought to the memory of the factor,
 * which is therefore used before.
 */
static double
condition_number(MmlLogisticFit *fit)
{
	size_t		q = (size_t) fit->plan->unknowns;
	double	   *values = fit->grad;
	double		work[3 * MML_LAPACK_MOST];

	if (q > MML_LAPACK_MOST)
		return NAN;
	for (size_t i = 0; i < q; i++)
	{
		for (size_t j = 0; j < i; j++)
			fit->hess[i * q + j] = fit->hess[j * q + i] /
				sqrt(fit->diag[i] * fit->diag[j]);
		fit->hess[i * q + i] = 1;
	}
	if (mml_linalg_eigenvalues((int) q, fit->hess, (int) q, values, work) != MML_OK ||
		!(values[0] > 0))
		return NAN;
	return sqrt(values[q - 1] / values[0]);
}

/*
 * Standard errors, from the factor of the hessian in hess; see above.  Aliased
 * terms are rows of the identity there, and are not looked at.
 */
static void
find_errors(MmlLogisticFit *fit)
{
	const double *centre = mml_logistic_part(fit->job, fit->job->centre);
	const double *scale = mml_logistic_part(fit->job, fit->job->scale);
	double	   *error = fit->result->std_error;
	double	   *v = fit->step;
	int			p = fit->plan->terms;
	int			q = fit->plan->unknowns;

	for (int a = 0; fit->task->intercept && a < fit->plan->free; a++)
	{
		memset(v, 0, sizeof(double) * (size_t) q);
		v[a * p] = 1;
		for (int j = 1; j < p; j++)
			v[a * p + j] = fit->keep[j] ? -centre[j - 1] * scale[j - 1] : 0;
		mml_linalg_forward_solve(q, 1, fit->hess, q, v, 1);
		error[a * p] = sqrt(mml_logistic_dot((size_t) q, v, v));
	}
	mml_linalg_cholesky_inverse(q, fit->hess, q);
	for (int i = 0; i < q; i++)
	{
		int			j = i % p - (fit->task->intercept ? 1 : 0);

		if (j >= 0)
			error[i] = sqrt(fit->hess[(size_t) i * ((size_t) q + 1)]) * scale[j];
	}
}

/*
 * Bring coefficients x (K-1,p) of z to those of columns as they came, in
 * place.
 */
static void
unscale(const MmlLogisticFit *fit, double *x)
{
	const double *centre = mml_logistic_part(fit->job, fit->job->centre);
	const double *scale = mml_logistic_part(fit->job, fit->job->scale);

	for (int a = 0; a < fit->plan->free; a++)
	{
		double	   *alpha = fit->task->intercept ? x++ : NULL;

		for (int j = 0; j < fit->task->cols; j++, x++)
		{
			*x *= scale[j];
			if (alpha != NULL)
				*alpha -= centre[j] * *x;
		}
	}
}

/*
 * Say what became of each term.  Under separation those diverge that the last
 * step still moves, by a part of what they are that is no rounding; the step
 * of an intercept is that of the column as it came.
 */
static void
judge_terms(MmlLogisticFit *fit, bool separated)
{
	int			p = fit->plan->terms;
	int			q = fit->plan->unknowns;
	double	   *raw = fit->start;
	double		fastest = 0;
	double		least = fit->plan->method == MML_LOGISTIC_NEWTON ?
		DIVERGES : DIVERGES_LBFGS;

	memcpy(raw, fit->step, sizeof(double) * (size_t) q);
	unscale(fit, raw);
	for (int i = 0; i < q; i++)
	{
		if (!fit->task->intercept || i % p != 0)
			raw[i] = fabs(fit->step[i]) > DIVERGES * fabs(fit->theta[i]) ?
				fit->step[i] : 0;
		fastest = fmax(fastest, fabs(raw[i]));
	}
	for (int i = 0; i < q; i++)
		fit->result->status[i] =
			fit->task->l2 == 0 && !fit->keep[i % p] ? MML_TERM_ALIASED :
			separated && fabs(raw[i]) > least * fastest ? MML_TERM_DIVERGES :
			MML_TERM_ESTIMATED;
}

/* Write the result. */
static void
report(MmlLogisticFit *fit, MmlStatus status)
{
	MmlLogisticResult *result = fit->result;
	size_t		q = (size_t) fit->plan->unknowns;
	bool		newton = fit->plan->method == MML_LOGISTIC_NEWTON;

	result->method = fit->plan->method;
	result->converged = status == MML_OK;
	result->separated = status == MML_SEPARATED;
	result->loglik = fit->loglik;
	if (!isfinite(result->decrement))
		result->decrement = DBL_MAX;
	judge_terms(fit, result->separated);
	memcpy(result->beta, fit->theta, sizeof(double) * q);
	unscale(fit, result->beta);
	for (size_t i = 0; i < q; i++)
		result->std_error[i] = NAN;
	if (newton && fit->sound && fit->task->l2 == 0 && fit->task->class_weight == NULL)
		find_errors(fit);
	result->condition = newton ? condition_number(fit) : NAN;
	for (size_t i = 0; i < q; i++)
	{
		if (result->status[i] == MML_TERM_ALIASED)
			result->beta[i] = NAN;
		if (result->status[i] == MML_TERM_ALIASED || !isfinite(result->std_error[i]))
			result->std_error[i] = NAN;
	}
}

/* Fit; see logistic.h. */
MmlStatus
mml_logistic_fit(MmlTeam *team, const MmlLogisticTask *task,
				 const MmlLogisticPlan *plan, void *work,
				 MmlLogisticResult *result)
{
	MmlLogisticFit fit = {.team = team,.task = task,.plan = plan,
	.job = team->job,.result = result,.max_iter = task->max_iter};
	bool		newton = plan->method == MML_LOGISTIC_NEWTON;
	size_t		bytes;
	MmlStatus	status;

	if (fit.max_iter == 0)
		fit.max_iter = newton ? 100 : 1000;
	mml_logistic_layout(task, plan, fit.job);
	lay_out_work(plan, work, &fit, &bytes);
	scale_columns(&fit);
	mml_logistic_start(&fit);
	status = newton ? mml_logistic_newton(&fit) : mml_logistic_lbfgs(&fit);
	report(&fit, status);
	return status;
}

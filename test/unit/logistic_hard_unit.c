/*-------------------------------------------------------------------------
 *
 * logistic_hard_unit.c
 *	  Tests of logistic regression where a maximum is far, hard or nowhere:
 *	  separation, strong effects, L-BFGS.
 *
 *-------------------------------------------------------------------------
 */
#include "unit.h"

#include "logistic_data.h"

static Data data;
static Data other;

/* The largest difference of n numbers, each against its error. */
static double
distance(int n, const double *x, const double *y, const double *error)
{
	double		largest = 0;

	for (int i = 0; i < n; i++)
		largest = fmax(largest, fabs(x[i] - y[i]) / (error == NULL ? 1 : error[i]));
	return largest;
}

TEST(complete_separation)
{
	static const double x[] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10};
	static const int y[] = {0, 0, 0, 0, 0, 1, 1, 1, 1, 1};
	Fit			fit;

	data_make_column(&data, 10, x, y);
	fit = fit_default(&data);
	fit_run(&fit, &data);
	CHECK(fit.status == MML_SEPARATED && fit.result.separated && !fit.result.converged);
	CHECK(fit.term_status[0] == MML_TERM_DIVERGES && fit.term_status[1] == MML_TERM_DIVERGES);
	CHECK(isfinite(fit.beta[1]) && fit.beta[1] > 5 && isfinite(fit.std_error[1]));
	CHECK(fit.result.iterations < 30);
	fit.task.l2 = 1e-3;
	fit_run(&fit, &data);
	CHECK(fit.status == MML_OK);
}

TEST(quasi_separation)
{
	static const double x[] = {1, 2, 3, 4, 5, 5, 5, 6, 7, 8};
	static const int y[] = {0, 0, 0, 0, 0, 1, 1, 1, 1, 1};
	Fit			fit;

	data_make_column(&data, 10, x, y);
	fit = fit_default(&data);
	fit_run(&fit, &data);
	CHECK(fit.status == MML_SEPARATED);
	CHECK(fit.term_status[1] == MML_TERM_DIVERGES);

	/* with the last row turned round there is a maximum */
	data.y[9] = 0;
	fit_run(&fit, &data);
	CHECK(fit.status == MML_OK);
}

TEST(one_column_of_many_separates)
{
	int			ones = 0;
	Fit			fit;

	/* a rare mark that only rows of class 1 have */
	data_make(&data, 5000, 3, 2, 13);
	data_add_column(&other, &data);
	for (int i = 0; i < data.rows; i++)
	{
		other.x[4 * i + 3] = data.y[i] == 1 && ones < 6;
		ones += other.x[4 * i + 3] > 0;
	}
	fit = fit_default(&other);
	fit_run(&fit, &other);
	CHECK(fit.status == MML_SEPARATED && fit.result.iterations < 30);
	CHECK(fit.term_status[4] == MML_TERM_DIVERGES);
	for (int j = 0; j < 4; j++)
		CHECK(fit.term_status[j] == MML_TERM_ESTIMATED);

	/* one row of class 0 that has it too, and its estimate is finite */
	for (int i = 0; i < data.rows; i++)
		if (data.y[i] == 0)
		{
			other.x[4 * i + 3] = 1;
			break;
		}
	fit_run(&fit, &other);
	CHECK(fit.status == MML_OK && fit.term_status[4] == MML_TERM_ESTIMATED);
}

TEST(one_class_of_many_separates)
{
	Fit			fit;

	data_make(&data, 500, 2, 3, 17);
	for (int i = 0; i < data.rows; i++)
		if (data.y[i] == 2)
			data.x[2 * i] += 1000;
	fit = fit_default(&data);
	fit_run(&fit, &data);
	CHECK(fit.status == MML_SEPARATED);
	CHECK(fit.term_status[1] == MML_TERM_ESTIMATED && fit.term_status[4] == MML_TERM_DIVERGES);
}

TEST(strong_effects_are_finite)
{
	uint64_t	state = 3;
	Fit			fit;

	/* logit 12 x; x is nearly normal */
	data.rows = 4000;
	data.cols = 1;
	data.classes = 2;
	for (int i = 0; i < data.rows; i++)
	{
		double		x = 0;

		for (int k = 0; k < 12; k++)
			x += data_draw(&state, 1000000) / 1e6;
		data.x[i] = x - 6;
		data.y[i] = data_draw(&state, 1000000) < 1e6 / (1 + exp(-12 * data.x[i]));
	}
	fit = fit_default(&data);
	fit_run(&fit, &data);
	CHECK(fit.status == MML_OK);
	CHECK_NEAR(fit.beta[1], 12, 2);

	/* one in 2000 contradicts: logit 7.6 against -7.6 */
	for (int i = 0; i < data.rows; i++)
	{
		data.x[i] = i % 2;
		data.y[i] = i < 2 ? !(i % 2) : i % 2;
	}
	fit_run(&fit, &data);
	CHECK(fit.status == MML_OK);
	CHECK_NEAR(fit.beta[1], 2 * log(1999), 1e-6);

	/* classes overlap in a sliver only */
	for (int i = 0; i < data.rows; i++)
		data.x[i] += i < 2 ? (i == 0 ? 0.498 : -0.498) : 0;
	fit_run(&fit, &data);
	CHECK(fit.status == MML_OK);
	CHECK(fit.beta[1] > 20);
}

TEST(one_class_only)
{
	Fit			fit;

	data_make_patients(&data);
	memset(data.y, 0, sizeof(data.y));
	fit = fit_default(&data);
	fit_run(&fit, &data);
	CHECK(fit.status == MML_SEPARATED);
	CHECK(isfinite(fit.beta[0]));
}

TEST(lbfgs_agrees_with_newton)
{
	for (int classes = 2; classes <= 4; classes += 2)
	{
		Fit			newton;
		Fit			lbfgs;

		data_make(&data, 1000, 6, classes, 9);
		newton = fit_default(&data);
		newton.task.reference = 1;
		lbfgs = newton;
		lbfgs.task.method = MML_LOGISTIC_LBFGS;
		fit_run(&newton, &data);
		fit_run(&lbfgs, &data);
		CHECK(lbfgs.status == MML_OK && lbfgs.result.method == MML_LOGISTIC_LBFGS);
		CHECK(distance(7 * (classes - 1), lbfgs.beta, newton.beta, newton.std_error) < 1e-4);
		CHECK(isnan(lbfgs.std_error[0]) && isnan(lbfgs.result.condition));

		newton.task.l2 = lbfgs.task.l2 = 20;
		fit_run(&newton, &data);
		fit_run(&lbfgs, &data);
		CHECK(distance(7 * (classes - 1), lbfgs.beta, newton.beta, NULL) < 1e-5);
	}
}

TEST(many_unknowns)
{
	Fit			newton;
	Fit			lbfgs;

	/* more than one tile of the factor, and many pairs of classes */
	data_make(&data, 3000, 39, 8, 19);
	newton = fit_default(&data);
	newton.task.l2 = 100;
	newton.block_rows = 320;
	lbfgs = newton;
	lbfgs.task.method = MML_LOGISTIC_LBFGS;
	fit_run(&newton, &data);
	fit_run(&lbfgs, &data);
	CHECK(newton.plan.unknowns == 280);
	CHECK(newton.status == MML_OK && lbfgs.status == MML_OK);
	CHECK(newton.result.condition > 1);
	CHECK_NEAR(lbfgs.result.loglik, newton.result.loglik, 1e-4);
	CHECK(distance(280, lbfgs.beta, newton.beta, NULL) < 1e-4);
}

TEST(lbfgs_with_unix_time_and_separation)
{
	Fit			fit;

	data_make(&data, 500, 3, 2, 9);
	for (int i = 0; i < data.rows; i++)
		data.x[3 * i] += 1700000000;
	fit = fit_default(&data);
	fit.task.method = MML_LOGISTIC_LBFGS;
	fit_run(&fit, &data);
	CHECK(fit.status == MML_OK && fit.result.iterations < 50);

	for (int i = 0; i < data.rows; i++)
		data.y[i] = data.x[3 * i + 1] > 10;
	fit_run(&fit, &data);
	CHECK(fit.status == MML_SEPARATED);
}

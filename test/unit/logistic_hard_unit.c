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

/* A thousand rows of logit x, then more of them at far, of class far_class. */
static void
make_far(int n_far, double far, int far_class)
{
	data.rows = 1000 + n_far;
	data.cols = 1;
	data.classes = 2;
	for (int i = 0; i < 1000; i++)
	{
		double		x = ((i + 1) % 11 - 5) / 2.5;

		data.x[i] = x;
		data.y[i] = (i + 1) * 7919 % 101 / 101.0 < 1 / (1 + exp(-x));
	}
	for (int i = 1000; i < data.rows; i++)
	{
		data.x[i] = far;
		data.y[i] = far_class;
	}
}

TEST(rows_far_out)
{
	static const double far[] = {1e3, 1e6, 2147483647, 1e9, 1e12};
	Fit			near;
	Fit			fit;

	/* those on their own side are fitted perfectly, and change nothing */
	make_far(0, 0, 0);
	near = fit_default(&data);
	fit_run(&near, &data);
	CHECK_NEAR(near.beta[1], 1.00819, 1e-5);
	for (size_t i = 0; i < sizeof(far) / sizeof(far[0]); i++)
		for (int n = 1; n <= (far[i] > 1e10 ? 1 : 30); n += 29)
		{
			make_far(n, far[i], 1);
			fit = fit_default(&data);
			fit_run(&fit, &data);
			CHECK(fit.status == MML_OK && fit.result.iterations < 40);
			CHECK_NEAR(fit.beta[0], near.beta[0], 1e-6);
			CHECK_NEAR(fit.beta[1], near.beta[1], 1e-6);
			CHECK_NEAR(fit.std_error[1], near.std_error[1], 1e-6);
			CHECK_NEAR(fit.result.loglik, near.result.loglik, 1e-8);
		}
}

TEST(far_rows_that_contradict)
{
	Fit			fit;

	/* they hold the slope near 0, where they are fitted best */
	make_far(20, 999999, 0);
	fit = fit_default(&data);
	fit_run(&fit, &data);
	CHECK(fit.status == MML_OK);
	CHECK_NEAR(fit.beta[1] * 1e5, -1.10287598, 1e-7);
	make_far(1, -2147483647, 1);
	fit_run(&fit, &data);
	CHECK(fit.status == MML_OK && fit.beta[1] > -1e-8 && fit.beta[1] < -1e-9);
	make_far(1, -1e12, 1);
	fit_run(&fit, &data);
	CHECK(fit.status == MML_OK && fabs(fit.beta[1]) < 1e-10);
}

TEST(separation_beside_a_row_far_out)
{
	static const double far[] = {1e6, 2147483647, 1e12};

	for (int i = 0; i < 3; i++)
	{
		int			ones = 0;
		Fit			fit;

		/* a mark that only rows of class 1 have */
		make_far(1, far[i], 1);
		data_add_column(&other, &data);
		for (int k = 0; k < data.rows; k++)
		{
			other.x[2 * k + 1] = data.y[k] == 1 && ones < 6;
			ones += other.x[2 * k + 1] > 0;
		}
		fit = fit_default(&other);
		fit_run(&fit, &other);
		CHECK(fit.status == MML_SEPARATED && fit.result.iterations < 40);
		CHECK(fit.term_status[2] == MML_TERM_DIVERGES);

		/* quasi: x >= 0 of class 1 where x is not 0; and a row far out */
		for (int k = 0; k < 1000; k++)
			data.y[k] = data.x[k] > 0 || (fabs(data.x[k]) < 0.1 && k % 3 == 0);
		fit = fit_default(&data);
		fit_run(&fit, &data);
		CHECK(fit.status == MML_SEPARATED);
		CHECK(fit.term_status[1] == MML_TERM_DIVERGES);
	}
}

TEST(rows_far_out_that_a_sample_misses)
{
	for (int class = 0; class < 2; class++)
		for (int at = 3; at < 10000; at += 5000)
		{
			Fit			cold;
			Fit			warm;

			data_make(&data, 20000, 2, 2, 5);
			data.x[2 * at] = 2147483647;
			data.y[at] = class;
			warm = fit_default(&data);
			cold = warm;
			cold.block_rows = 20000;
			fit_run(&warm, &data);
			fit_run(&cold, &data);
			CHECK(warm.status == MML_OK && cold.status == MML_OK);
			CHECK(warm.result.iterations < 40);
			CHECK(distance(3, warm.beta, cold.beta, cold.std_error) < 1e-6);
		}
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
	static const double weight[] = {1, 4, 0.25, 9};

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

		newton.task.class_weight = lbfgs.task.class_weight = weight;
		newton.task.intercept = lbfgs.task.intercept = false;
		fit_run(&newton, &data);
		fit_run(&lbfgs, &data);
		CHECK(lbfgs.status == MML_OK && lbfgs.result.iterations < 60);
		CHECK(distance(6 * (classes - 1), lbfgs.beta, newton.beta, NULL) < 1e-5);
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

TEST(lbfgs_takes_few_iterations)
{
	Fit			fit;

	/* eight classes, of which one is rare; columns that hang together */
	data_make(&data, 6000, 20, 8, 23);
	for (int i = 0; i < data.rows; i++)
	{
		data.y[i] = data.y[i] == 5 && i % 16 != 0 ? 4 : data.y[i];
		for (int j = 1; j < 20; j++)
			data.x[20 * i + j] += data.x[20 * i + j - 1];
	}
	fit = fit_default(&data);
	fit.block_rows = 100;
	fit.task.method = MML_LOGISTIC_LBFGS;
	fit_run(&fit, &data);
	CHECK(fit.plan.gram && fit.status == MML_OK);
	CHECK(fit.result.iterations < 80);
	fit.task.l2 = 1;
	fit_run(&fit, &data);
	CHECK(fit.status == MML_OK);
	CHECK(fit.result.iterations < 80);
}

TEST(lbfgs_without_room_for_the_gram_matrix)
{
	MmlLogisticTask task = {.rows = 1000,.cols = 5001,.classes = 2,.intercept = true};
	MmlLogisticPlan plan;

	CHECK(mml_logistic_plan(&task, SIZE_MAX, &plan));
	CHECK(plan.method == MML_LOGISTIC_LBFGS && !plan.gram);
	task.cols = 4999;
	CHECK(mml_logistic_plan(&task, SIZE_MAX, &plan) && plan.gram);
	CHECK(mml_logistic_plan(&task, (size_t) 1 << 20, &plan) && !plan.gram);
	task.l2 = 1;
	CHECK(mml_logistic_plan(&task, SIZE_MAX, &plan) && !plan.gram);
}

TEST(lbfgs_collinear_columns_keep_the_first)
{
	Fit			newton;
	Fit			lbfgs;

	/* the column 3 is column 0 less twice column 1; column 4 is constant */
	data_make(&data, 2000, 3, 4, 7);
	data_add_column(&other, &data);
	for (int i = 0; i < data.rows; i++)
		other.x[4 * i + 3] = other.x[4 * i] - 2 * other.x[4 * i + 1];
	data_add_column(&data, &other);
	for (int i = 0; i < data.rows; i++)
		data.x[5 * i + 4] = 0.1;
	newton = fit_default(&data);
	lbfgs = newton;
	lbfgs.task.method = MML_LOGISTIC_LBFGS;
	fit_run(&newton, &data);
	fit_run(&lbfgs, &data);
	CHECK(lbfgs.status == MML_OK);
	CHECK(memcmp(lbfgs.term_status, newton.term_status, 18) == 0);
	CHECK(lbfgs.term_status[4] == MML_TERM_ALIASED && isnan(lbfgs.beta[4]));
	CHECK(lbfgs.term_status[5] == MML_TERM_ALIASED);
	CHECK(distance(4, lbfgs.beta, newton.beta, newton.std_error) < 1e-4);
	lbfgs.task.l2 = 1;
	fit_run(&lbfgs, &data);
	CHECK(lbfgs.status == MML_OK && lbfgs.term_status[4] == MML_TERM_ESTIMATED);
}

TEST(lbfgs_a_mark_of_one_class_separates)
{
	Fit			fit;

	data_make(&data, 3000, 4, 5, 29);
	data_add_column(&other, &data);
	for (int i = 0; i < data.rows; i++)
		other.x[5 * i + 4] = data.y[i] == 3;
	fit = fit_default(&other);
	fit.task.method = MML_LOGISTIC_LBFGS;
	fit_run(&fit, &other);
	CHECK(fit.status == MML_SEPARATED);
	for (int i = 0; i < 24; i++)
		CHECK((fit.term_status[i] == MML_TERM_DIVERGES) == (i == 12 || i == 17));

	fit.task.l2 = 1;
	fit_run(&fit, &other);
	CHECK(fit.status == MML_OK);
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

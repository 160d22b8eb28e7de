/*-------------------------------------------------------------------------
 *
 * logistic_unit.c
 *	  Tests of fitting logistic regression.
 *
 *-------------------------------------------------------------------------
 */
#include "unit.h"

#include "logistic_data.h"
#include "logistic_golden.h"

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

/* Weights that make classes count the same, as scikit-learn's 'balanced'. */
static void
balance(const Data *d, double *weight)
{
	double		rows[MOST_CLASSES] = {0};

	for (int i = 0; i < d->rows; i++)
		rows[d->y[i]]++;
	for (int c = 0; c < d->classes; c++)
		weight[c] = d->rows / (d->classes * rows[c]);
}

TEST(patients)
{
	static const double beta[] = {-6.363469941846, -1.024106052408, 0.11904491667};
	static const double error[] = {3.213904524734, 1.171080146495, 0.054979175575};
	Fit			fit;

	data_make_patients(&data);
	fit = fit_default(&data);
	fit_run(&fit, &data);
	CHECK(fit.status == MML_OK && fit.result.converged && !fit.result.separated);
	CHECK(distance(3, fit.beta, beta, NULL) < 1e-10);
	CHECK(distance(3, fit.std_error, error, NULL) < 1e-10);
	CHECK_NEAR(fit.result.loglik, -9.410182983851, 1e-11);
	CHECK_NEAR(fit.result.null_loglik, -27.725887222397 / 2, 1e-11);
	CHECK(fit.result.decrement <= 1e-8);
	CHECK(fit.result.iterations <= 7);
	CHECK(fit.result.condition > 1 && fit.result.condition < 3);
}

TEST(binary)
{
	Fit			fit;

	data_make(&data, 400, 4, 2, 1);
	fit = fit_default(&data);
	fit_run(&fit, &data);
	CHECK(fit.status == MML_OK);
	CHECK(distance(5, fit.beta, golden_binary, golden_binary_error) < 1e-10);
	CHECK(distance(5, fit.std_error, golden_binary_error, NULL) < 1e-10);
	CHECK_NEAR(fit.result.loglik, golden_binary_loglik[0], 1e-9);
}

TEST(binary_without_intercept)
{
	Fit			fit;

	data_make(&data, 400, 4, 2, 1);
	fit = fit_default(&data);
	fit.task.intercept = false;
	fit.task.reference = 1;
	fit_run(&fit, &data);
	CHECK(distance(4, fit.beta, golden_binary_origin, NULL) < 1e-10);
	CHECK_NEAR(fit.result.null_loglik, -400 * log(2), 1e-9);

	fit.task.reference = 0;
	fit.task.l2 = 30;
	fit_run(&fit, &data);
	CHECK(distance(4, fit.beta, golden_binary_l2_origin, NULL) < 1e-9);
}

TEST(binary_penalised)
{
	Fit			fit;

	data_make(&data, 400, 4, 2, 1);
	fit = fit_default(&data);
	fit.task.l2 = 30;
	fit_run(&fit, &data);
	CHECK(fit.status == MML_OK);
	CHECK(distance(5, fit.beta, golden_binary_l2, NULL) < 1e-8);
	CHECK(isnan(fit.std_error[0]) && isnan(fit.std_error[4]));
}

TEST(balanced_classes)
{
	double		weight[2];
	Fit			fit;

	data_make(&data, 400, 4, 2, 1);
	for (int i = 0; i < data.rows; i++)
		data.y[i] = data.y[i] && data.x[4 * i + 1] > 10;
	balance(&data, weight);
	fit = fit_default(&data);
	fit.task.class_weight = weight;
	fit_run(&fit, &data);
	CHECK(fit.status == MML_OK);
	CHECK(distance(5, fit.beta, golden_balanced, NULL) < 1e-10);
	CHECK(isnan(fit.std_error[1]));
	CHECK_NEAR(fit.result.null_loglik, -400 * log(2), 1e-9);
	fit.task.l2 = 5;
	fit_run(&fit, &data);
	CHECK(distance(5, fit.beta, golden_balanced_l2, NULL) < 1e-8);
}

TEST(many_classes)
{
	Fit			fit;

	data_make(&data, 600, 3, 4, 2);
	fit = fit_default(&data);
	fit.task.reference = 1;
	fit_run(&fit, &data);
	CHECK(fit.status == MML_OK);
	CHECK(distance(12, fit.beta, golden_many, golden_many_error) < 1e-9);
	CHECK(distance(12, fit.std_error, golden_many_error, NULL) < 1e-9);
	CHECK_NEAR(fit.result.loglik, golden_many_loglik[0], 1e-9);
	fit.task.l2 = 30;
	fit_run(&fit, &data);
	CHECK(distance(12, fit.beta, golden_many_l2, NULL) < 1e-8);
}

TEST(reference_does_not_matter)
{
	double		weight[4];
	Fit			a;
	Fit			b;

	data_make(&data, 600, 3, 4, 2);
	balance(&data, weight);
	a = fit_default(&data);
	a.task.l2 = 30;
	a.task.class_weight = weight;
	b = a;
	b.task.reference = 3;
	fit_run(&a, &data);
	fit_run(&b, &data);
	CHECK_NEAR(a.result.loglik, b.result.loglik, 1e-9);
	for (int j = 0; j < 4; j++)
	{
		/* class 2 against class 1, then class 3 against class 0 */
		CHECK_NEAR(a.beta[4 + j] - a.beta[j], b.beta[8 + j] - b.beta[4 + j], 1e-8);
		CHECK_NEAR(a.beta[8 + j], -b.beta[j], 1e-8);
	}
}

TEST(unix_time_among_small_numbers)
{
	Fit			near;
	Fit			far;

	data_make(&data, 400, 4, 2, 1);
	for (int i = 0; i < data.rows; i++)
		data.x[4 * i] = rint(data.x[4 * i] * 250);
	near = fit_default(&data);
	fit_run(&near, &data);
	for (int i = 0; i < data.rows; i++)
	{
		data.x[4 * i] += 1700000000;
		data.x[4 * i + 2] *= 0x1p-40;
	}
	far = fit_default(&data);
	fit_run(&far, &data);
	CHECK(far.status == MML_OK);
	for (int j = 1; j < 5; j++)
	{
		double		unit = j == 3 ? 0x1p40 : 1;

		CHECK_NEAR(far.beta[j] / unit, near.beta[j], 1e-10 * fabs(near.beta[j]));
		CHECK_NEAR(far.std_error[j] / unit, near.std_error[j], 1e-10 * near.std_error[j]);
	}
	CHECK_NEAR(far.beta[0], near.beta[0] - 1700000000 * near.beta[1], 1e-2);
	CHECK_NEAR(far.std_error[0] / (1700000000 * near.std_error[1]), 1, 1e-6);
	CHECK_NEAR(far.result.loglik, near.result.loglik, 1e-9);
}

TEST(collinear_columns_keep_the_first)
{
	Fit			fit;
	Fit			plain;

	data_make(&data, 300, 3, 3, 7);
	plain = fit_default(&data);
	fit_run(&plain, &data);
	data_add_column(&other, &data);
	for (int i = 0; i < data.rows; i++)
	{
		double	   *x = other.x + 4 * i;

		/* the columns come in the order 0, 2 x0 - x1 + 7, 1, 2 */
		x[3] = x[2];
		x[2] = x[1];
		x[1] = 2 * x[0] - x[2] + 7;
	}
	fit = fit_default(&other);
	fit_run(&fit, &other);
	CHECK(fit.status == MML_OK);
	for (int a = 0; a < 2; a++)
	{
		const double *beta = fit.beta + 5 * a;

		CHECK(fit.term_status[5 * a + 3] == MML_TERM_ALIASED);
		CHECK(isnan(beta[3]) && isnan(fit.std_error[5 * a + 3]));
		CHECK(fit.term_status[5 * a + 2] == MML_TERM_ESTIMATED);
		CHECK_NEAR(beta[4], plain.beta[4 * a + 3], 1e-9);
		CHECK_NEAR(beta[1] + 2 * beta[2], plain.beta[4 * a + 1], 1e-9);
		CHECK_NEAR(fit.std_error[5 * a + 4], plain.std_error[4 * a + 3], 1e-9);
	}
	CHECK_NEAR(fit.result.loglik, plain.result.loglik, 1e-9);
	CHECK(fit.result.condition < 100);

	fit.task.l2 = 1;
	fit_run(&fit, &other);
	CHECK(fit.status == MML_OK && fit.term_status[3] == MML_TERM_ESTIMATED);
	CHECK(isfinite(fit.beta[3]));
}

TEST(constant_column)
{
	Fit			fit;

	data_make_patients(&data);
	data_add_column(&other, &data);
	for (int i = 0; i < data.rows; i++)
		other.x[3 * i + 2] = 0.1;
	fit = fit_default(&other);
	fit_run(&fit, &other);
	CHECK(fit.status == MML_OK);
	CHECK(fit.term_status[3] == MML_TERM_ALIASED && isnan(fit.beta[3]));
	CHECK_NEAR(fit.beta[1], -1.024106052408, 1e-10);

	/* without intercept it stands for one */
	fit.task.intercept = false;
	fit_run(&fit, &other);
	CHECK(fit.term_status[2] == MML_TERM_ESTIMATED);
	CHECK_NEAR(fit.beta[2] * 0.1, -6.363469941846, 1e-9);

	/* a penalty makes it 0 */
	fit.task.intercept = true;
	fit.task.l2 = 1;
	fit_run(&fit, &other);
	CHECK(fit.term_status[3] == MML_TERM_ESTIMATED);
	CHECK_NEAR(fit.beta[3], 0, 1e-9);
}

TEST(more_columns_than_rows)
{
	Fit			fit;

	data_make(&data, 8, 12, 2, 3);
	data.y[0] = 0;
	data.y[1] = 1;
	fit = fit_default(&data);
	fit_run(&fit, &data);
	CHECK(fit.status == MML_SEPARATED);
	CHECK(fit.term_status[12] == MML_TERM_ALIASED);
	fit.task.l2 = 0.1;
	fit_run(&fit, &data);
	CHECK(fit.status == MML_OK);
}

TEST(lanes_in_any_order)
{
	Fit			forth;
	Fit			back;

	data_make(&data, 3000, 5, 3, 11);
	forth = fit_default(&data);
	forth.lanes = 7;
	back = forth;
	back.backwards = true;
	fit_run(&forth, &data);
	fit_run(&back, &data);
	CHECK(memcmp(forth.beta, back.beta, sizeof(double) * 12) == 0);
	CHECK(memcmp(forth.std_error, back.std_error, sizeof(double) * 12) == 0);
	CHECK(forth.result.loglik == back.result.loglik);

	/* other blocks and lanes change the last digits only */
	forth.lanes = 1;
	forth.block_rows = 4096;
	fit_run(&forth, &data);
	CHECK(distance(12, forth.beta, back.beta, back.std_error) < 1e-9);
}

TEST(warm_start)
{
	Fit			warm;
	Fit			cold;

	data_make(&data, 20000, 6, 2, 5);
	warm = fit_default(&data);
	warm.block_rows = 64;
	cold = warm;
	cold.block_rows = 20000;
	fit_run(&warm, &data);
	fit_run(&cold, &data);
	CHECK(warm.status == MML_OK && cold.status == MML_OK);
	CHECK(distance(7, warm.beta, cold.beta, cold.std_error) < 1e-8);
	CHECK(distance(7, warm.std_error, cold.std_error, cold.std_error) < 1e-8);
	CHECK(warm.result.iterations < cold.result.iterations);

	warm.task.l2 = cold.task.l2 = 50;
	fit_run(&warm, &data);
	fit_run(&cold, &data);
	CHECK(distance(7, warm.beta, cold.beta, NULL) < 1e-8);
}

TEST(warm_start_misses_a_column)
{
	Fit			fit;

	/* columns 3 and 4: blocks that the sample skips, and a copy of column 0 */
	data_make(&data, 20000, 5, 2, 5);
	for (int i = 0; i < data.rows; i++)
	{
		data.x[5 * i + 3] = i / 64 % 16 == 3;
		data.x[5 * i + 4] = data.x[5 * i];
	}
	fit = fit_default(&data);
	fit_run(&fit, &data);
	CHECK(fit.status == MML_OK);
	CHECK(fit.term_status[4] == MML_TERM_ESTIMATED && fit.std_error[4] > 0);
	CHECK(fit.term_status[5] == MML_TERM_ALIASED);
}

TEST(max_iter)
{
	Fit			fit;

	data_make_patients(&data);
	fit = fit_default(&data);
	fit.task.max_iter = 2;
	fit_run(&fit, &data);
	CHECK(fit.status == MML_NOT_CONVERGED && !fit.result.converged);
	CHECK(fit.result.iterations == 2);
	CHECK(fit.result.decrement > 1e-8);
	CHECK_NEAR(fit.result.loglik, -9.41, 0.05);
}

TEST(plan_chooses_a_method)
{
	MmlLogisticTask task = {.rows = 1000,.cols = 1999,.classes = 2,.intercept = true};
	MmlLogisticPlan plan;

	CHECK(mml_logistic_plan(&task, (size_t) 1 << 30, &plan));
	CHECK(plan.method == MML_LOGISTIC_NEWTON && plan.unknowns == 2000);
	CHECK(mml_logistic_plan(&task, (size_t) 1 << 20, &plan));
	CHECK(plan.method == MML_LOGISTIC_LBFGS);
	task.cols = 2000;
	CHECK(mml_logistic_plan(&task, SIZE_MAX, &plan));
	CHECK(plan.method == MML_LOGISTIC_LBFGS);
	task.cols = INT32_MAX;
	CHECK(!mml_logistic_plan(&task, SIZE_MAX, &plan));
}

TEST(columns_too_large_or_too_small)
{
	Fit			fit;

	data_make_patients(&data);
	data_add_column(&other, &data);
	for (int i = 0; i < data.rows; i++)
		other.x[3 * i + 2] = i % 3 == 0 ? 1e300 : -1e300;
	fit = fit_default(&other);
	fit_run(&fit, &other);
	CHECK(fit.status == MML_OK && fit.term_status[3] == MML_TERM_ALIASED);
	CHECK_NEAR(fit.beta[2], 0.11904491667, 1e-9);
	for (int i = 0; i < data.rows; i++)
		other.x[3 * i + 2] = i % 3 == 0 ? 1e-300 : 0;
	fit_run(&fit, &other);
	CHECK(fit.status == MML_OK && fit.term_status[3] == MML_TERM_ALIASED);
}

TEST(breast_cancer_as_scikit_learn)
{
	static const char *const labels[] = {"malignant", "benign", NULL};
	Fit			fit;

	data.classes = 2;
	if (!data_read_shared(&data, "data/tabular/breast_cancer_wisconsin_diagnostic.csv", labels))
		SKIP("no MML_SHARED");
	CHECK(data.rows == 569 && data.cols == 30);
	fit = fit_default(&data);
	fit_run(&fit, &data);
	CHECK(fit.status == MML_SEPARATED);

	/* standardised, and with the penalty of C = 1 */
	for (int i = 0; i < data.rows; i++)
		for (int j = 0; j < 30; j++)
			data.x[30 * i + j] = (data.x[30 * i + j] - fit.mean[j]) / sqrt(fit.m2[j] / 569);
	fit.task.l2 = 1;
	fit_run(&fit, &data);
	CHECK(fit.status == MML_OK);
	CHECK_NEAR(fit.beta[0], 0.2145027, 1e-7);
	CHECK_NEAR(fit.beta[1], -0.3630925, 1e-7);
	CHECK_NEAR(fit.beta[2], -0.3876754, 1e-7);
	CHECK_NEAR(fit.beta[3], -0.3510621, 1e-7);
}

TEST(iris)
{
	static const char *const labels[] = {"setosa", "versicolor", "virginica", NULL};
	Fit			fit;

	data.classes = 3;
	if (!data_read_shared(&data, "data/tabular/iris.csv", labels))
		SKIP("no MML_SHARED");
	CHECK(data.rows == 150 && data.cols == 4);
	fit = fit_default(&data);
	fit_run(&fit, &data);
	CHECK(fit.status == MML_SEPARATED);

	/* LogisticRegression(C=1, solver='newton-cg', tol=1e-9), class 1 less 0 */
	fit.task.l2 = 1;
	fit_run(&fit, &data);
	CHECK(fit.status == MML_OK);
	CHECK_NEAR(fit.beta[1], 0.957971378, 1e-6);
	CHECK_NEAR(fit.beta[2], -1.288938465, 1e-6);
}

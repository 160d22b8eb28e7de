/*-------------------------------------------------------------------------
 *
 * metrics_regression_unit.c
 *	  rmse, mae, r2, mape and the Brier score against two passes in long double.
 *
 *-------------------------------------------------------------------------
 */
#include "unit.h"

#include <float.h>

#include "core/random.h"
#include "metrics/metrics.h"

/* What two passes find. */
typedef struct Naive
{
	long double rmse;
	long double mae;
	long double r2;
	long double mape;
} Naive;

/* By the definitions. */
static Naive
naive_of(int n, const double *actual, const double *predicted)
{
	Naive		naive = {0, 0, 0, 0};
	long double mean = 0;
	long double squares = 0;

	for (int i = 0; i < n; i++)
		mean += (long double) actual[i] / n;
	for (int i = 0; i < n; i++)
	{
		long double error = (long double) actual[i] - (long double) predicted[i];
		long double from_mean = (long double) actual[i] - mean;

		naive.rmse += error * error;
		naive.mae += fabsl(error) / n;
		naive.mape += fabsl(error) / fmaxl(fabsl((long double) actual[i]), (long double) DBL_EPSILON) / n;
		squares += from_mean * from_mean;
	}
	naive.r2 = 1 - naive.rmse / squares;
	naive.rmse = sqrtl(naive.rmse / n);
	return naive;
}

/* n rows about a mean, some of them far out, in one state and in several. */
static void
try_regression(int n, double mean, double spread, double far, uint64_t seed)
{
	double	   *actual = malloc((size_t) n * sizeof(double));
	double	   *predicted = malloc((size_t) n * sizeof(double));
	MmlRegression whole = {.rows = 0};
	MmlRegression parts[5] = {{.rows = 0}};
	MmlRandom	rng;
	Naive		naive;

	mml_random_seed(&rng, seed);
	for (int i = 0; i < n; i++)
	{
		actual[i] = mean + spread * (mml_random_unit(&rng) - 0.5);
		predicted[i] = actual[i] + 0.3 * spread * (mml_random_unit(&rng) - 0.5);
		if (i == 0)
			actual[i] = mean + far * spread;
		CHECK(mml_metrics_regression_add(&whole, actual[i], predicted[i]));
		CHECK(mml_metrics_regression_add(&parts[mml_random_below(&rng, 4)], actual[i], predicted[i]));
	}
	for (int i = 1; i < 5; i++)
		CHECK(mml_metrics_regression_merge(&parts[0], &parts[i]));
	CHECK(mml_metrics_regression_kind.verify(&whole.head, sizeof(whole)) == NULL);
	CHECK(mml_metrics_regression_kind.verify(&parts[0].head, sizeof(whole)) == NULL);
	CHECK(parts[0].rows == n);
	naive = naive_of(n, actual, predicted);
	CHECK_NEAR(mml_metrics_rmse(&whole) / (double) naive.rmse, 1, 1e-14);
	CHECK_NEAR(mml_metrics_mae(&whole) / (double) naive.mae, 1, 1e-14);
	CHECK_NEAR(mml_metrics_mape(&whole) / (double) naive.mape, 1, 1e-14);
	CHECK_NEAR(mml_metrics_r2(&whole), (double) naive.r2, 1e-13 * (1 + fabs(1 - (double) naive.r2)));
	CHECK_NEAR(mml_metrics_rmse(&parts[0]), mml_metrics_rmse(&whole), 1e-14 * (double) naive.rmse);
	CHECK_NEAR(mml_metrics_r2(&parts[0]), mml_metrics_r2(&whole), 1e-14 * (1 + fabs(1 - (double) naive.r2)));
	free(actual);
	free(predicted);
}

TEST(regression_of_any_scale)
{
	try_regression(2, 0, 1, 1, 1);
	try_regression(100000, 0, 1, 0, 2);
	try_regression(100000, 3, 1e-3, 0, 3);
	try_regression(100000, 1e6, 1, 0, 4);
	try_regression(1000, 1e140, 1e135, 0, 5);
	try_regression(1000, 1e-120, 1e-122, 0, 6);
	try_regression(50000, -1e4, 1, 1e6, 7);
	try_regression(50000, 2, 1, 1e3, 8);
}

TEST(regression_of_constants)
{
	MmlRegression a = {.rows = 0};
	MmlRegression b = {.rows = 0};

	CHECK(isnan(mml_metrics_rmse(&a)) && isnan(mml_metrics_r2(&a)));
	CHECK(mml_metrics_regression_merge(&a, &b) && a.rows == 0);
	for (int i = 0; i < 1000; i++)
		CHECK(mml_metrics_regression_add(i % 2 ? &a : &b, 0.1, 0.1));
	CHECK(mml_metrics_regression_merge(&a, &b));
	CHECK(mml_metrics_r2(&a) == 1 && mml_metrics_rmse(&a) == 0);
	CHECK(mml_metrics_regression_add(&a, 0.1, 0.2));
	CHECK(mml_metrics_r2(&a) == 0);
}

TEST(regression_overflows_and_says_so)
{
	MmlRegression a = {.rows = 0};
	MmlRegression b = {.rows = 0};
	MmlRegression c = {.rows = 0};
	MmlRegression d = {.rows = 0};

	CHECK(!mml_metrics_regression_add(&a, 1e200, 0));
	CHECK(mml_metrics_regression_add(&b, 1.5e308, 1.5e308));
	CHECK(!mml_metrics_regression_add(&b, -1.5e308, -1.5e308));
	CHECK(mml_metrics_regression_add(&c, 1.5e308, 1.5e308));
	CHECK(mml_metrics_regression_add(&d, -1.5e308, -1.5e308));
	CHECK(!mml_metrics_regression_merge(&c, &d));
}

TEST(regression_verifies)
{
	static const MmlRegression wrong[] = {
		{.rows = -1},
		{.rows = 1,.squares = {-1, 0}},
		{.rows = 1,.errors = {NAN, 0}},
		{.rows = 1,.shares = {0, INFINITY}},
		{.rows = 1,.origin = NAN},
		{.rows = 1,.moved = {INFINITY, 0}},
		{.rows = 1,.moved_squares = {-1, 0}}
	};

	for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++)
		CHECK(mml_metrics_regression_kind.verify(&wrong[i].head, sizeof(*wrong)) != NULL);
}

/* ------------------------------------- probabilities of many classes */

TEST(losses_of_many_classes)
{
	MmlLogLoss	of = {.rows = 0};
	MmlLogLoss	two = {.rows = 0};
	MmlBrier	brier_of = {.rows = 0};
	MmlBrier	brier = {.rows = 0};
	MmlBrier	parts[2] = {{.rows = 0}};
	MmlRandom	rng;

	mml_random_seed(&rng, 9);
	for (int i = 0; i < 10000; i++)
	{
		double		p = i % 10 == 0 ? (double) (i % 20 / 10) : mml_random_unit(&rng);
		double		both[2] = {1 - p, p};
		bool		actual = mml_random_below(&rng, 2) == 1;

		mml_metrics_log_loss_add(&two, actual, p);
		mml_metrics_log_loss_add_of(&of, 2, actual, both);
		mml_metrics_brier_add(&brier, actual, p);
		mml_metrics_brier_add(&parts[mml_random_below(&rng, 2)], actual, p);
		mml_metrics_brier_add_of(&brier_of, 2, actual, both);
	}
	mml_metrics_brier_merge(&parts[0], &parts[1]);
	CHECK_NEAR(mml_metrics_log_loss(&of), mml_metrics_log_loss(&two), 1e-14);
	CHECK_NEAR(mml_metrics_brier(&brier_of), 2 * mml_metrics_brier(&brier), 1e-15);
	CHECK_NEAR(mml_metrics_brier(&parts[0]), mml_metrics_brier(&brier), 1e-15);
	CHECK(parts[0].rows == 10000);
	CHECK(mml_metrics_log_loss_kind.verify(&of.head, sizeof(of)) == NULL);
	CHECK(mml_metrics_brier_kind.verify(&brier_of.head, sizeof(brier_of)) == NULL);
	brier.sum = 2.5 * (double) brier.rows;
	CHECK(mml_metrics_brier_kind.verify(&brier.head, sizeof(brier)) != NULL);
	brier.sum = NAN;
	CHECK(mml_metrics_brier_kind.verify(&brier.head, sizeof(brier)) != NULL);
}

TEST(the_worst_of_rows_is_sound)
{
	double		slack = MML_PROBABILITY_SLACK;
	double		p[3] = {0, 1, slack};
	double		q[2] = {slack, 1};
	MmlLogLoss	loss = {.rows = 0};
	MmlBrier	brier = {.rows = 0};

	for (int i = 0; i < 1000; i++)
	{
		mml_metrics_log_loss_add_of(&loss, 3, 0, p);
		mml_metrics_brier_add_of(&brier, 2, 0, q);
	}
	CHECK(mml_metrics_log_loss_kind.verify(&loss.head, sizeof(loss)) == NULL);
	CHECK(mml_metrics_brier_kind.verify(&brier.head, sizeof(brier)) == NULL);
	CHECK_NEAR(mml_metrics_log_loss(&loss), -log(DBL_EPSILON / (1 + slack)), 1e-12);
}

/*-------------------------------------------------------------------------
 *
 * regression.c
 *	  Errors of predicted numbers: rmse, mae, r2 and mape, in one pass and in
 *	  constant space.
 *
 * All four come from one state, so that a query that asks for all of them
 * keeps one.  Its sums are compensated (see metrics.c): a sum and its rest are
 * together good to twice the digits of a float8.
 *
 * The school formula for the squares about the mean, sum(y^2) - sum(y)^2 / n,
 * loses as many digits as mean^2 exceeds the variance.  Here values are first
 * moved so that one of them is 0.  Then mean^2 is at most n times the variance,
 * however far out that one lies, and the formula is safe with sums of twice the
 * digits: squares enter with what rounding took from them, by fused
 * multiply-adds (Dekker, "A floating-point technique for extending the available
 * precision", Numerische Mathematik 18, 1971).  Unlike updates of a mean
 * (Welford; Chan, Golub and LeVeque) it loses nothing with the rows or with
 * merges: any order of rows gives the same but for last bits.
 *
 *-------------------------------------------------------------------------
 */
#include <float.h>
#include <math.h>

#include "metrics/metrics.h"

/* Add a number to a sum. */
static void
add(MmlSum *sum, double x)
{
	mml_metrics_sum(&sum->sum, &sum->rest, x);
}

/* Add another sum to a sum. */
static void
add_sum(MmlSum *sum, const MmlSum *other)
{
	add(sum, other->sum);
	sum->rest += other->rest;
}

/* The value of a sum. */
static double
value_of(const MmlSum *sum)
{
	return sum->sum + sum->rest;
}

/* Is a sum finite? */
static bool
sound(const MmlSum *sum)
{
	return isfinite(sum->sum) && isfinite(sum->rest);
}

/* Are all sums of a state finite? */
static bool
finite_sums(const MmlRegression *state)
{
	return sound(&state->squares) && sound(&state->errors) && sound(&state->shares) &&
		sound(&state->moved) && sound(&state->moved_squares);
}

/* Every invariant of a state of kind regression; "!" because of NaN. */
static const char *
verify_regression(const MmlState *state, size_t bytes)
{
	const MmlRegression *regression = (const MmlRegression *) state;

	(void) bytes;
	if (regression->rows < 0 || regression->rows > MML_METRICS_MAX_ROWS)
		return "Its number of rows is out of range.";
	if (!finite_sums(regression) || regression->squares.sum < 0 ||
		regression->errors.sum < 0 || regression->shares.sum < 0 ||
		regression->moved_squares.sum < 0)
		return "A sum is out of range.";
	if (!isfinite(regression->origin))
		return "Its origin is not a number.";
	return NULL;
}

const MmlStateKind mml_metrics_regression_kind = {
	.name = "regression",
	.version = 1,
	.size = sizeof(MmlRegression),
	.verify = verify_regression
};

/* Add a product to a sum, with what rounding takes from it. */
static void
add_product(MmlSum *sum, double a, double b)
{
	double		product = a * b;

	add(sum, product);
	sum->rest += fma(a, b, -product);
}

/* a - b, and what rounding takes from it (Knuth's TwoSum). */
static double
subtract(double a, double b, double *rest)
{
	double		difference = a - b;
	double		back = difference + b;

	*rest = (a - back) - (b - (back - difference));
	return difference;
}

/* Add a row of two finite numbers; false where a sum overflows. */
bool
mml_metrics_regression_add(MmlRegression *state, double actual, double predicted)
{
	double		error = fabs(actual - predicted);
	double		rest;
	double		moved;

	if (state->rows == 0)
		state->origin = actual;
	moved = subtract(actual, state->origin, &rest);
	state->rows++;
	add(&state->squares, error * error);
	add(&state->errors, error);
	add(&state->shares, error / fmax(fabs(actual), DBL_EPSILON));
	add(&state->moved, moved);
	state->moved.rest += rest;
	add_product(&state->moved_squares, moved, moved);
	state->moved_squares.rest += 2 * moved * rest;
	return finite_sums(state);
}

/*
 * Add the sums about the origin of another state, of n rows.  Where its origin
 * is d from ours, its values are moved by d: with s and q its sums,
 *
 *		sum (x + d) = s + n d,	sum (x + d)^2 = q + 2 d s + n d^2
 */
static void
add_moved(MmlRegression *state, const MmlRegression *other)
{
	double		n = (double) other->rows;
	double		rest;
	double		d = subtract(other->origin, state->origin, &rest);
	double		dd = d * d;
	double		dd_rest = fma(d, d, -dd) + 2 * d * rest;

	add_sum(&state->moved, &other->moved);
	add_product(&state->moved, n, d);
	state->moved.rest += n * rest;
	add_sum(&state->moved_squares, &other->moved_squares);
	add_product(&state->moved_squares, 2 * d, other->moved.sum);
	add_product(&state->moved_squares, n, dd);
	state->moved_squares.rest += 2 * (d * other->moved.rest + rest * other->moved.sum) +
		n * dd_rest;
}

/* Add the rows of another state; false where a sum overflows. */
bool
mml_metrics_regression_merge(MmlRegression *state, const MmlRegression *other)
{
	if (other->rows == 0)
		return true;
	if (state->rows == 0)
		state->origin = other->origin;
	add_moved(state, other);
	state->rows += other->rows;
	add_sum(&state->squares, &other->squares);
	add_sum(&state->errors, &other->errors);
	add_sum(&state->shares, &other->shares);
	return finite_sums(state);
}

/* The root of the mean squared error; NaN of no rows. */
double
mml_metrics_rmse(const MmlRegression *state)
{
	return sqrt(value_of(&state->squares) / (double) state->rows);
}

/* The mean absolute error; NaN of no rows. */
double
mml_metrics_mae(const MmlRegression *state)
{
	return value_of(&state->errors) / (double) state->rows;
}

/* The mean absolute error as a share of the actual value; NaN of no rows. */
double
mml_metrics_mape(const MmlRegression *state)
{
	return value_of(&state->shares) / (double) state->rows;
}

/*
 * The squares of actual values about their mean, q - s^2 / n with s and q the
 * sums of moved values and their squares: with m the mean as it is rounded,
 * q - m s - m (s - n m), all but the small last term with its rest.
 */
static double
squares_about_mean(const MmlRegression *state)
{
	const MmlSum *s = &state->moved;
	const MmlSum *q = &state->moved_squares;
	double		n = (double) state->rows;
	double		m = value_of(s) / n;
	double		ms = m * s->sum;
	double		ms_rest = fma(m, s->sum, -ms) + m * s->rest;
	double		nm = n * m;
	double		last = (s->sum - nm) + (s->rest - fma(n, m, -nm));

	return fmax((q->sum - ms) + (q->rest - ms_rest) - m * last, 0);
}

/*
 * The coefficient of determination, 1 - squared errors / squares about the
 * mean; NaN of fewer than two rows.  Where all actual values are the same it
 * is 1 for perfect predictions and 0 for others, as scikit-learn has it.
 */
double
mml_metrics_r2(const MmlRegression *state)
{
	double		errors = value_of(&state->squares);
	double		squares = squares_about_mean(state);

	if (state->rows < 2)
		return NAN;
	if (squares > 0)
		return 1 - errors / squares;
	return errors > 0 ? 0 : 1;
}

/*-------------------------------------------------------------------------
 *
 * metrics.c
 *	  Accuracy, log loss, Brier score, and the precision, recall and F1 of two
 *	  classes: row by row in constant space.
 *
 * Losses are means of many small numbers.  Their sum is compensated (Neumaier,
 * "Rundungsfehleranalyse einiger Verfahren zur Summation endlicher Summen",
 * ZAMM 54, 1974, algorithm IV): rest holds what rounding took from sum, so the
 * error does not grow with the rows, and merging partial sums in any order
 * gives the same mean to a few last bits.
 *
 *-------------------------------------------------------------------------
 */
#include <float.h>
#include <math.h>

#include "metrics/metrics.h"

/* ------------------------------------------------------------- accuracy */

/* Every invariant of a state of kind accuracy. */
static const char *
verify_accuracy(const MmlState *state, size_t bytes)
{
	const MmlAccuracy *accuracy = (const MmlAccuracy *) state;

	(void) bytes;
	if (accuracy->rows < 0 || accuracy->rows > MML_METRICS_MAX_ROWS)
		return "Its number of rows is out of range.";
	if (accuracy->equal < 0 || accuracy->equal > accuracy->rows)
		return "Its number of equal pairs is out of range.";
	return NULL;
}

const MmlStateKind mml_metrics_accuracy_kind = {
	.name = "accuracy",
	.version = 1,
	.size = sizeof(MmlAccuracy),
	.verify = verify_accuracy
};

/* Count one pair. */
void
mml_metrics_accuracy_add(MmlAccuracy *state, bool equal)
{
	state->rows++;
	state->equal += equal;
}

/* Count the pairs of another state. */
void
mml_metrics_accuracy_merge(MmlAccuracy *state, const MmlAccuracy *other)
{
	state->rows += other->rows;
	state->equal += other->equal;
}

/* The share of equal pairs; NaN of no rows. */
double
mml_metrics_accuracy(const MmlAccuracy *state)
{
	return (double) state->equal / (double) state->rows;
}

/* ------------------------------------------------------------- log loss */

/* The most that one row can lose, -log(DBL_EPSILON), rounded up. */
#define MAX_LOSS 36.05

/* The most that one row of several classes adds to a Brier score. */
#define MAX_BRIER ((1 + MML_PROBABILITY_SLACK) * (1 + MML_PROBABILITY_SLACK) + 1)

/* Every invariant of a state of kind log_loss; "!" because of NaN. */
static const char *
verify_log_loss(const MmlState *state, size_t bytes)
{
	const MmlLogLoss *loss = (const MmlLogLoss *) state;

	(void) bytes;
	if (loss->rows < 0 || loss->rows > MML_METRICS_MAX_ROWS)
		return "Its number of rows is out of range.";
	if (!(loss->sum >= 0 && loss->sum <= MAX_LOSS * (double) loss->rows))
		return "Its sum is out of range.";
	if (!(fabs(loss->rest) <= loss->sum))
		return "Its rounding error is out of range.";
	return NULL;
}

const MmlStateKind mml_metrics_log_loss_kind = {
	.name = "log_loss",
	.version = 1,
	.size = sizeof(MmlLogLoss),
	.verify = verify_log_loss
};

/*
 * Add one row: -log of the probability, in [0, 1], that was given to what
 * happened.  Probabilities are kept DBL_EPSILON away from 0 and 1, for else
 * one sure and wrong prediction would make the mean infinite.
 */
void
mml_metrics_log_loss_add(MmlLogLoss *state, bool actual, double probability)
{
	double		p = fmin(fmax(probability, DBL_EPSILON), 1.0 - DBL_EPSILON);

	state->rows++;
	mml_metrics_sum(&state->sum, &state->rest, actual ? -log(p) : -log1p(-p));
}

/*
 * Add one row of several classes, of which actual is the one that happened.
 * Probabilities are clipped as those of two, then divided by their sum.
 */
void
mml_metrics_log_loss_add_of(MmlLogLoss *state, size_t classes, size_t actual,
							const double *probability)
{
	double		sum = 0;
	double		p = 0;

	for (size_t i = 0; i < classes; i++)
	{
		double		clipped = fmin(fmax(probability[i], DBL_EPSILON), 1.0 - DBL_EPSILON);

		sum += clipped;
		if (i == actual)
			p = clipped;
	}
	state->rows++;
	mml_metrics_sum(&state->sum, &state->rest, fmax(-log(p / sum), 0));
}

/* Add the rows of another state. */
void
mml_metrics_log_loss_merge(MmlLogLoss *state, const MmlLogLoss *other)
{
	state->rows += other->rows;
	mml_metrics_sum(&state->sum, &state->rest, other->sum);
	state->rest += other->rest;
}

/* The mean; NaN of no rows. */
double
mml_metrics_log_loss(const MmlLogLoss *state)
{
	return (state->sum + state->rest) / (double) state->rows;
}

/* ---------------------------------------------------------- Brier score */

/* Every invariant of a state of kind brier; "!" because of NaN. */
static const char *
verify_brier(const MmlState *state, size_t bytes)
{
	const MmlBrier *brier = (const MmlBrier *) state;

	(void) bytes;
	if (brier->rows < 0 || brier->rows > MML_METRICS_MAX_ROWS)
		return "Its number of rows is out of range.";
	if (!(brier->sum >= 0 && brier->sum <= MAX_BRIER * (double) brier->rows))
		return "Its sum is out of range.";
	if (!(fabs(brier->rest) <= brier->sum))
		return "Its rounding error is out of range.";
	return NULL;
}

const MmlStateKind mml_metrics_brier_kind = {
	.name = "brier",
	.version = 1,
	.size = sizeof(MmlBrier),
	.verify = verify_brier
};

/* Add one row: the squared difference of its probability from 0 or 1. */
void
mml_metrics_brier_add(MmlBrier *state, bool actual, double probability)
{
	double		difference = (actual ? 1 : 0) - probability;

	state->rows++;
	mml_metrics_sum(&state->sum, &state->rest, difference * difference);
}

/* Add one row of several classes: the squared differences of all of them. */
void
mml_metrics_brier_add_of(MmlBrier *state, size_t classes, size_t actual,
						 const double *probability)
{
	double		squares = 0;

	for (size_t i = 0; i < classes; i++)
	{
		double		difference = (i == actual ? 1 : 0) - probability[i];

		squares += difference * difference;
	}
	state->rows++;
	mml_metrics_sum(&state->sum, &state->rest, squares);
}

/* Add the rows of another state. */
void
mml_metrics_brier_merge(MmlBrier *state, const MmlBrier *other)
{
	state->rows += other->rows;
	mml_metrics_sum(&state->sum, &state->rest, other->sum);
	state->rest += other->rest;
}

/* The mean; NaN of no rows. */
double
mml_metrics_brier(const MmlBrier *state)
{
	return (state->sum + state->rest) / (double) state->rows;
}

/* ------------------------------------------- outcomes of two classes */

/* Every invariant of a state of kind outcomes. */
static const char *
verify_outcomes(const MmlState *state, size_t bytes)
{
	const MmlOutcomes *outcomes = (const MmlOutcomes *) state;

	(void) bytes;
	for (int i = 0; i < 4; i++)
	{
		int64_t		count = outcomes->count[i / 2][i % 2];

		if (count < 0 || count > MML_METRICS_MAX_ROWS)
			return "Its number of rows is out of range.";
	}
	return NULL;
}

const MmlStateKind mml_metrics_outcomes_kind = {
	.name = "outcomes",
	.version = 1,
	.size = sizeof(MmlOutcomes),
	.verify = verify_outcomes
};

/* Count the rows of another state. */
void
mml_metrics_outcomes_merge(MmlOutcomes *state, const MmlOutcomes *other)
{
	for (int i = 0; i < 4; i++)
		state->count[i / 2][i % 2] += other->count[i / 2][i % 2];
}

/*
 * A measure of a class: of so many rows that are of it, so many that are
 * predicted to be, and so many that are both.  0 where nothing is to divide by.
 */
double
mml_metrics_measure(MmlMeasure measure, int64_t right, int64_t actual,
					int64_t predicted)
{
	double		below = (double) (measure == MML_PRECISION ? predicted :
								  measure == MML_RECALL ? actual : actual + predicted);
	double		above = (double) (measure == MML_F1 ? 2 * right : right);

	return below > 0 ? above / below : 0;
}

/* A measure of the positive class; NaN of no rows. */
double
mml_metrics_outcomes(const MmlOutcomes *state, MmlMeasure measure)
{
	int64_t		actual = state->count[1][0] + state->count[1][1];
	int64_t		predicted = state->count[0][1] + state->count[1][1];

	if (actual + state->count[0][0] + state->count[0][1] == 0)
		return NAN;
	return mml_metrics_measure(measure, state->count[1][1], actual, predicted);
}

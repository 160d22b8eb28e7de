/*-------------------------------------------------------------------------
 *
 * metrics.c
 *	  Accuracy and log loss, row by row in constant space.
 *
 * Log loss is a mean of many small numbers.  Its sum is compensated (Neumaier,
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

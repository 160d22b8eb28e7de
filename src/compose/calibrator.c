/*-------------------------------------------------------------------------
 *
 * calibrator.c
 *	  Rows that a calibrator is learned from, and what it makes of a
 *	  probability; see calibrator.h.
 *
 * Cost: 8 bytes a row while rows are gathered.  A probability costs two
 * logarithms and an exponential by Platt's method, O(log thresholds) by
 * isotonic regression.
 *
 *-------------------------------------------------------------------------
 */
#include "compose/calibrator.h"

/* More rows than this no calibrator counts: as float8 the count stays exact. */
#define MOST_ROWS ((double) ((int64_t) 1 << 53))

/* Interrupts are polled once in so many rows. */
#define POLL (1 << 19)

/* ------------------------------------------------------------------- rows */

/* Bytes that a state of so many rows takes. */
size_t
mml_calibrator_bytes(int64_t rows)
{
	return sizeof(MmlCalibratorRows) + (size_t) rows * sizeof(uint64_t);
}

/* The word of a row. */
static uint64_t
word_of(bool actual, double probability)
{
	double		normal = probability + 0.0; /* -0 is 0 */
	uint64_t	bits;

	memcpy(&bits, &normal, sizeof(bits));
	return bits << 1 | actual;
}

/* Every invariant of a state of kind calibrator. */
static const char *
verify_rows(const MmlState *state, size_t bytes)
{
	const MmlCalibratorRows *rows = (const MmlCalibratorRows *) state;
	uint64_t	greatest = word_of(true, 1);
	int64_t		positives = 0;

	if (rows->rows < 0 || (uint64_t) rows->rows > bytes / sizeof(uint64_t) ||
		bytes != mml_calibrator_bytes(rows->rows))
		return "Its number of rows is out of range.";
	if (rows->method != MML_PLATT && rows->method != MML_ISOTONIC)
		return "Its method is unknown.";
	for (int64_t i = 0; i < rows->rows; i++)
	{
		if (rows->words[i] > greatest)
			return "It has a probability that is none.";
		positives += (int64_t) (rows->words[i] & 1);
		if (i % POLL == 0)
			MML_CHECK();
	}
	if (positives != rows->positives)
		return "Its number of positive rows is wrong.";
	return NULL;
}

const MmlStateKind mml_calibrator_rows_kind = {
	.name = "calibrator",
	.version = 1,
	.grows = true,
	.size = sizeof(MmlCalibratorRows),
	.verify = verify_rows
};

/* Add a row, whose probability is from 0 to 1, to a state that has room for it. */
void
mml_calibrator_add(MmlCalibratorRows *state, bool actual, double probability)
{
	state->words[state->rows++] = word_of(actual, probability);
	state->positives += actual;
}

/* Add the rows of another state; the first has room for them. */
void
mml_calibrator_merge(MmlCalibratorRows *state, const MmlCalibratorRows *other)
{
	memcpy(state->words + state->rows, other->words, (size_t) other->rows * sizeof(uint64_t));
	state->rows += other->rows;
	state->positives += other->positives;
}

/* -------------------------------------------------------------- the model */

/* Check the numbers of a summary. */
static const char *
check_summary(MmlCalibrator *calibrator)
{
	const double *s = calibrator->summary;

	if (s[CALIBRATOR_METHOD] != MML_PLATT && s[CALIBRATOR_METHOD] != MML_ISOTONIC)
		return "Its method is unknown.";
	calibrator->method = (MmlCalibrationMethod) s[CALIBRATOR_METHOD];
	if (!(s[CALIBRATOR_ROWS] >= 2 && s[CALIBRATOR_ROWS] <= MOST_ROWS) ||
		s[CALIBRATOR_ROWS] != floor(s[CALIBRATOR_ROWS]) ||
		!(s[CALIBRATOR_POSITIVES] >= 1 && s[CALIBRATOR_POSITIVES] < s[CALIBRATOR_ROWS]) ||
		s[CALIBRATOR_POSITIVES] != floor(s[CALIBRATOR_POSITIVES]))
		return "Its number of rows is not possible.";
	if (!isfinite(s[CALIBRATOR_SLOPE]) || !isfinite(s[CALIBRATOR_INTERCEPT]))
		return "Its sigmoid is not finite.";
	if (!(s[CALIBRATOR_ITERATIONS] >= 0 && s[CALIBRATOR_ITERATIONS] <= 1e6) ||
		s[CALIBRATOR_ITERATIONS] != floor(s[CALIBRATOR_ITERATIONS]) ||
		(s[CALIBRATOR_CONVERGED] != 0 && s[CALIBRATOR_CONVERGED] != 1))
		return "Its iterations are not possible.";
	for (int i = CALIBRATOR_SLOPE; i < CALIBRATOR_SUMMARY; i++)
		if (calibrator->method == MML_ISOTONIC && s[i] != 0)
			return "It has a sigmoid and no use for it.";
	return NULL;
}

/* Check the thresholds: ascending probabilities, and such that do not descend. */
static const char *
check_thresholds(const MmlCalibrator *calibrator)
{
	const double *x = calibrator->x;
	const double *y = calibrator->y;

	if ((calibrator->count > 0) != (calibrator->method == MML_ISOTONIC))
		return "Its thresholds do not fit its method.";
	for (size_t i = 0; i < calibrator->count; i++)
	{
		if (!(x[i] >= 0 && x[i] <= 1) || !(y[i] >= 0 && y[i] <= 1))
			return "A threshold is no probability.";
		if (i > 0 && (x[i] <= x[i - 1] || y[i] < y[i - 1]))
			return "Its thresholds do not ascend.";
	}
	return NULL;
}

/* Fill an MmlCalibrator from an envelope. */
const char *
mml_calibrator_parse(const MmlEnvelope *env, void *parsed)
{
	MmlCalibrator *calibrator = parsed;
	const MmlSection *x;
	int			next = 0;

	MML_DEMAND(mml_envelope_shaped(env, &next, "summary", MML_F64, CALIBRATOR_SUMMARY, 1,
								   &calibrator->summary));
	MML_DEMAND(mml_envelope_next(env, &next, "thresholds", MML_F64, &x));
	if (x->cols != 1)
		return "A section has another shape than it must.";
	calibrator->count = x->rows;
	calibrator->x = x->data;
	MML_DEMAND(mml_envelope_shaped(env, &next, "values", MML_F64, x->rows, 1, &calibrator->y));
	MML_DEMAND(mml_envelope_end(env, next));
	MML_DEMAND(check_summary(calibrator));
	return check_thresholds(calibrator);
}

/*
 * The value between two thresholds; below the first and above the last theirs.
 *
 * The loop's invariant: x[low] <= probability < x[high].
 */
static double
interpolate(const MmlCalibrator *calibrator, double probability)
{
	const double *x = calibrator->x;
	const double *y = calibrator->y;
	size_t		low = 0;
	size_t		high = calibrator->count - 1;
	double		value;

	if (probability <= x[low])
		return y[low];
	if (probability >= x[high])
		return y[high];
	while (high - low > 1)
	{
		size_t		middle = low + (high - low) / 2;

		if (x[middle] <= probability)
			low = middle;
		else
			high = middle;
	}
	value = y[low] + (y[high] - y[low]) * ((probability - x[low]) / (x[high] - x[low]));
	return MML_MIN(value, y[high]);
}

/* What a calibrator makes of a probability from 0 to 1: another one. */
double
mml_calibrate(const MmlCalibrator *calibrator, double probability)
{
	const double *s = calibrator->summary;

	if (calibrator->method == MML_ISOTONIC)
		return interpolate(calibrator, probability);
	return mml_sigmoid(s[CALIBRATOR_SLOPE] * mml_logit(probability) + s[CALIBRATOR_INTERCEPT]);
}

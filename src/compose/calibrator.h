/*-------------------------------------------------------------------------
 *
 * calibrator.h
 *	  Calibration: from the probabilities that a model says to those that
 *	  come true.
 *
 * A calibrator is learned from rows that the model was not trained on: what
 * happened, and the probability that was said.  It is kept as a model of kind
 * "calibrator" with these sections:
 *
 *		summary		f64 (CALIBRATOR_SUMMARY,1)	see below
 *		thresholds	f64 (m,1)	of isotonic, ascending; else m = 0
 *		values		f64 (m,1)	what they become, not descending
 *
 *-------------------------------------------------------------------------
 */
#ifndef MML_CALIBRATOR_H
#define MML_CALIBRATOR_H

#include <float.h>
#include <math.h>

#include "core/envelope.h"
#include "core/room.h"
#include "core/state.h"

typedef enum MmlCalibrationMethod
{
	MML_PLATT,					/* a sigmoid of the log-odds */
	MML_ISOTONIC				/* steps, and straight lines between them */
} MmlCalibrationMethod;

/* ---------------------------------------------------------------- gathering */

/*
 * The rows of an aggregate.  Of each a word is kept: the bits of the
 * probability, which has no sign, then one that is set where it happened.  So
 * words are ordered as probabilities are.
 */
typedef struct MmlCalibratorRows
{
	MmlState	head;
	int64_t		rows;
	int64_t		positives;
	int64_t		method;			/* MmlCalibrationMethod */
	uint64_t	words[];		/* (rows) */
} MmlCalibratorRows;

extern const MmlStateKind mml_calibrator_rows_kind;

extern size_t mml_calibrator_bytes(int64_t rows);
extern void mml_calibrator_add(MmlCalibratorRows *state, bool actual, double probability);
extern void mml_calibrator_merge(MmlCalibratorRows *state, const MmlCalibratorRows *other);

/* The probability of a word. */
MML_INLINE double
mml_calibrator_probability(uint64_t word)
{
	uint64_t	bits = word >> 1;
	double		probability;

	memcpy(&probability, &bits, sizeof(probability));
	return probability;
}

/* ----------------------------------------------------------------- learning */

/* Log-odds of a probability, which is kept the float's epsilon away from 0 and 1. */
MML_INLINE double
mml_logit(double p)
{
	p = p < DBL_EPSILON ? DBL_EPSILON : p > 1 - DBL_EPSILON ? 1 - DBL_EPSILON : p;
	return log(p) - log1p(-p);
}

/* The probability of log-odds, which may be infinite. */
MML_INLINE double
mml_sigmoid(double z)
{
	double		e = exp(-fabs(z));

	return (z < 0 ? e : 1) / (1 + e);
}

/* The sigmoid that Platt's method finds: of slope * log-odds + intercept. */
typedef struct MmlSigmoid
{
	double		slope;
	double		intercept;
	int			iterations;
	bool		converged;
} MmlSigmoid;

extern void mml_platt_fit(size_t rows, uint64_t *words, uint64_t *scratch, MmlSigmoid *sigmoid);

/* Rows that isotonic regression gives the same value: positives / rows. */
typedef struct MmlPool
{
	double		first;			/* their probabilities: the least */
	double		last;			/* and the greatest */
	int64_t		rows;
	int64_t		positives;
} MmlPool;

extern size_t mml_isotonic_fit(size_t rows, const uint64_t *words, MmlRoom *room, MmlPool **pools);
extern size_t mml_isotonic_thresholds(size_t count, const MmlPool *pools, double *x, double *y);

/* --------------------------------------------------------------- the model */

/* The numbers of the section "summary". */
enum
{
	CALIBRATOR_METHOD,			/* MmlCalibrationMethod */
	CALIBRATOR_ROWS,
	CALIBRATOR_POSITIVES,
	CALIBRATOR_SLOPE,			/* of Platt's; else 0, as what follows */
	CALIBRATOR_INTERCEPT,
	CALIBRATOR_ITERATIONS,
	CALIBRATOR_CONVERGED,		/* 0 or 1 */
	CALIBRATOR_SUMMARY
};

typedef struct MmlCalibrator
{
	MmlCalibrationMethod method;
	const double *summary;		/* (CALIBRATOR_SUMMARY) */
	size_t		count;			/* thresholds */
	const double *x;			/* (count) */
	const double *y;			/* (count) */
} MmlCalibrator;

extern const char *mml_calibrator_parse(const MmlEnvelope *env, void *parsed);
extern double mml_calibrate(const MmlCalibrator *calibrator, double probability);

#endif							/* MML_CALIBRATOR_H */

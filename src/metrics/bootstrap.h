/*-------------------------------------------------------------------------
 *
 * bootstrap.h
 *	  How far metrics can be believed: kernels of the bootstrap.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MML_METRICS_BOOTSTRAP_H
#define MML_METRICS_BOOTSTRAP_H

#include "core/random.h"
#include "metrics/metrics.h"

/*
 * Rows that are drawn, of so many numbers each: in kind bootstrap the value
 * whose mean is wanted; in kind bootstrap_weighted the value and its weight;
 * for the other kinds see bootstrap_scores.c.
 */
typedef struct MmlBootstrap
{
	MmlState	head;
	int64_t		count;
	int64_t		resamples;
	uint64_t	seed;
	double		level;			/* of the interval, between 0 and 1 */
	double		values[];		/* (count, numbers a row), finite */
} MmlBootstrap;

/* A number and its weight, which is above 0. */
typedef struct MmlWeightedValue
{
	double		value;
	double		weight;
} MmlWeightedValue;

/* A mean, or another figure, and its interval; NaN where there is none. */
typedef struct MmlInterval
{
	double		mean;
	double		low;
	double		high;
} MmlInterval;

#define MML_BOOTSTRAP_MOST 1000000	/* resamples */

/* Numbers of a row of each kind. */
#define MML_BOOTSTRAP_WIDTH 1
#define MML_WEIGHTED_WIDTH 2
#define MML_SCORES_WIDTH 3
#define MML_GAIN_WIDTH 4

extern const MmlStateKind mml_metrics_bootstrap_kind;
extern const MmlStateKind mml_metrics_weighted_kind;
extern const MmlStateKind mml_metrics_bootstrap_scores_kind;
extern const MmlStateKind mml_metrics_bootstrap_gain_kind;

extern size_t mml_metrics_bootstrap_bytes(int64_t count, size_t width);
extern const char *mml_metrics_bootstrap_verify(const MmlState *state, size_t bytes, size_t width);
extern void mml_metrics_bootstrap(const MmlBootstrap *state, double *numbers,
								  double *means, uint64_t *keys,
								  uint64_t *scratch, MmlInterval *interval);
extern void mml_metrics_bootstrap_weighted(const MmlBootstrap *state, MmlWeightedValue *rows,
										   double *means, uint64_t *keys,
										   uint64_t *scratch, MmlInterval *interval);

/* ------------------------------------------- what all bootstraps share */

/*
 * One resample: draw, and set each figure that is made of what was drawn, one
 * every stride numbers.  NaN says that it is not defined of these rows.
 */
typedef void (*MmlDraw) (void *job, MmlRandom *rng, double *figure, size_t stride);

extern void mml_metrics_resample(const MmlBootstrap *state, MmlDraw draw, void *job,
								 double *figures);
extern size_t mml_metrics_interval(const MmlBootstrap *state, double *figure, uint64_t *keys,
								   uint64_t *scratch, MmlInterval *interval);

/* ------------------------------------------------ metrics of two classes */

/* What is made of scores and predictions, in this order. */
typedef enum MmlFigure
{
	MML_FIGURE_ROC_AUC,
	MML_FIGURE_AVERAGE_PRECISION,
	MML_FIGURE_PRECISION,
	MML_FIGURE_RECALL,
	MML_FIGURE_F1,
	MML_FIGURES
} MmlFigure;

/* Bits of the labels of a row. */
#define MML_ROW_ACTUAL 1
#define MML_ROW_PREDICTED 2
#define MML_ROW_OLD_PREDICTED 4

/* The cluster of a row that is one by itself; others are whole numbers from 0. */
#define MML_ROW_ALONE (-1.0)
#define MML_ROW_CLUSTERS ((uint64_t) 1 << 53)

/* A row of kind bootstrap_scores, or with old_score of bootstrap_gain. */
typedef struct MmlScoredRow
{
	double		score;
	double		cluster;
	double		labels;
	double		old_score;
} MmlScoredRow;

extern size_t mml_metrics_bootstrap_scores_work(const MmlBootstrap *state);
extern void mml_metrics_bootstrap_scores(const MmlBootstrap *state, size_t width, uint64_t *work,
										 MmlInterval *intervals, size_t *defined);

#endif							/* MML_METRICS_BOOTSTRAP_H */

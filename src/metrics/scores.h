/*-------------------------------------------------------------------------
 *
 * scores.h
 *	  What scores of two classes are worth, threshold by threshold: kernels.
 *
 * All are over the state of roc_auc, whose options are: of lift the parts, of
 * roc_curve the points, of calibration_quantile the bins, of best_threshold
 * the costs of a false positive and of a false negative.  0 means that the
 * aggregate was called without.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MML_METRICS_SCORES_H
#define MML_METRICS_SCORES_H

#include "core/sort.h"
#include "metrics/metrics.h"

/* The keys of the scores of each class (see roc_auc.c), ascending. */
typedef struct MmlSortedScores
{
	size_t		positives;
	size_t		negatives;
	const uint64_t *positive;	/* (positives) */
	const uint64_t *negative;	/* (negatives) */
} MmlSortedScores;

/* A threshold, and how many rows of each class have at least this score. */
typedef struct MmlThreshold
{
	uint64_t	key;
	size_t		positives;
	size_t		negatives;
} MmlThreshold;

typedef struct MmlRocPoint
{
	double		threshold;		/* infinite at the first point */
	double		false_rate;
	double		true_rate;
} MmlRocPoint;

/* One of so many parts of the rows, in the order of their scores. */
typedef struct MmlLift
{
	size_t		rows;
	double		least;			/* its least score */
	double		positives;		/* of rows that tie with another part, a share */
	double		captured;		/* positives of it and those before, of all;
								 * or NaN */
	double		lift;			/* its share of positives over that of all; or
								 * NaN */
} MmlLift;

/* A threshold and what it costs. */
typedef struct MmlChoice
{
	double		threshold;		/* infinite: no row is predicted positive */
	double		cost;
	MmlOutcomes outcomes;		/* its header is not set */
} MmlChoice;

/* Probabilities that lie in (low, high], of the first bin [low, high]. */
typedef struct MmlBin
{
	double		low;
	double		high;
	int64_t		rows;
	int64_t		positives;
	MmlSum		probability;
} MmlBin;

/* What calibration knows of a bin. */
typedef struct MmlBinCounts
{
	int64_t		rows;
	int64_t		positives;
	MmlSum		probability;
} MmlBinCounts;

typedef struct MmlCalibration
{
	MmlState	head;
	int64_t		bins;			/* 0 in an empty state */
	MmlBinCounts bin[];			/* (bins) of equal width */
} MmlCalibration;

#define MML_CALIBRATION_MOST 10000	/* bins */
#define MML_LIFT_MOST 100000	/* parts */
#define MML_ROC_LEAST 3			/* points */
#define MML_ROC_MOST 1000000

extern const MmlStateKind mml_metrics_calibration_kind;

extern size_t mml_metrics_scores_work(const MmlRocAuc *state);
extern void mml_metrics_scores_sort(const MmlRocAuc *state, uint64_t *work, MmlSortedScores *scores);
extern double mml_metrics_roc_auc(const MmlSortedScores *scores);

extern double mml_metrics_average_precision_of(const MmlSortedScores *scores);
extern size_t mml_metrics_roc_curve(const MmlSortedScores *scores, size_t all, size_t room,
									MmlRocPoint *points);
extern size_t mml_metrics_roc_curve_points(const MmlSortedScores *scores);
extern size_t mml_metrics_lift(const MmlSortedScores *scores, size_t parts, MmlLift *lift);
extern void mml_metrics_best_threshold(const MmlSortedScores *scores, double cost_false_positive,
									   double cost_false_negative, MmlChoice *choice);

extern size_t mml_metrics_calibration_bytes(int64_t bins);
extern void mml_metrics_calibration_add(MmlCalibration *state, bool actual, double probability);
extern void mml_metrics_calibration_merge(MmlCalibration *state, const MmlCalibration *other);
extern void mml_metrics_calibration(const MmlCalibration *state, MmlBin *bins);
extern void mml_metrics_calibration_quantile(const MmlSortedScores *scores, size_t n, uint64_t *keys,
											 MmlBin *bins);

#endif							/* MML_METRICS_SCORES_H */

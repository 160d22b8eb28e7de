/*-------------------------------------------------------------------------
 *
 * metrics.h
 *	  What predictions and rankings are worth: kernels.
 *
 * Metrics of predictions are aggregates, each over a state of its own kind;
 * its add function takes one row, its merge function another state.  Metrics
 * of one ranked list are computed from which ranks hold a relevant item.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MML_METRICS_H
#define MML_METRICS_H

#include <math.h>

#include "core/state.h"

/* More rows than this no state counts: as float8 the count stays exact. */
#define MML_METRICS_MAX_ROWS ((int64_t) 1 << 53)

/* Add a number to a compensated sum (Neumaier 1974): exactly sum + x = t + error. */
MML_INLINE void
mml_metrics_sum(double *sum, double *rest, double x)
{
	double		t = *sum + x;

	if (fabs(*sum) >= fabs(x))
		*rest += (*sum - t) + x;
	else
		*rest += (x - t) + *sum;
	*sum = t;
}

/* ---------------------------------------------------------- predictions */

typedef struct MmlAccuracy
{
	MmlState	head;
	int64_t		rows;
	int64_t		equal;			/* pairs whose two values are equal */
} MmlAccuracy;

typedef struct MmlLogLoss
{
	MmlState	head;
	int64_t		rows;
	double		sum;			/* of -log of what happened's probability */
	double		rest;			/* what rounding took from sum */
} MmlLogLoss;

typedef struct MmlBrier
{
	MmlState	head;
	int64_t		rows;
	double		sum;			/* of squared differences from what happened */
	double		rest;			/* what rounding took from sum */
} MmlBrier;

/* How often each of two classes was taken for each. */
typedef struct MmlOutcomes
{
	MmlState	head;
	int64_t		count[2][2];	/* [actual][predicted] */
} MmlOutcomes;

/* What is made of the counts of a class. */
typedef enum MmlMeasure
{
	MML_PRECISION,
	MML_RECALL,
	MML_F1
} MmlMeasure;

/*
 * Scores lie in groups of 64: a word of labels, bit i set where row i of the
 * group is positive, then the keys of the scores (see roc_auc.c).  The last
 * group may be short, and holds no unused bits or keys.
 */
typedef struct MmlRocAuc
{
	MmlState	head;
	int64_t		rows;
	int64_t		positives;
	double		option[2];		/* of the aggregate, at least 0; see scores.h */
	uint64_t	words[];
} MmlRocAuc;

extern const MmlStateKind mml_metrics_accuracy_kind;
extern const MmlStateKind mml_metrics_log_loss_kind;
extern const MmlStateKind mml_metrics_brier_kind;
extern const MmlStateKind mml_metrics_outcomes_kind;
extern const MmlStateKind mml_metrics_regression_kind;
extern const MmlStateKind mml_metrics_roc_auc_kind;

extern void mml_metrics_accuracy_add(MmlAccuracy *state, bool equal);
extern void mml_metrics_accuracy_merge(MmlAccuracy *state, const MmlAccuracy *other);
extern double mml_metrics_accuracy(const MmlAccuracy *state);

/* How far the probabilities of a row may be from a sum of 1. */
#define MML_PROBABILITY_SLACK 1e-3

extern void mml_metrics_log_loss_add(MmlLogLoss *state, bool actual,
									 double probability);
extern void mml_metrics_log_loss_add_of(MmlLogLoss *state, size_t classes,
										size_t actual, const double *probability);
extern void mml_metrics_log_loss_merge(MmlLogLoss *state, const MmlLogLoss *other);
extern double mml_metrics_log_loss(const MmlLogLoss *state);

extern void mml_metrics_brier_add(MmlBrier *state, bool actual, double probability);
extern void mml_metrics_brier_add_of(MmlBrier *state, size_t classes,
									 size_t actual, const double *probability);
extern void mml_metrics_brier_merge(MmlBrier *state, const MmlBrier *other);
extern double mml_metrics_brier(const MmlBrier *state);

extern double mml_metrics_measure(MmlMeasure measure, int64_t right,
								  int64_t actual, int64_t predicted);
extern void mml_metrics_outcomes_merge(MmlOutcomes *state, const MmlOutcomes *other);
extern double mml_metrics_outcomes(const MmlOutcomes *state, MmlMeasure measure);

extern size_t mml_metrics_roc_auc_bytes(int64_t rows);
extern void mml_metrics_roc_auc_add(MmlRocAuc *state, bool actual, double score);
extern void mml_metrics_roc_auc_merge(MmlRocAuc *state, const MmlRocAuc *other);

/* ----------------------------------------------------------- regression */

/* A sum, and what rounding took from it. */
typedef struct MmlSum
{
	double		sum;
	double		rest;
} MmlSum;

/* What rmse, mae, r2 and mape need; see regression.c. */
typedef struct MmlRegression
{
	MmlState	head;
	int64_t		rows;
	MmlSum		squares;		/* of errors */
	MmlSum		errors;			/* absolute ones */
	MmlSum		shares;			/* absolute errors over absolute actual values */
	double		origin;			/* the first actual value */
	MmlSum		moved;			/* actual values less the origin */
	MmlSum		moved_squares;
} MmlRegression;

extern bool mml_metrics_regression_add(MmlRegression *state, double actual,
									   double predicted);
extern bool mml_metrics_regression_merge(MmlRegression *state,
										 const MmlRegression *other);
extern double mml_metrics_rmse(const MmlRegression *state);
extern double mml_metrics_mae(const MmlRegression *state);
extern double mml_metrics_r2(const MmlRegression *state);
extern double mml_metrics_mape(const MmlRegression *state);

/* ------------------------------------------------------------- rankings */

/* One ranked list, compared with the items that are relevant. */
typedef struct MmlRanking
{
	size_t		ranks;			/* looked at: no more than k */
	const bool *hit;			/* (ranks) a relevant item, not seen before */
	size_t		relevant;		/* different relevant items there are */
	int64_t		k;				/* ranks asked for, at least 1 */
} MmlRanking;

/* What hits are divided by. */
typedef enum MmlDenominator
{
	MML_BY_K,					/* the ranks asked for */
	MML_BY_RELEVANT,			/* what is relevant */
	MML_BY_LEAST				/* the lesser of both: a perfect list has 1 */
} MmlDenominator;

extern double mml_metrics_hits_at_k(const MmlRanking *ranking, MmlDenominator by);
extern double mml_metrics_average_precision_at_k(const MmlRanking *ranking, MmlDenominator by);
extern double mml_metrics_ndcg_at_k(const MmlRanking *ranking);
extern double mml_metrics_hit_rate_at_k(const MmlRanking *ranking);
extern double mml_metrics_reciprocal_rank(const MmlRanking *ranking);

/* ------------------------------------------- what lists are worth together */

/*
 * Keys of the items that were recommended: the first sorted ones ascending and
 * different, the rest as they came.
 */
typedef struct MmlCoverage
{
	MmlState	head;
	int64_t		catalogue;		/* items there are; 0 in an empty state */
	int64_t		sorted;
	int64_t		count;
	uint64_t	keys[];			/* (count) */
} MmlCoverage;

typedef struct MmlNovelty
{
	MmlState	head;
	int64_t		rows;
	double		sum;			/* of the bits that each row tells */
	double		rest;			/* what rounding took from sum */
} MmlNovelty;

/* Unit vectors of the items of a list. */
typedef struct MmlDiversity
{
	MmlState	head;
	int64_t		items;
	int64_t		units;			/* of which so many are not zero */
	int64_t		dims;			/* 0 in an empty state */
	double		sum[];			/* (dims) */
} MmlDiversity;

#define MML_DIVERSITY_MOST_DIMS 65536

extern const MmlStateKind mml_metrics_coverage_kind;
extern const MmlStateKind mml_metrics_novelty_kind;
extern const MmlStateKind mml_metrics_diversity_kind;

extern size_t mml_metrics_coverage_bytes(int64_t count);
extern bool mml_metrics_coverage_full(const MmlCoverage *state, int64_t more);
extern void mml_metrics_coverage_compact(MmlCoverage *state, uint64_t *scratch);
extern double mml_metrics_coverage(const MmlCoverage *state);

extern void mml_metrics_novelty_add(MmlNovelty *state, int64_t viewers, int64_t all);
extern void mml_metrics_novelty_merge(MmlNovelty *state, const MmlNovelty *other);
extern double mml_metrics_novelty(const MmlNovelty *state);

extern size_t mml_metrics_diversity_bytes(int64_t dims);
extern void mml_metrics_diversity_add(MmlDiversity *state, const double *features);
extern void mml_metrics_diversity_merge(MmlDiversity *state, const MmlDiversity *other);
extern double mml_metrics_diversity(const MmlDiversity *state);

#endif							/* MML_METRICS_H */

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

#include "core/state.h"

/* More rows than this no state counts: as float8 the count stays exact. */
#define MML_METRICS_MAX_ROWS ((int64_t) 1 << 53)

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
	uint64_t	words[];
} MmlRocAuc;

extern const MmlStateKind mml_metrics_accuracy_kind;
extern const MmlStateKind mml_metrics_log_loss_kind;
extern const MmlStateKind mml_metrics_roc_auc_kind;

extern void mml_metrics_accuracy_add(MmlAccuracy *state, bool equal);
extern void mml_metrics_accuracy_merge(MmlAccuracy *state, const MmlAccuracy *other);
extern double mml_metrics_accuracy(const MmlAccuracy *state);

extern void mml_metrics_log_loss_add(MmlLogLoss *state, bool actual,
									 double probability);
extern void mml_metrics_log_loss_merge(MmlLogLoss *state, const MmlLogLoss *other);
extern double mml_metrics_log_loss(const MmlLogLoss *state);

extern size_t mml_metrics_roc_auc_bytes(int64_t rows);
extern void mml_metrics_roc_auc_add(MmlRocAuc *state, bool actual, double score);
extern void mml_metrics_roc_auc_merge(MmlRocAuc *state, const MmlRocAuc *other);
extern size_t mml_metrics_roc_auc_work(const MmlRocAuc *state);
extern double mml_metrics_roc_auc(const MmlRocAuc *state, uint64_t *work);

/* ------------------------------------------------------------- rankings */

/* One ranked list, compared with the items that are relevant. */
typedef struct MmlRanking
{
	size_t		ranks;			/* looked at: no more than k */
	const bool *hit;			/* (ranks) a relevant item, not seen before */
	size_t		relevant;		/* different relevant items there are */
	int64_t		k;				/* ranks asked for, at least 1 */
} MmlRanking;

extern double mml_metrics_precision_at_k(const MmlRanking *ranking);
extern double mml_metrics_ndcg_at_k(const MmlRanking *ranking);

#endif							/* MML_METRICS_H */

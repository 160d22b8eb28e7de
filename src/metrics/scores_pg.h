/*-------------------------------------------------------------------------
 *
 * scores_pg.h
 *	  What the aggregates over the state of roc_auc share: rows with options,
 *	  and sorted scores.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MML_METRICS_SCORES_PG_H
#define MML_METRICS_SCORES_PG_H

#include "postgres.h"

#include "fmgr.h"

#include "metrics/scores.h"

/* Scores that are sorted, in memory that is counted until it is freed. */
typedef struct MmlSorted
{
	const MmlRocAuc *state;
	MmlSortedScores scores;
	uint64	   *spare;			/* (rows) where the caller wants them */
	MemoryContext context;
} MmlSorted;

extern bool mml_metrics_has_null(FunctionCallInfo fcinfo, int arguments);
extern bool mml_metrics_row_has_null(FunctionCallInfo fcinfo);
extern double mml_metrics_score_arg(FunctionCallInfo fcinfo);
extern double mml_metrics_finite_arg(FunctionCallInfo fcinfo, int argno, const char *what, const char *hint);
extern int64 mml_metrics_count_arg(FunctionCallInfo fcinfo, const char *name, int least, int most);
extern Size mml_metrics_count_option(const MmlRocAuc *state, int by_default, int least, int most);
extern void mml_metrics_report_changed(void);
extern void mml_metrics_take_options(MmlRocAuc *state, const double *option);
extern Datum mml_metrics_add_score(FunctionCallInfo fcinfo, double score, double first, double second);
extern void mml_metrics_sort_scores(FunctionCallInfo fcinfo, MmlSorted *sorted, const char *what, bool spare);

#endif							/* MML_METRICS_SCORES_PG_H */

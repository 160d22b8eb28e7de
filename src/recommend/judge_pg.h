/*-------------------------------------------------------------------------
 *
 * judge_pg.h
 *	  A model, and what it makes of a history.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MML_JUDGE_PG_H
#define MML_JUDGE_PG_H

#include "postgres.h"

#include "recommend/history_pg.h"
#include "recommend/rank_pg.h"

/* A model and what it makes of the history. */
typedef struct MmlJudge
{
	const void *model;
	const MmlRecommender *recommender;
	const MmlCatalogue *catalogue;
	const char *source;			/* of rows that it scores */
	MmlHistory	history;
	bool		all_known;		/* it has all that was seen */
	void	   *profile;		/* of the history; NULL: nothing can be said */
} MmlJudge;

extern void mml_judge_open(MmlJudge *judge, const MmlModel *model, const char *source,
						   const MmlEvents *events);
extern Size mml_judge_rank(const MmlJudge *judge, Size k, Size n, const int32 *which,
						   const uint8 *barred, MmlRanked *best);
extern MmlRecommendation mml_judge_row(const MmlJudge *judge, MmlRanked ranked, int32 item,
									   const char *source);
extern void mml_judge_explain(const MmlJudge *judge, MmlRecommendation *rows, Size count);
extern void mml_judge_check(const MmlRanked *best, Size count);

#endif							/* MML_JUDGE_PG_H */

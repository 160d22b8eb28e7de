/*-------------------------------------------------------------------------
 *
 * tune_pg.h
 *	  Choose options by what a model finds of pairs that were held out.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MML_TUNE_PG_H
#define MML_TUNE_PG_H

#include "postgres.h"

#include "recommend/gather_pg.h"
#include "recommend/recommender.h"

/* Learn from kept; a user may be left with no pair. */
typedef struct MmlTuner
{
	MmlGather  *gather;
	MmlPairTable kept;			/* (users,items) nine pairs in ten */
	MmlPairTable held;			/* (users,items) the others */
	uint8	   *barred;			/* (items) */
	MmlRankWork *work;
	MemoryContext scratch;
} MmlTuner;

extern void mml_tune_begin(MmlTuner *tuner, MmlGather *gather);
extern double mml_tune_ndcg(MmlTuner *tuner, const MmlRecommender *recommender,
							const void *model);
extern void mml_tune_report(const MmlTuner *tuner, const char *tried, double ndcg);
extern void mml_tune_end(MmlTuner *tuner);

#endif							/* MML_TUNE_PG_H */

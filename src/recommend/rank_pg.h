/*-------------------------------------------------------------------------
 *
 * rank_pg.h
 *	  Recommend: from a model and a history to a ranking.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MML_RANK_PG_H
#define MML_RANK_PG_H

#include "postgres.h"

#include "core/model_pg.h"
#include "recommend/recommender.h"
#include "utils/array.h"

/* What is asked for; lists are NULL where there is none. */
typedef struct MmlRequest
{
	int64		k;
	ArrayType  *history;
	ArrayType  *weights;		/* float8[], of the history */
	ArrayType  *candidates;		/* NULL: all items of the model */
	ArrayType  *exclude;
	bool		exclude_seen;
} MmlRequest;

/* A row of the answer.  Ids point into the model or the request's lists. */
typedef struct MmlRecommendation
{
	MmlId		id;
	double		score;
	const char *source;
	bool		explained;
	MmlId		because_of;
} MmlRecommendation;

extern const MmlRecommender *mml_recommender_of(const MmlModel *model);
extern MmlRecommendation *mml_recommend(const MmlModel *model,
										const MmlRequest *request,
										Size *count);

#endif							/* MML_RANK_PG_H */

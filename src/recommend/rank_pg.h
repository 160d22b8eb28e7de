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

#include "fmgr.h"
#include "nodes/execnodes.h"

#include "core/model_pg.h"
#include "recommend/history_pg.h"
#include "recommend/recommender.h"
#include "utils/array.h"

/* The most rows that are chosen to differ from each other. */
#define MML_DIVERSE_MAX 1000

/* A row of the answer.  Ids point into the models or the request's lists. */
typedef struct MmlRecommendation
{
	MmlId		id;
	int32		item;			/* of the model, or -1: it does not know it */
	double		score;
	const char *source;
	bool		explained;
	MmlId		because_of;
} MmlRecommendation;

/* What is asked for; lists are NULL where there is none. */
typedef struct MmlRequest
{
	int64		k;
	MmlEvents	events;			/* the history */
	ArrayType  *candidates;		/* NULL: all items of the models */
	ArrayType  *exclude;
	bool		exclude_seen;
	double		diversity;		/* 0 .. 1 */
	const MmlModel *content;	/* asked about what the model does not know */

	/* which rows (count) may be shown; NULL: all */
	void		(*show) (void *arg, const MmlRecommendation *rows, Size count, bool *shown);
	void	   *show_arg;
} MmlRequest;

/* A ranking being made; rank_pg.c. */
typedef struct MmlRanking MmlRanking;

/* Where a SQL function has its arguments. */
typedef struct MmlRequestArguments
{
	int			k;
	int			candidates;		/* -1: there is no such argument */
	int			exclude_seen;
	int			exclude;
} MmlRequestArguments;

extern const MmlRecommender *mml_recommender_of(const MmlModel *model);
extern MmlRecommendation *mml_recommend(const MmlModel *model,
										const MmlRequest *request,
										Size *count);
extern MmlRanking *mml_ranking_open(const MmlModel *model, const MmlRequest *request,
									const MmlRanking *like);
extern MmlRanking *mml_ranking_choice(const MmlModel *model, const MmlRequest *request);
extern void mml_rankings_ahead(MmlRanking *const *rankings, Size n);
extern MmlRecommendation *mml_ranking_finish(MmlRanking *ranking, Size *count);
extern Datum mml_arg_required(FunctionCallInfo fcinfo, int argno, const char *name);
extern void mml_request_read(FunctionCallInfo fcinfo, const MmlRequestArguments *at,
							 MmlIdType id_type, MmlRequest *request);
extern void mml_recommendations_put(ReturnSetInfo *rsinfo, Datum *values, bool *nulls,
									int first, const MmlRecommendation *rows, Size count);
extern void mml_id_set(Datum *values, bool *nulls, int column, const MmlId *id);

#endif							/* MML_RANK_PG_H */

/*-------------------------------------------------------------------------
 *
 * als.h
 *	  Models of factors: of what is seen (als), and of ratings (rating_als).
 *
 *-------------------------------------------------------------------------
 */
#ifndef MML_ALS_H
#define MML_ALS_H

#include "recommend/als_fit.h"
#include "recommend/factors.h"

/* A history solved against the factors of its items. */
typedef struct MmlAlsProfile
{
	MmlDirection direction;		/* first */
	double	   *root;			/* (d,d) lower triangle of A = LL' */
	double	   *weights;		/* (count) of the history, as A has them */
} MmlAlsProfile;

typedef struct MmlAls
{
	MmlCatalogue catalogue;		/* first */
	MmlFactors	items;
	MmlAlsOptions options;
	const double *gram;			/* (d,d) V'V of the items trained on */
	double		trained;		/* how many these are */
	double		iterations;
	double		seed;
	double		objective;
	double		ndcg;			/* of auto on what was held out; NaN: not used */
} MmlAls;

/* Numbers of the section "options". */
#define MML_ALS_OPTIONS 8

extern const MmlRecommender mml_als_recommender;

extern const char *mml_als_parse(const MmlEnvelope *env, void *parsed);

/* What both kinds do with a history; see als.c. */
extern bool mml_als_fold(const MmlFactors *items, const double *base,
						 double times, double ridge, const MmlHistory *history,
						 const double *squares, const double *targets,
						 MmlAlsProfile *profile, MmlRoom *room);
extern void mml_als_explain(const MmlFactors *factors, const MmlAlsProfile *profile,
							const MmlHistory *history, size_t n,
							const int32_t *items, double *contributions);

#endif							/* MML_ALS_H */

/*-------------------------------------------------------------------------
 *
 * hybrid.h
 *	  Several recommenders in one: the weighted sum of what they say.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MML_HYBRID_H
#define MML_HYBRID_H

#include "recommend/recommender.h"

/* The most recommenders in one. */
#define MML_HYBRID_PARTS 16

typedef struct MmlHybridPart
{
	const MmlRecommender *recommender;
	const void *model;
	const MmlCatalogue *catalogue;	/* of the model */
	const int32_t *map;			/* (items of the hybrid) its number there; -1:
								 * none */
	double		weight;			/* 0 up */
	double		min_history;	/* used from so many seen items on */
} MmlHybridPart;

typedef struct MmlHybrid
{
	MmlCatalogue catalogue;		/* of the items of all parts */
	size_t		count;
	MmlHybridPart parts[MML_HYBRID_PARTS];
} MmlHybrid;

extern const MmlRecommender mml_hybrid_recommender;

extern const char *mml_hybrid_check_map(const MmlCatalogue *all, const MmlHybridPart *part);

#endif							/* MML_HYBRID_H */

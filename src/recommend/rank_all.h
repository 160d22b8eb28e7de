/*-------------------------------------------------------------------------
 *
 * rank_all.h
 *	  The k best items of many profiles at once.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MML_RANK_ALL_H
#define MML_RANK_ALL_H

#include "recommend/recommender.h"

/* Profiles and items whose products are made at once. */
#define MML_RANK_ALL_PROFILES 256
#define MML_RANK_ALL_ITEMS 1024

/* Someone to rank for. */
typedef struct MmlRankFor
{
	const void *profile;
	const uint8_t *barred;		/* (items) */
	MmlRanked  *best;			/* (k) */
	size_t		count;			/* filled: how many there are in best */
} MmlRankFor;

/* What a ranking for many works on; scratch of the caller. */
typedef struct MmlRankAllWork
{
	MmlRankWork one;
	MmlTopk		tops[MML_RANK_ALL_PROFILES];
	const void *profiles[MML_RANK_ALL_PROFILES];
	double		slacks[MML_RANK_ALL_PROFILES];
	float		bounds[MML_RANK_ALL_PROFILES * MML_RANK_ALL_ITEMS];
} MmlRankAllWork;

extern void mml_rank_all(const MmlRecommender *recommender, const void *model,
						 size_t k, size_t items, size_t n, MmlRankFor *all,
						 MmlRoom *room, MmlRankAllWork *work);

#endif							/* MML_RANK_ALL_H */

/*-------------------------------------------------------------------------
 *
 * recommender.h
 *	  What a kind of recommender can do: a function from a history to scores.
 *
 * A model makes a profile of a history once, and then scores as many items
 * from it as are asked for: all of them in blocks, or a list of candidates.
 * Its parsed form begins with a MmlCatalogue, which numbers the items.
 *
 * Everything is plain C and deterministic: a score depends on the model, the
 * history and the item, never on which other items are scored with it.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MML_RECOMMENDER_H
#define MML_RECOMMENDER_H

#include "core/room.h"
#include "recommend/catalogue.h"
#include "recommend/topk.h"

typedef struct MmlRecommender
{
	const char *kind;			/* the name of the kind of model */

	bool		rated;			/* weights of a history are ratings: without
								 * them it says nothing, which is an error */

	/*
	 * Only items with a higher score are recommended from a history: 0 where
	 * a score of 0 means that nothing is known, -INFINITY where every item
	 * has one.
	 */
	double		above;

	/*
	 * Make a profile of a history of at least one item, in memory of the
	 * room.  NULL where the model can say nothing of it.  All members below
	 * are NULL too in a kind that knows popularity only.
	 */
	void	   *(*profile) (const void *model, const MmlHistory *history, MmlRoom *room);

	/*
	 * scores (n): of the items which (n), or first .. first + n - 1 where
	 * that is NULL.  At most MML_RANK_BLOCK at once.
	 */
	void		(*score) (const void *model, const void *profile, size_t n,
						  const int32_t *which, size_t first, double *scores);

	/*
	 * Which items may have a score that reaches a threshold, as bounds that
	 * are cheaper than scores tell, of n items from the first on, in an order
	 * that is the model's own and best begins with high scores.  Returned is
	 * how many are in chosen (n), each once.  NULL where there are no bounds.
	 * first is 0 or a multiple of MML_RANK_FIRST.
	 */
	size_t		(*sieve) (const void *model, const void *profile, size_t n,
						  size_t first, double threshold, int32_t *chosen);

	/*
	 * Bounds of the items first .. first + n - 1 for m profiles at once, by a
	 * product of matrices: no score of profile r passes bounds[r * n + i] +
	 * slacks[r].  NULL where there are none.
	 */
	void		(*bound_all) (const void *model, size_t m, const void *const *profiles,
							  size_t n, size_t first, MmlRoom *room,
							  float *bounds, double *slacks);

	/*
	 * What each item of the history contributes to the scores of n items, at
	 * most MML_EXPLAIN_MOST: contributions (n,count).
	 */
	void		(*explain) (const void *model, const void *profile,
							const MmlHistory *history, size_t n,
							const int32_t *items, double *contributions);

	/*
	 * A profile of an item, from which score says how similar other items are
	 * to it, cosines from -1 to 1 where the method has them; NULL where
	 * nothing is known of the item.
	 */
	void	   *(*resemble) (const void *model, int32_t item, MmlRoom *room);
} MmlRecommender;

/* All kinds that recommend (recommenders.c); NULL where this one does not. */
extern const MmlRecommender *mml_recommender_find(const char *kind);

/* Items that are explained at once. */
#define MML_EXPLAIN_MOST 8

/* Items that are looked at at once: at first few, so that a threshold is found. */
#define MML_RANK_FIRST 256
#define MML_RANK_BLOCK 4096

/* What a ranking works on; scratch of the caller. */
typedef struct MmlRankWork
{
	double		scores[MML_RANK_BLOCK];
	int32_t		chosen[MML_RANK_BLOCK];
} MmlRankWork;

extern size_t mml_rank(const MmlRecommender *recommender, const void *model,
					   const void *profile, size_t k, size_t n,
					   const int32_t *which, const uint8_t *barred,
					   MmlRankWork *work, MmlRanked *best);

#endif							/* MML_RECOMMENDER_H */

/*-------------------------------------------------------------------------
 *
 * topk.h
 *	  The k best of many scored items, exactly.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MML_TOPK_H
#define MML_TOPK_H

#include "core/kernel.h"

typedef struct MmlRanked
{
	double		score;
	int32_t		item;
} MmlRanked;

/* The best so far, while scores come in. */
typedef struct MmlTopk
{
	size_t		k;
	size_t		count;
	double		above;			/* no score up to this is wanted */
	MmlRanked  *best;			/* (k) a heap, the worst at its root */
} MmlTopk;

extern void mml_topk_begin(MmlTopk *top, size_t k, double above, MmlRanked *best);
extern void mml_topk_add(MmlTopk *top, size_t n, const int32_t *which,
						 size_t first, const double *scores,
						 const uint8_t *barred);
extern size_t mml_topk_end(MmlTopk *top);

/* What a score must reach, or pass, to be among the best. */
MML_INLINE double
mml_topk_threshold(const MmlTopk *top)
{
	return top->count == top->k ? top->best[0].score : top->above;
}

extern size_t mml_topk(size_t k, size_t n, const int32_t *which,
					   const double *scores, double above,
					   const uint8_t *barred, MmlRanked *best);

#endif							/* MML_TOPK_H */

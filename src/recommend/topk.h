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

extern size_t mml_topk(size_t k, size_t n, const int32_t *which,
					   const double *scores, double above,
					   const uint8_t *barred, MmlRanked *best);

#endif							/* MML_TOPK_H */

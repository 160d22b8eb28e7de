/*-------------------------------------------------------------------------
 *
 * factors.h
 *	  Items as points: scores that are products with a vector, and bounds of
 *	  them from a copy in bytes.
 *
 * The score of item i is base + offset_i + x'v_i; of a profile that asks for
 * cosines it is x'v_i / |v_i|.  Factors are float4 as models have them, sums
 * float8.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MML_FACTORS_H
#define MML_FACTORS_H

#include "recommend/recommender.h"

/* Items whose bytes lie side by side. */
#define MML_FACTORS_GROUP 64

typedef struct MmlFactors
{
	size_t		items;
	size_t		factors;		/* d */
	const float *v;				/* (items,d) finite */
	const double *offsets;		/* (items), or NULL: 0 each */

	/*
	 * By mml_factors_coarsen(), for bounds: byte k of item i, at bytes[(i /
	 * 64 * d + k) * 64 + i % 64], times scales[i], is within half of
	 * scales[i] of v_ik.
	 */
	int8_t	   *bytes;			/* (groups,d,64) */
	float	   *scales;			/* (items) */
	float	   *inverses;		/* (items) 1 / |v_i|, or 0 */
} MmlFactors;

/* What is asked: followed by x. */
typedef struct MmlDirection
{
	double		base;
	double		reach;			/* the sum of |x_k| */
	bool		cosine;
	double	   *x;				/* (d) finite */
	float	   *rough;			/* (d) x in float4 */
} MmlDirection;

extern const char *mml_factors_check(const MmlFactors *factors);
extern void mml_factors_coarsen(MmlFactors *factors, MmlRoom *room);
extern void mml_direction_make(const MmlFactors *factors, MmlDirection *direction,
							   MmlRoom *room);
extern bool mml_direction_seal(const MmlFactors *factors, MmlDirection *direction);
extern bool mml_direction_of_item(const MmlFactors *factors, int32_t item,
								  MmlDirection *direction, MmlRoom *room);
extern double mml_factors_product(size_t n, const double *x, const float *v);
extern void mml_factors_score(const MmlFactors *factors,
							  const MmlDirection *direction, size_t n,
							  const int32_t *which, size_t first, double *scores);
extern void mml_factors_bound(const MmlFactors *factors,
							  const MmlDirection *direction, size_t n,
							  size_t first, float *bounds);

extern void mml_factors_bound_all(const MmlFactors *factors, size_t m,
								  const void *const *directions, size_t n,
								  size_t first, MmlRoom *room, float *bounds,
								  double *slacks);

#endif							/* MML_FACTORS_H */

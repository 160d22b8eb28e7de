/*-------------------------------------------------------------------------
 *
 * factors.h
 *	  Items as points: scores that are products with a vector (factors.c), and
 *	  which of them may reach a threshold, from a copy in bytes (coarse.c).
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

/* The most factors: products of bytes and whole numbers of x fit 32 bits. */
#define MML_FACTORS_MOST 512

/* The largest byte, and the largest whole number of x. */
#define MML_FACTORS_BYTE 127
#define MML_FACTORS_STEPS 32767

/* Bytes that are multiplied at once. */
#define MML_FACTORS_VECTOR 32

/* Items that are ruled out together. */
#define MML_FACTORS_GROUP 64

/* Items at neighbouring places: no score passes base + offset + |x| length. */
typedef struct MmlFactorsGroup
{
	double		offset;
	double		length;
} MmlFactorsGroup;

/*
 * A copy of the factors for bounds; see coarse.c.  Items are at places, those
 * first that may have the highest scores; the last group is filled with zeros.
 */
typedef struct MmlCoarse
{
	size_t		stride;			/* bytes of an item: d, and zeros */
	int32_t    *order;			/* (places) the item at a place */
	int8_t	   *bytes;			/* (places,stride) b */
	float	   *scales;			/* (places) s: v is nearly s b */
	float	   *rests;			/* (places) no less than |v - s b| */
	float	   *inverses;		/* (places) 1 / |v|; 0 of 0, NaN of too little */
	MmlFactorsGroup *groups;	/* (places / MML_FACTORS_GROUP) */
	double		shift;			/* no |offset| is larger, */
	double		largest;		/* and no |v_ik| */
} MmlCoarse;

typedef struct MmlFactors
{
	size_t		items;
	size_t		factors;		/* d, 1 .. MML_FACTORS_MOST */
	const float *v;				/* (items,d) finite */
	const double *offsets;		/* (items), or NULL: 0 each */
	MmlCoarse	coarse;			/* by mml_factors_coarsen() */
} MmlFactors;

/* What is asked: x is filled, and the rest follows by mml_direction_seal(). */
typedef struct MmlDirection
{
	double		base;
	bool		cosine;
	double	   *x;				/* (d) finite */
	float	   *rough;			/* (d) x in float4 */
	int16_t    *steps;			/* (stride) x as multiples of step, and zeros */
	double		step;
	double		reach;			/* the sum of |x_k| */
	double		length;			/* no less than |x| */
} MmlDirection;

extern const char *mml_factors_check(const MmlFactors *factors);
extern void mml_direction_make(const MmlFactors *factors, MmlDirection *direction,
							   MmlRoom *room);
extern bool mml_direction_seal(const MmlFactors *factors, MmlDirection *direction);
extern bool mml_direction_of_item(const MmlFactors *factors, int32_t item,
								  MmlDirection *direction, MmlRoom *room);
extern double mml_factors_product(size_t n, const double *x, const float *v);
extern double mml_factors_length(size_t n, const float *v);
extern void mml_factors_score(const MmlFactors *factors,
							  const MmlDirection *direction, size_t n,
							  const int32_t *which, size_t first, double *scores);
extern void mml_factors_bound_all(const MmlFactors *factors, size_t m,
								  const void *const *directions, size_t n,
								  size_t first, MmlRoom *room, float *bounds,
								  double *slacks);

extern size_t mml_factors_coarse_bytes(size_t items, size_t d);
extern void mml_factors_coarsen(MmlFactors *factors, MmlRoom *room);
extern size_t mml_factors_sieve(const MmlFactors *factors,
								const MmlDirection *direction, size_t n,
								size_t first, double threshold, int32_t *chosen);

/*
 * Rows of a list lie anywhere in memory: let the factors of one come, which is
 * this far ahead of the one in use.
 */
#define MML_FACTORS_AHEAD 8

MML_INLINE void
mml_factors_fetch(const MmlFactors *factors, int32_t item)
{
	const float *v = factors->v + (size_t) item * factors->factors;

	for (size_t k = 0; k < factors->factors; k += 64 / sizeof(float))
		__builtin_prefetch(v + k);
}

/* The bytes of an item, in whole vectors. */
MML_INLINE size_t
mml_factors_stride(size_t d)
{
	return (d + MML_FACTORS_VECTOR - 1) / MML_FACTORS_VECTOR * MML_FACTORS_VECTOR;
}

#endif							/* MML_FACTORS_H */

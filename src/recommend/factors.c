/*-------------------------------------------------------------------------
 *
 * factors.c
 *	  Scores that are products with a vector, and bounds; see factors.h.
 *
 * Why bytes: a ranking of all items reads all factors, and what it takes is
 * the time to read them.  With bytes it is a quarter, and only the few items
 * whose bound passes the threshold are scored.
 *
 * The bound: v_ik = s_i (b_ik + e_ik) with |e_ik| <= 1/2, so that
 *
 *		x'v_i <= s_i (x'b_i + |x|_1 / 2)
 *
 * To |x|_1 / 2 comes what float4 may lose: each of d products and sums, and x
 * itself, at most 2^-23 of 127 |x|_1, or, where numbers are tiny, 2^-140.
 *
 *-------------------------------------------------------------------------
 */
#include <float.h>
#include <math.h>
#include <string.h>

#include "linalg/linalg.h"
#include "recommend/factors.h"

#define GROUP MML_FACTORS_GROUP
#define MOST 127				/* of a byte */


/* Are all factors finite?  NULL, or what is wrong. */
const char *
mml_factors_check(const MmlFactors *factors)
{
	size_t		n = factors->items * factors->factors;

	for (size_t i = 0; i < n; i++)
		if (!isfinite(factors->v[i]))
			return "A factor is not a finite number.";
	return NULL;
}

/* The sum of x_k v_k, in an order that depends on n only. */
MML_CLONES
double
mml_factors_product(size_t n, const double *x, const float *v)
{
	double		sum = 0;

#pragma omp simd reduction(+:sum)
	for (size_t k = 0; k < n; k++)
		sum += x[k] * (double) v[k];
	return sum;
}

/* |v| */
MML_CLONES
static double
length(size_t n, const float *v)
{
	double		sum = 0;

#pragma omp simd reduction(+:sum)
	for (size_t k = 0; k < n; k++)
		sum += (double) v[k] * (double) v[k];
	return sqrt(sum);
}

/* The bytes of an item, and its scale: the smallest that leaves none too large. */
static void
coarsen_item(const MmlFactors *factors, size_t item)
{
	size_t		d = factors->factors;
	const float *v = factors->v + item * d;
	int8_t	   *bytes = factors->bytes + item / GROUP * d * GROUP + item % GROUP;
	float		most = 0;
	float		scale;
	double		norm;

	for (size_t k = 0; k < d; k++)
		most = MML_MAX(most, fabsf(v[k]));
	scale = most / MOST;
	while ((double) scale * MOST < (double) most)
		scale = nextafterf(scale, INFINITY);
	for (size_t k = 0; k < d; k++)
		bytes[k * GROUP] = (int8_t) (scale > 0 ? rint((double) v[k] / (double) scale) : 0);
	norm = length(d, v);
	factors->scales[item] = scale;
	factors->inverses[item] = norm > 0 ? (float) (1 / norm) : 0;
}

/* Make the copy in bytes, in memory of the room. */
void
mml_factors_coarsen(MmlFactors *factors, MmlRoom *room)
{
	size_t		groups = (factors->items + GROUP - 1) / GROUP;
	size_t		bytes = groups * factors->factors * GROUP;
	size_t		step = 1 + 65536 / factors->factors;

	factors->bytes = room->resize(room, NULL, 0, bytes);
	factors->scales = room->resize(room, NULL, 0, factors->items * sizeof(float));
	factors->inverses = room->resize(room, NULL, 0, factors->items * sizeof(float));
	memset(factors->bytes + (groups - 1) * factors->factors * GROUP, 0,
		   factors->factors * GROUP);
	for (size_t i = 0; i < factors->items; i++)
	{
		if (i % step == 0)
			MML_CHECK();
		coarsen_item(factors, i);
	}
}

/* Room for a direction, its x to be filled and sealed. */
void
mml_direction_make(const MmlFactors *factors, MmlDirection *direction, MmlRoom *room)
{
	memset(direction, 0, sizeof(MmlDirection));
	direction->x = room->resize(room, NULL, 0, factors->factors * sizeof(double));
	direction->rough = room->resize(room, NULL, 0, factors->factors * sizeof(float));
}

/* Derive from x what bounds need.  False where x is not finite. */
bool
mml_direction_seal(const MmlFactors *factors, MmlDirection *direction)
{
	direction->reach = 0;
	for (size_t k = 0; k < factors->factors; k++)
	{
		direction->rough[k] = (float) direction->x[k];
		direction->reach += fabs(direction->x[k]);
	}
	return isfinite(direction->reach);
}

/* The direction of an item, which asks for cosines.  False where it has none. */
bool
mml_direction_of_item(const MmlFactors *factors, int32_t item,
					  MmlDirection *direction, MmlRoom *room)
{
	size_t		d = factors->factors;
	const float *v = factors->v + (size_t) item * d;
	double		norm = length(d, v);

	if (!(norm > 0))
		return false;
	mml_direction_make(factors, direction, room);
	for (size_t k = 0; k < d; k++)
		direction->x[k] = (double) v[k] / norm;
	direction->cosine = true;
	return mml_direction_seal(factors, direction);
}

/* The score of one item. */
static double
score_item(const MmlFactors *factors, const MmlDirection *direction, size_t item)
{
	size_t		d = factors->factors;
	const float *v = factors->v + item * d;
	double		product = mml_factors_product(d, direction->x, v);

	if (direction->cosine)
	{
		double		norm = length(d, v);

		product = norm > 0 ? product / norm : 0;
		return MML_MAX(-1.0, MML_MIN(product, 1.0));	/* but for rounding */
	}
	return product + (direction->base + (factors->offsets == NULL ? 0 : factors->offsets[item]));
}

/* See MmlRecommender. */
void
mml_factors_score(const MmlFactors *factors, const MmlDirection *direction,
				  size_t n, const int32_t *which, size_t first, double *scores)
{
	for (size_t i = 0; i < n; i++)
		scores[i] = score_item(factors, direction,
							   which == NULL ? first + i : (size_t) which[i]);
}

/* sums += the products of four factors of the items of a group. */
MML_INLINE void
add_four(const float *x, const int8_t *b, const int8_t *c, const int8_t *d,
		 const int8_t *e, float *sums)
{
#pragma omp simd
	for (size_t i = 0; i < GROUP; i++)
		sums[i] += ((float) b[i] * x[0] + (float) c[i] * x[1]) +
			((float) d[i] * x[2] + (float) e[i] * x[3]);
}

/* sums = x'b of all items of some groups */
MML_CLONES
static void
multiply_groups(size_t groups, size_t d, const float *x, const int8_t *bytes, float *sums)
{
	memset(sums, 0, groups * GROUP * sizeof(float));
	for (size_t g = 0; g < groups; g++, sums += GROUP)
	{
		size_t		k = 0;

		for (; k + 4 <= d; k += 4, bytes += 4 * GROUP)
			add_four(x + k, bytes, bytes + GROUP, bytes + 2 * GROUP, bytes + 3 * GROUP, sums);
		for (; k < d; k++, bytes += GROUP)
		{
			const float alone[] = {x[k], 0, 0, 0};

			add_four(alone, bytes, bytes, bytes, bytes, sums);
		}
	}
}

/* See MmlRecommender; first is a multiple of MML_FACTORS_GROUP. */
void
mml_factors_bound(const MmlFactors *factors, const MmlDirection *direction,
				  size_t n, size_t first, float *bounds)
{
	size_t		d = factors->factors;
	float		sums[MML_RANK_BLOCK];
	double		slack = direction->reach * (0.5 + MOST * 0x1p-23 * ((double) d + 8)) +
		(double) d * 0x1p-140;

	if (!(direction->reach < 1e30))
	{
		/* float4 might overflow */
		for (size_t i = 0; i < n; i++)
			bounds[i] = INFINITY;
		return;
	}
	MML_ASSERT(first % GROUP == 0 && n <= MML_RANK_BLOCK);
	multiply_groups((n + GROUP - 1) / GROUP, d, direction->rough,
					factors->bytes + first * d, sums);
	for (size_t i = 0; i < n; i++)
	{
		double		scale = (double) factors->scales[first + i];
		double		bound = scale * ((double) sums[i] + slack);

		if (direction->cosine)
			bound = factors->inverses[first + i] < 1e30F ?
				bound * (double) factors->inverses[first + i] : 1;
		else
			bound += direction->base +
				(factors->offsets == NULL ? 0 : factors->offsets[first + i]);
		bound += fabs(bound) * 0x1p-22 + 0x1p-126;
		bounds[i] = (float) MML_MAX(bound, -(double) FLT_MAX);
	}
}

/*
 * See MmlRecommender; profiles begin with directions.  The bounds are products
 * in float4, which lose no more than is said above.
 */
void
mml_factors_bound_all(const MmlFactors *factors, size_t m,
					  const void *const *directions, size_t n, size_t first,
					  MmlRoom *room, float *bounds, double *slacks)
{
	size_t		d = factors->factors;
	float	   *rows = room->resize(room, NULL, 0, m * d * sizeof(float));
	bool		shifted = factors->offsets != NULL;
	double		largest = 0;
	double		shift = 0;

	for (size_t i = first; i < first + n; i++)
		largest = MML_MAX(largest, (double) factors->scales[i]);
	for (size_t i = first; shifted && i < first + n; i++)
		shift = MML_MAX(shift, fabs(factors->offsets[i]));
	for (size_t r = 0; r < m; r++)
	{
		const MmlDirection *direction = directions[r];

		MML_ASSERT(!direction->cosine);
		memcpy(rows + r * d, direction->rough, d * sizeof(float));
		slacks[r] = direction->base + (double) d * 0x1p-140 + shift * 0x1p-22 +
			direction->reach * largest * (MOST * 0x1p-23 * ((double) d + 8));
		/* float4 might overflow */
		if (!(direction->reach * largest < 1e30 && shift < 1e30))
			slacks[r] = INFINITY;
		slacks[r] += fabs(slacks[r]) * 0x1p-40;
		for (size_t i = 0; shifted && i < n; i++)
			bounds[r * n + i] = (float) factors->offsets[first + i];
	}
	mml_linalg_gemm_float(MML_PLAIN, MML_TRANSPOSED, (int) m, (int) n, (int) d, 1,
						  rows, (int) d, factors->v + first * d, (int) d,
						  shifted ? 1 : 0, bounds, (int) n);
	room->resize(room, rows, m * d * sizeof(float), 0);
}

/*-------------------------------------------------------------------------
 *
 * factors.c
 *	  Scores that are products with a vector, and bounds for many vectors at
 *	  once; see factors.h.
 *
 *-------------------------------------------------------------------------
 */
#include <float.h>
#include <math.h>
#include <string.h>

#include "linalg/linalg.h"
#include "recommend/factors.h"

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
double
mml_factors_length(size_t n, const float *v)
{
	double		sum = 0;

#pragma omp simd reduction(+:sum)
	for (size_t k = 0; k < n; k++)
		sum += (double) v[k] * (double) v[k];
	return sqrt(sum);
}

/* Room for a direction, its x to be filled and sealed. */
void
mml_direction_make(const MmlFactors *factors, MmlDirection *direction, MmlRoom *room)
{
	size_t		d = factors->factors;

	memset(direction, 0, sizeof(MmlDirection));
	direction->x = room->resize(room, NULL, 0, d * sizeof(double));
	direction->rough = room->resize(room, NULL, 0, d * sizeof(float));
	direction->steps = room->resize(room, NULL, 0, mml_factors_stride(d) * sizeof(int16_t));
}

/*
 * Derive from x what bounds need.  False where x is not finite.  The step is a
 * normal number, so that no quotient with it is far from what it should be.
 */
bool
mml_direction_seal(const MmlFactors *factors, MmlDirection *direction)
{
	size_t		d = factors->factors;
	double		most = 0;
	double		squares = 0;

	direction->reach = 0;
	for (size_t k = 0; k < d; k++)
	{
		direction->rough[k] = (float) direction->x[k];
		direction->reach += fabs(direction->x[k]);
		most = MML_MAX(most, fabs(direction->x[k]));
	}
	if (!isfinite(direction->reach))
		return false;
	direction->step = MML_MAX(most / MML_FACTORS_STEPS, DBL_MIN);
	memset(direction->steps, 0, mml_factors_stride(d) * sizeof(int16_t));
	for (size_t k = 0; k < d && most > 0; k++)
	{
		direction->steps[k] = (int16_t) rint(direction->x[k] / direction->step);
		squares += direction->x[k] / most * (direction->x[k] / most);
	}
	direction->length = most * sqrt(squares) * (1 + 0x1p-40);
	return true;
}

/* The direction of an item, which asks for cosines.  False where it has none. */
bool
mml_direction_of_item(const MmlFactors *factors, int32_t item,
					  MmlDirection *direction, MmlRoom *room)
{
	size_t		d = factors->factors;
	const float *v = factors->v + (size_t) item * d;
	double		norm = mml_factors_length(d, v);

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
		double		norm = mml_factors_length(d, v);

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
	{
		if (which != NULL && i + MML_FACTORS_AHEAD < n)
			mml_factors_fetch(factors, which[i + MML_FACTORS_AHEAD]);
		scores[i] = score_item(factors, direction,
							   which == NULL ? first + i : (size_t) which[i]);
	}
}

/*
 * See MmlRecommender; profiles begin with directions.  Bounds are products in
 * float4, which lose, of each of d products and sums and of x itself, at most
 * 2^-23 of |x|_1 times the largest factor, or, where numbers are tiny, 2^-140.
 */
void
mml_factors_bound_all(const MmlFactors *factors, size_t m,
					  const void *const *directions, size_t n, size_t first,
					  MmlRoom *room, float *bounds, double *slacks)
{
	size_t		d = factors->factors;
	float	   *rows = room->resize(room, NULL, 0, m * d * sizeof(float));
	bool		shifted = factors->offsets != NULL;
	double		largest = factors->coarse.largest;
	double		shift = factors->coarse.shift;

	for (size_t r = 0; r < m; r++)
	{
		const MmlDirection *direction = directions[r];

		MML_ASSERT(!direction->cosine);
		memcpy(rows + r * d, direction->rough, d * sizeof(float));
		slacks[r] = direction->base + (double) d * 0x1p-140 + shift * 0x1p-22 +
			direction->reach * largest * (0x1p-23 * ((double) d + 8));
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

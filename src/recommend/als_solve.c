/*-------------------------------------------------------------------------
 *
 * als_solve.c
 *	  Solve the systems of alternating least squares; see als_solve.h.
 *
 * Method: the rows that a problem needs are gathered, 64 at a time, each
 * times the root of its weight, and C grows by their outer products in tiles
 * of 8 x 8 that stay in registers.  Then C = R'R by blocks of 8 rows, the
 * first ones first: a block row less what the rows above it explain, which
 * is the same tile, and divided by its diagonal block.  All is upper
 * triangles in rows, so that vectors run along rows.  Then R'y = b, R x = y.
 *
 * float4 is enough for factors that are found by alternation; where rounding
 * leaves C without a root, a little is added to its diagonal.
 *
 * Cost: count d^2 / 2 + d^3 / 6 multiply-adds.
 *
 *-------------------------------------------------------------------------
 */
#include <math.h>
#include <string.h>

#include "recommend/als_solve.h"

#define UNIT MML_ALS_UNIT
#define MOST_TRIES 12

/* Eight numbers; they may lie anywhere. */
typedef float Vector __attribute__((vector_size(4 * UNIT), may_alias, aligned(4)));

/*
 * sum[r] = the sum over l < k of x[l][i + r] times eight numbers of x[l] from j
 * on: a tile of X'X.
 */
MML_INLINE void
multiply_tile(size_t k, const float *x, size_t stride, size_t i, size_t j,
			  Vector sum[UNIT])
{
	Vector		s[UNIT] = {{0}};
	const float *left = x + i;
	const float *right = x + j;

	for (size_t l = 0; l < k; l++)
	{
		Vector		row = *(const Vector *) right;

#pragma GCC unroll 8
		for (int r = 0; r < UNIT; r++)
			s[r] += row * left[r];
		left += stride;
		right += stride;
	}
#pragma GCC unroll 8
	for (int r = 0; r < UNIT; r++)
		sum[r] = s[r];
}

/* c = base + X'X, upper triangles in whole tiles; X is (k,stride). */
MML_CLONES
static void
add_products(size_t k, size_t stride, const float *x, const float *base, float *c)
{
	for (size_t i = 0; i < stride; i += UNIT)
		for (size_t j = i; j < stride; j += UNIT)
		{
			Vector		sum[UNIT];

			multiply_tile(k, x, stride, i, j, sum);
#pragma GCC unroll 8
			for (size_t r = 0; r < UNIT; r++)
				*(Vector *) (c + (i + r) * stride + j) = sum[r] +
					*(const Vector *) (base + (i + r) * stride + j);
		}
}

/*
 * Gather rows first .. first + n - 1 of a problem into x (n,stride), each
 * times the root of its square, and add them to b.
 */
MML_CLONES
static void
gather(const MmlAlsProblem *p, size_t first, size_t n, float *x, float *b)
{
	size_t		stride = p->stride;

	for (size_t e = first; e < first + n; e++)
	{
		const float *row = p->rows + (size_t) p->columns[e] * stride;
		float		root = p->squares == NULL ? 1 : sqrtf(p->squares[e]);
		float		target = p->targets[e];

		if (e + 4 < p->count)
		{
			const float *next = p->rows + (size_t) p->columns[e + 4] * stride;

			for (size_t f = 0; f < stride; f += 16)
				__builtin_prefetch(next + f);
		}
		for (size_t f = 0; f < stride; f += UNIT)
		{
			Vector		v = *(const Vector *) (row + f);

			*(Vector *) (x + f) = v * root;
			*(Vector *) (b + f) += v * target;
		}
		x += stride;
	}
}

/* The root of the diagonal block at p; false where there is none. */
MML_INLINE bool
factor_diagonal(size_t stride, size_t p, float *c, float *inverse)
{
	for (size_t r = p; r < p + UNIT; r++)
	{
		float	   *row = c + r * stride;
		float		pivot = row[r];

		if (!(pivot > 0x1p-100f && pivot < 0x1p120f))
			return false;
		inverse[r] = 1 / sqrtf(pivot);
		*(Vector *) (row + p) *= inverse[r];
		for (size_t q = r + 1; q < p + UNIT; q++)
			*(Vector *) (c + q * stride + p) -= *(const Vector *) (row + p) * row[q];
	}
	return true;
}

/* C becomes R, upper, with C = R'R; inverse (stride) of its diagonal. */
MML_CLONES
static bool
factor(size_t stride, float *c, float *inverse)
{
	for (size_t p = 0; p < stride; p += UNIT)
		for (size_t j = p; j < stride; j += UNIT)
		{
			float	   *corner = c + p * stride + j;
			Vector		row[UNIT];

			multiply_tile(p, c, stride, p, j, row);
#pragma GCC unroll 8
			for (size_t r = 0; r < UNIT; r++)
				row[r] = *(Vector *) (corner + r * stride) - row[r];
			if (j > p)
#pragma GCC unroll 8
				for (size_t r = 0; r < UNIT; r++)
				{
#pragma GCC unroll 8
					for (size_t s = 0; s < r; s++)
						row[r] -= row[s] * c[(p + s) * stride + p + r];
					row[r] *= inverse[p + r];
				}
#pragma GCC unroll 8
			for (size_t r = 0; r < UNIT; r++)
				*(Vector *) (corner + r * stride) = row[r];
			if (j == p && !factor_diagonal(stride, p, c, inverse))
				return false;
		}
	return true;
}

/* R'R x = b */
MML_CLONES
static void
substitute(size_t stride, const float *root, const float *inverse,
		   const float *b, float *x)
{
	for (size_t p = 0; p < stride; p += UNIT)
	{
		Vector		sum[4] = {{0}};

		/* p is a multiple of 8, so four sums at a time come out even */
		for (size_t s = 0; s < p; s += 4)
#pragma GCC unroll 4
			for (size_t t = 0; t < 4; t++)
				sum[t] += *(const Vector *) (root + (s + t) * stride + p) * x[s + t];
		sum[0] += sum[1] + (sum[2] + sum[3]);
		*(Vector *) (x + p) = *(const Vector *) (b + p) - sum[0];
		for (size_t r = p; r < p + UNIT; r++)
		{
			x[r] *= inverse[r];
			for (size_t q = r + 1; q < p + UNIT; q++)
				x[q] -= root[r * stride + q] * x[r];
		}
	}
	for (size_t p = stride; p > 0;)
	{
		p -= UNIT;
		for (size_t r = p + UNIT; r-- > p;)
		{
			const float *row = root + r * stride;
			Vector		sum = {0};
			float		rest = x[r];

			for (size_t j = p + UNIT; j < stride; j += UNIT)
				sum += *(const Vector *) (row + j) * *(const Vector *) (x + j);
			rest -= ((sum[0] + sum[1]) + (sum[2] + sum[3])) +
				((sum[4] + sum[5]) + (sum[6] + sum[7]));
			for (size_t q = r + 1; q < p + UNIT; q++)
				rest -= row[q] * x[q];
			x[r] = rest * inverse[r];
		}
	}
}

/* c (stride,stride) and b (stride) of a problem. */
static void
build(const MmlAlsProblem *p, double ridge, float *c, float *b, float *gathered)
{
	const float *base = p->base;

	memset(b, 0, p->stride * sizeof(float));
	for (size_t e = 0; e < p->count; e += MML_ALS_GATHER)
	{
		size_t		n = MML_MIN(p->count - e, MML_ALS_GATHER);

		MML_CHECK();
		gather(p, e, n, gathered, b);
		add_products(n, p->stride, gathered, base, c);
		base = c;
	}
	for (size_t f = 0; f < p->stride; f++)
		c[f * p->stride + f] = f < p->factors ?
			(float) (c[f * p->stride + f] + ridge) : 1;
}

/*
 * Solve a problem: x (stride), padded with zeros, and explained = b'x.  False
 * where the numbers are beyond all measure.  Scratch is what mml_als_scratch()
 * says.
 */
bool
mml_als_solve(const MmlAlsProblem *problem, float *x, double *explained,
			  float *scratch)
{
	size_t		stride = problem->stride;
	float	   *c = scratch;
	float	   *b = c + stride * stride;
	float	   *inverse = b + stride;
	float	   *gathered = inverse + stride;
	double		ridge = problem->ridge;
	double		trace = 0;

	*explained = 0;
	memset(x, 0, stride * sizeof(float));
	if (problem->count == 0)
		return true;
	for (int tries = 0; tries < MOST_TRIES; tries++)
	{
		MML_CHECK();
		build(problem, ridge, c, b, gathered);
		if (tries == 0)
			for (size_t f = 0; f < problem->factors; f++)
				trace += (double) c[f * stride + f];
		if (factor(stride, c, inverse))
		{
			substitute(stride, c, inverse, b, x);
			for (size_t f = 0; f < stride; f++)
				*explained += (double) b[f] * (double) x[f];
			return isfinite(*explained);
		}
		ridge += 1e-7 * pow(10, tries) * trace / (double) problem->factors + 1e-30;
	}
	return false;
}

/*
 * gram (stride,stride) = V'V, the upper triangle in whole tiles, V (rows,
 * stride); summed in float8 over stretches of rows that are summed in float4.
 */
void
mml_als_gram(size_t rows, size_t stride, const float *v, double *gram, float *scratch)
{
	float	   *part = scratch;
	size_t		step = 4 * MML_ALS_GATHER;

	memset(gram, 0, stride * stride * sizeof(double));
	for (size_t first = 0; first < rows; first += step)
	{
		MML_CHECK();
		memset(part, 0, stride * stride * sizeof(float));
		add_products(MML_MIN(rows - first, step), stride, v + first * stride, part, part);
		for (size_t i = 0; i < stride * stride; i++)
			gram[i] += (double) part[i];
	}
}

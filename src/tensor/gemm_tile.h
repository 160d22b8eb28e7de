/*-------------------------------------------------------------------------
 *
 * gemm_tile.h
 *	  The micro-kernel, included by gemm_tiles.c once an instruction set.
 *
 * Before it is included:
 *
 *		TILE_LANES		float32 numbers of a register
 *		TILE_NAME(name)	the name for this instruction set
 *
 *-------------------------------------------------------------------------
 */

/* It may lie anywhere. */
typedef float TILE_NAME(Vector) __attribute__((vector_size(4 * TILE_LANES), may_alias, aligned(4)));
typedef int32_t TILE_NAME(Mask) __attribute__((vector_size(4 * TILE_LANES)));

#define Vector TILE_NAME(Vector)
#define Mask TILE_NAME(Mask)
#define UNIT_VECTORS (MML_UNIT / TILE_LANES)
#define TILE_VECTORS (MML_UNITS * UNIT_VECTORS)

/* Where the mask is set a, elsewhere b. */
MML_INLINE	Vector
TILE_NAME(choose) (Mask mask, Vector a, Vector b)
{
	return (Vector) (((Mask) a & mask) | ((Mask) b & ~mask));
}

/*
 * A tile, or so many of its vectors from first on.  All but t are constants
 * where it is inlined, so loops over rows and vectors vanish.  A number minus
 * 0 is a vector of it.
 */
MML_INLINE void
TILE_NAME(tile) (const MmlTile *t, const int rows, const int units, const int first,
				 const int vectors)
{
	static const Vector zero;
	const float *a = t->a;
	const int64_t a_row = t->a_row;
	const int64_t a_k = t->a_k;
	const float *a3 = a + 3 * a_row;
	const uint32_t *at = t->at;
	const uint32_t *end = at + t->k;
	const float *b[MML_UNITS];
	float	   *c[MML_UNITS];
	Vector		sum[MML_TILE_ROWS][TILE_VECTORS];

#pragma GCC unroll 4
	for (int u = 0; u < units; u++)
	{
		bool		is_last = u > 0 && u == units - 1;

		b[u] = t->b + (is_last ? t->b_last : u * t->b_unit);
		c[u] = t->c + (is_last ? t->c_last : u * MML_UNIT);
	}
#pragma GCC unroll 6
	for (int r = 0; r < rows; r++)
#pragma GCC unroll 16
		for (int v = 0; v < vectors; v++)
		{
			if (t->add)
				sum[r][v] = *(const Vector *) (c[(first + v) / UNIT_VECTORS] + r * t->c_row +
											   (first + v) % UNIT_VECTORS * TILE_LANES);
			else
				sum[r][v] = (t->bias == NULL ? 0 : t->bias[r]) - zero;
		}
	for (; at < end; at++, a += a_k, a3 += a_k)
	{
		Vector		row[TILE_VECTORS];

#pragma GCC unroll 16
		for (int v = 0; v < vectors; v++)
			row[v] = *(const Vector *) (b[(first + v) / UNIT_VECTORS] + *at +
										(first + v) % UNIT_VECTORS * TILE_LANES);
#pragma GCC unroll 6
		for (int r = 0; r < rows; r++)
		{
			float		x = r < 3 ? a[r * a_row] : a3[(r - 3) * a_row];

#pragma GCC unroll 16
			for (int v = 0; v < vectors; v++)
				sum[r][v] += row[v] * x;
		}
	}
	if (t->clip)
	{
		Vector		least = t->least - zero;
		Vector		most = t->most - zero;

#pragma GCC unroll 6
		for (int r = 0; r < rows; r++)
#pragma GCC unroll 16
			for (int v = 0; v < vectors; v++)
			{
				sum[r][v] = TILE_NAME(choose) (sum[r][v] < least, least, sum[r][v]);
				sum[r][v] = TILE_NAME(choose) (sum[r][v] > most, most, sum[r][v]);
			}
	}
#pragma GCC unroll 6
	for (int r = 0; r < rows; r++)
#pragma GCC unroll 16
		for (int v = 0; v < vectors; v++)
			*(Vector *) (c[(first + v) / UNIT_VECTORS] + r * t->c_row +
						 (first + v) % UNIT_VECTORS * TILE_LANES) = sum[r][v];
}

/* A tile as a function. */
#define TILE(rows, units) \
static void \
TILE_NAME(tile_##rows##_##units) (const MmlTile *t) \
{ \
	TILE_NAME(tile) (t, rows, units, 0, units * UNIT_VECTORS); \
}

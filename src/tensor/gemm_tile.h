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

/* The larger and the smaller of two; where x is NaN, x. */
#ifdef TILE_MAX
#define AT_LEAST(x, least) ((Vector) TILE_MAX(least, x))
#define AT_MOST(x, most) ((Vector) TILE_MIN(most, x))
#else
#define CHOOSE(mask, a, b) ((Vector) (((Mask) (a) & (mask)) | ((Mask) (b) & ~(mask))))
#define AT_LEAST(x, least) CHOOSE((x) < (least), least, x)
#define AT_MOST(x, most) CHOOSE((x) > (most), most, x)
#endif

/*
 * Panels of a tile, or so many of their vectors from first on.  All but t are
 * constants where it is inlined, so loops over rows and vectors vanish.  A
 * number minus 0 is a vector of it.
 */
MML_INLINE void
TILE_NAME(tile) (const MmlTile *t, const int rows, const int units, const int first,
				 const int vectors)
{
	static const Vector zero;
	const int64_t a_row = t->a_row;
	const int64_t a_k = t->a_k;
	const int64_t c_row = t->c_row;
	const		Vector least = t->least - zero;
	const		Vector most = t->most - zero;
	const float *bias = t->bias;
	const int64_t ahead = t->ahead;
	const float *b[MML_UNITS];
	float	   *c[MML_UNITS];

#pragma GCC unroll 4
	for (int u = 0; u < units; u++)
	{
		bool		is_last = u > 0 && u == units - 1;

		b[u] = t->b + (is_last ? t->b_last : u * t->b_unit);
		c[u] = t->c + (is_last ? t->c_last : u * t->c_unit);
	}
	for (int64_t panel = 0; panel < t->panels; panel++)
	{
		const float *a = t->a + panel * t->a_panel;
		const float *a3 = a + 3 * a_row;
		const uint32_t *at = t->at;
		const uint32_t *end = at + t->k;
		Vector		sum[MML_TILE_ROWS][TILE_VECTORS];

#pragma GCC unroll 6
		for (int r = 0; r < rows; r++)
#pragma GCC unroll 16
			for (int v = 0; v < vectors; v++)
			{
				if (t->add)
					sum[r][v] = *(const Vector *) (c[(first + v) / UNIT_VECTORS] + r * c_row +
												   (first + v) % UNIT_VECTORS * TILE_LANES);
				else
					sum[r][v] = (bias == NULL ? 0 : bias[r]) - zero;
			}
		for (; at < end; at++, a += a_k, a3 += a_k)
		{
			Vector		row[TILE_VECTORS];

			__builtin_prefetch(b[0] + *at + ahead, 0, 2);
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
#pragma GCC unroll 6
		for (int r = 0; r < rows; r++)
#pragma GCC unroll 16
			for (int v = 0; v < vectors; v++)
				*(Vector *) (c[(first + v) / UNIT_VECTORS] + r * c_row +
							 (first + v) % UNIT_VECTORS * TILE_LANES) =
					t->clip ? AT_MOST(AT_LEAST(sum[r][v], least), most) : sum[r][v];
		bias = bias == NULL ? NULL : bias + rows;
#pragma GCC unroll 4
		for (int u = 0; u < units; u++)
			c[u] += rows * c_row;
	}
}

/* A tile as a function. */
#define TILE(rows, units) \
static void \
TILE_NAME(tile_##rows##_##units) (const MmlTile *t) \
{ \
	TILE_NAME(tile) (t, rows, units, 0, units * UNIT_VECTORS); \
}

/*-------------------------------------------------------------------------
 *
 * gemm_tile.h
 *	  The micro-kernel, included by gemm_tiles.c once an instruction set.
 *
 * Before it is included:
 *
 *		TILE_LANES		float32 numbers of a register
 *		TILE_NAME(name)	the name for this instruction set
 *		TILE_EVEN		places of even numbers of two registers, and of odd
 *		TILE_ODD		ones, by turns two from each, as shuffles have them
 *		TILE_SORT		places of those from the first, then from the second
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
#define LARGER(x, y) ((Vector) TILE_MAX(x, y))
#else
#define CHOOSE(mask, a, b) ((Vector) (((Mask) (a) & (mask)) | ((Mask) (b) & ~(mask))))
#define AT_LEAST(x, least) CHOOSE((x) < (least), least, x)
#define AT_MOST(x, most) CHOOSE((x) > (most), most, x)
#define LARGER(x, y) CHOOSE((x) > (y), x, y)
#endif

/* The larger of each pair of neighbours of x, and of y. */
MML_INLINE void
TILE_NAME(pairs) (Vector x, Vector y, float *from_x, float *from_y)
{
	Vector		even = (Vector) __builtin_shufflevector(x, y, TILE_EVEN);
	Vector		odd = (Vector) __builtin_shufflevector(x, y, TILE_ODD);
	Vector		mixed = LARGER(even, odd);
	Vector		larger = (Vector) __builtin_shufflevector(mixed, mixed, TILE_SORT);

	memcpy(from_y, (const char *) &larger + sizeof(larger) / 2, sizeof(larger) / 2);
	memcpy(from_x, &larger, sizeof(larger) / 2);
}

/*
 * Panels of a tile, of which each unit takes so many vectors, from first on.
 * All but t are constants where it is inlined, so loops over rows and vectors
 * vanish.  A number minus 0 is a vector of it.
 */
MML_INLINE void
TILE_NAME(tile) (const MmlTile *t, const int rows, const int units, const int first,
				 const int each, const bool pool)
{
	static const Vector zero;
	const int	vectors = units * each;
	const int	kept = pool ? 1 : vectors;
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

		b[u] = t->b + (is_last ? t->b_last : u * t->b_unit) + first * TILE_LANES;
		c[u] = t->c + (is_last ? t->c_last : u * t->c_unit) + first * TILE_LANES;
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
				if (t->add && !pool)
					sum[r][v] = *(const Vector *) (c[v / each] + r * c_row + v % each * TILE_LANES);
				else
					sum[r][v] = (bias == NULL ? 0 : bias[r]) - zero;
			}
		for (; at < end; at++, a += a_k, a3 += a_k)
		{
			Vector		row[TILE_VECTORS];

			if (!pool)
				__builtin_prefetch(b[0] + *at + ahead, 0, 2);
#pragma GCC unroll 16
			for (int v = 0; v < vectors; v++)
				row[v] = *(const Vector *) (b[v / each] + *at + v % each * TILE_LANES);
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
		{
			if (pool)
				sum[r][0] = LARGER(sum[r][0], sum[r][1]);
#pragma GCC unroll 16
			for (int v = 0; v < kept; v++)
				sum[r][v] = t->clip ? AT_MOST(AT_LEAST(sum[r][v], least), most) : sum[r][v];
#pragma GCC unroll 16
			for (int v = 0; v < kept && !pool; v++)
				*(Vector *) (c[v / each] + r * c_row + v % each * TILE_LANES) = sum[r][v];
		}
#pragma GCC unroll 6
		for (int r = 0; r < rows && pool; r += 2)
			TILE_NAME(pairs) (sum[r][0], sum[r + 1 < rows ? r + 1 : r][0], c[0] + r * c_row,
							  c[0] + (r + 1 < rows ? r + 1 : r) * c_row);
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
	TILE_NAME(tile) (t, rows, units, 0, UNIT_VECTORS, false); \
}

/* Of two units a vector each, the largest of each two by two numbers. */
#define POOLED(rows) \
static void \
TILE_NAME(pooled_##rows) (const MmlTile *t) \
{ \
	TILE_NAME(tile) (t, rows, 2, 0, 1, true); \
}

#define POOLED_LIST \
{ \
	NULL, TILE_NAME(pooled_1), TILE_NAME(pooled_2), TILE_NAME(pooled_3), \
	TILE_NAME(pooled_4), TILE_NAME(pooled_5), TILE_NAME(pooled_6) \
}

POOLED(1)
POOLED(2)
POOLED(3)
POOLED(4)
POOLED(5)
POOLED(6)

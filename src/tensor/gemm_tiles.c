/*-------------------------------------------------------------------------
 *
 * gemm_tiles.c
 *	  Tiles for each instruction set, and which of them the processor has.
 *
 * Sums of a tile should just fill the registers: AVX2 has 16 of 8 numbers,
 * which are 6 rows of one unit, or fewer rows of more units; AVX-512 has 32 of
 * 16, 6 rows of four units.  At least 8 sums are needed to hide how long an
 * addition takes.  What is compiled for no instruction set in particular, 16
 * registers of 4, does half a unit at a time.
 *
 * Functions are chosen by a table rather than by target_clones, so that tests
 * run all that the processor has.
 *
 *-------------------------------------------------------------------------
 */
#include <string.h>

#include "tensor/gemm.h"

#define TILE_LANES 4
#define TILE_EVEN 0, 2, 4, 6
#define TILE_ODD 1, 3, 5, 7
#define TILE_SORT 0, 1, 2, 3
#define TILE_NAME(name) name##_base
#ifdef __SSE__
#define TILE_MAX __builtin_ia32_maxps
#define TILE_MIN __builtin_ia32_minps
#endif
#include "tensor/gemm_tile.h"

/* Half a unit and the other half. */
#define HALVES(rows) \
static void \
tile_##rows##_1_base(const MmlTile *t) \
{ \
	tile_base(t, rows, 1, 0, UNIT_VECTORS / 2, false); \
	tile_base(t, rows, 1, UNIT_VECTORS / 2, UNIT_VECTORS / 2, false); \
}

TILE(1, 1)
TILE(2, 1)
HALVES(3)
HALVES(4)
HALVES(5)
HALVES(6)

static const MmlTiles base = {
	"baseline", {0, 1, 1, 1, 1, 1, 1}, 4, POOLED_LIST,
	{
		{NULL},
		{NULL, tile_1_1_base},
		{NULL, tile_2_1_base},
		{NULL, tile_3_1_base},
		{NULL, tile_4_1_base},
		{NULL, tile_5_1_base},
		{NULL, tile_6_1_base}
	}
};

#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__)
#define HAS_LEVELS

#undef TILE_LANES
#undef TILE_EVEN
#undef TILE_ODD
#undef TILE_SORT
#undef TILE_NAME
#undef TILE_MAX
#undef TILE_MIN
#undef Vector
#undef Mask
#define TILE_LANES 8
#define TILE_EVEN 0, 2, 8, 10, 4, 6, 12, 14
#define TILE_ODD 1, 3, 9, 11, 5, 7, 13, 15
#define TILE_SORT 0, 1, 4, 5, 2, 3, 6, 7
#define TILE_NAME(name) name##_v3
#define TILE_MAX __builtin_ia32_maxps256
#define TILE_MIN __builtin_ia32_minps256
#pragma GCC push_options
#pragma GCC target("avx2,fma,bmi2")
#include "tensor/gemm_tile.h"

TILE(1, 1)
TILE(1, 2)
TILE(1, 3)
TILE(1, 4)
TILE(2, 1)
TILE(2, 2)
TILE(3, 1)
TILE(3, 2)
TILE(4, 1)
TILE(5, 1)
TILE(6, 1)

#pragma GCC pop_options

static const MmlTiles v3 = {
	"AVX2", {0, 4, 2, 2, 1, 1, 1}, 8, POOLED_LIST,
	{
		{NULL},
		{NULL, tile_1_1_v3, tile_1_2_v3, tile_1_3_v3, tile_1_4_v3},
		{NULL, tile_2_1_v3, tile_2_2_v3},
		{NULL, tile_3_1_v3, tile_3_2_v3},
		{NULL, tile_4_1_v3},
		{NULL, tile_5_1_v3},
		{NULL, tile_6_1_v3}
	}
};

#undef TILE_LANES
#undef TILE_EVEN
#undef TILE_ODD
#undef TILE_SORT
#undef TILE_NAME
#undef TILE_MAX
#undef TILE_MIN
#undef Vector
#undef Mask
#define TILE_LANES 16
#define TILE_EVEN \
	0, 2, 16, 18, 4, 6, 20, 22, 8, 10, 24, 26, 12, 14, 28, 30
#define TILE_ODD \
	1, 3, 17, 19, 5, 7, 21, 23, 9, 11, 25, 27, 13, 15, 29, 31
#define TILE_SORT \
	0, 1, 4, 5, 8, 9, 12, 13, 2, 3, 6, 7, 10, 11, 14, 15
#define TILE_NAME(name) name##_v4

/* 4: as numbers are rounded otherwise */
#define TILE_MAX(a, b) __builtin_ia32_maxps512_mask(a, b, a, -1, 4)
#define TILE_MIN(a, b) __builtin_ia32_minps512_mask(a, b, a, -1, 4)
#pragma GCC push_options
#pragma GCC target("avx512f,avx512vl,avx512dq,avx512bw,avx2,fma,bmi2")
#include "tensor/gemm_tile.h"

#define ROW(rows) \
TILE(rows, 1) \
TILE(rows, 2) \
TILE(rows, 3) \
TILE(rows, 4)

ROW(1)
ROW(2)
ROW(3)
ROW(4)
ROW(5)
ROW(6)

#pragma GCC pop_options

static const MmlTiles v4 = {
	"AVX-512", {0, 4, 4, 4, 4, 4, 4}, 16, POOLED_LIST,
	{
		{NULL},
		{NULL, tile_1_1_v4, tile_1_2_v4, tile_1_3_v4, tile_1_4_v4},
		{NULL, tile_2_1_v4, tile_2_2_v4, tile_2_3_v4, tile_2_4_v4},
		{NULL, tile_3_1_v4, tile_3_2_v4, tile_3_3_v4, tile_3_4_v4},
		{NULL, tile_4_1_v4, tile_4_2_v4, tile_4_3_v4, tile_4_4_v4},
		{NULL, tile_5_1_v4, tile_5_2_v4, tile_5_3_v4, tile_5_4_v4},
		{NULL, tile_6_1_v4, tile_6_2_v4, tile_6_3_v4, tile_6_4_v4}
	}
};
#endif

/* Level 0 is the baseline, 1 AVX2 with FMA, 2 AVX-512. */
const MmlTiles *
mml_tensor_tiles_of(int level)
{
#ifdef HAS_LEVELS
	if (level == 2)
		return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") &&
			__builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512bw") &&
			__builtin_cpu_supports("bmi2") ? &v4 : NULL;
	if (level == 1)
		return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") &&
			__builtin_cpu_supports("bmi2") ? &v3 : NULL;
#endif
	return level == 0 ? &base : NULL;
}

const MmlTiles *
mml_tensor_tiles(void)
{
	const MmlTiles *tiles = NULL;

	for (int level = MML_TILE_LEVELS - 1; tiles == NULL; level--)
		tiles = mml_tensor_tiles_of(level);
	return tiles;
}

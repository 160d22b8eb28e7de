/*-------------------------------------------------------------------------
 *
 * gemm.h
 *	  Products of float32 matrices: the micro-kernel, and loops around it.
 *
 * All that multiplies matrices here is made of tiles: up to MML_TILE_ROWS rows
 * by up to MML_UNITS units of MML_UNIT columns, whose sums stay in registers
 * (Goto and van de Geijn, Anatomy of High-Performance Matrix Multiplication,
 * 2008).  A tile takes the rows of B from a table of places, so that B can be
 * a packed panel, a matrix as it lies, or the shifted rows of an image: a
 * convolution needs no copy of B for each point of its kernel.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MML_GEMM_H
#define MML_GEMM_H

#include "tensor/finish.h"

#define MML_TILE_ROWS 6
#define MML_UNIT 16
#define MML_UNITS 4

/*
 * At most so many terms of a sum are added up at once: six rows of A and a
 * unit of B then stay in the cache of the first level.
 */
#define MML_DEPTH 384

/*
 * c[r][j] = first + the sum over l < k of a[r][l] b[l][j], then clipped; for
 * panels of rows one below the other.
 */
typedef struct MmlTile
{
	const float *a;				/* a[r][l] is a[r * a_row + l * a_k] */
	int64_t		a_row;
	int64_t		a_k;
	int64_t		a_panel;		/* from panel to panel */
	int64_t		panels;
	const float *b;				/* b[l][16 u + j] is b[at[l] + u * b_unit + j] */
	const uint32_t *at;			/* (k) */
	int64_t		b_unit;
	int64_t		b_last;			/* in place of u * b_unit for the last of
								 * several units */
	int64_t		ahead;			/* what is wanted next lies so far behind b */
	int64_t		k;
	float	   *c;				/* c[r][16 u + j] is c[r * c_row + u * c_unit
								 * + j] */
	int64_t		c_row;
	int64_t		c_unit;
	int64_t		c_last;			/* in place of u * c_unit for the last unit */
	bool		add;			/* first is what c holds */
	const float *bias;			/* otherwise first is bias[r]; NULL: 0 */
	bool		clip;			/* the result is put between least and most */
	float		least;
	float		most;
} MmlTile;

/* Tiles for one instruction set; NULL where it has none of so many units. */
typedef struct MmlTiles
{
	const char *name;
	int			units[MML_TILE_ROWS + 1];	/* the most, for so many rows */
	int			pooled_columns;

	/*
	 * So many columns of b and, b_last behind, of the row below; of each two
	 * by two sums c takes the largest.
	 */
	void		(*pooled[MML_TILE_ROWS + 1]) (const MmlTile *tile);
	void		(*tile[MML_TILE_ROWS + 1][MML_UNITS + 1]) (const MmlTile *tile);
} MmlTiles;

/* The best that the processor has; and those of a level, NULL: it has not. */
extern const MmlTiles *mml_tensor_tiles(void);
extern const MmlTiles *mml_tensor_tiles_of(int level);

#define MML_TILE_LEVELS 3

/*
 * Rows are cut into panels of nearly the same size: the first large of them
 * have rows rows, the rest one less.
 */
typedef struct MmlPanels
{
	int64_t		count;
	int64_t		large;
	int			rows;
} MmlPanels;

MML_INLINE MmlPanels
mml_panels(int64_t rows)
{
	MmlPanels	p;

	p.count = (rows + MML_TILE_ROWS - 1) / MML_TILE_ROWS;
	p.rows = (int) ((rows + p.count - 1) / p.count);
	p.large = p.count - (p.count * p.rows - rows);
	return p;
}

/*
 * Part i, the large panels or the others: how many rows a panel has, and the
 * tile set to them, which was set to row 0.  Where a is packed, panel by panel
 * with the rows of a term side by side, a_row is 1.
 */
extern int	mml_tensor_panels(MmlTile *t, const MmlTile *whole, MmlPanels panels, int part,
							  bool is_packed);

/*
 * Fill n columns of c for all panels of t, which is set to column 0.  From
 * unit to unit b goes on by panel numbers, and the last unit is padded to its
 * full width; or panel is 0, columns of B lie side by side, and n is at least
 * MML_UNIT.
 */
extern void mml_tensor_columns(const MmlTiles *tiles, MmlTile *t, int rows, int64_t n,
							   int64_t panel);

/* C = A B (+ C), then an activation. */
typedef struct MmlProduct
{
	const MmlTiles *tiles;
	int64_t		m;
	int64_t		n;
	int64_t		k;
	const float *a;				/* a[i][l] is a[i * a_row + l * a_k] */
	int64_t		a_row;			/* 0: packed in stretches of mml_depth() */
	int64_t		a_k;
	const float *b;				/* packed, or (k,n) with rows b_row apart */
	int64_t		b_row;			/* 0: packed */
	float	   *c;				/* (m,n), rows c_row apart */
	int64_t		c_row;
	bool		add;
	MmlActivation activation;
} MmlProduct;

extern void mml_tensor_multiply(const MmlProduct *p);

/*
 * B packed: units of MML_UNIT columns one behind the other, each with its k
 * rows, the last filled up with 0.
 */
MML_INLINE int64_t
mml_packed_count(int64_t k, int64_t n)
{
	return (n + MML_UNIT - 1) / MML_UNIT * MML_UNIT * k;
}

/* b[l][j] is b[l * b_k + j * b_column]; all of it times scale. */
extern void mml_tensor_pack_product(int64_t k, int64_t n, const float *b, int64_t b_k,
									int64_t b_column, float scale, float *packed);

/* Terms that a product of k adds up at once. */
MML_INLINE int64_t
mml_depth(int64_t k)
{
	int64_t		stretches = MML_MAX((k + MML_DEPTH - 1) / MML_DEPTH, 1);

	return (k + stretches - 1) / stretches;
}

/*
 * A packed: stretch by stretch of depth terms, panel by panel of rows, those
 * of one term side by side.  a[i][l] is a[i * a_row + l * a_k].
 */
extern void mml_tensor_pack_panels(int64_t rows, int64_t k, const float *a, int64_t a_row,
								   int64_t a_k, int64_t depth, float *packed);

/* What a tile must know of an activation; what it cannot do comes later. */
MML_INLINE void
mml_tile_clip(MmlTile *t, const MmlActivation *activation)
{
	t->clip = activation->kind == MML_ACTIVATION_CLIP;
	t->least = activation->alpha;
	t->most = activation->beta;
}

#endif							/* MML_GEMM_H */

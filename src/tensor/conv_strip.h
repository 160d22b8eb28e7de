/*-------------------------------------------------------------------------
 *
 * conv_strip.h
 *	  A strip of a convolution, and the ways to work on it: see conv_strip.c.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MML_CONV_STRIP_H
#define MML_CONV_STRIP_H

#include "tensor/conv.h"

/* A part of a row of the output, and where it is in the buffer. */
typedef struct MmlPiece
{
	int64_t		column;
	int64_t		at;
	int64_t		n;
} MmlPiece;

/* What a run over a strip holds. */
typedef struct MmlStrip
{
	const MmlConv *c;
	const uint32_t *at;
	const float *x;				/* the strip, or the input */
	float	   *copy;
	float	   *gathered;
	int64_t		start[MML_SPACE];	/* of the box */
	int64_t		box[MML_SPACE]; /* what of it is in the output */
	const float *weights;		/* of the group and chunk */
	bool		is_clean;		/* padding of the strip is 0 */
	int			pieces;
	MmlPiece	piece[MML_UNITS * MML_UNIT];
	float		buffer[MML_TILE_ROWS * MML_UNITS * MML_UNIT];	/* a tile's result */
	int64_t		work;			/* multiply-adds since the last poll */
	const float *bias;			/* of the group, or NULL */
	float	   *y;				/* of the image and group */
	int64_t		k;				/* terms of the chunk */
	MmlPanels	panels;			/* of filters */
	MmlTile		tile;			/* add and clip are set, and a and bias to all
								 * filters */
} MmlStrip;

/* Count work of so many columns for all filters. */
MML_INLINE void
mml_strip_count(MmlStrip *s, int64_t columns)
{
	s->work += columns * s->c->filters * s->k;
	if (s->work < 1000000)
		return;
	s->work = 0;
	MML_CHECK();
}

/* Where a row of the box begins, in a channel of the output. */
MML_INLINE int64_t
mml_strip_row(const MmlStrip *s, int64_t d, int64_t h)
{
	const MmlConv *c = s->c;

	return ((s->start[0] + d) * c->out[1] + s->start[1] + h) * c->out[2] + s->start[2];
}

/* Columns that are worked on at once. */
MML_INLINE int64_t
mml_strip_width(const MmlConv *c)
{
	return MML_UNIT * c->tiles->units[mml_panels(c->filters).rows];
}

/* n columns for all filters; units lie panel numbers apart, 0: side by side. */
extern void mml_tensor_strip_columns(MmlStrip *s, int64_t n, const float *b, int64_t panel,
									 float *y);

/*
 * Strips of short rows, conv_short.c; those that are pooled, conv_pool.c; and
 * those of a channel with a filter of its own, conv_depth.c.
 */
extern void mml_tensor_strip_flat(MmlStrip *s);
extern void mml_tensor_strip_short_rows(MmlStrip *s);
extern void mml_tensor_strip_gathered(MmlStrip *s);
extern void mml_tensor_strip_pooled(MmlStrip *s);
extern void mml_tensor_strip_depth(MmlStrip *s);

#endif							/* MML_CONV_STRIP_H */

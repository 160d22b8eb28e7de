/*-------------------------------------------------------------------------
 *
 * conv_pool.c
 *	  Conv of which only the largest of each 2x2 points is wanted.
 *
 * Tiles go along two rows at once, and store what is left of their sums, a
 * quarter, while these are in registers.  A convolution that takes another way
 * fills an image in scratch, which is then pooled.
 *
 *-------------------------------------------------------------------------
 */
#include <string.h>

#include "tensor/conv_strip.h"

/*
 * Can tiles do it?  Sums must be complete when they are compared, rows whole,
 * and strips made of pairs of rows.
 */
bool
mml_tensor_conv_pools(const MmlConv *c)
{
	const MmlConvPlan *p = &c->plan;

	return c->pool && p->chunk == c->channels && p->box[2] == c->out[2] &&
		(p->box[1] % 2 == 0 || p->box[1] == c->out[1]) &&
		(c->activation.kind == MML_ACTIVATION_NONE || c->activation.kind == MML_ACTIVATION_CLIP);
}

/* The last columns of two rows, fewer than a tile has, by way of the buffer. */
static void
few_columns(MmlStrip *s, const MmlTile *panels, int rows, int64_t n)
{
	MmlTile		tile = *panels;
	float	   *y = panels->c;

	tile.c = s->buffer;
	tile.c_row = MML_UNIT;
	tile.panels = 1;
	for (int64_t i = 0; i < panels->panels; i++)
	{
		s->c->tiles->pooled[rows] (&tile);
		for (int r = 0; r < rows; r++, y += panels->c_row)
			memcpy(y, s->buffer + r * MML_UNIT, sizeof(float) * (size_t) n);
		tile.a += tile.a_panel;
		tile.bias = tile.bias == NULL ? NULL : tile.bias + rows;
	}
}

/* Pairs of rows of a strip, for panels of so many filters, set to the first. */
static void
run_panels(MmlStrip *s, const MmlTile *panels, int rows)
{
	const MmlConv *c = s->c;
	int64_t		span = c->plan.span[2];
	int64_t		step = c->tiles->pooled_columns / 2;
	int64_t		width = c->out[2] / 2;
	MmlTile		tile = *panels;

	for (int64_t h = 0; h + 1 < s->box[1]; h += 2)
		for (int64_t j = 0; j < width; j += step)
		{
			int64_t		first = MML_MAX(MML_MIN(j, width - step), 0);

			tile.b = panels->b + h * span + 2 * first;
			tile.c = panels->c + h / 2 * width + first;
			if (width < step)
				few_columns(s, &tile, rows, width);
			else
				c->tiles->pooled[rows] (&tile);
			s->work += 4 * step * panels->panels * rows * s->k;
			if (s->work >= 1000000)
			{
				s->work = 0;
				MML_CHECK();
			}
		}
}

/* The last tile of a row is moved back, so that it computes some points again. */
void
mml_tensor_strip_pooled(MmlStrip *s)
{
	const MmlConv *c = s->c;

	s->tile.b = s->x;
	s->tile.b_last = c->plan.span[2];
	s->tile.c = s->y + s->start[1] / 2 * (c->out[2] / 2);
	s->tile.c_row = mml_conv_given(c);
	for (int part = 0; part < 2; part++)
	{
		MmlTile		tile;
		int			rows = mml_tensor_panels(&tile, &s->tile, s->panels, part, c->plan.packs);

		if (tile.panels > 0)
			run_panels(s, &tile, rows);
	}
}

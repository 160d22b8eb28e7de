/*-------------------------------------------------------------------------
 *
 * conv_short.c
 *	  Strips of a convolution whose rows are short: see conv_strip.c.
 *
 *-------------------------------------------------------------------------
 */
#include <string.h>

#include "tensor/conv_strip.h"

/* Find what of the columns from first on, n of them, is in the output. */
static void
find_pieces(MmlStrip *s, int64_t d, int64_t first, int64_t n)
{
	int64_t		span = s->c->plan.span[2];

	s->pieces = 0;
	for (int64_t h = first / span; h < s->box[1] && h * span < first + n; h++)
	{
		int64_t		from = MML_MAX(first - h * span, 0);
		int64_t		end = MML_MIN(first + n - h * span, s->box[2]);
		MmlPiece   *piece = &s->piece[s->pieces];

		if (from >= end)
			continue;
		piece->column = h * span - first + from;
		piece->at = mml_strip_row(s, d, h) + from;
		piece->n = end - from;
		s->pieces++;
	}
}

/* Copy pieces of rows from a buffer to y, or back. */
MML_CLONES
static void
copy_pieces(const MmlStrip *s, int rows, float *restrict y, float *restrict buffer, bool back)
{
	int64_t		size = mml_conv_points(s->c->out);

	for (int i = 0; i < s->pieces; i++)
	{
		const MmlPiece *piece = &s->piece[i];
		float	   *in = buffer + piece->column;
		float	   *out = y + piece->at;

		for (int r = 0; r < rows; r++, in += MML_UNITS * MML_UNIT, out += size)
			if (back)
				for (int64_t j = 0; j < piece->n; j++)
					in[j] = out[j];
			else
				for (int64_t j = 0; j < piece->n; j++)
					out[j] = in[j];
	}
}

/*
 * The large panels of filters, or the others, by way of the buffer: some units
 * of which the pieces that have been found are wanted.
 */
static void
buffered_panels(MmlStrip *s, int part, int units)
{
	MmlTile		t;
	int			rows = mml_tensor_panels(&t, &s->tile, s->panels, part, s->c->plan.packs);
	int64_t		panels = t.panels;
	float	   *y = t.c;

	t.c = s->buffer;
	t.c_row = MML_UNITS * MML_UNIT;
	t.panels = 1;
	for (int64_t i = 0; i < panels; i++)
	{
		if (t.add)
			copy_pieces(s, rows, y, s->buffer, true);
		s->c->tiles->tile[rows][units] (&t);
		copy_pieces(s, rows, y, s->buffer, false);
		t.a += t.a_panel;
		t.bias = t.bias == NULL ? NULL : t.bias + rows;
		y += rows * mml_conv_points(s->c->out);
	}
}

/* Tiles across rows, with what lies between them. */
void
mml_tensor_strip_flat(MmlStrip *s)
{
	const MmlConv *c = s->c;
	const int64_t *span = c->plan.span;
	int64_t		end = (s->box[1] - 1) * span[2] + s->box[2];
	int64_t		most = mml_strip_width(c) / MML_UNIT;

	for (int64_t d = 0; d < s->box[0]; d++)
		for (int64_t j = 0; j < end;)
		{
			int64_t		units = MML_MIN((end - j + MML_UNIT - 1) / MML_UNIT, most);

			s->tile.b = s->x + d * span[1] * span[2] + j;
			s->tile.c = s->y;
			s->tile.b_unit = s->tile.c_unit = MML_UNIT;
			s->tile.b_last = s->tile.c_last = (units - 1) * MML_UNIT;
			find_pieces(s, d, j, units * MML_UNIT);
			for (int part = 0; part < 2; part++)
				buffered_panels(s, part, (int) units);
			mml_strip_count(s, units * MML_UNIT);
			j += units * MML_UNIT;
		}
}

/*
 * Tiles along rows that are shorter than a unit, each unit another row.  What
 * is stored beyond the end of a row is overwritten by the next, so rows go up,
 * and the last ones, behind which lies another channel, take the buffer.
 */
void
mml_tensor_strip_short_rows(MmlStrip *s)
{
	const MmlConv *c = s->c;
	int64_t		span = c->plan.span[2];
	int64_t		width = c->out[2];
	int64_t		most = c->tiles->units[s->panels.rows];
	int64_t		units;

	for (int64_t d = 0; d < s->box[0]; d++)
		for (int64_t h = 0; h < s->box[1]; h += units)
		{
			int64_t		to = mml_strip_row(s, d, h);
			bool		inside;

			units = MML_MIN(most, s->box[1] - h);
			inside = to + (units - 1) * width + MML_UNIT <= mml_conv_points(c->out);
			s->tile.b = s->x + (d * c->plan.span[1] + h) * span;
			s->tile.b_unit = span;
			s->tile.b_last = (units - 1) * span;
			s->tile.c = inside ? s->y + to : s->y;
			s->tile.c_unit = inside ? width : MML_UNIT;
			s->tile.c_last = (units - 1) * s->tile.c_unit;
			s->pieces = 0;
			for (int64_t u = 0; u < units && !inside; u++)
			{
				MmlPiece   *piece = &s->piece[s->pieces++];

				piece->column = u * MML_UNIT;
				piece->at = to + u * width;
				piece->n = width;
			}
			for (int part = 0; part < 2; part++)
			{
				MmlTile		tile;
				int			rows;

				if (!inside)
				{
					buffered_panels(s, part, (int) units);
					continue;
				}
				rows = mml_tensor_panels(&tile, &s->tile, s->panels, part, c->plan.packs);
				if (tile.panels > 0)
					c->tiles->tile[rows][units] (&tile);
			}
			mml_strip_count(s, units * MML_UNIT);
		}
}

/*
 * Gather a unit of points of the box, from point first of depth d on: to
 * (k,16).  Each piece of a row is copied as a whole unit, and what is too much
 * is overwritten by what comes next.
 */
MML_CLONES
static void
gather(const MmlStrip *s, int64_t d, int64_t first, float *to)
{
	int64_t		width = s->box[2];
	int64_t		span = s->c->plan.span[2];
	int64_t		from[MML_UNIT];
	int64_t		column[MML_UNIT];
	int			pieces = 0;
	int64_t		n = MML_MIN(MML_UNIT, s->box[1] * width - first);

	for (int64_t j = 0; j < n; pieces++)
	{
		int64_t		h = (first + j) / width;
		int64_t		w = (first + j) % width;

		from[pieces] = (d * s->c->plan.span[1] + h) * span + w;
		column[pieces] = j;
		j += width - w;
	}
	for (int64_t l = 0; l < s->k; l++, to += MML_UNIT)
	{
		const float *b = s->x + s->at[l];

		for (int i = 0; i < pieces; i++)
			memcpy(to + column[i], b + from[i], sizeof(float) * MML_UNIT);
	}
}

/* Tiles of gathered points, whose output lies side by side. */
void
mml_tensor_strip_gathered(MmlStrip *s)
{
	const MmlConv *c = s->c;
	int64_t		points = s->box[1] * s->box[2];
	int64_t		most = mml_strip_width(c);

	for (int64_t d = 0; d < s->box[0]; d++)
		for (int64_t j = 0; j < points; j += most)
		{
			int64_t		n = MML_MIN(most, points - j);
			int64_t		to = mml_strip_row(s, d, 0) + j;

			for (int64_t u = 0; u * MML_UNIT < n; u++)
				gather(s, d, j + u * MML_UNIT, s->gathered + u * s->k * MML_UNIT);
			mml_tensor_strip_columns(s, n, s->gathered, MML_UNIT * s->k, s->y + to);
		}
}

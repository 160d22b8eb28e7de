/*-------------------------------------------------------------------------
 *
 * conv_strip.c
 *	  Conv in float32: products of weights with shifted rows of the input.
 *
 * With stride 1 the points of an output row take, for each term (channel and
 * point of the kernel), as many neighbours in an input row.  So the output is
 * a product W (filters, terms) X (terms, points), and a row of X is a shifted
 * part of the input: tiles (gemm.h) read it where it lies, by a table that
 * tells where each term begins.
 *
 * Where the input is padded, a strip of it is first copied with its padding.
 * Where there is a stride s, that copy is in phases: points whose places leave
 * the same rest modulo s become neighbours, and within phases the stride is 1.
 * Strips are boxes of the output, with what they need of some channels, that
 * stay in the cache of the second level.
 *
 * Tiles go along rows of the output.  Where rows are short they go on across
 * the ends of rows, and what was computed of the padding between rows is
 * thrown away; or each is computed as if it were a unit long; or, where that is
 * too much, points are gathered, unit by unit, which costs a copy of the input for each point of the kernel, but a small
 * one, of what is in the cache.
 *
 *-------------------------------------------------------------------------
 */
#include <string.h>

#include "tensor/conv.h"

/* A part of a row of the output, and where it is in the buffer. */
typedef struct Piece
{
	int64_t		column;
	int64_t		at;
	int64_t		n;
} Piece;

/* What a run over a strip holds. */
typedef struct Strip
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
	Piece		piece[MML_UNITS * MML_UNIT];
	float		buffer[MML_TILE_ROWS * MML_UNITS * MML_UNIT];	/* a tile's result */
	int64_t		work;			/* multiply-adds since the last poll */
	const float *bias;			/* of the group, or NULL */
	float	   *y;				/* of the image and group */
	int64_t		k;				/* terms of the chunk */
	MmlPanels	panels;			/* of filters */
	MmlTile		tile;			/* add and clip are set, and a and bias to all
								 * filters */
} Strip;

/* Copy the strip: some channels of x. */
static void
copy_strip(Strip *s, const float *x, int64_t channels)
{
	const MmlConvPlan *p = &s->c->plan;

	/* Where there is but one box padding stays where it is. */
	if (!s->is_clean)
		memset(s->copy, 0,
			   sizeof(float) * (size_t) (p->chunk * p->channel + MML_UNITS * MML_UNIT));
	s->is_clean = memcmp(p->box, s->c->out, sizeof(p->box)) == 0;
	mml_tensor_conv_copy(s->c, s->start, s->box, x, channels, s->copy);
	s->x = s->copy;
}

/* Set the tile to all filters, of column 0. */
static void
take_weights(Strip *s)
{
	int64_t		terms = s->c->channels * mml_conv_points(s->c->kernel);

	s->tile.a = s->weights;
	s->tile.a_row = s->c->plan.packs ? 1 : terms;
	s->tile.a_k = 1;
	s->tile.bias = s->bias;
}

/* Count work of so many columns for all filters. */
static void
count_work(Strip *s, int64_t columns)
{
	s->work += columns * s->c->filters * s->k;
	if (s->work < 1000000)
		return;
	s->work = 0;
	MML_CHECK();
}

/* Where a row of the box begins, in a channel of the output. */
static int64_t
row_start(const Strip *s, int64_t d, int64_t h)
{
	const MmlConv *c = s->c;

	return ((s->start[0] + d) * c->out[1] + s->start[1] + h) * c->out[2] + s->start[2];
}

/* n columns for all filters; units lie panel numbers apart, 0: side by side. */
static void
run_columns(Strip *s, int64_t n, const float *b, int64_t panel, float *y)
{
	const MmlConv *c = s->c;

	s->tile.b = b;
	s->tile.c = y;
	for (int part = 0; part < 2; part++)
	{
		MmlTile		tile;
		int			rows = mml_tensor_panels(&tile, &s->tile, s->panels, part, c->plan.packs);

		if (tile.panels > 0)
			mml_tensor_columns(c->tiles, &tile, rows, n, panel);
	}
	count_work(s, n);
}

/* Columns that are worked on at once. */
static int64_t
width(const MmlConv *c)
{
	return MML_UNIT * c->tiles->units[mml_panels(c->filters).rows];
}

/* Tiles along rows of the output. */
static void
strip_by_rows(Strip *s)
{
	const MmlConv *c = s->c;
	const int64_t *span = c->plan.span;
	int64_t		step = width(c);

	for (int64_t d = 0; d < s->box[0]; d++)
		for (int64_t h = 0; h < s->box[1]; h++)
		{
			int64_t		to = row_start(s, d, h);
			const float *b = s->x + (d * span[1] + h) * span[2];

			for (int64_t j = 0; j < s->box[2];)
			{
				int64_t		left = s->box[2] - j;
				int64_t		n = left < step + MML_UNIT ? left : step;

				run_columns(s, n, b + j, 0, s->y + to + j);
				j += n;
			}
		}
}

/* Find what of the columns from first on, n of them, is in the output. */
static void
find_pieces(Strip *s, int64_t d, int64_t first, int64_t n)
{
	int64_t		span = s->c->plan.span[2];

	s->pieces = 0;
	for (int64_t h = first / span; h < s->box[1] && h * span < first + n; h++)
	{
		int64_t		from = MML_MAX(first - h * span, 0);
		int64_t		end = MML_MIN(first + n - h * span, s->box[2]);
		Piece	   *piece = &s->piece[s->pieces];

		if (from >= end)
			continue;
		piece->column = h * span - first + from;
		piece->at = row_start(s, d, h) + from;
		piece->n = end - from;
		s->pieces++;
	}
}

/* Copy pieces of rows from a buffer to y, or back. */
MML_CLONES
static void
copy_pieces(const Strip *s, int rows, float *restrict y, float *restrict buffer, bool back)
{
	int64_t		size = mml_conv_points(s->c->out);

	for (int i = 0; i < s->pieces; i++)
	{
		const Piece *piece = &s->piece[i];
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
buffered_panels(Strip *s, int part, int units)
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
static void
strip_flat(Strip *s)
{
	const MmlConv *c = s->c;
	const int64_t *span = c->plan.span;
	int64_t		end = (s->box[1] - 1) * span[2] + s->box[2];
	int64_t		most = width(c) / MML_UNIT;

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
			count_work(s, units * MML_UNIT);
			j += units * MML_UNIT;
		}
}

/*
 * Tiles along rows that are shorter than a unit, each unit another row.  What
 * is stored beyond the end of a row is overwritten by the next, so rows go up,
 * and the last ones, behind which lies another channel, take the buffer.
 */
static void
strip_by_short_rows(Strip *s)
{
	const MmlConv *c = s->c;
	int64_t		span = c->plan.span[2];
	int64_t		width = c->out[2];
	int64_t		most = c->tiles->units[s->panels.rows];
	int64_t		units;

	for (int64_t d = 0; d < s->box[0]; d++)
		for (int64_t h = 0; h < s->box[1]; h += units)
		{
			int64_t		to = row_start(s, d, h);
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
				Piece	   *piece = &s->piece[s->pieces++];

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
			count_work(s, units * MML_UNIT);
		}
}

/*
 * Gather a unit of points of the box, from point first of depth d on: to
 * (k,16).  Each piece of a row is copied as a whole unit, and what is too much
 * is overwritten by what comes next.
 */
MML_CLONES
static void
gather(const Strip *s, int64_t d, int64_t first, float *to)
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
static void
strip_gathered(Strip *s)
{
	const MmlConv *c = s->c;
	int64_t		points = s->box[1] * s->box[2];
	int64_t		most = width(c);

	for (int64_t d = 0; d < s->box[0]; d++)
		for (int64_t j = 0; j < points; j += most)
		{
			int64_t		n = MML_MIN(most, points - j);
			int64_t		to = row_start(s, d, 0) + j;

			for (int64_t u = 0; u * MML_UNIT < n; u++)
				gather(s, d, j + u * MML_UNIT, s->gathered + u * s->k * MML_UNIT);
			run_columns(s, n, s->gathered, MML_UNIT * s->k, s->y + to);
		}
}

/* All chunks of channels of a box; x is the input of image and group. */
static void
run_strip(Strip *s, const float *x, const float *weights)
{
	const MmlConv *c = s->c;
	const MmlConvPlan *p = &c->plan;
	int64_t		taps = mml_conv_points(c->kernel);

	for (int64_t j = 0; j < c->channels; j += p->chunk)
	{
		int64_t		channels = MML_MIN(p->chunk, c->channels - j);
		bool		is_last = j + channels == c->channels;

		s->k = s->tile.k = channels * taps;
		s->weights = weights + j * taps * (p->packs ? c->filters : 1);
		take_weights(s);
		s->tile.add = j > 0;
		s->tile.clip = false;
		if (is_last)
			mml_tile_clip(&s->tile, &c->activation);
		s->tile.at = s->at + (p->way == MML_CONV_GATHER ? p->chunk * taps : 0);
		s->tile.c_row = mml_conv_points(c->out);
		if (p->copies)
			copy_strip(s, x + j * mml_conv_points(c->in), channels);
		else
			s->x = x + j * mml_conv_points(c->in);
		if (p->way == MML_CONV_ROWS)
			strip_by_rows(s);
		else if (p->way == MML_CONV_SHORT_ROWS)
			strip_by_short_rows(s);
		else if (p->way == MML_CONV_FLAT)
			strip_flat(s);
		else
			strip_gathered(s);
	}
}

/* An activation that tiles cannot do, on the box. */
static void
activate_box(const Strip *s)
{
	const MmlConv *c = s->c;
	bool		is_whole = s->box[2] == c->out[2];
	int64_t		rows = is_whole ? 1 : s->box[1];
	int64_t		n = is_whole ? s->box[1] * s->box[2] : s->box[2];

	if (c->activation.kind == MML_ACTIVATION_NONE || c->activation.kind == MML_ACTIVATION_CLIP)
		return;
	for (int64_t m = 0; m < c->filters; m++)
		for (int64_t d = 0; d < s->box[0]; d++)
			for (int64_t h = 0; h < rows; h++)
				mml_tensor_activate(&c->activation, MML_ELEMENT_F32, (size_t) n,
									s->y + m * mml_conv_points(c->out) + row_start(s, d, h));
}

/*
 * All boxes of an image and group.  The last of a row is moved back to full
 * width: some points are computed twice.
 */
static void
run_group(Strip *s, const float *x, const float *weights)
{
	const int64_t *box = s->c->plan.box;
	const int64_t *out = s->c->out;

	for (s->start[0] = 0; s->start[0] < out[0]; s->start[0] += box[0])
		for (s->start[1] = 0; s->start[1] < out[1]; s->start[1] += box[1])
			for (s->start[2] = 0; s->start[2] < out[2]; s->start[2] += box[2])
			{
				for (int i = 0; i < MML_SPACE; i++)
					s->box[i] = MML_MIN(box[i], out[i] - s->start[i]);
				s->start[2] -= box[2] - s->box[2];
				s->box[2] = box[2];
				run_strip(s, x, weights);
				activate_box(s);
			}
}

void
mml_tensor_conv_strips(const MmlConv *c, const float *x, const float *weights,
					   const uint32_t *table, const float *bias, float *scratch, float *y)
{
	Strip		s = {.c = c,.at = table,.copy = scratch,.panels = mml_panels(c->filters)};
	int64_t		image = c->channels * mml_conv_points(c->in);
	int64_t		group = c->filters * c->channels * mml_conv_points(c->kernel);

	if (c->plan.way == MML_CONV_GATHER)
		s.gathered = scratch + c->plan.chunk * c->plan.channel + MML_UNITS * MML_UNIT;
	for (int64_t n = 0; n < c->batch; n++)
		for (int64_t g = 0; g < c->groups; g++)
		{
			int64_t		at = n * c->groups + g;

			s.bias = bias == NULL ? NULL : bias + g * c->filters;
			s.y = y + at * c->filters * mml_conv_points(c->out);
			run_group(&s, x + at * image, weights + g * group);
		}
}

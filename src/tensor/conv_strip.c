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
 * too much, points are gathered, unit by unit, which costs a copy of the input
 * for each point of the kernel, but a small one, of what is in the cache
 * (conv_short.c).  Where only the largest of each 2x2 points is wanted they go
 * along two rows at once (conv_pool.c).  Where each channel has a filter of its
 * own there are no tiles at all (conv_depth.c).
 *
 *-------------------------------------------------------------------------
 */
#include <string.h>

#include "tensor/conv_strip.h"

/* Copy the strip: some channels of x. */
static void
copy_strip(MmlStrip *s, const float *x, int64_t channels)
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
take_weights(MmlStrip *s)
{
	int64_t		terms = s->c->channels * mml_conv_points(s->c->kernel);

	s->tile.a = s->weights;
	s->tile.a_row = s->c->plan.packs ? 1 : terms;
	s->tile.a_k = 1;
	s->tile.bias = s->bias;
}

void
mml_tensor_strip_columns(MmlStrip *s, int64_t n, const float *b, int64_t panel, float *y)
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
	mml_strip_count(s, n);
}

/* Tiles along rows of the output. */
static void
strip_by_rows(MmlStrip *s)
{
	const MmlConv *c = s->c;
	const int64_t *span = c->plan.span;
	int64_t		step = mml_strip_width(c);

	for (int64_t d = 0; d < s->box[0]; d++)
		for (int64_t h = 0; h < s->box[1]; h++)
		{
			int64_t		to = mml_strip_row(s, d, h);
			const float *b = s->x + (d * span[1] + h) * span[2];

			for (int64_t j = 0; j < s->box[2];)
			{
				int64_t		left = s->box[2] - j;
				int64_t		n = left < step + MML_UNIT ? left : step;

				mml_tensor_strip_columns(s, n, b + j, 0, s->y + to + j);
				j += n;
			}
		}
}

/* All chunks of channels of a box; x is the input of image and group. */
static void
run_strip(MmlStrip *s, const float *x, const float *weights)
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
			mml_tensor_strip_short_rows(s);
		else if (p->way == MML_CONV_FLAT)
			mml_tensor_strip_flat(s);
		else if (p->way == MML_CONV_DEPTH)
			mml_tensor_strip_depth(s);
		else if (p->way == MML_CONV_POOLED)
			mml_tensor_strip_pooled(s);
		else
			mml_tensor_strip_gathered(s);
	}
}

/* An activation that tiles cannot do, on the box. */
static void
activate_box(const MmlStrip *s)
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
									s->y + m * mml_conv_points(c->out) + mml_strip_row(s, d, h));
}

/*
 * All boxes of an image and group.  The last of a row is moved back to full
 * width: some points are computed twice.
 */
static void
run_group(MmlStrip *s, const float *x, const float *weights)
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
	MmlStrip	s = {.c = c,.at = table,.copy = scratch,.panels = mml_panels(c->filters)};
	int64_t		image = c->channels * mml_conv_points(c->in);
	int64_t		group = c->filters * c->channels * mml_conv_points(c->kernel);

	if (c->plan.way == MML_CONV_GATHER)
		s.gathered = scratch + c->plan.chunk * c->plan.channel + MML_UNITS * MML_UNIT;
	for (int64_t n = 0; n < c->batch; n++)
		for (int64_t g = 0; g < c->groups; g++)
		{
			int64_t		at = n * c->groups + g;

			s.bias = bias == NULL ? NULL : bias + g * c->filters;
			s.y = y + at * c->filters * (c->plan.way == MML_CONV_POOLED ? mml_conv_given(c) :
										 mml_conv_points(c->out));
			run_group(&s, x + at * image, weights + g * group);
		}
}

/*-------------------------------------------------------------------------
 *
 * conv_plan.c
 *	  How a convolution of float32 is computed, and its weights.
 *
 * See conv_strip.c for the method.
 *
 *-------------------------------------------------------------------------
 */
#include <string.h>

#include "tensor/conv.h"

/* Numbers of a strip: it should stay in the cache of the second level. */
#define STRIP (1 << 16)

/* A strip may not be larger than this. */
#define STRIP_MOST ((int64_t) 1 << 23)

static int64_t
divisor(int64_t a, int64_t b)
{
	return b == 0 ? a : divisor(b, a % b);
}

static int64_t
divide_up(int64_t a, int64_t b)
{
	return (a + b - 1) / b;
}

/* Set what follows from the box; false if the strip has more than most numbers. */
static bool
set_strip(MmlConvPlan *p, int64_t most)
{
	p->phase = 1;
	p->channel = 1;
	for (int i = 0; i < MML_SPACE; i++)
	{
		p->span[i] = p->box[i] + p->shift[i];
		if (p->span[i] > most || p->phases[i] > most)
			return false;
		p->phase *= p->span[i];
		p->channel *= p->phases[i];
		if (p->phase > most || p->channel > most)
			return false;
	}
	p->channel *= p->phase;
	return p->channel <= most / p->chunk;
}

/*
 * The largest box along dimension i that leaves a strip within STRIP, at least
 * least; then as many boxes of nearly the same size.
 */
static bool
shrink(const MmlConv *c, MmlConvPlan *p, int i, int64_t least)
{
	int64_t		low = MML_MIN(least, c->out[i]);
	int64_t		high = c->out[i];

	while (low < high)
	{
		p->box[i] = low + (high - low + 1) / 2;
		if (set_strip(p, STRIP))
			low = p->box[i];
		else
			high = p->box[i] - 1;
	}
	p->box[i] = divide_up(c->out[i], divide_up(c->out[i], low));
	p->box[i] = MML_MAX(p->box[i], MML_MIN(least, c->out[i]));
	return set_strip(p, STRIP);
}

/* Cut the output into boxes; false if even the smallest takes too much. */
static bool
cut(const MmlConv *c, MmlConvPlan *p)
{
	memcpy(p->box, c->out, sizeof(p->box));
	if (set_strip(p, STRIP) || shrink(c, p, 0, 1) || shrink(c, p, 1, 1))
		return true;
	while (p->chunk > 1 && !set_strip(p, STRIP))
		p->chunk = (p->chunk + 1) / 2;
	return set_strip(p, STRIP) || shrink(c, p, 2, 256) || set_strip(p, STRIP_MOST);
}

/* Is every point of the kernel always within the input, and none skipped? */
static bool
lies_ready(const MmlConv *c, const MmlConvPlan *p)
{
	for (int i = 0; i < MML_SPACE; i++)
		if (c->stride[i] != 1 || c->pad[i] != 0 || c->out[i] + p->shift[i] > c->in[i])
			return false;
	return mml_conv_points(c->in) <= UINT32_MAX / p->chunk;
}

/*
 * Choose among rows, flat and gathered tiles by the columns that each computes
 * for a point of the output, and what it takes besides.
 */
static MmlConvWay
choose(const MmlConv *c, const MmlConvPlan *p)
{
	double		width = (double) p->box[2];
	double		points = width * (double) p->box[1];
	double		flat = (double) ((p->box[1] - 1) * p->span[2] + p->box[2]);
	double		depth = (double) (p->chunk * mml_conv_points(c->kernel));
	double		pieces = 1 + MML_MIN(15, 15 / width);
	double		by_rows = (double) (divide_up(p->box[2], MML_UNIT) * MML_UNIT) / width;
	double		by_flat = (flat + MML_UNIT / 2) / points * (1 + 12 / depth);
	double		by_gather = (points + MML_UNIT / 2) / points *
		(1 + (2 + 4 * pieces) / (double) c->filters);

	if (mml_tensor_conv_pools(c))
		return MML_CONV_POOLED;
	if (c->channels == 1 && c->filters == 1)
		return MML_CONV_DEPTH;
	if (p->box[2] >= MML_UNIT && by_rows <= by_flat && by_rows <= by_gather)
		return MML_CONV_ROWS;
	if (p->box[2] < MML_UNIT && p->chunk == c->channels && by_rows <= by_flat &&
		by_rows <= by_gather)
		return MML_CONV_SHORT_ROWS;
	if (p->box[2] == c->out[2] && by_gather < by_flat)
		return MML_CONV_GATHER;
	return p->box[2] >= MML_UNIT && p->box[2] < c->out[2] ? MML_CONV_ROWS : MML_CONV_FLAT;
}

/*
 * Where no point of the kernel lies beside another and nothing is padded, an
 * image is one row.
 */
static void
straighten(MmlConv *c)
{
	int64_t		points = mml_conv_points(c->in);

	if (c->pool || mml_conv_points(c->kernel) != 1 || points > MML_CONV_LARGEST)
		return;
	for (int i = 0; i < MML_SPACE; i++)
		if (c->stride[i] != 1 || c->pad[i] != 0 || c->in[i] != c->out[i])
			return;
	for (int i = 0; i < MML_SPACE; i++)
		c->in[i] = c->out[i] = i == MML_SPACE - 1 ? points : 1;
}

/*
 * Does the kernel cover all of the input, for a single point of the output,
 * and do filters fill a unit?
 */
static bool
is_product(const MmlConv *c)
{
	if (c->filters < MML_UNIT / 2)
		return false;
	for (int i = 0; i < MML_SPACE; i++)
		if (c->out[i] != 1 || c->kernel[i] != c->in[i] || c->pad[i] != 0 ||
			(c->dilation[i] != 1 && c->kernel[i] != 1))
			return false;
	return true;
}

/* The way, and what it takes; the plan is empty. */
static void
plan_way(MmlConv *c, bool is_constant)
{
	MmlConvPlan *p = &c->plan;
	int64_t		taps = mml_conv_points(c->kernel);
	int64_t		terms = c->channels * taps;
	bool		is_ready;

	straighten(c);
	p->packs = is_constant;
	if (is_constant)
		p->weights_bytes = mml_align64(sizeof(float) * (size_t) (c->groups * c->filters * terms));
	if (is_constant && is_product(c))
	{
		p->way = MML_CONV_PRODUCT;
		p->weights_bytes = mml_align64(sizeof(float) * (size_t) c->groups *
									   (size_t) mml_packed_count(terms, c->filters));
		return;
	}
	if (!c->is_exact && mml_tensor_winograd_plan(c))
		return;
	/* Rows of channels as they lie take two lines of the cache a unit. */
	p->chunk = MML_MIN(c->channels, taps == 1 ? MML_DEPTH / 2 : MML_MAX(MML_DEPTH / taps, 1));
	p->chunk = divide_up(c->channels, divide_up(c->channels, p->chunk));
	for (int i = 0; i < MML_SPACE; i++)
	{
		p->phases[i] = MML_MIN(c->kernel[i], c->stride[i] / divisor(c->stride[i], c->dilation[i]));
		p->shift[i] = (c->kernel[i] - 1) * c->dilation[i] / c->stride[i];
	}
	is_ready = lies_ready(c, p);
	if (is_ready)
	{
		memcpy(p->box, c->out, sizeof(p->box));
		memcpy(p->span, c->in, sizeof(p->span));
		p->channel = p->phase = mml_conv_points(c->in);
		p->way = choose(c, p);
	}
	if (!is_ready || c->out[2] < MML_UNIT || p->way == MML_CONV_SHORT_ROWS ||
		p->way == MML_CONV_FLAT || p->way == MML_CONV_GATHER)
	{
		p->copies = true;
		if (!cut(c, p))
			return;
		if (c->pool && p->box[1] < c->out[1] && p->box[1] % 2 != 0)
		{
			p->box[1] = MML_MAX(p->box[1] - 1, 1);
			(void) set_strip(p, STRIP_MOST);
		}
		p->way = choose(c, p);
		p->copy_bytes = mml_align64(sizeof(float) * (size_t) (p->chunk * p->channel +
															  MML_UNITS * MML_UNIT));
	}
	p->table_bytes = sizeof(uint32_t) * (size_t) (p->chunk * taps);
	if (p->way == MML_CONV_GATHER)
		p->copy_bytes += sizeof(float) * MML_UNIT *
			(size_t) (MML_UNITS * p->chunk * taps + 1);
	p->table_bytes = mml_align64(p->table_bytes * (p->way == MML_CONV_GATHER ? 2 : 1));
	if (p->copy_bytes + p->table_bytes > (size_t) STRIP_MOST * sizeof(float))
		p->way = MML_CONV_PLAIN;
}

void
mml_tensor_conv_plan(MmlConv *c, bool is_constant)
{
	MmlConvPlan *p = &c->plan;

	memset(p, 0, sizeof(*p));
	plan_way(c, is_constant);
	if (p->way == MML_CONV_PLAIN)
		memset(p, 0, sizeof(*p));
	if (c->pool && p->way != MML_CONV_POOLED)
		p->image_bytes = mml_align64(sizeof(float) * (size_t) (c->groups * c->filters) *
									 (size_t) mml_conv_points(c->out));
}

/*
 * Where the rows of B for each term begin: in a strip, or in a unit that is
 * gathered.
 */
void
mml_tensor_conv_table(const MmlConv *c, uint32_t *at)
{
	const MmlConvPlan *p = &c->plan;
	int64_t		terms = p->chunk * mml_conv_points(c->kernel);
	int64_t		t[MML_SPACE];

	for (int64_t l = 0; p->way == MML_CONV_GATHER && l < terms; l++)
		at[terms + l] = (uint32_t) (l * MML_UNIT);
	for (int64_t j = 0; j < p->chunk; j++)
		for (t[0] = 0; t[0] < c->kernel[0]; t[0]++)
			for (t[1] = 0; t[1] < c->kernel[1]; t[1]++)
				for (t[2] = 0; t[2] < c->kernel[2]; t[2]++)
				{
					int64_t		phase = 0;
					int64_t		shift = 0;

					for (int i = 0; i < MML_SPACE; i++)
					{
						phase = phase * p->phases[i] + t[i] % p->phases[i];
						shift = shift * p->span[i] + t[i] * c->dilation[i] / c->stride[i];
					}
					*at++ = (uint32_t) (j * p->channel + phase * p->phase + shift);
				}
}

void
mml_tensor_conv_pack(const MmlConv *c, const float *weights, float *packed)
{
	int64_t		terms = c->channels * mml_conv_points(c->kernel);

	for (int64_t g = 0; g < c->groups; g++)
	{
		const float *w = weights + g * c->filters * terms;

		if (c->plan.way == MML_CONV_PRODUCT)
			mml_tensor_pack_product(terms, c->filters, w, 1, terms, 1,
									packed + g * mml_packed_count(terms, c->filters));
		else
			mml_tensor_pack_panels(c->filters, terms, w, terms, 1,
								   c->plan.chunk * mml_conv_points(c->kernel),
								   packed + g * c->filters * terms);
	}
}

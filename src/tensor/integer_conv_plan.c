/*-------------------------------------------------------------------------
 *
 * integer_conv_plan.c
 *	  How a convolution of bytes is cut, and its weights: see integer_conv.c.
 *
 *-------------------------------------------------------------------------
 */
#include "tensor/integer_conv.h"
#include "tensor/quantize.h"

/* Numbers of a box, with what it wants; and the most that there may be. */
#define BOX (1 << 17)
#define BOX_MOST (1 << 23)

/* A row is not cut to fewer points, unless there would be too many numbers. */
#define LEAST_ROW 256

/* Bytes whose sizes are added up at once. */
#define SOME 256

/* The sum of |x - zero| of bytes. */
MML_CLONES
static int64_t
size_of(int64_t n, const uint8_t *x, bool is_signed, int32_t zero)
{
	int64_t		sum = 0;

	for (int64_t first = 0; first < n; first += SOME)
	{
		int64_t		end = MML_MIN(first + SOME, n);
		int32_t		part = 0;

		if (is_signed)
			for (int64_t i = first; i < end; i++)
				part += MML_MAX((int32_t) (int8_t) x[i] - zero, zero - (int32_t) (int8_t) x[i]);
		else
			for (int64_t i = first; i < end; i++)
				part += MML_MAX((int32_t) x[i] - zero, zero - (int32_t) x[i]);
		sum += part;
	}
	return sum;
}

/* Is each sum over so many channels exact, with the weights that there are? */
static bool
is_exact(const MmlIntegerConv *own, int64_t channels, int64_t most)
{
	const MmlConv *c = &own->whole;
	int64_t		terms = c->channels * mml_conv_points(c->kernel);
	int64_t		some = channels * mml_conv_points(c->kernel);

	for (int64_t f = 0; f < c->groups * c->filters; f++)
	{
		const uint8_t *w = (const uint8_t *) own->in.b->data + f * terms;
		int32_t		zero = mml_tensor_zero(own->in.b_zero, (size_t) f);

		for (int64_t l = 0; l < terms; l += some)
			if (size_of(MML_MIN(some, terms - l), w + l, own->in.b->type == MML_ELEMENT_I8, zero) >
				MML_INTEGER_EXACT / most)
				return false;
		if (f % 64 == 63)
			MML_CHECK();
	}
	return true;
}

/* Channels that are added up at once; 0: not even one may be. */
static int64_t
exact_channels(const MmlIntegerConv *own)
{
	int64_t		channels = own->whole.channels;
	int64_t		taps = mml_conv_points(own->whole.kernel);
	int64_t		most = mml_tensor_integers_most(own->in.a, own->in.a_zero);
	int64_t		safe = MML_INTEGER_EXACT / (most * mml_tensor_integers_most(own->in.b, own->in.b_zero)) / taps;

	if (channels <= safe)
		return channels;
	if (!own->packs)
		return safe == 0 ? 0 : (channels + (channels - 1) / safe) / ((channels - 1) / safe + 1);
	while (channels > MML_MAX(safe, 1) && !is_exact(own, channels, most))
		channels = MML_MAX((channels + 1) / 2, safe);
	return channels > 1 || safe == 1 || is_exact(own, 1, most) ? channels : 0;
}

/* Set what a box wants; how many numbers that is, and what it gives. */
static double
set_span(MmlIntegerConv *own, int64_t channels)
{
	const MmlConv *c = &own->whole;
	double		wants = (double) channels;
	double		gives = (double) c->filters;

	for (int i = 0; i < MML_SPACE; i++)
	{
		own->span[i] = (own->box[i] - 1) * c->stride[i] + (c->kernel[i] - 1) * c->dilation[i] + 1;
		wants *= (double) own->span[i];
		gives *= (double) own->box[i];
	}
	return wants + gives;
}

/* Cut the output into boxes; false if even the smallest takes too much. */
static bool
cut(MmlIntegerConv *own, int64_t channels)
{
	double		numbers;

	memcpy(own->box, own->whole.out, sizeof(own->box));
	while ((numbers = set_span(own, channels)) > BOX)
	{
		int			i = own->box[0] > 1 ? 0 : own->box[1] > 1 ? 1 : 2;

		if (own->box[i] == 1 || (i == 2 && own->box[i] <= LEAST_ROW && numbers <= BOX_MOST))
			break;
		own->box[i] = (own->box[i] + 1) / 2;
	}
	return numbers <= BOX_MOST;
}

bool
mml_tensor_integer_conv_plan(MmlIntegerConv *own, MmlCall *call)
{
	const MmlConv *c = &own->whole;
	MmlConv    *part = &own->part;
	int64_t		channels;
	size_t		bytes;

	own->packs = mml_integers_constant(&own->in);
	channels = exact_channels(own);
	if (channels == 0 || !cut(own, channels))
		return false;
	own->pieces = (c->channels + channels - 1) / channels;
	*part = *c;
	part->batch = 1;
	part->groups = 1;
	part->channels = channels;
	part->is_exact = true;
	memset(part->pad, 0, sizeof(part->pad));
	memcpy(part->in, own->span, sizeof(part->in));
	memcpy(part->out, own->box, sizeof(part->out));
	own->y_at = mml_align64(sizeof(float) * (size_t) (channels * mml_conv_points(own->span)));
	own->sums_at = own->y_at + mml_align64(sizeof(float) * (size_t) (c->filters * mml_conv_points(own->box)));
	own->copy_at = own->sums_at;
	if (own->pieces > 1)
		own->copy_at += own->sums_at - own->y_at;
	if (c->filters > INT32_MAX / mml_conv_points(c->kernel) / channels)
		return false;
	mml_tensor_conv_plan(part, true);
	if (part->plan.way == MML_CONV_PLAIN ||
		!mml_mul_size((size_t) (c->groups * own->pieces), part->plan.weights_bytes, &own->weights_bytes) ||
		!mml_add_size(own->weights_bytes, part->plan.table_bytes, &bytes))
		return false;
	own->weights_at = own->copy_at + part->plan.copy_bytes;
	if (own->packs)
	{
		call->packed_bytes = bytes;
		call->scratch_bytes = own->weights_at;
		return true;
	}
	return mml_add_size(own->weights_at, bytes, &call->scratch_bytes);
}

/*
 * Weights of filters first .. first + rows - 1 of a group, terms l .. l + n - 1
 * of a piece, as float32; channels beyond the last have 0.
 */
static void
load_weights(const MmlIntegerConv *own, int64_t group, int64_t first, int64_t rows, int64_t piece, int64_t l, int64_t n,
			 float to[][MML_INTEGER_TERMS])
{
	const MmlConv *c = &own->whole;
	int64_t		taps = mml_conv_points(c->kernel);
	int64_t		from = piece * own->part.channels * taps + l;
	int64_t		there = MML_MIN(MML_MAX(c->channels * taps - from, 0), n);

	for (int64_t r = 0; r < rows; r++)
	{
		int64_t		filter = group * c->filters + first + r;
		const uint8_t *w = (const uint8_t *) own->in.b->data + filter * c->channels * taps;

		mml_tensor_integers_float(own->in.b->type, 1, there, there > 0 ? w + from : w, 0,
								  mml_tensor_zero(own->in.b_zero, (size_t) filter), 0, n, to[r]);
	}
}

/* Pack a piece of a group, as mml_tensor_conv_pack() does; a few terms at once. */
static void
pack_piece(const MmlIntegerConv *own, int64_t group, int64_t piece, float *packed)
{
	const MmlConv *part = &own->part;
	bool		is_product = part->plan.way == MML_CONV_PRODUCT;
	int64_t		terms = part->channels * mml_conv_points(part->kernel);
	int64_t		depth = is_product ? terms : part->plan.chunk * mml_conv_points(part->kernel);
	MmlPanels	panels = mml_panels(part->filters);
	float		some[MML_UNIT][MML_INTEGER_TERMS];

	for (int64_t stretch = 0; stretch < terms; stretch += depth)
		for (int64_t f = 0, i = 0, rows; f < part->filters; f += rows, i++)
		{
			rows = is_product ? MML_MIN(MML_UNIT, part->filters - f) : panels.rows - (i >= panels.large);
			for (int64_t l = stretch, n; l < MML_MIN(stretch + depth, terms); l += n)
			{
				n = MML_MIN(MML_INTEGER_TERMS, MML_MIN(stretch + depth, terms) - l);
				load_weights(own, group, f, rows, piece, l, n, some);
				if (is_product)
					mml_tensor_pack_product(n, rows, some[0], 1, MML_INTEGER_TERMS, 1, packed);
				else
					mml_tensor_pack_panels(rows, n, some[0], MML_INTEGER_TERMS, 1, n, packed);
				packed += n * (is_product ? MML_UNIT : rows);
			}
		}
}

void
mml_tensor_integer_conv_pack(const MmlIntegerConv *own, void *packed)
{
	char	   *to = packed;

	for (int64_t g = 0; g < own->whole.groups; g++)
		for (int64_t i = 0; i < own->pieces; i++, to += own->part.plan.weights_bytes)
			pack_piece(own, g, i, (float *) (void *) to);
	if (own->part.plan.way != MML_CONV_PRODUCT)
		mml_tensor_conv_table(&own->part, (uint32_t *) (void *) to);
}

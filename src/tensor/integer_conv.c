/*-------------------------------------------------------------------------
 *
 * integer_conv.c
 *	  Convolutions of bytes: ConvInteger, QLinearConv.
 *
 * The output is cut into boxes.  What a box wants of the channels of a group
 * becomes float32, with its padding, which stands for the zero and is 0; that
 * of so many channels as have exact sums goes through the convolution of
 * float32 (conv_strip.c), and sums become what is wanted of them while they are
 * still in the cache.
 *
 * Plain loops are left for what no box can hold, and for kernels of which one
 * channel may already be too much.
 *
 *-------------------------------------------------------------------------
 */
#include "tensor/integer_conv.h"
#include "tensor/operators.h"
#include "tensor/quantize.h"

/* Sums of a row that plain loops add up at once. */
#define PIECE 256

/* Shapes are those of Conv, which is asked as if numbers were floats. */
static const char *
infer(MmlCall *call, const char *name, bool quantised)
{
	MmlIntegerConv *own = call->own;
	MmlIntegers *in = &own->in;
	MmlCall		as_float = *call;
	MmlTensor	tensors[3] = {{0}, {0}, {0}};
	const MmlTensor *pair[2] = {&tensors[0], &tensors[1]};
	MmlTensor  *out[1] = {&tensors[2]};
	const char *wrong;
	int64_t		filters;

	memset(own, 0, sizeof(*own));
	call->packed_bytes = 0;
	MML_TRY(mml_tensor_integers_check(call, name, "auto_pad:s dilations:I group:i kernel_shape:I pads:I strides:I",
									  quantised, in));
	tensors[0] = *in->a;
	tensors[1] = *in->b;
	tensors[0].type = tensors[1].type = MML_ELEMENT_F32;
	tensors[0].data = tensors[1].data = NULL;
	as_float.inputs = 2;
	as_float.outputs = 1;
	as_float.in = pair;
	as_float.out = out;
	wrong = mml_tensor_conv_shape(&as_float, &own->whole);
	if (wrong != NULL)
		return mml_tensor_wrong(call, "%s", wrong);
	filters = own->whole.filters * own->whole.groups;
	if (in->a_zero != NULL && in->a_zero->count != 1)
		return mml_tensor_wrong(call, "%s with more than one zero of its input is not supported.", name);
	MML_TRY(mml_tensor_integers_count(call, name, in->b_zero, filters));
	if (quantised)
		MML_TRY(mml_tensor_integers_count(call, name, in->b_scale, filters));
	if (in->bias != NULL && (in->bias->type != MML_ELEMENT_I32 || in->bias->rank != 1 ||
							 in->bias->dims[0] != filters))
		return mml_tensor_wrong(call, "the bias of %s is not an int32 a filter.", name);
	MML_TRY(mml_tensor_give(call, name, 0, quantised ? in->out_zero->type : MML_ELEMENT_I32, tensors[2].rank,
							tensors[2].dims));
	call->flops = (double) own->whole.channels * (double) mml_conv_points(own->whole.kernel) *
		(double) tensors[2].count;
	own->is_plain = tensors[2].count == 0 || !mml_tensor_integer_conv_plan(own, call);
	if (own->is_plain)
		call->packed_bytes = call->scratch_bytes = 0;
	return NULL;
}

static const char *
infer_conv_integer(MmlCall *call)
{
	return infer(call, "ConvInteger", false);
}

static const char *
infer_qlinear_conv(MmlCall *call)
{
	return infer(call, "QLinearConv", true);
}

static void
pack(const MmlCall *call)
{
	MmlIntegerConv own = *(const MmlIntegerConv *) call->own;

	mml_tensor_integers_bind(call, own.in.quantised, &own.in);
	mml_tensor_integer_conv_pack(&own, call->packed);
}

/* Where a box stands, and what it is computed in. */
typedef struct Work
{
	const MmlIntegerConv *own;
	const MmlCall *call;
	const char *weights;
	float	   *x;
	float	   *y;
	int32_t    *sums;			/* NULL where there is but one piece */
	float	   *copy;
	int64_t		start[MML_SPACE];
} Work;

/* What the box wants of a channel, with its padding. */
static void
load_channel(const Work *w, const uint8_t *x, int32_t zero, float *to)
{
	const MmlConv *c = &w->own->whole;
	const int64_t *span = w->own->span;
	size_t		row = sizeof(float) * (size_t) span[2];
	int64_t		at[MML_SPACE];
	int64_t		first[MML_SPACE];
	int64_t		n[MML_SPACE];

	for (int i = 0; i < MML_SPACE; i++)
	{
		at[i] = w->start[i] * c->stride[i] - c->pad[i];
		first[i] = MML_MIN(MML_MAX(-at[i], 0), span[i]);
		n[i] = MML_MAX(MML_MIN(c->in[i] - at[i], span[i]) - first[i], 0);
	}
	for (int64_t d = 0; d < span[0]; d++, to += span[1] * span[2])
	{
		const uint8_t *from;

		if (d < first[0] || d >= first[0] + n[0] || n[1] == 0 || n[2] == 0)
		{
			memset(to, 0, row * (size_t) span[1]);
			continue;
		}
		from = x + ((at[0] + d) * c->in[1] + at[1] + first[1]) * c->in[2] + at[2] + first[2];
		memset(to, 0, row * (size_t) first[1]);
		if (n[2] == span[2] && n[2] == c->in[2])
			mml_tensor_integers_float(w->own->in.a->type, 1, n[1] * n[2], from, 0, zero, 0, n[1] * n[2],
									  to + first[1] * span[2]);
		else
			mml_tensor_integers_float(w->own->in.a->type, n[1], n[2], from, c->in[2], zero, first[2], span[2],
									  to + first[1] * span[2]);
		memset(to + (first[1] + n[1]) * span[2], 0, row * (size_t) (span[1] - first[1] - n[1]));
	}
}

/* Sums of a box are complete: give what is wanted of a filter, which is one of all. */
static void
give_filter(const Work *w, int64_t filter, int64_t offset, size_t to)
{
	const MmlIntegerConv *own = w->own;
	const int64_t *out = own->whole.out;
	int32_t		bias = own->in.bias == NULL ? 0 : ((const int32_t *) own->in.bias->data)[filter];
	bool		is_joined = own->box[2] == out[2];
	int64_t		rows = is_joined ? 1 : own->box[1];
	int64_t		n = is_joined ? own->box[1] * own->box[2] : own->box[2];

	for (int64_t d = 0; d < own->box[0]; d++)
		for (int64_t h = 0; h < rows; h++, offset += n)
		{
			int64_t		point = ((w->start[0] + d) * out[1] + w->start[1] + h) * out[2] + w->start[2];

			mml_tensor_integers_give(&own->in, w->call, (size_t) n, w->y + offset,
									 w->sums == NULL ? NULL : w->sums + offset, bias, false,
									 (size_t) filter, to + (size_t) point);
		}
}

/* A box of a group, whose channels of the input begin at x. */
static void
run_box(const Work *w, int64_t image, int64_t group)
{
	const MmlIntegerConv *own = w->own;
	const MmlConv *c = &own->whole;
	const MmlConvPlan *plan = &own->part.plan;
	const uint32_t *table = (const uint32_t *) (const void *) (w->weights + own->weights_bytes);
	int64_t		channels = own->part.channels;
	int64_t		points = mml_conv_points(c->in);
	int64_t		span = mml_conv_points(own->span);
	int64_t		given = mml_conv_points(own->box);
	const uint8_t *x = (const uint8_t *) own->in.a->data + (image * c->groups + group) * c->channels * points;

	for (int64_t i = 0; i < own->pieces; i++)
	{
		for (int64_t j = 0; j < channels; j++)
			if (i * channels + j < c->channels)
				load_channel(w, x + (i * channels + j) * points, mml_tensor_zero(own->in.a_zero, 0), w->x + j * span);
			else
				memset(w->x + j * span, 0, sizeof(float) * (size_t) span);
		mml_tensor_conv_float(&own->part, w->x,
							  (const float *) (const void *) (w->weights + (size_t) (group * own->pieces + i) *
															  plan->weights_bytes),
							  table, NULL, w->copy, w->y);
		if (i < own->pieces - 1)
			mml_tensor_integers_add((size_t) (c->filters * given), i == 0, w->y, w->sums);
		MML_CHECK();
	}
	for (int64_t f = 0; f < c->filters; f++)
	{
		int64_t		filter = group * c->filters + f;

		give_filter(w, filter, f * given, (size_t) ((image * c->groups * c->filters + filter) * mml_conv_points(c->out)));
	}
}

/* All boxes of a group; the last of a dimension may overlap the one before it. */
static void
run_group(Work *w, int64_t image, int64_t group)
{
	const int64_t *out = w->own->whole.out;
	const int64_t *box = w->own->box;

	for (int64_t d = 0; d < out[0]; d += box[0])
		for (int64_t h = 0; h < out[1]; h += box[1])
			for (int64_t v = 0; v < out[2]; v += box[2])
			{
				w->start[0] = MML_MIN(d, out[0] - box[0]);
				w->start[1] = MML_MIN(h, out[1] - box[1]);
				w->start[2] = MML_MIN(v, out[2] - box[2]);
				run_box(w, image, group);
			}
}

/* sums += (x - zero) w, for bytes of either kind some steps apart. */
MML_CLONES
static void
add_row(MmlElement type, size_t n, const uint8_t *x, int64_t step, int32_t zero, int32_t w, int32_t *sums)
{
	for (size_t i = 0; i < n; i++)
		sums[i] = (int32_t) ((uint32_t) sums[i] +
							 (uint32_t) ((mml_integer(type, x[(int64_t) i * step]) - zero) * w));
}

/* Sums of columns from .. from + n - 1 of a row (z, y) of outputs of a filter, in plain loops. */
static void
plain_row(const MmlIntegerConv *own, const uint8_t *in, const uint8_t *w, int32_t w_zero, int64_t z, int64_t y,
		  int64_t from, int64_t n, int32_t *sums)
{
	const MmlConv *c = &own->whole;
	int64_t		taps = mml_conv_points(c->kernel);
	int32_t		zero = mml_tensor_zero(own->in.a_zero, 0);

	for (int64_t tap = 0; tap < c->channels * taps; tap++)
	{
		int64_t		iz = z * c->stride[0] + tap % taps / (c->kernel[1] * c->kernel[2]) * c->dilation[0] - c->pad[0];
		int64_t		iy = y * c->stride[1] + tap / c->kernel[2] % c->kernel[1] * c->dilation[1] - c->pad[1];
		int64_t		x0 = tap % c->kernel[2] * c->dilation[2] - c->pad[2];
		int64_t		first = x0 >= 0 ? 0 : (-x0 + c->stride[2] - 1) / c->stride[2];
		int64_t		end = x0 >= c->in[2] ? 0 : (c->in[2] - 1 - x0) / c->stride[2] + 1;

		first = MML_MAX(first, from);
		end = MML_MIN(end, from + n);
		if (iz < 0 || iz >= c->in[0] || iy < 0 || iy >= c->in[1] || first >= end)
			continue;
		add_row(own->in.a->type, (size_t) (end - first),
				in + ((tap / taps * c->in[0] + iz) * c->in[1] + iy) * c->in[2] + x0 + first * c->stride[2],
				c->stride[2], zero, mml_integer(own->in.b->type, w[tap]) - w_zero, sums + (first - from));
	}
}

/* A filter of an image in plain loops. */
static void
plain_filter(const MmlIntegerConv *own, const MmlCall *call, int64_t image, int64_t filter)
{
	static const float nothing[PIECE];
	const MmlConv *c = &own->whole;
	int64_t		weights = c->channels * mml_conv_points(c->kernel);
	int64_t		channel = (image * c->groups + filter / c->filters) * c->channels;
	int32_t		bias = own->in.bias == NULL ? 0 : ((const int32_t *) own->in.bias->data)[filter];
	size_t		to = (size_t) ((image * c->groups * c->filters + filter) * mml_conv_points(c->out));

	for (int64_t row = 0; row < c->out[0] * c->out[1]; row++)
		for (int64_t x = 0; x < c->out[2]; x += PIECE)
		{
			int32_t		sums[PIECE] = {0};
			int64_t		n = MML_MIN(PIECE, c->out[2] - x);

			plain_row(own, (const uint8_t *) own->in.a->data + channel * mml_conv_points(c->in),
					  (const uint8_t *) own->in.b->data + filter * weights,
					  mml_tensor_zero(own->in.b_zero, (size_t) filter), row / c->out[1], row % c->out[1],
					  x, n, sums);
			mml_tensor_integers_give(&own->in, call, (size_t) n, nothing, sums, bias, false, (size_t) filter, to);
			to += (size_t) n;
			if (weights > 4096 || (row & 63) == 63)
				MML_CHECK();
		}
}

static void
run(const MmlCall *call)
{
	MmlIntegerConv own = *(const MmlIntegerConv *) call->own;
	const MmlConv *c = &own.whole;
	char	   *scratch = call->scratch;
	Work		w = {.own = &own,.call = call};

	if (mml_tensor_out(call, 0) == NULL || call->out[0]->count == 0)
		return;
	mml_tensor_integers_bind(call, own.in.quantised, &own.in);
	if (own.is_plain)
	{
		for (int64_t i = 0; i < c->batch * c->groups * c->filters; i++)
			plain_filter(&own, call, i / (c->groups * c->filters), i % (c->groups * c->filters));
		return;
	}
	if (!own.packs)
		mml_tensor_integer_conv_pack(&own, scratch + own.weights_at);
	w.weights = own.packs ? call->packed : scratch + own.weights_at;
	w.x = (float *) (void *) scratch;
	w.y = (float *) (void *) (scratch + own.y_at);
	w.sums = own.pieces == 1 ? NULL : (int32_t *) (void *) (scratch + own.sums_at);
	w.copy = (float *) (void *) (scratch + own.copy_at);
	for (int64_t i = 0; i < c->batch * c->groups; i++)
		run_group(&w, i / c->groups, i % c->groups);
}

#define ROW(name, least, most, infer) {name, 10, least, most, 1, sizeof(MmlIntegerConv), infer, pack, run}

static const MmlOperator operators[] = {
	ROW("ConvInteger", 2, 4, infer_conv_integer),
	ROW("QLinearConv", 8, 9, infer_qlinear_conv)
};

const MmlOperators mml_tensor_integer_convs = MML_OPERATORS(operators);

/*-------------------------------------------------------------------------
 *
 * conv.c
 *	  Conv: convolutions in one, two and three dimensions.
 *
 *		y[n][g m + i][p] = b[g m + i] +
 *			sum over c, t of x[n][g c + c][p stride + t dilation - pad] w[g m + i][c][t]
 *
 * for points p of the output and t of the kernel.
 *
 *-------------------------------------------------------------------------
 */
#include <string.h>

#include "tensor/conv.h"
#include "tensor/window.h"

static const char *
conv_infer(MmlCall *call)
{
	MmlConv    *c = call->own;
	const char *wrong = mml_tensor_conv_shape(call, c);
	bool		is_constant = call->in[1] != NULL && call->in[1]->data != NULL;

	call->scratch_bytes = 0;
	call->packed_bytes = 0;
	if (wrong != NULL || call->in[0]->type != MML_ELEMENT_F32 || call->out[0]->count == 0)
		return wrong;
	mml_tensor_conv_plan(c, is_constant);
	if (is_constant)
		call->packed_bytes = c->plan.weights_bytes + c->plan.table_bytes;
	else
		call->scratch_bytes = c->plan.table_bytes;
	call->scratch_bytes += c->plan.copy_bytes + c->plan.image_bytes;
	return NULL;
}

/* The table lies behind packed weights, or behind the strip. */
static uint32_t *
table_of(const MmlCall *call)
{
	const MmlConvPlan *p = &((const MmlConv *) call->own)->plan;

	return (uint32_t *) (void *) (p->packs ? (char *) call->packed + p->weights_bytes :
								  (char *) call->scratch + p->copy_bytes);
}

static void
conv_pack(const MmlCall *call)
{
	const MmlConv *c = call->own;

	if (c->plan.way == MML_CONV_WINOGRAD)
	{
		mml_tensor_winograd_pack(c, call->in[1]->data, call->packed);
		return;
	}
	mml_tensor_conv_pack(c, call->in[1]->data, call->packed);
	if (c->plan.way != MML_CONV_PRODUCT)
		mml_tensor_conv_table(c, table_of(call));
}

/*
 * Points t of a kernel for which 0 <= at + t dilation < n: from *first to
 * *end.
 */
static void
clip_taps(int64_t n, int64_t kernel, int64_t dilation, int64_t at,
		  int64_t *first, int64_t *end)
{
	*first = at >= 0 ? 0 : (-at + dilation - 1) / dilation;
	*end = at >= n ? 0 : MML_MIN(kernel, (n - 1 - at) / dilation + 1);
}

/* One channel of the output from the channels of its group, in plain loops. */
#define DEFINE_CONV_PLAIN(Number, suffix) \
static void \
conv_plain_##suffix(const MmlConv *c, const Number *x, const Number *w, \
					Number bias, Number *y) \
{ \
	int64_t		volume = mml_conv_points(c->in); \
	int64_t		taps = mml_conv_points(c->kernel); \
	int64_t		first[MML_SPACE]; \
	int64_t		end[MML_SPACE]; \
	int64_t		at[MML_SPACE]; \
	\
	for (int64_t p = 0; p < mml_conv_points(c->out); p++) \
	{ \
		int64_t		rest = p; \
		Number		sum = bias; \
		\
		for (int i = MML_SPACE - 1; i >= 0; i--) \
		{ \
			at[i] = rest % c->out[i] * c->stride[i] - c->pad[i]; \
			rest /= c->out[i]; \
			clip_taps(c->in[i], c->kernel[i], c->dilation[i], at[i], \
					  &first[i], &end[i]); \
		} \
		for (int64_t j = 0; j < c->channels; j++) \
			for (int64_t d = first[0]; d < end[0]; d++) \
				for (int64_t h = first[1]; h < end[1]; h++) \
				{ \
					int64_t		row = (at[0] + d * c->dilation[0]) * c->in[1] + \
						at[1] + h * c->dilation[1]; \
					const Number *from = x + j * volume + row * c->in[2] + at[2]; \
					const Number *weight = w + j * taps + \
						(d * c->kernel[1] + h) * c->kernel[2]; \
					\
					for (int64_t t = first[2]; t < end[2]; t++) \
						sum += from[t * c->dilation[2]] * weight[t]; \
				} \
		y[p] = sum; \
		if (p % 4096 == 0) \
			MML_CHECK(); \
	} \
	mml_tensor_activate(&c->activation, MML_ELEMENT_##suffix, \
						(size_t) mml_conv_points(c->out), y); \
}

DEFINE_CONV_PLAIN(float, F32)
DEFINE_CONV_PLAIN(double, F64)

/* One point of the output: filters are the columns of a product. */
static void
conv_product(const MmlConv *c, const float *x, const float *packed, const float *bias, float *y)
{
	int64_t		terms = c->channels * mml_conv_points(c->kernel);
	int64_t		filters = c->groups * c->filters;
	MmlProduct	p = {.tiles = c->tiles,.m = c->batch,.n = c->filters,.k = terms,.a_k = 1};

	p.a_row = c->groups * terms;
	p.c_row = filters;
	p.add = bias != NULL;
	p.activation = c->activation;
	for (int64_t n = 0; bias != NULL && n < c->batch; n++)
		memcpy(y + n * filters, bias, sizeof(float) * (size_t) filters);
	for (int64_t g = 0; g < c->groups; g++)
	{
		p.a = x + g * terms;
		p.b = packed + g * mml_packed_count(terms, c->filters);
		p.c = y + g * c->filters;
		mml_tensor_multiply(&p);
	}
}

/* All images and channels in plain loops. */
static void
conv_plain(const MmlConv *c, MmlElement type, const void *x, const void *weights,
		   const void *bias, void *y)
{
	int64_t		filters = c->groups * c->filters;
	int64_t		size = c->channels * mml_conv_points(c->kernel);

	for (int64_t n = 0; n < c->batch; n++)
		for (int64_t m = 0; m < filters; m++)
		{
			int64_t		from = (n * c->groups + m / c->filters) * c->channels *
				mml_conv_points(c->in);
			int64_t		to = (n * filters + m) * mml_conv_points(c->out);

			if (type == MML_ELEMENT_F32)
				conv_plain_F32(c, (const float *) x + from, (const float *) weights + m * size,
							   bias == NULL ? 0 : ((const float *) bias)[m], (float *) y + to);
			else
				conv_plain_F64(c, (const double *) x + from, (const double *) weights + m * size,
							   bias == NULL ? 0 : ((const double *) bias)[m], (double *) y + to);
			MML_CHECK();
		}
}

void
mml_tensor_conv_float(const MmlConv *c, const float *x, const float *weights, const uint32_t *table,
					  const float *bias, float *scratch, float *y)
{
	switch (c->plan.way)
	{
		case MML_CONV_PLAIN:
			break;
		case MML_CONV_PRODUCT:
			conv_product(c, x, weights, bias, y);
			break;
		case MML_CONV_WINOGRAD:
			mml_tensor_winograd_run(c, x, weights, bias, scratch, y);
			break;
		case MML_CONV_ROWS:
		case MML_CONV_SHORT_ROWS:
		case MML_CONV_FLAT:
		case MML_CONV_GATHER:
		case MML_CONV_DEPTH:
		case MML_CONV_POOLED:
			mml_tensor_conv_strips(c, x, weights, table, bias, scratch, y);
			break;
	}
}

/* The way that is planned, for some images. */
static void
conv_way(const MmlCall *call, const MmlConv *c, const void *x, void *y)
{
	const MmlTensor *tensor = call->inputs > 2 ? call->in[2] : NULL;
	const void *bias = tensor == NULL ? NULL : tensor->data;

	if (c->plan.way == MML_CONV_PLAIN)
		conv_plain(c, call->in[0]->type, x, call->in[1]->data, bias, y);
	else
		mml_tensor_conv_float(c, x, c->plan.packs ? call->packed : call->in[1]->data, table_of(call),
							  bias, call->scratch, y);
}

/* Each image, then the largest of each 2x2 points of it. */
static void
conv_then_pool(const MmlCall *call, const MmlConv *c)
{
	MmlConv		one = *c;
	int64_t		channels = c->groups * c->filters;
	const float *x = call->in[0]->data;
	float	   *y = call->out[0]->data;
	float	   *image = (float *) (void *) ((char *) call->scratch + call->scratch_bytes -
											c->plan.image_bytes);

	one.batch = 1;
	for (int64_t n = 0; n < c->batch; n++)
	{
		conv_way(call, &one, x, image);
		for (int64_t i = 0; i < channels; i++, y += mml_conv_given(c))
			mml_tensor_pool_2x2(c->out[1], c->out[2], image + i * mml_conv_points(c->out), y);
		x += c->groups * c->channels * mml_conv_points(c->in);
		MML_CHECK();
	}
}

static void
conv_run(const MmlCall *call)
{
	const MmlConv *c = call->own;

	if (call->out[0]->count == 0)
		return;
	if (!c->plan.packs && c->plan.table_bytes > 0)
		mml_tensor_conv_table(c, table_of(call));
	if (c->plan.image_bytes > 0)
		conv_then_pool(call, c);
	else
		conv_way(call, c, call->in[0]->data, call->out[0]->data);
}

const MmlOperator mml_tensor_conv = {
	.name = "Conv",
	.since = 1,
	.min_inputs = 2,
	.max_inputs = 3,
	.max_outputs = 1,
	.own_size = sizeof(MmlConv),
	.infer = conv_infer,
	.pack = conv_pack,
	.run = conv_run
};

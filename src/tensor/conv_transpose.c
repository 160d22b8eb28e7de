/*-------------------------------------------------------------------------
 *
 * conv_transpose.c
 *	  ConvTranspose: what a convolution makes of x, the other way round.
 *
 * Each point p of the input adds x[n][g c + c][p] w[g c + c][i][t] to the
 * output at p stride + t dilation - pad, where that is inside.
 *
 *-------------------------------------------------------------------------
 */
#include "tensor/conv.h"

static const char *
transpose_infer(MmlCall *call)
{
	MmlConv    *c = call->own;
	const char *wrong = mml_tensor_conv_transpose_shape(call, c);
	const MmlTransposePlan *p = &c->transpose;

	call->scratch_bytes = 0;
	call->packed_bytes = 0;
	if (wrong != NULL || call->in[0]->type != MML_ELEMENT_F32 || call->out[0]->count == 0)
		return wrong;
	mml_tensor_transpose_plan(c, call->in[1]->data != NULL);
	if (!p->is_fast)
		return NULL;
	call->packed_bytes = p->packs ? p->weights_bytes : 0;
	call->scratch_bytes = p->columns_bytes + p->input_bytes + (p->packs ? 0 : p->weights_bytes);
	return NULL;
}

static void
transpose_pack(const MmlCall *call)
{
	mml_tensor_transpose_pack(call->own, call->in[1]->data, call->packed);
}

/* Weights that are not constant are packed behind the rest of scratch. */
static void
transpose_fast(const MmlCall *call, const float *bias)
{
	const MmlConv *c = call->own;
	const MmlTransposePlan *p = &c->transpose;
	float	   *packed = (float *) call->packed;

	if (!p->packs)
	{
		packed = (float *) (void *) ((char *) call->scratch + p->columns_bytes + p->input_bytes);
		mml_tensor_transpose_pack(c, call->in[1]->data, packed);
	}
	mml_tensor_transpose_run(c, call->in[0]->data, packed, bias, call->scratch,
							 call->out[0]->data);
}

/* Add one channel of the input (in) to one of the output, in plain loops. */
#define DEFINE_TRANSPOSE_PLAIN(Number, suffix) \
static void \
transpose_plain_##suffix(const MmlConv *c, const Number *x, const Number *w, \
						 Number *y) \
{ \
	for (int64_t p = 0; p < mml_conv_points(c->in); p++) \
	{ \
		int64_t		pw = p % c->in[2] * c->stride[2] - c->pad[2]; \
		int64_t		ph = p / c->in[2] % c->in[1] * c->stride[1] - c->pad[1]; \
		int64_t		pd = p / c->in[2] / c->in[1] * c->stride[0] - c->pad[0]; \
		\
		for (int64_t t = 0; t < mml_conv_points(c->kernel); t++) \
		{ \
			int64_t		tw = pw + t % c->kernel[2] * c->dilation[2]; \
			int64_t		th = ph + t / c->kernel[2] % c->kernel[1] * c->dilation[1]; \
			int64_t		td = pd + t / c->kernel[2] / c->kernel[1] * c->dilation[0]; \
			\
			if (tw >= 0 && tw < c->out[2] && th >= 0 && th < c->out[1] && \
				td >= 0 && td < c->out[0]) \
				y[(td * c->out[1] + th) * c->out[2] + tw] += x[p] * w[t]; \
		} \
		if (p % 4096 == 0) \
			MML_CHECK(); \
	} \
} \
\
/* Channel m of an image of the output: y (out) from the channels of x. */ \
static void \
transpose_channel_##suffix(const MmlConv *c, int64_t m, const Number *x, \
						   const Number *w, const Number *bias, Number *y) \
{ \
	int64_t		g = m / c->filters; \
	int64_t		points = mml_conv_points(c->out); \
	int64_t		taps = mml_conv_points(c->kernel); \
	\
	for (int64_t p = 0; p < points; p++) \
		y[p] = bias == NULL ? 0 : bias[m]; \
	for (int64_t j = g * c->channels; j < (g + 1) * c->channels; j++) \
		transpose_plain_##suffix(c, x + j * mml_conv_points(c->in), \
								 w + (j * c->filters + m % c->filters) * taps, y); \
	mml_tensor_activate(&c->activation, MML_ELEMENT_##suffix, (size_t) points, y); \
}

DEFINE_TRANSPOSE_PLAIN(float, F32)
DEFINE_TRANSPOSE_PLAIN(double, F64)

static void
transpose_run(const MmlCall *call)
{
	const MmlConv *c = call->own;
	const MmlTensor *bias = call->inputs > 2 ? call->in[2] : NULL;
	const void *b = bias == NULL ? NULL : bias->data;
	int64_t		filters = c->groups * c->filters;

	if (c->transpose.is_fast)
	{
		transpose_fast(call, b);
		return;
	}
	for (int64_t n = 0; n < c->batch; n++)
		for (int64_t m = 0; m < filters; m++)
		{
			int64_t		x = n * c->groups * c->channels * mml_conv_points(c->in);
			int64_t		y = (n * filters + m) * mml_conv_points(c->out);

			if (call->out[0]->type == MML_ELEMENT_F32)
				transpose_channel_F32(c, m, (const float *) call->in[0]->data + x,
									  call->in[1]->data, b,
									  (float *) call->out[0]->data + y);
			else
				transpose_channel_F64(c, m, (const double *) call->in[0]->data + x,
									  call->in[1]->data, b,
									  (double *) call->out[0]->data + y);
			MML_CHECK();
		}
}

const MmlOperator mml_tensor_conv_transpose = {
	.name = "ConvTranspose",
	.since = 1,
	.min_inputs = 2,
	.max_inputs = 3,
	.max_outputs = 1,
	.own_size = sizeof(MmlConv),
	.infer = transpose_infer,
	.pack = transpose_pack,
	.run = transpose_run
};

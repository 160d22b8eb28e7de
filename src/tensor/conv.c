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
#include "tensor/conv.h"

static const char *
conv_infer(MmlCall *call)
{
	return mml_tensor_conv_shape(call, call->own);
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

static void
conv_run(const MmlCall *call)
{
	const MmlConv *c = call->own;
	const MmlTensor *bias = call->inputs > 2 ? call->in[2] : NULL;
	int64_t		filters = c->groups * c->filters;
	int64_t		size = c->channels * mml_conv_points(c->kernel);

	for (int64_t n = 0; n < c->batch; n++)
		for (int64_t m = 0; m < filters; m++)
		{
			int64_t		x = (n * c->groups + m / c->filters) * c->channels *
				mml_conv_points(c->in);
			int64_t		y = (n * filters + m) * mml_conv_points(c->out);

			if (call->out[0]->type == MML_ELEMENT_F32)
				conv_plain_F32(c, (const float *) call->in[0]->data + x,
							   (const float *) call->in[1]->data + m * size,
							   bias == NULL ? 0 : ((const float *) bias->data)[m],
							   (float *) call->out[0]->data + y);
			else
				conv_plain_F64(c, (const double *) call->in[0]->data + x,
							   (const double *) call->in[1]->data + m * size,
							   bias == NULL ? 0 : ((const double *) bias->data)[m],
							   (double *) call->out[0]->data + y);
			MML_CHECK();
		}
}

const MmlOperator mml_tensor_conv = {
	.name = "Conv",
	.since = 1,
	.min_inputs = 2,
	.max_inputs = 3,
	.max_outputs = 1,
	.own_size = sizeof(MmlConv),
	.infer = conv_infer,
	.run = conv_run
};

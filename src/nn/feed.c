/*-------------------------------------------------------------------------
 *
 * feed.c
 *	  Numbers into the input of a network, and out of its outputs.
 *
 * Arrays come in the order of the input itself; pixels come row by row, the
 * channels of a pixel side by side, and are brought into the order of the
 * input.  Both are scaled on the way.
 *
 *-------------------------------------------------------------------------
 */
#include <math.h>
#include <string.h>

#include "nn/network.h"

/* Channels of an image in an input, and points of each. */
static void
measure(const MmlNetwork *network, const MmlTensor *input, size_t *channels, size_t *points)
{
	const int64_t *dims = input->dims + input->rank - 3;

	*channels = 1;
	*points = 1;
	if (network->layout == MML_LAYOUT_FLAT || input->rank < 3)
		return;
	if (network->layout == MML_LAYOUT_NCHW)
	{
		*channels = (size_t) dims[0];
		*points = (size_t) (dims[1] * dims[2]);
	}
	else
	{
		*channels = (size_t) dims[2];
		*points = (size_t) (dims[0] * dims[1]);
	}
}

/* Which layout an input has: the channels are where a dimension is small. */
MmlLayout
mml_nn_guess_layout(const MmlTensor *input)
{
	int64_t		first;
	int64_t		last;

	if (input->rank != 3 && input->rank != 4)
		return MML_LAYOUT_FLAT;
	first = input->dims[input->rank - 3];
	last = input->dims[input->rank - 1];
	if (first >= 1 && first <= 4)
		return MML_LAYOUT_NCHW;
	return last >= 1 && last <= 4 ? MML_LAYOUT_NHWC : MML_LAYOUT_FLAT;
}

/* A number within the range of a whole one; NaN is 0. */
static int64_t
to_whole(double x, int64_t low, int64_t high)
{
	if (isnan(x))
		return 0;
	return x <= (double) low ? low : x >= (double) high ? high : (int64_t) x;
}

/* Put a number into a tensor of any type. */
static void
put_number(MmlTensor *tensor, size_t i, double x)
{
	switch (tensor->type)
	{
		case MML_ELEMENT_F32:
			((float *) tensor->data)[i] = fabs(x) > 3.4028234663852886e38 && isfinite(x) ?
				copysignf(INFINITY, (float) copysign(1, x)) : (float) x;
			break;
		case MML_ELEMENT_F64:
			((double *) tensor->data)[i] = x;
			break;
		case MML_ELEMENT_I64:
			((int64_t *) tensor->data)[i] = to_whole(x, INT64_MIN, INT64_MAX);
			break;
		case MML_ELEMENT_I32:
			((int32_t *) tensor->data)[i] = (int32_t) to_whole(x, INT32_MIN, INT32_MAX);
			break;
		case MML_ELEMENT_I8:
			((int8_t *) tensor->data)[i] = (int8_t) to_whole(x, INT8_MIN, INT8_MAX);
			break;
		case MML_ELEMENT_U8:
			((uint8_t *) tensor->data)[i] = (uint8_t) to_whole(x, 0, UINT8_MAX);
			break;
		case MML_ELEMENT_BOOL:
			((uint8_t *) tensor->data)[i] = x != 0;
			break;
	}
}

/* The channel of number i of an input. */
static size_t
channel_of(const MmlNetwork *network, size_t i, size_t channels, size_t points)
{
	if (network->scaling.channels == 1)
		return 0;
	return network->layout == MML_LAYOUT_NCHW ? i / points % channels : i % channels;
}

/* Numbers in the order of the input; offset is where the row begins. */
void
mml_nn_feed_f8(const MmlNetwork *network, MmlTensor *input, size_t offset, size_t n,
			   const double *x)
{
	const MmlScaling *s = &network->scaling;
	size_t		channels;
	size_t		points;

	measure(network, input, &channels, &points);
	for (size_t i = 0; i < n; i++)
	{
		size_t		c = channel_of(network, i, channels, points);

		put_number(input, offset + i, s->scale[c] * x[i] + s->offset[c]);
	}
}

/* The same of float4, which need no change where nothing is scaled. */
void
mml_nn_feed_f4(const MmlNetwork *network, MmlTensor *input, size_t offset, size_t n,
			   const float *x)
{
	const MmlScaling *s = &network->scaling;
	size_t		channels;
	size_t		points;

	if (input->type == MML_ELEMENT_F32 && s->channels == 1 && s->scale[0] == 1 && s->offset[0] == 0)
	{
		memcpy((float *) input->data + offset, x, n * sizeof(float));
		return;
	}
	measure(network, input, &channels, &points);
	for (size_t i = 0; i < n; i++)
	{
		size_t		c = channel_of(network, i, channels, points);

		put_number(input, offset + i, s->scale[c] * (double) x[i] + s->offset[c]);
	}
}

/*
 * Bytes that lie step apart as float32 that lie out_step apart.  Steps that
 * images have are constants, so that compilers make vectors.
 */
MML_CLONES
static void
scale_bytes(size_t n, const uint8_t *restrict x, size_t step, double scale, double shift,
			float *restrict out, size_t out_step)
{
	if (step == 1 && out_step == 1)
		for (size_t i = 0; i < n; i++)
			out[i] = (float) (scale * x[i] + shift);
	else if (step == 3 && out_step == 1)
		for (size_t i = 0; i < n; i++)
			out[i] = (float) (scale * x[3 * i] + shift);
	else
		for (size_t i = 0; i < n; i++)
			out[i * out_step] = (float) (scale * x[i * step] + shift);
}

/* Pixels, all channels of one side by side. */
void
mml_nn_feed_u8(const MmlNetwork *network, MmlTensor *input, size_t offset, size_t n,
			   const uint8_t *x)
{
	const MmlScaling *s = &network->scaling;
	bool		planes = network->layout == MML_LAYOUT_NCHW;
	size_t		channels;
	size_t		points;

	measure(network, input, &channels, &points);
	if (channels * points != n)
	{
		channels = 1;
		points = n;
	}
	for (size_t c = 0; c < channels; c++)
	{
		double		scale = s->scale[s->channels == 1 ? 0 : c];
		double		shift = s->offset[s->channels == 1 ? 0 : c];
		size_t		step = planes ? 1 : channels;
		size_t		first = offset + (planes ? c * points : c);

		if (input->type == MML_ELEMENT_F32 && fabs(scale) < 1e30 && fabs(shift) < 1e30)
			scale_bytes(points, x + c, channels, scale, shift, (float *) input->data + first, step);
		else
			for (size_t i = 0; i < points; i++)
				put_number(input, first + i * step, scale * x[i * channels + c] + shift);
	}
}

/* Number i of a tensor. */
double
mml_nn_number(const MmlTensor *tensor, size_t i)
{
	switch (tensor->type)
	{
		case MML_ELEMENT_F32:
			return (double) ((const float *) tensor->data)[i];
		case MML_ELEMENT_F64:
			return ((const double *) tensor->data)[i];
		case MML_ELEMENT_I64:
			return (double) ((const int64_t *) tensor->data)[i];
		case MML_ELEMENT_I32:
			return ((const int32_t *) tensor->data)[i];
		case MML_ELEMENT_I8:
			return ((const int8_t *) tensor->data)[i];
		case MML_ELEMENT_U8:
		case MML_ELEMENT_BOOL:
			return ((const uint8_t *) tensor->data)[i];
	}
	return NAN;
}

/* Numbers of a tensor as float4. */
void
mml_nn_read_f4(const MmlTensor *tensor, size_t offset, size_t n, float *out)
{
	MmlTensor	to = {.type = MML_ELEMENT_F32,.data = out};

	if (tensor->type == MML_ELEMENT_F32)
		memcpy(out, (const float *) tensor->data + offset, n * sizeof(float));
	else
		for (size_t i = 0; i < n; i++)
			put_number(&to, i, mml_nn_number(tensor, offset + i));
}

/*
 * Probabilities p (n, or 2 where n is 1) of the classes of a row.  Logits go
 * through Softmax, or a single one through the logistic function.
 */
void
mml_nn_proba(const MmlNetwork *network, const MmlTensor *output, size_t row, size_t n, double *p)
{
	double		most = -INFINITY;
	double		sum = 0;

	for (size_t i = 0; i < n; i++)
	{
		p[i] = mml_nn_number(output, row * n + i);
		if (network->scores == MML_SCORES_LOGARITHMS)
			p[i] = exp(p[i]);
		most = fmax(most, p[i]);
	}
	if (n == 1)
	{
		p[1] = network->scores == MML_SCORES_LOGITS ? 1 / (1 + exp(-p[0])) : p[0];
		p[0] = 1 - p[1];
	}
	else if (network->scores == MML_SCORES_LOGITS)
	{
		for (size_t i = 0; i < n; i++)
			sum += p[i] = exp(p[i] - most);
		for (size_t i = 0; i < n; i++)
			p[i] /= sum;
	}
}

/*-------------------------------------------------------------------------
 *
 * norm_rows.c
 *	  Normalisations of rows and neighbours: LayerNormalization,
 *	  LpNormalization, LRN.
 *
 *-------------------------------------------------------------------------
 */
#include <math.h>

#include "tensor/check.h"
#include "tensor/norm.h"
#include "tensor/operators.h"

/* Mean and variance of the dimensions from an axis on; scale and bias a number. */
static const char *
infer_layer(MmlCall *call)
{
	MmlNorm    *own = call->own;
	const MmlTensor *in;
	int64_t		dims[MML_RANK];
	int			axis = 0;

	MML_TRY(mml_tensor_check(call, "LayerNormalization", "axis:i epsilon:f stash_type:i", 2));
	MML_TRY(mml_tensor_check_type(call, "LayerNormalization", 0, MML_TYPES_FLOAT));
	in = call->in[0];
	MML_TRY(mml_tensor_axis(call, "LayerNormalization", mml_tensor_attribute_int(call, "axis", -1), in->rank, &axis));
	for (int i = 1; i < MML_MIN(call->inputs, 3); i++)
	{
		const MmlTensor *each = call->in[i];

		if (each == NULL)
			continue;
		MML_TRY(mml_tensor_check_same(call, "LayerNormalization", i, 0));
		if (each->rank != in->rank - axis ||
			memcmp(each->dims, in->dims + axis, (size_t) each->rank * sizeof(int64_t)) != 0)
			return mml_tensor_wrong(call, "input %d of LayerNormalization does not have the shape that is normalised.",
									i + 1);
	}
	if (mml_tensor_attribute_int(call, "stash_type", 1) != 1)
		return mml_tensor_wrong(call, "this stash_type of LayerNormalization is not supported.");
	own->outer = mml_tensor_span(in, 0, axis);
	own->n = mml_tensor_span(in, axis, in->rank);
	own->epsilon = (double) mml_tensor_attribute_float(call, "epsilon", 1e-5f);
	for (int i = 0; i < in->rank; i++)
		dims[i] = i < axis ? in->dims[i] : 1;
	for (int i = 1; i < 3; i++)
		MML_TRY(mml_tensor_give(call, "LayerNormalization", i, MML_ELEMENT_F32, in->rank, dims));
	return mml_tensor_give(call, "LayerNormalization", 0, in->type, in->rank, in->dims);
}

/* One row of it; bias may be NULL. */
#define LAYER_ROW(name, clones, type) \
clones static void \
name(size_t n, const type *x, type mean, type factor, const type *scale, const type *bias, type *y) \
{ \
	if (bias == NULL) \
	{ \
		_Pragma("omp simd") \
		for (size_t i = 0; i < n; i++) \
			y[i] = (x[i] - mean) * factor * scale[i]; \
		return; \
	} \
	_Pragma("omp simd") \
	for (size_t i = 0; i < n; i++) \
		y[i] = (x[i] - mean) * factor * scale[i] + bias[i]; \
}

LAYER_ROW(layer_row_f32, MML_CLONES, float)
LAYER_ROW(layer_row_f64,, double)

static void
run_layer(const MmlCall *call)
{
	const MmlNorm *own = call->own;
	const MmlTensor *bias = mml_tensor_in(call, 2);
	bool		single = call->in[0]->type == MML_ELEMENT_F32;
	size_t		unpolled = 0;

	for (size_t i = 0; call->in[0]->count > 0 && i < own->outer; i++)
	{
		size_t		at = i * own->n;
		double		mean;
		double		variance;
		double		factor;

		if (single)
			mml_tensor_moments_f32(own->n, (const float *) call->in[0]->data + at, &mean, &variance);
		else
			mml_tensor_moments_f64(own->n, (const double *) call->in[0]->data + at, &mean, &variance);
		factor = 1 / sqrt(variance + own->epsilon);
		if (mml_tensor_out(call, 1) != NULL)
			((float *) call->out[1]->data)[i] = (float) mean;
		if (mml_tensor_out(call, 2) != NULL)
			((float *) call->out[2]->data)[i] = (float) factor;
		if (mml_tensor_out(call, 0) == NULL)
			continue;
		if (single)
			layer_row_f32(own->n, (const float *) call->in[0]->data + at, (float) mean, (float) factor,
						  call->in[1]->data, bias == NULL ? NULL : bias->data, (float *) call->out[0]->data + at);
		else
			layer_row_f64(own->n, (const double *) call->in[0]->data + at, mean, factor,
						  call->in[1]->data, bias == NULL ? NULL : bias->data, (double *) call->out[0]->data + at);
		mml_tensor_norm_poll(&unpolled, own->n);
	}
}

/* Rows along an axis are divided by their length; one of length 0 stays. */
static const char *
infer_lp(MmlCall *call)
{
	MmlNorm    *own = call->own;
	const MmlTensor *in;
	int			axis = 0;

	MML_TRY(mml_tensor_check(call, "LpNormalization", "axis:i p:i", 1));
	MML_TRY(mml_tensor_check_type(call, "LpNormalization", 0, MML_TYPES_FLOAT));
	in = call->in[0];
	own->size = mml_tensor_attribute_int(call, "p", 2);
	if (own->size != 1 && own->size != 2)
		return mml_tensor_wrong(call, "p of LpNormalization is neither 1 nor 2.");
	MML_TRY(mml_tensor_axis(call, "LpNormalization", mml_tensor_attribute_int(call, "axis", -1), in->rank, &axis));
	own->outer = mml_tensor_span(in, 0, axis);
	own->n = (size_t) in->dims[axis];
	own->inner = mml_tensor_span(in, axis + 1, in->rank);
	return mml_tensor_give(call, "LpNormalization", 0, in->type, in->rank, in->dims);
}

#define LP_ROW(name, type) \
static void \
name(const MmlNorm *own, const type *x, type *y) \
{ \
	double		sum = 0; \
	\
	for (size_t i = 0; i < own->n; i++) \
	{ \
		double		number = (double) x[i * own->inner]; \
		\
		sum += own->size == 1 ? fabs(number) : number * number; \
	} \
	if (own->size == 2) \
		sum = sqrt(sum); \
	if (sum == 0) \
		sum = 1; \
	for (size_t i = 0; i < own->n; i++) \
		y[i * own->inner] = (type) ((double) x[i * own->inner] / sum); \
}

LP_ROW(lp_f32, float)
LP_ROW(lp_f64, double)

static void
run_lp(const MmlCall *call)
{
	const MmlNorm *own = call->own;
	size_t		unpolled = 0;

	if (mml_tensor_out(call, 0) == NULL || call->out[0]->count == 0)
		return;
	for (size_t i = 0; i < own->outer; i++)
		for (size_t j = 0; j < own->inner; j++)
		{
			size_t		at = i * own->n * own->inner + j;

			if (call->in[0]->type == MML_ELEMENT_F32)
				lp_f32(own, (const float *) call->in[0]->data + at, (float *) call->out[0]->data + at);
			else
				lp_f64(own, (const double *) call->in[0]->data + at, (double *) call->out[0]->data + at);
			mml_tensor_norm_poll(&unpolled, own->n);
		}
}

/* Local response: each number by the squares of channels beside its own. */
static const char *
infer_lrn(MmlCall *call)
{
	MmlNorm    *own = call->own;
	const MmlTensor *in;

	MML_TRY(mml_tensor_check(call, "LRN", "alpha:f beta:f bias:f size:i", 1));
	MML_TRY(mml_tensor_check_type(call, "LRN", 0, MML_TYPE(MML_ELEMENT_F32)));
	in = call->in[0];
	own->size = mml_tensor_attribute_int(call, "size", 0);
	if (in->rank < 2 || own->size < 1 || own->size > 65536)
		return mml_tensor_wrong(call, "the size of LRN is out of range: %lld.", (long long) own->size);
	own->alpha = (double) mml_tensor_attribute_float(call, "alpha", 1e-4f);
	own->beta = (double) mml_tensor_attribute_float(call, "beta", 0.75f);
	own->bias = (double) mml_tensor_attribute_float(call, "bias", 1);
	mml_tensor_split_planes(own, in);
	MML_TRY(mml_tensor_give(call, "LRN", 0, in->type, in->rank, in->dims));
	call->flops *= (double) own->size + 16;
	return NULL;
}

/* A piece of a plane, whose sums stay in the cache. */
#define PIECE 256

static void
lrn_piece(const MmlNorm *own, size_t channel, size_t points, const float *x, float *y)
{
	double		sums[PIECE] = {0};
	size_t		before = (size_t) ((own->size - 1) / 2);
	size_t		behind = (size_t) (own->size / 2);
	size_t		first = channel > before ? channel - before : 0;
	size_t		last = MML_MIN(channel + behind, own->channels - 1);

	for (size_t c = first; c <= last; c++)
		for (size_t i = 0; i < points; i++)
			sums[i] += (double) x[c * own->n + i] * (double) x[c * own->n + i];
	for (size_t i = 0; i < points; i++)
	{
		double		base = own->bias + own->alpha / (double) own->size * sums[i];

		y[channel * own->n + i] = (float) ((double) x[channel * own->n + i] / pow(base, own->beta));
	}
}

static void
run_lrn(const MmlCall *call)
{
	const MmlNorm *own = call->own;
	size_t		unpolled = 0;

	if (mml_tensor_out(call, 0) == NULL)
		return;
	for (size_t i = 0; i < own->outer; i++)
		for (size_t c = 0; c < own->channels; c++)
			for (size_t j = 0; j < own->n; j += PIECE)
			{
				size_t		at = i * own->channels * own->n + j;
				size_t		points = MML_MIN(PIECE, own->n - j);

				lrn_piece(own, c, points, (const float *) call->in[0]->data + at,
						  (float *) call->out[0]->data + at);
				mml_tensor_norm_poll(&unpolled, points * ((size_t) own->size + 16));
			}
}

#define ROW(name, since, least, most, outputs, infer, run) \
	{name, since, least, most, outputs, sizeof(MmlNorm), infer, NULL, run}

static const MmlOperator operators[] = {
	ROW("LayerNormalization", 17, 2, 3, 3, infer_layer, run_layer),
	ROW("LpNormalization", 1, 1, 1, 1, infer_lp, run_lp),
	ROW("LRN", 1, 1, 1, 1, infer_lrn, run_lrn)
};

const MmlOperators mml_tensor_row_norms = MML_OPERATORS(operators);

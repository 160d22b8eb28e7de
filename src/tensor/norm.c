/*-------------------------------------------------------------------------
 *
 * norm.c
 *	  Normalisations: BatchNormalization, InstanceNormalization,
 *	  LayerNormalization, LpNormalization, LRN.
 *
 * Means and variances are computed in double, the variance around the mean
 * that was found before.
 *
 *-------------------------------------------------------------------------
 */
#include <math.h>

#include "tensor/check.h"
#include "tensor/operators.h"

typedef struct Norm
{
	size_t		outer;			/* rows, or batch */
	size_t		channels;
	size_t		n;				/* numbers of a row, or of a plane */
	size_t		inner;			/* LpNormalization: steps between them */
	double		epsilon;
	double		alpha;			/* LRN */
	double		beta;
	double		bias;
	int64_t		size;			/* LRN; LpNormalization: p */
} Norm;

static void
poll(size_t *unpolled, size_t done)
{
	*unpolled += done;
	if (*unpolled > 1000000)
	{
		*unpolled = 0;
		MML_CHECK();
	}
}

/* Inputs from first to last hold a number a channel. */
static const char *
check_channels(MmlCall *call, const char *name, int first, int last)
{
	const MmlTensor *in = call->in[0];

	if (in->rank < 2)
		return mml_tensor_wrong(call, "%s of %d dimensions is not supported.", name, in->rank);
	for (int i = first; i <= last; i++)
	{
		MML_TRY(mml_tensor_check_same(call, name, i, 0));
		if (call->in[i]->rank != 1 || call->in[i]->dims[0] != in->dims[1])
			return mml_tensor_wrong(call, "input %d of %s is not one number a channel.", i + 1, name);
	}
	return NULL;
}

/* Shapes of tensors of (batch, channels, points). */
static void
split_planes(Norm *own, const MmlTensor *in)
{
	own->outer = (size_t) in->dims[0];
	own->channels = (size_t) in->dims[1];
	own->n = mml_tensor_span(in, 2, in->rank);
}

/* Inputs: x, scale, bias, mean, variance; as learned, not those of the batch. */
static const char *
infer_batch(MmlCall *call)
{
	Norm	   *own = call->own;
	const MmlTensor *in;

	MML_TRY(mml_tensor_check(call, "BatchNormalization", "epsilon:f momentum:f training_mode:i", 5));
	MML_TRY(mml_tensor_check_type(call, "BatchNormalization", 0, MML_TYPES_FLOAT));
	MML_TRY(check_channels(call, "BatchNormalization", 1, 4));
	in = call->in[0];
	if (mml_tensor_attribute_int(call, "training_mode", 0) != 0)
		return mml_tensor_wrong(call, "BatchNormalization in training is not supported.");
	for (int i = 1; i < call->outputs; i++)
		if (call->out[i] != NULL)
			return mml_tensor_wrong(call, "output %d of BatchNormalization is not supported.", i + 1);
	split_planes(own, in);
	own->epsilon = (double) mml_tensor_attribute_float(call, "epsilon", 1e-5f);
	call->scratch_bytes = 2 * own->channels * mml_tensor_element_size(in->type);
	return mml_tensor_give(call, "BatchNormalization", 0, in->type, in->rank, in->dims);
}

/* y = x a + b, with an a and a b for each row of n numbers. */
MML_CLONES
static void
scale_rows_f32(size_t rows, size_t n, const float *x, const float *a, const float *b, float *y)
{
	for (size_t i = 0; i < rows; i++)
	{
#pragma omp simd
		for (size_t j = 0; j < n; j++)
			y[i * n + j] = x[i * n + j] * a[i] + b[i];
	}
}

/* The same with an a and a b for each number of one row. */
MML_CLONES
static void
scale_each_f32(size_t n, const float *x, const float *a, const float *b, float *y)
{
#pragma omp simd
	for (size_t j = 0; j < n; j++)
		y[j] = x[j] * a[j] + b[j];
}

static void
scale_rows_f64(size_t rows, size_t n, const double *x, const double *a, const double *b, double *y)
{
	for (size_t i = 0; i < rows; i++)
		for (size_t j = 0; j < n; j++)
			y[i * n + j] = x[i * n + j] * a[i] + b[i];
}

static void
scale_each_f64(size_t n, const double *x, const double *a, const double *b, double *y)
{
	for (size_t j = 0; j < n; j++)
		y[j] = x[j] * a[j] + b[j];
}

#define BATCH(letter, type) \
static void \
batch_##letter(const MmlCall *call, const Norm *own) \
{ \
	const type *scale = call->in[1]->data; \
	const type *bias = call->in[2]->data; \
	const type *mean = call->in[3]->data; \
	const type *variance = call->in[4]->data; \
	type	   *a = call->scratch; \
	type	   *b = a + own->channels; \
	size_t		image = own->channels * own->n; \
	size_t		unpolled = 0; \
	\
	for (size_t c = 0; c < own->channels; c++) \
	{ \
		double		factor = (double) scale[c] / sqrt((double) variance[c] + own->epsilon); \
		\
		a[c] = (type) factor; \
		b[c] = (type) ((double) bias[c] - (double) mean[c] * factor); \
	} \
	for (size_t i = 0; i < own->outer; i++) \
	{ \
		const type *x = (const type *) call->in[0]->data + i * image; \
		type	   *y = (type *) call->out[0]->data + i * image; \
		\
		if (own->n == 1) \
			scale_each_##letter(own->channels, x, a, b, y); \
		else \
			scale_rows_##letter(own->channels, own->n, x, a, b, y); \
		poll(&unpolled, image); \
	} \
}

BATCH(f32, float)
BATCH(f64, double)

static void
run_batch(const MmlCall *call)
{
	const Norm *own = call->own;

	if (mml_tensor_out(call, 0) == NULL || call->out[0]->count == 0)
		return;
	if (call->in[0]->type == MML_ELEMENT_F32)
		batch_f32(call, own);
	else
		batch_f64(call, own);
}

/* Mean and variance of a row. */
MML_CLONES
static void
moments_f32(size_t n, const float *x, double *mean, double *variance)
{
	double		sum = 0;
	double		squares = 0;
	double		m;

#pragma omp simd reduction(+:sum)
	for (size_t i = 0; i < n; i++)
		sum += (double) x[i];
	m = sum / (double) n;
#pragma omp simd reduction(+:squares)
	for (size_t i = 0; i < n; i++)
		squares += ((double) x[i] - m) * ((double) x[i] - m);
	*mean = m;
	*variance = squares / (double) n;
}

/* The same in double. */
static void
moments_f64(size_t n, const double *x, double *mean, double *variance)
{
	double		sum = 0;
	double		squares = 0;

	for (size_t i = 0; i < n; i++)
		sum += x[i];
	*mean = sum / (double) n;
	for (size_t i = 0; i < n; i++)
		squares += (x[i] - *mean) * (x[i] - *mean);
	*variance = squares / (double) n;
}

/* Mean and variance of each plane; scale and bias of each channel. */
static const char *
infer_instance(MmlCall *call)
{
	Norm	   *own = call->own;
	const MmlTensor *in;

	MML_TRY(mml_tensor_check(call, "InstanceNormalization", "epsilon:f", 3));
	MML_TRY(mml_tensor_check_type(call, "InstanceNormalization", 0, MML_TYPES_FLOAT));
	MML_TRY(check_channels(call, "InstanceNormalization", 1, 2));
	in = call->in[0];
	split_planes(own, in);
	own->epsilon = (double) mml_tensor_attribute_float(call, "epsilon", 1e-5f);
	return mml_tensor_give(call, "InstanceNormalization", 0, in->type, in->rank, in->dims);
}

/* y = (x - mean) a + b: without the loss of bits of x a + (b - mean a). */
#define CENTER_ROW(name, clones, type) \
clones static void \
name(size_t n, const type *x, type mean, type a, type b, type *y) \
{ \
	_Pragma("omp simd") \
	for (size_t i = 0; i < n; i++) \
		y[i] = (x[i] - mean) * a + b; \
}

CENTER_ROW(center_row_f32, MML_CLONES, float)
CENTER_ROW(center_row_f64,, double)

#define INSTANCE(letter, type) \
static void \
instance_##letter(const MmlCall *call, const Norm *own) \
{ \
	const type *scale = call->in[1]->data; \
	const type *bias = call->in[2]->data; \
	size_t		unpolled = 0; \
	\
	for (size_t i = 0; i < own->outer * own->channels; i++) \
	{ \
		const type *x = (const type *) call->in[0]->data + i * own->n; \
		double		mean; \
		double		variance; \
		double		factor; \
		\
		moments_##letter(own->n, x, &mean, &variance); \
		factor = (double) scale[i % own->channels] / sqrt(variance + own->epsilon); \
		center_row_##letter(own->n, x, (type) mean, (type) factor, bias[i % own->channels], \
							(type *) call->out[0]->data + i * own->n); \
		poll(&unpolled, own->n); \
	} \
}

INSTANCE(f32, float)
INSTANCE(f64, double)

static void
run_instance(const MmlCall *call)
{
	const Norm *own = call->own;

	if (mml_tensor_out(call, 0) == NULL || call->out[0]->count == 0)
		return;
	if (call->in[0]->type == MML_ELEMENT_F32)
		instance_f32(call, own);
	else
		instance_f64(call, own);
}

/* Mean and variance of the dimensions from an axis on; scale and bias a number. */
static const char *
infer_layer(MmlCall *call)
{
	Norm	   *own = call->own;
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
	const Norm *own = call->own;
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
			moments_f32(own->n, (const float *) call->in[0]->data + at, &mean, &variance);
		else
			moments_f64(own->n, (const double *) call->in[0]->data + at, &mean, &variance);
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
		poll(&unpolled, own->n);
	}
}

/* Rows along an axis are divided by their length; one of length 0 stays. */
static const char *
infer_lp(MmlCall *call)
{
	Norm	   *own = call->own;
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
name(const Norm *own, const type *x, type *y) \
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
	const Norm *own = call->own;
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
			poll(&unpolled, own->n);
		}
}

/* Local response: each number by the squares of channels beside its own. */
static const char *
infer_lrn(MmlCall *call)
{
	Norm	   *own = call->own;
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
	split_planes(own, in);
	MML_TRY(mml_tensor_give(call, "LRN", 0, in->type, in->rank, in->dims));
	call->flops *= (double) own->size + 16;
	return NULL;
}

/* A piece of a plane, whose sums stay in the cache. */
#define PIECE 256

static void
lrn_piece(const Norm *own, size_t channel, size_t points, const float *x, float *y)
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
	const Norm *own = call->own;
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
				poll(&unpolled, points * ((size_t) own->size + 16));
			}
}

#define ROW(name, since, least, most, outputs, infer, run) \
	{name, since, least, most, outputs, sizeof(Norm), infer, NULL, run}

static const MmlOperator operators[] = {
	ROW("BatchNormalization", 1, 5, 5, 5, infer_batch, run_batch),
	ROW("InstanceNormalization", 1, 3, 3, 1, infer_instance, run_instance),
	ROW("LayerNormalization", 17, 2, 3, 3, infer_layer, run_layer),
	ROW("LpNormalization", 1, 1, 1, 1, infer_lp, run_lp),
	ROW("LRN", 1, 1, 1, 1, infer_lrn, run_lrn)
};

const MmlOperators mml_tensor_norms = MML_OPERATORS(operators);

/*-------------------------------------------------------------------------
 *
 * norm.c
 *	  Normalisations with a scale a channel: BatchNormalization,
 *	  InstanceNormalization, GroupNormalization.
 *
 * Means and variances are computed in double, the variance around the mean
 * that was found before.
 *
 *-------------------------------------------------------------------------
 */
#include <math.h>

#include "tensor/check.h"
#include "tensor/norm.h"
#include "tensor/operators.h"

void
mml_tensor_norm_poll(size_t *unpolled, size_t done)
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
void
mml_tensor_split_planes(MmlNorm *own, const MmlTensor *in)
{
	own->outer = (size_t) in->dims[0];
	own->channels = (size_t) in->dims[1];
	own->n = mml_tensor_span(in, 2, in->rank);
}

/* Inputs: x, scale, bias, mean, variance; as learned, not those of the batch. */
static const char *
infer_batch(MmlCall *call)
{
	MmlNorm    *own = call->own;
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
	mml_tensor_split_planes(own, in);
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
batch_##letter(const MmlCall *call, const MmlNorm *own) \
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
		mml_tensor_norm_poll(&unpolled, image); \
	} \
}

BATCH(f32, float)
BATCH(f64, double)

static void
run_batch(const MmlCall *call)
{
	const MmlNorm *own = call->own;

	if (mml_tensor_out(call, 0) == NULL || call->out[0]->count == 0)
		return;
	if (call->in[0]->type == MML_ELEMENT_F32)
		batch_f32(call, own);
	else
		batch_f64(call, own);
}

/* Mean and variance of a row. */
MML_CLONES
void
mml_tensor_moments_f32(size_t n, const float *x, double *mean, double *variance)
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
void
mml_tensor_moments_f64(size_t n, const double *x, double *mean, double *variance)
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
	MmlNorm    *own = call->own;
	const MmlTensor *in;

	MML_TRY(mml_tensor_check(call, "InstanceNormalization", "epsilon:f", 3));
	MML_TRY(mml_tensor_check_type(call, "InstanceNormalization", 0, MML_TYPES_FLOAT));
	MML_TRY(check_channels(call, "InstanceNormalization", 1, 2));
	in = call->in[0];
	mml_tensor_split_planes(own, in);
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
instance_##letter(const MmlCall *call, const MmlNorm *own) \
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
		mml_tensor_moments_##letter(own->n, x, &mean, &variance); \
		factor = (double) scale[i % own->channels] / sqrt(variance + own->epsilon); \
		center_row_##letter(own->n, x, (type) mean, (type) factor, bias[i % own->channels], \
							(type *) call->out[0]->data + i * own->n); \
		mml_tensor_norm_poll(&unpolled, own->n); \
	} \
}

INSTANCE(f32, float)
INSTANCE(f64, double)

static void
run_instance(const MmlCall *call)
{
	const MmlNorm *own = call->own;

	if (mml_tensor_out(call, 0) == NULL || call->out[0]->count == 0)
		return;
	if (call->in[0]->type == MML_ELEMENT_F32)
		instance_f32(call, own);
	else
		instance_f64(call, own);
}

/*
 * Mean and variance of the planes of each group of channels; scale and bias of
 * each channel, or, as "per_group" says and opset 18 had it, of each group.
 */
static const char *
infer_group(MmlCall *call)
{
	MmlNorm    *own = call->own;
	const MmlTensor *in;
	bool		per_group = mml_tensor_attribute_int(call, "per_group", 0) != 0;

	MML_TRY(mml_tensor_check(call, "GroupNormalization", "epsilon:f num_groups:i per_group:i stash_type:i", 3));
	MML_TRY(mml_tensor_check_type(call, "GroupNormalization", 0, MML_TYPES_FLOAT));
	in = call->in[0];
	own->size = mml_tensor_attribute_int(call, "num_groups", 0);
	if (in->rank < 2 || own->size < 1 || in->dims[1] % own->size != 0)
		return mml_tensor_wrong(call, "the channels of GroupNormalization are not %lld groups.", (long long) own->size);
	if (mml_tensor_attribute_int(call, "stash_type", 1) != 1)
		return mml_tensor_wrong(call, "this stash_type of GroupNormalization is not supported.");
	for (int i = 1; i < 3; i++)
	{
		MML_TRY(mml_tensor_check_same(call, "GroupNormalization", i, 0));
		if (call->in[i]->rank != 1 || call->in[i]->dims[0] != (per_group ? own->size : in->dims[1]))
			return mml_tensor_wrong(call, "input %d of GroupNormalization is not one number a %s.", i + 1,
									per_group ? "group" : "channel");
	}
	mml_tensor_split_planes(own, in);
	own->inner = per_group ? own->channels / (size_t) own->size : 1;
	own->epsilon = (double) mml_tensor_attribute_float(call, "epsilon", 1e-5f);
	return mml_tensor_give(call, "GroupNormalization", 0, in->type, in->rank, in->dims);
}

#define GROUP(letter, type) \
static void \
group_##letter(const MmlCall *call, const MmlNorm *own) \
{ \
	const type *scale = call->in[1]->data; \
	const type *bias = call->in[2]->data; \
	size_t		together = own->channels / (size_t) own->size; \
	size_t		unpolled = 0; \
	\
	for (size_t i = 0; i < own->outer * (size_t) own->size; i++) \
	{ \
		const type *x = (const type *) call->in[0]->data + i * together * own->n; \
		type	   *y = (type *) call->out[0]->data + i * together * own->n; \
		double		mean; \
		double		variance; \
		\
		mml_tensor_moments_##letter(together * own->n, x, &mean, &variance); \
		for (size_t j = 0; j < together; j++) \
		{ \
			size_t		c = (i % (size_t) own->size * together + j) / own->inner; \
			\
			center_row_##letter(own->n, x + j * own->n, (type) mean, \
								(type) ((double) scale[c] / sqrt(variance + own->epsilon)), bias[c], y + j * own->n); \
		} \
		mml_tensor_norm_poll(&unpolled, together * own->n); \
	} \
}

GROUP(f32, float)
GROUP(f64, double)

static void
run_group(const MmlCall *call)
{
	const MmlNorm *own = call->own;

	if (mml_tensor_out(call, 0) == NULL || call->out[0]->count == 0)
		return;
	if (call->in[0]->type == MML_ELEMENT_F32)
		group_f32(call, own);
	else
		group_f64(call, own);
}

#define ROW(name, since, least, most, outputs, infer, run) \
	{name, since, least, most, outputs, sizeof(MmlNorm), infer, NULL, run}

static const MmlOperator operators[] = {
	ROW("BatchNormalization", 1, 5, 5, 5, infer_batch, run_batch),
	ROW("InstanceNormalization", 1, 3, 3, 1, infer_instance, run_instance),
	ROW("GroupNormalization", 18, 3, 3, 1, infer_group, run_group)
};

const MmlOperators mml_tensor_norms = MML_OPERATORS(operators);

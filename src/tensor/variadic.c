/*-------------------------------------------------------------------------
 *
 * variadic.c
 *	  Sum, Mean, Max and Min of any number of tensors, with broadcasting; and
 *	  Clip.
 *
 *-------------------------------------------------------------------------
 */
#include "tensor/binary.h"
#include "tensor/check.h"
#include "tensor/operators.h"

/* A NaN among the operands is the result. */
#define LARGER(x, y) (x > y || x != x ? x : y)
#define SMALLER(x, y) (x < y || x != x ? x : y)

#define EXTREMES(type, letter, clones) \
MML_BINARY(max_##letter, clones, type, type, type, LARGER(x, y)) \
MML_BINARY(min_##letter, clones, type, type, type, SMALLER(x, y))

EXTREMES(float, f32, MML_CLONES)
EXTREMES(double, f64,)
EXTREMES(int32_t, i32,)
EXTREMES(int64_t, i64,)
EXTREMES(int8_t, i8,)
EXTREMES(uint8_t, u8,)
MML_BINARY(sum_f32, MML_CLONES, float, float, float, x + y)
MML_BINARY(sum_f64,, double, double, double, x + y)

static const MmlBinaryLoop max_loops[MML_TYPE_LIMIT] = {MML_BINARY_NUMBERS(max)};
static const MmlBinaryLoop min_loops[MML_TYPE_LIMIT] = {MML_BINARY_NUMBERS(min)};
static const MmlBinaryLoop sum_loops[MML_TYPE_LIMIT] = {
	[MML_ELEMENT_F32] = sum_f32,[MML_ELEMENT_F64] = sum_f64
};

static const char *
infer(MmlCall *call, const char *name, const MmlBinaryLoop *loops)
{
	MmlBinaryLoop *own = call->own;
	int			rank;
	int64_t		dims[MML_RANK];

	if (call->inputs < 1)
		return mml_tensor_wrong(call, "%s has no input.", name);
	MML_TRY(mml_tensor_check(call, name, "", call->inputs));
	for (int i = 1; i < call->inputs; i++)
		MML_TRY(mml_tensor_check_same(call, name, i, 0));
	*own = loops[call->in[0]->type];
	if (*own == NULL)
		return mml_tensor_check_type(call, name, 0, 0);
	if (!mml_tensor_broadcast_shape(call->inputs, call->in, &rank, dims))
		return mml_tensor_wrong(call, "shapes of %s do not fit together.", name);
	MML_TRY(mml_tensor_give(call, name, 0, call->in[0]->type, rank, dims));
	call->flops *= call->inputs;
	return NULL;
}

static const char *
infer_sum(MmlCall *call)
{
	return infer(call, "Sum", sum_loops);
}

static const char *
infer_mean(MmlCall *call)
{
	return infer(call, "Mean", sum_loops);
}

static const char *
infer_max(MmlCall *call)
{
	return infer(call, "Max", max_loops);
}

static const char *
infer_min(MmlCall *call)
{
	return infer(call, "Min", min_loops);
}

/* The first two into the output, then each further one into it. */
static void
run(const MmlCall *call)
{
	const MmlBinaryLoop *own = call->own;
	MmlTensor  *out = mml_tensor_out(call, 0);
	const MmlTensor *pair[2];
	MmlBroadcast plan;

	if (out == NULL)
		return;
	if (call->inputs == 1)
		mml_tensor_copy(out->data, call->in[0]->data, out->count * mml_tensor_element_size(out->type));
	pair[0] = call->in[0];
	for (int i = 1; i < call->inputs; i++)
	{
		pair[1] = call->in[i];
		mml_tensor_broadcast_plan(2, pair, out->rank, out->dims, &plan);
		mml_tensor_binary_rows(&plan, *own, pair[0], pair[1], out);
		pair[0] = out;
	}
}

/* The sum divided by the number of tensors. */
static void
run_mean(const MmlCall *call)
{
	MmlTensor  *out = mml_tensor_out(call, 0);

	run(call);
	for (size_t i = 0; out != NULL && i < out->count; i++)
		if (out->type == MML_ELEMENT_F32)
			((float *) out->data)[i] /= (float) call->inputs;
		else
			((double *) out->data)[i] /= (double) call->inputs;
}

/* Numbers between two limits, of which either may be left out. */
static const char *
infer_clip(MmlCall *call)
{
	MML_TRY(mml_tensor_check(call, "Clip", "", 1));
	MML_TRY(mml_tensor_check_type(call, "Clip", 0, MML_TYPES_NUMBER));
	for (int i = 1; i < call->inputs; i++)
	{
		MML_TRY(mml_tensor_check_same(call, "Clip", i, 0));
		if (call->in[i] != NULL && call->in[i]->count != 1)
			return mml_tensor_wrong(call, "a limit of Clip is not one number.");
	}
	return mml_tensor_give(call, "Clip", 0, call->in[0]->type, call->in[0]->rank, call->in[0]->dims);
}

/* NaN stays; where limits cross, all is the upper one. */
#define CLIP(name, clones, type) \
clones static void \
name(size_t n, const void *x_, const void *least, const void *most, void *out_) \
{ \
	const type *x = x_; \
	type	   *out = out_; \
	\
	if (least != NULL) \
	{ \
		type		limit = *(const type *) least; \
		\
		_Pragma("omp simd") \
		for (size_t i = 0; i < n; i++) \
			out[i] = x[i] < limit ? limit : x[i]; \
		x = out; \
	} \
	if (most != NULL) \
	{ \
		type		limit = *(const type *) most; \
		\
		_Pragma("omp simd") \
		for (size_t i = 0; i < n; i++) \
			out[i] = x[i] > limit ? limit : x[i]; \
		x = out; \
	} \
	mml_tensor_copy(out, x, n * sizeof(type)); \
}

CLIP(clip_f32, MML_CLONES, float)
CLIP(clip_f64,, double)
CLIP(clip_i32,, int32_t)
CLIP(clip_i64,, int64_t)
CLIP(clip_i8,, int8_t)
CLIP(clip_u8,, uint8_t)

/* In stretches, that are still in the cache when the second limit comes. */
static void
run_clip(const MmlCall *call)
{
	static void (*const loops[MML_TYPE_LIMIT]) (size_t, const void *, const void *, const void *, void *) =
	{
		MML_BINARY_NUMBERS(clip)
	};
	const MmlTensor *in = call->in[0];
	const MmlTensor *least = mml_tensor_in(call, 1);
	const MmlTensor *most = mml_tensor_in(call, 2);
	size_t		size = mml_tensor_element_size(in->type);
	const size_t stretch = 4096;

	for (size_t i = 0; mml_tensor_out(call, 0) != NULL && i < in->count; i += stretch)
	{
		loops[in->type] (MML_MIN(stretch, in->count - i), (const char *) in->data + i * size,
						 least == NULL ? NULL : least->data, most == NULL ? NULL : most->data,
						 (char *) call->out[0]->data + i * size);
		if ((i & 0xfffff) == 0xff000)
			MML_CHECK();
	}
}

#define ROW(name, since, infer, run) {name, since, 1, INT32_MAX, 1, sizeof(MmlBinaryLoop), infer, NULL, run}

static const MmlOperator operators[] = {
	ROW("Sum", 1, infer_sum, run),
	ROW("Mean", 1, infer_mean, run_mean),
	ROW("Max", 1, infer_max, run),
	ROW("Min", 1, infer_min, run),
	{"Clip", 1, 1, 3, 1, 0, infer_clip, NULL, run_clip}
};

const MmlOperators mml_tensor_variadic = MML_OPERATORS(operators);

/*-------------------------------------------------------------------------
 *
 * quantize.c
 *	  Floats as bytes and back: QuantizeLinear, DequantizeLinear,
 *	  DynamicQuantizeLinear.
 *
 * A byte q stands for (q - zero) scale; scale and zero are one number, or one
 * an index of an axis.
 *
 *-------------------------------------------------------------------------
 */
#include "tensor/check.h"
#include "tensor/number.h"
#include "tensor/operators.h"
#include "tensor/quantize.h"

/* The tensor as (outer, n, inner): n scales. */
typedef struct Quantize
{
	size_t		outer;
	size_t		n;
	size_t		inner;
} Quantize;

int32_t
mml_tensor_zero(const MmlTensor *zero, size_t i)
{
	if (zero == NULL)
		return 0;
	return (int32_t) mml_tensor_integer_at(zero, zero->count == 1 ? 0 : i);
}

/* Inputs: x, scale, zero. */
static const char *
check(MmlCall *call, const char *name, uint32_t types, uint32_t zero_types)
{
	Quantize   *own = call->own;
	const MmlTensor *in;
	const MmlTensor *zero;

	MML_TRY(mml_tensor_check(call, name, "axis:i block_size:i output_dtype:i saturate:i", 2));
	if (mml_tensor_attribute_int(call, "block_size", 0) != 0)
		return mml_tensor_wrong(call, "%s by blocks is not supported.", name);
	MML_TRY(mml_tensor_check_type(call, name, 0, types));
	MML_TRY(mml_tensor_check_type(call, name, 1, MML_TYPE(MML_ELEMENT_F32)));
	MML_TRY(mml_tensor_check_type(call, name, 2, zero_types));
	in = call->in[0];
	zero = mml_tensor_in(call, 2);
	if (zero != NULL && (zero->rank != call->in[1]->rank || zero->count != call->in[1]->count))
		return mml_tensor_wrong(call, "scale and zero of %s differ in shape.", name);
	*own = (Quantize)
	{
		1, 1, in->count
	};
	if (call->in[1]->count == 1)
		return NULL;
	if (call->in[1]->rank == 1)
	{
		int			axis = 0;

		MML_TRY(mml_tensor_axis(call, name, mml_tensor_attribute_int(call, "axis", 1), in->rank, &axis));
		own->outer = mml_tensor_span(in, 0, axis);
		own->n = (size_t) in->dims[axis];
		own->inner = mml_tensor_span(in, axis + 1, in->rank);
	}
	if (call->in[1]->rank != 1 || call->in[1]->count != own->n)
		return mml_tensor_wrong(call, "the scale of %s does not fit its input.", name);
	return NULL;
}

static const char *
infer_quantize(MmlCall *call)
{
	const MmlTensor *zero = mml_tensor_in(call, 2);

	int64_t		type = mml_tensor_attribute_int(call, "output_dtype", 0);

	MML_TRY(check(call, "QuantizeLinear", MML_TYPE(MML_ELEMENT_F32) | MML_TYPE(MML_ELEMENT_I32), MML_TYPES_BYTE));
	if (type == 0)
		type = zero == NULL ? MML_ELEMENT_U8 : zero->type;
	if ((type != MML_ELEMENT_U8 && type != MML_ELEMENT_I8) || (zero != NULL && (int64_t) zero->type != type))
		return mml_tensor_wrong(call, "QuantizeLinear to type %lld is not supported.", (long long) type);
	return mml_tensor_give(call, "QuantizeLinear", 0, (MmlElement) type, call->in[0]->rank, call->in[0]->dims);
}

/* n numbers as bytes. */
MML_CLONES
void
mml_tensor_quantize(size_t n, const float *x, float scale, int32_t zero, bool is_signed, uint8_t *y)
{
	float		least = (float) ((is_signed ? -128 : 0) - zero);
	float		most = (float) ((is_signed ? 127 : 255) - zero);

	for (size_t i = 0; i < n; i++)
	{
		float		q = rintf(x[i] / scale);

		q = q >= least ? q : least;
		q = q <= most ? q : most;
		y[i] = (uint8_t) ((int32_t) q + zero);
	}
}

/* A piece of integers as floats. */
static void
quantize_integers(size_t n, const int32_t *x, float scale, int32_t zero, bool is_signed, uint8_t *y)
{
	float		piece[256];

	for (size_t i = 0; i < n; i += 256)
	{
		size_t		m = MML_MIN(256, n - i);

		for (size_t j = 0; j < m; j++)
			piece[j] = (float) x[i + j];
		mml_tensor_quantize(m, piece, scale, zero, is_signed, y + i);
	}
}

static void
run_quantize(const MmlCall *call)
{
	const Quantize *own = call->own;
	MmlTensor  *out = mml_tensor_out(call, 0);

	for (size_t i = 0; out != NULL && out->count > 0 && i < own->outer * own->n; i++)
	{
		size_t		at = i * own->inner;
		float		scale = ((const float *) call->in[1]->data)[i % own->n];
		int32_t		zero = mml_tensor_zero(mml_tensor_in(call, 2), i % own->n);
		bool		is_signed = out->type == MML_ELEMENT_I8;

		if (call->in[0]->type == MML_ELEMENT_F32)
			mml_tensor_quantize(own->inner, (const float *) call->in[0]->data + at, scale, zero, is_signed,
								(uint8_t *) out->data + at);
		else
			quantize_integers(own->inner, (const int32_t *) call->in[0]->data + at, scale, zero, is_signed,
							  (uint8_t *) out->data + at);
		if (own->inner > 65536 || (i & 1023) == 1023)
			MML_CHECK();
	}
}

static const char *
infer_dequantize(MmlCall *call)
{
	uint32_t	types = MML_TYPES_BYTE | MML_TYPE(MML_ELEMENT_I32);

	MML_TRY(check(call, "DequantizeLinear", types, types));
	MML_TRY(mml_tensor_check_same(call, "DequantizeLinear", 2, 0));
	if (mml_tensor_attribute_int(call, "output_dtype", 0) > MML_ELEMENT_F32)
		return mml_tensor_wrong(call, "this output_dtype of DequantizeLinear is not supported.");
	return mml_tensor_give(call, "DequantizeLinear", 0, MML_ELEMENT_F32, call->in[0]->rank, call->in[0]->dims);
}

#define DEQUANTIZE(name, type, wide) \
static void \
name(size_t n, const void *x_, float scale, int32_t zero, float *y) \
{ \
	const type *x = x_; \
	\
	for (size_t i = 0; i < n; i++) \
		y[i] = (float) ((wide) x[i] - zero) * scale; \
}

DEQUANTIZE(dequantize_u8, uint8_t, int32_t)
DEQUANTIZE(dequantize_i8, int8_t, int32_t)
DEQUANTIZE(dequantize_i32, int32_t, int64_t)

static void
run_dequantize(const MmlCall *call)
{
	const Quantize *own = call->own;
	const MmlTensor *in = call->in[0];
	MmlTensor  *out = mml_tensor_out(call, 0);
	size_t		size = mml_tensor_element_size(in->type);

	for (size_t i = 0; out != NULL && out->count > 0 && i < own->outer * own->n; i++)
	{
		size_t		at = i * own->inner;

		(in->type == MML_ELEMENT_U8 ? dequantize_u8 : in->type == MML_ELEMENT_I8 ? dequantize_i8 : dequantize_i32)
			(own->inner, (const char *) in->data + at * size, ((const float *) call->in[1]->data)[i % own->n],
			 mml_tensor_zero(mml_tensor_in(call, 2), i % own->n), (float *) out->data + at);
		if (own->inner > 65536 || (i & 1023) == 1023)
			MML_CHECK();
	}
}

/* Bytes, whose scale and zero follow from the smallest and largest number. */
static const char *
infer_dynamic(MmlCall *call)
{
	MML_TRY(mml_tensor_check(call, "DynamicQuantizeLinear", "", 1));
	MML_TRY(mml_tensor_check_type(call, "DynamicQuantizeLinear", 0, MML_TYPE(MML_ELEMENT_F32)));
	MML_TRY(mml_tensor_give(call, "DynamicQuantizeLinear", 1, MML_ELEMENT_F32, 0, NULL));
	MML_TRY(mml_tensor_give(call, "DynamicQuantizeLinear", 2, MML_ELEMENT_U8, 0, NULL));
	return mml_tensor_give(call, "DynamicQuantizeLinear", 0, MML_ELEMENT_U8, call->in[0]->rank, call->in[0]->dims);
}

static void
run_dynamic(const MmlCall *call)
{
	const float *x = call->in[0]->data;
	float		least = 0;
	float		most = 0;
	float		scale;
	int32_t		zero;

	for (size_t i = 0; i < call->in[0]->count; i++)
	{
		least = x[i] < least ? x[i] : least;
		most = x[i] > most ? x[i] : most;
	}
	scale = (most - least) / 255;
	if (!(scale > 0))
		scale = 1;
	zero = (int32_t) mml_number_integer((double) rintf(-least / scale), 0, 255);
	if (mml_tensor_out(call, 0) != NULL)
		mml_tensor_quantize(call->in[0]->count, x, scale, zero, false, call->out[0]->data);
	if (mml_tensor_out(call, 1) != NULL)
		*(float *) call->out[1]->data = scale;
	if (mml_tensor_out(call, 2) != NULL)
		*(uint8_t *) call->out[2]->data = (uint8_t) zero;
}

static const MmlOperator operators[] = {
	{"QuantizeLinear", 10, 2, 3, 1, sizeof(Quantize), infer_quantize, NULL, run_quantize},
	{"DequantizeLinear", 10, 2, 3, 1, sizeof(Quantize), infer_dequantize, NULL, run_dequantize},
	{"DynamicQuantizeLinear", 11, 1, 1, 3, 0, infer_dynamic, NULL, run_dynamic}
};

const MmlOperators mml_tensor_quantizers = MML_OPERATORS(operators);

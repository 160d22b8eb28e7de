/*-------------------------------------------------------------------------
 *
 * makers.c
 *	  Operators that make numbers from little: Constant, ConstantOfShape,
 *	  Shape, Size, Range, EyeLike, OneHot, Trilu.
 *
 *-------------------------------------------------------------------------
 */
#include <math.h>

#include "tensor/check.h"
#include "tensor/number.h"
#include "tensor/operators.h"

/* A constant has exactly one attribute, of the type that its name says. */
static const char *
infer_constant(MmlCall *call)
{
	const MmlAttribute *value;
	int64_t		dim;

	MML_TRY(mml_tensor_check(call, "Constant", "value:t value_float:f value_floats:F value_int:i value_ints:I", 0));
	if (call->attributes != 1)
		return mml_tensor_wrong(call, "Constant has %d attributes in place of one value.", call->attributes);
	value = &call->attribute[0];
	dim = (int64_t) value->count;
	switch (value->type)
	{
		case MML_ATTRIBUTE_TENSOR:
			return mml_tensor_give(call, "Constant", 0, value->tensor.type, value->tensor.rank, value->tensor.dims);
		case MML_ATTRIBUTE_FLOAT:
			return mml_tensor_give(call, "Constant", 0, MML_ELEMENT_F32, 0, NULL);
		case MML_ATTRIBUTE_FLOATS:
			return mml_tensor_give(call, "Constant", 0, MML_ELEMENT_F32, 1, &dim);
		case MML_ATTRIBUTE_INT:
			return mml_tensor_give(call, "Constant", 0, MML_ELEMENT_I64, 0, NULL);
		case MML_ATTRIBUTE_INTS:
			return mml_tensor_give(call, "Constant", 0, MML_ELEMENT_I64, 1, &dim);
		case MML_ATTRIBUTE_TEXT:
		case MML_ATTRIBUTE_TEXTS:
			break;
	}
	return mml_tensor_wrong(call, "a text as the value of Constant is not supported.");
}

static void
run_constant(const MmlCall *call)
{
	const MmlAttribute *value = &call->attribute[0];
	MmlTensor  *out = mml_tensor_out(call, 0);
	const void *from = value->type == MML_ATTRIBUTE_TENSOR ? value->tensor.data
		: value->type == MML_ATTRIBUTE_FLOAT ? (const void *) &value->f
		: value->type == MML_ATTRIBUTE_FLOATS ? (const void *) value->floats
		: value->type == MML_ATTRIBUTE_INT ? (const void *) &value->i
		: (const void *) value->ints;

	if (out != NULL)
		mml_tensor_copy(out->data, from, out->count * mml_tensor_element_size(out->type));
}

/* The shape is an input; the value an attribute, 0 of float32 if none. */
static const char *
infer_constant_of_shape(MmlCall *call)
{
	const MmlAttribute *value;
	int64_t		dims[MML_RANK];
	int			rank = 0;

	MML_TRY(mml_tensor_check(call, "ConstantOfShape", "value:t", 1));
	MML_TRY(mml_tensor_ints(call, "ConstantOfShape", 0, MML_RANK, dims, &rank));
	value = mml_tensor_attribute(call, "value");
	if (value != NULL && value->tensor.count != 1)
		return mml_tensor_wrong(call, "the value of ConstantOfShape is not one number.");
	return mml_tensor_give(call, "ConstantOfShape", 0, value == NULL ? MML_ELEMENT_F32 : value->tensor.type,
						   rank, dims);
}

static void
run_constant_of_shape(const MmlCall *call)
{
	const MmlAttribute *value = mml_tensor_attribute(call, "value");
	MmlTensor  *out = mml_tensor_out(call, 0);
	size_t		size;

	if (out == NULL || out->count == 0)
		return;
	size = mml_tensor_element_size(out->type);
	if (value == NULL)
		memset(out->data, 0, out->count * size);
	else
		mml_tensor_fill(out->count, size, value->tensor.data, out->data);
}

/* The dimensions from start to end, as numbers. */
static const char *
infer_shape(MmlCall *call)
{
	int64_t    *own = call->own;
	int64_t		rank;
	int64_t		start;
	int64_t		end;
	int64_t		dim;

	MML_TRY(mml_tensor_check(call, "Shape", "start:i end:i", 1));
	rank = call->in[0]->rank;
	start = mml_tensor_attribute_int(call, "start", 0);
	end = mml_tensor_attribute_int(call, "end", rank);
	start = MML_MAX(MML_MIN(start < 0 ? start + rank : start, rank), 0);
	end = MML_MAX(MML_MIN(end < 0 ? end + rank : end, rank), 0);
	dim = MML_MAX(end - start, 0);
	*own = start;
	return mml_tensor_give(call, "Shape", 0, MML_ELEMENT_I64, 1, &dim);
}

static void
run_shape(const MmlCall *call)
{
	const int64_t *own = call->own;

	if (mml_tensor_out(call, 0) != NULL)
		mml_tensor_copy(call->out[0]->data, call->in[0]->dims + *own, call->out[0]->count * sizeof(int64_t));
}

static const char *
infer_size(MmlCall *call)
{
	MML_TRY(mml_tensor_check(call, "Size", "", 1));
	return mml_tensor_give(call, "Size", 0, MML_ELEMENT_I64, 0, NULL);
}

static void
run_size(const MmlCall *call)
{
	if (mml_tensor_out(call, 0) != NULL)
		*(int64_t *) call->out[0]->data = (int64_t) call->in[0]->count;
}

/* Start, limit and step make the shape. */
static const char *
infer_range(MmlCall *call)
{
	double		x[3];
	double		count;
	int64_t		dim;

	MML_TRY(mml_tensor_check(call, "Range", "", 3));
	MML_TRY(mml_tensor_check_type(call, "Range", 0, MML_TYPES_FLOAT | MML_TYPES_INDEX));
	for (int i = 0; i < 3; i++)
	{
		MML_TRY(mml_tensor_check_same(call, "Range", i, 0));
		MML_TRY(mml_tensor_number(call, "Range", i, &x[i]));
	}
	count = ceil((x[1] - x[0]) / x[2]);
	if (!(fabs(count) < 0x1p40) || x[2] == 0)
		return mml_tensor_wrong(call, "Range has a step of 0, or too many numbers.");
	if ((MML_TYPE(call->in[0]->type) & MML_TYPES_INDEX) != 0 &&
		!(fabs(x[0]) < 0x1p53 && fabs(x[1]) < 0x1p53 && fabs(x[2]) < 0x1p53))
		return mml_tensor_wrong(call, "numbers of Range are too large.");
	dim = (int64_t) MML_MAX(count, 0);
	return mml_tensor_give(call, "Range", 0, call->in[0]->type, 1, &dim);
}

#define RANGE(type, wide) \
	for (size_t i = 0; i < out->count; i++) \
		((type *) out->data)[i] = (type) ((wide) *(const type *) call->in[0]->data + \
										  (wide) i * (wide) *(const type *) call->in[2]->data)

static void
run_range(const MmlCall *call)
{
	MmlTensor  *out = mml_tensor_out(call, 0);

	if (out == NULL)
		return;
	if (out->type == MML_ELEMENT_F32)
		RANGE(float, double);
	else if (out->type == MML_ELEMENT_F64)
		RANGE(double, double);
	else if (out->type == MML_ELEMENT_I32)
		RANGE(int32_t, int64_t);
	else
		RANGE(int64_t, int64_t);
}

/* 1 on a diagonal, 0 elsewhere, in the shape of the input. */
static const char *
infer_eye_like(MmlCall *call)
{
	const MmlTensor *in;
	int64_t		type;

	MML_TRY(mml_tensor_check(call, "EyeLike", "dtype:i k:i", 1));
	in = call->in[0];
	type = mml_tensor_attribute_int(call, "dtype", in->type);
	if (in->rank != 2)
		return mml_tensor_wrong(call, "EyeLike of %d dimensions is not a matrix.", in->rank);
	if (type < 0 || type >= MML_TYPE_LIMIT || (MML_TYPES_ALL & MML_TYPE(type)) == 0)
		return mml_tensor_wrong(call, "EyeLike of type %lld is not supported.", (long long) type);
	return mml_tensor_give(call, "EyeLike", 0, (MmlElement) type, 2, in->dims);
}

static void
run_eye_like(const MmlCall *call)
{
	static const float one_f32 = 1;
	static const double one_f64 = 1;
	static const int32_t one_i32 = 1;
	static const int64_t one_i64 = 1;
	static const uint8_t one_u8 = 1;
	static const void *const ones[MML_TYPE_LIMIT] = {
		[MML_ELEMENT_F32] = &one_f32,[MML_ELEMENT_F64] = &one_f64,[MML_ELEMENT_I32] = &one_i32,
		[MML_ELEMENT_I64] = &one_i64,[MML_ELEMENT_U8] = &one_u8,[MML_ELEMENT_I8] = &one_u8,
		[MML_ELEMENT_BOOL] = &one_u8
	};
	MmlTensor  *out = mml_tensor_out(call, 0);
	int64_t		k = mml_tensor_attribute_int(call, "k", 0);
	int64_t		size;

	if (out == NULL || out->count == 0)
		return;
	size = (int64_t) mml_tensor_element_size(out->type);
	memset(out->data, 0, out->count * (size_t) size);
	if (k <= -out->dims[0] || k >= out->dims[1])
		return;
	for (int64_t i = MML_MAX(-k, 0); i < out->dims[0] && i + k < out->dims[1]; i++)
		memcpy((char *) out->data + (i * out->dims[1] + i + k) * size, ones[out->type], (size_t) size);
}

/* An axis of `depth` is added, on which the index holds one number, all others another. */
static const char *
infer_one_hot(MmlCall *call)
{
	int		   *own = call->own;
	const MmlTensor *in;
	int64_t		dims[MML_RANK];
	double		depth = 0;

	MML_TRY(mml_tensor_check(call, "OneHot", "axis:i", 3));
	in = call->in[0];
	MML_TRY(mml_tensor_check_type(call, "OneHot", 0, MML_TYPES_NUMBER));
	MML_TRY(mml_tensor_check_type(call, "OneHot", 1, MML_TYPES_NUMBER));
	MML_TRY(mml_tensor_number(call, "OneHot", 1, &depth));
	if (in->rank == MML_RANK || !(depth >= 0 && depth < 0x1p40))
		return mml_tensor_wrong(call, "the output of OneHot is too large.");
	if (call->in[2]->rank != 1 || call->in[2]->count != 2)
		return mml_tensor_wrong(call, "the values of OneHot are not two numbers.");
	MML_TRY(mml_tensor_axis(call, "OneHot", mml_tensor_attribute_int(call, "axis", -1), in->rank + 1, own));
	for (int i = 0; i <= in->rank; i++)
		dims[i] = i == *own ? (int64_t) depth : in->dims[i - (i > *own)];
	return mml_tensor_give(call, "OneHot", 0, call->in[2]->type, in->rank + 1, dims);
}

static void
run_one_hot(const MmlCall *call)
{
	const int  *own = call->own;
	const MmlTensor *in = call->in[0];
	MmlTensor  *out = mml_tensor_out(call, 0);
	size_t		inner = mml_tensor_span(in, *own, in->rank);
	const char *values = call->in[2]->data;
	size_t		size = mml_tensor_element_size(call->in[2]->type);
	int64_t		depth;

	if (out == NULL || out->count == 0)
		return;
	depth = out->dims[*own];
	mml_tensor_fill(out->count, size, values, out->data);
	for (size_t i = 0; i < in->count; i++)
	{
		int64_t		index = mml_tensor_integer_at(in, i);
		size_t		row;

		if (index < -depth || index >= depth)
			continue;
		row = i / inner * (size_t) depth + (size_t) (index < 0 ? index + depth : index);
		memcpy((char *) out->data + (row * inner + i % inner) * size, values + size, size);
	}
}

/* The part of matrices above a diagonal, or below it; the rest becomes 0. */
static const char *
infer_trilu(MmlCall *call)
{
	const MmlTensor *in;

	MML_TRY(mml_tensor_check(call, "Trilu", "upper:i", 1));
	MML_TRY(mml_tensor_check_type(call, "Trilu", 1, MML_TYPE(MML_ELEMENT_I64)));
	in = call->in[0];
	if (in->rank < 2)
		return mml_tensor_wrong(call, "Trilu of %d dimensions is not a matrix.", in->rank);
	if (mml_tensor_in(call, 1) != NULL && call->in[1]->count != 1)
		return mml_tensor_wrong(call, "k of Trilu is not one number.");
	return mml_tensor_give(call, "Trilu", 0, in->type, in->rank, in->dims);
}

static void
run_trilu(const MmlCall *call)
{
	const MmlTensor *in = call->in[0];
	MmlTensor  *out = mml_tensor_out(call, 0);
	size_t		size = mml_tensor_element_size(in->type);
	int64_t		rows = in->dims[in->rank - 2];
	int64_t		columns = in->dims[in->rank - 1];
	bool		upper = mml_tensor_attribute_int(call, "upper", 1) != 0;
	int64_t		k = mml_tensor_in(call, 1) == NULL ? 0 : *(const int64_t *) call->in[1]->data;

	if (out == NULL || out->count == 0)
		return;
	k = MML_MAX(MML_MIN(k, columns + 1), -rows - 1);
	mml_tensor_copy(out->data, in->data, in->count * size);
	for (size_t i = 0; i < in->count / (size_t) columns; i++)
	{
		int64_t		diagonal = (int64_t) i % rows + k;
		int64_t		from = upper ? 0 : MML_MAX(MML_MIN(diagonal + 1, columns), 0);
		int64_t		to = upper ? MML_MAX(MML_MIN(diagonal, columns), 0) : columns;

		memset((char *) out->data + (i * (size_t) columns + (size_t) from) * size, 0, (size_t) (to - from) * size);
	}
}

static const MmlOperator operators[] = {
	{"Constant", 1, 0, 0, 1, 0, infer_constant, NULL, run_constant},
	{"ConstantOfShape", 9, 1, 1, 1, 0, infer_constant_of_shape, NULL, run_constant_of_shape},
	{"EyeLike", 9, 1, 1, 1, 0, infer_eye_like, NULL, run_eye_like},
	{"OneHot", 9, 3, 3, 1, sizeof(int), infer_one_hot, NULL, run_one_hot},
	{"Range", 11, 3, 3, 1, 0, infer_range, NULL, run_range},
	{"Shape", 1, 1, 1, 1, sizeof(int64_t), infer_shape, NULL, run_shape},
	{"Size", 1, 1, 1, 1, 0, infer_size, NULL, run_size},
	{"Trilu", 14, 1, 2, 1, 0, infer_trilu, NULL, run_trilu}
};

const MmlOperators mml_tensor_makers = MML_OPERATORS(operators);

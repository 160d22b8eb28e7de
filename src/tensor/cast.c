/*-------------------------------------------------------------------------
 *
 * cast.c
 *	  Cast and CastLike: numbers of one type as those of another.
 *
 * Floats become integers towards 0, and what does not fit the nearest that
 * does; NaN becomes 0.  Integers wrap around.  Any number but 0 is true.  Those
 * that become float16 or bfloat16 are rounded to it, and stay float32.
 *
 *-------------------------------------------------------------------------
 */
#include "tensor/check.h"
#include "tensor/half.h"
#include "tensor/number.h"
#include "tensor/operators.h"
#include "tensor/unary.h"

#define FROM_FLOAT(type, letter) \
MML_UNARY(letter##_f32, , type, float, x) \
MML_UNARY(letter##_f64, , type, double, x) \
MML_UNARY(letter##_i32, , type, int32_t, mml_number_integer((double) x, INT32_MIN, INT32_MAX)) \
MML_UNARY(letter##_i64, , type, int64_t, mml_number_integer((double) x, INT64_MIN, INT64_MAX)) \
MML_UNARY(letter##_i8, , type, int8_t, mml_number_integer((double) x, INT8_MIN, INT8_MAX)) \
MML_UNARY(letter##_u8, , type, uint8_t, mml_number_integer((double) x, 0, UINT8_MAX)) \
MML_UNARY(letter##_bool, , type, uint8_t, x != 0)

#define FROM_ANY(type, letter) \
MML_UNARY(letter##_float16, , type, float, MML_ROUND_FLOAT16((double) x)) \
MML_UNARY(letter##_bfloat16, , type, float, MML_ROUND_BFLOAT16((double) x))

#define FROM_INTEGER(type, letter) \
MML_UNARY(letter##_f32, , type, float, x) \
MML_UNARY(letter##_f64, , type, double, x) \
MML_UNARY(letter##_i32, , type, int32_t, x) \
MML_UNARY(letter##_i64, , type, int64_t, x) \
MML_UNARY(letter##_i8, , type, int8_t, x) \
MML_UNARY(letter##_u8, , type, uint8_t, x) \
MML_UNARY(letter##_bool, , type, uint8_t, x != 0)

#define ROW(letter) { \
	[MML_ELEMENT_F32] = letter##_f32, [MML_ELEMENT_F64] = letter##_f64, [MML_ELEMENT_I32] = letter##_i32, \
	[MML_ELEMENT_I64] = letter##_i64, [MML_ELEMENT_I8] = letter##_i8, [MML_ELEMENT_U8] = letter##_u8, \
	[MML_ELEMENT_BOOL] = letter##_bool \
}

FROM_FLOAT(float, f32)
FROM_FLOAT(double, f64)
FROM_INTEGER(int32_t, i32)
FROM_INTEGER(int64_t, i64)
FROM_INTEGER(int8_t, i8)
FROM_INTEGER(uint8_t, u8)

FROM_ANY(float, f32)
FROM_ANY(double, f64)
FROM_ANY(int32_t, i32)
FROM_ANY(int64_t, i64)
FROM_ANY(int8_t, i8)
FROM_ANY(uint8_t, u8)

#define HALVES(which) { \
	[MML_ELEMENT_F32] = f32_##which, [MML_ELEMENT_F64] = f64_##which, [MML_ELEMENT_I32] = i32_##which, \
	[MML_ELEMENT_I64] = i64_##which, [MML_ELEMENT_I8] = i8_##which, [MML_ELEMENT_U8] = u8_##which, \
	[MML_ELEMENT_BOOL] = u8_##which \
}

static const MmlUnaryLoop to_float16[MML_TYPE_LIMIT] = HALVES(float16);
static const MmlUnaryLoop to_bfloat16[MML_TYPE_LIMIT] = HALVES(bfloat16);

/* The loop from one type to another. */
static const MmlUnaryLoop loops[MML_TYPE_LIMIT][MML_TYPE_LIMIT] = {
	[MML_ELEMENT_F32] = ROW(f32),[MML_ELEMENT_F64] = ROW(f64),[MML_ELEMENT_I32] = ROW(i32),
	[MML_ELEMENT_I64] = ROW(i64),[MML_ELEMENT_I8] = ROW(i8),[MML_ELEMENT_U8] = ROW(u8),
	[MML_ELEMENT_BOOL] = ROW(u8)
};

static const char *
infer(MmlCall *call, const char *name, MmlElement to)
{
	MmlUnary   *own = call->own;
	const MmlTensor *in = call->in[0];

	*own = (MmlUnary)
	{
		loops[in->type][to], 0, 0
	};
	return mml_tensor_give(call, name, 0, to, in->rank, in->dims);
}

static const char *
infer_cast(MmlCall *call)
{
	int64_t		to = mml_tensor_attribute_int(call, "to", 0);

	MML_TRY(mml_tensor_check(call, "Cast", "to:i saturate:i", 1));
	if (to == MML_FLOAT16 || to == MML_BFLOAT16)
	{
		MML_TRY(infer(call, "Cast", MML_ELEMENT_F32));
		((MmlUnary *) call->own)->loop = (to == MML_FLOAT16 ? to_float16 : to_bfloat16)[call->in[0]->type];
		return NULL;
	}
	if (to < 0 || to >= MML_TYPE_LIMIT || (MML_TYPES_ALL & MML_TYPE(to)) == 0)
		return mml_tensor_wrong(call, "Cast to type %lld is not supported.", (long long) to);
	return infer(call, "Cast", (MmlElement) to);
}

static const char *
infer_cast_like(MmlCall *call)
{
	MML_TRY(mml_tensor_check(call, "CastLike", "saturate:i", 2));
	return infer(call, "CastLike", call->in[1]->type);
}

static const MmlOperator operators[] = {
	MML_UNARY_ROW("Cast", 6, infer_cast),
	{"CastLike", 15, 2, 2, 1, sizeof(MmlUnary), infer_cast_like, NULL, mml_tensor_unary_run}
};

const MmlOperators mml_tensor_casts = MML_OPERATORS(operators);

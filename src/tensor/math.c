/*-------------------------------------------------------------------------
 *
 * math.c
 *	  Functions of one number from mathematics: Sqrt, Exp, Sin and so on; and
 *	  questions of one: IsNaN, IsInf, Not, BitwiseNot.
 *
 *-------------------------------------------------------------------------
 */
#include <math.h>

#include "tensor/check.h"
#include "tensor/operators.h"
#include "tensor/unary.h"
#include "tensor/vector.h"

MML_UNARY_FLOATS(sqrt, sqrtf(x), sqrt(x))
MML_UNARY_FLOATS(exp, mml_vector_exp(x), exp(x))
MML_UNARY_FLOATS(log, mml_vector_log(x), log(x))
MML_UNARY_FLOATS(ceil, ceilf(x), ceil(x))
MML_UNARY_FLOATS(floor, floorf(x), floor(x))
MML_UNARY_FLOATS(round, rintf(x), rint(x))
MML_UNARY_FLOATS(reciprocal, 1 / x, 1 / x)
MML_UNARY_FLOATS(erf, mml_vector_erf(x), erf(x))
MML_UNARY_FLOATS(sin, sinf(x), sin(x))
MML_UNARY_FLOATS(cos, cosf(x), cos(x))
MML_UNARY_FLOATS(tan, tanf(x), tan(x))
MML_UNARY_FLOATS(asin, asinf(x), asin(x))
MML_UNARY_FLOATS(acos, acosf(x), acos(x))
MML_UNARY_FLOATS(atan, atanf(x), atan(x))
MML_UNARY_FLOATS(sinh, sinhf(x), sinh(x))
MML_UNARY_FLOATS(cosh, coshf(x), cosh(x))
MML_UNARY_FLOATS(asinh, asinhf(x), asinh(x))
MML_UNARY_FLOATS(acosh, acoshf(x), acosh(x))
MML_UNARY_FLOATS(atanh, atanhf(x), atanh(x))

/* For integers too, which wrap around. */
#define NUMBERS(name, single, twofold, signed_expression, byte) \
MML_UNARY(name##_f32, MML_CLONES, float, float, single) \
MML_UNARY(name##_f64, , double, double, twofold) \
MML_UNARY(name##_i32, , int32_t, int32_t, signed_expression) \
MML_UNARY(name##_i64, , int64_t, int64_t, signed_expression) \
MML_UNARY(name##_i8, , int8_t, int8_t, signed_expression) \
MML_UNARY(name##_u8, , uint8_t, uint8_t, byte) \
static const MmlUnaryLoop name##_loops[MML_TYPE_LIMIT] = { \
	[MML_ELEMENT_F32] = name##_f32, [MML_ELEMENT_F64] = name##_f64, [MML_ELEMENT_I32] = name##_i32, \
	[MML_ELEMENT_I64] = name##_i64, [MML_ELEMENT_I8] = name##_i8, [MML_ELEMENT_U8] = name##_u8 \
};

NUMBERS(neg, -x, -x, -(uint64_t) x, -(uint64_t) x)
NUMBERS(abs, fabsf(x), fabs(x), x < 0 ? -(uint64_t) x : (uint64_t) x, x)
NUMBERS(sign, mml_vector_choose(x != x, x, (float) (x > 0) - (float) (x < 0)),
		x != x ? x : (double) (x > 0) - (double) (x < 0), (x > 0) - (x < 0), x > 0)

/* Bits of integers. */
MML_UNARY(bits_i32,, int32_t, int32_t, ~x)
MML_UNARY(bits_i64,, int64_t, int64_t, ~x)
MML_UNARY(bits_i8,, int8_t, int8_t, ~x)
MML_UNARY(bits_u8,, uint8_t, uint8_t, ~x)

MML_UNARY(not_bool,, uint8_t, uint8_t, x == 0)
MML_UNARY(isnan_f32,, float, uint8_t, x != x)
MML_UNARY(isnan_f64,, double, uint8_t, x != x)

/* alpha: whether negative infinity counts, beta: whether positive does. */
MML_UNARY(isinf_f32,, float, uint8_t, (x == INFINITY && beta != 0) || (x == -INFINITY && alpha != 0))
MML_UNARY(isinf_f64,, double, uint8_t, (x == (double) INFINITY && beta != 0) ||
		  (x == -(double) INFINITY && alpha != 0))

static const MmlUnaryLoop bits_loops[MML_TYPE_LIMIT] = {
	[MML_ELEMENT_I32] = bits_i32,[MML_ELEMENT_I64] = bits_i64,[MML_ELEMENT_I8] = bits_i8,[MML_ELEMENT_U8] = bits_u8
};
static const MmlUnaryLoop not_loops[MML_TYPE_LIMIT] = {[MML_ELEMENT_BOOL] = not_bool};
static const MmlUnaryLoop isnan_loops[MML_TYPE_LIMIT] = {
	[MML_ELEMENT_F32] = isnan_f32,[MML_ELEMENT_F64] = isnan_f64
};
static const MmlUnaryLoop isinf_loops[MML_TYPE_LIMIT] = {
	[MML_ELEMENT_F32] = isinf_f32,[MML_ELEMENT_F64] = isinf_f64
};

#define INFER(function, name, result) \
static const char * \
infer_##function(MmlCall *call) \
{ \
	return mml_tensor_unary_infer(call, name, "", function##_loops, result, 0, 0); \
}

INFER(sqrt, "Sqrt", 0)
INFER(exp, "Exp", 0)
INFER(log, "Log", 0)
INFER(neg, "Neg", 0)
INFER(abs, "Abs", 0)
INFER(sign, "Sign", 0)
INFER(ceil, "Ceil", 0)
INFER(floor, "Floor", 0)
INFER(round, "Round", 0)
INFER(reciprocal, "Reciprocal", 0)
INFER(erf, "Erf", 0)
INFER(sin, "Sin", 0)
INFER(cos, "Cos", 0)
INFER(tan, "Tan", 0)
INFER(asin, "Asin", 0)
INFER(acos, "Acos", 0)
INFER(atan, "Atan", 0)
INFER(sinh, "Sinh", 0)
INFER(cosh, "Cosh", 0)
INFER(asinh, "Asinh", 0)
INFER(acosh, "Acosh", 0)
INFER(atanh, "Atanh", 0)
INFER(not, "Not", 0)
INFER(bits, "BitwiseNot", 0)
INFER(isnan, "IsNaN", MML_ELEMENT_BOOL)

static const char *
infer_isinf(MmlCall *call)
{
	MML_TRY(mml_tensor_unary_infer(call, "IsInf", "detect_negative:i detect_positive:i", isinf_loops,
								   MML_ELEMENT_BOOL, 0, 0));
	((MmlUnary *) call->own)->alpha = mml_tensor_attribute_int(call, "detect_negative", 1) != 0;
	((MmlUnary *) call->own)->beta = mml_tensor_attribute_int(call, "detect_positive", 1) != 0;
	return NULL;
}

static const MmlOperator operators[] = {
	MML_UNARY_ROW("Sqrt", 1, infer_sqrt),
	MML_UNARY_ROW("Exp", 1, infer_exp),
	MML_UNARY_ROW("Log", 1, infer_log),
	MML_UNARY_ROW("Neg", 1, infer_neg),
	MML_UNARY_ROW("Abs", 1, infer_abs),
	MML_UNARY_ROW("Sign", 9, infer_sign),
	MML_UNARY_ROW("Ceil", 1, infer_ceil),
	MML_UNARY_ROW("Floor", 1, infer_floor),
	MML_UNARY_ROW("Round", 11, infer_round),
	MML_UNARY_ROW("Reciprocal", 1, infer_reciprocal),
	MML_UNARY_ROW("Erf", 9, infer_erf),
	MML_UNARY_ROW("Sin", 7, infer_sin),
	MML_UNARY_ROW("Cos", 7, infer_cos),
	MML_UNARY_ROW("Tan", 7, infer_tan),
	MML_UNARY_ROW("Asin", 7, infer_asin),
	MML_UNARY_ROW("Acos", 7, infer_acos),
	MML_UNARY_ROW("Atan", 7, infer_atan),
	MML_UNARY_ROW("Sinh", 9, infer_sinh),
	MML_UNARY_ROW("Cosh", 9, infer_cosh),
	MML_UNARY_ROW("Asinh", 9, infer_asinh),
	MML_UNARY_ROW("Acosh", 9, infer_acosh),
	MML_UNARY_ROW("Atanh", 9, infer_atanh),
	MML_UNARY_ROW("Not", 1, infer_not),
	MML_UNARY_ROW("BitwiseNot", 18, infer_bits),
	MML_UNARY_ROW("IsNaN", 9, infer_isnan),
	MML_UNARY_ROW("IsInf", 10, infer_isinf)
};

const MmlOperators mml_tensor_math = MML_OPERATORS(operators);

/*-------------------------------------------------------------------------
 *
 * arithmetic.c
 *	  Functions of two numbers, with broadcasting: Add, Sub, Mul, Div, Mod,
 *	  Pow, PRelu, BitShift, BitwiseAnd and its kin.
 *
 * Integers wrap around; a division of an integer by 0 is 0.
 *
 *-------------------------------------------------------------------------
 */
#include "tensor/binary.h"
#include "tensor/check.h"
#include "tensor/number.h"
#include "tensor/operators.h"

#define FLOATS(name, single, twofold) \
MML_BINARY(name##_f32, MML_CLONES, float, float, float, single) \
MML_BINARY(name##_f64, , double, double, double, twofold)

FLOATS(add, x + y, x + y)
FLOATS(sub, x - y, x - y)
FLOATS(mul, x * y, x * y)
FLOATS(div, x / y, x / y)
FLOATS(prelu, x < 0 ? x * y : x, x < 0 ? x * y : x)

/* Integers in an unsigned type, which wraps around. */
#define INTEGERS(type, letter) \
MML_BINARY(add_##letter, , type, type, type, (uint64_t) x + (uint64_t) y) \
MML_BINARY(sub_##letter, , type, type, type, (uint64_t) x - (uint64_t) y) \
MML_BINARY(mul_##letter, , type, type, type, (uint64_t) x * (uint64_t) y) \
MML_BINARY(div_##letter, , type, type, type, mml_number_divide(x, y)) \
MML_BINARY(mod_##letter, , type, type, type, mml_number_modulo(x, y)) \
MML_BINARY(fmod_##letter, , type, type, type, mml_number_rest(x, y)) \
MML_BINARY(prelu_##letter, , type, type, type, x < 0 ? (uint64_t) x * (uint64_t) y : (uint64_t) x)

INTEGERS(int32_t, i32)
INTEGERS(int64_t, i64)
INTEGERS(int8_t, i8)
MML_BINARY(add_u8,, uint8_t, uint8_t, uint8_t, x + y)
MML_BINARY(sub_u8,, uint8_t, uint8_t, uint8_t, x - y)
MML_BINARY(mul_u8,, uint8_t, uint8_t, uint8_t, x * y)
MML_BINARY(div_u8,, uint8_t, uint8_t, uint8_t, y == 0 ? 0 : x / y)
MML_BINARY(mod_u8,, uint8_t, uint8_t, uint8_t, y == 0 ? 0 : x % y)
MML_BINARY(fmod_f32,, float, float, float, fmodf(x, y))
MML_BINARY(fmod_f64,, double, double, double, fmod(x, y))
#define fmod_u8 mod_u8
MML_BINARY(left_u8,, uint8_t, uint8_t, uint8_t, y > 7 ? 0 : x << y)
MML_BINARY(right_u8,, uint8_t, uint8_t, uint8_t, y > 7 ? 0 : x >> y)

#define BITS(type, letter) \
MML_BINARY(bits_and_##letter, , type, type, type, x & y) \
MML_BINARY(bits_or_##letter, , type, type, type, x | y) \
MML_BINARY(bits_xor_##letter, , type, type, type, x ^ y)

BITS(int32_t, i32)
BITS(int64_t, i64)
BITS(int8_t, i8)
BITS(uint8_t, u8)

#define BIT_LOOPS(name) \
static const MmlBinaryLoop name[MML_TYPE_LIMIT] = { \
	[MML_ELEMENT_I32] = name##_i32, [MML_ELEMENT_I64] = name##_i64, [MML_ELEMENT_I8] = name##_i8, \
	[MML_ELEMENT_U8] = name##_u8 \
};

BIT_LOOPS(bits_and)
BIT_LOOPS(bits_or)
BIT_LOOPS(bits_xor)

static const MmlBinaryLoop add[MML_TYPE_LIMIT] = {MML_BINARY_NUMBERS(add)};
static const MmlBinaryLoop sub[MML_TYPE_LIMIT] = {MML_BINARY_NUMBERS(sub)};
static const MmlBinaryLoop mul[MML_TYPE_LIMIT] = {MML_BINARY_NUMBERS(mul)};
static const MmlBinaryLoop div_loops[MML_TYPE_LIMIT] = {MML_BINARY_NUMBERS(div)};
static const MmlBinaryLoop c_mod[MML_TYPE_LIMIT] = {MML_BINARY_NUMBERS(fmod)};
static const MmlBinaryLoop mod[MML_TYPE_LIMIT] = {
	[MML_ELEMENT_I32] = mod_i32,[MML_ELEMENT_I64] = mod_i64,[MML_ELEMENT_I8] = mod_i8,[MML_ELEMENT_U8] = mod_u8
};
static const MmlBinaryLoop left[MML_TYPE_LIMIT] = {[MML_ELEMENT_U8] = left_u8};
static const MmlBinaryLoop right[MML_TYPE_LIMIT] = {[MML_ELEMENT_U8] = right_u8};
static const MmlBinaryLoop prelu[MML_TYPE_LIMIT] = {
	[MML_ELEMENT_F32] = prelu_f32,[MML_ELEMENT_F64] = prelu_f64,[MML_ELEMENT_I32] = prelu_i32,
	[MML_ELEMENT_I64] = prelu_i64,[MML_ELEMENT_I8] = prelu_i8
};

#define INFER(function, name, loops) \
static const char * \
infer_##function(MmlCall *call) \
{ \
	return mml_tensor_binary_infer(call, name, "", loops, 0); \
}

INFER(add, "Add", add)
INFER(sub, "Sub", sub)
INFER(mul, "Mul", mul)
INFER(div, "Div", div_loops)
INFER(bits_and, "BitwiseAnd", bits_and)
INFER(bits_or, "BitwiseOr", bits_or)
INFER(bits_xor, "BitwiseXor", bits_xor)

/* Floats have one kind of Mod only. */
static const char *
infer_mod(MmlCall *call)
{
	return mml_tensor_binary_infer(call, "Mod", "fmod:i",
								   mml_tensor_attribute_int(call, "fmod", 0) != 0 ? c_mod : mod, 0);
}

static const char *
infer_bit_shift(MmlCall *call)
{
	MmlText		direction = mml_tensor_attribute_text(call, "direction", "");
	bool		leftward = mml_tensor_text_is(direction, "LEFT");

	if (!leftward && !mml_tensor_text_is(direction, "RIGHT"))
		return mml_tensor_wrong(call, "the direction of BitShift is neither LEFT nor RIGHT.");
	return mml_tensor_binary_infer(call, "BitShift", "direction:s", leftward ? left : right, 0);
}

/* The slope is repeated to the shape of the input, never the other way. */
static const char *
infer_prelu(MmlCall *call)
{
	MmlBinary  *own = call->own;
	const MmlTensor *in;

	MML_TRY(mml_tensor_check(call, "PRelu", "", 2));
	MML_TRY(mml_tensor_check_same(call, "PRelu", 1, 0));
	in = call->in[0];
	own->loop = prelu[in->type];
	if (own->loop == NULL)
		return mml_tensor_check_type(call, "PRelu", 0, 0);
	MML_TRY(mml_tensor_binary_shape(call, "PRelu", in->type));
	if (call->out[0] != NULL && (call->out[0]->rank != in->rank || call->out[0]->count != in->count))
		return mml_tensor_wrong(call, "the slope of PRelu does not fit its input.");
	return NULL;
}

/*
 * Powers: the result has the type of the base; the exponent may have another
 * type.
 */
MML_CLONES
static void
square_row(size_t n, const float *x, float *out)
{
	for (size_t i = 0; i < n; i++)
		out[i] = x[i] * x[i];
}

MML_BINARY(pow_general_f32,, float, float, float, powf(x, y))

/* Squares are most of the powers that networks take. */
static void
pow_f32_f32(size_t n, const void *a, bool a_steps, const void *b, bool b_steps, void *out)
{
	if (a_steps && !b_steps && *(const float *) b == 2)
		square_row(n, a, out);
	else
		pow_general_f32(n, a, a_steps, b, b_steps, out);
}

#define TO_I32(x) mml_number_integer(x, INT32_MIN, INT32_MAX)
#define TO_I64(x) mml_number_integer(x, INT64_MIN, INT64_MAX)

MML_BINARY(pow_f32_f64,, float, double, float, pow((double) x, y))
MML_BINARY(pow_f32_i32,, float, int32_t, float, pow((double) x, (double) y))
MML_BINARY(pow_f32_i64,, float, int64_t, float, pow((double) x, (double) y))
MML_BINARY(pow_f64_f32,, double, float, double, pow(x, (double) y))
MML_BINARY(pow_f64_f64,, double, double, double, pow(x, y))
MML_BINARY(pow_f64_i32,, double, int32_t, double, pow(x, (double) y))
MML_BINARY(pow_f64_i64,, double, int64_t, double, pow(x, (double) y))
MML_BINARY(pow_i32_f32,, int32_t, float, int32_t, TO_I32(pow((double) x, (double) y)))
MML_BINARY(pow_i32_f64,, int32_t, double, int32_t, TO_I32(pow((double) x, y)))
MML_BINARY(pow_i32_i32,, int32_t, int32_t, int32_t, mml_number_power(x, y))
MML_BINARY(pow_i32_i64,, int32_t, int64_t, int32_t, mml_number_power(x, y))
MML_BINARY(pow_i64_f32,, int64_t, float, int64_t, TO_I64(pow((double) x, (double) y)))
MML_BINARY(pow_i64_f64,, int64_t, double, int64_t, TO_I64(pow((double) x, y)))
MML_BINARY(pow_i64_i32,, int64_t, int32_t, int64_t, mml_number_power(x, y))
MML_BINARY(pow_i64_i64,, int64_t, int64_t, int64_t, mml_number_power(x, y))

#define POWERS(base) { \
	[MML_ELEMENT_F32] = pow_##base##_f32, [MML_ELEMENT_F64] = pow_##base##_f64, \
	[MML_ELEMENT_I32] = pow_##base##_i32, [MML_ELEMENT_I64] = pow_##base##_i64 \
}

static const MmlBinaryLoop powers[MML_TYPE_LIMIT][MML_TYPE_LIMIT] = {
	[MML_ELEMENT_F32] = POWERS(f32),[MML_ELEMENT_F64] = POWERS(f64),
	[MML_ELEMENT_I32] = POWERS(i32),[MML_ELEMENT_I64] = POWERS(i64)
};

static const char *
infer_pow(MmlCall *call)
{
	MmlBinary  *own = call->own;

	MML_TRY(mml_tensor_check(call, "Pow", "", 2));
	MML_TRY(mml_tensor_check_type(call, "Pow", 0, MML_TYPES_FLOAT | MML_TYPES_INDEX));
	MML_TRY(mml_tensor_check_type(call, "Pow", 1, MML_TYPES_FLOAT | MML_TYPES_INDEX));
	own->loop = powers[call->in[0]->type][call->in[1]->type];
	return mml_tensor_binary_shape(call, "Pow", call->in[0]->type);
}

static const MmlOperator operators[] = {
	MML_BINARY_ROW("Add", 1, infer_add),
	MML_BINARY_ROW("Sub", 1, infer_sub),
	MML_BINARY_ROW("Mul", 1, infer_mul),
	MML_BINARY_ROW("Div", 1, infer_div),
	MML_BINARY_ROW("Mod", 10, infer_mod),
	MML_BINARY_ROW("Pow", 1, infer_pow),
	MML_BINARY_ROW("PRelu", 1, infer_prelu),
	MML_BINARY_ROW("BitShift", 11, infer_bit_shift),
	MML_BINARY_ROW("BitwiseAnd", 18, infer_bits_and),
	MML_BINARY_ROW("BitwiseOr", 18, infer_bits_or),
	MML_BINARY_ROW("BitwiseXor", 18, infer_bits_xor)
};

const MmlOperators mml_tensor_arithmetic = MML_OPERATORS(operators);

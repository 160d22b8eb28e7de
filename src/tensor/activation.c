/*-------------------------------------------------------------------------
 *
 * activation.c
 *	  Functions of one number that networks put between their layers: Relu,
 *	  Sigmoid and the like.
 *
 * Each is an expression of x and the parameters alpha and beta; a loop over it
 * is compiled for float32, where it uses vector.h, and for double.
 *
 *-------------------------------------------------------------------------
 */
#include <math.h>

#include "tensor/check.h"
#include "tensor/operators.h"
#include "tensor/unary.h"
#include "tensor/vector.h"

#define HALF_ROOT 0.70710678118654752f	/* sqrt(1 / 2) */
#define GELU_SCALE 0.79788456080286536f /* sqrt(2 / pi) */
#define GELU_CUBE 0.044715f
#define SELU_ALPHA 1.67326319217681884765625f
#define SELU_GAMMA 1.05070102214813232421875f

MML_UNARY_FLOATS(leaky_relu, mml_vector_choose(x < 0, alpha * x, x), x < 0 ? (double) alpha * x : x)
MML_UNARY_FLOATS(thresholded_relu, mml_vector_choose(x > alpha, x, 0), x > (double) alpha ? x : 0)
MML_UNARY_FLOATS(elu, mml_vector_choose(x < 0, alpha * mml_vector_expm1(x), x),
				 x < 0 ? (double) alpha * expm1(x) : x)
MML_UNARY_FLOATS(selu, beta * mml_vector_choose(x <= 0, alpha * mml_vector_expm1(x), x),
				 (double) beta * (x <= 0 ? (double) alpha * expm1(x) : x))
MML_UNARY_FLOATS(celu, mml_vector_choose(x < 0, alpha * mml_vector_expm1(x / alpha), x),
				 x < 0 ? (double) alpha * expm1(x / (double) alpha) : x)
MML_UNARY_FLOATS(sigmoid, mml_vector_sigmoid(x), 1 / (1 + exp(-x)))
MML_UNARY_FLOATS(hard_sigmoid, mml_vector_unit(alpha * x + beta),
				 MML_MAX(0, MML_MIN(1, (double) alpha * x + (double) beta)))
MML_UNARY_FLOATS(hard_swish, x * mml_vector_unit(x / 6 + 0.5f),
				 x * MML_MAX(0, MML_MIN(1, x / 6 + 0.5)))
MML_UNARY_FLOATS(tanh, mml_vector_tanh(x), tanh(x))
MML_UNARY_FLOATS(softplus, mml_vector_choose(x < 0, 0, x) + mml_vector_log1p(mml_vector_exp(-mml_vector_sign(x, 1))),
				 (x < 0 ? 0 : x) + log1p(exp(-fabs(x))))
MML_UNARY_FLOATS(softsign, x / (1 + mml_vector_sign(x, 1)), x / (1 + fabs(x)))
MML_UNARY_FLOATS(mish, x * mml_vector_tanh(mml_vector_choose(x < 0, 0, x) +
										   mml_vector_log1p(mml_vector_exp(-mml_vector_sign(x, 1)))),
				 x * tanh((x < 0 ? 0 : x) + log1p(exp(-fabs(x)))))
MML_UNARY_FLOATS(gelu, 0.5f * x * (1 + mml_vector_erf(x * HALF_ROOT)),
				 0.5 * x * (1 + erf(x * sqrt(0.5))))
MML_UNARY_FLOATS(gelu_tanh, 0.5f * x * (1 + mml_vector_tanh(GELU_SCALE * (x + GELU_CUBE * x * x * x))),
				 0.5 * x * (1 + tanh(sqrt(2 / M_PI) * (x + 0.044715 * x * x * x))))
MML_UNARY_FLOATS(shrink, x < -alpha ? x + beta : x > alpha ? x - beta : 0,
				 x < -(double) alpha ? x + (double) beta : x > (double) alpha ? x - (double) beta : 0)

MML_UNARY(relu_f32, MML_CLONES, float, float, x < 0 ? 0 : x)
MML_UNARY(relu_f64,, double, double, x < 0 ? 0 : x)
MML_UNARY(relu_i32,, int32_t, int32_t, x < 0 ? 0 : x)
MML_UNARY(relu_i64,, int64_t, int64_t, x < 0 ? 0 : x)
MML_UNARY(relu_i8,, int8_t, int8_t, x < 0 ? 0 : x)

static const MmlUnaryLoop relu_loops[MML_TYPE_LIMIT] = {
	[MML_ELEMENT_F32] = relu_f32,[MML_ELEMENT_F64] = relu_f64,[MML_ELEMENT_I32] = relu_i32,
	[MML_ELEMENT_I64] = relu_i64,[MML_ELEMENT_I8] = relu_i8
};

#define INFER(function, name, attributes, alpha, beta) \
static const char * \
infer_##function(MmlCall *call) \
{ \
	return mml_tensor_unary_infer(call, name, attributes, function##_loops, 0, alpha, beta); \
}

INFER(relu, "Relu", "", 0, 0)
INFER(leaky_relu, "LeakyRelu", "alpha:f", 0.01f, 0)
INFER(thresholded_relu, "ThresholdedRelu", "alpha:f", 1, 0)
INFER(elu, "Elu", "alpha:f", 1, 0)
INFER(celu, "Celu", "alpha:f", 1, 0)
INFER(sigmoid, "Sigmoid", "", 0, 0)
INFER(hard_sigmoid, "HardSigmoid", "alpha:f beta:f", 0.2f, 0.5f)
INFER(hard_swish, "HardSwish", "", 0, 0)
INFER(tanh, "Tanh", "", 0, 0)
INFER(softplus, "Softplus", "", 0, 0)
INFER(softsign, "Softsign", "", 0, 0)
INFER(mish, "Mish", "", 0, 0)

/* Gelu itself, or by tanh what comes near to it. */
static const char *
infer_gelu(MmlCall *call)
{
	MmlText		approximate = mml_tensor_attribute_text(call, "approximate", "none");
	bool		by_tanh = mml_tensor_text_is(approximate, "tanh");

	if (!by_tanh && !mml_tensor_text_is(approximate, "none"))
		return mml_tensor_wrong(call, "approximate of Gelu is neither none nor tanh.");
	return mml_tensor_unary_infer(call, "Gelu", "approximate:s", by_tanh ? gelu_tanh_loops : gelu_loops, 0, 0, 0);
}

/* Selu calls its second parameter gamma. */
static const char *
infer_selu(MmlCall *call)
{
	MML_TRY(mml_tensor_unary_infer(call, "Selu", "alpha:f gamma:f", selu_loops, 0, SELU_ALPHA, 0));
	((MmlUnary *) call->own)->beta = mml_tensor_attribute_float(call, "gamma", SELU_GAMMA);
	return NULL;
}

/* Shrink calls its parameters lambd and bias. */
static const char *
infer_shrink(MmlCall *call)
{
	MML_TRY(mml_tensor_unary_infer(call, "Shrink", "lambd:f bias:f", shrink_loops, 0, 0, 0));
	((MmlUnary *) call->own)->alpha = mml_tensor_attribute_float(call, "lambd", 0.5f);
	((MmlUnary *) call->own)->beta = mml_tensor_attribute_float(call, "bias", 0);
	return NULL;
}

static const MmlOperator operators[] = {
	MML_UNARY_ROW("Relu", 1, infer_relu),
	MML_UNARY_ROW("LeakyRelu", 1, infer_leaky_relu),
	MML_UNARY_ROW("ThresholdedRelu", 10, infer_thresholded_relu),
	MML_UNARY_ROW("Elu", 1, infer_elu),
	MML_UNARY_ROW("Selu", 1, infer_selu),
	MML_UNARY_ROW("Celu", 12, infer_celu),
	MML_UNARY_ROW("Sigmoid", 1, infer_sigmoid),
	MML_UNARY_ROW("HardSigmoid", 1, infer_hard_sigmoid),
	MML_UNARY_ROW("HardSwish", 14, infer_hard_swish),
	MML_UNARY_ROW("Tanh", 1, infer_tanh),
	MML_UNARY_ROW("Softplus", 1, infer_softplus),
	MML_UNARY_ROW("Softsign", 1, infer_softsign),
	MML_UNARY_ROW("Mish", 18, infer_mish),
	MML_UNARY_ROW("Gelu", 20, infer_gelu),
	MML_UNARY_ROW("Shrink", 9, infer_shrink)
};

const MmlOperators mml_tensor_activations = MML_OPERATORS(operators);

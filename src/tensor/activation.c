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
#include "tensor/vector.h"

/* n numbers at once; in and out may be the same. */
typedef void (*Loop) (size_t n, const void *in, void *out, float alpha, float beta);

typedef struct Activation
{
	Loop		loop;
	float		alpha;
	float		beta;
} Activation;

/* Elements between two polls. */
#define STRETCH ((size_t) 1 << 18)

#define LOOP(name, clones, type, expression) \
clones static void \
name(size_t n, const void *in, void *out, float alpha, float beta) \
{ \
	const type *from = in; \
	type	   *to = out; \
	\
	(void) alpha; \
	(void) beta; \
	_Pragma("omp simd") \
	for (size_t i = 0; i < n; i++) \
	{ \
		type		x = from[i]; \
		\
		to[i] = (type) (expression); \
	} \
}

#define FLOAT_LOOPS(name, single, twofold) \
LOOP(name##_f32, MML_CLONES, float, single) \
LOOP(name##_f64, , double, twofold)

#define SELU_ALPHA 1.67326319217681884765625f
#define SELU_GAMMA 1.05070102214813232421875f

FLOAT_LOOPS(relu, x < 0 ? 0 : x, x < 0 ? 0 : x)
FLOAT_LOOPS(leaky_relu, mml_vector_choose(x < 0, alpha * x, x), x < 0 ? (double) alpha * x : x)
FLOAT_LOOPS(thresholded_relu, mml_vector_choose(x > alpha, x, 0), x > (double) alpha ? x : 0)
FLOAT_LOOPS(elu, mml_vector_choose(x < 0, alpha * mml_vector_expm1(x), x),
			x < 0 ? (double) alpha * expm1(x) : x)
FLOAT_LOOPS(selu, beta * mml_vector_choose(x <= 0, alpha * mml_vector_expm1(x), x),
			(double) beta * (x <= 0 ? (double) alpha * expm1(x) : x))
FLOAT_LOOPS(celu, mml_vector_choose(x < 0, alpha * mml_vector_expm1(x / alpha), x),
			x < 0 ? (double) alpha * expm1(x / (double) alpha) : x)
FLOAT_LOOPS(sigmoid, mml_vector_sigmoid(x), 1 / (1 + exp(-x)))
FLOAT_LOOPS(hard_sigmoid, MML_MAX(0, MML_MIN(1, alpha * x + beta)),
			MML_MAX(0, MML_MIN(1, (double) alpha * x + (double) beta)))
FLOAT_LOOPS(hard_swish, x * MML_MAX(0, MML_MIN(1, x / 6 + 0.5f)),
			x * MML_MAX(0, MML_MIN(1, x / 6 + 0.5)))
FLOAT_LOOPS(tanh, mml_vector_tanh(x), tanh(x))
FLOAT_LOOPS(softplus, (x < 0 ? 0 : x) + log1pf(mml_vector_exp(-mml_vector_sign(x, 1))),
			(x < 0 ? 0 : x) + log1p(exp(-fabs(x))))
FLOAT_LOOPS(softsign, x / (1 + mml_vector_sign(x, 1)), x / (1 + fabs(x)))
FLOAT_LOOPS(shrink, x < -alpha ? x + beta : x > alpha ? x - beta : 0,
			x < -(double) alpha ? x + (double) beta : x > (double) alpha ? x - (double) beta : 0)
LOOP(relu_i32,, int32_t, x < 0 ? 0 : x)
LOOP(relu_i64,, int64_t, x < 0 ? 0 : x)
LOOP(relu_i8,, int8_t, x < 0 ? 0 : x)

/* The output has type and shape of the input. */
static const char *
infer(MmlCall *call, const char *name, const char *attributes, Loop single, Loop twofold,
	  float alpha, float beta)
{
	Activation *own = call->own;
	const MmlTensor *in;

	MML_TRY(mml_tensor_check(call, name, attributes, 1));
	in = call->in[0];
	own->loop = in->type == MML_ELEMENT_F32 ? single : in->type == MML_ELEMENT_F64 ? twofold : NULL;
	if (single == relu_f32)
		own->loop = in->type == MML_ELEMENT_I32 ? relu_i32 : in->type == MML_ELEMENT_I64 ? relu_i64
			: in->type == MML_ELEMENT_I8 ? relu_i8 : own->loop;
	own->alpha = mml_tensor_attribute_float(call, "alpha", alpha);
	own->beta = mml_tensor_attribute_float(call, "beta", beta);
	if (own->loop == NULL)
		return mml_tensor_check_type(call, name, 0, 0);
	return mml_tensor_give(call, name, 0, in->type, in->rank, in->dims);
}

static void
run(const MmlCall *call)
{
	const Activation *own = call->own;
	const MmlTensor *in = call->in[0];
	MmlTensor  *out = mml_tensor_out(call, 0);
	size_t		size = mml_tensor_element_size(in->type);

	for (size_t i = 0; out != NULL && i < in->count; i += STRETCH)
	{
		own->loop(MML_MIN(STRETCH, in->count - i), (const char *) in->data + i * size,
				  (char *) out->data + i * size, own->alpha, own->beta);
		if (in->count > STRETCH)
			MML_CHECK();
	}
}

#define INFER(function, name, attributes, alpha, beta) \
static const char * \
infer_##function(MmlCall *call) \
{ \
	return infer(call, name, attributes, function##_f32, function##_f64, alpha, beta); \
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

/* Selu calls its second parameter gamma. */
static const char *
infer_selu(MmlCall *call)
{
	MML_TRY(infer(call, "Selu", "alpha:f gamma:f", selu_f32, selu_f64, SELU_ALPHA, 0));
	((Activation *) call->own)->beta = mml_tensor_attribute_float(call, "gamma", SELU_GAMMA);
	return NULL;
}

/* Shrink calls its parameters lambd and bias. */
static const char *
infer_shrink(MmlCall *call)
{
	MML_TRY(infer(call, "Shrink", "lambd:f bias:f", shrink_f32, shrink_f64, 0, 0));
	((Activation *) call->own)->alpha = mml_tensor_attribute_float(call, "lambd", 0.5f);
	((Activation *) call->own)->beta = mml_tensor_attribute_float(call, "bias", 0);
	return NULL;
}

#define ROW(name, since, infer) {name, since, 1, 1, 1, sizeof(Activation), infer, NULL, run}

static const MmlOperator operators[] = {
	ROW("Relu", 1, infer_relu),
	ROW("LeakyRelu", 1, infer_leaky_relu),
	ROW("ThresholdedRelu", 10, infer_thresholded_relu),
	ROW("Elu", 1, infer_elu),
	ROW("Selu", 1, infer_selu),
	ROW("Celu", 12, infer_celu),
	ROW("Sigmoid", 1, infer_sigmoid),
	ROW("HardSigmoid", 1, infer_hard_sigmoid),
	ROW("HardSwish", 14, infer_hard_swish),
	ROW("Tanh", 1, infer_tanh),
	ROW("Softplus", 1, infer_softplus),
	ROW("Softsign", 1, infer_softsign),
	ROW("Shrink", 9, infer_shrink)
};

const MmlOperators mml_tensor_activations = MML_OPERATORS(operators);

/*-------------------------------------------------------------------------
 *
 * finish.c
 *	  The function that an operator applies to its result while it is hot.
 *
 * Attributes whose names begin with a dot are set by whoever plans a network,
 * never by a file: ".activation" names the operator of ONNX, ".alpha" and
 * ".beta" are its parameters, those of Clip being its bounds.
 *
 *-------------------------------------------------------------------------
 */
#include <math.h>
#include <string.h>

#include "tensor/finish.h"
#include "tensor/vector.h"

/* What a name means, and its parameters where they are not given. */
static const struct
{
	const char *name;
	MmlActivation activation;
}			names[] = {
	{"Relu", {MML_ACTIVATION_CLIP, 0, INFINITY}},
	{"Clip", {MML_ACTIVATION_CLIP, -INFINITY, INFINITY}},
	{"LeakyRelu", {MML_ACTIVATION_LEAKY_RELU, 0.01f, 0}},
	{"Sigmoid", {MML_ACTIVATION_SIGMOID, 0, 0}},
	{"Tanh", {MML_ACTIVATION_TANH, 0, 0}},
	{"HardSigmoid", {MML_ACTIVATION_HARD_SIGMOID, 0.2f, 0.5f}},
	{"HardSwish", {MML_ACTIVATION_HARD_SWISH, 1.0f / 6, 0.5f}},
	{"Elu", {MML_ACTIVATION_ELU, 1, 0}}
};

/* What a call asks for; false where it is nothing that is known here. */
bool
mml_tensor_find_activation(const MmlCall *call, MmlActivation *activation)
{
	MmlText		name = mml_tensor_attribute_text(call, ".activation", "");

	memset(activation, 0, sizeof(*activation));
	if (name.length == 0)
		return true;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strlen(names[i].name) == name.length &&
			memcmp(names[i].name, name.bytes, name.length) == 0)
		{
			*activation = names[i].activation;
			if (strcmp(names[i].name, "Relu") == 0)
				return true;
			activation->alpha = mml_tensor_attribute_float(call, ".alpha",
														   activation->alpha);
			activation->beta = mml_tensor_attribute_float(call, ".beta",
														  activation->beta);
			return true;
		}
	return false;
}

/* A loop over one of them.  NaN stays NaN in all. */
#define LOOP(expression) \
	_Pragma("omp simd") \
	for (size_t i = 0; i < n; i++) \
	{ \
		Number		v = x[i]; \
		\
		x[i] = (expression); \
	} \
	break

#define HARD(v) AT_MOST(AT_LEAST(alpha * (v) + beta, 0), 1)
#define AT_LEAST(v, least) ((v) < (least) ? (least) : (v))
#define AT_MOST(v, most) ((v) > (most) ? (most) : (v))

#define DEFINE_ACTIVATE(clones, type, suffix, choose, sigmoid_of, tanh_of, expm1_of) \
clones static void \
activate_##suffix(const MmlActivation *f, size_t n, type *x) \
{ \
	typedef type Number; \
	Number		alpha = (Number) f->alpha; \
	Number		beta = (Number) f->beta; \
	\
	switch (f->kind) \
	{ \
		case MML_ACTIVATION_NONE: \
			break; \
		case MML_ACTIVATION_CLIP: \
			LOOP(AT_MOST(AT_LEAST(v, alpha), beta)); \
		case MML_ACTIVATION_LEAKY_RELU: \
			LOOP(choose(v < 0, alpha * v, v)); \
		case MML_ACTIVATION_SIGMOID: \
			LOOP(sigmoid_of(v)); \
		case MML_ACTIVATION_TANH: \
			LOOP(tanh_of(v)); \
		case MML_ACTIVATION_HARD_SIGMOID: \
			LOOP(HARD(v)); \
		case MML_ACTIVATION_HARD_SWISH: \
			LOOP(v * HARD(v)); \
		case MML_ACTIVATION_ELU: \
			LOOP(choose(v < 0, alpha * expm1_of(v), v)); \
	} \
}

#define CHOOSE(condition, a, b) ((condition) ? (a) : (b))
#define SIGMOID(v) (1 / (1 + exp(-(v))))

DEFINE_ACTIVATE(MML_CLONES, float, float, mml_vector_choose, mml_vector_sigmoid,
				mml_vector_tanh, mml_vector_expm1)
DEFINE_ACTIVATE(, double, double, CHOOSE, SIGMOID, tanh, expm1)

/* Apply it to x (n), of float32 or float64. */
void
mml_tensor_activate(const MmlActivation *activation, MmlElement type,
					size_t n, void *x)
{
	if (activation->kind == MML_ACTIVATION_NONE)
		return;
	if (type == MML_ELEMENT_F32)
		activate_float(activation, n, x);
	else
		activate_double(activation, n, x);
}

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

/* NaN stays NaN in all of these. */
#define DEFINE_ACTIVATE(Number, suffix, exp_of, tanh_of) \
static void \
activate_##suffix(const MmlActivation *f, size_t n, Number *x) \
{ \
	Number		alpha = (Number) f->alpha; \
	Number		beta = (Number) f->beta; \
	\
	for (size_t i = 0; i < n; i++) \
	{ \
		Number		v = x[i]; \
		\
		switch (f->kind) \
		{ \
			case MML_ACTIVATION_NONE: \
				break; \
			case MML_ACTIVATION_CLIP: \
				v = v < alpha ? alpha : v; \
				x[i] = v > beta ? beta : v; \
				break; \
			case MML_ACTIVATION_LEAKY_RELU: \
				x[i] = v < 0 ? alpha * v : v; \
				break; \
			case MML_ACTIVATION_SIGMOID: \
				x[i] = 1 / (1 + exp_of(-v)); \
				break; \
			case MML_ACTIVATION_TANH: \
				x[i] = tanh_of(v); \
				break; \
			case MML_ACTIVATION_HARD_SIGMOID: \
			case MML_ACTIVATION_HARD_SWISH: \
				v = alpha * v + beta; \
				v = v < 0 ? 0 : v > 1 ? 1 : v; \
				x[i] = f->kind == MML_ACTIVATION_HARD_SWISH ? x[i] * v : v; \
				break; \
			case MML_ACTIVATION_ELU: \
				x[i] = v < 0 ? alpha * (exp_of(v) - 1) : v; \
				break; \
		} \
	} \
}

DEFINE_ACTIVATE(float, float, expf, tanhf)
DEFINE_ACTIVATE(double, double, exp, tanh)

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

/*-------------------------------------------------------------------------
 *
 * rules.c
 *	  Old forms of operators, and how each is written in the newest.
 *
 * Source: ONNX, "Operator Changelog", opsets 1 to 22.
 *
 *-------------------------------------------------------------------------
 */
#include <string.h>

#include "nn/normalise.h"

/* A mask of truths as large as the input. */
static bool
emit_mask(MmlRewriter *r, int mask)
{
	static const char *const drop[] = {"ratio", "seed", "is_test", "consumed_inputs", NULL};
	int			shape = mml_nn_new_value(r, 1);
	MmlNode    *node;
	MmlAttribute *truth;

	if (r->graph->opset < 10)
		return mml_nn_refuse(r, "a mask of this opset is not supported");
	if (shape < 0 || mml_nn_emit_between(r, "Shape", mml_nn_old_input(r, 0), shape) == NULL)
		return false;
	node = mml_nn_emit(r, "ConstantOfShape", 1, 1, drop, 1);
	if (node == NULL)
		return false;
	node->input[0] = shape;
	node->output[0] = mask;
	truth = &node->attribute[node->attributes - 1];
	truth->name = mml_nn_text("value");
	truth->type = MML_ATTRIBUTE_TENSOR;
	truth->tensor.type = MML_ELEMENT_BOOL;
	truth->tensor.rank = 1;
	truth->tensor.dims[0] = 1;
	truth->tensor.count = 1;
	truth->tensor.data = mml_nn_take(r->graph, 1, 1);
	if (truth->tensor.data == NULL)
		return false;
	memset(truth->tensor.data, 1, 1);
	return true;
}

/* Is an input a constant whose only byte or number is not zero? */
static bool
constant_is_set(const MmlRewriter *r, int v)
{
	const MmlValue *value = &r->graph->value[v];
	const unsigned char *bytes = value->tensor.data;

	if (value->kind != MML_VALUE_CONSTANT)
		return true;
	for (size_t i = 0; i < value->tensor.count * mml_tensor_element_size(value->tensor.type); i++)
		if (bytes[i] != 0)
			return true;
	return false;
}

/* Dropout does nothing, but in training, which is not for us. */
static bool
rewrite_dropout(MmlRewriter *r)
{
	int			training = mml_nn_old_input(r, 2);
	int			ratio = mml_nn_old_input(r, 1);
	int			mask = mml_nn_old_output(r, 1);

	if (training >= 0 && constant_is_set(r, training) &&
		(ratio < 0 || constant_is_set(r, ratio)))
		return mml_nn_refuse(r, "training is not supported");
	if (mml_nn_old_input(r, 0) < 0)
		return mml_nn_refuse(r, "it has no input");
	return (mask < 0 || emit_mask(r, mask)) && mml_nn_emit_alias(r);
}

/* Identity needs no node. */
static bool
rewrite_identity(MmlRewriter *r)
{
	return mml_nn_emit_alias(r);
}

/* BatchNormalization: of its forms for training only what they say for use. */
static bool
rewrite_batch_normalization(MmlRewriter *r)
{
	static const char *const drop[] = {"training_mode", "is_test", "spatial", "consumed_inputs", NULL};
	MmlNode    *node;

	if (mml_nn_old_int(r, "training_mode", 0) != 0)
		return mml_nn_refuse(r, "training is not supported");
	if (mml_nn_old_int(r, "spatial", 1) == 0)
		return mml_nn_refuse(r, "statistics of each point are not supported");
	for (int i = 1; i < r->old->outputs; i++)
		if (mml_nn_old_output(r, i) >= 0)
			return mml_nn_refuse(r, "outputs of training are not supported");
	node = mml_nn_emit(r, NULL, r->old->inputs, 1, drop, 0);
	if (node == NULL)
		return false;
	for (int i = 0; i < node->inputs; i++)
		node->input[i] = mml_nn_old_input(r, i);
	node->output[0] = mml_nn_old_output(r, 0);
	return true;
}

/*
 * Softmax and its kin below 13 took all dimensions from axis on as one: where
 * that is not just the last, flatten before and shape back behind.
 */
static bool
rewrite_softmax(MmlRewriter *r)
{
	static const char *const drop[] = {"axis", "consumed_inputs", NULL};
	int64_t		axis = mml_nn_old_int(r, "axis", 1);
	int			in = mml_nn_old_input(r, 0);
	int			out = mml_nn_old_output(r, 0);
	int			rank = mml_nn_rank(r, in);
	bool		last = axis == -1 || (rank > 0 && axis == rank - 1);
	int			flat = last ? in : mml_nn_new_value(r, 2);
	int			soft = last ? out : mml_nn_new_value(r, 2);
	int			shape = last ? 0 : mml_nn_new_value(r, 1);
	MmlNode    *node;

	if (flat < 0 || soft < 0 || shape < 0)
		return mml_nn_refuse(r, "it lacks its input or output");
	if (!last)
	{
		node = mml_nn_add_node(r->graph, mml_nn_text("Flatten"), r->old->name, 1, 1, 1);
		if (node == NULL)
			return false;
		node->input[0] = in;
		node->output[0] = flat;
		mml_nn_set_int(node, 1, "axis", axis);
	}
	node = mml_nn_emit(r, NULL, 1, 1, drop, 1);
	if (node == NULL)
		return false;
	node->input[0] = flat;
	node->output[0] = soft;
	mml_nn_set_int(node, 1, "axis", -1);
	if (last)
		return true;
	if (mml_nn_emit_between(r, "Shape", in, shape) == NULL)
		return false;
	node = mml_nn_add_node(r->graph, mml_nn_text("Reshape"), r->old->name, 2, 1, 0);
	if (node == NULL)
		return false;
	node->input[0] = soft;
	node->input[1] = shape;
	node->output[0] = out;
	return true;
}

/*
 * Arithmetic below 7: the second input was laid along the first only where an
 * attribute said so, and then from an axis on.
 */
static bool
rewrite_broadcast(MmlRewriter *r)
{
	static const char *const drop[] = {"broadcast", "axis", "consumed_inputs", NULL};
	int			a = mml_nn_old_input(r, 0);
	int			b = mml_nn_old_input(r, 1);
	int			rank = mml_nn_rank(r, a);
	int64_t		axis = mml_nn_old_int(r, "axis", -1);
	int64_t		more[MML_RANK];
	size_t		behind = 0;
	int			axes;
	int			wide;
	MmlNode    *node;

	if (mml_nn_old_int(r, "broadcast", 0) == 0 || mml_nn_attribute(r->old, "axis") == NULL)
		return mml_nn_emit_same(r, drop);
	if (a < 0 || b < 0 || rank < 0 || mml_nn_rank(r, b) < 0 || axis < -rank || axis > rank)
		return mml_nn_refuse(r, "broadcasting from an axis is supported only where the number of dimensions is known");
	for (int64_t i = (axis < 0 ? axis + rank : axis) + mml_nn_rank(r, b); i < rank; i++)
	{
		more[behind] = mml_nn_rank(r, b) + (int64_t) behind;
		behind++;
	}
	axes = mml_nn_ints_value(r, behind, more);
	wide = mml_nn_new_value(r, mml_nn_rank(r, b) + (int) behind);
	if (axes < 0 || wide < 0)
		return false;
	node = mml_nn_add_node(r->graph, mml_nn_text("Unsqueeze"), r->old->name, 2, 1, 0);
	if (node == NULL)
		return false;
	node->input[0] = b;
	node->input[1] = axes;
	node->output[0] = wide;
	node = mml_nn_emit(r, NULL, 2, 1, drop, 0);
	if (node == NULL)
		return false;
	node->input[0] = a;
	node->input[1] = wide;
	node->output[0] = mml_nn_old_output(r, 0);
	return true;
}

/* PRelu below 7 had a slope a channel. */
static bool
rewrite_prelu(MmlRewriter *r)
{
	static const char *const drop[] = {"consumed_inputs", NULL};
	int			x = mml_nn_old_input(r, 0);
	int			slope = mml_nn_old_input(r, 1);
	int64_t		more[MML_RANK];
	int			behind = mml_nn_rank(r, x) - 2;
	int			axes;
	int			wide;
	MmlNode    *node;

	if (x < 0 || slope < 0 || mml_nn_rank(r, slope) != 1)
		return mml_nn_emit_same(r, drop);
	if (mml_nn_rank(r, x) < 0)
		return mml_nn_refuse(r, "a slope a channel is supported only where the number of dimensions is known");
	for (int i = 0; i < behind; i++)
		more[i] = 1 + i;
	axes = mml_nn_ints_value(r, (size_t) MML_MAX(behind, 0), more);
	wide = mml_nn_new_value(r, 1 + MML_MAX(behind, 0));
	node = axes < 0 || wide < 0 ? NULL :
		mml_nn_add_node(r->graph, mml_nn_text("Unsqueeze"), r->old->name, 2, 1, 0);
	if (node == NULL)
		return false;
	node->input[0] = slope;
	node->input[1] = axes;
	node->output[0] = wide;
	node = mml_nn_emit(r, NULL, 2, 1, drop, 0);
	if (node == NULL)
		return false;
	node->input[0] = x;
	node->input[1] = wide;
	node->output[0] = mml_nn_old_output(r, 0);
	return true;
}

/* Gemm below 7 said whether its third input is laid along. */
static bool
rewrite_gemm(MmlRewriter *r)
{
	static const char *const drop[] = {"broadcast", NULL};

	return mml_nn_emit_same(r, drop);
}

/* GroupNormalization below 21 had scales and biases of groups, not of channels. */
static bool
rewrite_group_normalization(MmlRewriter *r)
{
	MmlNode    *node = mml_nn_emit(r, NULL, r->old->inputs, 1, NULL, 1);

	if (node == NULL)
		return false;
	for (int i = 0; i < node->inputs; i++)
		node->input[i] = mml_nn_old_input(r, i);
	node->output[0] = mml_nn_old_output(r, 0);
	mml_nn_set_int(node, 1, "per_group", 1);
	return true;
}

/* MeanVarianceNormalization: what it is made of.  The variance is that around the mean. */
static bool
rewrite_mean_variance(MmlRewriter *r)
{
	static const int64_t usual[] = {0, 2, 3};
	const int64_t *axes = usual;
	size_t		count = 3;
	int			x = mml_nn_old_input(r, 0);
	int			list;
	int			v[7];

	for (int i = 0; i < r->old->attributes; i++)
		if (!mml_nn_text_is(r->old->attribute[i].name, "axes"))
			return mml_nn_refuse(r, "this attribute of an old opset is not supported");
	(void) mml_nn_old_ints(r, "axes", &count, &axes);
	list = mml_nn_ints_value(r, count, axes);
	for (int i = 0; i < 7; i++)
	{
		v[i] = i == 6 ? mml_nn_float_value(r, 1e-9f) : mml_nn_new_value(r, mml_nn_rank(r, x));
		if (v[i] < 0 || list < 0)
			return false;
	}
	return mml_nn_emit_pair(r, "ReduceMean", x, list, v[0]) &&
		mml_nn_emit_pair(r, "Sub", x, v[0], v[1]) &&
		mml_nn_emit_pair(r, "Mul", v[1], v[1], v[2]) &&
		mml_nn_emit_pair(r, "ReduceMean", v[2], list, v[3]) &&
		mml_nn_emit_between(r, "Sqrt", v[3], v[4]) != NULL &&
		mml_nn_emit_pair(r, "Add", v[4], v[6], v[5]) &&
		mml_nn_emit_pair(r, "Div", v[1], v[5], mml_nn_old_output(r, 0));
}

/* CastLike to numbers of 16 bits, which only the file knows to be such. */
static bool
rewrite_cast_like(MmlRewriter *r)
{
	int			like = mml_nn_old_input(r, 1);
	MmlNode    *node;

	if (like < 0 || r->graph->value[like].half == 0)
		return mml_nn_emit_same(r, NULL);
	node = mml_nn_add_node(r->graph, mml_nn_text("Cast"), r->old->name, 1, 1, 1);
	if (node == NULL)
		return false;
	node->input[0] = mml_nn_old_input(r, 0);
	node->output[0] = mml_nn_old_output(r, 0);
	mml_nn_set_int(node, 1, "to", r->graph->value[like].half);
	return true;
}

/* Concat below 4 had an axis by default. */
static bool
rewrite_concat(MmlRewriter *r)
{
	static const char *const drop[] = {"axis", NULL};
	MmlNode    *node = mml_nn_emit(r, NULL, r->old->inputs, 1, drop, 1);

	if (node == NULL)
		return false;
	for (int i = 0; i < node->inputs; i++)
		node->input[i] = mml_nn_old_input(r, i);
	node->output[0] = mml_nn_old_output(r, 0);
	mml_nn_set_int(node, 1, "axis", mml_nn_old_int(r, "axis", 1));
	return true;
}

/* Cast below 6 named the type in words. */
static bool
rewrite_cast(MmlRewriter *r)
{
	static const char *const words[] = {
		"UNDEFINED", "FLOAT", "UINT8", "INT8", "UINT16", "INT16", "INT32", "INT64", "STRING", "BOOL",
		"FLOAT16", "DOUBLE", NULL
	};
	static const char *const drop[] = {"to", NULL};
	const MmlAttribute *to = mml_nn_attribute(r->old, "to");
	int			type = 0;
	MmlNode    *node;

	if (to == NULL || to->type != MML_ATTRIBUTE_TEXT)
		return mml_nn_emit_same(r, NULL);
	while (words[type] != NULL && !mml_nn_text_is(to->text, words[type]))
		type++;
	node = mml_nn_emit(r, NULL, 1, 1, drop, 1);
	if (node == NULL)
		return false;
	node->input[0] = mml_nn_old_input(r, 0);
	node->output[0] = mml_nn_old_output(r, 0);
	mml_nn_set_int(node, 1, "to", type);
	return true;
}

/* Below 6 many operators could overwrite their inputs, which says nothing. */
static bool
rewrite_consumed(MmlRewriter *r)
{
	static const char *const drop[] = {"consumed_inputs", NULL};

	return mml_nn_emit_same(r, drop);
}

/* Scatter has got another name. */
static bool
rewrite_scatter(MmlRewriter *r)
{
	MmlNode    *node = mml_nn_emit(r, "ScatterElements", r->old->inputs, r->old->outputs, NULL, 0);

	if (node == NULL)
		return false;
	for (int i = 0; i < node->inputs; i++)
		node->input[i] = mml_nn_old_input(r, i);
	for (int i = 0; i < node->outputs; i++)
		node->output[i] = mml_nn_old_output(r, i);
	return true;
}

const MmlRule mml_nn_form_rules[] = {
	{"Abs", 6, rewrite_consumed},
	{"Add", 7, rewrite_broadcast},
	{"And", 7, rewrite_broadcast},
	{"BatchNormalization", MML_ALWAYS, rewrite_batch_normalization},
	{"Cast", 6, rewrite_cast},
	{"CastLike", MML_ALWAYS, rewrite_cast_like},
	{"Ceil", 6, rewrite_consumed},
	{"Concat", 4, rewrite_concat},
	{"Div", 7, rewrite_broadcast},
	{"Dropout", MML_ALWAYS, rewrite_dropout},
	{"Elu", 6, rewrite_consumed},
	{"Equal", 7, rewrite_broadcast},
	{"Exp", 6, rewrite_consumed},
	{"Floor", 6, rewrite_consumed},
	{"Gemm", 7, rewrite_gemm},
	{"Greater", 7, rewrite_broadcast},
	{"GroupNormalization", 21, rewrite_group_normalization},
	{"HardSigmoid", 6, rewrite_consumed},
	{"Hardmax", 13, rewrite_softmax},
	{"Identity", MML_ALWAYS, rewrite_identity},
	{"InstanceNormalization", 6, rewrite_consumed},
	{"LeakyRelu", 6, rewrite_consumed},
	{"Less", 7, rewrite_broadcast},
	{"Log", 6, rewrite_consumed},
	{"LogSoftmax", 13, rewrite_softmax},
	{"Max", 6, rewrite_consumed},
	{"Mean", 6, rewrite_consumed},
	{"MeanVarianceNormalization", MML_ALWAYS, rewrite_mean_variance},
	{"Min", 6, rewrite_consumed},
	{"Mul", 7, rewrite_broadcast},
	{"Neg", 6, rewrite_consumed},
	{"Or", 7, rewrite_broadcast},
	{"PRelu", 7, rewrite_prelu},
	{"Pow", 7, rewrite_broadcast},
	{"Reciprocal", 6, rewrite_consumed},
	{"Relu", 6, rewrite_consumed},
	{"Scatter", MML_ALWAYS, rewrite_scatter},
	{"Selu", 6, rewrite_consumed},
	{"Sigmoid", 6, rewrite_consumed},
	{"Softmax", 13, rewrite_softmax},
	{"Sqrt", 6, rewrite_consumed},
	{"Sub", 7, rewrite_broadcast},
	{"Sum", 6, rewrite_consumed},
	{"Tanh", 6, rewrite_consumed},
	{"Xor", 7, rewrite_broadcast},
	{NULL, 0, NULL}
};

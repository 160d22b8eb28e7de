/*-------------------------------------------------------------------------
 *
 * rules.c
 *	  Old forms of operators, and how each is written in the newest.
 *
 * Source: ONNX, "Operator Changelog", opsets 1 to 17.
 *
 *-------------------------------------------------------------------------
 */
#include <string.h>

#include "nn/normalise.h"

/* An attribute of the old node as a list of numbers; false where it has none. */
static bool
old_ints(const MmlRewriter *r, const char *name, size_t *count, const int64_t **ints)
{
	const MmlAttribute *a = mml_nn_attribute(r->old, name);

	if (a == NULL || a->type != MML_ATTRIBUTE_INTS)
		return false;
	*count = a->count;
	*ints = a->ints;
	return true;
}

/* An attribute of the old node that is one number. */
static int64_t
old_int(const MmlRewriter *r, const char *name, int64_t otherwise)
{
	const MmlAttribute *a = mml_nn_attribute(r->old, name);

	return a == NULL || a->type != MML_ATTRIBUTE_INT ? otherwise : a->i;
}

static float
old_float(const MmlRewriter *r, const char *name, float otherwise)
{
	const MmlAttribute *a = mml_nn_attribute(r->old, name);

	return a == NULL || a->type != MML_ATTRIBUTE_FLOAT ? otherwise : a->f;
}

/* Write the old node with lists as further inputs that were attributes. */
static bool
ints_to_inputs(MmlRewriter *r, int lists, const char *const *names, const char *const *drop)
{
	int			inputs = r->old->inputs < 1 ? 1 : 1 + lists;
	MmlNode    *node;
	int			list[4] = {-1, -1, -1, -1};

	for (int i = 0; i < lists; i++)
	{
		size_t		count;
		const int64_t *ints;

		if (!old_ints(r, names[i], &count, &ints))
			continue;
		list[i] = mml_nn_ints_value(r, count, ints);
		if (list[i] < 0)
			return false;
	}
	while (inputs > 1 && list[inputs - 2] < 0)
		inputs--;
	node = mml_nn_emit(r, NULL, inputs, r->old->outputs, drop, 0);
	if (node == NULL)
		return false;
	node->input[0] = mml_nn_old_input(r, 0);
	for (int i = 1; i < inputs; i++)
		node->input[i] = list[i - 1];
	for (int i = 0; i < node->outputs; i++)
		node->output[i] = mml_nn_old_output(r, i);
	return true;
}

/* Squeeze, Unsqueeze, ReduceSum below 13: axes was an attribute. */
static bool
rewrite_axes(MmlRewriter *r)
{
	static const char *const names[] = {"axes", NULL};

	return ints_to_inputs(r, 1, names, names);
}

/* Reshape below 5: shape was one. */
static bool
rewrite_reshape(MmlRewriter *r)
{
	static const char *const names[] = {"shape", NULL};
	static const char *const drop[] = {"shape", "consumed_inputs", NULL};

	return ints_to_inputs(r, 1, names, drop);
}

/* Split below 13: split was one; and in opset 1 an input, too. */
static bool
rewrite_split(MmlRewriter *r)
{
	static const char *const names[] = {"split", NULL};

	return r->old->inputs > 1 ? mml_nn_emit_same(r, names) : ints_to_inputs(r, 1, names, names);
}

/* Slice below 10: starts, ends and axes were attributes. */
static bool
rewrite_slice(MmlRewriter *r)
{
	static const char *const names[] = {"starts", "ends", "axes", NULL};

	return ints_to_inputs(r, 3, names, names);
}

/* Pad below 11: pads and value were attributes, pads once called paddings. */
static bool
rewrite_pad(MmlRewriter *r)
{
	static const char *const drop[] = {"pads", "paddings", "value", NULL};
	size_t		count;
	const int64_t *ints;
	int			pads;
	int			value;
	MmlNode    *node;

	if (!old_ints(r, "pads", &count, &ints) && !old_ints(r, "paddings", &count, &ints))
		return mml_nn_refuse(r, "it has no pads");
	pads = mml_nn_ints_value(r, count, ints);
	value = mml_nn_float_value(r, old_float(r, "value", 0));
	if (pads < 0 || value < 0)
		return false;
	node = mml_nn_emit(r, NULL, 3, 1, drop, 0);
	if (node == NULL)
		return false;
	node->input[0] = mml_nn_old_input(r, 0);
	node->input[1] = pads;
	node->input[2] = value;
	node->output[0] = mml_nn_old_output(r, 0);
	return true;
}

/* Clip below 11: its bounds were attributes. */
static bool
rewrite_clip(MmlRewriter *r)
{
	static const char *const bounds[] = {"min", "max"};
	static const char *const drop[] = {"min", "max", "consumed_inputs", NULL};
	MmlNode    *node = mml_nn_emit(r, NULL, 3, 1, drop, 0);

	if (node == NULL)
		return false;
	node->input[0] = mml_nn_old_input(r, 0);
	node->output[0] = mml_nn_old_output(r, 0);
	for (int i = 0; i < 2; i++)
	{
		int			n = r->graph->nodes - 1;
		int			v;

		if (mml_nn_attribute(r->old, bounds[i]) == NULL)
			continue;
		v = mml_nn_float_value(r, old_float(r, bounds[i], 0));
		if (v < 0)
			return false;
		r->graph->node[n].input[1 + i] = v;
	}
	return true;
}

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

	if (old_int(r, "training_mode", 0) != 0)
		return mml_nn_refuse(r, "training is not supported");
	if (old_int(r, "spatial", 1) == 0)
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
	int64_t		axis = old_int(r, "axis", 1);
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
	int64_t		axis = old_int(r, "axis", -1);
	int64_t		more[MML_RANK];
	size_t		behind = 0;
	int			axes;
	int			wide;
	MmlNode    *node;

	if (old_int(r, "broadcast", 0) == 0 || mml_nn_attribute(r->old, "axis") == NULL)
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

/* Scales of Upsample, wherever an opset has them, as a constant or an input. */
static int
upsample_scales(MmlRewriter *r)
{
	const MmlAttribute *scales = mml_nn_attribute(r->old, "scales");
	float		old[4] = {1, 1, 0, 0};
	int64_t		dim = 4;

	if (r->old->inputs > 1)
		return mml_nn_old_input(r, 1);
	if (scales != NULL && scales->type == MML_ATTRIBUTE_FLOATS)
	{
		dim = (int64_t) scales->count;
		return mml_nn_add_constant(r->graph, mml_nn_text(""), MML_ELEMENT_F32, 1, &dim, scales->floats);
	}
	old[2] = old_float(r, "height_scale", 0);
	old[3] = old_float(r, "width_scale", 0);
	return mml_nn_add_constant(r->graph, mml_nn_text(""), MML_ELEMENT_F32, 1, &dim, old);
}

/* Upsample, and Resize below 11, are a Resize whose points are taken so. */
static bool
rewrite_upsample(MmlRewriter *r)
{
	static const char *const drop[] = {"scales", "height_scale", "width_scale", "mode", NULL};
	const MmlAttribute *mode = mml_nn_attribute(r->old, "mode");
	bool		linear = mode != NULL && mode->type == MML_ATTRIBUTE_TEXT &&
		!mml_nn_text_is(mode->text, "nearest");
	int			scales = upsample_scales(r);
	MmlNode    *node;

	if (linear && !mml_nn_text_is(mode->text, "linear") && !mml_nn_text_is(mode->text, "bilinear"))
		return mml_nn_refuse(r, "this mode is not supported");
	if (scales < 0)
		return mml_nn_refuse(r, "it has no scales");
	node = mml_nn_emit(r, "Resize", 3, 1, drop, linear ? 2 : 3);
	if (node == NULL)
		return false;
	node->input[0] = mml_nn_old_input(r, 0);
	node->input[2] = scales;
	node->output[0] = mml_nn_old_output(r, 0);
	mml_nn_set_text(node, 1, "mode", linear ? "linear" : "nearest");
	mml_nn_set_text(node, 2, "coordinate_transformation_mode", "asymmetric");
	if (!linear)
		mml_nn_set_text(node, 3, "nearest_mode", "floor");
	return true;
}

/* TopK below 10: k was an attribute. */
static bool
rewrite_topk(MmlRewriter *r)
{
	static const char *const drop[] = {"k", NULL};
	int64_t		k = old_int(r, "k", 0);
	int			v = mml_nn_ints_value(r, 1, &k);
	MmlNode    *node = v < 0 ? NULL : mml_nn_emit(r, NULL, 2, r->old->outputs, drop, 0);

	if (node == NULL)
		return false;
	node->input[0] = mml_nn_old_input(r, 0);
	node->input[1] = v;
	for (int i = 0; i < node->outputs; i++)
		node->output[i] = mml_nn_old_output(r, i);
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
	mml_nn_set_int(node, 1, "axis", old_int(r, "axis", 1));
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

#define ALWAYS (MML_OPSET + 1)

const MmlRule mml_nn_rules[] = {
	{"Abs", 6, rewrite_consumed},
	{"Add", 7, rewrite_broadcast},
	{"And", 7, rewrite_broadcast},
	{"BatchNormalization", ALWAYS, rewrite_batch_normalization},
	{"Cast", 6, rewrite_cast},
	{"Ceil", 6, rewrite_consumed},
	{"Clip", 11, rewrite_clip},
	{"Concat", 4, rewrite_concat},
	{"Div", 7, rewrite_broadcast},
	{"Dropout", ALWAYS, rewrite_dropout},
	{"Elu", 6, rewrite_consumed},
	{"Equal", 7, rewrite_broadcast},
	{"Exp", 6, rewrite_consumed},
	{"Floor", 6, rewrite_consumed},
	{"Gemm", 7, rewrite_gemm},
	{"Greater", 7, rewrite_broadcast},
	{"HardSigmoid", 6, rewrite_consumed},
	{"Hardmax", 13, rewrite_softmax},
	{"Identity", ALWAYS, rewrite_identity},
	{"InstanceNormalization", 6, rewrite_consumed},
	{"LeakyRelu", 6, rewrite_consumed},
	{"Less", 7, rewrite_broadcast},
	{"Log", 6, rewrite_consumed},
	{"LogSoftmax", 13, rewrite_softmax},
	{"Max", 6, rewrite_consumed},
	{"Mean", 6, rewrite_consumed},
	{"Min", 6, rewrite_consumed},
	{"Mul", 7, rewrite_broadcast},
	{"Neg", 6, rewrite_consumed},
	{"Or", 7, rewrite_broadcast},
	{"PRelu", 7, rewrite_prelu},
	{"Pad", 11, rewrite_pad},
	{"Pow", 7, rewrite_broadcast},
	{"Reciprocal", 6, rewrite_consumed},
	{"ReduceSum", 13, rewrite_axes},
	{"Relu", 6, rewrite_consumed},
	{"Reshape", 5, rewrite_reshape},
	{"Resize", 11, rewrite_upsample},
	{"Scatter", ALWAYS, rewrite_scatter},
	{"Selu", 6, rewrite_consumed},
	{"Sigmoid", 6, rewrite_consumed},
	{"Slice", 10, rewrite_slice},
	{"Softmax", 13, rewrite_softmax},
	{"Split", 13, rewrite_split},
	{"Sqrt", 6, rewrite_consumed},
	{"Squeeze", 13, rewrite_axes},
	{"Sub", 7, rewrite_broadcast},
	{"Sum", 6, rewrite_consumed},
	{"Tanh", 6, rewrite_consumed},
	{"TopK", 10, rewrite_topk},
	{"Unsqueeze", 13, rewrite_axes},
	{"Upsample", ALWAYS, rewrite_upsample},
	{"Xor", 7, rewrite_broadcast},
	{NULL, 0, NULL}
};

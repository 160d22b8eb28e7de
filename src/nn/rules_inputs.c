/*-------------------------------------------------------------------------
 *
 * rules_inputs.c
 *	  Old forms of operators whose attributes have become inputs.
 *
 * Source: ONNX, "Operator Changelog", opsets 1 to 22.
 *
 *-------------------------------------------------------------------------
 */
#include <string.h>

#include "nn/normalise.h"

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

		if (!mml_nn_old_ints(r, names[i], &count, &ints))
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

	if (!mml_nn_old_ints(r, "pads", &count, &ints) && !mml_nn_old_ints(r, "paddings", &count, &ints))
		return mml_nn_refuse(r, "it has no pads");
	pads = mml_nn_ints_value(r, count, ints);
	value = mml_nn_float_value(r, mml_nn_old_float(r, "value", 0));
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
		v = mml_nn_float_value(r, mml_nn_old_float(r, bounds[i], 0));
		if (v < 0)
			return false;
		r->graph->node[n].input[1 + i] = v;
	}
	return true;
}

/* TopK below 10: k was an attribute. */
static bool
rewrite_topk(MmlRewriter *r)
{
	static const char *const drop[] = {"k", NULL};
	int64_t		k = mml_nn_old_int(r, "k", 0);
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
	old[2] = mml_nn_old_float(r, "height_scale", 0);
	old[3] = mml_nn_old_float(r, "width_scale", 0);
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

const MmlRule mml_nn_input_rules[] = {
	{"Clip", 11, rewrite_clip},
	{"Pad", 11, rewrite_pad},
	{"ReduceSum", 13, rewrite_axes},
	{"Reshape", 5, rewrite_reshape},
	{"Resize", 11, rewrite_upsample},
	{"Slice", 10, rewrite_slice},
	{"Split", 13, rewrite_split},
	{"Squeeze", 13, rewrite_axes},
	{"TopK", 10, rewrite_topk},
	{"Unsqueeze", 13, rewrite_axes},
	{"Upsample", MML_ALWAYS, rewrite_upsample},
	{NULL, 0, NULL}
};

/*-------------------------------------------------------------------------
 *
 * fuse.c
 *	  Let a node do the work of the node behind it, where its result is hot.
 *
 * A product of matrices takes over the addition of a constant row, and then
 * becomes Gemm; products and convolutions take over an activation, by
 * attributes whose names begin with a dot:
 *
 *		.activation		name of the operator
 *		.alpha, .beta	its numbers, where it has such: LeakyRelu and Elu alpha;
 *						HardSigmoid both; Clip the least and the largest result
 *
 * Last, a convolution takes over MaxPool of 2x2 points by steps of 2:
 *
 *		.pool			2
 *
 *-------------------------------------------------------------------------
 */
#include <math.h>
#include <string.h>

#include "nn/plan.h"

/* Operators that take over an activation, and activations that they know. */
static const char *const hosts[] = {"Conv", "Gemm", "MatMul", "ConvTranspose", NULL};
static const char *const activations[] = {
	"Relu", "LeakyRelu", "Elu", "Clip", "Sigmoid", "Tanh", "HardSwish", "HardSigmoid", NULL
};

/* The name in a list that a text is, or NULL. */
static const char *
find_name(const char *const *list, MmlText text)
{
	for (; *list != NULL; list++)
		if (mml_nn_text_is(text, *list))
			return *list;
	return NULL;
}

/* The node that alone uses the only output of a node, or -1. */
static int
only_user(const MmlPlan *plan, const MmlNode *node)
{
	int			v = node->outputs == 1 ? node->output[0] : -1;
	int			user;

	if (v < 0 || plan->uses[v] != 1)
		return -1;
	user = plan->user[v];
	for (int i = 0; i < plan->outputs; i++)
		if (plan->output[i] == v)
			return -1;
	return plan->node[user].outputs == 1 && plan->node[user].output[0] >= 0 ? user : -1;
}

/* Is a value a matrix, or a row of constants, of float32? */
static bool
is_matrix(const MmlPlan *plan, int v)
{
	return v >= 0 && plan->tensor[v].type == MML_ELEMENT_F32 && plan->tensor[v].rank == 2;
}

static bool
is_row(const MmlPlan *plan, int v, int64_t length)
{
	const MmlTensor *t = v < 0 ? NULL : &plan->tensor[v];

	return t != NULL && t->type == MML_ELEMENT_F32 && mml_nn_is_constant(plan, v) && t->rank >= 1 &&
		t->rank <= 2 && t->dims[t->rank - 1] == length && t->count == (size_t) length;
}

/* Make MatMul, and the Add behind it, a Gemm; -1 where they are not such. */
static int
fuse_row(MmlPlan *plan, MmlNode *node)
{
	int			user = only_user(plan, node);
	const MmlOperator *gemm = mml_tensor_operator(mml_nn_text("Gemm"));
	const MmlNode *add;
	int			row;
	int		   *links;

	if (user < 0 || gemm == NULL || !mml_nn_text_is(node->type, "MatMul") || node->inputs != 2 ||
		!is_matrix(plan, node->input[0]) || !is_matrix(plan, node->input[1]))
		return -1;
	add = &plan->node[user];
	if (!mml_nn_text_is(add->type, "Add") || add->inputs != 2)
		return -1;
	row = add->input[0] == node->output[0] ? add->input[1] : add->input[0];
	if (!is_row(plan, row, plan->tensor[node->input[1]].dims[1]))
		return -1;
	links = mml_nn_plan_take(plan, 4, sizeof(int));
	if (links == NULL)
		return -1;
	links[0] = node->input[0];
	links[1] = node->input[1];
	links[2] = row;
	links[3] = add->output[0];
	node->type = mml_nn_text("Gemm");
	node->op = gemm;
	node->input = links;
	node->inputs = 3;
	node->output = links + 3;
	return user;
}

/* A bound of Clip; false where it is not known. */
static bool
clip_bound(const MmlPlan *plan, const MmlNode *node, int i, float *bound)
{
	const MmlTensor *t;

	if (i >= node->inputs || node->input[i] < 0)
		return true;
	t = &plan->tensor[node->input[i]];
	if (!mml_nn_is_constant(plan, node->input[i]) || t->type != MML_ELEMENT_F32 || t->count != 1)
		return false;
	memcpy(bound, t->data, sizeof(float));
	return true;
}

/*
 * The numbers of an activation, and how many it has: 0 to 2; -1 where they are
 * not known.
 */
static int
read_numbers(const MmlPlan *plan, const MmlNode *node, const char *name, float number[2])
{
	static const char *const names[2] = {"alpha", "beta"};
	bool		hard = strcmp(name, "HardSigmoid") == 0;
	int			count = hard ? 2 : strcmp(name, "LeakyRelu") == 0 || strcmp(name, "Elu") == 0;

	if (strcmp(name, "Clip") == 0)
	{
		number[0] = -INFINITY;
		number[1] = INFINITY;
		return clip_bound(plan, node, 1, &number[0]) && clip_bound(plan, node, 2, &number[1]) ? 2 : -1;
	}
	number[0] = hard ? 0.2f : strcmp(name, "Elu") == 0 ? 1 : 0.01f;
	number[1] = 0.5f;
	for (int i = 0; i < node->attributes; i++)
	{
		const MmlAttribute *a = &node->attribute[i];
		int			which = mml_nn_text_is(a->name, names[0]) ? 0 : mml_nn_text_is(a->name, names[1]) ? 1 : 2;

		if (which >= count || a->type != MML_ATTRIBUTE_FLOAT)
			return -1;
		number[which] = a->f;
	}
	return node->inputs == 1 ? count : -1;
}

/* Let a node do the activation behind it; -1 where there is none that it can. */
static int
fuse_activation(MmlPlan *plan, MmlNode *node)
{
	static const char *const names[2] = {".alpha", ".beta"};
	int			user = only_user(plan, node);
	const MmlNode *behind = user < 0 ? NULL : &plan->node[user];
	const char *name = user < 0 ? NULL : find_name(activations, behind->type);
	float		number[2];
	int			numbers;
	MmlAttribute *attribute;
	size_t		old = (size_t) node->attributes;

	if (name == NULL || find_name(hosts, node->type) == NULL || node->inputs < 1 ||
		node->input[0] < 0 || plan->tensor[node->input[0]].type != MML_ELEMENT_F32 ||
		behind->inputs < 1 || behind->input[0] != node->output[0])
		return -1;
	numbers = read_numbers(plan, behind, name, number);
	attribute = numbers < 0 ? NULL : mml_nn_plan_take(plan, old + 3, sizeof(MmlAttribute));
	if (attribute == NULL)
		return -1;
	if (old > 0)
		memcpy(attribute, node->attribute, old * sizeof(MmlAttribute));
	attribute[old].name = mml_nn_text(".activation");
	attribute[old].type = MML_ATTRIBUTE_TEXT;
	attribute[old].text = mml_nn_text(name);
	for (int i = 0; i < numbers; i++)
	{
		attribute[old + 1 + (size_t) i].name = mml_nn_text(names[i]);
		attribute[old + 1 + (size_t) i].type = MML_ATTRIBUTE_FLOAT;
		attribute[old + 1 + (size_t) i].f = number[i];
	}
	node->attribute = attribute;
	node->attributes += 1 + numbers;
	node->output = behind->output;
	return user;
}

/* Is an attribute a list of the same number, or not there? */
static bool
all_are(const MmlNode *node, const char *name, int64_t number, bool needed)
{
	const MmlAttribute *a = mml_nn_attribute(node, name);

	if (a == NULL)
		return !needed;
	for (size_t i = 0; i < a->count; i++)
		if (a->type != MML_ATTRIBUTE_INTS || a->ints[i] != number)
			return false;
	return a->type == MML_ATTRIBUTE_INTS;
}

/*
 * Let a convolution over images keep only the largest of each 2x2 points, where
 * that is what the node behind it does: that one, or -1.
 */
int
mml_nn_fuse_pool(MmlPlan *plan, MmlNode *node)
{
	int			user = only_user(plan, node);
	const MmlNode *behind = user < 0 ? NULL : &plan->node[user];
	size_t		old = (size_t) node->attributes;
	const MmlAttribute *ceil_mode;
	const MmlAttribute *auto_pad;
	MmlAttribute *attribute;

	if (user < 0 || !mml_nn_text_is(node->type, "Conv") || !mml_nn_text_is(behind->type, "MaxPool") ||
		plan->tensor[node->output[0]].rank != 4 || !all_are(behind, "kernel_shape", 2, true) ||
		!all_are(behind, "strides", 2, true) || !all_are(behind, "pads", 0, false) ||
		!all_are(behind, "dilations", 1, false))
		return -1;
	ceil_mode = mml_nn_attribute(behind, "ceil_mode");
	auto_pad = mml_nn_attribute(behind, "auto_pad");
	if ((ceil_mode != NULL && ceil_mode->i != 0) ||
		(auto_pad != NULL && !mml_nn_text_is(auto_pad->text, "NOTSET") &&
		 !mml_nn_text_is(auto_pad->text, "VALID")))
		return -1;
	attribute = mml_nn_plan_take(plan, old + 1, sizeof(MmlAttribute));
	if (attribute == NULL)
		return -1;
	if (old > 0)
		memcpy(attribute, node->attribute, old * sizeof(MmlAttribute));
	attribute[old].name = mml_nn_text(".pool");
	attribute[old].type = MML_ATTRIBUTE_INT;
	attribute[old].i = 2;
	node->attribute = attribute;
	node->attributes++;
	node->output = behind->output;
	return user;
}

/*
 * Fuse into node n what it can take over: the nodes in fused, -1 for none.
 * False where there is nothing; *before is the node as it was.
 */
bool
mml_nn_fuse(MmlPlan *plan, int n, MmlNode *before, int fused[2])
{
	MmlNode    *node = &plan->node[n];

	*before = *node;
	if (mml_nn_is_known(plan, node))
		return false;
	fused[0] = fuse_row(plan, node);
	fused[1] = fuse_activation(plan, node);
	return fused[0] >= 0 || fused[1] >= 0;
}

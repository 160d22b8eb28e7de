/*-------------------------------------------------------------------------
 *
 * normalise.c
 *	  Rewrite a graph of any opset to the forms of opset MML_OPSET.
 *
 * Nodes are written anew, in their order, by the rule for their operator
 * (rules.c) or as they are.  Shapes are not known yet; of ranks those that
 * follow from constants, inputs and the operators alone are, and are noted in
 * the tensor of each value; -1 where unknown.
 *
 *-------------------------------------------------------------------------
 */
#include <string.h>

#include "nn/normalise.h"

/* -------------------------------------------------------- for the rules */

/* Input i of the old node, as it is now; -1 where it is left out. */
int
mml_nn_old_input(const MmlRewriter *r, int i)
{
	int			v = i < r->old->inputs ? r->old->input[i] : -1;

	return v >= 0 && v < r->values ? r->same[v] : v;
}

/* Output i of the old node; -1 where it is left out or never used. */
int
mml_nn_old_output(const MmlRewriter *r, int i)
{
	int			v = i < r->old->outputs ? r->old->output[i] : -1;

	return v >= 0 && r->graph->value[v].uses > 0 ? v : -1;
}

/* An attribute of the old node as a list of numbers; false where it has none. */
bool
mml_nn_old_ints(const MmlRewriter *r, const char *name, size_t *count, const int64_t **ints)
{
	const MmlAttribute *a = mml_nn_attribute(r->old, name);

	if (a == NULL || a->type != MML_ATTRIBUTE_INTS)
		return false;
	*count = a->count;
	*ints = a->ints;
	return true;
}

/* An attribute of the old node that is one number. */
int64_t
mml_nn_old_int(const MmlRewriter *r, const char *name, int64_t otherwise)
{
	const MmlAttribute *a = mml_nn_attribute(r->old, name);

	return a == NULL || a->type != MML_ATTRIBUTE_INT ? otherwise : a->i;
}

float
mml_nn_old_float(const MmlRewriter *r, const char *name, float otherwise)
{
	const MmlAttribute *a = mml_nn_attribute(r->old, name);

	return a == NULL || a->type != MML_ATTRIBUTE_FLOAT ? otherwise : a->f;
}

/* The number of dimensions of a value; -1 where that is not known. */
int
mml_nn_rank(const MmlRewriter *r, int v)
{
	return v < 0 ? -1 : r->graph->value[v].tensor.rank;
}

/* Say that a node cannot be rewritten. */
bool
mml_nn_refuse(MmlRewriter *r, const char *why)
{
	return mml_nn_fail(r->graph->problem, MML_FAULT_UNSUPPORTED, "node \"%.*s\" (%.*s): %s",
					   MML_SHOW(mml_nn_node_name(r->graph, r->old)), MML_SHOW(r->old->type), why);
}

/* Is a name in a list, which may be NULL and ends in NULL? */
static bool
in_list(MmlText name, const char *const *list)
{
	for (; list != NULL && *list != NULL; list++)
		if (mml_nn_text_is(name, *list))
			return true;
	return false;
}

/*
 * Write a node with the attributes of the old one but those to drop, and room
 * for extra ones, which mml_nn_set_*() must fill.
 */
MmlNode *
mml_nn_emit(MmlRewriter *r, const char *type, int inputs, int outputs,
			const char *const *drop, int extra)
{
	const MmlNode *old = r->old;
	MmlNode    *node;
	int			kept = 0;

	for (int i = 0; i < old->attributes; i++)
		kept += !in_list(old->attribute[i].name, drop);
	node = mml_nn_add_node(r->graph, type == NULL ? old->type : mml_nn_text(type), old->name,
						   inputs, outputs, kept + extra);
	if (node == NULL)
		return NULL;
	kept = 0;
	for (int i = 0; i < old->attributes; i++)
		if (!in_list(old->attribute[i].name, drop))
			node->attribute[kept++] = old->attribute[i];
	return node;
}

/* Write a node of one input and one output, without attributes. */
MmlNode *
mml_nn_emit_between(MmlRewriter *r, const char *type, int input, int output)
{
	MmlNode    *node = mml_nn_add_node(r->graph, mml_nn_text(type), r->old->name, 1, 1, 0);

	if (node != NULL)
	{
		node->input[0] = input;
		node->output[0] = output;
	}
	return node;
}

/* Write a node of two inputs and one output, without attributes. */
bool
mml_nn_emit_pair(MmlRewriter *r, const char *type, int a, int b, int output)
{
	MmlNode    *node = mml_nn_add_node(r->graph, mml_nn_text(type), r->old->name, 2, 1, 0);

	if (node == NULL)
		return false;
	node->input[0] = a;
	node->input[1] = b;
	node->output[0] = output;
	return true;
}

/* Write the old node as it is, but for some attributes. */
bool
mml_nn_emit_same(MmlRewriter *r, const char *const *drop)
{
	MmlNode    *node = mml_nn_emit(r, NULL, r->old->inputs, r->old->outputs, drop, 0);

	if (node == NULL)
		return false;
	for (int i = 0; i < node->inputs; i++)
		node->input[i] = mml_nn_old_input(r, i);
	for (int i = 0; i < node->outputs; i++)
		node->output[i] = mml_nn_old_output(r, i);
	return true;
}

/* Let the first output be the first input: without a node, where it is not an output of the network. */
bool
mml_nn_emit_alias(MmlRewriter *r)
{
	int			in = mml_nn_old_input(r, 0);
	int			out = mml_nn_old_output(r, 0);

	if (in < 0)
		return mml_nn_refuse(r, "it has no input");
	if (out < 0)
		return true;
	r->graph->value[out].tensor.rank = mml_nn_rank(r, in);
	for (int i = 0; i < r->graph->outputs; i++)
		if (r->graph->output[i] == out)
			return mml_nn_emit_between(r, "Identity", in, out) != NULL;
	r->same[out] = in;
	return true;
}

/* Set an attribute, counted from the last. */
void
mml_nn_set_int(MmlNode *node, int from_end, const char *name, int64_t value)
{
	MmlAttribute *attribute = &node->attribute[node->attributes - from_end];

	attribute->name = mml_nn_text(name);
	attribute->type = MML_ATTRIBUTE_INT;
	attribute->i = value;
}

void
mml_nn_set_text(MmlNode *node, int from_end, const char *name, const char *value)
{
	MmlAttribute *attribute = &node->attribute[node->attributes - from_end];

	attribute->name = mml_nn_text(name);
	attribute->type = MML_ATTRIBUTE_TEXT;
	attribute->text = mml_nn_text(value);
}

/* A value between two nodes of a rule. */
int
mml_nn_new_value(MmlRewriter *r, int rank)
{
	int			v = mml_nn_add_value(r->graph, mml_nn_text(""), MML_VALUE_COMPUTED);

	if (v >= 0)
		r->graph->value[v].tensor.rank = rank;
	return v;
}

/* A constant list of numbers. */
int
mml_nn_ints_value(MmlRewriter *r, size_t count, const int64_t *ints)
{
	int64_t		dim = (int64_t) count;

	return mml_nn_add_constant(r->graph, mml_nn_text(""), MML_ELEMENT_I64, 1, &dim, ints);
}

/* A constant number. */
int
mml_nn_float_value(MmlRewriter *r, float number)
{
	return mml_nn_add_constant(r->graph, mml_nn_text(""), MML_ELEMENT_F32, 0, NULL, &number);
}

/* ------------------------------------------------------------------ ranks */

/* Operators whose first output has the rank of their first input. */
static const char *const keepers[] = {
	"Abs", "AveragePool", "BatchNormalization", "Cast", "Ceil", "Celu", "Clip", "Concat",
	"Conv", "ConvTranspose", "DepthToSpace", "Dropout", "Elu", "Erf", "Exp", "Floor",
	"Gelu", "GlobalAveragePool", "GlobalMaxPool", "GroupNormalization", "HardSigmoid", "HardSwish", "Hardmax", "Identity",
	"InstanceNormalization", "LRN", "LayerNormalization", "LeakyRelu", "Log", "LogSoftmax",
	"MaxPool", "Mish", "Neg", "Not", "PRelu", "Pad", "Reciprocal", "Relu", "Resize", "Selu", "Sigmoid",
	"Sign", "Slice", "Softmax", "Softplus", "Softsign", "SpaceToDepth", "Split", "Sqrt", "Tanh",
	"ThresholdedRelu", "Tile", "Transpose", "Upsample", NULL
};

/* Operators whose output has the rank of the larger of two inputs. */
static const char *const wideners[] = {"Add", "Sub", "Mul", "Div", "Pow", "MatMul", NULL};

/* The rank of what a node computes, as far as it is known. */
static int
guess_rank(const MmlGraph *graph, const MmlNode *node)
{
	int			rank[2] = {-1, -1};

	for (int i = 0; i < 2 && i < node->inputs; i++)
		if (node->input[i] >= 0)
			rank[i] = graph->value[node->input[i]].tensor.rank;
	if (in_list(node->type, keepers))
		return rank[0];
	if (in_list(node->type, wideners))
		return rank[0] < 0 || rank[1] < 0 || (rank[0] < 2 && mml_nn_text_is(node->type, "MatMul")) ? -1 :
			MML_MAX(rank[0], rank[1]);
	if (mml_nn_text_is(node->type, "Gemm") || mml_nn_text_is(node->type, "Flatten"))
		return 2;
	if (mml_nn_text_is(node->type, "Reshape") && rank[1] == 1)
	{
		const MmlValue *shape = &graph->value[node->input[1]];

		if (shape->kind == MML_VALUE_CONSTANT && shape->tensor.count <= MML_RANK)
			return (int) shape->tensor.count;
	}
	return -1;
}

/* ---------------------------------------------------------------- the graph */

/* Constants that are nodes are constants from now on; true also for others. */
static bool
take_constant(MmlRewriter *r, bool *taken)
{
	int			out = mml_nn_old_output(r, 0);
	const MmlAttribute *value = r->old->attributes == 1 ? &r->old->attribute[0] : NULL;
	int64_t		dim;
	int			v = -1;

	*taken = mml_nn_text_is(r->old->type, "Constant");
	if (!*taken || out < 0)
		return true;
	if (value == NULL)
		return mml_nn_refuse(r, "it must have one value");
	dim = (int64_t) value->count;
	if (value->type == MML_ATTRIBUTE_TENSOR && mml_nn_text_is(value->name, "value"))
	{
		r->graph->value[out].tensor = value->tensor;
		r->graph->value[out].kind = MML_VALUE_CONSTANT;
		return true;
	}
	if (value->type == MML_ATTRIBUTE_FLOAT || value->type == MML_ATTRIBUTE_FLOATS)
		v = mml_nn_add_constant(r->graph, mml_nn_text(""), MML_ELEMENT_F32, value->type == MML_ATTRIBUTE_FLOATS,
								&dim, value->type == MML_ATTRIBUTE_FLOAT ? &value->f : value->floats);
	else if (value->type == MML_ATTRIBUTE_INT || value->type == MML_ATTRIBUTE_INTS)
		v = mml_nn_add_constant(r->graph, mml_nn_text(""), MML_ELEMENT_I64, value->type == MML_ATTRIBUTE_INTS,
								&dim, value->type == MML_ATTRIBUTE_INT ? &value->i : value->ints);
	else
		return mml_nn_refuse(r, "a value of this type is not supported");
	if (v < 0)
		return false;
	r->graph->value[out].tensor = r->graph->value[v].tensor;
	r->graph->value[out].kind = MML_VALUE_CONSTANT;
	return true;
}

/* Rewrite one node. */
static bool
rewrite(MmlRewriter *r)
{
	static const MmlRule *const rules[] = {mml_nn_form_rules, mml_nn_input_rules};
	const MmlOperator *op = mml_tensor_operator(r->old->type);
	bool		taken;

	if (!mml_nn_pass_texts(r, &taken) || taken)
		return r->graph->problem->fault == MML_FAULT_NONE;
	if (mml_nn_text_is(r->old->domain, "ai.onnx.ml"))
		for (const MmlRule *rule = mml_nn_ml_rules; rule->type != NULL; rule++)
			if (mml_nn_text_is(r->old->type, rule->type))
				return rule->rewrite(r);
	if (r->old->domain.length > 0 && !mml_nn_text_is(r->old->domain, "ai.onnx"))
		return mml_nn_fail(r->graph->problem, MML_FAULT_UNSUPPORTED,
						   "operator %.*s of domain %.*s, in node \"%.*s\", is not supported",
						   MML_SHOW(r->old->type), MML_SHOW(r->old->domain),
						   MML_SHOW(mml_nn_node_name(r->graph, r->old)));
	if (op != NULL && op->since > r->graph->opset)
		return mml_nn_fail(r->graph->problem, MML_FAULT_BROKEN,
						   "operator %s, in node \"%.*s\", came with opset %d, but the network is written in opset %d",
						   op->name, MML_SHOW(mml_nn_node_name(r->graph, r->old)), op->since,
						   r->graph->opset);
	if (!take_constant(r, &taken) || taken)
		return r->graph->problem->fault == MML_FAULT_NONE;
	for (size_t i = 0; i < sizeof(rules) / sizeof(*rules); i++)
		for (const MmlRule *rule = rules[i]; rule->type != NULL; rule++)
			if (r->graph->opset < rule->below && mml_nn_text_is(r->old->type, rule->type))
				return rule->rewrite(r);
	return mml_nn_emit_same(r, NULL);
}

/* Give nodes their operators. */
static bool
find_operators(MmlGraph *graph)
{
	for (int n = 0; n < graph->nodes; n++)
	{
		MmlNode    *node = &graph->node[n];

		node->op = mml_tensor_operator(node->type);
		if (node->op == NULL)
			return mml_nn_fail(graph->problem, MML_FAULT_UNSUPPORTED,
							   "operator %.*s, in node \"%.*s\", is not supported",
							   MML_SHOW(node->type), MML_SHOW(mml_nn_node_name(graph, node)));
	}
	return true;
}

/* Leave out outputs of the network that are texts; one at least must remain. */
static bool
drop_texts(MmlGraph *graph)
{
	int			kept = 0;

	for (int i = 0; i < graph->outputs; i++)
		if (graph->value[graph->output[i]].kind != MML_VALUE_TEXT)
			graph->output[kept++] = graph->output[i];
	if (kept == 0)
		return mml_nn_fail(graph->problem, MML_FAULT_UNSUPPORTED,
						   "all outputs of the network are texts, which are not supported");
	graph->outputs = kept;
	return true;
}

/* Rewrite a graph that is sorted and whose nodes have no operators yet. */
bool
mml_nn_normalise(MmlGraph *graph)
{
	MmlRewriter r = {.graph = graph,.values = graph->values};
	MmlNode    *old;
	int			count;

	mml_nn_drop_dead(graph);
	old = graph->node;
	count = graph->nodes;
	r.same = mml_nn_take(graph, (size_t) graph->values, sizeof(int));
	if (r.same == NULL)
		return false;
	for (int v = 0; v < graph->values; v++)
	{
		r.same[v] = v;
		if (graph->value[v].kind == MML_VALUE_COMPUTED)
			graph->value[v].tensor.rank = -1;
	}
	graph->node = NULL;
	graph->nodes = graph->node_room = 0;
	for (int n = 0; n < count; n++)
	{
		int			first = graph->nodes;

		r.old = &old[n];
		if (!rewrite(&r))
			return false;
		for (int i = first; i < graph->nodes; i++)
			for (int j = 0; j < graph->node[i].outputs; j++)
				if (graph->node[i].output[j] >= 0 && graph->value[graph->node[i].output[j]].tensor.rank < 0)
					graph->value[graph->node[i].output[j]].tensor.rank = guess_rank(graph, &graph->node[i]);
	}
	graph->opset = MML_OPSET;
	if (!drop_texts(graph))
		return false;
	mml_nn_drop_dead(graph);
	return find_operators(graph);
}

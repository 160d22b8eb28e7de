/*-------------------------------------------------------------------------
 *
 * simplify.c
 *	  What can be computed of a network once and for all, when it is imported.
 *
 * Nodes whose inputs are constants become constants, unless those are much
 * larger than what they are made of.  BatchNormalization behind a convolution
 * goes into its weights and bias:
 *
 *		s (w x + b - mean) + shift = (s w) x + (s (b - mean) + shift),
 *		s = scale / sqrt(variance + epsilon),
 *
 * and a constant that is added to each channel goes into its bias.
 *
 *-------------------------------------------------------------------------
 */
#include <math.h>
#include <string.h>

#include "nn/plan.h"

#define ALWAYS_KEPT ((size_t) 1 << 16)	/* bytes */

/* ---------------------------------------------------------------- constants */

/* Are all inputs of a node known? */
static bool
has_constant_inputs(const MmlPlan *plan, const MmlNode *node)
{
	for (int i = 0; i < node->inputs; i++)
		if (node->input[i] >= 0 && plan->tensor[node->input[i]].data == NULL)
			return false;
	return true;
}

/* Bytes of a tensor. */
static size_t
tensor_bytes(const MmlTensor *tensor)
{
	return tensor->count * mml_tensor_element_size(tensor->type);
}

/* Make the outputs of a node that was computed constants of the graph. */
static bool
keep_outputs(MmlGraph *graph, const MmlPlan *plan, MmlNode *node)
{
	size_t		made_of = 0;

	for (int i = 0; i < node->inputs; i++)
		if (node->input[i] >= 0)
			made_of += tensor_bytes(&plan->tensor[node->input[i]]);
	for (int i = 0; i < node->outputs; i++)
	{
		MmlValue   *value;
		const MmlTensor *tensor;

		if (node->output[i] < 0)
			continue;
		value = &graph->value[node->output[i]];
		tensor = &plan->tensor[node->output[i]];
		if (tensor->data == NULL || (tensor_bytes(tensor) > ALWAYS_KEPT && tensor_bytes(tensor) / 2 > made_of))
			continue;
		value->tensor = *tensor;
		value->tensor.data = mml_nn_take(graph, tensor->count, mml_tensor_element_size(tensor->type));
		if (value->tensor.data == NULL)
			return false;
		memcpy(value->tensor.data, tensor->data, tensor_bytes(tensor));
		value->kind = MML_VALUE_CONSTANT;
		node->output[i] = -1;
	}
	return true;
}

/* Compute what depends on nothing but constants. */
static bool
fold_constants(MmlGraph *graph, MmlLimits limits)
{
	MmlProblem	problem = {0};
	MmlPlan		plan;
	bool		kept = true;

	if (mml_nn_plan_open(&plan, graph, graph->heap->room, limits, &problem))
	{
		for (int v = 0; v < graph->values; v++)
			plan.uses[v] = graph->value[v].uses;
		for (int n = 0; kept && n < graph->nodes; n++)
			if (has_constant_inputs(&plan, &plan.node[n]))
			{
				/* what is wrong here will be said when a run is planned */
				problem.fault = MML_FAULT_NONE;
				if (mml_nn_infer(&plan, n))
					kept = keep_outputs(graph, &plan, &graph->node[n]);
			}
	}
	mml_nn_plan_release(&plan);
	return kept;
}

/* -------------------------------------------------------------- convolutions */

/* The convolution whose only use is as this input of a node, or NULL. */
static MmlNode *
convolution_before(const MmlGraph *graph, int v)
{
	MmlNode    *node;

	if (v < 0 || graph->value[v].kind != MML_VALUE_COMPUTED || graph->value[v].uses != 1)
		return NULL;
	for (int i = 0; i < graph->outputs; i++)
		if (graph->output[i] == v)
			return NULL;
	node = &graph->node[graph->value[v].node];
	return mml_nn_text_is(node->type, "Conv") && node->outputs == 1 && node->inputs >= 2 ? node : NULL;
}

/* A constant of so many float32, of any shape; NULL where it is none such. */
static const float *
constant_floats(const MmlGraph *graph, int v, size_t count)
{
	const MmlValue *value = v < 0 ? NULL : &graph->value[v];

	return value != NULL && value->kind == MML_VALUE_CONSTANT && value->tensor.type == MML_ELEMENT_F32 &&
		value->tensor.count == count ? value->tensor.data : NULL;
}

/* The weights of a convolution, if they are constant: (rows,count / rows). */
static const MmlTensor *
weights_of(const MmlGraph *graph, const MmlNode *conv)
{
	const MmlValue *value = conv->input[1] < 0 ? NULL : &graph->value[conv->input[1]];

	return value != NULL && value->kind == MML_VALUE_CONSTANT && value->tensor.type == MML_ELEMENT_F32 &&
		value->tensor.rank >= 3 && value->tensor.count > 0 ? &value->tensor : NULL;
}

/* Give a convolution other weights, where there are any, and another bias. */
static bool
replace_weights(MmlGraph *graph, int n, int weights, int bias)
{
	int		   *input = mml_nn_take(graph, 3, sizeof(int));
	MmlNode    *conv = &graph->node[n];

	if (input == NULL || bias < 0)
		return false;
	input[0] = conv->input[0];
	input[1] = weights < 0 ? conv->input[1] : weights;
	input[2] = bias;
	conv->input = input;
	conv->inputs = 3;
	return true;
}

/* The bias of a convolution: NULL is zeros; false where it is not known. */
static bool
bias_of(const MmlGraph *graph, const MmlNode *conv, size_t rows, const float **bias)
{
	*bias = NULL;
	if (conv->inputs < 3 || conv->input[2] < 0)
		return true;
	*bias = constant_floats(graph, conv->input[2], rows);
	return *bias != NULL;
}

/* The node before takes over the output of the one behind it. */
static void
take_over(MmlGraph *graph, int before, int behind)
{
	graph->node[before].output[0] = graph->node[behind].output[0];
	graph->value[graph->node[before].output[0]].node = before;
	graph->node[behind].output[0] = -1;
}

/* Fold a BatchNormalization into the convolution before it; false past memory. */
static bool
fold_normalization(MmlGraph *graph, int n)
{
	const MmlNode *bn = &graph->node[n];
	const MmlNode *conv = bn->inputs == 5 ? convolution_before(graph, bn->input[0]) : NULL;
	const MmlTensor *w = conv == NULL ? NULL : weights_of(graph, conv);
	const MmlAttribute *epsilon = mml_nn_attribute(bn, "epsilon");
	double		eps = epsilon == NULL || epsilon->type != MML_ATTRIBUTE_FLOAT ? 1e-5 : (double) epsilon->f;
	size_t		rows = w == NULL ? 0 : (size_t) w->dims[0];
	const float *old = w == NULL ? NULL : w->data;
	const float *p[4];
	const float *bias;
	int			at = conv == NULL ? -1 : (int) (conv - graph->node);
	int			weights;
	int			shift;
	int64_t		dim = (int64_t) rows;

	if (w == NULL || bn->output[0] < 0 || !bias_of(graph, conv, rows, &bias))
		return true;
	for (int i = 0; i < 4; i++)
	{
		p[i] = constant_floats(graph, bn->input[1 + i], rows);
		if (p[i] == NULL)
			return true;
	}
	for (size_t m = 0; m < rows; m++)
		if (!((double) p[3][m] + eps > 0))
			return true;
	weights = mml_nn_add_constant(graph, mml_nn_text(""), MML_ELEMENT_F32, w->rank, w->dims, old);
	shift = weights < 0 ? -1 : mml_nn_add_constant(graph, mml_nn_text(""), MML_ELEMENT_F32, 1, &dim, bias);
	if (shift < 0)
		return false;
	for (size_t m = 0; m < rows; m++)
	{
		size_t		columns = graph->value[weights].tensor.count / rows;
		float	   *row = (float *) graph->value[weights].tensor.data + m * columns;
		float	   *b = (float *) graph->value[shift].tensor.data + m;
		double		s = (double) p[0][m] / sqrt((double) p[3][m] + eps);

		for (size_t i = 0; i < columns; i++)
			row[i] = (float) (s * (double) row[i]);
		*b = (float) (s * ((double) *b - (double) p[2][m]) + (double) p[1][m]);
	}
	take_over(graph, at, n);
	return replace_weights(graph, at, weights, shift);
}

/* Does a constant have one number a channel of a convolution of this rank? */
static bool
is_a_channel(const MmlTensor *t, int rank, size_t rows)
{
	int			at = t->rank - (rank - 1);

	if (t->rank > rank || at < 0 || t->count != rows)
		return false;
	return t->dims[at] == (int64_t) rows;
}

/* Fold an addition into the bias of the convolution before it; false past memory. */
static bool
fold_addition(MmlGraph *graph, int n)
{
	const MmlNode *add = &graph->node[n];
	int64_t		dim;

	for (int i = 0; i < 2 && add->inputs == 2 && add->output[0] >= 0; i++)
	{
		const MmlNode *conv = convolution_before(graph, add->input[i]);
		const MmlTensor *w = conv == NULL ? NULL : weights_of(graph, conv);
		size_t		rows = w == NULL ? 0 : (size_t) w->dims[0];
		const float *more = w == NULL ? NULL : constant_floats(graph, add->input[1 - i], rows);
		const float *bias;
		int			at = conv == NULL ? -1 : (int) (conv - graph->node);
		int			sum;

		if (more == NULL || !bias_of(graph, conv, rows, &bias) ||
			!is_a_channel(&graph->value[add->input[1 - i]].tensor, w->rank, rows))
			continue;
		dim = (int64_t) rows;
		sum = mml_nn_add_constant(graph, mml_nn_text(""), MML_ELEMENT_F32, 1, &dim, more);
		if (sum < 0)
			return false;
		for (size_t m = 0; bias != NULL && m < rows; m++)
			((float *) graph->value[sum].tensor.data)[m] += bias[m];
		take_over(graph, at, n);
		return replace_weights(graph, at, -1, sum);
	}
	return true;
}

/*
 * Simplify a graph that is normalised.  False, and graph->problem, only where
 * there is not memory enough.
 */
bool
mml_nn_simplify(MmlGraph *graph, MmlLimits limits)
{
	mml_nn_count_uses(graph);
	if (!fold_constants(graph, limits))
		return false;
	mml_nn_drop_dead(graph);
	for (int n = 0; n < graph->nodes; n++)
	{
		if (mml_nn_text_is(graph->node[n].type, "BatchNormalization") && !fold_normalization(graph, n))
			return false;
		if (mml_nn_text_is(graph->node[n].type, "Add") && !fold_addition(graph, n))
			return false;
	}
	mml_nn_drop_dead(graph);
	return graph->problem->fault == MML_FAULT_NONE;
}

/*-------------------------------------------------------------------------
 *
 * network_plans.c
 *	  The plans of an open network: made when first needed, a few kept.
 *
 *-------------------------------------------------------------------------
 */
#include <string.h>

#include "nn/network.h"

/* An input this small may be a shape, an axis, or another thing that a plan must know. */
#define MOST_KNOWN 64

/* Are numbers of an input here that a plan could need to know? */
static bool
is_small(const MmlTensor *input)
{
	return input->data != NULL && input->rank <= 1 && input->count <= MOST_KNOWN;
}

/*
 * Do inputs have the shapes, and the known numbers, that a plan is for?  One
 * that walks may be made without walking where small inputs are known.
 */
static bool
fits(const MmlNetwork *network, const MmlKeptPlan *kept, const MmlTensor *inputs, int layer)
{
	if (!kept->ready || kept->layer != layer)
		return false;
	for (int i = 0; i < network->graph.inputs; i++)
	{
		const MmlTensor *a = &kept->inputs[i];
		const MmlTensor *b = &inputs[i];

		if (a->rank != b->rank || a->type != b->type ||
			memcmp(a->dims, b->dims, (size_t) a->rank * sizeof(int64_t)) != 0)
			return false;
		if (a->data != NULL && a->count > 0 &&
			(b->data == NULL || memcmp(a->data, b->data, a->count * mml_tensor_element_size(a->type)) != 0))
			return false;
		if (kept->plan.walk != NULL && !kept->walks && a->data == NULL && is_small(b))
			return false;
	}
	return true;
}

/* Make a plan in a place, instead of what was there. */
static bool
make(MmlNetwork *network, MmlKeptPlan *kept, const MmlTensor *inputs, int layer)
{
	const MmlGraph *graph = &network->graph;

	kept->ready = false;
	mml_nn_plan_release(&kept->plan);
	if (!mml_nn_plan(&kept->plan, graph, inputs, layer < 0 ? graph->outputs : 1,
					 layer < 0 ? graph->output : &layer, network->room, network->limits,
					 &network->problem))
		return false;
	kept->inputs = mml_nn_plan_take(&kept->plan, (size_t) graph->inputs, sizeof(MmlTensor));
	if (kept->inputs == NULL)
		return false;
	for (int i = 0; i < graph->inputs; i++)
	{
		kept->inputs[i] = kept->plan.tensor[graph->input[i]];
		if (inputs[i].data == NULL)
			kept->inputs[i].data = NULL;
	}
	kept->layer = layer;
	kept->walks = false;
	kept->ready = true;
	return true;
}

/* The place for another plan: a free one, or the one not used for longest. */
static MmlKeptPlan *
find_place(MmlNetwork *network)
{
	MmlKeptPlan *place = &network->kept[0];

	for (int i = 1; i < MML_KEPT_PLANS; i++)
		if (network->kept[i].ready ? place->ready && network->kept[i].used < place->used : place->ready)
			place = &network->kept[i];
	return place;
}

/* Of inputs, only those that a plan could need to know keep their numbers. */
static bool
choose_known(const MmlNetwork *network, const MmlTensor *inputs, MmlTensor *chosen, bool some)
{
	bool		any = false;

	for (int i = 0; i < network->graph.inputs; i++)
	{
		chosen[i] = inputs[i];
		if (!some || !is_small(&inputs[i]))
			chosen[i].data = NULL;
		any = any || chosen[i].data != NULL;
	}
	return any;
}

/*
 * The plan for inputs (graph.inputs) of these shapes that computes this layer,
 * or with -1 all outputs.  Where nothing is late once numbers of small inputs
 * are known, such as the shape for a Reshape, these are part of the plan, if
 * they have data here.  NULL, and network->problem, on failure.
 */
MmlPlan *
mml_nn_get_plan(MmlNetwork *network, const MmlTensor *inputs, int layer)
{
	MmlKeptPlan *place;
	MmlTensor  *chosen;
	MmlHeap		heap;
	bool		made;

	network->problem.fault = MML_FAULT_NONE;
	for (int i = 0; i < MML_KEPT_PLANS; i++)
		if (fits(network, &network->kept[i], inputs, layer))
		{
			network->kept[i].used = ++network->clock;
			return &network->kept[i].plan;
		}
	place = find_place(network);
	mml_nn_heap_open(&heap, network->room, SIZE_MAX);
	chosen = mml_nn_alloc(&heap, (size_t) network->graph.inputs, sizeof(MmlTensor));
	(void) choose_known(network, inputs, chosen, false);
	made = make(network, place, chosen, layer);
	if (made && place->plan.walk != NULL && choose_known(network, inputs, chosen, true))
	{
		made = make(network, place, chosen, layer);
		if (made && place->plan.walk != NULL)
		{
			(void) choose_known(network, inputs, chosen, false);
			made = make(network, place, chosen, layer);
			place->walks = made;
		}
	}
	mml_nn_heap_release(&heap);
	if (!made)
	{
		mml_nn_plan_release(&place->plan);
		return NULL;
	}
	place->used = ++network->clock;
	return &place->plan;
}

/* The value that a layer stands for, or -1 for all outputs. */
static int
find_wanted(const MmlNetwork *network, int layer)
{
	if (layer == MML_LAYER_SCORED && network->graph.outputs > 1 && network->scored >= 0)
		return network->scored;
	return MML_MAX(layer, -1);
}

/* The only input, of so many rows; false if too large. */
static bool
shape_rows(const MmlNetwork *network, size_t rows, MmlTensor *input)
{
	MML_ASSERT(network->graph.inputs == 1 && (rows == 1 || network->batches));
	*input = network->graph.value[network->graph.input[0]].tensor;
	input->data = NULL;
	if (!network->batches)
		return true;
	input->dims[0] = (int64_t) rows;
	return mml_tensor_set(input, input->type, input->rank, input->dims);
}

/*
 * The plan for so many rows of the only input: that computes this layer, the
 * output that is scored, or all.
 */
MmlPlan *
mml_nn_plan_rows(MmlNetwork *network, size_t rows, int layer)
{
	MmlTensor	input;

	if (!shape_rows(network, rows, &input))
	{
		network->problem.fault = MML_FAULT_NONE;
		mml_nn_fail(&network->problem, MML_FAULT_LIMIT, "there are too many rows");
		return NULL;
	}
	return mml_nn_get_plan(network, &input, find_wanted(network, layer));
}

/* What was found of so many rows; NULL: nothing yet. */
static MmlFound *
find_found(MmlNetwork *network, size_t rows, int wanted)
{
	for (int i = 0; i < MML_MOST_FOUND; i++)
		if (network->found[i].rows == rows && network->found[i].wanted == wanted)
			return &network->found[i];
	return NULL;
}

/* Compare the shapes of runs of one row and of so many. */
static bool
probe(MmlNetwork *network, size_t rows, int wanted)
{
	const MmlGraph *graph = &network->graph;
	MmlProblem	problem = {0};
	bool		apart = true;

	for (int i = 0; i < 2; i++)
	{
		MmlTensor	input;

		mml_nn_plan_release(&network->probe[i]);
		apart = apart && shape_rows(network, i == 0 ? 1 : rows, &input) &&
			mml_nn_plan_shapes(&network->probe[i], graph, &input, wanted < 0 ? graph->outputs : 1,
							   wanted < 0 ? graph->output : &wanted, network->room, network->limits, &problem);
	}
	apart = apart && mml_nn_rowwise(&network->probe[0], &network->probe[1], rows);
	for (int i = 0; i < 2; i++)
		mml_nn_plan_release(&network->probe[i]);
	return apart;
}

/*
 * Does a run of so many rows answer what a run of each row alone does?  False
 * where that cannot be shown.  It costs the shapes of two plans, once.
 */
bool
mml_nn_rows_apart(MmlNetwork *network, size_t rows, int layer)
{
	int			wanted = find_wanted(network, layer);
	MmlFound   *found = find_found(network, rows, wanted);
	bool		apart;

	if (rows == 1 || !network->batches)
		return rows == 1;
	if (found != NULL)
		return found->apart;
	apart = probe(network, rows, wanted);
	network->found[network->finds] = (MmlFound)
	{
		.rows = rows,.wanted = wanted,.apart = apart
	};
	network->finds = (network->finds + 1) % MML_MOST_FOUND;
	return apart;
}

/*
 * The plan for MML_ROWS_TOGETHER rows that do not see each other; NULL where
 * they could, or where so many take more than a run may.
 */
MmlPlan *
mml_nn_plan_together(MmlNetwork *network, int layer)
{
	MmlPlan    *plan = NULL;

	if (mml_nn_rows_apart(network, MML_ROWS_TOGETHER, layer))
	{
		plan = mml_nn_plan_rows(network, MML_ROWS_TOGETHER, layer);
		if (plan == NULL)
			find_found(network, MML_ROWS_TOGETHER, find_wanted(network, layer))->apart = false;
	}
	return plan;
}

/* What scores an output holds, as the operator says that makes it. */
static MmlScores
find_scores(const MmlGraph *graph, int v)
{
	static const char *const views[] = {"Reshape", "Flatten", "Squeeze", "Unsqueeze", "Identity"};

	/* so scikit-learn's exporter calls them, however they are computed */
	if (mml_nn_text_is(graph->value[v].name, "probabilities") ||
		mml_nn_text_is(graph->value[v].name, "output_probability"))
		return MML_SCORES_PROBABILITIES;
	while (graph->value[v].node >= 0)
	{
		const MmlNode *node = &graph->node[graph->value[v].node];
		bool		view = false;

		if (mml_nn_text_is(node->type, "Softmax") || mml_nn_text_is(node->type, "Sigmoid") ||
			mml_nn_text_is(node->type, "HardSigmoid"))
			return MML_SCORES_PROBABILITIES;
		if (mml_nn_text_is(node->type, "LogSoftmax"))
			return MML_SCORES_LOGARITHMS;
		for (size_t i = 0; i < sizeof(views) / sizeof(views[0]); i++)
			view = view || mml_nn_text_is(node->type, views[i]);
		if (!view || node->inputs < 1 || node->input[0] < 0)
			return MML_SCORES_LOGITS;
		v = node->input[0];
	}
	return MML_SCORES_LOGITS;
}

/*
 * The output that holds scores of a row: the only one; or, as of classifiers
 * of scikit-learn, the only one of floats, beside a whole number or truth each.
 */
static int
find_scored(const MmlGraph *graph, const MmlPlan *plan)
{
	int			found = -1;

	if (graph->outputs == 1)
		return graph->output[0];
	for (int i = 0; i < graph->outputs; i++)
	{
		const MmlTensor *tensor = &plan->tensor[graph->output[i]];
		bool		floats = tensor->type == MML_ELEMENT_F32 || tensor->type == MML_ELEMENT_F64;

		if (floats ? found >= 0 : tensor->count != 1)
			return -1;
		if (floats)
			found = graph->output[i];
	}
	return found;
}

/* Plan a run with this number in place of each dimension but the first that is symbolic. */
static MmlPlan *
try_dims(MmlNetwork *network, int64_t dim)
{
	MmlGraph   *graph = &network->graph;
	MmlTensor  *inputs = mml_nn_take(graph, (size_t) graph->inputs, sizeof(MmlTensor));

	if (inputs == NULL)
		return NULL;
	for (int i = 0; i < graph->inputs; i++)
	{
		const MmlValue *value = &graph->value[graph->input[i]];

		inputs[i] = value->tensor;
		for (int d = 1; d < value->tensor.rank; d++)
			if ((value->symbolic >> d & 1) != 0)
				inputs[i].dims[d] = dim;
		if (!mml_tensor_set(&inputs[i], inputs[i].type, inputs[i].rank, inputs[i].dims))
		{
			network->problem.fault = MML_FAULT_NONE;
			mml_nn_fail(&network->problem, MML_FAULT_UNSUPPORTED, "an input is too large");
			return NULL;
		}
	}
	return mml_nn_get_plan(network, inputs, -1);
}

/*
 * Plan a first run, of one row, and learn from it what the network takes and
 * gives.  A network whose dimensions or small inputs only a call knows may be
 * sound though no plan can be made yet.
 */
bool
mml_nn_try(MmlNetwork *network)
{
	static const int64_t dims[] = {1, 32, 224};
	const MmlGraph *graph = &network->graph;
	MmlPlan    *plan = NULL;
	bool		open = false;
	bool		small = false;

	for (int i = 0; i < graph->inputs; i++)
	{
		const MmlValue *value = &graph->value[graph->input[i]];

		open = open || (value->symbolic & ~1u) != 0;
		small = small || value->tensor.rank <= 1;
	}
	for (int i = 0; plan == NULL && i < (open ? 3 : 1); i++)
	{
		plan = try_dims(network, dims[i]);
		if (plan == NULL && network->problem.fault != MML_FAULT_UNSUPPORTED &&
			(i == 0 || network->problem.fault != MML_FAULT_LIMIT))
			return false;
	}
	if (plan == NULL && !open && !small)
		return false;
	network->problem.fault = MML_FAULT_NONE;
	network->flops = plan == NULL || open || plan->walk != NULL ? -1 : plan->flops;
	network->scored = graph->outputs == 1 ? graph->output[0] : -1;
	network->scores = find_scores(graph, graph->output[0]);
	if (graph->inputs != 1 || plan == NULL || open)
		return true;
	network->features = plan->tensor[graph->input[0]].count;
	network->batches = (graph->value[graph->input[0]].symbolic & 1) != 0;
	network->scored = find_scored(graph, plan);
	if (network->scored < 0 || plan->late[network->scored])
		return true;
	network->scores = find_scores(graph, network->scored);
	network->classes = plan->tensor[network->scored].count;
	return true;
}

/* The value that a layer is called by: its own name, or that of its node; -1. */
int
mml_nn_find_layer(const MmlNetwork *network, MmlText name)
{
	const MmlGraph *graph = &network->graph;

	for (int v = 0; name.length > 0 && v < graph->values; v++)
		if (graph->value[v].kind == MML_VALUE_COMPUTED && graph->value[v].node >= 0 &&
			mml_nn_text_same(graph->value[v].name, name))
			return v;
	for (int n = graph->nodes - 1; name.length > 0 && n >= 0; n--)
		if (mml_nn_text_same(graph->node[n].name, name) && graph->node[n].outputs > 0 &&
			graph->node[n].output[0] >= 0)
			return graph->node[n].output[0];
	return -1;
}

/*-------------------------------------------------------------------------
 *
 * plan.c
 *	  Make a network ready to run on inputs of given shapes, and run it.
 *
 * First backward from the outputs that are wanted: which nodes matter.  Then
 * forward: what does each compute (infer.c), and does it do the work of the
 * node behind it too (fuse.c).  Then backward again, for much was known or
 * fused: which nodes are left to run.  Last, where everything lies (layout.c).
 * What only a run can infer is late, and left to walk.c.
 *
 *-------------------------------------------------------------------------
 */
#include <string.h>

#include "nn/plan.h"

/* Make a plan that knows the constants of a graph and nothing else. */
bool
mml_nn_plan_open(MmlPlan *plan, const MmlGraph *graph, MmlRoom *room, MmlLimits limits,
				 MmlProblem *problem)
{
	size_t		nodes = (size_t) graph->nodes;
	size_t		values = (size_t) graph->values;

	memset(plan, 0, sizeof(MmlPlan));
	plan->graph = graph;
	plan->problem = problem;
	plan->limits = limits;
	mml_nn_heap_open(&plan->heap, room, limits.memory);
	plan->node = mml_nn_plan_take(plan, nodes, sizeof(MmlNode));
	plan->fate = mml_nn_plan_take(plan, nodes, sizeof(MmlFate));
	plan->call = mml_nn_plan_take(plan, nodes, sizeof(MmlCall *));
	plan->tensor = mml_nn_plan_take(plan, values, sizeof(MmlTensor));
	plan->uses = mml_nn_plan_take(plan, values, sizeof(int));
	plan->user = mml_nn_plan_take(plan, values, sizeof(int));
	plan->late = mml_nn_plan_take(plan, values, sizeof(bool));
	if (problem->fault != MML_FAULT_NONE)
		return false;
	if (nodes > 0)
		memcpy(plan->node, graph->node, nodes * sizeof(MmlNode));
	for (size_t v = 0; v < values; v++)
		if (graph->value[v].kind == MML_VALUE_CONSTANT)
			plan->tensor[v] = graph->value[v].tensor;
	return true;
}

/*
 * Take the shapes of inputs, which must be of the right type and rank; with
 * their data where these are known before a run.
 */
static bool
take_inputs(MmlPlan *plan, const MmlTensor *inputs)
{
	const MmlGraph *graph = plan->graph;

	for (int i = 0; i < graph->inputs; i++)
	{
		const MmlValue *value = &graph->value[graph->input[i]];
		MmlTensor  *tensor = &plan->tensor[graph->input[i]];

		if (!mml_tensor_set(tensor, inputs[i].type, inputs[i].rank, inputs[i].dims) ||
			inputs[i].type != value->tensor.type || inputs[i].rank != value->tensor.rank)
			return mml_nn_fail(plan->problem, MML_FAULT_ARGUMENT,
							   "input \"%.*s\" has another shape than it must", MML_SHOW(value->name));
		for (int d = 0; d < tensor->rank; d++)
			if (tensor->dims[d] != value->tensor.dims[d] && (value->symbolic >> d & 1) == 0)
				return mml_nn_fail(plan->problem, MML_FAULT_ARGUMENT,
								   "dimension %d of input \"%.*s\" is %lld, but must be %lld",
								   d + 1, MML_SHOW(value->name), (long long) tensor->dims[d],
								   (long long) value->tensor.dims[d]);
		if (inputs[i].data == NULL)
			continue;
		tensor->data = mml_nn_plan_take(plan, tensor->count, mml_tensor_element_size(tensor->type));
		if (tensor->data == NULL)
			return false;
		memcpy(tensor->data, inputs[i].data, tensor->count * mml_tensor_element_size(tensor->type));
	}
	return true;
}

/*
 * Count uses by nodes that matter: by those that run, soon or late, once fates
 * are known (final), and by all others but the fused before.
 */
static void
count_uses(MmlPlan *plan, bool final)
{
	const MmlGraph *graph = plan->graph;

	memset(plan->uses, 0, (size_t) graph->values * sizeof(int));
	for (int i = 0; i < plan->outputs; i++)
		plan->uses[plan->output[i]]++;
	for (int n = graph->nodes - 1; n >= 0; n--)
	{
		const MmlNode *node = &plan->node[n];
		bool		wanted = false;

		if (final && plan->fate[n] != MML_FATE_RUN && plan->fate[n] != MML_FATE_LATE)
			continue;
		for (int i = 0; i < node->outputs; i++)
			wanted = wanted || (node->output[i] >= 0 && plan->uses[node->output[i]] > 0);
		plan->fate[n] = !wanted ? MML_FATE_UNUSED : final ? plan->fate[n] : MML_FATE_RUN;
		for (int i = 0; wanted && i < node->inputs; i++)
			if (node->input[i] >= 0 && plan->uses[node->input[i]]++ == 0)
				plan->user[node->input[i]] = n;
	}
}

/*
 * Let a node that has been inferred pool its result too, if it can; spent is
 * what the nodes before it take.
 */
static void
infer_pooled(MmlPlan *plan, int n, double spent)
{
	MmlProblem	problem = *plan->problem;
	MmlNode		before = plan->node[n];
	MmlCall    *call = plan->call[n];
	double		after = plan->spent;
	int			pool = plan->fate[n] == MML_FATE_RUN ? mml_nn_fuse_pool(plan, &plan->node[n]) : -1;

	plan->spent = spent;
	if (pool >= 0 && mml_nn_infer(plan, n))
	{
		plan->fate[pool] = MML_FATE_FUSED;
		return;
	}
	*plan->problem = problem;
	plan->spent = after;
	plan->node[n] = before;
	plan->call[n] = call;
}

/* Infer a node with what is fused into it; else as it is. */
static bool
infer_fused(MmlPlan *plan, int n)
{
	MmlNode		before = plan->node[n];
	double		spent = plan->spent;
	int			fused[2];

	if (mml_nn_fuse(plan, n, &before, fused))
	{
		MmlProblem	problem = *plan->problem;

		if (mml_nn_infer(plan, n))
		{
			for (int i = 0; i < 2; i++)
				if (fused[i] >= 0)
					plan->fate[fused[i]] = MML_FATE_FUSED;

			/* Whoever shows what nodes make sees this one, too. */
			plan->tensor[before.output[0]] = plan->tensor[plan->node[n].output[0]];
			infer_pooled(plan, n, spent);
			return true;
		}
		*plan->problem = problem;
		plan->spent = spent;
		plan->node[n] = before;
	}
	if (plan->problem->fault != MML_FAULT_NONE || !mml_nn_infer(plan, n))
		return false;
	infer_pooled(plan, n, spent);
	return true;
}

/* Does a node use a value that only a run knows? */
static bool
uses_late(const MmlPlan *plan, const MmlNode *node)
{
	for (int i = 0; i < node->inputs; i++)
		if (node->input[i] >= 0 && plan->late[node->input[i]])
			return true;
	return false;
}

/* Infer a node, or find that only a run can. */
static bool
infer_or_leave(MmlPlan *plan, int n)
{
	const MmlNode *node = &plan->node[n];

	if (!uses_late(plan, node))
	{
		if (infer_fused(plan, n))
			return true;
		if (!plan->waits)
			return false;
		memset(plan->problem, 0, sizeof(MmlProblem));
	}
	plan->fate[n] = MML_FATE_LATE;
	for (int i = 0; i < node->outputs; i++)
		if (node->output[i] >= 0)
		{
			plan->late[node->output[i]] = true;
			memset(&plan->tensor[node->output[i]], 0, sizeof(MmlTensor));
		}
	return true;
}

/* Is this a node that gives its input another shape and nothing else? */
static bool
is_view(const MmlPlan *plan, int n)
{
	static const char *const names[] = {"Reshape", "Flatten", "Squeeze", "Unsqueeze", "Identity"};
	const MmlCall *call = plan->call[n];

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (mml_nn_text_is(plan->node[n].type, names[i]))
			return call->in[0] != NULL && call->in[0]->data == NULL && call->out[0] != NULL &&
				call->in[0]->type == call->out[0]->type && call->in[0]->count == call->out[0]->count;
	return false;
}

/* List the nodes that run. */
static bool
list_steps(MmlPlan *plan)
{
	plan->step = mml_nn_plan_take(plan, (size_t) plan->graph->nodes, sizeof(MmlStep));
	if (plan->step == NULL)
		return false;
	for (int n = 0; n < plan->graph->nodes; n++)
	{
		if (plan->fate[n] != MML_FATE_RUN)
			continue;
		if (is_view(plan, n))
		{
			plan->fate[n] = MML_FATE_VIEW;
			continue;
		}
		plan->flops += plan->call[n]->flops;
		plan->step[plan->steps].run = plan->node[n].op->run;
		plan->step[plan->steps].call = plan->call[n];
		plan->step[plan->steps++].node = n;
	}
	return true;
}

/*
 * The first half of a plan: what each node makes of inputs of these shapes
 * (graph->inputs), where these of the graph's values are wanted.  No node has memory to
 * run in.  False, and *problem, where that cannot be or would take more than
 * the limits.  Release the plan in any case.
 */
bool
mml_nn_plan_shapes(MmlPlan *plan, const MmlGraph *graph, const MmlTensor *inputs, int outputs,
				   const int *output, MmlRoom *room, MmlLimits limits, MmlProblem *problem)
{
	if (!mml_nn_plan_open(plan, graph, room, limits, problem) || !take_inputs(plan, inputs))
		return false;
	plan->outputs = outputs;
	plan->output = mml_nn_plan_take(plan, (size_t) outputs, sizeof(int));
	if (plan->output == NULL)
		return false;
	memcpy(plan->output, output, (size_t) outputs * sizeof(int));
	count_uses(plan, false);
	for (int n = 0; n < graph->nodes; n++)
		if (plan->fate[n] == MML_FATE_RUN && !infer_or_leave(plan, n))
			return false;
	return true;
}

/* Plan the run of a graph, with all that it needs; likewise. */
bool
mml_nn_plan(MmlPlan *plan, const MmlGraph *graph, const MmlTensor *inputs, int outputs,
			const int *output, MmlRoom *room, MmlLimits limits, MmlProblem *problem)
{
	if (!mml_nn_plan_shapes(plan, graph, inputs, outputs, output, room, limits, problem))
		return false;
	count_uses(plan, true);
	return list_steps(plan) && mml_nn_walk_make(plan) && mml_nn_lay_out(plan);
}

/*
 * Run it.  NULL, or a sentence: what in the inputs cannot be, or what a late
 * node lacks; this plan->problem says, too.
 */
const char *
mml_nn_run(MmlPlan *plan)
{
	const MmlStep *step = plan->step;

	plan->fault = NULL;
	for (int i = 0; i < plan->steps; i++)
		step[i].run(step[i].call);
	return plan->fault != NULL || plan->walk == NULL ? plan->fault : mml_nn_walk(plan);
}

/* Give all memory of a plan back. */
void
mml_nn_plan_release(MmlPlan *plan)
{
	mml_nn_walk_release(plan);
	mml_nn_heap_release(&plan->spare);
	mml_nn_heap_release(&plan->heap);
	memset(plan, 0, sizeof(MmlPlan));
}

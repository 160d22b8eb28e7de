/*-------------------------------------------------------------------------
 *
 * infer.c
 *	  Infer types and shapes of what a node computes, and compute it at once
 *	  where all that it depends on is known.
 *
 * Of Shape and Size the shape of the input is enough.  So what a network
 * computes from shapes, to reshape something later, is known when it runs.
 *
 *-------------------------------------------------------------------------
 */
#include <stdio.h>
#include <string.h>

#include "nn/plan.h"

/* Memory of the plan, zeroed; NULL where it may have no more. */
void *
mml_nn_plan_take(MmlPlan *plan, size_t count, size_t size)
{
	void	   *block = mml_nn_alloc(&plan->heap, count, size);

	if (block == NULL)
		mml_nn_fail(plan->problem, MML_FAULT_LIMIT,
					"the network needs more than %zu kB of memory", plan->limits.memory / 1024);
	return block;
}

/* Say which node cannot be computed, and why. */
bool
mml_nn_report_node(MmlPlan *plan, int n, MmlFault fault, const char *why)
{
	const MmlNode *node = &plan->node[n];

	mml_nn_fail(plan->problem, fault, "node \"%.*s\" (%.*s) cannot be computed",
				MML_SHOW(mml_nn_node_name(plan->graph, node)), MML_SHOW(node->type));
	if (plan->problem->detail[0] == '\0')
		snprintf(plan->problem->detail, sizeof(plan->problem->detail), "%c%s",
				 why[0] >= 'a' && why[0] <= 'z' ? why[0] - 'a' + 'A' : why[0], why + (why[0] != 0));
	return false;
}

/* Say that an output of a node has more numbers than a run may. */
bool
mml_nn_report_size(MmlPlan *plan, int n, size_t count)
{
	const MmlNode *node = &plan->node[n];

	return mml_nn_fail(plan->problem, MML_FAULT_LIMIT,
					   "node \"%.*s\" (%.*s) makes %zu numbers, more than memory of %zu kB can hold",
					   MML_SHOW(mml_nn_node_name(plan->graph, node)), MML_SHOW(node->type),
					   count, plan->limits.memory / 1024);
}

/* Are the values that a node depends on known before a run? */
bool
mml_nn_is_known(const MmlPlan *plan, const MmlNode *node)
{
	if (mml_nn_text_is(node->type, "Shape") || mml_nn_text_is(node->type, "Size"))
		return true;
	for (int i = 0; i < node->inputs; i++)
		if (node->input[i] >= 0 && !mml_nn_is_constant(plan, node->input[i]))
			return false;
	return true;
}

/* Make the call of a node; NULL, and plan->problem, where it cannot be. */
MmlCall *
mml_nn_make_call(MmlPlan *plan, int n)
{
	const MmlNode *node = &plan->node[n];
	MmlCall    *call = mml_nn_plan_take(plan, 1, sizeof(MmlCall));
	size_t		links = (size_t) (node->inputs + node->outputs);
	MmlTensor **link = mml_nn_plan_take(plan, links, sizeof(MmlTensor *));

	if (call == NULL || link == NULL)
		return NULL;
	if (node->inputs < node->op->min_inputs || node->inputs > node->op->max_inputs ||
		node->outputs > node->op->max_outputs)
	{
		mml_nn_report_node(plan, n, MML_FAULT_UNSUPPORTED,
						   "it has not as many inputs and outputs as its operator has.");
		return NULL;
	}
	for (int i = 0; i < node->inputs + node->outputs; i++)
	{
		int			v = i < node->inputs ? node->input[i] : node->output[i - node->inputs];

		link[i] = v < 0 || (i >= node->inputs && plan->uses[v] == 0) ? NULL : &plan->tensor[v];
	}
	call->inputs = node->inputs;
	call->outputs = node->outputs;
	call->attributes = node->attributes;
	call->attribute = node->attribute;
	call->opset = plan->graph->opset;
	call->in = (const MmlTensor *const *) link;
	call->out = link + node->inputs;
	call->fault = &plan->fault;
	call->own = mml_nn_plan_take(plan, node->op->own_size, 1);
	return call->own == NULL ? NULL : call;
}

/* Count what a node costs. */
bool
mml_nn_count_cost(MmlPlan *plan, int n, const MmlCall *call)
{
	double		flops = call->flops;

	for (int i = 0; i < call->outputs; i++)
		if (call->out[i] != NULL)
		{
			if (mml_tensor_element_size(call->out[i]->type) == 0)
				return mml_nn_report_node(plan, n, MML_FAULT_UNSUPPORTED,
										  "its operator has not told the type of an output.");
			if (call->out[i]->count > plan->limits.memory)
				return mml_nn_report_size(plan, n, call->out[i]->count);
			flops = MML_MAX(flops, (double) call->out[i]->count);
		}
	plan->spent += flops;
	if (plan->spent <= plan->limits.flops)
		return true;
	return mml_nn_fail(plan->problem, MML_FAULT_LIMIT,
					   "a run of the network takes %.3g multiply-adds or more, and the limit is %.3g",
					   plan->spent, plan->limits.flops);
}

/* Compute now what a node would compute in every run. */
static bool
fold(MmlPlan *plan, int n, MmlCall *call)
{
	const MmlOperator *op = plan->node[n].op;
	bool		taken;

	for (int i = 0; i < call->outputs; i++)
		if (call->out[i] != NULL)
		{
			call->out[i]->data = mml_nn_plan_take(plan, call->out[i]->count,
												  mml_tensor_element_size(call->out[i]->type));
			if (call->out[i]->data == NULL)
				return false;
		}
	mml_nn_heap_open(&plan->spare, plan->heap.room, plan->heap.limit - plan->heap.total);
	call->scratch = mml_nn_alloc(&plan->spare, call->scratch_bytes, 1);
	call->packed = mml_nn_alloc(&plan->spare, call->packed_bytes, 1);
	taken = call->scratch != NULL && call->packed != NULL;
	if (taken)
	{
		plan->fault = NULL;
		if (call->packed_bytes > 0 && op->pack != NULL)
			op->pack(call);
		op->run(call);
	}
	mml_nn_heap_release(&plan->spare);
	call->scratch = call->packed = NULL;
	if (!taken)
		return mml_nn_fail(plan->problem, MML_FAULT_LIMIT,
						   "the network needs more than %zu kB of memory",
						   plan->limits.memory / 1024);
	return plan->fault == NULL || mml_nn_report_node(plan, n, MML_FAULT_UNSUPPORTED, plan->fault);
}

/*
 * Infer what node n computes, once everything before it has been inferred.
 * False where that fails; plan->waits, where numbers that a run makes are all
 * that it lacks.
 */
bool
mml_nn_infer(MmlPlan *plan, int n)
{
	const MmlNode *node = &plan->node[n];
	MmlCall    *call = mml_nn_make_call(plan, n);
	bool		known = mml_nn_is_known(plan, node);
	const char *wrong;

	plan->waits = false;
	if (call == NULL)
		return false;
	wrong = node->op->infer(call);
	plan->waits = call->waits || (wrong == NULL && call->shrinks && !known);
	if (wrong != NULL || plan->waits)
		return mml_nn_report_node(plan, n, MML_FAULT_UNSUPPORTED, wrong != NULL ? wrong : "its shape is not known.");
	if (!mml_nn_count_cost(plan, n, call))
		return false;
	plan->call[n] = call;
	plan->fate[n] = MML_FATE_RUN;
	if (!known)
		return true;
	plan->fate[n] = MML_FATE_FOLDED;
	return fold(plan, n, call);
}

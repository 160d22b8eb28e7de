/*-------------------------------------------------------------------------
 *
 * layout.c
 *	  Where the values of a run lie: each only as long as somebody needs it.
 *
 * A value lives from the step that computes it to the last one that uses it; or
 * to the end, where late nodes use it or it is wanted.
 * Values whose lives overlap may not share memory.  The largest is placed
 * first, each at the lowest place where it fits between those already placed
 * that live at the same time: the heuristic "greedy by size" of Pisarchyk and
 * Lee, "Efficient Memory Management for Deep Neural Net Inference", 2020,
 * section 5.2.  O(values^2), and a few comparisons each.
 *
 *-------------------------------------------------------------------------
 */
#include <stdlib.h>
#include <string.h>

#include "nn/plan.h"

/* The life of a value in a run. */
typedef struct Life
{
	int			value;
	int			first;			/* step that computes it, -1: an input */
	int			last;			/* step that uses it last */
	size_t		bytes;
	size_t		offset;
	struct Life *next;			/* by offset, of those placed */
} Life;

/* The larger first; of equal ones the value first in the graph. */
static int
compare_lives(const void *a, const void *b)
{
	const Life *x = a;
	const Life *y = b;

	if (x->bytes != y->bytes)
		return x->bytes < y->bytes ? 1 : -1;
	return (x->value > y->value) - (x->value < y->value);
}

/* Place a life among those placed, which are listed by offset; false past the limit. */
static bool
place(Life **placed, Life *life, size_t limit, size_t *end)
{
	Life	  **at = placed;
	size_t		offset = 0;

	for (Life *other = *placed; other != NULL; other = other->next)
	{
		if (other->last < life->first || other->first > life->last)
			continue;
		if (other->offset >= offset && other->offset - offset >= life->bytes)
			break;
		offset = MML_MAX(offset, other->offset + other->bytes);
	}
	life->offset = offset;
	if (life->bytes > limit || offset > limit - life->bytes)
		return false;
	*end = MML_MAX(*end, offset + life->bytes);
	while (*at != NULL && (*at)->offset < offset)
		at = &(*at)->next;
	life->next = *at;
	*at = life;
	return true;
}

/* Is this a value that a run holds? */
static bool
lives(const MmlPlan *plan, int v)
{
	return plan->tensor[v].type != 0 && plan->tensor[v].data == NULL;
}

/* Lengthen the life of what a value lies in. */
static void
use(const MmlPlan *plan, const int *view_of, Life *life, int v, int step)
{
	if (v >= 0 && lives(plan, v))
	{
		Life	   *root = &life[view_of[v]];

		root->last = MML_MAX(root->last, step);
		root->first = MML_MIN(root->first, step);
	}
}

/*
 * Fill in all lives, one a value; those of no bytes do not live.  A view lives
 * in what it views, view_of[v]; other values in themselves.
 */
static void
measure(const MmlPlan *plan, int *view_of, Life *life)
{
	const MmlGraph *graph = plan->graph;

	for (int v = 0; v < graph->values; v++)
	{
		view_of[v] = v;
		life[v].value = v;
		life[v].first = INT32_MAX;
		life[v].last = -1;
	}
	for (int n = 0; n < graph->nodes; n++)
		if (plan->fate[n] == MML_FATE_VIEW)
			view_of[plan->node[n].output[0]] = view_of[plan->node[n].input[0]];
	for (int i = 0; i < graph->inputs; i++)
		use(plan, view_of, life, graph->input[i], -1);
	for (int s = 0; s < plan->steps; s++)
	{
		const MmlNode *node = &plan->node[plan->step[s].node];

		for (int i = 0; i < node->inputs; i++)
			use(plan, view_of, life, node->input[i], s);
		for (int i = 0; i < node->outputs; i++)
			if (plan->step[s].call->out[i] != NULL)
				use(plan, view_of, life, node->output[i], s);
	}
	for (int n = 0; n < graph->nodes; n++)
		for (int i = 0; plan->fate[n] == MML_FATE_LATE && i < plan->node[n].inputs; i++)
			use(plan, view_of, life, plan->node[n].input[i], plan->steps);
	for (int i = 0; i < plan->outputs; i++)
		use(plan, view_of, life, plan->output[i], plan->steps);
	for (int v = 0; v < graph->values; v++)
		if (life[v].first <= life[v].last)
			life[v].bytes = mml_align64(plan->tensor[v].count *
										mml_tensor_element_size(plan->tensor[v].type) + 1);
}

/* What scratch and packed constants take; false past the limit. */
static bool
count_rest(MmlPlan *plan)
{
	for (int s = 0; s < plan->steps; s++)
	{
		const MmlCall *call = plan->step[s].call;

		if (call->scratch_bytes > plan->limits.memory || call->packed_bytes > plan->limits.memory)
			return false;
		plan->scratch = MML_MAX(plan->scratch, mml_align64(call->scratch_bytes));
		if (!mml_add_size(plan->packed, mml_align64(call->packed_bytes) + 64, &plan->packed))
			return false;
	}
	return true;
}

/* Take the memory, and tell everybody where it is. */
static bool
settle(MmlPlan *plan, const int *view_of, const size_t *offset)
{
	char	   *arena = mml_nn_plan_take(plan, plan->arena + plan->scratch, 1);

	if (arena == NULL)
		return false;
	for (int v = 0; v < plan->graph->values; v++)
		if (offset[view_of[v]] != SIZE_MAX && lives(plan, v))
			plan->tensor[v].data = arena + offset[view_of[v]];
	for (int s = 0; s < plan->steps; s++)
	{
		MmlCall    *call = plan->step[s].call;

		call->scratch = arena + plan->arena;
		if (call->packed_bytes == 0)
			continue;
		call->packed = mml_nn_plan_take(plan, call->packed_bytes, 1);
		if (call->packed == NULL)
			return false;
		if (plan->node[plan->step[s].node].op->pack != NULL)
			plan->node[plan->step[s].node].op->pack(call);
	}
	return true;
}

/* Place the values of a plan whose steps are listed. */
bool
mml_nn_lay_out(MmlPlan *plan)
{
	size_t		values = (size_t) plan->graph->values;
	Life	   *life = mml_nn_plan_take(plan, values, sizeof(Life));
	int		   *view_of = mml_nn_plan_take(plan, values, sizeof(int));
	size_t	   *offset = mml_nn_plan_take(plan, values, sizeof(size_t));
	Life	   *placed = NULL;
	bool		fits = true;

	if (life == NULL || view_of == NULL || offset == NULL)
		return false;
	measure(plan, view_of, life);
	for (size_t v = 0; v < values; v++)
		offset[v] = SIZE_MAX;
	qsort(life, values, sizeof(Life), compare_lives);
	for (size_t i = 0; fits && i < values && life[i].bytes > 0; i++)
	{
		fits = place(&placed, &life[i], plan->limits.memory, &plan->arena);
		offset[life[i].value] = life[i].offset;
		MML_CHECK();
	}
	if (!fits || !count_rest(plan) || plan->arena + plan->scratch + plan->packed > plan->limits.memory)
		return mml_nn_fail(plan->problem, MML_FAULT_LIMIT,
						   "a run of the network takes more than %zu kB of memory",
						   plan->limits.memory / 1024);
	return settle(plan, view_of, offset);
}

/*-------------------------------------------------------------------------
 *
 * walk.c
 *	  Run the late nodes of a plan: those whose shapes only a run knows.
 *
 * One after the other, each is inferred with the tensors that there are now,
 * what it costs is counted, its outputs get memory, and it runs; a value is
 * given back behind its last use.  A node sees at first what planning would
 * have shown it, the data of constants alone, so that it works as it would in
 * a plan; the data of other inputs only if it waits for them.  Once shapes are
 * known it takes over work of nodes behind it, as in a plan (fuse.c).  Its call
 * holds from run to run, with what it packed, as long as shapes stay and it
 * waits for nothing.
 *
 * A run may be left by longjmp between any two statements, so all memory is
 * noted where the next run, or the release of the plan, finds it.
 *
 *-------------------------------------------------------------------------
 */
#include <string.h>

#include "nn/plan.h"

/* A block of the room, in which one thing lies at a multiple of 64. */
typedef struct Block
{
	void	   *base;
	size_t		bytes;
} Block;

/* A call, and the tensors that it sees as inputs. */
typedef struct Asked
{
	MmlCall    *call;
	MmlTensor  *in;				/* (inputs) */
} Asked;

/* A late node. */
typedef struct Place
{
	int			node;
	Asked		asked;
	bool		tried;			/* it has been asked to fuse */
	bool		fuses;			/* it does, so that those in fused are skipped
								 * (-1: none); without it is as in before */
	int			fused[2];
	MmlNode		before;
	Asked		plain;			/* as asked was before */
	bool		shown;			/* it has waited for data */
	bool		holds;			/* call is right for the shapes of in */
	Block		packed;
} Place;

struct MmlWalk
{
	int			places;
	Place	   *place;			/* (places) in the order of the graph */
	Block	   *value;			/* (graph->values) */
	Block		scratch;
	bool	   *skipped;		/* (graph->nodes) another does their work */
	bool	   *constant;		/* (graph->values) planning knew the data */
	bool	   *wanted;			/* (graph->values) outputs of the network */
	size_t		held;			/* bytes of all blocks */
	double		planned;		/* plan->spent of what is planned */
};

/* ------------------------------------------------------------------ memory */

/* Give a block back, if there is one. */
static void
drop(MmlPlan *plan, Block *block)
{
	Block		old = *block;

	if (old.base == NULL)
		return;
	block->base = NULL;
	block->bytes = 0;
	plan->walk->held -= old.bytes;
	plan->heap.room->resize(plan->heap.room, old.base, old.bytes, 0);
}

/* Take count things of size bytes; NULL past the limit. */
static void *
take(MmlPlan *plan, Block *block, size_t count, size_t size)
{
	MmlWalk    *walk = plan->walk;
	size_t		bytes = 0;
	size_t		all = 0;

	drop(plan, block);
	if (!mml_mul_size(count, size, &bytes) || !mml_add_size(bytes, 64, &bytes) ||
		!mml_add_size(bytes, walk->held, &all) || !mml_add_size(all, plan->heap.total, &all) ||
		all > plan->limits.memory)
		return NULL;
	block->base = plan->heap.room->resize(plan->heap.room, NULL, 0, bytes);
	block->bytes = bytes;
	walk->held += bytes;
	return (void *) (((uintptr_t) block->base + 63) & ~(uintptr_t) 63);
}

/* Give all values back, and scratch. */
static void
drop_values(MmlPlan *plan)
{
	for (int v = 0; v < plan->graph->values; v++)
		drop(plan, &plan->walk->value[v]);
	drop(plan, &plan->walk->scratch);
}

/* Give all memory back that does not lie in the heap of the plan. */
void
mml_nn_walk_release(MmlPlan *plan)
{
	if (plan->walk == NULL)
		return;
	drop_values(plan);
	for (int i = 0; i < plan->walk->places; i++)
		drop(plan, &plan->walk->place[i].packed);
}

/* ------------------------------------------------------------------ making */

/* Make the call of a late node, whose inputs are tensors of its own. */
static bool
make_call(MmlPlan *plan, int n, Asked *asked)
{
	const MmlNode *node = &plan->node[n];
	size_t		inputs = (size_t) node->inputs;
	const MmlTensor **link = mml_nn_plan_take(plan, inputs, sizeof(MmlTensor *));
	MmlTensor  *in = mml_nn_plan_take(plan, inputs, sizeof(MmlTensor));
	MmlCall    *call = mml_nn_make_call(plan, n);

	if (call == NULL || in == NULL || link == NULL)
		return false;
	for (int i = 0; i < node->inputs; i++)
		if (node->input[i] >= 0)
			link[i] = &in[i];
	call->in = link;
	asked->call = call;
	asked->in = in;
	return true;
}

/* Does planning know the data of a value?  Of a walk they may be there without that. */
bool
mml_nn_is_constant(const MmlPlan *plan, int v)
{
	return plan->walk == NULL ? plan->tensor[v].data != NULL : plan->walk->constant[v];
}

/* Prepare to walk what is late, before values have their places; nothing where nothing is. */
bool
mml_nn_walk_make(MmlPlan *plan)
{
	size_t		values = (size_t) plan->graph->values;
	int			places = 0;
	MmlWalk    *walk;

	for (int n = 0; n < plan->graph->nodes; n++)
		places += plan->fate[n] == MML_FATE_LATE;
	if (places == 0)
		return true;
	walk = mml_nn_plan_take(plan, 1, sizeof(MmlWalk));
	if (walk == NULL)
		return false;
	walk->place = mml_nn_plan_take(plan, (size_t) places, sizeof(Place));
	walk->value = mml_nn_plan_take(plan, values, sizeof(Block));
	walk->wanted = mml_nn_plan_take(plan, values, sizeof(bool));
	walk->constant = mml_nn_plan_take(plan, values, sizeof(bool));
	walk->skipped = mml_nn_plan_take(plan, (size_t) plan->graph->nodes, sizeof(bool));
	if (walk->place == NULL || walk->value == NULL || walk->wanted == NULL || walk->constant == NULL ||
		walk->skipped == NULL)
		return false;
	for (size_t v = 0; v < values; v++)
		walk->constant[v] = plan->tensor[v].data != NULL;
	for (int i = 0; i < plan->outputs; i++)
		walk->wanted[plan->output[i]] = true;
	for (int n = 0; n < plan->graph->nodes; n++)
		if (plan->fate[n] == MML_FATE_LATE)
		{
			walk->place[walk->places].node = n;
			if (!make_call(plan, n, &walk->place[walk->places++].asked))
				return false;
		}
	walk->planned = plan->spent;
	plan->walk = walk;
	return true;
}

/* ----------------------------------------------------------------- walking */

/* Show a call its inputs, of those that are not constant the data or not. */
static void
show(const MmlPlan *plan, Place *place, bool data)
{
	const MmlNode *node = &plan->node[place->node];

	for (int i = 0; i < node->inputs; i++)
		if (node->input[i] >= 0)
		{
			place->asked.in[i] = plan->tensor[node->input[i]];
			if (!data && !plan->walk->constant[node->input[i]])
				place->asked.in[i].data = NULL;
		}
}

/* Have inputs the shapes that they had when the call was inferred? */
static bool
same_shapes(const MmlPlan *plan, const Place *place)
{
	const MmlNode *node = &plan->node[place->node];

	for (int i = 0; i < node->inputs; i++)
		if (node->input[i] >= 0)
		{
			const MmlTensor *a = &place->asked.in[i];
			const MmlTensor *b = &plan->tensor[node->input[i]];

			if (a->type != b->type || a->rank != b->rank ||
				memcmp(a->dims, b->dims, (size_t) a->rank * sizeof(int64_t)) != 0)
				return false;
		}
	return true;
}

/* Ask the operator of a node for types and shapes of its outputs. */
static const char *
ask(MmlPlan *plan, Place *place)
{
	const MmlOperator *op = plan->node[place->node].op;
	MmlCall    *call = place->asked.call;

	show(plan, place, place->shown);
	memset(call->own, 0, op->own_size);
	call->packed = NULL;
	return op->infer(call);
}

/* Infer a node, with its data if it waits for them; NULL, or what is wrong. */
static const char *
infer_shown(MmlPlan *plan, Place *place)
{
	const char *wrong = ask(plan, place);

	if (wrong != NULL && place->asked.call->waits && !place->shown)
	{
		place->shown = true;
		wrong = ask(plan, place);
	}
	show(plan, place, true);
	return wrong;
}

/* Nodes whose work another does, or no longer does. */
static void
skip(MmlPlan *plan, const Place *place, bool skipped)
{
	for (int i = 0; i < 2; i++)
		if (place->fused[i] >= 0)
			plan->walk->skipped[place->fused[i]] = skipped;
}

/* Let a node do the work of nodes behind it, if it can; false without memory. */
static bool
fuse(MmlPlan *plan, Place *place)
{
	place->tried = true;
	place->plain = place->asked;
	if (!mml_nn_fuse(plan, place->node, &place->before, place->fused))
		return true;
	if (!make_call(plan, place->node, &place->asked))
	{
		plan->node[place->node] = place->before;
		return false;
	}
	place->fuses = true;
	skip(plan, place, true);
	return true;
}

/* Let it do its own work only, as before. */
static void
part(MmlPlan *plan, Place *place)
{
	plan->node[place->node] = place->before;
	place->asked = place->plain;
	place->fuses = false;
	skip(plan, place, false);
}

/*
 * Infer a node anew, now that shapes are known: at first with what it can fuse,
 * as planning would, and without where that does not fit.  False, and
 * plan->problem, where it cannot be computed.
 */
static bool
infer(MmlPlan *plan, Place *place)
{
	const char *wrong;

	place->holds = false;
	drop(plan, &place->packed);
	if (!place->tried && !fuse(plan, place))
		return false;
	wrong = infer_shown(plan, place);
	if (wrong != NULL && place->fuses)
	{
		part(plan, place);
		wrong = infer_shown(plan, place);
	}
	return wrong == NULL || mml_nn_report_node(plan, place->node, MML_FAULT_BROKEN, wrong);
}

/* Take memory for a node itself. */
static void *
take_for_work(MmlPlan *plan, Block *block, size_t bytes)
{
	void	   *taken = take(plan, block, bytes, 1);

	if (taken == NULL)
		mml_nn_fail(plan->problem, MML_FAULT_LIMIT, "a run of the network takes more than %zu kB of memory",
					plan->limits.memory / 1024);
	return taken;
}

/* Give the outputs of a node memory, and what else it needs. */
static bool
equip(MmlPlan *plan, Place *place)
{
	MmlWalk    *walk = plan->walk;
	const MmlNode *node = &plan->node[place->node];
	MmlCall    *call = place->asked.call;

	for (int i = 0; i < call->outputs; i++)
	{
		MmlTensor  *out = call->out[i];

		if (out == NULL)
			continue;
		out->data = take(plan, &walk->value[node->output[i]], out->count, mml_tensor_element_size(out->type));
		if (out->data == NULL)
			return mml_nn_report_size(plan, place->node, out->count);
	}
	call->scratch = take_for_work(plan, &walk->scratch, call->scratch_bytes);
	if (call->scratch == NULL)
		return false;
	if (call->packed_bytes == 0 || place->holds)
		return true;
	call->packed = take_for_work(plan, &place->packed, call->packed_bytes);
	if (call->packed == NULL)
		return false;
	if (node->op->pack != NULL)
		node->op->pack(call);
	return true;
}

/* Give back what nobody uses behind this node. */
static void
drop_used(MmlPlan *plan, const MmlNode *node, int n)
{
	drop(plan, &plan->walk->scratch);
	for (int i = 0; i < node->inputs; i++)
		if (node->input[i] >= 0 && plan->user[node->input[i]] == n && !plan->walk->wanted[node->input[i]])
			drop(plan, &plan->walk->value[node->input[i]]);
}

/* Run a node. */
static bool
visit(MmlPlan *plan, Place *place)
{
	const MmlCall *call;

	if (place->holds && same_shapes(plan, place))
		show(plan, place, true);
	else if (!infer(plan, place))
		return false;
	call = place->asked.call;
	if (!mml_nn_count_cost(plan, place->node, call) || !equip(plan, place))
		return false;
	plan->node[place->node].op->run(call);
	if (plan->fault != NULL)
		return mml_nn_report_node(plan, place->node, MML_FAULT_BROKEN, plan->fault);
	place->holds = !place->shown && !call->shrinks;
	drop_used(plan, &plan->node[place->node], place->node);
	return true;
}

/* Run the late nodes.  NULL, or what is wrong, as plan->problem says, too. */
const char *
mml_nn_walk(MmlPlan *plan)
{
	MmlWalk    *walk = plan->walk;

	drop_values(plan);
	memset(plan->problem, 0, sizeof(MmlProblem));
	plan->spent = walk->planned;
	for (int i = 0; i < walk->places; i++)
	{
		MML_CHECK();
		if (!walk->skipped[walk->place[i].node] && !visit(plan, &walk->place[i]))
		{
			drop_values(plan);
			return plan->problem->message;
		}
	}
	return NULL;
}

/*-------------------------------------------------------------------------
 *
 * graph.c
 *	  Build a graph, and bring its nodes into an order in which they can run.
 *
 * Functions that can fail say why in graph->problem and answer NULL, -1 or
 * false.
 *
 *-------------------------------------------------------------------------
 */
#include <string.h>

#include "nn/graph.h"

/* Memory of the graph's heap, zeroed; NULL where it may have no more. */
void *
mml_nn_take(MmlGraph *graph, size_t count, size_t size)
{
	void	   *block = mml_nn_alloc(graph->heap, count, size);

	if (block == NULL)
		mml_nn_fail(graph->problem, MML_FAULT_LIMIT,
					"the network needs more than %zu kB of memory",
					graph->heap->limit / 1024);
	return block;
}

/* Make room for one more thing in an array. */
static bool
grow(MmlGraph *graph, void *array_in_out, int count, int *room, size_t size)
{
	void	   *old;
	void	   *block;
	int			wanted = count < 16 ? 32 : 2 * count;

	if (count < *room)
		return true;
	block = mml_nn_take(graph, (size_t) wanted, size);
	if (block == NULL)
		return false;
	memcpy(&old, array_in_out, sizeof(old));
	if (count > 0)
		memcpy(block, old, (size_t) count * size);
	memcpy(array_in_out, &block, sizeof(block));
	*room = wanted;
	return true;
}

/* Add a value; -1 where there is no room. */
int
mml_nn_add_value(MmlGraph *graph, MmlText name, MmlValueKind kind)
{
	MmlValue   *value;

	if (graph->values == MML_MOST_VALUES)
	{
		mml_nn_fail(graph->problem, MML_FAULT_LIMIT, "the network has more than %d values",
					MML_MOST_VALUES);
		return -1;
	}
	if (!grow(graph, &graph->value, graph->values, &graph->value_room, sizeof(MmlValue)))
		return -1;
	value = &graph->value[graph->values];
	memset(value, 0, sizeof(MmlValue));
	value->name = name;
	value->kind = kind;
	value->node = -1;
	return graph->values++;
}

/* Add a constant whose data are copied; NULL: they are zeros. */
int
mml_nn_add_constant(MmlGraph *graph, MmlText name, MmlElement type, int rank,
					const int64_t *dims, const void *data)
{
	int			v = mml_nn_add_value(graph, name, MML_VALUE_CONSTANT);
	MmlTensor  *tensor;

	if (v < 0)
		return -1;
	tensor = &graph->value[v].tensor;
	if (!mml_tensor_set(tensor, type, rank, dims))
	{
		mml_nn_fail(graph->problem, MML_FAULT_LIMIT, "a constant is too large");
		return -1;
	}
	tensor->data = mml_nn_take(graph, tensor->count, mml_tensor_element_size(type));
	if (tensor->data == NULL)
		return -1;
	if (data != NULL && tensor->count > 0)
		memcpy(tensor->data, data, tensor->count * mml_tensor_element_size(type));
	return v;
}

/* Add a node whose links are all left out and whose attributes are to be filled. */
MmlNode *
mml_nn_add_node(MmlGraph *graph, MmlText type, MmlText name, int inputs, int outputs,
				int attributes)
{
	MmlNode    *node;

	if (graph->nodes == MML_MOST_NODES)
	{
		mml_nn_fail(graph->problem, MML_FAULT_LIMIT, "the network has more than %d nodes",
					MML_MOST_NODES);
		return NULL;
	}
	if (inputs > MML_MOST_LINKS || outputs > MML_MOST_LINKS || attributes > MML_MOST_ATTRIBUTES)
	{
		mml_nn_fail(graph->problem, MML_FAULT_LIMIT,
					"node \"%.*s\" (%.*s) has too many inputs, outputs or attributes",
					MML_SHOW(name), MML_SHOW(type));
		return NULL;
	}
	if (!grow(graph, &graph->node, graph->nodes, &graph->node_room, sizeof(MmlNode)))
		return NULL;
	node = &graph->node[graph->nodes];
	memset(node, 0, sizeof(MmlNode));
	node->type = type;
	node->name = name;
	node->inputs = inputs;
	node->outputs = outputs;
	node->attributes = attributes;
	node->input = mml_nn_take(graph, (size_t) (inputs + outputs), sizeof(int));
	node->attribute = mml_nn_take(graph, (size_t) attributes, sizeof(MmlAttribute));
	if (node->input == NULL || node->attribute == NULL)
		return NULL;
	node->output = node->input + inputs;
	for (int i = 0; i < inputs + outputs; i++)
		node->input[i] = -1;
	graph->nodes++;
	return node;
}

/* What to call a node: by its name, else by that of its first output. */
MmlText
mml_nn_node_name(const MmlGraph *graph, const MmlNode *node)
{
	if (node->name.length > 0)
		return node->name;
	for (int i = 0; i < node->outputs; i++)
		if (node->output[i] >= 0)
			return graph->value[node->output[i]].name;
	return mml_nn_text("");
}

/* The attribute of a node that has this name, or NULL. */
const MmlAttribute *
mml_nn_attribute(const MmlNode *node, const char *name)
{
	for (int i = 0; i < node->attributes; i++)
		if (mml_nn_text_is(node->attribute[i].name, name))
			return &node->attribute[i];
	return NULL;
}

/* Say who computes each value, and how often it is used. */
void
mml_nn_count_uses(MmlGraph *graph)
{
	for (int v = 0; v < graph->values; v++)
	{
		graph->value[v].uses = 0;
		graph->value[v].node = -1;
	}
	for (int n = 0; n < graph->nodes; n++)
	{
		const MmlNode *node = &graph->node[n];

		for (int i = 0; i < node->inputs; i++)
			if (node->input[i] >= 0)
				graph->value[node->input[i]].uses++;
		for (int i = 0; i < node->outputs; i++)
			if (node->output[i] >= 0)
				graph->value[node->output[i]].node = n;
	}
	for (int i = 0; i < graph->outputs; i++)
		graph->value[graph->output[i]].uses++;
}

/* Does each node come behind those whose values it uses? */
static bool
is_sorted(const MmlGraph *graph)
{
	for (int n = 0; n < graph->nodes; n++)
		for (int i = 0; i < graph->node[n].inputs; i++)
			if (graph->node[n].input[i] >= 0 && graph->value[graph->node[n].input[i]].node >= n)
				return false;
	return true;
}

/*
 * Who waits for whom: waiting[first[n] .. first[n + 1]) are the nodes that use
 * a value of node n, and waits[i] is for how many node i waits.  first has
 * room for two more than there are nodes.
 */
static int *
list_waiting(MmlGraph *graph, int *first, int *waits)
{
	int		   *waiting = NULL;
	size_t		links = 0;

	for (int pass = 0; pass < 2; pass++)
	{
		for (int n = 0; n < graph->nodes; n++)
			for (int i = 0; i < graph->node[n].inputs; i++)
			{
				int			v = graph->node[n].input[i];
				int			by = v < 0 ? -1 : graph->value[v].node;

				if (by < 0)
					continue;
				if (pass == 1)
					waiting[first[by + 1]++] = n;
				else
				{
					first[by + 2]++;
					waits[n]++;
					links++;
				}
			}
		if (pass == 1)
			return waiting;
		for (int n = 0; n < graph->nodes; n++)
			first[n + 2] += first[n + 1];
		waiting = mml_nn_take(graph, links, sizeof(int));
		if (waiting == NULL)
			return NULL;
	}
	return waiting;
}

/*
 * Bring nodes into an order in which each comes behind those whose values it
 * uses: that of the file where it is one.  Otherwise those that wait for
 * nobody come first, then those that waited only for them, and so on.
 */
bool
mml_nn_sort(MmlGraph *graph)
{
	size_t		n = (size_t) graph->nodes;
	int		   *waits = mml_nn_take(graph, n, sizeof(int));
	int		   *first = mml_nn_take(graph, n + 2, sizeof(int));
	int		   *order = mml_nn_take(graph, n, sizeof(int));
	MmlNode    *sorted = mml_nn_take(graph, n, sizeof(MmlNode));
	int		   *waiting;
	int			done = 0;

	if (waits == NULL || first == NULL || order == NULL || sorted == NULL)
		return false;
	mml_nn_count_uses(graph);
	if (is_sorted(graph))
		return true;
	waiting = list_waiting(graph, first, waits);
	if (waiting == NULL)
		return false;
	for (int i = 0; i < graph->nodes; i++)
		if (waits[i] == 0)
			order[done++] = i;
	for (int at = 0; at < done; at++)
		for (int k = first[order[at]]; k < first[order[at] + 1]; k++)
			if (--waits[waiting[k]] == 0)
				order[done++] = waiting[k];
	for (int i = 0; i < graph->nodes; i++)
		if (waits[i] > 0)
			return mml_nn_fail(graph->problem, MML_FAULT_BROKEN,
							   "node \"%.*s\" (%.*s) uses its own result",
							   MML_SHOW(mml_nn_node_name(graph, &graph->node[i])),
							   MML_SHOW(graph->node[i].type));
	for (size_t i = 0; i < n; i++)
		sorted[i] = graph->node[order[i]];
	memcpy(graph->node, sorted, n * sizeof(MmlNode));
	mml_nn_count_uses(graph);
	return true;
}

/* Drop nodes whose outputs nobody uses; of others, outputs that nobody uses. */
void
mml_nn_drop_dead(MmlGraph *graph)
{
	int			kept = graph->nodes;

	mml_nn_count_uses(graph);
	for (int n = graph->nodes - 1; n >= 0; n--)
	{
		MmlNode    *node = &graph->node[n];
		bool		wanted = false;

		for (int i = 0; i < node->outputs; i++)
		{
			if (node->output[i] >= 0 && graph->value[node->output[i]].uses == 0)
				node->output[i] = -1;
			wanted = wanted || node->output[i] >= 0;
		}
		if (wanted)
			graph->node[--kept] = *node;
		else
			for (int i = 0; i < node->inputs; i++)
				if (node->input[i] >= 0)
					graph->value[node->input[i]].uses--;
	}
	if (kept > 0)
		memmove(graph->node, graph->node + kept, (size_t) (graph->nodes - kept) * sizeof(MmlNode));
	graph->nodes -= kept;
	mml_nn_count_uses(graph);
}

/* Let a network compute only these of its values, or of its layers. */
bool
mml_nn_choose_outputs(MmlGraph *graph, int count, const MmlText *names)
{
	int		   *output = mml_nn_take(graph, (size_t) count, sizeof(int));

	if (output == NULL)
		return false;
	for (int i = 0; i < count; i++)
	{
		int			v = 0;

		while (v < graph->values && !mml_nn_text_same(graph->value[v].name, names[i]))
			v++;
		if (v == graph->values)
			return mml_nn_fail(graph->problem, MML_FAULT_ARGUMENT, "the network has no value \"%.*s\"",
							   MML_SHOW(names[i]));
		output[i] = v;
	}
	graph->output = output;
	graph->outputs = count;
	return true;
}

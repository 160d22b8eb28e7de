/*-------------------------------------------------------------------------
 *
 * flatten.c
 *	  Lay a graph out as the arrays that the sections of a model hold.
 *
 * First every size is counted, then every array is taken, then all is written.
 *
 *-------------------------------------------------------------------------
 */
#include <string.h>

#include "nn/network.h"

/* Where the writer is in each array. */
typedef struct Cursor
{
	MmlFlatGraph *flat;
	bool		writing;		/* or only counting */
	size_t		links;
	size_t		attributes;
	size_t		ints;
	size_t		floats;
	size_t		names;
	size_t		bytes;
} Cursor;

static void
put_link(Cursor *c, int v)
{
	if (c->writing)
		c->flat->link[c->links] = v;
	c->links++;
}

static void
put_int(Cursor *c, int64_t i)
{
	if (c->writing)
		c->flat->int_[c->ints] = i;
	c->ints++;
}

static void
put_float(Cursor *c, float f)
{
	if (c->writing)
		c->flat->float_[c->floats] = f;
	c->floats++;
}

/* A text, and its end. */
static void
put_text(Cursor *c, MmlText text)
{
	if (c->writing && text.length > 0)
		memcpy(c->flat->name + c->names, text.bytes, text.length);
	c->names += text.length + 1;
}

/* The numbers of a tensor, at a multiple of 64. */
static void
put_tensor(Cursor *c, const MmlTensor *tensor)
{
	size_t		bytes = tensor->count * mml_tensor_element_size(tensor->type);

	c->bytes = mml_align64(c->bytes);
	if (c->writing && bytes > 0)
		memcpy(c->flat->data + c->bytes, tensor->data, bytes);
	c->bytes += bytes;
}

/* A value. */
static void
put_value(Cursor *c, int v, const MmlValue *value)
{
	int64_t    *row;

	if (value->kind == MML_VALUE_CONSTANT)
		put_tensor(c, &value->tensor);
	if (!c->writing)
		return;
	row = c->flat->values + (size_t) v * MML_VALUE_COLUMNS;
	row[0] = value->kind;
	if (value->kind == MML_VALUE_COMPUTED)
		return;
	row[1] = value->tensor.type;
	row[2] = value->tensor.rank;
	row[3] = value->symbolic;
	for (int d = 0; d < value->tensor.rank; d++)
		row[4 + d] = value->tensor.dims[d];
}

/* An attribute. */
static void
put_attribute(Cursor *c, const MmlAttribute *a)
{
	int64_t		row[MML_ATTRIBUTE_COLUMNS] = {a->type, 0, 0};

	put_text(c, a->name);
	switch (a->type)
	{
		case MML_ATTRIBUTE_INT:
			row[1] = a->i;
			break;
		case MML_ATTRIBUTE_FLOAT:
			put_float(c, a->f);
			break;
		case MML_ATTRIBUTE_TEXT:
			put_text(c, a->text);
			break;
		case MML_ATTRIBUTE_INTS:
		case MML_ATTRIBUTE_FLOATS:
		case MML_ATTRIBUTE_TEXTS:
			row[1] = (int64_t) a->count;
			for (size_t i = 0; i < a->count; i++)
				if (a->type == MML_ATTRIBUTE_INTS)
					put_int(c, a->ints[i]);
				else if (a->type == MML_ATTRIBUTE_FLOATS)
					put_float(c, a->floats[i]);
				else
					put_text(c, a->texts[i]);
			break;
		case MML_ATTRIBUTE_TENSOR:
			row[1] = a->tensor.rank;
			row[2] = a->tensor.type;
			for (int d = 0; d < a->tensor.rank; d++)
				put_int(c, a->tensor.dims[d]);
			put_tensor(c, &a->tensor);
			break;
	}
	if (c->writing)
		memcpy(c->flat->attributes + c->attributes * MML_ATTRIBUTE_COLUMNS, row, sizeof(row));
	c->attributes++;
}

/* A node, with its links and attributes. */
static void
put_node(Cursor *c, int n, const MmlNode *node)
{
	if (c->writing)
	{
		c->flat->nodes[3 * n] = node->inputs;
		c->flat->nodes[3 * n + 1] = node->outputs;
		c->flat->nodes[3 * n + 2] = node->attributes;
	}
	put_text(c, node->name);
	put_text(c, node->type);
	for (int i = 0; i < node->inputs; i++)
		put_link(c, node->input[i]);
	for (int i = 0; i < node->outputs; i++)
		put_link(c, node->output[i]);
	for (int i = 0; i < node->attributes; i++)
		put_attribute(c, &node->attribute[i]);
}

/* All of a graph. */
static void
put_graph(Cursor *c, const MmlGraph *graph)
{
	for (int v = 0; v < graph->values; v++)
	{
		put_text(c, graph->value[v].name);
		put_value(c, v, &graph->value[v]);
	}
	for (int n = 0; n < graph->nodes; n++)
		put_node(c, n, &graph->node[n]);
	for (int i = 0; i < graph->inputs; i++)
		put_link(c, graph->input[i]);
	for (int i = 0; i < graph->outputs; i++)
		put_link(c, graph->output[i]);
}

/* Leave out values that nothing uses: number those anew that stay. */
static bool
compact(MmlGraph *graph)
{
	int		   *number = mml_nn_take(graph, (size_t) graph->values, sizeof(int));
	int			kept = 0;

	if (number == NULL)
		return false;
	mml_nn_count_uses(graph);
	for (int v = 0; v < graph->values; v++)
	{
		bool		stays = graph->value[v].uses > 0 || graph->value[v].kind == MML_VALUE_INPUT;

		number[v] = stays ? kept : -1;
		if (stays)
			graph->value[kept++] = graph->value[v];
	}
	graph->values = kept;
	for (int n = 0; n < graph->nodes; n++)
	{
		MmlNode    *node = &graph->node[n];

		for (int i = 0; i < node->inputs; i++)
			node->input[i] = node->input[i] < 0 ? -1 : number[node->input[i]];
		for (int i = 0; i < node->outputs; i++)
			node->output[i] = node->output[i] < 0 ? -1 : number[node->output[i]];
	}
	for (int i = 0; i < graph->inputs; i++)
		graph->input[i] = number[graph->input[i]];
	for (int i = 0; i < graph->outputs; i++)
		graph->output[i] = number[graph->output[i]];
	mml_nn_count_uses(graph);
	return true;
}

/*
 * Lay a graph out, in memory of its heap.  It loses values that nothing uses.
 */
bool
mml_nn_flatten(MmlGraph *graph, MmlFlatGraph *flat)
{
	Cursor		c = {.flat = flat};

	memset(flat, 0, sizeof(MmlFlatGraph));
	if (!compact(graph))
		return false;
	put_graph(&c, graph);
	flat->links = c.links;
	flat->ints = c.ints;
	flat->floats = c.floats;
	flat->names = c.names;
	flat->bytes = c.bytes;
	flat->head[MML_HEAD_FORM] = MML_NETWORK_FORM;
	flat->head[MML_HEAD_OPSET] = graph->opset;
	flat->head[MML_HEAD_VALUES] = graph->values;
	flat->head[MML_HEAD_NODES] = graph->nodes;
	flat->head[MML_HEAD_INPUTS] = graph->inputs;
	flat->head[MML_HEAD_OUTPUTS] = graph->outputs;
	flat->head[MML_HEAD_ATTRIBUTES] = (int64_t) c.attributes;
	flat->values = mml_nn_take(graph, (size_t) graph->values * MML_VALUE_COLUMNS, sizeof(int64_t));
	flat->nodes = mml_nn_take(graph, (size_t) graph->nodes * 3, sizeof(int32_t));
	flat->link = mml_nn_take(graph, c.links, sizeof(int32_t));
	flat->attributes = mml_nn_take(graph, c.attributes * MML_ATTRIBUTE_COLUMNS, sizeof(int64_t));
	flat->int_ = mml_nn_take(graph, c.ints, sizeof(int64_t));
	flat->float_ = mml_nn_take(graph, c.floats, sizeof(float));
	flat->name = mml_nn_take(graph, c.names, 1);
	flat->data = mml_nn_take(graph, c.bytes, 1);
	if (graph->problem->fault != MML_FAULT_NONE)
		return false;
	memset(&c, 0, sizeof(c));
	c.flat = flat;
	c.writing = true;
	put_graph(&c, graph);
	return true;
}

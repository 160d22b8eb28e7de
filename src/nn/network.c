/*-------------------------------------------------------------------------
 *
 * network.c
 *	  Open a model of kind "network" that anybody may have written.
 *
 * Sections: head, values, nodes, links, attributes, ints, floats, names, data
 * (see MmlFlatGraph), then scale, offset, labels.  Constants are used where
 * they lie in the model.  Every reference is checked, every shape is inferred
 * anew by whoever plans a run.
 *
 *-------------------------------------------------------------------------
 */
#include <math.h>
#include <string.h>

#include "core/numbers.h"
#include "nn/network.h"

/* The sections of a graph, and where the reader is in each. */
typedef struct Reader
{
	MmlGraph   *graph;
	const int64_t *head;
	const int64_t *values;
	const int32_t *nodes;
	const int64_t *attributes;
	const int32_t *link;
	const int32_t *link_end;
	const int64_t *int_;
	const int64_t *int_end;
	const float *float_;
	const float *float_end;
	MmlTexts	names;
	size_t		named;
	const char *name;
	const char *data;
	size_t		at;
	size_t		bytes;
} Reader;

/* The next text; empty behind the last, which is noticed at the end. */
static MmlText
next_text(Reader *r)
{
	MmlText		text = mml_nn_text("");

	if (r->named < r->names.count)
	{
		text = mml_nn_text(r->name);
		r->name = mml_text_next(r->name);
	}
	r->named++;
	return text;
}

/* The next value that a node or the network names: one of those there are. */
static bool
next_link(Reader *r, int *v)
{
	if (r->link == r->link_end)
		return false;
	*v = *r->link++;
	return *v >= -1 && *v < r->graph->values;
}

/* The next tensor of the section data, whose shape is known. */
static const char *
next_tensor(Reader *r, MmlTensor *tensor)
{
	size_t		bytes = tensor->count * mml_tensor_element_size(tensor->type);
	size_t		at = mml_align64(r->at);
	const uint8_t *data;

	if (at > r->bytes || bytes > r->bytes - at)
		return "A constant does not lie within the section of constants.";
	for (size_t i = r->at; i < at; i++)
		if (r->data[i] != 0)
			return "A gap between constants is not zero.";
	data = (const uint8_t *) r->data + at;
	if (tensor->type == MML_ELEMENT_BOOL)
		for (size_t i = 0; i < tensor->count; i++)
			if (data[i] > 1)
				return "A truth is neither 0 nor 1.";
	tensor->data = (void *) (uintptr_t) data;
	r->at = at + bytes;
	return NULL;
}

/* Set a tensor from numbers of a section. */
static bool
read_shape(MmlTensor *tensor, int64_t type, int64_t rank, const int64_t *dims)
{
	return type > 0 && type <= MML_ELEMENT_F64 && rank >= 0 && rank <= MML_RANK &&
		mml_tensor_set(tensor, (MmlElement) type, (int) rank, dims);
}

/* Read a value. */
static const char *
read_value(Reader *r, int v)
{
	const int64_t *row = r->values + (size_t) v * MML_VALUE_COLUMNS;
	MmlValue   *value = &r->graph->value[v];
	bool		input = row[0] == MML_VALUE_INPUT;

	value->name = next_text(r);
	if (row[0] < MML_VALUE_INPUT || row[0] > MML_VALUE_COMPUTED)
		return "A value is of no kind.";
	value->kind = (MmlValueKind) row[0];
	if (value->kind == MML_VALUE_COMPUTED)
	{
		for (int i = 1; i < MML_VALUE_COLUMNS; i++)
			if (row[i] != 0)
				return "The shape of a value that is computed is stored.";
		return NULL;
	}
	if (!read_shape(&value->tensor, row[1], row[2], row + 4))
		return "The shape of a value is not possible.";
	for (int d = value->tensor.rank; d < MML_RANK; d++)
		if (row[4 + d] != 0)
			return "The shape of a value is not possible.";
	if (row[3] < 0 || row[3] >> value->tensor.rank != 0 || (!input && row[3] != 0))
		return "The shape of a value is not possible.";
	value->symbolic = (uint32_t) row[3];
	for (int d = 0; d < value->tensor.rank; d++)
		if (((value->symbolic >> d) & 1) != 0 && value->tensor.dims[d] != 1)
			return "The shape of a value is not possible.";
	return input ? NULL : next_tensor(r, &value->tensor);
}

/* Read the list of an attribute, or its tensor. */
static const char *
read_list(Reader *r, MmlAttribute *a, const int64_t *row)
{
	MmlText    *texts;

	if (row[1] < 0 || row[1] > INT32_MAX)
		return "The length of an attribute is not possible.";
	a->count = (size_t) row[1];
	if (a->type == MML_ATTRIBUTE_FLOATS)
	{
		if (a->count > (size_t) (r->float_end - r->float_))
			return "Numbers of an attribute are missing.";
		a->floats = r->float_;
		r->float_ += a->count;
		return NULL;
	}
	if (a->type == MML_ATTRIBUTE_TEXTS)
	{
		if (r->named > r->names.count || a->count > r->names.count - r->named)
			return "Texts of an attribute are missing.";
		texts = mml_nn_take(r->graph, a->count, sizeof(MmlText));
		for (size_t i = 0; texts != NULL && i < a->count; i++)
			texts[i] = next_text(r);
		a->texts = texts;
		return texts == NULL ? "It needs more memory than it may have." : NULL;
	}
	if (a->count > (size_t) (r->int_end - r->int_))
		return "Numbers of an attribute are missing.";
	a->ints = r->int_;
	r->int_ += a->count;
	if (a->type == MML_ATTRIBUTE_INTS)
		return NULL;
	if (!read_shape(&a->tensor, row[2], row[1], a->ints))
		return "The shape of an attribute is not possible.";
	a->ints = NULL;
	a->count = 0;
	return next_tensor(r, &a->tensor);
}

/* Read an attribute of a node. */
static const char *
read_attribute(Reader *r, const MmlNode *node, MmlAttribute *a)
{
	const int64_t *row = r->attributes;

	r->attributes += MML_ATTRIBUTE_COLUMNS;
	a->name = next_text(r);
	if (a->name.length == 0 || a->name.bytes[0] == '.')
		return "The name of an attribute is not possible.";
	for (const MmlAttribute *other = node->attribute; other < a; other++)
		if (mml_nn_text_same(other->name, a->name))
			return "A node has an attribute twice.";
	if (row[0] < MML_ATTRIBUTE_INT || row[0] > MML_ATTRIBUTE_TENSOR ||
		(row[0] != MML_ATTRIBUTE_TENSOR && row[2] != 0))
		return "An attribute is of no type.";
	a->type = (MmlAttributeType) row[0];
	if (a->type == MML_ATTRIBUTE_INT)
		a->i = row[1];
	else if (a->type == MML_ATTRIBUTE_FLOAT)
	{
		if (r->float_ == r->float_end)
			return "Numbers of an attribute are missing.";
		a->f = *r->float_++;
	}
	else if (a->type == MML_ATTRIBUTE_TEXT)
		a->text = next_text(r);
	else
		return read_list(r, a, row);
	return a->type == MML_ATTRIBUTE_INT || row[1] == 0 ? NULL : "An attribute is of no type.";
}

/* Read a node, behind those whose values it uses. */
static const char *
read_node(Reader *r, int n, int64_t *attributes)
{
	const int32_t *row = r->nodes + 3 * (size_t) n;
	MmlText		name = next_text(r);
	MmlText		type = next_text(r);
	MmlNode    *node;

	if (row[0] < 0 || row[1] < 0 || row[2] < 0 || row[2] > *attributes)
		return "A node has an impossible number of inputs, outputs or attributes.";
	*attributes -= row[2];
	node = mml_nn_add_node(r->graph, type, name, row[0], row[1], row[2]);
	if (node == NULL)
		return "A node has too many inputs, outputs or attributes.";
	node->op = mml_tensor_operator(type);
	if (node->op == NULL)
		return "It has an operator that this version of mediaml does not know.";
	for (int i = 0; i < node->inputs; i++)
	{
		if (!next_link(r, &node->input[i]))
			return "An input of a node is no value.";
		if (node->input[i] >= 0 && r->graph->value[node->input[i]].kind == MML_VALUE_COMPUTED &&
			r->graph->value[node->input[i]].node < 0)
			return "A node uses a value that no node before it computes.";
	}
	for (int i = 0; i < node->outputs; i++)
	{
		MmlValue   *value;

		if (!next_link(r, &node->output[i]))
			return "An output of a node is no value.";
		if (node->output[i] < 0)
			continue;
		value = &r->graph->value[node->output[i]];
		if (value->kind != MML_VALUE_COMPUTED || value->node >= 0)
			return "A value is computed twice, or need not be.";
		value->node = n;
	}
	for (int i = 0; i < node->attributes; i++)
		MML_DEMAND(read_attribute(r, node, &node->attribute[i]));
	return NULL;
}

/* Read the inputs and outputs of the network. */
static const char *
read_ends(Reader *r)
{
	MmlGraph   *graph = r->graph;
	int			declared = 0;

	graph->inputs = (int) r->head[MML_HEAD_INPUTS];
	graph->outputs = (int) r->head[MML_HEAD_OUTPUTS];
	graph->input = mml_nn_take(graph, (size_t) graph->inputs, sizeof(int));
	graph->output = mml_nn_take(graph, (size_t) graph->outputs, sizeof(int));
	if (graph->input == NULL || graph->output == NULL)
		return "It needs more memory than it may have.";
	for (int i = 0; i < graph->inputs; i++)
	{
		MmlValue   *value;

		if (!next_link(r, &graph->input[i]) || graph->input[i] < 0)
			return "An input of the network is no value.";
		value = &graph->value[graph->input[i]];
		if (value->kind != MML_VALUE_INPUT || value->uses++ > 0)
			return "An input of the network is none.";
	}
	for (int v = 0; v < graph->values; v++)
		declared += graph->value[v].kind == MML_VALUE_INPUT;
	if (declared != graph->inputs)
		return "An input of the network is not listed.";
	for (int i = 0; i < graph->outputs; i++)
		if (!next_link(r, &graph->output[i]) || graph->output[i] < 0 ||
			(graph->value[graph->output[i]].kind == MML_VALUE_COMPUTED &&
			 graph->value[graph->output[i]].node < 0))
			return "An output of the network is no value.";
	return NULL;
}

/* Find the sections, and check their sizes against the head. */
static const char *
find_sections(Reader *r, const MmlEnvelope *env, int *next)
{
	const MmlSection *s;

	MML_DEMAND(mml_envelope_shaped(env, next, "head", MML_I64, 1, MML_HEAD_COUNT, &r->head));
	if (r->head[MML_HEAD_FORM] != MML_NETWORK_FORM || r->head[MML_HEAD_OPSET] != MML_OPSET)
		return "It is of a form that this version of mediaml does not read.";
	if (r->head[MML_HEAD_VALUES] < 1 || r->head[MML_HEAD_VALUES] > MML_MOST_VALUES ||
		r->head[MML_HEAD_NODES] < 0 || r->head[MML_HEAD_NODES] > MML_MOST_NODES ||
		r->head[MML_HEAD_INPUTS] < 0 || r->head[MML_HEAD_INPUTS] > MML_MOST_VALUES ||
		r->head[MML_HEAD_OUTPUTS] < 1 || r->head[MML_HEAD_OUTPUTS] > MML_MOST_VALUES ||
		r->head[MML_HEAD_ATTRIBUTES] < 0 ||
		r->head[MML_HEAD_ATTRIBUTES] > MML_MOST_NODES * MML_MOST_ATTRIBUTES ||
		r->head[MML_HEAD_LAYOUT] < MML_LAYOUT_FLAT || r->head[MML_HEAD_LAYOUT] > MML_LAYOUT_NHWC)
		return "Its head is not possible.";
	MML_DEMAND(mml_envelope_shaped(env, next, "values", MML_I64, (size_t) r->head[MML_HEAD_VALUES],
								   MML_VALUE_COLUMNS, &r->values));
	MML_DEMAND(mml_envelope_shaped(env, next, "nodes", MML_I32, (size_t) r->head[MML_HEAD_NODES], 3,
								   &r->nodes));
	MML_DEMAND(mml_envelope_next(env, next, "links", MML_I32, &s));
	r->link = s->data;
	r->link_end = r->link + s->bytes / sizeof(int32_t);
	MML_DEMAND(mml_envelope_shaped(env, next, "attributes", MML_I64,
								   (size_t) r->head[MML_HEAD_ATTRIBUTES], MML_ATTRIBUTE_COLUMNS,
								   &r->attributes));
	MML_DEMAND(mml_envelope_next(env, next, "ints", MML_I64, &s));
	r->int_ = s->data;
	r->int_end = r->int_ + s->bytes / sizeof(int64_t);
	MML_DEMAND(mml_envelope_next(env, next, "floats", MML_F32, &s));
	r->float_ = s->data;
	r->float_end = r->float_ + s->bytes / sizeof(float);
	MML_DEMAND(mml_envelope_texts(env, next, "names", &r->names));
	r->name = r->names.first;
	MML_DEMAND(mml_envelope_next(env, next, "data", MML_U8, &s));
	r->data = s->data;
	r->bytes = s->bytes;
	return NULL;
}

/* Read the graph. */
static const char *
read_graph(MmlNetwork *network, const MmlEnvelope *env, int *next)
{
	MmlGraph   *graph = &network->graph;
	Reader		r = {.graph = graph};
	int64_t		attributes;

	MML_DEMAND(find_sections(&r, env, next));
	graph->opset = MML_OPSET;
	graph->value_room = (int) r.head[MML_HEAD_VALUES];
	graph->value = mml_nn_take(graph, (size_t) graph->value_room, sizeof(MmlValue));
	if (graph->value == NULL)
		return "It needs more memory than it may have.";
	graph->values = graph->value_room;
	for (int v = 0; v < graph->values; v++)
		graph->value[v].node = -1;
	for (int v = 0; v < graph->values; v++)
		MML_DEMAND(read_value(&r, v));
	attributes = r.head[MML_HEAD_ATTRIBUTES];
	for (int n = 0; n < r.head[MML_HEAD_NODES]; n++)
		MML_DEMAND(read_node(&r, n, &attributes));
	MML_DEMAND(read_ends(&r));
	if (attributes != 0 || r.link != r.link_end || r.int_ != r.int_end ||
		r.float_ != r.float_end || r.named != r.names.count || r.at != r.bytes)
		return "Its sections hold more than its graph, or less.";
	mml_nn_count_uses(graph);
	network->layout = (MmlLayout) r.head[MML_HEAD_LAYOUT];
	return NULL;
}

/*
 * Are channels that are scaled differently those of the input?  Only of one
 * input is anything scaled; where no dimension holds channels, the first
 * scale is that of all.
 */
static bool
fits_channels(const MmlNetwork *network)
{
	const MmlGraph *graph = &network->graph;
	const MmlValue *value;
	int			d;

	if (network->scaling.channels == 1 || graph->inputs != 1 || network->layout == MML_LAYOUT_FLAT)
		return true;
	value = &graph->value[graph->input[0]];
	d = value->tensor.rank - (network->layout == MML_LAYOUT_NCHW ? 3 : 1);
	return value->tensor.rank < 3 ||
		((value->symbolic >> d & 1) == 0 && value->tensor.dims[d] == network->scaling.channels);
}

/* Read how pixels become inputs. */
static const char *
read_scaling(MmlNetwork *network, const MmlEnvelope *env, int *next)
{
	const MmlSection *scale;

	MML_DEMAND(mml_envelope_next(env, next, "scale", MML_F64, &scale));
	if (scale->cols != 1 || scale->rows < 1 || scale->rows > MML_MOST_CHANNELS)
		return "Its scaling has an impossible number of channels.";
	network->scaling.channels = (int) scale->rows;
	network->scaling.scale = scale->data;
	MML_DEMAND(mml_envelope_shaped(env, next, "offset", MML_F64, scale->rows, 1,
								   &network->scaling.offset));
	if (!mml_all_finite(scale->rows, network->scaling.scale) ||
		!mml_all_finite(scale->rows, network->scaling.offset))
		return "Its scaling is not finite.";
	if (!fits_channels(network))
		return "Its scaling has other channels than its input.";
	return NULL;
}

/*
 * Open a model: NULL, or what is wrong.  network->problem then says whether a
 * limit was.  What is open points into the model and into room.
 */
const char *
mml_nn_open(MmlNetwork *network, const MmlEnvelope *env, MmlRoom *room, MmlLimits limits)
{
	int			next = 0;

	memset(network, 0, sizeof(MmlNetwork));
	network->room = room;
	network->limits = limits;
	mml_nn_heap_open(&network->heap, room, limits.memory);
	network->graph.heap = &network->heap;
	network->graph.problem = &network->problem;
	MML_DEMAND(read_graph(network, env, &next));
	MML_DEMAND(read_scaling(network, env, &next));
	MML_DEMAND(mml_envelope_texts(env, &next, "labels", &network->labels));
	MML_DEMAND(mml_envelope_end(env, next));
	return mml_nn_try(network) ? NULL : network->problem.message;
}

/* Give all memory of a network back. */
void
mml_nn_close(MmlNetwork *network)
{
	for (int i = 0; i < MML_KEPT_PLANS; i++)
		mml_nn_plan_release(&network->kept[i].plan);
	for (int i = 0; i < 2; i++)
		mml_nn_plan_release(&network->probe[i]);
	mml_nn_heap_release(&network->heap);
	memset(network, 0, sizeof(MmlNetwork));
}

/*-------------------------------------------------------------------------
 *
 * onnx.c
 *	  Read a network from an ONNX file: ModelProto and GraphProto of onnx.proto.
 *
 * The file is walked over four times: to count; to declare inputs and
 * constants; to declare nodes and what they compute; to look up what they use.
 * So every array is taken once, values may be used before they are declared,
 * and each name is declared once.  Names and texts point into the file.
 *
 * Source: ONNX, "Open Neural Network Exchange Intermediate Representation
 * Specification", IR versions 3 to 10.
 *
 *-------------------------------------------------------------------------
 */
#include <string.h>

#include "core/hash.h"
#include "nn/onnx.h"

/* Fields of the messages. */
enum
{
	MODEL_GRAPH = 7,
	MODEL_OPSET = 8,
	MODEL_FUNCTIONS = 25,

	OPSET_DOMAIN = 1,
	OPSET_VERSION = 2,

	GRAPH_NODE = 1,
	GRAPH_INITIALIZER = 5,
	GRAPH_INPUT = 11,
	GRAPH_OUTPUT = 12,
	GRAPH_SPARSE = 15,

	NODE_INPUT = 1,
	NODE_OUTPUT = 2,
	NODE_NAME = 3,
	NODE_TYPE = 4,
	NODE_ATTRIBUTE = 5,
	NODE_DOMAIN = 7,

	VALUE_NAME = 1,
	VALUE_TYPE = 2,
	TYPE_TENSOR = 1,
	TENSOR_ELEMENT = 1,
	TENSOR_SHAPE = 2,
	SHAPE_DIM = 1,
	DIM_VALUE = 1
};

#define LEAST_OPSET 1
#define MOST_LINKS_TOGETHER 1000000

/* The reader: the graph, and its values by name. */
typedef struct Reader
{
	MmlGraph   *graph;
	MmlProblem *problem;
	int		   *slots;			/* (mask + 1) values, or -1 */
	size_t		mask;
} Reader;

/* ------------------------------------------------------------------ names */

/* Make the table of names, for so many values. */
static bool
open_names(Reader *reader, size_t values)
{
	size_t		slots = 16;

	while (slots < 2 * values)
		slots *= 2;
	reader->mask = slots - 1;
	reader->slots = mml_nn_take(reader->graph, slots, sizeof(int));
	if (reader->slots == NULL)
		return false;
	for (size_t i = 0; i < slots; i++)
		reader->slots[i] = -1;
	return true;
}

/* The slot of a name, or the one where it would be. */
static int *
find_slot(const Reader *reader, MmlText name)
{
	size_t		i = mml_hash_bytes(name.length, name.bytes) & reader->mask;

	while (reader->slots[i] >= 0 &&
		   !mml_nn_text_same(reader->graph->value[reader->slots[i]].name, name))
		i = (i + 1) & reader->mask;
	return &reader->slots[i];
}

/* Declare a value; -1 where its name is none, or taken. */
static int
declare(Reader *reader, MmlText name, MmlValueKind kind)
{
	int		   *slot;

	if (name.length == 0 || !mml_nn_text_sound(name))
	{
		mml_nn_fail(reader->problem, MML_FAULT_BROKEN, "a value has no name");
		return -1;
	}
	slot = find_slot(reader, name);
	if (*slot >= 0)
	{
		mml_nn_fail(reader->problem, MML_FAULT_BROKEN, "value \"%.*s\" is declared twice",
					MML_SHOW(name));
		return -1;
	}
	return *slot = mml_nn_add_value(reader->graph, name, kind);
}

/* ------------------------------------------------------------------ model */

/* Read which opset of ONNX's own domain the file uses. */
static bool
read_opset(Reader *reader, MmlWire wire)
{
	MmlField	field;
	MmlText		domain = mml_nn_text("");
	uint64_t	version = 0;

	while (mml_nn_wire_next(&wire, &field))
		if (field.number == OPSET_DOMAIN && field.type == MML_WIRE_BYTES)
			domain = mml_nn_field_text(&field);
		else if (field.number == OPSET_VERSION)
			version = field.value;
	if (wire.broken)
		return mml_nn_fail(reader->problem, MML_FAULT_BROKEN, "this is no ONNX file");
	if (domain.length > 0 && !mml_nn_text_is(domain, "ai.onnx"))
		return true;			/* nodes that use it are refused */
	if (version < LEAST_OPSET || version > MML_OPSET)
		return mml_nn_fail(reader->problem, MML_FAULT_UNSUPPORTED,
						   "the network is written in opset %lld, but opsets %d to %d are supported",
						   (long long) version, LEAST_OPSET, MML_OPSET);
	reader->graph->opset = (int) version;
	return true;
}

/* Read all of a model but the graph, which is found. */
static bool
read_model(Reader *reader, MmlWire wire, MmlWire *graph)
{
	MmlField	field;
	bool		found = false;

	while (mml_nn_wire_next(&wire, &field))
	{
		if (field.number == MODEL_GRAPH && field.type == MML_WIRE_BYTES && !found)
		{
			*graph = mml_nn_field_wire(&field);
			found = true;
		}
		else if (field.number == MODEL_GRAPH)
			return mml_nn_fail(reader->problem, MML_FAULT_BROKEN, "the file has more than one graph");
		else if (field.number == MODEL_FUNCTIONS)
			return mml_nn_fail(reader->problem, MML_FAULT_UNSUPPORTED,
							   "networks with functions of their own are not supported");
		else if (field.number == MODEL_OPSET && field.type == MML_WIRE_BYTES &&
				 !read_opset(reader, mml_nn_field_wire(&field)))
			return false;
	}
	if (wire.broken || !found)
		return mml_nn_fail(reader->problem, MML_FAULT_BROKEN, "this is no ONNX file");
	if (reader->graph->opset == 0)
		return mml_nn_fail(reader->problem, MML_FAULT_UNSUPPORTED,
						   "the file does not say which opset it is written in");
	return true;
}

/* ------------------------------------------------------ inputs and outputs */

/* Read a dimension: a number, or a name, or nothing, which are symbolic. */
static bool
read_dim(MmlWire wire, int64_t *dim)
{
	MmlField	field;

	*dim = -1;
	while (mml_nn_wire_next(&wire, &field))
		if (field.number == DIM_VALUE && field.type == MML_WIRE_VARINT)
			*dim = (int64_t) field.value;
	return !wire.broken;
}

/* Read the shape of an input. */
static bool
read_shape(Reader *reader, MmlWire wire, MmlValue *value)
{
	MmlField	field;
	int64_t		dim;

	value->tensor.rank = 0;
	while (mml_nn_wire_next(&wire, &field))
	{
		if (field.number != SHAPE_DIM || field.type != MML_WIRE_BYTES)
			continue;
		if (value->tensor.rank == MML_RANK)
			return mml_nn_fail(reader->problem, MML_FAULT_UNSUPPORTED,
							   "input \"%.*s\" has more than %d dimensions",
							   MML_SHOW(value->name), MML_RANK);
		if (!read_dim(mml_nn_field_wire(&field), &dim))
			return false;
		if (dim <= 0)
			value->symbolic |= 1u << value->tensor.rank;
		value->tensor.dims[value->tensor.rank++] = dim <= 0 ? 1 : dim;
	}
	return !wire.broken;
}

/* Find the tensor in the type of an input, and its element type and shape. */
static bool
read_type(Reader *reader, MmlWire wire, MmlValue *value)
{
	MmlField	field;
	uint64_t	element = 0;
	bool		shaped = false;

	while (mml_nn_wire_next(&wire, &field))
	{
		MmlWire		tensor = mml_nn_field_wire(&field);

		if (field.number != TYPE_TENSOR || field.type != MML_WIRE_BYTES)
			return mml_nn_fail(reader->problem, MML_FAULT_UNSUPPORTED,
							   "input \"%.*s\" is no tensor, which is not supported",
							   MML_SHOW(value->name));
		while (mml_nn_wire_next(&tensor, &field))
			if (field.number == TENSOR_ELEMENT)
				element = field.value;
			else if (field.number == TENSOR_SHAPE && field.type == MML_WIRE_BYTES)
			{
				shaped = true;
				if (!read_shape(reader, mml_nn_field_wire(&field), value))
					return false;
			}
		if (tensor.broken)
			return false;
	}
	if (element > 64 || mml_tensor_element_size((MmlElement) element) == 0)
		return mml_nn_fail(reader->problem, MML_FAULT_UNSUPPORTED,
						   "input \"%.*s\" is of a type that is not supported",
						   MML_SHOW(value->name));
	if (!shaped)
		return mml_nn_fail(reader->problem, MML_FAULT_UNSUPPORTED,
						   "input \"%.*s\" has no shape, not even the number of its dimensions",
						   MML_SHOW(value->name));
	value->tensor.type = (MmlElement) element;
	return !wire.broken &&
		(mml_tensor_set(&value->tensor, value->tensor.type, value->tensor.rank, value->tensor.dims) ||
		 mml_nn_fail(reader->problem, MML_FAULT_LIMIT, "input \"%.*s\" is too large",
					 MML_SHOW(value->name)));
}

/* The name of a value of the network. */
static MmlText
value_name(MmlWire wire)
{
	MmlField	field;
	MmlText		name = {"", 0};

	while (mml_nn_wire_next(&wire, &field))
		if (field.number == VALUE_NAME && field.type == MML_WIRE_BYTES)
			name = mml_nn_field_text(&field);
	return name;
}

/* Declare an input, unless it is a constant, as old files repeat them. */
static bool
read_input(Reader *reader, MmlWire wire)
{
	MmlGraph   *graph = reader->graph;
	MmlText		name = value_name(wire);
	MmlField	field;
	MmlValue   *value;
	int			v;

	if (name.length > 0 && mml_nn_text_sound(name))
	{
		v = *find_slot(reader, name);
		if (v >= 0 && graph->value[v].kind == MML_VALUE_CONSTANT)
			return true;
	}
	v = declare(reader, name, MML_VALUE_INPUT);
	if (v < 0)
		return false;
	graph->input[graph->inputs++] = v;
	value = &graph->value[v];
	while (mml_nn_wire_next(&wire, &field))
		if (field.number == VALUE_TYPE && field.type == MML_WIRE_BYTES)
		{
			if (!read_type(reader, mml_nn_field_wire(&field), value))
				return mml_nn_fail(reader->problem, MML_FAULT_BROKEN,
								   "input \"%.*s\" is broken", MML_SHOW(name));
			return true;
		}
	return mml_nn_fail(reader->problem, MML_FAULT_UNSUPPORTED, "input \"%.*s\" has no type",
					   MML_SHOW(name));
}

/* Declare a constant. */
static bool
read_constant(Reader *reader, const MmlField *field)
{
	MmlTensor	tensor;
	MmlText		name;
	int			v;

	if (!mml_nn_read_tensor(reader->graph, field->bytes, field->length, &tensor, &name))
		return false;
	v = declare(reader, name, MML_VALUE_CONSTANT);
	if (v < 0)
		return false;
	reader->graph->value[v].tensor = tensor;
	return true;
}

/* ------------------------------------------------------------------ nodes */

/* What a node says of itself, and how much of it there is. */
typedef struct NodeSight
{
	MmlText		name;
	MmlText		type;
	MmlText		domain;
	size_t		inputs;
	size_t		outputs;
	size_t		attributes;
} NodeSight;

/* Look at a node. */
static bool
look_at_node(Reader *reader, MmlWire wire, NodeSight *sight)
{
	MmlField	field;

	memset(sight, 0, sizeof(NodeSight));
	sight->name = sight->type = sight->domain = mml_nn_text("");
	while (mml_nn_wire_next(&wire, &field))
	{
		if (field.type != MML_WIRE_BYTES)
			continue;
		if (field.number == NODE_NAME)
			sight->name = mml_nn_field_text(&field);
		else if (field.number == NODE_TYPE)
			sight->type = mml_nn_field_text(&field);
		else if (field.number == NODE_DOMAIN)
			sight->domain = mml_nn_field_text(&field);
		sight->inputs += field.number == NODE_INPUT;
		sight->outputs += field.number == NODE_OUTPUT;
		sight->attributes += field.number == NODE_ATTRIBUTE;
	}
	if (wire.broken || !mml_nn_text_sound(sight->name) || !mml_nn_text_sound(sight->type) ||
		!mml_nn_text_sound(sight->domain))
		return mml_nn_fail(reader->problem, MML_FAULT_BROKEN, "a node is broken");
	if (sight->inputs > MML_MOST_LINKS || sight->outputs > MML_MOST_LINKS ||
		sight->attributes > MML_MOST_ATTRIBUTES)
		return mml_nn_fail(reader->problem, MML_FAULT_LIMIT,
						   "node \"%.*s\" (%.*s) has too many inputs, outputs or attributes",
						   MML_SHOW(sight->name), MML_SHOW(sight->type));
	return true;
}

/* Declare a node and what it computes. */
static bool
declare_node(Reader *reader, MmlWire wire)
{
	NodeSight	sight;
	MmlField	field;
	MmlNode    *node;
	int			outputs = 0;

	if (!look_at_node(reader, wire, &sight))
		return false;
	node = mml_nn_add_node(reader->graph, sight.type, sight.name, (int) sight.inputs,
						   (int) sight.outputs, (int) sight.attributes);
	if (node == NULL)
		return false;
	node->domain = sight.domain;
	while (mml_nn_wire_next(&wire, &field))
	{
		int			v;

		if (field.number != NODE_OUTPUT || field.type != MML_WIRE_BYTES)
			continue;
		if (field.length == 0)
		{
			outputs++;
			continue;
		}
		v = declare(reader, mml_nn_field_text(&field), MML_VALUE_COMPUTED);
		if (v < 0)
			return false;
		node->output[outputs++] = v;
	}
	return true;
}

/* Look up what a node uses, and read its attributes. */
static bool
read_node(Reader *reader, MmlNode *node, MmlWire wire)
{
	MmlField	field;
	int			inputs = 0;
	int			attributes = 0;

	while (mml_nn_wire_next(&wire, &field))
	{
		if (field.type != MML_WIRE_BYTES)
			continue;
		if (field.number == NODE_INPUT && field.length > 0)
		{
			MmlText		name = mml_nn_field_text(&field);
			int			v = *find_slot(reader, name);

			if (v < 0)
				return mml_nn_fail(reader->problem, MML_FAULT_BROKEN,
								   "node \"%.*s\" (%.*s) uses a value that nothing computes",
								   MML_SHOW(mml_nn_node_name(reader->graph, node)),
								   MML_SHOW(node->type));
			node->input[inputs] = v;
		}
		inputs += field.number == NODE_INPUT;
		if (field.number != NODE_ATTRIBUTE)
			continue;
		if (!mml_nn_read_attribute(reader->graph, node, mml_nn_field_wire(&field),
								   &node->attribute[attributes]))
			return false;
		for (int i = 0; i < attributes; i++)
			if (mml_nn_text_same(node->attribute[i].name, node->attribute[attributes].name))
				return mml_nn_fail(reader->problem, MML_FAULT_BROKEN,
								   "node \"%.*s\" (%.*s) has attribute \"%.*s\" twice",
								   MML_SHOW(mml_nn_node_name(reader->graph, node)),
								   MML_SHOW(node->type), MML_SHOW(node->attribute[i].name));
		attributes++;
	}
	return true;
}

/* ------------------------------------------------------------------ graph */

/* Count what a graph has, and make room for it. */
static bool
count_graph(Reader *reader, MmlWire wire)
{
	MmlField	field;
	NodeSight	sight;
	size_t		inputs = 0;
	size_t		outputs = 0;
	size_t		values = 0;
	size_t		links = 0;

	while (mml_nn_wire_next(&wire, &field))
	{
		if (field.type != MML_WIRE_BYTES)
			continue;
		if (field.number == GRAPH_SPARSE)
			return mml_nn_fail(reader->problem, MML_FAULT_UNSUPPORTED,
							   "sparse constants are not supported");
		if (field.number == GRAPH_NODE)
		{
			if (!look_at_node(reader, mml_nn_field_wire(&field), &sight))
				return false;
			values += sight.outputs;
			links += sight.inputs + sight.outputs;
		}
		inputs += field.number == GRAPH_INPUT;
		outputs += field.number == GRAPH_OUTPUT;
		values += field.number == GRAPH_INPUT || field.number == GRAPH_INITIALIZER;
	}
	if (wire.broken)
		return mml_nn_fail(reader->problem, MML_FAULT_BROKEN, "the graph is broken");
	if (values > MML_MOST_VALUES || outputs > MML_MOST_VALUES || links > MOST_LINKS_TOGETHER)
		return mml_nn_fail(reader->problem, MML_FAULT_LIMIT, "the network has more than %d values",
						   MML_MOST_VALUES);
	reader->graph->input = mml_nn_take(reader->graph, inputs, sizeof(int));
	reader->graph->output = mml_nn_take(reader->graph, outputs, sizeof(int));
	return reader->graph->input != NULL && reader->graph->output != NULL &&
		open_names(reader, values);
}

/* Look up an output of the network, and note it. */
static bool
read_output(Reader *reader, MmlWire wire)
{
	MmlText		name = value_name(wire);
	int			v = name.length == 0 ? -1 : *find_slot(reader, name);

	if (v < 0)
		return mml_nn_fail(reader->problem, MML_FAULT_BROKEN,
						   "an output of the network is a value that nothing computes");
	reader->graph->output[reader->graph->outputs++] = v;
	return true;
}

/* Read one field of a graph, in this pass over it. */
static bool
read_field(Reader *reader, int pass, const MmlField *field, int *node)
{
	MmlWire		wire = mml_nn_field_wire(field);

	if (field->type != MML_WIRE_BYTES)
		return true;
	switch (field->number)
	{
		case GRAPH_INITIALIZER:
			return pass != 0 || read_constant(reader, field);
		case GRAPH_INPUT:
			return pass != 1 || read_input(reader, wire);
		case GRAPH_NODE:
			if (pass == 2)
				return declare_node(reader, wire);
			return pass != 3 || read_node(reader, &reader->graph->node[(*node)++], wire);
		case GRAPH_OUTPUT:
			return pass != 3 || read_output(reader, wire);
		default:
			return true;
	}
}

/*
 * Read an ONNX file into a graph whose heap and problem are set and which is
 * empty otherwise.  Texts of the graph point into the file.
 */
bool
mml_nn_read_onnx(MmlGraph *graph, const void *bytes, size_t length)
{
	Reader		reader = {graph, graph->problem, NULL, 0};
	MmlWire		whole;
	MmlField	field;

	if (!read_model(&reader, mml_nn_wire(bytes, length), &whole) ||
		!count_graph(&reader, whole))
		return false;
	for (int pass = 0; pass < 4; pass++)
	{
		MmlWire		wire = whole;
		int			node = 0;

		while (mml_nn_wire_next(&wire, &field))
			if (!read_field(&reader, pass, &field, &node))
				return false;
	}
	if (graph->outputs == 0)
		return mml_nn_fail(graph->problem, MML_FAULT_BROKEN, "the network has no outputs");
	return mml_nn_sort(graph);
}

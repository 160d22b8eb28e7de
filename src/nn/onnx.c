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
	GRAPH_SPARSE = 15
};

#define LEAST_OPSET 1
#define MOST_LINKS_TOGETHER 1000000

/* ------------------------------------------------------------------ model */

/* Read which opset of ONNX's own domain the file uses. */
static bool
read_opset(MmlOnnxReader *reader, MmlWire wire)
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
read_model(MmlOnnxReader *reader, MmlWire wire, MmlWire *graph)
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

/* Declare a constant. */
static bool
read_constant(MmlOnnxReader *reader, const MmlField *field)
{
	MmlTensor	tensor;
	MmlText		name;
	size_t		count;
	const MmlText *texts = NULL;
	int			v;

	if (!mml_nn_read_texts(reader->graph, field->bytes, field->length, &count, &texts, &name))
		return false;
	if (texts != NULL)
	{
		v = mml_nn_declare(reader, name, MML_VALUE_TEXT);
		if (v < 0)
			return false;
		reader->graph->value[v].texts = count;
		reader->graph->value[v].text = texts;
		reader->graph->value[v].tensor.rank = 1;
		return true;
	}
	if (!mml_nn_read_tensor(reader->graph, field->bytes, field->length, &tensor, &name))
		return false;
	v = mml_nn_declare(reader, name, MML_VALUE_CONSTANT);
	if (v < 0)
		return false;
	reader->graph->value[v].tensor = tensor;
	reader->graph->value[v].half = mml_nn_half_type(field->bytes, field->length);
	return true;
}

/* ------------------------------------------------------------------ graph */

/* Count what a graph has, and make room for it. */
static bool
count_graph(MmlOnnxReader *reader, MmlWire wire)
{
	MmlField	field;
	MmlNodeSight sight;
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
			if (!mml_nn_look_at_node(reader, mml_nn_field_wire(&field), &sight))
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
		mml_nn_open_names(reader, values);
}

/* Look up an output of the network, and note it. */
static bool
read_output(MmlOnnxReader *reader, MmlWire wire)
{
	MmlText		name = mml_nn_value_name(wire);
	int			v = name.length == 0 ? -1 : *mml_nn_find_slot(reader, name);

	if (v < 0)
		return mml_nn_fail(reader->problem, MML_FAULT_BROKEN,
						   "an output of the network is a value that nothing computes");
	reader->graph->output[reader->graph->outputs++] = v;
	return true;
}

/* Read one field of a graph, in this pass over it. */
static bool
read_field(MmlOnnxReader *reader, int pass, const MmlField *field, int *node)
{
	MmlWire		wire = mml_nn_field_wire(field);

	if (field->type != MML_WIRE_BYTES)
		return true;
	switch (field->number)
	{
		case GRAPH_INITIALIZER:
			return pass != 0 || read_constant(reader, field);
		case GRAPH_INPUT:
			return pass != 1 || mml_nn_read_input(reader, wire);
		case GRAPH_NODE:
			if (pass == 2)
				return mml_nn_declare_node(reader, wire);
			return pass != 3 || mml_nn_read_node(reader, &reader->graph->node[(*node)++], wire);
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
	MmlOnnxReader reader = {graph, graph->problem, NULL, 0};
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

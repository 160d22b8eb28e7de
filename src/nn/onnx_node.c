/*-------------------------------------------------------------------------
 *
 * onnx_node.c
 *	  Read a node: NodeProto of onnx.proto.
 *
 *-------------------------------------------------------------------------
 */
#include <string.h>

#include "nn/onnx.h"

/* Fields of the message. */
enum
{
	NODE_INPUT = 1,
	NODE_OUTPUT = 2,
	NODE_NAME = 3,
	NODE_TYPE = 4,
	NODE_ATTRIBUTE = 5,
	NODE_DOMAIN = 7
};

/* Look at a node. */
bool
mml_nn_look_at_node(MmlOnnxReader *reader, MmlWire wire, MmlNodeSight *sight)
{
	MmlField	field;

	memset(sight, 0, sizeof(MmlNodeSight));
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
bool
mml_nn_declare_node(MmlOnnxReader *reader, MmlWire wire)
{
	MmlNodeSight sight;
	MmlField	field;
	MmlNode    *node;
	int			outputs = 0;

	if (!mml_nn_look_at_node(reader, wire, &sight))
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
		v = mml_nn_declare(reader, mml_nn_field_text(&field), MML_VALUE_COMPUTED);
		if (v < 0)
			return false;
		node->output[outputs++] = v;
	}
	return true;
}

/* Look up what a node uses, and read its attributes. */
bool
mml_nn_read_node(MmlOnnxReader *reader, MmlNode *node, MmlWire wire)
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
			int			v = *mml_nn_find_slot(reader, name);

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

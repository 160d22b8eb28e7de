/*-------------------------------------------------------------------------
 *
 * onnx_attribute.c
 *	  Read an attribute of a node: AttributeProto of onnx.proto.
 *
 *-------------------------------------------------------------------------
 */
#include <string.h>

#include "nn/onnx.h"

/* Fields of AttributeProto. */
enum
{
	ATTRIBUTE_NAME = 1,
	ATTRIBUTE_F = 2,
	ATTRIBUTE_I = 3,
	ATTRIBUTE_S = 4,
	ATTRIBUTE_T = 5,
	ATTRIBUTE_G = 6,
	ATTRIBUTE_FLOATS = 7,
	ATTRIBUTE_INTS = 8,
	ATTRIBUTE_STRINGS = 9,
	ATTRIBUTE_GRAPHS = 11,
	ATTRIBUTE_TYPE = 20,
	ATTRIBUTE_REF = 21
};

/* Types of AttributeProto, which are its fields in another order. */
static const uint32_t field_of_type[] = {
	0, ATTRIBUTE_F, ATTRIBUTE_I, ATTRIBUTE_S, ATTRIBUTE_T, ATTRIBUTE_G,
	ATTRIBUTE_FLOATS, ATTRIBUTE_INTS, ATTRIBUTE_STRINGS, 0, ATTRIBUTE_GRAPHS
};

#define TYPES (sizeof(field_of_type) / sizeof(field_of_type[0]))

/* What a first look finds. */
typedef struct Sight
{
	MmlText		name;
	uint32_t	field;			/* that holds the value */
	MmlWireType wire;			/* of the numbers of a list */
	MmlField	value;			/* the last such field */
	size_t		count;			/* of a list */
	bool		sound;
} Sight;

/* Is it a field with a value?  Then of which kind are its numbers? */
static bool
is_value(uint32_t number, MmlWireType *wire)
{
	*wire = MML_WIRE_BYTES;
	switch (number)
	{
		case ATTRIBUTE_I:
		case ATTRIBUTE_INTS:
			*wire = MML_WIRE_VARINT;
			return true;
		case ATTRIBUTE_F:
		case ATTRIBUTE_FLOATS:
			*wire = MML_WIRE_FIXED32;
			return true;
		case ATTRIBUTE_S:
		case ATTRIBUTE_T:
		case ATTRIBUTE_G:
		case ATTRIBUTE_STRINGS:
		case ATTRIBUTE_GRAPHS:
			return true;
		default:
			return false;
	}
}

/* Find the name, and which field holds the value: old files do not say the type. */
static void
look(MmlWire wire, Sight *sight)
{
	MmlField	field;
	uint32_t	present = 0;
	uint64_t	type = 0;

	memset(sight, 0, sizeof(Sight));
	sight->name = mml_nn_text("");
	sight->sound = true;
	while (mml_nn_wire_next(&wire, &field))
	{
		if (field.number == ATTRIBUTE_NAME && field.type == MML_WIRE_BYTES)
			sight->name = mml_nn_field_text(&field);
		else if (field.number == ATTRIBUTE_TYPE)
			type = field.value;
		else if (field.number == ATTRIBUTE_REF && field.length > 0)
			type = TYPES;
		else if (is_value(field.number, &sight->wire))
			present = field.number;
	}
	sight->sound = !wire.broken && mml_nn_text_sound(sight->name) && sight->name.length > 0;
	sight->field = type == 0 ? present : type < TYPES ? field_of_type[type] : 0;
	(void) is_value(sight->field, &sight->wire);
}

/* Find the value, and count what a list holds. */
static void
look_again(MmlWire wire, Sight *sight)
{
	MmlField	field;

	sight->value.type = sight->wire;
	while (mml_nn_wire_next(&wire, &field))
		if (field.number == sight->field)
		{
			sight->count += mml_nn_wire_count(&field, sight->wire, &sight->sound);
			sight->value = field;
		}
}

/* Read the numbers of a list, of which there are sight->count. */
static void
copy_list(MmlWire wire, const Sight *sight, MmlAttribute *attribute, int64_t *ints, float *floats,
		  MmlText *texts)
{
	MmlField	field;
	size_t		i = 0;

	while (i < sight->count && mml_nn_wire_next(&wire, &field))
	{
		MmlWire		packed = mml_nn_field_wire(&field);
		uint64_t	number = field.value;
		bool		more = true;

		if (field.number != sight->field)
			continue;
		if (field.type == MML_WIRE_BYTES && texts == NULL)
			more = mml_nn_wire_packed(&packed, sight->wire, &number);
		for (; more && i < sight->count; i++)
		{
			if (ints != NULL)
				ints[i] = (int64_t) number;
			else if (floats != NULL)
				memcpy(&floats[i], &number, sizeof(float));
			else
				texts[i] = mml_nn_field_text(&field);
			more = field.type == MML_WIRE_BYTES && texts == NULL &&
				mml_nn_wire_packed(&packed, sight->wire, &number);
		}
	}
	attribute->count = sight->count;
	attribute->ints = ints;
	attribute->floats = floats;
	attribute->texts = texts;
}

/* Read a list of ints, floats or texts. */
static bool
read_list(MmlGraph *graph, MmlWire wire, const Sight *sight, MmlAttribute *attribute)
{
	bool		of_ints = sight->field == ATTRIBUTE_INTS;
	bool		of_floats = sight->field == ATTRIBUTE_FLOATS;
	size_t		size = of_ints ? sizeof(int64_t) : of_floats ? sizeof(float) : sizeof(MmlText);
	void	   *list = mml_nn_take(graph, sight->count, size);

	if (list == NULL)
		return false;
	attribute->type = of_ints ? MML_ATTRIBUTE_INTS : of_floats ? MML_ATTRIBUTE_FLOATS :
		MML_ATTRIBUTE_TEXTS;
	copy_list(wire, sight, attribute, of_ints ? list : NULL, of_floats ? list : NULL,
			  of_ints || of_floats ? NULL : list);
	if (attribute->type == MML_ATTRIBUTE_TEXTS)
		for (size_t i = 0; i < attribute->count; i++)
			if (!mml_nn_text_sound(attribute->texts[i]))
				return mml_nn_fail(graph->problem, MML_FAULT_BROKEN, "an attribute is broken");
	return true;
}

/* Read the value. */
static bool
read_value(MmlGraph *graph, MmlWire wire, const Sight *sight, MmlAttribute *attribute)
{
	MmlText		name;
	uint32_t	bits = (uint32_t) sight->value.value;

	switch (sight->field)
	{
		case ATTRIBUTE_I:
			attribute->type = MML_ATTRIBUTE_INT;
			attribute->i = (int64_t) sight->value.value;
			return true;
		case ATTRIBUTE_F:
			attribute->type = MML_ATTRIBUTE_FLOAT;
			memcpy(&attribute->f, &bits, sizeof(float));
			return true;
		case ATTRIBUTE_S:
			attribute->type = MML_ATTRIBUTE_TEXT;
			attribute->text = sight->value.bytes == NULL ? mml_nn_text("") :
				mml_nn_field_text(&sight->value);
			return mml_nn_text_sound(attribute->text) ||
				mml_nn_fail(graph->problem, MML_FAULT_BROKEN, "an attribute is broken");
		case ATTRIBUTE_T:
			attribute->type = MML_ATTRIBUTE_TENSOR;
			return mml_nn_read_tensor(graph, sight->value.bytes, sight->value.length,
									  &attribute->tensor, &name);
		default:
			return read_list(graph, wire, sight, attribute);
	}
}

/* Read an AttributeProto of a node, which is named where it is wrong. */
bool
mml_nn_read_attribute(MmlGraph *graph, const MmlNode *node, MmlWire wire,
					  MmlAttribute *attribute)
{
	MmlText		name = mml_nn_node_name(graph, node);
	Sight		sight;

	look(wire, &sight);
	if (sight.sound)
		look_again(wire, &sight);
	if (!sight.sound || sight.name.bytes[0] == '.')
		return mml_nn_fail(graph->problem, MML_FAULT_BROKEN,
						   "an attribute of node \"%.*s\" (%.*s) is broken",
						   MML_SHOW(name), MML_SHOW(node->type));
	if (sight.field == ATTRIBUTE_G || sight.field == ATTRIBUTE_GRAPHS)
		return mml_nn_fail(graph->problem, MML_FAULT_UNSUPPORTED,
						   "node \"%.*s\" (%.*s) has a subgraph, which is not supported",
						   MML_SHOW(name), MML_SHOW(node->type));
	if (sight.field == 0)
		return mml_nn_fail(graph->problem, MML_FAULT_UNSUPPORTED,
						   "attribute \"%.*s\" of node \"%.*s\" (%.*s) is of a type that is not supported",
						   MML_SHOW(sight.name), MML_SHOW(name), MML_SHOW(node->type));
	attribute->name = sight.name;
	return read_value(graph, wire, &sight, attribute);
}

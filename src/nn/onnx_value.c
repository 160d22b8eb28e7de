/*-------------------------------------------------------------------------
 *
 * onnx_value.c
 *	  Values by name, and what a file says of the inputs of a network:
 *	  ValueInfoProto of onnx.proto.
 *
 *-------------------------------------------------------------------------
 */
#include <string.h>

#include "core/hash.h"
#include "nn/onnx.h"
#include "tensor/half.h"

/* Fields of the messages. */
enum
{
	VALUE_NAME = 1,
	VALUE_TYPE = 2,
	TYPE_TENSOR = 1,
	TENSOR_ELEMENT = 1,
	TENSOR_SHAPE = 2,
	SHAPE_DIM = 1,
	DIM_VALUE = 1
};

/* ------------------------------------------------------------------ names */

/* Make the table of names, for so many values. */
bool
mml_nn_open_names(MmlOnnxReader *reader, size_t values)
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
int *
mml_nn_find_slot(const MmlOnnxReader *reader, MmlText name)
{
	size_t		i = mml_hash_bytes(name.length, name.bytes) & reader->mask;

	while (reader->slots[i] >= 0 &&
		   !mml_nn_text_same(reader->graph->value[reader->slots[i]].name, name))
		i = (i + 1) & reader->mask;
	return &reader->slots[i];
}

/* Declare a value; -1 where its name is none, or taken. */
int
mml_nn_declare(MmlOnnxReader *reader, MmlText name, MmlValueKind kind)
{
	int		   *slot;

	if (name.length == 0 || !mml_nn_text_sound(name))
	{
		mml_nn_fail(reader->problem, MML_FAULT_BROKEN, "a value has no name");
		return -1;
	}
	slot = mml_nn_find_slot(reader, name);
	if (*slot >= 0)
	{
		mml_nn_fail(reader->problem, MML_FAULT_BROKEN, "value \"%.*s\" is declared twice",
					MML_SHOW(name));
		return -1;
	}
	return *slot = mml_nn_add_value(reader->graph, name, kind);
}

/* ----------------------------------------------------------------- inputs */

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
read_shape(MmlOnnxReader *reader, MmlWire wire, MmlValue *value)
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
read_type(MmlOnnxReader *reader, MmlWire wire, MmlValue *value)
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
	if (element == MML_FLOAT16 || element == MML_BFLOAT16)
	{
		value->half = (int) element;
		element = MML_ELEMENT_F32;
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
MmlText
mml_nn_value_name(MmlWire wire)
{
	MmlField	field;
	MmlText		name = {"", 0};

	while (mml_nn_wire_next(&wire, &field))
		if (field.number == VALUE_NAME && field.type == MML_WIRE_BYTES)
			name = mml_nn_field_text(&field);
	return name;
}

/* Declare an input, unless it is a constant, as old files repeat them. */
bool
mml_nn_read_input(MmlOnnxReader *reader, MmlWire wire)
{
	MmlGraph   *graph = reader->graph;
	MmlText		name = mml_nn_value_name(wire);
	MmlField	field;
	MmlValue   *value;
	int			v;

	if (name.length > 0 && mml_nn_text_sound(name))
	{
		v = *mml_nn_find_slot(reader, name);
		if (v >= 0 && graph->value[v].kind == MML_VALUE_CONSTANT)
			return true;
	}
	v = mml_nn_declare(reader, name, MML_VALUE_INPUT);
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

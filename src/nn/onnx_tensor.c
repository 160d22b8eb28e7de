/*-------------------------------------------------------------------------
 *
 * onnx_tensor.c
 *	  Read a tensor of an ONNX file: TensorProto of onnx.proto.
 *
 * Its numbers lie in raw_data, little-endian, or in a list whose type depends
 * on that of the elements.  Nothing is allocated before as many numbers are
 * there as the shape says.
 *
 *-------------------------------------------------------------------------
 */
#include <string.h>

#include "nn/graph.h"
#include "nn/protobuf.h"
#include "tensor/half.h"

/* Fields of TensorProto. */
enum
{
	TENSOR_DIMS = 1,
	TENSOR_DATA_TYPE = 2,
	TENSOR_SEGMENT = 3,
	TENSOR_FLOAT_DATA = 4,
	TENSOR_INT32_DATA = 5,
	TENSOR_STRING_DATA = 6,
	TENSOR_INT64_DATA = 7,
	TENSOR_NAME = 8,
	TENSOR_RAW_DATA = 9,
	TENSOR_DOUBLE_DATA = 10,
	TENSOR_UINT64_DATA = 11,
	TENSOR_EXTERNAL_DATA = 13,
	TENSOR_DATA_LOCATION = 14
};

#define TYPE_TEXT 8

/* What a first look finds. */
typedef struct Sight
{
	MmlText		name;
	uint64_t	type;
	int			rank;
	int64_t		dims[MML_RANK];
	bool		has_raw;
	const uint8_t *raw;
	size_t		raw_bytes;
	size_t		listed;			/* numbers in the list of its type */
	uint32_t	list;			/* which list that is */
	MmlWireType wire;			/* and how it is written */
	size_t		element;		/* bytes of a number */
	bool		half;			/* which becomes a float32 */
} Sight;

/* What ONNX calls the types of elements that we do not have. */
static const char *
other_type(uint64_t type)
{
	static const char *const names[] = {
		"undefined", NULL, NULL, NULL, "uint16", "int16", NULL, NULL, "string", NULL,
		NULL, NULL, "uint32", "uint64", "complex64", "complex128"
	};

	return type < sizeof(names) / sizeof(names[0]) && names[type] != NULL ? names[type] : "unknown";
}

/* Where a tensor of this type has its numbers; false where we have no such type. */
static bool
choose_list(Sight *sight)
{
	switch (sight->type)
	{
		case MML_ELEMENT_F32:
			sight->list = TENSOR_FLOAT_DATA;
			sight->wire = MML_WIRE_FIXED32;
			break;
		case MML_ELEMENT_F64:
			sight->list = TENSOR_DOUBLE_DATA;
			sight->wire = MML_WIRE_FIXED64;
			break;
		case MML_ELEMENT_I64:
			sight->list = TENSOR_INT64_DATA;
			sight->wire = MML_WIRE_VARINT;
			break;
		case MML_FLOAT16:
		case MML_BFLOAT16:
		case MML_ELEMENT_U8:
		case MML_ELEMENT_I8:
		case MML_ELEMENT_I32:
		case MML_ELEMENT_BOOL:
			sight->list = TENSOR_INT32_DATA;
			sight->wire = MML_WIRE_VARINT;
			break;
		default:
			return false;
	}
	sight->half = sight->type == MML_FLOAT16 || sight->type == MML_BFLOAT16;
	sight->element = sight->half ? 2 : mml_tensor_element_size((MmlElement) sight->type);
	return true;
}

/* Append the dimensions of a field. */
static bool
read_dims(const MmlField *field, Sight *sight)
{
	MmlWire		wire = mml_nn_field_wire(field);
	bool		sound = true;
	size_t		count = mml_nn_wire_count(field, MML_WIRE_VARINT, &sound);
	uint64_t	dim = field->value;

	if (!sound || count > (size_t) (MML_RANK - sight->rank))
		return false;
	for (size_t i = 0; i < count; i++)
	{
		if (field->type == MML_WIRE_BYTES)
			mml_nn_wire_packed(&wire, MML_WIRE_VARINT, &dim);
		if (dim > INT64_MAX)
			return false;
		sight->dims[sight->rank++] = (int64_t) dim;
	}
	return true;
}

/* Look at all fields but the list of numbers. */
static bool
look(MmlGraph *graph, MmlWire wire, Sight *sight)
{
	MmlField	field;

	memset(sight, 0, sizeof(Sight));
	sight->name = mml_nn_text("");
	while (mml_nn_wire_next(&wire, &field))
	{
		bool		bytes = field.type == MML_WIRE_BYTES;

		if (field.number == TENSOR_NAME && bytes)
			sight->name = mml_nn_field_text(&field);
		else if (field.number == TENSOR_DATA_TYPE)
			sight->type = field.value;
		else if (field.number == TENSOR_RAW_DATA && bytes)
		{
			sight->has_raw = true;
			sight->raw = field.bytes;
			sight->raw_bytes = field.length;
		}
		else if (field.number == TENSOR_DIMS && !read_dims(&field, sight))
			return mml_nn_fail(graph->problem, MML_FAULT_UNSUPPORTED,
							   "a tensor has more than %d dimensions, or an impossible one", MML_RANK);
		else if (field.number == TENSOR_EXTERNAL_DATA ||
				 (field.number == TENSOR_DATA_LOCATION && field.value != 0))
			return mml_nn_fail(graph->problem, MML_FAULT_UNSUPPORTED,
							   "tensors whose data lie in another file are not supported");
		else if (field.number == TENSOR_SEGMENT)
			return mml_nn_fail(graph->problem, MML_FAULT_UNSUPPORTED,
							   "tensors in segments are not supported");
	}
	if (wire.broken || !mml_nn_text_sound(sight->name))
		return mml_nn_fail(graph->problem, MML_FAULT_BROKEN, "a tensor is broken");
	if (!choose_list(sight))
		return mml_nn_fail(graph->problem, MML_FAULT_UNSUPPORTED,
						   "tensor \"%.*s\" is of type %s, which is not supported",
						   MML_SHOW(sight->name), other_type(sight->type));
	return true;
}

/* Count the numbers in the list. */
static bool
count_listed(MmlWire wire, Sight *sight)
{
	MmlField	field;
	bool		sound = true;

	while (sound && mml_nn_wire_next(&wire, &field))
		if (field.number == sight->list)
			sight->listed += mml_nn_wire_count(&field, sight->wire, &sound);
	return sound;
}

/* Put a number of the list where it belongs. */
static void
store(const Sight *sight, void *data, size_t i, uint64_t number)
{
	memcpy((char *) data + i * sight->element, &number, sight->element);
}

/* Copy the numbers of the list, of which there are as many as needed. */
static void
copy_listed(MmlWire wire, const Sight *sight, void *data)
{
	MmlField	field;
	size_t		i = 0;

	while (i < sight->listed && mml_nn_wire_next(&wire, &field))
	{
		MmlWire		packed = mml_nn_field_wire(&field);
		uint64_t	number = field.value;

		if (field.number != sight->list)
			continue;
		if (field.type != MML_WIRE_BYTES)
			store(sight, data, i++, number);
		else
			while (i < sight->listed && mml_nn_wire_packed(&packed, sight->wire, &number))
				store(sight, data, i++, number);
	}
}

/* Truth is 0 or 1. */
static void
normalise_truth(MmlTensor *tensor)
{
	uint8_t    *truth = tensor->data;

	for (size_t i = 0; i < tensor->count; i++)
		truth[i] = truth[i] != 0;
}

/* Numbers of 16 bits as float32, in place of themselves. */
static bool
widen(MmlGraph *graph, MmlTensor *tensor, bool bfloat)
{
	const uint16_t *half = tensor->data;
	float	   *wide = mml_nn_take(graph, tensor->count, sizeof(float));

	for (size_t i = 0; wide != NULL && i < tensor->count; i++)
		wide[i] = bfloat ? mml_half_bfloat(half[i]) : mml_half_float(half[i]);
	tensor->data = wide;
	return wide != NULL;
}

/* Read a TensorProto into memory of the graph; one of float16 or bfloat16 is of float32 then. */
bool
mml_nn_read_tensor(MmlGraph *graph, const void *bytes, size_t length, MmlTensor *tensor,
				   MmlText *name)
{
	MmlWire		wire = mml_nn_wire(bytes, length);
	Sight		sight;

	if (!look(graph, wire, &sight))
		return false;
	*name = sight.name;
	if (!mml_tensor_set(tensor, sight.half ? MML_ELEMENT_F32 : (MmlElement) sight.type, sight.rank, sight.dims))
		return mml_nn_fail(graph->problem, MML_FAULT_LIMIT, "tensor \"%.*s\" is too large",
						   MML_SHOW(sight.name));
	if (!sight.has_raw && !count_listed(wire, &sight))
		return mml_nn_fail(graph->problem, MML_FAULT_BROKEN, "tensor \"%.*s\" is broken",
						   MML_SHOW(sight.name));
	if (sight.has_raw ? sight.raw_bytes % sight.element != 0 ||
		sight.raw_bytes / sight.element != tensor->count : sight.listed != tensor->count)
		return mml_nn_fail(graph->problem, MML_FAULT_BROKEN,
						   "tensor \"%.*s\" has not as many numbers as its shape says",
						   MML_SHOW(sight.name));
	tensor->data = mml_nn_take(graph, tensor->count, sight.element);
	if (tensor->data == NULL)
		return false;
	if (!sight.has_raw)
		copy_listed(wire, &sight, tensor->data);
	else if (sight.raw_bytes > 0)
		memcpy(tensor->data, sight.raw, sight.raw_bytes);
	if (tensor->type == MML_ELEMENT_BOOL)
		normalise_truth(tensor);
	return !sight.half || widen(graph, tensor, sight.type == MML_BFLOAT16);
}

/*
 * Read a TensorProto of texts.  *texts is NULL where it holds something else,
 * or nothing.
 */
bool
mml_nn_read_texts(MmlGraph *graph, const void *bytes, size_t length, size_t *count,
				  const MmlText **texts, MmlText *name)
{
	MmlField	field;
	MmlText    *list = NULL;
	uint64_t	type = 0;

	*texts = NULL;
	*name = mml_nn_text("");
	for (int pass = 0; pass < 2; pass++)
	{
		MmlWire		wire = mml_nn_wire(bytes, length);

		*count = 0;
		while (mml_nn_wire_next(&wire, &field))
		{
			if (field.number == TENSOR_DATA_TYPE)
				type = field.value;
			else if (field.number == TENSOR_NAME && field.type == MML_WIRE_BYTES)
				*name = mml_nn_field_text(&field);
			else if (field.number == TENSOR_STRING_DATA && field.type == MML_WIRE_BYTES)
			{
				if (list != NULL)
					list[*count] = mml_nn_field_text(&field);
				*count += 1;
			}
		}
		if (type != TYPE_TEXT || wire.broken || *count == 0)
			return true;
		if (pass == 0)
			list = mml_nn_take(graph, *count, sizeof(MmlText));
		if (list == NULL)
			return false;
	}
	for (size_t i = 0; i < *count; i++)
		if (!mml_nn_text_sound(list[i]))
			return mml_nn_fail(graph->problem, MML_FAULT_BROKEN, "tensor \"%.*s\" is broken", MML_SHOW(*name));
	*texts = list;
	return mml_nn_text_sound(*name) || mml_nn_fail(graph->problem, MML_FAULT_BROKEN, "a tensor is broken");
}

/* MML_FLOAT16 or MML_BFLOAT16, where a TensorProto says that its numbers are; else 0. */
int
mml_nn_half_type(const void *bytes, size_t length)
{
	MmlWire		wire = mml_nn_wire(bytes, length);
	MmlField	field;
	uint64_t	type = 0;

	while (mml_nn_wire_next(&wire, &field))
		if (field.number == TENSOR_DATA_TYPE)
			type = field.value;
	return type == MML_FLOAT16 || type == MML_BFLOAT16 ? (int) type : 0;
}

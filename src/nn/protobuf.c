/*-------------------------------------------------------------------------
 *
 * protobuf.c
 *	  Read the fields of a message in the wire format of protocol buffers.
 *
 * Source: Protocol Buffers, "Encoding".  Groups, which nobody writes any more,
 * are broken here.
 *
 *-------------------------------------------------------------------------
 */
#include <string.h>

#include "nn/protobuf.h"

/* Begin to read a message. */
MmlWire
mml_nn_wire(const void *bytes, size_t length)
{
	MmlWire		wire = {bytes, bytes, false};

	if (length > 0)
		wire.end += length;
	return wire;
}

/* Give up. */
static bool
broken(MmlWire *wire)
{
	wire->broken = true;
	wire->at = wire->end;
	return false;
}

/* Read a number of 7 bits a byte, the lowest first: at most 10 bytes. */
static bool
read_varint(MmlWire *wire, uint64_t *value)
{
	*value = 0;
	for (unsigned shift = 0; shift < 70 && wire->at < wire->end; shift += 7)
	{
		uint8_t		byte = *wire->at++;

		*value |= (uint64_t) (byte & 0x7F) << shift;
		if (byte < 0x80)
			return shift < 63 || byte < 2 || broken(wire);
	}
	return broken(wire);
}

/* Read a number of so many bytes, the lowest first. */
static bool
read_fixed(MmlWire *wire, size_t bytes, uint64_t *value)
{
	if ((size_t) (wire->end - wire->at) < bytes)
		return broken(wire);
	*value = 0;
	memcpy(value, wire->at, bytes);
	wire->at += bytes;
	return true;
}

/* Read a number that is written in this way. */
static bool
read_number(MmlWire *wire, MmlWireType type, uint64_t *value)
{
	if (type == MML_WIRE_VARINT)
		return read_varint(wire, value);
	return read_fixed(wire, type == MML_WIRE_FIXED32 ? 4 : 8, value);
}

/* Read the next field; false at the end, and where the message is broken. */
bool
mml_nn_wire_next(MmlWire *wire, MmlField *field)
{
	uint64_t	key;
	uint64_t	length;

	if (wire->at >= wire->end || !read_varint(wire, &key))
		return false;
	if (key >> 3 == 0 || key >> 3 > 0x1FFFFFFF)
		return broken(wire);
	memset(field, 0, sizeof(MmlField));
	field->number = (uint32_t) (key >> 3);
	field->type = (MmlWireType) (key & 7);
	switch (key & 7)
	{
		case MML_WIRE_VARINT:
		case MML_WIRE_FIXED32:
		case MML_WIRE_FIXED64:
			return read_number(wire, field->type, &field->value);
		case MML_WIRE_BYTES:
			if (!read_varint(wire, &length))
				return false;
			if (length > (size_t) (wire->end - wire->at))
				return broken(wire);
			field->bytes = wire->at;
			field->length = (size_t) length;
			wire->at += length;
			return true;
		default:
			return broken(wire);
	}
}

/* Read the next of numbers that lie packed in a field. */
bool
mml_nn_wire_packed(MmlWire *wire, MmlWireType type, uint64_t *value)
{
	return wire->at < wire->end && read_number(wire, type, value);
}

/*
 * How many numbers of this way of writing a field of a list holds: one, or as
 * many as are packed in it.  *sound is set to false where it holds none such.
 */
size_t
mml_nn_wire_count(const MmlField *field, MmlWireType type, bool *sound)
{
	MmlWire		wire;
	uint64_t	value;
	size_t		count = 0;

	if (field->type == type)
		return 1;
	if (field->type != MML_WIRE_BYTES)
	{
		*sound = false;
		return 0;
	}
	if (type != MML_WIRE_VARINT)
	{
		size_t		bytes = type == MML_WIRE_FIXED32 ? 4 : 8;

		*sound = *sound && field->length % bytes == 0;
		return field->length / bytes;
	}
	wire = mml_nn_field_wire(field);
	while (mml_nn_wire_packed(&wire, type, &value))
		count++;
	*sound = *sound && !wire.broken;
	return count;
}

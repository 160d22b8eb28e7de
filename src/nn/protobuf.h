/*-------------------------------------------------------------------------
 *
 * protobuf.h
 *	  Read the fields of a message in the wire format of protocol buffers.
 *
 * A message is bytes that nobody has checked.  Reading allocates nothing, and
 * a field that is a message in turn is another Wire over its bytes: depth is
 * the reader's, who knows which messages there can be.
 *
 *		MmlWire		wire = mml_nn_wire(bytes, length);
 *		MmlField	field;
 *
 *		while (mml_nn_wire_next(&wire, &field))
 *			...
 *		if (wire.broken)
 *			...
 *
 *-------------------------------------------------------------------------
 */
#ifndef MML_PROTOBUF_H
#define MML_PROTOBUF_H

#include "core/cell.h"

/* How the value of a field is written. */
typedef enum MmlWireType
{
	MML_WIRE_VARINT = 0,
	MML_WIRE_FIXED64 = 1,
	MML_WIRE_BYTES = 2,
	MML_WIRE_FIXED32 = 5
} MmlWireType;

/* What is left of a message. */
typedef struct MmlWire
{
	const uint8_t *at;
	const uint8_t *end;
	bool		broken;			/* it ends within a field, or has none */
} MmlWire;

typedef struct MmlField
{
	uint32_t	number;
	MmlWireType type;
	uint64_t	value;			/* VARINT, FIXED32, FIXED64 */
	const uint8_t *bytes;		/* BYTES */
	size_t		length;
} MmlField;

extern MmlWire mml_nn_wire(const void *bytes, size_t length);
extern bool mml_nn_wire_next(MmlWire *wire, MmlField *field);
extern bool mml_nn_wire_packed(MmlWire *wire, MmlWireType type, uint64_t *value);
extern size_t mml_nn_wire_count(const MmlField *field, MmlWireType type, bool *sound);

/* The message, the text and the numbers that a field holds. */
MML_INLINE MmlWire
mml_nn_field_wire(const MmlField *field)
{
	return mml_nn_wire(field->bytes, field->length);
}

MML_INLINE MmlText
mml_nn_field_text(const MmlField *field)
{
	MmlText		text = {(const char *) field->bytes, field->length};

	return text;
}

#endif							/* MML_PROTOBUF_H */

/*-------------------------------------------------------------------------
 *
 * onnx_fuzz.c
 *	  Hostile ONNX files: read, brought to the newest form, simplified; what is
 *	  sound becomes a model, which is opened and run.
 *
 * A target of libFuzzer: see README.md.  Its mutator knows which fields of
 * ONNX are messages, so that lengths around a change stay sound, and puts
 * nodes, attributes and names that it saw in one file into others.
 *
 *-------------------------------------------------------------------------
 */
#include "mutate.h"
#include "nn/protobuf.h"
#include "nn_use.h"

extern int	LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
extern size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max, unsigned seed);

/* Import an ONNX file, and use what comes of it. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	MmlProblem	problem;
	char	   *exact = malloc(size + (size == 0));
	TestModel	model;

	if (size > 0)
		memcpy(exact, data, size);
	model = import_onnx(exact, size, FUZZ_FLOPS, FUZZ_MEMORY, &problem);
	DEMAND((model.bytes == NULL) == (problem.fault != MML_FAULT_NONE));
	free(exact);
	if (model.bytes != NULL)
		(void) use_model(&model);
	free(model.block);
	DEMAND(test_room_blocks == 0);
	return 0;
}

/* -------------------------------------------------------------- messages */

typedef enum Message
{
	NO_MESSAGE, MODEL, OPSET, GRAPH, NODE, ATTRIBUTE, TENSOR, VALUE, TYPE, TENSOR_TYPE, SHAPE, DIM
} Message;

/* What a field of bytes is: a message, or a list of numbers or bytes. */
typedef struct FieldKind
{
	Message		in;
	uint32_t	number;
	Message		message;
	char		list;			/* v: varints, f: floats, r: anything, n: a
								 * name of an operator, m: one of an attribute */
} FieldKind;

static const FieldKind field_kinds[] = {
	{MODEL, 7, GRAPH, 0}, {MODEL, 8, OPSET, 0},
	{GRAPH, 1, NODE, 0}, {GRAPH, 5, TENSOR, 0}, {GRAPH, 11, VALUE, 0}, {GRAPH, 12, VALUE, 0},
	{GRAPH, 13, VALUE, 0},
	{NODE, 4, NO_MESSAGE, 'n'}, {NODE, 5, ATTRIBUTE, 0},
	{ATTRIBUTE, 1, NO_MESSAGE, 'm'}, {ATTRIBUTE, 5, TENSOR, 0}, {ATTRIBUTE, 7, NO_MESSAGE, 'f'},
	{ATTRIBUTE, 8, NO_MESSAGE, 'v'},
	{TENSOR, 1, NO_MESSAGE, 'v'}, {TENSOR, 4, NO_MESSAGE, 'f'}, {TENSOR, 5, NO_MESSAGE, 'v'},
	{TENSOR, 7, NO_MESSAGE, 'v'}, {TENSOR, 9, NO_MESSAGE, 'r'},
	{VALUE, 2, TYPE, 0}, {TYPE, 1, TENSOR_TYPE, 0}, {TENSOR_TYPE, 2, SHAPE, 0}, {SHAPE, 1, DIM, 0},
};

/* What was seen in files: the bytes of fields, by what they are. */
typedef struct Seen
{
	Message		in;
	uint32_t	number;
	size_t		length;
	uint8_t		bytes[200];
} Seen;

#define MOST_SEEN 1024
#define MOST_FIELDS 512			/* of a message that is changed */

static Seen seen[MOST_SEEN];

static const FieldKind *
find_kind(Message in, uint32_t number)
{
	static const FieldKind other = {NO_MESSAGE, 0, NO_MESSAGE, 0};

	for (size_t i = 0; i < sizeof(field_kinds) / sizeof(field_kinds[0]); i++)
		if (field_kinds[i].in == in && field_kinds[i].number == number)
			return &field_kinds[i];
	return &other;
}

/* Keep a field for other files; those of a kind share a part of the places. */
static void
keep_seen(Message in, const MmlField *field)
{
	Seen	   *place = &seen[(in * 7 + field->number) % 16 * (MOST_SEEN / 16) + choose(MOST_SEEN / 16)];

	if (field->length > sizeof(place->bytes) || find_kind(in, field->number)->in != in)
		return;
	place->in = in;
	place->number = field->number;
	place->length = field->length;
	memcpy(place->bytes, field->bytes, field->length);
}

/* A field of this kind from another file, or NULL. */
static const Seen *
recall(Message in, uint32_t number)
{
	for (int i = 0; i < 16; i++)
	{
		const Seen *s = &seen[(in * 7 + number) % 16 * (MOST_SEEN / 16) + choose(MOST_SEEN / 16)];

		if (s->in == in && s->number == number)
			return s;
	}
	return NULL;
}

static void
add_varint(Bytes *out, uint64_t x)
{
	uint8_t		bytes[10];
	size_t		n = 0;

	for (; x > 127; x >>= 7)
		bytes[n++] = (uint8_t) (x | 128);
	bytes[n++] = (uint8_t) x;
	add_bytes(out, bytes, n);
}

/* Write a field as it was, or with other bytes. */
static void
add_field(Bytes *out, const MmlField *field, const void *bytes, size_t length)
{
	add_varint(out, (uint64_t) field->number << 3 | field->type);
	if (field->type == MML_WIRE_VARINT)
		add_varint(out, field->value);
	else if (field->type == MML_WIRE_BYTES)
	{
		add_varint(out, length);
		add_bytes(out, bytes, length);
	}
	else
		add_bytes(out, &field->value, field->type == MML_WIRE_FIXED32 ? 4 : 8);
}

/* Change one number of a list of them, or leave one out, or put one in. */
static void
change_varints(const MmlField *field, Bytes *out)
{
	MmlWire		wire = mml_nn_field_wire(field);
	uint64_t	x;
	size_t		left = choose(field->length + 1);
	size_t		what = choose(6);

	for (; mml_nn_wire_packed(&wire, MML_WIRE_VARINT, &x); left--)
		if (left != 0)
			add_varint(out, x);
		else if (what != 0)
		{
			if (what == 1)
				add_varint(out, x);
			add_varint(out, (uint64_t) odd_number((int64_t) x));
		}
	if (left < field->length + 1 && out->length == 0)
		add_varint(out, (uint64_t) odd_number(1));
}

/* Change a field that is no message of messages. */
static void
change_leaf(Message in, MmlField *field, Bytes *out)
{
	char		list = find_kind(in, field->number)->list;
	const Seen *other = choose(2) == 0 || list == 'n' ? recall(in, field->number) : NULL;
	size_t		step = choose(2) == 0 ? 8 : 4;

	if (field->type == MML_WIRE_VARINT)
		field->value = (uint64_t) odd_number((int64_t) field->value);
	else if (field->type != MML_WIRE_BYTES)
		change_float(&field->value);
	else if (other != NULL)
		add_bytes(out, other->bytes, other->length);
	else if (list == 'v')
		change_varints(field, out);
	else
	{
		add_bytes(out, field->bytes, field->length);
		if (out->full)
			return;
		if ((list == 'f' || list == 'r') && choose(4) > 0 && out->length >= step)
		{
			uint8_t    *at = out->at + choose(out->length / step) * step;

			if (list == 'f' || choose(2) == 0)
				change_float(at);
			else
				change_whole(at, step);
		}
		else
			out->length = mutate_bytes(out->at, out->length, MML_MIN(out->most, out->length + 16));
	}
}

/* Write a message with one change somewhere in it. */
static void
change_message(Message in, MmlWire wire, Bytes *out)
{
	MmlField	fields[MOST_FIELDS];
	size_t		n = 0;
	size_t		at;
	size_t		what = choose(16);
	const Seen *other;
	uint8_t    *room = malloc(out->most + 1);
	Bytes		changed = {room, 0, out->most, false};

	while (n < MOST_FIELDS && mml_nn_wire_next(&wire, &fields[n]))
		if (fields[n].type == MML_WIRE_BYTES)
			keep_seen(in, &fields[n++]);
		else
			n++;
	at = choose(n + (n == 0));
	for (size_t i = 0; i < n; i++)
	{
		MmlField   *f = &fields[i];
		Message		message = f->type == MML_WIRE_BYTES ? find_kind(in, f->number)->message : NO_MESSAGE;

		if (i != at || (what == 1 && choose(2) == 0))
			add_field(out, f, f->bytes, f->length);
		if (i != at || what == 0)
			continue;
		if (what == 1)			/* beside it another of its kind */
		{
			other = recall(in, f->number);
			add_field(out, f, other == NULL ? f->bytes : other->bytes,
					  other == NULL ? f->length : other->length);
			continue;
		}
		if (message != NO_MESSAGE && what > 2)
			change_message(message, mml_nn_field_wire(f), &changed);
		else
			change_leaf(in, f, &changed);
		add_field(out, f, changed.at, changed.length);
	}
	if (n == 0 || (in == NODE && choose(8) == 0))
	{
		static const MmlField attribute = {.number = 5,.type = MML_WIRE_BYTES};

		other = in == NODE ? recall(NODE, 5) : NULL;
		if (other != NULL)
			add_field(out, &attribute, other->bytes, other->length);
	}
	out->full = out->full || changed.full;
	free(room);
}

/* Most changes keep the form of the file. */
size_t
LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max, unsigned seed)
{
	uint8_t    *room = malloc(max + 1);
	size_t		changes;

	mml_random_seed(&fuzz_rng, seed);
	changes = 1 + choose(3);
	for (size_t i = 0; i < changes; i++)
	{
		Bytes		out = {room, 0, max, false};

		if (choose(16) == 0)
			size = mutate_bytes(data, size, max);
		change_message(MODEL, mml_nn_wire(data, size), &out);
		if (out.full || out.length == 0)
			continue;
		memcpy(data, room, out.length);
		size = out.length;
	}
	free(room);
	return size;
}

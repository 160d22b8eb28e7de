/*-------------------------------------------------------------------------
 *
 * network_fuzz.c
 *	  Hostile models of kind "network": verified, planned and run.
 *
 * A target of libFuzzer: see README.md.  Its mutator takes a model apart into
 * sections, changes a number, a text or the length of one, and writes a sound
 * envelope around them, whose head counts what there is.
 *
 *-------------------------------------------------------------------------
 */
#include "mutate.h"
#include "nn_use.h"

extern int	LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
extern size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max, unsigned seed);

/* Open a model and run it. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	TestModel	model = lay_model((const char *) data, size);

	(void) use_model(&model);
	free(model.block);
	DEMAND(test_room_blocks == 0);
	return 0;
}

/* ------------------------------------------------------------- sections */

enum
{
	HEAD, VALUES, NODES, LINKS, ATTRIBUTES, INTS, FLOATS, NAMES, DATA, SCALE, OFFSET, LABELS, SECTIONS
};

/* A section that is being changed; there is room for some rows more. */
typedef struct Part
{
	const MmlSection *section;
	size_t		row;			/* bytes of a row */
	size_t		rows;
	char	   *data;
} Part;

#define MORE 256				/* bytes by which a section may grow */

/* Texts that were seen in names of models. */
static char texts_seen[512][24];

/* A text of a list: where it begins, given any place in it. */
static size_t
begin_of_text(const Part *part, size_t at)
{
	while (at > 0 && part->data[at - 1] != '\0')
		at--;
	return at;
}

/* Put a text that was seen elsewhere in place of one, such as an operator's name. */
static void
change_text(Part *part)
{
	size_t		from = begin_of_text(part, choose(part->rows));
	size_t		length = strlen(part->data + from);
	char	   *place = texts_seen[choose(512)];
	const char *other = texts_seen[choose(512)];
	size_t		put = strlen(other);

	if (length < sizeof(texts_seen[0]))
		strcpy(place, part->data + from);
	if (put == 0 || other == place || put > length + MORE)
		return;
	memmove(part->data + from + put, part->data + from + length, part->rows - from - length);
	memcpy(part->data + from, other, put);
	part->rows = part->rows - length + put;
}

/* Change a number of a section. */
static void
change_number(Part *part, const Part *parts)
{
	size_t		size = mml_type_size(part->section->type);
	size_t		n = part->rows * part->row / size;
	char	   *at = part->data + choose(n) * size;
	double		number = (double) odd_number(1);
	int32_t		value = (int32_t) choose(parts[VALUES].rows + 1) - 1;

	if (part->section->type == MML_F32)
		change_float(at);
	else if (part->section->type == MML_F64 && choose(2) == 0)
		memcpy(at, &number, 8);
	else if (part == &parts[LINKS] && choose(2) == 0)
		memcpy(at, &value, 4);
	else if (part->section->type == MML_U8)
		part->rows = mutate_bytes((uint8_t *) part->data, part->rows, part->rows + 16);
	else if (choose(8) == 0)
		memcpy(at, part->data + choose(n) * size, size);
	else
		change_whole(at, size);
}

/* Leave rows of a section out, or repeat them. */
static void
change_rows(Part *part)
{
	size_t		at = choose(part->rows);
	size_t		most = MML_MIN(part->rows - at, MORE / part->row);
	size_t		n = most == 0 ? 0 : 1 + choose(MML_MIN(most, 4));
	char	   *from = part->data + at * part->row;
	size_t		behind = (part->rows - at - n) * part->row;

	if (choose(2) == 0)
	{
		memmove(from, from + n * part->row, behind);
		part->rows -= n;
		return;
	}
	memmove(from + n * part->row, from, behind + n * part->row);
	part->rows += n;
}

/*
 * Make the list of an attribute longer or shorter by one number, which all
 * sections know of.
 */
static void
change_list(Part *parts)
{
	int64_t    *attributes = (int64_t *) parts[ATTRIBUTES].data;
	size_t		n = parts[ATTRIBUTES].rows;
	size_t		chosen = choose(n + (n == 0));
	size_t		at = 0;
	int64_t    *row = attributes + 3 * chosen;
	char	   *from;

	if (n == 0 || row[0] != MML_ATTRIBUTE_INTS || row[1] < 1 || row[1] == INT64_MAX)
		return;
	for (size_t i = 0; i < chosen; i++)
		if (attributes[3 * i] == MML_ATTRIBUTE_INTS || attributes[3 * i] == MML_ATTRIBUTE_TENSOR)
			at += (size_t) attributes[3 * i + 1];
	if (at >= parts[INTS].rows)
		return;
	from = parts[INTS].data + 8 * at;
	if (choose(2) == 0)
	{
		memmove(from, from + 8, 8 * (parts[INTS].rows - at - 1));
		parts[INTS].rows--;
		row[1]--;
	}
	else
	{
		memmove(from + 8, from, 8 * (parts[INTS].rows - at));
		parts[INTS].rows++;
		row[1]++;
	}
}

/* Change the sections in one place. */
static void
change_parts(Part *parts)
{
	/* how often each is chosen */
	static const uint8_t often[] = {
		HEAD, VALUES, VALUES, VALUES, NODES, LINKS, LINKS, ATTRIBUTES, ATTRIBUTES, ATTRIBUTES, INTS,
		INTS, INTS, FLOATS, FLOATS, NAMES, NAMES, NAMES, DATA, DATA, DATA, SCALE, OFFSET, LABELS
	};
	size_t		chosen = often[choose(sizeof(often))];
	Part	   *part = &parts[chosen];

	if (choose(16) == 0)
		change_list(parts);
	else if (chosen == SCALE && choose(2) == 0)
	{
		/* a number a channel, of at most 33 */
		parts[SCALE].rows = parts[OFFSET].rows = choose(4) == 0 ? 1 + choose(33) : 1 + choose(4);
	}
	else if (part->rows == 0 || part->row == 0)
		return;
	else if (chosen == NAMES && choose(8) > 0)
		change_text(part);
	else if (chosen != HEAD && choose(12) == 0)
		change_rows(part);
	else
		change_number(part, parts);
}

/* Let the head count what sections hold; nearly always. */
static void
count_parts(Part *parts)
{
	int64_t    *head = (int64_t *) parts[HEAD].data;

	if (choose(16) == 0)
		return;
	head[MML_HEAD_VALUES] = (int64_t) parts[VALUES].rows;
	head[MML_HEAD_NODES] = (int64_t) parts[NODES].rows;
	head[MML_HEAD_ATTRIBUTES] = (int64_t) parts[ATTRIBUTES].rows;
}

/* Write the sections as a model; 0 where that is longer than max. */
static size_t
write_parts(const Part *parts, uint8_t *data, size_t max)
{
	TestSection sections[SECTIONS];
	size_t		length;
	char	   *model;

	for (int i = 0; i < SECTIONS; i++)
	{
		const MmlSection *s = parts[i].section;

		sections[i] = (TestSection)
		{
			s->name, s->type, mml_type_size(s->type), parts[i].rows, s->cols, parts[i].data
		};
	}
	model = write_envelope("network", SECTIONS, sections, &length);
	if (length <= max)
		memcpy(data, model, length);
	free_model(model);
	return length <= max ? length : 0;
}

/* Change what is a sound envelope by sections, anything else by bytes. */
size_t
LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max, unsigned seed)
{
	TestModel	model = lay_model((const char *) data, size);
	MmlEnvelope env;
	Part		parts[SECTIONS];
	size_t		length = 0;

	mml_random_seed(&fuzz_rng, seed);
	if (mml_envelope_open(&env, model.bytes, size) == NULL && env.nsections == SECTIONS &&
		env.sections[HEAD].bytes == 8 * MML_HEAD_COUNT && choose(64) > 0)
	{
		for (int i = 0; i < SECTIONS; i++)
		{
			const MmlSection *s = &env.sections[i];

			parts[i] = (Part)
			{
				s, mml_type_size(s->type) * s->cols, s->rows, calloc(1, s->bytes + MORE + 64)
			};
			if (s->bytes > 0)
				memcpy(parts[i].data, s->data, s->bytes);
		}
		if (parts[ATTRIBUTES].row == 24)
			change_parts(parts);
		count_parts(parts);
		length = write_parts(parts, data, max);
		for (int i = 0; i < SECTIONS; i++)
			free(parts[i].data);
	}
	free(model.block);
	return length > 0 ? length : mutate_bytes(data, size, max);
}

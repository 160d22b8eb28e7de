/*-------------------------------------------------------------------------
 *
 * envelope.c
 *	  Reading a model that anybody may have written; see envelope.h.
 *
 * Every function answers NULL where all is well, else a few words for the
 * DETAIL of an error.  Cost: O(sections), and O(bytes) over the gaps.
 *
 *-------------------------------------------------------------------------
 */
#include <string.h>

#include "core/envelope.h"

#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "models are little-endian, and are used where they lie"
#endif

/* Bytes of one number; 0 for a type that does not exist. */
size_t
mml_type_size(MmlType type)
{
	switch (type)
	{
		case MML_U8:
			return 1;
		case MML_I32:
		case MML_F32:
			return 4;
		case MML_I64:
		case MML_F64:
			return 8;
	}
	return 0;
}

/* Where data may begin behind byte end: the next offset that is 60 mod 64. */
size_t
mml_data_offset(size_t end)
{
	return mml_align64(end + 4) - 4;
}

/* Read an unsigned number of 4 or 8 bytes from anywhere. */
static uint32_t
read_u32(const char *p)
{
	uint32_t	value;

	memcpy(&value, p, sizeof(value));
	return value;
}

static uint64_t
read_u64(const char *p)
{
	uint64_t	value;

	memcpy(&value, p, sizeof(value));
	return value;
}

/* Are all bytes from p to end zeros? */
static bool
all_zero(const char *p, const char *end)
{
	while (p < end)
		if (*p++ != 0)
			return false;
	return true;
}

/*
 * Copy a name padded with zeros: at least one character, lower-case letters,
 * digits and underscores only, and a zero at the end.
 */
static bool
read_name(char *name, const char *p, size_t bytes)
{
	size_t		n = 0;

	while (n < bytes && ((p[n] >= 'a' && p[n] <= 'z') || p[n] == '_' ||
						 (p[n] >= '0' && p[n] <= '9')))
		n++;
	if (n == 0 || n == bytes || !all_zero(p + n, p + bytes))
		return false;
	memcpy(name, p, bytes);
	return true;
}

/*
 * Read one entry of the table.  end is where the section before it ends;
 * moved to where this one ends.
 */
static const char *
read_section(const MmlEnvelope *env, const char *entry, size_t *end,
			 MmlSection *section)
{
	uint32_t	type = read_u32(entry + 16);
	uint64_t	rows = read_u64(entry + 24);
	uint64_t	cols = read_u64(entry + 32);
	uint64_t	offset = read_u64(entry + 40);
	uint64_t	bytes = read_u64(entry + 48);
	size_t		expected;

	if (!read_name(section->name, entry, MML_SECTION_NAME_BYTES))
		return "The name of a section is not a name.";
	if (type < MML_U8 || type > MML_F64)
		return "A section has an unknown type of numbers.";
	if (!all_zero(entry + 20, entry + 24) || !all_zero(entry + 56, entry + 64))
		return "Reserved bytes of a section are not zero.";
	if (!mml_mul_size(rows, cols, &expected) ||
		!mml_mul_size(expected, mml_type_size((MmlType) type), &expected) ||
		expected != bytes)
		return "The size of a section does not fit its shape.";
	if (offset != mml_data_offset(*end) || offset > env->length ||
		bytes > env->length - offset)
		return "A section does not lie where it must.";
	if (!all_zero(env->bytes + *end, env->bytes + offset))
		return "A gap between sections is not zero.";

	section->type = (MmlType) type;
	section->rows = rows;
	section->cols = cols;
	section->offset = offset;
	section->bytes = bytes;
	section->data = env->bytes + offset;
	*end = offset + bytes;
	return NULL;
}

/*
 * Read the header and the table of a model.  On success env points into
 * bytes, and every section lies within them.
 */
const char *
mml_envelope_open(MmlEnvelope *env, const void *bytes, size_t length)
{
	const char *p = bytes;
	uint32_t	nsections;
	size_t		end;

	MML_ASSERT(((uintptr_t) p + 4) % 8 == 0);
	if (length < MML_HEADER_BYTES || memcmp(p, MML_MAGIC, 8) != 0)
		return "It does not begin as a model does.";
	if (read_u32(p + 8) != MML_FORMAT_VERSION)
		return "Its format version is not one that this version of mediaml reads.";
	if (read_u64(p + 16) != length)
		return "Its length is not the length in its header.";
	if (!read_name(env->kind, p + 24, MML_KIND_BYTES))
		return "Its kind is not a name.";
	if (!all_zero(p + 80, p + MML_HEADER_BYTES))
		return "Reserved bytes of the header are not zero.";
	nsections = read_u32(p + 12);
	if (nsections < 1 || nsections > MML_MAX_SECTIONS ||
		(length - MML_HEADER_BYTES) / MML_ENTRY_BYTES < nsections)
		return "Its number of sections is not possible.";

	env->bytes = p;
	env->length = length;
	env->nsections = (int) nsections;
	end = MML_HEADER_BYTES + nsections * (size_t) MML_ENTRY_BYTES;
	for (uint32_t i = 0; i < nsections; i++)
		MML_DEMAND(read_section(env, p + MML_HEADER_BYTES + i * (size_t) MML_ENTRY_BYTES,
								&end, &env->sections[i]));
	if (end != length)
		return "Bytes are left behind the last section.";
	return NULL;
}

/* Demand that the next section has this name and type. */
const char *
mml_envelope_next(const MmlEnvelope *env, int *next, const char *name,
				  MmlType type, const MmlSection **section)
{
	if (*next >= env->nsections ||
		strcmp(env->sections[*next].name, name) != 0)
		return "A section is missing or out of order.";
	if (env->sections[*next].type != type)
		return "A section has another type of numbers than it must.";
	*section = &env->sections[(*next)++];
	return NULL;
}

/*
 * Demand the next section with this shape; *(const T **) data_out is set to
 * its numbers.
 */
const char *
mml_envelope_shaped(const MmlEnvelope *env, int *next, const char *name,
					MmlType type, size_t rows, size_t cols,
					void *data_out)
{
	const MmlSection *section;

	MML_DEMAND(mml_envelope_next(env, next, name, type, &section));
	if (section->rows != rows || section->cols != cols)
		return "A section has another shape than it must.";
	memcpy(data_out, &section->data, sizeof(section->data));
	return NULL;
}

/*
 * Demand the next section as a list of texts, each with its end.  Whether they are valid in the
 * server's encoding is checked by whoever shows them.
 */
const char *
mml_envelope_texts(const MmlEnvelope *env, int *next, const char *name,
				   MmlTexts *texts)
{
	const MmlSection *section;
	size_t		ends = 0;
	const char *p;

	MML_DEMAND(mml_envelope_next(env, next, name, MML_U8, &section));
	if (section->cols != 1)
		return "A list of texts has more than one column.";
	p = section->data;
	for (size_t i = 0; i < section->bytes; i++)
		ends += p[i] == '\0';
	if (section->bytes > 0 && p[section->bytes - 1] != '\0')
		return "The last text of a list has no end.";
	texts->count = ends;
	texts->first = p;
	return NULL;
}

/* Demand that no section is left. */
const char *
mml_envelope_end(const MmlEnvelope *env, int next)
{
	return next == env->nsections ? NULL : "It has more sections than it must.";
}

/* The text behind this one; the caller knows that there is one. */
const char *
mml_text_next(const char *text)
{
	return text + strlen(text) + 1;
}

/* Text i of a list, i < count. */
const char *
mml_texts_get(const MmlTexts *texts, size_t i)
{
	const char *text = texts->first;

	MML_ASSERT(i < texts->count);
	while (i-- > 0)
		text = mml_text_next(text);
	return text;
}

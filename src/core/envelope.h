/*-------------------------------------------------------------------------
 *
 * envelope.h
 *	  The one format of every model, and its untrusting reader.
 *
 * A model is a bytea: a header, a table of sections, then the sections' data,
 * all little-endian, every byte accounted for.
 *
 *		offset	bytes
 *		0		8		magic "mediaml\n"
 *		8		4		format version, 1
 *		12		4		number of sections, 1 .. MML_MAX_SECTIONS
 *		16		8		length of the whole model
 *		24		24		kind, padded with zeros
 *		48		32		SHA-256 of the model with these 32 bytes as zeros
 *		80		12		zeros
 *		92		64		a table entry a section:
 *			0	16			name, padded with zeros
 *			16	4			type of the numbers, MmlType
 *			20	4			zeros
 *			24	16			rows, columns
 *			40	8			offset of the data in the model
 *			48	8			bytes of the data
 *			56	8			zeros
 *
 * The data of a section begin at the first offset behind what comes before
 * that is 60 (mod 64), and the gaps are zeros.  So, behind the 4-byte length
 * word of a bytea, every number is aligned on its size wherever PostgreSQL
 * has put the bytea, and can be used where it lies.  The same model has only
 * one form: the reader demands exactly the layout the writer makes.
 *
 * The reader allocates nothing and trusts no number before it is checked.
 * It does not compute the digest: that is the server's, in model_pg.c.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MML_ENVELOPE_H
#define MML_ENVELOPE_H

#include "core/kernel.h"

#define MML_MAGIC "mediaml\n"
#define MML_FORMAT_VERSION 1
#define MML_MAX_SECTIONS 64
#define MML_KIND_BYTES 24
#define MML_SECTION_NAME_BYTES 16
#define MML_DIGEST_OFFSET 48
#define MML_DIGEST_BYTES 32
#define MML_HEADER_BYTES 92
#define MML_ENTRY_BYTES 64

/* Types of the numbers of a section. */
typedef enum MmlType
{
	MML_U8 = 1,
	MML_I32,
	MML_I64,
	MML_F32,
	MML_F64
} MmlType;

typedef struct MmlSection
{
	char		name[MML_SECTION_NAME_BYTES];
	MmlType		type;
	size_t		rows;
	size_t		cols;
	size_t		offset;
	size_t		bytes;
	const void *data;
} MmlSection;

typedef struct MmlEnvelope
{
	const char *bytes;			/* aligned so that bytes + 60 is a multiple of
								 * 8 */
	size_t		length;
	char		kind[MML_KIND_BYTES];
	int			nsections;
	MmlSection	sections[MML_MAX_SECTIONS];
} MmlEnvelope;

/* A list of texts, as a section of type MML_U8 holds it: each ends in '\0'. */
typedef struct MmlTexts
{
	size_t		count;
	const char *first;
} MmlTexts;

extern size_t mml_type_size(MmlType type);
extern size_t mml_data_offset(size_t end);
extern const char *mml_envelope_open(MmlEnvelope *env, const void *bytes,
									 size_t length);

/*
 * Demand a section of this name and type and any shape, or of this shape.
 * Sections come in the order in which a kind writes them: *next walks along.
 * NULL, or what is wrong.
 */
extern const char *mml_envelope_next(const MmlEnvelope *env, int *next,
									 const char *name, MmlType type,
									 const MmlSection **section);
extern const char *mml_envelope_shaped(const MmlEnvelope *env, int *next,
									   const char *name, MmlType type,
									   size_t rows, size_t cols,
									   void *data_out);
extern const char *mml_envelope_texts(const MmlEnvelope *env, int *next,
									  const char *name, MmlTexts *texts);
extern const char *mml_envelope_end(const MmlEnvelope *env, int next);

extern const char *mml_text_next(const char *text);
extern const char *mml_texts_get(const MmlTexts *texts, size_t i);

/* Leave the function with what is wrong, if anything is. */
#define MML_DEMAND(call) \
	do { \
		const char *wrong_ = (call); \
		if (wrong_ != NULL) \
			return wrong_; \
	} while (0)

#endif							/* MML_ENVELOPE_H */

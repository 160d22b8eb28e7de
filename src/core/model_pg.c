/*-------------------------------------------------------------------------
 *
 * model_pg.c
 *	  Write models, in the format of envelope.h, and name what they read.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "common/cryptohash.h"
#include "common/sha2.h"
#include "lib/stringinfo.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"

#include "core/compat_pg.h"
#include "core/memory_pg.h"
#include "core/model_pg.h"
#include "core/settings_pg.h"

/* Begin to write a model. */
void
mml_model_begin(MmlWriter *writer, const char *kind)
{
	memset(writer, 0, sizeof(MmlWriter));
	writer->kind = kind;
}

/*
 * Add a section of (rows,cols) numbers.  They must stay where they are until
 * the model is finished.
 */
void
mml_model_add(MmlWriter *writer, const char *name, MmlType type, Size rows,
			  Size cols, const void *data)
{
	MmlSection *section = &writer->sections[writer->nsections++];

	Assert(writer->nsections <= MML_MAX_SECTIONS);
	strlcpy(section->name, name, MML_SECTION_NAME_BYTES);
	section->type = type;
	section->rows = rows;
	section->cols = cols;
	section->bytes = mml_size_mul(mml_size_mul(rows, cols), mml_type_size(type));
	section->data = data;
}

/* Add a list of texts, given in the encoding of the server. */
void
mml_model_add_texts(MmlWriter *writer, const char *name, int count,
					char *const *texts)
{
	StringInfoData list;

	initStringInfo(&list);
	for (int i = 0; i < count; i++)
	{
		char	   *utf8 = mml_text_to_model(texts[i]);

		appendBinaryStringInfo(&list, utf8, (int) strlen(utf8) + 1);
	}
	mml_model_add(writer, name, MML_U8, (Size) list.len, 1, list.data);
}

/*
 * Refuse a model that would be larger than mediaml.max_model_size: before
 * training starts, where the size is known then.
 */
void
mml_model_check_size(Size bytes, const char *hint)
{
	if (bytes / 1024 >= (Size) mml_max_model_size)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("the model would take %zu kB, more than \"mediaml.max_model_size\", which is %d kB",
						bytes / 1024 + 1, mml_max_model_size),
				 errhint("%s", hint)));
}

/* Feed a digest, polling every few MB: a model may have hundreds. */
static bool
update_in_slices(pg_cryptohash_ctx *ctx, const uint8 *bytes, Size length)
{
	while (length > 0)
	{
		Size		slice = Min(length, (Size) 8 << 20);

		if (pg_cryptohash_update(ctx, bytes, slice) < 0)
			return false;
		bytes += slice;
		length -= slice;
		CHECK_FOR_INTERRUPTS();
	}
	return true;
}

/* SHA-256 of a model, the place of the digest itself taken as zeros. */
void
mml_model_digest(const char *bytes, Size length, uint8 *digest)
{
	static const uint8 zeros[MML_DIGEST_BYTES] = {0};
	Size		behind = MML_DIGEST_OFFSET + MML_DIGEST_BYTES;
	pg_cryptohash_ctx *ctx = pg_cryptohash_create(PG_SHA256);

	if (pg_cryptohash_init(ctx) < 0 ||
		pg_cryptohash_update(ctx, (const uint8 *) bytes, MML_DIGEST_OFFSET) < 0 ||
		pg_cryptohash_update(ctx, zeros, MML_DIGEST_BYTES) < 0 ||
		!update_in_slices(ctx, (const uint8 *) bytes + behind, length - behind) ||
		pg_cryptohash_final(ctx, digest, PG_SHA256_DIGEST_LENGTH) < 0)
		elog(ERROR, "could not compute the digest of a model");
	pg_cryptohash_free(ctx);
}

/* Write a number of 4 or 8 bytes to anywhere. */
static void
write_u32(char *p, uint32 value)
{
	memcpy(p, &value, sizeof(value));
}

static void
write_u64(char *p, uint64 value)
{
	memcpy(p, &value, sizeof(value));
}

/* Put all sections into an envelope, in the current memory context. */
bytea *
mml_model_finish(const MmlWriter *writer)
{
	Size		end = MML_HEADER_BYTES +
		(Size) writer->nsections * MML_ENTRY_BYTES;
	Size		length = end;
	bytea	   *result;
	char	   *p;

	for (int i = 0; i < writer->nsections; i++)
		length = mml_size_add(mml_data_offset(length),
							  writer->sections[i].bytes);
	mml_model_check_size(length, "Train on fewer features, groups or items.");
	result = palloc0(VARHDRSZ + length);
	SET_VARSIZE(result, VARHDRSZ + length);
	p = VARDATA(result);

	memcpy(p, MML_MAGIC, 8);
	write_u32(p + 8, MML_FORMAT_VERSION);
	write_u32(p + 12, (uint32) writer->nsections);
	write_u64(p + 16, length);
	strlcpy(p + 24, writer->kind, MML_KIND_BYTES);
	for (int i = 0; i < writer->nsections; i++)
	{
		const MmlSection *section = &writer->sections[i];
		char	   *entry = p + MML_HEADER_BYTES + i * MML_ENTRY_BYTES;

		strlcpy(entry, section->name, MML_SECTION_NAME_BYTES);
		write_u32(entry + 16, section->type);
		write_u64(entry + 24, section->rows);
		write_u64(entry + 32, section->cols);
		write_u64(entry + 40, mml_data_offset(end));
		write_u64(entry + 48, section->bytes);
		end = mml_data_offset(end) + section->bytes;
		if (section->bytes > 0)
			memcpy(p + end - section->bytes, section->data, section->bytes);
	}
	mml_model_digest(p, length, (uint8 *) p + MML_DIGEST_OFFSET);
	return result;
}

/*
 * The names of the features of a model, in the encoding of the server: those
 * that it was given, or x1, x2, ...
 */
char **
mml_model_features(const MmlModel *model, int *count)
{
	const MmlPart *part = &model->rows;
	const MmlTexts *texts = part->kind->feature_names == NULL ? NULL :
		part->kind->feature_names(part->parsed);
	const char *utf8;
	char	  **names;

	*count = part->kind->features(part->parsed);
	names = palloc(sizeof(char *) * (Size) *count);
	if (texts == NULL || texts->count == 0)
	{
		for (int i = 0; i < *count; i++)
			names[i] = psprintf("x%d", i + 1);
		return names;
	}
	utf8 = texts->first;
	for (int i = 0; i < *count; i++, utf8 = mml_text_next(utf8))
		names[i] = mml_text_from_model(utf8);
	return names;
}

/*
 * The unit of a feature of a model: the raw value is offset + scale * feature;
 * false where that cannot be said.  What is not prepared is raw.
 */
bool
mml_model_unit(const MmlModel *model, int feature, double *offset, double *scale)
{
	*offset = 0;
	*scale = 1;
	return model->rows.kind->unit == NULL ||
		model->rows.kind->unit(model->rows.parsed, feature, offset, scale);
}

/*
 * A text of a model in the encoding of the server; an error where it is not
 * valid UTF-8, or has a character that the encoding lacks.
 */
char *
mml_text_from_model(const char *utf8)
{
	char	   *text = pg_any_to_server(utf8, (int) strlen(utf8), PG_UTF8);

	return text == utf8 ? pstrdup(utf8) : text;
}

/* A text as models hold it, UTF-8. */
char *
mml_text_to_model(const char *text)
{
	char	   *utf8 = pg_server_to_any(text, (int) strlen(text), PG_UTF8);

	return utf8 == text ? pstrdup(text) : utf8;
}

/* Find the parts of a model whose kind and parsed form are known. */
void
mml_model_resolve(MmlModel *model)
{
	MmlPart		itself = {model->kind, model->parsed};

	model->rows = model->kind->within == NULL ? itself : model->kind->within(model->parsed);
	model->estimator = model->kind->estimator == NULL ? itself :
		model->kind->estimator(model->parsed);
	model->fitted = model->rows.kind->estimator == NULL ? model->rows :
		model->rows.kind->estimator(model->rows.parsed);
}

/*
 * Open the model that lies in these bytes of another whole, with the length
 * word of its bytea before it, at a multiple of 64 of the data of a section: so
 * its numbers lie as aligned as they did alone.
 */
const char *
mml_model_inside(const char *bytes, Size size, MmlEnvelope *inner)
{
	if (size < VARHDRSZ + MML_HEADER_BYTES || !VARATT_IS_4B_U(bytes) ||
		VARSIZE_4B(bytes) != size)
		return "A model within it has the wrong length.";
	return mml_envelope_open(inner, VARDATA_4B(bytes), size - VARHDRSZ);
}

/* Open the model that a section of another holds whole. */
const char *
mml_model_within(const MmlEnvelope *env, int *next, const char *name,
				 MmlEnvelope *inner)
{
	const MmlSection *section;

	MML_DEMAND(mml_envelope_next(env, next, name, MML_U8, &section));
	if (section->cols != 1)
		return "A model within it has more than one column.";
	return mml_model_inside(section->data, section->bytes, inner);
}

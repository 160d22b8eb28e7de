/*-------------------------------------------------------------------------
 *
 * model_pg.c
 *	  Write models, and read each only once.
 *
 * A model is found again in two steps.  In fn_extra lie the bytes of the last
 * argument as they were presented: for a model in a table a TOAST pointer of
 * 18 bytes, which names an immutable value; for a plain one all its bytes.
 * Comparing them costs less than a row does.  Where they differ the model is
 * detoasted, its SHA-256 computed over the bytes presented (a digest read
 * from the header would let a forged header fetch another role's model), and
 * looked up among the parsed models of the backend.
 *
 * A parsed model lies in a context of its own, together with the one
 * detoasted copy that it points into.  It is pinned by each fn_extra that
 * refers to it; unpinned models are dropped, least recently used first, when
 * all together pass mediaml.model_cache_size.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/detoast.h"
#include "common/cryptohash.h"
#include "common/sha2.h"
#include "lib/ilist.h"
#include "mb/pg_wchar.h"
#include "utils/memutils.h"

#include "core/compat_pg.h"
#include "core/memory_pg.h"
#include "core/model_pg.h"
#include "core/settings_pg.h"

/* A parsed model in the cache of the backend. */
typedef struct CachedModel
{
	MmlModel	model;			/* first */
	dlist_node	node;			/* in models, the most recently used first */
	MemoryContext context;
	Size		bytes;
	int			pins;
	uint8		digest[PG_SHA256_DIGEST_LENGTH];
} CachedModel;

/* What fn_extra remembers: the datum last seen, and its model. */
typedef struct ModelSlot
{
	CachedModel *cached;
	const void *datum;			/* its bytes: a copy, or those of the model */
	Size		size;
	void	   *copy;			/* what to pfree, or NULL */
	void	   *extra;			/* the caller's */
	MemoryContextCallback callback;
} ModelSlot;

static dlist_head models = DLIST_STATIC_INIT(models);
static Size models_bytes = 0;
static uint64 last_serial = 0;

/* ------------------------------------------------------------- writing */

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

/* SHA-256 of a model, the place of the digest itself taken as zeros. */
static void
compute_digest(const char *bytes, Size length, uint8 *digest)
{
	static const uint8 zeros[MML_DIGEST_BYTES] = {0};
	Size		behind = MML_DIGEST_OFFSET + MML_DIGEST_BYTES;
	pg_cryptohash_ctx *ctx = pg_cryptohash_create(PG_SHA256);

	if (pg_cryptohash_init(ctx) < 0 ||
		pg_cryptohash_update(ctx, (const uint8 *) bytes, MML_DIGEST_OFFSET) < 0 ||
		pg_cryptohash_update(ctx, zeros, MML_DIGEST_BYTES) < 0 ||
		pg_cryptohash_update(ctx, (const uint8 *) bytes + behind, length - behind) < 0 ||
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
	compute_digest(p, length, (uint8 *) p + MML_DIGEST_OFFSET);
	return result;
}

/* ------------------------------------------------------------- reading */

/* Complain of a value that is no sound model. */
static void
report_broken(const char *detail)
{
	ereport(ERROR,
			(errcode(ERRCODE_DATA_CORRUPTED),
			 errmsg("invalid model"),
			 errdetail("%s", detail)));
}

/* Drop a model from the cache. */
static void
drop_model(CachedModel *cached)
{
	dlist_delete(&cached->node);
	models_bytes -= cached->bytes;
	MemoryContextDelete(cached->context);
}

/* Drop unpinned models, least recently used first, down to the limit. */
static void
trim_cache(void)
{
	Size		limit = (Size) mml_model_cache_size * 1024;
	dlist_iter	iter;
	bool		dropped = true;

	while (models_bytes > limit && dropped)
	{
		dropped = false;
		dlist_reverse_foreach(iter, &models)
		{
			CachedModel *cached = dlist_container(CachedModel, node, iter.cur);

			if (cached->pins == 0)
			{
				drop_model(cached);
				dropped = true;
				break;
			}
		}
	}
}

/*
 * Parse a detoasted model, which lies in context, and take both into the
 * cache.  On error context is deleted with the caller's, its parent.
 */
static CachedModel *
parse_model(bytea *detoasted, MemoryContext context, const uint8 *digest)
{
	CachedModel *cached = MemoryContextAllocZero(context, sizeof(CachedModel));
	MmlEnvelope *env = &cached->model.env;
	const MmlKind *kind;
	void	   *parsed;
	const char *wrong;

	wrong = mml_envelope_open(env, VARDATA(detoasted),
							  VARSIZE(detoasted) - VARHDRSZ);
	if (wrong != NULL)
		report_broken(wrong);
	if (memcmp(env->bytes + MML_DIGEST_OFFSET, digest, MML_DIGEST_BYTES) != 0)
		report_broken("Its digest does not fit its bytes: some have changed.");
	kind = mml_kind_find(env->kind);
	if (kind == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("this version of mediaml has no models of kind \"%s\"",
						env->kind)));
	parsed = MemoryContextAllocZero(context, kind->parsed_size);
	wrong = kind->parse(env, parsed);
	if (wrong != NULL)
		report_broken(wrong);

	cached->model.kind = kind;
	cached->model.parsed = parsed;
	cached->model.serial = ++last_serial;
	cached->context = context;
	cached->bytes = VARSIZE(detoasted) + kind->parsed_size + sizeof(CachedModel);
	memcpy(cached->digest, digest, PG_SHA256_DIGEST_LENGTH);
	MemoryContextSetParent(context, CacheMemoryContext);
	dlist_push_head(&models, &cached->node);
	models_bytes += cached->bytes;
	return cached;
}

/* Find a model by what it says, parsing it where it is new. */
static CachedModel *
lookup_model(Datum datum)
{
	uint8		digest[PG_SHA256_DIGEST_LENGTH];
	MemoryContext context;
	MemoryContext caller;
	bytea	   *detoasted;
	CachedModel *cached;
	dlist_iter	iter;

	if (toast_raw_datum_size(datum) < VARHDRSZ + MML_HEADER_BYTES)
		report_broken("It is too short.");
	context = AllocSetContextCreate(CurrentMemoryContext, "mediaml model",
									ALLOCSET_SMALL_SIZES);
	caller = MemoryContextSwitchTo(context);
	detoasted = (bytea *) PG_DETOAST_DATUM_COPY(datum);
	MemoryContextSwitchTo(caller);
	compute_digest(VARDATA(detoasted), VARSIZE(detoasted) - VARHDRSZ, digest);

	dlist_foreach(iter, &models)
	{
		cached = dlist_container(CachedModel, node, iter.cur);
		if (memcmp(cached->digest, digest, sizeof(digest)) == 0 &&
			VARSIZE(detoasted) - VARHDRSZ == cached->model.env.length &&
			memcmp(VARDATA(detoasted), cached->model.env.bytes,
				   cached->model.env.length) == 0)
		{
			MemoryContextDelete(context);
			dlist_move_head(&models, &cached->node);
			return cached;
		}
	}
	return parse_model(detoasted, context, digest);
}

/* Unpin the model of a slot, when its function call ends. */
static void
release_slot(void *arg)
{
	ModelSlot  *slot = arg;

	if (slot->cached != NULL)
	{
		slot->cached->pins--;
		trim_cache();
	}
}

/* Does a slot remember just this datum? */
static bool
slot_fits(const ModelSlot *slot, const struct varlena *datum)
{
	Size		size = VARSIZE_ANY(datum);

	return slot->cached != NULL && slot->size == size &&
		memcmp(slot->datum, datum, size) == 0;
}

/* Let a slot remember a datum and its model. */
static void
fill_slot(ModelSlot *slot, CachedModel *cached, const struct varlena *datum,
		  MemoryContext context)
{
	Size		size = VARSIZE_ANY(datum);

	cached->pins++;
	if (slot->cached != NULL)
		slot->cached->pins--;
	slot->cached = NULL;
	if (slot->copy != NULL)
		pfree(slot->copy);
	slot->copy = NULL;
	if (VARATT_IS_4B_U(datum))
		slot->datum = cached->model.env.bytes - VARHDRSZ;
	else
	{
		slot->copy = MemoryContextAllocHuge(context, size);
		slot->datum = memcpy(slot->copy, datum, size);
	}
	slot->size = size;
	slot->cached = cached;
	trim_cache();
}

/*
 * The model that an argument holds, parsed.  It stays valid as long as the
 * call's flinfo does, or until the next call with another model.
 */
const MmlModel *
mml_model_arg(FunctionCallInfo fcinfo, int argno)
{
	struct varlena *datum = (struct varlena *) PG_GETARG_POINTER(argno);
	ModelSlot  *slot = fcinfo->flinfo->fn_extra;

	/* a pointer to a pointer says nothing of what it points to in the end */
	if (VARATT_IS_EXTERNAL(datum) && !VARATT_IS_EXTERNAL_ONDISK(datum))
		datum = pg_detoast_datum(datum);
	if (slot == NULL)
	{
		slot = MemoryContextAllocZero(fcinfo->flinfo->fn_mcxt,
									  sizeof(ModelSlot));
		slot->callback.func = release_slot;
		slot->callback.arg = slot;
		MemoryContextRegisterResetCallback(fcinfo->flinfo->fn_mcxt,
										   &slot->callback);
		fcinfo->flinfo->fn_extra = slot;
	}
	if (!slot_fits(slot, datum))
		fill_slot(slot, lookup_model(PointerGetDatum(datum)), datum,
				  fcinfo->flinfo->fn_mcxt);
	return &slot->cached->model;
}

/*
 * A place where the function that has called mml_model_arg() may keep what it
 * wants to know at its next call, allocated in fn_mcxt.
 */
void **
mml_model_extra(FunctionCallInfo fcinfo)
{
	return &((ModelSlot *) fcinfo->flinfo->fn_extra)->extra;
}

/* The same, of one kind only: its parsed form. */
const void *
mml_model_arg_of_kind(FunctionCallInfo fcinfo, int argno, const MmlKind *kind)
{
	const MmlModel *model = mml_model_arg(fcinfo, argno);

	if (model->kind != kind)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("the model is of kind \"%s\", but must be of kind \"%s\"",
						model->kind->name, kind->name)));
	return model->parsed;
}

/* ---------------------------------------------------------------- texts */

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

/*-------------------------------------------------------------------------
 *
 * model_cache_pg.c
 *	  Read each model only once.
 *
 * What a call presents is first looked for in its fn_extra (model_arg_pg.c).
 * What is new there is looked up here, among the parsed models of the backend:
 * by its TOAST pointer, if it was read from there before; else it is detoasted
 * and its SHA-256 computed over the bytes presented (a digest read from the
 * header alone would let a forged header fetch another role's model).
 *
 * A TOAST pointer comes from a table that the caller has read, and names one
 * value for as long as that exists.  In billions of values, and after a
 * vacuum, its number may come again; so the digest in the header is read too,
 * one chunk, which is all that a new statement pays for a model of any size.
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
#include "common/sha2.h"
#include "utils/memutils.h"

#include "core/compat_pg.h"
#include "core/model_cache_pg.h"
#include "core/settings_pg.h"

/* A pin that lasts as long as a memory context. */
typedef struct ModelPin
{
	MmlCachedModel *cached;
	MemoryContextCallback callback;
} ModelPin;

static dlist_head models = DLIST_STATIC_INIT(models);
static Size models_bytes = 0;

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
drop_model(MmlCachedModel *cached)
{
	dlist_delete(&cached->node);
	models_bytes -= cached->bytes;
	MemoryContextDelete(cached->context);
}

/* Count again what a model takes: it may have grown while it was used. */
void
mml_cache_recount(MmlCachedModel *cached)
{
	models_bytes -= cached->bytes;
	cached->bytes = MemoryContextMemAllocated(cached->context, true);
	models_bytes += cached->bytes;
}

/* Do the models of the backend take more than they should? */
bool
mml_cache_is_full(void)
{
	return models_bytes > (Size) mml_model_cache_size * 1024;
}

/* Drop unpinned models, least recently used first, down to the limit. */
void
mml_cache_trim(void)
{
	dlist_iter	iter;
	bool		dropped = true;

	while (mml_cache_is_full() && dropped)
	{
		dropped = false;
		dlist_reverse_foreach(iter, &models)
		{
			MmlCachedModel *cached = dlist_container(MmlCachedModel, node, iter.cur);

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
static MmlCachedModel *
parse_model(bytea *detoasted, MemoryContext context, const uint8 *digest)
{
	MmlCachedModel *cached = MemoryContextAllocZero(context, sizeof(MmlCachedModel));
	MmlEnvelope *env = &cached->env;
	const MmlKind *kind;
	void	   *parsed;
	const char *wrong;
	MemoryContext caller;

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
	caller = MemoryContextSwitchTo(context);
	wrong = kind->parse(env, parsed);
	MemoryContextSwitchTo(caller);
	if (wrong != NULL)
		report_broken(wrong);

	cached->model.kind = kind;
	cached->model.parsed = parsed;
	cached->model.env = env;
	mml_model_resolve(&cached->model);
	cached->context = context;
	cached->bytes = MemoryContextMemAllocated(context, true);
	memcpy(cached->digest, digest, PG_SHA256_DIGEST_LENGTH);
	MemoryContextSetParent(context, CacheMemoryContext);
	dlist_push_head(&models, &cached->node);
	models_bytes += cached->bytes;
	return cached;
}

/*
 * Move a model to an address that is a multiple of 64: then, behind its length
 * word, the data of every section begin a cache line, as some kernels want it.
 */
static bytea *
align_model(bytea *detoasted)
{
	Size		size = VARSIZE(detoasted);
	char	   *block;
	char	   *aligned;

	if (((uintptr_t) detoasted & 63) == 0)
		return detoasted;
	block = repalloc_huge(detoasted, size + 64);
	aligned = (char *) (((uintptr_t) block + 63) & ~(uintptr_t) 63);
	memmove(aligned, block, size);
	return (bytea *) aligned;
}

/* Is this the digest in the header of a model in a table, compressed or not? */
static bool
header_has_digest(const struct varlena *datum, const uint8 *digest)
{
	const int32 end = MML_DIGEST_OFFSET + MML_DIGEST_BYTES;
	struct varlena *head = detoast_attr_slice((struct varlena *) datum, 0, end);
	bool		same = VARSIZE(head) - VARHDRSZ == (Size) end &&
		memcmp(VARDATA(head) + MML_DIGEST_OFFSET, digest, MML_DIGEST_BYTES) == 0;

	pfree(head);
	return same;
}

/* Find a model by where it lies, if it is known from there; else NULL. */
static MmlCachedModel *
lookup_place(const struct varlena *datum, struct varatt_external *place)
{
	dlist_iter	iter;

	VARATT_EXTERNAL_GET_POINTER(*place, datum);
	dlist_foreach(iter, &models)
	{
		MmlCachedModel *cached = dlist_container(MmlCachedModel, node, iter.cur);

		if (memcmp(&cached->toasted, place, sizeof(*place)) == 0 &&
			header_has_digest(datum, cached->digest))
		{
			dlist_move_head(&models, &cached->node);
			return cached;
		}
	}
	return NULL;
}

/* Find a model by what it says, parsing it where it is new. */
static MmlCachedModel *
lookup_bytes(Datum datum)
{
	uint8		digest[PG_SHA256_DIGEST_LENGTH];
	MemoryContext context;
	MemoryContext caller;
	bytea	   *detoasted;
	MmlCachedModel *cached;
	dlist_iter	iter;

	if (toast_raw_datum_size(datum) < VARHDRSZ + MML_HEADER_BYTES)
		report_broken("It is too short.");
	context = AllocSetContextCreate(CurrentMemoryContext, "mediaml model",
									ALLOCSET_SMALL_SIZES);
	caller = MemoryContextSwitchTo(context);
	detoasted = align_model((bytea *) PG_DETOAST_DATUM_COPY(datum));
	MemoryContextSwitchTo(caller);
	mml_model_digest(VARDATA(detoasted), VARSIZE(detoasted) - VARHDRSZ, digest);

	dlist_foreach(iter, &models)
	{
		cached = dlist_container(MmlCachedModel, node, iter.cur);
		if (memcmp(cached->digest, digest, sizeof(digest)) == 0 &&
			VARSIZE(detoasted) - VARHDRSZ == cached->env.length &&
			memcmp(VARDATA(detoasted), cached->env.bytes,
				   cached->env.length) == 0)
		{
			MemoryContextDelete(context);
			dlist_move_head(&models, &cached->node);
			return cached;
		}
	}
	return parse_model(detoasted, context, digest);
}

/* Find a model, parsing it where it is new. */
MmlCachedModel *
mml_cache_find(const struct varlena *datum)
{
	struct varatt_external place;
	MmlCachedModel *cached;

	if (!VARATT_IS_EXTERNAL_ONDISK(datum))
		return lookup_bytes(PointerGetDatum(datum));
	cached = lookup_place(datum, &place);
	if (cached == NULL)
	{
		cached = lookup_bytes(PointerGetDatum(datum));
		cached->toasted = place;
	}
	return cached;
}

/* Undo a pin. */
static void
release_pin(void *arg)
{
	MmlCachedModel *cached = ((ModelPin *) arg)->cached;

	cached->pins--;
	mml_cache_recount(cached);
	mml_cache_trim();
}

/*
 * The model in a column of a row, parsed, which stays valid until a memory
 * context is reset.
 */
const MmlModel *
mml_model_read(Datum datum, MemoryContext until)
{
	ModelPin   *pin = MemoryContextAllocZero(until, sizeof(ModelPin));

	pin->cached = mml_cache_find((struct varlena *) DatumGetPointer(datum));
	pin->cached->pins++;
	pin->callback.func = release_pin;
	pin->callback.arg = pin;
	MemoryContextRegisterResetCallback(until, &pin->callback);
	return &pin->cached->model;
}

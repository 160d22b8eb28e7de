/*-------------------------------------------------------------------------
 *
 * model_cache_pg.c
 *	  Read each model only once.
 *
 * A model is found again in two steps.  In fn_extra lie the bytes of the last
 * arguments as they were presented: for a model in a table a TOAST pointer of
 * 18 bytes, which names an immutable value; for a plain one all its bytes.
 * Comparing them costs less than a row does.  Where they differ the model is
 * looked up among the parsed models of the backend: by its TOAST pointer, if
 * it was read from there before; else it is detoasted and its SHA-256 computed
 * over the bytes presented (a digest read from the header alone would let a
 * forged header fetch another role's model).
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
#include "lib/ilist.h"
#include "utils/memutils.h"

#include "core/compat_pg.h"
#include "core/model_pg.h"
#include "core/settings_pg.h"

#define MOST_SEEN 32			/* models that a call goes to and fro between */

/* A parsed model in the cache of the backend. */
typedef struct CachedModel
{
	MmlModel	model;			/* first */
	dlist_node	node;			/* in models, the most recently used first */
	MemoryContext context;
	Size		bytes;
	int			pins;
	uint8		digest[PG_SHA256_DIGEST_LENGTH];
	struct varatt_external toasted; /* where it was read last; or zeros */
} CachedModel;

/* A pin that lasts as long as a memory context. */
typedef struct ModelPin
{
	CachedModel *cached;
	MemoryContextCallback callback;
} ModelPin;

/* A datum that a call has seen, and its model. */
typedef struct SeenModel
{
	CachedModel *cached;
	const void *datum;			/* its bytes: a copy, or those of the model */
	Size		size;
	MemoryContext context;		/* of the copy, and of what is kept for it */
	void	   *extra;			/* the caller's */
} SeenModel;

/* What fn_extra remembers: the datums last seen, the latest first. */
typedef struct ModelSlot
{
	int			count;
	SeenModel	seen[MOST_SEEN];
	MemoryContextCallback callback;
} ModelSlot;

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
drop_model(CachedModel *cached)
{
	dlist_delete(&cached->node);
	models_bytes -= cached->bytes;
	MemoryContextDelete(cached->context);
}

/* Count again what a model takes: it may have grown while it was used. */
static void
recount_model(CachedModel *cached)
{
	models_bytes -= cached->bytes;
	cached->bytes = MemoryContextMemAllocated(cached->context, true);
	models_bytes += cached->bytes;
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
	cached->model.estimator.kind = kind;
	cached->model.estimator.parsed = parsed;
	if (kind->estimator != NULL)
		cached->model.estimator = kind->estimator(parsed);
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
static CachedModel *
lookup_place(const struct varlena *datum, struct varatt_external *place)
{
	dlist_iter	iter;

	VARATT_EXTERNAL_GET_POINTER(*place, datum);
	dlist_foreach(iter, &models)
	{
		CachedModel *cached = dlist_container(CachedModel, node, iter.cur);

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
static CachedModel *
lookup_bytes(Datum datum)
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
	detoasted = align_model((bytea *) PG_DETOAST_DATUM_COPY(datum));
	MemoryContextSwitchTo(caller);
	mml_model_digest(VARDATA(detoasted), VARSIZE(detoasted) - VARHDRSZ, digest);

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

/* Find a model, parsing it where it is new. */
static CachedModel *
lookup_model(const struct varlena *datum)
{
	struct varatt_external place;
	CachedModel *cached;

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
	CachedModel *cached = ((ModelPin *) arg)->cached;

	cached->pins--;
	recount_model(cached);
	trim_cache();
}

/*
 * The model in a column of a row, parsed, which stays valid until a memory
 * context is reset.
 */
const MmlModel *
mml_model_read(Datum datum, MemoryContext until)
{
	ModelPin   *pin = MemoryContextAllocZero(until, sizeof(ModelPin));

	pin->cached = lookup_model((struct varlena *) DatumGetPointer(datum));
	pin->cached->pins++;
	pin->callback.func = release_pin;
	pin->callback.arg = pin;
	MemoryContextRegisterResetCallback(until, &pin->callback);
	return &pin->cached->model;
}

/* Unpin the models of a slot, when its function call ends. */
static void
release_slot(void *arg)
{
	ModelSlot  *slot = arg;

	for (int i = 0; i < slot->count; i++)
	{
		slot->seen[i].cached->pins--;
		recount_model(slot->seen[i].cached);
	}
	slot->count = 0;
	trim_cache();
}

/* Let a slot forget the datum that it has not seen for longest. */
static void
forget_oldest(ModelSlot *slot)
{
	SeenModel  *oldest = &slot->seen[--slot->count];

	oldest->cached->pins--;
	MemoryContextDelete(oldest->context);
}

/* Make the datum at place i of a slot the latest. */
static void
move_to_front(ModelSlot *slot, int i)
{
	SeenModel	latest = slot->seen[i];

	memmove(&slot->seen[1], &slot->seen[0], sizeof(SeenModel) * (Size) i);
	slot->seen[0] = latest;
}

/* Has a slot seen just this datum?  If so it becomes the latest. */
static bool
find_seen(ModelSlot *slot, const struct varlena *datum)
{
	Size		size = VARSIZE_ANY(datum);

	for (int i = 0; i < slot->count; i++)
	{
		if (slot->seen[i].size != size ||
			memcmp(slot->seen[i].datum, datum, size) != 0)
			continue;
		if (i > 0)
			move_to_front(slot, i);
		return true;
	}
	return false;
}

/*
 * Let a slot remember a datum as the latest.  Older ones are forgotten where
 * there are too many, or where all models pinned are too large for the cache.
 */
static void
remember(ModelSlot *slot, const struct varlena *datum, MemoryContext parent)
{
	CachedModel *cached = lookup_model(datum);
	Size		limit = (Size) mml_model_cache_size * 1024;
	SeenModel	seen = {.cached = cached};

	seen.context = AllocSetContextCreate(parent, "mediaml model argument",
										 ALLOCSET_SMALL_SIZES);
	seen.size = VARSIZE_ANY(datum);
	if (VARATT_IS_4B_U(datum))
		seen.datum = cached->model.env.bytes - VARHDRSZ;
	else
		seen.datum = memcpy(MemoryContextAllocHuge(seen.context, seen.size),
							datum, seen.size);
	cached->pins++;
	while (slot->count == MOST_SEEN || (slot->count > 0 && models_bytes > limit))
		forget_oldest(slot);
	slot->seen[slot->count++] = seen;
	move_to_front(slot, slot->count - 1);
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
	if (!find_seen(slot, datum))
		remember(slot, datum, fcinfo->flinfo->fn_mcxt);
	return &slot->seen[0].cached->model;
}

/*
 * A place where the function that has called mml_model_arg() may keep what it
 * wants to know when the same model comes again, and the context that it must
 * lie in.
 */
void **
mml_model_extra(FunctionCallInfo fcinfo, MemoryContext *context)
{
	ModelSlot  *slot = fcinfo->flinfo->fn_extra;

	*context = slot->seen[0].context;
	return &slot->seen[0].extra;
}

/* The same, of one kind only, or with an estimator of it: its parsed form. */
const void *
mml_model_arg_of_kind(FunctionCallInfo fcinfo, int argno, const MmlKind *kind)
{
	const MmlModel *model = mml_model_arg(fcinfo, argno);

	if (model->estimator.kind != kind)
		mml_kind_report_unfit(model->estimator.kind, fcinfo->flinfo->fn_oid);
	return model->estimator.parsed;
}

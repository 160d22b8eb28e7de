/*-------------------------------------------------------------------------
 *
 * model_arg_pg.c
 *	  The model that an argument of a function holds, or names.
 *
 * In fn_extra lie the bytes of the last arguments as they were presented: for
 * a model in a table a TOAST pointer of 18 bytes, which names an immutable
 * value; for a plain one all its bytes; for a name the name, as long as nothing
 * has passed that could change what it stands for.  Comparing them costs less
 * than a row does; but for a model of megabytes, which is not compared where it
 * is a constant of the query, as the parameters of EXECUTE ... USING are.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "nodes/primnodes.h"
#include "utils/memutils.h"

#include "core/compat_pg.h"
#include "core/model_cache_pg.h"
#include "core/model_name_pg.h"

#define MOST_SEEN 32			/* models that a call goes to and fro between */

/* A datum that a call has seen, a model or its name, and its model. */
typedef struct SeenModel
{
	MmlCachedModel *cached;
	const void *datum;			/* its bytes: a copy, or those of the model */
	Size		size;
	const void *constant;		/* where it lay as a constant; NULL: it was
								 * none */
	MemoryContext context;		/* of the copy, and of what is kept for it */
	void	   *extra;			/* the caller's */
} SeenModel;

/* What fn_extra remembers: the datums last seen, the latest first. */
typedef struct ModelSlot
{
	bool		named;			/* the datums are names */
	MmlMoment	moment;			/* in which these were looked up */
	int			count;
	SeenModel	seen[MOST_SEEN];
	MemoryContextCallback callback;
} ModelSlot;

/* Unpin the models of a slot, when its function call ends. */
static void
release_slot(void *arg)
{
	ModelSlot  *slot = arg;

	for (int i = 0; i < slot->count; i++)
	{
		slot->seen[i].cached->pins--;
		mml_cache_recount(slot->seen[i].cached);
	}
	slot->count = 0;
	mml_cache_trim();
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

/* Is an argument a constant?  Then it stays what and where it is as long as the call does. */
static bool
is_constant(FunctionCallInfo fcinfo, int argno)
{
	const FuncExpr *call = (const FuncExpr *) fcinfo->flinfo->fn_expr;
	const Const *argument;

	if (call == NULL || !IsA(call, FuncExpr) || argno >= list_length(call->args))
		return false;
	argument = list_nth(call->args, argno);
	return IsA(argument, Const) && argument->constvalue == PG_GETARG_DATUM(argno);
}

/* Has a slot seen just this datum?  If so it becomes the latest. */
static bool
find_seen(ModelSlot *slot, const struct varlena *datum, bool constant)
{
	Size		size = VARSIZE_ANY(datum);

	for (int i = 0; i < slot->count; i++)
	{
		if (slot->seen[i].size != size ||
			(!(constant && slot->seen[i].constant == datum) &&
			 memcmp(slot->seen[i].datum, datum, size) != 0))
			continue;
		if (i > 0)
			move_to_front(slot, i);
		return true;
	}
	return false;
}

/* Find the model of a name, now. */
static MmlCachedModel *
lookup_name(ModelSlot *slot, const struct varlena *name)
{
	MmlMoment	moment = mml_moment_now();
	MmlModelNamed found = mml_model_by_name((const text *) name);

	if (found.guarded)
		mml_moment_guard(&moment);
	slot->moment = moment;
	return mml_cache_find((struct varlena *) DatumGetPointer(found.model));
}

/*
 * Let a slot remember a datum as the latest.  Older ones are forgotten where
 * there are too many, or where all models pinned are too large for the cache.
 */
static void
remember(ModelSlot *slot, const struct varlena *datum, bool constant, MemoryContext parent)
{
	MmlCachedModel *cached = slot->named ? lookup_name(slot, datum) : mml_cache_find(datum);
	SeenModel	seen = {.cached = cached,.constant = constant ? datum : NULL};

	seen.context = AllocSetContextCreate(parent, "mediaml model argument",
										 ALLOCSET_SMALL_SIZES);
	seen.size = VARSIZE_ANY(datum);
	if (VARATT_IS_4B_U(datum) && !slot->named)
		seen.datum = cached->env.bytes - VARHDRSZ;
	else
		seen.datum = memcpy(MemoryContextAllocHuge(seen.context, seen.size),
							datum, seen.size);
	cached->pins++;
	while (slot->count == MOST_SEEN || (slot->count > 0 && mml_cache_is_full()))
		forget_oldest(slot);
	slot->seen[slot->count++] = seen;
	move_to_front(slot, slot->count - 1);
	mml_cache_trim();
}

/*
 * The model that an argument holds or names, parsed.  It stays valid as long as the
 * call's flinfo does, or until the next call with another model.
 */
const MmlModel *
mml_model_arg(FunctionCallInfo fcinfo, int argno)
{
	struct varlena *datum = (struct varlena *) PG_GETARG_POINTER(argno);
	ModelSlot  *slot = fcinfo->flinfo->fn_extra;
	bool		constant;

	if (slot == NULL)
	{
		slot = MemoryContextAllocZero(fcinfo->flinfo->fn_mcxt,
									  sizeof(ModelSlot));
		slot->callback.func = release_slot;
		slot->callback.arg = slot;
		MemoryContextRegisterResetCallback(fcinfo->flinfo->fn_mcxt,
										   &slot->callback);
		slot->named = mml_argument_is_name(fcinfo, argno);
		fcinfo->flinfo->fn_extra = slot;
	}
	if (slot->named)
	{
		datum = pg_detoast_datum_packed(datum);
		while (slot->count > 0 && !mml_moment_lasts(&slot->moment))
			forget_oldest(slot);
	}
	/* a pointer to a pointer says nothing of what it points to in the end */
	else if (VARATT_IS_EXTERNAL(datum) && !VARATT_IS_EXTERNAL_ONDISK(datum))
		datum = pg_detoast_datum(datum);
	constant = is_constant(fcinfo, argno) && PointerGetDatum(datum) == PG_GETARG_DATUM(argno);
	if (!find_seen(slot, datum, constant))
		remember(slot, datum, constant, fcinfo->flinfo->fn_mcxt);
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

/*-------------------------------------------------------------------------
 *
 * built_pg.c
 *	  States that are built of many parts, each of which grows for itself; see
 *	  state_pg.h.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "utils/memutils.h"

#include "core/aggregate_pg.h"
#include "core/compat_pg.h"
#include "core/state_pg.h"

/* How many bytes the flat form takes. */
static Size
built_flat_size(ExpandedObjectHeader *object)
{
	const MmlBuilder *builder = ((MmlBuilt *) object)->builder;
	Size		bytes = builder->flat_size(object);

	if (bytes > MML_STATE_MAX)
		mml_state_report_large(builder->what, bytes);
	return bytes;
}

/* Write the flat form; its bytes that nobody writes are zeros. */
static void
built_flatten(ExpandedObjectHeader *object, void *result, Size bytes)
{
	const MmlBuilder *builder = ((MmlBuilt *) object)->builder;

	mml_state_begin(result, builder->kind, bytes);
	builder->flatten(object, result);
}

static const ExpandedObjectMethods built_methods = {
	built_flat_size, built_flatten
};

/*
 * Give a kernel more or less of the memory that belongs to the state.  It is
 * counted first; where it then cannot be had, the state ends with the query,
 * and what it had counted with it.
 */
static void *
built_resize(MmlRoom *room, void *block, size_t old, size_t bytes)
{
	MmlBuilt   *built = (MmlBuilt *) ((char *) room - offsetof(MmlBuilt, room));

	if (bytes > old)
		mml_account_reserve(&built->account, bytes - old, built->builder->what);
	if (block == NULL)
		block = bytes == 0 ? NULL : MemoryContextAllocHuge(built->context, bytes);
	else if (bytes == 0)
	{
		pfree(block);
		block = NULL;
	}
	else
		block = repalloc_huge(block, bytes);
	if (bytes < old)
		mml_account_release(&built->account, old - bytes);
	return block;
}

/* Make an empty state in a context below parent. */
static MmlBuilt *
make_built(MemoryContext parent, const MmlBuilder *builder)
{
	MemoryContext context = AllocSetContextCreate(parent, "mediaml state",
												  ALLOCSET_DEFAULT_SIZES);
	MmlBuilt   *built = MemoryContextAllocZero(context, builder->size);

	EOH_init_header(&built->header, &built_methods, context);
	built->builder = builder;
	built->context = context;
	built->room.resize = built_resize;
	mml_account_open(&built->account, context);
	return built;
}

/* Make the state that is a flat value, verified, in a context below parent. */
static MmlBuilt *
open_flat(Datum value, MemoryContext parent, const MmlBuilder *builder)
{
	MmlState   *flat = (MmlState *) PG_DETOAST_DATUM(value);
	MmlBuilt   *built;

	mml_state_demand(flat, builder->kind);
	built = make_built(parent, builder);
	builder->open(built, flat);
	return built;
}

/*
 * The same as mml_state_own() for a kind that is built: from then on the
 * aggregate holds the object.
 */
void *
mml_built_own(FunctionCallInfo fcinfo, const MmlBuilder *builder)
{
	MemoryContext context;
	MmlBuilt   *built;

	Assert(builder->kind->grows);
	context = mml_aggregate_context(fcinfo);
	if (PG_ARGISNULL(0))
		return make_built(context, builder);
	built = mml_state_object(PG_GETARG_DATUM(0), true, &built_methods);
	if (built != NULL && built->builder == builder)
		return built;
	return open_flat(PG_GETARG_DATUM(0), context, builder);
}

/*
 * A state that is not NULL, to be read: the object itself, or one made of the
 * flat state in a context below the current one.
 */
const void *
mml_built_read(Datum value, const MmlBuilder *builder)
{
	MmlBuilt   *built = mml_state_object(value, false, &built_methods);

	if (built != NULL && built->builder == builder)
		return built;
	return open_flat(value, CurrentMemoryContext, builder);
}

/* The same as mml_state_arg() for a kind that is built. */
const void *
mml_built_arg(FunctionCallInfo fcinfo, int argno, const MmlBuilder *builder)
{
	return mml_built_read(PG_GETARG_DATUM(argno), builder);
}

/* What a transition or combine function returns. */
Datum
mml_built_datum(void *built)
{
	return EOHPGetRWDatum(&((MmlBuilt *) built)->header);
}

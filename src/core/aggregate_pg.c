/*-------------------------------------------------------------------------
 *
 * aggregate_pg.c
 *	  What all training aggregates do at their beginning and end.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "utils/memutils.h"

#include "core/aggregate_pg.h"
#include "core/compat_pg.h"
#include "core/memory_pg.h"

/*
 * The context of the aggregate that fcinfo is a transition or final call of;
 * an error if it is called otherwise.
 */
MemoryContext
mml_aggregate_context(FunctionCallInfo fcinfo)
{
	MemoryContext context;

	if (!AggCheckCallContext(fcinfo, &context))
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("a function that changes a state can be called by an aggregate only")));
	return context;
}

/*
 * Train in a memory context of its own, named after the job, and return the
 * model in the current one.
 */
bytea *
mml_aggregate_train(const char *job, MmlTrainer train, void *state)
{
	MemoryContext caller = CurrentMemoryContext;
	MemoryContext context = AllocSetContextCreate(caller, "mediaml training",
												  ALLOCSET_DEFAULT_SIZES);
	bytea	   *model;

	MemoryContextSetIdentifier(context, job);
	MemoryContextSwitchTo(context);
	model = train(state);
	MemoryContextSwitchTo(caller);
	model = memcpy(mml_alloc(VARSIZE(model)), model, VARSIZE(model));
	MemoryContextDelete(context);
	return model;
}

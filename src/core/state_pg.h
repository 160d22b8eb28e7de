/*-------------------------------------------------------------------------
 *
 * state_pg.h
 *	  The SQL type mediaml.state, for the functions of an aggregate.
 *
 * A transition function is not strict: its state begins as NULL, and rows
 * with a NULL argument return mml_state_unchanged().  A state of fixed size
 * is flat and changed where it lies:
 *
 *		state = mml_state_own(fcinfo, &kind);
 *		... add the row ...
 *		PG_RETURN_POINTER(state);
 *
 * One that grows is an expanded object around the same layout:
 *
 *		growing = mml_growing_own(fcinfo, &kind);
 *		state = mml_growing_resize(growing, bytes);
 *		... add the row ...
 *		return mml_growing_datum(growing);
 *
 * One of many parts that grow each for itself, such as the columns of a table,
 * is built in memory, and flat only where it travels:
 *
 *		built = mml_built_own(fcinfo, &kind);
 *		... add the row ...
 *		return mml_built_datum(built);
 *
 * A combine function is strict, and does the same with the second state,
 * mml_state_arg(fcinfo, 1, &kind).  So does a final function with its only
 * argument, which it must not change.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MML_STATE_PG_H
#define MML_STATE_PG_H

#include "postgres.h"

#include "fmgr.h"
#include "utils/expandeddatum.h"

#include "core/memory_pg.h"
#include "core/room.h"
#include "core/state.h"

/* The most bytes of a state: below 1 GB by the room that a tuple needs. */
#define MML_STATE_MAX ((Size) 1023 * 1024 * 1024)

/* A state that grows, in a memory context of its own. */
typedef struct MmlGrowing
{
	ExpandedObjectHeader header;
	const MmlStateKind *kind;
	MmlAccount	account;
	Size		room;			/* bytes there are for the state */
	MmlState   *state;			/* flat; its length word says what is used */
} MmlGrowing;

/*
 * How a state is built and made flat.  Its object begins with an MmlBuilt;
 * size bytes of it, zeroed, are an empty one.
 */
typedef struct MmlBuilder
{
	const MmlStateKind *kind;	/* which grows */
	Size		size;			/* of the object */
	const char *what;			/* uses memory, in messages */
	void		(*open) (void *built, const MmlState *flat);	/* verified */
	Size		(*flat_size) (const void *built);
	void		(*flatten) (const void *built, MmlState *flat); /* its header is there */
} MmlBuilder;

/* What such an object begins with; its arrays grow in the Room. */
typedef struct MmlBuilt
{
	ExpandedObjectHeader header;
	const MmlBuilder *builder;
	MmlAccount	account;
	MmlRoom		room;
	MemoryContext context;		/* that all of it lives in */
} MmlBuilt;

extern void mml_state_kind_register(const MmlStateKind *kind);

extern void mml_state_demand(const MmlState *state, const MmlStateKind *kind);
extern void mml_state_begin(MmlState *state, const MmlStateKind *kind, Size bytes);
extern void *mml_state_object(Datum value, bool writable,
							  const ExpandedObjectMethods *methods);
extern void mml_state_report_large(const char *what, Size bytes);

extern const void *mml_state_arg(FunctionCallInfo fcinfo, int argno,
								 const MmlStateKind *kind);
extern void *mml_state_own(FunctionCallInfo fcinfo, const MmlStateKind *kind);
extern Datum mml_state_unchanged(FunctionCallInfo fcinfo);

extern MmlGrowing *mml_growing_own(FunctionCallInfo fcinfo,
								   const MmlStateKind *kind);
extern void *mml_growing_resize(MmlGrowing *growing, Size bytes);
extern Datum mml_growing_datum(MmlGrowing *growing);

extern void *mml_built_own(FunctionCallInfo fcinfo, const MmlBuilder *builder);
extern const void *mml_built_arg(FunctionCallInfo fcinfo, int argno,
								 const MmlBuilder *builder);
extern const void *mml_built_read(Datum value, const MmlBuilder *builder);
extern Datum mml_built_datum(void *built);

#endif							/* MML_STATE_PG_H */

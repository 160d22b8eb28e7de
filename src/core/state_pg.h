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

extern void mml_state_kind_register(const MmlStateKind *kind);

extern const void *mml_state_arg(FunctionCallInfo fcinfo, int argno,
								 const MmlStateKind *kind);
extern void *mml_state_own(FunctionCallInfo fcinfo, const MmlStateKind *kind);
extern Datum mml_state_unchanged(FunctionCallInfo fcinfo);

extern MmlGrowing *mml_growing_own(FunctionCallInfo fcinfo,
								   const MmlStateKind *kind);
extern void *mml_growing_resize(MmlGrowing *growing, Size bytes);
extern Datum mml_growing_datum(MmlGrowing *growing);

#endif							/* MML_STATE_PG_H */

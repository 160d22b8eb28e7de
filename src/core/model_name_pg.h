/*-------------------------------------------------------------------------
 *
 * model_name_pg.h
 *	  Models by name, where a function takes a text in place of a model.
 *
 * What a name stands for is the registry's business, which is above this; it
 * leaves its address here when the library is loaded.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MML_MODEL_NAME_PG_H
#define MML_MODEL_NAME_PG_H

#include "postgres.h"

#include "fmgr.h"

/* The model that a name stands for. */
typedef struct MmlModelNamed
{
	Datum		model;			/* in the current memory context */
	bool		guarded;		/* policies decided who may see it */
} MmlModelNamed;

/* As the caller may see it in the active snapshot; an error where he sees none. */
typedef MmlModelNamed (*MmlModelByName) (const text *name);

extern MmlModelByName mml_model_by_name;

/*
 * All that an answer to a name depends on, but for the name: as long as it is
 * the same, so is the answer.
 */
typedef struct MmlMoment
{
	uint64		snapshot;
	CommandId	command;		/* the snapshot's, which may move on */
	Oid			user;
	Oid			session_user;
	bool		row_security;
	bool		guarded;		/* policies may read settings */
	uint64		settings;		/* a digest of them */
} MmlMoment;

extern bool mml_argument_is_name(FunctionCallInfo fcinfo, int argno);
extern MmlMoment mml_moment_now(void);
extern void mml_moment_guard(MmlMoment *moment);
extern bool mml_moment_lasts(const MmlMoment *moment);

#endif							/* MML_MODEL_NAME_PG_H */

/*-------------------------------------------------------------------------
 *
 * table_state_pg.h
 *	  The summary of a table as the state of an aggregate.
 *
 * profile and preprocessor are aggregates over this state.  Both begin it at
 * the first row, saying what each column is; read rows as cells; and merge
 * the states of workers in the same way.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MML_TABLE_STATE_PG_H
#define MML_TABLE_STATE_PG_H

#include "postgres.h"

#include "core/state_pg.h"
#include "fmgr.h"
#include "profile/profile.h"

typedef struct MmlTableState
{
	MmlBuilt	built;			/* first */
	MmlTable	table;

	/*
	 * What the aggregate that adds rows keeps beside the summary, in
	 * built.context: gone when the state has travelled.  Where some of the
	 * rows are still there, settle() adds them to the summary: it is called
	 * before anybody reads that, combines it, or writes it.
	 */
	void	   *extra;
	void		(*settle) (struct MmlTableState *state);
} MmlTableState;

extern const MmlBuilder mml_profile_builder;

extern void mml_profile_begin(MmlTableState *state, size_t count, const char *options);
extern void mml_profile_name_column(MmlTableState *state, size_t i, const char *name,
									const char *type, MmlClass class, int collect);
extern const MmlTable *mml_profile_settled(const MmlTableState *state);
extern Datum mml_profile_combine_states(FunctionCallInfo fcinfo);

#endif							/* MML_TABLE_STATE_PG_H */

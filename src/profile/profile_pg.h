/*-------------------------------------------------------------------------
 *
 * profile_pg.h
 *	  The rows that profile answers.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MML_PROFILE_PG_H
#define MML_PROFILE_PG_H

#include "postgres.h"

#include "nodes/execnodes.h"
#include "profile/key_pg.h"
#include "profile/profile.h"

/* A column, as the catalogs have it. */
typedef struct MmlProfiled
{
	int			position;
	char	   *name;
	Oid			type;
	int32		typmod;
	Oid			base;			/* behind domains */
	int32		base_typmod;
	MmlClass	class;
	MmlKeyForm	form;
} MmlProfiled;

extern void mml_profile_put_row(ReturnSetInfo *rsinfo,
								const MmlProfiled *profiled,
								const MmlColumn *column);
extern Datum mml_profile_suspicions(const MmlProfiled *profiled,
									const MmlColumn *column,
									size_t npairs, const MmlWeighted *pairs);

#endif							/* MML_PROFILE_PG_H */

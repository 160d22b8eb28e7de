/*-------------------------------------------------------------------------
 *
 * team_pg.h
 *	  Passes over a gathered matrix by this process and parallel workers.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MML_TEAM_PG_H
#define MML_TEAM_PG_H

#include "postgres.h"

#include "core/blocks.h"
#include "core/matrix_pg.h"

extern MmlTeam *mml_team_begin(MmlMatrix *matrix, const char *job_name,
							   const char *function_name,
							   MmlLaneFunction visit, int nlanes,
							   Size job_bytes);
extern void mml_team_end(MmlTeam *team);

#endif							/* MML_TEAM_PG_H */

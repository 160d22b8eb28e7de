/*-------------------------------------------------------------------------
 *
 * team_pg.h
 *	  Passes over a gathered matrix, or over a job that has all it needs, by
 *	  this process and parallel workers.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MML_TEAM_PG_H
#define MML_TEAM_PG_H

#include "postgres.h"

#include "core/blocks.h"
#include "core/matrix_pg.h"
#include "core/memory_pg.h"

extern MmlTeam *mml_team_begin(MmlMatrix *matrix, const char *job_name,
							   const char *function_name,
							   MmlLaneFunction visit, int nlanes,
							   Size job_bytes);
extern MmlTeam *mml_team_begin_job(MmlAccount *account, Size rows,
								   const char *job_name,
								   const char *function_name,
								   MmlLaneFunction visit, int nlanes,
								   Size most_workers, Size job_bytes);
extern void mml_team_end(MmlTeam *team);

#endif							/* MML_TEAM_PG_H */

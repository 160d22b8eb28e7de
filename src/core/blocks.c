/*-------------------------------------------------------------------------
 *
 * blocks.c
 *	  Lanes, and the team of one; see blocks.h.
 *
 *-------------------------------------------------------------------------
 */
#include "core/blocks.h"

int
mml_lane_count(size_t nblocks, size_t matrix_bytes, size_t lane_bytes)
{
	/* partial results may take a thirty-second of the matrix, or 1 MB */
	size_t		room = MML_MAX(matrix_bytes / 32, (size_t) 1 << 20);
	size_t		lanes = MML_MIN(nblocks, (size_t) MML_MOST_LANES);

	if (lane_bytes > 0)
		lanes = MML_MIN(lanes, room / lane_bytes);
	return (int) MML_MAX(lanes, (size_t) 1);
}

/* The pass of a team of one: every lane, in order. */
void
mml_team_pass_alone(MmlTeam *team)
{
	for (int lane = 0; lane < team->nlanes; lane++)
		team->visit(team->job, team->blocks, lane, team->nlanes);
}

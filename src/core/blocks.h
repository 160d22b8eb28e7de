/*-------------------------------------------------------------------------
 *
 * blocks.h
 *	  A gathered matrix as kernels see it: packed blocks of rows, visited in
 *	  passes by a team of one or more processes.
 *
 * An iterative learner is a loop of passes over all rows.  A pass is cut into
 * lanes: lane l of a team visits a contiguous range of blocks and leaves its
 * partial result in its own place of the job.  How many lanes there are
 * depends on the data and the method, never on the number of processes, and
 * the learner adds partial results in the order of lanes: so a model has the
 * same bytes whether one process walks all lanes or several share them.
 *
 * The job is one flat piece of memory without pointers (it may be mapped at
 * different addresses): the parameters of the pass, written by the learner
 * between passes, and the partial results, written by lanes during a pass.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MML_BLOCKS_H
#define MML_BLOCKS_H

#include "core/kernel.h"

#define MML_MOST_LANES 32

/* One packed block: the rows first .. first + rows - 1 of the matrix. */
typedef struct MmlBlock
{
	const void *data;			/* as packed by the learner, 64-byte aligned */
	size_t		first;			/* number of its first row */
	int			rows;			/* block_rows, or fewer in the last block */
} MmlBlock;

typedef struct MmlBlocks MmlBlocks;

struct MmlBlocks
{
	size_t		rows;			/* in the whole matrix */
	size_t		nblocks;
	int			block_rows;		/* rows of every block but the last */
	int			cols;

	/* Fetch a block; what it points to lives until the next fetch. */
	void		(*fetch) (MmlBlocks *blocks, size_t number, MmlBlock *block);
	void	   *source;			/* private to fetch */
};

/* Visit one lane: called by any process of the team, each lane once a pass. */
typedef void (*MmlLaneFunction) (void *job, MmlBlocks *blocks, int lane,
								 int nlanes);

typedef struct MmlTeam MmlTeam;

struct MmlTeam
{
	MmlBlocks  *blocks;
	void	   *job;
	int			nlanes;
	MmlLaneFunction visit;

	/* Visit every lane; mml_team_pass_alone is the team of one. */
	void		(*pass) (MmlTeam *team);

	/* Tell the user how training goes; NULL where nobody wants to know. */
	void		(*progress) (MmlTeam *team, int iteration, double objective,
							 double change);
	void	   *members;		/* private to pass */
};

/*
 * How many lanes to cut blocks into, where the partial result of a lane takes
 * lane_bytes: enough to share evenly among a few processes, few enough that
 * partial results stay small beside the matrix.
 */
extern int	mml_lane_count(size_t nblocks, size_t matrix_bytes,
						   size_t lane_bytes);

/* The first block of a lane; lane nlanes has the end of the last one. */
MML_INLINE size_t
mml_lane_start(size_t nblocks, int nlanes, int lane)
{
	size_t		share = nblocks / (size_t) nlanes;
	size_t		rest = nblocks % (size_t) nlanes;
	size_t		l = (size_t) lane;

	return l * share + MML_MIN(l, rest);
}

extern void mml_team_pass_alone(MmlTeam *team);

#endif							/* MML_BLOCKS_H */

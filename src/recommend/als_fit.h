/*-------------------------------------------------------------------------
 *
 * als_fit.h
 *	  Factors of users and items by alternating least squares.
 *
 * Everything that fitting works on lies in one flat piece of memory without
 * pointers, the job, which processes may share; see core/blocks.h, whose teams
 * visit its lanes.  A lane is a range of the rows that a pass solves; each row
 * is solved by itself, so that the result does not depend on who solves it.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MML_ALS_FIT_H
#define MML_ALS_FIT_H

#include "core/blocks.h"
#include "core/random.h"
#include "recommend/als_solve.h"
#include "recommend/pairs.h"

#define MML_ALS_FACTORS_MAX 512

/* What is fitted, and how. */
typedef struct MmlAlsOptions
{
	size_t		factors;		/* 1 .. MML_ALS_FACTORS_MAX */
	double		reg;
	double		unobserved;		/* weight of all (user, item), towards 0 */
	double		exponent;
	bool		ratings;		/* weights are targets, each counts 1; else
								 * the target is 1, and weights say how much
								 * it counts */
} MmlAlsOptions;

/* The rows of one side. */
typedef struct MmlAlsSide
{
	size_t		rows;
	size_t		starts;			/* offsets in the job: int64 (rows + 1), */
	size_t		columns;		/* int32 (entries), */
	size_t		weights;		/* float (entries), */
	size_t		factors;		/* float (rows,stride) */
} MmlAlsSide;

/* What a lane leaves. */
typedef struct MmlAlsLane
{
	double		loss;			/* of the rows solved, least squares part */
	double		penalty;		/* ridge times squares of what was solved */
	bool		failed;
} MmlAlsLane;

typedef struct MmlAlsJob
{
	MmlAlsOptions options;
	size_t		stride;
	size_t		entries;
	MmlAlsSide	side[2];		/* users, items */
	size_t		base;			/* offset of float (stride,stride) */
	size_t		scratch;		/* offset of that of the first lane */
	size_t		scratch_bytes;	/* of a lane */
	size_t		bytes;			/* in all */
	int			solved;			/* which side this pass solves */
	MmlAlsLane	lanes[MML_MOST_LANES];
} MmlAlsJob;

#define MML_ALS_USERS 0
#define MML_ALS_ITEMS 1

extern bool mml_als_layout(const MmlAlsOptions *options, size_t users,
						   size_t items, size_t entries, int lanes,
						   MmlAlsJob *job);
extern void mml_als_load(MmlAlsJob *job, const MmlPairTable *by_user, double scale);
extern void mml_als_begin(MmlAlsJob *job, uint64_t seed);
extern void mml_als_visit(void *job, MmlBlocks *blocks, int lane, int lanes);
extern bool mml_als_fit(MmlTeam *team, int iterations, double *gram,
						double *objective);
extern double mml_als_ridge(const MmlAlsOptions *options, size_t seen, size_t all);

/* Where a part of the job lies. */
MML_INLINE void *
mml_als_at(const MmlAlsJob *job, size_t offset)
{
	return (char *) (uintptr_t) job + offset;
}

#endif							/* MML_ALS_FIT_H */

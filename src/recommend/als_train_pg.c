/*-------------------------------------------------------------------------
 *
 * als_train_pg.c
 *	  Fit factors by this process and parallel workers.
 *
 * What fitting works on lies in shared memory where workers are of use, and
 * counts towards mediaml.max_memory wherever it lies.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "utils/memutils.h"

#include "core/team_pg.h"
#include "recommend/als_pg.h"

/* A worker is of use where it has so many multiply-adds to do. */
#define WORK_A_WORKER 1e9

extern PGDLLEXPORT void mml_als_lane(void *job, MmlBlocks *blocks, int lane, int lanes);

/* What workers find by its name. */
void
mml_als_lane(void *job, MmlBlocks *blocks, int lane, int lanes)
{
	mml_als_visit(job, blocks, lane, lanes);
}

/* Of how many workers a fit can make use. */
static Size
count_useful_workers(const MmlAlsJob *job, int iterations)
{
	double		d = (double) job->stride;
	double		rows = (double) job->side[MML_ALS_USERS].rows + (double) job->side[MML_ALS_ITEMS].rows;
	double		work = iterations * ((double) job->entries * d * d + rows * d * d * d / 6);

	return (Size) Min(work / WORK_A_WORKER, MML_MOST_LANES);
}

/* The largest weight, or 1 where that is larger. */
static double
largest_weight(const MmlPairTable *table)
{
	double		largest = 1;

	for (Size e = 0; e < (Size) table->starts[table->rows]; e++)
	{
		if (e % 1000000 == 0)
			MML_CHECK();
		largest = Max(largest, table->weights[e]);
	}
	return largest;
}

/* Copy what was fitted out of the job; gram has upper triangles in tiles. */
static void
take_result(MmlGather *gather, const MmlAlsJob *job, const double *gram, MmlAlsFitted *fitted)
{
	Size		d = job->options.factors;
	Size		stride = job->stride;
	Size		items = job->side[MML_ALS_ITEMS].rows;
	const float *factors = mml_als_at(job, job->side[MML_ALS_ITEMS].factors);

	fitted->factors = mml_gather_alloc(gather, items, d * sizeof(float));
	fitted->gram = mml_gather_alloc(gather, d, d * sizeof(double));
	for (Size i = 0; i < items; i++)
		memcpy(fitted->factors + i * d, factors + i * stride, d * sizeof(float));
	for (Size i = 0; i < d; i++)
		for (Size j = 0; j < d; j++)
			fitted->gram[i * d + j] = gram[Min(i, j) * stride + Max(i, j)];
}

/* Say that the numbers do not fit float4. */
static void
report_failure(const MmlGather *gather)
{
	ereport(ERROR,
			(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
			 errmsg("%s finds no factors: its numbers grow beyond all measure", gather->job->kind),
			 errhint("Use a larger \"reg\", or weights that are less far apart.")));
}

/*
 * Fit factors to who has seen what, whose items are those of gather.  With
 * weights that say how much a pair counts all that is least is divided by the
 * largest weight, where that is above 1, so that none is too large.
 */
void
mml_als_train(MmlGather *gather, const MmlPairTable *by_user,
			  const MmlAlsOptions *options, int iterations, uint64 seed,
			  MmlAlsFitted *fitted)
{
	double		largest = options->ratings ? 1 : largest_weight(by_user);
	MmlAlsOptions scaled = *options;
	MmlAlsJob	layout;
	MmlTeam    *team;
	MemoryContext context;
	MemoryContext caller;
	double	   *gram;
	Size		squares;

	scaled.reg /= largest;
	scaled.unobserved /= largest;
	if (!mml_als_layout(&scaled, by_user->rows, by_user->cols,
						(Size) by_user->starts[by_user->rows], MML_MOST_LANES, &layout))
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("requested memory size is too large")));
	context = AllocSetContextCreate(gather->context, "mediaml als", ALLOCSET_SMALL_SIZES);
	caller = MemoryContextSwitchTo(context);
	squares = layout.stride * layout.stride;
	gram = mml_gather_alloc(gather, squares, sizeof(double));
	team = mml_team_begin_job(&gather->account, by_user->rows, gather->job->kind,
							  "mml_als_lane", mml_als_lane, MML_MOST_LANES,
							  count_useful_workers(&layout, iterations), layout.bytes);
	memcpy(team->job, &layout, sizeof(MmlAlsJob));
	mml_als_load(team->job, by_user, 1 / largest);
	mml_als_begin(team->job, seed);
	if (!mml_als_fit(team, iterations, gram, &fitted->objective))
		report_failure(gather);
	fitted->objective *= largest;
	take_result(gather, team->job, gram, fitted);
	mml_team_end(team);
	mml_gather_release(gather, gram, squares, sizeof(double));
	MemoryContextSwitchTo(caller);
	MemoryContextDelete(context);
}

/* Free what mml_als_train() has made. */
void
mml_als_forget(MmlGather *gather, const MmlAlsOptions *options, MmlAlsFitted *fitted)
{
	Size		d = options->factors;

	mml_gather_release(gather, fitted->factors, (Size) gather->items.count, d * sizeof(float));
	mml_gather_release(gather, fitted->gram, d, d * sizeof(double));
}

/*-------------------------------------------------------------------------
 *
 * kmeans.c
 *	  k-means clustering: Lloyd's algorithm.
 *
 * Problem: given rows x_1 .. x_n, find centroids c_1 .. c_k that make the
 * inertia, the sum over all rows of the least |x_i - c|^2, small.
 *
 * Method: give every row the label of its nearest centroid, move every
 * centroid to the mean of its rows, and repeat until no label changes, or
 * centroids move less than tol.  Neither step can raise the inertia, so the
 * loop ends; where it ends depends on the first centroids (kmeans_init.c).
 *
 * A cluster that loses all its rows takes the row that is farthest from its
 * centroid, the one with the least number among equals.
 *
 * The last step is an assignment, to the centroids that are returned: labels,
 * sizes, centroids and inertia belong together.  The inertia is the sum of
 * (x - c)^2 in float8, not the difference of large numbers.
 *
 * Cost: a pass over all rows an iteration; see kmeans_pass.c.
 *
 * S. P. Lloyd, "Least squares quantization in PCM", IEEE Transactions on
 * Information Theory 28(2), 1982.
 *
 *-------------------------------------------------------------------------
 */
#include <math.h>
#include <string.h>

#include "kmeans/kmeans.h"

#define FRESH_EVERY 16			/* passes until sums are made anew */
#define SAME_SQUARE 1e-22		/* of |x|^2: no distance at all */
#define FLOAT_SQUARE 0x1p-46	/* of |x|^2: none that float4 can tell */

/*
 * Add up the lanes: sums (k,d) of the job, sizes (k) and inertia; returns how
 * many labels changed.
 */
static uint64_t
add_lanes(KmeansJob *job, int nlanes, int64_t *sizes, double *inertia)
{
	size_t		kd = (size_t) job->k * (size_t) job->d;
	double	   *sums = mml_kmeans_sums(job);
	uint64_t	changed = 0;

	memset(sums, 0, sizeof(double) * kd);
	memset(sizes, 0, sizeof(int64_t) * (size_t) job->k);
	*inertia = 0;
	for (int l = 0; l < nlanes; l++)
	{
		KmeansLane	lane = mml_kmeans_get_lane(job, l);

		for (size_t i = 0; i < kd; i++)
			sums[i] += lane.sums[i];
		for (int c = 0; c < job->k; c++)
			sizes[c] += lane.sizes[c];
		changed += lane.head->changed;
		*inertia += lane.head->inertia;
	}
	return changed;
}

/* Let a team do a task, and add up what it found. */
static uint64_t
run_pass(MmlTeam *team, KmeansTask task, bool fresh, int64_t *sizes,
		 double *inertia)
{
	KmeansJob  *job = team->job;

	job->task = task;
	job->fresh = fresh;
	team->pass(team);
	return task == KMEANS_FARTHEST ? 0 :
		add_lanes(job, team->nlanes, sizes, inertia);
}

/* Read a row by its number, to x (d). */
static void
read_row(MmlBlocks *blocks, uint64_t row, double *x)
{
	MmlBlock	block;
	KmeansPanels panels;

	blocks->fetch(blocks, row / (uint64_t) blocks->block_rows, &block);
	panels = mml_kmeans_panels(&block, blocks->cols);
	mml_kmeans_row(&panels, (int) (row - block.first), x);
}

/* Take the farthest row that a lane still has off its list; false: none. */
static bool
next_far(KmeansJob *job, int nlanes, int *taken, KmeansFar *row)
{
	int			from = -1;

	for (int l = 0; l < nlanes; l++)
	{
		KmeansLane	lane = mml_kmeans_get_lane(job, l);

		/* lanes are in the order of rows, so the first of equals comes first */
		if (taken[l] < lane.head->nfar &&
			(from < 0 || lane.far[taken[l]].distance > row->distance))
		{
			from = l;
			*row = lane.far[taken[l]];
		}
	}
	if (from >= 0)
		taken[from]++;
	return from >= 0;
}

/*
 * Is a row x (d) at this squared distance from a centroid, or from another
 * row, just where that is, but for the rounding of a mean and for what packing
 * may have lost?
 */
static bool
is_centroid(const KmeansJob *job, double distance, const double *x)
{
	double		square = 0;

	for (int j = 0; j < job->d; j++)
		square += x[j] * x[j];
	return distance <= fmax(SAME_SQUARE * square,
							fmin(job->loss, FLOAT_SQUARE * square));
}

/*
 * Give every empty cluster a row that is far from its own centroid, and no
 * two of them equal rows.  Sums and sizes are moved, so that the means come
 * out right.  Returns how many clusters are still empty.
 */
static int
fill_empty(MmlTeam *team, int empty, int64_t *sizes)
{
	KmeansJob  *job = team->job;
	double	   *sums = mml_kmeans_sums(job);
	uint16_t   *labels = mml_kmeans_labels(job);
	double	   *x = mml_kmeans_get_lane(job, 0).row;
	size_t		d = (size_t) job->d;
	int			taken[MML_MOST_LANES] = {0};
	KmeansFar	far = {0, 0};
	double	   *last = NULL;

	job->wanted = empty;
	run_pass(team, KMEANS_FARTHEST, false, NULL, NULL);
	for (int l = 0; l < team->nlanes; l++)
		mml_kmeans_sort_far(mml_kmeans_get_lane(job, l).far,
							mml_kmeans_get_lane(job, l).head->nfar);

	for (int c = 0; c < job->k; c++)
	{
		if (sizes[c] != 0)
			continue;
		do
		{
			if (!next_far(job, team->nlanes, taken, &far))
				return empty;
			read_row(team->blocks, far.row, x);
		}
		while (is_centroid(job, far.distance, x) ||
			   (last != NULL &&
				is_centroid(job, mml_kmeans_distance(job->d, x, last), x)));

		for (size_t j = 0; j < d; j++)
		{
			sums[labels[far.row] * d + j] -= x[j];
			sums[(size_t) c * d + j] = x[j];
		}
		sizes[labels[far.row]]--;
		sizes[c] = 1;
		last = sums + (size_t) c * d;
		empty--;
		MML_CHECK();
	}
	return empty;
}

/*
 * Move the centroids of the job to the means of their clusters; returns the
 * sum of squares of the steps.
 */
static double
move_centers(KmeansJob *job, const int64_t *sizes)
{
	double	   *center = mml_kmeans_centers(job);
	const double *sum = mml_kmeans_sums(job);
	uint8_t    *absent = mml_kmeans_absent(job);
	double		shift = 0;

	for (int c = 0; c < job->k; c++, center += job->d, sum += job->d)
	{
		absent[c] = sizes[c] == 0;
		for (int j = 0; j < job->d && sizes[c] > 0; j++)
		{
			double		mean = sum[j] / (double) sizes[c];

			shift += (mean - center[j]) * (mean - center[j]);
			center[j] = mean;
		}
	}
	return shift;
}

/* How many clusters have no rows. */
static int
count_empty(int k, const int64_t *sizes)
{
	int			empty = 0;

	for (int c = 0; c < k; c++)
		empty += sizes[c] == 0;
	return empty;
}

/*
 * Lloyd's algorithm.  The job of the team is laid out; centers (k,d) are the
 * first centroids, of which only the first "present" are known: the others
 * are found among the rows that are farthest away.  tol bounds the sum of
 * squares of the steps of all centroids.
 *
 * On return centers are the final centroids, sizes (k) their rows.
 * MML_OK or MML_NOT_CONVERGED, and fit is filled; or MML_TOO_FEW_DISTINCT,
 * and only fit->distinct is.
 */
MmlStatus
mml_kmeans_lloyd(MmlTeam *team, int present, int max_iter, double tol,
				 double *centers, int64_t *sizes, KmeansFit *fit)
{
	KmeansJob  *job = team->job;
	size_t		d = (size_t) job->d;
	size_t		center_bytes = sizeof(double) * (size_t) job->k * d;
	KmeansTask	task = team->progress != NULL ? KMEANS_FINISH : KMEANS_ASSIGN;
	int			since_fresh = FRESH_EVERY;
	int			empty = 0;
	double		last_inertia = INFINITY;

	memset(centers + (size_t) present * d, 0,
		   sizeof(double) * (size_t) (job->k - present) * d);
	memcpy(mml_kmeans_centers(job), centers, center_bytes);
	for (int c = 0; c < job->k; c++)
		mml_kmeans_absent(job)[c] = c >= present;
	memset(mml_kmeans_labels(job), 0, sizeof(uint16_t) * team->blocks->rows);
	memset(fit, 0, sizeof(KmeansFit));

	/* past max_iter where a cluster has no place yet: each round gives one */
	while (!fit->converged &&
		   (fit->iterations < max_iter ||
			(empty > 0 && fit->iterations - job->k < max_iter)))
	{
		bool		fresh = since_fresh >= FRESH_EVERY;
		uint64_t	changed;
		double		shift;

		fit->iterations++;
		mml_kmeans_set_centers(job);
		changed = run_pass(team, task, fresh, sizes, &fit->inertia);
		since_fresh = fresh ? 1 : since_fresh + 1;

		empty = count_empty(job->k, sizes);
		if (empty > 0)
		{
			int			left = fill_empty(team, empty, sizes);

			if (left == empty)
				break;
			empty = left;
			since_fresh = FRESH_EVERY;
			changed++;
		}
		shift = move_centers(job, sizes);
		if (changed == 0 && fit->iterations > 1 && !fresh)
			since_fresh = FRESH_EVERY;	/* confirm it by sums made anew */
		else
			fit->converged = empty == 0 &&
				((changed == 0 && fit->iterations > 1) || shift <= tol);
		if (team->progress != NULL)
			team->progress(team, fit->iterations, fit->inertia * job->unit,
						   (last_inertia - fit->inertia) * job->unit);
		last_inertia = fit->inertia;
	}

	if (empty > 0)
	{
		fit->distinct = job->k - empty;
		return MML_TOO_FEW_DISTINCT;
	}
	mml_kmeans_set_centers(job);
	run_pass(team, KMEANS_FINISH, true, sizes, &fit->inertia);
	memcpy(centers, mml_kmeans_centers(job), center_bytes);
	return fit->converged ? MML_OK : MML_NOT_CONVERGED;
}

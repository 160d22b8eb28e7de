/*-------------------------------------------------------------------------
 *
 * als_fit.c
 *	  Factors by alternating least squares; see als_fit.h.
 *
 * Problem: users u and items i get factors x_u and y_i (d each), such that
 *
 *		sum over observed (u,i) of w (1 - x_u'y_i)^2
 *		+ unobserved * sum over all (u,i) of (x_u'y_i)^2
 *		+ sum over u of ridge_u |x_u|^2 + sum over i of ridge_i |y_i|^2
 *
 * is least, where ridge_u = reg (observed of u + unobserved * items)^exponent,
 * and ridge_i likewise.  For ratings, an observed pair costs (w - x_u'y_i)^2.
 *
 * Method: with the factors of one side fixed those of each row of the other
 * are a least-squares problem of their own, solved exactly.  The sum over all
 * pairs is x'Gx, where G is the Gram matrix of the fixed side.
 *
 * Cost: each pass entries * d^2 / 2 + rows * d^3 / 6 multiply-adds.
 *
 * Sources: Y. Hu, Y. Koren, C. Volinsky, "Collaborative filtering for implicit
 * feedback datasets", ICDM 2008; in the form, and with the scaling of ridges,
 * of S. Rendle, W. Krichene, L. Zhang, Y. Koren, "Revisiting the performance of
 * iALS on item recommendation benchmarks", RecSys 2022, equations 1 to 5.  For
 * ratings: Y. Zhou, D. Wilkinson, R. Schreiber, R. Pan, "Large-scale parallel
 * collaborative filtering for the Netflix prize", AAIM 2008.
 *
 *-------------------------------------------------------------------------
 */
#include <math.h>
#include <string.h>

#include "recommend/als_fit.h"

#define POLL_EVERY 1000000

/* Add room for count things of size to *end; false where it does not fit. */
static bool
add_room(size_t *end, size_t count, size_t size, size_t *offset)
{
	size_t		bytes;

	*offset = *end;
	return mml_mul_size(count, size, &bytes) && mml_add_size(*end, bytes, end) &&
		mml_add_size(*end, 63, &bytes) && (*end = mml_align64(*end), true);
}

/*
 * Lay a job out: fill all of *job but what a pass needs.  False where its size
 * is beyond all measure.
 */
bool
mml_als_layout(const MmlAlsOptions *options, size_t users, size_t items,
			   size_t entries, int lanes, MmlAlsJob *job)
{
	size_t		stride = mml_als_stride(options->factors);
	size_t		end = mml_align64(sizeof(MmlAlsJob));
	bool		fits = true;

	memset(job, 0, sizeof(MmlAlsJob));
	job->options = *options;
	job->stride = stride;
	job->entries = entries;
	job->side[MML_ALS_USERS].rows = users;
	job->side[MML_ALS_ITEMS].rows = items;
	for (int s = 0; s < 2; s++)
	{
		MmlAlsSide *side = &job->side[s];

		fits = fits && add_room(&end, side->rows + 1, sizeof(int64_t), &side->starts) &&
			add_room(&end, entries, sizeof(int32_t), &side->columns) &&
			add_room(&end, entries, sizeof(float), &side->weights) &&
			add_room(&end, side->rows, stride * sizeof(float), &side->factors);
	}
	fits = fits && add_room(&end, stride * stride, sizeof(float), &job->base);
	job->scratch_bytes = mml_align64(mml_als_scratch(stride) * sizeof(float));
	fits = fits && add_room(&end, (size_t) lanes, job->scratch_bytes, &job->scratch);
	job->bytes = end;
	return fits;
}

/* Copy who has seen what into a job, by user and by item, weights times scale. */
void
mml_als_load(MmlAlsJob *job, const MmlPairTable *by_user, double scale)
{
	const MmlAlsSide *users = &job->side[MML_ALS_USERS];
	const MmlAlsSide *items = &job->side[MML_ALS_ITEMS];
	float	   *weights = mml_als_at(job, users->weights);
	float	   *turned = mml_als_at(job, items->weights);
	int32_t    *columns = mml_als_at(job, items->columns);
	int64_t    *starts = mml_als_at(job, items->starts);

	memcpy(mml_als_at(job, users->starts), by_user->starts,
		   (users->rows + 1) * sizeof(int64_t));
	memcpy(mml_als_at(job, users->columns), by_user->columns,
		   job->entries * sizeof(int32_t));
	memset(starts, 0, (items->rows + 1) * sizeof(int64_t));
	for (size_t e = 0; e < job->entries; e++)
	{
		if (e % POLL_EVERY == 0)
			MML_CHECK();
		weights[e] = (float) (scale * by_user->weights[e]);
		starts[by_user->columns[e] + 1]++;
	}
	for (size_t i = 0; i < items->rows; i++)
		starts[i + 1] += starts[i];
	for (size_t u = users->rows; u-- > 0;)
	{
		if (u % 4096 == 0)
			MML_CHECK();
		for (int64_t e = by_user->starts[u + 1]; e-- > by_user->starts[u];)
		{
			int64_t		place = --starts[by_user->columns[e] + 1];

			columns[place] = (int32_t) u;
			turned[place] = weights[e];
		}
	}
	/* each row's start has come down to where it should be, one place late */
	memmove(starts, starts + 1, items->rows * sizeof(int64_t));
	starts[items->rows] = (int64_t) job->entries;
}

/* A normal random number, by Box and Muller. */
static double
draw_normal(MmlRandom *rng)
{
	double		u = 1 - mml_random_unit(rng);	/* above 0 */
	double		v = mml_random_unit(rng);

	return sqrt(-2 * log(u)) * cos(2 * 3.14159265358979323846 * v);
}

/* First factors of the items, random; those of users are solved first. */
void
mml_als_begin(MmlAlsJob *job, uint64_t seed)
{
	const MmlAlsSide *items = &job->side[MML_ALS_ITEMS];
	size_t		d = job->options.factors;
	double		scale = 0.1 / sqrt((double) d);
	float	   *y = mml_als_at(job, items->factors);
	MmlRandom	rng;

	mml_random_seed(&rng, seed);
	for (size_t i = 0; i < items->rows; i++)
	{
		if (i % 4096 == 0)
			MML_CHECK();
		for (size_t f = 0; f < job->stride; f++)
			y[i * job->stride + f] = f < d ? (float) (scale * draw_normal(&rng)) : 0;
	}
}

/* The ridge of a row that has seen so many of all. */
double
mml_als_ridge(const MmlAlsOptions *options, size_t seen, size_t all)
{
	return options->reg * pow((double) seen + options->unobserved * (double) all,
							  options->exponent);
}

/*
 * Where a lane begins: lanes take about the same time.  Solving a row costs
 * as much as d / 3 entries, and a little.
 */
static size_t
lane_start(const MmlAlsJob *job, const MmlAlsSide *side, int lane, int lanes)
{
	const int64_t *starts = mml_als_at(job, side->starts);
	double		each = (double) job->stride / 3 + 10;
	double		all = (double) starts[side->rows] + each * (double) side->rows;
	double		wanted = all * lane / lanes;
	size_t		low = 0;
	size_t		high = side->rows;

	while (low < high)
	{
		size_t		middle = low + (high - low) / 2;

		if ((double) starts[middle] + each * (double) middle < wanted)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* The sum of squares of a row's factors. */
static double
sum_squares(size_t n, const float *x)
{
	double		sum = 0;

	for (size_t f = 0; f < n; f++)
		sum += (double) x[f] * (double) x[f];
	return sum;
}

/* The loss of a row whose x is 0. */
static double
empty_loss(const MmlAlsJob *job, size_t n, const float *weights)
{
	double		sum = 0;

	for (size_t e = 0; e < n; e++)
		sum += job->options.ratings ? (double) weights[e] * (double) weights[e] :
			(double) weights[e];
	return sum;
}

/* Solve the rows of a lane: the visit of a team. */
void
mml_als_visit(void *job_, MmlBlocks *blocks, int lane, int lanes)
{
	MmlAlsJob  *job = job_;
	const MmlAlsSide *side = &job->side[job->solved];
	const MmlAlsSide *other = &job->side[1 - job->solved];
	const int64_t *starts = mml_als_at(job, side->starts);
	const int32_t *columns = mml_als_at(job, side->columns);
	const float *weights = mml_als_at(job, side->weights);
	float	   *x = mml_als_at(job, side->factors);
	float	   *scratch = mml_als_at(job, job->scratch + (size_t) lane * job->scratch_bytes);
	size_t		end = lane_start(job, side, lane + 1, lanes);
	MmlAlsLane	done = {0, 0, false};
	MmlAlsProblem problem = {
		.factors = job->options.factors,
		.stride = job->stride,
		.base = mml_als_at(job, job->base),
		.rows = mml_als_at(job, other->factors)
	};

	(void) blocks;
	for (size_t r = lane_start(job, side, lane, lanes); r < end; r++)
	{
		float	   *row = x + r * job->stride;
		double		explained;

		problem.count = (size_t) (starts[r + 1] - starts[r]);
		problem.ridge = mml_als_ridge(&job->options, problem.count, other->rows);
		problem.columns = columns + starts[r];
		problem.targets = weights + starts[r];
		problem.squares = job->options.ratings ? NULL : problem.targets;
		if (!mml_als_solve(&problem, row, &explained, scratch))
			done.failed = true;
		done.loss += empty_loss(job, problem.count, problem.targets) - explained;
		done.penalty += problem.ridge * sum_squares(job->stride, row);
	}
	job->lanes[lane] = done;
}

/* Solve one side with the other fixed.  False where numbers are too large. */
static bool
pass(MmlTeam *team, int solved, double *gram, MmlAlsLane *sum)
{
	MmlAlsJob  *job = team->job;
	const MmlAlsSide *fixed = &job->side[1 - solved];
	size_t		squares = job->stride * job->stride;
	float	   *base = mml_als_at(job, job->base);

	job->solved = solved;
	memset(base, 0, squares * sizeof(float));
	if (job->options.unobserved > 0)
	{
		mml_als_gram(fixed->rows, job->stride, mml_als_at(job, fixed->factors), gram,
					 mml_als_at(job, job->scratch));
		for (size_t i = 0; i < squares; i++)
			base[i] = (float) (job->options.unobserved * gram[i]);
	}
	team->pass(team);
	*sum = (MmlAlsLane)
	{
		0, 0, false
	};
	for (int l = 0; l < team->nlanes; l++)
	{
		sum->loss += job->lanes[l].loss;
		sum->penalty += job->lanes[l].penalty;
		sum->failed = sum->failed || job->lanes[l].failed;
	}
	return !sum->failed;
}

/*
 * Fit: so many times users, then items.  Left in the job are the factors, in
 * gram (stride,stride) the Gram matrix of the items', its upper triangle in
 * whole tiles, and in objective what was made least.  False where the numbers
 * do not fit float4.
 */
bool
mml_als_fit(MmlTeam *team, int iterations, double *gram, double *objective)
{
	MmlAlsJob  *job = team->job;
	double		before = 0;

	*objective = 0;
	for (int i = 1; i <= iterations; i++)
	{
		MmlAlsLane	users;
		MmlAlsLane	items;

		if (!pass(team, MML_ALS_USERS, gram, &users) ||
			!pass(team, MML_ALS_ITEMS, gram, &items))
			return false;
		/* a solved row's loss has its ridge in it already */
		*objective = items.loss + users.penalty;
		if (team->progress != NULL)
			team->progress(team, i, *objective, i == 1 ? 0 : *objective - before);
		before = *objective;
	}
	mml_als_gram(job->side[MML_ALS_ITEMS].rows, job->stride,
				 mml_als_at(job, job->side[MML_ALS_ITEMS].factors), gram,
				 mml_als_at(job, job->scratch));
	return true;
}

/*-------------------------------------------------------------------------
 *
 * logistic_pass.c
 *	  One pass over the rows of a lane.
 *
 * Rows are gathered into tiles that stay in cache, whatever the size of the
 * blocks: a tile is brought to mean 0 and deviation 1 as it is copied, and
 * everything the pass wants is taken from it before the next one comes, so
 * that memory is walked once.  With Z (m,p) a tile, for free classes a, b:
 *
 *		eta = theta Z'							gemm, then logistic_rows.c
 *		gradient = R Z, R = weight (y - P)		gemm
 *		H_aa = Z' diag(weight P_a (1 - P_a)) Z	syrk of rows times a root
 *		H_ab = -Z' diag(weight P_a P_b) Z		syrk again, taken away
 *
 * H is the negative second derivative of the log-likelihood.
 *
 * Cost: K (K-1) p^2 / 4 multiply-adds a row.
 *
 *-------------------------------------------------------------------------
 */
#include <math.h>
#include <string.h>

#include "linalg/linalg.h"
#include "logistic/logistic_pass.h"

/* A tile should leave room in a cache of 512 kB for the block it is from. */
#define TILE_BYTES (96 * 1024)
#define LARGE_TILE_BYTES (2 * 1024 * 1024)
#define LARGE_TILE_ROWS 128
#define LEAST_TILE_ROWS 8

/* Where the arrays of a lane lie in this process. */
typedef struct Lane
{
	const MmlLogisticJob *job;
	const double *centre;
	const double *scale;
	const double *weight;
	const double *theta;
	const double *step;
	const double *offset;
	MmlLogisticSum *sum;
	double	   *grad;
	double	   *hess;
	double	   *z;
	double	   *scaled;
	double	   *eta;
	double	   *resid;
	double	   *rows;
	int32_t    *y;
} Lane;

/* Rows of a tile: the more, the better for syrk, while it stays in cache. */
static int
choose_tile(const MmlLogisticTask *task, size_t terms, size_t free)
{
	size_t		row_bytes = sizeof(double) * (terms * (free > 1 ? 2 : 1) + 2 * free + 5);
	size_t		rows = TILE_BYTES / row_bytes;

	rows = MML_MAX(rows, MML_MIN(LARGE_TILE_BYTES / row_bytes, LARGE_TILE_ROWS));
	rows = MML_MAX(rows / 8 * 8, LEAST_TILE_ROWS);
	return (int) MML_MIN(rows, task->rows);
}

/* Append an array of a x b float8 at *end, which moves behind it. */
static bool
append(size_t *end, size_t a, size_t b, size_t *offset)
{
	size_t		bytes;

	*offset = *end;
	return mml_mul_size(a, b, &bytes) &&
		mml_mul_size(bytes, sizeof(double), &bytes) &&
		mml_add_size(*end, bytes, end) &&
		mml_add_size(*end, 63, &bytes) &&
		(*end = mml_align64(*end), true);
}

/*
 * Lay out a job: fill all of it that is fixed for a fit, but the arrays.
 * plan needs its method.  false where a size does not fit.
 */
bool
mml_logistic_layout(const MmlLogisticTask *task, const MmlLogisticPlan *plan,
					MmlLogisticJob *job)
{
	bool		newton = plan->method == MML_LOGISTIC_NEWTON;
	size_t		cols = (size_t) task->cols;
	size_t		terms = cols + (task->intercept ? 1 : 0);
	size_t		free = (size_t) task->classes - 1;
	size_t		tile = (size_t) choose_tile(task, terms, free);
	size_t		end = mml_align64(sizeof(MmlLogisticJob));
	bool		fits;

	*job = (MmlLogisticJob)
	{
		.cols = task->cols,.terms = (int) terms,.free = (int) free,
			.reference = task->reference,.tile = (int) tile,
			.intercept = task->intercept,.stride = 1
	};
	fits = append(&end, 1, cols, &job->centre) &&
		append(&end, 1, cols, &job->scale) &&
		append(&end, 1, free + 1, &job->weight) &&
		append(&end, free, terms, &job->theta) &&
		append(&end, free, terms, &job->step) &&
		append(&end, 1, free, &job->offset);
	job->lanes = end;

	end = mml_align64(sizeof(MmlLogisticSum));
	fits = fits && append(&end, free, terms, &job->grad) &&
		append(&end, newton ? MML_PAIRS(free) * terms : plan->gram ? terms : 0, terms, &job->hess) &&
		append(&end, tile, terms, &job->z) &&
		append(&end, free > 1 && newton ? tile : 0, terms, &job->scaled) &&
		append(&end, free, tile, &job->eta) &&
		append(&end, free, tile, &job->resid) &&
		append(&end, 4, tile, &job->rows) &&
		append(&end, 1, tile, &job->y);
	if (free == 1)
		job->scaled = job->z;
	job->lane_bytes = end;
	return fits;
}

/* Bring rows x (n,cols) to z (n,p), p = cols and 1 for the intercept. */
MML_CLONES
static void
standardise(int n, int cols, bool intercept, const double *restrict x,
			const double *restrict centre, const double *restrict scale,
			double *restrict z)
{
	for (int i = 0; i < n; i++, x += cols, z += cols)
	{
		if (intercept)
			*z++ = 1;
#pragma omp simd
		for (int j = 0; j < cols; j++)
			z[j] = (x[j] - centre[j]) * scale[j];
	}
}

/* The number of a class among the free ones; -1 for the reference. */
static void
number_classes(int n, int reference, const int32_t *restrict tags,
			   int32_t *restrict y)
{
	for (int i = 0; i < n; i++)
		y[i] = tags[i] == reference ? -1 : tags[i] - (tags[i] > reference);
}

/* out (free,tile) = coefficients (free,p) z' for the n rows of the tile. */
static void
predictors(const Lane *lane, int n, const double *coefficients, double *out)
{
	const MmlLogisticJob *job = lane->job;

	if (job->free == 1)
		mml_linalg_gemv(MML_PLAIN, n, job->terms, 1, lane->z, job->terms,
						coefficients, 0, out);
	else
		mml_linalg_gemm(MML_PLAIN, MML_TRANSPOSED, job->free, n, job->terms, 1,
						coefficients, job->terms, lane->z, job->terms,
						0, out, job->tile);
}

/* Add the tile to the gradient. */
static void
add_gradient(const Lane *lane, int n)
{
	const MmlLogisticJob *job = lane->job;

	if (job->free == 1)
		mml_linalg_gemv(MML_TRANSPOSED, n, job->terms, 1, lane->z, job->terms,
						lane->resid, 1, lane->grad);
	else
		mml_linalg_gemm(MML_PLAIN, MML_PLAIN, job->free, job->terms, n, 1,
						lane->resid, job->tile, lane->z, job->terms,
						1, lane->grad, job->terms);
}

/* Add the tile to one pair of the hessian; root is a number a row. */
static void
add_pair(const Lane *lane, int n, const double *root, double sign, size_t pair)
{
	int			p = lane->job->terms;

	mml_logistic_scale_rows(n, p, root, lane->z, lane->scaled);
	mml_linalg_syrk(MML_TRANSPOSED, p, n, sign, lane->scaled, p,
					1, lane->hess + pair * (size_t) p * (size_t) p, p);
}

/* Take the log-likelihood, gradient and hessian from a tile of two classes. */
static void
visit_binary(const Lane *lane, int n)
{
	lane->sum->loglik +=
		mml_logistic_binary_rows(n, lane->eta, lane->y, lane->weight,
								 lane->resid, lane->rows);
	if (lane->job->pass == MML_PASS_SETTLED)
		mml_logistic_settle_rows(n, 1, lane->job->tile, lane->resid);
	add_gradient(lane, n);
	if (lane->job->pass == MML_PASS_HESSIAN)
		add_pair(lane, n, lane->rows, 1, 0);
}

/* The same for many classes. */
static void
visit_softmax(const Lane *lane, int n)
{
	size_t		tile = (size_t) lane->job->tile;
	double	   *root = lane->rows + tile;

	lane->sum->loglik +=
		mml_logistic_softmax_rows(n, lane->job->free, lane->job->tile,
								  lane->eta, lane->y, lane->weight,
								  lane->resid, lane->rows);
	if (lane->job->pass == MML_PASS_SETTLED)
		mml_logistic_settle_rows(n, lane->job->free, lane->job->tile,
								 lane->resid);
	add_gradient(lane, n);
	if (lane->job->pass != MML_PASS_HESSIAN)
		return;
	for (int a = 0; a < lane->job->free; a++)
		for (int b = 0; b <= a; b++)
		{
			mml_logistic_pair_roots(n, lane->rows,
									lane->eta + (size_t) a * tile,
									lane->eta + (size_t) b * tile, root);
			add_pair(lane, n, root, a == b ? 1 : -1, MML_PAIR(a, b));
		}
}

/* Take what the pass wants from a tile of n rows. */
static void
visit_tile(const Lane *lane, int n)
{
	const MmlLogisticJob *job = lane->job;

	lane->sum->rows += n;
	if (job->pass == MML_PASS_GRAM)
	{
		mml_linalg_syrk(MML_TRANSPOSED, job->terms, n, 1, lane->z, job->terms,
						1, lane->hess, job->terms);
		return;
	}
	predictors(lane, n, lane->theta, lane->eta);
	if (job->pass == MML_PASS_PROBE)
	{
		predictors(lane, n, lane->step, lane->resid);
		mml_logistic_probe_rows(n, job->terms, job->free, job->tile, lane->z,
								lane->step, lane->offset, lane->eta, lane->resid,
								lane->y, lane->sum);
	}
	else if (job->free == 1)
		visit_binary(lane, n);
	else
		visit_softmax(lane, n);
}

/* Find the arrays of a lane, and clear its results. */
static void
open_lane(MmlLogisticJob *job, int number, Lane *lane)
{
	void	   *base = mml_logistic_lane_part(job, number);
	size_t		p = (size_t) job->terms;
	size_t		pairs = job->pass == MML_PASS_GRAM ? 1 :
		job->pass == MML_PASS_HESSIAN ? MML_PAIRS(job->free) : 0;

	lane->job = job;
	lane->centre = mml_logistic_part(job, job->centre);
	lane->scale = mml_logistic_part(job, job->scale);
	lane->weight = mml_logistic_part(job, job->weight);
	lane->theta = mml_logistic_part(job, job->theta);
	lane->step = mml_logistic_part(job, job->step);
	lane->offset = mml_logistic_part(job, job->offset);
	lane->sum = base;
	lane->grad = mml_logistic_part(base, job->grad);
	lane->hess = mml_logistic_part(base, job->hess);
	lane->z = mml_logistic_part(base, job->z);
	lane->scaled = mml_logistic_part(base, job->scaled);
	lane->eta = mml_logistic_part(base, job->eta);
	lane->resid = mml_logistic_part(base, job->resid);
	lane->rows = mml_logistic_part(base, job->rows);
	lane->y = (int32_t *) mml_logistic_part(base, job->y);

	*lane->sum = (MmlLogisticSum)
	{
		.least_margin = INFINITY,.least_move = INFINITY,.most_move = -INFINITY,
			.most_growth = -INFINITY
	};
	memset(lane->grad, 0, sizeof(double) * (size_t) job->free * p);
	memset(lane->hess, 0, sizeof(double) * pairs * p * p);
}

/* Visit the blocks of a lane: fill tiles, and take what is wanted from each. */
void
mml_logistic_lane(void *job_memory, MmlBlocks *blocks, int number, int nlanes)
{
	MmlLogisticJob *job = job_memory;
	size_t		end = mml_lane_start(blocks->nblocks, nlanes, number + 1);
	size_t		cols = (size_t) job->cols;
	int			filled = 0;
	Lane		lane;

	open_lane(job, number, &lane);
	for (size_t b = mml_lane_start(blocks->nblocks, nlanes, number); b < end; b++)
	{
		MmlBlock	block;
		const double *x;
		const int32_t *tags;
		int			n;

		if (b % job->stride != 0)
			continue;
		blocks->fetch(blocks, b, &block);
		x = block.data;
		tags = (const int32_t *) ((const char *) block.data +
								  mml_align64((size_t) block.rows * cols * sizeof(double)));
		for (int i = 0; i < block.rows; i += n)
		{
			n = MML_MIN(job->tile - filled, block.rows - i);
			standardise(n, job->cols, job->intercept, x + (size_t) i * cols,
						lane.centre, lane.scale,
						lane.z + (size_t) filled * (size_t) job->terms);
			number_classes(n, job->reference, tags + i, lane.y + filled);
			filled += n;
			if (filled == job->tile)
			{
				visit_tile(&lane, filled);
				filled = 0;
			}
		}
		MML_CHECK();
	}
	if (filled > 0)
		visit_tile(&lane, filled);
}

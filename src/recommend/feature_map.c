/*-------------------------------------------------------------------------
 *
 * feature_map.c
 *	  A ridge regression of factors on terms; see feature_map.h.
 *
 * Problem: X (n,terms) are the vectors of items that have been seen, Y (n,d)
 * their factors less the mean of all.  Find W (terms,d) that minimises
 *
 *		|X W - Y|^2 + l2 |W|^2.
 *
 * There are more terms than items, so it is solved in its dual form: W = X'A
 * with (X X' + l2 I) A = Y, by conjugate gradients, all d columns side by side
 * and each with steps of its own, from A = 0 until every residual has
 * fallen to TOLERANCE of its right-hand side.  X X' is never formed.  The
 * factors of another item with the vector x are mean + x W.
 *
 * Cost: two passes over the entries of X times d an iteration; 5 arrays of
 * (n,d) and one of (terms,d), in float8.
 *
 * Sources: maps from content to factors, Gantner, Drumond, Freudenthaler,
 * Rendle and Schmidt-Thieme, "Learning attribute-to-feature mappings for
 * cold-start recommendations", ICDM 2010; conjugate gradients, Hestenes and
 * Stiefel, 1952.
 *
 *-------------------------------------------------------------------------
 */
#include <math.h>
#include <string.h>

#include "recommend/feature_map.h"

#define TOLERANCE 1e-7
#define MOST_ITERATIONS 300

/* y += w x, of d numbers. */
MML_INLINE void
add_times(size_t d, double w, const double *x, double *y)
{
	for (size_t k = 0; k < d; k++)
		y[k] += w * x[k];
}

/* weights (terms,d) = X' p, where p is (n,d). */
MML_CLONES
static void
spread(const MmlFeatureTask *task, const double *p, double *weights)
{
	const MmlSparse *x = task->table;

	memset(weights, 0, task->terms * task->d * sizeof(double));
	for (size_t r = 0; r < task->n; r++)
	{
		int32_t		row = task->vectors[r];

		if (r % 256 == 0)
			MML_CHECK();
		for (int64_t e = x->starts[row]; e < x->starts[row + 1]; e++)
			add_times(task->d, (double) x->weights[e], p + r * task->d,
					  weights + (size_t) x->targets[e] * task->d);
	}
}

/* q (n,d) = X weights + l2 p. */
MML_CLONES
static void
collect(const MmlFeatureTask *task, const double *p, const double *weights, double *q)
{
	const MmlSparse *x = task->table;

	for (size_t r = 0; r < task->n; r++)
	{
		int32_t		row = task->vectors[r];
		double	   *out = q + r * task->d;

		if (r % 256 == 0)
			MML_CHECK();
		for (size_t k = 0; k < task->d; k++)
			out[k] = task->l2 * p[r * task->d + k];
		for (int64_t e = x->starts[row]; e < x->starts[row + 1]; e++)
			add_times(task->d, (double) x->weights[e],
					  weights + (size_t) x->targets[e] * task->d, out);
	}
}

/* sums (d) of the products of the columns of two arrays (n,d). */
MML_CLONES
static void
column_products(size_t n, size_t d, const double *x, const double *y, double *sums)
{
	memset(sums, 0, d * sizeof(double));
	for (size_t r = 0; r < n; r++)
		for (size_t k = 0; k < d; k++)
			sums[k] += x[r * d + k] * y[r * d + k];
}

/* Begin: the mean, A = 0, and the residual and the direction Y. */
static void
begin(const MmlFeatureTask *task, MmlFeatureWork *work)
{
	size_t		d = task->d;

	memset(work->mean, 0, d * sizeof(double));
	for (size_t r = 0; r < task->n; r++)
		for (size_t k = 0; k < d; k++)
			work->mean[k] += (double) task->factors[(size_t) task->targets[r] * d + k];
	for (size_t k = 0; k < d; k++)
		work->mean[k] /= (double) task->n;
	for (size_t r = 0; r < task->n; r++)
		for (size_t k = 0; k < d; k++)
			work->residual[r * d + k] =
				(double) task->factors[(size_t) task->targets[r] * d + k] - work->mean[k];
	memset(work->a, 0, task->n * d * sizeof(double));
	memcpy(work->direction, work->residual, task->n * d * sizeof(double));
}

/* One step of every column; product is that of the direction. */
static void
step(const MmlFeatureTask *task, MmlFeatureWork *work, double *square,
	 const double *curve, double *next)
{
	size_t		d = task->d;
	size_t		n = task->n;

	for (size_t r = 0; r < n; r++)
		for (size_t k = 0; k < d; k++)
		{
			double		alpha = curve[k] > 0 ? square[k] / curve[k] : 0;

			work->a[r * d + k] += alpha * work->direction[r * d + k];
			work->residual[r * d + k] -= alpha * work->product[r * d + k];
		}
	column_products(n, d, work->residual, work->residual, next);
	for (size_t r = 0; r < n; r++)
		for (size_t k = 0; k < d; k++)
		{
			double		beta = square[k] > 0 ? next[k] / square[k] : 0;

			work->direction[r * d + k] = work->residual[r * d + k] +
				beta * work->direction[r * d + k];
		}
	memcpy(square, next, d * sizeof(double));
}

/* Learn from n >= 1 items.  Returned is how many iterations it took. */
int
mml_feature_map_learn(const MmlFeatureTask *task, MmlFeatureWork *work)
{
	size_t		d = task->d;
	double	   *square = work->scalars;
	double	   *curve = square + d;
	double	   *next = curve + d;
	double		first = 0;
	int			iteration;

	begin(task, work);
	column_products(task->n, d, work->residual, work->residual, square);
	for (size_t k = 0; k < d; k++)
		first = MML_MAX(first, square[k]);
	for (iteration = 0; iteration < MOST_ITERATIONS; iteration++)
	{
		double		most = 0;

		for (size_t k = 0; k < d; k++)
			most = MML_MAX(most, square[k]);
		if (!(most > TOLERANCE * TOLERANCE * first))
			break;
		spread(task, work->direction, work->weights);
		collect(task, work->direction, work->weights, work->product);
		column_products(task->n, d, work->direction, work->product, curve);
		step(task, work, square, curve, next);
	}
	spread(task, work->a, work->weights);
	return iteration;
}

/* The factors (d) of an item from its vector; false, and 0, where it has none. */
bool
mml_feature_map_item(const MmlFeatureTask *task, const MmlFeatureWork *work,
					 int32_t vector, double *out)
{
	const MmlSparse *x = task->table;
	bool		known = x->starts[vector] < x->starts[vector + 1];

	memset(out, 0, task->d * sizeof(double));
	if (known)
		memcpy(out, work->mean, task->d * sizeof(double));
	for (int64_t e = x->starts[vector]; e < x->starts[vector + 1]; e++)
		add_times(task->d, (double) x->weights[e],
				  work->weights + (size_t) x->targets[e] * task->d, out);
	return known;
}

/* The squared error over items (n) that have factors; scratch is (d). */
double
mml_feature_map_error(const MmlFeatureTask *task, const MmlFeatureWork *work,
					  size_t n, const int32_t *vectors, const int32_t *targets,
					  double *scratch)
{
	double		sum = 0;

	for (size_t i = 0; i < n; i++)
	{
		const float *wanted = task->factors + (size_t) targets[i] * task->d;

		if (i % 1024 == 0)
			MML_CHECK();
		mml_feature_map_item(task, work, vectors[i], scratch);
		for (size_t k = 0; k < task->d; k++)
			sum += (scratch[k] - (double) wanted[k]) * (scratch[k] - (double) wanted[k]);
	}
	return sum;
}

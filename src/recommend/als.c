/*-------------------------------------------------------------------------
 *
 * als.c
 *	  Models of kind als: what a history says of all items; see als_fit.c for
 *	  what they are.
 *
 * A history is a user who was not there in training: his factors solve the
 * same least-squares problem, with the factors of the items fixed,
 *
 *		A x = sum of w_h v_h,	A = unobserved G + sum of w_h v_h v_h' + ridge I.
 *
 * The score of item j is x'v_j; it is the sum over the history of the parts
 * w_h v_h'(A^-1 v_j), which say why (Hu, Koren and Volinsky, section 5).
 *
 * Solved in float8 by Cholesky.  A and b are divided by the largest weight,
 * which changes nothing, so that no weight is too large.
 *
 *-------------------------------------------------------------------------
 */
#include <math.h>
#include <string.h>

#include "linalg/linalg.h"
#include "recommend/als.h"

_Static_assert(MML_ALS_FACTORS_MAX <= MML_FACTORS_MOST, "models have bounds");

/* Items of a history that are multiplied at once. */
#define GATHERED 128

/* Of the trace: without it rounding could leave a matrix without a root. */
#define LEAST_RIDGE 1e-13

/* Read a model of kind als: the parse of its MmlKind, but for the bytes. */
const char *
mml_als_parse(const MmlEnvelope *env, void *parsed)
{
	MmlAls	   *model = parsed;
	const MmlSection *section;
	const double *o;
	int			next = 0;
	size_t		d;

	MML_DEMAND(mml_catalogue_parse(env, &next, &model->catalogue));
	MML_DEMAND(mml_envelope_shaped(env, &next, "options", MML_F64, 1, MML_ALS_OPTIONS, &o));
	MML_DEMAND(mml_envelope_next(env, &next, "factors", MML_F32, &section));
	d = section->cols;
	if (section->rows != model->catalogue.items || d < 1 || d > MML_ALS_FACTORS_MAX)
		return "Its factors have a wrong shape.";
	model->items = (MmlFactors)
	{
		.items = section->rows,.factors = d,.v = section->data
	};
	MML_DEMAND(mml_factors_check(&model->items));
	MML_DEMAND(mml_envelope_shaped(env, &next, "gram", MML_F64, d, d, &model->gram));
	for (size_t i = 0; i < d * d; i++)
		if (!isfinite(model->gram[i]))
			return "The Gram matrix has a number that is not finite.";
	model->options = (MmlAlsOptions)
	{
		.factors = d,.reg = o[0],.unobserved = o[1],.exponent = o[2]
	};
	model->iterations = o[3];
	model->seed = o[4];
	model->trained = o[5];
	model->objective = o[6];
	model->ndcg = o[7];
	if (!(o[0] >= 0 && o[0] <= 1e9) || !(o[1] >= 0 && o[1] <= 1e9) || !(o[2] >= 0 && o[2] <= 2) ||
		!(o[3] >= 1 && o[3] <= 1e6) || !(o[4] >= 0 && o[4] <= 0x1p53) ||
		!(o[5] >= 1 && o[5] <= (double) model->catalogue.items) || !isfinite(o[6]) || isinf(o[7]))
		return "Its options are not possible.";
	return mml_envelope_end(env, next);
}

/* row = root v and x += target v */
MML_CLONES
static void
add_row(size_t d, const float *v, double root, double target, double *row, double *x)
{
#pragma omp simd
	for (size_t k = 0; k < d; k++)
	{
		row[k] = root * (double) v[k];
		x[k] += target * (double) v[k];
	}
}

/*
 * The rows of a part of the history times the roots of their squares, and
 * into x the rows times their targets.
 */
static void
gather(const MmlFactors *items, const MmlHistory *history, size_t first, size_t n,
	   const double *squares, const double *targets, double *rows, double *x)
{
	size_t		d = items->factors;

	for (size_t h = first; h < first + n; h++, rows += d)
	{
		if (h + MML_FACTORS_AHEAD < history->count)
			mml_factors_fetch(items, history->items[h + MML_FACTORS_AHEAD]);
		add_row(d, items->v + (size_t) history->items[h] * d, sqrt(squares[h]), targets[h], rows, x);
	}
}

/*
 * Solve (times base + sum of squares_h v_h v_h' + ridge I) x = sum of
 * targets_h v_h, base (d,d) symmetric, or NULL: 0.  Filled are the direction,
 * sealed, and the root.  False where there is no solution.
 */
bool
mml_als_fold(const MmlFactors *items, const double *base, double times, double ridge,
			 const MmlHistory *history, const double *squares,
			 const double *targets, MmlAlsProfile *profile, MmlRoom *room)
{
	size_t		d = items->factors;
	size_t		most = MML_MIN(history->count, GATHERED);
	double	   *a = room->resize(room, NULL, 0, d * d * sizeof(double));
	double	   *rows = room->resize(room, NULL, 0, most * d * sizeof(double));
	double	   *x;
	double		trace = 0;
	bool		solved;

	mml_direction_make(items, &profile->direction, room);
	x = profile->direction.x;
	memset(x, 0, d * sizeof(double));
	for (size_t i = 0; i < d * d; i++)
		a[i] = base == NULL ? 0 : times * base[i];
	for (size_t first = 0; first < history->count; first += GATHERED)
	{
		size_t		n = MML_MIN(history->count - first, GATHERED);

		MML_CHECK();
		gather(items, history, first, n, squares, targets, rows, x);
		mml_linalg_syrk(MML_TRANSPOSED, (int) d, (int) n, 1, rows, (int) d, 1, a, (int) d);
	}
	for (size_t k = 0; k < d; k++)
		trace += a[k * d + k];
	for (size_t k = 0; k < d; k++)
		a[k * d + k] += MML_MAX(ridge, LEAST_RIDGE * trace);
	solved = mml_linalg_cholesky((int) d, a, (int) d) == MML_OK;
	if (solved)
		mml_linalg_cholesky_solve((int) d, 1, a, (int) d, x, 1);
	room->resize(room, rows, most * d * sizeof(double), 0);
	profile->root = a;
	return solved && mml_direction_seal(items, &profile->direction);
}

/* A profile of a history: see MmlRecommender. */
static void *
make_profile(const void *model, const MmlHistory *history, MmlRoom *room)
{
	const MmlAls *als = model;
	MmlAlsProfile *profile = room->resize(room, NULL, 0, sizeof(MmlAlsProfile));
	double		most = 0;
	double		ridge;

	memset(profile, 0, sizeof(MmlAlsProfile));
	profile->weights = room->resize(room, NULL, 0, history->count * sizeof(double));
	for (size_t h = 0; h < history->count; h++)
		most = MML_MAX(most, history->weights[h]);
	if (most == 0)
		return NULL;
	for (size_t h = 0; h < history->count; h++)
		profile->weights[h] = history->weights[h] / most;
	ridge = als->options.reg / most * pow((double) history->count +
										  als->options.unobserved * als->trained,
										  als->options.exponent);
	return mml_als_fold(&als->items, als->gram, als->options.unobserved / most, ridge, history,
						profile->weights, profile->weights, profile, room) ? profile : NULL;
}

/*
 * What each item of a history contributes: targets_h v_h'z, with A z = v_item.
 * All are solved for together, and as if they were MML_EXPLAIN_MOST, so that
 * what comes out for one does not depend on how many others there are.
 */
void
mml_als_explain(const MmlFactors *factors, const MmlAlsProfile *profile,
				const MmlHistory *history, size_t n, const int32_t *items,
				double *contributions)
{
	size_t		d = factors->factors;
	double		solved[MML_ALS_FACTORS_MAX * MML_EXPLAIN_MOST];
	double		z[MML_ALS_FACTORS_MAX];

	memset(solved, 0, d * MML_EXPLAIN_MOST * sizeof(double));
	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < d; k++)
			solved[k * MML_EXPLAIN_MOST + i] = (double) factors->v[(size_t) items[i] * d + k];
	mml_linalg_cholesky_solve((int) d, MML_EXPLAIN_MOST, profile->root, (int) d, solved,
							  MML_EXPLAIN_MOST);
	for (size_t i = 0; i < n; i++)
	{
		for (size_t k = 0; k < d; k++)
			z[k] = solved[k * MML_EXPLAIN_MOST + i];
		for (size_t h = 0; h < history->count; h++)
			*contributions++ = profile->weights[h] *
				mml_factors_product(d, z, factors->v + (size_t) history->items[h] * d);
	}
}

/* The remaining members of MmlRecommender. */
static void
score(const void *model, const void *profile, size_t n, const int32_t *which,
	  size_t first, double *scores)
{
	mml_factors_score(&((const MmlAls *) model)->items, profile, n, which, first, scores);
}

static size_t
sieve(const void *model, const void *profile, size_t n, size_t first, double threshold,
	  int32_t *chosen)
{
	return mml_factors_sieve(&((const MmlAls *) model)->items, profile, n, first, threshold, chosen);
}

static void
bound_all(const void *model, size_t m, const void *const *profiles, size_t n,
		  size_t first, MmlRoom *room, float *bounds, double *slacks)
{
	mml_factors_bound_all(&((const MmlAls *) model)->items, m, profiles, n, first, room,
						  bounds, slacks);
}

static void
explain(const void *model, const void *profile, const MmlHistory *history, size_t n,
		const int32_t *items, double *contributions)
{
	mml_als_explain(&((const MmlAls *) model)->items, profile, history, n, items, contributions);
}

static void *
resemble(const void *model, int32_t item, MmlRoom *room)
{
	MmlDirection *direction = room->resize(room, NULL, 0, sizeof(MmlDirection));

	return mml_direction_of_item(&((const MmlAls *) model)->items, item, direction, room) ?
		direction : NULL;
}

/* Every item has a score. */
const MmlRecommender mml_als_recommender = {
	.kind = "als",
	.above = -INFINITY,
	.profile = make_profile,
	.score = score,
	.sieve = sieve,
	.bound_all = bound_all,
	.explain = explain,
	.resemble = resemble
};

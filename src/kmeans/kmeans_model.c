/*-------------------------------------------------------------------------
 *
 * kmeans_model.c
 *	  Read a model of kind "kmeans", and answer from it.
 *
 *-------------------------------------------------------------------------
 */
#include <math.h>

#include "core/numbers.h"
#include "kmeans/kmeans.h"

/* Check the numbers of a model, whose sections are in place. */
static const char *
check_numbers(KmeansModel *model)
{
	const double *s = model->summary;

	if (!mml_all_finite((size_t) model->k * (size_t) model->d, model->centroids) ||
		!mml_all_finite((size_t) model->d, model->overall))
		return "A centroid is not a finite number.";
	model->rows = 0;
	for (int c = 0; c < model->k; c++)
		if (model->sizes[c] < 0 ||
			__builtin_add_overflow(model->rows, model->sizes[c], &model->rows))
			return "The size of a cluster is not possible.";
	if (model->rows < 1)
		return "Its clusters have no rows.";
	if (!mml_all_finite(KMEANS_SUMMARY, s) || s[KMEANS_INERTIA] < 0 ||
		s[KMEANS_ITERATIONS] < 0 || s[KMEANS_ITERATIONS] > INT32_MAX ||
		s[KMEANS_SKIPPED] < 0 || s[KMEANS_SKIPPED] > 0x1p53 ||
		(s[KMEANS_INIT] != KMEANS_PLUSPLUS && s[KMEANS_INIT] != KMEANS_RANDOM &&
		 s[KMEANS_INIT] != KMEANS_GIVEN) ||
		s[KMEANS_MAX_ITER] < 1 || s[KMEANS_MAX_ITER] > INT32_MAX ||
		s[KMEANS_N_INIT] < 1 || s[KMEANS_N_INIT] > INT32_MAX ||
		fabs(s[KMEANS_SEED]) > 0x1p53 || s[KMEANS_TOL] < 0 ||
		(s[KMEANS_CONVERGED] != 0 && s[KMEANS_CONVERGED] != 1))
		return "Its summary is not possible.";
	return NULL;
}

/* Fill a KmeansModel from an envelope; NULL, or what is wrong. */
const char *
mml_kmeans_parse(const MmlEnvelope *env, void *parsed)
{
	KmeansModel *model = parsed;
	const MmlSection *centroids;
	int			next = 0;

	MML_DEMAND(mml_envelope_next(env, &next, "centroids", MML_F64, &centroids));
	if (centroids->rows < 1 || centroids->rows > MML_KMEANS_MAX_K ||
		centroids->cols < 1 || centroids->cols > INT32_MAX)
		return "It has an impossible number of centroids.";
	model->k = (int) centroids->rows;
	model->d = (int) centroids->cols;
	model->centroids = centroids->data;
	MML_DEMAND(mml_envelope_shaped(env, &next, "sizes", MML_I64,
								   centroids->rows, 1, &model->sizes));
	MML_DEMAND(mml_envelope_shaped(env, &next, "overall", MML_F64,
								   1, centroids->cols, &model->overall));
	MML_DEMAND(mml_envelope_shaped(env, &next, "summary", MML_F64,
								   KMEANS_SUMMARY, 1, &model->summary));
	MML_DEMAND(mml_envelope_texts(env, &next, "names", &model->names));
	MML_DEMAND(mml_envelope_texts(env, &next, "kernels", &model->kernels));
	MML_DEMAND(mml_envelope_end(env, next));
	if (model->names.count != 0 && model->names.count != centroids->cols)
		return "The number of names is not that of its features.";
	if (model->kernels.count != 1)
		return "It does not name its kernels.";
	return check_numbers(model);
}

/*
 * The cluster of x (d), the first of equally near ones; *square is the
 * squared distance to its centroid.
 */
int
mml_kmeans_nearest(const KmeansModel *model, const double *x, double *square)
{
	int			nearest = 0;

	*square = INFINITY;
	for (int c = 0; c < model->k; c++)
	{
		double		s = mml_kmeans_distance(model->d, x,
											model->centroids + (size_t) c * (size_t) model->d);

		if (s < *square)
		{
			*square = s;
			nearest = c;
		}
	}
	return nearest;
}

/*
 * Why x (d) belongs to a cluster, by default the nearest, and not to the
 * nearest other one: by how much each column makes the squared distance to the
 * other longer, (x - o)^2 - (x - c)^2 = (c - o) (2 x - c - o).  false where
 * there is no other.
 */
bool
mml_kmeans_explain(const KmeansModel *model, const double *x, MmlExplanation *e)
{
	const double *own;
	const double *other;
	double		least = INFINITY;

	if (e->class < 0)
		e->class = mml_kmeans_nearest(model, x, &least);
	least = INFINITY;
	e->against = -1;
	for (int c = 0; c < model->k; c++)
	{
		double		s = mml_kmeans_distance(model->d, x,
											model->centroids + (size_t) c * (size_t) model->d);

		if (c != e->class && (s < least || e->against < 0))
		{
			least = s;
			e->against = c;
		}
	}
	if (e->against < 0)
		return false;
	own = model->centroids + (size_t) e->class * (size_t) model->d;
	other = model->centroids + (size_t) e->against * (size_t) model->d;
	e->base = 0;
	for (int j = 0; j < model->d; j++)
		e->parts[j] = (own[j] - other[j]) * ((x[j] - own[j]) + (x[j] - other[j]));
	return true;
}

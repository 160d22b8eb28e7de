/*-------------------------------------------------------------------------
 *
 * metrics_clusters_unit.c
 *	  Silhouettes and the index of Davies and Bouldin by their definitions.
 *
 *-------------------------------------------------------------------------
 */
#include "unit.h"

#include <float.h>

#include "core/random.h"
#include "metrics/clusters.h"

#define MOST 700				/* rows of a case */

/* Rows, and what is gathered of them. */
typedef struct Case
{
	int			n;
	int			dims;
	int			cluster[MOST];
	double	   *x;				/* (n, dims) */
	MmlClusterRows *state;
	MmlClusters clusters;
	double	   *centroid;
} Case;

/* Put the rows of a case into a state, and gather them. */
static void
gather_case(Case *c)
{
	size_t		n = (size_t) c->n;
	size_t		dims = (size_t) c->dims;
	size_t		bytes = mml_metrics_clusters_bytes(c->n, c->dims);
	uint64_t   *keys = malloc(2 * n * sizeof(*keys));

	c->state = calloc(1, bytes);
	c->state->rows = c->n;
	c->state->dims = c->dims;
	for (size_t i = 0; i < n; i++)
	{
		c->state->numbers[i * (dims + 1)] = c->cluster[i];
		memcpy(c->state->numbers + i * (dims + 1) + 1, c->x + i * dims, dims * sizeof(double));
	}
	CHECK(mml_metrics_clusters_kind.verify(&c->state->head, bytes) == NULL);
	mml_metrics_clusters_order(c->state, keys, keys + n);
	c->clusters.rows = n;
	c->clusters.dims = dims;
	c->clusters.clusters = mml_metrics_clusters_count(n, keys);
	c->clusters.start = calloc(c->clusters.clusters + 1, sizeof(size_t));
	c->clusters.x = calloc(n * dims, sizeof(double));
	mml_metrics_clusters_gather(c->state, keys, &c->clusters);
	c->centroid = calloc(c->clusters.clusters * dims, sizeof(double));
	mml_metrics_centroids(&c->clusters, c->centroid);
	free(keys);
}

/* Give back what a case holds. */
static void
free_case(Case *c)
{
	free(c->x);
	free(c->state);
	free(c->clusters.start);
	free(c->clusters.x);
	free(c->centroid);
}

/* n rows of so many features in k clusters, some rows the same. */
static void
make_case(Case *c, int n, int dims, int k, double scale, uint64_t seed)
{
	MmlRandom	rng;

	mml_random_seed(&rng, seed);
	c->n = n;
	c->dims = dims;
	c->x = malloc((size_t) n * (size_t) dims * sizeof(double));
	for (int i = 0; i < n; i++)
	{
		c->cluster[i] = i == 0 ? INT32_MIN : (int) mml_random_below(&rng, (uint64_t) k) - 1;
		for (int d = 0; d < dims; d++)
			c->x[i * dims + d] = i % 10 == 9 ? c->x[(i - 1) * dims + d] :
				scale * (mml_random_unit(&rng) - 0.5 + 0.3 * c->cluster[i] / k * (i > 0));
	}
	gather_case(c);
}

/* The distance of two points; so that nothing overflows, of points times unit. */
static double
distance(int dims, const double *a, const double *b, double unit)
{
	double		sum = 0;

	for (int d = 0; d < dims; d++)
		sum += (a[d] * unit - b[d] * unit) * (a[d] * unit - b[d] * unit);
	return sqrt(sum);
}

/* The mean distance from row i to the rows of a cluster but i; their number. */
static double
mean_distance(const Case *c, int i, int cluster, double unit, int *rows)
{
	double		sum = 0;

	*rows = 0;
	for (int j = 0; j < c->n; j++)
		if (j != i && c->cluster[j] == cluster)
		{
			sum += distance(c->dims, c->x + i * c->dims, c->x + j * c->dims, unit);
			++*rows;
		}
	return sum / *rows;
}

/* The silhouette by its definition; clusters are from -1 on, and the least. */
static double
naive_silhouette(const Case *c, int k, double unit)
{
	double		sum = 0;

	for (int i = 0; i < c->n; i++)
	{
		int			rows;
		double		a = mean_distance(c, i, c->cluster[i], unit, &rows);
		double		b = INFINITY;

		if (rows == 0)
			continue;
		for (int other = -2; other < k - 1; other++)
		{
			int			cluster = other == -2 ? INT32_MIN : other;
			double		mean = mean_distance(c, i, cluster, unit, &rows);

			if (cluster != c->cluster[i] && rows > 0)
				b = fmin(b, mean);
		}
		sum += fmax(a, b) > 0 ? (b - a) / fmax(a, b) : 0;
	}
	return sum / c->n;
}

TEST(silhouette_by_the_definition)
{
	static const double scales[] = {1, 1e-300, 1e300, 1e-160, 1e8};

	for (int n = 3; n < 700; n = n * 3 / 2)
		for (int k = 1; k < 12; k += 3)
			for (int s = 0; s < 5; s++)
			{
				Case		c;
				int			dims = 1 + n % 5;

				make_case(&c, n, dims, k, scales[s], (uint64_t) (n * 100 + k));
				if (c.clusters.clusters < (size_t) n)
					CHECK_NEAR(mml_metrics_silhouette(&c.clusters), naive_silhouette(&c, k, 1 / scales[s]), 1e-13);
				else
					CHECK(isnan(mml_metrics_silhouette(&c.clusters)));
				free_case(&c);
			}
}

/* The mean of the rows of a cluster: mean (dims).  Returns how many they are. */
static int
mean_of(const Case *c, int cluster, double *mean)
{
	int			rows = 0;

	for (int d = 0; d < c->dims; d++)
		mean[d] = 0;
	for (int i = 0; i < c->n; i++)
	{
		rows += c->cluster[i] == cluster;
		for (int d = 0; d < c->dims && c->cluster[i] == cluster; d++)
			mean[d] += c->x[i * c->dims + d];
	}
	for (int d = 0; d < c->dims; d++)
		mean[d] /= rows;
	return rows;
}

/* Both indices by centroids, by their definitions, of clusters from -1 to 2. */
static void
naive_by_centroids(const Case *c, double *silhouette, double *index)
{
	double		mean[5][8];
	int			rows[5];
	double		spread[5] = {0};
	int			clusters = 0;

	for (int k = 0; k < 5; k++)
	{
		rows[k] = mean_of(c, k == 4 ? INT32_MIN : k - 1, mean[k]);
		clusters += rows[k] > 0;
	}
	*silhouette = *index = 0;
	for (int i = 0; i < c->n; i++)
	{
		int			own = c->cluster[i] == INT32_MIN ? 4 : c->cluster[i] + 1;
		double		a = distance(c->dims, c->x + i * c->dims, mean[own], 1);
		double		b = INFINITY;

		for (int k = 0; k < 5; k++)
			if (k != own && rows[k] > 0)
				b = fmin(b, distance(c->dims, c->x + i * c->dims, mean[k], 1));
		*silhouette += rows[own] > 1 ? (b - a) / fmax(a, b) / c->n : 0;
		spread[own] += a / rows[own];
	}
	for (int k = 0; k < 5; k++)
	{
		double		worst = 0;

		for (int other = 0; other < 5; other++)
			if (other != k && rows[k] > 0 && rows[other] > 0)
				worst = fmax(worst, (spread[k] + spread[other]) / distance(c->dims, mean[k], mean[other], 1));
		*index += worst / clusters;
	}
}

TEST(centroids_by_the_definition)
{
	for (int n = 3; n < 700; n = n * 3 / 2)
		for (int dims = 1; dims < 8; dims += 3)
		{
			Case		c;
			double		silhouette;
			double		index;
			double		spread[5];

			make_case(&c, n, dims, 4, 1, (uint64_t) n);
			naive_by_centroids(&c, &silhouette, &index);
			if (c.clusters.clusters < (size_t) n)
			{
				CHECK_NEAR(mml_metrics_silhouette_centroid(&c.clusters, c.centroid), silhouette, 1e-13);
				CHECK_NEAR(mml_metrics_davies_bouldin(&c.clusters, c.centroid, spread), index, 1e-12);
			}
			free_case(&c);
		}
}

TEST(clusters_that_have_no_index)
{
	Case		c = {.n = 4,.dims = 1,.cluster = {1, 1, 1, 1}};
	double		spread[4];

	c.x = calloc(4, sizeof(double));
	gather_case(&c);
	CHECK(isnan(mml_metrics_silhouette(&c.clusters)));
	CHECK(isnan(mml_metrics_silhouette_centroid(&c.clusters, c.centroid)));
	CHECK(isnan(mml_metrics_davies_bouldin(&c.clusters, c.centroid, spread)));
	free_case(&c);

	c.x = calloc(4, sizeof(double));
	for (int i = 0; i < 4; i++)
		c.cluster[i] = -i;
	gather_case(&c);
	CHECK(isnan(mml_metrics_silhouette(&c.clusters)));
	CHECK(isnan(mml_metrics_davies_bouldin(&c.clusters, c.centroid, spread)));
	free_case(&c);

	c.x = calloc(4, sizeof(double));
	c.cluster[3] = c.cluster[0];
	gather_case(&c);
	CHECK(mml_metrics_silhouette(&c.clusters) == 0);
	CHECK(mml_metrics_silhouette_centroid(&c.clusters, c.centroid) == 0);
	CHECK(mml_metrics_davies_bouldin(&c.clusters, c.centroid, spread) == 0);
	free_case(&c);
}

TEST(clusters_verify)
{
	const MmlStateKind *kind = &mml_metrics_clusters_kind;
	size_t		bytes = mml_metrics_clusters_bytes(3, 2);
	MmlClusterRows *state = calloc(1, bytes);

	state->rows = 3;
	state->dims = 2;
	CHECK(kind->verify(&state->head, bytes) == NULL);
	CHECK(kind->verify(&state->head, bytes - 8) != NULL);
	state->numbers[0] = 0.5;
	CHECK(kind->verify(&state->head, bytes) != NULL);
	state->numbers[0] = 3e9;
	CHECK(kind->verify(&state->head, bytes) != NULL);
	state->numbers[0] = NAN;
	CHECK(kind->verify(&state->head, bytes) != NULL);
	state->numbers[0] = -1;
	state->numbers[4] = INFINITY;
	CHECK(kind->verify(&state->head, bytes) != NULL);
	state->numbers[4] = DBL_MAX;
	CHECK(kind->verify(&state->head, bytes) == NULL);
	state->dims = -1;
	CHECK(kind->verify(&state->head, bytes) != NULL);
	state->dims = 0;
	CHECK(kind->verify(&state->head, bytes) != NULL);
	state->dims = 2;
	state->rows = INT64_MAX;
	CHECK(kind->verify(&state->head, bytes) != NULL);
	free(state);
}

/*-------------------------------------------------------------------------
 *
 * clusters.c
 *	  How well apart groups of rows lie: silhouette, exact and by centroids,
 *	  and the index of Davies and Bouldin.
 *
 * With a the mean distance of a row to the others of its cluster, and b the
 * least mean distance to the rows of another, its silhouette is (b - a) /
 * max(a, b), or 0 where it is alone (Rousseeuw, "Silhouettes", Journal of
 * Computational and Applied Mathematics 20, 1987).  By centroids, a and b are
 * the distances to those: the simplified silhouette of Hruschka, de Castro and
 * Campello ("Evolutionary algorithms for clustering gene-expression data",
 * ICDM 2004).
 *
 * Rows are put in the order of their clusters and laid out column by column,
 * so that the distances of one row to a block of others are vector work, and
 * the block's part of each cluster is a plain sum.  All three indices are
 * ratios of distances, so features are first divided by the power of two next
 * to the largest: no square overflows, and the ratios stay the same.
 *
 * Cost: silhouette rows^2 (dims + 1 square root), the others rows dims clusters.
 *
 *-------------------------------------------------------------------------
 */
#include <math.h>
#include <string.h>

#include "core/sort.h"
#include "metrics/clusters.h"

#define BLOCK 256				/* rows whose distances are taken at once */

/* Interrupts are polled once in so many multiply-adds. */
#define POLL (1 << 20)

/* ------------------------------------------------------------ the state */

/* The bytes of a state; sizes are at most those of a state that fits. */
size_t
mml_metrics_clusters_bytes(int64_t rows, int64_t dims)
{
	return sizeof(MmlClusterRows) + (size_t) rows * (1 + (size_t) dims) * sizeof(double);
}

/* Every invariant of a state of kind clusters; "!" because of NaN. */
static const char *
verify_clusters(const MmlState *state, size_t bytes)
{
	const MmlClusterRows *rows = (const MmlClusterRows *) state;
	size_t		width = 1 + (size_t) rows->dims;

	if (rows->dims < 0 || rows->dims > MML_CLUSTERS_MOST_DIMS ||
		(rows->dims == 0 && rows->rows > 0))
		return "Its number of features is out of range.";
	if (rows->rows < 0 || (uint64_t) rows->rows > bytes / sizeof(double) / width ||
		mml_metrics_clusters_bytes(rows->rows, rows->dims) != bytes)
		return "Its number of rows is not that of its length.";
	for (size_t i = 0; i < (size_t) rows->rows; i++)
	{
		const double *row = rows->numbers + i * width;

		if (!(row[0] >= INT32_MIN && row[0] <= INT32_MAX && row[0] == floor(row[0])))
			return "A cluster is not a whole number.";
		for (size_t d = 1; d < width; d++)
			if (!isfinite(row[d]))
				return "A feature is not finite.";
		if (i % BLOCK == 0)
			MML_CHECK();
	}
	return NULL;
}

const MmlStateKind mml_metrics_clusters_kind = {
	.name = "clusters",
	.version = 1,
	.grows = true,
	.size = sizeof(MmlClusterRows),
	.verify = verify_clusters
};

/* --------------------------------------------------- in order of clusters */

/*
 * Keys of clusters, each with the number of its row, in order: keys (rows),
 * scratch (rows).  There are fewer than 2^32 rows.
 */
void
mml_metrics_clusters_order(const MmlClusterRows *state, uint64_t *keys, uint64_t *scratch)
{
	size_t		width = 1 + (size_t) state->dims;

	for (size_t i = 0; i < (size_t) state->rows; i++)
	{
		int64_t		cluster = (int64_t) state->numbers[i * width];

		keys[i] = (uint64_t) (cluster - INT32_MIN) << 32 | i;
	}
	mml_sort_keys((size_t) state->rows, keys, scratch);
}

/* How many clusters there are. */
size_t
mml_metrics_clusters_count(size_t rows, const uint64_t *keys)
{
	size_t		count = 0;

	for (size_t i = 0; i < rows; i++)
		if (i == 0 || keys[i] >> 32 != keys[i - 1] >> 32)
			count++;
	return count;
}

/* The power of two that brings features near 1. */
static double
scale_of(const MmlClusterRows *state)
{
	size_t		width = 1 + (size_t) state->dims;
	double		most = 0;
	int			exponent = 0;

	for (size_t i = 0; i < (size_t) state->rows * width; i++)
		if (i % width != 0)
			most = fmax(most, fabs(state->numbers[i]));
	if (most > 0)
		(void) frexp(most, &exponent);
	return ldexp(1, MML_MIN(-exponent, 1000));
}

/* Fill clusters, whose sizes are set, with the rows. */
void
mml_metrics_clusters_gather(const MmlClusterRows *state, const uint64_t *keys,
							MmlClusters *clusters)
{
	size_t		rows = clusters->rows;
	size_t		count = 0;
	double		scale = scale_of(state);

	for (size_t i = 0; i < rows; i++)
	{
		const double *row = state->numbers + (size_t) (uint32_t) keys[i] * (1 + clusters->dims);

		if (i == 0 || keys[i] >> 32 != keys[i - 1] >> 32)
			clusters->start[count++] = i;
		for (size_t d = 0; d < clusters->dims; d++)
			clusters->x[d * rows + i] = row[1 + d] * scale;
		if (i % BLOCK == 0)
			MML_CHECK();
	}
	clusters->start[count] = rows;
}

/* ------------------------------------------------------------ silhouette */

/* The sum of distances from row i to the n rows from start on, at most BLOCK. */
MML_CLONES static double
block_sum(const MmlClusters *clusters, size_t i, size_t start, size_t n)
{
	double		square[BLOCK];
	double		sum = 0;

	for (size_t j = 0; j < n; j++)
		square[j] = 0;
	for (size_t d = 0; d < clusters->dims; d++)
	{
		const double *column = clusters->x + d * clusters->rows;
		const double *others = column + start;
		double		own = column[i];

#pragma omp simd
		for (size_t j = 0; j < n; j++)
			square[j] += (others[j] - own) * (others[j] - own);
	}
#pragma omp simd reduction(+:sum)
	for (size_t j = 0; j < n; j++)
		sum += sqrt(square[j]);
	return sum;
}

/* The sum of the distances from row i to those of a cluster. */
static double
distance_sum(const MmlClusters *clusters, size_t i, size_t cluster)
{
	size_t		end = clusters->start[cluster + 1];
	double		sum = 0;
	double		rest = 0;

	for (size_t start = clusters->start[cluster]; start < end; start += BLOCK)
		mml_metrics_sum(&sum, &rest, block_sum(clusters, i, start, MML_MIN(end - start, BLOCK)));
	return sum + rest;
}

/* (b - a) / max(a, b); 0 where both are. */
static double
silhouette_of(double a, double b)
{
	double		most = fmax(a, b);

	return most > 0 ? (b - a) / most : 0;
}

/* How many rows a cluster has. */
static size_t
rows_of(const MmlClusters *clusters, size_t cluster)
{
	return clusters->start[cluster + 1] - clusters->start[cluster];
}

/* Are there at least two clusters, and fewer than rows? */
static bool
defined(const MmlClusters *clusters)
{
	return clusters->clusters >= 2 && clusters->clusters < clusters->rows;
}

/* The mean silhouette; NaN of one cluster, or of as many as rows. */
double
mml_metrics_silhouette(const MmlClusters *clusters)
{
	double		sum = 0;
	double		rest = 0;
	size_t		rows_a_poll = POLL / clusters->rows / clusters->dims + 1;

	if (!defined(clusters))
		return NAN;
	for (size_t own = 0; own < clusters->clusters; own++)
		for (size_t i = clusters->start[own]; i < clusters->start[own + 1]; i++)
		{
			size_t		others = rows_of(clusters, own) - 1;
			double		nearest = INFINITY;

			if (i % rows_a_poll == 0)
				MML_CHECK();
			if (others == 0)
				continue;
			for (size_t c = 0; c < clusters->clusters; c++)
				if (c != own)
					nearest = fmin(nearest, distance_sum(clusters, i, c) / (double) rows_of(clusters, c));
			mml_metrics_sum(&sum, &rest,
							silhouette_of(distance_sum(clusters, i, own) / (double) others, nearest));
		}
	return (sum + rest) / (double) clusters->rows;
}

/* ------------------------------------------------------------- centroids */

/* Means of clusters: centroid (clusters, dims). */
void
mml_metrics_centroids(const MmlClusters *clusters, double *centroid)
{
	for (size_t c = 0; c < clusters->clusters; c++)
	{
		MML_CHECK();
		for (size_t d = 0; d < clusters->dims; d++)
		{
			const double *column = clusters->x + d * clusters->rows;
			double		sum = 0;
			double		rest = 0;

			for (size_t i = clusters->start[c]; i < clusters->start[c + 1]; i++)
				mml_metrics_sum(&sum, &rest, column[i]);
			centroid[c * clusters->dims + d] = (sum + rest) / (double) rows_of(clusters, c);
		}
	}
}

/* The distance of row i to a centroid (dims). */
static double
distance_to(const MmlClusters *clusters, size_t i, const double *centroid)
{
	double		square = 0;

	for (size_t d = 0; d < clusters->dims; d++)
	{
		double		difference = clusters->x[d * clusters->rows + i] - centroid[d];

		square += difference * difference;
	}
	return sqrt(square);
}

/* The mean silhouette by distances to centroids; NaN as above. */
double
mml_metrics_silhouette_centroid(const MmlClusters *clusters, const double *centroid)
{
	double		sum = 0;
	double		rest = 0;
	size_t		rows_a_poll = POLL / clusters->clusters / clusters->dims + 1;

	if (!defined(clusters))
		return NAN;
	for (size_t own = 0; own < clusters->clusters; own++)
		for (size_t i = clusters->start[own]; i < clusters->start[own + 1]; i++)
		{
			double		a = distance_to(clusters, i, centroid + own * clusters->dims);
			double		nearest = INFINITY;

			if (i % rows_a_poll == 0)
				MML_CHECK();
			if (rows_of(clusters, own) == 1)
				continue;
			for (size_t c = 0; c < clusters->clusters; c++)
				if (c != own)
					nearest = fmin(nearest, distance_to(clusters, i, centroid + c * clusters->dims));
			mml_metrics_sum(&sum, &rest, silhouette_of(a, nearest));
		}
	return (sum + rest) / (double) clusters->rows;
}

/* The mean distance of the rows of a cluster to its centroid. */
static double
spread_of(const MmlClusters *clusters, size_t c, const double *centroid)
{
	double		sum = 0;
	double		rest = 0;

	for (size_t i = clusters->start[c]; i < clusters->start[c + 1]; i++)
		mml_metrics_sum(&sum, &rest, distance_to(clusters, i, centroid + c * clusters->dims));
	return (sum + rest) / (double) rows_of(clusters, c);
}

/*
 * The mean over clusters of the largest ratio of the spreads of it and another
 * to the distance of their centroids (Davies and Bouldin, "A cluster
 * separation measure", IEEE TPAMI 1, 1979); NaN as above.  Clusters with one
 * centroid have no ratio, as scikit-learn has it.  spread: scratch (clusters).
 */
double
mml_metrics_davies_bouldin(const MmlClusters *clusters, const double *centroid, double *spread)
{
	size_t		dims = clusters->dims;
	double		sum = 0;
	double		rest = 0;

	if (!defined(clusters))
		return NAN;
	for (size_t c = 0; c < clusters->clusters; c++)
	{
		MML_CHECK();
		spread[c] = spread_of(clusters, c, centroid);
	}
	for (size_t c = 0; c < clusters->clusters; c++)
	{
		double		worst = 0;

		MML_CHECK();
		for (size_t other = 0; other < clusters->clusters; other++)
		{
			double		square = 0;

			for (size_t d = 0; d < dims; d++)
			{
				double		difference = centroid[c * dims + d] - centroid[other * dims + d];

				square += difference * difference;
			}
			if (square > 0)
				worst = fmax(worst, (spread[c] + spread[other]) / sqrt(square));
		}
		mml_metrics_sum(&sum, &rest, worst);
	}
	return (sum + rest) / (double) clusters->clusters;
}

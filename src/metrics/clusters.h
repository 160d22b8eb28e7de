/*-------------------------------------------------------------------------
 *
 * clusters.h
 *	  How well apart groups of rows lie: kernels.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MML_METRICS_CLUSTERS_H
#define MML_METRICS_CLUSTERS_H

#include "metrics/metrics.h"

#define MML_CLUSTERS_MOST_DIMS 65536

/* Rows as they came, each 1 + dims numbers: the cluster, then the features. */
typedef struct MmlClusterRows
{
	MmlState	head;
	int64_t		rows;
	int64_t		dims;			/* 0 in an empty state */
	double		numbers[];		/* (rows, 1 + dims) */
} MmlClusterRows;

/* Rows in the order of their clusters, column by column. */
typedef struct MmlClusters
{
	size_t		rows;
	size_t		dims;
	size_t		clusters;
	size_t	   *start;			/* (clusters + 1) where each begins */
	double	   *x;				/* (dims, rows), scaled */
} MmlClusters;

extern const MmlStateKind mml_metrics_clusters_kind;

extern size_t mml_metrics_clusters_bytes(int64_t rows, int64_t dims);
extern void mml_metrics_clusters_order(const MmlClusterRows *state, uint64_t *keys,
									   uint64_t *scratch);
extern size_t mml_metrics_clusters_count(size_t rows, const uint64_t *keys);
extern void mml_metrics_clusters_gather(const MmlClusterRows *state, const uint64_t *keys,
										MmlClusters *clusters);
extern double mml_metrics_silhouette(const MmlClusters *clusters);

extern void mml_metrics_centroids(const MmlClusters *clusters, double *centroid);
extern double mml_metrics_silhouette_centroid(const MmlClusters *clusters,
											  const double *centroid);
extern double mml_metrics_davies_bouldin(const MmlClusters *clusters, const double *centroid,
										 double *spread);

#endif							/* MML_METRICS_CLUSTERS_H */

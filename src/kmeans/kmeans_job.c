/*-------------------------------------------------------------------------
 *
 * kmeans_job.c
 *	  What the members of a team share in k-means: where it lies.
 *
 * A job is a KmeansJob and behind it, each from a multiple of 64 bytes on,
 * centroids as tiles for the search and as float8, sums, labels of all rows,
 * and a result a lane.
 *
 *-------------------------------------------------------------------------
 */
#include <math.h>
#include <string.h>

#include "kmeans/kmeans.h"

/* Bytes of the result of a lane. */
size_t
mml_kmeans_lane_bytes(int k, int d)
{
	return 64 + mml_align64(sizeof(double) * (size_t) k * (size_t) d) +
		mml_align64(sizeof(double) * (size_t) d) +
		mml_align64(sizeof(int64_t) * (size_t) k) +
		mml_align64(sizeof(KmeansFar) * (size_t) k);
}

/* Bytes of a job.  k and d are within their limits and n rows exist. */
size_t
mml_kmeans_job_bytes(size_t n, int k, int d, int nlanes)
{
	KmeansJob	job;

	mml_kmeans_job_init(&job, n, k, d);
	return job.lane_offset + job.lane_bytes * (size_t) nlanes;
}

/* Lay a job out. */
void
mml_kmeans_job_init(KmeansJob *job, size_t n, int k, int d)
{
	size_t		kd = (size_t) k * (size_t) d;
	size_t		tiles = ((size_t) k + MML_TILE - 1) / MML_TILE;

	memset(job, 0, sizeof(KmeansJob));
	job->k = k;
	job->d = d;
	job->tiles = (int) tiles;
	job->tile_offset = mml_align64(sizeof(KmeansJob));
	job->half_offset = job->tile_offset +
		mml_align64(sizeof(float) * tiles * MML_TILE * (size_t) d);
	job->center_offset = job->half_offset +
		mml_align64(sizeof(float) * tiles * MML_TILE);
	job->sum_offset = job->center_offset + mml_align64(sizeof(double) * kd);
	job->absent_offset = job->sum_offset + mml_align64(sizeof(double) * kd);
	job->label_offset = job->absent_offset + mml_align64((size_t) k);
	job->lane_offset = job->label_offset + mml_align64(sizeof(uint16_t) * n);
	job->lane_bytes = mml_kmeans_lane_bytes(k, d);
}

/* A place in the job. */
void *
mml_kmeans_at(KmeansJob *job, size_t offset)
{
	return (char *) job + offset;
}

/* The centroids (k,d) of the job. */
double *
mml_kmeans_centers(KmeansJob *job)
{
	return mml_kmeans_at(job, job->center_offset);
}

/* Where the leader adds up sums (k,d). */
double *
mml_kmeans_sums(KmeansJob *job)
{
	return mml_kmeans_at(job, job->sum_offset);
}

/* Which centroids (k) have no place yet, and get no rows. */
uint8_t *
mml_kmeans_absent(KmeansJob *job)
{
	return mml_kmeans_at(job, job->absent_offset);
}

/* The labels (n) of the job. */
uint16_t *
mml_kmeans_labels(KmeansJob *job)
{
	return mml_kmeans_at(job, job->label_offset);
}

/* The result of a lane. */
KmeansLane
mml_kmeans_get_lane(KmeansJob *job, int lane)
{
	char	   *p = mml_kmeans_at(job, job->lane_offset + job->lane_bytes * (size_t) lane);
	KmeansLane	view;

	view.head = (KmeansLaneHead *) p;
	p += 64;
	view.sums = (double *) p;
	p += mml_align64(sizeof(double) * (size_t) job->k * (size_t) job->d);
	view.row = (double *) p;
	p += mml_align64(sizeof(double) * (size_t) job->d);
	view.sizes = (int64_t *) p;
	p += mml_align64(sizeof(int64_t) * (size_t) job->k);
	view.far = (KmeansFar *) p;
	return view;
}

/* Make the tiles for the centroids in the job. */
void
mml_kmeans_set_centers(KmeansJob *job)
{
	const double *centers = mml_kmeans_centers(job);
	const uint8_t *absent = mml_kmeans_absent(job);
	float	   *tile = mml_kmeans_at(job, job->tile_offset);
	float	   *half = mml_kmeans_at(job, job->half_offset);
	size_t		d = (size_t) job->d;

	memset(tile, 0, sizeof(float) * (size_t) job->tiles * MML_TILE * d);
	job->largest = 0;
	for (int c = 0; c < job->tiles * MML_TILE; c++)
	{
		float	   *out = tile + (size_t) (c / MML_TILE) * MML_TILE * d + (size_t) (c % MML_TILE);
		double		square = 0;

		half[c] = INFINITY;
		if (c >= job->k || absent[c])
			continue;
		for (size_t j = 0; j < d; j++)
		{
			double		value = centers[(size_t) c * d + j];

			out[j * MML_TILE] = (float) value;
			square += value * value;
		}
		half[c] = (float) (square / 2);
		job->largest = fmax(job->largest, square);
	}
}

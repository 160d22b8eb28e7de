/*-------------------------------------------------------------------------
 *
 * kmeans.h
 *	  k-means clustering: kernels.
 *
 * Letters: n rows, d columns, k clusters.  Rows are packed in blocks of
 * panels (kmeans_pack.c), and everything below is in packed units: a packed
 * row is (x - offset) * scale.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MML_KMEANS_H
#define MML_KMEANS_H

#include "core/blocks.h"
#include "core/columns.h"
#include "core/envelope.h"
#include "core/explanation.h"
#include "core/random.h"

#define MML_KMEANS_MAX_K 65535
#define MML_PANEL 16			/* rows of a panel: a cache line of float4 */
#define MML_TILE 6				/* centroids that meet a panel in registers */

/* ------------------------------------------------ packing (kmeans_pack.c) */

typedef struct KmeansPacking
{
	int			cols;
	bool		ready;			/* offset and scale are chosen */
	double		scale;			/* a power of two */
	double	   *offset;			/* (d) */
	double	   *loss;			/* (d) scratch */
} KmeansPacking;

/* A packed block, taken apart. */
typedef struct KmeansPanels
{
	int			rows;
	int			d;
	int			nwide;			/* columns that keep their lower digits */
	const int32_t *wide;		/* (nwide) */
	const float *high;			/* (panels,d,16) */
	const float *low;			/* (panels,nwide,16) */
} KmeansPanels;

extern size_t mml_kmeans_block_room(int rows, int d);
extern size_t mml_kmeans_pack(KmeansPacking *packing, int rows,
							  const double *x, const MmlColumns *columns,
							  void *out);
extern double mml_kmeans_loss(const KmeansPacking *packing,
							  const MmlColumns *columns);
extern KmeansPanels mml_kmeans_panels(const MmlBlock *block, int d);
extern void mml_kmeans_row(const KmeansPanels *panels, int row, double *x);

/* ------------------------------------------ the job of a team (kmeans_job.c) */

typedef enum KmeansTask
{
	KMEANS_ASSIGN,				/* labels, and sums and sizes of clusters */
	KMEANS_FINISH,				/* the same, and exact inertia */
	KMEANS_FARTHEST				/* the rows farthest from their centroids */
} KmeansTask;

/* A row far from its centroid. */
typedef struct KmeansFar
{
	double		distance;		/* squared */
	uint64_t	row;
} KmeansFar;

/* The job of a team: parameters, then arrays at these offsets. */
typedef struct KmeansJob
{
	int			k;
	int			d;
	int			task;			/* KmeansTask */
	int			fresh;			/* sums from nothing, not from changes */
	int			wanted;			/* KMEANS_FARTHEST: rows */
	int			tiles;
	double		largest;		/* the largest |c|^2 */
	double		unit;			/* inertia in raw units, of 1 in packed ones */
	double		loss;			/* mml_kmeans_loss() */
	size_t		tile_offset;	/* float (tiles,d,6) centroids */
	size_t		half_offset;	/* float (tiles,6) |c|^2 / 2 */
	size_t		center_offset;	/* double (k,d) */
	size_t		sum_offset;		/* double (k,d) sums of all lanes */
	size_t		absent_offset;	/* uint8 (k) the centroid has no place yet */
	size_t		label_offset;	/* uint16 (n) */
	size_t		lane_offset;
	size_t		lane_bytes;
} KmeansJob;

/* The result of a lane: this, and arrays behind it. */
typedef struct KmeansLaneHead
{
	uint64_t	changed;		/* labels */
	double		inertia;
	int			nfar;
} KmeansLaneHead;

typedef struct KmeansLane
{
	KmeansLaneHead *head;
	double	   *sums;			/* (k,d) */
	double	   *row;			/* (d) scratch */
	int64_t    *sizes;			/* (k) */
	KmeansFar  *far;			/* (k) */
} KmeansLane;

extern size_t mml_kmeans_lane_bytes(int k, int d);
extern void *mml_kmeans_at(KmeansJob *job, size_t offset);
extern size_t mml_kmeans_job_bytes(size_t n, int k, int d, int nlanes);
extern void mml_kmeans_job_init(KmeansJob *job, size_t n, int k, int d);
extern KmeansLane mml_kmeans_get_lane(KmeansJob *job, int lane);
extern double *mml_kmeans_centers(KmeansJob *job);
extern double *mml_kmeans_sums(KmeansJob *job);
extern uint16_t *mml_kmeans_labels(KmeansJob *job);
extern uint8_t *mml_kmeans_absent(KmeansJob *job);
extern void mml_kmeans_set_centers(KmeansJob *job);

/* ------------------------------- passes (kmeans_pass.c, kmeans_far.c) */

extern void mml_kmeans_keep_far(KmeansLane *lane, int wanted, KmeansFar row);
extern void mml_kmeans_sort_far(KmeansFar *heap, int n);
extern MML_EXPORT void mml_kmeans_lane(void *job, MmlBlocks *blocks, int lane, int nlanes);

/* ---------------------------------------------- first centroids (kmeans_init.c) */

extern size_t mml_kmeans_sample_rows(size_t n, int k);
extern void mml_kmeans_sample(MmlBlocks *blocks, size_t m,
							  const size_t *chosen, float *sample);
extern int	mml_kmeans_plusplus(MmlRandom *rng, size_t m, int d, int k,
								const float *sample, float *nearest,
								float *candidate, float *best,
								double *centers);
extern int	mml_kmeans_random(MmlRandom *rng, size_t m, int d, int k,
							  const float *sample, size_t *order,
							  double *centers);

/* ------------------------------------------------- the algorithm (kmeans.c) */

typedef struct KmeansFit
{
	double		inertia;
	int			iterations;
	bool		converged;
	int			distinct;		/* MML_TOO_FEW_DISTINCT: how many there are */
} KmeansFit;

extern MmlStatus mml_kmeans_lloyd(MmlTeam *team, int present, int max_iter,
								  double tol, double *centers, int64_t *sizes,
								  KmeansFit *fit);

/* --------------------------------------------------- models (kmeans_model.c) */

/*
 * A model of kind "kmeans".  Its sections, in order:
 *
 *		centroids	f64 (k,d)
 *		sizes		i64 (k,1)	rows in each cluster
 *		overall		f64 (1,d)	means of the columns
 *		summary		f64 (KMEANS_SUMMARY,1)	see below
 *		names		u8			of the features: d of them, or none
 *		kernels		u8			one text: what it was computed by
 */
typedef struct KmeansModel
{
	int			k;
	int			d;
	int64_t		rows;
	const double *centroids;
	const int64_t *sizes;
	const double *overall;
	const double *summary;
	MmlTexts	names;
	MmlTexts	kernels;
} KmeansModel;

enum
{
	KMEANS_INERTIA,
	KMEANS_ITERATIONS,
	KMEANS_CONVERGED,
	KMEANS_SKIPPED,				/* rows with NULL */
	KMEANS_INIT,				/* KmeansInit */
	KMEANS_MAX_ITER,
	KMEANS_N_INIT,
	KMEANS_SEED,
	KMEANS_TOL,
	KMEANS_SUMMARY
};

/* How first centroids were chosen. */
typedef enum KmeansInit
{
	KMEANS_PLUSPLUS,
	KMEANS_RANDOM,
	KMEANS_GIVEN
} KmeansInit;

extern const char *mml_kmeans_parse(const MmlEnvelope *env, void *parsed);
extern int	mml_kmeans_nearest(const KmeansModel *model, const double *x,
							   double *square);
extern bool mml_kmeans_explain(const KmeansModel *model, const double *x,
							   MmlExplanation *e);

/* Squared distance of x (d) and c (d). */
MML_INLINE double
mml_kmeans_distance(int d, const double *x, const double *c)
{
	double		square = 0;

	for (int j = 0; j < d; j++)
		square += (x[j] - c[j]) * (x[j] - c[j]);
	return square;
}

#endif							/* MML_KMEANS_H */

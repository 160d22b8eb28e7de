/*-------------------------------------------------------------------------
 *
 * clusters_sql.c
 *	  The aggregates silhouette, silhouette_centroid and davies_bouldin, over
 *	  one state that gathers the rows.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>

#include "utils/memutils.h"

#include "core/array_pg.h"
#include "core/memory_pg.h"
#include "core/state_pg.h"
#include "metrics/clusters.h"
#include "metrics/rows_pg.h"

PG_FUNCTION_INFO_V1(mml_metrics_clusters_step);
PG_FUNCTION_INFO_V1(mml_metrics_clusters_combine);
PG_FUNCTION_INFO_V1(mml_metrics_silhouette_final);
PG_FUNCTION_INFO_V1(mml_metrics_silhouette_centroid_final);
PG_FUNCTION_INFO_V1(mml_metrics_davies_bouldin_final);

/* Room for more rows of so many features, which all rows must have. */
static MmlClusterRows *
clusters_room(MmlGrowing *growing, int64 more, int64 dims)
{
	MmlClusterRows *state = (MmlClusterRows *) growing->state;
	Size		width = mml_size_mul((Size) (1 + dims), sizeof(double));

	if (dims > MML_CLUSTERS_MOST_DIMS)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("%lld features are too many", (long long) dims),
				 errdetail("There may be %d.", MML_CLUSTERS_MOST_DIMS)));
	if (state->rows > 0 && state->dims != dims)
		ereport(ERROR,
				(errcode(ERRCODE_DATA_EXCEPTION),
				 errmsg("every row must have the same number of features, not %lld and %lld",
						(long long) state->dims, (long long) dims)));
	state->dims = dims;
	return mml_growing_resize(growing, mml_size_add(sizeof(MmlClusterRows),
													mml_size_mul((Size) (state->rows + more), width)));
}

/* clusters_step(state, features float8[], cluster int) */
Datum
mml_metrics_clusters_step(PG_FUNCTION_ARGS)
{
	MmlGrowing *growing;
	MmlClusterRows *state;
	ArrayType  *array;
	const double *features;
	double	   *row;
	int			dims;

	if (PG_ARGISNULL(1) || PG_ARGISNULL(2))
		return mml_state_unchanged(fcinfo);
	array = PG_GETARG_ARRAYTYPE_P(1);
	dims = mml_features_count(array);
	features = mml_features_vector(array, dims, NULL);
	growing = mml_growing_own(fcinfo, &mml_metrics_clusters_kind);
	state = clusters_room(growing, 1, dims);
	row = state->numbers + (Size) state->rows * (Size) (1 + dims);
	row[0] = PG_GETARG_INT32(2);
	memcpy(row + 1, features, (Size) dims * sizeof(double));
	state->rows++;
	return mml_growing_datum(growing);
}

/* clusters_combine(state, state) */
Datum
mml_metrics_clusters_combine(PG_FUNCTION_ARGS)
{
	MmlGrowing *growing = mml_growing_own(fcinfo, &mml_metrics_clusters_kind);
	const MmlClusterRows *other = mml_state_arg(fcinfo, 1, &mml_metrics_clusters_kind);

	if (other->rows > 0)
	{
		MmlClusterRows *state = clusters_room(growing, other->rows, other->dims);
		Size		width = (Size) (1 + other->dims);

		memcpy(state->numbers + (Size) state->rows * width, other->numbers,
			   (Size) other->rows * width * sizeof(double));
		state->rows += other->rows;
	}
	return mml_growing_datum(growing);
}

/* Rows in order, in memory that is counted until it is freed. */
typedef struct Gathered
{
	MmlClusters clusters;
	double	   *centroid;		/* (clusters, dims) */
	double	   *spread;			/* (clusters) */
	MemoryContext context;
	MmlAccount *account;
	const char *what;
} Gathered;

/* Allocate so many numbers of eight bytes. */
static void *
take(Gathered *gathered, Size count)
{
	Size		bytes = mml_size_mul(Max(count, 1), sizeof(uint64));

	mml_account_reserve(gathered->account, bytes, gathered->what);
	return MemoryContextAllocHuge(gathered->context, bytes);
}

/* Gather the rows of a state, which has some; centroids where they are wanted. */
static void
gather(const MmlClusterRows *state, const char *what, bool centroids, Gathered *gathered)
{
	MmlClusters *clusters = &gathered->clusters;
	Size		rows = (Size) state->rows;
	Size		dims = (Size) state->dims;
	uint64	   *keys;

	gathered->what = what;
	gathered->context = AllocSetContextCreate(CurrentMemoryContext, "mediaml clusters",
											  ALLOCSET_SMALL_SIZES);
	gathered->account = MemoryContextAllocZero(gathered->context, sizeof(MmlAccount));
	mml_account_open(gathered->account, gathered->context);
	keys = take(gathered, 2 * rows);
	mml_metrics_clusters_order(state, keys, keys + rows);
	clusters->rows = rows;
	clusters->dims = dims;
	clusters->clusters = mml_metrics_clusters_count(rows, keys);
	clusters->start = take(gathered, clusters->clusters + 1);
	clusters->x = take(gathered, mml_size_mul(rows, dims));
	mml_metrics_clusters_gather(state, keys, clusters);
	if (!centroids)
		return;
	gathered->spread = take(gathered, clusters->clusters);
	gathered->centroid = take(gathered, mml_size_mul(clusters->clusters, dims));
	mml_metrics_centroids(clusters, gathered->centroid);
}

/* silhouette_final(state) */
Datum
mml_metrics_silhouette_final(PG_FUNCTION_ARGS)
{
	const MmlClusterRows *state = mml_state_arg(fcinfo, 0, &mml_metrics_clusters_kind);
	Gathered	gathered;
	double		silhouette;

	if (state->rows == 0)
		PG_RETURN_NULL();
	gather(state, "silhouette", false, &gathered);
	silhouette = mml_metrics_silhouette(&gathered.clusters);
	MemoryContextDelete(gathered.context);
	return mml_metrics_number_or_null(fcinfo, silhouette);
}

/* silhouette_centroid_final(state) */
Datum
mml_metrics_silhouette_centroid_final(PG_FUNCTION_ARGS)
{
	const MmlClusterRows *state = mml_state_arg(fcinfo, 0, &mml_metrics_clusters_kind);
	Gathered	gathered;
	double		silhouette;

	if (state->rows == 0)
		PG_RETURN_NULL();
	gather(state, "silhouette_centroid", true, &gathered);
	silhouette = mml_metrics_silhouette_centroid(&gathered.clusters, gathered.centroid);
	MemoryContextDelete(gathered.context);
	return mml_metrics_number_or_null(fcinfo, silhouette);
}

/* davies_bouldin_final(state) */
Datum
mml_metrics_davies_bouldin_final(PG_FUNCTION_ARGS)
{
	const MmlClusterRows *state = mml_state_arg(fcinfo, 0, &mml_metrics_clusters_kind);
	Gathered	gathered;
	double		index;

	if (state->rows == 0)
		PG_RETURN_NULL();
	gather(state, "davies_bouldin", true, &gathered);
	index = mml_metrics_davies_bouldin(&gathered.clusters, gathered.centroid, gathered.spread);
	MemoryContextDelete(gathered.context);
	return mml_metrics_number_or_null(fcinfo, index);
}

/*-------------------------------------------------------------------------
 *
 * kmeans_unit.c
 *	  Tests of k-means against plain loops in float8.
 *
 *-------------------------------------------------------------------------
 */
#include "unit.h"

#include <float.h>

#include "envelope_writer.h"
#include "kmeans/kmeans.h"

/* ------------------------------------------------------------- gathering */

/* Rows x (n,d), packed as the server packs them, and a team of one. */
typedef struct Data
{
	MmlBlocks	blocks;			/* first */
	int			n;
	int			d;
	const double *x;
	MmlBlock	block[64];
	KmeansPacking packing;
	MmlColumns	columns;
	double	   *numbers;
	bool		packed;			/* false: pack refused */
	int			wide;			/* columns with lower digits, in all blocks */
	MmlTeam		team;
} Data;

/* Fetch a block. */
static void
fetch(MmlBlocks *blocks, size_t number, MmlBlock *block)
{
	*block = ((Data *) blocks)->block[number];
}

/* Pack one block into room of just its size. */
static size_t
pack_block(Data *data, int first, int rows, MmlBlock *block)
{
	size_t		room = mml_kmeans_block_room(rows, data->d);
	void	   *out = aligned_alloc(64, room);
	size_t		bytes;
	void	   *exact;

	memset(out, 0xff, room);
	mml_columns_add(&data->columns, rows, data->x + (size_t) first * (size_t) data->d);
	bytes = mml_kmeans_pack(&data->packing, rows,
							data->x + (size_t) first * (size_t) data->d,
							&data->columns, out);
	if (bytes > 0)
	{
		exact = aligned_alloc(64, bytes);
		memcpy(exact, out, bytes);
		block->data = exact;
		block->first = (size_t) first;
		block->rows = rows;
		data->wide += mml_kmeans_panels(block, data->d).nwide;
	}
	free(out);
	return bytes;
}

/* Gather x (n,d) in blocks of so many rows. */
static Data *
gather(int n, int d, const double *x, int block_rows)
{
	Data	   *data = calloc(1, sizeof(Data));
	double	   *numbers = calloc((size_t) d * 5, sizeof(double));

	data->n = n;
	data->d = d;
	data->x = x;
	data->numbers = numbers;
	data->columns.cols = d;
	data->columns.mean = numbers;
	data->columns.m2 = numbers + d;
	data->columns.block_mean = numbers + 2 * d;
	data->columns.block_m2 = numbers + 3 * d;
	data->packing.cols = d;
	data->packing.offset = numbers + 4 * d;
	data->blocks.rows = (size_t) n;
	data->blocks.cols = d;
	data->blocks.block_rows = block_rows;
	data->blocks.fetch = fetch;
	data->packed = true;
	for (int first = 0; first < n && data->packed; first += block_rows)
	{
		data->packed = pack_block(data, first, MML_MIN(block_rows, n - first),
								  &data->block[data->blocks.nblocks]) > 0;
		data->blocks.nblocks += data->packed;
	}
	return data;
}

/* Lay out a job for k clusters and so many lanes. */
static KmeansJob *
begin_job(Data *data, int k, int nlanes)
{
	size_t		bytes = mml_kmeans_job_bytes((size_t) data->n, k, data->d, nlanes);

	free(data->team.job);
	data->team.job = aligned_alloc(64, bytes);
	memset(data->team.job, 0, bytes);
	mml_kmeans_job_init(data->team.job, (size_t) data->n, k, data->d);
	data->team.blocks = &data->blocks;
	data->team.nlanes = nlanes;
	data->team.visit = mml_kmeans_lane;
	data->team.pass = mml_team_pass_alone;
	return data->team.job;
}

/* Free all of it. */
static void
discard(Data *data)
{
	for (size_t b = 0; b < data->blocks.nblocks; b++)
		free((void *) (uintptr_t) data->block[b].data);
	free(data->team.job);
	free(data->numbers);
	free(data);
}

/* Centroids c (k,d) in packed units, to out. */
static void
to_packed(const Data *data, int k, const double *c, double *out)
{
	for (int i = 0; i < k * data->d; i++)
		out[i] = (c[i] - data->packing.offset[i % data->d]) * data->packing.scale;
}

/* The squared distance of row i to centroid c, in packed units. */
static double
square(const Data *data, int i, const double *c)
{
	double		sum = 0;

	for (int j = 0; j < data->d; j++)
	{
		double		v = (data->x[i * data->d + j] - data->packing.offset[j]) * data->packing.scale;

		sum += (v - c[j]) * (v - c[j]);
	}
	return sum;
}

/* Make rows around k points on a lattice, d columns, spread sd. */
static double *
make_blobs(uint64_t seed, int n, int d, int k, double apart, double sd)
{
	double	   *x = malloc(sizeof(double) * (size_t) n * (size_t) d);
	MmlRandom	rng;

	mml_random_seed(&rng, seed);
	for (int i = 0; i < n; i++)
		for (int j = 0; j < d; j++)
		{
			uint64_t	digit = (uint64_t) (i % k) >> (j % 8);

			x[i * d + j] = apart * (double) (digit % 4) +
				sd * (mml_random_unit(&rng) + mml_random_unit(&rng) +
					  mml_random_unit(&rng) - 1.5);
		}
	return x;
}

/* --------------------------------------------------------------- packing */

/*
 * What comes out of a block is what went in: to 2^-45 of its size where lower
 * digits are kept, else to a millionth of the column's spread.
 */
TEST(pack_and_unpack)
{
	static const int ns[] = {1, 15, 16, 17, 100, 333};
	static const int ds[] = {1, 2, 5, 17};

	for (int t = 0; t < 24; t++)
	{
		int			n = ns[t % 6];
		int			d = ds[t / 6];
		double	   *x = make_blobs((uint64_t) t, n, d, 3, 10, 1);
		double		row[17];
		Data	   *data;

		for (int i = 0; i < n; i++)
			x[i * d] = 1.7e9 + 60 * x[i * d];	/* a Unix time */
		data = gather(n, d, x, 48);
		CHECK(data->packed);
		for (int i = 0; i < n; i++)
		{
			KmeansPanels p = mml_kmeans_panels(&data->block[i / 48], d);

			mml_kmeans_row(&p, i % 48, row);
			for (int j = 0; j < d; j++)
				CHECK_NEAR(row[j] / data->packing.scale + data->packing.offset[j],
						   x[i * d + j],
						   fabs(x[i * d + j]) * 0x1p-50 + fabs(row[j] / data->packing.scale) * 0x1p-45);
		}
		discard(data);
		free(x);
	}
}

/* Behind the first 16,384 rows only columns that need it keep lower digits. */
TEST(pack_wide_columns)
{
	int			n = 20000;
	int			d = 3;
	double	   *x = make_blobs(1, n, d, 3, 1, 1);
	double		row[3];
	Data	   *data;

	for (int i = 0; i < n; i++)
		x[i * d + 1] = 1.7e9 + 1.1 * i; /* sorted by time: the mean runs away */
	x[19999 * d] = 1e6;			/* an outlier at the end */
	data = gather(n, d, x, 4096);
	CHECK(data->packed && data->blocks.nblocks == 5);
	CHECK(mml_kmeans_panels(&data->block[0], d).nwide == 3);
	CHECK(mml_kmeans_panels(&data->block[3], d).nwide == 3);
	CHECK(mml_kmeans_panels(&data->block[4], d).nwide < 3);
	for (int i = 16384; i < n; i++)
	{
		KmeansPanels p = mml_kmeans_panels(&data->block[4], d);

		mml_kmeans_row(&p, i - 16384, row);
		for (int j = 0; j < d; j++)
			CHECK_NEAR(row[j] / data->packing.scale + data->packing.offset[j], x[i * d + j],
					   1e-6 * sqrt(data->columns.m2[j] / n) + fabs(x[i * d + j]) * 1e-15);
	}
	discard(data);
	free(x);
}

TEST(pack_too_far)
{
	double		x[64];
	Data	   *data;

	/* one number that no float4 reaches, in the first block or a later one */
	for (int at = 0; at < 64; at += 63)
		for (int s = -1; s <= 1; s += 2)
		{
			for (int i = 0; i < 64; i++)
				x[i] = 1e-30 * i;
			x[at] = s * 1e300;
			data = gather(64, 1, x, 32);
			CHECK(!data->packed);
			discard(data);
		}
	/* all of them, so that their sum or squares overflow */
	for (int i = 0; i < 64; i++)
		x[i] = i % 2 == 0 ? 1.7e308 : -1.7e308;
	data = gather(64, 1, x, 32);
	CHECK(!data->packed);
	discard(data);
	/* spreads so large or small that only their squares fit */
	for (int e = -150; e <= 150; e += 50)
	{
		for (int i = 0; i < 64; i++)
			x[i] = i % 2 == 0 ? pow(10, e) : 0;
		data = gather(64, 1, x, 32);
		CHECK(data->packed);
		CHECK_NEAR(log2(data->packing.scale * pow(10, e)), 1, 1);
		discard(data);
	}
}

TEST(pack_constant)
{
	double		x[40];
	Data	   *data;

	for (int i = 0; i < 40; i++)
		x[i] = 1e308;
	data = gather(40, 1, x, 16);
	CHECK(data->packed && data->packing.scale == 1 && data->packing.offset[0] == 1e308);
	discard(data);
}

/* ------------------------------------------------------------ assignment */

/*
 * One pass: labels are those of float8 but where two centroids are as near as
 * makes no difference; sums, sizes and inertia belong to the labels.
 */
static void
check_pass(Data *data, int k, const double *centers, int nlanes)
{
	KmeansJob  *job = begin_job(data, k, nlanes);
	int			d = data->d;
	uint16_t   *labels = mml_kmeans_labels(job);
	double	   *sums = calloc((size_t) k * (size_t) d, sizeof(double));
	int64_t    *sizes = calloc((size_t) k, sizeof(int64_t));
	double		inertia = 0;
	double		found = 0;

	memcpy(mml_kmeans_centers(job), centers, sizeof(double) * (size_t) k * (size_t) d);
	mml_kmeans_set_centers(job);
	job->task = KMEANS_FINISH;
	job->fresh = 1;
	data->team.pass(&data->team);

	for (int i = 0; i < data->n; i++)
	{
		double		least = INFINITY;
		double		chosen;

		CHECK(labels[i] < k);
		for (int c = 0; c < k; c++)
			least = fmin(least, square(data, i, centers + c * d));
		chosen = square(data, i, centers + labels[i] * d);
		CHECK_NEAR(chosen, least, least * 2e-6 + 1e-290);
		inertia += chosen;
		sizes[labels[i]]++;
		for (int j = 0; j < d; j++)
			sums[labels[i] * d + j] += (data->x[i * d + j] - data->packing.offset[j]) * data->packing.scale;
	}
	for (int l = 0; l < nlanes; l++)
	{
		KmeansLane	lane = mml_kmeans_get_lane(job, l);

		found += lane.head->inertia;
		for (int c = 0; c < k; c++)
			sizes[c] -= lane.sizes[c];
		for (int j = 0; j < k * d; j++)
			sums[j] -= lane.sums[j];
	}
	CHECK_NEAR(found, inertia, 1e-9 * inertia + 1e-24);
	for (int c = 0; c < k; c++)
	{
		CHECK(sizes[c] == 0);
		for (int j = 0; j < d; j++)
			CHECK_NEAR(sums[c * d + j], 0, 1e-7 * data->n);
	}
	free(sums);
	free(sizes);
}

/* Take every so many-th row as a centroid. */
static double *
rows_as_centers(const Data *data, int k)
{
	double	   *raw = malloc(sizeof(double) * (size_t) k * (size_t) data->d);

	for (int c = 0; c < k; c++)
		memcpy(raw + c * data->d, data->x + (size_t) (c * 7 % data->n) * (size_t) data->d,
			   sizeof(double) * (size_t) data->d);
	to_packed(data, k, raw, raw);
	return raw;
}

TEST(assign_of_all_shapes)
{
	static const int ns[] = {1, 2, 16, 31, 200};
	static const int ds[] = {1, 2, 3, 7, 8, 16, 33};
	static const int ks[] = {1, 2, 5, 6, 7, 12, 40};

	for (int t = 0; t < 5 * 7 * 7; t++)
	{
		int			n = ns[t % 5];
		int			d = ds[t / 5 % 7];
		int			k = ks[t / 35];
		double	   *x = make_blobs((uint64_t) t, n, d, 5, 3, 1);
		Data	   *data = gather(n, d, x, 64);
		double	   *centers = rows_as_centers(data, k);

		check_pass(data, k, centers, (int) data->blocks.nblocks);
		check_pass(data, k, centers, 1);
		free(centers);
		discard(data);
		free(x);
	}
}

/* Offsets, scales, outliers: what float4 alone would lose. */
TEST(assign_hard_numbers)
{
	for (int hard = 0; hard < 6; hard++)
	{
		int			n = 500;
		int			d = 4;
		double	   *x = make_blobs((uint64_t) hard, n, d, 5, 3, 1);
		double	   *centers;
		Data	   *data;

		for (int i = 0; i < n * d; i++)
		{
			if (hard == 0)
				x[i] += 1e9;
			if (hard == 1)
				x[i] *= 1e-120;
			if (hard == 2)
				x[i] *= 1e120;
			if (hard == 3 && i % 401 == 0)
				x[i] += 1e6;
			if (hard == 4 && i % d == 1)
				x[i] = 1.7e9 + 1e-3 * x[i];
			if (hard == 5)
				x[i] = round(x[i]); /* duplicates, and ties */
		}
		data = gather(n, d, x, 128);
		centers = rows_as_centers(data, 20);
		check_pass(data, 20, centers, 2);
		free(centers);
		discard(data);
		free(x);
	}
}

/* A first block without spread, then numbers so small that float4 underflows. */
TEST(assign_tiny_behind_a_constant)
{
	for (int e = -38; e <= -15; e++)
	{
		double	   *x = make_blobs(9, 320, 2, 5, 3, 1);
		double	   *centers;
		Data	   *data;

		for (int i = 0; i < 640; i++)
			x[i] = i < 64 ? 0 : x[i] * pow(10, e);
		data = gather(320, 2, x, 32);
		CHECK(data->packing.scale == 1);
		centers = rows_as_centers(data, 9);
		check_pass(data, 9, centers, 3);
		free(centers);
		discard(data);
		free(x);
	}
}

/* Of equally near centroids the first is taken; an absent one never. */
TEST(assign_ties_and_absent)
{
	double		x[36];
	double		centers[8] = {-1, 1, 1, -1, 3, 3, 0, 0};
	Data	   *data;
	KmeansJob  *job;

	for (int i = 0; i < 36; i++)
		x[i] = i % 3 - 1;		/* -1, 0, 1 */
	data = gather(36, 1, x, 16);
	to_packed(data, 8, centers, centers);
	job = begin_job(data, 8, 1);
	memcpy(mml_kmeans_centers(job), centers, sizeof(centers));
	mml_kmeans_absent(job)[6] = 1;
	mml_kmeans_absent(job)[7] = 1;
	mml_kmeans_set_centers(job);
	job->task = KMEANS_ASSIGN;
	job->fresh = 1;
	data->team.pass(&data->team);
	for (int i = 0; i < 36; i++)
		CHECK(mml_kmeans_labels(job)[i] == (i % 3 == 2 ? 1 : 0));

	/* none may be near, by distances that overflow: some label all the same */
	for (int c = 0; c < 8; c++)
		mml_kmeans_centers(job)[c] = c % 2 == 0 ? DBL_MAX : -DBL_MAX;
	mml_kmeans_set_centers(job);
	data->team.pass(&data->team);
	for (int i = 0; i < 36; i++)
		CHECK(mml_kmeans_labels(job)[i] < 8);
	discard(data);
}

/* ------------------------------------------------------------------ Lloyd */

/* Lloyd's algorithm in plain loops, to the end; centers (k,d) as they go. */
static double
naive_lloyd(const Data *data, int k, double *centers, int *labels)
{
	int			d = data->d;
	double	   *sums = malloc(sizeof(double) * (size_t) k * (size_t) d);
	int		   *sizes = malloc(sizeof(int) * (size_t) k);
	double		inertia = 0;
	bool		changed = true;

	for (int i = 0; i < data->n; i++)
		labels[i] = -1;
	while (changed)
	{
		changed = false;
		inertia = 0;
		memset(sums, 0, sizeof(double) * (size_t) k * (size_t) d);
		memset(sizes, 0, sizeof(int) * (size_t) k);
		for (int i = 0; i < data->n; i++)
		{
			double		least = INFINITY;
			int			nearest = 0;

			for (int c = 0; c < k; c++)
			{
				double		s = square(data, i, centers + c * d);

				if (s < least)
				{
					least = s;
					nearest = c;
				}
			}
			changed |= labels[i] != nearest;
			labels[i] = nearest;
			inertia += least;
			sizes[nearest]++;
			for (int j = 0; j < d; j++)
				sums[nearest * d + j] += (data->x[i * d + j] - data->packing.offset[j]) * data->packing.scale;
		}
		for (int c = 0; c < k; c++)
			for (int j = 0; j < d && sizes[c] > 0; j++)
				centers[c * d + j] = sums[c * d + j] / sizes[c];
	}
	free(sums);
	free(sizes);
	return inertia;
}

TEST(lloyd_against_plain_loops)
{
	static const int shapes[][4] = {	/* n, d, k, block_rows */
		{150, 4, 3, 4096}, {500, 1, 5, 64}, {1000, 2, 10, 128},
		{300, 20, 4, 32}, {800, 3, 13, 48}, {2000, 5, 8, 512}
	};

	for (int t = 0; t < 6; t++)
	{
		int			n = shapes[t][0];
		int			d = shapes[t][1];
		int			k = shapes[t][2];
		double	   *x = make_blobs((uint64_t) t + 100, n, d, k, 1, 1);
		Data	   *data = gather(n, d, x, shapes[t][3]);
		double	   *centers = rows_as_centers(data, k);
		double	   *naive = rows_as_centers(data, k);
		int64_t    *sizes = malloc(sizeof(int64_t) * (size_t) k);
		int		   *labels = malloc(sizeof(int) * (size_t) n);
		KmeansJob  *job = begin_job(data, k, MML_MIN(4, (int) data->blocks.nblocks));
		KmeansFit	fit;
		double		inertia = naive_lloyd(data, k, naive, labels);

		CHECK(mml_kmeans_lloyd(&data->team, k, 1000, 0, centers, sizes, &fit) == MML_OK);
		CHECK(fit.converged);
		CHECK_NEAR(fit.inertia, inertia, 1e-9 * inertia);
		for (int i = 0; i < k * d; i++)
			CHECK_NEAR(centers[i], naive[i], 1e-9);
		for (int i = 0; i < n; i++)
			CHECK(mml_kmeans_labels(job)[i] == labels[i]);
		for (int c = 0; c < k; c++)
			for (int i = 0; i < n; i++)
				sizes[c] -= labels[i] == c;
		for (int c = 0; c < k; c++)
			CHECK(sizes[c] == 0);
		free(labels);
		free(sizes);
		free(naive);
		free(centers);
		discard(data);
		free(x);
	}
}

/* Lanes in reverse order, as late workers may take them. */
static void
pass_in_reverse(MmlTeam *team)
{
	for (int l = team->nlanes - 1; l >= 0; l--)
		team->visit(team->job, team->blocks, l, team->nlanes);
}

TEST(lanes_in_any_order)
{
	int			n = 3000;
	int			k = 9;
	double	   *x = make_blobs(3, n, 3, k, 1, 1);
	Data	   *data = gather(n, 3, x, 64);
	double		centers[2][27];
	int64_t		sizes[2][9];
	KmeansFit	fit[2];
	size_t		bytes = mml_kmeans_job_bytes((size_t) n, k, 3, 32);
	void	   *jobs[2];

	for (int r = 0; r < 2; r++)
	{
		double	   *first = rows_as_centers(data, k);

		memcpy(centers[r], first, sizeof(centers[r]));
		free(first);
		begin_job(data, k, 32);
		if (r == 1)
			data->team.pass = pass_in_reverse;
		memset(&fit[r], 0, sizeof(KmeansFit));
		mml_kmeans_lloyd(&data->team, k, 300, 0, centers[r], sizes[r], &fit[r]);
		jobs[r] = memcpy(malloc(bytes), data->team.job, bytes);
	}
	CHECK(memcmp(centers[0], centers[1], sizeof(centers[0])) == 0);
	CHECK(memcmp(sizes[0], sizes[1], sizeof(sizes[0])) == 0);
	CHECK(memcmp(&fit[0].inertia, &fit[1].inertia, sizeof(double)) == 0);
	CHECK(fit[0].iterations == fit[1].iterations);
	CHECK(memcmp(mml_kmeans_labels(jobs[0]), mml_kmeans_labels(jobs[1]),
				 sizeof(uint16_t) * (size_t) n) == 0);
	free(jobs[0]);
	free(jobs[1]);
	discard(data);
	free(x);
}

static double last_objective;
static int	reports;

/* Inertia never rises from one report to the next. */
static void
check_progress(MmlTeam *team, int iteration, double objective, double change)
{
	(void) team;
	CHECK(iteration == ++reports);
	CHECK(objective <= last_objective * (1 + 1e-12));
	CHECK(iteration == 1 || fabs(last_objective - objective - change) <= 1e-9 * objective);
	last_objective = objective;
}

TEST(progress_never_rises)
{
	double	   *x = make_blobs(8, 1000, 3, 6, 1, 1);
	Data	   *data = gather(1000, 3, x, 256);
	double	   *centers = rows_as_centers(data, 12);
	int64_t		sizes[12];
	KmeansFit	fit;

	begin_job(data, 12, 2)->unit = 2.5;
	data->team.progress = check_progress;
	last_objective = INFINITY;
	reports = 0;
	mml_kmeans_lloyd(&data->team, 12, 300, 0, centers, sizes, &fit);
	CHECK(reports == fit.iterations);
	CHECK_NEAR(fit.inertia * 2.5, last_objective, 1e-9 * last_objective);
	free(centers);
	discard(data);
	free(x);
}

TEST(max_iter_and_tol)
{
	double	   *x = make_blobs(8, 1000, 2, 6, 1, 1);
	Data	   *data = gather(1000, 2, x, 256);
	int64_t		sizes[12];
	KmeansFit	fit;

	for (int stop = 1; stop < 5; stop++)
	{
		double	   *centers = rows_as_centers(data, 12);

		begin_job(data, 12, 2);
		CHECK(mml_kmeans_lloyd(&data->team, 12, stop, 0, centers, sizes, &fit) == MML_NOT_CONVERGED);
		CHECK(fit.iterations == stop && !fit.converged);
		free(centers);
	}
	{
		double	   *centers = rows_as_centers(data, 12);

		begin_job(data, 12, 2);
		CHECK(mml_kmeans_lloyd(&data->team, 12, 300, 1e9, centers, sizes, &fit) == MML_OK);
		CHECK(fit.iterations == 1 && fit.converged);
		free(centers);
	}
	discard(data);
	free(x);
}

/* --------------------------------------------------------- empty clusters */

/*
 * Of k centroids only some are known, or all are equal, or most lie far away:
 * in the end every cluster has rows, and what was never set is never read.
 */
TEST(empty_clusters_are_filled)
{
	int			n = 600;
	int			k = 7;

	for (int t = 0; t < 5 * 3; t++)
	{
		double	   *x = make_blobs(4, n, 2, 7, 10, 1);
		Data	   *data = gather(n, 2, x, 64);
		double	   *centers = rows_as_centers(data, k);
		int64_t		sizes[7];
		KmeansFit	fit;
		int			present = t % 5 < 2 ? 1 + t % 5 : k;
		int			max_iter = t / 5 == 0 ? 300 : t / 5;

		for (int i = 2 * present; i < 2 * k; i++)
			centers[i] = NAN;
		for (int i = 2; i < 2 * k && present == k; i++)
			centers[i] = t % 5 == 2 ? centers[i - 2] : t % 5 == 3 ? 1e5 + i : 1e300;
		begin_job(data, k, 3);
		CHECK(mml_kmeans_lloyd(&data->team, present, max_iter, 0, centers, sizes, &fit) != MML_TOO_FEW_DISTINCT);
		for (int c = 0; c < k; c++)
			CHECK(sizes[c] > 0 || max_iter < 300);
		for (int i = 0; i < 2 * k; i++)
			CHECK(isfinite(centers[i]));
		CHECK(isfinite(fit.inertia));
		free(centers);
		discard(data);
		free(x);
	}
}

/* Rare rows in one lane that fill one cluster a round: past max_iter too. */
TEST(empty_clusters_at_max_iter)
{
	double		x[1000] = {0};
	double		centers[4] = {0, NAN, NAN, NAN};
	int64_t		sizes[4];
	KmeansFit	fit;
	Data	   *data;

	x[500] = x[501] = x[502] = x[503] = 5;
	x[504] = 2;
	x[505] = 1;
	data = gather(1000, 1, x, 1008);
	to_packed(data, 1, centers, centers);
	begin_job(data, 4, 1);
	CHECK(mml_kmeans_lloyd(&data->team, 1, 1, 0, centers, sizes, &fit) != MML_TOO_FEW_DISTINCT);
	CHECK(sizes[0] == 994);
	CHECK(sizes[1] + sizes[2] + sizes[3] == 6);
	for (int c = 0; c < 4; c++)
		CHECK(sizes[c] > 0 && isfinite(centers[c]));
	discard(data);
}

TEST(too_few_distinct)
{
	for (int distinct = 1; distinct <= 5; distinct++)
	{
		double		x[200];
		double		centers[6];
		int64_t		sizes[6];
		KmeansFit	fit;
		Data	   *data;

		for (int i = 0; i < 200; i++)
			x[i] = 1e9 + 1e-3 * (i % distinct);
		data = gather(200, 1, x, 64);
		for (int c = 0; c < 6; c++)
			centers[c] = x[c];
		to_packed(data, 6, centers, centers);
		begin_job(data, 6, 2);
		CHECK(mml_kmeans_lloyd(&data->team, 6, 300, 0, centers, sizes, &fit) == MML_TOO_FEW_DISTINCT);
		CHECK(fit.distinct == distinct);
		begin_job(data, distinct, 2);
		CHECK(mml_kmeans_lloyd(&data->team, distinct, 300, 0, centers, sizes, &fit) == MML_OK);
		CHECK(fit.inertia <= 1e-20);
		discard(data);
	}
}

/* Equal rows are equal, whether their block keeps their lower digits or not. */
TEST(too_few_distinct_of_many_rows)
{
	int			n = 40000;
	double	   *x = malloc(sizeof(double) * (size_t) n);
	double		centers[3];
	int64_t		sizes[3];
	KmeansFit	fit;
	Data	   *data;

	for (int i = 0; i < n; i++)
		x[i] = i % 20 == 0 ? 0.1 : 0.7;
	data = gather(n, 1, x, 4096);
	CHECK(data->wide == 4);
	for (int known = 2; known <= 3; known++)
	{
		to_packed(data, 3, x, centers);
		begin_job(data, 3, 4)->loss = mml_kmeans_loss(&data->packing, &data->columns);
		CHECK(mml_kmeans_lloyd(&data->team, known, 300, 0, centers, sizes, &fit) == MML_TOO_FEW_DISTINCT);
		CHECK(fit.distinct == 2);
	}
	begin_job(data, 2, 4);
	CHECK(mml_kmeans_lloyd(&data->team, 1, 1, 0, centers, sizes, &fit) != MML_TOO_FEW_DISTINCT);
	CHECK(sizes[0] == 2000 && sizes[1] == 38000);
	discard(data);
	free(x);
}

/* Orders rows as the list of far ones is. */
static int
compare_far(const void *a, const void *b)
{
	const KmeansFar *f = a;
	const KmeansFar *g = b;

	if (f->distance != g->distance)
		return f->distance > g->distance ? -1 : 1;
	return f->row < g->row ? -1 : f->row > g->row;
}

TEST(far_rows_against_sorting)
{
	MmlRandom	rng;

	mml_random_seed(&rng, 1);
	for (int wanted = 1; wanted < 40; wanted += 3)
	{
		KmeansFar	all[200];
		KmeansLaneHead head = {0};
		KmeansLane	lane = {&head, NULL, NULL, NULL, NULL};
		int			n = (int) mml_random_below(&rng, 200) + 1;
		int			kept = MML_MIN(n, wanted);

		lane.far = malloc(sizeof(KmeansFar) * (size_t) wanted);
		for (int i = 0; i < n; i++)
		{
			all[i].distance = (double) mml_random_below(&rng, 20);
			all[i].row = (uint64_t) i;
			mml_kmeans_keep_far(&lane, wanted, all[i]);
		}
		qsort(all, (size_t) n, sizeof(KmeansFar), compare_far);
		CHECK(head.nfar == kept);
		mml_kmeans_sort_far(lane.far, head.nfar);
		for (int i = 0; i < kept; i++)
			CHECK(compare_far(&all[i], &lane.far[i]) == 0);
		free(lane.far);
	}
}

/* -------------------------------------------------------- first centroids */

/* A sample of all rows of x, and scratch. */
static float *
whole_sample(Data *data)
{
	size_t		n = (size_t) data->n;
	size_t	   *chosen = malloc(sizeof(size_t) * n);
	float	   *sample = malloc(sizeof(float) * n * (size_t) data->d);

	for (size_t i = 0; i < n; i++)
		chosen[i] = i;
	mml_kmeans_sample(&data->blocks, n, chosen, sample);
	free(chosen);
	return sample;
}

TEST(plusplus_finds_separate_clusters)
{
	int			n = 900;

	for (uint64_t seed = 0; seed < 30; seed++)
	{
		int			k = 2 + (int) seed % 10;
		double	   *x = malloc(sizeof(double) * (size_t) n * 2);
		float	   *scratch = malloc(sizeof(float) * (size_t) n * 3);
		double	   *centers = malloc(sizeof(double) * (size_t) k * 2);
		bool		taken[12] = {false};
		MmlRandom	rng;
		Data	   *data;
		float	   *sample;

		mml_random_seed(&rng, seed);
		for (int i = 0; i < n * 2; i++)
			x[i] = 1e4 * (i / 2 % k) + mml_random_unit(&rng);
		data = gather(n, 2, x, 256);
		sample = whole_sample(data);
		CHECK(mml_kmeans_plusplus(&rng, (size_t) n, 2, k, sample, scratch,
								  scratch + n, scratch + 2 * n, centers) == k);
		for (int c = 0; c < k; c++)
		{
			double		raw = centers[2 * c] / data->packing.scale + data->packing.offset[0];
			int			blob = (int) (raw / 1e4);

			CHECK(blob >= 0 && blob < k && !taken[blob]);
			taken[blob] = true;
		}
		free(sample);
		discard(data);
		free(centers);
		free(scratch);
		free(x);
	}
}

/* Fewer distinct rows than centroids; and an outlier whose square is infinite. */
TEST(first_centroids_few_or_far)
{
	double		x[300];
	float		scratch[900];
	size_t		order[300];
	double		centers[10];
	MmlRandom	rng;

	mml_random_seed(&rng, 2);
	for (int distinct = 1; distinct < 10; distinct++)
	{
		Data	   *data;
		float	   *sample;

		for (int i = 0; i < 300; i++)
			x[i] = i % distinct;
		data = gather(300, 1, x, 128);
		sample = whole_sample(data);
		CHECK(mml_kmeans_plusplus(&rng, 300, 1, 10, sample, scratch, scratch + 300,
								  scratch + 600, centers) == distinct);
		CHECK(mml_kmeans_random(&rng, 300, 1, 10, sample, order, centers) == distinct);
		free(sample);
		discard(data);
	}
	for (int trial = 0; trial < 20; trial++)
	{
		double		found[2][4];

		for (int fill = 0; fill < 2; fill++)
		{
			Data	   *data;
			float	   *sample;

			for (int i = 0; i < 300; i++)
				x[i] = i % 7;
			x[299] = 1e25;
			data = gather(300, 1, x, 128);
			CHECK(data->packed);
			sample = whole_sample(data);
			/* whatever scratch holds before, the answer is the same */
			for (int i = 0; i < 900; i++)
				scratch[i] = (float) (fill * i);
			mml_random_seed(&rng, (uint64_t) trial);
			CHECK(mml_kmeans_plusplus(&rng, 300, 1, 4, sample, scratch, scratch + 300,
									  scratch + 600, found[fill]) == 4);
			free(sample);
			discard(data);
		}
		CHECK(memcmp(found[0], found[1], sizeof(found[0])) == 0);
	}
}

TEST(sample_sizes)
{
	CHECK(mml_kmeans_sample_rows(10, 3) == 10);
	CHECK(mml_kmeans_sample_rows(1000000, 3) == 16384);
	CHECK(mml_kmeans_sample_rows(1000000, 1000) == 32000);
	CHECK(mml_kmeans_sample_rows(1000, MML_KMEANS_MAX_K) == 1000);
}

/* ----------------------------------------------------------------- models */

/* The numbers of a model with 3 centroids of 2 features. */
typedef struct Numbers
{
	double		centroids[6];
	int64_t		sizes[3];
	double		overall[2];
	double		summary[KMEANS_SUMMARY];
} Numbers;

static const Numbers sound = {
	{0, 0, 1, 1, -2, 5}, {4, 0, 2}, {0.5, 1.5}, {12.5, 7, 1, 3, KMEANS_PLUSPLUS, 300, 1, 5, 1e-4}
};

/* Write it, with lists of texts of so many bytes. */
static char *
write_model(const Numbers *numbers, const char *names, size_t name_bytes,
			const char *kernels, size_t kernel_bytes, size_t *length)
{
	TestSection sections[] = {
		{"centroids", MML_F64, 8, 3, 2, numbers->centroids},
		{"sizes", MML_I64, 8, 3, 1, numbers->sizes},
		{"overall", MML_F64, 8, 1, 2, numbers->overall},
		{"summary", MML_F64, 8, KMEANS_SUMMARY, 1, numbers->summary},
		{"names", MML_U8, 1, name_bytes, 1, names},
		{"kernels", MML_U8, 1, kernel_bytes, 1, kernels},
	};

	return write_envelope("kmeans", 6, sections, length);
}

/* Open, parse and use a model in room of just its size. */
static bool
parses(const char *model, size_t length)
{
	char	   *copy = copy_model(model, length);
	const double x[2] = {1, 2};
	MmlEnvelope env;
	KmeansModel parsed;
	double		distance = 0;
	bool		good = mml_envelope_open(&env, copy, length) == NULL &&
		mml_kmeans_parse(&env, &parsed) == NULL;

	if (good && parsed.d == 2)
	{
		int			nearest = mml_kmeans_nearest(&parsed, x, &distance);

		good = nearest >= 0 && nearest < parsed.k && distance >= 0;
	}
	for (size_t i = 0; good && i < parsed.names.count; i++)
		good = strlen(mml_texts_get(&parsed.names, i)) < length;
	free_model(copy);
	return good;
}

/* Does a model with these numbers parse? */
static bool
numbers_parse(const Numbers *numbers)
{
	size_t		length;
	char	   *model = write_model(numbers, "a\0b", 4, "avx2", 5, &length);
	bool		good = parses(model, length);

	free_model(model);
	return good;
}

/* The squared distance of a row to a cluster. */
static double
square_to(const KmeansModel *model, const double *x, int cluster)
{
	return mml_kmeans_distance(model->d, x, model->centroids + cluster * model->d);
}

TEST(model_is_read)
{
	size_t		length;
	char	   *model = write_model(&sound, "a\0b", 4, "avx2", 5, &length);
	const double x[2] = {0.9, 0.8};
	const double tie[2] = {0.5, 0.5};
	const double far[2] = {1e200, 1e200};
	MmlEnvelope env;
	KmeansModel parsed;
	double		distance;
	double		parts[2];
	MmlExplanation e = {.class = -1,.parts = parts};

	CHECK(mml_envelope_open(&env, model, length) == NULL);
	CHECK(mml_kmeans_parse(&env, &parsed) == NULL);
	CHECK(parsed.k == 3 && parsed.d == 2 && parsed.rows == 6);
	CHECK(parsed.names.count == 2 && strcmp(mml_texts_get(&parsed.names, 1), "b") == 0);
	CHECK(parsed.summary[KMEANS_ITERATIONS] == 7);
	CHECK(mml_kmeans_nearest(&parsed, x, &distance) == 1);
	CHECK_NEAR(distance, 0.05, 1e-15);
	CHECK(mml_kmeans_nearest(&parsed, tie, &distance) == 0);
	CHECK(mml_kmeans_nearest(&parsed, far, &distance) == 0);
	CHECK(mml_kmeans_explain(&parsed, x, &e) && e.class == 1 && e.against != 1);
	CHECK_NEAR(e.base + parts[0] + parts[1], square_to(&parsed, x, e.against) - 0.05, 1e-15);
	e.class = e.against;
	CHECK(mml_kmeans_explain(&parsed, x, &e) && e.against == 1);
	CHECK_NEAR(e.base + parts[0] + parts[1], 0.05 - square_to(&parsed, x, e.class), 1e-15);
	e.class = -1;
	CHECK(mml_kmeans_explain(&parsed, far, &e) && isfinite(parts[0]));
	parsed.k = 1;
	e.class = 0;
	CHECK(!mml_kmeans_explain(&parsed, x, &e));
	free_model(model);
	model = write_model(&sound, NULL, 0, "", 1, &length);
	CHECK(parses(model, length));
	free_model(model);
}

TEST(model_with_impossible_numbers)
{
	static const double bad[] = {NAN, INFINITY, -INFINITY};
	Numbers		n;

	CHECK(numbers_parse(&sound));
	for (int b = 0; b < 3; b++)
	{
		for (int i = 0; i < 6; i++)
		{
			n = sound;
			n.centroids[i] = bad[b];
			CHECK(!numbers_parse(&n));
		}
		for (int i = 0; i < 2; i++)
		{
			n = sound;
			n.overall[i] = bad[b];
			CHECK(!numbers_parse(&n));
		}
		for (int i = 0; i < KMEANS_SUMMARY; i++)
		{
			n = sound;
			n.summary[i] = bad[b];
			CHECK(!numbers_parse(&n));
			n.summary[i] = -1;
			CHECK(i == KMEANS_SEED || !numbers_parse(&n));
			n.summary[i] = 1e300;
			CHECK(i == KMEANS_INERTIA || i == KMEANS_TOL || !numbers_parse(&n));
		}
	}
	n = sound;
	n.summary[KMEANS_CONVERGED] = 0.5;
	CHECK(!numbers_parse(&n));
	n = sound;
	n.sizes[1] = -1;
	CHECK(!numbers_parse(&n));
	n = sound;
	n.sizes[1] = INT64_MAX;		/* the sum wraps */
	CHECK(!numbers_parse(&n));
	n = sound;
	memset(n.sizes, 0, sizeof(n.sizes));
	CHECK(!numbers_parse(&n));
}

TEST(model_with_impossible_texts)
{
	static const struct
	{
		const char *names;
		size_t		name_bytes;
		const char *kernels;
		size_t		kernel_bytes;
	}			bad[] = {
		{"a", 2, "x", 2}, {"a\0b\0c", 6, "x", 2}, {"a\0bc", 4, "x", 2},
		{"", 0, "", 0}, {"a\0b", 4, "x\0y", 4}, {"a\0b", 4, "x", 1}
	};

	for (int i = 0; i < 6; i++)
	{
		size_t		length;
		char	   *model = write_model(&sound, bad[i].names, bad[i].name_bytes,
										bad[i].kernels, bad[i].kernel_bytes,
										&length);

		CHECK(!parses(model, length));
		free_model(model);
	}
}

/* Sections missing, doubled, swapped, or of another shape or type. */
TEST(model_with_other_sections)
{
	static const TestSection good[] = {
		{"centroids", MML_F64, 8, 3, 2, &sound.centroids},
		{"sizes", MML_I64, 8, 3, 1, &sound.sizes},
		{"overall", MML_F64, 8, 1, 2, &sound.overall},
		{"summary", MML_F64, 8, KMEANS_SUMMARY, 1, &sound.summary},
		{"names", MML_U8, 1, 0, 1, NULL},
		{"kernels", MML_U8, 1, 2, 1, "x"},
	};

	for (int i = 0; i < 6; i++)
		for (int what = 0; what < 5; what++)
		{
			TestSection s[8];
			int			n = 6;
			size_t		length;
			char	   *model;

			memcpy(s, good, sizeof(good));
			if (what == 0)
				memmove(&s[i], &s[i + 1], sizeof(TestSection) * (size_t) (--n - i));
			if (what == 1)
				s[n++] = s[i];
			if (what == 2)
			{
				s[i] = good[(i + 1) % 6];
				s[(i + 1) % 6] = good[i];
			}
			if (what == 3)
			{
				s[i].cols = good[i].rows;	/* turned round */
				s[i].rows = good[i].cols;
			}
			if (what == 4)
				s[i].type = good[i].type == MML_F64 ? MML_I64 :
					good[i].type == MML_I64 ? MML_F64 : good[i].type;
			model = write_envelope("kmeans", n, s, &length);
			CHECK(!parses(model, length) || (what == 4 && i >= 4));
			free_model(model);
		}
}

/* No centroids, no features, too many of them; none of it is there. */
TEST(model_of_impossible_shape)
{
	static const size_t shapes[][2] = {{0, 2}, {3, 0}, {0, 0}, {0, SIZE_MAX}, {SIZE_MAX, 0}};

	for (int i = 0; i < 5; i++)
	{
		TestSection s[] = {
			{"centroids", MML_F64, 8, shapes[i][0], shapes[i][1], NULL},
			{"sizes", MML_I64, 8, shapes[i][0] == SIZE_MAX ? 0 : shapes[i][0], 1, &sound.sizes},
			{"overall", MML_F64, 8, 1, shapes[i][1] == SIZE_MAX ? 0 : shapes[i][1], &sound.overall},
			{"summary", MML_F64, 8, KMEANS_SUMMARY, 1, &sound.summary},
			{"names", MML_U8, 1, 0, 1, NULL},
			{"kernels", MML_U8, 1, 2, 1, "x"},
		};
		size_t		length;
		char	   *model = write_envelope("kmeans", 6, s, &length);

		CHECK(!parses(model, length));
		free_model(model);
	}
}

/* Every byte changed to every other, and every length: nothing read outside. */
TEST(model_bytes_changed)
{
	size_t		length;
	char	   *model = write_model(&sound, "a\0b", 4, "avx2", 5, &length);

	for (size_t n = 0; n < length; n++)
		CHECK(!parses(model, n));
	for (size_t i = 0; i < length; i++)
	{
		char		old = model[i];

		for (int change = 1; change < 256; change++)
		{
			model[i] = (char) (old ^ change);
			(void) parses(model, length);
		}
		model[i] = old;
	}
	CHECK(parses(model, length));
	free_model(model);
}

/* ------------------------------------------------------------ known answer */

#include "kmeans_golden.h"

TEST(golden_of_a_peer)
{
	for (int g = 0; g < (int) (sizeof(golden) / sizeof(golden[0])); g++)
	{
		const Golden *want = &golden[g];
		double	   *x = malloc(sizeof(double) * (size_t) want->n * (size_t) want->d);
		double	   *centers = malloc(sizeof(double) * (size_t) want->k * (size_t) want->d);
		int64_t    *sizes = malloc(sizeof(int64_t) * (size_t) want->k);
		KmeansFit	fit;
		Data	   *data;

		for (int i = 0; i < want->n * want->d; i++)
			x[i] = golden_number(want, i);
		data = gather(want->n, want->d, x, 512);
		to_packed(data, want->k, x, centers);
		begin_job(data, want->k, 2);
		mml_kmeans_lloyd(&data->team, want->k, 300, 0, centers, sizes, &fit);
		CHECK_NEAR(fit.inertia / data->packing.scale / data->packing.scale / want->inertia, 1, 1e-9);
		for (int c = 0; c < want->k && c < 8; c++)
			CHECK(sizes[c] == want->sizes[c]);
		free(sizes);
		free(centers);
		discard(data);
		free(x);
	}
}

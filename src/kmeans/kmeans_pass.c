/*-------------------------------------------------------------------------
 *
 * kmeans_pass.c
 *	  A pass of Lloyd's algorithm over the rows of a lane.
 *
 * The nearest centroid of x is the one with the least
 *
 *		s(c) = |c|^2 / 2 - x.c		= (|x - c|^2 - |x|^2) / 2
 *
 * For a panel of 16 rows and a tile of 6 centroids the products stay in
 * registers, and the least and the second least are kept as they come: this
 * is a matrix product whose result is never written.  In float4 s(c) is off
 * by at most
 *
 *		e = (d + 4) 2^-24 (|x|^2 / 2 + max |c|^2)
 *
 * (Higham, Accuracy and Stability of Numerical Algorithms, 2nd ed., 3.1, with
 * |x.c| <= (|x|^2 + |c|^2) / 2, and the rounding of x and c itself).  So where
 * the two least are within 2e, and only there, the row is decided again by
 * distances (x - c)^2 in float8.  Labels are therefore those of float8.
 *
 * Sums of a cluster are kept in float8 a lane, and only rows that change
 * their label are moved from one sum to another; a pass that is asked to be
 * fresh sums all rows, so that rounding does not pile up.
 *
 * Cost of a pass: n k d multiply-adds in float4, one read of the rows.
 *
 *-------------------------------------------------------------------------
 */
#include <math.h>
#include <string.h>

#include "kmeans/kmeans.h"

/* Half a panel: eight rows, one register of AVX2. */
typedef float Floats __attribute__((vector_size(32), may_alias));
typedef int32_t Ints __attribute__((vector_size(32), may_alias));

#define HALVES 2

/* A vector of zeros, which becomes one of a value by adding it. */
static const Floats no_floats;
static const Ints no_ints;

#define ALL(value) (no_floats + (value))

/* The two nearest centroids of each row of a panel. */
typedef struct Nearest
{
	Floats		least[HALVES];
	Floats		second[HALVES];
	Ints		index[HALVES];
	Floats		doubt[HALVES];	/* the two may be confused within this */
} Nearest;

/*
 * Scores of a tile of centroids c (d,6) for a panel x (d,16), to scores
 * (6,16).  Nearly all time of k-means is spent in this loop; written out, so
 * that the twelve sums stay in registers.
 */
MML_INLINE void
score_tile(int d, const Floats * restrict x, const float *restrict c,
		   const float *restrict half, Floats(*restrict scores)[HALVES])
{
	Floats		a0 = ALL(half[0]),
				b0 = a0;
	Floats		a1 = ALL(half[1]),
				b1 = a1;
	Floats		a2 = ALL(half[2]),
				b2 = a2;
	Floats		a3 = ALL(half[3]),
				b3 = a3;
	Floats		a4 = ALL(half[4]),
				b4 = a4;
	Floats		a5 = ALL(half[5]),
				b5 = a5;

	for (int j = 0; j < d; j++, c += MML_TILE, x += HALVES)
	{
		a0 -= x[0] * c[0];
		b0 -= x[1] * c[0];
		a1 -= x[0] * c[1];
		b1 -= x[1] * c[1];
		a2 -= x[0] * c[2];
		b2 -= x[1] * c[2];
		a3 -= x[0] * c[3];
		b3 -= x[1] * c[3];
		a4 -= x[0] * c[4];
		b4 -= x[1] * c[4];
		a5 -= x[0] * c[5];
		b5 -= x[1] * c[5];
	}
	scores[0][0] = a0;
	scores[0][1] = b0;
	scores[1][0] = a1;
	scores[1][1] = b1;
	scores[2][0] = a2;
	scores[2][1] = b2;
	scores[3][0] = a3;
	scores[3][1] = b3;
	scores[4][0] = a4;
	scores[4][1] = b4;
	scores[5][0] = a5;
	scores[5][1] = b5;
}

/* Where the mask is set a, elsewhere b. */
MML_INLINE	Floats
choose(Ints mask, Floats a, Floats b)
{
	return (Floats) (((Ints) a & mask) | ((Ints) b & ~mask));
}

/* Take the scores (6,16) of the centroids from first on into account. */
MML_INLINE void
keep_two_least(Floats(*restrict scores)[HALVES], int first,
			   Nearest *restrict near)
{
	for (int h = 0; h < HALVES; h++)
	{
		Floats		least = near->least[h];
		Floats		second = near->second[h];
		Ints		index = near->index[h];

		for (int t = 0; t < MML_TILE; t++)
		{
			Floats		s = scores[t][h];
			Ints		is_less = s < least;
			Floats		more = choose(is_less, least, s);

			second = choose(more < second, more, second);
			index = ((no_ints + (first + t)) & is_less) | (index & ~is_less);
			least = choose(is_less, s, least);
		}
		near->least[h] = least;
		near->second[h] = second;
		near->index[h] = index;
	}
}

/* The two nearest centroids of the rows of a panel x (d,16). */
MML_INLINE void
search_panel(const KmeansJob *job, const Floats * restrict x,
			 const float *restrict tile, const float *restrict half,
			 Nearest *restrict near)
{
	int			d = job->d;
	float		e = (float) (2 * (d + 4) * 0x1.0p-24);
	Floats		square[HALVES] = {no_floats, no_floats};
	Floats		scores[MML_TILE][HALVES];

	for (int j = 0; j < d; j++)
		for (int h = 0; h < HALVES; h++)
			square[h] += x[j * HALVES + h] * x[j * HALVES + h];
	for (int h = 0; h < HALVES; h++)
	{
		near->least[h] = ALL(INFINITY);
		near->second[h] = ALL(INFINITY);
		near->index[h] = no_ints;
		near->doubt[h] = (square[h] * 0.5f + (float) job->largest) * e;
	}
	for (int t = 0; t < job->tiles; t++)
	{
		score_tile(d, x, tile + (size_t) t * MML_TILE * (size_t) d,
				   half + t * MML_TILE, scores);
		keep_two_least(scores, t * MML_TILE, near);
	}
}

/*
 * The nearest centroid that is present, by float8 distances; the first of
 * equal ones.
 */
static int
search_exactly(KmeansJob *job, const double *x)
{
	const double *center = mml_kmeans_centers(job);
	const uint8_t *absent = mml_kmeans_absent(job);
	double		least = INFINITY;
	int			nearest = 0;

	for (int c = 0; c < job->k; c++, center += job->d)
	{
		double		distance = absent[c] ? INFINITY :
			mml_kmeans_distance(job->d, x, center);

		if (distance < least)
		{
			least = distance;
			nearest = c;
		}
	}
	return nearest;
}

/* Add a row of a block to a sum (d), and take it away from another, if any. */
MML_INLINE void
move_row(const KmeansPanels *p, int row, double *restrict from,
		 double *restrict to)
{
	size_t		first = (size_t) (row - row % MML_PANEL);
	size_t		r = (size_t) (row % MML_PANEL);
	const float *high = p->high + first * (size_t) p->d + r;
	const float *low = p->low + first * (size_t) p->nwide + r;

	for (int j = 0; j < p->d; j++)
	{
		double		x = (double) high[j * MML_PANEL];

		to[j] += x;
		if (from != NULL)
			from[j] -= x;
	}
	for (int w = 0; w < p->nwide; w++)
	{
		double		x = (double) low[w * MML_PANEL];

		to[p->wide[w]] += x;
		if (from != NULL)
			from[p->wide[w]] -= x;
	}
}

/* Give a row its label, and keep sums and sizes in step. */
MML_INLINE void
label_row(const KmeansJob *job, KmeansLane *lane, const KmeansPanels *p,
		  int row, int label, uint16_t *old)
{
	double	   *to = lane->sums + (size_t) label * (size_t) job->d;

	if (job->fresh)
		move_row(p, row, NULL, to);
	else if (*old == label)
		return;
	else
	{
		move_row(p, row, lane->sums + *old * (size_t) job->d, to);
		lane->sizes[*old]--;
	}
	lane->sizes[label]++;
	lane->head->changed += *old != label;
	*old = (uint16_t) label;
}

/* Has a panel no row that is in doubt or changes its label? */
MML_INLINE bool
is_settled(const int32_t *restrict index, const float *restrict least,
		   const float *restrict second, const float *restrict doubt,
		   const uint16_t *restrict labels)
{
	int32_t		unsettled = 0;

	for (int r = 0; r < MML_PANEL; r++)
		unsettled |= (index[r] ^ labels[r]) | !(second[r] - least[r] > doubt[r]);
	return unsettled == 0;
}

/* Poll where much was done since the last time: k may be large. */
MML_INLINE void
poll_after(size_t work, size_t *since)
{
	*since += work;
	if (*since > 1000000)
	{
		MML_CHECK();
		*since = 0;
	}
}

/* Label the rows of a block; labels (rows) are those of the last pass. */
MML_CLONES
static void
assign_block(KmeansJob *job, KmeansLane *lane, const KmeansPanels *p,
			 uint16_t *labels)
{
	const float *tile = mml_kmeans_at(job, job->tile_offset);
	const float *half = mml_kmeans_at(job, job->half_offset);
	const		Floats *panel = (const Floats *) p->high;
	Nearest		near;
	const int32_t *index = (const int32_t *) near.index;
	const float *least = (const float *) near.least;
	const float *second = (const float *) near.second;
	const float *doubt = (const float *) near.doubt;
	size_t		row_work = (size_t) job->k * (size_t) job->d;
	size_t		since_poll = 0;

	for (int first = 0; first < p->rows; first += MML_PANEL, panel += p->d * HALVES)
	{
		int			count = MML_MIN(MML_PANEL, p->rows - first);

		poll_after(row_work * MML_PANEL, &since_poll);
		search_panel(job, panel, tile, half, &near);
		if (!job->fresh && count == MML_PANEL &&
			is_settled(index, least, second, doubt, labels + first))
			continue;
		for (int r = 0; r < count; r++)
		{
			int			label = index[r];

			if (!(second[r] - least[r] > doubt[r]))
			{
				poll_after(row_work, &since_poll);
				mml_kmeans_row(p, first + r, lane->row);
				label = search_exactly(job, lane->row);
			}
			label_row(job, lane, p, first + r, label, &labels[first + r]);
		}
	}
}

/* Add what the rows of a block contribute to the inertia. */
static void
add_inertia(KmeansJob *job, KmeansLane *lane, const KmeansPanels *p,
			const uint16_t *labels)
{
	const double *centers = mml_kmeans_centers(job);
	double		sum = 0;

	for (int i = 0; i < p->rows; i++)
	{
		mml_kmeans_row(p, i, lane->row);
		sum += mml_kmeans_distance(job->d, lane->row,
								   centers + labels[i] * (size_t) job->d);
	}
	lane->head->inertia += sum;
}

/* Keep the rows of a block that are farthest from their centroids. */
static void
search_far(KmeansJob *job, KmeansLane *lane, const KmeansPanels *p,
		   const uint16_t *labels, size_t first)
{
	const double *centers = mml_kmeans_centers(job);

	for (int i = 0; i < p->rows; i++)
	{
		KmeansFar	row = {0, first + (size_t) i};

		mml_kmeans_row(p, i, lane->row);
		row.distance = mml_kmeans_distance(job->d, lane->row,
										   centers + labels[i] * (size_t) job->d);
		mml_kmeans_keep_far(lane, job->wanted, row);
	}
}

/* Visit a lane: the function that a team calls. */
void
mml_kmeans_lane(void *shared, MmlBlocks *blocks, int number, int nlanes)
{
	KmeansJob  *job = shared;
	KmeansLane	lane = mml_kmeans_get_lane(job, number);
	size_t		end = mml_lane_start(blocks->nblocks, nlanes, number + 1);
	double		work = (double) blocks->block_rows * job->d * job->k;
	double		since_poll = 0;

	lane.head->changed = 0;
	lane.head->inertia = 0;
	lane.head->nfar = 0;
	if (job->task != KMEANS_FARTHEST && job->fresh)
	{
		memset(lane.sums, 0, sizeof(double) * (size_t) job->k * (size_t) job->d);
		memset(lane.sizes, 0, sizeof(int64_t) * (size_t) job->k);
	}
	for (size_t b = mml_lane_start(blocks->nblocks, nlanes, number); b < end; b++)
	{
		MmlBlock	block;
		KmeansPanels panels;
		uint16_t   *labels;

		blocks->fetch(blocks, b, &block);
		panels = mml_kmeans_panels(&block, job->d);
		labels = mml_kmeans_labels(job) + block.first;
		if (job->task == KMEANS_FARTHEST)
			search_far(job, &lane, &panels, labels, block.first);
		else
			assign_block(job, &lane, &panels, labels);
		if (job->task == KMEANS_FINISH)
			add_inertia(job, &lane, &panels, labels);
		since_poll += work;
		if (since_poll > 1e6)
		{
			MML_CHECK();
			since_poll = 0;
		}
	}
}

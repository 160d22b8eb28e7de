/*-------------------------------------------------------------------------
 *
 * sparse.c
 *	  Sparse weights between items; see sparse.h.
 *
 * Scoring adds up the rows of the items seen, in O(entries of these rows).
 * Reading demands every invariant again, in O(entries).
 *
 *-------------------------------------------------------------------------
 */
#include <math.h>
#include <string.h>

#include "recommend/sparse.h"

/* Demand that a row has ascending columns, with finite weights. */
static const char *
check_row(const MmlSparse *sparse, size_t row, size_t columns)
{
	int32_t		last = -1;

	for (int64_t e = sparse->starts[row]; e < sparse->starts[row + 1]; e++)
	{
		int32_t		target = sparse->targets[e];

		if (target <= last || (size_t) target >= columns)
			return "A row of weights has columns that are not possible.";
		if (!isfinite(sparse->weights[e]))
			return "A weight is not finite.";
		last = target;
	}
	return NULL;
}

/* Read the three sections, so named, of a sparse table of any shape. */
const char *
mml_sparse_parse_table(const MmlEnvelope *env, int *next,
					   const char *const names[3], size_t rows, size_t columns,
					   MmlSparse *sparse)
{
	const MmlSection *targets;

	sparse->items = rows;
	MML_DEMAND(mml_envelope_shaped(env, next, names[0], MML_I64, rows + 1, 1,
								   &sparse->starts));
	MML_DEMAND(mml_envelope_next(env, next, names[1], MML_I32, &targets));
	if (targets->cols != 1)
		return "A section has another shape than it must.";
	sparse->entries = targets->rows;
	sparse->targets = targets->data;
	MML_DEMAND(mml_envelope_shaped(env, next, names[2], MML_F32,
								   sparse->entries, 1, &sparse->weights));

	/* all starts before any row: a bad one must not be followed */
	if (sparse->starts[0] != 0 ||
		sparse->starts[rows] != (int64_t) sparse->entries)
		return "The rows of weights do not fill their section.";
	for (size_t i = 0; i < rows; i++)
		if (sparse->starts[i] > sparse->starts[i + 1])
			return "The rows of weights are not in order.";
	for (size_t i = 0; i < rows; i++)
		MML_DEMAND(check_row(sparse, i, columns));
	return NULL;
}

/* Read a sparse matrix between items, which has nothing on the diagonal. */
const char *
mml_sparse_parse(const MmlEnvelope *env, int *next, size_t items,
				 MmlSparse *sparse)
{
	static const char *const names[] = {"starts", "targets", "weights"};

	MML_DEMAND(mml_sparse_parse_table(env, next, names, items, items, sparse));
	for (size_t i = 0; i < items; i++)
		for (int64_t e = sparse->starts[i]; e < sparse->starts[i + 1]; e++)
			if ((size_t) sparse->targets[e] == i)
				return "A row of weights has the item itself.";
	return NULL;
}

/* Add what a history gives to the scores of all items. */
void
mml_sparse_score(const MmlSparse *sparse, const MmlHistory *history,
				 double *scores)
{
	size_t		work = 0;

	for (size_t h = 0; h < history->count; h++)
	{
		int64_t		start = sparse->starts[history->items[h]];
		int64_t		end = sparse->starts[history->items[h] + 1];
		double		weight = history->weights[h];

		for (int64_t e = start; e < end; e++)
			scores[sparse->targets[e]] += weight * (double) sparse->weights[e];
		work += (size_t) (end - start) + 1;
		if (work > 1000000)
		{
			MML_CHECK();
			work = 0;
		}
	}
}

/* w(i, j), 0 where there is none: binary search in row i. */
double
mml_sparse_get(const MmlSparse *sparse, int32_t i, int32_t j)
{
	int64_t		low = sparse->starts[i];
	int64_t		high = sparse->starts[i + 1];

	while (low < high)
	{
		int64_t		middle = low + (high - low) / 2;

		if (sparse->targets[middle] == j)
			return (double) sparse->weights[middle];
		if (sparse->targets[middle] < j)
			low = middle + 1;
		else
			high = middle;
	}
	return 0;
}

/* Room for a score of each item, all 0. */
static double *
take_scores(const MmlSparse *sparse, MmlRoom *room)
{
	size_t		bytes = sparse->items * sizeof(double);

	return memset(room->resize(room, NULL, 0, bytes), 0, bytes);
}

/* The profile of a history: the scores of all items. */
void *
mml_sparse_profile(const void *model, const MmlHistory *history, MmlRoom *room)
{
	const MmlSparse *sparse = &((const MmlSparseModel *) model)->sparse;
	double	   *scores = take_scores(sparse, room);

	mml_sparse_score(sparse, history, scores);
	return scores;
}

/* Read scores out of a profile. */
void
mml_sparse_read(const void *model, const void *profile, size_t n,
				const int32_t *which, size_t first, double *scores)
{
	const double *all = profile;

	(void) model;
	if (which == NULL)
		memcpy(scores, all + first, n * sizeof(double));
	else
		for (size_t i = 0; i < n; i++)
			scores[i] = all[which[i]];
}

/* What each item of a history contributes to the scores of items. */
void
mml_sparse_explain(const void *model, const void *profile,
				   const MmlHistory *history, size_t n, const int32_t *items,
				   double *contributions)
{
	const MmlSparse *sparse = &((const MmlSparseModel *) model)->sparse;

	(void) profile;
	for (size_t i = 0; i < n; i++)
		for (size_t h = 0; h < history->count; h++)
			*contributions++ = history->weights[h] *
				mml_sparse_get(sparse, history->items[h], items[i]);
}

/* The profile of an item: its weights with all items, whichever way is larger. */
void *
mml_sparse_resemble(const void *model, int32_t item, MmlRoom *room)
{
	const MmlSparse *sparse = &((const MmlSparseModel *) model)->sparse;
	double	   *scores = take_scores(sparse, room);

	for (size_t i = 0; i < sparse->items; i++)
	{
		if (i % 65536 == 0)
			MML_CHECK();
		scores[i] = mml_sparse_get(sparse, (int32_t) i, item);
	}
	for (int64_t e = sparse->starts[item]; e < sparse->starts[item + 1]; e++)
	{
		double	   *score = &scores[sparse->targets[e]];

		*score = MML_MAX(*score, (double) sparse->weights[e]);
	}
	return scores;
}

/*
 * Turn a matrix given by columns into rows.  Columns: entries
 * col_starts[j] .. col_starts[j + 1] - 1 are column j, in any order.  Given
 * back: starts (rows + 1), targets and weights, each row ascending.
 */
void
mml_sparse_transpose(size_t columns, size_t rows, const int64_t *col_starts,
					 const int32_t *col_rows, const float *col_weights,
					 int64_t *starts, int32_t *targets, float *weights)
{
	/* starts[i + 1] counts row i, then is where row i goes on */
	memset(starts, 0, sizeof(int64_t) * (rows + 1));
	for (int64_t e = 0; e < col_starts[columns]; e++)
		starts[col_rows[e] + 1]++;
	for (size_t i = 0; i < rows; i++)
		starts[i + 1] += starts[i];
	for (size_t i = rows; i > 0; i--)
		starts[i] = starts[i - 1];
	for (size_t j = 0; j < columns; j++)
	{
		for (int64_t e = col_starts[j]; e < col_starts[j + 1]; e++)
		{
			int64_t		place = starts[col_rows[e] + 1]++;

			targets[place] = (int32_t) j;
			weights[place] = col_weights[e];
		}
		if (j % 4096 == 0)
			MML_CHECK();
	}
}

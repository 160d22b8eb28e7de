/*-------------------------------------------------------------------------
 *
 * pairs.c
 *	  Tables of who has seen what; see pairs.h.
 *
 * Everything is a counting sort.  Triples are sorted by item; turning that
 * table round gives each user's items in ascending order, equal ones side by
 * side in the order in which they came, so that duplicates are added up in
 * one pass; turning it round again gives each item's users in order.  Cost:
 * O(triples + users + items) each, and nothing is compared.
 *
 *-------------------------------------------------------------------------
 */
#include <math.h>
#include <string.h>

#include "recommend/pairs.h"

#define POLL_EVERY 65536

/*
 * From counts to places: on entry starts[r + 1] is the count of row r; on
 * return it is where row r begins, to be moved on as entries are placed,
 * after which starts is what MmlPairTable says.
 */
static void
begin_rows(size_t rows, int64_t *starts)
{
	int64_t		sum = 0;

	for (size_t r = 0; r < rows; r++)
	{
		int64_t		count = starts[r + 1];

		starts[r + 1] = sum;
		sum += count;
	}
	starts[0] = 0;
}

/*
 * Sort triples by item into by_item, whose rows are items, renumbered, and
 * whose columns are users in the order in which they came.
 */
void
mml_pairs_of_items(const MmlTriples *first, const int32_t *renumber,
				   MmlPairTable *by_item)
{
	int64_t    *starts = by_item->starts;

	memset(starts, 0, sizeof(int64_t) * (by_item->rows + 1));
	for (const MmlTriples *chunk = first; chunk != NULL; chunk = chunk->next)
		for (size_t t = 0; t < chunk->count; t++)
			starts[renumber[chunk->triples[t].item] + 1]++;
	begin_rows(by_item->rows, starts);
	for (const MmlTriples *chunk = first; chunk != NULL; chunk = chunk->next)
	{
		MML_CHECK();
		for (size_t t = 0; t < chunk->count; t++)
		{
			const MmlTriple *triple = &chunk->triples[t];
			int64_t		place = starts[renumber[triple->item] + 1]++;

			by_item->columns[place] = triple->user;
			by_item->weights[place] = triple->weight;
		}
	}
}

/* Turn rows into columns, which come out in ascending order. */
void
mml_pairs_transpose(const MmlPairTable *table, MmlPairTable *transposed)
{
	int64_t    *starts = transposed->starts;

	memset(starts, 0, sizeof(int64_t) * (transposed->rows + 1));
	for (int64_t e = 0; e < table->starts[table->rows]; e++)
		starts[table->columns[e] + 1]++;
	begin_rows(transposed->rows, starts);
	for (size_t r = 0; r < table->rows; r++)
	{
		if (r % POLL_EVERY == 0)
			MML_CHECK();
		for (int64_t e = table->starts[r]; e < table->starts[r + 1]; e++)
		{
			int64_t		place = starts[table->columns[e] + 1]++;

			transposed->columns[place] = (int32_t) r;
			transposed->weights[place] = table->weights[e];
		}
	}
}

/* Make one entry of neighbouring ones with the same column, weights added. */
void
mml_pairs_merge(MmlPairTable *table)
{
	int64_t		out = 0;
	int64_t		start = 0;

	for (size_t r = 0; r < table->rows; r++)
	{
		int64_t		end = table->starts[r + 1];
		int64_t		first = out;

		if (r % POLL_EVERY == 0)
			MML_CHECK();
		for (int64_t e = start; e < end; e++)
		{
			if (out > first && table->columns[out - 1] == table->columns[e])
				table->weights[out - 1] += table->weights[e];
			else
			{
				table->columns[out] = table->columns[e];
				table->weights[out++] = table->weights[e];
			}
		}
		start = end;
		table->starts[r + 1] = out;
	}
}

/*
 * Sum weights and count users of each item of a merged table whose rows are
 * users.  False where a sum, or a sum of squares that learning may want, is
 * too large for float8 to work with.
 */
bool
mml_pairs_tally(const MmlPairTable *by_user, double *popularity,
				int32_t *item_users)
{
	int64_t		entries = by_user->starts[by_user->rows];
	bool		sane = true;

	memset(popularity, 0, sizeof(double) * by_user->cols);
	memset(item_users, 0, sizeof(int32_t) * by_user->cols);
	for (int64_t e = 0; e < entries; e++)
	{
		popularity[by_user->columns[e]] += by_user->weights[e];
		item_users[by_user->columns[e]]++;
	}
	/* sum of squares <= square of sum; two of them are multiplied */
	for (size_t i = 0; i < by_user->cols; i++)
		sane = sane && popularity[i] <= 1e75;
	return sane;
}

/*-------------------------------------------------------------------------
 *
 * pairs.h
 *	  Who has seen what: (user, item, weight), by user and by item.
 *
 * Users and items are numbered from 0.  A table lists, for each row, its
 * entries: rows are users and columns items, or the other way round.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MML_PAIRS_H
#define MML_PAIRS_H

#include "core/kernel.h"

/* One observation, as it came. */
typedef struct MmlTriple
{
	double		weight;
	int32_t		user;
	int32_t		item;
} MmlTriple;

/* Observations come in chunks, the first one first. */
typedef struct MmlTriples
{
	struct MmlTriples *next;
	size_t		count;
	size_t		room;
	MmlTriple	triples[];
} MmlTriples;

/* Entries starts[r] .. starts[r + 1] - 1 are row r. */
typedef struct MmlPairTable
{
	size_t		rows;
	size_t		cols;
	int64_t    *starts;			/* (rows + 1) */
	int32_t    *columns;		/* (entries) ascending in a row */
	double	   *weights;		/* (entries) */
} MmlPairTable;

extern void mml_pairs_of_items(const MmlTriples *first, const int32_t *renumber,
							   MmlPairTable *by_item);
extern void mml_pairs_transpose(const MmlPairTable *table, MmlPairTable *transposed);
extern void mml_pairs_merge(MmlPairTable *table);
extern bool mml_pairs_tally(const MmlPairTable *by_user, double *popularity,
							int32_t *item_users);

#endif							/* MML_PAIRS_H */

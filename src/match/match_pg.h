/*-------------------------------------------------------------------------
 *
 * match_pg.h
 *	  What is wanted of rows of one type, read from jsonb.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MML_MATCH_PG_H
#define MML_MATCH_PG_H

#include "postgres.h"

#include "core/row_pg.h"
#include "match/match.h"
#include "utils/jsonb.h"

/* A condition, and the column that it is on. */
typedef struct MmlWish
{
	MmlCondition condition;
	int			column;
	char	   *name;			/* of the column */
	Jsonb	   *wanted;			/* as it was given */
	MmlReader	reader;

	/* of the present row: */
	MmlCell		cell;
	double		similarity;
	bool		holds;
} MmlWish;

/* All that is wanted, hard conditions first, then soft ones by weight. */
typedef struct MmlWishes
{
	MemoryContext context;		/* that all this lies in */
	Jsonb	   *wanted;
	MmlRow	   *row;
	int			count;
	int			hard;
	MmlWish    *wishes;			/* (count) */
} MmlWishes;

extern MmlWishes *mml_wishes_read(MemoryContext parent, Jsonb *wanted,
								  HeapTupleHeader header);

#endif							/* MML_MATCH_PG_H */

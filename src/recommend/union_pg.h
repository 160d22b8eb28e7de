/*-------------------------------------------------------------------------
 *
 * union_pg.h
 *	  One catalogue of the items of several.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MML_UNION_PG_H
#define MML_UNION_PG_H

#include "postgres.h"

#include "core/memory_pg.h"
#include "recommend/catalogue.h"

/* The most catalogues that are joined. */
#define MML_UNION_MAX 16

/* Users and popularity of an item are those of the first that has any. */
typedef struct MmlUnion
{
	MmlCatalogue catalogue;
	int32	   *maps[MML_UNION_MAX];	/* (items) each: the item in a
										 * catalogue, or -1 */
} MmlUnion;

extern void mml_union_check(const MmlCatalogue *a, const MmlCatalogue *b);
extern void mml_union_make(int count, const MmlCatalogue *const *catalogues,
						   MmlAccount *account, MemoryContext context,
						   MmlUnion *result);

#endif							/* MML_UNION_PG_H */

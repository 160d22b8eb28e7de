/*-------------------------------------------------------------------------
 *
 * kept_pg.h
 *	  What a backend keeps of the recommenders that it has called: their plans.
 *
 * All of this is called between SPI_connect() and SPI_finish().
 *
 *-------------------------------------------------------------------------
 */
#ifndef MML_KEPT_PG_H
#define MML_KEPT_PG_H

#include "postgres.h"

#include "executor/spi.h"

#include "registry/definition_pg.h"

/*
 * What is kept of a recommender: two plans, and what goes with them.
 *
 *	history		the events of a user, by the index on events
 *	shown		which of a list of items the caller can see among the items
 */
typedef struct MmlKept
{
	char		name[NAMEDATALEN];	/* the key */
	uint64		stamp;			/* of the row it was made from; 0: none */
	SPIPlanPtr	history;
	SPIPlanPtr	shown;			/* NULL: there are no items to look at */
	Oid			events;
	Oid			items;
	Oid			parameter;		/* the type that users are given as */
	double		half_life;
	bool		weighted;		/* there is a weight column */
	MmlIdType	user_ids;
	MmlIdType	item_ids;
	int			busy;			/* calls that are at work with it */
} MmlKept;

extern const MmlKept *mml_kept_find(const char *name, uint64 stamp, MemoryContext until);
extern MmlDefinition *mml_kept_definition(const char *name);
extern SPIPlanPtr mml_kept_prepare(const char *query, int count, Oid *types);
extern void mml_kept_run(SPIPlanPtr plan, Datum argument);

#endif							/* MML_KEPT_PG_H */

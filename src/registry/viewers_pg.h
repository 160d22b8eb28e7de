/*-------------------------------------------------------------------------
 *
 * viewers_pg.h
 *	  The users of a recommender, one after the other, with what each has seen.
 *
 * Called between SPI_connect() and SPI_finish(), all calls at the same level.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MML_VIEWERS_PG_H
#define MML_VIEWERS_PG_H

#include "postgres.h"

#include "registry/lookup_pg.h"

typedef struct MmlViewer
{
	MmlId		id;
	MmlEvents	events;			/* weights decayed */
} MmlViewer;

/* Users being read, in the order of their ids. */
typedef struct MmlViewers
{
	const MmlNamed *named;
	Portal		portal;
	SPITupleTable *rows;		/* fetched, or NULL */
	uint64		next;			/* of them */
} MmlViewers;

extern void mml_viewers_open(MmlViewers *viewers, const MmlNamed *named);
extern bool mml_viewers_next(MmlViewers *viewers, MmlViewer *viewer);
extern void mml_viewers_close(MmlViewers *viewers);
extern MmlId mml_id_copy(MmlId id);

#endif							/* MML_VIEWERS_PG_H */

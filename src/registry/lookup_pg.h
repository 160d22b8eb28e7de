/*-------------------------------------------------------------------------
 *
 * lookup_pg.h
 *	  A recommender by its name: its models, and what a user has seen.
 *
 * All of this is called between SPI_connect() and SPI_finish(), and reads as
 * the caller, in the snapshot of the statement.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MML_LOOKUP_PG_H
#define MML_LOOKUP_PG_H

#include "postgres.h"

#include "core/model_pg.h"
#include "recommend/rank_pg.h"
#include "registry/kept_pg.h"

/* A recommender that has been looked up. */
typedef struct MmlNamed
{
	const char *name;
	int			version;
	const MmlModel *model;
	const MmlModel *content;	/* NULL: none */
	const MmlKept *kept;
	MmlIdType	user_ids;		/* how its users are named in answers */
	MmlIdType	item_ids;
} MmlNamed;

/* A user as a call names him. */
typedef struct MmlUser
{
	bool		isnull;			/* nobody: he has seen nothing */
	bool		number;
	int64		id;				/* where number is true */
	text	   *key;			/* where it is not */
} MmlUser;

extern void mml_named_open(MmlNamed *named, const text *name, MemoryContext until);
extern MmlDefinition *mml_named_definition(const MmlNamed *named);
extern MmlEvents mml_named_history(const MmlNamed *named, const MmlUser *user);
extern Size mml_named_event(const MmlNamed *named, HeapTuple tuple, TupleDesc desc,
							Size count, MmlId *ids, double *weights, double *times);
extern void mml_named_decay(const MmlNamed *named, Size count, const double *times,
							double *weights);
extern void mml_named_show(void *named, const MmlRecommendation *rows, Size count,
						   bool *shown);
extern bool mml_named_shows(const MmlNamed *named);

#endif							/* MML_LOOKUP_PG_H */

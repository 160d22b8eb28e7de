/*-------------------------------------------------------------------------
 *
 * definition_pg.h
 *	  Where a recommender finds events and items, and the queries for them.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MML_DEFINITION_PG_H
#define MML_DEFINITION_PG_H

#include "postgres.h"

#include "access/htup.h"
#include "access/tupdesc.h"
#include "recommend/catalogue.h"

/* A row of mediaml.recommenders, but for its models, checked. */
typedef struct MmlDefinition
{
	const char *name;
	Oid			events;
	const char *user_column;
	const char *item_column;
	const char *weight_column;	/* NULL: every weight is 1 */
	const char *time_column;	/* NULL: there is none */
	Oid			items;			/* InvalidOid: there are none */
	const char *items_key;
	int			documents;
	const char **document_columns;	/* (documents) */
	double		seen_min_weight;	/* -INFINITY: none */
	double		half_life;		/* seconds; 0: none */

	bool		time_is_number; /* of seconds, not a timestamp */
	Oid			key_type;		/* of the items' key, domains looked through */
	Oid			user_type;		/* of the users, likewise */
	MmlIdType	user_ids;		/* as the answers name users */
	MmlIdType	item_ids;
} MmlDefinition;

extern void mml_definition_read(MmlDefinition *definition, HeapTuple row,
								TupleDesc desc);

/* query_pg.c */
extern Oid	mml_definition_parameter(const MmlDefinition *definition);
extern char *mml_definition_history(const MmlDefinition *definition);
extern char *mml_definition_histories(const MmlDefinition *definition);
extern char *mml_definition_shown(const MmlDefinition *definition);

#endif							/* MML_DEFINITION_PG_H */

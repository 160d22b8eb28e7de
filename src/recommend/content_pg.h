/*-------------------------------------------------------------------------
 *
 * content_pg.h
 *	  The kind content, for those who list kinds, and the terms of a text.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MML_CONTENT_PG_H
#define MML_CONTENT_PG_H

#include "core/kind_pg.h"
#include "recommend/idmap_pg.h"

/* The terms of a text, each as often as it occurs. */
typedef struct MmlTerms
{
	MmlIdMap   *map;			/* numbers them */
	Oid			config;			/* of text search */
	int32	   *numbers;		/* (count) */
	Size		count;
	Size		room;
} MmlTerms;

extern const MmlKind mml_content_kind;

extern void mml_content_terms(MmlTerms *terms, const text *document);

#endif							/* MML_CONTENT_PG_H */

/*-------------------------------------------------------------------------
 *
 * popularity_pg.h
 *	  The kind popularity, for those who list kinds.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MML_POPULARITY_PG_H
#define MML_POPULARITY_PG_H

#include "core/kind_pg.h"

extern const MmlKind mml_popularity_kind;

#endif							/* MML_POPULARITY_PG_H */

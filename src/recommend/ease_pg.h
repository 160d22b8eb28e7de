/*-------------------------------------------------------------------------
 *
 * ease_pg.h
 *	  The kind ease, for those who list kinds.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MML_EASE_PG_H
#define MML_EASE_PG_H

#include "core/kind_pg.h"

extern const MmlKind mml_ease_kind;

#endif							/* MML_EASE_PG_H */

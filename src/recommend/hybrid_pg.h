/*-------------------------------------------------------------------------
 *
 * hybrid_pg.h
 *	  The kind hybrid, for those who list kinds.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MML_HYBRID_PG_H
#define MML_HYBRID_PG_H

#include "core/kind_pg.h"

extern const MmlKind mml_hybrid_kind;

#endif							/* MML_HYBRID_PG_H */

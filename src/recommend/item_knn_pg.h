/*-------------------------------------------------------------------------
 *
 * item_knn_pg.h
 *	  The kind item_knn, for those who list kinds.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MML_ITEM_KNN_PG_H
#define MML_ITEM_KNN_PG_H

#include "core/kind_pg.h"

extern const MmlKind mml_item_knn_kind;

#endif							/* MML_ITEM_KNN_PG_H */

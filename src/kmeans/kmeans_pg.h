/*-------------------------------------------------------------------------
 *
 * kmeans_pg.h
 *	  What src/mediaml.c lists of k-means.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MML_KMEANS_PG_H
#define MML_KMEANS_PG_H

#include "core/kind_pg.h"

extern const MmlKind mml_kmeans_kind;

#endif							/* MML_KMEANS_PG_H */

/*-------------------------------------------------------------------------
 *
 * model_cache_pg.h
 *	  The parsed models of a backend; for model_arg_pg.c only.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MML_MODEL_CACHE_PG_H
#define MML_MODEL_CACHE_PG_H

#include "postgres.h"

#include "common/sha2.h"
#include "lib/ilist.h"

#include "core/model_pg.h"

/* A parsed model in the cache of the backend. */
typedef struct MmlCachedModel
{
	MmlModel	model;			/* first */
	MmlEnvelope env;
	dlist_node	node;			/* in models, the most recently used first */
	MemoryContext context;
	Size		bytes;
	int			pins;
	uint8		digest[PG_SHA256_DIGEST_LENGTH];
	struct varatt_external toasted; /* where it was read last; or zeros */
} MmlCachedModel;


extern MmlCachedModel *mml_cache_find(const struct varlena *datum);
extern void mml_cache_recount(MmlCachedModel *cached);
extern bool mml_cache_is_full(void);
extern void mml_cache_trim(void);

#endif							/* MML_MODEL_CACHE_PG_H */

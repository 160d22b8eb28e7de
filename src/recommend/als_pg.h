/*-------------------------------------------------------------------------
 *
 * als_pg.h
 *	  The kinds als and rating_als, and what their training shares.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MML_ALS_PG_H
#define MML_ALS_PG_H

#include "core/kind_pg.h"
#include "recommend/als_fit.h"
#include "recommend/gather_pg.h"

/* What has been fitted, allocated by mml_gather_alloc(). */
typedef struct MmlAlsFitted
{
	float	   *factors;		/* (items,d) */
	double	   *gram;			/* (d,d) of them, symmetric */
	double		objective;
} MmlAlsFitted;

extern const MmlKind mml_als_kind;
extern const MmlKind mml_rating_als_kind;

extern void mml_als_train(MmlGather *gather, const MmlPairTable *by_user,
						  const MmlAlsOptions *options, int iterations,
						  uint64 seed, MmlAlsFitted *fitted);
extern void mml_als_forget(MmlGather *gather, const MmlAlsOptions *options,
						   MmlAlsFitted *fitted);

#endif							/* MML_ALS_PG_H */

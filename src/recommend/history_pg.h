/*-------------------------------------------------------------------------
 *
 * history_pg.h
 *	  Histories: what a user has seen, as it was given and as a model knows it.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MML_HISTORY_PG_H
#define MML_HISTORY_PG_H

#include "postgres.h"

#include "recommend/catalogue.h"
#include "utils/array.h"

/* Ids seen, in any order, some twice or unknown to a model. */
typedef struct MmlEvents
{
	Size		count;
	MmlId	   *ids;			/* (count) */
	const double *weights;		/* (count) finite, not negative, or NaN: seen,
								 * and no more is known; NULL: 1 each */
} MmlEvents;

extern void mml_weight_check(double weight, Size place);
extern MmlEvents mml_events_of_arrays(ArrayType *history, ArrayType *weights,
									  MmlIdType wanted);
extern MmlHistory mml_history_of_events(const MmlCatalogue *catalogue,
										const MmlEvents *events, bool *all_known);

#endif							/* MML_HISTORY_PG_H */

/*-------------------------------------------------------------------------
 *
 * aggregate_pg.h
 *	  What all training aggregates do at their beginning and end.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MML_AGGREGATE_PG_H
#define MML_AGGREGATE_PG_H

#include "postgres.h"

#include "fmgr.h"

/* Train on a state, in the current memory context. */
typedef bytea *(*MmlTrainer) (void *state);

extern MemoryContext mml_aggregate_context(FunctionCallInfo fcinfo);
extern bytea *mml_aggregate_train(const char *job, MmlTrainer train,
								  void *state);

#endif							/* MML_AGGREGATE_PG_H */

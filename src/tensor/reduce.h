/*-------------------------------------------------------------------------
 *
 * reduce.h
 *	  What reduce.c plans and reduce_loops.c runs.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MML_REDUCE_H
#define MML_REDUCE_H

#include "tensor/broadcast.h"
#include "tensor/operator.h"

/* What is done with each number. */
typedef enum MmlFold
{
	MML_FOLD_SUM,
	MML_FOLD_PRODUCT,
	MML_FOLD_LARGEST,
	MML_FOLD_SMALLEST,
	MML_FOLD_ABSOLUTE,
	MML_FOLD_SQUARE,
	MML_FOLD_EXPONENTIAL		/* of the difference to a shift */
} MmlFold;

/* What is done with the result. */
typedef enum MmlFinish
{
	MML_FINISH_PLAIN,
	MML_FINISH_MEAN,
	MML_FINISH_ROOT,
	MML_FINISH_LOGARITHM,
	MML_FINISH_LOGARITHM_SHIFTED	/* folded twice: the shift is the largest */
} MmlFinish;

typedef struct MmlReduce
{
	MmlFold		fold;
	MmlFinish	finish;
	bool		row_reduced;	/* the last dimension is */
	int64_t		row;			/* its size */
	int64_t		reduced;		/* numbers that become one */
	MmlBroadcast kept;			/* loops over what is kept but a row */
	MmlBroadcast lost;			/* loops over what is reduced but a row */
} MmlReduce;

extern void mml_tensor_reduce_run(const MmlCall *call);

#endif							/* MML_REDUCE_H */

/*-------------------------------------------------------------------------
 *
 * broadcast.h
 *	  Tensors of different shapes, element by element.
 *
 * Shapes are compared from their ends; a dimension of 1, or one that is
 * missing, is repeated.  A plan merges neighbouring dimensions that all
 * operands step through alike, so that inner loops are long: two equal shapes
 * are one loop; a number a channel is one loop a channel.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MML_BROADCAST_H
#define MML_BROADCAST_H

#include "tensor/tensor.h"

#define MML_BROADCAST_MOST 3

/* What loops over all elements of the result do. */
typedef struct MmlBroadcast
{
	int			rank;			/* at least 1 */
	int64_t		size[MML_RANK]; /* (rank) */

	/*
	 * Elements from one index to the next, 0 where an operand is repeated; in
	 * the last dimension 0 or 1.
	 */
	int64_t		step[MML_BROADCAST_MOST][MML_RANK]; /* (operands, rank) */
} MmlBroadcast;

/* Where a loop over all but the last dimension stands. */
typedef struct MmlWalk
{
	int64_t		index[MML_RANK];
	int64_t		offset[MML_BROADCAST_MOST]; /* elements */
	int64_t		done;			/* elements of the result */
	int64_t		unpolled;
} MmlWalk;

/* The common shape; false where there is none. */
extern bool mml_tensor_broadcast_shape(int operands, const MmlTensor *const *in, int *rank, int64_t *dims);

/* The plan of a shape that the shapes of all operands can be repeated to. */
extern void mml_tensor_broadcast_plan(int operands, const MmlTensor *const *in,
									  int rank, const int64_t *dims, MmlBroadcast *plan);

/* Step on to the next row; false behind the last. */
extern bool mml_tensor_walk(const MmlBroadcast *plan, int operands, MmlWalk *walk);

#endif							/* MML_BROADCAST_H */

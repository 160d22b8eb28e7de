/*-------------------------------------------------------------------------
 *
 * strided.h
 *	  Copy elements from where they lie to where they shall lie.
 *
 * Transpose, Slice, Expand, Tile, DepthToSpace and others only move numbers:
 * each is a list of dimensions with a step in the source and a step in the
 * target.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MML_STRIDED_H
#define MML_STRIDED_H

#include "tensor/tensor.h"

#define MML_STRIDED_RANK (2 * MML_RANK)

typedef struct MmlStrided
{
	size_t		size;			/* bytes of an element: 1, 4 or 8 */
	int			rank;
	int64_t		dims[MML_STRIDED_RANK]; /* (rank) each at least 1 */
	int64_t		from[MML_STRIDED_RANK]; /* (rank) elements; may be negative or
										 * 0 */
	int64_t		to[MML_STRIDED_RANK];	/* (rank) */
	int64_t		from_offset;	/* elements: where the first lies */
	int64_t		to_offset;
} MmlStrided;

/* Drop dimensions of 1 and merge those that lie behind each other in both. */
extern void mml_tensor_strided_simplify(MmlStrided *plan);
extern void mml_tensor_strided_run(const MmlStrided *plan, const void *from, void *to);

/* Steps of a tensor's dimensions. */
extern void mml_tensor_strides(int rank, const int64_t *dims, int64_t *strides);

#endif							/* MML_STRIDED_H */

/*-------------------------------------------------------------------------
 *
 * gather.h
 *	  Places that indices name: what gather.c and scatter.c share.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MML_GATHER_H
#define MML_GATHER_H

#include "tensor/operator.h"

/* How indices of GatherND and ScatterND name places of the first input. */
typedef struct MmlTuples
{
	int			batch;			/* leading dimensions that both have */
	int			length;			/* numbers of a tuple */
	size_t		batches;
	size_t		count;			/* tuples */
	size_t		inner;			/* elements that a tuple names */
} MmlTuples;

/* Constant indices are within limits, of which there is one a place in a period. */
extern const char *mml_tensor_check_indices(MmlCall *call, const char *name, int input,
											const int64_t *limits, int period);

/* An index from 0 on; one out of range is a fault, and 0. */
extern int64_t mml_tensor_index(const MmlCall *call, const MmlTensor *indices, size_t i, int64_t limit);

/* Inputs 0 and 1 are data and indices of Gather- or ScatterElements. */
extern const char *mml_tensor_check_elements(MmlCall *call, const char *name, int *axis);
extern size_t mml_tensor_element_place(const MmlCall *call, int axis, size_t i);

/* Inputs 0 and 1 are data and indices of Gather- or ScatterND. */
extern const char *mml_tensor_check_tuples(MmlCall *call, const char *name, MmlTuples *tuples);
extern size_t mml_tensor_tuple_place(const MmlCall *call, const MmlTuples *tuples, size_t i);

#endif							/* MML_GATHER_H */

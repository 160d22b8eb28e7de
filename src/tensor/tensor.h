/*-------------------------------------------------------------------------
 *
 * tensor.h
 *	  Tensors: numbers of one type in up to MML_RANK dimensions, row-major.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MML_TENSOR_H
#define MML_TENSOR_H

#include "core/kernel.h"

#define MML_RANK 8

/* Types of elements; the numbers are ONNX's. */
typedef enum MmlElement
{
	MML_ELEMENT_F32 = 1,
	MML_ELEMENT_U8 = 2,
	MML_ELEMENT_I8 = 3,
	MML_ELEMENT_I32 = 6,
	MML_ELEMENT_I64 = 7,
	MML_ELEMENT_BOOL = 9,		/* a byte, 0 or 1 */
	MML_ELEMENT_F64 = 11
} MmlElement;

typedef struct MmlTensor
{
	MmlElement	type;
	int			rank;			/* 0: a scalar */
	int64_t		dims[MML_RANK]; /* (rank) each at least 0 */
	size_t		count;			/* of elements */
	void	   *data;			/* (count), aligned to 64; NULL while only the
								 * shape is known */
} MmlTensor;

extern size_t mml_tensor_element_size(MmlElement type);
extern bool mml_tensor_set(MmlTensor *tensor, MmlElement type, int rank, const int64_t *dims);

#endif							/* MML_TENSOR_H */

/*-------------------------------------------------------------------------
 *
 * tensor.c
 *	  Shapes of tensors; see tensor.h.
 *
 *-------------------------------------------------------------------------
 */
#include "tensor/tensor.h"

/* Bytes of an element; 0 for a type that we do not know. */
size_t
mml_tensor_element_size(MmlElement type)
{
	switch (type)
	{
		case MML_ELEMENT_U8:
		case MML_ELEMENT_I8:
		case MML_ELEMENT_BOOL:
			return 1;
		case MML_ELEMENT_F32:
		case MML_ELEMENT_I32:
			return 4;
		case MML_ELEMENT_I64:
		case MML_ELEMENT_F64:
			return 8;
	}
	return 0;
}

/*
 * Set type and shape; data stay.  False where the shape is too large: so many
 * elements, counting a dimension of 0 as 1, that 16 times their number does
 * not fit.  So whoever multiplies some dimensions of a tensor need not check.
 */
bool
mml_tensor_set(MmlTensor *tensor, MmlElement type, int rank, const int64_t *dims)
{
	size_t		count = 1;
	bool		empty = false;

	if (rank < 0 || rank > MML_RANK || mml_tensor_element_size(type) == 0)
		return false;
	for (int i = 0; i < rank; i++)
	{
		if (dims[i] < 0 || !mml_mul_size(count, (size_t) MML_MAX(dims[i], 1), &count) ||
			count > PTRDIFF_MAX / 16)
			return false;
		empty = empty || dims[i] == 0;
	}
	tensor->type = type;
	tensor->rank = rank;
	for (int i = 0; i < rank; i++)
		tensor->dims[i] = dims[i];
	tensor->count = empty ? 0 : count;
	return true;
}

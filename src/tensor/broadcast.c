/*-------------------------------------------------------------------------
 *
 * broadcast.c
 *	  Tensors of different shapes, element by element; see broadcast.h.
 *
 *-------------------------------------------------------------------------
 */
#include "tensor/broadcast.h"

/* A dimension counted from the last one; 1 where the tensor has none there. */
static int64_t
dim_from_end(const MmlTensor *tensor, int i)
{
	return i < tensor->rank ? tensor->dims[tensor->rank - 1 - i] : 1;
}

bool
mml_tensor_broadcast_shape(int operands, const MmlTensor *const *in, int *rank, int64_t *dims)
{
	*rank = 0;
	for (int j = 0; j < operands; j++)
		*rank = MML_MAX(*rank, in[j]->rank);
	for (int i = 0; i < *rank; i++)
	{
		int64_t		size = 1;

		for (int j = 0; j < operands; j++)
		{
			int64_t		dim = dim_from_end(in[j], i);

			if (dim == 1)
				continue;
			if (size != 1 && size != dim)
				return false;
			size = dim;
		}
		dims[*rank - 1 - i] = size;
	}
	return true;
}

/*
 * Dimensions are taken from the last to the first.  One is merged into that
 * behind it where every operand that steps through the latter to its end is
 * then where the former's next index is, or stays in both.
 */
void
mml_tensor_broadcast_plan(int operands, const MmlTensor *const *in,
						  int rank, const int64_t *dims, MmlBroadcast *plan)
{
	int64_t		size[MML_RANK];
	int64_t		step[MML_BROADCAST_MOST][MML_RANK];
	int64_t		stride[MML_BROADCAST_MOST];
	int			n = 0;

	for (int j = 0; j < operands; j++)
		stride[j] = 1;
	for (int i = 0; i < rank; i++)
	{
		int64_t		dim = dims[rank - 1 - i];
		bool		merge = n > 0;

		if (dim == 1)
			continue;
		for (int j = 0; j < operands; j++)
		{
			step[j][n] = dim_from_end(in[j], i) == 1 ? 0 : stride[j];
			stride[j] *= dim_from_end(in[j], i);
			merge = merge && step[j][n] == step[j][n - 1] * size[n - 1];
		}
		if (merge)
			size[n - 1] *= dim;
		else
			size[n++] = dim;
	}
	if (n == 0)
	{
		/* A single element: as if everybody stepped. */
		size[0] = 1;
		for (int j = 0; j < operands; j++)
			step[j][0] = 1;
		n = 1;
	}
	plan->rank = n;
	for (int i = 0; i < n; i++)
	{
		plan->size[i] = size[n - 1 - i];
		for (int j = 0; j < operands; j++)
			plan->step[j][i] = step[j][n - 1 - i];
	}
}

bool
mml_tensor_walk(const MmlBroadcast *plan, int operands, MmlWalk *walk)
{
	int64_t		row = plan->size[plan->rank - 1];

	walk->done += row;
	walk->unpolled += row;
	if (walk->unpolled > 1000000)
	{
		walk->unpolled = 0;
		MML_CHECK();
	}
	for (int i = plan->rank - 2; i >= 0; i--)
	{
		walk->index[i]++;
		for (int j = 0; j < operands; j++)
			walk->offset[j] += plan->step[j][i];
		if (walk->index[i] < plan->size[i])
			return true;
		for (int j = 0; j < operands; j++)
			walk->offset[j] -= plan->step[j][i] * plan->size[i];
		walk->index[i] = 0;
	}
	return false;
}

/*-------------------------------------------------------------------------
 *
 * moves.c
 *	  Operators that only move numbers: Transpose.
 *
 *-------------------------------------------------------------------------
 */
#include "tensor/check.h"
#include "tensor/operators.h"
#include "tensor/strided.h"

static void
run(const MmlCall *call)
{
	if (mml_tensor_out(call, 0) != NULL && call->out[0]->count > 0)
		mml_tensor_strided_run(call->own, call->in[0]->data, call->out[0]->data);
}

/* Dimension i of the output is dimension perm[i] of the input. */
static const char *
infer_transpose(MmlCall *call)
{
	MmlStrided *own = call->own;
	const MmlTensor *in;
	const MmlAttribute *perm;
	int64_t		dims[MML_RANK];
	int64_t		strides[MML_RANK];
	uint32_t	seen = 0;

	MML_TRY(mml_tensor_check(call, "Transpose", "perm:I", 1));
	in = call->in[0];
	perm = mml_tensor_attribute(call, "perm");
	if (perm != NULL && perm->count != (size_t) in->rank)
		return mml_tensor_wrong(call, "perm of Transpose has %zu numbers for %d dimensions.",
								perm->count, in->rank);
	mml_tensor_strides(in->rank, in->dims, strides);
	*own = (MmlStrided)
	{
		.size = mml_tensor_element_size(in->type),.rank = in->rank
	};
	for (int i = 0; i < in->rank; i++)
	{
		int			axis = in->rank - 1 - i;

		if (perm != NULL)
			MML_TRY(mml_tensor_axis(call, "Transpose", perm->ints[i], in->rank, &axis));
		if ((seen & (1u << axis)) != 0)
			return mml_tensor_wrong(call, "perm of Transpose names dimension %d twice.", axis);
		seen |= 1u << axis;
		dims[i] = in->dims[axis];
		own->dims[i] = dims[i];
		own->from[i] = strides[axis];
	}
	MML_TRY(mml_tensor_give(call, "Transpose", 0, in->type, in->rank, dims));
	mml_tensor_strides(in->rank, dims, own->to);
	mml_tensor_strided_simplify(own);
	return NULL;
}

#define ROW(name, since, most, infer) {name, since, 1, most, 1, sizeof(MmlStrided), infer, NULL, run}

static const MmlOperator operators[] = {
	ROW("Transpose", 1, 1, infer_transpose)
};

const MmlOperators mml_tensor_moves = MML_OPERATORS(operators);

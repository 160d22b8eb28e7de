/*-------------------------------------------------------------------------
 *
 * joins.c
 *	  Tensors behind each other: Concat.
 *
 *-------------------------------------------------------------------------
 */
#include "tensor/check.h"
#include "tensor/operators.h"

/* Where the parts lie in the whole. */
typedef struct Join
{
	size_t		outer;			/* parts are interleaved so many times */
	size_t		inner;			/* bytes of one index of the axis */
	int			axis;
} Join;

static const char *
infer_concat(MmlCall *call)
{
	Join	   *own = call->own;
	const MmlTensor *first;
	int64_t		dims[MML_RANK];
	int64_t		sum = 0;

	MML_TRY(mml_tensor_check(call, "Concat", "axis:i", call->inputs));
	if (call->inputs < 1)
		return mml_tensor_wrong(call, "Concat has no input.");
	first = call->in[0];
	if (mml_tensor_attribute(call, "axis") == NULL)
		return mml_tensor_wrong(call, "Concat lacks its attribute axis.");
	MML_TRY(mml_tensor_axis(call, "Concat", mml_tensor_attribute_int(call, "axis", 0), first->rank, &own->axis));
	for (int i = 0; i < call->inputs; i++)
	{
		const MmlTensor *in = call->in[i];

		MML_TRY(mml_tensor_check_same(call, "Concat", i, 0));
		if (in->rank != first->rank)
			return mml_tensor_wrong(call, "inputs of Concat differ in the number of dimensions.");
		for (int j = 0; j < in->rank; j++)
		{
			if (j != own->axis && in->dims[j] != first->dims[j])
				return mml_tensor_wrong(call, "inputs of Concat differ in dimension %d: %lld and %lld.", j,
										(long long) first->dims[j], (long long) in->dims[j]);
			dims[j] = in->dims[j];
		}
		if (__builtin_add_overflow(sum, in->dims[own->axis], &sum))
			return mml_tensor_wrong(call, "the output of Concat is too large.");
	}
	dims[own->axis] = sum;
	MML_TRY(mml_tensor_give(call, "Concat", 0, first->type, first->rank, dims));
	own->outer = mml_tensor_product(first, 0, own->axis);
	own->inner = mml_tensor_product(first, own->axis + 1, first->rank) * mml_tensor_element_size(first->type);
	return NULL;
}

static void
run_concat(const MmlCall *call)
{
	const Join *own = call->own;
	char	   *to;
	size_t		unpolled = 0;

	if (mml_tensor_out(call, 0) == NULL || call->out[0]->count == 0)
		return;
	to = call->out[0]->data;
	for (size_t i = 0; i < own->outer; i++)
		for (int j = 0; j < call->inputs; j++)
		{
			size_t		bytes = (size_t) call->in[j]->dims[own->axis] * own->inner;

			if (bytes == 0)
				continue;
			memcpy(to, (const char *) call->in[j]->data + i * bytes, bytes);
			to += bytes;
			unpolled += bytes;
			if (unpolled > 4000000)
			{
				unpolled = 0;
				MML_CHECK();
			}
		}
}

static const MmlOperator operators[] = {
	{"Concat", 1, 1, INT32_MAX, 1, sizeof(Join), infer_concat, NULL, run_concat}
};

const MmlOperators mml_tensor_joins = MML_OPERATORS(operators);

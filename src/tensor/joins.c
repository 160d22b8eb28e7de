/*-------------------------------------------------------------------------
 *
 * joins.c
 *	  Tensors behind each other: Concat, Split.
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
	if (mml_tensor_attribute(call, "axis") == NULL && call->opset >= 4)
		return mml_tensor_wrong(call, "Concat lacks its attribute axis.");
	MML_TRY(mml_tensor_axis(call, "Concat", mml_tensor_attribute_int(call, "axis", 1), first->rank, &own->axis));
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
	own->outer = mml_tensor_span(first, 0, own->axis);
	own->inner = mml_tensor_span(first, own->axis + 1, first->rank) * mml_tensor_element_size(first->type);
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

/* Indices of the axis that an output of Split takes. */
static int64_t
part_size(const MmlCall *call, int axis, int output)
{
	const MmlTensor *sizes = mml_tensor_in(call, 1);
	int64_t		whole = call->in[0]->dims[axis];
	int64_t		equal = (whole + call->outputs - 1) / call->outputs;

	if (sizes == NULL)
		return MML_MAX(MML_MIN(equal, whole - equal * output), 0);
	return sizes->type == MML_ELEMENT_I64 ? ((const int64_t *) sizes->data)[output]
		: ((const int32_t *) sizes->data)[output];
}

/*
 * Parts of the sizes that the second input lists, or equal ones; the last may
 * be smaller where their number is given, which is so since opset 18.
 */
static const char *
infer_split(MmlCall *call)
{
	Join	   *own = call->own;
	const MmlTensor *in;
	const MmlTensor *sizes;
	int64_t		dims[MML_RANK];
	int64_t		sum = 0;

	MML_TRY(mml_tensor_check(call, "Split", "axis:i num_outputs:i", 1));
	in = call->in[0];
	sizes = mml_tensor_in(call, 1);
	MML_TRY(mml_tensor_axis(call, "Split", mml_tensor_attribute_int(call, "axis", 0), in->rank, &own->axis));
	MML_TRY(mml_tensor_check_type(call, "Split", 1, MML_TYPES_INDEX));
	if (sizes != NULL && (sizes->rank != 1 || sizes->dims[0] != call->outputs))
		return mml_tensor_wrong(call, "the sizes of Split are not %d numbers.", call->outputs);
	if (sizes != NULL && sizes->data == NULL)
		return mml_tensor_wait(call, "Split", 1);
	if (sizes == NULL && mml_tensor_attribute(call, "num_outputs") == NULL &&
		in->dims[own->axis] % call->outputs != 0)
		return mml_tensor_wrong(call, "Split of %lld into %d equal parts is not possible.",
								(long long) in->dims[own->axis], call->outputs);
	if (mml_tensor_attribute_int(call, "num_outputs", call->outputs) != call->outputs)
		return mml_tensor_wrong(call, "Split has %d outputs, not num_outputs.", call->outputs);
	for (int i = 0; i < in->rank; i++)
		dims[i] = in->dims[i];
	for (int i = 0; i < call->outputs; i++)
	{
		dims[own->axis] = part_size(call, own->axis, i);
		if (dims[own->axis] < 0 || __builtin_add_overflow(sum, dims[own->axis], &sum))
			return mml_tensor_wrong(call, "a size of Split is out of range.");
		MML_TRY(mml_tensor_give(call, "Split", i, in->type, in->rank, dims));
	}
	if (sum != in->dims[own->axis])
		return mml_tensor_wrong(call, "the sizes of Split add up to %lld, not %lld.", (long long) sum,
								(long long) in->dims[own->axis]);
	own->outer = mml_tensor_span(in, 0, own->axis);
	own->inner = mml_tensor_span(in, own->axis + 1, in->rank) * mml_tensor_element_size(in->type);
	return NULL;
}

static void
run_split(const MmlCall *call)
{
	const Join *own = call->own;
	size_t		stride = (size_t) call->in[0]->dims[own->axis] * own->inner;
	size_t		at = 0;

	for (int i = 0; i < call->outputs; i++)
	{
		size_t		bytes = (size_t) part_size(call, own->axis, i) * own->inner;

		for (size_t j = 0; mml_tensor_out(call, i) != NULL && bytes > 0 && j < own->outer; j++)
		{
			memcpy((char *) call->out[i]->data + j * bytes,
				   (const char *) call->in[0]->data + j * stride + at, bytes);
			if (bytes > 65536 || (j & 1023) == 1023)
				MML_CHECK();
		}
		at += bytes;
	}
}

static const MmlOperator operators[] = {
	{"Concat", 1, 1, INT32_MAX, 1, sizeof(Join), infer_concat, NULL, run_concat},
	{"Split", 1, 1, 2, INT32_MAX, sizeof(Join), infer_split, NULL, run_split}
};

const MmlOperators mml_tensor_joins = MML_OPERATORS(operators);

/*-------------------------------------------------------------------------
 *
 * shapes.c
 *	  Operators that keep every number where it lies and only name a new
 *	  shape: Reshape, Flatten, Squeeze, Unsqueeze, Identity, Dropout.
 *
 *-------------------------------------------------------------------------
 */
#include "tensor/check.h"
#include "tensor/operators.h"

/* The numbers of the first input, whatever the shape. */
static void
run_same(const MmlCall *call)
{
	if (mml_tensor_out(call, 0) != NULL)
		mml_tensor_copy(call->out[0]->data, call->in[0]->data,
						call->in[0]->count * mml_tensor_element_size(call->in[0]->type));
}

static const char *
infer_identity(MmlCall *call)
{
	MML_TRY(mml_tensor_check(call, "Identity", "", 1));
	return mml_tensor_give(call, "Identity", 0, call->in[0]->type, call->in[0]->rank, call->in[0]->dims);
}

/*
 * In the new shape 0 takes the dimension of the input at this place, unless
 * allowzero is set; one -1 is what is left.
 */
static const char *
infer_reshape(MmlCall *call)
{
	const MmlTensor *in;
	int64_t		dims[MML_RANK];
	size_t		known = 1;
	int			rank = 0;
	int			free_dim = -1;
	bool		zero_is_zero;

	MML_TRY(mml_tensor_check(call, "Reshape", "allowzero:i", 2));
	in = call->in[0];
	zero_is_zero = mml_tensor_attribute_int(call, "allowzero", 0) != 0;
	MML_TRY(mml_tensor_ints(call, "Reshape", 1, MML_RANK, dims, &rank));
	for (int i = 0; i < rank; i++)
	{
		if (dims[i] == -1)
		{
			if (free_dim >= 0)
				return mml_tensor_wrong(call, "the shape of Reshape has more than one -1.");
			free_dim = i;
			continue;
		}
		if (dims[i] == 0 && !zero_is_zero)
		{
			if (i >= in->rank)
				return mml_tensor_wrong(call, "the shape of Reshape has a 0 where its input has no dimension.");
			dims[i] = in->dims[i];
		}
		if (dims[i] < 0 || !mml_mul_size(known, (size_t) dims[i], &known))
			return mml_tensor_wrong(call, "the shape of Reshape is out of range.");
	}
	if (free_dim >= 0)
	{
		if (known == 0 || in->count % known != 0)
			return mml_tensor_wrong(call, "Reshape cannot lay out %zu numbers in rows of %zu.", in->count, known);
		dims[free_dim] = (int64_t) (in->count / known);
	}
	else if (known != in->count)
		return mml_tensor_wrong(call, "Reshape has %zu numbers for a shape of %zu.", in->count, known);
	return mml_tensor_give(call, "Reshape", 0, in->type, rank, dims);
}

/* Dimensions before an axis, and from it on, become one each. */
static const char *
infer_flatten(MmlCall *call)
{
	const MmlTensor *in;
	int64_t		axis;
	int64_t		dims[2];

	MML_TRY(mml_tensor_check(call, "Flatten", "axis:i", 1));
	in = call->in[0];
	axis = mml_tensor_attribute_int(call, "axis", 1);
	if (axis < -in->rank || axis > in->rank)
		return mml_tensor_wrong(call, "axis %lld of Flatten is out of range: there are %d dimensions.",
								(long long) axis, in->rank);
	axis = axis < 0 ? axis + in->rank : axis;
	dims[0] = (int64_t) mml_tensor_span(in, 0, (int) axis);
	dims[1] = (int64_t) mml_tensor_span(in, (int) axis, in->rank);
	return mml_tensor_give(call, "Flatten", 0, in->type, 2, dims);
}

/* Drop dimensions of 1: those named, or all. */
static const char *
infer_squeeze(MmlCall *call)
{
	const MmlTensor *in;
	int64_t		dims[MML_RANK];
	int			rank = 0;
	uint32_t	axes;
	bool		given;

	MML_TRY(mml_tensor_check(call, "Squeeze", "axes:I", 1));
	in = call->in[0];
	MML_TRY(mml_tensor_axes(call, "Squeeze", 1, in->rank, &axes, &given));
	for (int i = 0; i < in->rank; i++)
	{
		bool		named = (axes & (1u << i)) != 0;

		if (named && in->dims[i] != 1)
			return mml_tensor_wrong(call, "Squeeze cannot drop a dimension of %lld.", (long long) in->dims[i]);
		if (given ? !named : in->dims[i] != 1)
			dims[rank++] = in->dims[i];
	}
	return mml_tensor_give(call, "Squeeze", 0, in->type, rank, dims);
}

/* Dimensions of 1 where the output shall have them. */
static const char *
infer_unsqueeze(MmlCall *call)
{
	const MmlTensor *in;
	const MmlAttribute *attribute;
	int64_t		dims[MML_RANK];
	size_t		added;
	int			rank;
	int			next = 0;
	uint32_t	axes;
	bool		given;

	MML_TRY(mml_tensor_check(call, "Unsqueeze", "axes:I", 1));
	in = call->in[0];
	attribute = mml_tensor_attribute(call, "axes");
	added = mml_tensor_in(call, 1) != NULL ? call->in[1]->count : attribute != NULL ? attribute->count : 0;
	if (added > (size_t) (MML_RANK - in->rank))
		return mml_tensor_wrong(call, "the output of Unsqueeze has more than %d dimensions.", MML_RANK);
	rank = in->rank + (int) added;
	MML_TRY(mml_tensor_axes(call, "Unsqueeze", 1, rank, &axes, &given));
	if (!given)
		return mml_tensor_wrong(call, "Unsqueeze lacks its axes.");
	for (int i = 0; i < rank; i++)
		dims[i] = (axes & (1u << i)) != 0 ? 1 : in->dims[next++];
	return mml_tensor_give(call, "Unsqueeze", 0, in->type, rank, dims);
}

/*
 * Outside training nothing is dropped: the ratio does not matter, and the mask
 * of what is kept is all true.  Training with a ratio of 0 is the same.
 */
static const char *
infer_dropout(MmlCall *call)
{
	const MmlTensor *in;
	const MmlTensor *ratio;
	const MmlTensor *training;

	MML_TRY(mml_tensor_check(call, "Dropout", "ratio:f seed:i", 1));
	in = call->in[0];
	ratio = mml_tensor_in(call, 1);
	training = mml_tensor_in(call, 2);
	MML_TRY(mml_tensor_check_type(call, "Dropout", 1, MML_TYPES_FLOAT));
	MML_TRY(mml_tensor_check_type(call, "Dropout", 2, MML_TYPE(MML_ELEMENT_BOOL)));
	if (training != NULL && training->count != 1)
		return mml_tensor_wrong(call, "training_mode of Dropout is not one truth value.");
	if (training != NULL && training->data == NULL)
		return mml_tensor_wait(call, "Dropout", 2);
	if (training != NULL && *(const uint8_t *) training->data != 0)
	{
		if (ratio != NULL && ratio->data == NULL)
			return mml_tensor_wait(call, "Dropout", 1);
		if (ratio == NULL || ratio->count != 1 ||
			(ratio->type == MML_ELEMENT_F32 ? (double) *(const float *) ratio->data : *(const double *) ratio->data) != 0)
			return mml_tensor_wrong(call, "Dropout in training is not supported.");
	}
	MML_TRY(mml_tensor_give(call, "Dropout", 1, MML_ELEMENT_BOOL, in->rank, in->dims));
	return mml_tensor_give(call, "Dropout", 0, in->type, in->rank, in->dims);
}

static void
run_dropout(const MmlCall *call)
{
	run_same(call);
	if (mml_tensor_out(call, 1) != NULL && call->out[1]->count > 0)
		memset(call->out[1]->data, 1, call->out[1]->count);
}

static const MmlOperator operators[] = {
	{"Dropout", 1, 1, 3, 2, 0, infer_dropout, NULL, run_dropout},
	{"Flatten", 1, 1, 1, 1, 0, infer_flatten, NULL, run_same},
	{"Identity", 1, 1, 1, 1, 0, infer_identity, NULL, run_same},
	{"Reshape", 1, 2, 2, 1, 0, infer_reshape, NULL, run_same},
	{"Squeeze", 1, 1, 2, 1, 0, infer_squeeze, NULL, run_same},
	{"Unsqueeze", 1, 1, 2, 1, 0, infer_unsqueeze, NULL, run_same}
};

const MmlOperators mml_tensor_shapes = MML_OPERATORS(operators);

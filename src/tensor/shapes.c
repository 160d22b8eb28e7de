/*-------------------------------------------------------------------------
 *
 * shapes.c
 *	  Operators that keep every number where it lies and only name a new
 *	  shape: Reshape, Flatten, Identity; and Constant.
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
	dims[0] = (int64_t) mml_tensor_product(in, 0, (int) axis);
	dims[1] = (int64_t) mml_tensor_product(in, (int) axis, in->rank);
	return mml_tensor_give(call, "Flatten", 0, in->type, 2, dims);
}

/* A constant has exactly one attribute, of the type that its name says. */
static const char *
infer_constant(MmlCall *call)
{
	const MmlAttribute *value;
	int64_t		dim;

	MML_TRY(mml_tensor_check(call, "Constant", "value:t value_float:f value_floats:F value_int:i value_ints:I", 0));
	if (call->attributes != 1)
		return mml_tensor_wrong(call, "Constant has %d attributes in place of one value.", call->attributes);
	value = &call->attribute[0];
	dim = (int64_t) value->count;
	switch (value->type)
	{
		case MML_ATTRIBUTE_TENSOR:
			return mml_tensor_give(call, "Constant", 0, value->tensor.type, value->tensor.rank, value->tensor.dims);
		case MML_ATTRIBUTE_FLOAT:
			return mml_tensor_give(call, "Constant", 0, MML_ELEMENT_F32, 0, NULL);
		case MML_ATTRIBUTE_FLOATS:
			return mml_tensor_give(call, "Constant", 0, MML_ELEMENT_F32, 1, &dim);
		case MML_ATTRIBUTE_INT:
			return mml_tensor_give(call, "Constant", 0, MML_ELEMENT_I64, 0, NULL);
		case MML_ATTRIBUTE_INTS:
			return mml_tensor_give(call, "Constant", 0, MML_ELEMENT_I64, 1, &dim);
		case MML_ATTRIBUTE_TEXT:
		case MML_ATTRIBUTE_TEXTS:
			break;
	}
	return "a text as the value of Constant is not supported.";
}

static void
run_constant(const MmlCall *call)
{
	const MmlAttribute *value = &call->attribute[0];
	MmlTensor  *out = mml_tensor_out(call, 0);
	const void *from = value->type == MML_ATTRIBUTE_TENSOR ? value->tensor.data
		: value->type == MML_ATTRIBUTE_FLOAT ? (const void *) &value->f
		: value->type == MML_ATTRIBUTE_FLOATS ? (const void *) value->floats
		: value->type == MML_ATTRIBUTE_INT ? (const void *) &value->i
		: (const void *) value->ints;

	if (out != NULL)
		mml_tensor_copy(out->data, from, out->count * mml_tensor_element_size(out->type));
}

static const MmlOperator operators[] = {
	{"Constant", 1, 0, 0, 1, 0, infer_constant, NULL, run_constant},
	{"Flatten", 1, 1, 1, 1, 0, infer_flatten, NULL, run_same},
	{"Identity", 1, 1, 1, 1, 0, infer_identity, NULL, run_same},
	{"Reshape", 1, 2, 2, 1, 0, infer_reshape, NULL, run_same}
};

const MmlOperators mml_tensor_shapes = MML_OPERATORS(operators);

/*-------------------------------------------------------------------------
 *
 * encode.c
 *	  Categories that are numbers: OneHotEncoder, LabelEncoder.
 *
 * Categories and keys are looked up one by one: there are few.
 *
 *-------------------------------------------------------------------------
 */
#include <math.h>

#include "tensor/check.h"
#include "tensor/operators.h"

#define MOST_CATEGORIES 65536

/* The list that an attribute is, of numbers of one kind; NULL where it is not given. */
static const MmlAttribute *
find_list(const MmlCall *call, const char *name)
{
	const MmlAttribute *list = mml_tensor_attribute(call, name);

	return list == NULL || list->count == 0 ? NULL : list;
}

/* A last dimension is added: 1 where the number is the category, else 0. */
static const char *
infer_one_hot(MmlCall *call)
{
	const MmlAttribute *categories;
	const MmlTensor *in;
	int64_t		dims[MML_RANK + 1];

	MML_TRY(mml_tensor_check(call, "OneHotEncoder", "cats_int64s:I zeros:i", 1));
	MML_TRY(mml_tensor_check_type(call, "OneHotEncoder", 0, MML_TYPES_FLOAT | MML_TYPES_INDEX));
	categories = find_list(call, "cats_int64s");
	in = call->in[0];
	if (categories == NULL || categories->count > MOST_CATEGORIES || in->rank >= MML_RANK)
		return mml_tensor_wrong(call, "OneHotEncoder has no categories, or too many, or too many dimensions.");
	for (int i = 0; i < in->rank; i++)
		dims[i] = in->dims[i];
	dims[in->rank] = (int64_t) categories->count;
	return mml_tensor_give(call, "OneHotEncoder", 0, MML_ELEMENT_F32, in->rank + 1, dims);
}

static void
run_one_hot(const MmlCall *call)
{
	const MmlAttribute *categories = find_list(call, "cats_int64s");
	bool		zeros = mml_tensor_attribute_int(call, "zeros", 1) != 0;
	MmlTensor  *out = mml_tensor_out(call, 0);
	size_t		n = categories->count;
	float	   *to;

	if (out == NULL)
		return;
	to = out->data;
	for (size_t i = 0; i < call->in[0]->count; i++)
	{
		int64_t		category = mml_tensor_integer_at(call->in[0], i);
		bool		found = false;

		for (size_t j = 0; j < n; j++)
		{
			to[i * n + j] = categories->ints[j] == category;
			found = found || categories->ints[j] == category;
		}
		if (!found && !zeros)
			mml_tensor_fault(call, "a number is none of the categories that the network knows.");
		if (n > 4096 || (i & 1023) == 1023)
			MML_CHECK();
	}
}

/* Keys and values of LabelEncoder: of each the list that is given. */
static const char *
infer_label(MmlCall *call)
{
	static const char *const keys[] = {"keys_int64s", "keys_floats"};
	static const char *const values[] = {"values_int64s", "values_floats"};
	bool		float_keys;
	bool		float_values;
	const MmlAttribute *key;
	const MmlAttribute *value;

	MML_TRY(mml_tensor_check(call, "LabelEncoder", "default_float:f default_int64:i default_string:s keys_floats:F "
							 "keys_int64s:I values_floats:F values_int64s:I", 1));
	float_keys = find_list(call, "keys_floats") != NULL;
	float_values = find_list(call, "values_floats") != NULL;
	key = find_list(call, keys[float_keys]);
	value = find_list(call, values[float_values]);
	if (key == NULL || value == NULL || key->count != value->count || key->count > MOST_CATEGORIES ||
		(find_list(call, keys[0]) != NULL && float_keys) || (find_list(call, values[0]) != NULL && float_values))
		return mml_tensor_wrong(call, "LabelEncoder has not as many values as keys.");
	MML_TRY(mml_tensor_check_type(call, "LabelEncoder", 0, MML_TYPE(float_keys ? MML_ELEMENT_F32 : MML_ELEMENT_I64)));
	call->flops = (double) call->in[0]->count * (double) key->count;
	return mml_tensor_give(call, "LabelEncoder", 0, float_values ? MML_ELEMENT_F32 : MML_ELEMENT_I64,
						   call->in[0]->rank, call->in[0]->dims);
}

/* Which key a number is, the last of equals; -1: none. */
static int64_t
find_key(const MmlAttribute *keys, const MmlTensor *in, size_t i)
{
	for (int64_t j = (int64_t) keys->count - 1; j >= 0; j--)
		if (keys->type == MML_ATTRIBUTE_INTS)
		{
			if (((const int64_t *) in->data)[i] == keys->ints[j])
				return j;
		}
		else
		{
			float		x = ((const float *) in->data)[i];

			if (x == keys->floats[j] || (isnan(x) && isnan(keys->floats[j])))
				return j;
		}
	return -1;
}

static void
run_label(const MmlCall *call)
{
	const MmlAttribute *keys = find_list(call, "keys_int64s");
	const MmlAttribute *values = find_list(call, "values_int64s");
	MmlTensor  *out = mml_tensor_out(call, 0);

	if (out == NULL)
		return;
	if (keys == NULL)
		keys = find_list(call, "keys_floats");
	if (values == NULL)
		values = find_list(call, "values_floats");
	for (size_t i = 0; i < out->count; i++)
	{
		int64_t		at = find_key(keys, call->in[0], i);

		if (out->type == MML_ELEMENT_I64)
			((int64_t *) out->data)[i] = at < 0 ? mml_tensor_attribute_int(call, "default_int64", -1) : values->ints[at];
		else
			((float *) out->data)[i] = at < 0 ? mml_tensor_attribute_float(call, "default_float", -0.0f)
				: values->floats[at];
		if (keys->count > 4096 || (i & 1023) == 1023)
			MML_CHECK();
	}
}

static const MmlOperator operators[] = {
	{"OneHotEncoder", 1, 1, 1, 1, 0, infer_one_hot, NULL, run_one_hot},
	{"LabelEncoder", 1, 1, 1, 1, 0, infer_label, NULL, run_label}
};

const MmlOperators mml_tensor_encoders = MML_OPERATORS(operators);

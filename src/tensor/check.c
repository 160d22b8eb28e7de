/*-------------------------------------------------------------------------
 *
 * check.c
 *	  What every infer() asks of its call; see check.h.
 *
 *-------------------------------------------------------------------------
 */
#include <stdarg.h>
#include <stdio.h>

#include "tensor/check.h"
#include "tensor/number.h"

/* Write a sentence where the call keeps it. */
const char *
mml_tensor_wrong(MmlCall *call, const char *format,...)
{
	va_list		arguments;

	va_start(arguments, format);
	vsnprintf(call->wrong, sizeof(call->wrong), format, arguments);
	va_end(arguments);
	return call->wrong;
}

/* As ONNX calls a type. */
const char *
mml_tensor_type_name(MmlElement type)
{
	switch (type)
	{
		case MML_ELEMENT_F32:
			return "float";
		case MML_ELEMENT_U8:
			return "uint8";
		case MML_ELEMENT_I8:
			return "int8";
		case MML_ELEMENT_I32:
			return "int32";
		case MML_ELEMENT_I64:
			return "int64";
		case MML_ELEMENT_BOOL:
			return "bool";
		case MML_ELEMENT_F64:
			return "double";
	}
	return "an unknown type";
}

/* The letter of an attribute in a list "name:letter name:letter"; 0: none. */
static char
listed(const char *list, MmlText name)
{
	while (*list != '\0')
	{
		size_t		length = strcspn(list, ":");

		if (length == name.length && memcmp(list, name.bytes, length) == 0)
			return list[length + 1];
		list += length + 2;
		list += *list == ' ';
	}
	return '\0';
}

const char *
mml_tensor_check(MmlCall *call, const char *name, const char *attributes, int required)
{
	static const char letters[] = {
		[MML_ATTRIBUTE_INT] = 'i',[MML_ATTRIBUTE_FLOAT] = 'f',[MML_ATTRIBUTE_TEXT] = 's',
		[MML_ATTRIBUTE_INTS] = 'I',[MML_ATTRIBUTE_FLOATS] = 'F',[MML_ATTRIBUTE_TEXTS] = 'S',
		[MML_ATTRIBUTE_TENSOR] = 't'
	};

	call->scratch_bytes = 0;
	call->packed_bytes = 0;
	call->flops = 0;
	call->waits = false;
	call->shrinks = false;
	for (int i = 0; i < call->attributes; i++)
	{
		const MmlAttribute *attribute = &call->attribute[i];
		char		letter = listed(attributes, attribute->name);
		int			shown = (int) MML_MIN(attribute->name.length, 60);

		if (letter == '\0')
			return mml_tensor_wrong(call, "attribute \"%.*s\" of %s is not supported.",
									shown, attribute->name.bytes, name);
		if ((size_t) attribute->type >= sizeof(letters) || letters[attribute->type] != letter)
			return mml_tensor_wrong(call, "attribute \"%.*s\" of %s has a wrong type.",
									shown, attribute->name.bytes, name);
	}
	for (int i = 0; i < required; i++)
		if (mml_tensor_in(call, i) == NULL)
			return mml_tensor_wrong(call, "%s lacks input %d.", name, i + 1);
	if (call->outputs < 1)
		return mml_tensor_wrong(call, "%s has no output.", name);
	return NULL;
}

const char *
mml_tensor_check_type(MmlCall *call, const char *name, int input, uint32_t types)
{
	const MmlTensor *tensor = mml_tensor_in(call, input);

	if (tensor == NULL || (types & MML_TYPE(tensor->type)) != 0)
		return NULL;
	return mml_tensor_wrong(call, "%s of %s (input %d) is not supported.", name,
							mml_tensor_type_name(tensor->type), input + 1);
}

const char *
mml_tensor_check_same(MmlCall *call, const char *name, int input, int other)
{
	const MmlTensor *a = mml_tensor_in(call, input);
	const MmlTensor *b = mml_tensor_in(call, other);

	if (a == NULL || b == NULL || a->type == b->type)
		return NULL;
	return mml_tensor_wrong(call, "inputs of %s differ in type: %s and %s.", name,
							mml_tensor_type_name(b->type), mml_tensor_type_name(a->type));
}

const char *
mml_tensor_wait(MmlCall *call, const char *name, int input)
{
	call->waits = true;
	return mml_tensor_wrong(call, "input %d of %s is known only in a run.", input + 1, name);
}

const char *
mml_tensor_give(MmlCall *call, const char *name, int output, MmlElement type,
				int rank, const int64_t *dims)
{
	MmlTensor  *tensor = mml_tensor_out(call, output);
	MmlTensor	probe;

	if (tensor == NULL)
		tensor = &probe;
	if (!mml_tensor_set(tensor, type, rank, dims))
		return mml_tensor_wrong(call, "the output of %s is too large, or has more than %d dimensions.",
								name, MML_RANK);
	call->flops += (double) tensor->count;
	return NULL;
}

const char *
mml_tensor_axis(MmlCall *call, const char *name, int64_t given, int rank, int *axis)
{
	if (given < -rank || given >= rank)
		return mml_tensor_wrong(call, "axis %lld of %s is out of range: there are %d dimensions.",
								(long long) given, name, rank);
	*axis = (int) (given < 0 ? given + rank : given);
	return NULL;
}

const char *
mml_tensor_ints(MmlCall *call, const char *name, int input, int limit, int64_t *values, int *count)
{
	const MmlTensor *tensor = mml_tensor_in(call, input);

	MML_TRY(mml_tensor_check_type(call, name, input, MML_TYPES_INDEX));
	if (tensor->rank > 1 || tensor->count > (size_t) limit)
		return mml_tensor_wrong(call, "input %d of %s is not a list of at most %d numbers.",
								input + 1, name, limit);
	if (tensor->data == NULL && tensor->count > 0)
		return mml_tensor_wait(call, name, input);
	*count = (int) tensor->count;
	for (int i = 0; i < *count; i++)
		values[i] = tensor->type == MML_ELEMENT_I64 ? ((const int64_t *) tensor->data)[i]
			: ((const int32_t *) tensor->data)[i];
	return NULL;
}

const char *
mml_tensor_axes(MmlCall *call, const char *name, int input, int rank, uint32_t *axes, bool *given)
{
	int64_t		values[MML_RANK];
	const MmlAttribute *attribute = mml_tensor_attribute(call, "axes");
	int			count = 0;

	*axes = 0;
	*given = true;
	if (mml_tensor_in(call, input) != NULL)
		MML_TRY(mml_tensor_ints(call, name, input, MML_RANK, values, &count));
	else if (attribute != NULL)
	{
		if (attribute->count > MML_RANK)
			return mml_tensor_wrong(call, "%s has too many axes.", name);
		count = (int) attribute->count;
		for (int i = 0; i < count; i++)
			values[i] = attribute->ints[i];
	}
	else
		*given = false;
	for (int i = 0; i < count; i++)
	{
		int			axis = 0;

		MML_TRY(mml_tensor_axis(call, name, values[i], rank, &axis));
		if ((*axes & (1u << axis)) != 0)
			return mml_tensor_wrong(call, "axis %d of %s is named twice.", axis, name);
		*axes |= 1u << axis;
	}
	return NULL;
}

int64_t
mml_tensor_integer_at(const MmlTensor *tensor, size_t i)
{
	switch (tensor->type)
	{
		case MML_ELEMENT_F32:
			return mml_number_integer((double) ((const float *) tensor->data)[i], INT64_MIN, INT64_MAX);
		case MML_ELEMENT_F64:
			return mml_number_integer(((const double *) tensor->data)[i], INT64_MIN, INT64_MAX);
		case MML_ELEMENT_I32:
			return ((const int32_t *) tensor->data)[i];
		case MML_ELEMENT_I64:
			return ((const int64_t *) tensor->data)[i];
		case MML_ELEMENT_I8:
			return ((const int8_t *) tensor->data)[i];
		case MML_ELEMENT_U8:
		case MML_ELEMENT_BOOL:
			return ((const uint8_t *) tensor->data)[i];
	}
	return 0;
}

const char *
mml_tensor_number(MmlCall *call, const char *name, int input, double *value)
{
	const MmlTensor *tensor = mml_tensor_in(call, input);

	if (tensor->count != 1)
		return mml_tensor_wrong(call, "input %d of %s is not one number.", input + 1, name);
	if (tensor->data == NULL)
		return mml_tensor_wait(call, name, input);
	if (tensor->type == MML_ELEMENT_F32)
		*value = (double) *(const float *) tensor->data;
	else if (tensor->type == MML_ELEMENT_F64)
		*value = *(const double *) tensor->data;
	else
		*value = (double) mml_tensor_integer_at(tensor, 0);
	return NULL;
}

void
mml_tensor_fill(size_t count, size_t size, const void *element, void *to)
{
	char	   *bytes = to;
	size_t		filled = size;

	if (count == 0)
		return;
	memcpy(bytes, element, size);
	while (filled < count * size)
	{
		size_t		more = MML_MIN(filled, count * size - filled);

		memcpy(bytes + filled, bytes, more);
		filled += more;
	}
}

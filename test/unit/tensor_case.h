/*-------------------------------------------------------------------------
 *
 * tensor_case.h
 *	  What tests of operators share: a call with its tensors, and chance.
 *
 *	  begin("Add");
 *	  give(MML_ELEMENT_F32, 2, dims);
 *	  give(MML_ELEMENT_F32, 1, dims + 1);
 *	  CHECK(operate(1) == NULL);
 *	  CHECK_NEAR(get(&t.out[0], 5), 1.5, 1e-6);
 *
 *-------------------------------------------------------------------------
 */
#ifndef MML_TENSOR_CASE_H
#define MML_TENSOR_CASE_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/random.h"
#include "tensor/operator.h"

#define MOST_INPUTS 10
#define MOST_OUTPUTS 4
#define MOST_ATTRIBUTES 12
#define MOST_NUMBERS 17

/* The one call that a test has at a time. */
typedef struct Trial
{
	const MmlOperator *op;
	MmlCall		call;
	MmlTensor	in[MOST_INPUTS];
	MmlTensor	out[MOST_OUTPUTS];
	const MmlTensor *inputs[MOST_INPUTS];
	MmlTensor  *outputs[MOST_OUTPUTS];
	MmlAttribute attribute[MOST_ATTRIBUTES];
	int64_t		ints[MOST_ATTRIBUTES][MOST_NUMBERS];
	float		floats[MOST_ATTRIBUTES][MOST_NUMBERS];
	MmlText		texts[MOST_ATTRIBUTES][MOST_NUMBERS];
	void	   *data[MOST_INPUTS + MOST_OUTPUTS + 3];
	int			blocks;
	const char *fault;
} Trial;

static Trial t;
static MmlRandom rng;

/* A whole number from low to high. */
static inline int
pick(int low, int high)
{
	if (rng.s[0] == 0 && rng.s[1] == 0)
		mml_random_seed(&rng, 4);
	return low + (int) (mml_random_unit(&rng) * (high - low + 1));
}

/* A number between two. */
static inline double
between(double low, double high)
{
	(void) pick(0, 1);
	return low + mml_random_unit(&rng) * (high - low);
}

/* Memory of exactly so many bytes, so that a sanitizer sees what is beyond. */
static inline void *
allot(size_t bytes)
{
	void	   *p = NULL;

	if (posix_memalign(&p, 64, bytes == 0 ? 1 : bytes) != 0)
		abort();
	t.data[t.blocks++] = p;
	return p;
}

/* Begin a call; what was before is given back. */
static inline void
begin(const char *name)
{
	MmlText		text = {name, strlen(name)};

	for (int i = 0; i < t.blocks; i++)
		free(t.data[i]);
	memset(&t, 0, sizeof(t));
	t.op = mml_tensor_operator(text);
	t.call.opset = 22;
	t.call.attribute = t.attribute;
	t.call.in = t.inputs;
	t.call.out = t.outputs;
	t.call.fault = &t.fault;
	if (t.op == NULL)
		printf("# there is no %s\n", name);
	CHECK(t.op != NULL);
}

static inline double
get(const MmlTensor *tensor, size_t i)
{
	switch (tensor->type)
	{
		case MML_ELEMENT_F32:
			return (double) ((const float *) tensor->data)[i];
		case MML_ELEMENT_F64:
			return ((const double *) tensor->data)[i];
		case MML_ELEMENT_I32:
			return ((const int32_t *) tensor->data)[i];
		case MML_ELEMENT_I64:
			return (double) ((const int64_t *) tensor->data)[i];
		case MML_ELEMENT_I8:
			return ((const int8_t *) tensor->data)[i];
		default:
			return ((const uint8_t *) tensor->data)[i];
	}
}

static inline void
put(MmlTensor *tensor, size_t i, double x)
{
	switch (tensor->type)
	{
		case MML_ELEMENT_F32:
			((float *) tensor->data)[i] = (float) x;
			break;
		case MML_ELEMENT_F64:
			((double *) tensor->data)[i] = x;
			break;
		case MML_ELEMENT_I32:
			((int32_t *) tensor->data)[i] = (int32_t) x;
			break;
		case MML_ELEMENT_I64:
			((int64_t *) tensor->data)[i] = (int64_t) x;
			break;
		case MML_ELEMENT_I8:
			((int8_t *) tensor->data)[i] = (int8_t) x;
			break;
		default:
			((uint8_t *) tensor->data)[i] = (uint8_t) x;
	}
}

/* Append an input of random numbers: floats from -3 to 3, small integers. */
static inline MmlTensor *
give(MmlElement type, int rank, const int64_t *dims)
{
	MmlTensor  *in = &t.in[t.call.inputs];

	t.inputs[t.call.inputs++] = in;
	CHECK(mml_tensor_set(in, type, rank, dims));
	in->data = allot(in->count * mml_tensor_element_size(type));
	for (size_t i = 0; i < in->count; i++)
		put(in, i, type == MML_ELEMENT_BOOL ? pick(0, 1) : type == MML_ELEMENT_U8 ? pick(0, 9)
			: type == MML_ELEMENT_F32 || type == MML_ELEMENT_F64 ? between(-3, 3) : pick(-5, 5));
	return in;
}

/* The same, of two or three dimensions. */
static inline MmlTensor *
give_shape(MmlElement type, int rank, int64_t a, int64_t b, int64_t c)
{
	int64_t		dims[] = {a, b, c};

	return give(type, rank, dims);
}

/* Append an input of given numbers: a list, or a scalar where n is 0. */
static inline MmlTensor *
give_numbers(MmlElement type, int n, const double *numbers)
{
	int64_t		dim = n;
	MmlTensor  *in = give(type, n == 0 ? 0 : 1, &dim);

	for (size_t i = 0; i < in->count; i++)
		put(in, i, numbers[i]);
	return in;
}

static inline MmlTensor *
give_ints(int n, const int64_t *numbers)
{
	int64_t		dim = n;
	MmlTensor  *in = give(MML_ELEMENT_I64, 1, &dim);

	if (n > 0)
		memcpy(in->data, numbers, (size_t) n * sizeof(int64_t));
	return in;
}

/* Append an input that is left out. */
static inline void
give_nothing(void)
{
	t.inputs[t.call.inputs++] = NULL;
}

static inline MmlAttribute *
add_attribute(const char *name, MmlAttributeType type)
{
	MmlAttribute *attribute = &t.attribute[t.call.attributes++];

	CHECK(t.call.attributes <= MOST_ATTRIBUTES);
	attribute->name = (MmlText)
	{
		name, strlen(name)
	};
	attribute->type = type;
	return attribute;
}

static inline void
set_int(const char *name, int64_t value)
{
	add_attribute(name, MML_ATTRIBUTE_INT)->i = value;
}

static inline void
set_float(const char *name, double value)
{
	add_attribute(name, MML_ATTRIBUTE_FLOAT)->f = (float) value;
}

static inline void
set_text(const char *name, const char *value)
{
	add_attribute(name, MML_ATTRIBUTE_TEXT)->text = (MmlText)
	{
		value, strlen(value)
	};
}

static inline void
set_ints(const char *name, int n, const int64_t *values)
{
	MmlAttribute *attribute = add_attribute(name, MML_ATTRIBUTE_INTS);
	int64_t    *copy = t.ints[attribute - t.attribute];

	memcpy(copy, values, (size_t) n * sizeof(int64_t));
	attribute->ints = copy;
	attribute->count = (size_t) n;
}

static inline void
set_texts(const char *name, int n, const char *const *values)
{
	MmlAttribute *attribute = add_attribute(name, MML_ATTRIBUTE_TEXTS);
	MmlText    *copy = t.texts[attribute - t.attribute];

	for (int i = 0; i < n; i++)
		copy[i] = (MmlText)
	{
		values[i], strlen(values[i])
	};
	attribute->texts = copy;
	attribute->count = (size_t) n;
}

/* Infer; NULL or what is wrong. */
static inline const char *
check_call(int outputs)
{
	t.call.outputs = outputs;
	for (int i = 0; i < outputs; i++)
		t.outputs[i] = &t.out[i];
	t.call.own = allot(t.op->own_size);
	memset(t.call.own, 0xa5, t.op->own_size);
	return t.op->infer(&t.call);
}

/* Run what was inferred. */
static inline void
compute(int outputs)
{
	for (int i = 0; i < outputs; i++)
	{
		size_t		bytes = t.out[i].count * mml_tensor_element_size(t.out[i].type);

		t.out[i].data = allot(bytes);
		memset(t.out[i].data, 0xa5, bytes);
	}
	t.call.scratch = allot(t.call.scratch_bytes);
	t.call.packed = allot(t.call.packed_bytes);
	if (t.op->pack != NULL && t.call.packed_bytes > 0)
		t.op->pack(&t.call);
	t.op->run(&t.call);
}

/* Infer, and run; NULL or what is wrong. */
static inline const char *
operate(int outputs)
{
	const char *wrong = check_call(outputs);

	if (wrong == NULL)
		compute(outputs);
	return wrong;
}

/* The index in each dimension of element i. */
static inline void
split_index(const MmlTensor *tensor, size_t i, int64_t *index)
{
	for (int j = tensor->rank - 1; j >= 0; j--)
	{
		index[j] = (int64_t) i % tensor->dims[j];
		i /= (size_t) tensor->dims[j];
	}
}

/* The element that has an index; dimensions of 1 are repeated, leading ones may miss. */
static inline size_t
join_index(const MmlTensor *tensor, int rank, const int64_t *index)
{
	size_t		place = 0;

	for (int j = 0; j < tensor->rank; j++)
		place = place * (size_t) tensor->dims[j] +
			(size_t) (tensor->dims[j] == 1 ? 0 : index[j + rank - tensor->rank]);
	return place;
}

/* Random dimensions, most of them small. */
static inline int
random_dims(int least, int most, int64_t *dims)
{
	int			rank = pick(least, most);

	for (int i = 0; i < rank; i++)
		dims[i] = pick(0, 9) == 0 ? pick(1, 40) : pick(1, 6);
	return rank;
}

#endif							/* MML_TENSOR_CASE_H */

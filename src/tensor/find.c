/*-------------------------------------------------------------------------
 *
 * find.c
 *	  What there is among numbers: NonZero, Compress, Unique.
 *
 * How much that is only the numbers tell.  NonZero and Compress wait for them
 * and count; Unique gives bounds of shapes and lowers them when it has run.
 *
 *-------------------------------------------------------------------------
 */
#include "core/sort.h"
#include "tensor/check.h"
#include "tensor/operators.h"

#define POLL (1 << 20)			/* numbers between polls */

/* ----------------------------------------------------------------- NonZero */

/* Is a number other than 0?  That of a float is all bits but its sign. */
MML_INLINE bool
is_set(const MmlTensor *tensor, size_t size, size_t i)
{
	uint64_t	wide;
	uint32_t	bits;

	if (size == 1)
		return ((const uint8_t *) tensor->data)[i] != 0;
	if (size == 4)
	{
		memcpy(&bits, (const char *) tensor->data + i * size, size);
		return (tensor->type == MML_ELEMENT_F32 ? bits << 1 : bits) != 0;
	}
	memcpy(&wide, (const char *) tensor->data + i * size, size);
	return (tensor->type == MML_ELEMENT_F64 ? wide << 1 : wide) != 0;
}

/* How many of the first n numbers are not 0. */
static int64_t
count_set(const MmlTensor *tensor, size_t n)
{
	size_t		size = mml_tensor_element_size(tensor->type);
	int64_t		count = 0;

	for (size_t i = 0; i < n; i++)
	{
		count += is_set(tensor, size, i);
		if (i % POLL == 0)
			MML_CHECK();
	}
	return count;
}

/* A row an axis, of the indices of each number that is not 0. */
static const char *
infer_non_zero(MmlCall *call)
{
	const MmlTensor *in;
	int64_t		dims[2];

	MML_TRY(mml_tensor_check(call, "NonZero", "", 1));
	MML_TRY(mml_tensor_check_type(call, "NonZero", 0, MML_TYPES_ALL));
	in = call->in[0];
	if (in->data == NULL)
		return mml_tensor_wait(call, "NonZero", 0);
	dims[0] = in->rank;
	dims[1] = count_set(in, in->count);
	MML_TRY(mml_tensor_give(call, "NonZero", 0, MML_ELEMENT_I64, 2, dims));
	call->flops = (double) in->count;
	return NULL;
}

static void
run_non_zero(const MmlCall *call)
{
	const MmlTensor *in = call->in[0];
	MmlTensor  *out = mml_tensor_out(call, 0);
	size_t		size = mml_tensor_element_size(in->type);
	int64_t		at[MML_RANK] = {0};
	size_t		found = 0;

	if (out == NULL || out->count == 0)
		return;
	for (size_t i = 0; i < in->count; i++)
	{
		if (is_set(in, size, i))
		{
			for (int d = 0; d < in->rank; d++)
				((int64_t *) out->data)[(size_t) d * (size_t) out->dims[1] + found] = at[d];
			found++;
		}
		for (int d = in->rank - 1; d >= 0 && ++at[d] == in->dims[d]; d--)
			at[d] = 0;
		if (i % POLL == 0)
			MML_CHECK();
	}
}

/* ---------------------------------------------------------------- Compress */

/* The tensor as (outer, n, inner bytes); the middle is the axis. */
typedef struct Compress
{
	size_t		outer;
	size_t		n;				/* indices that have a condition */
	size_t		all;
	size_t		inner;
} Compress;

/* Of an axis, or of all numbers in a row, those whose condition holds. */
static const char *
infer_compress(MmlCall *call)
{
	Compress   *own = call->own;
	const MmlTensor *in;
	const MmlTensor *condition;
	int64_t		dims[MML_RANK];
	int			axis = 0;
	bool		flat;

	MML_TRY(mml_tensor_check(call, "Compress", "axis:i", 2));
	MML_TRY(mml_tensor_check_type(call, "Compress", 1, MML_TYPE(MML_ELEMENT_BOOL)));
	in = call->in[0];
	condition = call->in[1];
	flat = mml_tensor_attribute(call, "axis") == NULL;
	if (!flat)
		MML_TRY(mml_tensor_axis(call, "Compress", mml_tensor_attribute_int(call, "axis", 0), in->rank, &axis));
	if (condition->rank != 1)
		return mml_tensor_wrong(call, "the condition of Compress has %d dimensions, not one.", condition->rank);
	if (condition->data == NULL)
		return mml_tensor_wait(call, "Compress", 1);
	own->outer = flat ? 1 : mml_tensor_span(in, 0, axis);
	own->all = flat ? in->count : (size_t) in->dims[axis];
	own->inner = (flat ? 1 : mml_tensor_span(in, axis + 1, in->rank)) * mml_tensor_element_size(in->type);
	own->n = MML_MIN(own->all, condition->count);
	for (int i = 0; i < in->rank; i++)
		dims[i] = in->dims[i];
	dims[axis] = count_set(condition, own->n);
	MML_TRY(mml_tensor_give(call, "Compress", 0, in->type, flat ? 1 : in->rank, dims));
	call->flops += (double) condition->count;
	return NULL;
}

static void
run_compress(const MmlCall *call)
{
	const Compress *own = call->own;
	const uint8_t *condition = call->in[1]->data;
	const char *from = call->in[0]->data;
	char	   *to;
	size_t		unpolled = 0;

	if (mml_tensor_out(call, 0) == NULL || call->out[0]->count == 0)
		return;
	to = call->out[0]->data;
	for (size_t i = 0; i < own->outer; i++, from += own->all * own->inner)
		for (size_t j = 0; j < own->n; j++)
		{
			if (condition[j] != 0)
			{
				memcpy(to, from + j * own->inner, own->inner);
				to += own->inner;
				unpolled += own->inner;
			}
			if (++unpolled > 4 * POLL)
			{
				unpolled = 0;
				MML_CHECK();
			}
		}
}

/* ------------------------------------------------------------------ Unique */

/* The tensor as (outer, n, inner); of n things in the middle equal ones are one. */
typedef struct Unique
{
	const MmlTensor *in;
	size_t		outer;
	size_t		n;
	size_t		inner;
	int			axis;			/* of the output, which has n on it at most */
} Unique;

/* A thing: which it is, and the key of its first number. */
typedef struct Thing
{
	uint64_t	key;
	size_t		index;
	const Unique *of;
} Thing;

/* An integer that is ordered as the number is; NaN is the greatest. */
static uint64_t
key_at(const MmlTensor *tensor, size_t i)
{
	double		x;

	if (tensor->type == MML_ELEMENT_F32)
		x = (double) ((const float *) tensor->data)[i];
	else if (tensor->type == MML_ELEMENT_F64)
		x = ((const double *) tensor->data)[i];
	else
		return (uint64_t) mml_tensor_integer_at(tensor, i) ^ MML_KEY_SIGN;
	return x == x ? mml_key_of(x) : UINT64_MAX;
}

/* Where number i of a thing lies. */
static size_t
place_of(const Unique *own, size_t index, size_t i)
{
	return (i / own->inner * own->n + index) * own->inner + i % own->inner;
}

/* Number by number, until two differ. */
static int
compare_numbers(const Thing *x, const Thing *y)
{
	const Unique *own = x->of;

	if (x->key != y->key)
		return x->key < y->key ? -1 : 1;
	for (size_t i = 1; i < own->outer * own->inner; i++)
	{
		uint64_t	a = key_at(own->in, place_of(own, x->index, i));
		uint64_t	b = key_at(own->in, place_of(own, y->index, i));

		if (a != b)
			return a < b ? -1 : 1;
	}
	return 0;
}

/* Of equal things that in front comes first. */
static int
compare_things(const void *a, const void *b)
{
	const Thing *x = a;
	const Thing *y = b;
	int			order = compare_numbers(x, y);

	return order != 0 ? order : (x->index > y->index) - (x->index < y->index);
}

/* By the place in the tensor. */
static int
compare_places(const void *a, const void *b)
{
	size_t		x = ((const Thing *) a)->index;
	size_t		y = ((const Thing *) b)->index;

	return (x > y) - (x < y);
}

/*
 * Outputs: one of each of equal things, where it is first, which of them each
 * thing is, and how often each is there.
 */
static const char *
infer_unique(MmlCall *call)
{
	Unique	   *own = call->own;
	const MmlTensor *in;
	int64_t		n;
	int			axis = 0;
	bool		flat;

	MML_TRY(mml_tensor_check(call, "Unique", "axis:i sorted:i", 1));
	MML_TRY(mml_tensor_check_type(call, "Unique", 0, MML_TYPES_ALL));
	in = call->in[0];
	flat = mml_tensor_attribute(call, "axis") == NULL;
	if (!flat)
		MML_TRY(mml_tensor_axis(call, "Unique", mml_tensor_attribute_int(call, "axis", 0), in->rank, &axis));
	own->in = in;
	own->axis = axis;
	own->outer = flat ? 1 : mml_tensor_span(in, 0, axis);
	own->n = flat ? in->count : (size_t) in->dims[axis];
	own->inner = flat ? 1 : mml_tensor_span(in, axis + 1, in->rank);
	n = (int64_t) own->n;
	MML_TRY(mml_tensor_give(call, "Unique", 0, in->type, flat ? 1 : in->rank, flat ? &n : in->dims));
	for (int i = 1; i < call->outputs; i++)
		MML_TRY(mml_tensor_give(call, "Unique", i, MML_ELEMENT_I64, 1, &n));
	call->shrinks = true;
	call->flops += 64 * (double) in->count;
	if (!mml_mul_size(own->n, 2 * sizeof(Thing) + sizeof(size_t), &call->scratch_bytes))
		return mml_tensor_wrong(call, "the input of Unique is too large.");
	return NULL;
}

/*
 * Put the first of equal things, from the sorted list on, to its front, and
 * note for each thing which of them it equals; how many there are.
 */
static size_t
join_equal(size_t n, Thing *things, Thing *firsts, size_t *rank)
{
	size_t		found = 0;

	for (size_t i = 0; i < n; i++)
	{
		if (i == 0 || compare_numbers(&things[i - 1], &things[i]) != 0)
			firsts[found++] = things[i];
		rank[things[i].index] = found - 1;
		if (i % POLL == 0)
			MML_CHECK();
	}
	return found;
}

/* Bring the first of equal things, found of them, into the order of the tensor. */
static void
restore_order(size_t n, size_t found, Thing *firsts, Thing *spare, size_t *rank)
{
	size_t	   *moved = (size_t *) (void *) spare;

	for (size_t i = 0; i < found; i++)
		firsts[i].key = i;
	mml_sort(found, firsts, sizeof(Thing), compare_places);
	for (size_t i = 0; i < found; i++)
		moved[firsts[i].key] = i;
	for (size_t i = 0; i < n; i++)
		rank[i] = moved[rank[i]];
}

/* An output that is a list of integers, as long as it is now; NULL where nobody wants it. */
static int64_t *
list_of(const MmlCall *call, int output, size_t count)
{
	MmlTensor  *out = mml_tensor_out(call, output);

	if (out == NULL)
		return NULL;
	out->dims[0] = (int64_t) count;
	out->count = count;
	return out->data;
}

/* Write what was found. */
static void
write_unique(const MmlCall *call, const Unique *own, size_t found, const Thing *firsts, const size_t *rank)
{
	MmlTensor  *out = mml_tensor_out(call, 0);
	size_t		size = mml_tensor_element_size(own->in->type);
	int64_t    *first = list_of(call, 1, found);
	int64_t    *inverse = list_of(call, 2, own->n);
	int64_t    *counts = list_of(call, 3, found);

	for (size_t i = 0; first != NULL && i < found; i++)
		first[i] = (int64_t) firsts[i].index;
	for (size_t i = 0; inverse != NULL && i < own->n; i++)
		inverse[i] = (int64_t) rank[i];
	for (size_t i = 0; counts != NULL && i < found; i++)
		counts[i] = 0;
	for (size_t i = 0; counts != NULL && i < own->n; i++)
		counts[rank[i]]++;
	if (out == NULL)
		return;
	for (size_t i = 0; i < own->outer; i++)
		for (size_t j = 0; j < found; j++)
			mml_tensor_copy((char *) out->data + (i * found + j) * own->inner * size,
							(const char *) own->in->data + (i * own->n + firsts[j].index) * own->inner * size,
							own->inner * size);
	out->dims[own->axis] = (int64_t) found;
	out->count = own->outer * found * own->inner;
}

static void
run_unique(const MmlCall *call)
{
	const Unique *own = call->own;
	Thing	   *things = call->scratch;
	Thing	   *firsts = things + own->n;
	size_t	   *rank = (size_t *) (void *) (firsts + own->n);
	size_t		found;

	for (size_t i = 0; i < own->n; i++)
		things[i] = (Thing)
	{
		own->outer * own->inner == 0 ? 0 : key_at(own->in, place_of(own, i, 0)), i, own
	};
	mml_sort(own->n, things, sizeof(Thing), compare_things);
	found = join_equal(own->n, things, firsts, rank);
	if (mml_tensor_attribute_int(call, "sorted", 1) == 0)
		restore_order(own->n, found, firsts, things, rank);
	write_unique(call, own, found, firsts, rank);
}

static const MmlOperator operators[] = {
	{"Compress", 9, 2, 2, 1, sizeof(Compress), infer_compress, NULL, run_compress},
	{"NonZero", 9, 1, 1, 1, 0, infer_non_zero, NULL, run_non_zero},
	{"Unique", 11, 1, 1, 4, sizeof(Unique), infer_unique, NULL, run_unique}
};

const MmlOperators mml_tensor_finds = MML_OPERATORS(operators);

/*-------------------------------------------------------------------------
 *
 * select.c
 *	  Along an axis: ArgMax, ArgMin, TopK, CumSum.
 *
 *-------------------------------------------------------------------------
 */
#include "tensor/check.h"
#include "tensor/operators.h"

/* The tensor as (outer, n, inner); the middle is the axis. */
typedef struct Select
{
	size_t		outer;
	size_t		n;
	size_t		inner;
	int64_t		k;				/* TopK */
	bool		largest;		/* ArgMax; TopK */
	bool		flag;			/* ArgMax: the last of equals; CumSum:
								 * exclusive */
	bool		reverse;		/* CumSum */
} Select;

static void
split_shape(Select *own, const MmlTensor *in, int axis)
{
	own->outer = mml_tensor_span(in, 0, axis);
	own->n = (size_t) in->dims[axis];
	own->inner = mml_tensor_span(in, axis + 1, in->rank);
}

static void
poll(size_t *unpolled, size_t done)
{
	*unpolled += done;
	if (*unpolled > 500000)
	{
		*unpolled = 0;
		MML_CHECK();
	}
}

static const char *
infer_arg(MmlCall *call, const char *name, bool largest)
{
	Select	   *own = call->own;
	const MmlTensor *in;
	int64_t		dims[MML_RANK];
	int			rank = 0;
	int			axis = 0;

	MML_TRY(mml_tensor_check(call, name, "axis:i keepdims:i select_last_index:i", 1));
	MML_TRY(mml_tensor_check_type(call, name, 0, MML_TYPES_NUMBER));
	in = call->in[0];
	MML_TRY(mml_tensor_axis(call, name, mml_tensor_attribute_int(call, "axis", 0), in->rank, &axis));
	split_shape(own, in, axis);
	if (own->n == 0)
		return mml_tensor_wrong(call, "%s of no numbers is not possible.", name);
	own->largest = largest;
	own->flag = mml_tensor_attribute_int(call, "select_last_index", 0) != 0;
	for (int i = 0; i < in->rank; i++)
		if (i != axis)
			dims[rank++] = in->dims[i];
		else if (mml_tensor_attribute_int(call, "keepdims", 1) != 0)
			dims[rank++] = 1;
	MML_TRY(mml_tensor_give(call, name, 0, MML_ELEMENT_I64, rank, dims));
	call->flops = (double) in->count;
	return NULL;
}

static const char *
infer_arg_max(MmlCall *call)
{
	return infer_arg(call, "ArgMax", true);
}

static const char *
infer_arg_min(MmlCall *call)
{
	return infer_arg(call, "ArgMin", false);
}

/* x is better than y, or as good and wanted instead. */
#define BETTER(largest, x, y) ((largest) ? (x) > (y) : (x) < (y))

#define ARG(name, type) \
static int64_t \
name(const Select *own, const void *from) \
{ \
	const type *x = from; \
	size_t		best = 0; \
	\
	for (size_t i = 1; i < own->n; i++) \
	{ \
		type		new = x[i * own->inner]; \
		type		old = x[best * own->inner]; \
		\
		if (BETTER(own->largest, new, old) || (own->flag && !BETTER(own->largest, old, new))) \
			best = i; \
	} \
	return (int64_t) best; \
}

ARG(arg_f32, float)
ARG(arg_f64, double)
ARG(arg_i32, int32_t)
ARG(arg_i64, int64_t)
ARG(arg_i8, int8_t)
ARG(arg_u8, uint8_t)

static void
run_arg(const MmlCall *call)
{
	static int64_t (*const args[MML_TYPE_LIMIT]) (const Select *, const void *) =
	{
		[MML_ELEMENT_F32] = arg_f32,[MML_ELEMENT_F64] = arg_f64,[MML_ELEMENT_I32] = arg_i32,
		[MML_ELEMENT_I64] = arg_i64,[MML_ELEMENT_I8] = arg_i8,[MML_ELEMENT_U8] = arg_u8
	};
	const Select *own = call->own;
	const MmlTensor *in = call->in[0];
	size_t		size = mml_tensor_element_size(in->type);
	size_t		unpolled = 0;

	if (mml_tensor_out(call, 0) == NULL)
		return;
	for (size_t i = 0; i < own->outer; i++)
		for (size_t j = 0; j < own->inner; j++)
		{
			((int64_t *) call->out[0]->data)[i * own->inner + j] =
				args[in->type] (own, (const char *) in->data + (i * own->n * own->inner + j) * size);
			poll(&unpolled, own->n);
		}
}

/* The k largest or smallest of each row, and where they lie. */
static const char *
infer_topk(MmlCall *call)
{
	Select	   *own = call->own;
	const MmlTensor *in;
	int64_t		dims[MML_RANK];
	int			count = 0;
	int			axis = 0;

	MML_TRY(mml_tensor_check(call, "TopK", "axis:i largest:i sorted:i", 2));
	MML_TRY(mml_tensor_check_type(call, "TopK", 0, MML_TYPES_NUMBER));
	in = call->in[0];
	MML_TRY(mml_tensor_ints(call, "TopK", 1, 1, &own->k, &count));
	MML_TRY(mml_tensor_axis(call, "TopK", mml_tensor_attribute_int(call, "axis", -1), in->rank, &axis));
	if (count != 1 || own->k < 0 || own->k > in->dims[axis])
		return mml_tensor_wrong(call, "k of TopK is out of range: the axis has %lld.", (long long) in->dims[axis]);
	split_shape(own, in, axis);
	own->largest = mml_tensor_attribute_int(call, "largest", 1) != 0;
	for (int i = 0; i < in->rank; i++)
		dims[i] = i == axis ? own->k : in->dims[i];
	MML_TRY(mml_tensor_give(call, "TopK", 0, in->type, in->rank, dims));
	MML_TRY(mml_tensor_give(call, "TopK", 1, MML_ELEMENT_I64, in->rank, dims));
	call->flops = (double) in->count * 16;
	if (!mml_mul_size((size_t) own->k, sizeof(int64_t), &call->scratch_bytes))
		return mml_tensor_wrong(call, "k of TopK is too large.");
	return NULL;
}

/*
 * A heap of k indices, the worst of them first; then the worst is taken off
 * again and again, which leaves them in order, the best first.  Of equals the
 * one in front is better.
 */
#define TOPK(letter, type) \
static bool \
worse_##letter(const Select *own, const type *x, int64_t a, int64_t b) \
{ \
	type		va = x[(size_t) a * own->inner]; \
	type		vb = x[(size_t) b * own->inner]; \
	\
	return BETTER(own->largest, vb, va) || (!BETTER(own->largest, va, vb) && a > b); \
} \
\
static void \
sift_##letter(const Select *own, const type *x, int64_t *heap, int64_t n, int64_t at) \
{ \
	int64_t		moved = heap[at]; \
	\
	while (2 * at + 1 < n) \
	{ \
		int64_t		child = 2 * at + 1; \
		\
		if (child + 1 < n && worse_##letter(own, x, heap[child + 1], heap[child])) \
			child++; \
		if (!worse_##letter(own, x, heap[child], moved)) \
			break; \
		heap[at] = heap[child]; \
		at = child; \
	} \
	heap[at] = moved; \
} \
\
static void \
topk_##letter(const Select *own, const void *from, int64_t *heap) \
{ \
	const type *x = from; \
	\
	for (int64_t i = 0; i < own->k; i++) \
		heap[i] = i; \
	for (int64_t i = own->k / 2 - 1; i >= 0; i--) \
		sift_##letter(own, x, heap, own->k, i); \
	for (int64_t i = own->k; i < (int64_t) own->n; i++) \
		if (worse_##letter(own, x, heap[0], i)) \
		{ \
			heap[0] = i; \
			sift_##letter(own, x, heap, own->k, 0); \
		} \
	for (int64_t n = own->k - 1; n > 0; n--) \
	{ \
		int64_t		worst = heap[0]; \
		\
		heap[0] = heap[n]; \
		heap[n] = worst; \
		sift_##letter(own, x, heap, n, 0); \
	} \
}

TOPK(f32, float)
TOPK(f64, double)
TOPK(i32, int32_t)
TOPK(i64, int64_t)
TOPK(i8, int8_t)
TOPK(u8, uint8_t)

static void
run_topk(const MmlCall *call)
{
	static void (*const topks[MML_TYPE_LIMIT]) (const Select *, const void *, int64_t *) =
	{
		[MML_ELEMENT_F32] = topk_f32,[MML_ELEMENT_F64] = topk_f64,[MML_ELEMENT_I32] = topk_i32,
		[MML_ELEMENT_I64] = topk_i64,[MML_ELEMENT_I8] = topk_i8,[MML_ELEMENT_U8] = topk_u8
	};
	const Select *own = call->own;
	const MmlTensor *in = call->in[0];
	size_t		size = mml_tensor_element_size(in->type);
	int64_t    *best = call->scratch;
	size_t		unpolled = 0;

	if (own->k == 0)
		return;
	for (size_t i = 0; i < own->outer; i++)
		for (size_t j = 0; j < own->inner; j++)
		{
			const char *from = (const char *) in->data + (i * own->n * own->inner + j) * size;
			size_t		to = i * (size_t) own->k * own->inner + j;

			topks[in->type] (own, from, best);
			for (int64_t r = 0; r < own->k; r++, to += own->inner)
			{
				if (mml_tensor_out(call, 0) != NULL)
					memcpy((char *) call->out[0]->data + to * size, from + (size_t) best[r] * own->inner * size, size);
				if (mml_tensor_out(call, 1) != NULL)
					((int64_t *) call->out[1]->data)[to] = best[r];
			}
			poll(&unpolled, own->n * 16);
		}
}

/* Running sums, from either end, with or without the number itself. */
static const char *
infer_cumsum(MmlCall *call)
{
	Select	   *own = call->own;
	const MmlTensor *in;
	double		given = 0;
	int			axis = 0;

	MML_TRY(mml_tensor_check(call, "CumSum", "exclusive:i reverse:i", 2));
	MML_TRY(mml_tensor_check_type(call, "CumSum", 0, MML_TYPES_FLOAT | MML_TYPES_INDEX));
	MML_TRY(mml_tensor_check_type(call, "CumSum", 1, MML_TYPES_INDEX));
	MML_TRY(mml_tensor_number(call, "CumSum", 1, &given));
	in = call->in[0];
	MML_TRY(mml_tensor_axis(call, "CumSum", mml_tensor_integer_at(call->in[1], 0), in->rank, &axis));
	split_shape(own, in, axis);
	own->flag = mml_tensor_attribute_int(call, "exclusive", 0) != 0;
	own->reverse = mml_tensor_attribute_int(call, "reverse", 0) != 0;
	return mml_tensor_give(call, "CumSum", 0, in->type, in->rank, in->dims);
}

#define CUMSUM(name, type, wide) \
static void \
name(const Select *own, size_t at, const void *from, void *to) \
{ \
	const type *x = (const type *) from + at; \
	type	   *y = (type *) to + at; \
	wide		sum = 0; \
	\
	for (size_t i = 0; i < own->n; i++) \
	{ \
		size_t		place = (own->reverse ? own->n - 1 - i : i) * own->inner; \
		wide		number = (wide) x[place]; \
		\
		y[place] = (type) (own->flag ? sum : sum + number); \
		sum += number; \
	} \
}

CUMSUM(cumsum_f32, float, double)
CUMSUM(cumsum_f64, double, double)
CUMSUM(cumsum_i32, int32_t, uint64_t)
CUMSUM(cumsum_i64, int64_t, uint64_t)

static void
run_cumsum(const MmlCall *call)
{
	static void (*const sums[MML_TYPE_LIMIT]) (const Select *, size_t, const void *, void *) =
	{
		[MML_ELEMENT_F32] = cumsum_f32,[MML_ELEMENT_F64] = cumsum_f64,[MML_ELEMENT_I32] = cumsum_i32,
		[MML_ELEMENT_I64] = cumsum_i64
	};
	const Select *own = call->own;
	size_t		unpolled = 0;

	if (mml_tensor_out(call, 0) == NULL)
		return;
	for (size_t i = 0; i < own->outer; i++)
		for (size_t j = 0; j < own->inner; j++)
		{
			sums[call->in[0]->type] (own, i * own->n * own->inner + j, call->in[0]->data, call->out[0]->data);
			poll(&unpolled, own->n);
		}
}

static const MmlOperator operators[] = {
	{"ArgMax", 1, 1, 1, 1, sizeof(Select), infer_arg_max, NULL, run_arg},
	{"ArgMin", 1, 1, 1, 1, sizeof(Select), infer_arg_min, NULL, run_arg},
	{"CumSum", 11, 2, 2, 1, sizeof(Select), infer_cumsum, NULL, run_cumsum},
	{"TopK", 10, 2, 2, 2, sizeof(Select), infer_topk, NULL, run_topk}
};

const MmlOperators mml_tensor_selections = MML_OPERATORS(operators);

/*-------------------------------------------------------------------------
 *
 * compare.c
 *	  Comparisons and logic, with broadcasting; Where.
 *
 *-------------------------------------------------------------------------
 */
#include "tensor/binary.h"
#include "tensor/check.h"
#include "tensor/operators.h"

#define COMPARISON(name, sign) \
MML_BINARY(name##_f32, MML_CLONES, float, float, uint8_t, x sign y) \
MML_BINARY(name##_f64, , double, double, uint8_t, x sign y) \
MML_BINARY(name##_i32, , int32_t, int32_t, uint8_t, x sign y) \
MML_BINARY(name##_i64, , int64_t, int64_t, uint8_t, x sign y) \
MML_BINARY(name##_i8, , int8_t, int8_t, uint8_t, x sign y) \
MML_BINARY(name##_u8, , uint8_t, uint8_t, uint8_t, x sign y)

COMPARISON(equal, ==)
COMPARISON(greater, >)
COMPARISON(greater_or_equal, >=)
COMPARISON(less, <)
COMPARISON(less_or_equal, <=)

MML_BINARY(equal_bool,, uint8_t, uint8_t, uint8_t, (x != 0) == (y != 0))
MML_BINARY(and_bool,, uint8_t, uint8_t, uint8_t, (x != 0) & (y != 0))
MML_BINARY(or_bool,, uint8_t, uint8_t, uint8_t, (x | y) != 0)
MML_BINARY(xor_bool,, uint8_t, uint8_t, uint8_t, (x != 0) != (y != 0))

#define LOOPS(name) \
static const MmlBinaryLoop name##_loops[MML_TYPE_LIMIT] = {MML_BINARY_NUMBERS(name)};

LOOPS(greater)
LOOPS(greater_or_equal)
LOOPS(less)
LOOPS(less_or_equal)

static const MmlBinaryLoop equal_loops[MML_TYPE_LIMIT] = {
	MML_BINARY_NUMBERS(equal),[MML_ELEMENT_BOOL] = equal_bool
};
static const MmlBinaryLoop and_loops[MML_TYPE_LIMIT] = {[MML_ELEMENT_BOOL] = and_bool};
static const MmlBinaryLoop or_loops[MML_TYPE_LIMIT] = {[MML_ELEMENT_BOOL] = or_bool};
static const MmlBinaryLoop xor_loops[MML_TYPE_LIMIT] = {[MML_ELEMENT_BOOL] = xor_bool};

#define INFER(function, name, loops) \
static const char * \
infer_##function(MmlCall *call) \
{ \
	return mml_tensor_binary_infer(call, name, "", loops, MML_ELEMENT_BOOL); \
}

INFER(equal, "Equal", equal_loops)
INFER(greater, "Greater", greater_loops)
INFER(greater_or_equal, "GreaterOrEqual", greater_or_equal_loops)
INFER(less, "Less", less_loops)
INFER(less_or_equal, "LessOrEqual", less_or_equal_loops)
INFER(and, "And", and_loops)
INFER(or, "Or", or_loops)
INFER(xor, "Xor", xor_loops)

/* Where the first input is true take the second, otherwise the third. */
static const char *
infer_where(MmlCall *call)
{
	MmlBroadcast *own = call->own;
	int			rank;
	int64_t		dims[MML_RANK];

	MML_TRY(mml_tensor_check(call, "Where", "", 3));
	MML_TRY(mml_tensor_check_type(call, "Where", 0, MML_TYPE(MML_ELEMENT_BOOL)));
	MML_TRY(mml_tensor_check_same(call, "Where", 2, 1));
	if (!mml_tensor_broadcast_shape(3, call->in, &rank, dims))
		return mml_tensor_wrong(call, "shapes of Where do not fit together.");
	MML_TRY(mml_tensor_give(call, "Where", 0, call->in[1]->type, rank, dims));
	mml_tensor_broadcast_plan(3, call->in, rank, dims, own);
	return NULL;
}

#define WHERE_ROW(name, type) \
static void \
name(int64_t n, const int64_t *steps, const uint8_t *condition, const void *x_, const void *y_, void *out_) \
{ \
	const type *x = x_; \
	const type *y = y_; \
	type	   *out = out_; \
	\
	for (int64_t i = 0; i < n; i++) \
		out[i] = condition[i * steps[0]] != 0 ? x[i * steps[1]] : y[i * steps[2]]; \
}

WHERE_ROW(where_1, uint8_t)
WHERE_ROW(where_4, uint32_t)
WHERE_ROW(where_8, uint64_t)

static void
run_where(const MmlCall *call)
{
	const MmlBroadcast *plan = call->own;
	int64_t		size = (int64_t) mml_tensor_element_size(call->in[1]->type);
	int			last = plan->rank - 1;
	int64_t		steps[3] = {plan->step[0][last], plan->step[1][last], plan->step[2][last]};
	MmlWalk		walk = {0};

	if (mml_tensor_out(call, 0) == NULL || call->out[0]->count == 0)
		return;
	do
		(size == 8 ? where_8 : size == 4 ? where_4 : where_1)
			(plan->size[last], steps, (const uint8_t *) call->in[0]->data + walk.offset[0],
			 (const char *) call->in[1]->data + walk.offset[1] * size,
			 (const char *) call->in[2]->data + walk.offset[2] * size,
			 (char *) call->out[0]->data + walk.done * size);
	while (mml_tensor_walk(plan, 3, &walk));
}

static const MmlOperator operators[] = {
	MML_BINARY_ROW("Equal", 1, infer_equal),
	MML_BINARY_ROW("Greater", 1, infer_greater),
	MML_BINARY_ROW("GreaterOrEqual", 12, infer_greater_or_equal),
	MML_BINARY_ROW("Less", 1, infer_less),
	MML_BINARY_ROW("LessOrEqual", 12, infer_less_or_equal),
	MML_BINARY_ROW("And", 1, infer_and),
	MML_BINARY_ROW("Or", 1, infer_or),
	MML_BINARY_ROW("Xor", 1, infer_xor),
	{"Where", 9, 3, 3, 1, sizeof(MmlBroadcast), infer_where, NULL, run_where}
};

const MmlOperators mml_tensor_comparisons = MML_OPERATORS(operators);

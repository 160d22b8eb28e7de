/*-------------------------------------------------------------------------
 *
 * arithmetic.c
 *	  Functions of two numbers, with broadcasting: Add, Sub, Mul, Div.
 *
 * Integers wrap around; a division of an integer by 0 is 0.
 *
 *-------------------------------------------------------------------------
 */
#include "tensor/binary.h"
#include "tensor/check.h"
#include "tensor/operators.h"

const char *
mml_tensor_binary_infer(MmlCall *call, const char *name, const char *attributes,
						const MmlBinaryLoop *loops, MmlElement result)
{
	MmlBinary  *own = call->own;
	int			rank;
	int64_t		dims[MML_RANK];
	MmlElement	type;

	MML_TRY(mml_tensor_check(call, name, attributes, 2));
	MML_TRY(mml_tensor_check_same(call, name, 1, 0));
	type = call->in[0]->type;
	own->loop = loops[type];
	if (own->loop == NULL)
		return mml_tensor_check_type(call, name, 0, 0);
	if (!mml_tensor_broadcast_shape(2, call->in, &rank, dims))
		return mml_tensor_wrong(call, "shapes of %s do not fit together.", name);
	MML_TRY(mml_tensor_give(call, name, 0, result == 0 ? type : result, rank, dims));
	mml_tensor_broadcast_plan(2, call->in, rank, dims, &own->plan);
	return NULL;
}

/* Loop over rows; where there is one row only, over stretches of it. */
void
mml_tensor_binary_rows(const MmlBroadcast *plan, MmlBinaryLoop loop, const MmlTensor *a,
					   const MmlTensor *b, MmlTensor *out)
{
	const int64_t stretch = 1 << 18;
	int64_t		a_size = (int64_t) mml_tensor_element_size(a->type);
	int64_t		b_size = (int64_t) mml_tensor_element_size(b->type);
	int64_t		out_size = (int64_t) mml_tensor_element_size(out->type);
	int64_t		row = plan->size[plan->rank - 1];
	int64_t		a_step = plan->step[0][plan->rank - 1];
	int64_t		b_step = plan->step[1][plan->rank - 1];
	MmlWalk		walk = {0};

	if (out->count == 0)
		return;
	do
	{
		for (int64_t i = 0; i < row; i += stretch)
		{
			loop((size_t) MML_MIN(stretch, row - i),
				 (const char *) a->data + (walk.offset[0] + i * a_step) * a_size, a_step != 0,
				 (const char *) b->data + (walk.offset[1] + i * b_step) * b_size, b_step != 0,
				 (char *) out->data + (walk.done + i) * out_size);
			if (row > stretch)
				MML_CHECK();
		}
	} while (mml_tensor_walk(plan, 2, &walk));
}

void
mml_tensor_binary_run(const MmlCall *call)
{
	const MmlBinary *own = call->own;

	if (mml_tensor_out(call, 0) != NULL)
		mml_tensor_binary_rows(&own->plan, own->loop, call->in[0], call->in[1], call->out[0]);
}

/* Division of integers, wherever it is not defined in C. */
MML_INLINE int64_t
divide(int64_t x, int64_t y)
{
	return y == 0 ? 0 : y == -1 ? (int64_t) (-(uint64_t) x) : x / y;
}

MML_BINARY(add_f32, MML_CLONES, float, float, x + y)
MML_BINARY(sub_f32, MML_CLONES, float, float, x - y)
MML_BINARY(mul_f32, MML_CLONES, float, float, x * y)
MML_BINARY(div_f32, MML_CLONES, float, float, x / y)
MML_BINARY(add_f64,, double, double, x + y)
MML_BINARY(sub_f64,, double, double, x - y)
MML_BINARY(mul_f64,, double, double, x * y)
MML_BINARY(div_f64,, double, double, x / y)

/* Integers in the unsigned type of their width, which wraps around. */
#define INTEGERS(type, letter, unsigned_type) \
MML_BINARY(add_##letter, , type, type, (unsigned_type) ((unsigned_type) x + (unsigned_type) y)) \
MML_BINARY(sub_##letter, , type, type, (unsigned_type) ((unsigned_type) x - (unsigned_type) y)) \
MML_BINARY(mul_##letter, , type, type, (unsigned_type) ((uint64_t) x * (uint64_t) y)) \
MML_BINARY(div_##letter, , type, type, divide(x, y))

INTEGERS(int32_t, i32, uint32_t)
INTEGERS(int64_t, i64, uint64_t)
INTEGERS(int8_t, i8, uint8_t)
INTEGERS(uint8_t, u8, uint8_t)

#define LOOPS(name) \
static const MmlBinaryLoop name[MML_TYPE_LIMIT] = { \
	[MML_ELEMENT_F32] = name##_f32, [MML_ELEMENT_F64] = name##_f64, [MML_ELEMENT_I32] = name##_i32, \
	[MML_ELEMENT_I64] = name##_i64, [MML_ELEMENT_I8] = name##_i8, [MML_ELEMENT_U8] = name##_u8 \
};

LOOPS(add)
LOOPS(sub)
LOOPS(mul)
LOOPS(div)

#define INFER(function, name) \
static const char * \
infer_##function(MmlCall *call) \
{ \
	return mml_tensor_binary_infer(call, name, "", function, 0); \
}

INFER(add, "Add")
INFER(sub, "Sub")
INFER(mul, "Mul")
INFER(div, "Div")

static const MmlOperator operators[] = {
	MML_BINARY_ROW("Add", 1, infer_add),
	MML_BINARY_ROW("Sub", 1, infer_sub),
	MML_BINARY_ROW("Mul", 1, infer_mul),
	MML_BINARY_ROW("Div", 1, infer_div)
};

const MmlOperators mml_tensor_arithmetic = MML_OPERATORS(operators);

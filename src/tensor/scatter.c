/*-------------------------------------------------------------------------
 *
 * scatter.c
 *	  Numbers put where indices say: ScatterElements, ScatterND.
 *
 * The output is the first input, in which places that the indices name take
 * the updates, or are added to, multiplied, and so on.
 *
 *-------------------------------------------------------------------------
 */
#include "tensor/check.h"
#include "tensor/gather.h"
#include "tensor/operators.h"

typedef enum Reduction
{
	REPLACE,
	ADD,
	MULTIPLY,
	LARGEST,
	SMALLEST
} Reduction;

typedef struct Scatter
{
	Reduction	reduction;
	int			axis;			/* ScatterElements */
	MmlTuples	tuples;			/* ScatterND */
} Scatter;

/* n updates taken in by as many elements. */
#define MERGE(name, type, wide) \
static void \
name(Reduction reduction, size_t n, const void *updates, void *to_) \
{ \
	const type *from = updates; \
	type	   *to = to_; \
	\
	for (size_t i = 0; i < n; i++) \
		if (reduction == ADD) \
			to[i] = (type) ((wide) to[i] + (wide) from[i]); \
		else if (reduction == MULTIPLY) \
			to[i] = (type) ((wide) to[i] * (wide) from[i]); \
		else if (reduction == LARGEST) \
			to[i] = from[i] > to[i] ? from[i] : to[i]; \
		else \
			to[i] = from[i] < to[i] ? from[i] : to[i]; \
}

MERGE(merge_f32, float, float)
MERGE(merge_f64, double, double)
MERGE(merge_i32, int32_t, uint64_t)
MERGE(merge_i64, int64_t, uint64_t)
MERGE(merge_i8, int8_t, uint64_t)
MERGE(merge_u8, uint8_t, uint64_t)

static void
merge(MmlElement type, Reduction reduction, size_t n, const char *updates, char *to)
{
	static void (*const merges[MML_TYPE_LIMIT]) (Reduction, size_t, const void *, void *) =
	{
		[MML_ELEMENT_F32] = merge_f32,[MML_ELEMENT_F64] = merge_f64,[MML_ELEMENT_I32] = merge_i32,
		[MML_ELEMENT_I64] = merge_i64,[MML_ELEMENT_I8] = merge_i8,[MML_ELEMENT_U8] = merge_u8
	};

	if (reduction == REPLACE)
		memcpy(to, updates, n * mml_tensor_element_size(type));
	else
		merges[type] (reduction, n, updates, to);
}

/* Attributes and types that both operators have. */
static const char *
check(MmlCall *call, const char *name, const char *attributes, Scatter *own)
{
	static const char *const words[] = {"none", "add", "mul", "max", "min"};
	MmlText		word = mml_tensor_attribute_text(call, "reduction", "none");

	MML_TRY(mml_tensor_check(call, name, attributes, 3));
	MML_TRY(mml_tensor_check_same(call, name, 2, 0));
	for (int i = 0; i < 5; i++)
		if (mml_tensor_text_is(word, words[i]))
		{
			own->reduction = (Reduction) i;
			if (own->reduction != REPLACE)
				MML_TRY(mml_tensor_check_type(call, name, 0, MML_TYPES_NUMBER));
			return NULL;
		}
	return mml_tensor_wrong(call, "the reduction of %s is not supported: %.*s.", name,
							(int) MML_MIN(word.length, 40), word.bytes);
}

static const char *
infer_elements(MmlCall *call, const char *name)
{
	Scatter    *own = call->own;
	const MmlTensor *in;

	MML_TRY(check(call, name, "axis:i reduction:s", own));
	MML_TRY(mml_tensor_check_elements(call, name, &own->axis));
	in = call->in[0];
	if (call->in[2]->rank != in->rank ||
		memcmp(call->in[1]->dims, call->in[2]->dims, (size_t) in->rank * sizeof(int64_t)) != 0)
		return mml_tensor_wrong(call, "indices and updates of %s differ in shape.", name);
	return mml_tensor_give(call, name, 0, in->type, in->rank, in->dims);
}

static const char *
infer_scatter_elements(MmlCall *call)
{
	return infer_elements(call, "ScatterElements");
}

/* The name of ScatterElements before opset 11. */
static const char *
infer_scatter(MmlCall *call)
{
	return infer_elements(call, "Scatter");
}

static void
run_scatter_elements(const MmlCall *call)
{
	const Scatter *own = call->own;
	MmlTensor  *out = mml_tensor_out(call, 0);
	size_t		size;

	if (out == NULL)
		return;
	size = mml_tensor_element_size(out->type);
	mml_tensor_copy(out->data, call->in[0]->data, out->count * size);
	for (size_t i = 0; i < call->in[1]->count; i++)
	{
		merge(out->type, own->reduction, 1, (const char *) call->in[2]->data + i * size,
			  (char *) out->data + mml_tensor_element_place(call, own->axis, i) * size);
		if ((i & 0xffff) == 0xffff)
			MML_CHECK();
	}
}

static const char *
infer_scatter_nd(MmlCall *call)
{
	Scatter    *own = call->own;
	const MmlTensor *in;
	const MmlTensor *indices;
	const MmlTensor *updates;
	int			outer;
	bool		fits;

	MML_TRY(check(call, "ScatterND", "reduction:s", own));
	MML_TRY(mml_tensor_check_tuples(call, "ScatterND", &own->tuples));
	in = call->in[0];
	indices = call->in[1];
	updates = call->in[2];
	outer = indices->rank - 1;
	fits = updates->rank == outer + in->rank - own->tuples.length;
	for (int i = 0; fits && i < updates->rank; i++)
		fits = updates->dims[i] == (i < outer ? indices->dims[i] : in->dims[i - outer + own->tuples.length]);
	if (!fits)
		return mml_tensor_wrong(call, "updates of ScatterND do not fit its indices.");
	return mml_tensor_give(call, "ScatterND", 0, in->type, in->rank, in->dims);
}

static void
run_scatter_nd(const MmlCall *call)
{
	const Scatter *own = call->own;
	MmlTensor  *out = mml_tensor_out(call, 0);
	size_t		size;

	if (out == NULL)
		return;
	size = mml_tensor_element_size(out->type);
	mml_tensor_copy(out->data, call->in[0]->data, out->count * size);
	for (size_t i = 0; own->tuples.inner > 0 && i < own->tuples.count; i++)
	{
		merge(out->type, own->reduction, own->tuples.inner,
			  (const char *) call->in[2]->data + i * own->tuples.inner * size,
			  (char *) out->data + mml_tensor_tuple_place(call, &own->tuples, i) * size);
		if (own->tuples.inner > 65536 || (i & 0xffff) == 0xffff)
			MML_CHECK();
	}
}

static const MmlOperator operators[] = {
	{"ScatterElements", 11, 3, 3, 1, sizeof(Scatter), infer_scatter_elements, NULL, run_scatter_elements},
	{"Scatter", 9, 3, 3, 1, sizeof(Scatter), infer_scatter, NULL, run_scatter_elements},
	{"ScatterND", 11, 3, 3, 1, sizeof(Scatter), infer_scatter_nd, NULL, run_scatter_nd}
};

const MmlOperators mml_tensor_scatters = MML_OPERATORS(operators);

/*-------------------------------------------------------------------------
 *
 * gather.c
 *	  Numbers taken from where indices say: Gather, GatherElements, GatherND.
 *
 * Indices are int32 or int64 and count from the end where negative.  Constant
 * ones are checked by infer(); one that is out of range in a run is a fault,
 * and index 0 is taken instead.
 *
 *-------------------------------------------------------------------------
 */
#include "tensor/check.h"
#include "tensor/gather.h"
#include "tensor/operators.h"

const char *
mml_tensor_check_indices(MmlCall *call, const char *name, int input, const int64_t *limits, int period)
{
	const MmlTensor *indices = call->in[input];

	MML_TRY(mml_tensor_check_type(call, name, input, MML_TYPES_INDEX));
	for (size_t i = 0; indices->data != NULL && i < indices->count; i++)
	{
		int64_t		limit = limits[i % (size_t) period];
		int64_t		index = mml_tensor_integer_at(indices, i);

		if (index < -limit || index >= limit)
			return mml_tensor_wrong(call, "index %lld of %s is out of range: there are %lld.",
									(long long) index, name, (long long) limit);
	}
	return NULL;
}

int64_t
mml_tensor_index(const MmlCall *call, const MmlTensor *indices, size_t i, int64_t limit)
{
	int64_t		index = indices->type == MML_ELEMENT_I64 ? ((const int64_t *) indices->data)[i]
		: ((const int32_t *) indices->data)[i];

	if (index < -limit || index >= limit)
	{
		mml_tensor_fault(call, "an index is out of range.");
		return 0;
	}
	return index < 0 ? index + limit : index;
}

/* The axis is replaced by the dimensions of the indices. */
static const char *
infer_gather(MmlCall *call)
{
	int		   *own = call->own;
	const MmlTensor *in;
	const MmlTensor *indices;
	int64_t		dims[2 * MML_RANK];
	int			rank = 0;

	MML_TRY(mml_tensor_check(call, "Gather", "axis:i", 2));
	in = call->in[0];
	indices = call->in[1];
	MML_TRY(mml_tensor_axis(call, "Gather", mml_tensor_attribute_int(call, "axis", 0), in->rank, own));
	MML_TRY(mml_tensor_check_indices(call, "Gather", 1, &in->dims[*own], 1));
	for (int i = 0; i < *own; i++)
		dims[rank++] = in->dims[i];
	for (int i = 0; i < indices->rank; i++)
		dims[rank++] = indices->dims[i];
	for (int i = *own + 1; i < in->rank; i++)
		dims[rank++] = in->dims[i];
	MML_TRY(mml_tensor_give(call, "Gather", 0, in->type, rank, dims));
	if (in->dims[*own] == 0 && indices->count > 0)
		return mml_tensor_wrong(call, "Gather takes from an axis without numbers.");
	return NULL;
}

static void
run_gather(const MmlCall *call)
{
	const int  *own = call->own;
	const MmlTensor *in = call->in[0];
	const MmlTensor *indices = call->in[1];
	size_t		inner = mml_tensor_span(in, *own + 1, in->rank) * mml_tensor_element_size(in->type);
	size_t		outer = mml_tensor_span(in, 0, *own);
	char	   *to;
	size_t		unpolled = 0;

	if (mml_tensor_out(call, 0) == NULL || call->out[0]->count == 0)
		return;
	to = call->out[0]->data;
	for (size_t i = 0; i < outer; i++)
		for (size_t j = 0; j < indices->count; j++)
		{
			size_t		index = (size_t) mml_tensor_index(call, indices, j, in->dims[*own]);

			memcpy(to, (const char *) in->data + (i * (size_t) in->dims[*own] + index) * inner, inner);
			to += inner;
			unpolled += inner + 8;
			if (unpolled > 4000000)
			{
				unpolled = 0;
				MML_CHECK();
			}
		}
}

const char *
mml_tensor_check_elements(MmlCall *call, const char *name, int *axis)
{
	const MmlTensor *in = call->in[0];
	const MmlTensor *indices = call->in[1];

	MML_TRY(mml_tensor_axis(call, name, mml_tensor_attribute_int(call, "axis", 0), in->rank, axis));
	MML_TRY(mml_tensor_check_indices(call, name, 1, &in->dims[*axis], 1));
	if (indices->rank != in->rank)
		return mml_tensor_wrong(call, "indices of %s have %d dimensions, not %d.", name, indices->rank, in->rank);
	for (int i = 0; i < in->rank; i++)
		if (i == *axis ? in->dims[i] == 0 && indices->count > 0 : indices->dims[i] > in->dims[i])
			return mml_tensor_wrong(call, "indices of %s do not fit its input.", name);
	return NULL;
}

size_t
mml_tensor_element_place(const MmlCall *call, int axis, size_t i)
{
	const MmlTensor *in = call->in[0];
	const MmlTensor *indices = call->in[1];
	size_t		rest = i;
	size_t		stride = 1;
	size_t		place = 0;

	for (int j = in->rank - 1; j >= 0; j--)
	{
		size_t		at = rest % (size_t) indices->dims[j];

		rest /= (size_t) indices->dims[j];
		if (j == axis)
			at = (size_t) mml_tensor_index(call, indices, i, in->dims[axis]);
		place += at * stride;
		stride *= (size_t) in->dims[j];
	}
	return place;
}

/* Each index names the place on the axis; the others are its own. */
static const char *
infer_gather_elements(MmlCall *call)
{
	MML_TRY(mml_tensor_check(call, "GatherElements", "axis:i", 2));
	MML_TRY(mml_tensor_check_elements(call, "GatherElements", call->own));
	return mml_tensor_give(call, "GatherElements", 0, call->in[0]->type, call->in[1]->rank, call->in[1]->dims);
}

static void
run_gather_elements(const MmlCall *call)
{
	const int  *own = call->own;
	MmlTensor  *out = mml_tensor_out(call, 0);
	size_t		size;

	if (out == NULL)
		return;
	size = mml_tensor_element_size(out->type);
	for (size_t i = 0; i < out->count; i++)
	{
		memcpy((char *) out->data + i * size,
			   (const char *) call->in[0]->data + mml_tensor_element_place(call, *own, i) * size, size);
		if ((i & 0xffff) == 0xffff)
			MML_CHECK();
	}
}

const char *
mml_tensor_check_tuples(MmlCall *call, const char *name, MmlTuples *tuples)
{
	const MmlTensor *in = call->in[0];
	const MmlTensor *indices = call->in[1];
	int64_t		batch = mml_tensor_attribute_int(call, "batch_dims", 0);
	int64_t		length;

	if (indices->rank < 1 || in->rank < 1)
		return mml_tensor_wrong(call, "%s of a scalar is not possible.", name);
	if (batch < 0 || batch >= MML_MIN(in->rank, indices->rank))
		return mml_tensor_wrong(call, "batch_dims of %s is out of range: %lld.", name, (long long) batch);
	for (int i = 0; i < batch; i++)
		if (in->dims[i] != indices->dims[i])
			return mml_tensor_wrong(call, "batches of %s differ in dimension %d.", name, i);
	length = indices->dims[indices->rank - 1];
	if (length < 1 || length > in->rank - batch)
		return mml_tensor_wrong(call, "indices of %s have %lld numbers for %d dimensions.", name,
								(long long) length, in->rank - (int) batch);
	MML_TRY(mml_tensor_check_indices(call, name, 1, in->dims + batch, (int) length));
	tuples->batch = (int) batch;
	tuples->length = (int) length;
	tuples->count = mml_tensor_span(indices, 0, indices->rank - 1);
	tuples->batches = mml_tensor_span(in, 0, (int) batch);
	tuples->inner = mml_tensor_span(in, (int) (batch + length), in->rank);
	if (tuples->count > 0 && tuples->inner > 0 && in->count == 0)
		return mml_tensor_wrong(call, "%s takes from a tensor without numbers.", name);
	return NULL;
}

size_t
mml_tensor_tuple_place(const MmlCall *call, const MmlTuples *tuples, size_t i)
{
	const MmlTensor *in = call->in[0];
	size_t		place = tuples->batches == 0 ? 0 : i / (tuples->count / tuples->batches);

	for (int j = 0; j < tuples->length; j++)
	{
		int64_t		dim = in->dims[tuples->batch + j];

		place = place * (size_t) dim +
			(size_t) mml_tensor_index(call, call->in[1], i * (size_t) tuples->length + (size_t) j, dim);
	}
	return place * tuples->inner;
}

/* The last dimension of the indices names a place on several axes. */
static const char *
infer_gather_nd(MmlCall *call)
{
	MmlTuples  *own = call->own;
	const MmlTensor *in;
	const MmlTensor *indices;
	int64_t		dims[2 * MML_RANK];
	int			rank = 0;

	MML_TRY(mml_tensor_check(call, "GatherND", "batch_dims:i", 2));
	MML_TRY(mml_tensor_check_tuples(call, "GatherND", own));
	in = call->in[0];
	indices = call->in[1];
	for (int i = 0; i < indices->rank - 1; i++)
		dims[rank++] = indices->dims[i];
	for (int i = own->batch + own->length; i < in->rank; i++)
		dims[rank++] = in->dims[i];
	return mml_tensor_give(call, "GatherND", 0, in->type, rank, dims);
}

static void
run_gather_nd(const MmlCall *call)
{
	const MmlTuples *own = call->own;
	MmlTensor  *out = mml_tensor_out(call, 0);
	size_t		size;

	if (out == NULL || out->count == 0)
		return;
	size = mml_tensor_element_size(out->type);
	for (size_t i = 0; i < own->count; i++)
	{
		memcpy((char *) out->data + i * own->inner * size,
			   (const char *) call->in[0]->data + mml_tensor_tuple_place(call, own, i) * size, own->inner * size);
		if (own->inner > 65536 || (i & 0xffff) == 0xffff)
			MML_CHECK();
	}
}

static const MmlOperator operators[] = {
	{"Gather", 1, 2, 2, 1, sizeof(int), infer_gather, NULL, run_gather},
	{"GatherElements", 11, 2, 2, 1, sizeof(int), infer_gather_elements, NULL, run_gather_elements},
	{"GatherND", 11, 2, 2, 1, sizeof(MmlTuples), infer_gather_nd, NULL, run_gather_nd}
};

const MmlOperators mml_tensor_gathers = MML_OPERATORS(operators);

/*-------------------------------------------------------------------------
 *
 * moves.c
 *	  Operators that only move numbers: Transpose, Slice, Expand, Tile,
 *	  DepthToSpace, SpaceToDepth.
 *
 * Each infer() says with which steps elements are read and written; see
 * strided.h.
 *
 *-------------------------------------------------------------------------
 */
#include "tensor/broadcast.h"
#include "tensor/check.h"
#include "tensor/operators.h"
#include "tensor/strided.h"

static void
run(const MmlCall *call)
{
	if (mml_tensor_out(call, 0) != NULL && call->out[0]->count > 0)
		mml_tensor_strided_run(call->own, call->in[0]->data, call->out[0]->data);
}

/* The plan of a tensor of these dimensions, whose new dimension i is perm[i]. */
static void
permute(MmlStrided *own, MmlElement type, int rank, const int64_t *dims, const int *perm)
{
	int64_t		strides[MML_RANK];

	mml_tensor_strides(rank, dims, strides);
	*own = (MmlStrided)
	{
		.size = mml_tensor_element_size(type),.rank = rank
	};
	for (int i = 0; i < rank; i++)
	{
		own->dims[i] = dims[perm[i]];
		own->from[i] = strides[perm[i]];
	}
	mml_tensor_strides(rank, own->dims, own->to);
	mml_tensor_strided_simplify(own);
}

/* Dimension i of the output is dimension perm[i] of the input. */
static const char *
infer_transpose(MmlCall *call)
{
	const MmlTensor *in;
	const MmlAttribute *given;
	int64_t		dims[MML_RANK];
	int			perm[MML_RANK];
	uint32_t	seen = 0;

	MML_TRY(mml_tensor_check(call, "Transpose", "perm:I", 1));
	in = call->in[0];
	given = mml_tensor_attribute(call, "perm");
	if (given != NULL && given->count != (size_t) in->rank)
		return mml_tensor_wrong(call, "perm of Transpose has %zu numbers for %d dimensions.",
								given->count, in->rank);
	for (int i = 0; i < in->rank; i++)
	{
		perm[i] = in->rank - 1 - i;
		if (given != NULL)
			MML_TRY(mml_tensor_axis(call, "Transpose", given->ints[i], in->rank, &perm[i]));
		if ((seen & (1u << perm[i])) != 0)
			return mml_tensor_wrong(call, "perm of Transpose names dimension %d twice.", perm[i]);
		seen |= 1u << perm[i];
		dims[i] = in->dims[perm[i]];
	}
	permute(call->own, in->type, in->rank, in->dims, perm);
	return mml_tensor_give(call, "Transpose", 0, in->type, in->rank, dims);
}

/*
 * One axis of a slice: where it starts, its step, and how many indices it
 * takes.  Starts and ends count from the end where negative, and are cut to
 * what there is.
 */
static void
slice_axis(int64_t dim, int64_t start, int64_t end, int64_t *step, int64_t *first, int64_t *count)
{
	start += start < 0 ? dim : 0;
	end += end < 0 ? dim : 0;
	*step = MML_MAX(MML_MIN(*step, dim + 1), -dim - 1);
	if (*step > 0)
	{
		start = MML_MAX(MML_MIN(start, dim), 0);
		end = MML_MAX(MML_MIN(end, dim), 0);
		*count = end > start ? (end - start - 1) / *step + 1 : 0;
	}
	else
	{
		start = MML_MAX(MML_MIN(start, dim - 1), -1);
		end = MML_MAX(MML_MIN(end, dim - 1), -1);
		*count = start > end ? (start - end - 1) / -*step + 1 : 0;
	}
	*first = *count > 0 ? start : 0;
}

/* Inputs: data, starts, ends, axes, steps. */
static const char *
infer_slice(MmlCall *call)
{
	MmlStrided *own = call->own;
	const MmlTensor *in;
	int64_t		starts[MML_RANK];
	int64_t		ends[MML_RANK];
	int64_t		axes[MML_RANK];
	int64_t		steps[MML_RANK];
	int			counts[4] = {0, 0, 0, 0};
	int64_t		strides[MML_RANK];
	uint32_t	seen = 0;

	MML_TRY(mml_tensor_check(call, "Slice", "", 3));
	in = call->in[0];
	MML_TRY(mml_tensor_ints(call, "Slice", 1, MML_RANK, starts, &counts[0]));
	MML_TRY(mml_tensor_ints(call, "Slice", 2, MML_RANK, ends, &counts[1]));
	counts[2] = counts[3] = counts[0];
	for (int i = 0; i < counts[0]; i++)
	{
		axes[i] = i;
		steps[i] = 1;
	}
	if (mml_tensor_in(call, 3) != NULL)
		MML_TRY(mml_tensor_ints(call, "Slice", 3, MML_RANK, axes, &counts[2]));
	if (mml_tensor_in(call, 4) != NULL)
		MML_TRY(mml_tensor_ints(call, "Slice", 4, MML_RANK, steps, &counts[3]));
	if (counts[1] != counts[0] || counts[2] != counts[0] || counts[3] != counts[0])
		return mml_tensor_wrong(call, "starts, ends, axes and steps of Slice differ in length.");
	mml_tensor_strides(in->rank, in->dims, strides);
	*own = (MmlStrided)
	{
		.size = mml_tensor_element_size(in->type),.rank = in->rank
	};
	for (int i = 0; i < in->rank; i++)
	{
		own->dims[i] = in->dims[i];
		own->from[i] = strides[i];
	}
	for (int i = 0; i < counts[0]; i++)
	{
		int			axis = 0;
		int64_t		first;

		MML_TRY(mml_tensor_axis(call, "Slice", axes[i], in->rank, &axis));
		if ((seen & (1u << axis)) != 0)
			return mml_tensor_wrong(call, "axis %d of Slice is named twice.", axis);
		if (steps[i] == 0)
			return mml_tensor_wrong(call, "a step of Slice is 0.");
		seen |= 1u << axis;
		slice_axis(in->dims[axis], starts[i], ends[i], &steps[i], &first, &own->dims[axis]);
		own->from_offset += first * strides[axis];
		own->from[axis] = own->dims[axis] > 1 ? strides[axis] * steps[i] : 0;
	}
	MML_TRY(mml_tensor_give(call, "Slice", 0, in->type, in->rank, own->dims));
	mml_tensor_strides(in->rank, own->dims, own->to);
	mml_tensor_strided_simplify(own);
	return NULL;
}

/* Both shapes are repeated to their common one. */
static const char *
infer_expand(MmlCall *call)
{
	MmlStrided *own = call->own;
	const MmlTensor *in;
	MmlTensor	wanted = {0};
	const MmlTensor *pair[2];
	int64_t		dims[MML_RANK];
	int64_t		strides[MML_RANK];
	int			rank = 0;

	MML_TRY(mml_tensor_check(call, "Expand", "", 2));
	in = call->in[0];
	MML_TRY(mml_tensor_ints(call, "Expand", 1, MML_RANK, dims, &rank));
	if (!mml_tensor_set(&wanted, in->type, rank, dims))
		return mml_tensor_wrong(call, "the shape of Expand is out of range.");
	pair[0] = in;
	pair[1] = &wanted;
	if (!mml_tensor_broadcast_shape(2, pair, &rank, dims))
		return mml_tensor_wrong(call, "the shape of Expand does not fit its input.");
	mml_tensor_strides(in->rank, in->dims, strides);
	*own = (MmlStrided)
	{
		.size = mml_tensor_element_size(in->type),.rank = rank
	};
	for (int i = 0; i < rank; i++)
	{
		int			j = i - (rank - in->rank);

		own->dims[i] = dims[i];
		own->from[i] = j < 0 || in->dims[j] == 1 ? 0 : strides[j];
	}
	MML_TRY(mml_tensor_give(call, "Expand", 0, in->type, rank, dims));
	mml_tensor_strides(rank, dims, own->to);
	mml_tensor_strided_simplify(own);
	return NULL;
}

/* Each dimension becomes two, the first of which repeats. */
static const char *
infer_tile(MmlCall *call)
{
	MmlStrided *own = call->own;
	const MmlTensor *in;
	int64_t		repeats[MML_RANK];
	int64_t		dims[MML_RANK];
	int64_t		from[MML_RANK];
	int64_t		to[MML_RANK];
	int			count = 0;

	MML_TRY(mml_tensor_check(call, "Tile", "", 2));
	in = call->in[0];
	MML_TRY(mml_tensor_ints(call, "Tile", 1, MML_RANK, repeats, &count));
	if (count != in->rank)
		return mml_tensor_wrong(call, "Tile has %d repeats for %d dimensions.", count, in->rank);
	for (int i = 0; i < count; i++)
		if (repeats[i] < 0 || __builtin_mul_overflow(in->dims[i], repeats[i], &dims[i]))
			return mml_tensor_wrong(call, "a number of repeats of Tile is out of range.");
	MML_TRY(mml_tensor_give(call, "Tile", 0, in->type, in->rank, dims));
	mml_tensor_strides(in->rank, in->dims, from);
	mml_tensor_strides(in->rank, dims, to);
	*own = (MmlStrided)
	{
		.size = mml_tensor_element_size(in->type),.rank = 2 * in->rank
	};
	for (int i = 0; i < count; i++)
	{
		own->dims[2 * i] = repeats[i];
		own->to[2 * i] = in->dims[i] * to[i];
		own->dims[2 * i + 1] = in->dims[i];
		own->from[2 * i + 1] = from[i];
		own->to[2 * i + 1] = to[i];
	}
	mml_tensor_strided_simplify(own);
	return NULL;
}

/* The input of both, of shape (n, c, h, w), and the size of a block. */
static const char *
check_blocks(MmlCall *call, const char *name, const char *attributes, int64_t *block)
{
	MML_TRY(mml_tensor_check(call, name, attributes, 1));
	if (call->in[0]->rank != 4)
		return mml_tensor_wrong(call, "%s of %d dimensions is not supported.", name, call->in[0]->rank);
	*block = mml_tensor_attribute_int(call, "blocksize", 0);
	if (*block < 1 || *block > 65536)
		return mml_tensor_wrong(call, "the blocksize of %s is out of range: %lld.", name, (long long) *block);
	return NULL;
}

/* Channels become blocks of pixels. */
static const char *
infer_depth_to_space(MmlCall *call)
{
	static const int dcr[] = {0, 3, 4, 1, 5, 2};
	static const int crd[] = {0, 1, 4, 2, 5, 3};
	MmlText		mode = mml_tensor_attribute_text(call, "mode", "DCR");
	bool		depth_first = mml_tensor_text_is(mode, "DCR");
	const MmlTensor *in;
	int64_t		b = 0;
	int64_t		c;
	int64_t		height;
	int64_t		width;
	int64_t		dims[4];
	int64_t		parts[6];

	MML_TRY(check_blocks(call, "DepthToSpace", "blocksize:i mode:s", &b));
	in = call->in[0];
	if (!depth_first && !mml_tensor_text_is(mode, "CRD"))
		return mml_tensor_wrong(call, "the mode of DepthToSpace is neither DCR nor CRD.");
	c = in->dims[1] / (b * b);
	if (c * b * b != in->dims[1])
		return mml_tensor_wrong(call, "the blocks of DepthToSpace do not divide %lld channels.",
								(long long) in->dims[1]);
	if (__builtin_mul_overflow(in->dims[2], b, &height) || __builtin_mul_overflow(in->dims[3], b, &width))
		return mml_tensor_wrong(call, "the output of DepthToSpace is too large.");
	dims[0] = parts[0] = in->dims[0];
	dims[1] = parts[depth_first ? 3 : 1] = c;
	dims[2] = height;
	dims[3] = width;
	parts[depth_first ? 1 : 3] = parts[2] = b;
	parts[4] = in->dims[2];
	parts[5] = in->dims[3];
	permute(call->own, in->type, 6, parts, depth_first ? dcr : crd);
	return mml_tensor_give(call, "DepthToSpace", 0, in->type, 4, dims);
}

/* Blocks of pixels become channels. */
static const char *
infer_space_to_depth(MmlCall *call)
{
	static const int perm[] = {0, 3, 5, 1, 2, 4};
	const MmlTensor *in;
	int64_t		b = 0;
	int64_t		dims[4];
	int64_t		parts[6];

	MML_TRY(check_blocks(call, "SpaceToDepth", "blocksize:i", &b));
	in = call->in[0];
	if (in->dims[2] % b != 0 || in->dims[3] % b != 0)
		return mml_tensor_wrong(call, "the blocks of SpaceToDepth do not divide %lld x %lld pixels.",
								(long long) in->dims[2], (long long) in->dims[3]);
	dims[0] = parts[0] = in->dims[0];
	parts[1] = in->dims[1];
	if (__builtin_mul_overflow(in->dims[1], b * b, &dims[1]))
		return mml_tensor_wrong(call, "the output of SpaceToDepth is too large.");
	dims[2] = parts[2] = in->dims[2] / b;
	dims[3] = parts[4] = in->dims[3] / b;
	parts[3] = parts[5] = b;
	permute(call->own, in->type, 6, parts, perm);
	return mml_tensor_give(call, "SpaceToDepth", 0, in->type, 4, dims);
}

#define ROW(name, since, least, most, infer) \
	{name, since, least, most, 1, sizeof(MmlStrided), infer, NULL, run}

static const MmlOperator operators[] = {
	ROW("Transpose", 1, 1, 1, infer_transpose),
	ROW("Slice", 1, 3, 5, infer_slice),
	ROW("Expand", 8, 2, 2, infer_expand),
	ROW("Tile", 6, 2, 2, infer_tile),
	ROW("DepthToSpace", 1, 1, 1, infer_depth_to_space),
	ROW("SpaceToDepth", 1, 1, 1, infer_space_to_depth)
};

const MmlOperators mml_tensor_moves = MML_OPERATORS(operators);

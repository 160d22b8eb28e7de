/*-------------------------------------------------------------------------
 *
 * pad.c
 *	  Pad: more numbers around a tensor, or fewer.
 *
 * Rows of the last dimension are written one after the other: what lies
 * inside is copied, and the rest is a constant, the nearest number, its mirror
 * image, or that of the other end.
 *
 *-------------------------------------------------------------------------
 */
#include "tensor/check.h"
#include "tensor/operators.h"

typedef enum PadMode
{
	CONSTANT,
	REFLECT,
	EDGE,
	WRAP
} PadMode;

typedef struct Pad
{
	PadMode		mode;
	int			rank;
	int64_t		in[MML_RANK];
	int64_t		out[MML_RANK];
	int64_t		begin[MML_RANK];	/* negative: cut off */
} Pad;

/* Pads by axis, of which the axes may be named (opset 18). */
static const char *
read_pads(MmlCall *call, int rank, int64_t *begin, int64_t *end)
{
	int64_t		pads[2 * MML_RANK];
	int64_t		axes[MML_RANK];
	int			count = 0;
	int			named = rank;
	uint32_t	seen = 0;

	MML_TRY(mml_tensor_ints(call, "Pad", 1, 2 * MML_RANK, pads, &count));
	for (int i = 0; i < rank; i++)
		begin[i] = end[i] = 0;
	for (int i = 0; i < MML_RANK; i++)
		axes[i] = i;
	if (mml_tensor_in(call, 3) != NULL)
		MML_TRY(mml_tensor_ints(call, "Pad", 3, MML_RANK, axes, &named));
	if (count != 2 * named)
		return mml_tensor_wrong(call, "Pad has %d pads for %d dimensions.", count, named);
	for (int i = 0; i < named; i++)
	{
		int			axis = 0;

		MML_TRY(mml_tensor_axis(call, "Pad", axes[i], rank, &axis));
		if ((seen & (1u << axis)) != 0)
			return mml_tensor_wrong(call, "axis %d of Pad is named twice.", axis);
		seen |= 1u << axis;
		begin[axis] = pads[i];
		end[axis] = pads[named + i];
	}
	return NULL;
}

static const char *
infer_pad(MmlCall *call)
{
	static const char *const words[] = {"constant", "reflect", "edge", "wrap"};
	Pad		   *own = call->own;
	MmlText		word = mml_tensor_attribute_text(call, "mode", "constant");
	const MmlTensor *in;
	int64_t		end[MML_RANK];
	int			mode = 0;

	MML_TRY(mml_tensor_check(call, "Pad", "mode:s", 2));
	in = call->in[0];
	while (mode < 4 && !mml_tensor_text_is(word, words[mode]))
		mode++;
	if (mode == 4)
		return mml_tensor_wrong(call, "the mode of Pad is not supported: %.*s.",
								(int) MML_MIN(word.length, 40), word.bytes);
	if (mml_tensor_in(call, 2) != NULL && call->in[2]->count != 1)
		return mml_tensor_wrong(call, "the value of Pad is not one number.");
	MML_TRY(mml_tensor_check_same(call, "Pad", 2, 0));
	MML_TRY(read_pads(call, in->rank, own->begin, end));
	own->mode = (PadMode) mode;
	own->rank = in->rank;
	for (int i = 0; i < in->rank; i++)
	{
		/* what each mode can still look up */
		int64_t		most = mode == CONSTANT || (mode == EDGE && in->dims[i] > 0) ? (int64_t) 1 << 40
			: mode == REFLECT ? MML_MAX(in->dims[i] - 1, 0) : mode == WRAP ? in->dims[i] : 0;

		if (own->begin[i] < -in->dims[i] || own->begin[i] > most || end[i] < -in->dims[i] || end[i] > most ||
			in->dims[i] + own->begin[i] + end[i] < 0)
			return mml_tensor_wrong(call, "pads of Pad are out of range: %lld and %lld around %lld.",
									(long long) own->begin[i], (long long) end[i], (long long) in->dims[i]);
		own->in[i] = in->dims[i];
		own->out[i] = in->dims[i] + own->begin[i] + end[i];
	}
	return mml_tensor_give(call, "Pad", 0, in->type, in->rank, own->out);
}

/* The middle of some axes, cut out or with zeros around it: a Pad that says how large the output is. */
static const char *
infer_center(MmlCall *call)
{
	Pad		   *own = call->own;
	const MmlTensor *in;
	const MmlAttribute *axes = mml_tensor_attribute(call, "axes");
	int64_t		sizes[MML_RANK];
	int			count = 0;
	uint32_t	seen = 0;

	MML_TRY(mml_tensor_check(call, "CenterCropPad", "axes:I", 2));
	in = call->in[0];
	MML_TRY(mml_tensor_ints(call, "CenterCropPad", 1, MML_RANK, sizes, &count));
	if ((size_t) count != (axes == NULL ? (size_t) in->rank : axes->count))
		return mml_tensor_wrong(call, "CenterCropPad has %d sizes for another number of axes.", count);
	own->mode = CONSTANT;
	own->rank = in->rank;
	for (int i = 0; i < in->rank; i++)
	{
		own->in[i] = own->out[i] = in->dims[i];
		own->begin[i] = 0;
	}
	for (int i = 0; i < count; i++)
	{
		int64_t		more;
		int			axis = i;

		if (axes != NULL)
			MML_TRY(mml_tensor_axis(call, "CenterCropPad", axes->ints[i], in->rank, &axis));
		if ((seen & (1u << axis)) != 0 || sizes[i] < 0 || sizes[i] > (int64_t) 1 << 40)
			return mml_tensor_wrong(call, "an axis or size of CenterCropPad is out of range.");
		seen |= 1u << axis;
		more = sizes[i] - in->dims[axis];
		own->begin[axis] = more > 0 ? more / 2 : -(-more / 2);
		own->out[axis] = sizes[i];
	}
	return mml_tensor_give(call, "CenterCropPad", 0, in->type, in->rank, own->out);
}

/* The index of the input that index o of the output shows; -1: none. */
static int64_t
look_up(const Pad *pad, int axis, int64_t o)
{
	int64_t		n = pad->in[axis];
	int64_t		i = o - pad->begin[axis];

	if (i >= 0 && i < n)
		return i;
	switch (pad->mode)
	{
		case CONSTANT:
			return -1;
		case REFLECT:
			return i < 0 ? -i : 2 * (n - 1) - i;
		case EDGE:
			return i < 0 ? 0 : n - 1;
		case WRAP:
			return i < 0 ? i + n : i - n;
	}
	return -1;
}

/* A row of the output, from a row of the input: NULL where all is constant. */
static void
pad_row(const Pad *pad, size_t size, const char *from, const void *value, char *to)
{
	int			last = pad->rank - 1;
	int64_t		inside = MML_MIN(MML_MAX(pad->begin[last], 0), pad->out[last]);
	int64_t		outside = MML_MAX(MML_MIN(pad->begin[last] + pad->in[last], pad->out[last]), inside);

	if (from == NULL)
	{
		mml_tensor_fill((size_t) pad->out[last], size, value, to);
		return;
	}
	for (int64_t o = 0; o < inside; o++)
	{
		int64_t		i = look_up(pad, last, o);

		memcpy(to + (size_t) o * size, i < 0 ? value : from + (size_t) i * size, size);
	}
	mml_tensor_copy(to + (size_t) inside * size, from + (inside - pad->begin[last]) * (int64_t) size,
					(size_t) (outside - inside) * size);
	for (int64_t o = outside; o < pad->out[last]; o++)
	{
		int64_t		i = look_up(pad, last, o);

		memcpy(to + (size_t) o * size, i < 0 ? value : from + (size_t) i * size, size);
	}
}

static void
run_pad(const MmlCall *call)
{
	static const uint64_t zero = 0;
	const Pad  *own = call->own;
	MmlTensor  *out = mml_tensor_out(call, 0);
	const void *value = mml_tensor_in(call, 2) == NULL ? &zero : call->in[2]->data;
	size_t		size = mml_tensor_element_size(call->in[0]->type);
	size_t		row;
	size_t		unpolled = 0;

	if (out == NULL || out->count == 0)
		return;
	if (own->rank == 0)
	{
		memcpy(out->data, call->in[0]->data, size);
		return;
	}
	row = (size_t) own->out[own->rank - 1];
	for (size_t i = 0; i < out->count / row; i++)
	{
		size_t		rest = i;
		int64_t		place = 0;
		int64_t		stride = own->in[own->rank - 1];

		for (int j = own->rank - 2; j >= 0 && place >= 0; j--)
		{
			int64_t		at = look_up(own, j, (int64_t) (rest % (size_t) own->out[j]));

			rest /= (size_t) own->out[j];
			place = at < 0 ? -1 : place + at * stride;
			stride *= own->in[j];
		}
		pad_row(own, size, place < 0 ? NULL : (const char *) call->in[0]->data + (size_t) place * size, value,
				(char *) out->data + i * row * size);
		unpolled += row + 16;
		if (unpolled > 1000000)
		{
			unpolled = 0;
			MML_CHECK();
		}
	}
}

static const MmlOperator operators[] = {
	{"CenterCropPad", 18, 2, 2, 1, sizeof(Pad), infer_center, NULL, run_pad},
	{"Pad", 1, 2, 4, 1, sizeof(Pad), infer_pad, NULL, run_pad}
};

const MmlOperators mml_tensor_pads = MML_OPERATORS(operators);

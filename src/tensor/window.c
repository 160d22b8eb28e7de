/*-------------------------------------------------------------------------
 *
 * window.c
 *	  Windows that slide over the last dimensions; see window.h.
 *
 *-------------------------------------------------------------------------
 */
#include "tensor/check.h"
#include "tensor/window.h"

/* No number of a window is larger: products of two of them always fit. */
#define LARGEST ((int64_t) 1 << 24)

/* A list of one number an axis, or what it is otherwise. */
static const char *
read_list(MmlCall *call, const char *name, const char *list, int count, int64_t least,
		  int64_t otherwise, int64_t *values)
{
	const MmlAttribute *attribute = mml_tensor_attribute(call, list);

	if (attribute != NULL && attribute->count != (size_t) count)
		return mml_tensor_wrong(call, "%s of %s has %zu numbers in place of %d.", list, name,
								attribute->count, count);
	for (int i = 0; i < count; i++)
	{
		values[i] = attribute == NULL ? otherwise : attribute->ints[i];
		if (values[i] < least || values[i] > LARGEST)
			return mml_tensor_wrong(call, "%s of %s is out of range: %lld.", list, name, (long long) values[i]);
	}
	return NULL;
}

/* How the input is padded: as "pads" says, or by a rule. */
typedef enum Padding
{
	GIVEN,
	VALID,
	SAME_UPPER,
	SAME_LOWER
} Padding;

static const char *
read_padding(MmlCall *call, const char *name, Padding *padding)
{
	static const char *const words[] = {"NOTSET", "VALID", "SAME_UPPER", "SAME_LOWER"};
	MmlText		word = mml_tensor_attribute_text(call, "auto_pad", "NOTSET");

	for (int i = 0; i < 4; i++)
		if (mml_tensor_text_is(word, words[i]) || (i == 0 && word.length == 0))
		{
			*padding = (Padding) i;
			return NULL;
		}
	return mml_tensor_wrong(call, "auto_pad of %s is not supported: %.*s.", name,
							(int) MML_MIN(word.length, 40), word.bytes);
}

/*
 * Padding and outputs along an axis.  A last window that would begin behind
 * the input, as it may where outputs are rounded up, is left out.
 */
static const char *
slide(MmlCall *call, const char *name, MmlWindow *w, int axis, Padding padding, bool round_up)
{
	int64_t		extent = (w->kernel[axis] - 1) * w->dilation[axis] + 1;
	int64_t		stride = w->stride[axis];
	int64_t		in = w->in[axis];
	int64_t		room;

	if (padding == SAME_UPPER || padding == SAME_LOWER)
	{
		int64_t		out = (in + stride - 1) / stride;
		int64_t		total = MML_MAX((out - 1) * stride + extent - in, 0);

		w->begin[axis] = padding == SAME_UPPER ? total / 2 : total - total / 2;
		w->end[axis] = total - w->begin[axis];
	}
	else if (padding == VALID)
		w->begin[axis] = w->end[axis] = 0;
	if (w->begin[axis] >= extent || w->end[axis] >= extent)
		return mml_tensor_wrong(call, "the padding of %s is as large as its kernel.", name);
	room = in + w->begin[axis] + w->end[axis] - extent;
	if (room < 0)
		return mml_tensor_wrong(call, "the kernel of %s is larger than its padded input.", name);
	w->out[axis] = (room + (round_up ? stride - 1 : 0)) / stride + 1;
	if ((w->out[axis] - 1) * stride >= in + w->begin[axis])
		w->out[axis]--;
	return NULL;
}

const char *
mml_tensor_window(MmlCall *call, const char *name, MmlWindow *w)
{
	const MmlTensor *in = call->in[0];
	int			axes = in->rank - 2;
	int			first = MML_WINDOW_AXES - axes;
	int64_t		pads[2 * MML_WINDOW_AXES];
	int64_t		dims[MML_RANK];
	Padding		padding = GIVEN;
	bool		round_up = mml_tensor_attribute_int(call, "ceil_mode", 0) != 0;

	if (axes < 1 || axes > MML_WINDOW_AXES)
		return mml_tensor_wrong(call, "%s over %d dimensions is not supported.", name, in->rank);
	if (mml_tensor_attribute(call, "kernel_shape") == NULL)
		return mml_tensor_wrong(call, "%s lacks its attribute kernel_shape.", name);
	for (int i = 0; i < first; i++)
	{
		w->in[i] = w->out[i] = w->kernel[i] = w->stride[i] = w->dilation[i] = 1;
		w->begin[i] = w->end[i] = 0;
	}
	MML_TRY(read_list(call, name, "kernel_shape", axes, 1, 1, w->kernel + first));
	MML_TRY(read_list(call, name, "strides", axes, 1, 1, w->stride + first));
	MML_TRY(read_list(call, name, "dilations", axes, 1, 1, w->dilation + first));
	MML_TRY(read_list(call, name, "pads", 2 * axes, 0, 0, pads));
	MML_TRY(read_padding(call, name, &padding));
	dims[0] = in->dims[0];
	dims[1] = in->dims[1];
	for (int i = 0; i < axes; i++)
	{
		w->in[first + i] = in->dims[2 + i];
		if (w->in[first + i] == 0)
			return mml_tensor_wrong(call, "%s of a tensor without numbers is not supported.", name);
		w->begin[first + i] = pads[i];
		w->end[first + i] = pads[axes + i];
		MML_TRY(slide(call, name, w, first + i, padding, round_up));
		dims[2 + i] = w->out[first + i];
	}
	MML_TRY(mml_tensor_give(call, name, 0, in->type, in->rank, dims));
	MML_TRY(mml_tensor_give(call, name, 1, MML_ELEMENT_I64, in->rank, dims));
	w->planes = (size_t) dims[0] * (size_t) dims[1];
	w->in_plane = mml_tensor_span(in, 2, in->rank);
	w->out_plane = (size_t) (w->out[0] * w->out[1] * w->out[2]);
	call->flops = (double) w->planes * (double) w->out_plane * (double) w->kernel[0] * (double) w->kernel[1] *
		(double) w->kernel[2];
	return NULL;
}

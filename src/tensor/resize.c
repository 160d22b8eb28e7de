/*-------------------------------------------------------------------------
 *
 * resize.c
 *	  Resize: nearest, linear and cubic interpolation in any dimensions.
 *
 *-------------------------------------------------------------------------
 */
#include <math.h>

#include "tensor/check.h"
#include "tensor/number.h"
#include "tensor/operators.h"
#include "tensor/resize.h"

/* Which of some words an attribute is. */
static const char *
read_word(MmlCall *call, const char *attribute, int n, const char *const *words, int *found)
{
	MmlText		word = mml_tensor_attribute_text(call, attribute, words[0]);

	for (*found = 0; *found < n; ++*found)
		if (mml_tensor_text_is(word, words[*found]))
			return NULL;
	return mml_tensor_wrong(call, "%s of Resize is not supported: %.*s.", attribute,
							(int) MML_MIN(word.length, 60), word.bytes);
}

static const char *
read_attributes(MmlCall *call, MmlResize *own)
{
	static const char *const modes[] = {"nearest", "linear", "cubic"};
	static const char *const coordinates[] = {
		"half_pixel", "pytorch_half_pixel", "align_corners", "asymmetric", "tf_half_pixel_for_nn",
		"tf_crop_and_resize", "half_pixel_symmetric"
	};
	static const char *const nearests[] = {"round_prefer_floor", "round_prefer_ceil", "floor", "ceil"};
	static const char *const policies[] = {"stretch", "not_larger", "not_smaller"};
	int			found;

	MML_TRY(mml_tensor_check(call, "Resize", "antialias:i axes:I coordinate_transformation_mode:s "
							 "cubic_coeff_a:f exclude_outside:i extrapolation_value:f "
							 "keep_aspect_ratio_policy:s mode:s nearest_mode:s", 1));
	MML_TRY(read_word(call, "mode", 3, modes, &found));
	own->mode = (MmlResizeMode) found;
	MML_TRY(read_word(call, "coordinate_transformation_mode", 7, coordinates, &found));
	own->coordinates = (MmlCoordinates) found;
	MML_TRY(read_word(call, "nearest_mode", 4, nearests, &found));
	own->nearest = (MmlNearest) found;
	MML_TRY(read_word(call, "keep_aspect_ratio_policy", 3, policies, &found));
	own->policy = (MmlResizePolicy) found;
	if (mml_tensor_attribute_int(call, "antialias", 0) != 0)
		return mml_tensor_wrong(call, "antialias of Resize is not supported.");
	own->cubic = mml_tensor_attribute_float(call, "cubic_coeff_a", -0.75f);
	own->outside = mml_tensor_attribute_float(call, "extrapolation_value", 0);
	own->exclude_outside = mml_tensor_attribute_int(call, "exclude_outside", 0) != 0;
	MML_TRY(mml_tensor_check_type(call, "Resize", 0, own->mode == MML_RESIZE_NEAREST &&
								  own->coordinates != MML_COORDINATES_TF_CROP_AND_RESIZE ? MML_TYPES_ALL : MML_TYPES_FLOAT));
	return NULL;
}

/* Numbers of a float32 input, one an axis; none where it is left out or empty. */
static const char *
read_floats(MmlCall *call, int input, size_t count, const float **values)
{
	const MmlTensor *tensor = mml_tensor_in(call, input);

	*values = NULL;
	if (tensor == NULL || tensor->count == 0)
		return NULL;
	MML_TRY(mml_tensor_check_type(call, "Resize", input, MML_TYPE(MML_ELEMENT_F32)));
	if (tensor->data == NULL)
		return mml_tensor_wait(call, "Resize", input);
	if (tensor->count != count)
		return mml_tensor_wrong(call, "input %d of Resize has %zu numbers in place of %zu.", input + 1,
								tensor->count, count);
	*values = tensor->data;
	return NULL;
}

/* Size and scale of an axis that is resized: number i of those given. */
static const char *
read_axis(MmlCall *call, const MmlResize *own, MmlResizeAxis *axis, int i, int named, const float *scales,
		  const int64_t *sizes, const float *roi)
{
	if (scales != NULL)
	{
		float		out = floorf((float) axis->in * scales[i]);

		if (!(scales[i] > 0) || !(out >= 0 && out < 0x1p31f))
			return mml_tensor_wrong(call, "a scale of Resize is out of range: %g.", (double) scales[i]);
		axis->scale = scales[i];
		axis->out = (int64_t) out;
	}
	else
	{
		if (sizes[i] < 0 || sizes[i] > INT32_MAX)
			return mml_tensor_wrong(call, "a size of Resize is out of range: %lld.", (long long) sizes[i]);
		axis->out = sizes[i];
		axis->scale = own->policy != MML_RESIZE_STRETCH ? own->scale : (float) axis->out / (float) MML_MAX(axis->in, 1);
		if (!(axis->scale > 0) && axis->out > 0)
			return mml_tensor_wrong(call, "a size of Resize is out of range.");
	}
	if (axis->in == 0 && axis->out > 0)
		return mml_tensor_wrong(call, "Resize of no numbers is not possible.");
	if (own->coordinates == MML_COORDINATES_TF_CROP_AND_RESIZE)
	{
		if (roi == NULL)
			return mml_tensor_wrong(call, "Resize lacks its roi.");
		axis->from = roi[i];
		axis->to = roi[named + i];
	}
	axis->same = axis->scale == 1 && axis->in == axis->out && axis->from == 0 && axis->to == 1;
	axis->taps = axis->same || own->mode == MML_RESIZE_NEAREST ? 1 : own->mode == MML_RESIZE_LINEAR ? 2 : 4;
	return NULL;
}

/* Sizes of one scale for all axes, none larger, or smaller, than those given; the scale. */
static float
keep_aspect(const MmlCall *call, const MmlResize *own, int named, const MmlAttribute *axes, int64_t *sizes)
{
	const int64_t *dims = call->in[0]->dims;
	float		scale = 0;

	for (int i = 0; i < named; i++)
	{
		int64_t		axis = axes == NULL ? i : axes->ints[i] < 0 ? axes->ints[i] + own->rank : axes->ints[i];
		float		each = (float) sizes[i] / (float) dims[axis];

		if (i == 0 || (own->policy == MML_RESIZE_NOT_LARGER ? each < scale : each > scale))
			scale = each;
	}
	for (int i = 0; i < named; i++)
	{
		int64_t		axis = axes == NULL ? i : axes->ints[i] < 0 ? axes->ints[i] + own->rank : axes->ints[i];

		sizes[i] = mml_number_integer((double) floorf(scale * (float) dims[axis] + 0.5f), -1, (int64_t) INT32_MAX + 1);
	}
	return scale;
}

/* Inputs: x, roi, scales or sizes. */
static const char *
infer_resize(MmlCall *call)
{
	MmlResize  *own = call->own;
	const MmlTensor *in;
	const float *scales;
	const float *roi;
	int64_t		sizes[MML_RANK];
	int64_t		dims[MML_RANK];
	int			named;
	int			count = 0;
	size_t		entries = 0;
	const MmlAttribute *axes = mml_tensor_attribute(call, "axes");

	MML_TRY(read_attributes(call, own));
	in = call->in[0];
	own->rank = in->rank;
	named = axes == NULL ? in->rank : (int) MML_MIN(axes->count, MML_RANK + 1);
	if (in->rank == 0 || named > in->rank)
		return mml_tensor_wrong(call, "Resize of %d dimensions is not supported.", in->rank);
	MML_TRY(read_floats(call, 1, 2 * (size_t) named, &roi));
	MML_TRY(read_floats(call, 2, (size_t) named, &scales));
	if (scales == NULL)
	{
		if (mml_tensor_in(call, 3) == NULL)
			return mml_tensor_wrong(call, "Resize has neither scales nor sizes.");
		MML_TRY(mml_tensor_ints(call, "Resize", 3, MML_RANK, sizes, &count));
		if (count != named)
			return mml_tensor_wrong(call, "Resize has %d sizes for %d dimensions.", count, named);
	}
	for (int i = 0; axes != NULL && i < named; i++)
	{
		int			axis = 0;

		MML_TRY(mml_tensor_axis(call, "Resize", axes->ints[i], in->rank, &axis));
	}
	if (scales == NULL && own->policy != MML_RESIZE_STRETCH)
		own->scale = keep_aspect(call, own, named, axes, sizes);
	for (int i = 0; i < in->rank; i++)
		own->axis[i] = (MmlResizeAxis)
	{
		.in = in->dims[i],.out = in->dims[i],.taps = 1,.same = true,.scale = 1,.to = 1
	};
	for (int i = 0; i < named; i++)
	{
		int			axis = i;

		if (axes != NULL)
			MML_TRY(mml_tensor_axis(call, "Resize", axes->ints[i], in->rank, &axis));
		MML_TRY(read_axis(call, own, &own->axis[axis], i, named, scales, sizes, roi));
	}
	call->flops = 1;
	for (int i = 0; i < in->rank; i++)
	{
		dims[i] = own->axis[i].out;
		entries += (size_t) dims[i] * MML_MOST_TAPS;
		call->flops *= own->axis[i].taps;
	}
	call->scratch_bytes = entries * (sizeof(int64_t) + sizeof(float)) + (size_t) in->dims[in->rank - 1] * sizeof(double);
	MML_TRY(mml_tensor_give(call, "Resize", 0, in->type, in->rank, dims));
	if (call->out[0] != NULL)
		call->flops *= (double) call->out[0]->count;
	return NULL;
}

static const MmlOperator operators[] = {
	{"Resize", 10, 1, 4, 1, sizeof(MmlResize), infer_resize, NULL, mml_tensor_resize_run}
};

const MmlOperators mml_tensor_resizes = MML_OPERATORS(operators);

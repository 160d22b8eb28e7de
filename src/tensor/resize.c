/*-------------------------------------------------------------------------
 *
 * resize.c
 *	  Resize: nearest, linear and cubic interpolation in any dimensions.
 *
 * Interpolation is a product of one an axis, so each axis has a table: for
 * every index of the output, one, two or four indices of the input (taps) and
 * their weights.  A row of the output is the sum of the rows of the input that
 * the taps of all other axes name, each times its weight; then the taps of the
 * last axis pick from that row.
 *
 * Coordinates are computed in float32, as ONNX Runtime does: another rounding
 * would sometimes take another nearest neighbour.
 *
 *-------------------------------------------------------------------------
 */
#include <math.h>

#include "tensor/check.h"
#include "tensor/operators.h"

typedef enum Mode
{
	NEAREST,
	LINEAR,
	CUBIC
} Mode;

typedef enum Coordinates
{
	HALF_PIXEL,
	PYTORCH_HALF_PIXEL,
	ALIGN_CORNERS,
	ASYMMETRIC,
	TF_HALF_PIXEL_FOR_NN,
	TF_CROP_AND_RESIZE,
	HALF_PIXEL_SYMMETRIC
} Coordinates;

typedef enum Nearest
{
	ROUND_PREFER_FLOOR,
	ROUND_PREFER_CEIL,
	FLOOR,
	CEIL
} Nearest;

#define MOST_TAPS 4

typedef struct Axis
{
	int64_t		in;
	int64_t		out;
	int			taps;			/* 1 where nothing changes */
	bool		same;
	float		scale;
	float		from;			/* TF_CROP_AND_RESIZE: the part of the input */
	float		to;
} Axis;

typedef struct Resize
{
	Mode		mode;
	Coordinates coordinates;
	Nearest		nearest;
	float		cubic;			/* the coefficient a */
	float		outside;		/* TF_CROP_AND_RESIZE: what lies there */
	bool		exclude_outside;
	int			rank;
	Axis		axis[MML_RANK];
} Resize;

/* What run() has of an axis: (out, taps); an index -1 lies outside. */
typedef struct Taps
{
	int			taps;
	const int64_t *index;
	const float *weight;
} Taps;

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
read_attributes(MmlCall *call, Resize *own)
{
	static const char *const modes[] = {"nearest", "linear", "cubic"};
	static const char *const coordinates[] = {
		"half_pixel", "pytorch_half_pixel", "align_corners", "asymmetric", "tf_half_pixel_for_nn",
		"tf_crop_and_resize", "half_pixel_symmetric"
	};
	static const char *const nearests[] = {"round_prefer_floor", "round_prefer_ceil", "floor", "ceil"};
	static const char *const policies[] = {"stretch"};
	int			found;

	MML_TRY(mml_tensor_check(call, "Resize", "antialias:i axes:I coordinate_transformation_mode:s "
							 "cubic_coeff_a:f exclude_outside:i extrapolation_value:f "
							 "keep_aspect_ratio_policy:s mode:s nearest_mode:s", 1));
	MML_TRY(read_word(call, "mode", 3, modes, &found));
	own->mode = (Mode) found;
	MML_TRY(read_word(call, "coordinate_transformation_mode", 7, coordinates, &found));
	own->coordinates = (Coordinates) found;
	MML_TRY(read_word(call, "nearest_mode", 4, nearests, &found));
	own->nearest = (Nearest) found;
	MML_TRY(read_word(call, "keep_aspect_ratio_policy", 1, policies, &found));
	if (mml_tensor_attribute_int(call, "antialias", 0) != 0)
		return mml_tensor_wrong(call, "antialias of Resize is not supported.");
	own->cubic = mml_tensor_attribute_float(call, "cubic_coeff_a", -0.75f);
	own->outside = mml_tensor_attribute_float(call, "extrapolation_value", 0);
	own->exclude_outside = mml_tensor_attribute_int(call, "exclude_outside", 0) != 0;
	MML_TRY(mml_tensor_check_type(call, "Resize", 0, own->mode == NEAREST &&
								  own->coordinates != TF_CROP_AND_RESIZE ? MML_TYPES_ALL : MML_TYPES_FLOAT));
	return NULL;
}

/* Numbers of a constant float32 input, one an axis; none where it is left out or empty. */
static const char *
read_floats(MmlCall *call, int input, size_t count, const float **values)
{
	const MmlTensor *tensor = mml_tensor_in(call, input);

	*values = NULL;
	if (tensor == NULL || tensor->count == 0)
		return NULL;
	MML_TRY(mml_tensor_check_type(call, "Resize", input, MML_TYPE(MML_ELEMENT_F32)));
	if (tensor->data == NULL)
		return mml_tensor_wrong(call, "input %d of Resize is not a constant, which is not supported.", input + 1);
	if (tensor->count != count)
		return mml_tensor_wrong(call, "input %d of Resize has %zu numbers in place of %zu.", input + 1,
								tensor->count, count);
	*values = tensor->data;
	return NULL;
}

/* Size and scale of an axis that is resized: number i of those given. */
static const char *
read_axis(MmlCall *call, const Resize *own, Axis *axis, int i, int named, const float *scales,
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
		axis->scale = (float) axis->out / (float) MML_MAX(axis->in, 1);
	}
	if (axis->in == 0 && axis->out > 0)
		return mml_tensor_wrong(call, "Resize of no numbers is not possible.");
	if (own->coordinates == TF_CROP_AND_RESIZE)
	{
		if (roi == NULL)
			return mml_tensor_wrong(call, "Resize lacks its roi.");
		axis->from = roi[i];
		axis->to = roi[named + i];
	}
	axis->same = axis->scale == 1 && axis->in == axis->out && axis->from == 0 && axis->to == 1;
	axis->taps = axis->same || own->mode == NEAREST ? 1 : own->mode == LINEAR ? 2 : 4;
	return NULL;
}

/* Inputs: x, roi, scales or sizes. */
static const char *
infer_resize(MmlCall *call)
{
	Resize	   *own = call->own;
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
	for (int i = 0; i < in->rank; i++)
		own->axis[i] = (Axis)
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
		entries += (size_t) dims[i] * MOST_TAPS;
		call->flops *= own->axis[i].taps;
	}
	call->scratch_bytes = entries * (sizeof(int64_t) + sizeof(float)) + (size_t) in->dims[in->rank - 1] * sizeof(double);
	MML_TRY(mml_tensor_give(call, "Resize", 0, in->type, in->rank, dims));
	if (call->out[0] != NULL)
		call->flops *= (double) call->out[0]->count;
	return NULL;
}

/* Where index o of the output lies in the input. */
static float
coordinate(const Resize *own, const Axis *axis, int64_t o)
{
	float		x = (float) o;
	float		in = (float) axis->in;
	float		out = axis->scale * in;

	switch (own->coordinates)
	{
		case HALF_PIXEL:
			return (x + 0.5f) / axis->scale - 0.5f;
		case PYTORCH_HALF_PIXEL:
			return axis->out == 1 ? -0.5f : (x + 0.5f) / axis->scale - 0.5f;
		case ALIGN_CORNERS:
			return axis->out == 1 ? 0 : x * (in - 1) / (out - 1);
		case ASYMMETRIC:
			return x / axis->scale;
		case TF_HALF_PIXEL_FOR_NN:
			return (x + 0.5f) / axis->scale;
		case TF_CROP_AND_RESIZE:
			if (axis->out == 1)
				return 0.5f * (axis->from + axis->to) * (in - 1);
			return axis->from * (in - 1) + x * (axis->to - axis->from) * (in - 1) / ((float) axis->out - 1);
		case HALF_PIXEL_SYMMETRIC:
			return in / 2 * (1 - (float) axis->out / out) + (x + 0.5f) / axis->scale - 0.5f;
	}
	return 0;
}

/* The nearest index. */
static float
round_coordinate(Nearest nearest, float x)
{
	switch (nearest)
	{
		case ROUND_PREFER_FLOOR:
			return ceilf(x - 0.5f);
		case ROUND_PREFER_CEIL:
			return floorf(x + 0.5f);
		case FLOOR:
			return floorf(x);
		case CEIL:
			return ceilf(x);
	}
	return x;
}

/* Weights of taps around x, which lies t behind the tap at its left. */
static void
weigh(const Resize *own, float t, float *weight)
{
	float		a = own->cubic;

	if (own->mode == LINEAR)
	{
		weight[0] = 1 - t;
		weight[1] = t;
		return;
	}
	weight[0] = ((a * (t + 1) - 5 * a) * (t + 1) + 8 * a) * (t + 1) - 4 * a;
	weight[1] = ((a + 2) * t - (a + 3)) * t * t + 1;
	weight[2] = ((a + 2) * (1 - t) - (a + 3)) * (1 - t) * (1 - t) + 1;
	weight[3] = ((a * (2 - t) - 5 * a) * (2 - t) + 8 * a) * (2 - t) - 4 * a;
}

/* The taps of one index of the output. */
static void
find_taps(const Resize *own, const Axis *axis, int64_t o, int64_t *index, float *weight)
{
	float		x = coordinate(own, axis, o);
	float		last = (float) (axis->in - 1);
	float		sum = 0;

	if (axis->same)
	{
		index[0] = o;
		weight[0] = 1;
		return;
	}
	if (own->coordinates == TF_CROP_AND_RESIZE && !(x >= 0 && x <= last))
	{
		for (int k = 0; k < axis->taps; k++)
			index[k] = -1;
		return;
	}
	/* whatever the numbers were, indices must be whole and small */
	x = x >= -2 ? x : -2;
	x = x <= last + 2 ? x : last + 2;
	if (own->mode == NEAREST)
	{
		x = round_coordinate(own->nearest, x);
		index[0] = MML_MAX(MML_MIN((int64_t) x, axis->in - 1), 0);
		weight[0] = 1;
		return;
	}
	weigh(own, x - floorf(x), weight);
	for (int k = 0; k < axis->taps; k++)
	{
		int64_t		i = (int64_t) floorf(x) + k - (own->mode == CUBIC);

		index[k] = MML_MAX(MML_MIN(i, axis->in - 1), 0);
		if (own->exclude_outside && index[k] != i)
			weight[k] = 0;
		sum += weight[k];
	}
	for (int k = 0; own->exclude_outside && k < axis->taps; k++)
		weight[k] /= sum;
}

/* Fill the tables of all axes, which lie in the scratch behind a row. */
static void
make_tables(const MmlCall *call, Taps *taps)
{
	const Resize *own = call->own;
	size_t		entries = 0;
	int64_t    *index = (int64_t *) ((double *) call->scratch + own->axis[own->rank - 1].in);
	float	   *weight;

	for (int i = 0; i < own->rank; i++)
		entries += (size_t) own->axis[i].out * MOST_TAPS;
	weight = (float *) (index + entries);
	for (int i = 0; i < own->rank; i++)
	{
		const Axis *axis = &own->axis[i];

		taps[i] = (Taps)
		{
			axis->taps, index, weight
		};
		for (int64_t o = 0; o < axis->out; o++)
			find_taps(own, axis, o, index + o * axis->taps, weight + o * axis->taps);
		index += axis->out * MOST_TAPS;
		weight += axis->out * MOST_TAPS;
	}
}

/* sum += w x, or = w x where it is the first. */
#define ADD_ROW(name, clones, type) \
clones static void \
name(size_t n, const type *x, type w, bool first, type *sum) \
{ \
	if (first) \
		for (size_t i = 0; i < n; i++) \
			sum[i] = w * x[i]; \
	else \
		for (size_t i = 0; i < n; i++) \
			sum[i] += w * x[i]; \
}

ADD_ROW(add_row_f32, MML_CLONES, float)
ADD_ROW(add_row_f64,, double)

/*
 * One row of the output.  The taps of the other axes are counted like digits
 * of a number: combination c takes tap c % taps of the last of them, and so on.
 */
#define RESIZE_ROW(letter, type) \
static void \
resize_row_##letter(const Resize *own, const Taps *taps, const int64_t *at, const type *in, \
					type *sum, type *out) \
{ \
	int			last = own->rank - 1; \
	int			combinations = 1; \
	bool		first = true; \
	bool		outside = false; \
	\
	for (int i = 0; i < last; i++) \
		combinations *= taps[i].taps; \
	for (int c = 0; c < combinations && !outside; c++) \
	{ \
		int			rest = c; \
		float		weight = 1; \
		int64_t		row = 0; \
		int64_t		stride = own->axis[last].in; \
		\
		for (int i = last - 1; i >= 0; i--) \
		{ \
			int64_t		entry = at[i] * taps[i].taps + rest % taps[i].taps; \
			\
			rest /= taps[i].taps; \
			outside = outside || taps[i].index[entry] < 0; \
			if (outside) \
				break; \
			weight *= taps[i].weight[entry]; \
			row += taps[i].index[entry] * stride; \
			stride *= own->axis[i].in; \
		} \
		if (!outside && (weight != 0 || c == combinations - 1)) \
		{ \
			add_row_##letter((size_t) own->axis[last].in, in + row, (type) weight, first, sum); \
			first = false; \
		} \
	} \
	for (int64_t o = 0; o < own->axis[last].out; o++) \
	{ \
		const int64_t *index = taps[last].index + o * taps[last].taps; \
		const float *weight = taps[last].weight + o * taps[last].taps; \
		type		y = 0; \
		\
		for (int k = 0; k < taps[last].taps && !outside && index[0] >= 0; k++) \
			y += (type) weight[k] * sum[index[k]]; \
		out[o] = outside || index[0] < 0 ? (type) own->outside : y; \
	} \
}

RESIZE_ROW(f32, float)
RESIZE_ROW(f64, double)

/* The same where every number is one of the input. */
static void
pick_row(const Resize *own, const Taps *taps, const int64_t *at, const char *in, size_t size, char *out)
{
	int			last = own->rank - 1;
	int64_t		row = 0;
	int64_t		stride = own->axis[last].in;
	const int64_t *index = taps[last].index;

	for (int i = last - 1; i >= 0; i--)
	{
		row += taps[i].index[at[i]] * stride;
		stride *= own->axis[i].in;
	}
	in += (size_t) row * size;
	if (size == 4)
		for (int64_t o = 0; o < own->axis[last].out; o++)
			((uint32_t *) out)[o] = ((const uint32_t *) in)[index[o]];
	else
		for (int64_t o = 0; o < own->axis[last].out; o++)
			memcpy(out + (size_t) o * size, in + (size_t) index[o] * size, size);
}

static void
run_resize(const MmlCall *call)
{
	const Resize *own = call->own;
	MmlTensor  *out = mml_tensor_out(call, 0);
	const void *in = call->in[0]->data;
	int			last = own->rank - 1;
	Taps		taps[MML_RANK];
	int64_t		at[MML_RANK] = {0};
	size_t		row = 0;
	size_t		size = mml_tensor_element_size(call->in[0]->type);
	int64_t		unpolled = 0;

	if (out == NULL || out->count == 0)
		return;
	make_tables(call, taps);
	for (int i = 0; i >= 0;)
	{
		char	   *to = (char *) out->data + row * (size_t) own->axis[last].out * size;

		if (own->mode == NEAREST && own->coordinates != TF_CROP_AND_RESIZE)
			pick_row(own, taps, at, in, size, to);
		else if (out->type == MML_ELEMENT_F32)
			resize_row_f32(own, taps, at, in, call->scratch, (float *) to);
		else
			resize_row_f64(own, taps, at, in, call->scratch, (double *) to);
		row++;
		unpolled += 16 * (own->axis[last].out + own->axis[last].in);
		if (unpolled > 1000000)
		{
			unpolled = 0;
			MML_CHECK();
		}
		for (i = last - 1; i >= 0 && ++at[i] == own->axis[i].out; i--)
			at[i] = 0;
	}
}

static const MmlOperator operators[] = {
	{"Resize", 10, 1, 4, 1, sizeof(Resize), infer_resize, NULL, run_resize}
};

const MmlOperators mml_tensor_resizes = MML_OPERATORS(operators);

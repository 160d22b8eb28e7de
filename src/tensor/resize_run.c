/*-------------------------------------------------------------------------
 *
 * resize_run.c
 *	  The tables and loops of Resize; see resize.h.
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
#include "tensor/resize.h"

/* What run() has of an axis: (out, taps); an index -1 lies outside. */
typedef struct Taps
{
	int			taps;
	const int64_t *index;
	const float *weight;
} Taps;

/* Where index o of the output lies in the input. */
static float
coordinate(const MmlResize *own, const MmlResizeAxis *axis, int64_t o)
{
	float		x = (float) o;
	float		in = (float) axis->in;
	float		out = axis->scale * in;

	switch (own->coordinates)
	{
		case MML_COORDINATES_HALF_PIXEL:
			return (x + 0.5f) / axis->scale - 0.5f;
		case MML_COORDINATES_PYTORCH_HALF_PIXEL:
			return axis->out == 1 ? -0.5f : (x + 0.5f) / axis->scale - 0.5f;
		case MML_COORDINATES_ALIGN_CORNERS:
			return axis->out == 1 ? 0 : x * (in - 1) / (out - 1);
		case MML_COORDINATES_ASYMMETRIC:
			return x / axis->scale;
		case MML_COORDINATES_TF_HALF_PIXEL_FOR_NN:
			return (x + 0.5f) / axis->scale;
		case MML_COORDINATES_TF_CROP_AND_RESIZE:
			if (axis->out == 1)
				return 0.5f * (axis->from + axis->to) * (in - 1);
			return axis->from * (in - 1) + x * (axis->to - axis->from) * (in - 1) / ((float) axis->out - 1);
		case MML_COORDINATES_HALF_PIXEL_SYMMETRIC:
			return in / 2 * (1 - (float) axis->out / out) + (x + 0.5f) / axis->scale - 0.5f;
	}
	return 0;
}

/* The nearest index. */
static float
round_coordinate(MmlNearest nearest, float x)
{
	switch (nearest)
	{
		case MML_NEAREST_ROUND_PREFER_FLOOR:
			return ceilf(x - 0.5f);
		case MML_NEAREST_ROUND_PREFER_CEIL:
			return floorf(x + 0.5f);
		case MML_NEAREST_FLOOR:
			return floorf(x);
		case MML_NEAREST_CEIL:
			return ceilf(x);
	}
	return x;
}

/* Weights of taps around x, which lies t behind the tap at its left. */
static void
weigh(const MmlResize *own, float t, float *weight)
{
	float		a = own->cubic;

	if (own->mode == MML_RESIZE_LINEAR)
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
find_taps(const MmlResize *own, const MmlResizeAxis *axis, int64_t o, int64_t *index, float *weight)
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
	if (own->coordinates == MML_COORDINATES_TF_CROP_AND_RESIZE && !(x >= 0 && x <= last))
	{
		for (int k = 0; k < axis->taps; k++)
			index[k] = -1;
		return;
	}
	/* whatever the numbers were, indices must be whole and small */
	x = x >= -2 ? x : -2;
	x = x <= last + 2 ? x : last + 2;
	if (own->mode == MML_RESIZE_NEAREST)
	{
		x = round_coordinate(own->nearest, x);
		index[0] = MML_MAX(MML_MIN((int64_t) x, axis->in - 1), 0);
		weight[0] = 1;
		return;
	}
	weigh(own, x - floorf(x), weight);
	for (int k = 0; k < axis->taps; k++)
	{
		int64_t		i = (int64_t) floorf(x) + k - (own->mode == MML_RESIZE_CUBIC);

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
	const MmlResize *own = call->own;
	size_t		entries = 0;
	int64_t    *index = (int64_t *) ((double *) call->scratch + own->axis[own->rank - 1].in);
	float	   *weight;

	for (int i = 0; i < own->rank; i++)
		entries += (size_t) own->axis[i].out * MML_MOST_TAPS;
	weight = (float *) (index + entries);
	for (int i = 0; i < own->rank; i++)
	{
		const MmlResizeAxis *axis = &own->axis[i];

		taps[i] = (Taps)
		{
			axis->taps, index, weight
		};
		for (int64_t o = 0; o < axis->out; o++)
			find_taps(own, axis, o, index + o * axis->taps, weight + o * axis->taps);
		index += axis->out * MML_MOST_TAPS;
		weight += axis->out * MML_MOST_TAPS;
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
resize_row_##letter(const MmlResize *own, const Taps *taps, const int64_t *at, const type *in, \
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
pick_row(const MmlResize *own, const Taps *taps, const int64_t *at, const char *in, size_t size, char *out)
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

void
mml_tensor_resize_run(const MmlCall *call)
{
	const MmlResize *own = call->own;
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

		if (own->mode == MML_RESIZE_NEAREST && own->coordinates != MML_COORDINATES_TF_CROP_AND_RESIZE)
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

/*-------------------------------------------------------------------------
 *
 * pool.c
 *	  MaxPool, AveragePool and LpPool over one to three dimensions.
 *
 * A row of outputs is swept once a tap of the kernel, so that the inner loop
 * runs along the row; taps that lie in the padding are left out.  The most
 * common pool, 2 x 2 by steps of 2, has a loop of its own.
 *
 *-------------------------------------------------------------------------
 */
#include <math.h>

#include "tensor/check.h"
#include "tensor/operators.h"
#include "tensor/window.h"

typedef void (*PlaneLoop) (const MmlWindow *w, const void *in, void *out, float power);

typedef struct Pool
{
	MmlWindow	window;
	PlaneLoop	loop;
	bool		count_padding;	/* AveragePool */
	bool		by_columns;		/* MaxPool: how indices count */
	float		power;			/* LpPool */
} Pool;

/*
 * Defines a sweep over a plane: y, which begins as start, takes in each x by
 * the expression.
 */
#define PLANE(name, clones, type, start, expression) \
clones static void \
name(const MmlWindow *w, const void *in_, void *out_, float power) \
{ \
	const type *in = in_; \
	type	   *out = out_; \
	int64_t		step = w->stride[2]; \
	\
	(void) power; \
	for (int64_t o = 0; o < w->out[0] * w->out[1]; o++) \
	{ \
		int64_t		z0 = o / w->out[1] * w->stride[0] - w->begin[0]; \
		int64_t		y0 = o % w->out[1] * w->stride[1] - w->begin[1]; \
		type	   *row = out + o * w->out[2]; \
		\
		for (int64_t i = 0; i < w->out[2]; i++) \
			row[i] = start; \
		for (int64_t k = 0; k < w->kernel[0] * w->kernel[1]; k++) \
		{ \
			int64_t		z = z0 + k / w->kernel[1] * w->dilation[0]; \
			int64_t		yy = y0 + k % w->kernel[1] * w->dilation[1]; \
			const type *line = in + (z * w->in[1] + yy) * w->in[2]; \
			\
			if (z < 0 || z >= w->in[0] || yy < 0 || yy >= w->in[1]) \
				continue; \
			for (int64_t kx = 0; kx < w->kernel[2]; kx++) \
			{ \
				int64_t		from; \
				int64_t		to; \
				int64_t		offset; \
				\
				mml_tensor_window_row(w, kx, &from, &to, &offset); \
				if (step == 1) \
				{ \
					_Pragma("omp simd") \
					for (int64_t i = from; i < to; i++) \
					{ \
						type		x = line[offset + i]; \
						type		y = row[i]; \
						\
						row[i] = (type) (expression); \
					} \
				} \
				else \
					for (int64_t i = from; i < to; i++) \
					{ \
						type		x = line[offset + i * step]; \
						type		y = row[i]; \
						\
						row[i] = (type) (expression); \
					} \
			} \
		} \
		MML_POLL(w); \
	} \
}

/* A row of outputs costs as much as its taps: poll where planes are large. */
#define MML_POLL(w) \
	do { \
		if ((w)->out[2] * (w)->kernel[0] * (w)->kernel[1] * (w)->kernel[2] > 4096 || (o & 1023) == 1023) \
			MML_CHECK(); \
	} while (0)

PLANE(max_f32, MML_CLONES, float, -INFINITY, x > y ? x : y)
PLANE(max_f64,, double, -INFINITY, x > y ? x : y)
PLANE(max_i8,, int8_t, INT8_MIN, x > y ? x : y)
PLANE(max_u8,, uint8_t, 0, x > y ? x : y)
PLANE(sum_f32, MML_CLONES, float, 0, y + x)
PLANE(sum_f64,, double, 0, y + x)
PLANE(abs_f32, MML_CLONES, float, 0, y + fabsf(x))
PLANE(abs_f64,, double, 0, y + fabs(x))
PLANE(square_f32, MML_CLONES, float, 0, y + x * x)
PLANE(square_f64,, double, 0, y + x * x)
PLANE(power_f32,, float, 0, y + powf(fabsf(x), power))
PLANE(power_f64,, double, 0, y + pow(fabs(x), (double) power))

/* Eight numbers, wherever they lie. */
typedef float Eight __attribute__((vector_size(32), aligned(4), may_alias));
typedef int32_t EightBits __attribute__((vector_size(32)));

MML_INLINE	Eight
larger(Eight a, Eight b)
{
	EightBits	mask = a > b;

	return (Eight) (((EightBits) a & mask) | ((EightBits) b & ~mask));
}

/* The larger of eight pairs: compilers do not find these shuffles. */
MML_INLINE void
largest_of_eight(const float *a, const float *b, float *out)
{
	Eight		a0 = *(const Eight *) a;
	Eight		a1 = *(const Eight *) (a + 8);
	Eight		b0 = *(const Eight *) b;
	Eight		b1 = *(const Eight *) (b + 8);
	Eight		low = larger(a0, b0);
	Eight		high = larger(a1, b1);
	Eight		even = __builtin_shufflevector(low, high, 0, 2, 4, 6, 8, 10, 12, 14);
	Eight		odd = __builtin_shufflevector(low, high, 1, 3, 5, 7, 9, 11, 13, 15);

	*(Eight *) out = larger(even, odd);
}

/* The same for any number of pairs. */
MML_INLINE void
largest_of_pairs(int64_t n, const float *a, const float *b, float *out)
{
	for (int64_t j = 0; j < n; j++)
	{
		float		left = a[2 * j] > b[2 * j] ? a[2 * j] : b[2 * j];
		float		right = a[2 * j + 1] > b[2 * j + 1] ? a[2 * j + 1] : b[2 * j + 1];

		out[j] = left > right ? left : right;
	}
}

/* The largest of each 2 x 2 of in (height,width); the last eight overlap. */
MML_CLONES
static void
largest_2x2(int64_t height, int64_t width, const float *in, float *out)
{
	int64_t		n = width / 2;

	for (int64_t i = 0; i < height / 2; i++)
	{
		const float *a = in + 2 * i * width;
		const float *b = a + width;

		if (n < 8)
			largest_of_pairs(n, a, b, out);
		else
		{
			for (int64_t j = 0; j + 8 <= n; j += 8)
				largest_of_eight(a + 2 * j, b + 2 * j, out + j);
			largest_of_eight(a + 2 * (n - 8), b + 2 * (n - 8), out + (n - 8));
		}
		out += n;
	}
}

void
mml_tensor_pool_2x2(int64_t height, int64_t width, const float *in, float *out)
{
	largest_2x2(height, width, in, out);
}

/* 2 x 2, by steps of 2, no padding. */
static void
max_2x2(const MmlWindow *w, const void *in, void *out, float power)
{
	(void) power;
	largest_2x2(w->in[1], w->in[2], in, out);
}

static bool
is_2x2(const MmlWindow *w)
{
	return w->in[0] == 1 && w->kernel[0] == 1 && w->kernel[1] == 2 && w->kernel[2] == 2 &&
		w->stride[1] == 2 && w->stride[2] == 2 && w->dilation[1] == 1 && w->dilation[2] == 1 &&
		w->begin[1] == 0 && w->begin[2] == 0 && w->out[1] == w->in[1] / 2 && w->out[2] == w->in[2] / 2;
}

#define POOL_ATTRIBUTES "auto_pad:s ceil_mode:i dilations:I kernel_shape:I pads:I strides:I "

static const char *
infer_max_pool(MmlCall *call)
{
	static const PlaneLoop loops[MML_TYPE_LIMIT] = {
		[MML_ELEMENT_F32] = max_f32,[MML_ELEMENT_F64] = max_f64,[MML_ELEMENT_I8] = max_i8,[MML_ELEMENT_U8] = max_u8
	};
	Pool	   *own = call->own;

	MML_TRY(mml_tensor_check(call, "MaxPool", POOL_ATTRIBUTES "storage_order:i", 1));
	MML_TRY(mml_tensor_check_type(call, "MaxPool", 0, MML_TYPES_FLOAT | MML_TYPES_BYTE));
	MML_TRY(mml_tensor_window(call, "MaxPool", &own->window));
	own->loop = loops[call->in[0]->type];
	if (call->in[0]->type == MML_ELEMENT_F32 && is_2x2(&own->window))
		own->loop = max_2x2;
	own->by_columns = mml_tensor_attribute_int(call, "storage_order", 0) != 0;
	return NULL;
}

/* Sweep over all planes. */
static void
run_planes(const MmlCall *call)
{
	const Pool *own = call->own;
	const MmlWindow *w = &own->window;
	size_t		size = mml_tensor_element_size(call->in[0]->type);

	for (size_t i = 0; i < w->planes; i++)
	{
		own->loop(w, (const char *) call->in[0]->data + i * w->in_plane * size,
				  (char *) call->out[0]->data + i * w->out_plane * size, own->power);
		if ((i & 255) == 255)
			MML_CHECK();
	}
}

/* Where the largest of a window lies in its plane, the first of equals. */
#define WHERE(name, type) \
static void \
name(const MmlWindow *w, bool by_columns, const type *in, int64_t *where, int64_t base) \
{ \
	for (int64_t o = 0; o < (int64_t) w->out_plane; o++) \
	{ \
		int64_t		z0 = o / (w->out[1] * w->out[2]) * w->stride[0] - w->begin[0]; \
		int64_t		y0 = o / w->out[2] % w->out[1] * w->stride[1] - w->begin[1]; \
		int64_t		x0 = o % w->out[2] * w->stride[2] - w->begin[2]; \
		int64_t		best = -1; \
		\
		for (int64_t k = 0; k < w->kernel[0] * w->kernel[1] * w->kernel[2]; k++) \
		{ \
			int64_t		z = z0 + k / (w->kernel[1] * w->kernel[2]) * w->dilation[0]; \
			int64_t		y = y0 + k / w->kernel[2] % w->kernel[1] * w->dilation[1]; \
			int64_t		x = x0 + k % w->kernel[2] * w->dilation[2]; \
			int64_t		at = (z * w->in[1] + y) * w->in[2] + x; \
			\
			if (z >= 0 && z < w->in[0] && y >= 0 && y < w->in[1] && x >= 0 && x < w->in[2] && \
				(best < 0 || in[at] > in[best])) \
				best = at; \
		} \
		best = MML_MAX(best, 0); \
		if (by_columns) \
			best = (best % w->in[2] * w->in[1] + best / w->in[2] % w->in[1]) * w->in[0] + \
				best / (w->in[1] * w->in[2]); \
		where[o] = base + best; \
		MML_POLL(w); \
	} \
}

WHERE(where_f32, float)
WHERE(where_f64, double)
WHERE(where_i8, int8_t)
WHERE(where_u8, uint8_t)

static void
run_max_pool(const MmlCall *call)
{
	const Pool *own = call->own;
	const MmlWindow *w = &own->window;
	const void *in = call->in[0]->data;

	if (mml_tensor_out(call, 0) != NULL)
		run_planes(call);
	if (mml_tensor_out(call, 1) == NULL)
		return;
	for (size_t i = 0; i < w->planes; i++)
	{
		size_t		at = i * w->in_plane;
		int64_t    *where = (int64_t *) call->out[1]->data + i * w->out_plane;

		if (call->in[0]->type == MML_ELEMENT_F32)
			where_f32(w, own->by_columns, (const float *) in + at, where, (int64_t) at);
		else if (call->in[0]->type == MML_ELEMENT_F64)
			where_f64(w, own->by_columns, (const double *) in + at, where, (int64_t) at);
		else if (call->in[0]->type == MML_ELEMENT_I8)
			where_i8(w, own->by_columns, (const int8_t *) in + at, where, (int64_t) at);
		else
			where_u8(w, own->by_columns, (const uint8_t *) in + at, where, (int64_t) at);
		MML_CHECK();
	}
}

static const char *
infer_average_pool(MmlCall *call)
{
	Pool	   *own = call->own;

	MML_TRY(mml_tensor_check(call, "AveragePool", POOL_ATTRIBUTES "count_include_pad:i", 1));
	MML_TRY(mml_tensor_check_type(call, "AveragePool", 0, MML_TYPES_FLOAT));
	MML_TRY(mml_tensor_window(call, "AveragePool", &own->window));
	own->loop = call->in[0]->type == MML_ELEMENT_F32 ? sum_f32 : sum_f64;
	own->count_padding = mml_tensor_attribute_int(call, "count_include_pad", 0) != 0;
	call->scratch_bytes = own->window.out_plane * sizeof(float);
	return NULL;
}

/* Taps of a window that count, along an axis. */
static int64_t
taps(const MmlWindow *w, int axis, int64_t o, bool count_padding)
{
	int64_t		at = o * w->stride[axis] - w->begin[axis];
	int64_t		first = count_padding ? -w->begin[axis] : 0;
	int64_t		end = w->in[axis] + (count_padding ? w->end[axis] : 0);
	int64_t		d = w->dilation[axis];
	int64_t		skipped = at < first ? (first - at + d - 1) / d : 0;
	int64_t		within = at < end ? (end - 1 - at) / d + 1 : 0;

	return MML_MAX(MML_MIN(within, w->kernel[axis]) - skipped, 0);
}

/* Divide a plane by a plane of counts. */
MML_CLONES
static void
divide_plane(size_t n, const float *counts, float *y)
{
	for (size_t i = 0; i < n; i++)
		y[i] /= counts[i];
}

/* Sums, then divided by how many taps each has; all planes alike. */
static void
run_average_pool(const MmlCall *call)
{
	const Pool *own = call->own;
	const MmlWindow *w = &own->window;
	float	   *counts = call->scratch;

	if (mml_tensor_out(call, 0) == NULL)
		return;
	run_planes(call);
	for (int64_t o = 0; o < (int64_t) w->out_plane; o++)
	{
		int64_t		count = taps(w, 0, o / (w->out[1] * w->out[2]), own->count_padding) *
			taps(w, 1, o / w->out[2] % w->out[1], own->count_padding) *
			taps(w, 2, o % w->out[2], own->count_padding);

		counts[o] = (float) MML_MAX(count, 1);
	}
	for (size_t i = 0; i < w->planes; i++)
	{
		double	   *y = (double *) call->out[0]->data + i * w->out_plane;

		if (call->in[0]->type == MML_ELEMENT_F32)
			divide_plane(w->out_plane, counts, (float *) call->out[0]->data + i * w->out_plane);
		else
			for (size_t o = 0; o < w->out_plane; o++)
				y[o] /= (double) counts[o];
		if ((i & 63) == 63)
			MML_CHECK();
	}
}

static const char *
infer_lp_pool(MmlCall *call)
{
	Pool	   *own = call->own;
	int64_t		p = mml_tensor_attribute_int(call, "p", 2);
	bool		single;

	MML_TRY(mml_tensor_check(call, "LpPool", POOL_ATTRIBUTES "p:i", 1));
	MML_TRY(mml_tensor_check_type(call, "LpPool", 0, MML_TYPES_FLOAT));
	if (p < 1 || p > 1000)
		return mml_tensor_wrong(call, "p of LpPool is out of range: %lld.", (long long) p);
	MML_TRY(mml_tensor_window(call, "LpPool", &own->window));
	single = call->in[0]->type == MML_ELEMENT_F32;
	own->power = (float) p;
	own->loop = p == 1 ? (single ? abs_f32 : abs_f64) : p == 2 ? (single ? square_f32 : square_f64)
		: single ? power_f32 : power_f64;
	return NULL;
}

static void
run_lp_pool(const MmlCall *call)
{
	const Pool *own = call->own;
	double		root = 1.0 / (double) own->power;

	if (mml_tensor_out(call, 0) == NULL)
		return;
	run_planes(call);
	for (size_t i = 0; own->power != 1 && i < call->out[0]->count; i++)
	{
		float	   *single = call->out[0]->data;
		double	   *twofold = call->out[0]->data;

		if (call->in[0]->type == MML_ELEMENT_F32)
			single[i] = own->power == 2 ? sqrtf(single[i]) : (float) pow((double) single[i], root);
		else
			twofold[i] = own->power == 2 ? sqrt(twofold[i]) : pow(twofold[i], root);
		if ((i & 65535) == 65535)
			MML_CHECK();
	}
}

static const MmlOperator operators[] = {
	{"MaxPool", 1, 1, 1, 2, sizeof(Pool), infer_max_pool, NULL, run_max_pool},
	{"AveragePool", 1, 1, 1, 1, sizeof(Pool), infer_average_pool, NULL, run_average_pool},
	{"LpPool", 2, 1, 1, 1, sizeof(Pool), infer_lp_pool, NULL, run_lp_pool}
};

const MmlOperators mml_tensor_pools = MML_OPERATORS(operators);

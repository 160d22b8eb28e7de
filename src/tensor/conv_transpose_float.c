/*-------------------------------------------------------------------------
 *
 * conv_transpose_float.c
 *	  ConvTranspose in float32: a product, and its sums put where they belong.
 *
 * What all channels of the input add at once to all points that they reach is
 *
 *		columns (filters * taps, points) = W' (filters * taps, channels) X (channels, points)
 *
 * and each row of columns is added to the output, shifted by its tap and
 * spread by the stride.  That is done for some filters and points at once, so
 * that columns stay in the cache of the second level.
 *
 * Where the input has one point, as that of a generator has, rows of columns
 * are the output itself, and images are the rows of a product.
 *
 *-------------------------------------------------------------------------
 */
#include <string.h>

#include "tensor/conv.h"

/* Numbers of columns at once, points of them, and the most in scratch. */
#define COLUMNS (1 << 16)
#define POINTS 128
#define MOST ((int64_t) 1 << 22)

/* Does the only point of the input reach each point of the output once? */
static bool
is_product(const MmlConv *c)
{
	for (int i = 0; i < MML_SPACE; i++)
		if (c->in[i] != 1 || c->pad[i] != 0 || c->out[i] != c->kernel[i] ||
			(c->dilation[i] != 1 && c->kernel[i] != 1))
			return false;
	return true;
}

void
mml_tensor_transpose_plan(MmlConv *c, bool is_constant)
{
	MmlTransposePlan *p = &c->transpose;
	int64_t		taps = mml_conv_points(c->kernel);
	int64_t		points = mml_conv_points(c->in);
	int64_t		weights = c->groups * c->channels * c->filters * taps;
	int64_t		widest;

	p->packs = is_constant;
	if (is_constant && is_product(c))
	{
		p->is_fast = p->is_product = true;
		p->weights_bytes = mml_align64(sizeof(float) * (size_t) c->groups *
									   (size_t) mml_packed_count(c->channels, c->filters * taps));
		return;
	}
	p->columns = MML_MIN(points, POINTS);
	widest = MML_MAX(p->columns, MML_UNIT) + MML_UNIT;
	p->filters = MML_MIN(MML_MAX(COLUMNS / widest / taps, 1), c->filters);
	if (taps > MOST / widest || points > UINT32_MAX / MML_DEPTH ||
		(points < MML_UNIT && c->channels > MOST / MML_UNIT) ||
		(!is_constant && weights > MOST))
		return;
	p->is_fast = true;
	p->weights_bytes = mml_align64(sizeof(float) * (size_t) weights);
	p->columns_bytes = mml_align64(sizeof(float) * (size_t) (p->filters * taps * widest));
	if (points < MML_UNIT)
		p->input_bytes = mml_align64(sizeof(float) * MML_UNIT * (size_t) c->channels);
}

void
mml_tensor_transpose_pack(const MmlConv *c, const float *weights, float *packed)
{
	int64_t		taps = mml_conv_points(c->kernel);
	int64_t		rows = c->filters * taps;

	for (int64_t g = 0; c->transpose.is_product && g < c->groups; g++)
		mml_tensor_pack_product(c->channels, rows, weights + g * c->channels * rows, rows, 1, 1,
								packed + g * mml_packed_count(c->channels, rows));
	if (c->transpose.is_product)
		return;
	for (int64_t g = 0; g < c->groups; g++, weights += c->channels * rows)
		for (int64_t i = 0; i < c->filters; i += c->transpose.filters)
		{
			int64_t		n = MML_MIN(c->transpose.filters, c->filters - i) * taps;

			mml_tensor_pack_panels(n, c->channels, weights + i * taps, 1, rows,
								   mml_depth(c->channels), packed);
			packed += n * c->channels;
		}
}

/* y[i * step] += x[i] */
MML_CLONES
static void
add_row(int64_t n, const float *restrict x, float *restrict y, int64_t step)
{
	if (step == 1)
		for (int64_t i = 0; i < n; i++)
			y[i] += x[i];
	else if (step == 2)
		for (int64_t i = 0; i < n; i++)
			y[2 * i] += x[i];
	else
		for (int64_t i = 0; i < n; i++)
			y[i * step] += x[i];
}

/* Add a row of columns, of n points of the input from first on, to a channel. */
static void
spread(const MmlConv *c, const int64_t *shift, int64_t first, int64_t n, const float *x,
	   float *y)
{
	int64_t		width = c->in[2];
	int64_t		low = shift[2] >= 0 ? 0 : (-shift[2] + c->stride[2] - 1) / c->stride[2];
	int64_t		high = shift[2] >= c->out[2] ? 0 :
		(c->out[2] - 1 - shift[2]) / c->stride[2] + 1;

	for (int64_t at = first; at < first + n;)
	{
		int64_t		w = at % width;
		int64_t		end = MML_MIN(width, w + first + n - at);
		int64_t		h = at / width % c->in[1] * c->stride[1] + shift[1];
		int64_t		d = at / width / c->in[1] * c->stride[0] + shift[0];
		int64_t		from = MML_MAX(w, low);
		int64_t		to = MML_MIN(end, high);

		if (d >= 0 && d < c->out[0] && h >= 0 && h < c->out[1] && from < to)
			add_row(to - from, x + at - first + from - w,
					y + (d * c->out[1] + h) * c->out[2] + from * c->stride[2] + shift[2],
					c->stride[2]);
		at += end - w;
	}
}

/* Add columns of some filters to their channels of the output. */
static void
spread_columns(const MmlConv *c, int64_t filters, int64_t first, int64_t n, int64_t row,
			   const float *columns, float *y)
{
	int64_t		t[MML_SPACE];
	int64_t		shift[MML_SPACE];

	for (int64_t i = 0; i < filters; i++, y += mml_conv_points(c->out))
		for (t[0] = 0; t[0] < c->kernel[0]; t[0]++)
			for (t[1] = 0; t[1] < c->kernel[1]; t[1]++)
				for (t[2] = 0; t[2] < c->kernel[2]; t[2]++, columns += row)
				{
					for (int j = 0; j < MML_SPACE; j++)
						shift[j] = t[j] * c->dilation[j] - c->pad[j];
					spread(c, shift, first, n, columns, y);
				}
	MML_CHECK();
}

/* One group of an image: x (channels, points) to y. */
static void
run_group(const MmlConv *c, const float *x, const float *packed, float *columns, float *y)
{
	const MmlTransposePlan *p = &c->transpose;
	int64_t		taps = mml_conv_points(c->kernel);
	int64_t		points = mml_conv_points(c->in);
	MmlProduct	product = {.tiles = c->tiles,.k = c->channels,.a_k = 1,.c = columns};
	int64_t		n;

	product.b_row = points;
	if (points < MML_UNIT)
	{
		float	   *padded = columns + p->columns_bytes / sizeof(float);

		memset(padded, 0, p->input_bytes);
		for (int64_t j = 0; j < c->channels; j++)
			memcpy(padded + j * MML_UNIT, x + j * points, sizeof(float) * (size_t) points);
		x = padded;
		product.b_row = MML_UNIT;
	}
	for (int64_t at = 0; at < points; at += n)
	{
		n = points - at < p->columns + MML_UNIT ? points - at : p->columns;
		product.n = product.c_row = MML_MAX(n, MML_UNIT);
		product.b = x + at;
		product.a = packed;
		for (int64_t i = 0; i < c->filters; i += p->filters)
		{
			int64_t		filters = MML_MIN(p->filters, c->filters - i);

			product.m = filters * taps;
			mml_tensor_multiply(&product);
			spread_columns(c, filters, at, n, product.n, columns,
						   y + i * mml_conv_points(c->out));
			product.a += product.m * c->channels;
		}
	}
}

/* Images of one point: y (batch, groups, filters * taps) holds the bias. */
static void
run_product(const MmlConv *c, const float *x, const float *packed, float *y)
{
	int64_t		columns = c->filters * mml_conv_points(c->kernel);
	MmlProduct	p = {.tiles = c->tiles,.m = c->batch,.n = columns,.k = c->channels,.a_k = 1};

	p.a_row = c->groups * c->channels;
	p.c_row = c->groups * columns;
	p.add = true;
	p.activation = c->activation;
	for (int64_t g = 0; g < c->groups; g++)
	{
		p.a = x + g * c->channels;
		p.b = packed + g * mml_packed_count(c->channels, columns);
		p.c = y + g * columns;
		mml_tensor_multiply(&p);
	}
}

void
mml_tensor_transpose_run(const MmlConv *c, const float *x, const float *packed,
						 const float *bias, float *columns, float *y)
{
	int64_t		points = mml_conv_points(c->out);
	int64_t		weights = c->channels * c->filters * mml_conv_points(c->kernel);
	int64_t		filters = c->groups * c->filters;

	for (int64_t i = 0; i < c->batch * filters; i++)
	{
		for (int64_t j = 0; j < points; j++)
			y[i * points + j] = bias == NULL ? 0 : bias[i % filters];
		if (i % 256 == 255)
			MML_CHECK();
	}
	if (c->transpose.is_product)
	{
		run_product(c, x, packed, y);
		return;
	}
	for (int64_t n = 0; n < c->batch; n++)
		for (int64_t g = 0; g < c->groups; g++)
		{
			run_group(c, x, packed + g * weights, columns, y);
			mml_tensor_activate(&c->activation, MML_ELEMENT_F32, (size_t) (c->filters * points), y);
			x += c->channels * mml_conv_points(c->in);
			y += c->filters * points;
			MML_CHECK();
		}
}

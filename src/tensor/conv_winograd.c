/*-------------------------------------------------------------------------
 *
 * conv_winograd.c
 *	  Convolutions of 3x3 points, stride 1, with 2.25 times fewer products.
 *
 * Two by two points of the output, a block, are
 *
 *		A' (sum over channels of (G w G') * (B' x B)) A
 *
 * for the 4x4 points x of the input that they depend on, * being element by
 * element (Winograd, Arithmetic Complexity of Computations, 1980; Lavin and
 * Gray, Fast Algorithms for Convolutional Neural Networks, 2016, section 4.1:
 * F(2x2, 3x3)).  Each of the 16 elements is a product (filters, channels)
 * (channels, blocks) of its own.  Errors are about those of the plain sum;
 * larger blocks would save more and lose digits.
 *
 * Blocks are taken as many at once as stay in the cache of the second level.
 * Rows of the input are split into even and odd points first, so that what is
 * done to a block is done to its neighbours in the same vector.
 *
 *-------------------------------------------------------------------------
 */
#include <string.h>

#include "tensor/conv.h"

#define ELEMENTS 16

/* Numbers of all elements of the input, or of sums, at once. */
#define NUMBERS (3 << 14)

/* Elements lie one line of the cache apart, lest they all fall on one set. */
#define APART 16

/* Blocks lie in rows; those of a few rows, or of a part of one, are a strip. */
typedef struct Strip
{
	const MmlConv *c;
	int64_t		row;			/* the first row of blocks */
	int64_t		column;			/* the first block of it */
	int64_t		rows;
	int64_t		columns;
	float	   *input;			/* (16, channels, blocks) */
	float	   *sums;			/* (16, filters, blocks) */
	float	   *split;			/* (rows, even and odd points) of a channel */
} Strip;

static int64_t
input_step(const MmlConv *c)
{
	return c->channels * c->plan.span[2] + APART;
}

static int64_t
sums_step(const MmlConv *c)
{
	return c->filters * c->plan.span[2] + APART;
}

/* Even, or odd, points of a row of a strip, with one block more. */
static int64_t
split_width(const MmlConv *c)
{
	return c->plan.span[1] + 1;
}

/*
 * Is it worth while, and of a size that caches bear?  Then plan strips: as
 * box[1] rows of box[2] to span[1] blocks, side by side in span[2] numbers.
 */
bool
mml_tensor_winograd_plan(MmlConv *c)
{
	MmlConvPlan *p = &c->plan;
	int64_t		width = (c->out[2] + 1) / 2;
	int64_t		height = (c->out[1] + 1) / 2;
	int64_t		more = MML_MAX(c->channels, c->filters);
	int64_t		most;

	if (!p->packs || c->kernel[0] != 1 || c->kernel[1] != 3 || c->kernel[2] != 3 ||
		c->in[0] != 1 || c->out[0] != 1 || more > 256 || c->channels < 16 || c->filters < 16 ||
		width * height < 32 || width < 4 || height < 4)
		return false;
	for (int i = 0; i < MML_SPACE; i++)
		if (c->stride[i] != 1 || c->dilation[i] != 1 || (i > 0 && c->pad[i] > 2))
			return false;
	most = MML_MAX(NUMBERS / ELEMENTS / more / MML_UNIT, 2) * MML_UNIT;
	p->way = MML_CONV_WINOGRAD;
	p->box[0] = 1;
	p->box[1] = MML_MIN(MML_MAX(most / width, 1), height);
	p->box[2] = MML_MIN(width, most);

	if (p->box[1] * p->box[2] < MML_UNIT)
		p->box[1] = (MML_UNIT + width - 1) / width;

	/* The last part of a row may be nearly a unit wider than the others. */
	p->span[1] = p->box[2] < width ? p->box[2] + MML_UNIT : width;
	p->span[2] = (p->box[1] * p->span[1] + MML_UNIT - 1) / MML_UNIT * MML_UNIT;
	p->weights_bytes = sizeof(float) * (size_t) (ELEMENTS * c->groups * c->filters * c->channels);
	p->copy_bytes = sizeof(float) *
		(size_t) (ELEMENTS * (input_step(c) + sums_step(c)) +
				  (2 * p->box[1] + 2) * 2 * split_width(c) + 4 * p->span[1]);
	p->copy_bytes = mml_align64(p->copy_bytes);
	p->table_bytes = 0;
	return true;
}

/* G w G' (16) of the weights of a filter and channel (9). */
static void
transform_weights(const float *w, float *u)
{
	static const double g[4][3] = {{1, 0, 0}, {0.5, 0.5, 0.5}, {0.5, -0.5, 0.5}, {0, 0, 1}};

	for (int i = 0; i < 4; i++)
		for (int j = 0; j < 4; j++)
		{
			double		sum = 0;

			for (int h = 0; h < 3; h++)
				for (int v = 0; v < 3; v++)
					sum += g[i][h] * g[j][v] * (double) w[3 * h + v];
			u[4 * i + j] = (float) sum;
		}
}

/* Each element packed as mml_tensor_pack_panels() would. */
void
mml_tensor_winograd_pack(const MmlConv *c, const float *weights, float *packed)
{
	MmlPanels	panels = mml_panels(c->filters);
	int64_t		depth = mml_depth(c->channels);
	int64_t		size = c->filters * c->channels;
	float		u[ELEMENTS];

	for (int64_t g = 0; g < c->groups; g++, weights += 9 * size, packed += ELEMENTS * size)
		for (int64_t i = 0, first = 0; i < panels.count; i++)
		{
			int64_t		rows = panels.rows - (i >= panels.large);

			for (int64_t l = 0; l < c->channels; l++)
				for (int64_t r = 0; r < rows; r++)
				{
					int64_t		start = l / depth * depth;
					int64_t		k = MML_MIN(depth, c->channels - start);
					float	   *to = packed + start * c->filters + first * k + (l - start) * rows + r;

					transform_weights(weights + 9 * ((first + r) * c->channels + l), u);
					for (int e = 0; e < ELEMENTS; e++)
						to[e * size] = u[e];
				}
			first += rows;
			MML_CHECK();
		}
}

/* A row of the input: n even points from at on, and n odd ones; 0 outside. */
MML_CLONES
static void
split_row(const float *restrict x, int64_t size, int64_t at, int64_t n, float *restrict even,
		  float *restrict odd)
{
	int64_t		first = at >= 0 ? 0 : MML_MIN((1 - at) / 2, n);
	int64_t		end = MML_MAX(MML_MIN((size - 1 - at) / 2 + (at < size - 1), n), first);
	int64_t		i;

	for (i = 0; i < first; i++)
	{
		even[i] = at + 2 * i >= 0 && at + 2 * i < size ? x[at + 2 * i] : 0;
		odd[i] = at + 2 * i + 1 >= 0 && at + 2 * i + 1 < size ? x[at + 2 * i + 1] : 0;
	}
	end = MML_MIN(end, (size - at) / 2);
	for (; i < end; i++)
	{
		even[i] = x[at + 2 * i];
		odd[i] = x[at + 2 * i + 1];
	}
	for (; i < n; i++)
	{
		even[i] = at + 2 * i >= 0 && at + 2 * i < size ? x[at + 2 * i] : 0;
		odd[i] = at + 2 * i + 1 >= 0 && at + 2 * i + 1 < size ? x[at + 2 * i + 1] : 0;
	}
}

/* B' x B of a row of n blocks: split is the first of its four rows. */
MML_CLONES
static void
transform_input(int64_t n, const float *restrict split, int64_t width, float *restrict v,
				int64_t step)
{
#pragma omp simd
	for (int64_t t = 0; t < n; t++)
	{
		float		r[4][4];

#pragma GCC unroll 4
		for (int h = 0; h < 4; h++)
		{
			const float *even = split + h * 2 * width + t;
			const float *odd = even + width;

			r[h][0] = even[0] - even[1];
			r[h][1] = odd[0] + even[1];
			r[h][2] = even[1] - odd[0];
			r[h][3] = odd[0] - odd[1];
		}
#pragma GCC unroll 4
		for (int j = 0; j < 4; j++)
		{
			v[j * step + t] = r[0][j] - r[2][j];
			v[(4 + j) * step + t] = r[1][j] + r[2][j];
			v[(8 + j) * step + t] = r[2][j] - r[1][j];
			v[(12 + j) * step + t] = r[1][j] - r[3][j];
		}
	}
}

/* A' m A of a row of n blocks, to two rows of the output. */
MML_CLONES
static void
transform_sums(int64_t n, const float *restrict m, int64_t step, float bias, float least,
			   float most, float *restrict y0, float *restrict y1)
{
#pragma omp simd
	for (int64_t t = 0; t < n; t++)
	{
		float		a[4];
		float		b[4];
		float		y[4];

#pragma GCC unroll 4
		for (int j = 0; j < 4; j++)
		{
			float		m1 = m[(4 + j) * step + t];
			float		m2 = m[(8 + j) * step + t];

			a[j] = m[j * step + t] + m1 + m2;
			b[j] = m1 - m2 - m[(12 + j) * step + t];
		}
		y[0] = a[0] + a[1] + a[2] + bias;
		y[1] = a[1] - a[2] - a[3] + bias;
		y[2] = b[0] + b[1] + b[2] + bias;
		y[3] = b[1] - b[2] - b[3] + bias;
#pragma GCC unroll 4
		for (int j = 0; j < 4; j++)
		{
			y[j] = y[j] < least ? least : y[j];
			y[j] = y[j] > most ? most : y[j];
		}
		y0[2 * t] = y[0];
		y0[2 * t + 1] = y[1];
		y1[2 * t] = y[2];
		y1[2 * t + 1] = y[3];
	}
}

/* All elements of the input of a strip; x is the input of the group. */
static void
take_input(const Strip *s, const float *x)
{
	const MmlConv *c = s->c;
	int64_t		width = split_width(c);

	for (int64_t j = 0; j < c->channels; j++, x += c->in[1] * c->in[2])
	{
		for (int64_t h = 0; h < 2 * s->rows + 2; h++)
		{
			int64_t		from = 2 * s->row + h - c->pad[1];
			float	   *even = s->split + h * 2 * width;

			if (from < 0 || from >= c->in[1])
				memset(even, 0, sizeof(float) * 2 * (size_t) width);
			else
				split_row(x + from * c->in[2], c->in[2], 2 * s->column - c->pad[2],
						  s->columns + 1, even, even + width);
		}
		for (int64_t h = 0; h < s->rows; h++)
			transform_input(s->columns, s->split + 4 * h * width, width,
							s->input + j * c->plan.span[2] + h * s->columns, input_step(c));
	}
}

/* The sums of a strip become points of the output of the group. */
static void
give_output(const Strip *s, const float *bias, float *y)
{
	const MmlConv *c = s->c;
	const MmlActivation *f = &c->activation;
	bool		clip = f->kind == MML_ACTIVATION_CLIP;
	float		least = clip ? f->alpha : -__builtin_inff();
	float		most = clip ? f->beta : __builtin_inff();
	float	   *buffer = s->split + (2 * c->plan.box[1] + 2) * 2 * split_width(c);
	int64_t		n = MML_MIN(2 * s->columns, c->out[2] - 2 * s->column);

	for (int64_t i = 0; i < c->filters; i++, y += c->out[1] * c->out[2])
		for (int64_t h = 0; h < s->rows; h++)
		{
			int64_t		row = 2 * (s->row + h);
			int			count = row + 1 < c->out[1] ? 2 : 1;
			float	   *to = y + row * c->out[2] + 2 * s->column;
			bool		whole = n == 2 * s->columns;
			float	   *y0 = whole ? to : buffer;
			float	   *y1 = whole && count == 2 ? to + c->out[2] : buffer + 2 * s->columns;

			transform_sums(s->columns, s->sums + i * c->plan.span[2] + h * s->columns,
						   sums_step(c), bias == NULL ? 0 : bias[i], least, most, y0, y1);
			if (!whole)
				memcpy(to, y0, sizeof(float) * (size_t) n);
			if (!whole && count == 2)
				memcpy(to + c->out[2], y1, sizeof(float) * (size_t) n);
			for (int j = 0; j < count && f->kind != MML_ACTIVATION_NONE && !clip; j++)
				mml_tensor_activate(f, MML_ELEMENT_F32, (size_t) n, to + j * c->out[2]);
		}
}

/* One strip of a group: input, 16 products, output. */
static void
run_strip(const Strip *s, const float *x, const float *packed, const float *bias, float *y)
{
	const MmlConv *c = s->c;
	MmlProduct	p = {.tiles = c->tiles,.m = c->filters,.k = c->channels,.a_k = 1};

	p.n = MML_MAX(s->rows * s->columns, MML_UNIT);
	p.b_row = p.c_row = c->plan.span[2];
	take_input(s, x);
	for (int e = 0; e < ELEMENTS; e++)
	{
		p.a = packed + e * c->filters * c->channels;
		p.b = s->input + e * input_step(c);
		p.c = s->sums + e * sums_step(c);
		mml_tensor_multiply(&p);
	}
	give_output(s, bias, y);
	MML_CHECK();
}

void
mml_tensor_winograd_run(const MmlConv *c, const float *x, const float *packed,
						const float *bias, float *scratch, float *y)
{
	int64_t		width = (c->out[2] + 1) / 2;
	int64_t		height = (c->out[1] + 1) / 2;
	const int64_t *box = c->plan.box;
	Strip		s = {.c = c,.input = scratch};

	s.sums = s.input + ELEMENTS * input_step(c);
	s.split = s.sums + ELEMENTS * sums_step(c);
	memset(scratch, 0, c->plan.copy_bytes);
	for (int64_t i = 0; i < c->batch * c->groups; i++)
	{
		int64_t		g = i % c->groups;

		for (s.row = 0; s.row < height; s.row += box[1])
			for (s.column = 0; s.column < width; s.column += s.columns)
			{
				int64_t		left = width - s.column;

				s.rows = MML_MIN(box[1], height - s.row);
				s.columns = left < box[2] + MML_UNIT ? left : box[2];
				run_strip(&s, x, packed + g * ELEMENTS * c->filters * c->channels,
						  bias == NULL ? NULL : bias + g * c->filters, y);
			}
		x += c->channels * c->in[1] * c->in[2];
		y += c->filters * c->out[1] * c->out[2];
	}
}

/*-------------------------------------------------------------------------
 *
 * integer_unit.c
 *	  Products of bytes are those of plain loops of integers, to the last bit.
 *
 * Bytes take all values, and often the largest there are, for which sums are
 * just exact; weights are constant or not, and their zeros too.
 *
 *-------------------------------------------------------------------------
 */
#include "unit.h"

#include "tensor_case.h"

/* Where inputs of the call are: those of an operator of integers, or of a quantised one. */
typedef struct Case
{
	bool		quantised;
	const MmlTensor *a;
	const MmlTensor *b;
	const MmlTensor *a_zero;
	const MmlTensor *b_zero;
	const MmlTensor *b_scale;
	const MmlTensor *bias;
} Case;

static const double a_scale = 0.01;
static const double out_scale = 1.7;

/* Any byte; or of a kind of tensor that has but the extremes, or is nearly 0. */
static void
fill_bytes(MmlTensor *tensor)
{
	int			kind = pick(0, 4);
	int			least = tensor->type == MML_ELEMENT_U8 ? 0 : -128;

	for (size_t i = 0; i < tensor->count; i++)
		put(tensor, i, kind == 0 ? least + 255 : kind == 1 ? least + 255 * pick(0, 1) :
			kind == 2 ? pick(0, 3) : least + pick(0, 255));
}

static MmlTensor *
give_bytes(MmlElement type, int rank, const int64_t *dims)
{
	MmlTensor  *tensor = give(type, rank, dims);

	fill_bytes(tensor);
	return tensor;
}

/* A zero: left out, one, or one for each of n where there may be more. */
static const MmlTensor *
give_zero(MmlElement type, int64_t n, bool must)
{
	int			kind = pick(must ? 1 : 0, n > 0 ? 2 : 1);

	if (kind > 0)
		return give_bytes(type, kind - 1, &n);
	give_nothing();
	return NULL;
}

/* Inputs of a call: a and b with so many zeros (0: only one for all). */
static Case
give_inputs(bool quantised, int a_rank, const int64_t *a, int64_t a_zeros, int b_rank, const int64_t *b,
			int64_t b_zeros, bool biased)
{
	Case		c = {.quantised = quantised};
	MmlElement	a_type = pick(0, 1) == 0 ? MML_ELEMENT_U8 : MML_ELEMENT_I8;
	MmlElement	b_type = pick(0, 1) == 0 ? MML_ELEMENT_U8 : MML_ELEMENT_I8;
	MmlElement	out_type = pick(0, 1) == 0 ? MML_ELEMENT_U8 : MML_ELEMENT_I8;
	MmlTensor  *scale;
	bool		each = pick(0, 1) == 0;

	c.a = give_bytes(a_type, a_rank, a);
	if (!quantised)
	{
		c.b = give_bytes(b_type, b_rank, b);
		c.a_zero = give_zero(a_type, a_zeros, false);
		c.b_zero = give_zero(b_type, b_zeros, false);
		return c;
	}
	give_numbers(MML_ELEMENT_F32, 0, &a_scale);
	c.a_zero = give_zero(a_type, a_zeros, true);
	c.b = give_bytes(b_type, b_rank, b);
	scale = give(MML_ELEMENT_F32, each, &b_zeros);
	for (size_t i = 0; i < scale->count; i++)
		put(scale, i, between(0.001, 0.1));
	c.b_scale = scale;
	c.b_zero = give_zero(b_type, b_zeros, true);
	give_numbers(MML_ELEMENT_F32, 0, &out_scale);
	give_zero(out_type, 0, true);
	if (biased)
	{
		MmlTensor  *bias = give(MML_ELEMENT_I32, 1, b);

		for (size_t i = 0; i < bias->count; i++)
			put(bias, i, pick(-1000000000, 1000000000) * 2 / (pick(0, 1) == 0 ? 1 : 10000));
		c.bias = bias;
	}
	return c;
}

/* Infer, mostly with constant weights, and run. */
static void
run_case(void)
{
	void	   *data[MOST_INPUTS];
	const char *wrong;
	int			hidden = pick(0, 5);

	for (int i = 0; i < t.call.inputs; i++)
	{
		data[i] = t.in[i].data;
		if (i == 0 || hidden == 0 || (hidden == 1 && i == 1) || (hidden <= 2 && i == 2) ||
			(hidden == 3 && i > 2))
			t.in[i].data = NULL;
	}
	wrong = check_call(1);
	if (wrong != NULL)
		printf("# %s\n", wrong);
	CHECK(wrong == NULL);
	for (int i = 0; i < t.call.inputs; i++)
		t.in[i].data = data[i];
	CHECK(t.call.scratch_bytes < (size_t) 64 << 20);
	compute(1);
}

static int64_t
zero_of(const MmlTensor *zero, int64_t i)
{
	return zero == NULL ? 0 : (int64_t) get(zero, (size_t) (zero->count == 1 ? 0 : i));
}

/* Is an output what the sum says, with the scale of index i? */
static bool
is_right(const Case *c, size_t at, int64_t sum, int64_t i)
{
	const MmlTensor *out = &t.out[0];
	int32_t		wrapped = (int32_t) (uint32_t) (uint64_t) (sum + (c->bias == NULL ? 0 : (int64_t) get(c->bias, (size_t) i)));
	double		least = out->type == MML_ELEMENT_U8 ? 0 : -128;
	float		x;

	if (!c->quantised)
		return get(out, at) == wrapped;
	x = (float) wrapped * ((float) a_scale * (float) get(c->b_scale, (size_t) (c->b_scale->count == 1 ? 0 : i)));
	return get(out, at) == fmin(fmax((double) rintf(x / (float) out_scale) + get(&t.in[7], 0), least), least + 255);
}

/* One product of a stack, of A (m,k) and B (k,n). */
static void
check_matrix(const Case *c, int64_t s, int64_t a, int64_t b)
{
	int64_t		m = c->a->dims[c->a->rank - 2];
	int64_t		k = c->a->dims[c->a->rank - 1];
	int64_t		n = c->b->dims[c->b->rank - 1];

	for (int64_t i = 0; i < m; i++)
		for (int64_t j = 0; j < n; j++)
		{
			int64_t		sum = 0;

			for (int64_t l = 0; l < k; l++)
				sum += ((int64_t) get(c->a, (size_t) ((a * m + i) * k + l)) - zero_of(c->a_zero, i)) *
					((int64_t) get(c->b, (size_t) ((b * k + l) * n + j)) - zero_of(c->b_zero, j));
			CHECK(is_right(c, (size_t) ((s * m + i) * n + j), sum, j));
		}
}

TEST(matrices)
{
	for (int round = 0; round < 500; round++)
	{
		bool		quantised = pick(0, 1) == 0;
		bool		deep = pick(0, 3) == 0;
		bool		large = pick(0, 19) == 0;
		int64_t		m = pick(1, large ? 200 : 14);
		int64_t		k = pick(0, 60) == 0 ? 0 : deep ? pick(200, 2000) : pick(1, 80);
		int64_t		n = pick(1, large ? 800 : 70);
		int64_t		a[4] = {pick(1, 2), pick(1, 3), m, k};
		int64_t		b[4] = {a[0], pick(0, 1) == 0 ? 1 : a[1], k, n};
		int			first = pick(0, 2);
		int			b_first = pick(first, 2);
		int64_t		stacks = 1;
		Case		c;

		begin(quantised ? "QLinearMatMul" : "MatMulInteger");
		c = give_inputs(quantised, 4 - first, a + first, m, 4 - b_first, b + b_first, n, false);
		run_case();
		CHECK(t.out[0].rank == 4 - first && (quantised || t.out[0].type == MML_ELEMENT_I32));
		for (int i = first; i < 2; i++)
			stacks *= a[i];
		for (int64_t s = 0; s < stacks; s++)
			check_matrix(&c, s, s, b_first == 2 ? 0 : b_first == 1 ? s % a[1] % b[1] :
						 s / a[1] * b[1] + s % a[1] % b[1]);
	}
}

/* Random attributes and sizes of a convolution in three dimensions, of which the first are 1. */
typedef struct Shape
{
	int			space;
	int64_t		a[5];
	int64_t		b[5];
	int64_t		group;
	int64_t		stride[3];
	int64_t		dilation[3];
	int64_t		pad[6];
} Shape;

static Shape
random_shape(void)
{
	Shape		s = {.space = pick(1, 3)};
	bool		deep = pick(0, 3) == 0;
	bool		wide = pick(0, 9) == 0;
	bool		is_depth = pick(0, 4) == 0;

	s.group = is_depth ? pick(1, 20) : pick(1, 3);
	s.b[1] = is_depth ? 1 : deep ? pick(60, 150) : pick(1, 9);
	s.b[0] = s.group * (is_depth ? 1 : pick(1, deep ? 10 : 20));
	s.a[0] = pick(1, 2);
	s.a[1] = s.group * s.b[1];
	for (int i = 0; i < s.space; i++)
	{
		s.b[2 + i] = pick(1, wide && i == 0 ? 20 : 3);
		s.stride[i] = pick(1, 3);
		s.dilation[i] = pick(1, 2);
		s.pad[i] = pick(0, 2);
		s.pad[i + s.space] = pick(0, 2);
		s.a[2 + i] = (s.b[2 + i] - 1) * s.dilation[i] + pick(1, deep ? 6 : s.space == 1 ? 300 : s.space == 2 ? 30 : 9);
	}
	return s;
}

/* The sum that makes output p (its point) of a filter of an image. */
static int64_t
plain_sum(const Case *c, const Shape *s, int64_t image, int64_t filter, int64_t p)
{
	int64_t		out[3];
	int64_t		taps = 1;
	int64_t		points = 1;
	int64_t		sum = 0;

	for (int i = s->space - 1; i >= 0; i--)
	{
		out[i] = p % t.out[0].dims[2 + i];
		p /= t.out[0].dims[2 + i];
		taps *= s->b[2 + i];
		points *= s->a[2 + i];
	}
	for (int64_t tap = 0; tap < taps; tap++)
	{
		int64_t		place = 0;
		int64_t		step = taps;
		bool		is_inside = true;

		for (int i = 0; i < s->space; i++)
		{
			int64_t		at;

			step /= s->b[2 + i];
			at = out[i] * s->stride[i] + tap / step % s->b[2 + i] * s->dilation[i] - s->pad[i];
			is_inside = is_inside && at >= 0 && at < s->a[2 + i];
			place = place * s->a[2 + i] + at;
		}
		for (int64_t j = 0; is_inside && j < s->b[1]; j++)
		{
			int64_t		channel = image * s->a[1] + filter / (s->b[0] / s->group) * s->b[1] + j;

			sum += ((int64_t) get(c->a, (size_t) (channel * points + place)) - zero_of(c->a_zero, 0)) *
				((int64_t) get(c->b, (size_t) ((filter * s->b[1] + j) * taps + tap)) - zero_of(c->b_zero, filter));
		}
	}
	return sum;
}

/* A convolution of either operator against plain sums. */
static void
check_conv(const Shape *s)
{
	bool		quantised = pick(0, 1) == 0;
	int64_t		points = 1;
	Case		c;

	begin(quantised ? "QLinearConv" : "ConvInteger");
	c = give_inputs(quantised, 2 + s->space, s->a, 0, 2 + s->space, s->b, s->b[0], pick(0, 1) == 0);
	set_ints("strides", s->space, s->stride);
	set_ints("dilations", s->space, s->dilation);
	set_ints("pads", 2 * s->space, s->pad);
	set_int("group", s->group);
	run_case();
	for (int i = 0; i < s->space; i++)
		points *= t.out[0].dims[2 + i];
	for (size_t i = 0; i < t.out[0].count; i++)
	{
		int64_t		filter = (int64_t) i / points % s->b[0];

		CHECK(is_right(&c, i, plain_sum(&c, s, (int64_t) i / points / s->b[0], filter, (int64_t) i % points), filter));
	}
}

TEST(convolutions)
{
	for (int round = 0; round < 400; round++)
	{
		Shape		s = random_shape();

		check_conv(&s);
	}
}

/* Inputs that are cut into boxes, in each dimension, and kernels that are too large for them. */
TEST(boxes)
{
	static const Shape shapes[] = {
		{2, {1, 8, 150, 140}, {4, 8, 3, 3}, 1, {1, 1}, {1, 1}, {1, 1, 1, 1}},
		{2, {1, 3, 230, 190}, {16, 3, 7, 5}, 1, {2, 2}, {1, 1}, {3, 2, 3, 2}},
		{1, {1, 3, 70000}, {3, 3, 3}, 1, {1}, {1}, {1, 1}},
		{3, {1, 4, 40, 60, 50}, {2, 4, 2, 1, 3}, 1, {1, 2, 1}, {1, 1, 1}, {1, 0, 1, 0, 0, 1}},
		{2, {1, 2, 30, 31}, {3, 2, 20, 21}, 1, {1, 1}, {1, 1}, {1, 0, 1, 0}},
		{2, {2, 20, 3, 3}, {34, 10, 3, 3}, 2, {1, 1}, {1, 1}, {0, 0, 0, 0}},
		{2, {1, 600, 5, 5}, {9, 600, 1, 1}, 1, {1, 1}, {1, 1}, {0, 0, 0, 0}},
		{1, {1, 1, 40}, {2, 1, 2}, 1, {30}, {7}, {1, 3}},
		{1, {1, 2, 3}, {2, 2, 2}, 1, {2000000000}, {1}, {2000000000, 2000000000}}
	};

	for (int round = 0; round < 3; round++)
		for (size_t i = 0; i < sizeof(shapes) / sizeof(*shapes); i++)
			check_conv(&shapes[i]);
}

/* A sum of the largest bytes is not exact in float32: each stretch of it must be. */
TEST(largest)
{
	for (int64_t k = 255; k < 1600; k += k < 262 ? 1 : 267)
	{
		int64_t		dims[4] = {1, k, k, 1};
		Case		c = {0};

		begin("MatMulInteger");
		c.a = give(MML_ELEMENT_U8, 2, dims);
		c.b = give(MML_ELEMENT_U8, 2, dims + 2);
		for (int i = 0; i < 2; i++)
			for (int64_t j = 0; j < k; j++)
				put(&t.in[i], (size_t) j, j == 3 ? 254 : 255);
		run_case();
		CHECK(get(&t.out[0], 0) == (double) ((k - 1) * 65025 + 64516));
		CHECK(is_right(&c, 0, (k - 1) * 65025 + 64516, 0));
	}
}

/*-------------------------------------------------------------------------
 *
 * conv_unit.c
 *	  Tests of Conv against plain loops.
 *
 *-------------------------------------------------------------------------
 */
#include "product_case.h"

/* Sum for a point of Conv, in float8, by the definition. */
static double
conv_at(const Fixture *f, int space, const MmlConv *c, int64_t n, int64_t m,
		const int64_t *p)
{
	const MmlTensor *x = &f->tensor[0];
	const MmlTensor *w = &f->tensor[1];
	int64_t		group = m / (w->dims[0] / c->groups);
	double		sum = f->call.inputs > 2 ? get(&f->tensor[2], m) : 0;

	for (int64_t j = 0; j < w->dims[1]; j++)
		for (int64_t a = 0; a < dim(w, space, 0); a++)
			for (int64_t b = 0; b < dim(w, space, 1); b++)
				for (int64_t e = 0; e < dim(w, space, 2); e++)
				{
					int64_t		d = p[0] * c->stride[0] + a * c->dilation[0] - c->pad[0];
					int64_t		h = p[1] * c->stride[1] + b * c->dilation[1] - c->pad[1];
					int64_t		v = p[2] * c->stride[2] + e * c->dilation[2] - c->pad[2];
					int64_t		at = n * x->dims[1] + group * w->dims[1] + j;

					if (d < 0 || d >= dim(x, space, 0) || h < 0 ||
						h >= dim(x, space, 1) || v < 0 || v >= dim(x, space, 2))
						continue;
					at = ((at * dim(x, space, 0) + d) * dim(x, space, 1) + h) *
						dim(x, space, 2) + v;
					sum += get(x, at) *
						get(w, (((m * w->dims[1] + j) * dim(w, space, 0) + a) *
								dim(w, space, 1) + b) * dim(w, space, 2) + e);
				}
	return sum;
}

/* A point of Conv; where it is pooled, the largest of the four in its place. */
static double
point_of(const Fixture *f, int space, const MmlConv *c, int64_t n, int64_t m, const int64_t *p)
{
	double		largest = -INFINITY;

	if (!c->pool)
		return activate(&c->activation, conv_at(f, space, c, n, m, p));
	for (int i = 0; i < 4; i++)
	{
		int64_t		at[3] = {p[0], 2 * p[1] + i / 2, 2 * p[2] + i % 2};

		largest = fmax(largest, activate(&c->activation, conv_at(f, space, c, n, m, at)));
	}
	return largest;
}

/* Compare all of the output of a Conv with the definition. */
static void
check_conv(Fixture *f, int space)
{
	const MmlConv *c = f->call.own;
	const MmlTensor *y = f->out[0];
	int64_t		at = 0;
	int64_t		p[3];

	for (int64_t n = 0; n < y->dims[0]; n++)
		for (int64_t m = 0; m < y->dims[1]; m++)
			for (p[0] = 0; p[0] < dim(y, space, 0); p[0]++)
				for (p[1] = 0; p[1] < dim(y, space, 1); p[1]++)
					for (p[2] = 0; p[2] < dim(y, space, 2); p[2]++)
						CHECK_CLOSE(get(y, at++), point_of(f, space, c, n, m, p));
}

static int	ways[MML_CONV_WINOGRAD + 1];	/* that have been taken */

/* A random convolution. */
static void
try_conv(MmlElement type, int space, int channels, int filters, int size)
{
	static const char *const autos[] = {"SAME_UPPER", "SAME_LOWER", "VALID"};
	Fixture    *f = begin();
	int			groups = pick(0, 2) > 0 ? 1 : pick(1, 4);
	int64_t		x[5] = {pick(1, 3), groups * pick(1, channels)};
	int64_t		w[5] = {groups * pick(1, filters), x[1] / groups};
	int64_t		strides[3];
	int64_t		dilations[3];
	int64_t		pads[6];
	int			how = pick(0, 5);
	bool		same = pick(0, 1);
	const char *wrong;

	for (int i = 0; i < space; i++)
	{
		x[2 + i] = pick(1, size);
		w[2 + i] = pick(1, pick(1, 5));
		strides[i] = pick(1, 3);
		dilations[i] = pick(1, 2);
		pads[i] = pick(0, 3);
		pads[i + space] = pick(0, 3);
		if (same)
			strides[i] = dilations[i] = 1;
	}
	f->is_constant = pick(0, 3) > 0;
	add_input(f, type, space + 2, x);
	add_input(f, type, space + 2, w);
	if (pick(0, 1))
		add_input(f, type, 1, w);
	add_int(f, "group", groups);
	if (how > 0)
	{
		add_ints(f, "strides", space, strides);
		add_ints(f, "dilations", space, dilations);
		add_ints(f, "kernel_shape", space, w + 2);
	}
	if (how > 2)
		add_text(f, "auto_pad", autos[how - 3]);
	else if (how > 0)
		add_ints(f, "pads", 2 * space, pads);
	add_activation(f);
	if (space == 2 && type == MML_ELEMENT_F32 && pick(0, 1))
		add_int(f, ".pool", 2);
	wrong = infer(f, &mml_tensor_conv);
	if (wrong == NULL)
	{
		ways[((MmlConv *) f->call.own)->plan.way]++;
		run(f, &mml_tensor_conv);
		check_conv(f, space);
	}
	else
		CHECK(strstr(wrong, "larger than its padded input") != NULL ||
			  strstr(wrong, "cannot be pooled") != NULL);
	end(f);
}

TEST(conv)
{
	for (int i = 0; i < 100; i++)
	{
		try_conv(MML_ELEMENT_F32, 1, 20, 20, 70);
		try_conv(MML_ELEMENT_F32, 2, 6, 20, 20);
		try_conv(MML_ELEMENT_F32, 3, 4, 8, 7);
		try_conv(MML_ELEMENT_F32, pick(1, 2), 1, 1, 40);
		try_conv(MML_ELEMENT_F32, 3, 1, 1, 10);
	}
	for (int way = MML_CONV_ROWS; way < MML_CONV_WINOGRAD; way++)
		CHECK(ways[way] > 0);
}

TEST(conv_of_float64)
{
	for (int i = 0; i < 30; i++)
		for (int space = 1; space <= 3; space++)
			try_conv(MML_ELEMENT_F64, space, 4, 6, 9);
}

/* One with many channels, so that sums are cut, and of many points. */
TEST(conv_of_many)
{
	for (int i = 0; i < 4; i++)
	{
		try_conv(MML_ELEMENT_F32, 2, 300, 40, 10);
		try_conv(MML_ELEMENT_F32, 2, 4, 4, 100);
		try_conv(MML_ELEMENT_F32, 1, 3, 30, 3000);
	}
}

/* A kernel as large as the input: a product. */
TEST(conv_of_one_point)
{
	for (int i = 0; i < 4; i++)
	{
		Fixture    *f = begin();
		int64_t		x[4] = {pick(1, 3), 2 * pick(1, 200), pick(1, 3), pick(1, 3)};
		int64_t		w[4] = {2 * pick(8, 30), x[1] / 2, x[2], x[3]};

		add_input(f, MML_ELEMENT_F32, 4, x);
		add_input(f, MML_ELEMENT_F32, 4, w);
		add_input(f, MML_ELEMENT_F32, 1, w);
		add_int(f, "group", 2);
		add_activation(f);
		CHECK(infer(f, &mml_tensor_conv) == NULL);
		CHECK(((MmlConv *) f->call.own)->plan.way == MML_CONV_PRODUCT);
		run(f, &mml_tensor_conv);
		check_conv(f, 2);
		end(f);
	}
}

/* Images so large that strips are a few rows of them, pooled. */
TEST(conv_of_strips_pooled)
{
	for (int i = 0; i < 4; i++)
	{
		Fixture    *f = begin();
		int64_t		x[4] = {1, pick(1, 3), pick(150, 200), pick(150, 200)};
		int64_t		w[4] = {pick(1, 7), x[1], 3, 3};
		int64_t		pads[4] = {1, 1, 1, 1};

		add_input(f, MML_ELEMENT_F32, 4, x);
		add_input(f, MML_ELEMENT_F32, 4, w);
		add_ints(f, "pads", 4, pads);
		add_int(f, ".pool", 2);
		CHECK(infer(f, &mml_tensor_conv) == NULL);
		CHECK(((MmlConv *) f->call.own)->plan.way == MML_CONV_POOLED);
		run(f, &mml_tensor_conv);
		check_conv(f, 2);
		end(f);
	}
}

/* Three by three points of many channels, which have a way of their own. */
TEST(conv_of_3x3)
{
	for (int i = 0; i < 10; i++)
	{
		Fixture    *f = begin();
		int64_t		x[4] = {pick(1, 2), pick(16, 24), pick(7, 16), pick(7, i < 2 ? 130 : 30)};
		int64_t		w[4] = {pick(16, 20), x[1], 3, 3};
		int64_t		pads[4] = {pick(0, 2), pick(0, 2), pick(0, 2), pick(0, 2)};

		add_input(f, MML_ELEMENT_F32, 4, x);
		add_input(f, MML_ELEMENT_F32, 4, w);
		if (pick(0, 1))
			add_input(f, MML_ELEMENT_F32, 1, w);
		add_ints(f, "pads", 4, pads);
		add_activation(f);
		if (pick(0, 1))
			add_int(f, ".pool", 2);
		CHECK(infer(f, &mml_tensor_conv) == NULL);
		if (x[2] > 13 && x[3] > 13)
			CHECK(((MmlConv *) f->call.own)->plan.way == MML_CONV_WINOGRAD);
		run(f, &mml_tensor_conv);
		check_conv(f, 2);
		end(f);
	}
}

/* Attributes of a Conv that infer() must refuse. */
static bool
refuses(const char *name, int n, const int64_t *values, const char *why)
{
	int64_t		x[4] = {1, 4, 8, 8};
	int64_t		w[4] = {4, 4, 3, 3};
	bool		is_refused = true;

	for (int transposed = 0; transposed < 2; transposed++)
	{
		Fixture    *f = begin();
		const char *wrong;

		add_input(f, MML_ELEMENT_F32, 4, x);
		add_input(f, MML_ELEMENT_F32, 4, w);
		if (n == 0)
			add_int(f, name, values[0]);
		else
			add_ints(f, name, n, values);
		wrong = infer(f, transposed ? &mml_tensor_conv_transpose : &mml_tensor_conv);
		if (wrong == NULL || strstr(wrong, why) == NULL)
		{
			printf("# %s: %s\n", name, wrong == NULL ? "taken" : wrong);
			is_refused = false;
		}
		end(f);
	}
	return is_refused;
}

TEST(hostile_attributes)
{
	int64_t		zero[4] = {0, 0, 0, 0};
	int64_t		negative[4] = {1, 1, -1, 1};
	int64_t		huge[4] = {INT64_MAX, INT64_MAX, INT64_MAX, INT64_MAX};
	int64_t		least[4] = {INT64_MIN, 1, 1, 1};
	int64_t		ones[4] = {1, 1, 1, 1};
	int64_t		three = 3;

	CHECK(refuses("strides", 2, zero, "strides"));
	CHECK(refuses("strides", 2, huge, "strides"));
	CHECK(refuses("strides", 2, least, "strides"));
	CHECK(refuses("strides", 3, ones, "strides"));
	CHECK(refuses("strides", 0, ones, "strides"));
	CHECK(refuses("dilations", 2, zero, "dilations"));
	CHECK(refuses("dilations", 2, huge, "dilations"));
	CHECK(refuses("pads", 4, negative, "pads"));
	CHECK(refuses("pads", 4, huge, "pads"));
	CHECK(refuses("pads", 2, ones, "pads"));
	CHECK(refuses("kernel_shape", 2, ones, "kernel_shape"));
	CHECK(refuses("kernel_shape", 4, ones, "kernel_shape"));
	CHECK(refuses("group", 0, zero, "group"));
	CHECK(refuses("group", 0, &three, "group"));
	CHECK(refuses("group", 0, huge, "group"));
	CHECK(refuses("group", 0, least, "group"));
}

/* Sizes whose products do not fit. */
TEST(huge_sizes)
{
	int64_t		x[3] = {1, 1, 4};
	int64_t		w[3] = {1, 1, 2};
	int64_t		most = INT32_MAX;
	int64_t		pads[2] = {most, most};

	for (int transposed = 0; transposed < 2; transposed++)
	{
		Fixture    *f = begin();

		add_input(f, MML_ELEMENT_F32, 3, x);
		add_input(f, MML_ELEMENT_F32, 3, w);
		if (transposed)
		{
			add_ints(f, "strides", 1, &most);
			CHECK(strstr(infer(f, &mml_tensor_conv_transpose), "too large") != NULL);
		}
		else
		{
			add_ints(f, "pads", 2, pads);
			CHECK(strstr(infer(f, &mml_tensor_conv), "too large") != NULL);
		}
		end(f);
	}
}

/* Shapes of inputs that infer() must refuse. */
TEST(hostile_shapes)
{
	int64_t		x[5] = {1, 4, 8, 8, 8};
	int64_t		shapes[][5] = {{4, 3, 3, 3}, {4, 4, 9, 3}, {4, 4, 0, 3}, {0, 4, 3, 3},
	{4, 0, 3, 3}};

	for (size_t i = 0; i < sizeof(shapes) / sizeof(shapes[0]); i++)
	{
		Fixture    *f = begin();

		add_input(f, MML_ELEMENT_F32, 4, x);
		add_input(f, MML_ELEMENT_F32, 4, shapes[i]);
		CHECK(infer(f, &mml_tensor_conv) != NULL);
		end(f);
	}
	for (int rank = 0; rank <= 5; rank++)
	{
		Fixture    *f = begin();

		add_input(f, MML_ELEMENT_F32, rank, x);
		add_input(f, MML_ELEMENT_F32, 3, x + 1);
		CHECK(infer(f, &mml_tensor_conv) != NULL);
		CHECK(infer(f, &mml_tensor_gemm) != NULL);
		end(f);
	}
}

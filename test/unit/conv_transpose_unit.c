/*-------------------------------------------------------------------------
 *
 * conv_transpose_unit.c
 *	  Tests of ConvTranspose against plain loops.
 *
 *-------------------------------------------------------------------------
 */
#include "product_case.h"

/* What a ConvTranspose adds up, by the definition, to sums (count). */
static void
transpose_sums(const Fixture *f, int space, const MmlConv *c, double *sums)
{
	const MmlTensor *x = &f->tensor[0];
	const MmlTensor *w = &f->tensor[1];
	const MmlTensor *y = f->out[0];
	int64_t		filters = w->dims[1];
	int64_t		taps = dim(w, space, 0) * dim(w, space, 1) * dim(w, space, 2);
	int64_t		points = dim(x, space, 0) * dim(x, space, 1) * dim(x, space, 2);
	int64_t		at[3];

	for (int64_t i = 0; i < (int64_t) y->count; i++)
		sums[i] = f->call.inputs < 3 ? 0 :
			get(&f->tensor[2], i / mml_conv_points(c->out) % y->dims[1]);
	for (int64_t i = 0; i < (int64_t) x->count; i++)
		for (int64_t m = 0; m < filters; m++)
			for (int64_t t = 0; t < taps; t++)
			{
				int64_t		channel = i / points % x->dims[1];
				int64_t		group = channel / (x->dims[1] / c->groups);
				int64_t		p = i % points;
				int64_t		u = t;
				int64_t		to = (i / points / x->dims[1] * c->groups + group) *
					filters + m;
				bool		inside = true;

				for (int d = 2; d >= 0; d--)
				{
					at[d] = p % dim(x, space, d) * c->stride[d] +
						u % dim(w, space, d) * c->dilation[d] - c->pad[d];
					p /= dim(x, space, d);
					u /= dim(w, space, d);
					inside = inside && at[d] >= 0 && at[d] < c->out[d];
				}
				to = ((to * c->out[0] + at[0]) * c->out[1] + at[1]) * c->out[2] + at[2];
				if (inside)
					sums[to] += get(x, i) * get(w, (channel * filters + m) * taps + t);
			}
}

/* Run it, and compare all of the output with the definition. */
static void
run_and_check(Fixture *f, int space)
{
	const MmlConv *c = f->call.own;
	double	   *sums;

	run(f, &mml_tensor_conv_transpose);
	sums = calloc(f->out[0]->count, sizeof(double));
	transpose_sums(f, space, c, sums);
	for (int64_t i = 0; i < (int64_t) f->out[0]->count; i++)
		CHECK_CLOSE(get(f->out[0], i), activate(&c->activation, sums[i]));
	free(sums);
}

/* A random transposed convolution. */
static void
try_transpose(MmlElement type, int space, int size)
{
	Fixture    *f = begin();
	int			groups = pick(0, 1) ? 1 : pick(1, 3);
	int64_t		x[5] = {pick(1, 2), groups * pick(1, 5)};
	int64_t		w[5] = {x[1], pick(1, 6)};
	int64_t		m = groups * w[1];
	int64_t		ints[4][3];
	int64_t		pads[6];
	int			how = pick(0, 4);
	const char *wrong;

	for (int i = 0; i < space; i++)
	{
		x[2 + i] = pick(1, size);
		w[2 + i] = pick(1, 4);
		ints[0][i] = pick(1, 3);
		ints[1][i] = pick(1, 2);
		ints[2][i] = pick(0, 2);
		ints[3][i] = pick(1, 3 * size);
		pads[i] = pick(0, 2);
		pads[i + space] = pick(0, 2);
	}
	f->is_constant = pick(0, 3) > 0;
	add_input(f, type, space + 2, x);
	add_input(f, type, space + 2, w);
	if (pick(0, 1))
		add_input(f, type, 1, &m);
	add_int(f, "group", groups);
	add_ints(f, "strides", space, ints[0]);
	add_ints(f, "dilations", space, ints[1]);
	add_ints(f, "output_padding", space, ints[2]);
	if (how == 1)
		add_text(f, "auto_pad", "SAME_UPPER");
	else if (how == 2)
		add_ints(f, "output_shape", space, ints[3]);
	else
		add_ints(f, "pads", 2 * space, pads);
	add_activation(f);
	wrong = infer(f, &mml_tensor_conv_transpose);
	if (wrong == NULL)
		run_and_check(f, space);
	else
		CHECK(strstr(wrong, "is empty") != NULL);
	end(f);
}

TEST(conv_transpose)
{
	for (int i = 0; i < 200; i++)
	{
		try_transpose(MML_ELEMENT_F32, 1, 30);
		try_transpose(MML_ELEMENT_F32, 2, 9);
		try_transpose(MML_ELEMENT_F32, 3, 4);
		try_transpose(MML_ELEMENT_F64, pick(1, 3), 4);
	}
}

/* One point, as that which a generator begins with. */
TEST(conv_transpose_of_a_point)
{
	for (int i = 0; i < 8; i++)
	{
		Fixture    *f = begin();
		int64_t		x[4] = {pick(1, 9), 2 * pick(1, 200), 1, 1};
		int64_t		w[4] = {x[1], pick(1, 9), pick(1, 4), pick(1, 4)};
		int64_t		m = 2 * w[1];

		add_input(f, MML_ELEMENT_F32, 4, x);
		add_input(f, MML_ELEMENT_F32, 4, w);
		if (pick(0, 1))
			add_input(f, MML_ELEMENT_F32, 1, &m);
		add_int(f, "group", 2);
		add_activation(f);
		CHECK(infer(f, &mml_tensor_conv_transpose) == NULL);
		CHECK(((MmlConv *) f->call.own)->transpose.is_product);
		run_and_check(f, 2);
		end(f);
	}
}

/* Shapes where the definition of output_shape and SAME leaves room. */
TEST(conv_transpose_shapes)
{
	int64_t		x[4] = {1, 1, 3, 3};
	int64_t		w[4] = {1, 2, 3, 3};
	int64_t		strides[2] = {3, 2};
	int64_t		shape[2] = {10, 8};
	Fixture    *f = begin();

	add_input(f, MML_ELEMENT_F32, 4, x);
	add_input(f, MML_ELEMENT_F32, 4, w);
	add_ints(f, "strides", 2, strides);
	add_ints(f, "output_shape", 2, shape);
	CHECK(infer(f, &mml_tensor_conv_transpose) == NULL);
	CHECK(f->out[0]->dims[2] == 10 && f->out[0]->dims[3] == 8);
	run(f, &mml_tensor_conv_transpose);
	CHECK(get(f->out[0], 9 * 8) == 0);
	CHECK(get(f->out[0], 8 - 1) == 0);
	CHECK(get(f->out[0], 0) == get(&f->tensor[0], 0) * get(&f->tensor[1], 0));
	end(f);
}

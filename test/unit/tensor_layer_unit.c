/*-------------------------------------------------------------------------
 *
 * tensor_layer_unit.c
 *	  Pools, quantised products, TopK and Resize against plain
 *	  loops in double.
 *
 *-------------------------------------------------------------------------
 */
#include "unit.h"

#include "tensor_case.h"

/* The plain pool: every tap of a window, one by one. */
TEST(pools)
{
	static const char *const names[] = {"MaxPool", "AveragePool", "LpPool"};

	for (int round = 0; round < 500; round++)
	{
		int			kind = pick(0, 2);
		int			axes = pick(1, 3);
		bool		count_pads = pick(0, 1) == 0;
		int64_t		dims[5] = {pick(1, 2), pick(1, 3), 0, 0, 0};
		int64_t		kernel[3];
		int64_t		stride[3];
		int64_t		dilation[3];
		int64_t		pads[6];
		MmlTensor  *in;

		for (int i = 0; i < axes; i++)
		{
			dims[2 + i] = pick(3, 9);
			kernel[i] = pick(1, 3);
			stride[i] = pick(1, 3);
			dilation[i] = pick(0, 2) == 0 ? 1 : pick(1, 2);
			pads[i] = pick(0, (int) kernel[i] - 1);
			pads[axes + i] = pick(0, (int) kernel[i] - 1);
		}
		if (axes == 2 && pick(0, 2) == 0)
		{
			dims[3] = pick(3, 60);
			kernel[0] = kernel[1] = stride[0] = stride[1] = 2;
			dilation[0] = dilation[1] = 1;
			memset(pads, 0, sizeof(pads));
		}
		begin(names[kind]);
		in = give(pick(0, 2) == 0 ? MML_ELEMENT_F64 : MML_ELEMENT_F32, axes + 2, dims);
		set_ints("kernel_shape", axes, kernel);
		set_ints("strides", axes, stride);
		set_ints("dilations", axes, dilation);
		set_ints("pads", 2 * axes, pads);
		if (pick(0, 1) == 0)
			set_int("ceil_mode", 1);
		if (kind == 1 && count_pads)
			set_int("count_include_pad", 1);
		if (operate(kind == 0 ? 2 : 1) != NULL)
			continue;
		for (size_t i = 0; i < t.out[0].count; i++)
		{
			int64_t		index[5];
			double		y = kind == 0 ? -INFINITY : 0;
			int			count = 0;
			size_t		where = 0;

			split_index(&t.out[0], i, index);
			for (int k = 0; k < 27; k++)
			{
				int64_t		digits[3] = {k / 9, k / 3 % 3, k % 3};
				int64_t		from[5] = {index[0], index[1], 0, 0, 0};
				bool		inside = true;
				bool		counted = true;

				for (int j = 0; j < axes; j++)
				{
					int64_t		at = index[2 + j] * stride[j] + digits[j] * dilation[j] - pads[j];

					counted = counted && digits[j] < kernel[j] && at < dims[2 + j] + pads[axes + j];
					inside = inside && counted && at >= 0 && at < dims[2 + j];
					from[2 + j] = at;
				}
				for (int j = axes; j < 3; j++)
					counted = counted && digits[j] == 0;
				inside = inside && counted;
				count += count_pads ? counted : inside;
				if (inside)
				{
					size_t		place = join_index(in, axes + 2, from);
					double		x = get(in, place);

					where = kind == 0 && x > y ? place : where;
					y = kind == 0 ? fmax(x, y) : kind == 1 ? y + x : y + x * x;
				}
			}
			y = kind == 1 ? y / fmax(count, 1) : kind == 2 ? sqrt(y) : y;
			CHECK_NEAR(get(&t.out[0], i), isinf(y) ? 0 : y, isinf(y) ? INFINITY : 1e-5);
			if (kind == 0 && !isinf(y))
				CHECK(get(&t.out[1], i) == (double) where);
		}
	}
}

TEST(topk)
{
	for (int round = 0; round < 300; round++)
	{
		int64_t		dims[MML_RANK];
		int			rank = random_dims(1, 3, dims);
		int			axis = pick(0, rank - 1);
		double		k = pick(1, (int) dims[axis]);
		bool		largest = pick(0, 1) == 0;
		MmlTensor  *in;

		begin("TopK");
		in = give(MML_ELEMENT_I32, rank, dims);
		give_numbers(MML_ELEMENT_I64, 1, &k);
		set_int("axis", axis);
		set_int("largest", largest);
		CHECK(operate(2) == NULL);
		for (size_t i = 0; i < t.out[0].count; i++)
		{
			int64_t		index[MML_RANK];
			int64_t		rank_of;
			double		mine = get(&t.out[0], i);
			int			better = 0;

			split_index(&t.out[0], i, index);
			rank_of = index[axis];
			index[axis] = (int64_t) get(&t.out[1], i);
			CHECK(get(in, join_index(in, rank, index)) == mine);
			for (int64_t j = 0; j < dims[axis]; j++)
			{
				int64_t		other[MML_RANK];
				double		x;

				memcpy(other, index, sizeof(other));
				other[axis] = j;
				x = get(in, join_index(in, rank, other));
				better += x == mine ? j < index[axis] : largest ? x > mine : x < mine;
			}
			CHECK(better == rank_of);
		}
	}
}

/* Bytes there and back are within half a step. */
TEST(quantize)
{
	double		scale = 0.05;
	double		zero = 100;
	static double bytes[500];
	static double x[500];
	int64_t		dim = 500;

	begin("QuantizeLinear");
	give(MML_ELEMENT_F32, 1, &dim);
	give_numbers(MML_ELEMENT_F32, 0, &scale);
	give_numbers(MML_ELEMENT_U8, 0, &zero);
	CHECK(operate(1) == NULL);
	for (size_t i = 0; i < 500; i++)
	{
		x[i] = get(&t.in[0], i);
		bytes[i] = get(&t.out[0], i);
	}
	begin("DequantizeLinear");
	give_numbers(MML_ELEMENT_U8, 500, bytes);
	give_numbers(MML_ELEMENT_F32, 0, &scale);
	give_numbers(MML_ELEMENT_U8, 0, &zero);
	CHECK(operate(1) == NULL);
	for (size_t i = 0; i < 500; i++)
		CHECK_NEAR(get(&t.out[0], i), x[i], 0.0251);
}

TEST(matmul_integer)
{
	for (int round = 0; round < 100; round++)
	{
		int64_t		m = pick(1, 9);
		int64_t		k = pick(1, 20);
		int64_t		n = pick(1, 300);
		bool		each = pick(0, 1) == 0;
		MmlTensor  *zeros;

		begin("MatMulInteger");
		give_shape(MML_ELEMENT_U8, 2, m, k, 0);
		give_shape(MML_ELEMENT_I8, 3, 2, k, n);
		give(MML_ELEMENT_U8, 0, NULL);
		zeros = give(MML_ELEMENT_I8, each, &n);
		CHECK(operate(1) == NULL);
		CHECK(t.out[0].type == MML_ELEMENT_I32 && t.out[0].rank == 3);
		for (int64_t i = 0; i < 2 * m * n; i++)
		{
			double		sum = 0;

			for (int64_t j = 0; j < k; j++)
				sum += (get(&t.in[0], (size_t) (i / n % m * k + j)) - get(&t.in[2], 0)) *
					(get(&t.in[1], (size_t) ((i / (m * n) * k + j) * n + i % n)) -
					 get(zeros, (size_t) (each ? i % n : 0)));
			CHECK(get(&t.out[0], (size_t) i) == sum);
		}
	}
}

/* A convolution of bytes against the one of floats. */
TEST(qlinear_conv)
{
	for (int round = 0; round < 60; round++)
	{
		int64_t		groups = pick(1, 2);
		int64_t		dims[4] = {pick(1, 2), 2 * groups, pick(3, 9), pick(3, 300)};
		int64_t		weights[4] = {3 * groups, 2, pick(1, 3), pick(1, 3)};
		int64_t		strides[2] = {pick(1, 2), pick(1, 2)};
		int64_t		pads[4] = {pick(0, 2), pick(0, 2), pick(0, 2), pick(0, 2)};
		double		scales[3] = {0.5, 0.25, 2};
		double		zeros[3] = {3, -2, 100};
		static double x[2][100000];
		static double bias[6];
		static double y[100000];
		size_t		count;

		begin("QLinearConv");
		for (int k = 0; k < 2; k++)
		{
			give(k == 0 ? MML_ELEMENT_U8 : MML_ELEMENT_I8, 4, k == 0 ? dims : weights);
			give_numbers(MML_ELEMENT_F32, 0, &scales[k]);
			give_numbers(k == 0 ? MML_ELEMENT_U8 : MML_ELEMENT_I8, 0, &zeros[k]);
			for (size_t i = 0; i < t.in[3 * k].count; i++)
				x[k][i] = (get(&t.in[3 * k], i) - zeros[k]) * scales[k];
		}
		give_numbers(MML_ELEMENT_F32, 0, &scales[2]);
		give_numbers(MML_ELEMENT_U8, 0, &zeros[2]);
		give(MML_ELEMENT_I32, 1, weights);
		for (size_t i = 0; i < t.in[8].count; i++)
			bias[i] = get(&t.in[8], i) * scales[0] * scales[1];
		set_ints("strides", 2, strides);
		set_ints("pads", 4, pads);
		set_int("group", groups);
		CHECK(operate(1) == NULL);
		count = t.out[0].count;
		for (size_t i = 0; i < count; i++)
			y[i] = get(&t.out[0], i);
		begin("Conv");
		for (int k = 0; k < 2; k++)
		{
			MmlTensor  *in = give(MML_ELEMENT_F32, 4, k == 0 ? dims : weights);

			for (size_t i = 0; i < in->count; i++)
				put(in, i, x[k][i]);
		}
		give_numbers(MML_ELEMENT_F32, (int) weights[0], bias);
		set_ints("strides", 2, strides);
		set_ints("pads", 4, pads);
		set_int("group", groups);
		CHECK(operate(1) == NULL && t.out[0].count == count);
		for (size_t i = 0; i < count; i++)
			CHECK_NEAR(y[i], fmax(0, fmin(255, get(&t.out[0], i) / scales[2] + zeros[2])), 0.5001);
	}
}

/* ---------------------------------------------------------------- Resize */

/* What a resized axis takes for index o: up to four numbers of the input, and their weights. */
static void
plain_taps(const char *mode, const char *coordinates, int64_t n, double scale, int64_t o, int64_t *at, double *weight)
{
	double		out = floor((double) n * scale);
	double		x = ((double) o + 0.5) / scale - 0.5;
	double		t;

	if (strcmp(coordinates, "asymmetric") == 0)
		x = (double) o / scale;
	else if (strcmp(coordinates, "align_corners") == 0)
		x = out == 1 ? 0 : (double) o * (double) (n - 1) / ((double) n * scale - 1);
	else if (strcmp(coordinates, "pytorch_half_pixel") == 0 && out == 1)
		x = -0.5;
	t = x - floor(x);
	for (int k = 0; k < 4; k++)
	{
		double		d = fabs(t + 1 - k);

		at[k] = (int64_t) floor(x) - 1 + k;
		at[k] = MML_MAX(MML_MIN(at[k], n - 1), 0);
		if (strcmp(mode, "cubic") == 0)
			weight[k] = d <= 1 ? 1.25 * d * d * d - 2.25 * d * d + 1 : -0.75 * (d * d * d - 5 * d * d + 8 * d - 4);
		else if (strcmp(mode, "linear") == 0)
			weight[k] = fmax(0, 1 - d);
		else
			weight[k] = k == 0;
	}
	if (strcmp(mode, "nearest") == 0)
		at[0] = MML_MAX(MML_MIN((int64_t) floor(x), n - 1), 0);
}

/* Two axes of an image, every number of it alone; nearest takes the floor, since halves would depend on rounding. */
TEST(resize)
{
	static const char *const modes[] = {"nearest", "linear", "cubic"};
	static const char *const coordinates[] = {"half_pixel", "asymmetric", "align_corners", "pytorch_half_pixel"};
	static const double scales[] = {0.5, 0.625, 1, 1.5, 2, 3.25};

	for (int round = 0; round < 300; round++)
	{
		const char *mode = modes[pick(0, 2)];
		const char *how = coordinates[strcmp(mode, "nearest") == 0 ? pick(0, 1) : pick(0, 3)];
		double		scale[4] = {1, 1, scales[pick(0, 5)], scales[pick(0, 5)]};
		int64_t		dims[] = {pick(1, 2), pick(1, 3), pick(2, 8), pick(2, 8)};
		MmlTensor  *in;

		begin("Resize");
		in = give(MML_ELEMENT_F32, 4, dims);
		give_nothing();
		give_numbers(MML_ELEMENT_F32, 4, scale);
		set_text("mode", mode);
		set_text("coordinate_transformation_mode", how);
		set_text("nearest_mode", "floor");
		CHECK(operate(1) == NULL);
		CHECK(t.out[0].dims[2] == (int64_t) floor((double) dims[2] * scale[2]));
		for (size_t i = 0; i < t.out[0].count; i++)
		{
			int64_t		index[MML_RANK];
			int64_t		at[2][4];
			double		weight[2][4];
			double		sum = 0;

			split_index(&t.out[0], i, index);
			for (int a = 0; a < 2; a++)
				plain_taps(mode, how, dims[2 + a], scale[2 + a], index[2 + a], at[a], weight[a]);
			for (int k = 0; k < 16; k++)
				if (weight[0][k / 4] * weight[1][k % 4] != 0)
				{
					index[2] = at[0][k / 4];
					index[3] = at[1][k % 4];
					sum += weight[0][k / 4] * weight[1][k % 4] * get(in, join_index(in, 4, index));
				}
			CHECK_NEAR(get(&t.out[0], i), sum, 1e-4);
		}
	}
}

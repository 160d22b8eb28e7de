/*-------------------------------------------------------------------------
 *
 * tensor_move_unit.c
 *	  Operators that move, pick or pool numbers, recurrent ones and those of
 *	  bytes, against plain loops.
 *
 *-------------------------------------------------------------------------
 */
#include "unit.h"

#include "tensor_case.h"

TEST(transpose)
{
	for (int round = 0; round < 300; round++)
	{
		int64_t		dims[MML_RANK];
		int64_t		perm[MML_RANK];
		int			rank = random_dims(1, 6, dims);
		MmlTensor  *in;

		for (int i = 0; i < rank; i++)
		{
			int			j = pick(0, i);

			perm[i] = perm[j];
			perm[j] = i;
		}
		begin("Transpose");
		in = give(pick(0, 1) == 0 ? MML_ELEMENT_F32 : MML_ELEMENT_U8, rank, dims);
		set_ints("perm", rank, perm);
		CHECK(operate(1) == NULL);
		for (size_t i = 0; i < in->count; i++)
		{
			int64_t		index[MML_RANK];
			int64_t		from[MML_RANK];

			split_index(&t.out[0], i, index);
			for (int j = 0; j < rank; j++)
				from[perm[j]] = index[j];
			CHECK(get(&t.out[0], i) == get(in, join_index(in, rank, from)));
		}
	}
}

/* Of an axis: the indices that Python's slice takes. */
static int
python_slice(int64_t n, int64_t start, int64_t end, int64_t step, int64_t *taken)
{
	int			count = 0;

	start = start < 0 ? start + n : start;
	end = end < 0 ? end + n : end;
	start = step > 0 ? MML_MAX(0, MML_MIN(start, n)) : MML_MAX(-1, MML_MIN(start, n - 1));
	end = step > 0 ? MML_MAX(0, MML_MIN(end, n)) : MML_MAX(-1, MML_MIN(end, n - 1));
	for (int64_t i = start; step > 0 ? i < end : i > end; i += step)
		taken[count++] = i;
	return count;
}

TEST(slice)
{
	for (int round = 0; round < 500; round++)
	{
		int64_t		dims[MML_RANK];
		int64_t		numbers[4][MML_RANK];
		int64_t		taken[MML_RANK][64];
		int			rank = random_dims(1, 4, dims);
		MmlTensor  *in;

		for (int i = 0; i < rank; i++)
		{
			int			n = (int) dims[i];

			numbers[0][i] = pick(-n - 2, n + 2);
			numbers[1][i] = pick(0, 9) == 0 ? INT64_MAX : pick(-n - 2, n + 2);
			numbers[2][i] = i - (pick(0, 1) == 0 ? rank : 0);
			numbers[3][i] = pick(0, 1) == 0 ? pick(1, 3) : -pick(1, 3);
		}
		begin("Slice");
		in = give(MML_ELEMENT_F32, rank, dims);
		for (int k = 0; k < 4; k++)
			give_ints(rank, numbers[k]);
		CHECK(operate(1) == NULL);
		for (int i = 0; i < rank; i++)
			CHECK(t.out[0].dims[i] == python_slice(dims[i], numbers[0][i], numbers[1][i] == INT64_MAX ? 1000
												   : numbers[1][i], numbers[3][i], taken[i]));
		for (size_t i = 0; i < t.out[0].count; i++)
		{
			int64_t		index[MML_RANK];

			split_index(&t.out[0], i, index);
			for (int j = 0; j < rank; j++)
				index[j] = taken[j][index[j]];
			CHECK(get(&t.out[0], i) == get(in, join_index(in, rank, index)));
		}
	}
}

/* Repeats, and what Expand does with dimensions of 1. */
TEST(tile_and_expand)
{
	for (int round = 0; round < 200; round++)
	{
		bool		tile = pick(0, 1) == 0;
		int64_t		dims[MML_RANK];
		int64_t		wanted[MML_RANK];
		int			rank = random_dims(1, 4, dims);
		MmlTensor  *in;

		for (int i = 0; i < rank; i++)
		{
			wanted[i] = pick(1, 3);
			if (!tile && pick(0, 1) == 0)
				dims[i] = 1;
			else if (!tile)
				wanted[i] = pick(0, 1) == 0 ? 1 : dims[i];
		}
		begin(tile ? "Tile" : "Expand");
		in = give(MML_ELEMENT_F64, rank, dims);
		give_ints(rank, wanted);
		CHECK(operate(1) == NULL);
		for (size_t i = 0; i < t.out[0].count; i++)
		{
			int64_t		index[MML_RANK];

			split_index(&t.out[0], i, index);
			for (int j = 0; tile && j < rank; j++)
				index[j] %= dims[j];
			CHECK(get(&t.out[0], i) == get(in, join_index(in, rank, index)));
		}
	}
}

/* What Split takes apart Concat joins again. */
TEST(split_and_concat)
{
	for (int round = 0; round < 200; round++)
	{
		int64_t		dims[MML_RANK];
		int64_t		sizes[3];
		int			rank = random_dims(1, 4, dims);
		int			axis = pick(0, rank - 1);
		MmlTensor	whole;
		MmlTensor	parts[3];
		static char bytes[4][1 << 20];

		sizes[0] = pick(0, (int) dims[axis]);
		sizes[1] = pick(0, (int) (dims[axis] - sizes[0]));
		sizes[2] = dims[axis] - sizes[0] - sizes[1];
		begin("Split");
		whole = *give(MML_ELEMENT_F32, rank, dims);
		give_ints(3, sizes);
		set_int("axis", axis - rank);
		CHECK(operate(3) == NULL && whole.count < 1 << 18);
		memcpy(bytes[3], whole.data, whole.count * 4);
		for (int i = 0; i < 3; i++)
		{
			parts[i] = t.out[i];
			CHECK(parts[i].dims[axis] == sizes[i]);
			memcpy(bytes[i], parts[i].data, parts[i].count * 4);
		}
		begin("Concat");
		for (int i = 0; i < 3; i++)
		{
			MmlTensor  *in = give(MML_ELEMENT_F32, rank, parts[i].dims);

			if (in->count > 0)
				memcpy(in->data, bytes[i], in->count * 4);
		}
		set_int("axis", axis);
		CHECK(operate(1) == NULL);
		CHECK(t.out[0].count == whole.count && memcmp(t.out[0].data, bytes[3], whole.count * 4) == 0);
	}
}

TEST(gather)
{
	for (int round = 0; round < 200; round++)
	{
		int64_t		dims[MML_RANK];
		int64_t		more[MML_RANK];
		int			rank = random_dims(1, 4, dims);
		int			axis = pick(0, rank - 1);
		int			n = (int) dims[axis];
		MmlTensor  *indices;

		begin("Gather");
		give(MML_ELEMENT_F32, rank, dims);
		indices = give(pick(0, 1) == 0 ? MML_ELEMENT_I32 : MML_ELEMENT_I64, random_dims(0, 2, more), more);
		for (size_t i = 0; i < indices->count; i++)
			put(indices, i, pick(-n, n - 1));
		set_int("axis", axis);
		CHECK(operate(1) == NULL);
		for (size_t i = 0; i < t.out[0].count; i++)
		{
			int64_t		index[2 * MML_RANK];
			int64_t		from[MML_RANK];
			int64_t		at;

			split_index(&t.out[0], i, index);
			at = (int64_t) get(indices, join_index(indices, indices->rank, index + axis));
			for (int j = 0; j < rank; j++)
				from[j] = j < axis ? index[j] : j == axis ? (at < 0 ? at + n : at) : index[j + indices->rank - 1];
			CHECK(get(&t.out[0], i) == get(&t.in[0], join_index(&t.in[0], rank, from)));
		}
	}
}

/* An index that comes with the data and is out of range is a fault. */
TEST(gather_fault)
{
	int64_t		dims[] = {4};
	MmlTensor  *indices;
	void	   *data;

	begin("Gather");
	give(MML_ELEMENT_F32, 1, dims);
	indices = give_ints(1, dims);
	CHECK(check_call(1) != NULL);
	data = indices->data;
	indices->data = NULL;
	CHECK(check_call(1) == NULL);
	indices->data = data;
	t.out[0].data = allot(4);
	t.op->run(&t.call);
	CHECK(t.fault != NULL);
}

/* What ScatterElements puts GatherElements finds. */
TEST(scatter)
{
	for (int round = 0; round < 200; round++)
	{
		bool		add = pick(0, 1) == 0;
		int64_t		dims[MML_RANK];
		int			rank = random_dims(1, 3, dims);
		int			axis = pick(0, rank - 1);
		int64_t		one[MML_RANK];
		double		expected;

		for (int i = 0; i < rank; i++)
			one[i] = 1;
		begin("ScatterElements");
		give(MML_ELEMENT_F32, rank, dims);
		give(MML_ELEMENT_I64, rank, one);
		give(MML_ELEMENT_F32, rank, one);
		put(&t.in[1], 0, pick(0, (int) dims[axis] - 1));
		set_int("axis", axis);
		if (add)
			set_text("reduction", "add");
		CHECK(operate(1) == NULL);
		for (size_t i = 0; i < t.in[0].count; i++)
		{
			int64_t		index[MML_RANK];
			bool		mine = true;

			split_index(&t.in[0], i, index);
			for (int j = 0; j < rank; j++)
				mine = mine && index[j] == (j == axis ? (int64_t) get(&t.in[1], 0) : 0);
			expected = mine ? get(&t.in[2], 0) + (add ? get(&t.in[0], i) : 0) : get(&t.in[0], i);
			CHECK_NEAR(get(&t.out[0], i), expected, 1e-6);
		}
	}
}

TEST(pad)
{
	static const char *const modes[] = {"constant", "reflect", "edge", "wrap"};

	for (int round = 0; round < 400; round++)
	{
		int			mode = pick(0, 3);
		int64_t		dims[MML_RANK];
		int64_t		pads[2 * MML_RANK];
		int			rank = random_dims(1, 4, dims);
		double		value = 7;
		MmlTensor  *in;

		for (int i = 0; i < 2 * rank; i++)
		{
			int			n = (int) dims[i % rank];

			pads[i] = pick(-n / 2, mode == 1 ? n - 1 : n);
		}
		begin("Pad");
		in = give(MML_ELEMENT_F32, rank, dims);
		give_ints(2 * rank, pads);
		give_numbers(MML_ELEMENT_F32, 0, &value);
		set_text("mode", modes[mode]);
		CHECK(operate(1) == NULL);
		for (size_t i = 0; i < t.out[0].count; i++)
		{
			int64_t		index[MML_RANK];
			bool		inside = true;

			split_index(&t.out[0], i, index);
			for (int j = 0; j < rank; j++)
			{
				int64_t		n = dims[j];
				int64_t		at = index[j] - pads[j];

				if (at < 0 || at >= n)
				{
					inside = mode != 0;
					at = mode == 1 ? llabs(at >= n ? 2 * (n - 1) - at : at) : mode == 2 ? (at < 0 ? 0 : n - 1)
						: (at + n) % n;
				}
				index[j] = at;
				if (!inside)
					break;
			}
			CHECK(get(&t.out[0], i) == (inside ? get(in, join_index(in, rank, index)) : value));
		}
	}
}

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

/* One direction of LSTM, number by number. */
static void
plain_lstm(int direction, bool backwards, int64_t s, int64_t n, int64_t in, int64_t h, double *y)
{
	static double state[64];
	static double cell[64];
	static double gate[256];

	for (int64_t b = 0; b < n; b++)
	{
		memset(state, 0, sizeof(state));
		memset(cell, 0, sizeof(cell));
		for (int64_t step = 0; step < s; step++)
		{
			int64_t		time = backwards ? s - 1 - step : step;

			for (int64_t g = 0; g < 4 * h; g++)
			{
				size_t		row = (size_t) (direction * 4 * h + g);

				gate[g] = get(&t.in[3], (size_t) (direction * 8 * h + g)) +
					get(&t.in[3], (size_t) (direction * 8 * h + 4 * h + g));
				for (int64_t i = 0; i < in; i++)
					gate[g] += get(&t.in[1], row * (size_t) in + (size_t) i) *
						get(&t.in[0], (size_t) ((time * n + b) * in + i));
				for (int64_t i = 0; i < h; i++)
					gate[g] += get(&t.in[2], row * (size_t) h + (size_t) i) * state[i];
			}
			for (int64_t i = 0; i < h; i++)
			{
				double		forget = 1 / (1 + exp(-gate[2 * h + i]));

				cell[i] = forget * cell[i] + tanh(gate[3 * h + i]) / (1 + exp(-gate[i]));
				state[i] = tanh(cell[i]) / (1 + exp(-gate[h + i]));
				y[((time * 2 + direction) * n + b) * h + i] = state[i];
			}
		}
	}
}

TEST(lstm)
{
	static double y[100000];

	for (int round = 0; round < 40; round++)
	{
		int64_t		s = pick(1, 6);
		int64_t		n = pick(1, 6);
		int64_t		in = pick(1, 9);
		int64_t		h = pick(1, 20);

		begin("LSTM");
		give_shape(MML_ELEMENT_F32, 3, s, n, in);
		give_shape(MML_ELEMENT_F32, 3, 2, 4 * h, in);
		give_shape(MML_ELEMENT_F32, 3, 2, 4 * h, h);
		give_shape(MML_ELEMENT_F32, 2, 2, 8 * h, 0);
		for (int k = 1; k < 3; k++)
			for (size_t i = 0; i < t.in[k].count; i++)
				put(&t.in[k], i, get(&t.in[k], i) / 10);
		set_text("direction", "bidirectional");
		set_int("hidden_size", h);
		CHECK(operate(3) == NULL);
		plain_lstm(0, false, s, n, in, h, y);
		plain_lstm(1, true, s, n, in, h, y);
		for (size_t i = 0; i < t.out[0].count; i++)
			CHECK_NEAR(get(&t.out[0], i), y[i], 1e-5);
		for (int64_t i = 0; i < n * h; i++)
		{
			CHECK_NEAR(get(&t.out[1], (size_t) i), y[((s - 1) * 2 * n) * h + i], 1e-5);
			CHECK_NEAR(get(&t.out[1], (size_t) (n * h + i)), y[n * h + i], 1e-5);
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

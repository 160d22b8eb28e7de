/*-------------------------------------------------------------------------
 *
 * tensor_move_unit.c
 *	  Operators that move or pick numbers, against plain loops.
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

/* The middle is kept; where a size grows, zeros come around it, fewer before than behind. */
TEST(center_crop_pad)
{
	for (int round = 0; round < 200; round++)
	{
		int64_t		dims[MML_RANK];
		int64_t		sizes[MML_RANK];
		int			rank = random_dims(1, 4, dims);
		MmlTensor  *in;

		begin("CenterCropPad");
		in = give(MML_ELEMENT_F32, rank, dims);
		for (int i = 0; i < rank; i++)
			sizes[i] = pick(1, 8);
		give_ints(rank, sizes);
		CHECK(operate(1) == NULL);
		for (size_t i = 0; i < t.out[0].count; i++)
		{
			int64_t		index[MML_RANK];
			bool		inside = true;

			split_index(&t.out[0], i, index);
			for (int j = 0; j < rank; j++)
			{
				index[j] += dims[j] > sizes[j] ? (dims[j] - sizes[j]) / 2 : -((sizes[j] - dims[j]) / 2);
				inside = inside && index[j] >= 0 && index[j] < dims[j];
			}
			CHECK(get(&t.out[0], i) == (inside ? get(in, join_index(in, rank, index)) : 0));
		}
	}
}

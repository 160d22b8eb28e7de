/*-------------------------------------------------------------------------
 *
 * tensor_reduce_unit.c
 *	  Operators that compute along axes against plain loops in double.
 *
 *-------------------------------------------------------------------------
 */
#include "unit.h"

#include "tensor_case.h"

#define LENGTH(a) (sizeof(a) / sizeof(*(a)))

/* Equal within a part of the expected number, or both NaN or infinite. */
#define CHECK_CLOSE(actual, expected, relative) \
	do { \
		double		close_a = (actual); \
		double		close_e = (expected); \
		\
		if (isnan(close_e)) \
			CHECK(isnan(close_a)); \
		else if (isinf(close_e)) \
			CHECK(close_a == close_e); \
		else \
			CHECK_NEAR(close_a, close_e, (relative) * fabs(close_e) + 1e-37); \
	} while (0)

/* ------------------------------------------------------------- along axes */

/* The plain version of a reduction over numbers that were collected. */
static double
reduced(const char *name, int n, const double *x)
{
	double		sum = 0;
	double		product = 1;
	double		most = -INFINITY;
	double		least = INFINITY;
	double		absolute = 0;
	double		squares = 0;
	double		exponentials = 0;

	for (int i = 0; i < n; i++)
	{
		sum += x[i];
		product *= x[i];
		most = fmax(most, x[i]);
		least = fmin(least, x[i]);
		absolute += fabs(x[i]);
		squares += x[i] * x[i];
		exponentials += exp(x[i]);
	}
	return strcmp(name, "ReduceSum") == 0 ? sum : strcmp(name, "ReduceMean") == 0 ? sum / n
		: strcmp(name, "ReduceProd") == 0 ? product : strcmp(name, "ReduceMax") == 0 ? most
		: strcmp(name, "ReduceMin") == 0 ? least : strcmp(name, "ReduceL1") == 0 ? absolute
		: strcmp(name, "ReduceL2") == 0 ? sqrt(squares) : strcmp(name, "ReduceSumSquare") == 0 ? squares
		: strcmp(name, "ReduceLogSum") == 0 ? log(sum) : log(exponentials);
}

TEST(reductions)
{
	static const char *const names[] = {
		"ReduceSum", "ReduceMean", "ReduceProd", "ReduceMax", "ReduceMin", "ReduceL1", "ReduceL2", "ReduceSumSquare",
		"ReduceLogSum", "ReduceLogSumExp"
	};
	static double x[100000];

	for (int round = 0; round < 1000; round++)
	{
		const char *name = names[pick(0, 9)];
		MmlElement	type = pick(0, 3) == 0 ? MML_ELEMENT_F64 : MML_ELEMENT_F32;
		int64_t		dims[MML_RANK];
		int64_t		axes[MML_RANK];
		int			rank = random_dims(0, 5, dims);
		int			count = 0;
		uint32_t	bits = 0;
		MmlTensor  *in;

		for (int i = 0; i < rank; i++)
			if (pick(0, 1) == 0)
			{
				axes[count++] = pick(0, 1) == 0 ? i : i - rank;
				bits |= 1u << i;
			}
		if (count == 0)
			bits = (1u << rank) - 1;
		begin(name);
		in = give(type, rank, dims);
		if (pick(0, 1) == 0)
			give_ints(count, axes);
		else if (count > 0)
			set_ints("axes", count, axes);
		CHECK(operate(1) == NULL);
		CHECK(t.out[0].rank == rank);
		for (size_t i = 0; i < t.out[0].count; i++)
		{
			int64_t		index[MML_RANK];
			int64_t		out_index[MML_RANK];
			int			n = 0;

			split_index(&t.out[0], i, out_index);
			for (size_t j = 0; j < in->count; j++)
			{
				bool		mine = true;

				split_index(in, j, index);
				for (int k = 0; k < rank; k++)
					mine = mine && ((bits & (1u << k)) != 0 || index[k] == out_index[k]);
				if (mine)
					x[n++] = get(in, j);
			}
			if (type == MML_ELEMENT_F64 || fabs(reduced(name, n, x)) < 3e38)
				CHECK_CLOSE(get(&t.out[0], i), reduced(name, n, x), 1e-5);
			if (in->count * t.out[0].count > 100000 && i > 3)
				break;
		}
	}
}

/* A sum of integers is exact; NaN is the largest. */
TEST(reductions_of_extremes)
{
	double		x[] = {9007199254740992, 1, 1};
	double		y[] = {1, NAN, 2};
	const char *const names[] = {"ReduceMax", "ReduceMin"};

	begin("ReduceSum");
	give_numbers(MML_ELEMENT_I64, 3, x);
	CHECK(operate(1) == NULL);
	CHECK(*(int64_t *) t.out[0].data == 9007199254740994);
	for (int k = 0; k < 2; k++)
	{
		begin(names[k]);
		give_numbers(MML_ELEMENT_F32, 3, y);
		CHECK(operate(1) == NULL);
		CHECK(isnan(get(&t.out[0], 0)));
	}
}

TEST(softmax)
{
	for (int round = 0; round < 300; round++)
	{
		int64_t		dims[MML_RANK];
		int			rank = random_dims(1, 4, dims);
		int			axis = pick(0, rank - 1);
		bool		logarithm = pick(0, 1) == 0;
		double		largest = pick(0, 4) == 0 ? 1000 : 0;
		MmlTensor  *in;

		begin(logarithm ? "LogSoftmax" : "Softmax");
		in = give(pick(0, 2) == 0 ? MML_ELEMENT_F64 : MML_ELEMENT_F32, rank, dims);
		for (size_t i = 0; i < in->count; i++)
			put(in, i, get(in, i) + largest);
		set_int("axis", axis - rank);
		CHECK(operate(1) == NULL);
		for (size_t i = 0; i < in->count; i++)
		{
			int64_t		index[MML_RANK];
			double		sum = 0;
			double		x = get(in, i);

			split_index(in, i, index);
			for (index[axis] = 0; index[axis] < dims[axis]; index[axis]++)
				sum += exp(get(in, join_index(in, rank, index)) - x);
			CHECK_NEAR(get(&t.out[0], i), logarithm ? -log(sum) : 1 / sum, logarithm ? 3e-6 : 1e-6);
		}
	}
}

TEST(normalisations)
{
	static const char *const names[] = {"BatchNormalization", "InstanceNormalization", "LayerNormalization"};

	for (int round = 0; round < 200; round++)
	{
		int			k = pick(0, 2);
		MmlElement	type = pick(0, 2) == 0 ? MML_ELEMENT_F64 : MML_ELEMENT_F32;
		int64_t		dims[MML_RANK];
		int			rank = random_dims(3, 4, dims);
		MmlTensor  *in;

		begin(names[k]);
		in = give(type, rank, dims);
		for (int i = 0; i < (k == 0 ? 4 : 2); i++)
			give(type, 1, k == 2 ? &dims[rank - 1] : &dims[1]);
		for (size_t i = 0; k == 0 && i < t.in[4].count; i++)
			put(&t.in[4], i, between(0.1, 4));
		CHECK(operate(1) == NULL);
		for (size_t i = 0; i < in->count; i++)
		{
			int64_t		index[MML_RANK];
			size_t		first = 0;
			size_t		n = in->count;
			size_t		c;
			double		mean = 0;
			double		variance = 0;

			split_index(in, i, index);
			c = (size_t) (k == 2 ? index[rank - 1] : index[1]);
			for (int j = 0; j < (k == 2 ? rank - 1 : 2); j++)
			{
				n /= (size_t) dims[j];
				first += (size_t) index[j] * n;
			}
			for (size_t j = first; j < first + n; j++)
				mean += get(in, j) / (double) n;
			for (size_t j = first; j < first + n; j++)
				variance += (get(in, j) - mean) * (get(in, j) - mean) / (double) n;
			if (k == 0)
			{
				mean = get(&t.in[3], c);
				variance = get(&t.in[4], c);
			}
			CHECK_NEAR(get(&t.out[0], i), (get(in, i) - mean) / sqrt(variance + (double) 1e-5f) *
					   get(&t.in[1], c) + get(&t.in[2], c), n < 3 && k > 0 ? 1e-3 : 1e-4);
		}
	}
}

/* Groups of channels are normalised together; a scale a channel, or a group. */
TEST(group_normalisation)
{
	for (int round = 0; round < 60; round++)
	{
		int64_t		groups = pick(1, 3);
		int64_t		together = pick(1, 3);
		bool		per_group = pick(0, 1) == 0;
		int64_t		dims[] = {pick(1, 3), groups * together, pick(2, 5), pick(1, 4)};
		int64_t		scales = per_group ? groups : groups * together;
		MmlElement	type = pick(0, 1) == 0 ? MML_ELEMENT_F64 : MML_ELEMENT_F32;
		int64_t		n = together * dims[2] * dims[3];
		MmlTensor  *in;

		begin("GroupNormalization");
		in = give(type, 4, dims);
		give(type, 1, &scales);
		give(type, 1, &scales);
		set_int("num_groups", groups);
		if (per_group)
			set_int("per_group", 1);
		CHECK(operate(1) == NULL);
		for (int64_t i = 0; i < (int64_t) in->count; i++)
		{
			size_t		first = (size_t) (i / n * n);
			size_t		c = (size_t) (i / (dims[2] * dims[3]) % dims[1] / (per_group ? together : 1));
			double		mean = 0;
			double		variance = 0;

			for (size_t j = first; j < first + (size_t) n; j++)
				mean += get(in, j) / (double) n;
			for (size_t j = first; j < first + (size_t) n; j++)
				variance += (get(in, j) - mean) * (get(in, j) - mean) / (double) n;
			CHECK_NEAR(get(&t.out[0], (size_t) i), (get(in, (size_t) i) - mean) / sqrt(variance + (double) 1e-5f) *
					   get(&t.in[1], c) + get(&t.in[2], c), n < 3 ? 1e-3 : 1e-4);
		}
	}
	begin("GroupNormalization");
	give_shape(MML_ELEMENT_F32, 3, 2, 5, 4);
	give_shape(MML_ELEMENT_F32, 1, 5, 0, 0);
	give_shape(MML_ELEMENT_F32, 1, 5, 0, 0);
	set_int("num_groups", 2);
	CHECK(check_call(1) != NULL);
}

/* Sums of products over indices a, b, c, d, of which each operand and the output have some. */
TEST(einsum)
{
	for (int round = 0; round < 300; round++)
	{
		int64_t		size[] = {pick(1, 4), pick(1, 5), pick(1, 6), pick(1, 3)};
		char		equation[32] = "";
		char		terms[3][5] = {"", "", ""};
		MmlElement	type = pick(0, 3) == 0 ? MML_ELEMENT_F64 : MML_ELEMENT_F32;
		static double sums[400];
		int64_t		total = size[0] * size[1] * size[2] * size[3];

		for (int k = 0; k < 3; k++)
			for (int i = 0, from = pick(0, 3); i < 4; i++)
			{
				int			c = (from + i) % 4;
				bool		known = strchr(terms[0], 'a' + c) != NULL || strchr(terms[1], 'a' + c) != NULL;

				if (pick(0, 2) > 0 && (k < 2 || known))
					terms[k][strlen(terms[k])] = (char) ('a' + c);
			}
		snprintf(equation, sizeof(equation), "%s,%s->%s", terms[0], terms[1], terms[2]);
		begin("Einsum");
		for (int k = 0; k < 2; k++)
		{
			int64_t		dims[4];

			for (size_t i = 0; i < strlen(terms[k]); i++)
				dims[i] = size[terms[k][i] - 'a'];
			give(type, (int) strlen(terms[k]), dims);
		}
		set_text("equation", equation);
		CHECK(operate(1) == NULL);
		memset(sums, 0, sizeof(sums));
		for (int64_t n = 0; n < total; n++)
		{
			int64_t		index[4] = {n % size[0], n / size[0] % size[1], n / size[0] / size[1] % size[2],
			n / size[0] / size[1] / size[2]};
			size_t		place[3] = {0, 0, 0};
			bool		counted = true;

			for (int c = 0; c < 4; c++)
				if (strchr(terms[0], 'a' + c) == NULL && strchr(terms[1], 'a' + c) == NULL)
					counted = counted && index[c] == 0;
			for (int k = 0; k < 3; k++)
				for (const char *letter = terms[k]; *letter != '\0'; letter++)
					place[k] = place[k] * (size_t) size[*letter - 'a'] + (size_t) index[*letter - 'a'];
			if (counted)
				sums[place[2]] += get(&t.in[0], place[0]) * get(&t.in[1], place[1]);
		}
		for (size_t i = 0; i < t.out[0].count; i++)
			CHECK_NEAR(get(&t.out[0], i), sums[i], 1e-4);
	}
}

/* Equations that are none, or not of these inputs. */
TEST(wrong_equations)
{
	static const char *const equations[] = {
		"", "ij", "ij,jk,kl->il", "ij,jk->iz", "ij,jk->ii", "ijk,jk->i", "ij,jk->ik->ki", "ij,j.k->ik", "ij,jk-",
		"ij,jk->", "i..,jk->i", "ij;jk->ik", "ij,ki->k", "......,jk->j", "ij,jk-ik", "$j,jk->k"
	};

	for (size_t i = 0; i < sizeof(equations) / sizeof(*equations); i++)
	{
		begin("Einsum");
		give_shape(MML_ELEMENT_F32, 2, 2, 3, 0);
		give_shape(MML_ELEMENT_F32, 2, 3, 4, 0);
		set_text("equation", equations[i]);
		CHECK((check_call(1) == NULL) == (strcmp(equations[i], "ij,jk->") == 0));
	}
}

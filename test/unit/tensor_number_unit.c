/*-------------------------------------------------------------------------
 *
 * tensor_number_unit.c
 *	  Operators that compute number by number against plain loops in double.
 *
 *-------------------------------------------------------------------------
 */
#include "unit.h"

#include "tensor/half.h"
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

/* ---------------------------------------------------- functions of one number */

static double
relu(double x)
{
	return x < 0 ? 0 : x;
}

static double
leaky_relu(double x)
{
	return x < 0 ? (double) 0.01f * x : x;
}

static double
elu(double x)
{
	return x < 0 ? expm1(x) : x;
}

static double
selu(double x)
{
	return 1.0507010221481323 * (x <= 0 ? 1.6732631921768188 * expm1(x) : x);
}

static double
sigmoid(double x)
{
	return 1 / (1 + exp(-x));
}

static double
hard_sigmoid(double x)
{
	return isnan(x) ? x : fmax(0, fmin(1, (double) 0.2f * x + 0.5));
}

static double
hard_swish(double x)
{
	return isnan(x) ? x : x * fmax(0, fmin(1, x / 6 + 0.5));
}

static double
softplus(double x)
{
	return fmax(x, 0) + log1p(exp(-fabs(x)));
}

static double
softsign(double x)
{
	return x / (1 + fabs(x));
}

static double
shrink(double x)
{
	return x < -0.5 || x > 0.5 ? x : isnan(x) ? 0 : 0;
}

static double
thresholded(double x)
{
	return x > 1 ? x : 0;
}

static double
reciprocal(double x)
{
	return 1 / x;
}

static double
negative(double x)
{
	return -x;
}

static double
sign(double x)
{
	return isnan(x) ? x : (x > 0) - (x < 0);
}

static double
mish(double x)
{
	return x * tanh(softplus(x));
}

static double
gelu(double x)
{
	return 0.5 * x * (1 + erf(x * sqrt(0.5)));
}

static const struct
{
	const char *name;
	double		(*function) (double);
}			functions[] = {
	{"Relu", relu}, {"LeakyRelu", leaky_relu}, {"Elu", elu}, {"Celu", elu}, {"Selu", selu}, {"Sigmoid", sigmoid},
	{"HardSigmoid", hard_sigmoid}, {"HardSwish", hard_swish}, {"Tanh", tanh}, {"Softplus", softplus},
	{"Softsign", softsign}, {"Shrink", shrink}, {"ThresholdedRelu", thresholded}, {"Sqrt", sqrt}, {"Exp", exp},
	{"Log", log}, {"Neg", negative}, {"Abs", fabs}, {"Sign", sign}, {"Ceil", ceil}, {"Floor", floor},
	{"Round", rint}, {"Reciprocal", reciprocal}, {"Erf", erf}, {"Sin", sin}, {"Cos", cos}, {"Tan", tan},
	{"Asin", asin}, {"Acos", acos}, {"Atan", atan}, {"Sinh", sinh}, {"Cosh", cosh}, {"Asinh", asinh},
	{"Acosh", acosh}, {"Atanh", atanh}, {"Mish", mish}
};

/* A number of any size; the first ones are special. */
static double
any_size(size_t i)
{
	static const double special[] = {
		0, -0.0, 1, -1, 0.5, 2.5, -0.5, 1e-30, -1e-7, 3e-5, 10, -10, 15, 87, -87, 1e30, -200, INFINITY, -INFINITY, NAN
	};

	return i < LENGTH(special) ? special[i] : between(-1, 1) * pow(10, pick(-6, 2));
}

TEST(one_number)
{
	int64_t		dims[] = {5000};

	for (size_t f = 0; f < LENGTH(functions); f++)
		for (int twofold = 0; twofold < 2; twofold++)
		{
			MmlTensor  *in;

			begin(functions[f].name);
			in = give(twofold ? MML_ELEMENT_F64 : MML_ELEMENT_F32, 1, dims);
			for (size_t i = 0; i < in->count; i++)
				put(in, i, any_size(i));
			CHECK(operate(1) == NULL);
			for (size_t i = 0; i < in->count; i++)
			{
				double		x = get(in, i);
				double		expected = functions[f].function(x);

				/* beyond float32 */
				if (!twofold && fabs(expected) > 3.4e38)
					expected = expected > 0 ? INFINITY : -INFINITY;
				if (!twofold && fabs(expected) < 1e-37)
					CHECK_NEAR(get(&t.out[0], i), expected, 1e-37);
				else if (strncmp(functions[f].name, "Hard", 4) == 0 && fabs(x) < 10)
					CHECK_NEAR(get(&t.out[0], i), expected, 2e-7 * (1 + fabs(x)));
				else if (!isnan(x) || isnan(expected))
					CHECK_CLOSE(get(&t.out[0], i), expected, twofold ? 1e-14 : 1e-6);
			}
		}
}

/* NaN and infinities are found; Not turns truth. */
TEST(questions)
{
	double		x[] = {1, NAN, INFINITY, -INFINITY};

	begin("IsNaN");
	give_numbers(MML_ELEMENT_F32, 4, x);
	CHECK(operate(1) == NULL);
	CHECK(t.out[0].type == MML_ELEMENT_BOOL && get(&t.out[0], 1) == 1 && get(&t.out[0], 2) == 0);
	begin("IsInf");
	give_numbers(MML_ELEMENT_F64, 4, x);
	set_int("detect_negative", 0);
	CHECK(operate(1) == NULL);
	CHECK(get(&t.out[0], 1) == 0 && get(&t.out[0], 2) == 1 && get(&t.out[0], 3) == 0);
}

/* --------------------------------------------------- functions of two numbers */

/* The plain version of an operator, in double. */
static double
two(const char *name, double x, double y)
{
	switch (name[0] * 256 + name[1])
	{
		case 'A' * 256 + 'd':
			return x + y;
		case 'S' * 256 + 'u':
			return x - y;
		case 'M' * 256 + 'u':
			return x * y;
		case 'D' * 256 + 'i':
			return x / y;
		case 'P' * 256 + 'o':
			return pow(x, y);
		case 'P' * 256 + 'R':
			return x < 0 ? x * y : x;
		case 'E' * 256 + 'q':
			return x == y;
		case 'G' * 256 + 'r':
			return strlen(name) > 7 ? x >= y : x > y;
		case 'L' * 256 + 'e':
			return strlen(name) > 4 ? x <= y : x < y;
		case 'M' * 256 + 'a':
			return fmax(x, y);
		case 'M' * 256 + 'i':
			return fmin(x, y);
	}
	return NAN;
}

/* Shapes that fit together: dimensions of one become 1, or miss. */
static int
fitting_dims(int rank, const int64_t *dims, int64_t *other)
{
	int			missing = pick(0, 2) == 0 ? pick(0, rank) : 0;

	for (int i = missing; i < rank; i++)
		other[i - missing] = pick(0, 2) == 0 ? 1 : dims[i];
	return rank - missing;
}

TEST(two_numbers)
{
	static const char *const names[] = {
		"Add", "Sub", "Mul", "Div", "Pow", "PRelu", "Equal", "Greater", "GreaterOrEqual", "Less", "LessOrEqual",
		"Max", "Min"
	};
	static const MmlElement types[] = {MML_ELEMENT_F32, MML_ELEMENT_F64, MML_ELEMENT_I32, MML_ELEMENT_I64};

	for (int round = 0; round < 1500; round++)
	{
		const char *name = names[pick(0, (int) LENGTH(names) - 1)];
		MmlElement	type = types[pick(0, 3)];
		bool		integer = type == MML_ELEMENT_I32 || type == MML_ELEMENT_I64;
		int64_t		dims[MML_RANK];
		int64_t		other[MML_RANK];
		int			rank = random_dims(0, 5, dims);
		int			other_rank;
		MmlTensor  *a;
		MmlTensor  *b;

		begin(name);
		a = give(type, rank, dims);
		other_rank = fitting_dims(rank, dims, other);
		b = give(type, other_rank, other);
		if (strcmp(name, "PRelu") != 0 && pick(0, 1) == 0)
		{
			t.inputs[0] = b;
			t.inputs[1] = a;
		}
		CHECK(operate(1) == NULL);
		CHECK(t.out[0].rank == rank && t.out[0].count == a->count);
		for (size_t i = 0; i < a->count; i++)
		{
			int64_t		index[MML_RANK];
			double		x;
			double		y;
			double		expected;

			split_index(a, i, index);
			x = get(t.inputs[0], join_index(t.inputs[0], rank, index));
			y = get(t.inputs[1], join_index(t.inputs[1], rank, index));
			expected = two(name, x, y);
			if (integer && strcmp(name, "Div") == 0)
				expected = y == 0 ? 0 : trunc(expected);
			if (integer && strcmp(name, "Pow") == 0)
				expected = x == 0 && y < 0 ? 0 : trunc(expected);
			CHECK_CLOSE(get(&t.out[0], i), expected, type == MML_ELEMENT_F32 ? 1e-6 : 1e-14);
		}
	}
}

/* Integers where C has no answer. */
TEST(integers)
{
	double		least[] = {INT32_MIN, INT32_MIN, 7, -7};
	double		divisor[] = {-1, 0, -3, 3};
	double		divided[] = {INT32_MIN, 0, -2, -2};
	double		modulo[] = {0, 0, -2, 2};
	double		rest[] = {0, 0, 1, -1};

	for (int k = 0; k < 3; k++)
	{
		begin(k == 0 ? "Div" : "Mod");
		give_numbers(MML_ELEMENT_I32, 4, least);
		give_numbers(MML_ELEMENT_I32, 4, divisor);
		if (k == 2)
			set_int("fmod", 1);
		CHECK(operate(1) == NULL);
		for (size_t i = 0; i < 4; i++)
			CHECK(get(&t.out[0], i) == (k == 0 ? divided : k == 1 ? modulo : rest)[i]);
	}
}

/* Gelu loses digits where it goes to 0 from below: an absolute error, and its other form. */
TEST(gelu)
{
	for (int round = 0; round < 4; round++)
	{
		int64_t		dim = 1000;
		bool		single = round % 2 == 0;

		begin("Gelu");
		give(single ? MML_ELEMENT_F32 : MML_ELEMENT_F64, 1, &dim);
		if (round > 1)
			set_text("approximate", "tanh");
		CHECK(operate(1) == NULL);
		for (size_t i = 0; i < 1000; i++)
		{
			double		x = get(&t.in[0], i);
			double		y = round < 2 ? gelu(x) :
				0.5 * x * (1 + tanh(sqrt(2 / acos(-1)) * (x + 0.044715 * x * x * x)));

			CHECK_NEAR(get(&t.out[0], i), y, single ? 1e-6 : 1e-14);
		}
	}
	begin("Gelu");
	give_shape(MML_ELEMENT_F32, 1, 3, 0, 0);
	set_text("approximate", "sine");
	CHECK(check_call(1) != NULL);
}

/* Bits, of every type that has them. */
TEST(bits)
{
	static const MmlElement types[] = {MML_ELEMENT_I32, MML_ELEMENT_I64, MML_ELEMENT_I8, MML_ELEMENT_U8};
	static const char *const names[] = {"BitwiseAnd", "BitwiseOr", "BitwiseXor", "BitwiseNot"};

	for (int round = 0; round < 16; round++)
	{
		int			k = round % 4;

		begin(names[k]);
		give_shape(types[round / 4], 2, 5, 7, 0);
		if (k < 3)
			give_shape(types[round / 4], 1, 7, 0, 0);
		CHECK(operate(1) == NULL);
		for (size_t i = 0; i < 35; i++)
		{
			int64_t		a = (int64_t) get(&t.in[0], i);
			int64_t		b = k < 3 ? (int64_t) get(&t.in[1], i % 7) : 0;
			int64_t		c = k == 0 ? a & b : k == 1 ? a | b : k == 2 ? a ^ b : ~a;

			CHECK((int64_t) get(&t.out[0], i) == (types[round / 4] == MML_ELEMENT_U8 ? c & 255 : c));
		}
	}
	begin("BitwiseAnd");
	give_shape(MML_ELEMENT_F32, 1, 3, 0, 0);
	give_shape(MML_ELEMENT_F32, 1, 3, 0, 0);
	CHECK(check_call(1) != NULL);
}

TEST(where_and_sums)
{
	for (int round = 0; round < 300; round++)
	{
		int64_t		dims[MML_RANK];
		int64_t		other[MML_RANK];
		int			rank = random_dims(0, 4, dims);
		bool		sum = pick(0, 1) == 0;
		int64_t		index[MML_RANK];

		begin(sum ? "Sum" : "Where");
		give(sum ? MML_ELEMENT_F32 : MML_ELEMENT_BOOL, rank, dims);
		for (int i = 0; i < 2; i++)
		{
			int			other_rank = fitting_dims(rank, dims, other);

			give(MML_ELEMENT_F32, other_rank, other);
		}
		CHECK(operate(1) == NULL);
		for (size_t i = 0; i < t.in[0].count; i++)
		{
			double		x[3];

			split_index(&t.in[0], i, index);
			for (int k = 0; k < 3; k++)
				x[k] = get(&t.in[k], join_index(&t.in[k], rank, index));
			CHECK_NEAR(get(&t.out[0], i), sum ? x[0] + x[1] + x[2] : x[0] != 0 ? x[1] : x[2], 1e-5);
		}
	}
}

TEST(clip)
{
	int64_t		dims[] = {9000};
	double		least = -1;
	double		most = 1.5;

	for (int k = 0; k < 4; k++)
	{
		begin("Clip");
		give(MML_ELEMENT_F32, 1, dims);
		if (k & 1)
			give_numbers(MML_ELEMENT_F32, 0, &least);
		else
			give_nothing();
		if (k & 2)
			give_numbers(MML_ELEMENT_F32, 0, &most);
		CHECK(operate(1) == NULL);
		for (size_t i = 0; i < 9000; i++)
			CHECK(get(&t.out[0], i) == fmin(fmax(get(&t.in[0], i), k & 1 ? least : -9), k & 2 ? most : 9));
	}
}

TEST(casts)
{
	double		x[] = {0, 1.9, -1.9, 300, -300, 1e30, -1e30, NAN, INFINITY};
	double		i32[] = {0, 1, -1, 300, -300, INT32_MAX, INT32_MIN, 0, INT32_MAX};
	double		u8[] = {0, 1, 0, 255, 0, 255, 0, 0, 255};
	double		truth[] = {0, 1, 1, 1, 1, 1, 1, 1, 1};

	for (int k = 0; k < 3; k++)
	{
		begin("Cast");
		give_numbers(MML_ELEMENT_F32, 9, x);
		set_int("to", k == 0 ? MML_ELEMENT_I32 : k == 1 ? MML_ELEMENT_U8 : MML_ELEMENT_BOOL);
		CHECK(operate(1) == NULL);
		for (size_t i = 0; i < 9; i++)
			CHECK(get(&t.out[0], i) == (k == 0 ? i32 : k == 1 ? u8 : truth)[i]);
	}
	begin("Cast");
	give_numbers(MML_ELEMENT_F32, 9, x);
	set_int("to", 8);
	CHECK(operate(1) != NULL);
}

/* Every float16 and bfloat16 as float32 and back; and of numbers between two the nearer, or the even one. */
TEST(halves)
{
	static const int64_t to[] = {MML_FLOAT16, MML_BFLOAT16};

	for (int k = 0; k < 2; k++)
	{
		float		(*read) (uint16_t) = k == 0 ? mml_half_float : mml_half_bfloat;

		begin("Cast");
		give_shape(MML_ELEMENT_F64, 1, 3 * 0x7c00, 0, 0);
		set_int("to", to[k]);
		for (int i = 0; i < 0x7bff; i++)
		{
			double		low = (double) read((uint16_t) i);
			double		high = (double) read((uint16_t) (i + 1));

			CHECK(low < high && read((uint16_t) (i | 0x8000)) == (float) -low);
			high = isinf(high) ? 65536 : high;
			put(&t.in[0], (size_t) (3 * i), low);
			put(&t.in[0], (size_t) (3 * i + 1), low + (high - low) * 0.49);
			put(&t.in[0], (size_t) (3 * i + 2), -(low + high) / 2);
		}
		CHECK(operate(1) == NULL && t.out[0].type == MML_ELEMENT_F32);
		for (int i = 0; i < 0x7bff; i++)
		{
			CHECK(get(&t.out[0], (size_t) (3 * i)) == (double) read((uint16_t) i));
			CHECK(get(&t.out[0], (size_t) (3 * i + 1)) == (double) read((uint16_t) i));
			CHECK(get(&t.out[0], (size_t) (3 * i + 2)) == -(double) read((uint16_t) (i + i % 2)));
		}
	}
	CHECK(mml_half_float(0x3c00) == 1 && mml_half_float(0x7bff) == 65504 && isinf(mml_half_float(0x7c00)) &&
		  isnan(mml_half_float(0x7e00)) && mml_half_bfloat(0x3f80) == 1);
	CHECK(MML_ROUND_FLOAT16(65519.0) == 65504 && isinf(MML_ROUND_FLOAT16(65520.0)));
}

/*-------------------------------------------------------------------------
 *
 * conv_unit.c
 *	  Tests of Conv, ConvTranspose, Gemm and MatMul against plain loops.
 *
 *-------------------------------------------------------------------------
 */
#include "unit.h"

#include "core/random.h"
#include "tensor/conv.h"
#include "tensor/matmul.h"

#define MOST 4

/* A call with its tensors, which begin empty. */
typedef struct Fixture
{
	MmlCall		call;
	MmlTensor	tensor[MOST];	/* (call.inputs) then the output */
	const MmlTensor *in[MOST];
	MmlTensor  *out[1];
	MmlAttribute attribute[8];
	int64_t		ints[8][8];
	bool		is_constant;	/* weights are */
} Fixture;

static MmlRandom rng;

/* A whole number from low to high. */
static int
pick(int low, int high)
{
	if (rng.s[0] == 0)
		mml_random_seed(&rng, 1);
	return low + (int) (mml_random_unit(&rng) * (high - low + 1));
}

/* Tiles of any level that the processor has. */
static const MmlTiles *
tiles(void)
{
	const MmlTiles *chosen = NULL;

	while (chosen == NULL)
		chosen = mml_tensor_tiles_of(pick(0, MML_TILE_LEVELS - 1));
	return chosen;
}

/* Memory of exactly so many bytes, so that a sanitizer sees what is beyond. */
static void *
allot(size_t bytes)
{
	void	   *p = NULL;

	if (posix_memalign(&p, 64, bytes) != 0)
		abort();
	return p;
}

static double
get(const MmlTensor *t, int64_t i)
{
	switch ((int) t->type)
	{
		case MML_ELEMENT_F32:
			return (double) ((const float *) t->data)[i];
		case MML_ELEMENT_F64:
			return ((const double *) t->data)[i];
		case MML_ELEMENT_I32:
			return ((const int32_t *) t->data)[i];
		default:
			return (double) ((const int64_t *) t->data)[i];
	}
}

/* Begin a call. */
static Fixture *
begin(void)
{
	Fixture    *f = calloc(1, sizeof(Fixture));

	f->call.in = f->in;
	f->call.out = f->out;
	f->call.attribute = f->attribute;
	f->call.opset = 17;
	f->call.outputs = 1;
	f->out[0] = &f->tensor[MOST - 1];
	f->is_constant = true;
	return f;
}

/* Add an input of random numbers: sixteenths in [-1,1], integers in [-9,9]. */
static void
add_input(Fixture *f, MmlElement type, int rank, const int64_t *dims)
{
	int			at = f->call.inputs++;
	MmlTensor  *t = &f->tensor[at];

	f->in[at] = t;
	if (!mml_tensor_set(t, type, rank, dims))
		abort();
	t->data = allot(t->count * mml_tensor_element_size(type));
	for (size_t i = 0; i < t->count; i++)
	{
		int			value = pick(-16, 16);

		if (type == MML_ELEMENT_F32)
			((float *) t->data)[i] = (float) value / 16;
		else if (type == MML_ELEMENT_F64)
			((double *) t->data)[i] = value / 16.0;
		else if (type == MML_ELEMENT_I32)
			((int32_t *) t->data)[i] = value / 2;
		else
			((int64_t *) t->data)[i] = value / 2;
	}
}

static MmlAttribute *
add_attribute(Fixture *f, const char *name, MmlAttributeType type)
{
	MmlAttribute *a = &f->attribute[f->call.attributes++];

	a->name.bytes = name;
	a->name.length = strlen(name);
	a->type = type;
	return a;
}

static void
add_ints(Fixture *f, const char *name, int n, const int64_t *values)
{
	int64_t    *ints = f->ints[f->call.attributes];
	MmlAttribute *a = add_attribute(f, name, MML_ATTRIBUTE_INTS);

	memcpy(ints, values, sizeof(int64_t) * (size_t) n);
	a->ints = ints;
	a->count = (size_t) n;
}

static void
add_int(Fixture *f, const char *name, int64_t value)
{
	add_attribute(f, name, MML_ATTRIBUTE_INT)->i = value;
}

static void
add_float(Fixture *f, const char *name, float value)
{
	add_attribute(f, name, MML_ATTRIBUTE_FLOAT)->f = value;
}

static void
add_text(Fixture *f, const char *name, const char *value)
{
	MmlAttribute *a = add_attribute(f, name, MML_ATTRIBUTE_TEXT);

	a->text.bytes = value;
	a->text.length = strlen(value);
}

/* What infer() says; data of inputs that are not constant are hidden. */
static const char *
infer(Fixture *f, const MmlOperator *op)
{
	void	   *data[MOST];
	const char *wrong;

	free(f->call.own);
	f->call.own = calloc(1, op->own_size);
	for (int i = 0; i < f->call.inputs; i++)
	{
		data[i] = f->tensor[i].data;
		if (i == 0 || !f->is_constant)
			f->tensor[i].data = NULL;
	}
	wrong = op->infer(&f->call);
	for (int i = 0; i < f->call.inputs; i++)
		f->tensor[i].data = data[i];

	/* Whatever the operator has worked out begins with its tiles. */
	if (wrong == NULL)
		*(const MmlTiles **) f->call.own = tiles();
	return wrong;
}

/* Compute the output. */
static void
run(Fixture *f, const MmlOperator *op)
{
	MmlTensor  *y = f->out[0];

	CHECK(f->call.scratch_bytes <= (size_t) 64 << 20);
	y->data = allot(y->count * mml_tensor_element_size(y->type));
	memset(y->data, 0xff, y->count * mml_tensor_element_size(y->type));
	f->call.scratch = allot(f->call.scratch_bytes);
	f->call.packed = allot(f->call.packed_bytes);
	if (f->call.packed_bytes > 0)
		op->pack(&f->call);
	op->run(&f->call);
}

static void
end(Fixture *f)
{
	for (int i = 0; i < MOST; i++)
		free(f->tensor[i].data);
	free(f->call.scratch);
	free(f->call.packed);
	free(f->call.own);
	free(f);
}

/* The size that a dimension would have if it were given. */
static int64_t
dim(const MmlTensor *t, int space, int i)
{
	return i < 3 - space ? 1 : t->dims[i + t->rank - 3];
}

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

static double
clip(double x, double low, double high)
{
	return x < low ? low : x > high ? high : x;
}

/* The activation that an attribute named. */
static double
activate(const MmlActivation *a, double x)
{
	double		alpha = (double) a->alpha;
	double		beta = (double) a->beta;

	switch (a->kind)
	{
		case MML_ACTIVATION_NONE:
			return x;
		case MML_ACTIVATION_CLIP:
			return clip(x, alpha, beta);
		case MML_ACTIVATION_LEAKY_RELU:
			return x < 0 ? alpha * x : x;
		case MML_ACTIVATION_SIGMOID:
			return 1 / (1 + exp(-x));
		case MML_ACTIVATION_TANH:
			return tanh(x);
		case MML_ACTIVATION_HARD_SIGMOID:
			return clip(alpha * x + beta, 0, 1);
		case MML_ACTIVATION_HARD_SWISH:
			return x * clip(x / 6 + 0.5, 0, 1);
		default:
			return x < 0 ? alpha * expm1(x) : x;
	}
}

static const char *const activations[] = {
	"Relu", "Clip", "LeakyRelu", "Sigmoid", "Tanh", "HardSigmoid",
	"HardSwish", "Elu"
};

/* Sometimes an activation. */
static void
add_activation(Fixture *f)
{
	int			which = pick(0, 15);

	if (which > 7)
		return;
	add_text(f, ".activation", activations[which]);
	if (which == 1)
	{
		add_float(f, ".alpha", -0.5f);
		add_float(f, ".beta", 1.5f);
	}
}

#define CHECK_CLOSE(actual, expected) \
	CHECK_NEAR(actual, expected, 1e-4 + 1e-5 * fabs(expected))

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
						CHECK_CLOSE(get(y, at++),
									activate(&c->activation, conv_at(f, space, c, n, m, p)));
}

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
	wrong = infer(f, &mml_tensor_conv);
	if (wrong == NULL)
	{
		run(f, &mml_tensor_conv);
		check_conv(f, space);
	}
	else
		CHECK(strstr(wrong, "larger than its padded input") != NULL);
	end(f);
}

TEST(conv)
{
	for (int i = 0; i < 100; i++)
	{
		try_conv(MML_ELEMENT_F32, 1, 20, 20, 70);
		try_conv(MML_ELEMENT_F32, 2, 6, 20, 20);
		try_conv(MML_ELEMENT_F32, 3, 4, 8, 7);
	}
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
		CHECK(infer(f, &mml_tensor_conv) == NULL);
		if (x[2] > 13 && x[3] > 13)
			CHECK(((MmlConv *) f->call.own)->plan.way == MML_CONV_WINOGRAD);
		run(f, &mml_tensor_conv);
		check_conv(f, 2);
		end(f);
	}
}

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

/* A random Gemm. */
static void
try_gemm(MmlElement type, int most)
{
	Fixture    *f = begin();
	bool		is_real = type == MML_ELEMENT_F32 || type == MML_ELEMENT_F64;
	int			ta = pick(0, 1);
	int			tb = pick(0, 1);
	int64_t		m = pick(0, 9) ? pick(1, most) : 1;
	int64_t		n = pick(1, most);
	int64_t		k = pick(1, most);
	int64_t		a[2] = {ta ? k : m, ta ? m : k};
	int64_t		b[2] = {tb ? n : k, tb ? k : n};
	int64_t		c[2] = {pick(0, 1) ? m : 1, pick(0, 1) ? n : 1};
	int			c_rank = pick(0, 2);
	float		alpha = pick(0, 1) && is_real ? 0.5f : 1;
	float		beta = pick(0, 1) && is_real ? -2 : 1;
	bool		has_c = pick(0, 1);

	f->is_constant = pick(0, 1);
	add_input(f, type, 2, a);
	add_input(f, type, 2, b);
	if (has_c)
		add_input(f, type, c_rank, c + 2 - c_rank);
	add_int(f, "transA", ta);
	add_int(f, "transB", tb);
	add_float(f, "alpha", alpha);
	add_float(f, "beta", beta);
	CHECK(infer(f, &mml_tensor_gemm) == NULL);
	run(f, &mml_tensor_gemm);
	for (int64_t i = 0; i < m; i++)
		for (int64_t j = 0; j < n; j++)
		{
			double		sum = 0;

			for (int64_t l = 0; l < k; l++)
				sum += get(&f->tensor[0], ta ? l * m + i : i * k + l) *
					get(&f->tensor[1], tb ? j * k + l : l * n + j);
			sum *= (double) alpha;
			if (has_c)
				sum += (double) beta *
					get(&f->tensor[2], (c_rank == 2 && c[0] > 1 ? i * c[1] : 0) +
						(c_rank > 0 && c[1] > 1 ? j : 0));
			CHECK_CLOSE(get(f->out[0], i * n + j), sum);
		}
	end(f);
}

TEST(gemm)
{
	for (int i = 0; i < 300; i++)
	{
		try_gemm(MML_ELEMENT_F32, 40);
		try_gemm(MML_ELEMENT_F64, 12);
		try_gemm(MML_ELEMENT_I32, 12);
		try_gemm(MML_ELEMENT_I64, 12);
	}
	for (int i = 0; i < 6; i++)
		try_gemm(MML_ELEMENT_F32, 700);
}

/* A random MatMul with stacks of matrices. */
static void
try_matmul(MmlElement type, int most)
{
	Fixture    *f = begin();
	int64_t		m = pick(1, most);
	int64_t		n = pick(1, most);
	int64_t		k = pick(1, most);
	int			ranks[2] = {pick(1, 4), pick(1, 4)};
	int64_t		outer[2] = {pick(1, 3), pick(1, 3)};
	int64_t		a[4] = {pick(0, 1) ? outer[0] : 1, pick(0, 1) ? outer[1] : 1, m, k};
	int64_t		b[4] = {pick(0, 1) ? outer[0] : 1, pick(0, 1) ? outer[1] : 1, k, n};
	int64_t		at = 0;

	for (int i = 0; i < 2; i++)
	{
		if (ranks[0] < 4 - i)
			a[i] = 1;
		if (ranks[1] < 4 - i)
			b[i] = 1;
		outer[i] = MML_MAX(a[i], b[i]);
	}
	m = ranks[0] == 1 ? 1 : m;
	n = ranks[1] == 1 ? 1 : n;
	f->is_constant = pick(0, 1);
	add_input(f, type, ranks[0], a + 4 - ranks[0]);
	add_input(f, type, ranks[1], ranks[1] == 1 ? b + 2 : b + 4 - ranks[1]);
	CHECK(infer(f, &mml_tensor_matmul) == NULL);
	run(f, &mml_tensor_matmul);
	CHECK((int64_t) f->out[0]->count == outer[0] * outer[1] * m * n);
	for (int64_t s = 0; s < outer[0]; s++)
		for (int64_t t = 0; t < outer[1]; t++)
			for (int64_t i = 0; i < m; i++)
				for (int64_t j = 0; j < n; j++)
				{
					int64_t		as = (a[0] > 1 ? s : 0) * a[1] + (a[1] > 1 ? t : 0);
					int64_t		bs = (b[0] > 1 ? s : 0) * b[1] + (b[1] > 1 ? t : 0);
					double		sum = 0;

					for (int64_t l = 0; l < k; l++)
						sum += get(&f->tensor[0], (as * m + i) * k + l) *
							get(&f->tensor[1], (bs * k + l) * n + j);
					CHECK_CLOSE(get(f->out[0], at++), sum);
				}
	end(f);
}

TEST(matmul)
{
	for (int i = 0; i < 300; i++)
	{
		try_matmul(MML_ELEMENT_F32, 30);
		try_matmul(MML_ELEMENT_F64, 9);
		try_matmul(MML_ELEMENT_I32, 9);
		try_matmul(MML_ELEMENT_I64, 9);
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

TEST(types_and_misfits)
{
	int64_t		a[2] = {3, 4};
	Fixture    *f = begin();

	add_input(f, MML_ELEMENT_F32, 2, a);
	add_input(f, MML_ELEMENT_F32, 2, a);
	CHECK(strstr(infer(f, &mml_tensor_gemm), "do not match") != NULL);
	CHECK(strstr(infer(f, &mml_tensor_matmul), "do not match") != NULL);
	f->tensor[1].type = MML_ELEMENT_F64;
	CHECK(strstr(infer(f, &mml_tensor_gemm), "types") != NULL);
	f->tensor[0].type = MML_ELEMENT_U8;
	CHECK(strstr(infer(f, &mml_tensor_gemm), "not supported") != NULL);
	f->tensor[0].type = MML_ELEMENT_F32;
	add_text(f, ".activation", "Sine");
	CHECK(strstr(infer(f, &mml_tensor_gemm), "types") != NULL);
	f->tensor[1].type = MML_ELEMENT_F32;
	CHECK(strstr(infer(f, &mml_tensor_gemm), "activation") != NULL);
	end(f);
}

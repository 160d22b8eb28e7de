/*-------------------------------------------------------------------------
 *
 * product_case.h
 *	  Calls of Conv, ConvTranspose, Gemm and MatMul, made of random numbers.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MML_PRODUCT_CASE_H
#define MML_PRODUCT_CASE_H

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
static inline int
pick(int low, int high)
{
	if (rng.s[0] == 0)
		mml_random_seed(&rng, 1);
	return low + (int) (mml_random_unit(&rng) * (high - low + 1));
}

/* Tiles of any level that the processor has. */
static inline const MmlTiles *
tiles(void)
{
	const MmlTiles *chosen = NULL;

	while (chosen == NULL)
		chosen = mml_tensor_tiles_of(pick(0, MML_TILE_LEVELS - 1));
	return chosen;
}

/* Memory of exactly so many bytes, so that a sanitizer sees what is beyond. */
static inline void *
allot(size_t bytes)
{
	void	   *p = NULL;

	if (posix_memalign(&p, 64, bytes) != 0)
		abort();
	return p;
}

static inline double
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
static inline Fixture *
begin(void)
{
	Fixture    *f = calloc(1, sizeof(Fixture));

	f->call.in = f->in;
	f->call.out = f->out;
	f->call.attribute = f->attribute;
	f->call.opset = 22;
	f->call.outputs = 1;
	f->out[0] = &f->tensor[MOST - 1];
	f->is_constant = true;
	return f;
}

/* Add an input of random numbers: sixteenths in [-1,1], integers in [-9,9]. */
static inline void
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

static inline MmlAttribute *
add_attribute(Fixture *f, const char *name, MmlAttributeType type)
{
	MmlAttribute *a = &f->attribute[f->call.attributes++];

	a->name.bytes = name;
	a->name.length = strlen(name);
	a->type = type;
	return a;
}

static inline void
add_ints(Fixture *f, const char *name, int n, const int64_t *values)
{
	int64_t    *ints = f->ints[f->call.attributes];
	MmlAttribute *a = add_attribute(f, name, MML_ATTRIBUTE_INTS);

	memcpy(ints, values, sizeof(int64_t) * (size_t) n);
	a->ints = ints;
	a->count = (size_t) n;
}

static inline void
add_int(Fixture *f, const char *name, int64_t value)
{
	add_attribute(f, name, MML_ATTRIBUTE_INT)->i = value;
}

static inline void
add_float(Fixture *f, const char *name, float value)
{
	add_attribute(f, name, MML_ATTRIBUTE_FLOAT)->f = value;
}

static inline void
add_text(Fixture *f, const char *name, const char *value)
{
	MmlAttribute *a = add_attribute(f, name, MML_ATTRIBUTE_TEXT);

	a->text.bytes = value;
	a->text.length = strlen(value);
}

/* What infer() says; data of inputs that are not constant are hidden. */
static inline const char *
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
static inline void
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

static inline void
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
static inline int64_t
dim(const MmlTensor *t, int space, int i)
{
	return i < 3 - space ? 1 : t->dims[i + t->rank - 3];
}

static inline double
clip(double x, double low, double high)
{
	return x < low ? low : x > high ? high : x;
}

/* The activation that an attribute named. */
static inline double
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
static inline void
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

#endif							/* MML_PRODUCT_CASE_H */

/*-------------------------------------------------------------------------
 *
 * integer_product.c
 *	  Products of bytes: MatMulInteger, QLinearMatMul, ConvInteger,
 *	  QLinearConv.
 *
 * Sums are int32, of bytes less their zeros; where the result is quantised a
 * row of sums is scaled and rounded.  Plain loops whose inner one runs along a
 * row of the output, so that it becomes vectors.
 *
 *-------------------------------------------------------------------------
 */
#include "tensor/broadcast.h"
#include "tensor/check.h"
#include "tensor/conv.h"
#include "tensor/operators.h"
#include "tensor/quantize.h"

/* Sums of a row that are added up at once. */
#define PIECE 256

typedef struct Product
{
	MmlConv		conv;
	MmlBroadcast batch;			/* MatMul: loops over matrices */
	int64_t		m;
	int64_t		k;
	int64_t		n;
	bool		quantised;
	const MmlTensor *a;
	const MmlTensor *b;
	const MmlTensor *a_zero;
	const MmlTensor *b_zero;
	const MmlTensor *a_scale;
	const MmlTensor *b_scale;
	const MmlTensor *out_scale;
	const MmlTensor *out_zero;
	const MmlTensor *bias;		/* int32, of QLinearConv */
} Product;

/* sums += (x - zero) w, for bytes of either kind some steps apart. */
#define ADD_ROW(name, type) \
MML_CLONES \
static void \
name(size_t n, const void *x_, int64_t step, int32_t zero, int32_t w, int32_t *sums) \
{ \
	const type *x = x_; \
	\
	if (step == 1) \
		for (size_t i = 0; i < n; i++) \
			sums[i] = (int32_t) ((uint32_t) sums[i] + (uint32_t) (((int32_t) x[i] - zero) * w)); \
	else \
		for (size_t i = 0; i < n; i++) \
			sums[i] = (int32_t) ((uint32_t) sums[i] + \
								 (uint32_t) (((int32_t) x[(int64_t) i * step] - zero) * w)); \
}

ADD_ROW(add_row_u8, uint8_t)
ADD_ROW(add_row_i8, int8_t)

static void
add_row(MmlElement type, size_t n, const void *x, int64_t step, int32_t zero, int32_t w, int32_t *sums)
{
	if (w != 0)
		(type == MML_ELEMENT_U8 ? add_row_u8 : add_row_i8) (n, x, step, zero, w, sums);
}

/* Find which inputs are what. */
static void
bind_inputs(const MmlCall *call, Product *own)
{
	own->a = call->in[0];
	own->b = call->in[own->quantised ? 3 : 1];
	own->a_zero = mml_tensor_in(call, 2);
	own->b_zero = mml_tensor_in(call, own->quantised ? 5 : 3);
	if (!own->quantised)
		return;
	own->a_scale = call->in[1];
	own->b_scale = call->in[4];
	own->out_scale = call->in[6];
	own->out_zero = call->in[7];
	own->bias = mml_tensor_in(call, 8);
}

/* Inputs that are quantised have scales. */
static const char *
check_inputs(MmlCall *call, const char *name, const char *attributes, bool quantised, Product *own)
{
	memset(own, 0, sizeof(Product));
	MML_TRY(mml_tensor_check(call, name, attributes, quantised ? 8 : 2));
	own->quantised = quantised;
	bind_inputs(call, own);
	MML_TRY(mml_tensor_check_type(call, name, 0, MML_TYPES_BYTE));
	MML_TRY(mml_tensor_check_type(call, name, quantised ? 3 : 1, MML_TYPES_BYTE));
	if ((own->a_zero != NULL && (own->a_zero->type != own->a->type)) ||
		(own->b_zero != NULL && (own->b_zero->type != own->b->type)))
		return mml_tensor_wrong(call, "a zero of %s is not of the type of its input.", name);
	if (!quantised)
		return NULL;
	for (int i = 1; i < 8; i += i == 1 ? 3 : 2)
		MML_TRY(mml_tensor_check_type(call, name, i, MML_TYPE(MML_ELEMENT_F32)));
	MML_TRY(mml_tensor_check_type(call, name, 7, MML_TYPES_BYTE));
	if (own->a_scale->count != 1 || own->out_scale->count != 1 || own->out_zero->count != 1)
		return mml_tensor_wrong(call, "%s with more than one scale of input or output is not supported.", name);
	return NULL;
}

/* One number, or one for each of some. */
static const char *
check_count(MmlCall *call, const char *name, const MmlTensor *tensor, int64_t count)
{
	if (tensor == NULL || tensor->count == 1 || (tensor->rank == 1 && tensor->count == (size_t) count))
		return NULL;
	return mml_tensor_wrong(call, "a scale or zero of %s does not fit.", name);
}

/* A row of sums as the output wants it: index i of what has scales of its own. */
static void
finish_row(const Product *own, const MmlCall *call, size_t n, const int32_t *sums, bool along, size_t i, size_t to)
{
	const float *scales;
	float		row[PIECE];
	size_t		step;

	if (!own->quantised)
	{
		memcpy((int32_t *) call->out[0]->data + to, sums, n * sizeof(int32_t));
		return;
	}
	scales = own->b_scale->data;
	step = own->b_scale->count == 1 ? 0 : 1;
	for (size_t j = 0; j < n; j++)
		row[j] = (float) sums[j] * (*(const float *) own->a_scale->data * scales[(i + (along ? j : 0)) * step]);
	mml_tensor_quantize(n, row, *(const float *) own->out_scale->data, mml_tensor_zero(own->out_zero, 0),
						own->out_zero->type == MML_ELEMENT_I8, (uint8_t *) call->out[0]->data + to);
}

/* Matrices of the last two dimensions; those before are repeated to fit. */
static const char *
infer_matmul(MmlCall *call, const char *name, bool quantised)
{
	Product    *own = call->own;
	MmlTensor	heads[2] = {{0}, {0}};
	const MmlTensor *pair[2] = {&heads[0], &heads[1]};
	int64_t		dims[MML_RANK];
	int			rank;

	MML_TRY(check_inputs(call, name, "", quantised, own));
	if (own->a->rank < 2 || own->b->rank < 2)
		return mml_tensor_wrong(call, "%s of a vector is not supported.", name);
	own->m = own->a->dims[own->a->rank - 2];
	own->k = own->a->dims[own->a->rank - 1];
	own->n = own->b->dims[own->b->rank - 1];
	if (own->b->dims[own->b->rank - 2] != own->k)
		return mml_tensor_wrong(call, "matrices of %s do not fit together.", name);
	mml_tensor_set(&heads[0], MML_ELEMENT_U8, own->a->rank - 2, own->a->dims);
	mml_tensor_set(&heads[1], MML_ELEMENT_U8, own->b->rank - 2, own->b->dims);
	if (!mml_tensor_broadcast_shape(2, pair, &rank, dims))
		return mml_tensor_wrong(call, "shapes of %s do not fit together.", name);
	mml_tensor_broadcast_plan(2, pair, rank, dims, &own->batch);
	dims[rank++] = own->m;
	dims[rank++] = own->n;
	MML_TRY(check_count(call, name, own->a_zero, own->m));
	MML_TRY(check_count(call, name, own->b_zero, own->n));
	if (quantised)
		MML_TRY(check_count(call, name, own->b_scale, own->n));
	MML_TRY(mml_tensor_give(call, name, 0, quantised ? own->out_zero->type : MML_ELEMENT_I32, rank, dims));
	call->flops *= (double) MML_MAX(own->k, 1);
	return NULL;
}

static const char *
infer_matmul_integer(MmlCall *call)
{
	return infer_matmul(call, "MatMulInteger", false);
}

static const char *
infer_qlinear_matmul(MmlCall *call)
{
	return infer_matmul(call, "QLinearMatMul", true);
}

/* One product of two matrices. */
static void
multiply(const Product *own, const MmlCall *call, const uint8_t *a, const uint8_t *b, size_t to)
{
	for (int64_t i = 0; i < own->m; i++)
		for (int64_t j = 0; j < own->n; j += PIECE)
		{
			int32_t		sums[PIECE] = {0};
			size_t		n = (size_t) MML_MIN(PIECE, own->n - j);
			int32_t		a_zero = mml_tensor_zero(own->a_zero, (size_t) i);
			int32_t		b_zero = mml_tensor_zero(own->b_zero, (size_t) j);
			bool		zeros = own->b_zero != NULL && own->b_zero->count > 1;
			int32_t		row = 0;

			for (int64_t k = 0; k < own->k; k++)
			{
				uint8_t		byte = a[i * own->k + k];
				int32_t		w = (own->a->type == MML_ELEMENT_U8 ? (int32_t) byte : (int32_t) (int8_t) byte) - a_zero;

				add_row(own->b->type, n, b + k * own->n + j, 1, zeros ? 0 : b_zero, w, sums);
				row = (int32_t) ((uint32_t) row + (uint32_t) w);
			}
			for (size_t l = 0; zeros && l < n; l++)
				sums[l] = (int32_t) ((uint32_t) sums[l] - (uint32_t) row *
									 (uint32_t) mml_tensor_zero(own->b_zero, (size_t) j + l));
			finish_row(own, call, n, sums, true, (size_t) j, to + (size_t) (i * own->n + j));
			if (own->k > 4096 || (i & 63) == 63)
				MML_CHECK();
		}
}

static void
run_matmul(const MmlCall *call)
{
	Product		own = *(const Product *) call->own;
	MmlWalk		walk = {0};
	int			last = own.batch.rank - 1;
	size_t		to = 0;

	if (mml_tensor_out(call, 0) == NULL || call->out[0]->count == 0)
		return;
	bind_inputs(call, &own);
	do
		for (int64_t i = 0; i < own.batch.size[last]; i++)
		{
			multiply(&own, call,
					 (const uint8_t *) own.a->data + (walk.offset[0] + i * own.batch.step[0][last]) * own.m * own.k,
					 (const uint8_t *) own.b->data + (walk.offset[1] + i * own.batch.step[1][last]) * own.k * own.n,
					 to);
			to += (size_t) (own.m * own.n);
		}
	while (mml_tensor_walk(&own.batch, 2, &walk));
}

/* Shapes are those of Conv, which is asked as if numbers were floats. */
static const char *
infer_conv(MmlCall *call, const char *name, bool quantised)
{
	Product    *own = call->own;
	MmlCall		as_float = *call;
	MmlTensor	tensors[3] = {{0}, {0}, {0}};
	const MmlTensor *in[2] = {&tensors[0], &tensors[1]};
	MmlTensor  *out[1] = {&tensors[2]};
	const char *wrong;
	int64_t		filters;

	MML_TRY(check_inputs(call, name, "auto_pad:s dilations:I group:i kernel_shape:I pads:I strides:I", quantised, own));
	tensors[0] = *own->a;
	tensors[1] = *own->b;
	tensors[0].type = tensors[1].type = MML_ELEMENT_F32;
	tensors[0].data = tensors[1].data = NULL;
	as_float.inputs = 2;
	as_float.outputs = 1;
	as_float.in = in;
	as_float.out = out;
	wrong = mml_tensor_conv_shape(&as_float, &own->conv);
	if (wrong != NULL)
		return mml_tensor_wrong(call, "%s", wrong);
	filters = own->conv.filters * own->conv.groups;
	if (own->a_zero != NULL && own->a_zero->count != 1)
		return mml_tensor_wrong(call, "%s with more than one zero of its input is not supported.", name);
	MML_TRY(check_count(call, name, own->b_zero, filters));
	if (quantised)
		MML_TRY(check_count(call, name, own->b_scale, filters));
	if (own->bias != NULL && (own->bias->type != MML_ELEMENT_I32 || own->bias->rank != 1 ||
							  own->bias->dims[0] != filters))
		return mml_tensor_wrong(call, "the bias of %s is not an int32 a filter.", name);
	MML_TRY(mml_tensor_give(call, name, 0, quantised ? own->out_zero->type : MML_ELEMENT_I32, tensors[2].rank,
							tensors[2].dims));
	call->flops = (double) own->conv.channels * (double) mml_conv_points(own->conv.kernel) *
		(double) tensors[2].count;
	return NULL;
}

static const char *
infer_conv_integer(MmlCall *call)
{
	return infer_conv(call, "ConvInteger", false);
}

static const char *
infer_qlinear_conv(MmlCall *call)
{
	return infer_conv(call, "QLinearConv", true);
}

/* Sums of columns from .. from + n - 1 of a row (z, y) of outputs of a filter. */
static void
conv_row(const Product *own, const uint8_t *in, const uint8_t *w, int32_t w_zero, int64_t z, int64_t y,
		 int64_t from, int64_t n, int32_t *sums)
{
	const MmlConv *c = &own->conv;
	int64_t		taps = mml_conv_points(c->kernel);
	int32_t		zero = mml_tensor_zero(own->a_zero, 0);

	for (int64_t tap = 0; tap < c->channels * taps; tap++)
	{
		int64_t		iz = z * c->stride[0] + tap % taps / (c->kernel[1] * c->kernel[2]) * c->dilation[0] - c->pad[0];
		int64_t		iy = y * c->stride[1] + tap / c->kernel[2] % c->kernel[1] * c->dilation[1] - c->pad[1];
		int64_t		x0 = tap % c->kernel[2] * c->dilation[2] - c->pad[2];
		int64_t		first = x0 >= 0 ? 0 : (-x0 + c->stride[2] - 1) / c->stride[2];
		int64_t		end = x0 >= c->in[2] ? 0 : (c->in[2] - 1 - x0) / c->stride[2] + 1;
		int32_t		weight = (own->b->type == MML_ELEMENT_U8 ? (int32_t) w[tap] : (int32_t) (int8_t) w[tap]) - w_zero;

		first = MML_MAX(first, from);
		end = MML_MIN(end, from + n);
		if (iz < 0 || iz >= c->in[0] || iy < 0 || iy >= c->in[1] || first >= end)
			continue;
		add_row(own->a->type, (size_t) (end - first),
				in + ((tap / taps * c->in[0] + iz) * c->in[1] + iy) * c->in[2] + x0 + first * c->stride[2],
				c->stride[2], zero, weight, sums + (first - from));
	}
}

static void
run_conv(const MmlCall *call)
{
	Product		own = *(const Product *) call->own;
	const MmlConv *c = &own.conv;
	int64_t		filters = c->groups * c->filters;
	int64_t		points = mml_conv_points(c->in);
	int64_t		weights = c->channels * mml_conv_points(c->kernel);
	size_t		to = 0;

	if (mml_tensor_out(call, 0) == NULL || call->out[0]->count == 0)
		return;
	bind_inputs(call, &own);
	for (int64_t i = 0; i < c->batch * filters; i++)
	{
		int64_t		filter = i % filters;
		int64_t		channel = (i / filters * c->groups + filter / c->filters) * c->channels;

		for (int64_t row = 0; row < c->out[0] * c->out[1]; row++)
			for (int64_t x = 0; x < c->out[2]; x += PIECE)
			{
				int32_t		sums[PIECE];
				int64_t		n = MML_MIN(PIECE, c->out[2] - x);

				for (int64_t j = 0; j < n; j++)
					sums[j] = own.bias == NULL ? 0 : ((const int32_t *) own.bias->data)[filter];
				conv_row(&own, (const uint8_t *) own.a->data + channel * points,
						 (const uint8_t *) own.b->data + filter * weights,
						 mml_tensor_zero(own.b_zero, (size_t) filter), row / c->out[1], row % c->out[1], x, n, sums);
				finish_row(&own, call, (size_t) n, sums, false, (size_t) filter, to);
				to += (size_t) n;
				if (weights > 4096 || (row & 63) == 63)
					MML_CHECK();
			}
	}
}

#define ROW(name, least, most, infer, run) {name, 10, least, most, 1, sizeof(Product), infer, NULL, run}

static const MmlOperator operators[] = {
	ROW("MatMulInteger", 2, 4, infer_matmul_integer, run_matmul),
	ROW("QLinearMatMul", 8, 8, infer_qlinear_matmul, run_matmul),
	ROW("ConvInteger", 2, 4, infer_conv_integer, run_conv),
	ROW("QLinearConv", 8, 9, infer_qlinear_conv, run_conv)
};

const MmlOperators mml_tensor_integer_products = MML_OPERATORS(operators);

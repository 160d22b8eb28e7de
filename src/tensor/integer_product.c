/*-------------------------------------------------------------------------
 *
 * integer_product.c
 *	  Products of bytes: their inputs, as float32, and their outputs.
 *
 *-------------------------------------------------------------------------
 */
#include "tensor/integer_product.h"
#include "tensor/quantize.h"

/* Outputs that are scaled and rounded at once. */
#define PIECE 256

void
mml_tensor_integers_bind(const MmlCall *call, bool quantised, MmlIntegers *in)
{
	memset(in, 0, sizeof(*in));
	in->quantised = quantised;
	in->a = call->in[0];
	in->b = call->in[quantised ? 3 : 1];
	in->a_zero = mml_tensor_in(call, 2);
	in->b_zero = mml_tensor_in(call, quantised ? 5 : 3);
	if (!quantised)
		return;
	in->a_scale = call->in[1];
	in->b_scale = call->in[4];
	in->out_scale = call->in[6];
	in->out_zero = call->in[7];
	in->bias = mml_tensor_in(call, 8);
}

const char *
mml_tensor_integers_check(MmlCall *call, const char *name, const char *attributes, bool quantised,
						  MmlIntegers *in)
{
	MML_TRY(mml_tensor_check(call, name, attributes, quantised ? 8 : 2));
	mml_tensor_integers_bind(call, quantised, in);
	MML_TRY(mml_tensor_check_type(call, name, 0, MML_TYPES_BYTE));
	MML_TRY(mml_tensor_check_type(call, name, quantised ? 3 : 1, MML_TYPES_BYTE));
	if ((in->a_zero != NULL && (in->a_zero->type != in->a->type)) ||
		(in->b_zero != NULL && (in->b_zero->type != in->b->type)))
		return mml_tensor_wrong(call, "a zero of %s is not of the type of its input.", name);
	if (!quantised)
		return NULL;
	for (int i = 1; i < 8; i += i == 1 ? 3 : 2)
		MML_TRY(mml_tensor_check_type(call, name, i, MML_TYPE(MML_ELEMENT_F32)));
	MML_TRY(mml_tensor_check_type(call, name, 7, MML_TYPES_BYTE));
	if (in->a_scale->count != 1 || in->out_scale->count != 1 || in->out_zero->count != 1)
		return mml_tensor_wrong(call, "%s with more than one scale of input or output is not supported.", name);
	return NULL;
}

const char *
mml_tensor_integers_count(MmlCall *call, const char *name, const MmlTensor *tensor, int64_t count)
{
	if (tensor == NULL || tensor->count == 1 || (tensor->rank == 1 && tensor->count == (size_t) count))
		return NULL;
	return mml_tensor_wrong(call, "a scale or zero of %s does not fit.", name);
}

int64_t
mml_tensor_integers_most(const MmlTensor *bytes, const MmlTensor *zero)
{
	int32_t		least = bytes->type == MML_ELEMENT_U8 ? 0 : -128;
	int64_t		most = 0;

	if (zero == NULL)
		return least == 0 ? 255 : 128;
	if (zero->data == NULL)
		return 255;
	for (size_t i = 0; i < zero->count; i++)
	{
		int32_t		above = mml_tensor_zero(zero, i) - least;

		most = MML_MAX(most, MML_MAX(above, 255 - above));
	}
	return most;
}

#define ROWS(name, type) \
MML_CLONES \
static void \
name(int64_t rows, int64_t n, const uint8_t *x_, int64_t x_row, int32_t zero, int64_t left, int64_t width, \
	 float *y) \
{ \
	for (int64_t r = 0; r < rows; r++, x_ += x_row, y += width) \
	{ \
		const type *x = (const type *) x_; \
		\
		for (int64_t i = 0; i < left; i++) \
			y[i] = 0; \
		for (int64_t i = 0; i < n; i++) \
			y[left + i] = (float) ((int32_t) x[i] - zero); \
		for (int64_t i = left + n; i < width; i++) \
			y[i] = 0; \
	} \
}

ROWS(rows_u8, uint8_t)
ROWS(rows_i8, int8_t)

void
mml_tensor_integers_float(MmlElement type, int64_t rows, int64_t n, const uint8_t *x, int64_t x_row,
						  int32_t zero, int64_t left, int64_t width, float *y)
{
	(type == MML_ELEMENT_U8 ? rows_u8 : rows_i8) (rows, n, x, x_row, zero, left, width, y);
}

/* Sums of int32 wrap around, as they do everywhere. */
MML_INLINE int32_t
add(int32_t a, int32_t b)
{
	return (int32_t) ((uint32_t) a + (uint32_t) b);
}

MML_CLONES
void
mml_tensor_integers_add(size_t n, bool is_first, const float *y, int32_t *sums)
{
	if (is_first)
		for (size_t i = 0; i < n; i++)
			sums[i] = (int32_t) y[i];
	else
		for (size_t i = 0; i < n; i++)
			sums[i] = add(sums[i], (int32_t) y[i]);
}

/* All that makes a sum; to may be what sums is. */
MML_CLONES
static void
complete(size_t n, const float *y, const int32_t *sums, int32_t bias, int32_t *to)
{
	if (sums == NULL)
		for (size_t i = 0; i < n; i++)
			to[i] = add((int32_t) y[i], bias);
	else
		for (size_t i = 0; i < n; i++)
			to[i] = add(add((int32_t) y[i], bias), sums[i]);
}

/* Sums as floats, each with a scale of its own where along. */
MML_CLONES
static void
scale(size_t n, const int32_t *sums, float a_scale, const float *b_scale, bool along, float *to)
{
	float		both = a_scale * b_scale[0];

	if (along)
		for (size_t i = 0; i < n; i++)
			to[i] = (float) sums[i] * (a_scale * b_scale[i]);
	else
		for (size_t i = 0; i < n; i++)
			to[i] = (float) sums[i] * both;
}

void
mml_tensor_integers_give(const MmlIntegers *in, const MmlCall *call, size_t n, const float *y,
						 const int32_t *sums, int32_t bias, bool along, size_t i, size_t to)
{
	const float *b_scale;
	float		a_scale;

	if (!in->quantised)
	{
		complete(n, y, sums, bias, (int32_t *) call->out[0]->data + to);
		return;
	}
	a_scale = *(const float *) in->a_scale->data;
	along = along && in->b_scale->count > 1;
	b_scale = (const float *) in->b_scale->data + (in->b_scale->count > 1 ? i : 0);
	for (size_t j = 0; j < n; j += PIECE)
	{
		size_t		m = MML_MIN(PIECE, n - j);
		int32_t		whole[PIECE];
		float		row[PIECE];

		complete(m, y + j, sums == NULL ? NULL : sums + j, bias, whole);
		scale(m, whole, a_scale, b_scale + (along ? j : 0), along, row);
		mml_tensor_quantize(m, row, *(const float *) in->out_scale->data, mml_tensor_zero(in->out_zero, 0),
							in->out_zero->type == MML_ELEMENT_I8, (uint8_t *) call->out[0]->data + to + j);
	}
}

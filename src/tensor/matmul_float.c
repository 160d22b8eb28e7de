/*-------------------------------------------------------------------------
 *
 * matmul_float.c
 *	  Gemm and MatMul of float32.
 *
 * A constant B is packed once, alpha included.  Otherwise B is packed block by
 * block, unless rows are so few that this would take longer than what it is
 * good for.  Where Y has few columns units would be nearly empty: then B is
 * transposed, and numbers of Y are scalar products.  So they are for few rows
 * where B is transposed already.
 *
 *-------------------------------------------------------------------------
 */
#include <string.h>

#include "tensor/matmul.h"

/* Fewer columns are narrow; up to so many rows take B as it lies. */
#define NARROW 8
#define FEW 8

/* Terms and numbers of a block of B. */
#define BLOCK_TERMS (8 * MML_DEPTH)
#define BLOCK ((int64_t) 1 << 19)

/* Scratch may not be larger than this. */
#define MOST ((int64_t) 1 << 23)

/* A stack of matrices of A that one matrix of B meets is one matrix. */
static void
join_stack(MmlMatMul *p)
{
	if (p->a_k != 1 || p->a_row != p->k)
		return;
	for (int i = 0; i < p->outers; i++)
		if (p->outer[i] != 1 && (p->a_step[i] == 0 || p->b_step[i] != 0))
			return;
	p->m *= p->stacks;
	p->stacks = 1;
	p->outers = 0;
}

void
mml_tensor_matmul_plan(MmlMatMul *p, MmlCall *call)
{
	bool		is_constant = call->in[1]->data != NULL;
	size_t		size = sizeof(float);

	p->way = MML_MATMUL_PLAIN;
	if (call->out[0]->count == 0 || p->k == 0)
		return;
	join_stack(p);
	if (p->n < NARROW || (!is_constant && p->m < FEW / 2 && p->b_k == 1))
	{
		if (p->b_k == 1 && p->b_column == p->k)
			;
		else if (is_constant)
			call->packed_bytes = size * (size_t) (p->b_count * p->k * p->n);
		else if (p->k * p->n > MOST)
			return;
		else
			call->scratch_bytes = size * (size_t) (p->k * p->n);
		p->way = MML_MATMUL_NARROW;
		return;
	}
	if (is_constant)
	{
		p->way = MML_MATMUL_PACKED;
		call->packed_bytes = size * (size_t) (p->b_count * mml_packed_count(p->k, p->n));
		return;
	}
	if (p->m <= FEW && p->n >= MML_UNIT && p->b_column == 1 && p->alpha == 1 &&
		p->b_k <= UINT32_MAX / MML_DEPTH)
	{
		p->way = MML_MATMUL_RAW;
		return;
	}
	p->way = MML_MATMUL_BLOCKS;
	p->block_k = MML_MIN(p->k, BLOCK_TERMS);
	p->block_n = MML_MAX(BLOCK / p->block_k / MML_UNIT, 1) * MML_UNIT;
	p->block_n = MML_MIN(p->n, p->block_n);
	call->scratch_bytes = size * (size_t) mml_packed_count(p->block_k, p->block_n);
}

/* B transposed, to (n,k), for NARROW. */
static void
transpose(const MmlMatMul *p, const float *b, float *to)
{
	for (int64_t j = 0; j < p->n; j++)
	{
		for (int64_t l = 0; l < p->k; l++)
			*to++ = b[l * p->b_k + j * p->b_column];
		MML_CHECK();
	}
}

void
mml_tensor_matmul_pack(const MmlCall *call)
{
	const MmlMatMul *p = call->own;
	const float *b = call->in[1]->data;
	float	   *to = call->packed;

	if (p->way == MML_MATMUL_NARROW && call->packed_bytes > 0)
		for (int64_t s = 0; s < p->b_count; s++)
			transpose(p, b + s * p->k * p->n, to + s * p->k * p->n);
	if (p->way == MML_MATMUL_PACKED)
		for (int64_t s = 0; s < p->b_count; s++)
			mml_tensor_pack_product(p->k, p->n, b + s * p->k * p->n, p->b_k, p->b_column,
									p->alpha, to + s * mml_packed_count(p->k, p->n));
}

/*
 * The scalar product of x (n), step apart, and y (n): of four quarters, so that
 * additions need not wait for each other.
 */
MML_CLONES
static float
dot(int64_t n, const float *x, int64_t step, const float *y)
{
	int64_t		q = n / 4;
	float		a = 0;
	float		b = 0;
	float		c = 0;
	float		d = 0;

	if (step == 1)
	{
#pragma omp simd reduction(+:a, b, c, d)
		for (int64_t i = 0; i < q; i++)
		{
			a += x[i] * y[i];
			b += x[q + i] * y[q + i];
			c += x[2 * q + i] * y[2 * q + i];
			d += x[3 * q + i] * y[3 * q + i];
		}
		q *= 4;
	}
	else
		q = 0;
	for (; q < n; q++)
		a += x[q * step] * y[q];
	return (a + b) + (c + d);
}

/* Y = A B + Y for a B of few columns, transposed; then the activation. */
static void
multiply_narrow(const MmlMatMul *p, const float *a, const float *b, float *y)
{
	int64_t		work = 0;

	for (int64_t i = 0; i < p->m; i++)
		for (int64_t j = 0; j < p->n; j++)
		{
			y[i * p->n + j] += p->alpha * dot(p->k, a + i * p->a_row, p->a_k, b + j * p->k);
			work += p->k;
			if (work > 1000000)
			{
				MML_CHECK();
				work = 0;
			}
		}
	mml_tensor_activate(&p->activation, MML_ELEMENT_F32, (size_t) (p->m * p->n), y);
}

/* Y = A B (+ Y) for a B that is packed block by block. */
static void
multiply_blocks(const MmlMatMul *p, MmlProduct *product, const float *b, float *packed)
{
	const float *a = product->a;
	float	   *c = product->c;
	bool		add = product->add;

	product->b = packed;
	for (int64_t l = 0; l < p->k; l += p->block_k)
	{
		product->k = MML_MIN(p->block_k, p->k - l);
		product->a = a + l * p->a_k;
		product->add = add || l > 0;
		if (l + p->block_k >= p->k)
			product->activation = p->activation;
		for (int64_t j = 0; j < p->n; j += p->block_n)
		{
			product->n = MML_MIN(p->block_n, p->n - j);
			product->c = c + j;
			mml_tensor_pack_product(product->k, product->n, b + l * p->b_k + j * p->b_column,
									p->b_k, p->b_column, p->alpha, packed);
			mml_tensor_multiply(product);
		}
	}
}

/* Y = beta C, C being broadcast; or 0. */
static void
begin_with(const MmlMatMul *p, const float *c, float *y)
{
	for (int64_t i = 0; i < p->m; i++, y += p->n)
	{
		const float *from = c == NULL ? NULL : c + i * p->c_row;

		if (c == NULL)
			memset(y, 0, sizeof(float) * (size_t) p->n);
		else if (p->c_column == 0)
			for (int64_t j = 0; j < p->n; j++)
				y[j] = p->beta * from[0];
		else
			for (int64_t j = 0; j < p->n; j++)
				y[j] = p->beta * from[j];
	}
}

/* The matrix of a stack that begins at b (k,n), by the way that is planned. */
static void
multiply(const MmlMatMul *p, const MmlCall *call, const float *a, int64_t b_start,
		 const float *c, float *y)
{
	MmlProduct	product = {.tiles = p->tiles,.m = p->m,.n = p->n,.k = p->k};
	const float *b = (const float *) call->in[1]->data + b_start;
	bool		is_packed = call->packed_bytes > 0;

	product.a = a;
	product.a_row = p->a_row;
	product.a_k = p->a_k;
	product.c = y;
	product.c_row = p->n;
	product.add = c != NULL;
	if (c != NULL || p->way == MML_MATMUL_NARROW)
		begin_with(p, c, y);
	if (p->way == MML_MATMUL_NARROW)
	{
		if (is_packed)
			b = (const float *) call->packed + b_start;
		else if (call->scratch_bytes > 0)
		{
			transpose(p, b, call->scratch);
			b = call->scratch;
		}
		multiply_narrow(p, a, b, y);
		return;
	}
	if (p->way == MML_MATMUL_BLOCKS)
	{
		multiply_blocks(p, &product, b, call->scratch);
		return;
	}
	product.activation = p->activation;
	product.b_row = p->way == MML_MATMUL_RAW ? p->b_k : 0;
	product.b = p->way == MML_MATMUL_RAW ? b : (const float *) call->packed +
		b_start / (p->k * p->n) * mml_packed_count(p->k, p->n);
	mml_tensor_multiply(&product);
}

void
mml_tensor_matmul_float(const MmlMatMul *p, const MmlCall *call)
{
	const MmlTensor *c = call->inputs > 2 ? call->in[2] : NULL;
	const float *a = call->in[0]->data;
	float	   *y = call->out[0]->data;

	for (int64_t s = 0; s < p->stacks; s++)
		multiply(p, call, a + mml_matmul_start(p, p->a_step, s),
				 mml_matmul_start(p, p->b_step, s), c == NULL ? NULL : c->data,
				 y + s * p->m * p->n);
}

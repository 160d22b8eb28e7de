/*-------------------------------------------------------------------------
 *
 * matmul.c
 *	  Gemm and MatMul.
 *
 * Gemm:	Y = alpha op(A) op(B) + beta C, C being broadcast to (m,n).
 * MatMul:	Y = A B in the last two dimensions, those before being broadcast
 *			against each other; a vector is a row on the left, a column on
 *			the right, and that dimension is left out of Y.
 *
 *-------------------------------------------------------------------------
 */
#include <stdio.h>
#include <string.h>

#include "tensor/matmul.h"

#define COMPLAIN(call, ...) \
	(snprintf((call)->wrong, sizeof((call)->wrong), __VA_ARGS__), (call)->wrong)

/* Check what Gemm and MatMul have in common: types, and the activation. */
static const char *
check_common(MmlCall *call, const char *name, MmlMatMul *p)
{
	MmlElement	type;

	memset(p, 0, sizeof(*p));
	p->tiles = mml_tensor_tiles();
	p->alpha = 1;
	if (call->in[0] == NULL || call->in[1] == NULL || call->out[0] == NULL)
		return COMPLAIN(call, "%s lacks an input or its output.", name);
	type = call->in[0]->type;
	if (type != MML_ELEMENT_F32 && type != MML_ELEMENT_F64 &&
		type != MML_ELEMENT_I32 && type != MML_ELEMENT_I64)
		return COMPLAIN(call, "%s of element type %d is not supported.", name, (int) type);
	for (int i = 0; i < call->inputs; i++)
		if (call->in[i] != NULL && call->in[i]->type != type)
			return COMPLAIN(call, "inputs of %s differ in their types.", name);
	if (!mml_tensor_find_activation(call, &p->activation))
		return COMPLAIN(call, "the activation of %s is not known.", name);
	if (p->activation.kind != MML_ACTIVATION_NONE &&
		type != MML_ELEMENT_F32 && type != MML_ELEMENT_F64)
		return COMPLAIN(call, "%s of integers has no activation.", name);
	return NULL;
}

/* Set the output, whose shape is known, and the work. */
static const char *
set_output(MmlCall *call, const char *name, MmlMatMul *p, int rank,
		   const int64_t *dims)
{
	if (!mml_tensor_set(call->out[0], call->in[0]->type, rank, dims))
		return COMPLAIN(call, "the output of %s is too large.", name);
	call->flops = (double) p->stacks * (double) p->m * (double) p->n * (double) p->k;
	call->scratch_bytes = 0;
	call->packed_bytes = 0;
	if (call->out[0]->type == MML_ELEMENT_F32)
		mml_tensor_matmul_plan(p, call);
	return NULL;
}

static const char *
gemm_infer(MmlCall *call)
{
	MmlMatMul  *p = call->own;
	const MmlTensor *a = call->in[0];
	const MmlTensor *b = call->in[1];
	const MmlTensor *c = call->inputs > 2 ? call->in[2] : NULL;
	bool		ta = mml_tensor_attribute_int(call, "transA", 0) != 0;
	bool		tb = mml_tensor_attribute_int(call, "transB", 0) != 0;
	int64_t		dims[2];
	const char *wrong = check_common(call, "Gemm", p);

	if (wrong != NULL)
		return wrong;
	if (a->rank != 2 || b->rank != 2)
		return "Gemm takes matrices of two dimensions.";
	p->alpha = mml_tensor_attribute_float(call, "alpha", 1);
	p->beta = mml_tensor_attribute_float(call, "beta", 1);
	if ((p->alpha != 1 || p->beta != 1) && a->type != MML_ELEMENT_F32 &&
		a->type != MML_ELEMENT_F64)
		return "Gemm of integers takes an alpha and a beta of 1 only.";
	p->m = a->dims[ta ? 1 : 0];
	p->k = a->dims[ta ? 0 : 1];
	p->n = b->dims[tb ? 0 : 1];
	p->stacks = 1;
	p->b_count = 1;
	if (b->dims[tb ? 1 : 0] != p->k)
		return COMPLAIN(call, "matrices of Gemm do not match: %lld columns, %lld rows.",
						(long long) p->k, (long long) b->dims[tb ? 1 : 0]);
	p->a_row = ta ? 1 : p->k;
	p->a_k = ta ? p->m : 1;
	p->b_k = tb ? 1 : p->n;
	p->b_column = tb ? p->k : 1;
	if (c != NULL)
	{
		int64_t		rows = c->rank < 2 ? 1 : c->dims[c->rank - 2];
		int64_t		columns = c->rank < 1 ? 1 : c->dims[c->rank - 1];

		if (c->rank > 2 || (rows != 1 && rows != p->m) ||
			(columns != 1 && columns != p->n))
			return COMPLAIN(call, "C of Gemm cannot be broadcast to %lld by %lld.",
							(long long) p->m, (long long) p->n);
		p->c_row = rows == 1 ? 0 : columns;
		p->c_column = columns == 1 ? 0 : 1;
	}
	dims[0] = p->m;
	dims[1] = p->n;
	return set_output(call, "Gemm", p, 2, dims);
}

/* Steps of an operand through the stack of matrices, each of size numbers. */
static bool
set_steps(const MmlTensor *t, int64_t size, int outers, int64_t *outer,
		  int64_t *step)
{
	int			own = MML_MAX(t->rank - 2, 0);

	for (int i = own - 1; i >= 0; i--)
	{
		int			at = i + outers - own;

		if (t->dims[i] != 1 && outer[at] != 1 && t->dims[i] != outer[at])
			return false;
		if (t->dims[i] != 1)
			outer[at] = t->dims[i];
		step[at] = t->dims[i] == 1 ? 0 : size;

		/* A dimension of 0 leaves nothing to step over. */
		if (__builtin_mul_overflow(size, t->dims[i], &size))
			return false;
	}
	return true;
}

static const char *
matmul_infer(MmlCall *call)
{
	MmlMatMul  *p = call->own;
	const MmlTensor *a = call->in[0];
	const MmlTensor *b = call->in[1];
	int64_t		dims[MML_RANK];
	int64_t		rows;
	int64_t		a_size;
	int64_t		b_size;
	int			rank;
	const char *wrong = check_common(call, "MatMul", p);

	if (wrong != NULL)
		return wrong;
	if (a->rank < 1 || b->rank < 1)
		return "MatMul takes no scalars.";
	p->m = a->rank < 2 ? 1 : a->dims[a->rank - 2];
	p->k = a->dims[a->rank - 1];
	p->n = b->rank < 2 ? 1 : b->dims[b->rank - 1];
	rows = b->rank < 2 ? b->dims[0] : b->dims[b->rank - 2];
	if (rows != p->k)
		return COMPLAIN(call, "matrices of MatMul do not match: %lld columns, %lld rows.",
						(long long) p->k, (long long) rows);
	p->a_row = p->k;
	p->a_k = 1;
	p->b_k = p->n;
	p->b_column = 1;
	p->outers = MML_MAX(MML_MAX(a->rank, b->rank) - 2, 0);
	for (int i = 0; i < MML_RANK; i++)
		p->outer[i] = 1;
	if (__builtin_mul_overflow(p->m, p->k, &a_size) ||
		__builtin_mul_overflow(p->k, p->n, &b_size) ||
		!set_steps(a, a_size, p->outers, p->outer, p->a_step) ||
		!set_steps(b, b_size, p->outers, p->outer, p->b_step))
		return "inputs of MatMul cannot be broadcast against each other.";
	rank = p->outers;
	p->b_count = b_size == 0 ? 0 : (int64_t) b->count / b_size;
	p->stacks = 1;
	for (int i = 0; i < rank; i++)
	{
		dims[i] = p->outer[i];
		if (__builtin_mul_overflow(p->stacks, dims[i], &p->stacks))
			return "the output of MatMul is too large.";
	}
	if (a->rank > 1)
		dims[rank++] = p->m;
	if (b->rank > 1)
		dims[rank++] = p->n;
	return set_output(call, "MatMul", p, rank, dims);
}

/*
 * One product in plain loops.  Integers wrap around, so they are multiplied
 * as unsigned ones; alpha and beta of theirs are 1.
 */
#define DEFINE_PRODUCT(Number, suffix) \
static void \
product_##suffix(const MmlMatMul *p, const Number *a, const Number *b, \
				 const Number *c, Number *y) \
{ \
	for (int64_t i = 0; i < p->m; i++, y += p->n) \
	{ \
		for (int64_t j = 0; j < p->n; j++) \
			y[j] = 0; \
		for (int64_t l = 0; l < p->k; l++) \
		{ \
			Number		x = a[i * p->a_row + l * p->a_k]; \
			\
			for (int64_t j = 0; j < p->n; j++) \
				y[j] += x * b[l * p->b_k + j * p->b_column]; \
			if (l % 1024 == 0) \
				MML_CHECK(); \
		} \
		if (p->alpha != 1) \
			for (int64_t j = 0; j < p->n; j++) \
				y[j] *= (Number) p->alpha; \
		for (int64_t j = 0; c != NULL && j < p->n; j++) \
			y[j] += (Number) p->beta * c[i * p->c_row + j * p->c_column]; \
		MML_CHECK(); \
	} \
}

DEFINE_PRODUCT(float, F32)
DEFINE_PRODUCT(double, F64)
DEFINE_PRODUCT(uint32_t, U32)
DEFINE_PRODUCT(uint64_t, U64)

static void
matmul_run(const MmlCall *call)
{
	const MmlMatMul *p = call->own;
	const MmlTensor *c = call->inputs > 2 ? call->in[2] : NULL;
	MmlTensor  *y = call->out[0];
	size_t		size = mml_tensor_element_size(y->type);
	char	   *to = y->data;

	if (y->count == 0)
		return;
	if (p->way != MML_MATMUL_PLAIN)
	{
		mml_tensor_matmul_float(p, call);
		return;
	}
	for (int64_t s = 0; s < p->stacks; s++, to += (size_t) (p->m * p->n) * size)
	{
		const char *a = (const char *) call->in[0]->data +
			(size_t) mml_matmul_start(p, p->a_step, s) * size;
		const char *b = (const char *) call->in[1]->data +
			(size_t) mml_matmul_start(p, p->b_step, s) * size;
		const void *more = c == NULL ? NULL : c->data;

		if (y->type == MML_ELEMENT_F32)
			product_F32(p, (const float *) (const void *) a,
						(const float *) (const void *) b, more,
						(float *) (void *) to);
		else if (y->type == MML_ELEMENT_F64)
			product_F64(p, (const double *) (const void *) a,
						(const double *) (const void *) b, more,
						(double *) (void *) to);
		else if (y->type == MML_ELEMENT_I32)
			product_U32(p, (const uint32_t *) (const void *) a,
						(const uint32_t *) (const void *) b, more,
						(uint32_t *) (void *) to);
		else
			product_U64(p, (const uint64_t *) (const void *) a,
						(const uint64_t *) (const void *) b, more,
						(uint64_t *) (void *) to);
	}
	mml_tensor_activate(&p->activation, y->type, y->count, y->data);
}

const MmlOperator mml_tensor_gemm = {
	.name = "Gemm",
	.since = 1,
	.min_inputs = 2,
	.max_inputs = 3,
	.max_outputs = 1,
	.own_size = sizeof(MmlMatMul),
	.infer = gemm_infer,
	.pack = mml_tensor_matmul_pack,
	.run = matmul_run
};

const MmlOperator mml_tensor_matmul = {
	.name = "MatMul",
	.since = 1,
	.min_inputs = 2,
	.max_inputs = 2,
	.max_outputs = 1,
	.own_size = sizeof(MmlMatMul),
	.infer = matmul_infer,
	.pack = mml_tensor_matmul_pack,
	.run = matmul_run
};

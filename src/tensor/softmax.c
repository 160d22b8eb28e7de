/*-------------------------------------------------------------------------
 *
 * softmax.c
 *	  Softmax, LogSoftmax and Hardmax along an axis.
 *
 * The largest number is subtracted first, so that no exponential overflows;
 * sums are in double.  Before opset 13 the tensor was seen as a matrix, whose
 * rows begin at the axis.
 *
 *-------------------------------------------------------------------------
 */
#include <math.h>

#include "linalg/exp.h"
#include "tensor/check.h"
#include "tensor/operators.h"
#include "tensor/vector.h"

/* The tensor as (outer, n, inner); the middle is the axis. */
typedef struct Softmax
{
	size_t		outer;
	size_t		n;
	size_t		inner;
} Softmax;

static const char *
infer(MmlCall *call, const char *name)
{
	Softmax    *own = call->own;
	const MmlTensor *in;
	int			axis = 0;
	bool		matrix = call->opset < 13;

	MML_TRY(mml_tensor_check(call, name, "axis:i", 1));
	MML_TRY(mml_tensor_check_type(call, name, 0, MML_TYPES_FLOAT));
	in = call->in[0];
	if (in->rank > 0)
		MML_TRY(mml_tensor_axis(call, name, mml_tensor_attribute_int(call, "axis", matrix ? 1 : -1),
								in->rank, &axis));
	own->outer = mml_tensor_span(in, 0, axis);
	own->n = mml_tensor_span(in, axis, matrix ? in->rank : MML_MIN(axis + 1, in->rank));
	own->inner = matrix ? 1 : mml_tensor_span(in, axis + 1, in->rank);
	return mml_tensor_give(call, name, 0, in->type, in->rank, in->dims);
}

static const char *
infer_softmax(MmlCall *call)
{
	return infer(call, "Softmax");
}

static const char *
infer_log_softmax(MmlCall *call)
{
	return infer(call, "LogSoftmax");
}

static const char *
infer_hardmax(MmlCall *call)
{
	return infer(call, "Hardmax");
}

/* One row of float32 that lies together. */
MML_CLONES
static void
softmax_row(size_t n, const float *x, float *y, bool logarithm)
{
	float		most = -INFINITY;
	float		shift;
	double		sum = 0;

#pragma omp simd reduction(max:most)
	for (size_t i = 0; i < n; i++)
		most = x[i] > most ? x[i] : most;
	if (logarithm)
	{
#pragma omp simd reduction(+:sum)
		for (size_t i = 0; i < n; i++)
			sum += (double) mml_vector_exp(x[i] - most);
		shift = (float) log(sum);
#pragma omp simd
		for (size_t i = 0; i < n; i++)
			y[i] = x[i] - most - shift;
		return;
	}
#pragma omp simd reduction(+:sum)
	for (size_t i = 0; i < n; i++)
	{
		float		e = mml_vector_exp(x[i] - most);

		y[i] = e;
		sum += (double) e;
	}
	shift = (float) (1 / sum);
#pragma omp simd
	for (size_t i = 0; i < n; i++)
		y[i] *= shift;
}

/* Columns that are worked on at once. */
#define PIECE 256

/*
 * Columns of float32, at most PIECE of them, whose numbers are some steps
 * apart: passes along rows.
 */
MML_CLONES
static void
softmax_columns(size_t n, size_t step, size_t columns, const float *x, float *y, bool logarithm)
{
	float		most[PIECE];
	float		sum[PIECE] = {0};

	for (size_t j = 0; j < columns; j++)
		most[j] = x[j];
	for (size_t i = 1; i < n; i++)
		for (size_t j = 0; j < columns; j++)
			most[j] = x[i * step + j] > most[j] ? x[i * step + j] : most[j];
	for (size_t i = 0; i < n; i++)
	{
#pragma omp simd
		for (size_t j = 0; j < columns; j++)
		{
			float		shifted = x[i * step + j] - most[j];
			float		e = mml_vector_exp(shifted);

			sum[j] += e;
			y[i * step + j] = logarithm ? shifted : e;
		}
	}
	for (size_t j = 0; j < columns; j++)
		sum[j] = logarithm ? mml_vector_log(sum[j]) : 1 / sum[j];
	for (size_t i = 0; i < n; i++)
		for (size_t j = 0; j < columns; j++)
			y[i * step + j] = logarithm ? y[i * step + j] - sum[j] : y[i * step + j] * sum[j];
}

/* A row of double; steps of any size. */
static void
softmax_f64(size_t n, size_t step, const double *x, double *y, bool logarithm)
{
	double		most = -INFINITY;
	double		sum = 0;

	for (size_t i = 0; i < n; i++)
		most = x[i * step] > most ? x[i * step] : most;
	for (size_t i = 0; i < n; i++)
		sum += mml_exp(x[i * step] - most);
	for (size_t i = 0; i < n; i++)
	{
		double		shifted = x[i * step] - most;

		y[i * step] = logarithm ? shifted - log(sum) : mml_exp(shifted) / sum;
	}
}

static void
run(const MmlCall *call, bool logarithm)
{
	const Softmax *own = call->own;
	size_t		unpolled = 0;
	size_t		piece = call->in[0]->type == MML_ELEMENT_F32 ? PIECE : 1;

	if (mml_tensor_out(call, 0) == NULL || call->in[0]->count == 0)
		return;
	for (size_t i = 0; i < own->outer; i++)
		for (size_t j = 0; j < own->inner; j += piece)
		{
			size_t		columns = MML_MIN(piece, own->inner - j);
			size_t		at = i * own->n * own->inner + j;

			if (call->in[0]->type == MML_ELEMENT_F64)
				softmax_f64(own->n, own->inner, (const double *) call->in[0]->data + at,
							(double *) call->out[0]->data + at, logarithm);
			else if (own->inner == 1)
				softmax_row(own->n, (const float *) call->in[0]->data + at,
							(float *) call->out[0]->data + at, logarithm);
			else
				softmax_columns(own->n, own->inner, columns, (const float *) call->in[0]->data + at,
								(float *) call->out[0]->data + at, logarithm);
			unpolled += own->n * columns;
			if (unpolled > 200000)
			{
				unpolled = 0;
				MML_CHECK();
			}
		}
}

static void
run_softmax(const MmlCall *call)
{
	run(call, false);
}

static void
run_log_softmax(const MmlCall *call)
{
	run(call, true);
}

#define HARD_ROW(name, type) \
static void \
name(size_t n, size_t step, const type *x, type *y) \
{ \
	size_t		best = 0; \
	\
	for (size_t i = 1; i < n; i++) \
		best = x[i * step] > x[best * step] ? i : best; \
	for (size_t i = 0; i < n; i++) \
		y[i * step] = i == best; \
}

HARD_ROW(hard_f32, float)
HARD_ROW(hard_f64, double)

/* 1 for the first of the largest, 0 for the others. */
static void
run_hardmax(const MmlCall *call)
{
	const Softmax *own = call->own;

	if (mml_tensor_out(call, 0) == NULL || call->in[0]->count == 0)
		return;
	for (size_t i = 0; i < own->outer; i++)
	{
		for (size_t j = 0; j < own->inner; j++)
		{
			size_t		at = i * own->n * own->inner + j;

			if (call->in[0]->type == MML_ELEMENT_F64)
				hard_f64(own->n, own->inner, (const double *) call->in[0]->data + at,
						 (double *) call->out[0]->data + at);
			else
				hard_f32(own->n, own->inner, (const float *) call->in[0]->data + at,
						 (float *) call->out[0]->data + at);
		}
		MML_CHECK();
	}
}

static const MmlOperator operators[] = {
	{"Softmax", 1, 1, 1, 1, sizeof(Softmax), infer_softmax, NULL, run_softmax},
	{"LogSoftmax", 1, 1, 1, 1, sizeof(Softmax), infer_log_softmax, NULL, run_log_softmax},
	{"Hardmax", 1, 1, 1, 1, sizeof(Softmax), infer_hardmax, NULL, run_hardmax}
};

const MmlOperators mml_tensor_softmaxes = MML_OPERATORS(operators);

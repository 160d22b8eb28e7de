/*-------------------------------------------------------------------------
 *
 * reduce_loops.c
 *	  The loops of ReduceSum and its kin; see reduce.h.
 *
 * Where the last dimension is reduced, rows of it are folded into one number;
 * where it is kept, rows are folded into a row of as many numbers.  Floats are
 * folded in double, integers in 64 bits, wrapping around.
 *
 *-------------------------------------------------------------------------
 */
#include <math.h>

#include "linalg/exp.h"
#include "tensor/check.h"
#include "tensor/reduce.h"

/* Results that are folded at once where the last dimension is kept. */
#define PIECE 512

#define START(fold) \
	((fold) == MML_FOLD_PRODUCT ? 1 : (fold) == MML_FOLD_LARGEST ? LEAST : (fold) == MML_FOLD_SMALLEST ? MOST : 0)

/* Fold a row into one number. */
MML_INLINE double
fold_largest(size_t n, const float *x, double a, double sign)
{
	float		most = -INFINITY;
	int			nans = 0;

#pragma omp simd reduction(max:most) reduction(|:nans)
	for (size_t i = 0; i < n; i++)
	{
		float		y = (float) sign * x[i];

		most = y > most ? y : most;
		nans |= y != y;
	}
	if (nans || a != a)
		return NAN;
	return sign * MML_MAX((double) most, sign * a);
}

MML_CLONES
static double
fold_row_f32(MmlFold fold, size_t n, const float *x, double a, double shift)
{
	switch (fold)
	{
		case MML_FOLD_SUM:
#pragma omp simd reduction(+:a)
			for (size_t i = 0; i < n; i++)
				a += (double) x[i];
			break;
		case MML_FOLD_PRODUCT:
			for (size_t i = 0; i < n; i++)
				a *= (double) x[i];
			break;
		case MML_FOLD_LARGEST:
			return fold_largest(n, x, a, 1);
		case MML_FOLD_SMALLEST:
			return fold_largest(n, x, a, -1);
		case MML_FOLD_ABSOLUTE:
#pragma omp simd reduction(+:a)
			for (size_t i = 0; i < n; i++)
				a += (double) fabsf(x[i]);
			break;
		case MML_FOLD_SQUARE:
#pragma omp simd reduction(+:a)
			for (size_t i = 0; i < n; i++)
				a += (double) x[i] * (double) x[i];
			break;
		case MML_FOLD_EXPONENTIAL:
#pragma omp simd reduction(+:a)
			for (size_t i = 0; i < n; i++)
				a += mml_exp((double) x[i] - shift);
			break;
	}
	return a;
}

#define LARGER(x, a) ((x) > (a) || (x) != (x) ? (x) : (a))
#define SMALLER(x, a) ((x) < (a) || (x) != (x) ? (x) : (a))

/* One more number x taken in by a. */
#define STEP(total, exponential) \
	switch (fold) \
	{ \
		case MML_FOLD_SUM: \
			EACH(a + x) \
			break; \
		case MML_FOLD_PRODUCT: \
			EACH(a * x) \
			break; \
		case MML_FOLD_LARGEST: \
			EACH(LARGER((total) x, (total) a)) \
			break; \
		case MML_FOLD_SMALLEST: \
			EACH(SMALLER((total) x, (total) a)) \
			break; \
		case MML_FOLD_ABSOLUTE: \
			EACH(a + ((total) x < 0 ? -x : x)) \
			break; \
		case MML_FOLD_SQUARE: \
			EACH(a + x * x) \
			break; \
		case MML_FOLD_EXPONENTIAL: \
			EACH(a + (exponential)) \
			break; \
	}

/*
 * Fold a row into one number, and into a row of as many.  Integers are added
 * in an unsigned type, the wide one.
 */
#define FOLD_ROW(letter, type, total, wide, exponential) \
static total \
fold_row_##letter(MmlFold fold, size_t n, const type *from, total to, total shift) \
{ \
	(void) shift; \
	STEP(total, exponential) \
	return to; \
}

#define FOLD_INTO(letter, clones, type, total, wide, exponential) \
clones static void \
fold_into_##letter(MmlFold fold, size_t n, const type *from, total *to, const total *shifts) \
{ \
	(void) shifts; \
	STEP(total, exponential) \
}

#define EACH_OF(total, wide, target, expression) \
	for (size_t i = 0; i < n; i++) \
	{ \
		wide		x = (wide) from[i]; \
		wide		a = (wide) target; \
		\
		(void) x; \
		target = (total) (expression); \
	}

#define EACH(expression) EACH_OF(double, double, to, expression)
FOLD_ROW(f64, double, double, double, mml_exp(x - shift))
#undef EACH
#define EACH(expression) EACH_OF(int64_t, uint64_t, to, expression)
FOLD_ROW(i32, int32_t, int64_t, uint64_t, 0)
FOLD_ROW(i64, int64_t, int64_t, uint64_t, 0)
FOLD_ROW(i8, int8_t, int64_t, uint64_t, 0)
FOLD_ROW(u8, uint8_t, int64_t, uint64_t, 0)
#undef EACH
#define EACH(expression) EACH_OF(double, double, to[i], expression)
FOLD_INTO(f32, MML_CLONES, float, double, double, mml_exp(x - shifts[i]))
FOLD_INTO(f64,, double, double, double, mml_exp(x - shifts[i]))
#undef EACH
#define EACH(expression) EACH_OF(int64_t, uint64_t, to[i], expression)
FOLD_INTO(i32,, int32_t, int64_t, uint64_t, 0)
FOLD_INTO(i64,, int64_t, int64_t, uint64_t, 0)
FOLD_INTO(i8,, int8_t, int64_t, uint64_t, 0)
FOLD_INTO(u8,, uint8_t, int64_t, uint64_t, 0)
#undef EACH

/* The result of a fold as the operator wants it. */
static double
finish_float(const MmlReduce *own, double a, double shift)
{
	switch (own->finish)
	{
		case MML_FINISH_PLAIN:
			return a;
		case MML_FINISH_MEAN:
			return a / (double) own->reduced;
		case MML_FINISH_ROOT:
			return sqrt(a);
		case MML_FINISH_LOGARITHM:
			return log(a);
		case MML_FINISH_LOGARITHM_SHIFTED:
			return log(a) + shift;
	}
	return a;
}

static int64_t
finish_integer(const MmlReduce *own, int64_t a, int64_t shift)
{
	(void) shift;
	return own->finish == MML_FINISH_MEAN ? a / MML_MAX(own->reduced, 1) : a;
}

/* A shift must be a number. */
#define SHIFT_float(x) (isfinite(x) ? (x) : 0)
#define SHIFT_integer(x) (x)

static void
poll(int64_t *unpolled, int64_t done)
{
	*unpolled += done;
	if (*unpolled > 1000000)
	{
		*unpolled = 0;
		MML_CHECK();
	}
}

/*
 * Both ways of a reduction, for a type.  First the largest is found where it
 * is the shift of the exponentials.
 */
#define REDUCE(letter, type, total, kin) \
static void \
rows_##letter(const MmlReduce *own, const type *in, type *out) \
{ \
	MmlWalk		kept = {0}; \
	int64_t		unpolled = 0; \
	\
	do \
	{ \
		total		a = 0; \
		total		shift = 0; \
		\
		for (int pass = own->finish == MML_FINISH_LOGARITHM_SHIFTED ? 0 : 1; pass < 2; pass++) \
		{ \
			MmlFold		fold = pass == 0 ? MML_FOLD_LARGEST : own->fold; \
			MmlWalk		lost = {0}; \
			\
			shift = SHIFT_##kin(a); \
			a = (total) START(fold); \
			do \
			{ \
				a = fold_row_##letter(fold, (size_t) own->row, in + kept.offset[0] + lost.offset[0], a, shift); \
				poll(&unpolled, own->row); \
			} while (mml_tensor_walk(&own->lost, 1, &lost)); \
		} \
		*out++ = (type) finish_##kin(own, a, shift); \
	} while (mml_tensor_walk(&own->kept, 1, &kept)); \
} \
\
static void \
columns_##letter(const MmlReduce *own, const type *in, type *out) \
{ \
	total		a[PIECE] = {0}; \
	total		shift[PIECE]; \
	MmlWalk		kept = {0}; \
	int64_t		unpolled = 0; \
	\
	do \
		for (int64_t i = 0; i < own->row; i += PIECE) \
		{ \
			int64_t		n = MML_MIN(PIECE, own->row - i); \
			\
			for (int pass = own->finish == MML_FINISH_LOGARITHM_SHIFTED ? 0 : 1; pass < 2; pass++) \
			{ \
				MmlFold		fold = pass == 0 ? MML_FOLD_LARGEST : own->fold; \
				MmlWalk		lost = {0}; \
				\
				for (int64_t j = 0; j < n; j++) \
				{ \
					shift[j] = SHIFT_##kin(a[j]); \
					a[j] = (total) START(fold); \
				} \
				do \
				{ \
					fold_into_##letter(fold, (size_t) n, in + kept.offset[0] + lost.offset[0] + i, a, shift); \
					poll(&unpolled, n + 16); \
				} while (mml_tensor_walk(&own->lost, 1, &lost)); \
			} \
			for (int64_t j = 0; j < n; j++) \
				*out++ = (type) finish_##kin(own, a[j], shift[j]); \
		} \
	while (mml_tensor_walk(&own->kept, 1, &kept)); \
}

#define LEAST (-(double) INFINITY)
#define MOST ((double) INFINITY)
REDUCE(f32, float, double, float)
REDUCE(f64, double, double, float)
#undef LEAST
#undef MOST
#define LEAST INT64_MIN
#define MOST INT64_MAX
REDUCE(i32, int32_t, int64_t, integer)
REDUCE(i64, int64_t, int64_t, integer)
REDUCE(i8, int8_t, int64_t, integer)
REDUCE(u8, uint8_t, int64_t, integer)

void
mml_tensor_reduce_run(const MmlCall *call)
{
	const MmlReduce *own = call->own;
	const MmlTensor *in = call->in[0];
	MmlTensor  *out = mml_tensor_out(call, 0);

	if (out == NULL || out->count == 0)
		return;
#define RUN(letter) \
	(own->row_reduced ? rows_##letter : columns_##letter) (own, in->data, out->data)
	switch (in->type)
	{
		case MML_ELEMENT_F32:
			RUN(f32);
			break;
		case MML_ELEMENT_F64:
			RUN(f64);
			break;
		case MML_ELEMENT_I32:
			RUN(i32);
			break;
		case MML_ELEMENT_I64:
			RUN(i64);
			break;
		case MML_ELEMENT_I8:
			RUN(i8);
			break;
		case MML_ELEMENT_U8:
		case MML_ELEMENT_BOOL:
			RUN(u8);
			break;
	}
}

/*-------------------------------------------------------------------------
 *
 * reduce.c
 *	  ReduceSum and its kin, and global pools: many numbers become one.
 *
 * Dimensions that lie behind each other and are both kept, or both reduced,
 * are merged.  Where the last is reduced, rows of it are folded into one
 * number; where it is kept, rows are folded into a row of as many numbers.
 * Floats are folded in double, integers in 64 bits, wrapping around.
 *
 *-------------------------------------------------------------------------
 */
#include <math.h>

#include "linalg/exp.h"
#include "tensor/broadcast.h"
#include "tensor/check.h"
#include "tensor/operators.h"

/* Results that are folded at once where the last dimension is kept. */
#define PIECE 512

/* What is done with each number. */
typedef enum Fold
{
	SUM,
	PRODUCT,
	LARGEST,
	SMALLEST,
	ABSOLUTE,
	SQUARE,
	EXPONENTIAL					/* of the difference to a shift */
} Fold;

/* What is done with the result. */
typedef enum Finish
{
	PLAIN,
	MEAN,
	ROOT,
	LOGARITHM,
	LOGARITHM_SHIFTED			/* folded twice: the shift is the largest */
} Finish;

typedef struct Reduce
{
	Fold		fold;
	Finish		finish;
	bool		row_reduced;	/* the last dimension is */
	int64_t		row;			/* its size */
	int64_t		reduced;		/* numbers that become one */
	MmlBroadcast kept;			/* loops over what is kept but a row */
	MmlBroadcast lost;			/* loops over what is reduced but a row */
} Reduce;

#define START(fold) \
	((fold) == PRODUCT ? 1 : (fold) == LARGEST ? LEAST : (fold) == SMALLEST ? MOST : 0)

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
fold_row_f32(Fold fold, size_t n, const float *x, double a, double shift)
{
	switch (fold)
	{
		case SUM:
#pragma omp simd reduction(+:a)
			for (size_t i = 0; i < n; i++)
				a += (double) x[i];
			break;
		case PRODUCT:
			for (size_t i = 0; i < n; i++)
				a *= (double) x[i];
			break;
		case LARGEST:
			return fold_largest(n, x, a, 1);
		case SMALLEST:
			return fold_largest(n, x, a, -1);
		case ABSOLUTE:
#pragma omp simd reduction(+:a)
			for (size_t i = 0; i < n; i++)
				a += (double) fabsf(x[i]);
			break;
		case SQUARE:
#pragma omp simd reduction(+:a)
			for (size_t i = 0; i < n; i++)
				a += (double) x[i] * (double) x[i];
			break;
		case EXPONENTIAL:
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
		case SUM: \
			EACH(a + x) \
			break; \
		case PRODUCT: \
			EACH(a * x) \
			break; \
		case LARGEST: \
			EACH(LARGER((total) x, (total) a)) \
			break; \
		case SMALLEST: \
			EACH(SMALLER((total) x, (total) a)) \
			break; \
		case ABSOLUTE: \
			EACH(a + ((total) x < 0 ? -x : x)) \
			break; \
		case SQUARE: \
			EACH(a + x * x) \
			break; \
		case EXPONENTIAL: \
			EACH(a + (exponential)) \
			break; \
	}

/*
 * Fold a row into one number, and into a row of as many.  Integers are added
 * in an unsigned type, the wide one.
 */
#define FOLD_ROW(letter, type, total, wide, exponential) \
static total \
fold_row_##letter(Fold fold, size_t n, const type *from, total to, total shift) \
{ \
	(void) shift; \
	STEP(total, exponential) \
	return to; \
}

#define FOLD_INTO(letter, clones, type, total, wide, exponential) \
clones static void \
fold_into_##letter(Fold fold, size_t n, const type *from, total *to, const total *shifts) \
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
finish_float(const Reduce *own, double a, double shift)
{
	switch (own->finish)
	{
		case PLAIN:
			return a;
		case MEAN:
			return a / (double) own->reduced;
		case ROOT:
			return sqrt(a);
		case LOGARITHM:
			return log(a);
		case LOGARITHM_SHIFTED:
			return log(a) + shift;
	}
	return a;
}

static int64_t
finish_integer(const Reduce *own, int64_t a, int64_t shift)
{
	(void) shift;
	return own->finish == MEAN ? a / MML_MAX(own->reduced, 1) : a;
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
rows_##letter(const Reduce *own, const type *in, type *out) \
{ \
	MmlWalk		kept = {0}; \
	int64_t		unpolled = 0; \
	\
	do \
	{ \
		total		a = 0; \
		total		shift = 0; \
		\
		for (int pass = own->finish == LOGARITHM_SHIFTED ? 0 : 1; pass < 2; pass++) \
		{ \
			Fold		fold = pass == 0 ? LARGEST : own->fold; \
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
columns_##letter(const Reduce *own, const type *in, type *out) \
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
			for (int pass = own->finish == LOGARITHM_SHIFTED ? 0 : 1; pass < 2; pass++) \
			{ \
				Fold		fold = pass == 0 ? LARGEST : own->fold; \
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

static void
run(const MmlCall *call)
{
	const Reduce *own = call->own;
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

/* Append a loop to the front of a plan that is built from its end. */
static void
prepend(MmlBroadcast *plan, int64_t size, int64_t step)
{
	for (int i = plan->rank; i > 0; i--)
	{
		plan->size[i] = plan->size[i - 1];
		plan->step[0][i] = plan->step[0][i - 1];
	}
	plan->size[0] = size;
	plan->step[0][0] = step;
	plan->rank++;
}

/*
 * Merge dimensions and tell which loops there are.  The last dimension of each
 * plan, over which mml_tensor_walk() does not step, is a dummy.
 */
static void
plan_loops(Reduce *own, const MmlTensor *in, uint32_t axes)
{
	int64_t		size[MML_RANK];
	bool		reduced[MML_RANK];
	int			n = 0;
	int64_t		stride = 1;

	for (int i = 0; i < in->rank; i++)
	{
		bool		lost = (axes & (1u << i)) != 0;

		if (in->dims[i] == 1)
			continue;
		if (n > 0 && reduced[n - 1] == lost)
			size[n - 1] *= in->dims[i];
		else
		{
			size[n] = in->dims[i];
			reduced[n++] = lost;
		}
	}
	own->row = n == 0 ? 1 : size[n - 1];
	own->row_reduced = n == 0 || reduced[n - 1];
	own->kept = own->lost = (MmlBroadcast)
	{
		.rank = 1,.size =
		{
			1
		},.step =
		{
			{
				1
			}
		}
	};
	for (int i = n - 1; i >= 0; i--)
	{
		/* ranks stay below MML_RANK: neighbours alternate */
		if (i < n - 1)
			prepend(reduced[i] ? &own->lost : &own->kept, size[i], stride);
		stride *= size[i];
	}
}

/* Reduce these axes. */
static const char *
reduce(MmlCall *call, const char *name, uint32_t axes, bool keep)
{
	Reduce	   *own = call->own;
	const MmlTensor *in = call->in[0];
	int64_t		dims[MML_RANK];
	int			rank = 0;

	own->reduced = 1;
	for (int i = 0; i < in->rank; i++)
		if ((axes & (1u << i)) == 0)
			dims[rank++] = in->dims[i];
		else
		{
			own->reduced *= in->dims[i];
			if (keep)
				dims[rank++] = 1;
		}
	if (own->reduced == 0)
		return mml_tensor_wrong(call, "%s of no numbers is not supported.", name);
	plan_loops(own, in, axes);
	MML_TRY(mml_tensor_give(call, name, 0, in->type, rank, dims));
	call->flops = (double) in->count;
	return NULL;
}

static const char *
infer(MmlCall *call, const char *name, Fold fold, Finish finish, uint32_t types)
{
	Reduce	   *own = call->own;
	uint32_t	axes;
	bool		given;

	MML_TRY(mml_tensor_check(call, name, "axes:I keepdims:i noop_with_empty_axes:i", 1));
	MML_TRY(mml_tensor_check_type(call, name, 0, types));
	MML_TRY(mml_tensor_axes(call, name, 1, call->in[0]->rank, &axes, &given));
	own->fold = fold;
	own->finish = finish;
	if (axes == 0 && mml_tensor_attribute_int(call, "noop_with_empty_axes", 0) == 0)
		axes = (1u << call->in[0]->rank) - 1;
	return reduce(call, name, axes, mml_tensor_attribute_int(call, "keepdims", 1) != 0);
}

/* All dimensions behind the channels. */
static const char *
infer_global(MmlCall *call, const char *name, const char *attributes, Fold fold, Finish finish)
{
	Reduce	   *own = call->own;

	MML_TRY(mml_tensor_check(call, name, attributes, 1));
	MML_TRY(mml_tensor_check_type(call, name, 0, MML_TYPES_FLOAT));
	if (call->in[0]->rank < 3)
		return mml_tensor_wrong(call, "%s over %d dimensions is not supported.", name, call->in[0]->rank);
	own->fold = fold;
	own->finish = finish;
	return reduce(call, name, ((1u << call->in[0]->rank) - 1) & ~3u, true);
}

#define INFER(function, name, fold, finish, types) \
static const char * \
infer_##function(MmlCall *call) \
{ \
	return infer(call, name, fold, finish, types); \
}

#define SUMMED (MML_TYPES_FLOAT | MML_TYPES_INDEX)

INFER(sum, "ReduceSum", SUM, PLAIN, SUMMED)
INFER(mean, "ReduceMean", SUM, MEAN, SUMMED)
INFER(product, "ReduceProd", PRODUCT, PLAIN, SUMMED)
INFER(max, "ReduceMax", LARGEST, PLAIN, MML_TYPES_NUMBER)
INFER(min, "ReduceMin", SMALLEST, PLAIN, MML_TYPES_NUMBER)
INFER(l1, "ReduceL1", ABSOLUTE, PLAIN, SUMMED)
INFER(l2, "ReduceL2", SQUARE, ROOT, MML_TYPES_FLOAT)
INFER(sum_square, "ReduceSumSquare", SQUARE, PLAIN, SUMMED)
INFER(log_sum, "ReduceLogSum", SUM, LOGARITHM, MML_TYPES_FLOAT)
INFER(log_sum_exp, "ReduceLogSumExp", EXPONENTIAL, LOGARITHM_SHIFTED, MML_TYPES_FLOAT)

static const char *
infer_global_average(MmlCall *call)
{
	return infer_global(call, "GlobalAveragePool", "", SUM, MEAN);
}

static const char *
infer_global_max(MmlCall *call)
{
	return infer_global(call, "GlobalMaxPool", "", LARGEST, PLAIN);
}

static const char *
infer_global_lp(MmlCall *call)
{
	int64_t		p = mml_tensor_attribute_int(call, "p", 2);

	if (p != 1 && p != 2)
		return mml_tensor_wrong(call, "GlobalLpPool with p = %lld is not supported.", (long long) p);
	return infer_global(call, "GlobalLpPool", "p:i", p == 1 ? ABSOLUTE : SQUARE, p == 1 ? PLAIN : ROOT);
}

#define ROW(name, most, infer) {name, 1, 1, most, 1, sizeof(Reduce), infer, NULL, run}

static const MmlOperator operators[] = {
	ROW("ReduceSum", 2, infer_sum),
	ROW("ReduceMean", 2, infer_mean),
	ROW("ReduceProd", 2, infer_product),
	ROW("ReduceMax", 2, infer_max),
	ROW("ReduceMin", 2, infer_min),
	ROW("ReduceL1", 2, infer_l1),
	ROW("ReduceL2", 2, infer_l2),
	ROW("ReduceSumSquare", 2, infer_sum_square),
	ROW("ReduceLogSum", 2, infer_log_sum),
	ROW("ReduceLogSumExp", 2, infer_log_sum_exp),
	ROW("GlobalAveragePool", 1, infer_global_average),
	ROW("GlobalMaxPool", 1, infer_global_max),
	ROW("GlobalLpPool", 1, infer_global_lp)
};

const MmlOperators mml_tensor_reductions = MML_OPERATORS(operators);

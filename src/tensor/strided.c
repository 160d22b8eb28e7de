/*-------------------------------------------------------------------------
 *
 * strided.c
 *	  Copy elements from where they lie to where they shall lie; see
 *	  strided.h.
 *
 * The last dimension is the inner loop: memcpy() where both sides step by 1.
 * Where the source steps by 1 in another dimension, as in a transposition,
 * those two are walked in squares, so that every cache line is read once.
 *
 *-------------------------------------------------------------------------
 */
#include <string.h>

#include "tensor/strided.h"

#define SQUARE 16

void
mml_tensor_strides(int rank, const int64_t *dims, int64_t *strides)
{
	int64_t		stride = 1;

	for (int i = rank - 1; i >= 0; i--)
	{
		strides[i] = stride;
		stride *= dims[i];
	}
}

void
mml_tensor_strided_simplify(MmlStrided *plan)
{
	int			n = 0;

	for (int i = 0; i < plan->rank; i++)
	{
		if (plan->dims[i] == 1)
			continue;
		if (n > 0 && plan->from[n - 1] == plan->from[i] * plan->dims[i] &&
			plan->to[n - 1] == plan->to[i] * plan->dims[i])
		{
			plan->dims[n - 1] *= plan->dims[i];
			plan->from[n - 1] = plan->from[i];
			plan->to[n - 1] = plan->to[i];
		}
		else
		{
			plan->dims[n] = plan->dims[i];
			plan->from[n] = plan->from[i];
			plan->to[n] = plan->to[i];
			n++;
		}
	}
	plan->rank = n;
}

/* A row: n elements of a type. */
#define COPY_ROW(name, type) \
static void \
name(int64_t n, const void *from_, int64_t from_step, void *to_, int64_t to_step) \
{ \
	const type *from = from_; \
	type	   *to = to_; \
	\
	if (from_step == 1 && to_step == 1) \
		memcpy(to, from, (size_t) n * sizeof(type)); \
	else if (from_step == 0 && to_step == 1) \
		for (int64_t i = 0; i < n; i++) \
			to[i] = from[0]; \
	else if (to_step == 1) \
		for (int64_t i = 0; i < n; i++) \
			to[i] = from[i * from_step]; \
	else \
		for (int64_t i = 0; i < n; i++) \
			to[i * to_step] = from[i * from_step]; \
}

COPY_ROW(copy_row_1, uint8_t)
COPY_ROW(copy_row_4, uint32_t)
COPY_ROW(copy_row_8, uint64_t)

/* Two dimensions in squares. */
#define COPY_PLANE(name, type) \
static void \
name(const int64_t *dims, const void *from_, const int64_t *from_step, \
	 void *to_, const int64_t *to_step) \
{ \
	const type *from = from_; \
	type	   *to = to_; \
	\
	for (int64_t i0 = 0; i0 < dims[0]; i0 += SQUARE) \
		for (int64_t j0 = 0; j0 < dims[1]; j0 += SQUARE) \
		{ \
			int64_t		i1 = MML_MIN(i0 + SQUARE, dims[0]); \
			int64_t		j1 = MML_MIN(j0 + SQUARE, dims[1]); \
			\
			for (int64_t i = i0; i < i1; i++) \
				for (int64_t j = j0; j < j1; j++) \
					to[i * to_step[0] + j * to_step[1]] = from[i * from_step[0] + j * from_step[1]]; \
		} \
}

COPY_PLANE(copy_plane_1, uint8_t)
COPY_PLANE(copy_plane_4, uint32_t)
COPY_PLANE(copy_plane_8, uint64_t)

typedef struct Walk
{
	int			rank;			/* dimensions of the outer loops */
	int64_t		dims[MML_STRIDED_RANK];
	int64_t		from_step[MML_STRIDED_RANK];
	int64_t		to_step[MML_STRIDED_RANK];
	int64_t		index[MML_STRIDED_RANK];
	int64_t		from;
	int64_t		to;
} Walk;

/* Step on; false behind the last. */
static bool
next(Walk *walk)
{
	for (int i = walk->rank - 1; i >= 0; i--)
	{
		walk->index[i]++;
		walk->from += walk->from_step[i];
		walk->to += walk->to_step[i];
		if (walk->index[i] < walk->dims[i])
			return true;
		walk->from -= walk->from_step[i] * walk->dims[i];
		walk->to -= walk->to_step[i] * walk->dims[i];
		walk->index[i] = 0;
	}
	return false;
}

/* The dimension in which the source steps by 1 though the target does not. */
static int
crossing(const MmlStrided *plan)
{
	int			last = plan->rank - 1;

	if (plan->rank < 2 || plan->from[last] == 1 || plan->from[last] == 0)
		return -1;
	for (int i = 0; i < last; i++)
		if (plan->from[i] == 1)
			return i;
	return -1;
}

void
mml_tensor_strided_run(const MmlStrided *plan, const void *from, void *to)
{
	int64_t		size = (int64_t) plan->size;
	int			cross = crossing(plan);
	int			last = plan->rank - 1;
	Walk		walk = {0};
	int64_t		dims[2] = {1, 1};
	int64_t		from_step[2] = {1, 1};
	int64_t		to_step[2] = {1, 1};
	int64_t		unpolled = 0;

	walk.from = plan->from_offset;
	walk.to = plan->to_offset;
	for (int i = 0; i < plan->rank; i++)
	{
		int			k = i == last ? 1 : i == cross ? 0 : -1;

		if (k >= 0)
		{
			dims[k] = plan->dims[i];
			from_step[k] = plan->from[i];
			to_step[k] = plan->to[i];
		}
		else
		{
			walk.dims[walk.rank] = plan->dims[i];
			walk.from_step[walk.rank] = plan->from[i];
			walk.to_step[walk.rank] = plan->to[i];
			walk.rank++;
		}
	}
	do
	{
		const void *source = (const char *) from + walk.from * size;
		void	   *target = (char *) to + walk.to * size;

		if (cross >= 0)
			(size == 8 ? copy_plane_8 : size == 4 ? copy_plane_4 : copy_plane_1)
				(dims, source, from_step, target, to_step);
		else
			(size == 8 ? copy_row_8 : size == 4 ? copy_row_4 : copy_row_1)
				(dims[1], source, from_step[1], target, to_step[1]);
		unpolled += dims[0] * dims[1];
		if (unpolled > 1000000)
		{
			unpolled = 0;
			MML_CHECK();
		}
	} while (next(&walk));
}

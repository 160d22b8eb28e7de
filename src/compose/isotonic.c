/*-------------------------------------------------------------------------
 *
 * isotonic.c
 *	  Isotonic regression by pooling adjacent violators.
 *
 * Of all functions that do not descend, the one nearest to what happened in
 * least squares is constant on pools of neighbouring rows, each the mean of
 * its rows (Ayer, Brunk, Ewing, Reid and Silverman, "An Empirical Distribution
 * Function for Sampling with Incomplete Information", 1955).  Pools are kept
 * as a stack; a new row is a pool, and while the last one's mean is not above
 * the one's before it, the two become one.  Means are compared as products of
 * whole numbers, so there is no rounding.
 *
 * Pools have strictly ascending means positives / rows, different fractions:
 * there are at most some rows^(2/3) of them.
 *
 * Probabilities less than 1e-15 apart are taken as one, the first, as
 * scikit-learn takes them.
 *
 * Cost: O(rows).
 *
 *-------------------------------------------------------------------------
 */
#include "compose/calibrator.h"

#define SAME 1e-15				/* the decimal resolution of float8 */
#define FIRST_POOLS 64

/* Interrupts are polled once in so many rows. */
#define POLL (1 << 19)

/* Is the mean of a pool not below that of the one behind it? */
static bool
violates(const MmlPool *pool, const MmlPool *behind)
{
	return (unsigned __int128) pool->positives * (unsigned __int128) behind->rows >=
		(unsigned __int128) behind->positives * (unsigned __int128) pool->rows;
}

/*
 * The next pool: rows of one probability, from row *i of words on, which is
 * moved behind them.
 */
static MmlPool
next_pool(size_t rows, const uint64_t *words, size_t *i)
{
	double		x = mml_calibrator_probability(words[*i]);
	MmlPool		pool = {.first = x,.last = x};

	for (; *i < rows && mml_calibrator_probability(words[*i]) - x < SAME; (*i)++)
	{
		pool.rows++;
		pool.positives += (int64_t) (words[*i] & 1);
		if (*i % POLL == 0)
			MML_CHECK();
	}
	return pool;
}

/*
 * Pool the rows of words (rows), which are sorted: *pools (returned), in room.
 *
 * The loop's invariant: pools hold the rows before i, and their means ascend.
 */
size_t
mml_isotonic_fit(size_t rows, const uint64_t *words, MmlRoom *room, MmlPool **pools)
{
	size_t		count = 0;
	size_t		most = 0;
	MmlPool    *stack = NULL;

	for (size_t i = 0; i < rows;)
	{
		MmlPool		pool = next_pool(rows, words, &i);

		for (; count > 0 && violates(&stack[count - 1], &pool); count--)
		{
			pool.first = stack[count - 1].first;
			pool.rows += stack[count - 1].rows;
			pool.positives += stack[count - 1].positives;
		}
		if (count == most)
		{
			size_t		more = most == 0 ? FIRST_POOLS : 2 * most;

			stack = room->resize(room, stack, most * sizeof(MmlPool), more * sizeof(MmlPool));
			most = more;
		}
		stack[count++] = pool;
	}
	*pools = stack;
	return count;
}

/*
 * The thresholds of pools: the two ends of each, or its one; x and y have room
 * for (2 count).  How many there are.
 */
size_t
mml_isotonic_thresholds(size_t count, const MmlPool *pools, double *x, double *y)
{
	size_t		n = 0;

	for (size_t i = 0; i < count; i++)
	{
		double		mean = (double) pools[i].positives / (double) pools[i].rows;

		x[n] = pools[i].first;
		y[n++] = mean;
		if (pools[i].last == pools[i].first)
			continue;
		x[n] = pools[i].last;
		y[n++] = mean;
	}
	return n;
}

/*-------------------------------------------------------------------------
 *
 * nearest.c
 *	  Keep the neighbours of an item that count most; see nearest.h.
 *
 * Method: the k-th largest by radix selection, in linear time whatever the
 * numbers.  The bits of a float4 without its sign are in the order of the
 * numbers.
 *
 *-------------------------------------------------------------------------
 */
#include <math.h>
#include <string.h>

#include "recommend/nearest.h"

/* How much a weight counts, whatever its sign. */
MML_INLINE uint32_t
size_bits(float weight)
{
	float		size = fabsf(weight);
	uint32_t	bits;

	memcpy(&bits, &size, sizeof(bits));
	return bits;
}

/*
 * The k-th largest of n numbers, 1 <= k <= n, a byte at a time from the
 * highest: count how often each byte occurs, and go on with those numbers
 * that have the byte of the k-th largest.  They are moved to the front.
 */
static uint32_t
kth_largest(size_t k, size_t n, uint32_t *numbers)
{
	for (int shift = 24; shift >= 0; shift -= 8)
	{
		size_t		counts[256] = {0};
		uint32_t	byte = 255;
		size_t		kept = 0;

		for (size_t i = 0; i < n; i++)
			counts[(numbers[i] >> shift) & 255]++;
		while (counts[byte] < k)
			k -= counts[byte--];
		for (size_t i = 0; i < n; i++)
			if (((numbers[i] >> shift) & 255) == byte)
				numbers[kept++] = numbers[i];
		n = kept;
	}
	return numbers[0];
}

/*
 * Of count neighbours with their weights, which are not NaN, keep those whose
 * weight is at least as large, but for the sign, as that of the k-th; where
 * they are more than most >= k, of those that tie with it the ones of the
 * lowest numbers.  They move to the front and stay in their order; order
 * (count) is scratch.  Returned is how many there are.
 */
size_t
mml_nearest(size_t k, size_t most, size_t count, int32_t *neighbours,
			float *weights, uint32_t *order)
{
	uint32_t	kth;
	size_t		nearer = 0;
	size_t		tied = 0;
	int32_t		last = INT32_MAX;
	size_t		kept = 0;

	if (count <= k)
		return count;
	for (size_t n = 0; n < count; n++)
		order[n] = size_bits(weights[n]);
	kth = kth_largest(k, count, order);
	for (size_t n = 0; n < count; n++)
	{
		uint32_t	bits = size_bits(weights[n]);

		nearer += bits > kth;
		if (bits == kth)
			order[tied++] = UINT32_MAX - (uint32_t) neighbours[n];
	}
	if (tied > most - nearer)
		last = (int32_t) (UINT32_MAX - kth_largest(most - nearer, tied, order));
	for (size_t n = 0; n < count; n++)
	{
		uint32_t	bits = size_bits(weights[n]);

		if (bits > kth || (bits == kth && neighbours[n] <= last))
		{
			neighbours[kept] = neighbours[n];
			weights[kept++] = weights[n];
		}
	}
	return kept;
}

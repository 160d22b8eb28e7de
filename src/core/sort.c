/*-------------------------------------------------------------------------
 *
 * sort.c
 *	  Sort numbers, by radix, and whatever else.
 *
 *-------------------------------------------------------------------------
 */
#include "core/sort.h"

/* Below so many keys, inserting is faster than counting digits. */
#define FEW_KEYS 48

/* Interrupts are polled once in so many keys. */
#define POLL (1 << 19)

/* Sort keys by insertion. */
static void
sort_few_keys(size_t n, uint64_t *keys)
{
	for (size_t i = 1; i < n; i++)
	{
		uint64_t	key = keys[i];
		size_t		j = i;

		for (; j > 0 && keys[j - 1] > key; j--)
			keys[j] = keys[j - 1];
		keys[j] = key;
	}
}

/* Move keys to the places that a byte of theirs gives them, in order. */
static void
deal_keys(size_t n, const uint64_t *from, uint64_t *to, int shift, size_t *place)
{
	size_t		sum = 0;

	for (int digit = 0; digit < 256; digit++)
	{
		size_t		count = place[digit];

		place[digit] = sum;
		sum += count;
	}
	for (size_t i = 0; i < n; i++)
	{
		to[place[from[i] >> shift & 255]++] = from[i];
		if (i % POLL == 0)
			MML_CHECK();
	}
}

/*
 * Sort keys by radix, a byte at a time from the last; bytes that all keys
 * share, such as most of a coarse score's, cost nothing.  scratch: (n).
 */
void
mml_sort_keys(size_t n, uint64_t *keys, uint64_t *scratch)
{
	size_t		count[8][256];
	uint64_t   *from = keys;
	uint64_t   *to = scratch;

	if (n < FEW_KEYS)
	{
		sort_few_keys(n, keys);
		return;
	}
	memset(count, 0, sizeof(count));
	for (size_t i = 0; i < n; i++)
	{
		for (int byte = 0; byte < 8; byte++)
			count[byte][keys[i] >> (8 * byte) & 255]++;
		if (i % POLL == 0)
			MML_CHECK();
	}
	for (int byte = 0; byte < 8; byte++)
	{
		uint64_t   *swap = from;

		if (count[byte][from[0] >> (8 * byte) & 255] == n)
			continue;
		deal_keys(n, from, to, 8 * byte, count[byte]);
		from = to;
		to = swap;
	}
	if (from != keys)
		memcpy(keys, from, n * sizeof(*keys));
}

/* Let element i sink to where the n elements below it are a heap again. */
static void
sink(size_t n, char *array, size_t size, size_t i,
	 int (*compare) (const void *a, const void *b))
{
	_Alignas(16) char element[MML_SORT_BYTES];
	size_t		child;

	memcpy(element, array + i * size, size);
	while ((child = 2 * i + 1) < n)
	{
		if (child + 1 < n && compare(array + (child + 1) * size, array + child * size) > 0)
			child++;
		if (compare(array + child * size, element) <= 0)
			break;
		memcpy(array + i * size, array + child * size, size);
		i = child;
	}
	memcpy(array + i * size, element, size);
}

/*
 * Sort n elements of so many bytes, at most MML_SORT_BYTES: by heapsort, which
 * needs no room, unlike qsort(), and can be left at a poll.
 */
void
mml_sort(size_t n, void *array, size_t size, int (*compare) (const void *a, const void *b))
{
	char	   *base = array;

	MML_ASSERT(size <= MML_SORT_BYTES);
	for (size_t i = n / 2; i-- > 0;)
		sink(n, base, size, i, compare);
	for (size_t left = n; left-- > 1;)
	{
		char		greatest[MML_SORT_BYTES];

		memcpy(greatest, base, size);
		memcpy(base, base + left * size, size);
		memcpy(base + left * size, greatest, size);
		sink(left, base, size, 0, compare);
		if (left % (POLL / 32) == 0)
			MML_CHECK();
	}
}

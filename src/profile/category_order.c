/*-------------------------------------------------------------------------
 *
 * category_order.c
 *	  Categories in order: the most frequent ones, and by their bytes.
 *
 *-------------------------------------------------------------------------
 */
#include <string.h>

#include "core/text.h"
#include "profile/profile.h"

/* Interrupts are polled once in so many categories. */
#define POLL (1 << 16)

/* Whether a category comes before another in the order of bytes. */
static bool
is_before(const MmlCategories *categories, size_t a, size_t b)
{
	return mml_text_compare(mml_profile_categories_text(categories, a),
							mml_profile_categories_text(categories, b)) < 0;
}

/* Whether a category is more frequent; of ties the first is. */
static bool
is_better(const MmlCategories *categories, size_t a, size_t b)
{
	int64_t		x = categories->counts[a];
	int64_t		y = categories->counts[b];

	return x != y ? x > y : is_before(categories, a, b);
}

/*
 * Put a category where it belongs in a heap of n, from place i on: no place
 * is better than those below it, 2 i + 1 and 2 i + 2.
 */
static void
sift(const MmlCategories *categories, size_t n, size_t *heap, size_t i, size_t which)
{
	for (;;)
	{
		size_t		child = 2 * i + 1;

		if (child >= n)
			break;
		if (child + 1 < n && is_better(categories, heap[child], heap[child + 1]))
			child++;
		if (!is_better(categories, which, heap[child]))
			break;
		heap[i] = heap[child];
		i = child;
	}
	heap[i] = which;
}

/*
 * The most frequent categories, at most so many, of at least min_count: how
 * many, and which, the most frequent first, ties in the order of bytes.
 * chosen holds a heap whose top is the worst, then is sorted by taking it off.
 * Cost: O(count log most).
 */
size_t
mml_profile_categories_top(const MmlCategories *categories, int64_t min_count, size_t most,
						   size_t *chosen)
{
	size_t		n = 0;

	most = MML_MIN(most, categories->count);
	for (size_t i = 0; i < categories->count && most > 0; i++)
	{
		if (categories->counts[i] < min_count)
			continue;
		if (n < most)
		{
			chosen[n++] = i;
			for (size_t j = n / 2; n == most && j-- > 0;)
				sift(categories, n, chosen, j, chosen[j]);
		}
		else if (is_better(categories, i, chosen[0]))
			sift(categories, n, chosen, 0, i);
		if (i % POLL == 0)
			MML_CHECK();
	}
	for (size_t j = n / 2; n < most && j-- > 0;)
		sift(categories, n, chosen, j, chosen[j]);
	for (size_t left = n; left > 1; left--)
	{
		size_t		worst = chosen[0];

		sift(categories, left - 1, chosen, 0, chosen[left - 1]);
		chosen[left - 1] = worst;
	}
	return n;
}

/* Sort categories, chosen: (n), by bytes: merging, with scratch: (n). */
void
mml_profile_categories_sort(const MmlCategories *categories, size_t n, size_t *chosen,
							size_t *scratch)
{
	for (size_t run = 1; run < n; run *= 2)
	{
		for (size_t from = 0; from < n; from += 2 * run)
		{
			size_t		middle = MML_MIN(from + run, n);
			size_t		end = MML_MIN(from + 2 * run, n);
			size_t		a = from;
			size_t		b = middle;

			for (size_t to = from; to < end; to++)
				scratch[to] = a < middle &&
					(b == end || !is_before(categories, chosen[b], chosen[a])) ?
					chosen[a++] : chosen[b++];
		}
		memcpy(chosen, scratch, n * sizeof(*chosen));
		MML_CHECK();
	}
}

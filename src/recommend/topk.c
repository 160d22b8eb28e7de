/*-------------------------------------------------------------------------
 *
 * topk.c
 *	  The k best of many scored items; see topk.h.
 *
 * Method: a heap of the k best so far, the worst of them at its root.  Once
 * it is full, an item must pass the root's score to touch the heap, and
 * nearly none does: the scan runs at the speed of memory.  The answer does
 * not depend on the order of the scan, since ties are decided by item.
 *
 * Cost: O(n) comparisons and, for scores in random order, O(k log k log(n/k))
 * on the heap; O(n log k) at worst.
 *
 *-------------------------------------------------------------------------
 */
#include "recommend/topk.h"

#define POLL_EVERY 65536

/* Does a come before b?  The higher score, then the smaller item. */
MML_INLINE bool
comes_before(MmlRanked a, MmlRanked b)
{
	return a.score > b.score || (a.score == b.score && a.item < b.item);
}

/* Put an entry where the root was, and let it sink to its place. */
static void
replace_root(MmlRanked *heap, size_t count, MmlRanked entry)
{
	size_t		hole = 0;

	for (;;)
	{
		size_t		child = 2 * hole + 1;

		if (child >= count)
			break;
		if (child + 1 < count && comes_before(heap[child], heap[child + 1]))
			child++;
		if (!comes_before(entry, heap[child]))
			break;
		heap[hole] = heap[child];
		hole = child;
	}
	heap[hole] = entry;
}

/* Add an entry to a heap that has room for it. */
static void
push(MmlRanked *heap, size_t count, MmlRanked entry)
{
	size_t		hole = count;

	while (hole > 0 && comes_before(heap[(hole - 1) / 2], entry))
	{
		heap[hole] = heap[(hole - 1) / 2];
		hole = (hole - 1) / 2;
	}
	heap[hole] = entry;
}

/* Turn a heap with the worst at its root into a list, the best first. */
static void
sort_heap(MmlRanked *heap, size_t count)
{
	while (count > 1)
	{
		MmlRanked	worst = heap[0];

		count--;
		replace_root(heap, count, heap[count]);
		heap[count] = worst;
	}
}

/*
 * Rank the k best of n items: those of which (n), or 0 .. n-1 where that is
 * NULL, whose score lies above a bound and that are not barred.  scores and
 * barred are indexed by item.  best has room for k >= 1 entries; returned is
 * how many there are, the best first.  An item may be listed once only.
 */
size_t
mml_topk(size_t k, size_t n, const int32_t *which, const double *scores,
		 double above, const uint8_t *barred, MmlRanked *best)
{
	size_t		count = 0;
	double		threshold = above;
	bool		full = false;

	for (size_t i = 0; i < n; i++)
	{
		size_t		item = which == NULL ? i : (size_t) which[i];
		MmlRanked	entry = {scores[item], (int32_t) item};

		if (i % POLL_EVERY == 0)
			MML_CHECK();
		if (!(entry.score > threshold) &&
			!(full && entry.score == threshold && entry.item < best[0].item))
			continue;
		if (barred[item])
			continue;
		if (!full)
			push(best, count++, entry);
		else
			replace_root(best, count, entry);
		full = count == k;
		if (full)
			threshold = best[0].score;
	}
	sort_heap(best, count);
	return count;
}

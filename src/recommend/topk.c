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
#define STRETCH 128

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

		if (count % POLL_EVERY == 0)
			MML_CHECK();
		count--;
		replace_root(heap, count, heap[count]);
		heap[count] = worst;
	}
}

/* Begin: best has room for k >= 1; no score up to above is wanted. */
void
mml_topk_begin(MmlTopk *top, size_t k, double above, MmlRanked *best)
{
	top->k = k;
	top->count = 0;
	top->above = above;
	top->best = best;
}

/* How many of n scores reach a threshold? */
MML_CLONES static size_t
count_reaching(const double *scores, size_t n, double threshold)
{
	size_t		count = 0;

#pragma omp simd reduction(+: count)
	for (size_t i = 0; i < n; i++)
		count += scores[i] >= threshold;
	return count;
}

/*
 * Add n items with their scores (n): which (n), or first .. first + n - 1
 * where that is NULL.  barred is indexed by item; an item may come once only.
 * NaN is never among the best.
 */
void
mml_topk_add(MmlTopk *top, size_t n, const int32_t *which, size_t first,
			 const double *scores, const uint8_t *barred)
{
	MmlRanked  *best = top->best;
	double		threshold = mml_topk_threshold(top);
	bool		full = top->count == top->k;

	for (size_t i = 0; i < n; i++)
	{
		/* most stretches hold nothing that could come in */
		if (i % STRETCH == 0)
			while (i + STRETCH <= n && count_reaching(scores + i, STRETCH, threshold) == 0)
				i += STRETCH;
		if (i == n)
			break;

		size_t		item = which == NULL ? first + i : (size_t) which[i];
		MmlRanked	entry = {scores[i], (int32_t) item};

		if (!(entry.score > threshold) &&
			!(full && entry.score == threshold && entry.item < best[0].item))
			continue;
		if (barred[item])
			continue;
		if (!full)
			push(best, top->count++, entry);
		else
			replace_root(best, top->count, entry);
		full = top->count == top->k;
		if (full)
			threshold = best[0].score;
	}
}

/* End: how many there are in best, the best first. */
size_t
mml_topk_end(MmlTopk *top)
{
	sort_heap(top->best, top->count);
	return top->count;
}

/*
 * The k best of n items whose scores are there already: those of which (n), or
 * 0 .. n - 1 where that is NULL.  scores and barred are indexed by item.
 */
size_t
mml_topk(size_t k, size_t n, const int32_t *which, const double *scores,
		 double above, const uint8_t *barred, MmlRanked *best)
{
	MmlTopk		top;

	mml_topk_begin(&top, k, above, best);
	for (size_t i = 0; i < n; i += POLL_EVERY)
	{
		size_t		count = MML_MIN(n - i, POLL_EVERY);

		MML_CHECK();
		if (which == NULL)
			mml_topk_add(&top, count, NULL, i, scores + i, barred);
		else
			for (size_t j = i; j < i + count; j++)
				mml_topk_add(&top, 1, which + j, 0, scores + which[j], barred);
	}
	return mml_topk_end(&top);
}

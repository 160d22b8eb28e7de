/*-------------------------------------------------------------------------
 *
 * kmeans_far.c
 *	  The rows of a lane that are farthest from their centroids.
 *
 * Clusters that have lost all rows take such rows (kmeans.c).  A lane keeps as
 * many as are wanted in a heap, the nearest of them at the root, where a
 * farther one takes its place: n log(wanted) comparisons at most.
 *
 *-------------------------------------------------------------------------
 */
#include "kmeans/kmeans.h"

/* Is a nearer than b, or, at the same distance, behind it? */
static bool
is_nearer(const KmeansFar *a, const KmeansFar *b)
{
	return a->distance < b->distance ||
		(a->distance == b->distance && a->row > b->row);
}

/* Let the root of a heap (n) sink to its place. */
static void
sink_root(KmeansFar *heap, int n)
{
	int			i = 0;

	for (;;)
	{
		int			child = 2 * i + 1;
		KmeansFar	swap;

		if (child + 1 < n && is_nearer(&heap[child + 1], &heap[child]))
			child++;
		if (child >= n || !is_nearer(&heap[child], &heap[i]))
			return;
		swap = heap[i];
		heap[i] = heap[child];
		heap[child] = swap;
		i = child;
	}
}

/* Turn the heap of a lane into a list, the farthest first. */
void
mml_kmeans_sort_far(KmeansFar *heap, int n)
{
	for (int end = n - 1; end > 0; end--)
	{
		KmeansFar	nearest = heap[0];

		heap[0] = heap[end];
		heap[end] = nearest;
		sink_root(heap, end);
	}
}

/* Keep a row if it is among the wanted farthest of its lane. */
void
mml_kmeans_keep_far(KmeansLane *lane, int wanted, KmeansFar row)
{
	KmeansFar  *heap = lane->far;

	if (lane->head->nfar < wanted)
	{
		int			i = lane->head->nfar++;

		for (; i > 0 && is_nearer(&row, &heap[(i - 1) / 2]); i = (i - 1) / 2)
			heap[i] = heap[(i - 1) / 2];
		heap[i] = row;
	}
	else if (is_nearer(&heap[0], &row))
	{
		heap[0] = row;
		sink_root(heap, wanted);
	}
}

/*-------------------------------------------------------------------------
 *
 * heap.h
 *	  Memory of a network: taken bit by bit, counted, given back at once.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MML_HEAP_H
#define MML_HEAP_H

#include "core/room.h"

typedef struct MmlHeapChunk MmlHeapChunk;

typedef struct MmlHeap
{
	MmlRoom    *room;
	MmlHeapChunk *chunks;		/* the latest first */
	size_t		free;			/* bytes left in the latest */
	size_t		total;			/* bytes of all chunks */
	size_t		limit;			/* that total may not pass */
} MmlHeap;

extern void mml_nn_heap_open(MmlHeap *heap, MmlRoom *room, size_t limit);
extern void *mml_nn_alloc(MmlHeap *heap, size_t count, size_t size);
extern void mml_nn_heap_release(MmlHeap *heap);

#endif							/* MML_HEAP_H */

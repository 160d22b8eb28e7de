/*-------------------------------------------------------------------------
 *
 * heap.c
 *	  Memory of a network: taken bit by bit, counted, given back at once.
 *
 * Blocks are cut from chunks of a Room, and lie aligned to 64 bytes, so that
 * each may hold a tensor.  A chunk is as large as all before it together, up
 * to a megabyte, so that small networks take little; a large block has a
 * chunk of its own.
 *
 *-------------------------------------------------------------------------
 */
#include <string.h>

#include "nn/heap.h"

#define LEAST_CHUNK ((size_t) 8192)
#define MOST_CHUNK ((size_t) 1 << 20)

/* The head of a chunk; blocks begin at the first multiple of 64 behind it. */
struct MmlHeapChunk
{
	MmlHeapChunk *before;
	size_t		bytes;
	char	   *end;			/* of its blocks, a multiple of 64 */
};

/* Make a heap that holds nothing. */
void
mml_nn_heap_open(MmlHeap *heap, MmlRoom *room, size_t limit)
{
	memset(heap, 0, sizeof(MmlHeap));
	heap->room = room;
	heap->limit = limit;
}

/* Begin a chunk that has so many bytes for blocks; false past the limit. */
static bool
add_chunk(MmlHeap *heap, size_t bytes)
{
	size_t		whole;
	size_t		total;
	MmlHeapChunk *chunk;
	uintptr_t	first;

	if (!mml_add_size(bytes, sizeof(MmlHeapChunk) + 64, &whole) ||
		!mml_add_size(heap->total, whole, &total) || total > heap->limit)
		return false;
	chunk = heap->room->resize(heap->room, NULL, 0, whole);
	first = ((uintptr_t) (chunk + 1) + 63) & ~(uintptr_t) 63;
	chunk->before = heap->chunks;
	chunk->bytes = whole;
	chunk->end = (char *) first + bytes;
	heap->chunks = chunk;
	heap->free = bytes;
	heap->total = total;
	return true;
}

/*
 * A block of count things of size bytes, zeroed and aligned to 64; NULL where
 * the heap would pass its limit.  Of no bytes it still is a block.
 */
void *
mml_nn_alloc(MmlHeap *heap, size_t count, size_t size)
{
	size_t		bytes;
	char	   *block;

	if (!mml_mul_size(count, size, &bytes) || bytes > heap->limit)
		return NULL;
	bytes = mml_align64(bytes + (bytes == 0));
	if (heap->chunks == NULL || bytes > heap->free)
	{
		size_t		chunk = MML_MIN(MML_MAX(heap->total, LEAST_CHUNK), MOST_CHUNK);

		if (!add_chunk(heap, MML_MAX(bytes, mml_align64(chunk))) && !add_chunk(heap, bytes))
			return NULL;
	}
	block = heap->chunks->end - heap->free;
	heap->free -= bytes;
	memset(block, 0, bytes);
	return block;
}

/* Give all blocks back. */
void
mml_nn_heap_release(MmlHeap *heap)
{
	while (heap->chunks != NULL)
	{
		MmlHeapChunk *before = heap->chunks->before;

		heap->room->resize(heap->room, heap->chunks, heap->chunks->bytes, 0);
		heap->chunks = before;
	}
	heap->free = 0;
	heap->total = 0;
}

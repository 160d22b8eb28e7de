/*-------------------------------------------------------------------------
 *
 * store_pg.h
 *	  Where the packed blocks of a gathered matrix lie.
 *
 * Blocks lie in chunks of memory, each a sixteenth of what is there already,
 * so that a store takes at most that share more than its blocks.  A store
 * that grows past a few MB moves into dynamic shared memory and grows there,
 * so that workers read it where it lies; where shared memory runs out (the
 * /dev/shm of a container) it grows on in private memory, and training goes
 * on without workers.  Past mediaml.max_memory all blocks go to a temporary
 * file.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MML_STORE_PG_H
#define MML_STORE_PG_H

#include "postgres.h"

#include "storage/buffile.h"
#include "storage/dsm.h"
#include "utils/resowner.h"

#include "core/blocks.h"
#include "core/memory_pg.h"

typedef struct MmlStore MmlStore;

/* A piece of memory that blocks lie in. */
typedef struct MmlChunk
{
	char	   *base;			/* 64-byte aligned */
	Size		size;
	Size		used;
	void	   *allocation;		/* private memory: what to pfree */
	dsm_segment *segment;		/* shared memory: else NULL */
} MmlChunk;

/* Where a block lies: in a chunk, or in the file. */
typedef struct MmlPlace
{
	uint64		offset;			/* bytes in the chunk, or pages in the file */
	uint32		bytes;
	uint32		chunk;
	int32		rows;
} MmlPlace;

struct MmlStore
{
	MemoryContext context;
	MmlAccount	account;		/* its owner is the one the store was made
								 * under */
	bool		private_only;	/* shared memory is not allowed, or ran out */
	bool		shared;			/* all chunks are in shared memory */

	MmlChunk   *chunks;
	int			nchunks;
	int			chunks_room;
	Size		total;			/* bytes of all chunks */

	MmlPlace   *places;			/* of all blocks, in order */
	Size		nblocks;
	Size		places_room;

	BufFile    *file;			/* NULL as long as blocks are in memory */
	ResourceOwner file_owner;	/* below account.owner; has nothing but the
								 * file */
	uint64		file_pages;
};

extern bool mml_shared_memory_has(Size bytes);
extern void mml_store_init(MmlStore *store, MemoryContext context);
extern void *mml_store_room(MmlStore *store, Size bytes);
extern void mml_store_keep(MmlStore *store, const void *data, Size bytes,
						   int rows);
extern const void *mml_store_fetch(MmlStore *store, const MmlPlace *place,
								   void *buffer);
extern void mml_store_spill(MmlStore *store);
extern void mml_store_release(MmlStore *store);
extern void mml_store_lose(MmlStore *store);

/* What a worker needs to read a store that is in shared memory. */
extern Size mml_store_map_size(const MmlStore *store);
extern void mml_store_map_write(const MmlStore *store,
								const MmlBlocks *blocks, void *map);
extern MmlBlocks *mml_store_map_open(const void *map);

#endif							/* MML_STORE_PG_H */

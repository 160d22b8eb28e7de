/*-------------------------------------------------------------------------
 *
 * store_pg.c
 *	  Where the packed blocks of a gathered matrix lie; see store_pg.h.
 *
 * A store may be spilled while another query of the same backend runs (a
 * function inside an aggregate); so it keeps the resource owner it was made
 * under, and puts it in place for every file and segment.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <sys/statvfs.h>

#include "access/parallel.h"
#include "access/xact.h"
#include "miscadmin.h"
#include "storage/dsm_impl.h"
#include "utils/memutils.h"

#include "core/compat_pg.h"
#include "core/kernel.h"
#include "core/store_pg.h"

#define SHARE_FROM ((Size) 4 << 20)
#define MOST_CHUNK ((Size) 32 << 20)	/* allocated and freed without a poll */

/* Make an empty store in a memory context that is at least as long-lived. */
void
mml_store_init(MmlStore *store, MemoryContext context)
{
	memset(store, 0, sizeof(MmlStore));
	store->context = context;
	store->private_only = max_parallel_maintenance_workers == 0 ||
		IsInParallelMode();
	mml_account_open(&store->account, context);
	store->account.owner = CurrentResourceOwner;
}

/* Does shared memory have room for so many bytes, and some to spare? */
bool
mml_shared_memory_has(Size bytes)
{
	struct statvfs fs;

	if (dynamic_shared_memory_type != DSM_IMPL_POSIX)
		return true;
	if (statvfs("/dev/shm", &fs) != 0)
		return false;
	return (double) fs.f_bavail * (double) fs.f_frsize > (double) bytes * 1.25;
}

/* Allocate a shared chunk; false where shared memory has run out. */
static bool
chunk_in_shared_memory(MmlStore *store, MmlChunk *chunk)
{
	ResourceOwner caller = CurrentResourceOwner;

	if (!mml_shared_memory_has(chunk->size))
		return false;
	CurrentResourceOwner = store->account.owner;
	chunk->segment = dsm_create(chunk->size, DSM_CREATE_NULL_IF_MAXSEGMENTS);
	CurrentResourceOwner = caller;
	if (chunk->segment == NULL)
		return false;
	chunk->base = dsm_segment_address(chunk->segment);
	chunk->allocation = NULL;
	return true;
}

/* Allocate a chunk in private memory. */
static void
chunk_in_private_memory(MmlStore *store, MmlChunk *chunk)
{
	chunk->allocation = MemoryContextAllocHuge(store->context,
											   chunk->size + 64);
	chunk->base = (char *) mml_align64((Size) chunk->allocation);
	chunk->segment = NULL;
}

/* Give a chunk's memory back. */
static void
free_chunk(MmlStore *store, MmlChunk *chunk)
{
	if (chunk->segment != NULL)
		dsm_detach(chunk->segment);
	else
		pfree(chunk->allocation);
	store->total -= chunk->size;
	store->account.spillable -= chunk->size;
	mml_account_release(&store->account, chunk->size);
}

/* Add a chunk of at least so many bytes, which are reserved already. */
static MmlChunk *
add_chunk(MmlStore *store, Size size)
{
	MmlChunk   *chunk;

	if (store->nchunks == store->chunks_room)
	{
		store->chunks_room = Max(8, store->chunks_room * 2);
		store->chunks = store->chunks == NULL ?
			MemoryContextAlloc(store->context, sizeof(MmlChunk) * 8) :
			repalloc(store->chunks,
					 sizeof(MmlChunk) * (Size) store->chunks_room);
	}
	chunk = &store->chunks[store->nchunks];
	chunk->size = size;
	chunk->used = 0;
	if (store->private_only || store->total + size < SHARE_FROM ||
		!chunk_in_shared_memory(store, chunk))
	{
		store->shared = false;
		store->private_only |= store->total + size >= SHARE_FROM;
		chunk_in_private_memory(store, chunk);
	}
	store->nchunks++;
	store->total += size;
	store->account.spillable += size;
	return chunk;
}

/*
 * Move the first, private chunks into the shared chunk that was just added
 * behind them and made large enough: once in the life of a store.
 */
static void
gather_into_last_chunk(MmlStore *store)
{
	MmlChunk	last = store->chunks[store->nchunks - 1];

	for (Size i = 0; i < store->nblocks; i++)
	{
		MmlPlace   *place = &store->places[i];

		memcpy(last.base + last.used,
			   store->chunks[place->chunk].base + place->offset, place->bytes);
		place->chunk = 0;
		place->offset = last.used;
		last.used += place->bytes;
	}
	for (int c = 0; c < store->nchunks - 1; c++)
		free_chunk(store, &store->chunks[c]);
	store->chunks[0] = last;
	store->nchunks = 1;
	store->shared = true;
}

/*
 * Room in memory for the next block of at most so many bytes, 64-byte
 * aligned, to be kept or asked for again; NULL where blocks go to the file.
 */
void *
mml_store_room(MmlStore *store, Size bytes)
{
	MmlChunk   *chunk = store->nchunks > 0 ?
		&store->chunks[store->nchunks - 1] : NULL;

	if (store->file != NULL)
		return NULL;
	if (chunk == NULL || chunk->size - chunk->used < bytes)
	{
		Size		size = Max(bytes, Min(store->total / 16, MOST_CHUNK));
		bool		move = !store->private_only && !store->shared &&
			store->total + size >= SHARE_FROM;

		if (move)
			size += store->total;
		size = TYPEALIGN(BLCKSZ, size);
		mml_account_reserve(&store->account, size, "gathering rows");
		if (store->file != NULL)
		{
			/* reserving has spilled this very store */
			mml_account_release(&store->account, size);
			return NULL;
		}
		chunk = add_chunk(store, size);
		if (move && chunk->segment != NULL)
		{
			gather_into_last_chunk(store);
			chunk = &store->chunks[0];
		}
	}
	return chunk->base + chunk->used;
}

/*
 * Write a block behind the last one in a file, and say where it lies.  A disk
 * that cannot keep up makes a write wait, so poll between pages.
 */
static void
write_block(MmlStore *store, BufFile *file, MmlPlace *place, const void *data)
{
	static const char zeros[BLCKSZ] = {0};
	Size		gap = TYPEALIGN(BLCKSZ, place->bytes) - place->bytes;

	for (Size done = 0; done < place->bytes; done += BLCKSZ)
	{
		BufFileWrite(file, unconstify(char *, (const char *) data + done),
					 Min(BLCKSZ, place->bytes - done));
		CHECK_FOR_INTERRUPTS();
	}
	if (gap > 0)
		BufFileWrite(file, unconstify(char *, &zeros[0]), gap);
	place->offset = store->file_pages;
	store->file_pages += TYPEALIGN(BLCKSZ, place->bytes) / BLCKSZ;
}

/*
 * Keep the next block: data is the room that mml_store_room() gave, or,
 * where it gave none, anywhere.  bytes is a multiple of 64.
 */
void
mml_store_keep(MmlStore *store, const void *data, Size bytes, int rows)
{
	MmlPlace   *place;

	if (store->nblocks == store->places_room)
	{
		Size		room = Max((Size) 4, store->places_room * 2);
		Size		size = mml_size_mul(sizeof(MmlPlace), room);

		store->places = store->places == NULL ?
			MemoryContextAlloc(store->context, size) :
			repalloc_huge(store->places, size);
		store->places_room = room;
	}
	place = &store->places[store->nblocks++];
	place->bytes = (uint32) bytes;
	place->rows = rows;
	place->chunk = 0;
	if (store->file != NULL)
		write_block(store, store->file, place, data);
	else
	{
		MmlChunk   *chunk = &store->chunks[store->nchunks - 1];

		Assert(data == chunk->base + chunk->used);
		place->chunk = (uint32) (store->nchunks - 1);
		place->offset = chunk->used;
		chunk->used += bytes;
	}
}

/*
 * Fetch a block: where it lies, or, from the file, into buffer, which has
 * room for it.
 */
const void *
mml_store_fetch(MmlStore *store, const MmlPlace *place, void *buffer)
{
	if (store->file == NULL)
		return store->chunks[place->chunk].base + place->offset;
	if (BufFileSeekBlock(store->file, (long) place->offset) != 0)
		ereport(ERROR,
				(errcode_for_file_access(),
				 errmsg("could not seek in temporary file")));
	mml_read_exact(store->file, buffer, place->bytes);
	return buffer;
}

/* Write all blocks to a new temporary file; places gets where they lie. */
static BufFile *
write_all_blocks(MmlStore *store, MmlPlace *places)
{
	BufFile    *file = BufFileCreateTemp(false);

	for (Size i = 0; i < store->nblocks; i++)
	{
		places[i] = store->places[i];
		write_block(store, file, &places[i],
					mml_store_fetch(store, &store->places[i], NULL));
		CHECK_FOR_INTERRUPTS();
	}
	return file;
}

/* Close the file without writing the rest of it, as an abort would. */
static void
abandon_file(MmlStore *store)
{
	for (int phase = RESOURCE_RELEASE_BEFORE_LOCKS;
		 phase <= RESOURCE_RELEASE_AFTER_LOCKS; phase++)
		ResourceOwnerRelease(store->file_owner, (ResourceReleasePhase) phase,
							 false, false);
	ResourceOwnerDelete(store->file_owner);
	store->file_owner = NULL;
	store->file_pages = 0;
}

/*
 * Move all blocks to a temporary file.  All or nothing: it may be another
 * query, inside an aggregate of ours, that needs the memory, and it may catch
 * the error of a full disk and go on.
 */
static void
move_to_file(MmlStore *store)
{
	ResourceOwner owner = CurrentResourceOwner;
	MemoryContext context = MemoryContextSwitchTo(store->context);
	MmlPlace   *places = mml_alloc(mml_size_mul(sizeof(MmlPlace),
												store->places_room));

	store->file_owner = ResourceOwnerCreate(store->account.owner, "mediaml spill");
	CurrentResourceOwner = store->file_owner;
	PG_TRY();
	{
		store->file = write_all_blocks(store, places);
	}
	PG_CATCH();
	{
		CurrentResourceOwner = owner;
		abandon_file(store);
		PG_RE_THROW();
	}
	PG_END_TRY();
	if (store->places != NULL)
		pfree(store->places);
	store->places = places;
	store->shared = false;
	CurrentResourceOwner = owner;
	MemoryContextSwitchTo(context);
}

/*
 * Write all blocks to a temporary file, and give their memory back: what is
 * left of it, where a cancel has stopped that before.
 */
void
mml_store_spill(MmlStore *store)
{
	if (store->file == NULL)
		move_to_file(store);
	while (store->nchunks > 0)
	{
		free_chunk(store, &store->chunks[--store->nchunks]);
		CHECK_FOR_INTERRUPTS();
	}
}

/* Let go of files and shared memory, which a memory context does not. */
void
mml_store_release(MmlStore *store)
{
	if (store->file != NULL)
	{
		BufFileClose(store->file);
		ResourceOwnerDelete(store->file_owner);
	}
	store->file = NULL;
	for (int c = 0; c < store->nchunks; c++)
		free_chunk(store, &store->chunks[c]);
	store->nchunks = 0;
	store->nblocks = 0;
}

/*
 * Forget files and shared memory, which are gone.  What is left can only be
 * freed, with its memory context.
 */
void
mml_store_lose(MmlStore *store)
{
	for (int c = 0; c < store->nchunks; c++)
		if (store->chunks[c].segment != NULL)
			mml_account_release(&store->account, store->chunks[c].size);
	store->account.spillable = 0;
	store->file = NULL;
	store->file_owner = NULL;
	store->nchunks = 0;
	store->nblocks = 0;
}

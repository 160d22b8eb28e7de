/*-------------------------------------------------------------------------
 *
 * store_map_pg.c
 *	  Read the store of another process, in shared memory.
 *
 * The map that the leader writes for its workers is
 *
 *		StoreMap	how many there are of each
 *		dsm_handle	of every chunk
 *		MmlPlace	of every block
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "core/store_pg.h"

typedef struct StoreMap
{
	Size		rows;
	Size		nblocks;
	int			block_rows;
	int			cols;
	int			nchunks;
} StoreMap;

/* A worker's view of a store. */
typedef struct MappedStore
{
	MmlBlocks	blocks;			/* first */
	char	  **chunks;
	const MmlPlace *places;
} MappedStore;

/* Offsets of the parts of a map. */
static Size
handles_offset(void)
{
	return MAXALIGN(sizeof(StoreMap));
}

static Size
places_offset(int nchunks)
{
	return MAXALIGN(handles_offset() + sizeof(dsm_handle) * (Size) nchunks);
}

/* Bytes of the map of a store. */
Size
mml_store_map_size(const MmlStore *store)
{
	return mml_size_add(places_offset(store->nchunks),
						mml_size_mul(store->nblocks, sizeof(MmlPlace)));
}

/* Write the map of a store whose chunks are all shared. */
void
mml_store_map_write(const MmlStore *store, const MmlBlocks *blocks, void *map)
{
	StoreMap	head = {blocks->rows, blocks->nblocks, blocks->block_rows,
	blocks->cols, store->nchunks};
	dsm_handle *handles = (dsm_handle *) ((char *) map + handles_offset());

	memcpy(map, &head, sizeof(head));
	for (int c = 0; c < store->nchunks; c++)
		handles[c] = dsm_segment_handle(store->chunks[c].segment);
	memcpy((char *) map + places_offset(store->nchunks), store->places,
		   store->nblocks * sizeof(MmlPlace));
}

/* Fetch a block in a worker. */
static void
fetch_mapped(MmlBlocks *blocks, size_t number, MmlBlock *block)
{
	const MappedStore *mapped = (const MappedStore *) blocks;
	const MmlPlace *place = &mapped->places[number];

	block->data = mapped->chunks[place->chunk] + place->offset;
	block->first = number * (size_t) blocks->block_rows;
	block->rows = place->rows;
}

/* Open a map in a worker: attach every chunk, for the life of the worker. */
MmlBlocks *
mml_store_map_open(const void *map)
{
	const StoreMap *head = map;
	const dsm_handle *handles = (const dsm_handle *) ((const char *) map + handles_offset());
	MappedStore *mapped = palloc0(sizeof(MappedStore));

	mapped->blocks.rows = head->rows;
	mapped->blocks.nblocks = head->nblocks;
	mapped->blocks.block_rows = head->block_rows;
	mapped->blocks.cols = head->cols;
	mapped->blocks.fetch = fetch_mapped;
	mapped->places = (const MmlPlace *) ((const char *) map + places_offset(head->nchunks));
	mapped->chunks = palloc(sizeof(char *) * (Size) Max(head->nchunks, 1));
	for (int c = 0; c < head->nchunks; c++)
	{
		dsm_segment *segment = dsm_attach(handles[c]);

		if (segment == NULL)
			ereport(ERROR,
					(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
					 errmsg("could not map the rows of the leader")));
		dsm_pin_mapping(segment);	/* goes with the worker */
		mapped->chunks[c] = dsm_segment_address(segment);
	}
	return &mapped->blocks;
}

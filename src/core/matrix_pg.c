/*-------------------------------------------------------------------------
 *
 * matrix_pg.c
 *	  Gather the rows of an aggregate; see matrix_pg.h.
 *
 * The first block is staged in a buffer that grows with it, so that GROUP BY
 * over thousands of small groups stays small.  Later blocks that need no
 * packing are staged where they will lie.
 *
 * On success, and at the end of a group, AggRegisterCallback lets go of
 * segments and files before the resource owner would warn of them.  On error
 * the resource owner lets go of them, before or after the memory context goes.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "fmgr.h"
#include "utils/memutils.h"

#include "core/array_pg.h"
#include "core/matrix_pg.h"
#include "core/store_pg.h"

#define STAGE_BYTES (256 * 1024)	/* float8 of a full block, about */
#define MOST_BLOCK_ROWS 4096
#define FIRST_STAGE_ROWS 64
#define MOST_FEATURES 100000

struct MmlMatrix
{
	MmlBlocks	blocks;
	MmlStore	store;
	MmlColumns	columns;
	const MmlPacker *packer;
	bool		tagged;

	/* rows on their way into a block: in buffer, or in the store */
	double	   *x;				/* (stage_rows,cols) */
	int32	   *tags;			/* (stage_rows) */
	int			staged;
	int			stage_rows;
	bool		in_store;
	char	   *buffer;
	int			buffer_rows;
	Size		buffer_reserved;

	char	   *fetched;		/* room for a block read from the file */
};

/* Rows of a full block: a multiple of 16, about STAGE_BYTES. */
static int
choose_block_rows(int cols)
{
	int			rows = STAGE_BYTES / ((int) sizeof(double) * cols);

	return Max(Min(rows, MOST_BLOCK_ROWS) / 16 * 16, 16);
}

/* Bytes of a stage, or an unpacked block, of so many rows. */
static Size
stage_bytes(const MmlMatrix *m, int rows)
{
	Size		bytes = mml_tags_offset(rows, m->blocks.cols);

	return m->tagged ? mml_align64(bytes + (Size) rows * sizeof(int32)) : bytes;
}

/* The most bytes that a packed block of so many rows takes. */
static Size
block_room(const MmlMatrix *m, int rows)
{
	return m->packer == NULL ? stage_bytes(m, rows) :
		m->packer->room(rows, m->blocks.cols);
}

/* A buffer for a packed block on its way to or from the file. */
static char *
file_buffer(MmlMatrix *m)
{
	if (m->fetched == NULL)
		m->fetched = (char *)
			mml_align64((Size) MemoryContextAllocHuge(m->store.context,
													  block_room(m, m->blocks.block_rows) + 64));
	return m->fetched;
}

/* Fetch a block in the process that gathers. */
static void
fetch_block(MmlBlocks *blocks, size_t number, MmlBlock *block)
{
	MmlMatrix  *m = blocks->source;
	const MmlPlace *place = &m->store.places[number];

	block->data = mml_store_fetch(&m->store, place,
								  m->store.file != NULL ? file_buffer(m) : NULL);
	block->first = number * (size_t) blocks->block_rows;
	block->rows = place->rows;
}

/* Let go of what a memory context would not free. */
static void
release_matrix(Datum arg)
{
	mml_store_release(&((MmlMatrix *) DatumGetPointer(arg))->store);
}

/*
 * Move staged rows to a place of so many rows, which may be where they are:
 * the tags of fewer rows lie nearer to the front.
 */
static void
move_stage(MmlMatrix *m, char *place, int rows)
{
	double	   *x = (double *) place;
	int32	   *tags = (int32 *) (place + mml_tags_offset(rows, m->blocks.cols));

	if (m->staged > 0)
	{
		memmove(x, m->x, sizeof(double) * (Size) m->staged * (Size) m->blocks.cols);
		if (m->tagged)
			memmove(tags, m->tags, sizeof(int32) * (Size) m->staged);
	}
	m->x = x;
	m->tags = tags;
	m->stage_rows = rows;
}

/* Stage in private memory: in a buffer of at least so many rows. */
static void
stage_in_buffer(MmlMatrix *m, int rows)
{
	char	   *old = m->buffer;

	if (m->buffer_rows < rows)
	{
		mml_account_reserve(&m->store.account,
							stage_bytes(m, rows) - m->buffer_reserved,
							"gathering rows");
		m->buffer_reserved = stage_bytes(m, rows);
		m->buffer = MemoryContextAllocHuge(m->store.context,
										   stage_bytes(m, rows));
		m->buffer_rows = rows;
	}
	move_stage(m, m->buffer, m->buffer_rows);
	if (old != NULL && old != m->buffer)
		pfree(old);
	m->in_store = false;
}

/* Spill the store, and rows that are staged in it. */
static void
spill_matrix(void *arg)
{
	MmlMatrix  *m = arg;

	/* the buffer of the first block, which was a full one, is still there */
	if (m->in_store)
	{
		move_stage(m, m->buffer, m->buffer_rows);
		m->in_store = false;
	}
	mml_store_spill(&m->store);
}

/* Forget what the resource owner has let go of. */
static void
lose_matrix(void *arg)
{
	mml_store_lose(&((MmlMatrix *) arg)->store);
}

/*
 * Create the matrix of the aggregate that fcinfo is a transition call of, in
 * the current memory context, which must live as long as the aggregate's
 * state.  job names the learner in messages.
 */
MmlMatrix *
mml_matrix_create(FunctionCallInfo fcinfo, const char *job, int cols,
				  bool tagged, const MmlPacker *packer)
{
	MmlMatrix  *m = palloc0(sizeof(MmlMatrix));
	double	   *numbers;

	if (cols > MOST_FEATURES)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("%s takes at most %d features, not %d",
						job, MOST_FEATURES, cols)));
	m->packer = packer;
	m->tagged = tagged;
	m->blocks.cols = cols;
	m->blocks.block_rows = choose_block_rows(cols);
	m->blocks.fetch = fetch_block;
	m->blocks.source = m;

	numbers = palloc0(sizeof(double) * (Size) cols * 4);
	m->columns.cols = cols;
	m->columns.mean = numbers;
	m->columns.m2 = numbers + cols;
	m->columns.block_mean = numbers + 2 * (Size) cols;
	m->columns.block_m2 = numbers + 3 * (Size) cols;

	mml_store_init(&m->store, CurrentMemoryContext);
	m->store.account.spill = spill_matrix;
	m->store.account.lose = lose_matrix;
	m->store.account.state = m;
	AggRegisterCallback(fcinfo, release_matrix, PointerGetDatum(m));
	return m;
}

/* Take statistics of the staged rows, pack them, and keep the block. */
static void
close_block(MmlMatrix *m)
{
	MmlStage	stage = {m->staged, m->blocks.cols, m->x, &m->columns};
	Size		bytes = stage_bytes(m, m->staged);
	char	   *place = m->in_store ? (char *) m->x :
		mml_store_room(&m->store, block_room(m, m->staged));

	mml_columns_add(&m->columns, m->staged, m->x);
	if (place == NULL)
		place = m->packer != NULL ? file_buffer(m) : m->buffer;
	if (m->packer != NULL)
		bytes = m->packer->pack(m->packer->arg, &stage, place);
	else
		move_stage(m, place, m->staged);
	mml_store_keep(&m->store, place, bytes, m->staged);
	m->blocks.rows += (size_t) m->staged;
	m->blocks.nblocks++;
	m->staged = 0;
	m->stage_rows = 0;
	m->in_store = false;
}

/* Make room for more staged rows: a larger stage, or the next block. */
static void
make_room(MmlMatrix *m)
{
	int			full = m->blocks.block_rows;
	char	   *place;

	if (m->blocks.nblocks == 0 && m->stage_rows < full)
	{
		stage_in_buffer(m, Min(full, Max(FIRST_STAGE_ROWS, m->stage_rows * 2)));
		return;
	}
	if (m->staged > 0)
		close_block(m);
	place = m->packer != NULL ? NULL :
		mml_store_room(&m->store, stage_bytes(m, full));
	if (place == NULL)
		stage_in_buffer(m, full);
	else
	{
		move_stage(m, place, full);
		m->in_store = true;
	}
}

/*
 * Append a row: its features, checked here, and, for a matrix with tags, its
 * tag.
 */
void
mml_matrix_append(MmlMatrix *m, ArrayType *features, int32 tag)
{
	int			cols = mml_features_count(features);

	if (cols != m->blocks.cols)
		ereport(ERROR,
				(errcode(ERRCODE_DATA_EXCEPTION),
				 errmsg("arrays of features differ in length: %d and %d",
						m->blocks.cols, cols)));
	if (m->staged == m->stage_rows)
		make_room(m);
	mml_features_copy(features, m->x + (Size) m->staged * (Size) cols);
	if (m->tagged)
		m->tags[m->staged] = tag;
	m->staged++;
}

/* Close the last block, and show all to kernels.  At least one row is in. */
MmlBlocks *
mml_matrix_finish(MmlMatrix *m)
{
	if (m->staged > 0)
		close_block(m);
	if (m->buffer != NULL)
	{
		mml_account_release(&m->store.account, m->buffer_reserved);
		pfree(m->buffer);
		m->buffer = NULL;
		m->buffer_rows = 0;
		m->buffer_reserved = 0;
	}
	return &m->blocks;
}

/* Statistics of the columns of all blocks. */
const MmlColumns *
mml_matrix_columns(const MmlMatrix *m)
{
	return &m->columns;
}

/* The store, for those who share it with workers. */
MmlStore *
mml_matrix_store(MmlMatrix *m)
{
	return &m->store;
}

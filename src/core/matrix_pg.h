/*-------------------------------------------------------------------------
 *
 * matrix_pg.h
 *	  The gathered matrix: rows of an aggregate, packed block by block.
 *
 * A transition function appends rows.  They are staged as float8; when a
 * block is full its column statistics are taken and the learner packs it.
 * Blocks lie in shared memory where workers may come to help, else in private
 * memory; past mediaml.max_memory they go to a temporary file, from which
 * every pass streams them, without workers.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MML_MATRIX_PG_H
#define MML_MATRIX_PG_H

#include "postgres.h"

#include "core/blocks.h"
#include "core/columns.h"
#include "utils/array.h"

struct MmlStore;

/* A full block on its way to being packed. */
typedef struct MmlStage
{
	int			rows;
	int			cols;
	const double *x;			/* (rows,cols) row-major */
	const MmlColumns *columns;	/* of all rows up to these, these included */
} MmlStage;

/*
 * How a learner packs a block.  Without a packer a block is what was staged:
 * x (rows,cols) float8 row-major, then from the next multiple of 64 bytes on
 * the tags (rows) int32, where the matrix has tags.
 */
typedef struct MmlPacker
{
	/* the most bytes that a packed block can take, a multiple of 64 */
	Size		(*room) (int rows, int cols);

	/* pack, and return the bytes taken, a multiple of 64 */
	Size		(*pack) (void *arg, const MmlStage *stage, void *out);
	void	   *arg;
} MmlPacker;

typedef struct MmlMatrix MmlMatrix;

extern MmlMatrix *mml_matrix_create(FunctionCallInfo fcinfo, const char *job,
									int cols, bool tagged,
									const MmlPacker *packer);
extern void mml_matrix_append(MmlMatrix *matrix, ArrayType *features,
							  int32 tag);
extern MmlBlocks *mml_matrix_finish(MmlMatrix *matrix);
extern const MmlColumns *mml_matrix_columns(const MmlMatrix *matrix);
extern struct MmlStore *mml_matrix_store(MmlMatrix *matrix);

/* Where the tags of an unpacked block begin. */
static inline Size
mml_tags_offset(int rows, int cols)
{
	return mml_align64((Size) rows * (Size) cols * sizeof(double));
}

#endif							/* MML_MATRIX_PG_H */

/*-------------------------------------------------------------------------
 *
 * sparse.h
 *	  A sparse matrix of weights between items, as models hold it.
 *
 * Row i has the items whose score rises when item i has been seen: w(i, j) is
 * what a history weight of 1 for item i adds to the score of item j.  Nothing
 * is on the diagonal.  A table of other rows and columns is held as a MmlSparse
 * too, whose items are then its rows.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MML_SPARSE_H
#define MML_SPARSE_H

#include "recommend/recommender.h"

typedef struct MmlSparse
{
	size_t		items;
	size_t		entries;
	const int64_t *starts;		/* (items + 1) of each row in: */
	const int32_t *targets;		/* (entries) j, ascending in a row */
	const float *weights;		/* (entries) finite */
} MmlSparse;

/* How the parsed form of a model begins whose scores are sums of such weights. */
typedef struct MmlSparseModel
{
	MmlCatalogue catalogue;
	MmlSparse	sparse;
} MmlSparseModel;

extern const char *mml_sparse_parse_table(const MmlEnvelope *env, int *next,
										  const char *const names[3],
										  size_t rows, size_t columns,
										  MmlSparse *sparse);
extern const char *mml_sparse_parse(const MmlEnvelope *env, int *next,
									size_t items, MmlSparse *sparse);
extern void mml_sparse_score(const MmlSparse *sparse, const MmlHistory *history,
							 double *scores);
extern void *mml_sparse_profile(const void *model, const MmlHistory *history, MmlRoom *room);
extern void mml_sparse_read(const void *model, const void *profile, size_t n,
							const int32_t *which, size_t first, double *scores);
extern void mml_sparse_explain(const void *model, const void *profile,
							   const MmlHistory *history, size_t n,
							   const int32_t *items, double *contributions);
extern void *mml_sparse_resemble(const void *model, int32_t item, MmlRoom *room);
extern double mml_sparse_get(const MmlSparse *sparse, int32_t i, int32_t j);
extern void mml_sparse_transpose(size_t columns, size_t rows,
								 const int64_t *col_starts,
								 const int32_t *col_rows, const float *col_weights,
								 int64_t *starts, int32_t *targets, float *weights);

#endif							/* MML_SPARSE_H */

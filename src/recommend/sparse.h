/*-------------------------------------------------------------------------
 *
 * sparse.h
 *	  A sparse matrix of weights between items, as models hold it.
 *
 * Row i has the items whose score rises when item i has been seen: w(i, j) is
 * what a history weight of 1 for item i adds to the score of item j.  Nothing
 * is on the diagonal.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MML_SPARSE_H
#define MML_SPARSE_H

#include "recommend/catalogue.h"

typedef struct MmlSparse
{
	size_t		items;
	size_t		entries;
	const int64_t *starts;		/* (items + 1) of each row in: */
	const int32_t *targets;		/* (entries) j, ascending in a row */
	const float *weights;		/* (entries) finite */
} MmlSparse;

extern const char *mml_sparse_parse(const MmlEnvelope *env, int *next,
									size_t items, MmlSparse *sparse);
extern void mml_sparse_score(const MmlSparse *sparse, const MmlHistory *history,
							 double *scores);
extern double mml_sparse_get(const MmlSparse *sparse, int32_t i, int32_t j);
extern void mml_sparse_transpose(size_t items, const int64_t *col_starts,
								 const int32_t *col_rows, const float *col_weights,
								 int64_t *starts, int32_t *targets, float *weights);

#endif							/* MML_SPARSE_H */

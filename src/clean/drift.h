/*-------------------------------------------------------------------------
 *
 * drift.h
 *	  How far the columns of new rows are from those that a preprocessor
 *	  learned from: kernels.
 *
 * New rows are counted: how many there are, then for each column of the model
 *
 *		of numbers or times	values up to each of MML_POINTS points, those
 *							beyond the last, rows where it is missing
 *		of categories		each category, others, rows where it is missing
 *
 * so counts of parts of the rows add up to those of all.  What is counted is
 * what the features are made of: clipped, missing as the recipe says.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MML_DRIFT_H
#define MML_DRIFT_H

#include "clean/preprocessor.h"

/* Categories that are told apart, at most; the rest is one bin. */
#define MML_DRIFT_CATEGORIES 20

/* A smaller share of a bin counts as this one, which has a logarithm. */
#define MML_DRIFT_LEAST 1e-4

/* What became of a column; NaN where it is not known, or makes no sense. */
typedef struct MmlDrift
{
	double		psi;			/* population stability index */
	double		ks;				/* largest distance of the distributions, at
								 * the points; of numbers and times */
	double		p;				/* of ks, of one column alone; then adjusted */
	double		missing_then;	/* shares of rows */
	double		missing_now;
	double		unseen;			/* share of values now that are none of the
								 * model's categories */
} MmlDrift;

extern size_t mml_drift_room(const MmlPreprocessor *model);
extern void mml_drift_count(const MmlPreprocessor *model, const MmlCell *cells, int64_t *counts);
extern void mml_drift_compare(const MmlPreprocessor *model, const int64_t *counts, MmlDrift *drift,
							  size_t *order);
extern double mml_drift_kolmogorov(double x);

#endif							/* MML_DRIFT_H */

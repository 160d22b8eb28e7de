/*-------------------------------------------------------------------------
 *
 * feature_map.h
 *	  Factors of items from what is written about them.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MML_FEATURE_MAP_H
#define MML_FEATURE_MAP_H

#include "recommend/sparse.h"

/* Items that are learnt from: row vectors[r] has the factors targets[r]. */
typedef struct MmlFeatureTask
{
	const MmlSparse *table;		/* (items,terms) vectors of length 1 */
	size_t		terms;
	size_t		d;				/* factors */
	size_t		n;				/* rows that are learnt from */
	const int32_t *vectors;		/* (n) rows of the table */
	const int32_t *targets;		/* (n) rows of: */
	const float *factors;		/* (,d) */
	double		l2;				/* above 0 */
} MmlFeatureTask;

/* What learning works on, and what it leaves: mean and weights. */
typedef struct MmlFeatureWork
{
	double	   *mean;			/* (d) of the factors */
	double	   *weights;		/* (terms,d) */
	double	   *a;				/* (n,d) */
	double	   *residual;		/* (n,d) */
	double	   *direction;		/* (n,d) */
	double	   *product;		/* (n,d) */
	double	   *scalars;		/* (3,d) */
} MmlFeatureWork;

extern int	mml_feature_map_learn(const MmlFeatureTask *task, MmlFeatureWork *work);
extern bool mml_feature_map_item(const MmlFeatureTask *task, const MmlFeatureWork *work,
								 int32_t vector, double *out);
extern double mml_feature_map_error(const MmlFeatureTask *task, const MmlFeatureWork *work,
									size_t n, const int32_t *vectors,
									const int32_t *targets, double *scratch);

#endif							/* MML_FEATURE_MAP_H */

/*-------------------------------------------------------------------------
 *
 * ease.h
 *	  Each item as a linear function of all others: ridge regression without
 *	  a diagonal, for all items at once.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MML_EASE_H
#define MML_EASE_H

#include "recommend/catalogue.h"
#include "recommend/pairs.h"
#include "recommend/sparse.h"

/* Long histories are added to the Gram matrix so many at once. */
#define MML_EASE_BLOCK 256

/* It begins as MmlSparseModel does. */
typedef struct MmlEase
{
	MmlCatalogue catalogue;
	MmlSparse	sparse;			/* where only the strongest weights are kept */
	const float *weights;		/* (items,items) w(i, j), where all are; or
								 * NULL */
	double		l2;
	double		neighbours;		/* 0: all */
	double		ndcg;			/* of auto on what was held out; NaN: not used */
} MmlEase;

/* Numbers of the section "options". */
#define MML_EASE_OPTIONS 3

extern const MmlRecommender mml_ease_recommender;

extern bool mml_ease_has_long(const MmlPairTable *by_user);
extern void mml_ease_gram(const MmlPairTable *by_user, const MmlPairTable *by_item,
						  double *block, double *gram);
extern MmlStatus mml_ease_invert(size_t items, double l2, double *gram);
extern bool mml_ease_weights(size_t items, double *inverse, double *diagonal, float *row);
extern bool mml_ease_strongest(size_t items, const double *inverse, size_t j, size_t k,
							   uint32_t *order, int32_t *neighbours, float *weights,
							   size_t *count);
extern const char *mml_ease_parse(const MmlEnvelope *env, void *parsed);

#endif							/* MML_EASE_H */

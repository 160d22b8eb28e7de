/*-------------------------------------------------------------------------
 *
 * item_knn.h
 *	  Items that are seen by the same users: the nearest neighbours of each.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MML_ITEM_KNN_H
#define MML_ITEM_KNN_H

#include "recommend/catalogue.h"
#include "recommend/pairs.h"
#include "recommend/sparse.h"

/* Neighbours tied with the k-th are kept too, up to so many times k in all. */
#define MML_ITEM_KNN_TIES 2

/* How weights are seen, before cosines are taken of them. */
typedef enum MmlItemKnnWeighting
{
	MML_ITEM_KNN_NONE,			/* as they are */
	MML_ITEM_KNN_TFIDF,
	MML_ITEM_KNN_BM25
} MmlItemKnnWeighting;

/* What a model is trained with; numbers of its section "options". */
#define MML_ITEM_KNN_OPTIONS 5

typedef struct MmlItemKnn
{
	MmlCatalogue catalogue;
	MmlSparse	similar;		/* w(i, j) = similarity, i a neighbour of j */
	double		k;
	double		shrink;
	MmlItemKnnWeighting weighting;
	double		k1;				/* of bm25; 0 otherwise */
	double		b;
} MmlItemKnn;

/* What finding the neighbours of all items works on. */
typedef struct MmlItemKnnWork
{
	const MmlPairTable *by_user;	/* (users,items) */
	const MmlPairTable *by_item;	/* (items,users), the same turned round */
	size_t		k;
	double		shrink;
	const double *squares;		/* (items) |w_i|^2 */
	double	   *dots;			/* (items) zeros between calls */
	uint32_t   *order;			/* (items) scratch */
} MmlItemKnnWork;

extern const MmlRecommender mml_item_knn_recommender;

extern void mml_item_knn_weigh(MmlPairTable *by_user, MmlItemKnnWeighting weighting,
							   double k1, double b, const double *sums);
extern void mml_item_knn_squares(const MmlPairTable *by_item, double *squares);
extern size_t mml_item_knn_neighbours(const MmlItemKnnWork *work, size_t item,
									  int32_t *neighbours, float *similarities);
extern const char *mml_item_knn_parse(const MmlEnvelope *env, void *parsed);

#endif							/* MML_ITEM_KNN_H */

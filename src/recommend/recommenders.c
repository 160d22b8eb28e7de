/*-------------------------------------------------------------------------
 *
 * recommenders.c
 *	  The list of kinds that recommend.
 *
 *-------------------------------------------------------------------------
 */
#include <string.h>

#include "recommend/als.h"
#include "recommend/content.h"
#include "recommend/ease.h"
#include "recommend/hybrid.h"
#include "recommend/item_knn.h"
#include "recommend/rating_als.h"

/* It knows popularity, which the catalogue of every model has, and no more. */
static const MmlRecommender popularity = {.kind = "popularity"};

static const MmlRecommender *const recommenders[] = {
	&mml_content_recommender,
	&mml_hybrid_recommender,
	&mml_als_recommender,
	&mml_rating_als_recommender,
	&mml_item_knn_recommender,
	&mml_ease_recommender,
	&popularity
};

/* The recommender of a kind of models, or NULL. */
const MmlRecommender *
mml_recommender_find(const char *kind)
{
	for (size_t i = 0; i < sizeof(recommenders) / sizeof(*recommenders); i++)
		if (strcmp(recommenders[i]->kind, kind) == 0)
			return recommenders[i];
	return NULL;
}

/*-------------------------------------------------------------------------
 *
 * content.h
 *	  Items by what is written about them: texts as vectors of terms.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MML_CONTENT_H
#define MML_CONTENT_H

#include "recommend/recommender.h"
#include "recommend/sparse.h"

/* Terms are kept that so many documents have at least, and such a share at most. */
typedef struct MmlContentOptions
{
	double		min_count;
	double		max_share;
} MmlContentOptions;

typedef struct MmlContent
{
	MmlCatalogue catalogue;
	MmlContentOptions options;
	const char *config;			/* of text search, UTF-8 */
	size_t		terms;
	MmlSparse	vectors;		/* (items,terms) each of length 1, or empty */
	MmlSparse	lists;			/* (terms,items) the same turned round */
} MmlContent;

extern const MmlRecommender mml_content_recommender;

extern const char *mml_content_run(const char *text, const char *end, bool *dense);
extern const char *mml_content_character(const char *text, const char *end);
extern bool mml_content_keep(const MmlContentOptions *options, size_t items,
							 size_t documents);
extern float mml_content_weight(double count, size_t items, size_t documents);
extern void mml_content_normalise(size_t items, size_t entries,
								  const int32_t *which, float *weights,
								  double *lengths);
extern double mml_content_dot(const MmlContent *model, int32_t i, int32_t j);
extern const char *mml_content_parse(const MmlEnvelope *env, void *parsed);

#endif							/* MML_CONTENT_H */

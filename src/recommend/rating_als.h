/*-------------------------------------------------------------------------
 *
 * rating_als.h
 *	  Models that predict ratings: a mean, biases, and factors of the rest.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MML_RATING_ALS_H
#define MML_RATING_ALS_H

#include "recommend/als.h"

typedef struct MmlRatingAls
{
	MmlCatalogue catalogue;		/* first */
	MmlFactors	items;			/* their offsets are the biases */
	MmlAlsOptions options;
	double		damping;
	double		mean;
	double		iterations;
	double		seed;
	double		objective;
} MmlRatingAls;

/* Numbers of the section "options". */
#define MML_RATING_ALS_OPTIONS 7

/* Ratings of a larger size are refused. */
#define MML_RATING_MOST 1e6

extern const MmlRecommender mml_rating_als_recommender;

extern const char *mml_rating_als_parse(const MmlEnvelope *env, void *parsed);
extern double mml_rating_biases(const MmlPairTable *by_user, double damping,
								double *users, double *items, double *sums,
								int32_t *counts);
extern void mml_rating_residuals(MmlPairTable *by_user, double mean,
								 const double *users, const double *items);

#endif							/* MML_RATING_ALS_H */

/*-------------------------------------------------------------------------
 *
 * rating_als.c
 *	  Models of kind rating_als: what a viewer would rate an item.
 *
 * A rating of user u and item i is
 *
 *		mean + b_u + b_i + x_u'y_i
 *
 * The biases are found first, in turn: b_i is what i's ratings are above the
 * rest in the mean, as if it had so many more ratings, damping, that are not;
 * b_u likewise.  Factors are then fitted to what is left, als_fit.c.  So all
 * that is of a user, b_u and x_u, follows from his ratings and the items'
 * part, which is what a model keeps.
 *
 * Sources: Y. Koren, "Factor in the neighbors: scalable and accurate
 * collaborative filtering", ACM TKDD 4(1), 2010, section 2.1: biases; Zhou et
 * al., AAIM 2008: ridges in proportion to the number of ratings.
 *
 *-------------------------------------------------------------------------
 */
#include <math.h>
#include <string.h>

#include "recommend/rating_als.h"

/* The biases stand still to four digits after so many rounds. */
#define ROUNDS 10

/* Read a model of kind rating_als: the parse of its MmlKind, but for bytes. */
const char *
mml_rating_als_parse(const MmlEnvelope *env, void *parsed)
{
	MmlRatingAls *model = parsed;
	const MmlSection *section;
	const double *o;
	const double *biases;
	int			next = 0;
	size_t		items;
	size_t		d;

	MML_DEMAND(mml_catalogue_parse(env, &next, &model->catalogue));
	items = model->catalogue.items;
	MML_DEMAND(mml_envelope_shaped(env, &next, "options", MML_F64, 1,
								   MML_RATING_ALS_OPTIONS, &o));
	MML_DEMAND(mml_envelope_shaped(env, &next, "biases", MML_F64, items, 1, &biases));
	for (size_t i = 0; i < items; i++)
		if (!(fabs(biases[i]) <= 1e9))
			return "A bias is not possible.";
	MML_DEMAND(mml_envelope_next(env, &next, "factors", MML_F32, &section));
	d = section->cols;
	if (section->rows != items || d < 1 || d > MML_ALS_FACTORS_MAX)
		return "Its factors have a wrong shape.";
	model->items = (MmlFactors)
	{
		.items = items,.factors = d,.v = section->data,.offsets = biases
	};
	MML_DEMAND(mml_factors_check(&model->items));
	model->options = (MmlAlsOptions)
	{
		.factors = d,.reg = o[0],.exponent = o[1],.ratings = true
	};
	model->damping = o[2];
	model->iterations = o[3];
	model->seed = o[4];
	model->mean = o[5];
	model->objective = o[6];
	if (!(o[0] >= 0 && o[0] <= 1e9) || !(o[1] >= 0 && o[1] <= 2) || !(o[2] >= 0 && o[2] <= 1e9) ||
		!(o[3] >= 1 && o[3] <= 1e6) || !(o[4] >= 0 && o[4] <= 0x1p53) ||
		!(o[5] >= 0 && o[5] <= 1e9) || !isfinite(o[6]))
		return "Its options are not possible.";
	return mml_envelope_end(env, next);
}

/*
 * The mean of all ratings, and the biases of users and items.  sums and counts
 * (items) are scratch.
 */
double
mml_rating_biases(const MmlPairTable *by_user, double damping, double *users,
				  double *items, double *sums, int32_t *counts)
{
	size_t		pairs = (size_t) by_user->starts[by_user->rows];
	double		mean = 0;

	memset(users, 0, by_user->rows * sizeof(double));
	memset(items, 0, by_user->cols * sizeof(double));
	memset(counts, 0, by_user->cols * sizeof(int32_t));
	for (size_t e = 0; e < pairs; e++)
	{
		mean += by_user->weights[e];
		counts[by_user->columns[e]]++;
	}
	mean /= (double) MML_MAX(pairs, 1);
	for (int round = 0; round < ROUNDS; round++)
	{
		MML_CHECK();
		memset(sums, 0, by_user->cols * sizeof(double));
		for (size_t u = 0; u < by_user->rows; u++)
			for (int64_t e = by_user->starts[u]; e < by_user->starts[u + 1]; e++)
				sums[by_user->columns[e]] += by_user->weights[e] - mean - users[u];
		for (size_t i = 0; i < by_user->cols; i++)
			items[i] = counts[i] == 0 ? 0 : sums[i] / (damping + (double) counts[i]);
		MML_CHECK();
		for (size_t u = 0; u < by_user->rows; u++)
		{
			double		sum = 0;
			int64_t		count = by_user->starts[u + 1] - by_user->starts[u];

			for (int64_t e = by_user->starts[u]; e < by_user->starts[u + 1]; e++)
				sum += by_user->weights[e] - mean - items[by_user->columns[e]];
			users[u] = count == 0 ? 0 : sum / (damping + (double) count);
		}
	}
	return mean;
}

/* Of ratings leave what mean and biases do not explain. */
void
mml_rating_residuals(MmlPairTable *by_user, double mean, const double *users,
					 const double *items)
{
	for (size_t u = 0; u < by_user->rows; u++)
	{
		if (u % 4096 == 0)
			MML_CHECK();
		for (int64_t e = by_user->starts[u]; e < by_user->starts[u + 1]; e++)
			by_user->weights[e] -= mean + users[u] + items[by_user->columns[e]];
	}
}

/* A profile of a history, whose weights are ratings: see MmlRecommender. */
static void *
make_profile(const void *model_, const MmlHistory *history, MmlRoom *room)
{
	const MmlRatingAls *model = model_;
	MmlAlsProfile *profile = room->resize(room, NULL, 0, sizeof(MmlAlsProfile));
	size_t		count = history->count;
	double	   *ones = room->resize(room, NULL, 0, count * sizeof(double));
	double		bias = 0;
	bool		solved;

	memset(profile, 0, sizeof(MmlAlsProfile));
	profile->weights = room->resize(room, NULL, 0, count * sizeof(double));
	for (size_t h = 0; h < count; h++)
	{
		double		rating = MML_MIN(history->weights[h], MML_RATING_MOST);

		profile->weights[h] = rating - model->mean - model->items.offsets[history->items[h]];
		bias += profile->weights[h] / (model->damping + (double) count);
	}
	for (size_t h = 0; h < count; h++)
	{
		ones[h] = 1;
		profile->weights[h] -= bias;
	}
	solved = mml_als_fold(&model->items, NULL, 0, mml_als_ridge(&model->options, count, 0),
						  history, ones, profile->weights, profile, room);
	profile->direction.base = model->mean + bias;
	room->resize(room, ones, count * sizeof(double), 0);
	return solved ? profile : NULL;
}

/* The remaining members of MmlRecommender. */
static void
score(const void *model, const void *profile, size_t n, const int32_t *which,
	  size_t first, double *scores)
{
	mml_factors_score(&((const MmlRatingAls *) model)->items, profile, n, which, first, scores);
}

static size_t
sieve(const void *model, const void *profile, size_t n, size_t first, double threshold,
	  int32_t *chosen)
{
	return mml_factors_sieve(&((const MmlRatingAls *) model)->items, profile, n, first, threshold, chosen);
}

static void
bound_all(const void *model, size_t m, const void *const *profiles, size_t n,
		  size_t first, MmlRoom *room, float *bounds, double *slacks)
{
	mml_factors_bound_all(&((const MmlRatingAls *) model)->items, m, profiles, n, first, room,
						  bounds, slacks);
}

static void
explain(const void *model, const void *profile, const MmlHistory *history, size_t n,
		const int32_t *items, double *contributions)
{
	mml_als_explain(&((const MmlRatingAls *) model)->items, profile, history, n, items, contributions);
}

static void *
resemble(const void *model, int32_t item, MmlRoom *room)
{
	MmlDirection *direction = room->resize(room, NULL, 0, sizeof(MmlDirection));

	return mml_direction_of_item(&((const MmlRatingAls *) model)->items, item, direction, room) ?
		direction : NULL;
}

/*
 * Every item has a score.  Of what explains one, the viewer's bias is left
 * out: it is the same for all items.
 */
const MmlRecommender mml_rating_als_recommender = {
	.kind = "rating_als",
	.rated = true,
	.above = -INFINITY,
	.profile = make_profile,
	.score = score,
	.sieve = sieve,
	.bound_all = bound_all,
	.explain = explain,
	.resemble = resemble
};

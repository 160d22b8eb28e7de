/*-------------------------------------------------------------------------
 *
 * hybrid.c
 *	  Recommend by several recommenders; see hybrid.h.
 *
 * Each part makes a profile of what it knows of the history and scores all of
 * its items.  Scores of different methods have different units, so those of a
 * part are standardised: less their mean, divided by their standard
 * deviation, both over all items that the part knows.  The score of an item
 * is the sum of weight * standardised score over the parts that know it; a
 * part that does not know it adds 0, which is its mean.
 *
 * A part is used only from min_history seen items on: so one can give way to
 * another as more is known of a viewer.  popularity has no profile, and says
 * the same to everybody.
 *
 * Cost: a score of every item by every part, and three passes over them.
 *
 * Source: weighted and switching hybrids, R. Burke, "Hybrid recommender
 * systems: survey and experiments", User Modeling and User-Adapted Interaction
 * 12, 2002.
 *
 *-------------------------------------------------------------------------
 */
#include <math.h>
#include <string.h>

#include "recommend/hybrid.h"
#include "recommend/sparse.h"

/* What a part makes of a history. */
typedef struct View
{
	void	   *profile;		/* NULL: it is not asked why */
	double		scale;			/* weight / standard deviation, or 0 */
	MmlHistory	history;		/* as the part numbers items */
	int32_t    *places;			/* (count) of these in the whole history */
	double	   *said;			/* (count) scratch of explain */
} View;

typedef struct Profile
{
	double	   *scores;			/* (items) */
	View		views[MML_HYBRID_PARTS];
} Profile;

/* A new array in memory of the room. */
static void *
take(MmlRoom *room, size_t count, size_t size)
{
	return room->resize(room, NULL, 0, MML_MAX(count, 1) * size);
}

/* What a part knows of a history; both are ascending. */
static void
view_history(const MmlHybridPart *part, const MmlHistory *history, View *view, MmlRoom *room)
{
	view->history.items = take(room, history->count, sizeof(int32_t));
	view->history.weights = take(room, history->count, sizeof(double));
	view->places = take(room, history->count, sizeof(int32_t));
	view->said = take(room, history->count, sizeof(double));
	view->history.count = 0;
	for (size_t h = 0; h < history->count; h++)
	{
		size_t		n = view->history.count;

		view->history.items[n] = part->map[history->items[h]];
		view->history.weights[n] = history->weights[h];
		view->places[n] = (int32_t) h;
		view->history.count += part->map[history->items[h]] >= 0;
	}
}

/* The scores of all items of a part. */
static void
score_part(const MmlHybridPart *part, const void *profile, double *scores)
{
	size_t		items = part->catalogue->items;

	if (profile == NULL)
	{
		memcpy(scores, part->catalogue->popularity, items * sizeof(double));
		return;
	}
	for (size_t first = 0; first < items; first += MML_RANK_BLOCK)
	{
		MML_CHECK();
		part->recommender->score(part->model, profile, MML_MIN(items - first, MML_RANK_BLOCK),
								 NULL, first, scores + first);
	}
}

/* The mean and the standard deviation of numbers, one at least. */
static void
measure(size_t n, const double *x, double *mean, double *deviation)
{
	double		sum = 0;
	double		squares = 0;

	for (size_t i = 0; i < n; i++)
		sum += x[i];
	*mean = sum / (double) n;
	for (size_t i = 0; i < n; i++)
		squares += (x[i] - *mean) * (x[i] - *mean);
	*deviation = sqrt(squares / (double) n);
}

/*
 * Add (score - mean) * scale to the items that a part knows.  Where its scores
 * are not finite, theirs become infinite, which the caller complains of.
 */
static void
add_scores(const MmlHybrid *hybrid, const MmlHybridPart *part, const double *from,
		   double mean, double scale, double *scores)
{
	bool		finite = isfinite(mean) && isfinite(scale);

	for (size_t i = 0; i < hybrid->catalogue.items; i++)
		if (part->map[i] >= 0)
			scores[i] = finite ? scores[i] + (from[part->map[i]] - mean) * scale : INFINITY;
}

/* Let a part judge; false where it can say nothing of the history. */
static bool
judge(const MmlHybrid *hybrid, size_t p, const MmlHistory *history, Profile *profile,
	  MmlRoom *room)
{
	const MmlHybridPart *part = &hybrid->parts[p];
	View	   *view = &profile->views[p];
	double	   *scores;
	double		mean;
	double		deviation;

	if ((double) history->count < part->min_history)
		return false;
	if (part->recommender->profile != NULL)
	{
		view_history(part, history, view, room);
		if (view->history.count > 0)
			view->profile = part->recommender->profile(part->model, &view->history, room);
		if (view->profile == NULL)
			return false;
	}
	scores = take(room, part->catalogue->items, sizeof(double));
	score_part(part, view->profile, scores);
	measure(part->catalogue->items, scores, &mean, &deviation);
	view->scale = deviation > 0 ? part->weight / deviation : deviation == 0 ? 0 : NAN;
	add_scores(hybrid, part, scores, mean, view->scale, profile->scores);
	room->resize(room, scores, MML_MAX(part->catalogue->items, 1) * sizeof(double), 0);
	return true;
}

/* Make an empty profile. */
static Profile *
begin_profile(const MmlHybrid *hybrid, MmlRoom *room)
{
	Profile    *profile = memset(take(room, 1, sizeof(Profile)), 0, sizeof(Profile));

	profile->scores = take(room, hybrid->catalogue.items, sizeof(double));
	memset(profile->scores, 0, hybrid->catalogue.items * sizeof(double));
	return profile;
}

/* The profile of a history; NULL where no part can say anything of it. */
static void *
make_profile(const void *model, const MmlHistory *history, MmlRoom *room)
{
	const MmlHybrid *hybrid = model;
	Profile    *profile = begin_profile(hybrid, room);
	size_t		judged = 0;

	for (size_t p = 0; p < hybrid->count; p++)
		judged += judge(hybrid, p, history, profile, room);
	return judged > 0 ? profile : NULL;
}

/* Read scores out of a profile. */
static void
read_scores(const void *model, const void *profile, size_t n,
			const int32_t *which, size_t first, double *scores)
{
	mml_sparse_read(model, ((const Profile *) profile)->scores, n, which, first, scores);
}

/* What each item of a history contributes to an item, through all parts together. */
static void
explain_item(const void *model, const void *of, const MmlHistory *history,
			 int32_t item, double *contributions)
{
	const MmlHybrid *hybrid = model;
	const Profile *profile = of;

	memset(contributions, 0, history->count * sizeof(double));
	for (size_t p = 0; p < hybrid->count; p++)
	{
		const MmlHybridPart *part = &hybrid->parts[p];
		const View *view = &profile->views[p];

		if (view->profile == NULL || part->map[item] < 0)
			continue;
		part->recommender->explain(part->model, view->profile, &view->history,
								   1, &part->map[item], view->said);
		for (size_t h = 0; h < view->history.count; h++)
			contributions[view->places[h]] += view->scale * view->said[h];
	}
}

/* What each item of a history contributes to the scores of items. */
static void
explain(const void *model, const void *of, const MmlHistory *history,
		size_t n, const int32_t *items, double *contributions)
{
	for (size_t i = 0; i < n; i++)
		explain_item(model, of, history, items[i], contributions + i * history->count);
}

/*
 * The profile of an item: the mean of its similarities by weight, over the
 * parts that know of any.
 */
static void *
resemble(const void *model, int32_t item, MmlRoom *room)
{
	const MmlHybrid *hybrid = model;
	Profile    *profile = begin_profile(hybrid, room);
	double		weights = 0;

	for (size_t p = 0; p < hybrid->count; p++)
	{
		const MmlHybridPart *part = &hybrid->parts[p];
		void	   *of_part = NULL;
		double	   *scores;

		if (part->recommender->resemble != NULL && part->map[item] >= 0)
			of_part = part->recommender->resemble(part->model, part->map[item], room);
		if (of_part == NULL)
			continue;
		scores = take(room, part->catalogue->items, sizeof(double));
		score_part(part, of_part, scores);
		add_scores(hybrid, part, scores, 0, part->weight, profile->scores);
		weights += part->weight;
	}
	if (!(weights > 0))
		return NULL;
	for (size_t i = 0; i < hybrid->catalogue.items; i++)
		profile->scores[i] /= weights;
	return profile;
}

/* Demand that a map leads to the same ids. */
const char *
mml_hybrid_check_map(const MmlCatalogue *all, const MmlHybridPart *part)
{
	size_t		known = 0;

	if (all->id_type != part->catalogue->id_type)
		return "The item ids of a model within it are of another type.";
	for (size_t i = 0; i < all->items; i++)
	{
		MmlId		id = mml_catalogue_id(all, i);
		MmlId		other;

		if (i % 65536 == 0)
			MML_CHECK();
		if (part->map[i] == -1)
			continue;
		if (part->map[i] < 0 || (size_t) part->map[i] >= part->catalogue->items)
			return "An item is mapped to one that does not exist.";
		other = mml_catalogue_id(part->catalogue, (size_t) part->map[i]);
		if (mml_id_compare(&id, &other) != 0)
			return "An item is mapped to one with another id.";
		known++;
	}
	return known == part->catalogue->items ? NULL : "It lacks items of a model within it.";
}

/* Every item has a score. */
const MmlRecommender mml_hybrid_recommender = {
	.kind = "hybrid",
	.above = -INFINITY,
	.profile = make_profile,
	.score = read_scores,
	.explain = explain,
	.resemble = resemble
};

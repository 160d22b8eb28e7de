/*-------------------------------------------------------------------------
 *
 * content.c
 *	  Recommend by what is written about items; see content.h.
 *
 * A document is the vector of its terms, each weighted by
 *
 *		(1 + ln count) * (1 + ln((1 + items) / (1 + documents)))
 *
 * where count is how often the document has the term and documents how many
 * have it, and scaled to length 1.  The profile of a history is the weighted
 * sum p of the vectors seen, and the score of an item the cosine
 * <p, x> / |p| of its vector x with it, from 0 to 1.
 *
 * Method: p as a dense array over the terms, then for each of its terms the
 * list of the items that have it, added to the scores of all items.  Cost:
 * O(entries of the vectors seen + entries of the lists of their terms).
 *
 * Sources: G. Salton, C. Buckley: Term-weighting approaches in automatic text
 * retrieval. Information Processing & Management 24(5), 1988; the profile as a
 * mean is Rocchio's. J. Rocchio: Relevance feedback in information retrieval.
 * The SMART Retrieval System, 1971.
 *
 *-------------------------------------------------------------------------
 */
#include <math.h>
#include <string.h>

#include "recommend/content.h"

#define POLL_EVERY 1000000

/* ---------------------------------------------------------------- training */

/* Is a term kept that so many documents have? */
bool
mml_content_keep(const MmlContentOptions *options, size_t items, size_t documents)
{
	return documents > 0 && (double) documents >= options->min_count &&
		(double) documents <= options->max_share * (double) items;
}

/* The weight of a term that a document has so often, before scaling. */
float
mml_content_weight(double count, size_t items, size_t documents)
{
	return (float) ((1 + log(count)) *
					(1 + log((1 + (double) items) / (1 + (double) documents))));
}

/*
 * Scale the vectors of all items to length 1.  Entry e is of the item
 * which[e]; lengths (items) is scratch.
 */
void
mml_content_normalise(size_t items, size_t entries, const int32_t *which,
					  float *weights, double *lengths)
{
	memset(lengths, 0, items * sizeof(double));
	for (size_t e = 0; e < entries; e++)
		lengths[which[e]] += (double) weights[e] * (double) weights[e];
	for (size_t e = 0; e < entries; e++)
		weights[e] = (float) ((double) weights[e] / sqrt(lengths[which[e]]));
}

/* ----------------------------------------------------------------- scoring */

/*
 * A profile: |p|, where the largest weight counts as 1, that weight, and how
 * similar each item is to the history.
 */
typedef struct Profile
{
	double		length;
	double		largest;
	double		scores[];		/* (items) */
} Profile;

/* Scores of all items from p (terms), which is not zero. */
static void
score_all(const MmlContent *model, const double *p, Profile *profile)
{
	const MmlSparse *lists = &model->lists;
	size_t		work = 0;

	for (size_t t = 0; t < model->terms; t++)
	{
		int64_t		end = lists->starts[t + 1];

		if (p[t] == 0)
			continue;
		for (int64_t e = lists->starts[t]; e < end; e++)
			profile->scores[lists->targets[e]] += p[t] * (double) lists->weights[e];
		work += (size_t) (end - lists->starts[t]) + 1;
		if (work > POLL_EVERY)
		{
			MML_CHECK();
			work = 0;
		}
	}
	for (size_t i = 0; i < model->catalogue.items; i++)
		profile->scores[i] = MML_MIN(profile->scores[i] / profile->length, 1.0);
}

/* The profile of a history; NULL where nothing is written about it. */
static void *
make_profile(const void *m, const MmlHistory *history, MmlRoom *room)
{
	const MmlContent *model = m;
	const MmlSparse *vectors = &model->vectors;
	size_t		bytes = sizeof(Profile) + model->catalogue.items * sizeof(double);
	Profile    *profile = memset(room->resize(room, NULL, 0, bytes), 0, bytes);
	double	   *p;
	double		square = 0;

	bytes = MML_MAX(model->terms, 1) * sizeof(double);
	p = memset(room->resize(room, NULL, 0, bytes), 0, bytes);
	for (size_t h = 0; h < history->count; h++)
		profile->largest = MML_MAX(profile->largest, history->weights[h]);
	if (!(profile->largest > 0))
		return NULL;
	for (size_t h = 0; h < history->count; h++)
		for (int64_t e = vectors->starts[history->items[h]];
			 e < vectors->starts[history->items[h] + 1]; e++)
			p[vectors->targets[e]] += history->weights[h] / profile->largest *
				(double) vectors->weights[e];
	for (size_t t = 0; t < model->terms; t++)
		square += p[t] * p[t];
	if (!(square > 0))
		return NULL;
	profile->length = sqrt(square);
	score_all(model, p, profile);
	room->resize(room, p, bytes, 0);
	return profile;
}

/* Read scores out of a profile. */
static void
read_scores(const void *model, const void *profile, size_t n,
			const int32_t *which, size_t first, double *scores)
{
	mml_sparse_read(model, ((const Profile *) profile)->scores, n, which, first, scores);
}

/* The product of the vectors of two items: their cosine. */
double
mml_content_dot(const MmlContent *model, int32_t i, int32_t j)
{
	const MmlSparse *vectors = &model->vectors;
	int64_t		a = vectors->starts[i];
	int64_t		b = vectors->starts[j];
	double		sum = 0;

	while (a < vectors->starts[i + 1] && b < vectors->starts[j + 1])
	{
		int32_t		s = vectors->targets[a];
		int32_t		t = vectors->targets[b];

		if (s == t)
			sum += (double) vectors->weights[a] * (double) vectors->weights[b];
		a += s <= t;
		b += t <= s;
	}
	return sum;
}

/* What each item of a history contributes to scores: a share of <p, x>. */
static void
explain(const void *m, const void *of, const MmlHistory *history,
		size_t n, const int32_t *items, double *contributions)
{
	const Profile *profile = of;

	for (size_t i = 0; i < n; i++)
		for (size_t h = 0; h < history->count; h++)
		{
			if (h % 1024 == 0)
				MML_CHECK();
			*contributions++ = history->weights[h] / profile->largest *
				mml_content_dot(m, history->items[h], items[i]) / profile->length;
		}
}

/* The profile of an item: as of a history of it alone. */
static void *
resemble(const void *m, int32_t item, MmlRoom *room)
{
	double		weight = 1;
	MmlHistory	history = {1, &item, &weight};

	return make_profile(m, &history, room);
}

/* ----------------------------------------------------------------- reading */

/* Demand that weights are positive and that no vector is longer than 1. */
static const char *
check_vectors(const MmlSparse *table)
{
	for (size_t e = 0; e < table->entries; e++)
		if (!(table->weights[e] > 0 && table->weights[e] <= 1.0001F))
			return "A weight of a term is not a number from 0 to 1.";
	return NULL;
}

/* Read a model of kind content: the parse of its MmlKind. */
const char *
mml_content_parse(const MmlEnvelope *env, void *parsed)
{
	static const char *const vector_names[] = {"starts", "terms", "weights"};
	static const char *const list_names[] = {"list_starts", "list_items", "list_weights"};
	MmlContent *model = parsed;
	MmlTexts	config;
	const double *options;
	int			next = 0;

	MML_DEMAND(mml_catalogue_parse(env, &next, &model->catalogue));
	MML_DEMAND(mml_envelope_shaped(env, &next, "options", MML_F64, 1, 3, &options));
	model->options.min_count = options[0];
	model->options.max_share = options[1];
	if (!(options[0] >= 1 && options[0] <= INT32_MAX) ||
		!(options[1] > 0 && options[1] <= 1) ||
		!(options[2] >= 0 && options[2] <= INT32_MAX) || options[2] != floor(options[2]))
		return "Its options are not possible.";
	model->terms = (size_t) options[2];
	MML_DEMAND(mml_envelope_texts(env, &next, "config", &config));
	if (config.count != 1)
		return "It has more or less than one text search configuration.";
	model->config = config.first;
	MML_DEMAND(mml_sparse_parse_table(env, &next, vector_names,
									  model->catalogue.items, model->terms,
									  &model->vectors));
	MML_DEMAND(mml_sparse_parse_table(env, &next, list_names, model->terms,
									  model->catalogue.items, &model->lists));
	if (model->vectors.entries != model->lists.entries)
		return "Its vectors and lists of terms do not fit.";
	MML_DEMAND(check_vectors(&model->vectors));
	MML_DEMAND(check_vectors(&model->lists));
	return mml_envelope_end(env, next);
}

/* A score is a cosine. */
const MmlRecommender mml_content_recommender = {
	.kind = "content",
	.profile = make_profile,
	.score = read_scores,
	.explain = explain,
	.resemble = resemble
};

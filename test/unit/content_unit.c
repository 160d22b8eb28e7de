/*-------------------------------------------------------------------------
 *
 * content_unit.c
 *	  Texts cut into runs, vectors of terms against figures of scikit-learn,
 *	  and models of kind content that somebody has tampered with.
 *
 *-------------------------------------------------------------------------
 */
#include "unit.h"

#include "content_golden.h"
#include "core/random.h"
#include "envelope_writer.h"
#include "profile_room.h"
#include "recommend/content.h"

/* -------------------------------------------------------------------- runs */

/* The runs of a text, a bar behind each, and a star behind dense ones. */
static const char *
cut(const char *text)
{
	static char out[256];
	const char *end = text + strlen(text);
	size_t		length = 0;

	while (text < end)
	{
		bool		dense;
		const char *stop = mml_content_run(text, end, &dense);

		length += (size_t) sprintf(out + length, "%.*s%s|", (int) (stop - text), text,
								   dense ? "*" : "");
		text = stop;
	}
	out[length] = '\0';
	return out;
}

TEST(runs_of_scripts_without_blanks)
{
	CHECK(strcmp(cut("The Matrix"), "The Matrix|") == 0);
	CHECK(strcmp(cut("東京物語"), "東京物語*|") == 0);
	CHECK(strcmp(cut("2001年宇宙の旅 (1968)"), "2001|年宇宙の旅*| (1968)|") == 0);
	CHECK(strcmp(cut("スター・ウォーズ、帝国"), "スター*|・|ウォーズ*|、|帝国*|") == 0);
	CHECK(strcmp(cut("서울의 봄"), "서울의*| |봄*|") == 0);
	CHECK(strcmp(cut("ｱﾆﾒ𠀀々é"), "ｱﾆﾒ𠀀々*|é|") == 0);
}

TEST(bytes_that_are_no_utf8)
{
	/* any bytes: every run moves on and none passes the end */
	for (int round = 0; round < 20000; round++)
	{
		char	   *bytes = malloc(7);
		const char *p = bytes;
		MmlRandom	random;
		bool		dense;

		mml_random_seed(&random, (uint64_t) round);
		for (int i = 0; i < 7; i++)
			bytes[i] = (char) (mml_random_bits(&random) >> 40);
		while (p < bytes + 7)
		{
			const char *stop = mml_content_run(p, bytes + 7, &dense);

			CHECK(stop > p && stop <= bytes + 7);
			CHECK(mml_content_character(p, bytes + 7) <= stop);
			p = stop;
		}
		free(bytes);
	}
}

/* ----------------------------------------------------------------- weights */

TEST(vectors_of_scikit_learn)
{
	float		weights[GOLDEN_ENTRIES];
	double		lengths[GOLDEN_ITEMS];

	for (int e = 0; e < GOLDEN_ENTRIES; e++)
		weights[e] = mml_content_weight(golden_counts[e], GOLDEN_ITEMS,
										(size_t) golden_documents[golden_terms[e]]);
	mml_content_normalise(GOLDEN_ITEMS, GOLDEN_ENTRIES, golden_items, weights, lengths);
	for (int e = 0; e < GOLDEN_ENTRIES; e++)
		CHECK_NEAR(weights[e], golden_weights[e], 2e-7);
}

TEST(which_terms_are_kept)
{
	const MmlContentOptions all = {1, 1};
	const MmlContentOptions some = {2, 0.5};

	CHECK(!mml_content_keep(&all, 10, 0));
	CHECK(mml_content_keep(&all, 10, 1) && mml_content_keep(&all, 10, 10));
	CHECK(!mml_content_keep(&some, 10, 1) && mml_content_keep(&some, 10, 2));
	CHECK(mml_content_keep(&some, 10, 5) && !mml_content_keep(&some, 10, 6));
}

/* ------------------------------------------------------------------ models */

#define ITEMS 4
#define TERMS 3
#define ENTRIES 6

/* A model made by hand: items 0, 1 and 2 have terms, item 3 has none. */
typedef struct Made
{
	int64_t		head[4];
	int64_t		ids[ITEMS];
	double		popularity[ITEMS];
	int32_t		users[ITEMS];
	double		options[3];
	char		config[7];
	int64_t		starts[ITEMS + 1];
	int32_t		terms[ENTRIES];
	float		weights[ENTRIES];
	int64_t		list_starts[TERMS + 1];
	int32_t		list_items[ENTRIES];
	float		list_weights[ENTRIES];
} Made;

static const Made sound = {
	.ids = {1, 2, 3, 7},
	.options = {1, 1, TERMS},
	.config = "simple",
	.starts = {0, 2, 4, 6, 6},
	.terms = {0, 1, 1, 2, 0, 2},
	.weights = {0.6F, 0.8F, 0.8F, 0.6F, 0.6F, 0.8F},
	.list_starts = {0, 2, 4, 6},
	.list_items = {0, 2, 0, 1, 1, 2},
	.list_weights = {0.6F, 0.6F, 0.8F, 0.8F, 0.6F, 0.8F}
};

/* Write a model, with room in bytes that the caller frees. */
static char *
write_made(const Made *made, size_t *length)
{
	const TestSection sections[] = {
		{"catalogue", MML_I64, 8, 1, 4, made->head},
		{"ids", MML_I64, 8, ITEMS, 1, made->ids},
		{"popularity", MML_F64, 8, ITEMS, 1, made->popularity},
		{"item_users", MML_I32, 4, ITEMS, 1, made->users},
		{"options", MML_F64, 8, 1, 3, made->options},
		{"config", MML_U8, 1, sizeof(made->config), 1, made->config},
		{"starts", MML_I64, 8, ITEMS + 1, 1, made->starts},
		{"terms", MML_I32, 4, ENTRIES, 1, made->terms},
		{"weights", MML_F32, 4, ENTRIES, 1, made->weights},
		{"list_starts", MML_I64, 8, TERMS + 1, 1, made->list_starts},
		{"list_items", MML_I32, 4, ENTRIES, 1, made->list_items},
		{"list_weights", MML_F32, 4, ENTRIES, 1, made->list_weights}
	};

	return write_envelope("content", 12, sections, length);
}

/* What is wrong with a made model; NULL where nothing is. */
static const char *
read_made(const Made *made)
{
	size_t		length;
	char	   *bytes = write_made(made, &length);
	MmlEnvelope env;
	MmlContent	model;
	const char *wrong = mml_envelope_open(&env, bytes, length);

	if (wrong == NULL)
		wrong = mml_content_parse(&env, &model);
	free_model(bytes);
	return wrong;
}

TEST(a_made_model_scores)
{
	const MmlRecommender *content = &mml_content_recommender;
	int32_t		seen[] = {0, 3};
	double		weights[] = {1e300, 1e300};
	MmlHistory	history = {2, seen, weights};
	size_t		length;
	char	   *bytes = write_made(&sound, &length);
	MmlEnvelope env;
	MmlContent	model;
	double		scores[ITEMS];
	double		contributions[4];
	const int32_t asked[] = {1, 1};
	void	   *profile;

	CHECK(mml_envelope_open(&env, bytes, length) == NULL);
	CHECK(mml_content_parse(&env, &model) == NULL);
	profile = content->profile(&model, &history, &unit_room);
	CHECK(profile != NULL);
	content->score(&model, profile, ITEMS, NULL, 0, scores);
	CHECK_NEAR(scores[0], 1, 1e-7);
	CHECK_NEAR(scores[1], 0.64, 1e-7);
	CHECK_NEAR(scores[2], 0.36, 1e-7);
	CHECK(scores[3] == 0);
	content->explain(&model, profile, &history, 2, asked, contributions);
	CHECK_NEAR(contributions[0], scores[1], 1e-12);
	CHECK(contributions[1] == 0);
	CHECK(memcmp(contributions, contributions + 2, 2 * sizeof(double)) == 0);

	/* nothing is written about item 3 */
	history.count = 1;
	history.items = seen + 1;
	CHECK(content->profile(&model, &history, &unit_room) == NULL);
	CHECK(content->resemble(&model, 3, &unit_room) == NULL);
	profile = content->resemble(&model, 2, &unit_room);
	content->score(&model, profile, 1, seen, 0, scores);
	CHECK_NEAR(scores[0], mml_content_dot(&model, 0, 2), 1e-7);
	unit_free_all();
	free_model(bytes);
}

/* Change one thing, and the model must be refused. */
#define REFUSED(change) \
	do { \
		Made		made = sound; \
		\
		made.change; \
		CHECK(read_made(&made) != NULL); \
	} while (0)

TEST(models_tampered_with)
{
	CHECK(read_made(&sound) == NULL);
	REFUSED(ids[1] = 1);
	REFUSED(options[0] = 0);
	REFUSED(options[1] = NAN);
	REFUSED(options[1] = 1.5);
	REFUSED(options[2] = 2);
	REFUSED(options[2] = 2.5);
	REFUSED(options[2] = 1e300);
	REFUSED(config[3] = '\0');
	REFUSED(config[6] = 'e');
	REFUSED(starts[1] = 5);
	REFUSED(starts[0] = -1);
	REFUSED(starts[4] = 5);
	REFUSED(terms[0] = 1);
	REFUSED(terms[1] = TERMS);
	REFUSED(terms[0] = -1);
	REFUSED(weights[0] = NAN);
	REFUSED(weights[0] = -0.5F);
	REFUSED(weights[0] = 1.5F);
	REFUSED(list_starts[1] = INT64_MAX);
	REFUSED(list_items[1] = ITEMS);
	REFUSED(list_weights[5] = INFINITY);
	REFUSED(list_weights[5] = 0);
}

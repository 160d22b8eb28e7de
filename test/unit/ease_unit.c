/*-------------------------------------------------------------------------
 *
 * ease_unit.c
 *	  ease against the equations that define it, and models that somebody has
 *	  tampered with.
 *
 *-------------------------------------------------------------------------
 */
#include "unit.h"

#include "core/random.h"
#include "envelope_writer.h"
#include "nn_room.h"
#include "recommend/ease.h"
#include "recommend/nearest.h"

#define USERS 700
#define ITEMS 40
#define ROOM (USERS * ITEMS)

/* The same pairs as tables and dense. */
typedef struct Watched
{
	double		dense[USERS][ITEMS];
	int64_t		user_starts[USERS + 1];
	int64_t		item_starts[ITEMS + 1];
	int32_t		user_columns[ROOM];
	int32_t		item_columns[ROOM];
	double		user_weights[ROOM];
	double		item_weights[ROOM];
	MmlPairTable by_user;
	MmlPairTable by_item;
} Watched;

/* Make pairs: of so many users in 1000 nearly everything, of others little. */
static void
watch(Watched *w, uint64_t seed, uint64_t long_users)
{
	MmlRandom	rng;
	int64_t		entries = 0;

	memset(w, 0, sizeof(Watched));
	mml_random_seed(&rng, seed);
	for (int u = 0; u < USERS; u++)
	{
		uint64_t	share = mml_random_below(&rng, 1000) < long_users ? 9 : 1;

		for (int i = 0; i < ITEMS; i++)
			if (mml_random_below(&rng, 10) < share)
			{
				w->dense[u][i] = (double) (1 + mml_random_below(&rng, 4)) / 4;
				w->user_columns[entries] = i;
				w->user_weights[entries++] = w->dense[u][i];
			}
		w->user_starts[u + 1] = entries;
	}
	w->by_user = (MmlPairTable)
	{
		USERS, ITEMS, w->user_starts, w->user_columns, w->user_weights
	};
	w->by_item = (MmlPairTable)
	{
		ITEMS, USERS, w->item_starts, w->item_columns, w->item_weights
	};
	mml_pairs_transpose(&w->by_user, &w->by_item);
}

/* An entry of X'X, by the definition; weights are quarters, so sums are exact. */
static double
gram_entry(const Watched *w, int i, int j)
{
	double		sum = 0;

	for (int u = 0; u < USERS; u++)
		sum += w->dense[u][i] * w->dense[u][j];
	return sum;
}

TEST(gram_of_short_and_long_histories)
{
	static Watched w;
	static double block[MML_EASE_BLOCK * ITEMS];
	static double gram[ITEMS * ITEMS];
	const uint64_t shares[] = {0, 20, 500, 1000};

	for (size_t s = 0; s < 4; s++)
	{
		watch(&w, s + 1, shares[s]);
		if (shares[s] > 0)
			CHECK(mml_ease_has_long(&w.by_user));
		for (size_t i = 0; i < ITEMS * ITEMS; i++)
			gram[i] = NAN;
		mml_ease_gram(&w.by_user, &w.by_item,
					  mml_ease_has_long(&w.by_user) ? block : NULL, gram);
		for (int i = 0; i < ITEMS; i++)
			for (int j = 0; j <= i; j++)
				CHECK(gram[i * ITEMS + j] == gram_entry(&w, i, j));
	}
}

/* P of a table. */
static void
invert(const Watched *w, double l2, double *inverse)
{
	static double block[MML_EASE_BLOCK * ITEMS];

	mml_ease_gram(&w->by_user, &w->by_item, block, inverse);
	CHECK(mml_ease_invert(ITEMS, l2, inverse) == MML_OK);
}

/*
 * Column j solves the ridge regression of item j on the others: for k != j,
 * sum over i != j of (G_ki + l2 [k = i]) B_ij = G_kj.
 */
TEST(weights_solve_their_regressions)
{
	static Watched w;
	static double inverse[ITEMS * ITEMS];
	double		diagonal[ITEMS];
	float		row[ITEMS];
	const float *weights = (const float *) (const void *) inverse;

	watch(&w, 5, 100);
	for (double l2 = 0.5; l2 < 1000; l2 *= 10)
	{
		static float copy[ITEMS * ITEMS];

		invert(&w, l2, inverse);
		CHECK(mml_ease_weights(ITEMS, inverse, diagonal, row));
		memcpy(copy, weights, sizeof(copy));
		for (int j = 0; j < ITEMS; j++)
		{
			CHECK(copy[j * ITEMS + j] == 0);
			for (int k = 0; k < ITEMS; k++)
			{
				double		sum = l2 * (double) copy[k * ITEMS + j];

				for (int i = 0; i < ITEMS; i++)
					sum += gram_entry(&w, k, i) * (double) copy[i * ITEMS + j];
				if (k != j)
					CHECK_NEAR(sum, gram_entry(&w, k, j), 1e-4);
			}
		}
	}
}

TEST(strongest_are_those_of_the_column)
{
	static Watched w;
	static double inverse[ITEMS * ITEMS];
	static double copy[ITEMS * ITEMS];
	const float *dense = (const float *) (const void *) copy;
	double		diagonal[ITEMS];
	float		row[ITEMS];

	watch(&w, 6, 100);
	invert(&w, 3, inverse);
	memcpy(copy, inverse, sizeof(copy));
	CHECK(mml_ease_weights(ITEMS, copy, diagonal, row));
	for (size_t k = 1; k < ITEMS + 2; k += 5)
		for (size_t j = 0; j < ITEMS; j++)
		{
			uint32_t	order[ITEMS];
			int32_t		neighbours[ITEMS];
			float		weights[ITEMS];
			size_t		count;
			float		least = INFINITY;
			bool		kept[ITEMS] = {false};

			CHECK(mml_ease_strongest(ITEMS, inverse, j, k, order, neighbours, weights, &count));
			CHECK(count == MML_MIN(k, ITEMS - 1));
			for (size_t n = 0; n < count; n++)
			{
				CHECK(n == 0 || neighbours[n - 1] < neighbours[n]);
				CHECK(weights[n] == dense[(size_t) neighbours[n] * ITEMS + j]);
				kept[neighbours[n]] = true;
				least = MML_MIN(least, fabsf(weights[n]));
			}
			CHECK(!kept[j]);
			for (size_t i = 0; i < ITEMS; i++)
				CHECK(kept[i] || fabsf(dense[i * ITEMS + j]) <= least);
		}
}

TEST(nearest_counts_the_size_and_then_the_number)
{
	int32_t		neighbours[] = {7, 1, 5, 3, 9, 2};
	float		weights[] = {-3, 2, 1, -2, 0.5F, 2};
	uint32_t	order[6];

	/* the third by size is 2, as are two others: 1 and 2 have lower numbers */
	CHECK(mml_nearest(3, 3, 6, neighbours, weights, order) == 3);
	CHECK(neighbours[0] == 7 && neighbours[1] == 1 && neighbours[2] == 2);
	CHECK(weights[0] == -3 && weights[1] == 2 && weights[2] == 2);
	CHECK(mml_nearest(3, 3, 3, neighbours, weights, order) == 3);
}

TEST(refuses_what_float8_cannot_invert)
{
	int64_t		starts[] = {0, 2};
	int64_t		item_starts[] = {0, 1, 2};
	int32_t		columns[] = {0, 1};
	int32_t		users[] = {0, 0};
	double		weights[] = {1e30, 1e30};
	MmlPairTable by_user = {1, 2, starts, columns, weights};
	MmlPairTable by_item = {2, 1, item_starts, users, weights};
	double		gram[4];
	double		block[MML_EASE_BLOCK * 2];

	mml_ease_gram(&by_user, &by_item, block, gram);
	CHECK(mml_ease_invert(2, 1, gram) == MML_NOT_POSITIVE);
}

/* ----------------------------------------------------------------- models */

#define N 3

/* Sections of a sound model, as they may be changed. */
typedef struct Made
{
	int64_t		head[4];
	int64_t		ids[N];
	double		popularity[N];
	int32_t		users[N];
	double		options[3];
	float		dense[N * N];
	int64_t		starts[N + 1];
	int32_t		targets[4];
	float		weights[4];
	size_t		entries;
} Made;

/* Two models that say the same: w(0,1) 0.5, w(0,2) -0.25, w(1,0) 2, w(2,1) 1. */
static const Made sound = {
	{MML_ID_BIGINT, 4, 7, 1}, {-5, 2, 900}, {3, 2.5, 0}, {3, 3, 1}, {200, 0, NAN},
	{0, 0.5F, -0.25F, 2, 0, 0, 0, 1, 0},
	{0, 2, 3, 4}, {1, 2, 0, 1}, {0.5F, -0.25F, 2, 1}, 4
};

/* Write a model, dense or sparse as its options say, and read it again. */
static const char *
read_made(const Made *made, MmlEase *model, char **bytes)
{
	bool		dense = made->options[1] == 0;
	const TestSection sections[] = {
		{"catalogue", MML_I64, 8, 1, 4, made->head},
		{"ids", MML_I64, 8, N, 1, made->ids},
		{"popularity", MML_F64, 8, N, 1, made->popularity},
		{"item_users", MML_I32, 4, N, 1, made->users},
		{"options", MML_F64, 8, 1, 3, made->options},
		{dense ? "weights" : "starts", dense ? MML_F32 : MML_I64, dense ? 4 : 8,
		dense ? N : N + 1, dense ? N : 1, dense ? (const void *) made->dense : made->starts},
		{"targets", MML_I32, 4, made->entries, 1, made->targets},
		{"weights", MML_F32, 4, made->entries, 1, made->weights}
	};
	MmlEnvelope env;
	size_t		length;

	*bytes = write_envelope("ease", dense ? 6 : 8, sections, &length);
	MML_DEMAND(mml_envelope_open(&env, *bytes, length));
	return mml_ease_parse(&env, model);
}

/* Is it refused? */
static bool
refused(const Made *made)
{
	MmlEase		model;
	char	   *bytes;
	bool		answer = read_made(made, &model, &bytes) != NULL;

	free_model(bytes);
	return answer;
}

TEST(dense_and_sparse_models_answer_alike)
{
	const MmlRecommender *r = &mml_ease_recommender;
	int32_t		seen[] = {0, 2};
	double		weights[] = {2, 4};
	MmlHistory	history = {2, seen, weights};
	const double scores[] = {0, 5, -0.5};
	const int32_t which[] = {2, 1};

	for (int sparse = 0; sparse < 2; sparse++)
	{
		Made		made = sound;
		MmlEase		model;
		char	   *bytes;
		double	   *profile;
		double		answer[N];

		made.options[1] = sparse ? 2 : 0;
		CHECK(read_made(&made, &model, &bytes) == NULL);
		CHECK(model.l2 == 200 && model.neighbours == made.options[1]);
		CHECK((model.weights == NULL) == (sparse == 1));

		profile = r->profile(&model, &history, &test_room);
		r->score(&model, profile, N, NULL, 0, answer);
		CHECK(memcmp(answer, scores, sizeof(scores)) == 0);
		r->score(&model, profile, 2, which, 0, answer);
		CHECK(answer[0] == scores[2] && answer[1] == scores[1]);
		r->explain(&model, profile, &history, 1, which + 1, answer);
		CHECK(answer[0] == 1 && answer[1] == 4);
		free(profile);

		profile = r->resemble(&model, 0, &test_room);
		r->score(&model, profile, N, NULL, 0, answer);
		CHECK(answer[0] == 0 && answer[1] == 2 && answer[2] == 0);
		free(profile);
		free_model(bytes);
	}
}

/* A sound model with one thing changed must be refused. */
#define REFUSED(sparse, change) \
	do { \
		Made		made = sound; \
		made.options[1] = (sparse) ? 2 : 0; \
		CHECK(!refused(&made)); \
		made.change; \
		CHECK(refused(&made)); \
	} while (0)

TEST(read_models_that_lie)
{
	REFUSED(false, options[0] = 0);
	REFUSED(false, options[0] = NAN);
	REFUSED(false, options[0] = INFINITY);
	REFUSED(false, options[1] = -1);
	REFUSED(false, options[2] = INFINITY);
	REFUSED(false, dense[1] = NAN);
	REFUSED(false, dense[8] = 1);	/* an item with itself */
	REFUSED(false, dense[7] = -INFINITY);
	REFUSED(false, popularity[0] = NAN);
	REFUSED(true, options[1] = 1);	/* more weights than that */
	REFUSED(true, options[1] = NAN);
	REFUSED(true, starts[1] = 5);
	REFUSED(true, targets[0] = 0);
	REFUSED(true, targets[1] = N);
	REFUSED(true, weights[3] = NAN);
	REFUSED(true, entries = 3);
}

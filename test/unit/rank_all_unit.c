/*-------------------------------------------------------------------------
 *
 * rank_all_unit.c
 *	  A ranking for many gives each what a ranking for one does.
 *
 *-------------------------------------------------------------------------
 */
#include "unit.h"

#include "core/random.h"
#include "nn_room.h"
#include "recommend/factors.h"
#include "recommend/rank_all.h"

#define ITEMS 5000
#define FACTORS 7
#define PEOPLE 300				/* more than one block */
#define MOST_K 40

/* A kind whose models are factors and whose profiles are directions. */
static void
score(const void *model, const void *profile, size_t n, const int32_t *which,
	  size_t first, double *scores)
{
	mml_factors_score(model, profile, n, which, first, scores);
}

static void
bound_all(const void *model, size_t m, const void *const *profiles, size_t n,
		  size_t first, MmlRoom *room, float *bounds, double *slacks)
{
	mml_factors_bound_all(model, m, profiles, n, first, room, bounds, slacks);
}

static const MmlRecommender bounded = {.above = -INFINITY,.score = score,.bound_all = bound_all};
static const MmlRecommender unbounded = {.above = -INFINITY,.score = score};
static const MmlRecommender positive = {.above = 0,.score = score,.bound_all = bound_all};

/* Everything that a round works on. */
typedef struct Round
{
	float		v[ITEMS * FACTORS];
	double		offsets[ITEMS];
	MmlFactors	factors;
	MmlDirection directions[PEOPLE];
	uint8_t		barred[2][ITEMS];
	MmlRanked	best[PEOPLE][MOST_K];
	MmlRankFor	all[PEOPLE];
	MmlRankAllWork work;
	MmlRandom	rng;
} Round;

static Round t;

static double
draw(void)
{
	return 2 * mml_random_unit(&t.rng) - 1;
}

/*
 * Factors of a size, of which many items share some with each other, so that
 * scores tie; and people, some of whom know nothing, or shout.
 */
static void
make(uint64_t seed, double size, bool offsets)
{
	mml_random_seed(&t.rng, seed);
	t.factors = (MmlFactors)
	{
		.items = ITEMS,.factors = FACTORS,.v = t.v,.offsets = offsets ? t.offsets : NULL
	};
	for (size_t i = 0; i < ITEMS; i++)
	{
		bool		again = i > 0 && mml_random_below(&t.rng, 3) == 0;

		for (size_t k = 0; k < FACTORS; k++)
			t.v[i * FACTORS + k] = again ? t.v[(i - 1) * FACTORS + k] : (float) (size * draw());
		t.offsets[i] = again ? t.offsets[i - 1] : size * draw();
		t.barred[1][i] = mml_random_below(&t.rng, 4) == 0;
	}
	mml_factors_coarsen(&t.factors, &test_room);
	for (size_t p = 0; p < PEOPLE; p++)
	{
		double		voice = p % 50 == 0 ? 0 : p % 50 == 1 ? 1e25 : p % 50 == 2 ? 1e-30 : 1;

		mml_direction_make(&t.factors, &t.directions[p], &test_room);
		for (size_t k = 0; k < FACTORS; k++)
			t.directions[p].x[k] = voice * draw();
		CHECK(mml_direction_seal(&t.factors, &t.directions[p]));
		t.directions[p].base = offsets ? 3 * draw() : 0;
		t.all[p] = (MmlRankFor)
		{
			&t.directions[p], t.barred[p % 2], t.best[p], 0
		};
	}
}

static void
forget(void)
{
	free(t.factors.coarse.order);
	free(t.factors.coarse.bytes);
	free(t.factors.coarse.scales);
	free(t.factors.coarse.rests);
	free(t.factors.coarse.inverses);
	free(t.factors.coarse.groups);
	for (size_t p = 0; p < PEOPLE; p++)
	{
		free(t.directions[p].x);
		free(t.directions[p].rough);
		free(t.directions[p].steps);
	}
}

/* Everybody has just what a ranking for him alone gives. */
static void
check(const MmlRecommender *recommender, size_t k, size_t items, size_t people)
{
	mml_rank_all(recommender, &t.factors, k, items, people, t.all, &test_room, &t.work);
	for (size_t p = 0; p < people; p++)
	{
		MmlRanked	best[MOST_K];
		size_t		count = mml_rank(recommender, &t.factors, &t.directions[p], k, items, NULL,
									 t.all[p].barred, &t.work.one, best);

		CHECK(t.all[p].count == count);
		for (size_t i = 0; i < count; i++)
			CHECK(best[i].item == t.best[p][i].item && best[i].score == t.best[p][i].score);
	}
}

TEST(everybody_gets_his_own_ranking)
{
	const double sizes[] = {1, 1e-25, 1e12};

	for (uint64_t seed = 0; seed < 6; seed++)
	{
		make(seed + 1, sizes[seed / 2], seed % 2 == 1);
		check(&bounded, 10, ITEMS, PEOPLE);
		check(&bounded, 1, ITEMS, 3);
		check(&bounded, MOST_K, 1030, PEOPLE);
		check(&bounded, MOST_K, 30, 5);
		check(&positive, 10, ITEMS, 20);
		check(&unbounded, 5, 100, PEOPLE);
		forget();
	}
}

TEST(nobody)
{
	mml_rank_all(&bounded, &t.factors, 10, ITEMS, 0, t.all, &test_room, &t.work);
}

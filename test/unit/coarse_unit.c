/*-------------------------------------------------------------------------
 *
 * coarse_unit.c
 *	  No item that reaches a threshold is ruled out, and rankings through
 *	  bounds are those without, whatever the numbers.
 *
 *-------------------------------------------------------------------------
 */
#include <float.h>

#include "unit.h"

#include "core/random.h"
#include "nn_room.h"
#include "recommend/factors.h"

#define MOST_ITEMS 9000

static void
score(const void *model, const void *profile, size_t n, const int32_t *which,
	  size_t first, double *scores)
{
	mml_factors_score(model, profile, n, which, first, scores);
}

static size_t
sieve(const void *model, const void *profile, size_t n, size_t first, double threshold,
	  int32_t *chosen)
{
	return mml_factors_sieve(model, profile, n, first, threshold, chosen);
}

static const MmlRecommender sifted = {.above = -INFINITY,.score = score,.sieve = sieve};
static const MmlRecommender plain = {.above = -INFINITY,.score = score};

/* Sorts of factors. */
typedef enum Sort
{
	ORDINARY, FEW_LARGE, TIES, TINY, ZEROS, HUGE_ONES, MIXED, NEGATIVE, KNOWN_AND_UNKNOWN, SORTS,
	EDGE						/* all but the first item like t.edge */
} Sort;

/* What a round works on. */
typedef struct Round
{
	MmlFactors	factors;
	float	   *v;
	float		edge;
	double		offsets[MOST_ITEMS];
	uint8_t		barred[MOST_ITEMS];
	uint8_t		chosen[MOST_ITEMS]; /* how often */
	MmlRankWork work;
	MmlRandom	rng;
} Round;

static Round t;

static double
draw(void)
{
	return mml_random_unit(&t.rng) - 0.5;
}

/* A factor of an item. */
static double
draw_factor(Sort sort, size_t item)
{
	double		x = draw();

	switch (sort)
	{
		case FEW_LARGE:
			return mml_random_below(&t.rng, 50) == 0 ? 1e6 * x : x;
		case TIES:
			return (double) mml_random_below(&t.rng, 3) - 1;
		case TINY:
			return x * 1e-44;
		case ZEROS:
			return item % 3 == 0 ? 0 : x;
		case HUGE_ONES:
			return x * 6e38;
		case MIXED:
			return item % 2 == 0 ? x * 1e-40 : x * 1e38;
		case NEGATIVE:
			return x < 0 ? x : -x;
		case KNOWN_AND_UNKNOWN:
			return x / (double) (1 + item * 7919 % 1000);
		case EDGE:
			return item > 0 ? (double) t.edge : 1;
		default:
			return x;
	}
}

/* Items, fewer where they have more factors, each with some of its own. */
static void
make(Sort sort, size_t d, double offset)
{
	size_t		n = MML_MIN(MOST_ITEMS, 150000 / (d + 20)) - d % 7;

	t.v = malloc(n * d * sizeof(float));
	t.factors = (MmlFactors)
	{
		.items = n,.factors = d,.v = t.v,.offsets = offset > 0 ? t.offsets : NULL
	};
	for (size_t i = 0; i < n * d; i++)
		t.v[i] = (float) draw_factor(sort, i / d);
	for (size_t i = 0; i < n; i++)
	{
		t.offsets[i] = offset * draw();
		t.barred[i] = mml_random_below(&t.rng, 20) == 0;
	}
	mml_factors_coarsen(&t.factors, &test_room);
}

static void
forget(void)
{
	MmlCoarse  *coarse = &t.factors.coarse;

	free(t.v);
	free(coarse->order);
	free(coarse->bytes);
	free(coarse->scales);
	free(coarse->rests);
	free(coarse->inverses);
	free(coarse->groups);
}

static void
forget_direction(MmlDirection *direction)
{
	free(direction->x);
	free(direction->rough);
	free(direction->steps);
}

/* Every item has a place, and what is kept of it is so. */
static void
check_copy(void)
{
	const MmlCoarse *coarse = &t.factors.coarse;
	size_t		d = t.factors.factors;

	memset(t.chosen, 0, sizeof(t.chosen));
	for (size_t place = 0; place < t.factors.items; place++)
	{
		size_t		item = (size_t) coarse->order[place];
		const int8_t *bytes = coarse->bytes + place * coarse->stride;
		double		rest = 0;
		double		square = 0;

		CHECK(t.chosen[item]++ == 0);
		for (size_t k = 0; k < coarse->stride; k++)
		{
			double		v = k < d ? (double) t.v[item * d + k] : 0;
			double		missed = v - (double) coarse->scales[place] * bytes[k];

			CHECK(bytes[k] >= -MML_FACTORS_BYTE);
			rest += missed * missed;
			square += v * v;
		}
		CHECK((double) coarse->rests[place] >= sqrt(rest));
		CHECK(coarse->groups[place / MML_FACTORS_GROUP].length >= sqrt(square));
		CHECK(t.factors.offsets == NULL ||
			  coarse->groups[place / MML_FACTORS_GROUP].offset >= t.offsets[item]);
	}
}

/* Items that reach a threshold are chosen, and none twice. */
static void
check_sieve(const MmlDirection *asked, double threshold)
{
	size_t		n = t.factors.items;
	size_t		count;

	memset(t.chosen, 0, sizeof(t.chosen));
	for (size_t first = 0; first < n; first += count)
	{
		size_t		chosen;

		count = MML_MIN(n - first, 5 * MML_RANK_FIRST);
		chosen = mml_factors_sieve(&t.factors, asked, count, first, threshold, t.work.chosen);
		CHECK(chosen <= count);
		for (size_t i = 0; i < chosen; i++)
			CHECK(t.chosen[t.work.chosen[i]]++ == 0);
	}
	for (size_t first = 0; first < n; first += count)
	{
		count = MML_MIN(n - first, MML_RANK_BLOCK);
		mml_factors_score(&t.factors, asked, count, NULL, first, t.work.scores);
		for (size_t i = 0; i < count; i++)
			CHECK(t.work.scores[i] < threshold || t.chosen[first + i] == 1);
	}
}

/* The same ranking with bounds and without; thresholds are scores in it. */
static void
check_direction(const MmlDirection *asked)
{
	MmlRanked	with[300];
	MmlRanked	without[300];
	const size_t most[] = {1, 10, 300};

	for (int m = 0; m < 3; m++)
	{
		size_t		count = mml_rank(&plain, &t.factors, asked, most[m], t.factors.items, NULL,
									 t.barred, &t.work, without);

		CHECK(mml_rank(&sifted, &t.factors, asked, most[m], t.factors.items, NULL,
					   t.barred, &t.work, with) == count);
		for (size_t i = 0; i < count; i++)
			CHECK(with[i].item == without[i].item && with[i].score == without[i].score);
		check_sieve(asked, without[count - 1].score);
	}
	check_sieve(asked, nextafter(without[0].score, INFINITY));
	check_sieve(asked, -INFINITY);
	check_sieve(asked, INFINITY);
}

TEST(bounds_change_no_ranking)
{
	const size_t factors[] = {1, 5, 16, 63, 200, MML_FACTORS_MOST};
	const double reach[] = {1, 1e-300, 1e-320, 1e-45, 1e20, 1e35, 1e200};

	mml_random_seed(&t.rng, 9);
	for (Sort sort = 0; sort < SORTS; sort++)
		for (int f = 0; f < 6; f++)
		{
			MmlDirection direction;

			make(sort, factors[f], f % 2 == 0 ? 0 : f);
			check_copy();
			mml_direction_make(&t.factors, &direction, &test_room);
			for (int r = 0; r < 7; r++)
			{
				for (size_t k = 0; k < factors[f]; k++)
					direction.x[k] = (r == 4 && k % 2 == 0 ? 1e-6 : 1) * reach[r] * draw();
				CHECK(mml_direction_seal(&t.factors, &direction));
				direction.base = r % 3 == 2 ? 1e9 * draw() : r % 3;
				check_direction(&direction);
			}
			forget_direction(&direction);
			for (int32_t item = 1; item < 4; item++)
			{
				if (mml_direction_of_item(&t.factors, item, &direction, &test_room))
				{
					check_direction(&direction);
					forget_direction(&direction);
				}
			}
			forget();
		}
}

/* x and v all of the largest: q'b is as large as it can be. */
TEST(numbers_at_the_edge)
{
	const float edge[] = {FLT_MAX, -FLT_MAX, FLT_MIN, 1e-45F, 0, 127, 1};

	mml_random_seed(&t.rng, 11);
	for (int e = 0; e < 7; e++)
	{
		MmlDirection direction;

		t.edge = edge[e];
		make(EDGE, MML_FACTORS_MOST, 0);
		check_copy();
		mml_direction_make(&t.factors, &direction, &test_room);
		for (int sign = -1; sign <= 1; sign++)
		{
			for (size_t k = 0; k < MML_FACTORS_MOST; k++)
				direction.x[k] = sign;
			CHECK(mml_direction_seal(&t.factors, &direction));
			check_direction(&direction);
		}
		direction.x[0] = INFINITY;
		CHECK(!mml_direction_seal(&t.factors, &direction));
		forget_direction(&direction);
		forget();
	}
}

/* Where norms differ, few groups are read; where they do not, few items pass. */
TEST(bounds_rule_out)
{
	for (Sort sort = ORDINARY; sort < SORTS; sort += KNOWN_AND_UNKNOWN)
	{
		MmlDirection direction;
		MmlRanked	best[10];
		size_t		count;

		mml_random_seed(&t.rng, 12);
		make(sort, 64, 0);
		mml_direction_make(&t.factors, &direction, &test_room);
		for (size_t k = 0; k < 64; k++)
			direction.x[k] = draw();
		CHECK(mml_direction_seal(&t.factors, &direction));
		mml_rank(&sifted, &t.factors, &direction, 10, t.factors.items, NULL, t.barred, &t.work, best);
		count = mml_factors_sieve(&t.factors, &direction, t.factors.items, 0, best[9].score,
								  t.work.chosen);
		CHECK(count >= 10 && count < 30);
		forget_direction(&direction);
		forget();
	}
}

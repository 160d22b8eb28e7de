/*-------------------------------------------------------------------------
 *
 * metrics_unit.c
 *	  Kernels of src/metrics against naive versions of themselves.
 *
 *-------------------------------------------------------------------------
 */
#include "unit.h"

#include <float.h>

#include "metrics/bootstrap.h"
#include "metrics/scores.h"

/* ------------------------------------------------------------- accuracy */

TEST(accuracy_counts)
{
	MmlAccuracy a = {.rows = 0};
	MmlAccuracy b = {.rows = 0};

	CHECK(isnan(mml_metrics_accuracy(&a)));
	for (int i = 0; i < 10; i++)
		mml_metrics_accuracy_add(i < 4 ? &a : &b, i % 5 != 0);
	mml_metrics_accuracy_merge(&a, &b);
	CHECK(a.rows == 10 && a.equal == 8);
	CHECK(mml_metrics_accuracy(&a) == 0.8);
}

TEST(accuracy_verifies)
{
	const MmlStateKind *kind = &mml_metrics_accuracy_kind;
	MmlAccuracy a = {.rows = 3,.equal = 3};

	CHECK(kind->verify(&a.head, sizeof(a)) == NULL);
	a.equal = 4;
	CHECK(kind->verify(&a.head, sizeof(a)) != NULL);
	a.equal = -1;
	CHECK(kind->verify(&a.head, sizeof(a)) != NULL);
	a.equal = 0;
	a.rows = MML_METRICS_MAX_ROWS + 1;
	CHECK(kind->verify(&a.head, sizeof(a)) != NULL);
	a.rows = -1;
	CHECK(kind->verify(&a.head, sizeof(a)) != NULL);
}

TEST(headers_are_told_apart)
{
	MmlAccuracy a = {.head = {.magic = {'M', 'M', 'L', 'S'},.kind = "accuracy",.version = 1}};

	CHECK(mml_state_is(&a.head, &mml_metrics_accuracy_kind));
	CHECK(!mml_state_is(&a.head, &mml_metrics_log_loss_kind));
	CHECK(mml_state_verify(&a.head, sizeof(a), &mml_metrics_accuracy_kind) == NULL);
	CHECK(mml_state_verify(&a.head, sizeof(a) - 1, &mml_metrics_accuracy_kind) != NULL);
	CHECK(mml_state_verify(&a.head, sizeof(a) + 1, &mml_metrics_accuracy_kind) != NULL);
	a.head.version = 2;
	CHECK(mml_state_verify(&a.head, sizeof(a), &mml_metrics_accuracy_kind) != NULL);
	a.head.kind[MML_STATE_KIND_BYTES - 1] = 'x';
	CHECK(!mml_state_is(&a.head, &mml_metrics_accuracy_kind));
}

/* ------------------------------------------------------------- log loss */

TEST(log_loss_of_one_row)
{
	static const double p[] = {0, 1e-300, 0.1, 0.5, 0.9, 1 - 1e-16, 1};

	for (size_t i = 0; i < sizeof(p) / sizeof(*p); i++)
	{
		double		clipped = fmin(fmax(p[i], DBL_EPSILON), 1 - DBL_EPSILON);
		MmlLogLoss	yes = {.rows = 0};
		MmlLogLoss	no = {.rows = 0};

		mml_metrics_log_loss_add(&yes, true, p[i]);
		mml_metrics_log_loss_add(&no, false, p[i]);
		CHECK_NEAR(mml_metrics_log_loss(&yes), -log(clipped), 1e-15);
		CHECK_NEAR(mml_metrics_log_loss(&no), -log(1 - clipped), 1e-15);
	}
}

TEST(log_loss_sums_without_drift)
{
	MmlLogLoss	whole = {.rows = 0};
	MmlLogLoss	parts[7] = {{.rows = 0}};
	MmlRandom	rng;
	long double sum = 0;
	int			n = 1000000;

	mml_random_seed(&rng, 1);
	for (int i = 0; i < n; i++)
	{
		double		p = mml_random_unit(&rng);
		bool		actual = mml_random_below(&rng, 2) == 1;

		mml_metrics_log_loss_add(&whole, actual, p);
		mml_metrics_log_loss_add(&parts[mml_random_below(&rng, 7)], actual, p);
		p = fmin(fmax(p, DBL_EPSILON), 1 - DBL_EPSILON);
		sum += (long double) (actual ? -log(p) : -log1p(-p));
	}
	for (int i = 1; i < 7; i++)
		mml_metrics_log_loss_merge(&parts[0], &parts[i]);
	CHECK(parts[0].rows == n && whole.rows == n);
	CHECK_NEAR(mml_metrics_log_loss(&whole), (double) (sum / n), 1e-15);
	CHECK_NEAR(mml_metrics_log_loss(&parts[0]), mml_metrics_log_loss(&whole), 1e-15);
	CHECK(mml_metrics_log_loss_kind.verify(&whole.head, sizeof(whole)) == NULL);
	CHECK(mml_metrics_log_loss_kind.verify(&parts[0].head, sizeof(whole)) == NULL);
}

TEST(log_loss_verifies)
{
	static const MmlLogLoss wrong[] = {
		{.rows = -1},
		{.rows = 0,.sum = 1},
		{.rows = 1,.sum = -1},
		{.rows = 1,.sum = NAN},
		{.rows = 1,.sum = INFINITY},
		{.rows = 1,.sum = 37},
		{.rows = 1,.sum = 1,.rest = 1.5},
		{.rows = 1,.sum = 1,.rest = NAN}
	};

	for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++)
		CHECK(mml_metrics_log_loss_kind.verify(&wrong[i].head, sizeof(*wrong)) != NULL);
}

/* -------------------------------------------------------------- ROC AUC */

/* An empty state with room for so many rows. */
static MmlRocAuc *
make_roc(int64_t rows)
{
	MmlRocAuc  *state = malloc(mml_metrics_roc_auc_bytes(rows));

	memset(state, 0, sizeof(*state));
	return state;
}

/* Its area. */
static double
area_of(const MmlRocAuc *state)
{
	uint64_t   *work = malloc((mml_metrics_scores_work(state) + 1) * sizeof(*work));
	MmlSortedScores scores;
	double		area;

	mml_metrics_scores_sort(state, work, &scores);
	area = mml_metrics_roc_auc(&scores);
	free(work);
	return area;
}

/* By the definition: all pairs. */
static double
naive_area(int n, const bool *actual, const double *score)
{
	double		wins = 0;
	double		pairs = 0;

	for (int i = 0; i < n; i++)
		for (int j = 0; j < n; j++)
			if (actual[i] && !actual[j])
			{
				pairs += 1;
				wins += score[i] > score[j] ? 1 : score[i] == score[j] ? 0.5 : 0;
			}
	return wins / pairs;
}

/* n rows; how many different scores there are; how far classes are apart. */
static void
try_area(int n, uint64_t distinct, double apart, uint64_t seed)
{
	bool	   *actual = malloc((size_t) n * sizeof(bool) + 1);
	double	   *score = malloc((size_t) n * sizeof(double) + 1);
	MmlRocAuc  *whole = make_roc(n);
	MmlRocAuc  *first = make_roc(n);
	MmlRocAuc  *second = make_roc(n);
	MmlRandom	rng;
	double		naive;

	mml_random_seed(&rng, seed);
	for (int i = 0; i < n; i++)
	{
		MmlRocAuc  *part = mml_random_below(&rng, 3) == 0 ? first : second;

		actual[i] = mml_random_below(&rng, 3) == 0;
		score[i] = (double) mml_random_below(&rng, distinct) - (double) distinct / 2 +
			(actual[i] ? apart : 0);
		if (score[i] == 0 && mml_random_below(&rng, 2) == 0)
			score[i] = -0.0;
		if (mml_random_below(&rng, 50) == 0)
			score[i] = mml_random_below(&rng, 2) ? INFINITY : -INFINITY;
		mml_metrics_roc_auc_add(whole, actual[i], score[i]);
		mml_metrics_roc_auc_add(part, actual[i], score[i]);
	}
	mml_metrics_roc_auc_merge(first, second);
	CHECK(mml_metrics_roc_auc_kind.verify(&whole->head, mml_metrics_roc_auc_bytes(n)) == NULL);
	CHECK(mml_metrics_roc_auc_kind.verify(&first->head, mml_metrics_roc_auc_bytes(n)) == NULL);
	CHECK(first->rows == n && first->positives == whole->positives);

	naive = naive_area(n, actual, score);
	if (isnan(naive))
		CHECK(isnan(area_of(whole)) && isnan(area_of(first)));
	else
	{
		CHECK_NEAR(area_of(whole), naive, 1e-15);
		CHECK(area_of(first) == area_of(whole));
	}
	free(actual);
	free(score);
	free(whole);
	free(first);
	free(second);
}

TEST(roc_auc_of_few_rows)
{
	for (int n = 0; n < 200; n++)
	{
		try_area(n, 1, 0, (uint64_t) n);
		try_area(n, 7, 1, (uint64_t) n);
		try_area(n, 1000000, -1e5, (uint64_t) n);
	}
}

TEST(roc_auc_of_more_rows)
{
	try_area(3000, 2, 0, 1);
	try_area(3000, 300, 40, 2);
	try_area(3000, (uint64_t) 1 << 53, 1e12, 3);
	try_area(3001, 70000, 0.25, 4);
}

TEST(roc_auc_orders_all_numbers)
{
	static const double order[] = {
		-INFINITY, -DBL_MAX, -1, -DBL_MIN, -4.9e-324, 0, 4.9e-324, DBL_MIN,
		0.1, 1, 1 + DBL_EPSILON, DBL_MAX, INFINITY
	};
	int			n = (int) (sizeof(order) / sizeof(*order));

	for (int i = 0; i < n; i++)
		for (int j = 0; j < n; j++)
		{
			MmlRocAuc  *state = make_roc(2);

			mml_metrics_roc_auc_add(state, true, order[i]);
			mml_metrics_roc_auc_add(state, false, order[j]);
			CHECK(area_of(state) == (i > j ? 1 : i == j ? 0.5 : 0));
			free(state);
		}
}

TEST(roc_auc_verifies)
{
	const MmlStateKind *kind = &mml_metrics_roc_auc_kind;
	size_t		bytes = mml_metrics_roc_auc_bytes(70);
	MmlRocAuc  *state = make_roc(70);

	for (int i = 0; i < 70; i++)
		mml_metrics_roc_auc_add(state, i % 2 == 0, i);
	CHECK(kind->verify(&state->head, bytes) == NULL);
	for (size_t less = sizeof(MmlRocAuc); less < bytes; less++)
		CHECK(kind->verify(&state->head, less) != NULL);
	state->positives++;
	CHECK(kind->verify(&state->head, bytes) != NULL);
	state->positives--;
	state->words[65] |= (uint64_t) 1 << 6;	/* a 71st label */
	CHECK(kind->verify(&state->head, bytes) != NULL);
	state->words[65] ^= (uint64_t) 1 << 6;
	state->words[1] = UINT64_MAX;
	CHECK(kind->verify(&state->head, bytes) != NULL);
	state->words[1] = 0;
	CHECK(kind->verify(&state->head, bytes) != NULL);
	state->words[1] = (uint64_t) 1 << 63;
	CHECK(kind->verify(&state->head, bytes) == NULL);
	state->option[1] = -1;
	CHECK(kind->verify(&state->head, bytes) != NULL);
	state->option[1] = NAN;
	CHECK(kind->verify(&state->head, bytes) != NULL);
	state->option[1] = 0;
	state->rows = INT64_MAX;
	CHECK(kind->verify(&state->head, bytes) != NULL);
	state->rows = -1;
	CHECK(kind->verify(&state->head, bytes) != NULL);
	free(state);
}

/* ------------------------------------------------------------- rankings */

TEST(rankings_against_the_definition)
{
	MmlRandom	rng;

	mml_random_seed(&rng, 5);
	for (int round = 0; round < 500; round++)
	{
		bool		hit[40];
		size_t		hits = 0;
		MmlRanking	ranking = {.ranks = mml_random_below(&rng, 41),.hit = hit};
		double		actual = 0;
		double		ideal = 0;

		for (size_t i = 0; i < ranking.ranks; i++)
			hits += hit[i] = mml_random_below(&rng, 4) == 0;
		ranking.relevant = hits + mml_random_below(&rng, 30);
		ranking.k = (int64_t) (ranking.ranks + mml_random_below(&rng, 20));
		if (ranking.k == 0 || ranking.relevant == 0)
			continue;
		for (int64_t i = 0; i < ranking.k; i++)
		{
			double		discount = log((double) i + 2) / log(2);

			if ((size_t) i < ranking.ranks && hit[i])
				actual += 1 / discount;
			if ((size_t) i < ranking.relevant)
				ideal += 1 / discount;
		}
		CHECK_NEAR(mml_metrics_hits_at_k(&ranking, MML_BY_K), (double) hits / (double) ranking.k, 0);
		CHECK_NEAR(mml_metrics_ndcg_at_k(&ranking), actual / ideal, 1e-14);
	}
}

TEST(perfect_and_empty_rankings)
{
	bool		hit[3] = {true, true, true};
	MmlRanking	perfect = {3, hit, 5, 3};
	MmlRanking	short_list = {3, hit, 3, INT64_MAX};
	MmlRanking	empty = {0, hit, 3, 3};
	MmlRanking	nothing = {0, hit, 0, 3};

	CHECK(mml_metrics_hits_at_k(&perfect, MML_BY_K) == 1);
	CHECK(mml_metrics_ndcg_at_k(&perfect) == 1);
	CHECK(mml_metrics_ndcg_at_k(&short_list) == 1);
	CHECK(mml_metrics_hits_at_k(&empty, MML_BY_K) == 0);
	CHECK(mml_metrics_ndcg_at_k(&empty) == 0);
	CHECK(isnan(mml_metrics_ndcg_at_k(&nothing)));
}

TEST(other_metrics_of_a_ranking)
{
	bool		hit[5] = {false, true, false, true, false};
	MmlRanking	ranking = {5, hit, 3, 10};
	MmlRanking	nothing = {5, hit, 0, 10};

	CHECK_NEAR(mml_metrics_hits_at_k(&ranking, MML_BY_RELEVANT), 2.0 / 3, 1e-15);
	CHECK_NEAR(mml_metrics_hits_at_k(&ranking, MML_BY_LEAST), 2.0 / 3, 1e-15);
	CHECK_NEAR(mml_metrics_average_precision_at_k(&ranking, MML_BY_LEAST), (0.5 + 0.5) / 3, 1e-15);
	CHECK_NEAR(mml_metrics_average_precision_at_k(&ranking, MML_BY_K), 0.1, 1e-15);
	CHECK(mml_metrics_hit_rate_at_k(&ranking) == 1 && mml_metrics_reciprocal_rank(&ranking) == 0.5);
	CHECK(isnan(mml_metrics_hit_rate_at_k(&nothing)) && isnan(mml_metrics_reciprocal_rank(&nothing)));
}

/* ------------------------------------------------------- lists together */

/* An empty state with room for so many numbers of 8 bytes behind it. */
static void *
make_state(size_t size, size_t numbers)
{
	return calloc(1, size + numbers * 8);
}

TEST(coverage_counts_different_keys)
{
	MmlCoverage *state = make_state(sizeof(MmlCoverage), 10000);
	uint64_t   *scratch = calloc(10000, sizeof(uint64_t));
	const MmlStateKind *kind = &mml_metrics_coverage_kind;
	MmlRandom	rng;

	mml_random_seed(&rng, 11);
	state->catalogue = 1000;
	for (int i = 0; i < 50000; i++)
	{
		if (mml_metrics_coverage_full(state, 1))
			mml_metrics_coverage_compact(state, scratch);
		CHECK(state->count < 10000);
		state->keys[state->count++] = mml_random_below(&rng, 700) * UINT64_C(0x9e3779b97f4a7c15);
	}
	CHECK(kind->verify(&state->head, mml_metrics_coverage_bytes(state->count)) == NULL);
	mml_metrics_coverage_compact(state, scratch);
	CHECK(mml_metrics_coverage(state) == 0.7);
	CHECK(kind->verify(&state->head, mml_metrics_coverage_bytes(700)) == NULL);
	CHECK(kind->verify(&state->head, mml_metrics_coverage_bytes(699)) != NULL);
	state->keys[5] = state->keys[4];
	CHECK(kind->verify(&state->head, mml_metrics_coverage_bytes(700)) != NULL);
	free(scratch);
	free(state);
}

TEST(diversity_against_pairs)
{
	MmlDiversity *state = make_state(sizeof(MmlDiversity), 3);
	MmlDiversity *other = make_state(sizeof(MmlDiversity), 3);
	double		x[20][3];
	double		sum = 0;
	MmlRandom	rng;

	mml_random_seed(&rng, 12);
	state->dims = other->dims = 3;
	for (int i = 0; i < 20; i++)
	{
		for (int d = 0; d < 3; d++)
			x[i][d] = i == 7 ? 0 : mml_random_unit(&rng) - 0.5;
		mml_metrics_diversity_add(i < 9 ? state : other, x[i]);
	}
	mml_metrics_diversity_merge(state, other);
	for (int i = 0; i < 20; i++)
		for (int j = 0; j < i; j++)
		{
			double		dot = x[i][0] * x[j][0] + x[i][1] * x[j][1] + x[i][2] * x[j][2];
			double		ii = x[i][0] * x[i][0] + x[i][1] * x[i][1] + x[i][2] * x[i][2];
			double		jj = x[j][0] * x[j][0] + x[j][1] * x[j][1] + x[j][2] * x[j][2];

			sum += 1 - (ii * jj > 0 ? dot / sqrt(ii * jj) : 0);
		}
	CHECK_NEAR(mml_metrics_diversity(state), sum / 190, 1e-14);
	CHECK(mml_metrics_diversity_kind.verify(&state->head, mml_metrics_diversity_bytes(3)) == NULL);
	state->sum[1] = NAN;
	CHECK(mml_metrics_diversity_kind.verify(&state->head, mml_metrics_diversity_bytes(3)) != NULL);
	free(other);
	free(state);
}

TEST(bootstrap_covers_as_often_as_it_says)
{
	MmlBootstrap *state = make_state(sizeof(MmlBootstrap), 60);
	double		numbers[60];
	double		means[400];
	uint64_t	keys[400];
	uint64_t	scratch[400];
	int			covered = 0;
	MmlInterval interval;
	MmlRandom	rng;

	mml_random_seed(&rng, 13);
	state->count = 60;
	state->resamples = 400;
	state->level = 0.9;
	for (int round = 0; round < 500; round++)
	{
		state->seed = (uint64_t) round;
		for (int i = 0; i < 60; i++)
			state->values[i] = mml_random_unit(&rng);
		mml_metrics_bootstrap(state, numbers, means, keys, scratch, &interval);
		CHECK(interval.low <= interval.mean && interval.mean <= interval.high);
		covered += interval.low <= 0.5 && interval.high >= 0.5;
	}
	CHECK(covered > 425 && covered < 470);	/* of 500, at 0.9 */
	CHECK(mml_metrics_bootstrap_kind.verify(&state->head, mml_metrics_bootstrap_bytes(60, 1)) == NULL);
	state->values[3] = INFINITY;
	CHECK(mml_metrics_bootstrap_kind.verify(&state->head, mml_metrics_bootstrap_bytes(60, 1)) != NULL);
	state->values[3] = 0;
	state->level = NAN;
	CHECK(mml_metrics_bootstrap_kind.verify(&state->head, mml_metrics_bootstrap_bytes(60, 1)) != NULL);
	free(state);
}

/* A state of n values that are drawn, with weights of a range. */
static MmlBootstrap *
make_weighted(int n, double least, double most, uint64_t seed)
{
	MmlBootstrap *state = make_state(sizeof(MmlBootstrap), 2 * (size_t) n);
	MmlRandom	rng;

	mml_random_seed(&rng, seed);
	state->count = n;
	state->resamples = 400;
	state->level = 0.9;
	state->seed = 3;
	for (int i = 0; i < n; i++)
	{
		state->values[2 * i] = (double) mml_random_below(&rng, 50) - 20;
		state->values[2 * i + 1] = fmax(exp(log(least) + mml_random_unit(&rng) * (log(most) - log(least))), least);
	}
	return state;
}

TEST(equal_weights_change_nothing)
{
	for (double weight = 1e-300; weight < 1e301; weight *= 1e100)
	{
		MmlBootstrap *state = make_weighted(90, weight, weight, 7);
		MmlBootstrap *plain = make_state(sizeof(MmlBootstrap), 90);
		MmlWeightedValue rows[90];
		double		numbers[90];
		double		means[400];
		uint64_t	keys[400];
		uint64_t	scratch[400];
		MmlInterval weighted;
		MmlInterval without;

		memcpy(plain, state, sizeof(MmlBootstrap));
		for (int i = 0; i < 90; i++)
			plain->values[i] = state->values[2 * i];
		mml_metrics_bootstrap_weighted(state, rows, means, keys, scratch, &weighted);
		mml_metrics_bootstrap(plain, numbers, means, keys, scratch, &without);
		CHECK_NEAR(weighted.mean, without.mean, 1e-14);
		CHECK_NEAR(weighted.low, without.low, 1e-13);
		CHECK_NEAR(weighted.high, without.high, 1e-13);
		CHECK(mml_metrics_weighted_kind.verify(&state->head, mml_metrics_bootstrap_bytes(90, 2)) == NULL);
		state->values[3] = 0;
		CHECK(mml_metrics_weighted_kind.verify(&state->head, mml_metrics_bootstrap_bytes(90, 2)) != NULL);
		state->values[3] = NAN;
		CHECK(mml_metrics_weighted_kind.verify(&state->head, mml_metrics_bootstrap_bytes(90, 2)) != NULL);
		CHECK(mml_metrics_weighted_kind.verify(&state->head, mml_metrics_bootstrap_bytes(90, 1)) != NULL);
		free(state);
		free(plain);
	}
}

TEST(weights_of_any_size)
{
	static const double least[] = {0.1, 1e-300, 5e-324};
	static const double most[] = {10, 1e300, 1.7e308};

	for (int k = 0; k < 3; k++)
	{
		MmlBootstrap *state = make_weighted(60, least[k], most[k], 11);
		MmlWeightedValue rows[60];
		double		means[400];
		uint64_t	keys[400];
		uint64_t	scratch[400];
		MmlInterval interval;
		long double sum = 0;
		long double weights = 0;

		for (int i = 0; i < 60; i++)
		{
			sum += (long double) state->values[2 * i] * (long double) state->values[2 * i + 1];
			weights += (long double) state->values[2 * i + 1];
		}
		mml_metrics_bootstrap_weighted(state, rows, means, keys, scratch, &interval);
		CHECK_NEAR(interval.mean, (double) (sum / weights), 1e-13);
		CHECK(interval.low <= interval.mean && interval.mean <= interval.high);
		CHECK(interval.low >= -20 && interval.high <= 30);
		free(state);
	}
}

TEST(novelty_counts_bits)
{
	MmlNovelty	state = {0};
	MmlNovelty	other = {0};

	mml_metrics_novelty_add(&state, 64, 64);
	mml_metrics_novelty_add(&state, 0, 64);
	mml_metrics_novelty_add(&other, 16, 64);
	mml_metrics_novelty_merge(&state, &other);
	CHECK_NEAR(mml_metrics_novelty(&state), 8.0 / 3, 1e-15);
	CHECK(mml_metrics_novelty_kind.verify(&state.head, sizeof(state)) == NULL);
	state.sum = NAN;
	CHECK(mml_metrics_novelty_kind.verify(&state.head, sizeof(state)) != NULL);
}

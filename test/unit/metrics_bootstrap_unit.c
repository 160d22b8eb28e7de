/*-------------------------------------------------------------------------
 *
 * metrics_bootstrap_unit.c
 *	  The bootstrap of metrics of two classes against a naive version: rows are
 *	  repeated as often as they are drawn, and pairs counted one by one.
 *
 *-------------------------------------------------------------------------
 */
#include "unit.h"

#include "metrics/bootstrap.h"

#define ROWS 60
#define RESAMPLES 40
#define MOST_DRAWN (ROWS * ROWS)

/* A row as a test writes it down. */
typedef struct Row
{
	double		score;
	double		cluster;
	bool		actual;
	bool		predicted;
	double		old_score;
	bool		old_predicted;
} Row;

/* What the kernel says. */
typedef struct Answer
{
	MmlInterval interval[MML_FIGURES];
	size_t		defined[MML_FIGURES];
} Answer;

/* A state of n rows, with an older model or without. */
static MmlBootstrap *
make_state(size_t n, const Row *rows, size_t width, int64_t resamples)
{
	MmlBootstrap *state = calloc(1, mml_metrics_bootstrap_bytes((int64_t) n, width));

	state->count = (int64_t) n;
	state->resamples = resamples;
	state->seed = 17;
	state->level = 0.8;
	for (size_t i = 0; i < n; i++)
	{
		double	   *row = state->values + i * width;

		row[0] = rows[i].score;
		row[1] = rows[i].cluster;
		row[2] = rows[i].actual * MML_ROW_ACTUAL + rows[i].predicted * MML_ROW_PREDICTED;
		if (width == MML_GAIN_WIDTH)
		{
			row[2] += rows[i].old_predicted * MML_ROW_OLD_PREDICTED;
			row[3] = rows[i].old_score;
		}
	}
	return state;
}

/* Ask the kernel. */
static void
ask(size_t n, const Row *rows, size_t width, int64_t resamples, Answer *answer)
{
	MmlBootstrap *state = make_state(n, rows, width, resamples);
	uint64_t   *work = malloc(mml_metrics_bootstrap_scores_work(state) * sizeof(uint64_t));

	mml_metrics_bootstrap_scores(state, width, work, answer->interval, answer->defined);
	free(work);
	free(state);
}

/* Rows of a few clusters, some of which stand alone, with tied scores. */
static void
make_rows(Row *rows, uint64_t seed)
{
	MmlRandom	rng;

	mml_random_seed(&rng, seed);
	for (int i = 0; i < ROWS; i++)
	{
		rows[i].score = (double) mml_random_below(&rng, 12) - 4;
		rows[i].old_score = mml_random_unit(&rng);
		rows[i].cluster = i % 5 == 0 ? MML_ROW_ALONE : (double) (mml_random_below(&rng, 14) * 1000);
		rows[i].actual = mml_random_below(&rng, 4) == 0;
		rows[i].predicted = mml_random_below(&rng, 3) == 0;
		rows[i].old_predicted = mml_random_below(&rng, 2) == 0;
	}
}

/* --------------------------------------------------------- the naive version */

/* Figures of rows, each as often as it is there, of one of the models. */
static void
count_all(size_t n, const Row *rows, bool old, double *figure)
{
	double		pairs = 0;
	double		won = 0;
	double		positives = 0;
	double		predicted = 0;
	double		right = 0;
	double		area = 0;

	for (size_t i = 0; i < n; i++)
	{
		double		score = old ? rows[i].old_score : rows[i].score;
		bool		taken = old ? rows[i].old_predicted : rows[i].predicted;
		double		above = 0;
		double		hits = 0;

		positives += rows[i].actual;
		predicted += taken;
		right += taken && rows[i].actual;
		if (!rows[i].actual)
			continue;
		for (size_t j = 0; j < n; j++)
		{
			double		other = old ? rows[j].old_score : rows[j].score;

			above += other >= score;
			hits += other >= score && rows[j].actual;
			if (rows[j].actual)
				continue;
			pairs++;
			won += score > other ? 1 : score == other ? 0.5 : 0;
		}
		area += hits / above;
	}
	figure[MML_FIGURE_ROC_AUC] = pairs > 0 ? won / pairs : NAN;
	figure[MML_FIGURE_AVERAGE_PRECISION] = positives > 0 ? area / positives : NAN;
	figure[MML_FIGURE_PRECISION] = predicted > 0 ? right / predicted : 0;
	figure[MML_FIGURE_RECALL] = positives > 0 ? right / positives : 0;
	figure[MML_FIGURE_F1] = positives + predicted > 0 ? 2 * right / (positives + predicted) : 0;
}

/* The same less those of the older model. */
static void
count_gain(size_t n, const Row *rows, double *figure)
{
	double		old[MML_FIGURES];

	count_all(n, rows, false, figure);
	count_all(n, rows, true, old);
	for (int k = 0; k < MML_FIGURES; k++)
		figure[k] -= old[k];
}

static int
compare_rows(const void *a, const void *b)
{
	const Row  *x = a;
	const Row  *y = b;

	if (x->cluster != y->cluster)
		return x->cluster < y->cluster ? -1 : 1;
	return (x->score > y->score) - (x->score < y->score);
}

static int
compare_numbers(const void *a, const void *b)
{
	double		x = *(const double *) a;
	double		y = *(const double *) b;

	return (x > y) - (x < y);
}

/* The quantile of n sorted numbers, as numpy's. */
static double
quantile_of(size_t n, const double *sorted, double q)
{
	double		place = q * (double) (n - 1);
	size_t		below = (size_t) floor(place);

	return below + 1 < n ? sorted[below] + (place - (double) below) * (sorted[below + 1] - sorted[below]) : sorted[below];
}

/* Draw clusters of rows that are sorted by them, and write the rows down: drawn. */
static size_t
draw(const Row *rows, const size_t *start, size_t clusters, MmlRandom *rng, Row *drawn)
{
	size_t		n = 0;

	for (size_t i = 0; i < clusters; i++)
	{
		size_t		c = mml_random_below(rng, clusters);

		for (size_t j = start[c]; j < start[c + 1]; j++)
			drawn[n++] = rows[j];
	}
	return n;
}

/* All figures and intervals, the long way. */
static void
answer_slowly(const Row *given, size_t width, Answer *answer)
{
	static Row	drawn[MOST_DRAWN];
	static double figures[MML_FIGURES][RESAMPLES];
	Row			rows[ROWS];
	size_t		start[ROWS + 1];
	size_t		clusters = 0;
	double		figure[MML_FIGURES];
	MmlRandom	rng;

	memcpy(rows, given, sizeof(rows));
	qsort(rows, ROWS, sizeof(Row), compare_rows);
	for (size_t i = 0; i < ROWS; i++)
		if (i == 0 || rows[i].cluster < 0 || rows[i].cluster != rows[i - 1].cluster)
			start[clusters++] = i;
	start[clusters] = ROWS;
	memset(answer->defined, 0, sizeof(answer->defined));
	mml_random_seed(&rng, 17);
	for (int r = -1; r < RESAMPLES; r++)
	{
		size_t		n = ROWS;

		memcpy(drawn, rows, sizeof(rows));
		if (r >= 0)
			n = draw(rows, start, clusters, &rng, drawn);
		if (width == MML_GAIN_WIDTH)
			count_gain(n, drawn, figure);
		else
			count_all(n, drawn, false, figure);
		for (int k = 0; k < MML_FIGURES; k++)
			if (r < 0)
				answer->interval[k].mean = figure[k];
			else if (!isnan(figure[k]))
				figures[k][answer->defined[k]++] = figure[k];
	}
	for (int k = 0; k < MML_FIGURES; k++)
	{
		qsort(figures[k], answer->defined[k], sizeof(double), compare_numbers);
		answer->interval[k].low = quantile_of(answer->defined[k], figures[k], 0.1);
		answer->interval[k].high = quantile_of(answer->defined[k], figures[k], 0.9);
	}
}

TEST(as_the_naive_version)
{
	for (size_t width = MML_SCORES_WIDTH; width <= MML_GAIN_WIDTH; width++)
		for (uint64_t seed = 0; seed < 30; seed++)
		{
			Row			rows[ROWS];
			Answer		answer;
			Answer		naive;

			make_rows(rows, seed);

			/*
			 * equal scores of rows that stand alone would leave their order
			 * open
			 */
			for (int i = 0; i < ROWS; i += 5)
				rows[i].score = i + 0.5;
			ask(ROWS, rows, width, RESAMPLES, &answer);
			answer_slowly(rows, width, &naive);
			for (int k = 0; k < MML_FIGURES; k++)
			{
				CHECK(answer.defined[k] == naive.defined[k]);
				CHECK_NEAR(answer.interval[k].mean, naive.interval[k].mean, 1e-14);
				CHECK_NEAR(answer.interval[k].low, naive.interval[k].low, 1e-14);
				CHECK_NEAR(answer.interval[k].high, naive.interval[k].high, 1e-14);
			}
		}
}

/* ---------------------------------------------------------------- by hand */

TEST(four_rows_by_hand)
{
	/* in order: yes, no, yes, no; 3 of 4 pairs are right; precision 1 and 2/3 */
	const Row	rows[] = {
		{.score = 0.1,.cluster = MML_ROW_ALONE},
		{.score = 0.4,.cluster = MML_ROW_ALONE,.actual = true,.old_predicted = true},
		{.score = 0.6,.cluster = MML_ROW_ALONE,.predicted = true},
		{.score = 0.9,.cluster = MML_ROW_ALONE,.actual = true,.predicted = true,.old_predicted = true}
	};
	Answer		answer;

	ask(4, rows, MML_SCORES_WIDTH, 500, &answer);
	CHECK_NEAR(answer.interval[MML_FIGURE_ROC_AUC].mean, 0.75, 1e-15);
	CHECK_NEAR(answer.interval[MML_FIGURE_AVERAGE_PRECISION].mean, 5.0 / 6, 1e-15);
	CHECK_NEAR(answer.interval[MML_FIGURE_PRECISION].mean, 0.5, 1e-15);
	CHECK_NEAR(answer.interval[MML_FIGURE_RECALL].mean, 0.5, 1e-15);
	CHECK_NEAR(answer.interval[MML_FIGURE_F1].mean, 0.5, 1e-15);
	/* of 256 resamples 16 are of one class only, 16 of the other */
	CHECK(answer.defined[MML_FIGURE_ROC_AUC] > 400 && answer.defined[MML_FIGURE_ROC_AUC] < 470);
	CHECK(answer.defined[MML_FIGURE_AVERAGE_PRECISION] > answer.defined[MML_FIGURE_ROC_AUC]);
	CHECK(answer.defined[MML_FIGURE_AVERAGE_PRECISION] < 500);
	CHECK(answer.defined[MML_FIGURE_F1] == 500);
	/* the older one has no scores, and is right */
	ask(4, rows, MML_GAIN_WIDTH, 500, &answer);
	CHECK_NEAR(answer.interval[MML_FIGURE_ROC_AUC].mean, 0.25, 1e-15);
	CHECK_NEAR(answer.interval[MML_FIGURE_AVERAGE_PRECISION].mean, 1.0 / 3, 1e-15);
	CHECK_NEAR(answer.interval[MML_FIGURE_F1].mean, -0.5, 1e-15);
}

TEST(one_cluster_is_always_drawn)
{
	Row			rows[ROWS];
	Answer		answer;

	make_rows(rows, 3);
	for (int i = 0; i < ROWS; i++)
		rows[i].cluster = 42;
	ask(ROWS, rows, MML_SCORES_WIDTH, 100, &answer);
	for (int k = 0; k < MML_FIGURES; k++)
	{
		CHECK_NEAR(answer.interval[k].low, answer.interval[k].mean, 1e-15);
		CHECK_NEAR(answer.interval[k].high, answer.interval[k].mean, 1e-15);
		CHECK(answer.defined[k] == 100);
	}
}

TEST(one_class_has_no_area)
{
	const Row	rows[] = {{.score = 1,.cluster = 0}, {.score = 2,.cluster = 1,.predicted = true}};
	Answer		answer;

	ask(2, rows, MML_SCORES_WIDTH, 10, &answer);
	CHECK(isnan(answer.interval[MML_FIGURE_ROC_AUC].mean) && isnan(answer.interval[MML_FIGURE_ROC_AUC].low));
	CHECK(answer.defined[MML_FIGURE_ROC_AUC] == 0 && answer.defined[MML_FIGURE_AVERAGE_PRECISION] == 0);
	CHECK(answer.interval[MML_FIGURE_PRECISION].mean == 0 && answer.interval[MML_FIGURE_RECALL].high == 0);
}

TEST(order_of_rows_says_nothing)
{
	Row			rows[ROWS];
	Row			turned[ROWS];
	Answer		answer = {0};
	Answer		other = {0};

	make_rows(rows, 8);
	for (int i = 0; i < ROWS; i++)
		turned[i * 7 % ROWS] = rows[i];
	for (size_t width = MML_SCORES_WIDTH; width <= MML_GAIN_WIDTH; width++)
	{
		ask(ROWS, rows, width, 300, &answer);
		ask(ROWS, turned, width, 300, &other);
		CHECK(memcmp(&answer, &other, sizeof(answer)) == 0);
	}
}

TEST(a_model_gains_nothing_over_itself)
{
	Row			rows[ROWS];
	Answer		answer;

	make_rows(rows, 5);
	for (int i = 0; i < ROWS; i++)
	{
		rows[i].old_score = rows[i].score;
		rows[i].old_predicted = rows[i].predicted;
	}
	ask(ROWS, rows, MML_GAIN_WIDTH, 100, &answer);
	for (int k = 0; k < MML_FIGURES; k++)
		CHECK(answer.interval[k].mean == 0 && answer.interval[k].low == 0 && answer.interval[k].high == 0);
}

/* ---------------------------------------------------------------- states */

TEST(states_verify)
{
	static const MmlStateKind *const kind[] = {&mml_metrics_bootstrap_scores_kind, &mml_metrics_bootstrap_gain_kind};
	static const double wrong[][2] = {{0, INFINITY}, {1, -2}, {1, 0.5}, {1, 9007199254740992.0}, {2, -1}, {2, 8}, {2, 1.5}};

	for (size_t width = MML_SCORES_WIDTH; width <= MML_GAIN_WIDTH; width++)
	{
		const MmlStateKind *this = kind[width - MML_SCORES_WIDTH];
		size_t		bytes = mml_metrics_bootstrap_bytes(ROWS, width);
		Row			rows[ROWS];
		MmlBootstrap *state;

		make_rows(rows, 9);
		state = make_state(ROWS, rows, width, 100);
		CHECK(this->verify(&state->head, bytes) == NULL);
		CHECK(this->verify(&state->head, bytes - 8) != NULL);
		for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++)
		{
			double	   *at = &state->values[11 * width + (size_t) wrong[i][0]];
			double		before = *at;

			*at = wrong[i][1];
			CHECK(this->verify(&state->head, bytes) != NULL);
			*at = before;
		}
		state->values[2] = 4;
		CHECK((this->verify(&state->head, bytes) != NULL) == (width == MML_SCORES_WIDTH));
		state->resamples = 0;
		CHECK(this->verify(&state->head, bytes) != NULL);
		free(state);
	}
}

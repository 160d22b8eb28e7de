/*-------------------------------------------------------------------------
 *
 * compose_unit.c
 *	  Kernels of src/compose: calibration against naive versions of itself,
 *	  and what models of models are read from.
 *
 *-------------------------------------------------------------------------
 */
#include "unit.h"

#include "compose/calibrator.h"
#include "compose/grouped.h"
#include "core/random.h"
#include "core/sort.h"
#include "envelope_writer.h"
#include "profile_room.h"

#define ROWS 400

static MmlCalibratorRows *rows;
static uint64_t work[2 * ROWS];

/* Rows whose probabilities are of so many values, or, with 0, of any. */
static void
make_rows(int n, int values, int seed)
{
	MmlRandom	rng;

	mml_random_seed(&rng, (uint64_t) seed);
	free(rows);
	rows = calloc(1, mml_calibrator_bytes(n));
	for (int i = 0; i < n; i++)
	{
		double		p = values == 0 ? mml_random_unit(&rng) :
			(double) mml_random_below(&rng, (uint64_t) values + 1) / values;

		mml_calibrator_add(rows, mml_random_unit(&rng) < 0.2 + 0.6 * p * p, p);
	}
}

/* ------------------------------------------------------------------ states */

TEST(rows_are_kept)
{
	MmlCalibratorRows *both;
	size_t		bytes;

	make_rows(ROWS, 9, 1);
	bytes = mml_calibrator_bytes(ROWS);
	CHECK(mml_calibrator_rows_kind.verify(&rows->head, bytes) == NULL);
	CHECK(rows->rows == ROWS && rows->positives > 0 && rows->positives < ROWS);
	both = calloc(1, mml_calibrator_bytes(2 * ROWS));
	mml_calibrator_merge(both, rows);
	mml_calibrator_merge(both, rows);
	CHECK(both->positives == 2 * rows->positives);
	CHECK(mml_calibrator_rows_kind.verify(&both->head, mml_calibrator_bytes(2 * ROWS)) == NULL);
	CHECK(mml_calibrator_rows_kind.verify(&both->head, bytes) != NULL);
	free(both);
}

TEST(rows_are_verified)
{
	size_t		bytes = mml_calibrator_bytes(3);

	make_rows(3, 0, 2);
	rows->words[1] = UINT64_MAX;
	CHECK(mml_calibrator_rows_kind.verify(&rows->head, bytes) != NULL);
	rows->words[1] = (UINT64_C(0x3FF0000000000000) << 1 | 1) + 1;	/* above 1 */
	CHECK(mml_calibrator_rows_kind.verify(&rows->head, bytes) != NULL);
	make_rows(3, 0, 2);
	rows->positives ^= 1;
	CHECK(mml_calibrator_rows_kind.verify(&rows->head, bytes) != NULL);
	make_rows(3, 0, 2);
	rows->method = 2;
	CHECK(mml_calibrator_rows_kind.verify(&rows->head, bytes) != NULL);
	rows->method = MML_ISOTONIC;
	rows->rows = -1;
	CHECK(mml_calibrator_rows_kind.verify(&rows->head, bytes) != NULL);
	rows->rows = INT64_MAX;
	CHECK(mml_calibrator_rows_kind.verify(&rows->head, bytes) != NULL);
}

TEST(words_keep_probabilities)
{
	static const double p[] = {-0.0, 5e-324, 1e-300, 0.1, 0.5, 1 - 1e-16, 1};

	make_rows(7, 0, 3);
	for (int i = 0; i < 7; i++)
	{
		rows->rows = i;
		mml_calibrator_add(rows, i % 2 == 0, p[i]);
		CHECK(mml_calibrator_probability(rows->words[i]) == p[i]);
		CHECK((rows->words[i] & 1) == (i % 2 == 0));
		CHECK(i == 0 || rows->words[i] > rows->words[i - 1]);
	}
}

/* ------------------------------------------------------------------- Platt */

/* The gradient of Platt's objective, of which the minimum has none. */
static void
gradient(const MmlSigmoid *s, long double *slope, long double *intercept)
{
	long double positives = rows->positives;
	long double negatives = (long double) (rows->rows - rows->positives);

	*slope = *intercept = 0;
	for (int64_t i = 0; i < rows->rows; i++)
	{
		long double f = mml_logit(mml_calibrator_probability(rows->words[i]));
		long double t = rows->words[i] & 1 ? (positives + 1) / (positives + 2) : 1 / (negatives + 2);
		long double error = 1 / (1 + expl(-(s->slope * f + s->intercept))) - t;

		*slope += error * f;
		*intercept += error;
	}
}

/* Fit a sigmoid to the rows, which stay as they are. */
static MmlSigmoid
fit_platt(void)
{
	MmlSigmoid	s;

	memcpy(work, rows->words, (size_t) rows->rows * sizeof(uint64_t));
	mml_platt_fit((size_t) rows->rows, work, work + rows->rows, &s);
	return s;
}

TEST(platt_finds_the_minimum)
{
	for (int seed = 1; seed <= 40; seed++)
	{
		int			n = seed <= 4 ? seed + 1 : ROWS / 40 * seed;
		MmlSigmoid	s;
		long double slope;
		long double intercept;

		make_rows(n, seed % 3 * 5, seed);
		s = fit_platt();
		gradient(&s, &slope, &intercept);
		CHECK(s.converged);
		CHECK_NEAR(slope, 0, 1e-9);
		CHECK_NEAR(intercept, 0, 1e-9);
	}
}

/* Rows that a line parts, all equal, and at the ends. */
TEST(platt_of_hard_rows)
{
	MmlSigmoid	s;
	long double slope;
	long double intercept;

	make_rows(100, 0, 1);
	rows->positives = rows->rows = 0;
	for (int i = 0; i < 100; i++)
		mml_calibrator_add(rows, i >= 60, i < 60 ? 0.4 + i * 1e-6 : 0.41);
	s = fit_platt();
	gradient(&s, &slope, &intercept);
	CHECK(s.converged && s.slope > 10 && isfinite(s.slope) && isfinite(s.intercept));
	CHECK_NEAR(slope, 0, 1e-9);

	rows->positives = rows->rows = 0;
	for (int i = 0; i < 100; i++)
		mml_calibrator_add(rows, i < 30, 0.7);
	s = fit_platt();
	CHECK(s.converged && s.slope == 0);
	CHECK_NEAR(mml_sigmoid(s.intercept), (30 * 31. / 32 + 70 / 72.) / 100, 1e-12);

	rows->positives = rows->rows = 0;
	for (int i = 0; i < 100; i++)
		mml_calibrator_add(rows, i % 10 == 0 || i > 50, i > 50);
	s = fit_platt();
	gradient(&s, &slope, &intercept);
	CHECK(s.converged);
	CHECK_NEAR(slope, 0, 1e-9);
	CHECK_NEAR(intercept, 0, 1e-9);
}

/* What happens more often where it was said to be less probable turns round. */
TEST(platt_of_the_wrong_way_round)
{
	make_rows(ROWS, 0, 7);
	for (int i = 0; i < ROWS; i++)
		rows->words[i] ^= 1;
	rows->positives = ROWS - rows->positives;
	CHECK(fit_platt().slope < 0);
}

/* ---------------------------------------------------------------- isotonic */

/* Row i of sorted words by the formula of max and min: O(n^2). */
static double
naive_isotonic(int n, const uint64_t *words, int i)
{
	double		best = -1;

	for (int from = i; from >= 0; from--)
	{
		double		least = 2;
		double		sum = 0;

		if (from > 0 && words[from] >> 1 == words[from - 1] >> 1)
			continue;
		for (int to = from; to < n; to++)
		{
			sum += (double) (words[to] & 1);
			if (to >= i && (to + 1 == n || words[to + 1] >> 1 != words[to] >> 1))
				least = fmin(least, sum / (to + 1 - from));
		}
		best = fmax(best, least);
	}
	return best;
}

TEST(isotonic_is_the_nearest_that_ascends)
{
	for (int seed = 1; seed <= 30; seed++)
	{
		int			n = seed * 8 - 7;
		double		x[2 * ROWS];
		double		y[2 * ROWS];
		MmlPool    *pools;
		MmlCalibrator c = {.method = MML_ISOTONIC,.x = x,.y = y};
		size_t		count;

		make_rows(n, seed % 3 * 9, seed);
		memcpy(work, rows->words, (size_t) n * sizeof(uint64_t));
		mml_sort_keys((size_t) n, work, work + n);
		count = mml_isotonic_fit((size_t) n, work, &unit_room, &pools);
		CHECK(count >= 1 && count <= (size_t) n);
		c.count = mml_isotonic_thresholds(count, pools, x, y);
		unit_free_all();
		for (size_t i = 1; i < c.count; i++)
			CHECK(x[i] > x[i - 1] && y[i] >= y[i - 1]);
		for (int i = 0; i < n; i++)
			CHECK_NEAR(mml_calibrate(&c, mml_calibrator_probability(work[i])),
					   naive_isotonic(n, work, i), 1e-12);
	}
}

TEST(isotonic_of_near_probabilities)
{
	MmlPool    *pools;
	size_t		count;

	make_rows(3, 0, 1);
	rows->positives = rows->rows = 0;
	mml_calibrator_add(rows, false, 0.1);
	mml_calibrator_add(rows, true, 0.1 + 5e-16);
	mml_calibrator_add(rows, true, 0.1 + 3e-15);
	count = mml_isotonic_fit(3, rows->words, &unit_room, &pools);
	CHECK(count == 2 && pools[0].rows == 2 && pools[0].positives == 1);
	CHECK(pools[0].first == 0.1 && pools[0].last == 0.1 && pools[1].first == 0.1 + 3e-15);
	unit_free_all();
}

TEST(straight_lines_between_thresholds)
{
	static const double x[] = {0.2, 0.4, 0.6};
	static const double y[] = {0.1, 0.1, 0.9};
	MmlCalibrator c = {.method = MML_ISOTONIC,.count = 3,.x = x,.y = y};

	CHECK(mml_calibrate(&c, 0) == 0.1 && mml_calibrate(&c, 0.3) == 0.1);
	CHECK_NEAR(mml_calibrate(&c, 0.5), 0.5, 1e-15);
	CHECK(mml_calibrate(&c, 0.6) == 0.9 && mml_calibrate(&c, 1) == 0.9);
	c.count = 1;
	CHECK(mml_calibrate(&c, 0) == 0.1 && mml_calibrate(&c, 1) == 0.1);
}

TEST(sigmoids_end_at_0_and_1)
{
	CHECK(mml_sigmoid(INFINITY) == 1 && mml_sigmoid(-INFINITY) == 0 && mml_sigmoid(0) == 0.5);
	CHECK_NEAR(mml_sigmoid(mml_logit(0.3)), 0.3, 1e-15);
	CHECK(isfinite(mml_logit(0)) && mml_logit(0) == -mml_logit(1));
}

/* --------------------------------------------------------------- the model */

/* What the reader says of a calibrator of these numbers. */
static const char *
read_calibrator(const double *summary, size_t m, const double *x, const double *y)
{
	const TestSection sections[] = {
		{"summary", MML_F64, 8, CALIBRATOR_SUMMARY, 1, summary},
		{"thresholds", MML_F64, 8, m, 1, x},
		{"values", MML_F64, 8, m, 1, y},
	};
	size_t		length;
	char	   *model = write_envelope("calibrator", 3, sections, &length);
	MmlEnvelope env;
	MmlCalibrator parsed;
	const char *wrong;

	CHECK(mml_envelope_open(&env, model, length) == NULL);
	wrong = mml_calibrator_parse(&env, &parsed);
	free_model(model);
	return wrong;
}

TEST(calibrators_are_verified)
{
	static const double sound[CALIBRATOR_SUMMARY] = {MML_PLATT, 9, 3, 1.5, -2, 7, 1};
	static const double steps[CALIBRATOR_SUMMARY] = {MML_ISOTONIC, 9, 3};
	static const struct
	{
		int			at;
		double		value;
	}			wrong[] = {
		{CALIBRATOR_METHOD, 2}, {CALIBRATOR_METHOD, NAN}, {CALIBRATOR_METHOD, 0.5},
		{CALIBRATOR_ROWS, 3}, {CALIBRATOR_ROWS, 9.5}, {CALIBRATOR_ROWS, NAN}, {CALIBRATOR_ROWS, 1e300},
		{CALIBRATOR_POSITIVES, 0}, {CALIBRATOR_POSITIVES, 9}, {CALIBRATOR_POSITIVES, 2.5},
		{CALIBRATOR_SLOPE, NAN}, {CALIBRATOR_INTERCEPT, INFINITY},
		{CALIBRATOR_ITERATIONS, -1}, {CALIBRATOR_ITERATIONS, 0.5}, {CALIBRATOR_CONVERGED, 2}
	};
	double		x[3] = {0, 0.5, 1};
	double		y[3] = {0, 0.5, 0.5};
	double		s[CALIBRATOR_SUMMARY];

	CHECK(read_calibrator(sound, 0, x, y) == NULL);
	CHECK(read_calibrator(sound, 1, x, y) != NULL);
	for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++)
	{
		memcpy(s, sound, sizeof(s));
		s[wrong[i].at] = wrong[i].value;
		CHECK(read_calibrator(s, 0, x, y) != NULL);
	}
	CHECK(read_calibrator(steps, 3, x, y) == NULL);
	CHECK(read_calibrator(steps, 0, x, y) != NULL);
	memcpy(s, steps, sizeof(s));
	s[CALIBRATOR_SLOPE] = 1;
	CHECK(read_calibrator(s, 3, x, y) != NULL);
	x[1] = 0;
	CHECK(read_calibrator(steps, 3, x, y) != NULL);
	x[1] = NAN;
	CHECK(read_calibrator(steps, 3, x, y) != NULL);
	x[1] = 0.5;
	y[1] = 0.6;
	CHECK(read_calibrator(steps, 3, x, y) != NULL);
	y[2] = 1.1;
	CHECK(read_calibrator(steps, 3, x, y) != NULL);
}

/* ------------------------------------------------------------------ groups */

/* Parse groups of these keys (each with its end) and sizes of models. */
static const char *
read_groups(size_t key_bytes, const char *keys, size_t models, const int64_t *sizes,
			size_t bytes, const char *data, MmlGroups *groups)
{
	static char *model;
	static MmlEnvelope env;
	const TestSection sections[] = {
		{"column", MML_U8, 1, 5, 1, "land"},
		{"keys", MML_U8, 1, key_bytes, 1, keys},
		{"sizes", MML_I64, 8, models, 1, sizes},
		{"models", MML_U8, 1, bytes, 1, data},
	};
	size_t		length;

	unit_free_all();
	if (model != NULL)
		free_model(model);
	model = write_envelope("grouped", 4, sections, &length);
	CHECK(mml_envelope_open(&env, model, length) == NULL);
	return mml_groups_parse(&env, &unit_room, groups);
}

/* The place of a text among the keys. */
static size_t
find(const MmlGroups *groups, const char *text)
{
	MmlText		value = {text, strlen(text)};

	return mml_groups_find(groups, value);
}

TEST(groups_are_found)
{
	static const char data[200] = {1};
	static const int64_t sizes[] = {3, 64, 1, 8};
	MmlGroups	groups;

	CHECK(read_groups(9, "\0de\0us\0z", 4, sizes, 200, data, &groups) == NULL);
	CHECK(groups.count == 4 && groups.models == 4 && strcmp(groups.column, "land") == 0);
	CHECK(find(&groups, "") == 0 && find(&groups, "de") == 1 && find(&groups, "us") == 2 && find(&groups, "z") == 3);
	CHECK(find(&groups, "d") == 4 && find(&groups, "dea") == 4 && find(&groups, "\xff") == 4);
	CHECK(read_groups(6, "de\0us", 3, sizes, 129, data, &groups) == NULL);
	CHECK(groups.count == 2 && find(&groups, "x") == 2);
	CHECK(read_groups(0, "", 1, sizes, 3, data, &groups) == NULL);
	CHECK(groups.count == 0 && find(&groups, "x") == 0);
	unit_free_all();
}

TEST(groups_are_verified)
{
	static char data[200] = {1};
	int64_t		sizes[] = {3, 64, 8};
	MmlGroups	groups;

	CHECK(read_groups(6, "de\0us", 3, sizes, 136, data, &groups) == NULL);
	CHECK(read_groups(6, "us\0de", 3, sizes, 136, data, &groups) != NULL);
	CHECK(read_groups(6, "de\0de", 3, sizes, 136, data, &groups) != NULL);
	CHECK(read_groups(5, "d\0us", 1, sizes, 3, data, &groups) != NULL);
	CHECK(read_groups(2, "d", 3, sizes, 136, data, &groups) != NULL);
	CHECK(read_groups(6, "de\0us", 3, sizes, 135, data, &groups) != NULL);
	CHECK(read_groups(6, "de\0us", 3, sizes, 137, data, &groups) != NULL);
	data[50] = 1;
	CHECK(read_groups(6, "de\0us", 3, sizes, 136, data, &groups) != NULL);
	data[50] = 0;
	sizes[1] = INT64_MAX;
	CHECK(read_groups(6, "de\0us", 3, sizes, 136, data, &groups) != NULL);
	sizes[1] = 0;
	CHECK(read_groups(6, "de\0us", 3, sizes, 136, data, &groups) != NULL);
	sizes[1] = -64;
	CHECK(read_groups(6, "de\0us", 3, sizes, 136, data, &groups) != NULL);
	unit_free_all();
}

TEST(sets_keep_texts_in_order)
{
	static char texts[500][8];
	MmlTextSet	set = {.room = &unit_room};
	MmlTexts	list;
	const char *text;

	CHECK(!mml_text_set_has(&set, "0"));
	for (int i = 0; i < 500; i++)
	{
		snprintf(texts[i], sizeof(texts[i]), "%d", i * 7 % 250);
		mml_text_set_add(&set, texts[i]);
	}
	list = mml_text_set_list(&set);
	CHECK(list.count == 250);
	text = list.first;
	for (int i = 0; i < 250; i++, text = mml_text_next(text))
		CHECK(strcmp(text, texts[i]) == 0);
	CHECK(mml_text_set_has(&set, "249") && !mml_text_set_has(&set, "250"));
	unit_free_all();
}

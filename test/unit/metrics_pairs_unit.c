/*-------------------------------------------------------------------------
 *
 * metrics_pairs_unit.c
 *	  Counted pairs of labels against a table of counts, and hostile states.
 *
 *-------------------------------------------------------------------------
 */
#include "unit.h"

#include "core/random.h"
#include "metrics/pairs.h"
#include "profile_room.h"

#define CLASSES 60

/* A label of a class: its texts share beginnings, and one is empty. */
static MmlLabel
label_of(MmlLabelForm form, uint64_t class, char *buffer)
{
	MmlLabel	label = {0, NULL, 0};

	if (form == MML_LABELS_NUMBERS)
		label.number = (int64_t) (class * UINT64_C(0x9E3779B97F4A7C15));
	else
	{
		label.text = buffer;
		label.length = (size_t) snprintf(buffer, 40, "%.*s%d", (int) (class % 20),
										 "aaaaaaaaaaaaaaaaaaaa", (int) class);
		if (class == 7)
			label.length = 0;
	}
	return label;
}

/* Count a row of two classes. */
static void
add_row(MmlPairs *pairs, uint64_t actual, uint64_t predicted, int64_t rows)
{
	char		a[40];
	char		p[40];
	MmlLabel	first = label_of(pairs->form, actual, a);
	MmlLabel	second = label_of(pairs->form, predicted, p);

	CHECK(mml_metrics_pairs_add(pairs, &first, &second, rows, &unit_room));
}

/* The flat form: free() it. */
static MmlState *
flat_of(const MmlPairs *pairs)
{
	MmlState   *flat = calloc(1, mml_metrics_pairs_bytes(pairs));

	mml_metrics_pairs_flatten(pairs, flat);
	return flat;
}

/* An average by the definition. */
static double
naive_average(int64_t table[CLASSES][CLASSES], MmlMeasure measure, MmlAverage average)
{
	double		sum = 0;
	double		weights = 0;

	for (int c = 0; c < CLASSES; c++)
	{
		double		right = (double) table[c][c];
		double		actual = 0;
		double		predicted = 0;
		double		precision;
		double		recall;
		double		value;

		for (int d = 0; d < CLASSES; d++)
		{
			actual += (double) table[c][d];
			predicted += (double) table[d][c];
		}
		if (actual + predicted == 0)
			continue;
		precision = predicted > 0 ? right / predicted : 0;
		recall = actual > 0 ? right / actual : 0;
		value = measure == MML_PRECISION ? precision : measure == MML_RECALL ? recall :
			precision + recall > 0 ? 2 * precision * recall / (precision + recall) : 0;
		sum += average == MML_WEIGHTED ? actual * value : value;
		weights += average == MML_WEIGHTED ? actual : 1;
	}
	return sum / weights;
}

/* Compare all averages of pairs with those of the table. */
static void
check_averages(MmlPairs *pairs, int64_t table[CLASSES][CLASSES])
{
	MmlClassCounts *counts = calloc(pairs->labels, sizeof(*counts));

	mml_metrics_pairs_count(pairs, counts);
	for (int measure = MML_PRECISION; measure <= MML_F1; measure++)
	{
		pairs->average = MML_MACRO;
		CHECK_NEAR(mml_metrics_pairs_average(pairs, (MmlMeasure) measure, counts),
				   naive_average(table, (MmlMeasure) measure, MML_MACRO), 1e-14);
		pairs->average = MML_WEIGHTED;
		CHECK_NEAR(mml_metrics_pairs_average(pairs, (MmlMeasure) measure, counts),
				   naive_average(table, (MmlMeasure) measure, MML_WEIGHTED), 1e-14);
	}
	free(counts);
}

/* Rows of labels of a form, in one state and in two that are merged. */
static void
try_pairs(MmlLabelForm form, int rows)
{
	static int64_t table[CLASSES][CLASSES];
	MmlPairs	whole = {.form = form};
	MmlPairs	first = {.form = form};
	MmlPairs	second = {.form = form};
	MmlPairs	again = {.form = MML_LABELS_UNKNOWN};
	MmlState   *flat;
	MmlState   *twice;
	MmlRandom	rng;

	memset(table, 0, sizeof(table));
	mml_random_seed(&rng, (uint64_t) rows);
	for (int i = 0; i < rows; i++)
	{
		uint64_t	actual = mml_random_below(&rng, 1 + mml_random_below(&rng, CLASSES));
		uint64_t	predicted = mml_random_below(&rng, 2) ? actual : mml_random_below(&rng, CLASSES);

		table[actual][predicted]++;
		add_row(&whole, actual, predicted, 1);
		add_row(mml_random_below(&rng, 3) ? &first : &second, actual, predicted, 1);
	}
	CHECK(mml_metrics_pairs_merge(&first, &second, &unit_room));
	CHECK(whole.rows == rows && first.rows == rows && first.pairs == whole.pairs && first.labels == whole.labels);
	check_averages(&whole, table);
	check_averages(&first, table);

	flat = flat_of(&whole);
	CHECK(mml_metrics_pairs_kind.verify(flat, mml_metrics_pairs_bytes(&whole)) == NULL);
	CHECK(mml_metrics_pairs_open(&again, flat, &unit_room));
	twice = flat_of(&again);
	CHECK(again.rows == rows && again.pairs == whole.pairs && again.bytes == whole.bytes);
	CHECK(mml_metrics_pairs_kind.verify(twice, mml_metrics_pairs_bytes(&again)) == NULL);
	check_averages(&again, table);
	free(flat);
	free(twice);
	unit_free_all();
}

TEST(pairs_against_a_table)
{
	for (int rows = 1; rows < 200; rows += 13)
	{
		try_pairs(MML_LABELS_NUMBERS, rows);
		try_pairs(MML_LABELS_TEXTS, rows);
	}
	try_pairs(MML_LABELS_NUMBERS, 20000);
	try_pairs(MML_LABELS_TEXTS, 20000);
}

TEST(averages_of_nothing)
{
	MmlPairs	pairs = {.form = MML_LABELS_NUMBERS};
	MmlClassCounts counts[1];

	mml_metrics_pairs_count(&pairs, counts);
	CHECK(isnan(mml_metrics_pairs_average(&pairs, MML_F1, counts)));
	CHECK(isnan(mml_metrics_adjusted_rand(&pairs, counts)));
}

/* The adjusted Rand index, by all pairs of rows. */
static double
naive_rand(int n, const int *a, const int *b)
{
	double		both = 0;
	double		first = 0;
	double		second = 0;
	double		expected;
	double		pairs = n * (n - 1) / 2.0;

	for (int i = 0; i < n; i++)
		for (int j = 0; j < i; j++)
		{
			both += a[i] == a[j] && b[i] == b[j];
			first += a[i] == a[j];
			second += b[i] == b[j];
		}
	expected = first * second / pairs;
	return first == second && both == first ? 1 : (both - expected) / ((first + second) / 2 - expected);
}

TEST(rand_against_pairs_of_rows)
{
	MmlRandom	rng;

	mml_random_seed(&rng, 3);
	for (int round = 0; round < 200; round++)
	{
		int			a[80];
		int			b[80];
		int			n = 2 + (int) mml_random_below(&rng, 78);
		uint64_t	groups = 1 + mml_random_below(&rng, 9);
		MmlPairs	pairs = {.form = MML_LABELS_NUMBERS};
		MmlClassCounts counts[40];

		for (int i = 0; i < n; i++)
		{
			a[i] = (int) mml_random_below(&rng, groups);
			b[i] = mml_random_below(&rng, 3) ? a[i] / 2 : (int) mml_random_below(&rng, 9);
			add_row(&pairs, (uint64_t) a[i], (uint64_t) b[i], 1);
		}
		mml_metrics_pairs_count(&pairs, counts);
		CHECK_NEAR(mml_metrics_adjusted_rand(&pairs, counts), naive_rand(n, a, b), 1e-13);
	}
	unit_free_all();
}

TEST(rand_of_very_many_rows)
{
	for (int64_t rows = INT64_C(1) << 20; rows <= INT64_C(1) << 50; rows <<= 5)
	{
		MmlPairs	pairs = {.form = MML_LABELS_NUMBERS};
		MmlClassCounts counts[4];

		for (uint64_t i = 0; i < 4; i++)
			add_row(&pairs, i / 2, i % 2, rows * (i % 3 == 0 ? 3 : 1));
		mml_metrics_pairs_count(&pairs, counts);
		CHECK_NEAR(mml_metrics_adjusted_rand(&pairs, counts), 0.25, 1e-6);
	}
	unit_free_all();
}

/* Open a state that its verifier lets pass, and use it. */
static void
use(const MmlState *flat, size_t bytes)
{
	MmlPairs	pairs = {.form = MML_LABELS_UNKNOWN};
	MmlClassCounts *counts;
	MmlState   *again;

	if (mml_metrics_pairs_kind.verify(flat, bytes) != NULL)
		return;
	CHECK(mml_metrics_pairs_open(&pairs, flat, &unit_room));
	counts = calloc(pairs.labels + 1, sizeof(*counts));
	mml_metrics_pairs_count(&pairs, counts);
	(void) mml_metrics_pairs_average(&pairs, MML_F1, counts);
	(void) mml_metrics_adjusted_rand(&pairs, counts);
	again = flat_of(&pairs);
	CHECK(mml_metrics_pairs_kind.verify(again, mml_metrics_pairs_bytes(&pairs)) == NULL);
	free(counts);
	free(again);
	unit_free_all();
}

TEST(hostile_states)
{
	static const unsigned char bytes[] = {0, 1, 2, 3, 16, 127, 128, 255};

	for (int form = MML_LABELS_NUMBERS; form <= MML_LABELS_TEXTS; form++)
	{
		MmlPairs	pairs = {.form = (MmlLabelForm) form};
		unsigned char *flat;
		size_t		size;

		for (uint64_t i = 0; i < 12; i++)
			add_row(&pairs, i % 3, i % 4, 1);
		size = mml_metrics_pairs_bytes(&pairs);
		flat = (unsigned char *) flat_of(&pairs);
		unit_free_all();
		for (size_t less = sizeof(MmlFlatPairs); less < size; less++)
			CHECK(mml_metrics_pairs_kind.verify((MmlState *) flat, less) != NULL);
		for (size_t i = sizeof(MmlState); i < size; i++)
			for (size_t j = 0; j < sizeof(bytes); j++)
			{
				unsigned char kept = flat[i];

				flat[i] = bytes[j];
				use((MmlState *) flat, size);
				flat[i] = kept;
			}
		use((MmlState *) flat, size);
		free(flat);
	}
}

/* -------------------------------------------------- outcomes of booleans */

TEST(outcomes_of_two_classes)
{
	MmlOutcomes a = {.count = {{5, 2}, {1, 4}}};
	MmlOutcomes b = {.count = {{1, 0}, {1, 2}}};
	MmlOutcomes none = {.count = {{0, 0}, {0, 0}}};

	mml_metrics_outcomes_merge(&a, &b);
	CHECK(mml_metrics_outcomes(&a, MML_PRECISION) == 6 / 8.0);
	CHECK(mml_metrics_outcomes(&a, MML_RECALL) == 6 / 8.0);
	CHECK(mml_metrics_outcomes(&a, MML_F1) == 12 / 16.0);
	CHECK(isnan(mml_metrics_outcomes(&none, MML_F1)));
	CHECK(mml_metrics_outcomes_kind.verify(&a.head, sizeof(a)) == NULL);
	a.count[1][0] = -1;
	CHECK(mml_metrics_outcomes_kind.verify(&a.head, sizeof(a)) != NULL);
}

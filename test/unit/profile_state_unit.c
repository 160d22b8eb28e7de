/*-------------------------------------------------------------------------
 *
 * profile_state_unit.c
 *	  Summaries of tables: flat and back, merged by workers, and hostile.
 *
 *-------------------------------------------------------------------------
 */
#include "unit.h"

#include "../fuzz/states_fuzz.c"

#include "profile/flat.h"

/* ------------------------------------------------------------- flat forms */

TEST(tables_go_flat_and_back)
{
	static const uint64_t rows[] = {0, 1, 7, 300, 120000};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
	{
		size_t		bytes;
		size_t		same;
		MmlState   *state = make_state(rows[i], &bytes);
		MmlState   *again;
		MmlTable	table;

		CHECK(bytes % 8 == 0);
		CHECK(mml_state_verify(state, bytes, &mml_profile_table_kind) == NULL);
		mml_profile_table_open(&table, state, &unit_room);
		CHECK(table.rows == (int64_t) rows[i] && table.count == COLUMNS);
		CHECK(strcmp(table.names[2], "année") == 0 && strcmp(table.types[5], "text[]") == 0);
		again = flatten(&table, &same);
		CHECK(same == bytes && memcmp(again, state, bytes) == 0);
		free(again);

		/* What is opened goes on as if it had never been away. */
		if (rows[i] < 1000)
		{
			free(state);
			for (uint64_t k = rows[i]; k < 2 * rows[i]; k++)
				add_row(&table, k);
			again = flatten(&table, &same);
			state = make_state(2 * rows[i], &bytes);
			CHECK(same == bytes);
			free(again);
		}
		free(state);
		unit_free_all();
	}
}

TEST(empty_state)
{
	FlatTable	flat;

	memset(&flat, 0, sizeof(flat));
	CHECK(sizeof(flat) == mml_profile_table_kind.size);
	CHECK(mml_profile_table_kind.verify(&flat.head, sizeof(flat)) == NULL);
	use_state(&flat.head);
}

/* --------------------------------------------------------------- merging */

/* The category of another table's category. */
static size_t
find_category(const MmlCategories *categories, MmlText text)
{
	for (size_t i = 0; i < categories->count; i++)
	{
		MmlText		found = mml_profile_categories_text(categories, i);

		if (found.length == text.length && memcmp(found.bytes, text.bytes, text.length) == 0)
			return i;
	}
	return MML_CATEGORY_NONE;
}

/* Everything that must be the same, whoever saw which rows. */
static void
check_same(const MmlColumn *a, const MmlColumn *b)
{
	MmlMoments	x;
	MmlMoments	y;

	CHECK(a->rows == b->rows && a->nulls == b->nulls && a->blanks == b->blanks);
	CHECK(a->padded == b->padded && a->nans == b->nans && a->infinite == b->infinite);
	CHECK(a->differs == b->differs && a->has_extremes == b->has_extremes);
	CHECK(a->first_length == b->first_length && a->last_length == b->last_length);
	CHECK(!a->has_extremes ||
		  memcmp(a->extremes, b->extremes, a->first_length + a->last_length) == 0);
	CHECK(a->categories.added == b->categories.added && a->categories.count == b->categories.count);
	for (size_t i = 0; i < a->categories.count; i++)
	{
		size_t		k = find_category(&b->categories, mml_profile_categories_text(&a->categories, i));

		CHECK(k != MML_CATEGORY_NONE && a->categories.counts[i] == b->categories.counts[k]);
		for (size_t j = 0; j < a->categories.width; j++)
			CHECK(a->categories.sums[i * a->categories.width + j] ==
				  b->categories.sums[k * a->categories.width + j]);
	}
	mml_profile_values_moments(&a->values, &x);
	mml_profile_values_moments(&b->values, &y);
	CHECK(x.n == y.n && x.zeros == y.zeros && x.negatives == y.negatives);
	CHECK(x.min == y.min && x.max == y.max);
	CHECK_NEAR(x.mean, y.mean, 1e-12 * fabs(y.mean));
	CHECK_NEAR(x.m2, y.m2, 1e-12 * y.m2);
	CHECK_NEAR(x.m3, y.m3, 1e-12 * pow(y.m2, 1.5));
}

TEST(workers_together_know_what_one_knows)
{
	MmlRandom	rng;

	mml_random_seed(&rng, 4);
	for (int round = 0; round < 20; round++)
	{
		size_t		workers = 2 + mml_random_below(&rng, 3);
		uint64_t	rows = mml_random_below(&rng, 2500);
		MmlTable	whole = make_table();
		MmlTable	parts[5];

		for (size_t w = 0; w < workers; w++)
			parts[w] = make_table();
		for (uint64_t i = 0; i < rows; i++)
		{
			add_row(&whole, i);
			add_row(&parts[mml_random_below(&rng, workers)], i);
		}
		for (size_t w = 1; w < workers; w++)
		{
			size_t		bytes;
			MmlState   *state = flatten(&parts[w], &bytes);
			MmlTable	arrived;

			CHECK(mml_profile_table_kind.verify(state, bytes) == NULL);
			mml_profile_table_open(&arrived, state, &unit_room);
			free(state);
			CHECK(mml_profile_table_fits(&parts[0], &arrived));
			mml_profile_table_merge(&parts[0], &arrived, &unit_room);
		}
		CHECK(parts[0].rows == whole.rows);
		for (size_t k = 0; k < COLUMNS; k++)
			check_same(&parts[0].columns[k], &whole.columns[k]);
		unit_free_all();
	}
}

TEST(tables_that_do_not_fit)
{
	MmlTable	a = make_table();
	MmlTable	b = make_table();

	CHECK(mml_profile_table_fits(&a, &b));
	b.names[1] = "see";
	CHECK(!mml_profile_table_fits(&a, &b));
	b = make_table();
	b.types[1] = "bool";
	CHECK(!mml_profile_table_fits(&a, &b));
	b = make_table();
	b.columns[0].collect = 0;
	CHECK(!mml_profile_table_fits(&a, &b));
	b = make_table();
	b.columns[0].class = MML_CLASS_TIME;
	CHECK(!mml_profile_table_fits(&a, &b));
	b = make_table();
	b.count--;
	CHECK(!mml_profile_table_fits(&a, &b));
	b = make_table();
	b.options = NULL;
	CHECK(!mml_profile_table_fits(&a, &b));
	b = make_table();
	a.columns[2].rows = b.columns[2].rows = MML_PROFILE_MAX_ROWS / 2 + 1;
	CHECK(!mml_profile_table_fits(&a, &b));
	unit_free_all();
}

/* --------------------------------------------------------- hostile states */

TEST(states_cut_or_lengthened)
{
	size_t		bytes;
	MmlState   *state = make_state(20, &bytes);
	char	   *longer = calloc(1, bytes + 64);

	for (size_t n = 0; n < bytes; n++)
	{
		MmlState   *less = malloc(n + 1);

		memcpy(less, state, n);
		CHECK(n < mml_profile_table_kind.size || mml_profile_table_kind.verify(less, n) != NULL);
		free(less);
	}
	memcpy(longer, state, bytes);
	for (size_t n = bytes + 1; n <= bytes + 64; n++)
		CHECK(mml_profile_table_kind.verify((MmlState *) longer, n) != NULL);
	free(longer);
	free(state);
}

TEST(states_with_a_byte_changed)
{
	static const unsigned char changes[] = {1, 0x80, 0xFF, 0x55};
	size_t		bytes;
	MmlState   *state = make_state(20, &bytes);
	unsigned char *p = (unsigned char *) state;

	for (size_t i = sizeof(MmlState); i < bytes; i++)
	{
		p[i] ^= changes[i % 4];
		LLVMFuzzerTestOneInput(p, bytes);
		p[i] ^= changes[i % 4];
	}
	CHECK(mml_profile_table_kind.verify(state, bytes) == NULL);
	free(state);
}

/* Change numbers to such as break what multiplies or adds them. */
static void
change_numbers(uint64_t rows, int changes, size_t most)
{
	static const uint64_t numbers[] = {
		0, 1, 2, 8191, 8192, 100000, 100001, INT32_MAX, UINT32_MAX, INT64_MAX, UINT64_MAX,
		UINT64_C(1) << 53, UINT64_C(1) << 61, UINT64_C(1) << 63, UINT64_C(0x7ff0000000000000),
		UINT64_C(0x7ff8000000000000), UINT64_C(0x7fefffffffffffff), UINT64_C(0xffefffffffffffff)
	};
	size_t		bytes;
	MmlState   *state = make_state(rows, &bytes);
	char	   *changed = malloc(bytes);
	MmlRandom	rng;

	mml_random_seed(&rng, rows);
	for (int i = 0; i < changes; i++)
	{
		memcpy(changed, state, bytes);
		for (uint64_t n = 1 + mml_random_below(&rng, 3); n > 0; n--)
		{
			size_t		from = sizeof(MmlState) / 8;
			size_t		at = 8 * (from + mml_random_below(&rng, MML_MIN(bytes, most) / 8 - from));
			size_t		other = 8 * (from + mml_random_below(&rng, bytes / 8 - from));

			if (mml_random_below(&rng, 3) == 0)
				memmove(changed + at, changed + other, 8);
			else
				memcpy(changed + at, &numbers[mml_random_below(&rng, 18)], 8);
		}
		LLVMFuzzerTestOneInput((const uint8_t *) changed, bytes);
	}
	free(changed);
	free(state);
}

TEST(states_with_numbers_changed)
{
	change_numbers(1, 6000, SIZE_MAX);
	change_numbers(12, 6000, SIZE_MAX);
}

/* Values in levels and an estimate of distinct ones; mostly the first column. */
TEST(states_of_many_rows_changed)
{
	change_numbers(110000, 40, SIZE_MAX);
	change_numbers(110000, 40, sizeof(FlatTable) + sizeof(FlatColumn) + 64);
}

TEST(states_that_lie)
{
	size_t		bytes;
	MmlState   *state = make_state(300, &bytes);
	FlatTable  *table = (FlatTable *) state;
	FlatColumn *column;
	const char *options;
	FlatReader	reader;
	FlatParts	parts;

	mml_profile_flat_begin(&reader, state, bytes, &options);
	CHECK(mml_profile_flat_next(&reader, &parts));
	column = (FlatColumn *) parts.column;

#define LIE(field, value) \
	do { \
		FlatColumn	kept = *column; \
		\
		column->field = value; \
		CHECK(mml_profile_table_kind.verify(state, bytes) != NULL); \
		*column = kept; \
		CHECK(mml_profile_table_kind.verify(state, bytes) == NULL); \
	} while (0)

	LIE(class, 0);
	LIE(class, 7);
	LIE(collect, -1);
	LIE(collect, 64);
	LIE(collect, column->collect | MML_COLLECT_TARGET);
	LIE(rows, -1);
	LIE(rows, 10);
	LIE(nulls, column->nulls + column->rows);
	LIE(infinite, -1);
	LIE(moments.n, column->moments.n + 1);
	LIE(moments.mean, NAN);
	LIE(moments.max, -1);
	LIE(moments.zeros, -1);
	LIE(runs, 1);
	LIE(added, column->added - 1);
	LIE(lost, 1);
	LIE(differs, 2);
	LIE(zeros[4], 1);
	table->columns = UINT64_MAX;
	CHECK(mml_profile_table_kind.verify(state, bytes) != NULL);
	table->columns = COLUMNS - 1;
	CHECK(mml_profile_table_kind.verify(state, bytes) != NULL);
	free(state);
}

TEST(texts_that_are_not_utf8)
{
	static const char *const wrong[] = {
		"\x80", "\xC0\x80", "\xC1\xBF", "\xE0\x9F\xBF", "\xED\xA0\x80", "\xF0\x8F\xBF\xBF",
		"\xF4\x90\x80\x80", "\xF5\x80\x80\x80", "\xE2\x82", "\xFF", "a\xC3"
	};
	static const char *const right[] = {
		"", "a", "\xC2\x80", "\xE0\xA0\x80", "\xED\x9F\xBF", "\xEE\x80\x80", "\xF0\x90\x80\x80",
		"\xF4\x8F\xBF\xBF"
	};
	size_t		n = sizeof(wrong) / sizeof(*wrong);

	for (size_t i = 0; i < n + sizeof(right) / sizeof(*right); i++)
		for (int where = 0; where < 3; where++)
		{
			const char *text = i < n ? wrong[i] : right[i - n];
			MmlTable	table = make_table();
			MmlCell		cell = {.class = MML_CLASS_TEXT,.present = true};
			MmlState   *state;
			size_t		bytes;

			cell.text.bytes = text;
			cell.text.length = strlen(text);
			if (where == 0)
				table.names[1] = (char *) text;
			else if (where == 1)
				table.options = (char *) text;
			else
				mml_profile_column_add(&table.columns[4], &cell, NULL, &unit_room);
			state = flatten(&table, &bytes);
			CHECK((mml_profile_table_kind.verify(state, bytes) == NULL) == (i >= n));
			free(state);
			unit_free_all();
		}
}

/*-------------------------------------------------------------------------
 *
 * pending_unit.c
 *	  Values that wait, against such that are added at once.
 *
 *-------------------------------------------------------------------------
 */
#include "unit.h"

#include "profile/pending.h"

/* Blocks hang together, so that they are still known at the end. */
static void **blocks;

/* A room that never frees. */
static void *
resize(MmlRoom *room, void *block, size_t old, size_t bytes)
{
	void	  **new = bytes == 0 ? NULL : malloc(bytes + 16);

	(void) room;
	if (new == NULL)
		return NULL;
	new[0] = blocks;
	blocks = new;
	if (old > 0)
		memcpy(new + 2, block, old < bytes ? old : bytes);
	return new + 2;
}

static MmlRoom room = {resize};

/* The key of a word. */
static MmlText
key_of(uint64_t word, char *key)
{
	MmlText		text = {key, 8};

	for (int i = 0; i < 8; i++)
		key[i] = (char) (word >> (56 - 8 * i));
	return text;
}

/* An empty column of this class. */
static MmlColumn
new_column(MmlClass class)
{
	MmlColumn	column = {.class = class};

	column.collect = MML_COLLECT_CATEGORIES | MML_COLLECT_EXTREMES;
	return column;
}

/* The count of a key, or 0. */
static int64_t
count_of(const MmlColumn *column, MmlText key)
{
	for (size_t i = 0; i < column->categories.count; i++)
	{
		MmlText		text = mml_profile_categories_text(&column->categories, i);

		if (text.length == key.length && memcmp(text.bytes, key.bytes, key.length) == 0)
			return column->categories.counts[i];
	}
	return 0;
}

/* Whether the extremes are these keys. */
static bool
has_extremes(const MmlColumn *column, uint64_t first, uint64_t last)
{
	char		key[8];

	return column->first_length == 8 && column->last_length == 8 &&
		memcmp(column->extremes, key_of(first, key).bytes, 8) == 0 &&
		memcmp(column->extremes + 8, key_of(last, key).bytes, 8) == 0;
}

TEST(few_words)
{
	MmlColumn	column = new_column(MML_CLASS_NUMBER);
	MmlPending	pending = {0};
	char		key[8];

	mml_profile_pending_settle(&pending, &column, &room);
	CHECK(column.categories.count == 0);
	for (uint64_t i = 0; i < 10000; i++)
		mml_profile_pending_word(&pending, &column, 7 + i % 37, &room);
	CHECK(column.categories.added < 10000);
	mml_profile_pending_settle(&pending, &column, &room);
	mml_profile_pending_settle(&pending, &column, &room);
	CHECK(column.categories.added == 10000);
	CHECK(column.categories.count == 37);
	for (uint64_t i = 0; i < 37; i++)
		CHECK(count_of(&column, key_of(7 + i, key)) == (i < 10000 % 37 ? 271 : 270));
	CHECK(has_extremes(&column, 7, 43));
}

TEST(too_many_words)
{
	const uint64_t n = 300000;
	MmlColumn	column = new_column(MML_CLASS_NUMBER);
	MmlPending	pending = {0};
	char		key[8];
	int64_t		often = 0;

	for (uint64_t i = 0; i < n; i++)
	{
		bool		same = i % 16 == 5;

		often += same;
		mml_profile_pending_word(&pending, &column, same ? 11 : 1000 + i * 0x10001, &room);
	}
	mml_profile_pending_word(&pending, &column, 3, &room);
	mml_profile_pending_settle(&pending, &column, &room);
	CHECK(!mml_profile_categories_exact(&column.categories));
	CHECK(column.categories.added == (int64_t) n + 1);
	CHECK(column.categories.lost <= (int64_t) n / 8192 + (int64_t) n / 25000 + 2);
	CHECK(count_of(&column, key_of(11, key)) <= often);
	CHECK(count_of(&column, key_of(11, key)) >= often - column.categories.lost);
	CHECK_NEAR(mml_profile_categories_distinct(&column.categories) / (double) (n - (uint64_t) often + 2), 1, 0.04);
	CHECK(has_extremes(&column, 3, 1000 + (n - 1) * 0x10001));
	for (size_t i = 0; i < column.categories.count; i++)
		CHECK(column.categories.counts[i] > 0);
}

TEST(texts_and_keys)
{
	static char long_text[MML_PENDING_BYTES + 1];
	MmlColumn	at_once = new_column(MML_CLASS_TEXT);
	MmlColumn	waits = new_column(MML_CLASS_TEXT);
	MmlColumn	keys = new_column(MML_CLASS_NUMBER);
	MmlPending	pending = {.texts = true};
	MmlPending	pending_keys = {0};

	memset(long_text, 'x', sizeof(long_text));
	for (int i = 0; i < 20000; i++)
	{
		char		text[32];
		MmlCell		cell = {.class = MML_CLASS_TEXT,.present = true};

		cell.text.length = (size_t) snprintf(text, sizeof(text), "%s%d%s", i % 7 == 0 ? " " : "", i % 4999, i % 11 == 0 ? "\t" : "");
		cell.text.bytes = text;
		if (i % 100 == 1)
			cell.text.length = 0;
		if (i % 100 == 2)
		{
			cell.text.bytes = long_text;
			cell.text.length = sizeof(long_text) - (size_t) (i % 3);
		}
		mml_profile_column_add(&at_once, &cell, NULL, &room);
		mml_profile_pending_text(&pending, &waits, cell.text, &room);
		mml_profile_pending_text(&pending_keys, &keys, cell.text, &room);
	}
	CHECK(waits.rows < at_once.rows);
	mml_profile_pending_settle(&pending, &waits, &room);
	mml_profile_pending_settle(&pending_keys, &keys, &room);
	CHECK(waits.rows == at_once.rows && waits.blanks == at_once.blanks && waits.padded == at_once.padded);
	CHECK(keys.rows == 0 && keys.blanks == 0 && keys.categories.added == at_once.rows);
	CHECK(waits.categories.count == at_once.categories.count && keys.categories.count == at_once.categories.count);
	for (size_t i = 0; i < at_once.categories.count; i++)
	{
		MmlText		text = mml_profile_categories_text(&at_once.categories, i);

		CHECK(count_of(&waits, text) == at_once.categories.counts[i]);
		CHECK(count_of(&keys, text) == at_once.categories.counts[i]);
	}
	CHECK(waits.first_length == at_once.first_length && waits.last_length == at_once.last_length);
	CHECK(memcmp(waits.extremes, at_once.extremes, waits.first_length + waits.last_length) == 0);
}

/*-------------------------------------------------------------------------
 *
 * pending.c
 *	  Values that wait to be added to a column's categories.
 *
 * A category lies anywhere among a hundred thousand, and where to look next is
 * known only when the last look has come back from memory: a value costs three
 * or four such trips.  So values wait for each other, and a batch makes each
 * trip together.
 *
 * Keys of eight bytes that are too many to be kept wait longer, for a run
 * which is sorted.  Those that come once in a run are not worth a category,
 * for most of them never come again: they are only counted.  So a count loses
 * at most 1 a run, which is added to what all counts may have lost, see
 * categories.c: with a run of MML_VALUES_RUN that is 0.012 % of the values.
 *
 * What waits belongs to no summary yet: whoever reads, merges or writes one
 * settles it before.
 *
 *-------------------------------------------------------------------------
 */
#include <string.h>

#include "core/sort.h"
#include "profile/pending.h"

#define RUN MML_VALUES_RUN

/* So few categories stay in a cache. */
#define NEAR 2048

/* A word as a key: its bytes, the first one first. */
MML_INLINE uint64_t
key_of(uint64_t word)
{
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
	return __builtin_bswap64(word);
#else
	return word;
#endif
}

/* Make the three trips for a batch, unless all that there is lies near. */
static void
fetch(const MmlCategories *categories, size_t n, const uint64_t *hashes)
{
	if (categories->count < NEAR)
		return;
	for (int step = 0; step < 3; step++)
		for (size_t i = 0; i < n; i++)
			mml_profile_categories_fetch(categories, hashes[i], step);
}

/* Add a batch of texts or keys. */
static void
add_texts(MmlPending *pending, MmlColumn *column, MmlRoom *room)
{
	uint64_t	hashes[MML_PENDING_BATCH] = {0};
	MmlCell		cell = {.class = column->class,.present = true};

	for (size_t i = 0; i < pending->count; i++)
		hashes[i] = mml_hash_bytes(pending->lengths[i], pending->bytes + i * MML_PENDING_BYTES);
	fetch(&column->categories, pending->count, hashes);
	for (size_t i = 0; i < pending->count; i++)
	{
		cell.text.bytes = pending->bytes + i * MML_PENDING_BYTES;
		cell.text.length = pending->lengths[i];
		if (pending->texts)
			mml_profile_column_add(column, &cell, NULL, room);
		else
			mml_profile_column_add_key(column, cell.text.length, cell.text.bytes, room);
	}
}

/* Add a batch of words. */
static void
add_words(size_t n, const uint64_t *words, MmlColumn *column, MmlRoom *room)
{
	uint64_t	keys[MML_PENDING_BATCH];
	uint64_t	hashes[MML_PENDING_BATCH] = {0};

	for (size_t i = 0; i < n; i++)
	{
		keys[i] = key_of(words[i]);
		hashes[i] = mml_hash_bytes(sizeof(uint64_t), (const char *) &keys[i]);
	}
	fetch(&column->categories, n, hashes);
	for (size_t i = 0; i < n; i++)
		mml_profile_column_add_key(column, sizeof(uint64_t), (const char *) &keys[i], room);
}

/*
 * Add a run of words, when categories have been too many.  The first and the
 * last are categories anyway, so that they are compared with the extremes.
 */
static void
add_run(size_t n, uint64_t *words, MmlColumn *column, MmlRoom *room)
{
	MmlCategories *categories = &column->categories;
	uint64_t	scratch[RUN];
	bool		lost = false;

	mml_sort_keys(n, words, scratch);
	for (size_t i = 0, next; i < n; i = next)
	{
		uint64_t	key = key_of(words[i]);

		for (next = i + 1; next < n && words[next] == words[i];)
			next++;
		if (next - i > 1 || i == 0 || next == n)
		{
			mml_profile_column_add_key(column, sizeof(key), (const char *) &key, room);
			if (next - i > 1)
				mml_profile_categories_add(categories, sizeof(key), (const char *) &key,
										   (int64_t) (next - i - 1), room);
			continue;
		}
		mml_profile_distinct_add(categories->distinct,
								 mml_hash_bytes(sizeof(key), (const char *) &key));
		categories->added++;
		lost = true;
	}
	categories->lost += lost;
	MML_CHECK();
}

/* Add all that waits. */
void
mml_profile_pending_settle(MmlPending *pending, MmlColumn *column, MmlRoom *room)
{
	if (pending->bytes != NULL)
		add_texts(pending, column, room);
	else if (!mml_profile_categories_exact(&column->categories))
		add_run(pending->count, pending->words, column, room);
	else
		for (size_t i = 0; i < pending->count; i += MML_PENDING_BATCH)
			add_words(MML_MIN(pending->count - i, MML_PENDING_BATCH), pending->words + i,
					  column, room);
	pending->count = 0;
}

/*
 * Let a text, or a key of a column of others, wait to be added as the value of
 * a cell: of keys the cell itself is not.
 */
void
mml_profile_pending_text(MmlPending *pending, MmlColumn *column, MmlText text, MmlRoom *room)
{
	MmlCell		cell = {.class = column->class,.present = true,.text = text};

	if (text.length > MML_PENDING_BYTES)
	{
		if (pending->texts)
			mml_profile_column_add(column, &cell, NULL, room);
		else
			mml_profile_column_add_key(column, text.length, text.bytes, room);
		return;
	}
	if (pending->bytes == NULL)
		pending->bytes = room->resize(room, NULL, 0, MML_PENDING_BATCH * MML_PENDING_BYTES);
	if (text.length > 0)
		memcpy(pending->bytes + pending->count * MML_PENDING_BYTES, text.bytes, text.length);
	pending->lengths[pending->count++] = text.length;
	if (pending->count == MML_PENDING_BATCH)
		mml_profile_pending_settle(pending, column, room);
}

/* Let a word wait. */
void
mml_profile_pending_word(MmlPending *pending, MmlColumn *column, uint64_t word, MmlRoom *room)
{
	if (pending->count == pending->room)
	{
		size_t		more = mml_profile_categories_exact(&column->categories) ? MML_PENDING_BATCH : RUN;

		if (pending->count > 0)
			mml_profile_pending_settle(pending, column, room);
		if (more > pending->room)
		{
			pending->words = room->resize(room, pending->words, pending->room * sizeof(uint64_t),
										  more * sizeof(uint64_t));
			pending->room = more;
		}
	}
	pending->words[pending->count++] = word;
}

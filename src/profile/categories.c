/*-------------------------------------------------------------------------
 *
 * categories.c
 *	  Distinct values of a column, and how often each came.
 *
 * Values are byte strings, whatever they stand for.  Their bytes lie one
 * behind the other; a table of slots by hash, open addressing with linear
 * steps and at most half full, tells where each is.  A slot holds 15 bits of
 * the hash beside the category's number, so that a slot of another value is
 * passed without looking at the value.
 *
 * All are kept while there are at most MML_EXACT of them, in at most
 * MML_CATEGORIES_BYTES.  One more, and they are pruned: a number is taken off
 * all counts, the least one that leaves at most a quarter of the categories
 * and of the bytes, and added to "lost".  This is the summary of Misra and
 * Gries, "Finding repeated elements", Science of Computer Programming 2,
 * 1982, with pruning in bulk.  A count is then too small by at most lost, and
 * a value that is not kept came at most lost times: whenever a value loses
 * so much, lost grows by as much.
 *
 * From then on the limit is four times what pruning left, and LEAST_LIMIT at
 * least: where few values come often, as in a column of ids, all slots fit the
 * cache.  More than a quarter of the limit lose all that is taken off, so lost
 * is less than 4 / LEAST_LIMIT, 0.025 %, of the values added, unless
 * categories are so long that their bytes are the limit.
 *
 * Two workers are merged by adding one's counts to the other's, one category
 * at a time, pruning where it must be: the errors add up, as lost does.  While
 * both and their union are exact, so is the result, whatever the order.
 *
 *-------------------------------------------------------------------------
 */
#include <string.h>

#include "profile/profile.h"

/* A slot: bits of the hash, then 1 + the category's number. */
#define NUMBER_BITS 17
#define NUMBER_MASK (((uint32_t) 1 << NUMBER_BITS) - 1)

_Static_assert(MML_EXACT < NUMBER_MASK, "a category's number must fit a slot");

#define LEAST_LIMIT 16384
#define LEAST_ROOM 16
#define LEAST_BYTES 256

/* Interrupts are polled once in so many categories. */
#define POLL (1 << 16)

/* ---------------------------------------------------------------- slots */

/* The bits of a hash that a slot holds, where it holds them. */
MML_INLINE uint32_t
tag_of(uint64_t hash)
{
	return (uint32_t) (hash >> 32) & ~NUMBER_MASK;
}

/* Where the text of a category begins. */
MML_INLINE size_t
start_of(const MmlCategories *categories, size_t i)
{
	return i > 0 ? categories->ends[i - 1] : 0;
}

/* Whether two texts of one length are equal; most are short. */
MML_INLINE bool
same_bytes(size_t length, const char *a, const char *b)
{
	uint64_t	x;
	uint64_t	y;

	if (length > 16 || length < 8)
		return memcmp(a, b, length) == 0;
	memcpy(&x, a, 8);
	memcpy(&y, b, 8);
	if (x != y)
		return false;
	memcpy(&x, a + length - 8, 8);
	memcpy(&y, b + length - 8, 8);
	return x == y;
}

/*
 * The category of these bytes, or MML_CATEGORY_NONE; then *free_slot is where
 * it would be.  There are slots.
 */
MML_INLINE size_t
find(const MmlCategories *categories, uint64_t hash, size_t length, const char *bytes,
	 size_t *free_slot)
{
	size_t		mask = categories->mask;
	size_t		slot = hash & mask;

	for (;; slot = (slot + 1) & mask)
	{
		uint32_t	held = categories->slots[slot];
		size_t		i = (held & NUMBER_MASK) - 1;
		size_t		start;

		if (held == 0)
			break;
		if (((held ^ tag_of(hash)) & ~NUMBER_MASK) != 0)
			continue;
		start = start_of(categories, i);
		if (categories->ends[i] - start == length &&
			same_bytes(length, categories->text + start, bytes))
			return i;
	}
	*free_slot = slot;
	return MML_CATEGORY_NONE;
}

/*
 * Fetch from memory what adding a value of this hash is going to look at, each
 * step where the one before has led: its slot, the category there, its text.
 * Changes nothing; for callers who add many values, and take a step for all of
 * them before the next.
 */
void
mml_profile_categories_fetch(const MmlCategories *categories, uint64_t hash, int step)
{
	const uint32_t *slot;
	size_t		i;

	if (categories->room == 0)
		return;
	slot = categories->slots + (hash & categories->mask);
	if (step == 0)
	{
		__builtin_prefetch(slot);
		return;
	}
	if (*slot == 0 || ((*slot ^ tag_of(hash)) & ~NUMBER_MASK) != 0)
		return;
	i = (*slot & NUMBER_MASK) - 1;
	if (step == 1)
	{
		__builtin_prefetch(&categories->ends[i]);
		__builtin_prefetch(&categories->counts[i], 1);
	}
	else
		__builtin_prefetch(categories->text + start_of(categories, i));
}

/* Let a free slot hold a category. */
static void
hold(MmlCategories *categories, size_t i)
{
	uint64_t	hash = categories->hashes[i];
	size_t		slot = hash & categories->mask;

	while (categories->slots[slot] != 0)
		slot = (slot + 1) & categories->mask;
	categories->slots[slot] = tag_of(hash) | (uint32_t) (i + 1);
}

/* Fill the slots anew: so many that they are half full at the limit. */
static void
fill_slots(MmlCategories *categories)
{
	size_t		slots = 2 * categories->room;

	while (categories->distinct != NULL && slots >= 4 * categories->limit)
		slots /= 2;
	categories->mask = slots - 1;
	memset(categories->slots, 0, slots * sizeof(*categories->slots));
	for (size_t i = 0; i < categories->count; i++)
		hold(categories, i);
}

/* ----------------------------------------------------------------- room */

/* Make room for twice as many categories. */
static void
grow(MmlCategories *categories, MmlRoom *room)
{
	size_t		old = categories->room;
	size_t		new = old > 0 ? 2 * old : LEAST_ROOM;
	size_t		sums = categories->width * sizeof(double);

	categories->counts = room->resize(room, categories->counts, old * sizeof(int64_t),
									  new * sizeof(int64_t));
	categories->hashes = room->resize(room, categories->hashes, old * sizeof(uint64_t),
									  new * sizeof(uint64_t));
	categories->ends = room->resize(room, categories->ends, old * sizeof(size_t),
									new * sizeof(size_t));
	if (sums > 0)
		categories->sums = room->resize(room, categories->sums, old * sums, new * sums);
	categories->slots = room->resize(room, categories->slots, 2 * old * sizeof(uint32_t),
									 2 * new * sizeof(uint32_t));
	categories->room = new;
	fill_slots(categories);
}

/* Make room for so many more bytes of text. */
static void
grow_text(MmlCategories *categories, size_t length, MmlRoom *room)
{
	size_t		new = MML_MAX(categories->bytes_room, LEAST_BYTES);

	while (new < categories->bytes + length)
		new *= 2;
	categories->text = room->resize(room, categories->text, categories->bytes_room, new);
	categories->bytes_room = new;
}

/* -------------------------------------------------------------- pruning */

/*
 * The least number such that categories with greater counts weigh no more than
 * limit: each its bytes, or 1.  It is found by its bytes, the first one first:
 * the loop's invariant is that all counts that begin with more than prefix
 * weigh "above", and with those that begin with prefix more than limit.
 */
static int64_t
find_cut(const MmlCategories *categories, bool by_bytes, size_t limit)
{
	size_t		total = by_bytes ? categories->bytes : categories->count;
	size_t		above = 0;
	uint64_t	prefix = 0;
	uint64_t	bits = 0;
	int			shift = 0;

	if (total <= limit)
		return 0;
	for (size_t i = 0; i < categories->count; i++)
		bits |= (uint64_t) categories->counts[i];
	while (bits >> shift > 255)
		shift += 8;
	for (; shift >= 0; shift -= 8)
	{
		size_t		weight[256] = {0};
		size_t		digit = 255;

		for (size_t i = 0; i < categories->count; i++)
		{
			uint64_t	count = (uint64_t) categories->counts[i];

			if (shift == 56 || count >> (shift + 8) == prefix)
				weight[count >> shift & 255] +=
					by_bytes ? categories->ends[i] - start_of(categories, i) : 1;
		}
		while (above + weight[digit] <= limit)
			above += weight[digit--];
		prefix = prefix << 8 | digit;
	}
	MML_CHECK();
	return (int64_t) prefix;
}

/* Take so much off all counts, and leave the categories that remain. */
static void
take_off(MmlCategories *categories, int64_t cut)
{
	size_t		width = categories->width;
	size_t		kept = 0;
	size_t		start = 0;
	size_t		bytes = 0;

	for (size_t i = 0; i < categories->count; i++)
	{
		size_t		end = categories->ends[i];

		if (categories->counts[i] > cut)
		{
			memmove(categories->text + bytes, categories->text + start, end - start);
			bytes += end - start;
			categories->counts[kept] = categories->counts[i] - cut;
			categories->hashes[kept] = categories->hashes[i];
			categories->ends[kept] = bytes;
			if (width > 0)
				memmove(categories->sums + kept * width, categories->sums + i * width,
						width * sizeof(double));
			kept++;
		}
		start = end;
	}
	categories->count = kept;
	categories->bytes = bytes;
	categories->lost += cut;
}

/* Leave at most a quarter of what there may be, and then be content with less. */
static void
prune(MmlCategories *categories)
{
	int64_t		by_count = find_cut(categories, false, categories->limit / 4);
	int64_t		by_bytes = find_cut(categories, true, MML_CATEGORIES_BYTES / 4);

	take_off(categories, MML_MAX(by_count, by_bytes));
	categories->limit = MML_MAX(4 * categories->count, LEAST_LIMIT);
	fill_slots(categories);
}

/* From now on not all values are kept: estimate how many are distinct. */
static void
begin_estimate(MmlCategories *categories, MmlRoom *room)
{
	if (categories->distinct != NULL)
		return;
	categories->distinct = room->resize(room, NULL, 0, sizeof(MmlDistinct));
	categories->limit = MML_EXACT;
	memset(categories->distinct, 0, sizeof(MmlDistinct));
	for (size_t i = 0; i < categories->count; i++)
		mml_profile_distinct_add(categories->distinct, categories->hashes[i]);
}

/* --------------------------------------------------------------- adding */

/* Add a value that is none of the categories. */
static size_t
add_new(MmlCategories *categories, uint64_t hash, size_t length, const char *bytes,
		int64_t times, MmlRoom *room)
{
	size_t		limit = categories->distinct != NULL ? categories->limit : MML_EXACT;
	size_t		i;

	if (length > MML_CATEGORY_BYTES || categories->count >= limit ||
		categories->bytes + length > MML_CATEGORIES_BYTES)
	{
		begin_estimate(categories, room);
		mml_profile_distinct_add(categories->distinct, hash);
		if (length > MML_CATEGORY_BYTES)
			return MML_CATEGORY_NONE;
		prune(categories);
	}
	if (categories->count == categories->room)
		grow(categories, room);
	if (categories->bytes_room - categories->bytes < length)
		grow_text(categories, length, room);

	i = categories->count++;
	if (length > 0)
		memcpy(categories->text + categories->bytes, bytes, length);
	categories->bytes += length;
	categories->ends[i] = categories->bytes;
	categories->hashes[i] = hash;
	categories->counts[i] = times;
	hold(categories, i);
	for (size_t j = 0; j < categories->width; j++)
		categories->sums[i * categories->width + j] = 0;
	return i;
}

/* Add a value whose hash is known. */
MML_INLINE size_t
add_hashed(MmlCategories *categories, uint64_t hash, size_t length, const char *bytes,
		   int64_t times, MmlRoom *room)
{
	if (categories->distinct != NULL)
		mml_profile_distinct_add(categories->distinct, hash);
	if (categories->room > 0)
	{
		size_t		slot;
		size_t		i = find(categories, hash, length, bytes, &slot);

		if (i != MML_CATEGORY_NONE)
		{
			categories->counts[i] += times;
			return i;
		}
	}
	return add_new(categories, hash, length, bytes, times, room);
}

/* From now on there may be as many as ever, until they are pruned again. */
void
mml_profile_categories_widen(MmlCategories *categories)
{
	categories->limit = MML_EXACT;
	if (categories->room > 0)
		fill_slots(categories);
}

/*
 * Add a value that came so many times, at least once.  The number of its
 * category, until the next is added; or MML_CATEGORY_NONE where it is too
 * long.
 */
size_t
mml_profile_categories_add(MmlCategories *categories, size_t length, const char *bytes,
						   int64_t times, MmlRoom *room)
{
	categories->added += times;
	return add_hashed(categories, mml_hash_bytes(length, bytes), length, bytes, times, room);
}

/* Add the categories of another, whose width is the same if it has any. */
void
mml_profile_categories_merge(MmlCategories *categories, const MmlCategories *other,
							 MmlRoom *room)
{
	size_t		width = other->width;

	if (categories->room == 0)
		categories->width = width;
	MML_ASSERT(categories->width == width || other->count == 0);
	categories->added += other->added;
	categories->lost += other->lost;
	if (other->distinct != NULL)
	{
		begin_estimate(categories, room);
		mml_profile_distinct_merge(categories->distinct, other->distinct);
	}
	if (categories->distinct != NULL)
		mml_profile_categories_widen(categories);
	for (size_t i = 0; i < other->count; i++)
	{
		MmlText		text = mml_profile_categories_text(other, i);
		size_t		mine = add_hashed(categories, other->hashes[i], text.length, text.bytes,
									  other->counts[i], room);

		for (size_t j = 0; j < width; j++)
			categories->sums[mine * width + j] += other->sums[i * width + j];
		if (i % POLL == 0)
			MML_CHECK();
	}
}

/* -------------------------------------------------------------- reading */

/* The bytes of a category. */
MmlText
mml_profile_categories_text(const MmlCategories *categories, size_t i)
{
	size_t		start = start_of(categories, i);
	MmlText		text = {categories->text + start, categories->ends[i] - start};

	return text;
}

/* Whether all values are categories, and all counts right. */
bool
mml_profile_categories_exact(const MmlCategories *categories)
{
	return categories->distinct == NULL;
}

/* How many distinct values there are: estimated unless exact. */
double
mml_profile_categories_distinct(const MmlCategories *categories)
{
	double		kept = (double) categories->count;
	double		all = categories->distinct == NULL ? kept :
		mml_profile_distinct_estimate(categories->distinct);

	return MML_MAX(all, kept);
}

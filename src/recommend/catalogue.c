/*-------------------------------------------------------------------------
 *
 * catalogue.c
 *	  Find items by id, and read a catalogue that anybody may have written;
 *	  see catalogue.h.
 *
 * Ids lie sorted, so an item is found in O(log items) at most, by searching
 * outwards from where it may be, in O(log distance) (Bentley and Yao, "An
 * almost optimal algorithm for unbounded searching", IPL 5(3), 1976).  That is
 * the last one found, which serves lists that are sorted themselves; and of a
 * number so far behind it as it would be if ids were spread evenly, which
 * serves those that were given one after the other.
 *
 * Reading demands every invariant again, in O(bytes), and allocates nothing.
 *
 *-------------------------------------------------------------------------
 */
#include <math.h>
#include <string.h>

#include "recommend/catalogue.h"

#define POLL_EVERY 65536

/* Ids of one type in order: numbers by value, texts bytewise. */
int
mml_id_compare(const MmlId *a, const MmlId *b)
{
	int			order;

	if (a->text == NULL)
		return (a->number > b->number) - (a->number < b->number);
	order = memcmp(a->text, b->text, MML_MIN(a->length, b->length));
	return order != 0 ? order : (a->length > b->length) - (a->length < b->length);
}

/* The id of an item. */
MmlId
mml_catalogue_id(const MmlCatalogue *catalogue, size_t item)
{
	MmlId		id;

	if (catalogue->id_type == MML_ID_BIGINT)
	{
		id.text = NULL;
		id.number = catalogue->ids[item];
	}
	else
	{
		id.text = catalogue->texts + catalogue->offsets[item];
		id.length = (size_t) (catalogue->offsets[item + 1] - catalogue->offsets[item]);
	}
	return id;
}

/* Is an id behind, at or before an item? */
MML_INLINE int
compare_with_item(const MmlCatalogue *catalogue, const MmlId *id, size_t item)
{
	MmlId		other = mml_catalogue_id(catalogue, item);

	return mml_id_compare(id, &other);
}

/* Where a number would be if ids were spread as evenly as behind near. */
MML_INLINE size_t
guess_number(const int64_t *ids, size_t n, int64_t number, size_t near)
{
	double		span = (double) ids[n - 1] - (double) ids[0];
	double		distance = (double) number - (double) ids[near];
	double		place = (double) near + (span > 0 ? distance * ((double) (n - 1) / span) : 0);

	return (size_t) MML_MAX(0, MML_MIN(place, (double) (n - 1)));
}

/*
 * Where a number is among n ascending ones, or -1.  The last loop has no branch
 * that depends on them, as none could be foretold.
 */
static int32_t
find_number(const int64_t *ids, size_t n, int64_t number, size_t near)
{
	size_t		low = guess_number(ids, n, number, near);
	size_t		high = low + 1;
	size_t		left;

	/* the answer is in low .. high - 1, if it is anywhere */
	if (number < ids[low])
		for (size_t step = 1; low > 0 && number < ids[low]; step *= 2)
		{
			high = low;
			low -= MML_MIN(step, low);
		}
	else
		for (size_t step = 1; high < n && ids[high] <= number; step *= 2)
		{
			low = high;
			high += MML_MIN(step, n - high);
		}
	for (left = high - low; left > 1;)
	{
		size_t		half = left / 2;

		low += ids[low + half] <= number ? half : 0;
		left -= half;
	}
	return ids[low] == number ? (int32_t) low : -1;
}

/* The same of a text among the ids of a catalogue. */
static int32_t
find_text(const MmlCatalogue *catalogue, const MmlId *id, size_t near)
{
	size_t		low = 0;
	size_t		high = catalogue->items;

	if (compare_with_item(catalogue, id, near) < 0)
		high = near;
	else
	{
		low = near;
		for (size_t step = 1; step < high - low; step *= 2)
		{
			if (compare_with_item(catalogue, id, low + step) < 0)
				high = low + step;
			else
				low += step;
		}
	}
	while (low < high)
	{
		size_t		middle = low + (high - low) / 2;
		int			order = compare_with_item(catalogue, id, middle);

		if (order == 0)
			return (int32_t) middle;
		if (order < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return -1;
}

/*
 * The item with an id of the catalogue's type, or -1.  near is any item
 * number, best one close to the answer: the last one found, or 0.
 */
int32_t
mml_catalogue_find(const MmlCatalogue *catalogue, const MmlId *id, size_t near)
{
	return catalogue->id_type == MML_ID_BIGINT ?
		find_number(catalogue->ids, catalogue->items, id->number, near) :
		find_text(catalogue, id, near);
}

/* Read bigint ids: any number of them, ascending. */
static const char *
parse_bigint_ids(const MmlEnvelope *env, int *next, MmlCatalogue *catalogue)
{
	const MmlSection *ids;

	MML_DEMAND(mml_envelope_next(env, next, "ids", MML_I64, &ids));
	if (ids->cols != 1 || ids->rows < 1 || ids->rows > INT32_MAX)
		return "Its number of items is not possible.";
	catalogue->items = ids->rows;
	catalogue->ids = ids->data;
	for (size_t i = 1; i < ids->rows; i++)
		if (catalogue->ids[i - 1] >= catalogue->ids[i])
			return "Its item ids are not in ascending order.";
	return NULL;
}

/* Read text ids: where each begins, then all their bytes, ascending. */
static const char *
parse_text_ids(const MmlEnvelope *env, int *next, MmlCatalogue *catalogue)
{
	const MmlSection *offsets;
	const MmlSection *texts;

	MML_DEMAND(mml_envelope_next(env, next, "id_offsets", MML_I64, &offsets));
	MML_DEMAND(mml_envelope_next(env, next, "id_texts", MML_U8, &texts));
	if (offsets->cols != 1 || offsets->rows < 2 ||
		offsets->rows - 1 > INT32_MAX || texts->cols != 1)
		return "Its number of items is not possible.";
	catalogue->items = offsets->rows - 1;
	catalogue->offsets = offsets->data;
	catalogue->texts = texts->data;
	if (catalogue->offsets[0] != 0 ||
		catalogue->offsets[catalogue->items] != (int64_t) texts->bytes)
		return "Its item ids do not fill their section.";
	if (memchr(texts->data, '\0', texts->bytes) != NULL)
		return "An item id has a byte 0.";

	/* all offsets before any text: a bad one must not be followed */
	for (size_t i = 0; i < catalogue->items; i++)
		if (catalogue->offsets[i] > catalogue->offsets[i + 1] ||
			catalogue->offsets[i + 1] - catalogue->offsets[i] > MML_ID_BYTES_MAX)
			return "An item id has a length that is not possible.";
	for (size_t i = 1; i < catalogue->items; i++)
	{
		MmlId		before = mml_catalogue_id(catalogue, i - 1);

		if (i % POLL_EVERY == 0)
			MML_CHECK();
		if (compare_with_item(catalogue, &before, i) >= 0)
			return "Its item ids are not in ascending order.";
	}
	return NULL;
}

/* Demand that the numbers of each item can be, and fit the sums. */
static const char *
check_items(const MmlCatalogue *catalogue)
{
	int64_t		pairs = 0;

	for (size_t i = 0; i < catalogue->items; i++)
	{
		if (!isfinite(catalogue->popularity[i]) || catalogue->popularity[i] < 0)
			return "The popularity of an item is not a number from 0 up.";
		if (catalogue->item_users[i] < 0 ||
			catalogue->item_users[i] > catalogue->users)
			return "The number of users of an item is not possible.";
		pairs += catalogue->item_users[i];
	}
	return pairs == catalogue->pairs ? NULL :
		"The users of its items do not add up.";
}

/* Read the sections of a catalogue, the first ones of a model. */
const char *
mml_catalogue_parse(const MmlEnvelope *env, int *next, MmlCatalogue *catalogue)
{
	const int64_t *head;

	memset(catalogue, 0, sizeof(MmlCatalogue));
	MML_DEMAND(mml_envelope_shaped(env, next, "catalogue", MML_I64, 1, 4, &head));
	if (head[0] != MML_ID_BIGINT && head[0] != MML_ID_TEXT)
		return "Its item ids are of a type that does not exist.";
	catalogue->id_type = (MmlIdType) head[0];
	catalogue->users = head[1];
	catalogue->pairs = head[2];
	catalogue->skipped = head[3];
	if (catalogue->users < 0 || catalogue->skipped < 0)
		return "Its number of users or rows is not possible.";

	if (catalogue->id_type == MML_ID_BIGINT)
		MML_DEMAND(parse_bigint_ids(env, next, catalogue));
	else
		MML_DEMAND(parse_text_ids(env, next, catalogue));
	MML_DEMAND(mml_envelope_shaped(env, next, "popularity", MML_F64,
								   catalogue->items, 1, &catalogue->popularity));
	MML_DEMAND(mml_envelope_shaped(env, next, "item_users", MML_I32,
								   catalogue->items, 1, &catalogue->item_users));
	return check_items(catalogue);
}

/* Read a model of kind popularity: the parse of its MmlKind. */
const char *
mml_popularity_parse(const MmlEnvelope *env, void *parsed)
{
	MmlPopularity *model = parsed;
	int			next = 0;

	MML_DEMAND(mml_catalogue_parse(env, &next, &model->catalogue));
	return mml_envelope_end(env, next);
}

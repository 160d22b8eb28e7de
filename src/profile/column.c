/*-------------------------------------------------------------------------
 *
 * column.c
 *	  Sum up a column: cells go to the parts that are collected.
 *
 *-------------------------------------------------------------------------
 */
#include <math.h>
#include <string.h>

#include "core/text.h"
#include "profile/profile.h"

/* ------------------------------------------------------------- extremes */

/* The first text of a column that has extremes. */
static MmlText
first_of(const MmlColumn *column)
{
	MmlText		text = {column->extremes, column->first_length};

	return text;
}

/* The last. */
static MmlText
last_of(const MmlColumn *column)
{
	MmlText		text = {column->extremes + column->first_length, column->last_length};

	return text;
}

/* A text cut to what extremes may hold, between characters. */
static MmlText
cut(MmlText text)
{
	if (text.length > MML_CATEGORY_BYTES)
	{
		text.length = MML_CATEGORY_BYTES;
		while (text.length > 0 && (text.bytes[text.length] & 0xC0) == 0x80)
			text.length--;
	}
	return text;
}

/* Keep these extremes; either may be one of those kept, which goes nowhere. */
static void
keep_extremes(MmlColumn *column, MmlText first, MmlText last, MmlRoom *room)
{
	size_t		bytes = first.length + last.length;
	size_t		new = MML_MAX(2 * bytes, 64);
	char	   *extremes = column->extremes;
	char	   *all = room->resize(room, NULL, 0, new);

	if (first.length > 0)
		memcpy(all, first.bytes, first.length);
	if (last.length > 0)
		memcpy(all + first.length, last.bytes, last.length);
	column->extremes = all;
	room->resize(room, extremes, column->extremes_room, 0);
	column->extremes_room = new;
	column->first_length = first.length;
	column->last_length = last.length;
	column->has_extremes = true;
}

/* Compare a text with the extremes. */
static void
widen_extremes(MmlColumn *column, MmlText text, MmlRoom *room)
{
	text = cut(text);
	if (!column->has_extremes)
		keep_extremes(column, text, text, room);
	else if (mml_text_compare(text, first_of(column)) < 0)
		keep_extremes(column, text, last_of(column), room);
	else if (mml_text_compare(text, last_of(column)) > 0)
		keep_extremes(column, first_of(column), text, room);
}

/* --------------------------------------------------------------- target */

/* Whether cells of these classes are compared by their number. */
MML_INLINE bool
is_number(MmlClass class)
{
	return class == MML_CLASS_NUMBER || class == MML_CLASS_BOOLEAN || class == MML_CLASS_TIME;
}

/* Whether a cell is not the target of its row. */
static bool
is_different(const MmlCell *cell, const MmlTarget *target)
{
	const MmlCell *other = target->cell;
	bool		present = other != NULL ? other->present : target->present;

	if (!cell->present || !present)
		return present;
	if (other == NULL)
		return !is_number(cell->class) || cell->number != target->y;
	if (is_number(cell->class))
		return !is_number(other->class) || cell->number != other->number;
	return cell->class != MML_CLASS_TEXT || other->class != MML_CLASS_TEXT ||
		mml_text_compare(cell->text, other->text) != 0;
}

/* Add the target of a row to sums (MML_TARGET_SUMS). */
static void
add_target(double *sums, const MmlTarget *target)
{
	MML_ASSERT(target->fold >= 0 && target->fold < MML_FOLDS);
	sums[2 * target->fold] += 1;
	sums[2 * target->fold + 1] += target->y;
}

/* Add the target of a row in which the column is missing. */
static void
add_missing(MmlColumn *column, const MmlTarget *target)
{
	if (column->collect & MML_COLLECT_TARGET && target != NULL && target->present)
		add_target(column->missing_sums, target);
}

/* --------------------------------------------------------------- adding */

/* How many sums a category has, where this is collected. */
size_t
mml_profile_column_sums(int collect)
{
	return collect & MML_COLLECT_TARGET ? MML_TARGET_SUMS : 0;
}

/*
 * Add the value of a cell that is no text as a category: any bytes that are
 * the same for equal values.  The cell itself is added too.
 */
size_t
mml_profile_column_add_key(MmlColumn *column, size_t length, const char *key, MmlRoom *room)
{
	MmlText		text = {key, length};
	size_t		i;

	if (column->categories.room == 0)
		column->categories.width = mml_profile_column_sums(column->collect);
	i = mml_profile_categories_add(&column->categories, length, key, 1, room);

	/* A category that has come before has been compared. */
	if (column->collect & MML_COLLECT_EXTREMES &&
		(i == MML_CATEGORY_NONE || column->categories.counts[i] == 1))
		widen_extremes(column, text, room);
	return i;
}

/* Add a value to the categories; where it is a text, to the extremes too. */
static void
add_category(MmlColumn *column, MmlText text, const MmlTarget *target, MmlRoom *room)
{
	MmlCategories *categories = &column->categories;
	size_t		i = MML_CATEGORY_NONE;

	if (column->collect & MML_COLLECT_CATEGORIES)
	{
		i = mml_profile_column_add_key(column, text.length, text.bytes, room);
		if (i != MML_CATEGORY_NONE && categories->width > 0 && target != NULL && target->present)
			add_target(categories->sums + i * categories->width, target);
	}
	else if (column->collect & MML_COLLECT_EXTREMES)
		widen_extremes(column, text, room);
}

/* Add a text.  Out of line: a number should not pay for its registers. */
__attribute__((noinline)) static void
add_text(MmlColumn *column, MmlText text, const MmlTarget *target, MmlRoom *room)
{
	if (text.length == 0 || mml_text_is_blank(text.bytes[0]) || mml_text_is_blank(text.bytes[text.length - 1]))
	{
		MmlText		inner = mml_text_trim(text);

		if (inner.length == 0)
			column->blanks++;
		else
			column->padded++;
		if (column->collect & MML_COLLECT_TRIMMED)
		{
			if (inner.length == 0)
			{
				add_missing(column, target);
				return;
			}
			text = inner;
		}
	}
	add_category(column, text, target, room);
}

/* Add each element of a list. */
__attribute__((noinline)) static void
add_list(MmlColumn *column, const MmlCell *cell, const MmlTarget *target, MmlRoom *room)
{
	if (cell->count == 0)
		column->blanks++;
	for (size_t k = 0; k < cell->count; k++)
	{
		MmlText		item = cell->items[k];

		if (column->collect & MML_COLLECT_TRIMMED)
		{
			item = mml_text_trim(item);
			if (item.length == 0)
				continue;
		}
		add_category(column, item, target, room);
	}
}

/*
 * Add a cell of the column's class, or a missing one.  target: of its row, or
 * NULL where nobody asks for it.  Blank texts are values, unless the column is
 * TRIMMED: then they are counted only, as are blank elements of lists.
 */
void
mml_profile_column_add(MmlColumn *column, const MmlCell *cell, const MmlTarget *target,
					   MmlRoom *room)
{
	column->rows++;
	if (target != NULL && !column->differs)
		column->differs = is_different(cell, target);
	if (!cell->present)
	{
		column->nulls++;
		add_missing(column, target);
		return;
	}
	switch (cell->class)
	{
		case MML_CLASS_NUMBER:
		case MML_CLASS_BOOLEAN:
		case MML_CLASS_TIME:
			if (isfinite(cell->number))
			{
				if (column->collect & MML_COLLECT_VALUES)
					mml_profile_values_add(&column->values, cell->number, room);
			}
			else if (isnan(cell->number))
				column->nans++;
			else
				column->infinite++;
			break;
		case MML_CLASS_TEXT:
			add_text(column, cell->text, target, room);
			break;
		case MML_CLASS_LIST:
			add_list(column, cell, target, room);
			break;
		case MML_CLASS_UNFIT:
			break;
	}
}

/* Add the cells of another column, of which the same is collected. */
void
mml_profile_column_merge(MmlColumn *column, const MmlColumn *other, MmlRoom *room)
{
	column->rows += other->rows;
	column->nulls += other->nulls;
	column->blanks += other->blanks;
	column->padded += other->padded;
	column->nans += other->nans;
	column->infinite += other->infinite;
	column->differs = column->differs || other->differs;
	for (int i = 0; i < MML_TARGET_SUMS; i++)
		column->missing_sums[i] += other->missing_sums[i];
	mml_profile_values_merge(&column->values, &other->values, room);
	mml_profile_categories_merge(&column->categories, &other->categories, room);
	if (other->has_extremes)
	{
		widen_extremes(column, first_of(other), room);
		widen_extremes(column, last_of(other), room);
	}
}

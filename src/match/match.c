/*-------------------------------------------------------------------------
 *
 * match.c
 *	  How well a cell fits a condition; see match.h.
 *
 * A similarity goes from 0, not at all, to 1.  Where a value lies outside of
 * what is wanted it falls in a straight line to 0 over the range of the
 * condition.  A cell that has no value, or NaN, fits nothing.
 *
 * Source: weighted sums of local similarities are how case-based recommenders
 * rank: B. Smyth, "Case-based recommendation", in The Adaptive Web, LNCS 4321,
 * 2007, section 11.3.
 *
 *-------------------------------------------------------------------------
 */
#include <math.h>

#include "core/kernel.h"
#include "core/text.h"
#include "match/match.h"

#define POLL_EVERY 65536

/* Is a text the wanted value v? */
static bool
text_is(const MmlCondition *condition, size_t v, MmlText text)
{
	return mml_text_compare(condition->texts[v], text) == 0;
}

/* Cut the next value off a text; false where none is left. */
static bool
next_value(const MmlCondition *condition, MmlText *rest, MmlText *value)
{
	MmlText		separator = condition->separator;

	if (rest->bytes == NULL)
		return false;
	*value = *rest;
	if (separator.length > 0)
		for (size_t i = 0; i + separator.length <= rest->length; i++)
		{
			if (i % POLL_EVERY == POLL_EVERY - 1)
				MML_CHECK();
			if (memcmp(rest->bytes + i, separator.bytes, separator.length) == 0)
			{
				value->length = i;
				rest->bytes += i + separator.length;
				rest->length -= i + separator.length;
				*value = mml_text_trim(*value);
				return true;
			}
		}
	rest->bytes = NULL;
	if (separator.length > 0)
		*value = mml_text_trim(*value);
	return true;
}

/* Does a cell have the wanted value v? */
static bool
cell_has(const MmlCondition *condition, size_t v, const MmlCell *cell)
{
	MmlText		rest = cell->text;
	MmlText		value;

	if (condition->numbers != NULL)
		return cell->number == condition->numbers[v];
	if (cell->class == MML_CLASS_LIST)
	{
		for (size_t i = 0; i < cell->count; i++)
			if (text_is(condition, v, cell->items[i]))
				return true;
		return false;
	}
	while (next_value(condition, &rest, &value))
		if (text_is(condition, v, value))
			return true;
	return false;
}

/* How many of the wanted values does a cell have? */
static size_t
count_values(const MmlCondition *condition, const MmlCell *cell)
{
	size_t		count = 0;

	for (size_t v = 0; v < condition->count; v++)
	{
		MML_CHECK();
		count += cell_has(condition, v, cell);
	}
	return count;
}

/* Has the cell a value that can be compared? */
static bool
is_present(const MmlCell *cell)
{
	return cell->present && (cell->class == MML_CLASS_LIST ||
							 cell->class == MML_CLASS_TEXT || !isnan(cell->number));
}

/* How far a number lies outside of what is wanted; 0 within it. */
static double
distance(const MmlCondition *condition, double number)
{
	if (number < condition->low)
		return condition->low - number;
	return number > condition->high ? number - condition->high : 0;
}

/* How well a cell fits a condition, from 0 to 1. */
double
mml_match_similarity(const MmlCondition *condition, const MmlCell *cell)
{
	double		outside;

	if (!is_present(cell))
		return 0;
	switch (condition->test)
	{
		case MML_MATCH_IS:
		case MML_MATCH_ANY:
			return count_values(condition, cell) > 0 ? 1 : 0;
		case MML_MATCH_ALL:
			return (double) count_values(condition, cell) / (double) condition->count;
		case MML_MATCH_NONE:
			return count_values(condition, cell) > 0 ? 0 : 1;
		case MML_MATCH_NEAR:
		case MML_MATCH_WITHIN:
			break;
	}
	outside = distance(condition, cell->number);
	if (outside == 0)
		return 1;
	return outside < condition->range ? 1 - outside / condition->range : 0;
}

/* Does a condition hold, as a hard one must? */
bool
mml_match_holds(const MmlCondition *condition, const MmlCell *cell)
{
	if (condition->test == MML_MATCH_NEAR)
		return is_present(cell) && distance(condition, cell->number) <= condition->range;
	return mml_match_similarity(condition, cell) >= 1;
}

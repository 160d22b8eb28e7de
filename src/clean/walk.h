/*-------------------------------------------------------------------------
 *
 * walk.h
 *	  Walk along the columns of a model, reading cells.
 *
 * The columns' categories and missing values lie one behind the other, so
 * running offsets find them.  A category is found by binary search of its hash
 * among those of its column, then by comparing bytes.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MML_WALK_H
#define MML_WALK_H

#include <float.h>
#include <math.h>

#include "clean/fit.h"
#include "core/hash.h"

/* A column of a model, as far as the walk has come. */
typedef struct ModelColumn
{
	const MmlPreprocessor *model;
	size_t		j;
	const int32_t *whole;		/* (CLEAN_RECIPE) */
	const double *numbers;		/* (CLEAN_NUMBERS) */
	size_t		base;			/* its first category */
	const char *missing;		/* its first missing value */
} ModelColumn;

/* Begin at the first column. */
MML_INLINE ModelColumn
mml_column_first(const MmlPreprocessor *model)
{
	ModelColumn column = {model, 0, model->recipes, model->numbers, 0, model->missing.first};

	return column;
}

/* Go on to the next. */
MML_INLINE void
mml_column_next(ModelColumn *column)
{
	for (int32_t i = 0; i < column->whole[CLEAN_MISSING_TEXTS]; i++)
		column->missing = mml_text_next(column->missing);
	column->base += (size_t) column->whole[CLEAN_CATEGORIES];
	column->whole += CLEAN_RECIPE;
	column->numbers += CLEAN_NUMBERS;
	column->j++;
}

/* Is a number one of the missing values of its column? */
MML_INLINE bool
mml_column_number_missing(const ModelColumn *column, double number)
{
	const char *text = column->missing;

	for (int32_t i = 0; i < column->whole[CLEAN_MISSING_TEXTS]; i++, text = mml_text_next(text))
	{
		double		missing;

		if (mml_clean_number(text, &missing) && missing == number)
			return true;
	}
	return false;
}

/* The number of a cell, clipped; false where it is missing. */
MML_INLINE bool
mml_column_number(const ModelColumn *column, const MmlCell *cell, double *number)
{
	double		x = cell->number;

	if (!cell->present || cell->class > MML_CLASS_TIME || isnan(x) ||
		(column->whole[CLEAN_MISSING_TEXTS] > 0 && mml_column_number_missing(column, x)))
		return false;
	x = x > column->numbers[CLEAN_HIGH] ? column->numbers[CLEAN_HIGH] : x;
	x = x < column->numbers[CLEAN_LOW] ? column->numbers[CLEAN_LOW] : x;
	*number = x;
	return x >= -DBL_MAX && x <= DBL_MAX;
}

/* Is a text, without blanks around it, one of the column's missing values? */
MML_INLINE bool
mml_column_text_missing(const ModelColumn *column, MmlText text)
{
	const char *missing = column->missing;

	for (int32_t i = 0; i < column->whole[CLEAN_MISSING_TEXTS]; i++)
	{
		MmlText		other = {missing, strlen(missing)};

		if (mml_text_compare(mml_text_trim(other), text) == 0)
			return true;
		missing = other.bytes + other.length + 1;
	}
	return false;
}

/* Cut blanks off; false where nothing remains, or a missing value. */
MML_INLINE bool
mml_column_text(const ModelColumn *column, MmlText *text)
{
	*text = mml_text_trim(*text);
	return text->length > 0 &&
		!(column->whole[CLEAN_MISSING_TEXTS] > 0 && mml_column_text_missing(column, *text));
}

/* The text of a category of a column. */
MML_INLINE MmlText
mml_column_category(const ModelColumn *column, int32_t code)
{
	const int64_t *begin = column->model->texts + column->base + code;
	MmlText		text = {column->model->pool + begin[0], (size_t) (begin[1] - begin[0])};

	return text;
}

/*
 * The code of a text's category, or -1.  Invariant: the first hash that is not
 * less than the text's, if any, is among those from first to first + n.
 */
MML_INLINE int32_t
mml_column_find(const ModelColumn *column, MmlText text)
{
	const int64_t *hashes = column->model->hashes + column->base;
	size_t		categories = (size_t) column->whole[CLEAN_CATEGORIES];
	uint64_t	hash = mml_hash_bytes(text.length, text.bytes);
	size_t		first = 0;

	for (size_t n = categories; n > 0; n /= 2)
	{
		size_t		half = n - n / 2;

		first += (uint64_t) hashes[first + half - 1] < hash ? half : 0;
	}
	for (; first < categories && (uint64_t) hashes[first] == hash; first++)
	{
		int32_t		code = column->model->codes[column->base + first];
		MmlText		category = mml_column_category(column, code);

		if (category.length == text.length &&
			memcmp(category.bytes, text.bytes, text.length) == 0)
			return code;
	}
	return -1;
}

#endif							/* MML_WALK_H */

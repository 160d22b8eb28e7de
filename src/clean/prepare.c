/*-------------------------------------------------------------------------
 *
 * prepare.c
 *	  Make features of a row's cells: what transform() and every prediction
 *	  from raw rows spend their time in.
 *
 * The columns are walked once, and nothing is allocated; see walk.h.
 *
 * Every feature is finite, whatever the cells hold: what goes beyond the
 * largest number becomes that.
 *
 * Cost: 130 ns or so for five numbers, three short texts among 20 categories
 * each, a date in three parts and a boolean.
 *
 *-------------------------------------------------------------------------
 */
#include "clean/calendar.h"
#include "clean/walk.h"

/* --------------------------------------------------------------- numbers */

/* A finite number, scaled. */
MML_INLINE double
scale_number(int32_t scale, double x, double offset, double divisor)
{
	if (scale == MML_SCALE_LOG1P)
		return copysign(log1p(fabs(x)), x);
	x = (x - offset) / divisor;
	x = x > DBL_MAX ? DBL_MAX : x;
	return x < -DBL_MAX ? -DBL_MAX : x;
}

/* The features of a number or a time. */
MML_INLINE MmlPrepared
prepare_number(const ModelColumn *column, const MmlCell *cell, double *x)
{
	const int32_t *whole = column->whole;
	const double *numbers = column->numbers;
	double		number = 0;
	bool		missing = !mml_column_number(column, cell, &number);

	if (missing)
	{
		if (whole[CLEAN_IMPUTE] == MML_IMPUTE_NONE)
			return MML_CELL_MISSING;
		number = numbers[CLEAN_FILL];
	}
	if (whole[CLEAN_ENCODE] == MML_ENCODE_NUMBER)
		*x++ = scale_number(whole[CLEAN_SCALE], number, numbers[CLEAN_OFFSET],
							numbers[CLEAN_DIVISOR]);
	else
	{
		double		parts[MML_PARTS];

		mml_clean_calendar(number, parts);
		for (int part = 0; part < MML_PARTS; part++)
			if (whole[CLEAN_PARTS] & 1 << part)
				*x++ = scale_number(whole[CLEAN_SCALE], parts[part],
									numbers[CLEAN_PART_OFFSET + part],
									numbers[CLEAN_PART_DIVISOR + part]);
	}
	if (whole[CLEAN_MISSING])
		*x = missing;
	return MML_PREPARED;
}

/* ------------------------------------------------------------ categories */

/* The bucket of a text. */
MML_INLINE size_t
find_bucket(const ModelColumn *column, MmlText text)
{
	return mml_hash_bytes(text.length, text.bytes) % (uint64_t) column->whole[CLEAN_BUCKETS];
}

/* Set the feature of a category; code -1 is one that is not kept. */
MML_INLINE MmlPrepared
set_hot(const ModelColumn *column, int32_t code, double *x)
{
	const int32_t *whole = column->whole;

	if (code >= 0)
	{
		code -= whole[CLEAN_DROP_FIRST];
		if (code >= 0)
			x[code] = 1;
	}
	else if (whole[CLEAN_UNSEEN] == MML_UNSEEN_ERROR)
		return MML_CELL_UNSEEN;
	else if (whole[CLEAN_OTHER])
		x[whole[CLEAN_FEATURES] - whole[CLEAN_MISSING] - 1] = 1;
	return MML_PREPARED;
}

/* Set the feature of one text of a cell, which is not missing. */
MML_INLINE MmlPrepared
set_text(const ModelColumn *column, MmlText text, double *x)
{
	if (column->whole[CLEAN_ENCODE] != MML_ENCODE_HASH)
		return set_hot(column, mml_column_find(column, text), x);
	x[find_bucket(column, text)] = 1;
	return MML_PREPARED;
}

/* Set the features of a missing cell whose features are 0 or 1. */
static void
set_missing(const ModelColumn *column, double *x)
{
	const int32_t *whole = column->whole;
	int32_t		fill = whole[CLEAN_FILL_CATEGORY];

	if (whole[CLEAN_MISSING])
		x[whole[CLEAN_FEATURES] - 1] = 1;
	if (fill < 0)
		return;
	if (whole[CLEAN_ENCODE] == MML_ENCODE_HASH)
		x[find_bucket(column, mml_column_category(column, fill))] = 1;
	else
		set_hot(column, fill, x);
}

/* The features of the items of a list, or of a text that holds one. */
static MmlPrepared
prepare_list(const ModelColumn *column, const MmlCell *cell, double *x)
{
	MmlPrepared prepared = MML_PREPARED;
	bool		any = false;

	if (cell->present && cell->class == MML_CLASS_LIST)
		for (size_t i = 0; i < cell->count && prepared == MML_PREPARED; i++)
		{
			MmlText		item = cell->items[i];

			if (!mml_column_text(column, &item))
				continue;
			any = true;
			prepared = set_text(column, item, x);
		}
	else if (cell->present && cell->class == MML_CLASS_TEXT)
	{
		const char *separator = mml_texts_get(&column->model->separators, column->j);
		MmlText		rest = cell->text;
		MmlText		item;

		if (!mml_column_text(column, &rest))
			rest.bytes = NULL;
		while (prepared == MML_PREPARED && mml_clean_next_item(&rest, separator, &item))
		{
			if (!mml_column_text(column, &item))
				continue;
			any = true;
			prepared = set_text(column, item, x);
		}
	}
	if (!any)
		set_missing(column, x);
	return prepared;
}

/* The features of a text: ONE_HOT, HASH. */
MML_INLINE MmlPrepared
prepare_hot(const ModelColumn *column, const MmlCell *cell, double *x)
{
	MmlText		text = cell->text;

	if (cell->present && cell->class == MML_CLASS_TEXT && mml_column_text(column, &text))
		return set_text(column, text, x);
	set_missing(column, x);
	return MML_PREPARED;
}

/* The number of a text: ORDINAL, FREQUENCY, TARGET, MAP. */
static MmlPrepared
prepare_value(const ModelColumn *column, const MmlCell *cell, size_t fold, double *x)
{
	const MmlPreprocessor *model = column->model;
	const int32_t *whole = column->whole;
	const double *numbers = column->numbers;
	MmlText		text = cell->text;
	bool		missing = !(cell->present && cell->class == MML_CLASS_TEXT &&
							mml_column_text(column, &text));
	int32_t		code = missing ? whole[CLEAN_FILL_CATEGORY] : mml_column_find(column, text);
	double		value = missing ? numbers[CLEAN_MISSING_VALUE] : numbers[CLEAN_OTHER_VALUE];

	if (code >= 0)
	{
		if (whole[CLEAN_ENCODE] != MML_ENCODE_TARGET)
			fold = 0;
		value = model->values[(column->base + (size_t) code) * model->width + fold];
	}
	else if (!missing && whole[CLEAN_UNSEEN] == MML_UNSEEN_ERROR)
		return MML_CELL_UNSEEN;
	else if (whole[CLEAN_ENCODE] == MML_ENCODE_MAP && whole[CLEAN_IMPUTE] == MML_IMPUTE_NONE &&
			 (missing || whole[CLEAN_UNSEEN] == MML_UNSEEN_OTHER))
		return missing ? MML_CELL_MISSING : MML_CELL_UNSEEN;
	x[0] = scale_number(whole[CLEAN_SCALE], value, numbers[CLEAN_OFFSET],
						numbers[CLEAN_DIVISOR]);
	if (whole[CLEAN_MISSING])
		x[1] = missing;
	return MML_PREPARED;
}

/* ------------------------------------------------------------------- row */

/*
 * Which of the values of a TARGET encoding a row gets: of a row of training,
 * which has target and id, the one without its fold; else that of all rows.
 */
static size_t
choose_fold(const MmlPreprocessor *model, const MmlCell *cells)
{
	const MmlCell *target = &cells[model->columns];
	const MmlCell *id = target + 1;

	if (model->width == 1 || !target->present || target->class > MML_CLASS_TIME ||
		!isfinite(target->number) || !id->present || id->class != MML_CLASS_TEXT)
		return 0;
	return 1 + (size_t) mml_clean_fold(id->text);
}

/*
 * Make features x (features) of cells (mml_clean_inputs()).  Where a cell
 * cannot be prepared, *blamed is its column, and x holds anything.
 */
MmlPrepared
mml_clean_prepare(const MmlPreprocessor *model, const MmlCell *cells, double *x,
				  size_t *blamed)
{
	ModelColumn column = mml_column_first(model);
	size_t		fold = choose_fold(model, cells);

	memset(x, 0, model->features * sizeof(double));
	while (column.j < model->columns)
	{
		const MmlCell *cell = &cells[column.j];
		MmlPrepared prepared;

		switch (column.whole[CLEAN_ENCODE])
		{
			case MML_ENCODE_NUMBER:
			case MML_ENCODE_PARTS:
				prepared = prepare_number(&column, cell, x);
				break;
			case MML_ENCODE_ONE_HOT:
				prepared = prepare_hot(&column, cell, x);
				break;
			case MML_ENCODE_MULTI_HOT:
			case MML_ENCODE_HASH:
				prepared = prepare_list(&column, cell, x);
				break;
			default:
				prepared = prepare_value(&column, cell, fold, x);
		}
		if (prepared != MML_PREPARED)
		{
			*blamed = column.j;
			return prepared;
		}
		x += column.whole[CLEAN_FEATURES];
		mml_column_next(&column);
	}
	return MML_PREPARED;
}

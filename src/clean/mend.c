/*-------------------------------------------------------------------------
 *
 * mend.c
 *	  Mend a cell, leaving it a value of its column: what clean() does.
 *
 *-------------------------------------------------------------------------
 */
#include "clean/walk.h"

/* Put a number in place of a cell; false where it is there already. */
static bool
mend_with_number(const MmlCell *cell, double number, MmlCell *mended)
{
	mended->class = cell->class <= MML_CLASS_TIME ? cell->class : MML_CLASS_NUMBER;
	mended->present = true;
	mended->number = number;
	return !cell->present || cell->class != mended->class || cell->number != number;
}

/* Leave nothing in place of a cell; false where nothing was. */
static bool
mend_with_nothing(const MmlCell *cell, MmlCell *mended)
{
	mended->present = false;
	return cell->present;
}

/* Mend a cell of categories. */
static bool
mend_text(const ModelColumn *column, const MmlCell *cell, MmlCell *mended)
{
	const int32_t *whole = column->whole;
	MmlText		text = cell->text;
	bool		present = cell->present && cell->class == MML_CLASS_TEXT &&
		mml_column_text(column, &text);

	if (whole[CLEAN_ENCODE] == MML_ENCODE_MAP)
	{
		const MmlPreprocessor *model = column->model;
		int32_t		code = present ? mml_column_find(column, text) : -1;

		if (code >= 0)
			return mend_with_number(cell, model->values[(column->base + (size_t) code) *
														model->width], mended);
		if (whole[CLEAN_IMPUTE] == MML_IMPUTE_NONE)
			return mend_with_nothing(cell, mended);
		return mend_with_number(cell, column->numbers[present ? CLEAN_OTHER_VALUE :
													  CLEAN_MISSING_VALUE], mended);
	}
	if (!present && whole[CLEAN_FILL_CATEGORY] < 0)
		return mend_with_nothing(cell, mended);
	mended->class = MML_CLASS_TEXT;
	mended->present = true;
	mended->text = present ? text : mml_column_category(column, whole[CLEAN_FILL_CATEGORY]);
	return !present || text.length != cell->text.length;
}

/*
 * What clean() puts in place of a cell: it filled and clipped, a map applied,
 * blanks around a text cut off; neither scaled nor encoded.  What is missing
 * and not filled becomes absent.  Lists stay as they are.  false: the cell is
 * right as it is, and mended a copy.  Texts lie in the cell or in the model.
 */
bool
mml_clean_mend(const MmlPreprocessor *model, size_t j, const MmlCell *cell, MmlCell *mended)
{
	ModelColumn column = mml_column_first(model);
	double		number;

	*mended = *cell;
	while (column.j < j)
		mml_column_next(&column);
	if (column.whole[CLEAN_CLASS] == MML_CLASS_LIST)
		return false;
	if (column.whole[CLEAN_ENCODE] != MML_ENCODE_NUMBER &&
		column.whole[CLEAN_ENCODE] != MML_ENCODE_PARTS)
		return mend_text(&column, cell, mended);
	if (mml_column_number(&column, cell, &number))
		return mend_with_number(cell, number, mended);
	if (column.whole[CLEAN_IMPUTE] == MML_IMPUTE_NONE)
		return mend_with_nothing(cell, mended);
	return mend_with_number(cell, column.numbers[CLEAN_FILL], mended);
}

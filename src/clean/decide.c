/*-------------------------------------------------------------------------
 *
 * decide.c
 *	  What to collect of a column, and what becomes of it where options are
 *	  silent.
 *
 * The choices are those of an analyst who has a summary of the column and no
 * knowledge of the field.  A column is left out only where it was not asked
 * for by name.
 *
 *-------------------------------------------------------------------------
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "clean/fit.h"
#include "core/sort.h"

/* Fewer rows tell nothing of ids. */
#define ID_ROWS 50

/* From this share of distinct texts on a column is free text. */
#define FREE_TEXT_SHARE 0.9

/* Estimates of so many distinct numbers are "all", their error being 1 %. */
#define ALL_DISTINCT_SHARE 0.95

/* ---------------------------------------------------------------- intake */

/* Are the cells of a column categories: texts, or lists of them? */
static bool
has_categories(const MmlRecipe *recipe)
{
	return recipe->as_text || recipe->class == MML_CLASS_TEXT ||
		recipe->class == MML_CLASS_LIST;
}

/* Does a text of this column hold a list, to be split before all else? */
bool
mml_clean_is_list(const MmlRecipe *recipe)
{
	return has_categories(recipe) && recipe->class != MML_CLASS_LIST &&
		(recipe->encode == MML_ENCODE_MULTI_HOT ||
		 (recipe->separator != NULL &&
		  (recipe->encode == MML_ENCODE_AUTO || recipe->encode == MML_ENCODE_HASH)));
}

/*
 * What the summary of a column must hold, by its recipe before it is decided.
 * target: is there one, which TARGET encoding needs?
 */
int
mml_clean_collect(const MmlRecipe *recipe, bool target)
{
	if (recipe->class < MML_CLASS_NUMBER || recipe->class >= MML_CLASS_UNFIT)
		return 0;
	if (!has_categories(recipe))
		return MML_COLLECT_VALUES;
	return MML_COLLECT_CATEGORIES | MML_COLLECT_TRIMMED |
		(recipe->encode == MML_ENCODE_TARGET && target ? MML_COLLECT_TARGET : 0);
}

/*
 * Read a "missing value" of a column of numbers or times: a decimal number,
 * of times days since 2000-01-01.  false where it is none, or not finite.
 */
bool
mml_clean_number(const char *text, double *number)
{
	char	   *end;

	*number = strtod(text, &end);
	return end != text && *end == '\0' && !mml_text_is_blank(*text) && isfinite(*number);
}

/* Is the number in a list of missing values? */
static bool
number_is_missing(const MmlRecipe *recipe, double number)
{
	for (int i = 0; i < recipe->missing_count; i++)
	{
		double		missing;

		if (mml_clean_number(recipe->missing[i], &missing) && missing == number)
			return true;
	}
	return false;
}

/* Is a text, without blanks around it, in a list of missing values? */
bool
mml_clean_text_is_missing(const MmlRecipe *recipe, MmlText text)
{
	for (int i = 0; i < recipe->missing_count; i++)
	{
		MmlText		missing = {recipe->missing[i], strlen(recipe->missing[i])};

		if (mml_text_compare(mml_text_trim(missing), text) == 0)
			return true;
	}
	return false;
}

/*
 * Change a cell of training as its column is to be summed up: what options
 * call missing is, and a number is clipped to a given range.  So moments and
 * quantiles are those of the clipped column, as exact as of any other.  Other
 * ways to clip depend on all rows: mml_clean_fit() clips what the summary
 * holds.  To be called before a text is split.
 */
void
mml_clean_admit(const MmlRecipe *recipe, MmlCell *cell)
{
	if (!cell->present)
		return;
	if (cell->class <= MML_CLASS_TIME)
	{
		if (recipe->missing_count > 0 && number_is_missing(recipe, cell->number))
			cell->present = false;
		else if (recipe->clip == MML_CLIP_RANGE && !isnan(cell->number))
			cell->number = fmax(fmin(cell->number, recipe->high), recipe->low);
	}
	else if (cell->class == MML_CLASS_TEXT && recipe->missing_count > 0)
		cell->present = !mml_clean_text_is_missing(recipe, mml_text_trim(cell->text));
}

/* Items in the order of bytes. */
static int
compare_items(const void *a, const void *b)
{
	return mml_text_compare(*(const MmlText *) a, *(const MmlText *) b);
}

/* Sort items, and leave each once; returns how many remain. */
static size_t
unique_items(size_t n, MmlText *items)
{
	size_t		count = 0;

	mml_sort(n, items, sizeof(MmlText), compare_items);
	for (size_t i = 0; i < n; i++)
		if (count == 0 || mml_text_compare(items[i], items[count - 1]) != 0)
			items[count++] = items[i];
	return count;
}

/*
 * Split a text into items (room), in the order of bytes, without blanks around
 * them, blank ones left out, and each once.  Returns how many they are, or a
 * number beyond room, which that many are certain to fit.
 */
size_t
mml_clean_split(MmlText text, const char *separator, size_t room, MmlText *items)
{
	size_t		most = 1;
	size_t		count = 0;
	MmlText		item;

	for (MmlText rest = text; mml_clean_next_item(&rest, separator, &item);)
		most++;
	if (most > room)
		return most;
	while (mml_clean_next_item(&text, separator, &item))
		if (item.length > 0)
			items[count++] = item;
	return unique_items(count, items);
}

/* ---------------------------------------------------------------- choose */

/* How many categories are kept, where all that come often enough are. */
static size_t
count_kept(const MmlRecipe *recipe, const MmlCategories *categories)
{
	size_t		kept = 0;

	for (size_t i = 0; i < categories->count; i++)
		kept += categories->counts[i] >= recipe->min_count;
	return recipe->max_categories == 0 ? kept : MML_MIN(kept, (size_t) recipe->max_categories);
}

/* Are all values whole numbers, of those that the summary still holds? */
static bool
all_whole(const MmlColumn *column, const FitWork *work)
{
	size_t		n = mml_profile_values_pairs(&column->values);

	mml_profile_values_sorted(&column->values, work->pairs, work->keys);
	for (size_t i = 0; i < n; i++)
		if (work->pairs[i].value != floor(work->pairs[i].value))
			return false;
	return true;
}

/* Choose the encoding; one that the column cannot have counts as silent. */
static MmlEncode
choose_encode(const MmlRecipe *recipe, const MmlColumn *column)
{
	MmlEncode	encode = recipe->encode;

	if (!has_categories(recipe))
		return recipe->class == MML_CLASS_TIME && encode != MML_ENCODE_NUMBER ?
			MML_ENCODE_PARTS : MML_ENCODE_NUMBER;
	if (recipe->class == MML_CLASS_LIST || mml_clean_is_list(recipe))
		return encode == MML_ENCODE_HASH ? encode : MML_ENCODE_MULTI_HOT;
	if (encode == MML_ENCODE_AUTO || encode == MML_ENCODE_NUMBER || encode == MML_ENCODE_PARTS)
		return recipe->map_count > 0 ? MML_ENCODE_MAP :
			count_kept(recipe, &column->categories) <= MML_ONE_HOT_AUTO ?
			MML_ENCODE_ONE_HOT : MML_ENCODE_FREQUENCY;
	return encode;
}

/* Choose how to fill. */
static MmlImpute
choose_impute(const MmlRecipe *recipe)
{
	bool		number = !has_categories(recipe) || recipe->encode == MML_ENCODE_MAP;

	switch (recipe->impute)
	{
		case MML_IMPUTE_AUTO:
			if (!number)
				return MML_IMPUTE_NONE;
			return recipe->class == MML_CLASS_BOOLEAN || recipe->encode == MML_ENCODE_MAP ?
				MML_IMPUTE_MODE : MML_IMPUTE_MEDIAN;
		case MML_IMPUTE_MEAN:
		case MML_IMPUTE_MEDIAN:
			return number ? recipe->impute : MML_IMPUTE_NONE;
		case MML_IMPUTE_CONSTANT:
			return number || recipe->fill_text != NULL ? recipe->impute : MML_IMPUTE_NONE;
		default:
			return recipe->impute;
	}
}

/* Choose how to scale: what is measured; neither yes and no nor shares. */
static MmlScale
choose_scale(const MmlRecipe *recipe)
{
	switch (recipe->encode)
	{
		case MML_ENCODE_ONE_HOT:
		case MML_ENCODE_MULTI_HOT:
		case MML_ENCODE_HASH:
			return MML_SCALE_NONE;
		case MML_ENCODE_NUMBER:
		case MML_ENCODE_PARTS:
			if (recipe->scale == MML_SCALE_AUTO)
				return recipe->class == MML_CLASS_BOOLEAN ? MML_SCALE_NONE : MML_SCALE_STANDARD;
			return recipe->scale;
		default:
			return recipe->scale == MML_SCALE_AUTO ? MML_SCALE_NONE : recipe->scale;
	}
}

/* Replace all that a recipe leaves open. */
static void
choose(MmlRecipe *recipe, const MmlColumn *column, const FitWork *work)
{
	recipe->min_count = MML_MAX(recipe->min_count, 1);
	recipe->max_categories = MML_MAX(recipe->max_categories, 0);
	recipe->encode = choose_encode(recipe, column);
	recipe->impute = choose_impute(recipe);
	recipe->scale = choose_scale(recipe);
	if (has_categories(recipe))
		recipe->clip = MML_CLIP_NONE;
	if (recipe->encode != MML_ENCODE_PARTS)
		recipe->parts = 0;
	else if (recipe->parts == 0)
		recipe->parts = MML_PART_DAYS | MML_PART_MONTH | MML_PART_WEEKDAY |
			(all_whole(column, work) ? 0 : MML_PART_HOUR);
	if (recipe->encode != MML_ENCODE_HASH)
		recipe->buckets = 0;
	else if (recipe->buckets < 1)
		recipe->buckets = MML_BUCKETS;
	if (recipe->encode != MML_ENCODE_ONE_HOT)
		recipe->drop_first = false;
	if (!mml_clean_is_list(recipe))
		recipe->separator = NULL;
	else if (recipe->separator == NULL || *recipe->separator == '\0')
		recipe->separator = MML_SEPARATOR;
	if (recipe->max_categories == 0)
		recipe->max_categories = recipe->encode == MML_ENCODE_MULTI_HOT ?
			MML_MULTI_HOT_MOST : MML_CATEGORIES_MOST;
}

/* ---------------------------------------------------------------- decide */

/* Does a name say that the column is an id: id, film_id, filmId? */
static bool
is_named_id(const char *name)
{
	size_t		length = strlen(name);
	const char *end = name + length - 2;

	if (length < 2 || (end[0] | 32) != 'i' || (end[1] | 32) != 'd')
		return false;
	return length == 2 || end[-1] == '_' ||
		(end[0] == 'I' && end[1] == 'd' && end[-1] >= 'a' && end[-1] <= 'z');
}

/*
 * Do whole numbers, which lie sorted in pairs, look counted out: all
 * different, and without great gaps?
 */
static bool
is_numbered(const MmlColumn *column, const MmlMoments *moments, const FitWork *work)
{
	double		n = (double) moments->n;
	double		distinct;
	bool		exact;

	if (moments->n < ID_ROWS || !(moments->max - moments->min < 2 * n))
		return false;
	distinct = mml_profile_values_distinct(&column->values,
										   mml_profile_values_pairs(&column->values),
										   work->pairs, &exact);
	return distinct >= (exact ? n : ALL_DISTINCT_SHARE * n);
}

/* Is the column like an id? */
static bool
is_id(const MmlRecipe *recipe, const MmlColumn *column, const char *name, const char *type,
	  const MmlMoments *moments, const FitWork *work)
{
	if (strcmp(type, "uuid") == 0)
		return true;
	if (recipe->class == MML_CLASS_NUMBER && !recipe->as_text)
		return all_whole(column, work) &&
			(is_named_id(name) || is_numbered(column, moments, work));
	if (recipe->class != MML_CLASS_TEXT && recipe->class != MML_CLASS_NUMBER)
		return false;
	if (is_named_id(name))
		return true;
	return recipe->class == MML_CLASS_TEXT && recipe->separator == NULL &&
		column->categories.added >= ID_ROWS &&
		mml_profile_categories_distinct(&column->categories) >=
		FREE_TEXT_SHARE * (double) column->categories.added;
}

/* Are the features of a column the same in every row, once it is filled? */
static bool
is_constant(const MmlRecipe *recipe, const MmlColumn *column, const MmlMoments *moments)
{
	const MmlCategories *categories = &column->categories;
	int64_t		missing = mml_clean_missing(recipe, column);

	if (missing > 0 && (recipe->indicator || recipe->impute == MML_IMPUTE_NONE))
		return false;
	if (!has_categories(recipe))
		return moments->min == moments->max &&
			(missing == 0 || recipe->impute != MML_IMPUTE_CONSTANT ||
			 recipe->fill == moments->min);
	if (categories->lost > 0 || categories->distinct != NULL)
		return false;
	if (recipe->encode == MML_ENCODE_MULTI_HOT || recipe->separator != NULL)
	{
		for (size_t i = 0; i < categories->count; i++)
			if (categories->counts[i] < column->rows)
				return false;
		return true;
	}
	return categories->count == 1 && categories->added == categories->counts[0] &&
		(missing == 0 || recipe->impute == MML_IMPUTE_MODE);
}

/*
 * Replace what a recipe leaves open by what suits the column, and say whether
 * to take it.  A column asked for by name is always taken, if it can be.
 */
MmlDecision
mml_clean_decide(MmlRecipe *recipe, const MmlColumn *column, const char *name,
				 const char *type, void *work)
{
	MmlMoments	moments;
	FitWork		fit;

	if (recipe->class < MML_CLASS_NUMBER || recipe->class >= MML_CLASS_UNFIT)
		return MML_LEAVE_UNFIT;
	mml_clean_lay_out(recipe, column, work, &fit);
	choose(recipe, column, &fit);
	if (recipe->asked)
		return MML_TAKE;
	mml_profile_values_moments(&column->values, &moments);
	if (moments.n == 0 && column->categories.added == 0)
		return MML_LEAVE_EMPTY;
	if (is_constant(recipe, column, &moments))
		return MML_LEAVE_CONSTANT;
	return is_id(recipe, column, name, type, &moments, &fit) ? MML_LEAVE_ID : MML_TAKE;
}

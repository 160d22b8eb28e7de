/*-------------------------------------------------------------------------
 *
 * fit_categories.c
 *	  Which categories of a column are kept, and what number each becomes.
 *
 * Kept are the most frequent ones, ties in the order of bytes, that come at
 * least min_count times; of MAP just the keys of the map; of HASH only the one
 * that fills.  A category that fills takes the missing rows into its count, as
 * if they had held it; if options name it, it is kept however rare it is.
 *
 * TARGET encoding draws the mean of each category to that of all rows:
 *
 *		(sum of its targets + smoothing * mean) / (its rows + smoothing)
 *
 * (D. Micci-Barreca, "A preprocessing scheme for high-cardinality categorical
 * attributes", SIGKDD Explorations 3(1), 2001).  The same without the rows of
 * each fold is what a row of that fold gets in training, so that no row's own
 * target is among its features.  Rows whose missing value is filled are rows of
 * the category that fills it.  What was not kept, or missing, gets the mean.
 *
 * Cost: O(c log c) comparisons of texts, c the categories of the summary.
 *
 *-------------------------------------------------------------------------
 */
#include <math.h>

#include "clean/fit.h"

/* ------------------------------------------------------------------ keep */

/* The key of a map that a text is, or -1. */
static ptrdiff_t
find_key(const MmlRecipe *recipe, MmlText text)
{
	int			low = 0;
	int			high = recipe->map_count;

	while (low < high)
	{
		int			middle = low + (high - low) / 2;
		MmlText		key = {recipe->map_keys[middle], strlen(recipe->map_keys[middle])};
		int			order = mml_text_compare(text, key);

		if (order == 0)
			return middle;
		if (order < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return -1;
}

/* Keep the keys of the map, and count how often each comes. */
static void
keep_keys(const MmlRecipe *recipe, const MmlCategories *categories, MmlFitted *fitted)
{
	fitted->categories = (size_t) recipe->map_count;
	for (int i = 0; i < recipe->map_count; i++)
	{
		fitted->texts[i].bytes = recipe->map_keys[i];
		fitted->texts[i].length = strlen(recipe->map_keys[i]);
		fitted->counts[i] = 0;
		fitted->values[i] = recipe->map_values[i];
	}
	for (size_t i = 0; i < categories->count; i++)
	{
		ptrdiff_t	key = find_key(recipe, mml_profile_categories_text(categories, i));

		if (key >= 0)
			fitted->counts[key] += categories->counts[i];
	}
}

/* Keep the most frequent categories. */
static void
keep_frequent(const MmlRecipe *recipe, const MmlCategories *categories, FitWork *work,
			  MmlFitted *fitted)
{
	size_t		n = mml_profile_categories_top(categories, recipe->min_count,
											   (size_t) recipe->max_categories, work->chosen);
	size_t		kept = 0;

	mml_profile_categories_sort(categories, n, work->chosen, work->order);
	for (size_t i = 0; i < n; i++)
	{
		MmlText		category = mml_profile_categories_text(categories, work->chosen[i]);

		/* a cell that is missing has been kept away, but not a list's item */
		if (recipe->missing_count > 0 && mml_clean_text_is_missing(recipe, category))
			continue;
		fitted->texts[kept] = category;
		fitted->counts[kept] = categories->counts[work->chosen[i]];
		work->chosen[kept++] = work->chosen[i];
	}
	fitted->categories = kept;
}

/* The most frequent of those kept, the first of equals; -1 of none. */
static ptrdiff_t
most_frequent(const MmlFitted *fitted)
{
	ptrdiff_t	most = fitted->categories > 0 ? 0 : -1;

	for (size_t i = 1; i < fitted->categories; i++)
		if (fitted->counts[i] > fitted->counts[most])
			most = (ptrdiff_t) i;
	return most;
}

/*
 * Find a text among those kept, or put it there with the count that it has in
 * the column, if any.  Returns where it is.
 */
static ptrdiff_t
keep_text(MmlText text, const MmlCategories *categories, FitWork *work, MmlFitted *fitted)
{
	size_t		at = 0;
	size_t		behind;

	while (at < fitted->categories && mml_text_compare(fitted->texts[at], text) < 0)
		at++;
	if (at < fitted->categories && mml_text_compare(fitted->texts[at], text) == 0)
		return (ptrdiff_t) at;
	behind = fitted->categories++ - at;
	memmove(fitted->texts + at + 1, fitted->texts + at, behind * sizeof(MmlText));
	memmove(fitted->counts + at + 1, fitted->counts + at, behind * sizeof(int64_t));
	memmove(work->chosen + at + 1, work->chosen + at, behind * sizeof(size_t));
	fitted->texts[at] = text;
	fitted->counts[at] = 0;
	work->chosen[at] = MML_CATEGORY_NONE;
	for (size_t i = 0; i < categories->count; i++)
		if (mml_text_compare(mml_profile_categories_text(categories, i), text) == 0)
		{
			fitted->counts[at] = categories->counts[i];
			work->chosen[at] = i;
		}
	return (ptrdiff_t) at;
}

/* Choose what fills, and keep of HASH nothing else. */
static void
keep_fill(const MmlRecipe *recipe, const MmlCategories *categories, FitWork *work,
		  MmlFitted *fitted)
{
	if (recipe->impute == MML_IMPUTE_MODE)
		fitted->fill_category = most_frequent(fitted);
	else if (recipe->impute == MML_IMPUTE_CONSTANT)
	{
		MmlText		text = {recipe->fill_text, strlen(recipe->fill_text)};

		fitted->fill_category = keep_text(mml_text_trim(text), categories, work, fitted);
	}
	if (recipe->encode == MML_ENCODE_HASH)
	{
		if (fitted->fill_category > 0)
		{
			fitted->texts[0] = fitted->texts[fitted->fill_category];
			fitted->counts[0] = fitted->counts[fitted->fill_category];
			fitted->fill_category = 0;
		}
		fitted->categories = fitted->fill_category < 0 ? 0 : 1;
	}
}

/* ---------------------------------------------------------------- values */

/*
 * The share of rows that have a category.  One that is not kept gets the mean
 * share of such: it is none of them in particular.
 */
static void
value_frequencies(const MmlCategories *categories, MmlFitted *fitted)
{
	double		rows = (double) MML_MAX(fitted->rows, 1);
	double		others = mml_profile_categories_distinct(categories) -
		(double) fitted->categories;

	for (size_t i = 0; i < fitted->categories; i++)
		fitted->values[i] = (double) fitted->counts[i] / rows;
	fitted->missing_value = (double) fitted->missing / rows;
	fitted->other_value = (double) fitted->other / fmax(others, 1) / rows;
}

/* The mean of n targets with this sum, drawn to the overall mean. */
static double
drawn_mean(double n, double sum, double smoothing, double mean)
{
	double		drawn = (sum + smoothing * mean) / (n + smoothing);

	return n + smoothing > 0 && isfinite(drawn) ? drawn : mean;
}

/* Add sums of a target to others. */
static void
add_sums(double *sums, const double *more)
{
	for (int i = 0; i < MML_TARGET_SUMS; i++)
		sums[i] += more[i];
}

/* The mean of the target of each category, of all rows and without each fold. */
static void
value_targets(const MmlRecipe *recipe, const MmlColumn *column, const MmlMoments *target,
			  const FitWork *work, MmlFitted *fitted)
{
	const MmlCategories *categories = &column->categories;
	double		mean = isfinite(target->mean) ? target->mean : 0;

	fitted->width = 1 + MML_FOLDS;
	fitted->missing_value = mean;
	fitted->other_value = mean;
	for (size_t i = 0; i < fitted->categories; i++)
	{
		double	   *values = fitted->values + i * fitted->width;
		double		sums[MML_TARGET_SUMS] = {0};
		double		n = 0;
		double		sum = 0;

		if (categories->width == MML_TARGET_SUMS && work->chosen[i] != MML_CATEGORY_NONE)
			add_sums(sums, categories->sums + work->chosen[i] * categories->width);
		if ((ptrdiff_t) i == fitted->fill_category)
			add_sums(sums, column->missing_sums);
		for (int f = 0; f < MML_FOLDS; f++)
		{
			n += sums[2 * f];
			sum += sums[2 * f + 1];
		}
		values[0] = drawn_mean(n, sum, recipe->smoothing, mean);
		for (int f = 0; f < MML_FOLDS; f++)
			values[1 + f] = drawn_mean(n - sums[2 * f], sum - sums[2 * f + 1],
									   recipe->smoothing, mean);
	}
}

/*
 * The weighted values of a column, sorted, for its scale: of kept categories,
 * of others, and of missing cells where nothing fills them.
 */
static size_t
weigh_values(const MmlFitted *fitted, MmlWeighted *pairs, MmlMoments *moments)
{
	size_t		n = 0;

	memset(moments, 0, sizeof(*moments));
	for (size_t i = 0; i < fitted->categories + 2; i++)
	{
		if (i < fitted->categories)
		{
			pairs[n].value = fitted->values[i * fitted->width];
			pairs[n].weight = fitted->counts[i];
		}
		else if (i == fitted->categories)
		{
			pairs[n].value = fitted->other_value;
			pairs[n].weight = fitted->other;
		}
		else
		{
			pairs[n].value = fitted->missing_value;
			pairs[n].weight = fitted->fill_category < 0 ? fitted->missing : 0;
		}
		n += pairs[n].weight > 0;
	}
	mml_clean_sort_pairs(n, pairs);
	for (size_t i = 0; i < n; i++)
		mml_profile_moments_add_times(moments, pairs[i].weight, pairs[i].value);
	return n;
}

/* What fills a map: of the values that came, or the value of a named key. */
static double
fill_of_map(const MmlRecipe *recipe, const FitWork *work, const MmlFitted *fitted)
{
	MmlFitted	mapped = *fitted;
	MmlMoments	moments;
	size_t		n;

	if (recipe->impute == MML_IMPUTE_CONSTANT && recipe->fill_text != NULL)
	{
		MmlText		text = {recipe->fill_text, strlen(recipe->fill_text)};
		ptrdiff_t	key = find_key(recipe, mml_text_trim(text));

		return key >= 0 ? recipe->map_values[key] : recipe->fill;
	}
	mapped.other = 0;
	mapped.missing = 0;
	n = weigh_values(&mapped, work->pairs, &moments);
	return mml_clean_fill(recipe, &moments, n, work->pairs);
}

/* Give each category its number. */
static void
value_categories(const MmlRecipe *recipe, const MmlColumn *column, const MmlMoments *target,
				 const FitWork *work, MmlFitted *fitted)
{
	switch (recipe->encode)
	{
		case MML_ENCODE_ORDINAL:
			for (size_t i = 0; i < fitted->categories; i++)
				fitted->values[i] = (double) i;
			fitted->missing_value = -1;
			fitted->other_value = (double) fitted->categories;
			break;
		case MML_ENCODE_FREQUENCY:
			value_frequencies(&column->categories, fitted);
			break;
		case MML_ENCODE_TARGET:
			value_targets(recipe, column, target, work, fitted);
			break;
		case MML_ENCODE_MAP:
			fitted->fill = fill_of_map(recipe, work, fitted);
			fitted->missing_value = fitted->fill;
			fitted->other_value = fitted->fill;
			break;
		default:
			for (size_t i = 0; i < fitted->categories; i++)
				fitted->values[i] = 0;
	}
	if (recipe->unseen == MML_UNSEEN_ZERO)
		fitted->other_value = 0;
}

/* Fit a column of categories: what mml_clean_fit() has left zero. */
void
mml_clean_fit_categories(const MmlRecipe *recipe, const MmlColumn *column,
						 const MmlMoments *target, FitWork *work, MmlFitted *fitted)
{
	const MmlCategories *categories = &column->categories;
	bool		hot = recipe->encode == MML_ENCODE_ONE_HOT ||
		recipe->encode == MML_ENCODE_MULTI_HOT;
	int64_t		kept = 0;
	MmlFitted	weighed;
	MmlMoments	moments;
	size_t		n;

	fitted->texts = work->texts;
	fitted->counts = work->counts;
	fitted->values = work->values;
	if (recipe->encode == MML_ENCODE_MAP)
		keep_keys(recipe, categories, fitted);
	else
	{
		keep_frequent(recipe, categories, work, fitted);
		keep_fill(recipe, categories, work, fitted);
	}
	for (size_t i = 0; i < fitted->categories; i++)
		kept += fitted->counts[i];
	fitted->other = recipe->encode == MML_ENCODE_HASH ? 0 :
		MML_MAX(categories->added - kept, 0);
	if (fitted->fill_category >= 0)
		fitted->counts[fitted->fill_category] += fitted->missing;
	fitted->has_other = hot && fitted->other > 0 && recipe->unseen == MML_UNSEEN_OTHER;
	if (hot && fitted->missing > 0 && fitted->fill_category < 0)
		fitted->has_missing = true;
	value_categories(recipe, column, target, work, fitted);
	if (hot || recipe->encode == MML_ENCODE_HASH)
		return;

	weighed = *fitted;
	if (recipe->encode == MML_ENCODE_MAP && recipe->impute == MML_IMPUTE_NONE)
		weighed.missing = weighed.other = 0;	/* errors, not numbers */
	n = weigh_values(&weighed, work->pairs, &moments);
	mml_clean_scale(recipe->scale, &moments, n, work->pairs, &fitted->offset, &fitted->scale);
}

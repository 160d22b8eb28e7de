/*-------------------------------------------------------------------------
 *
 * fit.c
 *	  The numbers that a recipe needs, from the summary of its column: of
 *	  numbers and times here, of categories in fit_categories.c.
 *
 * Statistics of scaling are those of the column as estimators see it: clipped,
 * then filled.  So they equal what scikit-learn's SimpleImputer gives its
 * scalers: standard deviations divide by n, quantiles interpolate.  How exact
 * they are depends on what the summary is:
 *
 *		mean, standard deviation, minimum, maximum, with no clip or with a
 *		given range (which mml_clean_admit() has applied): to rounding,
 *		whatever the number of rows; what is filled is added as so many times
 *		one value
 *
 *		quantiles, modes, calendar parts, and all behind another clip: from
 *		the values sorted, each with a weight, which are all values up to
 *		MML_EXACT of them, and a sketch of the stated error above
 *
 * A scale is never 0: a column of one value keeps its unit.  Nor is it
 * infinite, where values are so large that squares are.
 *
 * Cost: O(n log n) at most, n the values that the summary holds.
 *
 *-------------------------------------------------------------------------
 */
#include <math.h>

#include "clean/calendar.h"
#include "clean/fit.h"
#include "core/sort.h"

/* Weighted values beyond those of the summary: filled, missing, other. */
#define SPARE 4

/* Values of calendar parts, but for the year: days of a month, and 0. */
#define PART_VALUES 32

/* --------------------------------------------------------------- scratch */

/* Take room for n things of a size from work, which may be NULL. */
static void *
take(char **work, size_t *used, size_t n, size_t size)
{
	void	   *taken = *work == NULL ? NULL : *work + *used;

	*used += (n * size + 15) & ~(size_t) 15;
	return taken;
}

/*
 * Lay scratch out in work, or nowhere, if that is NULL; returns how many bytes
 * it takes.
 */
size_t
mml_clean_lay_out(const MmlRecipe *recipe, const MmlColumn *column, void *work, FitWork *fit)
{
	size_t		categories = MML_MAX(column->categories.count, (size_t) recipe->map_count) + 1;
	size_t		room = MML_MAX(mml_profile_values_pairs(&column->values), categories) +
		SPARE + PART_VALUES;
	char	   *base = work;
	size_t		used = 0;

	fit->pairs = take(&base, &used, room, sizeof(MmlWeighted));
	fit->part = take(&base, &used, room, sizeof(MmlWeighted));
	fit->keys = take(&base, &used, 2 * room, sizeof(uint64_t));
	fit->chosen = take(&base, &used, categories, sizeof(size_t));
	fit->order = take(&base, &used, categories, sizeof(size_t));
	fit->texts = take(&base, &used, categories, sizeof(MmlText));
	fit->counts = take(&base, &used, categories, sizeof(int64_t));
	fit->values = take(&base, &used, categories * (1 + MML_FOLDS), sizeof(double));
	return used;
}

/* How many bytes of scratch, aligned to 16, deciding and fitting need. */
size_t
mml_clean_work(const MmlRecipe *recipe, const MmlColumn *column)
{
	FitWork		fit;

	return mml_clean_lay_out(recipe, column, NULL, &fit);
}

/* ------------------------------------------------------- weighted values */

/* Pairs in the order of their values. */
static int
compare_pairs(const void *a, const void *b)
{
	double		x = ((const MmlWeighted *) a)->value;
	double		y = ((const MmlWeighted *) b)->value;

	return (x > y) - (x < y);
}

/* Sort by value, none being NaN. */
void
mml_clean_sort_pairs(size_t n, MmlWeighted *pairs)
{
	mml_sort(n, pairs, sizeof(MmlWeighted), compare_pairs);
}

/* The most frequent of sorted values, the least of equally frequent ones. */
double
mml_clean_mode(size_t n, const MmlWeighted *pairs)
{
	double		mode = 0;
	int64_t		most = 0;
	int64_t		times = 0;

	for (size_t i = 0; i < n; i++)
	{
		times = pairs[i].weight + (i > 0 && pairs[i].value == pairs[i - 1].value ? times : 0);
		if (times > most)
		{
			most = times;
			mode = pairs[i].value;
		}
	}
	return mode;
}

/* Put so many times a value among n sorted ones; returns how many they are. */
static size_t
insert(size_t n, MmlWeighted *pairs, double value, int64_t weight)
{
	size_t		i = n;

	if (weight <= 0)
		return n;
	for (; i > 0 && pairs[i - 1].value > value; i--)
		pairs[i] = pairs[i - 1];
	pairs[i].value = value;
	pairs[i].weight = weight;
	return n + 1;
}

/*
 * The values of a column in order.  Of a boolean its moments hold all, exactly
 * whatever the number of rows; unless a range makes other numbers of it.
 */
static size_t
sorted_values(const MmlRecipe *recipe, const MmlColumn *column, const MmlMoments *moments,
			  const FitWork *work)
{
	if (recipe->class == MML_CLASS_BOOLEAN && recipe->clip != MML_CLIP_RANGE)
		return insert(insert(0, work->pairs, 0, moments->zeros), work->pairs, 1,
					  moments->n - moments->zeros);
	mml_profile_values_sorted(&column->values, work->pairs, work->keys);
	return mml_profile_values_pairs(&column->values);
}

/* The moments of n weighted values. */
static MmlMoments
weighted_moments(size_t n, const MmlWeighted *pairs)
{
	MmlMoments	moments = {0};

	for (size_t i = 0; i < n; i++)
		if (pairs[i].weight > 0)
			mml_profile_moments_add_times(&moments, pairs[i].weight, pairs[i].value);
	return moments;
}

/* ------------------------------------------------------------------ clip */

/* A bound, which is none where it is no number. */
static double
bound(double value, double none)
{
	return isnan(value) ? none : value;
}

/* Find what a column is clipped to, from its n sorted values. */
static void
find_bounds(const MmlRecipe *recipe, size_t n, const MmlWeighted *pairs, MmlFitted *fitted)
{
	fitted->low = -INFINITY;
	fitted->high = INFINITY;
	if (recipe->clip == MML_CLIP_RANGE)
	{
		fitted->low = bound(recipe->low, -INFINITY);
		fitted->high = bound(recipe->high, INFINITY);
	}
	else if (recipe->clip == MML_CLIP_QUANTILES && n > 0)
	{
		fitted->low = mml_profile_weighted_quantile(n, pairs, recipe->low);
		fitted->high = mml_profile_weighted_quantile(n, pairs, recipe->high);
	}
	else if (recipe->clip == MML_CLIP_IQR && n > 0)
	{
		double		first = mml_profile_weighted_quantile(n, pairs, 0.25);
		double		third = mml_profile_weighted_quantile(n, pairs, 0.75);
		double		beyond = recipe->low * (third - first);

		fitted->low = bound(first - beyond, -INFINITY);
		fitted->high = bound(third + beyond, INFINITY);
	}
	fitted->high = fmax(fitted->high, fitted->low);
}

/* ----------------------------------------------------------- fill, scale */

/* The middle of the range: stands in where a mean or a median overflows. */
static double
finite_or_middle(double value, const MmlMoments *moments)
{
	return isfinite(value) ? value : moments->min / 2 + moments->max / 2;
}

/* What fills a missing number, from n sorted values and their moments. */
double
mml_clean_fill(const MmlRecipe *recipe, const MmlMoments *moments, size_t n,
			   const MmlWeighted *pairs)
{
	if (recipe->impute == MML_IMPUTE_CONSTANT)
		return recipe->fill;
	if (recipe->impute == MML_IMPUTE_NONE || n == 0)
		return 0;
	if (recipe->impute == MML_IMPUTE_MODE)
		return mml_clean_mode(n, pairs);
	return finite_or_middle(recipe->impute == MML_IMPUTE_MEAN ? moments->mean :
							mml_profile_weighted_quantile(n, pairs, 0.5), moments);
}

/*
 * The scale of n sorted values with these moments.  Without values, or where
 * they are all the same, the unit stays as it is.
 */
void
mml_clean_scale(MmlScale scale, const MmlMoments *moments, size_t n, const MmlWeighted *pairs,
				double *offset, double *divisor)
{
	*offset = 0;
	*divisor = 1;
	if (scale == MML_SCALE_NONE || scale == MML_SCALE_LOG1P || moments->n == 0 || n == 0)
		return;
	if (moments->min == moments->max)
	{
		*offset = moments->min;
		return;
	}
	if (scale == MML_SCALE_STANDARD)
	{
		*offset = moments->mean;
		*divisor = mml_profile_moments_sd(moments, 0);
	}
	else if (scale == MML_SCALE_MINMAX)
	{
		*offset = moments->min;
		*divisor = moments->max - moments->min;
	}
	else
	{
		*offset = mml_profile_weighted_quantile(n, pairs, 0.5);
		*divisor = mml_profile_weighted_quantile(n, pairs, 0.75) -
			mml_profile_weighted_quantile(n, pairs, 0.25);
	}
	*offset = finite_or_middle(*offset, moments);
	if (!isfinite(*divisor))
		*divisor = moments->max / 2 - moments->min / 2;
	if (*divisor <= 0)
		*divisor = 1;
}

/* One part of n sorted times, sorted; returns how many values it has. */
static size_t
part_values(int part, size_t n, const MmlWeighted *times, MmlWeighted *values)
{
	int64_t		counts[PART_VALUES] = {0};
	size_t		m = 0;

	for (size_t i = 0; i < n; i++)
	{
		double		parts[MML_PARTS];

		mml_clean_calendar(times[i].value, parts);
		if (1 << part != MML_PART_YEAR)
			counts[(int) parts[part]] += times[i].weight;
		else					/* ascends as times do */
		{
			values[i].value = parts[part];
			values[i].weight = times[i].weight;
		}
	}
	if (1 << part == MML_PART_YEAR)
		return n;
	for (int v = 0; v < PART_VALUES; v++)
		m = insert(m, values, v, counts[v]);
	return m;
}

/* Scale each part of n sorted times with these moments. */
static void
scale_parts(const MmlRecipe *recipe, const MmlMoments *moments, size_t n, const FitWork *work,
			MmlFitted *fitted)
{
	for (int part = 0; part < MML_PARTS; part++)
	{
		const MmlWeighted *values = work->pairs;
		MmlMoments	of_part = *moments;
		size_t		m = n;

		fitted->part_offset[part] = 0;
		fitted->part_scale[part] = 1;
		if (!(recipe->parts & 1 << part))
			continue;
		if (1 << part != MML_PART_DAYS)
		{
			values = work->part;
			m = part_values(part, n, work->pairs, work->part);
			of_part = weighted_moments(m, values);
			MML_CHECK();
		}
		mml_clean_scale(recipe->scale, &of_part, m, values,
						&fitted->part_offset[part], &fitted->part_scale[part]);
	}
}

/* ------------------------------------------------------------------- fit */

/* In how many rows a column is missing. */
int64_t
mml_clean_missing(const MmlRecipe *recipe, const MmlColumn *column)
{
	MmlMoments	moments;

	if (recipe->class == MML_CLASS_LIST || mml_clean_is_list(recipe))
		return column->nulls + column->blanks;
	if (recipe->as_text || recipe->class == MML_CLASS_TEXT)
		return MML_MAX(column->rows - column->categories.added, 0);
	mml_profile_values_moments(&column->values, &moments);
	return MML_MAX(column->rows - moments.n, 0);
}

/*
 * The quantiles of n sorted values, each one that came, and how many values are
 * at most it: so shares are right where many values are the same.
 */
static void
find_points(size_t n, const MmlWeighted *pairs, MmlFitted *fitted)
{
	double		total = 0;
	double		below = 0;
	size_t		next = 0;

	for (size_t i = 0; i < n; i++)
		total += (double) pairs[i].weight;
	for (int p = 0; p < MML_POINTS && n > 0; p++)
	{
		double		wanted = total * (p + 1) / (MML_POINTS + 1);

		while (next < n && (next == 0 || below < wanted ||
							pairs[next].value == pairs[next - 1].value))
			below += (double) pairs[next++].weight;
		fitted->points[p] = pairs[next - 1].value;
		fitted->shares[p] = below / total;
	}
}

/* Fit a column of numbers or times. */
static void
fit_numbers(const MmlRecipe *recipe, const MmlColumn *column, const FitWork *work,
			MmlFitted *fitted)
{
	MmlWeighted *pairs = work->pairs;
	MmlMoments	moments;
	size_t		n;

	mml_profile_values_moments(&column->values, &moments);
	n = sorted_values(recipe, column, &moments, work);
	find_bounds(recipe, n, pairs, fitted);
	if (recipe->clip == MML_CLIP_IQR || recipe->clip == MML_CLIP_QUANTILES)
	{
		for (size_t i = 0; i < n; i++)
			pairs[i].value = fmax(fmin(pairs[i].value, fitted->high), fitted->low);
		moments = weighted_moments(n, pairs);
	}
	find_points(n, pairs, fitted);
	fitted->fill = mml_clean_fill(recipe, &moments, n, pairs);
	if (recipe->impute != MML_IMPUTE_NONE && fitted->missing > 0)
	{
		n = insert(n, pairs, fitted->fill, fitted->missing);
		mml_profile_moments_add_times(&moments, fitted->missing, fitted->fill);
	}
	if (recipe->encode == MML_ENCODE_PARTS)
		scale_parts(recipe, &moments, n, work, fitted);
	else
		mml_clean_scale(recipe->scale, &moments, n, pairs, &fitted->offset, &fitted->scale);
}

/*
 * Fit a recipe that mml_clean_decide() has settled to the summary of its
 * column.  target are the moments of the target, where TARGET encodes; work
 * holds mml_clean_work() bytes, aligned to 16, as long as fitted is used.
 */
void
mml_clean_fit(const MmlRecipe *recipe, const MmlColumn *column, const MmlMoments *target,
			  MmlFitted *fitted, void *work)
{
	int32_t		whole[CLEAN_RECIPE];
	double		numbers[CLEAN_NUMBERS];
	FitWork		fit;

	mml_clean_lay_out(recipe, column, work, &fit);
	memset(fitted, 0, sizeof(MmlFitted));
	fitted->low = -INFINITY;
	fitted->high = INFINITY;
	fitted->scale = 1;
	for (int part = 0; part < MML_PARTS; part++)
		fitted->part_scale[part] = 1;
	fitted->rows = column->rows;
	fitted->missing = mml_clean_missing(recipe, column);
	fitted->has_missing = recipe->indicator && fitted->missing > 0;
	fitted->width = 1;
	fitted->fill_category = -1;
	if (recipe->encode == MML_ENCODE_NUMBER || recipe->encode == MML_ENCODE_PARTS)
		fit_numbers(recipe, column, &fit, fitted);
	else
		mml_clean_fit_categories(recipe, column, target, &fit, fitted);
	mml_clean_rows(recipe, fitted, whole, numbers);
	fitted->features = (size_t) whole[CLEAN_FEATURES];
}

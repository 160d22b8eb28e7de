/*-------------------------------------------------------------------------
 *
 * drift.c
 *	  Compare new rows with those that a preprocessor learned from.
 *
 * The population stability index is the sum over bins of
 *
 *		(now - then) ln(now / then)
 *
 * of the shares of rows: the divergence of Jeffreys.  Bins of numbers are ten,
 * cut at every second point of the model; bins of categories are the most
 * frequent ones and one of all others; a missing value is a bin of its own, so
 * that a column that is no longer filled shows.
 *
 * The statistic of Kolmogorov and Smirnov is the largest distance between the
 * two distribution functions, here at the points that the model keeps: at most
 * the true one, so its p is cautious.  p is that of the limit distribution for
 * the size n m / (n + m), by N. Smirnov, "Table for estimating the goodness of
 * fit of empirical distributions", Annals of Mathematical Statistics 19 (1948),
 * adjusted for the number of columns by S. Holm, "A simple sequentially
 * rejective multiple test procedure", Scandinavian Journal of Statistics 6
 * (1979).
 *
 *-------------------------------------------------------------------------
 */
#include "clean/drift.h"
#include "clean/walk.h"

/* How many counters a column has. */
MML_INLINE size_t
column_room(const int32_t *whole)
{
	return mml_clean_is_numbers(whole) ? MML_POINTS + 2 : (size_t) whole[CLEAN_CATEGORIES] + 2;
}

/* How many counters there are for a model. */
size_t
mml_drift_room(const MmlPreprocessor *model)
{
	size_t		room = 1;

	for (size_t j = 0; j < model->columns; j++)
		room += column_room(model->recipes + j * CLEAN_RECIPE);
	return room;
}

/* -------------------------------------------------------------- counting */

/* Count a number; points are NULL where they are not known. */
MML_INLINE void
count_number(const ModelColumn *column, const MmlCell *cell, const double *points, int64_t *counts)
{
	double		number;
	int			bin = 0;

	if (!mml_column_number(column, cell, &number))
		bin = MML_POINTS + 1;
	else if (points != NULL)
		while (bin < MML_POINTS && number > points[bin])
			bin++;
	counts[bin]++;
}

/* Count a text; false where it is missing. */
MML_INLINE bool
count_text(const ModelColumn *column, MmlText text, int64_t *counts)
{
	int32_t		code;

	if (!mml_column_text(column, &text))
		return false;
	code = mml_column_find(column, text);
	counts[code < 0 ? column->whole[CLEAN_CATEGORIES] : code]++;
	return true;
}

/* Count a cell of categories: a text, a list, or a text that holds a list. */
static void
count_categories(const ModelColumn *column, const MmlCell *cell, int64_t *counts)
{
	const char *separator = mml_texts_get(&column->model->separators, column->j);
	bool		any = false;

	if (cell->present && cell->class == MML_CLASS_LIST)
		for (size_t i = 0; i < cell->count; i++)
			any = count_text(column, cell->items[i], counts) || any;
	else if (cell->present && cell->class == MML_CLASS_TEXT && *separator == '\0')
		any = count_text(column, cell->text, counts);
	else if (cell->present && cell->class == MML_CLASS_TEXT)
	{
		MmlText		rest = cell->text;
		MmlText		item;

		if (!mml_column_text(column, &rest))
			rest.bytes = NULL;
		while (mml_clean_next_item(&rest, separator, &item))
			any = count_text(column, item, counts) || any;
	}
	if (!any)
		counts[column->whole[CLEAN_CATEGORIES] + 1]++;
}

/* Count the cells (mml_clean_inputs()) of a row in counts (mml_drift_room()). */
void
mml_drift_count(const MmlPreprocessor *model, const MmlCell *cells, int64_t *counts)
{
	const double *points = model->quantiles;

	*counts++ += 1;
	for (ModelColumn column = mml_column_first(model); column.j < model->columns;
		 mml_column_next(&column))
	{
		if (mml_clean_is_numbers(column.whole))
		{
			count_number(&column, &cells[column.j], points, counts);
			points += points == NULL ? 0 : 2 * MML_POINTS;
		}
		else
			count_categories(&column, &cells[column.j], counts);
		counts += column_room(column.whole);
	}
}

/* ------------------------------------------------------------- comparing */

/* What a bin adds to the index. */
static double
add_bin(double then, double now)
{
	then = fmax(then, MML_DRIFT_LEAST);
	now = fmax(now, MML_DRIFT_LEAST);
	return (now - then) * log(now / then);
}

/*
 * The probability that a Kolmogorov distributed number is above x, by the one
 * of its two series that converges fast.
 */
double
mml_drift_kolmogorov(double x)
{
	const double pi = 3.14159265358979323846;
	double		sum = 0;

	if (!(x > 0))
		return 1;
	if (x < 1)
	{
		for (int j = 1; j <= 7; j += 2)
			sum += exp(-j * j * pi * pi / (8 * x * x));
		return 1 - sqrt(2 * pi) / x * sum;
	}
	for (int j = 1; j <= 5; j++)
		sum += (j % 2 == 1 ? 2 : -2) * exp(-2.0 * j * j * x * x);
	return sum;
}

/* Compare the values of a column of numbers: of n rows then, m now. */
static void
compare_numbers(const double *points, double n, double m, const int64_t *counts, MmlDrift *drift)
{
	const double *shares = points + MML_POINTS;
	double		then = n * (1 - drift->missing_then);	/* present */
	double		now = m - (double) counts[MML_POINTS + 1];
	double		below = 0;
	double		cut_then = 0;
	double		cut_now = 0;

	drift->psi = add_bin(drift->missing_then, drift->missing_now);
	drift->ks = 0;
	for (int p = 0; p < MML_POINTS; p++)
	{
		below += (double) counts[p];
		if (now > 0)
			drift->ks = fmax(drift->ks, fabs(below / now - shares[p]));
		if (p % 2 == 0)
			continue;
		drift->psi += add_bin((shares[p] - cut_then) * then / n, (below - cut_now) / m);
		cut_then = shares[p];
		cut_now = below;
	}
	drift->psi += add_bin((1 - cut_then) * then / n, (now - cut_now) / m);
	if (now > 0 && then > 0)
		drift->p = mml_drift_kolmogorov(drift->ks * sqrt(then / (then + now) * now));
	else
		drift->ks = NAN;
}

/* Rows of training that had a category, less those that it filled. */
static double
category_rows(const ModelColumn *column, int32_t code)
{
	double		count = (double) column->model->counts[column->base + (size_t) code];

	if (code == column->whole[CLEAN_FILL_CATEGORY])
		count = fmax(count - column->numbers[CLEAN_NULLS], 0);
	return count;
}

/* Choose the most frequent categories in training, the first of equals first. */
static int
choose_categories(const ModelColumn *column, int32_t *chosen)
{
	int			n = 0;

	for (int32_t code = 0; code < column->whole[CLEAN_CATEGORIES]; code++)
	{
		double		rows = category_rows(column, code);
		int			at = n;

		while (at > 0 && category_rows(column, chosen[at - 1]) < rows)
			at--;
		if (at == MML_DRIFT_CATEGORIES)
			continue;
		n = MML_MIN(n + 1, MML_DRIFT_CATEGORIES);
		for (int i = n - 1; i > at; i--)
			chosen[i] = chosen[i - 1];
		chosen[at] = code;
	}
	return n;
}

/*
 * Compare the categories of a column.  Shares are of values, a missing one
 * being one too, for a list has any number of them.
 */
static void
compare_categories(const ModelColumn *column, const int64_t *counts, MmlDrift *drift)
{
	int32_t		categories = column->whole[CLEAN_CATEGORIES];
	double		missing_then = column->numbers[CLEAN_NULLS];
	double		missing_now = (double) counts[categories + 1];
	double		then = column->numbers[CLEAN_OTHERS];
	double		now = (double) counts[categories];
	double		rest_then;
	double		rest_now;
	int32_t		chosen[MML_DRIFT_CATEGORIES];
	int			n = choose_categories(column, chosen);

	for (int32_t code = 0; code < categories; code++)
	{
		then += category_rows(column, code);
		now += (double) counts[code];
	}
	if (now > 0)
		drift->unseen = (double) counts[categories] / now;
	rest_then = then;
	rest_now = now;
	then = fmax(then + missing_then, 1);
	now += missing_now;
	if (now <= 0)
		return;
	drift->psi = add_bin(missing_then / then, missing_now / now);
	for (int i = 0; i < n; i++)
	{
		double		rows_then = category_rows(column, chosen[i]);
		double		rows_now = (double) counts[chosen[i]];

		drift->psi += add_bin(rows_then / then, rows_now / now);
		rest_then -= rows_then;
		rest_now -= rows_now;
	}
	drift->psi += add_bin(rest_then / then, rest_now / now);
}

/* Adjust p of n columns for their number, by Holm; order (n) is scratch. */
static void
adjust(size_t n, MmlDrift *drift, size_t *order)
{
	size_t		tests = 0;
	double		least = 0;

	for (size_t j = 0; j < n; j++)
	{
		size_t		at = tests;

		if (isnan(drift[j].p))
			continue;
		for (; at > 0 && drift[order[at - 1]].p > drift[j].p; at--)
			order[at] = order[at - 1];
		order[at] = j;
		tests++;
	}
	for (size_t i = 0; i < tests; i++)
	{
		least = fmax(least, fmin((double) (tests - i) * drift[order[i]].p, 1));
		drift[order[i]].p = least;
	}
}

/*
 * Compare rows that were counted with those of training: drift (columns), order
 * (columns) scratch.
 */
void
mml_drift_compare(const MmlPreprocessor *model, const int64_t *counts, MmlDrift *drift,
				  size_t *order)
{
	const double *points = model->quantiles;
	double		rows = (double) *counts++;

	for (ModelColumn column = mml_column_first(model); column.j < model->columns;
		 mml_column_next(&column))
	{
		MmlDrift   *d = &drift[column.j];
		size_t		room = column_room(column.whole);
		double		n = column.numbers[CLEAN_ROWS];

		d->psi = d->ks = d->p = d->unseen = NAN;
		d->missing_then = column.numbers[CLEAN_NULLS] / n;
		d->missing_now = rows > 0 ? (double) counts[room - 1] / rows : NAN;
		if (mml_clean_is_numbers(column.whole) && points != NULL && rows > 0)
		{
			compare_numbers(points, n, rows, counts, d);
			points += 2 * MML_POINTS;
		}
		else if (!mml_clean_is_numbers(column.whole) &&
				 column.whole[CLEAN_ENCODE] != MML_ENCODE_HASH) /* of which nothing is
																 * kept */
			compare_categories(&column, counts, d);
		counts += room;
	}
	adjust(model->columns, drift, order);
}

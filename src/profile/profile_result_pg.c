/*-------------------------------------------------------------------------
 *
 * profile_result_pg.c
 *	  A column's summary as a row of profile's answer.
 *
 * What has no meaning for a class of columns is NULL: zeros of texts, blanks
 * of numbers, and of unfit types all but counts.  Dates and timestamps, which
 * summaries hold in days since 2000, are told in seconds since 1970.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>

#include "catalog/pg_type.h"
#include "funcapi.h"
#include "mb/pg_wchar.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"
#include "utils/tuplestore.h"

#include "core/compat_pg.h"
#include "core/memory_pg.h"
#include "profile/profile_pg.h"

/* So many of the most frequent values are shown. */
#define SHOWN_VALUES 5

/* Columns of the answer; quantiles follow each other. */
enum
{
	POSITION, NAME, TYPE, ROWS, NULLS, BLANKS, NANS, DISTINCT, EXACT, MIN, MAX,
	MEAN, SD, SKEW, Q01, ZEROS = Q01 + 7, NEGATIVES, VALUES, COUNTS, SUSPICIONS,
	COLUMNS
};

static const double quantiles[] = {0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99};

StaticAssertDecl(lengthof(quantiles) == ZEROS - Q01, "a column for each quantile");

/* A row of the answer; what is not set is NULL. */
typedef struct Row
{
	Datum		values[COLUMNS];
	bool		nulls[COLUMNS];
} Row;

/* Set a column. */
static void
set(Row *row, int column, Datum value)
{
	row->values[column] = value;
	row->nulls[column] = false;
}

/* Set a column to a number, unless that is not defined. */
static void
set_number(Row *row, int column, double value)
{
	if (!isnan(value))
		set(row, column, Float8GetDatum(value));
}

/* Set a column to a count. */
static void
set_count(Row *row, int column, int64 count)
{
	set(row, column, Int64GetDatum(count));
}

/* ------------------------------------------------------------------- values */

/* A text of the summary, as a value of the server's. */
static Datum
text_datum(MmlText text)
{
	char	   *server = pg_any_to_server(text.bytes, (int) text.length, PG_UTF8);

	return PointerGetDatum(cstring_to_text_with_len(server, server == text.bytes ?
													(int) text.length : (int) strlen(server)));
}

/* A category or an extreme in the form that the column's type has for it. */
static Datum
show(const MmlProfiled *profiled, MmlText key)
{
	if (profiled->form == MML_KEY_NONE)
		return text_datum(key);
	return CStringGetTextDatum(mml_profile_key_show(profiled->form, profiled->base,
													profiled->base_typmod, key));
}

/*
 * The most frequent values.  Once categories have been pruned a count may be
 * too small by what was lost, so one that is no larger may be of a value that
 * is not frequent at all; nor is one of many that comes once.
 */
static void
put_frequent(Row *row, const MmlProfiled *profiled, const MmlCategories *categories)
{
	size_t		chosen[SHOWN_VALUES];
	Datum		values[SHOWN_VALUES];
	Datum		counts[SHOWN_VALUES];
	bool		many = categories->count > SHOWN_VALUES;
	size_t		n = mml_profile_categories_top(categories, Max(categories->lost + 1, many ? 2 : 1),
											   SHOWN_VALUES, chosen);

	if (n == 0 || (categories->counts[chosen[0]] == 1 && categories->count > 1))
		return;
	for (size_t i = 0; i < n; i++)
	{
		values[i] = show(profiled, mml_profile_categories_text(categories, chosen[i]));
		counts[i] = Int64GetDatum(categories->counts[chosen[i]]);
	}
	set(row, VALUES, PointerGetDatum(construct_array(values, (int) n, TEXTOID, -1, false,
													 TYPALIGN_INT)));
	set(row, COUNTS, PointerGetDatum(construct_array(counts, (int) n, INT8OID, sizeof(int64),
													 FLOAT8PASSBYVAL, TYPALIGN_DOUBLE)));
}

/* How many distinct values there are, and what comes first, last, and often. */
static void
put_categories(Row *row, const MmlProfiled *profiled, const MmlColumn *column)
{
	const MmlCategories *categories = &column->categories;
	MmlText		first = {column->extremes, column->first_length};
	MmlText		last = {column->extremes + column->first_length, column->last_length};

	set_count(row, DISTINCT, (int64) rint(Min(mml_profile_categories_distinct(categories),
											  (double) categories->added)));
	set(row, EXACT, BoolGetDatum(mml_profile_categories_exact(categories)));
	if (categories->added == 0)
		return;
	if (profiled->class != MML_CLASS_LIST)
	{
		set(row, MIN, show(profiled, first));
		set(row, MAX, show(profiled, last));
	}
	put_frequent(row, profiled, categories);
}

/* ------------------------------------------------------------------ moments */

/* The numbers of a column of numbers or times. */
static void
put_values(Row *row, const MmlProfiled *profiled, const MmlColumn *column,
		   size_t npairs, const MmlWeighted *pairs)
{
	bool		time = profiled->class == MML_CLASS_TIME;
	double		scale = time ? SECS_PER_DAY : 1;
	double		offset = time ? (POSTGRES_EPOCH_JDATE - UNIX_EPOCH_JDATE) * (double) SECS_PER_DAY : 0;
	MmlMoments	moments;

	mml_profile_values_moments(&column->values, &moments);
	set_count(row, NANS, column->nans + column->infinite);
	if (!time)
	{
		set_count(row, ZEROS, moments.zeros);
		set_count(row, NEGATIVES, moments.negatives);
	}
	if (moments.n == 0)
		return;
	set_number(row, MEAN, moments.mean * scale + offset);
	if (moments.n > 1)
		set_number(row, SD, mml_profile_moments_sd(&moments, 1) * scale);
	if (moments.m2 > 0)
		set_number(row, SKEW, mml_profile_moments_skew(&moments));
	for (int i = 0; i < (int) lengthof(quantiles); i++)
		set_number(row, Q01 + i, mml_profile_weighted_quantile(npairs, pairs, quantiles[i]) * scale + offset);
}

/* The share of a boolean column that is true. */
static void
put_share(Row *row, const MmlCategories *categories)
{
	int64		truths = 0;

	for (size_t i = 0; i < categories->count; i++)
	{
		MmlText		key = mml_profile_categories_text(categories, i);

		if (key.length > 0 && key.bytes[key.length - 1] != 0)
			truths += categories->counts[i];
	}
	if (categories->added > 0)
		set_number(row, MEAN, (double) truths / (double) categories->added);
}

/*
 * The values of a column in their order, in the current memory context, for
 * which they are counted.
 */
static MmlWeighted *
sort_values(const MmlValues *values, size_t *n)
{
	size_t		most = mml_profile_values_pairs(values);
	Size		bytes = mml_size_mul(most, sizeof(MmlWeighted));
	Size		scratch = mml_size_mul(most, sizeof(uint64_t));
	MmlAccount *account = palloc0(sizeof(MmlAccount));
	MmlWeighted *pairs;

	mml_account_open(account, CurrentMemoryContext);
	mml_account_reserve(account, mml_size_add(bytes, scratch), "profile");
	pairs = mml_alloc(bytes);
	mml_profile_values_sorted(values, pairs, mml_alloc(scratch));
	*n = most;
	return pairs;
}

/*
 * Add the row of a column, whose summary may be empty, to the answer.  Leaves
 * garbage in the current memory context.
 */
void
mml_profile_put_row(ReturnSetInfo *rsinfo, const MmlProfiled *profiled,
					const MmlColumn *column)
{
	MmlWeighted *pairs = NULL;
	size_t		npairs = 0;
	Row			row;

	memset(row.nulls, true, sizeof(row.nulls));
	set(&row, POSITION, Int32GetDatum(profiled->position));
	set(&row, NAME, CStringGetTextDatum(profiled->name));
	set(&row, TYPE, CStringGetTextDatum(format_type_with_typemod(profiled->type, profiled->typmod)));
	set_count(&row, ROWS, column->rows);
	set_count(&row, NULLS, column->nulls);
	if (profiled->class == MML_CLASS_TEXT || profiled->class == MML_CLASS_LIST)
		set_count(&row, BLANKS, column->blanks);
	if (profiled->class != MML_CLASS_UNFIT)
		put_categories(&row, profiled, column);
	if (profiled->class == MML_CLASS_BOOLEAN)
		put_share(&row, &column->categories);
	if (profiled->class == MML_CLASS_NUMBER || profiled->class == MML_CLASS_TIME)
	{
		pairs = sort_values(&column->values, &npairs);
		put_values(&row, profiled, column, npairs, pairs);
	}
	set(&row, SUSPICIONS, mml_profile_suspicions(profiled, column, npairs, pairs));
	tuplestore_putvalues(rsinfo->setResult, rsinfo->setDesc, row.values, row.nulls);
}

/*-------------------------------------------------------------------------
 *
 * suspicions_pg.c
 *	  What of a column looks wrong, in words.
 *
 * They are hints for a reader, not rules: each says what was counted, so that
 * it can be looked up by a query.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>

#include "catalog/pg_type.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

#include "core/compat_pg.h"
#include "core/model_pg.h"
#include "profile/profile_pg.h"

/* Fewer rows say nothing of values that never come twice. */
#define ID_ROWS 50

/* An estimate of distinct values that is nearer to the rows than its error. */
#define ID_SHARE 0.97

/* So many of all texts must be numbers, or dates, to be called so. */
#define FORM_SHARE 0.9

/* Tukey's fences: so many interquartile ranges beyond the quartiles. */
#define FENCE 1.5

#define MOST_SUSPICIONS 16

typedef struct Suspicions
{
	int			count;
	Datum		texts[MOST_SUSPICIONS];
} Suspicions;

static void suspect(Suspicions *suspicions, const char *format,...) pg_attribute_printf(2, 3);

/* Add a suspicion. */
static void
suspect(Suspicions *suspicions, const char *format,...)
{
	char text[	256];
	va_list		arguments;

	Assert(suspicions->count < MOST_SUSPICIONS);
	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	suspicions->texts[suspicions->count++] = CStringGetTextDatum(text);
}

/* "12 rows" */
static const char *
rows_text(int64 rows)
{
	return psprintf(INT64_FORMAT "%s", rows, rows == 1 ? " row" : " rows");
}

/* "17 values lie" */
static const char *
values_text(int64 values)
{
	return psprintf(INT64_FORMAT "%s", values, values == 1 ? " value lies" : " values lie");
}

/* Nothing but NULLs, one value, or a value of its own in every row. */
static void
suspect_counts(Suspicions *suspicions, const MmlProfiled *profiled, const MmlColumn *column)
{
	const MmlCategories *categories = &column->categories;
	int64		present = column->rows - column->nulls;
	double		distinct;
	bool		exact = mml_profile_categories_exact(categories);

	if (column->rows > 0 && present == 0)
		suspect(suspicions, "only nulls");
	if (profiled->class == MML_CLASS_UNFIT || profiled->class == MML_CLASS_LIST || present == 0)
		return;
	if (column->blanks == present)
	{
		suspect(suspicions, column->nulls == 0 ? "only blanks" : "only blanks and nulls");
		return;
	}
	distinct = mml_profile_categories_distinct(categories);
	if (exact && distinct == 1 && categories->added == present && present > 1)
		suspect(suspicions, column->nulls == 0 ? "constant" : "one value, or null");
	if (column->nulls > 0 || column->rows < ID_ROWS || profiled->class == MML_CLASS_TIME ||
		profiled->form == MML_KEY_FLOAT || profiled->form == MML_KEY_NUMERIC ||
		profiled->form == MML_KEY_INTERVAL)
		return;
	if (exact ? distinct == (double) column->rows : distinct >= ID_SHARE * (double) column->rows)
		suspect(suspicions, exact ? "every row has its own value: an id?" :
				"nearly every row has its own value: an id?");
}

/* Numbers or dates that are kept as texts, their units, and blanks. */
static void
suspect_texts(Suspicions *suspicions, const MmlProfiled *profiled, const MmlColumn *column)
{
	MmlSuspicions found = {0};

	if (profiled->base == UUIDOID || type_is_enum(profiled->base))
		return;
	mml_profile_suspect_texts(&column->categories, &found);
	if (found.examined > 0 && (double) found.numbers >= FORM_SHARE * (double) found.examined)
		suspect(suspicions, found.numbers == found.examined ? "numbers stored as text" :
				"numbers stored as text, with exceptions");
	else if (found.examined > 0 && (double) found.dates >= FORM_SHARE * (double) found.examined)
		suspect(suspicions, found.dates == found.examined ? "dates stored as text" :
				"dates stored as text, with exceptions");
	if (found.units > 1)
	{
		StringInfoData list;

		initStringInfo(&list);
		for (size_t i = 0; i < Min(found.units, lengthof(found.unit)); i++)
			appendStringInfo(&list, "%s%s", i == 0 ? "" : ", ", mml_text_from_model(found.unit[i]));
		suspect(suspicions, "mixed currencies or units: %s%s", list.data,
				found.units > lengthof(found.unit) ? ", ..." : "");
	}
	if (column->padded > 0)
		suspect(suspicions, "blanks around texts in %s", rows_text(column->padded));
}

/* How many values lie beyond Tukey's fences. */
static int64
count_outliers(size_t n, const MmlWeighted *pairs)
{
	double		low = mml_profile_weighted_quantile(n, pairs, 0.25);
	double		high = mml_profile_weighted_quantile(n, pairs, 0.75);
	double		reach = FENCE * (high - low);
	int64		count = 0;

	if (!(reach > 0))
		return 0;
	for (size_t i = 0; i < n; i++)
		if (pairs[i].value < low - reach || pairs[i].value > high + reach)
			count += pairs[i].weight;
	return count;
}

/* Numbers that are none, and such that are far from the others. */
static void
suspect_numbers(Suspicions *suspicions, const MmlColumn *column, size_t n, const MmlWeighted *pairs)
{
	int64		outliers = n == 0 ? 0 : count_outliers(n, pairs);

	if (column->nans > 0)
		suspect(suspicions, "NaN in %s", rows_text(column->nans));
	if (column->infinite > 0)
		suspect(suspicions, "infinity in %s", rows_text(column->infinite));
	if (outliers > 0)
		suspect(suspicions, "outliers: %s%s more than 1.5 interquartile ranges beyond the quartiles",
				mml_profile_values_exact(&column->values) ? "" : "about ", values_text(outliers));
}

/*
 * The suspicions of a column as text[], empty where there are none.  Pairs are
 * its values in their order, where it is one of numbers or times.
 */
Datum
mml_profile_suspicions(const MmlProfiled *profiled, const MmlColumn *column,
					   size_t npairs, const MmlWeighted *pairs)
{
	Suspicions	suspicions = {0};

	suspect_counts(&suspicions, profiled, column);
	if (profiled->class == MML_CLASS_TEXT)
		suspect_texts(&suspicions, profiled, column);
	if (profiled->class == MML_CLASS_NUMBER || profiled->class == MML_CLASS_TIME)
		suspect_numbers(&suspicions, column, npairs, pairs);
	return PointerGetDatum(construct_array(suspicions.texts, suspicions.count, TEXTOID, -1,
										   false, TYPALIGN_INT));
}

/*-------------------------------------------------------------------------
 *
 * pairs_sql.c
 *	  The aggregates precision, recall, f1, confusion and adjusted_rand.
 *
 * Of booleans they are over four counts, of labels over counted pairs.  All
 * aggregates of the same arguments share one state, which PostgreSQL sees to.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>

#include "mb/pg_wchar.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

#include "core/compat_pg.h"
#include "core/memory_pg.h"
#include "core/sort.h"
#include "core/state_pg.h"
#include "metrics/pairs.h"
#include "metrics/rows_pg.h"

PG_FUNCTION_INFO_V1(mml_metrics_outcomes_step);
PG_FUNCTION_INFO_V1(mml_metrics_outcomes_combine);
PG_FUNCTION_INFO_V1(mml_metrics_outcomes_precision);
PG_FUNCTION_INFO_V1(mml_metrics_outcomes_recall);
PG_FUNCTION_INFO_V1(mml_metrics_outcomes_f1);
PG_FUNCTION_INFO_V1(mml_metrics_outcomes_confusion);
PG_FUNCTION_INFO_V1(mml_metrics_pairs_bigint);
PG_FUNCTION_INFO_V1(mml_metrics_pairs_text);
PG_FUNCTION_INFO_V1(mml_metrics_pairs_combine);
PG_FUNCTION_INFO_V1(mml_metrics_pairs_precision);
PG_FUNCTION_INFO_V1(mml_metrics_pairs_recall);
PG_FUNCTION_INFO_V1(mml_metrics_pairs_f1);
PG_FUNCTION_INFO_V1(mml_metrics_pairs_confusion);
PG_FUNCTION_INFO_V1(mml_metrics_adjusted_rand_final);

#define COLUMNS 3				/* of mediaml.confusion_row */

/* ------------------------------------------------------------- booleans */

/* outcomes_step(state, actual boolean, predicted boolean) */
Datum
mml_metrics_outcomes_step(PG_FUNCTION_ARGS)
{
	MmlOutcomes *state;

	if (PG_ARGISNULL(1) || PG_ARGISNULL(2))
		return mml_state_unchanged(fcinfo);
	state = mml_state_own(fcinfo, &mml_metrics_outcomes_kind);
	state->count[PG_GETARG_BOOL(1)][PG_GETARG_BOOL(2)]++;
	PG_RETURN_POINTER(state);
}

/* outcomes_combine(state, state) */
Datum
mml_metrics_outcomes_combine(PG_FUNCTION_ARGS)
{
	MmlOutcomes *state = mml_state_own(fcinfo, &mml_metrics_outcomes_kind);

	mml_metrics_outcomes_merge(state, mml_state_arg(fcinfo, 1, &mml_metrics_outcomes_kind));
	PG_RETURN_POINTER(state);
}

/* A measure of the state that is argument 0. */
static Datum
outcomes_final(FunctionCallInfo fcinfo, MmlMeasure measure)
{
	const MmlOutcomes *state = mml_state_arg(fcinfo, 0, &mml_metrics_outcomes_kind);

	return mml_metrics_number_or_null(fcinfo, mml_metrics_outcomes(state, measure));
}

/* outcomes_precision(state) */
Datum
mml_metrics_outcomes_precision(PG_FUNCTION_ARGS)
{
	return outcomes_final(fcinfo, MML_PRECISION);
}

/* outcomes_recall(state) */
Datum
mml_metrics_outcomes_recall(PG_FUNCTION_ARGS)
{
	return outcomes_final(fcinfo, MML_RECALL);
}

/* outcomes_f1(state) */
Datum
mml_metrics_outcomes_f1(PG_FUNCTION_ARGS)
{
	return outcomes_final(fcinfo, MML_F1);
}

/* Add a row of a confusion matrix. */
static void
add_confusion(MmlRows *rows, Datum actual, Datum predicted, int64 n)
{
	static const bool nulls[COLUMNS] = {false};
	Datum		values[COLUMNS] = {actual, predicted, Int64GetDatum(n)};

	mml_metrics_rows_add(rows, values, nulls);
}

/* outcomes_confusion(state): the pairs that occur */
Datum
mml_metrics_outcomes_confusion(PG_FUNCTION_ARGS)
{
	const MmlOutcomes *state = mml_state_arg(fcinfo, 0, &mml_metrics_outcomes_kind);
	Datum		names[2] = {CStringGetTextDatum("false"), CStringGetTextDatum("true")};
	MmlRows		rows;

	mml_metrics_rows_begin(&rows, fcinfo, 4, COLUMNS);
	for (int i = 0; i < 4; i++)
		if (state->count[i / 2][i % 2] > 0)
			add_confusion(&rows, names[i / 2], names[i % 2], state->count[i / 2][i % 2]);
	if (rows.count == 0)
		PG_RETURN_NULL();
	return mml_metrics_rows_datum(&rows);
}

/* --------------------------------------------------------------- labels */

/* A state that counts pairs. */
typedef struct PairsState
{
	MmlBuilt	built;
	MmlPairs	pairs;
} PairsState;

/* Complain of more labels than there may be. */
static void
report_many(void)
{
	ereport(ERROR,
			(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
			 errmsg("there are more than %u different labels, or pairs of them", MML_PAIRS_MOST),
			 errhint("Give classes: numbers that are measured go to rmse and its kin.")));
}

/* Open a flat state. */
static void
open_pairs(void *built, const MmlState *flat)
{
	PairsState *state = built;

	if (!mml_metrics_pairs_open(&state->pairs, flat, &state->built.room))
		report_many();
}

/* The bytes of the flat form. */
static Size
pairs_flat_size(const void *built)
{
	return mml_metrics_pairs_bytes(&((const PairsState *) built)->pairs);
}

/* Write the flat form. */
static void
flatten_pairs(const void *built, MmlState *flat)
{
	mml_metrics_pairs_flatten(&((const PairsState *) built)->pairs, flat);
}

static const MmlBuilder pairs_builder = {
	.kind = &mml_metrics_pairs_kind,
	.size = sizeof(PairsState),
	.what = "counting pairs of labels",
	.open = open_pairs,
	.flat_size = pairs_flat_size,
	.flatten = flatten_pairs
};

/* What argument 3 says how classes are averaged; macro without it. */
static MmlAverage
read_average(FunctionCallInfo fcinfo)
{
	static const char *const names[] = {"macro", "micro", "weighted"};
	char	   *given;

	if (PG_NARGS() < 4)
		return MML_MACRO;
	given = text_to_cstring(PG_GETARG_TEXT_PP(3));
	for (int i = 0; i < (int) lengthof(names); i++)
		if (strcmp(given, names[i]) == 0)
		{
			pfree(given);
			return (MmlAverage) i;
		}
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("average \"%s\" is not known", given),
			 errhint("It is macro, micro or weighted.")));
	return MML_MACRO;			/* not reached */
}

/* Demand that a state, unless it is empty, is of this form and average. */
static void
agree(MmlPairs *pairs, MmlLabelForm form, MmlAverage average)
{
	if (pairs->form == MML_LABELS_UNKNOWN)
	{
		pairs->form = form;
		pairs->average = average;
	}
	if (pairs->form != form)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("the state is of labels of another type")));
	if (pairs->average != average)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("average must be the same in all rows")));
}

/* Count a row in the state that is argument 0. */
static Datum
count_labels(FunctionCallInfo fcinfo, MmlLabelForm form, const MmlLabel *actual,
			 const MmlLabel *predicted)
{
	PairsState *state = mml_built_own(fcinfo, &pairs_builder);

	agree(&state->pairs, form, read_average(fcinfo));
	if (!mml_metrics_pairs_add(&state->pairs, actual, predicted, 1, &state->built.room))
		report_many();
	return mml_built_datum(state);
}

/* Is an argument of the row NULL? */
static bool
row_has_null(FunctionCallInfo fcinfo)
{
	return PG_ARGISNULL(1) || PG_ARGISNULL(2) || (PG_NARGS() > 3 && PG_ARGISNULL(3));
}

/* pairs_step(state, actual bigint, predicted bigint [, average text]) */
Datum
mml_metrics_pairs_bigint(PG_FUNCTION_ARGS)
{
	MmlLabel	actual = {0};
	MmlLabel	predicted = {0};

	if (row_has_null(fcinfo))
		return mml_state_unchanged(fcinfo);
	actual.number = PG_GETARG_INT64(1);
	predicted.number = PG_GETARG_INT64(2);
	return count_labels(fcinfo, MML_LABELS_NUMBERS, &actual, &predicted);
}

/*
 * pairs_step(state, actual text, predicted text [, average text]): texts are
 * told apart byte by byte, which "=" does under every deterministic collation.
 */
Datum
mml_metrics_pairs_text(PG_FUNCTION_ARGS)
{
	text	   *texts[2];
	MmlLabel	labels[2] = {{0}};

	if (row_has_null(fcinfo))
		return mml_state_unchanged(fcinfo);
	if (PG_ARGISNULL(0) && OidIsValid(PG_GET_COLLATION()) &&
		!get_collation_isdeterministic(PG_GET_COLLATION()))
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("nondeterministic collations are not supported for labels"),
				 errhint("Write COLLATE \"C\", and lower() where case must not matter.")));
	for (int i = 0; i < 2; i++)
	{
		texts[i] = PG_GETARG_TEXT_PP(1 + i);
		labels[i].text = VARDATA_ANY(texts[i]);
		labels[i].length = VARSIZE_ANY_EXHDR(texts[i]);
	}
	return count_labels(fcinfo, MML_LABELS_TEXTS, &labels[0], &labels[1]);
}

/* pairs_combine(state, state) */
Datum
mml_metrics_pairs_combine(PG_FUNCTION_ARGS)
{
	PairsState *state = mml_built_own(fcinfo, &pairs_builder);
	const PairsState *other = mml_built_arg(fcinfo, 1, &pairs_builder);

	if (other->pairs.rows > 0)
		agree(&state->pairs, other->pairs.form, other->pairs.average);
	if (!mml_metrics_pairs_merge(&state->pairs, &other->pairs, &state->built.room))
		report_many();
	return mml_built_datum(state);
}

/* The counts of classes of a state. */
static MmlClassCounts *
count_classes(const MmlPairs *pairs)
{
	MmlClassCounts *counts = mml_alloc(Max(pairs->labels, 1) * sizeof(MmlClassCounts));

	mml_metrics_pairs_count(pairs, counts);
	return counts;
}

/* The average of a measure, of the state that is argument 0. */
static Datum
pairs_final(FunctionCallInfo fcinfo, MmlMeasure measure)
{
	const PairsState *state = mml_built_arg(fcinfo, 0, &pairs_builder);

	return mml_metrics_number_or_null(fcinfo, mml_metrics_pairs_average(&state->pairs, measure,
																		count_classes(&state->pairs)));
}

/* pairs_precision(state) */
Datum
mml_metrics_pairs_precision(PG_FUNCTION_ARGS)
{
	return pairs_final(fcinfo, MML_PRECISION);
}

/* pairs_recall(state) */
Datum
mml_metrics_pairs_recall(PG_FUNCTION_ARGS)
{
	return pairs_final(fcinfo, MML_RECALL);
}

/* pairs_f1(state) */
Datum
mml_metrics_pairs_f1(PG_FUNCTION_ARGS)
{
	return pairs_final(fcinfo, MML_F1);
}

/* adjusted_rand_final(state) */
Datum
mml_metrics_adjusted_rand_final(PG_FUNCTION_ARGS)
{
	const PairsState *state = mml_built_arg(fcinfo, 0, &pairs_builder);

	return mml_metrics_number_or_null(fcinfo, mml_metrics_adjusted_rand(&state->pairs,
																		count_classes(&state->pairs)));
}

/* ------------------------------------------------------- confusion rows */

/* A label on its way to its place in order. */
typedef struct Place
{
	MmlLabel	label;
	uint32		number;
} Place;

StaticAssertDecl(sizeof(Place) <= MML_SORT_BYTES, "labels are sorted in place");

/* Numbers by size, texts by their bytes: one of both is the same for all. */
static int
compare_places(const void *a, const void *b)
{
	const MmlLabel *x = &((const Place *) a)->label;
	const MmlLabel *y = &((const Place *) b)->label;
	Size		length = Min(x->length, y->length);
	int			order = length == 0 ? 0 : memcmp(x->text, y->text, length);

	if (order == 0)
		order = (x->length > y->length) - (x->length < y->length);
	if (order == 0)
		order = (x->number > y->number) - (x->number < y->number);
	return order;
}

/* Two labels by their places, one key, and which pair it is. */
typedef struct PairPlace
{
	uint64		key;
	uint32		pair;
} PairPlace;

/* By actual label, then by predicted. */
static int
compare_pairs(const void *a, const void *b)
{
	uint64		x = ((const PairPlace *) a)->key;
	uint64		y = ((const PairPlace *) b)->key;

	return (x > y) - (x < y);
}

/* A label as text; a state may come from anywhere, so its bytes are checked. */
static Datum
label_text(MmlLabelForm form, const MmlLabel *label)
{
	if (form == MML_LABELS_NUMBERS)
		return CStringGetTextDatum(psprintf(INT64_FORMAT, label->number));
	pg_verifymbstr(label->text, (int) label->length, false);
	return PointerGetDatum(cstring_to_text_with_len(label->text, (int) label->length));
}

/* Texts of all labels, and their places in order. */
static Datum *
order_labels(const MmlPairs *pairs, uint32 *place)
{
	Datum	   *texts = mml_alloc(Max(pairs->labels, 1) * sizeof(Datum));
	Place	   *places = mml_alloc(Max(pairs->labels, 1) * sizeof(Place));

	for (uint32 i = 0; i < pairs->labels; i++)
	{
		mml_metrics_pairs_label(pairs, i, &places[i].label);
		places[i].number = i;
		texts[i] = label_text(pairs->form, &places[i].label);
	}
	mml_sort(pairs->labels, places, sizeof(Place), compare_places);
	for (uint32 i = 0; i < pairs->labels; i++)
		place[places[i].number] = i;
	pfree(places);
	return texts;
}

/* pairs_confusion(state): the pairs that occur, in order */
Datum
mml_metrics_pairs_confusion(PG_FUNCTION_ARGS)
{
	const MmlPairs *pairs = &((const PairsState *) mml_built_arg(fcinfo, 0, &pairs_builder))->pairs;
	uint32	   *place = mml_alloc(Max(pairs->labels, 1) * sizeof(uint32));
	PairPlace  *order = mml_alloc(Max(pairs->pairs, 1) * sizeof(PairPlace));
	Datum	   *texts;
	MmlRows		rows;

	if (pairs->rows == 0)
		PG_RETURN_NULL();
	mml_metrics_rows_begin(&rows, fcinfo, pairs->pairs, COLUMNS);
	texts = order_labels(pairs, place);
	for (uint32 i = 0; i < pairs->pairs; i++)
	{
		const MmlPair *pair = &pairs->pair[i];

		order[i].key = (uint64) place[pair->actual] << 32 | place[pair->predicted];
		order[i].pair = i;
	}
	mml_sort(pairs->pairs, order, sizeof(PairPlace), compare_pairs);
	for (uint32 i = 0; i < pairs->pairs; i++)
	{
		const MmlPair *pair = &pairs->pair[order[i].pair];

		add_confusion(&rows, texts[pair->actual], texts[pair->predicted], pair->rows);
	}
	return mml_metrics_rows_datum(&rows);
}

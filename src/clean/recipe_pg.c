/*-------------------------------------------------------------------------
 *
 * recipe_pg.c
 *	  The options of one column as its recipe.
 *
 * A recipe is read twice: from "default", where an option that does not fit
 * the column is passed over, then from the column's own options, where it is
 * an error.  First comes what decides the encoding, from both; then the rest,
 * for what fits depends on it: "min_count" of "default" holds for a number that
 * its own options make categories.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>

#include "clean/recipe_read_pg.h"

static const CleanWord imputes[] = {
	{"mean", MML_IMPUTE_MEAN}, {"median", MML_IMPUTE_MEDIAN}, {"mode", MML_IMPUTE_MODE},
	{"constant", MML_IMPUTE_CONSTANT}, {"none", MML_IMPUTE_NONE}
};
static const CleanWord unseens[] = {
	{"other", MML_UNSEEN_OTHER}, {"zero", MML_UNSEEN_ZERO}, {"error", MML_UNSEEN_ERROR}
};
static const CleanWord scales[] = {
	{"standard", MML_SCALE_STANDARD}, {"minmax", MML_SCALE_MINMAX},
	{"robust", MML_SCALE_ROBUST}, {"log1p", MML_SCALE_LOG1P}, {"none", MML_SCALE_NONE}
};

/* ---------------------------------------------------------------- filling */

/* What a missing value becomes. */
static void
read_fill(CleanReading *r)
{
	MmlRecipe  *recipe = r->recipe;
	const JsonbValue *fill = r->given->fill;
	bool		map = recipe->encode == MML_ENCODE_MAP;
	MmlClass	class = map ? MML_CLASS_NUMBER : r->source->class;
	double		number = 0;
	const char *string = NULL;
	bool		fit;

	if (fill == NULL)
		return;
	if (mml_clean_recipe_is_category(r) && !(map && fill->type == jbvNumeric))
	{
		string = !r->by_name && (r->source->class == MML_CLASS_TIME ||
								 (r->source->class != MML_CLASS_NUMBER && fill->type != jbvString)) ?
			NULL : mml_clean_option_text(fill);
		fit = string != NULL && string[0] != '\0' && recipe->encode != MML_ENCODE_MULTI_HOT &&
			r->source->class != MML_CLASS_LIST;
	}
	else
		fit = r->source->class != MML_CLASS_UNFIT && mml_clean_option_number(r, fill, class, &number);
	if (!mml_clean_option_fits(r, fit, "fill",
							   "It is a number for numbers, a string for texts, a date for dates; arrays have none."))
		return;
	recipe->impute = MML_IMPUTE_CONSTANT;
	recipe->fill = number;
	recipe->fill_text = string;
}

/* How it is chosen. */
static void
read_impute(CleanReading *r)
{
	MmlRecipe  *recipe = r->recipe;
	MmlImpute	impute;
	bool		fit;

	if (r->given->impute == NULL)
		return;
	impute = (MmlImpute) mml_clean_option_word("impute", r->given->impute, imputes, lengthof(imputes));
	if (impute == MML_IMPUTE_CONSTANT)
	{
		if (r->given->fill == NULL)
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("option \"impute\" is \"constant\", but there is no option \"fill\"")));
		return;
	}
	if (r->given->fill != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("option \"fill\" needs \"impute\" to be \"constant\", not \"%s\"",
						r->given->impute)));
	if (impute == MML_IMPUTE_MEAN || impute == MML_IMPUTE_MEDIAN)
		fit = mml_clean_recipe_is_number(r);
	else
		fit = impute == MML_IMPUTE_NONE ||
			(recipe->encode != MML_ENCODE_MULTI_HOT && r->source->class != MML_CLASS_LIST);
	if (mml_clean_option_fits(r, fit, "impute",
							  "Means and medians are for what stays a number; arrays and lists are not filled."))
		recipe->impute = impute;
}

/* Whether a feature says what was missing. */
static void
read_indicator(CleanReading *r)
{
	bool		indicator = r->recipe->indicator;

	mml_clean_option_bool("indicator", r->given->indicator, &indicator);
	if (indicator != r->recipe->indicator &&
		mml_clean_option_fits(r, r->source->class != MML_CLASS_LIST && r->source->class != MML_CLASS_UNFIT,
							  "indicator", "It is for columns that are not arrays."))
		r->recipe->indicator = indicator;
}

/* Values that mean that there is none. */
static void
read_missing(CleanReading *r)
{
	MmlRecipe  *recipe = r->recipe;
	JsonbValue *elements;
	int			n;

	if (r->given->missing_values == NULL)
		return;
	n = mml_clean_option_elements(r->given->missing_values, &elements);
	if (n < 0)
		mml_clean_option_report("missing_values", "an array of strings and numbers");
	recipe->missing_count = 0;
	recipe->missing = palloc(sizeof(char *) * (Size) Max(n, 1));
	for (int i = 0; i < n; i++)
	{
		const char *text = mml_clean_option_text(&elements[i]);
		double		number = 0;
		bool		fit = text !=NULL && r->source->class != MML_CLASS_LIST;

		if (fit && r->source->class != MML_CLASS_TEXT && !recipe->as_text)
		{
			fit = mml_clean_option_number(r, &elements[i], r->source->class, &number);
			text = psprintf("%.17g", number);
		}
		if (mml_clean_option_fits(r, fit, "missing_values",
								  "They are numbers for numbers, strings for texts, dates for dates; arrays have none."))
			recipe->missing[recipe->missing_count++] = text;
	}
}

/* ------------------------------------------------------- what is left over */

/* Two numbers of an array; of a range null is an open end. */
static void
read_bounds(CleanReading *r, const JsonbValue *value, const char *option, bool open)
{
	double		bounds[2] = {-INFINITY, INFINITY};
	JsonbValue *elements;
	int			n = mml_clean_option_elements(value, &elements);

	for (int i = 0; i < n && n == 2; i++)
		if (!(open && elements[i].type == jbvNull) &&
			!mml_clean_option_number(r, &elements[i], open ? r->source->class : MML_CLASS_NUMBER, &bounds[i]))
			n = -1;
	if (n != 2 || bounds[0] > bounds[1] ||
		(!open && (bounds[0] < 0 || bounds[1] > 1)))
		mml_clean_option_report(option, open ? "an array of two bounds, the lower first" :
								"an array of two shares from 0 to 1, the lower first");
	r->recipe->low = bounds[0];
	r->recipe->high = bounds[1];
}

/* Bounds that a number is held within. */
static void
read_clip(CleanReading *r)
{
	JsonbValue *range = NULL;
	JsonbValue *quantiles = NULL;
	double		iqr = -1;
	const MmlOption table[] = {
		{"range", MML_OPTION_RAW, &range, 0, 0},
		{"iqr", MML_OPTION_FLOAT, &iqr, 0, 1e9},
		{"quantiles", MML_OPTION_RAW, &quantiles, 0, 0}
	};

	if (r->given->clip == NULL)
		return;
	if (r->given->clip->type != jbvBinary)
		mml_clean_option_report("clip", "an object, such as {\"quantiles\": [0.01, 0.99]}");
	mml_options_read(JsonbValueToJsonb(r->given->clip), table, lengthof(table));
	if ((range != NULL) + (quantiles != NULL) + (iqr >= 0) != 1)
		mml_clean_option_report("clip", "an object with one of \"range\", \"iqr\" and \"quantiles\"");
	if (!mml_clean_option_fits(r, mml_clean_recipe_is_number(r) && r->source->class != MML_CLASS_BOOLEAN &&
							   (r->by_name || r->source->class == MML_CLASS_NUMBER),
							   "clip", "It is for what stays a number."))
		return;
	r->recipe->low = r->recipe->high = iqr;
	r->recipe->clip = range != NULL ? MML_CLIP_RANGE :
		quantiles != NULL ? MML_CLIP_QUANTILES : MML_CLIP_IQR;
	if (iqr < 0)
		read_bounds(r, range != NULL ? range : quantiles,
					range != NULL ? "range" : "quantiles", range != NULL);
}

/* How a number is scaled. */
static void
read_scale(CleanReading *r)
{
	MmlScale	scale;

	if (r->given->scale == NULL)
		return;
	scale = (MmlScale) mml_clean_option_word("scale", r->given->scale, scales, lengthof(scales));
	if (mml_clean_option_fits(r, (mml_clean_recipe_is_number(r) && (r->by_name || r->source->class != MML_CLASS_BOOLEAN)) ||
							  r->recipe->encode == MML_ENCODE_MAP,
							  "scale", "It is for what stays a number."))
		r->recipe->scale = scale;
}

/* Which categories are kept, and what becomes of others. */
static void
read_categories(CleanReading *r)
{
	const CleanGiven *given = r->given;
	MmlRecipe  *recipe = r->recipe;
	MmlEncode	encode = recipe->encode;
	const char *hint = "It is for categories.";
	bool		kept = mml_clean_recipe_is_category(r) && encode != MML_ENCODE_HASH && encode != MML_ENCODE_MAP;
	bool		drop_first = recipe->drop_first;

	if (given->min_count >= 0 && mml_clean_option_fits(r, kept, "min_count", hint))
		recipe->min_count = given->min_count;
	if (given->max_categories >= 0 && mml_clean_option_fits(r, kept, "max_categories", hint))
		recipe->max_categories = given->max_categories;
	if (given->unseen != NULL)
	{
		int			unseen = mml_clean_option_word("unseen", given->unseen, unseens, lengthof(unseens));

		if (mml_clean_option_fits(r, mml_clean_recipe_is_category(r) && encode != MML_ENCODE_HASH, "unseen", hint))
			recipe->unseen = (MmlUnseen) unseen;
	}
	if (given->buckets >= 0 &&
		mml_clean_option_fits(r, encode == MML_ENCODE_HASH, "buckets", "It is for the encoding \"hash\"."))
		recipe->buckets = given->buckets;
	if (!isnan(given->smoothing) &&
		mml_clean_option_fits(r, encode == MML_ENCODE_TARGET, "smoothing", "It is for the encoding \"target\"."))
		recipe->smoothing = given->smoothing;
	mml_clean_option_bool("drop_first", given->drop_first, &drop_first);
	if (drop_first != recipe->drop_first &&
		mml_clean_option_fits(r, encode == MML_ENCODE_ONE_HOT ||
							  (encode == MML_ENCODE_AUTO && r->source->class == MML_CLASS_TEXT),
							  "drop_first", "It is for the encoding \"one_hot\"."))
		recipe->drop_first = drop_first;
}

/* ------------------------------------------------------------------ recipe */

/* Say which column's options are read, in the context of an error. */
static void
tell_column(void *arg)
{
	const CleanReading *r = arg;

	if (r->by_name)
		errcontext("options of column \"%s\"", r->source->name);
	else
		errcontext("options of \"default\", read for column \"%s\"", r->source->name);
}

/* Read an object of options of a column into given. */
static void
read_given(CleanGiven *given, const JsonbValue *object)
{
	const MmlOption table[] = {
		{"impute", MML_OPTION_TEXT, &given->impute, 0, 0},
		{"fill", MML_OPTION_RAW, &given->fill, 0, 0},
		{"indicator", MML_OPTION_RAW, &given->indicator, 0, 0},
		{"map", MML_OPTION_RAW, &given->map, 0, 0},
		{"encode", MML_OPTION_TEXT, &given->encode, 0, 0},
		{"separator", MML_OPTION_TEXT, &given->separator, 0, 0},
		{"buckets", MML_OPTION_INT, &given->buckets, 2, 65536},
		{"smoothing", MML_OPTION_FLOAT, &given->smoothing, 0, 1e9},
		{"min_count", MML_OPTION_INT, &given->min_count, 1, 1e15},
		{"max_categories", MML_OPTION_INT, &given->max_categories, 1, MML_EXACT},
		{"unseen", MML_OPTION_TEXT, &given->unseen, 0, 0},
		{"clip", MML_OPTION_RAW, &given->clip, 0, 0},
		{"scale", MML_OPTION_TEXT, &given->scale, 0, 0},
		{"parts", MML_OPTION_NAMES, &given->parts, 0, 0},
		{"drop_first", MML_OPTION_RAW, &given->drop_first, 0, 0},
		{"missing_values", MML_OPTION_RAW, &given->missing_values, 0, 0},
		{"passthrough", MML_OPTION_RAW, &given->passthrough, 0, 0}
	};

	memset(given, 0, sizeof(CleanGiven));
	given->buckets = given->min_count = given->max_categories = -1;
	given->smoothing = NAN;
	given->parts.count = -1;
	if (object->type != jbvBinary)
		mml_clean_option_report("columns", "an object of options for each column");
	mml_options_read(JsonbValueToJsonb((JsonbValue *) object), table, lengthof(table));
}

/* Begin the recipe of a column: all is left to choose. */
void
mml_clean_recipe_begin(MmlSource *source)
{
	memset(&source->recipe, 0, sizeof(MmlRecipe));
	source->recipe.class = source->class;
	source->recipe.buckets = 32;
	source->recipe.smoothing = 10;
	source->recipe.min_count = 1;
}

/* Read one object of options: of the encoding, or the rest over what is there. */
static void
read_options(MmlSource *source, const JsonbValue *options, bool by_name, bool encoding)
{
	CleanGiven	given;
	CleanReading reading = {source, &source->recipe, &given, by_name};
	ErrorContextCallback callback = {error_context_stack, tell_column, &reading};

	if (options == NULL)
		return;
	error_context_stack = &callback;
	read_given(&given, options);
	if (encoding)
		mml_clean_recipe_encode(&reading);
	else
	{
		mml_clean_recipe_passthrough(&reading);
		read_impute(&reading);
		read_fill(&reading);
		read_indicator(&reading);
		read_missing(&reading);
		read_clip(&reading);
		read_scale(&reading);
		read_categories(&reading);
	}
	error_context_stack = callback.previous;
}

/*
 * Read the options of all columns, and the column's own, into its recipe; NULL:
 * none.  What is read lives in the current memory context.
 */
void
mml_clean_recipe_read(MmlSource *source, const JsonbValue *defaults, const JsonbValue *own)
{
	read_options(source, defaults, false, true);
	read_options(source, own, true, true);
	read_options(source, defaults, false, false);
	read_options(source, own, true, false);
}

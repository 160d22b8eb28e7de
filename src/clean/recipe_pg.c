/*-------------------------------------------------------------------------
 *
 * recipe_pg.c
 *	  The options of one column as its recipe.
 *
 * A recipe is read twice: from "default", where an option that does not fit
 * the column is passed over, then from the column's own options, where it is
 * an error.  First comes what decides the encoding; then the rest, for what
 * fits depends on it.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>

#include "catalog/pg_type.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/numeric.h"
#include "utils/timestamp.h"

#include "clean/recipe_pg.h"
#include "core/model_pg.h"
#include "core/options_pg.h"

/* The options of a column; NULL, -1 or NaN where one is absent. */
typedef struct Given
{
	char	   *impute;
	JsonbValue *fill;
	JsonbValue *indicator;
	JsonbValue *map;
	char	   *encode;
	char	   *separator;
	int64		buckets;
	double		smoothing;
	int64		min_count;
	int64		max_categories;
	char	   *unseen;
	JsonbValue *clip;
	char	   *scale;
	MmlNames	parts;
	JsonbValue *drop_first;
	JsonbValue *missing_values;
	JsonbValue *passthrough;
} Given;

/* Options being read for a column. */
typedef struct Reading
{
	MmlSource  *source;
	MmlRecipe  *recipe;			/* its */
	const Given *given;
	bool		by_name;
} Reading;

/* A word that an option can be. */
typedef struct Word
{
	const char *name;
	int			value;
} Word;

static const Word imputes[] = {
	{"mean", MML_IMPUTE_MEAN}, {"median", MML_IMPUTE_MEDIAN}, {"mode", MML_IMPUTE_MODE},
	{"constant", MML_IMPUTE_CONSTANT}, {"none", MML_IMPUTE_NONE}
};
static const Word encodes[] = {
	{"number", MML_ENCODE_NUMBER}, {"one_hot", MML_ENCODE_ONE_HOT},
	{"ordinal", MML_ENCODE_ORDINAL}, {"frequency", MML_ENCODE_FREQUENCY},
	{"multi_hot", MML_ENCODE_MULTI_HOT}, {"hash", MML_ENCODE_HASH},
	{"target", MML_ENCODE_TARGET}, {"parts", MML_ENCODE_PARTS}
};
static const Word unseens[] = {
	{"other", MML_UNSEEN_OTHER}, {"zero", MML_UNSEEN_ZERO}, {"error", MML_UNSEEN_ERROR}
};
static const Word scales[] = {
	{"standard", MML_SCALE_STANDARD}, {"minmax", MML_SCALE_MINMAX},
	{"robust", MML_SCALE_ROBUST}, {"log1p", MML_SCALE_LOG1P}, {"none", MML_SCALE_NONE}
};
static const Word calendar[] = {
	{"days", MML_PART_DAYS}, {"year", MML_PART_YEAR}, {"quarter", MML_PART_QUARTER},
	{"month", MML_PART_MONTH}, {"day", MML_PART_DAY}, {"weekday", MML_PART_WEEKDAY},
	{"hour", MML_PART_HOUR}
};

/* ----------------------------------------------------------------- errors */

/*
 * Does an option fit the column?  Where it does not, it is passed over in
 * "default", and an error by name.
 */
static bool
fits(const Reading *r, bool fit, const char *option, const char *hint)
{
	if (!fit && r->by_name)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("option \"%s\" does not fit column \"%s\" of type %s",
						option, r->source->name, r->source->type),
				 errhint("%s", hint)));
	return fit;
}

/* Complain that an option has a value of the wrong kind. */
static void
report_wrong(const char *option, const char *wanted)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("option \"%s\" must be %s", option, wanted)));
}

/* What a word means. */
static int
read_word(const char *option, const char *given, const Word *words, int count)
{
	StringInfoData list;

	for (int i = 0; i < count; i++)
		if (strcmp(words[i].name, given) == 0)
			return words[i].value;
	initStringInfo(&list);
	for (int i = 0; i < count; i++)
		appendStringInfo(&list, "%s\"%s\"", i == 0 ? "" : ", ", words[i].name);
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("option \"%s\" cannot be \"%s\"", option, given),
			 errhint("It is one of %s.", list.data)));
	return 0;
}

/* ----------------------------------------------------------------- values */

/* true or false; untouched where the option is absent. */
static void
read_bool(const char *option, const JsonbValue *value, bool *out)
{
	if (value == NULL)
		return;
	if (value->type != jbvBool)
		report_wrong(option, "true or false");
	*out = value->val.boolean;
}

/* A text as models have it, without blanks around it, which cells lose too. */
static const char *
trimmed(const char *text)
{
	char	   *utf8 = mml_text_to_model(text +strspn(text, " \t\n\v\f\r"));
	size_t		length = strlen(utf8);

	while (length > 0 && strchr(" \t\n\v\f\r", utf8[length - 1]) != NULL)
		utf8[--length] = '\0';
	return utf8;
}

/* A string, number or boolean as the text that a cell of it would have. */
static const char *
text_of(const JsonbValue *value)
{
	switch (value->type)
	{
		case jbvString:
			return trimmed(mml_json_text(value));
		case jbvNumeric:
			return numeric_normalize(value->val.numeric);
		case jbvBool:
			return value->val.boolean ? "true" : "false";
		default:
			return NULL;
	}
}

/* The days since 2000-01-01 of a date or timestamp as PostgreSQL reads it. */
static double
days_of(const char *text)
{
	Timestamp	time = DatumGetTimestamp(DirectFunctionCall3(timestamp_in,
															 CStringGetDatum(text),
															 ObjectIdGetDatum(InvalidOid),
															 Int32GetDatum(-1)));

	if (TIMESTAMP_NOT_FINITE(time))
		return TIMESTAMP_IS_NOBEGIN(time) ? -INFINITY : INFINITY;
	return (double) time / USECS_PER_DAY;
}

/* A value as the finite number that a cell of the class holds; false: cannot. */
static bool
number_of(const JsonbValue *value, MmlClass class, double *number)
{
	if (class == MML_CLASS_TIME && value->type == jbvString)
		*number = days_of(mml_json_text(value));
	else if (class == MML_CLASS_BOOLEAN && value->type == jbvBool)
		*number = value->val.boolean;
	else if (class == MML_CLASS_TIME || !mml_json_number(value, number))
		return false;
	return isfinite(*number);
}

/* The elements of a JSON array; -1 where it is none. */
static int
elements_of(const JsonbValue *value, JsonbValue **elements)
{
	JsonbContainer *array = value->type == jbvBinary ? value->val.binary.data : NULL;
	int			count;

	if (array == NULL || !JsonContainerIsArray(array) || JsonContainerIsScalar(array))
		return -1;
	count = (int) JsonContainerSize(array);
	*elements = palloc(sizeof(JsonbValue) * (Size) Max(count, 1));
	for (int i = 0; i < count; i++)
		(*elements)[i] = *getIthJsonbValueFromContainer(array, (uint32) i);
	return count;
}

/* --------------------------------------------------------------- encoding */

/* Is it by categories? */
static bool
of_categories(MmlEncode encode)
{
	return encode != MML_ENCODE_AUTO && encode != MML_ENCODE_NUMBER &&
		encode != MML_ENCODE_PARTS;
}

/* Does the column become categories, as far as is known yet? */
static bool
is_category(const Reading *r)
{
	return r->recipe->encode == MML_ENCODE_AUTO ?
		r->source->class == MML_CLASS_TEXT || r->source->class == MML_CLASS_LIST :
		of_categories(r->recipe->encode);
}

/* Does the column stay a number? */
static bool
is_number(const Reading *r)
{
	return !is_category(r) && r->source->class != MML_CLASS_UNFIT;
}

/*
 * Can a class be encoded so?  In "default" categories are made of texts only:
 * nobody means the numbers with it.
 */
static bool
encode_fits(const Reading *r, MmlEncode encode)
{
	switch (r->source->class)
	{
		case MML_CLASS_NUMBER:
		case MML_CLASS_BOOLEAN:
			return encode == MML_ENCODE_NUMBER ||
				(r->by_name && encode != MML_ENCODE_PARTS && encode != MML_ENCODE_MULTI_HOT);
		case MML_CLASS_TIME:
			return encode == MML_ENCODE_PARTS ||
				(r->by_name && encode != MML_ENCODE_MULTI_HOT);
		case MML_CLASS_TEXT:
			return encode == MML_ENCODE_MULTI_HOT ? r->by_name || r->recipe->separator != NULL :
				of_categories(encode);
		case MML_CLASS_LIST:
			return encode == MML_ENCODE_MULTI_HOT;
		default:
			return false;
	}
}

/* Order the pairs of a map by the bytes of their keys. */
static int
compare_keys(const void *a, const void *b)
{
	return strcmp(*(const char *const *) a, *(const char *const *) b);
}

/* A map from texts to numbers. */
static void
read_map(Reading *r, const JsonbValue *map)
{
	MmlRecipe  *recipe = r->recipe;
	JsonbIterator *iter;
	JsonbIteratorToken token;
	JsonbValue	key;
	JsonbValue	value;
	struct
	{
		const char *key;
		double		value;
	}		   *pairs;
	int			n = 0;

	if (map->type != jbvBinary || !JsonContainerIsObject(map->val.binary.data) ||
		JsonContainerSize(map->val.binary.data) == 0)
		report_wrong("map", "an object of texts and their numbers, such as {\"no\": 0, \"yes\": 1}");
	pairs = palloc(sizeof(*pairs) * JsonContainerSize(map->val.binary.data));
	iter = JsonbIteratorInit(map->val.binary.data);
	while ((token = JsonbIteratorNext(&iter, &key, true)) != WJB_DONE)
	{
		if (token != WJB_KEY)
			continue;
		JsonbIteratorNext(&iter, &value, true);
		pairs[n].key = trimmed(mml_json_text(&key));
		if (!number_of(&value, MML_CLASS_BOOLEAN, &pairs[n].value))
			report_wrong("map", "an object whose values are numbers");
		n++;
	}
	qsort(pairs, (size_t) n, sizeof(*pairs), compare_keys);

	recipe->encode = MML_ENCODE_MAP;
	recipe->map_count = n;
	recipe->map_keys = palloc(sizeof(char *) * (Size) n);
	recipe->map_values = palloc(sizeof(double) * (Size) n);
	for (int i = 0; i < n; i++)
	{
		if (pairs[i].key[0] == '\0' || (i > 0 && strcmp(pairs[i - 1].key, pairs[i].key) == 0))
			report_wrong("map", "an object of different texts, none of them blank");
		recipe->map_keys[i] = pairs[i].key;
		recipe->map_values[i] = pairs[i].value;
	}
}

/* The calendar parts of a time. */
static void
read_parts(Reading *r)
{
	const MmlNames *parts = &r->given->parts;

	if (parts->count < 0 ||
		!fits(r, r->source->class == MML_CLASS_TIME &&
			  (r->recipe->encode == MML_ENCODE_AUTO || r->recipe->encode == MML_ENCODE_PARTS),
			  "parts", "It is for dates and timestamps."))
		return;
	if (parts->count == 0)
		report_wrong("parts", "an array of at least one part");
	r->recipe->encode = MML_ENCODE_PARTS;
	r->recipe->parts = 0;
	for (int i = 0; i < parts->count; i++)
		r->recipe->parts |= read_word("parts", parts->names[i], calendar, lengthof(calendar));
}

/* Decide the encoding as far as options do. */
static void
read_encoding(Reading *r)
{
	const Given *given = r->given;
	MmlRecipe  *recipe = r->recipe;
	bool		passthrough = false;

	if (given->separator != NULL &&
		fits(r, r->source->class == MML_CLASS_TEXT, "separator", "It is for texts that are lists."))
	{
		if (given->separator[0] == '\0')
			report_wrong("separator", "a text of at least one character");
		recipe->separator = mml_text_to_model(given->separator);
		if (r->by_name)
			recipe->encode = MML_ENCODE_MULTI_HOT;
	}
	if (given->encode != NULL)
	{
		MmlEncode	encode = (MmlEncode) read_word("encode", given->encode, encodes, lengthof(encodes));

		if (given->map == NULL &&
			fits(r, encode_fits(r, encode), "encode",
				 "Numbers stay \"number\", dates and timestamps become \"parts\", arrays \"multi_hot\"; texts, and all but arrays, can be any of the others."))
			recipe->encode = encode;
	}
	if (given->map != NULL &&
		fits(r, r->source->class == MML_CLASS_TEXT ||
			 (r->by_name && r->source->class != MML_CLASS_LIST), "map",
			 "It is for columns that are not arrays."))
		read_map(r, given->map);
	read_bool("passthrough", given->passthrough, &passthrough);
	if (passthrough &&
		fits(r, r->source->class == MML_CLASS_NUMBER || r->source->class == MML_CLASS_BOOLEAN,
			 "passthrough", "It is for numbers and booleans."))
	{
		recipe->encode = MML_ENCODE_NUMBER;
		recipe->impute = MML_IMPUTE_NONE;
		recipe->scale = MML_SCALE_NONE;
	}
	read_parts(r);
	recipe->as_text = of_categories(recipe->encode) &&
		r->source->class != MML_CLASS_TEXT && r->source->class != MML_CLASS_LIST;
}

/* ---------------------------------------------------------------- filling */

/* What a missing value becomes. */
static void
read_fill(Reading *r)
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
	if (is_category(r) && !(map && fill->type == jbvNumeric))
	{
		string = r->source->class == MML_CLASS_TEXT && fill->type != jbvString && !r->by_name ?
			NULL : text_of(fill);
		fit = string != NULL && string[0] != '\0' && recipe->encode != MML_ENCODE_MULTI_HOT &&
			r->source->class != MML_CLASS_LIST;
	}
	else
		fit = r->source->class != MML_CLASS_UNFIT && number_of(fill, class, &number);
	if (!fits(r, fit, "fill",
			  "It is a number for numbers, a string for texts, a date for dates; arrays have none."))
		return;
	recipe->impute = MML_IMPUTE_CONSTANT;
	recipe->fill = number;
	recipe->fill_text = string;
}

/* How it is chosen. */
static void
read_impute(Reading *r)
{
	MmlRecipe  *recipe = r->recipe;
	MmlImpute	impute;
	bool		fit;

	if (r->given->impute == NULL)
		return;
	impute = (MmlImpute) read_word("impute", r->given->impute, imputes, lengthof(imputes));
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
		fit = is_number(r);
	else
		fit = impute == MML_IMPUTE_NONE ||
			(recipe->encode != MML_ENCODE_MULTI_HOT && r->source->class != MML_CLASS_LIST);
	if (fits(r, fit, "impute",
			 "Means and medians are for what stays a number; arrays and lists are not filled."))
		recipe->impute = impute;
}

/* Whether a feature says what was missing. */
static void
read_indicator(Reading *r)
{
	bool		indicator = r->recipe->indicator;

	read_bool("indicator", r->given->indicator, &indicator);
	if (indicator != r->recipe->indicator &&
		fits(r, r->source->class != MML_CLASS_LIST && r->source->class != MML_CLASS_UNFIT,
			 "indicator", "It is for columns that are not arrays."))
		r->recipe->indicator = indicator;
}

/* Values that mean that there is none. */
static void
read_missing(Reading *r)
{
	MmlRecipe  *recipe = r->recipe;
	JsonbValue *elements;
	int			n;

	if (r->given->missing_values == NULL)
		return;
	n = elements_of(r->given->missing_values, &elements);
	if (n < 0)
		report_wrong("missing_values", "an array of strings and numbers");
	recipe->missing_count = 0;
	recipe->missing = palloc(sizeof(char *) * (Size) Max(n, 1));
	for (int i = 0; i < n; i++)
	{
		const char *text = text_of(&elements[i]);
		double		number = 0;
		bool		fit = text !=NULL && r->source->class != MML_CLASS_LIST;

		if (fit && r->source->class != MML_CLASS_TEXT && !recipe->as_text)
		{
			fit = number_of(&elements[i], r->source->class, &number);
			text = psprintf("%.17g", number);
		}
		if (fits(r, fit, "missing_values",
				 "They are numbers for numbers, strings for texts, dates for dates; arrays have none."))
			recipe->missing[recipe->missing_count++] = text;
	}
}

/* ------------------------------------------------------- what is left over */

/* Two numbers of an array; of a range null is an open end. */
static void
read_bounds(Reading *r, const JsonbValue *value, const char *option, bool open)
{
	double		bounds[2] = {-INFINITY, INFINITY};
	JsonbValue *elements;
	int			n = elements_of(value, &elements);

	for (int i = 0; i < n && n == 2; i++)
		if (!(open && elements[i].type == jbvNull) &&
			!number_of(&elements[i], open ? r->source->class : MML_CLASS_NUMBER, &bounds[i]))
			n = -1;
	if (n != 2 || bounds[0] > bounds[1] ||
		(!open && (bounds[0] < 0 || bounds[1] > 1)))
		report_wrong(option, open ? "an array of two bounds, the lower first" :
					 "an array of two shares from 0 to 1, the lower first");
	r->recipe->low = bounds[0];
	r->recipe->high = bounds[1];
}

/* Bounds that a number is held within. */
static void
read_clip(Reading *r)
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
		report_wrong("clip", "an object, such as {\"quantiles\": [0.01, 0.99]}");
	mml_options_read(JsonbValueToJsonb(r->given->clip), table, lengthof(table));
	if ((range != NULL) + (quantiles != NULL) + (iqr >= 0) != 1)
		report_wrong("clip", "an object with one of \"range\", \"iqr\" and \"quantiles\"");
	if (!fits(r, is_number(r) && r->source->class != MML_CLASS_BOOLEAN &&
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
read_scale(Reading *r)
{
	MmlScale	scale;

	if (r->given->scale == NULL)
		return;
	scale = (MmlScale) read_word("scale", r->given->scale, scales, lengthof(scales));
	if (fits(r, (is_number(r) && (r->by_name || r->source->class != MML_CLASS_BOOLEAN)) ||
			 r->recipe->encode == MML_ENCODE_MAP,
			 "scale", "It is for what stays a number."))
		r->recipe->scale = scale;
}

/* Which categories are kept, and what becomes of others. */
static void
read_categories(Reading *r)
{
	const Given *given = r->given;
	MmlRecipe  *recipe = r->recipe;
	MmlEncode	encode = recipe->encode;
	const char *hint = "It is for categories.";
	bool		kept = is_category(r) && encode != MML_ENCODE_HASH && encode != MML_ENCODE_MAP;
	bool		drop_first = recipe->drop_first;

	if (given->min_count >= 0 && fits(r, kept, "min_count", hint))
		recipe->min_count = given->min_count;
	if (given->max_categories >= 0 && fits(r, kept, "max_categories", hint))
		recipe->max_categories = given->max_categories;
	if (given->unseen != NULL)
	{
		int			unseen = read_word("unseen", given->unseen, unseens, lengthof(unseens));

		if (fits(r, is_category(r) && encode != MML_ENCODE_HASH, "unseen", hint))
			recipe->unseen = (MmlUnseen) unseen;
	}
	if (given->buckets >= 0 &&
		fits(r, encode == MML_ENCODE_HASH, "buckets", "It is for the encoding \"hash\"."))
		recipe->buckets = given->buckets;
	if (!isnan(given->smoothing) &&
		fits(r, encode == MML_ENCODE_TARGET, "smoothing", "It is for the encoding \"target\"."))
		recipe->smoothing = given->smoothing;
	read_bool("drop_first", given->drop_first, &drop_first);
	if (drop_first != recipe->drop_first &&
		fits(r, encode == MML_ENCODE_ONE_HOT ||
			 (encode == MML_ENCODE_AUTO && r->source->class == MML_CLASS_TEXT),
			 "drop_first", "It is for the encoding \"one_hot\"."))
		recipe->drop_first = drop_first;
}

/* ------------------------------------------------------------------ recipe */

/* Say which column's options are read, in the context of an error. */
static void
tell_column(void *arg)
{
	const Reading *r = arg;

	if (r->by_name)
		errcontext("options of column \"%s\"", r->source->name);
	else
		errcontext("options of \"default\", read for column \"%s\"", r->source->name);
}

/* Read an object of options of a column into given. */
static void
read_given(Given *given, const JsonbValue *object)
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

	memset(given, 0, sizeof(Given));
	given->buckets = given->min_count = given->max_categories = -1;
	given->smoothing = NAN;
	given->parts.count = -1;
	if (object->type != jbvBinary)
		report_wrong("columns", "an object of options for each column");
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

/*
 * Read an object of options into the recipe of a column, over what is there;
 * what is read lives in the current memory context.
 */
void
mml_clean_recipe_read(MmlSource *source, const JsonbValue *options, bool by_name)
{
	Given		given;
	Reading		reading = {source, &source->recipe, &given, by_name};
	ErrorContextCallback callback = {error_context_stack, tell_column, &reading};

	error_context_stack = &callback;
	read_given(&given, options);
	read_encoding(&reading);
	read_impute(&reading);
	read_fill(&reading);
	read_indicator(&reading);
	read_missing(&reading);
	read_clip(&reading);
	read_scale(&reading);
	read_categories(&reading);
	error_context_stack = callback.previous;
}

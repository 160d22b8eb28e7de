/*-------------------------------------------------------------------------
 *
 * recipe_encode_pg.c
 *	  Which encoding the options of a column want.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "clean/recipe_read_pg.h"
#include "core/model_pg.h"

static const CleanWord encodes[] = {
	{"number", MML_ENCODE_NUMBER}, {"one_hot", MML_ENCODE_ONE_HOT},
	{"ordinal", MML_ENCODE_ORDINAL}, {"frequency", MML_ENCODE_FREQUENCY},
	{"multi_hot", MML_ENCODE_MULTI_HOT}, {"hash", MML_ENCODE_HASH},
	{"target", MML_ENCODE_TARGET}, {"parts", MML_ENCODE_PARTS}
};
static const CleanWord calendar[] = {
	{"days", MML_PART_DAYS}, {"year", MML_PART_YEAR}, {"quarter", MML_PART_QUARTER},
	{"month", MML_PART_MONTH}, {"day", MML_PART_DAY}, {"weekday", MML_PART_WEEKDAY},
	{"hour", MML_PART_HOUR}
};

/* Is it by categories? */
static bool
of_categories(MmlEncode encode)
{
	return encode != MML_ENCODE_AUTO && encode != MML_ENCODE_NUMBER &&
		encode != MML_ENCODE_PARTS;
}

/* Does the column become categories, as far as is known yet? */
bool
mml_clean_recipe_is_category(const CleanReading *r)
{
	return r->recipe->encode == MML_ENCODE_AUTO ?
		r->source->class == MML_CLASS_TEXT || r->source->class == MML_CLASS_LIST :
		of_categories(r->recipe->encode);
}

/* Does the column stay a number? */
bool
mml_clean_recipe_is_number(const CleanReading *r)
{
	return !mml_clean_recipe_is_category(r) && r->source->class != MML_CLASS_UNFIT;
}

/*
 * Can a class be encoded so?  In "default" categories are made of texts only:
 * nobody means the numbers with it.
 */
static bool
encode_fits(const CleanReading *r, MmlEncode encode)
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
read_map(CleanReading *r, const JsonbValue *map)
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
		mml_clean_option_report("map", "an object of texts and their numbers, such as {\"no\": 0, \"yes\": 1}");
	pairs = palloc(sizeof(*pairs) * JsonContainerSize(map->val.binary.data));
	iter = JsonbIteratorInit(map->val.binary.data);
	while ((token = JsonbIteratorNext(&iter, &key, true)) != WJB_DONE)
	{
		if (token != WJB_KEY)
			continue;
		JsonbIteratorNext(&iter, &value, true);
		pairs[n].key = mml_clean_option_trim(mml_json_text(&key));
		if (!mml_clean_option_number(r, &value, MML_CLASS_BOOLEAN, &pairs[n].value))
			mml_clean_option_report("map", "an object whose values are numbers");
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
			mml_clean_option_report("map", "an object of different texts, none of them blank");
		recipe->map_keys[i] = pairs[i].key;
		recipe->map_values[i] = pairs[i].value;
	}
}

/* The calendar parts of a time. */
static void
read_parts(CleanReading *r)
{
	const MmlNames *parts = &r->given->parts;

	if (parts->count < 0 ||
		!mml_clean_option_fits(r, r->source->class == MML_CLASS_TIME &&
							   (r->recipe->encode == MML_ENCODE_AUTO || r->recipe->encode == MML_ENCODE_PARTS),
							   "parts", "It is for dates and timestamps."))
		return;
	if (parts->count == 0)
		mml_clean_option_report("parts", "an array of at least one part");
	r->recipe->encode = MML_ENCODE_PARTS;
	r->recipe->parts = 0;
	for (int i = 0; i < parts->count; i++)
		r->recipe->parts |= mml_clean_option_word("parts", parts->names[i], calendar, lengthof(calendar));
}

/* Decide the encoding as far as options do. */
void
mml_clean_recipe_encode(CleanReading *r)
{
	const CleanGiven *given = r->given;
	MmlRecipe  *recipe = r->recipe;
	bool		passthrough = false;

	if (given->separator != NULL &&
		mml_clean_option_fits(r, r->source->class == MML_CLASS_TEXT, "separator", "It is for texts that are lists."))
	{
		if (given->separator[0] == '\0')
			mml_clean_option_report("separator", "a text of at least one character");
		recipe->separator = mml_text_to_model(given->separator);
		if (r->by_name)
			recipe->encode = MML_ENCODE_MULTI_HOT;
	}
	if (given->encode != NULL)
	{
		MmlEncode	encode = (MmlEncode) mml_clean_option_word("encode", given->encode, encodes, lengthof(encodes));

		if (given->map == NULL &&
			mml_clean_option_fits(r, encode_fits(r, encode), "encode",
								  "Numbers stay \"number\", dates and timestamps become \"parts\", arrays \"multi_hot\"; texts, and all but arrays, can be any of the others."))
		{
			recipe->encode = encode;
			if (encode == MML_ENCODE_MULTI_HOT && recipe->separator == NULL &&
				r->source->class == MML_CLASS_TEXT)
				recipe->separator = ",";
		}
	}
	if (given->map != NULL &&
		mml_clean_option_fits(r, r->source->class == MML_CLASS_TEXT ||
							  (r->by_name && r->source->class != MML_CLASS_LIST), "map",
							  "It is for columns that are not arrays."))
		read_map(r, given->map);
	mml_clean_option_bool("passthrough", given->passthrough, &passthrough);
	if (passthrough &&
		mml_clean_option_fits(r, r->source->class == MML_CLASS_NUMBER || r->source->class == MML_CLASS_BOOLEAN,
							  "passthrough", "It is for numbers and booleans."))
		recipe->encode = MML_ENCODE_NUMBER;
	read_parts(r);
	recipe->as_text = of_categories(recipe->encode) &&
		r->source->class != MML_CLASS_TEXT && r->source->class != MML_CLASS_LIST;
}

/* A number that is passed through is neither filled nor scaled. */
void
mml_clean_recipe_passthrough(CleanReading *r)
{
	bool		passthrough = false;

	mml_clean_option_bool("passthrough", r->given->passthrough, &passthrough);
	if (passthrough && r->recipe->encode == MML_ENCODE_NUMBER)
	{
		r->recipe->impute = MML_IMPUTE_NONE;
		r->recipe->scale = MML_SCALE_NONE;
	}
}

/*-------------------------------------------------------------------------
 *
 * fit_model.c
 *	  A fitted column as the sections of a model hold it: what writing a model
 *	  and reading it must agree on.
 *
 *-------------------------------------------------------------------------
 */
#include "clean/fit.h"
#include "core/hash.h"

/* Names behind the column's, of the parts by bit. */
static const char *const part_names[MML_PARTS] = {
	"", ":year", ":quarter", ":month", ":day", ":weekday", ":hour"
};

/* How many features come of a column, by its row of section "recipes". */
size_t
mml_clean_features(const int32_t *whole)
{
	size_t		categories = (size_t) whole[CLEAN_CATEGORIES];
	size_t		extra = (size_t) whole[CLEAN_OTHER] + (size_t) whole[CLEAN_MISSING];

	switch (whole[CLEAN_ENCODE])
	{
		case MML_ENCODE_ONE_HOT:
			return categories - (whole[CLEAN_DROP_FIRST] && categories > 0 ? 1 : 0) + extra;
		case MML_ENCODE_MULTI_HOT:
			return categories + extra;
		case MML_ENCODE_HASH:
			return (size_t) whole[CLEAN_BUCKETS] + extra;
		case MML_ENCODE_PARTS:
			return (size_t) __builtin_popcount((unsigned) whole[CLEAN_PARTS]) + extra;
		default:
			return 1 + extra;
	}
}

/*
 * Fill a column's rows whole (CLEAN_RECIPE) and numbers (CLEAN_NUMBERS) of the
 * sections "recipes" and "numbers".
 */
void
mml_clean_rows(const MmlRecipe *recipe, const MmlFitted *fitted, int32_t *whole,
			   double *numbers)
{
	whole[CLEAN_CLASS] = (int32_t) recipe->class;
	whole[CLEAN_AS_TEXT] = recipe->as_text;
	whole[CLEAN_IMPUTE] = (int32_t) recipe->impute;
	whole[CLEAN_INDICATOR] = recipe->indicator;
	whole[CLEAN_ENCODE] = (int32_t) recipe->encode;
	whole[CLEAN_UNSEEN] = (int32_t) recipe->unseen;
	whole[CLEAN_SCALE] = (int32_t) recipe->scale;
	whole[CLEAN_CLIP] = (int32_t) recipe->clip;
	whole[CLEAN_PARTS] = recipe->parts;
	whole[CLEAN_BUCKETS] = (int32_t) MML_MIN(recipe->buckets, MML_BUCKETS_MOST);
	whole[CLEAN_DROP_FIRST] = recipe->drop_first;
	whole[CLEAN_OTHER] = fitted->has_other;
	whole[CLEAN_MISSING] = fitted->has_missing;
	whole[CLEAN_FILL_CATEGORY] = (int32_t) fitted->fill_category;
	whole[CLEAN_MISSING_TEXTS] = recipe->missing_count;
	whole[CLEAN_CATEGORIES] = (int32_t) fitted->categories;
	whole[CLEAN_FEATURES] = (int32_t) mml_clean_features(whole);

	numbers[CLEAN_FILL] = fitted->fill;
	numbers[CLEAN_LOW] = fitted->low;
	numbers[CLEAN_HIGH] = fitted->high;
	numbers[CLEAN_OFFSET] = fitted->offset;
	numbers[CLEAN_DIVISOR] = fitted->scale;
	numbers[CLEAN_ROWS] = (double) fitted->rows;
	numbers[CLEAN_NULLS] = (double) fitted->missing;
	numbers[CLEAN_OTHERS] = (double) fitted->other;
	numbers[CLEAN_OTHER_VALUE] = fitted->other_value;
	numbers[CLEAN_MISSING_VALUE] = fitted->missing_value;
	numbers[CLEAN_SMOOTHING] = recipe->encode == MML_ENCODE_TARGET ? recipe->smoothing : 0;
	numbers[CLEAN_MIN_COUNT] = (double) recipe->min_count;
	for (int part = 0; part < MML_PARTS; part++)
	{
		numbers[CLEAN_PART_OFFSET + part] = fitted->part_offset[part];
		numbers[CLEAN_PART_DIVISOR + part] = fitted->part_scale[part];
	}
}

/* Does category a come behind b, by hash, then by code? */
static bool
is_behind(int64_t hash_a, int32_t a, int64_t hash_b, int32_t b)
{
	return hash_a != hash_b ? (uint64_t) hash_a > (uint64_t) hash_b : a > b;
}

/* Let entry i sink to where the n entries below it are a heap again. */
static void
sink(size_t n, int64_t *hashes, int32_t *codes, size_t i)
{
	int64_t		hash = hashes[i];
	int32_t		code = codes[i];
	size_t		child;

	while ((child = 2 * i + 1) < n)
	{
		if (child + 1 < n &&
			is_behind(hashes[child + 1], codes[child + 1], hashes[child], codes[child]))
			child++;
		if (!is_behind(hashes[child], codes[child], hash, code))
			break;
		hashes[i] = hashes[child];
		codes[i] = codes[child];
		i = child;
	}
	hashes[i] = hash;
	codes[i] = code;
}

/*
 * The index of a column's categories, texts (n) in the order of bytes: hashes
 * (n) and codes (n) as MmlPreprocessor has them.  Sorted in place, by heapsort.
 */
void
mml_clean_index(size_t n, const MmlText *texts, int64_t *hashes, int32_t *codes)
{
	for (size_t i = 0; i < n; i++)
	{
		hashes[i] = (int64_t) mml_hash_bytes(texts[i].length, texts[i].bytes);
		codes[i] = (int32_t) i;
	}
	MML_CHECK();
	for (size_t i = n / 2; i-- > 0;)
		sink(n, hashes, codes, i);
	for (size_t left = n; left-- > 1;)
	{
		int64_t		hash = hashes[0];
		int32_t		code = codes[0];

		hashes[0] = hashes[left];
		codes[0] = codes[left];
		hashes[left] = hash;
		codes[left] = code;
		sink(left, hashes, codes, 0);
	}
}

/* ----------------------------------------------------------------- names */

/* A name being written: so many bytes of it fit. */
typedef struct Name
{
	char	   *buffer;
	size_t		room;
	size_t		length;
} Name;

/* Append bytes, those that fit. */
static void
append(Name *name, size_t length, const char *bytes)
{
	if (name->length < name->room)
		memcpy(name->buffer + name->length, bytes,
			   MML_MIN(length, name->room - name->length));
	name->length += length;
}

/* Append a C string. */
static void
append_string(Name *name, const char *string)
{
	append(name, strlen(string), string);
}

/* Append a number. */
static void
append_number(Name *name, size_t number)
{
	char		digits[20];
	size_t		at = sizeof(digits);

	do
	{
		digits[--at] = (char) ('0' + number % 10);
		number /= 10;
	} while (number > 0);
	append(name, sizeof(digits) - at, digits + at);
}

/* Append what tells the parts of a column apart. */
static void
append_part(Name *name, unsigned parts, size_t feature)
{
	int			part = 0;

	for (; part < MML_PARTS; part++)
		if (parts & 1U << part && feature-- == 0)
			break;
	MML_ASSERT(part < MML_PARTS);
	append_string(name, part_names[part]);
}

/*
 * The name of a feature of a column, by the column's row of section "recipes",
 * its categories' texts and its name: the first room bytes of it into buffer,
 * without an end.  Returns how many bytes it has.  Names of different columns
 * may still clash.
 */
size_t
mml_clean_feature_name(const int32_t *whole, const MmlText *texts, const char *column,
					   size_t feature, size_t room, char *buffer)
{
	size_t		features = mml_clean_features(whole);
	size_t		extra = features - (size_t) whole[CLEAN_MISSING] - (size_t) whole[CLEAN_OTHER];
	Name		name = {buffer, room, 0};

	append_string(&name, column);
	if (whole[CLEAN_MISSING] && feature == features - 1)
		append_string(&name, "=missing");
	else if (feature >= extra)
		append_string(&name, "=other");
	else if (whole[CLEAN_ENCODE] == MML_ENCODE_ONE_HOT ||
			 whole[CLEAN_ENCODE] == MML_ENCODE_MULTI_HOT)
	{
		const MmlText *category = texts + feature + (whole[CLEAN_DROP_FIRST] ? 1 : 0);

		append_string(&name, "=");
		append(&name, category->length, category->bytes);
	}
	else if (whole[CLEAN_ENCODE] == MML_ENCODE_HASH)
	{
		append_string(&name, "#");
		append_number(&name, feature);
	}
	else if (whole[CLEAN_ENCODE] == MML_ENCODE_PARTS)
		append_part(&name, (unsigned) whole[CLEAN_PARTS], feature);
	else if (whole[CLEAN_ENCODE] == MML_ENCODE_FREQUENCY)
		append_string(&name, ":frequency");
	else if (whole[CLEAN_ENCODE] == MML_ENCODE_TARGET)
		append_string(&name, ":target");
	return name.length;
}

/*-------------------------------------------------------------------------
 *
 * suspicions.c
 *	  What looks wrong in a column of texts: numbers, dates, mixed units.
 *
 * Categories are examined, not rows: a spelling counts once, however often it
 * came.  Where there are many, some are, spread evenly over all of them in
 * the order of first arrival.
 *
 * What is a number or a date is said by the module repair, with both orders
 * of day and month.  A unit is what remains of a text that has digits when
 * digits, marks, blanks and scale words such as million are taken off, if that
 * is one currency, as repair knows them, or one of the measures below.  Units
 * are counted where more than half of the texts are numbers or have one, so
 * that titles and codes with digits raise no suspicion.
 *
 *-------------------------------------------------------------------------
 */
#include <string.h>

#include "profile/profile.h"
#include "repair/number_words.h"
#include "repair/repair.h"

#define EXAMINED 5000			/* categories at most */
#define TEXT_BYTES 64			/* a longer text has no unit */
#define UNIT_BYTES 16			/* as many as it has in MmlSuspicions */
#define UNITS 32				/* different ones are told apart */

/* Units of measure, of films and of other things; in lower case. */
static const char *const measures =
"min mins minute minutes minuten h hr hrs hour hours std s sec secs second seconds ms "
"day days week weeks month months year years yr yrs "
"mm cm m km in inch inches ft feet foot yd mi mile miles "
"mg g kg t lb lbs oz ml cl l kb mb gb tb kbit mbit fps hz khz mhz px % ° °c °f "
"分 分钟 分鐘 小时 小時 秒 米 公里 公斤 岁";

/* How many texts have a unit. */
typedef struct UnitCount
{
	size_t		count;
	char		name[UNIT_BYTES];	/* UTF-8, terminated */
} UnitCount;

/* --------------------------------------------------------------- numbers */

/* Whether a text is a number, however its marks are meant. */
static bool
is_number(MmlText text)
{
	char		decimal[MML_REPAIR_DECIMAL_BYTES];

	return mml_repair_number(text.length, text.bytes, 0, decimal) ||
		mml_repair_number(text.length, text.bytes, '.', decimal);
}

/* Whether it is a date, in either order. */
static bool
is_date(MmlText text)
{
	static const MmlDateOrder orders[] = {MML_DATE_DMY, MML_DATE_MDY};
	MmlDate		date;

	for (size_t i = 0; i < sizeof(orders) / sizeof(*orders); i++)
	{
		MmlDateRules rules = {.order = orders[i]};

		if (mml_repair_date(text.length, text.bytes, &rules, &date))
			return true;
	}
	return false;
}

/* ----------------------------------------------------------------- units */

/* Whether a character goes with digits, and is no unit. */
static bool
is_mark(uint32_t c)
{
	return mml_repair_is_digit(c) || mml_repair_is_space(c) || mml_repair_is_invisible(c) ||
		(c < 0x80 && strchr(".,'()+-/~<>:", (int) c) != NULL) || c == 0x2212 || c == 0x2019;
}

/* A text that is read for its unit. */
typedef struct Reader
{
	size_t		n;
	size_t		at;
	const uint32_t *chars;		/* (n) */
	const uint32_t *lower;		/* (n) the same in lower case */
	bool		digits;			/* have been read */
	size_t		length;			/* of the unit so far */
	char	   *unit;			/* (UNIT_BYTES) */
} Reader;

/* Pass a word; if it is the first unit, it is the text's. */
static void
pass_unit(Reader *reader, size_t chars)
{
	for (size_t end = reader->at + chars; reader->at < end; reader->at++)
		if (reader->length + 4 < UNIT_BYTES)
			reader->length += mml_repair_encode(1, reader->lower + reader->at,
												reader->unit + reader->length);
}

/*
 * Read a word that is no number.  A currency may stand before the digits and
 * behind them, but only once; measures only behind, and again, as in 1h 30min.
 */
static bool
read_word(Reader *reader)
{
	const uint32_t *chars = reader->chars + reader->at;
	size_t		left = reader->n - reader->at;
	size_t		currency = reader->length == 0 ? mml_repair_find_currency(left, chars) : 0;
	size_t		measure = reader->digits ?
		mml_repair_match_list(left, reader->lower + reader->at, measures, NULL) : 0;
	size_t		unit = MML_MAX(currency, measure);
	size_t		scale;
	const MmlScaleWord *word = mml_repair_find_scale(left, chars, &scale);

	if (reader->digits && word != NULL &&
		(scale > unit || (scale == unit && !word->money)))
		reader->at += scale;
	else if (unit > 0 && reader->length == 0)
		pass_unit(reader, unit);
	else if (measure > 0)
		reader->at += measure;
	else
		return false;
	return true;
}

/*
 * The unit of a text, in lower case and terminated; false where it has no
 * digits, no unit, or anything else.
 */
static bool
find_unit(size_t n, const uint32_t *chars, char *unit)
{
	uint32_t	lower[TEXT_BYTES];
	Reader		reader = {.n = n,.chars = chars,.lower = lower,.unit = unit};

	for (size_t i = 0; i < n; i++)
		lower[i] = mml_repair_lower(chars[i]);
	while (reader.at < n)
	{
		reader.digits = reader.digits || mml_repair_is_digit(chars[reader.at]);
		if (is_mark(chars[reader.at]))
			reader.at++;
		else if (!read_word(&reader))
			return false;
	}
	unit[reader.length] = '\0';
	return reader.digits && reader.length > 0;
}

/* Count a text's unit. */
static void
count_unit(UnitCount *units, size_t *n, const char *unit)
{
	for (size_t i = 0; i < *n; i++)
		if (strcmp(units[i].name, unit) == 0)
		{
			units[i].count++;
			return;
		}
	if (*n < UNITS)
	{
		strcpy(units[*n].name, unit);
		units[(*n)++].count = 1;
	}
}

/* The most frequent units go to what is suspected. */
static void
choose_units(size_t n, UnitCount *units, MmlSuspicions *suspicions)
{
	size_t		shown = sizeof(suspicions->unit) / sizeof(suspicions->unit[0]);

	suspicions->units = n;
	for (size_t i = 0; i < MML_MIN(n, shown); i++)
	{
		size_t		best = i;
		UnitCount	swap = units[i];

		for (size_t k = i + 1; k < n; k++)
			if (units[k].count > units[best].count)
				best = k;
		memcpy(suspicions->unit[i], units[best].name, UNIT_BYTES);
		units[i] = units[best];
		units[best] = swap;
	}
}

/* ------------------------------------------------------------- the column */

/* Examine a column of texts by its categories. */
void
mml_profile_suspect_texts(const MmlCategories *categories, MmlSuspicions *suspicions)
{
	size_t		all = MML_MIN(categories->count, EXAMINED);
	UnitCount	units[UNITS];
	size_t		different = 0;
	size_t		others = 0;

	memset(suspicions, 0, sizeof(*suspicions));
	for (size_t i = 0; i < all; i++)
	{
		MmlText		text = mml_profile_categories_text(categories, i * categories->count / all);
		uint32_t	chars[TEXT_BYTES];
		char		unit[UNIT_BYTES];
		size_t		n;
		bool		number;

		if (i % 64 == 0)
			MML_CHECK();
		if (!mml_repair_plain(text.length, text.bytes, TEXT_BYTES, &n, chars))
			n = 0;
		if (n == 0 && text.length <= TEXT_BYTES)
			continue;
		suspicions->examined++;
		number = is_number(text);
		suspicions->numbers += number;
		suspicions->dates += !number && is_date(text);
		if (find_unit(n, chars, unit))
			count_unit(units, &different, unit);
		else
			others += !number;
	}
	if (2 * others < suspicions->examined)
		choose_units(different, units, suspicions);
}

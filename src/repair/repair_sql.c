/*-------------------------------------------------------------------------
 *
 * repair_sql.c
 *	  parse_number, parse_date, clean_text and title_key.
 *
 * They are IMMUTABLE: nothing of them asks for a locale.  Normal forms are
 * PostgreSQL's own, as normalize() has them.  Kernels read UTF-8; a database
 * in another encoding is converted to and fro.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "common/unicode_norm.h"
#include "fmgr.h"
#include "lib/stringinfo.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/datetime.h"
#include "utils/memutils.h"
#include "utils/numeric.h"

#include "repair/repair.h"
#include "core/compat_pg.h"
#include "core/memory_pg.h"

PG_FUNCTION_INFO_V1(mml_repair_parse_number);
PG_FUNCTION_INFO_V1(mml_repair_parse_date);
PG_FUNCTION_INFO_V1(mml_repair_clean_text);
PG_FUNCTION_INFO_V1(mml_repair_title);

/* As much as is normalised in one go; see normalise(). */
#define PIECE_CHARS 1024

/* A text that is not stable after so many rounds has been made for that. */
#define MAX_ROUNDS 8

/* A text as code points. */
typedef struct Chars
{
	Size		n;
	uint32_t   *c;
} Chars;

/* An argument in UTF-8, without a copy where the database is in UTF-8. */
static const char *
utf8_argument(text *value, Size *bytes)
{
	char	   *raw = VARDATA_ANY(value);
	int			length = (int) VARSIZE_ANY_EXHDR(value);
	char	   *utf8 = pg_server_to_any(raw, length, PG_UTF8);

	*bytes = utf8 == raw ? (Size) length : strlen(utf8);
	return utf8;
}

/* A word of an argument such as date_order, which must be one of a list. */
static int
choice(text *value, const char *name, int n, const char *const *words)
{
	char	   *word = text_to_cstring(value);
	StringInfoData list;

	for (int i = 0; i < n; i++)
		if (strcmp(word, words[i]) == 0)
			return i;
	initStringInfo(&list);
	for (int i = 0; i < n; i++)
		appendStringInfo(&list, "%s\"%s\"", i == 0 ? "" : i < n - 1 ? ", " : " or ", words[i]);
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("%s must be %s, not \"%s\"", name, list.data, word)));
}

/* parse_number(value, decimal_mark) */
Datum
mml_repair_parse_number(PG_FUNCTION_ARGS)
{
	static const char *const marks[] = {"auto", ".", ","};
	int			mark = choice(PG_GETARG_TEXT_PP(1), "decimal_mark", lengthof(marks), marks);
	char		decimal[MML_REPAIR_DECIMAL_BYTES];
	Size		bytes;
	const char *utf8 = utf8_argument(PG_GETARG_TEXT_PP(0), &bytes);

	if (!mml_repair_number(bytes, utf8, mark == 0 ? 0 : marks[mark][0], decimal))
		PG_RETURN_NULL();
	PG_RETURN_DATUM(DirectFunctionCall3(numeric_in, CStringGetDatum(decimal),
										ObjectIdGetDatum(InvalidOid), Int32GetDatum(-1)));
}

/* parse_date(value, date_order, partial, years_from) */
Datum
mml_repair_parse_date(PG_FUNCTION_ARGS)
{
	static const char *const orders[] = {"ymd", "dmy", "mdy"};
	int64		years_from = PG_GETARG_INT64(3);
	MmlDateRules rules = {.partial = PG_GETARG_BOOL(2),.years_from = (int) years_from};
	MmlDate		date;
	Size		bytes;
	const char *utf8 = utf8_argument(PG_GETARG_TEXT_PP(0), &bytes);

	rules.order = (MmlDateOrder) choice(PG_GETARG_TEXT_PP(1), "date_order", lengthof(orders), orders);
	if (years_from != 0 && (years_from < 1000 || years_from > 9900))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("years_from must be 0 or a year from 1000 to 9900, not " INT64_FORMAT, years_from),
				 errhint("It is the first year that two digits can mean: with 1930, 29 is 2029 and 30 is 1930.")));
	if (!mml_repair_date(bytes, utf8, &rules, &date))
		PG_RETURN_NULL();
	PG_RETURN_DATEADT(date2j(date.year, date.month, date.day) - POSTGRES_EPOCH_JDATE);
}

/* The code points of an argument. */
static Chars
chars_argument(text *value)
{
	Size		bytes;
	const char *utf8 = utf8_argument(value, &bytes);
	Chars		chars = {.c = mml_alloc(mml_size_mul(bytes + 1, sizeof(uint32_t)))};

	if (!mml_repair_decode(bytes, utf8, &chars.n, chars.c))
		ereport(ERROR,
				(errcode(ERRCODE_CHARACTER_NOT_IN_REPERTOIRE),
				 errmsg("invalid byte sequence for encoding \"UTF8\"")));
	return chars;
}

/* Code points as a text of the database. */
static text *
chars_result(Chars chars)
{
	char	   *utf8 = mml_alloc(mml_size_add(mml_size_mul(chars.n, 4), 1));
	Size		bytes = mml_repair_encode(chars.n, chars.c, utf8);
	char	   *raw;

	if (bytes > MaxAllocSize - VARHDRSZ)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("a text of %zu bytes is too long, the limit is %zu",
						bytes, (Size) MaxAllocSize - VARHDRSZ)));
	utf8[bytes] = '\0';
	raw = pg_any_to_server(utf8, (int) bytes, PG_UTF8);
	return cstring_to_text_with_len(raw, raw == utf8 ? (int) bytes : (int) strlen(raw));
}

/*
 * Whether a text can be cut before a character without changing how it is
 * normalised: it composes with none before it.
 */
static bool
may_cut_before(uint32_t c)
{
	return c < 0x300 || (c >= 0x400 && c < 0x483) || (c >= 0x3400 && c < 0xA000) ||
		(c >= 0xAC00 && c < 0xD7A4);
}

/*
 * Whether NFKC is kept from a character: it would make 81⁄2 of 8½, and a 2 of
 * an exponent or a footnote.
 */
static bool
is_kept(uint32_t c)
{
	return c == 0xB2 || c == 0xB3 || c == 0xB9 || (c >= 0xBC && c <= 0xBE) ||
		(c >= 0x2070 && c <= 0x208E) || (c >= 0x2150 && c <= 0x215F) || c == 0x2189;
}

/* How much of a text from i on is normalised in one go; 0: not this one. */
static Size
piece_of(Chars chars, Size i, bool keep)
{
	Size		rest = chars.n - i;

	for (Size piece = 0; keep && piece < Min(rest, PIECE_CHARS); piece++)
		if (is_kept(chars.c[i + piece]))
			return piece;
	if (rest <= PIECE_CHARS)
		return rest;
	for (Size piece = PIECE_CHARS; piece > 0; piece--)
		if (may_cut_before(chars.c[i + piece]))
			return piece;
	return PIECE_CHARS;
}

/*
 * A text in a normal form.  PostgreSQL orders a run of accents by insertion,
 * in quadratic time, so it gets pieces; a run of a thousand accents, which no
 * language has, is cut, as the Stream-Safe Text Format does at 30 (UAX 15).
 */
static Chars
normalise(UnicodeNormalizationForm form, Chars chars)
{
	Size		room = mml_size_add(chars.n, 32);
	Chars		out = {.c = mml_alloc(mml_size_mul(room, sizeof(uint32_t)))};
	pg_wchar	piece[PIECE_CHARS + 1];

	for (Size i = 0, n; i < chars.n; i += n)
	{
		pg_wchar   *normal;
		Size		length = 0;

		CHECK_FOR_INTERRUPTS();
		n = piece_of(chars, i, form == UNICODE_NFKC);
		if (n == 0)
		{
			n = 1;
			normal = palloc(2 * sizeof(pg_wchar));
			normal[0] = chars.c[i];
			normal[1] = 0;
		}
		else
		{
			memcpy(piece, chars.c + i, n * sizeof(uint32_t));
			piece[n] = 0;
			normal = unicode_normalize(form, piece);
		}
		while (normal[length] != 0)
			length++;
		if (out.n + length > room)
		{
			room = mml_size_add(mml_size_mul(room, 2), length);
			out.c = repalloc_huge(out.c, mml_size_mul(room, sizeof(uint32_t)));
		}
		memcpy(out.c + out.n, normal, length * sizeof(uint32_t));
		out.n += length;
		pfree(normal);
	}
	return out;
}

/* Whether a text is ASCII with nothing to repair in it. */
static bool
is_clean(text *value)
{
	const char *c = VARDATA_ANY(value);
	Size		n = VARSIZE_ANY_EXHDR(value);

	for (Size i = 0; i < n; i++)
		if (c[i] < ' ' || c[i] > '~' || c[i] == '&' ||
			(c[i] == ' ' && (i == 0 || i == n - 1 || c[i - 1] == ' ')))
			return false;
	return true;
}

/*
 * Repair a text.  What one repair uncovers is for the next: entities that were
 * escaped twice, UTF-8 that was encoded twice in entities.  So it is repeated
 * until nothing changes, and cleaning a clean text changes nothing.
 */
static Chars
clean_chars(Chars chars)
{
	for (int round = 0; round < MAX_ROUNDS; round++)
	{
		Chars		clean = {.n = chars.n,.c = mml_alloc(mml_size_mul(chars.n + 1, sizeof(uint32_t)))};

		memcpy(clean.c, chars.c, chars.n * sizeof(uint32_t));
		clean.n = mml_repair_mojibake(clean.n, clean.c);
		clean.n = mml_repair_entities(clean.n, clean.c);
		clean = normalise(UNICODE_NFKC, clean);
		clean.n = mml_repair_spaces(clean.n, clean.c);
		if (clean.n == chars.n && memcmp(clean.c, chars.c, chars.n * sizeof(uint32_t)) == 0)
			break;
		chars = clean;
	}
	return chars;
}

/* clean_text(value) */
Datum
mml_repair_clean_text(PG_FUNCTION_ARGS)
{
	text	   *value = PG_GETARG_TEXT_PP(0);

	if (is_clean(value))
		PG_RETURN_TEXT_P(value);
	PG_RETURN_TEXT_P(chars_result(clean_chars(chars_argument(value))));
}

/*
 * title_key(title, seasons); NULL for a blank title.  One of signs only, such
 * as "$", is its own key.
 */
Datum
mml_repair_title(PG_FUNCTION_ARGS)
{
	Chars		title = clean_chars(chars_argument(PG_GETARG_TEXT_PP(0)));
	Chars		apart = normalise(UNICODE_NFKD, title);
	Chars		key = {.c = mml_alloc(mml_size_mul(apart.n * MML_REPAIR_KEY_GROWTH + 1, sizeof(uint32_t)))};

	key.n = mml_repair_title_letters(apart.n, apart.c, key.c);
	key = normalise(UNICODE_NFC, key);
	key.c = repalloc_huge(key.c, mml_size_mul(key.n + MML_REPAIR_KEY_EXTRA, sizeof(uint32_t)));
	key.n = mml_repair_title_key(key.n, key.c, PG_GETARG_BOOL(1));
	if (key.n == 0)
	{
		key = title;
		for (Size i = 0; i < key.n; i++)
			key.c[i] = mml_repair_lower(key.c[i]);
	}
	if (key.n == 0)
		PG_RETURN_NULL();
	PG_RETURN_TEXT_P(chars_result(key));
}

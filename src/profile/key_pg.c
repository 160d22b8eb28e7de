/*-------------------------------------------------------------------------
 *
 * key_pg.c
 *	  Values of numbers, booleans and times as keys of categories; see
 *	  key_pg.h.
 *
 * Integers, and all types that are integers inside, are written big-endian
 * with the sign turned; floats as mml_key_of() maps them.
 *
 * A numeric is its digits to the base 10,000, which have no zeros at either
 * end: so 1.5 and 1.50 have one key.  Behind a
 * byte for the sign comes the weight of the first digit, then the digits plus
 * one.  Of a negative number all of this is complemented, and two bytes of
 * ones end it, above any digit: -1 is behind -1.5, of which it begins.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "port/pg_bswap.h"
#include "utils/builtins.h"
#include "utils/cash.h"
#include "utils/date.h"
#include "utils/fmgrprotos.h"
#include "utils/lsyscache.h"
#include "utils/numeric.h"
#include "utils/timestamp.h"

#include "core/compat_pg.h"
#include "core/decimal_pg.h"
#include "core/sort.h"
#include "profile/key_pg.h"

#define SIGN_NEGATIVE 0x40
#define SIGN_ZERO 0x80
#define SIGN_POSITIVE 0xC0
#define BASE_DIGITS 4			/* decimal digits of a digit */

/* How values of a type, which is no domain, become keys. */
MmlKeyForm
mml_profile_key_form(Oid base)
{
	switch (base)
	{
		case BOOLOID:
		case INT2OID:
		case INT4OID:
		case INT8OID:
		case CASHOID:
		case DATEOID:
		case TIMEOID:
		case TIMESTAMPOID:
		case TIMESTAMPTZOID:
			return MML_KEY_INTEGER;
		case FLOAT4OID:
		case FLOAT8OID:
			return MML_KEY_FLOAT;
		case INTERVALOID:
			return MML_KEY_INTERVAL;
		case NUMERICOID:
			return MML_KEY_NUMERIC;
		default:
			return MML_KEY_NONE;
	}
}

/* ------------------------------------------------------------------ to keys */

/* The integer inside a value. */
static int64
integer_of(Oid base, Datum value)
{
	switch (base)
	{
		case BOOLOID:
			return DatumGetBool(value);
		case INT2OID:
			return DatumGetInt16(value);
		case INT4OID:
		case DATEOID:
			return DatumGetInt32(value);
		default:
			return DatumGetInt64(value);
	}
}

/* Write a word so that its order is that of bytes. */
static void
put_word(char *key, uint64 word)
{
	word = pg_hton64(word);
	memcpy(key, &word, sizeof(word));
}

/*
 * The key of an interval: its length as comparisons take it, months of 30
 * days, in microseconds; then what it is made of, for 1 day is shown
 * otherwise than 24 hours.
 */
static void
put_interval(char *key, const Interval *span)
{
	int64		days = span->day + (int64) span->month * DAYS_PER_MONTH;
	__int128	time = (__int128) days * USECS_PER_DAY + span->time;

	put_word(key, (uint64) (int64) (time >> 64) ^ MML_KEY_SIGN);
	put_word(key + 8, (uint64) time);
	memset(key + 16, 0, 16);
	memcpy(key + 16, span, sizeof(Interval));
}

/* The key of a finite numeric, in buffer where it is short enough. */
static MmlText
numeric_key(Datum value, char *buffer)
{
	MmlDecimal	decimal;
	MmlText text = {buffer, 1};
	unsigned char *key;
	Size		n = 3;

	if (!mml_decimal_read(value, &decimal))
		elog(ERROR, "a numeric that is not finite has no key");
	if (2 * (Size) decimal.count + 5 > MML_KEY_BYTES)
		text.		bytes = palloc(2 * (Size) decimal.count + 5);
	key = (unsigned char *) text.bytes;

	if (decimal.count == 0)
	{
		key[0] = SIGN_ZERO;
		return text;
	}
	key[0] = SIGN_POSITIVE;
	key[1] = (unsigned char) ((decimal.weight + 0x8000) >> 8);
	key[2] = (unsigned char) decimal.weight;
	for (int i = 0; i < decimal.count; i++)
	{
		int			digit = mml_decimal_digit(&decimal, i) + 1;

		key[n++] = (unsigned char) (digit >> 8);
		key[n++] = (unsigned char) digit;
	}
	if (decimal.negative)
	{
		for (Size i = 0; i < n; i++)
			key[i] = (unsigned char) ~key[i];
		key[0] = SIGN_NEGATIVE;
		key[n++] = 0xFF;
		key[n++] = 0xFF;
	}
	text.		length = n;
	return text;
}

/* The key of an integer or a finite float, as a word. */
uint64
mml_profile_key_word(MmlKeyForm form, Oid base, Datum value)
{
	if (form == MML_KEY_INTEGER)
		return (uint64) integer_of(base, value) ^ MML_KEY_SIGN;
	return mml_key_of(base == FLOAT4OID ? (double) DatumGetFloat4(value) : DatumGetFloat8(value));
}

/*
 * The key of a finite value of another form: in buffer, of MML_KEY_BYTES, or
 * in the current memory context.
 */
MmlText
mml_profile_key(MmlKeyForm form, Oid base, Datum value, char *buffer)
{
	MmlText		key = {buffer, MML_KEY_BYTES};

	if (form == MML_KEY_NUMERIC)
		return numeric_key(value, buffer);
	if (form != MML_KEY_INTERVAL)
		elog(ERROR, "values of type %u have no such keys", base);
	put_interval(buffer, DatumGetIntervalP(value));
	return key;
}

/* ---------------------------------------------------------------- from keys */

/* The word at the beginning of a key. */
static uint64
get_word(const char *key)
{
	uint64		word;

	memcpy(&word, key, sizeof(word));
	return pg_ntoh64(word);
}

/* A value from the integer inside. */
static Datum
value_of_integer(Oid base, int64 integer)
{
	switch (base)
	{
		case BOOLOID:
			return BoolGetDatum(integer != 0);
		case INT2OID:
			return Int16GetDatum((int16) integer);
		case INT4OID:
		case DATEOID:
			return Int32GetDatum((int32) integer);
		default:
			return Int64GetDatum(integer);
	}
}

/* Digit i of a numeric's key, 0 where it has none. */
static int
digit_of(MmlText key, int digits, int i, unsigned char flip)
{
	const unsigned char *at = (const unsigned char *) key.bytes + 3 + 2 * (Size) i;

	return i < 0 || i >= digits ? 0 : (((at[0] ^ flip) << 8 | (at[1] ^ flip)) - 1) % 10000;
}

/* The decimal text of a numeric's key, without zeros at its ends. */
static char *
decimal_of(MmlText key)
{
	const unsigned char *in = (const unsigned char *) key.bytes;
	bool		negative = in[0] == SIGN_NEGATIVE;
	unsigned char flip = negative ? 0xFF : 0;
	int			digits = (int) (key.length - (negative ? 5 : 3)) / 2;
	int			weight = ((in[1] ^ flip) << 8 | (in[2] ^ flip)) - 0x8000;
	int			last = Max(digits - 1, weight);
	int			first = Min(weight, 0);
	char	   *text = palloc((Size) (last - first + 2) * BASE_DIGITS + 8);
	char	   *end = text;

	if (negative)
		*end++ = '-';
	if (weight < 0)
		*end++ = '0';
	for (int place = Max(weight, -1); place >= 0; place--)
		end += sprintf(end, place == weight ? "%d" : "%04d", digit_of(key, digits, weight - place, flip));
	if (digits - 1 <= weight)
	{
		*end = '\0';
		return text;
	}
	*end++ = '.';
	for (int place = -1; weight - place < digits; place--)
		end += sprintf(end, "%04d", digit_of(key, digits, weight - place, flip));
	while (end[-1] == '0')
		end--;
	*end = '\0';
	return text;
}

/* A numeric's key as its type shows it, with the scale of its modifier. */
static char *
show_numeric(MmlText key, int32 typmod)
{
	char	   *text = (unsigned char) key.bytes[0] == SIGN_ZERO ? "0" : decimal_of(key);
	Datum		value = DirectFunctionCall3(numeric_in, CStringGetDatum(text),
											ObjectIdGetDatum(InvalidOid), Int32GetDatum(typmod));

	return DatumGetCString(DirectFunctionCall1(numeric_out, value));
}

/* Can this be a key of its form? */
static bool
key_is_sound(MmlKeyForm form, MmlText key)
{
	switch (form)
	{
		case MML_KEY_INTEGER:
		case MML_KEY_FLOAT:
			return key.length == 8;
		case MML_KEY_INTERVAL:
			return key.length == MML_KEY_BYTES;
		default:
			return key.length == 1 || (key.length >= 5 && key.length % 2 == 1);
	}
}

/*
 * What a value looks like, from its key: the text that its type's output
 * function gives, under the settings of the session.
 */
char *
mml_profile_key_show(MmlKeyForm form, Oid base, int32 typmod, MmlText key)
{
	Datum		value;
	Oid			output;
	bool		varlena;
	double		number;

	if (!key_is_sound(form, key))
		elog(ERROR, "a key of %zu bytes does not fit type %u", key.length, base);
	if (form == MML_KEY_NUMERIC)
		return show_numeric(key, typmod);
	if (form == MML_KEY_INTERVAL)
		value = IntervalPGetDatum(memcpy(palloc(sizeof(Interval)), key.bytes + 16, sizeof(Interval)));
	else if (form == MML_KEY_INTEGER)
		value = value_of_integer(base, (int64) (get_word(key.bytes) ^ MML_KEY_SIGN));
	else
	{
		number = mml_number_of_key(get_word(key.bytes));
		value = base == FLOAT4OID ? Float4GetDatum((float4) number) : Float8GetDatum(number);
	}
	getTypeOutputInfo(base, &output, &varlena);
	return OidOutputFunctionCall(output, value);
}

/*-------------------------------------------------------------------------
 *
 * decimal_pg.c
 *	  Values of the type numeric, read where they lie.
 *
 * The server converts a numeric to float8 by way of its text, which takes
 * longer than all that is then done with the number.  But its stored form is
 * simple, and cannot change, for it lies in everybody's tables: see the head
 * of numeric.c in the server's sources.  A word with flags, which in short
 * form has the weight too; in long form a word with the weight; digits to the
 * base 10,000.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "fmgr.h"
#include "utils/builtins.h"

#include "core/compat_pg.h"
#include "core/decimal_pg.h"

#define FLAGS 0xC000
#define NEGATIVE 0x4000			/* long form */
#define SHORT 0x8000
#define SPECIAL 0xC000			/* NaN and infinities */
#define SHORT_NEGATIVE 0x2000
#define SHORT_WEIGHT_NEGATIVE 0x0040
#define SHORT_WEIGHT 0x003F

/* Whole numbers up to this are float8, and so are powers of ten up to 22. */
#define EXACT_NUMBER ((uint64) 1 << 53)
#define EXACT_POWER 22

/* Take a value apart; false where it is NaN or infinite. */
bool
mml_decimal_read(Datum value, MmlDecimal *decimal)
{
	struct varlena *varlena = PG_DETOAST_DATUM_PACKED(value);
	const char *data = VARDATA_ANY(varlena);
	Size		bytes = VARSIZE_ANY_EXHDR(varlena);
	uint16		header;
	int16		weight;
	Size		head = sizeof(header);

	memcpy(&header, data, sizeof(header));
	if ((header & FLAGS) == SPECIAL)
		return false;
	if (header & SHORT)
	{
		decimal->negative = (header & SHORT_NEGATIVE) != 0;
		decimal->weight = header & SHORT_WEIGHT;
		if (header & SHORT_WEIGHT_NEGATIVE)
			decimal->weight -= SHORT_WEIGHT + 1;
	}
	else
	{
		memcpy(&weight, data + head, sizeof(weight));
		head += sizeof(weight);
		decimal->negative = (header & FLAGS) == NEGATIVE;
		decimal->weight = weight;
	}
	decimal->digits = data + head;
	decimal->count = (int) ((bytes - head) / sizeof(int16));
	return true;
}

/*
 * A value as float8, the nearest to it.  Digits that are a whole number below
 * 2^53 are multiplied with, or divided by, an exact power of ten, which rounds
 * once.  Others are left to the server.
 */
double
mml_decimal_number(Datum value)
{
	static const double powers[EXACT_POWER + 1] = {
		1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12,
		1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22
	};
	MmlDecimal	decimal;
	uint64		whole = 0;
	int			power;
	double		number;

	if (mml_decimal_read(value, &decimal) && decimal.count <= 4)
	{
		for (int i = 0; i < decimal.count; i++)
			whole = whole * 10000 + (uint64) mml_decimal_digit(&decimal, i);
		power = 4 * (decimal.weight - decimal.count + 1);
		if (whole <= EXACT_NUMBER && power >= -EXACT_POWER && power <= EXACT_POWER)
		{
			number = power < 0 ? (double) whole / powers[-power] : (double) whole * powers[power];
			return decimal.negative ? -number : number;
		}
	}
	return DatumGetFloat8(DirectFunctionCall1(numeric_float8_no_overflow, value));
}

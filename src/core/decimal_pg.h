/*-------------------------------------------------------------------------
 *
 * decimal_pg.h
 *	  Values of the type numeric, read where they lie.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MML_DECIMAL_PG_H
#define MML_DECIMAL_PG_H

#include "postgres.h"

/*
 * A finite one: sum of digit(i) 10000^(weight - i), where neither the first
 * nor the last digit is 0; without digits it is 0.
 */
typedef struct MmlDecimal
{
	bool		negative;
	int			weight;
	int			count;			/* of digits */
	const char *digits;			/* (count) two bytes each, not aligned */
} MmlDecimal;

extern bool mml_decimal_read(Datum value, MmlDecimal *decimal);
extern double mml_decimal_number(Datum value);

/* Digit i, 0 to 9999. */
static inline int
mml_decimal_digit(const MmlDecimal *decimal, int i)
{
	int16		digit;

	memcpy(&digit, decimal->digits + sizeof(digit) * (Size) i, sizeof(digit));
	return digit;
}

#endif							/* MML_DECIMAL_PG_H */

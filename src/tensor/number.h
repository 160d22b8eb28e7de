/*-------------------------------------------------------------------------
 *
 * number.h
 *	  Integers and conversions where C leaves them undefined.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MML_NUMBER_H
#define MML_NUMBER_H

#include <math.h>

#include "core/kernel.h"

/* x / y, rounded towards 0; 0 where y is 0; wrapping around. */
MML_INLINE int64_t
mml_number_divide(int64_t x, int64_t y)
{
	return y == 0 ? 0 : y == -1 ? (int64_t) (-(uint64_t) x) : x / y;
}

/* What is left of x / y, with the sign of x. */
MML_INLINE int64_t
mml_number_rest(int64_t x, int64_t y)
{
	return y == 0 || y == -1 ? 0 : x % y;
}

/* What is left of x / y, with the sign of y. */
MML_INLINE int64_t
mml_number_modulo(int64_t x, int64_t y)
{
	int64_t		rest = mml_number_rest(x, y);

	return rest != 0 && (rest < 0) != (y < 0) ? rest + y : rest;
}

/* A float as an integer between limits: towards 0; NaN is 0. */
MML_INLINE int64_t
mml_number_integer(double x, int64_t least, int64_t most)
{
	return !(x == x) ? 0 : x <= (double) least ? least : x >= (double) most ? most : (int64_t) x;
}

/* x^y of integers, wrapping around; a fraction is 0. */
MML_INLINE int64_t
mml_number_power(int64_t x, int64_t y)
{
	uint64_t	result = 1;
	uint64_t	square = (uint64_t) x;

	if (y < 0)
		return x == 1 ? 1 : x == -1 ? (y % 2 != 0 ? -1 : 1) : 0;
	for (uint64_t bits = (uint64_t) y; bits != 0; bits >>= 1)
	{
		if ((bits & 1) != 0)
			result *= square;
		square *= square;
	}
	return (int64_t) result;
}

#endif							/* MML_NUMBER_H */

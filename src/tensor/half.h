/*-------------------------------------------------------------------------
 *
 * half.h
 *	  Numbers of 16 bits: float16 and bfloat16, which are computed in float32.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MML_HALF_H
#define MML_HALF_H

#include <math.h>
#include <string.h>

#include "core/kernel.h"

/* What ONNX calls the two types of elements. */
#define MML_FLOAT16 10
#define MML_BFLOAT16 16

/* A float16 as a float32: exact. */
MML_INLINE float
mml_half_float(uint16_t half)
{
	int			exponent = half >> 10 & 31;
	float		fraction = (float) (half & 1023);
	float		size = exponent == 31 ? (fraction == 0 ? INFINITY : NAN)
		: exponent == 0 ? ldexpf(fraction, -24) : ldexpf(1024 + fraction, exponent - 25);

	return (half & 0x8000) != 0 ? -size : size;
}

/* A bfloat16 as a float32: its upper half. */
MML_INLINE float
mml_half_bfloat(uint16_t half)
{
	uint32_t	bits = (uint32_t) half << 16;
	float		number;

	memcpy(&number, &bits, sizeof(number));
	return number;
}

/*
 * The nearest number with so many bits behind the first, none smaller than
 * 2^least normal, and infinity above the largest; of two as near the even one.
 */
MML_INLINE float
mml_half_round(double x, int bits, int least, double largest)
{
	double		step;

	if (!isfinite(x) || x == 0)
		return (float) x;
	step = ldexp(1, MML_MAX(ilogb(x), least) - bits);
	x = rint(x / step) * step;
	return fabs(x) > largest ? copysignf(INFINITY, (float) x) : (float) x;
}

#define MML_ROUND_FLOAT16(x) mml_half_round(x, 10, -14, 65504)
#define MML_ROUND_BFLOAT16(x) mml_half_round(x, 7, -126, 0x1.fep127)

#endif							/* MML_HALF_H */

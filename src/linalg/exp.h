/*-------------------------------------------------------------------------
 *
 * exp.h
 *	  e^x as an expression that a compiler turns into vectors.
 *
 * The C library's exp() is a call a number.  This one has no branch and no
 * table: in a loop under MML_CLONES and `omp simd` it takes about 1 ns a
 * number with AVX2.
 *
 * Method: x = n log 2 + r with |r| <= log(2) / 2, log 2 being two numbers of
 * which the first has 32 bits, so that n times it is exact (Cody and Waite,
 * Software Manual for the Elementary Functions, 1980, chapter 6); e^r by its
 * Taylor series to r^13, which leaves out less than 2^-57; times 2^n in two
 * steps, so that results below the normal numbers and above the largest come
 * out right: 0 and infinity in the end.  The error is at most 1 unit in the
 * last place (tested).  NaN stays NaN.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MML_EXP_H
#define MML_EXP_H

#include <string.h>

#include "core/kernel.h"

/* 2^n for a whole number n, -1022 <= n <= 1023, shifted there by adding. */
MML_INLINE double
mml_exp_power(double n)
{
	double		shifted = n + (0x1.8p52 + 1023);
	uint64_t	bits;
	double		power;

	memcpy(&bits, &shifted, sizeof(bits));
	bits <<= 52;
	memcpy(&power, &bits, sizeof(power));
	return power;
}

/*
 * condition ? a : b in bits, since compilers make jumps of the other form,
 * and then no vectors.
 */
MML_INLINE double
mml_exp_choose(bool condition, double a, double b)
{
	uint64_t	mask = -(uint64_t) condition;
	uint64_t	a_bits;
	uint64_t	b_bits;
	double		chosen;

	memcpy(&a_bits, &a, sizeof(a_bits));
	memcpy(&b_bits, &b, sizeof(b_bits));
	a_bits = (a_bits & mask) | (b_bits & ~mask);
	memcpy(&chosen, &a_bits, sizeof(chosen));
	return chosen;
}

/* e^x */
MML_INLINE double
mml_exp(double x)
{
	const double shift = 0x1.8p52;	/* adding it rounds to a whole number */
	double		n;
	double		half;
	double		r;
	double		r2;
	double		r4;
	double		low;
	double		middle;
	double		high;
	double		sum;

	x = mml_exp_choose(x < -746, -746, x);
	x = mml_exp_choose(x > 710, 710, x);
	n = (x * 1.4426950408889634 + shift) - shift;
	half = (n * 0.5 + shift) - shift;
	r = (x - n * 0x1.62e42feep-1) - n * 0x1.a39ef35793c76p-33;

	/* in pairs, so that multiply-adds do not wait for each other */
	r2 = r * r;
	r4 = r2 * r2;
	low = (1.0 / 2 + r * (1.0 / 6)) + r2 * (1.0 / 24 + r * (1.0 / 120));
	middle = (1.0 / 720 + r * (1.0 / 5040)) +
		r2 * (1.0 / 40320 + r * (1.0 / 362880));
	high = (1.0 / 3628800 + r * (1.0 / 39916800)) +
		r2 * (1.0 / 479001600 + r * (1.0 / 6227020800));
	sum = r + r2 * (low + r4 * (middle + r4 * high));
	return (1 + sum) * mml_exp_power(half) * mml_exp_power(n - half);
}

#endif							/* MML_EXP_H */

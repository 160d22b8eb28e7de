/*-------------------------------------------------------------------------
 *
 * vector.h
 *	  e^x and its kin in float32, as expressions that a compiler turns into
 *	  vectors.
 *
 * Method: as in linalg/exp.h, x = n log 2 + r with |r| <= log(2) / 2; e^r - 1
 * by its Taylor series to r^7, which leaves out less than 2^-27 of r; times
 * 2^n in two steps.  expm1 and tanh keep e^r - 1 apart from 1, so that results
 * near 0 keep their accuracy.  Errors are below 5e-7 of the result (tested).
 * NaN stays NaN.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MML_VECTOR_H
#define MML_VECTOR_H

#include <string.h>

#include "core/kernel.h"

/* condition ? a : b in bits, since a jump would keep vectors away. */
MML_INLINE float
mml_vector_choose(bool condition, float a, float b)
{
	uint32_t	mask = -(uint32_t) condition;
	uint32_t	a_bits;
	uint32_t	b_bits;
	float		chosen;

	memcpy(&a_bits, &a, sizeof(a_bits));
	memcpy(&b_bits, &b, sizeof(b_bits));
	a_bits = (a_bits & mask) | (b_bits & ~mask);
	memcpy(&chosen, &a_bits, sizeof(chosen));
	return chosen;
}

/* |x|, and |x| with the sign of another number */
MML_INLINE float
mml_vector_sign(float x, float sign)
{
	uint32_t	bits;
	uint32_t	sign_bits;
	float		result;

	memcpy(&bits, &x, sizeof(bits));
	memcpy(&sign_bits, &sign, sizeof(sign_bits));
	bits = (bits & 0x7fffffff) | (sign_bits & 0x80000000);
	memcpy(&result, &bits, sizeof(result));
	return result;
}

/* 2^n for a whole number n, -126 <= n <= 127 */
MML_INLINE float
mml_vector_power(float n)
{
	float		shifted = n + (0x1.8p23f + 127);
	uint32_t	bits;
	float		power;

	memcpy(&bits, &shifted, sizeof(bits));
	bits <<= 23;
	memcpy(&power, &bits, sizeof(power));
	return power;
}

/* e^x = 2^*n (1 + the result), for -104 <= x <= 89 */
MML_INLINE float
mml_vector_exp_parts(float x, float *n)
{
	const float shift = 0x1.8p23f;	/* adding it rounds to a whole number */
	float		r;
	float		r2;

	*n = (x * 1.44269504f + shift) - shift;
	r = (x - *n * 0x1.62e4p-1f) - *n * 0x1.7f7d1cp-20f;
	r2 = r * r;
	return r + r2 * ((1.0f / 2 + r * (1.0f / 6)) +
					 r2 * ((1.0f / 24 + r * (1.0f / 120)) +
						   r2 * (1.0f / 720 + r * (1.0f / 5040))));
}

/* e^x */
MML_INLINE float
mml_vector_exp(float x)
{
	const float shift = 0x1.8p23f;
	float		n;
	float		half;
	float		part;

	x = mml_vector_choose(x < -104, -104, x);
	x = mml_vector_choose(x > 89, 89, x);
	part = mml_vector_exp_parts(x, &n);
	half = (n * 0.5f + shift) - shift;
	return (1 + part) * mml_vector_power(half) * mml_vector_power(n - half);
}

/* e^x - 1, for x <= 88 */
MML_INLINE float
mml_vector_expm1(float x)
{
	float		n;
	float		part;
	float		power;

	x = mml_vector_choose(x < -30, -30, x);
	x = mml_vector_choose(x > 88, 88, x);
	part = mml_vector_exp_parts(x, &n);
	power = mml_vector_power(n);
	return power * part + (power - 1);
}

/* 2 artanh s = log((1 + s) / (1 - s)) by its series, for |s| <= 1 / 3 */
MML_INLINE float
mml_vector_log_ratio(float s)
{
	float		s2 = s * s;
	float		tail = 1.0f / 13 + s2 * (1.0f / 15);

	tail = 1.0f / 11 + s2 * tail;
	tail = 1.0f / 9 + s2 * tail;
	tail = 1.0f / 7 + s2 * tail;
	tail = 1.0f / 5 + s2 * tail;
	tail = 1.0f / 3 + s2 * tail;
	return 2 * s + 2 * s * s2 * tail;
}

/* log(1 + x), for 0 <= x <= 1 */
MML_INLINE float
mml_vector_log1p(float x)
{
	return mml_vector_log_ratio(x / (2 + x));
}

/*
 * log x: x = 2^n m with 2/3 <= m < 4/3, and log m = 2 artanh((m - 1) / (m + 1)).
 */
MML_INLINE float
mml_vector_log(float x)
{
	bool		tiny = x < 0x1p-126f;
	float		scaled = mml_vector_choose(tiny, x * 0x1p23f, x);
	uint32_t	bits;
	int32_t		n;
	float		whole;
	float		m;
	float		result;

	memcpy(&bits, &scaled, sizeof(bits));
	n = (int32_t) (bits - 0x3f2aaaab) >> 23;
	bits -= (uint32_t) n << 23;
	memcpy(&m, &bits, sizeof(m));
	whole = (float) n - mml_vector_choose(tiny, 23, 0);
	result = mml_vector_log_ratio((m - 1) / (m + 1)) + whole * 0x1.7f7d1cp-20f + whole * 0x1.62e4p-1f;
	result = mml_vector_choose(x > 0x1.fffffep127f, x, result);
	result = mml_vector_choose(x == 0, -__builtin_inff(), result);
	return mml_vector_choose(x >= 0, result, __builtin_nanf(""));
}

/*
 * The error function: below 0.9 its Taylor series to x^17, which leaves out
 * 2e-8; above, 1 - (a polynomial of t) e^-x^2, with t = 1 / (1 + p x), right to
 * 1.5e-7 (Abramowitz and Stegun, Handbook of Mathematical Functions, 1964,
 * 7.1.26).
 */
MML_INLINE float
mml_vector_erf(float x)
{
	float		most = mml_vector_sign(x, 1);
	float		x2 = x * x;
	float		t = 1 / (1 + 0.3275911f * most);
	float		near;
	float		far;

	near = 1.0f / 40320 / 17;
	near = near * x2 - 1.0f / 5040 / 15;
	near = near * x2 + 1.0f / 720 / 13;
	near = near * x2 - 1.0f / 120 / 11;
	near = near * x2 + 1.0f / 24 / 9;
	near = near * x2 - 1.0f / 6 / 7;
	near = near * x2 + 1.0f / 2 / 5;
	near = near * x2 - 1.0f / 3;
	near = (near * x2 + 1) * x * 1.12837917f;
	far = 1.061405429f;
	far = far * t - 1.453152027f;
	far = far * t + 1.421413741f;
	far = far * t - 0.284496736f;
	far = far * t + 0.254829592f;
	far = 1 - far * t * mml_vector_exp(-x2);
	return mml_vector_choose(most < 0.9f, near, mml_vector_sign(far, x));
}

/* x between 0 and 1; NaN stays */
MML_INLINE float
mml_vector_unit(float x)
{
	x = mml_vector_choose(x < 0, 0, x);
	return mml_vector_choose(x > 1, 1, x);
}

/* 1 / (1 + e^-x) */
MML_INLINE float
mml_vector_sigmoid(float x)
{
	return 1 / (1 + mml_vector_exp(-x));
}

/* tanh x = (e^2x - 1) / (e^2x + 1) */
MML_INLINE float
mml_vector_tanh(float x)
{
	float		most = mml_vector_sign(x, 1);
	float		part;

	most = mml_vector_choose(most > 10, 10, most);
	part = mml_vector_expm1(2 * most);
	return mml_vector_sign(part / (part + 2), x);
}

#endif							/* MML_VECTOR_H */

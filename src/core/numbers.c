/*-------------------------------------------------------------------------
 *
 * numbers.c
 *	  Copy and check numbers that come from outside.
 *
 * x - x is 0 just where x is finite, and NaN elsewhere; so one sum tells
 * whether all are, without a branch a number.
 *
 *-------------------------------------------------------------------------
 */
#include "core/numbers.h"

/* Copy x (n) to out (n); false if one of them is NaN or infinite. */
MML_CLONES
bool
mml_copy_finite_f8(int n, const double *restrict x, double *restrict out)
{
	double		difference = 0;

#pragma omp simd reduction(+:difference)
	for (int i = 0; i < n; i++)
	{
		out[i] = x[i];
		difference += x[i] - x[i];
	}
	return difference == 0;
}

/* The same from float4. */
MML_CLONES
bool
mml_copy_finite_f4(int n, const float *restrict x, double *restrict out)
{
	double		difference = 0;

#pragma omp simd reduction(+:difference)
	for (int i = 0; i < n; i++)
	{
		out[i] = (double) x[i];
		difference += out[i] - out[i];
	}
	return difference == 0;
}

/* Are all of x (n) finite? */
bool
mml_all_finite(size_t n, const double *x)
{
	double		difference = 0;

#pragma omp simd reduction(+:difference)
	for (size_t i = 0; i < n; i++)
		difference += x[i] - x[i];
	return difference == 0;
}

/* Which of the instruction sets of MML_CLONES this processor runs. */
const char *
mml_kernels_name(void)
{
#if defined(__x86_64__) && !defined(__clang__)
	__builtin_cpu_init();
	if (__builtin_cpu_supports("x86-64-v4"))
		return "avx512";
	if (__builtin_cpu_supports("x86-64-v3"))
		return "avx2";
#endif
	return "baseline";
}

/*-------------------------------------------------------------------------
 *
 * numbers.h
 *	  Copy and check numbers that come from outside.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MML_NUMBERS_H
#define MML_NUMBERS_H

#include "core/kernel.h"

extern bool mml_copy_finite_f8(int n, const double *x, double *out);
extern bool mml_copy_finite_f4(int n, const float *x, double *out);
extern bool mml_all_finite(size_t n, const double *x);
extern const char *mml_kernels_name(void);

#endif							/* MML_NUMBERS_H */

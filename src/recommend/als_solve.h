/*-------------------------------------------------------------------------
 *
 * als_solve.h
 *	  The small dense systems that alternating least squares is made of.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MML_ALS_SOLVE_H
#define MML_ALS_SOLVE_H

#include "core/kernel.h"

/* Factors are padded with zeros to a multiple of this. */
#define MML_ALS_UNIT 8

/* Rows that are gathered at once: with their matrix they stay in the cache. */
#define MML_ALS_GATHER 64

MML_INLINE size_t
mml_als_stride(size_t factors)
{
	return (factors + MML_ALS_UNIT - 1) / MML_ALS_UNIT * MML_ALS_UNIT;
}

/* What solving works on: numbers that the caller has room for. */
MML_INLINE size_t
mml_als_scratch(size_t stride)
{
	return stride * (stride + MML_ALS_GATHER + 3);
}

/*
 * A row's problem: find x with (C + ridge I) x = b, where
 *
 *		C = base + the sum over e of squares_e v_e v_e'
 *		b = the sum over e of targets_e v_e
 *
 * and v_e is row columns_e of factors.
 */
typedef struct MmlAlsProblem
{
	size_t		factors;		/* d */
	size_t		stride;			/* of factors, base and x */
	const float *base;			/* (stride,stride) its upper triangle */
	const float *rows;			/* (any,stride) v, padded with zeros */
	double		ridge;
	size_t		count;
	const int32_t *columns;		/* (count) */
	const float *squares;		/* (count) from 0 up; NULL: 1 each */
	const float *targets;		/* (count) */
} MmlAlsProblem;

extern void mml_als_gram(size_t rows, size_t stride, const float *v,
						 double *gram, float *scratch);
extern bool mml_als_solve(const MmlAlsProblem *problem, float *x,
						  double *explained, float *scratch);

#endif							/* MML_ALS_SOLVE_H */

/*-------------------------------------------------------------------------
 *
 * norm.h
 *	  What the files of normalisations share.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MML_NORM_H
#define MML_NORM_H

#include "tensor/operator.h"

typedef struct MmlNorm
{
	size_t		outer;			/* rows, or batch */
	size_t		channels;
	size_t		n;				/* numbers of a row, or of a plane */
	size_t		inner;			/* LpNormalization: steps between them */
	double		epsilon;
	double		alpha;			/* LRN */
	double		beta;
	double		bias;
	int64_t		size;			/* LRN; LpNormalization: p */
} MmlNorm;

/* Shapes of a tensor of (batch, channels, points). */
extern void mml_tensor_split_planes(MmlNorm *own, const MmlTensor *in);

/* Mean and variance of a row. */
extern void mml_tensor_moments_f32(size_t n, const float *x, double *mean, double *variance);
extern void mml_tensor_moments_f64(size_t n, const double *x, double *mean, double *variance);

/* Check for interrupts about once per million numbers. */
extern void mml_tensor_norm_poll(size_t *unpolled, size_t done);

#endif							/* MML_NORM_H */

/*-------------------------------------------------------------------------
 *
 * quantize.h
 *	  Bytes that stand for floats: what quantize.c and integer_product.c share.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MML_QUANTIZE_H
#define MML_QUANTIZE_H

#include "tensor/tensor.h"

/* The zero of an index: 0 where there is none, one for all where it is one. */
extern int32_t mml_tensor_zero(const MmlTensor *zero, size_t i);

/* n floats as bytes, signed or not. */
extern void mml_tensor_quantize(size_t n, const float *x, float scale, int32_t zero, bool is_signed, uint8_t *y);

#endif							/* MML_QUANTIZE_H */

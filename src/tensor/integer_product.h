/*-------------------------------------------------------------------------
 *
 * integer_product.h
 *	  Products of bytes: what those of matrices and convolutions share.
 *
 * Bytes less their zeros are integers of at most 255, which are exact as
 * float32, as are their sums up to 2^24 in whatever order they are added up.
 * So kernels of float32 compute sums of as many terms as cannot pass that, and
 * such sums are added up as int32.  How many terms that is follows from the
 * weights where they are constant, which mostly are so small that no sum needs
 * to be cut; and from the types otherwise.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MML_INTEGER_PRODUCT_H
#define MML_INTEGER_PRODUCT_H

#include "tensor/check.h"

/* Integers up to here are exact as float32. */
#define MML_INTEGER_EXACT ((int64_t) 1 << 24)

/* Bytes that are laid out anew at once: for a few rows of a matrix. */
#define MML_INTEGER_TERMS 64

/* Inputs of an operator: out = a b, b being the weights. */
typedef struct MmlIntegers
{
	bool		quantised;		/* the output is bytes, too */
	const MmlTensor *a;
	const MmlTensor *b;
	const MmlTensor *a_zero;
	const MmlTensor *b_zero;
	const MmlTensor *a_scale;
	const MmlTensor *b_scale;
	const MmlTensor *out_scale;
	const MmlTensor *out_zero;
	const MmlTensor *bias;		/* int32, of QLinearConv */
} MmlIntegers;

/* Find which inputs are what; and check them, in infer(). */
extern void mml_tensor_integers_bind(const MmlCall *call, bool quantised, MmlIntegers *in);
extern const char *mml_tensor_integers_check(MmlCall *call, const char *name, const char *attributes,
											 bool quantised, MmlIntegers *in);

/* A scale or zero is one number, or one for each of so many. */
extern const char *mml_tensor_integers_count(MmlCall *call, const char *name, const MmlTensor *tensor,
											 int64_t count);

/* The largest that a byte less its zero can be, whatever its sign. */
extern int64_t mml_tensor_integers_most(const MmlTensor *bytes, const MmlTensor *zero);

/* Are the weights constant, and their zeros? */
MML_INLINE bool
mml_integers_constant(const MmlIntegers *in)
{
	return in->b->data != NULL && (in->b_zero == NULL || in->b_zero->data != NULL);
}

/* A byte of either type. */
MML_INLINE int32_t
mml_integer(MmlElement type, uint8_t byte)
{
	return type == MML_ELEMENT_U8 ? (int32_t) byte : (int32_t) (int8_t) byte;
}

/*
 * Rows of n bytes less a zero, as float32: each between left numbers that are
 * 0 and others that fill it up to width.
 */
extern void mml_tensor_integers_float(MmlElement type, int64_t rows, int64_t n, const uint8_t *x,
									  int64_t x_row, int32_t zero, int64_t left, int64_t width, float *y);

/* sums = y, or sums += y, for sums that are exact. */
extern void mml_tensor_integers_add(size_t n, bool is_first, const float *y, int32_t *sums);

/*
 * Outputs to .. to + n - 1, which are y + sums + bias (sums NULL: 0), scaled
 * if they are quantised.  Of scales of b number i is theirs; or that of each
 * lies along, from number i on.
 */
extern void mml_tensor_integers_give(const MmlIntegers *in, const MmlCall *call, size_t n, const float *y,
									 const int32_t *sums, int32_t bias, bool along, size_t i, size_t to);

#endif							/* MML_INTEGER_PRODUCT_H */

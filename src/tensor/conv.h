/*-------------------------------------------------------------------------
 *
 * conv.h
 *	  Convolutions: what Conv and ConvTranspose share.
 *
 * A convolution in one or two dimensions is one in three, of which the first
 * have the size 1.  Numbers are checked to lie between 0 and MML_CONV_LARGEST,
 * so that a product of two of them fits.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MML_CONV_H
#define MML_CONV_H

#include "tensor/finish.h"

#define MML_CONV_LARGEST INT32_MAX

/* Dimensions: depth, height, width. */
#define MML_SPACE 3

typedef struct MmlConv
{
	int64_t		batch;
	int64_t		groups;
	int64_t		channels;		/* that come in, of a group */
	int64_t		filters;		/* that go out, of a group */
	int64_t		in[MML_SPACE];
	int64_t		out[MML_SPACE];
	int64_t		kernel[MML_SPACE];
	int64_t		stride[MML_SPACE];
	int64_t		dilation[MML_SPACE];
	int64_t		pad[MML_SPACE]; /* before the first; what is behind the last
								 * follows from out */
	MmlActivation activation;
} MmlConv;

/* Both check everything and set out[0]; conv holds 1 in unused dimensions. */
extern const char *mml_tensor_conv_shape(MmlCall *call, MmlConv *conv);
extern const char *mml_tensor_conv_transpose_shape(MmlCall *call, MmlConv *conv);

/* The number of points of a space. */
MML_INLINE int64_t
mml_conv_points(const int64_t *dims)
{
	return dims[0] * dims[1] * dims[2];
}

extern const MmlOperator mml_tensor_conv;
extern const MmlOperator mml_tensor_conv_transpose;

#endif							/* MML_CONV_H */

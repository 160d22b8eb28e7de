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

#include "tensor/gemm.h"

#define MML_CONV_LARGEST INT32_MAX

/* Dimensions: depth, height, width. */
#define MML_SPACE 3

/* How a convolution of float32 is computed: see conv_strip.c. */
typedef enum MmlConvWay
{
	MML_CONV_PLAIN,				/* loops without memory of their own */
	MML_CONV_PRODUCT,			/* one point: a product of matrices */
	MML_CONV_ROWS,				/* tiles along rows of the output */
	MML_CONV_SHORT_ROWS,		/* the same for rows shorter than a unit */
	MML_CONV_FLAT,				/* tiles across rows, what lies between being
								 * thrown away */
	MML_CONV_GATHER,			/* points are gathered first */
	MML_CONV_DEPTH,				/* each channel with a filter of its own */
	MML_CONV_POOLED,			/* tiles along two rows at once, pooled */
	MML_CONV_WINOGRAD			/* fewer products: see conv_winograd.c */
} MmlConvWay;

typedef struct MmlConvPlan
{
	MmlConvWay	way;
	bool		packs;			/* weights are constant, and laid out anew */
	bool		copies;			/* the input is laid out anew, in strips */
	int64_t		chunk;			/* channels that are summed up at once */
	int64_t		box[MML_SPACE]; /* points of the output in a strip */
	int64_t		phases[MML_SPACE];
	int64_t		shift[MML_SPACE];	/* the most that a point of the kernel is
									 * shifted, in points of a phase */
	int64_t		span[MML_SPACE];	/* points of a phase, in a strip */
	int64_t		phase;			/* span, as one number */
	int64_t		channel;		/* numbers of a channel: all phases */
	size_t		weights_bytes;	/* of packed weights */
	size_t		table_bytes;
	size_t		copy_bytes;
	size_t		image_bytes;	/* of the output for an image that is pooled
								 * when it is complete */
} MmlConvPlan;

/* How a transposed one is: see conv_transpose_float.c. */
typedef struct MmlTransposePlan
{
	bool		is_fast;
	bool		packs;			/* weights are constant, and laid out anew */
	bool		is_product;		/* the input has one point */
	int64_t		filters;		/* at once */
	int64_t		columns;		/* points of the input at once */
	size_t		weights_bytes;
	size_t		columns_bytes;
	size_t		input_bytes;	/* of an input that fills no unit, filled up */
} MmlTransposePlan;

typedef struct MmlConv
{
	const MmlTiles *tiles;
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
	bool		pool;			/* what is wanted of the output, in two
								 * dimensions, is the largest of each 2x2
								 * points, after the activation */
	bool		is_exact;		/* numbers are integers, whose plain sums are
								 * exact: no fewer products than those */
	MmlConvPlan plan;
	MmlTransposePlan transpose;
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

/* Points of a channel that an output tensor has. */
MML_INLINE int64_t
mml_conv_given(const MmlConv *c)
{
	return c->pool ? (c->out[1] / 2) * (c->out[2] / 2) : mml_conv_points(c->out);
}

/*
 * The fast way of Conv: plan what is to be done; lay constant weights out; fill
 * the table that a run wants; and run.  Weights are packed where plan.packs.
 */
extern void mml_tensor_conv_plan(MmlConv *conv, bool is_constant);
extern void mml_tensor_conv_pack(const MmlConv *conv, const float *weights, float *packed);
extern void mml_tensor_conv_table(const MmlConv *conv, uint32_t *table);
extern void mml_tensor_conv_strips(const MmlConv *conv, const float *x, const float *weights,
								   const uint32_t *table, const float *bias, float *scratch,
								   float *y);

/*
 * Copy what a box of the output wants of some channels, where it is; padding
 * must be 0 already.
 */
extern void mml_tensor_conv_copy(const MmlConv *conv, const int64_t *start, const int64_t *box,
								 const float *x, int64_t channels, float *to);

/* The way that is planned, if it is a fast one; scratch holds copy_bytes. */
extern void mml_tensor_conv_float(const MmlConv *conv, const float *x, const float *weights,
								  const uint32_t *table, const float *bias, float *scratch,
								  float *y);

/* Can tiles pool what they compute? */
extern bool mml_tensor_conv_pools(const MmlConv *conv);

/* Likewise for 3x3 points; false where that is not to be done. */
extern bool mml_tensor_winograd_plan(MmlConv *conv);
extern void mml_tensor_winograd_pack(const MmlConv *conv, const float *weights, float *packed);
extern void mml_tensor_winograd_run(const MmlConv *conv, const float *x, const float *packed,
									const float *bias, float *scratch, float *y);

/* The fast way of ConvTranspose, likewise; columns is scratch. */
extern void mml_tensor_transpose_plan(MmlConv *conv, bool is_constant);
extern void mml_tensor_transpose_pack(const MmlConv *conv, const float *weights, float *packed);
extern void mml_tensor_transpose_run(const MmlConv *conv, const float *x, const float *packed,
									 const float *bias, float *columns, float *y);

extern const MmlOperator mml_tensor_conv;
extern const MmlOperator mml_tensor_conv_transpose;

#endif							/* MML_CONV_H */

/*-------------------------------------------------------------------------
 *
 * integer_conv.h
 *	  Convolutions of bytes, of which parts are convolutions of float32.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MML_INTEGER_CONV_H
#define MML_INTEGER_CONV_H

#include "tensor/conv.h"
#include "tensor/integer_product.h"

typedef struct MmlIntegerConv
{
	MmlIntegers in;
	MmlConv		whole;
	MmlConv		part;			/* of float32: a group of a box, some channels */
	bool		is_plain;
	bool		packs;			/* weights are constant */
	int64_t		pieces;			/* that channels are cut into */
	int64_t		box[MML_SPACE];
	int64_t		span[MML_SPACE];	/* of the input, that a box wants */
	size_t		weights_bytes;	/* all that is packed, without the table */
	size_t		y_at;			/* where these are in scratch, which begins
								 * with the input of a box */
	size_t		sums_at;
	size_t		copy_at;
	size_t		weights_at;
} MmlIntegerConv;

/*
 * Plan the part, and set bytes of the call, once in and whole are known; false
 * where none can be.
 */
extern bool mml_tensor_integer_conv_plan(MmlIntegerConv *conv, MmlCall *call);

/* Pack all weights, piece by piece of each group; the table follows. */
extern void mml_tensor_integer_conv_pack(const MmlIntegerConv *conv, void *packed);

#endif							/* MML_INTEGER_CONV_H */

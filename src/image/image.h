/*-------------------------------------------------------------------------
 *
 * image.h
 *	  Rows of pixels: resized by averaging over areas, composed on white,
 *	  turned from inks into light.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MML_IMAGE_H
#define MML_IMAGE_H

#include "core/kernel.h"

/* No side of an image is longer, so that the sums of a row fit 32 bits. */
#define MML_IMAGE_SIDE 1000000

/*
 * The columns of the input that a column of the output lies over: first to
 * last, the first with weight head, the last, where it is another, with weight
 * tail, those between with the width of the output.  The weights add up to the
 * width of the input.
 */
typedef struct MmlSpan
{
	uint32_t	first;
	uint32_t	last;
	uint32_t	head;
	uint32_t	tail;
} MmlSpan;

/* A resizing under way. */
typedef struct MmlArea
{
	size_t		in_width;
	size_t		in_height;
	size_t		in_channels;	/* 1: grey, 3: RGB */
	size_t		out_width;
	size_t		out_height;
	size_t		out_channels;	/* 1: luma, 3: RGB */
	size_t		in_row;			/* rows that were taken */
	size_t		out_row;		/* rows that are complete */
	MmlSpan    *spans;			/* (out_width) */
	uint64_t   *sums;			/* (out_width, in_channels) of the output's
								 * row that is being made */
	uint32_t   *line;			/* (out_width, in_channels) of one input row */
	uint8_t    *out;			/* (out_height, out_width, out_channels) */
} MmlArea;

/* area.c */
extern size_t mml_image_area_bytes(const MmlArea *area);
extern void mml_image_area_begin(MmlArea *area, void *work, uint8_t *out);
extern void mml_image_area_row(MmlArea *area, const uint8_t *row);

/* rows.c */
extern void mml_image_on_white(size_t n, size_t colours, const uint8_t *in,
							   uint8_t *out);
extern void mml_image_from_inks(size_t n, bool inverted, const uint8_t *in,
								uint8_t *out);

#endif							/* MML_IMAGE_H */

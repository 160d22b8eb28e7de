/*-------------------------------------------------------------------------
 *
 * resize.h
 *	  What resize.c plans and resize_run.c runs.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MML_RESIZE_H
#define MML_RESIZE_H

#include "tensor/operator.h"

typedef enum MmlResizeMode
{
	MML_RESIZE_NEAREST,
	MML_RESIZE_LINEAR,
	MML_RESIZE_CUBIC
} MmlResizeMode;

typedef enum MmlCoordinates
{
	MML_COORDINATES_HALF_PIXEL,
	MML_COORDINATES_PYTORCH_HALF_PIXEL,
	MML_COORDINATES_ALIGN_CORNERS,
	MML_COORDINATES_ASYMMETRIC,
	MML_COORDINATES_TF_HALF_PIXEL_FOR_NN,
	MML_COORDINATES_TF_CROP_AND_RESIZE,
	MML_COORDINATES_HALF_PIXEL_SYMMETRIC
} MmlCoordinates;

typedef enum MmlNearest
{
	MML_NEAREST_ROUND_PREFER_FLOOR,
	MML_NEAREST_ROUND_PREFER_CEIL,
	MML_NEAREST_FLOOR,
	MML_NEAREST_CEIL
} MmlNearest;

/* What sizes mean. */
typedef enum MmlResizePolicy
{
	MML_RESIZE_STRETCH,
	MML_RESIZE_NOT_LARGER,
	MML_RESIZE_NOT_SMALLER
} MmlResizePolicy;

#define MML_MOST_TAPS 4

typedef struct MmlResizeAxis
{
	int64_t		in;
	int64_t		out;
	int			taps;			/* 1 where nothing changes */
	bool		same;
	float		scale;
	float		from;			/* of TF_CROP_AND_RESIZE: the part of the
								 * input */
	float		to;
} MmlResizeAxis;

typedef struct MmlResize
{
	MmlResizeMode mode;
	MmlCoordinates coordinates;
	MmlNearest	nearest;
	MmlResizePolicy policy;
	float		scale;			/* of all axes, unless stretched */
	float		cubic;			/* the coefficient a */
	float		outside;		/* of TF_CROP_AND_RESIZE: what lies there */
	bool		exclude_outside;
	int			rank;
	MmlResizeAxis axis[MML_RANK];
} MmlResize;

extern void mml_tensor_resize_run(const MmlCall *call);

#endif							/* MML_RESIZE_H */

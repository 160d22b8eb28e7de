/*-------------------------------------------------------------------------
 *
 * window.h
 *	  Windows that slide over the last one, two or three dimensions.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MML_WINDOW_H
#define MML_WINDOW_H

#include "tensor/operator.h"

#define MML_WINDOW_AXES 3

/*
 * Always three axes: those that a tensor does not have come first, of size 1.
 * Index o of the output looks at o * stride + k * dilation - begin, 0 <= k <
 * kernel, of the input, where that lies in it.
 */
typedef struct MmlWindow
{
	int64_t		in[MML_WINDOW_AXES];
	int64_t		out[MML_WINDOW_AXES];
	int64_t		kernel[MML_WINDOW_AXES];
	int64_t		stride[MML_WINDOW_AXES];
	int64_t		dilation[MML_WINDOW_AXES];
	int64_t		begin[MML_WINDOW_AXES];
	int64_t		end[MML_WINDOW_AXES];
	size_t		planes;			/* of the tensor: batch times channels */
	size_t		in_plane;		/* numbers of one */
	size_t		out_plane;
} MmlWindow;

/*
 * From the attributes kernel_shape, strides, pads, dilations, auto_pad and
 * ceil_mode and the first input; also sets the shape of the first output, and
 * of the second where there is one.
 */
extern const char *mml_tensor_window(MmlCall *call, const char *name, MmlWindow *window);

/*
 * The part [*from, *to) of a row of outputs whose tap k of the last axis lies in the
 * input; *offset is what that of output 0 would look at.
 */
MML_INLINE void
mml_tensor_window_row(const MmlWindow *w, int64_t k, int64_t *from, int64_t *to, int64_t *offset)
{
	int64_t		at = k * w->dilation[2] - w->begin[2];
	int64_t		last = w->in[2] - 1 - at;

	*offset = at;
	*from = at >= 0 ? 0 : (-at + w->stride[2] - 1) / w->stride[2];
	*to = last < 0 ? 0 : MML_MIN(last / w->stride[2] + 1, w->out[2]);
}

/* The largest of each 2x2 of a plane in (height,width), to out (height / 2,width / 2). */
extern void mml_tensor_pool_2x2(int64_t height, int64_t width, const float *in, float *out);

#endif							/* MML_WINDOW_H */

/*-------------------------------------------------------------------------
 *
 * conv_copy.c
 *	  The strip of an input that tiles of a convolution read: see conv_strip.c.
 *
 *-------------------------------------------------------------------------
 */
#include <string.h>

#include "tensor/conv.h"

/* Copy n numbers; rows are so short that a call would take longer. */
MML_INLINE void
copy_row(int64_t n, const float *restrict from, float *restrict to)
{
	const size_t eight = 8 * sizeof(float);

	if (n >= 8)
	{
		for (int64_t i = 0; i + 8 < n; i += 8)
			memcpy(to + i, from + i, eight);
		memcpy(to + n - 8, from + n - 8, eight);
	}
	else if (n >= 4)
	{
		memcpy(to, from, eight / 2);
		memcpy(to + n - 4, from + n - 4, eight / 2);
	}
	else
		for (int64_t i = 0; i < n; i++)
			to[i] = from[i];
}

/* Copy rows of n points, which lie step apart. */
MML_CLONES
static void
copy_rows(int64_t rows, int64_t n, const float *restrict from, int64_t from_row, int64_t step,
		  float *restrict to, int64_t to_row)
{
	for (int64_t h = 0; h < rows; h++, from += from_row, to += to_row)
		if (step == 1)
			copy_row(n, from, to);
		else if (step == 2)
			for (int64_t i = 0; i < n; i++)
				to[i] = from[2 * i];
		else
			for (int64_t i = 0; i < n; i++)
				to[i] = from[i * step];
}

/* Copy what there is of a phase of a channel; padding is 0 already. */
static void
copy_phase(const MmlConv *c, const int64_t *start, const int64_t *box, const int64_t *phase,
		   const float *x, float *to)
{
	const int64_t *span = c->plan.span;
	int64_t		at[MML_SPACE];
	int64_t		first[MML_SPACE];
	int64_t		n[MML_SPACE];

	for (int i = 0; i < MML_SPACE; i++)
	{
		int64_t		step = c->stride[i];
		int64_t		most = box[i] + c->plan.shift[i];

		at[i] = start[i] * step + phase[i] * c->dilation[i] % step - c->pad[i];
		first[i] = at[i] >= 0 ? 0 : (-at[i] + step - 1) / step;
		n[i] = at[i] >= c->in[i] ? 0 : MML_MIN((c->in[i] - 1 - at[i]) / step + 1, most);
		at[i] += first[i] * step;
		n[i] -= first[i];
		if (n[i] <= 0)
			return;
	}
	for (int64_t d = 0; d < n[0]; d++)
		copy_rows(n[1], n[2],
				  x + ((at[0] + d * c->stride[0]) * c->in[1] + at[1]) * c->in[2] + at[2],
				  c->stride[1] * c->in[2], c->stride[2],
				  to + ((first[0] + d) * span[1] + first[1]) * span[2] + first[2], span[2]);
}

/* Phase by phase of channel by channel. */
void
mml_tensor_conv_copy(const MmlConv *c, const int64_t *start, const int64_t *box, const float *x,
					 int64_t channels, float *to)
{
	const MmlConvPlan *p = &c->plan;
	int64_t		phase[MML_SPACE];

	for (int64_t j = 0; j < channels; j++, x += mml_conv_points(c->in))
	{
		for (phase[0] = 0; phase[0] < p->phases[0]; phase[0]++)
			for (phase[1] = 0; phase[1] < p->phases[1]; phase[1]++)
				for (phase[2] = 0; phase[2] < p->phases[2]; phase[2]++, to += p->phase)
					copy_phase(c, start, box, phase, x, to);
		if (j % 64 == 63)
			MML_CHECK();
	}
}

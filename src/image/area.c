/*-------------------------------------------------------------------------
 *
 * area.c
 *	  Resize an image by averaging over areas, row by row.
 *
 * Lay the output over the input, so that their edges meet.  A pixel of the
 * output is the mean of the input under it, each pixel weighted by the area
 * that they share.  In steps of one input column divided by out_width these
 * areas are whole numbers, and so is every sum here: the mean is exact, and
 * rounded once, halves upwards.  Luma is that of ITU-R BT.601 over exact
 * sums, (299 R + 587 G + 114 B) / 1000, rounded once too.
 *
 * An output that is larger than the input is made in the same way: its pixels
 * lie within one pixel of the input and repeat it, or over an edge between
 * two and mix them by area.
 *
 * The input comes row by row, and only one row of sums is kept.  Bounds: a
 * side is at most 1,000,000, so a sum over a row is below 2^28; an image has
 * at most 2^27 pixels, so 1000 times a sum over an image is below 2^46.
 *
 * Cost: in_width * in_height * in_channels additions, where it shrinks.
 *
 *-------------------------------------------------------------------------
 */
#include "image/image.h"

#include <string.h>

/* How many bytes of work mml_image_area_begin() needs, the sizes being set. */
size_t
mml_image_area_bytes(const MmlArea *area)
{
	return area->out_width * (sizeof(MmlSpan) + area->in_channels * (sizeof(uint64_t) + sizeof(uint32_t)));
}

/*
 * Begin to resize, the sizes in area being set: work has the bytes that
 * mml_image_area_bytes() told, aligned to 8.
 */
void
mml_image_area_begin(MmlArea *area, void *work, uint8_t *out)
{
	size_t		n = area->out_width * area->in_channels;

	area->sums = work;
	area->spans = (MmlSpan *) (area->sums + n);
	area->line = (uint32_t *) (area->spans + area->out_width);
	area->out = out;
	area->in_row = 0;
	area->out_row = 0;
	memset(area->sums, 0, n * sizeof(uint64_t));
	for (size_t o = 0; o < area->out_width; o++)
	{
		MmlSpan    *span = &area->spans[o];
		uint64_t	start = (uint64_t) o * area->in_width;
		uint64_t	end = start + area->in_width;

		span->first = (uint32_t) (start / area->out_width);
		span->last = (uint32_t) ((end - 1) / area->out_width);
		span->head = (uint32_t) (MML_MIN((span->first + (uint64_t) 1) * area->out_width, end) - start);
		span->tail = span->last == span->first ? 0 :
			(uint32_t) (end - (uint64_t) span->last * area->out_width);
	}
}

/* The sums of one input row over the columns of the output. */
MML_INLINE void
sum_columns(const MmlArea *area, const size_t channels, const uint8_t *row)
{
	for (size_t o = 0; o < area->out_width; o++)
	{
		MmlSpan		span = area->spans[o];
		uint32_t	between[3] = {0, 0, 0};

		for (size_t i = span.first + (size_t) 1; i < span.last; i++)
			for (size_t c = 0; c < channels; c++)
				between[c] += row[i * channels + c];
		for (size_t c = 0; c < channels; c++)
			area->line[o * channels + c] = span.head * row[span.first * channels + c] +
				between[c] * (uint32_t) area->out_width +
				span.tail * row[span.last * channels + c];
	}
}

/*
 * x / y rounded down, for x below 2^46 and a quotient of at most 255: a product
 * with inverse = 1 / y, which misses by one at most, and a correction.
 */
MML_INLINE uint64_t
quotient(uint64_t x, uint64_t y, double inverse)
{
	uint64_t	q = (uint64_t) (int64_t) ((double) (int64_t) x * inverse);

	if (q * y > x)
		return q - 1;
	return q * y + y <= x ? q + 1 : q;
}

/* Write the row of the output whose sums are complete, and clear them. */
static void
finish_row(MmlArea *area)
{
	const uint64_t *sums = area->sums;
	uint8_t    *out = area->out + area->out_row * area->out_width * area->out_channels;
	size_t		n = area->out_width * area->in_channels;
	uint64_t	whole = (uint64_t) area->in_width * area->in_height;
	bool		luma = area->in_channels == 3 && area->out_channels == 1;
	double		inverse;

	if (luma)
		whole *= 1000;
	inverse = 1 / (double) whole;
	if (luma)
		for (size_t o = 0; o < area->out_width; o++)
			out[o] = (uint8_t) quotient(299 * sums[3 * o] + 587 * sums[3 * o + 1] +
										114 * sums[3 * o + 2] + whole / 2, whole, inverse);
	else if (area->in_channels == area->out_channels)
		for (size_t i = 0; i < n; i++)
			out[i] = (uint8_t) quotient(sums[i] + whole / 2, whole, inverse);
	else
		for (size_t o = 0; o < area->out_width; o++)
			memset(out + 3 * o, (int) quotient(sums[o] + whole / 2, whole, inverse), 3);
	memset(area->sums, 0, n * sizeof(uint64_t));
	area->out_row++;
}

/*
 * Take the next row of the input, (in_width, in_channels).  After the last
 * one the output is complete.
 */
void
mml_image_area_row(MmlArea *area, const uint8_t *row)
{
	size_t		n = area->out_width * area->in_channels;
	uint64_t	at = (uint64_t) area->in_row * area->out_height;
	uint64_t	bottom = at + area->out_height;

	MML_ASSERT(area->in_row < area->in_height);
	if (area->in_channels == 1)
		sum_columns(area, 1, row);
	else
		sum_columns(area, 3, row);
	area->in_row++;
	while (at < bottom)
	{
		uint64_t	end = (area->out_row + (uint64_t) 1) * area->in_height;
		uint64_t	weight = MML_MIN(bottom, end) - at;

		for (size_t i = 0; i < n; i++)
			area->sums[i] += weight * area->line[i];
		at += weight;
		if (at == end)
		{
			finish_row(area);
			MML_CHECK();
		}
	}
}

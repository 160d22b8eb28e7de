/*-------------------------------------------------------------------------
 *
 * rows.c
 *	  Pixels as files have them, made grey or RGB.
 *
 *-------------------------------------------------------------------------
 */
#include "image/image.h"

/* x / 255, rounded, for x up to 255 * 255 */
MML_INLINE uint8_t
divide_255(uint32_t x)
{
	return (uint8_t) ((x + 127) / 255);
}

/*
 * Lay n pixels of 1 or 3 colours and an opacity, (n, colours + 1), over white.
 * out (n, colours) may be in.
 */
void
mml_image_on_white(size_t n, size_t colours, const uint8_t *in, uint8_t *out)
{
	for (size_t i = 0; i < n; i++)
	{
		const uint8_t *pixel = in + i * (colours + 1);
		uint32_t	opacity = pixel[colours];

		for (size_t c = 0; c < colours; c++)
			out[i * colours + c] = divide_255(pixel[c] * opacity + 255 * (255 - opacity));
	}
}

/*
 * Turn n pixels of cyan, magenta, yellow and black into RGB, each ink taking
 * away its share of the light.  Inverted, as Adobe's programs write them, 255
 * is no ink at all.  out (n, 3) may be in.
 */
void
mml_image_from_inks(size_t n, bool inverted, const uint8_t *in, uint8_t *out)
{
	uint32_t	turn = inverted ? 0 : 255;

	for (size_t i = 0; i < n; i++)
	{
		const uint8_t *pixel = in + i * 4;
		uint32_t	black = pixel[3] ^ turn;

		for (size_t c = 0; c < 3; c++)
			out[i * 3 + c] = divide_255((pixel[c] ^ turn) * black);
	}
}

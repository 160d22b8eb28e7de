/*-------------------------------------------------------------------------
 *
 * image_unit.c
 *	  Averaging over areas against a naive version, and rows of pixels.
 *
 *-------------------------------------------------------------------------
 */
#include "unit.h"

#include "image/image.h"

/* What two intervals share. */
static double
shared(double a, double b, double c, double d)
{
	double		length = fmin(b, d) - fmax(a, c);

	return length > 0 ? length : 0;
}

/*
 * The mean of channel c of the input under a pixel of the output, by the
 * definition; c = 3 is luma.
 */
static double
mean_under(const MmlArea *area, const uint8_t *in, size_t ox, size_t oy, size_t c)
{
	static const double luma[3] = {0.299, 0.587, 0.114};
	double		sx = (double) area->in_width / (double) area->out_width;
	double		sy = (double) area->in_height / (double) area->out_height;
	double		sum = 0;

	for (size_t y = 0; y < area->in_height; y++)
		for (size_t x = 0; x < area->in_width; x++)
		{
			const uint8_t *pixel = in + (y * area->in_width + x) * area->in_channels;
			double		weight = shared((double) x, (double) x + 1, (double) ox * sx, (double) (ox + 1) * sx) *
				shared((double) y, (double) y + 1, (double) oy * sy, (double) (oy + 1) * sy);
			double		value = 0;

			if (c < 3)
				value = pixel[area->in_channels == 1 ? 0 : c];
			else
				for (size_t k = 0; k < 3; k++)
					value += luma[k] * pixel[area->in_channels == 1 ? 0 : k];
			sum += weight * value;
		}
	return sum / (sx * sy);
}

/* Resize a whole image into out; work is freed. */
static void
resize(MmlArea *area, const uint8_t *in, uint8_t *out)
{
	void	   *work = malloc(mml_image_area_bytes(area));

	mml_image_area_begin(area, work, out);
	for (size_t y = 0; y < area->in_height; y++)
		mml_image_area_row(area, in + y * area->in_width * area->in_channels);
	free(work);
}

/* Is every pixel of a random image, resized, the mean of what is under it? */
static bool
is_mean(size_t in_width, size_t in_height, size_t in_channels, size_t out_width,
		size_t out_height, size_t out_channels)
{
	MmlArea		area = {.in_width = in_width,.in_height = in_height,.in_channels = in_channels,
	.out_width = out_width,.out_height = out_height,.out_channels = out_channels};
	size_t		n = in_width * in_height * in_channels;
	uint8_t    *in = malloc(n);
	uint8_t    *out = malloc(out_width * out_height * out_channels);
	unsigned	state = (unsigned) (n * 31 + out_width);
	bool		good;

	for (size_t i = 0; i < n; i++)
		in[i] = (uint8_t) ((state = state * 1103515245 + 12345) >> 16);
	resize(&area, in, out);
	good = area.out_row == out_height;
	for (size_t y = 0; y < out_height; y++)
		for (size_t x = 0; x < out_width; x++)
			for (size_t c = 0; c < out_channels; c++)
				good = good && fabs(out[(y * out_width + x) * out_channels + c] -
									mean_under(&area, in, x, y, out_channels == 1 ? 3 : c)) < 0.5 + 1e-6;
	free(in);
	free(out);
	return good;
}

TEST(area_shrinks)
{
	for (size_t out = 1; out <= 13; out++)
		for (size_t from = 1; from <= 3; from += 2)
			for (size_t to = 1; to <= 3; to += 2)
				CHECK(is_mean(13, 11, from, out, (out * 5) % 11 + 1, to));
}

TEST(area_enlarges)
{
	CHECK(is_mean(1, 1, 3, 5, 4, 3));
	CHECK(is_mean(3, 2, 3, 7, 9, 3));
	CHECK(is_mean(3, 2, 1, 6, 4, 3));
	CHECK(is_mean(4, 9, 3, 9, 4, 1));
	CHECK(is_mean(4, 9, 3, 9, 4, 3));
}

TEST(area_keeps_the_same_size)
{
	uint8_t		in[5 * 4 * 3];
	uint8_t		out[5 * 4 * 3];
	MmlArea		area = {.in_width = 5,.in_height = 4,.in_channels = 3,
	.out_width = 5,.out_height = 4,.out_channels = 3};

	for (size_t i = 0; i < sizeof(in); i++)
		in[i] = (uint8_t) (i * 37);
	resize(&area, in, out);
	CHECK(memcmp(in, out, sizeof(in)) == 0);
}

TEST(area_rounds_halves_upwards)
{
	const uint8_t in[4] = {0, 1, 254, 255};
	uint8_t		out[2];
	MmlArea		area = {.in_width = 4,.in_height = 1,.in_channels = 1,
	.out_width = 2,.out_height = 1,.out_channels = 1};

	resize(&area, in, out);
	CHECK(out[0] == 1 && out[1] == 255);
}

/* The longest sides there are, of white, stay white: no sum wraps. */
TEST(area_of_the_longest_sides)
{
	uint8_t    *white = malloc(MML_IMAGE_SIDE * 3);
	uint8_t		out[7 * 3];
	MmlArea		wide = {.in_width = MML_IMAGE_SIDE,.in_height = 64,.in_channels = 3,
	.out_width = 7,.out_height = 1,.out_channels = 1};
	MmlArea		tall = {.in_width = 1,.in_height = MML_IMAGE_SIDE,.in_channels = 3,
	.out_width = 1,.out_height = 7,.out_channels = 3};
	void	   *work = malloc(mml_image_area_bytes(&wide));

	memset(white, 255, MML_IMAGE_SIDE * 3);
	mml_image_area_begin(&wide, work, out);
	for (size_t y = 0; y < wide.in_height; y++)
		mml_image_area_row(&wide, white);
	free(work);
	for (size_t i = 0; i < 7; i++)
		CHECK(out[i] == 255);
	resize(&tall, white, out);
	for (size_t i = 0; i < 21; i++)
		CHECK(out[i] == 255);
	free(white);
}

/* One pixel, the largest output by far: each is that pixel. */
TEST(area_of_one_pixel)
{
	const uint8_t in[3] = {1, 128, 255};
	uint8_t    *out = malloc(65535 * 3);
	MmlArea		area = {.in_width = 1,.in_height = 1,.in_channels = 3,
	.out_width = 65535,.out_height = 1,.out_channels = 3};
	bool		good = true;

	resize(&area, in, out);
	for (size_t i = 0; i < 65535; i++)
		good = good && memcmp(out + 3 * i, in, 3) == 0;
	free(out);
	CHECK(good);
}

TEST(opacity_over_white)
{
	uint8_t		in[256 * 4];
	uint8_t		out[256 * 3];

	for (size_t i = 0; i < 256; i++)
	{
		in[4 * i] = (uint8_t) (255 - i);
		in[4 * i + 1] = 0;
		in[4 * i + 2] = 255;
		in[4 * i + 3] = (uint8_t) i;
	}
	mml_image_on_white(256, 3, in, out);
	for (size_t i = 0; i < 256; i++)
	{
		double		opacity = (double) i / 255;

		CHECK(fabs(out[3 * i] - ((double) (255 - i) * opacity + 255 * (1 - opacity))) <= 0.5);
		CHECK(out[3 * i + 1] == 255 - i);
		CHECK(out[3 * i + 2] == 255);
	}
	mml_image_on_white(256, 3, in, in);
	CHECK(memcmp(in, out, sizeof(out)) == 0);
}

TEST(inks)
{
	const uint8_t in[8] = {0, 128, 255, 0, 255, 100, 0, 51};
	uint8_t		out[6];
	const uint8_t plain[6] = {255, 127, 0, 0, 124, 204};
	const uint8_t inverted[6] = {0, 0, 0, 51, 20, 0};

	mml_image_from_inks(2, false, in, out);
	CHECK(memcmp(out, plain, 6) == 0);
	mml_image_from_inks(2, true, in, out);
	CHECK(memcmp(out, inverted, 6) == 0);
}

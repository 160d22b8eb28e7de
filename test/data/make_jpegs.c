/*
 * make_jpegs.c: the JPEG files for make_images.py, a line "name:hex" each.
 *
 * 16 columns and 8 rows, the left half of one colour and the right half of
 * another, so that every block of 8 x 8 is flat.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <jpeglib.h>

#define W 16
#define H 8

static const unsigned char left[4] = {200, 100, 50, 230};
static const unsigned char right[4] = {30, 60, 90, 250};

typedef enum Way
{
	PLAIN,
	PROGRESSIVE,
	ARITHMETIC,
	RESTARTS,
	SCANS
} Way;

static void
write_jpeg(const char *name, J_COLOR_SPACE from, J_COLOR_SPACE to, int channels, Way way)
{
	struct jpeg_compress_struct jpeg;
	struct jpeg_error_mgr error;
	unsigned char row[W * 4];
	unsigned char *file = NULL;
	unsigned long size = 0;
	static const jpeg_scan_info scans[3] = {
		{1, {0}, 0, 63, 0, 0}, {1, {1}, 0, 63, 0, 0}, {1, {2}, 0, 63, 0, 0}
	};

	jpeg.err = jpeg_std_error(&error);
	jpeg_create_compress(&jpeg);
	jpeg_mem_dest(&jpeg, &file, &size);
	jpeg.image_width = W;
	jpeg.image_height = H;
	jpeg.input_components = channels;
	jpeg.in_color_space = from;
	jpeg_set_defaults(&jpeg);
	jpeg_set_colorspace(&jpeg, to);
	jpeg_set_quality(&jpeg, 100, TRUE);
	for (int i = 0; i < channels; i++)
		jpeg.comp_info[i].h_samp_factor = jpeg.comp_info[i].v_samp_factor = 1;
	jpeg.optimize_coding = way != ARITHMETIC;
	if (way == PROGRESSIVE)
		jpeg_simple_progression(&jpeg);
	jpeg.arith_code = way == ARITHMETIC;
	if (way == RESTARTS)
		jpeg.restart_interval = 1;
	if (way == SCANS)
	{
		jpeg.scan_info = scans;
		jpeg.num_scans = 3;
	}
	jpeg_start_compress(&jpeg, TRUE);
	for (int x = 0; x < W; x++)
		memcpy(row + x * channels, x < W / 2 ? left : right, channels);
	while (jpeg.next_scanline < H)
	{
		JSAMPROW	rows[1] = {row};

		jpeg_write_scanlines(&jpeg, rows, 1);
	}
	jpeg_finish_compress(&jpeg);
	printf("%s:", name);
	for (unsigned long i = 0; i < size; i++)
		printf("%02x", file[i]);
	printf("\n");
	jpeg_destroy_compress(&jpeg);
	free(file);
}

int
main(void)
{
	write_jpeg("jpeg grey", JCS_GRAYSCALE, JCS_GRAYSCALE, 1, PLAIN);
	write_jpeg("jpeg", JCS_RGB, JCS_YCbCr, 3, PLAIN);
	write_jpeg("jpeg rgb", JCS_RGB, JCS_RGB, 3, PLAIN);
	write_jpeg("jpeg progressive", JCS_RGB, JCS_YCbCr, 3, PROGRESSIVE);
	write_jpeg("jpeg arithmetic", JCS_RGB, JCS_YCbCr, 3, ARITHMETIC);
	write_jpeg("jpeg restarts", JCS_RGB, JCS_YCbCr, 3, RESTARTS);
	write_jpeg("jpeg scans", JCS_RGB, JCS_YCbCr, 3, SCANS);
	write_jpeg("jpeg cmyk", JCS_CMYK, JCS_CMYK, 4, PLAIN);
	write_jpeg("jpeg ycck", JCS_CMYK, JCS_YCCK, 4, PLAIN);
	return 0;
}

/*-------------------------------------------------------------------------
 *
 * decode_png_pg.c
 *	  Read PNG images, by libpng.
 *
 * libpng has no memory but what it asks of us, and that lies in the context of
 * the job; so an error may leave it by our ereport(), and nothing is lost.
 * Its errors are ours.  Its warnings, which are about metadata and what
 * follows the image, tell at level DEBUG1.
 *
 * Everything but the pixels, their palette and their transparency is skipped
 * unread: colour profiles, gamma, texts.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <png.h>

#include "core/kernel.h"
#include "image/image_pg.h"

/* libpng gives up: so do we. */
static void
on_error(png_structp png, png_const_charp why)
{
	(void) png;
	mml_image_broken("PNG", why);
}

/* Something odd that libpng can do without. */
static void
on_warning(png_structp png, png_const_charp what)
{
	(void) png;
	ereport(DEBUG1, (errmsg_internal("libpng: %s", what)));
}

/* Memory for libpng */
static png_voidp
allocate(png_structp png, png_alloc_size_t bytes)
{
	return mml_image_alloc(png_get_mem_ptr(png), bytes);
}

/* What libpng frees stays counted: there is little, and it goes with the job. */
static void
release(png_structp png, png_voidp memory)
{
	(void) png;
	if (memory != NULL)
		pfree(memory);
}

/* The next bytes of the file. */
static void
read_bytes(png_structp png, png_bytep to, size_t bytes)
{
	MmlImageJob *job = png_get_io_ptr(png);

	if (bytes > job->size - job->at)
		mml_image_broken("PNG", "the data end too early");
	memcpy(to, job->data + job->at, bytes);
	job->at += bytes;
}

/* A reader that is about to read the first byte. */
static png_structp
open_png(MmlImageJob *job)
{
	png_structp png = png_create_read_struct_2(PNG_LIBPNG_VER_STRING, NULL, on_error, on_warning,
											   job, allocate, release);

	if (png == NULL)
		mml_image_broken("PNG", "libpng is of another version than its header");
	png_set_read_fn(png, job, read_bytes);
	png_set_user_limits(png, PNG_UINT_31_MAX, PNG_UINT_31_MAX); /* ours are next */
	png_set_keep_unknown_chunks(png, PNG_HANDLE_CHUNK_NEVER, NULL, -1);
	return png;
}

/* Have 8 bits a channel and no palette; how many channels there are then. */
static Size
ask_for_bytes(png_structp png, png_infop info)
{
	png_set_expand(png);
	png_set_scale_16(png);
	png_read_update_info(png, info);
	return png_get_channels(png, info);
}

/* Hand over a row, of which channels 2 and 4 have an opacity at their end. */
static void
hand_over(MmlImageJob *job, Size channels, uint8 *row)
{
	if (channels % 2 == 0)
		mml_image_on_white(job->area.in_width, channels - 1, row, row);
	mml_image_row(job, row);
}

/*
 * Read an interlaced image, which comes in seven passes: it must be held as a
 * whole.
 */
static void
read_interlaced(MmlImageJob *job, png_structp png, int passes, Size channels)
{
	Size		stride = job->area.in_width * channels;
	uint8	   *image = mml_image_alloc(job, mml_size_mul(stride, job->area.in_height));

	for (int pass = 0; pass < passes; pass++)
		for (Size y = 0; y < job->area.in_height; y++)
		{
			png_read_row(png, image + y * stride, NULL);
			MML_CHECK();
		}
	for (Size y = 0; y < job->area.in_height; y++)
		hand_over(job, channels, image + y * stride);
}

/* Read any other, row by row. */
static void
read_rows(MmlImageJob *job, png_structp png, Size channels)
{
	uint8	   *row = mml_image_alloc(job, job->area.in_width * channels);

	for (Size y = 0; y < job->area.in_height; y++)
	{
		png_read_row(png, row, NULL);
		hand_over(job, channels, row);
	}
}

/* Decode and resize a PNG image. */
void
mml_image_decode_png(MmlImageJob *job)
{
	png_structp png = open_png(job);
	png_infop	info = png_create_info_struct(png);
	png_uint_32 width,
				height;
	int			passes;
	Size		channels;

	png_read_info(png, info);
	width = png_get_image_width(png, info);
	height = png_get_image_height(png, info);
	mml_image_check_size(width, height);
	passes = png_set_interlace_handling(png);
	channels = ask_for_bytes(png, info);
	if (png_get_bit_depth(png, info) != 8 || png_get_rowbytes(png, info) != width * channels)
		mml_image_broken("PNG", "its rows have an unexpected form");
	mml_image_begin(job, width, height, channels > 2 ? 3 : 1);
	if (passes > 1)
		read_interlaced(job, png, passes, channels);
	else
		read_rows(job, png, channels);
	png_read_end(png, NULL);
}

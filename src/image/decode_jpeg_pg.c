/*-------------------------------------------------------------------------
 *
 * decode_jpeg_pg.c
 *	  Read JPEG images, by libjpeg-turbo.
 *
 * libjpeg has memory of its own.  It is counted as an estimate from above
 * before decoding starts, and freed by a callback of the job's context; so an
 * error may leave libjpeg by our ereport(), and nothing is lost.
 *
 * Where libjpeg would go on by guessing pixels, and only warn, we stop: a
 * wrong image is worse than none.  Other warnings tell at level DEBUG1.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <stdio.h>
#include <jpeglib.h>
#include <jerror.h>

#include "core/kernel.h"
#include "image/image_pg.h"

/*
 * A progressive image may have any number of scans, and each costs a pass over
 * all coefficients.  Ten are usual.
 */
#define MAX_SCANS 100

typedef struct Decoder
{
	struct jpeg_decompress_struct jpeg;
	struct jpeg_error_mgr error;
	struct jpeg_source_mgr source;
	struct jpeg_progress_mgr progress;
	MemoryContextCallback callback;
} Decoder;

/* -------------------------------------------------- what libjpeg calls us for */

/* libjpeg gives up: so do we. */
static void
on_error(j_common_ptr jpeg)
{
	char		why[JMSG_LENGTH_MAX];

	jpeg->err->format_message(jpeg, why);
	mml_image_broken("JPEG", why);
}

/* Does this warning tell that pixels are guessed from here on? */
static bool
is_guess(int code)
{
	return code == JWRN_ARITH_BAD_CODE || code == JWRN_BOGUS_PROGRESSION ||
		code == JWRN_HIT_MARKER || code == JWRN_HUFF_BAD_CODE ||
		code == JWRN_MUST_RESYNC;
}

/* Warnings have level -1; traces have others. */
static void
on_message(j_common_ptr jpeg, int level)
{
	char		what[JMSG_LENGTH_MAX];

	if (level >= 0)
		return;
	if (is_guess(jpeg->err->msg_code))
		on_error(jpeg);
	jpeg->err->format_message(jpeg, what);
	ereport(DEBUG1, (errmsg_internal("libjpeg: %s", what)));
}

/* Called often, within long steps too. */
static void
on_progress(j_common_ptr jpeg)
{
	MML_CHECK();
	if (((j_decompress_ptr) jpeg)->input_scan_number > MAX_SCANS)
		mml_image_broken("JPEG", "it has more than " CppAsString2(MAX_SCANS) " scans");
}

/* Everything is in the buffer from the start. */
static void
start_source(j_decompress_ptr jpeg)
{
	(void) jpeg;
}

/* More is wanted than there is. */
static boolean
fill_source(j_decompress_ptr jpeg)
{
	(void) jpeg;
	mml_image_broken("JPEG", "the data end too early");
	return FALSE;
}

/* Skip a marker's data. */
static void
skip_source(j_decompress_ptr jpeg, long bytes)
{
	if (bytes <= 0)
		return;
	if ((unsigned long) bytes > jpeg->src->bytes_in_buffer)
		fill_source(jpeg);
	jpeg->src->next_input_byte += bytes;
	jpeg->src->bytes_in_buffer -= (size_t) bytes;
}

/* ------------------------------------------------------------------ decoding */

/* Free what libjpeg holds. */
static void
close_jpeg(void *arg)
{
	jpeg_destroy_decompress(&((Decoder *) arg)->jpeg);
}

/* A reader that is about to read the first byte. */
static Decoder *
open_jpeg(MmlImageJob *job)
{
	Decoder    *decoder = mml_image_alloc(job, sizeof(Decoder));

	memset(decoder, 0, sizeof(Decoder));
	decoder->callback.func = close_jpeg;
	decoder->callback.arg = decoder;
	MemoryContextRegisterResetCallback(job->context, &decoder->callback);

	decoder->jpeg.err = jpeg_std_error(&decoder->error);
	decoder->error.error_exit = on_error;
	decoder->error.emit_message = on_message;
	jpeg_create_decompress(&decoder->jpeg);

	decoder->source.init_source = start_source;
	decoder->source.fill_input_buffer = fill_source;
	decoder->source.skip_input_data = skip_source;
	decoder->source.resync_to_restart = jpeg_resync_to_restart;
	decoder->source.term_source = start_source;
	decoder->source.next_input_byte = job->data;
	decoder->source.bytes_in_buffer = job->size;
	decoder->jpeg.src = &decoder->source;
	decoder->progress.progress_monitor = on_progress;
	decoder->jpeg.progress = &decoder->progress;
	return decoder;
}

/* n rounded up to a multiple of step */
static Size
round_up(Size n, int step)
{
	return (n + (Size) step - 1) / (Size) step * (Size) step;
}

/*
 * Count what libjpeg is going to allocate: half a megabyte at large, some
 * dozens of rows, and of an image in several scans all coefficients.
 */
static void
count_memory(MmlImageJob *job, struct jpeg_decompress_struct *jpeg)
{
	Size		bytes = mml_size_mul(round_up(jpeg->image_width, 32), 64 * 4) + 512 * 1024;

	if (jpeg_has_multiple_scans(jpeg))
		for (int c = 0; c < jpeg->num_components; c++)
		{
			const		jpeg_component_info *part = &jpeg->comp_info[c];
			Size		blocks = mml_size_mul(round_up(part->width_in_blocks, part->h_samp_factor),
											  round_up(part->height_in_blocks, part->v_samp_factor));

			bytes = mml_size_add(bytes, mml_size_mul(blocks, sizeof(JBLOCK) + sizeof(void *)));
		}
	mml_account_reserve(&job->account, bytes, "image_pixels");
	jpeg->mem->max_memory_to_use = (long) bytes;
}

/* Ask for grey, RGB or inks, whichever the image is nearest to. */
static void
choose_colours(struct jpeg_decompress_struct *jpeg)
{
	if (jpeg->jpeg_color_space == JCS_GRAYSCALE)
		jpeg->out_color_space = JCS_GRAYSCALE;
	else if (jpeg->jpeg_color_space == JCS_CMYK || jpeg->jpeg_color_space == JCS_YCCK)
		jpeg->out_color_space = JCS_CMYK;
	else
		jpeg->out_color_space = JCS_RGB;
}

/* Decode and resize a JPEG image. */
void
mml_image_decode_jpeg(MmlImageJob *job)
{
	struct jpeg_decompress_struct *jpeg = &open_jpeg(job)->jpeg;
	uint8	   *row;

	jpeg_read_header(jpeg, TRUE);
	mml_image_check_size(jpeg->image_width, jpeg->image_height);
	count_memory(job, jpeg);
	choose_colours(jpeg);
	jpeg_start_decompress(jpeg);
	mml_image_begin(job, jpeg->output_width, jpeg->output_height,
					jpeg->out_color_space == JCS_GRAYSCALE ? 1 : 3);
	row = mml_image_alloc(job, (Size) jpeg->output_width * 4);
	while (jpeg->output_scanline < jpeg->output_height)
	{
		JSAMPROW	rows[1] = {row};

		jpeg_read_scanlines(jpeg, rows, 1);
		if (jpeg->out_color_space == JCS_CMYK)
			mml_image_from_inks(jpeg->output_width, jpeg->saw_Adobe_marker, row, row);
		mml_image_row(job, row);
	}
	jpeg_finish_decompress(jpeg);
}

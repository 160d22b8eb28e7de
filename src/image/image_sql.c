/*-------------------------------------------------------------------------
 *
 * image_sql.c
 *	  image_pixels(image, width, height, channels)
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "fmgr.h"
#include "utils/memutils.h"

#include "core/compat_pg.h"
#include "core/kernel.h"
#include "image/image_pg.h"

/* The longest side of the pixels that can be wanted. */
#define MAX_WANTED 65535

PG_FUNCTION_INFO_V1(mml_image_pixels);

/* Count and allocate memory of a job. */
void *
mml_image_alloc(MmlImageJob *job, Size bytes)
{
	mml_account_reserve(&job->account, bytes, "image_pixels");
	return MemoryContextAllocHuge(job->context, bytes);
}

/* Refuse an image that is too large, before it is decoded. */
void
mml_image_check_size(uint64 width, uint64 height)
{
	if (width > MML_IMAGE_SIDE || height > MML_IMAGE_SIDE || width * height > MML_IMAGE_PIXELS)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("image has too many pixels"),
				 errdetail("It has " UINT64_FORMAT " x " UINT64_FORMAT
						   "; at most %d pixels and %d on a side are read.",
						   width, height, MML_IMAGE_PIXELS, MML_IMAGE_SIDE)));
}

/* An image that cannot be read. */
void
mml_image_broken(const char *format, const char *why)
{
	ereport(ERROR,
			(errcode(ERRCODE_DATA_EXCEPTION),
			 errmsg("broken %s image", format),
			 errdetail("The decoder says: %s.", why)));
}

/* The decoder knows the size: rows of so many channels are about to come. */
void
mml_image_begin(MmlImageJob *job, Size width, Size height, Size channels)
{
	job->area.in_width = width;
	job->area.in_height = height;
	job->area.in_channels = channels;
	mml_image_area_begin(&job->area, mml_image_alloc(job, mml_image_area_bytes(&job->area)), job->out);
}

/* The next row from the decoder. */
void
mml_image_row(MmlImageJob *job, const uint8 *row)
{
	MML_CHECK();
	mml_image_area_row(&job->area, row);
}

/* Decode by what the first bytes tell. */
static void
decode(MmlImageJob *job)
{
	static const uint8 png[8] = {0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'};
	static const uint8 jpeg[3] = {0xff, 0xd8, 0xff};

	if (job->size >= sizeof(png) && memcmp(job->data, png, sizeof(png)) == 0)
		mml_image_decode_png(job);
	else if (job->size >= sizeof(jpeg) && memcmp(job->data, jpeg, sizeof(jpeg)) == 0)
		mml_image_decode_jpeg(job);
	else
		ereport(ERROR,
				(errcode(ERRCODE_DATA_EXCEPTION),
				 errmsg("image is neither PNG nor JPEG"),
				 errhint("Its first bytes should be those of such a file.")));
}

/* Refuse what cannot be wanted. */
static void
check_wanted(int64 width, int64 height, int64 channels)
{
	if (width < 1 || width > MAX_WANTED)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("width must be between 1 and %d, not " INT64_FORMAT, MAX_WANTED, width)));
	if (height < 1 || height > MAX_WANTED)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("height must be between 1 and %d, not " INT64_FORMAT, MAX_WANTED, height)));
	if (channels != 1 && channels != 3)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("channels must be 1 or 3, not " INT64_FORMAT, channels),
				 errhint("1 is the brightness, 3 are red, green and blue.")));
	if (width * height > MML_IMAGE_PIXELS)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("too many pixels are wanted"),
				 errdetail(INT64_FORMAT " x " INT64_FORMAT " are more than %d.", width, height, MML_IMAGE_PIXELS)));
}

/* A job in a context of its own, below the current one. */
static MmlImageJob *
open_job(const bytea *image, int64 width, int64 height, int64 channels)
{
	MemoryContext context = AllocSetContextCreate(CurrentMemoryContext, "mediaml image_pixels",
												  ALLOCSET_DEFAULT_SIZES);
	MmlImageJob *job = MemoryContextAllocZero(context, sizeof(MmlImageJob));

	job->context = context;
	mml_account_open(&job->account, context);
	job->data = (const uint8 *) VARDATA_ANY(image);
	job->size = VARSIZE_ANY_EXHDR(image);
	job->area.out_width = (Size) width;
	job->area.out_height = (Size) height;
	job->area.out_channels = (Size) channels;
	return job;
}

/* image_pixels(image bytea, width bigint, height bigint, channels bigint) */
Datum
mml_image_pixels(PG_FUNCTION_ARGS)
{
	bytea	   *image = PG_GETARG_BYTEA_PP(0);
	int64		width = PG_GETARG_INT64(1);
	int64		height = PG_GETARG_INT64(2);
	int64		channels = PG_GETARG_INT64(3);
	MmlImageJob *job;
	bytea	   *volatile pixels;
	Size		bytes;

	check_wanted(width, height, channels);
	bytes = (Size) width * (Size) height * (Size) channels + VARHDRSZ;
	job = open_job(image, width, height, channels);
	PG_TRY();
	{
		mml_account_reserve(&job->account, bytes, "image_pixels");
		pixels = palloc(bytes);
		SET_VARSIZE(pixels, bytes);
		job->out = (uint8 *) VARDATA(pixels);
		decode(job);
	}
	PG_FINALLY();
	{
		MemoryContextDelete(job->context);
	}
	PG_END_TRY();
	PG_RETURN_BYTEA_P(pixels);
}

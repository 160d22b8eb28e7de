/*-------------------------------------------------------------------------
 *
 * image_pg.h
 *	  An image on its way from a file's bytes to the pixels that are wanted.
 *
 * The decoders read the file and hand over row after row; image_sql.c resizes
 * them.  What a job allocates is counted and lives in the context of the job,
 * which goes with it through success and error alike.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MML_IMAGE_PG_H
#define MML_IMAGE_PG_H

#include "postgres.h"

#include "core/compat_pg.h"
#include "core/memory_pg.h"
#include "image/image.h"

/* An image with more pixels is not decoded. */
#define MML_IMAGE_PIXELS 64000000

typedef struct MmlImageJob
{
	MemoryContext context;
	MmlAccount	account;		/* of what context holds */
	const uint8 *data;			/* (size) the file */
	Size		size;
	Size		at;				/* how much was read */
	MmlArea		area;			/* its output is set from the start */
	uint8	   *out;
} MmlImageJob;

/* image_sql.c */
extern void *mml_image_alloc(MmlImageJob *job, Size bytes);
extern void mml_image_check_size(uint64 width, uint64 height);
extern void mml_image_begin(MmlImageJob *job, Size width, Size height,
							Size channels);
extern void mml_image_row(MmlImageJob *job, const uint8 *row);
pg_noreturn extern void mml_image_broken(const char *format, const char *why);

/* decode_png_pg.c, decode_jpeg_pg.c */
extern void mml_image_decode_png(MmlImageJob *job);
extern void mml_image_decode_jpeg(MmlImageJob *job);

#endif							/* MML_IMAGE_PG_H */

/*-------------------------------------------------------------------------
 *
 * fit.h
 *	  What the files of clean share that make and use a preprocessor.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MML_FIT_H
#define MML_FIT_H

#include <string.h>

#include "clean/preprocessor.h"

/* Where options do not say. */
#define MML_SEPARATOR ","
#define MML_BUCKETS 32

/* More features a column than rows of PostgreSQL's arrays can sensibly have. */
#define MML_BUCKETS_MOST 65536

/* Scratch of deciding and fitting; see mml_clean_lay_out(). */
typedef struct FitWork
{
	MmlWeighted *pairs;			/* (room) */
	MmlWeighted *part;			/* (room) */
	uint64_t   *keys;			/* (2 room) */
	size_t	   *chosen;			/* (categories) */
	size_t	   *order;			/* (categories) */
	MmlText    *texts;			/* (categories) */
	int64_t    *counts;			/* (categories) */
	double	   *values;			/* (categories,1 + MML_FOLDS) */
} FitWork;

extern size_t mml_clean_lay_out(const MmlRecipe *recipe, const MmlColumn *column, void *work,
								FitWork *fit);
extern int64_t mml_clean_missing(const MmlRecipe *recipe, const MmlColumn *column);
extern bool mml_clean_text_is_missing(const MmlRecipe *recipe, MmlText text);

extern void mml_clean_sort_pairs(size_t n, MmlWeighted *pairs);
extern double mml_clean_mode(size_t n, const MmlWeighted *pairs);
extern double mml_clean_fill(const MmlRecipe *recipe, const MmlMoments *moments, size_t n,
							 const MmlWeighted *pairs);
extern void mml_clean_scale(MmlScale scale, const MmlMoments *moments, size_t n,
							const MmlWeighted *pairs, double *offset, double *divisor);
extern void mml_clean_fit_categories(const MmlRecipe *recipe, const MmlColumn *column,
									 const MmlMoments *target, FitWork *work,
									 MmlFitted *fitted);

/* Where a separator begins in a text; NULL: nowhere. */
MML_INLINE const char *
mml_clean_find(MmlText text, const char *separator, size_t length)
{
	const char *end = text.bytes + text.length;
	const char *p = text.bytes;

	while (length > 0 && (size_t) (end - p) >= length &&
		   (p = memchr(p, *separator, (size_t) (end - p) - length + 1)) != NULL)
	{
		if (memcmp(p, separator, length) == 0)
			return p;
		p++;
	}
	return NULL;
}

/*
 * Take the next item off a text, blanks around it cut away, which may leave
 * nothing; false where none is left.  *rest begins as the whole text, and its
 * bytes are NULL behind the last item.
 */
MML_INLINE bool
mml_clean_next_item(MmlText *rest, const char *separator, MmlText *item)
{
	size_t		length = strlen(separator);
	const char *end;

	if (rest->bytes == NULL)
		return false;
	end = mml_clean_find(*rest, separator, length);
	item->bytes = rest->bytes;
	item->length = end == NULL ? rest->length : (size_t) (end - rest->bytes);
	*item = mml_text_trim(*item);
	if (end == NULL)
		rest->bytes = NULL;
	else
	{
		rest->length -= (size_t) (end - rest->bytes) + length;
		rest->bytes = end + length;
	}
	return true;
}

#endif							/* MML_FIT_H */

/*-------------------------------------------------------------------------
 *
 * catalogue.h
 *	  What every recommender's model begins with: its items, found by id, and
 *	  how popular each is.
 *
 * Ids are of one type in a model: bigint, or text as UTF-8.  Items are
 * numbered in the order of their ids (texts bytewise), so that a tie broken
 * by number is a tie broken by id.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MML_CATALOGUE_H
#define MML_CATALOGUE_H

#include "core/envelope.h"
#include "core/kernel.h"

/* The longest text that can be an id. */
#define MML_ID_BYTES_MAX 4096

typedef enum MmlIdType
{
	MML_ID_BIGINT = 0,
	MML_ID_TEXT = 1
} MmlIdType;

/* An id: a number, or where text is not NULL a text of length bytes. */
typedef struct MmlId
{
	const char *text;
	union
	{
		int64_t		number;
		size_t		length;
	};
} MmlId;

typedef struct MmlCatalogue
{
	MmlIdType	id_type;
	size_t		items;			/* 1 .. INT32_MAX */
	int64_t		users;			/* who trained it */
	int64_t		pairs;			/* distinct (user, item) */
	int64_t		skipped;		/* rows with a NULL */
	const int64_t *ids;			/* (items) ascending, of type bigint; or */
	const int64_t *offsets;		/* (items + 1) of each text id in texts */
	const char *texts;
	const double *popularity;	/* (items) sums of weights */
	const int32_t *item_users;	/* (items) users of each item */
} MmlCatalogue;

/* A model of kind popularity is a catalogue and nothing else. */
typedef struct MmlPopularity
{
	MmlCatalogue catalogue;
} MmlPopularity;

/* What a user has seen: distinct items of a catalogue with their weights. */
typedef struct MmlHistory
{
	size_t		count;
	int32_t    *items;			/* (count) ascending */
	double	   *weights;		/* (count) finite, not negative */
} MmlHistory;

extern int	mml_id_compare(const MmlId *a, const MmlId *b);
extern MmlId mml_catalogue_id(const MmlCatalogue *catalogue, size_t item);
extern int32_t mml_catalogue_find(const MmlCatalogue *catalogue,
								  const MmlId *id, size_t near);
extern const char *mml_catalogue_parse(const MmlEnvelope *env, int *next,
									   MmlCatalogue *catalogue);
extern const char *mml_popularity_parse(const MmlEnvelope *env, void *parsed);

#endif							/* MML_CATALOGUE_H */

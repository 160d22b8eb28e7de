/*-------------------------------------------------------------------------
 *
 * flat.h
 *	  The flat form of the summary of a table: the state of kind "columns".
 *
 * It is a FlatTable, the options, and the columns one behind the other: each
 * a FlatColumn, then its arrays in the order of FlatParts.  Every part is
 * padded with zeros to 8 bytes.  Texts are not terminated.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MML_PROFILE_FLAT_H
#define MML_PROFILE_FLAT_H

#include "profile/profile.h"

typedef struct FlatTable
{
	MmlState	head;
	int64_t		rows;
	uint64_t	columns;
	uint64_t	options_length;
} FlatTable;

typedef struct FlatColumn
{
	int64_t		class;
	int64_t		collect;
	int64_t		rows;
	int64_t		nulls;
	int64_t		blanks;
	int64_t		padded;
	int64_t		nans;
	int64_t		infinite;
	MmlMoments	moments;		/* of all values */
	double		missing_sums[MML_TARGET_SUMS];
	uint64_t	loose;			/* how many values */
	uint64_t	runs;
	uint64_t	odd;
	int64_t		added;			/* of categories, as what follows */
	int64_t		lost;
	uint64_t	count;
	uint64_t	width;
	uint64_t	bytes;
	uint64_t	name_length;
	uint64_t	type_length;
	uint64_t	first_length;
	uint64_t	last_length;
	uint8_t		differs;		/* 0 or 1, as what follows */
	uint8_t		estimated;		/* distinct categories are */
	uint8_t		has_extremes;
	uint8_t		zeros[5];
} FlatColumn;

_Static_assert(sizeof(FlatTable) % 8 == 0 && sizeof(FlatColumn) % 8 == 0 &&
			   sizeof(MmlMoments) == 72 && sizeof(size_t) == 8,
			   "the flat form has no padding of the compiler's");

/* Where the parts of a column lie. */
typedef struct FlatParts
{
	const FlatColumn *column;
	const char *name;			/* (name_length) */
	const char *type;			/* (type_length) */
	const double *loose;		/* (loose) */
	const double *level[MML_VALUES_LEVELS]; /* (half a run) of each bit of
											 * runs, or NULL */
	const MmlDistinct *values_distinct; /* where there are runs, or NULL */
	const int64_t *counts;		/* (count) */
	const uint64_t *ends;		/* (count) */
	const double *sums;			/* (count,width) */
	const char *text;			/* (bytes) */
	const MmlDistinct *distinct;	/* where it is estimated, or NULL */
	const char *extremes;		/* (first_length + last_length) */
} FlatParts;

/* Reads a flat form part by part. */
typedef struct FlatReader
{
	const char *at;
	size_t		left;			/* bytes */
	bool		failed;			/* a part goes past the end, or is not padded
								 * with zeros */
} FlatReader;

extern const FlatTable *mml_profile_flat_begin(FlatReader *reader, const MmlState *state,
											   size_t bytes, const char **options);
extern bool mml_profile_flat_next(FlatReader *reader, FlatParts *parts);

#endif							/* MML_PROFILE_FLAT_H */

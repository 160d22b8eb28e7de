/*-------------------------------------------------------------------------
 *
 * profile.h
 *	  What one pass tells of the columns of a table: kernels.
 *
 * A column is summed up by parts, of which a caller asks for those it needs:
 *
 *		counts		rows, NULLs, blanks and so on: exact
 *		values		of numbers and times: moments (exact to rounding) and
 *					quantiles (exact to MML_EXACT values, then a sketch)
 *		categories	distinct values and how often each comes: exact to
 *					MML_EXACT of them, then the frequent ones
 *		extremes	the first and last text in the order of bytes
 *
 * All parts of two workers can be merged; the result is the same, whoever saw
 * which rows, exactly where it is exact and within the stated errors where
 * not.  Arrays grow in a Room (core/room.h); a zeroed struct is empty.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MML_PROFILE_H
#define MML_PROFILE_H

#include "core/cell.h"
#include "core/hash.h"
#include "core/room.h"
#include "core/state.h"

/* So many values, and so many distinct ones, are known exactly. */
#define MML_EXACT 100000

/* Any count of rows or of elements of lists is at most this. */
#define MML_PROFILE_MAX_ROWS ((int64_t) 1 << 53)

/* ------------------------------------------------------------- moments */

/* Of finite numbers; see moments.c. */
typedef struct MmlMoments
{
	int64_t		n;
	double		mean;			/* 0 where n is 0, as all that follows */
	double		m2;				/* sum of (x - mean)^2 */
	double		m3;				/* sum of (x - mean)^3 */
	double		min;
	double		max;
	int64_t		zeros;
	int64_t		negatives;
	double		rest;			/* the mean is mean + rest, for those who
								 * merge */
} MmlMoments;

extern void mml_profile_moments_add(MmlMoments *moments, size_t n, const double *x);
extern void mml_profile_moments_add_times(MmlMoments *moments, int64_t times, double x);
extern void mml_profile_moments_merge(MmlMoments *moments, const MmlMoments *other);
extern double mml_profile_moments_sd(const MmlMoments *moments, int ddof);
extern double mml_profile_moments_skew(const MmlMoments *moments);

/* ------------------------------------------------------------ distinct */

/* Estimates how many distinct values there are, within 1 % (one sigma). */
#define MML_DISTINCT_BITS 14
#define MML_DISTINCT_REGISTERS (1 << MML_DISTINCT_BITS)

typedef struct MmlDistinct
{
	uint8_t		registers[MML_DISTINCT_REGISTERS];
} MmlDistinct;

extern void mml_profile_distinct_merge(MmlDistinct *distinct, const MmlDistinct *other);
extern double mml_profile_distinct_estimate(const MmlDistinct *distinct);

/* Add a value, by its hash: bits for the register, then for its rank. */
MML_INLINE void
mml_profile_distinct_add(MmlDistinct *distinct, uint64_t hash)
{
	uint8_t    *reg = &distinct->registers[hash >> (64 - MML_DISTINCT_BITS)];
	uint64_t	rest = hash << MML_DISTINCT_BITS | (uint64_t) 1 << (MML_DISTINCT_BITS - 1);
	uint8_t		rank = (uint8_t) (__builtin_clzll(rest) + 1);

	if (rank > *reg)
		*reg = rank;
}

/* -------------------------------------------------------------- values */

#define MML_VALUES_LEVELS 48
#define MML_VALUES_RUN 8192		/* loose values that make a run */
#define MML_VALUES_LOOSE ((size_t) 3 * MML_VALUES_RUN)	/* room once there are
														 * levels */

/*
 * Finite numbers: all of them, in order of arrival, while they are at most
 * MML_EXACT; then at most MML_VALUES_RUN are loose, and levels hold the rest,
 * half a run each, sorted, where each value of level i stands for 2^(i+1)
 * numbers.  Bit i of runs, the number of runs so far, says that level i is
 * held; see values.c.
 */
typedef struct MmlValues
{
	MmlMoments	moments;		/* of all but loose[summed ..] */
	size_t		summed;
	size_t		count;			/* of loose */
	size_t		room;			/* of loose */
	double	   *loose;			/* (room), or (MML_VALUES_LOOSE) */
	uint64_t	runs;			/* 0: all values are loose */
	uint64_t	odd;			/* bit i: which of each pair goes to level i
								 * next */
	double	   *level[MML_VALUES_LEVELS];	/* (half a run) each, or NULL */
	MmlDistinct *distinct;		/* of all values that are not loose; NULL
								 * while all are */
} MmlValues;

/* A number that stands for so many. */
typedef struct MmlWeighted
{
	double		value;
	int64_t		weight;
} MmlWeighted;

extern void mml_profile_values_make_room(MmlValues *values, MmlRoom *room);
extern void mml_profile_values_merge(MmlValues *values, const MmlValues *other, MmlRoom *room);
extern void mml_profile_values_moments(const MmlValues *values, MmlMoments *moments);
extern bool mml_profile_values_exact(const MmlValues *values);

/*
 * The values in order: so many pairs, ascending, equal values not yet joined.
 * pairs, scratch: (mml_profile_values_pairs()).
 */
extern size_t mml_profile_values_pairs(const MmlValues *values);
extern void mml_profile_values_sorted(const MmlValues *values, MmlWeighted *pairs, uint64_t *scratch);
extern double mml_profile_values_distinct(const MmlValues *values, size_t n, const MmlWeighted *pairs,
										  bool *exact);
extern double mml_profile_weighted_quantile(size_t n, const MmlWeighted *pairs, double q);

/* Add a finite number. */
MML_INLINE void
mml_profile_values_add(MmlValues *values, double x, MmlRoom *room)
{
	if (values->count == values->room)
		mml_profile_values_make_room(values, room);
	values->loose[values->count++] = x;
}

/* ---------------------------------------------------------- categories */

#define MML_CATEGORY_NONE SIZE_MAX

/* Categories together take at most so many bytes of text. */
#define MML_CATEGORIES_BYTES ((size_t) 32 << 20)

/* A longer text is counted, but never a category of its own. */
#define MML_CATEGORY_BYTES ((size_t) 1 << 20)

/*
 * Distinct values, as bytes, and how often each came; see categories.c.  Once
 * they have been too many they are pruned to those that come often: counts
 * are then too small by at most "lost".
 */
typedef struct MmlCategories
{
	int64_t		added;			/* values, the same ones too */
	int64_t		lost;
	size_t		count;
	size_t		limit;			/* of count, once distinct is estimated */
	size_t		room;			/* of the arrays below */
	size_t		width;			/* numbers in sums for each */
	int64_t    *counts;			/* (room) */
	uint64_t   *hashes;			/* (room) */
	size_t	   *ends;			/* (room) where its text ends; the next begins */
	double	   *sums;			/* (room,width) */
	uint32_t   *slots;			/* (2 room) 0: free; see categories.c */
	size_t		mask;			/* slots in use, less 1 */
	size_t		bytes;			/* of text */
	size_t		bytes_room;
	char	   *text;			/* (bytes_room) */
	MmlDistinct *distinct;		/* of all values; NULL while all are kept */
} MmlCategories;

extern size_t mml_profile_categories_add(MmlCategories *categories, size_t length, const char *bytes,
										 int64_t times, MmlRoom *room);
extern void mml_profile_categories_fetch(const MmlCategories *categories, uint64_t hash, int step);
extern void mml_profile_categories_merge(MmlCategories *categories, const MmlCategories *other,
										 MmlRoom *room);
extern void mml_profile_categories_widen(MmlCategories *categories);
extern MmlText mml_profile_categories_text(const MmlCategories *categories, size_t i);
extern double mml_profile_categories_distinct(const MmlCategories *categories);
extern bool mml_profile_categories_exact(const MmlCategories *categories);

/*
 * Choose the most frequent, then put them into the order of bytes.  chosen:
 * (most or count, whichever is less); scratch: (n).
 */
extern size_t mml_profile_categories_top(const MmlCategories *categories, int64_t min_count,
										 size_t most, size_t *chosen);
extern void mml_profile_categories_sort(const MmlCategories *categories, size_t n, size_t *chosen,
										size_t *scratch);

/* -------------------------------------------------------------- columns */

/* What to collect of a column besides counts. */
#define MML_COLLECT_VALUES 1	/* of NUMBER, BOOLEAN, TIME cells */
#define MML_COLLECT_CATEGORIES 2	/* of TEXT and LIST cells; of others by
									 * mml_profile_column_add_key() */
#define MML_COLLECT_EXTREMES 4	/* of TEXT cells */
#define MML_COLLECT_TRIMMED 8	/* blanks around texts are no part of them */
#define MML_COLLECT_TARGET 16	/* sums of the target for each category */

/*
 * The target is summed apart for each fold of rows.  A category's sums are,
 * for each fold, how many of its rows have a target, and what these add up to.
 */
#define MML_FOLDS 5
#define MML_TARGET_SUMS (2 * MML_FOLDS)

typedef struct MmlColumn
{
	MmlClass	class;
	int			collect;
	int64_t		rows;			/* all */
	int64_t		nulls;
	int64_t		blanks;			/* texts without any but blanks; empty lists */
	int64_t		padded;			/* other texts with blanks around them */
	int64_t		nans;
	int64_t		infinite;
	bool		differs;		/* from the target, in some row where that is
								 * known; lists do */
	double		missing_sums[MML_TARGET_SUMS];	/* of rows where it is
												 * missing, as of a category */
	MmlValues	values;
	MmlCategories categories;
	bool		has_extremes;
	size_t		first_length;	/* of the extremes; see extremes */
	size_t		last_length;
	size_t		extremes_room;
	char	   *extremes;		/* the first text, then the last; each cut to
								 * MML_CATEGORY_BYTES */
} MmlColumn;

/* The target of a row, where there is one. */
typedef struct MmlTarget
{
	bool		present;
	double		y;
	int			fold;			/* 0 .. MML_FOLDS - 1, of the row */
	const MmlCell *cell;		/* the target as it stands in the row, to
								 * compare columns with; NULL: with y */
} MmlTarget;

extern void mml_profile_column_add(MmlColumn *column, const MmlCell *cell, const MmlTarget *target,
								   MmlRoom *room);
extern size_t mml_profile_column_sums(int collect);
extern size_t mml_profile_column_add_key(MmlColumn *column, size_t length, const char *key, MmlRoom *room);
extern void mml_profile_column_merge(MmlColumn *column, const MmlColumn *other, MmlRoom *room);

/* ---------------------------------------------------------------- table */

/*
 * The summary of a table, as an aggregate holds it.  Its flat form is the
 * state of kind "columns": see table.c.
 */
typedef struct MmlTable
{
	size_t		count;			/* of columns */
	MmlColumn  *columns;		/* (count) */
	char	  **names;			/* (count) UTF-8 */
	char	  **types;			/* (count) UTF-8, what SQL calls them */
	char	   *options;		/* UTF-8, of the aggregate; "" */
	int64_t		rows;
} MmlTable;

extern const MmlStateKind mml_profile_table_kind;

extern size_t mml_profile_table_flat_size(const MmlTable *table);
extern void mml_profile_table_flatten(const MmlTable *table, MmlState *flat);
extern void mml_profile_table_open(MmlTable *table, const MmlState *flat, MmlRoom *room);
extern bool mml_profile_table_fits(const MmlTable *table, const MmlTable *other);
extern void mml_profile_table_merge(MmlTable *table, const MmlTable *other, MmlRoom *room);

/* ----------------------------------------------------------- suspicions */

/* What of a column of texts looks wrong, from its categories. */
typedef struct MmlSuspicions
{
	size_t		examined;		/* categories that are not blank */
	size_t		numbers;		/* that are numbers */
	size_t		dates;			/* that are dates, and no numbers */
	size_t		units;			/* different currencies or units beside
								 * numbers */
	char		unit[4][16];	/* the first of them, by how many have it;
								 * UTF-8 */
} MmlSuspicions;

extern void mml_profile_suspect_texts(const MmlCategories *categories, MmlSuspicions *suspicions);

#endif							/* MML_PROFILE_H */

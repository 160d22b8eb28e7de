/*-------------------------------------------------------------------------
 *
 * preprocessor.h
 *	  How the columns of a raw row become numbers: kernels.
 *
 * A recipe says what is to become of one column.  It is written in options,
 * or chosen, where options are silent, as a careful analyst would once the
 * column has been summed up (decide.c).  Fitting it to the summary gives the
 * numbers that it needs (fit.c).  All fitted columns together are the model of
 * kind "preprocessor", and preparing a row applies it (prepare.c).
 *
 * A number or time goes this way:
 *
 *		missing?	NULL, NaN, a value of "missing_values"; infinity, unless
 *					it is clipped
 *		clip		to [low, high]
 *		fill		what is missing
 *		scale		(x - offset) / scale, or log1p
 *
 * A text goes: trim blanks; missing? (NULL, blank, "missing_values"); fill by
 * the mode or a constant; find its category; give the category's features.
 * A list, or a text with a separator, goes so item by item.
 *
 * In training:
 *
 *		mml_clean_collect()		what the summary of a column must hold
 *		mml_clean_admit()		each cell, before it is summed up
 *		mml_clean_split()		and a text that holds a list
 *		mml_clean_decide()		the recipe, with no AUTO left
 *		mml_clean_fit()			its numbers
 *		mml_clean_rows(), mml_clean_index(), mml_clean_feature_name()
 *								what the sections of the model hold of it
 *
 *-------------------------------------------------------------------------
 */
#ifndef MML_PREPROCESSOR_H
#define MML_PREPROCESSOR_H

#include "core/cell.h"
#include "core/envelope.h"
#include "core/text.h"
#include "profile/profile.h"

/* ---------------------------------------------------------------- recipe */

/* AUTO, the zero of each: options are silent, choose. */
typedef enum MmlImpute
{
	MML_IMPUTE_AUTO,
	MML_IMPUTE_NONE,			/* a missing number is an error; a missing
								 * category has its own feature, or zeros */
	MML_IMPUTE_MEAN,
	MML_IMPUTE_MEDIAN,
	MML_IMPUTE_MODE,			/* the most frequent; of ties the first */
	MML_IMPUTE_CONSTANT
} MmlImpute;

typedef enum MmlEncode
{
	MML_ENCODE_AUTO,
	MML_ENCODE_NUMBER,			/* as it is: one number */
	MML_ENCODE_ONE_HOT,			/* a 0 or 1 for each category */
	MML_ENCODE_ORDINAL,			/* 0 .. in the order of bytes; k: other; -1:
								 * missing */
	MML_ENCODE_FREQUENCY,		/* the share of rows that have it */
	MML_ENCODE_MULTI_HOT,		/* one-hot of many: lists, or separated texts */
	MML_ENCODE_HASH,			/* a 1 in one of so many buckets */
	MML_ENCODE_TARGET,			/* mean of the target, drawn to the overall
								 * mean */
	MML_ENCODE_MAP,				/* the number that "map" gives it */
	MML_ENCODE_PARTS			/* of a time: days, and calendar parts */
} MmlEncode;

typedef enum MmlUnseen
{
	MML_UNSEEN_OTHER,			/* the feature of rare ones, if there is one */
	MML_UNSEEN_ZERO,
	MML_UNSEEN_ERROR
} MmlUnseen;

typedef enum MmlScale
{
	MML_SCALE_AUTO,
	MML_SCALE_NONE,
	MML_SCALE_STANDARD,			/* mean 0, standard deviation (of n) 1 */
	MML_SCALE_MINMAX,			/* 0 .. 1 */
	MML_SCALE_ROBUST,			/* median 0, interquartile range 1 */
	MML_SCALE_LOG1P				/* sign(x) log(1 + |x|) */
} MmlScale;

typedef enum MmlClip
{
	MML_CLIP_NONE,
	MML_CLIP_RANGE,				/* low .. high as given */
	MML_CLIP_IQR,				/* quartiles, and low times their distance
								 * beyond */
	MML_CLIP_QUANTILES			/* quantiles low and high */
} MmlClip;

/* Calendar parts, of UTC. */
#define MML_PART_DAYS 1			/* since 2000-01-01, with a fraction */
#define MML_PART_YEAR 2
#define MML_PART_QUARTER 4
#define MML_PART_MONTH 8		/* 1 .. 12 */
#define MML_PART_DAY 16			/* of the month */
#define MML_PART_WEEKDAY 32		/* 1 Monday .. 7 Sunday */
#define MML_PART_HOUR 64		/* 0 .. 23 */
#define MML_PARTS 7

typedef struct MmlRecipe
{
	MmlClass	class;
	bool		asked;			/* for by name: what does not fit is an error */
	bool		as_text;		/* numbers, booleans and times as categories */
	MmlImpute	impute;
	double		fill;			/* CONSTANT, of a number or time, or for MAP
								 * where there is no fill_text */
	const char *fill_text;		/* CONSTANT, of a category; or NULL */
	bool		indicator;		/* a feature that says what was missing */
	MmlEncode	encode;
	MmlUnseen	unseen;
	MmlScale	scale;
	MmlClip		clip;
	double		low;
	double		high;
	int64_t		min_count;		/* rarer categories are "other" */
	int64_t		max_categories; /* 0: as the encoding has it */
	int			parts;			/* 0: choose */
	int64_t		buckets;		/* HASH */
	double		smoothing;		/* TARGET: rows that the overall mean counts
								 * as */
	bool		drop_first;		/* ONE_HOT: no feature for the first category */
	const char *separator;		/* MULTI_HOT, HASH of a text as a list; or
								 * NULL, for MULTI_HOT a comma */
	int			missing_count;	/* "missing_values" */
	const char **missing;		/* (missing_count) UTF-8; of what is read as a
								 * number or time: see mml_clean_number() */
	int			map_count;		/* MAP */
	const char **map_keys;		/* (map_count) UTF-8, ascending, distinct */
	double	   *map_values;		/* (map_count) finite */
} MmlRecipe;

/* Why a column is no feature. */
typedef enum MmlDecision
{
	MML_TAKE = 0,
	MML_LEAVE_UNFIT,			/* its type cannot be a number */
	MML_LEAVE_EMPTY,			/* no value is present */
	MML_LEAVE_CONSTANT,			/* its features are the same in every row */
	MML_LEAVE_ID,				/* like an id: (nearly) every row has its own */
	MML_LEAVE_LEAK				/* it equals the target */
} MmlDecision;

/* Kept categories, where max_categories is 0. */
#define MML_ONE_HOT_AUTO 50		/* more are FREQUENCY, where AUTO chooses */
#define MML_MULTI_HOT_MOST 50
#define MML_CATEGORIES_MOST 10000

extern int	mml_clean_collect(const MmlRecipe *recipe, bool target);
extern void mml_clean_admit(const MmlRecipe *recipe, MmlCell *cell);
extern bool mml_clean_is_list(const MmlRecipe *recipe);
extern size_t mml_clean_split(MmlText text, const char *separator, size_t room, MmlText *items);
extern bool mml_clean_number(const char *text, double *number);

/* Scratch that deciding and fitting need, in bytes; aligned to 16. */
extern size_t mml_clean_work(const MmlRecipe *recipe, const MmlColumn *column);
extern MmlDecision mml_clean_decide(MmlRecipe *recipe, const MmlColumn *column,
									const char *name, const char *type, void *work);

/* ------------------------------------------------------------------- fit */

/*
 * What fitting a recipe to a column gives.  Arrays lie in the work given, and
 * texts in the column or the recipe.
 */
#define MML_POINTS 19			/* 1/20 .. 19/20: no extremes, which are of
								 * one row */

typedef struct MmlFitted
{
	double		fill;			/* of a number or time, or MAP; else 0 */
	double		low;			/* clipped to; -Infinity, Infinity: not */
	double		high;
	double		offset;			/* (x - offset) / scale */
	double		scale;			/* not 0 */
	double		part_offset[MML_PARTS]; /* of PARTS the same, by part */
	double		part_scale[MML_PARTS];
	double		points[MML_POINTS]; /* quantiles of what is present, clipped:
									 * values that came */
	double		shares[MML_POINTS]; /* of values that are at most each */
	int64_t		rows;
	int64_t		missing;		/* rows where it is */
	int64_t		other;			/* values whose category is not kept */
	double		missing_value;	/* FREQUENCY, ORDINAL, TARGET, MAP: of a
								 * missing cell that is not filled */
	double		other_value;	/* of one that was not kept, or never seen */
	bool		has_other;		/* a feature for other categories */
	bool		has_missing;	/* a feature for a missing cell */
	size_t		features;
	size_t		categories;		/* in the order of bytes */
	size_t		width;			/* of values: 1, or 1 + MML_FOLDS of TARGET */
	MmlText    *texts;			/* (categories) */
	int64_t    *counts;			/* (categories) with the rows filled by it */
	double	   *values;			/* (categories,width) see MmlPreprocessor,
								 * where what a narrower column lacks is 0 */
	ptrdiff_t	fill_category;	/* -1: none */
} MmlFitted;

extern void mml_clean_fit(const MmlRecipe *recipe, const MmlColumn *column,
						  const MmlMoments *target, MmlFitted *fitted, void *work);

/* ----------------------------------------------------------------- model */

/* Whole numbers of a column in section "recipes". */
enum
{
	CLEAN_CLASS, CLEAN_AS_TEXT, CLEAN_IMPUTE, CLEAN_INDICATOR, CLEAN_ENCODE, CLEAN_UNSEEN,
	CLEAN_SCALE, CLEAN_CLIP, CLEAN_PARTS, CLEAN_BUCKETS, CLEAN_DROP_FIRST,
	CLEAN_OTHER,				/* has a feature for other categories */
	CLEAN_MISSING,				/* has a feature for a missing category */
	CLEAN_FILL_CATEGORY,		/* -1: none */
	CLEAN_MISSING_TEXTS,		/* number of missing_values */
	CLEAN_CATEGORIES,
	CLEAN_FEATURES,
	CLEAN_RECIPE				/* how many there are */
};

/* Numbers of a column in section "numbers". */
enum
{
	CLEAN_FILL, CLEAN_LOW, CLEAN_HIGH, CLEAN_OFFSET, CLEAN_DIVISOR,
	CLEAN_ROWS,
	CLEAN_NULLS,				/* rows where it was missing */
	CLEAN_OTHERS, CLEAN_OTHER_VALUE, CLEAN_MISSING_VALUE,
	CLEAN_SMOOTHING, CLEAN_MIN_COUNT,
	CLEAN_PART_OFFSET,			/* of each of MML_PARTS */
	CLEAN_PART_DIVISOR = CLEAN_PART_OFFSET + MML_PARTS,
	CLEAN_NUMBERS = CLEAN_PART_DIVISOR + MML_PARTS
};

/* Whole numbers of the model in section "rows". */
enum
{
	CLEAN_SEEN,					/* rows in training */
	CLEAN_TARGET_CLASS,			/* of the columns in roles; 0: none */
	CLEAN_ID_CLASS,
	CLEAN_SUMMARY
};

/* Texts in section "roles": the columns that options target and id name. */
enum
{
	CLEAN_TARGET, CLEAN_TARGET_TYPE, CLEAN_ID, CLEAN_ID_TYPE,
	CLEAN_ROLES
};

/*
 * A parsed model: it points into its envelope, whose sections are, in this
 * order, recipes I32, numbers F64, hashes I64, codes I32, counts I64, values
 * F64, texts I64, pool U8, rows I64, the lists of texts names, types,
 * separators, missing, feature_names, roles, and quantiles F64, which may be
 * lacking.
 *
 * A column's categories lie together.  The code of a category is its place in
 * the order of bytes, which is the order of its features, and of texts in the
 * pool; hashes and codes lie in the order of hashes, as unsigned numbers, then
 * of codes.
 */
typedef struct MmlPreprocessor
{
	size_t		columns;
	size_t		features;
	size_t		categories;		/* of all columns */
	size_t		width;			/* of values: 1, or 1 + MML_FOLDS where a
								 * column is encoded by TARGET */
	MmlTexts	names;			/* (columns) */
	MmlTexts	types;			/* (columns) SQL types in training */
	MmlTexts	separators;		/* (columns) "": none */
	MmlTexts	missing;		/* missing_values of all columns */
	MmlTexts	feature_names;	/* (features) */
	MmlTexts	roles;			/* (CLEAN_ROLES) "": none */
	const int32_t *recipes;		/* (columns,CLEAN_RECIPE) */
	const double *numbers;		/* (columns,CLEAN_NUMBERS) */
	const int64_t *hashes;		/* (categories) */
	const int32_t *codes;		/* (categories) */
	const int64_t *counts;		/* (categories) by code */
	const double *values;		/* (categories,width) by code: what ORDINAL,
								 * FREQUENCY, TARGET, MAP give; behind it of
								 * TARGET without each fold */
	const int64_t *texts;		/* (categories + 1) by code: where each begins
								 * in the pool */
	const char *pool;
	const int64_t *rows;		/* (CLEAN_SUMMARY,1) */
	const double *quantiles;	/* (columns of numbers or times,2 MML_POINTS)
								 * points, then shares; NULL: not known */
} MmlPreprocessor;

/* Is a column one of numbers or times, by its row of section "recipes"? */
MML_INLINE bool
mml_clean_is_numbers(const int32_t *whole)
{
	return whole[CLEAN_ENCODE] == MML_ENCODE_NUMBER || whole[CLEAN_ENCODE] == MML_ENCODE_PARTS;
}

extern void mml_clean_rows(const MmlRecipe *recipe, const MmlFitted *fitted,
						   int32_t *whole, double *numbers);
extern void mml_clean_index(size_t n, const MmlText *texts, int64_t *hashes, int32_t *codes);
extern size_t mml_clean_feature_name(const int32_t *whole, const MmlText *texts, const char *name,
									 size_t feature, size_t room, char *buffer);
extern size_t mml_clean_features(const int32_t *whole);

extern const char *mml_clean_parse(const MmlEnvelope *env, void *parsed);

/*
 * The raw columns: of the features, and where a TARGET encoding needs them,
 * behind those the target and the id, which a row may lack.
 */
extern int	mml_clean_inputs(const MmlPreprocessor *model);
extern MmlInput mml_clean_input(const MmlPreprocessor *model, int i);
extern int	mml_clean_fold(MmlText id);

extern MmlPrepared mml_clean_prepare(const MmlPreprocessor *model, const MmlCell *cells,
									 double *x, size_t *column);
extern bool mml_clean_mend(const MmlPreprocessor *model, size_t column, const MmlCell *cell,
						   MmlCell *mended);
extern bool mml_clean_unit(const MmlPreprocessor *model, size_t feature, double *offset,
						   double *scale);

#endif							/* MML_PREPROCESSOR_H */

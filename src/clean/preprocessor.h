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
 *
 *-------------------------------------------------------------------------
 */
#ifndef MML_PREPROCESSOR_H
#define MML_PREPROCESSOR_H

#include "core/cell.h"
#include "core/envelope.h"
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
	MML_ENCODE_ORDINAL,			/* 0 .. in the order of bytes; k: other; -1: missing */
	MML_ENCODE_FREQUENCY,		/* the share of rows that have it */
	MML_ENCODE_MULTI_HOT,		/* one-hot of many: lists, or separated texts */
	MML_ENCODE_HASH,			/* a 1 in one of so many buckets */
	MML_ENCODE_TARGET,			/* mean of the target, drawn to the overall mean */
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
	MML_CLIP_IQR,				/* quartiles, and low times their distance beyond */
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
	double		fill;			/* CONSTANT, of a number or time */
	const char *fill_text;		/* CONSTANT, of a text; or NULL */
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
	double		smoothing;		/* TARGET: rows that the overall mean counts as */
	bool		drop_first;		/* ONE_HOT: no feature for the first category */
	const char *separator;		/* MULTI_HOT of a text; or NULL */
	int			missing_count;	/* "missing_values" */
	const char **missing;		/* (missing_count) UTF-8 */
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
	MML_LEAVE_CONSTANT,			/* one value only, none missing */
	MML_LEAVE_ID				/* like an id: (nearly) every row has its own */
} MmlDecision;

extern int	mml_clean_collect(const MmlRecipe *recipe, bool target);
extern MmlDecision mml_clean_decide(MmlRecipe *recipe, const MmlColumn *column, const char *name);

/* ------------------------------------------------------------------- fit */

/* What fitting a recipe to a column gives. */
typedef struct MmlFitted
{
	double		fill;			/* of a number or time; else 0 */
	double		low;			/* clipped to; -Infinity, Infinity: not */
	double		high;
	double		offset;			/* (x - offset) / scale */
	double		scale;			/* not 0 */
	int64_t		rows;
	int64_t		missing;
	int64_t		other;			/* values whose category is not kept */
	double		missing_value;	/* FREQUENCY, TARGET: of a missing cell */
	double		other_value;
	size_t		categories;
	size_t	   *chosen;			/* (categories) of the column, in order of bytes */
	ptrdiff_t	fill_category;	/* index in chosen; -1: none */
} MmlFitted;

/* Scratch that fitting needs, in bytes. */
extern size_t mml_clean_fit_work(const MmlColumn *column);
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
	CLEAN_ROWS, CLEAN_NULLS, CLEAN_OTHERS, CLEAN_OTHER_VALUE, CLEAN_MISSING_VALUE,
	CLEAN_SMOOTHING, CLEAN_MIN_COUNT,
	CLEAN_NUMBERS
};

/*
 * A parsed model: it points into its envelope.  A column's categories lie
 * together, sorted by hash; code is the place of a category in the order of
 * bytes, which is the order of its features, and of texts in the pool.
 */
typedef struct MmlPreprocessor
{
	size_t		columns;
	size_t		features;
	size_t		categories;		/* of all columns */
	size_t		width;			/* of values: 1, or 1 + MML_FOLDS */
	MmlTexts	names;			/* (columns) */
	MmlTexts	types;			/* (columns) SQL types in training */
	MmlTexts	separators;		/* (columns) "": none */
	MmlTexts	missing;		/* missing_values of all columns */
	MmlTexts	feature_names;	/* (features) */
	MmlTexts	roles;			/* (2) names of the target and the id, or "" */
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
	const int64_t *rows;		/* (1) */
} MmlPreprocessor;

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

/*-------------------------------------------------------------------------
 *
 * recipe_read_pg.h
 *	  What the files that read the options of a column share.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MML_RECIPE_READ_PG_H
#define MML_RECIPE_READ_PG_H

#include "postgres.h"

#include "clean/recipe_pg.h"
#include "core/options_pg.h"

/* The options of a column; NULL, -1 or NaN where one is absent. */
typedef struct CleanGiven
{
	char	   *impute;
	JsonbValue *fill;
	JsonbValue *indicator;
	JsonbValue *map;
	char	   *encode;
	char	   *separator;
	int64		buckets;
	double		smoothing;
	int64		min_count;
	int64		max_categories;
	char	   *unseen;
	JsonbValue *clip;
	char	   *scale;
	MmlNames	parts;
	JsonbValue *drop_first;
	JsonbValue *missing_values;
	JsonbValue *passthrough;
} CleanGiven;

/* Options being read for a column. */
typedef struct CleanReading
{
	MmlSource  *source;
	MmlRecipe  *recipe;			/* its */
	const CleanGiven *given;
	bool		by_name;
} CleanReading;

/* A word that an option can be. */
typedef struct CleanWord
{
	const char *name;
	int			value;
} CleanWord;

extern bool mml_clean_option_fits(const CleanReading *r, bool fit, const char *option,
								  const char *hint);
extern void mml_clean_option_report(const char *option, const char *wanted);
extern int	mml_clean_option_word(const char *option, const char *given,
								  const CleanWord *words, int count);
extern void mml_clean_option_bool(const char *option, const JsonbValue *value, bool *out);
extern const char *mml_clean_option_trim(const char *text);
extern const char *mml_clean_option_text(const JsonbValue *value);
extern bool mml_clean_option_number(const CleanReading *r, const JsonbValue *value,
									MmlClass class, double *number);
extern int	mml_clean_option_elements(const JsonbValue *value, JsonbValue **elements);

extern bool mml_clean_recipe_is_category(const CleanReading *r);
extern bool mml_clean_recipe_is_number(const CleanReading *r);
extern void mml_clean_recipe_encode(CleanReading *r);
extern void mml_clean_recipe_passthrough(CleanReading *r);

#endif							/* MML_RECIPE_READ_PG_H */

/*-------------------------------------------------------------------------
 *
 * options_pg.h
 *	  The options jsonb of training functions, read by a table.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MML_OPTIONS_PG_H
#define MML_OPTIONS_PG_H

#include "postgres.h"

#include "utils/jsonb.h"

/* A list of texts, in the encoding of the server. */
typedef struct MmlNames
{
	int			count;
	char	  **names;
} MmlNames;

typedef enum MmlOptionType
{
	MML_OPTION_INT,				/* int64; low and high inclusive */
	MML_OPTION_FLOAT,			/* double; low and high inclusive */
	MML_OPTION_BOOL,			/* bool */
	MML_OPTION_TEXT,			/* char * */
	MML_OPTION_NAMES,			/* MmlNames */
	MML_OPTION_RAW				/* JsonbValue *, for the module to read */
} MmlOptionType;

/* One option: where its value goes; untouched where it is absent or null. */
typedef struct MmlOption
{
	const char *name;
	MmlOptionType type;
	void	   *value;
	double		low;
	double		high;
} MmlOption;

extern void mml_options_read(Jsonb *options, const MmlOption *table, int count);
extern void mml_options_check_same(Jsonb *first, Jsonb *now);
extern void mml_options_check_names(const MmlNames *names, int features);
extern char *mml_json_text(const JsonbValue *value);
extern bool mml_json_number(const JsonbValue *value, double *number);

#endif							/* MML_OPTIONS_PG_H */

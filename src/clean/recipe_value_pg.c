/*-------------------------------------------------------------------------
 *
 * recipe_value_pg.c
 *	  Values of the options of a column, and what is wrong with them.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>

#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/numeric.h"
#include "utils/timestamp.h"

#include "clean/recipe_read_pg.h"
#include "core/model_pg.h"

/* ----------------------------------------------------------------- errors */

/*
 * Does an option fit the column?  Where it does not, it is passed over in
 * "default", and an error by name.
 */
bool
mml_clean_option_fits(const CleanReading *r, bool fit, const char *option, const char *hint)
{
	if (!fit && r->by_name)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("option \"%s\" does not fit column \"%s\" of type %s",
						option, r->source->name, r->source->type),
				 errhint("%s", hint)));
	return fit;
}

/* Complain that an option has a value of the wrong kind. */
void
mml_clean_option_report(const char *option, const char *wanted)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("option \"%s\" must be %s", option, wanted)));
}

/* What a word means. */
int
mml_clean_option_word(const char *option, const char *given, const CleanWord *words, int count)
{
	StringInfoData list;

	for (int i = 0; i < count; i++)
		if (strcmp(words[i].name, given) == 0)
			return words[i].value;
	initStringInfo(&list);
	for (int i = 0; i < count; i++)
		appendStringInfo(&list, "%s\"%s\"", i == 0 ? "" : ", ", words[i].name);
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("option \"%s\" cannot be \"%s\"", option, given),
			 errhint("It is one of %s.", list.data)));
	return 0;
}

/* ----------------------------------------------------------------- values */

/* true or false; untouched where the option is absent. */
void
mml_clean_option_bool(const char *option, const JsonbValue *value, bool *out)
{
	if (value == NULL)
		return;
	if (value->type != jbvBool)
		mml_clean_option_report(option, "true or false");
	*out = value->val.boolean;
}

/* A text as models have it, without blanks around it, which cells lose too. */
const char *
mml_clean_option_trim(const char *text)
{
	char	   *utf8 = mml_text_to_model(text +strspn(text, " \t\n\v\f\r"));
	size_t		length = strlen(utf8);

	while (length > 0 && strchr(" \t\n\v\f\r", utf8[length - 1]) != NULL)
		utf8[--length] = '\0';
	return utf8;
}

/* A string, number or boolean as the text that a cell of it would have. */
const char *
mml_clean_option_text(const JsonbValue *value)
{
	switch (value->type)
	{
		case jbvString:
			return mml_clean_option_trim(mml_json_text(value));
		case jbvNumeric:
			return numeric_normalize(value->val.numeric);
		case jbvBool:
			return value->val.boolean ? "true" : "false";
		default:
			return NULL;
	}
}

/* The days since 2000-01-01 of a date or timestamp as PostgreSQL reads it. */
static double
days_of(const char *text)
{
	Timestamp	time = DatumGetTimestamp(DirectFunctionCall3(timestamp_in,
															 CStringGetDatum(text),
															 ObjectIdGetDatum(InvalidOid),
															 Int32GetDatum(-1)));

	if (TIMESTAMP_NOT_FINITE(time))
		return TIMESTAMP_IS_NOBEGIN(time) ? -INFINITY : INFINITY;
	return (double) time / USECS_PER_DAY;
}

/*
 * A value as the finite number that a cell of the class holds; false: cannot.
 * In "default" a string is never meant for a time.
 */
bool
mml_clean_option_number(const CleanReading *r, const JsonbValue *value, MmlClass class, double *number)
{
	if (class == MML_CLASS_TIME && value->type == jbvString && r->by_name)
		*number = days_of(mml_json_text(value));
	else if (class == MML_CLASS_BOOLEAN && value->type == jbvBool)
		*number = value->val.boolean;
	else if (class == MML_CLASS_TIME || !mml_json_number(value, number))
		return false;
	return isfinite(*number);
}

/* The elements of a JSON array; -1 where it is none. */
int
mml_clean_option_elements(const JsonbValue *value, JsonbValue **elements)
{
	JsonbContainer *array = value->type == jbvBinary ? value->val.binary.data : NULL;
	int			count;

	if (array == NULL || !JsonContainerIsArray(array) || JsonContainerIsScalar(array))
		return -1;
	count = (int) JsonContainerSize(array);
	*elements = palloc(sizeof(JsonbValue) * (Size) Max(count, 1));
	for (int i = 0; i < count; i++)
		(*elements)[i] = *getIthJsonbValueFromContainer(array, (uint32) i);
	return count;
}

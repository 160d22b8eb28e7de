/*-------------------------------------------------------------------------
 *
 * options_pg.c
 *	  Read the options of a training function; see options_pg.h.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>

#include "lib/stringinfo.h"
#include "utils/builtins.h"
#include "utils/numeric.h"

#include "core/options_pg.h"

/* The names of all options, for a hint. */
static char *
list_options(const MmlOption *table, int count)
{
	StringInfoData list;

	initStringInfo(&list);
	for (int i = 0; i < count; i++)
		appendStringInfo(&list, "%s\"%s\"", i == 0 ? "" : ", ", table[i].name);
	return list.data;
}

/* A JSON string as a C string, or NULL for any other value. */
char *
mml_json_text(const JsonbValue *value)
{
	if (value->type != jbvString)
		return NULL;
	return pnstrdup(value->val.string.val, (Size) value->val.string.len);
}

/* A JSON number as float8; false for any other value. */
bool
mml_json_number(const JsonbValue *value, double *number)
{
	if (value->type != jbvNumeric)
		return false;
	*number = DatumGetFloat8(DirectFunctionCall1(numeric_float8_no_overflow,
												 NumericGetDatum(value->val.numeric)));
	return true;
}

/* Complain that an option has a value of the wrong kind. */
static void
report_wrong_value(const MmlOption *option, const char *wanted)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("option \"%s\" must be %s", option->name, wanted)));
}

/* A list of texts: an array of JSON strings. */
static void
read_names(const MmlOption *option, JsonbValue *value)
{
	MmlNames   *list = option->value;
	JsonbIterator *iter;
	JsonbValue	element;
	JsonbIteratorToken token;

	if (value->type != jbvBinary ||
		!JsonContainerIsArray(value->val.binary.data))
		report_wrong_value(option, "an array of strings");
	iter = JsonbIteratorInit(value->val.binary.data);
	list->count = 0;
	list->names = palloc(sizeof(char *) *
						 (JsonContainerSize(value->val.binary.data) + 1));
	while ((token = JsonbIteratorNext(&iter, &element, true)) != WJB_DONE)
	{
		char	   *name;

		if (token != WJB_ELEM)
			continue;
		name = mml_json_text(&element);
		if (name == NULL)
			report_wrong_value(option, "an array of strings");
		list->names[list->count++] = name;
	}
}

/* A number in the option's range, whole where it must be. */
static void
read_number(const MmlOption *option, JsonbValue *value)
{
	double		number;
	bool		whole = option->type == MML_OPTION_INT;

	if (!mml_json_number(value, &number))
		report_wrong_value(option, whole ? "a whole number" : "a number");
	if (number < option->low || number > option->high ||
		(whole && number != rint(number)))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("option \"%s\" must be a %snumber from %.15g to %.15g, not %.15g",
						option->name, whole ? "whole " : "", option->low,
						option->high, number)));
	if (whole)
		*(int64 *) option->value = (int64) number;
	else
		*(double *) option->value = number;
}

/* Read one value to where its option says. */
static void
read_value(const MmlOption *option, JsonbValue *value)
{
	char	   *string;

	switch (option->type)
	{
		case MML_OPTION_INT:
		case MML_OPTION_FLOAT:
			read_number(option, value);
			break;
		case MML_OPTION_BOOL:
			if (value->type != jbvBool)
				report_wrong_value(option, "true or false");
			*(bool *) option->value = value->val.boolean;
			break;
		case MML_OPTION_TEXT:
			string = mml_json_text(value);
			if (string == NULL)
				report_wrong_value(option, "a string");
			*(char **) option->value = string;
			break;
		case MML_OPTION_NAMES:
			read_names(option, value);
			break;
		case MML_OPTION_RAW:
			*(JsonbValue **) option->value = memcpy(palloc(sizeof(JsonbValue)),
													value, sizeof(JsonbValue));
			break;
	}
}

/*
 * Read an options object.  Each option of the table that is present and not
 * null goes to where the table says; one that the table does not have is an
 * error that lists those it has.  What is read points into options.
 */
void
mml_options_read(Jsonb *options, const MmlOption *table, int count)
{
	JsonbIterator *iter;
	JsonbIteratorToken token;
	JsonbValue	key;
	JsonbValue	value;

	Assert(count > 0);
	if (!JB_ROOT_IS_OBJECT(options))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("options must be a JSON object"),
				 errhint("For example '{\"%s\": ...}'. The options are %s.",
						 table[0].name, list_options(table, count))));

	iter = JsonbIteratorInit(&options->root);
	while ((token = JsonbIteratorNext(&iter, &key, true)) != WJB_DONE)
	{
		int			i = 0;
		char	   *name;

		if (token != WJB_KEY)
			continue;
		name = mml_json_text(&key);
		JsonbIteratorNext(&iter, &value, true);
		while (i < count && strcmp(table[i].name, name) != 0)
			i++;
		if (i == count)
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("unrecognized option \"%s\"", name),
					 errhint("The options are %s.",
							 list_options(table, count))));
		if (value.type != jbvNull)
			read_value(&table[i], &value);
		pfree(name);
	}
}

/*
 * Options of an aggregate are those of its first row; another row that has
 * others is an error, not a silent choice.
 */
void
mml_options_check_same(Jsonb *first, Jsonb *now)
{
	if (first == now ||
		(first != NULL && now != NULL && VARSIZE(first) == VARSIZE(now) &&
		 memcmp(first, now, VARSIZE(first)) == 0))
		return;
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("options must be the same in all rows")));
}

/*
 * Names, if any are given, must be as many as there are features, and no two
 * of them the same.
 */
void
mml_options_check_names(const MmlNames *names, int features)
{
	if (names->count != 0 && names->count != features)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("option \"names\" lists %d, and the number of features is %d",
						names->count, features),
				 errhint("Give a name for each feature, in the order of the array.")));
	for (int i = 0; i < names->count; i++)
		for (int j = 0; j < i; j++)
			if (strcmp(names->names[i], names->names[j]) == 0)
				ereport(ERROR,
						(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						 errmsg("option \"names\" has \"%s\" twice",
								names->names[i])));
}

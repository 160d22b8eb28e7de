/*-------------------------------------------------------------------------
 *
 * json_pg.c
 *	  Write the pairs of a JSON object; see json_pg.h.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>

#include "utils/builtins.h"
#include "utils/float.h"
#include "utils/json.h"

#include "core/json_pg.h"
#include "core/model_pg.h"

/* Begin a pair: a comma where one stands before it in its object, the name, a colon. */
static void
begin_pair(StringInfo json, const char *name)
{
	if (json->data[json->len - 1] != '{')
		appendStringInfoChar(json, ',');
	escape_json(json, name);
	appendStringInfoChar(json, ':');
}

/* A number, exactly; null where it is not finite, which JSON does not have. */
void
mml_json_add_number(StringInfo json, const char *name, double value)
{
	begin_pair(json, name);
	if (!isfinite(value))
		appendStringInfoString(json, "null");
	else
		appendStringInfo(json, "%.17g", value);
}

void
mml_json_add_integer(StringInfo json, const char *name, int64 value)
{
	begin_pair(json, name);
	appendStringInfo(json, INT64_FORMAT, value);
}

/* A list of finite numbers. */
void
mml_json_add_numbers(StringInfo json, const char *name, const double *values,
					 int count)
{
	begin_pair(json, name);
	for (int i = 0; i < count; i++)
		appendStringInfo(json, "%s%.17g", i == 0 ? "[" : ",", values[i]);
	appendStringInfoString(json, count == 0 ? "[]" : "]");
}

/* A list of integers. */
void
mml_json_add_integers(StringInfo json, const char *name, const int64_t *values,
					  int count)
{
	begin_pair(json, name);
	for (int i = 0; i < count; i++)
		appendStringInfo(json, "%s" INT64_FORMAT, i == 0 ? "[" : ",", values[i]);
	appendStringInfoString(json, count == 0 ? "[]" : "]");
}

void
mml_json_add_bool(StringInfo json, const char *name, bool value)
{
	begin_pair(json, name);
	appendStringInfoString(json, value ? "true" : "false");
}

/* A string in the encoding of the server. */
void
mml_json_add_string(StringInfo json, const char *name, const char *value)
{
	begin_pair(json, name);
	escape_json(json, value);
}

/* A list of texts of a model. */
void
mml_json_add_texts(StringInfo json, const char *name, const MmlTexts *texts)
{
	const char *utf8 = texts->first;

	begin_pair(json, name);
	appendStringInfoChar(json, '[');
	for (size_t i = 0; i < texts->count; i++, utf8 = mml_text_next(utf8))
	{
		if (i > 0)
			appendStringInfoChar(json, ',');
		escape_json(json, mml_text_from_model(utf8));
	}
	appendStringInfoChar(json, ']');
}

/* Open an object within the object, for pairs of its own. */
void
mml_json_open(StringInfo json, const char *name)
{
	begin_pair(json, name);
	appendStringInfoChar(json, '{');
}

/* Close it. */
void
mml_json_close(StringInfo json)
{
	appendStringInfoChar(json, '}');
}

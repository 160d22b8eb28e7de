/*-------------------------------------------------------------------------
 *
 * ids_pg.c
 *	  Ids of items between SQL and kernels; see ids_pg.h.
 *
 * Where a model's ids are bigint, a list may be smallint[], integer[] or
 * bigint[], or text[] of numbers: an untyped '{1,2}' arrives as text[].  Where
 * they are text, it may be of any string type, or uuid[].  The same goes for
 * one id.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <errno.h>

#include "catalog/pg_type.h"
#include "mb/pg_wchar.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/lsyscache.h"

#include "core/compat_pg.h"
#include "core/model_pg.h"
#include "recommend/ids_pg.h"

/* Bytes of text in the server's encoding as an id, which may point to them. */
static MmlId
id_of_bytes(const char *bytes, int length)
{
	MmlId		id;
	char	   *utf8 = pg_server_to_any(bytes, length, PG_UTF8);

	id.text = utf8;
	id.length = utf8 == bytes ? (Size) length : strlen(utf8);
	return id;
}

/* A text as an id, which may point into it. */
MmlId
mml_id_of_text(const text *value)
{
	return id_of_bytes(VARDATA_ANY(value), (int) VARSIZE_ANY_EXHDR(value));
}

/* An id as text, for item_key. */
Datum
mml_id_key(const MmlId *id)
{
	char	   *utf8;

	if (id->text == NULL)
		return CStringGetTextDatum(psprintf(INT64_FORMAT, id->number));
	utf8 = pnstrdup(id->text, id->length);
	return CStringGetTextDatum(mml_text_from_model(utf8));
}

/* The type of a model's ids, for messages. */
static const char *
id_type_name(MmlIdType type)
{
	return type == MML_ID_BIGINT ? "bigint" : "text";
}

/* What the ids of a list are measured by, for messages. */
static const char *
id_owner(const char *what)
{
	return strcmp(what, "users") == 0 ? "ids of the users" : "item ids of the model";
}

/* Complain of a list whose type does not fit the model's ids. */
static void
report_type(const char *what, Oid type, MmlIdType wanted)
{
	ereport(ERROR,
			(errcode(ERRCODE_DATATYPE_MISMATCH),
			 errmsg("%s is of type %s, but the %s are of type %s",
					what, format_type_be(type), id_owner(what), id_type_name(wanted)),
			 errhint("Give %s as %s[].", what, id_type_name(wanted))));
}

/* A uuid as a cast to text writes it. */
text *
mml_uuid_text(Datum value)
{
	return cstring_to_text(DatumGetCString(DirectFunctionCall1(uuid_out, value)));
}

/* Is a type one of the integers? */
static bool
is_integer(Oid type)
{
	return type == INT2OID || type == INT4OID || type == INT8OID;
}

/* An array given as an untyped literal, or as a text, is of the model's own type. */
static ArrayType *
parse_literal(char *literal, MmlIdType wanted)
{
	Oid			type = wanted == MML_ID_BIGINT ? INT8ARRAYOID : TEXTARRAYOID;
	Oid			function;
	Oid			param;

	getTypeInputInfo(type, &function, &param);
	return DatumGetArrayTypeP(OidInputFunctionCall(function, literal, param, -1));
}

/* An argument declared "any" or anycompatible as a list of ids; NULL where it is NULL. */
ArrayType *
mml_ids_arg(FunctionCallInfo fcinfo, int argno, const char *what,
			MmlIdType wanted)
{
	Oid			type = getBaseType(get_fn_expr_argtype(fcinfo->flinfo, argno));

	if (PG_ARGISNULL(argno))
		return NULL;
	if (type == UNKNOWNOID)
		return parse_literal(PG_GETARG_CSTRING(argno), wanted);
	if (type == TEXTOID || type == VARCHAROID)
		return parse_literal(text_to_cstring(PG_GETARG_TEXT_PP(argno)), wanted);
	if (!OidIsValid(get_element_type(type)))
		report_type(what, type, wanted);
	return PG_GETARG_ARRAYTYPE_P(argno);
}

/* Begin to read a list of ids; its type must fit the model's. */
void
mml_ids_open(MmlIdReader *reader, ArrayType *list, const char *what,
			 MmlIdType wanted)
{
	Oid			type = getBaseType(ARR_ELEMTYPE(list));
	bool		string = type == TEXTOID || type == VARCHAROID || type == BPCHAROID;

	if (!string && !(wanted == MML_ID_BIGINT ? is_integer(type) : type == UUIDOID))
		report_type(what, get_array_type(ARR_ELEMTYPE(list)), wanted);
	reader->what = what;
	reader->wanted = wanted;
	reader->type = type;
	reader->array_type = get_array_type(ARR_ELEMTYPE(list));
	reader->count = ArrayGetNItems(ARR_NDIM(list), ARR_DIMS(list));
	reader->next = 0;
	reader->numbers = NULL;
	reader->iterator = NULL;
	if (type == INT8OID && !ARR_HASNULL(list))
		reader->numbers = (const int64 *) ARR_DATA_PTR(list);
	else
		reader->iterator = array_create_iterator(list, 0, NULL);
}

/* A text that stands for a bigint, in an argument of a type. */
static MmlId
parse_number(const char *what, Oid type, const text *value)
{
	MmlId		id = {NULL, {0}};
	char	   *string = text_to_cstring(value);
	char	   *end;

	errno = 0;
	id.number = strtoll(string, &end, 10);
	if (errno != 0 || end == string || *end != '\0')
		ereport(ERROR,
				(errcode(ERRCODE_DATATYPE_MISMATCH),
				 errmsg("%s is of type %s, but the %s are of type bigint",
						what, format_type_be(type), id_owner(what)),
				 errdetail("\"%s\" is not a bigint.",
						   pnstrdup(string, (Size) pg_mbcliplen(string, (int) strlen(string), 100)))));
	pfree(string);
	return id;
}

/* A value of the list as an id. */
static MmlId
convert_id(const MmlIdReader *reader, Datum value)
{
	MmlId		id = {NULL, {0}};
	const text *string;

	switch (reader->type)
	{
		case INT2OID:
			id.number = DatumGetInt16(value);
			return id;
		case INT4OID:
			id.number = DatumGetInt32(value);
			return id;
		case INT8OID:
			id.number = DatumGetInt64(value);
			return id;
		case UUIDOID:
			return mml_id_of_text(mml_uuid_text(value));
		default:
			break;
	}
	string = (const text *) DatumGetPointer(value);
	if (reader->wanted == MML_ID_BIGINT)
		return parse_number(reader->what, reader->array_type, string);
	if (reader->type == BPCHAROID)
		return id_of_bytes(VARDATA_ANY(string),
						   bpchartruelen(VARDATA_ANY(string), (int) VARSIZE_ANY_EXHDR(string)));
	return mml_id_of_text(string);
}

/*
 * Read the next id, which may point into the list.  False at its end; a NULL
 * leaves id untouched.
 */
bool
mml_ids_next(MmlIdReader *reader, MmlId *id, bool *isnull)
{
	Datum		value;

	if (reader->numbers != NULL)
	{
		if (reader->next == reader->count)
			return false;
		id->text = NULL;
		id->number = reader->numbers[reader->next++];
		*isnull = false;
		return true;
	}
	if (!array_iterate(reader->iterator, &value, isnull))
		return false;
	if (!*isnull)
		*id = convert_id(reader, value);
	return true;
}

/* The id in an argument of an integer type, a string type, or uuid. */
MmlId
mml_id_arg(FunctionCallInfo fcinfo, int argno, const char *what, MmlIdType wanted)
{
	Oid			type = getBaseType(get_fn_expr_argtype(fcinfo->flinfo, argno));
	bool		string = type == TEXTOID || type == VARCHAROID;
	MmlId		id = {NULL, {0}};

	if (!string && !(wanted == MML_ID_BIGINT ? is_integer(type) : type == UUIDOID))
		ereport(ERROR,
				(errcode(ERRCODE_DATATYPE_MISMATCH),
				 errmsg("%s is of type %s, but the %s are of type %s",
						what, format_type_be(type), id_owner(what), id_type_name(wanted))));
	if (string && wanted == MML_ID_BIGINT)
		return parse_number(what, type, PG_GETARG_TEXT_PP(argno));
	if (string)
		return mml_id_of_text(PG_GETARG_TEXT_PP(argno));
	if (type == UUIDOID)
		return mml_id_of_text(mml_uuid_text(PG_GETARG_DATUM(argno)));
	id.number = type == INT2OID ? PG_GETARG_INT16(argno) :
		type == INT4OID ? PG_GETARG_INT32(argno) : PG_GETARG_INT64(argno);
	return id;
}

/*-------------------------------------------------------------------------
 *
 * definition_pg.c
 *	  Where a recommender finds events and items; see definition_pg.h.
 *
 * It is a row of mediaml.recommenders, which anybody may have written who can:
 * all that it names must be there, and fit together.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>

#include "access/htup_details.h"
#include "catalog/pg_type.h"
#include "parser/parse_coerce.h"
#include "storage/lmgr.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/jsonb.h"
#include "utils/lsyscache.h"
#include "utils/timestamp.h"

#include "core/options_pg.h"
#include "registry/definition_pg.h"

/* A column of the row, by name; false where it is NULL. */
static bool
get_field(HeapTuple row, TupleDesc desc, const char *name, Datum *value)
{
	for (int i = 0; i < desc->natts; i++)
	{
		bool		isnull;

		if (strcmp(NameStr(TupleDescAttr(desc, i)->attname), name) != 0)
			continue;
		*value = heap_getattr(row, i + 1, desc, &isnull);
		return !isnull;
	}
	elog(ERROR, "mediaml.recommenders has no column \"%s\"", name);
}

/* A column of type name, or NULL. */
static const char *
get_name(HeapTuple row, TupleDesc desc, const char *name)
{
	Datum		value;

	return get_field(row, desc, name, &value) ? pstrdup(NameStr(*DatumGetName(value))) : NULL;
}

/*
 * A column of type regclass, or InvalidOid; it must not have been dropped, and
 * cannot be renamed from now on.
 */
static Oid
get_relation(const MmlDefinition *definition, HeapTuple row, TupleDesc desc, const char *name)
{
	Datum		value;

	if (!get_field(row, desc, name, &value))
		return InvalidOid;
	LockRelationOid(DatumGetObjectId(value), AccessShareLock);
	if (get_rel_name(DatumGetObjectId(value)) == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_TABLE),
				 errmsg("the relation of %s that recommender \"%s\" was made for does not exist any more",
						name, definition->name),
				 errhint("Drop it by drop_recommender(), and create it anew.")));
	return DatumGetObjectId(value);
}

/* The type of a column of a relation, domains looked through. */
static Oid
column_type(Oid relation, const char *column)
{
	AttrNumber	attnum = get_attnum(relation, column);

	if (attnum <= 0)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_COLUMN),
				 errmsg("column \"%s\" of relation \"%s\" does not exist",
						column, get_rel_name(relation))));
	return getBaseType(get_atttype(relation, attnum));
}

/* Is a type one of the integers? */
static bool
is_integer(Oid type)
{
	return type == INT2OID || type == INT4OID || type == INT8OID;
}

/* Is a type one of numbers? */
static bool
is_numeric(Oid type)
{
	return is_integer(type) || type == FLOAT4OID || type == FLOAT8OID || type == NUMERICOID;
}

/* What ids in a column are: numbers stay such, everything else is text. */
static MmlIdType
id_type_of(Oid relation, const char *column)
{
	Oid			type = column_type(relation, column);

	if (OidIsValid(get_element_type(type)) || type_is_rowtype(type))
		ereport(ERROR,
				(errcode(ERRCODE_DATATYPE_MISMATCH),
				 errmsg("column \"%s\" of relation \"%s\" has type %s, which cannot be an id",
						column, get_rel_name(relation), format_type_be(type))));
	return is_integer(type) ? MML_ID_BIGINT : MML_ID_TEXT;
}

/* Read the options that are the recommender's, not those of training. */
static void
read_options(MmlDefinition *definition, Jsonb *options)
{
	JsonbValue	value;
	JsonbValue *found;

	definition->seen_min_weight = -INFINITY;
	if (options == NULL)
		return;
	if (!JB_ROOT_IS_OBJECT(options))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("options must be a JSON object")));
	found = getKeyJsonValueFromContainer(&options->root, "seen_min_weight", 15, &value);
	if (found != NULL && found->type != jbvNull &&
		(!mml_json_number(found, &definition->seen_min_weight) ||
		 !isfinite(definition->seen_min_weight)))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("option \"seen_min_weight\" must be a number")));
	found = getKeyJsonValueFromContainer(&options->root, "half_life", 9, &value);
	if (found != NULL && found->type != jbvNull)
	{
		Interval   *interval;

		if (found->type != jbvString)
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("option \"half_life\" must be an interval, such as \"90 days\"")));
		interval = DatumGetIntervalP(DirectFunctionCall3(interval_in,
														 CStringGetDatum(mml_json_text(found)),
														 ObjectIdGetDatum(InvalidOid),
														 Int32GetDatum(-1)));
		definition->half_life = (double) interval->time / USECS_PER_SEC +
			SECS_PER_DAY * (interval->day + (double) DAYS_PER_MONTH * interval->month);
		if (!(definition->half_life > 0))
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("option \"half_life\" must be more than nothing")));
	}
}

/* Demand that weights are numbers, and time is a time. */
static void
check_measures(MmlDefinition *definition)
{
	if (definition->weight_column != NULL)
	{
		Oid			type = column_type(definition->events, definition->weight_column);

		if (!is_numeric(type))
			ereport(ERROR,
					(errcode(ERRCODE_DATATYPE_MISMATCH),
					 errmsg("weight column \"%s\" has type %s, which is not a number",
							definition->weight_column, format_type_be(type))));
	}
	else if (isfinite(definition->seen_min_weight))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("option \"seen_min_weight\" needs a weight column")));
	if (definition->time_column != NULL)
	{
		Oid			type = column_type(definition->events, definition->time_column);

		if (!is_numeric(type) && type != DATEOID && type != TIMESTAMPOID &&
			type != TIMESTAMPTZOID)
			ereport(ERROR,
					(errcode(ERRCODE_DATATYPE_MISMATCH),
					 errmsg("time column \"%s\" has type %s, which is neither a timestamp nor a number of seconds",
							definition->time_column, format_type_be(type))));
		definition->time_is_number = is_numeric(type);
	}
	else if (definition->half_life > 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("option \"half_life\" needs a time column")));
}

/* Demand that the items' key can be what the events name. */
static void
check_items(MmlDefinition *definition)
{
	Oid			item = column_type(definition->events, definition->item_column);
	Oid			key;

	if (!OidIsValid(definition->items))
	{
		if (definition->items_key != NULL || definition->documents > 0)
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("items_key and document_columns need items")));
		return;
	}
	if (definition->items_key == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("items needs items_key")));
	key = column_type(definition->items, definition->items_key);
	if (key != item && !(is_integer(key) && is_integer(item)) &&
		!(TypeCategory(key) == TYPCATEGORY_STRING && TypeCategory(item) == TYPCATEGORY_STRING))
		ereport(ERROR,
				(errcode(ERRCODE_DATATYPE_MISMATCH),
				 errmsg("items_key \"%s\" has type %s, but the events have items of type %s",
						definition->items_key, format_type_be(key), format_type_be(item))));
	definition->key_type = key;
	for (int i = 0; i < definition->documents; i++)
		column_type(definition->items, definition->document_columns[i]);
}

/* Read the names of the columns that documents are made of. */
static void
read_documents(MmlDefinition *definition, ArrayType *array)
{
	Datum	   *names;
	bool	   *nulls;

	deconstruct_array(array, NAMEOID, NAMEDATALEN, false, TYPALIGN_CHAR,
					  &names, &nulls, &definition->documents);
	definition->document_columns = palloc(((Size) definition->documents + 1) * sizeof(char *));
	for (int i = 0; i < definition->documents; i++)
	{
		if (nulls[i])
			ereport(ERROR,
					(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
					 errmsg("document_columns must not contain nulls")));
		definition->document_columns[i] = pstrdup(NameStr(*DatumGetName(names[i])));
	}
}

/*
 * Read a row of mediaml.recommenders, and demand that what it names is there
 * and fits together.
 */
void
mml_definition_read(MmlDefinition *definition, HeapTuple row, TupleDesc desc)
{
	Datum		value;

	memset(definition, 0, sizeof(MmlDefinition));
	if (!get_field(row, desc, "name", &value))
		elog(ERROR, "a recommender has no name");
	definition->name = TextDatumGetCString(value);
	definition->events = get_relation(definition, row, desc, "events");
	definition->items = get_relation(definition, row, desc, "items");
	definition->user_column = get_name(row, desc, "user_column");
	definition->item_column = get_name(row, desc, "item_column");
	definition->weight_column = get_name(row, desc, "weight_column");
	definition->time_column = get_name(row, desc, "time_column");
	definition->items_key = get_name(row, desc, "items_key");
	if (!OidIsValid(definition->events) || definition->user_column == NULL ||
		definition->item_column == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("events, user_column and item_column must not be null")));
	if (get_field(row, desc, "document_columns", &value))
		read_documents(definition, DatumGetArrayTypeP(value));
	read_options(definition, get_field(row, desc, "options", &value) ?
				 DatumGetJsonbP(value) : NULL);

	definition->user_type = column_type(definition->events, definition->user_column);
	definition->user_ids = id_type_of(definition->events, definition->user_column);
	definition->item_ids = id_type_of(definition->events, definition->item_column);
	check_measures(definition);
	check_items(definition);
}

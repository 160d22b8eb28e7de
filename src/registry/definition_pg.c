/*-------------------------------------------------------------------------
 *
 * definition_pg.c
 *	  Where a recommender finds events and items; see definition_pg.h.
 *
 * All queries are made here, from names that are quoted and looked up again
 * each time, as whoever calls decides what the search path is: every name and
 * operator is qualified.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>

#include "access/htup_details.h"
#include "catalog/pg_operator.h"
#include "catalog/pg_type.h"
#include "fmgr.h"
#include "funcapi.h"
#include "parser/parse_coerce.h"
#include "storage/lmgr.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/float.h"
#include "utils/jsonb.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"
#include "utils/timestamp.h"
#include "utils/typcache.h"

#include "core/options_pg.h"
#include "registry/definition_pg.h"

PG_FUNCTION_INFO_V1(mml_recommender_query);

/* -------------------------------------------------------------- reading it */

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
check_measures(const MmlDefinition *definition)
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

/* ------------------------------------------------------------- the queries */

/* The qualified name of a relation. */
static const char *
relation_name(Oid relation)
{
	return quote_qualified_identifier(get_namespace_name(get_rel_namespace(relation)),
									  get_rel_name(relation));
}

/* A column as an id. */
static char *
id_expression(const char *column, MmlIdType type)
{
	return psprintf("CAST(e.%s AS pg_catalog.%s)", quote_identifier(column),
					type == MML_ID_BIGINT ? "int8" : "text");
}

/* What an event weighs. */
static const char *
weight_expression(const MmlDefinition *definition)
{
	return definition->weight_column == NULL ? "CAST(1 AS pg_catalog.float8)" :
		psprintf("CAST(e.%s AS pg_catalog.float8)",
				 quote_identifier(definition->weight_column));
}

/* When an event was, in seconds; NULL where no column says so. */
static const char *
event_time(const MmlDefinition *definition)
{
	const char *column;

	if (definition->time_column == NULL)
		return "CAST(NULL AS pg_catalog.float8)";
	column = quote_identifier(definition->time_column);
	return psprintf(is_numeric(column_type(definition->events, definition->time_column)) ?
					"CAST(e.%s AS pg_catalog.float8)" :
					"CAST(EXTRACT(epoch FROM e.%s) AS pg_catalog.float8)", column);
}

/* The same; NULL where that does not matter. */
static const char *
time_expression(const MmlDefinition *definition)
{
	return definition->half_life > 0 ? event_time(definition) : "CAST(NULL AS pg_catalog.float8)";
}

/* The condition that an event counts, behind WHERE or AND; or nothing. */
static const char *
seen_condition(const MmlDefinition *definition, const char *before)
{
	if (!isfinite(definition->seen_min_weight))
		return "";
	return psprintf(" %s %s OPERATOR(pg_catalog.>=) CAST('%s' AS pg_catalog.float8)",
					before, weight_expression(definition),
					float8out_internal(definition->seen_min_weight));
}

/* The operator that compares users, as SQL names it. */
static const char *
user_operator(const MmlDefinition *definition)
{
	TypeCacheEntry *entry;
	HeapTuple	tuple;
	Form_pg_operator form;
	const char *name;

	if (definition->user_ids == MML_ID_BIGINT)
		return "OPERATOR(pg_catalog.=)";
	entry = lookup_type_cache(definition->user_type, TYPECACHE_EQ_OPR);
	if (!OidIsValid(entry->eq_opr))
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_FUNCTION),
				 errmsg("could not identify an equality operator for type %s",
						format_type_be(definition->user_type))));
	tuple = SearchSysCache1(OPEROID, ObjectIdGetDatum(entry->eq_opr));
	if (!HeapTupleIsValid(tuple))
		elog(ERROR, "cache lookup failed for operator %u", entry->eq_opr);
	form = (Form_pg_operator) GETSTRUCT(tuple);
	name = psprintf("OPERATOR(%s.%s)",
					quote_identifier(get_namespace_name(form->oprnamespace)),
					NameStr(form->oprname));
	ReleaseSysCache(tuple);
	return name;
}

/* The type that a user is given as to the query of his history. */
Oid
mml_definition_parameter(const MmlDefinition *definition)
{
	if (definition->user_ids == MML_ID_BIGINT)
		return INT8OID;
	return definition->user_type == VARCHAROID ? TEXTOID : definition->user_type;
}

/* The events of one user, $1: (item, weight, time). */
char *
mml_definition_history(const MmlDefinition *definition)
{
	return psprintf("SELECT %s, %s, %s FROM %s AS e WHERE e.%s %s $1%s",
					id_expression(definition->item_column, definition->item_ids),
					weight_expression(definition), time_expression(definition),
					relation_name(definition->events),
					quote_identifier(definition->user_column),
					user_operator(definition), seen_condition(definition, "AND"));
}

/* The events of everybody: (item, weight, time, user), one user after the other. */
char *
mml_definition_histories(const MmlDefinition *definition)
{
	const char *user = id_expression(definition->user_column, definition->user_ids);

	return psprintf("SELECT %s, %s, %s, %s FROM %s AS e%s ORDER BY %s%s",
					id_expression(definition->item_column, definition->item_ids),
					weight_expression(definition), time_expression(definition), user,
					relation_name(definition->events), seen_condition(definition, "WHERE"),
					user, definition->user_ids == MML_ID_TEXT ? " COLLATE pg_catalog.\"C\"" : "");
}

/* Those of a list of ids, $1, that the caller can see among the items. */
char *
mml_definition_shown(const MmlDefinition *definition)
{
	Oid			key = column_type(definition->items, definition->items_key);
	const char *list = "$1";

	/* compared in the type of the key, so that its index serves */
	if (definition->item_ids == MML_ID_TEXT && key != TEXTOID && key != VARCHAROID)
		list = psprintf("CAST($1 AS %s[])", format_type_extended(key, -1, FORMAT_TYPE_FORCE_QUALIFY));
	return psprintf("SELECT %s FROM %s AS e WHERE e.%s OPERATOR(pg_catalog.=) ANY (%s)",
					id_expression(definition->items_key, definition->item_ids),
					relation_name(definition->items), quote_identifier(definition->items_key),
					list);
}

/*
 * What it is trained on: (user_id, item_id, weight, seconds), the last being
 * when an event was, NULL where no column says so.  Where events lose half of
 * their weight in a half-life, it is counted back from the latest of all.
 * It is run where the search path is pg_catalog.
 */
static char *
training_query(const MmlDefinition *definition)
{
	const char *relation = relation_name(definition->events);
	const char *time = time_expression(definition);
	const char *weight = weight_expression(definition);

	if (definition->half_life > 0)
		weight = psprintf("%s * CASE WHEN %s > '-Infinity' AND %s < 'Infinity' THEN "
						  "pg_catalog.power(0.5::pg_catalog.float8, least(1000::pg_catalog.float8, "
						  "((SELECT pg_catalog.max(l.t) FROM (SELECT %s AS t FROM %s AS e) AS l "
						  "WHERE l.t < 'Infinity') - %s) / %s)) ELSE 1 END",
						  weight, time, time, time, relation, time,
						  float8out_internal(definition->half_life));
	return psprintf("SELECT e.%s AS user_id, %s AS item_id, %s AS weight, %s AS seconds FROM %s AS e%s",
					quote_identifier(definition->user_column),
					id_expression(definition->item_column, definition->item_ids),
					weight, event_time(definition), relation,
					seen_condition(definition, "WHERE"));
}

/* What is written about items: (item_id, document). */
static char *
documents_query(const MmlDefinition *definition)
{
	StringInfoData columns;

	initStringInfo(&columns);
	for (int i = 0; i < definition->documents; i++)
		appendStringInfo(&columns, ", CAST(e.%s AS pg_catalog.text)",
						 quote_identifier(definition->document_columns[i]));
	return psprintf("SELECT %s AS item_id, pg_catalog.concat_ws(' '%s) AS document FROM %s AS e",
					id_expression(definition->items_key, definition->item_ids),
					columns.data, relation_name(definition->items));
}

/*
 * recommender_query(recommender mediaml.recommenders, documents boolean) ->
 * text: the query of the rows to train on, after everything has been checked
 */
Datum
mml_recommender_query(PG_FUNCTION_ARGS)
{
	HeapTupleHeader header = PG_GETARG_HEAPTUPLEHEADER(0);
	TupleDesc	desc = lookup_rowtype_tupdesc(HeapTupleHeaderGetTypeId(header),
											  HeapTupleHeaderGetTypMod(header));
	HeapTupleData tuple = {.t_len = HeapTupleHeaderGetDatumLength(header),.t_data = header};
	MmlDefinition definition;

	mml_definition_read(&definition, &tuple, desc);
	ReleaseTupleDesc(desc);
	if (!PG_GETARG_BOOL(1))
		PG_RETURN_TEXT_P(cstring_to_text(training_query(&definition)));
	if (definition.documents == 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("document_columns must name the columns that tell what an item is about")));
	PG_RETURN_TEXT_P(cstring_to_text(documents_query(&definition)));
}

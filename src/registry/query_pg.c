/*-------------------------------------------------------------------------
 *
 * query_pg.c
 *	  The queries of a recommender, for its events and items; see definition_pg.h.
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
#include "utils/builtins.h"
#include "utils/float.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"
#include "utils/typcache.h"

#include "registry/definition_pg.h"

PG_FUNCTION_INFO_V1(mml_recommender_query);

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
	return psprintf(definition->time_is_number ?
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

/* The operator that says whether values of a type are equal, as SQL names it. */
static const char *
equality_operator(Oid type, MmlIdType ids)
{
	TypeCacheEntry *entry;
	HeapTuple	tuple;
	Form_pg_operator form;
	const char *name;

	if (ids == MML_ID_BIGINT)	/* of integers of other sizes too */
		return "OPERATOR(pg_catalog.=)";
	entry = lookup_type_cache(type, TYPECACHE_EQ_OPR);
	if (!OidIsValid(entry->eq_opr))
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_FUNCTION),
				 errmsg("could not identify an equality operator for type %s",
						format_type_be(type))));
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
					equality_operator(definition->user_type, definition->user_ids), seen_condition(definition, "AND"));
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
	Oid			key = definition->key_type;
	const char *list = "$1";

	/* compared in the type of the key, so that its index serves; not char(1) */
	if (definition->item_ids == MML_ID_TEXT && key != TEXTOID && key != VARCHAROID)
		list = psprintf("CAST($1 AS %s[])",
						format_type_extended(key, -1, FORMAT_TYPE_TYPEMOD_GIVEN | FORMAT_TYPE_FORCE_QUALIFY));
	return psprintf("SELECT %s FROM %s AS e WHERE e.%s %s ANY (%s)",
					id_expression(definition->items_key, definition->item_ids),
					relation_name(definition->items), quote_identifier(definition->items_key),
					equality_operator(key, definition->item_ids), list);
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

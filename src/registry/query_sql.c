/*-------------------------------------------------------------------------
 *
 * query_sql.c
 *	  The query that a model is trained on: one SELECT that only reads.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/namespace.h"
#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "fmgr.h"
#include "funcapi.h"
#include "nodes/parsenodes.h"
#include "parser/parser.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/plancache.h"

PG_FUNCTION_INFO_V1(mml_training_query);

/* Complain of a text that is no such query. */
static void
report_query(const char *why)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("the query must be one SELECT that only reads, or the name of a relation"),
			 errdetail("%s", why)));
}

/* Can a text be the name of a relation?  It can where it has blanks in quotes only. */
static bool
looks_like_name(const char *text)
{
	bool		quoted = false;

	for (const char *p = text; *p != '\0'; p++)
		if (*p == '"')
			quoted = !quoted;
		else if (!quoted && strchr(" \t\r\n\f\v();,*'-/", *p) != NULL)
			return false;
	return *text !='\0';
}

/* The SELECT of a relation that a text names; regclass takes any number for one. */
static char *
query_of_relation(const char *name)
{
	Oid			relation = DatumGetObjectId(DirectFunctionCall1(regclassin, CStringGetDatum(name)));
	const char *schema = get_namespace_name(get_rel_namespace(relation));
	const char *table = get_rel_name(relation);

	if (schema == NULL || table == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_TABLE),
				 errmsg("relation \"%s\" does not exist", name)));
	return psprintf("SELECT * FROM %s", quote_qualified_identifier(schema, table));
}

/* A place of a syntax error is one of the text given, not of the statement that calls. */
static void
point_into_query(void *query)
{
	int			place = geterrposition();

	if (place > 0)
	{
		errposition(0);
		internalerrposition(place);
		internalerrquery(query);
	}
}

/* The text of the only statement, without a semicolon. */
static char *
cut_statement(char *query)
{
	ErrorContextCallback callback = {error_context_stack, point_into_query, query};
	List	   *statements;
	RawStmt    *statement;

	error_context_stack = &callback;
	statements = raw_parser(query, RAW_PARSE_DEFAULT);
	error_context_stack = callback.previous;
	if (list_length(statements) != 1)
		report_query(statements == NIL ? "It is empty." : "It has several statements.");
	statement = linitial_node(RawStmt, statements);
	if (!IsA(statement->stmt, SelectStmt) || ((SelectStmt *) statement->stmt)->intoClause != NULL)
		report_query("It is no SELECT.");
	query += statement->stmt_location;
	if (statement->stmt_len > 0)
		query[statement->stmt_len] = '\0';
	return query;
}

/* Does a query that has been analysed lock rows, or write in a WITH? */
static void
demand_reading(SPIPlanPtr plan)
{
	ListCell   *source;
	ListCell   *lc;

	foreach(source, SPI_plan_get_plan_sources(plan))
		foreach(lc, ((CachedPlanSource *) lfirst(source))->query_list)
	{
		Query	   *query = lfirst_node(Query, lc);

		if (query->commandType != CMD_SELECT || query->hasModifyingCTE)
			report_query("It writes.");
		if (query->rowMarks != NIL)
			report_query("It locks rows.");
	}
}

/* training_query(query text) -> (query text, columns name[], types regtype[]) */
Datum
mml_training_query(PG_FUNCTION_ARGS)
{
	char	   *given = text_to_cstring(PG_GETARG_TEXT_PP(0));
	char	   *query = looks_like_name(given) ? query_of_relation(given) : cut_statement(given);
	MemoryContext caller = CurrentMemoryContext;
	SPIPlanPtr	plan;
	TupleDesc	columns;
	TupleDesc	answer;
	Datum	   *names;
	Datum	   *types;
	Datum		values[3];
	bool		nulls[3] = {false};

	SPI_connect();
	plan = SPI_prepare(query, 0, NULL);
	if (plan == NULL || !SPI_is_cursor_plan(plan))
		report_query("It returns no rows.");
	demand_reading(plan);
	columns = ((CachedPlanSource *) linitial(SPI_plan_get_plan_sources(plan)))->resultDesc;
	MemoryContextSwitchTo(caller);
	names = palloc(sizeof(Datum) * (Size) columns->natts);
	types = palloc(sizeof(Datum) * (Size) columns->natts);
	for (int i = 0; i < columns->natts; i++)
	{
		Form_pg_attribute attribute = TupleDescAttr(columns, i);

		names[i] = PointerGetDatum(memcpy(palloc0(NAMEDATALEN), &attribute->attname, NAMEDATALEN));
		types[i] = ObjectIdGetDatum(getBaseType(attribute->atttypid));
	}
	values[0] = CStringGetTextDatum(query);
	values[1] = PointerGetDatum(construct_array(names, columns->natts, NAMEOID, NAMEDATALEN, false, TYPALIGN_CHAR));
	values[2] = PointerGetDatum(construct_array(types, columns->natts, REGTYPEOID, sizeof(Oid), true, TYPALIGN_INT));
	SPI_finish();
	if (get_call_result_type(fcinfo, NULL, &answer) != TYPEFUNC_COMPOSITE)
		elog(ERROR, "return type must be a row type");
	return HeapTupleGetDatum(heap_form_tuple(BlessTupleDesc(answer), values, nulls));
}

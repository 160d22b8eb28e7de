/*-------------------------------------------------------------------------
 *
 * clean_sql.c
 *	  clean and complete: rows in, rows or a verdict out.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>

#include "catalog/pg_type.h"
#include "common/shortest_dec.h"
#include "fmgr.h"
#include "funcapi.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/cash.h"
#include "utils/date.h"
#include "utils/datetime.h"
#include "utils/fmgrprotos.h"
#include "utils/json.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"

#include "clean/clean_pg.h"
#include "clean/preprocessor.h"
#include "core/compat_pg.h"
#include "core/model_pg.h"
#include "core/row_pg.h"

PG_FUNCTION_INFO_V1(mml_clean_clean);
PG_FUNCTION_INFO_V1(mml_clean_complete);

/* ----------------------------------------------------------------- values */

/* The shortest text that reads as the same number. */
static char *
shortest(double number)
{
	char	   *text = palloc(DOUBLE_SHORTEST_DECIMAL_LEN);

	double_to_shortest_decimal_buf(number, text);
	return text;
}

/* So many microseconds as a whole number, within what a timestamp can be. */
static int64
whole_usecs(double usecs)
{
	return (int64) rint(Min(Max(usecs, (double) MIN_TIMESTAMP), (double) END_TIMESTAMP - 1e6));
}

/* The text of a value of a type that is no domain. */
static char *
text_of_datum(Oid type, Datum value)
{
	Oid			output;
	bool		varlena;

	getTypeOutputInfo(type, &output, &varlena);
	return OidOutputFunctionCall(output, value);
}

/* So many days since 2000-01-01 as a date that there is. */
static DateADT
whole_days(double days)
{
	return (DateADT) rint(Min(Max(days, (double) DATETIME_MIN_JULIAN - POSTGRES_EPOCH_JDATE),
							  (double) DATE_END_JULIAN - POSTGRES_EPOCH_JDATE - 1));
}

/*
 * A time in seconds, or days since 2000-01-01, as the text of its type: that
 * of dates in ISO form and UTC, for the abbreviation of a zone that other
 * styles write may be read as that of another zone.
 */
static char *
text_of_time(Oid type, double number)
{
	Interval   *span;
	int			zone = 0;

	switch (type)
	{
		case DATEOID:
			return JsonEncodeDateTime(palloc(MAXDATELEN + 1),
									  DateADTGetDatum(whole_days(number)), type, NULL);
		case TIMESTAMPOID:
		case TIMESTAMPTZOID:
			return JsonEncodeDateTime(palloc(MAXDATELEN + 1),
									  TimestampGetDatum(whole_usecs(number * USECS_PER_DAY)),
									  type, &zone);
		case TIMEOID:
			return text_of_datum(type, TimeADTGetDatum(Min(Max(whole_usecs(number * USECS_PER_SEC), 0),
														   USECS_PER_DAY)));
		default:
			span = palloc0(sizeof(Interval));
			span->time = whole_usecs(number * USECS_PER_SEC);
			return text_of_datum(type, IntervalPGetDatum(span));
	}
}

/* A number as the text of a type, which need not be one of numbers. */
static char *
text_of_number(Oid type, double number)
{
	switch (type)
	{
		case INT2OID:
		case INT4OID:
		case INT8OID:
			return psprintf("%.0f", rint(number));
		case BOOLOID:
			return number >= 0.5 ? "true" : "false";
		case CASHOID:
			return text_of_datum(type,
								 DirectFunctionCall1(numeric_cash,
													 DirectFunctionCall1(float8_numeric,
																		 Float8GetDatum(number))));
		case DATEOID:
		case TIMESTAMPOID:
		case TIMESTAMPTZOID:
		case TIMEOID:
		case INTERVALOID:
			return text_of_time(type, number);
		default:
			return shortest(number);
	}
}

/*
 * A cell as a value of a column.  It goes through the type's own input
 * function, which checks what the type demands, domains included; so does
 * NULL, where it is a domain.
 */
static Datum
value_of(const MmlCell *cell, Form_pg_attribute att)
{
	Oid			base = getBaseType(att->atttypid);
	Oid			input;
	Oid			param;
	char	   *text;

	if (!cell->present)
	{
		if (base != att->atttypid)
			domain_check((Datum) 0, true, att->atttypid, NULL, NULL);
		return (Datum) 0;
	}
	if (cell->class == MML_CLASS_TEXT)
		text = mml_text_from_model(pnstrdup(cell->text.bytes, cell->text.length));

	else
		text = text_of_number(base, cell->number);

	getTypeInputInfo(att->atttypid, &input, &param);
	return OidInputFunctionCall(input, text, param, att->atttypmod);
}

/* ------------------------------------------------------------------ clean */

/* The type that clean() was called with, which must be one of rows. */
static Oid
row_type(FunctionCallInfo fcinfo)
{
	Oid			type = get_fn_expr_argtype(fcinfo->flinfo, 1);

	if (!OidIsValid(type) || !type_is_rowtype(type))
		ereport(ERROR,
				(errcode(ERRCODE_DATATYPE_MISMATCH),
				 errmsg("clean() needs a row, not a value of type %s",
						OidIsValid(type) ? format_type_be(type) : "unknown"),
				 errhint("Write FROM films AS f CROSS JOIN LATERAL mediaml.clean(preprocessor, f) AS c.")));
	return type;
}

/* clean(preprocessor bytea, t anyelement) -> anyelement */
Datum
mml_clean_clean(PG_FUNCTION_ARGS)
{
	Oid			type = row_type(fcinfo);
	const MmlModel *model = mml_model_arg(fcinfo, 0);
	const MmlPreprocessor *preprocessor;
	MmlRowMap  *map;
	bool		changed = false;
	Datum		result;

	if (model->kind != &mml_preprocessor_kind)
		mml_kind_report_unfit(model->kind, fcinfo->flinfo->fn_oid);
	preprocessor = model->parsed;
	map = mml_row_cells(fcinfo, 1, model);
	for (size_t i = 0; i < preprocessor->columns; i++)
	{
		int			column = map->columns[i];
		MmlCell		mended;

		if (column < 0 || !mml_clean_mend(preprocessor, i, &map->cells[i], &mended))
			continue;
		map->row->values[column] = value_of(&mended, TupleDescAttr(map->row->desc, column));
		map->row->nulls[column] = !mended.present;
		changed = true;
	}
	if (!changed)
		PG_RETURN_DATUM(PG_GETARG_DATUM(1));
	result = HeapTupleGetDatum(heap_form_tuple(map->row->desc, map->row->values, map->row->nulls));
	if (getBaseType(type) != type)
		domain_check(result, false, type, NULL, NULL);
	PG_RETURN_DATUM(result);
}

/* --------------------------------------------------------------- complete */

/* A column that is looked at. */
typedef struct Look
{
	int			column;
	bool		read;			/* it can be present and yet be no value */
	MmlReader	reader;
} Look;

/* What complete() remembers between the rows of a call. */
typedef struct Checklist
{
	MemoryContext context;		/* that all this lies in */
	MmlRow	   *row;
	ArrayType  *columns;		/* that are named; NULL: all */
	int			count;
	Look	   *looks;			/* (count) */
} Checklist;

/* Look at a column; values are read only where NaN or blanks are possible. */
static void
look_at(Checklist *list, int column)
{
	Look	   *look = &list->looks[list->count++];
	Oid			type = TupleDescAttr(list->row->desc, column)->atttypid;
	MmlClass	class = mml_class_of(type);

	look->column = column;
	mml_reader_open(&look->reader, type, false);
	look->read = (class == MML_CLASS_TEXT && !look->reader.is_enum) ||
		look->reader.base == FLOAT4OID || look->reader.base == FLOAT8OID ||
		look->reader.base == NUMERICOID;
}

/* The columns of a row, for a hint. */
static char *
list_columns(const MmlRow *row)
{
	StringInfoData list;

	initStringInfo(&list);
	for (int a = 0; a < row->desc->natts; a++)
		if (!TupleDescAttr(row->desc, a)->attisdropped)
			appendStringInfo(&list, "%s\"%s\"", list.len == 0 ? "" : ", ",
							 NameStr(TupleDescAttr(row->desc, a)->attname));
	return list.data;
}

/* Look at the columns that are named. */
static void
look_at_named(Checklist *list)
{
	Datum	   *names;
	bool	   *nulls;
	int			n;

	deconstruct_array(list->columns, TEXTOID, -1, false, TYPALIGN_INT, &names, &nulls, &n);
	list->looks = palloc(sizeof(Look) * (Size) Max(n, 1));
	for (int i = 0; i < n; i++)
	{
		char	   *name = nulls[i] ? NULL : TextDatumGetCString(names[i]);
		int			column = name == NULL ? -1 : mml_row_find(list->row, name);

		if (column < 0)
			ereport(ERROR,
					(errcode(ERRCODE_UNDEFINED_COLUMN),
					 name == NULL ? errmsg("the name of a column must not be null") :
					 errmsg("the row has no column \"%s\"", name),
					 errhint("The columns are %s.", list_columns(list->row))));
		look_at(list, column);
	}
}

/* Make the checklist for rows of a type. */
static Checklist *
make_checklist(MemoryContext parent, HeapTupleHeader header, ArrayType *columns)
{
	MemoryContext context = AllocSetContextCreate(parent, "mediaml complete",
												  ALLOCSET_SMALL_SIZES);
	MemoryContext caller = MemoryContextSwitchTo(context);
	Checklist  *list = palloc0(sizeof(Checklist));

	list->context = context;
	list->row = mml_row_open(header);
	if (columns != NULL)
	{
		list->columns = memcpy(palloc(VARSIZE(columns)), columns, VARSIZE(columns));
		look_at_named(list);
	}
	else
	{
		list->looks = palloc(sizeof(Look) * (Size) Max(list->row->desc->natts, 1));
		for (int a = 0; a < list->row->desc->natts; a++)
			if (!TupleDescAttr(list->row->desc, a)->attisdropped)
				look_at(list, a);
	}
	MemoryContextSwitchTo(caller);
	return list;
}

/* Does the checklist serve this row, and these columns? */
static bool
serves(const Checklist *list, HeapTupleHeader header, const ArrayType *columns)
{
	return list != NULL && (list->columns == NULL) == (columns == NULL) &&
		(columns == NULL || (VARSIZE(columns) == VARSIZE(list->columns) &&
							 memcmp(columns, list->columns, VARSIZE(columns)) == 0)) &&
		mml_row_fits(list->row, header);
}

/* Is there a value that is neither NaN nor a blank text? */
static bool
is_value(const Look *look, const MmlRow *row)
{
	MmlCell		cell;

	if (row->nulls[look->column])
		return false;
	if (!look->read)
		return true;
	mml_reader_read(&look->reader, row->values[look->column], false, &cell);
	if (cell.class == MML_CLASS_TEXT)
		return mml_text_trim(cell.text).length > 0;
	return !isnan(cell.number);
}

/* complete(t record, columns text[] DEFAULT NULL) -> boolean */
Datum
mml_clean_complete(PG_FUNCTION_ARGS)
{
	HeapTupleHeader header;
	ArrayType  *columns;
	Checklist  *list = fcinfo->flinfo->fn_extra;

	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	header = PG_GETARG_HEAPTUPLEHEADER(0);
	columns = PG_ARGISNULL(1) ? NULL : PG_GETARG_ARRAYTYPE_P(1);
	if (!serves(list, header, columns))
	{
		fcinfo->flinfo->fn_extra = NULL;
		if (list != NULL)
			MemoryContextDelete(list->context);
		list = make_checklist(fcinfo->flinfo->fn_mcxt, header, columns);
		fcinfo->flinfo->fn_extra = list;
	}
	mml_row_read(list->row, header);
	for (int i = 0; i < list->count; i++)
		if (!is_value(&list->looks[i], list->row))
			PG_RETURN_BOOL(false);
	PG_RETURN_BOOL(true);
}

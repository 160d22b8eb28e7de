/*-------------------------------------------------------------------------
 *
 * rows_pg.c
 *	  Rows, and arrays of them; see rows_pg.h.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "catalog/pg_type.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/lsyscache.h"
#include "utils/typcache.h"

#include "core/memory_pg.h"
#include "metrics/rows_pg.h"

/* Rows that an array can hold: with a row of 64 bytes or more, 1 GB. */
#define MOST_ROWS (1 << 24)

/* The description of a row type, which must have so many columns. */
static TupleDesc
describe(Oid type, int columns)
{
	TupleDesc	desc = lookup_rowtype_tupdesc_copy(type, -1);

	if (desc->natts != columns)
		elog(ERROR, "rows must have %d columns", columns);
	return desc;
}

/* The row that a function is declared to return. */
Datum
mml_metrics_row_datum(FunctionCallInfo fcinfo, int columns, const Datum *values, const bool *nulls)
{
	TupleDesc	desc = describe(get_func_rettype(fcinfo->flinfo->fn_oid), columns);

	return HeapTupleGetDatum(heap_form_tuple(desc, unconstify(Datum *, values),
											 unconstify(bool *, nulls)));
}

/*
 * Begin the array that a function is declared to return, with room for so many
 * rows of so many columns.
 */
void
mml_metrics_rows_begin(MmlRows *rows, FunctionCallInfo fcinfo, Size room, int columns)
{
	if (room > MOST_ROWS)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("the result has %zu rows, but an array can hold %d", room, MOST_ROWS)));
	rows->type = get_element_type(get_func_rettype(fcinfo->flinfo->fn_oid));
	rows->desc = describe(rows->type, columns);
	rows->room = (int) room;
	rows->count = 0;
	rows->rows = mml_alloc(Max(room, 1) * sizeof(Datum));
}

/* Add a row. */
void
mml_metrics_rows_add(MmlRows *rows, const Datum *values, const bool *nulls)
{
	HeapTuple	tuple = heap_form_tuple(rows->desc, unconstify(Datum *, values),
										unconstify(bool *, nulls));

	Assert(rows->count < rows->room);
	CHECK_FOR_INTERRUPTS();
	rows->rows[rows->count++] = HeapTupleGetDatum(tuple);
}

/* The array. */
Datum
mml_metrics_rows_datum(const MmlRows *rows)
{
	return PointerGetDatum(construct_array(rows->rows, rows->count, rows->type, -1, false,
										   TYPALIGN_DOUBLE));
}

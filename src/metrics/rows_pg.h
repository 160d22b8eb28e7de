/*-------------------------------------------------------------------------
 *
 * rows_pg.h
 *	  What metrics return: a number, a row, or an array of rows.
 *
 * An aggregate cannot return a set, so those that tell more than a number
 * return an array of a row type, and unnest() makes rows of it.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MML_METRICS_ROWS_PG_H
#define MML_METRICS_ROWS_PG_H

#include "postgres.h"

#include <math.h>

#include "access/tupdesc.h"
#include "fmgr.h"

/* An array that is being made. */
typedef struct MmlRows
{
	Oid			type;			/* of a row */
	TupleDesc	desc;
	int			room;
	int			count;
	Datum	   *rows;			/* (room) */
} MmlRows;

/* A result, or NULL where it is not defined. */
static inline Datum
mml_metrics_number_or_null(FunctionCallInfo fcinfo, double value)
{
	if (isnan(value))
		PG_RETURN_NULL();
	PG_RETURN_FLOAT8(value);
}

extern Datum mml_metrics_row_datum(FunctionCallInfo fcinfo, int columns, const Datum *values,
								   const bool *nulls);
extern void mml_metrics_rows_begin(MmlRows *rows, FunctionCallInfo fcinfo, Size room, int columns);
extern void mml_metrics_rows_add(MmlRows *rows, const Datum *values, const bool *nulls);
extern Datum mml_metrics_rows_datum(const MmlRows *rows);

#endif							/* MML_METRICS_ROWS_PG_H */

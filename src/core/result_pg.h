/*-------------------------------------------------------------------------
 *
 * result_pg.h
 *	  Fill the rows that a function returns.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MML_RESULT_PG_H
#define MML_RESULT_PG_H

#include "postgres.h"

#include <math.h>

/* A column of type float8, where NaN stands for NULL. */
static inline void
mml_set_number(Datum *values, bool *nulls, int column, double value)
{
	nulls[column] = isnan(value);
	values[column] = Float8GetDatum(value);
}

#endif							/* MML_RESULT_PG_H */

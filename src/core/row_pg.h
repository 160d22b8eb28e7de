/*-------------------------------------------------------------------------
 *
 * row_pg.h
 *	  The features of a model from a row, matched by name.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MML_ROW_PG_H
#define MML_ROW_PG_H

#include "postgres.h"

#include "core/model_pg.h"
#include "fmgr.h"

extern const double *mml_row_arg(FunctionCallInfo fcinfo, int argno,
								 const MmlModel *model);

#endif							/* MML_ROW_PG_H */

/*-------------------------------------------------------------------------
 *
 * named_pg.h
 *	  The registered model that a name stands for.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MML_NAMED_PG_H
#define MML_NAMED_PG_H

#include "core/model_name_pg.h"

extern MmlModelNamed mml_named_model(const text *name);

#endif							/* MML_NAMED_PG_H */

/*-------------------------------------------------------------------------
 *
 * clean_pg.h
 *	  What the server knows of clean.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MML_CLEAN_PG_H
#define MML_CLEAN_PG_H

#include "postgres.h"

#include "clean/preprocessor.h"
#include "core/kind_pg.h"
#include "core/model_pg.h"

extern const MmlKind mml_preprocessor_kind; /* preprocessor_kind_sql.c */
extern const MmlKind mml_pipeline_kind; /* pipeline_sql.c */

extern const MmlPreprocessor *mml_clean_preprocessor_of(const MmlModel *model);

#endif							/* MML_CLEAN_PG_H */

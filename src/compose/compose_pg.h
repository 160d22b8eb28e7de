/*-------------------------------------------------------------------------
 *
 * compose_pg.h
 *	  Models made of models, and calibrators.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MML_COMPOSE_PG_H
#define MML_COMPOSE_PG_H

#include "postgres.h"

#include "compose/calibrator.h"
#include "core/model_pg.h"

extern const MmlKind mml_calibrator_kind;
extern const MmlKind mml_calibrated_kind;
extern const MmlKind mml_grouped_kind;

extern void mml_calibrator_info(const MmlCalibrator *calibrator, StringInfo json);

#endif							/* MML_COMPOSE_PG_H */

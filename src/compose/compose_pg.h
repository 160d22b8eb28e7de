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

/* What models of a group answer with. */
typedef enum MmlAnswers
{
	MML_ANSWERS_NUMBER,
	MML_ANSWERS_CLASS,
	MML_ANSWERS_CLUSTER
} MmlAnswers;

extern bool mml_grouped_may_hold(const MmlKind *kind);
extern bool mml_grouped_answers_rows(const MmlModel *model);
extern MmlAnswers mml_grouped_answers(const MmlModel *model);

extern void mml_calibrator_info(const MmlCalibrator *calibrator, StringInfo json);

#endif							/* MML_COMPOSE_PG_H */

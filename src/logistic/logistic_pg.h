/*-------------------------------------------------------------------------
 *
 * logistic_pg.h
 *	  What the glue of logistic regression shares, and src/mediaml.c lists.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MML_LOGISTIC_PG_H
#define MML_LOGISTIC_PG_H

#include "core/kind_pg.h"
#include "core/matrix_pg.h"
#include "core/options_pg.h"
#include "logistic/logistic.h"
#include "logistic/logistic_classes_pg.h"

extern const MmlKind mml_logistic_kind;

/* What the aggregate is asked for. */
typedef struct LogisticOptions
{
	Jsonb	   *given;			/* as given in the first row, or NULL */
	JsonbValue *class_weight;	/* NULL: none */
	JsonbValue *reference;		/* NULL: the first class */
	bool		intercept;
	double		l2;
	int64		max_iter;		/* 0: the method's own */
	double		tol;
	MmlNames	names;
} LogisticOptions;

/* What the aggregate gathers. */
typedef struct LogisticState
{
	LogisticOptions options;
	LogisticClasses classes;
	MmlMatrix  *matrix;
	int64		skipped;		/* rows whose target or features are NULL */
} LogisticState;

extern bytea *mml_logistic_train(void *state);
extern PGDLLEXPORT void mml_logistic_visit(void *job, MmlBlocks *blocks,
										   int lane, int nlanes);

#endif							/* MML_LOGISTIC_PG_H */

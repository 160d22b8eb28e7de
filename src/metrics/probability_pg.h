/*-------------------------------------------------------------------------
 *
 * probability_pg.h
 *	  Arguments that are probabilities.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MML_METRICS_PROBABILITY_PG_H
#define MML_METRICS_PROBABILITY_PG_H

#include "postgres.h"

#include "fmgr.h"

/* The chances of several classes, and which of them happened. */
typedef struct MmlChances
{
	Size		classes;
	Size		actual;
	const double *probability;	/* (classes) */
} MmlChances;

extern double mml_metrics_probability_arg(FunctionCallInfo fcinfo, int argno);
extern void mml_metrics_chances_args(FunctionCallInfo fcinfo, MmlChances *chances);

#endif							/* MML_METRICS_PROBABILITY_PG_H */

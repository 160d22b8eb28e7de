/*-------------------------------------------------------------------------
 *
 * explanation.h
 *	  Why a model answers as it does for one row: what each feature adds.
 *
 * What is explained is how much more speaks for one class, or cluster, than
 * for another: base and all parts together.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MML_EXPLANATION_H
#define MML_EXPLANATION_H

#include "core/kernel.h"

typedef struct MmlExplanation
{
	int			class;			/* that is asked for, -1: the one that
								 * answers; afterwards the one that is
								 * explained */
	int			against;		/* the one that it is compared with */
	double		base;			/* what no feature adds */
	double	   *parts;			/* (features) */
} MmlExplanation;

#endif							/* MML_EXPLANATION_H */

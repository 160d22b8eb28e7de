/*-------------------------------------------------------------------------
 *
 * diverse_pg.h
 *	  Choose rows of a ranking that differ from each other.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MML_DIVERSE_PG_H
#define MML_DIVERSE_PG_H

#include "postgres.h"

#include "recommend/rank_pg.h"

extern void mml_diverse_choose(const MmlModel *model, MmlRecommendation *rows,
							   Size count, Size k, double diversity);

#endif							/* MML_DIVERSE_PG_H */

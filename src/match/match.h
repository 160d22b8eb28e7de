/*-------------------------------------------------------------------------
 *
 * match.h
 *	  How well a row fits what somebody wants.
 *
 * What is wanted is a list of conditions, each on one column: hard ones, that
 * must hold, and soft ones, that have weights.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MML_MATCH_H
#define MML_MATCH_H

#include "core/cell.h"

typedef enum MmlMatchTest
{
	MML_MATCH_IS,				/* the value is this one */
	MML_MATCH_ANY,				/* one of the values is among these */
	MML_MATCH_ALL,				/* the values have all of these */
	MML_MATCH_NONE,				/* no value is among these */
	MML_MATCH_NEAR,				/* at most range away from low = high */
		MML_MATCH_WITHIN			/* from low to high; range outside counts in
								 * part */
} MmlMatchTest;

/*
 * A condition.  Values that it names are numbers where the column holds
 * numbers, booleans or times, and else texts.
 */
typedef struct MmlCondition
{
	MmlMatchTest test;
	bool		must;
	double		weight;			/* of a soft one, above 0 */
	double		low;			/* NEAR, WITHIN: -INFINITY .. INFINITY */
	double		high;
	double		range;			/* 0 up */
	size_t		count;			/* of values, others */
	const double *numbers;		/* (count), or NULL */
	const MmlText *texts;		/* (count), or NULL */
	MmlText		separator;		/* between the values of a text; empty: none */
} MmlCondition;

extern double mml_match_similarity(const MmlCondition *condition, const MmlCell *cell);
extern bool mml_match_holds(const MmlCondition *condition, const MmlCell *cell);

#endif							/* MML_MATCH_H */

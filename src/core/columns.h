/*-------------------------------------------------------------------------
 *
 * columns.h
 *	  Mean and spread of every column, gathered block by block.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MML_COLUMNS_H
#define MML_COLUMNS_H

#include "core/kernel.h"

/* What is known of the columns of the rows seen so far. */
typedef struct MmlColumns
{
	int			cols;
	double		rows;
	double	   *mean;			/* (cols) */
	double	   *m2;				/* (cols) sum of (x - mean)^2 */
	double	   *block_mean;		/* (cols) scratch */
	double	   *block_m2;		/* (cols) scratch */
} MmlColumns;

extern void mml_columns_add(MmlColumns *columns, int rows, const double *x);

#endif							/* MML_COLUMNS_H */

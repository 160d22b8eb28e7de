/*-------------------------------------------------------------------------
 *
 * rowwise.h
 *	  What rowwise.c and rowwise_rules.c share: where values carry rows.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MML_ROWWISE_H
#define MML_ROWWISE_H

#include "nn/plan.h"

/* Of a value, in place of the axis along which it carries the rows. */
#define MML_ROWS_SAME (-1)		/* the same for any rows, however many */
#define MML_ROWS_COUNTED (-2)	/* known, by how many rows there are */
#define MML_ROWS_MIXED (-3)		/* rows may see each other in it */

/* An output of a node, and the axis along which it seems to carry the rows. */
typedef struct MmlRowSite
{
	const MmlPlan *one;			/* for a row */
	const MmlPlan *many;		/* for all rows */
	const MmlNode *node;		/* of the latter, as is the call */
	const MmlCall *call;
	const int8_t *carries;		/* (values) an axis, or one of the above */
	int			output;
	int			to;
} MmlRowSite;

extern bool mml_nn_keeps_rows(const MmlRowSite *site);

/* Has a value, for one row, no axis for rows? */
static inline bool
mml_nn_lacks_axis(const MmlRowSite *site, int v)
{
	return site->one->tensor[v].rank < site->many->tensor[v].rank;
}

#endif							/* MML_ROWWISE_H */

/*-------------------------------------------------------------------------
 *
 * strangers_pg.h
 *	  Lists of ids that a model does not know.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MML_STRANGERS_PG_H
#define MML_STRANGERS_PG_H

#include "postgres.h"

#include "recommend/catalogue.h"

/* Zeroed, it is empty. */
typedef struct MmlStrangers
{
	MmlId	   *ids;
	Size		count;
	Size		room;
} MmlStrangers;

extern void mml_strangers_add(MmlStrangers *strangers, MmlId id);
extern void mml_strangers_copy(MmlStrangers *to, const MmlStrangers *from);
extern void mml_strangers_sort(MmlStrangers *strangers);
extern void mml_strangers_subtract(MmlStrangers *from, const MmlStrangers *what);

#endif							/* MML_STRANGERS_PG_H */

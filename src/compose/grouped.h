/*-------------------------------------------------------------------------
 *
 * grouped.h
 *	  A model for each value of a column: how the models are found and what
 *	  classes they have together.
 *
 * Sections of a model of kind "grouped", of n values and m models, n or, with
 * one for all other values, n + 1:
 *
 *		column	texts 1			that chooses the model
 *		keys	texts n			values of it, ascending by bytes
 *		sizes	i64 (m,1)		bytes of each model with its length word
 *		models	u8  (bytes,1)	the models whole, in the order of keys, each
 *								from the next multiple of 64 on; zeros between
 *
 *-------------------------------------------------------------------------
 */
#ifndef MML_GROUPED_H
#define MML_GROUPED_H

#include "core/cell.h"
#include "core/envelope.h"
#include "core/room.h"

/* The parts of the envelope, before any model within is opened. */
typedef struct MmlGroups
{
	const char *column;
	size_t		count;			/* keys */
	MmlText    *keys;			/* (count) */
	size_t		models;			/* count, or one more */
	const int64_t *sizes;		/* (models) */
	const char *bytes;			/* of the first model */
} MmlGroups;

extern const char *mml_groups_parse(const MmlEnvelope *env, MmlRoom *room, MmlGroups *groups);
extern size_t mml_groups_find(const MmlGroups *groups, MmlText value);

/* Different texts, in the order in which they came. */
typedef struct MmlTextSet
{
	MmlRoom    *room;
	size_t		count;
	size_t		bytes;			/* of all, with their ends */
	const char **texts;			/* (slots / 2) */
	size_t		slots;			/* a power of 2, or 0 */
	size_t	   *table;			/* (slots) 1 + place of a text; 0: none */
} MmlTextSet;

extern void mml_text_set_add(MmlTextSet *set, const char *text);
extern bool mml_text_set_has(const MmlTextSet *set, const char *text);
extern MmlTexts mml_text_set_list(const MmlTextSet *set);

#endif							/* MML_GROUPED_H */

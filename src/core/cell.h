/*-------------------------------------------------------------------------
 *
 * cell.h
 *	  A value of a row, as kernels see it.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MML_CELL_H
#define MML_CELL_H

#include "core/kernel.h"

/* What a column holds, whatever its SQL type calls it. */
typedef enum MmlClass
{
	MML_CLASS_NUMBER = 1,		/* integers, floats, numeric, money; intervals
								 * and times of day in seconds */
	MML_CLASS_BOOLEAN,			/* 0 or 1 */
	MML_CLASS_TIME,				/* dates and timestamps: days since
								 * 2000-01-01, UTC */
	MML_CLASS_TEXT,				/* texts, enums, uuids */
	MML_CLASS_LIST,				/* arrays of texts, enums or integers */
	MML_CLASS_UNFIT				/* whatever else: never a feature */
} MmlClass;

/* A text in UTF-8, not terminated. */
typedef struct MmlText
{
	const char *bytes;
	size_t		length;
} MmlText;

/*
 * A value; where it is present its class says which fields hold it.  A number
 * may be NaN or infinite, as may a time.  Elements of a list that are NULL are
 * left out.
 */
typedef struct MmlCell
{
	MmlClass	class;
	bool		present;		/* false: NULL */
	double		number;			/* NUMBER, BOOLEAN, TIME */
	MmlText		text;			/* TEXT */
	size_t		count;			/* LIST */
	const MmlText *items;		/* (count) LIST */
} MmlCell;

/* A column that a model reads from raw rows. */
typedef struct MmlInput
{
	const char *name;			/* UTF-8 */
	const char *type;			/* UTF-8: what SQL called its type in training */
	MmlClass	class;			/* of that type */
	bool		as_text;		/* read it as TEXT: see cell_pg.h */
	int			features;		/* that are made of it; those of all inputs
								 * lie in the order of these */
} MmlInput;

/* What came of preparing the cells of a row. */
typedef enum MmlPrepared
{
	MML_PREPARED = 0,
	MML_CELL_MISSING,			/* a cell that is not filled is missing */
	MML_CELL_UNSEEN				/* a cell holds what was not seen in training */
} MmlPrepared;

#endif							/* MML_CELL_H */

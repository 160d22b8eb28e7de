/*-------------------------------------------------------------------------
 *
 * cell_pg.h
 *	  Values of SQL types as cells.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MML_CELL_PG_H
#define MML_CELL_PG_H

#include "postgres.h"

#include "core/cell.h"
#include "fmgr.h"

/*
 * How to read the values of one column.  As text, a number is its shortest
 * decimal form (3, 0.1; a numeric without trailing zeros), a boolean true or
 * false, a time its ISO form: the same text for the same value, whichever of
 * the types of its class the column has.
 */
typedef struct MmlReader
{
	Oid			type;			/* that the column is declared with */
	Oid			base;			/* behind domains */
	Oid			element;		/* of a list, behind domains; else 0 */
	int16		element_length;
	bool		element_byval;
	char		element_align;
	MmlClass	class;
	bool		as_text;
	bool		is_enum;		/* its values, or the elements of its lists */
	bool		convert;		/* the server's encoding is not UTF-8 */
} MmlReader;

extern MmlClass mml_class_of(Oid type);
extern const char *mml_class_name(MmlClass class);
extern void mml_reader_open(MmlReader *reader, Oid type, bool as_text);
extern void mml_reader_read(const MmlReader *reader, Datum value, bool null,
							MmlCell *cell);

#endif							/* MML_CELL_PG_H */

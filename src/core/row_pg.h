/*-------------------------------------------------------------------------
 *
 * row_pg.h
 *	  Rows of any type: their columns by name, and the features of a model.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MML_ROW_PG_H
#define MML_ROW_PG_H

#include "postgres.h"

#include "access/htup_details.h"
#include "access/tupdesc.h"
#include "core/cell_pg.h"
#include "core/model_pg.h"
#include "fmgr.h"
#include "utils/typcache.h"

/* The type of a row, and the values of the present one. */
typedef struct MmlRow
{
	Oid			type;
	int32		typmod;
	const TypeCacheEntry *entry;	/* of a named type; NULL: a record */
	uint64		identifier;		/* that the entry had */
	TupleDesc	desc;
	Datum	   *values;			/* (natts) */
	bool	   *nulls;			/* (natts) */
} MmlRow;

extern MmlRow *mml_row_open(HeapTupleHeader header);
extern bool mml_row_fits(const MmlRow *row, HeapTupleHeader header);
extern void mml_row_read(MmlRow *row, HeapTupleHeader header);
extern int	mml_row_find(const MmlRow *row, const char *name);

/* The columns of a row that a model reads. */
typedef struct MmlRowMap
{
	MemoryContext context;		/* that all this lies in, if it has its own */
	MmlRow	   *row;
	int			count;			/* columns that the model reads */
	int		   *columns;		/* (count) attribute of each; -1: none */
	MmlReader  *readers;		/* (count) of a kind with inputs */
	MmlCell    *cells;			/* (count) of a kind with inputs */
	Oid		   *types;			/* (count) base type, of a kind without */
	double	   *x;				/* (features) */
} MmlRowMap;

/* How values of a type become the text that chooses a model for a row. */
typedef enum MmlWriting
{
	MML_AS_IT_IS,				/* a text under another name */
	MML_BY_READER,				/* as core/cell_pg.h says */
	MML_BY_CAST,
	MML_BY_OUTPUT
} MmlWriting;

typedef struct MmlKeyText
{
	MmlWriting	writing;
	MmlReader	reader;			/* of MML_BY_READER */
	FmgrInfo	function;		/* of MML_BY_CAST and MML_BY_OUTPUT */
} MmlKeyText;

extern void mml_key_open(MmlKeyText *key, Oid type, MemoryContext context);
extern MmlText mml_key_text(MmlKeyText *key, Datum value);

extern MmlRowMap *mml_row_cells(FunctionCallInfo fcinfo, int argno,
								const MmlModel *model);
extern const double *mml_row_arg(FunctionCallInfo fcinfo, int argno,
								 const MmlModel *model);
extern MmlRowMap *mml_row_map(MmlRow *row, const MmlModel *model);
extern const double *mml_row_features(MmlRowMap *map, const MmlModel *model);
extern const MmlRowMap *mml_row_last(FunctionCallInfo fcinfo);
extern const MmlRowMap *mml_row_ask(FunctionCallInfo fcinfo, int argno,
									const MmlModel **model);

#endif							/* MML_ROW_PG_H */

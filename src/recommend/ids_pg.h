/*-------------------------------------------------------------------------
 *
 * ids_pg.h
 *	  Ids of items between SQL and kernels.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MML_IDS_PG_H
#define MML_IDS_PG_H

#include "postgres.h"

#include "fmgr.h"
#include "recommend/catalogue.h"
#include "utils/array.h"

/* A list of ids being read, one after the other. */
typedef struct MmlIdReader
{
	const char *what;			/* name of the argument, for messages */
	MmlIdType	wanted;			/* by the model */
	Oid			type;			/* of the elements */
	Oid			array_type;
	int			count;
	int			next;
	const int64 *numbers;		/* bigint[] without nulls, read in place; or */
	ArrayIterator iterator;
} MmlIdReader;

extern MmlId mml_id_of_text(const text *value);
extern text *mml_uuid_text(Datum value);
extern Datum mml_id_key(const MmlId *id);
extern ArrayType *mml_ids_arg(FunctionCallInfo fcinfo, int argno,
							  const char *what, MmlIdType wanted);
extern MmlId mml_id_arg(FunctionCallInfo fcinfo, int argno, const char *what,
						MmlIdType wanted);
extern void mml_ids_open(MmlIdReader *reader, ArrayType *list,
						 const char *what, MmlIdType wanted);
extern bool mml_ids_next(MmlIdReader *reader, MmlId *id, bool *isnull);

#endif							/* MML_IDS_PG_H */

/*-------------------------------------------------------------------------
 *
 * compat_pg.h
 *	  Differences between the versions of PostgreSQL that mediaml is written
 *	  for, 15 to 18.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MML_COMPAT_PG_H
#define MML_COMPAT_PG_H

#include "postgres.h"

#if PG_VERSION_NUM < 150000
#error "mediaml needs PostgreSQL 15 or later"
#endif

#if PG_VERSION_NUM >= 160000
#include "varatt.h"
#endif

#include "storage/buffile.h"
#include "storage/proc.h"
#include "utils/guc_tables.h"

/* Since 16 a short read is an error of BufFileReadExact's own. */
static inline void
mml_read_exact(BufFile *file, void *data, size_t size)
{
#if PG_VERSION_NUM >= 160000
	BufFileReadExact(file, data, size);
#else
	if (BufFileRead(file, data, size) != size)
		ereport(ERROR,
				(errcode_for_file_access(),
				 errmsg("could not read from temporary file: read too little")));
#endif
}

/* All settings; since 16 they are gathered from a hash table. */
static inline struct config_generic **
mml_settings(int *count)
{
#if PG_VERSION_NUM >= 160000
	return get_guc_variables(count);
#else
	*count = GetNumConfigOptions();
	return get_guc_variables();
#endif
}

/* The number of the present transaction in its backend. */
static inline LocalTransactionId
mml_local_transaction(void)
{
#if PG_VERSION_NUM >= 170000
	return MyProc->vxid.lxid;
#else
	return MyProc->lxid;
#endif
}

#endif							/* MML_COMPAT_PG_H */

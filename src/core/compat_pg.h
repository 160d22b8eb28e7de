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

#endif							/* MML_COMPAT_PG_H */

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

#ifndef pg_noreturn				/* since 18, in place of
								 * pg_attribute_noreturn() */
#define pg_noreturn _Noreturn
#endif

#include "common/hashfn.h"
#include "storage/buffile.h"
#include "utils/acl.h"
#include "utils/guc.h"
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

/* May a role become another?  Since 16 a member may only where this was granted. */
static inline bool
mml_may_become(Oid member, Oid role)
{
#if PG_VERSION_NUM >= 160000
	return member_can_set_role(member, role);
#else
	return is_member_of_role(member, role);
#endif
}

/*
 * A digest of the settings that policies are likely to read: the application's
 * name, and those that users make up.  False where it would cost more than to do
 * without: since 16 settings can only be listed sorted by name.
 */
static inline bool
mml_settings_digest(uint64 *digest)
{
#if PG_VERSION_NUM >= 160000
	*digest = 0;
	return false;
#else
	struct config_generic **settings = get_guc_variables();
	int			count = GetNumConfigOptions();

	*digest = hash_bytes_extended((const unsigned char *) application_name,
								  (int) strlen(application_name), 0);
	for (int i = 0; i < count; i++)
	{
		const char *value;
		uint64		hash;

		if (settings[i]->group != CUSTOM_OPTIONS || settings[i]->vartype != PGC_STRING)
			continue;
		value = *((const struct config_string *) settings[i])->variable;
		hash = value == NULL ? 0 :
			hash_bytes_extended((const unsigned char *) value, (int) strlen(value), (uint64) i);
		*digest = hash_combine64(*digest, hash);
	}
	return true;
#endif
}

#endif							/* MML_COMPAT_PG_H */

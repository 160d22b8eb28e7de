/*-------------------------------------------------------------------------
 *
 * model_name_pg.c
 *	  Models by name: how long an answer may be kept; see model_name_pg.h.
 *
 * What a function keeps in fn_extra can outlive the statement: in a loop of
 * PL/pgSQL it lives as long as the transaction.  A snapshot that sees the same
 * transactions and the same commands of its own sees the same tables; another
 * user, or where policies are at work another setting, may see other rows.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/xact.h"
#include "catalog/pg_type.h"
#include "common/hashfn.h"
#include "miscadmin.h"
#include "utils/lsyscache.h"
#include "utils/rls.h"
#include "utils/snapmgr.h"

#include "core/compat_pg.h"
#include "core/model_name_pg.h"

MmlModelByName mml_model_by_name = NULL;

/* Is an argument declared as text, in the function that is called? */
bool
mml_argument_is_name(FunctionCallInfo fcinfo, int argno)
{
	Oid		   *types;
	int			count;
	bool		name;

	(void) get_func_signature(fcinfo->flinfo->fn_oid, &types, &count);
	name = argno < count && types[argno] == TEXTOID;
	pfree(types);
	return name;
}

/* A digest of all settings that users have made up, as tenants often are told by. */
static uint64
hash_settings(void)
{
	int			count;
	struct config_generic **settings = mml_settings(&count);
	uint64		hash = 0;

	for (int i = 0; i < count; i++)
	{
		const struct config_string *setting = (const struct config_string *) settings[i];
		const char *value;

		if (setting->gen.group != CUSTOM_OPTIONS || setting->gen.vartype != PGC_STRING)
			continue;
		value = *setting->variable == NULL ? "" : *setting->variable;
		hash = hash_combine64(hash, hash_bytes_extended((const unsigned char *) setting->gen.name,
														(int) strlen(setting->gen.name), 0));
		hash = hash_combine64(hash, hash_bytes_extended((const unsigned char *) value,
														(int) strlen(value), 0));
	}
	return hash;
}

/* Tell what the present moment is; of settings only where policies may read them. */
void
mml_moment_now(MmlMoment *moment, bool guarded)
{
	Snapshot	snapshot = GetActiveSnapshot();

	memset(moment, 0, sizeof(MmlMoment));	/* for memcmp */
	moment->user = GetUserId();
	moment->session_user = GetSessionUserId();
	moment->row_security = row_security;
	moment->guarded = guarded;
	moment->transaction = mml_local_transaction();
	moment->statement = GetCurrentStatementStartTimestamp();
	moment->xmin = snapshot->xmin;
	moment->xmax = snapshot->xmax;
	moment->command = snapshot->curcid;
	moment->completed = snapshot->snapXactCompletionCount;
	moment->settings = guarded ? hash_settings() : 0;
}

/* Is it still the same moment? */
bool
mml_moment_lasts(const MmlMoment *moment)
{
	MmlMoment	now;

	mml_moment_now(&now, moment->guarded);
	return memcmp(&now, moment, sizeof(MmlMoment)) == 0;
}

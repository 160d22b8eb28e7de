/*-------------------------------------------------------------------------
 *
 * model_name_pg.c
 *	  Models by name: how long an answer may be kept; see model_name_pg.h.
 *
 * What a function keeps in fn_extra can outlive the statement: in a loop of
 * PL/pgSQL it lives as long as the transaction.  Within one statement there is
 * one active snapshot, and each turn of a loop has its own, so an answer is
 * kept as long as its snapshot is the active one.  That two snapshots are alike
 * says nothing: policies may read more than tables.
 *
 * A snapshot is recognised by a number written into it, at a place that
 * PostgreSQL uses in the snapshots that it has not copied only, and sets to 0
 * in each copy; the active ones are all copies.  Its address would not do: the
 * next one may get the same.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_type.h"
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

/* The number of the active snapshot: another for each one of the backend. */
static uint64
number_snapshot(void)
{
	static uint64 numbers = 0;
	Snapshot	snapshot = GetActiveSnapshot();

	if (!snapshot->copied)
		elog(ERROR, "the active snapshot is not a copy");
	if (snapshot->snapXactCompletionCount == 0)
		snapshot->snapXactCompletionCount = ++numbers;
	return snapshot->snapXactCompletionCount;
}

/* Tell what the present moment is. */
MmlMoment
mml_moment_now(void)
{
	MmlMoment	now = {
		.user = GetUserId(),
		.session_user = GetSessionUserId(),
		.row_security = row_security,
		.snapshot = number_snapshot(),
		.command = GetActiveSnapshot()->curcid
	};

	return now;
}

/* Let a moment last no longer than the settings that policies may read. */
void
mml_moment_guard(MmlMoment *moment)
{
	moment->guarded = true;
	(void) mml_settings_digest(&moment->settings);
}

/* Is it still the same moment? */
bool
mml_moment_lasts(const MmlMoment *moment)
{
	MmlMoment	now = mml_moment_now();
	uint64		settings;

	if (now.snapshot != moment->snapshot || now.command != moment->command ||
		now.user != moment->user || now.session_user != moment->session_user ||
		now.row_security != moment->row_security)
		return false;
	if (!moment->guarded)
		return true;
	return mml_settings_digest(&settings) && settings == moment->settings;
}

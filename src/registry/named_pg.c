/*-------------------------------------------------------------------------
 *
 * named_pg.c
 *	  The registered model that a name stands for: the version that was
 *	  deployed last, as the active snapshot and the caller see it.
 *
 * It is read as the caller, by a plan that the backend keeps, which PostgreSQL
 * plans again for another role where there are policies.  A policy that hides
 * the version hides the model: it never shows an older one instead.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "mb/pg_wchar.h"
#include "utils/builtins.h"
#include "utils/datum.h"
#include "utils/plancache.h"

#include "registry/named_pg.h"

static const char *const query =
"SELECT x.model FROM mediaml.models AS m JOIN mediaml.model_data AS x"
" ON x.name OPERATOR(pg_catalog.=) m.name AND x.version OPERATOR(pg_catalog.=) m.version"
" AND x.part OPERATOR(pg_catalog.=) 'model'"
" WHERE m.name OPERATOR(pg_catalog.=) $1 AND m.version OPERATOR(pg_catalog.=)"
" (SELECT d.version FROM mediaml.deployments AS d WHERE d.name OPERATOR(pg_catalog.=) $1"
" ORDER BY d.number DESC LIMIT 1)";

static SPIPlanPtr plan = NULL;

/* Prepare the query, in the first call of a backend. */
static void
prepare(void)
{
	Oid			type = TEXTOID;
	SPIPlanPtr	made;

	if (plan != NULL)
		return;
	made = SPI_prepare_cursor(query, 1, &type, CURSOR_OPT_GENERIC_PLAN);
	if (made == NULL)
		elog(ERROR, "SPI_prepare_cursor failed: %s", SPI_result_code_string(SPI_result));
	SPI_keepplan(made);
	plan = made;
}

/* Complain of a name that stands for nothing. */
static void
report_missing(const text *name)
{
	char	   *string = text_to_cstring(name);
	bool		bytes = strncmp(string, "\\x", 2) == 0;

	string[pg_mbcliplen(string, (int) strlen(string), NAMEDATALEN)] = '\0';
	ereport(ERROR,
			(errcode(ERRCODE_UNDEFINED_OBJECT),
			 errmsg("there is no deployed model \"%s\"", string),
			 bytes ? errhint("If this is a model and not its name, write ::bytea behind it.") :
			 errhint("Deployed models that you may use are listed in mediaml.deployed_models.")));
}

/* See MmlModelByName. */
MmlModelNamed
mml_named_model(const text *name)
{
	MemoryContext caller = CurrentMemoryContext;
	MmlModelNamed found = {0};
	Datum		argument = PointerGetDatum(name);
	ListCell   *lc;
	bool		isnull;
	int			code;

	SPI_connect();
	prepare();
	code = SPI_execute_plan(plan, &argument, NULL, true, 1);
	if (code != SPI_OK_SELECT)
		elog(ERROR, "SPI_execute_plan failed: %s", SPI_result_code_string(code));
	if (SPI_processed == 0)
		report_missing(name);
	found.model = SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1, &isnull);
	MemoryContextSwitchTo(caller);
	found.model = datumCopy(found.model, false, -1);
	foreach(lc, SPI_plan_get_plan_sources(plan))
		found.guarded |= ((CachedPlanSource *) lfirst(lc))->dependsOnRLS;
	SPI_finish();
	return found;
}

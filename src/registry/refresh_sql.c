/*-------------------------------------------------------------------------
 *
 * refresh_sql.c
 *	  Train a model anew as the role that made it.
 *
 * A statement that a role has stored must not run with the rights of whoever
 * refreshes the model, a superuser's job most likely: so, as REFRESH
 * MATERIALIZED VIEW does, this becomes that role for a security-restricted
 * operation, and settings that the statement changes are put back.  Who calls
 * must be a member of the role.  refresh_run() demands that the version which it
 * finds is that role's, as another role could have added one meanwhile, or the
 * two roles see different ones.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "fmgr.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/guc.h"
#include "utils/memutils.h"

#include "core/compat_pg.h"

PG_FUNCTION_INFO_V1(mml_refresh);

/*
 * Wait for whoever trains the model, as the caller: whose statement it is, is
 * known only then.
 */
static void
lock_model(FunctionCallInfo fcinfo)
{
	Oid			types[] = {TEXTOID, BOOLOID};
	Datum		values[] = {PG_GETARG_DATUM(0), PG_GETARG_DATUM(4)};
	char		nulls[] = {' ', PG_ARGISNULL(4) ? 'n' : ' '};

	if (SPI_execute_with_args("SELECT mediaml.model_lock($1, $2)", lengthof(types), types,
							  values, nulls, false, 0) != SPI_OK_SELECT)
		elog(ERROR, "the model could not be locked");
}

/*
 * Look up who made the version of a model that is to be trained anew, in a
 * snapshot of its own.
 */
static Oid
find_creator(Datum name)
{
	Oid			type = TEXTOID;
	Oid			role;
	char	   *creator;

	if (SPI_execute_with_args("SELECT m.created_by FROM mediaml.refresh_source($1) AS m WHERE m.name IS NOT NULL",
							  1, &type, &name, NULL, false, 1) != SPI_OK_SELECT)
		elog(ERROR, "the model could not be looked up");
	if (SPI_processed == 0)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_OBJECT),
				 errmsg("there is no model \"%s\" that was made by train()", TextDatumGetCString(name)),
				 errhint("Models that were registered are made elsewhere: register() a new version.")));
	creator = SPI_getvalue(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1);
	role = get_role_oid(creator, false);
	if (!mml_may_become(GetUserId(), role))
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("must be a member of role \"%s\" to refresh model \"%s\"", creator,
						TextDatumGetCString(name))));
	return role;
}

/* Call refresh_run() with the same arguments, and return its rows. */
static void
run(FunctionCallInfo fcinfo)
{
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;
	Oid			types[] = {TEXTOID, INTERVALOID, INT8OID, TEXTOID, BOOLOID};
	Datum		values[lengthof(types)];
	char		nulls[lengthof(types)];

	for (int i = 0; i < (int) lengthof(types); i++)
	{
		values[i] = PG_GETARG_DATUM(i);
		nulls[i] = PG_ARGISNULL(i) ? 'n' : ' ';
	}
	if (SPI_execute_with_args("SELECT * FROM mediaml.refresh_run($1, $2, $3, $4, $5)",
							  lengthof(types), types, values, nulls, false, 0) != SPI_OK_SELECT)
		elog(ERROR, "refresh_run could not be called");
	for (uint64 i = 0; i < SPI_processed; i++)
		tuplestore_puttuple(rsinfo->setResult, SPI_tuptable->vals[i]);
}

/*
 * refresh(name text, max_age interval, min_new_rows bigint, deploy text,
 * wait boolean) -> rows of mediaml.trained
 */
Datum
mml_refresh(PG_FUNCTION_ARGS)
{
	Oid			user;
	int			context;
	int			level;
	Oid			creator;

	if (PG_ARGISNULL(0))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("the name of a model must not be null")));
	InitMaterializedSRF(fcinfo, MAT_SRF_USE_EXPECTED_DESC);
	SPI_connect();
	lock_model(fcinfo);
	creator = find_creator(PG_GETARG_DATUM(0));
	GetUserIdAndSecContext(&user, &context);
	level = NewGUCNestLevel();
	SetUserIdAndSecContext(creator, context | SECURITY_RESTRICTED_OPERATION);
	run(fcinfo);
	AtEOXact_GUC(false, level);
	SetUserIdAndSecContext(user, context);
	SPI_finish();
	return (Datum) 0;
}

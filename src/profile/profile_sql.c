/*-------------------------------------------------------------------------
 *
 * profile_sql.c
 *	  profile(relation): what one pass tells of the columns of a table.
 *
 * The pass is an ordinary query,
 *
 *		SELECT mediaml.profile_columns(p.a, p.b, ...), ... FROM schema.name AS p
 *
 * which the server plans and runs as the caller: so row-level security, the
 * privileges on columns, views, partitions, foreign tables and parallel
 * workers need nothing of us.  The states that it ends with are looked at
 * where the executor has them, in a receiver of our own: they never become
 * flat.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/relation.h"
#include "catalog/objectaddress.h"
#include "catalog/pg_class.h"
#include "executor/spi.h"
#include "executor/tuptable.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "tcop/dest.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/rel.h"

#include "core/cell_pg.h"
#include "core/compat_pg.h"
#include "profile/profile_pg.h"
#include "profile/table_state_pg.h"

/* A function has at most 100 arguments; a table has more columns. */
#define CALL_COLUMNS 90

PG_FUNCTION_INFO_V1(mml_profile);

/* What is profiled. */
typedef struct Job
{
	char	   *relation;		/* qualified and quoted */
	int			count;			/* of columns that the caller may read */
	MmlProfiled *columns;		/* (count) */
	StringInfoData hidden;		/* names of those that it may not */
} Job;

/* Where the states of the query go. */
typedef struct Receiver
{
	DestReceiver pub;
	const Job  *job;
	ReturnSetInfo *rsinfo;
	MemoryContext context;		/* for one row of the result */
} Receiver;

/* ------------------------------------------------------------- the relation */

/* Refuse what has no columns to read, or no rows. */
static void
check_kind(Relation relation)
{
	char		kind = relation->rd_rel->relkind;

	if (kind == RELKIND_RELATION || kind == RELKIND_PARTITIONED_TABLE ||
		kind == RELKIND_VIEW || kind == RELKIND_MATVIEW ||
		kind == RELKIND_FOREIGN_TABLE)
		return;
	ereport(ERROR,
			(errcode(ERRCODE_WRONG_OBJECT_TYPE),
			 errmsg("cannot profile relation \"%s\"", RelationGetRelationName(relation)),
			 errdetail_relkind_not_supported(kind),
			 errhint("Tables, views, materialized views, partitioned tables and foreign tables can be profiled.")));
}

/* Learn what the catalogs say of a column. */
static void
describe_column(MmlProfiled *profiled, Form_pg_attribute att)
{
	profiled->position = att->attnum;
	profiled->name = pstrdup(NameStr(att->attname));
	profiled->type = att->atttypid;
	profiled->typmod = att->atttypmod;
	profiled->base_typmod = att->atttypmod;
	profiled->base = getBaseTypeAndTypmod(att->atttypid, &profiled->base_typmod);
	profiled->class = mml_class_of(att->atttypid);
	profiled->form = mml_profile_key_form(profiled->base);
}

/* List the columns that the caller may read, and the names of the others. */
static void
list_columns(Job *job, Relation relation)
{
	TupleDesc	desc = RelationGetDescr(relation);
	Oid			relid = RelationGetRelid(relation);
	bool		all = pg_class_aclcheck(relid, GetUserId(), ACL_SELECT) == ACLCHECK_OK;

	job->columns = palloc(sizeof(MmlProfiled) * (Size) Max(desc->natts, 1));
	initStringInfo(&job->hidden);
	for (int i = 0; i < desc->natts; i++)
	{
		Form_pg_attribute att = TupleDescAttr(desc, i);

		if (att->attisdropped)
			continue;
		if (all || pg_attribute_aclcheck(relid, att->attnum, GetUserId(), ACL_SELECT) == ACLCHECK_OK)
			describe_column(&job->columns[job->count++], att);
		else
			appendStringInfo(&job->hidden, "%s\"%s\"", job->hidden.len == 0 ? "" : ", ",
							 NameStr(att->attname));
	}
	if (!all && job->count == 0)
		aclcheck_error(ACLCHECK_NO_PRIV, get_relkind_objtype(relation->rd_rel->relkind),
					   RelationGetRelationName(relation));
}

/*
 * Look the relation up.  Its lock is kept to the end of the transaction, as a
 * query's is: nobody can rename it before the query.
 */
static void
open_job(Job *job, Oid relid)
{
	Relation	relation = try_relation_open(relid, AccessShareLock);

	if (relation == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_TABLE),
				 errmsg("relation with OID %u does not exist", relid)));
	check_kind(relation);
	list_columns(job, relation);
	job->relation = quote_qualified_identifier(get_namespace_name(RelationGetNamespace(relation)),
											   RelationGetRelationName(relation));
	if (job->hidden.len > 0)
		ereport(NOTICE,
				(errmsg("columns of \"%s\" left out because you may not read them: %s",
						RelationGetRelationName(relation), job->hidden.data)));
	relation_close(relation, NoLock);
}

/* ---------------------------------------------------------------- the query */

/* Write the query: as many calls as the columns need. */
static char *
write_query(const Job *job)
{
	StringInfoData query;

	initStringInfo(&query);
	appendStringInfoString(&query, "SELECT ");
	for (int i = 0; i < job->count; i++)
	{
		if (i % CALL_COLUMNS == 0)
			appendStringInfo(&query, "%smediaml.profile_columns(", i == 0 ? "" : "), ");
		else
			appendStringInfoString(&query, ", ");
		appendStringInfo(&query, "p.%s", quote_identifier(job->columns[i].name));
	}
	appendStringInfo(&query, ") FROM %s AS p", job->relation);
	return query.data;
}

/* The states are there: a row of the result for each column in each. */
static bool
receive_states(TupleTableSlot *slot, DestReceiver *self)
{
	Receiver   *receiver = (Receiver *) self;
	const Job  *job = receiver->job;
	MemoryContext caller = CurrentMemoryContext;
	const MmlTable *table = NULL;

	slot_getallattrs(slot);
	for (int i = 0; i < job->count; i++)
	{
		const MmlProfiled *profiled = &job->columns[i];
		int			call = i / CALL_COLUMNS;
		MmlColumn	none = {.class = profiled->class};

		CHECK_FOR_INTERRUPTS();
		if (i % CALL_COLUMNS == 0)
		{
			table = slot->tts_isnull[call] ? NULL :
				mml_profile_settled(mml_built_read(slot->tts_values[call], &mml_profile_builder));
			if (table != NULL && table->count != (size_t) Min(job->count - i, CALL_COLUMNS))
				elog(ERROR, "profile_columns has summed up %zu columns", table->count);
		}
		MemoryContextSwitchTo(receiver->context);
		mml_profile_put_row(receiver->rsinfo, profiled,
							table == NULL ? &none : &table->columns[i % CALL_COLUMNS]);
		MemoryContextSwitchTo(caller);
		MemoryContextReset(receiver->context);
	}
	return true;
}

/* The query is about to run. */
static void
start_receiver(DestReceiver *self, int operation, TupleDesc desc)
{
	(void) self;
	(void) operation;
	(void) desc;
}

/* The query has run, or the receiver is to go: it holds nothing. */
static void
stop_receiver(DestReceiver *self)
{
	(void) self;
}

/* Run the query, as the caller and in its snapshot. */
static void
run_job(const Job *job, ReturnSetInfo *rsinfo)
{
	Receiver	receiver = {
		.pub = {receive_states, start_receiver, stop_receiver, stop_receiver, DestTuplestore},
		.job = job,
		.rsinfo = rsinfo
	};
	SPIExecuteOptions options = {.read_only = true,.dest = &receiver.pub};
	char	   *query = write_query(job);
	int			code;

	receiver.context = AllocSetContextCreate(CurrentMemoryContext, "mediaml profile",
											 ALLOCSET_DEFAULT_SIZES);
	SPI_connect();
	code = SPI_execute_extended(query, &options);
	if (code != SPI_OK_SELECT)
		elog(ERROR, "SPI_execute_extended failed: %s", SPI_result_code_string(code));
	SPI_finish();
	MemoryContextDelete(receiver.context);
}

/* profile(relation regclass) -> rows */
Datum
mml_profile(PG_FUNCTION_ARGS)
{
	Job			job = {0};

	InitMaterializedSRF(fcinfo, MAT_SRF_USE_EXPECTED_DESC);
	open_job(&job, PG_GETARG_OID(0));
	if (job.count > 0)
		run_job(&job, (ReturnSetInfo *) fcinfo->resultinfo);
	return (Datum) 0;
}

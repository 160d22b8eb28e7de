/*-------------------------------------------------------------------------
 *
 * kept_pg.c
 *	  What a backend keeps of the recommenders that it has called; see kept_pg.h.
 *
 * A kept plan is planned again by PostgreSQL where a table has changed, and
 * where it depends on row-level security, another role calls.  As names may
 * have changed then, its text is made anew, as foreign keys do: the tables are
 * locked before the plan is looked at, so that no name changes behind it.
 * Plans are generic from the first call on: they are lookups by key.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "nodes/parsenodes.h"
#include "storage/lmgr.h"
#include "utils/builtins.h"
#include "utils/hsearch.h"
#include "utils/memutils.h"

#include "registry/kept_pg.h"

#define MOST_KEPT 100			/* recommenders */

/* Marks what is kept as being at work, until a memory context is reset. */
typedef struct Hold
{
	MmlKept    *kept;
	MemoryContextCallback callback;
} Hold;

static HTAB *table = NULL;
static int	made_plans = 0;		/* recommenders that plans are kept of */

/* ----------------------------------------------------------------- queries */

/* Prepare a query that may be kept. */
SPIPlanPtr
mml_kept_prepare(const char *query, int count, Oid *types)
{
	SPIPlanPtr	plan = SPI_prepare_cursor(query, count, types, CURSOR_OPT_GENERIC_PLAN);

	if (plan == NULL)
		elog(ERROR, "SPI_prepare_cursor failed: %s", SPI_result_code_string(SPI_result));
	return plan;
}

/* Run a plan that reads, with at most one argument; the memory context stays. */
void
mml_kept_run(SPIPlanPtr plan, Datum argument)
{
	MemoryContext caller = CurrentMemoryContext;
	int			code = SPI_execute_plan(plan, &argument, NULL, true, 0);

	MemoryContextSwitchTo(caller);
	if (code != SPI_OK_SELECT)
		elog(ERROR, "SPI_execute_plan failed: %s", SPI_result_code_string(code));
}

/* Read the whole definition of a recommender, but for its models. */
MmlDefinition *
mml_kept_definition(const char *name)
{
	MmlDefinition *definition = palloc(sizeof(MmlDefinition));
	Oid			type = TEXTOID;
	Datum		value = CStringGetTextDatum(name);

	if (SPI_execute_with_args("SELECT name, events, user_column, item_column, weight_column,"
							  " time_column, items, items_key, document_columns, options"
							  " FROM mediaml.recommenders WHERE name OPERATOR(pg_catalog.=) $1",
							  1, &type, &value, NULL, true, 0) != SPI_OK_SELECT ||
		SPI_processed != 1)
		elog(ERROR, "recommender \"%s\" could not be read", name);
	mml_definition_read(definition, SPI_tuptable->vals[0], SPI_tuptable->tupdesc);
	return definition;
}

/* ------------------------------------------------------------ what is kept */

/* Free the plans that are kept of a recommender. */
static void
forget(MmlKept *kept)
{
	SPIPlanPtr	history = kept->history;
	SPIPlanPtr	shown = kept->shown;

	kept->history = kept->shown = NULL;
	if (history != NULL)
	{
		made_plans--;
		SPI_freeplan(history);
	}
	if (shown != NULL)
		SPI_freeplan(shown);
}

/* Make room among what is kept: all goes that no call is at work with. */
static void
forget_idle(void)
{
	HASH_SEQ_STATUS scan;
	MmlKept    *kept;

	if (made_plans < MOST_KEPT)
		return;
	hash_seq_init(&scan, table);
	while ((kept = hash_seq_search(&scan)) != NULL)
		if (kept->busy == 0)
			forget(kept);
}

/* Make the plans of a recommender, to be kept only where keep is true. */
static void
make_plans(MmlKept *kept, const MmlDefinition *definition, bool keep)
{
	Oid			list = definition->item_ids == MML_ID_BIGINT ? INT8ARRAYOID : TEXTARRAYOID;

	kept->events = definition->events;
	kept->items = definition->items;
	kept->parameter = mml_definition_parameter(definition);
	kept->half_life = definition->half_life;
	kept->weighted = definition->weight_column != NULL;
	kept->user_ids = definition->user_ids;
	kept->item_ids = definition->item_ids;
	kept->history = mml_kept_prepare(mml_definition_history(definition), 1, &kept->parameter);
	if (OidIsValid(definition->items))
		kept->shown = mml_kept_prepare(mml_definition_shown(definition), 1, &list);
	if (keep)
	{
		SPI_keepplan(kept->history);
		if (kept->shown != NULL)
			SPI_keepplan(kept->shown);
	}
}

/* Are the plans kept of this row, and of tables as they are now? */
static bool
is_current(const MmlKept *kept, uint64 stamp)
{
	if (kept->stamp != stamp || kept->history == NULL)
		return false;
	LockRelationOid(kept->events, AccessShareLock);
	if (OidIsValid(kept->items))
		LockRelationOid(kept->items, AccessShareLock);
	return SPI_plan_is_valid(kept->history) &&
		(kept->shown == NULL || SPI_plan_is_valid(kept->shown));
}

/* Undo a hold. */
static void
release_hold(void *arg)
{
	((Hold *) arg)->kept->busy--;
}

/* Hold what is kept until a memory context is reset. */
static const MmlKept *
hold(MmlKept *kept, MemoryContext until)
{
	Hold	   *held = MemoryContextAllocZero(until, sizeof(Hold));

	held->kept = kept;
	held->callback.func = release_hold;
	held->callback.arg = held;
	MemoryContextRegisterResetCallback(until, &held->callback);
	kept->busy++;
	return kept;
}

/*
 * What the backend keeps of a recommender, made anew where it is not of this
 * row.  Where a call further out is at work with plans that have become old,
 * they are left to it, and this call has plans of its own.
 */
const MmlKept *
mml_kept_find(const char *name, uint64 stamp, MemoryContext until)
{
	MmlKept    *kept;
	MmlKept    *made;
	bool		found;

	if (table == NULL)
	{
		HASHCTL		ctl = {.keysize = NAMEDATALEN,.entrysize = sizeof(MmlKept)};

		table = hash_create("mediaml recommenders", 16, &ctl, HASH_ELEM | HASH_STRINGS);
	}
	kept = hash_search(table, name, HASH_ENTER, &found);
	if (!found)
		memset((char *) kept + NAMEDATALEN, 0, sizeof(MmlKept) - NAMEDATALEN);
	if (is_current(kept, stamp))
		return hold(kept, until);

	made = MemoryContextAllocZero(until, sizeof(MmlKept));
	make_plans(made, mml_kept_definition(name), kept->busy == 0);
	if (kept->busy > 0)
		return made;
	forget(kept);
	forget_idle();
	memcpy((char *) kept + NAMEDATALEN, (char *) made + NAMEDATALEN,
		   sizeof(MmlKept) - NAMEDATALEN);
	kept->stamp = stamp;
	made_plans++;
	return hold(kept, until);
}

/*-------------------------------------------------------------------------
 *
 * gather_pg.c
 *	  Gather (user, item, weight), and make tables of it; see gather_pg.h.
 *
 * Rows are kept as triples of numbers, 16 bytes each, in chunks that double
 * up to 1 MB, so that GROUP BY over thousands of small groups stays small.
 * Making tables takes 24 bytes a row more for a moment.  All of it counts
 * towards mediaml.max_memory; it cannot be spilled.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>

#include "catalog/pg_type.h"
#include "utils/builtins.h"
#include "utils/memutils.h"

#include "core/aggregate_pg.h"
#include "core/compat_pg.h"
#include "core/options_pg.h"
#include "recommend/gather_pg.h"
#include "recommend/ids_pg.h"

#define FIRST_CHUNK 32
#define LAST_CHUNK 65536

/* Reserve and allocate an array in the state's context. */
void *
mml_gather_alloc(MmlGather *gather, Size count, Size size)
{
	Size		bytes = mml_size_mul(count, size);

	mml_account_reserve(&gather->account, bytes, gather->job->kind);
	return MemoryContextAllocHuge(gather->context, Max(bytes, 1));
}

/* Free an array that mml_gather_alloc() made. */
void
mml_gather_release(MmlGather *gather, void *array, Size count, Size size)
{
	pfree(array);
	mml_account_release(&gather->account, count * size);
}

/* Let go of a state and all that belongs to it. */
void
mml_gather_free(MmlGather *gather)
{
	MemoryContextDelete(gather->context);
}

/*
 * Make the state at the first row, whatever is in it, but for the map of
 * users.  given are its options, or NULL.
 */
MmlGather *
mml_gather_open(MemoryContext aggregate, const MmlGatherJob *job,
				Oid item_type, Jsonb *given)
{
	/* the macro demands a literal, which is one, but in the job */
	MemoryContext context = AllocSetContextCreateInternal(aggregate, job->context_name,
														  ALLOCSET_SMALL_SIZES);
	MmlGather  *gather = MemoryContextAllocZero(context, sizeof(MmlGather));
	MemoryContext caller;

	gather->context = context;
	gather->job = job;
	mml_account_open(&gather->account, context);
	caller = MemoryContextSwitchTo(context);
	if (given != NULL)
		gather->given = memcpy(palloc(VARSIZE(given)), given, VARSIZE(given));
	gather->options = palloc0(Max(job->options_size, 1));
	job->read_options(gather->options, gather->given);
	MemoryContextSwitchTo(caller);
	mml_idmap_of_items(&gather->items, context, &gather->account, item_type);
	return gather;
}

/* Append a triple, in a new chunk where the last one is full. */
void
mml_gather_append(MmlGather *gather, MmlTriple triple)
{
	MmlTriples *last = gather->last;

	if (last == NULL || last->count == last->room)
	{
		Size		room = last == NULL ? FIRST_CHUNK : Min(2 * last->room, LAST_CHUNK);
		MmlTriples *chunk = mml_gather_alloc(gather, 1, sizeof(MmlTriples) +
											 room * sizeof(MmlTriple));

		chunk->next = NULL;
		chunk->count = 0;
		chunk->room = room;
		if (last == NULL)
			gather->first = chunk;
		else
			last->next = chunk;
		gather->last = last = chunk;
	}
	last->triples[last->count++] = triple;
	gather->rows++;
}

/* The weight of a row, which is a finite number from 0 up. */
static double
read_weight(double weight)
{
	if (!isfinite(weight) || weight < 0)
		ereport(ERROR,
				(errcode(ERRCODE_DATA_EXCEPTION),
				 errmsg("a weight must be a finite number that is not negative"),
				 errdetail("The weight is %s.",
						   DatumGetCString(DirectFunctionCall1(float8out, Float8GetDatum(weight)))),
				 errhint("Leave such rows out with a WHERE clause.")));
	return weight;
}

/* The number of the item in an argument. */
int32
mml_gather_item(MmlGather *gather, FunctionCallInfo fcinfo, int argno)
{
	MmlId		id = {NULL, {0}};

	if (gather->items.type == INT8OID)
		id.number = PG_GETARG_INT64(argno);
	else
		id = mml_id_of_text(PG_GETARG_TEXT_PP(argno));
	if (id.text !=NULL && id.length > MML_ID_BYTES_MAX)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("an item id of %zu bytes is too long", id.length),
				 errdetail("An item id has at most %d bytes.", MML_ID_BYTES_MAX)));
	return mml_idmap_item(&gather->items, &id);
}

/*
 * The transition function of a training aggregate: (state internal, user_id
 * anyelement, item_id bigint or text, weight float8 [, more] [, options jsonb]).
 */
MmlGather *
mml_gather_add(FunctionCallInfo fcinfo, const MmlGatherJob *job)
{
	MemoryContext aggregate = mml_aggregate_context(fcinfo);
	int			at = job->take_more == NULL ? 4 : 5;
	Jsonb	   *given = PG_NARGS() > at && !PG_ARGISNULL(at) ? PG_GETARG_JSONB_P(at) : NULL;
	MmlGather  *gather;
	MmlTriple	triple;

	if (PG_ARGISNULL(0))
	{
		gather = mml_gather_open(aggregate, job,
								 get_fn_expr_argtype(fcinfo->flinfo, 2), given);
		mml_idmap_of_users(&gather->users, gather->context, &gather->account,
						   get_fn_expr_argtype(fcinfo->flinfo, 1), PG_GET_COLLATION());
	}
	else
		gather = (MmlGather *) PG_GETARG_POINTER(0);
	mml_options_check_same(gather->given, given);
	if (PG_ARGISNULL(1) || PG_ARGISNULL(2) || PG_ARGISNULL(3) ||
		(job->take_more != NULL && !job->take_more(gather, fcinfo)))
	{
		gather->skipped++;
		return gather;
	}
	triple.weight = read_weight(PG_GETARG_FLOAT8(3));
	triple.item = mml_gather_item(gather, fcinfo, 2);
	triple.user = mml_idmap_user(&gather->users, PG_GETARG_DATUM(1));
	mml_gather_append(gather, triple);
	return gather;
}

/* Make room for a table of all rows. */
static void
create_table(MmlGather *gather, MmlPairTable *table, int32 rows, int32 cols)
{
	table->rows = (Size) rows;
	table->cols = (Size) cols;
	table->starts = mml_gather_alloc(gather, table->rows + 1, sizeof(int64));
	table->columns = mml_gather_alloc(gather, gather->rows, sizeof(int32));
	table->weights = mml_gather_alloc(gather, gather->rows, sizeof(double));
}

/* Free the triples, once they are in a table. */
static void
release_triples(MmlGather *gather)
{
	while (gather->first != NULL)
	{
		MmlTriples *next = gather->first->next;

		mml_gather_release(gather, gather->first, 1, sizeof(MmlTriples) +
						   gather->first->room * sizeof(MmlTriple));
		gather->first = next;
	}
}

/*
 * End gathering: the table by user, duplicate pairs added up, and the
 * catalogue.  NULL where there was no row to learn from.
 */
MmlGather *
mml_gather_finish(FunctionCallInfo fcinfo)
{
	MmlGather  *gather = PG_ARGISNULL(0) ? NULL : (MmlGather *) PG_GETARG_POINTER(0);
	int32		users;
	int32		items;
	int32	   *renumber;

	if (gather == NULL || gather->items.count == 0)
		return NULL;
	users = gather->users.count;
	items = gather->items.count;
	renumber = mml_catalogue_sort(&gather->items, &gather->catalogue);
	create_table(gather, &gather->by_item, items, users);
	mml_pairs_of_items(gather->first, renumber, &gather->by_item);
	release_triples(gather);
	create_table(gather, &gather->by_user, users, items);
	mml_pairs_transpose(&gather->by_item, &gather->by_user);
	mml_pairs_merge(&gather->by_user);

	gather->popularity = mml_gather_alloc(gather, (Size) items, sizeof(double));
	gather->item_users = mml_gather_alloc(gather, (Size) items, sizeof(int32));
	if (!mml_pairs_tally(&gather->by_user, gather->popularity, gather->item_users))
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("the weights of an item add up to more than 1e75"),
				 errhint("Divide all weights by the same number.")));
	gather->catalogue.users = users;
	gather->catalogue.pairs = gather->by_user.starts[users];
	gather->catalogue.skipped = gather->skipped;
	gather->catalogue.popularity = gather->popularity;
	gather->catalogue.item_users = gather->item_users;
	return gather;
}

/* Turn the table by user round. */
void
mml_gather_by_item(MmlGather *gather)
{
	mml_pairs_transpose(&gather->by_user, &gather->by_item);
}

/* Add the sections of the catalogue to a model, its first ones. */
void
mml_gather_write(const MmlGather *gather, MmlWriter *writer)
{
	mml_catalogue_write(&gather->catalogue, writer);
}

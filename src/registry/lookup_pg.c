/*-------------------------------------------------------------------------
 *
 * lookup_pg.c
 *	  A recommender by its name; see lookup_pg.h.
 *
 * Each call reads the row of the recommender, and so sees what its snapshot
 * sees: a new version at once, and none whose transaction is rolled back.  The
 * row's xmin and cmin, which no other row of its name has, say whether what the
 * backend keeps is still of it: the parsed model, which the model cache has,
 * and the plans of kept_pg.c.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>

#include "catalog/pg_type.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"

#include "core/memory_pg.h"
#include "recommend/ids_pg.h"
#include "registry/lookup_pg.h"

#define SHOWN_AT_ONCE 10000

static SPIPlanPtr by_name = NULL;
static SPIPlanPtr by_default = NULL;

/* ----------------------------------------------------------------- the row */

/* The row of a recommender, and the models of the version that was deployed last. */
#define HOT_QUERY "SELECT r.name, m.version, x.model, c.model, r.xmin, r.cmin FROM mediaml.recommenders AS r" \
	" LEFT JOIN mediaml.models AS m ON m.name OPERATOR(pg_catalog.=) r.name" \
	" AND m.version OPERATOR(pg_catalog.=) (SELECT d.version FROM mediaml.deployments AS d" \
	" WHERE d.name OPERATOR(pg_catalog.=) r.name ORDER BY d.number DESC LIMIT 1)" \
	" LEFT JOIN mediaml.model_data AS x ON x.name OPERATOR(pg_catalog.=) m.name" \
	" AND x.version OPERATOR(pg_catalog.=) m.version AND x.part OPERATOR(pg_catalog.=) 'model'" \
	" LEFT JOIN mediaml.model_data AS c ON c.name OPERATOR(pg_catalog.=) m.name" \
	" AND c.version OPERATOR(pg_catalog.=) m.version AND c.part OPERATOR(pg_catalog.=) 'content'"

/* Prepare the two queries for a row, in the first call of a backend. */
static void
prepare_lookups(void)
{
	Oid			type = TEXTOID;

	if (by_name == NULL)
	{
		SPIPlanPtr	plan = mml_kept_prepare(HOT_QUERY " WHERE r.name OPERATOR(pg_catalog.=) $1", 1, &type);

		SPI_keepplan(plan);
		by_name = plan;
	}
	if (by_default == NULL)
	{
		SPIPlanPtr	plan = mml_kept_prepare(HOT_QUERY " WHERE r.is_default", 0, NULL);

		SPI_keepplan(plan);
		by_default = plan;
	}
}

/* A name for a message, which may be of any length. */
static char *
clip_name(const text *name)
{
	char	   *string = text_to_cstring(name);

	string[pg_mbcliplen(string, (int) strlen(string), NAMEDATALEN)] = '\0';
	return string;
}

/* Find the row of a recommender, or of the default one where name is NULL. */
static void
find_row(const text *name)
{
	prepare_lookups();
	if (name != NULL)
		mml_kept_run(by_name, PointerGetDatum(name));
	else
		mml_kept_run(by_default, (Datum) 0);
	if (SPI_processed == 1)
		return;
	if (name != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_OBJECT),
				 errmsg("recommender \"%s\" does not exist", clip_name(name))));
	ereport(ERROR,
			(errcode(ERRCODE_UNDEFINED_OBJECT),
			 errmsg("there is no default recommender"),
			 errhint("Make one by create_recommender(), choose one by set_default_recommender(), or name one.")));
}

/* --------------------------------------------------------------- the calls */

/* A model of the row, or NULL; its ids must be what the events have. */
static const MmlModel *
read_model(MmlNamed *named, HeapTuple row, TupleDesc desc, int column,
		   MemoryContext until)
{
	bool		isnull;
	Datum		datum = SPI_getbinval(row, desc, column, &isnull);
	const MmlModel *model;

	if (isnull)
		return NULL;
	model = mml_model_read(datum, until);
	if (mml_recommender_of(model)->rated &&
		(!named->kept->weighted || named->kept->half_life > 0))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("a model of kind \"%s\" needs a weight column, which has the ratings, and no half_life",
						model->kind->name)));
	if (((const MmlCatalogue *) model->parsed)->id_type != named->item_ids)
		ereport(ERROR,
				(errcode(ERRCODE_DATATYPE_MISMATCH),
				 errmsg("the model of recommender \"%s\" has item ids of type %s, but its events have %s",
						named->name,
						named->item_ids == MML_ID_BIGINT ? "text" : "bigint",
						named->item_ids == MML_ID_BIGINT ? "bigint" : "text")));
	return model;
}

/*
 * Look up a recommender, the default one where name is NULL.  What it points
 * to is valid until the context is reset.
 */
void
mml_named_open(MmlNamed *named, const text *name, MemoryContext until)
{
	HeapTuple	row;
	TupleDesc	desc;
	uint64		stamp;
	bool		isnull;

	find_row(name);
	row = SPI_tuptable->vals[0];
	desc = SPI_tuptable->tupdesc;
	named->name = TextDatumGetCString(SPI_getbinval(row, desc, 1, &isnull));
	named->version = DatumGetInt32(SPI_getbinval(row, desc, 2, &isnull));
	if (isnull)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_OBJECT),
				 errmsg("recommender \"%s\" has no deployed version that you may use", named->name)));
	stamp = (uint64) DatumGetTransactionId(SPI_getbinval(row, desc, 5, &isnull)) << 32 |
		DatumGetCommandId(SPI_getbinval(row, desc, 6, &isnull));
	named->kept = mml_kept_find(named->name, stamp, until);
	named->user_ids = named->kept->user_ids;
	named->item_ids = named->kept->item_ids;
	named->model = read_model(named, row, desc, 3, until);
	named->content = read_model(named, row, desc, 4, until);
	if (named->model == NULL)
		elog(ERROR, "recommender \"%s\" has no model", named->name);
}

/* Its whole definition, for calls that are not in a hurry. */
MmlDefinition *
mml_named_definition(const MmlNamed *named)
{
	return mml_kept_definition(named->name);
}

/* A user as the query of histories takes him. */
static Datum
user_datum(const MmlNamed *named, const MmlUser *user)
{
	Oid			type = named->kept->parameter;
	Oid			function;
	Oid			param;

	if (type == INT8OID && user->number)
		return Int64GetDatum(user->id);
	if (type == TEXTOID && !user->number)
		return PointerGetDatum(user->key);
	getTypeInputInfo(type, &function, &param);
	return OidInputFunctionCall(function, user->number ? psprintf(INT64_FORMAT, user->id) :
								text_to_cstring(user->key), param, -1);
}

/*
 * Add what a row (item, weight, time) of events says behind count others;
 * returns how many there are then.  A weight that is NULL becomes NaN: the item
 * has been seen, and that is all that is known.
 */
Size
mml_named_event(const MmlNamed *named, HeapTuple tuple, TupleDesc desc, Size count,
				MmlId *ids, double *weights, double *times)
{
	bool		isnull;
	Datum		value = SPI_getbinval(tuple, desc, 1, &isnull);

	if (isnull)
		return count;
	if (named->item_ids == MML_ID_TEXT)
		ids[count] = mml_id_of_text(DatumGetTextPP(value));
	else
	{
		ids[count].text = NULL;
		ids[count].number = DatumGetInt64(value);
	}
	value = SPI_getbinval(tuple, desc, 2, &isnull);
	weights[count] = isnull ? NAN : DatumGetFloat8(value);
	if (!isnull)
		mml_weight_check(weights[count], count);
	value = SPI_getbinval(tuple, desc, 3, &isnull);
	times[count] = isnull ? NAN : DatumGetFloat8(value);
	return count + 1;
}

/*
 * Let events (count) lose half of their weight in each half-life that lies
 * between them and the latest one.  One without a time loses nothing.
 */
void
mml_named_decay(const MmlNamed *named, Size count, const double *times, double *weights)
{
	double		latest = -INFINITY;

	if (named->kept->half_life <= 0)
		return;
	for (Size i = 0; i < count; i++)
		if (isfinite(times[i]))
			latest = Max(latest, times[i]);
	for (Size i = 0; i < count; i++)
		if (isfinite(times[i]))
			weights[i] *= exp2((times[i] - latest) / named->kept->half_life);
}

/* The history of a user, as the caller can see it. */
MmlEvents
mml_named_history(const MmlNamed *named, const MmlUser *user)
{
	MmlEvents	events = {0};
	SPITupleTable *rows;
	double	   *weights;
	double	   *times;

	if (user->isnull)
		return events;
	mml_kept_run(named->kept->history, user_datum(named, user));
	rows = SPI_tuptable;
	events.ids = palloc_extended(mml_size_mul(rows->numvals, sizeof(MmlId)) + 1, MCXT_ALLOC_HUGE);
	weights = palloc_extended(mml_size_mul(rows->numvals, sizeof(double)) + 1, MCXT_ALLOC_HUGE);
	times = palloc_extended(mml_size_mul(rows->numvals, sizeof(double)) + 1, MCXT_ALLOC_HUGE);
	for (uint64 i = 0; i < rows->numvals; i++)
	{
		CHECK_FOR_INTERRUPTS();
		events.count = mml_named_event(named, rows->vals[i], rows->tupdesc, events.count,
									   events.ids, weights, times);
	}
	mml_named_decay(named, events.count, times, weights);
	pfree(times);
	events.weights = weights;
	return events;
}

/* Does it look at the items? */
bool
mml_named_shows(const MmlNamed *named)
{
	return named->kept->shown != NULL;
}

/* A row by its id. */
typedef struct ById
{
	MmlId		id;
	Size		row;
} ById;

/* Order rows by id, for qsort and bsearch. */
static int
compare_by_id(const void *a, const void *b)
{
	return mml_id_compare(&((const ById *) a)->id, &((const ById *) b)->id);
}

/* The ids of rows as an array. */
static Datum
ids_array(const MmlNamed *named, const MmlRecommendation *rows, Size count)
{
	Datum	   *ids = palloc(mml_size_mul(count, sizeof(Datum)));
	bool		number = named->item_ids == MML_ID_BIGINT;

	for (Size i = 0; i < count; i++)
		ids[i] = number ? Int64GetDatum(rows[i].id.number) : mml_id_key(&rows[i].id);
	return PointerGetDatum(construct_array(ids, (int) count, number ? INT8OID : TEXTOID,
										   number ? (int) sizeof(int64) : -1,
										   number ? FLOAT8PASSBYVAL : false,
										   number ? TYPALIGN_DOUBLE : TYPALIGN_INT));
}

/* Which of some rows the caller can see among the items. */
static void
show_some(const MmlNamed *named, const MmlRecommendation *rows, Size count, bool *shown)
{
	ById	   *order = palloc(mml_size_mul(count, sizeof(ById)));
	SPITupleTable *found;

	for (Size i = 0; i < count; i++)
	{
		order[i].id = rows[i].id;
		order[i].row = i;
		shown[i] = false;
	}
	qsort(order, count, sizeof(ById), compare_by_id);
	mml_kept_run(named->kept->shown, ids_array(named, rows, count));
	found = SPI_tuptable;
	for (uint64 i = 0; i < found->numvals; i++)
	{
		bool		isnull;
		Datum		value = SPI_getbinval(found->vals[i], found->tupdesc, 1, &isnull);
		ById		key = {.id = {NULL, {0}}};
		const ById *match;

		if (named->item_ids == MML_ID_TEXT)
			key.id = mml_id_of_text(DatumGetTextPP(value));
		else
			key.id.number = DatumGetInt64(value);
		match = bsearch(&key, order, count, sizeof(ById), compare_by_id);
		if (match != NULL)
			shown[match->row] = true;
	}
	SPI_freetuptable(found);
}

/*
 * Which rows the caller can see among the items: the show of an MmlRequest.
 * Where most are hidden all are asked for in the end, a part at a time.
 */
void
mml_named_show(void *arg, const MmlRecommendation *rows, Size count, bool *shown)
{
	MemoryContext caller = CurrentMemoryContext;
	MemoryContext context = AllocSetContextCreate(caller, "mediaml shown", ALLOCSET_DEFAULT_SIZES);

	MemoryContextSwitchTo(context);
	for (Size first = 0; first < count; first += SHOWN_AT_ONCE)
	{
		CHECK_FOR_INTERRUPTS();
		show_some(arg, rows + first, Min(count - first, SHOWN_AT_ONCE), shown + first);
		MemoryContextReset(context);
	}
	MemoryContextSwitchTo(caller);
	MemoryContextDelete(context);
}

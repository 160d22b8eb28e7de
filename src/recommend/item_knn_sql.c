/*-------------------------------------------------------------------------
 *
 * item_knn_sql.c
 *	  item_knn, the aggregate, and the kind of model that it makes.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>

#include "core/json_pg.h"
#include "core/options_pg.h"
#include "recommend/gather_pg.h"
#include "recommend/item_knn.h"
#include "recommend/item_knn_pg.h"
#include "recommend/popularity_pg.h"

typedef struct KnnOptions
{
	int64		k;
	double		shrink;
	MmlItemKnnWeighting weighting;
	double		k1;				/* NaN: not given */
	double		b;
} KnnOptions;

/* By MmlItemKnnWeighting. */
static const char *const weightings[] = {"none", "tfidf", "bm25"};

/* Neighbours found so far: those of item j are starts[j] .. starts[j + 1] - 1. */
typedef struct Columns
{
	int64	   *starts;
	int32	   *items;
	float	   *similarities;
	Size		room;
} Columns;

PG_FUNCTION_INFO_V1(mml_item_knn_accum);
PG_FUNCTION_INFO_V1(mml_item_knn_final);

/* ---------------------------------------------------------------- the kind */

/* What model_info says of a model. */
static void
add_info(const void *model, StringInfo json)
{
	const MmlItemKnn *knn = model;

	mml_catalogue_info(&knn->catalogue, json);
	mml_json_add_number(json, "k", knn->k);
	mml_json_add_number(json, "shrink", knn->shrink);
	mml_json_add_string(json, "weighting", weightings[knn->weighting]);
	if (knn->weighting == MML_ITEM_KNN_BM25)
	{
		mml_json_add_number(json, "k1", knn->k1);
		mml_json_add_number(json, "b", knn->b);
	}
	mml_json_add_integer(json, "neighbours", (int64) knn->similar.entries);
}

const MmlKind mml_item_knn_kind = {
	.name = "item_knn",
	.use = "Use recommend_from().",
	.parsed_size = sizeof(MmlItemKnn),
	.parse = mml_item_knn_parse,
	.info = add_info
};

/* ---------------------------------------------------------------- training */

/* Find a weighting by its name. */
static MmlItemKnnWeighting
read_weighting(const char *name)
{
	for (Size i = 0; i < lengthof(weightings); i++)
		if (strcmp(weightings[i], name) == 0)
			return (MmlItemKnnWeighting) i;
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("option \"weighting\" must be \"none\", \"tfidf\" or \"bm25\", not \"%s\"", name)));
}

/* Read options. */
static void
read_options(void *options, Jsonb *given)
{
	KnnOptions *o = options;
	char	   *weighting = "none";
	const MmlOption table[] = {
		{"k", MML_OPTION_INT, &o->k, 1, 1e6},
		{"shrink", MML_OPTION_FLOAT, &o->shrink, 0, 1e9},
		{"weighting", MML_OPTION_TEXT, &weighting, 0, 0},
		{"k1", MML_OPTION_FLOAT, &o->k1, 0, 1e9},
		{"b", MML_OPTION_FLOAT, &o->b, 0, 1}
	};

	*o = (KnnOptions)
	{
		.k = 200,.shrink = 20,.k1 = NAN,.b = NAN
	};
	if (given != NULL)
		mml_options_read(given, table, lengthof(table));
	o->weighting = read_weighting(weighting);
	if (o->weighting != MML_ITEM_KNN_BM25 && !(isnan(o->k1) && isnan(o->b)))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("options \"k1\" and \"b\" are those of \"weighting\": \"bm25\"")));
	if (o->weighting != MML_ITEM_KNN_BM25)
		o->k1 = o->b = 0;
	else
	{
		o->k1 = isnan(o->k1) ? 100 : o->k1;
		o->b = isnan(o->b) ? 0.8 : o->b;
	}
}

static const MmlGatherJob job = {
	.kind = "item_knn",
	.context_name = "mediaml item_knn",
	.options_size = sizeof(KnnOptions),
	.read_options = read_options
};

/* item_knn_accum(internal, user anyelement, item, weight [, options]) */
Datum
mml_item_knn_accum(PG_FUNCTION_ARGS)
{
	PG_RETURN_POINTER(mml_gather_add(fcinfo, &job));
}

/* Make room for so many neighbours in all. */
static void
make_room(MmlGather *gather, Columns *columns, Size used, Size wanted)
{
	Size		room = Max(wanted, columns->room + columns->room / 2);
	int32	   *items;
	float	   *similarities;

	if (wanted <= columns->room)
		return;
	mml_model_check_size(mml_size_mul(wanted, sizeof(int32) + sizeof(float)),
						 "Lower the option \"k\".");
	items = mml_gather_alloc(gather, room, sizeof(int32));
	similarities = mml_gather_alloc(gather, room, sizeof(float));
	if (used > 0)
	{
		memcpy(items, columns->items, used * sizeof(int32));
		memcpy(similarities, columns->similarities, used * sizeof(float));
	}
	if (columns->room > 0)
	{
		mml_gather_release(gather, columns->items, columns->room, sizeof(int32));
		mml_gather_release(gather, columns->similarities, columns->room, sizeof(float));
	}
	columns->items = items;
	columns->similarities = similarities;
	columns->room = room;
}

/* Find the neighbours of all items. */
static void
find_neighbours(MmlGather *gather, Columns *columns)
{
	const KnnOptions *o = gather->options;
	Size		items = (Size) gather->items.count;
	double	   *squares = mml_gather_alloc(gather, items, sizeof(double));
	double	   *dots = mml_gather_alloc(gather, items, sizeof(double));
	uint32	   *order = mml_gather_alloc(gather, items, sizeof(uint32));
	int32	   *neighbours = mml_gather_alloc(gather, items + 1, sizeof(int32));
	float	   *similarities = mml_gather_alloc(gather, items, sizeof(float));
	MmlItemKnnWork work = {
		&gather->by_user, &gather->by_item, (Size) o->k, o->shrink, squares, dots, order
	};

	mml_item_knn_squares(&gather->by_item, squares);
	memset(dots, 0, items * sizeof(double));
	columns->starts = mml_gather_alloc(gather, items + 1, sizeof(int64));
	columns->starts[0] = 0;
	for (Size j = 0; j < items; j++)
	{
		Size		used = (Size) columns->starts[j];
		Size		count;

		MML_CHECK();
		count = mml_item_knn_neighbours(&work, j, neighbours, similarities);
		make_room(gather, columns, used, used + count);
		if (count > 0)
		{
			memcpy(columns->items + used, neighbours, count * sizeof(int32));
			memcpy(columns->similarities + used, similarities, count * sizeof(float));
		}
		columns->starts[j + 1] = (int64) (used + count);
	}
}

/* Train, and write the model in the current memory context. */
static bytea *
train(MmlGather *gather)
{
	const KnnOptions *o = gather->options;
	const double options[MML_ITEM_KNN_OPTIONS] = {
		(double) o->k, o->shrink, o->weighting, o->k1, o->b
	};
	Size		items = (Size) gather->items.count;
	Columns		columns = {0};
	Size		entries;
	int64	   *starts;
	int32	   *targets;
	float	   *weights;
	MmlWriter	writer;

	mml_item_knn_weigh(&gather->by_user, o->weighting, o->k1, o->b, gather->popularity);
	mml_gather_by_item(gather);
	find_neighbours(gather, &columns);
	entries = (Size) columns.starts[items];
	starts = mml_gather_alloc(gather, items + 1, sizeof(int64));
	targets = mml_gather_alloc(gather, entries, sizeof(int32));
	weights = mml_gather_alloc(gather, entries, sizeof(float));
	mml_sparse_transpose(items, items, columns.starts, columns.items,
						 columns.similarities, starts, targets, weights);

	mml_model_begin(&writer, mml_item_knn_kind.name);
	mml_gather_write(gather, &writer);
	mml_model_add(&writer, "options", MML_F64, 1, MML_ITEM_KNN_OPTIONS, options);
	mml_model_add(&writer, "starts", MML_I64, items + 1, 1, starts);
	mml_model_add(&writer, "targets", MML_I32, entries, 1, targets);
	mml_model_add(&writer, "weights", MML_F32, entries, 1, weights);
	return mml_model_finish(&writer);
}

/* item_knn_final(internal) -> bytea */
Datum
mml_item_knn_final(PG_FUNCTION_ARGS)
{
	MmlGather  *gather = mml_gather_finish(fcinfo);
	bytea	   *model;

	if (gather == NULL)
		PG_RETURN_NULL();
	model = train(gather);
	mml_gather_free(gather);
	PG_RETURN_BYTEA_P(model);
}

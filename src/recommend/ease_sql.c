/*-------------------------------------------------------------------------
 *
 * ease_sql.c
 *	  ease, the aggregate, and the kind of model that it makes.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>

#include "core/json_pg.h"
#include "core/options_pg.h"
#include "linalg/linalg_pg.h"
#include "recommend/ease.h"
#include "recommend/ease_pg.h"
#include "recommend/gather_pg.h"
#include "recommend/popularity_pg.h"
#include "recommend/tune_pg.h"

/* How auto goes on: l2 times or by this, so many times at most. */
#define STEP 2.0
#define MOST_STEPS 4

typedef struct EaseOptions
{
	double		l2;
	int64		neighbours;
	bool		is_auto;
} EaseOptions;

PG_FUNCTION_INFO_V1(mml_ease_accum);
PG_FUNCTION_INFO_V1(mml_ease_final);

/* ---------------------------------------------------------------- the kind */

/* What model_info says of a model. */
static void
add_info(const void *model, StringInfo json)
{
	const MmlEase *ease = model;

	mml_catalogue_info(&ease->catalogue, json);
	mml_json_add_number(json, "l2", ease->l2);
	mml_json_add_number(json, "neighbours", ease->neighbours);
	if (ease->weights == NULL)
		mml_json_add_integer(json, "weights", (int64) ease->sparse.entries);
	mml_json_add_bool(json, "auto", !isnan(ease->ndcg));
	if (!isnan(ease->ndcg))
		mml_json_add_number(json, "auto_ndcg", ease->ndcg);
}

const MmlKind mml_ease_kind = {
	.name = "ease",
	.use = "Use recommend_from().",
	.parsed_size = sizeof(MmlEase),
	.parse = mml_ease_parse,
	.info = add_info
};

/* ---------------------------------------------------------------- training */

/* Read options. */
static void
read_options(void *options, Jsonb *given)
{
	EaseOptions *o = options;
	const MmlOption table[] = {
		{"l2", MML_OPTION_FLOAT, &o->l2, 1e-9, 1e12},
		{"neighbours", MML_OPTION_INT, &o->neighbours, 0, 1e6},
		{"auto", MML_OPTION_BOOL, &o->is_auto, 0, 0}
	};

	*o = (EaseOptions)
	{
		.l2 = 200
	};
	if (given != NULL)
		mml_options_read(given, table, lengthof(table));
}

static const MmlGatherJob job = {
	.kind = "ease",
	.context_name = "mediaml ease",
	.options_size = sizeof(EaseOptions),
	.read_options = read_options
};

/* ease_accum(internal, user anyelement, item, weight [, options]) */
Datum
mml_ease_accum(PG_FUNCTION_ARGS)
{
	PG_RETURN_POINTER(mml_gather_add(fcinfo, &job));
}

/* Refuse a model that would be too large, before it is computed. */
static void
check_model_size(Size items, Size neighbours)
{
	if (neighbours == 0)
		mml_model_check_size(mml_size_mul(mml_size_mul(items, items), sizeof(float)),
							 "Keep the strongest weights of each item only: set the option \"neighbours\", to 200 for example.");
	else
		mml_model_check_size(mml_size_mul(mml_size_mul(items, Min(neighbours, items - 1)),
										  sizeof(int32) + sizeof(float)),
							 "Lower the option \"neighbours\".");
}

/* Complain of numbers that float8 cannot invert, or float4 not keep. */
static void
report_range(void)
{
	ereport(ERROR,
			(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
			 errmsg("the weights are too large, or too different, for an l2 this small"),
			 errhint("Raise the option \"l2\", or divide all weights by the same number.")));
}

/* The inverse of G + l2 I of a table and the same turned round, in gram. */
static void
invert(MmlGather *gather, const MmlPairTable *by_user, const MmlPairTable *by_item,
	   double l2, double *gram)
{
	Size		items = by_item->rows;
	double	   *block = NULL;

	if (mml_ease_has_long(by_user))
		block = mml_gather_alloc(gather, items, MML_EASE_BLOCK * sizeof(double));
	mml_ease_gram(by_user, by_item, block, gram);
	if (block != NULL)
		mml_gather_release(gather, block, items, MML_EASE_BLOCK * sizeof(double));
	if (mml_ease_invert(items, l2, gram) != MML_OK)
		report_range();
}

/* The inverse becomes all weights, in the same memory. */
static const float *
weigh(MmlGather *gather, double *inverse)
{
	Size		items = (Size) gather->items.count;
	double	   *diagonal = mml_gather_alloc(gather, items, sizeof(double));
	float	   *row = mml_gather_alloc(gather, items, sizeof(float));

	if (!mml_ease_weights(items, inverse, diagonal, row))
		report_range();
	mml_gather_release(gather, diagonal, items, sizeof(double));
	mml_gather_release(gather, row, items, sizeof(float));
	return (const float *) inverse;
}

/* NDCG of all weights that are learned from what a tuner keeps. */
static double
try_l2(MmlGather *gather, MmlTuner *tuner, const MmlPairTable *by_item, double l2,
	   double *gram)
{
	MmlEase		model = {.l2 = l2};
	double		ndcg;

	invert(gather, &tuner->kept, by_item, l2, gram);
	model.catalogue.items = by_item->rows;
	model.weights = weigh(gather, gram);
	ndcg = mml_tune_ndcg(tuner, &mml_ease_recommender, &model);
	mml_tune_report(tuner, psprintf("l2 %g", l2), ndcg);
	return ndcg;
}

/*
 * Choose l2 around the one given: twice that, or half, and so on as long as it
 * gets better.  gram (items,items) is scratch.
 */
static double
choose_l2(MmlGather *gather, double *l2, double *gram)
{
	MmlTuner	tuner;
	MmlPairTable by_item = gather->by_item; /* has room for more */
	double		start = *l2;
	double		most;

	mml_tune_begin(&tuner, gather);
	mml_pairs_transpose(&tuner.kept, &by_item);
	most = try_l2(gather, &tuner, &by_item, *l2, gram);
	for (int up = 1; up >= 0 && *l2 == start; up--)
	{
		double		tried = start;

		for (int step = 0; step < MOST_STEPS; step++)
		{
			double		ndcg;

			tried *= up ? STEP : 1 / STEP;
			ndcg = try_l2(gather, &tuner, &by_item, tried, gram);
			if (!(ndcg > most))
				break;
			most = ndcg;
			*l2 = tried;
		}
	}
	mml_tune_end(&tuner);
	return most;
}

/* Add the strongest weights of each item to a model. */
static void
add_sparse(MmlGather *gather, double *inverse, MmlWriter *writer)
{
	const EaseOptions *o = gather->options;
	Size		items = (Size) gather->items.count;
	Size		most = mml_size_mul(items, Min((Size) o->neighbours, items - 1));
	uint32	   *order = mml_gather_alloc(gather, items, sizeof(uint32));
	int32	   *neighbours = mml_gather_alloc(gather, items, sizeof(int32));
	float	   *strengths = mml_gather_alloc(gather, items, sizeof(float));
	int64	   *col_starts = mml_gather_alloc(gather, items + 1, sizeof(int64));
	int32	   *col_rows = mml_gather_alloc(gather, most, sizeof(int32));
	float	   *col_weights = mml_gather_alloc(gather, most, sizeof(float));
	Size		entries = 0;
	int64	   *starts;
	int32	   *targets;
	float	   *weights;

	for (Size j = 0; j < items; j++)
	{
		Size		count;

		MML_CHECK();
		if (!mml_ease_strongest(items, inverse, j, (Size) o->neighbours, order,
								neighbours, strengths, &count))
			report_range();
		col_starts[j] = (int64) entries;
		memcpy(col_rows + entries, neighbours, count * sizeof(int32));
		memcpy(col_weights + entries, strengths, count * sizeof(float));
		entries += count;
	}
	col_starts[items] = (int64) entries;
	mml_gather_release(gather, inverse, items * items, sizeof(double));

	starts = mml_gather_alloc(gather, items + 1, sizeof(int64));
	targets = mml_gather_alloc(gather, entries, sizeof(int32));
	weights = mml_gather_alloc(gather, entries, sizeof(float));
	mml_sparse_transpose(items, items, col_starts, col_rows, col_weights, starts, targets, weights);
	mml_model_add(writer, "starts", MML_I64, items + 1, 1, starts);
	mml_model_add(writer, "targets", MML_I32, entries, 1, targets);
	mml_model_add(writer, "weights", MML_F32, entries, 1, weights);
}

/* Train, and write the model in the current memory context. */
static bytea *
train(MmlGather *gather)
{
	const EaseOptions *o = gather->options;
	Size		items = (Size) gather->items.count;
	double		options[MML_EASE_OPTIONS] = {o->l2, (double) o->neighbours, NAN};
	MmlWriter	writer;
	double	   *gram;

	/* what will not fit is refused before anything is computed */
	check_model_size(items, (Size) o->neighbours);
	gram = mml_gather_alloc(gather, mml_size_mul(items, items), sizeof(double));
	mml_linalg_ready();
	if (o->is_auto)
		options[2] = choose_l2(gather, &options[0], gram);
	mml_gather_by_item(gather);
	invert(gather, &gather->by_user, &gather->by_item, options[0], gram);

	mml_model_begin(&writer, mml_ease_kind.name);
	mml_gather_write(gather, &writer);
	mml_model_add(&writer, "options", MML_F64, 1, MML_EASE_OPTIONS, options);
	if (o->neighbours == 0)
		mml_model_add(&writer, "weights", MML_F32, items, items, weigh(gather, gram));
	else
		add_sparse(gather, gram, &writer);
	return mml_model_finish(&writer);
}

/* ease_final(internal) -> bytea */
Datum
mml_ease_final(PG_FUNCTION_ARGS)
{
	MmlGather  *gather = mml_gather_finish(fcinfo);
	bytea	   *model;

	if (gather == NULL)
		PG_RETURN_NULL();
	model = train(gather);
	mml_gather_free(gather);
	PG_RETURN_BYTEA_P(model);
}

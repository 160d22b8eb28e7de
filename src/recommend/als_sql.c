/*-------------------------------------------------------------------------
 *
 * als_sql.c
 *	  als, the aggregate, and the kind of model that it makes.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>

#include "utils/memutils.h"

#include "core/json_pg.h"
#include "core/options_pg.h"
#include "linalg/linalg_pg.h"
#include "recommend/als.h"
#include "recommend/als_pg.h"
#include "recommend/popularity_pg.h"
#include "recommend/tune_pg.h"

/* How auto goes on: values times or by this, so many times at most. */
#define STEP 2.0
#define MOST_STEPS 4

typedef struct TrainOptions
{
	int64		factors;
	double		reg;
	double		unobserved;
	double		exponent;
	int64		iterations;
	int64		seed;
	bool		is_auto;
} TrainOptions;

PG_FUNCTION_INFO_V1(mml_als_accum);
PG_FUNCTION_INFO_V1(mml_als_final);

/* ---------------------------------------------------------------- the kind */

/* Parse, and make the copy of the factors that bounds are read from. */
static const char *
parse(const MmlEnvelope *env, void *parsed)
{
	MmlAls	   *model = parsed;

	MML_DEMAND(mml_als_parse(env, model));
	mml_linalg_ready();
	mml_factors_coarsen(&model->items, mml_palloc_room());
	return NULL;
}

/* What model_info says of a model. */
static void
add_info(const void *model, StringInfo json)
{
	const MmlAls *als = model;

	mml_catalogue_info(&als->catalogue, json);
	mml_json_add_integer(json, "factors", (int64) als->items.factors);
	mml_json_add_number(json, "reg", als->options.reg);
	mml_json_add_number(json, "unobserved_weight", als->options.unobserved);
	mml_json_add_number(json, "exponent", als->options.exponent);
	mml_json_add_number(json, "iterations", als->iterations);
	mml_json_add_number(json, "seed", als->seed);
	mml_json_add_number(json, "objective", als->objective);
	mml_json_add_bool(json, "auto", !isnan(als->ndcg));
	if (!isnan(als->ndcg))
		mml_json_add_number(json, "auto_ndcg", als->ndcg);
}

const MmlKind mml_als_kind = {
	.name = "als",
	.use = "Use recommend_from().",
	.parsed_size = sizeof(MmlAls),
	.parse = parse,
	.info = add_info
};

/* ---------------------------------------------------------------- training */

/* Read options. */
static void
read_options(void *options, Jsonb *given)
{
	TrainOptions *o = options;
	const MmlOption table[] = {
		{"factors", MML_OPTION_INT, &o->factors, 1, MML_ALS_FACTORS_MAX},
		{"reg", MML_OPTION_FLOAT, &o->reg, 0, 1e6},
		{"unobserved_weight", MML_OPTION_FLOAT, &o->unobserved, 0, 1e6},
		{"exponent", MML_OPTION_FLOAT, &o->exponent, 0, 2},
		{"iterations", MML_OPTION_INT, &o->iterations, 1, 1000},
		{"seed", MML_OPTION_INT, &o->seed, 0, 0x1p53},
		{"auto", MML_OPTION_BOOL, &o->is_auto, 0, 0}
	};

	*o = (TrainOptions)
	{
		.factors = 64,.reg = 0.02,.unobserved = 0.2,.exponent = 1,.iterations = 16,.seed = 1
	};
	if (given != NULL)
		mml_options_read(given, table, lengthof(table));
}

static const MmlGatherJob job = {
	.kind = "als",
	.context_name = "mediaml als",
	.options_size = sizeof(TrainOptions),
	.read_options = read_options
};

/* als_accum(internal, user anyelement, item, weight [, options]) */
Datum
mml_als_accum(PG_FUNCTION_ARGS)
{
	PG_RETURN_POINTER(mml_gather_add(fcinfo, &job));
}

/* NDCG of a fit to what a tuner keeps. */
static double
try_options(MmlGather *gather, MmlTuner *tuner, const MmlAlsOptions *options)
{
	const TrainOptions *o = gather->options;
	MemoryContext context = AllocSetContextCreate(gather->context, "mediaml als try",
												  ALLOCSET_SMALL_SIZES);
	MemoryContext caller = MemoryContextSwitchTo(context);
	MmlAls		model = {.options = *options};
	Size		items = tuner->kept.cols;
	Size		bytes = mml_factors_coarse_bytes(items, options->factors);
	MmlAlsFitted fitted;
	double		ndcg;

	mml_als_train(gather, &tuner->kept, options, (int) o->iterations, (uint64) o->seed, &fitted);
	mml_account_reserve(&gather->account, bytes, gather->job->kind);
	model.catalogue.items = model.items.items = items;
	model.items.factors = options->factors;
	model.items.v = fitted.factors;
	model.gram = fitted.gram;
	model.trained = (double) items;
	mml_factors_coarsen(&model.items, mml_palloc_room());
	ndcg = mml_tune_ndcg(tuner, &mml_als_recommender, &model);
	mml_account_release(&gather->account, bytes);
	mml_als_forget(gather, options, &fitted);
	MemoryContextSwitchTo(caller);
	MemoryContextDelete(context);
	mml_tune_report(tuner, psprintf("reg %g, unobserved_weight %g", options->reg,
									options->unobserved), ndcg);
	return ndcg;
}

/*
 * Choose reg, and then unobserved_weight, around those given: the best of
 * twice, or half of each, and so on as long as it gets better.
 */
static double
choose_options(MmlGather *gather, MmlAlsOptions *best)
{
	MmlTuner	tuner;
	double		most;

	mml_tune_begin(&tuner, gather);
	most = try_options(gather, &tuner, best);
	for (int which = 0; which < 2; which++)
		for (int up = 0; up < 2; up++)
		{
			MmlAlsOptions tried = *best;
			double	   *value = which == 0 ? &tried.unobserved : &tried.reg;
			bool		better = false;

			for (int step = 0; step < MOST_STEPS; step++)
			{
				double		ndcg;

				*value *= up ? STEP : 1 / STEP;
				ndcg = try_options(gather, &tuner, &tried);
				if (!(ndcg > most))
					break;
				most = ndcg;
				*best = tried;
				better = true;
			}
			if (better)
				break;
		}
	mml_tune_end(&tuner);
	return most;
}

/* Write a model in the current memory context. */
static bytea *
write_model(const MmlGather *gather, const MmlAlsOptions *options,
			const MmlAlsFitted *fitted, double ndcg)
{
	const TrainOptions *o = gather->options;
	Size		items = (Size) gather->items.count;
	const double numbers[MML_ALS_OPTIONS] = {
		options->reg, options->unobserved, options->exponent, (double) o->iterations,
		(double) o->seed, (double) items, fitted->objective, ndcg
	};
	MmlWriter	writer;

	mml_model_begin(&writer, mml_als_kind.name);
	mml_gather_write(gather, &writer);
	mml_model_add(&writer, "options", MML_F64, 1, MML_ALS_OPTIONS, numbers);
	mml_model_add(&writer, "factors", MML_F32, items, options->factors, fitted->factors);
	mml_model_add(&writer, "gram", MML_F64, options->factors, options->factors, fitted->gram);
	return mml_model_finish(&writer);
}

/* Train, and write the model in the current memory context. */
static bytea *
train(MmlGather *gather)
{
	const TrainOptions *o = gather->options;
	MmlAlsOptions options = {
		.factors = (size_t) o->factors,.reg = o->reg,.unobserved = o->unobserved,.exponent = o->exponent
	};
	double		ndcg = NAN;
	MmlAlsFitted fitted;

	mml_model_check_size(mml_size_mul((Size) gather->items.count, options.factors * sizeof(float)),
						 "Lower the option \"factors\".");
	mml_linalg_ready();
	if (o->is_auto)
		ndcg = choose_options(gather, &options);
	mml_als_train(gather, &gather->by_user, &options, (int) o->iterations,
				  (uint64) o->seed, &fitted);
	return write_model(gather, &options, &fitted, ndcg);
}

/* als_final(internal) -> bytea */
Datum
mml_als_final(PG_FUNCTION_ARGS)
{
	MmlGather  *gather = mml_gather_finish(fcinfo);
	bytea	   *model;

	if (gather == NULL)
		PG_RETURN_NULL();
	model = train(gather);
	mml_gather_free(gather);
	PG_RETURN_BYTEA_P(model);
}

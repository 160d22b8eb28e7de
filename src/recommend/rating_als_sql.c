/*-------------------------------------------------------------------------
 *
 * rating_als_sql.c
 *	  rating_als, the aggregate, and the kind of model that it makes.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "core/json_pg.h"
#include "core/options_pg.h"
#include "linalg/linalg_pg.h"
#include "recommend/als_pg.h"
#include "recommend/popularity_pg.h"
#include "recommend/rating_als.h"

typedef struct TrainOptions
{
	int64		factors;
	double		reg;
	double		exponent;
	double		damping;
	int64		iterations;
	int64		seed;
} TrainOptions;

PG_FUNCTION_INFO_V1(mml_rating_als_accum);
PG_FUNCTION_INFO_V1(mml_rating_als_final);

/* ---------------------------------------------------------------- the kind */

/* Parse, and make the copy of the factors that bounds are read from. */
static const char *
parse(const MmlEnvelope *env, void *parsed)
{
	MmlRatingAls *model = parsed;

	MML_DEMAND(mml_rating_als_parse(env, model));
	mml_linalg_ready();
	mml_factors_coarsen(&model->items, mml_palloc_room());
	return NULL;
}

/* What model_info says of a model. */
static void
add_info(const void *model, StringInfo json)
{
	const MmlRatingAls *als = model;

	mml_catalogue_info(&als->catalogue, json);
	mml_json_add_integer(json, "factors", (int64) als->items.factors);
	mml_json_add_number(json, "reg", als->options.reg);
	mml_json_add_number(json, "exponent", als->options.exponent);
	mml_json_add_number(json, "damping", als->damping);
	mml_json_add_number(json, "iterations", als->iterations);
	mml_json_add_number(json, "seed", als->seed);
	mml_json_add_number(json, "mean", als->mean);
	mml_json_add_number(json, "objective", als->objective);
}

const MmlKind mml_rating_als_kind = {
	.name = "rating_als",
	.use = "Use recommend_from().",
	.parsed_size = sizeof(MmlRatingAls),
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
		{"exponent", MML_OPTION_FLOAT, &o->exponent, 0, 2},
		{"damping", MML_OPTION_FLOAT, &o->damping, 0, 1e6},
		{"iterations", MML_OPTION_INT, &o->iterations, 1, 1000},
		{"seed", MML_OPTION_INT, &o->seed, 0, 0x1p53}
	};

	*o = (TrainOptions)
	{
		.factors = 32,.reg = 0.15,.exponent = 1,.damping = 5,.iterations = 16,.seed = 1
	};
	if (given != NULL)
		mml_options_read(given, table, lengthof(table));
}

static const MmlGatherJob job = {
	.kind = "rating_als",
	.context_name = "mediaml rating_als",
	.options_size = sizeof(TrainOptions),
	.read_options = read_options
};

/* rating_als_accum(internal, user anyelement, item, rating [, options]) */
Datum
mml_rating_als_accum(PG_FUNCTION_ARGS)
{
	PG_RETURN_POINTER(mml_gather_add(fcinfo, &job));
}

/* Ratings of another size are a mistake, and float4 has no room for them. */
static void
check_ratings(const MmlPairTable *table)
{
	for (Size e = 0; e < (Size) table->starts[table->rows]; e++)
		if (table->weights[e] > MML_RATING_MOST)
			ereport(ERROR,
					(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
					 errmsg("a rating is larger than %g", MML_RATING_MOST),
					 errhint("Ratings of the same user and item are added up.")));
}

/* Leave the residuals in the gathered table, and return the mean. */
static double
take_biases(MmlGather *gather, double *items)
{
	const TrainOptions *o = gather->options;
	MmlPairTable *table = &gather->by_user;
	double	   *users = mml_gather_alloc(gather, table->rows, sizeof(double));
	double	   *sums = mml_gather_alloc(gather, table->cols, sizeof(double));
	int32	   *counts = mml_gather_alloc(gather, table->cols, sizeof(int32));
	double		mean = mml_rating_biases(table, o->damping, users, items, sums, counts);

	mml_rating_residuals(table, mean, users, items);
	mml_gather_release(gather, counts, table->cols, sizeof(int32));
	mml_gather_release(gather, sums, table->cols, sizeof(double));
	mml_gather_release(gather, users, table->rows, sizeof(double));
	return mean;
}

/* Train, and write the model in the current memory context. */
static bytea *
train(MmlGather *gather)
{
	const TrainOptions *o = gather->options;
	MmlAlsOptions options = {
		.factors = (size_t) o->factors,.reg = o->reg,.exponent = o->exponent,.ratings = true
	};
	Size		items = (Size) gather->items.count;
	double		numbers[MML_RATING_ALS_OPTIONS] = {
		o->reg, o->exponent, o->damping, (double) o->iterations, (double) o->seed
	};
	double	   *biases;
	MmlAlsFitted fitted;
	MmlWriter	writer;

	mml_model_check_size(mml_size_mul(items, options.factors * sizeof(float)),
						 "Lower the option \"factors\".");
	check_ratings(&gather->by_user);
	biases = mml_gather_alloc(gather, items, sizeof(double));
	numbers[5] = take_biases(gather, biases);
	mml_als_train(gather, &gather->by_user, &options, (int) o->iterations,
				  (uint64) o->seed, &fitted);
	numbers[6] = fitted.objective;

	mml_model_begin(&writer, mml_rating_als_kind.name);
	mml_gather_write(gather, &writer);
	mml_model_add(&writer, "options", MML_F64, 1, MML_RATING_ALS_OPTIONS, numbers);
	mml_model_add(&writer, "biases", MML_F64, items, 1, biases);
	mml_model_add(&writer, "factors", MML_F32, items, options.factors, fitted.factors);
	return mml_model_finish(&writer);
}

/* rating_als_final(internal) -> bytea */
Datum
mml_rating_als_final(PG_FUNCTION_ARGS)
{
	MmlGather  *gather = mml_gather_finish(fcinfo);
	bytea	   *model;

	if (gather == NULL)
		PG_RETURN_NULL();
	model = train(gather);
	mml_gather_free(gather);
	PG_RETURN_BYTEA_P(model);
}

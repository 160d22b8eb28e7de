/*-------------------------------------------------------------------------
 *
 * hybrid_sql.c
 *	  hybrid: several recommenders in one model, and its kind.
 *
 * Behind the catalogue of all items and the weights come, for each part, the
 * numbers that its items have there, and its model whole.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>

#include "catalog/pg_type.h"
#include "fmgr.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/memutils.h"

#include "core/json_pg.h"
#include "core/memory_pg.h"
#include "core/options_pg.h"
#include "recommend/catalogue_pg.h"
#include "recommend/hybrid.h"
#include "recommend/hybrid_pg.h"
#include "recommend/rank_pg.h"
#include "recommend/union_pg.h"

StaticAssertDecl(MML_HYBRID_PARTS <= MML_UNION_MAX, "the catalogues of all parts are joined");

/* A parsed model: what kernels see, and the kinds of the parts. */
typedef struct Hybrid
{
	MmlHybrid	hybrid;			/* first */
	const MmlKind *kinds[MML_HYBRID_PARTS];
} Hybrid;

PG_FUNCTION_INFO_V1(mml_hybrid);

/* ---------------------------------------------------------------- the kind */

/* Read a part: its map and its model. */
static const char *
parse_part(const MmlEnvelope *env, int *next, Hybrid *parsed, size_t p)
{
	MmlHybridPart *part = &parsed->hybrid.parts[p];
	MmlEnvelope *inner = palloc(sizeof(MmlEnvelope));
	const MmlKind *kind;
	void	   *model;

	MML_DEMAND(mml_envelope_shaped(env, next, "map", MML_I32, parsed->hybrid.catalogue.items, 1,
								   &part->map));
	MML_DEMAND(mml_model_within(env, next, "part", inner));
	kind = mml_kind_find(inner->kind);
	part->recommender = kind == NULL ? NULL : mml_recommender_find(inner->kind);
	if (part->recommender == NULL || part->recommender == &mml_hybrid_recommender)
		return "A model within it is no recommender that can be a part.";
	model = palloc0(kind->parsed_size);
	MML_DEMAND(kind->parse(inner, model));
	part->model = model;
	part->catalogue = model;
	parsed->kinds[p] = kind;
	return mml_hybrid_check_map(&parsed->hybrid.catalogue, part);
}

/* Fill a Hybrid from an envelope, in the current memory context. */
static const char *
parse_hybrid(const MmlEnvelope *env, void *p)
{
	Hybrid	   *parsed = p;
	const MmlSection *options;
	const double *numbers;
	int			next = 0;

	MML_DEMAND(mml_catalogue_parse(env, &next, &parsed->hybrid.catalogue));
	MML_DEMAND(mml_envelope_next(env, &next, "options", MML_F64, &options));
	if (options->cols != 2 || options->rows < 1 || options->rows > MML_HYBRID_PARTS)
		return "Its number of parts is not possible.";
	parsed->hybrid.count = options->rows;
	numbers = options->data;
	for (size_t i = 0; i < options->rows; i++)
	{
		MmlHybridPart *part = &parsed->hybrid.parts[i];

		part->weight = numbers[2 * i];
		part->min_history = numbers[2 * i + 1];
		if (!(part->weight >= 0 && part->weight <= 1e9) ||
			!(part->min_history >= 0 && part->min_history <= 1e9))
			return "Its options are not possible.";
	}
	for (size_t i = 0; i < parsed->hybrid.count; i++)
		MML_DEMAND(parse_part(env, &next, parsed, i));
	return mml_envelope_end(env, next);
}

/* model_info: the parts, each as it describes itself. */
static void
add_info(const void *model, StringInfo json)
{
	const Hybrid *parsed = model;

	mml_catalogue_info(&parsed->hybrid.catalogue, json);
	for (size_t i = 0; i < parsed->hybrid.count; i++)
	{
		const MmlHybridPart *part = &parsed->hybrid.parts[i];

		mml_json_open(json, psprintf("part%zu", i + 1));
		mml_kind_describe(parsed->kinds[i], part->model, json);
		mml_json_add_number(json, "weight", part->weight);
		mml_json_add_number(json, "min_history", part->min_history);
		mml_json_close(json);
	}
}

const MmlKind mml_hybrid_kind = {
	.name = "hybrid",
	.use = "Use recommend_from().",
	.parsed_size = sizeof(Hybrid),
	.parse = parse_hybrid,
	.info = add_info
};

/* ----------------------------------------------------------------- making */

/* The weights: as many as there are models, finite, not all 0. */
static void
read_weights(ArrayType *array, int count, double *options)
{
	int			given = ArrayGetNItems(ARR_NDIM(array), ARR_DIMS(array));
	const double *weights = (const double *) ARR_DATA_PTR(array);
	double		most = 0;

	if (given != count)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("there are %d models, but %d weights", count, given)));
	for (int i = 0; i < count; i++)
	{
		if (!(weights[i] >= 0 && weights[i] <= 1e9))
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("a weight must be a number from 0 to 1000000000")));
		options[2 * i] = weights[i];
		most = Max(most, weights[i]);
	}
	if (most == 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("all weights are 0")));
}

/* The option min_history: a number for all parts, or one for each. */
static void
read_min_history(Jsonb *given, int count, double *options)
{
	JsonbValue *value = NULL;
	const MmlOption table[] = {{"min_history", MML_OPTION_RAW, &value, 0, 0}};
	bool		list;

	mml_options_read(given, table, lengthof(table));
	if (value == NULL)
		return;
	list = value->type == jbvBinary && JsonContainerIsArray(value->val.binary.data);
	for (int i = 0; i < count; i++)
	{
		JsonbValue *one = list ? getIthJsonbValueFromContainer(value->val.binary.data, (uint32) i) : value;
		double		number;

		if ((list && (int) JsonContainerSize(value->val.binary.data) != count) ||
			!mml_json_number(one, &number) || !(number >= 0 && number <= 1e9) || number != rint(number))
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("option \"min_history\" must be a whole number, or an array of one for each model")));
		options[2 * i + 1] = number;
	}
}

/* The models of an array, each a recommender. */
static int
read_models(ArrayType *array, MemoryContext until, bytea **bytes, const MmlModel **models)
{
	Datum	   *elements;
	bool	   *nulls;
	int			count;

	deconstruct_array(array, BYTEAOID, -1, false, TYPALIGN_INT, &elements, &nulls, &count);
	if (count < 1 || count > MML_HYBRID_PARTS)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("a hybrid has from 1 to %d models, not %d", MML_HYBRID_PARTS, count)));
	for (int i = 0; i < count; i++)
	{
		if (nulls[i])
			ereport(ERROR,
					(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
					 errmsg("model %d is null", i + 1)));
		models[i] = mml_model_read(elements[i], until);
		if (mml_recommender_of(models[i]) == &mml_hybrid_recommender)
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("a hybrid cannot be a part of a hybrid")));
		bytes[i] = DatumGetByteaP(elements[i]);
	}
	return count;
}

/* hybrid(models bytea[], weights float8[], options jsonb) -> bytea */
Datum
mml_hybrid(PG_FUNCTION_ARGS)
{
	MemoryContext caller = CurrentMemoryContext;
	MemoryContext context;
	MmlAccount *account;
	bytea	   *bytes[MML_HYBRID_PARTS];
	const MmlModel *models[MML_HYBRID_PARTS];
	const MmlCatalogue *catalogues[MML_HYBRID_PARTS];
	double		options[2 * MML_HYBRID_PARTS] = {0};
	int			count;
	MmlUnion	all;
	MmlWriter	writer;
	bytea	   *model;

	if (PG_ARGISNULL(0) || PG_ARGISNULL(1))
		PG_RETURN_NULL();
	context = AllocSetContextCreate(caller, "mediaml hybrid", ALLOCSET_DEFAULT_SIZES);
	MemoryContextSwitchTo(context);
	account = palloc0(sizeof(MmlAccount));
	mml_account_open(account, context);
	count = read_models(PG_GETARG_ARRAYTYPE_P(0), context, bytes, models);
	if (array_contains_nulls(PG_GETARG_ARRAYTYPE_P(1)))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("weights must not contain nulls")));
	read_weights(PG_GETARG_ARRAYTYPE_P(1), count, options);
	if (!PG_ARGISNULL(2))
		read_min_history(PG_GETARG_JSONB_P(2), count, options);
	for (int i = 0; i < count; i++)
		catalogues[i] = models[i]->parsed;
	mml_union_make(count, catalogues, account, context, &all);

	mml_model_begin(&writer, mml_hybrid_kind.name);
	mml_catalogue_write(&all.catalogue, &writer);
	mml_model_add(&writer, "options", MML_F64, (Size) count, 2, options);
	for (int i = 0; i < count; i++)
	{
		mml_model_add(&writer, "map", MML_I32, all.catalogue.items, 1, all.maps[i]);
		mml_model_add(&writer, "part", MML_U8, VARSIZE(bytes[i]), 1, bytes[i]);
	}
	MemoryContextSwitchTo(caller);
	model = mml_model_finish(&writer);
	MemoryContextDelete(context);
	PG_RETURN_BYTEA_P(model);
}

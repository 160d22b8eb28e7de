/*-------------------------------------------------------------------------
 *
 * pipeline_sql.c
 *	  The kind "pipeline": a preprocessor and an estimator in one model.
 *
 * Its sections are the two models whole, each with the length word of its
 * bytea before it: so their numbers lie as aligned as they did alone (see
 * envelope.h), and are used where they lie.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "fmgr.h"
#include "utils/builtins.h"

#include "clean/clean_pg.h"
#include "clean/preprocessor.h"
#include "core/compat_pg.h"
#include "core/json_pg.h"
#include "core/model_pg.h"

PG_FUNCTION_INFO_V1(mml_clean_pipeline);

/* A parsed model. */
typedef struct Pipeline
{
	MmlPreprocessor preprocessor;
	MmlPart		estimator;
} Pipeline;

/* ---------------------------------------------------------------- reading */

/* Do two lists hold the same texts? */
static bool
same_texts(const MmlTexts *a, const MmlTexts *b)
{
	const char *s = a->first;
	const char *t = b->first;

	if (a->count != b->count)
		return false;
	for (size_t i = 0; i < a->count; i++, s = mml_text_next(s), t = mml_text_next(t))
		if (strcmp(s, t) != 0)
			return false;
	return true;
}

/* Can a model of this kind be the estimator?  One within another cannot: so nesting ends. */
static bool
is_estimator(const MmlKind *kind)
{
	return kind != NULL && kind->features != NULL && kind->inputs == NULL && kind->within == NULL;
}

/* Demand that the estimator takes what the preprocessor makes. */
static const char *
check_fit(const Pipeline *pipeline)
{
	const MmlPart *part = &pipeline->estimator;
	const MmlTexts *names;

	if ((size_t) part->kind->features(part->parsed) != pipeline->preprocessor.features)
		return "Its estimator takes another number of features.";
	if (part->kind->feature_names == NULL)
		return NULL;
	names = part->kind->feature_names(part->parsed);
	if (names->count > 0 && !same_texts(names, &pipeline->preprocessor.feature_names))
		return "Its estimator takes other features.";
	return NULL;
}

/* Fill a Pipeline from an envelope, in the current memory context. */
static const char *
parse_pipeline(const MmlEnvelope *env, void *parsed)
{
	Pipeline   *pipeline = parsed;
	MmlEnvelope *inner = palloc(sizeof(MmlEnvelope));
	int			next = 0;
	void	   *estimator;

	MML_DEMAND(mml_model_within(env, &next, "preprocessor", inner));
	if (strcmp(inner->kind, mml_preprocessor_kind.name) != 0)
		return "The first model within it is no preprocessor.";
	MML_DEMAND(mml_clean_parse(inner, &pipeline->preprocessor));
	MML_DEMAND(mml_model_within(env, &next, "estimator", inner));
	MML_DEMAND(mml_envelope_end(env, next));
	pipeline->estimator.kind = mml_kind_find(inner->kind);
	if (!is_estimator(pipeline->estimator.kind))
		return "The second model within it is no estimator.";
	estimator = palloc0(pipeline->estimator.kind->parsed_size);
	MML_DEMAND(pipeline->estimator.kind->parse(inner, estimator));
	pipeline->estimator.parsed = estimator;
	return check_fit(pipeline);
}

/* --------------------------------------------------------------- the kind */

/* How many features the estimator takes. */
static int
count_features(const void *model)
{
	return (int) ((const Pipeline *) model)->preprocessor.features;
}

/* Their names. */
static const MmlTexts *
feature_names(const void *model)
{
	return &((const Pipeline *) model)->preprocessor.feature_names;
}

/* How many raw columns the preprocessor reads. */
static int
count_inputs(const void *model)
{
	return mml_clean_inputs(&((const Pipeline *) model)->preprocessor);
}

/* One of them. */
static MmlInput
get_input(const void *model, int i)
{
	return mml_clean_input(&((const Pipeline *) model)->preprocessor, i);
}

/* Features of a raw row. */
static MmlPrepared
prepare(const void *model, const MmlCell *cells, double *x, size_t *column)
{
	return mml_clean_prepare(&((const Pipeline *) model)->preprocessor, cells, x, column);
}

/* The raw unit of a feature. */
static bool
get_unit(const void *model, int feature, double *offset, double *scale)
{
	return mml_clean_unit(&((const Pipeline *) model)->preprocessor,
						  (size_t) feature, offset, scale);
}

/* The model that answers. */
static MmlPart
get_estimator(const void *model)
{
	return ((const Pipeline *) model)->estimator;
}

/* model_info: each of the two as it describes itself. */
static void
describe(const void *model, StringInfo json)
{
	const Pipeline *pipeline = model;

	mml_json_open(json, "preprocessor");
	mml_kind_describe(&mml_preprocessor_kind, &pipeline->preprocessor, json);
	mml_json_close(json);
	mml_json_open(json, "estimator");
	mml_kind_describe(pipeline->estimator.kind, pipeline->estimator.parsed, json);
	mml_json_close(json);
}

const MmlKind mml_pipeline_kind = {
	.name = "pipeline",
	.use = "Use predict_row(), predict_label_row(), predict_proba_row(), cluster_row(), coefficients() or centroids().",
	.parsed_size = sizeof(Pipeline),
	.parse = parse_pipeline,
	.features = count_features,
	.feature_names = feature_names,
	.inputs = count_inputs,
	.input = get_input,
	.prepare = prepare,
	.unit = get_unit,
	.estimator = get_estimator,
	.info = describe
};

/* The preprocessor that a model is, or has within; NULL: none. */
const MmlPreprocessor *
mml_clean_preprocessor_of(const MmlModel *model)
{
	const MmlPart *part = &model->rows;

	if (part->kind == &mml_preprocessor_kind)
		return part->parsed;
	if (part->kind == &mml_pipeline_kind)
		return &((const Pipeline *) part->parsed)->preprocessor;
	return NULL;
}

/* ---------------------------------------------------------------- writing */

/* Complain of an estimator that was trained on other features. */
static void
check_estimator(const MmlModel *estimator, int features, char **made)
{
	int			taken;
	char	  **names = mml_model_features(estimator, &taken);

	if (taken != features)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("the estimator was trained on arrays of length %d, but the preprocessor makes %d features",
						taken, features),
				 errhint("Train it on mediaml.transform(preprocessor, row).")));
	if (estimator->kind->feature_names == NULL ||
		estimator->kind->feature_names(estimator->parsed)->count == 0)
		return;
	for (int i = 0; i < taken; i++)
		if (strcmp(names[i], made[i]) != 0)
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("feature %d of the estimator is \"%s\", but the preprocessor makes \"%s\"",
							i + 1, names[i], made[i]),
					 errhint("Train it on mediaml.transform(preprocessor, row).")));
}

/* pipeline(preprocessor bytea, estimator bytea) -> bytea */
Datum
mml_clean_pipeline(PG_FUNCTION_ARGS)
{
	bytea	   *parts[2] = {PG_GETARG_BYTEA_P(0), PG_GETARG_BYTEA_P(1)};
	const MmlModel *model = mml_model_arg(fcinfo, 0);
	int			features;
	char	  **names;
	MmlWriter	writer;

	if (model->kind != &mml_preprocessor_kind)
		mml_kind_report_unfit(model->kind, fcinfo->flinfo->fn_oid);
	names = mml_model_features(model, &features);
	model = mml_model_arg(fcinfo, 1);
	if (!is_estimator(model->kind))
		mml_kind_report_unfit(model->kind, fcinfo->flinfo->fn_oid);
	check_estimator(model, features, names);

	mml_model_begin(&writer, mml_pipeline_kind.name);
	mml_model_add(&writer, "preprocessor", MML_U8, VARSIZE(parts[0]), 1, parts[0]);
	mml_model_add(&writer, "estimator", MML_U8, VARSIZE(parts[1]), 1, parts[1]);
	PG_RETURN_BYTEA_P(mml_model_finish(&writer));
}

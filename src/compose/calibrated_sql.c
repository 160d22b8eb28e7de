/*-------------------------------------------------------------------------
 *
 * calibrated_sql.c
 *	  The kind "calibrated": a model of two classes whose probabilities go
 *	  through a calibrator.
 *
 * Its sections are the two models whole, as those of a pipeline.  The model
 * within is an estimator or a pipeline, never calibrated itself and never one
 * that holds a model for each value of a column: so nesting ends.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "fmgr.h"

#include "compose/compose_pg.h"
#include "core/compat_pg.h"
#include "core/json_pg.h"

PG_FUNCTION_INFO_V1(mml_calibrated);

/* A parsed model. */
typedef struct Calibrated
{
	MmlModel	model;			/* within */
	int			positive;		/* its class that the probability is of */
	MmlCalibrator calibrator;
} Calibrated;

/* ---------------------------------------------------------------- reading */

/* Can a model of this kind, which may not yet be parsed, be within? */
static bool
may_be_within(const MmlKind *kind)
{
	return kind != NULL && kind->features != NULL && kind->within == NULL;
}

/* How many classes a model tells probabilities of; 0: none. */
static size_t
count_classes(const MmlPart *estimator)
{
	if (estimator->kind->proba == NULL || estimator->kind->labels == NULL)
		return 0;
	return estimator->kind->labels(estimator->parsed)->count;
}

/* The positive class of a model of two; -1 where it has another number. */
static int
find_positive(const MmlPart *estimator)
{
	if (count_classes(estimator) != 2 || estimator->kind->positive == NULL)
		return -1;
	return estimator->kind->positive(estimator->parsed);
}

/* Fill a Calibrated from an envelope, in the current memory context. */
static const char *
parse_calibrated(const MmlEnvelope *env, void *p)
{
	Calibrated *parsed = p;
	MmlEnvelope *inner = palloc(sizeof(MmlEnvelope));
	int			next = 0;
	void	   *model;

	MML_DEMAND(mml_model_within(env, &next, "model", inner));
	parsed->model.kind = mml_kind_find(inner->kind);
	if (!may_be_within(parsed->model.kind))
		return "The first model within it is none that can be calibrated.";
	model = palloc0(parsed->model.kind->parsed_size);
	MML_DEMAND(parsed->model.kind->parse(inner, model));
	parsed->model.parsed = model;
	mml_model_resolve(&parsed->model);
	parsed->positive = find_positive(&parsed->model.estimator);
	if (parsed->positive < 0 || parsed->positive > 1)
		return "The first model within it does not tell probabilities of two classes.";
	MML_DEMAND(mml_model_within(env, &next, "calibrator", inner));
	if (strcmp(inner->kind, mml_calibrator_kind.name) != 0)
		return "The second model within it is no calibrator.";
	MML_DEMAND(mml_calibrator_parse(inner, &parsed->calibrator));
	pfree(inner);
	return mml_envelope_end(env, next);
}

/* --------------------------------------------------------------- the kind */

/* The estimator that answers before calibration. */
static const MmlPart *
estimator_of(const void *model)
{
	return &((const Calibrated *) model)->model.estimator;
}

/* How many features it takes. */
static int
count_features(const void *model)
{
	const MmlPart *part = estimator_of(model);

	return part->kind->features(part->parsed);
}

/* Are they numbers of a row? */
static void
demand(const void *model)
{
	const MmlPart *part = estimator_of(model);

	if (part->kind->demand != NULL)
		part->kind->demand(part->parsed);
}

/* Their names, if any. */
static const MmlTexts *
feature_names(const void *model)
{
	static const MmlTexts none = {0};
	const MmlPart *part = &((const Calibrated *) model)->model.rows;

	return part->kind->feature_names == NULL ? &none : part->kind->feature_names(part->parsed);
}

/* The model within, which reads rows and has coefficients. */
static MmlPart
get_within(const void *model)
{
	const Calibrated *calibrated = model;

	return (MmlPart)
	{
		calibrated->model.kind, calibrated->model.parsed
	};
}

/* The labels of the two classes. */
static const MmlTexts *
class_labels(const void *model)
{
	const MmlPart *part = estimator_of(model);

	return part->kind->labels(part->parsed);
}

/* The positive one. */
static int
positive_class(const void *model)
{
	return ((const Calibrated *) model)->positive;
}

/* The calibrated probabilities. */
static void
predict_proba(const void *model, const double *x, double *p)
{
	const Calibrated *calibrated = model;
	const MmlPart *part = &calibrated->model.estimator;
	double		said[2];
	double		positive;

	part->kind->proba(part->parsed, x, said);
	positive = said[calibrated->positive];
	if (!isnan(positive))
		positive = mml_calibrate(&calibrated->calibrator, Min(Max(positive, 0), 1));
	p[calibrated->positive] = positive;
	p[1 - calibrated->positive] = 1 - positive;
}

/* The class whose calibrated probability is at least one half. */
static int
predict_class(const void *model, const double *x)
{
	int			positive = ((const Calibrated *) model)->positive;
	double		p[2];

	predict_proba(model, x, p);
	return p[positive] >= 0.5 ? positive : 1 - positive;
}

/* A class as a number. */
static bool
class_number(const void *model, int label, double *y)
{
	const MmlPart *part = estimator_of(model);

	return part->kind->number != NULL && part->kind->number(part->parsed, label, y);
}

/* The class of a row as a number. */
static bool
predict_number(const void *model, const double *x, double *y)
{
	return class_number(model, predict_class(model, x), y);
}

/* model_info: the model as it describes itself, and the calibrator. */
static void
describe(const void *model, StringInfo json)
{
	const Calibrated *calibrated = model;

	mml_json_open(json, "model");
	mml_kind_describe(calibrated->model.kind, calibrated->model.parsed, json);
	mml_json_close(json);
	mml_json_open(json, "calibration");
	mml_calibrator_info(&calibrated->calibrator, json);
	mml_json_close(json);
}

const MmlKind mml_calibrated_kind = {
	.name = "calibrated",
	.use = "Use predict_proba(), predict_label(), predict(), their forms for rows, or coefficients().",
	.parsed_size = sizeof(Calibrated),
	.parse = parse_calibrated,
	.features = count_features,
	.demand = demand,
	.feature_names = feature_names,
	.within = get_within,
	.predict = predict_number,
	.labels = class_labels,
	.positive = positive_class,
	.label = predict_class,
	.number = class_number,
	.proba = predict_proba,
	.info = describe
};

/* ---------------------------------------------------------------- writing */

/* Demand a model that can be calibrated. */
static void
check_model(const MmlModel *model, Oid function)
{
	const MmlPart *estimator = &model->estimator;

	if (model->kind == &mml_calibrated_kind)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("the model is calibrated already"),
				 errhint("Calibrate the model that it was made of.")));
	if (model->kind->grouping != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("a model of kind \"%s\" cannot be calibrated as a whole", model->kind->name),
				 errhint("Calibrate the model of each group, then group them.")));
	if (!may_be_within(model->kind))
		mml_kind_report_unfit(model->kind, function);
	if (count_classes(estimator) == 0)
		mml_kind_report_unfit(estimator->kind, function);
	if (find_positive(estimator) < 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("the model has %zu classes, but a calibrator is for two",
						count_classes(estimator)),
				 errhint("Train a model of a boolean target for each class.")));
}

/* calibrated(model bytea, calibrator bytea) -> bytea */
Datum
mml_calibrated(PG_FUNCTION_ARGS)
{
	bytea	   *model = PG_GETARG_BYTEA_P(0);
	bytea	   *calibrator = PG_GETARG_BYTEA_P(1);
	MmlWriter	writer;

	check_model(mml_model_arg(fcinfo, 0), fcinfo->flinfo->fn_oid);
	mml_model_arg_of_kind(fcinfo, 1, &mml_calibrator_kind);
	mml_model_begin(&writer, mml_calibrated_kind.name);
	mml_model_add(&writer, "model", MML_U8, VARSIZE(model), 1, model);
	mml_model_add(&writer, "calibrator", MML_U8, VARSIZE(calibrator), 1, calibrator);
	PG_RETURN_BYTEA_P(mml_model_finish(&writer));
}

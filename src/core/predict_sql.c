/*-------------------------------------------------------------------------
 *
 * predict_sql.c
 *	  predict, predict_label, predict_proba, predict_proba_all, cluster and
 *	  their forms for rows: the same functions for every kind of model.
 *
 * Each comes in two forms, which differ in where the features come from: an
 * array, by position, or a row, by name.  Of a pipeline the estimator within
 * answers: an array holds its features, a row is raw, and the pipeline makes
 * features of it.  Of a model that has one within for each value of a column,
 * the one for the row answers; where there is none, so is the answer NULL.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "fmgr.h"
#include "utils/array.h"
#include "utils/builtins.h"

#include "core/array_pg.h"
#include "core/model_pg.h"
#include "core/row_pg.h"

/* What a call predicts from. */
typedef struct Question
{
	const MmlModel *whole;		/* that chooses among models; NULL: none does */
	const MmlKind *kind;		/* of the model that answers */
	const void *parsed;
	const double *x;			/* NULL: there is no model to answer */
	Oid			function;		/* that was called */
} Question;

/* Let a model answer, which must be of a kind that answers for features. */
static void
ask_model(Question *q, const MmlModel *model)
{
	q->kind = model->estimator.kind;
	q->parsed = model->estimator.parsed;
	if (q->kind->features == NULL)
		mml_kind_report_unfit(q->kind, q->function);
	if (q->kind->demand != NULL)
		q->kind->demand(q->parsed);
}

/* The model in argument 0 and the features of the array in argument 1. */
static Question
ask_array(FunctionCallInfo fcinfo)
{
	Question	q = {.function = fcinfo->flinfo->fn_oid};
	const MmlModel *model = mml_model_arg(fcinfo, 0);

	ask_model(&q, model);
	q.x = mml_features_vector(PG_GETARG_ARRAYTYPE_P(1), q.kind->features(q.parsed),
							  model->rows.kind->estimator == NULL ? NULL : model->rows.kind->use);
	return q;
}

/* The model in argument 0 and the features of the row in argument 1. */
static Question
ask_row(FunctionCallInfo fcinfo)
{
	Question	q = {.function = fcinfo->flinfo->fn_oid};
	const MmlModel *model = mml_model_arg(fcinfo, 0);
	const MmlRowMap *map;

	if (model->kind->grouping == NULL)
		ask_model(&q, model);
	else
		q.whole = model;
	map = mml_row_ask(fcinfo, 1, &model);
	if (map == NULL)
		return q;
	if (q.whole != NULL)
		ask_model(&q, model);
	q.x = map->x;
	return q;
}

/* The answer as a number. */
static Datum
answer_number(Question q)
{
	double		y;

	if (q.kind->predict == NULL)
		mml_kind_report_unfit(q.kind, q.function);
	if (!q.kind->predict(q.parsed, q.x, &y))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("the classes of the model are no numbers"),
				 errhint("Use predict_label().")));
	return Float8GetDatum(y);
}

/* The answer as the label of a class. */
static Datum
answer_label(Question q)
{
	const MmlTexts *labels;

	if (q.kind->label == NULL || q.kind->labels == NULL)
		mml_kind_report_unfit(q.kind, q.function);
	labels = q.kind->labels(q.parsed);
	return PointerGetDatum(cstring_to_text(mml_text_from_model(mml_texts_get(labels,
																			 (size_t) q.kind->label(q.parsed, q.x)))));
}

/* The probabilities of all classes. */
static double *
answer_probabilities(Question q, int *classes)
{
	double	   *p;

	if (q.kind->proba == NULL || q.kind->labels == NULL)
		mml_kind_report_unfit(q.kind, q.function);
	*classes = (int) q.kind->labels(q.parsed)->count;
	p = palloc(sizeof(double) * (Size) *classes);
	q.kind->proba(q.parsed, q.x, p);
	return p;
}

/* The positive class of two. */
static int
find_positive(Question q)
{
	const MmlKind *kind = q.whole == NULL ? q.kind : q.whole->kind;
	const void *parsed = q.whole == NULL ? q.parsed : q.whole->parsed;

	if (kind->positive == NULL || kind->positive(parsed) < 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("the model has %d classes, none of which is the positive one",
						(int) kind->labels(parsed)->count),
				 errhint("Name a class: predict_proba(model, x, class => ...).")));
	return q.kind->positive(q.parsed);
}

/* The class that a label names, or, without one, the positive one of two. */
static int
find_class(Question q, const text *wanted)
{
	MmlPart		part = {q.kind, q.parsed};

	return wanted == NULL ? find_positive(q) :
		mml_class_find(q.whole, &part, text_to_cstring(wanted));
}

/* The probability of one class. */
static Datum
answer_proba(Question q, const text *wanted)
{
	int			classes;
	double	   *p = answer_probabilities(q, &classes);
	int			class = find_class(q, wanted);
	double		answer = class < 0 ? 0 : p[class];

	pfree(p);
	return Float8GetDatum(answer);
}

/* The probabilities of all classes, in the order of model_info's labels. */
static Datum
answer_proba_all(Question q)
{
	int			classes;
	double	   *p = answer_probabilities(q, &classes);
	Datum	   *elements = palloc(sizeof(Datum) * (Size) classes);

	for (int i = 0; i < classes; i++)
		elements[i] = Float8GetDatum(p[i]);
	return PointerGetDatum(construct_array(elements, classes, FLOAT8OID,
										   sizeof(float8), FLOAT8PASSBYVAL,
										   TYPALIGN_DOUBLE));
}

/* The cluster, a number from 0. */
static Datum
answer_cluster(Question q)
{
	if (q.kind->cluster == NULL)
		mml_kind_report_unfit(q.kind, q.function);
	return Int32GetDatum(q.kind->cluster(q.parsed, q.x));
}

PG_FUNCTION_INFO_V1(mml_predict);
PG_FUNCTION_INFO_V1(mml_predict_row);
PG_FUNCTION_INFO_V1(mml_predict_label);
PG_FUNCTION_INFO_V1(mml_predict_label_row);
PG_FUNCTION_INFO_V1(mml_predict_proba);
PG_FUNCTION_INFO_V1(mml_predict_proba_row);
PG_FUNCTION_INFO_V1(mml_predict_proba_all);
PG_FUNCTION_INFO_V1(mml_cluster);
PG_FUNCTION_INFO_V1(mml_cluster_row);

/* predict(model bytea, x float8[]) -> float8 */
Datum
mml_predict(PG_FUNCTION_ARGS)
{
	return answer_number(ask_array(fcinfo));
}

/* predict_row(model bytea, t record) -> float8 */
Datum
mml_predict_row(PG_FUNCTION_ARGS)
{
	Question	q = ask_row(fcinfo);

	if (q.x == NULL)
		PG_RETURN_NULL();
	return answer_number(q);
}

/* predict_label(model bytea, x float8[]) -> text */
Datum
mml_predict_label(PG_FUNCTION_ARGS)
{
	return answer_label(ask_array(fcinfo));
}

/* predict_label_row(model bytea, t record) -> text */
Datum
mml_predict_label_row(PG_FUNCTION_ARGS)
{
	Question	q = ask_row(fcinfo);

	if (q.x == NULL)
		PG_RETURN_NULL();
	return answer_label(q);
}

/* predict_proba(model bytea, x float8[], class text DEFAULT NULL) -> float8 */
Datum
mml_predict_proba(PG_FUNCTION_ARGS)
{
	if (PG_ARGISNULL(0) || PG_ARGISNULL(1))
		PG_RETURN_NULL();
	return answer_proba(ask_array(fcinfo),
						PG_ARGISNULL(2) ? NULL : PG_GETARG_TEXT_PP(2));
}

/* predict_proba_row(model bytea, t record, class text DEFAULT NULL) -> float8 */
Datum
mml_predict_proba_row(PG_FUNCTION_ARGS)
{
	Question	q;

	if (PG_ARGISNULL(0) || PG_ARGISNULL(1))
		PG_RETURN_NULL();
	q = ask_row(fcinfo);
	if (q.x == NULL)
		PG_RETURN_NULL();
	return answer_proba(q, PG_ARGISNULL(2) ? NULL : PG_GETARG_TEXT_PP(2));
}

/* predict_proba_all(model bytea, x float8[]) -> float8[] */
Datum
mml_predict_proba_all(PG_FUNCTION_ARGS)
{
	return answer_proba_all(ask_array(fcinfo));
}

/* cluster(model bytea, x float8[]) -> int */
Datum
mml_cluster(PG_FUNCTION_ARGS)
{
	return answer_cluster(ask_array(fcinfo));
}

/* cluster_row(model bytea, t record) -> int */
Datum
mml_cluster_row(PG_FUNCTION_ARGS)
{
	Question	q = ask_row(fcinfo);

	if (q.x == NULL)
		PG_RETURN_NULL();
	return answer_cluster(q);
}

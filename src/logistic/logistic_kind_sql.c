/*-------------------------------------------------------------------------
 *
 * logistic_kind_sql.c
 *	  The kind "logistic_regression" of models.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>

#include "core/json_pg.h"
#include "core/model_pg.h"
#include "logistic/logistic_pg.h"

#define NORMAL_975 1.959963984540054	/* 97.5 % quantile of the normal */

/* How many features a model has. */
static int
count_features(const void *model)
{
	return ((const LogisticModel *) model)->d;
}

/* Their names, if any. */
static const MmlTexts *
feature_names(const void *model)
{
	return &((const LogisticModel *) model)->names;
}

/* The labels of the classes. */
static const MmlTexts *
class_labels(const void *model)
{
	return &((const LogisticModel *) model)->labels;
}

/* The positive class: of two, the one that is not the reference. */
static int
positive_class(const void *model)
{
	const LogisticModel *m = model;

	return m->classes == 2 ? 1 - m->reference : -1;
}

/* The class of a row. */
static int
predict_class(const void *model, const double *x)
{
	return mml_logistic_label(model, x);
}

/* A class as a number. */
static bool
class_number(const void *model, int label, double *y)
{
	return mml_logistic_number(model, label, y);
}

/* The class of a row as a number. */
static bool
predict_number(const void *model, const double *x, double *y)
{
	return mml_logistic_number(model, mml_logistic_label(model, x), y);
}

/* The probabilities of all classes. */
static void
predict_proba(const void *model, const double *x, double *p)
{
	mml_logistic_proba(model, x, p);
}

/* What each feature adds to the log-odds of a class. */
static bool
explain_class(const void *model, const double *x, MmlExplanation *e)
{
	mml_logistic_explain(model, x, e);
	return true;
}

/* Row i of coefficients(). */
static bool
get_term(const void *parsed, int i, MmlTerm *term)
{
	const LogisticModel *model = parsed;
	int			a = i / model->terms;
	double		b;
	double		e;

	if (a >= model->classes - 1)
		return false;
	b = model->beta[i];
	e = model->std_error[i];
	term->class = mml_texts_get(&model->labels,
								(size_t) mml_logistic_free_class(model, a));
	term->feature = i % model->terms - model->intercept;
	term->estimate = b;
	term->std_error = e;
	term->z = b / e;
	term->p = erfc(fabs(term->z) / M_SQRT2);
	term->odds_ratio = exp(b);
	term->ci_low = b - NORMAL_975 * e;
	term->ci_high = b + NORMAL_975 * e;
	return true;
}

/* How many coefficients were estimated. */
static int
count_estimates(const LogisticModel *model)
{
	int			n = 0;

	for (int i = 0; i < (model->classes - 1) * model->terms; i++)
		n += model->status[i] != MML_TERM_ALIASED;
	return n;
}

/* Is the fit a plain maximum of the likelihood of the rows? */
static bool
is_plain(const LogisticModel *model)
{
	for (int c = 0; c < model->classes; c++)
		if (model->class_weight[c] != 1)
			return false;
	return model->summary[LOGISTIC_L2] == 0;
}

/* model_info */
static void
describe(const void *parsed, StringInfo json)
{
	const LogisticModel *model = parsed;
	const double *s = model->summary;
	double		loglik = s[LOGISTIC_LOGLIK];
	double		null_loglik = s[LOGISTIC_NULL_LOGLIK];
	double		parameters = NAN;

	if (is_plain(model))
		parameters = count_estimates(model);
	mml_json_add_string(json, "reference",
						mml_text_from_model(mml_texts_get(&model->labels,
														  (size_t) model->reference)));
	mml_json_add_integer(json, "rows", model->rows);
	mml_json_add_integer(json, "rows_skipped", (int64) s[LOGISTIC_SKIPPED]);
	mml_json_add_integers(json, "class_rows", model->class_rows, model->classes);
	mml_json_add_number(json, "log_likelihood", loglik);
	mml_json_add_number(json, "null_log_likelihood", null_loglik);
	mml_json_add_number(json, "deviance", -2 * loglik);
	mml_json_add_number(json, "null_deviance", -2 * null_loglik);
	mml_json_add_number(json, "aic", 2 * parameters - 2 * loglik);
	mml_json_add_number(json, "bic", parameters * log((double) model->rows) - 2 * loglik);
	mml_json_add_number(json, "mcfadden_r2", 1 - loglik / null_loglik);
	mml_json_add_number(json, "condition_number", s[LOGISTIC_CONDITION]);
	mml_json_add_number(json, "decrement", s[LOGISTIC_DECREMENT]);
	mml_json_add_number(json, "l2", s[LOGISTIC_L2]);
	mml_json_add_bool(json, "intercept", model->intercept);
	mml_json_add_numbers(json, "class_weights", model->class_weight, model->classes);
	mml_json_add_integer(json, "iterations", (int64) s[LOGISTIC_ITERATIONS]);
	mml_json_add_bool(json, "converged", s[LOGISTIC_CONVERGED] != 0);
	mml_json_add_bool(json, "separated", s[LOGISTIC_SEPARATED] != 0);
	mml_json_add_string(json, "method", s[LOGISTIC_METHOD] == MML_LOGISTIC_NEWTON ?
						"newton" : "lbfgs");
	mml_json_add_string(json, "kernels", mml_text_from_model(model->kernels.first));
}

const MmlKind mml_logistic_kind = {
	.name = "logistic_regression",
	.use = "Use predict_label(), predict_proba(), predict() or coefficients().",
	.parsed_size = sizeof(LogisticModel),
	.parse = mml_logistic_parse,
	.features = count_features,
	.feature_names = feature_names,
	.predict = predict_number,
	.labels = class_labels,
	.positive = positive_class,
	.label = predict_class,
	.number = class_number,
	.proba = predict_proba,
	.explain = explain_class,
	.term = get_term,
	.info = describe
};

/*-------------------------------------------------------------------------
 *
 * info_sql.c
 *	  model_info and coefficients: what a model says of itself.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>

#include "fmgr.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"

#include "core/json_pg.h"
#include "core/model_pg.h"
#include "core/result_pg.h"

PG_FUNCTION_INFO_V1(mml_model_info);
PG_FUNCTION_INFO_V1(mml_coefficients);

/* Append what a model says of itself, without its braces. */
void
mml_kind_describe(const MmlKind *kind, const void *model, StringInfo json)
{
	mml_json_add_string(json, "kind", kind->name);
	if (kind->features != NULL)
		mml_json_add_integer(json, "features", kind->features(model));
	if (kind->feature_names != NULL && kind->feature_names(model)->count > 0)
		mml_json_add_texts(json, "names", kind->feature_names(model));
	if (kind->labels != NULL && kind->labels(model)->count > 0)
		mml_json_add_texts(json, "classes", kind->labels(model));
	if (kind->info != NULL)
		kind->info(model, json);
}

/* model_info(model bytea) -> jsonb */
Datum
mml_model_info(PG_FUNCTION_ARGS)
{
	const MmlModel *model = mml_model_arg(fcinfo, 0);
	StringInfoData json;

	initStringInfo(&json);
	appendStringInfoChar(&json, '{');
	mml_json_add_integer(&json, "bytes", (int64) model->env->length);
	mml_kind_describe(model->kind, model->parsed, &json);
	appendStringInfoChar(&json, '}');
	return DirectFunctionCall1(jsonb_in, CStringGetDatum(json.data));
}

/*
 * The estimate of a term, which begins the terms of its class if it is an
 * intercept, for features in raw units: (raw - offset) / scale is what was
 * estimated for.  NaN where a feature has no such unit; an intercept then has
 * it in the unit of the estimate.
 */
static double
raw_estimate(const MmlModel *model, int i, const MmlTerm *term)
{
	const MmlPart *part = &model->fitted;
	double		raw = term->estimate;
	double		offset;
	double		scale;
	MmlTerm		other;

	if (term->feature >= 0)
		return mml_model_unit(model, term->feature, &offset, &scale) ? raw / scale : NAN;
	while (part->kind->term(part->parsed, ++i, &other) && other.feature >= 0)
		if (!isnan(other.estimate) &&
			mml_model_unit(model, other.feature, &offset, &scale))
			raw -= other.estimate * offset / scale;
	return raw;
}

/*
 * coefficients(model bytea) -> rows of (class, term, estimate, std_error, z,
 * p, odds_ratio, ci_low, ci_high, raw_estimate)
 */
Datum
mml_coefficients(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;
	const MmlModel *model = mml_model_arg(fcinfo, 0);
	const MmlPart *part = &model->fitted;
	int			features;
	char	  **names;
	MmlTerm		term;

	if (part->kind->term == NULL)
		mml_kind_report_unfit(part->kind, fcinfo->flinfo->fn_oid);
	names = mml_model_features(model, &features);
	InitMaterializedSRF(fcinfo, MAT_SRF_USE_EXPECTED_DESC);
	for (int i = 0; part->kind->term(part->parsed, i, &term); i++)
	{
		Datum		values[10];
		bool		nulls[10] = {false};

		CHECK_FOR_INTERRUPTS();
		nulls[0] = term.class == NULL;
		if (term.class != NULL)
			values[0] = CStringGetTextDatum(mml_text_from_model(term.class));
		values[1] = CStringGetTextDatum(term.feature < 0 ? "(intercept)" : names[term.feature]);
		mml_set_number(values, nulls, 2, term.estimate);
		mml_set_number(values, nulls, 3, term.std_error);
		mml_set_number(values, nulls, 4, term.z);
		mml_set_number(values, nulls, 5, term.p);
		mml_set_number(values, nulls, 6, term.odds_ratio);
		mml_set_number(values, nulls, 7, term.ci_low);
		mml_set_number(values, nulls, 8, term.ci_high);
		mml_set_number(values, nulls, 9, raw_estimate(model, i, &term));
		tuplestore_putvalues(rsinfo->setResult, rsinfo->setDesc, values, nulls);
	}
	return (Datum) 0;
}

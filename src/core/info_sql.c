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

PG_FUNCTION_INFO_V1(mml_model_info);
PG_FUNCTION_INFO_V1(mml_coefficients);

/* model_info(model bytea) -> jsonb */
Datum
mml_model_info(PG_FUNCTION_ARGS)
{
	const MmlModel *model = mml_model_arg(fcinfo, 0);
	const MmlKind *kind = model->kind;
	StringInfoData json;

	initStringInfo(&json);
	appendStringInfoChar(&json, '{');
	mml_json_add_string(&json, "kind", kind->name);
	mml_json_add_integer(&json, "bytes", (int64) model->env.length);
	if (kind->features != NULL)
		mml_json_add_integer(&json, "features", kind->features(model->parsed));
	if (kind->feature_names != NULL && kind->feature_names(model->parsed)->count > 0)
		mml_json_add_texts(&json, "names", kind->feature_names(model->parsed));
	if (kind->labels != NULL)
		mml_json_add_texts(&json, "classes", kind->labels(model->parsed));
	if (kind->info != NULL)
		kind->info(model->parsed, &json);
	appendStringInfoChar(&json, '}');
	return DirectFunctionCall1(jsonb_in, CStringGetDatum(json.data));
}

/* A column of numbers where NaN stands for NULL. */
static void
set_number(Datum *values, bool *nulls, int column, double value)
{
	nulls[column] = isnan(value);
	values[column] = Float8GetDatum(value);
}

/*
 * coefficients(model bytea) -> rows of (class, term, estimate, std_error, z,
 * p, odds_ratio, ci_low, ci_high)
 */
Datum
mml_coefficients(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;
	const MmlModel *model = mml_model_arg(fcinfo, 0);
	MmlTerm		term;

	if (model->kind->term == NULL)
		mml_kind_report_unfit(model->kind, fcinfo->flinfo->fn_oid);
	InitMaterializedSRF(fcinfo, MAT_SRF_USE_EXPECTED_DESC);
	for (int i = 0; model->kind->term(model->parsed, i, &term); i++)
	{
		Datum		values[9];
		bool		nulls[9] = {false};

		CHECK_FOR_INTERRUPTS();
		nulls[0] = term.class == NULL;
		if (term.class != NULL)
			values[0] = CStringGetTextDatum(mml_text_from_model(term.class));
		values[1] = CStringGetTextDatum(mml_text_from_model(term.term));
		set_number(values, nulls, 2, term.estimate);
		set_number(values, nulls, 3, term.std_error);
		set_number(values, nulls, 4, term.z);
		set_number(values, nulls, 5, term.p);
		set_number(values, nulls, 6, term.odds_ratio);
		set_number(values, nulls, 7, term.ci_low);
		set_number(values, nulls, 8, term.ci_high);
		tuplestore_putvalues(rsinfo->setResult, rsinfo->setDesc, values, nulls);
	}
	return (Datum) 0;
}

/*-------------------------------------------------------------------------
 *
 * regression_sql.c
 *	  The aggregates rmse, mae, r2 and mape, over one state.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>

#include "utils/float.h"

#include "core/state_pg.h"
#include "metrics/metrics.h"
#include "metrics/rows_pg.h"
#include "metrics/scores_pg.h"

PG_FUNCTION_INFO_V1(mml_metrics_regression_step);
PG_FUNCTION_INFO_V1(mml_metrics_regression_combine);
PG_FUNCTION_INFO_V1(mml_metrics_rmse_final);
PG_FUNCTION_INFO_V1(mml_metrics_mae_final);
PG_FUNCTION_INFO_V1(mml_metrics_r2_final);
PG_FUNCTION_INFO_V1(mml_metrics_mape_final);

/* Complain of sums that no float8 holds. */
static void
report_overflow(void)
{
	ereport(ERROR,
			(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
			 errmsg("the numbers are too large for their squares to be summed up"),
			 errhint("Divide actual and predicted values by a power of ten.")));
}

/* regression_step(state, actual float8, predicted float8) */
Datum
mml_metrics_regression_step(PG_FUNCTION_ARGS)
{
	MmlRegression *state;
	double		actual;
	double		predicted;

	if (PG_ARGISNULL(1) || PG_ARGISNULL(2))
		return mml_state_unchanged(fcinfo);
	actual = mml_metrics_finite_arg(fcinfo, 1, "an actual value",
									"Leave such rows out with FILTER (WHERE ...), or put a number in their place.");
	predicted = mml_metrics_finite_arg(fcinfo, 2, "a predicted value",
									   "Leave such rows out with FILTER (WHERE ...), or put a number in their place.");
	state = mml_state_own(fcinfo, &mml_metrics_regression_kind);
	if (!mml_metrics_regression_add(state, actual, predicted))
		report_overflow();
	PG_RETURN_POINTER(state);
}

/* regression_combine(state, state) */
Datum
mml_metrics_regression_combine(PG_FUNCTION_ARGS)
{
	MmlRegression *state = mml_state_own(fcinfo, &mml_metrics_regression_kind);

	if (!mml_metrics_regression_merge(state, mml_state_arg(fcinfo, 1, &mml_metrics_regression_kind)))
		report_overflow();
	PG_RETURN_POINTER(state);
}

/* What a kernel makes of the state that is argument 0. */
static Datum
regression_final(FunctionCallInfo fcinfo, double (*measure) (const MmlRegression *state))
{
	const MmlRegression *state = mml_state_arg(fcinfo, 0, &mml_metrics_regression_kind);

	return mml_metrics_number_or_null(fcinfo, measure(state));
}

/* rmse_final(state) */
Datum
mml_metrics_rmse_final(PG_FUNCTION_ARGS)
{
	return regression_final(fcinfo, mml_metrics_rmse);
}

/* mae_final(state) */
Datum
mml_metrics_mae_final(PG_FUNCTION_ARGS)
{
	return regression_final(fcinfo, mml_metrics_mae);
}

/* r2_final(state) */
Datum
mml_metrics_r2_final(PG_FUNCTION_ARGS)
{
	return regression_final(fcinfo, mml_metrics_r2);
}

/* mape_final(state) */
Datum
mml_metrics_mape_final(PG_FUNCTION_ARGS)
{
	return regression_final(fcinfo, mml_metrics_mape);
}

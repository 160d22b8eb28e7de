/*-------------------------------------------------------------------------
 *
 * metrics_sql.c
 *	  The aggregates accuracy, log_loss and brier.
 *
 * Rows with a NULL argument are left out; where no row is left the state
 * stays NULL, and so does the result, final functions being strict.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "utils/fmgrprotos.h"

#include "core/compat_pg.h"
#include "core/state_pg.h"
#include "metrics/metrics.h"
#include "metrics/probability_pg.h"
#include "metrics/rows_pg.h"

PG_FUNCTION_INFO_V1(mml_metrics_accuracy_boolean);
PG_FUNCTION_INFO_V1(mml_metrics_accuracy_bigint);
PG_FUNCTION_INFO_V1(mml_metrics_accuracy_text);
PG_FUNCTION_INFO_V1(mml_metrics_accuracy_combine);
PG_FUNCTION_INFO_V1(mml_metrics_accuracy_final);
PG_FUNCTION_INFO_V1(mml_metrics_log_loss_step);
PG_FUNCTION_INFO_V1(mml_metrics_log_loss_of_step);
PG_FUNCTION_INFO_V1(mml_metrics_log_loss_combine);
PG_FUNCTION_INFO_V1(mml_metrics_log_loss_final);
PG_FUNCTION_INFO_V1(mml_metrics_brier_step);
PG_FUNCTION_INFO_V1(mml_metrics_brier_of_step);
PG_FUNCTION_INFO_V1(mml_metrics_brier_combine);
PG_FUNCTION_INFO_V1(mml_metrics_brier_final);

/* Is one of the two arguments of a row NULL? */
static bool
row_has_null(FunctionCallInfo fcinfo)
{
	return PG_ARGISNULL(1) || PG_ARGISNULL(2);
}

/* ------------------------------------------------------------- accuracy */

/* Count a pair in the state that is argument 0. */
static Datum
count_pair(FunctionCallInfo fcinfo, bool equal)
{
	MmlAccuracy *state = mml_state_own(fcinfo, &mml_metrics_accuracy_kind);

	mml_metrics_accuracy_add(state, equal);
	PG_RETURN_POINTER(state);
}

/* accuracy_step(state, actual boolean, predicted boolean) */
Datum
mml_metrics_accuracy_boolean(PG_FUNCTION_ARGS)
{
	if (row_has_null(fcinfo))
		return mml_state_unchanged(fcinfo);
	return count_pair(fcinfo, PG_GETARG_BOOL(1) == PG_GETARG_BOOL(2));
}

/* accuracy_step(state, actual bigint, predicted bigint) */
Datum
mml_metrics_accuracy_bigint(PG_FUNCTION_ARGS)
{
	if (row_has_null(fcinfo))
		return mml_state_unchanged(fcinfo);
	return count_pair(fcinfo, PG_GETARG_INT64(1) == PG_GETARG_INT64(2));
}

/*
 * accuracy_step(state, actual text, predicted text): equal as "=" has it under
 * the collation of the call.  Where there is none, because two columns differ
 * in theirs or a distributed engine calls us without, equal byte by byte,
 * which under every deterministic collation is the same.
 */
Datum
mml_metrics_accuracy_text(PG_FUNCTION_ARGS)
{
	Datum		equal;

	if (row_has_null(fcinfo))
		return mml_state_unchanged(fcinfo);
	if (OidIsValid(PG_GET_COLLATION()))
		equal = DirectFunctionCall2Coll(texteq, PG_GET_COLLATION(),
										PG_GETARG_DATUM(1), PG_GETARG_DATUM(2));
	else
		equal = DirectFunctionCall2(byteaeq, PG_GETARG_DATUM(1), PG_GETARG_DATUM(2));
	return count_pair(fcinfo, DatumGetBool(equal));
}

/* accuracy_combine(state, state) */
Datum
mml_metrics_accuracy_combine(PG_FUNCTION_ARGS)
{
	MmlAccuracy *state = mml_state_own(fcinfo, &mml_metrics_accuracy_kind);

	mml_metrics_accuracy_merge(state, mml_state_arg(fcinfo, 1, &mml_metrics_accuracy_kind));
	PG_RETURN_POINTER(state);
}

/* accuracy_final(state) */
Datum
mml_metrics_accuracy_final(PG_FUNCTION_ARGS)
{
	const MmlAccuracy *state = mml_state_arg(fcinfo, 0, &mml_metrics_accuracy_kind);

	return mml_metrics_number_or_null(fcinfo, mml_metrics_accuracy(state));
}

/* ------------------------------------------------------------- log loss */

/* log_loss_step(state, actual boolean, probability float8) */
Datum
mml_metrics_log_loss_step(PG_FUNCTION_ARGS)
{
	MmlLogLoss *state;
	double		probability;

	if (row_has_null(fcinfo))
		return mml_state_unchanged(fcinfo);
	probability = mml_metrics_probability_arg(fcinfo, 2);
	state = mml_state_own(fcinfo, &mml_metrics_log_loss_kind);
	mml_metrics_log_loss_add(state, PG_GETARG_BOOL(1), probability);
	PG_RETURN_POINTER(state);
}

/* log_loss_step(state, actual text, classes text[], probabilities float8[]) */
Datum
mml_metrics_log_loss_of_step(PG_FUNCTION_ARGS)
{
	MmlLogLoss *state;
	MmlChances	chances;

	if (row_has_null(fcinfo) || PG_ARGISNULL(3))
		return mml_state_unchanged(fcinfo);
	mml_metrics_chances_args(fcinfo, &chances);
	state = mml_state_own(fcinfo, &mml_metrics_log_loss_kind);
	mml_metrics_log_loss_add_of(state, chances.classes, chances.actual, chances.probability);
	PG_RETURN_POINTER(state);
}

/* log_loss_combine(state, state) */
Datum
mml_metrics_log_loss_combine(PG_FUNCTION_ARGS)
{
	MmlLogLoss *state = mml_state_own(fcinfo, &mml_metrics_log_loss_kind);

	mml_metrics_log_loss_merge(state, mml_state_arg(fcinfo, 1, &mml_metrics_log_loss_kind));
	PG_RETURN_POINTER(state);
}

/* log_loss_final(state) */
Datum
mml_metrics_log_loss_final(PG_FUNCTION_ARGS)
{
	const MmlLogLoss *state = mml_state_arg(fcinfo, 0, &mml_metrics_log_loss_kind);

	return mml_metrics_number_or_null(fcinfo, mml_metrics_log_loss(state));
}

/* ---------------------------------------------------------- Brier score */

/* brier_step(state, actual boolean, probability float8) */
Datum
mml_metrics_brier_step(PG_FUNCTION_ARGS)
{
	MmlBrier   *state;
	double		probability;

	if (row_has_null(fcinfo))
		return mml_state_unchanged(fcinfo);
	probability = mml_metrics_probability_arg(fcinfo, 2);
	state = mml_state_own(fcinfo, &mml_metrics_brier_kind);
	mml_metrics_brier_add(state, PG_GETARG_BOOL(1), probability);
	PG_RETURN_POINTER(state);
}

/* brier_step(state, actual text, classes text[], probabilities float8[]) */
Datum
mml_metrics_brier_of_step(PG_FUNCTION_ARGS)
{
	MmlBrier   *state;
	MmlChances	chances;

	if (row_has_null(fcinfo) || PG_ARGISNULL(3))
		return mml_state_unchanged(fcinfo);
	mml_metrics_chances_args(fcinfo, &chances);
	state = mml_state_own(fcinfo, &mml_metrics_brier_kind);
	mml_metrics_brier_add_of(state, chances.classes, chances.actual, chances.probability);
	PG_RETURN_POINTER(state);
}

/* brier_combine(state, state) */
Datum
mml_metrics_brier_combine(PG_FUNCTION_ARGS)
{
	MmlBrier   *state = mml_state_own(fcinfo, &mml_metrics_brier_kind);

	mml_metrics_brier_merge(state, mml_state_arg(fcinfo, 1, &mml_metrics_brier_kind));
	PG_RETURN_POINTER(state);
}

/* brier_final(state) */
Datum
mml_metrics_brier_final(PG_FUNCTION_ARGS)
{
	const MmlBrier *state = mml_state_arg(fcinfo, 0, &mml_metrics_brier_kind);

	return mml_metrics_number_or_null(fcinfo, mml_metrics_brier(state));
}

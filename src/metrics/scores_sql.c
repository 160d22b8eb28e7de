/*-------------------------------------------------------------------------
 *
 * scores_sql.c
 *	  The aggregates roc_auc, average_precision, roc_curve, lift and
 *	  best_threshold.
 *
 * All are over the state of roc_auc: those that are called with the same
 * arguments share it, the others keep their options in it.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>

#include "utils/float.h"
#include "utils/memutils.h"

#include "core/memory_pg.h"
#include "core/result_pg.h"
#include "core/state_pg.h"
#include "metrics/rows_pg.h"
#include "metrics/scores_pg.h"

PG_FUNCTION_INFO_V1(mml_metrics_roc_auc_step);
PG_FUNCTION_INFO_V1(mml_metrics_roc_auc_combine);
PG_FUNCTION_INFO_V1(mml_metrics_roc_auc_final);
PG_FUNCTION_INFO_V1(mml_metrics_average_precision_final);
PG_FUNCTION_INFO_V1(mml_metrics_roc_curve_step);
PG_FUNCTION_INFO_V1(mml_metrics_roc_curve_final);
PG_FUNCTION_INFO_V1(mml_metrics_lift_step);
PG_FUNCTION_INFO_V1(mml_metrics_lift_final);
PG_FUNCTION_INFO_V1(mml_metrics_best_threshold_step);
PG_FUNCTION_INFO_V1(mml_metrics_best_threshold_final);

/* What an option is where the aggregate is called without. */
#define DEFAULT_PARTS 10
#define DEFAULT_POINTS 1000

/* --------------------------------------------------------------- numbers */

/* roc_auc_step(state, actual boolean, score float8) */
Datum
mml_metrics_roc_auc_step(PG_FUNCTION_ARGS)
{
	if (mml_metrics_row_has_null(fcinfo))
		return mml_state_unchanged(fcinfo);
	return mml_metrics_add_score(fcinfo, mml_metrics_score_arg(fcinfo), 0, 0);
}

/* roc_auc_combine(state, state) */
Datum
mml_metrics_roc_auc_combine(PG_FUNCTION_ARGS)
{
	MmlGrowing *growing = mml_growing_own(fcinfo, &mml_metrics_roc_auc_kind);
	const MmlRocAuc *other = mml_state_arg(fcinfo, 1, &mml_metrics_roc_auc_kind);
	MmlRocAuc  *state = (MmlRocAuc *) growing->state;

	if (other->rows > 0)
		mml_metrics_take_options(state, other->option);
	state = mml_growing_resize(growing, mml_metrics_roc_auc_bytes(state->rows + other->rows));
	mml_metrics_roc_auc_merge(state, other);
	return mml_growing_datum(growing);
}

/* roc_auc_final(state) */
Datum
mml_metrics_roc_auc_final(PG_FUNCTION_ARGS)
{
	MmlSorted	sorted;
	double		area;

	mml_metrics_sort_scores(fcinfo, &sorted, "roc_auc", false);
	area = mml_metrics_roc_auc(&sorted.scores);
	MemoryContextDelete(sorted.context);
	return mml_metrics_number_or_null(fcinfo, area);
}

/* average_precision_final(state) */
Datum
mml_metrics_average_precision_final(PG_FUNCTION_ARGS)
{
	MmlSorted	sorted;
	double		average;

	mml_metrics_sort_scores(fcinfo, &sorted, "average_precision", false);
	average = mml_metrics_average_precision_of(&sorted.scores);
	MemoryContextDelete(sorted.context);
	return mml_metrics_number_or_null(fcinfo, average);
}

/* ------------------------------------------------------------ ROC curve */

/* roc_curve_step(state, actual boolean, score float8, points bigint) */
Datum
mml_metrics_roc_curve_step(PG_FUNCTION_ARGS)
{
	if (mml_metrics_row_has_null(fcinfo))
		return mml_state_unchanged(fcinfo);
	return mml_metrics_add_score(fcinfo, mml_metrics_score_arg(fcinfo),
								 (double) mml_metrics_count_arg(fcinfo, "points", MML_ROC_LEAST, MML_ROC_MOST), 0);
}

/* roc_curve_final(state) -> mediaml.roc_point[] */
Datum
mml_metrics_roc_curve_final(PG_FUNCTION_ARGS)
{
	static const bool nulls[3] = {false};
	MmlSorted	sorted;
	MmlRocPoint *points;
	MmlRows		rows;
	Size		room;
	Size		all;
	Size		count;

	mml_metrics_sort_scores(fcinfo, &sorted, "roc_curve", false);
	if (sorted.scores.positives == 0 || sorted.scores.negatives == 0)
		PG_RETURN_NULL();
	room = mml_metrics_count_option(sorted.state, DEFAULT_POINTS, MML_ROC_LEAST, MML_ROC_MOST);
	all = mml_metrics_roc_curve_points(&sorted.scores);
	points = mml_alloc(Min(all, room) * sizeof(MmlRocPoint));
	count = mml_metrics_roc_curve(&sorted.scores, all, room, points);
	MemoryContextDelete(sorted.context);
	mml_metrics_rows_begin(&rows, fcinfo, count, 3);
	for (Size i = 0; i < count; i++)
	{
		Datum		values[3] = {
			Float8GetDatum(points[i].threshold), Float8GetDatum(points[i].false_rate),
			Float8GetDatum(points[i].true_rate)
		};

		mml_metrics_rows_add(&rows, values, nulls);
	}
	return mml_metrics_rows_datum(&rows);
}

/* ----------------------------------------------------------------- lift */

/* lift_step(state, actual boolean, score float8, parts bigint) */
Datum
mml_metrics_lift_step(PG_FUNCTION_ARGS)
{
	if (mml_metrics_row_has_null(fcinfo))
		return mml_state_unchanged(fcinfo);
	return mml_metrics_add_score(fcinfo, mml_metrics_score_arg(fcinfo),
								 (double) mml_metrics_count_arg(fcinfo, "parts", 1, MML_LIFT_MOST), 0);
}

/* lift_final(state) -> mediaml.lift_row[] */
Datum
mml_metrics_lift_final(PG_FUNCTION_ARGS)
{
	MmlSorted	sorted;
	MmlLift    *lift;
	MmlRows		rows;
	Size		parts;
	Size		count;

	mml_metrics_sort_scores(fcinfo, &sorted, "lift", false);
	if (sorted.state->rows == 0)
		PG_RETURN_NULL();
	parts = mml_metrics_count_option(sorted.state, DEFAULT_PARTS, 1, MML_LIFT_MOST);
	lift = mml_alloc(parts * sizeof(MmlLift));
	count = mml_metrics_lift(&sorted.scores, parts, lift);
	MemoryContextDelete(sorted.context);
	mml_metrics_rows_begin(&rows, fcinfo, count, 7);
	for (Size i = 0; i < count; i++)
	{
		Datum		values[7] = {Int32GetDatum((int32) i + 1), Int64GetDatum((int64) lift[i].rows)};
		bool		nulls[7] = {false};

		mml_set_number(values, nulls, 2, lift[i].least);
		mml_set_number(values, nulls, 3, lift[i].positives);
		mml_set_number(values, nulls, 4, lift[i].positives / (double) lift[i].rows);
		mml_set_number(values, nulls, 5, lift[i].captured);
		mml_set_number(values, nulls, 6, lift[i].lift);
		mml_metrics_rows_add(&rows, values, nulls);
	}
	return mml_metrics_rows_datum(&rows);
}

/* ------------------------------------------------------- best threshold */

/* What an error costs. */
static double
cost_arg(FunctionCallInfo fcinfo, int argno, const char *name)
{
	double		cost = PG_GETARG_FLOAT8(argno);

	if (!(cost >= 0 && cost <= 1e100))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("%s must be between 0 and 1e100", name),
				 errdetail("The value is %s.", float8out_internal(cost))));
	return cost;
}

/* best_threshold_step(state, actual, score, cost_false_positive, cost_false_negative) */
Datum
mml_metrics_best_threshold_step(PG_FUNCTION_ARGS)
{
	if (mml_metrics_row_has_null(fcinfo))
		return mml_state_unchanged(fcinfo);
	return mml_metrics_add_score(fcinfo, mml_metrics_score_arg(fcinfo), cost_arg(fcinfo, 3, "cost_false_positive"),
								 cost_arg(fcinfo, 4, "cost_false_negative"));
}

/* best_threshold_final(state) -> mediaml.threshold_choice */
Datum
mml_metrics_best_threshold_final(PG_FUNCTION_ARGS)
{
	MmlSorted	sorted;
	MmlChoice	choice;
	const MmlOutcomes *outcomes = &choice.outcomes;
	Datum		values[8];
	bool		nulls[8] = {false};

	mml_metrics_sort_scores(fcinfo, &sorted, "best_threshold", false);
	if (sorted.state->rows == 0)
		PG_RETURN_NULL();
	mml_metrics_best_threshold(&sorted.scores, sorted.state->option[0], sorted.state->option[1],
							   &choice);
	MemoryContextDelete(sorted.context);
	values[0] = Float8GetDatum(choice.threshold);
	values[1] = Float8GetDatum(choice.cost);
	values[2] = Float8GetDatum(mml_metrics_outcomes(outcomes, MML_PRECISION));
	values[3] = Float8GetDatum(mml_metrics_outcomes(outcomes, MML_RECALL));
	values[4] = Int64GetDatum(outcomes->count[1][1]);
	values[5] = Int64GetDatum(outcomes->count[0][1]);
	values[6] = Int64GetDatum(outcomes->count[1][0]);
	values[7] = Int64GetDatum(outcomes->count[0][0]);
	return mml_metrics_row_datum(fcinfo, 8, values, nulls);
}

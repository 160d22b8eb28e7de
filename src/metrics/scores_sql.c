/*-------------------------------------------------------------------------
 *
 * scores_sql.c
 *	  The aggregates roc_auc, average_precision, roc_curve, lift,
 *	  best_threshold, calibration and calibration_quantile.
 *
 * All but calibration are over the state of roc_auc: those that are called
 * with the same arguments share it.  The others keep their options in it.
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
#include "metrics/probability_pg.h"
#include "metrics/rows_pg.h"
#include "metrics/scores.h"

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
PG_FUNCTION_INFO_V1(mml_metrics_calibration_step);
PG_FUNCTION_INFO_V1(mml_metrics_calibration_combine);
PG_FUNCTION_INFO_V1(mml_metrics_calibration_final);
PG_FUNCTION_INFO_V1(mml_metrics_calibration_quantile_step);
PG_FUNCTION_INFO_V1(mml_metrics_calibration_quantile_final);

/* What an option is where the aggregate is called without. */
#define DEFAULT_PARTS 10
#define DEFAULT_BINS 10
#define DEFAULT_POINTS 1000

/* ------------------------------------------------------------ the state */

/* Is an argument of the row NULL? */
static bool
row_has_null(FunctionCallInfo fcinfo)
{
	for (int i = 1; i < PG_NARGS(); i++)
		if (PG_ARGISNULL(i))
			return true;
	return false;
}

/* The argument that is a score; it may be infinite. */
static double
score_arg(FunctionCallInfo fcinfo)
{
	double		score = PG_GETARG_FLOAT8(2);

	if (isnan(score))
		ereport(ERROR,
				(errcode(ERRCODE_DATA_EXCEPTION),
				 errmsg("a score must be a number"),
				 errdetail("The value is NaN."),
				 errhint("Leave such rows out with FILTER (WHERE ...), or put a number in their place.")));
	return score;
}

/* An option that counts, or 0 where the aggregate was called without. */
static int64
count_arg(FunctionCallInfo fcinfo, const char *name, int least, int most)
{
	int			count;

	if (PG_NARGS() < 4)
		return 0;
	count = PG_GETARG_INT32(3);
	if (count < least || count > most)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("%s must be between %d and %d, not %d", name, least, most, count)));
	return count;
}

/* The same option in a state, which may come from anywhere. */
static Size
count_option(const MmlRocAuc *state, int by_default, int least, int most)
{
	if (state->option[0] == 0)
		return (Size) by_default;
	return (Size) Min(Max(state->option[0], least), most);
}

/* Complain of options that change from row to row. */
static void
report_changed(void)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("options of the aggregate must be the same in all rows")));
}

/* Take the options of a row, or of another state. */
static void
take_options(MmlRocAuc *state, const double *option)
{
	if (state->rows > 0 &&
		(state->option[0] != option[0] || state->option[1] != option[1]))
		report_changed();
	state->option[0] = option[0];
	state->option[1] = option[1];
}

/* Add a row to the state that is argument 0. */
static Datum
add_score(FunctionCallInfo fcinfo, double score, double first, double second)
{
	const double option[2] = {first, second};
	MmlGrowing *growing = mml_growing_own(fcinfo, &mml_metrics_roc_auc_kind);
	MmlRocAuc  *state = (MmlRocAuc *) growing->state;

	take_options(state, option);
	state = mml_growing_resize(growing, mml_metrics_roc_auc_bytes(state->rows + 1));
	mml_metrics_roc_auc_add(state, PG_GETARG_BOOL(1), score);
	return mml_growing_datum(growing);
}

/* roc_auc_step(state, actual boolean, score float8) */
Datum
mml_metrics_roc_auc_step(PG_FUNCTION_ARGS)
{
	if (row_has_null(fcinfo))
		return mml_state_unchanged(fcinfo);
	return add_score(fcinfo, score_arg(fcinfo), 0, 0);
}

/* roc_auc_combine(state, state) */
Datum
mml_metrics_roc_auc_combine(PG_FUNCTION_ARGS)
{
	MmlGrowing *growing = mml_growing_own(fcinfo, &mml_metrics_roc_auc_kind);
	const MmlRocAuc *other = mml_state_arg(fcinfo, 1, &mml_metrics_roc_auc_kind);
	MmlRocAuc  *state = (MmlRocAuc *) growing->state;

	if (other->rows > 0)
		take_options(state, other->option);
	state = mml_growing_resize(growing, mml_metrics_roc_auc_bytes(state->rows + other->rows));
	mml_metrics_roc_auc_merge(state, other);
	return mml_growing_datum(growing);
}

/* Scores that are sorted, in memory that is counted until it is freed. */
typedef struct Sorted
{
	const MmlRocAuc *state;
	MmlSortedScores scores;
	uint64	   *spare;			/* (rows) where the caller wants them */
	MemoryContext context;
} Sorted;

/* Sort the scores of the state that is argument 0. */
static void
sort_scores(FunctionCallInfo fcinfo, Sorted *sorted, const char *what, bool spare)
{
	const MmlRocAuc *state = mml_state_arg(fcinfo, 0, &mml_metrics_roc_auc_kind);
	Size		keys = mml_metrics_scores_work(state) + (spare ? (Size) state->rows : 0);
	Size		bytes = mml_size_mul(Max(keys, 1), sizeof(uint64));
	MmlAccount *account;
	uint64	   *work;

	sorted->state = state;
	sorted->context = AllocSetContextCreate(CurrentMemoryContext, "mediaml scores",
											ALLOCSET_SMALL_SIZES);
	account = MemoryContextAllocZero(sorted->context, sizeof(MmlAccount));
	mml_account_open(account, sorted->context);
	mml_account_reserve(account, bytes, what);
	work = MemoryContextAllocHuge(sorted->context, bytes);
	mml_metrics_scores_sort(state, work, &sorted->scores);
	sorted->spare = spare ? work + mml_metrics_scores_work(state) : NULL;
}

/* --------------------------------------------------------------- numbers */

/* roc_auc_final(state) */
Datum
mml_metrics_roc_auc_final(PG_FUNCTION_ARGS)
{
	Sorted		sorted;
	double		area;

	sort_scores(fcinfo, &sorted, "roc_auc", false);
	area = mml_metrics_roc_auc(&sorted.scores);
	MemoryContextDelete(sorted.context);
	return mml_number_or_null(fcinfo, area);
}

/* average_precision_final(state) */
Datum
mml_metrics_average_precision_final(PG_FUNCTION_ARGS)
{
	Sorted		sorted;
	double		average;

	sort_scores(fcinfo, &sorted, "average_precision", false);
	average = mml_metrics_average_precision_of(&sorted.scores);
	MemoryContextDelete(sorted.context);
	return mml_number_or_null(fcinfo, average);
}

/* ------------------------------------------------------------ ROC curve */

/* roc_curve_step(state, actual boolean, score float8, points int) */
Datum
mml_metrics_roc_curve_step(PG_FUNCTION_ARGS)
{
	if (row_has_null(fcinfo))
		return mml_state_unchanged(fcinfo);
	return add_score(fcinfo, score_arg(fcinfo),
					 (double) count_arg(fcinfo, "points", MML_ROC_LEAST, MML_ROC_MOST), 0);
}

/* roc_curve_final(state) -> mediaml.roc_point[] */
Datum
mml_metrics_roc_curve_final(PG_FUNCTION_ARGS)
{
	static const bool nulls[3] = {false};
	Sorted		sorted;
	MmlRocPoint *points;
	MmlRows		rows;
	Size		room;
	Size		all;
	Size		count;

	sort_scores(fcinfo, &sorted, "roc_curve", false);
	if (sorted.scores.positives == 0 || sorted.scores.negatives == 0)
		PG_RETURN_NULL();
	room = count_option(sorted.state, DEFAULT_POINTS, MML_ROC_LEAST, MML_ROC_MOST);
	all = mml_metrics_roc_curve_points(&sorted.scores);
	points = mml_alloc(Min(all, room) * sizeof(MmlRocPoint));
	count = mml_metrics_roc_curve(&sorted.scores, all, room, points);
	MemoryContextDelete(sorted.context);
	mml_rows_begin(&rows, fcinfo, count, 3);
	for (Size i = 0; i < count; i++)
	{
		Datum		values[3] = {
			Float8GetDatum(points[i].threshold), Float8GetDatum(points[i].false_rate),
			Float8GetDatum(points[i].true_rate)
		};

		mml_rows_add(&rows, values, nulls);
	}
	return mml_rows_datum(&rows);
}

/* ----------------------------------------------------------------- lift */

/* lift_step(state, actual boolean, score float8, parts int) */
Datum
mml_metrics_lift_step(PG_FUNCTION_ARGS)
{
	if (row_has_null(fcinfo))
		return mml_state_unchanged(fcinfo);
	return add_score(fcinfo, score_arg(fcinfo),
					 (double) count_arg(fcinfo, "parts", 1, MML_LIFT_MOST), 0);
}

/* lift_final(state) -> mediaml.lift_row[] */
Datum
mml_metrics_lift_final(PG_FUNCTION_ARGS)
{
	Sorted		sorted;
	MmlLift    *lift;
	MmlRows		rows;
	Size		parts;
	Size		count;

	sort_scores(fcinfo, &sorted, "lift", false);
	if (sorted.state->rows == 0)
		PG_RETURN_NULL();
	parts = count_option(sorted.state, DEFAULT_PARTS, 1, MML_LIFT_MOST);
	lift = mml_alloc(parts * sizeof(MmlLift));
	count = mml_metrics_lift(&sorted.scores, parts, lift);
	MemoryContextDelete(sorted.context);
	mml_rows_begin(&rows, fcinfo, count, 7);
	for (Size i = 0; i < count; i++)
	{
		Datum		values[7] = {Int32GetDatum((int32) i + 1), Int64GetDatum((int64) lift[i].rows)};
		bool		nulls[7] = {false};

		mml_set_number(values, nulls, 2, lift[i].least);
		mml_set_number(values, nulls, 3, lift[i].positives);
		mml_set_number(values, nulls, 4, lift[i].positives / (double) lift[i].rows);
		mml_set_number(values, nulls, 5, lift[i].captured);
		mml_set_number(values, nulls, 6, lift[i].lift);
		mml_rows_add(&rows, values, nulls);
	}
	return mml_rows_datum(&rows);
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
	if (row_has_null(fcinfo))
		return mml_state_unchanged(fcinfo);
	return add_score(fcinfo, score_arg(fcinfo), cost_arg(fcinfo, 3, "cost_false_positive"),
					 cost_arg(fcinfo, 4, "cost_false_negative"));
}

/* best_threshold_final(state) -> mediaml.threshold_choice */
Datum
mml_metrics_best_threshold_final(PG_FUNCTION_ARGS)
{
	Sorted		sorted;
	MmlChoice	choice;
	const MmlOutcomes *outcomes = &choice.outcomes;
	Datum		values[8];
	bool		nulls[8] = {false};

	sort_scores(fcinfo, &sorted, "best_threshold", false);
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
	return mml_row_datum(fcinfo, 8, values, nulls);
}

/* ---------------------------------------------------------- calibration */

/* The array of the bins that have rows. */
static Datum
bins_datum(FunctionCallInfo fcinfo, Size count, const MmlBin *bins)
{
	static const bool nulls[6] = {false};
	MmlRows		rows;

	mml_rows_begin(&rows, fcinfo, count, 6);
	for (Size i = 0; i < count; i++)
	{
		const MmlBin *bin = &bins[i];
		double		n = (double) bin->rows;
		Datum		values[6] = {
			Int32GetDatum((int32) i + 1), Float8GetDatum(bin->low), Float8GetDatum(bin->high),
			Int64GetDatum(bin->rows),
			Float8GetDatum((bin->probability.sum + bin->probability.rest) / n),
			Float8GetDatum((double) bin->positives / n)
		};

		if (bin->rows > 0)
			mml_rows_add(&rows, values, nulls);
	}
	if (rows.count == 0)
		PG_RETURN_NULL();
	return mml_rows_datum(&rows);
}

/* A state that is empty or of so many bins, which it then has. */
static MmlCalibration *
calibration_room(MmlGrowing *growing, int64 bins)
{
	MmlCalibration *state = (MmlCalibration *) growing->state;

	if (state->bins == bins)
		return state;
	if (state->bins != 0)
		report_changed();
	state = mml_growing_resize(growing, mml_metrics_calibration_bytes(bins));
	memset(state->bin, 0, (Size) bins * sizeof(MmlBinCounts));
	state->bins = bins;
	return state;
}

/* calibration_step(state, actual boolean, probability float8 [, bins int]) */
Datum
mml_metrics_calibration_step(PG_FUNCTION_ARGS)
{
	MmlGrowing *growing;
	double		probability;
	int64		bins;

	if (row_has_null(fcinfo))
		return mml_state_unchanged(fcinfo);
	probability = mml_probability_arg(fcinfo, 2);
	bins = count_arg(fcinfo, "bins", 1, MML_CALIBRATION_MOST);
	growing = mml_growing_own(fcinfo, &mml_metrics_calibration_kind);
	mml_metrics_calibration_add(calibration_room(growing, bins > 0 ? bins : DEFAULT_BINS),
								PG_GETARG_BOOL(1), probability);
	return mml_growing_datum(growing);
}

/* calibration_combine(state, state) */
Datum
mml_metrics_calibration_combine(PG_FUNCTION_ARGS)
{
	MmlGrowing *growing = mml_growing_own(fcinfo, &mml_metrics_calibration_kind);
	const MmlCalibration *other = mml_state_arg(fcinfo, 1, &mml_metrics_calibration_kind);

	if (other->bins > 0)
		mml_metrics_calibration_merge(calibration_room(growing, other->bins), other);
	return mml_growing_datum(growing);
}

/* calibration_final(state) -> mediaml.calibration_row[] */
Datum
mml_metrics_calibration_final(PG_FUNCTION_ARGS)
{
	const MmlCalibration *state = mml_state_arg(fcinfo, 0, &mml_metrics_calibration_kind);
	MmlBin	   *bins = mml_alloc((Size) Max(state->bins, 1) * sizeof(MmlBin));

	mml_metrics_calibration(state, bins);
	return bins_datum(fcinfo, (Size) state->bins, bins);
}

/* calibration_quantile_step(state, actual boolean, probability float8 [, bins int]) */
Datum
mml_metrics_calibration_quantile_step(PG_FUNCTION_ARGS)
{
	if (row_has_null(fcinfo))
		return mml_state_unchanged(fcinfo);
	return add_score(fcinfo, mml_probability_arg(fcinfo, 2),
					 (double) count_arg(fcinfo, "bins", 1, MML_CALIBRATION_MOST), 0);
}

/* calibration_quantile_final(state) -> mediaml.calibration_row[] */
Datum
mml_metrics_calibration_quantile_final(PG_FUNCTION_ARGS)
{
	Sorted		sorted;
	MmlBin	   *bins;
	Size		count;

	sort_scores(fcinfo, &sorted, "calibration_quantile", true);
	if (sorted.state->rows == 0)
		PG_RETURN_NULL();
	count = count_option(sorted.state, DEFAULT_BINS, 1, MML_CALIBRATION_MOST);
	bins = mml_alloc(count * sizeof(MmlBin));
	mml_metrics_calibration_quantile(&sorted.scores, count, sorted.spare, bins);
	MemoryContextDelete(sorted.context);
	return bins_datum(fcinfo, count, bins);
}

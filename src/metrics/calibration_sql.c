/*-------------------------------------------------------------------------
 *
 * calibration_sql.c
 *	  The aggregates calibration and calibration_quantile.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "utils/memutils.h"

#include "core/memory_pg.h"
#include "core/state_pg.h"
#include "metrics/probability_pg.h"
#include "metrics/rows_pg.h"
#include "metrics/scores_pg.h"

PG_FUNCTION_INFO_V1(mml_metrics_calibration_step);
PG_FUNCTION_INFO_V1(mml_metrics_calibration_combine);
PG_FUNCTION_INFO_V1(mml_metrics_calibration_final);
PG_FUNCTION_INFO_V1(mml_metrics_calibration_quantile_step);
PG_FUNCTION_INFO_V1(mml_metrics_calibration_quantile_final);

#define DEFAULT_BINS 10

/* The array of the bins that have rows. */
static Datum
bins_datum(FunctionCallInfo fcinfo, Size count, const MmlBin *bins)
{
	static const bool nulls[6] = {false};
	MmlRows		rows;

	mml_metrics_rows_begin(&rows, fcinfo, count, 6);
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
			mml_metrics_rows_add(&rows, values, nulls);
	}
	if (rows.count == 0)
		PG_RETURN_NULL();
	return mml_metrics_rows_datum(&rows);
}

/* A state that is empty or of so many bins, which it then has. */
static MmlCalibration *
calibration_room(MmlGrowing *growing, int64 bins)
{
	MmlCalibration *state = (MmlCalibration *) growing->state;

	if (state->bins == bins)
		return state;
	if (state->bins != 0)
		mml_metrics_report_changed();
	state = mml_growing_resize(growing, mml_metrics_calibration_bytes(bins));
	memset(state->bin, 0, (Size) bins * sizeof(MmlBinCounts));
	state->bins = bins;
	return state;
}

/* calibration_step(state, actual boolean, probability float8 [, bins bigint]) */
Datum
mml_metrics_calibration_step(PG_FUNCTION_ARGS)
{
	MmlGrowing *growing;
	double		probability;
	int64		bins;

	if (mml_metrics_row_has_null(fcinfo))
		return mml_state_unchanged(fcinfo);
	probability = mml_metrics_probability_arg(fcinfo, 2);
	bins = mml_metrics_count_arg(fcinfo, "bins", 1, MML_CALIBRATION_MOST);
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

/* calibration_quantile_step(state, actual boolean, probability float8 [, bins bigint]) */
Datum
mml_metrics_calibration_quantile_step(PG_FUNCTION_ARGS)
{
	if (mml_metrics_row_has_null(fcinfo))
		return mml_state_unchanged(fcinfo);
	return mml_metrics_add_score(fcinfo, mml_metrics_probability_arg(fcinfo, 2),
								 (double) mml_metrics_count_arg(fcinfo, "bins", 1, MML_CALIBRATION_MOST), 0);
}

/* calibration_quantile_final(state) -> mediaml.calibration_row[] */
Datum
mml_metrics_calibration_quantile_final(PG_FUNCTION_ARGS)
{
	MmlSorted	sorted;
	MmlBin	   *bins;
	Size		count;

	mml_metrics_sort_scores(fcinfo, &sorted, "calibration_quantile", true);
	if (sorted.state->rows == 0)
		PG_RETURN_NULL();
	count = mml_metrics_count_option(sorted.state, DEFAULT_BINS, 1, MML_CALIBRATION_MOST);
	bins = mml_alloc(count * sizeof(MmlBin));
	mml_metrics_calibration_quantile(&sorted.scores, count, sorted.spare, bins);
	MemoryContextDelete(sorted.context);
	return bins_datum(fcinfo, count, bins);
}

/*-------------------------------------------------------------------------
 *
 * bootstrap_sql.c
 *	  The aggregates bootstrap_mean and bootstrap_weighted_mean: a mean with
 *	  its interval.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>

#include "utils/float.h"
#include "utils/memutils.h"

#include "core/memory_pg.h"
#include "core/options_pg.h"
#include "core/result_pg.h"
#include "core/state_pg.h"
#include "metrics/metrics.h"
#include "metrics/rows_pg.h"
#include "metrics/scores_pg.h"

PG_FUNCTION_INFO_V1(mml_metrics_bootstrap_step);
PG_FUNCTION_INFO_V1(mml_metrics_bootstrap_combine);
PG_FUNCTION_INFO_V1(mml_metrics_bootstrap_final);
PG_FUNCTION_INFO_V1(mml_metrics_weighted_step);
PG_FUNCTION_INFO_V1(mml_metrics_weighted_combine);
PG_FUNCTION_INFO_V1(mml_metrics_weighted_final);

#define COLUMNS 4				/* of the result */

/* Read the options, where the argument is there, at the first row. */
static void
read_options(FunctionCallInfo fcinfo, int argno, MmlBootstrap *state)
{
	int64		resamples = 1000;
	int64		seed = 0;
	double		level = 0.95;
	const MmlOption table[] = {
		{"level", MML_OPTION_FLOAT, &level, 0.01, 0.9999},
		{"resamples", MML_OPTION_INT, &resamples, 1, MML_BOOTSTRAP_MOST},
		{"seed", MML_OPTION_INT, &seed, 0, 9007199254740992.0}
	};

	if (PG_NARGS() > argno && !PG_ARGISNULL(argno))
		mml_options_read(PG_GETARG_JSONB_P(argno), table, lengthof(table));
	state->level = level;
	state->resamples = resamples;
	state->seed = (uint64) seed;
}

/* Add a row of width numbers, behind which options may follow. */
static Datum
add_row(FunctionCallInfo fcinfo, const MmlStateKind *kind, int width, const double *row)
{
	MmlGrowing *growing = mml_growing_own(fcinfo, kind);
	MmlBootstrap *state = (MmlBootstrap *) growing->state;

	state = mml_growing_resize(growing, mml_metrics_bootstrap_bytes(state->count + 1, (Size) width));
	if (state->count == 0)
		read_options(fcinfo, 1 + width, state);
	memcpy(state->values + state->count * width, row, (Size) width * sizeof(double));
	state->count++;
	return mml_growing_datum(growing);
}

/* Add the rows of the state that is argument 1 to that which is argument 0. */
static Datum
add_rows(FunctionCallInfo fcinfo, const MmlStateKind *kind, int width)
{
	MmlGrowing *growing = mml_growing_own(fcinfo, kind);
	const MmlBootstrap *other = mml_state_arg(fcinfo, 1, kind);
	MmlBootstrap *state = (MmlBootstrap *) growing->state;

	state = mml_growing_resize(growing, mml_metrics_bootstrap_bytes(state->count + other->count,
																	(Size) width));
	if (state->count == 0)
	{
		state->level = other->level;
		state->resamples = other->resamples;
		state->seed = other->seed;
	}
	memcpy(state->values + state->count * width, other->values,
		   (Size) (other->count * width) * sizeof(double));
	state->count += other->count;
	return mml_growing_datum(growing);
}

/* bootstrap_mean_step(state, value float8 [, options jsonb]) */
Datum
mml_metrics_bootstrap_step(PG_FUNCTION_ARGS)
{
	double		value;

	if (PG_ARGISNULL(1))
		return mml_state_unchanged(fcinfo);
	value = mml_metrics_finite_arg(fcinfo, 1, "a value",
								   "Leave such rows out with FILTER (WHERE ...).");
	return add_row(fcinfo, &mml_metrics_bootstrap_kind, 1, &value);
}

/* bootstrap_mean_combine(state, state) */
Datum
mml_metrics_bootstrap_combine(PG_FUNCTION_ARGS)
{
	return add_rows(fcinfo, &mml_metrics_bootstrap_kind, 1);
}

/* bootstrap_weighted_mean_step(state, value float8, weight float8 [, options jsonb]) */
Datum
mml_metrics_weighted_step(PG_FUNCTION_ARGS)
{
	double		row[2];

	if (PG_ARGISNULL(1) || PG_ARGISNULL(2))
		return mml_state_unchanged(fcinfo);
	row[0] = mml_metrics_finite_arg(fcinfo, 1, "a value",
									"Leave such rows out with FILTER (WHERE ...).");
	row[1] = mml_metrics_finite_arg(fcinfo, 2, "a weight",
									"Leave such rows out with FILTER (WHERE ...).");
	if (row[1] < 0)
		ereport(ERROR,
				(errcode(ERRCODE_DATA_EXCEPTION),
				 errmsg("a weight must not be negative"),
				 errdetail("The value is %s.", float8out_internal(row[1]))));
	if (row[1] == 0)
		return mml_state_unchanged(fcinfo);
	return add_row(fcinfo, &mml_metrics_weighted_kind, 2, row);
}

/* bootstrap_weighted_mean_combine(state, state) */
Datum
mml_metrics_weighted_combine(PG_FUNCTION_ARGS)
{
	return add_rows(fcinfo, &mml_metrics_weighted_kind, 2);
}

/* Find the interval of numbers, or of numbers and weights, its scratch counted and freed. */
static void
find_interval(const MmlBootstrap *state, bool weighted, MmlInterval *interval)
{
	Size		count = (Size) state->count;
	Size		numbers = weighted ? 2 * count : count;
	Size		resamples = (Size) state->resamples;
	Size		most = Max(count, resamples);
	Size		bytes = mml_size_mul(numbers + resamples + 2 * most, sizeof(double));
	MemoryContext context = AllocSetContextCreate(CurrentMemoryContext,
												  "mediaml bootstrap_mean",
												  ALLOCSET_SMALL_SIZES);
	MmlAccount *account = MemoryContextAllocZero(context, sizeof(MmlAccount));
	double	   *values;
	double	   *means;
	uint64	   *keys;

	mml_account_open(account, context);
	mml_account_reserve(account, bytes, "bootstrap_mean");
	values = MemoryContextAllocHuge(context, Max(bytes, 1));
	means = values + numbers;
	keys = (uint64 *) (means + resamples);
	if (weighted)
		mml_metrics_bootstrap_weighted(state, (MmlWeightedValue *) values, means, keys, keys + most,
									   interval);
	else
		mml_metrics_bootstrap(state, values, means, keys, keys + most, interval);
	MemoryContextDelete(context);
}

/* The row that is the result. */
static Datum
estimate(FunctionCallInfo fcinfo, const MmlBootstrap *state, bool weighted)
{
	MmlInterval interval;
	Datum		values[COLUMNS];
	bool		nulls[COLUMNS] = {false};

	find_interval(state, weighted, &interval);
	mml_set_number(values, nulls, 0, interval.mean);
	mml_set_number(values, nulls, 1, interval.low);
	mml_set_number(values, nulls, 2, interval.high);
	values[3] = Int64GetDatum(state->count);
	return mml_metrics_row_datum(fcinfo, COLUMNS, values, nulls);
}

/* bootstrap_mean_final(state) -> mediaml.estimate */
Datum
mml_metrics_bootstrap_final(PG_FUNCTION_ARGS)
{
	return estimate(fcinfo, mml_state_arg(fcinfo, 0, &mml_metrics_bootstrap_kind), false);
}

/* bootstrap_weighted_mean_final(state) -> mediaml.estimate */
Datum
mml_metrics_weighted_final(PG_FUNCTION_ARGS)
{
	return estimate(fcinfo, mml_state_arg(fcinfo, 0, &mml_metrics_weighted_kind), true);
}

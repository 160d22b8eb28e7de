/*-------------------------------------------------------------------------
 *
 * bootstrap_sql.c
 *	  The aggregate bootstrap_mean: a mean with its interval.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>

#include "funcapi.h"
#include "utils/float.h"
#include "utils/memutils.h"

#include "core/memory_pg.h"
#include "core/options_pg.h"
#include "core/result_pg.h"
#include "core/state_pg.h"
#include "metrics/metrics.h"

PG_FUNCTION_INFO_V1(mml_metrics_bootstrap_step);
PG_FUNCTION_INFO_V1(mml_metrics_bootstrap_combine);
PG_FUNCTION_INFO_V1(mml_metrics_bootstrap_final);

#define COLUMNS 4				/* of the result */

/* Read the options, at the first row. */
static void
read_options(FunctionCallInfo fcinfo, MmlBootstrap *state)
{
	int64		resamples = 1000;
	int64		seed = 0;
	double		level = 0.95;
	const MmlOption table[] = {
		{"level", MML_OPTION_FLOAT, &level, 0.01, 0.9999},
		{"resamples", MML_OPTION_INT, &resamples, 1, MML_BOOTSTRAP_MOST},
		{"seed", MML_OPTION_INT, &seed, 0, 9007199254740992.0}
	};

	if (PG_NARGS() > 2 && !PG_ARGISNULL(2))
		mml_options_read(PG_GETARG_JSONB_P(2), table, lengthof(table));
	state->level = level;
	state->resamples = resamples;
	state->seed = (uint64) seed;
}

/* bootstrap_mean_step(state, value float8 [, options jsonb]) */
Datum
mml_metrics_bootstrap_step(PG_FUNCTION_ARGS)
{
	MmlGrowing *growing;
	MmlBootstrap *state;
	double		value;

	if (PG_ARGISNULL(1))
		return mml_state_unchanged(fcinfo);
	value = PG_GETARG_FLOAT8(1);
	if (!isfinite(value))
		ereport(ERROR,
				(errcode(ERRCODE_DATA_EXCEPTION),
				 errmsg("a value must be a finite number"),
				 errdetail("The value is %s.", float8out_internal(value)),
				 errhint("Leave such rows out with FILTER (WHERE ...).")));
	growing = mml_growing_own(fcinfo, &mml_metrics_bootstrap_kind);
	state = (MmlBootstrap *) growing->state;
	state = mml_growing_resize(growing, mml_metrics_bootstrap_bytes(state->count + 1));
	if (state->count == 0)
		read_options(fcinfo, state);
	state->values[state->count++] = value;
	return mml_growing_datum(growing);
}

/* bootstrap_mean_combine(state, state) */
Datum
mml_metrics_bootstrap_combine(PG_FUNCTION_ARGS)
{
	MmlGrowing *growing = mml_growing_own(fcinfo, &mml_metrics_bootstrap_kind);
	const MmlBootstrap *other = mml_state_arg(fcinfo, 1, &mml_metrics_bootstrap_kind);
	MmlBootstrap *state = (MmlBootstrap *) growing->state;

	state = mml_growing_resize(growing, mml_metrics_bootstrap_bytes(state->count + other->count));
	if (state->count == 0)
	{
		state->level = other->level;
		state->resamples = other->resamples;
		state->seed = other->seed;
	}
	memcpy(state->values + state->count, other->values, (Size) other->count * sizeof(double));
	state->count += other->count;
	return mml_growing_datum(growing);
}

/* Find the interval, its scratch counted and freed. */
static void
find_interval(const MmlBootstrap *state, MmlInterval *interval)
{
	Size		count = (Size) state->count;
	Size		resamples = (Size) state->resamples;
	Size		most = Max(count, resamples);
	Size		bytes = mml_size_mul(count + resamples + 2 * most, sizeof(double));
	MemoryContext context = AllocSetContextCreate(CurrentMemoryContext,
												  "mediaml bootstrap_mean",
												  ALLOCSET_SMALL_SIZES);
	MmlAccount *account = MemoryContextAllocZero(context, sizeof(MmlAccount));
	double	   *numbers;
	uint64	   *keys;

	mml_account_open(account, context);
	mml_account_reserve(account, bytes, "bootstrap_mean");
	numbers = MemoryContextAllocHuge(context, Max(bytes, 1));
	keys = (uint64 *) (numbers + count + resamples);
	mml_metrics_bootstrap(state, numbers, numbers + count, keys, keys + most, interval);
	MemoryContextDelete(context);
}

/* bootstrap_mean_final(state) -> mediaml.estimate */
Datum
mml_metrics_bootstrap_final(PG_FUNCTION_ARGS)
{
	const MmlBootstrap *state = mml_state_arg(fcinfo, 0, &mml_metrics_bootstrap_kind);
	MmlInterval interval;
	TupleDesc	desc;
	Datum		values[COLUMNS];
	bool		nulls[COLUMNS] = {false};

	if (get_call_result_type(fcinfo, NULL, &desc) != TYPEFUNC_COMPOSITE)
		elog(ERROR, "bootstrap_mean must return a row");
	find_interval(state, &interval);
	mml_set_number(values, nulls, 0, interval.mean);
	mml_set_number(values, nulls, 1, interval.low);
	mml_set_number(values, nulls, 2, interval.high);
	values[3] = Int64GetDatum(state->count);
	PG_RETURN_DATUM(HeapTupleGetDatum(heap_form_tuple(BlessTupleDesc(desc), values, nulls)));
}

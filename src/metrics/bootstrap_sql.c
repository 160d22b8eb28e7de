/*-------------------------------------------------------------------------
 *
 * bootstrap_sql.c
 *	  The aggregates bootstrap_mean and bootstrap_weighted_mean, a mean with
 *	  its interval, and bootstrap_scores and bootstrap_scores_gain, metrics of
 *	  two classes with theirs.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>

#include "common/hashfn.h"
#include "utils/builtins.h"
#include "utils/float.h"
#include "utils/memutils.h"

#include "core/memory_pg.h"
#include "core/options_pg.h"
#include "core/result_pg.h"
#include "core/state_pg.h"
#include "metrics/bootstrap.h"
#include "metrics/rows_pg.h"
#include "metrics/scores_pg.h"

PG_FUNCTION_INFO_V1(mml_metrics_bootstrap_step);
PG_FUNCTION_INFO_V1(mml_metrics_bootstrap_combine);
PG_FUNCTION_INFO_V1(mml_metrics_bootstrap_final);
PG_FUNCTION_INFO_V1(mml_metrics_weighted_step);
PG_FUNCTION_INFO_V1(mml_metrics_weighted_combine);
PG_FUNCTION_INFO_V1(mml_metrics_weighted_final);
PG_FUNCTION_INFO_V1(mml_metrics_bootstrap_scores_step);
PG_FUNCTION_INFO_V1(mml_metrics_bootstrap_scores_combine);
PG_FUNCTION_INFO_V1(mml_metrics_bootstrap_scores_final);
PG_FUNCTION_INFO_V1(mml_metrics_bootstrap_gain_step);
PG_FUNCTION_INFO_V1(mml_metrics_bootstrap_gain_combine);
PG_FUNCTION_INFO_V1(mml_metrics_bootstrap_gain_final);

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

/* Add a row of width numbers; argument options may be there. */
static Datum
add_row(FunctionCallInfo fcinfo, const MmlStateKind *kind, int width, const double *row, int options)
{
	MmlGrowing *growing = mml_growing_own(fcinfo, kind);
	MmlBootstrap *state = (MmlBootstrap *) growing->state;

	state = mml_growing_resize(growing, mml_metrics_bootstrap_bytes(state->count + 1, (Size) width));
	if (state->count == 0)
		read_options(fcinfo, options, state);
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
	return add_row(fcinfo, &mml_metrics_bootstrap_kind, MML_BOOTSTRAP_WIDTH, &value, 2);
}

/* bootstrap_mean_combine(state, state) */
Datum
mml_metrics_bootstrap_combine(PG_FUNCTION_ARGS)
{
	return add_rows(fcinfo, &mml_metrics_bootstrap_kind, MML_BOOTSTRAP_WIDTH);
}

/* bootstrap_weighted_mean_step(state, value float8, weight float8 [, options jsonb]) */
Datum
mml_metrics_weighted_step(PG_FUNCTION_ARGS)
{
	double		row[MML_WEIGHTED_WIDTH];

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
	return add_row(fcinfo, &mml_metrics_weighted_kind, MML_WEIGHTED_WIDTH, row, 3);
}

/* bootstrap_weighted_mean_combine(state, state) */
Datum
mml_metrics_weighted_combine(PG_FUNCTION_ARGS)
{
	return add_rows(fcinfo, &mml_metrics_weighted_kind, MML_WEIGHTED_WIDTH);
}

/* Memory for a bootstrap, counted until its context is deleted. */
static void *
open_work(Size bytes, const char *what, MemoryContext *context)
{
	MmlAccount *account;

	*context = AllocSetContextCreate(CurrentMemoryContext, "mediaml bootstrap", ALLOCSET_SMALL_SIZES);
	account = MemoryContextAllocZero(*context, sizeof(MmlAccount));
	mml_account_open(account, *context);
	mml_account_reserve(account, bytes, what);
	return MemoryContextAllocHuge(*context, Max(bytes, 1));
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
	MemoryContext context;
	double	   *values = open_work(bytes, "bootstrap_mean", &context);
	double	   *means = values + numbers;
	uint64	   *keys = (uint64 *) (means + resamples);

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

/* ------------------------------------------------ metrics of two classes */

#define FIGURE_COLUMNS 6		/* of a row of the result */

/* What to do about a score that is not finite. */
#define NO_SCORE "Leave such rows out with FILTER (WHERE ...), or put a number in their place."

/* The number of the cluster that an argument names, by a hash; NULL is none. */
static double
cluster_arg(FunctionCallInfo fcinfo, int argno)
{
	const text *name;
	uint64		hash;

	if (PG_ARGISNULL(argno))
		return MML_ROW_ALONE;
	name = PG_GETARG_TEXT_PP(argno);
	hash = hash_bytes_extended((const unsigned char *) VARDATA_ANY(name), (int) VARSIZE_ANY_EXHDR(name), 0);
	return (double) (hash % MML_ROW_CLUSTERS);
}

/* bootstrap_scores_step(state, actual, score, predicted, cluster text [, options jsonb]) */
Datum
mml_metrics_bootstrap_scores_step(PG_FUNCTION_ARGS)
{
	double		row[MML_SCORES_WIDTH];

	if (mml_metrics_has_null(fcinfo, 3))
		return mml_state_unchanged(fcinfo);
	row[0] = mml_metrics_finite_arg(fcinfo, 2, "a score", NO_SCORE);
	row[1] = cluster_arg(fcinfo, 4);
	row[2] = (PG_GETARG_BOOL(1) ? MML_ROW_ACTUAL : 0) + (PG_GETARG_BOOL(3) ? MML_ROW_PREDICTED : 0);
	return add_row(fcinfo, &mml_metrics_bootstrap_scores_kind, MML_SCORES_WIDTH, row, 5);
}

/* bootstrap_scores_combine(state, state) */
Datum
mml_metrics_bootstrap_scores_combine(PG_FUNCTION_ARGS)
{
	return add_rows(fcinfo, &mml_metrics_bootstrap_scores_kind, MML_SCORES_WIDTH);
}

/*
 * bootstrap_scores_gain_step(state, actual, score, predicted, old_score,
 * old_predicted, cluster text [, options jsonb])
 */
Datum
mml_metrics_bootstrap_gain_step(PG_FUNCTION_ARGS)
{
	double		row[MML_GAIN_WIDTH];

	if (mml_metrics_has_null(fcinfo, 5))
		return mml_state_unchanged(fcinfo);
	row[0] = mml_metrics_finite_arg(fcinfo, 2, "a score", NO_SCORE);
	row[1] = cluster_arg(fcinfo, 6);
	row[2] = (PG_GETARG_BOOL(1) ? MML_ROW_ACTUAL : 0) + (PG_GETARG_BOOL(3) ? MML_ROW_PREDICTED : 0) +
		(PG_GETARG_BOOL(5) ? MML_ROW_OLD_PREDICTED : 0);
	row[3] = mml_metrics_finite_arg(fcinfo, 4, "a score", NO_SCORE);
	return add_row(fcinfo, &mml_metrics_bootstrap_gain_kind, MML_GAIN_WIDTH, row, 7);
}

/* bootstrap_scores_gain_combine(state, state) */
Datum
mml_metrics_bootstrap_gain_combine(PG_FUNCTION_ARGS)
{
	return add_rows(fcinfo, &mml_metrics_bootstrap_gain_kind, MML_GAIN_WIDTH);
}

/* The rows that are the result: a figure each. */
static Datum
estimate_figures(FunctionCallInfo fcinfo, const MmlStateKind *kind, Size width)
{
	static const char *const name[MML_FIGURES] = {"roc_auc", "average_precision", "precision", "recall", "f1"};
	const MmlBootstrap *state = mml_state_arg(fcinfo, 0, kind);
	Size		bytes = mml_size_mul(mml_metrics_bootstrap_scores_work(state), sizeof(uint64));
	MmlInterval intervals[MML_FIGURES];
	Size		defined[MML_FIGURES];
	MemoryContext context;
	MmlRows		rows;

	if (state->count == 0)
		PG_RETURN_NULL();
	mml_metrics_bootstrap_scores(state, width, open_work(bytes, "bootstrap_scores", &context), intervals, defined);
	MemoryContextDelete(context);
	mml_metrics_rows_begin(&rows, fcinfo, MML_FIGURES, FIGURE_COLUMNS);
	for (int i = 0; i < MML_FIGURES; i++)
	{
		Datum		values[FIGURE_COLUMNS] = {CStringGetTextDatum(name[i])};
		bool		nulls[FIGURE_COLUMNS] = {false};

		mml_set_number(values, nulls, 1, intervals[i].mean);
		mml_set_number(values, nulls, 2, intervals[i].low);
		mml_set_number(values, nulls, 3, intervals[i].high);
		values[4] = Int64GetDatum(state->count);
		values[5] = Int64GetDatum((int64) defined[i]);
		mml_metrics_rows_add(&rows, values, nulls);
	}
	return mml_metrics_rows_datum(&rows);
}

/* bootstrap_scores_final(state) -> mediaml.metric_estimate[] */
Datum
mml_metrics_bootstrap_scores_final(PG_FUNCTION_ARGS)
{
	return estimate_figures(fcinfo, &mml_metrics_bootstrap_scores_kind, MML_SCORES_WIDTH);
}

/* bootstrap_scores_gain_final(state) -> mediaml.metric_estimate[] */
Datum
mml_metrics_bootstrap_gain_final(PG_FUNCTION_ARGS)
{
	return estimate_figures(fcinfo, &mml_metrics_bootstrap_gain_kind, MML_GAIN_WIDTH);
}

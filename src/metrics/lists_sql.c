/*-------------------------------------------------------------------------
 *
 * lists_sql.c
 *	  The aggregates catalogue_coverage, novelty and diversity.
 *
 * Rows with a NULL argument are left out; where no row is left the state
 * stays NULL, and so does the result, final functions being strict.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>

#include "common/hashfn.h"
#include "utils/builtins.h"

#include "core/array_pg.h"
#include "core/memory_pg.h"
#include "core/state_pg.h"
#include "metrics/metrics.h"

PG_FUNCTION_INFO_V1(mml_metrics_coverage_bigint);
PG_FUNCTION_INFO_V1(mml_metrics_coverage_text);
PG_FUNCTION_INFO_V1(mml_metrics_coverage_combine);
PG_FUNCTION_INFO_V1(mml_metrics_coverage_final);
PG_FUNCTION_INFO_V1(mml_metrics_novelty_step);
PG_FUNCTION_INFO_V1(mml_metrics_novelty_combine);
PG_FUNCTION_INFO_V1(mml_metrics_novelty_final);
PG_FUNCTION_INFO_V1(mml_metrics_diversity_step);
PG_FUNCTION_INFO_V1(mml_metrics_diversity_combine);
PG_FUNCTION_INFO_V1(mml_metrics_diversity_final);

/* A number that a row says; an error where it is less than it can be. */
static int64
read_count(FunctionCallInfo fcinfo, int argno, const char *what, int64 least)
{
	int64		count = PG_GETARG_INT64(argno);

	if (count < least)
		ereport(ERROR,
				(errcode(ERRCODE_DATA_EXCEPTION),
				 errmsg("%s must be at least %d", what, (int) least),
				 errdetail("The value is %lld.", (long long) count)));
	return count;
}

/* ------------------------------------------------------------- coverage */

/* Make room for more keys, and sort those there are where it is time to. */
static MmlCoverage *
coverage_room(MmlGrowing *growing, int64 more)
{
	MmlCoverage *state = (MmlCoverage *) growing->state;

	if (mml_metrics_coverage_full(state, more))
	{
		uint64	   *scratch = mml_alloc((Size) state->count * sizeof(uint64));

		mml_metrics_coverage_compact(state, scratch);
		pfree(scratch);
	}
	return mml_growing_resize(growing, mml_metrics_coverage_bytes(state->count + more));
}

/* Every state of an aggregate must know the same catalogue. */
static void
coverage_catalogue(MmlCoverage *state, int64 catalogue)
{
	if (state->catalogue != 0 && state->catalogue != catalogue)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("catalogue_size must be the same in all rows, not %lld and %lld",
						(long long) state->catalogue, (long long) catalogue)));
	state->catalogue = catalogue;
}

/* Add a key. */
static Datum
coverage_add(FunctionCallInfo fcinfo, uint64 key)
{
	int64		catalogue = read_count(fcinfo, 2, "catalogue_size", 1);
	MmlGrowing *growing = mml_growing_own(fcinfo, &mml_metrics_coverage_kind);
	MmlCoverage *state = coverage_room(growing, 1);

	coverage_catalogue(state, catalogue);
	state->keys[state->count++] = key;
	return mml_growing_datum(growing);
}

/* catalogue_coverage_step(state, item_id bigint, catalogue_size bigint) */
Datum
mml_metrics_coverage_bigint(PG_FUNCTION_ARGS)
{
	if (PG_ARGISNULL(1) || PG_ARGISNULL(2))
		return mml_state_unchanged(fcinfo);
	return coverage_add(fcinfo, (uint64) PG_GETARG_INT64(1));
}

/* catalogue_coverage_step(state, item_id text, catalogue_size bigint) */
Datum
mml_metrics_coverage_text(PG_FUNCTION_ARGS)
{
	text	   *item;

	if (PG_ARGISNULL(1) || PG_ARGISNULL(2))
		return mml_state_unchanged(fcinfo);
	item = PG_GETARG_TEXT_PP(1);
	return coverage_add(fcinfo, hash_bytes_extended((const unsigned char *) VARDATA_ANY(item),
													(int) VARSIZE_ANY_EXHDR(item), 0));
}

/* catalogue_coverage_combine(state, state) */
Datum
mml_metrics_coverage_combine(PG_FUNCTION_ARGS)
{
	MmlGrowing *growing = mml_growing_own(fcinfo, &mml_metrics_coverage_kind);
	const MmlCoverage *other = mml_state_arg(fcinfo, 1, &mml_metrics_coverage_kind);
	MmlCoverage *state = coverage_room(growing, other->count);

	if (other->count > 0)
	{
		coverage_catalogue(state, other->catalogue);
		memcpy(state->keys + state->count, other->keys, (Size) other->count * sizeof(uint64));
		state->count += other->count;
	}
	return mml_growing_datum(growing);
}

/* catalogue_coverage_final(state) */
Datum
mml_metrics_coverage_final(PG_FUNCTION_ARGS)
{
	const MmlCoverage *state = mml_state_arg(fcinfo, 0, &mml_metrics_coverage_kind);
	Size		bytes = mml_metrics_coverage_bytes(state->count);
	MmlCoverage *sorted;

	if (state->count == 0)
		PG_RETURN_NULL();
	sorted = mml_alloc(bytes);
	memcpy(sorted, state, bytes);
	mml_metrics_coverage_compact(sorted, mml_alloc(bytes));
	PG_RETURN_FLOAT8(mml_metrics_coverage(sorted));
}

/* -------------------------------------------------------------- novelty */

/* novelty_step(state, viewers bigint, all_viewers bigint) */
Datum
mml_metrics_novelty_step(PG_FUNCTION_ARGS)
{
	MmlNovelty *state;
	int64		viewers;
	int64		all;

	if (PG_ARGISNULL(1) || PG_ARGISNULL(2))
		return mml_state_unchanged(fcinfo);
	viewers = read_count(fcinfo, 1, "viewers", 0);
	all = read_count(fcinfo, 2, "all_viewers", 1);
	if (viewers > all)
		ereport(ERROR,
				(errcode(ERRCODE_DATA_EXCEPTION),
				 errmsg("an item cannot have more viewers than there are"),
				 errdetail("It has %lld of %lld.", (long long) viewers, (long long) all)));
	state = mml_state_own(fcinfo, &mml_metrics_novelty_kind);
	mml_metrics_novelty_add(state, viewers, all);
	PG_RETURN_POINTER(state);
}

/* novelty_combine(state, state) */
Datum
mml_metrics_novelty_combine(PG_FUNCTION_ARGS)
{
	MmlNovelty *state = mml_state_own(fcinfo, &mml_metrics_novelty_kind);

	mml_metrics_novelty_merge(state, mml_state_arg(fcinfo, 1, &mml_metrics_novelty_kind));
	PG_RETURN_POINTER(state);
}

/* novelty_final(state) */
Datum
mml_metrics_novelty_final(PG_FUNCTION_ARGS)
{
	const MmlNovelty *state = mml_state_arg(fcinfo, 0, &mml_metrics_novelty_kind);

	if (state->rows == 0)
		PG_RETURN_NULL();
	PG_RETURN_FLOAT8(mml_metrics_novelty(state));
}

/* ------------------------------------------------------------ diversity */

/* A state that is empty or of so many features, which it then has. */
static MmlDiversity *
diversity_room(MmlGrowing *growing, int64 dims)
{
	MmlDiversity *state = (MmlDiversity *) growing->state;

	if (dims > MML_DIVERSITY_MOST_DIMS)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("%lld features are too many", (long long) dims),
				 errdetail("There may be %d.", MML_DIVERSITY_MOST_DIMS)));
	if (state->items > 0 && state->dims != dims)
		ereport(ERROR,
				(errcode(ERRCODE_DATA_EXCEPTION),
				 errmsg("every item must have the same number of features, not %lld and %lld",
						(long long) state->dims, (long long) dims)));
	if (state->dims != dims)
	{
		state = mml_growing_resize(growing, mml_metrics_diversity_bytes(dims));
		memset(state->sum, 0, (Size) dims * sizeof(double));
		state->dims = dims;
	}
	return state;
}

/* diversity_step(state, features float8[]) */
Datum
mml_metrics_diversity_step(PG_FUNCTION_ARGS)
{
	ArrayType  *array;
	int			dims;
	const double *features;
	MmlGrowing *growing;

	if (PG_ARGISNULL(1))
		return mml_state_unchanged(fcinfo);
	array = PG_GETARG_ARRAYTYPE_P(1);
	dims = mml_features_count(array);
	features = mml_features_vector(array, dims, NULL);
	growing = mml_growing_own(fcinfo, &mml_metrics_diversity_kind);
	mml_metrics_diversity_add(diversity_room(growing, dims), features);
	return mml_growing_datum(growing);
}

/* diversity_combine(state, state) */
Datum
mml_metrics_diversity_combine(PG_FUNCTION_ARGS)
{
	MmlGrowing *growing = mml_growing_own(fcinfo, &mml_metrics_diversity_kind);
	const MmlDiversity *other = mml_state_arg(fcinfo, 1, &mml_metrics_diversity_kind);

	if (other->items > 0)
		mml_metrics_diversity_merge(diversity_room(growing, other->dims), other);
	return mml_growing_datum(growing);
}

/* diversity_final(state) */
Datum
mml_metrics_diversity_final(PG_FUNCTION_ARGS)
{
	const MmlDiversity *state = mml_state_arg(fcinfo, 0, &mml_metrics_diversity_kind);
	double		diversity = mml_metrics_diversity(state);

	if (isnan(diversity))
		PG_RETURN_NULL();
	PG_RETURN_FLOAT8(diversity);
}

/*-------------------------------------------------------------------------
 *
 * scores_pg.c
 *	  The state of roc_auc with options, and its scores sorted; see scores_pg.h.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>

#include "utils/float.h"
#include "utils/memutils.h"

#include "core/memory_pg.h"
#include "core/state_pg.h"
#include "metrics/scores_pg.h"

/* Is one of the first so many arguments of the row NULL? */
bool
mml_metrics_has_null(FunctionCallInfo fcinfo, int arguments)
{
	for (int i = 1; i <= arguments; i++)
		if (PG_ARGISNULL(i))
			return true;
	return false;
}

/* Is an argument of the row NULL? */
bool
mml_metrics_row_has_null(FunctionCallInfo fcinfo)
{
	return mml_metrics_has_null(fcinfo, PG_NARGS() - 1);
}

/* A number of the row that must be finite. */
double
mml_metrics_finite_arg(FunctionCallInfo fcinfo, int argno, const char *what, const char *hint)
{
	double		value = PG_GETARG_FLOAT8(argno);

	if (!isfinite(value))
		ereport(ERROR,
				(errcode(ERRCODE_DATA_EXCEPTION),
				 errmsg("%s must be a finite number", what),
				 errdetail("The value is %s.", float8out_internal(value)),
				 errhint("%s", hint)));
	return value;
}

/* The argument that is a score; it may be infinite. */
double
mml_metrics_score_arg(FunctionCallInfo fcinfo)
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
int64
mml_metrics_count_arg(FunctionCallInfo fcinfo, const char *name, int least, int most)
{
	int64		count;

	if (PG_NARGS() < 4)
		return 0;
	count = PG_GETARG_INT64(3);
	if (count < least || count > most)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("%s must be between %d and %d, not " INT64_FORMAT, name, least, most, count)));
	return count;
}

/* The same option in a state, which may come from anywhere. */
Size
mml_metrics_count_option(const MmlRocAuc *state, int by_default, int least, int most)
{
	if (state->option[0] == 0)
		return (Size) by_default;
	return (Size) Min(Max(state->option[0], least), most);
}

/* Complain of options that change from row to row. */
void
mml_metrics_report_changed(void)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("options of the aggregate must be the same in all rows")));
}

/* Take the options of a row, or of another state. */
void
mml_metrics_take_options(MmlRocAuc *state, const double *option)
{
	if (state->rows > 0 &&
		(state->option[0] != option[0] || state->option[1] != option[1]))
		mml_metrics_report_changed();
	state->option[0] = option[0];
	state->option[1] = option[1];
}

/* Add a row to the state that is argument 0. */
Datum
mml_metrics_add_score(FunctionCallInfo fcinfo, double score, double first, double second)
{
	const double option[2] = {first, second};
	MmlGrowing *growing = mml_growing_own(fcinfo, &mml_metrics_roc_auc_kind);
	MmlRocAuc  *state = (MmlRocAuc *) growing->state;

	mml_metrics_take_options(state, option);
	state = mml_growing_resize(growing, mml_metrics_roc_auc_bytes(state->rows + 1));
	mml_metrics_roc_auc_add(state, PG_GETARG_BOOL(1), score);
	return mml_growing_datum(growing);
}

/* Sort the scores of the state that is argument 0. */
void
mml_metrics_sort_scores(FunctionCallInfo fcinfo, MmlSorted *sorted, const char *what, bool spare)
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

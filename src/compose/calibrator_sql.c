/*-------------------------------------------------------------------------
 *
 * calibrator_sql.c
 *	  The aggregate calibrator, the kind of models that it makes, and
 *	  calibrate.
 *
 * Rows with a NULL among the outcome and the probability are left out; where
 * no row is left the result is NULL.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "fmgr.h"
#include "utils/builtins.h"
#include "utils/float.h"
#include "utils/memutils.h"

#include "compose/compose_pg.h"
#include "core/compat_pg.h"
#include "core/json_pg.h"
#include "core/memory_pg.h"
#include "core/sort.h"
#include "core/state_pg.h"

PG_FUNCTION_INFO_V1(mml_calibrator_step);
PG_FUNCTION_INFO_V1(mml_calibrator_combine);
PG_FUNCTION_INFO_V1(mml_calibrator_final);
PG_FUNCTION_INFO_V1(mml_calibrate_sql);

static const char *const methods[] = {"platt", "isotonic"};

/* ---------------------------------------------------------------- the kind */

/* What model_info says of a calibrator, behind its kind. */
void
mml_calibrator_info(const MmlCalibrator *calibrator, StringInfo json)
{
	const double *s = calibrator->summary;

	mml_json_add_string(json, "method", methods[calibrator->method]);
	mml_json_add_integer(json, "rows", (int64) s[CALIBRATOR_ROWS]);
	mml_json_add_integer(json, "positive_rows", (int64) s[CALIBRATOR_POSITIVES]);
	if (calibrator->method == MML_ISOTONIC)
	{
		mml_json_add_integer(json, "thresholds", (int64) calibrator->count);
		return;
	}
	mml_json_add_number(json, "slope", s[CALIBRATOR_SLOPE]);
	mml_json_add_number(json, "intercept", s[CALIBRATOR_INTERCEPT]);
	mml_json_add_integer(json, "iterations", (int64) s[CALIBRATOR_ITERATIONS]);
	mml_json_add_bool(json, "converged", s[CALIBRATOR_CONVERGED] != 0);
}

/* model_info */
static void
describe(const void *model, StringInfo json)
{
	mml_calibrator_info(model, json);
}

const MmlKind mml_calibrator_kind = {
	.name = "calibrator",
	.use = "Use calibrate(), or calibrated() for a model with it.",
	.parsed_size = sizeof(MmlCalibrator),
	.parse = mml_calibrator_parse,
	.info = describe
};

/* ------------------------------------------------------------------- steps */

/* Demand a probability. */
static void
check_probability(double probability)
{
	if (!(probability >= 0 && probability <= 1))
		ereport(ERROR,
				(errcode(ERRCODE_DATA_EXCEPTION),
				 errmsg("a probability must be between 0 and 1"),
				 errdetail("The value is %s.", float8out_internal(probability))));
}

/* The method that argument 3 names, if there is one; without a name Platt's. */
static MmlCalibrationMethod
read_method(FunctionCallInfo fcinfo)
{
	const text *name;

	if (PG_NARGS() < 4 || PG_ARGISNULL(3))
		return MML_PLATT;
	name = PG_GETARG_TEXT_PP(3);
	for (Size i = 0; i < lengthof(methods); i++)
		if (VARSIZE_ANY_EXHDR(name) == strlen(methods[i]) &&
			memcmp(VARDATA_ANY(name), methods[i], strlen(methods[i])) == 0)
			return (MmlCalibrationMethod) i;
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("unknown method \"%s\" of calibration", text_to_cstring(name)),
			 errhint("Methods are \"platt\" and \"isotonic\".")));
	return MML_PLATT;
}

/* Let a state without rows take a method, and one that has rows keep its own. */
static void
agree(MmlCalibratorRows *state, int64 method)
{
	if (state->rows == 0)
		state->method = method;
	if (state->method != method)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("the method of a calibrator must be the same in all rows")));
}

/* calibrator_step(state, actual boolean, probability float8 [, method text]) */
Datum
mml_calibrator_step(PG_FUNCTION_ARGS)
{
	MmlGrowing *growing;
	MmlCalibratorRows *state;

	if (PG_ARGISNULL(1) || PG_ARGISNULL(2))
		return mml_state_unchanged(fcinfo);
	check_probability(PG_GETARG_FLOAT8(2));
	growing = mml_growing_own(fcinfo, &mml_calibrator_rows_kind);
	state = (MmlCalibratorRows *) growing->state;
	agree(state, read_method(fcinfo));
	state = mml_growing_resize(growing, mml_calibrator_bytes(state->rows + 1));
	mml_calibrator_add(state, PG_GETARG_BOOL(1), PG_GETARG_FLOAT8(2));
	return mml_growing_datum(growing);
}

/* calibrator_combine(state, state) */
Datum
mml_calibrator_combine(PG_FUNCTION_ARGS)
{
	MmlGrowing *growing = mml_growing_own(fcinfo, &mml_calibrator_rows_kind);
	const MmlCalibratorRows *other = mml_state_arg(fcinfo, 1, &mml_calibrator_rows_kind);
	MmlCalibratorRows *state = (MmlCalibratorRows *) growing->state;

	if (other->rows > 0)
	{
		agree(state, other->method);
		state = mml_growing_resize(growing, mml_calibrator_bytes(state->rows + other->rows));
		mml_calibrator_merge(state, other);
	}
	return mml_growing_datum(growing);
}

/* ---------------------------------------------------------------- learning */

/* Make the model of a summary and thresholds. */
static bytea *
write_model(const double *summary, Size count, const double *x, const double *y)
{
	MmlWriter	writer;

	mml_model_begin(&writer, mml_calibrator_kind.name);
	mml_model_add(&writer, "summary", MML_F64, CALIBRATOR_SUMMARY, 1, summary);
	mml_model_add(&writer, "thresholds", MML_F64, count, 1, x);
	mml_model_add(&writer, "values", MML_F64, count, 1, y);
	return mml_model_finish(&writer);
}

/* Learn from words (rows), which are used up with scratch (rows), in the current context. */
static bytea *
learn(const MmlCalibratorRows *state, uint64 *words, uint64 *scratch)
{
	Size		rows = (Size) state->rows;
	double		summary[CALIBRATOR_SUMMARY] = {0};
	MmlSigmoid	sigmoid;
	MmlPool    *pools;
	double	   *x;
	double	   *y;
	Size		count;

	summary[CALIBRATOR_METHOD] = (double) state->method;
	summary[CALIBRATOR_ROWS] = (double) state->rows;
	summary[CALIBRATOR_POSITIVES] = (double) state->positives;
	if (state->method == MML_PLATT)
	{
		mml_platt_fit(rows, words, scratch, &sigmoid);
		summary[CALIBRATOR_SLOPE] = sigmoid.slope;
		summary[CALIBRATOR_INTERCEPT] = sigmoid.intercept;
		summary[CALIBRATOR_ITERATIONS] = sigmoid.iterations;
		summary[CALIBRATOR_CONVERGED] = sigmoid.converged;
		return write_model(summary, 0, NULL, NULL);
	}
	mml_sort_keys(rows, words, scratch);
	count = mml_isotonic_fit(rows, words, mml_palloc_room(), &pools);
	x = mml_alloc(mml_size_mul(2 * count, sizeof(double)));
	y = mml_alloc(mml_size_mul(2 * count, sizeof(double)));
	count = mml_isotonic_thresholds(count, pools, x, y);
	return write_model(summary, count, x, y);
}

/* calibrator_final(state) -> bytea */
Datum
mml_calibrator_final(PG_FUNCTION_ARGS)
{
	const MmlCalibratorRows *state = mml_state_arg(fcinfo, 0, &mml_calibrator_rows_kind);
	MemoryContext caller = CurrentMemoryContext;
	MemoryContext context;
	MmlAccount *account;
	Size		bytes;
	uint64	   *words;
	bytea	   *model;

	if (state->rows == 0)
		PG_RETURN_NULL();
	if (state->positives == 0 || state->positives == state->rows)
		ereport(ERROR,
				(errcode(ERRCODE_DATA_EXCEPTION),
				 errmsg("a calibrator needs rows where it happened and rows where it did not"),
				 errdetail("All " INT64_FORMAT " rows are %s.", state->rows,
						   state->positives == 0 ? "false" : "true")));
	context = AllocSetContextCreate(caller, "mediaml calibrator", ALLOCSET_SMALL_SIZES);
	MemoryContextSwitchTo(context);
	account = palloc0(sizeof(MmlAccount));
	mml_account_open(account, context);
	bytes = mml_size_mul((Size) state->rows, sizeof(uint64));
	mml_account_reserve(account, 2 * bytes, "calibrator");
	words = mml_alloc(2 * bytes);
	memcpy(words, state->words, bytes);
	model = learn(state, words, words + state->rows);
	MemoryContextSwitchTo(caller);
	model = memcpy(palloc(VARSIZE(model)), model, VARSIZE(model));
	MemoryContextDelete(context);
	PG_RETURN_BYTEA_P(model);
}

/* --------------------------------------------------------------- calibrate */

/* calibrate(calibrator bytea, probability float8) -> float8 */
Datum
mml_calibrate_sql(PG_FUNCTION_ARGS)
{
	const MmlCalibrator *calibrator = mml_model_arg_of_kind(fcinfo, 0, &mml_calibrator_kind);
	double		probability = PG_GETARG_FLOAT8(1);

	check_probability(probability);
	PG_RETURN_FLOAT8(mml_calibrate(calibrator, probability));
}

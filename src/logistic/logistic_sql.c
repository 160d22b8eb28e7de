/*-------------------------------------------------------------------------
 *
 * logistic_sql.c
 *	  logistic_regression, the aggregate: gather rows with their classes.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "fmgr.h"
#include "utils/array.h"
#include "utils/memutils.h"

#include "core/aggregate_pg.h"
#include "core/array_pg.h"
#include "linalg/linalg_pg.h"
#include "logistic/logistic_pg.h"

PG_FUNCTION_INFO_V1(mml_logistic_accum);
PG_FUNCTION_INFO_V1(mml_logistic_final);

/* Read the options of the first row, in the state's context. */
static void
read_options(FunctionCallInfo fcinfo, LogisticOptions *o)
{
	const MmlOption table[] = {
		{"class_weight", MML_OPTION_RAW, &o->class_weight, 0, 0},
		{"intercept", MML_OPTION_BOOL, &o->intercept, 0, 0},
		{"l2", MML_OPTION_FLOAT, &o->l2, 0, 1e300},
		{"max_iter", MML_OPTION_INT, &o->max_iter, 1, 1e6},
		{"names", MML_OPTION_NAMES, &o->names, 0, 0},
		{"reference", MML_OPTION_RAW, &o->reference, 0, 0},
		{"tol", MML_OPTION_FLOAT, &o->tol, 0, 1}
	};

	o->intercept = true;
	o->tol = 1e-8;
	if (PG_NARGS() > 3 && !PG_ARGISNULL(3))
	{
		o->given = (Jsonb *) PG_DETOAST_DATUM_COPY(PG_GETARG_DATUM(3));
		mml_options_read(o->given, table, lengthof(table));
	}
}

/* Make the state at the first row. */
static LogisticState *
create_state(FunctionCallInfo fcinfo, MemoryContext aggregate)
{
	MemoryContext context = AllocSetContextCreate(aggregate,
												  "mediaml logistic_regression",
												  ALLOCSET_DEFAULT_SIZES);
	MemoryContext caller = MemoryContextSwitchTo(context);
	LogisticState *state = palloc0(sizeof(LogisticState));

	read_options(fcinfo, &state->options);
	mml_logistic_classes_init(&state->classes,
							  get_fn_expr_argtype(fcinfo->flinfo, 1));
	MemoryContextSwitchTo(caller);
	return state;
}

/* Make the matrix, once the number of features is known. */
static void
create_matrix(FunctionCallInfo fcinfo, LogisticState *state, int cols)
{
	MemoryContext caller = MemoryContextSwitchTo(GetMemoryChunkContext(state));

	mml_options_check_names(&state->options.names, cols);
	state->matrix = mml_matrix_create(fcinfo, "logistic_regression", cols, true,
									  NULL);
	MemoryContextSwitchTo(caller);
}

/*
 * logistic_regression_accum(state internal, target boolean|bigint|text,
 * features anyarray [, options jsonb])
 */
Datum
mml_logistic_accum(PG_FUNCTION_ARGS)
{
	MemoryContext aggregate = mml_aggregate_context(fcinfo);
	LogisticState *state;

	state = PG_ARGISNULL(0) ? create_state(fcinfo, aggregate) :
		(LogisticState *) PG_GETARG_POINTER(0);
	if (PG_NARGS() > 3)
		mml_options_check_same(state->options.given,
							   PG_ARGISNULL(3) ? NULL : PG_GETARG_JSONB_P(3));
	if (PG_ARGISNULL(1) || PG_ARGISNULL(2))
		state->skipped++;
	else
	{
		ArrayType  *features = PG_GETARG_ARRAYTYPE_P(2);

		if (state->matrix == NULL)
			create_matrix(fcinfo, state, mml_features_count(features));
		mml_matrix_append(state->matrix, features,
						  mml_logistic_class(&state->classes, PG_GETARG_DATUM(1)));
	}
	PG_RETURN_POINTER(state);
}

/* What a member of the team calls: the kernel, once OpenBLAS is safe. */
void
mml_logistic_visit(void *job, MmlBlocks *blocks, int lane, int nlanes)
{
	mml_linalg_ready();
	mml_logistic_lane(job, blocks, lane, nlanes);
}

/* logistic_regression_final(state internal) -> bytea */
Datum
mml_logistic_final(PG_FUNCTION_ARGS)
{
	LogisticState *state = PG_ARGISNULL(0) ? NULL :
		(LogisticState *) PG_GETARG_POINTER(0);

	mml_aggregate_context(fcinfo);
	if (state == NULL || state->matrix == NULL)
		PG_RETURN_NULL();
	PG_RETURN_BYTEA_P(mml_aggregate_train("logistic_regression",
										  mml_logistic_train, state));
}

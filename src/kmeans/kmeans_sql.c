/*-------------------------------------------------------------------------
 *
 * kmeans_sql.c
 *	  kmeans, the aggregate: gather rows, run the kernel, write the model.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>

#include "fmgr.h"
#include "utils/array.h"
#include "utils/memutils.h"

#include "core/aggregate_pg.h"
#include "core/array_pg.h"
#include "core/matrix_pg.h"
#include "core/memory_pg.h"
#include "core/model_pg.h"
#include "core/numbers.h"
#include "core/options_pg.h"
#include "core/store_pg.h"
#include "core/team_pg.h"
#include "kmeans/kmeans.h"
#include "kmeans/kmeans_pg.h"

/* What the aggregate is asked for. */
typedef struct KmeansOptions
{
	int			k;
	Jsonb	   *given;			/* as given in the first row, or NULL */
	JsonbValue *init;			/* NULL: kmeans++ */
	int64		max_iter;
	int64		n_init;			/* 0: as init says */
	int64		seed;
	double		tol;
	MmlNames	names;
} KmeansOptions;

typedef struct KmeansState
{
	KmeansOptions options;
	KmeansPacking packing;
	MmlPacker	packer;
	MmlMatrix  *matrix;
	int64		skipped;		/* rows whose features are NULL */
} KmeansState;

PG_FUNCTION_INFO_V1(mml_kmeans_accum);
PG_FUNCTION_INFO_V1(mml_kmeans_final);

/* ------------------------------------------------------------- gathering */

/* Bytes that a block can take, for the matrix. */
static Size
block_room(int rows, int cols)
{
	return mml_kmeans_block_room(rows, cols);
}

/* Pack a block, for the matrix. */
static Size
pack_block(void *arg, const MmlStage *stage, void *out)
{
	Size		bytes = mml_kmeans_pack(arg, stage->rows, stage->x,
										stage->columns, out);

	if (bytes == 0)
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("a feature is too far from the others to be clustered with them"),
				 errhint("Divide the features by their spread, or clip them.")));
	return bytes;
}

/* Read k and the options of the first row, in the state's context. */
static void
read_options(FunctionCallInfo fcinfo, KmeansOptions *o)
{
	const MmlOption table[] = {
		{"init", MML_OPTION_RAW, &o->init, 0, 0},
		{"max_iter", MML_OPTION_INT, &o->max_iter, 1, 1e6},
		{"n_init", MML_OPTION_INT, &o->n_init, 1, 1000},
		{"names", MML_OPTION_NAMES, &o->names, 0, 0},
		{"seed", MML_OPTION_INT, &o->seed, -0x1p53, 0x1p53},
		{"tol", MML_OPTION_FLOAT, &o->tol, 0, 1e300}
	};
	int64		k = PG_ARGISNULL(2) ? 0 : PG_GETARG_INT64(2);

	if (k < 1)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 PG_ARGISNULL(2) ? errmsg("k must not be null") :
				 errmsg("k must be at least 1, not " INT64_FORMAT, k)));
	if (k > MML_KMEANS_MAX_K)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("k must be at most %d, not " INT64_FORMAT, MML_KMEANS_MAX_K, k)));
	o->k = (int) k;
	o->max_iter = 300;
	o->tol = 1e-4;
	if (PG_NARGS() > 3 && !PG_ARGISNULL(3))
	{
		o->given = (Jsonb *) PG_DETOAST_DATUM_COPY(PG_GETARG_DATUM(3));
		mml_options_read(o->given, table, lengthof(table));
	}
}

/* Make the state at the first row that has features. */
static KmeansState *
create_state(FunctionCallInfo fcinfo, MemoryContext aggregate)
{
	MemoryContext context = AllocSetContextCreate(aggregate, "mediaml kmeans",
												  ALLOCSET_DEFAULT_SIZES);
	MemoryContext caller = MemoryContextSwitchTo(context);
	KmeansState *state = palloc0(sizeof(KmeansState));

	read_options(fcinfo, &state->options);
	MemoryContextSwitchTo(caller);
	return state;
}

/* Make the matrix, once the number of features is known. */
static void
create_matrix(FunctionCallInfo fcinfo, KmeansState *state, int cols)
{
	MemoryContext caller = MemoryContextSwitchTo(GetMemoryChunkContext(state));

	mml_options_check_names(&state->options.names, cols);
	state->packer.room = block_room;
	state->packer.pack = pack_block;
	state->packer.arg = &state->packing;
	state->matrix = mml_matrix_create(fcinfo, "kmeans", cols, false,
									  &state->packer);
	state->packing.cols = cols;
	state->packing.offset = palloc0(sizeof(double) * (Size) cols);
	MemoryContextSwitchTo(caller);
}

/* kmeans_accum(state internal, features anyarray, k bigint [, options jsonb]) */
Datum
mml_kmeans_accum(PG_FUNCTION_ARGS)
{
	MemoryContext aggregate = mml_aggregate_context(fcinfo);
	KmeansState *state;

	state = PG_ARGISNULL(0) ? create_state(fcinfo, aggregate) :
		(KmeansState *) PG_GETARG_POINTER(0);
	if (PG_ARGISNULL(2) || PG_GETARG_INT64(2) != state->options.k)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("k must be the same in all rows")));
	if (PG_NARGS() > 3)
		mml_options_check_same(state->options.given,
							   PG_ARGISNULL(3) ? NULL : PG_GETARG_JSONB_P(3));
	if (PG_ARGISNULL(1))
		state->skipped++;
	else
	{
		ArrayType  *features = PG_GETARG_ARRAYTYPE_P(1);

		if (state->matrix == NULL)
			create_matrix(fcinfo, state, mml_features_count(features));
		mml_matrix_append(state->matrix, features, 0);
	}
	PG_RETURN_POINTER(state);
}

/* ------------------------------------------------------ first centroids */

/* Complain of centroids that are not k arrays of d numbers. */
static void
report_wrong_given(const KmeansState *state)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("option \"init\" must be %d arrays of %d finite numbers, or \"kmeans++\" or \"random\"",
					state->options.k, state->packing.cols)));
}

/* Read centroids given as [[..], ..] into centers (k,d), packed. */
static void
read_given(const KmeansState *state, double *centers)
{
	const KmeansPacking *packing = &state->packing;
	int			d = packing->cols;
	int			row = -1;
	int			column = d;
	int			depth = 1;
	JsonbIterator *iter;
	JsonbValue	value;
	JsonbIteratorToken token;

	iter = JsonbIteratorInit(state->options.init->val.binary.data);
	token = JsonbIteratorNext(&iter, &value, false);
	while ((token = JsonbIteratorNext(&iter, &value, false)) != WJB_DONE)
	{
		double		number;

		if (token == WJB_BEGIN_ARRAY)
		{
			if (++depth != 2 || column != d || ++row == state->options.k)
				report_wrong_given(state);
			column = 0;
		}
		else if (token == WJB_END_ARRAY)
			depth--;
		else
		{
			if (token != WJB_ELEM || column == d ||
				!mml_json_number(&value, &number) || !isfinite(number))
				report_wrong_given(state);
			centers[(Size) row * (Size) d + (Size) column] =
				(number - packing->offset[column]) * packing->scale;
			column++;
		}
	}
	if (row != state->options.k - 1 || column != d)
		report_wrong_given(state);
}

/* How the first centroids are to be chosen. */
static KmeansInit
choose_init(const KmeansState *state)
{
	const JsonbValue *init = state->options.init;
	const char *method = init == NULL ? "kmeans++" : mml_json_text(init);

	if (method == NULL)
	{
		if (init->type != jbvBinary || !JsonContainerIsArray(init->val.binary.data))
			report_wrong_given(state);
		return KMEANS_GIVEN;
	}
	if (strcmp(method, "kmeans++") != 0 && strcmp(method, "random") != 0)
		report_wrong_given(state);
	return strcmp(method, "random") == 0 ? KMEANS_RANDOM : KMEANS_PLUSPLUS;
}

/*
 * First centroids of every start, (starts,k,d) packed; present (starts) gets
 * how many of each are known.
 */
static double *
choose_starts(const KmeansState *state, MmlBlocks *blocks, KmeansInit init,
			  int starts, int *present)
{
	const KmeansOptions *options = &state->options;
	Size		kd = mml_size_mul((Size) options->k, (Size) blocks->cols);
	double	   *centers = mml_alloc(mml_size_mul(sizeof(double) * (Size) starts, kd));
	Size		m = mml_kmeans_sample_rows(blocks->rows, options->k);
	MmlAccount *account = &mml_matrix_store(state->matrix)->account;
	Size		sample_bytes;
	Size	   *chosen;
	float	   *sample;
	float	   *scratch;
	MmlRandom	rng;

	if (init == KMEANS_GIVEN)
	{
		read_given(state, centers);
		present[0] = options->k;
		return centers;
	}
	sample_bytes = mml_size_mul(m, sizeof(Size) + sizeof(float) * ((Size) blocks->cols + 3));
	mml_account_reserve(account, sample_bytes, "kmeans");
	mml_random_seed(&rng, (uint64) options->seed);
	chosen = mml_alloc(m * sizeof(Size));
	sample = mml_alloc(m * sizeof(float) * (Size) blocks->cols);
	scratch = mml_alloc(m * sizeof(float) * 3);
	mml_random_sample(&rng, blocks->rows, m, chosen);
	mml_kmeans_sample(blocks, m, chosen, sample);
	for (int s = 0; s < starts; s++)
	{
		double	   *start = centers + (Size) s * kd;

		present[s] = init == KMEANS_RANDOM ?
			mml_kmeans_random(&rng, m, blocks->cols, options->k, sample, chosen,
							  start) :
			mml_kmeans_plusplus(&rng, m, blocks->cols, options->k, sample,
								scratch, scratch + m, scratch + 2 * m, start);
	}
	pfree(chosen);
	pfree(sample);
	pfree(scratch);
	mml_account_release(account, sample_bytes);
	return centers;
}

/* ------------------------------------------------------------- the model */

/* Complain that there are not as many distinct rows as clusters. */
static void
report_too_few(int k, Size distinct)
{
	ereport(ERROR,
			(errcode(ERRCODE_DATA_EXCEPTION),
			 errmsg("k is %d, but the number of distinct rows is %zu", k, distinct),
			 errhint("Choose a smaller k.")));
}

/*
 * Run every start, and keep the best: its centroids in best (k,d), sizes (k).
 */
static KmeansFit
run_starts(MmlTeam *team, const KmeansState *state, int starts,
		   const int *present, double *centers, int64 *sizes)
{
	const KmeansOptions *options = &state->options;
	const MmlColumns *columns = mml_matrix_columns(state->matrix);
	Size		kd = (Size) options->k * (Size) columns->cols;
	int64	   *these = palloc(sizeof(int64) * (Size) options->k);
	KmeansFit	best = {.inertia = INFINITY};
	double		variance = 0;

	for (int j = 0; j < columns->cols; j++)
		variance += columns->m2[j] / columns->rows / columns->cols;
	for (int s = 0; s < starts; s++)
	{
		double	   *start = centers + (Size) s * kd;
		double		scale = state->packing.scale;
		KmeansFit	fit;
		MmlStatus	status;

		status = mml_kmeans_lloyd(team, present[s], (int) options->max_iter,
								  options->tol * variance * scale * scale,
								  start, these, &fit);
		if (status == MML_TOO_FEW_DISTINCT)
			report_too_few(options->k, (Size) fit.distinct);
		if (fit.inertia < best.inertia)
		{
			best = fit;
			memmove(centers, start, sizeof(double) * kd);
			memcpy(sizes, these, sizeof(int64) * (Size) options->k);
		}
	}
	return best;
}

/* Write the model, with centers (k,d) brought back to raw units. */
static bytea *
write_model(const KmeansState *state, KmeansInit init, int starts,
			const KmeansFit *fit, double *centers, const int64 *sizes)
{
	const KmeansOptions *options = &state->options;
	const KmeansPacking *packing = &state->packing;
	Size		d = (Size) packing->cols;
	char	   *kernels = pstrdup(mml_kernels_name());
	double		summary[KMEANS_SUMMARY];
	MmlWriter	writer;

	for (int c = 0; c < options->k; c++)
		for (Size j = 0; j < d; j++)
			centers[(Size) c * d + j] = centers[(Size) c * d + j] / packing->scale +
				packing->offset[j];
	summary[KMEANS_INERTIA] = fit->inertia / packing->scale / packing->scale;
	summary[KMEANS_ITERATIONS] = fit->iterations;
	summary[KMEANS_CONVERGED] = fit->converged;
	summary[KMEANS_SKIPPED] = (double) state->skipped;
	summary[KMEANS_INIT] = init;
	summary[KMEANS_MAX_ITER] = (double) options->max_iter;
	summary[KMEANS_N_INIT] = starts;
	summary[KMEANS_SEED] = (double) options->seed;
	summary[KMEANS_TOL] = options->tol;

	mml_model_begin(&writer, mml_kmeans_kind.name);
	mml_model_add(&writer, "centroids", MML_F64, (Size) options->k, d, centers);
	mml_model_add(&writer, "sizes", MML_I64, (Size) options->k, 1, sizes);
	mml_model_add(&writer, "overall", MML_F64, 1, d,
				  mml_matrix_columns(state->matrix)->mean);
	mml_model_add(&writer, "summary", MML_F64, KMEANS_SUMMARY, 1, summary);
	mml_model_add_texts(&writer, "names", options->names.count,
						options->names.names);
	mml_model_add_texts(&writer, "kernels", 1, &kernels);
	return mml_model_finish(&writer);
}

/* Train on the gathered rows, in the current memory context. */
static bytea *
train(void *arg)
{
	KmeansState *state = arg;
	const KmeansOptions *options = &state->options;
	MmlBlocks  *blocks = mml_matrix_finish(state->matrix);
	int			k = options->k;
	int			d = blocks->cols;
	KmeansInit	init = choose_init(state);
	int			starts = init == KMEANS_GIVEN ? 1 :
		options->n_init > 0 ? (int) options->n_init :
		init == KMEANS_RANDOM ? 10 : 1;
	Size		start_bytes = mml_size_mul(mml_size_mul(sizeof(double) * (Size) starts, (Size) k),
										   (Size) d);
	MmlAccount *account = &mml_matrix_store(state->matrix)->account;
	int64	   *sizes = mml_alloc(sizeof(int64) * (Size) k);
	int		   *present;
	double	   *centers;
	KmeansFit	fit;
	MmlTeam    *team;
	int			nlanes;

	if ((Size) k > blocks->rows)
		report_too_few(k, blocks->rows);
	mml_model_check_size(mml_size_mul(sizeof(double) * (Size) k, (Size) d),
						 "Choose a smaller k, or train on fewer features.");
	mml_account_reserve(account, start_bytes, "kmeans");
	present = palloc(sizeof(int) * (Size) starts);
	centers = choose_starts(state, blocks, init, starts, present);

	nlanes = mml_lane_count(blocks->nblocks,
							blocks->rows * (Size) d * sizeof(float),
							mml_kmeans_lane_bytes(k, d));
	team = mml_team_begin(state->matrix, "kmeans", "mml_kmeans_lane",
						  mml_kmeans_lane, nlanes,
						  mml_kmeans_job_bytes(blocks->rows, k, d, nlanes));
	mml_kmeans_job_init(team->job, blocks->rows, k, d);
	((KmeansJob *) team->job)->unit = 1 / state->packing.scale / state->packing.scale;
	((KmeansJob *) team->job)->loss = mml_kmeans_loss(&state->packing,
													  mml_matrix_columns(state->matrix));
	fit = run_starts(team, state, starts, present, centers, sizes);
	mml_team_end(team);
	mml_account_release(account, start_bytes);
	return write_model(state, init, starts, &fit, centers, sizes);
}

/* kmeans_final(state internal) -> bytea */
Datum
mml_kmeans_final(PG_FUNCTION_ARGS)
{
	KmeansState *state = PG_ARGISNULL(0) ? NULL :
		(KmeansState *) PG_GETARG_POINTER(0);

	mml_aggregate_context(fcinfo);
	if (state == NULL || state->matrix == NULL)
		PG_RETURN_NULL();
	PG_RETURN_BYTEA_P(mml_aggregate_train("kmeans", train, state));
}

/*-------------------------------------------------------------------------
 *
 * feature_map_sql.c
 *	  feature_map: a model of kind als whose catalogue is the union of its own
 *	  items and those of a content model.
 *
 * Items that nobody has seen have 0 users in the catalogue: those are the
 * mapped ones.  A map of a map makes them anew.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>

#include "fmgr.h"
#include "utils/builtins.h"
#include "utils/memutils.h"

#include "core/hash.h"
#include "core/memory_pg.h"
#include "core/options_pg.h"
#include "core/settings_pg.h"
#include "recommend/als.h"
#include "recommend/als_pg.h"
#include "recommend/catalogue_pg.h"
#include "recommend/content.h"
#include "recommend/content_pg.h"
#include "recommend/feature_map.h"
#include "recommend/union_pg.h"

#define HELD_OUT 5				/* one item in so many, to choose l2 */

PG_FUNCTION_INFO_V1(mml_feature_map);

/* A map being made. */
typedef struct Mapping
{
	MmlAccount	account;
	MemoryContext context;
	const MmlAls *als;
	const MmlContent *content;
	MmlFeatureTask task;
	MmlFeatureWork work;
	int32	   *vectors;		/* (pairs) items known to both, in the
								 * content, */
	int32	   *targets;		/* (pairs) and in the als; those held out last */
	Size		pairs;
	Size		kept;
} Mapping;

/* Reserve and allocate an array. */
static void *
alloc(Mapping *mapping, Size count, Size size)
{
	Size		bytes = mml_size_mul(count, size);

	mml_account_reserve(&mapping->account, bytes, "feature_map");
	return MemoryContextAllocHuge(mapping->context, Max(bytes, 1));
}

/* A model of this kind in an argument. */
static const MmlModel *
read_model(FunctionCallInfo fcinfo, int argno, const MmlKind *kind, MemoryContext until)
{
	const MmlModel *model = mml_model_read(PG_GETARG_DATUM(argno), until);

	if (model->kind != kind)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("argument %d of feature_map must be a model of kind \"%s\", not \"%s\"",
						argno + 1, kind->name, model->kind->name)));
	return model;
}

/* Is an item held out, by its id? */
static bool
is_held(const MmlCatalogue *catalogue, Size item)
{
	MmlId		id = mml_catalogue_id(catalogue, item);
	uint64_t	hash = id.text == NULL ? mml_hash_word((uint64_t) id.number) :
		mml_hash_bytes(id.length, id.text);

	return hash % HELD_OUT == 0;
}

/* Find the items that are learnt from: seen, and written about. */
static void
pair_items(Mapping *mapping)
{
	const MmlCatalogue *seen = &mapping->als->catalogue;
	const MmlCatalogue *written = &mapping->content->catalogue;
	const int64_t *starts = mapping->content->vectors.starts;
	Size		most = Min(seen->items, written->items);

	mapping->vectors = alloc(mapping, most, sizeof(int32));
	mapping->targets = alloc(mapping, most, sizeof(int32));
	for (int held = 0; held < 2; held++)
	{
		int32		near = 0;

		for (Size i = 0; i < written->items; i++)
		{
			MmlId		id = mml_catalogue_id(written, i);
			int32		item = mml_catalogue_find(seen, &id, (Size) near);

			if (i % 4096 == 0)
				MML_CHECK();
			if (item < 0)
				continue;
			near = item;
			if (seen->item_users[item] == 0 || starts[i] == starts[i + 1] ||
				is_held(written, i) != held)
				continue;
			mapping->vectors[mapping->pairs] = (int32) i;
			mapping->targets[mapping->pairs++] = item;
		}
		if (!held)
			mapping->kept = mapping->pairs;
	}
	if (mapping->pairs == 0)
		ereport(ERROR,
				(errcode(ERRCODE_DATA_EXCEPTION),
				 errmsg("no item is known to both models"),
				 errdetail("What is written about an item is learnt to mean from items that have been seen and are written about.")));
}

/* Allocate what learning works on. */
static void
open_work(Mapping *mapping)
{
	MmlFeatureTask *task = &mapping->task;
	MmlFeatureWork *work = &mapping->work;
	Size		d = mapping->als->items.factors;
	Size		n = mml_size_mul(mapping->pairs, d);

	task->table = &mapping->content->vectors;
	task->terms = mapping->content->terms;
	task->d = d;
	task->vectors = mapping->vectors;
	task->targets = mapping->targets;
	task->factors = mapping->als->items.v;
	work->mean = alloc(mapping, d, sizeof(double));
	work->weights = alloc(mapping, mml_size_mul(task->terms, d), sizeof(double));
	work->a = alloc(mapping, n, sizeof(double));
	work->residual = alloc(mapping, n, sizeof(double));
	work->direction = alloc(mapping, n, sizeof(double));
	work->product = alloc(mapping, n, sizeof(double));
	work->scalars = alloc(mapping, 3 * d, sizeof(double));
}

/* The l2 under which items held out come out best. */
static double
choose_l2(Mapping *mapping)
{
	static const double tried[] = {10, 5, 2, 1, 0.5, 0.2, 0.1};
	double	   *scratch = alloc(mapping, mapping->task.d, sizeof(double));
	double		best = INFINITY;
	double		l2 = 1;

	if (mapping->kept == 0 || mapping->kept == mapping->pairs)
		return l2;
	for (int i = 0; i < (int) lengthof(tried); i++)
	{
		double		error;

		mapping->task.n = mapping->kept;
		mapping->task.l2 = tried[i];
		mml_feature_map_learn(&mapping->task, &mapping->work);
		error = mml_feature_map_error(&mapping->task, &mapping->work,
									  mapping->pairs - mapping->kept,
									  mapping->vectors + mapping->kept,
									  mapping->targets + mapping->kept, scratch);
		if (mml_progress)
			ereport(NOTICE,
					(errmsg("feature_map: l2 %g: squared error %.6g", tried[i], error)));
		if (error < best)
		{
			best = error;
			l2 = tried[i];
		}
	}
	return l2;
}

/* Write the model: what is known stays, what is new is mapped. */
static bytea *
write_model(Mapping *mapping)
{
	const MmlAls *als = mapping->als;
	const double options[MML_ALS_OPTIONS] = {
		als->options.reg, als->options.unobserved, als->options.exponent, als->iterations,
		als->seed, als->trained, als->objective, als->ndcg
	};
	const MmlCatalogue *catalogues[2] = {&als->catalogue, &mapping->content->catalogue};
	Size		d = mapping->task.d;
	double	   *mapped = alloc(mapping, d, sizeof(double));
	MmlUnion	both;
	float	   *factors;
	MmlWriter	writer;

	mml_union_make(2, catalogues, &mapping->account, mapping->context, &both);
	mml_model_check_size(mml_size_mul(both.catalogue.items, d * sizeof(float)),
						 "Train with fewer factors.");
	factors = alloc(mapping, mml_size_mul(both.catalogue.items, d), sizeof(float));
	for (Size i = 0; i < both.catalogue.items; i++)
	{
		int32		known = both.maps[0][i];
		int32		written = both.maps[1][i];

		if (i % 1024 == 0)
			MML_CHECK();
		if (known >= 0 && (written < 0 || als->catalogue.item_users[known] > 0))
		{
			memcpy(factors + i * d, als->items.v + (Size) known * d, d * sizeof(float));
			continue;
		}
		mml_feature_map_item(&mapping->task, &mapping->work, written, mapped);
		for (Size k = 0; k < d; k++)
			factors[i * d + k] = (float) mapped[k];
	}
	mml_model_begin(&writer, mml_als_kind.name);
	mml_catalogue_write(&both.catalogue, &writer);
	mml_model_add(&writer, "options", MML_F64, 1, MML_ALS_OPTIONS, options);
	mml_model_add(&writer, "factors", MML_F32, both.catalogue.items, d, factors);
	mml_model_add(&writer, "gram", MML_F64, d, d, als->gram);
	return mml_model_finish(&writer);
}

/* feature_map(als bytea, content bytea, options jsonb) -> bytea */
Datum
mml_feature_map(PG_FUNCTION_ARGS)
{
	MemoryContext caller = CurrentMemoryContext;
	double		l2 = 0;
	const MmlOption table[] = {{"l2", MML_OPTION_FLOAT, &l2, 1e-6, 1e9}};
	Mapping    *mapping;
	MemoryContext context;
	bytea	   *model;

	if (PG_ARGISNULL(0) || PG_ARGISNULL(1))
		PG_RETURN_NULL();
	if (!PG_ARGISNULL(2))
		mml_options_read(PG_GETARG_JSONB_P(2), table, lengthof(table));
	context = AllocSetContextCreate(caller, "mediaml feature_map", ALLOCSET_DEFAULT_SIZES);
	MemoryContextSwitchTo(context);
	mapping = palloc0(sizeof(Mapping));
	mapping->context = context;
	mml_account_open(&mapping->account, context);
	mapping->als = read_model(fcinfo, 0, &mml_als_kind, context)->parsed;
	mapping->content = read_model(fcinfo, 1, &mml_content_kind, context)->parsed;
	mml_union_check(&mapping->als->catalogue, &mapping->content->catalogue);
	pair_items(mapping);
	open_work(mapping);
	mapping->task.l2 = l2 > 0 ? l2 : choose_l2(mapping);
	mapping->task.n = mapping->pairs;
	mml_feature_map_learn(&mapping->task, &mapping->work);
	MemoryContextSwitchTo(caller);
	model = write_model(mapping);
	MemoryContextDelete(context);
	PG_RETURN_BYTEA_P(model);
}

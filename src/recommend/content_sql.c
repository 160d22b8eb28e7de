/*-------------------------------------------------------------------------
 *
 * content_sql.c
 *	  content, the aggregate, and the kind of model that it makes.
 *
 * Rows are gathered as those of other recommenders are, terms in the place of
 * users: the tables then say which items have a term, and how often.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/namespace.h"
#include "catalog/pg_type.h"
#include "tsearch/ts_cache.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/regproc.h"
#if PG_VERSION_NUM >= 160000
#include "nodes/miscnodes.h"
#endif

#include "core/aggregate_pg.h"
#include "core/compat_pg.h"
#include "core/json_pg.h"
#include "core/options_pg.h"
#include "recommend/content.h"
#include "recommend/content_pg.h"
#include "recommend/gather_pg.h"

typedef struct Options
{
	int64		min_count;
	double		max_share;
	char	   *config;
	Oid			config_id;
} Options;

/* What training makes: see MmlContent. */
typedef struct Vectors
{
	Size		terms;			/* that are kept */
	Size		entries;
	int64	   *list_starts;
	int32	   *list_items;
	float	   *list_weights;
	int64	   *starts;
	int32	   *numbers;
	float	   *weights;
} Vectors;

PG_FUNCTION_INFO_V1(mml_content_accum);
PG_FUNCTION_INFO_V1(mml_content_final);

/* ---------------------------------------------------------------- the kind */

/* What model_info says of a model. */
static void
add_info(const void *model, StringInfo json)
{
	const MmlContent *content = model;

	mml_catalogue_info(&content->catalogue, json);
	mml_json_add_string(json, "config", content->config);
	mml_json_add_number(json, "min_count", content->options.min_count);
	mml_json_add_number(json, "max_share", content->options.max_share);
	mml_json_add_integer(json, "terms", (int64) content->terms);
	mml_json_add_integer(json, "entries", (int64) content->vectors.entries);
}

const MmlKind mml_content_kind = {
	.name = "content",
	.use = "Use recommend_from().",
	.parsed_size = sizeof(MmlContent),
	.parse = mml_content_parse,
	.info = add_info
};

/* --------------------------------------------------------------- gathering */

/* The text search configuration of a name, as to_tsvector() finds it. */
static Oid
find_config(const char *name)
{
#if PG_VERSION_NUM >= 160000
	return get_ts_config_oid(stringToQualifiedNameList(name, NULL), false);
#else
	return get_ts_config_oid(stringToQualifiedNameList(name), false);
#endif
}

/* Read the options. */
static void
read_options(void *options, Jsonb *given)
{
	Options    *o = options;
	const MmlOption table[] = {
		{"min_count", MML_OPTION_INT, &o->min_count, 1, 1e9},
		{"max_share", MML_OPTION_FLOAT, &o->max_share, 1e-9, 1},
		{"config", MML_OPTION_TEXT, &o->config, 0, 0}
	};

	o->min_count = 1;
	o->max_share = 1;
	o->config = "pg_catalog.simple";
	if (given != NULL)
		mml_options_read(given, table, lengthof(table));
	o->config_id = find_config(o->config);
}

static const MmlGatherJob job = {
	.kind = "content",
	.context_name = "mediaml content",
	.options_size = sizeof(Options),
	.read_options = read_options
};

/* Order the numbers of terms, for qsort. */
static int
compare_numbers(const void *a, const void *b, void *arg)
{
	int32		x = *(const int32 *) a;
	int32		y = *(const int32 *) b;

	(void) arg;
	return (x > y) - (x < y);
}

/* Add the terms of a document to what is known of an item. */
static void
add_document(MmlGather *gather, int32 item, const text *document)
{
	const Options *o = gather->options;
	MmlTerms	terms = {.map = &gather->users,.config = o->config_id};
	Size		next;

	mml_content_terms(&terms, document);
	if (terms.count > 1)
		qsort_interruptible(terms.numbers, terms.count, sizeof(int32), compare_numbers, NULL);
	for (Size i = 0; i < terms.count; i = next)
	{
		MmlTriple	triple = {.user = terms.numbers[i],.item = item};

		for (next = i; next < terms.count && terms.numbers[next] == triple.user; next++)
			;
		triple.weight = (double) (next - i);
		mml_gather_append(gather, triple);
	}
}

/* content_accum(internal, item_id bigint or text, document text [, options]) */
Datum
mml_content_accum(PG_FUNCTION_ARGS)
{
	MemoryContext aggregate = mml_aggregate_context(fcinfo);
	Jsonb	   *given = PG_NARGS() > 3 && !PG_ARGISNULL(3) ? PG_GETARG_JSONB_P(3) : NULL;
	MmlGather  *gather;

	if (PG_ARGISNULL(0))
	{
		gather = mml_gather_open(aggregate, &job,
								 get_fn_expr_argtype(fcinfo->flinfo, 1), given);
		mml_idmap_of_items(&gather->users, gather->context, &gather->account, TEXTOID);
	}
	else
		gather = (MmlGather *) PG_GETARG_POINTER(0);
	mml_options_check_same(gather->given, given);
	if (PG_ARGISNULL(1) || PG_ARGISNULL(2))
		gather->skipped++;
	else
		add_document(gather, mml_gather_item(gather, fcinfo, 1), PG_GETARG_TEXT_PP(2));
	PG_RETURN_POINTER(gather);
}

/* ---------------------------------------------------------------- training */

/*
 * Number the terms that are kept in the order of their bytes: order gets
 * their old numbers, and terms and entries how many there are.
 */
static void
choose_terms(const MmlGather *gather, int32 *order, Vectors *vectors)
{
	const Options *o = gather->options;
	const MmlContentOptions keep = {(double) o->min_count, o->max_share};
	const int64 *starts = gather->by_user.starts;

	for (Size t = 0; t < gather->by_user.rows; t++)
	{
		Size		documents = (Size) (starts[order[t] + 1] - starts[order[t]]);

		if (!mml_content_keep(&keep, gather->catalogue.items, documents))
			continue;
		order[vectors->terms++] = order[t];
		vectors->entries += documents;
	}
}

/* Weigh the terms of each list. */
static void
weigh_terms(MmlGather *gather, const int32 *order, Vectors *vectors)
{
	const MmlPairTable *counts = &gather->by_user;
	Size		items = gather->catalogue.items;
	double	   *lengths = mml_gather_alloc(gather, items, sizeof(double));
	Size		entry = 0;

	vectors->list_starts[0] = 0;
	for (Size t = 0; t < vectors->terms; t++)
	{
		int64		start = counts->starts[order[t]];
		int64		end = counts->starts[order[t] + 1];

		MML_CHECK();
		for (int64 e = start; e < end; e++, entry++)
		{
			vectors->list_items[entry] = counts->columns[e];
			vectors->list_weights[entry] = mml_content_weight(counts->weights[e], items,
															  (Size) (end - start));
		}
		vectors->list_starts[t + 1] = (int64) entry;
	}
	mml_content_normalise(items, entry, vectors->list_items, vectors->list_weights, lengths);
	mml_gather_release(gather, lengths, items, sizeof(double));
}

/* Make the vectors of all items, by term and by item. */
static void
make_vectors(MmlGather *gather, Vectors *vectors)
{
	Size		items = gather->catalogue.items;
	int32	   *order = mml_idmap_order(&gather->users);

	choose_terms(gather, order, vectors);
	mml_model_check_size(mml_size_mul(vectors->entries, 2 * (sizeof(int32) + sizeof(float))),
						 "Raise the option \"min_count\".");
	vectors->list_starts = mml_gather_alloc(gather, vectors->terms + 1, sizeof(int64));
	vectors->list_items = mml_gather_alloc(gather, vectors->entries, sizeof(int32));
	vectors->list_weights = mml_gather_alloc(gather, vectors->entries, sizeof(float));
	weigh_terms(gather, order, vectors);
	vectors->starts = mml_gather_alloc(gather, items + 1, sizeof(int64));
	vectors->numbers = mml_gather_alloc(gather, vectors->entries, sizeof(int32));
	vectors->weights = mml_gather_alloc(gather, vectors->entries, sizeof(float));
	mml_sparse_transpose(vectors->terms, items, vectors->list_starts, vectors->list_items,
						 vectors->list_weights, vectors->starts, vectors->numbers,
						 vectors->weights);
}

/* Train, and write the model in the current memory context. */
static bytea *
train(MmlGather *gather)
{
	Options    *o = gather->options;
	Size		items = gather->catalogue.items;
	Vectors		v = {0};
	double		options[3] = {(double) o->min_count, o->max_share};
	MmlWriter	writer;

	make_vectors(gather, &v);
	options[2] = (double) v.terms;

	/* nobody has seen anything here */
	gather->catalogue.users = gather->catalogue.pairs = 0;
	memset(gather->popularity, 0, items * sizeof(double));
	memset(gather->item_users, 0, items * sizeof(int32));

	mml_model_begin(&writer, mml_content_kind.name);
	mml_gather_write(gather, &writer);
	mml_model_add(&writer, "options", MML_F64, 1, 3, options);
	mml_model_add_texts(&writer, "config", 1, &o->config);
	mml_model_add(&writer, "starts", MML_I64, items + 1, 1, v.starts);
	mml_model_add(&writer, "terms", MML_I32, v.entries, 1, v.numbers);
	mml_model_add(&writer, "weights", MML_F32, v.entries, 1, v.weights);
	mml_model_add(&writer, "list_starts", MML_I64, v.terms + 1, 1, v.list_starts);
	mml_model_add(&writer, "list_items", MML_I32, v.entries, 1, v.list_items);
	mml_model_add(&writer, "list_weights", MML_F32, v.entries, 1, v.list_weights);
	return mml_model_finish(&writer);
}

/* content_final(internal) -> bytea */
Datum
mml_content_final(PG_FUNCTION_ARGS)
{
	MmlGather  *gather = mml_gather_finish(fcinfo);
	bytea	   *model;

	if (gather == NULL)
		PG_RETURN_NULL();
	model = train(gather);
	mml_gather_free(gather);
	PG_RETURN_BYTEA_P(model);
}

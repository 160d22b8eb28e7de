/*-------------------------------------------------------------------------
 *
 * grouped_sql.c
 *	  grouped: put a model for each value of a column into one; group_key.
 *
 * Models are ordered by their keys, so that the order in which they are given
 * does not matter.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "fmgr.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/memutils.h"

#include "compose/compose_pg.h"
#include "core/memory_pg.h"
#include "core/row_pg.h"
#include "core/text.h"

PG_FUNCTION_INFO_V1(mml_grouped);
PG_FUNCTION_INFO_V1(mml_group_key);

/* A key and its model, as they were given. */
typedef struct Entry
{
	MmlText		key;			/* bytes NULL: for all other values */
	char	   *given;			/* the same in the encoding of the server */
	bytea	   *model;
} Entry;

/* Order entries by their keys; the one for all others comes last. */
static int
compare_entries(const void *a, const void *b)
{
	const Entry *left = a;
	const Entry *right = b;

	if (left->key.bytes == NULL || right->key.bytes == NULL)
		return (left->key.bytes == NULL) - (right->key.bytes == NULL);
	return mml_text_compare(left->key, right->key);
}

/* Demand a model that can be in a group, and find what it answers with. */
static MmlAnswers
check_model(bytea *bytes, int i, Oid function)
{
	MemoryContext until = AllocSetContextCreate(CurrentMemoryContext, "mediaml grouped",
												ALLOCSET_SMALL_SIZES);
	const MmlModel *model = mml_model_read(PointerGetDatum(bytes), until);
	MmlAnswers	answers;

	if (model->kind->grouping != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("model %d is grouped already", i + 1),
				 errhint("Group by one column that has both values: a || '/' || b.")));
	if (!mml_grouped_may_hold(model->kind) || model->estimator.kind->predict == NULL)
		mml_kind_report_unfit(model->kind, function);
	if (!mml_grouped_answers_rows(model))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("model %d does not know the names of its features", i + 1),
				 errhint("Train with the option \"names\", or make a pipeline.")));
	answers = mml_grouped_answers(model);
	MemoryContextDelete(until);
	return answers;
}

/* The keys and models of two arrays, by keys. */
static Entry *
read_entries(ArrayType *keys, ArrayType *models, int *count, Oid function)
{
	Datum	   *key;
	bool	   *others;
	Datum	   *model;
	bool	   *nulls;
	int			n;
	Entry	   *entries;
	MmlAnswers	first = MML_ANSWERS_NUMBER;

	deconstruct_array(keys, TEXTOID, -1, false, TYPALIGN_INT, &key, &others, count);
	deconstruct_array(models, BYTEAOID, -1, false, TYPALIGN_INT, &model, &nulls, &n);
	if (n != *count || n == 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 n == 0 && *count == 0 ? errmsg("a grouped model needs at least one model") :
				 errmsg("there are %d keys, but %d models", *count, n)));
	entries = palloc0(sizeof(Entry) * (Size) n);
	for (int i = 0; i < n; i++)
	{
		MmlAnswers	answers;

		CHECK_FOR_INTERRUPTS();
		if (nulls[i])
			ereport(ERROR,
					(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
					 errmsg("model %d is null", i + 1)));
		if (!others[i])
		{
			entries[i].given = TextDatumGetCString(key[i]);
			entries[i].key.bytes = mml_text_to_model(entries[i].given);
			entries[i].key.length = strlen(entries[i].key.bytes);
		}
		entries[i].model = DatumGetByteaP(model[i]);
		answers = check_model(entries[i].model, i, function);
		if (i == 0)
			first = answers;
		if (answers != first)
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("model %d answers with something else than model 1", i + 1),
					 errdetail("All models must tell classes, or clusters, or numbers.")));
	}
	return entries;
}

/* Sort entries, of which no two may have the same key. */
static void
sort_entries(Entry *entries, int count)
{
	qsort(entries, (Size) count, sizeof(Entry), compare_entries);
	for (int i = 1; i < count; i++)
		if (compare_entries(&entries[i - 1], &entries[i]) == 0)
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("a key is there twice"),
					 entries[i].given == NULL ? errdetail("The key is null.") :
					 errdetail("The key is \"%s\".", entries[i].given)));
}

/* Put the models one behind the other; sizes gets how long they are. */
static char *
join_models(const Entry *entries, int count, int64 *sizes, Size *bytes)
{
	char	   *joined;
	Size		end = 0;

	for (int i = 0; i < count; i++)
	{
		sizes[i] = VARSIZE(entries[i].model);
		end = mml_size_add(mml_align64(end), (Size) sizes[i]);
	}
	mml_model_check_size(end, "Train on fewer features or groups.");
	joined = mml_alloc(end);
	*bytes = end;
	end = 0;
	for (int i = 0; i < count; i++)
	{
		Size		start = mml_align64(end);

		memset(joined + end, 0, start - end);
		memcpy(joined + start, entries[i].model, (Size) sizes[i]);
		end = start + (Size) sizes[i];
	}
	return joined;
}

/* grouped(column_name text, keys text[], models bytea[]) -> bytea */
Datum
mml_grouped(PG_FUNCTION_ARGS)
{
	char	   *column = text_to_cstring(PG_GETARG_TEXT_PP(0));
	MemoryContext caller = CurrentMemoryContext;
	MemoryContext context = AllocSetContextCreate(caller, "mediaml grouped",
												  ALLOCSET_DEFAULT_SIZES);
	Entry	   *entries;
	int			count;
	char	  **keys;
	int64	   *sizes;
	char	   *joined;
	Size		bytes;
	MmlWriter	writer;
	bytea	   *model;

	if (column[0] == '\0')
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("the name of a column must not be empty")));
	MemoryContextSwitchTo(context);
	entries = read_entries(PG_GETARG_ARRAYTYPE_P(1), PG_GETARG_ARRAYTYPE_P(2), &count,
						   fcinfo->flinfo->fn_oid);
	sort_entries(entries, count);
	keys = palloc(sizeof(char *) * (Size) count);
	for (int i = 0; i < count; i++)
		keys[i] = entries[i].given;
	sizes = palloc(sizeof(int64) * (Size) count);
	joined = join_models(entries, count, sizes, &bytes);
	mml_model_begin(&writer, mml_grouped_kind.name);
	mml_model_add_texts(&writer, "column", 1, &column);
	mml_model_add_texts(&writer, "keys", count - (keys[count - 1] == NULL), keys);
	mml_model_add(&writer, "sizes", MML_I64, (Size) count, 1, sizes);
	mml_model_add(&writer, "models", MML_U8, bytes, 1, joined);
	MemoryContextSwitchTo(caller);
	model = mml_model_finish(&writer);
	MemoryContextDelete(context);
	PG_RETURN_BYTEA_P(model);
}

/* group_key(value anyelement) -> text */
Datum
mml_group_key(PG_FUNCTION_ARGS)
{
	MmlKeyText *key = fcinfo->flinfo->fn_extra;
	MmlText text;

	if (key == NULL)
	{
		key = MemoryContextAllocZero(fcinfo->flinfo->fn_mcxt, sizeof(MmlKeyText));
		mml_key_open(key, get_fn_expr_argtype(fcinfo->flinfo, 0), fcinfo->flinfo->fn_mcxt);
		fcinfo->flinfo->fn_extra = key;
	}
	text = mml_key_text(key, PG_GETARG_DATUM(0));

	PG_RETURN_TEXT_P(cstring_to_text_with_len(text.bytes, (int) text.length));
}

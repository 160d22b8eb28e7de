/*-------------------------------------------------------------------------
 *
 * catalogue_pg.c
 *	  Make and write a catalogue; see catalogue_pg.h.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_type.h"

#include "core/compat_pg.h"
#include "core/json_pg.h"
#include "recommend/catalogue_pg.h"

/* Reserve and allocate an array beside a map. */
static void *
alloc_beside(const MmlIdMap *map, Size count, Size size)
{
	Size		bytes = mml_size_mul(count, size);

	mml_account_reserve(map->account, bytes, "sorting items");
	return MemoryContextAllocHuge(map->context, Max(bytes, 1));
}

/* Which of two keys comes first in the order of ids? */
static int
compare_keys(const void *a, const void *b, void *arg)
{
	MmlId		x = mml_idmap_id(arg, *(const int32 *) a);
	MmlId		y = mml_idmap_id(arg, *(const int32 *) b);

	return mml_id_compare(&x, &y);
}

/* The numbers of a map's keys, which are ids, in the order of ids. */
int32 *
mml_idmap_order(const MmlIdMap *map)
{
	Size		count = (Size) map->count;
	int32	   *order = alloc_beside(map, count, sizeof(int32));

	for (Size i = 0; i < count; i++)
		order[i] = (int32) i;
	qsort_interruptible(order, count, sizeof(int32), compare_keys, (void *) map);
	return order;
}

/*
 * Sort items by id and lay their ids out as a model has them: the catalogue
 * gets its items and ids.  Returned is the new number of each item.
 */
int32 *
mml_catalogue_sort(const MmlIdMap *items, MmlCatalogue *catalogue)
{
	Size		count = (Size) items->count;
	int32	   *order = mml_idmap_order(items);
	int32	   *renumber = alloc_beside(items, count, sizeof(int32));
	int64	   *ids = NULL;
	int64	   *offsets = NULL;
	char	   *texts = NULL;

	if (items->type == INT8OID)
		ids = alloc_beside(items, count, sizeof(int64));
	else
	{
		offsets = alloc_beside(items, count + 1, sizeof(int64));
		texts = alloc_beside(items, items->key_bytes, 1);
		offsets[0] = 0;
	}
	for (Size i = 0; i < count; i++)
	{
		MmlId		id = mml_idmap_id(items, order[i]);

		renumber[order[i]] = (int32) i;
		if (ids != NULL)
			ids[i] = id.number;
		else
		{
			memcpy(texts + offsets[i], id.text, id.length);
			offsets[i + 1] = offsets[i] + (int64) id.length;
		}
	}
	catalogue->id_type = ids != NULL ? MML_ID_BIGINT : MML_ID_TEXT;
	catalogue->items = count;
	catalogue->ids = ids;
	catalogue->offsets = offsets;
	catalogue->texts = texts;
	pfree(order);
	mml_account_release(items->account, count * sizeof(int32));
	return renumber;
}

/* Add the sections of a catalogue to a model, its first ones. */
void
mml_catalogue_write(const MmlCatalogue *catalogue, MmlWriter *writer)
{
	Size		items = catalogue->items;
	int64	   *head = palloc(4 * sizeof(int64));

	head[0] = catalogue->id_type;
	head[1] = catalogue->users;
	head[2] = catalogue->pairs;
	head[3] = catalogue->skipped;
	mml_model_add(writer, "catalogue", MML_I64, 1, 4, head);
	if (catalogue->id_type == MML_ID_BIGINT)
		mml_model_add(writer, "ids", MML_I64, items, 1, catalogue->ids);
	else
	{
		mml_model_add(writer, "id_offsets", MML_I64, items + 1, 1, catalogue->offsets);
		mml_model_add(writer, "id_texts", MML_U8, (Size) catalogue->offsets[items], 1,
					  catalogue->texts);
	}
	mml_model_add(writer, "popularity", MML_F64, items, 1, catalogue->popularity);
	mml_model_add(writer, "item_users", MML_I32, items, 1, catalogue->item_users);
}

/* Append to model_info what is common to recommenders. */
void
mml_catalogue_info(const MmlCatalogue *catalogue, StringInfo json)
{
	mml_json_add_integer(json, "items", (int64) catalogue->items);
	mml_json_add_integer(json, "users", catalogue->users);
	mml_json_add_integer(json, "interactions", catalogue->pairs);
	mml_json_add_integer(json, "rows_skipped", catalogue->skipped);
	mml_json_add_string(json, "item_id_type",
						catalogue->id_type == MML_ID_BIGINT ? "bigint" : "text");
}

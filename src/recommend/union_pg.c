/*-------------------------------------------------------------------------
 *
 * union_pg.c
 *	  One catalogue of the items of several; see union_pg.h.
 *
 * All are sorted by id, so they are merged.  Users, pairs and popularity are
 * those of the first catalogue that somebody has trained: sums over several
 * would count the same people twice.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "core/kernel.h"
#include "recommend/union_pg.h"

/* Reserve and allocate an array. */
static void *
alloc(MmlAccount *account, MemoryContext context, Size count, Size size)
{
	Size		bytes = mml_size_mul(count, size);

	mml_account_reserve(account, bytes, "joining catalogues");
	return MemoryContextAllocHuge(context, Max(bytes, 1));
}

/* The least id that comes next in any catalogue; false where none is left. */
static bool
next_id(int count, const MmlCatalogue *const *catalogues, const Size *at, MmlId *least)
{
	bool		found = false;

	for (int c = 0; c < count; c++)
	{
		MmlId		id;

		if (at[c] == catalogues[c]->items)
			continue;
		id = mml_catalogue_id(catalogues[c], at[c]);
		if (!found || mml_id_compare(&id, least) < 0)
			*least = id;
		found = true;
	}
	return found;
}

/* Fill the maps.  Returned is the number of items; *bytes those of text ids. */
static Size
merge(int count, const MmlCatalogue *const *catalogues, int32 **maps, Size *bytes)
{
	Size		at[MML_UNION_MAX] = {0};
	Size		items = 0;
	MmlId		least;

	*bytes = 0;
	for (; next_id(count, catalogues, at, &least); items++)
	{
		if (items % 4096 == 0)
			MML_CHECK();
		for (int c = 0; c < count; c++)
		{
			MmlId		id;

			maps[c][items] = -1;
			if (at[c] == catalogues[c]->items)
				continue;
			id = mml_catalogue_id(catalogues[c], at[c]);
			if (mml_id_compare(&id, &least) == 0)
				maps[c][items] = (int32) at[c]++;
		}
		*bytes += least.text !=NULL ? least.length : 0;
	}
	return items;
}

/* The id of an item of the union. */
static MmlId
id_of(int count, const MmlCatalogue *const *catalogues, int32 *const *maps, Size item)
{
	int			c = 0;

	while (c < count - 1 && maps[c][item] < 0)
		c++;
	return mml_catalogue_id(catalogues[c], (Size) maps[c][item]);
}

/* Demand that the ids of two catalogues can be compared. */
void
mml_union_check(const MmlCatalogue *a, const MmlCatalogue *b)
{
	if (a->id_type != b->id_type)
		ereport(ERROR,
				(errcode(ERRCODE_DATATYPE_MISMATCH),
				 errmsg("the item ids of one model are of type bigint, those of another of type text")));
}

/* Join catalogues, one at least. */
void
mml_union_make(int count, const MmlCatalogue *const *catalogues,
			   MmlAccount *account, MemoryContext context, MmlUnion *result)
{
	MmlCatalogue *made = &result->catalogue;
	bool text = catalogues[0]->id_type == MML_ID_TEXT;
	int			trained = 0;
	Size		most = 0;
	Size		bytes;
	int64	   *starts;
	char	   *texts = NULL;
	double	   *popularity;
	int32	   *users;

	for (int c = 0; c < count; c++)
	{
		most = mml_size_add(most, catalogues[c]->items);
		mml_union_check(catalogues[0], catalogues[c]);
	}
	if (most > (Size) PG_INT32_MAX)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("the models have too many items together")));
	while (trained < count - 1 && catalogues[trained]->users == 0)
		trained++;
	for (int c = 0; c < count; c++)
		result->maps[c] = alloc(account, context, most, sizeof(int32));
	*made = *catalogues[trained];
	made->items = merge(count, catalogues, result->maps, &bytes);
	starts = alloc(account, context, made->items + 1, sizeof(int64));
	texts = text ? alloc(account, context, bytes, 1) : NULL;

	popularity = alloc(account, context, made->items, sizeof(double));
	users = alloc(account, context, made->items, sizeof(int32));
	starts[0] = 0;
	for (Size i = 0; i < made->items; i++)
	{
		MmlId		id = id_of(count, catalogues, result->maps, i);
		int32		known = result->maps[trained][i];

		if (!text)
			starts[i] = id.number;
		else
		{
			memcpy(texts + starts[i], id.text, id.length);
			starts[i + 1] = starts[i] + (int64) id.length;
		}
		popularity[i] = known < 0 ? 0 : catalogues[trained]->popularity[known];
		users[i] = known < 0 ? 0 : catalogues[trained]->item_users[known];
	}
	made->ids = text ? NULL : starts;
	made->offsets = text ? starts : NULL;

	made->texts = texts;
	made->popularity = popularity;
	made->item_users = users;
}

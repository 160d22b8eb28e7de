/*-------------------------------------------------------------------------
 *
 * ranking_sql.c
 *	  precision_at_k and its kin: one recommended list and the items that are
 *	  relevant, as arrays of any type that has an equality.
 *
 * The relevant items, without NULLs and repetitions, are put into a hash
 * table; where their type cannot be hashed they are sorted.  Then each of the
 * first k recommended items is looked up, and is a hit if it is found for the
 * first time.  So the cost is O(relevant + k), or that times log(relevant).
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "miscadmin.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/typcache.h"

#include "core/compat_pg.h"
#include "core/memory_pg.h"
#include "metrics/metrics.h"

PG_FUNCTION_INFO_V1(mml_metrics_hits);
PG_FUNCTION_INFO_V1(mml_metrics_average_precision);
PG_FUNCTION_INFO_V1(mml_metrics_ndcg);
PG_FUNCTION_INFO_V1(mml_metrics_hit_rate);
PG_FUNCTION_INFO_V1(mml_metrics_reciprocal);

/* A set of different items; places in it are 0 .. count - 1. */
typedef struct ItemSet
{
	TypeCacheEntry *type;
	Oid			collation;
	int			count;
	Datum	   *items;			/* (count) sorted, where slots is NULL */
	uint32	   *hashes;			/* (count) */
	uint32	   *slots;			/* (mask + 1) place + 1, or 0: free */
	uint32		mask;
} ItemSet;

/* Whether two items are equal, by their type. */
static bool
items_equal(ItemSet *set, Datum a, Datum b)
{
	return DatumGetBool(FunctionCall2Coll(&set->type->eq_opr_finfo,
										  set->collation, a, b));
}

/* Compare two items by their type, for sorting. */
static int
compare_items(const void *a, const void *b, void *arg)
{
	ItemSet    *set = arg;

	CHECK_FOR_INTERRUPTS();
	return DatumGetInt32(FunctionCall2Coll(&set->type->cmp_proc_finfo,
										   set->collation,
										   *(const Datum *) a, *(const Datum *) b));
}

/*
 * Look an item up in a hash table: the slot that has it, or the free slot
 * where it belongs.
 */
static uint32 *
find_slot(ItemSet *set, Datum item, uint32 *hash)
{
	uint32		slot;

	CHECK_FOR_INTERRUPTS();
	*hash = DatumGetUInt32(FunctionCall1Coll(&set->type->hash_proc_finfo,
											 set->collation, item));
	for (slot = *hash & set->mask; set->slots[slot] != 0; slot = (slot + 1) & set->mask)
	{
		uint32		place = set->slots[slot] - 1;

		if (set->hashes[place] == *hash && items_equal(set, set->items[place], item))
			break;
	}
	return &set->slots[slot];
}

/* Fill the set with n items by hash. */
static void
hash_items(ItemSet *set, int n, const Datum *items)
{
	Size		slots = 8;

	while (slots < 2 * (Size) n)
		slots *= 2;
	set->mask = (uint32) (slots - 1);
	set->slots = mml_alloc(mml_size_mul(slots, sizeof(uint32)));
	memset(set->slots, 0, slots * sizeof(uint32));
	set->hashes = mml_alloc((Size) n * sizeof(uint32));
	for (int i = 0; i < n; i++)
	{
		uint32		hash;
		uint32	   *slot = find_slot(set, items[i], &hash);

		if (*slot != 0)
			continue;
		set->items[set->count] = items[i];
		set->hashes[set->count] = hash;
		*slot = (uint32) ++set->count;
	}
}

/* Fill the set with n items by sorting them. */
static void
sort_items(ItemSet *set, int n, const Datum *items)
{
	memcpy(set->items, items, (Size) n * sizeof(Datum));
	qsort_arg(set->items, (size_t) n, sizeof(Datum), compare_items, set);
	for (int i = 0; i < n; i++)
		if (set->count == 0 ||
			compare_items(&set->items[set->count - 1], &set->items[i], set) != 0)
			set->items[set->count++] = set->items[i];
}

/* The place of an item in the set, or -1. */
static int
find_item(ItemSet *set, Datum item)
{
	int			low = 0;
	int			high = set->count - 1;

	if (set->slots != NULL)
	{
		uint32		hash;

		return (int) *find_slot(set, item, &hash) - 1;
	}
	while (low <= high)
	{
		int			middle = low + (high - low) / 2;
		int			order = compare_items(&set->items[middle], &item, set);

		if (order == 0)
			return middle;
		if (order < 0)
			low = middle + 1;
		else
			high = middle - 1;
	}
	return -1;
}

/* The type of the items and how to compare them, remembered from call to call. */
static TypeCacheEntry *
item_type(FunctionCallInfo fcinfo, Oid type_id)
{
	TypeCacheEntry *type = fcinfo->flinfo->fn_extra;

	if (type == NULL || type->type_id != type_id)
	{
		type = lookup_type_cache(type_id, TYPECACHE_EQ_OPR_FINFO |
								 TYPECACHE_HASH_PROC_FINFO | TYPECACHE_CMP_PROC_FINFO);
		if (!OidIsValid(type->eq_opr_finfo.fn_oid) ||
			(!OidIsValid(type->hash_proc_finfo.fn_oid) &&
			 !OidIsValid(type->cmp_proc_finfo.fn_oid)))
			ereport(ERROR,
					(errcode(ERRCODE_UNDEFINED_FUNCTION),
					 errmsg("could not identify an equality operator for type %s",
							format_type_be(type_id))));
		fcinfo->flinfo->fn_extra = type;
	}
	return type;
}

/* Take an array apart; it may have any lower bound, but not two dimensions. */
static int
take_apart(ArrayType *array, TypeCacheEntry *type, Datum **items, bool **nulls)
{
	int			n;

	if (ARR_NDIM(array) > 1)
		ereport(ERROR,
				(errcode(ERRCODE_ARRAY_SUBSCRIPT_ERROR),
				 errmsg("a list of items must have one dimension, not %d",
						ARR_NDIM(array))));
	deconstruct_array(array, type->type_id, type->typlen, type->typbyval,
					  type->typalign, items, nulls, &n);
	return n;
}

/* Make the set of the relevant items. */
static void
make_set(ItemSet *set, ArrayType *relevant)
{
	Datum	   *items;
	bool	   *nulls;
	int			all = take_apart(relevant, set->type, &items, &nulls);
	int			n = 0;

	for (int i = 0; i < all; i++)
		if (!nulls[i])
			items[n++] = items[i];
	set->items = mml_alloc(mml_size_mul((Size) n, sizeof(Datum)));
	if (OidIsValid(set->type->hash_proc_finfo.fn_oid))
		hash_items(set, n, items);
	else
		sort_items(set, n, items);
}

/*
 * Compare the arguments (recommended, relevant, k).  A NULL among recommended
 * items takes its rank and is never a hit; a repeated item neither.
 */
static void
read_ranking(FunctionCallInfo fcinfo, MmlRanking *ranking)
{
	ArrayType  *recommended = PG_GETARG_ARRAYTYPE_P(0);
	ArrayType  *relevant = PG_GETARG_ARRAYTYPE_P(1);
	int64		k = PG_GETARG_INT64(2);
	ItemSet		set = {.collation = PG_GET_COLLATION()};
	Datum	   *items;
	bool	   *nulls;
	bool	   *found;
	bool	   *hit;
	int			n;

	if (k < 1)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("k must be at least 1, not %lld", (long long) k),
				 errhint("k is how many of the recommended items are looked at, for example 10.")));
	if (ARR_ELEMTYPE(recommended) != ARR_ELEMTYPE(relevant))
		ereport(ERROR,
				(errcode(ERRCODE_DATATYPE_MISMATCH),
				 errmsg("cannot compare arrays of different element types")));
	set.type = item_type(fcinfo, ARR_ELEMTYPE(relevant));
	make_set(&set, relevant);
	n = take_apart(recommended, set.type, &items, &nulls);
	n = (int) Min(n, k);
	found = palloc0((Size) set.count);
	hit = palloc0((Size) n);
	for (int i = 0; i < n; i++)
	{
		int			place = nulls[i] ? -1 : find_item(&set, items[i]);

		if (place >= 0 && !found[place])
			hit[i] = found[place] = true;
	}
	ranking->ranks = (size_t) n;
	ranking->hit = hit;
	ranking->relevant = (size_t) set.count;
	ranking->k = k;
}

/* What argument 3 says that hits are divided by; it has a default. */
static MmlDenominator
read_denominator(FunctionCallInfo fcinfo)
{
	static const char *const names[] = {"k", "relevant", "min"};
	char	   *given = text_to_cstring(PG_GETARG_TEXT_PP(3));

	for (int i = 0; i < (int) lengthof(names); i++)
		if (strcmp(given, names[i]) == 0)
			return (MmlDenominator) i;
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("denominator \"%s\" is not known", given),
			 errhint("It is k, relevant, or min, which is the lesser of both.")));
	return MML_BY_K;			/* not reached */
}

/* A result; NaN is NULL. */
static Datum
number_or_null(FunctionCallInfo fcinfo, double value)
{
	if (isnan(value))
		PG_RETURN_NULL();
	PG_RETURN_FLOAT8(value);
}

/*
 * precision_at_k(recommended, relevant, k, denominator), and recall_at_k, which
 * has another denominator by default.
 */
Datum
mml_metrics_hits(PG_FUNCTION_ARGS)
{
	MmlRanking	ranking;

	read_ranking(fcinfo, &ranking);
	return number_or_null(fcinfo, mml_metrics_hits_at_k(&ranking, read_denominator(fcinfo)));
}

/* average_precision_at_k(recommended, relevant, k, denominator) */
Datum
mml_metrics_average_precision(PG_FUNCTION_ARGS)
{
	MmlRanking	ranking;

	read_ranking(fcinfo, &ranking);
	return number_or_null(fcinfo,
						  mml_metrics_average_precision_at_k(&ranking, read_denominator(fcinfo)));
}

/* ndcg_at_k(recommended, relevant, k) */
Datum
mml_metrics_ndcg(PG_FUNCTION_ARGS)
{
	MmlRanking	ranking;

	read_ranking(fcinfo, &ranking);
	return number_or_null(fcinfo, mml_metrics_ndcg_at_k(&ranking));
}

/* hit_rate_at_k(recommended, relevant, k) */
Datum
mml_metrics_hit_rate(PG_FUNCTION_ARGS)
{
	MmlRanking	ranking;

	read_ranking(fcinfo, &ranking);
	return number_or_null(fcinfo, mml_metrics_hit_rate_at_k(&ranking));
}

/* reciprocal_rank(recommended, relevant, k) */
Datum
mml_metrics_reciprocal(PG_FUNCTION_ARGS)
{
	MmlRanking	ranking;

	read_ranking(fcinfo, &ranking);
	return number_or_null(fcinfo, mml_metrics_reciprocal_rank(&ranking));
}

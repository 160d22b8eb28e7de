/*-------------------------------------------------------------------------
 *
 * idmap_pg.c
 *	  Number users and items; see idmap_pg.h.
 *
 * Keys of users are compared by their type's own equality, under the
 * collation of the call: where 'a' and 'A' are equal they are one user.
 * Everything that a map takes is reserved first.
 *
 * Cost: O(1) a look-up; 48 bytes a key at most, and the key.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "common/hashfn.h"
#include "utils/builtins.h"
#include "utils/datum.h"

#include "core/compat_pg.h"
#include "core/kernel.h"
#include "recommend/idmap_pg.h"

#define FIRST_ROOM 32
#define POLL_EVERY 65536
#define CHUNK_HEADER 16			/* of a small allocation, about */

/* Bytes of the arrays of a map with room for so many keys. */
static Size
map_bytes(Size room)
{
	return mml_size_mul(room, sizeof(Datum) + 2 * sizeof(MmlIdSlot));
}

/* Put a number into the first free slot for its hash. */
static void
fill_slot(MmlIdMap *map, uint32 hash, int32 number)
{
	Size		mask = 2 * map->room - 1;
	Size		slot = hash & mask;

	while (map->slots[slot].number >= 0)
		slot = (slot + 1) & mask;
	map->slots[slot].hash = hash;
	map->slots[slot].number = number;
}

/* Give a map room for more keys. */
static void
make_room(MmlIdMap *map, Size room)
{
	Size		old = map->room;
	Datum	   *old_keys = map->keys;
	MmlIdSlot  *old_slots = map->slots;

	if (room > (Size) PG_INT32_MAX)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("more than %zu users or items cannot be numbered", old)));
	mml_account_reserve(map->account, map_bytes(room), "numbering users and items");
	map->keys = MemoryContextAllocHuge(map->context, room * sizeof(Datum));
	map->slots = MemoryContextAllocHuge(map->context, 2 * room * sizeof(MmlIdSlot));
	map->room = room;
	memset(map->slots, 0xff, 2 * room * sizeof(MmlIdSlot));
	if (old == 0)
		return;
	memcpy(map->keys, old_keys, (Size) map->count * sizeof(Datum));
	for (Size i = 0; i < 2 * old; i++)
	{
		if (i % POLL_EVERY == 0)
			MML_CHECK();
		if (old_slots[i].number >= 0)
			fill_slot(map, old_slots[i].hash, old_slots[i].number);
	}
	pfree(old_keys);
	pfree(old_slots);
	mml_account_release(map->account, map_bytes(old));
}

/* Begin a map of item ids, bigint or text. */
void
mml_idmap_of_items(MmlIdMap *map, MemoryContext context,
				   MmlAccount *account, Oid type)
{
	StaticAssertStmt(sizeof(Datum) >= sizeof(int64), "a key is a Datum");
	Assert(type == INT8OID || type == TEXTOID);
	memset(map, 0, sizeof(MmlIdMap));
	map->context = context;
	map->account = account;
	map->type = type;
	make_room(map, FIRST_ROOM);
}

/* Begin a map of users, of any type that can be hashed. */
void
mml_idmap_of_users(MmlIdMap *map, MemoryContext context,
				   MmlAccount *account, Oid type, Oid collation)
{
	memset(map, 0, sizeof(MmlIdMap));
	map->context = context;
	map->account = account;
	map->typcache = lookup_type_cache(type, TYPECACHE_HASH_PROC_FINFO |
									  TYPECACHE_EQ_OPR_FINFO);
	if (!OidIsValid(map->typcache->hash_proc_finfo.fn_oid) ||
		!OidIsValid(map->typcache->eq_opr_finfo.fn_oid))
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_FUNCTION),
				 errmsg("users cannot be of type %s, which has no hash function",
						format_type_be(type)),
				 errhint("Cast them to text.")));
	map->collation = OidIsValid(collation) ? collation : map->typcache->typcollation;
	make_room(map, FIRST_ROOM);
}

/* Take a new key, which stays where it is, and number it. */
static int32
add_key(MmlIdMap *map, Datum key, uint32 hash)
{
	int32		number = map->count;

	if ((Size) number == map->room)
		make_room(map, map->room * 2);
	map->keys[number] = key;
	map->count++;
	fill_slot(map, hash, number);
	return number;
}

/* Reserve what a key takes that is no value. */
static void
reserve_key(MmlIdMap *map, Size bytes)
{
	mml_account_reserve(map->account, bytes + CHUNK_HEADER, "numbering users and items");
}

/* The id of an item by its number. */
MmlId
mml_idmap_id(const MmlIdMap *map, int32 number)
{
	MmlId		id = {NULL, {0}};

	if (map->type == INT8OID)
		id.number = DatumGetInt64(map->keys[number]);
	else
	{
		id.text = VARDATA_ANY(DatumGetPointer(map->keys[number]));
		id.length = VARSIZE_ANY_EXHDR(DatumGetPointer(map->keys[number]));
	}
	return id;
}

/* The number of an item, which may be new. */
int32
mml_idmap_item(MmlIdMap *map, const MmlId *id)
{
	Size		mask = 2 * map->room - 1;
	uint32		hash = id->text == NULL ?
		hash_bytes((const unsigned char *) &id->number, sizeof(id->number)) :
		hash_bytes((const unsigned char *) id->text, (int) id->length);

	for (Size slot = hash & mask; map->slots[slot].number >= 0; slot = (slot + 1) & mask)
	{
		int32		number = map->slots[slot].number;
		MmlId		other;

		if (map->slots[slot].hash != hash)
			continue;
		other = mml_idmap_id(map, number);
		if (mml_id_compare(id, &other) == 0)
			return number;
	}
	if (id->text == NULL)
		return add_key(map, Int64GetDatum(id->number), hash);
	else
	{
		Size		bytes = VARHDRSZ + id->length;
		struct varlena *key;

		reserve_key(map, bytes);
		key = MemoryContextAlloc(map->context, bytes);
		SET_VARSIZE(key, bytes);
		memcpy(VARDATA(key), id->text, id->length);
		map->key_bytes += id->length;
		return add_key(map, PointerGetDatum(key), hash);
	}
}

/* A copy of a user's key that stays. */
static Datum
copy_user(MmlIdMap *map, Datum user)
{
	TypeCacheEntry *type = map->typcache;
	MemoryContext caller;

	if (type->typbyval)
		return user;
	reserve_key(map, datumGetSize(user, false, type->typlen));
	caller = MemoryContextSwitchTo(map->context);
	user = datumCopy(user, false, type->typlen);
	MemoryContextSwitchTo(caller);
	return user;
}

/* The number of a user, who may be new. */
int32
mml_idmap_user(MmlIdMap *map, Datum user)
{
	TypeCacheEntry *type = map->typcache;
	Size		mask = 2 * map->room - 1;
	uint32		hash;

	if (type->typlen == -1)
		user = PointerGetDatum(PG_DETOAST_DATUM_PACKED(user));
	hash = DatumGetUInt32(FunctionCall1Coll(&type->hash_proc_finfo,
											map->collation, user));
	for (Size slot = hash & mask; map->slots[slot].number >= 0; slot = (slot + 1) & mask)
	{
		int32		number = map->slots[slot].number;

		if (map->slots[slot].hash == hash &&
			DatumGetBool(FunctionCall2Coll(&type->eq_opr_finfo, map->collation,
										   map->keys[number], user)))
			return number;
	}
	return add_key(map, copy_user(map, user), hash);
}

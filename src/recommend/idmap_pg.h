/*-------------------------------------------------------------------------
 *
 * idmap_pg.h
 *	  Number the users and items of a training set, in the order in which
 *	  they are first met.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MML_IDMAP_PG_H
#define MML_IDMAP_PG_H

#include "postgres.h"

#include "core/memory_pg.h"
#include "recommend/catalogue.h"
#include "utils/typcache.h"

/* A place in the hash table. */
typedef struct MmlIdSlot
{
	uint32		hash;
	int32		number;			/* -1: free */
} MmlIdSlot;

/*
 * A hash table by open addressing.  Keys are bigint, or text as UTF-8, or of
 * a type with a hash function and an equality of its own.
 */
typedef struct MmlIdMap
{
	MemoryContext context;
	MmlAccount *account;
	Oid			type;			/* INT8OID, TEXTOID: items; others: users */
	TypeCacheEntry *typcache;	/* of users */
	Oid			collation;
	int32		count;
	Size		room;			/* for keys, a power of 2; half the slots */
	Datum	   *keys;			/* (count) */
	MmlIdSlot  *slots;			/* (2 room) */
	Size		key_bytes;		/* of the texts of keys */
} MmlIdMap;

extern void mml_idmap_of_items(MmlIdMap *map, MemoryContext context,
							   MmlAccount *account, Oid type);
extern void mml_idmap_of_users(MmlIdMap *map, MemoryContext context,
							   MmlAccount *account, Oid type, Oid collation);
extern int32 mml_idmap_item(MmlIdMap *map, const MmlId *id);
extern int32 mml_idmap_user(MmlIdMap *map, Datum user);
extern MmlId mml_idmap_id(const MmlIdMap *map, int32 number);

#endif							/* MML_IDMAP_PG_H */

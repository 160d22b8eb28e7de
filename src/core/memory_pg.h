/*-------------------------------------------------------------------------
 *
 * memory_pg.h
 *	  What training states may take, and sizes that cannot wrap.
 *
 * mediaml.max_memory bounds the sum over all training states that are alive
 * in a backend: GROUP BY may have a thousand of them.  A state reserves what
 * it is about to allocate; where the sum would pass the bound, the largest
 * state that can write its rows to a temporary file does so.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MML_MEMORY_PG_H
#define MML_MEMORY_PG_H

#include "postgres.h"

#include "core/room.h"
#include "lib/ilist.h"
#include "utils/resowner.h"

/* The account of one state; embedded in it, zeroed, and opened. */
typedef struct MmlAccount
{
	dlist_node	node;
	Size		reserved;		/* bytes it holds now */
	Size		spillable;		/* of these, what spill() would give back */
	void		(*spill) (void *state); /* NULL: cannot */
	ResourceOwner owner;		/* of its files and segments, or NULL: none */
	void		(*lose) (void *state);	/* owner has let go of them */
	void	   *state;
	MemoryContextCallback callback;
} MmlAccount;

extern void mml_account_open(MmlAccount *account, MemoryContext context);
extern void mml_account_reserve(MmlAccount *account, Size bytes,
								const char *what);
extern Size mml_account_available(void);
extern void mml_account_release(MmlAccount *account, Size bytes);

extern Size mml_size_add(Size a, Size b);
extern Size mml_size_mul(Size a, Size b);
extern void *mml_alloc(Size bytes);
extern void *mml_alloc_aligned(Size bytes);
extern MmlRoom *mml_palloc_room(void);

#endif							/* MML_MEMORY_PG_H */

/*-------------------------------------------------------------------------
 *
 * memory_pg.c
 *	  The memory budget of training states; see memory_pg.h.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "utils/memutils.h"

#include "core/kernel.h"
#include "core/memory_pg.h"
#include "core/settings_pg.h"

/* The accounts of all states alive in this backend, and their sum. */
static dlist_head accounts = DLIST_STATIC_INIT(accounts);
static Size total_reserved = 0;

/* Close an account, when the context that its state lives in goes. */
static void
close_account(void *arg)
{
	MmlAccount *account = arg;

	total_reserved -= account->reserved;
	dlist_delete(&account->node);
}

/*
 * Called whenever a resource owner lets go of what it has.  A state may live
 * on behind its files and segments: where a FETCH fails in a subtransaction
 * the cursor's memory stays until the cursor is closed.  It must not be
 * spilled then.
 */
static void
lose_resources(ResourceReleasePhase phase, bool isCommit, bool isTopLevel,
			   void *arg)
{
	dlist_iter	iter;

	(void) isCommit;
	(void) isTopLevel;
	(void) arg;
	if (phase != RESOURCE_RELEASE_BEFORE_LOCKS)
		return;
	dlist_foreach(iter, &accounts)
	{
		MmlAccount *account = dlist_container(MmlAccount, node, iter.cur);

		if (account->owner == NULL || account->owner != CurrentResourceOwner)
			continue;
		account->owner = NULL;
		account->lose(account->state);
	}
}

/*
 * Open an account that lives as long as a memory context does, through
 * success and error alike.
 */
void
mml_account_open(MmlAccount *account, MemoryContext context)
{
	static bool watching = false;

	if (!watching)
		RegisterResourceReleaseCallback(lose_resources, NULL);
	watching = true;
	account->reserved = 0;
	dlist_push_tail(&accounts, &account->node);
	account->callback.func = close_account;
	account->callback.arg = account;
	MemoryContextRegisterResetCallback(context, &account->callback);
}

/* The state that gives back most by spilling, or NULL. */
static MmlAccount *
largest_spillable(void)
{
	MmlAccount *largest = NULL;
	dlist_iter	iter;

	dlist_foreach(iter, &accounts)
	{
		MmlAccount *account = dlist_container(MmlAccount, node, iter.cur);

		if (account->spill != NULL && account->spillable > 0 &&
			(largest == NULL || account->spillable > largest->spillable))
			largest = account;
	}
	return largest;
}

/*
 * Reserve bytes before they are allocated.  Spills states while the sum is
 * above mediaml.max_memory; where nothing is left to spill, an error that
 * names what was wanted and both numbers.
 */
void
mml_account_reserve(MmlAccount *account, Size bytes, const char *what)
{
	Size		limit = (Size) mml_max_memory * 1024;

	while (bytes > limit || total_reserved > limit - bytes)
	{
		MmlAccount *victim = largest_spillable();

		if (victim == NULL)
			ereport(ERROR,
					(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
					 errmsg("%s needs %zu kB of memory, but only %zu kB of %d kB are left",
							what, bytes / 1024 + 1,
							limit > total_reserved ? (limit - total_reserved) / 1024 : 0,
							mml_max_memory),
					 errhint("Use fewer rows, columns, groups or items, or let a superuser raise \"mediaml.max_memory\".")));
		victim->spill(victim->state);
	}
	account->reserved += bytes;
	total_reserved += bytes;
}

/*
 * How many more bytes a state could reserve, once everything that can be
 * spilled is.
 */
Size
mml_account_available(void)
{
	Size		limit = (Size) mml_max_memory * 1024;
	Size		resident = total_reserved;
	dlist_iter	iter;

	dlist_foreach(iter, &accounts)
	{
		const MmlAccount *other = dlist_container(MmlAccount, node, iter.cur);

		if (other->spill != NULL)
			resident -= other->spillable;
	}
	return limit > resident ? limit - resident : 0;
}

/* Give back bytes that were reserved and are freed. */
void
mml_account_release(MmlAccount *account, Size bytes)
{
	Assert(bytes <= account->reserved);
	account->reserved -= bytes;
	total_reserved -= bytes;
}

/* Say that a size does not fit any memory. */
static void
size_overflow(void)
{
	ereport(ERROR,
			(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
			 errmsg("requested memory size is too large")));
}

/* a + b, or an error */
Size
mml_size_add(Size a, Size b)
{
	size_t		sum;

	if (!mml_add_size(a, b, &sum))
		size_overflow();
	return sum;
}

/* a * b, or an error */
Size
mml_size_mul(Size a, Size b)
{
	size_t		product;

	if (!mml_mul_size(a, b, &product))
		size_overflow();
	return product;
}

/* Allocate any number of bytes in the current context. */
void *
mml_alloc(Size bytes)
{
	return MemoryContextAllocHuge(CurrentMemoryContext, bytes);
}

/*
 * The same, aligned to a cache line.  Cannot be freed by itself: it goes with
 * its context.
 */
void *
mml_alloc_aligned(Size bytes)
{
	return (void *) mml_align64((Size) mml_alloc(mml_size_add(bytes, 64)));
}

/* Resize a block by repalloc(). */
static void *
resize_block(MmlRoom *room, void *block, size_t old, size_t bytes)
{
	(void) room;
	(void) old;
	if (bytes == 0)
	{
		if (block != NULL)
			pfree(block);
		return NULL;
	}
	return block == NULL ? palloc_extended(bytes, MCXT_ALLOC_HUGE) :
		repalloc_huge(block, bytes);
}

/* Room in the current memory context, bounded by nothing but the server. */
MmlRoom *
mml_palloc_room(void)
{
	static MmlRoom room = {resize_block};

	return &room;
}

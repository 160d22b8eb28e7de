/*-------------------------------------------------------------------------
 *
 * profile_room.h
 *	  Room for tests: every block is new memory of just its size, so that the
 *	  sanitizers see what goes past its end or uses a block that was moved.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MML_PROFILE_ROOM_H
#define MML_PROFILE_ROOM_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/room.h"

/* What stands before a block. */
typedef struct UnitBlock
{
	struct UnitBlock *next;
	struct UnitBlock *previous;
	size_t		bytes;
	size_t		pad;			/* to 16 */
} UnitBlock;

static UnitBlock unit_blocks = {&unit_blocks, &unit_blocks, 0, 0};

/* As MmlRoom's resize(); it stops the program where a block's size is wrong. */
static void *
unit_resize(MmlRoom *room, void *block, size_t old, size_t bytes)
{
	UnitBlock  *before = block != NULL ? (UnitBlock *) block - 1 : NULL;
	UnitBlock  *now = NULL;

	(void) room;
	if (old != (before != NULL ? before->bytes : 0))
	{
		printf("# a block of %zu bytes is said to have %zu\n", before ? before->bytes : 0, old);
		abort();
	}
	if (bytes > 0)
	{
		now = malloc(sizeof(UnitBlock) + bytes);
		memset(now + 1, 0xA5, bytes);
		if (old > 0)
			memcpy(now + 1, block, old < bytes ? old : bytes);
		now->bytes = bytes;
		now->next = unit_blocks.next;
		now->previous = &unit_blocks;
		now->next->previous = now;
		unit_blocks.next = now;
	}
	if (before != NULL)
	{
		before->next->previous = before->previous;
		before->previous->next = before->next;
		free(before);
	}
	return now != NULL ? now + 1 : NULL;
}

static MmlRoom unit_room = {unit_resize};

/* Give all blocks back. */
static inline void
unit_free_all(void)
{
	while (unit_blocks.next != &unit_blocks)
		unit_resize(&unit_room, unit_blocks.next + 1, unit_blocks.next->bytes, 0);
}

#endif							/* MML_PROFILE_ROOM_H */

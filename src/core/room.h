/*-------------------------------------------------------------------------
 *
 * room.h
 *	  Room for arrays that grow with the rows.
 *
 * What a kernel collects row by row, such as the categories of a column, has
 * no size that its caller could know before.  So the caller hands it a Room:
 * who owns the memory, counts it against its limit, and gives more of it.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MML_ROOM_H
#define MML_ROOM_H

#include "core/kernel.h"

typedef struct MmlRoom
{
	/*
	 * Make a block hold so many bytes, old of them being its size so far, and
	 * return where it lies now: aligned to 8; its old content kept, the rest
	 * holding anything.  A block of 0 bytes is NULL.  May leave the kernel by
	 * longjmp where there is no more: what was there before stays sound.
	 */
	void	   *(*resize) (struct MmlRoom *room, void *block, size_t old, size_t bytes);
} MmlRoom;

#endif							/* MML_ROOM_H */

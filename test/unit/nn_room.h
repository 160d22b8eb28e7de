/*-------------------------------------------------------------------------
 *
 * nn_room.h
 *	  What tests of networks share: memory that is counted, and files.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MML_NN_ROOM_H
#define MML_NN_ROOM_H

#include <stdio.h>
#include <stdlib.h>

#include "core/room.h"

static size_t test_room_blocks;

/* Room of malloc(); counts the blocks that are not given back. */
static void *
test_room_resize(MmlRoom *room, void *block, size_t old, size_t bytes)
{
	(void) room;
	(void) old;
	if (block == NULL && bytes > 0)
		test_room_blocks++;
	if (bytes > 0)
		return realloc(block, bytes);
	test_room_blocks -= block != NULL;
	free(block);
	return NULL;
}

static MmlRoom test_room = {test_room_resize};

/* The bytes of a file, which free() frees; NULL where there is none. */
static inline char *
test_read_file(const char *path, size_t *length)
{
	FILE	   *f = path == NULL ? NULL : fopen(path, "rb");
	char	   *bytes;
	long		size;

	if (f == NULL)
		return NULL;
	fseek(f, 0, SEEK_END);
	size = ftell(f);
	rewind(f);
	bytes = malloc((size_t) size + 1);
	*length = fread(bytes, 1, (size_t) size, f);
	fclose(f);
	return bytes;
}

#endif							/* MML_NN_ROOM_H */

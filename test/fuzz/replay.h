/*-------------------------------------------------------------------------
 *
 * replay.h
 *	  Run a target without libFuzzer: over seeds, changes of them that are the
 *	  same in every run, and files that were kept.
 *
 * Include it behind unit.h and the target.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MML_REPLAY_H
#define MML_REPLAY_H

#include "nn_seeds.h"

#define MOST_REPLAYED 16384		/* bytes of a changed input */

typedef struct Seed
{
	uint8_t    *bytes;
	size_t		length;
} Seed;

static Seed seeds[64];
static size_t nseeds;

/* Keep a seed, in a block of just its size. */
static void
keep_seed(const void *bytes, size_t length)
{
	Seed	   *seed = &seeds[nseeds];

	if (nseeds == sizeof(seeds) / sizeof(seeds[0]))
		return;
	seed->bytes = malloc(length);
	seed->length = length;
	memcpy(seed->bytes, bytes, length);
	nseeds++;
}

static inline void
drop_seeds(void)
{
	while (nseeds > 0)
		free(seeds[--nseeds].bytes);
}

/* Change an input again and again, each time a few changes on from the first. */
static inline void
replay_changes(const uint8_t *bytes, size_t length, unsigned first, unsigned rounds)
{
	uint8_t    *changed = malloc(MOST_REPLAYED);

	for (unsigned i = 0; length <= MOST_REPLAYED && i < rounds; i++)
	{
		size_t		now = length;

		memcpy(changed, bytes, length);
		for (unsigned k = 0; k <= i % 4; k++)
			now = LLVMFuzzerCustomMutator(changed, now, MOST_REPLAYED, first + 7 * i + k);
		LLVMFuzzerTestOneInput(changed, now);
	}
	free(changed);
}

/* Every file of a folder; how many? */
static inline size_t
replay_folder(const char *folder)
{
	DIR		   *dir = opendir(folder);
	struct dirent *entry;
	size_t		count = 0;

	while (dir != NULL && (entry = readdir(dir)) != NULL)
	{
		char		path[4400];
		size_t		length = 0;
		char	   *bytes;

		snprintf(path, sizeof(path), "%.4000s/%.255s", folder, entry->d_name);
		bytes = entry->d_name[0] == '.' ? NULL : test_read_file(path, &length);
		if (bytes == NULL)
			continue;
		LLVMFuzzerTestOneInput((const uint8_t *) bytes, length);
		free(bytes);
		count++;
	}
	if (dir != NULL)
		closedir(dir);
	return count;
}

/* All cases of the ONNX backend tests that are on this machine; how many? */
static inline size_t
replay_cases(TakeSeed take)
{
	return take_cases(ONNX_CASES, take) + take_cases(SHARED("data/onnx"), take);
}

#endif							/* MML_REPLAY_H */

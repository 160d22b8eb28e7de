/*-------------------------------------------------------------------------
 *
 * onnx_fuzz_unit.c
 *	  Run the target of test/fuzz/onnx_fuzz.c over ONNX files and models that
 *	  are cut or changed, the same in every run, and over the files that were
 *	  kept in test/fuzz/onnx_corpus.
 *
 *-------------------------------------------------------------------------
 */
#include <dirent.h>

#include "unit.h"

#include "../fuzz/onnx_fuzz.c"

#include "core/random.h"

#define CHANGES 1500			/* of each network */

/* Every file as it is, and cut anywhere. */
TEST(files_cut)
{
	read_seeds();
	CHECK(nseeds > 10);
	for (size_t s = 0; s < nseeds; s++)
		for (size_t length = 0; length <= seeds[s].length; length++)
			LLVMFuzzerTestOneInput(seeds[s].bytes, length);
}

/* Every byte of a file 0, 127, 128, 255, and one more or less. */
TEST(files_changed_everywhere)
{
	static const int values[] = {0, 127, 128, 255};

	read_seeds();
	for (size_t s = 0; s < nseeds; s++)
		for (size_t at = 0; at < seeds[s].length; at++)
		{
			uint8_t		old = seeds[s].bytes[at];

			for (int i = 0; i < 6; i++)
			{
				seeds[s].bytes[at] = (uint8_t) (i < 4 ? values[i] : i == 4 ? old + 1 : old - 1);
				LLVMFuzzerTestOneInput(seeds[s].bytes, seeds[s].length);
			}
			seeds[s].bytes[at] = old;
		}
}

/* Models of which some bytes are changed. */
TEST(models_changed_at_random)
{
	static const uint8_t bytes[] = {0, 1, 2, 3, 7, 127, 128, 255};
	MmlRandom	rng;

	mml_random_seed(&rng, 17);
	read_seeds();
	for (size_t s = 0; s < nseeds; s++)
		for (int i = 0; i < CHANGES; i++)
		{
			uint8_t		patch[5 + 1 + 12] = "patch";
			size_t		count = 1 + (size_t) mml_random_below(&rng, 4);

			patch[5] = (uint8_t) s;
			for (size_t k = 0; k < count; k++)
			{
				size_t		at = 92 + (size_t) mml_random_below(&rng, 3000);

				patch[6 + 3 * k] = (uint8_t) at;
				patch[7 + 3 * k] = (uint8_t) (at >> 8);
				patch[8 + 3 * k] = bytes[mml_random_below(&rng, 8)];
			}
			LLVMFuzzerTestOneInput(patch, 6 + 3 * count);
		}
}

/* Inputs that once went wrong, if any. */
TEST(files_kept)
{
	DIR		   *dir = opendir("test/fuzz/onnx_corpus");
	struct dirent *entry;

	while (dir != NULL && (entry = readdir(dir)) != NULL)
	{
		char		path[4096];
		size_t		length;
		char	   *bytes;

		snprintf(path, sizeof(path), "test/fuzz/onnx_corpus/%.200s", entry->d_name);
		bytes = entry->d_name[0] == '.' ? NULL : test_read_file(path, &length);
		if (bytes == NULL)
			continue;
		LLVMFuzzerTestOneInput((const uint8_t *) bytes, length);
		free(bytes);
	}
	if (dir != NULL)
		closedir(dir);
}

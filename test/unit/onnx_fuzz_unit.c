/*-------------------------------------------------------------------------
 *
 * onnx_fuzz_unit.c
 *	  Run the target of test/fuzz/onnx_fuzz.c over ONNX files that are cut or
 *	  changed, the same in every run, and over the files that were kept in
 *	  test/fuzz/onnx_corpus.
 *
 *-------------------------------------------------------------------------
 */
#include "unit.h"

#include "../fuzz/onnx_fuzz.c"
#include "../fuzz/replay.h"

#define CHANGES 400				/* of each file */

static void
keep_file(const char *name, uint8_t *bytes, size_t length)
{
	(void) name;
	keep_seed(bytes, length);
}

/* Every file as it is, and cut anywhere. */
TEST(files_cut)
{
	CHECK(take_script(keep_file) > 10);
	for (size_t s = 0; s < nseeds; s++)
		for (size_t length = 0; length <= seeds[s].length; length++)
			LLVMFuzzerTestOneInput(seeds[s].bytes, length);
	drop_seeds();
}

/* Every byte of a file 0, 127, 128, 255, and one more or less. */
TEST(files_changed_everywhere)
{
	static const int values[] = {0, 127, 128, 255};

	take_script(keep_file);
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
	drop_seeds();
}

/* Files that are changed and stay messages. */
TEST(files_changed_in_form)
{
	take_script(keep_file);
	for (size_t s = 0; s < nseeds; s++)
		replay_changes(seeds[s].bytes, seeds[s].length, (unsigned) s * 10007, CHANGES);
	drop_seeds();
}

/* A case of an operator, and two changes of it. */
static void
replay_case(const char *name, uint8_t *bytes, size_t length)
{
	(void) name;
	LLVMFuzzerTestOneInput(bytes, length);
	replay_changes(bytes, length, (unsigned) length, 2);
}

TEST(cases)
{
	if (replay_cases(replay_case) == 0)
		SKIP("no cases of the ONNX backend tests");
}

/* Inputs that once went wrong. */
TEST(files_kept)
{
	(void) replay_folder("test/fuzz/onnx_corpus");
}

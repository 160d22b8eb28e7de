/*-------------------------------------------------------------------------
 *
 * network_fuzz_unit.c
 *	  Run the target of test/fuzz/network_fuzz.c over models that are cut or
 *	  changed, the same in every run, and over the files that were kept in
 *	  test/fuzz/network_corpus.
 *
 *-------------------------------------------------------------------------
 */
#include "unit.h"

#include "../fuzz/network_fuzz.c"
#include "../fuzz/replay.h"

#define CHANGES 1500			/* of each model */

/* Keep the model of an ONNX file. */
static void
keep_network(const char *name, uint8_t *bytes, size_t length)
{
	MmlProblem	problem;
	TestModel	model = import_onnx((char *) bytes, length, FUZZ_FLOPS, FUZZ_MEMORY, &problem);

	(void) name;
	if (model.bytes != NULL)
		keep_seed(model.bytes, model.length);
	free(model.block);
}

/* Every model as it is, some being too large for a test, and cut at each byte. */
TEST(models_cut)
{
	size_t		sound = 0;

	take_script(keep_network);
	for (size_t s = 0; s < nseeds; s++)
	{
		TestModel	model = lay_model((char *) seeds[s].bytes, seeds[s].length);

		sound += use_model(&model);
		free(model.block);
		for (size_t length = 0; length < seeds[s].length; length++)
			LLVMFuzzerTestOneInput(seeds[s].bytes, length);
	}
	drop_seeds();
	CHECK(sound >= 10);
}

/* Numbers and texts of sections are changed, and how many there are. */
TEST(models_changed_in_form)
{
	take_script(keep_network);
	for (size_t s = 0; s < nseeds; s++)
		replay_changes(seeds[s].bytes, seeds[s].length, (unsigned) s * 10007, CHANGES);
	drop_seeds();
}

/* Bytes are changed anywhere behind the header. */
TEST(models_changed_by_bytes)
{
	static const uint8_t values[] = {0, 1, 2, 3, 7, 127, 128, 255};
	MmlRandom	rng;

	mml_random_seed(&rng, 17);
	take_script(keep_network);
	for (size_t s = 0; s < nseeds; s++)
		for (int i = 0; i < CHANGES; i++)
		{
			uint8_t    *changed = malloc(seeds[s].length);

			memcpy(changed, seeds[s].bytes, seeds[s].length);
			for (size_t k = 1 + (size_t) mml_random_below(&rng, 4); k > 0; k--)
				changed[92 + mml_random_below(&rng, seeds[s].length - 92)] =
					values[mml_random_below(&rng, sizeof(values))];
			LLVMFuzzerTestOneInput(changed, seeds[s].length);
			free(changed);
		}
	drop_seeds();
}

/* The model of a case of an operator, and two changes of it. */
static void
replay_case(const char *name, uint8_t *bytes, size_t length)
{
	MmlProblem	problem;
	TestModel	model = import_onnx((char *) bytes, length, FUZZ_FLOPS, FUZZ_MEMORY, &problem);

	(void) name;
	if (model.bytes != NULL)
	{
		(void) use_model(&model);
		replay_changes((uint8_t *) model.bytes, model.length, (unsigned) length, 2);
	}
	free(model.block);
}

TEST(cases)
{
	if (replay_cases(replay_case) == 0)
		SKIP("no cases of the ONNX backend tests");
}

/* Is a model sound that takes images (1,3,2,2) in this layout and scales so many channels? */
static bool
scales(size_t channels, int64_t layout)
{
	static const int64_t dims[] = {1, 3, 2, 2};
	MmlProblem	problem = {0};
	MmlHeap		heap;
	MmlGraph	graph = {.heap = &heap,.problem = &problem,.opset = MML_OPSET};
	MmlNode    *node;
	TestModel	model;
	bool		sound;

	mml_nn_heap_open(&heap, &test_room, FUZZ_MEMORY);
	graph.input = mml_nn_take(&graph, 1, sizeof(int));
	graph.output = mml_nn_take(&graph, 1, sizeof(int));
	graph.input[0] = mml_nn_add_value(&graph, mml_nn_text("x"), MML_VALUE_INPUT);
	graph.output[0] = mml_nn_add_value(&graph, mml_nn_text("y"), MML_VALUE_COMPUTED);
	(void) mml_tensor_set(&graph.value[graph.input[0]].tensor, MML_ELEMENT_F32, 4, dims);
	graph.inputs = graph.outputs = 1;
	node = mml_nn_add_node(&graph, mml_nn_text("Relu"), mml_nn_text(""), 1, 1, 0);
	node->input[0] = graph.input[0];
	node->output[0] = graph.output[0];
	graph.value[graph.output[0]].node = 0;
	scaled_channels = channels;
	scaled_layout = layout;
	model = write_network(&graph);
	scaled_channels = 1;
	scaled_layout = -1;
	sound = use_model(&model);
	free(model.block);
	mml_nn_heap_release(&heap);
	return sound;
}

/* Scales of more or fewer channels than images have are refused. */
TEST(channels)
{
	for (size_t channels = 1; channels <= 64; channels++)
	{
		CHECK(scales(channels, MML_LAYOUT_FLAT));
		CHECK(scales(channels, MML_LAYOUT_NCHW) == (channels == 1 || channels == 3));
		CHECK(scales(channels, MML_LAYOUT_NHWC) == (channels == 1 || channels == 2));
	}
}

/* Inputs that once went wrong. */
TEST(models_kept)
{
	(void) replay_folder("test/fuzz/network_corpus");
}

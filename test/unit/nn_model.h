/*-------------------------------------------------------------------------
 *
 * nn_model.h
 *	  Write networks as models without a server, and open them.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MML_NN_MODEL_H
#define MML_NN_MODEL_H

#include "envelope_writer.h"
#include "nn/network.h"
#include "nn/normalise.h"
#include "nn_room.h"

/* A model that lies as the server lays it: its data at multiples of 64. */
typedef struct TestModel
{
	char	   *block;
	char	   *bytes;
	size_t		length;
} TestModel;

/* Copy a model to such a place; of changed ones nothing is readable behind the end. */
static inline TestModel
lay_model(const char *bytes, size_t length)
{
	TestModel	model = {NULL, NULL, length};

	if (posix_memalign((void **) &model.block, 64, length + 4) != 0)
		abort();
	model.bytes = model.block + 4;
	memcpy(model.bytes, bytes, length);
	return model;
}

/* Channels that the next model is to scale, and its layout, or -1. */
static size_t scaled_channels = 1;
static int64_t scaled_layout = -1;

/* Write a graph as a model; NULL bytes where that cannot be. */
static inline TestModel
write_network(MmlGraph *graph)
{
	static const double ones[64] = {1, 1, 1, 1};
	static const double zeros[64];
	MmlFlatGraph flat;
	TestModel	model = {NULL, NULL, 0};
	char	   *bytes;
	size_t		length;

	if (!mml_nn_flatten(graph, &flat))
		return model;
	if (scaled_layout >= 0)
		flat.head[MML_HEAD_LAYOUT] = scaled_layout;
	{
		const TestSection sections[] = {
			{"head", MML_I64, 8, 1, MML_HEAD_COUNT, flat.head},
			{"values", MML_I64, 8, (size_t) flat.head[MML_HEAD_VALUES], MML_VALUE_COLUMNS, flat.values},
			{"nodes", MML_I32, 4, (size_t) flat.head[MML_HEAD_NODES], 3, flat.nodes},
			{"links", MML_I32, 4, flat.links, 1, flat.link},
			{"attributes", MML_I64, 8, (size_t) flat.head[MML_HEAD_ATTRIBUTES], MML_ATTRIBUTE_COLUMNS,
			flat.attributes},
			{"ints", MML_I64, 8, flat.ints, 1, flat.int_},
			{"floats", MML_F32, 4, flat.floats, 1, flat.float_},
			{"names", MML_U8, 1, flat.names, 1, flat.name},
			{"data", MML_U8, 1, flat.bytes, 1, flat.data},
			{"scale", MML_F64, 8, scaled_channels, 1, ones},
			{"offset", MML_F64, 8, scaled_channels, 1, zeros},
			{"labels", MML_U8, 1, 0, 1, ""},
		};

		bytes = write_envelope("network", sizeof(sections) / sizeof(sections[0]), sections, &length);
	}
	model = lay_model(bytes, length);
	free_model(bytes);
	return model;
}

/* Read an ONNX file and write it as a model; NULL bytes, and *problem, where that cannot be. */
static inline TestModel
import_onnx(const char *bytes, size_t length, double flops, size_t memory, MmlProblem *problem)
{
	MmlHeap		heap;
	MmlGraph	graph = {.heap = &heap,.problem = problem};
	MmlLimits	limits = {flops, memory};
	TestModel	model = {NULL, NULL, 0};

	memset(problem, 0, sizeof(MmlProblem));
	mml_nn_heap_open(&heap, &test_room, memory);
	if (mml_nn_read_onnx(&graph, bytes, length) && mml_nn_normalise(&graph) &&
		mml_nn_simplify(&graph, limits))
		model = write_network(&graph);
	mml_nn_heap_release(&heap);
	return model;
}

/* Put data into the inputs of a plan, and run it; what mml_nn_run() answers. */
static inline const char *
run_plan(MmlPlan *plan, const MmlTensor *inputs)
{
	for (int i = 0; i < plan->graph->inputs; i++)
	{
		MmlTensor  *to = &plan->tensor[plan->graph->input[i]];

		if (to->count > 0 && to->data != NULL)
			memcpy(to->data, inputs[i].data, to->count * mml_tensor_element_size(to->type));
	}
	return mml_nn_run(plan);
}

#endif							/* MML_NN_MODEL_H */

/*-------------------------------------------------------------------------
 *
 * nn_case.h
 *	  Run a case of the ONNX backend tests: a folder with model.onnx and
 *	  folders of inputs and outputs, *data_set_0/{input,output}_0.pb.
 *
 * The network goes the whole way: read, normalised, written as a model, opened
 * again, planned and run.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MML_NN_CASE_H
#define MML_NN_CASE_H

#include <dirent.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "nn_model.h"

typedef enum Verdict
{
	CASE_PASSED,
	CASE_FAILED,				/* a wrong answer */
	CASE_REFUSED				/* case_problem says why */
} Verdict;

static MmlProblem case_problem;
static char case_operator[64];	/* the first that is no Constant */

#define CASE_MOST 32			/* inputs or outputs */
#define CASE_MEMORY ((size_t) 1 << 30)

/* Read the tensors of a data set: name_0.pb and so on; -1 where one is refused. */
static int
read_tensors(MmlGraph *into, const char *folder, const char *name, MmlTensor *tensors)
{
	int			count = 0;
	char		path[8500];
	char	   *bytes;
	size_t		length;
	MmlText		label;

	for (; count < CASE_MOST; count++)
	{
		bool		read;

		snprintf(path, sizeof(path), "%s/%s_%d.pb", folder, name, count);
		bytes = test_read_file(path, &length);
		if (bytes == NULL)
			return count;
		read = mml_nn_read_tensor(into, bytes, length, &tensors[count], &label);
		free(bytes);
		if (!read)
			return -1;
	}
	return count;
}

/* Is a result what it must be? */
static bool
same_tensor(const MmlTensor *actual, const MmlTensor *expected, double rtol, double atol)
{
	bool		same = actual->type == expected->type && actual->rank == expected->rank;

	for (int d = 0; same && d < actual->rank; d++)
		same = actual->dims[d] == expected->dims[d];
	if (!same)
		printf("# another type or shape\n");
	for (size_t i = 0; same && i < actual->count; i++)
	{
		double		a = mml_nn_number(actual, i);
		double		b = mml_nn_number(expected, i);

		if (a == b || (isnan(a) && isnan(b)) || fabs(a - b) <= atol + rtol * fabs(b))
			continue;
		printf("# number %zu is %.9g, not %.9g\n", i, a, b);
		same = false;
	}
	return same;
}

/* Run a network on one data set. */
static Verdict
run_data_set(MmlNetwork *network, const char *folder, double rtol, double atol)
{
	const MmlGraph *graph = &network->graph;
	MmlHeap		heap;
	MmlGraph	data = {.heap = &heap,.problem = &case_problem};
	MmlTensor	inputs[CASE_MOST];
	MmlTensor	outputs[CASE_MOST];
	MmlPlan    *plan = NULL;
	Verdict		verdict = CASE_REFUSED;

	mml_nn_heap_open(&heap, &test_room, CASE_MEMORY);
	if (read_tensors(&data, folder, "input", inputs) < graph->inputs ||
		read_tensors(&data, folder, "output", outputs) != graph->outputs)
		mml_nn_fail(&case_problem, MML_FAULT_UNSUPPORTED, "data are not supported");
	else
	{
		plan = mml_nn_get_plan(network, inputs, -1);
		case_problem = network->problem;
	}
	if (plan != NULL)
	{
		verdict = run_plan(plan, inputs) == NULL ? CASE_PASSED : CASE_FAILED;
		for (int i = 0; i < graph->outputs && verdict == CASE_PASSED; i++)
			if (!same_tensor(&plan->tensor[graph->output[i]], &outputs[i], rtol, atol))
				verdict = CASE_FAILED;
	}
	mml_nn_heap_release(&heap);
	return verdict;
}

/* Note which operator a case is about. */
static void
name_operator(const char *bytes, size_t length)
{
	MmlProblem	problem = {0};
	MmlHeap		heap;
	MmlGraph	graph = {.heap = &heap,.problem = &problem};
	int			n = 0;

	strcpy(case_operator, "(unreadable)");
	mml_nn_heap_open(&heap, &test_room, CASE_MEMORY);
	if (mml_nn_read_onnx(&graph, bytes, length) && graph.nodes > 0)
	{
		while (n < graph.nodes - 1 && mml_nn_text_is(graph.node[n].type, "Constant"))
			n++;
		snprintf(case_operator, sizeof(case_operator), "%.*s", MML_SHOW(graph.node[n].type));
	}
	mml_nn_heap_release(&heap);
}

/* Open a model and run all data sets of a folder; most of them, or one. */
static Verdict
run_model(const TestModel *model, const char *folder, double rtol, double atol)
{
	MmlEnvelope env;
	MmlNetwork	network;
	MmlLimits	limits = {1e12, CASE_MEMORY};
	Verdict		verdict = CASE_FAILED;
	DIR		   *dir = opendir(folder);
	struct dirent *entry;
	char		path[8192];
	const char *wrong = mml_envelope_open(&env, model->bytes, model->length);

	if (wrong == NULL)
	{
		wrong = mml_nn_open(&network, &env, &test_room, limits);
		case_problem = network.problem;
		if (case_problem.fault == MML_FAULT_UNSUPPORTED)
			verdict = CASE_REFUSED;
		else if (wrong != NULL)
			printf("# cannot be opened: %s\n", wrong);
		else
			verdict = CASE_PASSED;
	}
	while (verdict == CASE_PASSED && (entry = readdir(dir)) != NULL)
		if (strstr(entry->d_name, "data_set") != NULL)
		{
			snprintf(path, sizeof(path), "%s/%.200s", folder, entry->d_name);
			verdict = run_data_set(&network, path, rtol, atol);
		}
	mml_nn_close(&network);
	closedir(dir);
	return verdict;
}

/* Run a case. */
static inline Verdict
run_case(const char *folder, double rtol, double atol)
{
	char		path[8192];
	size_t		length = 0;
	char	   *bytes;
	TestModel	model;
	Verdict		verdict = CASE_REFUSED;

	snprintf(path, sizeof(path), "%.4000s/model.onnx", folder);
	bytes = test_read_file(path, &length);
	if (bytes == NULL)
		return CASE_REFUSED;
	name_operator(bytes, length);
	model = import_onnx(bytes, length, 1e9, CASE_MEMORY, &case_problem);
	free(bytes);
	if (model.bytes != NULL)
		verdict = run_model(&model, folder, rtol, atol);
	free(model.block);
	return verdict;
}

#endif							/* MML_NN_CASE_H */

/*-------------------------------------------------------------------------
 *
 * nn_case.h
 *	  Run a case of the ONNX backend tests: a folder with model.onnx and
 *	  folders of inputs and outputs, *_data_set_0/{input,output}_0.pb.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MML_NN_CASE_H
#define MML_NN_CASE_H

#include <dirent.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "nn/normalise.h"
#include "nn/plan.h"
#include "nn_room.h"

typedef enum Verdict
{
	CASE_PASSED,
	CASE_FAILED,				/* a wrong answer */
	CASE_REFUSED				/* case_problem says why */
} Verdict;

static MmlProblem case_problem;

#define CASE_MOST 32			/* inputs or outputs */

/* Read the tensors of a data set: name_0.pb and so on. */
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

/* A number of a tensor. */
static double
number_of(const MmlTensor *t, size_t i)
{
	switch (t->type)
	{
		case MML_ELEMENT_F32:
			return (double) ((const float *) t->data)[i];
		case MML_ELEMENT_F64:
			return ((const double *) t->data)[i];
		case MML_ELEMENT_I64:
			return (double) ((const int64_t *) t->data)[i];
		case MML_ELEMENT_I32:
			return ((const int32_t *) t->data)[i];
		case MML_ELEMENT_I8:
			return ((const int8_t *) t->data)[i];
		default:
			return ((const uint8_t *) t->data)[i];
	}
}

/* Is a result what it must be? */
static bool
same_tensor(const MmlTensor *actual, const MmlTensor *expected, double rtol, double atol)
{
	if (actual->type != expected->type || actual->rank != expected->rank)
		return false;
	for (int d = 0; d < actual->rank; d++)
		if (actual->dims[d] != expected->dims[d])
			return false;
	for (size_t i = 0; i < actual->count; i++)
	{
		double		a = number_of(actual, i);
		double		b = number_of(expected, i);

		if (a == b || (isnan(a) && isnan(b)))
			continue;
		if (!(fabs(a - b) <= atol + rtol * fabs(b)))
		{
			printf("# number %zu is %.9g, not %.9g\n", i, a, b);
			return false;
		}
	}
	return true;
}

/* Run a graph on one data set. */
static Verdict
run_data_set(const MmlGraph *graph, const char *folder, double rtol, double atol)
{
	MmlHeap		heap;
	MmlGraph	data = {.heap = &heap,.problem = &case_problem};
	MmlTensor	inputs[CASE_MOST];
	MmlTensor	outputs[CASE_MOST];
	MmlLimits	limits = {1e12, (size_t) 1 << 30};
	MmlPlan		plan;
	Verdict		verdict = CASE_REFUSED;
	int			read;
	const char *fault;

	mml_nn_heap_open(&heap, &test_room, (size_t) 1 << 30);
	memset(&plan, 0, sizeof(plan));
	read = read_tensors(&data, folder, "input", inputs);
	if (read < graph->inputs || read_tensors(&data, folder, "output", outputs) != graph->outputs)
		mml_nn_fail(&case_problem, MML_FAULT_UNSUPPORTED, "data are not supported");
	else if (mml_nn_plan(&plan, graph, inputs, graph->outputs, graph->output, &test_room, limits,
						 &case_problem))
	{
		for (int i = 0; i < graph->inputs; i++)
			if (inputs[i].count > 0)
				memcpy(plan.tensor[graph->input[i]].data, inputs[i].data,
					   inputs[i].count * mml_tensor_element_size(inputs[i].type));
		fault = mml_nn_run(&plan);
		verdict = fault == NULL ? CASE_PASSED : CASE_FAILED;
		for (int i = 0; i < graph->outputs && verdict == CASE_PASSED; i++)
			if (!same_tensor(&plan.tensor[graph->output[i]], &outputs[i], rtol, atol))
				verdict = CASE_FAILED;
	}
	mml_nn_plan_release(&plan);
	mml_nn_heap_release(&heap);
	return verdict;
}

/* Run all data sets of a folder. */
static inline Verdict
run_case(const char *folder, double rtol, double atol)
{
	char		path[8192];
	size_t		length;
	char	   *bytes;
	MmlHeap		heap;
	MmlGraph	graph = {.heap = &heap,.problem = &case_problem};
	Verdict		verdict = CASE_REFUSED;
	DIR		   *dir = opendir(folder);
	struct dirent *entry;

	memset(&case_problem, 0, sizeof(case_problem));
	snprintf(path, sizeof(path), "%s/model.onnx", folder);
	bytes = test_read_file(path, &length);
	mml_nn_heap_open(&heap, &test_room, (size_t) 1 << 30);
	if (bytes != NULL && dir != NULL && mml_nn_read_onnx(&graph, bytes, length) &&
		mml_nn_normalise(&graph))
	{
		verdict = CASE_PASSED;
		while (verdict == CASE_PASSED && (entry = readdir(dir)) != NULL)
			if (strstr(entry->d_name, "data_set") != NULL)
			{
				snprintf(path, sizeof(path), "%s/%.200s", folder, entry->d_name);
				verdict = run_data_set(&graph, path, rtol, atol);
			}
	}
	if (dir != NULL)
		closedir(dir);
	mml_nn_heap_release(&heap);
	free(bytes);
	return verdict;
}

#endif							/* MML_NN_CASE_H */

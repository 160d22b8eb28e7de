/*-------------------------------------------------------------------------
 *
 * nn_use.h
 *	  Ask of a network what the server asks, and demand what it promises.
 *
 * Limits are small, so that what takes long or much is a finding: a run may
 * take FUZZ_FLOPS multiply-adds, and each plan FUZZ_MEMORY.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MML_NN_USE_H
#define MML_NN_USE_H

#include <math.h>
#include <stdint.h>

#include "nn_model.h"

#define FUZZ_MEMORY ((size_t) 16 << 20)
#define FUZZ_FLOPS 1e6
#define MOST_FUZZ_INPUTS 16
#define MOST_FUZZ_NUMBERS 4096	/* of all inputs, and of all outputs */

#define DEMAND(condition) \
	do { \
		if (!(condition)) \
		{ \
			fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition); \
			abort(); \
		} \
	} while (0)

/*
 * Number i of an input: first small whole ones, which may be shapes, axes and
 * indexes; then extremes.
 */
static double
fuzz_number(size_t i, int variant)
{
	static const double extremes[] = {
		-1, NAN, INFINITY, 1e300, -0.0, 2147483648.0, -INFINITY, 255, 1e-45, -9e18, 127.5
	};

	if (variant == 0)
		return (double) ((i + 1) % 4);
	return extremes[i % (sizeof(extremes) / sizeof(extremes[0]))];
}

/* Fill an input; what is whole is clamped, what is a truth is one. */
static void
fill_input(const MmlNetwork *network, MmlTensor *tensor, int variant)
{
	MmlNetwork	plain = *network;
	const double one = 1;
	const double zero = 0;

	plain.scaling = (MmlScaling)
	{
		1, &one, &zero
	};
	for (size_t i = 0; i < tensor->count; i++)
	{
		double		x = fuzz_number(i, variant);

		mml_nn_feed_f8(&plain, tensor, i, 1, &x);
	}
}

/* The outputs of a plan as bytes, for comparing; *length gets how many. */
static char *
keep_outputs(const MmlPlan *plan, size_t *length)
{
	char	   *kept;
	size_t		at = 0;

	*length = 0;
	for (int i = 0; i < plan->outputs; i++)
	{
		const MmlTensor *t = &plan->tensor[plan->output[i]];

		*length += t->count * mml_tensor_element_size(t->type);
	}
	kept = malloc(*length + 1);
	for (int i = 0; i < plan->outputs; i++)
	{
		const MmlTensor *t = &plan->tensor[plan->output[i]];
		size_t		bytes = t->count * mml_tensor_element_size(t->type);

		DEMAND(t->count == 0 || t->data != NULL);
		for (size_t k = 0; t->type == MML_ELEMENT_BOOL && k < t->count; k++)
			DEMAND(((const uint8_t *) t->data)[k] <= 1);
		if (bytes > 0)
			memcpy(kept + at, t->data, bytes);
		at += bytes;
	}
	return kept;
}

/* Run a plan on inputs that are filled so; twice, which must be the same. */
static void
run_filled(MmlNetwork *network, MmlPlan *plan, int variant)
{
	const MmlGraph *graph = &network->graph;
	const char *fault[2];
	char	   *kept[2];
	size_t		length[2];

	for (int k = 0; k < 2; k++)
	{
		for (int i = 0; i < graph->inputs; i++)
		{
			MmlTensor  *tensor = &plan->tensor[graph->input[i]];

			if (tensor->data != NULL)
				fill_input(network, tensor, variant);
		}
		fault[k] = mml_nn_run(plan);
		kept[k] = fault[k] == NULL ? keep_outputs(plan, &length[k]) : NULL;
	}
	DEMAND((fault[0] == NULL) == (fault[1] == NULL));
	DEMAND(fault[0] != NULL || (length[0] == length[1] && memcmp(kept[0], kept[1], length[0]) == 0));
	free(kept[0]);
	free(kept[1]);
}

/* The tensors of all inputs, dim in place of what is open; false: too many numbers. */
static bool
make_inputs(const MmlNetwork *network, MmlTensor *inputs, int64_t dim, int variant)
{
	const MmlGraph *graph = &network->graph;
	size_t		numbers = 0;

	for (int i = 0; i < graph->inputs; i++)
	{
		const MmlValue *value = &graph->value[graph->input[i]];

		inputs[i] = value->tensor;
		inputs[i].data = NULL;
		for (int d = 0; d < value->tensor.rank; d++)
			if ((value->symbolic >> d & 1) != 0)
				inputs[i].dims[d] = dim;
		if (!mml_tensor_set(&inputs[i], inputs[i].type, inputs[i].rank, inputs[i].dims) ||
			inputs[i].count > MOST_FUZZ_NUMBERS || (numbers += inputs[i].count) > MOST_FUZZ_NUMBERS)
			return false;
	}
	for (int i = 0; i < graph->inputs; i++)
	{
		if (posix_memalign(&inputs[i].data, 64, inputs[i].count * 8 + 64) != 0)
			abort();
		fill_input(network, &inputs[i], variant);
	}
	return true;
}

/* Give all inputs at once, as network_outputs does. */
static void
use_inputs(MmlNetwork *network, int64_t dim, int variant)
{
	MmlTensor	inputs[MOST_FUZZ_INPUTS] = {0};
	MmlPlan    *plan = NULL;

	if (network->graph.inputs > MOST_FUZZ_INPUTS)
		return;
	if (make_inputs(network, inputs, dim, variant))
		plan = mml_nn_get_plan(network, inputs, -1);
	if (plan != NULL)
		run_filled(network, plan, variant);
	for (int i = 0; i < network->graph.inputs; i++)
		free(inputs[i].data);
}

/* Feed rows as pixels and as numbers, as image_label and its kin do. */
static void
use_rows(MmlNetwork *network, size_t rows)
{
	uint8_t		pixels[MOST_FUZZ_NUMBERS] = {1, 2, 255};
	float		numbers[MOST_FUZZ_NUMBERS] = {1, -2, 0.5f};
	MmlPlan    *plan = mml_nn_plan_rows(network, rows, -1);
	const MmlTensor *output;
	MmlTensor  *input;

	if (plan == NULL)
		return;
	input = &plan->tensor[network->graph.input[0]];
	for (size_t r = 0; r < rows; r++)
		mml_nn_feed_u8(network, input, r * network->features, network->features, pixels);
	(void) mml_nn_run(plan);
	for (size_t r = 0; r < rows; r++)
		mml_nn_feed_f4(network, input, r * network->features, network->features, numbers);
	if (mml_nn_run(plan) != NULL || network->scored < 0)
		return;
	output = &plan->tensor[network->scored];
	if (network->classes < 1 || network->classes > MOST_FUZZ_NUMBERS ||
		output->count != rows * network->classes)
		return;
	for (size_t r = 0; r < rows; r++)
	{
		double		p[MOST_FUZZ_NUMBERS];

		mml_nn_proba(network, output, r, network->classes, p);
		mml_nn_read_f4(output, r * network->classes, network->classes, numbers);
	}
}

/* Rows that are found to be apart make as many numbers together as alone. */
static void
use_together(MmlNetwork *network)
{
	MmlPlan    *one = mml_nn_rows_apart(network, 3, -1) ? mml_nn_plan_rows(network, 1, -1) : NULL;
	size_t		count = one == NULL ? 0 : one->tensor[one->output[0]].count;
	MmlPlan    *three = count == 0 ? NULL : mml_nn_plan_rows(network, 3, -1);

	DEMAND(three == NULL || three->tensor[three->output[0]].count == 3 * count);
}

/* Everything at once, whatever it takes. */
static void
use_network(MmlNetwork *network)
{
	const MmlGraph *graph = &network->graph;

	for (int variant = 0; variant < 2; variant++)
	{
		use_inputs(network, 2, variant);
		use_inputs(network, 3, variant);
	}
	if (network->features == 0 || network->features > MOST_FUZZ_NUMBERS)
		return;
	use_rows(network, 1);
	if (network->batches)
	{
		use_rows(network, 3);
		use_together(network);
	}
	for (int v = 0; v < graph->values && v < 20; v++)
		if (graph->value[v].kind == MML_VALUE_COMPUTED && graph->value[v].node >= 0)
		{
			MmlPlan    *plan = mml_nn_plan_rows(network, 1, v);

			if (plan != NULL)
				run_filled(network, plan, 0);
		}
}

/* Open a model and use it; is it sound? */
static bool
use_model(const TestModel *model)
{
	MmlEnvelope env;
	MmlNetwork	network;
	MmlLimits	limits = {FUZZ_FLOPS, FUZZ_MEMORY};
	bool		sound;

	if (mml_envelope_open(&env, model->bytes, model->length) != NULL)
		return false;
	sound = mml_nn_open(&network, &env, &test_room, limits) == NULL;
	if (sound)
		use_network(&network);
	mml_nn_close(&network);
	return sound;
}

#endif							/* MML_NN_USE_H */

/*-------------------------------------------------------------------------
 *
 * walk_plan_unit.c
 *	  Tests of networks that are walked, against their plans.
 *
 * Any network becomes one by a Reshape of each input to a shape that is an
 * input, too: the whole of it is then walked, and must answer as its plan does,
 * byte for byte.
 *
 *-------------------------------------------------------------------------
 */
#include "unit.h"

#include "core/random.h"
#include "nn_case.h"

static MmlProblem problem;
static MmlRandom rng;
static int	compared;
static int	walked;

/* Make each input of a graph the Reshape of one to a shape that is an input. */
static void
delay_inputs(MmlGraph *late)
{
	int			inputs = late->inputs;
	int		   *input = mml_nn_take(late, 2 * (size_t) inputs, sizeof(int));

	for (int i = 0; i < inputs; i++)
	{
		int			to = late->input[i];
		int			from = mml_nn_add_value(late, mml_nn_text(""), MML_VALUE_INPUT);
		int			shape = mml_nn_add_value(late, mml_nn_text(""), MML_VALUE_INPUT);
		int64_t		rank = late->value[to].tensor.rank;
		MmlNode    *node = mml_nn_add_node(late, mml_nn_text("Reshape"), mml_nn_text("late"), 2, 1, 0);

		late->value[from].tensor = late->value[to].tensor;
		late->value[from].symbolic = late->value[to].symbolic;
		late->value[to].kind = MML_VALUE_COMPUTED;
		mml_tensor_set(&late->value[shape].tensor, MML_ELEMENT_I64, 1, &rank);
		node->op = mml_tensor_operator(node->type);
		node->input[0] = from;
		node->input[1] = shape;
		node->output[0] = to;
		input[i] = from;
		input[inputs + i] = shape;
	}
	late->input = input;
	late->inputs = 2 * inputs;
	CHECK(mml_nn_sort(late));
}

/* Read a network; its inputs late, or not. */
static bool
read_network(MmlGraph *network, MmlHeap *own, const char *bytes, size_t length, bool late)
{
	MmlLimits	limits = {1e9, CASE_MEMORY};

	memset(network, 0, sizeof(MmlGraph));
	memset(&problem, 0, sizeof(problem));
	mml_nn_heap_open(own, &test_room, CASE_MEMORY);
	network->heap = own;
	network->problem = &problem;
	if (!mml_nn_read_onnx(network, bytes, length) || !mml_nn_normalise(network))
		return false;
	if (!mml_nn_simplify(network, limits))
		return false;
	network->opset = MML_OPSET;
	if (late)
		delay_inputs(network);
	return true;
}

/* Make inputs for a network: random, of the shapes that it has. */
static void
invent_inputs(const MmlGraph *network, MmlTensor *inputs)
{
	for (int i = 0; i < network->inputs; i++)
	{
		const MmlValue *value = &network->value[network->input[i]];

		inputs[i] = value->tensor;
		for (int d = 0; d < value->tensor.rank; d++)
			if ((value->symbolic >> d & 1) != 0)
				inputs[i].dims[d] = 3;
		mml_tensor_set(&inputs[i], inputs[i].type, inputs[i].rank, inputs[i].dims);
		inputs[i].data = mml_nn_take((MmlGraph *) (uintptr_t) network, inputs[i].count + 1, 8);
		for (size_t j = 0; inputs[i].type == MML_ELEMENT_F32 && j < inputs[i].count; j++)
			((float *) inputs[i].data)[j] = (float) (3 * mml_random_unit(&rng) - 1);
	}
}

/* Are two tensors the same, to the bit? */
static bool
identical(const MmlTensor *a, const MmlTensor *b)
{
	return a->type == b->type && a->rank == b->rank &&
		memcmp(a->dims, b->dims, (size_t) a->rank * sizeof(int64_t)) == 0 &&
		(a->count == 0 || memcmp(a->data, b->data, a->count * mml_tensor_element_size(a->type)) == 0);
}

/* Plan a network for inputs of which only shapes are known. */
static bool
plan_network(MmlPlan *of, const MmlGraph *network, const MmlTensor *inputs)
{
	MmlLimits	limits = {1e12, CASE_MEMORY};
	MmlTensor	shapes[2 * CASE_MOST];

	memset(&problem, 0, sizeof(problem));
	for (int i = 0; i < network->inputs; i++)
	{
		shapes[i] = inputs[i];
		shapes[i].data = NULL;
	}
	return mml_nn_plan(of, network, shapes, network->outputs, network->output, &test_room, limits, &problem);
}

/* Run a network, on the data of a folder or of chance, planned and walked: the same must come of it. */
static void
compare(const char *name, const char *bytes, size_t length, const char *folder)
{
	MmlHeap		heaps[2];
	MmlGraph	networks[2];
	MmlPlan		plans[2] = {0};
	MmlTensor	inputs[2 * CASE_MOST];
	bool		read = read_network(&networks[0], &heaps[0], bytes, length, false);
	int			n = networks[0].inputs;

	memset(heaps + 1, 0, sizeof(MmlHeap));
	read = read && n < CASE_MOST && read_network(&networks[1], &heaps[1], bytes, length, true);
	if (read && folder == NULL)
		invent_inputs(&networks[0], inputs);
	else if (read)
		read = read_tensors(&networks[0], folder, "input", inputs) >= n;
	for (int i = 0; read && i < n; i++)
	{
		int64_t		rank = inputs[i].rank;

		mml_tensor_set(&inputs[n + i], MML_ELEMENT_I64, 1, &rank);
		inputs[n + i].data = inputs[i].dims;
	}
	if (read && plan_network(&plans[0], &networks[0], inputs) && run_plan(&plans[0], inputs) == NULL)
	{
		bool		ran = plan_network(&plans[1], &networks[1], inputs);

		for (int again = 0; ran && again < 2; again++)
			ran = run_plan(&plans[1], inputs) == NULL;
		for (int i = 0; ran && i < networks[0].outputs; i++)
			ran = identical(&plans[0].tensor[networks[0].output[i]], &plans[1].tensor[networks[1].output[i]]);
		if (!ran)
			printf("# %s: %s %s\n", name, problem.message, problem.detail);
		CHECK(ran);
		compared++;
		walked += plans[1].walk != NULL;
	}
	for (int i = 0; i < 2; i++)
	{
		mml_nn_plan_release(&plans[i]);
		mml_nn_heap_release(&heaps[i]);
	}
}

/* The networks of the regression test. */
TEST(own_networks)
{
	size_t		length;
	char	   *text = test_read_file("test/data/nn_models.sql", &length);
	char	   *at = text;

	CHECK(text != NULL);
	mml_random_seed(&rng, 1);
	compared = walked = 0;
	if (text != NULL)
		text[length] = '\0';
	while (at != NULL && (at = strstr(at, "'\\x")) != NULL)
	{
		char	   *file = at + 3;
		size_t		n = strspn(file, "0123456789abcdef") / 2;

		for (size_t i = 0; i < n; i++)
		{
			unsigned	byte = 0;

			(void) sscanf(file + 2 * i, "%2x", &byte);
			at[i] = (char) byte;
		}
		compare("own network", at, n, NULL);
		at = file + 2 * n;
	}
	free(text);
	CHECK(compared >= 12 && walked >= 10);
	CHECK(test_room_blocks == 0);
}

/* Networks that others have trained. */
TEST(real_networks)
{
	static const char *const names[] = {"mission_cnn_trained10k", "mnist-8", "mnist-opt-wonnx"};

	if (SHARED("data/onnx/models/mnist-8/model.onnx") == NULL)
		SKIP("no networks");
	compared = walked = 0;
	for (int i = 0; i < 3; i++)
	{
		char		path[4096];
		size_t		length;
		char	   *bytes;

		snprintf(path, sizeof(path), "%.2000s/data/onnx/models/%s/model.onnx", getenv("MML_SHARED"), names[i]);
		bytes = test_read_file(path, &length);
		CHECK(bytes != NULL);
		compare(names[i], bytes, length, NULL);
		free(bytes);
	}
	CHECK(compared == 3 && walked == 3);
	CHECK(test_room_blocks == 0);
}

/* The public backend tests of ONNX. */
TEST(conformance)
{
	const char *nodes = SHARED("data/onnx/debian-node-tests/node/test_relu/model.onnx");
	char		root[4096];
	char		path[8192];
	DIR		   *dir;
	struct dirent *entry;

	if (nodes == NULL)
		SKIP("no conformance tests");
	snprintf(root, sizeof(root), "%.2000s/data/onnx/debian-node-tests/node", getenv("MML_SHARED"));
	dir = opendir(root);
	compared = walked = 0;
	while (dir != NULL && (entry = readdir(dir)) != NULL)
	{
		size_t		length;
		char	   *bytes;

		snprintf(path, sizeof(path), "%.3000s/%.200s/model.onnx", root, entry->d_name);
		bytes = test_read_file(path, &length);
		if (bytes == NULL)
			continue;
		snprintf(path, sizeof(path), "%.3000s/%.200s/test_data_set_0", root, entry->d_name);
		compare(entry->d_name, bytes, length, path);
		free(bytes);
	}
	if (dir != NULL)
		closedir(dir);
	printf("# %d networks, %d of them walked\n", compared, walked);
	CHECK(compared >= 300 && walked >= 300);
	CHECK(test_room_blocks == 0);
}

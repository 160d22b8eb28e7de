/*-------------------------------------------------------------------------
 *
 * walk_unit.c
 *	  Tests of networks whose shapes only a run knows.
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

#define MEMORY ((size_t) 64 << 20)

static MmlHeap heap;
static MmlProblem problem;
static MmlGraph graph;
static MmlPlan plan;
static MmlRandom rng;

/* ------------------------------------------------------------------ graphs */

/* Begin a graph. */
static void
begin(void)
{
	memset(&problem, 0, sizeof(problem));
	memset(&graph, 0, sizeof(graph));
	memset(&plan, 0, sizeof(plan));
	mml_nn_heap_open(&heap, &test_room, MEMORY);
	graph.heap = &heap;
	graph.problem = &problem;
	graph.opset = MML_OPSET;
}

/* Give all back; nothing may be left. */
static void
end(void)
{
	mml_nn_plan_release(&plan);
	mml_nn_heap_release(&heap);
	CHECK(test_room_blocks == 0);
}

/* Append an input, whose dimensions are open. */
static int
add_input(const char *name, MmlElement type, int rank)
{
	static const int64_t ones[MML_RANK] = {1, 1, 1, 1, 1, 1, 1, 1};
	int			v = mml_nn_add_value(&graph, mml_nn_text(name), MML_VALUE_INPUT);
	int		   *input = mml_nn_take(&graph, (size_t) graph.inputs + 1, sizeof(int));

	mml_tensor_set(&graph.value[v].tensor, type, rank, ones);
	graph.value[v].symbolic = (1u << rank) - 1;
	if (graph.inputs > 0)
		memcpy(input, graph.input, (size_t) graph.inputs * sizeof(int));
	input[graph.inputs++] = v;
	graph.input = input;
	return v;
}

/* Append a node of one output; -1 as an input: there is none. */
static int
add_node(const char *type, int a, int b, int c)
{
	int			links[3] = {a, b, c};
	int			inputs = c >= 0 ? 3 : b >= 0 ? 2 : 1;
	int			out = mml_nn_add_value(&graph, mml_nn_text(type), MML_VALUE_COMPUTED);
	MmlNode    *node = mml_nn_add_node(&graph, mml_nn_text(type), mml_nn_text(type), inputs, 1, 0);

	node->op = mml_tensor_operator(node->type);
	memcpy(node->input, links, (size_t) inputs * sizeof(int));
	node->output[0] = out;
	return out;
}

/* A constant list of int64. */
static int
add_list(int n, const int64_t *numbers)
{
	int64_t		dim = n;

	return mml_nn_add_constant(&graph, mml_nn_text(""), MML_ELEMENT_I64, 1, &dim, numbers);
}

/* Plan a graph of one output for inputs of which only shapes are known. */
static bool
make_plan(int output, const MmlTensor *inputs, double flops, size_t memory)
{
	MmlLimits	limits = {flops, memory};

	graph.output = mml_nn_take(&graph, 1, sizeof(int));
	graph.output[0] = output;
	graph.outputs = 1;
	mml_nn_count_uses(&graph);
	return mml_nn_plan(&plan, &graph, inputs, 1, graph.output, &test_room, limits, &problem);
}

/* Put data into the inputs of a plan, and run it. */
static const char *
run_on(MmlPlan *on, const MmlTensor *inputs)
{
	for (int i = 0; i < on->graph->inputs; i++)
	{
		MmlTensor  *to = &on->tensor[on->graph->input[i]];

		if (to->count > 0 && to->data != NULL)
			memcpy(to->data, inputs[i].data, to->count * mml_tensor_element_size(to->type));
	}
	return mml_nn_run(on);
}

/* --------------------------------------------------------------- late nodes */

/* What is above 0 is picked, and doubled: other numbers, another shape. */
TEST(compress)
{
	float		x[6];
	MmlTensor	in = {.type = MML_ELEMENT_F32,.rank = 1,.dims = {6},.count = 6};
	float		zero = 0;
	int			v;

	begin();
	v = add_input("x", MML_ELEMENT_F32, 1);
	v = add_node("Compress", v, add_node("Greater", v, mml_nn_add_constant(&graph, mml_nn_text(""), MML_ELEMENT_F32, 0,
																		   NULL, &zero), -1), -1);
	v = add_node("Add", v, v, -1);
	CHECK(make_plan(v, &in, 1e6, MEMORY));
	CHECK(plan.walk != NULL && plan.late[v] && plan.steps == 1);
	in.data = x;
	for (int mask = 0; mask < 64; mask++)
	{
		int			found = 0;

		for (int i = 0; i < 6; i++)
			x[i] = (float) ((mask >> i & 1) != 0 ? i + 1 : -i);
		CHECK(run_on(&plan, &in) == NULL);
		for (int i = 0; i < 6; i++)
			if ((mask >> i & 1) != 0)
				CHECK(((const float *) plan.tensor[v].data)[found++] == (float) (2 * (i + 1)));
		CHECK(plan.tensor[v].rank == 1 && plan.tensor[v].dims[0] == found && plan.tensor[v].count == (size_t) found);
	}
	end();
}

/* What numbers make too large is refused with its size, and the next run works. */
TEST(explode)
{
	static const int64_t ones[1] = {1};
	int64_t		shape[2] = {3, 5};
	MmlTensor	in = {.type = MML_ELEMENT_I64,.rank = 1,.dims = {2},.count = 2};
	int			v;
	int			sum;

	begin();
	v = add_input("s", MML_ELEMENT_I64, 1);
	sum = add_node("Expand", add_list(1, ones), v, -1);
	sum = add_node("Add", sum, sum, -1);
	CHECK(make_plan(sum, &in, 1e6, 1 << 20));
	in.data = shape;
	CHECK(run_on(&plan, &in) == NULL);
	CHECK(plan.tensor[sum].dims[0] == 3 && plan.tensor[sum].dims[1] == 5);
	shape[0] = (int64_t) 1 << 40;
	shape[1] = 2;
	CHECK(run_on(&plan, &in) != NULL);
	CHECK(problem.fault == MML_FAULT_LIMIT && strstr(problem.message, "2199023255552") != NULL);
	shape[0] = 100000;
	CHECK(run_on(&plan, &in) != NULL);
	CHECK(problem.fault == MML_FAULT_LIMIT && strstr(problem.message, "200000") != NULL);
	shape[0] = INT64_MAX;
	CHECK(run_on(&plan, &in) != NULL);
	CHECK(problem.fault == MML_FAULT_BROKEN);
	shape[0] = -3;
	CHECK(run_on(&plan, &in) != NULL);
	CHECK(problem.fault == MML_FAULT_BROKEN && strstr(problem.message, "Expand") != NULL);
	shape[0] = 4;
	CHECK(run_on(&plan, &in) == NULL);
	CHECK(plan.tensor[sum].dims[0] == 4 && ((const int64_t *) plan.tensor[sum].data)[7] == 2);
	end();
}

/* Late nodes count as others do: a loop of numbers passes the limit of work. */
TEST(work)
{
	float		limit = 900;
	float		numbers[2] = {0, 1};
	MmlTensor	in = {.type = MML_ELEMENT_F32,.rank = 0,.count = 1};
	int			v;

	begin();
	v = add_input("x", MML_ELEMENT_F32, 0);
	v = add_node("Range", mml_nn_add_constant(&graph, mml_nn_text(""), MML_ELEMENT_F32, 0, NULL, &numbers[0]), v,
				 mml_nn_add_constant(&graph, mml_nn_text(""), MML_ELEMENT_F32, 0, NULL, &numbers[1]));
	v = add_node("Exp", v, -1, -1);
	CHECK(make_plan(v, &in, 20000, MEMORY));
	in.data = &limit;
	for (int i = 0; i < 50; i++)
		CHECK(run_on(&plan, &in) == NULL);
	CHECK(plan.tensor[v].count == 900);
	limit = 30000;
	CHECK(run_on(&plan, &in) != NULL);
	CHECK(problem.fault == MML_FAULT_LIMIT && strstr(problem.message, "multiply-adds") != NULL);
	limit = NAN;
	CHECK(run_on(&plan, &in) != NULL);
	end();
}

/* A fault of the data stops the walk, and says where. */
TEST(fault)
{
	int64_t		list[4] = {5, 6, 7, 8};
	int64_t		x[2] = {0, 3};
	MmlTensor	in = {.type = MML_ELEMENT_I64,.rank = 1,.dims = {2},.count = 2,.data = NULL};
	int			v;

	begin();
	v = add_input("x", MML_ELEMENT_I64, 1);
	v = add_node("NonZero", v, -1, -1);
	v = add_node("Mul", v, add_list(1, list), -1);
	v = add_node("Gather", add_list(4, list), v, -1);
	CHECK(make_plan(v, &in, 1e6, MEMORY));
	in.data = x;
	CHECK(run_on(&plan, &in) != NULL);
	CHECK(problem.fault == MML_FAULT_BROKEN && strstr(problem.message, "Gather") != NULL);
	x[0] = 1;
	x[1] = 0;
	CHECK(run_on(&plan, &in) == NULL);
	CHECK(plan.tensor[v].count == 1 && ((const int64_t *) plan.tensor[v].data)[0] == 5);
	end();
}

/* A late node takes over work of those behind it, and gives it back where shapes forbid. */
TEST(fuse)
{
	static const int64_t dims[2] = {2, 2};
	static const float weights[4] = {1, -1, 2, 3};
	static const float row[2] = {-4, 5};
	float		x[4] = {1, 2, 3, 4};
	int64_t		shape[3] = {2, 2, 1};
	MmlTensor	in[2] = {{.type = MML_ELEMENT_F32,.rank = 1,.dims = {4},.count = 4},
	{.type = MML_ELEMENT_I64,.rank = 1,.dims = {2},.count = 2}};
	static const float expected[4] = {1, 10, 7, 14};
	int			v;

	begin();
	v = add_input("x", MML_ELEMENT_F32, 1);
	v = add_node("Reshape", v, add_input("s", MML_ELEMENT_I64, 1), -1);
	v = add_node("MatMul", v, mml_nn_add_constant(&graph, mml_nn_text(""), MML_ELEMENT_F32, 2, dims, weights), -1);
	v = add_node("Add", v, mml_nn_add_constant(&graph, mml_nn_text(""), MML_ELEMENT_F32, 1, dims, row), -1);
	v = add_node("Relu", v, -1, -1);
	CHECK(make_plan(v, in, 1e6, MEMORY));
	in[0].data = x;
	in[1].data = shape;
	for (int turn = 0; turn < 3; turn++)
	{
		const MmlTensor *out = &plan.tensor[v];

		shape[0] = turn == 1 ? 1 : 2;
		shape[1] = 2;
		CHECK(run_on(&plan, in) == (turn == 1 ? plan.problem->message : NULL));
		CHECK(mml_nn_text_is(plan.node[1].type, "Gemm"));
		CHECK(turn == 1 || (out->rank == 2 && out->count == 4 && memcmp(out->data, expected, sizeof(expected)) == 0));
	}
	mml_nn_plan_release(&plan);
	in[1].data = NULL;
	in[1].dims[0] = 3;
	in[1].count = 3;
	CHECK(make_plan(v, in, 1e6, MEMORY));
	in[1].data = shape;
	shape[0] = 1;
	shape[2] = 2;
	CHECK(run_on(&plan, in) == NULL);
	CHECK(mml_nn_text_is(plan.node[1].type, "MatMul") && plan.tensor[v].rank == 3);
	CHECK(memcmp(plan.tensor[v].data, expected, sizeof(expected)) == 0);
	end();
}

/* Of equal numbers one, sorted; how many there are is told by them. */
TEST(unique)
{
	float		x[7] = {3, 1, NAN, 3, -2, 1, 3};
	static const float expected[3] = {-2, 1, 3};
	MmlTensor	in = {.type = MML_ELEMENT_F32,.rank = 1,.dims = {7},.count = 7};
	int			v;

	begin();
	v = add_node("Unique", add_input("x", MML_ELEMENT_F32, 1), -1, -1);
	CHECK(make_plan(v, &in, 1e6, MEMORY));
	in.data = x;
	CHECK(run_on(&plan, &in) == NULL);
	CHECK(plan.tensor[v].count == 4 && plan.tensor[v].dims[0] == 4 &&
		  memcmp(plan.tensor[v].data, expected, sizeof(expected)) == 0);
	x[2] = -2;
	CHECK(run_on(&plan, &in) == NULL);
	CHECK(plan.tensor[v].count == 3 && memcmp(plan.tensor[v].data, expected, sizeof(expected)) == 0);
	end();
}

/* ------------------------------------------------------ walked, and planned */

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
	if (read && plan_network(&plans[0], &networks[0], inputs) && run_on(&plans[0], inputs) == NULL)
	{
		bool		ran = plan_network(&plans[1], &networks[1], inputs);

		for (int again = 0; ran && again < 2; again++)
			ran = run_on(&plans[1], inputs) == NULL;
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
	CHECK(compared >= 500 && walked >= 450);
	CHECK(test_room_blocks == 0);
}

/*-------------------------------------------------------------------------
 *
 * walk_unit.c
 *	  Tests of networks whose shapes only a run knows.
 *
 *-------------------------------------------------------------------------
 */
#include "unit.h"

#include "nn_model.h"

#define MEMORY ((size_t) 64 << 20)

static MmlHeap heap;
static MmlProblem problem;
static MmlGraph graph;
static MmlPlan plan;

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
		CHECK(run_plan(&plan, &in) == NULL);
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
	CHECK(run_plan(&plan, &in) == NULL);
	CHECK(plan.tensor[sum].dims[0] == 3 && plan.tensor[sum].dims[1] == 5);
	shape[0] = (int64_t) 1 << 40;
	shape[1] = 2;
	CHECK(run_plan(&plan, &in) != NULL);
	CHECK(problem.fault == MML_FAULT_LIMIT && strstr(problem.message, "2199023255552") != NULL);
	shape[0] = 100000;
	CHECK(run_plan(&plan, &in) != NULL);
	CHECK(problem.fault == MML_FAULT_LIMIT && strstr(problem.message, "200000") != NULL);
	shape[0] = INT64_MAX;
	CHECK(run_plan(&plan, &in) != NULL);
	CHECK(problem.fault == MML_FAULT_BROKEN);
	shape[0] = -3;
	CHECK(run_plan(&plan, &in) != NULL);
	CHECK(problem.fault == MML_FAULT_BROKEN && strstr(problem.message, "Expand") != NULL);
	shape[0] = 4;
	CHECK(run_plan(&plan, &in) == NULL);
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
		CHECK(run_plan(&plan, &in) == NULL);
	CHECK(plan.tensor[v].count == 900);
	limit = 30000;
	CHECK(run_plan(&plan, &in) != NULL);
	CHECK(problem.fault == MML_FAULT_LIMIT && strstr(problem.message, "multiply-adds") != NULL);
	limit = NAN;
	CHECK(run_plan(&plan, &in) != NULL);
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
	CHECK(run_plan(&plan, &in) != NULL);
	CHECK(problem.fault == MML_FAULT_BROKEN && strstr(problem.message, "Gather") != NULL);
	x[0] = 1;
	x[1] = 0;
	CHECK(run_plan(&plan, &in) == NULL);
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
		CHECK(run_plan(&plan, in) == (turn == 1 ? plan.problem->message : NULL));
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
	CHECK(run_plan(&plan, in) == NULL);
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
	CHECK(run_plan(&plan, &in) == NULL);
	CHECK(plan.tensor[v].count == 4 && plan.tensor[v].dims[0] == 4 &&
		  memcmp(plan.tensor[v].data, expected, sizeof(expected)) == 0);
	x[2] = -2;
	CHECK(run_plan(&plan, &in) == NULL);
	CHECK(plan.tensor[v].count == 3 && memcmp(plan.tensor[v].data, expected, sizeof(expected)) == 0);
	end();
}

/*-------------------------------------------------------------------------
 *
 * nn_unit.c
 *	  Tests of networks: reading ONNX, planning, running.
 *
 *-------------------------------------------------------------------------
 */
#include "unit.h"

#include "nn_case.h"

/* Networks with answers that another runtime has given. */
static void
check_model(const char *name, double rtol, double atol)
{
	char		folder[4096];
	Verdict		verdict;

	if (SHARED("data/onnx/models/mnist-8/model.onnx") == NULL)
		SKIP("no networks");
	snprintf(folder, sizeof(folder), "%s/data/onnx/models/%s", getenv("MML_SHARED"), name);
	verdict = run_case(folder, rtol, atol);
	if (verdict != CASE_PASSED)
		printf("# %s: %s %s\n", name, case_problem.message, case_problem.detail);
	CHECK(verdict == CASE_PASSED);
	CHECK(test_room_blocks == 0);
}

TEST(mission)
{
	check_model("mission_cnn_trained10k", 1e-3, 1e-4);
}

TEST(mnist)
{
	check_model("mnist-8", 1e-3, 1e-4);
}

TEST(mnist_opt)
{
	check_model("mnist-opt-wonnx", 1e-3, 1e-4);
}

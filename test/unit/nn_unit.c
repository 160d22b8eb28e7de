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

/* ----------------------------------------------------------- conformance */

/* What has come of the tests of an operator. */
typedef struct Tally
{
	char		name[64];
	int			count[3];
} Tally;

#define MOST_TALLIES 512

static Tally tallies[MOST_TALLIES];
static int	ntallies;

/* The tally of an operator, or the last one where there are too many. */
static Tally *
find_tally(const char *name)
{
	int			i = 0;

	while (i < ntallies && strcmp(tallies[i].name, name) != 0)
		i++;
	if (i == ntallies && ntallies < MOST_TALLIES - 1)
		snprintf(tallies[ntallies++].name, sizeof(tallies[0].name), "%.60s", name);
	return &tallies[i];
}

/* Run all cases in the folders of a folder; how many answered wrong. */
static int
run_folder(const char *folder)
{
	static const char *const words[] = {"passed", "WRONG", "refused"};
	DIR		   *dir = opendir(folder);
	struct dirent *entry;
	int			wrong = 0;

	while (dir != NULL && (entry = readdir(dir)) != NULL)
	{
		char		path[8192];
		Verdict		verdict;

		if (entry->d_name[0] == '.')
			continue;
		snprintf(path, sizeof(path), "%s/%.200s", folder, entry->d_name);
		verdict = run_case(path, 1e-3, 1e-6);
		find_tally(case_operator)->count[verdict]++;
		if (verdict == CASE_FAILED || getenv("MML_VERBOSE") != NULL)
			printf("# %s %s: %s %s\n", words[verdict], entry->d_name, case_problem.message,
				   case_problem.detail);
		wrong += verdict == CASE_FAILED;
	}
	if (dir != NULL)
		closedir(dir);
	return wrong;
}

/* Alphabetically. */
static int
compare_tallies(const void *a, const void *b)
{
	return strcmp(((const Tally *) a)->name, ((const Tally *) b)->name);
}

/*
 * The public backend tests of ONNX: none may be answered wrong.  MML_VERBOSE
 * prints each.
 */
TEST(conformance)
{
	static const char *const groups[] = {"node", "pytorch-converted", "pytorch-operator"};
	char		root[4096];
	int			wrong = 0;
	int			sum[3] = {0, 0, 0};

	if (SHARED("data/onnx/debian-node-tests/COPYRIGHT") == NULL)
		SKIP("no conformance tests");
	for (int i = 0; i < 3; i++)
	{
		snprintf(root, sizeof(root), "%.2000s/data/onnx/debian-node-tests/%s", getenv("MML_SHARED"),
				 groups[i]);
		wrong += run_folder(root);
	}
	qsort(tallies, (size_t) ntallies, sizeof(Tally), compare_tallies);
	for (int i = 0; i < ntallies; i++)
	{
		if (tallies[i].count[CASE_REFUSED] > 0)
			printf("# %-24s %3d passed %3d refused\n", tallies[i].name,
				   tallies[i].count[CASE_PASSED], tallies[i].count[CASE_REFUSED]);
		for (int j = 0; j < 3; j++)
			sum[j] += tallies[i].count[j];
	}
	printf("# conformance: %d passed, %d wrong, %d refused\n", sum[0], sum[1], sum[2]);
	CHECK(wrong == 0);
	CHECK(test_room_blocks == 0);
}

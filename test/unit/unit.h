/*-------------------------------------------------------------------------
 *
 * unit.h
 *	  Tests of kernels without a server, as small as they can be.
 *
 * A file test/unit/<name>_unit.c includes this once, says TEST(name) { ... }
 * for each case, and is a program: `make unitcheck` builds it with every
 * kernel under the sanitizers, and runs it.  A case passes if no CHECK in it
 * fails; a failed CHECK leaves the case.  Its last line counts the cases.
 *
 *	  TEST(sum_of_nothing)
 *	  {
 *		  CHECK(mml_core_sum(0, NULL) == 0);
 *		  CHECK_NEAR(mml_core_sum(2, x), 0.3, 1e-15);
 *	  }
 *
 * SHARED("data/file") is the path of private data, or NULL where it is
 * absent: then say SKIP("why").
 *
 *-------------------------------------------------------------------------
 */
#ifndef MML_UNIT_H
#define MML_UNIT_H

#include <math.h>
#include <setjmp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct UnitTest
{
	const char *name;
	void		(*run) (void);
	struct UnitTest *next;
} UnitTest;

typedef enum UnitResult
{
	UNIT_PASSED,
	UNIT_FAILED,
	UNIT_SKIPPED
} UnitResult;

static UnitTest *unit_first;
static UnitTest **unit_last = &unit_first;
static jmp_buf unit_end;

/* Defines a case and adds it to the list, in the order of the file. */
#define TEST(test_name) \
	static void test_##test_name(void); \
	static UnitTest unit_##test_name = {#test_name, test_##test_name, NULL}; \
	__attribute__((constructor)) static void \
	add_##test_name(void) \
	{ \
		*unit_last = &unit_##test_name; \
		unit_last = &unit_##test_name.next; \
	} \
	static void \
	test_##test_name(void)

#define CHECK(condition) \
	do { \
		if (!(condition)) \
		{ \
			printf("# %s:%d: %s\n", __FILE__, __LINE__, #condition); \
			longjmp(unit_end, UNIT_FAILED); \
		} \
	} while (0)

/* Both are equal within tol; a NaN is near nothing. */
#define CHECK_NEAR(actual, expected, tol) \
	do { \
		double		unit_actual = (double) (actual); \
		double		unit_expected = (double) (expected); \
		\
		if (!(fabs(unit_actual - unit_expected) <= (tol))) \
		{ \
			printf("# %s:%d: %s is %.17g, not %.17g\n", __FILE__, __LINE__, \
				   #actual, unit_actual, unit_expected); \
			longjmp(unit_end, UNIT_FAILED); \
		} \
	} while (0)

#define SKIP(why) \
	do { \
		printf("# skipped: %s\n", why); \
		longjmp(unit_end, UNIT_SKIPPED); \
	} while (0)

#define SHARED(file) unit_shared(file)

/*
 * The path of a file of private data; NULL where it cannot be read.
 */
static inline const char *
unit_shared(const char *file)
{
	static char path[4096];
	const char *shared = getenv("MML_SHARED");
	FILE	   *f;

	if (shared == NULL)
		return NULL;
	snprintf(path, sizeof(path), "%s/%s", shared, file);
	f = fopen(path, "r");
	if (f == NULL)
		return NULL;
	fclose(f);
	return path;
}

/*
 * Runs the cases, or those named as arguments.
 */
int
main(int argc, char **argv)
{
	static const char *const words[] = {"ok", "not ok", "skipped"};
	int			count[3] = {0, 0, 0};

	for (UnitTest *volatile test = unit_first; test != NULL; test = test->next)
	{
		volatile bool wanted = argc < 2;
		int			result;

		for (int i = 1; i < argc; i++)
			wanted = wanted || strcmp(argv[i], test->name) == 0;
		if (!wanted)
			continue;
		result = setjmp(unit_end);
		if (result == UNIT_PASSED)
			test->run();
		count[result]++;
		printf("%s %s\n", words[result], test->name);
		fflush(stdout);
	}
	printf("%d passed, %d failed, %d skipped\n",
		   count[UNIT_PASSED], count[UNIT_FAILED], count[UNIT_SKIPPED]);
	return count[UNIT_FAILED] > 0;
}

#endif							/* MML_UNIT_H */

/*-------------------------------------------------------------------------
 *
 * seeds.c
 *	  Write what targets begin with: ONNX files for onnx, their models for
 *	  network.
 *
 *		seeds onnx|network FOLDER
 *
 *-------------------------------------------------------------------------
 */
#include "nn_seeds.h"
#include "nn_use.h"

static const char *into;
static size_t written;

static void
write_seed(const char *name, const void *bytes, size_t length)
{
	char		path[4400];
	FILE	   *f;

	snprintf(path, sizeof(path), "%.4000s/%.300s", into, name);
	f = fopen(path, "wb");
	if (f == NULL || fwrite(bytes, 1, length, f) != length || fclose(f) != 0)
	{
		perror(path);
		exit(1);
	}
	written++;
}

static void
take_onnx(const char *name, uint8_t *bytes, size_t length)
{
	write_seed(name, bytes, length);
}

static void
take_network(const char *name, uint8_t *bytes, size_t length)
{
	MmlProblem	problem;
	TestModel	model = import_onnx((char *) bytes, length, FUZZ_FLOPS, FUZZ_MEMORY, &problem);

	if (model.bytes != NULL)
		write_seed(name, model.bytes, model.length);
	free(model.block);
}

int
main(int argc, char **argv)
{
	TakeSeed	take;
	char		shared[4400] = "";

	if (argc != 3)
		return 1;
	into = argv[2];
	take = strcmp(argv[1], "onnx") == 0 ? take_onnx : take_network;
	take_script(take);
	take_cases(ONNX_CASES, take);
	if (getenv("MML_SHARED") != NULL)
		snprintf(shared, sizeof(shared), "%.4000s/data/onnx", getenv("MML_SHARED"));
	take_cases(shared, take);
	printf("%zu seeds\n", written);
	return 0;
}

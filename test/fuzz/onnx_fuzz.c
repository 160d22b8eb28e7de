/*-------------------------------------------------------------------------
 *
 * onnx_fuzz.c
 *	  Hostile networks: the reader of ONNX files, and models of kind "network"
 *	  with all that comes behind: verifying, planning, running.
 *
 * A target of libFuzzer.  By hand, a minute or more, from the top directory:
 *
 *		clang -g -O1 -fsanitize=fuzzer,address,undefined -DMML_STANDALONE \
 *			-Isrc -Itest/unit -o /tmp/fuzz test/fuzz/onnx_fuzz.c \
 *			-isystem /usr/include/$(gcc -print-multiarch)/openblas-serial \
 *			src/core/{envelope,numbers,hash,sort}.c src/linalg/[a-z]*.c \
 *			$(ls src/nn/[a-z]*.c | grep -v -e _sql -e _pg) src/tensor/[a-z]*.c \
 *			/usr/lib/$(gcc -print-multiarch)/openblas-serial/libopenblas.a -lm
 *		mkdir /tmp/found && cp <some ONNX files> /tmp/found
 *		/tmp/fuzz -max_len=8192 -max_total_time=600 -timeout=20 /tmp/found
 *
 * An input that begins with "patch" changes a sound model: behind the word
 * come the number of a network of test/data/nn_models.sql and changes, each an
 * offset of two bytes and a byte.  Any other input is an ONNX file; where it is
 * sound it becomes a model, which is opened and run.
 *
 *-------------------------------------------------------------------------
 */
#include <ctype.h>
#include <stdint.h>

#include "nn_model.h"

#define FUZZ_MEMORY ((size_t) 16 << 20)
#define FUZZ_FLOPS 1e6
#define MOST_SEEDS 64

extern int	LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* ONNX files of test/data/nn_models.sql. */
typedef struct Seed
{
	uint8_t    *bytes;
	size_t		length;
} Seed;

static Seed seeds[MOST_SEEDS];
static size_t nseeds;

/* The value of a hexadecimal digit. */
static int
digit(char c)
{
	return isdigit((unsigned char) c) ? c - '0' : c - 'a' + 10;
}

/* Read all files that a script of INSERTs holds, as '\x...'. */
static void
read_seeds(void)
{
	size_t		length;
	char	   *text = nseeds > 0 ? NULL : test_read_file("test/data/nn_models.sql", &length);
	char	   *at = text;

	if (text == NULL)
		return;
	text[length] = '\0';
	while (nseeds < MOST_SEEDS && (at = strstr(at, "'\\x")) != NULL)
	{
		size_t		n = 0;

		at += 3;
		while (isxdigit((unsigned char) at[n]))
			n++;
		seeds[nseeds].length = n / 2;
		seeds[nseeds].bytes = malloc(n / 2 + 1);
		for (size_t i = 0; i < n / 2; i++)
			seeds[nseeds].bytes[i] = (uint8_t) (16 * digit(at[2 * i]) + digit(at[2 * i + 1]));
		nseeds++;
	}
	free(text);
}

/* Ask a network what the server asks of it. */
static void
use_network(MmlNetwork *network)
{
	const MmlGraph *graph = &network->graph;
	uint8_t		pixels[64] = {1, 2, 255};

	for (size_t rows = 1; network->features > 0 && network->features < 1000 && rows <= 3; rows += 2)
	{
		MmlPlan    *plan = rows > 1 && !network->batches ? NULL : mml_nn_plan_rows(network, rows, -1);

		if (plan == NULL)
			continue;
		if (network->features <= sizeof(pixels))
			for (size_t r = 0; r < rows; r++)
				mml_nn_feed_u8(network, &plan->tensor[graph->input[0]], r * network->features,
							   network->features, pixels);
		(void) mml_nn_run(plan);
	}
	for (int v = 0; v < graph->values && v < 20; v++)
		if (network->features > 0 && graph->value[v].kind == MML_VALUE_COMPUTED &&
			graph->value[v].node >= 0)
		{
			MmlPlan    *plan = mml_nn_plan_rows(network, 1, v);

			if (plan != NULL)
				(void) mml_nn_run(plan);
		}
	if (network->features == 0 && network->kept[0].ready)
		(void) mml_nn_run(&network->kept[0].plan);
}

/* Open a model and use it. */
static void
use_model(const TestModel *model)
{
	MmlEnvelope env;
	MmlNetwork	network;
	MmlLimits	limits = {FUZZ_FLOPS, FUZZ_MEMORY};

	if (mml_envelope_open(&env, model->bytes, model->length) != NULL)
		return;
	if (mml_nn_open(&network, &env, &test_room, limits) == NULL)
		use_network(&network);
	mml_nn_close(&network);
}

/* Import an ONNX file, and use what comes of it. */
static void
use_onnx(const uint8_t *data, size_t size)
{
	MmlProblem	problem;
	char	   *exact = malloc(size + (size == 0));
	TestModel	model;

	if (size > 0)
		memcpy(exact, data, size);
	model = import_onnx(exact, size, FUZZ_MEMORY, &problem);
	free(exact);
	if (model.bytes != NULL)
		use_model(&model);
	free(model.block);
}

/* Change a model that was sound. */
static void
use_patches(const uint8_t *data, size_t size)
{
	MmlProblem	problem;
	TestModel	model;
	const Seed *seed;

	read_seeds();
	if (nseeds == 0 || size < 1)
		return;
	seed = &seeds[data[0] % nseeds];
	model = import_onnx((const char *) seed->bytes, seed->length, FUZZ_MEMORY, &problem);
	if (model.bytes == NULL)
		return;
	for (size_t i = 1; i + 3 <= size; i += 3)
	{
		size_t		at = (size_t) data[i] + 256 * (size_t) data[i + 1];

		model.bytes[at % model.length] = (char) data[i + 2];
	}
	use_model(&model);
	free(model.block);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size > 5 && memcmp(data, "patch", 5) == 0)
		use_patches(data + 5, size - 5);
	else
		use_onnx(data, size);
	if (test_room_blocks != 0)
		abort();
	return 0;
}

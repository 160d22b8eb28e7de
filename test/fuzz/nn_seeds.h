/*-------------------------------------------------------------------------
 *
 * nn_seeds.h
 *	  Sound and nearly sound ONNX files to begin with: those of
 *	  test/data/nn_models.sql, and those in folders of cases of the ONNX backend
 *	  tests, wherever these lie on the machine.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MML_NN_SEEDS_H
#define MML_NN_SEEDS_H

#include <ctype.h>
#include <dirent.h>
#include <string.h>

#include "nn/protobuf.h"
#include "nn_room.h"

/* Of Debian's package libonnx-testdata */
#define ONNX_CASES "/usr/share/libonnx-testdata/data"

#define LONGEST_SEED 6000

/* An ONNX file; bytes are the taker's to change, but not to free. */
typedef void (*TakeSeed) (const char *name, uint8_t *bytes, size_t length);

/* The value of a hexadecimal digit. */
static int
digit(char c)
{
	return isdigit((unsigned char) c) ? c - '0' : c - 'a' + 10;
}

/* Take all files that a script of INSERTs holds, as '\x...'; how many? */
static inline size_t
take_script(TakeSeed take)
{
	size_t		length = 0;
	char	   *text = test_read_file("test/data/nn_models.sql", &length);
	char	   *at = text;
	size_t		count = 0;
	char		name[32];

	if (text == NULL)
		return 0;
	text[length] = '\0';
	for (; (at = strstr(at, "'\\x")) != NULL; count++)
	{
		size_t		n = 0;
		uint8_t    *bytes;

		at += 3;
		while (isxdigit((unsigned char) at[n]))
			n++;
		bytes = malloc(n / 2 + 1);
		for (size_t i = 0; i < n / 2; i++)
			bytes[i] = (uint8_t) (16 * digit(at[2 * i]) + digit(at[2 * i + 1]));
		snprintf(name, sizeof(name), "script_%02zu", count);
		take(name, bytes, n / 2);
		free(bytes);
	}
	free(text);
	return count;
}

/* Write a number as protobuf does; how many bytes? */
static inline size_t
put_varint(uint8_t *at, size_t x)
{
	size_t		n = 0;

	for (; x > 127; x >>= 7)
		at[n++] = (uint8_t) (x | 128);
	at[n] = (uint8_t) x;
	return n + 1;
}

/*
 * Add input files of a case to its network as constants, from the second or
 * (all) the first: a shape or an axis that is given only so is known then.
 * They become initializers at the end of the graph, field 7 of the file.
 */
static inline uint8_t *
add_constants(const uint8_t *model, size_t *length, const char *folder, bool all)
{
	const size_t room = *length + LONGEST_SEED + 64;
	uint8_t    *out = malloc(room);
	MmlWire		wire = mml_nn_wire(model, *length);
	MmlField	field;
	size_t		n = 0;

	while (mml_nn_wire_next(&wire, &field))
	{
		uint8_t    *graph;
		size_t		graph_length = field.length;

		if (field.type == MML_WIRE_VARINT)
		{
			n += put_varint(out + n, (size_t) field.number << 3);
			n += put_varint(out + n, field.value);
			continue;
		}
		if (field.type != MML_WIRE_BYTES)
			continue;
		graph = malloc(room);
		memcpy(graph, field.bytes, field.length);
		for (int i = all ? 0 : 1; field.number == 7 && i < 16; i++)
		{
			char		path[4400];
			size_t		bytes = 0;
			char	   *tensor;

			snprintf(path, sizeof(path), "%.4000s/test_data_set_0/input_%d.pb", folder, i);
			tensor = test_read_file(path, &bytes);
			if (tensor != NULL && n + graph_length + bytes + 16 < room)
			{
				graph[graph_length++] = 5 << 3 | 2;
				graph_length += put_varint(graph + graph_length, bytes);
				memcpy(graph + graph_length, tensor, bytes);
				graph_length += bytes;
			}
			free(tensor);
		}
		n += put_varint(out + n, (size_t) field.number << 3 | 2);
		n += put_varint(out + n, graph_length);
		memcpy(out + n, graph, graph_length);
		n += graph_length;
		free(graph);
	}
	*length = n;
	return out;
}

/* Take the network of a case: as it is, and with its inputs as constants. */
static inline size_t
take_case(const char *folder, const char *name, TakeSeed take)
{
	char		path[4400];
	size_t		length = 0;
	char	   *bytes;

	snprintf(path, sizeof(path), "%.4000s/model.onnx", folder);
	bytes = test_read_file(path, &length);
	if (bytes == NULL || length > LONGEST_SEED)
	{
		free(bytes);
		return 0;
	}
	for (int variant = 0; variant < 3; variant++)
	{
		char		title[300];
		size_t		changed = length;
		uint8_t    *seed = variant == 0 ? (uint8_t *) bytes :
			add_constants((uint8_t *) bytes, &changed, folder, variant == 2);

		snprintf(title, sizeof(title), "%.200s_%d", name, variant);
		if (variant == 0 || changed > length)
			take(title, seed, changed);
		if (variant > 0)
			free(seed);
	}
	free(bytes);
	return 1;
}

/* Take all cases in folders of a folder, however deep; how many? */
static inline size_t
take_cases(const char *folder, TakeSeed take)
{
	DIR		   *dir = folder == NULL ? NULL : opendir(folder);
	struct dirent *entry;
	size_t		count = 0;

	while (dir != NULL && (entry = readdir(dir)) != NULL)
	{
		char		path[4400];

		if (entry->d_name[0] == '.' || strstr(entry->d_name, "data_set") != NULL)
			continue;
		snprintf(path, sizeof(path), "%.4000s/%.255s", folder, entry->d_name);
		count += take_case(path, entry->d_name, take) + take_cases(path, take);
	}
	if (dir != NULL)
		closedir(dir);
	return count;
}

#endif							/* MML_NN_SEEDS_H */

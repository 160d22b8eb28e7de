/*-------------------------------------------------------------------------
 *
 * fuzz_unit.c
 *	  Run the target of test/fuzz over changes of sound models at random, the
 *	  same in every run, and over the files of test/fuzz/corpus.
 *
 *-------------------------------------------------------------------------
 */
#include <dirent.h>

#include "unit.h"

#include "../fuzz/models_fuzz.c"

#include "core/random.h"

#define CHANGES 20000			/* of each kind of model */

TEST(models_are_sound)
{
	for (size_t k = 0; k < NKINDS; k++)
	{
		size_t		length;
		char	   *model = kinds[k].make(&length);
		void	   *parsed = calloc(1, kinds[k].parsed_size);
		MmlEnvelope env;

		CHECK(mml_envelope_open(&env, model, length) == NULL);
		CHECK(strcmp(env.kind, kinds[k].name) == 0);
		for (size_t other = 0; other < NKINDS; other++)
		{
			void	   *wrong = calloc(1, kinds[other].parsed_size);

			CHECK((kinds[other].parse(&env, wrong) == NULL) == (other == k));
			free(wrong);
		}
		repair(model, length);
		CHECK(mml_envelope_open(&env, model, length) == NULL);
		CHECK(kinds[k].parse(&env, parsed) == NULL);
		kinds[k].use(parsed);
		free(parsed);
		free_model(model);
	}
}

/* Every byte of a sound model, changed in each of three ways. */
TEST(models_changed_by_a_byte)
{
	static const char changes[] = {1, (char) 0x80, (char) 0xFF};

	for (size_t k = 0; k < NKINDS; k++)
	{
		size_t		length;
		char	   *model = kinds[k].make(&length);

		for (size_t at = 0; at < length; at++)
			for (size_t c = 0; c < sizeof(changes); c++)
			{
				model[at] = (char) (model[at] ^ changes[c]);
				LLVMFuzzerTestOneInput((const uint8_t *) model, length);
				model[at] = (char) (model[at] ^ changes[c]);
			}
		free_model(model);
	}
}

/* Change something of a model that has room for a few bytes more. */
static void
change(MmlRandom *rng, char *model, size_t *length, size_t room)
{
	static const uint64_t numbers[] = {
		0, 1, 2, 7, 255, INT32_MAX, UINT32_MAX, INT64_MAX, UINT64_MAX,
		UINT64_C(1) << 61, UINT64_C(1) << 63, UINT64_C(0x7ff0000000000000),
		UINT64_C(0x7ff8000000000000), UINT64_C(0x3ff0000000000000),
		UINT64_C(0x7fefffffffffffff), UINT64_C(0xbff0000000000000)
	};
	size_t		at = mml_random_below(rng, *length);

	switch (mml_random_below(rng, 6))
	{
		case 0:
			model[at] = (char) mml_random_below(rng, 256);
			break;
		case 1:
			model[at] = (char) (model[at] ^ (1 << mml_random_below(rng, 8)));
			break;
		case 2:					/* a number, where numbers are */
			at = at / 4 * 4;
			if (at + 8 <= *length)
				put_u64(model + at, numbers[mml_random_below(rng, 16)]);
			break;
		case 3:					/* a little more or less */
			model[at] = (char) (model[at] + (mml_random_below(rng, 2) == 0 ? 1 : -1));
			break;
		case 4:					/* copy some bytes elsewhere */
			{
				size_t		from = mml_random_below(rng, *length);
				size_t		bytes = 1 + mml_random_below(rng, 64);

				if (from + bytes <= *length && at + bytes <= *length)
					memmove(model + at, model + from, bytes);
				break;
			}
		default:
			*length = mml_random_below(rng, 4) == 0 ? at : room - mml_random_below(rng, 64);
	}
}

TEST(models_changed_at_random)
{
	for (size_t k = 0; k < NKINDS; k++)
	{
		size_t		length;
		char	   *model = kinds[k].make(&length);
		size_t		room = length + 64;
		char	   *changed = alloc_model(room);
		MmlRandom	rng;

		mml_random_seed(&rng, k);
		for (int i = 0; i < CHANGES; i++)
		{
			size_t		now = length;

			memset(changed, 0, room);
			memcpy(changed, model, length);
			for (uint64_t n = 1 + mml_random_below(&rng, 4); n > 0 && now > 0; n--)
				change(&rng, changed, &now, room);
			if (i % 3 > 0)
				repair(changed, now);
			LLVMFuzzerTestOneInput((const uint8_t *) changed, now);
		}
		free_model(changed);
		free_model(model);
	}
}

/* Inputs that once went wrong, if any: the fuzzer writes them. */
TEST(files_kept)
{
	DIR		   *dir = opendir("test/fuzz/corpus");
	struct dirent *entry;
	static uint8_t data[65536];

	if (dir == NULL)
		return;
	while ((entry = readdir(dir)) != NULL)
	{
		char		path[512];
		FILE	   *file;
		size_t		size;

		if (entry->d_name[0] == '.')
			continue;
		snprintf(path, sizeof(path), "test/fuzz/corpus/%s", entry->d_name);
		file = fopen(path, "rb");
		CHECK(file != NULL);
		size = fread(data, 1, sizeof(data), file);
		fclose(file);
		LLVMFuzzerTestOneInput(data, size);
	}
	closedir(dir);
}

/*-------------------------------------------------------------------------
 *
 * mutate.h
 *	  What the mutators of targets share: choosing at random, numbers that
 *	  often go wrong, and bytes that grow.
 *
 * libFuzzer's own mutator changes bytes; a replay without libFuzzer has a
 * small one here.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MML_MUTATE_H
#define MML_MUTATE_H

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/random.h"

static MmlRandom fuzz_rng;

/* One of 0 .. n - 1. */
static inline size_t
choose(size_t n)
{
	return (size_t) mml_random_below(&fuzz_rng, n);
}

/* A whole number: a small one, the one before changed a little, or an extreme. */
static inline int64_t
odd_number(int64_t before)
{
	static const int64_t extremes[] = {
		INT64_MAX, INT64_MIN, INT32_MAX, INT32_MIN, INT64_C(1) << 32, INT64_C(1) << 61, 65536, 4096,
		1000000, 255, 127, -128, 64, 63, 65, 16
	};

	switch (choose(4))
	{
		case 0:
			return (int64_t) choose(12) - 3;
		case 1:
			return (int64_t) ((uint64_t) before + choose(5) - 2);
		case 2:
			return (int64_t) ((uint64_t) before * (choose(2) == 0 ? 2 : (uint64_t) -1));
		default:
			return extremes[choose(sizeof(extremes) / sizeof(extremes[0]))];
	}
}

/* Change a number that lies anywhere, of these bytes. */
static inline void
change_whole(void *at, size_t bytes)
{
	int64_t		x = 0;

	memcpy(&x, at, bytes);
	if (bytes == 4)
		x = (int32_t) x;
	x = odd_number(x);
	memcpy(at, &x, bytes);
}

/* Change a float that lies anywhere. */
static inline void
change_float(void *at)
{
	static const float floats[] = {
		0, -0.0f, 1, -1, 0.5f, 2, 3, 1e-45f, 3.4e38f, -3.4e38f, 1e10f, 0x7F, -128.5f,
		__builtin_nanf(""), __builtin_inff(), -__builtin_inff()
	};

	memcpy(at, &floats[choose(sizeof(floats) / sizeof(floats[0]))], 4);
}

#ifdef MML_UNIT_H

/* Change a few bytes. */
static inline size_t
mutate_bytes(uint8_t *data, size_t size, size_t max)
{
	if (size < max && choose(4) == 0)
		data[size++] = (uint8_t) choose(256);
	else if (size > 0 && choose(4) == 0)
		size--;
	for (size_t i = 1 + choose(3); size > 0 && i > 0; i--)
		data[choose(size)] = (uint8_t) (choose(2) == 0 ? choose(4) : choose(256));
	return size;
}

#else

extern size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max);

static inline size_t
mutate_bytes(uint8_t *data, size_t size, size_t max)
{
	return max == 0 ? 0 : LLVMFuzzerMutate(data, size, max);
}

#endif

/* Bytes that grow up to a limit; what does not fit is left out, and noted. */
typedef struct Bytes
{
	uint8_t    *at;
	size_t		length;
	size_t		most;
	bool		full;
} Bytes;

static inline void
add_bytes(Bytes *out, const void *bytes, size_t n)
{
	if (n > out->most - out->length)
		out->full = true;
	else if (n > 0)
	{
		memcpy(out->at + out->length, bytes, n);
		out->length += n;
	}
}

#endif							/* MML_MUTATE_H */

/*-------------------------------------------------------------------------
 *
 * sort.h
 *	  Sort numbers, by radix, and whatever else.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MML_SORT_H
#define MML_SORT_H

#include <string.h>

#include "core/kernel.h"

#define MML_KEY_SIGN ((uint64_t) 1 << 63)

/*
 * The key of a number that is not NaN: its bits as an unsigned integer, mapped
 * so that keys are ordered as numbers are, and equal just where numbers are;
 * -0 is 0.
 */
MML_INLINE uint64_t
mml_key_of(double number)
{
	double		normal = number + 0.0;
	uint64_t	bits;

	memcpy(&bits, &normal, sizeof(bits));
	return bits & MML_KEY_SIGN ? ~bits : bits | MML_KEY_SIGN;
}

/* The number that a key stands for. */
MML_INLINE double
mml_number_of_key(uint64_t key)
{
	uint64_t	bits = key & MML_KEY_SIGN ? key & ~MML_KEY_SIGN : ~key;
	double		number;

	memcpy(&number, &bits, sizeof(number));
	return number;
}

/* What an element may take at most that mml_sort() sorts. */
#define MML_SORT_BYTES 32

extern void mml_sort_keys(size_t n, uint64_t *keys, uint64_t *scratch);
extern void mml_sort(size_t n, void *array, size_t size,
					 int (*compare) (const void *a, const void *b));

#endif							/* MML_SORT_H */

/*-------------------------------------------------------------------------
 *
 * hash.h
 *	  Hash texts and numbers to 64 bits.
 *
 * Words of eight bytes are multiplied to 128 bits whose halves are folded by
 * exclusive or, as in wyhash (Wang Yi, 2019); the constants are digits of
 * known irrational numbers.  Hashes are stored in models: the function never
 * changes.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MML_HASH_H
#define MML_HASH_H

#include <string.h>

#include "core/kernel.h"

/* Multiply, and fold. */
MML_INLINE uint64_t
mml_hash_mix(uint64_t a, uint64_t b)
{
	unsigned	__int128 product = (unsigned __int128) a * b;

	return (uint64_t) product ^ (uint64_t) (product >> 64);
}

/* The hash of a word. */
MML_INLINE uint64_t
mml_hash_word(uint64_t word)
{
	return mml_hash_mix(word ^ 0x9E3779B97F4A7C15, 0xD1B54A32D192ED03 ^ (word << 32 | word >> 32));
}

extern uint64_t mml_hash_bytes(size_t length, const char *bytes);

#endif							/* MML_HASH_H */

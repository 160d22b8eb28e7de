/*-------------------------------------------------------------------------
 *
 * hash.c
 *	  Hash texts to 64 bits.
 *
 *-------------------------------------------------------------------------
 */
#include "core/hash.h"

/* Binary digits behind the point of the square roots of 2 and 3, and of pi. */
#define ROOT_2 0x6A09E667F3BCC908
#define ROOT_3 0xBB67AE8584CAA73B
#define PI 0x243F6A8885A308D3

/* The eight bytes at p, which is not aligned, as a number. */
MML_INLINE uint64_t
read_8(const char *p)
{
	uint64_t	word;

	memcpy(&word, p, sizeof(word));
	return word;
}

/* The four bytes at p. */
MML_INLINE uint64_t
read_4(const char *p)
{
	uint32_t	word;

	memcpy(&word, p, sizeof(word));
	return word;
}

/*
 * The hash of so many bytes.  The last two words overlap what was read before
 * them, or each other, so that no byte past the end is read; the length, which
 * is hashed too, tells such texts apart.
 */
uint64_t
mml_hash_bytes(size_t length, const char *bytes)
{
	const char *end = bytes + length;
	uint64_t	hash = PI;
	uint64_t	a = 0;
	uint64_t	b = 0;

	for (; end - bytes > 16; bytes += 16)
		hash = mml_hash_mix(read_8(bytes) ^ ROOT_2, read_8(bytes + 8) ^ hash);
	if (length >= 16)
	{
		a = read_8(end - 16);
		b = read_8(end - 8);
	}
	else if (length >= 8)
	{
		a = read_8(bytes);
		b = read_8(end - 8);
	}
	else if (length >= 4)
	{
		a = read_4(bytes);
		b = read_4(end - 4);
	}
	else if (length > 0)
	{
		a = (unsigned char) bytes[0];
		b = (uint64_t) (unsigned char) bytes[length / 2] << 8 | (unsigned char) end[-1];
	}
	return mml_hash_mix(ROOT_3 ^ length, mml_hash_mix(a ^ ROOT_2, b ^ hash));
}

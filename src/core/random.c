/*-------------------------------------------------------------------------
 *
 * random.c
 *	  Seeded random numbers; see random.h for the source.
 *
 *-------------------------------------------------------------------------
 */
#include "core/random.h"

/* The next number of splitmix64, which spreads a seed over the state. */
static uint64_t
splitmix(uint64_t *state)
{
	uint64_t	z = (*state += UINT64_C(0x9e3779b97f4a7c15));

	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return z ^ (z >> 31);
}

/* Rotate left. */
static uint64_t
rotate(uint64_t x, int bits)
{
	return (x << bits) | (x >> (64 - bits));
}

/* Start the sequence that belongs to a seed. */
void
mml_random_seed(MmlRandom *rng, uint64_t seed)
{
	for (int i = 0; i < 4; i++)
		rng->s[i] = splitmix(&seed);
}

/* The next 64 random bits. */
uint64_t
mml_random_bits(MmlRandom *rng)
{
	uint64_t   *s = rng->s;
	uint64_t	result = rotate(s[0] + s[3], 23) + s[0];
	uint64_t	t = s[1] << 17;

	s[2] ^= s[0];
	s[3] ^= s[1];
	s[1] ^= s[2];
	s[0] ^= s[3];
	s[2] ^= t;
	s[3] = rotate(s[3], 45);
	return result;
}

/* A number in [0, 1), a multiple of 2^-53. */
double
mml_random_unit(MmlRandom *rng)
{
	return (double) (mml_random_bits(rng) >> 11) * 0x1.0p-53;
}

/*
 * A whole number in [0, n), each equally likely; n > 0.  Draws in the
 * incomplete last stretch of 2^64 are thrown away.
 */
uint64_t
mml_random_below(MmlRandom *rng, uint64_t n)
{
	uint64_t	unfair = -n % n;	/* 2^64 mod n */
	uint64_t	bits;

	do
		bits = mml_random_bits(rng);
	while (bits < unfair);
	return bits % n;
}

/*
 * Choose m of the numbers 0 .. n-1 without repetition, ascending; m <= n.
 *
 * Selection sampling, algorithm S of Knuth, The Art of Computer Programming
 * 3.4.2: number i is taken with probability (still wanted) / (still to come).
 * O(n), which is less than reading the rows that are chosen from.
 */
void
mml_random_sample(MmlRandom *rng, size_t n, size_t m, size_t *chosen)
{
	size_t		taken = 0;

	for (size_t i = 0; taken < m; i++)
	{
		if (mml_random_unit(rng) * (double) (n - i) < (double) (m - taken))
			chosen[taken++] = i;
		if ((i & 0xfffff) == 0)
			MML_CHECK();
	}
}

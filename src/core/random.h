/*-------------------------------------------------------------------------
 *
 * random.h
 *	  Seeded random numbers, the same on every machine.
 *
 * xoshiro256++ of Blackman and Vigna, "Scrambled linear pseudorandom number
 * generators", ACM TOMS 47(4), 2021, its state filled by splitmix64 as its
 * authors advise.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MML_RANDOM_H
#define MML_RANDOM_H

#include "core/kernel.h"

typedef struct MmlRandom
{
	uint64_t	s[4];
} MmlRandom;

extern void mml_random_seed(MmlRandom *rng, uint64_t seed);
extern uint64_t mml_random_bits(MmlRandom *rng);
extern double mml_random_unit(MmlRandom *rng);
extern uint64_t mml_random_below(MmlRandom *rng, uint64_t n);
extern void mml_random_sample(MmlRandom *rng, size_t n, size_t m, size_t *chosen);

#endif							/* MML_RANDOM_H */

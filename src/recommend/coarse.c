/*-------------------------------------------------------------------------
 *
 * coarse.c
 *	  Which items may reach a threshold; see factors.h.
 *
 * A ranking of all items would read all factors, and what it takes is the
 * time to read them.  Bounds rule nearly all items out, by two means:
 *
 * Groups.  Items lie sorted by offset + |v|, in groups that know the largest
 * of both.  Since x'v <= |x||v|, a group is skipped unread where that falls
 * short, and where norms differ, as those of known and unknown films do, it
 * is nearly every one; and the first items make the threshold high at once
 * (C. Teflioudi, R. Gemulla, O. Mykytiuk, "LEMP: fast retrieval of large
 * entries in a matrix product", SIGMOD 2015, section 3).
 *
 * Bytes.  In the groups that are left, v = s b + r, where b are bytes and s is
 * a scale, and x = t q + f, where q are whole numbers of 16 bits, t is a step,
 * and |f_k| <= t / 2.  So
 *
 *		x'v = s (t q'b + f'b) + x'r <= s (t q'b + 127 d t / 2) + |x||r|,
 *
 * where q'b is a sum of whole numbers that fits 32 bits, and |r| is kept.
 *
 * Rounding.  All that is added up here, and in a score, is at most 8 |x||v|,
 * and the offsets, and the threshold; what float8 may lose of these, d + 8
 * times 2^-52, is covered by 2^-40 of them.  Of tiny numbers it loses less
 * than 2^-900.
 *
 *-------------------------------------------------------------------------
 */
#include <float.h>
#include <math.h>
#include <string.h>

#include "core/sort.h"
#include "recommend/factors.h"

#define GROUP MML_FACTORS_GROUP

/* What rounding may lose, and what numbers must not pass for that to hold. */
#define LOSS 0x1p-40
#define LEAST_LOSS 0x1p-900
#define MOST_REACH 1e30

/* Of 1 / |v| in float4, which is not made of lengths below LEAST_LENGTH. */
#define INVERSE_LOSS 0x1p-22
#define LEAST_LENGTH 1e-30

_Static_assert((int64_t) MML_FACTORS_MOST * MML_FACTORS_BYTE * MML_FACTORS_STEPS <= INT32_MAX,
			   "a product fits 32 bits");
_Static_assert(MML_RANK_FIRST % GROUP == 0, "blocks are whole groups");

/* Items, and zeros up to the end of their last group. */
static size_t
count_places(size_t items)
{
	return (items + GROUP - 1) / GROUP * GROUP;
}

/* Bytes that mml_factors_coarsen() takes at most, while it sorts. */
size_t
mml_factors_coarse_bytes(size_t items, size_t d)
{
	return items * 2 * sizeof(uint64_t) +
		count_places(items) * (mml_factors_stride(d) + sizeof(int32_t) + 3 * sizeof(float)) +
		count_places(items) / GROUP * sizeof(MmlFactorsGroup);
}

/* The largest |v_k|, as whole numbers: the bits of positive floats are in order. */
MML_CLONES
static float
largest_of(size_t d, const float *v)
{
	int32_t		most = 0;
	float		largest;

#pragma omp simd reduction(max:most)
	for (size_t k = 0; k < d; k++)
	{
		int32_t		bits;

		memcpy(&bits, v + k, sizeof(bits));
		bits &= INT32_MAX;
		most = MML_MAX(most, bits);
	}
	memcpy(&largest, &most, sizeof(largest));
	return largest;
}

/* Bytes (d) of v in units of scale, and |v - scale b|^2. */
MML_CLONES
static double
round_off(size_t d, const float *v, float scale, int8_t *bytes)
{
	float		inverse = 1 / scale;
	double		squares = 0;

#pragma omp simd reduction(+:squares)
	for (size_t k = 0; k < d; k++)
	{
		float		rounded = rintf(v[k] * inverse);
		double		rest = (double) v[k] - (double) scale * (double) rounded;

		bytes[k] = (int8_t) (int) rounded;
		squares += rest * rest;
	}
	return squares;
}

/* The order of items: offset + |v| descending, to 20 bits; then by item. */
static void
order_items(const MmlFactors *factors, int32_t *order, MmlRoom *room)
{
	size_t		n = factors->items;
	size_t		d = factors->factors;
	uint64_t   *keys = room->resize(room, NULL, 0, 2 * n * sizeof(uint64_t));

	for (size_t i = 0; i < n; i++)
	{
		double		offset = factors->offsets == NULL ? 0 : factors->offsets[i];
		double		most = offset + mml_factors_length(d, factors->v + i * d);

		keys[i] = ~mml_key_of(most) >> 32 << 32 | i;
	}
	mml_sort_keys(n, keys, keys + n);
	for (size_t i = 0; i < n; i++)
		order[i] = (int32_t) (keys[i] & UINT32_MAX);
	room->resize(room, keys, 2 * n * sizeof(uint64_t), 0);
}

/* Fill a place, and let its group know. */
static void
coarsen_item(const MmlFactors *factors, MmlCoarse *coarse, size_t place)
{
	size_t		d = factors->factors;
	size_t		item = (size_t) coarse->order[place];
	const float *v = factors->v + item * d;
	MmlFactorsGroup *group = &coarse->groups[place / GROUP];
	double		offset = factors->offsets == NULL ? 0 : factors->offsets[item];
	double		length = mml_factors_length(d, v);
	float		largest = largest_of(d, v);
	float		scale = MML_MAX(largest / MML_FACTORS_BYTE, FLT_MIN);
	double		rest = sqrt(round_off(d, v, scale, coarse->bytes + place * coarse->stride));

	coarse->scales[place] = scale;
	coarse->rests[place] = (float) (rest * (1 + 0x1p-20) + 0x1p-149);
	coarse->inverses[place] = length >= LEAST_LENGTH ? (float) (1 / length) :
		length > 0 ? NAN : 0;
	group->length = MML_MAX(group->length, length * (1 + LOSS));
	group->offset = place % GROUP == 0 ? offset : MML_MAX(group->offset, offset);
	coarse->largest = MML_MAX(coarse->largest, (double) largest);
	coarse->shift = MML_MAX(coarse->shift, fabs(offset));
}

/* Room for so many bytes, zeros. */
static void *
take(MmlRoom *room, size_t bytes)
{
	return memset(room->resize(room, NULL, 0, bytes), 0, bytes);
}

/* Make the copy in bytes, in memory of the room. */
void
mml_factors_coarsen(MmlFactors *factors, MmlRoom *room)
{
	MmlCoarse  *coarse = &factors->coarse;
	size_t		places = count_places(factors->items);
	size_t		step = 1 + 65536 / factors->factors;

	MML_ASSERT(factors->factors <= MML_FACTORS_MOST);
	memset(coarse, 0, sizeof(MmlCoarse));
	coarse->stride = mml_factors_stride(factors->factors);
	coarse->order = take(room, places * sizeof(int32_t));
	coarse->bytes = take(room, places * coarse->stride);
	coarse->scales = take(room, places * sizeof(float));
	coarse->rests = take(room, places * sizeof(float));
	coarse->inverses = take(room, places * sizeof(float));
	coarse->groups = take(room, places / GROUP * sizeof(MmlFactorsGroup));
	order_items(factors, coarse->order, room);
	for (size_t place = 0; place < factors->items; place++)
	{
		if (place % step == 0)
			MML_CHECK();
		if (place + MML_FACTORS_AHEAD < factors->items)
			mml_factors_fetch(factors, coarse->order[place + MML_FACTORS_AHEAD]);
		coarsen_item(factors, coarse, place);
	}
}

/*
 * sums = q'b of the rows of a group, which are whole vectors.  The compiler
 * knows this form: it multiplies and adds two products at once (vpmaddwd).
 * `omp simd` would keep it from that.
 */
MML_CLONES
static void
multiply(size_t vectors, const int16_t *q, const int8_t *bytes, int32_t *sums)
{
	for (size_t i = 0; i < GROUP; i++, bytes += vectors * MML_FACTORS_VECTOR)
	{
		int32_t		sum = 0;

		for (size_t k = 0; k < vectors * MML_FACTORS_VECTOR; k++)
			sum += (int32_t) q[k] * (int32_t) bytes[k];
		sums[i] = sum;
	}
}

/* bounds = s (t q'b + missed) + |x||r| of the places of a group */
MML_CLONES
static void
bound_products(const MmlCoarse *coarse, const MmlDirection *x, size_t first, double missed,
			   const int32_t *sums, double *bounds)
{
	const float *scales = coarse->scales + first;
	const float *rests = coarse->rests + first;

#pragma omp simd
	for (size_t i = 0; i < GROUP; i++)
		bounds[i] = (double) scales[i] * (x->step * (double) sums[i] + missed) +
			x->length * (double) rests[i];
}

/* Does any bound of a group reach the cut, or is no number? */
MML_CLONES
static bool
any_reaches(const double *bounds, double cut)
{
	int			reaches = 0;

#pragma omp simd reduction(|:reaches)
	for (size_t i = 0; i < GROUP; i++)
		reaches |= !(bounds[i] < cut);
	return reaches != 0;
}

/* Choose of n places of a group the items whose bounds reach the cut. */
static size_t
choose(const MmlFactors *factors, const MmlDirection *x, size_t first, size_t n,
	   double cut, int32_t *chosen)
{
	const MmlCoarse *coarse = &factors->coarse;
	const int32_t *order = coarse->order + first;
	double		missed = 0.5 * (1 + LOSS) * x->step * MML_FACTORS_BYTE * (double) factors->factors;
	int32_t		sums[GROUP];
	double		bounds[GROUP];
	size_t		count = 0;

	multiply(coarse->stride / MML_FACTORS_VECTOR, x->steps,
			 coarse->bytes + first * coarse->stride, sums);
	bound_products(coarse, x, first, missed, sums, bounds);
	for (size_t i = 0; i < GROUP && x->cosine; i++)
		bounds[i] *= (double) coarse->inverses[first + i];
	for (size_t i = 0; i < GROUP && factors->offsets != NULL && !x->cosine; i++)
		bounds[i] += factors->offsets[order[i]];
	if (!any_reaches(bounds, cut))
		return 0;
	for (size_t i = 0; i < n; i++)
	{
		chosen[count] = order[i];
		count += !(bounds[i] < cut);
	}
	return count;
}

/* See MmlRecommender. */
size_t
mml_factors_sieve(const MmlFactors *factors, const MmlDirection *x, size_t n,
				  size_t first, double threshold, int32_t *chosen)
{
	const MmlCoarse *coarse = &factors->coarse;
	size_t		count = 0;

	MML_ASSERT(first % GROUP == 0 && first + n <= factors->items);
	if (!(x->reach < MOST_REACH))
	{
		memcpy(chosen, coarse->order + first, n * sizeof(int32_t));
		return n;
	}
	for (size_t done = 0; done < n; done += GROUP)
	{
		const MmlFactorsGroup *group = &coarse->groups[(first + done) / GROUP];
		double		most = x->length * group->length;
		double		loss = x->cosine ? INVERSE_LOSS * 8 * x->length :
			LOSS * (8 * most + fabs(x->base) + coarse->shift + fabs(threshold));
		double		cut = threshold - (x->cosine ? 0 : x->base) - loss - LEAST_LOSS;

		if (x->cosine || !(most + group->offset < cut))
			count += choose(factors, x, first + done, MML_MIN(GROUP, n - done), cut, chosen + count);
	}
	return count;
}

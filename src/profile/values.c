/*-------------------------------------------------------------------------
 *
 * values.c
 *	  Numbers of a column, from which quantiles are read.
 *
 * Up to MML_EXACT numbers are kept as they are.  From then on they are
 * collected in runs of MML_VALUES_RUN: a full run is sorted, every other
 * number of it is dropped, and the half that remains goes to level 0, each
 * number standing for 2.  A level that is held already and gets another half
 * run merges both, and half of that goes to the next level, each number
 * standing for twice as many: as a 1 is carried in a binary number, so that
 * bit i of the number of runs says whether level i is held.  This is the
 * scheme of Munro and Paterson, "Selection and sorting with limited storage",
 * Theoretical Computer Science 12, 1980.
 *
 * The error.  Halving a sorted run of 2 k numbers that stand for w each: of
 * those not above some x, r in number, either the half rounded up or the half
 * rounded down remain, each standing for 2 w; so the rank of x changes by w
 * at most.  A run of 2 k = MML_VALUES_RUN numbers of weight w has w 2 k of all
 * n numbers; no number is twice in runs of one weight; so there are at most
 * n / (w 2 k) such runs, and they change the rank of x by n / (2 k) in all.
 * With L levels held the rank error is at most L n / MML_VALUES_RUN: for a
 * million numbers (L = 7) 0.09 % of n, for 2^40 (L = 27) 0.33 %.  Which of the
 * two halves remains alternates, so errors of one level mostly cancel, and in
 * practice it is a tenth of that.
 *
 * Two workers are merged level by level, as two binary numbers are added: the
 * same runs of the same weights, hence the same bound.
 *
 *-------------------------------------------------------------------------
 */
#include <math.h>
#include <string.h>

#include "core/sort.h"
#include "profile/profile.h"

#define RUN MML_VALUES_RUN
#define HALF (RUN / 2)
#define LEAST_ROOM 64

/* -------------------------------------------------------------- sorting */

/* Digits by which a run is sorted, of the bits that differ in it. */
#define DIGIT 12
#define DIGITS 2
#define DIGIT_MASK (((uint64_t) 1 << DIGIT) - 1)

/* Put keys in place by insertion; false, unfinished, if they are far off. */
static bool
settle(size_t n, uint64_t *keys)
{
	size_t		moves = 0;

	for (size_t i = 1; i < n; i++)
	{
		uint64_t	key = keys[i];
		size_t		j = i;

		for (; j > 0 && keys[j - 1] > key; j--)
			keys[j] = keys[j - 1];
		keys[j] = key;
		moves += i - j;
		if (moves > 4 * n)
			return false;
	}
	return true;
}

/*
 * Sort the keys of a run: by radix, but only by the first 24 of the bits that
 * differ among them, which leaves few out of place.  differ: these bits.
 * scratch: (RUN).
 */
static void
sort_run(uint64_t *keys, uint64_t differ, uint64_t *scratch)
{
	uint16_t	place[DIGITS][DIGIT_MASK + 1];
	uint64_t   *from = keys;
	uint64_t   *to = scratch;
	int			shift;

	if (differ == 0)
		return;
	shift = MML_MAX(64 - __builtin_clzll(differ) - DIGITS * DIGIT, 0);
	memset(place, 0, sizeof(place));
	for (size_t i = 0; i < RUN; i++)
		for (int d = 0; d < DIGITS; d++)
			place[d][keys[i] >> (shift + d * DIGIT) & DIGIT_MASK]++;
	for (int d = 0; d < DIGITS; d++)
	{
		int			by = shift + d * DIGIT;
		uint16_t	sum = 0;
		uint64_t   *swap = from;

		if ((differ >> by & DIGIT_MASK) == 0)
			continue;
		for (size_t digit = 0; digit <= DIGIT_MASK; digit++)
		{
			uint16_t	count = place[d][digit];

			place[d][digit] = sum;
			sum = (uint16_t) (sum + count);
		}
		for (size_t i = 0; i < RUN; i++)
			to[place[d][from[i] >> by & DIGIT_MASK]++] = from[i];
		from = to;
		to = swap;
	}
	if (from != keys)
		memcpy(keys, from, RUN * sizeof(*keys));
	if (shift > 0 && !settle(RUN, keys))
		mml_sort_keys(RUN, keys, scratch);
}

/* --------------------------------------------------------------- levels */

/* Which of each pair goes to a level: it alternates. */
static size_t
next_odd(MmlValues *values, int level)
{
	size_t		odd = values->odd >> level & 1;

	values->odd ^= (uint64_t) 1 << level;
	return odd;
}

/*
 * Merge two sorted half runs into a run: from both ends at once, which is half
 * of the steps each, so that neither half run comes to its end in between.
 */
static void
merge_halves(const double *a, const double *b, double *run)
{
	const double *a_end = a + HALF - 1;
	const double *b_end = b + HALF - 1;
	size_t		least = 0;		/* of run's first k, so many are b's */
	size_t		greatest = 0;	/* of its last k */

	for (size_t k = 0; k < HALF; k++)
	{
		double		x = a[k - least];
		double		y = b[least];

		run[k] = y < x ? y : x;
		least += y < x;
		x = *(a_end - (k - greatest));
		y = *(b_end - greatest);
		run[RUN - 1 - k] = x > y ? x : y;
		greatest += x > y ? 0 : 1;
	}
}

/*
 * Add a sorted half run, carry, to a level; it is changed on its way up.
 * run: (RUN) scratch.
 */
static void
add_half(MmlValues *values, int level, double *carry, double *run, MmlRoom *room)
{
	int			free_level = level + __builtin_ctzll(~(values->runs >> level));

	MML_ASSERT(free_level < MML_VALUES_LEVELS);
	if (values->level[free_level] == NULL)
		values->level[free_level] = room->resize(room, NULL, 0, HALF * sizeof(double));
	for (int i = level; i < free_level; i++)
	{
		size_t		odd = next_odd(values, i + 1);

		merge_halves(values->level[i], carry, run);
		for (size_t k = 0; k < HALF; k++)
			carry[k] = run[2 * k + odd];
	}
	memcpy(values->level[free_level], carry, HALF * sizeof(double));
	values->runs += (uint64_t) 1 << level;
}

/* Sort a run of values, and add every other one to level 0.  run: (3,RUN). */
static void
add_run(MmlValues *values, double *run, MmlRoom *room)
{
	uint64_t   *keys = (uint64_t *) run;
	double	   *carry = run + 2 * RUN;
	size_t		odd = next_odd(values, 0);
	uint64_t	first = mml_key_of(run[0]);
	uint64_t	differ = 0;

	for (size_t i = 0; i < RUN; i++)
	{
		keys[i] = mml_key_of(run[i]);
		differ |= keys[i] ^ first;
	}
	sort_run(keys, differ, keys + RUN);
	mml_profile_distinct_add(values->distinct, mml_hash_word(keys[0]));
	for (size_t i = 1; i < RUN; i++)
		if (keys[i] != keys[i - 1])
			mml_profile_distinct_add(values->distinct, mml_hash_word(keys[i]));
	for (size_t k = 0; k < HALF; k++)
		carry[k] = mml_number_of_key(keys[2 * k + odd]);
	add_half(values, 0, carry, run, room);
	MML_CHECK();
}

/* Sum up the loose values that are not yet. */
static void
sum_up(MmlValues *values)
{
	if (values->summed < values->count)
		mml_profile_moments_add(&values->moments, values->count - values->summed,
								values->loose + values->summed);
	values->summed = values->count;
}

/* Add a full run of loose values to the levels. */
static void
empty_loose(MmlValues *values, MmlRoom *room)
{
	sum_up(values);
	add_run(values, values->loose, room);
	values->count = 0;
	values->summed = 0;
}

/*
 * From all values being loose to levels.  A run is then loose at most, with
 * room for two more behind it as scratch.
 */
static void
begin_levels(MmlValues *values, MmlRoom *room)
{
	double	   *all = values->loose;
	size_t		old = values->room;
	size_t		count = values->count;
	double	   *loose = room->resize(room, NULL, 0, MML_VALUES_LOOSE * sizeof(double));

	sum_up(values);
	values->distinct = room->resize(room, NULL, 0, sizeof(MmlDistinct));
	memset(values->distinct, 0, sizeof(MmlDistinct));
	for (; count >= RUN; count -= RUN)
	{
		memcpy(loose, all + values->count - count, RUN * sizeof(double));
		add_run(values, loose, room);
	}
	if (count > 0)
		memcpy(loose, all + values->count - count, count * sizeof(double));
	values->loose = loose;
	values->room = RUN;
	values->count = count;
	values->summed = count;
	room->resize(room, all, old * sizeof(double), 0);
}

/* --------------------------------------------------------------- adding */

/*
 * Make room for another loose value where there is none.  A caller adds one
 * at once: levels begin with the first value that is one too many.
 */
void
mml_profile_values_make_room(MmlValues *values, MmlRoom *room)
{
	size_t		more = MML_MIN(MML_MAX(2 * values->room, LEAST_ROOM), MML_EXACT);

	if (!mml_profile_values_exact(values))
		empty_loose(values, room);
	else if (values->count == MML_EXACT)
		begin_levels(values, room);
	else
	{
		sum_up(values);
		values->loose = room->resize(room, values->loose, values->room * sizeof(double),
									 more * sizeof(double));
		values->room = more;
	}
}

/* Whether they are all there. */
bool
mml_profile_values_exact(const MmlValues *values)
{
	return values->distinct == NULL;
}

/* Moments of all values. */
void
mml_profile_values_moments(const MmlValues *values, MmlMoments *moments)
{
	*moments = values->moments;
	if (values->summed < values->count)
		mml_profile_moments_add(moments, values->count - values->summed,
								values->loose + values->summed);
}

/* Add the values of another. */
void
mml_profile_values_merge(MmlValues *values, const MmlValues *other, MmlRoom *room)
{
	MmlMoments	moments;

	sum_up(values);
	moments = values->moments;
	if (mml_profile_values_exact(values) &&
		(!mml_profile_values_exact(other) || values->count + other->count > MML_EXACT))
		begin_levels(values, room);
	if (!mml_profile_values_exact(other))
		mml_profile_distinct_merge(values->distinct, other->distinct);
	for (int i = 0; i < MML_VALUES_LEVELS; i++)
		if (other->runs >> i & 1)
		{
			double	   *carry = values->loose + 2 * RUN;

			memcpy(carry, other->level[i], HALF * sizeof(double));
			add_half(values, i, carry, values->loose + RUN, room);
		}
	for (size_t i = 0; i < other->count; i++)
		mml_profile_values_add(values, other->loose[i], room);

	/* Not by adding: workers' moments are merged, whatever is loose now. */
	values->moments = moments;
	mml_profile_values_moments(other, &moments);
	mml_profile_moments_merge(&values->moments, &moments);
	values->summed = values->count;
}

/* -------------------------------------------------------------- reading */

/* How many pairs mml_profile_values_sorted() gives. */
size_t
mml_profile_values_pairs(const MmlValues *values)
{
	if (mml_profile_values_exact(values))
		return values->count;
	return values->count + (size_t) __builtin_popcountll(values->runs) * HALF + 2;
}

/* Merge a level into n pairs, which have room behind them: from the end. */
static void
merge_level(size_t n, MmlWeighted *pairs, const double *level, int64_t weight)
{
	size_t		held = HALF;

	while (held > 0)
	{
		MmlWeighted *last = &pairs[n + held - 1];

		if (n > 0 && pairs[n - 1].value > level[held - 1])
			*last = pairs[--n];
		else
		{
			last->value = level[--held];
			last->weight = weight;
		}
	}
}

/*
 * The values, ascending, each with the number of values that it stands for.
 * Where there are levels, the least and the greatest of all values, which are
 * known, stand first and last for themselves.
 */
void
mml_profile_values_sorted(const MmlValues *values, MmlWeighted *pairs, uint64_t *scratch)
{
	MmlMoments	moments;
	size_t		n = values->count;
	MmlWeighted *inner = mml_profile_values_exact(values) ? pairs : pairs + 1;

	for (size_t i = 0; i < n; i++)
		scratch[i] = mml_key_of(values->loose[i]);
	mml_sort_keys(n, scratch, (uint64_t *) pairs);
	for (size_t i = 0; i < n; i++)
	{
		inner[i].value = mml_number_of_key(scratch[i]);
		inner[i].weight = 1;
	}
	if (mml_profile_values_exact(values))
		return;
	for (int i = 0; i < MML_VALUES_LEVELS; i++)
		if (values->runs >> i & 1)
		{
			merge_level(n, inner, values->level[i], (int64_t) 1 << (i + 1));
			n += HALF;
			MML_CHECK();
		}
	mml_profile_values_moments(values, &moments);
	inner[0].weight--;
	inner[n - 1].weight--;
	pairs[0].value = moments.min;
	pairs[0].weight = 1;
	inner[n].value = moments.max;
	inner[n].weight = 1;
}

/*
 * How many distinct values there are, by their n pairs: exact, or estimated
 * where values are not all there.
 */
double
mml_profile_values_distinct(const MmlValues *values, size_t n, const MmlWeighted *pairs,
							bool *exact)
{
	MmlDistinct all;
	size_t		different = 0;
	double		estimate;

	for (size_t i = 0; i < n; i++)
		different += i == 0 || pairs[i].value != pairs[i - 1].value;
	*exact = mml_profile_values_exact(values);
	if (*exact)
		return (double) different;
	all = *values->distinct;
	for (size_t i = 0; i < values->count; i++)
		mml_profile_distinct_add(&all, mml_hash_word(mml_key_of(values->loose[i])));
	estimate = mml_profile_distinct_estimate(&all);
	return MML_MAX(estimate, (double) different);
}

/*
 * The quantile q, 0 .. 1, of sorted pairs: by linear interpolation between
 * the two values that (N - 1) q lies between, where N is the sum of weights
 * (type 7 of Hyndman and Fan, "Sample quantiles in statistical packages", The
 * American Statistician 50, 1996).  NaN of nothing.
 */
double
mml_profile_weighted_quantile(size_t n, const MmlWeighted *pairs, double q)
{
	int64_t		all = 0;
	int64_t		below = 0;
	int64_t		rank;
	double		share;
	double		gap;
	size_t		i = 0;
	size_t		next;

	for (size_t k = 0; k < n; k++)
		all += pairs[k].weight;
	if (all == 0)
		return NAN;
	share = (double) (all - 1) * q;
	rank = MML_MIN((int64_t) share, all - 1);
	share -= (double) rank;
	while (below + pairs[i].weight <= rank)
		below += pairs[i++].weight;
	next = i;
	if (below + pairs[i].weight <= rank + 1)
		do
			next++;
		while (next < n && pairs[next].weight == 0);
	if (next >= n || share <= 0)
		return pairs[i].value;
	gap = pairs[next].value - pairs[i].value;
	if (!isfinite(gap))
		return pairs[i].value * (1 - share) + pairs[next].value * share;
	return share < 0.5 ? pairs[i].value + gap * share : pairs[next].value - gap * (1 - share);
}

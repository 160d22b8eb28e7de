/*-------------------------------------------------------------------------
 *
 * scores.c
 *	  Walk down the thresholds of scores: average precision, points of the ROC
 *	  curve, lift, and the threshold that costs least.
 *
 * A threshold predicts positive what has at least its score; so rows with the
 * same score are always on the same side, and no result depends on the order
 * of rows.  Each walk takes O(rows) once scores are sorted.
 *
 *-------------------------------------------------------------------------
 */
#include <math.h>

#include "metrics/scores.h"

/* Interrupts are polled once in so many thresholds. */
#define POLL (1 << 19)

/* The greatest key of which so many of n sorted keys are above; 0: none. */
MML_INLINE uint64_t
key_below(size_t n, const uint64_t *keys, size_t above)
{
	return above < n ? keys[n - 1 - above] : 0;
}

/*
 * Go down to the next threshold, from {0, 0, 0} on; false where there is none.
 */
static bool
next_threshold(const MmlSortedScores *scores, MmlThreshold *at)
{
	uint64_t	positive = key_below(scores->positives, scores->positive, at->positives);
	uint64_t	negative = key_below(scores->negatives, scores->negative, at->negatives);
	uint64_t	key = MML_MAX(positive, negative);

	if (key == 0)
		return false;
	at->key = key;
	while (key_below(scores->positives, scores->positive, at->positives) == key)
		at->positives++;
	while (key_below(scores->negatives, scores->negative, at->negatives) == key)
		at->negatives++;
	if ((at->positives + at->negatives) % POLL == 0)
		MML_CHECK();
	return true;
}

/*
 * The sum over thresholds of precision times the gain in recall; NaN where no
 * row is positive.
 */
double
mml_metrics_average_precision_of(const MmlSortedScores *scores)
{
	MmlThreshold at = {0, 0, 0};
	double		sum = 0;
	double		rest = 0;
	size_t		before = 0;

	if (scores->positives == 0)
		return NAN;
	while (next_threshold(scores, &at))
	{
		double		gain = (double) (at.positives - before) / (double) scores->positives;

		before = at.positives;
		mml_metrics_sum(&sum, &rest, gain * (double) at.positives /
						(double) (at.positives + at.negatives));
	}
	return sum + rest;
}

/* ------------------------------------------------------------ ROC curve */

/*
 * Go down to the next threshold at which the curve bends, or to the first or
 * last; false where there is none.  ahead is the threshold below it, or the
 * same where it is the last; both begin as {0, 0, 0}.
 */
static bool
next_corner(const MmlSortedScores *scores, MmlThreshold *at, MmlThreshold *ahead)
{
	bool		first = at->key == 0;
	MmlThreshold before;

	if (first)
		(void) next_threshold(scores, ahead);
	if (at->key == ahead->key)
		return false;
	do
	{
		before = *at;
		*at = *ahead;
		if (!next_threshold(scores, ahead) || first)
			return true;
	} while (at->positives - before.positives == ahead->positives - at->positives &&
			 at->negatives - before.negatives == ahead->negatives - at->negatives);
	return true;
}

/* How many points the curve has: its corners and (0, 0). */
size_t
mml_metrics_roc_curve_points(const MmlSortedScores *scores)
{
	MmlThreshold at = {0, 0, 0};
	MmlThreshold ahead = {0, 0, 0};
	size_t		count = 1;

	while (next_corner(scores, &at, &ahead))
		count++;
	return count;
}

/* Set a point of the curve. */
static void
set_point(MmlRocPoint *point, const MmlSortedScores *scores, const MmlThreshold *at)
{
	point->threshold = mml_number_of_key(at->key);
	point->false_rate = (double) at->negatives / (double) scores->negatives;
	point->true_rate = (double) at->positives / (double) scores->positives;
}

/*
 * The points of the curve, from (0, 0) to (1, 1), of which there are all, as
 * many as there is room for, at least 3: points (the lesser of both).  Returns
 * how many; both classes have rows.
 *
 * Where there is no room for all, the curve, whose length along the axes is 2, is cut
 * into stretches of equal length, and the last corner of each stays: what is
 * left out lies within 2 / room of what stays.
 */
size_t
mml_metrics_roc_curve(const MmlSortedScores *scores, size_t all, size_t room, MmlRocPoint *points)
{
	MmlThreshold at = {0, 0, 0};
	MmlThreshold ahead = {0, 0, 0};
	double		stretches = (double) (room - 2);
	double		stretch = -1;
	size_t		count = 1;

	points[0].threshold = INFINITY;
	points[0].false_rate = points[0].true_rate = 0;
	while (next_corner(scores, &at, &ahead))
	{
		MmlRocPoint point;
		double		now;

		set_point(&point, scores, &at);
		now = floor((point.false_rate + point.true_rate) / 2 * stretches);
		if (all <= room || now != stretch)
			count++;
		stretch = now;
		points[count - 1] = point;
	}
	return count;
}

/* ----------------------------------------------------------------- lift */

/*
 * Cut the rows, in descending order of their scores, into so many parts that
 * are as equal as can be, and say what each holds: lift (parts).  Of rows with
 * the same score on both sides of a cut each part has its share of positives.
 * Returns how many parts have rows.
 *
 * The loop's invariant: rows before done are in parts that are finished, and
 * held is the number of positives in them; at is the threshold that the last
 * row looked at has, before the one above it.
 */
size_t
mml_metrics_lift(const MmlSortedScores *scores, size_t parts, MmlLift *lift)
{
	size_t		rows = scores->positives + scores->negatives;
	MmlThreshold before = {0, 0, 0};
	MmlThreshold at = {0, 0, 0};
	size_t		count = 0;
	size_t		done = 0;
	double		held = 0;

	for (size_t part = 1; part <= parts; part++)
	{
		size_t		end = (size_t) ((unsigned __int128) rows * part / parts);
		MmlLift    *row = &lift[count];
		size_t		start;
		double		positives;

		if (end == done)
			continue;
		while (at.positives + at.negatives < end)
		{
			before = at;
			(void) next_threshold(scores, &at);
		}
		start = before.positives + before.negatives;
		positives = (double) before.positives + (double) (end - start) *
			(double) (at.positives - before.positives) /
			(double) (at.positives + at.negatives - start);
		row->rows = end - done;
		row->least = mml_number_of_key(at.key);
		row->positives = positives - held;
		row->captured = positives / (double) scores->positives;
		row->lift = row->positives / (double) row->rows * (double) rows / (double) scores->positives;
		done = end;
		held = positives;
		count++;
	}
	return count;
}

/* ------------------------------------------------------------ threshold */

/*
 * The threshold whose errors cost least, of those with the same cost the one
 * that predicts fewest rows positive.
 */
void
mml_metrics_best_threshold(const MmlSortedScores *scores, double cost_false_positive,
						   double cost_false_negative, MmlChoice *choice)
{
	MmlThreshold at = {0, 0, 0};
	MmlThreshold best = at;

	choice->threshold = INFINITY;
	choice->cost = cost_false_negative * (double) scores->positives;
	while (next_threshold(scores, &at))
	{
		double		cost = cost_false_positive * (double) at.negatives +
			cost_false_negative * (double) (scores->positives - at.positives);

		if (cost >= choice->cost)
			continue;
		best = at;
		choice->cost = cost;
		choice->threshold = mml_number_of_key(at.key);
	}
	choice->outcomes.count[1][1] = (int64_t) best.positives;
	choice->outcomes.count[1][0] = (int64_t) (scores->positives - best.positives);
	choice->outcomes.count[0][1] = (int64_t) best.negatives;
	choice->outcomes.count[0][0] = (int64_t) (scores->negatives - best.negatives);
}

/*-------------------------------------------------------------------------
 *
 * calibration.c
 *	  How often happens what is given a probability, bin by bin.
 *
 * Bins of equal width are kept in constant space.  Bins of equal numbers of
 * rows lie between quantiles, so they need every probability; edges that are
 * computed as numpy computes them, to the last bit, put ties on the same side
 * as scikit-learn does.
 *
 *-------------------------------------------------------------------------
 */
#include <math.h>
#include <string.h>

#include "metrics/scores.h"

/* Every invariant of a state of kind calibration; "!" because of NaN. */
static const char *
verify_calibration(const MmlState *state, size_t bytes)
{
	const MmlCalibration *calibration = (const MmlCalibration *) state;

	if (calibration->bins < 0 || calibration->bins > MML_CALIBRATION_MOST ||
		mml_metrics_calibration_bytes(calibration->bins) != bytes)
		return "Its number of bins is not that of its length.";
	for (int64_t i = 0; i < calibration->bins; i++)
	{
		const MmlBinCounts *bin = &calibration->bin[i];

		if (bin->rows < 0 || bin->rows > MML_METRICS_MAX_ROWS ||
			bin->positives < 0 || bin->positives > bin->rows)
			return "Its number of rows is out of range.";
		if (!(bin->probability.sum >= 0 && bin->probability.sum <= (double) bin->rows))
			return "Its sum is out of range.";
		if (!(fabs(bin->probability.rest) <= bin->probability.sum))
			return "Its rounding error is out of range.";
	}
	return NULL;
}

const MmlStateKind mml_metrics_calibration_kind = {
	.name = "calibration",
	.version = 1,
	.grows = true,
	.size = sizeof(MmlCalibration),
	.verify = verify_calibration
};

/* The bytes of a state of so many bins. */
size_t
mml_metrics_calibration_bytes(int64_t bins)
{
	return sizeof(MmlCalibration) + (size_t) bins * sizeof(MmlBinCounts);
}

/* The lower edge of a bin of so many; of bin n, the upper edge of the last. */
static double
edge_of(int64_t i, int64_t n)
{
	return i == n ? 1 : (double) i * (1.0 / (double) n);
}

/* Add a row to a state that has bins. */
void
mml_metrics_calibration_add(MmlCalibration *state, bool actual, double probability)
{
	int64_t		i = MML_MIN((int64_t) (probability * (double) state->bins), state->bins - 1);

	while (i > 0 && edge_of(i, state->bins) >= probability)
		i--;
	while (i + 1 < state->bins && edge_of(i + 1, state->bins) < probability)
		i++;
	state->bin[i].rows++;
	state->bin[i].positives += actual;
	mml_metrics_sum(&state->bin[i].probability.sum, &state->bin[i].probability.rest, probability);
}

/* Add the rows of another state of as many bins. */
void
mml_metrics_calibration_merge(MmlCalibration *state, const MmlCalibration *other)
{
	for (int64_t i = 0; i < other->bins; i++)
	{
		state->bin[i].rows += other->bin[i].rows;
		state->bin[i].positives += other->bin[i].positives;
		mml_metrics_sum(&state->bin[i].probability.sum, &state->bin[i].probability.rest,
						other->bin[i].probability.sum);
		state->bin[i].probability.rest += other->bin[i].probability.rest;
	}
}

/* What each bin holds: bins (state->bins). */
void
mml_metrics_calibration(const MmlCalibration *state, MmlBin *bins)
{
	for (int64_t i = 0; i < state->bins; i++)
	{
		bins[i].low = edge_of(i, state->bins);
		bins[i].high = edge_of(i + 1, state->bins);
		bins[i].rows = state->bin[i].rows;
		bins[i].positives = state->bin[i].positives;
		bins[i].probability = state->bin[i].probability;
	}
}

/* Merge the keys of both classes: keys (rows). */
static void
merge_keys(const MmlSortedScores *scores, uint64_t *keys)
{
	size_t		p = 0;
	size_t		n = 0;

	while (p < scores->positives || n < scores->negatives)
	{
		size_t		i = p + n;

		if (n == scores->negatives ||
			(p < scores->positives && scores->positive[p] <= scores->negative[n]))
			keys[i] = scores->positive[p++];
		else
			keys[i] = scores->negative[n++];
	}
}

/* The quantile q of n sorted keys, interpolated as numpy's. */
static double
quantile(size_t n, const uint64_t *keys, double q)
{
	double		place = q * (double) (n - 1);
	size_t		below = MML_MIN((size_t) place, n - 1);
	double		a = mml_number_of_key(keys[below]);
	double		b = mml_number_of_key(keys[MML_MIN(below + 1, n - 1)]);
	double		share = place - (double) below;

	return share >= 0.5 ? b - (b - a) * (1 - share) : a + (b - a) * share;
}

/*
 * What each of n bins between quantiles holds: bins (n); keys: scratch (rows).
 * There are rows.
 */
void
mml_metrics_calibration_quantile(const MmlSortedScores *scores, size_t n, uint64_t *keys, MmlBin *bins)
{
	size_t		rows = scores->positives + scores->negatives;
	size_t		p = 0;
	size_t		bin = 0;

	merge_keys(scores, keys);
	for (size_t i = 0; i < n; i++)
	{
		double		percent = edge_of((int64_t) i + 1, (int64_t) n) * 100;

		memset(&bins[i], 0, sizeof(*bins));
		bins[i].low = i == 0 ? mml_number_of_key(keys[0]) : bins[i - 1].high;
		bins[i].high = quantile(rows, keys, percent / 100);
	}
	for (size_t i = 0; i < rows; i++)
	{
		double		probability = mml_number_of_key(keys[i]);
		bool		positive = false;

		while (bin + 1 < n && bins[bin].high < probability)
			bin++;
		while (p < scores->positives && scores->positive[p] < keys[i])
			p++;
		if (p < scores->positives && scores->positive[p] == keys[i])
		{
			positive = true;
			p++;
		}
		bins[bin].rows++;
		bins[bin].positives += positive;
		mml_metrics_sum(&bins[bin].probability.sum, &bins[bin].probability.rest, probability);
		if (i % 65536 == 65535)
			MML_CHECK();
	}
}

/*-------------------------------------------------------------------------
 *
 * lists.c
 *	  What recommended lists are worth together: coverage of the catalogue,
 *	  novelty, and diversity within a list.
 *
 * Coverage counts different keys.  They come in any order behind those that
 * are sorted already; where they would outgrow these, all are sorted and each
 * is kept once, so that a key costs O(log) amortised, and a state takes at
 * most twice the bytes of its different keys.
 *
 * Novelty is the mean self-information of what was recommended, log2(all
 * viewers / viewers of the item): Zhou et al., "Solving the apparent
 * diversity-accuracy dilemma of recommender systems", PNAS 107(10), 2010.  An
 * item without viewers counts as if it had one.
 *
 * Diversity is the mean over pairs of a list of 1 less the cosine of their
 * features: Ziegler et al., "Improving recommendation lists through topic
 * diversification", WWW 2005.  With s the sum of the unit vectors, the sum of
 * cosines over pairs is (|s|^2 - units) / 2, which takes one pass.  An item
 * whose features are all 0 has the cosine 0 with every other.
 *
 *-------------------------------------------------------------------------
 */
#include <math.h>
#include <string.h>

#include "core/sort.h"
#include "metrics/metrics.h"

/* ------------------------------------------------------------- coverage */

/* Every invariant of a state of kind coverage. */
static const char *
verify_coverage(const MmlState *state, size_t bytes)
{
	const MmlCoverage *coverage = (const MmlCoverage *) state;

	if (coverage->count < 0 || coverage->count > MML_METRICS_MAX_ROWS ||
		mml_metrics_coverage_bytes(coverage->count) != bytes)
		return "Its number of keys is not that of its length.";
	if (coverage->sorted < 0 || coverage->sorted > coverage->count)
		return "Its number of sorted keys is out of range.";
	if (coverage->catalogue < 0 || (coverage->catalogue == 0 && coverage->count > 0))
		return "Its number of items is out of range.";
	for (int64_t i = 1; i < coverage->sorted; i++)
		if (coverage->keys[i - 1] >= coverage->keys[i])
			return "Its keys are not in order.";
	return NULL;
}

const MmlStateKind mml_metrics_coverage_kind = {
	.name = "catalogue_coverage",
	.version = 1,
	.grows = true,
	.size = sizeof(MmlCoverage),
	.verify = verify_coverage
};

/* The bytes of a state of so many keys, at most MML_METRICS_MAX_ROWS. */
size_t
mml_metrics_coverage_bytes(int64_t count)
{
	return sizeof(MmlCoverage) + (size_t) count * sizeof(uint64_t);
}

/* Is it time to sort, before so many keys more? */
bool
mml_metrics_coverage_full(const MmlCoverage *state, int64_t more)
{
	return state->count > state->sorted &&
		state->count + more > 2 * state->sorted + 1024;
}

/* Sort all keys and keep each once; scratch (count). */
void
mml_metrics_coverage_compact(MmlCoverage *state, uint64_t *scratch)
{
	int64_t		kept = 0;

	mml_sort_keys((size_t) state->count, state->keys, scratch);
	for (int64_t i = 0; i < state->count; i++)
		if (kept == 0 || state->keys[kept - 1] != state->keys[i])
			state->keys[kept++] = state->keys[i];
	state->count = state->sorted = kept;
}

/* The share of the catalogue, of a state whose keys are all sorted. */
double
mml_metrics_coverage(const MmlCoverage *state)
{
	return (double) state->count / (double) state->catalogue;
}

/* -------------------------------------------------------------- novelty */

/* What one row can tell at most: log2 of all viewers. */
#define MOST_BITS 63.0

/* Every invariant of a state of kind novelty; "!" because of NaN. */
static const char *
verify_novelty(const MmlState *state, size_t bytes)
{
	const MmlNovelty *novelty = (const MmlNovelty *) state;

	(void) bytes;
	if (novelty->rows < 0 || novelty->rows > MML_METRICS_MAX_ROWS)
		return "Its number of rows is out of range.";
	if (!(novelty->sum >= 0 && novelty->sum <= MOST_BITS * (double) novelty->rows))
		return "Its sum is out of range.";
	if (!(fabs(novelty->rest) <= novelty->sum))
		return "Its rounding error is out of range.";
	return NULL;
}

const MmlStateKind mml_metrics_novelty_kind = {
	.name = "novelty",
	.version = 1,
	.size = sizeof(MmlNovelty),
	.verify = verify_novelty
};

/* Add a recommended item that so many of all viewers, at least 1, have seen. */
void
mml_metrics_novelty_add(MmlNovelty *state, int64_t viewers, int64_t all)
{
	double		share = (double) MML_MAX(viewers, 1) / (double) all;

	state->rows++;
	mml_metrics_sum(&state->sum, &state->rest, share < 1 ? -log2(share) : 0);
}

/* Add the rows of another state. */
void
mml_metrics_novelty_merge(MmlNovelty *state, const MmlNovelty *other)
{
	state->rows += other->rows;
	mml_metrics_sum(&state->sum, &state->rest, other->sum);
	state->rest += other->rest;
}

/* The mean, in bits; NaN of no rows. */
double
mml_metrics_novelty(const MmlNovelty *state)
{
	return (state->sum + state->rest) / (double) state->rows;
}

/* ------------------------------------------------------------ diversity */

/* Every invariant of a state of kind diversity; "!" because of NaN. */
static const char *
verify_diversity(const MmlState *state, size_t bytes)
{
	const MmlDiversity *diversity = (const MmlDiversity *) state;

	if (diversity->dims < 0 || diversity->dims > MML_DIVERSITY_MOST_DIMS ||
		mml_metrics_diversity_bytes(diversity->dims) != bytes)
		return "Its number of features is not that of its length.";
	if (diversity->items < 0 || diversity->items > MML_METRICS_MAX_ROWS ||
		diversity->units < 0 || diversity->units > diversity->items ||
		(diversity->dims == 0 && diversity->units > 0))
		return "Its number of items is out of range.";
	for (int64_t d = 0; d < diversity->dims; d++)
		if (!(fabs(diversity->sum[d]) <= 2 * (double) diversity->units))
			return "A sum of unit vectors is out of range.";
	return NULL;
}

const MmlStateKind mml_metrics_diversity_kind = {
	.name = "diversity",
	.version = 1,
	.grows = true,
	.size = sizeof(MmlDiversity),
	.verify = verify_diversity
};

/* The bytes of a state of so many features. */
size_t
mml_metrics_diversity_bytes(int64_t dims)
{
	return sizeof(MmlDiversity) + (size_t) dims * sizeof(double);
}

/* Add an item by its features (dims), all finite. */
void
mml_metrics_diversity_add(MmlDiversity *state, const double *features)
{
	double		most = 0;
	double		square = 0;

	state->items++;
	for (int64_t d = 0; d < state->dims; d++)
		most = fmax(most, fabs(features[d]));
	if (most == 0)
		return;
	for (int64_t d = 0; d < state->dims; d++)
		square += (features[d] / most) * (features[d] / most);
	state->units++;
	for (int64_t d = 0; d < state->dims; d++)
		state->sum[d] += features[d] / most / sqrt(square);
}

/* Add the items of another state of as many features. */
void
mml_metrics_diversity_merge(MmlDiversity *state, const MmlDiversity *other)
{
	state->items += other->items;
	state->units += other->units;
	for (int64_t d = 0; d < other->dims; d++)
		state->sum[d] += other->sum[d];
}

/* The mean over pairs of 1 less their cosine; NaN of fewer than two items. */
double
mml_metrics_diversity(const MmlDiversity *state)
{
	double		pairs = (double) state->items * ((double) state->items - 1) / 2;
	double		square = 0;

	for (int64_t d = 0; d < state->dims; d++)
		square += state->sum[d] * state->sum[d];
	return pairs > 0 ? 1 - (square - (double) state->units) / 2 / pairs : NAN;
}

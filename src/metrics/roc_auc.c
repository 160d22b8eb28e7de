/*-------------------------------------------------------------------------
 *
 * roc_auc.c
 *	  The area under the ROC curve, exactly.
 *
 * The area is the share of pairs (a positive row, a negative row) in which
 * the positive has the higher score, ties counted half: the Mann-Whitney
 * statistic (Hanley and McNeil, "The meaning and use of the area under a
 * receiver operating characteristic (ROC) curve", Radiology 143, 1982).
 *
 * A score is kept as a key: its bits as an unsigned integer, mapped so that
 * keys are ordered as scores are, and equal just where scores are.  To finish,
 * keys of positive and negative rows are sorted apart, by radix, and counted
 * while merging them.  All counts are integers, so the result does not depend
 * on the order of rows, nor on how they were shared among workers.
 *
 * Cost: 8.125 bytes a row; O(rows) to finish, with 12 to 16 bytes a row more.
 *
 *-------------------------------------------------------------------------
 */
#include "core/sort.h"
#include "metrics/scores.h"

#define GROUP 64				/* rows that share a word of labels */
#define LEAST_KEY (~(uint64_t) 0xFFF0000000000000)	/* of -Infinity */
#define GREATEST_KEY (0x7FF0000000000000 | MML_KEY_SIGN)	/* of Infinity */

/* Interrupts are polled once in so many rows. */
#define POLL (1 << 19)

/* ------------------------------------------------------------ the state */

/* Words that so many rows take: keys, and a label word for each group. */
static size_t
words_of(int64_t rows)
{
	return (size_t) rows + ((size_t) rows + GROUP - 1) / GROUP;
}

/* Bytes that a state of so many rows takes. */
size_t
mml_metrics_roc_auc_bytes(int64_t rows)
{
	return sizeof(MmlRocAuc) + words_of(rows) * sizeof(uint64_t);
}

/* Every invariant of a state of kind roc_auc; "!" because of NaN. */
static const char *
verify_roc_auc(const MmlState *state, size_t bytes)
{
	const MmlRocAuc *roc = (const MmlRocAuc *) state;
	int64_t		positives = 0;

	if (roc->rows < 0 || (uint64_t) roc->rows > bytes / sizeof(uint64_t) ||
		bytes != mml_metrics_roc_auc_bytes(roc->rows))
		return "Its number of rows is out of range.";
	for (int i = 0; i < 2; i++)
		if (!(roc->option[i] >= 0 && isfinite(roc->option[i])))
			return "An option is out of range.";
	for (int64_t row = 0; row < roc->rows; row += GROUP)
	{
		int			n = (int) MML_MIN(roc->rows - row, GROUP);
		const uint64_t *group = roc->words + words_of(row);

		if (n < GROUP && group[0] >> n != 0)
			return "It has labels of rows that it does not have.";
		positives += __builtin_popcountll(group[0]);
		for (int i = 1; i <= n; i++)
			if (group[i] < LEAST_KEY || group[i] > GREATEST_KEY)
				return "It has a score that is not a number.";
		if (row % POLL == 0)
			MML_CHECK();
	}
	if (positives != roc->positives)
		return "Its number of positive rows is wrong.";
	return NULL;
}

const MmlStateKind mml_metrics_roc_auc_kind = {
	.name = "roc_auc",
	.version = 1,
	.grows = true,
	.size = sizeof(MmlRocAuc),
	.verify = verify_roc_auc
};

/* Append a row; the state has room for it. */
static void
append(MmlRocAuc *state, bool actual, uint64_t key)
{
	int			i = (int) (state->rows % GROUP);
	uint64_t   *group = state->words + words_of(state->rows - i);

	if (i == 0)
		group[0] = 0;
	group[0] |= (uint64_t) actual << i;
	group[1 + i] = key;
	state->rows++;
	state->positives += actual;
}

/*
 * Add one row, whose score is not NaN, to a state that has room for it:
 * mml_metrics_roc_auc_bytes(rows + 1).
 */
void
mml_metrics_roc_auc_add(MmlRocAuc *state, bool actual, double score)
{
	append(state, actual, mml_key_of(score));
}

/* Add the rows of another state; the first has room for them. */
void
mml_metrics_roc_auc_merge(MmlRocAuc *state, const MmlRocAuc *other)
{
	for (int64_t row = 0; row < other->rows; row += GROUP)
	{
		int			n = (int) MML_MIN(other->rows - row, GROUP);
		const uint64_t *group = other->words + words_of(row);

		for (int i = 0; i < n; i++)
			append(state, group[0] >> i & 1, group[1 + i]);
		if (row % POLL == 0)
			MML_CHECK();
	}
}

/* ------------------------------------------------------------- the area */

/* How many keys mml_metrics_scores_sort() needs for its work. */
size_t
mml_metrics_scores_work(const MmlRocAuc *state)
{
	int64_t		negatives = state->rows - state->positives;

	return (size_t) (state->rows + MML_MAX(state->positives, negatives));
}

/* Sort out the keys of positive and of negative rows. */
static void
split_keys(const MmlRocAuc *state, uint64_t *positive, uint64_t *negative)
{
	for (int64_t row = 0; row < state->rows; row += GROUP)
	{
		int			n = (int) MML_MIN(state->rows - row, GROUP);
		const uint64_t *group = state->words + words_of(row);

		for (int i = 0; i < n; i++)
		{
			if (group[0] >> i & 1)
				*positive++ = group[1 + i];
			else
				*negative++ = group[1 + i];
		}
		if (row % POLL == 0)
			MML_CHECK();
	}
}

/*
 * Sort the scores of each class.  work: as many keys as
 * mml_metrics_scores_work() says; scores lie in it.
 */
void
mml_metrics_scores_sort(const MmlRocAuc *state, uint64_t *work, MmlSortedScores *scores)
{
	uint64_t   *positive = work;
	uint64_t   *negative = work + state->positives;
	uint64_t   *scratch = work + state->rows;

	scores->positives = (size_t) state->positives;
	scores->negatives = (size_t) (state->rows - state->positives);
	scores->positive = positive;
	scores->negative = negative;
	split_keys(state, positive, negative);
	mml_sort_keys(scores->positives, positive, scratch);
	mml_sort_keys(scores->negatives, negative, scratch);
}

/*
 * The area; NaN where a class has no rows.
 *
 * The loop's invariant: keys of negatives before below are less than the
 * present positive's, those before upto are not greater, and wins is twice
 * the pairs that earlier positives won, ties counted half.
 */
double
mml_metrics_roc_auc(const MmlSortedScores *scores)
{
	size_t		positives = scores->positives;
	size_t		negatives = scores->negatives;
	const uint64_t *positive = scores->positive;
	const uint64_t *negative = scores->negative;
	size_t		below = 0;
	size_t		upto = 0;
	uint64_t	wins = 0;

	for (size_t i = 0; i < positives; i++)
	{
		while (below < negatives && negative[below] < positive[i])
			below++;
		upto = MML_MAX(upto, below);
		while (upto < negatives && negative[upto] == positive[i])
			upto++;
		wins += below + upto;
		if (i % POLL == 0)
			MML_CHECK();
	}
	return (double) wins / (2.0 * (double) positives * (double) negatives);
}

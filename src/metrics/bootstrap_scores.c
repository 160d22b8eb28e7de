/*-------------------------------------------------------------------------
 *
 * bootstrap_scores.c
 *	  Metrics of two classes that are no means, and how far they can be
 *	  believed: roc_auc, average_precision, precision, recall and f1.
 *
 * Method: the percentile interval of the bootstrap, as in bootstrap.c, whose
 * generator, seed and quantiles these are.  What is drawn are clusters with
 * all of their rows, since rows of a viewer hang together (Field and Welsh,
 * "Bootstrapping clustered data", JRSS B 69(3), 2007).  A resample says how
 * many times each cluster was drawn, and so each of its rows counts; rows are
 * sorted by score once, and all metrics come of one walk from the highest
 * score down.  Rows with the same score are on the same side of every
 * threshold, as in scores.c and roc_auc.c.
 *
 * With a second score and prediction of each row, those of an older model, the
 * figures are what the first is above the second, of the same resamples.
 *
 * Of a resample without rows of both classes there is no roc_auc, of one
 * without positive rows no average_precision: it does not count for these.
 *
 * Rows are sorted by all that they hold before clusters are numbered, so their
 * order says nothing.  Counts are whole numbers, exact below 2^53.
 *
 * Cost: resamples * (clusters draws + rows, twice for two scores), some 10 ns
 * each while rows fit the cache.
 *
 *-------------------------------------------------------------------------
 */
#include <math.h>

#include "core/sort.h"
#include "metrics/bootstrap.h"

/* Interrupts are polled once in so many rows. */
#define POLL (1 << 19)

/* A row in the order of a score: its cluster above these bits of its labels. */
#define ACTUAL ((uint64_t) MML_ROW_ACTUAL)
#define PREDICTED ((uint64_t) MML_ROW_PREDICTED)
#define LAST ((uint64_t) 4)		/* of the rows with its score */
#define CLUSTER_SHIFT 3

/* What a resample is made of. */
typedef struct Job
{
	size_t		rows;
	size_t		clusters;
	int			models;			/* 1, or 2 */
	uint64_t   *order[2];		/* (rows) by the score of each model */
	uint64_t   *times;			/* (clusters) each was drawn */
} Job;

/* ------------------------------------------------------------ the state */

/* Every invariant of a state of one model, or of two. */
static const char *
verify_rows(const MmlState *state, size_t bytes, size_t width)
{
	const MmlBootstrap *bootstrap = (const MmlBootstrap *) state;
	const char *wrong = mml_metrics_bootstrap_verify(state, bytes, width);
	double		labels = width == MML_GAIN_WIDTH ? 7 : 3;

	for (int64_t i = 0; wrong == NULL && i < bootstrap->count; i++)
	{
		const double *row = bootstrap->values + (size_t) i * width;

		if (row[1] < MML_ROW_ALONE || row[1] >= (double) MML_ROW_CLUSTERS || row[1] != floor(row[1]))
			return "A cluster is out of range.";
		if (row[2] < 0 || row[2] > labels || row[2] != floor(row[2]))
			return "A label is out of range.";
		if (i % POLL == 0)
			MML_CHECK();
	}
	return wrong;
}

/* Every invariant of a state of kind bootstrap_scores. */
static const char *
verify_scores(const MmlState *state, size_t bytes)
{
	return verify_rows(state, bytes, MML_SCORES_WIDTH);
}

/* Every invariant of a state of kind bootstrap_gain. */
static const char *
verify_gain(const MmlState *state, size_t bytes)
{
	return verify_rows(state, bytes, MML_GAIN_WIDTH);
}

const MmlStateKind mml_metrics_bootstrap_scores_kind = {
	.name = "bootstrap_scores",
	.version = 1,
	.grows = true,
	.size = sizeof(MmlBootstrap),
	.verify = verify_scores
};

const MmlStateKind mml_metrics_bootstrap_gain_kind = {
	.name = "bootstrap_gain",
	.version = 1,
	.grows = true,
	.size = sizeof(MmlBootstrap),
	.verify = verify_gain
};

/* ------------------------------------------------------ rows in their orders */

/* By cluster, then by all else. */
static int
compare_clusters(const void *a, const void *b)
{
	const MmlScoredRow *x = a;
	const MmlScoredRow *y = b;

	if (x->cluster != y->cluster)
		return x->cluster < y->cluster ? -1 : 1;
	if (x->score != y->score)
		return x->score < y->score ? -1 : 1;
	if (x->old_score != y->old_score)
		return x->old_score < y->old_score ? -1 : 1;
	return (x->labels > y->labels) - (x->labels < y->labels);
}

/* The highest score first. */
static int
compare_scores(const void *a, const void *b)
{
	double		x = ((const MmlScoredRow *) a)->score;
	double		y = ((const MmlScoredRow *) b)->score;

	return (x < y) - (x > y);
}

/* Copy the rows of a state. */
static void
take_rows(const MmlBootstrap *state, size_t width, MmlScoredRow *rows)
{
	for (size_t i = 0; i < (size_t) state->count; i++)
	{
		const double *row = state->values + i * width;

		rows[i].score = row[0];
		rows[i].cluster = row[1];
		rows[i].labels = row[2];
		rows[i].old_score = width == MML_GAIN_WIDTH ? row[3] : 0;
	}
}

/* Number the clusters of n rows, and return how many there are. */
static size_t
number_clusters(size_t n, MmlScoredRow *rows)
{
	size_t		clusters = 0;
	double		last = MML_ROW_ALONE;

	mml_sort(n, rows, sizeof(*rows), compare_clusters);
	for (size_t i = 0; i < n; i++)
	{
		double		cluster = rows[i].cluster;

		if (cluster == MML_ROW_ALONE || cluster != last)
			clusters++;
		last = cluster;
		rows[i].cluster = (double) (clusters - 1);
	}
	return clusters;
}

/* Write down the order of n rows by their score. */
static void
order_rows(size_t n, MmlScoredRow *rows, uint64_t *order)
{
	mml_sort(n, rows, sizeof(*rows), compare_scores);
	for (size_t i = 0; i < n; i++)
	{
		order[i] = (uint64_t) rows[i].cluster << CLUSTER_SHIFT | ((uint64_t) rows[i].labels & (ACTUAL | PREDICTED));
		if (i + 1 == n || rows[i + 1].score != rows[i].score)
			order[i] |= LAST;
	}
}

/* Put the older model's score and prediction in the place of the newer one's. */
static void
take_old(size_t n, MmlScoredRow *rows)
{
	for (size_t i = 0; i < n; i++)
	{
		uint64_t	labels = (uint64_t) rows[i].labels;

		rows[i].score = rows[i].old_score;
		rows[i].labels = (double) ((labels & ACTUAL) | (labels & MML_ROW_OLD_PREDICTED ? PREDICTED : 0));
	}
}

/* ------------------------------------------------------------- one resample */

/*
 * The figures of a model, of rows that count so many times as their cluster
 * was drawn: figure, one every stride numbers.
 *
 * The loop's invariant: positives and negatives are those with a higher score
 * than the present row, tied of each those before it with the same score; wins
 * is twice the pairs that positives won, ties counted half; gains is the sum
 * over thresholds of the precision times the positives gained.
 */
static void
walk(const Job *job, const uint64_t *order, double *figure, size_t stride)
{
	uint64_t	positives = 0;
	uint64_t	negatives = 0;
	uint64_t	tied[2] = {0, 0};
	uint64_t	predicted = 0;
	uint64_t	right = 0;
	double		wins = 0;
	double		gains = 0;

	for (size_t i = 0; i < job->rows; i++)
	{
		uint64_t	row = order[i];
		uint64_t	times = job->times[row >> CLUSTER_SHIFT];
		uint64_t	taken = row & PREDICTED ? times : 0;

		tied[row & ACTUAL] += times;
		predicted += taken;
		right += row & ACTUAL ? taken : 0;
		if (i % POLL == POLL - 1)
			MML_CHECK();
		if (!(row & LAST))
			continue;
		wins += (double) tied[0] * (double) (2 * positives + tied[1]);
		positives += tied[1];
		negatives += tied[0];
		if (tied[1] > 0)
			gains += (double) tied[1] * (double) positives / (double) (positives + negatives);
		tied[0] = tied[1] = 0;
	}
	figure[MML_FIGURE_ROC_AUC * stride] = wins / (2.0 * (double) positives * (double) negatives);
	figure[MML_FIGURE_AVERAGE_PRECISION * stride] = gains / (double) positives;
	for (int measure = MML_PRECISION; measure <= MML_F1; measure++)
		figure[(MML_FIGURE_PRECISION + (size_t) measure) * stride] =
			mml_metrics_measure((MmlMeasure) measure, (int64_t) right, (int64_t) positives, (int64_t) predicted);
}

/* The figures of a model, or what it is above the older one. */
static void
weigh(const Job *job, double *figure, size_t stride)
{
	double		old[MML_FIGURES];

	walk(job, job->order[0], figure, stride);
	if (job->models < 2)
		return;
	walk(job, job->order[1], old, 1);
	for (size_t k = 0; k < MML_FIGURES; k++)
		figure[k * stride] -= old[k];
}

/* Draw as many clusters as there are, with replacement, and weigh their rows. */
static void
draw_clusters(void *what, MmlRandom *rng, double *figure, size_t stride)
{
	const Job  *job = what;

	memset(job->times, 0, job->clusters * sizeof(*job->times));
	for (size_t i = 0; i < job->clusters; i++)
	{
		job->times[mml_random_below(rng, job->clusters)]++;
		if (i % 65536 == 65535)
			MML_CHECK();
	}
	weigh(job, figure, stride);
}

/* How many words mml_metrics_bootstrap_scores() needs for its work. */
size_t
mml_metrics_bootstrap_scores_work(const MmlBootstrap *state)
{
	return (size_t) state->count * (sizeof(MmlScoredRow) / sizeof(uint64_t) + 3) +
		(size_t) state->resamples * (MML_FIGURES + 2);
}

/*
 * The figures and their intervals, and of how many resamples these are: of a
 * state of so many numbers a row, 3 or with an older model 4, intervals and
 * defined (MML_FIGURES).  work: as many words as
 * mml_metrics_bootstrap_scores_work() says.
 */
void
mml_metrics_bootstrap_scores(const MmlBootstrap *state, size_t width, uint64_t *work,
							 MmlInterval *intervals, size_t *defined)
{
	size_t		n = (size_t) state->count;
	size_t		resamples = (size_t) state->resamples;
	MmlScoredRow *rows = (MmlScoredRow *) work;
	Job			job = {.rows = n,.models = width == MML_GAIN_WIDTH ? 2 : 1};
	double	   *figures;
	uint64_t   *keys;
	double		figure[MML_FIGURES];

	job.order[0] = (uint64_t *) (rows + n);
	job.order[1] = job.order[0] + n;
	job.times = job.order[1] + n;
	figures = (double *) (job.times + n);
	keys = (uint64_t *) (figures + MML_FIGURES * resamples);
	take_rows(state, width, rows);
	job.clusters = number_clusters(n, rows);
	order_rows(n, rows, job.order[0]);
	if (job.models == 2)
	{
		take_old(n, rows);
		order_rows(n, rows, job.order[1]);
	}
	for (size_t i = 0; i < job.clusters; i++)
		job.times[i] = 1;
	weigh(&job, figure, 1);
	mml_metrics_resample(state, draw_clusters, &job, figures);
	for (size_t k = 0; k < MML_FIGURES; k++)
	{
		intervals[k].mean = figure[k];
		defined[k] = mml_metrics_interval(state, figures + k * resamples, keys, keys + resamples, &intervals[k]);
	}
}

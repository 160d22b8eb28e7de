/*-------------------------------------------------------------------------
 *
 * metrics_scores_unit.c
 *	  Walks down the thresholds, and bins of probabilities, by the definitions.
 *
 *-------------------------------------------------------------------------
 */
#include "unit.h"

#include "core/random.h"
#include "metrics/scores.h"

#define MOST 400				/* rows of a case */

/* Rows, and their sorted scores. */
typedef struct Case
{
	int			n;
	int			positives;
	bool		actual[MOST];
	double		score[MOST];
	MmlRocAuc  *state;
	uint64_t   *work;
	MmlSortedScores scores;
} Case;

/* Make n rows of so many different scores in [0, 1]. */
static void
make_case(Case *c, int n, uint64_t distinct, uint64_t seed)
{
	MmlRandom	rng;

	mml_random_seed(&rng, seed);
	c->n = n;
	c->positives = 0;
	c->state = malloc(mml_metrics_roc_auc_bytes(n));
	memset(c->state, 0, sizeof(*c->state));
	for (int i = 0; i < n; i++)
	{
		c->score[i] = (double) mml_random_below(&rng, distinct) / (double) MML_MAX(distinct - 1, 1);
		c->actual[i] = mml_random_unit(&rng) < c->score[i];
		c->positives += c->actual[i];
		mml_metrics_roc_auc_add(c->state, c->actual[i], c->score[i]);
	}
	c->work = malloc((mml_metrics_scores_work(c->state) + 1) * sizeof(uint64_t));
	mml_metrics_scores_sort(c->state, c->work, &c->scores);
}

/* Give back what a case holds. */
static void
free_case(Case *c)
{
	free(c->state);
	free(c->work);
}

/* How many rows have at least a score, and how many of these are positive. */
static int
rows_from(const Case *c, double score, int *positives)
{
	int			rows = 0;

	*positives = 0;
	for (int i = 0; i < c->n; i++)
		if (c->score[i] >= score)
		{
			rows++;
			*positives += c->actual[i];
		}
	return rows;
}

/* The greatest score below another; -1: none. */
static double
score_below(const Case *c, double score)
{
	double		below = -1;

	for (int i = 0; i < c->n; i++)
		if (c->score[i] < score && c->score[i] > below)
			below = c->score[i];
	return below;
}

/* Compare average precision and the best threshold with all thresholds. */
static void
try_thresholds(const Case *c)
{
	double		average = 0;
	double		least = 7.0 * c->positives;
	double		best = INFINITY;
	int			before = 0;
	MmlChoice	choice;

	for (double at = score_below(c, 2); at >= 0; at = score_below(c, at))
	{
		int			positives;
		int			rows = rows_from(c, at, &positives);
		double		cost = 2.0 * (rows - positives) + 7.0 * (c->positives - positives);

		average += (double) (positives - before) / c->positives * positives / rows;
		before = positives;
		if (cost < least)
		{
			least = cost;
			best = at;
		}
	}
	if (c->positives > 0)
		CHECK_NEAR(mml_metrics_average_precision_of(&c->scores), average, 1e-14);
	else
		CHECK(isnan(mml_metrics_average_precision_of(&c->scores)));
	mml_metrics_best_threshold(&c->scores, 2, 7, &choice);
	CHECK(choice.cost == least && choice.threshold == best);
	CHECK(choice.outcomes.count[0][0] + choice.outcomes.count[0][1] +
		  choice.outcomes.count[1][0] + choice.outcomes.count[1][1] == c->n);
	CHECK(2.0 * (double) choice.outcomes.count[0][1] + 7.0 * (double) choice.outcomes.count[1][0] == least);
}

/* Every point lies on the curve, and no other point is far from them. */
static void
try_curve(const Case *c)
{
	size_t		all;

	if (c->positives == 0 || c->positives == c->n)
		return;
	all = mml_metrics_roc_curve_points(&c->scores);
	for (size_t room = 3; room <= all + 1; room++)
	{
		size_t		limit = MML_MIN(all, room);
		MmlRocPoint *points = malloc(limit * sizeof(*points));
		size_t		count = mml_metrics_roc_curve(&c->scores, all, room, points);

		CHECK(count >= 2 && count <= limit && (count == all || all > room));
		CHECK(points[0].threshold == INFINITY && points[0].true_rate == 0);
		CHECK(points[count - 1].true_rate == 1 && points[count - 1].false_rate == 1);
		for (size_t i = 1; i < count; i++)
		{
			int			positives;
			int			rows = rows_from(c, points[i].threshold, &positives);

			CHECK(points[i].threshold < points[i - 1].threshold);
			CHECK(points[i].true_rate == (double) positives / c->positives);
			CHECK(points[i].false_rate == (double) (rows - positives) / (c->n - c->positives));
		}
		free(points);
	}
}

/* The area under the points by trapezoids, which is that of roc_auc. */
static void
try_area(const Case *c)
{
	size_t		all;
	MmlRocPoint *points;
	double		area = 0;

	if (c->positives == 0 || c->positives == c->n)
		return;
	all = mml_metrics_roc_curve_points(&c->scores);
	points = malloc(all * sizeof(*points));
	CHECK(mml_metrics_roc_curve(&c->scores, all, all, points) == all);
	for (size_t i = 1; i < all; i++)
		area += (points[i].false_rate - points[i - 1].false_rate) *
			(points[i].true_rate + points[i - 1].true_rate) / 2;
	CHECK_NEAR(area, mml_metrics_roc_auc(&c->scores), 1e-13);
	free(points);
}

/* Parts add up, and hold what rows in any order would hold on average. */
static void
try_lift(const Case *c)
{
	for (size_t parts = 1; parts < 14; parts++)
	{
		MmlLift		lift[14];
		size_t		count = mml_metrics_lift(&c->scores, parts, lift);
		size_t		end = 0;
		double		held = 0;

		CHECK(count == MML_MIN(parts, (size_t) c->n));
		for (size_t i = 0; i < count; i++)
		{
			int			from;
			int			above;
			int			rows = rows_from(c, lift[i].least, &from);
			int			higher = rows_from(c, nextafter(lift[i].least, 2), &above);

			end += lift[i].rows;
			held += lift[i].positives;
			CHECK(higher < (int) end && rows >= (int) end);
			CHECK_NEAR(held, above + ((double) end - higher) * (from - above) / (rows - higher), 1e-11);
			CHECK(c->positives == 0 ? isnan(lift[i].lift) :
				  fabs(lift[i].captured - held / c->positives) < 1e-12);
		}
		CHECK(end == (size_t) c->n);
	}
}

TEST(thresholds_by_the_definition)
{
	for (int n = 1; n < 60; n++)
		for (uint64_t distinct = 1; distinct < 200; distinct = distinct * 3 + 1)
		{
			Case		c;

			make_case(&c, n, distinct, (uint64_t) n * 1000 + distinct);
			try_thresholds(&c);
			try_curve(&c);
			try_area(&c);
			try_lift(&c);
			free_case(&c);
		}
}

TEST(thresholds_of_more_rows)
{
	for (uint64_t distinct = 3; distinct < 2000; distinct *= 5)
	{
		Case		c;

		make_case(&c, MOST, distinct, distinct);
		try_thresholds(&c);
		try_curve(&c);
		try_area(&c);
		try_lift(&c);
		free_case(&c);
	}
}

/* ---------------------------------------------------------- calibration */

/* Bins hold what lies between their edges. */
static void
check_bins(const Case *c, size_t n, const MmlBin *bins)
{
	int64_t		rows = 0;

	for (size_t i = 0; i < n; i++)
	{
		int64_t		inside = 0;
		int64_t		positives = 0;
		double		sum = 0;

		for (int j = 0; j < c->n; j++)
		{
			/* of bins that end at one edge the first has what lies on it */
			if (!(c->score[j] <= bins[i].high || i == n - 1) ||
				!(i == 0 || c->score[j] > bins[i - 1].high))
				continue;
			inside++;
			positives += c->actual[j];
			sum += c->score[j];
		}
		rows += inside;
		CHECK(bins[i].rows == inside && bins[i].positives == positives);
		CHECK(i == 0 || bins[i].low == bins[i - 1].high);
		CHECK_NEAR(bins[i].probability.sum + bins[i].probability.rest, sum, 1e-11);
	}
	CHECK(rows == c->n);
}

/* Both kinds of bins over the rows of a case. */
static void
try_calibration(const Case *c, int64_t n)
{
	size_t		bytes = mml_metrics_calibration_bytes(n);
	MmlCalibration *whole = calloc(1, bytes);
	MmlCalibration *part = calloc(1, bytes);
	MmlBin	   *bins = calloc((size_t) n, sizeof(*bins));
	uint64_t   *keys = calloc((size_t) c->n, sizeof(*keys));

	whole->bins = part->bins = n;
	for (int i = 0; i < c->n; i++)
		mml_metrics_calibration_add(i % 3 ? whole : part, c->actual[i], c->score[i]);
	mml_metrics_calibration_merge(whole, part);
	CHECK(mml_metrics_calibration_kind.verify(&whole->head, bytes) == NULL);
	CHECK(mml_metrics_calibration_kind.verify(&whole->head, bytes - 8) != NULL);
	mml_metrics_calibration(whole, bins);
	check_bins(c, (size_t) n, bins);
	CHECK(bins[0].low == 0 && bins[n - 1].high == 1);
	mml_metrics_calibration_quantile(&c->scores, (size_t) n, keys, bins);
	check_bins(c, (size_t) n, bins);
	whole->bin[0].positives = whole->bin[0].rows + 1;
	CHECK(mml_metrics_calibration_kind.verify(&whole->head, bytes) != NULL);
	free(whole);
	free(part);
	free(bins);
	free(keys);
}

TEST(calibration_by_the_definition)
{
	for (int n = 1; n < 100; n += 7)
		for (uint64_t distinct = 1; distinct < 200; distinct = distinct * 3 + 1)
		{
			Case		c;

			make_case(&c, n, distinct, (uint64_t) n * 1000 + distinct);
			for (int64_t bins = 1; bins < 30; bins += 3)
				try_calibration(&c, bins);
			free_case(&c);
		}
}

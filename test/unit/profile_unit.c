/*-------------------------------------------------------------------------
 *
 * profile_unit.c
 *	  Kernels of src/profile against naive versions of themselves.
 *
 *-------------------------------------------------------------------------
 */
#include "unit.h"

#include <float.h>

#include "core/random.h"
#include "profile/profile.h"
#include "profile_room.h"

/* --------------------------------------------------------------- hashes */

TEST(hashes_of_texts_differ)
{
	char		text[64];
	uint64_t	seen[65];

	memset(text, 0, sizeof(text));
	for (size_t n = 0; n <= 64; n++)
	{
		seen[n] = mml_hash_bytes(n, text);
		for (size_t i = 0; i < n; i++)
			CHECK(seen[i] != seen[n]);
		for (size_t i = 0; i < 8 * n; i++)
		{
			text[i / 8] = (char) (1 << i % 8);
			CHECK(mml_hash_bytes(n, text) != seen[n]);
			text[i / 8] = 0;
		}
	}
}

/* Models hold hashes: they are the same for ever. */
TEST(hashes_stay)
{
	CHECK(mml_hash_bytes(0, NULL) == UINT64_C(0x048C7006D14B7A20));
	CHECK(mml_hash_bytes(5, "drama") == UINT64_C(0x582F1BA15717044E));
	CHECK(mml_hash_bytes(11, "documentary") == UINT64_C(0x3E68A865482C9490));
	CHECK(mml_hash_bytes(40, "One Flew Over the Cuckoo's Nest (1975) !") == UINT64_C(0xAA60210BE9B2A5ED));
	CHECK(mml_hash_word(42) == UINT64_C(0x50E53EB25D28287A));
}

/* -------------------------------------------------------------- moments */

/* By the definition, in long double. */
static void
check_moments(const MmlMoments *m, size_t n, const double *x, double tol)
{
	long double mean = 0;
	long double m2 = 0;
	long double m3 = 0;
	long double a3 = 0;
	int64_t		zeros = 0;
	int64_t		negatives = 0;
	double		min = INFINITY;
	double		max = -INFINITY;

	for (size_t i = 0; i < n; i++)
		mean += ((long double) x[i] - x[0]) / (long double) n;
	for (size_t i = 0; i < n; i++)
	{
		long double d = (long double) x[i] - x[0] - mean;

		m2 += d * d;
		m3 += d * d * d;
		a3 += fabsl(d * d * d);
		zeros += x[i] == 0;
		negatives += x[i] < 0;
		min = fmin(min, x[i]);
		max = fmax(max, x[i]);
	}
	mean += x[0];
	CHECK(m->n == (int64_t) n && m->zeros == zeros && m->negatives == negatives);
	CHECK(m->min == min && m->max == max);
	CHECK_NEAR(m->mean, (double) mean, tol * fmax(fabs((double) mean), sqrt((double) m2 / (double) n)));
	CHECK_NEAR(m->m2, (double) m2, tol * (double) m2);
	if (m2 > 0)
	{
		long double sd = sqrtl(m2 / (long double) n);

		CHECK_NEAR(m->m3, (double) m3, tol * (double) a3);
		CHECK_NEAR(mml_profile_moments_sd(m, 0), (double) sd, tol * (double) sd);
		CHECK_NEAR(mml_profile_moments_skew(m), (double) (m3 / (long double) n / (sd * sd * sd)),
				   3 * tol * (double) (a3 / (long double) n / (sd * sd * sd)));
	}
}

TEST(moments_by_the_definition)
{
	static double x[30000];
	static const double offsets[] = {0, 1e9, -3e12};
	MmlRandom	rng;

	mml_random_seed(&rng, 1);
	for (int round = 0; round < 60; round++)
	{
		size_t		n = round < 30 ? (size_t) round + 1 : 1 + mml_random_below(&rng, 30000);
		double		offset = offsets[round % 3];
		MmlMoments	whole = {.n = 0};
		MmlMoments	parts[4] = {{.n = 0}};

		for (size_t i = 0; i < n; i++)
		{
			x[i] = offset + floor(1000 * pow(mml_random_unit(&rng), 3)) - 100;
			mml_profile_moments_add(&parts[mml_random_below(&rng, 3)], 1, &x[i]);
		}
		mml_profile_moments_add(&whole, n, x);
		check_moments(&whole, n, x, 1e-12);
		for (int i = 0; i < 3; i++)
			mml_profile_moments_merge(&parts[3], &parts[i]);
		check_moments(&parts[3], n, x, 1e-12);
	}
}

TEST(moments_of_the_same_number)
{
	static double x[5000];
	MmlMoments	added = {.n = 0};
	MmlMoments	times = {.n = 0};

	for (size_t i = 0; i < 5000; i++)
		x[i] = 0.1;
	mml_profile_moments_add(&added, 5000, x);
	mml_profile_moments_add_times(&times, 5000, 0.1);
	CHECK(added.mean == 0.1 && added.m2 == 0 && added.m3 == 0);
	CHECK(times.mean == 0.1 && times.n == 5000 && times.m2 == 0);
	CHECK(isnan(mml_profile_moments_skew(&added)));
	CHECK(mml_profile_moments_sd(&added, 1) == 0);
	mml_profile_moments_add_times(&times, 3, 0);
	mml_profile_moments_add_times(&times, 2, -1);
	CHECK(times.zeros == 3 && times.negatives == 2 && times.min == -1 && times.max == 0.1);
}

TEST(moments_of_nothing_and_of_one)
{
	MmlMoments	m = {.n = 0};
	double		x = -7;

	CHECK(isnan(mml_profile_moments_sd(&m, 0)));
	mml_profile_moments_add(&m, 0, NULL);
	CHECK(m.n == 0);
	mml_profile_moments_add(&m, 1, &x);
	CHECK(m.n == 1 && m.mean == -7 && m.m2 == 0 && m.min == -7 && m.max == -7);
	CHECK(isnan(mml_profile_moments_sd(&m, 1)) && mml_profile_moments_sd(&m, 0) == 0);
}

TEST(moments_of_huge_numbers)
{
	static const double x[] = {DBL_MAX, -DBL_MAX, DBL_MAX, -DBL_MAX, 1};
	MmlMoments	whole = {.n = 0};
	MmlMoments	parts = {.n = 0};

	mml_profile_moments_add(&whole, 5, x);
	for (int i = 0; i < 5; i++)
		mml_profile_moments_add(&parts, 1, &x[i]);
	CHECK(isfinite(whole.mean) && isfinite(parts.mean));
	CHECK(isinf(whole.m2) && isinf(parts.m2));
	CHECK(whole.max == DBL_MAX && whole.min == -DBL_MAX);
}

/* ------------------------------------------------------------- distinct */

TEST(distinct_is_estimated)
{
	static MmlDistinct d;
	static const double steps[] = {1, 0.01, 1e-300, 4096};

	for (size_t s = 0; s < sizeof(steps) / sizeof(*steps); s++)
	{
		memset(&d, 0, sizeof(d));
		CHECK(mml_profile_distinct_estimate(&d) == 0);
		for (int i = 1; i <= 1000000; i++)
		{
			double		x = steps[s] * i;
			uint64_t	word;

			memcpy(&word, &x, sizeof(word));
			mml_profile_distinct_add(&d, mml_hash_word(word));
			mml_profile_distinct_add(&d, mml_hash_word(word));
			if (i == 10 || i == 1000 || i == 30000 || i == 50000 || i == 200000 || i == 1000000)
				CHECK_NEAR(mml_profile_distinct_estimate(&d), i, 0.035 * i);
		}
	}
}

TEST(distinct_of_texts_and_merged)
{
	static MmlDistinct parts[3];
	static MmlDistinct whole;

	for (int i = 0; i < 300000; i++)
	{
		char		text[20];
		size_t		n = (size_t) snprintf(text, sizeof(text), "viewer %d", i);
		uint64_t	hash = mml_hash_bytes(n, text);

		mml_profile_distinct_add(&whole, hash);
		mml_profile_distinct_add(&parts[i % 3], hash);
		mml_profile_distinct_add(&parts[i % 2], hash);
	}
	mml_profile_distinct_merge(&parts[0], &parts[1]);
	mml_profile_distinct_merge(&parts[0], &parts[2]);
	CHECK(memcmp(&parts[0], &whole, sizeof(whole)) == 0);
	CHECK_NEAR(mml_profile_distinct_estimate(&whole), 300000, 0.035 * 300000);
}

/* --------------------------------------------------------------- values */

/* For qsort(). */
static int
compare(const void *a, const void *b)
{
	double		x = *(const double *) a;
	double		y = *(const double *) b;

	return (x > y) - (x < y);
}

/* How far the rank of a value is from q n, as a share of n. */
static double
rank_error(size_t n, const double *sorted, double value, double q)
{
	size_t		below = 0;
	size_t		upto = n;

	for (size_t step = n; step > 0; step /= 2)
	{
		while (below + step <= n && sorted[below + step - 1] < value)
			below += step;
		while (step <= upto && sorted[upto - step] > value)
			upto -= step;
	}
	if (q * (double) n < (double) below)
		return (double) below / (double) n - q;
	if (q * (double) n > (double) upto)
		return q - (double) upto / (double) n;
	return 0;
}

/* A value of one of several shapes. */
static double
draw(MmlRandom *rng, int shape, size_t i, size_t n)
{
	double		u = mml_random_unit(rng);

	switch (shape)
	{
		case 0:
			return u;
		case 1:
			return exp(20 * u) * (mml_random_below(rng, 2) == 0 ? -1 : 1);
		case 2:
			return floor(100 * u * u) - 20;
		case 3:
			return (double) i;
		case 4:
			return (double) (n - i);
		case 5:
			return (double) (i % 8192);
		case 6:					/* a few far off: bits differ high up */
			return mml_random_below(rng, 1000) == 0 ? 1e300 * u : 1 + 1e-12 * u;
		default:
			return u < 0.5 ? -0.0 : 0.0;
	}
}

/* Add values to one summary and, split at random, to several; compare. */
static void
try_values(size_t n, int shape, size_t workers, double bound)
{
	double	   *x = malloc(n * sizeof(double) + 1);
	MmlValues	parts[6];
	MmlRandom	rng;
	static const double qs[] = {0, 0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99, 1};
	MmlWeighted *pairs;
	uint64_t   *scratch;
	MmlMoments	moments;
	size_t		m;
	int64_t		total = 0;

	memset(parts, 0, sizeof(parts));
	mml_random_seed(&rng, (uint64_t) shape + n);
	for (size_t i = 0; i < n; i++)
	{
		size_t		w = workers == 1 ? 0 : mml_random_below(&rng, workers);

		w = w * w / workers;	/* uneven shares */
		x[i] = draw(&rng, shape, i, n);
		mml_profile_values_add(&parts[w], x[i], &unit_room);
	}
	for (size_t w = 1; w < workers; w++)
		mml_profile_values_merge(&parts[0], &parts[w], &unit_room);

	CHECK(mml_profile_values_exact(&parts[0]) == (n <= MML_EXACT));
	mml_profile_values_moments(&parts[0], &moments);
	if (n > 0 && shape != 1 && shape != 6)
		check_moments(&moments, n, x, 1e-12);
	CHECK(moments.n == (int64_t) n);

	m = mml_profile_values_pairs(&parts[0]);
	pairs = malloc(m * sizeof(MmlWeighted) + 1);
	scratch = malloc(m * sizeof(uint64_t) + 1);
	mml_profile_values_sorted(&parts[0], pairs, scratch);
	for (size_t i = 0; i < m; i++)
	{
		CHECK(pairs[i].weight >= 0 && (i == 0 || pairs[i - 1].value <= pairs[i].value));
		total += pairs[i].weight;
	}
	CHECK(total == (int64_t) n);
	qsort(x, n, sizeof(double), compare);
	for (size_t k = 0; k < sizeof(qs) / sizeof(*qs); k++)
	{
		double		q = mml_profile_weighted_quantile(m, pairs, qs[k]);

		if (n == 0)
			CHECK(isnan(q));
		else if (n <= MML_EXACT)
		{
			double		h = (double) (n - 1) * qs[k];
			size_t		i = (size_t) h;
			double		next = x[i + 1 < n ? i + 1 : i];

			CHECK_NEAR(q, x[i] + (next - x[i]) * (h - (double) i),
					   4 * DBL_EPSILON * (fabs(x[i]) + fabs(next)));
		}
		else
			CHECK(rank_error(n, x, q, qs[k]) <= bound);
		if (n > 0 && (qs[k] == 0 || qs[k] == 1))
			CHECK(q == (qs[k] == 0 ? x[0] : x[n - 1]));
	}
	if (n > 0)
	{
		bool		exact;
		double		estimate = mml_profile_values_distinct(&parts[0], m, pairs, &exact);
		size_t		different = 1;

		for (size_t i = 1; i < n; i++)
			different += x[i] != x[i - 1];
		CHECK(exact == (n <= MML_EXACT));
		CHECK_NEAR(estimate, (double) different, exact ? 0 : 0.035 * (double) different);
	}
	free(scratch);
	free(pairs);
	free(x);
	unit_free_all();
}

TEST(values_kept)
{
	for (size_t n = 0; n < 70; n++)
		for (size_t workers = 1; workers < 4; workers++)
			try_values(n, (int) (n % 3), workers, 0);
	for (int shape = 0; shape < 8; shape++)
		try_values(MML_EXACT - (size_t) shape, shape, 1 + (size_t) shape % 4, 0);
}

TEST(values_sketched)
{
	for (int shape = 0; shape < 8; shape++)
	{
		try_values(MML_EXACT + 1 + (size_t) shape, shape, 1 + (size_t) shape % 4, 0.001);
		try_values(500000 + (size_t) shape * 5000, shape, 1, 0.001);
		try_values(450000, shape, 5, 0.001);
	}
}

TEST(values_merged_at_any_time)
{
	static const size_t sizes[] = {0, 1, 8191, 8192, 8193, 99999, 100000, 100001, 106496, 250000};
	size_t		n = sizeof(sizes) / sizeof(*sizes);

	for (size_t a = 0; a < n; a++)
		for (size_t b = 0; b < n; b++)
		{
			MmlValues	first = {.count = 0};
			MmlValues	second = {.count = 0};
			MmlMoments	moments;

			for (size_t i = 0; i < sizes[a]; i++)
				mml_profile_values_add(&first, (double) i, &unit_room);
			for (size_t i = 0; i < sizes[b]; i++)
				mml_profile_values_add(&second, (double) i, &unit_room);
			mml_profile_values_merge(&first, &second, &unit_room);
			mml_profile_values_moments(&first, &moments);
			CHECK(moments.n == (int64_t) (sizes[a] + sizes[b]));
			CHECK(mml_profile_values_exact(&first) == (sizes[a] + sizes[b] <= MML_EXACT));
			CHECK(first.count + first.runs * MML_VALUES_RUN == sizes[a] + sizes[b]);
			mml_profile_values_add(&first, 1, &unit_room);
			unit_free_all();
		}
}

TEST(quantiles_between_far_values)
{
	static const MmlWeighted far[] = {{-DBL_MAX, 1}, {DBL_MAX, 1}};
	static const MmlWeighted heavy[] = {{1, 0}, {2, 3}, {4, 0}, {5, 1}, {6, 0}};

	CHECK(mml_profile_weighted_quantile(2, far, 0.5) == 0);
	CHECK(mml_profile_weighted_quantile(2, far, 1) == DBL_MAX);
	CHECK(mml_profile_weighted_quantile(5, heavy, 0) == 2);
	CHECK(mml_profile_weighted_quantile(5, heavy, 0.5) == 2);
	CHECK(mml_profile_weighted_quantile(5, heavy, 1) == 5);
	CHECK_NEAR(mml_profile_weighted_quantile(5, heavy, 0.8), 3.2, 1e-15);
	CHECK(isnan(mml_profile_weighted_quantile(0, NULL, 0.5)));
}

/* ----------------------------------------------------------- categories */

/* A text for a number: longer ones now and then. */
static size_t
make_text(uint64_t i, char *text)
{
	size_t		n = (size_t) sprintf(text, "%llu", (unsigned long long) (i * i));

	if (i % 5 == 0)
		for (uint64_t k = 0; k < i % 40; k++)
			text[n++] = 'x';
	return i == 3 ? 0 : n;
}

/* The category of a text, or none: slowly. */
static size_t
look_up(const MmlCategories *categories, size_t n, const char *text)
{
	for (size_t i = 0; i < categories->count; i++)
	{
		MmlText		found = mml_profile_categories_text(categories, i);

		if (found.length == n && memcmp(found.bytes, text, n) == 0)
			return i;
	}
	return MML_CATEGORY_NONE;
}

TEST(categories_against_counting)
{
	for (uint64_t different = 1; different < 2000; different = different * 3 + 1)
	{
		MmlCategories parts[3];
		int64_t		counts[2000] = {0};
		MmlRandom	rng;
		char		text[64];

		memset(parts, 0, sizeof(parts));
		mml_random_seed(&rng, different);
		for (int i = 0; i < 5000; i++)
		{
			uint64_t	which = mml_random_below(&rng, different);
			int64_t		times = 1 + (int64_t) mml_random_below(&rng, 3);
			size_t		n = make_text(which, text);
			size_t		part = mml_random_below(&rng, 3);
			size_t		k = mml_profile_categories_add(&parts[part], n, text, times, &unit_room);

			CHECK(k < parts[part].count);
			counts[which] += times;
		}
		mml_profile_categories_merge(&parts[0], &parts[1], &unit_room);
		mml_profile_categories_merge(&parts[2], &parts[0], &unit_room);
		CHECK(mml_profile_categories_exact(&parts[2]) && parts[2].lost == 0);
		for (uint64_t which = 0; which < different; which++)
		{
			size_t		n = make_text(which, text);
			size_t		k = look_up(&parts[2], n, text);

			CHECK((k == MML_CATEGORY_NONE) == (counts[which] == 0));
			CHECK(k == MML_CATEGORY_NONE || parts[2].counts[k] == counts[which]);
			parts[0].added -= counts[which];
		}
		CHECK(parts[2].added - parts[1].added >= 0);
		CHECK(mml_profile_categories_distinct(&parts[2]) == (double) parts[2].count);
		unit_free_all();
	}
}

/* Many rare values and some frequent ones: n values, number i < 100 often. */
static void
fill(MmlCategories *categories, MmlRandom *rng, size_t n, int64_t *counts)
{
	char		text[64];

	for (size_t i = 0; i < n; i++)
	{
		bool		often = mml_random_below(rng, 4) == 0;
		uint64_t	which = mml_random_below(rng, often ? 100 : 1000000);
		size_t		length = make_text(which, text);

		mml_profile_categories_add(categories, length, text, 1, &unit_room);
		counts[which]++;
	}
}

TEST(categories_pruned)
{
	static int64_t counts[1000000];
	MmlCategories a;
	MmlCategories b;
	MmlRandom	rng;
	size_t		different = 0;
	char		text[64];

	memset(&a, 0, sizeof(a));
	memset(&b, 0, sizeof(b));
	memset(counts, 0, sizeof(counts));
	mml_random_seed(&rng, 8);
	fill(&a, &rng, 600000, counts);
	fill(&b, &rng, 300000, counts);
	mml_profile_categories_merge(&a, &b, &unit_room);
	CHECK(!mml_profile_categories_exact(&a) && a.added == 900000);
	CHECK(a.count <= MML_EXACT && a.lost > 0 && a.lost <= 900000 / 4096);
	for (uint64_t which = 0; which < 100; which++)
	{
		size_t		n = make_text(which, text);
		size_t		k = look_up(&a, n, text);

		CHECK(k != MML_CATEGORY_NONE);
		CHECK(a.counts[k] <= counts[which] && a.counts[k] >= counts[which] - a.lost);
	}
	for (size_t i = 0; i < 1000000; i++)
		different += counts[i] > 0;
	CHECK_NEAR(mml_profile_categories_distinct(&a), (double) different, 0.035 * (double) different);
	unit_free_all();
}

TEST(categories_of_long_texts)
{
	MmlCategories c;
	char	   *text = malloc(MML_CATEGORY_BYTES + 1);

	memset(&c, 0, sizeof(c));
	memset(text, 'a', MML_CATEGORY_BYTES + 1);
	for (int i = 0; i < 40; i++)
	{
		text[0] = (char) ('A' + i);
		mml_profile_categories_add(&c, MML_CATEGORY_BYTES, text, i == 7 ? 5 : 1, &unit_room);
		CHECK(c.bytes <= MML_CATEGORIES_BYTES);
		CHECK(mml_profile_categories_exact(&c) == (i < 32));
	}
	text[0] = 'H';
	CHECK(look_up(&c, MML_CATEGORY_BYTES, text) != MML_CATEGORY_NONE);
	CHECK_NEAR(mml_profile_categories_distinct(&c), 40, 1);
	CHECK(mml_profile_categories_add(&c, MML_CATEGORY_BYTES + 1, text, 1, &unit_room) ==
		  MML_CATEGORY_NONE);
	CHECK_NEAR(mml_profile_categories_distinct(&c), 41, 1);

	memset(&c, 0, sizeof(c));
	CHECK(mml_profile_categories_add(&c, MML_CATEGORY_BYTES + 1, text, 1, &unit_room) ==
		  MML_CATEGORY_NONE);
	CHECK(!mml_profile_categories_exact(&c) && c.count == 0 && c.added == 1);
	CHECK_NEAR(mml_profile_categories_distinct(&c), 1, 0.01);
	CHECK(mml_profile_categories_add(&c, 1, text, 1, &unit_room) == 0);
	free(text);
	unit_free_all();
}

TEST(categories_in_order)
{
	MmlRandom	rng;

	mml_random_seed(&rng, 3);
	for (int round = 0; round < 200; round++)
	{
		MmlCategories c;
		size_t		chosen[300];
		size_t		scratch[300];
		size_t		most = mml_random_below(&rng, 50);
		int64_t		min_count = (int64_t) mml_random_below(&rng, 8);
		size_t		fit = 0;
		size_t		n;
		char		text[64];

		memset(&c, 0, sizeof(c));
		for (uint64_t i = mml_random_below(&rng, 600); i > 0; i--)
		{
			size_t		length = make_text(mml_random_below(&rng, 100), text);

			mml_profile_categories_add(&c, length, text, 1, &unit_room);
		}
		for (size_t i = 0; i < c.count; i++)
			fit += c.counts[i] >= min_count;
		n = mml_profile_categories_top(&c, min_count, most, chosen);
		CHECK(n == (fit < most ? fit : most));
		for (size_t i = 0; i < n; i++)
		{
			size_t		better = 0;

			for (size_t k = 0; k < c.count; k++)
			{
				MmlText		x = mml_profile_categories_text(&c, k);
				MmlText		y = mml_profile_categories_text(&c, chosen[i]);
				size_t		length = x.length < y.length ? x.length : y.length;
				int			order = memcmp(x.bytes, y.bytes, length);

				if (c.counts[k] == c.counts[chosen[i]])
					better += order < 0 || (order == 0 && x.length < y.length);
				else
					better += c.counts[k] > c.counts[chosen[i]];
			}
			CHECK(better == i);
		}
		mml_profile_categories_sort(&c, n, chosen, scratch);
		for (size_t i = 1; i < n; i++)
		{
			MmlText		x = mml_profile_categories_text(&c, chosen[i - 1]);
			MmlText		y = mml_profile_categories_text(&c, chosen[i]);
			size_t		length = x.length < y.length ? x.length : y.length;
			int			order = memcmp(x.bytes, y.bytes, length);

			CHECK(order < 0 || (order == 0 && x.length < y.length));
		}
		unit_free_all();
	}
}

/* -------------------------------------------------------------- columns */

/* Add a text to a column. */
static void
add_text(MmlColumn *column, const char *text, const MmlTarget *target)
{
	MmlCell		cell = {.class = MML_CLASS_TEXT,.present = text != NULL};

	cell.text.bytes = text;
	cell.text.length = text != NULL ? strlen(text) : 0;
	mml_profile_column_add(column, &cell, target, &unit_room);
}

TEST(columns_of_texts)
{
	static const char *const texts[] = {"b", " a", "", NULL, "  \t", "b ", "c", "a", "b"};

	for (int trimmed = 0; trimmed < 2; trimmed++)
	{
		MmlColumn	column;

		memset(&column, 0, sizeof(column));
		column.class = MML_CLASS_TEXT;
		column.collect = MML_COLLECT_CATEGORIES | MML_COLLECT_EXTREMES |
			(trimmed ? MML_COLLECT_TRIMMED : 0);
		for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++)
			add_text(&column, texts[i], NULL);
		CHECK(column.rows == 9 && column.nulls == 1 && column.blanks == 2 && column.padded == 2);
		CHECK(column.categories.count == (trimmed ? 3 : 7));
		CHECK(column.has_extremes && column.first_length == (trimmed ? 1 : 0));
		CHECK(column.last_length == 1 && column.extremes[column.first_length] == 'c');
		CHECK(!trimmed || column.extremes[0] == 'a');
		CHECK(!column.differs);
		unit_free_all();
	}
}

TEST(columns_of_numbers)
{
	static const double x[] = {1, NAN, -INFINITY, 2, INFINITY, 4};
	MmlColumn	column;
	MmlMoments	moments;

	memset(&column, 0, sizeof(column));
	column.class = MML_CLASS_NUMBER;
	column.collect = MML_COLLECT_VALUES;
	for (int i = 0; i < 6; i++)
	{
		MmlCell		cell = {.class = MML_CLASS_NUMBER,.present = true,.number = x[i]};

		mml_profile_column_add(&column, &cell, NULL, &unit_room);
	}
	mml_profile_values_moments(&column.values, &moments);
	CHECK(column.rows == 6 && column.nans == 1 && column.infinite == 2);
	CHECK(moments.n == 3 && moments.max == 4);
	unit_free_all();
}

TEST(columns_of_lists)
{
	static const MmlText items[] = {{"x", 1}, {" y", 2}, {" ", 1}, {"x", 1}};
	MmlCell		cell = {.class = MML_CLASS_LIST,.present = true,.count = 4,.items = items};
	MmlTarget	target = {.present = true,.y = 0.5,.fold = 4};
	MmlColumn	column;

	memset(&column, 0, sizeof(column));
	column.class = MML_CLASS_LIST;
	column.collect = MML_COLLECT_CATEGORIES | MML_COLLECT_TRIMMED | MML_COLLECT_TARGET;
	mml_profile_column_add(&column, &cell, &target, &unit_room);
	cell.count = 0;
	mml_profile_column_add(&column, &cell, &target, &unit_room);
	CHECK(column.rows == 2 && column.blanks == 1 && column.categories.count == 2);
	CHECK(column.categories.counts[0] == 2 && column.categories.counts[1] == 1);
	CHECK(column.categories.width == MML_TARGET_SUMS);
	CHECK(column.categories.sums[8] == 2 && column.categories.sums[9] == 1);
	CHECK(column.differs);
	unit_free_all();
}

TEST(columns_that_are_the_target)
{
	MmlCell		yes = {.class = MML_CLASS_BOOLEAN,.present = true,.number = 1};
	MmlCell		one = {.class = MML_CLASS_NUMBER,.present = true,.number = 1};
	MmlCell		none = {.class = MML_CLASS_NUMBER};
	MmlCell		text = {.class = MML_CLASS_TEXT,.present = true,.text = {"1", 1}};
	MmlCell		other = {.class = MML_CLASS_TEXT,.present = true,.text = {"2", 1}};
	MmlTarget	by_y = {.present = true,.y = 1};
	MmlTarget	absent = {.present = false};
	MmlTarget	by_cell = {.present = true,.y = 1,.cell = &yes};
	MmlTarget	by_text = {.cell = &text};
	const struct
	{
		const MmlCell *cell;
		const MmlTarget *target;
		bool		differs;
	}			cases[] = {
		{&one, &by_y, false}, {&yes, &by_y, false}, {&text, &by_y, true}, {&none, &by_y, true},
		{&none, &absent, false}, {&one, &absent, false}, {&one, &by_cell, false},
		{&text, &by_cell, true}, {&text, &by_text, false}, {&other, &by_text, true},
		{&one, &by_text, true}, {&one, NULL, false}
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
	{
		MmlColumn	column;

		memset(&column, 0, sizeof(column));
		column.class = cases[i].cell->class;
		mml_profile_column_add(&column, cases[i].cell, cases[i].target, &unit_room);
		CHECK(column.differs == cases[i].differs);
	}
}

/* Keys of a column that is no text have extremes too; they may be any bytes. */
TEST(extremes_of_keys)
{
	static const char *const keys[] = {"\x80\x01", "\xFF\xFE", "\x80\x01", "\x01\x80"};
	MmlColumn	column;

	memset(&column, 0, sizeof(column));
	column.class = MML_CLASS_NUMBER;
	column.collect = MML_COLLECT_CATEGORIES | MML_COLLECT_EXTREMES;
	for (int i = 0; i < 4; i++)
		mml_profile_column_add_key(&column, 2, keys[i], &unit_room);
	CHECK(column.categories.count == 3 && column.has_extremes);
	CHECK(column.first_length == 2 && column.last_length == 2);
	CHECK(memcmp(column.extremes, "\x01\x80\xFF\xFE", 4) == 0);
	unit_free_all();
}

/* Fetching ahead changes nothing, before there are slots and after pruning. */
TEST(categories_fetched_ahead)
{
	MmlCategories c;
	char		text[64];

	memset(&c, 0, sizeof(c));
	for (uint64_t i = 0; i < 130000; i++)
	{
		size_t		n = (size_t) sprintf(text, "%llu", (unsigned long long) i);

		for (int step = 0; step < 3; step++)
			mml_profile_categories_fetch(&c, mml_hash_bytes(n, text), step);
		mml_profile_categories_add(&c, n, text, 1, &unit_room);
	}
	CHECK(c.added == 130000 && c.lost > 0 && c.count <= c.limit && c.mask < 2 * c.room);
	unit_free_all();
}

TEST(extremes_are_cut_between_characters)
{
	MmlColumn	column;
	size_t		n = MML_CATEGORY_BYTES + 3;
	char	   *text = malloc(n + 1);

	for (size_t i = 0; i < n; i++)
		text[i] = (char) (i % 3 == 0 ? 0xE5 : i % 3 == 1 ? 0x88 : 0x86);
	text[n - n % 3] = '\0';
	memset(&column, 0, sizeof(column));
	column.class = MML_CLASS_TEXT;
	column.collect = MML_COLLECT_EXTREMES;
	add_text(&column, text, NULL);
	CHECK(column.first_length <= MML_CATEGORY_BYTES && column.first_length % 3 == 0);
	CHECK(column.first_length > MML_CATEGORY_BYTES - 3);
	free(text);
	unit_free_all();
}

/* ----------------------------------------------------------- suspicions */

/* What is suspected of these texts. */
static MmlSuspicions
suspect(size_t n, const char *const *texts)
{
	MmlCategories c;
	MmlSuspicions suspicions;

	memset(&c, 0, sizeof(c));
	for (size_t i = 0; i < n; i++)
		mml_profile_categories_add(&c, strlen(texts[i]), texts[i], 1, &unit_room);
	mml_profile_suspect_texts(&c, &suspicions);
	unit_free_all();
	return suspicions;
}

TEST(suspicions_of_texts)
{
	static const char *const numbers[] = {"1", "2.5", "$56.7M", "1.234,50 €", "", "(340)", "N/A"};
	static const char *const dates[] = {"25/12/1998", "12/25/1998", "Jun 12 1998", "soon"};
	static const char *const lengths[] = {"90 min", "1h 30min", "2 h", "95 min", "100", "1.5 hours"};
	static const char *const money[] = {"US$ 5", "$5", "€ 7", "8 €", "£3 million", "$12m", "$1,000"};
	static const char *const titles[] = {"127 Hours", "12 Days", "Apollo 13", "Heat", "Se7en", "$9.99"};
	static const char *const codes[] = {"R5", "M3", "T1", "S01E02", "B7"};
	MmlSuspicions s = suspect(7, numbers);

	CHECK(s.examined == 6 && s.numbers == 5 && s.dates == 0 && s.units == 2);
	s = suspect(4, dates);
	CHECK(s.examined == 4 && s.numbers == 0 && s.dates == 3 && s.units == 0);
	s = suspect(6, lengths);
	CHECK(s.units == 3 && strcmp(s.unit[0], "min") == 0 && s.numbers == 1);
	s = suspect(7, money);
	CHECK(s.units == 4 && strcmp(s.unit[0], "$") == 0 && strcmp(s.unit[1], "€") == 0);
	s = suspect(6, titles);
	CHECK(s.units == 0);
	s = suspect(5, codes);
	CHECK(s.units < 2);
	s = suspect(0, NULL);
	CHECK(s.examined == 0);
}

TEST(suspicions_of_many_texts)
{
	MmlCategories c;
	MmlSuspicions s;
	char		text[32];

	memset(&c, 0, sizeof(c));
	for (int i = 0; i < 60000; i++)
	{
		size_t		n = (size_t) sprintf(text, i < 30000 ? "%d" : "film %d", i);

		mml_profile_categories_add(&c, n, text, 1, &unit_room);
	}
	mml_profile_suspect_texts(&c, &s);
	CHECK(s.examined == 5000 && s.numbers == 2500);
	unit_free_all();
}

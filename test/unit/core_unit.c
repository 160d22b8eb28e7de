/*-------------------------------------------------------------------------
 *
 * core_unit.c
 *	  Tests of what all kernels stand on: random numbers, columns, numbers
 *	  from outside, lanes, and the reader of models.
 *
 *-------------------------------------------------------------------------
 */
#include "unit.h"

#include "core/blocks.h"
#include "core/columns.h"
#include "core/envelope.h"
#include "core/numbers.h"
#include "core/random.h"
#include "envelope_writer.h"

/* --------------------------------------------------------- random numbers */

/*
 * First and thousandth numbers of three seeds, by the authors' formulas in
 * another language.
 */
TEST(random_known)
{
	static const struct
	{
		uint64_t	seed;
		uint64_t	first[3];
		uint64_t	thousandth;
	}			known[] = {
		{0, {0x53175d61490b23df, 0x61da6f3dc380d507, 0x5c0fdf91ec9a7bfc}, 0x376300fa032f6483},
		{42, {0xd0764d4f4476689f, 0x519e4174576f3791, 0xfbe07cfb0c24ed8c}, 0xa3ed059c1cc38790},
		{UINT64_MAX, {0x56ccf8ce948e27b2, 0xe68588432e5a5b90, 0xe3e9b5a48119ca8b}, 0x6e67f58f11f35060},
	};

	for (int k = 0; k < 3; k++)
	{
		MmlRandom	rng;
		uint64_t	last = 0;

		mml_random_seed(&rng, known[k].seed);
		for (int i = 0; i < 1000; i++)
		{
			last = mml_random_bits(&rng);
			CHECK(i >= 3 || last == known[k].first[i]);
		}
		CHECK(last == known[k].thousandth);
	}
}

/* The authors' own example: the state 1, 2, 3, 4. */
TEST(random_of_a_state)
{
	MmlRandom	rng = {{1, 2, 3, 4}};

	CHECK(mml_random_bits(&rng) == 41943041);
	CHECK(mml_random_bits(&rng) == 58720359);
	CHECK(mml_random_bits(&rng) == 3588806011781223);
	CHECK(mml_random_bits(&rng) == 3591011842654386);
}

TEST(random_unit_and_below)
{
	MmlRandom	rng;
	double		sum = 0;
	int			count[7] = {0};

	mml_random_seed(&rng, 7);
	for (int i = 0; i < 70000; i++)
	{
		double		u = mml_random_unit(&rng);

		CHECK(u >= 0 && u < 1 && u * 0x1p53 == floor(u * 0x1p53));
		sum += u;
		count[mml_random_below(&rng, 7)]++;
		CHECK(mml_random_below(&rng, 1) == 0);
		CHECK(mml_random_below(&rng, UINT64_MAX) < UINT64_MAX);
	}
	CHECK_NEAR(sum / 70000, 0.5, 0.005);
	for (int i = 0; i < 7; i++)
		CHECK_NEAR(count[i], 10000, 500);
}

/* Just above 2^63 nearly half of all draws have to be thrown away. */
TEST(random_below_is_fair)
{
	MmlRandom	rng;
	uint64_t	n = (UINT64_C(1) << 63) + 1;
	int			low = 0;

	mml_random_seed(&rng, 3);
	for (int i = 0; i < 20000; i++)
	{
		uint64_t	drawn = mml_random_below(&rng, n);

		CHECK(drawn < n);
		low += drawn < n / 2;
	}
	CHECK_NEAR(low, 10000, 400);
}

TEST(random_sample)
{
	MmlRandom	rng;
	size_t		chosen[100];
	int			count[40] = {0};

	mml_random_seed(&rng, 11);
	mml_random_sample(&rng, 5, 0, NULL);
	for (size_t m = 1; m <= 100; m++)
	{
		mml_random_sample(&rng, 100, m, chosen);
		for (size_t i = 0; i < m; i++)
			CHECK(chosen[i] < 100 && (i == 0 || chosen[i] > chosen[i - 1]));
	}
	for (size_t i = 0; i < 100; i++)
		CHECK(chosen[i] == i);

	for (int i = 0; i < 20000; i++)
	{
		mml_random_sample(&rng, 40, 10, chosen);
		for (int j = 0; j < 10; j++)
			count[chosen[j]]++;
	}
	for (int i = 0; i < 40; i++)
		CHECK_NEAR(count[i], 5000, 300);
}

/* ---------------------------------------------------------------- columns */

#define COLS 5

/* Add blocks of x (n,COLS) cut at random, and compare with two passes. */
static void
check_columns(MmlRandom *rng, int n, const double *x, double tol)
{
	double		numbers[4 * COLS] = {0};
	MmlColumns	columns = {COLS, 0, numbers, numbers + COLS,
	numbers + 2 * COLS, numbers + 3 * COLS};

	for (int done = 0; done < n;)
	{
		int			rows = 1 + (int) mml_random_below(rng, (uint64_t) (n - done));

		mml_columns_add(&columns, rows, x + done * COLS);
		done += rows;
	}
	CHECK(columns.rows == n);
	for (int j = 0; j < COLS; j++)
	{
		long double mean = 0;
		long double m2 = 0;

		for (int i = 0; i < n; i++)
			mean += x[i * COLS + j];
		mean /= n;
		for (int i = 0; i < n; i++)
			m2 += (x[i * COLS + j] - mean) * (x[i * COLS + j] - mean);
		CHECK_NEAR(columns.mean[j], mean, tol * sqrt((double) m2 / n + 1e-300) + fabs((double) mean) * 4e-16);
		CHECK_NEAR(columns.m2[j], m2, tol * (double) m2);
	}
}

/* A plain column, Unix times, microseconds since 1970, a tiny one, a constant. */
TEST(columns_against_two_passes)
{
	static double x[3000 * COLS];
	MmlRandom	rng;

	mml_random_seed(&rng, 5);
	for (int i = 0; i < 3000; i++)
	{
		x[i * COLS] = mml_random_unit(&rng);
		x[i * COLS + 1] = 1.7e9 + floor(86400 * mml_random_unit(&rng));
		x[i * COLS + 2] = 1.7e15 + floor(1e6 * mml_random_unit(&rng));
		x[i * COLS + 3] = 1e-150 * mml_random_unit(&rng);
		x[i * COLS + 4] = 0.1;
	}
	for (int trial = 0; trial < 20; trial++)
		check_columns(&rng, 3000, x, 1e-8);
	check_columns(&rng, 1, x, 1e-8);
	check_columns(&rng, 2, x, 1e-8);
}

/* ---------------------------------------------------------------- numbers */

TEST(numbers_not_finite)
{
	static const double bad[] = {NAN, INFINITY, -INFINITY};

	for (int n = 0; n < 70; n++)
	{
		double	   *x = malloc(sizeof(double) * (size_t) n + 1);
		double	   *out = malloc(sizeof(double) * (size_t) n + 1);
		float	   *f = malloc(sizeof(float) * (size_t) n + 1);

		for (int i = 0; i < n; i++)
		{
			x[i] = i % 2 == 0 ? 1.7e308 : -5e-324 * i;
			f[i] = (float) i;
		}
		CHECK(mml_all_finite((size_t) n, x));
		CHECK(mml_copy_finite_f8(n, x, out));
		CHECK(memcmp(x, out, sizeof(double) * (size_t) n) == 0);
		CHECK(mml_copy_finite_f4(n, f, out));
		for (int i = 0; i < n; i++)
		{
			double		kept = x[i];

			CHECK(out[i] == i);
			x[i] = bad[i % 3];
			f[i] = (float) bad[i % 3];
			CHECK(!mml_all_finite((size_t) n, x));
			CHECK(!mml_copy_finite_f8(n, x, out));
			CHECK(!mml_copy_finite_f4(n, f, out));
			x[i] = kept;
			f[i] = 0;
			out[i] = i;
			for (int j = i + 1; j < n; j++)
				out[j] = j;
		}
		free(x);
		free(out);
		free(f);
	}
	CHECK(mml_kernels_name()[0] != '\0');
}

/* ------------------------------------------------------------------ lanes */

TEST(lanes_cover_all_blocks)
{
	for (size_t nblocks = 0; nblocks < 200; nblocks++)
		for (int nlanes = 1; nlanes <= MML_MOST_LANES; nlanes++)
		{
			CHECK(mml_lane_start(nblocks, nlanes, 0) == 0);
			CHECK(mml_lane_start(nblocks, nlanes, nlanes) == nblocks);
			for (int l = 0; l < nlanes; l++)
			{
				size_t		size = mml_lane_start(nblocks, nlanes, l + 1) -
					mml_lane_start(nblocks, nlanes, l);

				CHECK(size == nblocks / (size_t) nlanes ||
					  size == nblocks / (size_t) nlanes + 1);
			}
		}
}

TEST(lanes_have_room)
{
	CHECK(mml_lane_count(0, 0, 0) == 1);
	CHECK(mml_lane_count(1, 1 << 30, 64) == 1);
	CHECK(mml_lane_count(1000, 1 << 30, 64) == MML_MOST_LANES);
	CHECK(mml_lane_count(1000, 1 << 20, (size_t) 1 << 40) == 1);
	CHECK(mml_lane_count(1000, 1 << 20, (size_t) 1 << 19) == 2);
	CHECK(mml_lane_count(SIZE_MAX, SIZE_MAX, 0) == MML_MOST_LANES);
}

static int	visited[MML_MOST_LANES];

/* Counts how often it is called for each lane. */
static void
count_visit(void *job, MmlBlocks *blocks, int lane, int nlanes)
{
	(void) job;
	(void) blocks;
	visited[lane] += nlanes;
}

TEST(team_alone)
{
	MmlTeam		team = {0};

	team.nlanes = 7;
	team.visit = count_visit;
	mml_team_pass_alone(&team);
	for (int l = 0; l < MML_MOST_LANES; l++)
		CHECK(visited[l] == (l < 7 ? 7 : 0));
}

TEST(sizes_do_not_wrap)
{
	size_t		r = 0;

	CHECK(mml_add_size(SIZE_MAX - 1, 1, &r) && r == SIZE_MAX);
	CHECK(!mml_add_size(SIZE_MAX, 1, &r));
	CHECK(mml_mul_size(SIZE_MAX / 3, 3, &r) && r == SIZE_MAX);
	CHECK(!mml_mul_size((size_t) 1 << 32, (size_t) 1 << 32, &r));
	CHECK(mml_align64(0) == 0 && mml_align64(1) == 64 && mml_align64(64) == 64);
}

/* --------------------------------------------------------------- envelope */

static const double some_f64[6] = {1, -2.5, 3e300, 0, -0.0, 5e-324};
static const int64_t some_i64[3] = {1, INT64_MIN, INT64_MAX};
static const float some_f32[2] = {1.5f, -0.25f};
static const int32_t some_i32[5] = {1, 2, 3, 4, INT32_MIN};
static const char some_texts[] = "one\0\0three";

static const TestSection sections[] = {
	{"numbers", MML_F64, 8, 2, 3, some_f64},
	{"counts", MML_I64, 8, 3, 1, some_i64},
	{"small", MML_F32, 4, 1, 2, some_f32},
	{"indices_2", MML_I32, 4, 5, 1, some_i32},
	{"texts", MML_U8, 1, sizeof(some_texts), 1, some_texts},
	{"nothing", MML_F64, 8, 0, 7, NULL},
	{"no_texts", MML_U8, 1, 0, 1, NULL},
};

#define NSECTIONS ((int) (sizeof(sections) / sizeof(sections[0])))

/* The model of the sections above. */
static char *
small_model(size_t *length)
{
	return write_envelope("some_kind", NSECTIONS, sections, length);
}

/* Read every byte that an opened envelope points to. */
static unsigned
touch_all(const MmlEnvelope *env)
{
	unsigned	sum = 0;

	for (int s = 0; s < env->nsections; s++)
		for (size_t i = 0; i < env->sections[s].bytes; i++)
			sum += ((const unsigned char *) env->sections[s].data)[i];
	return sum;
}

/*
 * Open it as if it came from outside, in room of just its size; true if it is
 * found sound, and then read all of it.
 */
static bool
opens(const char *model, size_t length)
{
	char	   *copy = copy_model(model, length);
	MmlEnvelope env;
	const char *wrong = mml_envelope_open(&env, copy, length);
	volatile unsigned sum = 0;

	if (wrong == NULL)
		sum += touch_all(&env);
	free_model(copy);
	return wrong == NULL;
}

TEST(envelope_round_trip)
{
	size_t		length;
	char	   *model = small_model(&length);
	MmlEnvelope env;
	int			next = 0;
	const double *f64;
	const float *f32;
	const int64_t *i64;
	const int32_t *i32;
	const void *nothing;
	MmlTexts	texts;

	CHECK(mml_envelope_open(&env, model, length) == NULL);
	CHECK(strcmp(env.kind, "some_kind") == 0 && env.nsections == NSECTIONS);
	CHECK(mml_envelope_shaped(&env, &next, "numbers", MML_F64, 2, 3, &f64) == NULL);
	CHECK(mml_envelope_shaped(&env, &next, "counts", MML_I64, 3, 1, &i64) == NULL);
	CHECK(mml_envelope_shaped(&env, &next, "small", MML_F32, 1, 2, &f32) == NULL);
	CHECK(mml_envelope_shaped(&env, &next, "indices_2", MML_I32, 5, 1, &i32) == NULL);
	CHECK(memcmp(f64, some_f64, sizeof(some_f64)) == 0);
	CHECK(memcmp(i64, some_i64, sizeof(some_i64)) == 0);
	CHECK(memcmp(f32, some_f32, sizeof(some_f32)) == 0);
	CHECK(memcmp(i32, some_i32, sizeof(some_i32)) == 0);
	CHECK((uintptr_t) f64 % 8 == 0 && (uintptr_t) i64 % 8 == 0);
	CHECK((uintptr_t) f32 % 4 == 0 && (uintptr_t) i32 % 4 == 0);
	CHECK(mml_envelope_texts(&env, &next, "texts", &texts) == NULL);
	CHECK(texts.count == 3);
	CHECK(strcmp(mml_texts_get(&texts, 0), "one") == 0);
	CHECK(strcmp(mml_texts_get(&texts, 1), "") == 0);
	CHECK(strcmp(mml_texts_get(&texts, 2), "three") == 0);
	CHECK(strcmp(mml_text_next(texts.first), "") == 0);
	CHECK(mml_envelope_shaped(&env, &next, "nothing", MML_F64, 0, 7, &nothing) == NULL);
	CHECK(mml_envelope_end(&env, next) != NULL);
	CHECK(mml_envelope_texts(&env, &next, "no_texts", &texts) == NULL);
	CHECK(texts.count == 0);
	CHECK(mml_envelope_end(&env, next) == NULL);
	free_model(model);
}

TEST(envelope_asked_wrongly)
{
	size_t		length;
	char	   *model = small_model(&length);
	MmlEnvelope env;
	const MmlSection *section;
	const void *data;
	MmlTexts	texts;
	int			next = 0;

	CHECK(mml_envelope_open(&env, model, length) == NULL);
	CHECK(mml_envelope_next(&env, &next, "counts", MML_I64, &section) != NULL);
	CHECK(mml_envelope_next(&env, &next, "number", MML_F64, &section) != NULL);
	CHECK(mml_envelope_next(&env, &next, "numbers", MML_I64, &section) != NULL);
	CHECK(mml_envelope_shaped(&env, &next, "numbers", MML_F64, 3, 2, &data) != NULL);
	next = 0;
	CHECK(mml_envelope_texts(&env, &next, "numbers", &texts) != NULL);
	next = NSECTIONS;
	CHECK(mml_envelope_next(&env, &next, "numbers", MML_F64, &section) != NULL);
	free_model(model);
}

/* A list of texts with columns, or without the end of the last. */
TEST(envelope_wrong_texts)
{
	static const TestSection wrong[] = {
		{"texts", MML_U8, 1, 2, 2, "a\0b"},
		{"texts", MML_U8, 1, 3, 1, "a\0b"},
		{"texts", MML_U8, 1, 1, 1, "a"},
	};

	for (int i = 0; i < 3; i++)
	{
		size_t		length;
		char	   *model = write_envelope("k", 1, &wrong[i], &length);
		MmlEnvelope env;
		MmlTexts	texts;
		int			next = 0;

		CHECK(mml_envelope_open(&env, model, length) == NULL);
		CHECK(mml_envelope_texts(&env, &next, "texts", &texts) != NULL);
		free_model(model);
	}
}

TEST(envelope_truncated_or_longer)
{
	size_t		length;
	char	   *model = small_model(&length);
	char	   *longer = alloc_model(length + 100);

	CHECK(opens(model, length));
	for (size_t n = 0; n < length; n++)
		CHECK(!opens(model, n));
	memset(longer, 0, length + 100);
	memcpy(longer, model, length);
	for (size_t n = length + 1; n <= length + 100; n++)
	{
		CHECK(!opens(longer, n));
		put_u64(longer + 16, n);	/* a header that says so */
		CHECK(!opens(longer, n));
		put_u64(longer + 16, length);
	}
	for (size_t n = 0; n < length; n++)
	{
		put_u64(longer + 16, n);
		CHECK(!opens(longer, n));
	}
	free_model(model);
	free_model(longer);
}

/*
 * Any byte changed to any other: outside of the data, the digest, the kind
 * and the names all are found.
 */
TEST(envelope_bytes_changed)
{
	size_t		length;
	char	   *model = small_model(&length);
	MmlEnvelope env;
	bool		free_byte[4096] = {false};

	CHECK(length < sizeof(free_byte) && mml_envelope_open(&env, model, length) == NULL);
	memset(free_byte + 24, true, MML_KIND_BYTES);
	memset(free_byte + MML_DIGEST_OFFSET, true, MML_DIGEST_BYTES);
	for (int s = 0; s < NSECTIONS; s++)
	{
		size_t		entry = MML_HEADER_BYTES + (size_t) s * MML_ENTRY_BYTES;

		memset(free_byte + entry, true, MML_SECTION_NAME_BYTES);
		memset(free_byte + env.sections[s].offset, true, env.sections[s].bytes);
		memset(free_byte + entry + 16, true, 1);	/* another type of that
													 * size */
		if (env.sections[s].bytes == 0)
			memset(free_byte + entry + 24, true, 16);	/* 0 times anything */
	}
	for (size_t i = 0; i < length; i++)
	{
		char		old = model[i];

		for (int change = 1; change < 256; change++)
		{
			bool		sound;

			model[i] = (char) (old ^ change);
			sound = opens(model, length);
			CHECK(!sound || free_byte[i]);
		}
		model[i] = old;
	}
	CHECK(opens(model, length));
	free_model(model);
}

/* Numbers of the table of sections chosen to wrap. */
TEST(envelope_sizes_that_wrap)
{
	static const uint64_t bad[] = {
		0, 1, 7, 1 << 20, UINT32_MAX, UINT64_C(1) << 32, UINT64_C(1) << 61,
		UINT64_C(1) << 62, UINT64_C(1) << 63, UINT64_MAX / 8, UINT64_MAX / 8 + 1,
		UINT64_MAX / 3, UINT64_MAX - 63, UINT64_MAX - 3, UINT64_MAX
	};
	int			nbad = (int) (sizeof(bad) / sizeof(bad[0]));
	size_t		length;
	char	   *model = small_model(&length);
	char	   *entry = model + MML_HEADER_BYTES;
	char		kept[MML_ENTRY_BYTES];

	memcpy(kept, entry, sizeof(kept));
	for (int r = 0; r < nbad; r++)
		for (int c = 0; c < nbad; c++)
			for (int b = 0; b < nbad; b++)
			{
				put_u64(entry + 24, bad[r]);
				put_u64(entry + 32, bad[c]);
				put_u64(entry + 48, bad[b]);
				CHECK(!opens(model, length));
				/* seven numbers have room in the place of six */
				put_u64(entry + 48, bad[r] * bad[c] * 8);
				CHECK(!opens(model, length) || bad[r] + bad[c] == 8);
				put_u64(entry + 40, bad[b]);
				CHECK(!opens(model, length));
				memcpy(entry, kept, sizeof(kept));
			}
	for (int b = 0; b < nbad; b++)
	{
		put_u32(model + 12, (uint32_t) bad[b]);
		CHECK(!opens(model, length) || bad[b] == NSECTIONS);
	}
	free_model(model);
}

/* As many sections as there may be, and one more. */
TEST(envelope_most_sections)
{
	TestSection many[MML_MAX_SECTIONS + 1];
	size_t		length;
	char	   *model;

	for (int i = 0; i <= MML_MAX_SECTIONS; i++)
		many[i] = sections[0];
	model = write_envelope("k", MML_MAX_SECTIONS, many, &length);
	CHECK(opens(model, length));
	free_model(model);
	model = write_envelope("k", MML_MAX_SECTIONS + 1, many, &length);
	CHECK(!opens(model, length));
	free_model(model);
	model = write_envelope("k", 0, many, &length);
	CHECK(!opens(model, length));
	free_model(model);
}

TEST(envelope_types)
{
	static const size_t size[] = {0, 1, 4, 8, 4, 8, 0};

	for (int t = 0; t < 7; t++)
	{
		CHECK(mml_type_size((MmlType) t) == size[t]);
	}
	for (size_t end = 92; end < 400; end++)
		CHECK(mml_data_offset(end) == data_behind(end));
}

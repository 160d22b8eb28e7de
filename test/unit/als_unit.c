/*-------------------------------------------------------------------------
 *
 * als_unit.c
 *	  Alternating least squares against naive solutions, and models tampered
 *	  with.
 *
 *-------------------------------------------------------------------------
 */
#include "unit.h"

#include "core/random.h"
#include "core/room.h"
#include "envelope_writer.h"
#include "linalg/linalg.h"
#include "recommend/als.h"
#include "recommend/rating_als.h"

/* ----------------------------------------------------------------- memory */

/* Blocks that are freed all at once. */
#define MOST_BLOCKS 64
static void *blocks[MOST_BLOCKS];

static void *
resize(MmlRoom *room, void *block, size_t old, size_t bytes)
{
	(void) room;
	(void) old;
	for (int i = 0; i < MOST_BLOCKS; i++)
		if (blocks[i] == block)
		{
			free(block);
			return blocks[i] = bytes > 0 ? malloc(bytes) : NULL;
		}
	abort();
}

static MmlRoom room = {resize};

static void
free_blocks(void)
{
	for (int i = 0; i < MOST_BLOCKS; i++)
	{
		free(blocks[i]);
		blocks[i] = NULL;
	}
}

/* --------------------------------------------------------------- problems */

#define ROWS 300

/* A problem with random numbers, and what the naive solution needs of it. */
typedef struct Random
{
	MmlAlsProblem problem;
	float	   *rows;
	float	   *base;
	int32_t		columns[ROWS];
	float		squares[ROWS];
	float		targets[ROWS];
} Random;

static void
make_problem(Random *r, MmlRandom *rng, size_t d, size_t count, bool weighted)
{
	size_t		stride = mml_als_stride(d);
	double	   *gram = calloc(stride * stride, sizeof(double));
	float	   *scratch = calloc(mml_als_scratch(stride), sizeof(float));

	r->rows = calloc(ROWS * stride, sizeof(float));
	r->base = calloc(stride * stride, sizeof(float));
	for (size_t i = 0; i < ROWS; i++)
		for (size_t k = 0; k < d; k++)
			r->rows[i * stride + k] = (float) (mml_random_unit(rng) - 0.3);
	mml_als_gram(ROWS, stride, r->rows, gram, scratch);
	for (size_t i = 0; i < stride; i++)
		for (size_t j = i; j < stride; j++)
		{
			double		sum = 0;

			for (size_t l = 0; l < ROWS; l++)
				sum += (double) r->rows[l * stride + i] * (double) r->rows[l * stride + j];
			CHECK_NEAR(gram[i * stride + j], sum, 1e-5 * (1 + fabs(sum)));
			r->base[i * stride + j] = (float) (0.1 * gram[i * stride + j]);
		}
	for (size_t e = 0; e < count; e++)
	{
		r->columns[e] = (int32_t) mml_random_below(rng, ROWS);
		r->squares[e] = weighted ? (float) mml_random_unit(rng) : 1;
		r->targets[e] = weighted ? (float) mml_random_unit(rng) : 1;
	}
	r->problem = (MmlAlsProblem)
	{
		d, stride, r->base, r->rows, 0.7, count, r->columns,
			weighted ? r->squares : NULL, r->targets
	};
	free(gram);
	free(scratch);
}

/* The solution in float8: A (d,d), x (d). */
static void
solve_naively(const Random *r, double *a, double *x)
{
	size_t		d = r->problem.factors;
	size_t		stride = r->problem.stride;

	for (size_t i = 0; i < d; i++)
	{
		x[i] = 0;
		for (size_t j = 0; j <= i; j++)
			a[i * d + j] = (double) r->base[j * stride + i] + (i == j ? r->problem.ridge : 0);
		for (size_t e = 0; e < r->problem.count; e++)
		{
			const float *v = r->rows + (size_t) r->columns[e] * stride;

			x[i] += (double) r->targets[e] * (double) v[i];
			for (size_t j = 0; j <= i; j++)
				a[i * d + j] += (double) r->squares[e] * (double) v[i] * (double) v[j];
		}
	}
	CHECK(mml_linalg_cholesky((int) d, a, (int) d) == MML_OK);
	mml_linalg_cholesky_solve((int) d, 1, a, (int) d, x, 1);
}

TEST(problems_are_solved)
{
	const size_t factors[] = {1, 2, 7, 8, 9, 16, 33, 64, 100};
	const size_t counts[] = {0, 1, 5, 64, 65, 200, 300};
	MmlRandom	rng;

	mml_random_seed(&rng, 3);
	for (size_t f = 0; f < 9; f++)
		for (size_t c = 0; c < 7; c++)
			for (int weighted = 0; weighted < 2; weighted++)
			{
				size_t		d = factors[f];
				size_t		stride = mml_als_stride(d);
				double		a[100 * 100];
				double		wanted[100];
				float		x[104];
				float	   *scratch = malloc(mml_als_scratch(stride) * sizeof(float));
				double		explained;
				double		product = 0;
				Random		r;

				make_problem(&r, &rng, d, counts[c], weighted);
				solve_naively(&r, a, wanted);
				memset(x, 7, sizeof(x));
				CHECK(mml_als_solve(&r.problem, x, &explained, scratch));
				for (size_t k = 0; k < d; k++)
				{
					double		b = 0;

					for (size_t e = 0; e < counts[c]; e++)
						b += (double) r.targets[e] *
							(double) r.rows[(size_t) r.columns[e] * stride + k];
					product += b * wanted[k];
					CHECK_NEAR((double) x[k], wanted[k], 2e-5 * (1 + fabs(wanted[k])));
				}
				CHECK_NEAR(explained, product, 1e-4 * (1 + product));
				for (size_t k = d; k < stride; k++)
					CHECK(x[k] == 0);
				free(r.rows);
				free(r.base);
				free(scratch);
			}
}

TEST(a_problem_without_a_root_gets_a_ridge)
{
	float		rows[8 * 2] = {1e3F, 1e3F};
	float		base[64] = {0};
	int32_t		columns[] = {0, 0, 0};
	float		targets[] = {1, 1, 1};
	float		x[8];
	float		scratch[8 * (8 + MML_ALS_GATHER + 3)];
	double		explained;
	MmlAlsProblem p = {2, 8, base, rows, 0, 3, columns, NULL, targets};

	CHECK(mml_als_solve(&p, x, &explained, scratch));
	CHECK_NEAR((double) (x[0] * rows[0] + x[1] * rows[1]), 1, 1e-3);
	rows[0] = INFINITY;
	CHECK(!mml_als_solve(&p, x, &explained, scratch));
	rows[0] = 1e30F;
	CHECK(!mml_als_solve(&p, x, &explained, scratch));
}

/* ---------------------------------------------------------------- fitting */

#define USERS 40
#define ITEMS 25

/* Who has seen what, at random; some have seen nothing, some items nobody. */
typedef struct Watched
{
	double		dense[USERS][ITEMS];
	int64_t		starts[USERS + 1];
	int32_t		columns[USERS * ITEMS];
	double		weights[USERS * ITEMS];
	MmlPairTable by_user;
} Watched;

static void
watch(Watched *w, uint64_t seed)
{
	int64_t		e = 0;
	MmlRandom	rng;

	memset(w, 0, sizeof(Watched));
	mml_random_seed(&rng, seed);
	for (int u = 0; u < USERS; u++)
	{
		for (int i = 0; i < ITEMS - 1; i++)
			if (u % 9 > 0 && mml_random_below(&rng, 4) == 0)
			{
				w->dense[u][i] = 0.5 + (double) mml_random_below(&rng, 4);
				w->columns[e] = i;
				w->weights[e++] = w->dense[u][i];
			}
		w->starts[u + 1] = e;
	}
	w->by_user = (MmlPairTable)
	{
		USERS, ITEMS, w->starts, w->columns, w->weights
	};
}

/* Fit in so many lanes; the job is to be freed. */
static MmlAlsJob *
fit(const Watched *w, const MmlAlsOptions *options, int lanes, int iterations,
	double *gram, double *objective)
{
	MmlAlsJob	layout;
	MmlAlsJob  *job;
	MmlTeam		team = {.nlanes = lanes,.visit = mml_als_visit,.pass = mml_team_pass_alone};

	if (!mml_als_layout(options, USERS, ITEMS, (size_t) w->starts[USERS], lanes, &layout))
		abort();
	job = aligned_alloc(64, layout.bytes);
	memset(job, 0, layout.bytes);
	memcpy(job, &layout, sizeof(layout));
	mml_als_load(job, &w->by_user, 1);
	mml_als_begin(job, 5);
	team.job = job;
	if (!mml_als_fit(&team, iterations, gram, objective))
		abort();
	return job;
}

TEST(a_job_has_the_pairs_both_ways)
{
	static Watched w;
	MmlAlsOptions options = {4, 0.1, 0.1, 1, false};
	double		gram[64];
	double		objective;
	MmlAlsJob  *job;
	const int64_t *starts;
	const int32_t *users;
	const float *weights;

	watch(&w, 1);
	job = fit(&w, &options, 1, 1, gram, &objective);
	starts = mml_als_at(job, job->side[MML_ALS_ITEMS].starts);
	users = mml_als_at(job, job->side[MML_ALS_ITEMS].columns);
	weights = mml_als_at(job, job->side[MML_ALS_ITEMS].weights);
	for (int i = 0; i < ITEMS; i++)
	{
		int64_t		e = starts[i];

		for (int u = 0; u < USERS; u++)
			if (w.dense[u][i] > 0)
			{
				CHECK(e < starts[i + 1] && users[e] == u);
				CHECK((double) weights[e++] == w.dense[u][i]);
			}
		CHECK(e == starts[i + 1]);
	}
	CHECK(starts[0] == 0 && starts[ITEMS] == w.starts[USERS]);
	free(job);
}

/* What fitting makes least, by the definition. */
static double
naive_objective(const Watched *w, const MmlAlsJob *job)
{
	const MmlAlsOptions *o = &job->options;
	const float *x = mml_als_at(job, job->side[MML_ALS_USERS].factors);
	const float *y = mml_als_at(job, job->side[MML_ALS_ITEMS].factors);
	double		sum = 0;
	double		seen_by[ITEMS] = {0};
	double		squares[ITEMS] = {0};

	for (int u = 0; u < USERS; u++)
	{
		double		seen = 0;
		double		square = 0;

		for (size_t k = 0; k < job->stride; k++)
			square += (double) x[(size_t) u * job->stride + k] * (double) x[(size_t) u * job->stride + k];
		for (int i = 0; i < ITEMS; i++)
		{
			double		product = 0;
			double		weight = w->dense[u][i];

			for (size_t k = 0; k < job->stride; k++)
				product += (double) x[(size_t) u * job->stride + k] *
					(double) y[(size_t) i * job->stride + k];
			if (weight > 0)
				sum += o->ratings ? (weight - product) * (weight - product) :
					weight * (1 - product) * (1 - product);
			sum += o->unobserved * product * product;
			seen += weight > 0;
			seen_by[i] += weight > 0;
		}
		sum += mml_als_ridge(o, (size_t) seen, ITEMS) * square;
	}
	for (int i = 0; i < ITEMS; i++)
	{
		for (size_t k = 0; k < job->stride; k++)
			squares[i] += (double) y[(size_t) i * job->stride + k] * (double) y[(size_t) i * job->stride + k];
		sum += mml_als_ridge(o, (size_t) seen_by[i], USERS) * squares[i];
	}
	return sum;
}

TEST(the_objective_is_what_it_says_and_falls)
{
	static Watched w;

	watch(&w, 2);
	for (int ratings = 0; ratings < 2; ratings++)
	{
		MmlAlsOptions options = {6, 0.1, ratings ? 0 : 0.2, 0.8, ratings};
		double		before = INFINITY;

		for (int iterations = 1; iterations < 8; iterations++)
		{
			double		gram[64];
			double		objective;
			MmlAlsJob  *job = fit(&w, &options, 3, iterations, gram, &objective);

			CHECK_NEAR(objective, naive_objective(&w, job), 1e-4 * objective);
			CHECK(objective <= before * (1 + 1e-5));
			before = objective;
			free(job);
		}
	}
}

TEST(lanes_change_nothing)
{
	static Watched w;
	MmlAlsOptions options = {9, 0.02, 0.2, 1, false};
	double		gram[2][256];
	double		objective;
	MmlAlsJob  *one;

	watch(&w, 3);
	one = fit(&w, &options, 1, 5, gram[0], &objective);
	for (int lanes = 2; lanes <= MML_MOST_LANES; lanes += 3)
	{
		MmlAlsJob  *many = fit(&w, &options, lanes, 5, gram[1], &objective);

		CHECK(memcmp(mml_als_at(one, one->side[MML_ALS_ITEMS].factors),
					 mml_als_at(many, many->side[MML_ALS_ITEMS].factors),
					 ITEMS * one->stride * sizeof(float)) == 0);
		CHECK(memcmp(gram[0], gram[1], sizeof(double) * one->stride * one->stride) == 0);
		free(many);
	}
	free(one);
}

TEST(sizes_beyond_all_measure)
{
	MmlAlsOptions options = {512, 0.02, 0.2, 1, false};
	MmlAlsJob	job;

	CHECK(mml_als_layout(&options, 1000000, 1000000, 100000000, 32, &job));
	CHECK(!mml_als_layout(&options, SIZE_MAX / 1000, 5, 5, 32, &job));
	CHECK(!mml_als_layout(&options, 5, 5, SIZE_MAX / 5, 32, &job));
	CHECK(!mml_als_layout(&options, SIZE_MAX, 5, 5, 32, &job));
}

/* ----------------------------------------------------------------- models */

/* A model made by hand, without an envelope, over what was fitted. */
static void
make_model(MmlAls *model, const MmlAlsJob *job, const double *gram, double *square,
		   float *factors)
{
	size_t		d = job->options.factors;
	const float *y = mml_als_at(job, job->side[MML_ALS_ITEMS].factors);

	memset(model, 0, sizeof(MmlAls));
	for (size_t i = 0; i < ITEMS; i++)
		memcpy(factors + i * d, y + i * job->stride, d * sizeof(float));
	for (size_t i = 0; i < d; i++)
		for (size_t j = 0; j < d; j++)
			square[i * d + j] = gram[MML_MIN(i, j) * job->stride + MML_MAX(i, j)];
	model->catalogue.items = ITEMS;
	model->items = (MmlFactors)
	{
		.items = ITEMS,.factors = d,.v = factors
	};
	model->options = job->options;
	model->gram = square;
	model->trained = ITEMS;
}

/* Why an item is recommended does not depend on what else is. */
static void
check_together(const MmlAls *model, const MmlAlsProfile *profile, const MmlHistory *history)
{
	const int32_t items[MML_EXPLAIN_MOST] = {3, 1, 4, 1, 5, 9, 2, 6};
	double		all[MML_EXPLAIN_MOST * ITEMS];
	double		parts[MML_EXPLAIN_MOST * ITEMS];
	size_t		bytes = history->count * sizeof(double);

	mml_als_recommender.explain(model, profile, history, MML_EXPLAIN_MOST, items, all);
	for (size_t n = 1; n < MML_EXPLAIN_MOST; n++)
	{
		mml_als_recommender.explain(model, profile, history, n, items, parts);
		CHECK(memcmp(parts, all, n * bytes) == 0);
	}
	CHECK(memcmp(all + history->count, all + 3 * history->count, bytes) == 0);
}

TEST(a_history_is_a_user)
{
	static Watched w;
	MmlAlsOptions options = {6, 0.1, 0.2, 1, false};
	double		gram[64];
	double		square[36];
	float		factors[ITEMS * 6];
	double		objective;
	MmlAlsJob  *job;
	MmlAls		model;

	watch(&w, 4);
	job = fit(&w, &options, 1, 200, gram, &objective);
	make_model(&model, job, gram, square, factors);
	for (int u = 0; u < USERS; u++)
	{
		int64_t		first = w.starts[u];
		MmlHistory	history = {(size_t) (w.starts[u + 1] - first), w.columns + first, w.weights + first};
		const float *x = mml_als_at(job, job->side[MML_ALS_USERS].factors);
		MmlAlsProfile *profile;
		double		scores[ITEMS];

		if (history.count == 0)
			continue;
		profile = mml_als_recommender.profile(&model, &history, &room);
		CHECK(profile != NULL);
		/* after so many iterations factors stand still */
		for (size_t k = 0; k < 6; k++)
			CHECK_NEAR(profile->direction.x[k], (double) x[(size_t) u * job->stride + k], 2e-2);
		mml_als_recommender.score(&model, profile, ITEMS, NULL, 0, scores);
		for (int32_t i = 0; i < ITEMS; i++)
		{
			double		parts[ITEMS];
			double		sum = 0;
			double		alone;

			mml_als_recommender.score(&model, profile, 1, &i, 0, &alone);
			CHECK(alone == scores[i]);
			mml_als_recommender.explain(&model, profile, &history, 1, &i, parts);
			for (size_t h = 0; h < history.count; h++)
				sum += parts[h];
			CHECK_NEAR(sum, scores[i], 1e-12);
		}
		check_together(&model, profile, &history);
		free_blocks();
	}
	free(job);
}

TEST(weights_of_a_history_may_be_anything)
{
	static Watched w;
	MmlAlsOptions options = {6, 0.1, 0.2, 1, false};
	double		gram[64];
	double		square[36];
	float		factors[ITEMS * 6];
	double		objective;
	MmlAlsJob  *job;
	MmlAls		model;
	int32_t		items[] = {1, 5, 9};
	const double most[] = {1e-320, 1e-100, 1, 1e100, 1.7e308};
	double		nothing[] = {0, 0};
	MmlHistory	zeros = {2, items, nothing};

	watch(&w, 4);
	job = fit(&w, &options, 1, 5, gram, &objective);
	make_model(&model, job, gram, square, factors);
	for (int m = 0; m < 5; m++)
	{
		double		weights[] = {most[m], most[m] / 2, 0};
		MmlHistory	history = {3, items, weights};
		MmlAlsProfile *profile = mml_als_recommender.profile(&model, &history, &room);
		double		scores[ITEMS];

		if (profile != NULL)
			mml_als_recommender.score(&model, profile, ITEMS, NULL, 0, scores);
		for (int i = 0; i < ITEMS && profile != NULL; i++)
			CHECK(isfinite(scores[i]));
		CHECK(profile != NULL || m == 0);
		free_blocks();
	}
	CHECK(mml_als_recommender.profile(&model, &zeros, &room) == NULL);
	free_blocks();
	free(job);
}

TEST(items_resemble_by_cosine)
{
	float		v[] = {1, 0, 3, 4, 0, 0, -2, 0};
	MmlAls		model = {.items = {.items = 4,.factors = 2,.v = v}};
	void	   *profile = mml_als_recommender.resemble(&model, 1, &room);
	double		scores[4];
	int32_t		chosen[4];
	const double thresholds[] = {-1, -0.6, 0, 0.6, 1};
	const size_t least[] = {4, 4, 3, 2, 1};

	mml_factors_coarsen(&model.items, &room);
	CHECK(profile != NULL);
	mml_als_recommender.score(&model, profile, 4, NULL, 0, scores);
	CHECK_NEAR(scores[0], 0.6, 1e-15);
	CHECK_NEAR(scores[1], 1, 1e-15);
	CHECK(scores[2] == 0);
	CHECK_NEAR(scores[3], -0.6, 1e-15);
	for (int i = 0; i < 5; i++)
		CHECK(mml_als_recommender.sieve(&model, profile, 4, 0, thresholds[i], chosen) >= least[i]);
	CHECK(mml_als_recommender.resemble(&model, 2, &room) == NULL);
	free_blocks();
}

/* ------------------------------------------------------------ tampered with */

typedef struct Parts
{
	int64_t		head[4];
	int64_t		ids[3];
	double		popularity[3];
	int32_t		users[3];
	double		options[MML_ALS_OPTIONS];
	float		factors[6];
	double		gram[4];
} Parts;

static const Parts sound = {
	{MML_ID_BIGINT, 4, 7, 1}, {-5, 2, 900}, {3, 2.5, 0}, {3, 3, 1},
	{0.02, 0.2, 1, 16, 1, 3, 12.5, NAN}, {1, 2, 3, 4, 5, 6}, {35, 44, 44, 56}
};

/* Write a model of such parts. */
static char *
write_model(const Parts *p, size_t *length)
{
	const TestSection sections[] = {
		{"catalogue", MML_I64, 8, 1, 4, p->head},
		{"ids", MML_I64, 8, 3, 1, p->ids},
		{"popularity", MML_F64, 8, 3, 1, p->popularity},
		{"item_users", MML_I32, 4, 3, 1, p->users},
		{"options", MML_F64, 8, 1, MML_ALS_OPTIONS, p->options},
		{"factors", MML_F32, 4, 3, 2, p->factors},
		{"gram", MML_F64, 8, 2, 2, p->gram}
	};

	return write_envelope("als", 7, sections, length);
}

/* Read a model from a copy of so many of its bytes; use it where it is sound. */
static const char *
read_model(const char *bytes, size_t length)
{
	char	   *copy = copy_model(bytes, length);
	MmlEnvelope env;
	MmlAls		model;
	const char *wrong = mml_envelope_open(&env, copy, length);

	if (wrong == NULL)
		wrong = mml_als_parse(&env, &model);
	if (wrong == NULL)
	{
		int32_t		items[] = {0, 2};
		double		weights[] = {1, 2};
		MmlHistory	history = {2, items, weights};
		static MmlRankWork work;
		uint8_t		barred[3] = {0};
		MmlRanked	best[3];
		MmlAlsProfile *profile = mml_als_recommender.profile(&model, &history, &room);

		mml_factors_coarsen(&model.items, &room);
		if (profile != NULL)
		{
			double		parts[2];

			mml_rank(&mml_als_recommender, &model, profile, 3, 3, NULL, barred, &work, best);
			mml_als_recommender.explain(&model, profile, &history, 1, items, parts);
		}
		free_blocks();
	}
	free_model(copy);
	return wrong;
}

TEST(flipped_and_cut_models)
{
	size_t		length;
	char	   *bytes = write_model(&sound, &length);

	CHECK(read_model(bytes, length) == NULL);
	for (size_t i = 0; i < length; i++)
	{
		for (int bit = 0; bit < 8; bit++)
		{
			bytes[i] = (char) (bytes[i] ^ (1 << bit));
			read_model(bytes, length);
			bytes[i] = (char) (bytes[i] ^ (1 << bit));
		}
		CHECK(read_model(bytes, i) != NULL);
	}
	free_model(bytes);
}

#define REFUSED(member, value) \
	do { \
		Parts		changed = sound; \
		size_t		length; \
		char	   *bytes; \
		changed.member = value; \
		bytes = write_model(&changed, &length); \
		CHECK(read_model(bytes, length) != NULL); \
		free_model(bytes); \
	} while (0)

TEST(models_that_lie)
{
	REFUSED(factors[5], NAN);
	REFUSED(factors[0], INFINITY);
	REFUSED(gram[3], INFINITY);
	REFUSED(gram[0], NAN);
	REFUSED(options[0], -1);
	REFUSED(options[0], NAN);
	REFUSED(options[1], -1);
	REFUSED(options[1], INFINITY);
	REFUSED(options[2], 3);
	REFUSED(options[2], NAN);
	REFUSED(options[3], 0);
	REFUSED(options[4], -1);
	REFUSED(options[5], 4);
	REFUSED(options[5], 0);
	REFUSED(options[6], NAN);
	REFUSED(options[7], INFINITY);
	REFUSED(head[0], 7);
}

/* ---------------------------------------------------------------- ratings */

TEST(biases_are_damped_means_of_what_is_left)
{
	static Watched w;
	double		users[USERS];
	double		items[ITEMS];
	double		sums[ITEMS];
	int32_t		counts[ITEMS];
	double		mean;
	double		all = 0;

	watch(&w, 6);
	mean = mml_rating_biases(&w.by_user, 2, users, items, sums, counts);
	for (int64_t e = 0; e < w.starts[USERS]; e++)
		all += w.weights[e] / (double) w.starts[USERS];
	CHECK_NEAR(mean, all, 1e-12);
	for (int u = 0; u < USERS; u++)
	{
		double		sum = 0;
		double		count = 0;

		for (int i = 0; i < ITEMS; i++)
			if (w.dense[u][i] > 0)
			{
				sum += w.dense[u][i] - mean - items[i];
				count++;
			}
		CHECK_NEAR(users[u], sum / (2 + count), 1e-12);
	}
	for (int i = 0; i < ITEMS; i++)
	{
		double		sum = 0;
		double		count = 0;

		for (int u = 0; u < USERS; u++)
			if (w.dense[u][i] > 0)
			{
				sum += w.dense[u][i] - mean - users[u];
				count++;
			}
		CHECK_NEAR(items[i], sum / (2 + count), 1e-3);
	}
	mml_rating_residuals(&w.by_user, mean, users, items);
	for (int u = 0; u < USERS; u++)
		for (int64_t e = w.starts[u]; e < w.starts[u + 1]; e++)
			CHECK_NEAR(w.weights[e], w.dense[u][w.columns[e]] - mean - users[u] - items[w.columns[e]], 1e-12);
}

TEST(a_rated_history_is_predicted)
{
	const float v[] = {1, 0, 0, 1, 1, 1};
	const double biases[] = {0.5, -0.25, 0};
	MmlRatingAls model = {
		.items = {.items = 3,.factors = 2,.v = v,.offsets = biases},
		.options = {2, 0.5, 1, 1, true},.damping = 2,.mean = 3
	};
	int32_t		items[] = {0, 1};
	const int32_t asked = 2;
	double		ratings[] = {5, 2};
	MmlHistory	history = {2, items, ratings};
	MmlAlsProfile *profile = mml_rating_als_recommender.profile(&model, &history, &room);
	const double bias = (1.5 - 0.75) / 4;

	/* with a ridge of 1 and factors that are orthogonal, half of what is left */
	const double x[] = {(1.5 - bias) / 2, (-0.75 - bias) / 2};
	double		scores[3];
	double		parts[2];

	CHECK(profile != NULL);
	mml_rating_als_recommender.score(&model, profile, 3, NULL, 0, scores);
	CHECK_NEAR(scores[0], 3 + bias + 0.5 + x[0], 1e-12);
	CHECK_NEAR(scores[1], 3 + bias - 0.25 + x[1], 1e-12);
	CHECK_NEAR(scores[2], 3 + bias + x[0] + x[1], 1e-12);
	mml_rating_als_recommender.explain(&model, profile, &history, 1, &asked, parts);
	CHECK_NEAR(parts[0], x[0], 1e-12);
	CHECK_NEAR(parts[1], x[1], 1e-12);
	free_blocks();
}

/* Is a model refused, or read, that has such options and biases? */
static bool
rating_model_is_sound(const double *options, const double *biases)
{
	const TestSection sections[] = {
		{"catalogue", MML_I64, 8, 1, 4, sound.head},
		{"ids", MML_I64, 8, 3, 1, sound.ids},
		{"popularity", MML_F64, 8, 3, 1, sound.popularity},
		{"item_users", MML_I32, 4, 3, 1, sound.users},
		{"options", MML_F64, 8, 1, MML_RATING_ALS_OPTIONS, options},
		{"biases", MML_F64, 8, 3, 1, biases},
		{"factors", MML_F32, 4, 3, 2, sound.factors}
	};
	size_t		length;
	char	   *bytes = write_envelope("rating_als", 7, sections, &length);
	MmlEnvelope env;
	MmlRatingAls model;
	bool		answer = mml_envelope_open(&env, bytes, length) == NULL &&
		mml_rating_als_parse(&env, &model) == NULL;

	free_model(bytes);
	return answer;
}

TEST(rating_models_that_lie)
{
	const double options[MML_RATING_ALS_OPTIONS] = {0.1, 1, 5, 16, 1, 3.5, 12};
	const double biases[] = {0.1, -0.2, 0};
	const double no_number[] = {0, NAN, 0};
	const double no_end[] = {0, 0, -INFINITY};
	const double wrong[] = {-1, 3, -1, 0, -1, -1, INFINITY};

	CHECK(rating_model_is_sound(options, biases));
	for (int o = 0; o < MML_RATING_ALS_OPTIONS; o++)
		for (int w = 0; w < 2; w++)
		{
			double		changed[MML_RATING_ALS_OPTIONS];

			memcpy(changed, options, sizeof(options));
			changed[o] = w == 0 ? wrong[o] : NAN;
			CHECK(!rating_model_is_sound(changed, biases));
		}
	CHECK(!rating_model_is_sound(options, no_number));
	CHECK(!rating_model_is_sound(options, no_end));
}

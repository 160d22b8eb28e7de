/*-------------------------------------------------------------------------
 *
 * feature_map_unit.c
 *	  The ridge regression of factors on terms: at its solution the gradient
 *	  vanishes, X'(X W - Y) + l2 W = 0.
 *
 *-------------------------------------------------------------------------
 */
#include "unit.h"

#include "core/random.h"
#include "recommend/feature_map.h"

#define ITEMS 40
#define TERMS 70
#define PER_ITEM 6
#define D 3

/* A table of vectors of length 1, item 7 empty, and factors of any kind. */
typedef struct Data
{
	int64_t		starts[ITEMS + 1];
	int32_t		terms[ITEMS * PER_ITEM];
	float		weights[ITEMS * PER_ITEM];
	float		factors[ITEMS * D];
	int32_t		vectors[ITEMS];
	int32_t		targets[ITEMS];
	MmlSparse	table;
	MmlFeatureTask task;
	double		mean[D];
	double		w[TERMS * D];
	double		arrays[4][ITEMS * D];
	double		scalars[3 * D];
	MmlFeatureWork work;
} Data;

/* Make them; the first n items are learnt from, item i having factors 39 - i. */
static void
make(Data *data, size_t n, double l2)
{
	MmlRandom	random;

	memset(data, 0, sizeof(Data));
	mml_random_seed(&random, 5);
	for (int i = 0; i < ITEMS; i++)
	{
		int64_t		at = data->starts[i];

		for (int e = 0; e < PER_ITEM && i != 7; e++, at++)
		{
			data->terms[at] = (int32_t) (e * 11 + (int) mml_random_below(&random, 11));
			data->weights[at] = 0.40824829F;
		}
		data->starts[i + 1] = at;
		for (int k = 0; k < D; k++)
			data->factors[i * D + k] = (float) (mml_random_unit(&random) * (k + 1));
		data->vectors[i] = i;
		data->targets[i] = ITEMS - 1 - i;
	}
	data->table = (MmlSparse)
	{
		.items = ITEMS,.entries = (size_t) data->starts[ITEMS],.starts = data->starts,.targets = data->terms,.weights = data->weights
	};
	data->task = (MmlFeatureTask)
	{
		.table = &data->table,.terms = TERMS,.d = D,.n = n,.vectors = data->vectors,.targets = data->targets,.factors = data->factors,.l2 = l2
	};
	data->work = (MmlFeatureWork)
	{
		.mean = data->mean,.weights = data->w,.a = data->arrays[0],.residual = data->arrays[1],.direction = data->arrays[2],.product = data->arrays[3],.scalars = data->scalars
	};
}

TEST(the_gradient_vanishes)
{
	static Data data;
	const double penalties[] = {0.01, 1, 100};

	for (int p = 0; p < 3; p++)
	{
		double		gradient[TERMS * D] = {0};
		double		out[D];

		make(&data, 30, penalties[p]);
		CHECK(mml_feature_map_learn(&data.task, &data.work) < 100);
		for (int r = 0; r < 30; r++)
		{
			mml_feature_map_item(&data.task, &data.work, r, out);
			for (int64_t e = data.starts[r]; e < data.starts[r + 1]; e++)
				for (int k = 0; k < D; k++)
					gradient[data.terms[e] * D + k] += (double) data.weights[e] *
						(out[k] - (double) data.factors[data.targets[r] * D + k]);
		}
		for (int i = 0; i < TERMS * D; i++)
			CHECK_NEAR(gradient[i] + penalties[p] * data.w[i], 0, 1e-5);
	}
}

TEST(the_mean_and_nothing)
{
	static Data data;
	double		out[D];
	double		scratch[D];
	double		sum = 0;

	/* a very large penalty leaves the mean; an empty vector has nothing */
	make(&data, 30, 1e9);
	mml_feature_map_learn(&data.task, &data.work);
	for (int r = 0; r < 30; r++)
		sum += (double) data.factors[data.targets[r] * D];
	CHECK(mml_feature_map_item(&data.task, &data.work, 35, out));
	CHECK_NEAR(out[0], sum / 30, 1e-6);
	CHECK(!mml_feature_map_item(&data.task, &data.work, 7, out));
	CHECK(out[0] == 0 && out[D - 1] == 0);

	/* a small one repeats what it was taught, nearly */
	make(&data, 5, 1e-4);
	mml_feature_map_learn(&data.task, &data.work);
	CHECK(mml_feature_map_error(&data.task, &data.work, 5, data.vectors, data.targets, scratch) < 1e-3);

	/* one item: its factors are the mean, and nothing is left to learn */
	make(&data, 1, 1);
	CHECK(mml_feature_map_learn(&data.task, &data.work) == 0);
	mml_feature_map_item(&data.task, &data.work, 20, out);
	CHECK_NEAR(out[1], data.factors[(ITEMS - 1) * D + 1], 1e-12);
}

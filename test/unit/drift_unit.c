/*
 * drift: quantiles that models keep, counting and comparing, beside naive
 * versions; models that lack quantiles.
 */
#include <math.h>

#include "clean/drift.h"
#include "unit.h"
#include "clean_maker.h"

#define ROWS 200

static MmlPreprocessor model;
static char *bytes;

/* Learn from n cells of one column; NULL, or what is wrong with the model. */
static const char *
learn(Maker *maker, int n, const MmlCell *cells)
{
	size_t		length;
	MmlEnvelope *env = keep(sizeof(MmlEnvelope));

	for (int i = 0; i < n; i++)
		maker_add(maker, cells[i], NULL);
	maker_fit(maker, NULL);
	CHECK(maker->decision == MML_TAKE);
	bytes = maker_write(1, maker, &length);
	if (mml_envelope_open(env, bytes, length) != NULL)
		return "no envelope";
	return mml_clean_parse(env, &model);
}

/* Compare n cells with what was learned. */
static MmlDrift
compare(int n, const MmlCell *cells)
{
	int64_t    *counts = keep(mml_drift_room(&model) * sizeof(int64_t));
	size_t		order[1];
	MmlDrift	drift;

	for (int i = 0; i < n; i++)
		mml_drift_count(&model, &cells[i], counts);
	CHECK(counts[0] == n);
	mml_drift_compare(&model, counts, &drift, order);
	return drift;
}

/* Release what a test has made. */
static void
forget(void)
{
	free_model(bytes);
	release();
}

TEST(points_are_values_with_their_shares)
{
	MmlCell		cells[ROWS];
	Maker		maker;

	for (int i = 0; i < ROWS; i++)
		cells[i] = number_cell(i % 2 == 0 ? 7 : i % 100);	/* half of them 7 */
	maker_begin(&maker, "x", MML_CLASS_NUMBER);
	CHECK(learn(&maker, ROWS, cells) == NULL && model.quantiles != NULL);
	for (int p = 0; p < MML_POINTS; p++)
	{
		double		point = model.quantiles[p];
		int			below = 0;
		int			least = 0;

		for (int i = 0; i < ROWS; i++)
		{
			below += cells[i].number <= point;
			least += cells[i].number < point;
		}
		CHECK(below * 20 >= ROWS * (p + 1) && least * 20 < ROWS * (p + 1));
		CHECK_NEAR(model.quantiles[MML_POINTS + p], (double) below / ROWS, 1e-15);
	}
	forget();
}

TEST(same_rows_have_not_drifted)
{
	MmlCell		cells[ROWS];
	Maker		maker;
	MmlDrift	d;

	for (int i = 0; i < ROWS; i++)
		cells[i] = number_cell(i % 10 == 0 ? (double) NAN : (double) (i * 37 % 101));
	maker_begin(&maker, "x", MML_CLASS_NUMBER);
	CHECK(learn(&maker, ROWS, cells) == NULL);
	d = compare(ROWS, cells);
	CHECK_NEAR(d.psi, 0, 1e-15);
	CHECK_NEAR(d.ks, 0, 1e-15);
	CHECK(d.p == 1 && d.missing_then == 0.1 && d.missing_now == 0.1 && isnan(d.unseen));
	d = compare(0, cells);
	CHECK(isnan(d.psi) && isnan(d.ks) && isnan(d.p) && isnan(d.missing_now));
	forget();
}

TEST(all_beyond_the_last_point)
{
	MmlCell		cells[ROWS];
	MmlCell		beyond = number_cell(1e300);
	MmlCell		none = number_cell(NAN);
	Maker		maker;
	MmlDrift	d;

	for (int i = 0; i < ROWS; i++)
		cells[i] = number_cell(i);
	maker_begin(&maker, "x", MML_CLASS_NUMBER);
	CHECK(learn(&maker, ROWS, cells) == NULL);
	d = compare(1, &beyond);
	CHECK_NEAR(d.ks, 0.95, 1e-15);
	CHECK_NEAR(d.psi, 9 * (0.1 - 1e-4) * log(0.1 / 1e-4) + 0.9 * log(10), 1e-12);
	CHECK_NEAR(d.p, mml_drift_kolmogorov(0.95 * sqrt(200.0 / 201)), 1e-15);
	d = compare(1, &none);
	CHECK_NEAR(d.psi, 10 * (0.1 - 1e-4) * log(0.1 / 1e-4) + (1 - 1e-4) * log(1e4), 1e-12);
	CHECK(isnan(d.ks) && isnan(d.p) && d.missing_now == 1);
	forget();
}

TEST(categories_and_what_filled_them)
{
	static const char *const words[] = {"a", "b", "a", NULL};
	MmlCell		cells[ROWS];
	MmlCell		fresh = text_cell(" new ");
	Maker		maker;
	MmlDrift	d;

	for (int i = 0; i < ROWS; i++)
		cells[i] = text_cell(words[i % 4]);
	maker_begin(&maker, "x", MML_CLASS_TEXT);
	maker.recipe.impute = MML_IMPUTE_MODE;	/* "a" gets the missing rows */
	CHECK(learn(&maker, ROWS, cells) == NULL && model.counts[0] == ROWS * 3 / 4);
	d = compare(ROWS, cells);
	CHECK_NEAR(d.psi, 0, 1e-15);
	CHECK(d.unseen == 0 && d.missing_then == 0.25 && isnan(d.ks) && isnan(d.p));
	d = compare(1, &fresh);
	CHECK(d.unseen == 1 && d.missing_now == 0);
	CHECK_NEAR(d.psi, 2 * (0.25 - 1e-4) * log(0.25 / 1e-4) + (0.5 - 1e-4) * log(0.5 / 1e-4) +
			   (1 - 1e-4) * log(1e4), 1e-12);
	forget();
}

TEST(more_categories_than_bins)
{
	MmlCell		cells[ROWS];
	char		text[ROWS][8];
	Maker		maker;
	MmlDrift	d;

	for (int i = 0; i < ROWS; i++)
	{
		snprintf(text[i], sizeof(text[i]), "%d", i < 100 ? i % 20 : i / 2);
		cells[i] = text_cell(text[i]);
	}
	maker_begin(&maker, "x", MML_CLASS_TEXT);
	maker.recipe.encode = MML_ENCODE_FREQUENCY;
	CHECK(learn(&maker, ROWS, cells) == NULL && model.categories == 70);
	d = compare(ROWS, cells);
	CHECK_NEAR(d.psi, 0, 1e-15);
	d = compare(100, cells);	/* the frequent twenty only */
	CHECK_NEAR(d.psi, 20 * 0.025 * log(2) + (0.5 - 1e-4) * log(0.5 / 1e-4), 1e-12);
	forget();
}

TEST(lists_by_their_items)
{
	static const char *const lists[] = {"a,b", "b, c", "", NULL};
	MmlCell		cells[ROWS];
	MmlCell		now[2];
	Maker		maker;
	MmlDrift	d;

	for (int i = 0; i < ROWS; i++)
		cells[i] = text_cell(lists[i % 4]);
	maker_begin(&maker, "x", MML_CLASS_TEXT);
	maker.recipe.encode = MML_ENCODE_MULTI_HOT;
	CHECK(learn(&maker, ROWS, cells) == NULL);
	d = compare(ROWS, cells);
	CHECK_NEAR(d.psi, 0, 1e-15);
	CHECK(d.missing_then == 0.5 && d.missing_now == 0.5);
	now[0] = text_cell("d,a,d,c");
	now[1] = text_cell(" , ");
	d = compare(2, now);
	CHECK(d.unseen == 0.5 && d.missing_now == 0.5);
	forget();
}

TEST(models_without_quantiles)
{
	MmlCell		cells[ROWS];
	Maker		maker;
	MmlDrift	d;

	for (int i = 0; i < ROWS; i++)
		cells[i] = number_cell(i);
	maker_begin(&maker, "x", MML_CLASS_NUMBER);
	maker_sections = 15;
	CHECK(learn(&maker, ROWS, cells) == NULL && model.quantiles == NULL);
	maker_sections = 16;
	d = compare(ROWS, cells);
	CHECK(isnan(d.psi) && isnan(d.ks) && isnan(d.p) && d.missing_now == 0);
	forget();
}

TEST(quantiles_that_are_refused)
{
	static const double bad[] = {NAN, INFINITY, -1e9, 1e9};
	MmlCell		cells[ROWS];

	for (int i = 0; i < ROWS; i++)
		cells[i] = number_cell(i);
	for (int k = 0; k < 4; k++)
		for (int share = 0; share < 2; share++)
		{
			Maker		maker;
			const char *wrong;

			maker_begin(&maker, "x", MML_CLASS_NUMBER);
			for (int i = 0; i < ROWS; i++)
				maker_add(&maker, cells[i], NULL);
			maker_fit(&maker, NULL);
			(share ? maker.fitted.shares : maker.fitted.points)[5] = bad[k];
			{
				size_t		length;
				MmlEnvelope env;

				bytes = maker_write(1, &maker, &length);
				CHECK(mml_envelope_open(&env, bytes, length) == NULL);
				wrong = mml_clean_parse(&env, &model);
			}
			CHECK(wrong != NULL && strstr(wrong, "quantile") != NULL);
			forget();
		}
}

/* Q of 0.5, 0.8276 (the median), 1, 1.3581 (5 %), 2: by scipy.special.kolmogorov. */
TEST(kolmogorov_distribution)
{
	CHECK_NEAR(mml_drift_kolmogorov(0.5), 0.9639452436648751, 1e-14);
	CHECK_NEAR(mml_drift_kolmogorov(1), 0.26999967167735456, 1e-14);
	CHECK_NEAR(mml_drift_kolmogorov(nextafter(1, 0)), 0.26999967167735456, 1e-14);
	CHECK_NEAR(mml_drift_kolmogorov(2), 0.0006709252557796953, 1e-16);
	CHECK(mml_drift_kolmogorov(0) == 1 && mml_drift_kolmogorov(NAN) == 1);
	CHECK(mml_drift_kolmogorov(0.01) == 1 && mml_drift_kolmogorov(100) == 0);
}

/*-------------------------------------------------------------------------
 *
 * clean_unit.c
 *	  Preprocessors: what becomes of columns, beside scikit-learn and beside
 *	  naive versions.
 *
 *-------------------------------------------------------------------------
 */
#include "unit.h"

#include "clean/calendar.h"
#include "clean_maker.h"
#include "clean_golden.h"
#include "core/random.h"

#define LENGTH(a) (sizeof(a) / sizeof(*(a)))

/* A parsed model of a test, and its bytes, kept. */
static MmlPreprocessor model;
static const char *wrong;

/* Parse the columns as a model; what is wrong goes to "wrong". */
static void
parse(int n, const Maker *makers)
{
	size_t		length;
	char	   *bytes = maker_write(n, makers, &length);
	char	   *copy = (char *) keep(length + 8) + 4;
	MmlEnvelope *env = keep(sizeof(MmlEnvelope));

	memcpy(copy, bytes, length);
	free_model(bytes);
	memset(&model, 0, sizeof(model));
	wrong = mml_envelope_open(env, copy, length);
	if (wrong == NULL)
		wrong = mml_clean_parse(env, &model);
}

/* Was it sound? */
static bool
sound(void)
{
	if (wrong != NULL)
		printf("# %s\n", wrong);
	return wrong == NULL;
}

/* Features of a row of one cell. */
static MmlPrepared
prepare(MmlCell cell, double *x)
{
	size_t		column = 99;

	return mml_clean_prepare(&model, &cell, x, &column);
}

/* Features of a row of one text. */
static MmlPrepared
prepare_text(const char *text, double *x)
{
	return prepare(text_cell(text), x);
}

/* Is feature f named so? */
static bool
is_name(size_t f, const char *name)
{
	const char *has = mml_texts_get(&model.feature_names, f);

	if (strcmp(has, name) != 0)
		printf("# %s is not %s\n", has, name);
	return strcmp(has, name) == 0;
}

/* ---------------------------------------------------------- scikit-learn */

TEST(numbers_like_scikit_learn)
{
	for (size_t g = 0; g < LENGTH(golden_numbers); g++)
	{
		const GoldenNumbers *set = &golden_numbers[g];
		Maker		maker;
		double		sum = 0;
		double		squares = 0;
		double		size = 0;
		double		x;

		maker_begin(&maker, "x", MML_CLASS_NUMBER);
		maker.recipe.impute = set->impute;
		maker.recipe.fill = -5;
		maker.recipe.clip = set->clip;
		maker.recipe.low = set->low;
		maker.recipe.high = set->high;
		maker.recipe.scale = set->scale;
		for (int i = 0; i < set->n; i++)
			maker_add(&maker, number_cell(golden_number(set, i)), NULL);
		maker_fit(&maker, NULL);
		parse(1, &maker);
		CHECK(sound());
		for (int i = 0; i < set->n; i++)
		{
			CHECK(prepare(number_cell(golden_number(set, i)), &x) == MML_PREPARED);
			if (i < GOLDEN_SHOWN)
				CHECK_NEAR(x, set->shown[i], 1e-12 * fmax(1, fabs(set->shown[i])));
			sum += x;
			squares += x * x;
			size += fabs(x);
		}
		CHECK_NEAR(sum, set->sum, 1e-12 * size);
		CHECK_NEAR(squares, set->squares, 1e-12 * squares);
		release();
	}
}

TEST(texts_like_scikit_learn)
{
	for (size_t g = 0; g < LENGTH(golden_texts); g++)
	{
		const GoldenTexts *set = &golden_texts[g];
		double		sums[GOLDEN_FEATURES] = {0};
		double		x[GOLDEN_FEATURES];
		char		text[4];
		Maker		maker;

		maker_begin(&maker, "x", MML_CLASS_TEXT);
		maker.recipe.impute = set->impute;
		maker.recipe.fill_text = set->fill;
		maker.recipe.encode = set->encode;
		maker.recipe.min_count = set->min_count;
		maker.recipe.max_categories = set->max_categories;
		maker.recipe.drop_first = set->drop_first;
		for (int i = 0; i < set->n; i++)
			maker_add(&maker, text_cell(golden_text(i, text) ? text : NULL), NULL);
		maker_fit(&maker, NULL);
		parse(1, &maker);
		CHECK(sound());
		CHECK(model.features == (size_t) set->features);
		for (int i = 0; i < set->n; i++)
		{
			int			hot = -1;

			CHECK(prepare_text(golden_text(i, text) ? text : NULL, x) == MML_PREPARED);
			for (int f = 0; f < set->features; f++)
			{
				sums[f] += x[f];
				hot = x[f] != 0 ? f : hot;
			}
			if (i < GOLDEN_SHOWN)
				CHECK(set->shown[i] == (set->encode == MML_ENCODE_ORDINAL ? x[0] : hot));
		}
		for (int f = 0; f < set->features; f++)
			CHECK(sums[f] == set->sums[f]);
		release();
	}
}

/* --------------------------------------------------------------- numbers */

TEST(sketched_numbers)
{
	const int	n = 400000;
	double	   *all = malloc(sizeof(double) * (size_t) n);
	double		mean = 0;
	double		square = 0;
	int			below = 0;
	MmlRandom	rng;
	Maker		maker;
	double		x;

	mml_random_seed(&rng, 7);
	maker_begin(&maker, "x", MML_CLASS_NUMBER);
	for (int i = 0; i < n; i++)
	{
		double		u = mml_random_unit(&rng);

		all[i] = u * u * 1000;
		mean += all[i] / n;
		maker_add(&maker, number_cell(all[i]), NULL);
	}
	for (int i = 0; i < n; i++)
		square += (all[i] - mean) * (all[i] - mean) / n;
	maker_fit(&maker, NULL);
	CHECK_NEAR(maker.fitted.offset, mean, 1e-12 * mean);
	CHECK_NEAR(maker.fitted.scale, sqrt(square), 1e-12 * sqrt(square));
	for (int i = 0; i < n; i++)
		below += all[i] < maker.fitted.fill;
	CHECK_NEAR((double) below / n, 0.5, 0.005);
	parse(1, &maker);
	CHECK(sound() && prepare(number_cell(mean), &x) == MML_PREPARED);
	CHECK_NEAR(x, 0, 1e-12);
	free(all);
	release();
}

TEST(odd_numbers)
{
	static const double values[] = {1, 2, 4, 1e308, -1e308, NAN};
	Maker		maker;
	double		x[2];

	/* infinity is missing, unless it is clipped; every feature is finite */
	maker_begin(&maker, "x", MML_CLASS_NUMBER);
	maker.recipe.indicator = true;
	for (size_t i = 0; i < LENGTH(values); i++)
		maker_add(&maker, number_cell(values[i]), NULL);
	maker_fit(&maker, NULL);
	CHECK(maker.fitted.fill == 2 && maker.fitted.missing == 1);
	CHECK(maker.fitted.scale > 1e307 && isfinite(maker.fitted.scale));
	parse(1, &maker);
	CHECK(sound() && model.features == 2 && is_name(0, "x") && is_name(1, "x=missing"));
	CHECK(prepare(number_cell(INFINITY), x) == MML_PREPARED && x[1] == 1);
	CHECK(prepare(number_cell(1.7e308), x) == MML_PREPARED && x[1] == 0 && isfinite(x[0]));

	maker_begin(&maker, "x", MML_CLASS_NUMBER);
	maker.recipe.clip = MML_CLIP_RANGE;
	maker.recipe.low = -INFINITY;
	maker.recipe.high = 3;
	maker.recipe.scale = MML_SCALE_NONE;
	maker.recipe.impute = MML_IMPUTE_NONE;
	maker_add(&maker, number_cell(INFINITY), NULL);
	maker_add(&maker, number_cell(1), NULL);
	maker_fit(&maker, NULL);
	CHECK(maker.column.values.count == 2 && maker.fitted.missing == 0);
	parse(1, &maker);
	CHECK(sound() && prepare(number_cell(INFINITY), x) == MML_PREPARED && x[0] == 3);
	CHECK(prepare(number_cell(-INFINITY), x) == MML_CELL_MISSING);
	CHECK(prepare(text_cell("1"), x) == MML_CELL_MISSING);
	release();
}

TEST(constant_and_empty_columns)
{
	Maker		maker;
	double		x;

	for (int rows = 0; rows < 3; rows++)
		for (int s = MML_SCALE_NONE; s <= MML_SCALE_LOG1P; s++)
		{
			maker_begin(&maker, "x", MML_CLASS_NUMBER);
			maker.recipe.scale = (MmlScale) s;
			maker_add(&maker, number_cell(NAN), NULL);
			for (int i = 0; i < rows; i++)
				maker_add(&maker, number_cell(0.1), NULL);
			maker_fit(&maker, NULL);
			parse(1, &maker);
			CHECK(sound() && maker.fitted.scale == 1);
			CHECK(maker.fitted.fill == (rows > 0 ? 0.1 : 0));
			CHECK(prepare(number_cell(NAN), &x) == MML_PREPARED);
			CHECK(s == MML_SCALE_NONE || s == MML_SCALE_LOG1P || x == 0);
		}
	maker_begin(&maker, "x", MML_CLASS_TEXT);
	maker_add(&maker, text_cell(NULL), NULL);
	maker_fit(&maker, NULL);
	parse(1, &maker);
	CHECK(sound() && model.features == 1 && is_name(0, "x=missing"));
	release();
}

TEST(log_and_missing_values)
{
	static const char *const missing[] = {"-1", "999.0"};
	const char *texts[2] = {missing[0], missing[1]};
	Maker		maker;
	double		x;
	double		offset;
	double		scale;

	maker_begin(&maker, "x", MML_CLASS_NUMBER);
	maker.recipe.scale = MML_SCALE_LOG1P;
	maker.recipe.missing = texts;
	maker.recipe.missing_count = 2;
	maker_add(&maker, number_cell(999), NULL);
	maker_add(&maker, number_cell(-1), NULL);
	maker_add(&maker, number_cell(3), NULL);
	maker_add(&maker, number_cell(5), NULL);
	maker_fit(&maker, NULL);
	CHECK(maker.fitted.missing == 2 && maker.fitted.fill == 4);
	parse(1, &maker);
	CHECK(sound());
	CHECK(prepare(number_cell(999), &x) == MML_PREPARED && x == log1p(4));
	CHECK(prepare(number_cell(-6), &x) == MML_PREPARED && x == -log1p(6));
	CHECK(!mml_clean_unit(&model, 0, &offset, &scale));
	texts[1] = "9 9";
	parse(1, &maker);
	CHECK(wrong != NULL);
	release();
}

TEST(many_booleans)
{
	Maker		maker;

	/* more than are kept one by one: shares and modes are exact still */
	maker_begin(&maker, "x", MML_CLASS_BOOLEAN);
	maker.recipe.scale = MML_SCALE_ROBUST;
	for (int i = 0; i < 300000; i++)
	{
		MmlCell		cell = number_cell(i < 150001);

		cell.class = MML_CLASS_BOOLEAN;
		maker_add(&maker, cell, NULL);
	}
	maker_fit(&maker, NULL);
	CHECK(maker.recipe.impute == MML_IMPUTE_MODE && maker.fitted.fill == 1);
	CHECK(maker.fitted.offset == 1 && maker.fitted.scale == 1);
	release();
}

/* ----------------------------------------------------------------- times */

TEST(calendar)
{
	static const int lengths[12] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	int			year = -4713;	/* by astronomers' count: 4714 BC */
	int			month = 1;
	int			day = 1;
	double		parts[MML_PARTS];

	/* day 0 is 2000-01-01, a Saturday */
	for (int64_t at = -2451872; at < 800000; at++)
	{
		bool		leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);

		if (at == 0)
			CHECK(year == 2000 && month == 1 && day == 1);
		mml_clean_calendar((double) at + 0.75, parts);
		CHECK(parts[0] == (double) at + 0.75 && parts[1] == (year > 0 ? year : year - 1));
		CHECK(parts[2] == (month - 1) / 3 + 1 && parts[3] == month && parts[4] == day);
		CHECK(parts[5] == (double) ((at % 7 + 12) % 7 + 1));
		CHECK(parts[6] == 18);
		if (++day > lengths[month - 1] + (month == 2 && leap))
		{
			day = 1;
			if (++month > 12)
			{
				month = 1;
				year++;
			}
		}
	}
}

TEST(hours)
{
	double		parts[MML_PARTS];

	/* of microseconds since 2000 divided by those of a day, as times are */
	for (int64_t day = -700000; day < 3000000; day += 12345)
		for (int hour = 0; hour < 24; hour++)
		{
			double		at = (double) (day * 24 + hour) * 3600e6;

			mml_clean_calendar(at / 86400e6, parts);
			CHECK(parts[6] == hour);
			mml_clean_calendar((at + 3599.9e6) / 86400e6, parts);
			CHECK(parts[6] == hour);
		}
	for (int i = 0; i < 2; i++)
	{
		mml_clean_calendar(i == 0 ? 1e300 : -1e300, parts);
		CHECK(parts[3] >= 1 && parts[3] <= 12 && parts[4] >= 1 && parts[4] <= 31);
		CHECK(parts[5] >= 1 && parts[5] <= 7 && parts[6] >= 0 && parts[6] <= 23);
	}
}

TEST(parts)
{
	static const char *const names[] = {"t", "t:month", "t:weekday", "t:hour", "t=missing"};
	double		mean[MML_PARTS] = {0};
	double		square[MML_PARTS] = {0};
	double		parts[MML_PARTS];
	double		x[5];
	double		offset;
	double		scale;
	Maker		maker;

	maker_begin(&maker, "t", MML_CLASS_TIME);
	maker.recipe.indicator = true;
	for (int i = 0; i <= 1000; i++)
		maker_add(&maker, time_cell(i == 1000 ? NAN : i * 3.3), NULL);
	maker_fit(&maker, NULL);
	CHECK(maker.recipe.encode == MML_ENCODE_PARTS && maker.fitted.features == 5);
	CHECK_NEAR(maker.fitted.fill, 499.5 * 3.3, 1e-9);
	for (int pass = 0; pass < 2; pass++)
		for (int i = 0; i <= 1000; i++)
		{
			mml_clean_calendar(i == 1000 ? maker.fitted.fill : i * 3.3, parts);
			for (int p = 0; p < MML_PARTS; p++)
				if (pass == 0)
					mean[p] += parts[p] / 1001;
				else
					square[p] += (parts[p] - mean[p]) * (parts[p] - mean[p]) / 1001;
		}
	parse(1, &maker);
	CHECK(sound());
	for (size_t f = 0; f < LENGTH(names); f++)
		CHECK(is_name(f, names[f]));
	CHECK(prepare(time_cell(100.5), x) == MML_PREPARED);	/* Mon Apr 10, 12:00 */
	CHECK_NEAR(x[0], (100.5 - mean[0]) / sqrt(square[0]), 1e-12);
	CHECK_NEAR(x[1], (4 - mean[3]) / sqrt(square[3]), 1e-12);
	CHECK_NEAR(x[2], (1 - mean[5]) / sqrt(square[5]), 1e-12);
	CHECK_NEAR(x[3], (12 - mean[6]) / sqrt(square[6]), 1e-12);
	CHECK(x[4] == 0);
	CHECK(mml_clean_unit(&model, 1, &offset, &scale));
	CHECK_NEAR(offset + scale * x[1], 4, 1e-12);
	CHECK(mml_clean_unit(&model, 4, &offset, &scale) && offset == 0 && scale == 1);
	CHECK(prepare(time_cell(-INFINITY), x) == MML_PREPARED && x[4] == 1);
	CHECK_NEAR(x[0], (maker.fitted.fill - mean[0]) / sqrt(square[0]), 1e-12);

	/* dates have no hour */
	maker_begin(&maker, "t", MML_CLASS_TIME);
	for (int i = 0; i < 10; i++)
		maker_add(&maker, time_cell(i), NULL);
	maker_fit(&maker, NULL);
	CHECK(maker.recipe.parts == (MML_PART_DAYS | MML_PART_MONTH | MML_PART_WEEKDAY));
	release();
}

/* ------------------------------------------------------------ categories */

/* Train a column of texts. */
static void
train_texts(Maker *maker, size_t n, const char *const *texts)
{
	for (size_t i = 0; i < n; i++)
		maker_add(maker, text_cell(texts[i]), NULL);
	maker_fit(maker, NULL);
	parse(1, maker);
}

static const char *const colours[] = {
	"red", " red\t", "blue", "green", "red", "blue", "", NULL, "grey", "  ", "?"
};

TEST(one_hot)
{
	const char *missing[] = {"?"};
	Maker		maker;
	double		x[8];

	maker_begin(&maker, "c", MML_CLASS_TEXT);
	maker.recipe.min_count = 2;
	maker.recipe.missing = missing;
	maker.recipe.missing_count = 1;
	train_texts(&maker, LENGTH(colours), colours);
	CHECK(sound() && model.features == 4);
	CHECK(is_name(0, "c=blue") && is_name(1, "c=red"));
	CHECK(is_name(2, "c=other") && is_name(3, "c=missing"));
	CHECK(maker.fitted.missing == 4 && maker.fitted.other == 2);
	CHECK(prepare_text("\n blue ", x) == MML_PREPARED && x[0] == 1 && x[1] + x[2] + x[3] == 0);
	CHECK(prepare_text("green", x) == MML_PREPARED && x[2] == 1 && x[0] + x[1] + x[3] == 0);
	CHECK(prepare_text(" ? ", x) == MML_PREPARED && x[3] == 1 && x[0] + x[1] + x[2] == 0);
	CHECK(prepare_text("", x) == MML_PREPARED && x[3] == 1);

	/* values too rare are in no byte of the model */
	CHECK(model.texts[2] == 7 && memcmp(model.pool, "bluered", 7) == 0);

	maker_begin(&maker, "c", MML_CLASS_TEXT);
	maker.recipe.unseen = MML_UNSEEN_ERROR;
	train_texts(&maker, 6, colours);
	CHECK(sound() && model.features == 3);
	CHECK(prepare_text("pink", x) == MML_CELL_UNSEEN);
	maker_begin(&maker, "c", MML_CLASS_TEXT);
	train_texts(&maker, 6, colours);
	CHECK(prepare_text("pink", x) == MML_PREPARED && x[0] + x[1] + x[2] == 0);
	CHECK(prepare_text(NULL, x) == MML_PREPARED && x[0] + x[1] + x[2] == 0);
	release();
}

TEST(frequency)
{
	Maker		maker;
	double		x[2];

	maker_begin(&maker, "c", MML_CLASS_TEXT);
	maker.recipe.encode = MML_ENCODE_FREQUENCY;
	maker.recipe.min_count = 2;
	train_texts(&maker, LENGTH(colours), colours);
	CHECK(sound() && is_name(0, "c:frequency"));
	CHECK(prepare_text("red", x) == MML_PREPARED && x[0] == 3 / 11.0);
	CHECK(prepare_text(NULL, x) == MML_PREPARED && x[0] == 3 / 11.0);
	CHECK(prepare_text("grey", x) == MML_PREPARED && x[0] == 1 / 11.0);

	maker_begin(&maker, "c", MML_CLASS_TEXT);
	maker.recipe.encode = MML_ENCODE_FREQUENCY;
	maker.recipe.impute = MML_IMPUTE_MODE;
	maker.recipe.scale = MML_SCALE_MINMAX;
	maker.recipe.unseen = MML_UNSEEN_ZERO;
	maker.recipe.indicator = true;
	train_texts(&maker, LENGTH(colours), colours);
	CHECK(sound() && model.features == 2 && is_name(1, "c=missing"));
	CHECK(prepare_text(NULL, x) == MML_PREPARED && x[0] == 1 && x[1] == 1);
	CHECK(prepare_text("green", x) == MML_PREPARED && x[0] == 0 && x[1] == 0);
	CHECK(prepare_text("pink", x) == MML_PREPARED && fabs(x[0] + 0.2) < 1e-12);
	release();
}

TEST(map)
{
	const char *keys[] = {"blue", "green", "pink", "red"};
	double		values[] = {1, 5, 9, 1};
	Maker		maker;
	double		x;

	for (int fill = 0; fill < 4; fill++)
	{
		double		expected[] = {1, 2, 9, 0};

		maker_begin(&maker, "c", MML_CLASS_TEXT);
		maker.recipe.map_count = 4;
		maker.recipe.map_keys = keys;
		maker.recipe.map_values = values;
		maker.recipe.impute = fill == 0 ? MML_IMPUTE_AUTO : fill == 1 ? MML_IMPUTE_MEAN :
			fill == 2 ? MML_IMPUTE_CONSTANT : MML_IMPUTE_NONE;
		maker.recipe.fill_text = " pink";
		train_texts(&maker, LENGTH(colours), colours);
		CHECK(sound() && is_name(0, "c") && maker.recipe.encode == MML_ENCODE_MAP);
		CHECK(prepare_text("green ", &x) == MML_PREPARED && x == 5);
		if (fill == 3)
		{
			CHECK(prepare_text("grey", &x) == MML_CELL_UNSEEN);
			CHECK(prepare_text(NULL, &x) == MML_CELL_MISSING);
			continue;
		}
		CHECK(prepare_text("grey", &x) == MML_PREPARED);
		CHECK_NEAR(x, fill == 1 ? (5 + 5) / 6.0 : expected[fill], 1e-15);
		CHECK(prepare_text(NULL, &x) == MML_PREPARED && x == maker.fitted.fill);
	}
	release();
}

TEST(hash)
{
	Maker		maker;
	double		x[16];
	double		y[16];
	double		sum = 0;

	maker_begin(&maker, "c", MML_CLASS_TEXT);
	maker.recipe.encode = MML_ENCODE_HASH;
	maker.recipe.buckets = 16;
	maker.recipe.impute = MML_IMPUTE_MODE;
	train_texts(&maker, LENGTH(colours), colours);
	CHECK(sound() && model.features == 16 && is_name(15, "c#15") && model.categories == 1);
	CHECK(prepare_text("red", x) == MML_PREPARED && prepare_text(NULL, y) == MML_PREPARED);
	for (int f = 0; f < 16; f++)
		sum += x[f];
	CHECK(sum == 1 && memcmp(x, y, sizeof(x)) == 0);
	release();
}

TEST(multi_hot)
{
	static const char *const genres[] = {
		"Drama | Comedy", "Drama|Drama", "Horror |", " | ", NULL, "Comedy|Drama|  Drama  |War"
	};
	static const MmlText items[] = {{"War ", 4}, {" ", 1}, {"Drama", 5}};
	MmlText		split[4];
	MmlText		text = {"a--b--a----", 11};
	MmlCell		list = no_cell(MML_CLASS_LIST);
	Maker		maker;
	double		x[8];

	CHECK(mml_clean_split(text, "--", 4, split) == 6);	/* a, b, a and two
														 * blanks */
	CHECK(mml_clean_split(text, "--", 0, split) >= 2);

	maker_begin(&maker, "g", MML_CLASS_TEXT);
	maker.recipe.encode = MML_ENCODE_MULTI_HOT;
	maker.recipe.separator = "|";
	maker.recipe.max_categories = 3;
	train_texts(&maker, LENGTH(genres), genres);
	CHECK(sound() && model.features == 5 && maker.fitted.counts[1] == 3);
	CHECK(is_name(0, "g=Comedy") && is_name(1, "g=Drama") && is_name(2, "g=Horror"));
	CHECK(is_name(3, "g=other") && is_name(4, "g=missing"));
	CHECK(prepare_text("Drama|War|Comedy|Drama", x) == MML_PREPARED);
	CHECK(x[0] == 1 && x[1] == 1 && x[2] == 0 && x[3] == 1 && x[4] == 0);
	CHECK(prepare_text(" ||", x) == MML_PREPARED && x[4] == 1 && x[0] + x[1] + x[2] + x[3] == 0);

	maker_begin(&maker, "g", MML_CLASS_LIST);
	list.present = true;
	list.count = 3;
	list.items = items;
	maker_add(&maker, list, NULL);
	maker_add(&maker, no_cell(MML_CLASS_LIST), NULL);
	maker_fit(&maker, NULL);
	parse(1, &maker);
	CHECK(sound() && model.features == 3 && is_name(1, "g=War"));
	CHECK(prepare(list, x) == MML_PREPARED && x[0] == 1 && x[1] == 1 && x[2] == 0);
	CHECK(prepare(no_cell(MML_CLASS_LIST), x) == MML_PREPARED && x[2] == 1);
	release();
}

TEST(target)
{
	MmlMoments	target = {0};
	MmlCell		row[3];
	char		id[2] = "a";
	Maker		maker;
	double		x;
	double		sum[2][1 + MML_FOLDS] = {{0}};
	double		n[2][1 + MML_FOLDS] = {{0}};
	size_t		column;

	maker_begin(&maker, "c", MML_CLASS_TEXT);
	maker.recipe.encode = MML_ENCODE_TARGET;
	maker.recipe.smoothing = 2.5;
	for (int i = 0; i < 26; i++)
	{
		MmlText		key = {id, 1};
		MmlTarget	y = {.present = i != 7,.y = i % 5,.fold = 0};

		id[0] = (char) ('a' + i);
		y.fold = mml_clean_fold(key);
		CHECK(y.fold >= 0 && y.fold < MML_FOLDS);
		maker_add(&maker, text_cell(i % 3 == 0 ? "u" : "v"), &y);
		if (!y.present)
			continue;
		mml_profile_moments_add(&target, 1, &y.y);
		for (int f = 0; f <= MML_FOLDS; f++)
			if (f != 1 + y.fold)
			{
				sum[i % 3 != 0][f] += y.y;
				n[i % 3 != 0][f] += 1;
			}
	}
	maker_fit(&maker, &target);
	parse(1, &maker);
	CHECK(sound() && mml_clean_inputs(&model) == 3 && model.features == 1);
	CHECK(is_name(0, "c:target"));
	CHECK(strcmp(mml_clean_input(&model, 1).name, "y") == 0 && !mml_clean_input(&model, 1).as_text);
	CHECK(strcmp(mml_clean_input(&model, 2).type, "bigint") == 0 && mml_clean_input(&model, 2).as_text);
	for (int v = 0; v < 2; v++)
		for (int training = 0; training < 2; training++)
		{
			int			f;

			row[0] = text_cell(v == 0 ? "u" : "v");
			row[1] = number_cell(1);
			row[2] = text_cell(training ? "q" : NULL);
			f = training ? 1 + mml_clean_fold(row[2].text) : 0;
			CHECK(mml_clean_prepare(&model, row, &x, &column) == MML_PREPARED);
			CHECK_NEAR(x, (sum[v][f] + 2.5 * target.mean) / (n[v][f] + 2.5), 1e-12);
		}
	row[0] = text_cell("w");
	CHECK(mml_clean_prepare(&model, row, &x, &column) == MML_PREPARED && x == target.mean);
	release();
}

TEST(many_categories)
{
	Maker		maker;
	char		text[16];
	double		x;

	maker_begin(&maker, "c", MML_CLASS_TEXT);
	maker.recipe.encode = MML_ENCODE_ORDINAL;
	for (int i = 0; i < 12000; i++)
	{
		snprintf(text, sizeof(text), "%06d", i * 7919 % 12000);
		maker_add(&maker, text_cell(text), NULL);
	}
	maker_fit(&maker, NULL);
	parse(1, &maker);
	CHECK(sound() && model.categories == MML_CATEGORIES_MOST);
	for (int i = 0; i < 12000; i++)
	{
		snprintf(text, sizeof(text), "%06d", i);
		CHECK(prepare_text(text, &x) == MML_PREPARED && x == MML_MIN(i, MML_CATEGORIES_MOST));
	}
	release();
}

/* ---------------------------------------------------------------- decide */

/* What is decided of so many rows of a column that was not asked for. */
static MmlDecision
decide(Maker *maker, int rows, int distinct, int missing)
{
	char		text[16];

	maker->recipe.asked = false;
	for (int i = 0; i < rows; i++)
	{
		snprintf(text, sizeof(text), "t%d", i % distinct);
		maker_add(maker, maker->recipe.class == MML_CLASS_TEXT ? text_cell(text) :
				  number_cell(i % distinct), NULL);
	}
	for (int i = 0; i < missing; i++)
		maker_add(maker, no_cell(maker->recipe.class), NULL);
	maker_fit(maker, NULL);
	return maker->decision;
}

TEST(decisions)
{
	static const struct
	{
		const char *name;
		MmlClass	class;
		int			rows;
		int			distinct;
		int			missing;
		MmlDecision decision;
		MmlEncode	encode;
	}			cases[] = {
		{"x", MML_CLASS_NUMBER, 20, 20, 0, MML_TAKE, MML_ENCODE_NUMBER},
		{"x", MML_CLASS_NUMBER, 50, 50, 0, MML_LEAVE_ID, MML_ENCODE_NUMBER},
		{"x", MML_CLASS_NUMBER, 50, 40, 0, MML_TAKE, MML_ENCODE_NUMBER},
		{"x", MML_CLASS_NUMBER, 200000, 200000, 0, MML_LEAVE_ID, MML_ENCODE_NUMBER},
		{"id", MML_CLASS_NUMBER, 5, 2, 0, MML_LEAVE_ID, MML_ENCODE_NUMBER},
		{"film_ID", MML_CLASS_NUMBER, 5, 2, 0, MML_LEAVE_ID, MML_ENCODE_NUMBER},
		{"filmId", MML_CLASS_TEXT, 5, 2, 0, MML_LEAVE_ID, MML_ENCODE_ONE_HOT},
		{"paid", MML_CLASS_NUMBER, 5, 2, 0, MML_TAKE, MML_ENCODE_NUMBER},
		{"d", MML_CLASS_NUMBER, 5, 1, 0, MML_LEAVE_CONSTANT, MML_ENCODE_NUMBER},
		{"d", MML_CLASS_NUMBER, 5, 1, 2, MML_LEAVE_CONSTANT, MML_ENCODE_NUMBER},
		{"d", MML_CLASS_NUMBER, 0, 1, 2, MML_LEAVE_EMPTY, MML_ENCODE_NUMBER},
		{"c", MML_CLASS_TEXT, 0, 1, 2, MML_LEAVE_EMPTY, MML_ENCODE_ONE_HOT},
		{"c", MML_CLASS_TEXT, 5, 1, 0, MML_LEAVE_CONSTANT, MML_ENCODE_ONE_HOT},
		{"c", MML_CLASS_TEXT, 5, 1, 1, MML_TAKE, MML_ENCODE_ONE_HOT},
		{"c", MML_CLASS_TEXT, 100, 89, 0, MML_TAKE, MML_ENCODE_FREQUENCY},
		{"c", MML_CLASS_TEXT, 100, 90, 0, MML_LEAVE_ID, MML_ENCODE_FREQUENCY},
		{"c", MML_CLASS_TEXT, 100, 50, 0, MML_TAKE, MML_ENCODE_ONE_HOT},
		{"c", MML_CLASS_TEXT, 102, 51, 0, MML_TAKE, MML_ENCODE_FREQUENCY},
		{"j", MML_CLASS_UNFIT, 0, 1, 5, MML_LEAVE_UNFIT, MML_ENCODE_AUTO},
	};
	Maker		maker;

	for (size_t i = 0; i < LENGTH(cases); i++)
	{
		maker_begin(&maker, cases[i].name, cases[i].class == MML_CLASS_UNFIT ?
					MML_CLASS_TEXT : cases[i].class);
		maker.recipe.class = cases[i].class;
		decide(&maker, cases[i].rows, cases[i].distinct, cases[i].missing);
		if (maker.decision != cases[i].decision || maker.recipe.encode != cases[i].encode)
			printf("# case %zu: %d %d\n", i, maker.decision, maker.recipe.encode);
		CHECK(maker.decision == cases[i].decision && maker.recipe.encode == cases[i].encode);
		release();
	}
	maker_begin(&maker, "key", MML_CLASS_TEXT);
	maker.type = "uuid";
	CHECK(decide(&maker, 5, 2, 0) == MML_LEAVE_ID);

	/* what cannot be is as if it had not been said */
	maker_begin(&maker, "c", MML_CLASS_TEXT);
	maker.recipe.impute = MML_IMPUTE_MEAN;
	maker.recipe.scale = MML_SCALE_ROBUST;
	maker.recipe.clip = MML_CLIP_IQR;
	CHECK(decide(&maker, 5, 2, 0) == MML_TAKE);
	CHECK(maker.recipe.impute == MML_IMPUTE_NONE && maker.recipe.scale == MML_SCALE_NONE &&
		  maker.recipe.clip == MML_CLIP_NONE);
	release();
}

/* ------------------------------------------------------------------ mend */

TEST(mend)
{
	const char *keys[] = {"blue", "red"};
	double		values[] = {2, 1};
	Maker		makers[4];
	MmlCell		mended;
	MmlCell		cell;

	maker_begin(&makers[0], "x", MML_CLASS_NUMBER);
	makers[0].recipe.clip = MML_CLIP_RANGE;
	makers[0].recipe.low = 0;
	makers[0].recipe.high = 10;
	maker_begin(&makers[1], "c", MML_CLASS_TEXT);
	maker_begin(&makers[2], "d", MML_CLASS_TEXT);
	makers[2].recipe.impute = MML_IMPUTE_MODE;
	maker_begin(&makers[3], "m", MML_CLASS_TEXT);
	makers[3].recipe.map_count = 2;
	makers[3].recipe.map_keys = keys;
	makers[3].recipe.map_values = values;
	for (size_t i = 0; i < LENGTH(colours); i++)
	{
		maker_add(&makers[0], number_cell((double) i), NULL);
		for (int j = 1; j < 4; j++)
			maker_add(&makers[j], text_cell(colours[i]), NULL);
	}
	for (int j = 0; j < 4; j++)
		maker_fit(&makers[j], NULL);
	parse(4, makers);
	CHECK(sound());

	cell = number_cell(3);
	CHECK(!mml_clean_mend(&model, 0, &cell, &mended) && mended.number == 3);
	cell = number_cell(30);
	CHECK(mml_clean_mend(&model, 0, &cell, &mended) && mended.number == 10);
	cell = number_cell(NAN);
	CHECK(mml_clean_mend(&model, 0, &cell, &mended) && mended.present && mended.number == 5);
	cell = text_cell("pink");
	CHECK(!mml_clean_mend(&model, 1, &cell, &mended));
	cell = text_cell(" red ");
	CHECK(mml_clean_mend(&model, 1, &cell, &mended) && mended.text.length == 3);
	cell = text_cell("  ");
	CHECK(mml_clean_mend(&model, 1, &cell, &mended) && !mended.present);
	CHECK(mml_clean_mend(&model, 2, &cell, &mended) && mended.present);
	CHECK(mended.text.length == 3 && memcmp(mended.text.bytes, "red", 3) == 0);
	cell = text_cell(NULL);
	CHECK(!mml_clean_mend(&model, 1, &cell, &mended) && !mended.present);
	CHECK(mml_clean_mend(&model, 3, &cell, &mended) && mended.number == 1);
	cell = text_cell("blue");
	CHECK(mml_clean_mend(&model, 3, &cell, &mended) && mended.number == 2);
	CHECK(mended.class == MML_CLASS_NUMBER);
	release();
}

/* ----------------------------------------------------------------- parse */

/* Train one column of each kind into makers (4). */
static void
train_four(Maker *makers)
{
	maker_begin(&makers[0], "x", MML_CLASS_NUMBER);
	maker_begin(&makers[1], "c", MML_CLASS_TEXT);
	maker_begin(&makers[2], "t", MML_CLASS_TIME);
	maker_begin(&makers[3], "f", MML_CLASS_TEXT);
	makers[3].recipe.encode = MML_ENCODE_FREQUENCY;
	for (size_t i = 0; i < LENGTH(colours); i++)
	{
		maker_add(&makers[0], number_cell((double) i), NULL);
		maker_add(&makers[1], text_cell(colours[i]), NULL);
		maker_add(&makers[2], time_cell((double) i * 40), NULL);
		maker_add(&makers[3], text_cell(colours[i]), NULL);
	}
	for (int j = 0; j < 4; j++)
		maker_fit(&makers[j], NULL);
}

TEST(units_of_features)
{
	static const char *const names[] = {
		"x", "c=?", "c=blue", "c=green", "c=grey", "c=red", "c=missing", "t", "t:month",
		"t:weekday", "f:frequency"
	};
	Maker		makers[4];
	double		offset;
	double		scale;

	train_four(makers);
	parse(4, makers);
	CHECK(sound() && model.features == LENGTH(names));
	for (size_t f = 0; f < LENGTH(names); f++)
		CHECK(is_name(f, names[f]));
	CHECK(mml_clean_unit(&model, 0, &offset, &scale) && offset == 5 && fabs(scale - sqrt(10)) < 1e-12);
	CHECK(mml_clean_unit(&model, 6, &offset, &scale) && offset == 0 && scale == 1);
	CHECK(mml_clean_unit(&model, 7, &offset, &scale) && offset == 200);
	CHECK(mml_clean_unit(&model, 10, &offset, &scale) && offset == 0 && scale == 1);
	release();
}

TEST(models_that_are_refused)
{
	Maker		good[4];
	Maker		makers[4];

	train_four(good);
	for (int damage = 0; damage < 16; damage++)
	{
		memcpy(makers, good, sizeof(makers));
		switch (damage)
		{
			case 0:
				makers[0].fitted.scale = 0;
				break;
			case 1:
				makers[0].fitted.low = NAN;
				break;
			case 2:
				makers[0].fitted.fill = INFINITY;
				break;
			case 3:
				makers[1].fitted.has_other = true;	/* without its name */
				break;
			case 4:
				makers[1].fitted.fill_category = 5;
				break;
			case 5:
				makers[1].recipe.encode = MML_ENCODE_NUMBER;
				break;
			case 6:
				makers[0].recipe.encode = MML_ENCODE_PARTS;
				break;
			case 7:
				makers[2].recipe.parts = 128;
				break;
			case 8:
				makers[1].recipe.class = MML_CLASS_TIME;
				break;
			case 9:
				makers[1].recipe.separator = ",";
				break;
			case 10:
				makers[3].recipe.encode = MML_ENCODE_TARGET;	/* without folds */
				break;
			case 11:
				makers[3].fitted.other_value = NAN;
				break;
			case 12:
				makers[0].recipe.impute = MML_IMPUTE_AUTO;
				break;
			case 13:
				makers[2].fitted.part_scale[6] = -1;
				break;
			case 14:
				makers[0].fitted.missing = 12;
				break;
			default:
				makers[0].recipe.class = MML_CLASS_UNFIT;
		}
		parse(4, makers);
		if (wrong == NULL)
			printf("# damage %d\n", damage);
		CHECK(wrong != NULL);
	}
	parse(4, good);
	CHECK(sound());
	release();
}

/*-------------------------------------------------------------------------
 *
 * models_fuzz.c
 *	  Hostile models: the reader of envelopes, and of every kind of model.
 *
 * A target of libFuzzer: see README.md.
 *
 * It makes its own first models.  test/unit/fuzz_unit.c runs it in every `make
 * check` without clang, over changes at random and over the files of
 * test/fuzz/corpus: put there what made it fail.
 *
 * Every parser is given every sound envelope, whatever kind it says it is of.
 * What is parsed is then used as the server uses it, and what a parser
 * promises is demanded.  A new kind is a function that makes a small model of
 * it, one that uses it, and a row of kinds[].
 *
 *-------------------------------------------------------------------------
 */
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clean/drift.h"
#include "clean_maker.h"
#include "compose/calibrator.h"
#include "compose/grouped.h"
#include "core/envelope.h"
#include "envelope_writer.h"
#include "kmeans/kmeans.h"
#include "logistic/logistic_model.h"
#include "recommend/item_knn.h"

#define DEMAND(condition) \
	do { \
		if (!(condition)) \
		{ \
			fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition); \
			abort(); \
		} \
	} while (0)

/* Features to predict from: d of them, free() them. */
static double *
make_features(int d)
{
	double	   *x = malloc(sizeof(double) * (size_t) d);

	for (int j = 0; j < d; j++)
		x[j] = j % 3 == 0 ? 1e300 : j % 3 == 1 ? -0.5 : 5e-324;
	return x;
}

/* Read every text of a list. */
static void
use_texts(const MmlTexts *texts)
{
	const char *text = texts->first;

	for (size_t i = 0; i < texts->count; i++, text = mml_text_next(text))
		DEMAND(i > 3 || text == mml_texts_get(texts, i));
}

/* -------------------------------------------------------------- k-means */

/* 3 centroids of 2 features */
static char *
make_kmeans(size_t *length)
{
	static const double centroids[6] = {0, 0, 1, 1, -2, 5};
	static const int64_t sizes[3] = {4, 0, 2};
	static const double overall[2] = {0.5, 1.5};
	double		summary[KMEANS_SUMMARY] = {0};
	const TestSection sections[] = {
		{"centroids", MML_F64, 8, 3, 2, centroids},
		{"sizes", MML_I64, 8, 3, 1, sizes},
		{"overall", MML_F64, 8, 1, 2, overall},
		{"summary", MML_F64, 8, KMEANS_SUMMARY, 1, summary},
		{"names", MML_U8, 1, 4, 1, "a\0b"},
		{"kernels", MML_U8, 1, 5, 1, "avx2"},
	};

	summary[KMEANS_INERTIA] = 12.5;
	summary[KMEANS_ITERATIONS] = 7;
	summary[KMEANS_INIT] = KMEANS_RANDOM;
	summary[KMEANS_MAX_ITER] = 300;
	summary[KMEANS_N_INIT] = 10;
	return write_envelope("kmeans", 6, sections, length);
}

/* Predict from it, and read its numbers. */
static void
use_kmeans(const void *parsed)
{
	const KmeansModel *model = parsed;
	double	   *x = make_features(model->d);
	double		square;
	int			nearest = mml_kmeans_nearest(model, x, &square);
	MmlExplanation e = {-1, -1, 0, malloc(sizeof(double) * (size_t) model->d)};

	if (mml_kmeans_explain(model, x, &e))
		DEMAND(e.class == nearest && e.against != nearest && e.against < model->k);
	free(e.parts);
	DEMAND(model->k >= 1 && model->rows >= 1);
	DEMAND(nearest >= 0 && nearest < model->k && square >= 0);
	for (int i = 0; i < model->d; i++)
		DEMAND(isfinite(model->overall[i]) && isfinite(model->centroids[i]));
	use_texts(&model->names);
	use_texts(&model->kernels);
	free(x);
}

/* -------------------------------------------------- logistic regression */

/* 3 classes, 2 features and an intercept, one term without an estimate */
static char *
make_logistic(size_t *length)
{
	static const double beta[6] = {0.5, -1, 2, 0.25, 3, NAN};
	static const double error[6] = {0.1, 0.2, NAN, 0.3, 0.1, NAN};
	static const uint8_t status[6] = {0, 0, 0, 0, 0, MML_TERM_ALIASED};
	static const int64_t rows[3] = {4, 5, 6};
	static const double weights[3] = {1, 1, 2};
	static const double means[2] = {7, 0.5};
	double		summary[LOGISTIC_SUMMARY] = {0};
	const TestSection sections[] = {
		{"coefficients", MML_F64, 8, 2, 3, beta},
		{"std_errors", MML_F64, 8, 2, 3, error},
		{"status", MML_U8, 1, 2, 3, status},
		{"class_rows", MML_I64, 8, 3, 1, rows},
		{"class_weights", MML_F64, 8, 3, 1, weights},
		{"summary", MML_F64, 8, LOGISTIC_SUMMARY, 1, summary},
		{"labels", MML_U8, 1, 8, 1, "-1\0" "0\0" "17"},
		{"names", MML_U8, 1, 4, 1, "a\0b"},
		{"kernels", MML_U8, 1, 5, 1, "avx2"},
		{"means", MML_F64, 8, 1, 2, means},
	};

	summary[LOGISTIC_TARGET] = LOGISTIC_BIGINT;
	summary[LOGISTIC_REFERENCE] = 1;
	summary[LOGISTIC_INTERCEPT] = 1;
	summary[LOGISTIC_METHOD] = MML_LOGISTIC_NEWTON;
	summary[LOGISTIC_ITERATIONS] = 6;
	summary[LOGISTIC_CONVERGED] = 1;
	summary[LOGISTIC_LOGLIK] = -3;
	summary[LOGISTIC_NULL_LOGLIK] = -9;
	summary[LOGISTIC_CONDITION] = 12;
	return write_envelope("logistic_regression", 10, sections, length);
}

/* Predict from it; probabilities are such. */
static void
use_logistic(const void *parsed)
{
	const LogisticModel *model = parsed;
	double	   *x = make_features(model->d);
	double	   *p = malloc(sizeof(double) * (size_t) model->classes);
	int			label = mml_logistic_label(model, x);
	double		number;
	double		sum = 0;
	MmlExplanation e = {-1, -1, 0, malloc(sizeof(double) * (size_t) model->d)};

	DEMAND(label >= 0 && label < model->classes);
	(void) mml_logistic_number(model, label, &number);
	mml_logistic_proba(model, x, p);
	for (int c = 0; c < model->classes; c++)
		sum += p[c];
	DEMAND(fabs(sum - 1) < 1e-9);
	mml_logistic_explain(model, x, &e);
	DEMAND(e.class >= 0 && e.class < model->classes && e.against >= 0 &&
		   e.against < model->classes && e.against != e.class);
	for (int a = 0; a < model->classes - 1; a++)
		DEMAND(mml_logistic_free_class(model, a) < model->classes);
	use_texts(&model->labels);
	use_texts(&model->names);
	use_texts(&model->kernels);
	free(e.parts);
	free(p);
	free(x);
}

/* -------------------------------------------------------- recommenders */

static const double popularity[3] = {3, 0, 1.5};
static const int32_t item_users[3] = {3, 2, 1};

/* 3 items with numbers as ids */
static char *
make_popularity(size_t *length)
{
	static const int64_t head[4] = {MML_ID_BIGINT, 5, 6, 1};
	static const int64_t ids[3] = {-5, 7, INT64_MAX};
	const TestSection sections[] = {
		{"catalogue", MML_I64, 8, 1, 4, head},
		{"ids", MML_I64, 8, 3, 1, ids},
		{"popularity", MML_F64, 8, 3, 1, popularity},
		{"item_users", MML_I32, 4, 3, 1, item_users},
	};

	return write_envelope("popularity", 4, sections, length);
}

/* 3 items with texts as ids */
static char *
make_item_knn(size_t *length)
{
	static const int64_t head[4] = {MML_ID_TEXT, 5, 6, 1};
	static const int64_t offsets[4] = {0, 1, 3, 6};
	static const double options[MML_ITEM_KNN_OPTIONS] = {20, 10, MML_ITEM_KNN_BM25, 1.2, 0.75};
	static const int64_t starts[4] = {0, 2, 3, 3};
	static const int32_t targets[3] = {1, 2, 0};
	static const float weights[3] = {0.5f, 0.25f, 0.5f};
	const TestSection sections[] = {
		{"catalogue", MML_I64, 8, 1, 4, head},
		{"id_offsets", MML_I64, 8, 4, 1, offsets},
		{"id_texts", MML_U8, 1, 6, 1, "abbccc"},
		{"popularity", MML_F64, 8, 3, 1, popularity},
		{"item_users", MML_I32, 4, 3, 1, item_users},
		{"options", MML_F64, 8, 1, MML_ITEM_KNN_OPTIONS, options},
		{"starts", MML_I64, 8, 4, 1, starts},
		{"targets", MML_I32, 4, 3, 1, targets},
		{"weights", MML_F32, 4, 3, 1, weights},
	};

	return write_envelope("item_knn", 9, sections, length);
}

/* Find every item by its id. */
static void
use_catalogue(const MmlCatalogue *catalogue)
{
	for (size_t i = 0; i < catalogue->items; i++)
	{
		MmlId		id = mml_catalogue_id(catalogue, i);

		DEMAND(mml_catalogue_find(catalogue, &id, i) == (int32_t) i);
		DEMAND(mml_catalogue_find(catalogue, &id, 0) == (int32_t) i);
		DEMAND(id.text == NULL || id.length <= MML_ID_BYTES_MAX);
	}
}

/* The same of a model that has nothing else. */
static void
use_popularity(const void *parsed)
{
	use_catalogue(&((const MmlPopularity *) parsed)->catalogue);
}

/* Score all items by a history of all items. */
static void
use_item_knn(const void *parsed)
{
	const MmlItemKnn *model = parsed;
	size_t		items = model->catalogue.items;
	int32_t    *all = malloc(sizeof(int32_t) * items);
	double	   *weights = malloc(sizeof(double) * items);
	MmlHistory	history = {items, all, weights};
	double	   *scores = calloc(items, sizeof(double));

	use_catalogue(&model->catalogue);
	for (size_t i = 0; i < items; i++)
	{
		all[i] = (int32_t) i;
		weights[i] = 1;
	}
	mml_sparse_score(&model->similar, &history, scores);
	for (size_t i = 0; i < items; i++)
	{
		DEMAND(isfinite(scores[i]));
		DEMAND(isfinite(mml_sparse_get(&model->similar, (int32_t) i, 0)));
	}
	free(scores);
	free(weights);
	free(all);
}

/* -------------------------------------------------------- preprocessors */

/* A column of each way to encode, trained on a few rows. */
static char *
make_preprocessor(size_t *length)
{
	static const char *const texts[] = {"red", "blue", NULL, "red, green", "red", "?", "blue"};
	static const MmlText item = {"blue", 4};
	static const MmlClass classes[8] = {
		MML_CLASS_NUMBER, MML_CLASS_TIME, MML_CLASS_TEXT, MML_CLASS_TEXT, MML_CLASS_LIST,
		MML_CLASS_TEXT, MML_CLASS_TEXT, MML_CLASS_TEXT
	};
	static const char *const names[8] = {"a", "t", "c", "g", "l", "h", "m", "y"};
	const char *missing[] = {"-1"};
	const char *keys[] = {"blue", "red"};
	double		values[] = {2, 1};
	MmlMoments	target = {0};
	Maker	   *makers = keep(8 * sizeof(Maker));
	char	   *model;

	for (int j = 0; j < 8; j++)
		maker_begin(&makers[j], names[j], classes[j]);
	makers[0].recipe.missing_count = 1;
	makers[0].recipe.missing = missing;
	makers[0].recipe.indicator = true;
	makers[2].recipe.min_count = 2;
	makers[3].recipe.separator = ",";
	makers[5].recipe.encode = MML_ENCODE_HASH;
	makers[5].recipe.buckets = 3;
	makers[5].recipe.impute = MML_IMPUTE_MODE;
	makers[6].recipe.map_count = 2;
	makers[6].recipe.map_keys = keys;
	makers[6].recipe.map_values = values;
	makers[7].recipe.encode = MML_ENCODE_TARGET;
	for (int i = 0; i < 7; i++)
	{
		MmlTarget	y = {.present = true,.y = i,.fold = i % MML_FOLDS};
		MmlCell		list = no_cell(MML_CLASS_LIST);

		list.present = i > 2;
		list.count = 1;
		list.items = &item;
		mml_profile_moments_add(&target, 1, &y.y);
		for (int j = 0; j < 8; j++)
			maker_add(&makers[j], j == 0 ? number_cell(i - 1) : j == 1 ? time_cell(i * 1000.25) :
					  j == 4 ? list : text_cell(texts[i]), &y);
	}
	for (int j = 0; j < 8; j++)
		maker_fit(&makers[j], &target);
	model = maker_write(8, makers, length);
	release();
	return model;
}

/* Compare rows that were counted with those of training. */
static void
use_counts(const MmlPreprocessor *model, const int64_t *counts)
{
	MmlDrift   *drift = malloc(sizeof(MmlDrift) * model->columns);
	size_t	   *order = malloc(sizeof(size_t) * model->columns);

	mml_drift_compare(model, counts, drift, order);
	for (size_t j = 0; j < model->columns; j++)
	{
		DEMAND(isnan(drift[j].psi) || (drift[j].psi >= 0 && isfinite(drift[j].psi)));
		DEMAND(isnan(drift[j].ks) || (drift[j].ks >= 0 && drift[j].ks <= 1));
		DEMAND(isnan(drift[j].p) || (drift[j].p >= 0 && drift[j].p <= 1));
		DEMAND(drift[j].missing_now >= 0 && drift[j].missing_now <= 1);
	}
	free(order);
	free(drift);
}

/* Prepare, mend and count rows of cells of every class, whatever it expects. */
static void
use_preprocessor(const void *parsed)
{
	static const double numbers[] = {0, -1, NAN, INFINITY, 1e308, -123456.789};
	static const char *const texts[] = {"", " blue", "red,green ,", "x", ",", "blue"};
	static const MmlText items[] = {{"", 0}, {"blue", 4}, {"\t", 1}};
	const MmlPreprocessor *model = parsed;
	int			inputs = mml_clean_inputs(model);
	MmlCell    *cells = calloc((size_t) inputs, sizeof(MmlCell));
	double	   *x = malloc(sizeof(double) * model->features);
	int64_t    *counts = calloc(mml_drift_room(model), sizeof(int64_t));

	for (size_t variant = 0; variant < 24; variant++)
	{
		size_t		column = 0;
		MmlPrepared prepared;

		for (int i = 0; i < inputs; i++)
		{
			size_t		kind = variant + (size_t) i * 7;
			MmlCell    *cell = &cells[i];
			MmlInput	input = mml_clean_input(model, i);

			DEMAND(input.class >= MML_CLASS_NUMBER && input.class < MML_CLASS_UNFIT);
			*cell = kind % 4 == 1 ? number_cell(numbers[kind / 4 % 6]) :
				text_cell(texts[kind / 4 % 6]);
			cell->class = kind % 4 == 0 ? MML_CLASS_LIST : cell->class;
			cell->count = 3;
			cell->items = items;
			cell->present = kind % 5 > 0;
		}
		mml_drift_count(model, cells, counts);
		prepared = mml_clean_prepare(model, cells, x, &column);
		DEMAND(column < model->columns);
		for (size_t f = 0; f < model->features && prepared == MML_PREPARED; f++)
			DEMAND(isfinite(x[f]));
		for (size_t j = 0; j < model->columns; j++)
		{
			MmlCell		mended;

			mml_clean_mend(model, j, &cells[j], &mended);
			if (!mended.present || mml_clean_input(model, (int) j).class == MML_CLASS_LIST)
				continue;
			DEMAND(mended.class > MML_CLASS_TIME || isfinite(mended.number));
			DEMAND(mended.class != MML_CLASS_TEXT ||
				   memchr(mended.text.bytes, 0, mended.text.length) == NULL);
		}
	}
	for (size_t f = 0; f < model->features; f++)
	{
		double		offset;
		double		scale;

		if (mml_clean_unit(model, f, &offset, &scale))
			DEMAND(isfinite(offset) && isfinite(scale) && scale > 0);
	}
	use_texts(&model->feature_names);
	use_counts(model, counts);
	free(counts);
	free(x);
	free(cells);
}

/* ------------------------------------------- calibrators, models of models */

/* 4 thresholds */
static char *
make_calibrator(size_t *length)
{
	static const double summary[CALIBRATOR_SUMMARY] = {MML_ISOTONIC, 9, 3};
	static const double x[4] = {0.1, 0.2, 0.5, 1};
	static const double y[4] = {0, 0.25, 0.25, 1};
	const TestSection sections[] = {
		{"summary", MML_F64, 8, CALIBRATOR_SUMMARY, 1, summary},
		{"thresholds", MML_F64, 8, 4, 1, x},
		{"values", MML_F64, 8, 4, 1, y},
	};

	return write_envelope("calibrator", 3, sections, length);
}

/* It makes probabilities of probabilities, and keeps their order or turns it round. */
static void
use_calibrator(const void *parsed)
{
	const MmlCalibrator *model = parsed;
	double		sign = model->method == MML_PLATT && model->summary[CALIBRATOR_SLOPE] < 0 ? -1 : 1;
	double		last = -1;

	for (int i = 0; i <= 64; i++)
	{
		double		p = mml_calibrate(model, i / 64.0);

		DEMAND(p >= 0 && p <= 1);
		DEMAND(last < 0 || sign * (p - last) >= -1e-12);
		last = p;
	}
}

/* 2 values and others; the models within are not for a kernel to read */
static char *
make_grouped(size_t *length)
{
	static const int64_t sizes[3] = {3, 64, 8};
	static const char models[136] = {1, 2, 3};
	const TestSection sections[] = {
		{"column", MML_U8, 1, 5, 1, "land"},
		{"keys", MML_U8, 1, 6, 1, "de\0us"},
		{"sizes", MML_I64, 8, 3, 1, sizes},
		{"models", MML_U8, 1, 136, 1, models},
	};

	return write_envelope("grouped", 4, sections, length);
}

/* Room that lasts until the next model: keys take less than what they are read from. */
static void *
resize_lasting(MmlRoom *room, void *block, size_t old, size_t bytes)
{
	static void *lasting = NULL;

	(void) room;
	DEMAND(block == NULL && old == 0);
	free(lasting);
	return lasting = malloc(bytes);
}

/* Read what a kernel reads of it. */
static const char *
parse_grouped(const MmlEnvelope *env, void *parsed)
{
	static MmlRoom room = {resize_lasting};

	return mml_groups_parse(env, &room, parsed);
}

/* Find each value, and read every byte of the models. */
static void
use_grouped(const void *parsed)
{
	const MmlGroups *groups = parsed;
	const char *bytes = groups->bytes;
	unsigned	sum = 0;

	for (size_t i = 0; i < groups->count; i++)
		DEMAND(mml_groups_find(groups, groups->keys[i]) == i);
	for (size_t i = 0; i < groups->models; i++)
	{
		for (int64_t b = 0; b < groups->sizes[i]; b++)
			sum += (unsigned char) bytes[b];
		bytes += mml_align64((size_t) groups->sizes[i]);
	}
	DEMAND(sum < UINT32_MAX);
}

/* --------------------------------------------------------------- target */

typedef struct Kind
{
	const char *name;
	size_t		parsed_size;
	const char *(*parse) (const MmlEnvelope *env, void *parsed);
	void		(*use) (const void *parsed);
	char	   *(*make) (size_t *length);
} Kind;

static const Kind kinds[] = {
	{"kmeans", sizeof(KmeansModel), mml_kmeans_parse, use_kmeans, make_kmeans},
	{"logistic_regression", sizeof(LogisticModel), mml_logistic_parse, use_logistic, make_logistic},
	{"popularity", sizeof(MmlPopularity), mml_popularity_parse, use_popularity, make_popularity},
	{"item_knn", sizeof(MmlItemKnn), mml_item_knn_parse, use_item_knn, make_item_knn},
	{"preprocessor", sizeof(MmlPreprocessor), mml_clean_parse, use_preprocessor, make_preprocessor},
	{"calibrator", sizeof(MmlCalibrator), mml_calibrator_parse, use_calibrator, make_calibrator},
	{"grouped", sizeof(MmlGroups), parse_grouped, use_grouped, make_grouped},
};

#define NKINDS (sizeof(kinds) / sizeof(kinds[0]))

/*
 * Make header and table agree with the length and with each other, as a
 * writer would who knows the format: so changes get past the first checks.
 */
static void
repair(char *p, size_t length)
{
	uint32_t	n;
	size_t		end;

	if (length < MML_HEADER_BYTES + MML_ENTRY_BYTES)
		return;
	memcpy(p, MML_MAGIC, 8);
	put_u32(p + 8, MML_FORMAT_VERSION);
	put_u64(p + 16, length);
	memset(p + 80, 0, 12);
	memcpy(&n, p + 12, 4);
	if (n < 1 || n > MML_MAX_SECTIONS || (length - MML_HEADER_BYTES) / MML_ENTRY_BYTES < n)
		put_u32(p + 12, n = 1);
	end = MML_HEADER_BYTES + n * (size_t) MML_ENTRY_BYTES;
	for (uint32_t i = 0; i < n; i++)
	{
		char	   *entry = p + MML_HEADER_BYTES + i * (size_t) MML_ENTRY_BYTES;
		size_t		offset = data_behind(end);
		size_t		left = offset < length ? length - offset : 0;
		uint64_t	rows;
		uint64_t	cols;
		uint32_t	type;
		size_t		bytes;

		memcpy(&rows, entry + 24, 8);
		memcpy(&cols, entry + 32, 8);
		memcpy(&type, entry + 16, 4);
		if (type < MML_U8 || type > MML_F64 || !mml_mul_size(rows, cols, &bytes) ||
			!mml_mul_size(bytes, mml_type_size((MmlType) type), &bytes) ||
			bytes > left || left == 0)
			return;
		put_u64(entry + 40, offset);
		put_u64(entry + 48, bytes);
		memset(p + end, 0, offset - end);
		end = offset + bytes;
	}
}

extern int	LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Let every parser read these bytes, in room of just their size. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char	   *bytes = copy_model((const char *) data, size);
	MmlEnvelope env;

	if (mml_envelope_open(&env, bytes, size) == NULL)
		for (size_t k = 0; k < NKINDS; k++)
		{
			void	   *parsed = calloc(1, kinds[k].parsed_size);

			if (kinds[k].parse(&env, parsed) == NULL)
				kinds[k].use(parsed);
			free(parsed);
		}
	free_model(bytes);
	return 0;
}

#ifndef MML_UNIT_H

extern size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max);
extern size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max,
									  unsigned seed);

/* Begin with sound models, and repair every other change. */
size_t
LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max, unsigned seed)
{
	if (size < MML_HEADER_BYTES || seed % 64 == 0)
	{
		char	   *model = kinds[seed / 64 % NKINDS].make(&size);

		DEMAND(size <= max);
		memcpy(data, model, size);
		free_model(model);
	}
	size = LLVMFuzzerMutate(data, size, max);
	if (seed % 2 == 0)
		repair((char *) data, size);
	return size;
}

#endif

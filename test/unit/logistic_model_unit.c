/*-------------------------------------------------------------------------
 *
 * logistic_model_unit.c
 *	  Tests of reading models of logistic regression, and of their answers.
 *
 *-------------------------------------------------------------------------
 */
#include "unit.h"

#include "core/random.h"
#include "logistic/logistic_model.h"

/* What a model is written from; tests change it. */
typedef struct Draft
{
	int			free;			/* K-1 */
	int			terms;
	double		beta[6];
	double		std_error[6];
	uint8_t		status[6];
	int64_t		class_rows[4];
	double		class_weight[4];
	double		summary[LOGISTIC_SUMMARY];
	const char *labels;			/* each ends in a newline */
	const char *names;
	const char *kernels;
	double		means[5];
	int			sections;		/* to write, of 10 */
} Draft;

static char memory[8192] __attribute__((aligned(64)));
static LogisticModel model;

/* Append a section: its entry in the table, and its data. */
static void
add_section(char *bytes, size_t *end, const char *name, MmlType type,
			size_t rows, size_t cols, const void *data)
{
	uint32_t	number;
	uint64_t	sizes[4];
	uint32_t	type_number = type;
	char	   *entry;

	memcpy(&number, bytes + 12, 4);
	entry = bytes + MML_HEADER_BYTES + number * MML_ENTRY_BYTES;
	strcpy(entry, name);
	memcpy(entry + 16, &type_number, 4);
	sizes[0] = rows;
	sizes[1] = cols;
	sizes[2] = mml_data_offset(*end);
	sizes[3] = rows * cols * mml_type_size(type);
	memcpy(entry + 24, sizes, sizeof(sizes));
	memcpy(bytes + sizes[2], data, sizes[3]);
	*end = sizes[2] + sizes[3];
	number++;
	memcpy(bytes + 12, &number, 4);
}

/* Append a section of texts, given with newlines. */
static void
add_texts(char *bytes, size_t *end, const char *name, const char *texts)
{
	char		copy[200];
	size_t		n = strlen(texts);

	for (size_t i = 0; i < n; i++)
		copy[i] = texts[i] == '\n' ? '\0' : texts[i];
	add_section(bytes, end, name, MML_U8, n, 1, copy);
}

/* A model of two features and three classes that is sound. */
static Draft
draft_default(void)
{
	return (Draft)
	{
		.free = 2,.terms = 3,
			.beta =
		{
			1, 0.5, -0.25, -1, 2, NAN
		},
			.std_error =
		{
			0.1, 0.2, 0.3, NAN, 0.5, NAN
		},
			.status =
		{
			0, 0, 0, 2, 0, 1
		},
			.class_rows =
		{
			10, 20, 30
		},
			.class_weight =
		{
			1, 1, 1
		},
			.summary =
		{
			[LOGISTIC_TARGET] = LOGISTIC_TEXT,
				[LOGISTIC_REFERENCE] = 1,
				[LOGISTIC_INTERCEPT] = 1,
				[LOGISTIC_METHOD] = MML_LOGISTIC_NEWTON,
				[LOGISTIC_ITERATIONS] = 7,
				[LOGISTIC_CONVERGED] = 1,
				[LOGISTIC_LOGLIK] = -50,
				[LOGISTIC_NULL_LOGLIK] = -60,
				[LOGISTIC_DECREMENT] = 1e-9,
				[LOGISTIC_CONDITION] = NAN,
		},
			.labels = "drama\ncomedy\ndocumentary\n",
			.names = "year\nruntime\n",
			.kernels = "avx2\n",
			.means =
		{
			2000, 90
		},
			.sections = 10
	};
}

/* Write a draft; returns its length. */
static size_t
write_draft(const Draft *draft)
{
	char	   *bytes = memory + 4;
	size_t		end = MML_HEADER_BYTES + (size_t) draft->sections * MML_ENTRY_BYTES;
	size_t		free = (size_t) draft->free;
	size_t		terms = (size_t) draft->terms;
	uint32_t	version = MML_FORMAT_VERSION;
	uint64_t	length;

	memset(memory, 0, sizeof(memory));
	memcpy(bytes, MML_MAGIC, 8);
	memcpy(bytes + 8, &version, 4);
	strcpy(bytes + 24, "logistic_regression");
	add_section(bytes, &end, "coefficients", MML_F64, free, terms, draft->beta);
	add_section(bytes, &end, "std_errors", MML_F64, free, terms, draft->std_error);
	add_section(bytes, &end, "status", MML_U8, free, terms, draft->status);
	add_section(bytes, &end, "class_rows", MML_I64, free + 1, 1, draft->class_rows);
	add_section(bytes, &end, "class_weights", MML_F64, free + 1, 1, draft->class_weight);
	add_section(bytes, &end, "summary", MML_F64, LOGISTIC_SUMMARY, 1, draft->summary);
	add_texts(bytes, &end, "labels", draft->labels);
	add_texts(bytes, &end, "names", draft->names);
	if (draft->sections > 8)
		add_texts(bytes, &end, "kernels", draft->kernels);
	if (draft->sections > 9)
		add_section(bytes, &end, "means", MML_F64, 1,
					terms - (terms > 0 && draft->summary[LOGISTIC_INTERCEPT] == 1), draft->means);
	length = end;
	memcpy(bytes + 16, &length, 8);
	return end;
}

/* Write a draft and read it; NULL, or what is wrong. */
static const char *
read_back(const Draft *draft)
{
	MmlEnvelope env;
	size_t		length = write_draft(draft);
	const char *wrong = mml_envelope_open(&env, memory + 4, length);

	return wrong != NULL ? wrong : mml_logistic_parse(&env, &model);
}

TEST(reads_a_sound_model)
{
	Draft		draft = draft_default();

	CHECK(read_back(&draft) == NULL);
	CHECK(model.d == 2 && model.terms == 3 && model.classes == 3 && model.rows == 60);
	CHECK(model.reference == 1 && model.intercept && model.target == LOGISTIC_TEXT);
	CHECK(model.beta[4] == 2 && model.std_error[1] == 0.2 && model.status[3] == 2);
	CHECK(strcmp(mml_texts_get(&model.labels, 2), "documentary") == 0);
	CHECK(model.names.count == 2);
	CHECK(mml_logistic_free_class(&model, 0) == 0 && mml_logistic_free_class(&model, 1) == 2);
	draft.names = "";
	CHECK(read_back(&draft) == NULL && model.names.count == 0);
}

TEST(probabilities)
{
	const double x[2] = {0.3, 7};
	const double e0 = exp(1 + 0.5 * 0.3 - 0.25 * 7);
	const double e2 = exp(-1 + 2 * 0.3);
	Draft		draft = draft_default();
	double		p[3];

	CHECK(read_back(&draft) == NULL);
	mml_logistic_proba(&model, x, p);
	CHECK_NEAR(p[0], e0 / (e0 + 1 + e2), 1e-15);
	CHECK_NEAR(p[1], 1 / (e0 + 1 + e2), 1e-15);
	CHECK_NEAR(p[2], e2 / (e0 + 1 + e2), 1e-15);
	CHECK(mml_logistic_label(&model, x) == 1);
}

TEST(class_weights_are_taken_back)
{
	const double x[2] = {0.3, 7};
	const double e0 = exp(1 + 0.5 * 0.3 - 0.25 * 7) / 5;
	const double e1 = 1 / 0.25;
	const double e2 = exp(-1 + 2 * 0.3) / 1e-3;
	Draft		draft = draft_default();
	double		p[3];

	draft.class_weight[0] = 5;
	draft.class_weight[1] = 0.25;
	draft.class_weight[2] = 1e-3;
	CHECK(read_back(&draft) == NULL);
	mml_logistic_proba(&model, x, p);
	CHECK_NEAR(p[0], e0 / (e0 + e1 + e2), 1e-15);
	CHECK_NEAR(p[1], e1 / (e0 + e1 + e2), 1e-15);
	CHECK(mml_logistic_label(&model, x) == 1);

	/* extreme weights stay numbers */
	draft.class_weight[0] = 1e308;
	draft.class_weight[2] = 5e-324;
	CHECK(read_back(&draft) == NULL);
	mml_logistic_proba(&model, x, p);
	CHECK(p[0] == 0 && p[2] == 1);
}

TEST(two_classes_without_intercept)
{
	const double x[3] = {1, -1, 2};
	Draft		draft = draft_default();
	double		p[2];
	double		number;

	draft.free = 1;
	draft.summary[LOGISTIC_INTERCEPT] = draft.summary[LOGISTIC_REFERENCE] = 0;
	draft.summary[LOGISTIC_TARGET] = LOGISTIC_BOOLEAN;
	draft.labels = "false\ntrue\n";
	draft.names = "a\nb\nc\n";
	CHECK(read_back(&draft) == NULL && model.d == 3);
	mml_logistic_proba(&model, x, p);
	CHECK_NEAR(p[1], 1 / (1 + exp(-(1 - 0.5 - 0.5))), 1e-15);
	CHECK(p[0] == 0.5 && mml_logistic_label(&model, x) == 0);
	CHECK(mml_logistic_number(&model, 1, &number) && number == 1);
	CHECK(mml_logistic_number(&model, 0, &number) && number == 0);

	draft.summary[LOGISTIC_TARGET] = LOGISTIC_BIGINT;
	draft.labels = "-9223372036854775808\n17\n";
	CHECK(read_back(&draft) == NULL);
	CHECK(mml_logistic_number(&model, 0, &number) && number == -0x1p63);
	CHECK(mml_logistic_number(&model, 1, &number) && number == 17);
	draft.summary[LOGISTIC_TARGET] = LOGISTIC_TEXT;
	CHECK(read_back(&draft) == NULL && !mml_logistic_number(&model, 1, &number));
}

TEST(huge_numbers_stay_numbers)
{
	const double x[2] = {1e308, 1.5e308};
	Draft		draft = draft_default();
	double		p[3];

	/* 1e308 * 1e10 less 1.5e308 * 1e10 */
	draft.beta[1] = 1e10;
	draft.beta[2] = -1e10;
	CHECK(read_back(&draft) == NULL);
	mml_logistic_proba(&model, x, p);
	CHECK(p[0] == 0 && p[1] == 0 && p[2] == 1);
	CHECK(mml_logistic_label(&model, x) == 2);
	draft.beta[1] = 1e308;
	draft.beta[4] = -1e308;
	CHECK(read_back(&draft) == NULL);
	mml_logistic_proba(&model, x, p);
	CHECK(p[0] == 1 && p[1] == 0 && p[2] == 0);
}

/* The draft is refused once a number in it is another. */
#define REFUSED(field, value, words) \
	do { \
		Draft		draft = draft_default(); \
		const char *wrong; \
		\
		draft.field = value; \
		wrong = read_back(&draft); \
		CHECK(wrong != NULL && strstr(wrong, words) != NULL); \
	} while (0)

TEST(refuses_what_is_not_possible)
{
	REFUSED(sections, 8, "missing");
	REFUSED(beta[0], NAN, "coefficient");
	REFUSED(beta[0], INFINITY, "coefficient");
	REFUSED(beta[5], 1, "coefficient");
	REFUSED(std_error[0], -1, "standard error");
	REFUSED(std_error[0], INFINITY, "standard error");
	REFUSED(std_error[5], 1, "standard error");
	REFUSED(status[0], 3, "status");
	REFUSED(status[5], 0, "coefficient");
	REFUSED(class_rows[1], -1, "rows of a class");
	REFUSED(class_rows[1], INT64_MAX, "rows of a class");
	REFUSED(class_weight[1], 0, "weight");
	REFUSED(class_weight[1], NAN, "weight");
	REFUSED(class_weight[1], INFINITY, "weight");
	REFUSED(summary[LOGISTIC_REFERENCE], 3, "summary");
	REFUSED(summary[LOGISTIC_REFERENCE], -1, "summary");
	REFUSED(summary[LOGISTIC_REFERENCE], 0.5, "summary");
	REFUSED(summary[LOGISTIC_TARGET], 3, "summary");
	REFUSED(summary[LOGISTIC_METHOD], MML_LOGISTIC_AUTO, "summary");
	REFUSED(summary[LOGISTIC_INTERCEPT], 2, "summary");
	REFUSED(summary[LOGISTIC_INTERCEPT], 0, "names");
	REFUSED(summary[LOGISTIC_LOGLIK], NAN, "finite");
	REFUSED(summary[LOGISTIC_LOGLIK], 1, "summary");
	REFUSED(summary[LOGISTIC_CONDITION], -1, "summary");
	REFUSED(summary[LOGISTIC_CONDITION], INFINITY, "finite");
	REFUSED(labels, "a\nb\n", "labels");
	REFUSED(names, "a\n", "names");
	REFUSED(kernels, "", "kernels");
	REFUSED(means[1], NAN, "mean");
	REFUSED(means[0], INFINITY, "mean");
	REFUSED(free, 1, "labels");
	REFUSED(terms, 0, "coefficients");
}

/* Base and parts of an explanation, added up. */
static double
explained(const double *x, int class, MmlExplanation *e)
{
	e->class = class;
	mml_logistic_explain(&model, x, e);
	return e->base + e->parts[0] + e->parts[1];
}

TEST(explains_log_odds)
{
	Draft		draft = draft_default();
	const double x[2] = {1.5, -2};
	const double mean[2] = {2000, 90};
	double		parts[2];
	double		p[3];
	MmlExplanation e = {.parts = parts};

	draft.class_weight[2] = 3;
	for (int with = 0; with < 2; with++)
	{
		draft.sections = 9 + with;
		CHECK(read_back(&draft) == NULL && (model.means != NULL) == with);
		mml_logistic_proba(&model, x, p);
		for (int c = 0; c < 3; c++)
		{
			double		all = explained(x, c, &e);

			CHECK(e.class == c && e.against != c && p[e.against] >= p[3 - c - e.against]);
			CHECK_NEAR(all, log(p[c] / p[e.against]), 1e-9);
		}
		explained(x, -1, &e);
		CHECK(e.class == mml_logistic_label(&model, x));
	}
	CHECK_NEAR(explained(mean, 0, &e), e.base, 0);	/* the mean of training */
	CHECK(parts[0] == 0 && parts[1] == 0);
}

TEST(refuses_labels_of_another_type)
{
	static const char *const wrong[] = {
		"1\n2\n\n", "1\n2\n03\n", "1\n2\n-0\n", "1\n2\n-\n", "1\n2\n3a\n",
		"1\n2\n9223372036854775808\n", "1\n2\n 3\n"
	};
	Draft		draft = draft_default();

	draft.summary[LOGISTIC_TARGET] = LOGISTIC_BIGINT;
	draft.labels = "0\n-20\n300\n";
	CHECK(read_back(&draft) == NULL);
	for (int i = 0; i < 7; i++)
	{
		draft.labels = wrong[i];
		CHECK(read_back(&draft) != NULL);
	}
	draft.summary[LOGISTIC_TARGET] = LOGISTIC_BOOLEAN;
	CHECK(read_back(&draft) != NULL);
}

TEST(survives_changed_bytes)
{
	Draft		draft = draft_default();
	size_t		length = write_draft(&draft);
	const double x[6] = {1, 2, 3, 4, 5, 6};
	MmlRandom	rng;
	MmlEnvelope env;
	double		parts[6];
	MmlExplanation e = {.class = -1,.parts = parts};
	char	   *copy = malloc(length + 4);
	int			read = 0;

	/* a copy that ends where the model does, so that a sanitizer sees more */
	mml_random_seed(&rng, 1);
	for (int i = 0; i < 20000; i++)
	{
		double		p[3];

		memcpy(copy + 4, memory + 4, length);
		for (int k = 0; k < 3; k++)
			copy[4 + mml_random_below(&rng, length)] ^= (char) (1 << mml_random_below(&rng, 8));
		if (mml_envelope_open(&env, copy + 4, length) != NULL ||
			mml_logistic_parse(&env, &model) != NULL)
			continue;
		read++;
		CHECK(model.d <= 6 && model.classes == 3);
		mml_logistic_proba(&model, x, p);
		CHECK(p[0] >= 0 && p[1] >= 0 && p[2] >= 0);
		CHECK_NEAR(p[0] + p[1] + p[2], 1, 1e-12);
		CHECK(mml_logistic_label(&model, x) < 3);
		mml_logistic_explain(&model, x, &e);
		CHECK(e.class < 3 && e.against < 3 && e.class != e.against);
		e.class = -1;
	}
	CHECK(read > 100);
	free(copy);
}

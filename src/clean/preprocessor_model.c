/*-------------------------------------------------------------------------
 *
 * preprocessor_model.c
 *	  Read a model of kind "preprocessor", and say what it reads and makes.
 *
 * The bytes may be anybody's.  Everything that preparing a row relies on is
 * demanded here: that each recipe is one that mml_clean_decide() leaves, that
 * columns share out categories, features and texts exactly, that hashes are
 * those of the texts, that what divides is not 0.  Nothing is allocated.
 *
 * Cost: O(bytes).
 *
 *-------------------------------------------------------------------------
 */
#include <math.h>

#include "clean/fit.h"
#include "core/hash.h"
#include "core/numbers.h"

/* More columns than any row of PostgreSQL has. */
#define MOST_COLUMNS 2000

/* --------------------------------------------------------------- recipes */

/* Is a whole number from least to most? */
MML_INLINE bool
within(int32_t x, int32_t least, int32_t most)
{
	return x >= least && x <= most;
}

/* Check that each choice of a recipe exists. */
static const char *
check_choices(const int32_t *w)
{
	if (!within(w[CLEAN_CLASS], MML_CLASS_NUMBER, MML_CLASS_LIST) ||
		!within(w[CLEAN_IMPUTE], MML_IMPUTE_NONE, MML_IMPUTE_CONSTANT) ||
		!within(w[CLEAN_ENCODE], MML_ENCODE_NUMBER, MML_ENCODE_PARTS) ||
		!within(w[CLEAN_UNSEEN], MML_UNSEEN_OTHER, MML_UNSEEN_ERROR) ||
		!within(w[CLEAN_SCALE], MML_SCALE_NONE, MML_SCALE_LOG1P) ||
		!within(w[CLEAN_CLIP], MML_CLIP_NONE, MML_CLIP_QUANTILES))
		return "A recipe has a choice that does not exist.";
	if (!within(w[CLEAN_AS_TEXT], 0, 1) || !within(w[CLEAN_INDICATOR], 0, 1) ||
		!within(w[CLEAN_DROP_FIRST], 0, w[CLEAN_ENCODE] == MML_ENCODE_ONE_HOT) ||
		!within(w[CLEAN_MISSING], 0, 1) ||
		!within(w[CLEAN_OTHER], 0, w[CLEAN_ENCODE] == MML_ENCODE_ONE_HOT ||
				w[CLEAN_ENCODE] == MML_ENCODE_MULTI_HOT))
		return "A recipe has a mark that is neither yes nor no.";
	if (!within(w[CLEAN_MISSING_TEXTS], 0, INT32_MAX) ||
		!within(w[CLEAN_CATEGORIES], 0, INT32_MAX / 2) ||
		!within(w[CLEAN_FILL_CATEGORY], -1, w[CLEAN_CATEGORIES] - 1))
		return "The number of categories of a column is not possible.";
	return NULL;
}

/* Check that the choices of a recipe, which exist, go together. */
static const char *
check_recipe(const int32_t *w)
{
	int32_t		encode = w[CLEAN_ENCODE];
	bool		list = w[CLEAN_CLASS] == MML_CLASS_LIST;
	bool		hash = encode == MML_ENCODE_HASH;
	bool		parts = encode == MML_ENCODE_PARTS;

	MML_DEMAND(check_choices(w));
	if (encode == MML_ENCODE_NUMBER || parts)
	{
		if (w[CLEAN_CLASS] > MML_CLASS_TIME || w[CLEAN_AS_TEXT] || w[CLEAN_CATEGORIES] > 0 ||
			(parts && w[CLEAN_CLASS] != MML_CLASS_TIME))
			return "A column is encoded as its class cannot be.";
	}
	else if (list ? w[CLEAN_AS_TEXT] || (encode != MML_ENCODE_MULTI_HOT && !hash) :
			 !w[CLEAN_AS_TEXT] && w[CLEAN_CLASS] != MML_CLASS_TEXT)
		return "A column is encoded as its class cannot be.";
	if (!within(w[CLEAN_PARTS], parts, parts ? (1 << MML_PARTS) - 1 : 0) ||
		!within(w[CLEAN_BUCKETS], hash, hash ? MML_BUCKETS_MOST : 0))
		return "The number of features of a column is not possible.";
	if (w[CLEAN_FEATURES] < 0 || (size_t) w[CLEAN_FEATURES] != mml_clean_features(w))
		return "The number of features of a column is not that of its recipe.";
	return NULL;
}

/* Is x a whole number from least to 2^53? */
static bool
is_count(double x, double least)
{
	return x >= least && x <= 0x1p53 && x == floor(x);
}

/* Check the numbers of a column. */
static const char *
check_numbers(const double *n)
{
	if (!mml_all_finite(MML_PARTS, n + CLEAN_PART_OFFSET) || !isfinite(n[CLEAN_FILL]) ||
		!isfinite(n[CLEAN_OFFSET]) || !isfinite(n[CLEAN_OTHER_VALUE]) ||
		!isfinite(n[CLEAN_MISSING_VALUE]))
		return "A number of a column is not finite.";
	for (int part = -1; part < MML_PARTS; part++)
	{
		double		divisor = n[part < 0 ? CLEAN_DIVISOR : CLEAN_PART_DIVISOR + part];

		if (!(divisor > 0) || !isfinite(divisor))
			return "The scale of a column is not a number above 0.";
	}
	if (!(n[CLEAN_LOW] <= n[CLEAN_HIGH]) || n[CLEAN_LOW] == INFINITY ||
		n[CLEAN_HIGH] == -INFINITY)
		return "A column is clipped to an impossible range.";
	if (!is_count(n[CLEAN_ROWS], 1) || !is_count(n[CLEAN_NULLS], 0) ||
		n[CLEAN_NULLS] > n[CLEAN_ROWS] || !is_count(n[CLEAN_OTHERS], 0) ||
		!is_count(n[CLEAN_MIN_COUNT], 1) || !(n[CLEAN_SMOOTHING] >= 0) ||
		!isfinite(n[CLEAN_SMOOTHING]))
		return "A count of a column is not possible.";
	return NULL;
}

/* ------------------------------------------------------------ categories */

/* A category's text. */
static MmlText
text_of(const MmlPreprocessor *model, size_t category)
{
	const int64_t *begin = model->texts + category;
	MmlText		text = {model->pool + begin[0], (size_t) (begin[1] - begin[0])};

	return text;
}

/*
 * Check n categories of a column from base on, whose texts are in place: texts
 * in order, and an index of them.  Pairs of hash and code ascend, the hash
 * being that of the code's text; so no code comes twice, and every one comes.
 */
static const char *
check_categories(const MmlPreprocessor *model, size_t base, size_t n)
{
	const int64_t *hashes = model->hashes + base;
	const int32_t *codes = model->codes + base;

	for (size_t i = 1; i < n; i++)
		if (mml_text_compare(text_of(model, base + i - 1), text_of(model, base + i)) >= 0)
			return "The categories of a column are not in order.";
	for (size_t i = 0; i < n; i++)
	{
		MmlText		text;

		if (codes[i] < 0 || (size_t) codes[i] >= n)
			return "The index of a column's categories leads elsewhere.";
		text = text_of(model, base + (size_t) codes[i]);
		if ((uint64_t) hashes[i] != mml_hash_bytes(text.length, text.bytes))
			return "The hash of a category is not that of its text.";
		if (i > 0 && (hashes[i] == hashes[i - 1] ? codes[i] <= codes[i - 1] :
					  (uint64_t) hashes[i] < (uint64_t) hashes[i - 1]))
			return "The index of a column's categories is not in order.";
	}
	return NULL;
}

/* Check where texts begin, before any is read. */
static const char *
check_pool(const MmlPreprocessor *model, const MmlSection *pool)
{
	if (model->texts[0] != 0 || model->texts[model->categories] != (int64_t) pool->bytes)
		return "The texts of its categories do not fill their section.";
	for (size_t i = 0; i < model->categories; i++)
		if (model->texts[i] > model->texts[i + 1] || model->counts[i] < 0)
			return "The length or count of a category is not possible.";
	if (pool->bytes > 0 && memchr(pool->data, '\0', pool->bytes) != NULL)
		return "A category has a byte 0.";
	return mml_all_finite(model->categories * model->width, model->values) ? NULL :
		"The value of a category is not finite.";
}

/* --------------------------------------------------------------- columns */

/* Check a column's separator and missing values; *missing moves behind them. */
static const char *
check_column_texts(const int32_t *whole, const char *separator, const char **missing)
{
	bool		items = whole[CLEAN_CLASS] != MML_CLASS_LIST &&
		(whole[CLEAN_ENCODE] == MML_ENCODE_MULTI_HOT || whole[CLEAN_ENCODE] == MML_ENCODE_HASH);
	bool		number = whole[CLEAN_ENCODE] == MML_ENCODE_NUMBER ||
		whole[CLEAN_ENCODE] == MML_ENCODE_PARTS;

	if (*separator == '\0' ? items && whole[CLEAN_ENCODE] == MML_ENCODE_MULTI_HOT : !items)
		return "A column has a separator that it does not use, or lacks one.";
	for (int32_t i = 0; i < whole[CLEAN_MISSING_TEXTS]; i++)
	{
		double		value;

		if (number && !mml_clean_number(*missing, &value))
			return "A missing value of a column of numbers is no number.";
		*missing = mml_text_next(*missing);
	}
	return NULL;
}

/* Check columns one by one, and that they share all else out. */
static const char *
check_columns(MmlPreprocessor *model)
{
	size_t		categories = 0;
	size_t		missing = 0;
	bool		target = false;
	const char *separator = model->separators.first;
	const char *missing_value = model->missing.first;

	model->features = 0;
	for (size_t j = 0; j < model->columns; j++)
	{
		const int32_t *whole = model->recipes + j * CLEAN_RECIPE;

		MML_DEMAND(check_recipe(whole));
		MML_DEMAND(check_numbers(model->numbers + j * CLEAN_NUMBERS));
		categories += (size_t) whole[CLEAN_CATEGORIES];
		missing += (size_t) whole[CLEAN_MISSING_TEXTS];
		model->features += (size_t) whole[CLEAN_FEATURES];
		target = target || whole[CLEAN_ENCODE] == MML_ENCODE_TARGET;
	}
	if (categories != model->categories || missing != model->missing.count)
		return "Its columns do not have all of its categories or missing values.";
	if (model->features < 1 || model->features != model->feature_names.count ||
		model->features > INT32_MAX)
		return "The number of its feature names is not that of its features.";
	if ((model->width > 1) != target)
		return "Its categories have the wrong number of values.";

	categories = 0;
	for (size_t j = 0; j < model->columns; j++)
	{
		const int32_t *whole = model->recipes + j * CLEAN_RECIPE;
		size_t		n = (size_t) whole[CLEAN_CATEGORIES];

		MML_DEMAND(check_column_texts(whole, separator, &missing_value));
		MML_DEMAND(check_categories(model, categories, n));
		separator = mml_text_next(separator);
		categories += n;
	}
	return NULL;
}

/* Check the target and the id, which TARGET encoding reads. */
static const char *
check_roles(const MmlPreprocessor *model)
{
	int64_t		target = model->rows[CLEAN_TARGET_CLASS];
	int64_t		id = model->rows[CLEAN_ID_CLASS];

	if (model->roles.count != CLEAN_ROLES)
		return "It does not say which columns are target and id.";
	if (model->rows[CLEAN_SEEN] < 1)
		return "It was trained on no rows.";
	if (target < 0 || target >= MML_CLASS_UNFIT || id < 0 || id >= MML_CLASS_UNFIT ||
		(model->width > 1 && (target == 0 || target > MML_CLASS_BOOLEAN || id == 0 ||
							  id == MML_CLASS_LIST ||
							  *mml_texts_get(&model->roles, CLEAN_TARGET) == '\0' ||
							  *mml_texts_get(&model->roles, CLEAN_ID) == '\0')))
		return "Its target or id is not possible.";
	return NULL;
}

/* ----------------------------------------------------------------- parse */

/* Read the sections that columns share. */
static const char *
read_sections(const MmlEnvelope *env, int *next, MmlPreprocessor *model)
{
	const MmlSection *section;
	const MmlSection *pool;

	MML_DEMAND(mml_envelope_next(env, next, "recipes", MML_I32, &section));
	if (section->cols != CLEAN_RECIPE || section->rows < 1 || section->rows > MOST_COLUMNS)
		return "Its number of columns is not possible.";
	model->columns = section->rows;
	model->recipes = section->data;
	MML_DEMAND(mml_envelope_shaped(env, next, "numbers", MML_F64, model->columns,
								   CLEAN_NUMBERS, &model->numbers));
	MML_DEMAND(mml_envelope_next(env, next, "hashes", MML_I64, &section));
	if (section->cols != 1 || section->rows > INT32_MAX)
		return "Its number of categories is not possible.";
	model->categories = section->rows;
	model->hashes = section->data;
	MML_DEMAND(mml_envelope_shaped(env, next, "codes", MML_I32, model->categories, 1,
								   &model->codes));
	MML_DEMAND(mml_envelope_shaped(env, next, "counts", MML_I64, model->categories, 1,
								   &model->counts));
	MML_DEMAND(mml_envelope_next(env, next, "values", MML_F64, &section));
	if (section->rows != model->categories ||
		(section->cols != 1 && section->cols != 1 + MML_FOLDS))
		return "Its categories have an impossible number of values.";
	model->width = section->cols;
	model->values = section->data;
	MML_DEMAND(mml_envelope_shaped(env, next, "texts", MML_I64, model->categories + 1, 1,
								   &model->texts));
	MML_DEMAND(mml_envelope_next(env, next, "pool", MML_U8, &pool));
	if (pool->cols != 1)
		return "The texts of its categories have more than one column.";
	model->pool = pool->data;
	return check_pool(model, pool);
}

/* Read the quantiles of columns of numbers, where the model has them. */
static const char *
read_quantiles(const MmlEnvelope *env, int *next, MmlPreprocessor *model)
{
	size_t		columns = 0;

	model->quantiles = NULL;
	if (*next == env->nsections)
		return NULL;
	for (size_t j = 0; j < model->columns; j++)
		columns += mml_clean_is_numbers(model->recipes + j * CLEAN_RECIPE);
	MML_DEMAND(mml_envelope_shaped(env, next, "quantiles", MML_F64, columns, 2 * MML_POINTS,
								   &model->quantiles));
	if (!mml_all_finite(columns * 2 * MML_POINTS, model->quantiles))
		return "A quantile is not a finite number.";
	for (size_t j = 0; j < columns; j++)
	{
		const double *points = model->quantiles + j * 2 * MML_POINTS;
		const double *shares = points + MML_POINTS;

		for (int p = 0; p < MML_POINTS; p++)
			if (shares[p] < 0 || shares[p] > 1 ||
				(p > 0 && (points[p] < points[p - 1] || shares[p] < shares[p - 1])))
				return "The quantiles of a column are not in order.";
	}
	return NULL;
}

/* Fill an MmlPreprocessor from an envelope; NULL, or what is wrong. */
const char *
mml_clean_parse(const MmlEnvelope *env, void *parsed)
{
	MmlPreprocessor *model = parsed;
	int			next = 0;

	MML_DEMAND(read_sections(env, &next, model));
	MML_DEMAND(mml_envelope_shaped(env, &next, "rows", MML_I64, CLEAN_SUMMARY, 1, &model->rows));
	MML_DEMAND(mml_envelope_texts(env, &next, "names", &model->names));
	MML_DEMAND(mml_envelope_texts(env, &next, "types", &model->types));
	MML_DEMAND(mml_envelope_texts(env, &next, "separators", &model->separators));
	MML_DEMAND(mml_envelope_texts(env, &next, "missing", &model->missing));
	MML_DEMAND(mml_envelope_texts(env, &next, "feature_names", &model->feature_names));
	MML_DEMAND(mml_envelope_texts(env, &next, "roles", &model->roles));
	MML_DEMAND(read_quantiles(env, &next, model));
	MML_DEMAND(mml_envelope_end(env, next));
	if (model->names.count != model->columns || model->types.count != model->columns ||
		model->separators.count != model->columns)
		return "The number of names is not that of its columns.";
	MML_DEMAND(check_columns(model));
	return check_roles(model);
}

/* -------------------------------------------------------------- describe */

/* How many columns of a raw row it reads. */
int
mml_clean_inputs(const MmlPreprocessor *model)
{
	return (int) model->columns + (model->width > 1 ? 2 : 0);
}

/* Column i of those that it reads; behind those of features, target and id. */
MmlInput
mml_clean_input(const MmlPreprocessor *model, int i)
{
	MmlInput	input = {0};
	size_t		j = (size_t) i;

	if (j < model->columns)
	{
		input.name = mml_texts_get(&model->names, j);
		input.type = mml_texts_get(&model->types, j);
		input.class = (MmlClass) model->recipes[j * CLEAN_RECIPE + CLEAN_CLASS];
		input.as_text = model->recipes[j * CLEAN_RECIPE + CLEAN_AS_TEXT] != 0;
		input.features = model->recipes[j * CLEAN_RECIPE + CLEAN_FEATURES];
	}
	else
	{
		bool		id = j > model->columns;

		input.name = mml_texts_get(&model->roles, id ? CLEAN_ID : CLEAN_TARGET);
		input.type = mml_texts_get(&model->roles, id ? CLEAN_ID_TYPE : CLEAN_TARGET_TYPE);
		input.class = (MmlClass) model->rows[id ? CLEAN_ID_CLASS : CLEAN_TARGET_CLASS];
		input.as_text = id;
	}
	return input;
}

/* The fold, 0 .. MML_FOLDS - 1, of the row with this id. */
int
mml_clean_fold(MmlText id)
{
	return (int) (mml_hash_bytes(id.length, id.bytes) % MML_FOLDS);
}

/*
 * The unit of a feature: the raw value, clipped and filled, or the number of a
 * category, is offset + scale * feature.  false for LOG1P, of which no two
 * numbers say it.
 */
bool
mml_clean_unit(const MmlPreprocessor *model, size_t feature, double *offset, double *scale)
{
	const int32_t *whole = model->recipes;
	const double *numbers = model->numbers;
	size_t		own;
	int			at = CLEAN_OFFSET;
	int			divisor = CLEAN_DIVISOR;

	for (; feature >= (size_t) whole[CLEAN_FEATURES]; whole += CLEAN_RECIPE)
	{
		feature -= (size_t) whole[CLEAN_FEATURES];
		numbers += CLEAN_NUMBERS;
	}
	*offset = 0;
	*scale = 1;
	own = (size_t) (whole[CLEAN_FEATURES] - whole[CLEAN_MISSING] - whole[CLEAN_OTHER]);
	if (feature >= own)
		return true;
	if (whole[CLEAN_SCALE] == MML_SCALE_LOG1P)
		return false;
	if (whole[CLEAN_ENCODE] == MML_ENCODE_PARTS)
	{
		int			part = 0;

		for (; !(whole[CLEAN_PARTS] & 1 << part) || feature-- > 0;)
			part++;
		at = CLEAN_PART_OFFSET + part;
		divisor = CLEAN_PART_DIVISOR + part;
	}
	*offset = numbers[at];
	*scale = numbers[divisor];
	return true;
}

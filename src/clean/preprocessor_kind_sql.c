/*-------------------------------------------------------------------------
 *
 * preprocessor_kind_sql.c
 *	  The kind "preprocessor" of models, transform and feature_names.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>

#include "catalog/pg_type.h"
#include "fmgr.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/datetime.h"
#include "utils/json.h"
#include "utils/timestamp.h"

#include "clean/build_pg.h"
#include "clean/clean_pg.h"
#include "core/json_pg.h"
#include "core/model_pg.h"
#include "core/row_pg.h"

PG_FUNCTION_INFO_V1(mml_clean_transform);
PG_FUNCTION_INFO_V1(mml_clean_feature_names);

/* --------------------------------------------------------------- the kind */

/* How many features there are. */
static int
count_features(const void *model)
{
	return (int) ((const MmlPreprocessor *) model)->features;
}

/* Their names. */
static const MmlTexts *
feature_names(const void *model)
{
	return &((const MmlPreprocessor *) model)->feature_names;
}

/* The raw columns that they are made of. */
static int
count_inputs(const void *model)
{
	return mml_clean_inputs(model);
}

static MmlInput
describe_input(const void *model, int i)
{
	return mml_clean_input(model, i);
}

/* Features from the cells of a row. */
static MmlPrepared
prepare_cells(const void *model, const MmlCell *cells, double *x, size_t *column)
{
	return mml_clean_prepare(model, cells, x, column);
}

/* The raw unit of a feature. */
static bool
raw_unit(const void *model, int feature, double *offset, double *scale)
{
	return mml_clean_unit(model, (size_t) feature, offset, scale);
}

/* ------------------------------------------------------------- model_info */

/* A number of a column; of a time in ISO form. */
static void
add_value(StringInfo json, const char *name, MmlClass class, double value)
{
	double		usecs = rint(value * USECS_PER_DAY);

	if (class == MML_CLASS_TIME && usecs >= (double) MIN_TIMESTAMP && usecs < (double) END_TIMESTAMP)
		mml_json_add_string(json, name,
							JsonEncodeDateTime(palloc(MAXDATELEN + 1),
											   TimestampGetDatum((Timestamp) usecs),
											   TIMESTAMPOID, NULL));
	else
		mml_json_add_number(json, name, value);
}

/* Text i of the categories of a model. */
static char *
category_text(const MmlPreprocessor *model, size_t i)
{
	return mml_text_from_model(pnstrdup(model->pool + model->texts[i],
										(Size) (model->texts[i + 1] - model->texts[i])));
}

/* The categories of a column, those from first on: how many rows, what value. */
static void
add_categories(StringInfo json, const MmlPreprocessor *model, const int32_t *whole, size_t first)
{
	size_t		count = (size_t) whole[CLEAN_CATEGORIES];
	int			encode = whole[CLEAN_ENCODE];

	if (count == 0)
		return;
	mml_json_open(json, "categories");
	for (size_t i = first; i < first + count; i++)
		mml_json_add_integer(json, category_text(model, i), model->counts[i]);
	mml_json_close(json);
	if (encode != MML_ENCODE_ORDINAL && encode != MML_ENCODE_FREQUENCY &&
		encode != MML_ENCODE_TARGET && encode != MML_ENCODE_MAP)
		return;
	mml_json_open(json, "values");
	for (size_t i = first; i < first + count; i++)
		mml_json_add_number(json, category_text(model, i), model->values[i * model->width]);
	mml_json_close(json);
}

/* What a missing value becomes. */
static void
add_filling(StringInfo json, const MmlPreprocessor *model, const int32_t *whole,
			const double *numbers, size_t first)
{
	mml_json_add_string(json, "impute", mml_clean_impute_name(whole[CLEAN_IMPUTE]));
	if (whole[CLEAN_IMPUTE] == MML_IMPUTE_NONE)
		return;
	if (whole[CLEAN_FILL_CATEGORY] >= 0)
		mml_json_add_string(json, "fill", category_text(model, first + (size_t) whole[CLEAN_FILL_CATEGORY]));
	else
		add_value(json, "fill", whole[CLEAN_AS_TEXT] ? MML_CLASS_NUMBER : (MmlClass) whole[CLEAN_CLASS],
				  numbers[CLEAN_FILL]);
}

/* How a number is clipped and scaled. */
static void
add_scaling(StringInfo json, const int32_t *whole, const double *numbers)
{
	MmlClass	class = (MmlClass) whole[CLEAN_CLASS];

	if (whole[CLEAN_CLIP] != MML_CLIP_NONE)
	{
		mml_json_add_string(json, "clip", mml_clean_clip_name(whole[CLEAN_CLIP]));
		add_value(json, "low", class, numbers[CLEAN_LOW]);
		add_value(json, "high", class, numbers[CLEAN_HIGH]);
	}
	if (whole[CLEAN_SCALE] <= MML_SCALE_NONE)
		return;
	mml_json_add_string(json, "scale", mml_clean_scale_name(whole[CLEAN_SCALE]));
	if (whole[CLEAN_SCALE] != MML_SCALE_LOG1P && whole[CLEAN_ENCODE] != MML_ENCODE_PARTS)
	{
		mml_json_add_number(json, "offset", numbers[CLEAN_OFFSET]);
		mml_json_add_number(json, "divisor", numbers[CLEAN_DIVISOR]);
	}
}

/* What was learned of a column whose categories begin with number first. */
static void
add_column(StringInfo json, const MmlPreprocessor *model, size_t column, const char *type,
		   const char *separator, size_t first)
{
	const int32_t *whole = model->recipes + column * CLEAN_RECIPE;
	const double *numbers = model->numbers + column * CLEAN_NUMBERS;
	int			encode = whole[CLEAN_ENCODE];
	bool		categories = whole[CLEAN_CATEGORIES] > 0 || encode == MML_ENCODE_HASH;

	mml_json_add_string(json, "type", mml_text_from_model(type));
	mml_json_add_string(json, "encode", mml_clean_encode_name(encode));
	mml_json_add_integer(json, "features", whole[CLEAN_FEATURES]);
	mml_json_add_integer(json, "missing", (int64) numbers[CLEAN_NULLS]);
	add_filling(json, model, whole, numbers, first);
	if (whole[CLEAN_INDICATOR])
		mml_json_add_bool(json, "indicator", true);
	add_scaling(json, whole, numbers);
	if (encode == MML_ENCODE_PARTS)
		mml_json_add_string(json, "parts", mml_clean_parts_names(whole[CLEAN_PARTS]));
	if (separator[0] != '\0')
		mml_json_add_string(json, "separator", mml_text_from_model(separator));
	if (encode == MML_ENCODE_HASH)
		mml_json_add_integer(json, "buckets", whole[CLEAN_BUCKETS]);
	if (encode == MML_ENCODE_TARGET)
		mml_json_add_number(json, "smoothing", numbers[CLEAN_SMOOTHING]);
	if (categories && encode != MML_ENCODE_HASH)
	{
		mml_json_add_string(json, "unseen", mml_clean_unseen_name(whole[CLEAN_UNSEEN]));
		mml_json_add_integer(json, "min_count", (int64) numbers[CLEAN_MIN_COUNT]);
		mml_json_add_integer(json, "others", (int64) numbers[CLEAN_OTHERS]);
	}
	if (whole[CLEAN_DROP_FIRST])
		mml_json_add_bool(json, "drop_first", true);
	add_categories(json, model, whole, first);
}

/* model_info: for each column what was learned. */
static void
describe(const void *parsed, StringInfo json)
{
	const MmlPreprocessor *model = parsed;
	const char *name = model->names.first;
	const char *type = model->types.first;
	const char *separator = model->separators.first;
	const char *target = mml_texts_get(&model->roles, CLEAN_TARGET);
	const char *id = mml_texts_get(&model->roles, CLEAN_ID);
	size_t		first = 0;

	mml_json_add_integer(json, "rows", model->rows[CLEAN_SEEN]);
	if (target[0] != '\0')
		mml_json_add_string(json, "target", mml_text_from_model(target));
	if (id[0] != '\0')
		mml_json_add_string(json, "id", mml_text_from_model(id));
	mml_json_open(json, "columns");
	for (size_t c = 0; c < model->columns; c++)
	{
		CHECK_FOR_INTERRUPTS();
		mml_json_open(json, mml_text_from_model(name));
		add_column(json, model, c, type, separator, first);
		mml_json_close(json);
		first += (size_t) model->recipes[c * CLEAN_RECIPE + CLEAN_CATEGORIES];
		name = mml_text_next(name);
		type = mml_text_next(type);
		separator = mml_text_next(separator);
	}
	mml_json_close(json);
}

const MmlKind mml_preprocessor_kind = {
	.name = "preprocessor",
	.use = "Use transform(), clean(), feature_names() or pipeline().",
	.parsed_size = sizeof(MmlPreprocessor),
	.parse = mml_clean_parse,
	.features = count_features,
	.feature_names = feature_names,
	.inputs = count_inputs,
	.input = describe_input,
	.prepare = prepare_cells,
	.unit = raw_unit,
	.info = describe
};

/* --------------------------------------------------------------- functions */

/* transform(preprocessor bytea, t record) -> float8[] */
Datum
mml_clean_transform(PG_FUNCTION_ARGS)
{
	const MmlModel *model = mml_model_arg(fcinfo, 0);
	const double *x;
	int			n;
	Size		bytes;
	ArrayType  *array;

	if (model->rows.kind->prepare == NULL)
		mml_kind_report_unfit(model->kind, fcinfo->flinfo->fn_oid);
	x = mml_row_arg(fcinfo, 1, model);
	n = model->rows.kind->features(model->rows.parsed);
	bytes = ARR_OVERHEAD_NONULLS(1) + sizeof(float8) * (Size) n;
	array = palloc0(bytes);
	SET_VARSIZE(array, bytes);
	array->ndim = 1;
	array->elemtype = FLOAT8OID;
	ARR_DIMS(array)[0] = n;
	ARR_LBOUND(array)[0] = 1;
	memcpy(ARR_DATA_PTR(array), x, sizeof(float8) * (Size) n);
	PG_RETURN_ARRAYTYPE_P(array);
}

/* feature_names(preprocessor bytea) -> text[] */
Datum
mml_clean_feature_names(PG_FUNCTION_ARGS)
{
	const MmlModel *model = mml_model_arg(fcinfo, 0);
	char	  **names;
	Datum	   *elements;
	int			n;

	if (model->kind->features == NULL)
		mml_kind_report_unfit(model->kind, fcinfo->flinfo->fn_oid);
	names = mml_model_features(model, &n);
	elements = palloc(sizeof(Datum) * (Size) Max(n, 1));
	for (int i = 0; i < n; i++)
		elements[i] = CStringGetTextDatum(names[i]);
	PG_RETURN_ARRAYTYPE_P(construct_array(elements, n, TEXTOID, -1, false, TYPALIGN_INT));
}

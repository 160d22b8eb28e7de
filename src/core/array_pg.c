/*-------------------------------------------------------------------------
 *
 * array_pg.c
 *	  The features of a row: a one-dimensional array of finite numbers.
 *
 * float8[] and float4[] are read where they lie; smallint[], integer[],
 * bigint[], numeric[] and boolean[] are converted element by element.
 * Values of users' rows go to DETAIL, never to the message.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>

#include "catalog/pg_type.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/lsyscache.h"

#include "core/array_pg.h"
#include "core/compat_pg.h"
#include "core/decimal_pg.h"
#include "core/numbers.h"

/* Complain of the first number that is not finite. */
static void
report_not_finite(int n, const double *x)
{
	int			i = 0;

	while (i < n - 1 && isfinite(x[i]))
		i++;
	ereport(ERROR,
			(errcode(ERRCODE_DATA_EXCEPTION),
			 errmsg("feature %d is not a finite number", i + 1),
			 errdetail("The value is %s.", isnan(x[i]) ? "NaN" :
					   x[i] > 0 ? "Infinity" : "-Infinity"),
			 errhint("Leave such rows out with a WHERE clause, or put a number in their place.")));
}

/*
 * Check that an array can be the features of a row, and return how many they
 * are: one dimension, at least one element, none NULL.
 */
int
mml_features_count(ArrayType *array)
{
	if (ARR_NDIM(array) != 1 || ARR_DIMS(array)[0] < 1)
		ereport(ERROR,
				(errcode(ERRCODE_DATA_EXCEPTION),
				 ARR_NDIM(array) == 0 ?
				 errmsg("an array of features must not be empty") :
				 errmsg("an array of features must have one dimension, not %d",
						ARR_NDIM(array))));
	if (ARR_HASNULL(array) && array_contains_nulls(array))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("an array of features must not contain nulls"),
				 errhint("Use coalesce() to put a number in their place, or leave such rows out with a WHERE clause.")));
	return ARR_DIMS(array)[0];
}

/* Is this a type that mml_number_of() reads? */
bool
mml_is_number(Oid type)
{
	return type == FLOAT8OID || type == FLOAT4OID || type == INT2OID ||
		type == INT4OID || type == INT8OID || type == NUMERICOID ||
		type == BOOLOID;
}

/*
 * A value of one of these types as float8; a numeric beyond its range is
 * infinite.
 */
double
mml_number_of(Oid type, Datum value)
{
	switch (type)
	{
		case FLOAT8OID:
			return DatumGetFloat8(value);
		case FLOAT4OID:
			return (double) DatumGetFloat4(value);
		case INT2OID:
			return (double) DatumGetInt16(value);
		case INT4OID:
			return (double) DatumGetInt32(value);
		case INT8OID:
			return (double) DatumGetInt64(value);
		case BOOLOID:
			return DatumGetBool(value) ? 1.0 : 0.0;
		default:
			return mml_decimal_number(value);
	}
}

/* Convert elements of a type that is not read in place. */
static void
convert_elements(ArrayType *array, double *out)
{
	Oid			type = getBaseType(ARR_ELEMTYPE(array));
	int16		length;
	bool		byval;
	char		align;
	Datum	   *elements;
	int			n;

	if (!mml_is_number(type))
		ereport(ERROR,
				(errcode(ERRCODE_DATATYPE_MISMATCH),
				 errmsg("features cannot be of type %s",
						format_type_be(ARR_ELEMTYPE(array))),
				 errhint("Cast the array to double precision[].")));
	get_typlenbyvalalign(type, &length, &byval, &align);
	deconstruct_array(array, ARR_ELEMTYPE(array), length, byval, align,
					  &elements, NULL, &n);
	for (int i = 0; i < n; i++)
		out[i] = mml_number_of(type, elements[i]);
	pfree(elements);
}

/*
 * Copy the features of a row to out, as many as mml_features_count() said, as
 * float8.  A number that is not finite is an error.
 */
void
mml_features_copy(ArrayType *array, double *out)
{
	int			n = ARR_DIMS(array)[0];
	bool		finite;

	if (ARR_ELEMTYPE(array) == FLOAT8OID)
		finite = mml_copy_finite_f8(n, (const double *) ARR_DATA_PTR(array), out);
	else if (ARR_ELEMTYPE(array) == FLOAT4OID)
		finite = mml_copy_finite_f4(n, (const float *) ARR_DATA_PTR(array), out);
	else
	{
		convert_elements(array, out);
		finite = mml_all_finite((size_t) n, out);
	}
	if (!finite)
		report_not_finite(n, out);
}

/*
 * The features to predict from, where they lie: exactly as many as the model
 * was trained with, all finite; else an error with a hint, if there is one.
 */
const double *
mml_features_vector(ArrayType *array, int expected, const char *hint)
{
	int			n = mml_features_count(array);
	const double *x = (const double *) ARR_DATA_PTR(array);

	Assert(ARR_ELEMTYPE(array) == FLOAT8OID);
	if (n != expected)
		ereport(ERROR,
				(errcode(ERRCODE_DATA_EXCEPTION),
				 errmsg("the model was trained on arrays of length %d, not %d",
						expected, n),
				 hint == NULL ? 0 : errhint("%s", hint)));
	if (!mml_all_finite((size_t) n, x))
		report_not_finite(n, x);
	return x;
}

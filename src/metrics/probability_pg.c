/*-------------------------------------------------------------------------
 *
 * probability_pg.c
 *	  Read and check probabilities; see probability_pg.h.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>

#include "access/tupmacs.h"
#include "catalog/pg_type.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/float.h"

#include "core/compat_pg.h"
#include "metrics/metrics.h"
#include "metrics/probability_pg.h"

/* Demand that a number is a probability. */
static void
demand_probability(double probability)
{
	if (!(probability >= 0 && probability <= 1))
		ereport(ERROR,
				(errcode(ERRCODE_DATA_EXCEPTION),
				 errmsg("a probability must be between 0 and 1"),
				 errdetail("The value is %s.", float8out_internal(probability)),
				 errhint("For scores of any other scale use roc_auc.")));
}

/* An argument that is a probability. */
double
mml_metrics_probability_arg(FunctionCallInfo fcinfo, int argno)
{
	double		probability = PG_GETARG_FLOAT8(argno);

	demand_probability(probability);
	return probability;
}

/* How many elements a list has, none of them NULL. */
static int
items_of(ArrayType *array, const char *what)
{
	if (ARR_NDIM(array) > 1)
		ereport(ERROR,
				(errcode(ERRCODE_DATA_EXCEPTION),
				 errmsg("%s must have one dimension, not %d", what, ARR_NDIM(array))));
	if (ARR_HASNULL(array) && array_contains_nulls(array))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("%s must not contain nulls", what)));
	return ARR_NDIM(array) == 0 ? 0 : ARR_DIMS(array)[0];
}

/* The place of a label among so many classes, where it must be once. */
static Size
find_class(const text *label, ArrayType *classes, int n)
{
	const char *at = ARR_DATA_PTR(classes);
	int			found = -1;

	for (int i = 0; i < n; i++)
	{
		const text *class = (const text *) at;

		if (VARSIZE_ANY_EXHDR(class) == VARSIZE_ANY_EXHDR(label) &&
			memcmp(VARDATA_ANY(class), VARDATA_ANY(label), VARSIZE_ANY_EXHDR(label)) == 0)
		{
			if (found >= 0)
				ereport(ERROR,
						(errcode(ERRCODE_DATA_EXCEPTION),
						 errmsg("a class is twice among the classes"),
						 errdetail("It is \"%s\".", text_to_cstring(label))));
			found = i;
		}
		at = att_addlength_pointer(at, -1, at);
		at = (const char *) att_align_nominal(at, TYPALIGN_INT);
	}
	if (found < 0)
		ereport(ERROR,
				(errcode(ERRCODE_DATA_EXCEPTION),
				 errmsg("a row is of a class that is not among the classes"),
				 errdetail("It is \"%s\".", text_to_cstring(label)),
				 errhint("Give the classes in the order of the probabilities: those of model_info.")));
	return (Size) found;
}

/* The arguments (state, actual text, classes text[], probabilities float8[]). */
void
mml_metrics_chances_args(FunctionCallInfo fcinfo, MmlChances *chances)
{
	const text *label = PG_GETARG_TEXT_PP(1);
	ArrayType  *classes = PG_GETARG_ARRAYTYPE_P(2);
	ArrayType  *array = PG_GETARG_ARRAYTYPE_P(3);
	int			n = items_of(array, "probabilities");
	double		sum = 0;

	if (items_of(classes, "classes") != n)
		ereport(ERROR,
				(errcode(ERRCODE_DATA_EXCEPTION),
				 errmsg("a row must have a probability for each class"),
				 errdetail("There are %d classes and %d probabilities.",
						   items_of(classes, "classes"), n)));
	chances->classes = (Size) n;
	chances->actual = find_class(label, classes, n);
	chances->probability = (const double *) ARR_DATA_PTR(array);
	for (int i = 0; i < n; i++)
	{
		demand_probability(chances->probability[i]);
		sum += chances->probability[i];
	}
	if (fabs(sum - 1) > MML_PROBABILITY_SLACK)
		ereport(ERROR,
				(errcode(ERRCODE_DATA_EXCEPTION),
				 errmsg("the probabilities of a row must add up to 1"),
				 errdetail("Their sum is %s.", float8out_internal(sum))));
}

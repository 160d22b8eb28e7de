/*-------------------------------------------------------------------------
 *
 * logistic_train_pg.c
 *	  Fit gathered rows, say what the user must know, write the model.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>

#include "core/memory_pg.h"
#include "core/model_pg.h"
#include "core/numbers.h"
#include "core/store_pg.h"
#include "core/team_pg.h"
#include "linalg/linalg_pg.h"
#include "logistic/logistic_pg.h"

/* ------------------------------------------------------- what is wanted */

/* The class that the option "reference" names; without it the first. */
static int
choose_reference(const LogisticState *state, const int *order)
{
	const JsonbValue *option = state->options.reference;
	char	   *label;
	int			class;

	if (option == NULL)
		return order[0];
	label = mml_logistic_json_label(option);
	if (label == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("option \"reference\" must be the label of a class")));
	class = mml_logistic_class_named(&state->classes, label);
	if (class < 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("option \"reference\" names the class \"%s\", which no row has",
						label)));
	return class;
}

/* Complain of a class_weight that is none. */
static void
report_wrong_weights(void)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("option \"class_weight\" must be \"balanced\" or an object of positive numbers"),
			 errhint("For example {\"class_weight\": {\"true\": 5}}. Classes that it does not name weigh 1.")));
}

/* Weights of classes given as an object, label: weight. */
static void
read_weights(const LogisticClasses *classes, JsonbValue *option, double *weight)
{
	JsonbIterator *iter = JsonbIteratorInit(option->val.binary.data);
	JsonbIteratorToken token;
	JsonbValue	value;
	int			class = -1;

	while ((token = JsonbIteratorNext(&iter, &value, true)) != WJB_DONE)
	{
		double		number;

		if (token == WJB_KEY)
		{
			char	   *label = mml_json_text(&value);

			class = mml_logistic_class_named(classes, label);
			if (class < 0)
				ereport(ERROR,
						(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						 errmsg("option \"class_weight\" names the class \"%s\", which no row has",
								label)));
		}
		else if (token == WJB_VALUE)
		{
			if (!mml_json_number(&value, &number) || !(number > 0) || !(number < 1e100))
				report_wrong_weights();
			weight[class] = number;
		}
	}
}

/*
 * Weights (K) of the classes, or NULL where all are 1.  "balanced" is
 * scikit-learn's: rows / (classes * rows of the class).
 */
static double *
choose_weights(const LogisticState *state, double rows)
{
	const LogisticClasses *classes = &state->classes;
	JsonbValue *option = state->options.class_weight;
	double	   *weight;

	if (option == NULL)
		return NULL;
	weight = palloc(sizeof(double) * (Size) classes->count);
	for (int c = 0; c < classes->count; c++)
		weight[c] = 1;
	if (option->type == jbvBinary && JsonContainerIsObject(option->val.binary.data))
		read_weights(classes, option, weight);
	else if (option->type == jbvString && strcmp(mml_json_text(option), "balanced") == 0)
	{
		for (int c = 0; c < classes->count; c++)
			weight[c] = rows / (classes->count * classes->classes[c].rows);
	}
	else
		report_wrong_weights();
	return weight;
}

/* There must be rows of at least two classes. */
static void
check_classes(const LogisticClasses *classes)
{
	const LogisticClass *only = NULL;
	int			present = 0;

	for (int c = 0; c < classes->count; c++)
	{
		if (classes->classes[c].rows == 0)
			continue;
		present++;
		only = &classes->classes[c];
	}
	if (present < 2)
		ereport(ERROR,
				(errcode(ERRCODE_DATA_EXCEPTION),
				 errmsg("all rows have the same class"),
				 errdetail("The class is \"%s\".", only->label),
				 errhint("There is nothing to tell apart: train on rows of two classes or more.")));
}

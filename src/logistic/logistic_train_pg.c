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
						label),
				 errhint("The classes are %s.", mml_logistic_classes_list(&state->classes))));
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
								label),
						 errhint("The classes are %s.", mml_logistic_classes_list(classes))));
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
	bool		all_one = true;

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
	for (int c = 0; c < classes->count; c++)
		all_one &= weight[c] == 1;
	return all_one ? NULL : weight;
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

/* --------------------------------------------------------------- the fit */

/* The name of a column of the matrix: as given, or x1, x2, ... */
static char *
feature_name(const LogisticState *state, int column)
{
	const MmlNames *names = &state->options.names;

	return names->count > 0 ? names->names[column] : psprintf("x%d", column + 1);
}

/* List columns of which some class has a term of this status. */
static char *
list_columns(const LogisticState *state, const MmlLogisticTask *task,
			 const MmlLogisticPlan *plan, const uint8_t *status,
			 MmlTermStatus wanted)
{
	StringInfoData list;
	int			found = 0;

	initStringInfo(&list);
	for (int j = 0; j < task->cols; j++)
	{
		bool		has = false;

		for (int a = 0; a < plan->free; a++)
			has |= status[a * plan->terms + j + task->intercept] == wanted;
		if (!has)
			continue;
		if (found < 20)
			appendStringInfo(&list, "%s\"%s\"", found == 0 ? "" : ", ",
							 feature_name(state, j));
		found++;
	}
	if (found > 20)
		appendStringInfo(&list, " and %d more", found - 20);
	return found > 0 ? list.data : NULL;
}

/* Tell what a user must know of a fit. */
static void
tell(const LogisticState *state, const MmlLogisticTask *task,
	 const MmlLogisticPlan *plan, const MmlLogisticResult *result)
{
	char	   *aliased = list_columns(state, task, plan, result->status,
									   MML_TERM_ALIASED);
	char	   *diverging = list_columns(state, task, plan, result->status,
										 MML_TERM_DIVERGES);

	if (aliased != NULL)
		ereport(NOTICE,
				(errmsg("no coefficients for %s", aliased),
				 errdetail("Each of them is constant, or depends on the columns before it, so any coefficient would fit as well."),
				 errhint("Predictions are the same without them.")));
	if (result->separated)
		ereport(WARNING,
				(errmsg("the classes are separated, so the estimates have no finite limit"),
				 errdetail("Diverging: %s.", diverging != NULL ? diverging : "the intercept"),
				 errhint("Use the option \"l2\", for example {\"l2\": 1}, or leave these features out.")));
	else if (!result->converged)
		ereport(WARNING,
				(errmsg_plural("logistic_regression did not converge in %d iteration",
							   "logistic_regression did not converge in %d iterations",
							   (unsigned long) result->iterations,
							   result->iterations),
				 errhint("Raise the option \"max_iter\", or use \"l2\".")));
}

/* The kernels that a fit is computed by: ours, and those of OpenBLAS. */
static char *
describe_kernels(void)
{
	MmlLinalgFacts facts;

	mml_linalg_facts(&facts);
	return psprintf("%s, OpenBLAS %s %s", mml_kernels_name(), facts.version,
					facts.core);
}

/* Write the model, its classes in the order given. */
static bytea *
write_model(const LogisticState *state, const MmlLogisticTask *task,
			const MmlLogisticPlan *plan, const MmlLogisticResult *result,
			const int *order)
{
	const LogisticClasses *classes = &state->classes;
	int			k = classes->count;
	Size		p = (Size) plan->terms;
	Size		q = (Size) plan->unknowns;
	double	   *beta = mml_alloc(sizeof(double) * q);
	double	   *std_error = mml_alloc(sizeof(double) * q);
	uint8_t    *status = mml_alloc(q);
	int64	   *class_rows = palloc(sizeof(int64) * (Size) k);
	double	   *class_weight = palloc(sizeof(double) * (Size) k);
	char	  **labels = palloc(sizeof(char *) * (Size) k);
	char	   *kernels = describe_kernels();
	double		summary[LOGISTIC_SUMMARY];
	MmlWriter	writer;
	Size		to = 0;

	for (int i = 0; i < k; i++)
	{
		int			c = order[i];
		Size		from = (Size) (c - (c > task->reference)) * p;

		labels[i] = classes->classes[c].label;
		class_rows[i] = (int64) classes->classes[c].rows;
		class_weight[i] = task->class_weight == NULL ? 1 : task->class_weight[c];
		if (c == task->reference)
		{
			summary[LOGISTIC_REFERENCE] = i;
			continue;
		}
		memcpy(beta + to, result->beta + from, sizeof(double) * p);
		memcpy(std_error + to, result->std_error + from, sizeof(double) * p);
		memcpy(status + to, result->status + from, p);
		to += p;
	}
	summary[LOGISTIC_TARGET] = classes->target;
	summary[LOGISTIC_INTERCEPT] = task->intercept;
	summary[LOGISTIC_L2] = task->l2;
	summary[LOGISTIC_METHOD] = result->method;
	summary[LOGISTIC_ITERATIONS] = result->iterations;
	summary[LOGISTIC_CONVERGED] = result->converged;
	summary[LOGISTIC_SEPARATED] = result->separated;
	summary[LOGISTIC_LOGLIK] = result->loglik;
	summary[LOGISTIC_NULL_LOGLIK] = result->null_loglik;
	summary[LOGISTIC_DECREMENT] = result->decrement;
	summary[LOGISTIC_CONDITION] = result->condition;
	summary[LOGISTIC_SKIPPED] = (double) state->skipped;

	mml_model_begin(&writer, mml_logistic_kind.name);
	mml_model_add(&writer, "coefficients", MML_F64, (Size) plan->free, p, beta);
	mml_model_add(&writer, "std_errors", MML_F64, (Size) plan->free, p, std_error);
	mml_model_add(&writer, "status", MML_U8, (Size) plan->free, p, status);
	mml_model_add(&writer, "class_rows", MML_I64, (Size) k, 1, class_rows);
	mml_model_add(&writer, "class_weights", MML_F64, (Size) k, 1, class_weight);
	mml_model_add(&writer, "summary", MML_F64, LOGISTIC_SUMMARY, 1, summary);
	mml_model_add_texts(&writer, "labels", k, labels);
	mml_model_add_texts(&writer, "names", state->options.names.count,
						state->options.names.names);
	mml_model_add_texts(&writer, "kernels", 1, &kernels);
	mml_model_add(&writer, "means", MML_F64, 1, (Size) task->cols, task->mean);
	return mml_model_finish(&writer);
}

/* Plan a task, and refuse one that would not fit. */
static MmlLogisticPlan
make_plan(const MmlLogisticTask *task)
{
	MmlLogisticPlan plan;

	if (!mml_logistic_plan(task, mml_account_available(), &plan))
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("%d classes and %d features are too many for logistic_regression",
						task->classes, task->cols)));
	mml_model_check_size(mml_size_mul(17, (Size) plan.unknowns),
						 "Train on fewer features.");
	return plan;
}

/* Train on the gathered rows, in the current memory context. */
bytea *
mml_logistic_train(void *arg)
{
	LogisticState *state = arg;
	MmlBlocks  *blocks = mml_matrix_finish(state->matrix);
	int		   *order = mml_logistic_classes_finish(&state->classes);
	int			k = state->classes.count;
	double	   *class_rows = palloc(sizeof(double) * (Size) Max(k, 1));
	MmlAccount *account = &mml_matrix_store(state->matrix)->account;
	MmlLogisticTask task = {0};
	MmlLogisticPlan plan;
	MmlLogisticResult result = {0};
	MmlTeam    *team;
	int			nlanes;

	check_classes(&state->classes);
	for (int c = 0; c < k; c++)
		class_rows[c] = state->classes.classes[c].rows;
	task.rows = blocks->rows;
	task.cols = blocks->cols;
	task.classes = k;
	task.reference = choose_reference(state, order);
	task.intercept = state->options.intercept;
	task.l2 = state->options.l2;
	task.tol = state->options.tol;
	task.max_iter = (int) state->options.max_iter;
	task.mean = mml_matrix_columns(state->matrix)->mean;
	task.m2 = mml_matrix_columns(state->matrix)->m2;
	task.class_rows = class_rows;
	task.class_weight = choose_weights(state, (double) blocks->rows);

	mml_linalg_ready();
	plan = make_plan(&task);
	mml_account_reserve(account, plan.work_bytes, "logistic_regression");
	result.beta = mml_alloc(sizeof(double) * (Size) plan.unknowns);
	result.std_error = mml_alloc(sizeof(double) * (Size) plan.unknowns);
	result.status = mml_alloc((Size) plan.unknowns);
	nlanes = mml_lane_count(blocks->nblocks,
							blocks->rows * (Size) blocks->cols * sizeof(double),
							plan.lane_bytes);
	team = mml_team_begin(state->matrix, "logistic_regression",
						  "mml_logistic_visit", mml_logistic_visit, nlanes,
						  mml_logistic_job_bytes(&task, &plan, nlanes));
	mml_logistic_fit(team, &task, &plan, mml_alloc_aligned(plan.work_bytes), &result);
	mml_team_end(team);
	mml_account_release(account, plan.work_bytes);
	tell(state, &task, &plan, &result);
	return write_model(state, &task, &plan, &result, order);
}

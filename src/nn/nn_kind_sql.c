/*-------------------------------------------------------------------------
 *
 * nn_kind_sql.c
 *	  The kind "network" of models: what predict and its kin ask of it.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <limits.h>
#include <math.h>

#include "utils/builtins.h"
#include "utils/memutils.h"

#include "core/json_pg.h"
#include "core/model_pg.h"
#include "core/settings_pg.h"
#include "nn/nn_pg.h"

#define MOST_NUMBERED 100000	/* classes that are numbered where they have
								 * no labels */

/* ----------------------------------------------------------------- memory */

/* Give a kernel more or less memory of the context. */
static void *
resize_in_context(MmlRoom *room, void *block, size_t old, size_t bytes)
{
	MmlContextRoom *own = (MmlContextRoom *) room;

	(void) old;
	if (block == NULL)
		return bytes == 0 ? NULL : MemoryContextAllocHuge(own->context, bytes);
	if (bytes > 0)
		return repalloc_huge(block, bytes);
	pfree(block);
	return NULL;
}

/* Room in a context. */
void
mml_nn_room_open(MmlContextRoom *room, MemoryContext context)
{
	room->room.resize = resize_in_context;
	room->context = context;
}

/* What the settings allow a network. */
MmlLimits
mml_nn_limits(void)
{
	MmlLimits	limits = {mml_max_network_flops, (Size) mml_max_memory * 1024};

	return limits;
}

/* ----------------------------------------------------------------- errors */

/* Raise what is wrong with a network. */
void
mml_nn_report(const MmlProblem *problem)
{
	static const int codes[] = {
		ERRCODE_INTERNAL_ERROR, ERRCODE_DATA_EXCEPTION, ERRCODE_FEATURE_NOT_SUPPORTED,
		ERRCODE_PROGRAM_LIMIT_EXCEEDED, ERRCODE_INVALID_PARAMETER_VALUE
	};

	ereport(ERROR,
			(errcode(codes[problem->fault]),
			 errmsg("%s", mml_text_from_model(problem->message)),
			 problem->detail[0] == '\0' ? 0 : errdetail("%s", mml_text_from_model(problem->detail)),
			 problem->fault != MML_FAULT_LIMIT ? 0 :
			 errhint("The limits are \"mediaml.max_network_flops\" and \"mediaml.max_memory\".")));
}

/* Demand that rows can be given to a network as arrays or pixels. */
void
mml_nn_demand_rows(const MmlNetworkModel *model)
{
	const MmlGraph *graph = &model->network.graph;

	if (graph->inputs != 1)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("the network has %d inputs", graph->inputs),
				 errhint("Use network_outputs().")));
	if (model->network.features == 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("the dimensions of the input of the network are not known"),
				 errhint("Use network_output() with an array of all its dimensions, or network_outputs().")));
}

/* Demand that the output for a row is one number a class. */
void
mml_nn_demand_classes(const MmlNetworkModel *model)
{
	mml_nn_demand_rows(model);
	if (model->network.scored < 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("the network has %d outputs", model->network.graph.outputs),
				 errhint("Use network_outputs(), or network_output() with a layer.")));
	if (model->network.classes == 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("the network has no classes: the size of its output depends on its input"),
				 errhint("Use network_output() or network_outputs().")));
	if (model->labels.count == 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("the network has no classes: its output has %zu numbers",
						model->network.classes),
				 errhint("Use network_output(), or import it with the option \"labels\".")));
}

/* Run a plan; an error where its inputs are out of range, or make too much. */
void
mml_nn_run_or_report(MmlPlan *plan)
{
	const char *fault = mml_nn_run(plan);

	if (fault != NULL && plan->problem->fault != MML_FAULT_NONE)
		mml_nn_report(plan->problem);
	if (fault != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_DATA_EXCEPTION),
				 errmsg("the network cannot take this input"),
				 errdetail("%c%s", pg_toupper((unsigned char) fault[0]), fault + 1)));
}

/* ------------------------------------------------------------------- kind */

/* Labels where nobody gave any: numbers from 0. */
static void
number_classes(MmlNetworkModel *model)
{
	StringInfoData list;

	initStringInfo(&list);
	for (Size i = 0; i < model->network.classes; i++)
	{
		appendStringInfo(&list, "%zu", i);
		appendStringInfoChar(&list, '\0');
	}
	model->labels.count = model->network.classes;
	model->labels.first = list.data;
}

/* Open a network, in the context of its model. */
static const char *
parse(const MmlEnvelope *env, void *parsed)
{
	MmlNetworkModel *model = parsed;
	MmlNetwork *network = &model->network;
	const char *wrong;

	mml_nn_room_open(&model->room, CurrentMemoryContext);
	wrong = mml_nn_open(network, env, &model->room.room, mml_nn_limits());
	if (wrong != NULL && network->problem.fault == MML_FAULT_LIMIT)
		mml_nn_report(&network->problem);
	if (wrong != NULL)
		return wrong;
	model->labels = network->labels;
	if (network->labels.count == 0 && network->classes > 1 && network->classes <= MOST_NUMBERED)
		number_classes(model);
	else if (network->labels.count > 0 && network->labels.count != network->classes &&
			 !(network->classes == 1 && network->labels.count == 2))
		return "The number of its labels is not that of its classes.";
	model->proba = palloc(sizeof(double) * (Size) Max(model->labels.count, 2));
	return NULL;
}

/* The numbers of a row; 0 where it has none. */
static int
count_features(const void *parsed)
{
	const MmlNetworkModel *model = parsed;

	return model->network.features > INT_MAX ? 0 : (int) model->network.features;
}

/* Are its features numbers of a row? */
static void
demand(const void *parsed)
{
	mml_nn_demand_rows(parsed);
}

/* Run the network on a row. */
static const MmlTensor *
run_row(const void *parsed, const double *x)
{
	MmlNetworkModel *model = unconstify(void *, parsed);
	MmlPlan    *plan;

	mml_nn_demand_rows(model);
	plan = mml_nn_plan_rows(&model->network, 1, -1);
	if (plan == NULL)
		mml_nn_report(&model->network.problem);
	mml_nn_feed_f8(&model->network, mml_nn_plan_input(plan), 0, model->network.features, x);
	mml_nn_run_or_report(plan);
	return mml_nn_plan_output(plan);
}

/* The class of a row of an output. */
int
mml_nn_best_class(MmlNetworkModel *model, const MmlTensor *output, Size row)
{
	Size		n = model->network.classes;
	Size		best = 0;

	mml_nn_demand_classes(model);
	if (n == 1)
	{
		mml_nn_proba(&model->network, output, row, 1, model->proba);
		return model->proba[1] >= 0.5;
	}
	for (Size i = 1; i < n; i++)
		if (mml_nn_number(output, row * n + i) > mml_nn_number(output, row * n + best))
			best = i;
	return (int) best;
}

/* A class as a number: as its label says, or counted from 0. */
static bool
class_number(const void *parsed, int class, double *y)
{
	const MmlTexts *labels = &((const MmlNetworkModel *) parsed)->network.labels;
	const char *label;
	char	   *end;

	*y = class;
	if (labels->count == 0)
		return true;
	label = mml_texts_get(labels, (Size) class);
	*y = strtod(label, &end);
	return end != label && *end == '\0' && isfinite(*y);
}

/* The answer as a number: that of the output, where it is one; else the class. */
static bool
predict(const void *parsed, const double *x, double *y)
{
	MmlNetworkModel *model = unconstify(void *, parsed);
	const MmlTensor *output = run_row(parsed, x);

	if (model->network.classes == 1)
	{
		*y = mml_nn_number(output, 0);
		return true;
	}
	return class_number(parsed, mml_nn_best_class(model, output, 0), y);
}

/* The class of a row. */
static int
label(const void *parsed, const double *x)
{
	mml_nn_demand_classes(parsed);
	return mml_nn_best_class(unconstify(void *, parsed), run_row(parsed, x), 0);
}

/* The probabilities of its classes. */
static void
proba(const void *parsed, const double *x, double *p)
{
	const MmlNetworkModel *model = parsed;

	mml_nn_demand_classes(model);
	mml_nn_proba(&model->network, run_row(parsed, x), 0, model->network.classes, p);
}

/* The labels of its classes. */
static const MmlTexts *
labels(const void *parsed)
{
	return &((const MmlNetworkModel *) parsed)->labels;
}

/* Of two classes the second is the positive one. */
static int
positive(const void *parsed)
{
	return ((const MmlNetworkModel *) parsed)->labels.count == 2 ? 1 : -1;
}

/* Append the inputs of the network, or its outputs. */
static void
describe_ends(const MmlGraph *graph, const char *name, int count, const int *values, StringInfo json)
{
	mml_json_open(json, name);
	for (int i = 0; i < count; i++)
	{
		const MmlValue *value = &graph->value[values[i]];
		int64_t		dims[MML_RANK];
		char	   *shown = mml_text_from_model(value->name.bytes);

		if (value->kind != MML_VALUE_INPUT)
		{
			mml_json_add_string(json, shown, "output");
			continue;
		}
		for (int d = 0; d < value->tensor.rank; d++)
			dims[d] = (value->symbolic >> d & 1) != 0 ? -1 : value->tensor.dims[d];
		mml_json_add_integers(json, shown, dims, value->tensor.rank);
	}
	mml_json_close(json);
}

/* model_info */
static void
describe(const void *parsed, StringInfo json)
{
	const MmlNetworkModel *model = parsed;
	const MmlGraph *graph = &model->network.graph;
	int64_t		parameters = 0;

	for (int v = 0; v < graph->values; v++)
		if (graph->value[v].kind == MML_VALUE_CONSTANT)
			parameters += (int64_t) graph->value[v].tensor.count;
	mml_json_add_integer(json, "opset", graph->opset);
	mml_json_add_integer(json, "nodes", graph->nodes);
	mml_json_add_integer(json, "parameters", parameters);
	describe_ends(graph, "inputs", graph->inputs, graph->input, json);
	if (model->network.flops >= 0)
		mml_json_add_number(json, "multiply_adds", model->network.flops);
}

const MmlKind mml_network_kind = {
	.name = "network",
	.use = "Use network_output(), network_outputs(), image_output(), predict() and their kin.",
	.parsed_size = sizeof(MmlNetworkModel),
	.parse = parse,
	.features = count_features,
	.demand = demand,
	.predict = predict,
	.labels = labels,
	.positive = positive,
	.label = label,
	.number = class_number,
	.proba = proba,
	.info = describe
};

/* The network in argument 0. */
MmlNetworkModel *
mml_nn_model_arg(FunctionCallInfo fcinfo)
{
	return unconstify(void *, mml_model_arg_of_kind(fcinfo, 0, &mml_network_kind));
}

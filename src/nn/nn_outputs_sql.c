/*-------------------------------------------------------------------------
 *
 * nn_outputs_sql.c
 *	  network_outputs and network_summary: a network as it is, with any number
 *	  of inputs and outputs, and layer by layer.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <limits.h>
#include <math.h>

#include "catalog/pg_type.h"
#include "fmgr.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/jsonb.h"

#include "core/model_pg.h"
#include "core/options_pg.h"
#include "nn/nn_pg.h"

PG_FUNCTION_INFO_V1(mml_network_outputs);
PG_FUNCTION_INFO_V1(mml_network_summary);

/* ------------------------------------------------------------------ inputs */

/* Complain of an input that is not {"shape": [...], "values": [...]}. */
static void
report_input(const char *name, const char *why)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("input \"%s\": %s", name, why),
			 errhint("Give inputs as {\"name\": {\"shape\": [2, 3], \"values\": [...]}}.")));
}

/* A field of an object; NULL where it has none. */
static JsonbValue *
find_field(JsonbContainer *object, const char *name)
{
	return getKeyJsonValueFromContainer(object, name, (int) strlen(name), NULL);
}

/* A list of numbers, truths being 0 and 1. */
static double *
read_numbers(const char *name, const char *field, const JsonbValue *list, Size *count)
{
	JsonbIterator *iter;
	JsonbValue	element;
	JsonbIteratorToken token;
	double	   *numbers;

	if (list == NULL || list->type != jbvBinary || !JsonContainerIsArray(list->val.binary.data))
		report_input(name, psprintf("it has no list \"%s\"", field));
	numbers = palloc(sizeof(double) * (JsonContainerSize(list->val.binary.data) + 1));
	*count = 0;
	iter = JsonbIteratorInit(list->val.binary.data);
	while ((token = JsonbIteratorNext(&iter, &element, true)) != WJB_DONE)
	{
		if (token != WJB_ELEM)
			continue;
		if (element.type == jbvBool)
			numbers[*count] = element.val.boolean;
		else if (!mml_json_number(&element, &numbers[*count]))
			report_input(name, psprintf("\"%s\" holds something that is no number", field));
		(*count)++;
	}
	return numbers;
}

/* Make the tensor of an input from its object, in the current memory context. */
static void
read_input(const MmlValue *value, const JsonbValue *object, MmlTensor *tensor)
{
	char	   *name = mml_text_from_model(value->name.bytes);
	MmlNetwork	plain = {.scaling = {1, NULL, NULL}};
	static const double one = 1;
	static const double zero = 0;
	Size		rank;
	Size		count;
	double	   *shape;
	double	   *numbers;
	int64_t		dims[MML_RANK];

	if (object == NULL)
		report_input(name, "it is missing");
	if (object->type != jbvBinary || !JsonContainerIsObject(object->val.binary.data))
		report_input(name, "it is no object");
	shape = read_numbers(name, "shape", find_field(object->val.binary.data, "shape"), &rank);
	numbers = read_numbers(name, "values", find_field(object->val.binary.data, "values"), &count);
	if (rank != (Size) value->tensor.rank)
		report_input(name, psprintf("its shape must have %d dimensions, not %zu", value->tensor.rank, rank));
	for (Size d = 0; d < rank; d++)
	{
		if (!(shape[d] >= 0 && shape[d] <= INT_MAX && shape[d] == rint(shape[d])))
			report_input(name, "its shape is not possible");
		dims[d] = (int64_t) shape[d];
	}
	if (!mml_tensor_set(tensor, value->tensor.type, (int) rank, dims) || tensor->count != count)
		report_input(name, "it has not as many values as its shape says");
	tensor->data = palloc(count * mml_tensor_element_size(tensor->type) + 1);
	plain.scaling.scale = &one;
	plain.scaling.offset = &zero;
	mml_nn_feed_f8(&plain, tensor, 0, count, numbers);
}

/* Demand that every field of the object is an input. */
static void
check_names(const MmlGraph *graph, Jsonb *inputs)
{
	JsonbIterator *iter = JsonbIteratorInit(&inputs->root);
	JsonbValue	key;
	JsonbIteratorToken token;

	while ((token = JsonbIteratorNext(&iter, &key, true)) != WJB_DONE)
	{
		bool		known = false;
		MmlText		name;

		if (token != WJB_KEY)
			continue;
		name = mml_nn_text(mml_text_to_model(pnstrdup(key.val.string.val, (Size) key.val.string.len)));
		for (int i = 0; i < graph->inputs; i++)
			known = known || mml_nn_text_same(graph->value[graph->input[i]].name, name);
		if (!known)
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("the network has no input \"%s\"", mml_text_from_model(name.bytes)),
					 errhint("model_info() lists its inputs.")));
	}
}

/* ----------------------------------------------------------------- outputs */

/* The shape of a tensor as an array. */
static Datum
shape_datum(const MmlTensor *tensor)
{
	Datum		dims[MML_RANK];

	if (tensor->rank == 0)
		return PointerGetDatum(construct_empty_array(INT4OID));
	for (int d = 0; d < tensor->rank; d++)
		dims[d] = Int32GetDatum((int32) tensor->dims[d]);
	return PointerGetDatum(construct_array(dims, tensor->rank, INT4OID, sizeof(int32), true, TYPALIGN_INT));
}

/* The numbers of a tensor as an array of float8. */
static Datum
values_datum(const MmlTensor *tensor)
{
	Datum	   *numbers;

	if (tensor->count > MaxAllocSize / sizeof(Datum))
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("an output of the network has more numbers than an array can hold")));
	numbers = palloc(sizeof(Datum) * Max(tensor->count, 1));
	for (Size i = 0; i < tensor->count; i++)
		numbers[i] = Float8GetDatum(mml_nn_number(tensor, i));
	return PointerGetDatum(construct_array(numbers, (int) tensor->count, FLOAT8OID, sizeof(float8),
										   FLOAT8PASSBYVAL, TYPALIGN_DOUBLE));
}

/* network_outputs(model bytea, inputs jsonb) -> rows of (name, shape, values) */
Datum
mml_network_outputs(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;
	MmlNetworkModel *model = mml_nn_model_arg(fcinfo);
	Jsonb	   *inputs = PG_GETARG_JSONB_P(1);
	const MmlGraph *graph = &model->network.graph;
	MmlTensor  *tensors = palloc0(sizeof(MmlTensor) * (Size) Max(graph->inputs, 1));
	MmlPlan    *plan;

	if (!JB_ROOT_IS_OBJECT(inputs))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("inputs must be a JSON object"),
				 errhint("Give inputs as {\"name\": {\"shape\": [2, 3], \"values\": [...]}}.")));
	check_names(graph, inputs);
	for (int i = 0; i < graph->inputs; i++)
	{
		const MmlValue *value = &graph->value[graph->input[i]];

		read_input(value, find_field(&inputs->root, mml_text_from_model(value->name.bytes)), &tensors[i]);
	}
	plan = mml_nn_get_plan(&model->network, tensors, -1);
	if (plan == NULL)
		mml_nn_report(&model->network.problem);
	for (int i = 0; i < graph->inputs; i++)
	{
		MmlTensor  *to = &plan->tensor[graph->input[i]];

		if (to->data != NULL && to->count > 0)
			memcpy(to->data, tensors[i].data, to->count * mml_tensor_element_size(to->type));
	}
	mml_nn_run_or_report(plan);
	InitMaterializedSRF(fcinfo, MAT_SRF_USE_EXPECTED_DESC);
	for (int i = 0; i < graph->outputs; i++)
	{
		const MmlTensor *tensor = &plan->tensor[graph->output[i]];
		Datum		values[3];
		bool		nulls[3] = {false};

		values[0] = CStringGetTextDatum(mml_text_from_model(graph->value[graph->output[i]].name.bytes));
		values[1] = shape_datum(tensor);
		values[2] = values_datum(tensor);
		tuplestore_putvalues(rsinfo->setResult, rsinfo->setDesc, values, nulls);
		CHECK_FOR_INTERRUPTS();
	}
	return (Datum) 0;
}

/* ----------------------------------------------------------------- summary */

/* How many numbers of a node are constants. */
static int64
count_parameters(const MmlGraph *graph, const MmlNode *node)
{
	int64		count = 0;

	for (int i = 0; i < node->inputs; i++)
		if (node->input[i] >= 0 && graph->value[node->input[i]].kind == MML_VALUE_CONSTANT &&
			(graph->value[node->input[i]].tensor.type == MML_ELEMENT_F32 ||
			 graph->value[node->input[i]].tensor.type == MML_ELEMENT_F64))
			count += (int64) graph->value[node->input[i]].tensor.count;
	return count;
}

/* A text of the model. */
static Datum
text_datum(MmlText text)
{
	return CStringGetTextDatum(mml_text_from_model(pnstrdup(text.bytes, text.length)));
}

/* network_summary(model bytea) -> rows of (layer, name, operator, output_shape, parameters, multiply_adds) */
Datum
mml_network_summary(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;
	MmlNetworkModel *model = mml_nn_model_arg(fcinfo);
	const MmlGraph *graph = &model->network.graph;
	MmlPlan    *plan = NULL;

	if (graph->inputs == 1 && model->network.features > 0)
	{
		plan = mml_nn_plan_rows(&model->network, 1, MML_LAYER_ALL);
		if (plan == NULL)
			mml_nn_report(&model->network.problem);
	}
	InitMaterializedSRF(fcinfo, MAT_SRF_USE_EXPECTED_DESC);
	for (int n = 0; n < graph->nodes; n++)
	{
		const MmlNode *node = &graph->node[n];
		int			out = node->outputs > 0 ? node->output[0] : -1;
		Datum		values[6];
		bool		nulls[6] = {false};

		values[0] = Int32GetDatum(n + 1);
		values[1] = text_datum(mml_nn_node_name(graph, node));
		values[2] = text_datum(node->type);
		nulls[3] = plan == NULL || out < 0 || plan->tensor[out].type == 0 || plan->late[out];
		values[3] = nulls[3] ? (Datum) 0 : shape_datum(&plan->tensor[out]);
		values[4] = Int64GetDatum(count_parameters(graph, node));
		nulls[5] = plan == NULL || plan->fate[n] == MML_FATE_LATE;
		values[5] = nulls[5] ? (Datum) 0 :
			Int64GetDatum(plan->call[n] == NULL || plan->fate[n] == MML_FATE_FOLDED ? 0 :
						  (int64) plan->call[n]->flops);
		tuplestore_putvalues(rsinfo->setResult, rsinfo->setDesc, values, nulls);
		CHECK_FOR_INTERRUPTS();
	}
	return (Datum) 0;
}

/*-------------------------------------------------------------------------
 *
 * nn_import_sql.c
 *	  onnx_import: an ONNX file becomes a model of kind "network".
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>

#include "fmgr.h"
#include "utils/builtins.h"
#include "utils/memutils.h"

#include "core/model_pg.h"
#include "core/options_pg.h"
#include "nn/nn_pg.h"
#include "nn/normalise.h"

PG_FUNCTION_INFO_V1(mml_onnx_import);

/* The options, as they are given. */
typedef struct ImportOptions
{
	MmlNames	labels;
	double		scale;
	JsonbValue *mean;
	JsonbValue *std;
	char	   *layout;
	int64		batch;			/* 0: not fixed */
	MmlNames	outputs;		/* none: those of the file */
} ImportOptions;

/* What scaling comes to. */
typedef struct Scaling
{
	int			channels;
	double		scale[MML_MOST_CHANNELS];
	double		offset[MML_MOST_CHANNELS];
} Scaling;

/* Read the options. */
static void
read_options(Jsonb *jsonb, ImportOptions *options)
{
	MmlOption	table[] = {
		{"batch", MML_OPTION_INT, &options->batch, 1, 65536},
		{"labels", MML_OPTION_NAMES, &options->labels, 0, 0},
		{"layout", MML_OPTION_TEXT, &options->layout, 0, 0},
		{"mean", MML_OPTION_RAW, &options->mean, 0, 0},
		{"outputs", MML_OPTION_NAMES, &options->outputs, 0, 0},
		{"scale", MML_OPTION_FLOAT, &options->scale, -1e30, 1e30},
		{"std", MML_OPTION_RAW, &options->std, 0, 0},
	};

	memset(options, 0, sizeof(ImportOptions));
	options->scale = 1;
	if (jsonb != NULL)
		mml_options_read(jsonb, table, lengthof(table));
	if (options->layout != NULL && pg_strcasecmp(options->layout, "NCHW") != 0 &&
		pg_strcasecmp(options->layout, "NHWC") != 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("option \"layout\" must be NCHW or NHWC, not \"%s\"", options->layout)));
}

/* Read a number, or one a channel, into numbers; how many there are. */
static int
read_channels(const char *name, const JsonbValue *value, double *numbers)
{
	JsonbIterator *iter;
	JsonbValue	element;
	JsonbIteratorToken token;
	int			count = 0;

	if (value == NULL)
		return 0;
	if (mml_json_number(value, &numbers[0]))
		count = 1;
	else if (value->type == jbvBinary && JsonContainerIsArray(value->val.binary.data))
	{
		iter = JsonbIteratorInit(value->val.binary.data);
		while ((token = JsonbIteratorNext(&iter, &element, true)) != WJB_DONE)
			if (token == WJB_ELEM && (count == MML_MOST_CHANNELS || !mml_json_number(&element, &numbers[count++])))
			{
				count = 0;
				break;
			}
	}
	for (int c = 0; c < count; c++)
		if (!isfinite(numbers[c]) || fabs(numbers[c]) > 1e30)
			count = 0;
	if (count == 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("option \"%s\" must be a number, or an array of a number a channel, at most %d",
						name, MML_MOST_CHANNELS)));
	return count;
}

/* Channels of the images that the network takes; 1 where it takes none. */
static int
count_channels(const MmlNetwork *network)
{
	const MmlTensor *input;

	if (network->layout == MML_LAYOUT_FLAT)
		return 1;
	input = &network->graph.value[network->graph.input[0]].tensor;
	return (int) input->dims[input->rank - (network->layout == MML_LAYOUT_NCHW ? 3 : 1)];
}

/*
 * What scaling comes to: scale first, then mean is taken off, then std
 * divides.
 */
static void
make_scaling(const MmlNetwork *network, const ImportOptions *options, Scaling *scaling)
{
	double		mean[MML_MOST_CHANNELS] = {0};
	double		std[MML_MOST_CHANNELS];
	int			means = read_channels("mean", options->mean, mean);
	int			stds;
	int			channels = count_channels(network);

	std[0] = 1;
	stds = read_channels("std", options->std, std);
	scaling->channels = Max(Max(means, stds), 1);
	if (scaling->channels > 1 && scaling->channels != channels)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("options \"mean\" and \"std\" have %d channels, but the input of the network has %d",
						scaling->channels, channels)));
	if (means > 1 && stds > 1 && means != stds)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("options \"mean\" and \"std\" have %d and %d channels", means, stds)));
	for (int c = 0; c < scaling->channels; c++)
	{
		double		divisor = std[stds > 1 ? c : 0];

		if (fabs(divisor) < 1e-30)
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("option \"std\" must not be zero")));
		scaling->scale[c] = options->scale / divisor;
		scaling->offset[c] = -mean[means > 1 ? c : 0] / divisor;
	}
}

/* Give the first dimension of every input that has none a number. */
static void
fix_batch(MmlGraph *graph, int64 batch)
{
	for (int i = 0; i < graph->inputs; i++)
	{
		MmlValue   *value = &graph->value[graph->input[i]];

		if ((value->symbolic & 1) == 0)
			continue;
		value->symbolic &= ~1u;
		value->tensor.dims[0] = batch;
		if (!mml_tensor_set(&value->tensor, value->tensor.type, value->tensor.rank, value->tensor.dims))
			ereport(ERROR,
					(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
					 errmsg("an input of " INT64_FORMAT " rows is too large", batch)));
	}
}

/* Keep only some outputs, and what they need. */
static void
choose_outputs(MmlGraph *graph, const MmlNames *names)
{
	MmlText    *texts = palloc(sizeof(MmlText) * (Size) names->count);

	for (int i = 0; i < names->count; i++)
		texts[i] = mml_nn_text(mml_text_to_model(names->names[i]));
	if (!mml_nn_choose_outputs(graph, names->count, texts))
		mml_nn_report(graph->problem);
}

/* Where the channels of images are, as the option or the shape says. */
static MmlLayout
choose_layout(const MmlNetwork *network, const ImportOptions *options)
{
	const MmlGraph *graph = &network->graph;
	const MmlTensor *input;
	MmlLayout	wanted;
	int64_t		channels;

	if (graph->inputs != 1)
		return MML_LAYOUT_FLAT;
	input = &graph->value[graph->input[0]].tensor;
	if (options->layout == NULL)
		return mml_nn_guess_layout(input);
	wanted = pg_strcasecmp(options->layout, "NCHW") == 0 ? MML_LAYOUT_NCHW : MML_LAYOUT_NHWC;
	channels = input->rank < 3 ? 0 : input->dims[input->rank - (wanted == MML_LAYOUT_NCHW ? 3 : 1)];
	if (channels < 1 || channels > MML_MOST_CHANNELS)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("layout %s does not fit the input of the network", options->layout),
				 channels == 0 ? errdetail("It has %d dimensions.", input->rank) :
				 errdetail("It would have " INT64_FORMAT " channels.", channels)));
	return wanted;
}

/* Where nobody gave labels: those that the file has for its classes. */
static void
take_labels(const MmlNetwork *network, MmlNames *names)
{
	const MmlGraph *graph = &network->graph;

	if (names->count > 0 || graph->labels == 0 || graph->labels != network->classes)
		return;
	names->names = palloc(sizeof(char *) * graph->labels);
	for (; names->count < (int) graph->labels; names->count++)
		names->names[names->count] = mml_text_from_model(pnstrdup(graph->label[names->count].bytes,
																  graph->label[names->count].length));
}

/* Demand a label a class. */
static void
check_labels(const MmlNetwork *network, const MmlNames *names)
{
	if (names->count == 0 || (Size) names->count == network->classes ||
		(names->count == 2 && network->classes == 1))
		return;
	if (network->classes == 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("labels are for networks with one input and one output of known size")));
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("there are %d labels, but the output of the network has %zu numbers",
					names->count, network->classes)));
}

/* Write the model, in the current memory context. */
static bytea *
write_model(MmlNetwork *network, const Scaling *scaling, const MmlNames *names)
{
	MmlFlatGraph flat;
	MmlWriter	writer;

	if (!mml_nn_flatten(&network->graph, &flat))
		mml_nn_report(&network->problem);
	mml_model_check_size(flat.bytes, "Import a smaller network.");
	flat.head[MML_HEAD_LAYOUT] = network->layout;
	mml_model_begin(&writer, "network");
	mml_model_add(&writer, "head", MML_I64, 1, MML_HEAD_COUNT, flat.head);
	mml_model_add(&writer, "values", MML_I64, (Size) flat.head[MML_HEAD_VALUES], MML_VALUE_COLUMNS, flat.values);
	mml_model_add(&writer, "nodes", MML_I32, (Size) flat.head[MML_HEAD_NODES], 3, flat.nodes);
	mml_model_add(&writer, "links", MML_I32, flat.links, 1, flat.link);
	mml_model_add(&writer, "attributes", MML_I64, (Size) flat.head[MML_HEAD_ATTRIBUTES], MML_ATTRIBUTE_COLUMNS,
				  flat.attributes);
	mml_model_add(&writer, "ints", MML_I64, flat.ints, 1, flat.int_);
	mml_model_add(&writer, "floats", MML_F32, flat.floats, 1, flat.float_);
	mml_model_add(&writer, "names", MML_U8, flat.names, 1, flat.name);
	mml_model_add(&writer, "data", MML_U8, flat.bytes, 1, flat.data);
	mml_model_add(&writer, "scale", MML_F64, (Size) scaling->channels, 1, scaling->scale);
	mml_model_add(&writer, "offset", MML_F64, (Size) scaling->channels, 1, scaling->offset);
	mml_model_add_texts(&writer, "labels", names->count, names->names);
	return mml_model_finish(&writer);
}

/* onnx_import(onnx bytea, options jsonb DEFAULT NULL) -> bytea */
Datum
mml_onnx_import(PG_FUNCTION_ARGS)
{
	MemoryContext context;
	MmlContextRoom room;
	MmlNetwork *network;
	MmlGraph   *graph;
	bytea	   *file;
	bytea	   *result;
	ImportOptions options;
	Scaling		scaling;

	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	read_options(PG_ARGISNULL(1) ? NULL : PG_GETARG_JSONB_P(1), &options);
	file = PG_GETARG_BYTEA_PP(0);
	context = AllocSetContextCreate(CurrentMemoryContext, "mediaml onnx_import", ALLOCSET_DEFAULT_SIZES);
	mml_nn_room_open(&room, context);
	network = MemoryContextAllocZero(context, sizeof(MmlNetwork));
	network->room = &room.room;
	network->limits = mml_nn_limits();
	mml_nn_heap_open(&network->heap, &room.room, network->limits.memory);
	graph = &network->graph;
	graph->heap = &network->heap;
	graph->problem = &network->problem;

	if (!mml_nn_read_onnx(graph, VARDATA_ANY(file), VARSIZE_ANY_EXHDR(file)))
		mml_nn_report(&network->problem);
	if (options.outputs.count > 0)
		choose_outputs(graph, &options.outputs);
	if (options.batch > 0)
		fix_batch(graph, options.batch);
	if (!mml_nn_normalise(graph) || !mml_nn_simplify(graph, network->limits) || !mml_nn_try(network))
		mml_nn_report(&network->problem);
	network->layout = choose_layout(network, &options);
	make_scaling(network, &options, &scaling);
	take_labels(network, &options.labels);
	check_labels(network, &options.labels);
	result = write_model(network, &scaling, &options.labels);
	MemoryContextDelete(context);
	PG_RETURN_BYTEA_P(result);
}

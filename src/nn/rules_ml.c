/*-------------------------------------------------------------------------
 *
 * rules_ml.c
 *	  Operators of the domain ai.onnx.ml, as scikit-learn's exporter writes
 *	  them, in operators of ONNX's own domain.
 *
 * Texts are no tensors here.  A value that can only be texts, the label of a
 * class, is marked as such, and normalise.c leaves it out of the outputs; the
 * names of the classes are kept for whoever asks.
 *
 * Source: ONNX, "Operator Changelog (ai.onnx.ml)", versions 1 to 4.
 *
 *-------------------------------------------------------------------------
 */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "nn/normalise.h"

/* ------------------------------------------------------------ for the rules */

/* Say that a node cannot be rewritten, where a value was to be made. */
static int
no_value(MmlRewriter *r, const char *why)
{
	(void) mml_nn_refuse(r, why);
	return -1;
}

/* Write a node of one input and one output with an attribute of one number. */
bool
mml_nn_emit_with(MmlRewriter *r, const char *type, int input, int output, const char *name, int64_t value)
{
	MmlNode    *node = mml_nn_add_node(r->graph, mml_nn_text(type), r->old->name, 1, 1, 1);

	if (node == NULL)
		return false;
	node->input[0] = input;
	node->output[0] = output;
	mml_nn_set_int(node, 1, name, value);
	return true;
}

/* A value as float32: itself where it is known to be; -1 past memory. */
int
mml_nn_to_float(MmlRewriter *r, int v)
{
	int			cast;

	if (v < 0)
		return no_value(r, "it lacks an input");
	if (r->graph->value[v].kind != MML_VALUE_COMPUTED && r->graph->value[v].tensor.type == MML_ELEMENT_F32)
		return v;
	cast = mml_nn_new_value(r, mml_nn_rank(r, v));
	return cast >= 0 && mml_nn_emit_with(r, "Cast", v, cast, "to", MML_ELEMENT_F32) ? cast : -1;
}

/* An attribute that is a list of floats, as a constant of these dimensions; -1 where it has not as many. */
static int
floats_value(MmlRewriter *r, const char *name, int rank, const int64_t *dims)
{
	const MmlAttribute *a = mml_nn_attribute(r->old, name);
	size_t		count = 1;

	for (int i = 0; i < rank; i++)
		count *= (size_t) dims[i];
	if (a == NULL || a->type != MML_ATTRIBUTE_FLOATS || a->count != count)
		return no_value(r, "a list of its numbers has a wrong length");
	return mml_nn_add_constant(r->graph, mml_nn_text(""), MML_ELEMENT_F32, rank, dims, a->floats);
}

/* How many numbers a list has; 0 where it is not given. */
size_t
mml_nn_list_length(const MmlRewriter *r, const char *name)
{
	const MmlAttribute *a = mml_nn_attribute(r->old, name);

	return a == NULL ? 0 : a->count;
}

/* What scores become at last: straight into the output, or by a node. */
bool
mml_nn_emit_transform(MmlRewriter *r, int scores, int output)
{
	const MmlAttribute *a = mml_nn_attribute(r->old, "post_transform");

	if (output < 0)
		return true;
	if (a == NULL || mml_nn_text_is(a->text, "NONE"))
		return mml_nn_emit_between(r, "Identity", scores, output) != NULL;
	if (mml_nn_text_is(a->text, "LOGISTIC"))
		return mml_nn_emit_between(r, "Sigmoid", scores, output) != NULL;
	if (mml_nn_text_is(a->text, "SOFTMAX"))
		return mml_nn_emit_with(r, "Softmax", scores, output, "axis", -1);
	return mml_nn_refuse(r, "this post_transform is not supported");
}

/* ------------------------------------------------------------------- labels */

/* Keep the names of classes, unless some are kept already. */
static bool
offer_labels(MmlRewriter *r, size_t count, const MmlText *texts)
{
	if (r->graph->labels == 0)
	{
		r->graph->labels = count;
		r->graph->label = texts;
	}
	return true;
}

/* The same of classes that are numbers. */
static bool
offer_numbers(MmlRewriter *r, size_t count, const int64_t *numbers)
{
	MmlText    *texts = mml_nn_take(r->graph, count, sizeof(MmlText));
	char	   *bytes = mml_nn_take(r->graph, count, 24);

	if (texts == NULL || bytes == NULL)
		return false;
	for (size_t i = 0; i < count; i++)
	{
		snprintf(bytes + 24 * i, 24, "%lld", (long long) numbers[i]);
		texts[i] = mml_nn_text(bytes + 24 * i);
	}
	return offer_labels(r, count, texts);
}

/* Classes of a classifier, in either of two lists; how many: 0 where that is wrong. */
size_t
mml_nn_read_classes(MmlRewriter *r, const char *ints, const MmlAttribute **labels)
{
	const MmlAttribute *texts = mml_nn_attribute(r->old, "classlabels_strings");
	const MmlAttribute *numbers = mml_nn_attribute(r->old, ints);

	*labels = texts != NULL && texts->count > 0 ? texts : numbers;
	if (*labels == NULL || (*labels)->type != ((*labels) == texts ? MML_ATTRIBUTE_TEXTS : MML_ATTRIBUTE_INTS))
		return 0;
	if ((*labels) == texts ? !offer_labels(r, texts->count, texts->texts)
		: !offer_numbers(r, numbers->count, numbers->ints))
		return 0;
	return (*labels)->count;
}

/* The label of the class whose index is known: a number, or left out as a text. */
bool
mml_nn_emit_label(MmlRewriter *r, int index, const MmlAttribute *labels)
{
	int			out = mml_nn_old_output(r, 0);
	int			list;

	if (out < 0)
		return true;
	if (labels->type == MML_ATTRIBUTE_TEXTS)
	{
		r->graph->value[out].kind = MML_VALUE_TEXT;
		return true;
	}
	list = mml_nn_ints_value(r, labels->count, labels->ints);
	return list >= 0 && mml_nn_emit_pair(r, "Gather", list, index, out);
}

/* The index of the largest of scores, which is that of the class. */
int
mml_nn_emit_best(MmlRewriter *r, int scores)
{
	int			index = mml_nn_new_value(r, 1);
	MmlNode    *node = index < 0 ? NULL : mml_nn_add_node(r->graph, mml_nn_text("ArgMax"), r->old->name, 1, 1, 2);

	if (node == NULL)
		return -1;
	node->input[0] = scores;
	node->output[0] = index;
	mml_nn_set_int(node, 1, "axis", 1);
	mml_nn_set_int(node, 2, "keepdims", 0);
	return index;
}

/* ZipMap names the columns of its input, which passes through. */
static bool
rewrite_zip_map(MmlRewriter *r)
{
	const MmlAttribute *labels;

	return mml_nn_read_classes(r, "classlabels_int64s", &labels) > 0 ? mml_nn_emit_alias(r) :
		mml_nn_refuse(r, "it has no classes");
}

/* ------------------------------------------------------------------- numbers */

/* Scaler: (x - offset) scale, of each column or of all. */
static bool
rewrite_scaler(MmlRewriter *r)
{
	int64_t		offsets = (int64_t) mml_nn_list_length(r, "offset");
	int64_t		scales = (int64_t) mml_nn_list_length(r, "scale");
	int			x = mml_nn_to_float(r, mml_nn_old_input(r, 0));
	int			moved = x < 0 ? -1 : mml_nn_new_value(r, mml_nn_rank(r, x));
	int			offset = moved < 0 ? -1 : floats_value(r, "offset", 1, &offsets);
	int			scale = offset < 0 ? -1 : floats_value(r, "scale", 1, &scales);

	return scale >= 0 && mml_nn_emit_pair(r, "Sub", x, offset, moved) &&
		mml_nn_emit_pair(r, "Mul", moved, scale, mml_nn_old_output(r, 0));
}

/* Normalizer: rows by their length, the sum of their sizes, or their largest number. */
static bool
rewrite_normalizer(MmlRewriter *r)
{
	const MmlAttribute *norm = mml_nn_attribute(r->old, "norm");
	bool		one = norm != NULL && mml_nn_text_is(norm->text, "L1");
	int			x = mml_nn_to_float(r, mml_nn_old_input(r, 0));
	MmlNode    *node;

	if (x < 0)
		return false;
	if (!one && (norm == NULL || !mml_nn_text_is(norm->text, "L2")))
		return mml_nn_refuse(r, "this norm is not supported");
	node = mml_nn_add_node(r->graph, mml_nn_text("LpNormalization"), r->old->name, 1, 1, 2);
	if (node == NULL)
		return false;
	node->input[0] = x;
	node->output[0] = mml_nn_old_output(r, 0);
	mml_nn_set_int(node, 1, "axis", -1);
	mml_nn_set_int(node, 2, "p", one ? 1 : 2);
	return true;
}

/* x times coefficients (rows,columns), and intercepts; -1 where that is wrong. */
static int
emit_linear(MmlRewriter *r, size_t rows)
{
	size_t		numbers = mml_nn_list_length(r, "coefficients");
	int64_t		dims[2];
	int			x = mml_nn_to_float(r, mml_nn_old_input(r, 0));
	int			scores;
	int			weights;
	int			bias;
	MmlNode    *node;

	if (x < 0)
		return -1;
	if (rows == 0 || numbers == 0 || numbers % rows != 0)
		return no_value(r, "its coefficients do not fit its classes or targets");
	dims[0] = (int64_t) rows;
	dims[1] = (int64_t) (numbers / rows);
	weights = floats_value(r, "coefficients", 2, dims);
	bias = mml_nn_list_length(r, "intercepts") == 0 ? x : weights < 0 ? -1 : floats_value(r, "intercepts", 1, dims);
	scores = mml_nn_new_value(r, 2);
	if (weights < 0 || bias < 0 || scores < 0)
		return -1;
	node = mml_nn_add_node(r->graph, mml_nn_text("Gemm"), r->old->name, bias == x ? 2 : 3, 1, 1);
	if (node == NULL)
		return -1;
	node->input[0] = x;
	node->input[1] = weights;
	if (bias != x)
		node->input[2] = bias;
	node->output[0] = scores;
	mml_nn_set_int(node, 1, "transB", 1);
	return scores;
}

static bool
rewrite_linear_regressor(MmlRewriter *r)
{
	int64_t		targets = mml_nn_old_int(r, "targets", 1);
	int			scores = emit_linear(r, targets < 1 ? 0 : (size_t) targets);

	return scores >= 0 && mml_nn_emit_transform(r, scores, mml_nn_old_output(r, 0));
}

/* Each class has its row of coefficients. */
static bool
rewrite_linear_classifier(MmlRewriter *r)
{
	const MmlAttribute *labels;
	size_t		classes = mml_nn_read_classes(r, "classlabels_ints", &labels);
	int			scores = emit_linear(r, classes);
	int			index = scores < 0 ? -1 : mml_nn_emit_best(r, scores);

	return index >= 0 && mml_nn_emit_label(r, index, labels) &&
		mml_nn_emit_transform(r, scores, mml_nn_old_output(r, 1));
}

/* Columns that indices name; of a list a row of them. */
static bool
rewrite_extractor(MmlRewriter *r)
{
	static const int64_t flat[] = {-1};
	static const int64_t row[] = {1, -1};
	int			x = mml_nn_old_input(r, 0);
	int			y = mml_nn_old_input(r, 1);
	int			out = mml_nn_old_output(r, 0);
	int			rank = mml_nn_rank(r, x);
	int			shape = mml_nn_ints_value(r, 1, flat);
	int			list = shape < 0 ? -1 : mml_nn_new_value(r, 1);
	int			picked = list < 0 ? -1 : rank == 1 ? mml_nn_new_value(r, 1) : out;
	MmlNode    *node;

	if (x < 0 || y < 0 || out < 0 || rank < 1)
		return mml_nn_refuse(r, "it is supported only where the number of dimensions is known");
	if (picked < 0 || !mml_nn_emit_pair(r, "Reshape", y, shape, list))
		return false;
	node = mml_nn_add_node(r->graph, mml_nn_text("Gather"), r->old->name, 2, 1, 1);
	if (node == NULL)
		return false;
	node->input[0] = x;
	node->input[1] = list;
	node->output[0] = picked;
	mml_nn_set_int(node, 1, "axis", -1);
	r->graph->value[out].tensor.rank = MML_MAX(rank, 2);
	if (rank > 1)
		return true;
	if (r->graph->value[x].kind == MML_VALUE_CONSTANT && r->graph->value[x].tensor.type == MML_ELEMENT_I64 &&
		!offer_numbers(r, r->graph->value[x].tensor.count, r->graph->value[x].tensor.data))
		return false;
	shape = mml_nn_ints_value(r, 2, row);
	return shape >= 0 && mml_nn_emit_pair(r, "Reshape", picked, shape, out);
}

/* What equals a number, or is NaN, is replaced. */
static bool
rewrite_imputer(MmlRewriter *r)
{
	size_t		wholes = 0;
	const int64_t *ints = NULL;
	bool		floats = !mml_nn_old_ints(r, "imputed_value_int64s", &wholes, &ints) || wholes == 0;
	float		replaced = mml_nn_old_float(r, "replaced_value_float", 0);
	int64_t		whole = mml_nn_old_int(r, "replaced_value_int64", 0);
	int64_t		count = (int64_t) mml_nn_list_length(r, "imputed_value_floats");
	int			x = mml_nn_old_input(r, 0);
	int			missing = mml_nn_new_value(r, mml_nn_rank(r, x));
	int			with = missing < 0 ? -1 : floats ? floats_value(r, "imputed_value_floats", 1, &count)
		: mml_nn_ints_value(r, wholes, ints);
	int			old = with < 0 ? -1 : floats ? mml_nn_float_value(r, replaced) : mml_nn_ints_value(r, 1, &whole);
	MmlNode    *node;

	if (x < 0 || old < 0)
		return x < 0 ? mml_nn_refuse(r, "it lacks its input") : false;
	if (floats && isnan(replaced) ? mml_nn_emit_between(r, "IsNaN", x, missing) == NULL
		: !mml_nn_emit_pair(r, "Equal", x, old, missing))
		return false;
	node = mml_nn_add_node(r->graph, mml_nn_text("Where"), r->old->name, 3, 1, 0);
	if (node == NULL)
		return false;
	node->input[0] = missing;
	node->input[1] = with;
	node->input[2] = x;
	node->output[0] = mml_nn_old_output(r, 0);
	return true;
}

/* 1 where a number is above the threshold, compared in double; of the type of the input. */
static bool
rewrite_binarizer(MmlRewriter *r)
{
	double		threshold = (double) mml_nn_old_float(r, "threshold", 0);
	int			x = mml_nn_old_input(r, 0);
	int			wide = mml_nn_new_value(r, mml_nn_rank(r, x));
	int			truth = mml_nn_new_value(r, mml_nn_rank(r, x));
	int			limit = mml_nn_add_constant(r->graph, mml_nn_text(""), MML_ELEMENT_F64, 0, NULL, &threshold);

	if (x < 0 || wide < 0 || truth < 0 || limit < 0)
		return x < 0 ? mml_nn_refuse(r, "it lacks its input") : false;
	return mml_nn_emit_with(r, "Cast", x, wide, "to", MML_ELEMENT_F64) &&
		mml_nn_emit_pair(r, "Greater", wide, limit, truth) &&
		mml_nn_emit_pair(r, "CastLike", truth, x, mml_nn_old_output(r, 0));
}

/* Columns behind each other, as float32. */
static bool
rewrite_feature_vectorizer(MmlRewriter *r)
{
	MmlNode    *node;
	int		   *inputs = mml_nn_take(r->graph, (size_t) r->old->inputs, sizeof(int));

	for (int i = 0; inputs != NULL && i < r->old->inputs; i++)
	{
		inputs[i] = mml_nn_to_float(r, mml_nn_old_input(r, i));
		if (inputs[i] < 0)
			return false;
	}
	node = inputs == NULL ? NULL :
		mml_nn_add_node(r->graph, mml_nn_text("Concat"), r->old->name, r->old->inputs, 1, 1);
	if (node == NULL)
		return false;
	memcpy(node->input, inputs, (size_t) r->old->inputs * sizeof(int));
	node->output[0] = mml_nn_old_output(r, 0);
	mml_nn_set_int(node, 1, "axis", 1);
	return true;
}

/* Those that have operators of their own. */
static bool
rewrite_same(MmlRewriter *r)
{
	return mml_nn_emit_same(r, NULL);
}

/* LabelEncoder from numbers; to texts, they are what labels are called. */
static bool
rewrite_label_encoder(MmlRewriter *r)
{
	const MmlAttribute *texts = mml_nn_attribute(r->old, "values_strings");
	size_t		keys = 0;
	const int64_t *key = NULL;
	int			out = mml_nn_old_output(r, 0);
	bool		counted = mml_nn_old_ints(r, "keys_int64s", &keys, &key) && texts != NULL && keys == texts->count;

	if (texts == NULL || texts->count == 0)
		return mml_nn_emit_same(r, NULL);
	for (size_t i = 0; counted && i < keys; i++)
		counted = key[i] == (int64_t) i;
	if (out >= 0)
		r->graph->value[out].kind = MML_VALUE_TEXT;
	return !counted || texts->type != MML_ATTRIBUTE_TEXTS || offer_labels(r, texts->count, texts->texts);
}

/*
 * Nodes that only pass texts on; false, and *passed, for all others.  Others
 * that need texts cannot be computed.
 */
bool
mml_nn_pass_texts(MmlRewriter *r, bool *passed)
{
	static const char *const movers[] = {
		"ArrayFeatureExtractor", "Gather", "Reshape", "Identity", "Squeeze", "Unsqueeze", "Flatten", "Cast"
	};
	const MmlValue *first;
	bool		texts = false;
	bool		moves = false;

	for (int i = 0; i < r->old->inputs; i++)
	{
		int			v = mml_nn_old_input(r, i);

		texts = texts || (v >= 0 && r->graph->value[v].kind == MML_VALUE_TEXT);
	}
	*passed = texts;
	if (!texts)
		return true;
	for (size_t i = 0; i < sizeof(movers) / sizeof(movers[0]); i++)
		moves = moves || mml_nn_text_is(r->old->type, movers[i]);
	first = mml_nn_old_input(r, 0) < 0 ? NULL : &r->graph->value[mml_nn_old_input(r, 0)];
	if (!moves || first == NULL || first->kind != MML_VALUE_TEXT || mml_nn_old_int(r, "to", 8) != 8)
		return mml_nn_refuse(r, "texts are not supported");
	if (first->texts > 0 && !offer_labels(r, first->texts, first->text))
		return false;
	if (mml_nn_old_output(r, 0) >= 0)
		r->graph->value[mml_nn_old_output(r, 0)].kind = MML_VALUE_TEXT;
	return true;
}

const MmlRule mml_nn_ml_rules[] = {
	{"ArrayFeatureExtractor", MML_ALWAYS, rewrite_extractor},
	{"Binarizer", MML_ALWAYS, rewrite_binarizer},
	{"FeatureVectorizer", MML_ALWAYS, rewrite_feature_vectorizer},
	{"Imputer", MML_ALWAYS, rewrite_imputer},
	{"LabelEncoder", MML_ALWAYS, rewrite_label_encoder},
	{"LinearClassifier", MML_ALWAYS, rewrite_linear_classifier},
	{"LinearRegressor", MML_ALWAYS, rewrite_linear_regressor},
	{"Normalizer", MML_ALWAYS, rewrite_normalizer},
	{"OneHotEncoder", MML_ALWAYS, rewrite_same},
	{"Scaler", MML_ALWAYS, rewrite_scaler},
	{"TreeEnsembleClassifier", MML_ALWAYS, mml_nn_rewrite_trees},
	{"TreeEnsembleRegressor", MML_ALWAYS, mml_nn_rewrite_trees},
	{"ZipMap", MML_ALWAYS, rewrite_zip_map},
	{NULL, 0, NULL}
};

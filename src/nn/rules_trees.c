/*-------------------------------------------------------------------------
 *
 * rules_trees.c
 *	  TreeEnsembleClassifier and TreeEnsembleRegressor of ai.onnx.ml, rewritten
 *	  as TreeEnsemble: flat arrays that run as they are (see tensor/trees.c).
 *
 * A file names nodes by tree and number, in any order; here they are numbered
 * anew, each behind its parent, so that whoever reads the arrays can see that
 * there is no cycle.  Of the comparisons only x <= threshold is left:
 *
 *		x < t is x <= the number below t, x > t and x >= t have their branches
 *		exchanged, and where NaN goes is written down.
 *
 *-------------------------------------------------------------------------
 */
#include <math.h>
#include <string.h>

#include "core/sort.h"
#include "nn/normalise.h"

/* A name of a node, and where it is listed. */
typedef struct NodeName
{
	int64_t		tree;
	int64_t		node;
	size_t		at;
} NodeName;

/* The ensemble as the file has it, and what becomes of it. */
typedef struct Trees
{
	MmlRewriter *r;
	size_t		n;				/* nodes */
	size_t		votes;
	size_t		roots;
	size_t		placed;			/* nodes that have a place */
	const int64_t *feature;		/* (n) */
	const float *value;
	const MmlText *mode;
	const int64_t *tracks;		/* or NULL */
	const int64_t *vote_id;		/* (votes) */
	const float *vote_weight;
	NodeName   *name;			/* (n) sorted */
	size_t	   *child;			/* (n,2) where listed; n: none */
	int32_t    *place;			/* (n) in the new order, or -1 */
	size_t	   *vote_leaf;		/* (votes) where the leaf is listed */

	int32_t    *new_feature;	/* (n) -1: a leaf */
	float	   *threshold;
	int32_t    *yes;			/* of a leaf its first vote */
	int32_t    *no;				/* of a leaf the number of its votes */
	uint8_t    *nan_yes;
	int32_t    *root;			/* (roots) */
	int32_t    *target;			/* (votes) in order of leaves */
	float	   *weight;
} Trees;

/* A list of an attribute, of so many; NULL, and a refusal, where it is not. */
static const void *
read_list(MmlRewriter *r, const char *name, MmlAttributeType type, size_t count)
{
	const MmlAttribute *a = mml_nn_attribute(r->old, name);

	if (a == NULL || a->type != type || a->count != count)
	{
		(void) mml_nn_refuse(r, "its lists do not fit together");
		return NULL;
	}
	return type == MML_ATTRIBUTE_INTS ? (const void *) a->ints : type == MML_ATTRIBUTE_FLOATS
		? (const void *) a->floats : (const void *) a->texts;
}

/* By tree, then by number. */
static int
compare_names(const void *a_, const void *b_)
{
	const NodeName *a = a_;
	const NodeName *b = b_;

	if (a->tree != b->tree)
		return a->tree < b->tree ? -1 : 1;
	return a->node == b->node ? 0 : a->node < b->node ? -1 : 1;
}

/* Where a node is listed; n where there is none. */
static size_t
find_node(const Trees *t, int64_t tree, int64_t node)
{
	NodeName	wanted = {tree, node, 0};
	size_t		low = 0;
	size_t		high = t->n;

	while (low < high)
	{
		size_t		middle = low + (high - low) / 2;

		if (compare_names(&t->name[middle], &wanted) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low < t->n && compare_names(&wanted, &t->name[low]) == 0 ? t->name[low].at : t->n;
}

/* Is a node, as it is listed, a leaf? */
static bool
is_leaf(const Trees *t, size_t i)
{
	return mml_nn_text_is(t->mode[i], "LEAF");
}

/* Take room for all arrays. */
static bool
take_arrays(Trees *t)
{
	MmlGraph   *graph = t->r->graph;

	t->name = mml_nn_take(graph, t->n, sizeof(NodeName));
	t->child = mml_nn_take(graph, t->n, 2 * sizeof(size_t));
	t->place = mml_nn_take(graph, t->n, sizeof(int32_t));
	t->vote_leaf = mml_nn_take(graph, t->votes, sizeof(size_t));
	t->new_feature = mml_nn_take(graph, t->n, sizeof(int32_t));
	t->threshold = mml_nn_take(graph, t->n, sizeof(float));
	t->yes = mml_nn_take(graph, t->n, sizeof(int32_t));
	t->no = mml_nn_take(graph, t->n, sizeof(int32_t));
	t->nan_yes = mml_nn_take(graph, t->n, 1);
	t->root = mml_nn_take(graph, t->n, sizeof(int32_t));
	t->target = mml_nn_take(graph, t->votes, sizeof(int32_t));
	t->weight = mml_nn_take(graph, t->votes, sizeof(float));
	return graph->problem->fault == MML_FAULT_NONE;
}

/* Read the lists of nodes, and find children and roots: nodes that are nobody's children. */
static bool
read_nodes(Trees *t)
{
	MmlRewriter *r = t->r;
	const int64_t *tree = read_list(r, "nodes_treeids", MML_ATTRIBUTE_INTS, t->n);
	const int64_t *id = read_list(r, "nodes_nodeids", MML_ATTRIBUTE_INTS, t->n);
	const int64_t *branch[2];

	branch[0] = read_list(r, "nodes_truenodeids", MML_ATTRIBUTE_INTS, t->n);
	branch[1] = read_list(r, "nodes_falsenodeids", MML_ATTRIBUTE_INTS, t->n);
	t->feature = read_list(r, "nodes_featureids", MML_ATTRIBUTE_INTS, t->n);
	t->value = read_list(r, "nodes_values", MML_ATTRIBUTE_FLOATS, t->n);
	t->mode = read_list(r, "nodes_modes", MML_ATTRIBUTE_TEXTS, t->n);
	if (mml_nn_list_length(r, "nodes_missing_value_tracks_true") > 0)
		t->tracks = read_list(r, "nodes_missing_value_tracks_true", MML_ATTRIBUTE_INTS, t->n);
	if (r->graph->problem->fault != MML_FAULT_NONE)
		return false;
	for (size_t i = 0; i < t->n; i++)
		t->name[i] = (NodeName)
	{
		tree[i], id[i], i
	};
	mml_sort(t->n, t->name, sizeof(NodeName), compare_names);
	for (size_t i = 1; i < t->n; i++)
		if (compare_names(&t->name[i - 1], &t->name[i]) == 0)
			return mml_nn_refuse(r, "a node of its trees is listed twice");
	for (size_t i = 0; i < t->n; i++)
		for (int k = 0; k < 2; k++)
		{
			size_t		child = is_leaf(t, i) ? t->n : find_node(t, tree[i], branch[k][i]);

			if (child == t->n && !is_leaf(t, i))
				return mml_nn_refuse(r, "a node of its trees has no child");
			if (child < t->n)
				t->place[child] = -1;
			t->child[2 * i + (size_t) k] = child;
		}
	return true;
}

/* The comparison of a node as x <= threshold; false where it is none of those that can be. */
static bool
set_comparison(Trees *t, size_t i, size_t at)
{
	MmlText		mode = t->mode[i];
	float		value = t->value[i];
	bool		nan_yes = t->tracks != NULL && t->tracks[i] != 0;
	bool		strict = mml_nn_text_is(mode, "BRANCH_LT") || mml_nn_text_is(mode, "BRANCH_GTE");
	bool		exchanged = mml_nn_text_is(mode, "BRANCH_GT") || mml_nn_text_is(mode, "BRANCH_GTE");

	if (!strict && !exchanged && !mml_nn_text_is(mode, "BRANCH_LEQ"))
		return mml_nn_refuse(t->r, "this comparison of its trees is not supported");
	if (isnan(value) || (strict && isinf(value)) || t->feature[i] < 0 || t->feature[i] > INT32_MAX / 2)
		return mml_nn_refuse(t->r, "a threshold or feature of its trees is out of range");
	t->new_feature[at] = (int32_t) t->feature[i];
	t->threshold[at] = strict ? nextafterf(value, -INFINITY) : value;
	t->yes[at] = t->place[t->child[2 * i + exchanged]];
	t->no[at] = t->place[t->child[2 * i + !exchanged]];
	t->nan_yes[at] = nan_yes != exchanged;
	return true;
}

/* Give nodes their places, a tree after the other, each behind its parent. */
static bool
place_nodes(Trees *t)
{
	size_t	   *stack = mml_nn_take(t->r->graph, t->n, sizeof(size_t));

	if (stack == NULL)
		return false;
	for (size_t i = 0; i < t->n; i++)
	{
		size_t		first = t->name[i].at;
		size_t		height = 0;

		if (t->place[first] != 0)
			continue;
		/* 0: a root that has no place yet; -1: a child; from 1 on a place */
		t->root[t->roots++] = (int32_t) t->placed;
		stack[height++] = first;
		t->place[first] = -1;
		while (height > 0)
		{
			size_t		node = stack[--height];

			if (t->place[node] != -1)
				return mml_nn_refuse(t->r, "a node of its trees has two parents");
			t->place[node] = (int32_t) ++t->placed;
			for (int k = 1; k >= 0 && !is_leaf(t, node); k--)
			{
				if (height == t->n)
					return mml_nn_refuse(t->r, "a node of its trees has two parents");
				stack[height++] = t->child[2 * node + (size_t) k];
			}
		}
	}
	if (t->placed != t->n)
		return mml_nn_refuse(t->r, "a tree has no root");
	for (size_t i = 0; i < t->n; i++)
		t->place[i]--;
	return true;
}

/* Read the votes of leaves, and lay them in the order of these. */
static bool
place_votes(Trees *t, const char *prefix)
{
	MmlRewriter *r = t->r;
	bool		classes = prefix[0] == 'c';
	const int64_t *tree = read_list(r, classes ? "class_treeids" : "target_treeids", MML_ATTRIBUTE_INTS, t->votes);
	const int64_t *node = read_list(r, classes ? "class_nodeids" : "target_nodeids", MML_ATTRIBUTE_INTS, t->votes);
	int32_t		first = 0;

	t->vote_id = read_list(r, classes ? "class_ids" : "target_ids", MML_ATTRIBUTE_INTS, t->votes);
	t->vote_weight = read_list(r, classes ? "class_weights" : "target_weights", MML_ATTRIBUTE_FLOATS, t->votes);
	if (r->graph->problem->fault != MML_FAULT_NONE)
		return false;
	for (size_t i = 0; i < t->votes; i++)
	{
		size_t		leaf = find_node(t, tree[i], node[i]);

		if (leaf == t->n || !is_leaf(t, leaf))
			return mml_nn_refuse(r, "a weight of its trees is not that of a leaf");
		t->vote_leaf[i] = leaf;
		t->no[t->place[leaf]]++;
	}
	for (size_t i = 0; i < t->n; i++)
		if (t->new_feature[i] < 0)
		{
			t->yes[i] = first;
			first += t->no[i];
			t->no[i] = 0;
		}
	for (size_t i = 0; i < t->votes; i++)
	{
		int32_t		leaf = t->place[t->vote_leaf[i]];
		int32_t		at = t->yes[leaf] + t->no[leaf]++;

		t->target[at] = (int32_t) MML_MAX(MML_MIN(t->vote_id[i], INT32_MAX), -1);
		t->weight[at] = t->vote_weight[i];
	}
	return true;
}

/* Read it all. */
static bool
read_trees(Trees *t, const char *prefix)
{
	t->n = mml_nn_list_length(t->r, "nodes_treeids");
	t->votes = mml_nn_list_length(t->r, prefix[0] == 'c' ? "class_treeids" : "target_treeids");
	if (t->n == 0 || t->n > INT32_MAX / 4 || t->votes > INT32_MAX / 4)
		return mml_nn_refuse(t->r, "it has no trees, or too many");
	if (!take_arrays(t) || !read_nodes(t) || !place_nodes(t))
		return false;
	for (size_t i = 0; i < t->n; i++)
		if (is_leaf(t, i))
			t->new_feature[t->place[i]] = -1;
		else if (!set_comparison(t, i, (size_t) t->place[i]))
			return false;
	return place_votes(t, prefix);
}

/* Append a constant list. */
static int
list_value(Trees *t, MmlElement type, size_t count, const void *data)
{
	int64_t		dim = (int64_t) count;

	return mml_nn_add_constant(t->r->graph, mml_nn_text(""), type, 1, &dim, data);
}

/* Write the TreeEnsemble; the value of its scores, or -1. */
static int
emit_ensemble(Trees *t, int64_t targets, size_t bases, const float *base)
{
	MmlRewriter *r = t->r;
	const MmlAttribute *aggregate = mml_nn_attribute(r->old, "aggregate_function");
	int			scores = mml_nn_new_value(r, 2);
	int			in[10];
	MmlNode    *node;

	in[0] = mml_nn_old_input(r, 0);
	in[1] = list_value(t, MML_ELEMENT_I32, t->roots, t->root);
	in[2] = list_value(t, MML_ELEMENT_I32, t->n, t->new_feature);
	in[3] = list_value(t, MML_ELEMENT_F32, t->n, t->threshold);
	in[4] = list_value(t, MML_ELEMENT_I32, t->n, t->yes);
	in[5] = list_value(t, MML_ELEMENT_I32, t->n, t->no);
	in[6] = list_value(t, MML_ELEMENT_U8, t->n, t->nan_yes);
	in[7] = list_value(t, MML_ELEMENT_I32, t->votes, t->target);
	in[8] = list_value(t, MML_ELEMENT_F32, t->votes, t->weight);
	in[9] = list_value(t, MML_ELEMENT_F32, bases, base);
	if (in[0] < 0)
		(void) mml_nn_refuse(r, "it lacks its input");
	if (r->graph->problem->fault != MML_FAULT_NONE)
		return -1;
	node = mml_nn_add_node(r->graph, mml_nn_text("TreeEnsemble"), r->old->name, 10, 1, 2);
	if (node == NULL)
		return -1;
	memcpy(node->input, in, sizeof(in));
	node->output[0] = scores;
	mml_nn_set_int(node, 1, "targets", targets);
	mml_nn_set_text(node, 2, "aggregate_function", "SUM");
	if (aggregate != NULL && aggregate->type == MML_ATTRIBUTE_TEXT)
		node->attribute[0].text = aggregate->text;
	return scores;
}

/* The base values, of which there may be none. */
static bool
read_bases(MmlRewriter *r, size_t *count, const float **base)
{
	*count = mml_nn_list_length(r, "base_values");
	*base = NULL;
	if (*count > 0)
		*base = read_list(r, "base_values", MML_ATTRIBUTE_FLOATS, *count);
	return *count == 0 || *base != NULL;
}

/*
 * Of two classes only one has weights: its score s makes the other's: 1 - s
 * where no weight is below 0, as of probabilities, and these are what is
 * wanted; else -s.
 */
static bool
emit_pair(Trees *t, int scores, const MmlAttribute *labels, bool positive, bool logistic)
{
	static const int64_t flat[] = {-1};
	MmlRewriter *r = t->r;
	int			other = mml_nn_new_value(r, 2);
	int			both = mml_nn_new_value(r, 2);
	int			list = mml_nn_new_value(r, 1);
	int			truth = mml_nn_new_value(r, 1);
	int			index = mml_nn_new_value(r, 1);
	int			shape = mml_nn_ints_value(r, 1, flat);
	int			one = mml_nn_float_value(r, 1);
	int			limit = mml_nn_float_value(r, positive ? 0.5f : 0);
	MmlNode    *node;

	if (r->graph->problem->fault != MML_FAULT_NONE)
		return false;
	if (positive && !logistic ? !mml_nn_emit_pair(r, "Sub", one, scores, other)
		: mml_nn_emit_between(r, "Neg", scores, other) == NULL)
		return false;
	node = mml_nn_add_node(r->graph, mml_nn_text("Concat"), r->old->name, 2, 1, 1);
	if (node == NULL)
		return false;
	node->input[0] = other;
	node->input[1] = scores;
	node->output[0] = both;
	mml_nn_set_int(node, 1, "axis", 1);
	return mml_nn_emit_pair(r, "Reshape", scores, shape, list) &&
		mml_nn_emit_pair(r, "Greater", list, limit, truth) &&
		mml_nn_emit_with(r, "Cast", truth, index, "to", MML_ELEMENT_I64) &&
		mml_nn_emit_label(r, index, labels) &&
		mml_nn_emit_transform(r, both, mml_nn_old_output(r, 1));
}

/* A classifier: scores of classes, and the label of the best. */
static bool
rewrite_classifier(Trees *t)
{
	MmlRewriter *r = t->r;
	const MmlAttribute *labels;
	size_t		classes = mml_nn_read_classes(r, "classlabels_int64s", &labels);
	size_t		bases;
	const float *base;
	bool		single = true;
	bool		positive = true;
	int			scores;

	if (classes == 0)
		return mml_nn_refuse(r, "it has no classes");
	if (!read_trees(t, "class") || !read_bases(r, &bases, &base))
		return false;
	for (size_t i = 0; i < t->votes; i++)
	{
		single = single && t->target[i] == t->target[0];
		positive = positive && t->weight[i] >= 0;
	}
	if (classes == 2 && single && t->votes > 0)
	{
		const MmlAttribute *transform = mml_nn_attribute(r->old, "post_transform");

		if (t->target[0] != 0 || bases > 1 || (transform != NULL && mml_nn_text_is(transform->text, "SOFTMAX")))
			return mml_nn_refuse(r, "these weights of one of two classes are not supported");
		scores = emit_ensemble(t, 1, bases, base);
		return scores >= 0 && emit_pair(t, scores, labels, positive, transform != NULL &&
										mml_nn_text_is(transform->text, "LOGISTIC"));
	}
	scores = emit_ensemble(t, (int64_t) classes, bases, base);
	if (scores < 0)
		return false;
	if (mml_nn_old_output(r, 0) >= 0)
	{
		int			index = mml_nn_emit_best(r, scores);

		if (index < 0 || !mml_nn_emit_label(r, index, labels))
			return false;
	}
	return mml_nn_emit_transform(r, scores, mml_nn_old_output(r, 1));
}

/* Either of the two. */
bool
mml_nn_rewrite_trees(MmlRewriter *r)
{
	Trees		trees = {.r = r};
	size_t		bases;
	const float *base;
	int			scores;

	for (int i = 0; i < r->old->attributes; i++)
		if (r->old->attribute[i].type == MML_ATTRIBUTE_TENSOR)
			return mml_nn_refuse(r, "trees of double are not supported");
	if (mml_nn_text_is(r->old->type, "TreeEnsembleClassifier"))
		return rewrite_classifier(&trees);
	if (!read_trees(&trees, "target") || !read_bases(r, &bases, &base))
		return false;
	if (mml_nn_old_int(r, "n_targets", 1) == 1 && mml_nn_attribute(r->old, "post_transform") != NULL &&
		!mml_nn_text_is(mml_nn_attribute(r->old, "post_transform")->text, "NONE"))
		return mml_nn_refuse(r, "a post_transform of one target is not supported");
	scores = emit_ensemble(&trees, mml_nn_old_int(r, "n_targets", 1), bases, base);
	return scores >= 0 && mml_nn_emit_transform(r, scores, mml_nn_old_output(r, 0));
}

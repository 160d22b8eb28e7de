/*-------------------------------------------------------------------------
 *
 * trees.c
 *	  TreeEnsemble: random forests and boosted trees, as flat arrays.
 *
 * Inputs: x (rows,features); then constants: root (trees), and of each node its
 * feature, or -1 of a leaf, its threshold, where it goes on if x <= threshold,
 * where else, and whether NaN goes with the first; target and weight of each
 * vote; base of each target, or none.  Of a leaf the two numbers are its first
 * vote and how many it has.  nn/rules_trees.c makes these arrays from a file;
 * here they are checked: children lie behind their parents, so a walk ends; trees
 * lie one behind the other, and so do votes, so no row takes longer than it takes
 * to read the model.
 *
 * A node is packed in 16 bytes.  Trees are walked one after the other for a
 * block of rows, so that a tree stays in the cache.  Sums are in double.
 *
 *-------------------------------------------------------------------------
 */
#include <math.h>

#include "tensor/check.h"
#include "tensor/operators.h"

enum
{
	X,
	ROOT,
	FEATURE,
	THRESHOLD,
	YES,
	NO,
	NAN_YES,
	TARGET,
	WEIGHT,
	BASE,
	INPUTS
};

/* Rows that go through a tree together. */
#define BLOCK 64

typedef enum Aggregate
{
	SUM,
	AVERAGE,
	LEAST,
	MOST
} Aggregate;

typedef struct Trees
{
	Aggregate	aggregate;
	size_t		rows;
	size_t		features;
	size_t		targets;
	bool		any_nan;		/* NaN goes to the first child anywhere */
} Trees;

typedef struct Node
{
	float		threshold;
	int32_t		feature;		/* times 2, plus 1 where NaN goes to the first
								 * child; -1 of a leaf */
	int32_t		child[2];		/* the first, if x <= threshold, and the other */
} Node;

/* Inputs from first to last are constant lists of this type and length. */
static const char *
check_lists(MmlCall *call, int first, int last, MmlElement type, size_t count)
{
	for (int i = first; i <= last; i++)
	{
		const MmlTensor *in = call->in[i];

		MML_TRY(mml_tensor_check_type(call, "TreeEnsemble", i, MML_TYPE(type)));
		if (in->rank != 1 || in->count != count || (in->data == NULL && count > 0))
			return mml_tensor_wrong(call, "input %d of TreeEnsemble is not a constant list of %zu numbers.", i + 1,
									count);
	}
	return NULL;
}

/* Trees begin one behind the other, the first with the first node. */
static const char *
check_roots(MmlCall *call)
{
	const int32_t *root = call->in[ROOT]->data;
	size_t		n = call->in[FEATURE]->count;

	for (size_t i = 0; i < call->in[ROOT]->count; i++)
		if (root[i] < 0 || (size_t) root[i] >= n || (i == 0 ? root[i] != 0 : root[i] <= root[i - 1]))
			return mml_tensor_wrong(call, "a tree of TreeEnsemble has no root.");
	return NULL;
}

/* Every node leads on to nodes of its tree behind it, or to votes of its own. */
static const char *
check_nodes(MmlCall *call, Trees *own)
{
	const int32_t *feature = call->in[FEATURE]->data;
	const int32_t *yes = call->in[YES]->data;
	const int32_t *no = call->in[NO]->data;
	const uint8_t *nan_yes = call->in[NAN_YES]->data;
	const int32_t *root = call->in[ROOT]->data;
	const int32_t *target = call->in[TARGET]->data;
	int64_t		n = (int64_t) call->in[FEATURE]->count;
	int64_t		votes = (int64_t) call->in[TARGET]->count;
	size_t		trees = call->in[ROOT]->count;
	size_t		tree = 0;
	int64_t		voted = 0;
	int64_t		end = trees > 1 ? root[1] : n;

	own->any_nan = false;
	for (int64_t i = 0; i < n; i++)
	{
		if (i == end)
		{
			tree++;
			end = tree + 1 < trees ? root[tree + 1] : n;
		}
		if (feature[i] == -1)
		{
			if (yes[i] != voted || no[i] < 0 || no[i] > votes - voted)
				return mml_tensor_wrong(call, "a leaf of TreeEnsemble has votes that are not its own.");
			voted += no[i];
		}
		else if (feature[i] < 0 || (size_t) feature[i] >= own->features || feature[i] > INT32_MAX / 2)
			return mml_tensor_wrong(call, "a node of TreeEnsemble looks at feature %d of %zu.", feature[i],
									own->features);
		else if (yes[i] <= i || no[i] <= i || yes[i] >= end || no[i] >= end)
			return mml_tensor_wrong(call, "a node of TreeEnsemble leads on to none behind it.");
		else
			own->any_nan = own->any_nan || nan_yes[i] != 0;
	}
	for (int64_t i = 0; i < votes; i++)
		if (target[i] < 0 || (size_t) target[i] >= own->targets)
			return mml_tensor_wrong(call, "a vote of TreeEnsemble is for target %d of %zu.", target[i], own->targets);
	return NULL;
}

static const char *
infer_trees(MmlCall *call)
{
	static const char *const words[] = {"SUM", "AVERAGE", "MIN", "MAX"};
	Trees	   *own = call->own;
	const MmlTensor *x;
	MmlText		word = mml_tensor_attribute_text(call, "aggregate_function", "SUM");
	int64_t		targets = mml_tensor_attribute_int(call, "targets", 1);
	int64_t		dims[2];
	int			found = 0;

	MML_TRY(mml_tensor_check(call, "TreeEnsemble", "aggregate_function:s targets:i", INPUTS));
	x = call->in[X];
	MML_TRY(mml_tensor_check_type(call, "TreeEnsemble", X, MML_TYPE(MML_ELEMENT_F32) | MML_TYPES_INDEX));
	if (x->rank != 2)
		return mml_tensor_wrong(call, "TreeEnsemble of %d dimensions is not supported.", x->rank);
	while (found < 4 && !mml_tensor_text_is(word, words[found]))
		found++;
	if (found == 4 || targets < 1 || targets > 1 << 20)
		return mml_tensor_wrong(call, "the aggregate_function or targets of TreeEnsemble are not supported.");
	*own = (Trees)
	{
		.aggregate = (Aggregate) found,.rows = (size_t) x->dims[0],.features = (size_t) x->dims[1],
			.targets = (size_t) targets
	};
	MML_TRY(check_lists(call, ROOT, ROOT, MML_ELEMENT_I32, call->in[ROOT]->count));
	MML_TRY(check_lists(call, FEATURE, FEATURE, MML_ELEMENT_I32, call->in[FEATURE]->count));
	MML_TRY(check_lists(call, THRESHOLD, THRESHOLD, MML_ELEMENT_F32, call->in[FEATURE]->count));
	MML_TRY(check_lists(call, YES, NO, MML_ELEMENT_I32, call->in[FEATURE]->count));
	MML_TRY(check_lists(call, NAN_YES, NAN_YES, MML_ELEMENT_U8, call->in[FEATURE]->count));
	MML_TRY(check_lists(call, TARGET, TARGET, MML_ELEMENT_I32, call->in[TARGET]->count));
	MML_TRY(check_lists(call, WEIGHT, WEIGHT, MML_ELEMENT_F32, call->in[TARGET]->count));
	if (call->in[BASE]->count != 0 && call->in[BASE]->count != own->targets)
		return mml_tensor_wrong(call, "TreeEnsemble has %zu base values for %zu targets.", call->in[BASE]->count,
								own->targets);
	MML_TRY(check_lists(call, BASE, BASE, MML_ELEMENT_F32, call->in[BASE]->count));
	if (call->in[FEATURE]->count > INT32_MAX || call->in[TARGET]->count > INT32_MAX)
		return mml_tensor_wrong(call, "TreeEnsemble is too large.");
	MML_TRY(check_roots(call));
	MML_TRY(check_nodes(call, own));
	dims[0] = x->dims[0];
	dims[1] = targets;
	MML_TRY(mml_tensor_give(call, "TreeEnsemble", 0, MML_ELEMENT_F32, 2, dims));
	call->flops = (double) own->rows * (double) call->in[ROOT]->count * 16;
	if (!mml_mul_size(call->in[FEATURE]->count, sizeof(Node), &call->packed_bytes) ||
		!mml_mul_size(own->features, BLOCK * sizeof(float), &call->scratch_bytes) ||
		!mml_add_size(call->scratch_bytes, BLOCK * own->targets * sizeof(double), &call->scratch_bytes))
		return mml_tensor_wrong(call, "TreeEnsemble is too large.");
	return NULL;
}

static void
pack_trees(const MmlCall *call)
{
	const int32_t *feature = call->in[FEATURE]->data;
	const float *threshold = call->in[THRESHOLD]->data;
	const int32_t *yes = call->in[YES]->data;
	const int32_t *no = call->in[NO]->data;
	const uint8_t *nan_yes = call->in[NAN_YES]->data;
	Node	   *node = call->packed;

	for (size_t i = 0; i < call->in[FEATURE]->count; i++)
		node[i] = (Node)
	{
		threshold[i], feature[i] < 0 ? -1 : 2 * feature[i] + (nan_yes[i] != 0),
		{
			yes[i], no[i]
		}
	};
}

/* The leaf that a row comes to; deep trees are polled in every row. */
MML_INLINE const Node *
walk(const Node *node, int32_t at, const float *x, bool any_nan, size_t *steps)
{
	if (*steps > 200000)
	{
		*steps = 0;
		MML_CHECK();
	}
	while (node[at].feature >= 0)
	{
		float		number = x[node[at].feature >> 1];
		bool		first = number <= node[at].threshold;

		if (any_nan)
			first = first || ((node[at].feature & 1) != 0 && isnan(number));
		at = node[at].child[!first];
		++*steps;
	}
	*steps += (size_t) node[at].child[1] + 1;
	return &node[at];
}

/* Take the votes of a leaf in. */
MML_INLINE void
vote(const MmlCall *call, Aggregate aggregate, const Node *leaf, double *score)
{
	const int32_t *target = (const int32_t *) call->in[TARGET]->data;
	const float *weight = (const float *) call->in[WEIGHT]->data;

	for (int32_t i = leaf->child[0]; i < leaf->child[0] + leaf->child[1]; i++)
	{
		double	   *to = &score[target[i]];

		if (aggregate <= AVERAGE)
			*to += (double) weight[i];
		else if (isnan(*to) || (aggregate == LEAST ? (double) weight[i] < *to : (double) weight[i] > *to))
			*to = (double) weight[i];
	}
}

/* A block of rows through all trees. */
static void
run_block(const MmlCall *call, size_t rows, const float *x, double *score, float *out, size_t *steps)
{
	const Trees *own = call->own;
	const int32_t *root = call->in[ROOT]->data;
	const float *base = call->in[BASE]->count == 0 ? NULL : call->in[BASE]->data;
	size_t		trees = call->in[ROOT]->count;

	/* of the least and the most NaN says that there are none yet */
	for (size_t i = 0; i < rows * own->targets; i++)
		score[i] = own->aggregate <= AVERAGE ? 0 : NAN;
	for (size_t j = 0; j < trees; j++)
	{
		if (own->any_nan)
			for (size_t i = 0; i < rows; i++)
				vote(call, own->aggregate, walk(call->packed, root[j], x + i * own->features, true, steps),
					 score + i * own->targets);
		else
			for (size_t i = 0; i < rows; i++)
				vote(call, own->aggregate, walk(call->packed, root[j], x + i * own->features, false, steps),
					 score + i * own->targets);
	}
	for (size_t i = 0; i < rows * own->targets; i++)
	{
		double		y = isnan(score[i]) && own->aggregate > AVERAGE ? 0 : score[i];

		if (own->aggregate == AVERAGE)
			y /= (double) MML_MAX(trees, 1);
		out[i] = (float) (y + (base == NULL ? 0 : (double) base[i % own->targets]));
	}
}

static void
run_trees(const MmlCall *call)
{
	const Trees *own = call->own;
	const MmlTensor *in = call->in[X];
	double	   *score = call->scratch;
	float	   *copy = (float *) (score + BLOCK * own->targets);
	size_t		steps = 0;

	if (mml_tensor_out(call, 0) == NULL)
		return;
	for (size_t i = 0; i < own->rows; i += BLOCK)
	{
		size_t		rows = MML_MIN(BLOCK, own->rows - i);
		const float *x = in->type == MML_ELEMENT_F32 ? (const float *) in->data + i * own->features : copy;

		for (size_t j = 0; x == copy && j < rows * own->features; j++)
			copy[j] = (float) mml_tensor_integer_at(in, i * own->features + j);
		run_block(call, rows, x, score, (float *) call->out[0]->data + i * own->targets, &steps);
	}
}

static const MmlOperator operators[] = {
	{"TreeEnsemble", 1, INPUTS, INPUTS, 1, sizeof(Trees), infer_trees, pack_trees, run_trees}
};

const MmlOperators mml_tensor_trees = MML_OPERATORS(operators);

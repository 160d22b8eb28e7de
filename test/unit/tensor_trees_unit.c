/*-------------------------------------------------------------------------
 *
 * tensor_trees_unit.c
 *	  Ensembles of trees, and categories, against plain loops; and trees as a
 *	  hostile file might state them.
 *
 *-------------------------------------------------------------------------
 */
#include "unit.h"

#include "tensor_case.h"

#define MOST_NODES 200

/* A forest under construction. */
static double root[8];
static double feature[MOST_NODES];
static double threshold[MOST_NODES];
static double yes[MOST_NODES];
static double no[MOST_NODES];
static double nan_yes[MOST_NODES];
static double target[MOST_NODES];
static double weight[MOST_NODES];
static int	nodes;
static int	votes;

/* Append a tree of at most this depth; the place of its root. */
static int
grow(int depth, int features, int targets)
{
	int			at = nodes++;

	if (depth == 0 || nodes > MOST_NODES - 40 || pick(0, 4) == 0)
	{
		feature[at] = -1;
		threshold[at] = nan_yes[at] = 0;
		yes[at] = votes;
		no[at] = pick(0, 2);
		for (int i = 0; i < (int) no[at]; i++)
		{
			target[votes] = pick(0, targets - 1);
			weight[votes++] = (double) (float) between(-1, 1);
		}
		return at;
	}
	feature[at] = pick(0, features - 1);
	threshold[at] = (double) (float) between(-2, 2);
	nan_yes[at] = pick(0, 1);
	yes[at] = grow(depth - 1, features, targets);
	no[at] = grow(depth - 1, features, targets);
	return at;
}

/* A list that may be empty. */
static MmlTensor *
give_list(MmlElement type, int n, const double *numbers)
{
	int64_t		dim = n;
	MmlTensor  *in = give(type, 1, &dim);

	for (size_t i = 0; i < in->count; i++)
		put(in, i, numbers[i]);
	return in;
}

/* The call with a forest. */
static void
give_forest(int trees)
{
	give_list(MML_ELEMENT_I32, trees, root);
	give_list(MML_ELEMENT_I32, nodes, feature);
	give_list(MML_ELEMENT_F32, nodes, threshold);
	give_list(MML_ELEMENT_I32, nodes, yes);
	give_list(MML_ELEMENT_I32, nodes, no);
	give_list(MML_ELEMENT_U8, nodes, nan_yes);
	give_list(MML_ELEMENT_I32, votes, target);
	give_list(MML_ELEMENT_F32, votes, weight);
}

/* What the trees say of a row, and a target; of the least and the most 0 where nobody votes. */
static double
plain_score(int trees, const char *aggregate, size_t row, int features, int wanted)
{
	double		sum = 0;
	bool		any = false;

	for (int k = 0; k < trees; k++)
	{
		int			at = (int) root[k];

		while (feature[at] >= 0)
		{
			double		x = get(&t.in[0], row * (size_t) features + (size_t) feature[at]);

			at = (int) ((isnan(x) ? nan_yes[at] != 0 : x <= threshold[at]) ? yes[at] : no[at]);
		}
		for (int i = (int) yes[at]; i < (int) (yes[at] + no[at]); i++)
		{
			if (target[i] != wanted)
				continue;
			if (strcmp(aggregate, "MIN") == 0)
				sum = !any || weight[i] < sum ? weight[i] : sum;
			else if (strcmp(aggregate, "MAX") == 0)
				sum = !any || weight[i] > sum ? weight[i] : sum;
			else
				sum += weight[i];
			any = true;
		}
	}
	return strcmp(aggregate, "AVERAGE") == 0 ? sum / trees : sum;
}

TEST(forests)
{
	static const char *const aggregates[] = {"SUM", "AVERAGE", "MIN", "MAX"};

	for (int round = 0; round < 200; round++)
	{
		int			features = pick(1, 5);
		int			targets = pick(1, 4);
		int			trees = pick(1, 6);
		bool		whole = pick(0, 4) == 0;
		bool		based = pick(0, 1) == 0;
		const char *aggregate = aggregates[pick(0, 3)];
		MmlTensor  *x;

		nodes = votes = 0;
		for (int i = 0; i < trees; i++)
			root[i] = grow(pick(0, 6), features, targets);
		begin("TreeEnsemble");
		x = give_shape(whole ? MML_ELEMENT_I64 : MML_ELEMENT_F32, 2, pick(0, 150), features, 0);
		for (size_t i = 0; !whole && i < x->count; i++)
			if (pick(0, 9) == 0)
				put(x, i, pick(0, 1) == 0 ? NAN : threshold[pick(0, nodes - 1)]);
		give_forest(trees);
		give_shape(MML_ELEMENT_F32, 1, based ? targets : 0, 0, 0);
		set_int("targets", targets);
		set_text("aggregate_function", aggregate);
		CHECK(operate(1) == NULL);
		for (size_t i = 0; i < t.out[0].count; i++)
		{
			int			wanted = (int) (i % (size_t) targets);
			double		base = based ? get(&t.in[9], (size_t) wanted) : 0;

			CHECK_NEAR(get(&t.out[0], i),
					   plain_score(trees, aggregate, i / (size_t) targets, features, wanted) + base, 1e-5);
		}
	}
}

/* One number of a forest is wrong: it is refused, or harmless. */
TEST(wild_forests)
{
	int			refused = 0;

	for (int round = 0; round < 3000; round++)
	{
		static const int64_t extremes[] = {INT32_MIN, INT32_MAX, -1, -2, 0, 1, 1 << 30};
		int			features = pick(1, 3);
		MmlTensor  *changed;

		nodes = votes = 0;
		root[0] = grow(4, features, 2);
		root[1] = grow(4, features, 2);
		begin("TreeEnsemble");
		give_shape(MML_ELEMENT_F32, 2, 3, features, 0);
		give_forest(2);
		give_shape(MML_ELEMENT_F32, 1, pick(0, 2), 0, 0);
		set_int("targets", pick(0, 9) == 0 ? extremes[pick(0, 6)] : 2);
		changed = &t.in[pick(1, 8)];
		if (changed->count > 0 && changed->type == MML_ELEMENT_I32)
			((int32_t *) changed->data)[pick(0, (int) changed->count - 1)] =
				(int32_t) (pick(0, 1) == 0 ? extremes[pick(0, 6)] : pick(-2, nodes + 1));
		else if (pick(0, 3) == 0)
			changed->dims[0] = (int64_t) (changed->count -= changed->count > 0);
		refused += operate(1) != NULL;
	}
	CHECK(refused > 1000 && refused < 3000);
}

/* Trees or votes that are used more than once would take long for a small file. */
TEST(forests_that_share)
{
	for (int round = 0; round < 40; round++)
	{
		nodes = votes = 0;
		for (int i = 0; i < 3; i++)
			root[i] = grow(3, 2, 2);
		if (round % 4 == 1)
			root[2] = root[1];
		if (round % 4 == 2)
			yes[0] = no[0] = root[1];
		for (int i = 0; i < nodes && round % 4 == 3; i++)
			if (feature[i] < 0)
			{
				yes[i] = 0;
				no[i] = votes;
			}
		begin("TreeEnsemble");
		give_shape(MML_ELEMENT_F32, 2, 3, 2, 0);
		give_forest(3);
		give_shape(MML_ELEMENT_F32, 1, 0, 0, 0);
		set_int("targets", 2);
		if (round % 4 == 0)
			CHECK(operate(1) == NULL);
		else if (feature[0] >= 0 && votes > 0)
			CHECK(check_call(1) != NULL);
	}
}

TEST(categories)
{
	static const int64_t known[] = {3, 0, -5};
	static const int64_t codes[] = {10, 20, 30};
	static const double encoded[] = {20, 10, 30, -9};
	double		numbers[] = {0, 3, -5, 7};

	begin("OneHotEncoder");
	give_list(MML_ELEMENT_I64, 4, numbers);
	set_ints("cats_int64s", 3, known);
	CHECK(operate(1) == NULL && t.fault == NULL);
	for (size_t i = 0; i < 12; i++)
		CHECK(get(&t.out[0], i) == (numbers[i / 3] == (double) known[i % 3]));
	begin("OneHotEncoder");
	give_list(MML_ELEMENT_F32, 4, numbers);
	set_ints("cats_int64s", 3, known);
	set_int("zeros", 0);
	CHECK(operate(1) == NULL && t.fault != NULL);
	begin("OneHotEncoder");
	give_list(MML_ELEMENT_F32, 4, numbers);
	CHECK(check_call(1) != NULL);

	begin("LabelEncoder");
	give_list(MML_ELEMENT_I64, 4, numbers);
	set_ints("keys_int64s", 3, known);
	set_ints("values_int64s", 3, codes);
	set_int("default_int64", -9);
	CHECK(operate(1) == NULL);
	for (size_t i = 0; i < 4; i++)
		CHECK(get(&t.out[0], i) == encoded[i]);
	begin("LabelEncoder");
	give_list(MML_ELEMENT_I64, 4, numbers);
	set_ints("keys_int64s", 3, known);
	set_ints("values_int64s", 2, known);
	CHECK(check_call(1) != NULL);
	begin("Relu");
}
